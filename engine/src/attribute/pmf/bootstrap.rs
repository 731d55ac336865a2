//! Bootstrap: how much a solution owes to which days happened to be sampled.
//!
//! Blocks of consecutive samples are drawn with replacement until there are as many as before; the model is fitted to them anew
//! from the best fit, and each factor goes to the factor of the best fit whose contributions, on the same samples, it
//! follows most; below [`MAPPED`] it is counted as unmapped (EPA PMF 5 Fundamentals, section 6; Norris et al. 2014).

use super::descend::{Conditions, Fit, Settings, descend};
use super::displacement::{Interval, RESAMPLED_LEVELS, displace_on};
use super::mapping::by_contributions;
use super::sides::Sides;
use super::start::Draws;
use super::{Factors, Measurements};
use rayon::prelude::*;

/// Correlation of contributions from which a factor counts as found again.
pub const MAPPED: f64 = 0.6;

/// What the resamplings gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// `mapped[k * (K + 1) + l]`: how often factor `k` of a resampling was factor `l` of the best fit; the last column counts
    /// those that were none.
    pub mapped: Vec<usize>,
    /// Profiles, species × factors, of every resampling, in the places of the best fit; not a number where a factor was
    /// not found again.
    pub profiles: Vec<Vec<f64>>,
    /// `Q` of every resampling.
    pub q: Vec<f64>,
    /// Length of a block.
    pub block: usize,
}

/// Length of a block: the cube root of the number of samples, times the part of their order that a sample keeps of the one
/// before it, `(2 ρ / (1 − ρ²))^⅔` (Carlstein 1986, Ann. Stat. 14:1171), with `ρ` the median lag-one correlation of the species.
pub fn block(measurements: &Measurements) -> usize {
    let (n, m) = (measurements.samples(), measurements.species());
    let mut lags: Vec<f64> = (0..m)
        .map(|j| {
            let at = |i: usize| measurements.value(i * m + j);
            super::mapping::correlation((0..n.saturating_sub(1)).map(at), (1..n).map(at))
        })
        .collect();
    lags.sort_by(f64::total_cmp);
    let rho = lags.get(m / 2).copied().unwrap_or(0.0).clamp(0.0, 0.97);
    let length = (2.0 * rho / (1.0 - rho * rho)).powf(2.0 / 3.0) * (n as f64).cbrt();
    (length.ceil() as usize).clamp(1, (n / 4).max(1))
}

/// Samples of resampling number `number`.
fn rows(n: usize, block: usize, seed: u64, number: u64) -> Vec<usize> {
    let mut draws = Draws::new(seed ^ 0x62_6f6f_7473, number);
    let mut rows = Vec::with_capacity(n + block);
    while rows.len() < n {
        let first = draws.below(n - block + 1);
        rows.extend(first..first + block);
    }
    rows.truncate(n);
    rows
}

/// One resampling: its data, its fit with the factors as they came, and the best fit on the same samples.
fn resample(
    sides: &Sides,
    best: &Fit,
    settings: &Settings,
    block: usize,
    seed: u64,
    number: u64,
) -> (Sides, Fit, Factors) {
    let k = best.factors.factors;
    let rows = rows(sides.samples.rows, block, seed, number);
    let sides = sides.resampled(&rows);
    let contributions = rows.iter().flat_map(|i| best.factors.contributions[i * k..][..k].iter().copied()).collect();
    let same = Factors { factors: k, contributions, profiles: best.factors.profiles.clone() };
    let fit = descend(&sides, same.clone(), settings, &Conditions::default());
    (sides, fit, same)
}

/// Resamples and fits `count` times.
pub fn bootstrap(
    measurements: &Measurements,
    best: &Fit,
    settings: &Settings,
    count: usize,
    block: usize,
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Bootstrap {
    let sides = Sides::of(measurements);
    let k = best.factors.factors;
    let found: Vec<(Vec<Option<usize>>, Vec<f64>, f64)> = (0..count as u64)
        .into_par_iter()
        .map(|number| {
            let (_, fit, same) = resample(&sides, best, settings, block, seed, number);
            done();
            let alike = by_contributions(&fit.factors, &same);
            let places: Vec<Option<usize>> = alike
                .chunks_exact(k)
                .map(|row| {
                    let best = (0..k).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
                    (row[best] >= MAPPED).then_some(best)
                })
                .collect();
            let mut profiles = vec![f64::NAN; fit.factors.profiles.len()];
            for (from, to) in places.iter().enumerate() {
                if let Some(to) = to {
                    let mean = fit.factors.mean(from);
                    for (species, h) in profiles.chunks_exact_mut(k).enumerate() {
                        h[*to] = fit.factors.profiles[species * k + from] * mean;
                    }
                }
            }
            (places, profiles, fit.q_true)
        })
        .collect();
    let mut all = Bootstrap { mapped: vec![0; k * (k + 1)], profiles: vec![], q: vec![], block };
    for (places, profiles, q) in found {
        for (from, to) in places.iter().enumerate() {
            all.mapped[from * (k + 1) + to.unwrap_or(k)] += 1;
        }
        all.profiles.push(profiles);
        all.q.push(q);
    }
    all
}

impl Bootstrap {
    /// A quantile of one element over the resamplings that found its factor; not a number where none did.
    pub fn quantile(&self, species: usize, factor: usize, factors: usize, quantile: f64) -> f64 {
        let mut values: Vec<f64> =
            self.profiles.iter().map(|p| p[species * factors + factor]).filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at = quantile * (values.len().max(1) - 1) as f64;
        let (low, high) = (at.floor() as usize, at.ceil() as usize);
        match (values.get(low), values.get(high)) {
            (Some(low), Some(high)) => low + (high - low) * at.fract(),
            _ => f64::NAN,
        }
    }
}

/// Displacement on resampled data, which holds the doubt of both: the widest end over the resamplings, one interval an
/// element, at the levels of [`RESAMPLED_LEVELS`]. Resamplings whose factors cannot be told apart are left out and counted.
pub fn displaced(
    measurements: &Measurements,
    best: &Fit,
    settings: &Settings,
    (count, block, seed): (usize, usize, u64),
    species: &[usize],
    done: &(dyn Fn() + Sync),
) -> (Vec<Interval>, usize) {
    let sides = Sides::of(measurements);
    let (mut widest, mut left_out): (Vec<Interval>, usize) = (vec![], 0);
    for number in 0..count as u64 {
        let (sides, mut fit, same) = resample(&sides, best, settings, block, seed, number);
        let (factors, alike) = super::mapping::matched(&same, &fit.factors);
        fit.factors = factors;
        if alike.iter().any(|a| *a < MAPPED) {
            left_out += 1;
            done();
            continue;
        }
        let intervals = displace_on(&sides, &fit, species, &RESAMPLED_LEVELS, &|| {});
        done();
        if widest.is_empty() {
            widest = intervals;
            continue;
        }
        for (wide, new) in widest.iter_mut().zip(intervals) {
            wide.low.iter_mut().zip(new.low).for_each(|(a, b)| *a = a.min(b));
            wide.high.iter_mut().zip(new.high).for_each(|(a, b)| *a = a.max(b));
            wide.swaps.iter_mut().zip(new.swaps).for_each(|(a, b)| *a += b);
            wide.fall = wide.fall.max(new.fall);
        }
    }
    let k = best.factors.factors;
    for interval in &mut widest {
        interval.value =
            best.factors.profiles[interval.species * k + interval.factor] * best.factors.mean(interval.factor);
    }
    (widest, left_out)
}
