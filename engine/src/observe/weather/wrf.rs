//! Output of WRF (`wrfout`, ARW): staggered winds, heights and pressures in two parts, levels that follow the terrain.
//!
//! ```text
//! p = P + PB      Z = (PH + PHB)/g on the faces of the layers, their mean within      θ = T + 300 K      T = θ (p/10⁵ Pa)^(2/7)
//! q = r/(1 + r)   u, v, w: mean of the two faces                                      rain: RAINC + RAINNC, differenced
//! ```
//!
//! (Skamarock et al. 2019, NCAR/TN-556, ch. 2 and 3; the sphere of WRF has 6,370 km.) Winds are along the axes of the grid already.

use super::cf;
use super::cone::Cone;
use super::ellipsoid::Ellipsoid;
use super::grid::{Grid, Projection};
use super::native::{Native, Plane, Source, Surface, Vertical};
use super::netcdf::{NetcdfFile, Take};
use super::opened::{Opened, refused, wrong};
use crate::problem::{Error, Problem, Result};
use crate::region::{Point, Time};
use std::path::PathBuf;

/// WRF's gravity, m s⁻².
const GRAVITY: f32 = 9.81;
/// WRF's sphere, m.
const RADIUS_M: f64 = 6_370_000.0;
/// What every file must hold.
const NEEDED: [&str; 10] = ["Times", "XLAT", "XLONG", "P", "PB", "PH", "PHB", "T", "U", "V"];

/// Files of one domain, chained by time.
pub struct Wrf {
    files: Opened<NetcdfFile>,
    grid: Grid,
    times: Vec<Time>,
    /// File and step of each moment.
    places: Vec<(usize, usize)>,
    levels: usize,
    names: Vec<String>,
    model: String,
}

/// Whether a file has the variables that only WRF writes.
pub fn is_wrf(file: &NetcdfFile) -> bool {
    ["PH", "PHB", "XLAT"].iter().all(|name| file.variable(name).is_some())
}

impl Wrf {
    /// Opens files; where two hold the same moment the first named counts.
    pub fn open(paths: &[PathBuf]) -> Result<Wrf> {
        let files = Opened::new(paths, NetcdfFile::open);
        let mut problems: Vec<Problem> = Vec::new();
        let mut moments: Vec<(Time, usize, usize)> = Vec::new();
        let mut first: Option<(Grid, usize, Vec<String>, String)> = None;
        for at in 0..files.count() {
            let file = files.get(at)?;
            let lacks: Vec<&str> = NEEDED.into_iter().filter(|name| file.variable(name).is_none()).collect();
            if !lacks.is_empty() {
                let limit = format!("WRF output without {}", lacks.join(", "));
                problems.push(wrong(file.name(), "", limit, "write these variables (iofields, history stream 0)"));
                continue;
            }
            match times(&file) {
                Ok(times) => moments.extend(times.into_iter().enumerate().map(|(step, time)| (time, at, step))),
                Err(what) => problems.push(wrong(file.name(), "Times", what, "mend the times of the file")),
            }
            let grid = match grid(&file)? {
                Ok(grid) => grid,
                Err(what) => {
                    problems.push(wrong(
                        file.name(),
                        "MAP_PROJ",
                        what,
                        "give a domain on one of these maps that does not move",
                    ));
                    continue;
                }
            };
            match &first {
                None => {
                    let size = |name: &str| {
                        file.variable(name).map_or(0, |v| v.dimensions().get(1).map_or(0, |d| d.size as usize))
                    };
                    let names = file.variables().iter().map(|v| v.name().to_string()).collect();
                    let model = file.attribute("TITLE").and_then(|a| a.value.as_string()).unwrap_or_default();
                    first = Some((grid, size("T"), names, model.trim().to_string()));
                }
                Some((its, ..)) if !its.same(&grid) => {
                    let limit = format!("its grid is not that of {}", files.name(0));
                    problems.push(wrong(file.name(), "", limit, "give files of one domain at a time"));
                }
                Some(_) => {}
            }
        }
        if !problems.is_empty() {
            return Err(Error::Input(problems));
        }
        moments.sort();
        moments.dedup_by_key(|m| m.0);
        let Some((grid, levels, names, model)) = first.filter(|_| !moments.is_empty()) else {
            return Err(refused(
                &files.names(),
                "Times",
                "the files hold no moment",
                "give files of a run that has begun",
            ));
        };
        let times = moments.iter().map(|m| m.0).collect();
        let places = moments.iter().map(|m| (m.1, m.2)).collect();
        Ok(Wrf { files, grid, times, places, levels, names, model })
    }

