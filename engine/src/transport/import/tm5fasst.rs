//! TM5-FASST: reduced-form source–receptor matrices of 56 regions, shipping and aviation (Van Dingenen et al. 2018, Atmos. Chem.
//! Phys. 18:16173), as the files of the R package rfasst hold them.
//!
//! `src.<component>_<precursor>.csv` holds, source by receptor, the change of the annual mean of a component (µg m⁻³) when all emissions of a
//! precursor in the source region fall by 20 %; `raw.base_em.csv` the emissions of the year 2000 (kg a⁻¹), `raw.base_conc.csv` its
//! concentrations (µg m⁻³). So
//!
//! ```text
//! F(s, p → r, c) = SRC / (0.2 E(s, p))            [kg m⁻³ / (kg s⁻¹)],   E over the 366 days of 2000
//! ```
//!
//! * `EUR` is a run of all of Europe at once: its row is the sum of the European regions' rows and it has no emissions of its own.
//!   To add it to them counts Europe twice; it is left out, and so is every other source without emissions.
//! * `PM2.5` is the sum of the five components. Dust and sea salt have no source here.
//! * The matrix is the derivative at the base state over a step of 20 %; a step to nothing is an extrapolation, and
//!   [`super::Imported::closure`] tells how far it misses.

use super::{Imported, Rate};
use crate::problem::{Error, Problem, Problems, Result};
use crate::region::calendar::{Period, Time};
use crate::region::{Medium, Quality};
use crate::transport::footprint::{Axes, Column, Footprint, Operator, ReceptorPeriod, ReceptorQuantity};
use std::collections::{BTreeMap, BTreeSet};

/// 2000-01-01 to 2001-01-01, UTC.
pub const YEAR: Period = Period { start: Time(946_684_800), end: Time(978_307_200) };
/// The step of the model runs.
const STEP: f64 = 0.2;
const KG_PER_UG: f64 = 1e-9;

/// Components: name here, in the names of files, and in the table of concentrations.
const COMPONENTS: [(&str, &str, &str); 5] =
    [("SO4", "so4", "SO4"), ("NO3", "no3", "NO3"), ("NH4", "nh4", "NH4"), ("BC", "bc", "BC"), ("POM", "pom", "POM")];
/// Precursors: name here, in the names of files, and in the table of emissions.
const PRECURSORS: [(&str, &str, &str); 5] =
    [("SO2", "so2", "SO2"), ("NOx", "nox", "NOX"), ("NH3", "nh3", "NH3"), ("BC", "bc", "BC"), ("POM", "pom", "OM")];
/// The sum of the components.
const PM25: &str = "PM2.5";

/// A square of numbers by row and column, named in capitals; not a number where a cell says that there is none.
struct Square {
    file: String,
    columns: Vec<String>,
    rows: BTreeMap<String, Vec<f64>>,
}

impl Square {
    fn read(file: &str, bytes: &[u8], problems: &mut Problems) -> Square {
        let mut square = Square { file: file.into(), columns: vec![], rows: BTreeMap::new() };
        let mut refuse = |line: Option<u64>, field: &str, value: &str, limit: &str| {
            problems.add(Problem {
                file: file.into(),
                line,
                field: field.into(),
                value: value.into(),
                limit: limit.into(),
                remedy: "take the file as rfasst has it".into(),
            });
        };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        match reader.headers() {
            Ok(header) if header.len() > 1 => square.columns = header.iter().skip(1).map(str::to_uppercase).collect(),
            _ => refuse(Some(1), "", "", "a header with the names of the columns"),
        }
        for (row, record) in reader.records().enumerate() {
            let line = Some(row as u64 + 2);
            let Ok(record) = record else {
                refuse(line, "", "", "as many cells as the header has");
                continue;
            };
            let name = record.get(0).unwrap_or_default().to_uppercase();
            let mut numbers = Vec::with_capacity(square.columns.len());
            for (text, column) in record.iter().skip(1).zip(&square.columns) {
                match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => numbers.push(number),
                    _ if ["", "NA", "#N/A"].contains(&text) => numbers.push(f64::NAN),
                    _ => refuse(line, column, text, "a number"),
                }
            }
            if square.rows.insert(name.clone(), numbers).is_some() {
                refuse(line, "", &name, "a region that stands here once");
            }
        }
        square
    }

    fn at(&self, row: &str, column: &str) -> Option<f64> {
        let column = self.columns.iter().position(|c| c == column)?;
        self.rows.get(row)?.get(column).copied().filter(|number| number.is_finite())
    }
}

