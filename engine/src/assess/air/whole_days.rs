//! Days of stations as readings: what a daily index is made of, from the hours of a table, each with its coverage.
//!
//! ```text
//! particles    24 h mean
//! SO2, NO2     24 h mean, greatest hour
//! CO           24 h mean, greatest 8 h mean, greatest hour
//! O3           greatest 8 h mean, greatest hour
//! ```
//!
//! Completeness as in [`super::aggregate`]; a greatest hour asks for as many hours as the mean of the day. A daily value that
//! the table gives goes before one made from hours.

use super::aggregate::{self, Mean, Stamp};
use super::judge::Reading;
use crate::region::calendar::{DAY, HOUR, Time};
use crate::region::pollutant::Pollutant;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

const EIGHT_HOURS: i64 = 8 * HOUR;

/// A day's value with what it was made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayReading<'a> {
    /// Its time is the day's midnight.
    pub reading: Reading<'a>,
    /// Hours (of an 8 h value running means) there were; 1 where the table gave the value.
    pub there: usize,
    /// What there would be in a full day.
    pub expected: usize,
}

/// Hours of a station and pollutant, and the values of days that are given, by averaging time.
#[derive(Default)]
pub(super) struct Series {
    /// By the moment they begin.
    pub(super) hours: BTreeMap<Time, f64>,
    /// By averaging time, then midnight.
    pub(super) given: BTreeMap<i64, BTreeMap<Time, f64>>,
}

/// The usable readings of a table by station and pollutant. An 8 h value of a daily table names its day, as a 24 h value
/// does. Several of them on one day are running means: beside hours they are left out, alone the greatest 8 h one is taken.
pub(super) fn series<'a>(readings: &[Reading<'a>], stamp: Stamp, zone: i64) -> BTreeMap<(&'a str, Pollutant), Series> {
    let mut found: BTreeMap<(&str, Pollutant), Series> = BTreeMap::new();
    let mut running: BTreeSet<(&str, Pollutant, i64)> = BTreeSet::new();
    for r in readings {
        let Some(value) = r.value.filter(|v| v.is_finite() && *v >= 0.0) else { continue };
        let own = found.entry((r.station, r.pollutant)).or_default();
        if r.averaging_s == HOUR {
            own.hours.entry(stamp.period(r.time, HOUR).start).or_insert(value);
            continue;
        }
        match own.given.entry(r.averaging_s).or_default().entry(r.time.midnight(zone)) {
            Entry::Vacant(day) => {
                day.insert(value);
            }
            Entry::Occupied(mut day) => {
                let greatest = day.get().max(value);
                day.insert(greatest);
                running.insert((r.station, r.pollutant, r.averaging_s));
            }
        }
    }
    for (station, pollutant, averaging_s) in running {
        if let Some(own) = found.get_mut(&(station, pollutant))
            && (averaging_s == DAY || !own.hours.is_empty())
        {
            own.given.remove(&averaging_s);
        }
    }
    found
}

/// Every day of every station, by station, then day.
pub fn whole_days<'a>(readings: &[Reading<'a>], stamp: Stamp, zone: i64) -> Vec<DayReading<'a>> {
    let mut days: Vec<DayReading<'a>> = Vec::new();
    for ((station, pollutant), own) in series(readings, stamp, zone) {
        let mut note = |averaging_s: i64, made: Vec<Mean>| {
            let given = own.given.get(&averaging_s);
            let mut of_day: BTreeMap<Time, (Option<f64>, usize, usize)> =
                made.into_iter().map(|m| (m.period.start, (m.value, m.there, m.expected))).collect();
            of_day.extend(given.into_iter().flatten().map(|(t, v)| (*t, (Some(*v), 1, 1))));
            days.extend(of_day.into_iter().map(|(time, (value, there, expected))| DayReading {
                reading: Reading { station, time, pollutant, averaging_s, value },
                there,
                expected,
            }));
        };
        if pollutant != Pollutant::O3 {
            note(DAY, aggregate::days(&own.hours, zone));
        }
        if matches!(pollutant, Pollutant::O3 | Pollutant::Co) {
            note(EIGHT_HOURS, aggregate::greatest_eight_hours(&own.hours, ozone_limit(pollutant), zone));
        }
        if !matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25) {
            note(HOUR, aggregate::greatest_hours(&own.hours, zone));
        }
    }
    days.sort_by_key(|d| (d.reading.station, d.reading.time, d.reading.pollutant, d.reading.averaging_s));
    days
}

