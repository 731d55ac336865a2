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
use super::wide::{F, Line, Plain, WIDTH, Wide};
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

/// What is known of one species over one column: v_d at both moments, m s⁻¹; Λ below cloud at both, Λ in cloud at both, s⁻¹;
/// base and top of the cloud, m. Between the moments v_d and Λ are linear in time.
#[derive(Debug, Clone, Copy, Default)]
struct Power {
    dry: [f32; 2],
    below: [f32; 2],
    within: [f32; 2],
    base: f32,
    top: f32,
}

/// Numbers of one species in a row.
const POWER: usize = 8;

/// The columns' power to remove each species between two moments.
pub struct Removal {
    columns: usize,
    /// Two species side by side ([`Power`] each): pair of species, then column.
    powers: Vec<Line>,
    wet_columns: Vec<bool>,
    /// True where anything falls anywhere.
    pub rains: bool,
    /// True where any species is lost to the ground.
    pub deposits: bool,
}

/// The same for sixteen places, of one species.
#[derive(Clone, Copy)]
pub struct Rates<W: Wide> {
    /// v_d, m s⁻¹.
    pub velocity: F<W>,
    below: F<W>,
    within: F<W>,
    base: F<W>,
    top: F<W>,
}

impl<W: Wide> Rates<W> {
    /// Λ at heights, s⁻¹.
    #[inline(always)]
    pub fn scavenging(&self, z: F<W>) -> F<W> {
        let none = F::of(z.0, 0.0);
        self.top.less(z).choose(none, z.less(self.base).choose(self.below, self.within))
    }
}

impl Removal {
    /// From the frames of two moments.
    pub fn new(first: &Frame, second: &Frame, species: &[Species]) -> Removal {
        let columns = first.mixing_height.len();
        let mut powers = vec![Line::default(); species.len().div_ceil(2) * columns];
        for (k, s) in species.iter().enumerate() {
            for column in 0..columns {
                // The cloud of the moment at which it rains more.
                let later = second.precipitation[column] > first.precipitation[column];
                let cloud = if later { second } else { first };
                let wet = [first, second].map(|frame| match &s.wet {
                    Some(wet) => scavenging(wet, 3600.0 * frame.precipitation[column], cloud, column),
                    None => [0.0, 0.0],
                });
                let own = [
                    dry_velocity(s.dry, first, column),
                    dry_velocity(s.dry, second, column),
                    wet[0][0],
                    wet[1][0],
                    wet[0][1],
                    wet[1][1],
                    cloud.cloud_base[column],
                    cloud.cloud_top[column],
                ];
                let at = POWER * (k % 2);
                powers[k / 2 * columns + column].0[at..at + POWER].copy_from_slice(&own);
            }
        }
        let rain = |frame: &Frame, c: usize| 3600.0 * frame.precipitation[c] >= LEAST_RAIN;
        let washes = species.iter().any(|s| s.wet.is_some());
        let wet_columns: Vec<bool> = (0..columns).map(|c| washes && (rain(first, c) || rain(second, c))).collect();
        Removal {
            columns,
            powers,
            rains: wet_columns.contains(&true),
            wet_columns,
            deposits: species.iter().any(|s| s.dry != Dry::None),
        }
    }

    /// True where it rains over a column.
    pub fn rains_over(&self, column: usize) -> bool {
        self.wet_columns[column]
    }

    fn of(&self, species: usize, column: u32) -> Power {
        let row = &self.powers[species / 2 * self.columns + column as usize].0;
        let p = &row[POWER * (species % 2)..];
        Power { dry: [p[0], p[1]], below: [p[2], p[3]], within: [p[4], p[5]], base: p[6], top: p[7] }
    }

    /// v_d of a species over a column, m s⁻¹.
    pub fn velocity(&self, species: usize, column: u32, fraction: f32) -> f32 {
        between(self.of(species, column).dry, fraction)
    }

    /// Λ of a species at a height over a column, s⁻¹.
    pub fn scavenging(&self, species: usize, column: u32, z: f32, fraction: f32) -> f32 {
        let p = self.of(species, column);
        if z > p.top { 0.0 } else { between(if z < p.base { p.below } else { p.within }, fraction) }
    }

