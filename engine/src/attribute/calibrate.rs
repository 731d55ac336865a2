//! Fitting the daily models on a season that is not scored.
//!
//! ```text
//! min_c Σ_days (y − Σ_j x_j c_j)²     c ≥ 0
//! ```
//! by coordinate descent on the normal equations (Franc, Hlaváč & Navara 2005), which for a convex problem with so few
//! terms converges to the one minimum. Ranges are the 5th and 95th percentile over a bootstrap of whole weeks, since
//! neighbouring days are not independent. The coefficient of the footprint shrinks with errors of the wind: it is not a
//! correction of emissions.

use super::daily::{self, FOOTPRINT_TERMS, Features, TERMS};
use crate::observe::Observed;
use crate::problem::{Error, Result};
use crate::region::calendar::DAY;
use crate::region::{Case, Pollutant};
use crate::transport::air::Transported;
use serde::Serialize;

/// Days in a block of the bootstrap, and how many times it is drawn.
const BLOCK_DAYS: i64 = 7;
const DRAWS: usize = 400;
/// Fewest station-days to fit on.
const LEAST_DAYS: usize = 60;

/// One fitted coefficient, as `air_model.csv` holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fitted {
    /// `footprint`, `footprint_unscaled`, `advected`.
    pub model: String,
    /// One of [`TERMS`].
    pub term: String,
    /// Coefficient; µg m⁻³ for edges and stagnation, without unit for the rest.
    pub value: f64,
    /// 5th percentile of the bootstrap.
    pub low: f64,
    /// 95th percentile.
    pub high: f64,
    /// Unit.
    pub unit: &'static str,
}

/// The models that are fitted: name, terms used, and whether α is held at 1.
const FITS: [(&str, usize, bool); 3] = [
    ("footprint", FOOTPRINT_TERMS, false),
    ("footprint_unscaled", FOOTPRINT_TERMS, true),
    ("advected", TERMS.len(), false),
];

/// Fits the daily models on the days of a case.
pub fn calibrate(case: &Case, observed: &Observed, air: &Transported, pollutant: Pollutant) -> Result<Vec<Fitted>> {
    let values = daily::daily_values(case, observed, pollutant);
    let rows: Vec<Features> =
        daily::features(case, air, &values).into_iter().filter(|f| f.measured.is_some() && f.has_yesterday).collect();
    if rows.len() < LEAST_DAYS {
        return Err(Error::Stage(format!(
            "only {} station-days have a measurement, one the day before, and a footprint; at least {LEAST_DAYS} are needed to fit",
            rows.len()
        )));
    }
    let first = rows.iter().map(|f| f.day.start.0).min().unwrap_or(0);
    let block = |f: &Features| ((f.day.start.0 - first) / (BLOCK_DAYS * DAY)) as usize;
    let blocks = rows.iter().map(block).max().unwrap_or(0) + 1;
    let mut fitted = Vec::new();
    for (model, terms, unscaled) in FITS {
        let per_block: Vec<Normal> = (0..blocks)
            .map(|b| {
                let mut normal = Normal::default();
                rows.iter().filter(|f| block(f) == b).for_each(|f| normal.add(f, terms, unscaled));
                normal
            })
            .collect();
        let all = per_block.iter().fold(Normal::default(), |s, n| s.plus(n));
        let best = all.solve(unscaled);
        let mut draws: Vec<[f64; 8]> = Vec::with_capacity(DRAWS);
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        for _ in 0..DRAWS {
            let drawn = (0..blocks).fold(Normal::default(), |s, _| {
                state = splitmix(state);
                s.plus(&per_block[(state >> 33) as usize % blocks])
            });
            draws.push(drawn.solve(unscaled));
        }
        for (j, term) in TERMS.iter().enumerate().take(terms) {
            let mut spread: Vec<f64> = draws.iter().map(|d| d[j]).collect();
            spread.sort_by(f64::total_cmp);
            let scale = if daily::is_concentration(term) { SCALE } else { 1.0 };
            let at = |p: f64| spread[((spread.len() - 1) as f64 * p).round() as usize] * scale;
            fitted.push(Fitted {
                model: model.into(),
                term: (*term).into(),
                value: best[j] * scale,
                low: at(0.05),
                high: at(0.95),
                unit: if daily::is_concentration(term) { "ug/m3" } else { "1" },
            });
        }
    }
    Ok(fitted)
}

