//! A table of air readings: the long form (`station,time,pollutant,averaging,value,unit`), the wide one
//! (`time,station,pm25,…`) or one column a station (`date,hour,type,1001A,1002A,…`), told from the header.
//!
//! What a place or a unit *is* must be understood, else it is a problem; what an instrument *said* may be anything: what
//! cannot be read, is negative, implausible or stands twice is left out with a flag.

use super::grid::{Cell, Grid, measured, plain, problem};
use liankong_engine::assess::air::judge::wide_averaging;
use liankong_engine::assess::air::us_aqi;
use liankong_engine::assess::hj633;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::{DAY, HOUR, Time};
use liankong_engine::region::pollutant::Medium;
use liankong_engine::units::{self, Dimension};
use std::collections::BTreeSet;

/// One reading of the input.
pub struct AirRow {
    /// Station, as written.
    pub station: String,
    /// Moment, as stamped.
    pub time: Time,
    /// The same as written.
    pub shown: String,
    /// What.
    pub pollutant: Pollutant,
    /// Over how long, s.
    pub averaging_s: i64,
    /// kg m⁻³; `None` = missing or not fit for use.
    pub value: Option<f64>,
    /// Why it is not fit for use; empty where it is.
    pub flag: String,
}

/// What a table held.
#[derive(Default)]
pub struct AirTable {
    /// Every reading, in the order of the file.
    pub rows: Vec<AirRow>,
    /// Rows whose pollutant no index knows (NO, TSP, …), by name.
    pub left_aside: BTreeSet<String>,
    /// Whether a wide table was taken for hours, where only its stamps told.
    pub told_from_stamps: Option<bool>,
}

/// Columns that are no pollutant, with their names in tables.
const STATION: &[&str] = &[
    "station",
    "station_id",
    "stationcode",
    "station_code",
    "site",
    "site_id",
    "code",
    "站点",
    "站点编码",
    "监测点编码",
    "点位编码",
    "监测点位",
    "监测点",
];
const TIME: &[&str] = &[
    "time",
    "datetime",
    "timepoint",
    "time_point",
    "timestamp",
    "date",
    "day",
    "时间",
    "监测时间",
    "日期",
    "监测日期",
];
/// An hour in a column beside the date.
const CLOCK: &[&str] = &["hour", "小时", "时"];
/// The item of a row of a table with one column a station (`date,hour,type,1001A,1002A,…`).
const ITEM: &[&str] = &["type", "类型"];
const POLLUTANT: &[&str] = &["pollutant", "污染物", "监测项目"];
const AVERAGING: &[&str] = &["averaging", "平均时间"];
const VALUE: &[&str] = &["value", "浓度", "监测值"];
const UNIT: &[&str] = &["unit", "单位"];

/// Reads an air pollutant; `PM₂.₅` and `O₃` are read as well.
fn air(text: &str) -> Option<Pollutant> {
    let plain: String = text.chars().map(|c| "₀₁₂₃₄₅".chars().position(|s| s == c).map_or(c, digit)).collect();
    Pollutant::parse(&plain).filter(|p| p.spec().medium == Medium::Air)
}

fn digit(k: usize) -> char {
    char::from_digit(k as u32, 10).unwrap_or('0')
}

/// SI value of 1 of a unit; mole fractions are converted at 298.15 K and 101.325 kPa.
fn to_si(pollutant: Pollutant, unit: &str) -> Option<f64> {
    if unit.is_empty() {
        return Some(pollutant.from_printed(1.0));
    }
    units::unit(unit)
        .filter(|u| u.dimension == Dimension::Concentration)
        .map(|u| u.to_si)
        .or_else(|| us_aqi::kg_m3_of_one(pollutant, &unit.to_lowercase()))
}

/// Reads a moment: ISO 8601, or a date with other separators, one-digit parts, and the hour 24.
pub fn moment(text: &str, zone: i64) -> Option<Time> {
    if let Some(time) = Time::parse(text, zone) {
        return Some(time);
    }
    if text.len() >= 8 && text.chars().all(|c| c.is_ascii_digit()) {
        // 20180601, 2018060108, 20180601080000.
        let pieces = [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)].map(|(a, b)| text.get(a..b).unwrap_or(""));
        let apart: Vec<&str> = pieces.into_iter().filter(|p| !p.is_empty()).collect();
        return if matches!(text.len(), 8 | 10 | 12 | 14) { moment(&apart.join("-"), zone) } else { None };
    }
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    let known = text.chars().all(|c| c.is_ascii_digit() || " T-/.:年月日时分秒".contains(c));
    let numbers: Vec<i64> = parts.by_ref().filter(|p| !p.is_empty()).map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let (date, clock) = numbers.split_at_checked(3)?;
    let [year, month, day] = *date else { return None };
    let at = |k: usize| clock.get(k).copied().unwrap_or(0);
    let (hour, minute, second) = (at(0), at(1), at(2));
    let fits =
        known && clock.len() <= 3 && hour <= 24 && minute < 60 && second < 60 && (hour < 24 || minute + second == 0);
    let midnight = Time::parse(&format!("{year:04}-{month:02}-{day:02}"), zone).filter(|_| fits)?;
    Some(Time(midnight.0 + hour * 3600 + minute * 60 + second))
}

