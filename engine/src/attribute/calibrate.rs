//! Fitting the daily models on a season that is not scored.
//!
//! ```text
//! min_c Σ_days (y − Σ_j x_j c_j)²     c ≥ 0
//! ```
//! by coordinate descent on the normal equations (Franc, Hlaváč & Navara 2005), which for a convex problem with so few
//! terms converges to the one minimum. Then each station's level, the mean of what is left there, shrunk:
//!
//! ```text
//! ℓ_s = r̄_s τ² / (τ² + σ_s²)       σ_s² variance of r̄_s over blocks of a week, τ² = var_s(r̄_s) − mean σ_s², at least 0
//! ```
//! (empirical Bayes, Efron & Morris 1975). Ranges are the 5th and 95th percentile over a bootstrap of whole weeks, since
//! neighbouring days are not independent. The coefficient of the footprint shrinks with errors of the wind: it is not a
//! correction of emissions.

use super::daily::{self, Features, Model};
use crate::observe::Observed;
use crate::problem::{Error, Result};
use crate::region::calendar::DAY;
use crate::region::{Case, Pollutant};
use crate::transport::air::Transported;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days in a block of the bootstrap, and how many times it is drawn.
const BLOCK_DAYS: i64 = 7;
const DRAWS: usize = 400;
/// Fewest station-days to fit on.
const LEAST_DAYS: usize = 60;
/// Concentrations are fitted in µg m⁻³ / SCALE so that all columns are of one size.
const SCALE: f64 = 100.0;

/// One fitted coefficient, as `air_model.csv` holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fitted {
    /// Model.
    pub model: String,
    /// Term, or `level <station>`.
    pub term: String,
    /// Coefficient; µg m⁻³ for edges, stagnation and levels, without unit for the rest.
    pub value: f64,
    /// 5th percentile of the bootstrap (levels: value − 1.645 σ).
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// Unit.
    pub unit: &'static str,
}

/// One station-day of the fit.
struct Day {
    station: usize,
    block: usize,
    x: Vec<f64>,
    y: f64,
}

/// Fits the daily models on the days of a case.
pub fn calibrate(case: &Case, observed: &Observed, air: &Transported, pollutant: Pollutant) -> Result<Vec<Fitted>> {
    let values = daily::daily_values(case, observed, pollutant);
    let features = daily::features(case, air, &values);
    let mut fitted = Vec::new();
    for model in [daily::FOOTPRINT, daily::UNSCALED, daily::ADVECTED] {
        let days = days_of(&features, model);
        if days.len() < LEAST_DAYS {
            return Err(Error::Stage(format!(
                "only {} station-days have a measurement, one the day before, and a footprint; at least {LEAST_DAYS} are needed to fit",
                days.len()
            )));
        }
        fit(case, model, &days, &mut fitted);
    }
    Ok(fitted)
}

fn days_of(features: &[Features], model: Model) -> Vec<Day> {
    let first = features.iter().map(|f| f.day.start.0).min().unwrap_or(0);
    let scaled = |x: f64, term: &str| if daily::is_concentration(term) { x } else { x * 1e9 / SCALE };
    let day = |f: &Features| {
        let advected = f.advected.as_ref()?;
        let terms = if model == daily::ADVECTED { advected } else { &f.footprint };
        Some(Day {
            station: f.station,
            block: ((f.day.start.0 - first) / (BLOCK_DAYS * DAY)) as usize,
            x: terms.iter().zip(model.terms).map(|(x, t)| scaled(*x, t)).collect(),
            y: f.measured? * 1e9 / SCALE,
        })
    };
    features.iter().filter_map(day).collect()
}

fn fit(case: &Case, model: Model, days: &[Day], fitted: &mut Vec<Fitted>) {
    let fixed = (model == daily::UNSCALED).then_some(1.0);
    let blocks = days.iter().map(|d| d.block).max().unwrap_or(0) + 1;
    let mut per_block = vec![Normal::new(model.terms.len()); blocks];
    days.iter().for_each(|d| per_block[d.block].add(&d.x, d.y));
    let sum = |picked: &mut dyn Iterator<Item = usize>| {
        let mut all = Normal::new(model.terms.len());
        picked.for_each(|b| all.plus(&per_block[b]));
        all.solve(fixed)
    };
    let best = sum(&mut (0..blocks));
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let draws: Vec<Vec<f64>> = (0..DRAWS)
        .map(|_| {
            let picked: Vec<usize> = (0..blocks)
                .map(|_| {
                    state = splitmix(state);
                    (state >> 33) as usize % blocks
                })
                .collect();
            sum(&mut picked.into_iter())
        })
        .collect();
    for (j, term) in model.terms.iter().enumerate() {
        let mut spread: Vec<f64> = draws.iter().map(|d| d[j]).collect();
        spread.sort_by(f64::total_cmp);
        let concentration = daily::is_concentration(term);
        let scale = if concentration { SCALE } else { 1.0 };
        let at = |p: f64| spread[((spread.len() - 1) as f64 * p).round() as usize] * scale;
        let unit = if concentration { "ug/m3" } else { "1" };
        fitted.push(Fitted {
            model: model.name.into(),
            term: (*term).into(),
            value: best[j] * scale,
            low: at(0.05),
            high: at(0.95),
            unit,
        });
    }
    for (station, (level, error)) in levels(days, &best) {
        fitted.push(Fitted {
            model: model.name.into(),
            term: daily::level_term(&case.stations[station].id),
            value: level * SCALE,
            low: (level - 1.645 * error) * SCALE,
            high: (level + 1.645 * error) * SCALE,
            unit: "ug/m3",
        });
    }
}

