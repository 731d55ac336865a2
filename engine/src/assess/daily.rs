//! A station's day: the concentrations that the daily index is made of.
//!
//! ```text
//! mean of a day     its 24 h value, or Σ_h C_h / n where n ≥ 20 hours are usable
//! 8 h ozone         max over the running means that end at 8, 9, …, 24 h; each of ≥ 6 hours, ≥ 14 of the 17 present
//! ```
//!
//! Completeness: 20 hours and 6 of 8 hours by GB 3095 table 4 (verified for 2026, the same in 2012); 14 of 17 running means
//! from memory. A 24 h value counts for the local day at whose midnight it starts, and for no other.

use crate::observe::Observed;
use crate::region::calendar::{DAY, HOUR, Period, Time};
use crate::region::pollutant::Pollutant;
use std::collections::{BTreeMap, BTreeSet};

const EIGHT_HOURS: i64 = 8 * HOUR;
const LEAST_HOURS: usize = 20;
const LEAST_OF_EIGHT: usize = 6;
const LEAST_RUNNING_MEANS: usize = 14;

/// Usable values of one station and pollutant by start, for each averaging time.
struct Values {
    day: BTreeMap<Time, f64>,
    eight: BTreeMap<Time, f64>,
    hour: BTreeMap<Time, f64>,
}

/// Concentrations of a station, day by day: (pollutant, averaging time in s, SI value). Days without any are left out.
pub fn concentrations(
    observed: &Observed,
    station: &str,
    utc_offset_s: i64,
) -> BTreeMap<Time, Vec<(Pollutant, i64, f64)>> {
    let mut days: BTreeMap<Time, Vec<(Pollutant, i64, f64)>> = BTreeMap::new();
    for (pollutant, scored_s) in super::hj633::ITEMS {
        let values = read(observed, station, pollutant);
        let starts = values.day.keys().chain(values.eight.keys()).chain(values.hour.keys());
        let midnights: BTreeSet<Time> = starts.map(|t| t.midnight(utc_offset_s)).collect();
        for midnight in midnights {
            let mut note = |averaging_s: i64, value: Option<f64>| {
                if let Some(value) = value {
                    days.entry(midnight).or_default().push((pollutant, averaging_s, value));
                }
            };
            if scored_s == DAY {
                note(DAY, values.day_mean(midnight));
            } else {
                note(EIGHT_HOURS, values.greatest_of_eight(midnight));
                note(HOUR, values.greatest_hour(midnight));
            }
        }
    }
    days
}

/// The day that starts at a midnight.
pub fn day_of(midnight: Time) -> Period {
    Period { start: midnight, end: Time(midnight.0 + DAY) }
}

fn read(observed: &Observed, station: &str, pollutant: Pollutant) -> Values {
    let of = |averaging_s: i64| {
        let series = observed.find(station, pollutant, averaging_s);
        series.map(|s| s.usable().map(|(p, v)| (p.start, v)).collect()).unwrap_or_default()
    };
    Values { day: of(DAY), eight: of(EIGHT_HOURS), hour: of(HOUR) }
}

impl Values {
    fn hours(&self, from: Time, count: i64) -> impl Iterator<Item = f64> {
        self.hour.range(from..Time(from.0 + count * HOUR)).map(|(_, v)| *v)
    }

    fn day_mean(&self, midnight: Time) -> Option<f64> {
        self.day.get(&midnight).copied().or_else(|| mean(self.hours(midnight, 24), LEAST_HOURS))
    }

    fn greatest_of_eight(&self, midnight: Time) -> Option<f64> {
        let last_start = Time(midnight.0 + 16 * HOUR);
        let stated: Vec<f64> = self.eight.range(midnight..=last_start).map(|(_, v)| *v).collect();
        // One stated 8 h value is the day's maximum; several are running means.
        let running = match stated.len() {
            1 => return stated.first().copied(),
            0 => (0..=16)
                .filter_map(|h| mean(self.hours(Time(midnight.0 + h * HOUR), 8), LEAST_OF_EIGHT))
                .collect::<Vec<f64>>(),
            _ => stated,
        };
        if running.len() < LEAST_RUNNING_MEANS {
            return None;
        }
        running.into_iter().reduce(f64::max)
    }

    fn greatest_hour(&self, midnight: Time) -> Option<f64> {
        let hours: Vec<f64> = self.hours(midnight, 24).collect();
        if hours.len() < LEAST_HOURS {
            return None;
        }
        hours.into_iter().reduce(f64::max)
    }
}

fn mean(values: impl Iterator<Item = f64>, least: usize) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    (n >= least).then(|| sum / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Flag, Sample, Series};
    use crate::region::pollutant::Medium;

    fn observed(pollutant: Pollutant, averaging_s: i64, values: &[(i64, f64)]) -> Observed {
        let samples = values
            .iter()
            .map(|(hour, v)| Sample {
                period: Period { start: Time(hour * HOUR), end: Time(hour * HOUR + averaging_s) },
                value: Some(v * 1e-9),
                flag: Flag::Ok,
                line: 1,
            })
            .collect();
        let series = Series { receptor: "x".into(), medium: Medium::Air, pollutant, averaging_s, samples };
        Observed { series: vec![series] }
    }

    fn first_day(observed: &Observed) -> Vec<(Pollutant, i64, f64)> {
        concentrations(observed, "x", 0).remove(&Time(0)).unwrap_or_default()
    }

    #[test]
    fn a_day_needs_twenty_hours() {
        let hours: Vec<(i64, f64)> = (0..20).map(|h| (h, 10.0 + h as f64)).collect();
        // Mean of 10, 11, …, 29 = 19.5.
        let full = first_day(&observed(Pollutant::Pm25, HOUR, &hours));
        assert!(matches!(full.as_slice(), [(Pollutant::Pm25, DAY, v)] if (v - 19.5e-9).abs() < 1e-20), "{full:?}");
        assert!(first_day(&observed(Pollutant::Pm25, HOUR, &hours[1..])).is_empty());
    }

    #[test]
    fn eight_hour_ozone_is_the_greatest_running_mean() {
        // C_h = h: the mean of hours 16…23 is 19.5; the greatest hour is 23.
        let hours: Vec<(i64, f64)> = (0..24).map(|h| (h, h as f64)).collect();
        let day = first_day(&observed(Pollutant::O3, HOUR, &hours));
        assert_eq!(day.len(), 2);
        assert!((day[0].2 - 19.5e-9).abs() < 1e-20 && day[0].1 == EIGHT_HOURS, "{day:?}");
        assert!((day[1].2 - 23e-9).abs() < 1e-20 && day[1].1 == HOUR, "{day:?}");
        // Hours 0–11 only: nine running means have six hours or more, fewer than 14.
        assert!(first_day(&observed(Pollutant::O3, HOUR, &hours[..12])).is_empty());
        let stated = first_day(&observed(Pollutant::O3, EIGHT_HOURS, &[(0, 120.0)]));
        assert_eq!(stated.len(), 1);
    }
}
