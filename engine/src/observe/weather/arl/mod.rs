//! Weather in the ARL packed format of NOAA's Air Resources Laboratory, which HYSPLIT and STILT read.

pub mod file;
pub mod record;

pub use file::ArlFile;

use super::cone::Cone;
use super::grid::{Grid, Projection};
use super::native::{Native, Plane, Source, Surface, Vertical};
use super::thermodynamics::specific_humidity;
use crate::problem::{Error, Problem, Result};
use crate::region::Time;
use crate::region::calendar::HOUR;
use record::Index;
use std::path::PathBuf;

/// Radius of the Earth in this format, m (HYSPLIT).
const RADIUS_M: f64 = 6_371_200.0;

/// Variables of accumulated precipitation (m), and the hours after which the bucket is emptied; `None` never.
const BUCKETS: [(&str, Option<i64>); 8] = [
    ("TPP1", Some(1)),
    ("TPP3", Some(3)),
    ("TPP6", Some(6)),
    ("TPPT", Some(12)),
    ("TPPD", Some(24)),
    ("PRT1", Some(1)),
    ("PRT3", Some(3)),
    ("TPPA", None),
];

/// Files of this format on one grid, chained by time.
pub struct Arl {
    files: Vec<ArlFile>,
    grid: Grid,
    times: Vec<Time>,
    /// File and step of each moment.
    places: Vec<(usize, usize)>,
}

/// The grid that an index describes (HYSPLIT's `STLMBR` and `STCM1P`; the grid points of the file count from 1).
pub fn grid_of(index: &Index) -> std::result::Result<Grid, String> {
    let [_, _, reference_lat, reference_lon, size_km, orientation, tangent, sync_x, sync_y, lat, lon, _] = index.map;
    let (nx, ny) = (index.nx, index.ny);
    if !(-90.0..=90.0).contains(&lat) || lon.abs() > 720.0 {
        return Err(format!("the grid is tied to latitude {lat}°, longitude {lon}°"));
    }
    if size_km == 0.0 {
        let (dx, dy) = (reference_lon, reference_lat);
        let (x0, y0) = (lon - (sync_x - 1.0) * dx, lat - (sync_y - 1.0) * dy);
        let north = y0 + dy * (ny as f64 - 1.0);
        if !(dx > 0.0 && dy > 0.0 && y0 >= -90.01 && north <= 90.01 && dx * nx as f64 <= 360.5) {
            return Err(format!(
                "a grid of {nx} × {ny} points, {dx}° × {dy}° apart, from {y0}° north leaves the globe"
            ));
        }
        let wraps = (dx * nx as f64 - 360.0).abs() < 0.01 * dx.max(0.1);
        return Ok(Grid { projection: Projection::LonLat, nx, ny, x0, y0, dx, dy, wraps });
    }
    if size_km <= 0.0 || tangent.abs() > 90.0 || reference_lat.abs() > 90.0 {
        return Err(format!("a grid of {size_km} km on a cone at {tangent}°, true at {reference_lat}°"));
    }
    let cone = Cone::new(tangent, reference_lon, reference_lat, orientation, RADIUS_M);
    let (x, y) = cone.plane(crate::region::Point { lon, lat });
    let metres = size_km * 1000.0;
    let (x0, y0) = (x - (sync_x - 1.0) * metres, y - (sync_y - 1.0) * metres);
    if !(x0.is_finite() && y0.is_finite() && cone.factor.is_finite()) {
        return Err("the grid lies infinitely far away on its map".into());
    }
    Ok(Grid { projection: Projection::Conformal(cone), nx, ny, x0, y0, dx: metres, dy: metres, wraps: false })
}

