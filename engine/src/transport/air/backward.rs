//! Backward particles: from every station and arrival time to where the air has been.
//!
//! ```text
//! F(cell, t′ → r, t) = Σ_particles in cell at t′  Δt λ_s(t′) / (N A_cell H)
//! ```
//! λ the adjoint of the chain (kg of the measured quantity at the receptor per kg of species s emitted at t′), H the depth
//! mixed through in between, N the particles of the receptor's day (Seibert & Frank 2004, ACP 4:51, eq. 8, for a layer that is
//! well mixed; Lin et al. 2003, JGR 108:4493, eq. 7).
//!
//! The wind is uniform, so the displacement of a particle does not depend on where it started: one set of paths per
//! arrival time serves all stations. Errors of different stations are therefore correlated; the batches carry that along.

use super::domain::{BASE_TERMS, Domain};
use super::motion::{STEP_S, STEPS_PER_HOUR, Wander, Wind};
use super::random::{Purpose, Stream};
use super::removal::Fate;
use crate::transport::chain::Chain;
use crate::transport::footprint::{BaseTerm, Column};

/// Independent batches of particles behind each entry.
pub const BATCHES: usize = 8;
/// Steps in a day.
pub const STEPS_PER_DAY: usize = 24 * STEPS_PER_HOUR;

/// Everything that all particles share.
pub struct Setting<'a> {
    /// The map.
    pub domain: &'a Domain,
    /// The wind.
    pub wind: &'a Wind,
    /// What happens on the way.
    pub fate: &'a Fate,
    /// The chain.
    pub chain: &'a Chain,
    /// Positions in the chain of the emitted species.
    pub species: &'a [usize],
    /// Weights of the measured quantity.
    pub weights: &'a [f64],
    /// Position in the chain of the species that stands for air from outside, if any.
    pub carried: Option<usize>,
    /// Seed.
    pub seed: u64,
    /// Particles per arrival step.
    pub particles: usize,
    /// Steps that a particle is followed.
    pub lags: usize,
    /// First step of emission bin 0; bins are days.
    pub first_bin_step: i64,
    /// The case's emissions, kg s⁻¹: bin by bin, cell by cell, emitted species by emitted species.
    pub cell_rates: &'a [f64],
}

impl Setting<'_> {
    /// The emission bin of a step.
    pub fn bin(&self, step: usize) -> usize {
        ((step as i64 - self.first_bin_step) / STEPS_PER_DAY as i64).max(0) as usize
    }
}

/// The last 24 hours of a row alone: what the model that starts from yesterday's measured field is made of.
#[derive(Debug, Clone, Default)]
pub struct LastDay {
    /// From the case's sources within 24 h, kg m⁻³.
    pub sources: f64,
    /// Share of the particles that entered by each edge within 24 h, in the order of [`super::domain::Edge`].
    pub edges: [f64; 4],
    /// Where the others were 24 h before: cell and share of all particles.
    pub cells: Vec<(usize, f64)>,
}

/// What one station's particles of one day met.
pub struct StationDay {
    /// Entries: column, value, batches.
    pub entries: Vec<(Column, f64, Vec<f32>)>,
    /// How the air entered.
    pub base: Vec<BaseTerm>,
    /// The last 24 hours alone.
    pub last_day: LastDay,
    /// The footprint of the carried species on the grid, s m⁻³ kg⁻¹ s.
    pub map: Vec<f64>,
}

/// One arrival time: paths and what the adjoint carries along them.
struct Arrival {
    step: usize,
    lags: usize,
    /// Positions relative to the station, m: particle by particle, lag by lag.
    paths: Vec<(f32, f32)>,
    /// Δt λ_s / (A H), lag by lag, emitted species by emitted species.
    weights: Vec<f64>,
}

/// The arrivals of one day, made once for all stations.
pub struct Day(Vec<Arrival>);

impl Day {
    /// Follows the particles of the day whose first step is `first`.
    pub fn follow(setting: &Setting<'_>, first: usize) -> Day {
        Day((first..first + STEPS_PER_DAY).map(|step| Arrival::follow(setting, step)).collect())
    }
}

impl Arrival {
    fn follow(setting: &Setting<'_>, step: usize) -> Arrival {
        let lags = setting.lags.min(step);
        let mut paths = Vec::with_capacity(setting.particles * (lags + 1));
        for particle in 0..setting.particles {
            let stream = Stream::new(setting.seed, Purpose::Backward, step as u32, particle as u32);
            let mut wander = Wander::new(stream);
            let [radius, angle, ..] = stream.uniforms(u32::MAX);
            let (r, a) = (setting.domain.radius_m * radius.sqrt(), std::f64::consts::TAU * angle);
            let (mut x, mut y) = (r * a.cos(), r * a.sin());
            paths.push((x as f32, y as f32));
            for lag in 0..lags {
                let (dx, dy) = setting.wind.displacement(step - lag, &wander);
                (x, y) = (x - dx, y - dy);
                paths.push((x as f32, y as f32));
                wander.step();
            }
        }
        let mut lambda = setting.weights.to_vec();
        let (mut depth, area) = (0.0f64, setting.domain.cell_area_m2());
        let mut weights = Vec::with_capacity((lags + 1) * setting.species.len());
        for lag in 0..=lags {
            depth = depth.max(setting.fate.height_m(step - lag));
            weights.extend(setting.species.iter().map(|s| STEP_S as f64 * lambda[*s] / (area * depth)));
            lambda = setting.fate.propagator(step - lag).apply_transposed(&lambda);
        }
        Arrival { step, lags, paths, weights }
    }
}

