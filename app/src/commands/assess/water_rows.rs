//! Measured water as rows: which columns are there, in which units, and what each row says.

use super::grid::{Cell, Grid, measured, plain, problem};
use liankong_engine::assess::disagreement::Printed;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::network::WaterBody;
use liankong_engine::region::pollutant::Medium;
use liankong_engine::units;

/// What a row describes itself by; the national header and ours.
const PLACES: [(Place, &[&str]); 9] = [
    (Place::Section, &["section", "section_id", "断面名称", "断面", "站点名称", "站点", "点位名称", "水站名称"]),
    (Place::Time, &["time", "监测时间", "时间", "监测日期", "日期"]),
    (Place::Province, &["province", "省份", "省"]),
    (Place::Basin, &["basin", "流域"]),
    (Place::River, &["river", "河流", "河流名称", "水体", "水体名称"]),
    (Place::Kind, &["kind", "水体类型"]),
    (Place::Target, &["target_class", "水质目标", "目标类别"]),
    (Place::Chief, &["river_chief", "河长"]),
    (Place::Depth, &["depth_m", "水深"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Section,
    Time,
    Province,
    Basin,
    River,
    Kind,
    Target,
    Chief,
    Depth,
}

/// One row of the input.
pub struct WaterRow {
    /// Line in the file.
    pub line: u64,
    /// Section, as written.
    pub section: String,
    /// Time, as written: it may lack the year.
    pub time: String,
    /// Province, basin and river, where told.
    pub province: String,
    /// Basin.
    pub basin: String,
    /// River.
    pub river: String,
    /// Kind of water, where the row itself tells.
    pub kind: Option<WaterBody>,
    /// Class to reach, where the row itself tells.
    pub target: Option<u8>,
    /// 河长, where the row itself tells.
    pub river_chief: String,
    /// Depth of the water, m.
    pub depth_m: Option<f64>,
    /// Values fit for use.
    pub values: Vec<Printed>,
    /// What was not fit for use.
    pub flags: Vec<String>,
    /// The published class, as written.
    pub published: String,
}

impl WaterRow {
    /// Item and SI value of each reading.
    pub fn si(&self) -> Vec<(Pollutant, f64)> {
        self.values.iter().map(|p| (p.item, p.value)).collect()
    }
}

/// Reads `Ⅲ`, `III`, `3`, `Ⅲ类`, `劣Ⅴ`, `劣V类` as 1 to 6.
pub fn class_of(text: &str) -> Option<u8> {
    let text = plain(text).replace([' ', '类'], "").to_uppercase();
    if text.starts_with('劣') {
        return matches!(text.as_str(), "劣Ⅴ" | "劣V" | "劣5" | "劣").then_some(6);
    }
    let names: [&[&str]; 5] =
        [&["Ⅰ", "I", "1"], &["Ⅱ", "II", "2"], &["Ⅲ", "III", "3"], &["Ⅳ", "IV", "4"], &["Ⅴ", "V", "5"]];
    names.iter().position(|n| n.contains(&text.as_str())).map(|k| k as u8 + 1)
}

/// Reads `river`, `lake` and what Chinese tables say for them.
pub fn kind_of(text: &str) -> Option<WaterBody> {
    match text.trim() {
        "river" | "河流" | "河" => Some(WaterBody::River),
        "lake" | "reservoir" | "湖库" | "湖泊" | "水库" | "湖" | "库" => Some(WaterBody::Lake),
        _ => None,
    }
}

/// What a column holds.
#[derive(Clone, Copy)]
enum Column {
    Place(Place),
    Measured { item: Pollutant, to_si: f64 },
    Other,
}

/// Every row, in the order of the file; problems of the header and of the descriptive cells are collected.
pub fn rows(grid: &Grid, against: Option<&str>, problems: &mut Problems) -> Vec<WaterRow> {
    let columns = columns(grid, problems);
    let at = |place: Place| columns.iter().position(|c| matches!(c, Column::Place(p) if *p == place));
    for (place, name) in [(Place::Section, "section"), (Place::Time, "time")] {
        if at(place).is_none() {
            let limit = "the column is missing from the header".into();
            problems.add(problem(
                &grid.file,
                Some(1),
                name,
                "",
                limit,
                "name it section or 断面名称, time or 监测时间",
            ));
        }
    }
    if !columns.iter().any(|c| matches!(c, Column::Measured { .. })) {
        let limit = "no column is a parameter of water".into();
        problems.add(problem(&grid.file, Some(1), "", "", limit, "add columns such as pH, DO, CODMn, NH3-N, TP"));
    }
    let published = against.and_then(|name| {
        let found = grid.header.iter().position(|column| plain(column) == name.trim());
        if found.is_none() {
            let limit = format!("there is no column {name} to compare with");
            problems.add(problem(&grid.file, Some(1), "--against", name, limit, "name a column of the header"));
        }
        found
    });
    let read = |(line, cells): &(u64, Vec<String>)| {
        let text = |k: Option<usize>| k.and_then(|k| cells.get(k)).map(|c| plain(c)).unwrap_or_default();
        let of = |place| text(at(place));
        let mut chosen = |place: Place, name: &str, fits: bool, words: &str| {
            let value = of(place);
            if !value.is_empty() && !fits {
                let limit = format!("must be one of {words}");
                problems.add(problem(&grid.file, Some(*line), name, &value, limit, "correct it, or leave it empty"));
            }
        };
        let (kind, target) = (kind_of(&of(Place::Kind)), class_of(&of(Place::Target)).filter(|c| *c < 6));
        chosen(Place::Kind, "kind", kind.is_some(), "river, lake");
        chosen(Place::Target, "target_class", target.is_some(), "Ⅰ, Ⅱ, Ⅲ, Ⅳ, Ⅴ");
        let (values, flags) = readings(grid, &columns, cells);
        WaterRow {
            line: *line,
            section: of(Place::Section),
            time: of(Place::Time),
            province: of(Place::Province),
            basin: of(Place::Basin),
            river: of(Place::River),
            kind,
            target,
            river_chief: of(Place::Chief),
            depth_m: of(Place::Depth).parse().ok(),
            values,
            flags,
            published: text(published),
        }
    };
    grid.rows.iter().map(read).collect()
}

/// What each column of the header holds; a parameter that stands twice or has a foreign unit is a problem.
fn columns(grid: &Grid, problems: &mut Problems) -> Vec<Column> {
    let mut found: Vec<Column> = Vec::new();
    for name in &grid.header {
        let shown = plain(name);
        let column = column(&shown).unwrap_or_else(|(unit, item)| {
            let limit = format!("{} is not measured in {unit} here", item.spec().id);
            problems.add(problem(&grid.file, Some(1), &shown, "", limit, "convert it, or correct the unit"));
            Column::Other
        });
        let twice = found.iter().any(|earlier| match (earlier, column) {
            (Column::Place(a), Column::Place(b)) => *a == b,
            (Column::Measured { item: a, .. }, Column::Measured { item: b, .. }) => *a == b,
            _ => false,
        });
        if twice {
            let limit = "the header holds this column twice".into();
            problems.add(problem(&grid.file, Some(1), &shown, "", limit, "keep one of the two"));
        }
        found.push(column);
    }
    found
}

/// A column by its name, whole or with its unit in parentheses; the unit and item where they do not fit each other.
fn column(name: &str) -> Result<Column, (String, Pollutant)> {
    let name = name.replace('（', "(").replace('）', ")");
    let water = |text: &str| Pollutant::parse(text).filter(|p| p.spec().medium == Medium::Water);
    let place = |text: &str| {
        let lower = text.trim().to_lowercase();
        PLACES.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(place, _)| Column::Place(*place))
    };
    let (bare, unit) = match name.rsplit_once('(') {
        Some((bare, unit)) if water(&name).is_none() => (bare.trim(), Some(unit.trim_end_matches(')').trim())),
        _ => (name.trim(), None),
    };
    let Some(item) = water(bare) else { return Ok(place(bare).unwrap_or(Column::Other)) };
    let unit = unit.filter(|u| !u.is_empty()).unwrap_or(item.spec().unit);
    match units::unit(unit).filter(|u| u.dimension == item.dimension()) {
        Some(unit) => Ok(Column::Measured { item, to_si: unit.to_si }),
        None => Err((unit.to_string(), item)),
    }
}

/// The readings of a row; what cannot be read or cannot be is a flag, not a value.
fn readings(grid: &Grid, columns: &[Column], cells: &[String]) -> (Vec<Printed>, Vec<String>) {
    let (mut values, mut flags) = (Vec::new(), Vec::new());
    for (k, column) in columns.iter().enumerate() {
        let (Column::Measured { item, to_si }, Some(cell)) = (column, cells.get(k)) else { continue };
        match measured(cell) {
            Cell::Missing => {}
            Cell::Unreadable => {
                let name = grid.header.get(k).map(|n| plain(n)).unwrap_or_default();
                flags.push(format!("unreadable {name} \"{}\"", plain(cell)));
            }
            Cell::Value { value, half_step } => {
                let reading = Printed { item: *item, value: value * to_si, half_step: half_step * to_si };
                let (low, high) = item.spec().plausible;
                let printed = item.printed(reading.value);
                if printed < low || printed > high {
                    flags.push(format!("range {} {}", item.spec().id, plain(cell)));
                } else {
                    values.push(reading);
                }
            }
        }
    }
    (values, flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_in_every_spelling() {
        assert_eq!(["Ⅰ", "II", "3", "Ⅳ类", "V", "劣Ⅴ", "劣V类"].map(class_of), [1, 2, 3, 4, 5, 6, 6].map(Some));
        assert_eq!(["", "-", "--", "Ⅵ"].map(class_of), [None; 4]);
    }

    #[test]
    fn the_national_header_is_read_with_its_units() {
        let item = |name: &str| match column(name) {
            Ok(Column::Measured { item, to_si }) => Some((item, to_si)),
            _ => None,
        };
        assert_eq!(item("pH(无量纲)"), Some((Pollutant::Ph, 1.0)));
        assert_eq!(item("溶解氧（mg/L）"), Some((Pollutant::Do, 1e-3)));
        assert_eq!(item("高锰酸盐指数"), Some((Pollutant::Codmn, 1e-3)));
        assert_eq!(item("叶绿素α(mg/L)"), Some((Pollutant::ChlorophyllA, 1e-3)));
        assert_eq!(item("铬(六价)(mg/L)"), Some((Pollutant::Cr6, 1e-3)));
        assert_eq!(item("电导率(μS/cm)"), None);
        assert!(column("总磷(℃)").is_err());
    }
}
