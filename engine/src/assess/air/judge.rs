//! A table of readings judged by a rule: one verdict for every station and time.
//!
//! What a row is follows from the averaging times that stand at it: a 1 h value of anything but ozone makes it an hour,
//! otherwise it is a day (where the day's greatest 1 h ozone may stand beside its 8 h value). Ozone alone at 1 h is an hour.
//! Running means that an hour needs and that are not given are made from the station's own earlier hours:
//!
//! ```text
//! HJ 633-2012   24 h particles, at least 20 hours; 8 h ozone, at least 6                    (completeness as for a day)
//! US            NowCast of particles over 12 h; 8 h ozone and CO, at least 6 hours          (ours, in place of EPA's ozone NowCast)
//! ```
//!
//! A rule named without its year (`HJ 633`) is the edition in force on the day of each row; a rule named with its year is
//! used for every day, whatever the day.

use super::aggregate::Stamp;
use super::european::{self, Bands};
use super::limits;
use super::own;
use super::us_aqi::{self, UsIndex};
use crate::assess::edition::{self, Edition};
use crate::assess::hj633::{self, Breakpoints};
use crate::assess::rules;
use crate::problem::{Error, Result};
use crate::region::calendar::{DAY, HOUR, Period, Time};
use crate::region::pollutant::Pollutant;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

const EIGHT_HOURS: i64 = 8 * HOUR;

/// One reading of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading<'a> {
    /// Where.
    pub station: &'a str,
    /// As stamped.
    pub time: Time,
    /// What.
    pub pollutant: Pollutant,
    /// Over how long, s.
    pub averaging_s: i64,
    /// kg m⁻³; `None` = missing.
    pub value: Option<f64>,
}

/// What one station's readings at one time amount to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Where.
    pub station: String,
    /// As stamped.
    pub time: Time,
    /// 3,600 for an hour, 86,400 for a day.
    pub averaging_s: i64,
    /// The index (for European bands the band); `None` where there is none or the rule says `NA`.
    pub index: Option<u16>,
    /// Category 1 to 6 of an index; for limits the level kept, 1 the strictest.
    pub category: Option<u8>,
    /// Primary pollutants; for limits those of the worst level.
    pub primary: Vec<Pollutant>,
    /// Sub-index, band or level of each pollutant.
    pub sub_indices: Vec<(Pollutant, u16)>,
    /// The running means that were made for it, with the hours behind each.
    pub coverage: Vec<Coverage>,
    /// The rule that made it; empty where no edition was found.
    pub rule: String,
}

/// From how much a mean was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What.
    pub pollutant: Pollutant,
    /// Over how long, s.
    pub averaging_s: i64,
    /// Hours (or running means) there were.
    pub there: usize,
    /// What there would be without gaps.
    pub expected: usize,
}

/// A rule that can judge a row.
enum Scale {
    Hj633(Box<Breakpoints>),
    Us(UsIndex),
    European(Bands),
    Limits(&'static str),
}

/// The editions that a table is judged by.
pub struct Rules {
    editions: Vec<(Edition, String, Scale)>,
    zone: i64,
    stamp: Stamp,
    days: bool,
}

impl Rules {
    /// By identifier, by name without the year, or by the path of a rule of one's own (`….csv`).
    pub fn named(text: &str, utc_offset_s: i64, stamp: Stamp) -> Result<Rules> {
        if text.to_lowercase().ends_with(".csv") {
            return Ok(Rules::own(own::read(Path::new(text))?, utc_offset_s, stamp));
        }
        let found = rules::named(text);
        let scale = |rule: &rules::Rule| {
            let scale = match rule.id {
                us_aqi::RULE => Scale::Us(UsIndex::table()),
                european::RULE => Scale::European(Bands::table()),
                limits::GB_2012 | limits::GB_2026 | limits::WHO | limits::EU => Scale::Limits(rule.id),
                other => Scale::Hj633(Box::new(Breakpoints::of(other)?)),
            };
            Some((edition::edition(rule, utc_offset_s), rule.id.to_string(), scale))
        };
        let editions: Vec<_> = found.iter().filter_map(scale).collect();
        if editions.is_empty() {
            let why = if found.is_empty() { "is not a rule of the register" } else { "does not judge single readings" };
            let usable: Vec<&str> = rules::rules().iter().filter(|r| scale(r).is_some()).map(|r| r.id).collect();
            return Err(Error::Stage(format!(
                "{text} {why}; use one of {}, a name without its year, or a CSV file of breakpoints",
                usable.join(", ")
            )));
        }
        Ok(Rules { editions, zone: utc_offset_s, stamp, days: false })
    }