/// What the particles of a day met on their way to a station.
pub fn station_day(setting: &Setting<'_>, day: &Day, station: usize) -> StationDay {
    let domain = setting.domain;
    let (cells, species) = (domain.grid.cells(), setting.species.len());
    let last = day.0.last().map_or(0, |a| a.step);
    let first = day.0.first().map_or(0, |a| a.step - a.lags);
    let first_bin = setting.bin(first);
    let bins = setting.bin(last) - first_bin + 1;
    // [batch][bin][cell][species]
    let mut field = vec![0.0; BATCHES * bins * cells * species];
    let mut ways = [0.0; BASE_TERMS.len()];
    let mut before = vec![0.0; cells];
    let mut last_day = LastDay::default();
    let count = (day.0.len() * setting.particles) as f64;
    let (sx, sy) = domain.stations[station];
    for arrival in &day.0 {
        let bin_of: Vec<usize> = (0..=arrival.lags).map(|lag| setting.bin(arrival.step - lag) - first_bin).collect();
        for particle in 0..setting.particles {
            let batch = particle % BATCHES;
            let path = &arrival.paths[particle * (arrival.lags + 1)..(particle + 1) * (arrival.lags + 1)];
            let mut way = BASE_TERMS.len() - 1;
            for (lag, (dx, dy)) in path.iter().enumerate() {
                match domain.cell(sx + f64::from(*dx), sy + f64::from(*dy)) {
                    Ok(cell) => {
                        let at = ((batch * bins + bin_of[lag]) * cells + cell) * species;
                        let weights = &arrival.weights[lag * species..(lag + 1) * species];
                        field[at..at + species].iter_mut().zip(weights).for_each(|(f, w)| *f += w);
                        if lag < STEPS_PER_DAY {
                            let at = ((first_bin + bin_of[lag]) * cells + cell) * species;
                            let rates = setting.cell_rates.get(at..at + species).unwrap_or(&[]);
                            last_day.sources += weights.iter().zip(rates).map(|(w, q)| w * q).sum::<f64>() / count;
                        } else if lag == STEPS_PER_DAY {
                            before[cell] += 1.0 / count;
                        }
                    }
                    Err(edge) => {
                        way = edge as usize;
                        if lag <= STEPS_PER_DAY {
                            last_day.edges[way] += 1.0 / count;
                        }
                        break;
                    }
                }
            }
            ways[way] += 1.0 / count;
        }
    }
    let base = BASE_TERMS.iter().zip(ways).map(|(name, weight)| BaseTerm { name: (*name).into(), weight }).collect();
    last_day.cells = before.into_iter().enumerate().filter(|(_, share)| *share > 0.0).collect();
    let map = carried_map(setting, &field, bins * cells, count);
    StationDay { entries: entries(setting, &field, first_bin, bins, count), base, last_day, map }
}

/// The field of the carried species summed over batches and bins.
fn carried_map(setting: &Setting<'_>, field: &[f64], bin_cells: usize, count: f64) -> Vec<f64> {
    let (cells, species) = (setting.domain.grid.cells(), setting.species.len());
    let mut map = vec![0.0; cells];
    let Some(s) = setting.species.iter().position(|s| Some(*s) == setting.carried) else { return map };
    for bin_cell in 0..BATCHES * bin_cells {
        map[bin_cell % cells] += field[bin_cell * species + s] / count;
    }
    map
}

/// Gathers the field onto the sites of the sources.
fn entries(
    setting: &Setting<'_>,
    field: &[f64],
    first_bin: usize,
    bins: usize,
    count: f64,
) -> Vec<(Column, f64, Vec<f32>)> {
    let (cells, species) = (setting.domain.grid.cells(), setting.species.len());
    let mut list = Vec::new();
    for (site, shares) in setting.domain.site_cells.iter().enumerate() {
        for bin in 0..bins {
            for s in 0..species {
                let mut batches = [0.0; BATCHES];
                for (batch, sum) in batches.iter_mut().enumerate() {
                    let base = (batch * bins + bin) * cells;
                    *sum = shares.iter().map(|(cell, share)| share * field[(base + cell) * species + s]).sum();
                }
                let total: f64 = batches.iter().sum();
                if total > 0.0 {
                    // A batch holds one in BATCHES of the particles, so its own estimate is BATCHES times its part.
                    let replicates = batches.iter().map(|b| (b * BATCHES as f64 / count) as f32).collect();
                    let column = Column { site: site as u32, species: s as u16, bin: (first_bin + bin) as u16 };
                    list.push((column, total / count, replicates));
                }
            }
        }
    }
    list
}