/// A measured cell: its SI value or the reason why there is none, empty where nothing was measured.
fn reading(pollutant: Pollutant, cell: &str, to_si: f64) -> (Option<f64>, String) {
    let id = pollutant.spec().id;
    match measured(cell) {
        Cell::Missing => (None, String::new()),
        Cell::Unreadable => (None, format!("unreadable {id} \"{}\"", plain(cell))),
        Cell::Value { value, .. } => {
            let (low, high) = pollutant.spec().plausible;
            let printed = pollutant.printed(value * to_si);
            if (low..=high).contains(&printed) {
                (Some(value * to_si), String::new())
            } else {
                (None, format!("range {id} {}", plain(cell)))
            }
        }
    }
}

/// Reads a table; `averaging_s` is what a wide table's columns are where they do not say, `None` = told from the stamps.
pub fn rows(grid: &Grid, zone: i64, averaging_s: Option<i64>, problems: &mut Problems) -> AirTable {
    let header: Vec<String> = grid.header.iter().map(|h| plain(h)).collect();
    let at = |names: &[&str]| header.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
    let places = Places { station: at(STATION), time: at(TIME), clock: at(CLOCK) };
    let item = at(ITEM).filter(|_| places.station.is_none());
    for (place, name) in [(places.station.or(item), "station"), (places.time, "time")] {
        if place.is_none() {
            let limit = "the column is missing from the header".into();
            let remedy = "write station,time,pollutant,averaging,value,unit or time,station,pm25,…";
            problems.add(problem(&grid.file, Some(1), name, "", limit, remedy));
        }
    }
    let mut table = match (at(POLLUTANT), at(VALUE), item) {
        (Some(pollutant), Some(value), _) => {
            let columns = Long { pollutant, value, averaging: at(AVERAGING), unit: at(UNIT) };
            long(grid, &places, &columns, zone, problems)
        }
        (.., Some(item)) => a_column_a_station(grid, &header, &places, item, zone, problems),
        _ => wide(grid, &header, &places, zone, averaging_s, problems),
    };
    let mut seen = BTreeSet::new();
    for row in &mut table.rows {
        let key = (row.station.clone(), row.time, row.pollutant, row.averaging_s);
        if row.value.is_some() && !seen.insert(key) {
            row.value = None;
            row.flag = format!("duplicate {}", row.pollutant.spec().id);
        }
    }
    table
}

/// Columns that say where and when.
struct Places {
    station: Option<usize>,
    time: Option<usize>,
    clock: Option<usize>,
}

fn text(cells: &[String], k: Option<usize>) -> String {
    k.and_then(|k| cells.get(k)).map(|c| plain(c)).unwrap_or_default()
}

/// Stamp and its text of a row; what is not a moment is a problem.
fn stamp(
    grid: &Grid,
    line: u64,
    cells: &[String],
    at: &Places,
    zone: i64,
    problems: &mut Problems,
) -> Option<(Time, String)> {
    let mut shown = text(cells, Some(at.time?));
    let clock = text(cells, at.clock);
    // A date with its hour beside it; where the stamp itself has an hour, the column is passed over.
    if let Ok(hour) = clock.parse::<u8>()
        && !shown.contains([':', 'T', '时'])
        && !shown.trim().contains(' ')
    {
        shown = format!("{shown} {hour:02}:00");
        if shown.chars().take_while(char::is_ascii_digit).count() == 8 {
            shown = format!("{}-{}-{}", &shown[..4], &shown[4..6], &shown[6..]);
        }
    }
    let moment = moment(&shown, zone);
    if moment.is_none() {
        let limit = "is not a moment".into();
        let remedy = "write it as 2018-11-05T14:00+08:00, or without the offset in the zone of --zone";
        problems.add(problem(&grid.file, Some(line), "time", &shown, limit, remedy));
    }
    moment.map(|t| (t, shown))
}

/// Station, stamp and its text of a row; what cannot be placed is a problem.
fn place(
    grid: &Grid,
    line: u64,
    cells: &[String],
    at: &Places,
    zone: i64,
    problems: &mut Problems,
) -> Option<(String, Time, String)> {
    let name = text(cells, Some(at.station?));
    if name.is_empty() {
        let limit = "the cell is empty".into();
        problems.add(problem(&grid.file, Some(line), "station", "", limit, "give the code of the station"));
    }
    let (time, shown) = stamp(grid, line, cells, at, zone, problems)?;
    (!name.is_empty()).then_some((name, time, shown))
}

