//! The register of sections: river or lake, target class, 河长; and how rows find theirs.
//!
//! *Join.* By section and province, because names repeat (临江 stands in two provinces). Names are compared without blanks,
//! with full-width parentheses as narrow ones, provinces without 省 and 市. A row without province is joined by the section
//! alone where the register's rows of that name say the same; where they differ, it is a problem.
//!
//! *Fallback.* A section that neither the register nor its own row describes is a lake where the row reports chlorophyll-a
//! or algal density, which the national network measures at lakes and reservoirs, and a river otherwise.

use super::grid::{Grid, plain, problem};
use super::water_rows::{WaterRow, class_of, kind_of};
use crate::manners::Failure;
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use liankong_engine::region::network::WaterBody;
use std::collections::BTreeMap;
use std::path::Path;

/// The fallback in words.
pub const FALLBACK: &str =
    "a lake where the row reports chlorophyll-a or algal density, a river otherwise; give --register to be exact";

/// What is known of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// River or lake.
    pub kind: WaterBody,
    /// Class to reach.
    pub target: Option<u8>,
    /// 河长.
    pub river_chief: String,
    /// Basin, where told.
    pub basin: String,
    /// River, where told.
    pub river: String,
}

/// Where the kind of a row's water is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindFrom {
    /// The register.
    Register,
    /// A column of the row.
    Row,
    /// The fallback rule.
    Fallback,
}

impl KindFrom {
    /// For the table.
    pub fn id(self) -> &'static str {
        match self {
            KindFrom::Register => "register",
            KindFrom::Row => "row",
            KindFrom::Fallback => "fallback",
        }
    }
}

/// Entries by section, then province.
#[derive(Default)]
pub struct Register {
    sections: BTreeMap<String, BTreeMap<String, Entry>>,
}

fn name(text: &str) -> String {
    let wide = |c: char| match c {
        '（' => '(',
        '）' => ')',
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(wide).collect()
}

fn province(text: &str) -> String {
    let name = name(text);
    name.strip_suffix(['省', '市']).unwrap_or(&name).to_string()
}

impl Register {
    /// Reads `section,province,kind[,target_class][,river_chief][,basin][,river]`.
    pub fn read(path: &Path, problems: &mut Problems) -> Result<Register, Failure> {
        let grid = Grid::read(path, problems)?;
        let header: Vec<String> = grid.header.iter().map(|h| plain(h).to_lowercase()).collect();
        let mut register = Register::default();
        let absent: Vec<&str> =
            ["section", "province", "kind"].into_iter().filter(|c| !header.iter().any(|h| h == c)).collect();
        for column in &absent {
            let limit = "the column is missing from the header".into();
            problems.add(problem(&grid.file, Some(1), column, "", limit, "write section,province,kind,target_class"));
        }
        if !absent.is_empty() {
            return Ok(register);
        }
        for (line, cells) in &grid.rows {
            let cell = |column: &str| {
                let k = header.iter().position(|h| h == column);
                k.and_then(|k| cells.get(k)).map(|c| plain(c)).unwrap_or_default()
            };
            let mut refuse = |column: &str, limit: &str, remedy: &str| {
                problems.add(problem(&grid.file, Some(*line), column, &cell(column), limit.into(), remedy));
            };
            let section = name(&cell("section"));
            if section.is_empty() {
                refuse("section", "the cell is empty", "give the name of the section");
            }
            let kind = kind_of(&cell("kind"));
            if kind.is_none() {
                refuse("kind", "must be one of river, lake", "use one of these words");
            }
            let target = class_of(&cell("target_class")).filter(|class| *class < 6);
            if target.is_none() && !cell("target_class").is_empty() {
                refuse("target_class", "must be one of Ⅰ, Ⅱ, Ⅲ, Ⅳ, Ⅴ", "use one of these, or leave it empty");
            }
            let Some(kind) = kind else { continue };
            let entry =
                Entry { kind, target, river_chief: cell("river_chief"), basin: cell("basin"), river: cell("river") };
            let provinces = register.sections.entry(section).or_default();
            match provinces.get(&province(&cell("province"))) {
                Some(earlier) if (earlier.kind, earlier.target) != (entry.kind, entry.target) => refuse(
                    "section",
                    "the section stands on an earlier line with another kind or target",
                    "keep one line for each section of a province",
                ),
                Some(_) => {}
                None => {
                    provinces.insert(province(&cell("province")), entry);
                }
            }
        }
        Ok(register)
    }

    /// The entry of a row; `Err` names the provinces where it could be any of several that differ.
    fn of(&self, row: &WaterRow) -> Result<Option<&Entry>, Vec<&str>> {
        let Some(provinces) = self.sections.get(&name(&row.section)) else { return Ok(None) };
        let own = province(&row.province);
        if !own.is_empty() {
            return Ok(provinces.get(&own).or_else(|| provinces.get("")));
        }
        let mut entries = provinces.values();
        let first = entries.next();
        if entries.any(|e| first.is_some_and(|f| (f.kind, f.target) != (e.kind, e.target))) {
            return Err(provinces.keys().map(String::as_str).collect());
        }
        Ok(first)
    }
}

/// What holds for a row, and where its kind is from.
pub fn described(file: &str, register: &Register, row: &WaterRow, problems: &mut Problems) -> (Entry, KindFrom) {
    let found = register.of(row).unwrap_or_else(|provinces| {
        let limit = format!("the register has sections of this name that differ, in {}", provinces.join(", "));
        problems.add(problem(file, Some(row.line), "section", &row.section, limit, "add a column province"));
        None
    });
    let algae = |p: &Pollutant| matches!(p, Pollutant::ChlorophyllA | Pollutant::AlgalDensity);
    let (kind, from) = match (found, row.kind) {
        (Some(entry), _) => (entry.kind, KindFrom::Register),
        (None, Some(kind)) => (kind, KindFrom::Row),
        (None, None) if row.values.iter().any(|v| algae(&v.item)) => (WaterBody::Lake, KindFrom::Fallback),
        (None, None) => (WaterBody::River, KindFrom::Fallback),
    };
    let or_row = |told: Option<&String>, own: &str| told.filter(|t| !t.is_empty()).map_or(own, |t| t).to_string();
    let entry = Entry {
        kind,
        target: found.and_then(|e| e.target).or(row.target),
        river_chief: or_row(found.map(|e| &e.river_chief), &row.river_chief),
        basin: or_row(found.map(|e| &e.basin), &row.basin),
        river: or_row(found.map(|e| &e.river), &row.river),
    };
    (entry, from)
}