    /// The rates of two species, numbers 2 `pair` and 2 `pair` + 1, over sixteen columns.
    #[inline(always)]
    pub fn rates<W: Wide>(&self, w: W, pair: usize, column: &[u32; WIDTH], fraction: f32) -> [Rates<W>; 2] {
        let start = pair * self.columns;
        let mut rows = [F::of(w, 0.0); WIDTH];
        for l in 0..WIDTH {
            rows[l] = F::load(w, &self.powers[start + column[l] as usize].0);
        }
        let c = super::wide::columns(w, rows);
        [0, POWER].map(|at| {
            let between = |k: usize| c[at + k] + fraction * (c[at + k + 1] - c[at + k]);
            Rates { velocity: between(0), below: between(2), within: between(4), base: c[at + 6], top: c[at + 7] }
        })
    }
}

fn between([first, second]: [f32; 2], fraction: f32) -> f32 {
    first + fraction * (second - first)
}

/// Λ below cloud and in cloud at a rain of `rate` mm h⁻¹, s⁻¹.
fn scavenging(wet: &Wet, rate: f32, cloud: &Frame, column: usize) -> [f32; 2] {
    if rate < LEAST_RAIN {
        return [0.0, 0.0];
    }
    let water = 2e-7 * power(rate, 0.36);
    let ratio = match wet.henry_m_atm {
        None => 0.9 / water,
        // K_H R T without unit: mol l⁻¹ atm⁻¹ × 0.08206 l atm mol⁻¹ K⁻¹ × K.
        Some(henry) => 1.0 / ((1.0 - water) / (henry * 0.082_06 * cloud.temperature_2m[column]) + water),
    };
    let depth = (cloud.cloud_top[column] - cloud.cloud_base[column]).max(100.0);
    // I from mm h⁻¹ to m s⁻¹.
    [wet.below_cloud_per_s * power(rate, wet.below_cloud_power), ratio * rate / 3.6e6 / depth]
}

/// Rain below which nothing is washed out, mm h⁻¹.
const LEAST_RAIN: f32 = 0.01;

/// ln x for x > 0, the same bits everywhere, which the system's library does not promise.
fn log(x: f32) -> f32 {
    ln(F::of(Plain, x)).row()[0]
}

/// exp(x), 0 below −80.
fn exp(x: f32) -> f32 {
    let size = exp_minus(F::of(Plain, x.abs())).row()[0];
    if x <= 0.0 { size } else { 1.0 / size }
}

/// x^p for x > 0.
fn power(x: f32, p: f32) -> f32 {
    exp(p * log(x))
}

/// ψ_h of z/L.
fn psi(zeta: f32) -> f32 {
    if zeta >= 0.0 {
        -5.0 * zeta.min(2.0)
    } else {
        let x = (1.0 - 16.0 * zeta).sqrt();
        2.0 * log(0.5 * (1.0 + x))
    }
}

/// v_d over a column, m s⁻¹.
pub fn dry_velocity(dry: Dry, frame: &Frame, column: usize) -> f32 {
    let friction = frame.friction_velocity[column].max(0.01);
    let inverse_length = frame.inverse_obukhov[column];
    let rough = frame.roughness[column].clamp(1e-5, 5.0);
    let z = REFERENCE_HEIGHT_M;
    let aerodynamic =
        ((log(z / rough) - psi(z * inverse_length) + psi(rough * inverse_length)) / (KARMAN * friction)).max(1.0);
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
            let slip = 1.0 + knudsen * (1.142 + 0.558 * exp(-0.999 / knudsen));
            let air_viscosity = 1.8e-5;
            let settling = 1000.0 * diameter_m * diameter_m * 9.81 * slip / (18.0 * air_viscosity);
            let temperature = frame.temperature_2m[column];
            let diffusivity =
                1.381e-23 * temperature * slip / (3.0 * std::f32::consts::PI * air_viscosity * diameter_m);
            let stokes = settling * friction * friction / (9.81 * VISCOSITY);
            let impaction = exp(-(3.0 * std::f32::consts::LN_10 / stokes.max(1e-4)));
            let film = 1.0 / (friction * (power(VISCOSITY / diffusivity, -2.0 / 3.0) + impaction));
            settling + 1.0 / (aerodynamic + film + aerodynamic * film * settling)
        }
    }
}
