//! The tables of `assess year`: items, places, months and days.

use super::table;
use crate::manners::{Desk, Failure};
use crate::output::number::{number, optional};
use liankong_engine::assess::air::aggregate;
use liankong_engine::assess::air::annual::{self, CityYear, MeanDays, Rolling};
use liankong_engine::assess::air::evaluation::{self, Side, Statistic};
use liankong_engine::assess::air::exceedance::Exceedances;
use liankong_engine::assess::air::limits::STATE_298_FROM;
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::{Period, Time};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One item of the answer.
#[derive(Serialize)]
pub struct ItemLine {
    code: String,
    level: &'static str,
    year: String,
    pollutant: &'static str,
    statistic: String,
    value: f64,
    unit: &'static str,
    limit: f64,
    meets: Option<bool>,
    days: Option<usize>,
    coverage: Option<f64>,
    valid: Option<bool>,
    left_out: Option<usize>,
    change: Option<f64>,
    change_note: String,
    rules: String,
}

/// Their columns.
pub const ITEM_COLUMNS: [&str; 16] = [
    "code",
    "level",
    "year",
    "pollutant",
    "statistic",
    "value",
    "unit",
    "limit",
    "meets",
    "days",
    "coverage",
    "valid",
    "left_out",
    "change",
    "change_note",
    "rules",
];

impl ItemLine {
    /// The row of the table.
    pub fn cells(&self) -> Vec<String> {
        let bool = |b: Option<bool>| b.map_or(String::new(), |b| b.to_string());
        vec![
            self.code.clone(),
            self.level.into(),
            self.year.clone(),
            self.pollutant.into(),
            self.statistic.clone(),
            number(self.value),
            self.unit.into(),
            number(self.limit),
            bool(self.meets),
            self.days.map_or(String::new(), |d| d.to_string()),
            optional(self.coverage),
            bool(self.valid),
            self.left_out.map_or(String::new(), |n| n.to_string()),
            optional(self.change),
            self.change_note.clone(),
            self.rules.clone(),
        ]
    }
}

/// A code's year in one line.
#[derive(Serialize)]
pub struct PlaceLine {
    code: String,
    level: &'static str,
    year: String,
    index: Option<f64>,
    place: Option<usize>,
    index_without_dust: Option<f64>,
    place_without_dust: Option<usize>,
    primary: String,
    dust_days: usize,
    days: usize,
    good_share: Option<f64>,
    heavy_days: usize,
    rules: String,
}

/// Their columns.
pub const PLACE_COLUMNS: [&str; 13] = [
    "code",
    "level",
    "year",
    "index",
    "place",
    "index_without_dust",
    "place_without_dust",
    "primary",
    "dust_days",
    "days",
    "good_share",
    "heavy_days",
    "rules",
];

impl PlaceLine {
    /// The row of the table.
    pub fn cells(&self) -> Vec<String> {
        let place = |p: Option<usize>| p.map_or(String::new(), |p| p.to_string());
        vec![
            self.code.clone(),
            self.level.into(),
            self.year.clone(),
            optional(self.index),
            place(self.place),
            optional(self.index_without_dust),
            place(self.place_without_dust),
            self.primary.clone(),
            self.dust_days.to_string(),
            self.days.to_string(),
            optional(self.good_share),
            self.heavy_days.to_string(),
            self.rules.clone(),
        ]
    }
}

fn statistic(s: Statistic) -> String {
    match s {
        Statistic::Mean => "mean".into(),
        Statistic::Percentile(p) => format!("P{p}"),
    }
}

/// Means of each city over days or months, as a table.
pub fn means(
    cities: &BTreeMap<&str, MeanDays>,
    period: &str,
    digits: usize,
    over: impl Fn(&[aggregate::Mean]) -> Vec<aggregate::Mean>,
    zone: i64,
) -> Result<String, Failure> {
    let columns = ["code", period, "pollutant", "value", "unit", "there", "expected", "coverage"];
    let mut rows = Vec::new();
    for (code, pollutant, list) in cities.iter().flat_map(|(c, days)| days.iter().map(move |(p, list)| (c, p, list))) {
        for mean in over(list) {
            let date = mean.period.start.date(zone);
            rows.push(vec![
                code.to_string(),
                date.get(..digits).unwrap_or(&date).to_string(),
                pollutant.spec().id.into(),
                optional(mean.value.map(|v| pollutant.printed(v))),
                pollutant.spec().unit.into(),
                mean.there.to_string(),
                mean.expected.to_string(),
                number(mean.coverage()),
            ]);
        }
    }
    table(&columns, rows.into_iter())
}

