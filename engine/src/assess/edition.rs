//! Which edition of a rule is in force on a day, by the register of rules ([`mod@super::rules`]).
//!
//! A result carries the edition that made it, because the limits change: HJ 633-2026 replaced HJ 633-2012 on 2026-03-01
//! and a day of 2018 is still scored by the edition of 2012. A day before the first edition kept here is scored by that one.

use super::rules;
use crate::region::calendar::{DAY, Period, Time};

/// The Chinese air index.
pub const AIR_INDEX: &str = "air index";
/// The class of surface water.
pub const WATER_CLASS: &str = "water class";

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
    rules::rules().iter().map(|rule| edition(rule, utc_offset_s)).collect()
}

/// One rule of the register with its days taken in a zone.
pub fn edition(rule: &rules::Rule, utc_offset_s: i64) -> Edition {
    let day = |text: &str| Time::parse(text, utc_offset_s);
    Edition {
        rule: rule.id,
        subject: rule.subject,
        from: day(rule.from),
        to: day(rule.to).map(|last| Time(last.0 + DAY)),
    }
}

/// The edition in force at the start of a period; the first one where the period lies before all.
pub fn in_force<'a>(editions: &'a [Edition], subject: &str, period: Period) -> Option<&'a Edition> {
    let of_subject = || editions.iter().filter(|e| e.subject == subject);
    of_subject()
        .find(|e| e.from.is_none_or(|from| from <= period.start) && e.to.is_none_or(|to| period.start < to))
        .or_else(|| of_subject().min_by_key(|e| e.from).filter(|e| e.from.is_some_and(|from| period.start < from)))
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
