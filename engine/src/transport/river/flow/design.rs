//! Design flows from a daily series: low flows of a return period, and flows of a frequency.
//!
//! ```text
//! nQT:     least mean of n days in each year x_i;   P(X ≤ x) = 1/T            30Q10: n = 30, T = 10
//! ranks:   P_i = i/(m + 1), linear between ranks (Weibull 1939)
//! fitted:  log₁₀ x_T = x̄ + K s,   K(g, z) = 2/g [(1 + g z/6 − g²/36)³ − 1]    (log-Pearson III; Wilson & Hilferty 1931)
//! zeros:   P' = (1/T − p₀)/(1 − p₀), and 0 where p₀ ≥ 1/T                     (conditional probability; USGS Bulletin 17B)
//! ```
//! Years begin at the first day of the series (low flow is to lie inside a year, so begin it in the wet season). A window or a
//! year with a missing day counts for nothing; both are told. The 30-day mean of the driest month of ten years
//! (近十年最枯月) is [`low_flow`] of 30 days by ranks over ten years.

use crate::problem::{Error, Result};
use serde::Serialize;

/// Days of a year of the series.
const YEAR: usize = 365;

/// How the return period is read off the yearly minima.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// From their ranks.
    Ranks,
    /// From a log-Pearson III distribution fitted by moments.
    LogPearson3,
}

/// A low flow with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LowFlow {
    /// m³ s⁻¹.
    pub flow_m3_s: f64,
    /// Years that counted.
    pub years: usize,
    /// Years left out for missing days.
    pub left_out: usize,
    /// Years whose minimum was 0.
    pub zeros: usize,
    /// Whether the return period lies beyond the years, so that the figure is the lowest on record or an extrapolation.
    pub beyond_record: bool,
}

/// The lowest mean of `days` days that is undercut once in `return_years` on average. `None` is a missing day.
pub fn low_flow(daily_m3_s: &[Option<f64>], days: usize, return_years: f64, by: Frequency) -> Result<LowFlow> {
    if days == 0 || days > YEAR || return_years <= 1.0 || return_years.is_nan() {
        return Err(Error::Stage(format!(
            "a low flow of {days} days and {return_years} years was asked for; days must be 1 to {YEAR}, years more than 1"
        )));
    }
    if daily_m3_s.iter().flatten().any(|q| !(*q >= 0.0 && q.is_finite())) {
        return Err(Error::Stage(
            "the series of a low flow holds a flow below 0; it has no meaning where water turns".into(),
        ));
    }
    let minima: Vec<Option<f64>> = daily_m3_s.chunks_exact(YEAR).map(|year| yearly_minimum(year, days)).collect();
    let mut found: Vec<f64> = minima.iter().flatten().copied().collect();
    found.sort_by(f64::total_cmp);
    if found.len() < 3 {
        return Err(Error::Stage(format!(
            "{} of {} years have every day; a low flow needs three, and for once in {return_years} years about as many",
            found.len(),
            minima.len()
        )));
    }
    let p = 1.0 / return_years;
    let flow_m3_s = match by {
        Frequency::Ranks => at_rank(&found, p),
        Frequency::LogPearson3 => log_pearson3(&found, p),
    };
    Ok(LowFlow {
        flow_m3_s,
        years: found.len(),
        left_out: minima.len() - found.len(),
        zeros: found.iter().filter(|q| **q == 0.0).count(),
        beyond_record: p * (found.len() as f64 + 1.0) < 1.0,
    })
}

/// The flow that is reached or exceeded during a share of the days (0.9: exceeded nine days of ten), by ranks.
pub fn exceeded(daily_m3_s: &[Option<f64>], share: f64) -> Result<f64> {
    let mut found: Vec<f64> = daily_m3_s.iter().flatten().copied().filter(|q| q.is_finite()).collect();
    if found.is_empty() || !(0.0..=1.0).contains(&share) {
        return Err(Error::Stage(format!(
            "the flow exceeded {share} of the time was asked of {} days; the share must be 0 to 1 and a day be there",
            found.len()
        )));
    }
    found.sort_by(f64::total_cmp);
    Ok(at_rank(&found, 1.0 - share))
}

fn yearly_minimum(year: &[Option<f64>], days: usize) -> Option<f64> {
    let year: Option<Vec<f64>> = year.iter().copied().collect();
    year?.windows(days).map(|w| w.iter().sum::<f64>() / days as f64).min_by(f64::total_cmp)
}

