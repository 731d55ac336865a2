//! Observe (观测): readings of the case become flagged series.
//!
//! Nothing is lost and nothing is deleted: every reading of the table stands in its series with a flag, and every period
//! without a reading stands there as `missing`. Later verbs use what is flagged [`Flag::Ok`].

pub mod weather;

use crate::region::Case;
use crate::region::calendar::{DAY, Period, Time};
use crate::region::event::Reading;
use crate::region::pollutant::{Medium, Pollutant};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is known about one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// Fit for use.
    Ok,
    /// No value for this period.
    Missing,
    /// Outside the plausible range of the pollutant table.
    Range,
    /// The same period and the same value stand on an earlier line.
    Duplicate,
    /// The same period stands on an earlier line with another value; the earlier one is used.
    Conflict,
    /// The time lies outside the period of the case.
    Outside,
}

/// Every flag, with its wording.
pub const FLAGS: [(Flag, &str, &str, &str); 6] = [
    (Flag::Ok, "ok", "有效", "fit for use"),
    (Flag::Missing, "missing", "缺测", "no value for this period"),
    (Flag::Range, "range", "超出合理范围", "outside the plausible range"),
    (Flag::Duplicate, "duplicate", "重复", "repeats an earlier line"),
    (Flag::Conflict, "conflict", "重复且数值不一", "contradicts an earlier line, which is used"),
    (Flag::Outside, "outside", "时段之外", "outside the period of the case"),
];

impl Flag {
    /// The word in tables.
    pub fn id(self) -> &'static str {
        FLAGS[self as usize].1
    }
}

/// One reading with its flag.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
    /// The period it stands for.
    pub period: Period,
    /// SI value; kept whatever the flag.
    pub value: Option<f64>,
    /// What is known about it.
    pub flag: Flag,
    /// Line in its table; 0 where the period has no row.
    pub line: u64,
}

/// The flagged readings of one receptor and pollutant.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// Station or section.
    pub receptor: String,
    /// Air or water.
    pub medium: Medium,
    /// What is measured.
    pub pollutant: Pollutant,
    /// Averaging time, s (0 = a month).
    pub averaging_s: i64,
    /// By time, then line.
    pub samples: Vec<Sample>,
}

impl Series {
    /// The usable values, in time order.
    pub fn usable(&self) -> impl Iterator<Item = (Period, f64)> {
        self.samples.iter().filter(|s| s.flag == Flag::Ok).filter_map(|s| s.value.map(|v| (s.period, v)))
    }

    /// Mean of the usable values that lie wholly inside a period, and how many there are.
    pub fn mean(&self, period: Period) -> Option<(f64, usize)> {
        let inside: Vec<f64> =
            self.usable().filter(|(p, _)| period.start <= p.start && p.end <= period.end).map(|(_, v)| v).collect();
        (!inside.is_empty()).then(|| (inside.iter().sum::<f64>() / inside.len() as f64, inside.len()))
    }
}

/// All series of a case.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Observed {
    /// By medium, receptor, pollutant, averaging time.
    pub series: Vec<Series>,
}

impl Observed {
    /// The series of one receptor.
    pub fn find(&self, receptor: &str, pollutant: Pollutant, averaging_s: i64) -> Option<&Series> {
        self.series.iter().find(|s| s.receptor == receptor && s.pollutant == pollutant && s.averaging_s == averaging_s)
    }

    /// The series of one section.
    pub fn section(&self, receptor: &str, pollutant: Pollutant) -> Option<&Series> {
        self.series.iter().find(|s| s.medium == Medium::Water && s.receptor == receptor && s.pollutant == pollutant)
    }

    /// How many samples carry each flag, by medium.
    pub fn counts(&self) -> BTreeMap<(Medium, Flag), usize> {
        let mut counts = BTreeMap::new();
        for series in &self.series {
            for sample in &series.samples {
                *counts.entry((series.medium, sample.flag)).or_default() += 1;
            }
        }
        counts
    }
}