/// One column a station, as the national hours are passed on: `type` names the item of a row (`PM2.5`, `O3_8h`). What names
/// no averaging time is of the hour.
fn a_column_a_station(
    grid: &Grid,
    header: &[String],
    at: &Places,
    item: usize,
    zone: i64,
    problems: &mut Problems,
) -> AirTable {
    let mut table = AirTable::default();
    let described = [at.time, at.clock, Some(item)];
    let stations: Vec<(usize, &String)> =
        header.iter().enumerate().filter(|(k, name)| !described.contains(&Some(*k)) && !name.is_empty()).collect();
    for (line, cells) in &grid.rows {
        let name = text(cells, Some(item));
        let column = match measured_column(&name, item) {
            Some(Ok(column)) => column,
            _ => {
                table.left_aside.insert(name);
                continue;
            }
        };
        let Some((time, shown)) = stamp(grid, *line, cells, at, zone, problems) else { continue };
        for (k, station) in &stations {
            let cell = cells.get(*k).map_or("", String::as_str);
            let (value, flag) = reading(column.pollutant, cell, column.to_si);
            table.rows.push(AirRow {
                station: station.to_string(),
                time,
                shown: shown.clone(),
                pollutant: column.pollutant,
                averaging_s: column.averaging_s.unwrap_or(HOUR),
                value,
                flag,
            });
        }
    }
    table
}

struct Long {
    pollutant: usize,
    value: usize,
    averaging: Option<usize>,
    unit: Option<usize>,
}

fn long(grid: &Grid, places: &Places, at: &Long, zone: i64, problems: &mut Problems) -> AirTable {
    let mut table = AirTable::default();
    if at.averaging.is_none() {
        let limit = "the column is missing from the header".into();
        problems.add(problem(&grid.file, Some(1), "averaging", "", limit, "say 1h, 8h or 24h in each row"));
        return table;
    }
    for (line, cells) in &grid.rows {
        let found = place(grid, *line, cells, places, zone, problems);
        let name = text(cells, Some(at.pollutant));
        let Some(pollutant) = air(&name) else {
            if name.is_empty() {
                let limit = "the cell is empty".into();
                problems.add(problem(&grid.file, Some(*line), "pollutant", "", limit, "name the pollutant"));
            } else {
                table.left_aside.insert(name);
            }
            continue;
        };
        let averaging = text(cells, at.averaging);
        let averaging_s = hj633::averaging(&averaging.to_lowercase());
        if averaging_s.is_none() {
            let limit = "must be one of 1h, 8h, 24h".into();
            problems.add(problem(&grid.file, Some(*line), "averaging", &averaging, limit, "use one of these"));
        }
        let unit = text(cells, at.unit);
        let factor = to_si(pollutant, &unit);
        if factor.is_none() {
            let limit = format!("{} is not measured in this unit", pollutant.spec().id);
            problems.add(problem(
                &grid.file,
                Some(*line),
                "unit",
                &unit,
                limit,
                "use ug/m3, mg/m3, or ppb, ppm of a gas",
            ));
        }
        let (Some((station, time, shown)), Some(averaging_s), Some(factor)) = (found, averaging_s, factor) else {
            continue;
        };
        let (value, flag) = reading(pollutant, cells.get(at.value).map_or("", String::as_str), factor);
        table.rows.push(AirRow { station, time, shown, pollutant, averaging_s, value, flag });
    }
    table
}

/// A column of a wide table: where, what, over how long where it says, SI value of 1.
struct Measured {
    at: usize,
    pollutant: Pollutant,
    averaging_s: Option<i64>,
    to_si: f64,
}

/// Reads `pm25`, `CO(mg/m3)`, `O3_8h`, `PM2.5_24h`; `Err` says which unit does not fit.
fn measured_column(name: &str, at: usize) -> Option<Result<Measured, String>> {
    let name = name.replace('（', "(").replace('）', ")");
    let (bare, unit) = match name.split_once('(') {
        Some((bare, unit)) => (bare.trim(), unit.trim_end_matches(')').trim()),
        None => (name.trim(), ""),
    };
    let suffix = bare.rsplit_once(['_', ' ']).and_then(|(item, s)| Some((item, hj633::averaging(&s.to_lowercase())?)));
    let (item, averaging_s) = suffix.map_or((bare, None), |(item, s)| (item, Some(s)));
    let pollutant = air(item)?;
    if (pollutant, averaging_s) == (Pollutant::O3, Some(DAY)) {
        // The greatest hour of a day goes by this name; no rule has a mean of ozone over 24 h.
        return None;
    }
    let column = |to_si| Measured { at, pollutant, averaging_s, to_si };
    Some(to_si(pollutant, unit).map(column).ok_or_else(|| unit.to_string()))
}

