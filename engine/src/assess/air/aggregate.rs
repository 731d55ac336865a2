//! From hours to days, months and years, from stations to cities and members, each with its completeness.
//!
//! ```text
//! day     Σ_h C_h / n,   n ≥ 20 of 24                                        GB 3095 table 4
//! 8 h     max of the running means that end at 8, …, 24 h, each of ≥ 6 h; ≥ 14 of 17, or fewer where the greatest exceeds the limit
//! month   mean of its days, n ≥ 27 (25 in February)                          GB 3095 table 4
//! year    mean of its days, n ≥ 324 and every month valid                    GB 3095 table 4
//! city    mean of its stations with a valid value, ≥ 75 % of them            HJ 663, from memory
//! ```
//!
//! The clauses stand in `tables/air_validity.csv`. A mean that is not valid has no value, and still says how much there was.
//! Hours are kept by the moment they begin; a stamp at the end of the hour is brought there first ([`Stamp`]), so that the
//! hour stamped 00:00 on 1 January belongs to 31 December.

use crate::assess::rules;
use crate::region::calendar::{DAY, HOUR, Period, Time};
use serde::Serialize;
use std::collections::BTreeMap;

const VALIDITY: &str = include_str!("../tables/air_validity.csv");

/// Which end of its period a stamp names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamp {
    /// The beginning (period-starting).
    #[default]
    Start,
    /// The end (period-ending).
    End,
}

impl Stamp {
    /// The period that a stamp names. A stamp of a day names the day itself under either convention.
    pub fn period(self, time: Time, averaging_s: i64) -> Period {
        let start = if self == Stamp::End && averaging_s < DAY { Time(time.0 - averaging_s) } else { time };
        Period { start, end: Time(start.0 + averaging_s) }
    }
}

/// A mean over a period with what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// Over which period.
    pub period: Period,
    /// SI; `None` where the completeness rule is not kept.
    pub value: Option<f64>,
    /// Values there were.
    pub there: usize,
    /// Values there would be in a full period.
    pub expected: usize,
}

impl Mean {
    /// Share of the full period that was measured.
    pub fn coverage(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { self.there as f64 / self.expected as f64 }
    }
}

/// The least number that a clause of the table asks for.
pub fn least(mean: &str) -> usize {
    rules::rows(VALIDITY)
        .find(|r| r.text("mean") == mean)
        .and_then(|r| r.text("least").parse().ok())
        .unwrap_or(usize::MAX)
}

fn mean_of(values: impl Iterator<Item = f64>) -> (f64, usize) {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), v| (sum + v, n + 1));
    (sum / n.max(1) as f64, n)
}

fn midnights(hours: &BTreeMap<Time, f64>, zone: i64) -> Vec<Time> {
    let mut list: Vec<Time> = hours.keys().map(|t| t.midnight(zone)).collect();
    list.dedup();
    list
}

/// Daily means of hours, by the moment they begin.
pub fn days(hours: &BTreeMap<Time, f64>, zone: i64) -> Vec<Mean> {
    let least = least("day");
    let day = |midnight: Time| {
        let period = Period { start: midnight, end: Time(midnight.0 + DAY) };
        let (mean, there) = mean_of(hours.range(period.start..period.end).map(|(_, v)| *v));
        Mean { period, value: (there >= least).then_some(mean), there, expected: 24 }
    };
    midnights(hours, zone).into_iter().map(day).collect()
}

/// The greatest 8 h mean of each day (MDA8); `there` counts running means. A day with fewer than 14 of them is valid all
/// the same where the greatest exceeds `limit`, because more could not make it less.
pub fn greatest_eight_hours(hours: &BTreeMap<Time, f64>, limit: Option<f64>, zone: i64) -> Vec<Mean> {
    let (of_eight, of_day) = (least("eight hours"), least("greatest eight hours of a day"));
    let day = |midnight: Time| {
        let running = |h: i64| {
            let (mean, n) =
                mean_of(hours.range(Time(midnight.0 + h * HOUR)..Time(midnight.0 + (h + 8) * HOUR)).map(|(_, v)| *v));
            (n >= of_eight).then_some(mean)
        };
        let means: Vec<f64> = (0..=16).filter_map(running).collect();
        let greatest = means.iter().copied().reduce(f64::max);
        let valid = |g: &f64| means.len() >= of_day || limit.is_some_and(|l| *g > l);
        Mean {
            period: Period { start: midnight, end: Time(midnight.0 + DAY) },
            value: greatest.filter(valid),
            there: means.len(),
            expected: 17,
        }
    };
    midnights(hours, zone).into_iter().map(day).collect()
}

/// The greatest hour of each day, where there are as many hours as a mean of the day asks for.
pub fn greatest_hours(hours: &BTreeMap<Time, f64>, zone: i64) -> Vec<Mean> {
    let greatest = |mut day: Mean| {
        let of_day = hours.range(day.period.start..day.period.end).map(|(_, v)| *v);
        day.value = day.value.and(of_day.reduce(f64::max));
        day
    };
    days(hours, zone).into_iter().map(greatest).collect()
}

