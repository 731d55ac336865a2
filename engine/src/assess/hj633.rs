//! The air quality index of HJ 633 (AQI, 环境空气质量指数), daily and hourly, editions 2012 and 2026.
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
//! *An hour* by 2026: the six 1 h values, particles on the breakpoints of the day. By 2012: 1 h SO2, NO2, CO and O3, running
//! 8 h ozone, and running 24 h means of the particles; a 1 h value of a particle alone has no sub-index there. The
//! national bulletin did otherwise in those years: six 1 h values as in 2026 ([`RULE_2012_HOUR`]); of 1,475 stations on
//! 2018-02-20 its index follows by 1 h particles at 87 %, by their 24 h means at 3 %.
//!
//! *Missing pollutants.* 2012: the index is computed from those that were measured, so an index from PM2.5 alone is a
//! lower bound of the full one. 2026 (clause 5.3): published only above 100, else the sub-indices stand alone and the
//! index is `None` (`NA`); the clause's exception for pollutants that caused no pollution day in three years is not used.
//!
//! *Beyond the table.* Above the last breakpoint of 500 the sub-index stays 500. 8 h ozone above 800 and 1 h SO2 above 800
//! are not computed in 2012 (the other averaging time speaks); in 2026 they stay 300 and 200.
//!
//! *Where it fails.* The reference state of gases changed on 2018-09-01 (273 K to 298 K); values are taken as reported.

use super::air::curve::{Beyond, Curve, Grid, Rounding, Segment};
use super::rules;
use crate::region::calendar::{DAY, HOUR};
use crate::region::pollutant::Pollutant;
use crate::units;

pub use super::air::curve::category;

/// The edition of 2012.
pub const RULE_2012: &str = "HJ 633-2012";
/// The breakpoints of 2012 as the national hourly bulletin used them: particles of the hour on the breakpoints of the day.
pub const RULE_2012_HOUR: &str = "HJ 633-2012/1h particles";
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

/// A value that an hour is scored by: what, its averaging time, and the averaging time of the curve it is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourItem {
    /// What.
    pub pollutant: Pollutant,
    /// Averaging time of the value, s.
    pub averaging_s: i64,
    /// Averaging time of the curve, s.
    pub curve_s: i64,
}

const fn item(pollutant: Pollutant, averaging_s: i64, curve_s: i64) -> HourItem {
    HourItem { pollutant, averaging_s, curve_s }
}

/// Seven values of six pollutants.
const HOUR_2012: [HourItem; 7] = [
    item(Pollutant::So2, HOUR, HOUR),
    item(Pollutant::No2, HOUR, HOUR),
    item(Pollutant::Co, HOUR, HOUR),
    item(Pollutant::O3, HOUR, HOUR),
    item(Pollutant::O3, EIGHT_HOURS, EIGHT_HOURS),
    item(Pollutant::Pm10, DAY, DAY),
    item(Pollutant::Pm25, DAY, DAY),
];

const HOUR_2026: [HourItem; 6] = [
    item(Pollutant::So2, HOUR, HOUR),
    item(Pollutant::No2, HOUR, HOUR),
    item(Pollutant::Co, HOUR, HOUR),
    item(Pollutant::O3, HOUR, HOUR),
    item(Pollutant::Pm10, HOUR, DAY),
    item(Pollutant::Pm25, HOUR, DAY),
];

/// In what the editions differ beside their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clauses {
    /// The day's greatest 1 h ozone is scored too.
    pub hourly_ozone_in_the_day: bool,
    /// Where a pollutant is missing, the index is published only above this.
    pub incomplete_only_above: Option<u16>,
    /// What an hour is scored by.
    pub hour: &'static [HourItem],
    /// What stands above a curve that ends below 500.
    pub short_curve: Beyond,
}

impl Clauses {
    /// HJ 633-2012.
    pub const OF_2012: Clauses = Clauses {
        hourly_ozone_in_the_day: true,
        incomplete_only_above: None,
        hour: &HOUR_2012,
        short_curve: Beyond::NotComputed,
    };
    /// As HJ 633-2012, an hour by its six 1 h values.
    pub const OF_2012_HOUR: Clauses = Clauses { hour: &HOUR_2026, ..Clauses::OF_2012 };
    /// HJ 633-2026.
    pub const OF_2026: Clauses = Clauses {
        hourly_ozone_in_the_day: false,
        incomplete_only_above: Some(100),
        hour: &HOUR_2026,
        short_curve: Beyond::Stays,
    };
    /// A rule of one's own: as 2026, but an incomplete day has its index, because such a rule may score few pollutants.
    pub const OF_ONES_OWN: Clauses = Clauses { incomplete_only_above: None, ..Clauses::OF_2026 };
}

