//! What takes mass off particles: dry deposition, wet scavenging.
//!
//! ```text
//! dry    dm/dt = −m v_d / 2z_r        below 2 z_r, z_r = 15 m (Stohl et al. 2005, eq. 58)
//!        1/v_d = r_a + r_b + r_c      gases (Wesely 1989)
//!        v_d   = v_s + 1/(r_a + r_b + r_a r_b v_s)   particles (Slinn 1982; Seinfeld & Pandis 2006, eq. 19.7)
//!        r_a = (ln(z_r/z0) − ψ_h(z_r/L) + ψ_h(z0/L)) / (κ u*)
//!        r_b = 2/(κ u*) (Sc/Pr)^⅔     gases;    1/(u* (Sc^−⅔ + 10^(−3/St)))   particles
//! wet    dm/dt = −Λ m
//!        below cloud   Λ = A I^B                       I rain, mm h⁻¹
//!        in cloud      Λ = S I / H,  H depth of the cloud, cl = 2e-7 I^0.36 its water (Hertel et al. 1995)
//!                      S = 0.9/cl particles;  1/((1 − cl)/(K_H R T) + cl) gases
//! ```
//! ψ_h: Businger et al. (1971) as in Stohl et al. (2005). r_c is one number a species (day, vegetation and wetness are not
//! resolved). Rain is that of the grid cell: no share of the cell covered by showers, so showers scavenge too evenly.
//! Settling adds to v_d and does not move particles, which holds below about 10 µm.

use super::Species;
use super::elementary::{exp_minus, ln};
use crate::observe::weather::Frame;

const KARMAN: f32 = 0.4;
/// z_r, m.
const REFERENCE_HEIGHT_M: f32 = 15.0;
/// Below this height dry deposition acts, m.
pub const SURFACE_LAYER_M: f32 = 2.0 * REFERENCE_HEIGHT_M;
/// Kinematic viscosity of air, m² s⁻¹.
const VISCOSITY: f32 = 1.5e-5;
const PRANDTL: f32 = 0.72;

/// How a species is lost to the ground.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Dry {
    /// It is not.
    #[default]
    None,
    /// At a given velocity, m s⁻¹.
    Velocity(f32),
    /// A gas.
    Gas {
        /// Molecular diffusivity in air, m² s⁻¹.
        diffusivity_m2_s: f32,
        /// r_c, s m⁻¹.
        surface_resistance_s_m: f32,
    },
    /// Particles of one size.
    Particle {
        /// Aerodynamic diameter, m.
        diameter_m: f32,
    },
}

/// How a species is washed out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wet {
    /// A, s⁻¹ at 1 mm h⁻¹.
    pub below_cloud_per_s: f32,
    /// B.
    pub below_cloud_power: f32,
    /// Effective Henry's constant of a gas, mol l⁻¹ atm⁻¹; none for particles.
    pub henry_m_atm: Option<f32>,
}

/// The columns' power to remove each species between two moments.
pub struct Removal {
    columns: usize,
    /// v_d at both moments, m s⁻¹: species, then column.
    velocity: Vec<[f32; 2]>,
    rain: Vec<Rain>,
    wet: Vec<Option<Wet>>,
    /// True where anything falls anywhere.
    pub rains: bool,
    /// True where any species is lost to the ground.
    pub deposits: bool,
}

/// Rain of one column.
#[derive(Clone, Copy)]
struct Rain {
    /// mm h⁻¹ at both moments.
    rate: [f32; 2],
    base: f32,
    top: f32,
    temperature: f32,
}

impl Removal {
    /// From the frames of two moments.
    pub fn new(first: &Frame, second: &Frame, species: &[Species]) -> Removal {
        let columns = first.mixing_height.len();
        let mut velocity = Vec::with_capacity(columns * species.len());
        for s in species {
            velocity.extend((0..columns).map(|c| [dry_velocity(s.dry, first, c), dry_velocity(s.dry, second, c)]));
        }
        let rain: Vec<Rain> = (0..columns)
            .map(|c| {
                // The cloud of the moment at which it rains more.
                let frame = if second.precipitation[c] > first.precipitation[c] { second } else { first };
                Rain {
                    rate: [3600.0 * first.precipitation[c], 3600.0 * second.precipitation[c]],
                    base: frame.cloud_base[c],
                    top: frame.cloud_top[c],
                    temperature: frame.temperature_2m[c],
                }
            })
            .collect();
        Removal {
            columns,
            velocity,
            rains: species.iter().any(|s| s.wet.is_some()) && rain.iter().any(|r| r.rate[0] + r.rate[1] > LEAST_RAIN),
            deposits: species.iter().any(|s| s.dry != Dry::None),
            rain,
            wet: species.iter().map(|s| s.wet).collect(),
        }
    }

