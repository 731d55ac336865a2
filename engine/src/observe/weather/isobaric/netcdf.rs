//! NetCDF files of levels and of the ground: ERA5 under the old and the new names of the Climate Data Store, and what tools make of it.

use super::super::cf;
use super::super::netcdf::{NetcdfFile, Take, text};
use super::super::opened::{Opened, wrong};
use super::quantity::{self, Packing};
use super::{Entry, Found, Isobaric, LEAST_PRESSURE, Shelf};
use crate::observe::weather::Derived;
use crate::observe::weather::grid::Grid;
use crate::observe::weather::native::Plane;
use crate::problem::{Error, Problem, Result};
use crate::region::Time;
use crate::region::calendar::HOUR;
use netcdf_reader::{NcDimension, NcVariable};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What one dimension of a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Time,
    Level,
    Y,
    X,
    /// ERA5 and its first release side by side (`expver`): what one lacks the other has.
    Release,
    /// Of one place; also a member of an ensemble, the first.
    Single,
}

/// One variable of a file that is used.
struct Variable {
    name: String,
    packing: Packing,
    axes: Vec<Axis>,
    /// First and end of the levels that are read.
    levels: (usize, usize),
    releases: usize,
}

/// One file as its header describes it.
struct Sheet {
    variables: Vec<Variable>,
    shape: (usize, usize),
    flipped: bool,
}

/// Files of this container.
pub struct NetcdfShelf {
    files: Opened<NetcdfFile>,
    sheets: Vec<Sheet>,
}

/// Whether a file has winds on levels, and is not another model's own output.
pub fn is_isobaric(file: &NetcdfFile) -> bool {
    file.variables().iter().any(|v| {
        let standard = text(v, "standard_name").unwrap_or_default();
        let unit = text(v, "units").unwrap_or_default();
        let aloft = v.dimensions().iter().any(|d| role(file, d) == Some(Axis::Level));
        matches!(quantity::of_netcdf(v.name(), &standard, &unit, aloft), Ok(Some(_)))
    })
}

/// What a dimension is, by its coordinate's standard name, unit, or name.
fn role(file: &NetcdfFile, dimension: &NcDimension) -> Option<Axis> {
    let coordinate = file.variable(&dimension.name);
    let said = |attribute: &str| coordinate.and_then(|v| text(v, attribute)).unwrap_or_default().to_ascii_lowercase();
    let (unit, standard) = (said("units"), said("standard_name"));
    let name = dimension.name.to_ascii_lowercase();
    if unit.contains(" since ") || matches!(name.as_str(), "time" | "valid_time") {
        return Some(Axis::Time);
    }
    match standard.as_str() {
        "latitude" | "projection_y_coordinate" => return Some(Axis::Y),
        "longitude" | "projection_x_coordinate" => return Some(Axis::X),
        "air_pressure" => return Some(Axis::Level),
        _ => {}
    }
    match name.as_str() {
        "latitude" | "lat" | "y" | "rlat" => Some(Axis::Y),
        "longitude" | "lon" | "x" | "rlon" => Some(Axis::X),
        "level" | "lev" | "plev" | "pressure_level" | "isobaricinhpa" | "isobaricinpa" | "pressure" => {
            Some(Axis::Level)
        }
        "expver" => Some(Axis::Release),
        _ if matches!(unit.as_str(), "millibars" | "hpa" | "pa" | "mb") => Some(Axis::Level),
        _ if dimension.size == 1 => Some(Axis::Single),
        _ => None,
    }
}

