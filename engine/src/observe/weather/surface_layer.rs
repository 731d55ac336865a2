//! The surface layer after Monin & Obukhov, and the depth of the boundary layer.
//!
//! ```text
//! U(z) = u*/κ [ln(z/z₀) − ψ_m(z/L) + ψ_m(z₀/L)]          θ(z) − θ₀ = θ*/κ [ln(z/z₀) − ψ_h(z/L) + ψ_h(z₀/L)]
//! 1/L  = κ g θ* / (θ_v u*²) = −κ g H / (ρ c_p θ_v u*³)     w* = (g H h / (ρ c_p θ_v))^(1/3)
//! ```
//!
//! κ = 0.4; ψ unstable after Paulson (1970) with the constants of Dyer (1974), stable −5 z/L, held at z/L = 1 (Beljaars & Holtslag
//! 1991 show that the log-linear form is too strong beyond). Fails in a calm: u* ≥ 0.01 m s⁻¹ and |L| ≥ 1 m are held.

use super::thermodynamics::{C_P, GRAVITY};

/// Von Kármán's constant.
pub const KARMAN: f32 = 0.4;
/// Least friction velocity, m s⁻¹.
pub const LEAST_FRICTION: f32 = 0.01;

/// ψ_m, ψ_h at z/L.
fn psi(zeta: f32) -> (f32, f32) {
    if zeta < 0.0 {
        let x = (1.0 - 16.0 * zeta.max(-5.0)).powf(0.25);
        let half = (0.5 * (1.0 + x * x)).ln();
        let momentum = 2.0 * (0.5 * (1.0 + x)).ln() + half - 2.0 * x.atan() + std::f32::consts::FRAC_PI_2;
        (momentum, 2.0 * half)
    } else {
        let linear = -5.0 * zeta.min(1.0);
        (linear, linear)
    }
}

/// U(z) κ / u*.
pub fn wind_profile(z: f32, roughness: f32, inverse_l: f32) -> f32 {
    ((z / roughness).ln() - psi(z * inverse_l).0 + psi(roughness * inverse_l).0).max(0.05)
}

/// (θ(z) − θ(z′)) κ / θ*.
pub fn temperature_profile(z: f32, low: f32, inverse_l: f32) -> f32 {
    (z / low).ln() - psi(z * inverse_l).1 + psi(low * inverse_l).1
}

/// 1/L from the heat flux H (W m⁻²), held to |L| ≥ 1 m.
pub fn inverse_obukhov(friction: f32, heat_flux: f32, density: f32, theta_v: f32) -> f32 {
    let u3 = friction.max(LEAST_FRICTION).powi(3);
    (-KARMAN * GRAVITY * heat_flux / (density * C_P * theta_v * u3)).clamp(-1.0, 1.0)
}

/// Friction velocity from the wind at a height and the heat flux, by iteration of the profile with 1/L.
pub fn friction_from_flux(wind: f32, z: f32, roughness: f32, heat_flux: f32, density: f32, theta_v: f32) -> f32 {
    let mut friction = KARMAN * wind / wind_profile(z, roughness, 0.0);
    for _ in 0..8 {
        let inverse_l = inverse_obukhov(friction, heat_flux, density, theta_v);
        let next = KARMAN * wind / wind_profile(z, roughness, inverse_l);
        friction = 0.5 * (friction + next.max(LEAST_FRICTION));
    }
    friction.max(LEAST_FRICTION)
}

/// Friction velocity and upward heat flux (W m⁻²) from wind at z and potential temperatures at two heights, by iteration.
pub fn fluxes_from_profile(
    (wind, z): (f32, f32),
    (theta_low, z_low): (f32, f32),
    theta_high: f32,
    roughness: f32,
    density: f32,
) -> (f32, f32) {
    let (mut friction, mut inverse_l) = (KARMAN * wind / wind_profile(z, roughness, 0.0), 0.0);
    let mut star = 0.0;
    for _ in 0..12 {
        friction = (KARMAN * wind / wind_profile(z, roughness, inverse_l)).max(LEAST_FRICTION);
        let heat = ((z / z_low.max(roughness)).ln() - psi(z * inverse_l).1 + psi(z_low * inverse_l).1).max(0.05);
        star = KARMAN * (theta_high - theta_low) / heat;
        let next = (KARMAN * GRAVITY * star / (theta_high * friction * friction)).clamp(-1.0, 1.0);
        inverse_l = 0.5 * (inverse_l + next);
    }
    (friction, -density * C_P * friction * star)
}

