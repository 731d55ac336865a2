//! A year against the levels of a rule that counts exceedances: WHO 2021 with its interim targets, EU 2024/2881, GB 3095.
//!
//! ```text
//! days     n(C_d > L)                        kept where n ≤ N, or n ≤ 1 % of the days (99th percentile)
//! hours    max over stations of n(C_h > L)   kept where n ≤ N
//! year     mean of the days ≤ L
//! season   max over six months in a row of the mean MDA8 ≤ L          (peak season of WHO; months of the one year)
//! ```
//!
//! *Where it fails.* The greatest 8 h mean of CO is not carried through a city's days. A peak season that crosses New Year
//! is not seen.

use super::aggregate::{self, Stamp};
use super::evaluation::Days;
use super::judge::Reading;
use super::limits::{self, Limit};
use super::whole_days;
use crate::region::calendar::{Period, Time};
use crate::region::pollutant::Pollutant;
use serde::Serialize;
use std::collections::BTreeMap;

/// Months of a peak season.
const SEASON: usize = 6;

/// A year against one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exceedances {
    /// Of which rule.
    pub rule: &'static str,
    /// What.
    pub pollutant: Pollutant,
    /// `1h`, `24h`, `MDA8`, `annual`, `peak season`.
    pub averaging: &'static str,
    /// `AQG`, `IT1` …, `limit`.
    pub level: &'static str,
    /// Printed unit.
    pub limit: f64,
    /// Days or hours above, or the mean in the printed unit.
    pub value: f64,
    /// Values behind it: days, hours or months.
    pub there: usize,
    /// Days or hours the rule permits: a number, `P99` (1 % of the days), or empty.
    pub permitted: &'static str,
    /// Whether the level is kept; `None` where the rule states no number.
    pub kept: Option<bool>,
}

fn told(limit: &Limit, pollutant: Pollutant, value: f64, there: usize, kept: Option<bool>) -> Exceedances {
    Exceedances {
        rule: limit.rule,
        pollutant,
        averaging: limit.averaging,
        level: limit.level,
        limit: limit.value,
        value,
        there,
        permitted: limit.exceedances,
        kept,
    }
}

/// Whether a count is permitted among so many values.
fn permitted(limit: &Limit, count: usize, of: usize) -> Option<bool> {
    match limit.exceedances {
        "P99" => Some(count * 100 <= of),
        number => number.parse::<usize>().ok().map(|n| count <= n),
    }
}

/// The days, the mean and the peak season of a city's year against each level of a rule.
pub fn of_days(days: &Days, rule: &str, year: Period, zone: i64) -> Vec<Exceedances> {
    let against = |limit: &Limit| {
        let pollutant = Pollutant::parse(limit.pollutant)?;
        let values = days.get(&pollutant).filter(|d| !d.is_empty())?;
        let mean = |value: f64, there: usize| {
            let kept = !limits::exceeds(limit, pollutant, value);
            told(limit, pollutant, pollutant.printed(value), there, Some(kept))
        };
        let daily = if pollutant == Pollutant::O3 { "MDA8" } else { "24h" };
        match limit.averaging {
            "annual" => Some(mean(values.values().sum::<f64>() / values.len() as f64, values.len())),
            "peak season" => peak_season(values, zone).map(|season| mean(season, SEASON)),
            averaging if averaging == daily => {
                let count = values.values().filter(|v| limits::exceeds(limit, pollutant, **v)).count();
                Some(told(limit, pollutant, count as f64, values.len(), permitted(limit, count, values.len())))
            }
            _ => None,
        }
    };
    limits::in_force(rule, year.start, zone).iter().filter_map(against).collect()
}

/// The greatest mean of six calendar months in a row, each a mean of its days.
fn peak_season(days: &BTreeMap<Time, f64>, zone: i64) -> Option<f64> {
    let mut months: Vec<(Period, f64, usize)> = Vec::new();
    for (start, value) in days {
        match months.last_mut() {
            Some((month, sum, n)) if month.contains(*start) => (*sum, *n) = (*sum + value, *n + 1),
            _ => months.push((aggregate::month_of(*start, zone), *value, 1)),
        }
    }
    months
        .windows(SEASON)
        .filter(|run| run.windows(2).all(|pair| matches!(pair, [(a, ..), (b, ..)] if a.end == b.start)))
        .map(|run| run.iter().map(|(_, sum, n)| sum / *n as f64).sum::<f64>() / SEASON as f64)
        .reduce(f64::max)
}