/// Reads the files of rfasst: `src.*.csv`, `raw.base_em.csv` and `raw.base_conc.csv`, each a name and its bytes; others are ignored.
///
/// # Errors
///
/// A file that is missing or cannot be read, and every region of one file that another does not know.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Imported> {
    let mut problems = Problems::default();
    let mut square = |name: &str, needed: bool| -> Option<Square> {
        let found = files.iter().find(|(file, _)| file.rsplit('/').next() == Some(name));
        if found.is_none() && needed {
            problems.add(Problem {
                file: name.into(),
                line: None,
                field: String::new(),
                value: String::new(),
                limit: "the file is missing".into(),
                remedy: "give all of src.*.csv, raw.base_em.csv and raw.base_conc.csv".into(),
            });
        }
        found.map(|(file, bytes)| Square::read(file, bytes, &mut problems))
    };
    let (emitted, base) = (square("raw.base_em.csv", true), square("raw.base_conc.csv", true));
    // (component, precursor) of every matrix that can be there; primary components have their own emission alone.
    let mut matrices: Vec<(usize, usize, Square)> = vec![];
    for (c, (_, component, _)) in COMPONENTS.iter().enumerate() {
        for (p, (_, precursor, _)) in PRECURSORS.iter().enumerate() {
            let primary = c >= 3 || p >= 3;
            if primary && component != precursor {
                continue;
            }
            let name =
                if primary { format!("src.{component}.csv") } else { format!("src.{component}_{precursor}.csv") };
            matrices.extend(square(&name, true).map(|s| (c, p, s)));
        }
    }
    let receptors: Vec<String> = base.iter().flat_map(|b| b.rows.keys().cloned()).collect();
    for (.., matrix) in &matrices {
        let known: BTreeSet<&String> = matrix.columns.iter().collect();
        for receptor in receptors.iter().filter(|r| !known.contains(r)) {
            problems.add(Problem {
                file: matrix.file.clone(),
                line: Some(1),
                field: receptor.clone(),
                value: String::new(),
                limit: "a column for every region of raw.base_conc.csv".into(),
                remedy: "take all files from one version".into(),
            });
        }
    }
    let (Some(emitted), Some(base), true) = (emitted, base, problems.is_empty()) else {
        return Err(Error::Input(problems.into_sorted()));
    };
    Ok(assemble(&emitted, &base, &matrices, &receptors))
}

fn assemble(emitted: &Square, base: &Square, matrices: &[(usize, usize, Square)], receptors: &[String]) -> Imported {
    let sources: BTreeSet<&String> = matrices.iter().flat_map(|(.., m)| m.rows.keys()).collect();
    let has_any =
        |source: &str| PRECURSORS.iter().any(|(.., column)| emitted.at(source, column).is_some_and(|e| e > 0.0));
    let (sites, without): (Vec<&String>, Vec<&String>) = sources.into_iter().partition(|s| has_any(s));
    let mut left_out: Vec<String> = without
        .into_iter()
        .map(|s| {
            format!(
                "source {s}: no emissions of its own in {}; in TM5-FASST EUR is all of Europe at once",
                emitted.file
            )
        })
        .collect();
    let mut footprint = Footprint::new(Axes {
        medium: Medium::Air,
        quantity: ReceptorQuantity::Concentration,
        sites: sites.iter().map(|s| s.to_string()).collect(),
        source_sites: vec![],
        species: PRECURSORS.iter().map(|p| p.0.to_string()).collect(),
        bins: vec![YEAR],
        quality: Quality::Screening,
        origin: "TM5-FASST (Van Dingenen et al. 2018), perturbations of 20 % about the year 2000, by rfasst".into(),
        replicate_count: 0,
    });
    footprint.operator = Operator::Marginal;
    let rate = |site: &str, p: usize| {
        emitted.at(site, PRECURSORS[p].2).filter(|e| *e > 0.0).map(|e| e / YEAR.seconds() as f64)
    };
    let mut without_rate = BTreeSet::new();
    let mut values = vec![];
    for receptor in receptors {
        // Of each component, then of their sum.
        let mut sums: BTreeMap<Column, f64> = BTreeMap::new();
        let mut total = Some(0.0);
        for (c, (name, _, column)) in COMPONENTS.iter().enumerate() {
            let mut entries = vec![];
            for (_, p, matrix) in matrices.iter().filter(|m| m.0 == c) {
                for (s, site) in sites.iter().enumerate() {
                    let change = matrix.at(site, receptor).filter(|change| *change != 0.0);
                    let Some(change) = change else { continue };
                    let Some(rate) = rate(site, *p) else {
                        without_rate.insert((site.to_string(), PRECURSORS[*p].0));
                        continue;
                    };
                    let at = Column { site: s as u32, species: *p as u16, bin: 0 };
                    let value = change * KG_PER_UG / (STEP * rate);
                    entries.push((at, value, vec![]));
                    *sums.entry(at).or_default() += value;
                }
            }
            footprint.push_row(row(receptor, name), vec![], entries);
            let value = base.at(receptor, column).map(|v| v * KG_PER_UG);
            total = total.zip(value).map(|(total, value)| total + value);
            values.push(value);
        }
        footprint.push_row(row(receptor, PM25), vec![], sums.into_iter().map(|(at, v)| (at, v, vec![])).collect());
        values.push(total);
    }
    left_out.extend(without_rate.into_iter().map(|(site, species)| {
        format!("source {site}, {species}: the matrix has a response but {} has no emission", emitted.file)
    }));
    let emissions = sites
        .iter()
        .enumerate()
        .flat_map(|(s, site)| {
            (0..PRECURSORS.len())
                .filter_map(move |p| rate(site, p).map(|kg_s| Rate { site: s as u32, species: p as u16, kg_s }))
        })
        .collect();
    Imported { footprint, emissions, base: values, change: Some(STEP), left_out }
}

fn row(receptor: &str, pollutant: &str) -> ReceptorPeriod {
    ReceptorPeriod { receptor: receptor.into(), period: YEAR, pollutant: pollutant.into() }
}
