//! Limits on concentrations: GB 3095-2012 and -2026 (transition to 2030-12-31, final from 2031-01-01), WHO 2021 with its
//! interim targets, EU 2024/2881; and the reference state that a Chinese gas value refers to.
//!
//! ```text
//! level met by pollutant p = the strictest level with C_p ≤ L          level of a place = the least strict of all p
//! C(298.15 K) = C(273 K) · 273.15/298.15                               gases before 2018-09-01
//! ```
//!
//! A limit is in force from its first to its last day. A concentration equal to the limit keeps it. The value is rounded as
//! in HJ 633 before it is compared with a Chinese limit (half to even, whole µg m⁻³, CO to 0.1 mg m⁻³) and taken as it is
//! for the others.
//!
//! *Where it fails.* Exceedances that a rule permits (99th percentile, 18 days, 3 hours) are carried as data and belong to
//! a year; the level of a single day does not use them.

use crate::assess::{hj633, rules};
use crate::region::calendar::{DAY, Time};
use crate::region::pollutant::Pollutant;

/// The Chinese standard of 2012.
pub const GB_2012: &str = "GB 3095-2012";
/// The Chinese standard of 2026.
pub const GB_2026: &str = "GB 3095-2026";
/// The guidelines of the World Health Organization.
pub const WHO: &str = "WHO AQG 2021";
/// The European directive.
pub const EU: &str = "EU 2024/2881";

const TABLE: &str = include_str!("../tables/air_limits.csv");

/// Levels of all rules, the strictest first within each rule.
const LEVELS: [(&str, &[&str]); 4] = [
    (GB_2012, &["class 1", "class 2"]),
    (GB_2026, &["class 1", "class 2"]),
    (WHO, &["AQG", "IT4", "IT3", "IT2", "IT1"]),
    (EU, &["limit"]),
];

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The rule.
    pub rule: &'static str,
    /// What, as printed; some (TSP, Pb, benzene) are not measured elsewhere in the engine.
    pub pollutant: &'static str,
    /// `annual`, `24h`, `1h`, `MDA8`, `peak season`, `quarter`.
    pub averaging: &'static str,
    /// Printed unit.
    pub unit: &'static str,
    /// `class 1`, `class 2`, `AQG`, `IT1` …, `limit`, `target`.
    pub level: &'static str,
    /// In the printed unit.
    pub value: f64,
    /// Exceedances permitted: `P99`, a number a year, or empty.
    pub exceedances: &'static str,
    /// First day.
    pub from: &'static str,
    /// Last day; empty = still in force.
    pub to: &'static str,
    /// How it is known.
    pub mark: &'static str,
    /// Where from.
    pub source: &'static str,
}

/// Every limit of the built-in table.
pub fn limits() -> Vec<Limit> {
    rules::rows(TABLE)
        .filter_map(|row| {
            Some(Limit {
                rule: row.text("rule"),
                pollutant: row.text("pollutant"),
                averaging: row.text("averaging"),
                unit: row.text("unit"),
                level: row.text("level"),
                value: row.number("limit")?,
                exceedances: row.text("exceedances"),
                from: row.text("valid_from"),
                to: row.text("valid_to"),
                mark: row.text("mark"),
                source: row.text("source"),
            })
        })
        .collect()
}

/// The limits of one rule that hold on a day. Whoever asks for a rule by name outside its days is given the limits of its
/// first or its last day.
pub fn in_force(rule: &str, day: Time, utc_offset_s: i64) -> Vec<Limit> {
    let of_rule: Vec<Limit> = limits().into_iter().filter(|l| l.rule == rule).collect();
    let moment = |text: &str| Time::parse(text, utc_offset_s);
    let first = of_rule.iter().filter_map(|l| moment(l.from)).min();
    let ended = of_rule.iter().all(|l| !l.to.is_empty());
    let last = of_rule.iter().filter_map(|l| moment(l.to)).max().filter(|_| ended);
    let day = first.map_or(day, |first| day.max(first));
    let day = last.map_or(day, |last| day.min(last));
    let holds =
        |l: &&Limit| moment(l.from).is_none_or(|from| from <= day) && moment(l.to).is_none_or(|to| day.0 < to.0 + DAY);
    of_rule.iter().filter(holds).copied().collect()
}

