//! Profiles of turbulence: Hanna (1982, in Nieuwstadt & van Dop, Atmospheric Turbulence and Air Pollution Modelling, ch. 7).
//!
//! ```text
//! σu, σv, σw   standard deviations of the wind, m s⁻¹        ζ = z/h,  h depth of the layer, m
//! T_u, T_v, T_w   Lagrangian time scales, s                   u* friction, w* convective velocity, L Obukhov length
//!
//! neutral, h/|L| < 1       σu = 2.0 u* exp(−3 f z/u*)    σv = σw = 1.3 u* exp(−2 f z/u*)
//!                          T = 0.5 z / (σw (1 + 15 f z/u*))
//! unstable                 σu = σv = u* (12 + h/(2|L|))^⅓
//!                          σw² = 1.2 w*² (1 − 0.9 ζ) ζ^⅔ + (1.8 − 1.4 ζ) u*²
//!                          T_u = T_v = 0.15 h/σu
//!                          T_w = 0.1 z / (σw (0.55 − 0.38 z/|L|))   z < |L|
//!                              = 0.59 z/σw                          ζ < 0.1
//!                              = 0.15 h (1 − exp(−5 ζ))/σw          above
//! stable                   σu = 2.0 u* (1 − ζ)           σv = σw = 1.3 u* (1 − ζ)
//!                          T_u = 0.15 h √ζ/σu   T_v = 0.07 h √ζ/σv   T_w = 0.1 h ζ^0.8/σw
//! ```
//! f = 1e-4 s⁻¹ (the middle latitudes; so does FLEXPART). Each σ has 0.01 m s⁻¹ added, T_u and T_v are at least 10 s and
//! T_w at least [`Options::least_time_scale_s`](super::Options): the floors of FLEXPART (Stohl et al. 2005). σ_w′ is the
//! exact derivative of the σ_w used, else well-mixed would not stay well-mixed.
//!
//! Above the layer there is horizontal diffusion only, K = 50 m² s⁻¹ (Stohl et al. 2005).
//!
//! Fails: over complex ground; in the lowest metres, where the floor of T_w is longer than κz/σw; in the residual layer of the
//! night, where there is turbulence and the profile has none.

use super::elementary::{LANES, Lane, exp_minus, inverse_cube_root, lanes, power_minus_four_fifths};

/// f of the neutral profile, s⁻¹.
const CORIOLIS: f32 = 1e-4;
/// What is added to every σ, m s⁻¹.
const LEAST_SIGMA: f32 = 0.01;
/// Floor of the horizontal time scales, s.
const LEAST_HORIZONTAL_TIME_S: f32 = 10.0;
/// Horizontal diffusivity above the layer, m² s⁻¹.
pub const FREE_DIFFUSIVITY_M2_S: f32 = 50.0;
/// Below this ζ the slope of σw in the convective layer is held, since it is infinite at the ground.
const LEAST_ZETA: f32 = 1e-3;

/// Turbulence that is the same everywhere, for known answers (Taylor 1921; the Gaussian plume).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uniform {
    /// σu, σv, σw along the axes of the grid and upward, m s⁻¹.
    pub sigma: [f32; 3],
    /// T_u, T_v, T_w, s.
    pub time_s: [f32; 3],
}

/// Where the turbulence comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turbulence {
    /// The profiles of Hanna from the weather's h, u*, L, w*.
    Hanna,
    /// The same below the weather's boundary-layer depth at every place.
    Uniform(Uniform),
}

/// Which formula holds for a particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Regime {
    /// h/|L| < 1.
    Neutral,
    /// L < 0.
    Unstable,
    /// L > 0.
    Stable,
    /// [`Turbulence::Uniform`].
    Uniform,
    /// Above the layer.
    Free,
}

/// Number of regimes.
pub const REGIMES: usize = 5;

/// What the profiles of one group are made of; `a`, `b`, `c` and so on are the constants of the regime, worked out once a block.
pub struct Profile {
    /// Depth of the layer, m.
    pub depth: Lane,
    inverse_depth: Lane,
    friction: Lane,
    /// Neutral: 2f/u*. Unstable: 1.2 w*². Stable: slope −1.3 u*/h.
    a: Lane,
    /// Unstable: |L|.
    length: Lane,
    uniform: Uniform,
    greatest_rate: f32,
}

/// σw, its slope and 1/T_w at one height.
#[derive(Clone, Copy)]
pub struct Vertical {
    /// m s⁻¹.
    pub sigma: f32,
    /// s⁻¹.
    pub slope: f32,
    /// s⁻¹.
    pub rate: f32,
}

/// The regime of a column below its depth.
#[inline(always)]
pub fn regime(depth: f32, inverse_length: f32) -> Regime {
    let h_over_l = depth * inverse_length;
    if h_over_l.abs() < 1.0 {
        Regime::Neutral
    } else if h_over_l < 0.0 {
        Regime::Unstable
    } else {
        Regime::Stable
    }
}