impl NetcdfShelf {
    /// Weather of files.
    pub fn open(paths: &[PathBuf]) -> Result<Isobaric> {
        let files = Opened::new(paths, NetcdfFile::open);
        let mut shelf = NetcdfShelf { files, sheets: Vec::new() };
        let mut problems = Vec::new();
        let mut grid: Option<(Grid, String)> = None;
        let (mut entries, mut names) = (Vec::new(), BTreeSet::new());
        let (mut geographic, mut hourly) = (true, false);
        for at in 0..shelf.files.count() {
            let file = shelf.files.get(at)?;
            let mut reading = Reading {
                file: &file,
                at,
                entries: Vec::new(),
                problems: Vec::new(),
                along_axes: false,
                hourly: false,
            };
            let sheet = reading.sheet()?;
            problems.append(&mut reading.problems);
            entries.append(&mut reading.entries);
            geographic &= !reading.along_axes;
            hourly |= reading.hourly;
            let Some((its, sheet)) = sheet else { continue };
            names.extend(sheet.variables.iter().map(|v| v.name.clone()));
            shelf.sheets.push(sheet);
            match &grid {
                None => grid = Some((its, file.name().to_string())),
                Some((first, name)) if !first.same(&its) => {
                    let limit = format!("its grid is not that of {name}");
                    problems.push(wrong(file.name(), "", limit, "give files of one grid at a time"));
                }
                Some(_) => {}
            }
        }
        if !problems.is_empty() {
            return Err(Error::Input(problems));
        }
        let Some((grid, _)) = grid else { return Err(Error::Stage("no file of weather was given".into())) };
        let mut notes = Vec::new();
        if hourly {
            let method = "sums taken as those of the hour before each moment (ERA5)";
            notes.push(Derived { quantity: "precipitation, fluxes", method });
        }
        Isobaric::new(Box::new(shelf), Found { grid, entries, names, geographic, format: "netcdf", notes })
    }
}

/// The reading of one file's header.
struct Reading<'a> {
    file: &'a NetcdfFile,
    at: usize,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    along_axes: bool,
    hourly: bool,
}

