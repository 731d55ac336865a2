//! The two tables of a factor model: concentrations and uncertainties, a row a sample and a column a species.
//!
//! Tab, semicolon or comma, whichever the header uses most; the first column names the sample. Species are joined by name, rows by
//! their first column and order. What is empty, `NA`, `NaN` or −999 (the code of EPA PMF) was not measured and takes no part;
//! a row without any value is dropped and counted. A value whose uncertainty is missing, nought or below takes no part and is
//! counted. Values are used as they stand otherwise, negative ones too. Sizes beyond 1e30 are refused, and an uncertainty below
//! 1e-30 counts as nought: their squares would leave the range of the arithmetic.

use super::Measurements;
use crate::problem::{Error, Problem, Problems, Result};
use std::collections::BTreeMap;

/// The greatest size of a value.
const LARGEST: f64 = 1e30;

/// What was read, and what of it takes no part.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The measurements.
    pub measurements: Measurements,
    /// Rows without any value, dropped.
    pub empty_rows: usize,
    /// Entries that were not measured.
    pub missing: usize,
    /// Entries measured, but without a positive uncertainty.
    pub without_uncertainty: usize,
    /// Entries below their detection limit that were replaced.
    pub below_detection: usize,
}

/// One table as text.
struct Table<'a> {
    file: &'a str,
    species: Vec<String>,
    /// Line, name and cells of every row.
    rows: Vec<(u64, String, Vec<Option<f64>>)>,
}

