//! `assess year`: years of cities by HJ 663, with their members and the region, ranking, and year on year.

use super::air::{self, Clock};
use super::grid::{Grid, plain, problem};
use super::{air_rows, table, write};
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::number::{number, optional};
use liankong_engine::assess::air::aggregate;
use liankong_engine::assess::air::annual::{self, Choice, CityYear, MeanDays};
use liankong_engine::assess::air::evaluation::{self, Side, Statistic};
use liankong_engine::assess::air::limits::{self, STATE_298_FROM};
use liankong_engine::assess::rules;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::{Period, Time};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What `assess year` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong assess year --in hours.csv --sites sites.csv --out items.csv --ranking ranking.csv\n  \
                        liankong assess year --in days.csv --exceedances \"WHO AQG 2021,EU 2024/2881\"\n\n\
                        Sites: station,city[,member]; codes. Dust: city,day. Without --sites every station is its own city.")]
pub struct YearArguments {
    /// Table of hours or days, as for `assess air`
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// Register of stations: station,city[,member], by code
    #[arg(long, value_name = "FILE")]
    sites: Option<PathBuf>,
    /// Limits of the items [default: the edition of GB 3095 in force when the year begins]
    #[arg(long, value_name = "ID")]
    rules: Option<String>,
    /// Days of sand and dust: city,day; left out of PM10 and PM2.5 in the second ranking
    #[arg(long, value_name = "FILE")]
    dust: Option<PathBuf>,
    /// Weights of the comprehensive index, e.g. PM2.5=3,O3=2 [default: 1 each]
    #[arg(long, value_name = "ITEM=W,…", value_delimiter = ',', value_parser = weight)]
    weights: Vec<(Pollutant, f64)>,
    /// Count the days above the levels of these rules
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    exceedances: Vec<String>,
    /// File for the items of each year [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// File for index, places, good and heavy days
    #[arg(long, value_name = "FILE")]
    ranking: Option<PathBuf>,
    /// File for the months of each city
    #[arg(long, value_name = "FILE")]
    months: Option<PathBuf>,
    /// File for the days of each city
    #[arg(long, value_name = "FILE")]
    days: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

fn weight(text: &str) -> Result<(Pollutant, f64), String> {
    let (name, w) = text.split_once('=').ok_or("write it as PM2.5=3")?;
    let item = Pollutant::parse(name).ok_or("is not a pollutant of the air")?;
    let weight = w.parse::<f64>().ok().filter(|w| w.is_finite() && *w >= 0.0);
    Ok((item, weight.ok_or("the weight must be a number from 0 up")?))
}

/// One item of the answer.
#[derive(Serialize)]
struct ItemLine {
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
    change: Option<f64>,
    change_note: String,
    rules: String,
}

const ITEM_COLUMNS: [&str; 15] = [
    "code", "level", "year", "pollutant", "statistic", "value", "unit", "limit", "meets", "days", "coverage", "valid",
    "change", "change_note", "rules",
];

impl ItemLine {
    fn cells(&self) -> Vec<String> {
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
            optional(self.change),
            self.change_note.clone(),
            self.rules.clone(),
        ]
    }
}