impl Reading<'_> {
    fn problem(&mut self, field: &str, limit: String, remedy: &str) {
        self.problems.push(wrong(self.file.name(), field, limit, remedy));
    }

    /// The values of a dimension's own variable.
    fn coordinate(&mut self, name: &str) -> Result<Option<Vec<f64>>> {
        if self.file.variable(name).is_none_or(|v| v.dimensions().len() != 1) {
            self.problem(
                name,
                "the dimension has no coordinate of its name".into(),
                "write the coordinates into the file",
            );
            return Ok(None);
        }
        let values = self.file.whole(name)?;
        if let Some(k) = values.iter().position(|v| !v.is_finite()) {
            self.problem(name, format!("value {} of the coordinate is missing", k + 1), "mend the coordinate");
            return Ok(None);
        }
        Ok(Some(values))
    }

    /// Every variable that is known, and the grid of them all.
    fn sheet(&mut self) -> Result<Option<(Grid, Sheet)>> {
        let mut variables = Vec::new();
        let mut planes: Option<[String; 2]> = None;
        let mut times: BTreeMap<String, Vec<Time>> = BTreeMap::new();
        let mut mapping = None;
        for v in self.file.variables() {
            let axes: Option<Vec<Axis>> = v.dimensions().iter().map(|d| role(self.file, d)).collect();
            let aloft = axes.as_ref().is_some_and(|a| a.contains(&Axis::Level));
            let said = |name: &str| text(v, name).unwrap_or_default();
            let standard = said("standard_name");
            let packing = match quantity::of_netcdf(v.name(), &standard, &said("units"), aloft) {
                Ok(Some(packing)) => packing,
                Ok(None) => continue,
                Err(_) if axes.is_none() || v.dimensions().len() < 2 => continue,
                Err(what) => {
                    self.problem(v.name(), what, "convert the variable, or leave it out");
                    continue;
                }
            };
            let Some(axes) = axes else {
                let unknown = v.dimensions().iter().find(|d| role(self.file, d).is_none());
                let limit = format!(
                    "its dimension {} is none of time, level of pressure, latitude, longitude",
                    unknown.map_or("", |d| &d.name)
                );
                self.problem(
                    v.name(),
                    limit,
                    "give fields on levels of pressure or at the ground, one member at a time",
                );
                continue;
            };
            let horizontal = |axes: &[Axis]| axes.len() >= 2 && axes[axes.len() - 2..] == [Axis::Y, Axis::X];
            if !horizontal(&axes) {
                continue; // a coordinate, or a table of numbers
            }
            let once = |axis| axes.iter().filter(|a| **a == axis).count() <= 1;
            if ![Axis::Time, Axis::Level, Axis::Release, Axis::Y, Axis::X].into_iter().all(once) {
                self.problem(v.name(), "has a dimension twice".into(), "give one field a moment and level");
                continue;
            }
            let d = v.dimensions();
            let plane = [d[d.len() - 2].name.clone(), d[d.len() - 1].name.clone()];
            if *planes.get_or_insert_with(|| plane.clone()) != plane {
                self.problem(
                    v.name(),
                    format!("lies on {} × {}, others on another grid", plane[0], plane[1]),
                    "give one grid at a time",
                );
                continue;
            }
            if let Some(name) = text(v, "grid_mapping") {
                mapping = Some(name.split(':').next().unwrap_or("").trim().to_string());
            }
            self.along_axes |= matches!(standard.as_str(), "x_wind" | "y_wind");
            let size = |axis| axes.iter().position(|a| *a == axis).map(|k| &d[k]);
            let (levels, first) = match size(Axis::Level) {
                None => (vec![0], 0),
                Some(dimension) => match self.pressures(&dimension.name)? {
                    Some(found) => found,
                    None => continue,
                },
            };
            let moments = match size(Axis::Time) {
                Some(dimension) => self.moments(&dimension.name, &mut times)?,
                None => self.lone_moment(&mut times)?,
            };
            let piled = packing.piled;
            self.hourly |= piled;
            // Numbers in `variables` are those of the entries.
            let number = variables.len();
            let steps = if size(Axis::Time).is_some() { moments.len() } else { moments.len().min(1) };
            for (step, time) in moments.iter().enumerate().take(steps) {
                self.entries.push(Entry {
                    quantity: packing.quantity,
                    time: *time,
                    since: piled.then(|| Time(time.0 - HOUR)),
                    piled,
                    levels: levels.clone(),
                    place: (self.at, number, step),
                });
            }
            let releases = size(Axis::Release).map_or(1, |d| d.size as usize);
            let end = first + levels.len();
            variables.push(Variable { name: v.name().to_string(), packing, axes, levels: (first, end), releases });
        }
        let Some([y, x]) = planes else {
            if self.problems.is_empty() {
                let limit = "holds no field of weather that is known (temperature, wind, humidity on levels of pressure; fields at the ground)";
                self.problem("", limit.into(), "see docs/concepts/weather.md for the names that are known");
            }
            return Ok(None);
        };
        let map = match mapping.as_deref().and_then(|name| self.file.variable(name)) {
            Some(variable) => match cf::map(variable) {
                Ok(map) => map,
                Err(what) => {
                    self.problem(variable.name(), what, "bring the fields to degrees or to one of these maps");
                    return Ok(None);
                }
            },
            None => None,
        };
        let (Some(xs), Some(ys)) = (self.coordinate(&x)?, self.coordinate(&y)?) else { return Ok(None) };
        let metres = self.file.variable(&x).and_then(|v| text(v, "units")).unwrap_or_default();
        if map.is_none() && matches!(metres.as_str(), "m" | "metre" | "meter" | "km") {
            let limit = format!("the grid is in {metres} and the file does not say of which map (grid_mapping)");
            self.problem(&x, limit, "write the map into the file, or bring the fields to degrees");
            return Ok(None);
        }
        let scale = if metres == "km" { 1000.0 } else { 1.0 };
        let scaled = |values: Vec<f64>| values.into_iter().map(|v| v * scale).collect::<Vec<f64>>();
        match cf::grid(&scaled(xs), &scaled(ys), map.as_ref()) {
            Ok((grid, flipped)) => {
                let shape = (grid.nx, grid.ny);
                Ok(Some((grid, Sheet { variables, shape, flipped })))
            }
            Err(what) => {
                self.problem("", what, "ask the archive for a regular grid");
                Ok(None)
            }
        }
    }

    /// Pressures of the levels that are read, Pa, and the place of the first.
    fn pressures(&mut self, name: &str) -> Result<Option<(Vec<i64>, usize)>> {
        let Some(values) = self.coordinate(name)? else { return Ok(None) };
        let unit = self.file.variable(name).and_then(|v| text(v, "units")).unwrap_or_default().to_ascii_lowercase();
        let factor = match unit.as_str() {
            "pa" => 1.0,
            "hpa" | "millibars" | "mb" | "mbar" => 100.0,
            // Older tools say "1" or nothing of levels in hPa; numbers of model levels end at 137.
            "" | "1" if values.iter().all(|v| (1.0..=1100.0).contains(v)) && values.iter().any(|v| *v >= 500.0) => {
                100.0
            }
            other => {
                let limit = format!("levels are in \"{other}\", not in a unit of pressure");
                self.problem(name, limit, "give levels of pressure (hybrid levels are not read)");
                return Ok(None);
            }
        };
        let pascals: Vec<i64> = values.iter().map(|v| (v * factor).round() as i64).collect();
        if let Some(k) = pascals.iter().position(|p| !(1..=120_000).contains(p)) {
            self.problem(name, format!("level {} is {} {unit}", k + 1, values[k]), "mend the coordinate");
            return Ok(None);
        }
        let used = |p: &i64| *p >= LEAST_PRESSURE;
        let (first, last) = (pascals.iter().position(used), pascals.iter().rposition(used));
        Ok(first.zip(last).map(|(a, b)| (pascals[a..=b].to_vec(), a)))
    }

    /// Moments of a dimension, read once.
    fn moments(&mut self, name: &str, kept: &mut BTreeMap<String, Vec<Time>>) -> Result<Vec<Time>> {
        if let Some(times) = kept.get(name) {
            return Ok(times.clone());
        }
        let mut times = Vec::new();
        if let Some(values) = self.coordinate(name)? {
            let said = |attribute: &str| self.file.variable(name).and_then(|v| text(v, attribute));
            match cf::times(&values, &said("units").unwrap_or_default(), said("calendar").as_deref()) {
                Ok(found) => times = found,
                Err(what) => self.problem(name, what, "write times as CF asks, such as hours since 1900-01-01"),
            }
        }
        kept.insert(name.to_string(), times.clone());
        Ok(times)
    }

    /// The one moment of a field without a dimension of time: the scalar coordinate of that name.
    fn lone_moment(&mut self, kept: &mut BTreeMap<String, Vec<Time>>) -> Result<Vec<Time>> {
        if let Some(times) = kept.get("") {
            return Ok(times.clone());
        }
        let named = |v: &&NcVariable| matches!(v.name(), "valid_time" | "time") && v.dimensions().is_empty();
        let mut times = Vec::new();
        if let Some(v) = self.file.variables().iter().filter(named).max_by_key(|v| v.name() == "valid_time") {
            let values = self.file.whole(v.name())?;
            let unit = text(v, "units").unwrap_or_default();
            times = cf::times(&values, &unit, text(v, "calendar").as_deref()).unwrap_or_default();
        }
        if times.is_empty() {
            times.push(Time(0)); // a field of all time: terrain
        }
        kept.insert(String::new(), times.clone());
        Ok(times)
    }
}