impl Profile {
    /// The profiles of a group, all of one regime.
    #[inline(always)]
    pub fn new<const R: u8>(
        depth: &Lane,
        friction: &Lane,
        inverse_length: &Lane,
        convective: &Lane,
        uniform: Uniform,
        least_time_scale_s: f32,
    ) -> Profile {
        let lanes = lanes();
        let mut p = Profile {
            depth: *depth,
            inverse_depth: [0.0; LANES],
            friction: [0.0; LANES],
            a: [0.0; LANES],
            length: [0.0; LANES],
            uniform,
            greatest_rate: 1.0 / least_time_scale_s,
        };
        for l in 0..lanes {
            let u = friction[l].max(1e-3);
            p.inverse_depth[l] = 1.0 / depth[l];
            p.friction[l] = u;
            p.length[l] = 1.0 / inverse_length[l].abs().max(1e-6);
            p.a[l] = match R {
                NEUTRAL => 2.0 * CORIOLIS / u,
                UNSTABLE => 1.2 * convective[l] * convective[l],
                _ => -1.3 * u / depth[l],
            };
        }
        p
    }

    /// σw, its slope and 1/T_w at height `z` of lane `l`.
    #[inline(always)]
    pub fn vertical<const R: u8>(&self, l: usize, z: f32) -> Vertical {
        let (u, a) = (self.friction[l], self.a[l]);
        let zeta = z * self.inverse_depth[l];
        match R {
            NEUTRAL => {
                let turned = a * z;
                let turbulent = 1.3 * u * exp_minus(turned);
                let sigma = turbulent + LEAST_SIGMA;
                let rate = sigma * (2.0 + 15.0 * turned) / z.max(1e-3);
                Vertical { sigma, slope: -a * turbulent, rate: rate.min(self.greatest_rate) }
            }
            UNSTABLE => {
                let held = zeta.max(LEAST_ZETA);
                let root = inverse_cube_root(held);
                let two_thirds = held * root;
                let variance = a * (1.0 - 0.9 * held) * two_thirds + (1.8 - 1.4 * held) * u * u;
                let turbulent = variance.sqrt();
                let sigma = turbulent + LEAST_SIGMA;
                // dσw/dz = (dσw²/dζ) / (2 σw h), 0 where ζ is held.
                let gradient = a * (root * (2.0 / 3.0) - 1.5 * two_thirds) - 1.4 * u * u;
                let slope = 0.5 * gradient * self.inverse_depth[l] / turbulent;
                let slope = if zeta < LEAST_ZETA { 0.0 } else { slope };
                let near = (0.1 * z, 0.55 - 0.38 * z / self.length[l]);
                let middle = (0.59 * z, 1.0);
                let above = (0.15 * self.depth[l] * (1.0 - exp_minus(5.0 * zeta)), 1.0);
                let (length, share) = if z < self.length[l] {
                    near
                } else if zeta < 0.1 {
                    middle
                } else {
                    above
                };
                let rate = sigma * share / length.max(1e-3);
                Vertical { sigma, slope, rate: rate.min(self.greatest_rate) }
            }
            STABLE => {
                let turbulent = 1.3 * u * (1.0 - zeta);
                let sigma = turbulent + LEAST_SIGMA;
                let rate = sigma * power_minus_four_fifths(zeta.max(1e-6)) * 10.0 * self.inverse_depth[l];
                Vertical { sigma, slope: a, rate: rate.min(self.greatest_rate) }
            }
            _ => Vertical { sigma: self.uniform.sigma[2], slope: 0.0, rate: 1.0 / self.uniform.time_s[2] },
        }
    }

    /// (σu, σv, T_u, T_v) at height `z` of lane `l`.
    #[inline(always)]
    pub fn horizontal<const R: u8>(&self, l: usize, z: f32) -> [f32; 4] {
        let (u, a, h) = (self.friction[l], self.a[l], self.depth[l]);
        let zeta = (z * self.inverse_depth[l]).min(1.0);
        let [su, sv, tu, tv] = match R {
            NEUTRAL => {
                let turned = a * z;
                let (su, sv) =
                    (2.0 * u * exp_minus(1.5 * turned) + LEAST_SIGMA, 1.3 * u * exp_minus(turned) + LEAST_SIGMA);
                let time = 0.5 * z / (sv * (1.0 + 7.5 * turned));
                [su, sv, time, time]
            }
            UNSTABLE => {
                let x = 12.0 + 0.5 * h / self.length[l];
                // x^⅓ = x · (x^−⅓)², brought into the range of the root.
                let root = inverse_cube_root(x * (1.0 / 4096.0)) * (1.0 / 16.0);
                let s = u * x * root * root + LEAST_SIGMA;
                let time = 0.15 * h / s;
                [s, s, time, time]
            }
            STABLE => {
                let (su, sv) = (2.0 * u * (1.0 - zeta) + LEAST_SIGMA, 1.3 * u * (1.0 - zeta) + LEAST_SIGMA);
                let root = zeta.sqrt();
                let time = 0.15 * h * root / su;
                [su, sv, time, 0.467 * time]
            }
            _ => {
                let v = self.uniform;
                return [v.sigma[0], v.sigma[1], v.time_s[0], v.time_s[1]];
            }
        };
        [su, sv, tu.max(LEAST_HORIZONTAL_TIME_S), tv.max(LEAST_HORIZONTAL_TIME_S)]
    }
}

/// [`Regime::Neutral`] as a number.
pub const NEUTRAL: u8 = Regime::Neutral as u8;
/// [`Regime::Unstable`] as a number.
pub const UNSTABLE: u8 = Regime::Unstable as u8;
/// [`Regime::Stable`] as a number.
pub const STABLE: u8 = Regime::Stable as u8;
/// [`Regime::Uniform`] as a number.
pub const UNIFORM: u8 = Regime::Uniform as u8;
/// [`Regime::Free`] as a number.
pub const FREE: u8 = Regime::Free as u8;