/// w*, m s⁻¹; 0 where the ground does not heat the air.
pub fn convective_velocity(heat_flux: f32, depth: f32, density: f32, theta_v: f32) -> f32 {
    (GRAVITY * heat_flux.max(0.0) * depth / (density * C_P * theta_v)).cbrt()
}

/// One height of a column: height above ground, virtual potential temperature, wind along both axes.
#[derive(Debug, Clone, Copy)]
pub struct Sounding {
    /// Height above ground, m.
    pub z: f32,
    /// Virtual potential temperature, K.
    pub theta_v: f32,
    /// Wind, m s⁻¹.
    pub u: f32,
    /// Wind, m s⁻¹.
    pub v: f32,
}

/// Depth of the boundary layer: the height where the bulk Richardson number first passes 0.25,
/// Ri = (g/θ_vs)(θ_v − θ_vs)(z − z_s) / ((u − u_s)² + (v − v_s)² + 100 u*²), s the lowest level (Vogelezang & Holtslag 1996,
/// Boundary-Layer Meteorology 81, 245, eq. 2); over heated ground θ_vs is raised by 8.5 H/(ρ c_p w*) as in their sect. 3 (Troen &
/// Mahrt 1986), w* with the depth itself, by iteration. Linear between levels.
pub fn mixing_height(column: &[Sounding], friction: f32, heat_flux: f32, density: f32) -> f32 {
    let Some(ground) = column.first() else { return 0.0 };
    let mut depth = ground.z;
    for _ in 0..3 {
        let w = convective_velocity(heat_flux, depth.max(50.0), density, ground.theta_v);
        let excess = if w > 0.0 { (8.5 * heat_flux / (density * C_P * w)).min(3.0) } else { 0.0 };
        let theta_s = ground.theta_v + excess;
        let (mut before, mut found) = ((ground.z, 0.0_f32), None);
        for level in &column[1..] {
            let shear = (level.u - ground.u).powi(2) + (level.v - ground.v).powi(2) + 100.0 * friction * friction;
            let buoyancy = GRAVITY / theta_s * (level.theta_v - theta_s) * (level.z - ground.z);
            let richardson = buoyancy / shear.max(1e-4);
            if richardson > 0.25 {
                let part = (0.25 - before.1) / (richardson - before.1).max(1e-6);
                found = Some(before.0 + (level.z - before.0) * part.clamp(0.0, 1.0));
                break;
            }
            before = (level.z, richardson);
        }
        depth = found.unwrap_or(before.0);
        if w == 0.0 {
            break;
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neutral_wind_gives_the_log_law_and_fluxes_found_again_are_those_put_in() {
        // U = u*/κ ln(z/z₀)
        assert!((friction_from_flux(5.0, 10.0, 0.1, 0.0, 1.2, 290.0) - 0.4 * 5.0 / 100.0_f32.ln()).abs() < 1e-4);
        for heat in [200.0, 50.0, -15.0] {
            let friction = 0.4;
            let inverse_l = inverse_obukhov(friction, heat, 1.2, 290.0);
            let wind = friction / KARMAN * wind_profile(10.0, 0.1, inverse_l);
            assert!((friction_from_flux(wind, 10.0, 0.1, heat, 1.2, 290.0) / friction - 1.0).abs() < 0.02, "{heat}");
        }
    }

    #[test]
    fn a_capped_mixed_layer_is_as_deep_as_its_cap() {
        let column: Vec<Sounding> = (0..30)
            .map(|k| {
                let z = 10.0 + 100.0 * k as f32;
                Sounding { z, theta_v: if z > 1000.0 { 300.0 + 0.02 * (z - 1000.0) } else { 300.0 }, u: 5.0, v: 0.0 }
            })
            .collect();
        let depth = mixing_height(&column, 0.3, 150.0, 1.2);
        assert!((950.0..1150.0).contains(&depth), "{depth}");
    }
}
