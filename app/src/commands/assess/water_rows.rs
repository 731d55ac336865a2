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
    (
        Place::Section,
        &[
            "section",
            "section_id",
            "断面名称",
            "断面",
            "监测断面",
            "站点名称",
            "站点",
            "站名",
            "点位名称",
            "监测点位",
            "点位",
            "水站名称",
            "测站名称",
        ],
    ),
    (
        Place::Time,
        &[
            "time",
            "datetime",
            "监测时间",
            "时间",
            "采样时间",
            "date",
            "监测日期",
            "采样日期",
            "日期",
            "month",
            "监测月份",
            "月份",
        ],
    ),
    (Place::Province, &["province", "省份", "省", "所属省份", "行政区"]),
    (Place::Basin, &["basin", "流域", "所属流域", "流域名称"]),
    (Place::River, &["river", "河流", "河流名称", "所在河流", "水体", "水体名称", "所在水体"]),
    (Place::Kind, &["kind", "水体类型"]),
    (Place::Target, &["target_class", "水质目标", "目标类别", "目标水质", "水质目标类别"]),
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
    /// Where, when, or whose; and how far down the list of names its own stands.
    Place(Place, usize),
    Measured {
        item: Pollutant,
        to_si: f64,
    },
    Other,
}

/// Every row, in the order of the file; problems of the header and of the descriptive cells are collected.
pub fn rows(grid: &Grid, against: Option<&str>, problems: &mut Problems) -> Vec<WaterRow> {
    let columns = columns(grid, problems);
    // Of several columns for one place (监测日期 beside 监测时间) the name that stands first in the list is read.
    let at = |place: Place| {
        let rank = |c: &Column| match c {
            Column::Place(p, rank) if *p == place => Some(*rank),
            _ => None,
        };
        columns.iter().enumerate().filter_map(|(k, c)| Some((rank(c)?, k))).min().map(|(_, k)| k)
    };
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
            if !fits && measured(&value) != Cell::Missing {
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
            (Column::Place(a, own), Column::Place(b, other)) => (*a, own) == (b, &other),
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

/// A column by its name: whole (`铬(六价)`), or freed from its unit and remarks: `氨氮（NH3-N）(mg/L)`, `总磷（以P计）`, `pH值`,
/// `DO_mg/L`, `溶解氧 mg/L`. The unit and item where they do not fit each other.
fn column(name: &str) -> Result<Column, (String, Pollutant)> {
    let name = name.replace(['（', '['], "(").replace(['）', ']'], ")");
    let name = name.trim();
    let (bare, mut remarks) = (outside_brackets(name), in_brackets(name));
    let water = |text: &str| {
        let text = text.trim().trim_end_matches(['/', '_', ',', ':', '-']).trim();
        let item =
            Pollutant::parse(text).or_else(|| Pollutant::parse(text.strip_suffix("浓度").or(text.strip_suffix('值'))?));
        item.filter(|p| p.spec().medium == Medium::Water)
    };
    let lower = bare.to_lowercase();
    for (place, names) in &PLACES {
        if let Some(rank) = names.iter().position(|n| *n == lower) {
            return Ok(Column::Place(*place, rank));
        }
    }
    // `铬(六价)(mg/L)`: brackets that hold a unit are no part of the name, others may be.
    let units = remarks.iter().filter(|r| units::unit(r).is_some());
    let named = units.fold(name.to_string(), |named, unit| named.replace(&format!("({unit})"), ""));
    let mut item = water(&named).or_else(|| water(&bare));
    if item.is_none() {
        // Item and unit side by side: the longest beginning that is an item, the rest its unit.
        let cut = bare.char_indices().map(|(at, _)| at).skip(1).filter_map(|at| bare.split_at_checked(at));
        let found = cut
            .filter_map(|(item, unit)| Some((water(item)?, unit.trim_matches([' ', '_', '/', ',']))))
            .filter(|(_, u)| units::unit(u).is_some());
        if let Some((found, unit)) = found.last() {
            item = Some(found);
            remarks.push(unit.to_string());
        }
    }
    let item = item.or_else(|| bare.is_empty().then(|| remarks.iter().find_map(|r| water(r))).flatten());
    let Some(item) = item else { return Ok(Column::Other) };
    let told =
        remarks.iter().find(|r| units::unit(r).is_some() || r.contains('/')).map_or(item.spec().unit, String::as_str);
    match units::unit(told).filter(|u| u.dimension == item.dimension()) {
        Some(unit) => Ok(Column::Measured { item, to_si: unit.to_si }),
        None => Err((told.to_string(), item)),
    }
}

fn outside_brackets(name: &str) -> String {
    let mut depth = 0usize;
    let outside = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *c != ')'
    };
    name.chars().filter(outside).collect::<String>().trim().to_string()
}

fn in_brackets(name: &str) -> Vec<String> {
    name.split('(').skip(1).filter_map(|p| p.split(')').next()).map(|p| p.trim().to_string()).collect()
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
    // In the order of the pollutant table, so that the order of the columns changes nothing.
    values.sort_by_key(|reading| reading.item);
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
        for name in ["总磷(℃)", "总磷(mg/furlong)"] {
            assert!(column(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_column_is_known_under_other_spellings() {
        let item = |name: &str| match column(name) {
            Ok(Column::Measured { item, to_si }) => Some((item, to_si)),
            _ => None,
        };
        use Pollutant::{ChlorophyllA, Codmn, Do, Nh3n, Ph, Tp};
        for (name, expected) in [
            ("氨氮（NH3-N）(mg/L)", (Nh3n, 1e-3)),
            ("氨氮mg/L", (Nh3n, 1e-3)),
            ("氨氮_mg/L", (Nh3n, 1e-3)),
            ("NH3-N [mg/L]", (Nh3n, 1e-3)),
            ("nh3n", (Nh3n, 1e-3)),
            ("总磷(以P计)", (Tp, 1e-3)),
            ("TP(ug/L)", (Tp, 1e-6)),
            ("总磷浓度（毫克/升）", (Tp, 1e-3)),
            ("pH值", (Ph, 1.0)),
            ("PH", (Ph, 1.0)),
            ("DO mg/l", (Do, 1e-3)),
            ("高锰酸盐指数（CODMn）", (Codmn, 1e-3)),
            ("叶绿素a", (ChlorophyllA, 1e-6)),
        ] {
            assert_eq!(item(name), Some(expected), "{name}");
        }
        for name in ["浊度(NTU)", "站点情况", "水质类别", "备注", "", "()"] {
            assert_eq!(item(name), None, "{name}");
        }
        assert!(matches!(column("监测日期"), Ok(Column::Place(Place::Time, _))));
    }
}
