//! Black-odorous urban water (城市黑臭水体): mild or severe by the worst of four readings.
//!
//! | item | mild | severe |
//! |---|---|---|
//! | transparency, cm | 25–10 | < 10 |
//! | DO, mg/L | 0.2–2.0 | < 0.2 |
//! | redox potential, mV | −200–50 | < −200 |
//! | NH3-N, mg/L | 8.0–15 | > 15 |
//!
//! Source: Progress in Geography 36(3):359, table 1, of the guide of 2015. Where the water is less than 25 cm deep, 40 % of
//! the depth stands in for the 25 cm of transparency, and in the same ratio for the 10 cm (the 40 % from memory, the ratio
//! ours).
//!
//! *Choices.* A reading at a limit is on the better side (25 cm, 2.0 mg/L, 50 mV and 8.0 mg/L are not black-odorous; 10 cm,
//! 0.2 mg/L, −200 mV and 15 mg/L are mild). One reading beyond suffices for the one point; the guide's rule for a whole water
//! body, by the share of its points, is not held here.

use crate::region::pollutant::Pollutant;
use serde::Serialize;

/// The rule.
pub const RULE: &str = "black-odorous 2015";

/// Depth under which transparency is judged by the depth, m.
const SHALLOW_M: f64 = 0.25;
/// Share of the depth that must be transparent in shallow water.
const SHARE_OF_DEPTH: f64 = 0.4;

/// How black and odorous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// Not black-odorous.
    Not,
    /// 轻度黑臭
    Mild,
    /// 重度黑臭
    Severe,
}

impl Degree {
    /// Chinese name.
    pub fn name_zh(self) -> &'static str {
        match self {
            Degree::Not => "非黑臭",
            Degree::Mild => "轻度黑臭",
            Degree::Severe => "重度黑臭",
        }
    }
}

/// What one point's readings say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlackOdorous {
    /// The worst of the items.
    pub degree: Degree,
    /// The items that say so; empty where the water is not black-odorous.
    pub worst: Vec<Pollutant>,
    /// The items of the rule that were not there.
    pub missing: Vec<Pollutant>,
}

/// Limits of mild and severe, printed unit; `true` = beyond means below.
fn limits(item: Pollutant, depth_m: Option<f64>) -> (f64, f64, bool) {
    match item {
        Pollutant::Transparency => match depth_m.filter(|d| *d > 0.0 && *d < SHALLOW_M) {
            Some(depth) => (rounded(SHARE_OF_DEPTH * depth), rounded(SHARE_OF_DEPTH * depth * 0.10 / 0.25), true),
            None => (0.25, 0.10, true),
        },
        Pollutant::Do => (2.0, 0.2, true),
        Pollutant::Orp => (50.0, -200.0, true),
        _ => (8.0, 15.0, false),
    }
}

/// To the nearest 1e-9, so that a reading at its limit is not moved across it by the way to SI and back.
fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// Judges one point by its readings (SI) and its depth; `None` where none of the four items was read.
pub fn black_odorous(values: &[(Pollutant, f64)], depth_m: Option<f64>) -> Option<BlackOdorous> {
    let mut found: Vec<(Pollutant, Degree)> = Vec::new();
    let mut missing = Vec::new();
    for item in [Pollutant::Transparency, Pollutant::Do, Pollutant::Orp, Pollutant::Nh3n] {
        let value = values.iter().find(|(p, si)| *p == item && si.is_finite());
        let Some((_, si)) = value else {
            missing.push(item);
            continue;
        };
        let value = rounded(item.printed(*si));
        let (mild, severe, below) = limits(item, depth_m);
        let beyond = |limit: f64| if below { value < limit } else { value > limit };
        let degree = match (beyond(severe), beyond(mild)) {
            (true, _) => Degree::Severe,
            (false, true) => Degree::Mild,
            _ => Degree::Not,
        };
        found.push((item, degree));
    }
    let degree = found.iter().map(|(_, d)| *d).max()?;
    let worst = found.iter().filter(|(_, d)| *d == degree && degree > Degree::Not).map(|(p, _)| *p).collect();
    Some(BlackOdorous { degree, worst, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn degree(item: Pollutant, value: f64) -> Degree {
        black_odorous(&[(item, item.from_printed(value))], None).unwrap().degree
    }

    #[test]
    fn each_of_the_four_items_is_mild_and_severe_beyond_its_limits() {
        use Degree::{Mild, Not, Severe};
        let expected = [Not, Not, Mild, Mild, Severe];
        for (item, values) in [
            (Pollutant::Transparency, [0.3, 0.25, 0.24, 0.10, 0.09]),
            (Pollutant::Do, [2.1, 2.0, 1.9, 0.2, 0.19]),
            (Pollutant::Orp, [60.0, 50.0, 49.0, -200.0, -201.0]),
            (Pollutant::Nh3n, [7.9, 8.0, 8.1, 15.0, 15.1]),
        ] {
            assert_eq!(values.map(|v| degree(item, v)), expected, "{item:?}");
        }
    }

    #[test]
    fn the_worst_item_decides_and_is_named() {
        let values = [(Pollutant::Do, 1e-3), (Pollutant::Nh3n, 20e-3)];
        let found = black_odorous(&values, None).unwrap();
        assert_eq!((found.degree, found.worst), (Degree::Severe, vec![Pollutant::Nh3n]));
        assert_eq!(found.missing, [Pollutant::Transparency, Pollutant::Orp]);
        assert_eq!(black_odorous(&[(Pollutant::Tp, 1e-3)], None), None);
    }

    #[test]
    fn shallow_water_is_judged_by_40_percent_of_its_depth() {
        // 20 cm deep: mild below 8 cm, severe below 3.2 cm.
        let shallow = |sd: f64| black_odorous(&[(Pollutant::Transparency, sd)], Some(0.2)).unwrap().degree;
        assert_eq!([0.08, 0.079, 0.032, 0.031].map(shallow), [Degree::Not, Degree::Mild, Degree::Mild, Degree::Severe]);
    }
}
