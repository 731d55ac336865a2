//! The independent check: particles run forward from the sources and are counted at the stations.
//!
//! Random numbers, direction of time, chain arithmetic and sampling differ from the backward run; only the physics is the
//! same. Σ over receptors and days of y must agree within the sampling error of both.
//!
//! ```text
//! y(r, t) = Σ_particles in the disc  m(t) / (π R² H)          m = wᵀ c, dc/dt as in removal.rs, c(t′) = q Δt / (K p)
//! ```
//! K particles a step, p the chance of the particle's site.

use super::backward::{BATCHES, STEPS_PER_DAY, Setting};
use super::motion::{STEP_S, Wander};
use super::random::{Purpose, Stream};
use rayon::prelude::*;

/// Particles released a step.
const PARTICLES: usize = 48;

/// Mean over station-days of what the sources bring, by an independent forward run, and its standard error; kg m⁻³.
/// `rates(site, bin)` gives kg s⁻¹ of each emitted species; `first_steps` the first step of each day that is averaged.
pub fn mean_over_receptors(
    setting: &Setting<'_>,
    first_steps: &[usize],
    rates: &(dyn Fn(usize, usize) -> Vec<f64> + Sync),
) -> (f64, f64) {
    let (Some(first), Some(last)) = (first_steps.iter().min().copied(), first_steps.iter().max().copied()) else {
        return (0.0, 0.0);
    };
    let end = last + STEPS_PER_DAY;
    let mut felt = vec![false; end];
    first_steps.iter().for_each(|s| felt[*s..*s + STEPS_PER_DAY].fill(true));
    let near = stations_near(setting);
    let releases: Vec<usize> = (first.saturating_sub(setting.lags)..end).collect();
    let station_steps = (first_steps.len() * STEPS_PER_DAY * setting.domain.stations.len()) as f64;
    let sums: Vec<[f64; BATCHES]> = releases
        .par_iter()
        .map(|step| {
            let mut sums = [0.0; BATCHES];
            let bin = setting.bin(*step);
            let q: Vec<Vec<f64>> = (0..setting.domain.sites.len()).map(|site| rates(site, bin)).collect();
            let weight: Vec<f64> = q.iter().map(|r| r.iter().sum()).collect();
            let total: f64 = weight.iter().sum();
            if total > 0.0 {
                for particle in 0..PARTICLES {
                    sums[particle % BATCHES] += follow(setting, &near, &felt, *step, particle, &q, &weight, total);
                }
            }
            sums
        })
        .collect();
    let mut batches = [0.0; BATCHES];
    for sum in &sums {
        batches.iter_mut().zip(sum).for_each(|(b, s)| *b += s * BATCHES as f64 / station_steps);
    }
    (batches.iter().sum::<f64>() / BATCHES as f64, crate::transport::footprint::standard_error(&batches))
}

/// For each cell the stations whose disc may reach into it.
fn stations_near(setting: &Setting<'_>) -> Vec<Vec<usize>> {
    let d = setting.domain;
    let reach = d.radius_m + d.cell_m.0.hypot(d.cell_m.1) / 2.0;
    (0..d.grid.cells())
        .map(|cell| {
            let (i, j) = ((cell % d.grid.nx) as f64 + 0.5, (cell / d.grid.nx) as f64 + 0.5);
            let (x, y) = (i * d.cell_m.0, j * d.cell_m.1);
            (0..d.stations.len()).filter(|s| (d.stations[*s].0 - x).hypot(d.stations[*s].1 - y) <= reach).collect()
        })
        .collect()
}

/// One particle: what it adds to the sum over stations and steps, kg m⁻³.
#[allow(clippy::too_many_arguments)]
fn follow(
    setting: &Setting<'_>,
    near: &[Vec<usize>],
    felt: &[bool],
    release: usize,
    particle: usize,
    q: &[Vec<f64>],
    weight: &[f64],
    total: f64,
) -> f64 {
    let d = setting.domain;
    let stream = Stream::new(setting.seed, Purpose::Forward, release as u32, particle as u32);
    let [pick, which, u, v] = stream.uniforms(u32::MAX);
    let site = choose(pick, weight.iter().copied(), total);
    let shares = &d.site_cells[site];
    if shares.is_empty() {
        return 0.0;
    }
    let cell = shares[choose(which, shares.iter().map(|s| s.1), 1.0)].0;
    let (mut x, mut y) = (((cell % d.grid.nx) as f64 + u) * d.cell_m.0, ((cell / d.grid.nx) as f64 + v) * d.cell_m.1);
    let mut c = vec![0.0; setting.chain.species.len()];
    for (s, rate) in setting.species.iter().zip(&q[site]) {
        c[*s] = rate * STEP_S as f64 * total / (weight[site] * PARTICLES as f64);
    }
    let disc = std::f64::consts::PI * d.radius_m * d.radius_m;
    let (mut depth, mut sum) = (0.0f64, 0.0);
    let mut wander = Wander::new(stream);
    for (step, is_felt) in felt.iter().enumerate().skip(release).take(setting.lags + 1) {
        if step > release {
            let (dx, dy) = setting.wind.displacement(step, &wander);
            (x, y) = (x + dx, y + dy);
            wander.step();
            c = setting.fate.propagator(step).apply(&c);
        }
        depth = depth.max(setting.fate.height_m(step));
        let Ok(cell) = d.cell(x, y) else { return sum };
        if *is_felt {
            let hits = near[cell].iter().filter(|s| (d.stations[**s].0 - x).hypot(d.stations[**s].1 - y) <= d.radius_m);
            let hits = hits.count() as f64;
            if hits > 0.0 {
                let mass: f64 = c.iter().zip(setting.weights).map(|(c, w)| c * w).sum();
                sum += hits * mass / (disc * depth);
            }
        }
    }
    sum
}

/// The position that a uniform number falls on in a list of weights.
fn choose(uniform: f64, weights: impl ExactSizeIterator<Item = f64>, total: f64) -> usize {
    let last = weights.len().saturating_sub(1);
    let mut left = uniform * total;
    for (i, w) in weights.enumerate() {
        left -= w;
        if left < 0.0 {
            return i;
        }
    }
    last
}