/// A code's year in one line.
#[derive(Serialize)]
struct PlaceLine {
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

const PLACE_COLUMNS: [&str; 13] = [
    "code", "level", "year", "index", "place", "index_without_dust", "place_without_dust", "primary", "dust_days", "days",
    "good_share", "heavy_days", "rules",
];

impl PlaceLine {
    fn cells(&self) -> Vec<String> {
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

#[derive(Serialize)]
struct Document<'a> {
    file: &'a str,
    cities: usize,
    items: &'a [ItemLine],
    ranking: &'a [PlaceLine],
}

/// A table of codes, each row in the order of `columns`; the last `free` of them may be empty or absent.
fn codes(path: &Path, columns: &[&str], free: usize, problems: &mut Problems) -> Result<Vec<(u64, Vec<String>)>, Failure> {
    let grid = Grid::read(path, problems)?;
    let header: Vec<String> = grid.header.iter().map(|h| plain(h).to_lowercase()).collect();
    let at: Vec<Option<usize>> = columns.iter().map(|c| header.iter().position(|h| h == c)).collect();
    let needed = columns.len().saturating_sub(free);
    for (column, _) in columns.iter().zip(&at).take(needed).filter(|(_, at)| at.is_none()) {
        let limit = "the column is missing from the header".into();
        problems.add(problem(&grid.file, Some(1), column, "", limit, &format!("write {}", columns.join(","))));
    }
    let mut rows = Vec::new();
    for (line, cells) in &grid.rows {
        let row: Vec<String> =
            at.iter().map(|k| k.and_then(|k| cells.get(k)).map(|c| plain(c)).unwrap_or_default()).collect();
        for ((column, cell), at) in columns.iter().zip(&row).zip(&at).take(needed) {
            if at.is_some() && cell.is_empty() {
                let limit = "the cell is empty".into();
                problems.add(problem(&grid.file, Some(*line), column, "", limit, "give the code"));
            }
        }
        rows.push((*line, row));
    }
    Ok(rows)
}

/// City by station, member by city.
type Sites = (BTreeMap<String, String>, BTreeMap<String, String>);

fn sites(path: &Path, problems: &mut Problems) -> Result<Sites, Failure> {
    let file = path.display().to_string();
    let (mut city_of, mut member_of) = Sites::default();
    for (line, row) in codes(path, &["station", "city", "member"], 1, problems)? {
        let [station, city, member] = row.as_slice() else { continue };
        let mut twice = |field: &str, value: &str| {
            let limit = "stands on an earlier line with another code above it".into();
            problems.add(problem(&file, Some(line), field, value, limit, "keep one of the two"));
        };
        if city_of.insert(station.clone(), city.clone()).is_some_and(|earlier| earlier != *city) {
            twice("station", station);
        }
        if !member.is_empty() && member_of.insert(city.clone(), member.clone()).is_some_and(|e| e != *member) {
            twice("city", city);
        }
    }
    Ok((city_of, member_of))
}

fn dust(path: &Path, zone: i64, problems: &mut Problems) -> Result<BTreeMap<String, BTreeSet<Time>>, Failure> {
    let file = path.display().to_string();
    let mut days: BTreeMap<String, BTreeSet<Time>> = BTreeMap::new();
    for (line, row) in codes(path, &["city", "day"], 0, problems)? {
        let [city, day] = row.as_slice() else { continue };
        match air_rows::moment(day, zone) {
            Some(time) => {
                days.entry(city.clone()).or_default().insert(time.midnight(zone));
            }
            None => {
                let limit = "is not a day".into();
                problems.add(problem(&file, Some(line), "day", day, limit, "write it as 2021-03-16"));
            }
        }
    }
    Ok(days)
}

/// The identifier of a rule of limits.
fn limits_of(text: &str) -> Result<String, Failure> {
    let found = rules::named(text).into_iter().map(|r| r.id).find(|id| !limits::level_names(id).is_empty());
    let usable = [limits::GB_2012, limits::GB_2026, limits::WHO, limits::EU].join(", ");
    found.map(String::from).ok_or_else(|| Failure::Usage(format!("{text} is not a rule of limits; use one of {usable}")))
}

fn choice(arguments: &YearArguments, problems: &mut Problems) -> Result<Choice, Failure> {
    let given = arguments.rules.as_deref().map(limits_of).transpose()?;
    if let Some(rule) = given.as_deref().filter(|r| !r.starts_with("GB")) {
        return Err(Failure::Usage(format!(
            "{rule} has no class 2, which the items of HJ 663 are held against; give it to --exceedances"
        )));
    }
    Ok(Choice {
        limits: given,
        weights: arguments.weights.iter().copied().collect(),
        dust: match &arguments.dust {
            Some(path) => dust(path, arguments.clock.zone, problems)?,
            None => BTreeMap::new(),
        },
        exceedances: arguments.exceedances.iter().map(|r| limits_of(r)).collect::<Result<_, _>>()?,
    })
}

fn statistic(s: Statistic) -> String {
    match s {
        Statistic::Mean => "mean".into(),
        Statistic::Percentile(p) => format!("P{p}"),
    }
}

/// Does what was asked.
pub fn year(arguments: &YearArguments, desk: &Desk) -> Outcome {
    let zone = arguments.clock.zone;
    let mut problems = Problems::default();
    let choice = choice(arguments, &mut problems)?;
    let (city_of, member_of) = match &arguments.sites {
        Some(path) => sites(path, &mut problems)?,
        None => Sites::default(),
    };
    if !problems.is_empty() {
        return Err(Failure::Input(problems.into_sorted()));
    }
    let (grid, readings) = air::read(&arguments.input, &arguments.clock)?;
    let stations = annual::station_days(&air::readings(&readings), arguments.clock.stamp.into(), zone);
    let register: BTreeMap<&str, &str> = city_of.iter().map(|(s, c)| (s.as_str(), c.as_str())).collect();
    let outside = stations.keys().filter(|s| !register.is_empty() && !register.contains_key(*s)).count();
    let cities = annual::city_days(&stations, &register);
    let parent: BTreeMap<&str, &str> = member_of.iter().map(|(c, m)| (c.as_str(), m.as_str())).collect();
    let years: Vec<CityYear> = cities.iter().flat_map(|(code, days)| annual::years(code, days, &choice, zone)).collect();
    let behind = |code: &str, year: Period| -> BTreeSet<String> {
        let own = |station: &&str| register.is_empty() && **station == code || register.get(*station) == Some(&code);
        let measured = |days: &MeanDays| days.values().flatten().any(|m| m.value.is_some() && year.contains(m.period.start));
        stations.iter().filter(|(s, days)| own(s) && measured(days)).map(|(s, _)| s.to_string()).collect()
    };
    let items = items(&years, &parent, &behind, desk, zone);
    let places = places(&years, &parent, zone);
    let text = table(&ITEM_COLUMNS, items.iter().map(ItemLine::cells))?;
    if let Some(path) = &arguments.out {
        write(path, &text)?;
    }
    if let Some(path) = &arguments.ranking {
        write(path, &table(&PLACE_COLUMNS, places.iter().map(PlaceLine::cells))?)?;
    }
    if let Some(path) = &arguments.months {
        let months = |list: &[aggregate::Mean]| aggregate::months(list, zone);
        write(path, &means(&cities, "month", 7, months, zone)?)?;
    }
    if let Some(path) = &arguments.days {
        write(path, &means(&cities, "day", 10, <[aggregate::Mean]>::to_vec, zone)?)?;
    }
    let (file, n, total, made) = (&grid.file, cities.len(), stations.len(), years.len());
    let zh = format!("{file}：{total} 个站点，{n} 个城市，{made} 个城市年；{outside} 个站点不在登记表中，未计入");
    let en = format!("{file}: {total} stations, {n} cities, {made} city-years; {outside} stations are not in the register and stay out");
    desk.note(desk.language.pick(&zh, &en));
    match desk.format {
        Format::Json => desk.document(&Document { file, cities: n, items: &items, ranking: &places }),
        Format::Text if arguments.out.is_none() => desk.say(text.trim_end()),
        Format::Text => {}
    }
    Ok(())
}

/// Means of each city over days or months, as a table.
fn means(
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

/// The items of every city, member and the region, with their change on the year before where the two can be compared.
fn items(
    years: &[CityYear],
    parent: &BTreeMap<&str, &str>,
    stations: &impl Fn(&str, Period) -> BTreeSet<String>,
    desk: &Desk,
    zone: i64,
) -> Vec<ItemLine> {
    let mut lines = Vec::new();
    for y in years {
        let before = years.iter().find(|b| b.code == y.code && b.year.end == y.year.start);
        for i in &y.items {
            let p = i.item.pollutant;
            let side = |y: &CityYear, value: f64| Side {
                value,
                stations: stations(&y.code, y.year),
                rule: y.rule.clone(),
                state_298: state_298(p, y.year, zone),
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
                statistic: format!("{} days above {}", e.averaging, e.level),
                value: e.days as f64,
                unit: "d",
                limit: e.permitted.parse().unwrap_or(f64::NAN),
                meets: e.too_many.map(|t| !t),
                days: None,
                coverage: None,
                valid: None,
                change: None,
                change_note: String::new(),
                rules: e.rule.into(),
            });
        }
    }
    lines.extend(above(years, parent, zone));
    lines
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
                change: None,
                change_note: String::new(),
                rules: rules.clone(),
            });
        }
    }
    lines
}

/// Index, place and days of every city, member and the region; places are among the cities of a year.
fn places(years: &[CityYear], parent: &BTreeMap<&str, &str>, zone: i64) -> Vec<PlaceLine> {
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