/// The hours of each city's year against the 1 h levels of rules: those of the station with the most hours above.
pub fn of_hours(
    readings: &[Reading<'_>],
    city_of: &BTreeMap<&str, &str>,
    rules: &[String],
    stamp: Stamp,
    zone: i64,
) -> BTreeMap<(String, Period), Vec<Exceedances>> {
    let mut worst: BTreeMap<(String, Period), Vec<Exceedances>> = BTreeMap::new();
    for ((station, pollutant), own) in whole_days::series(readings, stamp, zone) {
        let city = if city_of.is_empty() { Some(&station) } else { city_of.get(station) };
        let (Some(city), Some(first)) = (city, own.hours.keys().next()) else { continue };
        let mut year = aggregate::year_of(*first, zone);
        while own.hours.range(year.start..).next().is_some() {
            let list = worst.entry((city.to_string(), year)).or_default();
            for limit in rules.iter().flat_map(|r| limits::in_force(r, year.start, zone)) {
                if limit.averaging != "1h" || Pollutant::parse(limit.pollutant) != Some(pollutant) {
                    continue;
                }
                let hours = || own.hours.range(year.start..year.end);
                let count = hours().filter(|(_, v)| limits::exceeds(&limit, pollutant, **v)).count();
                let there = hours().count();
                let now = told(&limit, pollutant, count as f64, there, permitted(&limit, count, there));
                let same = |e: &&mut Exceedances| {
                    (e.rule, e.pollutant, e.averaging, e.level) == (now.rule, pollutant, now.averaging, now.level)
                };
                match list.iter_mut().find(same) {
                    Some(earlier) if now.value > earlier.value => *earlier = now,
                    Some(_) => {}
                    None => list.push(now),
                }
            }
            year = aggregate::year_of(year.end, zone);
        }
    }
    worst.retain(|_, list| !list.is_empty());
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::{DAY, HOUR};

    const ZONE: i64 = 8 * HOUR;

    fn on(date: &str) -> Time {
        Time::parse(date, ZONE).unwrap()
    }

    fn days(pollutant: Pollutant, value: impl Fn(i64) -> f64) -> Days {
        let first = on("2022-01-01");
        let of = (0..365).map(|k| (Time(first.0 + k * DAY), pollutant.from_printed(value(k)))).collect();
        Days::from([(pollutant, of)])
    }

    fn find<'a>(list: &'a [Exceedances], averaging: &str, level: &str) -> &'a Exceedances {
        list.iter().find(|e| e.averaging == averaging && e.level == level).unwrap()
    }

    #[test]
    fn who_2021_permits_one_percent_of_the_days_above_each_level() {
        let year = aggregate::year_of(on("2022-06-01"), ZONE);
        let with = |above: i64| {
            of_days(&days(Pollutant::Pm25, |k| if k < above { 80.0 } else { 4.0 }), limits::WHO, year, ZONE)
        };
        // 1 % of 365 days is 3.65: three days are permitted, four are not.
        for (above, kept) in [(3, true), (4, false)] {
            let told = with(above);
            let it1 = find(&told, "24h", "IT1");
            assert_eq!((it1.value, it1.there, it1.kept), (above as f64, 365, Some(kept)));
        }
        // Mean (3 · 80 + 362 · 4)/365 = 4.62 µg/m³.
        assert_eq!(find(&with(3), "annual", "AQG").kept, Some(true));
    }

    #[test]
    fn who_2021_peak_season_of_ozone_is_the_greatest_six_months_in_a_row() {
        let year = aggregate::year_of(on("2022-06-01"), ZONE);
        // 50 in the first 90 days (January to March), 90 from April to September (days 90 to 272), 50 after.
        let told = of_days(
            &days(Pollutant::O3, |k| if (90..273).contains(&k) { 90.0 } else { 50.0 }),
            limits::WHO,
            year,
            ZONE,
        );
        let aqg = find(&told, "peak season", "AQG");
        assert!((aqg.value - 90.0).abs() < 1e-9 && aqg.kept == Some(false), "{aqg:?}");
        assert_eq!(find(&told, "peak season", "IT1").kept, Some(true));
    }

    #[test]
    fn eu_2024_2881_counts_days_and_hours_above_and_permits_eighteen_and_three() {
        let year = aggregate::year_of(on("2030-06-01"), ZONE);
        let of_year = |above: i64| {
            let first = on("2030-01-01");
            let of = (0..365).map(|k| (Time(first.0 + k * DAY), if k < above { 26e-9 } else { 5e-9 })).collect();
            find(&of_days(&Days::from([(Pollutant::Pm25, of)]), limits::EU, year, ZONE), "24h", "limit").kept
        };
        assert_eq!((of_year(18), of_year(19)), (Some(true), Some(false)));
        let hours = |station: &'static str, above: i64| {
            (0..48).map(move |h| Reading {
                station,
                time: Time(on("2030-03-01").0 + h * HOUR),
                pollutant: Pollutant::No2,
                averaging_s: HOUR,
                value: Some(if h < above { 201e-9 } else { 20e-9 }),
            })
        };
        let readings: Vec<Reading<'_>> = hours("a", 3).chain(hours("b", 4)).collect();
        let told = of_hours(&readings, &BTreeMap::new(), &[limits::EU.to_string()], Stamp::Start, ZONE);
        let kept: Vec<(&str, f64, Option<bool>)> =
            told.iter().map(|((c, _), e)| (c.as_str(), e[0].value, e[0].kept)).collect();
        assert_eq!(kept, [("a", 3.0, Some(true)), ("b", 4.0, Some(false))]);
        // In one city the station with the most hours speaks.
        let one = BTreeMap::from([("a", "c"), ("b", "c")]);
        let told = of_hours(&readings, &one, &[limits::EU.to_string()], Stamp::Start, ZONE);
        assert_eq!(told.values().map(|e| (e.len(), e[0].value)).collect::<Vec<_>>(), [(1, 4.0)]);
    }
}