/// The shrunk mean of what is left at each station, and its standard error.
fn levels(days: &[Day], c: &[f64]) -> BTreeMap<usize, (f64, f64)> {
    let mut left: BTreeMap<usize, BTreeMap<usize, Vec<f64>>> = BTreeMap::new();
    for d in days {
        let rest = d.y - d.x.iter().zip(c).map(|(x, c)| x * c).sum::<f64>();
        left.entry(d.station).or_default().entry(d.block).or_default().push(rest);
    }
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len().max(1) as f64;
    let of_station: BTreeMap<usize, (f64, f64)> = left
        .iter()
        .map(|(station, blocks)| {
            let means: Vec<f64> = blocks.values().map(|b| mean(b)).collect();
            let (m, n) = (mean(&means), means.len() as f64);
            let variance = means.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            (*station, (m, variance / n))
        })
        .collect();
    let means: Vec<f64> = of_station.values().map(|s| s.0).collect();
    let errors: Vec<f64> = of_station.values().map(|s| s.1).collect();
    let centre = mean(&means);
    let spread = means.iter().map(|m| (m - centre).powi(2)).sum::<f64>() / (means.len() as f64 - 1.0).max(1.0);
    let between = (spread - mean(&errors)).max(0.0);
    of_station
        .into_iter()
        .map(|(station, (m, variance))| {
            let trust = if between > 0.0 { between / (between + variance) } else { 0.0 };
            (station, (m * trust, (variance * trust).sqrt()))
        })
        .collect()
}

fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// XᵀX and Xᵀy.
#[derive(Debug, Clone)]
struct Normal {
    xx: Vec<f64>,
    xy: Vec<f64>,
}

impl Normal {
    fn new(terms: usize) -> Normal {
        Normal { xx: vec![0.0; terms * terms], xy: vec![0.0; terms] }
    }

    fn add(&mut self, x: &[f64], y: f64) {
        let n = self.xy.len();
        for i in 0..n {
            self.xy[i] += x[i] * y;
            (0..n).for_each(|j| self.xx[i * n + j] += x[i] * x[j]);
        }
    }

    fn plus(&mut self, other: &Normal) {
        self.xx.iter_mut().zip(&other.xx).for_each(|(a, b)| *a += b);
        self.xy.iter_mut().zip(&other.xy).for_each(|(a, b)| *a += b);
    }

    /// The non-negative minimum; `fixed` holds the first coefficient.
    fn solve(&self, fixed: Option<f64>) -> Vec<f64> {
        let n = self.xy.len();
        let mut c = vec![0.0; n];
        c[0] = fixed.unwrap_or(0.0);
        for _ in 0..20_000 {
            let mut moved = 0.0f64;
            for j in usize::from(fixed.is_some())..n {
                if self.xx[j * n + j] > 0.0 {
                    let gradient: f64 = (0..n).map(|k| self.xx[j * n + k] * c[k]).sum::<f64>() - self.xy[j];
                    let next = (c[j] - gradient / self.xx[j * n + j]).max(0.0);
                    moved = moved.max((next - c[j]).abs());
                    c[j] = next;
                }
            }
            if moved < 1e-12 {
                break;
            }
        }
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(state: &mut u64) -> f64 {
        *state = splitmix(*state);
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    #[test]
    fn planted_coefficients_come_back_and_one_that_works_against_is_held_at_zero() {
        let planted = [0.7, 0.8, -0.2, 0.4];
        let (mut normal, mut state) = (Normal::new(4), 1);
        let rows: Vec<Vec<f64>> = (0..300).map(|_| (0..4).map(|_| uniform(&mut state)).collect()).collect();
        for x in &rows {
            normal.add(x, x.iter().zip(planted).map(|(x, c)| x * c).sum());
        }
        let c = normal.solve(None);
        assert_eq!(c[2], 0.0);
        // with the third column left out of the truth the others come back exactly
        let mut clean = Normal::new(4);
        rows.iter().for_each(|x| clean.add(x, 0.7 * x[0] + 0.8 * x[1] + 0.4 * x[3]));
        let c = clean.solve(None);
        assert!((c[0] - 0.7).abs() < 1e-9 && (c[1] - 0.8).abs() < 1e-9 && c[2].abs() < 1e-9, "{c:?}");
        assert_eq!(clean.solve(Some(1.0))[0], 1.0);
    }

    #[test]
    fn a_station_that_always_lies_above_gets_a_level_and_pure_noise_gets_none_to_speak_of() {
        let mut state = 5;
        let mut days = Vec::new();
        for station in 0..10 {
            for block in 0..15 {
                let noise = uniform(&mut state) - 0.5;
                let planted = if station == 3 { 1.0 } else { 0.0 };
                days.push(Day { station, block, x: vec![0.0], y: planted + 0.3 * noise });
            }
        }
        let found = levels(&days, &[0.0]);
        assert!((found[&3].0 - 1.0).abs() < 0.1, "{:?}", found[&3]);
        assert!(found.iter().filter(|(s, _)| **s != 3).all(|(_, l)| l.0.abs() < 0.06));
    }
}