/// Class 2 limit of MDA8, 160 µg m⁻³ in both editions of GB 3095: beyond it more running means could not make a day better.
pub(super) fn ozone_limit(pollutant: Pollutant) -> Option<f64> {
    (pollutant == Pollutant::O3).then(|| pollutant.from_printed(160.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_of_a_day_become_its_mean_its_greatest_eight_and_its_greatest_hour() {
        let hour = |pollutant, h: i64| Reading {
            station: "a",
            time: Time(h * HOUR),
            pollutant,
            averaging_s: HOUR,
            value: Some(pollutant.from_printed(h as f64)),
        };
        let readings: Vec<Reading<'_>> =
            [Pollutant::Pm25, Pollutant::O3].into_iter().flat_map(|p| (0..24).map(move |h| hour(p, h))).collect();
        let told: Vec<(Pollutant, i64, f64, usize, usize)> = whole_days(&readings, Stamp::Start, 0)
            .iter()
            .map(|d| {
                let r = d.reading;
                (
                    r.pollutant,
                    r.averaging_s,
                    (r.pollutant.printed(r.value.unwrap()) * 1e6).round() / 1e6,
                    d.there,
                    d.expected,
                )
            })
            .collect();
        // C_h = h: mean 11.5; hours 16 to 23 have the mean 19.5.
        let expected = [
            (Pollutant::O3, HOUR, 23.0, 24, 24),
            (Pollutant::O3, EIGHT_HOURS, 19.5, 17, 17),
            (Pollutant::Pm25, DAY, 11.5, 24, 24),
        ];
        assert_eq!(told, expected);
        // Nineteen hours: there, and not enough.
        let few = whole_days(&readings[..19], Stamp::Start, 0);
        assert_eq!((few.len(), few[0].reading.value, few[0].there), (1, None, 19));
    }

    #[test]
    fn a_given_day_goes_before_one_made_from_hours() {
        let reading = |averaging_s, value| Reading {
            station: "a",
            time: Time(0),
            pollutant: Pollutant::So2,
            averaging_s,
            value: Some(value),
        };
        let found = whole_days(&[reading(HOUR, 1e-9), reading(DAY, 7e-9)], Stamp::Start, 0);
        let of_day: Vec<Option<f64>> =
            found.iter().filter(|d| d.reading.averaging_s == DAY).map(|d| d.reading.value).collect();
        assert_eq!(of_day, [Some(7e-9)]);
    }

    #[test]
    fn running_means_beside_hours_are_no_days() {
        let reading = |h: i64, averaging_s, value| Reading {
            station: "a",
            time: Time(h * HOUR),
            pollutant: Pollutant::Pm25,
            averaging_s,
            value: Some(value),
        };
        let table: Vec<Reading<'_>> =
            (0..24).flat_map(|h| [reading(h, HOUR, 1e-9), reading(h, DAY, (h + 2) as f64 * 1e-9)]).collect();
        let found = whole_days(&table, Stamp::Start, 0);
        assert_eq!(found.iter().map(|d| d.there).collect::<Vec<_>>(), [24]);
        assert!((found[0].reading.value.unwrap() - 1e-9).abs() < 1e-18);
        let only: Vec<Reading<'_>> = table.iter().filter(|r| r.averaging_s == DAY).copied().collect();
        assert!(whole_days(&only, Stamp::Start, 0).iter().all(|d| d.reading.value.is_none()));
    }
}
