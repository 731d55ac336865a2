//! Which edition of a rule is in force on a day: the dated register `tables/editions.csv`.
//!
//! A result carries the edition that made it, because the limits change: HJ 633-2026 replaced HJ 633-2012 on 2026-03-01
//! and a day of 2018 is still scored by the edition of 2012.

use crate::region::calendar::{DAY, Period, Time};

/// The daily air index.
pub const AIR_INDEX: &str = "air index";
/// The class of surface water.
pub const WATER_CLASS: &str = "water class";

const TABLE: &str = include_str!("tables/editions.csv");

/// One edition of a rule and the days it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Its name, e.g. `HJ 633-2012`.
    pub rule: &'static str,
    /// What it judges.
    pub subject: &'static str,
    /// First day, in the zone asked for; `None` = no earlier edition is kept here.
    pub from: Option<Time>,
    /// First moment after; `None` = still in force.
    pub to: Option<Time>,
}

/// Every edition in the register, its days taken in a zone.
pub fn editions(utc_offset_s: i64) -> Vec<Edition> {
    let day = |text: &str| Time::parse(text, utc_offset_s);
    TABLE
        .lines()
        .skip(1)
        .filter_map(|line| {
            // Only the last column may hold commas, so the first four cells can be cut off one by one.
            let mut cells = line.splitn(5, ',');
            let (rule, subject) = (cells.next()?, cells.next()?);
            let (from, to) = (day(cells.next()?), day(cells.next()?));
            Some(Edition { rule, subject, from, to: to.map(|last| Time(last.0 + DAY)) })
        })
        .collect()
}

/// The edition in force at the start of a period.
pub fn in_force<'a>(editions: &'a [Edition], subject: &str, period: Period) -> Option<&'a Edition> {
    editions
        .iter()
        .filter(|e| e.subject == subject)
        .find(|e| e.from.is_none_or(|from| from <= period.start) && e.to.is_none_or(|to| period.start < to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::HOUR;

    #[test]
    fn a_day_of_2018_is_scored_by_the_edition_of_2012_and_one_of_april_2026_by_its_successor() {
        let zone = 8 * HOUR;
        let register = editions(zone);
        let rule = |date: &str| {
            let start = Time::parse(date, zone).unwrap();
            in_force(&register, AIR_INDEX, Period { start, end: Time(start.0 + DAY) }).map(|e| e.rule)
        };
        assert_eq!(rule("2013-01-01"), Some("HJ 633-2012"));
        assert_eq!(rule("2018-11-05"), Some("HJ 633-2012"));
        assert_eq!(rule("2026-02-28"), Some("HJ 633-2012"));
        assert_eq!(rule("2026-03-01"), Some("HJ 633-2026"));
    }
}
