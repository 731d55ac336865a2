//! ARL packed meteorology on sigma levels, as the NGM archive has it (Draxler & Hess 1997, NOAA Tech. Memo. ERL ARL-224).
//!
//! A record is 50 bytes of header and nx·ny bytes of differences: value = value to the left + (byte − 127)/2^(7 − e), the first of a
//! row against the first of the row below. Only sigma levels (vertical flag 1) with the fields of the NGM are read; others are
//! refused with a sentence.

use super::conformal::Cone;
use super::{Derived, Frame, Grid, Projection, Weather};
use crate::problem::{Error, Result};
use crate::region::{Point, Time};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const GRAVITY: f32 = 9.806_65;
const DRY_AIR: f32 = 287.05;
/// Heights above ground that the levels are brought to, m.
const HEIGHTS_M: [f32; 14] =
    [10.0, 50.0, 100.0, 200.0, 350.0, 550.0, 800.0, 1100.0, 1500.0, 2000.0, 2600.0, 3400.0, 4400.0, 5600.0];

/// Where one moment lies.
#[derive(Clone)]
struct Moment {
    path: PathBuf,
    records: BTreeMap<(usize, String), u64>,
}

struct Header {
    time: Time,
    level: usize,
    name: String,
    exponent: i32,
    first: f32,
}

fn bad(path: &Path, what: &str) -> Error {
    Error::Stage(format!("{}: {what}; give a file of ARL packed meteorology on sigma levels", path.display()))
}

fn header(bytes: &[u8]) -> Option<Header> {
    let text = std::str::from_utf8(bytes.get(..50)?).ok()?;
    let int = |from: usize, to: usize| text.get(from..to)?.trim().parse::<i64>().ok();
    let year = int(0, 2)?;
    let year = if year < 40 { 2000 + year } else { 1900 + year };
    let stamp = format!("{year:04}-{:02}-{:02}T{:02}:00Z", int(2, 4)?, int(4, 6)?, int(6, 8)?);
    Some(Header {
        time: Time::parse(&stamp, 0)?,
        level: usize::try_from(int(10, 12)?).ok()?,
        name: text.get(14..18)?.trim().to_string(),
        exponent: int(18, 22)? as i32,
        first: text.get(36..50)?.trim().parse().ok()?,
    })
}

fn unpack(bytes: &[u8], about: &Header, nx: usize) -> Vec<f32> {
    let step = 2f64.powi(about.exponent - 7);
    let mut values = Vec::with_capacity(bytes.len());
    let mut row = f64::from(about.first);
    for line in bytes.chunks_exact(nx) {
        let mut value = row;
        for (i, byte) in line.iter().enumerate() {
            value += (f64::from(*byte) - 127.0) * step;
            if i == 0 {
                row = value;
            }
            values.push(value as f32);
        }
    }
    values
}

