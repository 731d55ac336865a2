//! Rates to begin with, as ranges: never one number, because measured ones span 14 to 560 times.
//!
//! The middle is the geometric mean of the range unless a source names a value; it is a start for calibration and its range
//! belongs on every figure that rests on it.

use serde::Serialize;

/// What a prior rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Published and read.
    Published,
    /// From memory of handbooks; to be checked before use.
    FromMemory,
    /// Assumed.
    Assumed,
}

/// A first-order loss at 20 °C.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prior {
    /// Species.
    pub species: &'static str,
    /// Least, d⁻¹.
    pub low_per_day: f64,
    /// Most, d⁻¹.
    pub high_per_day: f64,
    /// θ of the temperature correction.
    pub theta: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Source.
    pub source: &'static str,
}

impl Prior {
    /// Geometric mean of the range, s⁻¹.
    pub fn middle_per_s(&self) -> f64 {
        (self.low_per_day * self.high_per_day).sqrt() / 86_400.0
    }

    /// High over low.
    pub fn spread(&self) -> f64 {
        self.high_per_day / self.low_per_day
    }
}

const TAIHU_2016: &str =
    "in-situ, rivers of the upstream Taihu plain, September 2015 (环境科学 2016, 37:1724); not reduced to 20 °C";
const TAIHU_2020: &str =
    "34 channels of the Taihu basin, two years (Sci. Total Environ. 713:136456); not reduced to 20 °C";

const fn prior(species: &'static str, range: (f64, f64), theta: f64, basis: Basis, source: &'static str) -> Prior {
    Prior { species, low_per_day: range.0, high_per_day: range.1, theta, basis, source }
}

/// All of them. θ is from memory throughout (1.047 for oxygen demand, 1.08 for nitrification, Chapra 1997).
pub const PRIORS: &[Prior] = &[
    prior("CODMn", (0.0083, 0.1264), 1.047, Basis::Published, TAIHU_2016),
    prior("NH3-N", (0.0021, 0.2138), 1.08, Basis::Published, TAIHU_2016),
    prior("NH3-N", (0.022, 1.175), 1.08, Basis::Published, TAIHU_2020),
    prior("TN", (0.0021, 0.0905), 1.047, Basis::Published, TAIHU_2016),
    prior("TN", (0.006, 0.449), 1.047, Basis::Published, TAIHU_2020),
    prior("TP", (0.0110, 0.1528), 1.0, Basis::Published, TAIHU_2016),
    prior(
        "COD",
        (0.22, 0.30),
        1.047,
        Basis::Published,
        "a Chinese river outside the delta (topcem.cn/461); too narrow to stand for others",
    ),
    prior("BOD", (0.05, 0.5), 1.047, Basis::FromMemory, "handbooks: 0.05 large rivers to 0.5 below treated effluent"),
];

/// Those of a species.
pub fn of(species: &str) -> impl Iterator<Item = &'static Prior> {
    PRIORS.iter().filter(move |p| p.species == species)
}

/// The range that holds all those of a species, s⁻¹: low, geometric mean, high. `None` where nothing is known of it.
pub fn range_per_s(species: &str) -> Option<(f64, f64, f64)> {
    let low = of(species).map(|p| p.low_per_day).reduce(f64::min)? / 86_400.0;
    let high = of(species).map(|p| p.high_per_day).reduce(f64::max)? / 86_400.0;
    Some((low, (low * high).sqrt(), high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prior_is_a_range_with_a_source_and_ammonium_spans_560_times() {
        assert!(PRIORS.iter().all(|p| 0.0 < p.low_per_day && p.low_per_day < p.high_per_day && !p.source.is_empty()));
        let (low, middle, high) = range_per_s("NH3-N").unwrap();
        assert!((high / low - 1.175 / 0.0021).abs() < 1e-9 && low < middle && middle < high);
        assert!(range_per_s("unobtainium").is_none());
    }
}
