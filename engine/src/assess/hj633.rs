//! The daily air quality index of HJ 633 (AQI, 环境空气质量指数), editions 2012 and 2026.
//!
//! ```text
//! IAQI_p = ceil( (I_hi − I_lo) / (B_hi − B_lo) · (C_p − B_lo) + I_lo )        HJ 633-2012 equation (1)
//! AQI    = max_p IAQI_p                                                       equation (2)
//! ```
//!
//! | symbol | what | unit |
//! |---|---|---|
//! | C_p | mean of pollutant p, rounded by GB/T 8170 (half to even) | µg m⁻³; CO mg m⁻³ to 0.1 |
//! | B_lo, B_hi | neighbouring breakpoints about C_p | as C_p |
//! | I_lo, I_hi | their sub-indices | 1 |
//!
//! The breakpoints are `tables/hj633.csv`, with edition, mark and source in every row. Rounding comes first, so PM2.5 of
//! 60.5 counts as 60 and 60.6 as 61.
//!
//! A day's means are its 24 h values where given, else the mean of at least 20 hourly values; ozone is the greatest 8 h
//! mean (one stated value, or at least 14 running means of at least 6 hours each that end at 8 to 24 h). The edition of
//! 2012 also scores the day's greatest 1 h ozone, that of 2026 does not.
//!
//! *Missing pollutants.* 2012: the index is computed from those that were measured, so an index from PM2.5 alone is a
//! lower bound of the full one. 2026 (clause 5.3): published only above 100, else the sub-indices stand alone and the
//! index is `None` (`NA`); the clause's exception for pollutants that caused no pollution day in three years is not used.
//!
//! *Beyond the table.* Above the last breakpoint of 500 the sub-index stays 500. 8 h ozone above 800 and 1 h SO2 above 800
//! are not computed in 2012 (the other averaging time speaks); in 2026 they stay 300 and 200.
//!
//! *Where it fails.* The reference state of gases changed on 2018-09-01 (273 K to 298 K); values are taken as reported.

use crate::region::calendar::{DAY, HOUR};
use crate::region::pollutant::Pollutant;

/// The edition of 2012.
pub const RULE_2012: &str = "HJ 633-2012";
/// The edition of 2026.
pub const RULE_2026: &str = "HJ 633-2026";

const TABLE: &str = include_str!("tables/hj633.csv");
const EIGHT_HOURS: i64 = 8 * HOUR;

/// The six items of a day, with the averaging time that is scored.
pub const ITEMS: [(Pollutant, i64); 6] = [
    (Pollutant::So2, DAY),
    (Pollutant::No2, DAY),
    (Pollutant::Co, DAY),
    (Pollutant::O3, EIGHT_HOURS),
    (Pollutant::Pm10, DAY),
    (Pollutant::Pm25, DAY),
];

/// The broken line from concentration to sub-index of one pollutant and averaging time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Curve {
    pollutant: Pollutant,
    averaging_s: i64,
    /// (sub-index, breakpoint in rounding steps), ascending.
    points: Vec<(i64, i64)>,
}

/// The breakpoints of one edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakpoints {
    /// The edition.
    pub rule: &'static str,
    curves: Vec<Curve>,
}

/// What a day's concentrations make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayIndex {
    /// The index; `None` where the rule says `NA`.
    pub index: Option<u16>,
    /// Primary pollutants, only above 50; ties are all listed.
    pub primary: Vec<Pollutant>,
    /// Sub-index of every item that was measured and can be computed.
    pub sub_indices: Vec<(Pollutant, u16)>,
}

/// Digits after the decimal point that a concentration is rounded to: 1 for CO in mg m⁻³, 0 for the others in µg m⁻³.
fn digits(pollutant: Pollutant) -> i32 {
    if pollutant == Pollutant::Co { 1 } else { 0 }
}

/// An SI concentration in rounding steps (µg m⁻³, or 0.1 mg m⁻³ of CO), half to even by GB/T 8170.
///
/// A concentration arrives as kg m⁻³, where 60.5 µg m⁻³ is 60.5 × 1e-9: no binary fraction, so that dividing by the factor
/// again may give 60.49999999999999 or 60.50000000000001 and the half would go to the wrong side. The value is therefore
/// first brought to the nearest 1e-6 of a step, far below any instrument's digit and far above the binary error.
pub fn steps(pollutant: Pollutant, si: f64) -> Option<i64> {
    const SNAP: f64 = 1e6;
    let in_steps = pollutant.printed(si) * 10f64.powi(digits(pollutant));
    let rounded = ((in_steps * SNAP).round() / SNAP).round_ties_even();
    (rounded.is_finite() && (0.0..1e12).contains(&rounded)).then_some(rounded as i64)
}

