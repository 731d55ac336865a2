//! The register of rules: one line for every rule that can be asked for, with its days, its mark and its source.
//!
//! The tables `tables/air_rules.csv` and `tables/water_rules.csv` are the only place where a rule's days stand; the choice of
//! the rule in force ([`super::edition`]), the list that a user sees and the documentation derive from them.

use serde::Serialize;

const TABLES: [&str; 2] = [include_str!("tables/air_rules.csv"), include_str!("tables/water_rules.csv")];

/// One rule, or one edition of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What it is asked for by, e.g. `HJ 633-2012`.
    pub id: &'static str,
    /// What it judges; editions of one rule share it.
    pub subject: &'static str,
    /// Chinese name; empty where none is kept.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// First day, `2026-03-01`; empty = no earlier edition is kept here.
    pub from: &'static str,
    /// Last day; empty = still in force.
    pub to: &'static str,
    /// How its figures are known: `verified`, `secondary`, `from memory`.
    pub mark: &'static str,
    /// Where they are from.
    pub source: &'static str,
}

impl Rule {
    /// Whether its figures were read in the source named, or in two that agree.
    pub fn verified(&self) -> bool {
        self.mark == "verified"
    }
}

/// Every rule, in the order of the tables.
pub fn rules() -> Vec<Rule> {
    let of_table = |text: &'static str| -> Vec<Rule> {
        rows(text)
            .map(|row| Rule {
                id: Some(row.text("rule")).filter(|t| !t.is_empty()).unwrap_or(row.text("id")),
                subject: row.text("subject"),
                name_zh: row.text("name_zh"),
                name_en: row.text("name_en"),
                from: row.text("valid_from"),
                to: row.text("valid_to"),
                mark: row.text("mark"),
                source: row.text("source"),
            })
            .collect()
    };
    TABLES.into_iter().flat_map(of_table).collect()
}

/// The rules that a text names: one by its identifier, or every edition by the name without the year (`HJ 633`). Spaces,
/// hyphens and case do not matter.
pub fn named(text: &str) -> Vec<Rule> {
    let plain = |t: &str| t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let asked = plain(text);
    let (exact, editions): (Vec<Rule>, Vec<Rule>) = rules().into_iter().partition(|r| plain(r.id) == asked);
    if !exact.is_empty() {
        return exact;
    }
    let without_year =
        |id: &'static str| id.rsplit_once(['-', ' ']).filter(|(_, y)| y.len() == 4).map(|(name, _)| name);
    editions.into_iter().filter(|r| without_year(r.id).is_some_and(|name| plain(name) == asked)).collect()
}

/// One row of a built-in table.
pub(super) struct BuiltIn {
    header: &'static str,
    cells: Vec<&'static str>,
}

impl BuiltIn {
    /// The cell of a column; empty where the table has no such column.
    pub(super) fn text(&self, column: &str) -> &'static str {
        let at = self.header.split(',').position(|name| name == column);
        at.and_then(|k| self.cells.get(k)).copied().unwrap_or("")
    }

    /// The cell as a number.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok()
    }
}

/// The rows of a built-in table. The tables are ours: a cell with a comma stands in quotes, and none holds a quote.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = BuiltIn> {
    let mut lines = table.lines();
    let header = lines.next().unwrap_or("");
    lines.filter(|line| !line.is_empty()).map(move |line| BuiltIn { header, cells: cells(line) })
}

fn cells(line: &'static str) -> Vec<&'static str> {
    let (mut list, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                list.push(line.get(start..at).unwrap_or("").trim_matches('"'));
                start = at + 1;
            }
            _ => {}
        }
    }
    list.push(line.get(start..).unwrap_or("").trim_matches('"'));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::Time;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_its_own_identifier_days_that_can_be_read_a_mark_and_a_source() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            assert!(seen.insert(rule.id), "{} stands twice", rule.id);
            for day in [rule.from, rule.to] {
                assert!(day.is_empty() || Time::parse(day, 0).is_some(), "{}: {day}", rule.id);
            }
            assert!(["verified", "secondary", "from memory"].contains(&rule.mark), "{}: {}", rule.id, rule.mark);
            assert!(!rule.source.is_empty() && !rule.subject.is_empty(), "{}", rule.id);
        }
        assert!(seen.len() >= 14, "{seen:?}");
    }

    #[test]
    fn a_rule_is_found_by_its_identifier_and_its_editions_by_the_name_without_the_year() {
        let ids = |text: &str| named(text).iter().map(|r| r.id).collect::<Vec<_>>();
        assert_eq!(ids("HJ 633-2012"), ["HJ 633-2012"]);
        assert_eq!(ids("hj633"), ["HJ 633-2012", "HJ 633-2026"]);
        assert_eq!(ids("GB 3095"), ["GB 3095-2012", "GB 3095-2026"]);
        assert_eq!(ids("US EPA AQI"), ["US EPA AQI 2024"]);
        assert_eq!(ids("EU 2024/2881"), ["EU 2024/2881"]);
        assert!(ids("HJ 999").is_empty());
    }
}