fn year_name(year: Period, zone: i64) -> String {
    year.start.date(zone).get(..4).unwrap_or_default().to_string()
}

/// `city`, `member` or `region`.
fn level(code: &str, parent: &BTreeMap<&str, &str>) -> &'static str {
    if code.is_empty() {
        "region"
    } else if parent.values().any(|m| *m == code) {
        "member"
    } else {
        "city"
    }
}

/// How the items are told.
pub struct Asked<'a> {
    /// Where.
    pub desk: &'a Desk,
    /// Zone of days.
    pub zone: i64,
    /// Whether every gas was brought to 298.15 K.
    pub state_298: bool,
}

/// The items of every city, member and the region, with their change on the year before where the two can be compared.
pub fn items(
    years: &[CityYear],
    parent: &BTreeMap<&str, &str>,
    stations: &impl Fn(&str, Period) -> BTreeSet<String>,
    asked: &Asked<'_>,
) -> Vec<ItemLine> {
    let (desk, zone) = (asked.desk, asked.zone);
    let mut lines = Vec::new();
    for y in years {
        let before = years.iter().find(|b| b.code == y.code && b.year.end == y.year.start);
        for i in &y.items {
            let p = i.item.pollutant;
            let side = |y: &CityYear, value: f64| Side {
                value,
                stations: stations(&y.code, y.year),
                rule: y.rule.clone(),
                state_298: asked.state_298 || state_298(p, y.year, zone),
                dust_left_out: false,
            };
            let same = |o: &&annual::Item| (o.item.pollutant, o.item.statistic) == (p, i.item.statistic);
            let change = before.and_then(|b| {
                let earlier = b.items.iter().find(same)?;
                Some(evaluation::year_on_year(&side(b, earlier.item.value), &side(y, i.item.value)))
            });
            let (change, change_note) = match change {
                Some(Ok(change)) => (Some(change), String::new()),
                Some(Err((zh, en))) => (None, desk.language.pick(&zh, &en).to_string()),
                None => (None, String::new()),
            };
            lines.push(ItemLine {
                code: y.code.clone(),
                level: "city",
                year: year_name(y.year, zone),
                pollutant: p.spec().id,
                statistic: statistic(i.item.statistic),
                value: p.printed(i.item.value),
                unit: p.spec().unit,
                limit: p.printed(i.item.limit),
                meets: Some(i.item.meets),
                days: Some(i.there),
                coverage: Some(i.there as f64 / i.expected.max(1) as f64),
                valid: Some(i.valid),
                left_out: Some(y.events.get(&p).copied().unwrap_or(0)),
                change,
                change_note,
                rules: y.rule.clone(),
            });
        }
        for e in &y.exceedances {
            lines.push(ItemLine {
                code: y.code.clone(),
                level: "city",
                year: year_name(y.year, zone),
                pollutant: e.pollutant.spec().id,
                statistic: levels(e),
                value: e.value,
                unit: unit(e),
                limit: if unit(e) == e.pollutant.spec().unit { e.limit } else { permitted(e) },
                meets: e.kept,
                days: Some(e.there),
                coverage: None,
                valid: None,
                left_out: None,
                change: None,
                change_note: String::new(),
                rules: e.rule.into(),
            });
        }
    }
    lines.extend(above(years, parent, zone));
    lines
}

/// A year against a level in words: `24h days above AQG 15`, `1h hours above limit 200`, `annual mean by AQG`.
fn levels(e: &Exceedances) -> String {
    match e.averaging {
        "annual" | "peak season" => format!("{} mean by {}", e.averaging, e.level),
        "1h" => format!("1h hours above {} {}", e.level, number(e.limit)),
        averaging => format!("{averaging} days above {} {}", e.level, number(e.limit)),
    }
}

/// Days or hours that are permitted.
fn permitted(e: &Exceedances) -> f64 {
    match e.permitted {
        "P99" => (e.there / 100) as f64,
        number => number.parse().unwrap_or(f64::NAN),
    }
}

/// `d`, `h`, or that of the pollutant.
fn unit(e: &Exceedances) -> &'static str {
    match e.averaging {
        "annual" | "peak season" => e.pollutant.spec().unit,
        "1h" => "h",
        _ => "d",
    }
}

/// Means over years in a row.
pub fn rolling(list: &[Rolling], count: u8, zone: i64) -> Vec<ItemLine> {
    list.iter()
        .map(|r| {
            let p = r.item.pollutant;
            ItemLine {
                code: r.code.clone(),
                level: "city",
                year: year_name(r.year, zone),
                pollutant: p.spec().id,
                statistic: format!("{}, {count} years (unverified)", statistic(r.item.statistic)),
                value: p.printed(r.item.value),
                unit: p.spec().unit,
                limit: p.printed(r.item.limit),
                meets: Some(r.item.meets),
                days: None,
                coverage: None,
                valid: Some(r.valid),
                left_out: None,
                change: None,
                change_note: String::new(),
                rules: r.rule.clone(),
            }
        })
        .collect()
}

