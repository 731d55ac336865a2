//! Opens files of weather: what they are is told by their content, never by their names.

use super::Weather;
use super::arl::{Arl, ArlFile};
use super::levelling::weather;
use super::native::Source;
use crate::problem::{Error, Problem, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a file of weather holds, before any field is read.
pub struct Contents {
    /// Format.
    pub format: &'static str,
    /// Levels above the ground in the file.
    pub levels: usize,
    /// Variables.
    pub variables: Vec<String>,
    /// The weather.
    pub weather: Weather,
}

/// The weather of some files of one format.
pub fn open(paths: &[PathBuf]) -> Result<Contents> {
    let mut problems = Vec::new();
    for path in paths {
        let head = head(path)?;
        if !ArlFile::detect(&head) {
            problems.push(Problem {
                file: path.display().to_string(),
                line: None,
                field: String::new(),
                value: String::new(),
                limit: format!("{} is not weather that can be read", kind(&head)),
                remedy: "give ARL packed files (NOAA's ready-made archives, or HYSPLIT's converters era52arl, arw2arl, api2arl)".into(),
            });
        }
    }
    if !problems.is_empty() {
        return Err(Error::Input(problems));
    }
    let source: Box<dyn Source> = Box::new(Arl::open(paths)?);
    let (format, levels, variables) = (source.format(), source.levels(), source.variables());
    Ok(Contents { format, levels, variables, weather: weather(source)? })
}

/// The first bytes of a file.
fn head(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, e))?;
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head).map_err(|e| Error::file(path, e))?;
    Ok(head)
}

/// What the first bytes say a file is.
fn kind(head: &[u8]) -> &'static str {
    match head {
        [] => "an empty file",
        [b'C', b'D', b'F', ..] | [0x89, b'H', b'D', b'F', ..] => "NetCDF, whose reader is not built yet,",
        [b'G', b'R', b'I', b'B', ..] => "GRIB, whose reader is not built yet,",
        _ => "this content",
    }
}
