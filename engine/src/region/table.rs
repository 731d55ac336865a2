//! Reading one CSV table of a case: typed cells, with every problem collected under its file, line and column.

use super::calendar::{DAY, Period, Time};
use crate::problem::{Problem, Problems};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A table as text: header, rows, and the line each row stands on.
pub struct Table {
    file: String,
    columns: BTreeMap<String, usize>,
    rows: Vec<(u64, csv::StringRecord)>,
}

/// What a number must satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Least permitted value.
    pub low: f64,
    /// Greatest permitted value.
    pub high: f64,
    /// Unit, for the sentence.
    pub unit: &'static str,
}

impl Limit {
    /// From `low` to `high`, both permitted.
    pub const fn new(low: f64, high: f64, unit: &'static str) -> Limit {
        Limit { low, high, unit }
    }
}

/// A longitude.
pub const LONGITUDE: Limit = Limit::new(-180.0, 180.0, "degrees");
/// A latitude.
pub const LATITUDE: Limit = Limit::new(-90.0, 90.0, "degrees");

/// Ten years; a longer period is a mistyped year, and would make later stages count its hours.
pub const LONGEST_PERIOD_S: i64 = 3660 * DAY;

/// How a figure came about (column `mark`).
pub const MARKS: [&str; 9] =
    ["measured", "compiled", "allocated", "assumed", "from memory", "synthetic", "fitted", "verified", "secondary"];

impl Table {
    /// Reads a table; `None` where the file is absent and `needed` is false, or where it cannot be read (then a problem
    /// says so). Rows that cannot be read are problems and are left out; the others are kept.
    pub fn read(folder: &Path, file: &str, needed: bool, required: &[&str], problems: &mut Problems) -> Option<Table> {
        let path = folder.join(file);
        let whole = |limit: String, remedy: &str| Problem {
            file: file.to_string(),
            line: None,
            field: String::new(),
            value: String::new(),
            limit,
            remedy: remedy.to_string(),
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                if needed {
                    problems.add(whole(
                        "the file is missing".into(),
                        &format!("add it with the columns {}", required.join(",")),
                    ));
                }
                return None;
            }
            Err(cause) => {
                problems.add(whole(format!("cannot be read ({cause})"), "check the file and its permissions"));
                return None;
            }
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(bad) => {
                let at = bad.utf8_error().valid_up_to();
                let line = 1 + bad.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() as u64;
                problems.add(Problem {
                    line: Some(line),
                    ..whole("the text is not UTF-8".into(), "save the table as UTF-8 (a GBK file must be converted)")
                });
                return None;
            }
        };
        Self::from_text(file, &text, required, problems)
    }

    /// Reads a table from text.
    pub fn from_text(file: &str, text: &str, required: &[&str], problems: &mut Problems) -> Option<Table> {
        let problem = |line: Option<u64>, field: &str, value: &str, limit: &str, remedy: String| Problem {
            file: file.to_string(),
            line,
            field: field.to_string(),
            value: value.to_string(),
            limit: limit.to_string(),
            remedy,
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Lines that end in a lone carriage return (old Macintosh) are counted like any other.
        let unified = (text.contains('\r') && !text.contains('\n')).then(|| text.replace('\r', "\n"));
        let text = unified.as_deref().unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        if header.iter().all(str::is_empty) {
            problems.add(problem(
                Some(1),
                "",
                "",
                "the table is empty: it has no header line",
                format!("write the header {}", required.join(",")),
            ));
            return None;
        }
        let mut columns = BTreeMap::new();
        for (i, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if columns.insert(name.to_string(), i).is_some() {
                problems.add(problem(
                    Some(1),
                    name,
                    "",
                    "the column stands twice in the header",
                    "keep one of the two".into(),
                ));
            }
        }
        let absent: Vec<&str> = required.iter().copied().filter(|c| !columns.contains_key(*c)).collect();
        if !absent.is_empty() {
            for name in absent {
                problems.add(problem(
                    Some(1),
                    name,
                    "",
                    "the column is missing from the header",
                    format!("add a column named {name}"),
                ));
            }
            return None;
        }
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    if record.iter().all(str::is_empty) {
                        continue;
                    }
                    if record.len() != header.len() {
                        let limit = format!("the row has {} cells where the header has {}", record.len(), header.len());
                        problems.add(problem(
                            Some(line),
                            "",
                            "",
                            &limit,
                            "add or take away commas; put a text with a comma in quotes".into(),
                        ));
                        continue;
                    }
                    rows.push((line, record.clone()));
                }
                Err(cause) => {
                    problems.add(problem(
                        None,
                        "",
                        "",
                        &format!("the text cannot be read as CSV ({cause})"),
                        "check the quotes".into(),
                    ));
                    break;
                }
            }
        }
        Some(Table { file: file.to_string(), columns, rows })
    }

    /// The names of the columns, in alphabetical order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The rows, each able to report problems.
    pub fn rows<'a>(&'a self, problems: &'a RefCell<&'a mut Problems>) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(move |(line, record)| Row { table: self, line: *line, record, problems })
    }
}

