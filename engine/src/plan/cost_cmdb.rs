//! Abatement measures of the US EPA's Control Strategy Tool (CoST), from the tables of its Control Measures Database.
//!
//! Reads the summary, the efficiencies and the source classes (SCC) of either layout: the one with capital letters and `63.00%`
//! (2007), and the one in lower case (2016 and later). A row of the efficiencies is one application of a measure to one
//! pollutant, for a locale, a range of yearly emissions and a cost year (CoST Development Documentation, EPA 2016, ch. 3).
//!
//! ```text
//! taken = emission · efficiency · rule effectiveness · rule penetration         cost = costperton · taken        (shares of 1)
//! ```
//! `costperton` is dollars of `costyear` a short ton. Where a row has none (the cost is then an equation of the unit's
//! capacity) the application is kept and says so: it takes away, and its cost is not known here.

use crate::problem::{Error, Problems, Result};
use crate::region::table::{Limit, Row, Table};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// kg in a short ton.
pub const SHORT_TON_KG: f64 = 907.184_74;

/// A measure.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMeasure {
    /// `CMAbbreviation`.
    pub id: String,
    /// What it is, and on what.
    pub name: String,
    /// Control technology.
    pub technology: String,
    /// Group of sources.
    pub source_group: String,
    /// `Known`, `Emerging`, …
    pub class: String,
    /// Years the equipment lasts.
    pub life_years: Option<f64>,
    /// Source classification codes it applies to.
    pub sccs: BTreeSet<String>,
    /// What it takes, of what.
    pub applications: Vec<CostApplication>,
}

/// A measure's effect on one pollutant.
#[derive(Debug, Clone, PartialEq)]
pub struct CostApplication {
    /// Pollutant as CoST names it.
    pub pollutant: String,
    /// State or county; empty = everywhere.
    pub locale: String,
    /// Yearly emissions it is for, short tons.
    pub emissions: (Option<f64>, Option<f64>),
    /// Share taken: efficiency × rule effectiveness × rule penetration; below 0 where it adds.
    pub share: f64,
    /// Dollars a short ton, and their year; none where an equation gives the cost.
    pub cost_per_ton: Option<(f64, u16)>,
    /// Capital recovery factor, where it is stated.
    pub recovery: Option<f64>,
}

impl CostApplication {
    /// Whether a source with this emission a year, kg, and locale is one that the row is for.
    pub fn fits(&self, kg_per_year: f64, locale: &str) -> bool {
        let tons = kg_per_year / SHORT_TON_KG;
        (self.locale.is_empty() || locale.starts_with(&self.locale))
            && self.emissions.0.is_none_or(|least| tons >= least)
            && self.emissions.1.is_none_or(|most| tons < most)
    }
}

/// The texts of one database, with the names that problems are told under.
pub struct CostTexts<'a> {
    /// Summary of the measures.
    pub summary: (&'a str, &'a str),
    /// Efficiencies and costs.
    pub efficiencies: (&'a str, &'a str),
    /// Source classes.
    pub sccs: (&'a str, &'a str),
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct CostDatabase {
    /// By identifier.
    pub measures: BTreeMap<String, CostMeasure>,
    /// Rows of efficiencies or classes whose measure is not in the summary: kept out, counted.
    pub orphans: usize,
}

impl CostDatabase {
    /// What can be done at a source of this class, emission a year (kg) and locale, about one pollutant.
    pub fn options<'a>(
        &'a self,
        scc: &'a str,
        pollutant: &'a str,
        kg_per_year: f64,
        locale: &'a str,
    ) -> impl Iterator<Item = (&'a CostMeasure, &'a CostApplication)> {
        let of_class = self.measures.values().filter(move |m| m.sccs.contains(scc));
        of_class.flat_map(move |m| {
            let fits =
                move |a: &&CostApplication| a.pollutant.eq_ignore_ascii_case(pollutant) && a.fits(kg_per_year, locale);
            m.applications.iter().filter(fits).map(move |a| (m, a))
        })
    }
}