impl Arl {
    /// Opens files; their moments are put in order, and where two files hold the same moment the first named counts.
    pub fn open(paths: &[PathBuf]) -> Result<Arl> {
        let files = paths.iter().map(|path| ArlFile::open(path)).collect::<Result<Vec<_>>>()?;
        let mut grid: Option<Grid> = None;
        let mut moments: Vec<(Time, usize, usize)> = Vec::new();
        for (f, file) in files.iter().enumerate() {
            for (s, step) in file.steps.iter().enumerate() {
                moments.push((step.time, f, s));
            }
            let Some(first) = file.steps.first() else { continue };
            let its = grid_of(&first.index).map_err(|what| wrong(file, "INDX", what))?;
            if *grid.get_or_insert_with(|| its.clone()) != its {
                let what = format!("its grid is not that of {}; give files of one grid at a time", files[0].name());
                return Err(wrong(file, "INDX", what));
            }
        }
        moments.sort();
        moments.dedup_by_key(|m| m.0);
        let Some(grid) = grid else { return Err(Error::Stage("no file of weather was given".into())) };
        let times = moments.iter().map(|m| m.0).collect();
        let places = moments.iter().map(|m| (m.1, m.2)).collect();
        Ok(Arl { files, grid, times, places })
    }

    /// The first of some variables that a moment has.
    fn first(&self, at: usize, level: usize, names: &[&str]) -> Result<Option<Plane>> {
        let (file, step) = self.places[at];
        for name in names {
            if let Some(field) = self.files[file].field(step, level, name)? {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    /// Mean rate of precipitation since the moment before, kg m⁻² s⁻¹: from a bucket that is emptied every so many hours,
    /// counted from midnight UTC.
    fn precipitation(&self, at: usize) -> Result<Option<Plane>> {
        for (name, hours) in BUCKETS {
            let Some(now) = self.first(at, 0, &[name])? else { continue };
            let time = self.times[at].0;
            let before = at.checked_sub(1).map(|b| self.times[b].0);
            // Since when the bucket has been filling.
            let since = hours.map(|hours| time - 1 - (time - 1).rem_euclid(hours * HOUR));
            let (earlier, start) = match (before, since) {
                (Some(before), Some(since)) if before > since => (self.first(at - 1, 0, &[name])?, before),
                (Some(before), None) => (self.first(at - 1, 0, &[name])?, before),
                (_, Some(since)) => (None, since),
                (None, None) => return Ok(None),
            };
            let rate = 1000.0 / (time - start).max(1) as f32;
            let earlier = earlier.unwrap_or_else(|| vec![0.0; now.len()]);
            return Ok(Some(now.iter().zip(&earlier).map(|(n, e)| (n - e).max(0.0) * rate).collect()));
        }
        Ok(None)
    }

    /// Pressure on a level, Pa (HYSPLIT's `prfsig`, `prfprs`, `prfecm`, `prfwrf`).
    fn pressure(&self, at: usize, level: usize, surface: &Plane) -> Result<Plane> {
        let (file, step) = self.places[at];
        let index = &self.files[file].steps[step].index;
        if let Some(field) = self.first(at, level, &["PRES"])? {
            return Ok(field.iter().map(|hpa| hpa * 100.0).collect());
        }
        let (place, offset) = (index.levels[level].at as f32, index.map[11] as f32 * 100.0);
        match index.vertical {
            1 => Ok(surface.iter().map(|ps| offset + (ps - offset) * place).collect()),
            2 => Ok(vec![place * 100.0; surface.len()]),
            4 => Ok(surface.iter().map(|ps| place.floor() * 100.0 + ps * (place - place.floor())).collect()),
            other => Err(wrong(
                &self.files[file],
                "PRES",
                format!("level {level} has no pressure, which vertical coordinate {other} needs as a field"),
            )),
        }
    }
}

impl Source for Arl {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn times(&self) -> &[Time] {
        &self.times
    }

    fn terrain(&self) -> Result<Option<Plane>> {
        self.first(0, 0, &["SHGT", "HGTS"])
    }

    fn native(&self, at: usize) -> Result<Native> {
        let (f, step) = self.places[at];
        let (file, time) = (&self.files[f], self.times[at]);
        let levels = file.steps[step].index.levels.len();
        let scaled = |field: Option<Plane>, by: f32| field.map(|f| f.iter().map(|v| v * by).collect::<Plane>());
        let ground = scaled(self.first(at, 0, &["PRSS"])?, 100.0).ok_or_else(|| {
            wrong(file, "PRSS", format!("{time} has no pressure at the ground; heights cannot be found without it"))
        })?;
        let ground_height = self.first(at, 0, &["SHGT", "HGTS"])?;
        let mut native = Native {
            time,
            pressure: Vec::new(),
            temperature: Vec::new(),
            humidity: Vec::new(),
            u: Vec::new(),
            v: Vec::new(),
            vertical: None,
            height: None,
            surface: Surface::default(),
        };
        let nothing = || vec![f32::NAN; ground.len()];
        let (mut omega, mut ascent, mut heights) = (Vec::new(), Vec::new(), Vec::new());
        for level in 1..levels {
            let Some(temperature) = self.first(at, level, &["TEMP"])? else { continue };
            let (Some(u), Some(v)) = (self.first(at, level, &["UWND"])?, self.first(at, level, &["VWND"])?) else {
                continue;
            };
            let pressure = self.pressure(at, level, &ground)?;
            let humidity = match (self.first(at, level, &["SPHU"])?, self.first(at, level, &["RELH"])?) {
                (Some(q), _) => q,
                (None, Some(rh)) => {
                    (0..rh.len()).map(|c| specific_humidity(rh[c] / 100.0, temperature[c], pressure[c])).collect()
                }
                (None, None) => vec![0.0; ground.len()],
            };
            omega.push(scaled(self.first(at, level, &["WWND"])?, 100.0));
            ascent.push(self.first(at, level, &["DZDT"])?);
            heights.push(self.first(at, level, &["HGTS"])?);
            native.pressure.push(pressure);
            native.temperature.push(temperature);
            native.humidity.push(humidity);
            native.u.push(u);
            native.v.push(v);
        }
        if native.temperature.is_empty() {
            return Err(wrong(file, "TEMP", format!("{time} has no level with UWND, VWND and TEMP")));
        }
        let filled = |planes: Vec<Option<Plane>>| planes.into_iter().map(|p| p.unwrap_or_else(nothing)).collect();
        native.vertical = if ascent.iter().any(Option::is_some) {
            Some(Vertical::Height(filled(ascent)))
        } else if omega.iter().any(Option::is_some) {
            Some(Vertical::Pressure(filled(omega)))
        } else {
            None
        };
        if ground_height.is_some() && heights.iter().all(Option::is_some) {
            native.height = Some(heights.into_iter().flatten().collect());
        }
        let stress = match (self.first(at, 0, &["UMOF"])?, self.first(at, 0, &["VMOF"])?) {
            (Some(x), Some(y)) => Some(x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).collect()),
            _ => None,
        };
        native.surface = Surface {
            pressure: Some(ground),
            temperature_2m: self.first(at, 0, &["T02M"])?,
            u_10m: self.first(at, 0, &["U10M"])?,
            v_10m: self.first(at, 0, &["V10M"])?,
            friction_velocity: self.first(at, 0, &["USTR"])?,
            stress,
            exchange: self.first(at, 0, &["EXCO"])?,
            heat_flux: self.first(at, 0, &["SHTF", "HFLX", "SHFX"])?,
            mixing_height: self.first(at, 0, &["PBLH"])?,
            roughness: self.first(at, 0, &["RGHS", "ZLEN"])?,
            precipitation: self.precipitation(at)?,
        };
        Ok(native)
    }

    fn variables(&self) -> Vec<String> {
        let records = self.files.iter().flat_map(|f| f.steps.iter().take(1)).flat_map(|s| &s.records);
        let mut names: Vec<String> = records.map(|r| r.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn levels(&self) -> usize {
        self.files.first().and_then(|f| f.steps.first()).map_or(0, |s| s.index.levels.len() - 1)
    }

    fn format(&self) -> &'static str {
        "arl"
    }

    fn origin(&self) -> String {
        let model = self.files.first().and_then(|f| f.steps.first()).map_or("", |s| s.index.source.as_str());
        let names: Vec<&str> = self.files.iter().map(ArlFile::name).collect();
        format!("ARL packed weather of the model {model} from {}", names.join(", "))
    }
}

fn wrong(file: &ArlFile, field: &str, limit: String) -> Error {
    Error::Input(vec![Problem {
        file: file.name().into(),
        line: None,
        field: field.into(),
        value: String::new(),
        limit,
        remedy: "use another file of weather, or one that holds what is missing".into(),
    }])
}
