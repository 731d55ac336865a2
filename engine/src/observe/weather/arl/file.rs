//! A file of the ARL packed format, opened: its moments and where each record lies. Fields are read when asked for.

use super::record::{Index, LABEL, Label, unpack};
use crate::problem::{Error, Problem, Result};
use crate::region::Time;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Most bytes of a record: 26,999 × 26,999 points is the most that letters can say, and no real file comes near.
const MOST_RECORD: usize = 1 << 27;

/// One record of a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Variable.
    pub name: String,
    /// Number of the level, 0 the ground.
    pub level: usize,
    /// Checksum that the index names.
    pub checksum: u32,
    /// First byte in the file.
    pub at: u64,
}

/// One moment of a file.
#[derive(Debug, Clone)]
pub struct Step {
    /// The moment.
    pub time: Time,
    /// Its index.
    pub index: Index,
    /// Its records.
    pub records: Vec<Record>,
}

/// An open file.
pub struct ArlFile {
    name: String,
    file: Mutex<File>,
    /// Points along the axes of its grid.
    pub nx: usize,
    /// Points along the second axis.
    pub ny: usize,
    /// Moments, in the order of the file.
    pub steps: Vec<Step>,
}

impl ArlFile {
    /// True where the first bytes are the label of an index.
    pub fn detect(head: &[u8]) -> bool {
        head.get(14..18) == Some(b"INDX".as_slice())
    }

    /// Opens a file and reads every index in it; no field.
    pub fn open(path: &Path) -> Result<ArlFile> {
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(|e| Error::file(path, e))?;
        let size = file.metadata().map_err(|e| Error::file(path, e))?.len();
        let (mut steps, mut at, mut grid): (Vec<Step>, u64, Option<(usize, usize)>) = (Vec::new(), 0, None);
        while at < size {
            let step = read_step(&mut file, at, size)
                .map_err(|(field, what)| problem(&name, field, format!("at byte {at}: {what}")))?;
            let shape = (step.index.nx, step.index.ny);
            if *grid.get_or_insert(shape) != shape {
                let what = format!(
                    "at byte {at}: the grid is {} × {} points, that of the first moment another",
                    shape.0, shape.1
                );
                return Err(problem(&name, "INDX", what));
            }
            at += (step.index.own_records() + step.index.records()) as u64 * record_length(shape);
            steps.push(step);
        }
        let Some((nx, ny)) = grid else { return Err(problem(&name, "INDX", "the file is empty".into())) };
        // Some archives hold a moment twice; the first counts.
        let mut seen = std::collections::BTreeSet::new();
        steps.retain(|step| seen.insert(step.time));
        Ok(ArlFile { name, file: Mutex::new(file), nx, ny, steps })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The field of one variable on one level at a moment, with the differences (`DIF…`) that a file may add to it; `None` where
    /// the file has none or the record is marked as missing.
    pub fn field(&self, step: usize, level: usize, name: &str) -> Result<Option<Vec<f32>>> {
        let records = &self.steps[step].records;
        let Some(at) = records.iter().position(|r| r.level == level && r.name == name) else { return Ok(None) };
        let Some(mut field) = self.read(&records[at])? else { return Ok(None) };
        for more in records[at + 1..].iter().take_while(|r| r.level == level) {
            if corrects(more, name) {
                for (value, difference) in field.iter_mut().zip(self.read(more)?.unwrap_or_default()) {
                    *value += difference;
                }
            } else if level == 0 && (more.name.starts_with("TPP") || more.name.starts_with("PRT")) {
                break; // at the ground a difference belongs to the precipitation nearest before it
            }
        }
        Ok(Some(field))
    }

    /// The values of one record as packed; `None` where it is marked as missing.
    pub fn read(&self, record: &Record) -> Result<Option<Vec<f32>>> {
        let mut bytes = vec![0; LABEL + self.nx * self.ny];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(record.at))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|e| Error::file(Path::new(&self.name), e))?;
        }
        let wrong = |what: String| problem(&self.name, &record.name, format!("at byte {}: {what}", record.at));
        let label = Label::read(&bytes).map_err(wrong)?;
        if label.missing() {
            return Ok(None);
        }
        if label.name != record.name || label.level != record.level as i32 {
            let found = format!("{} of level {}", label.name.escape_debug(), label.level);
            return Err(wrong(format!(
                "the record is {found}, its index says {} of level {}",
                record.name, record.level
            )));
        }
        if label.exponent.abs() > 60 || !label.first.is_finite() || !label.precision.is_finite() {
            return Err(wrong(format!("packed with exponent {} from {}", label.exponent, label.first)));
        }
        Ok(Some(unpack(&label, &bytes[LABEL..], self.nx)))
    }
}

