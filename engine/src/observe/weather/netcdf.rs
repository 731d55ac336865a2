//! A file of NetCDF (classic, 64-bit or NetCDF-4), read piece by piece: what it holds, with no more memory than its size allows.

use super::opened::refused;
use crate::problem::Result;
use netcdf_reader::{
    NcAttribute, NcDimension, NcFile, NcFormat, NcMetadataMode, NcOpenOptions, NcSliceInfo, NcSliceInfoElem, NcType,
    NcVariable,
};
use std::path::Path;

/// What to do about a file that contradicts itself.
const DAMAGED: &str = "the file is cut short or damaged; fetch it again";
/// Most bytes that a compressed byte stands for: deflate packs no more than 1,032 to 1.
const DENSEST: u64 = 1032;
/// Most values of one variable at one moment: 137 levels of a grid of 0.1° are 890 million, and no office reads them so.
const MOST_VALUES: u64 = 1 << 29;

/// What to take along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// One place.
    One(usize),
    /// From a place to before another.
    Part(usize, usize),
}

/// An open file.
pub struct NetcdfFile {
    name: String,
    size: u64,
    nc: NcFile,
}

impl NetcdfFile {
    /// True where the first bytes are those of NetCDF or HDF5.
    pub fn detect(head: &[u8]) -> bool {
        head.starts_with(b"CDF") || head.starts_with(b"\x89HDF\r\n\x1a\n")
    }

    /// Opens a file and reads what it says about itself; no values.
    pub fn open(path: &Path) -> Result<NetcdfFile> {
        let name = path.display().to_string();
        let size = std::fs::metadata(path).map_err(|e| crate::problem::Error::file(path, e))?.len();
        let most = usize::try_from(size.saturating_mul(DENSEST).saturating_add(1 << 20)).unwrap_or(usize::MAX);
        let options = NcOpenOptions {
            // What a file says besides the variables of weather may be strange.
            metadata_mode: NcMetadataMode::Lossy,
            chunk_cache_bytes: 32 << 20,
            max_chunk_bytes: most.min(1 << 30),
            max_read_bytes: most,
            max_object_header_bytes: (size as usize).min(64 << 20),
            ..NcOpenOptions::default()
        };
        let nc = NcFile::open_with_options(path, options)
            .map_err(|e| refused(&name, "", format!("is no NetCDF file that can be read: {e}"), DAMAGED))?;
        let file = NetcdfFile { name, size, nc };
        file.nc.variables().map_err(|e| file.damaged("", e))?;
        Ok(file)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its variables.
    pub fn variables(&self) -> &[NcVariable] {
        self.nc.variables().unwrap_or_default()
    }

    /// A variable.
    pub fn variable(&self, name: &str) -> Option<&NcVariable> {
        self.variables().iter().find(|v| v.name() == name)
    }

    /// An attribute of the file itself.
    pub fn attribute(&self, name: &str) -> Option<&NcAttribute> {
        self.nc.global_attributes().ok()?.iter().find(|a| a.name == name)
    }

    /// Values of a variable in SI as its own attributes unpack them, NaN where it has none, in the order of its dimensions.
    pub fn read(&self, name: &str, takes: &[Take]) -> Result<Vec<f64>> {
        let variable = self.variable(name).ok_or_else(|| self.damaged(name, "there is no such variable"))?;
        let dimensions = variable.dimensions();
        if dimensions.len() != takes.len() {
            return Err(
                self.damaged(name, format!("{} dimensions where {} were expected", dimensions.len(), takes.len()))
            );
        }
        let mut count: u64 = 1;
        for (take, dimension) in takes.iter().zip(dimensions) {
            let (from, to) = match *take {
                Take::One(at) => (at as u64, at as u64 + 1),
                Take::Part(from, to) => (from as u64, to as u64),
            };
            if from >= to || to > dimension.size {
                let what = format!("{from} to {to} along {}, which has {} places", dimension.name, dimension.size);
                return Err(self.damaged(name, what));
            }
            count = count.saturating_mul(to - from);
        }
        let classic = matches!(self.nc.format(), NcFormat::Classic | NcFormat::Offset64 | NcFormat::Cdf5);
        let wide = variable.dtype().size().unwrap_or(1).max(1) as u64;
        let there = self.size.saturating_mul(if classic { 1 } else { DENSEST });
        if count > MOST_VALUES || count.saturating_mul(wide) > there {
            return Err(self.damaged(name, format!("{count} values cannot be in a file of {} bytes", self.size)));
        }
        let selections = takes
            .iter()
            .map(|take| match *take {
                Take::One(at) => NcSliceInfoElem::Index(at as u64),
                Take::Part(from, to) => NcSliceInfoElem::Slice { start: from as u64, end: to as u64, step: 1 },
            })
            .collect();
        let values = if dimensions.is_empty() {
            self.nc.read_variable_unpacked_masked(name)
        } else {
            self.nc.read_variable_slice_unpacked_masked(name, &NcSliceInfo { selections })
        };
        let values = values.map_err(|e| self.damaged(name, e))?;
        if values.len() as u64 != count {
            return Err(self.damaged(name, format!("{} values where {count} were expected", values.len())));
        }
        let fill = default_fill(variable);
        // The iteration is in the order of the dimensions whatever the layout in memory.
        Ok(values.iter().map(|v| if Some(*v) == fill { f64::NAN } else { *v }).collect())
    }

    /// All values of a variable.
    pub fn whole(&self, name: &str) -> Result<Vec<f64>> {
        let takes: Vec<Take> = self
            .variable(name)
            .map(NcVariable::dimensions)
            .unwrap_or_default()
            .iter()
            .map(|d: &NcDimension| Take::Part(0, d.size as usize))
            .collect();
        self.read(name, &takes)
    }

    /// The rows of a variable of text.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let claims = self.variable(name).and_then(|v| v.num_elements().ok()).unwrap_or(u64::MAX);
        if claims > self.size.saturating_mul(DENSEST) {
            return Err(self.damaged(name, format!("{claims} letters cannot be in a file of {} bytes", self.size)));
        }
        self.nc.read_variable_as_strings(name).map_err(|e| self.damaged(name, e))
    }

    /// A sentence about damage.
    pub fn damaged(&self, field: &str, what: impl std::fmt::Display) -> crate::problem::Error {
        refused(&self.name, field, format!("cannot be read: {what}"), DAMAGED)
    }
}

/// What stands for nothing in a variable of floating point that says nothing of it (netCDF's `NC_FILL_FLOAT`, `NC_FILL_DOUBLE`).
fn default_fill(variable: &NcVariable) -> Option<f64> {
    match variable.dtype() {
        NcType::Float => Some(f64::from(9.969_21e36_f32)),
        NcType::Double => Some(9.969_209_968_386_869e36),
        _ => None,
    }
}

/// An attribute of a variable as text.
pub fn text(variable: &NcVariable, name: &str) -> Option<String> {
    variable.attribute(name)?.value.as_string().map(|s| s.trim_end_matches('\0').trim().to_string())
}

/// An attribute of a variable as numbers.
pub fn numbers(variable: &NcVariable, name: &str) -> Vec<f64> {
    variable.attribute(name).and_then(|a| a.value.as_f64_vec()).unwrap_or_default()
}
