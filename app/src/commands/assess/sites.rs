//! Small registers by code: stations of cities and members, days of cities.

use super::air_rows;
use super::grid::{Grid, plain, problem};
use crate::manners::Failure;
use liankong_engine::assess::hj633;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::calendar::Time;
use liankong_engine::region::pollutant::Medium;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A table of codes, each row in the order of `columns`; the last `free` of them may be empty or absent.
fn codes(
    path: &Path,
    columns: &[&str],
    free: usize,
    problems: &mut Problems,
) -> Result<Vec<(u64, Vec<String>)>, Failure> {
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
pub type Sites = (BTreeMap<String, String>, BTreeMap<String, String>);

/// Reads `station,city` and, where there are members, `member`; a code that stands under two others is a problem.
pub fn sites(path: &Path, problems: &mut Problems) -> Result<Sites, Failure> {
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

/// Days by city.
pub type CityDays = BTreeMap<String, BTreeSet<Time>>;

/// Reads `city,day`.
pub fn days(path: &Path, zone: i64, problems: &mut Problems) -> Result<CityDays, Failure> {
    let file = path.display().to_string();
    let mut days: CityDays = BTreeMap::new();
    for (line, row) in codes(path, &["city", "day"], 0, problems)? {
        let [city, day] = row.as_slice() else { continue };
        if let Some(time) = day_of(&file, line, day, zone, problems) {
            days.entry(city.clone()).or_default().insert(time);
        }
    }
    Ok(days)
}

/// Days by city and pollutant.
pub type Events = BTreeMap<String, BTreeMap<Pollutant, BTreeSet<Time>>>;

/// Reads `city,day,pollutant`; without a pollutant the day is one of all six.
pub fn events(path: &Path, zone: i64, problems: &mut Problems) -> Result<Events, Failure> {
    let file = path.display().to_string();
    let mut events = Events::new();
    for (line, row) in codes(path, &["city", "day", "pollutant"], 1, problems)? {
        let [city, day, name] = row.as_slice() else { continue };
        let pollutant = Pollutant::parse(name).filter(|p| p.spec().medium == Medium::Air);
        if pollutant.is_none() && !name.is_empty() {
            let limit = "is not a pollutant of the air".into();
            problems.add(problem(&file, Some(line), "pollutant", name, limit, "name one, or leave it empty for all"));
        }
        let Some(time) = day_of(&file, line, day, zone, problems) else { continue };
        for (item, _) in hj633::ITEMS.iter().filter(|(item, _)| pollutant.is_none_or(|p| p == *item)) {
            events.entry(city.clone()).or_default().entry(*item).or_default().insert(time);
        }
    }
    Ok(events)
}

fn day_of(file: &str, line: u64, day: &str, zone: i64, problems: &mut Problems) -> Option<Time> {
    let time = air_rows::moment(day, zone);
    if time.is_none() {
        let limit = "is not a day".into();
        problems.add(problem(file, Some(line), "day", day, limit, "write it as 2021-03-16"));
    }
    time.map(|t| t.midnight(zone))
}
