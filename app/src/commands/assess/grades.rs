//! Monthly grades: the mean of the month at each section, then the section, its river, its basin, its province, and all.

use super::verdict::Verdict;
use super::water_rows::WaterRow;
use crate::output::number::number;
use liankong_engine::assess::gb3838::{Standard, class_name};
use liankong_engine::assess::gb3838_grading::{GroupGrade, Method, SectionMean, mean, of_group};
use liankong_engine::region::Pollutant;
use serde::Serialize;
use std::collections::BTreeMap;

/// The columns of the table of grades.
pub const COLUMNS: [&str; 16] = [
    "level",
    "name",
    "month",
    "sections",
    "unclassed",
    "class",
    "grade",
    "share_1_to_3",
    "share_worse_than_5",
    "main_items",
    "with_target",
    "met",
    "method",
    "river_chief",
    "readings",
    "rules",
];

/// Levels, from the section up.
const LEVELS: [&str; 5] = ["section", "river", "basin", "province", "all"];

/// One grade.
#[derive(Serialize)]
pub struct Line {
    level: &'static str,
    name: String,
    month: String,
    river_chief: String,
    /// Rows of the input behind it.
    readings: usize,
    #[serde(flatten)]
    grade: GroupGrade,
}

impl Line {
    /// The row of the table.
    pub fn cells(&self) -> Vec<String> {
        let g = &self.grade;
        let main: Vec<String> = g.main.iter().map(|(item, n)| format!("{}({n})", item.spec().id)).collect();
        vec![
            self.level.into(),
            self.name.clone(),
            self.month.clone(),
            g.sections.to_string(),
            g.unclassed.to_string(),
            g.class.map_or("", class_name).into(),
            g.quality.name_zh().into(),
            number(g.share_1_to_3),
            number(g.share_worse_than_5),
            main.join(";"),
            g.with_target.to_string(),
            g.met.to_string(),
            match g.method {
                Method::Shares => "shares".into(),
                Method::MeanConcentration => "mean".into(),
            },
            self.river_chief.clone(),
            self.readings.to_string(),
            liankong_engine::assess::gb3838_grading::RULE.into(),
        ]
    }
}

/// The month of a time as text: `2020-05`, or `05` where the year is not told; empty where there is none.
fn month(time: &str) -> String {
    let mut parts = time.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let padded = |text: &str| text.parse::<u8>().ok().filter(|m| (1..=12).contains(m)).map(|m| format!("{m:02}"));
    match first.len() {
        4 => padded(second).map(|m| format!("{first}-{m}")).unwrap_or_default(),
        _ => padded(first).unwrap_or_default(),
    }
}

/// Every grade: by level, then name, then month. Rows without a value or a month stay out.
pub fn monthly(standard: &Standard, rows: &[WaterRow], judged: &[Verdict]) -> Vec<Line> {
    type Key<'a> = (String, &'a str, &'a str);
    type Group = (Vec<SectionMean>, String, usize);
    // The rows of each section and month.
    let mut months: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (k, row) in rows.iter().enumerate() {
        let month = month(&row.time);
        if !month.is_empty() && !row.values.is_empty() {
            months.entry((month, row.province.as_str(), row.section.as_str())).or_default().push(k);
        }
    }
    // The sections of each group of each level.
    let mut groups: BTreeMap<(usize, String, String), Group> = BTreeMap::new();
    for ((month, province, section), members) in &months {
        let Some(verdict) = members.first().and_then(|k| judged.get(*k)) else { continue };
        let values: Vec<Vec<(Pollutant, f64)>> =
            members.iter().filter_map(|k| rows.get(*k)).map(WaterRow::si).collect();
        let mean = SectionMean {
            body: verdict.entry.kind,
            target_class: verdict.entry.target,
            values: mean(values.iter().map(Vec::as_slice)),
        };
        let own = if province.is_empty() { (*section).to_string() } else { format!("{section} ({province})") };
        let names = [own.as_str(), &verdict.entry.river, &verdict.entry.basin, province, "*"];
        for (level, name) in names.into_iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let chief = if level == 0 { verdict.entry.river_chief.clone() } else { String::new() };
            let group = groups.entry((level, name.to_string(), month.clone())).or_default();
            group.0.push(mean.clone());
            group.1 = chief;
            group.2 += members.len();
        }
    }
    let line = |((level, name, month), (sections, river_chief, readings)): ((usize, String, String), Group)| {
        let level = LEVELS.get(level).copied().unwrap_or_default();
        Some(Line { level, name, month, river_chief, readings, grade: of_group(standard, &sections)? })
    };
    groups.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn the_month_is_read_with_or_without_the_year() {
        assert_eq!(
            ["2020-05-10 08:00", "2020/5/9", "05-10 08:00", "2020年11月", "", "13-01"].map(month),
            ["2020-05", "2020-05", "05", "2020-11", "", ""]
        );
    }
}