/// The limit of a rule for a pollutant, averaging and level on a day, printed unit.
pub fn limit(rule: &str, pollutant: Pollutant, averaging: &str, level: &str, day: Time, zone: i64) -> Option<f64> {
    let id = pollutant.spec().id;
    in_force(rule, day, zone)
        .iter()
        .find(|l| l.pollutant == id && l.averaging == averaging && l.level == level)
        .map(|l| l.value)
}

/// The level that a concentration keeps: 1 for the strictest of the rule, one more for each that is missed; the number of
/// levels plus one where it keeps none. `None` where the rule has no limit for it. `limits` are those in force.
pub fn level(limits: &[Limit], pollutant: Pollutant, averaging: &str, si: f64) -> Option<u8> {
    let own: Vec<&Limit> =
        limits.iter().filter(|l| l.pollutant == pollutant.spec().id && l.averaging == averaging).collect();
    let order = LEVELS.iter().find(|(rule, _)| own.first().is_some_and(|l| l.rule == *rule))?.1;
    let value = comparable(own.first()?.rule, pollutant, si)?;
    // The target that Europe sets for ozone stands where the others have a limit.
    let of_level = |l: &Limit, name: &str| l.level == name || l.level == "target" && name == "limit";
    // A level that this pollutant lacks (IT4 of NO2) neither helps nor harms: the next less strict one is asked.
    let kept = order.iter().position(|name| own.iter().any(|l| of_level(l, name) && value <= l.value));
    Some(kept.map_or(order.len() as u8 + 1, |k| k as u8 + 1))
}

/// A concentration in the printed unit as a rule compares it.
fn comparable(rule: &str, pollutant: Pollutant, si: f64) -> Option<f64> {
    if rule.starts_with("GB") {
        return Some(hj633::steps(pollutant, si)? as f64 / hj633::grid(pollutant).scale);
    }
    let printed = (pollutant.printed(si) * 1e6).round() / 1e6;
    (printed.is_finite() && printed >= 0.0).then_some(printed)
}

/// Whether a concentration lies above one limit.
pub fn exceeds(limit: &Limit, pollutant: Pollutant, si: f64) -> bool {
    comparable(limit.rule, pollutant, si).is_some_and(|value| value > limit.value)
}

/// Names of the levels of a rule, the strictest first.
pub fn level_names(rule: &str) -> &'static [&'static str] {
    LEVELS.iter().find(|(r, _)| *r == rule).map_or(&[], |(_, names)| names)
}

/// First day of the reference state of 298.15 K.
pub const STATE_298_FROM: &str = "2018-09-01";