/// Reads the case's measurements into flagged series.
pub fn read(case: &Case) -> Observed {
    let zone = case.settings.utc_offset_s;
    let air = case.air_readings.iter().map(|((station, pollutant, seconds), readings)| {
        flag_series(station, *pollutant, *seconds, readings, case.settings.air_period, zone)
    });
    let water = case.water_readings.iter().map(|((section, pollutant), readings)| {
        let monthly = readings.iter().any(|r| r.seconds != DAY);
        flag_series(section, *pollutant, if monthly { 0 } else { DAY }, readings, case.settings.water_period, zone)
    });
    Observed { series: air.chain(water).collect() }
}

fn flag_series(
    receptor: &str,
    pollutant: Pollutant,
    averaging_s: i64,
    readings: &[Reading],
    period: Option<Period>,
    zone: i64,
) -> Series {
    let (low, high) = pollutant.spec().plausible;
    let mut in_time: Vec<&Reading> = readings.iter().collect();
    in_time.sort_by_key(|r| (r.time, r.line));
    let mut samples: Vec<Sample> = Vec::with_capacity(in_time.len());
    let mut first_of: BTreeMap<Time, Option<f64>> = BTreeMap::new();
    for reading in in_time {
        let span = Period { start: reading.time, end: Time(reading.time.0 + reading.seconds) };
        let flag = match (first_of.get(&reading.time), reading.value) {
            (Some(Some(earlier)), Some(value)) if *earlier != value => Flag::Conflict,
            (Some(Some(_)), _) => Flag::Duplicate,
            (_, None) => Flag::Missing,
            _ if period.is_some_and(|p| !p.contains(span.start)) => Flag::Outside,
            (_, Some(value)) if !(low..=high).contains(&pollutant.printed(value)) => Flag::Range,
            _ => Flag::Ok,
        };
        first_of.entry(reading.time).and_modify(|v| *v = v.or(reading.value)).or_insert(reading.value);
        samples.push(Sample { period: span, value: reading.value, flag, line: reading.line });
    }
    if let Some(period) = period {
        let mut at = period.start;
        while at < period.end {
            let next = if averaging_s == 0 { at.next_month(zone) } else { Time(at.0 + averaging_s) };
            if next <= period.end && !first_of.contains_key(&at) {
                samples.push(Sample {
                    period: Period { start: at, end: next },
                    value: None,
                    flag: Flag::Missing,
                    line: 0,
                });
            }
            at = next;
        }
    }
    samples.sort_by_key(|s| (s.period.start, s.line));
    Series { receptor: receptor.into(), medium: pollutant.spec().medium, pollutant, averaging_s, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(day: i64, value: Option<f64>, line: u64) -> Reading {
        Reading { time: Time(day * DAY), seconds: DAY, value: value.map(|v| v * 1e-9), line }
    }

    #[test]
    fn every_reading_is_kept_and_every_gap_is_named() {
        let period = Period { start: Time(0), end: Time(5 * DAY) };
        let readings = [
            reading(0, Some(50.0), 2),
            reading(0, Some(50.0), 3),
            reading(1, Some(9999.0), 4),
            reading(3, None, 5),
            reading(0, Some(51.0), 6),
            reading(9, Some(40.0), 7),
        ];
        let series = flag_series("x", Pollutant::Pm25, DAY, &readings, Some(period), 0);
        let flags: Vec<(i64, Flag)> = series.samples.iter().map(|s| (s.period.start.0 / DAY, s.flag)).collect();
        use Flag::{Conflict, Duplicate, Missing, Ok, Outside, Range};
        assert_eq!(
            flags,
            [
                (0, Ok),
                (0, Duplicate),
                (0, Conflict),
                (1, Range),
                (2, Missing),
                (3, Missing),
                (4, Missing),
                (9, Outside)
            ]
        );
        assert_eq!(series.usable().count(), 1);
    }
}
