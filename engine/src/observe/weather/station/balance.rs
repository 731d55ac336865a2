//! Heat flux, friction and depth of the boundary layer from one level of weather, the sun and the cloud.
//!
//! By day after Holtslag & van Ulden (1983, Journal of Climate and Applied Meteorology 22, 517; grass, eqs. 1–17), N the cloud:
//!
//! ```text
//! K↓ = (990 sin φ − 30)(1 − 0.75 N^3.4)                          Q* = ((1 − 0.23) K↓ + 5.31·10⁻¹³ T⁶ − σT⁴ + 60 N) / 1.12
//! H  = ((1 − α) + γ/s)/(1 + γ/s) · 0.9 Q* − αβ,   α = 1, β = 20 W m⁻²
//! ```
//!
//! By night, θ* = 0.09 (1 − 0.5 N²) K and H = −ρ c_p u* θ* (van Ulden & Holtslag 1985, ibid. 24, 1196, eq. 51), u* by iteration with the
//! wind; where no solution with so strong a flux exists the wind sets the least.
//!
//! Depth where H ≤ 0: the least of 0.3 u*/f (neutral) and 0.4 √(u* L / f) (Zilitinkevich 1972). Where H > 0 the layer grows into air of
//! dθ/dz = Γ = 5 K km⁻¹ by dh/dt = (1 + 2A) H / (ρ c_p Γ h), A = 0.2 (Tennekes 1973), from the depth that friction makes.

use super::super::surface_layer::{LEAST_FRICTION, friction_from_flux, inverse_obukhov};
use super::super::thermodynamics::{C_P, R_DRY};
use super::Hour;
use crate::region::calendar::{DAY, HOUR};
use crate::region::{Point, Time};

/// Stefan–Boltzmann, W m⁻² K⁻⁴.
const SIGMA: f64 = 5.67e-8;
/// Bounds of the depth, m.
const DEPTH_M: (f64, f64) = (50.0, 4000.0);
/// Stratification above the layer, K m⁻¹.
pub const LAPSE: f64 = 0.005;

/// The turbulence of one hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turbulence {
    /// u*, m s⁻¹.
    pub friction: f32,
    /// H, W m⁻², upward.
    pub heat_flux: f32,
    /// 1/L, m⁻¹.
    pub inverse_obukhov: f32,
    /// Depth, m.
    pub depth: f32,
}

/// Sine of the sun's height (declination after Cooper 1969, Solar Energy 12, 333).
pub fn sun(place: Point, time: Time) -> f64 {
    let declination =
        (23.45 * (std::f64::consts::TAU * (284.0 + f64::from(time.day_of_year(0))) / 365.0).sin()).to_radians();
    let hours = (time.0 as f64 / HOUR as f64 + place.lon / 15.0).rem_euclid(DAY as f64 / HOUR as f64);
    let (angle, latitude) = ((15.0 * (hours - 12.0)).to_radians(), place.lat.to_radians());
    latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos()
}

/// Net radiation, W m⁻².
fn net_radiation(sin_sun: f64, cloud: f64, t: f64) -> f64 {
    let short = (990.0 * sin_sun - 30.0).max(0.0) * (1.0 - 0.75 * cloud.powf(3.4));
    (0.77 * short + 5.31e-13 * t.powi(6) - SIGMA * t.powi(4) + 60.0 * cloud) / 1.12
}

/// γ/s: psychrometer's constant over the slope of saturation, kPa K⁻¹ (FAO 56, eqs. 8, 13).
fn gamma_over_slope(t: f64, pressure: f64) -> f64 {
    let celsius = t - 273.15;
    let saturated = 0.6108 * (17.27 * celsius / (celsius + 237.3)).exp();
    let slope = 4098.0 * saturated / (celsius + 237.3).powi(2);
    0.665e-3 * pressure / 1000.0 / slope
}

