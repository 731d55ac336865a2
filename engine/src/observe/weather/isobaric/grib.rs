//! GRIB of editions 1 and 2: ERA5 and GFS as their archives give them, many messages a file.

use super::super::cf::Map;
use super::super::cone::Cone;
use super::super::ellipsoid::Ellipsoid;
use super::super::opened::{Opened, refused, wrong};
use super::quantity::{self, Packing};
use super::{Entry, Found, Isobaric, LEAST_PRESSURE, Shelf};
use crate::observe::weather::grid::{Grid, Projection};
use crate::observe::weather::native::Plane;
use crate::problem::{Error, Problem, Result};
use crate::region::{Point, Time};
use grib_reader::{
    ForecastTimeUnit, GribFile, GridDefinition, LatLonGrid, Message, ProductDefinitionTemplate, ProjectedGridCore,
    ReferenceTime,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most points of a field: 0.05° around the globe.
const MOST_POINTS: usize = 26_000_000;
/// What to do about a file that cannot be decoded.
const DAMAGED: &str = "the file is cut short or damaged; fetch it again";
/// Class of ERA5 in ECMWF's local part of a GRIB 1 message (MARS, class `ea`).
const CLASS_ERA5: u8 = 23;

/// One open file.
struct Opening {
    name: String,
    file: GribFile,
}

/// Files of this container.
pub struct GribShelf {
    files: Opened<Opening>,
    shape: (usize, usize),
}

/// True where a message begins in the first bytes; some archives put a line of a bulletin before it.
pub fn detect(head: &[u8]) -> bool {
    head.windows(8).any(|w| w.starts_with(b"GRIB") && matches!(w[7], 1 | 2))
}

fn open(path: &Path) -> Result<Opening> {
    let name = path.display().to_string();
    let file = GribFile::builder()
        .max_decoded_points(MOST_POINTS)
        .open(path)
        .map_err(|e| refused(&name, "", format!("is no GRIB file that can be read: {e}"), DAMAGED))?;
    Ok(Opening { name, file })
}

/// What a message is.
struct Read {
    packing: Packing,
    level: i64,
    time: Time,
    since: Option<Time>,
}

impl GribShelf {
    /// Weather of files.
    pub fn open(paths: &[PathBuf]) -> Result<Isobaric> {
        let mut shelf = GribShelf { files: Opened::new(paths, open), shape: (0, 0) };
        let mut problems: Vec<Problem> = Vec::new();
        let mut grid: Option<(Grid, bool)> = None;
        let (mut entries, mut names, mut others) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for at in 0..shelf.files.count() {
            let opened = shelf.files.get(at)?;
            let mut used = 0;
            // Grids as the messages write them, each looked at once.
            let mut looked: Option<GridDefinition> = None;
            for message in opened.file.messages() {
                let Some(read) = known(&message) else {
                    others.insert(message.parameter_name().to_string());
                    continue;
                };
                if read.packing.quantity.aloft() && read.level < LEAST_PRESSURE {
                    continue;
                }
                used += 1;
                let definition = message.grid_definition();
                if looked.as_ref() != Some(definition) {
                    match grid_of(&message) {
                        Err(what) => {
                            let remedy = "ask the archive for a regular grid of degrees";
                            problems.push(wrong(&opened.name, message.parameter_name(), what, remedy));
                            break;
                        }
                        Ok(its) => {
                            let (first, _) = grid.get_or_insert_with(|| its.clone());
                            if !first.same(&its.0) {
                                let limit =
                                    format!("message {} lies on another grid than the first", message.index() + 1);
                                problems.push(wrong(
                                    &opened.name,
                                    message.parameter_name(),
                                    limit,
                                    "give one grid at a time",
                                ));
                                break;
                            }
                        }
                    }
                    looked = Some(definition.clone());
                }
                names.insert(message.parameter_name().to_string());
                entries.push(Entry {
                    quantity: read.packing.quantity,
                    time: read.time,
                    since: read.since,
                    piled: read.packing.piled,
                    levels: vec![read.level],
                    place: (at, message.index(), 0),
                });
            }
            if used == 0 {
                let seen = others.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
                let limit = format!("none of its messages is weather that is known; it holds {seen}");
                problems.push(wrong(
                    &opened.name,
                    "",
                    limit,
                    "give fields on levels of pressure and at the ground (hybrid levels are not read)",
                ));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Input(problems));
        }
        let Some((grid, geographic)) = grid else { return Err(Error::Stage("no file of weather was given".into())) };
        shelf.shape = (grid.nx, grid.ny);
        Isobaric::new(Box::new(shelf), Found { grid, entries, names, geographic, format: "grib", notes: Vec::new() })
    }
}

/// Seconds since 1970 of a time of GRIB.
fn moment(t: &ReferenceTime) -> Option<Time> {
    Time::parse(&format!("{:04}-{:02}-{:02}", t.year, t.month, t.day), 0)
        .map(|d| Time(d.0 + i64::from(t.hour) * 3600 + i64::from(t.minute) * 60 + i64::from(t.second)))
}

/// What a message holds, if it is one of the quantities.
fn known(message: &Message<'_>) -> Option<Read> {
    let reference = message.reference_time();
    let valid = moment(&message.valid_time()?)?;
    if let Some(product) = message.grib1_product_definition() {
        let level = (product.level_type, product.level_value);
        let packing = quantity::of_grib1(message.center_id(), product.table_version, product.parameter_number, level)?;
        let unit = ForecastTimeUnit::from_grib1_code(product.forecast_time_unit)?;
        // Indicators 2 to 5: a range, mean, sum or difference from P1 to P2 (WMO, Manual on Codes, table 5).
        let since = match product.time_range_indicator {
            2..=5 => Some(moment(&reference.checked_add_forecast_time_unit(unit, i64::from(product.p1))?)?),
            // ECMWF writes sums as if of the moment: since the start of the forecast, in ERA5 of the hour before.
            _ if packing.piled && era5(message) => Some(Time(valid.0 - 3600)),
            _ if packing.piled => Some(moment(reference)?),
            _ => None,
        };
        let level = if packing.quantity.aloft() { i64::from(product.level_value) * 100 } else { 0 };
        let since = since.filter(|s| *s < valid);
        // A sum over no time at the start of a forecast says nothing.
        return (!packing.piled || since.is_some()).then_some(Read { packing, level, time: valid, since });
    }
    let product = message.product_definition()?;
    let surface = product.first_surface()?;
    let value = surface.scaled_value_f64().unwrap_or(0.0);
    let (since, sum) = match &product.template {
        ProductDefinitionTemplate::AnalysisOrForecast(_) => (None, false),
        ProductDefinitionTemplate::StatisticalProcess(process) => {
            let unit = ForecastTimeUnit::from_grib2_code(process.base.forecast_time_unit)?;
            let start = reference.checked_add_forecast_time_unit(unit, i64::from(process.base.forecast_time))?;
            // Code table 4.10: 0 mean, 1 sum; extremes and the like are no weather here.
            let sum = match process.interval.time_ranges.first()?.type_of_statistical_processing {
                0 => false,
                1 => true,
                _ => return None,
            };
            (Some(moment(&start)?), sum)
        }
        _ => return None,
    };
    let discipline = message.parameter().discipline?;
    let code = (discipline, product.parameter_category, product.parameter_number);
    let packing = quantity::of_grib2(message.center_id(), code, (surface.surface_type, value), sum)?;
    let level = if packing.quantity.aloft() { value.round() as i64 } else { 0 };
    let since = since.filter(|s| *s < valid);
    (!sum || since.is_some()).then_some(Read { packing, level, time: valid, since })
}

/// Whether ECMWF's local part says that a GRIB 1 message is of ERA5: octets 41 and 42 of its section 1.
fn era5(message: &Message<'_>) -> bool {
    let section = message.raw_bytes().get(8..).unwrap_or_default();
    let length = section.get(..3).map_or(0, |b| usize::from(b[0]) << 16 | usize::from(b[1]) << 8 | usize::from(b[2]));
    length > 42 && message.center_id() == quantity::ECMWF && section.get(41) == Some(&CLASS_ERA5)
}

/// The grid of a message, second axis ascending, and whether its winds are eastward and northward.
fn grid_of(message: &Message<'_>) -> std::result::Result<(Grid, bool), String> {
    let degrees = |micro: i32| f64::from(micro) / 1e6;
    match message.grid_definition() {
        GridDefinition::LatLon(g) => Ok((regular(g)?, true)),
        GridDefinition::Mercator(g) => {
            let earth = figure(&g.core)?;
            let cone = Cone::upright(0.0, degrees(g.core.lon_first), (degrees(g.lat_d), 1.0), earth);
            projected(&g.core, cone)
        }
        GridDefinition::PolarStereographic(g) => {
            let south = g.projection_center_flag & 0x80 != 0;
            let pole = if south { -90.0 } else { 90.0 };
            projected(&g.core, Cone::upright(pole, degrees(g.lon_v), (degrees(g.lat_d), 1.0), figure(&g.core)?))
        }
        GridDefinition::LambertConformal(g) => {
            let (first, second) = (degrees(g.latin1), degrees(g.latin2));
            if first.abs() >= 90.0 || second.abs() >= 90.0 || (first + second).abs() < 1e-6 {
                return Err(format!("a cone true at {first}° and {second}° is none"));
            }
            projected(&g.core, Cone::secant(first, second, degrees(g.lon_v), figure(&g.core)?))
        }
        GridDefinition::RegularGaussian(_) => Err("lies on a Gaussian grid, whose rows are not evenly spaced".into()),
        GridDefinition::RotatedLatLon(_) => Err("lies on a grid of rotated degrees".into()),
        other => Err(format!("lies on a grid of kind {}, which is not read", other.template_number())),
    }
}

/// Regular degrees. Steps are worked out of the corners, since GRIB 1 rounds them to a thousandth of a degree.
fn regular(g: &LatLonGrid) -> std::result::Result<Grid, String> {
    let (nx, ny) = (g.ni as usize, g.nj as usize);
    if nx < 2 || ny < 2 || nx.saturating_mul(ny) > MOST_POINTS {
        return Err(format!("a grid of {nx} × {ny} points"));
    }
    let degrees = |micro: i32| f64::from(micro) / 1e6;
    let (west, east) = if g.scanning_mode & 0x80 == 0 { (g.lon_first, g.lon_last) } else { (g.lon_last, g.lon_first) };
    let span = (degrees(east) - degrees(west)).rem_euclid(360.0);
    let mut dx = span / (nx - 1) as f64;
    // The corners too are rounded; around the globe the step is that of a whole turn.
    if ((dx * nx as f64) - 360.0).abs() < 0.01 * dx {
        dx = 360.0 / nx as f64;
    }
    let (a, b) = (degrees(g.lat_first), degrees(g.lat_last));
    let (south, dy) = (a.min(b), (a - b).abs() / (ny - 1) as f64);
    if !(dx > 1e-4 && dy > 1e-4 && south >= -90.01 && a.max(b) <= 90.01) {
        return Err(format!("a grid of {nx} × {ny} points from {a}° to {b}° north, {dx}° apart"));
    }
    Ok(Grid::degrees((nx, ny), (degrees(west), south), (dx, dy)))
}

/// A grid on a map, tied to its first point.
fn projected(core: &ProjectedGridCore, cone: Cone) -> std::result::Result<(Grid, bool), String> {
    let (nx, ny) = (core.nx as usize, core.ny as usize);
    let (dx, dy) = (f64::from(core.dx) / 1e3, f64::from(core.dy) / 1e3);
    if nx < 2 || ny < 2 || nx.saturating_mul(ny) > MOST_POINTS || !(1.0..1e7).contains(&dx) || !(1.0..1e7).contains(&dy)
    {
        return Err(format!("a grid of {nx} × {ny} points, {dx} × {dy} m apart"));
    }
    let first = Point { lon: f64::from(core.lon_first) / 1e6, lat: f64::from(core.lat_first) / 1e6 };
    let (x, y) = cone.plane(first);
    // Scanning: bit 1 set, the first axis runs down; bit 2 not set, the second does.
    let x0 = if core.scanning_mode & 0x80 == 0 { x } else { x - dx * (nx - 1) as f64 };
    let y0 = if core.scanning_mode & 0x40 != 0 { y } else { y - dy * (ny - 1) as f64 };
    let map = Map { projection: Projection::Conformal(cone), from: (0.0, 0.0) };
    if !(x0.is_finite() && y0.is_finite() && cone.factor.is_finite()) {
        return Err("the grid lies infinitely far away on its map".into());
    }
    let grid = Grid { projection: map.projection, nx, ny, x0, y0, dx, dy, wraps: false };
    Ok((grid, core.resolution_and_component_flags & 0x08 == 0))
}

/// Code table 3.2.
fn figure(core: &ProjectedGridCore) -> std::result::Result<Ellipsoid, String> {
    let scaled = |factor: u8, value: u32| f64::from(value) / 10_f64.powi(i32::from(factor as i8));
    let own = scaled(core.scale_factor_radius, core.scaled_value_radius);
    let (a, b) = (
        scaled(core.scale_factor_major_axis, core.scaled_value_major_axis),
        scaled(core.scale_factor_minor_axis, core.scaled_value_minor_axis),
    );
    let axes = |a: f64, b: f64| Ellipsoid { radius_m: a, eccentricity: (1.0 - (b / a).powi(2)).max(0.0).sqrt() };
    let earth = match core.shape_of_earth {
        0 => Ellipsoid::sphere(6_367_470.0),
        1 => Ellipsoid::sphere(own),
        2 => axes(6_378_160.0, 6_356_775.0),
        3 => axes(a * 1e3, b * 1e3),
        4 => Ellipsoid::flattened(6_378_137.0, 298.257_222_101),
        5 => Ellipsoid::wgs84(),
        6 => Ellipsoid::sphere(6_371_229.0),
        7 => axes(a, b),
        8 => Ellipsoid::sphere(6_371_200.0),
        other => return Err(format!("the figure of the Earth number {other} is not known here")),
    };
    if earth.radius_m > 1e6 && earth.radius_m < 1e8 && earth.eccentricity < 0.5 {
        Ok(earth)
    } else {
        Err(format!("an Earth of {} m", earth.radius_m))
    }
}

impl Shelf for GribShelf {
    fn planes(&self, entry: &Entry) -> Result<Vec<Plane>> {
        let opened = self.files.get(entry.place.0)?;
        let damaged =
            |what: String| refused(&opened.name, "", format!("message {}: {what}", entry.place.1 + 1), DAMAGED);
        let message = opened.file.message(entry.place.1).map_err(|e| damaged(e.to_string()))?;
        let (nx, ny) = self.shape;
        let values = message.read_flat_data_north_up_as_f32().map_err(|e| damaged(e.to_string()))?;
        let packing = known(&message).map(|read| read.packing).filter(|_| values.len() == nx * ny);
        let Some(packing) = packing else {
            return Err(damaged(format!("{} values on a grid of {nx} × {ny}", values.len())));
        };
        let factor = packing.factor as f32;
        Ok(vec![(0..ny).rev().flat_map(|j| values[j * nx..][..nx].iter().map(|v| v * factor)).collect()])
    }

    fn files(&self) -> String {
        self.files.names()
    }
}