/// Whether a record is a difference to be added to a variable before it on its level (HYSPLIT's table of names).
fn corrects(record: &Record, name: &str) -> bool {
    match (record.level, record.name.as_str()) {
        (0, difference) => difference.starts_with("DIF") && (name.starts_with("TPP") || name.starts_with("PRT")),
        (_, "DIFW") => matches!(name, "WWND" | "DZDT"),
        (_, "DIFT") => matches!(name, "TKEN" | "TKEU"),
        _ => false,
    }
}

fn record_length((nx, ny): (usize, usize)) -> u64 {
    (LABEL + nx * ny) as u64
}

type Wrong = (&'static str, String);

/// The moment whose index lies at a byte.
fn read_step(file: &mut File, at: u64, size: u64) -> std::result::Result<Step, Wrong> {
    let wrong = |what: String| ("INDX", what);
    let mut piece = |from: u64, bytes: usize| -> std::result::Result<Vec<u8>, Wrong> {
        if from + bytes as u64 > size {
            return Err(wrong(format!("the file ends at byte {size}, within an index")));
        }
        let mut buffer = vec![0; bytes];
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.read_exact(&mut buffer))
            .map_err(|e| wrong(e.to_string()))?;
        Ok(buffer)
    };
    let label = Label::read(&piece(at, LABEL)?).map_err(wrong)?;
    if label.name != "INDX" {
        return Err(wrong(format!("an index was expected and {} found", label.name.escape_debug())));
    }
    // On a tiny grid the fixed part itself runs over records; 50 bytes of label stand between the pieces.
    let fixed = piece(at + LABEL as u64, super::record::FIXED)?;
    let (mut index, levels) = Index::read_fixed(&label, &fixed).map_err(wrong)?;
    let shape = (index.nx, index.ny);
    let (points, length) = (index.nx * index.ny, record_length(shape));
    if points > MOST_RECORD || length > size || points < super::record::FIXED {
        return Err(wrong(format!("a grid of {} × {} points does not fit a file of {size} bytes", index.nx, index.ny)));
    }
    let mut text = Vec::new();
    for record in 0..index.own_records() as u64 {
        let here = at + record * length;
        if record > 0 && piece(here + 14, 4)? != b"INDX" {
            return Err(wrong(format!("the index is {} bytes long and does not go on at byte {here}", index.length)));
        }
        text.extend(piece(here + LABEL as u64, points.min(index.length - text.len()))?);
    }
    index.read_levels(levels, &text).map_err(wrong)?;
    let first = at + index.own_records() as u64 * length;
    let end = first + index.records() as u64 * length;
    if end > size {
        let there = (size - first.min(size)) / length;
        return Err(wrong(format!(
            "the moment has {} records and the file holds {there} whole ones of them",
            index.records()
        )));
    }
    let [year, month, day, hour] = label.date;
    let time = Time::parse(&format!("{year:04}-{month:02}-{day:02}"), 0)
        .filter(|_| (0..=24).contains(&hour) && (0..60).contains(&index.minutes))
        .map(|t| Time(t.0 + i64::from(hour) * 3600 + i64::from(index.minutes) * 60))
        .ok_or_else(|| wrong(format!("{year}-{month}-{day} {hour}:{} is no moment", index.minutes)))?;
    let names = index.levels.iter().enumerate().flat_map(|(k, l)| l.variables.iter().map(move |v| (k, v)));
    let records = names
        .enumerate()
        .map(|(n, (level, (name, checksum)))| Record {
            name: name.clone(),
            level,
            checksum: *checksum,
            at: first + n as u64 * length,
        })
        .collect();
    Ok(Step { time, index, records })
}

fn problem(file: &str, field: &str, limit: String) -> Error {
    Error::Input(vec![Problem {
        file: file.into(),
        line: None,
        field: field.into(),
        value: String::new(),
        limit,
        remedy: "the file is cut short or damaged; fetch it again".into(),
    }])
}
