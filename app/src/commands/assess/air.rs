//! `assess air`: each station and time of a table by a rule.

use super::air_rows::{self, AirTable};
use super::grid::Grid;
use super::{table, write};
use crate::manners::{Desk, Failure, Format, Outcome};
use liankong_engine::assess::air::aggregate::Stamp;
use liankong_engine::assess::air::curve::CATEGORIES;
use liankong_engine::assess::air::european::{self, BANDS};
use liankong_engine::assess::air::judge::{Coverage, Reading, Rules, Verdict, judge};
use liankong_engine::assess::air::limits;
use liankong_engine::assess::air::whole_days::whole_days;
use liankong_engine::problem::{Error, Problems};
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::{DAY, HOUR, Time};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What `assess air` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong assess air --in hours.csv --rules \"HJ 633\" --out index.csv\n  \
                        liankong assess air --in hours.csv --rules \"HJ 633\" --days --stamp end\n  \
                        liankong assess air --in days.csv --rules \"US EPA AQI 2024\" --format json\n\n\
                        Input: station,time,pollutant,averaging(1h|8h|24h),value,unit, or time,station,pm25,pm10,so2,no2,co,o3;\n\
                        µg/m³, CO mg/m³, where no unit is given. Rules: `liankong assess rules`; a name without its year is the\n\
                        edition in force on the day of each row; a path that ends in .csv is a rule of one's own.")]
pub struct AirArguments {
    /// Table of readings
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// Rule: an identifier, a name without its year, or the path of a rule of one's own
    #[arg(long, value_name = "ID")]
    rules: String,
    /// File for the verdicts [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Make days of the hours first, and judge these
    #[arg(long)]
    days: bool,
    #[command(flatten)]
    clock: Clock,
}

/// How stamps are read.
#[derive(clap::Args)]
pub struct Clock {
    /// Zone of days, and of stamps without an offset, e.g. +08:00 or Z
    #[arg(long, value_name = "OFFSET", default_value = "+08:00", value_parser = zone, allow_hyphen_values = true)]
    pub zone: i64,
    /// Which end of its hours a stamp names
    #[arg(long, value_name = "END", default_value = "start")]
    pub stamp: StampAt,
    /// Averaging time of the columns of a wide table that do not name theirs: 1h or 24h [default: told from the stamps]
    #[arg(long, value_name = "TIME", value_parser = averaging)]
    pub averaging: Option<i64>,
}

/// Which end of its period a stamp names.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum StampAt {
    /// Period-starting
    Start,
    /// Period-ending
    End,
}

impl From<StampAt> for Stamp {
    fn from(stamp: StampAt) -> Stamp {
        match stamp {
            StampAt::Start => Stamp::Start,
            StampAt::End => Stamp::End,
        }
    }
}

fn zone(text: &str) -> Result<i64, String> {
    // A moment at this offset, taken back to the offset.
    Time::parse(&format!("1970-01-01T00:00{text}"), 0)
        .filter(|_| text.starts_with(['+', '-', 'Z']))
        .map(|t| -t.0)
        .ok_or_else(|| "is not an offset such as +08:00".into())
}

fn averaging(text: &str) -> Result<i64, String> {
    match text {
        "1h" => Ok(HOUR),
        "24h" => Ok(DAY),
        _ => Err("must be 1h or 24h".into()),
    }
}

const COLUMNS: [&str; 11] = [
    "station",
    "time",
    "index",
    "category",
    "primary",
    "rules",
    "averaging",
    "category_name",
    "sub_indices",
    "coverage",
    "flags",
];

/// One row of the answer.
#[derive(Serialize)]
struct Line {
    station: String,
    time: String,
    index: String,
    category: String,
    primary: String,
    rules: String,
    averaging: &'static str,
    category_name: String,
    sub_indices: String,
    coverage: String,
    flags: String,
}

impl Line {
    fn cells(&self) -> Vec<String> {
        let head = [&self.station, &self.time, &self.index, &self.category, &self.primary, &self.rules];
        let tail = [&self.category_name, &self.sub_indices, &self.coverage, &self.flags];
        let averaging = self.averaging.to_string();
        head.into_iter().cloned().chain([averaging]).chain(tail.into_iter().cloned()).collect()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    file: &'a str,
    encoding: &'a str,
    rules: &'a str,
    readings: usize,
    flagged: usize,
    judged: usize,
    left_aside: &'a [&'a str],
    air: &'a [Line],
}