/// The local month that holds a moment.
pub fn month_of(time: Time, zone: i64) -> Period {
    let date = time.date(zone);
    let first = date.get(..7).and_then(|month| Time::parse(&format!("{month}-01"), zone)).unwrap_or(time);
    Period { start: first, end: time.next_month(zone) }
}

/// The local year that holds a moment.
pub fn year_of(time: Time, zone: i64) -> Period {
    let year: i64 = time.date(zone).get(..4).and_then(|y| y.parse().ok()).unwrap_or(1970);
    let first = |year: i64| Time::parse(&format!("{year:04}-01-01"), zone).unwrap_or(time);
    Period { start: first(year), end: first(year + 1) }
}

fn valid_days(days: &[Mean]) -> BTreeMap<Time, f64> {
    days.iter().filter_map(|d| Some((d.period.start, d.value?))).collect()
}

fn over(days: &BTreeMap<Time, f64>, period: Period) -> (f64, usize) {
    mean_of(days.range(period.start..period.end).map(|(_, v)| *v))
}

/// Monthly means of days.
pub fn months(days: &[Mean], zone: i64) -> Vec<Mean> {
    let mut periods: Vec<Period> = days.iter().map(|d| month_of(d.period.start, zone)).collect();
    periods.sort();
    periods.dedup();
    let valid = valid_days(days);
    periods.into_iter().map(|period| month(&valid, period, zone)).collect()
}

fn month(valid: &BTreeMap<Time, f64>, period: Period, zone: i64) -> Mean {
    let february = period.start.date(zone).get(5..7) == Some("02");
    let (mean, there) = over(valid, period);
    let least = least(if february { "February" } else { "month" });
    let expected = usize::try_from(period.seconds() / DAY).unwrap_or(0);
    Mean { period, value: (there >= least).then_some(mean), there, expected }
}

/// Annual means of days.
pub fn years(days: &[Mean], zone: i64) -> Vec<Mean> {
    let mut periods: Vec<Period> = days.iter().map(|d| year_of(d.period.start, zone)).collect();
    periods.sort();
    periods.dedup();
    let (valid, least) = (valid_days(days), least("year"));
    let year = |period: Period| {
        let (mean, there) = over(&valid, period);
        let mut every_month = true;
        let mut start = period.start;
        while start < period.end {
            let m = month_of(start, zone);
            every_month &= month(&valid, m, zone).value.is_some();
            start = if m.end > start { m.end } else { period.end };
        }
        let expected = usize::try_from(period.seconds() / DAY).unwrap_or(0);
        Mean { period, value: (there >= least && every_month).then_some(mean), there, expected }
    };
    periods.into_iter().map(year).collect()
}

/// One city's value from its stations': the mean of those that are valid, where they are at least 75 %.
pub fn city(period: Period, stations: &[Option<f64>]) -> Mean {
    let (mean, there) = mean_of(stations.iter().flatten().copied());
    let enough = there > 0 && 100 * there >= least("city") * stations.len();
    Mean { period, value: enough.then_some(mean), there, expected: stations.len() }
}

/// Values of a code and of every code above it (`parent`): the mean of the parts that are given, each part once. The region
/// is the empty code. The parts are the lowest codes, cities; a member is the mean of its cities.
pub fn upward<'a>(parts: &BTreeMap<&'a str, f64>, parent: &BTreeMap<&'a str, &'a str>) -> BTreeMap<&'a str, f64> {
    let mut sums: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for (code, value) in parts {
        for above in chain(code, parent) {
            let sum = sums.entry(above).or_default();
            *sum = (sum.0 + value, sum.1 + 1);
        }
    }
    sums.into_iter().map(|(code, (sum, n))| (code, sum / n as f64)).collect()
}

