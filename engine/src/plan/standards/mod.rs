//! Standards side by side (标准统一): the emission limits of the members for the same sector and pollutant, dated; who is
//! loosest; what each gap is worth at the receptors; and everyone at the strictest.
//!
//! ```text
//! gap(m, s, p) = Σ over existing sources of m in s of q(p) · (1 − L*(s, p) / L(m, s, p))        kg/s
//! worth(t)     = Σ over gaps of F(t, source, species) · cut                                      in the target's unit
//! ```
//! `L(m, s, p)` the loosest limit that an existing plant of the member may be held to on the day, `L*` the strictest of these
//! over the members, `q` today's emission. Which rows bind a member: its own (local and joint) where it has any in force, else
//! those national ones that name it, else the national ones for all. Limits of the same unit are compared, for the grades
//! that the table gives; a single-sample or monitoring value is not a daily limit and is left out.
//!
//! Assumes that emission goes with the limit: plants that already run below it make the true gap smaller, so a gap is the
//! **most** that unified standards can bring. A programme (ultra-low emission, 2015) is no standard: it is shown and binds no one.

mod scenario;

pub use scenario::{Gap, Unified, unify};

use crate::problem::{Error, Problems, Result};
use crate::region::calendar::Time;
use crate::region::table::{Limit, Table};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The table that comes with the program: limits of the delta's members, most of them secondary or from memory.
pub const SUPPLIED: &str = include_str!("limits.csv");

/// China's clock; limits come into force at midnight there.
const UTC_OFFSET_S: i64 = 8 * 3600;

/// Who sets a limit, in the order in which it binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The member, or several together.
    Local,
    /// The nation, for named members.
    NationalSpecial,
    /// The nation, for all.
    National,
    /// A programme: binds no one by itself.
    Programme,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct EmissionLimit {
    /// Sector as the standard names it.
    pub sector: String,
    /// Pollutant as the standard names it.
    pub pollutant: String,
    /// Who set it.
    pub authority: Authority,
    /// Codes of the members it is for; empty = all.
    pub members: Vec<String>,
    /// Standard and its edition.
    pub standard: String,
    /// Which plants.
    pub scope: String,
    /// The limit; none where only the dates are known.
    pub limit: Option<f64>,
    /// The limit under `condition` (cold water, winter).
    pub seasonal: Option<f64>,
    /// When `seasonal` holds.
    pub condition: String,
    /// Unit of both.
    pub unit: String,
    /// From when for existing plants; none where the day is not known.
    pub from: Option<Time>,
    /// Until when; none = in force.
    pub to: Option<Time>,
    /// Sector and species of a case that it bears on; empty where there is none.
    pub case_sector: String,
    /// See `case_sector`.
    pub case_species: String,
    /// `verified`, `secondary`, `from memory`.
    pub mark: String,
}