    /// A rule of one's own, for every day.
    pub fn own(rule: Breakpoints, utc_offset_s: i64, stamp: Stamp) -> Rules {
        let edition = Edition { rule: "", subject: "", from: None, to: None };
        let name = rule.rule.clone();
        Rules { editions: vec![(edition, name, Scale::Hj633(Box::new(rule)))], zone: utc_offset_s, stamp, days: false }
    }

    /// The same rules, for a table in which every row is a day ([`super::whole_days`]), also where greatest hours stand in it.
    /// The European bands are of hours and refuse.
    pub fn of_days(self) -> Result<Rules> {
        if self.editions.iter().any(|(_, _, scale)| matches!(scale, Scale::European(_))) {
            return Err(Error::Stage(format!("{} is an index of hours; judge the hours themselves", european::RULE)));
        }
        Ok(Rules { days: true, stamp: Stamp::Start, ..self })
    }

    /// The edition for a period: the only one, or the one in force.
    fn on(&self, period: Period) -> Option<(&str, &Scale)> {
        let all: Vec<Edition> = self.editions.iter().map(|(e, ..)| *e).collect();
        let (_, name, scale) = match self.editions.as_slice() {
            [only] => only,
            several => {
                let (first, ..) = several.first()?;
                let chosen = edition::in_force(&all, first.subject, period)?;
                several.iter().find(|(e, ..)| e == chosen)?
            }
        };
        Some((name, scale))
    }
}

/// (pollutant, averaging time in s, SI value) of one station and time.
type Values = Vec<(Pollutant, i64, f64)>;

/// Usable 1 h values of one station and pollutant by stamp.
type Hours<'a> = BTreeMap<(&'a str, Pollutant), BTreeMap<Time, f64>>;