impl Shelf for NetcdfShelf {
    fn planes(&self, entry: &Entry) -> Result<Vec<Plane>> {
        let (at, number, step) = entry.place;
        let (file, sheet) = (self.files.get(at)?, &self.sheets[at]);
        let variable = &sheet.variables[number];
        let (nx, ny) = sheet.shape;
        let mut merged: Vec<f64> = Vec::new();
        for release in 0..variable.releases {
            let takes: Vec<Take> = variable
                .axes
                .iter()
                .map(|axis| match axis {
                    Axis::Time => Take::One(step),
                    Axis::Level => Take::Part(variable.levels.0, variable.levels.1),
                    Axis::Y => Take::Part(0, ny),
                    Axis::X => Take::Part(0, nx),
                    Axis::Release => Take::One(release),
                    Axis::Single => Take::One(0),
                })
                .collect();
            let values = file.read(&variable.name, &takes)?;
            if merged.is_empty() {
                merged = values;
            } else {
                merged.iter_mut().zip(values).filter(|(m, _)| m.is_nan()).for_each(|(m, v)| *m = v);
            }
        }
        if merged.len() != nx * ny * entry.levels.len() {
            return Err(file.damaged(&variable.name, format!("{} values on a grid of {nx} × {ny}", merged.len())));
        }
        let factor = variable.packing.factor;
        let planes = merged.chunks_exact(nx * ny).map(|plane| {
            let row = |j: usize| if sheet.flipped { ny - 1 - j } else { j };
            (0..ny).flat_map(|j| plane[row(j) * nx..][..nx].iter().map(|v| (v * factor) as f32)).collect()
        });
        Ok(planes.collect())
    }

    fn files(&self) -> String {
        self.files.names()
    }
}