/// The rule a user named; one that is not there is a wrong request, not a failed turn.
pub fn rules(text: &str, clock: &Clock) -> Result<Rules, Failure> {
    Rules::named(text, clock.zone, clock.stamp.into()).map_err(refused)
}

fn refused(error: Error) -> Failure {
    match error {
        Error::Input(problems) => Failure::Input(problems),
        other => Failure::Usage(other.to_string()),
    }
}

/// Reads a table of readings.
pub fn read(input: &std::path::Path, clock: &Clock) -> Result<(Grid, AirTable), Failure> {
    let mut problems = Problems::default();
    let grid = Grid::read(input, &mut problems)?;
    let table = air_rows::rows(&grid, clock.zone, clock.averaging, &mut problems);
    if problems.is_empty() { Ok((grid, table)) } else { Err(Failure::Input(problems.into_sorted())) }
}

/// The readings as the engine takes them.
pub fn readings(table: &AirTable) -> Vec<Reading<'_>> {
    table
        .rows
        .iter()
        .map(|r| Reading {
            station: &r.station,
            time: r.time,
            pollutant: r.pollutant,
            averaging_s: r.averaging_s,
            value: r.value,
        })
        .collect()
}

/// Does what was asked.
pub fn air(arguments: &AirArguments, desk: &Desk) -> Outcome {
    let by = rules(&arguments.rules, &arguments.clock)?;
    let by = if arguments.days { by.of_days().map_err(refused)? } else { by };
    let (grid, readings_table) = read(&arguments.input, &arguments.clock)?;
    let (verdicts, lines) = if arguments.days {
        days(&readings_table, &by, &arguments.clock)
    } else {
        let verdicts = judge(&readings(&readings_table), &by);
        let lines = lines(&readings_table, &verdicts);
        (verdicts, lines)
    };
    let flagged = readings_table.rows.iter().filter(|r| !r.flag.is_empty()).count();
    let judged = verdicts.iter().filter(|v| v.category.is_some()).count();
    let aside: Vec<&str> = readings_table.left_aside.iter().map(String::as_str).collect();
    let text = table(&COLUMNS, lines.iter().map(Line::cells))?;
    if let Some(path) = &arguments.out {
        write(path, &text)?;
    }
    let (file, encoding, rows, total) = (&grid.file, grid.encoding, readings_table.rows.len(), verdicts.len());
    let zh = format!("{file}（{encoding}）：{rows} 个读数，{flagged} 个不可用；{total} 个站时，{judged} 个有级别");
    let en = format!(
        "{file} ({encoding}): {rows} readings, {flagged} not fit for use; {total} stations × times, {judged} with a category"
    );
    desk.note(desk.language.pick(&zh, &en));
    grid.tell(desk);
    if let Some(hours) = readings_table.told_from_stamps {
        let zh = if hours {
            "未注明平均时间的列按小时值读取"
        } else {
            "未注明平均时间的列按日均值读取（臭氧为日最大8小时）；小时值请用 --averaging 1h"
        };
        let en = if hours {
            "columns that name no averaging time were read as hours"
        } else {
            "columns that name no averaging time were read as days (ozone as the greatest 8 h); --averaging 1h for hours"
        };
        desk.note(desk.language.pick(zh, en));
    }
    if !aside.is_empty() {
        desk.note(&format!("not pollutants of an air index, left aside: {}", aside.join(", ")));
    }
    match desk.format {
        Format::Json => desk.document(&Document {
            file,
            encoding,
            rules: &arguments.rules,
            readings: rows,
            flagged,
            judged,
            left_aside: &aside,
            air: &lines,
        }),
        Format::Text if arguments.out.is_none() => desk.say(text.trim_end()),
        Format::Text => {}
    }
    Ok(())
}