    /// A field of a moment, its planes in order from the lowest; `faces` along y, x.
    fn read(&self, at: usize, name: &str, levels: Option<usize>, faces: (usize, usize)) -> Result<Option<Vec<f32>>> {
        let (file, step) = self.places[at];
        let file = self.files.get(file)?;
        let Some(variable) = file.variable(name) else { return Ok(None) };
        let (ny, nx) = (self.grid.ny + faces.0, self.grid.nx + faces.1);
        let mut takes = vec![Take::Part(0, ny), Take::Part(0, nx)];
        if let Some(levels) = levels {
            takes.insert(0, Take::Part(0, levels));
        }
        if variable.dimensions().len() > takes.len() {
            takes.insert(0, Take::One(step));
        }
        let shape: Vec<u64> = variable.dimensions().iter().rev().take(2).map(|d| d.size).collect();
        if shape != [nx as u64, ny as u64] {
            return Err(file.damaged(name, format!("lies on {shape:?} points where {nx}, {ny} were expected")));
        }
        Ok(Some(file.read(name, &takes)?.into_iter().map(|v| v as f32).collect()))
    }

    /// A field that must be there.
    fn needed(&self, at: usize, name: &str, levels: Option<usize>, faces: (usize, usize)) -> Result<Vec<f32>> {
        let gone =
            || refused(&self.files.name(self.places[at].0), name, "is not in the file", "write it to the history file");
        self.read(at, name, levels, faces)?.ok_or_else(gone)
    }

    /// A field of the ground.
    fn ground(&self, at: usize, name: &str) -> Result<Option<Plane>> {
        self.read(at, name, None, (0, 0))
    }

    /// RAINC + RAINSH + RAINNC, mm, with the buckets that WRF may count apart (`BUCKET_MM`).
    fn rain(&self, at: usize) -> Result<Option<Plane>> {
        let file = self.files.get(self.places[at].0)?;
        let bucket =
            file.attribute("BUCKET_MM").and_then(|a| a.value.as_f64()).filter(|b| *b > 0.0).unwrap_or(0.0) as f32;
        let mut total: Option<Plane> = None;
        for (name, worth) in
            [("RAINC", 1.0), ("RAINSH", 1.0), ("RAINNC", 1.0), ("I_RAINC", bucket), ("I_RAINNC", bucket)]
        {
            if worth == 0.0 {
                continue;
            }
            if let Some(more) = self.ground(at, name)? {
                let total = total.get_or_insert_with(|| vec![0.0; more.len()]);
                total.iter_mut().zip(more).for_each(|(t, m)| *t += worth * m);
            }
        }
        Ok(total)
    }

    /// Mean rate since the moment before, kg m⁻² s⁻¹; at the first moment since the start of the run. Where the sum fell a run began anew.
    fn precipitation(&self, at: usize) -> Result<Option<Plane>> {
        let Some(now) = self.rain(at)? else { return Ok(None) };
        let rate = |sum: f32, seconds: i64| sum.max(0.0) / seconds.max(1) as f32;
        if at > 0
            && let Some(before) = self.rain(at - 1)?
        {
            let seconds = self.times[at].0 - self.times[at - 1].0;
            let step = |(n, b): (&f32, &f32)| rate(if n < b { *n } else { n - b }, seconds);
            return Ok(Some(now.iter().zip(&before).map(step).collect()));
        }
        let file = self.files.get(self.places[at].0)?;
        let start = ["SIMULATION_START_DATE", "START_DATE"]
            .iter()
            .find_map(|name| moment(&file.attribute(name)?.value.as_string()?))
            .filter(|start| *start < self.times[at]);
        Ok(start.map(|start| now.iter().map(|n| rate(*n, self.times[at].0 - start.0)).collect()))
    }
}