/// The weather of some files.
pub fn open(paths: &[PathBuf]) -> Result<Weather> {
    let mut moments: BTreeMap<Time, Moment> = BTreeMap::new();
    let mut shape: Option<(usize, usize, Vec<f32>, Vec<f64>)> = None;
    for path in paths {
        let bytes = std::fs::read(path).map_err(|cause| Error::file(path, cause))?;
        let index =
            bytes.get(50..158).and_then(|b| std::str::from_utf8(b).ok()).ok_or_else(|| bad(path, "is too short"))?;
        let index_head = header(&bytes)
            .filter(|h| h.name == "INDX")
            .ok_or_else(|| bad(path, "does not begin with an index record"))?;
        let _ = index_head.time;
        let number =
            |from: usize, width: usize| index.get(from..from + width).and_then(|t| t.trim().parse::<f64>().ok());
        let projection: Vec<f64> = (0..12).filter_map(|k| number(9 + 7 * k, 7)).collect();
        let (Some(nx), Some(ny), Some(nz), Some(kind), Some(long)) =
            (number(93, 3), number(96, 3), number(99, 3), number(102, 2), number(104, 4))
        else {
            return Err(bad(path, "has an index that cannot be read"));
        };
        let (nx, ny, nz, long) = (nx as usize, ny as usize, nz as usize, long as usize);
        if kind != 1.0 || projection.len() != 12 || nx < 2 || ny < 2 || nz < 3 || projection[4] <= 0.0 {
            return Err(bad(path, "is not on sigma levels of a projected grid"));
        }
        let levels = bytes
            .get(158..50 + long)
            .and_then(|b| std::str::from_utf8(b).ok())
            .ok_or_else(|| bad(path, "ends within its index"))?;
        let (mut sigma, mut at) = (Vec::new(), 0);
        for _ in 0..nz {
            let height = levels.get(at..at + 6).and_then(|t| t.trim().parse::<f32>().ok());
            let count = levels.get(at + 6..at + 8).and_then(|t| t.trim().parse::<usize>().ok());
            let (Some(height), Some(count)) = (height, count) else {
                return Err(bad(path, "has an index that cannot be read"));
            };
            sigma.push(height);
            at += 8 + 8 * count;
        }
        let own = (nx, ny, sigma, projection);
        if shape.as_ref().is_some_and(|s| *s != own) {
            return Err(bad(path, "has another grid than the files before it"));
        }
        let size = 50 + nx * ny;
        for (k, record) in bytes.chunks_exact(size).enumerate() {
            let about =
                header(record).ok_or_else(|| bad(path, &format!("record {k} has a header that cannot be read")))?;
            let moment =
                moments.entry(about.time).or_insert_with(|| Moment { path: path.clone(), records: BTreeMap::new() });
            moment.records.insert((about.level, about.name), (k * size) as u64);
        }
        shape = Some(own);
    }
    let Some((nx, ny, sigma, p)) = shape else { return Err(Error::Stage("no file of meteorology was given".into())) };
    let cone = Cone::new(
        p[6],
        Point { lon: p[3], lat: p[2] },
        1000.0 * p[4],
        p[5],
        ((p[7] - 1.0, p[8] - 1.0), Point { lon: p[10], lat: p[9] }),
    );
    let grid =
        Grid { projection: Projection::Conformal(cone), nx, ny, x0: 0.0, y0: 0.0, dx: 1.0, dy: 1.0, wraps: false };
    let times: Vec<Time> = moments.keys().copied().collect();
    let all: Vec<Moment> = moments.into_values().collect();
    let reader = Reader { nx, ny, sigma, moments: all, times: times.clone(), grid: grid.clone() };
    let terrain = reader.plane(0, "SHGT")?;
    let origin =
        format!("ARL, {nx} × {ny}, {} moments from {}", times.len(), times.first().map_or(String::new(), |t| t.iso(0)));
    let mut weather =
        Weather::new(grid, HEIGHTS_M.to_vec(), terrain, times, origin, Box::new(move |at| reader.frame(at)));
    weather.derived = vec![
        Derived { quantity: "mixing_height", method: "bulk Richardson number 0.25 (Vogelezang & Holtslag 1996)" },
        Derived { quantity: "friction_velocity", method: "u*² = EXCO·U/ρ" },
        Derived { quantity: "inverse_obukhov", method: "from HFLX and u*" },
        Derived { quantity: "cloud_base", method: "relative humidity above 80 %" },
    ];
    Ok(weather)
}

struct Reader {
    nx: usize,
    ny: usize,
    /// The surface first.
    sigma: Vec<f32>,
    moments: Vec<Moment>,
    times: Vec<Time>,
    grid: Grid,
}

impl Reader {
    fn plane(&self, at: usize, name: &str) -> Result<Vec<f32>> {
        self.field(at, 0, name)
    }

