//! A rule of one's own: breakpoints in a CSV file with the columns of the built-in table.
//!
//! `rule,pollutant,averaging,unit,sub_index,breakpoint[,mark,source]`, one rule a file. Every curve starts at sub-index 0
//! and concentration 0 and rises; averaging is `1h`, `8h` or `24h`. It is scored like HJ 633-2026 (round half to even, index
//! up, the greatest sub-index, primary above 50), but an incomplete day has its index.

use crate::assess::hj633::{self, Breakpoints, Clauses};
use crate::problem::{Error, Problem, Problems, Result};
use crate::region::pollutant::{Medium, Pollutant};
use crate::region::table::{Limit, Table};
use crate::units;
use std::cell::RefCell;
use std::path::Path;

const REQUIRED: [&str; 6] = ["rule", "pollutant", "averaging", "unit", "sub_index", "breakpoint"];
const INDEX: Limit = Limit::new(0.0, 1000.0, "sub-index");
const CONCENTRATION: Limit = Limit::new(0.0, 1e6, "in the unit of the row");

/// Reads a rule from a file.
pub fn read(path: &Path) -> Result<Breakpoints> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::file(path, cause))?;
    let file = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    from_text(&file, &text)
}

/// Reads a rule from text, with every problem told.
pub fn from_text(file: &str, text: &str) -> Result<Breakpoints> {
    let mut problems = Problems::default();
    let mut points: Vec<(Pollutant, i64, i64, i64)> = Vec::new();
    let mut name: Option<String> = None;
    if let Some(table) = Table::from_text(file, text, &REQUIRED, &mut problems) {
        let cell = RefCell::new(&mut problems);
        for row in table.rows(&cell) {
            row.check_mark();
            let rule = row.needed("rule");
            match (&rule, &name) {
                (Some(rule), Some(first)) if rule != first => {
                    row.refuse("rule", format!("the file began with {first}"), "keep one rule in a file");
                }
                (Some(rule), None) => name = Some(rule.clone()),
                _ => {}
            }
            let pollutant = Pollutant::parse(row.text("pollutant")).filter(|p| p.spec().medium == Medium::Air);
            if pollutant.is_none() {
                row.refuse("pollutant", "is not a pollutant of the air", "use SO2, NO2, CO, O3, PM10 or PM2.5");
            }
            let averaging_s =
                row.choice("averaging", &["1h", "8h", "24h"].map(|w| (w, hj633::averaging(w).unwrap_or_default())));
            let unit = units::unit(row.text("unit")).filter(|u| u.dimension == units::Dimension::Concentration);
            if unit.is_none() {
                row.refuse("unit", "is not a unit of concentration", "use ug/m3 or mg/m3");
            }
            let (index, breakpoint) = (row.number("sub_index", INDEX), row.number("breakpoint", CONCENTRATION));
            let (Some(p), Some(averaging_s), Some(unit), Some(index), Some(breakpoint)) =
                (pollutant, averaging_s, unit, index, breakpoint)
            else {
                continue;
            };
            if index.fract() != 0.0 {
                row.refuse("sub_index", "must be a whole number", "write it without a fraction");
            }
            let Some(at) = hj633::steps(p, breakpoint * unit.to_si) else { continue };
            let (index, before) = (index as i64, points.iter().rfind(|q| (q.0, q.1) == (p, averaging_s)));
            match before {
                None if (index, at) != (0, 0) => {
                    row.refuse(
                        "breakpoint",
                        "a curve must start at sub-index 0 and concentration 0",
                        "add that row first",
                    );
                }
                Some((_, _, index_before, at_before)) if index <= *index_before || at <= *at_before => {
                    row.refuse(
                        "breakpoint",
                        "must lie above the row before it, as must its sub-index",
                        "sort the rows",
                    );
                }
                _ => {}
            }
            points.push((p, averaging_s, index, at));
        }
    }
    for (p, averaging_s, ..) in points.iter().filter(|q| (q.2, q.3) == (0, 0)) {
        if points.iter().filter(|q| (q.0, q.1) == (*p, *averaging_s)).count() < 2 {
            problems.add(Problem {
                file: file.to_string(),
                line: None,
                field: "breakpoint".into(),
                value: p.spec().id.into(),
                limit: "a curve needs two breakpoints at least".into(),
                remedy: "add the others".into(),
            });
        }
    }
    match (name, problems.is_empty()) {
        (Some(name), true) => Ok(Breakpoints::through(name, Clauses::OF_ONES_OWN, points.into_iter())),
        (None, true) => Err(Error::Stage(format!("{file}: the table has no rows"))),
        _ => Err(Error::Input(problems.into_sorted())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::{DAY, HOUR};

    const HEADER: &str = "rule,pollutant,averaging,unit,sub_index,breakpoint\n";

    #[test]
    fn the_built_in_table_read_as_ones_own_gives_the_same_sub_indices() {
        let built_in = include_str!("../tables/hj633.csv");
        let of_2026: String =
            built_in.lines().filter(|l| !l.starts_with("HJ 633-2012")).map(|l| l.to_string() + "\n").collect();
        let own = from_text("own.csv", &of_2026).unwrap();
        let table = Breakpoints::of(hj633::RULE_2026).unwrap();
        for (pollutant, s) in hj633::ITEMS {
            for c in 0..3000 {
                let si = pollutant.from_printed(f64::from(c));
                assert_eq!(own.sub_index(pollutant, s, si), table.sub_index(pollutant, s, si), "{pollutant:?} {c}");
                assert_eq!(
                    own.sub_index(pollutant, HOUR, si),
                    table.sub_index(pollutant, HOUR, si),
                    "{pollutant:?} {c}"
                );
            }
        }
    }

    #[test]
    fn a_rule_for_one_pollutant_in_another_unit_scores_a_day() {
        let own = from_text("a.csv", &format!("{HEADER}Ours,CO,24h,ug/m3,0,0\nOurs,CO,24h,ug/m3,100,2000\n")).unwrap();
        // 1 mg/m³ of a curve to 100 at 2 mg/m³: 50.
        assert_eq!(own.day(&[(Pollutant::Co, DAY, 1e-6)]).index, Some(50));
        assert_eq!(own.rule, "Ours");
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        let text = format!(
            "{HEADER}A,PM2.5,24h,ug/m3,50,35\nB,PM2.5,24h,ug/m3,40,60\nA,XX,24h,ug/m3,0,0\nA,SO2,3h,ppb,0,0\nA,NO2,1h,ug/m3,0,zero\n"
        );
        let Err(Error::Input(problems)) = from_text("bad.csv", &text) else { panic!("must be refused") };
        let lines: Vec<(u64, &str)> = problems.iter().map(|p| (p.line.unwrap(), p.field.as_str())).collect();
        let expected = [
            (2, "breakpoint"),
            (3, "breakpoint"),
            (3, "rule"),
            (4, "pollutant"),
            (5, "averaging"),
            (5, "unit"),
            (6, "breakpoint"),
        ];
        assert_eq!(lines, expected);
        assert!(from_text("empty.csv", HEADER).is_err() && from_text("none.csv", "").is_err());
    }
}