fn wide(
    grid: &Grid,
    header: &[String],
    at: &Places,
    zone: i64,
    averaging_s: Option<i64>,
    problems: &mut Problems,
) -> AirTable {
    let mut columns: Vec<Measured> = Vec::new();
    for (k, name) in header.iter().enumerate() {
        match measured_column(name, k) {
            None => {}
            Some(Err(unit)) => {
                let limit = format!("is not measured in {unit} here");
                problems.add(problem(&grid.file, Some(1), name, "", limit, "use ug/m3, mg/m3, or ppb, ppm of a gas"));
            }
            Some(Ok(c)) if columns.iter().any(|e| (e.pollutant, e.averaging_s) == (c.pollutant, c.averaging_s)) => {
                let limit = "the header holds this pollutant twice".into();
                problems.add(problem(&grid.file, Some(1), name, "", limit, "keep one of the two"));
            }
            Some(Ok(column)) => columns.push(column),
        }
    }
    if columns.is_empty() {
        let limit = "no column is a pollutant of the air".into();
        let remedy = "add columns such as pm25,pm10,so2,no2,co,o3, or write the long form with pollutant and value";
        problems.add(problem(&grid.file, Some(1), "", "", limit, remedy));
    }
    let places: Vec<_> = grid
        .rows
        .iter()
        .filter(|(_, cells)| cells.iter().any(|c| !c.trim().is_empty()))
        .filter_map(|(line, cells)| Some((place(grid, *line, cells, at, zone, problems)?, cells)))
        .collect();
    let stamps: Vec<Time> = places.iter().map(|((_, time, _), _)| *time).collect();
    // The averaging time of a column that names none is one for the table.
    let of_column: Vec<i64> = columns
        .iter()
        .map(|c| {
            let told = averaging_s.map(|s| if s == DAY && c.pollutant == Pollutant::O3 { s / 3 } else { s });
            c.averaging_s.or(told).unwrap_or_else(|| wide_averaging(c.pollutant, &stamps, zone))
        })
        .collect();
    let silent = averaging_s.is_none() && columns.iter().any(|c| c.averaging_s.is_none());
    let hours = columns.iter().zip(&of_column).any(|(c, s)| c.averaging_s.is_none() && *s == HOUR);
    let mut table = AirTable { told_from_stamps: silent.then_some(hours), ..AirTable::default() };
    for ((station, time, shown), cells) in &places {
        for (column, averaging_s) in columns.iter().zip(&of_column) {
            let cell = cells.get(column.at).map_or("", String::as_str);
            let (value, flag) = reading(column.pollutant, cell, column.to_si);
            table.rows.push(AirRow {
                station: station.clone(),
                time: *time,
                shown: shown.clone(),
                pollutant: column.pollutant,
                averaging_s: *averaging_s,
                value,
                flag,
            });
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: i64 = 8 * 3600;

    #[test]
    fn moments_are_read_in_the_forms_that_tables_use() {
        let expected = Time::parse("2018-06-01T08:00+08:00", 0);
        for text in [
            "2018-06-01 08:00",
            "2018/6/1 8:00",
            "2018-06-01T00:00Z",
            "2018年6月1日 8时",
            "2018-06-01 08:00:00",
            "2018060108",
        ] {
            assert_eq!(moment(text, ZONE), expected, "{text}");
        }
        assert_eq!(moment("2018-06-01 24:00", ZONE), moment("2018-06-02", ZONE));
        for text in ["", "2018-06", "2018-02-30", "2018-06-01 25:00", "1/6/2018", "2018-06-01 8:00 PM", "x"] {
            assert_eq!(moment(text, ZONE), None, "{text}");
        }
    }

    #[test]
    fn a_gas_may_stand_in_ppb_and_a_particle_may_not() {
        // 1 ppb of ozone at 298.15 K: 47.998/24.465 = 1.9619 µg/m³.
        assert!((to_si(Pollutant::O3, "ppb").unwrap() - 1.9619e-9).abs() < 1e-13);
        assert_eq!((to_si(Pollutant::Pm25, "ppb"), to_si(Pollutant::Co, "kelvin")), (None, None));
        assert_eq!(to_si(Pollutant::Co, ""), Some(1e-6));
    }

    #[test]
    fn the_name_of_a_wide_column_may_carry_unit_and_averaging() {
        let read = |name: &str| measured_column(name, 0).map(|c| c.map(|c| (c.pollutant, c.averaging_s)));
        assert_eq!(read("O3_8h"), Some(Ok((Pollutant::O3, Some(28_800)))));
        assert_eq!(read("PM2.5（µg/m³）"), Some(Ok((Pollutant::Pm25, None))));
        assert_eq!(read("CO(%)"), Some(Err("%".into())));
        assert_eq!(read("wind"), None);
    }
}