/// `2005-09-21_00:00:00`.
fn moment(text: &str) -> Option<Time> {
    Time::parse(&text.trim_end_matches('\0').trim().replace('_', "T"), 0)
}

fn times(file: &NetcdfFile) -> std::result::Result<Vec<Time>, String> {
    let texts = file.texts("Times").map_err(|e| e.to_string())?;
    texts.iter().map(|text| moment(text).ok_or_else(|| format!("\"{}\" is no moment", text.escape_debug()))).collect()
}

/// The grid of a file, tied to its first point and checked at its last.
fn grid(file: &NetcdfFile) -> Result<std::result::Result<Grid, String>> {
    let number = |name: &str| file.attribute(name).and_then(|a| a.value.as_f64());
    let plane = |name: &str| -> Result<(Vec<f64>, usize, usize)> {
        let dimensions = file.variable(name).map(netcdf_reader::NcVariable::dimensions).unwrap_or_default();
        let n = dimensions.len();
        if n < 2 {
            return Err(file.damaged(name, "is no plane"));
        }
        let (ny, nx) = (dimensions[n - 2].size as usize, dimensions[n - 1].size as usize);
        let mut takes = vec![Take::One(0); n - 2];
        takes.extend([Take::Part(0, ny), Take::Part(0, nx)]);
        Ok((file.read(name, &takes)?, nx, ny))
    };
    let ((lon, nx, ny), (lat, ..)) = (plane("XLONG")?, plane("XLAT")?);
    if nx < 2 || ny < 2 || lat.len() != lon.len() {
        return Ok(Err(format!("a grid of {nx} × {ny} points")));
    }
    let at = |i: usize, j: usize| Point { lon: lon[j * nx + i], lat: lat[j * nx + i] };
    let (Some(kind), Some(dx), Some(dy)) = (number("MAP_PROJ"), number("DX"), number("DY")) else {
        return Ok(Err("the file does not say its map (MAP_PROJ), DX and DY".into()));
    };
    let sphere = Ellipsoid::sphere(RADIUS_M);
    let (first, second) = (number("TRUELAT1").unwrap_or(0.0), number("TRUELAT2").unwrap_or(0.0));
    let meridian = number("STAND_LON").unwrap_or(0.0);
    let cone = match kind as i64 {
        1 if first.abs() < 90.0 && (first + second).abs() > 1e-6 => {
            let second = if second.abs() < 90.0 && second != 0.0 { second } else { first };
            Cone::secant(first, second, meridian, sphere)
        }
        2 => Cone::upright(if first < 0.0 { -90.0 } else { 90.0 }, meridian, (first, 1.0), sphere),
        // The meridian of Mercator's map is where x is 0: any will do; the first point's keeps a domain over the date line whole.
        3 => Cone::upright(0.0, at(nx / 2, ny / 2).lon, (first, 1.0), sphere),
        0 | 6 => {
            let turned = number("POLE_LAT").is_some_and(|lat| (lat - 90.0).abs() > 1e-3);
            if turned {
                return Ok(Err(
                    "a grid of rotated degrees; maps 1 (Lambert), 2 (polar), 3 (Mercator), 6 (degrees) are read".into(),
                ));
            }
            let row: Vec<f64> = (0..nx).map(|i| at(i, 0).lon).collect();
            let column: Vec<f64> = (0..ny).map(|j| at(0, j).lat).collect();
            return Ok(cf::grid(&row, &column, None).map(|(grid, _)| grid));
        }
        other => {
            return Ok(Err(format!("map {other}; maps 1 (Lambert), 2 (polar), 3 (Mercator), 6 (degrees) are read")));
        }
    };
    let (x0, y0) = cone.plane(at(0, 0));
    let grid = Grid { projection: Projection::Conformal(cone), nx, ny, x0, y0, dx, dy, wraps: false };
    let (i, j) = grid.position(at(nx - 1, ny - 1));
    let off = (i - (nx - 1) as f64).abs().max((j - (ny - 1) as f64).abs());
    // Latitudes in single precision are good to a metre or two.
    Ok(if off < 0.05 {
        Ok(grid)
    } else {
        Err(format!("by its map the last point lies {off:.2} steps from where XLAT and XLONG put it"))
    })
}