    fn field(&self, at: usize, level: usize, name: &str) -> Result<Vec<f32>> {
        use std::io::{Read, Seek, SeekFrom};
        let moment = &self.moments[at];
        let file = |cause| Error::file(&moment.path, cause);
        let place = moment.records.get(&(level, name.to_string()));
        let place = *place.ok_or_else(|| {
            bad(&moment.path, &format!("has no {name} at level {level} of {}", self.times[at].iso(0)))
        })?;
        let mut record = vec![0; 50 + self.nx * self.ny];
        let mut open = std::fs::File::open(&moment.path).map_err(file)?;
        open.seek(SeekFrom::Start(place)).map_err(file)?;
        open.read_exact(&mut record).map_err(file)?;
        let about = header(&record).ok_or_else(|| bad(&moment.path, "has a header that cannot be read"))?;
        Ok(unpack(&record[50..], &about, self.nx))
    }

    fn frame(&self, at: usize) -> Result<Frame> {
        let n = self.sigma.len() - 1;
        let columns = self.nx * self.ny;
        let pressure: Vec<f32> = self.plane(at, "PRSS")?.iter().map(|p| 100.0 * p).collect();
        let mut levels: Vec<[Vec<f32>; 5]> = Vec::with_capacity(n);
        for k in 1..=n {
            let read = |name| self.field(at, k, name);
            levels.push([read("UWND")?, read("VWND")?, read("WWND")?, read("TEMP")?, read("SPHU")?]);
        }
        let (exchange, heat, rain) = (self.plane(at, "EXCO")?, self.plane(at, "HFLX")?, self.plane(at, "TPPT")?);
        let hours = if at > 0 { (self.times[at].0 - self.times[at - 1].0) as f32 } else { 7200.0 };
        let nz = HEIGHTS_M.len();
        let blank = || vec![0.0f32; columns * nz];
        let plane = |x: f32| vec![x; columns];
        let mut f = Frame {
            time: self.times[at],
            u: blank(),
            v: blank(),
            w: blank(),
            density: blank(),
            temperature: blank(),
            relative_humidity: blank(),
            mixing_height: plane(100.0),
            friction_velocity: plane(0.1),
            inverse_obukhov: plane(0.0),
            convective_velocity: plane(0.0),
            // m in the interval that ends now.
            precipitation: rain.iter().map(|r| (1000.0 * r / hours).max(0.0)).collect(),
            cloud_base: plane(f32::INFINITY),
            cloud_top: plane(0.0),
            temperature_2m: plane(0.0),
            surface_pressure: pressure.clone(),
            roughness: plane(0.1),
        };
        let mut z = vec![0.0f32; n];
        for c in 0..columns {
            let (i, j) = (c % self.nx, c / self.nx);
            let ps = pressure[c];
            let (sx, sy) = self.grid.steps_per_metre(i as f64, j as f64);
            let slope = |low: usize, high: usize, span: usize, s: f64| {
                (pressure[high] - pressure[low]) / span.max(1) as f32 * s as f32
            };
            let (w, e) = (i.saturating_sub(1), (i + 1).min(self.nx - 1));
            let (s, t) = (j.saturating_sub(1), (j + 1).min(self.ny - 1));
            let dpdx = slope(j * self.nx + w, j * self.nx + e, e - w, sx);
            let dpdy = slope(s * self.nx + i, t * self.nx + i, t - s, sy);
            let virtual_t = |k: usize| levels[k][3][c] * (1.0 + 0.608 * levels[k][4][c].max(0.0));
            let mut below = (0.0f32, ps, virtual_t(0));
            for k in 0..n {
                let p = self.sigma[k + 1] * ps;
                let tv = virtual_t(k);
                z[k] = below.0 + DRY_AIR * 0.5 * (below.2 + tv) / GRAVITY * (below.1 / p).ln();
                below = (z[k], p, tv);
            }
            for (h, height) in HEIGHTS_M.iter().enumerate() {
                let k = z.partition_point(|x| x <= height).clamp(1, n - 1);
                let part = ((height - z[k - 1]) / (z[k] - z[k - 1])).clamp(0.0, 1.0);
                let mix = |of: usize| levels[k - 1][of][c] + part * (levels[k][of][c] - levels[k - 1][of][c]);
                // Below the lowest level the wind falls off with the logarithm of height.
                let near = if *height < z[0] { (height / 0.1).ln() / (z[0] / 0.1).ln() } else { 1.0 };
                let point = c * nz + h;
                let (u, v, t, q) = (near * mix(0), near * mix(1), mix(3), mix(4).max(0.0));
                let span = (self.sigma[k] / self.sigma[k + 1]).ln();
                let p = self.sigma[k] * ps * (-(part * span)).exp();
                let p = if *height < z[0] { ps * (-(height / z[0]) * (1.0 / self.sigma[1]).ln()).exp() } else { p };
                let density = p / (DRY_AIR * t * (1.0 + 0.608 * q));
                // ω in hPa s⁻¹ is the motion of pressure; what lies along the sloping ground is not motion above it.
                let omega = 100.0 * mix(2) - p / ps * (u * dpdx + v * dpdy);
                let damp = (height / z[0]).min(1.0);
                f.u[point] = u;
                f.v[point] = v;
                f.w[point] = -omega / (density * GRAVITY) * damp;
                f.density[point] = density;
                f.temperature[point] = t;
                let saturation = 611.2 * (17.67 * (t - 273.15) / (t - 29.65)).exp();
                f.relative_humidity[point] = (q * p / (0.622 + 0.378 * q) / saturation).clamp(0.0, 1.0);
            }
            let first = c * nz;
            f.temperature_2m[c] = f.temperature[first];
            let speed = levels[0][0][c].hypot(levels[0][1][c]).max(0.5);
            let density = f.density[first];
            let friction = (exchange[c].max(0.0) * speed / density).sqrt().clamp(0.05, 2.0);
            let surface = heat[c];
            f.friction_velocity[c] = friction;
            f.inverse_obukhov[c] = (-0.4 * GRAVITY * surface
                / (density * 1004.0 * f.temperature_2m[c] * friction.powi(3)))
            .clamp(-0.5, 0.2);
            let depth = self.depth(&f, c, surface / (density * 1004.0), friction);
            f.mixing_height[c] = depth;
            f.convective_velocity[c] =
                (GRAVITY / f.temperature_2m[c] * surface / (density * 1004.0) * depth).max(0.0).cbrt();
            if f.precipitation[c] > 0.0 {
                let wet = (0..nz).filter(|h| f.relative_humidity[first + h] > 0.8);
                let (mut low, mut high) = (f32::INFINITY, 0.0f32);
                wet.for_each(|h| (low, high) = (low.min(HEIGHTS_M[h]), high.max(HEIGHTS_M[h])));
                (f.cloud_base[c], f.cloud_top[c]) = if high > low { (low, high) } else { (500.0, 4000.0) };
            }
        }
        Ok(f)
    }

    /// Where the bulk Richardson number from the lowest level passes 0.25, with an excess of temperature where convective.
    fn depth(&self, f: &Frame, c: usize, flux: f32, friction: f32) -> f32 {
        let nz = HEIGHTS_M.len();
        let theta = |h: usize| f.temperature[c * nz + h] + 0.0098 * HEIGHTS_M[h];
        let excess = if flux > 0.0 { (8.5 * flux / friction.max(0.2)).min(3.0) } else { 0.0 };
        let ground = theta(0) + excess;
        let mut last = (0.0f32, 0.0f32);
        for h in 1..nz {
            let p = c * nz + h;
            let (du, dv) = (f.u[p] - f.u[c * nz], f.v[p] - f.v[c * nz]);
            let shear = du * du + dv * dv + 100.0 * friction * friction;
            let number = GRAVITY / ground * (theta(h) - ground) * HEIGHTS_M[h] / shear;
            if number > 0.25 {
                let part = ((0.25 - last.0) / (number - last.0)).clamp(0.0, 1.0);
                return (last.1 + part * (HEIGHTS_M[h] - last.1)).clamp(50.0, 4000.0);
            }
            last = (number, HEIGHTS_M[h]);
        }
        4000.0
    }
}