/// Category of an index: 1 excellent, 2 good, 3 lightly, 4 moderately, 5 heavily, 6 severely polluted.
pub fn category(index: u16) -> u8 {
    match index {
        0..=50 => 1,
        51..=100 => 2,
        101..=150 => 3,
        151..=200 => 4,
        201..=300 => 5,
        _ => 6,
    }
}

fn averaging(text: &str) -> Option<i64> {
    match text {
        "1h" => Some(HOUR),
        "8h" => Some(EIGHT_HOURS),
        "24h" => Some(DAY),
        _ => None,
    }
}

impl Breakpoints {
    /// The breakpoints of an edition; `None` for a rule that is not in the table.
    pub fn of(rule: &str) -> Option<Breakpoints> {
        let rule = [RULE_2012, RULE_2026].into_iter().find(|r| *r == rule)?;
        let mut curves: Vec<Curve> = Vec::new();
        for line in TABLE.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [edition, pollutant, averaged, _unit, sub_index, breakpoint, ..] = cells.as_slice() else { continue };
            let (Some(pollutant), Some(averaging_s)) = (Pollutant::parse(pollutant), averaging(averaged)) else {
                continue;
            };
            let (Ok(sub_index), Ok(breakpoint)) = (sub_index.parse::<i64>(), breakpoint.parse::<f64>()) else {
                continue;
            };
            if *edition != rule {
                continue;
            }
            let point = (sub_index, (breakpoint * 10f64.powi(digits(pollutant))).round() as i64);
            match curves.iter_mut().find(|c| c.pollutant == pollutant && c.averaging_s == averaging_s) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { pollutant, averaging_s, points: vec![point] }),
            }
        }
        Some(Breakpoints { rule, curves })
    }

    /// IAQI of an SI concentration; `None` where the edition does not compute it.
    pub fn sub_index(&self, pollutant: Pollutant, averaging_s: i64, si: f64) -> Option<u16> {
        let curve = self.curves.iter().find(|c| c.pollutant == pollutant && c.averaging_s == averaging_s)?;
        let c = steps(pollutant, si)?;
        let above = curve.points.windows(2).find_map(|pair| match pair {
            [(i_lo, b_lo), (i_hi, b_hi)] if c <= *b_hi => {
                // ceil of the interpolation in whole numbers, where it is exact: in binary fractions 50/35 · 28 may come
                // out above 40 and be rounded up to 41.
                let (rise, run) = ((i_hi - i_lo) * (c - b_lo), b_hi - b_lo);
                Some(i_lo + rise.div_euclid(run) + i64::from(rise.rem_euclid(run) != 0))
            }
            _ => None,
        });
        let (top, _) = curve.points.last()?;
        let value = above.or_else(|| (*top == 500 || self.rule == RULE_2026).then_some(*top))?;
        u16::try_from(value).ok()
    }

    /// The index of a day from its concentrations: (pollutant, averaging time in s, SI value), each at most once.
    pub fn day(&self, concentrations: &[(Pollutant, i64, f64)]) -> DayIndex {
        let mut sub_indices: Vec<(Pollutant, u16)> = Vec::new();
        for (pollutant, daily) in ITEMS {
            let hourly_ozone = pollutant == Pollutant::O3 && self.rule == RULE_2012;
            let worst = concentrations
                .iter()
                .filter(|(p, averaging_s, _)| {
                    *p == pollutant && (*averaging_s == daily || hourly_ozone && *averaging_s == HOUR)
                })
                .filter_map(|(p, averaging_s, si)| self.sub_index(*p, *averaging_s, *si))
                .max();
            sub_indices.extend(worst.map(|i| (pollutant, i)));
        }
        let worst = sub_indices.iter().map(|(_, i)| *i).max();
        let complete = sub_indices.len() == ITEMS.len();
        let index = worst.filter(|i| self.rule != RULE_2026 || complete || *i > 100);
        let primary = match index {
            Some(index) if index > 50 => {
                sub_indices.iter().filter(|(_, i)| *i == index).map(|(pollutant, _)| *pollutant).collect()
            }
            _ => Vec::new(),
        };
        DayIndex { index, primary, sub_indices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edition(rule: &str) -> Breakpoints {
        Breakpoints::of(rule).unwrap()
    }

    #[test]
    fn the_table_holds_ten_curves_an_edition_each_rising_from_zero() {
        for rule in [RULE_2012, RULE_2026] {
            let table = edition(rule);
            assert_eq!(table.curves.len(), 10);
            assert_eq!(table.curves.iter().map(|c| c.points.len()).sum::<usize>(), 75);
            for curve in &table.curves {
                assert_eq!(curve.points.first(), Some(&(0, 0)));
                assert!(curve.points.windows(2).all(|p| p[0].0 < p[1].0 && p[0].1 < p[1].1), "{curve:?}");
            }
        }
    }

    #[test]
    fn known_concentrations_give_the_known_sub_indices() {
        // ceil((I_hi − I_lo)/(B_hi − B_lo)·(C − B_lo) + I_lo), by hand:
        // 36: 50 + 50/40·1 = 51.25 → 52;  60: 50 + 50/40·25 = 81.25 → 82;  61: 82.5 → 83;  SO2 100: 50 + 50/100·50 = 75.
        let vectors: [(Pollutant, i64, f64, Option<u16>); 14] = [
            (Pollutant::Pm25, DAY, 0.4, Some(0)),
            (Pollutant::Pm25, DAY, 28.0, Some(40)),
            (Pollutant::Pm25, DAY, 34.5, Some(49)),
            (Pollutant::Pm25, DAY, 35.5, Some(52)),
            (Pollutant::Pm25, DAY, 60.5, Some(82)),
            (Pollutant::Pm25, DAY, 60.6, Some(83)),
            (Pollutant::Pm25, DAY, 600.0, Some(500)),
            (Pollutant::So2, DAY, 100.0, Some(75)),
            (Pollutant::Co, DAY, 2.05, Some(50)),
            (Pollutant::Co, DAY, 4.05, Some(100)),
            (Pollutant::Co, DAY, 4.06, Some(101)),
            (Pollutant::O3, EIGHT_HOURS, 800.0, Some(300)),
            (Pollutant::O3, EIGHT_HOURS, 801.0, None),
            (Pollutant::So2, HOUR, 801.0, None),
        ];
        let table = edition(RULE_2012);
        for (pollutant, averaging_s, printed, expected) in vectors {
            let si = pollutant.from_printed(printed);
            assert_eq!(table.sub_index(pollutant, averaging_s, si), expected, "{pollutant:?} {printed}");
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour_whatever_the_binary_fraction() {
        // k + 0.5 → the even one of k and k + 1, for every half of the scale.
        for k in 0..1000_i64 {
            let even = if k % 2 == 0 { k } else { k + 1 };
            assert_eq!(steps(Pollutant::Pm25, (k as f64 + 0.5) * 1e-9), Some(even), "{k}.5 µg/m³");
            assert_eq!(steps(Pollutant::Co, (k as f64 / 10.0 + 0.05) * 1e-6), Some(even), "{k}/10 + 0.05 mg/m³");
        }
        assert_eq!(steps(Pollutant::Pm25, f64::NAN), None);
        assert_eq!(steps(Pollutant::Pm25, -3e-9), None);
    }

    #[test]
    fn ties_are_all_primary_and_none_is_up_to_fifty() {
        let table = edition(RULE_2012);
        let day = table.day(&[(Pollutant::Pm25, DAY, 75e-9), (Pollutant::Pm10, DAY, 150e-9)]);
        assert_eq!((day.index, day.primary), (Some(100), vec![Pollutant::Pm10, Pollutant::Pm25]));
        let clean = table.day(&[(Pollutant::Pm25, DAY, 35e-9)]);
        assert_eq!((clean.index, clean.primary), (Some(50), vec![]));
    }

    #[test]
    fn an_incomplete_day_has_an_index_by_2012_and_by_2026_only_above_one_hundred() {
        let good = [(Pollutant::Pm25, DAY, 50e-9)];
        let bad = [(Pollutant::Pm25, DAY, 100e-9)];
        assert_eq!(edition(RULE_2012).day(&good).index, Some(69));
        assert_eq!(edition(RULE_2026).day(&good).index, None);
        assert_eq!(edition(RULE_2026).day(&good).sub_indices.len(), 1);
        assert!(edition(RULE_2026).day(&bad).index.is_some_and(|i| i > 100));
        assert_eq!(edition(RULE_2012).day(&[]).index, None);
    }

    #[test]
    fn extreme_ozone_is_left_to_the_hour_in_2012_and_capped_in_2026() {
        let ozone = [(Pollutant::O3, EIGHT_HOURS, 900e-9), (Pollutant::O3, HOUR, 1000e-9)];
        assert_eq!(edition(RULE_2012).day(&ozone).index, Some(400));
        assert_eq!(edition(RULE_2026).day(&ozone).index, Some(300));
    }

    proptest! {
        #[test]
        fn the_index_never_falls_when_a_concentration_rises(
            base in prop::collection::vec(0.0..700.0_f64, 6), item in 0..6_usize, more in 0.0..300.0_f64,
        ) {
            let table = edition(RULE_2012);
            let day = |values: &[f64]| {
                let rows: Vec<(Pollutant, i64, f64)> = ITEMS.iter().zip(values).map(|((p, s), v)| {
                    // Ozone stays within the 8 h scale (above 800 the rule does not compute it); CO spans its own.
                    let v = if *p == Pollutant::Co { v / 10.0 } else { *v };
                    let v = if *p == Pollutant::O3 { v.min(800.0) } else { v };
                    (*p, *s, p.from_printed(v))
                }).collect();
                table.day(&rows)
            };
            let mut worse = base.clone();
            worse[item] += more;
            prop_assert!(day(&worse).index >= day(&base).index);
        }
    }
}