/// Gases of a year that begins before the change of the reference state are at 273 K in part or whole.
fn state_298(pollutant: Pollutant, year: Period, zone: i64) -> bool {
    let particle = matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25);
    particle || Time::parse(STATE_298_FROM, zone).is_none_or(|from| year.start >= from)
}

/// Items of members and the region: the mean of their cities' values.
fn above(years: &[CityYear], parent: &BTreeMap<&str, &str>, zone: i64) -> Vec<ItemLine> {
    type Key = (Period, usize, String);
    let mut parts: BTreeMap<Key, BTreeMap<&str, f64>> = BTreeMap::new();
    let mut limit: BTreeMap<(Period, usize), f64> = BTreeMap::new();
    for y in years {
        for i in &y.items {
            let is = |(p, s, _): &(Pollutant, Statistic, &str)| (*p, *s) == (i.item.pollutant, i.item.statistic);
            let Some(k) = evaluation::ITEMS.iter().position(is) else { continue };
            parts.entry((y.year, k, y.rule.clone())).or_default().insert(&y.code, i.item.value);
            limit.insert((y.year, k), i.item.limit);
        }
    }
    let mut lines = Vec::new();
    for ((year, k, rules), values) in &parts {
        let (Some((p, s, _)), Some(limit)) = (evaluation::ITEMS.get(*k), limit.get(&(*year, *k))) else { continue };
        for (code, value) in aggregate::upward(values, parent) {
            if values.contains_key(code) {
                continue;
            }
            lines.push(ItemLine {
                code: code.into(),
                level: level(code, parent),
                year: year_name(*year, zone),
                pollutant: p.spec().id,
                statistic: statistic(*s),
                value: p.printed(value),
                unit: p.spec().unit,
                limit: p.printed(*limit),
                // A limit holds for a place, not for the mean of several.
                meets: None,
                days: None,
                coverage: None,
                valid: None,
                left_out: None,
                change: None,
                change_note: String::new(),
                rules: rules.clone(),
            });
        }
    }
    lines
}

/// Index, place and days of every city, member and the region; places are among the cities of a year.
pub fn places(years: &[CityYear], parent: &BTreeMap<&str, &str>, zone: i64) -> Vec<PlaceLine> {
    let periods: BTreeSet<Period> = years.iter().map(|y| y.year).collect();
    let mut lines = Vec::new();
    for period in periods {
        let own: Vec<&CityYear> = years.iter().filter(|y| y.year == period).collect();
        let ranked = |of: fn(&CityYear) -> Option<f64>| -> BTreeMap<String, usize> {
            let list: Vec<(&str, Option<f64>)> = own.iter().map(|y| (y.code.as_str(), of(y))).collect();
            evaluation::ranking(&list).into_iter().map(|(place, code, _)| (code, place)).collect()
        };
        let (kept, without) = (ranked(|y| y.index.index), ranked(|y| y.without_dust.index));
        for y in &own {
            let primary: Vec<&str> = y.index.primary.iter().map(|p| p.spec().id).collect();
            lines.push(PlaceLine {
                code: y.code.clone(),
                level: "city",
                year: year_name(period, zone),
                index: y.index.index,
                place: kept.get(&y.code).copied(),
                index_without_dust: y.without_dust.index,
                place_without_dust: without.get(&y.code).copied(),
                primary: if y.index.index.is_some() { primary.join(";") } else { String::new() },
                dust_days: y.dust_days,
                days: y.count.judged(),
                good_share: y.count.good_share(),
                heavy_days: y.count.heavy(),
                rules: y.index_rules.iter().cloned().collect::<Vec<_>>().join(";"),
            });
        }
        let days: Vec<(&str, u16)> =
            own.iter().flat_map(|y| y.daily.iter().map(|(_, i)| (y.code.as_str(), *i))).collect();
        for (code, count) in evaluation::count_days(&days, parent) {
            if own.iter().any(|y| y.code == code) {
                continue;
            }
            lines.push(PlaceLine {
                code: code.into(),
                level: level(code, parent),
                year: year_name(period, zone),
                index: None,
                place: None,
                index_without_dust: None,
                place_without_dust: None,
                primary: String::new(),
                dust_days: 0,
                days: count.judged(),
                good_share: count.good_share(),
                heavy_days: count.heavy(),
                rules: String::new(),
            });
        }
    }
    lines
}