/// One row while it is being read. Each reader returns `None` and notes a problem where the cell does not fit.
pub struct Row<'a> {
    table: &'a Table,
    line: u64,
    record: &'a csv::StringRecord,
    problems: &'a RefCell<&'a mut Problems>,
}

impl Row<'_> {
    /// The line in the file, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The cell as text; empty where the column is absent.
    pub fn text(&self, column: &str) -> &str {
        self.table.columns.get(column).and_then(|i| self.record.get(*i)).unwrap_or("")
    }

    /// Notes a problem with a cell of this row.
    pub fn refuse(&self, column: &str, limit: impl Into<String>, remedy: impl Into<String>) {
        self.problems.borrow_mut().add(Problem {
            file: self.table.file.clone(),
            line: Some(self.line),
            field: column.to_string(),
            value: self.text(column).to_string(),
            limit: limit.into(),
            remedy: remedy.into(),
        });
    }

    /// A cell that must not be empty.
    pub fn needed(&self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_empty() {
            self.refuse(column, "the cell is empty", format!("give a {column}"));
            return None;
        }
        Some(text.to_string())
    }

    /// An identifier that must be new in its table.
    pub fn new_id(&self, column: &str, seen: &mut BTreeSet<String>) -> Option<String> {
        let id = self.needed(column)?;
        if !seen.insert(id.clone()) {
            self.refuse(column, "the identifier stands on an earlier line too", "give each row its own");
            return None;
        }
        Some(id)
    }

    /// A reference that must be among `known`.
    pub fn known(&self, column: &str, known: &BTreeSet<String>, of: &str) -> Option<String> {
        let id = self.needed(column)?;
        if !known.contains(&id) {
            self.refuse(column, format!("is not in {of}"), format!("use an identifier of {of}, or add it there"));
            return None;
        }
        Some(id)
    }

    /// A number within a limit; `Some(None)` where the cell is empty.
    pub fn number_or_empty(&self, column: &str, limit: Limit) -> Option<Option<f64>> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(None);
        }
        let Some(value) = text.parse::<f64>().ok().filter(|v| v.is_finite()) else {
            self.refuse(
                column,
                format!("is not a number ({})", limit.unit),
                "write digits with a decimal point; leave a missing value empty",
            );
            return None;
        };
        if value < limit.low || value > limit.high {
            let sentence = match (limit.low.is_finite(), limit.high.is_finite()) {
                (true, true) => format!("must lie from {} to {} {}", limit.low, limit.high, limit.unit),
                (true, false) => format!("must be at least {} {}", limit.low, limit.unit),
                _ => format!("must be at most {} {}", limit.high, limit.unit),
            };
            self.refuse(column, sentence, "correct the value, or its unit");
            return None;
        }
        Some(Some(value))
    }

    /// A number that must be there.
    pub fn number(&self, column: &str, limit: Limit) -> Option<f64> {
        match self.number_or_empty(column, limit)? {
            Some(value) => Some(value),
            None => {
                self.refuse(
                    column,
                    format!("the cell is empty where a number ({}) is needed", limit.unit),
                    "give the value",
                );
                None
            }
        }
    }

    /// A moment.
    pub fn time(&self, column: &str, utc_offset_s: i64) -> Option<Time> {
        let text = self.needed(column)?;
        let time = Time::parse(&text, utc_offset_s);
        if time.is_none() {
            self.refuse(column, "is not an ISO 8601 time", "write 2015-12-08 or 2015-12-08T14:00+08:00");
        }
        time
    }

    /// A period from the columns `start` and `end`; `whole` where both are empty.
    pub fn period(&self, whole: Option<Period>, utc_offset_s: i64) -> Option<Period> {
        if let (Some(whole), "", "") = (whole, self.text("start"), self.text("end")) {
            return Some(whole);
        }
        let start = self.time("start", utc_offset_s);
        let end = self.time("end", utc_offset_s);
        let period = Period { start: start?, end: end? };
        if period.seconds() <= 0 {
            self.refuse("end", "must come after start", "write the first moment after the period");
            return None;
        }
        if period.seconds() > LONGEST_PERIOD_S {
            self.refuse("end", "the period is longer than ten years", "check the year of start and end");
            return None;
        }
        Some(period)
    }

    /// One of a set of words.
    pub fn choice<T: Copy>(&self, column: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(column);
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).filter(|w| !w.is_empty()).collect();
            let (limit, remedy) = match words.as_slice() {
                [only] => (format!("must be {only}"), "this version knows no other"),
                _ if words.len() < choices.len() => {
                    (format!("must be one of {}", words.join(", ")), "use one of these words, or leave it empty")
                }
                _ => (format!("must be one of {}", words.join(", ")), "use one of these words"),
            };
            self.refuse(column, limit, remedy);
        }
        found
    }

    /// The figure's standing, from the column `mark`.
    pub fn mark(&self) -> String {
        self.text("mark").to_string()
    }

    /// Notes a problem where the column `mark` holds another word than [`MARKS`].
    pub fn check_mark(&self) {
        let mark = self.text("mark");
        if !mark.is_empty() && !MARKS.contains(&mark) {
            self.refuse("mark", format!("must be one of {}", MARKS.join(", ")), "use one of these, or leave it empty");
        }
    }
}