    /// v_d of a species over a column, m s⁻¹.
    #[inline(always)]
    pub fn velocity(&self, species: usize, column: u32, fraction: f32) -> f32 {
        let v = self.velocity[species * self.columns + column as usize];
        v[0] + fraction * (v[1] - v[0])
    }

    /// Λ of a species at a height over a column, s⁻¹.
    pub fn scavenging(&self, species: usize, column: u32, z: f32, fraction: f32) -> f32 {
        let (Some(wet), rain) = (self.wet[species], self.rain[column as usize]) else { return 0.0 };
        let rate = rain.rate[0] + fraction * (rain.rate[1] - rain.rate[0]);
        if rate < LEAST_RAIN || z > rain.top {
            return 0.0;
        }
        if z < rain.base {
            return wet.below_cloud_per_s * power(rate, wet.below_cloud_power);
        }
        let water = 2e-7 * power(rate, 0.36);
        let ratio = match wet.henry_m_atm {
            None => 0.9 / water,
            // K_H R T without unit: mol l⁻¹ atm⁻¹ × 0.08206 l atm mol⁻¹ K⁻¹ × K.
            Some(henry) => 1.0 / ((1.0 - water) / (henry * 0.082_06 * rain.temperature) + water),
        };
        // I from mm h⁻¹ to m s⁻¹.
        ratio * rate / 3.6e6 / (rain.top - rain.base).max(100.0)
    }
}

/// Rain below which nothing is washed out, mm h⁻¹.
const LEAST_RAIN: f32 = 0.01;

/// x^p for x > 0.
fn power(x: f32, p: f32) -> f32 {
    let y = p * ln(x);
    if y <= 0.0 { exp_minus(-y) } else { 1.0 / exp_minus(y) }
}

/// ψ_h of z/L.
fn psi(zeta: f32) -> f32 {
    if zeta >= 0.0 {
        -5.0 * zeta.min(2.0)
    } else {
        let x = (1.0 - 16.0 * zeta).sqrt();
        2.0 * ln(0.5 * (1.0 + x))
    }
}

/// v_d over a column, m s⁻¹.
pub fn dry_velocity(dry: Dry, frame: &Frame, column: usize) -> f32 {
    let friction = frame.friction_velocity[column].max(0.01);
    let inverse_length = frame.inverse_obukhov[column];
    let rough = frame.roughness[column].clamp(1e-5, 5.0);
    let z = REFERENCE_HEIGHT_M;
    let aerodynamic =
        ((ln(z / rough) - psi(z * inverse_length) + psi(rough * inverse_length)) / (KARMAN * friction)).max(1.0);
    match dry {
        Dry::None => 0.0,
        Dry::Velocity(v) => v,
        Dry::Gas { diffusivity_m2_s, surface_resistance_s_m } => {
            let film = 2.0 / (KARMAN * friction) * power(VISCOSITY / diffusivity_m2_s / PRANDTL, 2.0 / 3.0);
            1.0 / (aerodynamic + film + surface_resistance_s_m)
        }
        Dry::Particle { diameter_m } => {
            // Cunningham's slip (Allen & Raabe 1985), mean free path 6.6e-8 m; Stokes' fall of unit density.
            let knudsen = 2.0 * 6.6e-8 / diameter_m;
            let slip = 1.0 + knudsen * (1.142 + 0.558 * exp_minus(0.999 / knudsen));
            let air_viscosity = 1.8e-5;
            let settling = 1000.0 * diameter_m * diameter_m * 9.81 * slip / (18.0 * air_viscosity);
            let temperature = frame.temperature_2m[column];
            let diffusivity =
                1.381e-23 * temperature * slip / (3.0 * std::f32::consts::PI * air_viscosity * diameter_m);
            let stokes = settling * friction * friction / (9.81 * VISCOSITY);
            let impaction = exp_minus((3.0 * std::f32::consts::LN_10 / stokes.max(1e-4)).min(79.0));
            let film = 1.0 / (friction * (power(VISCOSITY / diffusivity, -2.0 / 3.0) + impaction));
            settling + 1.0 / (aerodynamic + film + aerodynamic * film * settling)
        }
    }
}