/// Concentrations are fitted in µg m⁻³ / SCALE so that all columns are of one size.
const SCALE: f64 = 100.0;

fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// XᵀX and Xᵀy.
#[derive(Debug, Clone, Copy, Default)]
struct Normal {
    xx: [[f64; 8]; 8],
    xy: [f64; 8],
}

impl Normal {
    fn add(&mut self, f: &Features, terms: usize, unscaled: bool) {
        let scaled = |x: f64| x * 1e9 / SCALE;
        let mut x = [0.0; 8];
        for (j, (value, term)) in f.terms.iter().zip(TERMS).enumerate().take(terms) {
            x[j] = if daily::is_concentration(term) { *value } else { scaled(*value) };
        }
        let mut y = scaled(f.measured.unwrap_or(0.0));
        if unscaled {
            y -= x[0];
            x[0] = 0.0;
        }
        for i in 0..8 {
            self.xy[i] += x[i] * y;
            for j in 0..8 {
                self.xx[i][j] += x[i] * x[j];
            }
        }
    }

    fn plus(mut self, other: &Normal) -> Normal {
        for i in 0..8 {
            self.xy[i] += other.xy[i];
            (0..8).for_each(|j| self.xx[i][j] += other.xx[i][j]);
        }
        self
    }

    /// The non-negative minimum.
    fn solve(&self, unscaled: bool) -> [f64; 8] {
        let mut c = [0.0; 8];
        for _ in 0..20_000 {
            let mut moved = 0.0f64;
            for j in 0..8 {
                if self.xx[j][j] > 0.0 {
                    let gradient: f64 = (0..8).map(|k| self.xx[j][k] * c[k]).sum::<f64>() - self.xy[j];
                    let next = (c[j] - gradient / self.xx[j][j]).max(0.0);
                    moved = moved.max((next - c[j]).abs());
                    c[j] = next;
                }
            }
            if moved < 1e-12 {
                break;
            }
        }
        if unscaled {
            c[0] = 1.0;
        }
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Period;
    use crate::region::calendar::Time;

    fn features(terms: [f64; 8], measured: f64) -> Features {
        let day = Period { start: Time(0), end: Time(DAY) };
        Features { station: 0, row: 0, day, terms, has_yesterday: true, measured: Some(measured), yesterday: Some(0.0) }
    }

    #[test]
    fn planted_coefficients_come_back_and_a_negative_one_is_held_at_zero() {
        let planted = [0.7, 80.0, 30.0, 0.0, 40.0, 200.0, 0.3, 0.2];
        let mut normal = Normal::default();
        let mut state = 1;
        for _ in 0..200 {
            let mut terms = [0.0; 8];
            for (t, name) in terms.iter_mut().zip(TERMS) {
                state = splitmix(state);
                let u = (state >> 11) as f64 / (1u64 << 53) as f64;
                *t = if daily::is_concentration(name) { u } else { u * 100e-9 };
            }
            let y: f64 = terms
                .iter()
                .zip(planted)
                .zip(TERMS)
                .map(|((x, c), name)| if daily::is_concentration(name) { x * c * 1e-9 } else { x * c })
                .sum();
            // a term that works against: the south edge lowers y
            normal.add(&features(terms, y - 10e-9 * terms[3]), 8, false);
        }
        let c = normal.solve(false);
        assert_eq!(c[3], 0.0);
        assert!((c[0] - 0.7).abs() < 0.1 && (c[1] * SCALE - 80.0).abs() < 10.0, "{c:?}");
    }
}