/// The breakpoints of one edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakpoints {
    /// The edition.
    pub rule: String,
    /// Its clauses.
    pub clauses: Clauses,
    curves: Vec<Curve>,
}

/// What a day's or an hour's concentrations make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayIndex {
    /// The index; `None` where the rule says `NA`.
    pub index: Option<u16>,
    /// Primary pollutants, only above 50; ties are all listed.
    pub primary: Vec<Pollutant>,
    /// Sub-index of every item that was measured and can be computed.
    pub sub_indices: Vec<(Pollutant, u16)>,
}

/// The grid of a pollutant: whole µg m⁻³, CO in tenths of a mg m⁻³.
pub fn grid(pollutant: Pollutant) -> Grid {
    let unit = units::unit(pollutant.spec().unit).map_or(1.0, |u| u.to_si);
    Grid { unit, scale: if pollutant == Pollutant::Co { 10.0 } else { 1.0 } }
}

/// An SI concentration in rounding steps (µg m⁻³, or 0.1 mg m⁻³ of CO), half to even by GB/T 8170.
pub fn steps(pollutant: Pollutant, si: f64) -> Option<i64> {
    grid(pollutant).steps(si, Rounding::EvenThenUp)
}

/// `1h`, `8h` or `24h` in seconds.
pub fn averaging(text: &str) -> Option<i64> {
    match text {
        "1h" => Some(HOUR),
        "8h" => Some(EIGHT_HOURS),
        "24h" => Some(DAY),
        _ => None,
    }
}

/// Pollutant and averaging time, with the points (sub-index, concentration in steps) of their curve.
type Line = ((Pollutant, i64), Vec<(i64, i64)>);

impl Breakpoints {
    /// The breakpoints of an edition; `None` for a rule that is not in the table.
    pub fn of(rule: &str) -> Option<Breakpoints> {
        let clauses = match rule {
            RULE_2012 => Clauses::OF_2012,
            RULE_2012_HOUR => Clauses::OF_2012_HOUR,
            RULE_2026 => Clauses::OF_2026,
            _ => return None,
        };
        let edition = if rule == RULE_2012_HOUR { RULE_2012 } else { rule };
        let points = rules::rows(TABLE).filter(|row| row.text("rule") == edition).filter_map(|row| {
            let pollutant = Pollutant::parse(row.text("pollutant"))?;
            let averaging_s = averaging(row.text("averaging"))?;
            let index = row.text("sub_index").parse::<i64>().ok()?;
            let at = (row.number("breakpoint")? * grid(pollutant).scale).round() as i64;
            Some((pollutant, averaging_s, index, at))
        });
        Some(Breakpoints::through(rule.to_string(), clauses, points))
    }

    /// Curves through points (pollutant, averaging time in s, sub-index, concentration in steps), each ascending.
    pub fn through(
        rule: String,
        clauses: Clauses,
        points: impl Iterator<Item = (Pollutant, i64, i64, i64)>,
    ) -> Breakpoints {
        let mut lines: Vec<Line> = Vec::new();
        for (pollutant, averaging_s, index, at) in points {
            match lines.iter_mut().find(|(key, _)| *key == (pollutant, averaging_s)) {
                Some((_, line)) => line.push((index, at)),
                None => lines.push(((pollutant, averaging_s), vec![(index, at)])),
            }
        }
        let curve = |((pollutant, averaging_s), line): Line| Curve {
            pollutant,
            averaging_s,
            grid: grid(pollutant),
            rounding: Rounding::EvenThenUp,
            beyond: match line.last() {
                Some((500, _)) => Beyond::Stays,
                _ => clauses.short_curve,
            },
            segments: line
                .windows(2)
                .filter_map(|pair| match pair {
                    [(index_low, low), (index_high, high)] => {
                        Some(Segment { low: *low, high: *high, index_low: *index_low, index_high: *index_high })
                    }
                    _ => None,
                })
                .collect(),
        };
        Breakpoints { rule, clauses, curves: lines.into_iter().map(curve).collect() }
    }

