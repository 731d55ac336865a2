//! The column of air over a station: profiles of the surface layer up to the depth of the boundary layer, even stratification above.
//!
//! ```text
//! U(z) = U(z_r) Φ(z)/Φ(z_r),  z ≤ h;  U(h) above         θ(z) = θ(2 m) + θ*/κ [ln(z/2) − ψ_h(z/L) + ψ_h(2/L)],  z ≤ h;  + Γ(z − h) above
//! ```
//!
//! (Cimorelli et al. 2005, Journal of Applied Meteorology 44, 682, eqs. 26, 27). The wind does not turn with height.

use super::super::Frame;
use super::super::surface_layer::{KARMAN, convective_velocity, temperature_profile, wind_profile};
use super::super::thermodynamics::{
    C_P, GRAVITY, R_DRY, potential_temperature, relative_humidity, specific_humidity, virtual_temperature,
};
use super::Hour;
use super::balance::{LAPSE, Turbulence};

/// The frame of one column.
pub fn column(hour: &Hour, state: &Turbulence, heights: &[f32]) -> Frame {
    let (t2, p0, z0) = (hour.temperature as f32, hour.pressure as f32, hour.roughness as f32);
    let q = specific_humidity(hour.humidity as f32, t2, p0);
    let density = p0 / (R_DRY * virtual_temperature(t2, q));
    let (inverse, h) = (state.inverse_obukhov, state.depth);
    let star = -state.heat_flux / (density * C_P * state.friction);
    let theta_2m = potential_temperature(t2, p0);
    let from = hour.wind.1.to_radians() as f32;
    let (speed, reference) = (hour.wind.0 as f32, wind_profile(hour.wind_height_m as f32, z0, inverse));
    let mut frame = Frame {
        time: hour.time,
        u: Vec::new(),
        v: Vec::new(),
        w: vec![0.0; heights.len()],
        density: Vec::new(),
        temperature: Vec::new(),
        relative_humidity: Vec::new(),
        mixing_height: vec![h],
        friction_velocity: vec![state.friction],
        inverse_obukhov: vec![inverse],
        convective_velocity: vec![convective_velocity(state.heat_flux, h, density, theta_2m)],
        precipitation: vec![hour.precipitation as f32],
        cloud_base: vec![f32::INFINITY],
        cloud_top: vec![0.0],
        temperature_2m: vec![t2],
        surface_pressure: vec![p0],
        roughness: vec![z0],
    };
    let (mut log_p, mut below) = (p0.ln(), (0.0_f32, virtual_temperature(t2, q)));
    for z in heights {
        let inside = z.min(h);
        let wind = speed * wind_profile(inside, z0, inverse) / reference;
        let theta =
            theta_2m + star / KARMAN * temperature_profile(inside, 2.0, inverse) + LAPSE as f32 * (z - h).max(0.0);
        // d ln p = −g dz / (R T_v), with the temperature at the pressure found so far.
        let guess = (log_p - GRAVITY * (z - below.0) / (R_DRY * below.1)).exp();
        let t = theta * (guess / 1e5).powf(R_DRY / C_P);
        let q = q.min(specific_humidity(1.0, t, guess));
        let warm = virtual_temperature(t, q);
        log_p -= GRAVITY * (z - below.0) / (R_DRY * 0.5 * (warm + below.1));
        below = (*z, warm);
        let p = log_p.exp();
        frame.u.push(-wind * from.sin());
        frame.v.push(-wind * from.cos());
        frame.density.push(p / (R_DRY * warm));
        frame.temperature.push(t);
        frame.relative_humidity.push(relative_humidity(q, t, p));
    }
    if hour.precipitation > 0.0 {
        // Espy: 125 m for every kelvin of dew-point depression, which is about (1 − RH)/0.05 (Lawrence 2005).
        frame.cloud_base[0] = (125.0 * 20.0 * (1.0 - hour.humidity as f32)).max(50.0);
        frame.cloud_top[0] = heights.last().copied().unwrap_or(0.0);
    }
    frame
}
