//! Opens files of weather: what they are is told by their content, never by their names.

use super::arl::{Arl, ArlFile};
use super::isobaric::{GribShelf, NetcdfShelf, is_grib, is_isobaric};
use super::levelling::weather;
use super::native::Source;
use super::netcdf::NetcdfFile;
use super::opened::{refused, wrong};
use super::wrf::Wrf;
use super::{Weather, station, wrf};
use crate::problem::{Error, Result};
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

/// Formats, as their content tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Arl,
    Isobaric,
    Wrf,
    Grib,
    Station,
}

/// The weather of some files of one format.
pub fn open(paths: &[PathBuf]) -> Result<Contents> {
    let mut problems = Vec::new();
    let mut format: Option<(Format, &Path)> = None;
    for path in paths {
        let head = head(path)?;
        let its = match format_of(path, &head) {
            Ok(its) => its,
            Err(Error::Input(more)) => {
                problems.extend(more);
                continue;
            }
            Err(other) => return Err(other),
        };
        let (first, named) = *format.get_or_insert((its, path));
        if first != its {
            let limit = format!("is another format than {}", named.display());
            problems.push(wrong(&path.display().to_string(), "", limit, "give files of one format at a time"));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Input(problems));
    }
    let source: Box<dyn Source> = match format {
        Some((Format::Arl, _)) => Box::new(Arl::open(paths)?),
        Some((Format::Isobaric, _)) => Box::new(NetcdfShelf::open(paths)?),
        Some((Format::Wrf, _)) => Box::new(Wrf::open(paths)?),
        Some((Format::Grib, _)) => Box::new(GribShelf::open(paths)?),
        Some((Format::Station, _)) => {
            let (weather, variables) = station::open(paths)?;
            return Ok(Contents { format: "station", levels: 1, variables, weather });
        }
        None => return Err(Error::Stage("no file of weather was given".into())),
    };
    let (format, levels, variables) = (source.format(), source.levels(), source.variables());
    Ok(Contents { format, levels, variables, weather: weather(source)? })
}

/// What a file is.
fn format_of(path: &Path, head: &[u8]) -> Result<Format> {
    if ArlFile::detect(head) {
        return Ok(Format::Arl);
    }
    if is_grib(head) {
        return Ok(Format::Grib);
    }
    if station::detect(head) {
        return Ok(Format::Station);
    }
    let name = path.display().to_string();
    if NetcdfFile::detect(head) {
        let file = NetcdfFile::open(path)?;
        if wrf::is_wrf(&file) {
            return Ok(Format::Wrf);
        }
        if is_isobaric(&file) {
            return Ok(Format::Isobaric);
        }
        let limit =
            "is NetCDF without weather that is known: neither fields on levels of pressure or at the ground, nor WRF's";
        return Err(refused(&name, "", limit, "see docs/concepts/weather.md for the names that are known"));
    }
    let what = match head {
        [] => "an empty file",
        [b'P', b'K', 3, 4, ..] => {
            return Err(refused(&name, "", "is a ZIP archive", "unpack it and give the files in it"));
        }
        [0x1f, 0x8b, ..] => return Err(refused(&name, "", "is packed with gzip", "unpack it (gunzip)")),
        _ => "this content",
    };
    let limit = format!("{what} is not weather that can be read");
    let remedy = "give ARL packed files, ERA5 as NetCDF or GRIB, GFS as GRIB, WRF output, or a table of one station (time,lon,lat,wind_speed_m_s,wind_direction_deg,temperature_c)";
    Err(refused(&name, "", limit, remedy))
}

/// The first bytes of a file.
fn head(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, e))?;
    let mut head = Vec::new();
    file.take(1024).read_to_end(&mut head).map_err(|e| Error::file(path, e))?;
    Ok(head)
}