/// Limits of a rule in force on the local day that starts at a moment: read once a day, not once a row.
type LimitsOfDay = BTreeMap<(&'static str, Time), Vec<limits::Limit>>;

/// Judges a table: a verdict for every station and time, in the order in which they first stand in it.
pub fn judge(readings: &[Reading<'_>], by: &Rules) -> Vec<Verdict> {
    let mut at: BTreeMap<(&str, Time), usize> = BTreeMap::new();
    let mut rows: Vec<(&str, Time, Values)> = Vec::new();
    let mut hours: Hours<'_> = BTreeMap::new();
    for r in readings {
        let place = *at.entry((r.station, r.time)).or_insert_with(|| {
            rows.push((r.station, r.time, Vec::new()));
            rows.len() - 1
        });
        let Some(value) = r.value.filter(|v| v.is_finite() && *v >= 0.0) else { continue };
        let Some((_, _, values)) = rows.get_mut(place) else { continue };
        if !values.iter().any(|(p, s, _)| (*p, *s) == (r.pollutant, r.averaging_s)) {
            values.push((r.pollutant, r.averaging_s, value));
            if r.averaging_s == HOUR {
                hours.entry((r.station, r.pollutant)).or_default().insert(r.time, value);
            }
        }
    }
    let mut of_day: LimitsOfDay = BTreeMap::new();
    rows.into_iter().map(|(station, time, values)| verdict(station, time, values, &hours, by, &mut of_day)).collect()
}

fn verdict(
    station: &str,
    time: Time,
    mut values: Values,
    hours: &Hours<'_>,
    by: &Rules,
    of_day: &mut LimitsOfDay,
) -> Verdict {
    let hourly = !by.days
        && (values.iter().any(|(p, s, _)| *s == HOUR && *p != Pollutant::O3)
            || !values.is_empty() && values.iter().all(|(_, s, _)| *s == HOUR));
    let averaging_s = if hourly { HOUR } else { DAY };
    let mut found = Verdict {
        station: station.to_string(),
        time,
        averaging_s,
        index: None,
        category: None,
        primary: Vec::new(),
        sub_indices: Vec::new(),
        coverage: Vec::new(),
        rule: String::new(),
    };
    let period = by.stamp.period(time, averaging_s);
    let Some((name, scale)) = by.on(period) else { return found };
    found.rule = name.to_string();
    let mut coverage = Vec::new();
    let mut back = |pollutant: Pollutant, averaging_s: i64| {
        let least = if averaging_s == DAY { 20 } else { 6 };
        let (mean, there) = running(hours, station, pollutant, time, averaging_s / HOUR)?;
        let expected = usize::try_from(averaging_s / HOUR).unwrap_or_default();
        coverage.push(Coverage { pollutant, averaging_s, there, expected });
        Some(mean).filter(|_| there >= least)
    };
    match scale {
        Scale::Hj633(table) => {
            if hourly {
                for item in table.clauses.hour.iter().filter(|i| i.averaging_s != HOUR) {
                    if !values.iter().any(|(p, s, _)| (*p, *s) == (item.pollutant, item.averaging_s)) {
                        let mean = back(item.pollutant, item.averaging_s);
                        values.extend(mean.map(|v| (item.pollutant, item.averaging_s, v)));
                    }
                }
            }
            let scored = if hourly { table.hour(&values) } else { table.day(&values) };
            found.index = scored.index;
            found.category = scored.index.map(hj633::category);
            found.primary = scored.primary;
            found.sub_indices = scored.sub_indices;
        }
        Scale::Us(table) => {
            for (p, s, v) in &values {
                note(&mut found.sub_indices, *p, table.sub_index(*p, *s, *v));
                if *s != HOUR {
                    continue;
                }
                if us_aqi::has_nowcast(*p) {
                    let now = nowcast(hours, station, *p, time);
                    note(&mut found.sub_indices, *p, now.and_then(|v| table.sub_index(*p, us_aqi::NOWCAST_CURVE_S, v)));
                } else if hourly && !values.iter().any(|(q, t, _)| (q, *t) == (p, EIGHT_HOURS)) {
                    let mean = back(*p, EIGHT_HOURS);
                    note(&mut found.sub_indices, *p, mean.and_then(|v| table.sub_index(*p, EIGHT_HOURS, v)));
                }
            }
            found.take_worst();
            found.category = found.index.map(hj633::category);
        }
        Scale::European(bands) => {
            for (p, _, v) in values.iter().filter(|(_, s, _)| *s == HOUR) {
                note(&mut found.sub_indices, *p, bands.band(*p, *v));
            }
            found.take_worst();
            found.category = found.index.and_then(|i| u8::try_from(i).ok());
        }
        Scale::Limits(rule) => {
            let midnight = period.start.midnight(by.zone);
            let limits = of_day.entry((*rule, midnight)).or_insert_with(|| limits::in_force(rule, midnight, by.zone));
            for (p, s, v) in &values {
                let name = match *s {
                    HOUR => "1h",
                    DAY => "24h",
                    _ => "MDA8",
                };
                note(&mut found.sub_indices, *p, limits::level(limits, *p, name, *v).map(u16::from));
            }
            found.take_worst();
            found.category = found.index.take().and_then(|i| u8::try_from(i).ok());
            if found.category == Some(1) {
                found.primary.clear();
            }
        }
    }
    found.coverage = coverage;
    found
}

impl Verdict {
    fn take_worst(&mut self) {
        self.sub_indices.sort();
        self.index = self.sub_indices.iter().map(|(_, i)| *i).max();
        self.primary = self.sub_indices.iter().filter(|(_, i)| Some(*i) == self.index).map(|(p, _)| *p).collect();
    }
}

/// Keeps the worst of a pollutant's sub-indices.
fn note(list: &mut Vec<(Pollutant, u16)>, pollutant: Pollutant, index: Option<u16>) {
    let Some(index) = index else { return };
    match list.iter_mut().find(|(p, _)| *p == pollutant) {
        Some((_, worst)) => *worst = (*worst).max(index),
        None => list.push((pollutant, index)),
    }
}

/// Mean of the last `count` hours that end with the one stamped `time`, and how many there were.
fn running(hours: &Hours<'_>, station: &str, p: Pollutant, time: Time, count: i64) -> Option<(f64, usize)> {
    let own = hours.get(&(station, p))?;
    let (sum, n) =
        own.range(Time(time.0 - (count - 1) * HOUR)..=time).fold((0.0, 0usize), |(sum, n), (_, v)| (sum + v, n + 1));
    (n > 0).then(|| (sum / n as f64, n))
}

fn nowcast(hours: &Hours<'_>, station: &str, p: Pollutant, time: Time) -> Option<f64> {
    let own = hours.get(&(station, p))?;
    let latest_first: Vec<Option<f64>> =
        (0..us_aqi::NOWCAST_HOURS as i64).map(|k| own.get(&Time(time.0 - k * HOUR)).copied()).collect();
    us_aqi::nowcast(&latest_first)
}

/// Averaging time of a pollutant in a wide table, which names none: hours where the stamps are not all local midnights,
/// else days, with ozone as the day's greatest 8 h mean.
pub fn wide_averaging(pollutant: Pollutant, stamps: &[Time], utc_offset_s: i64) -> i64 {
    if stamps.iter().any(|t| t.midnight(utc_offset_s) != *t) {
        HOUR
    } else if pollutant == Pollutant::O3 {
        EIGHT_HOURS
    } else {
        DAY
    }
}