/// Value of a non-exceedance, P_i = i/(m + 1); the ends beyond the first and last rank.
fn at_rank(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len() - 1;
    let rank = (p * (sorted.len() as f64 + 1.0) - 1.0).clamp(0.0, last as f64);
    let low = rank.floor() as usize;
    let high = (low + 1).min(last);
    sorted[low] + (rank - low as f64) * (sorted[high] - sorted[low])
}

fn log_pearson3(sorted: &[f64], p: f64) -> f64 {
    let logs: Vec<f64> = sorted.iter().filter(|q| **q > 0.0).map(|q| q.log10()).collect();
    let zero = 1.0 - logs.len() as f64 / sorted.len() as f64;
    if zero >= p || logs.len() < 3 {
        return 0.0;
    }
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let moment = |k: i32| logs.iter().map(|x| (x - mean).powi(k)).sum::<f64>();
    let s = (moment(2) / (n - 1.0)).sqrt();
    if s < 1e-12 {
        return 10f64.powf(mean);
    }
    let g = n * moment(3) / ((n - 1.0) * (n - 2.0) * s.powi(3));
    let z = normal_quantile((p - zero) / (1.0 - zero));
    let k = if g.abs() < 1e-6 { z } else { 2.0 / g * ((1.0 + g * z / 6.0 - g * g / 36.0).max(0.0).powi(3) - 1.0) };
    10f64.powf(mean + k * s)
}

/// z with P(Z ≤ z) = p, to 4.5e-4 (Abramowitz & Stegun 1964, 26.2.23).
fn normal_quantile(p: f64) -> f64 {
    let tail = p.min(1.0 - p).max(1e-300);
    let t = (-2.0 * tail.ln()).sqrt();
    let z = t
        - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
            / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t.powi(3));
    if p < 0.5 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each year a constant flow but for thirty days of a tenth of it.
    fn years(flows: &[f64]) -> Vec<Option<f64>> {
        let day = |flow: f64, d: usize| Some(if (200..230).contains(&d) { flow / 10.0 } else { flow });
        flows.iter().flat_map(|flow| (0..YEAR).map(move |d| day(*flow, d))).collect()
    }

    #[test]
    fn the_low_flow_of_ten_years_by_ranks_is_that_of_the_first_of_nine() {
        // P = 1/10 = i/(9 + 1): i = 1, the lowest of the nine yearly minima.
        let series = years(&[90.0, 20.0, 50.0, 40.0, 30.0, 60.0, 70.0, 80.0, 100.0]);
        let found = low_flow(&series, 30, 10.0, Frequency::Ranks).unwrap();
        assert!((found.flow_m3_s - 2.0).abs() < 1e-12 && found.years == 9 && !found.beyond_record);
    }

    #[test]
    fn a_fit_to_symmetric_logs_is_log_normal() {
        // minima 10^(−1, −0.5, 0, 0.5, 1): mean 0, s = √(2.5/4), g = 0; z(0.1) = −1.28155
        let series = years(&[-1.0, -0.5, 0.0, 0.5, 1.0].map(|x: f64| 10.0 * 10f64.powf(x)));
        let found = low_flow(&series, 30, 10.0, Frequency::LogPearson3).unwrap();
        let expected = 10f64.powf(-1.281_55 * (2.5_f64 / 4.0).sqrt());
        assert!((found.flow_m3_s / expected - 1.0).abs() < 2e-3, "{} {expected}", found.flow_m3_s);
        assert!(found.beyond_record);
    }

    #[test]
    fn a_year_with_a_missing_day_is_left_out_and_dry_years_give_zero() {
        let mut series = years(&[10.0, 0.0, 0.0, 30.0, 40.0]);
        series[5] = None;
        let found = low_flow(&series, 30, 4.0, Frequency::LogPearson3).unwrap();
        assert_eq!((found.flow_m3_s, found.years, found.left_out, found.zeros), (0.0, 4, 1, 2));
        assert!(low_flow(&series[..2 * YEAR], 30, 10.0, Frequency::Ranks).is_err());
    }

    #[test]
    fn the_flow_exceeded_nine_days_of_ten_is_a_rank_from_below() {
        // 1…9: P = 0.1 = 1/(9 + 1), the lowest; P = 0.5 the middle.
        let series: Vec<Option<f64>> = (1..=9).map(|q| Some(f64::from(q))).collect();
        assert!((exceeded(&series, 0.9).unwrap() - 1.0).abs() < 1e-12);
        assert!((exceeded(&series, 0.5).unwrap() - 5.0).abs() < 1e-12);
        assert!(exceeded(&[None], 0.5).is_err());
    }
}