/// Reads concentrations and uncertainties; each is the name of a file and its bytes.
///
/// # Errors
///
/// Every cell that is not a number, every species or sample that one table has and the other has not.
pub fn read(concentrations: (&str, &[u8]), uncertainties: (&str, &[u8])) -> Result<Reading> {
    let mut problems = Problems::default();
    let values = parse(concentrations.0, concentrations.1, &mut problems);
    let errors = parse(uncertainties.0, uncertainties.1, &mut problems);
    let place: BTreeMap<&str, usize> = errors.species.iter().enumerate().map(|(j, s)| (s.as_str(), j)).collect();
    for species in &values.species {
        if !place.contains_key(species.as_str()) {
            problems.add(of(
                errors.file,
                Some(1),
                species,
                "",
                "there is no uncertainty for this species",
                "add the column",
            ));
        }
    }
    for species in errors.species.iter().filter(|s| !values.species.contains(s)) {
        problems.add(of(
            values.file,
            Some(1),
            species,
            "",
            "there is an uncertainty but no concentration",
            "add the column, or drop the other",
        ));
    }
    if values.rows.len() != errors.rows.len() {
        problems.add(of(
            errors.file,
            None,
            "",
            "",
            &format!("{} samples, where the concentrations have {}", errors.rows.len(), values.rows.len()),
            "give both tables the same samples in the same order",
        ));
    } else {
        for ((_, name, _), (line, other, _)) in values.rows.iter().zip(&errors.rows) {
            if name != other {
                let limit = format!("the concentrations have \"{name}\" in this row");
                problems.add(of(
                    errors.file,
                    Some(*line),
                    "",
                    other,
                    &limit,
                    "give both tables the same samples in the same order",
                ));
            }
        }
    }
    if values.species.is_empty() || values.rows.is_empty() {
        problems.add(of(
            values.file,
            None,
            "",
            "",
            "there are no samples or no species",
            "give a header and one row a sample",
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Input(problems.into_sorted()));
    }
    let mut reading = Reading {
        measurements: Measurements {
            samples: vec![],
            species: values.species.clone(),
            concentration: vec![],
            uncertainty: vec![],
        },
        empty_rows: 0,
        missing: 0,
        without_uncertainty: 0,
        below_detection: 0,
    };
    for ((_, name, cells), (_, _, sd)) in values.rows.iter().zip(&errors.rows) {
        if cells.iter().all(Option::is_none) {
            reading.empty_rows += 1;
            continue;
        }
        let to = &mut reading.measurements;
        to.samples.push(name.clone());
        for (species, value) in values.species.iter().zip(cells) {
            let sd = sd[place[species.as_str()]].filter(|sd| *sd >= 1.0 / LARGEST);
            reading.missing += usize::from(value.is_none());
            reading.without_uncertainty += usize::from(value.is_some() && sd.is_none());
            to.concentration.push(value.unwrap_or(f64::NAN));
            to.uncertainty.push(sd.unwrap_or(f64::NAN));
        }
    }
    Ok(reading)
}

impl Reading {
    /// Gives every value at or below the detection limit of its species half the limit, with five sixths of the limit as its
    /// uncertainty (Polissar et al. 1998, J. Geophys. Res. 103:19045).
    pub fn replace_below_detection(&mut self, limits: &BTreeMap<String, f64>) {
        let m = self.measurements.species();
        for (e, value) in self.measurements.concentration.iter_mut().enumerate() {
            let limit = limits.get(&self.measurements.species[e % m]);
            if let Some(limit) = limit.filter(|limit| *value <= **limit) {
                *value = limit / 2.0;
                self.measurements.uncertainty[e] = 5.0 / 6.0 * limit;
                self.below_detection += 1;
            }
        }
    }
}

fn of(file: &str, line: Option<u64>, field: &str, value: &str, limit: &str, remedy: &str) -> Problem {
    Problem {
        file: file.into(),
        line,
        field: field.into(),
        value: value.into(),
        limit: limit.into(),
        remedy: remedy.into(),
    }
}

fn parse<'a>(file: &'a str, bytes: &[u8], problems: &mut Problems) -> Table<'a> {
    let mut table = Table { file, species: vec![], rows: vec![] };
    let Ok(text) = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) else {
        problems.add(of(file, None, "", "", "this is not UTF-8 text", "save it as CSV in UTF-8"));
        return table;
    };
    let header = text.lines().next().unwrap_or_default();
    let often = |c: char| header.matches(c).count();
    let delimiter = [',', '\t', ';'].into_iter().max_by_key(|c| (often(*c), *c == ',')).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .flexible(true)
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    for (row, record) in reader.records().enumerate() {
        let Ok(record) = record else {
            problems.add(of(
                file,
                Some(row as u64 + 1),
                "",
                "",
                "this line cannot be read as a table",
                "look for an open quotation mark",
            ));
            continue;
        };
        let line = record.position().map_or(row as u64 + 1, csv::Position::line);
        if row == 0 {
            table.species = record.iter().skip(1).map(str::to_string).collect();
            for (j, species) in table.species.iter().enumerate() {
                if species.is_empty() || table.species[..j].contains(species) {
                    problems.add(of(
                        file,
                        Some(1),
                        species,
                        "",
                        "a species without a name, or named twice",
                        "name every column once",
                    ));
                }
            }
            continue;
        }
        let name = record.get(0).unwrap_or_default().to_string();
        if record.iter().all(str::is_empty) {
            table.rows.push((line, name, vec![None; table.species.len()]));
            continue;
        }
        if record.len() != table.species.len() + 1 {
            let limit = format!("{} cells, where the header has {}", record.len(), table.species.len() + 1);
            problems.add(of(file, Some(line), "", &name, &limit, "give every row one cell a column"));
        }
        let cell = |j: usize, text: &str, problems: &mut Problems| match text {
            "" | "NA" | "NaN" | "nan" | "N/A" | "null" => None,
            text => match text.parse::<f64>() {
                Ok(-999.0) => None,
                Ok(value) if value.abs() <= LARGEST => Some(value),
                _ => {
                    let species = table.species.get(j).map_or("", String::as_str);
                    problems.add(of(
                        file,
                        Some(line),
                        species,
                        text,
                        "a number up to 1e30 in size",
                        "leave it empty if it was not measured",
                    ));
                    None
                }
            },
        };
        let mut cells: Vec<Option<f64>> = record
            .iter()
            .skip(1)
            .take(table.species.len())
            .enumerate()
            .map(|(j, text)| cell(j, text, problems))
            .collect();
        cells.resize(table.species.len(), None);
        table.rows.push((line, name, cells));
    }
    table
}