    /// The curve of a pollutant and averaging time.
    pub fn curve(&self, pollutant: Pollutant, averaging_s: i64) -> Option<&Curve> {
        self.curves.iter().find(|c| c.pollutant == pollutant && c.averaging_s == averaging_s)
    }

    /// IAQI of an SI concentration; `None` where the edition does not compute it.
    pub fn sub_index(&self, pollutant: Pollutant, averaging_s: i64, si: f64) -> Option<u16> {
        self.curve(pollutant, averaging_s)?.sub_index(si)
    }

    /// What a day is scored by.
    pub fn day_items(&self) -> Vec<HourItem> {
        let hourly = Some(item(Pollutant::O3, HOUR, HOUR)).filter(|_| self.clauses.hourly_ozone_in_the_day);
        ITEMS.iter().map(|(pollutant, s)| item(*pollutant, *s, *s)).chain(hourly).collect()
    }

    /// The index of a day from its concentrations: (pollutant, averaging time in s, SI value), each at most once.
    pub fn day(&self, concentrations: &[(Pollutant, i64, f64)]) -> DayIndex {
        self.score(&self.day_items(), concentrations)
    }

    /// The index of an hour from its concentrations, likewise; 8 h and 24 h values are the running means that end with it.
    pub fn hour(&self, concentrations: &[(Pollutant, i64, f64)]) -> DayIndex {
        self.score(self.clauses.hour, concentrations)
    }

    fn score(&self, items: &[HourItem], concentrations: &[(Pollutant, i64, f64)]) -> DayIndex {
        let of = |item: &HourItem| {
            let fits = |c: &&(Pollutant, i64, f64)| c.0 == item.pollutant && c.1 == item.averaging_s;
            let value = concentrations.iter().find(fits)?.2;
            self.sub_index(item.pollutant, item.curve_s, value)
        };
        let sub_indices: Vec<(Pollutant, u16)> = ITEMS
            .iter()
            .filter_map(|(p, _)| Some((*p, items.iter().filter(|i| i.pollutant == *p).filter_map(of).max()?)))
            .collect();
        let worst = sub_indices.iter().map(|(_, i)| *i).max();
        let complete = sub_indices.len() == ITEMS.len();
        let index = worst.filter(|i| complete || self.clauses.incomplete_only_above.is_none_or(|least| *i > least));
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
            assert_eq!(table.curves.iter().map(|c| c.segments.len() + 1).sum::<usize>(), 75);
            for curve in &table.curves {
                assert_eq!(curve.segments.first().map(|s| (s.index_low, s.low)), Some((0, 0)));
                assert!(curve.segments.iter().all(|s| s.low < s.high && s.index_low < s.index_high), "{curve:?}");
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

    #[test]
    fn an_hour_by_2026_reads_particles_on_the_daily_breakpoints_and_by_2012_needs_their_running_day() {
        // PM2.5 75 µg/m³ in one hour: 100 + 50/55 · 15 = 113.6 → 114 by 2026; no curve of 2012 takes a 1 h value.
        let hour = [(Pollutant::Pm25, HOUR, 75e-9)];
        assert_eq!(edition(RULE_2026).hour(&hour).sub_indices, [(Pollutant::Pm25, 114)]);
        assert_eq!(edition(RULE_2012).hour(&hour).index, None);
        assert_eq!(edition(RULE_2012).hour(&[(Pollutant::Pm25, DAY, 75e-9)]).index, Some(100));
        // 2026 scores ozone of the hour alone, 2012 the worse of the hour (250 → 125) and the running eight (215 → 150).
        let ozone = [(Pollutant::O3, HOUR, 250e-9), (Pollutant::O3, EIGHT_HOURS, 215e-9)];
        assert_eq!(edition(RULE_2012).hour(&ozone).index, Some(150));
        assert_eq!(edition(RULE_2026).hour(&ozone).index, Some(125));
    }

    #[test]
    fn an_incomplete_hour_by_2026_clause_5_3_is_na_up_to_one_hundred() {
        // NO2 of 200 µg/m³ in the hour is 100 exactly: not above it. 201 is 101 (100 + 50/500 · 1, up).
        assert_eq!(edition(RULE_2026).hour(&[(Pollutant::No2, HOUR, 200e-9)]).index, None);
        assert_eq!(edition(RULE_2026).hour(&[(Pollutant::No2, HOUR, 201e-9)]).index, Some(101));
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