/// The answer, row by row: verdicts stand in the order in which station and time first stand in the table.
fn lines(readings: &AirTable, verdicts: &[Verdict]) -> Vec<Line> {
    let mut told: BTreeMap<(&str, Time), (&str, Vec<&str>)> = BTreeMap::new();
    for row in &readings.rows {
        let entry = told.entry((&row.station, row.time)).or_insert_with(|| (&row.shown, Vec::new()));
        entry.1.extend(Some(row.flag.as_str()).filter(|f| !f.is_empty()));
    }
    verdicts
        .iter()
        .map(|v| {
            let (shown, flags) = told.get(&(v.station.as_str(), v.time)).cloned().unwrap_or_default();
            line(v, shown, &v.coverage, &flags)
        })
        .collect()
}

/// Coverage and flags of a day.
type Beside<'a> = (Vec<Coverage>, Vec<&'a str>);

/// The days made of the hours of a table, by station, then day; what was flagged in a day stands with it.
fn days(table: &AirTable, by: &Rules, clock: &Clock) -> (Vec<Verdict>, Vec<Line>) {
    let stamp: Stamp = clock.stamp.into();
    let readings = readings(table);
    let made = whole_days(&readings, stamp, clock.zone);
    let mut told: BTreeMap<(&str, Time), Beside<'_>> = BTreeMap::new();
    for d in &made {
        let r = d.reading;
        let coverage =
            Coverage { pollutant: r.pollutant, averaging_s: r.averaging_s, there: d.there, expected: d.expected };
        told.entry((r.station, r.time)).or_default().0.push(coverage);
    }
    for row in table.rows.iter().filter(|r| !r.flag.is_empty()) {
        let day = stamp.period(row.time, row.averaging_s).start.midnight(clock.zone);
        if let Some((_, flags)) = told.get_mut(&(row.station.as_str(), day)) {
            flags.push(&row.flag);
        }
    }
    let verdicts = judge(&made.iter().map(|d| d.reading).collect::<Vec<_>>(), by);
    let lines = verdicts
        .iter()
        .map(|v| {
            let (coverage, flags) = told.get(&(v.station.as_str(), v.time)).cloned().unwrap_or_default();
            line(v, &v.time.date(clock.zone), &coverage, &flags)
        })
        .collect();
    (verdicts, lines)
}

fn averaging_name(s: i64) -> String {
    format!("{}h", s / HOUR)
}

fn line(v: &Verdict, shown: &str, coverage: &[Coverage], flags: &[&str]) -> Line {
    let ids = |list: &[Pollutant]| list.iter().map(|p| p.spec().id).collect::<Vec<_>>().join(";");
    // Sub-indices without an index: the rule withholds it (HJ 633-2026 clause 5.3). Limits have levels and no index.
    let withheld = v.index.is_none() && v.category.is_none() && !v.sub_indices.is_empty();
    let or_na = |told: Option<String>| told.unwrap_or_else(|| if withheld { "NA".into() } else { String::new() });
    Line {
        station: v.station.clone(),
        time: shown.to_string(),
        index: or_na(v.index.map(|i| i.to_string())),
        category: or_na(v.category.map(|c| c.to_string())),
        primary: if v.primary.is_empty() { "NA".into() } else { ids(&v.primary) },
        rules: v.rule.clone(),
        averaging: if v.averaging_s == HOUR { "1h" } else { "24h" },
        category_name: v.category.map_or(String::new(), |c| category_name(&v.rule, c)),
        sub_indices: v.sub_indices.iter().map(|(p, i)| format!("{} {i}", p.spec().id)).collect::<Vec<_>>().join(";"),
        coverage: coverage
            .iter()
            .map(|c| format!("{} {} {}/{}", c.pollutant.spec().id, averaging_name(c.averaging_s), c.there, c.expected))
            .collect::<Vec<_>>()
            .join(";"),
        flags: flags.join(";"),
    }
}

/// The name of a category: of an index or band in Chinese, of limits the strictest level that is kept.
fn category_name(rule: &str, category: u8) -> String {
    let k = usize::from(category.saturating_sub(1));
    let levels = limits::level_names(rule);
    let name = if !levels.is_empty() {
        levels.get(k).copied().unwrap_or("none kept")
    } else if rule == european::RULE {
        BANDS.get(k).map_or("", |(zh, _)| zh)
    } else {
        CATEGORIES.get(k).map_or("", |(zh, ..)| zh)
    };
    name.to_string()
}