/// Layers from faces: the mean of the two.
fn mean_of_faces(faces: &[f32], points: usize) -> Vec<Plane> {
    let planes: Vec<&[f32]> = faces.chunks_exact(points).collect();
    planes.windows(2).map(|pair| pair[0].iter().zip(pair[1]).map(|(a, b)| 0.5 * (a + b)).collect()).collect()
}

impl Source for Wrf {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn times(&self) -> &[Time] {
        &self.times
    }

    fn terrain(&self) -> Result<Option<Plane>> {
        if let Some(terrain) = self.ground(0, "HGT")? {
            return Ok(Some(terrain));
        }
        // The lowest face is the ground.
        let (moving, base) = (self.needed(0, "PH", Some(1), (0, 0))?, self.needed(0, "PHB", Some(1), (0, 0))?);
        Ok(Some(moving.iter().zip(&base).map(|(a, b)| (a + b) / GRAVITY).collect()))
    }

    fn native(&self, at: usize) -> Result<Native> {
        let (nx, ny, nz) = (self.grid.nx, self.grid.ny, self.levels);
        let points = nx * ny;
        let layers = |field: &[f32]| field.chunks_exact(points).map(<[f32]>::to_vec).collect::<Vec<Plane>>();
        let sum = |a: Vec<f32>, b: Vec<f32>| a.iter().zip(&b).map(|(a, b)| a + b).collect::<Vec<f32>>();
        let pressure = sum(self.needed(at, "P", Some(nz), (0, 0))?, self.needed(at, "PB", Some(nz), (0, 0))?);
        let theta = self.needed(at, "T", Some(nz), (0, 0))?;
        let temperature: Vec<f32> =
            theta.iter().zip(&pressure).map(|(t, p)| (t + 300.0) * (p / 1e5).max(0.0).powf(2.0 / 7.0)).collect();
        let vapour = self.read(at, "QVAPOR", Some(nz), (0, 0))?.unwrap_or_else(|| vec![0.0; points * nz]);
        let humidity: Vec<f32> = vapour.iter().map(|r| r.max(0.0) / (1.0 + r.max(0.0))).collect();
        let u = self.needed(at, "U", Some(nz), (0, 1))?;
        let u: Vec<f32> = u.chunks_exact(nx + 1).flat_map(|row| row.windows(2).map(|w| 0.5 * (w[0] + w[1]))).collect();
        let v = self.needed(at, "V", Some(nz), (1, 0))?;
        let v: Vec<Plane> = v
            .chunks_exact(nx * (ny + 1))
            .map(|plane| (0..points).map(|c| 0.5 * (plane[c] + plane[c + nx])).collect())
            .collect();
        let faces = sum(self.needed(at, "PH", Some(nz + 1), (0, 0))?, self.needed(at, "PHB", Some(nz + 1), (0, 0))?);
        let faces: Vec<f32> = faces.iter().map(|phi| phi / GRAVITY).collect();
        let ascent = self.read(at, "W", Some(nz + 1), (0, 0))?;
        Ok(Native {
            time: self.times[at],
            pressure: layers(&pressure),
            temperature: layers(&temperature),
            humidity: layers(&humidity),
            u: layers(&u),
            v,
            vertical: ascent.map(|w| Vertical::Height(mean_of_faces(&w, points))),
            height: Some(mean_of_faces(&faces, points)),
            surface: Surface {
                pressure: self.ground(at, "PSFC")?,
                temperature_2m: self.ground(at, "T2")?,
                u_10m: self.ground(at, "U10")?,
                v_10m: self.ground(at, "V10")?,
                friction_velocity: self.ground(at, "UST")?,
                stress: None,
                exchange: None,
                heat_flux: self.ground(at, "HFX")?,
                mixing_height: self.ground(at, "PBLH")?,
                roughness: self.ground(at, "ZNT")?,
                precipitation: self.precipitation(at)?,
            },
        })
    }

    fn variables(&self) -> Vec<String> {
        self.names.clone()
    }

    fn levels(&self) -> usize {
        self.levels
    }

    fn format(&self) -> &'static str {
        "wrf"
    }

    fn origin(&self) -> String {
        format!("{} from {}", if self.model.is_empty() { "output of WRF" } else { &self.model }, self.files.names())
    }
}