/// Factor that brings a reported Chinese value to the reference state of 298.15 K: 273.15/298.15 for a gas before
/// 2018-09-01, 1 for later days and for particles, which are given at ambient conditions.
pub fn to_reference_state_298(pollutant: Pollutant, start: Time, utc_offset_s: i64) -> f64 {
    let gas = !matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25);
    let before = Time::parse(STATE_298_FROM, utc_offset_s).is_some_and(|change| start < change);
    if gas && before { 273.15 / 298.15 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::HOUR;
    use proptest::prelude::*;

    const ZONE: i64 = 8 * HOUR;

    fn on(date: &str) -> Time {
        Time::parse(date, ZONE).unwrap()
    }

    #[test]
    fn every_limit_has_days_a_mark_and_a_level_of_its_rule() {
        assert_eq!(limits().len(), 158);
        for l in limits() {
            assert!(Time::parse(l.from, 0).is_some() && (l.to.is_empty() || Time::parse(l.to, 0).is_some()), "{l:?}");
            let level = if l.level == "target" { "limit" } else { l.level };
            assert!(level_names(l.rule).contains(&level) && !l.source.is_empty(), "{l:?}");
            assert!(["verified", "from memory"].contains(&l.mark), "{l:?}");
        }
    }

    #[test]
    fn gb_3095_table_1_of_the_day_of_the_transition_and_of_the_final_stage() {
        let year = |rule: &str, date: &str| limit(rule, Pollutant::Pm25, "annual", "class 2", on(date), ZONE);
        assert_eq!(year(GB_2012, "2018-11-05"), Some(35.0));
        assert_eq!(year(GB_2012, "2014-01-01"), Some(35.0));
        assert_eq!(year(GB_2026, "2026-03-01"), Some(30.0));
        assert_eq!(year(GB_2026, "2030-12-31"), Some(30.0));
        assert_eq!(year(GB_2026, "2031-01-01"), Some(25.0));
        assert_eq!(limit(GB_2026, Pollutant::Pm10, "24h", "class 2", on("2031-01-01"), ZONE), Some(100.0));
        assert_eq!(limit(GB_2012, Pollutant::Pm25, "24h", "class 2", on("2026-06-01"), ZONE), Some(75.0));
    }

    #[test]
    fn a_value_equal_to_its_limit_keeps_it_after_rounding_half_to_even() {
        let limits = in_force(GB_2012, on("2018-01-01"), ZONE);
        let day = |v: f64| level(&limits, Pollutant::Pm25, "24h", v * 1e-9);
        assert_eq!([35.0, 35.4, 35.6, 75.4, 76.0].map(day), [1, 1, 2, 2, 3].map(Some));
        assert_eq!(level(&limits, Pollutant::Pm25, "1h", 1e-9), None);
    }

    #[test]
    fn who_2021_grades_by_guideline_and_interim_targets() {
        let limits = in_force(WHO, on("2022-01-01"), ZONE);
        let day = |v: f64| level(&limits, Pollutant::Pm25, "24h", v * 1e-9);
        assert_eq!([15.0, 25.0, 37.5, 50.0, 75.0, 75.1].map(day), [1, 2, 3, 4, 5, 6].map(Some));
        // NO2 of 60 µg/m³ misses 25 and 50 (IT2) and keeps 120 (IT1).
        assert_eq!(level(&limits, Pollutant::No2, "24h", 60e-9), Some(5));
    }

    #[test]
    fn eu_2024_2881_is_kept_or_not_and_the_ozone_target_counts_as_a_limit() {
        let limits = in_force(EU, on("2030-01-01"), ZONE);
        assert_eq!([25e-9, 25.1e-9].map(|v| level(&limits, Pollutant::Pm25, "24h", v)), [Some(1), Some(2)]);
        assert_eq!([120e-9, 121e-9].map(|v| level(&limits, Pollutant::O3, "MDA8", v)), [Some(1), Some(2)]);
    }

    #[test]
    fn the_reference_state_of_gases_changed_on_2018_09_01_and_that_of_particles_did_not() {
        let factor = |p: Pollutant, date: &str| to_reference_state_298(p, on(date), ZONE);
        assert!((factor(Pollutant::No2, "2018-08-31") - 0.916149).abs() < 1e-6);
        assert_eq!(factor(Pollutant::No2, "2018-09-01"), 1.0);
        assert_eq!(factor(Pollutant::Pm25, "2014-01-01"), 1.0);
    }

    proptest! {
        #[test]
        fn the_level_never_improves_when_the_concentration_rises(c in 0.0..400.0_f64, more in 0.0..400.0_f64) {
            for rule in [GB_2012, GB_2026, WHO, EU] {
                let limits = in_force(rule, on("2030-06-01"), ZONE);
                let at = |v: f64| level(&limits, Pollutant::Pm25, "24h", v * 1e-9);
                prop_assert!(at(c + more) >= at(c));
            }
        }
    }
}