/// A code, those above it, and the region (the empty code) last.
pub(super) fn chain<'a>(code: &'a str, parent: &BTreeMap<&'a str, &'a str>) -> Vec<&'a str> {
    let mut list = vec![code];
    while let Some(above) = list.last().and_then(|c| parent.get(c)).filter(|a| !a.is_empty() && !list.contains(a)) {
        list.push(above);
    }
    list.push("");
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: i64 = 8 * HOUR;

    fn on(date: &str) -> Time {
        Time::parse(date, ZONE).unwrap()
    }

    fn hours(first: Time, values: impl IntoIterator<Item = f64>) -> BTreeMap<Time, f64> {
        values.into_iter().enumerate().map(|(h, v)| (Time(first.0 + h as i64 * HOUR), v)).collect()
    }

    /// A year of days without the ones named by their number.
    fn year_without(missing: impl Fn(usize) -> bool) -> Vec<Mean> {
        let first = on("2015-01-01");
        let day =
            |k: usize| Period { start: Time(first.0 + k as i64 * DAY), end: Time(first.0 + (k as i64 + 1) * DAY) };
        (0..365)
            .map(|k| Mean { period: day(k), value: (!missing(k)).then_some(k as f64), there: 24, expected: 24 })
            .collect()
    }

    #[test]
    fn gb_3095_table_4_a_day_needs_twenty_hours() {
        let twenty = days(&hours(on("2015-03-01"), (0..20).map(f64::from)), ZONE);
        assert_eq!(twenty.iter().map(|d| (d.value, d.there)).collect::<Vec<_>>(), [(Some(9.5), 20)]);
        assert!((twenty[0].coverage() - 20.0 / 24.0).abs() < 1e-12);
        assert_eq!(days(&hours(on("2015-03-01"), (0..19).map(f64::from)), ZONE)[0].value, None);
    }

    #[test]
    fn an_hour_stamped_midnight_at_its_end_belongs_to_the_day_before() {
        let end = Stamp::End.period(on("2016-01-01"), HOUR);
        assert_eq!((end.start, year_of(end.start, ZONE).end), (on("2015-12-31T23:00"), on("2016-01-01")));
        assert_eq!(Stamp::Start.period(on("2016-01-01"), HOUR).start, on("2016-01-01"));
        assert_eq!(Stamp::End.period(on("2016-01-01"), DAY).start, on("2016-01-01"));
    }

    #[test]
    fn a_day_is_cut_in_the_zone_that_is_asked_for() {
        // 24 hours from local midnight are one day there and two pieces in UTC.
        let table = hours(on("2015-03-01"), (0..24).map(f64::from));
        assert_eq!(days(&table, ZONE).iter().map(|d| d.there).collect::<Vec<_>>(), [24]);
        assert_eq!(days(&table, 0).iter().map(|d| d.there).collect::<Vec<_>>(), [8, 16]);
    }

    #[test]
    fn hj_663_the_greatest_eight_hours_need_fourteen_means_unless_they_exceed_the_limit() {
        // C_h = 10 h: hours 16 to 23 have the mean 195.
        let full = greatest_eight_hours(&hours(on("2015-07-01"), (0..24).map(|h| f64::from(10 * h))), None, ZONE);
        assert_eq!((full[0].value, full[0].there), (Some(195.0), 17));
        // Hours 0 to 11: the running means from 0 to 6 h have six hours or more, seven of them; the greatest is that of 6 to 11.
        let part = hours(on("2015-07-01"), (0..12).map(|h| f64::from(10 * h)));
        assert_eq!(
            (greatest_eight_hours(&part, Some(160.0), ZONE)[0].value, greatest_eight_hours(&part, None, ZONE)[0].there),
            (None, 7)
        );
        assert_eq!(greatest_eight_hours(&part, Some(80.0), ZONE)[0].value, Some(85.0));
    }

    #[test]
    fn gb_3095_table_4_a_month_needs_twenty_seven_days_and_february_twenty_five() {
        let count = |lost: usize, from: usize| {
            let days = year_without(|k| (from..from + lost).contains(&k));
            months(&days, ZONE).iter().filter(|m| m.value.is_none()).count()
        };
        assert_eq!((count(4, 0), count(5, 0)), (0, 1), "January has 31 days");
        assert_eq!((count(3, 31), count(4, 31)), (0, 1), "February has 28");
    }

    #[test]
    fn gb_3095_table_4_a_year_needs_324_days_and_every_month() {
        // Mean of 0, 1, …, 364 = 182.
        assert_eq!(years(&year_without(|_| false), ZONE)[0].value, Some(182.0));
        assert_eq!(years(&year_without(|k| k < 5), ZONE)[0].value, None, "360 days, January with 26");
        // The first 4 days of long months, 3 of short ones, 1 of February lost: 28 + 12 + 1 = 41, and 324 are left.
        let thinned = |of_february: usize| {
            let lost = move |k: usize| {
                let mut day = k;
                for (month, length) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
                    if day < length {
                        return day < if month == 1 { of_february } else { length - 27 };
                    }
                    day -= length;
                }
                false
            };
            years(&year_without(lost), ZONE)[0]
        };
        assert_eq!((thinned(1).there, thinned(1).value.is_some()), (324, true));
        assert_eq!((thinned(2).there, thinned(2).value), (323, None));
    }

    #[test]
    fn hj_663_a_city_needs_three_quarters_of_its_stations() {
        let day = Period { start: Time(0), end: Time(DAY) };
        assert_eq!(city(day, &[Some(1.0), Some(2.0), Some(6.0), None]).value, Some(3.0));
        assert_eq!(city(day, &[Some(1.0), Some(2.0), None]).value, None);
        assert_eq!(city(day, &[]).value, None);
    }

    #[test]
    fn a_member_is_the_mean_of_its_cities_and_names_do_not_matter() {
        let parent = BTreeMap::from([("3201", "32"), ("3202", "32"), ("3301", "33")]);
        let up = upward(&BTreeMap::from([("3201", 10.0), ("3202", 20.0), ("3301", 60.0)]), &parent);
        assert_eq!((up["32"], up["33"], up[""]), (15.0, 60.0, 30.0));
        let circle = BTreeMap::from([("a", "b"), ("b", "a")]);
        assert_eq!(chain("a", &circle), ["a", "b", ""]);
    }
}