/// The turbulence of every hour, in their order.
pub fn turbulence(hours: &[Hour], place: Point) -> Vec<Turbulence> {
    let coriolis = (1.4584e-4 * place.lat.to_radians().sin()).abs().max(2e-5);
    let mut depth_before: Option<(Time, f64)> = None;
    hours
        .iter()
        .map(|hour| {
            let density = hour.pressure / (f64::from(R_DRY) * hour.temperature);
            let (friction, heat) = fluxes(hour, sun(place, hour.time), density as f32);
            let inverse = inverse_obukhov(friction, heat, density as f32, hour.temperature as f32);
            let u = f64::from(friction);
            let neutral = 0.3 * u / coriolis;
            let depth = hour.depth.unwrap_or_else(|| {
                if heat <= 0.0 {
                    let stable =
                        if inverse > 0.0 { 0.4 * (u / (f64::from(inverse) * coriolis)).sqrt() } else { f64::MAX };
                    return neutral.min(stable);
                }
                // The first heated hour, or the one after a gap, starts from what friction alone stirs, at most 300 m.
                let mut h = depth_before
                    .filter(|(time, _)| hour.time.0 - time.0 <= 3 * HOUR)
                    .map_or(neutral.min(300.0), |d| d.1);
                let since = depth_before.map_or(HOUR, |(time, _)| (hour.time.0 - time.0).min(3 * HOUR)) as f64;
                let supply = 1.4 * f64::from(heat) / (density * f64::from(C_P) * LAPSE);
                h = (h * h + 2.0 * supply * since).sqrt();
                h.max(neutral.min(h + 500.0))
            });
            let depth = depth.clamp(DEPTH_M.0, DEPTH_M.1);
            // What the next heated hour starts from: the night's depth counts as it is.
            depth_before = Some((hour.time, depth));
            Turbulence { friction, heat_flux: heat, inverse_obukhov: inverse, depth: depth as f32 }
        })
        .collect()
}

/// u* and H of an hour.
fn fluxes(hour: &Hour, sin_sun: f64, density: f32) -> (f32, f32) {
    let (wind, z) = (hour.wind.0 as f32, hour.wind_height_m as f32);
    let (z0, t) = (hour.roughness as f32, hour.temperature as f32);
    let by_wind =
        |heat: f32| hour.friction.map_or_else(|| friction_from_flux(wind, z, z0, heat, density, t), |u| u as f32);
    if let Some(heat) = hour.heat_flux {
        return (by_wind(heat as f32), heat as f32);
    }
    let net = net_radiation(sin_sun, hour.cloud, hour.temperature);
    if sin_sun > 0.0 && net > 0.0 {
        let ratio = gamma_over_slope(hour.temperature, hour.pressure);
        let heat = (ratio / (1.0 + ratio) * 0.9 * net - 20.0) as f32;
        return (by_wind(heat), heat);
    }
    let star = (0.09 * (1.0 - 0.5 * hour.cloud * hour.cloud)) as f32;
    let (mut friction, mut heat) = (by_wind(0.0), 0.0);
    for _ in 0..12 {
        heat = -density * C_P * friction.max(LEAST_FRICTION) * star;
        friction = 0.5 * (friction + by_wind(heat));
    }
    (friction, heat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(text: &str, cloud: f64) -> Hour {
        Hour {
            time: Time::parse(text, 0).unwrap(),
            wind: (4.0, 270.0),
            wind_height_m: 10.0,
            temperature: 290.0,
            humidity: 0.6,
            pressure: 101_325.0,
            cloud,
            precipitation: 0.0,
            roughness: 0.1,
            heat_flux: None,
            friction: None,
            depth: None,
        }
    }

    #[test]
    fn a_clear_day_heats_and_deepens_and_a_clear_night_cools_more_than_a_clouded_one() {
        let shanghai = Point { lon: 121.5, lat: 31.2 };
        let hours: Vec<Hour> = (0..24).map(|h| hour(&format!("2015-06-20T{h:02}:00Z"), 0.0)).collect();
        let day = turbulence(&hours, shanghai);
        // Noon is 04 UTC. Sun at 82° and grass at 17 °C: some 180 W/m² of sensible heat.
        assert!((120.0..260.0).contains(&day[4].heat_flux), "{:?}", day[4]);
        assert!(day[4].inverse_obukhov < 0.0 && day[6].depth > 900.0 && day[6].depth < 2600.0, "{:?}", day[6]);
        assert!(day[6].depth > day[1].depth && day[18].depth < 400.0);
        let clouded = turbulence(&[hour("2015-06-20T18:00Z", 1.0), hour("2015-06-20T19:00Z", 1.0)], shanghai);
        assert!(day[18].heat_flux < clouded[0].heat_flux && clouded[0].heat_flux < 0.0);
        assert!(day[18].inverse_obukhov > clouded[0].inverse_obukhov);
    }
}
