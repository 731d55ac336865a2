//! A matrix as a plain table: `receptor,pollutant,start,end,source_id,species,value[,standard_error]`, one line an entry, `value` what a
//! steady 1 kg s⁻¹ brings: kg m⁻³ (s m⁻³). Beside it `source_id,species,rate_kg_s` and `receptor,pollutant,value`.
//!
//! Standard errors travel as two batches, value ± error, so that errors of entries that are summed add up: what is not known to
//! be independent is not taken to be.

use super::{Imported, Rate};
use crate::problem::{Error, Problem, Problems, Result};
use crate::region::calendar::{Period, Time};
use crate::region::table::{Limit, Table};
use crate::region::{Medium, Quality};
use crate::transport::footprint::{Axes, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use std::cell::RefCell;
use std::collections::BTreeMap;

const ANY: Limit = Limit::new(-1e12, 1e12, "s/m3");
const ERROR: Limit = Limit::new(0.0, 1e12, "s/m3");
const RATE: Limit = Limit::new(0.0, 1e9, "kg/s");
const VALUE: Limit = Limit::new(0.0, 1e6, "kg/m3");

/// What a matrix is of.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Air or water.
    pub medium: Medium,
    /// How far it may be trusted.
    pub quality: Quality,
    /// Who made it, and how.
    pub origin: String,
}

/// Reads a matrix and, where they are given, the emissions and the values of its base state; each a name and its text.
///
/// # Errors
///
/// Every cell that cannot be understood, every entry that stands twice.
pub fn read(
    kind: Kind,
    entries: (&str, &str),
    emissions: Option<(&str, &str)>,
    base: Option<(&str, &str)>,
) -> Result<Imported> {
    let mut problems = Problems::default();
    let found = read_with(kind, entries, emissions, base, &mut problems);
    match (found, problems.is_empty()) {
        (Some(found), true) => Ok(found),
        _ => Err(Error::Input(problems.into_sorted())),
    }
}

/// Position of a name in a list, at its end where it is new.
fn place(names: &mut Vec<String>, known: &mut BTreeMap<String, usize>, name: String) -> usize {
    *known.entry(name.clone()).or_insert_with(|| {
        names.push(name);
        names.len() - 1
    })
}

fn read_with(
    kind: Kind,
    (file, text): (&str, &str),
    emissions: Option<(&str, &str)>,
    base: Option<(&str, &str)>,
    problems: &mut Problems,
) -> Option<Imported> {
    let needed = ["receptor", "pollutant", "start", "end", "source_id", "species", "value"];
    let table = Table::from_text(file, text, &needed, problems)?;
    let sampled = table.column_names().any(|name| name == "standard_error");
    let mut beside = |of: Option<(&str, &str)>, needed: &[&str]| {
        of.and_then(|(file, text)| Table::from_text(file, text, needed, problems))
    };
    let emissions = beside(emissions, &["source_id", "species", "rate_kg_s"]);
    let base = beside(base, &["receptor", "pollutant", "value"]);
    let (mut sites, mut site_places) = (vec![], BTreeMap::new());
    let (mut species, mut species_places) = (vec![], BTreeMap::new());
    type Entries = Vec<(Column, f64, Vec<f32>)>;
    let mut rows: Vec<(ReceptorPeriod, Entries)> = vec![];
    let mut row_places: BTreeMap<(String, String, Period), usize> = BTreeMap::new();
    let mut lines: BTreeMap<(usize, Column), u64> = BTreeMap::new();
    let shared = RefCell::new(&mut *problems);
    for row in table.rows(&shared) {
        let (receptor, pollutant) = (row.needed("receptor"), row.needed("pollutant"));
        let (source, what) = (row.needed("source_id"), row.needed("species"));
        let (period, value) = (row.period(None, 0), row.number("value", ANY));
        let error = if sampled { row.number_or_empty("standard_error", ERROR).flatten().unwrap_or(0.0) } else { 0.0 };
        let (Some(receptor), Some(pollutant), Some(source), Some(what), Some(period), Some(value)) =
            (receptor, pollutant, source, what, period, value)
        else {
            continue;
        };
        let at = *row_places.entry((receptor.clone(), pollutant.clone(), period)).or_insert_with(|| {
            rows.push((ReceptorPeriod { receptor, period, pollutant }, vec![]));
            rows.len() - 1
        });
        let site = place(&mut sites, &mut site_places, source) as u32;
        let column = Column { site, species: place(&mut species, &mut species_places, what) as u16, bin: 0 };
        if let Some(first) = lines.insert((at, column), row.line()) {
            row.refuse("source_id", format!("the same entry stands on line {first}"), "keep one of the two");
        }
        let batches = if sampled { vec![(value - error) as f32, (value + error) as f32] } else { vec![] };
        rows[at].1.push((column, value, batches));
    }
    let whole = Period {
        start: rows.iter().map(|r| r.0.period.start).min().unwrap_or(Time(0)),
        end: rows.iter().map(|r| r.0.period.end).max().unwrap_or(Time(1)),
    };
    if rows.is_empty() {
        let limit = "at least one entry".to_string();
        shared.borrow_mut().add(Problem {
            file: file.into(),
            line: None,
            field: String::new(),
            value: String::new(),
            limit,
            remedy: format!("write lines of {}", needed.join(",")),
        });
        return None;
    }
    let mut rates = vec![];
    for row in emissions.iter().flat_map(|t| t.rows(&shared)) {
        let (source, what) = (row.needed("source_id"), row.needed("species"));
        let (Some(source), Some(what), Some(kg_s)) = (source, what, row.number("rate_kg_s", RATE)) else { continue };
        // What the matrix does not know has no effect that it could tell.
        if let (Some(site), Some(what)) = (site_places.get(&source), species_places.get(&what)) {
            rates.push(Rate { site: *site as u32, species: *what as u16, kg_s });
        }
    }
    let mut values: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in base.iter().flat_map(|t| t.rows(&shared)) {
        let (receptor, pollutant) = (row.needed("receptor"), row.needed("pollutant"));
        if let (Some(receptor), Some(pollutant), Some(value)) = (receptor, pollutant, row.number("value", VALUE)) {
            values.insert((receptor, pollutant), value);
        }
    }
    let mut footprint = Footprint::new(Axes {
        medium: kind.medium,
        quantity: ReceptorQuantity::Concentration,
        sites,
        source_sites: vec![],
        species,
        bins: vec![whole],
        quality: kind.quality,
        origin: kind.origin,
        replicate_count: if sampled { 2 } else { 0 },
    });
    let base = rows.iter().map(|(r, _)| values.get(&(r.receptor.clone(), r.pollutant.clone())).copied()).collect();
    for (row, entries) in rows {
        footprint.push_row(row, vec![], entries);
    }
    Some(Imported { footprint, emissions: rates, base, change: None, left_out: vec![] })
}