impl EmissionLimit {
    fn in_force(&self, day: Time) -> bool {
        self.from.is_some_and(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// Reads a table of limits; every problem is told.
pub fn read(file: &str, text: &str) -> Result<Vec<EmissionLimit>> {
    let mut problems = Problems::default();
    let required = [
        "sector",
        "pollutant",
        "kind",
        "authority",
        "member",
        "standard",
        "limit",
        "unit",
        "valid_from_existing",
        "valid_to",
    ];
    let mut list = Vec::new();
    if let Some(table) = Table::from_text(file, text, &required, &mut problems) {
        let told = RefCell::new(&mut problems);
        for row in table.rows(&told) {
            // Charges and methods stand in the same table and are no limits.
            if row.text("kind") != "limit" {
                continue;
            }
            let authority = row.choice(
                "authority",
                &[
                    ("local", Authority::Local),
                    ("joint", Authority::Local),
                    ("national special", Authority::NationalSpecial),
                    ("national", Authority::National),
                    ("programme", Authority::Programme),
                ],
            );
            const VALUE: Limit = Limit::new(0.0, 1e9, "in its unit");
            let (limit, seasonal) = (row.number_or_empty("limit", VALUE), row.number_or_empty("limit_alt", VALUE));
            let day = |column| match row.text(column) {
                "" => Some(None),
                _ => row.time(column, UTC_OFFSET_S).map(Some),
            };
            let (from, to) = (day("valid_from_existing"), day("valid_to"));
            let (sector, pollutant, standard) = (row.needed("sector"), row.needed("pollutant"), row.needed("standard"));
            let (Some(authority), Some(limit), Some(seasonal), Some(from), Some(to)) =
                (authority, limit, seasonal, from, to)
            else {
                continue;
            };
            let (Some(sector), Some(pollutant), Some(standard)) = (sector, pollutant, standard) else { continue };
            let text = |column: &str| row.text(column).to_string();
            let members = row.text("member").split(';').map(str::trim).filter(|m| !m.is_empty()).map(String::from);
            list.push(EmissionLimit {
                sector,
                pollutant,
                authority,
                members: members.collect(),
                standard,
                scope: text("scope"),
                limit,
                seasonal,
                condition: text("alt_condition"),
                unit: text("unit"),
                from,
                to,
                case_sector: text("case_sector"),
                case_species: text("case_species"),
                mark: text("mark"),
            });
        }
    }
    if problems.is_empty() { Ok(list) } else { Err(Error::Input(problems.into_sorted())) }
}

/// What binds one member in one sector for one pollutant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bound {
    /// Member.
    pub member: String,
    /// Strictest and loosest limit that its existing plants may be held to.
    pub strictest: f64,
    /// See `strictest`.
    pub loosest: f64,
    /// Standards that say so, with their scope.
    pub standards: Vec<String>,
    /// Whether the member has its own, or the national one holds.
    pub authority: Authority,
    /// The weakest mark among the rows.
    pub mark: String,
}

/// One sector and pollutant, member beside member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Sector as the standards name it.
    pub sector: String,
    /// Pollutant.
    pub pollutant: String,
    /// Unit.
    pub unit: String,
    /// By member, in the order asked for.
    pub bounds: Vec<Bound>,
    /// Members with no limit in force.
    pub without: Vec<String>,
    /// Members with the greatest loosest limit.
    pub loosest: Vec<String>,
    /// Members with the least loosest limit.
    pub strictest: Vec<String>,
    /// Greatest over least loosest limit; 1 where all are alike.
    pub ratio: f64,
    /// Sector and species of a case.
    pub case_sector: String,
    /// See `case_sector`.
    pub case_species: String,
}

impl Comparison {
    /// The strictest of the members' loosest limits: what everyone would be held to.
    pub fn common(&self) -> Option<f64> {
        self.bounds.iter().map(|b| b.loosest).reduce(f64::min)
    }
}

/// The members' limits side by side on a day, by sector, pollutant and unit.
pub fn side_by_side(limits: &[EmissionLimit], day: Time, members: &[String]) -> Vec<Comparison> {
    // Daily and single-sample values, and units that do not convert, stand apart.
    let key = |l: &EmissionLimit| (l.sector.clone(), l.pollutant.clone(), plain_unit(&l.unit).to_string());
    let kept: Vec<&EmissionLimit> =
        limits.iter().filter(|l| l.in_force(day) && !l.scope.contains("single sample")).collect();
    let mut keys: Vec<(String, String, String)> = Vec::new();
    for limit in kept.iter().filter(|l| l.limit.is_some()) {
        if !keys.contains(&key(limit)) {
            keys.push(key(limit));
        }
    }
    let mut comparisons = Vec::new();
    for wanted in keys {
        let rows: Vec<&EmissionLimit> = kept.iter().copied().filter(|l| key(l) == wanted).collect();
        let bounds: Vec<Bound> = members.iter().filter_map(|m| bound(&rows, m)).collect();
        let without = members.iter().filter(|m| bounds.iter().all(|b| b.member != **m)).cloned().collect();
        let most = bounds.iter().map(|b| b.loosest).fold(f64::NEG_INFINITY, f64::max);
        let least = bounds.iter().map(|b| b.loosest).fold(f64::INFINITY, f64::min);
        let at = |value: f64| bounds.iter().filter(|b| b.loosest == value).map(|b| b.member.clone()).collect();
        let (loosest, strictest) = (at(most), at(least));
        let mapped = rows.iter().find(|l| !l.case_sector.is_empty());
        comparisons.push(Comparison {
            sector: wanted.0,
            pollutant: wanted.1,
            unit: wanted.2,
            without,
            loosest,
            strictest,
            ratio: if least > 0.0 { most / least } else { 1.0 },
            case_sector: mapped.map_or_else(String::new, |l| l.case_sector.clone()),
            case_species: mapped.map_or_else(String::new, |l| l.case_species.clone()),
            bounds,
        });
    }
    comparisons
}

fn plain_unit(unit: &str) -> &str {
    unit.strip_suffix(" daily mean").unwrap_or(unit)
}

fn bound(rows: &[&EmissionLimit], member: &str) -> Option<Bound> {
    let names = |l: &&&EmissionLimit| l.members.iter().any(|m| m == member);
    let of = |authority: Authority| {
        let rows = rows.iter().filter(|l| l.authority == authority && l.limit.is_some());
        rows.filter(|l| if authority == Authority::National { l.members.is_empty() } else { names(l) })
            .collect::<Vec<_>>()
    };
    let (authority, rows) = [Authority::Local, Authority::NationalSpecial, Authority::National]
        .into_iter()
        .map(|a| (a, of(a)))
        .find(|(_, rows)| !rows.is_empty())?;
    let limits = || rows.iter().filter_map(|l| l.limit);
    let said: BTreeSet<String> = rows.iter().map(|l| format!("{} ({})", l.standard, l.scope)).collect();
    let weakest = rows
        .iter()
        .map(|l| l.mark.as_str())
        .max_by_key(|m| ["verified", "secondary", "from memory"].iter().position(|k| k == m));
    Some(Bound {
        member: member.to_string(),
        strictest: limits().fold(f64::INFINITY, f64::min),
        loosest: limits().fold(f64::NEG_INFINITY, f64::max),
        standards: said.into_iter().collect(),
        authority,
        mark: weakest.unwrap_or("").to_string(),
    })
}

/// How often each member is among the loosest, of the comparisons where members differ.
pub fn how_often_loosest(comparisons: &[Comparison]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for c in comparisons.iter().filter(|c| c.ratio > 1.0) {
        c.loosest.iter().for_each(|m| *counts.entry(m.clone()).or_default() += 1);
    }
    let mut list: Vec<(String, usize)> = counts.into_iter().collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    list
}