/// Reads a database; every problem is told.
pub fn read(texts: &CostTexts<'_>) -> Result<CostDatabase> {
    let mut problems = Problems::default();
    let mut found = CostDatabase { measures: BTreeMap::new(), orphans: 0 };
    each_row(texts.summary, &["cmname", "cmabbreviation", "controltechnology", "sourcegroup"], &mut problems, |row| {
        let Some(id) = row.needed("cmabbreviation") else { return };
        let Some(life_years) = row.number_or_empty("equiplife", Limit::new(0.0, 200.0, "years")) else { return };
        let text = |column: &str| row.text(column).to_string();
        let measure = CostMeasure {
            name: text("cmname"),
            technology: text("controltechnology"),
            source_group: text("sourcegroup"),
            class: text("class"),
            life_years: life_years.filter(|l| *l > 0.0),
            sccs: BTreeSet::new(),
            applications: Vec::new(),
            id: id.clone(),
        };
        if found.measures.insert(id, measure).is_some() {
            row.refuse("cmabbreviation", "the measure stands on an earlier line too", "keep one line a measure");
        }
    });
    each_row(texts.efficiencies, &["cmabbreviation", "pollutant", "controlefficiency"], &mut problems, |row| {
        let Some(application) = application(row).filter(|_| !row.text("controlefficiency").is_empty()) else { return };
        match found.measures.get_mut(row.text("cmabbreviation")) {
            Some(measure) => measure.applications.push(application),
            None => found.orphans += 1,
        }
    });
    each_row(texts.sccs, &["cmabbreviation", "scc"], &mut problems, |row| {
        match (found.measures.get_mut(row.text("cmabbreviation")), row.needed("scc")) {
            (Some(measure), Some(scc)) => {
                measure.sccs.insert(scc);
            }
            _ => found.orphans += 1,
        }
    });
    if problems.is_empty() { Ok(found) } else { Err(Error::Input(problems.into_sorted())) }
}

fn application(row: &Row<'_>) -> Option<CostApplication> {
    const PERCENT: Limit = Limit::new(-1000.0, 100.0, "%");
    const AMOUNT: Limit = Limit::new(0.0, 1e12, "short tons a year");
    let pollutant = row.needed("pollutant")?;
    // The published tables hold a few applications without an efficiency: nothing can be done with them.
    let efficiency = row.number_or_empty("controlefficiency", PERCENT)?.unwrap_or(0.0);
    let (effectiveness, penetration) =
        (row.number_or_empty("ruleeff", PERCENT)?, row.number_or_empty("rulepen", PERCENT)?);
    let cost = row.number_or_empty("costperton", Limit::new(-1e9, 1e9, "dollars a short ton"))?;
    let year = row.number_or_empty("costyear", Limit::new(1970.0, 2100.0, ""))?;
    let emissions = (row.number_or_empty("minemissions", AMOUNT)?, row.number_or_empty("maxemissions", AMOUNT)?);
    let recovery = row.number_or_empty("caprecfactor", Limit::new(0.0, 1.0, "a year"))?;
    if cost.is_some() && year.is_none() {
        row.refuse("costyear", "the cell is empty where a cost stands", "give the year of the dollars");
        return None;
    }
    let whole = |percent: Option<f64>| percent.unwrap_or(100.0) / 100.0;
    Some(CostApplication {
        pollutant,
        locale: row.text("locale").to_string(),
        emissions,
        share: efficiency / 100.0 * whole(effectiveness) * whole(penetration),
        cost_per_ton: cost.zip(year).map(|(c, y)| (c, y as u16)),
        recovery,
    })
}

/// The rows under a header in lower case, percent signs taken off; empty cells left out at a row's end are put back.
fn each_row((file, text): (&str, &str), required: &[&str], problems: &mut Problems, mut read: impl FnMut(&Row<'_>)) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut width = None;
    for record in reader.records() {
        // What is no CSV at all is told by the table below.
        let Ok(record) = record else { break };
        let cells =
            record.iter().map(|c| if width.is_none() { c.to_lowercase() } else { c.trim_end_matches('%').to_string() });
        let mut cells: Vec<String> = cells.collect();
        cells.resize(cells.len().max(*width.get_or_insert(cells.len())), String::new());
        if writer.write_record(&cells).is_err() {
            break;
        }
    }
    let padded = writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let Some(table) = Table::from_text(file, &padded, required, problems) else { return };
    let told = RefCell::new(problems);
    table.rows(&told).for_each(|row| read(&row));
}
