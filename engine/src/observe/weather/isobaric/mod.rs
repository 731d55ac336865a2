//! Weather on levels of equal pressure with fields at the ground (ERA5, GFS and their like), from files of NetCDF or GRIB.
//!
//! A shelf knows where each quantity of each moment lies; what is common to both containers is here: which moments are whole, how
//! piled-up fluxes become rates, how the wind is turned to the axes of the grid.
//!
//! A field that piles up since s (or is the mean since s) is turned to a rate over the shortest time the files allow,
//!
//! ```text
//! r = (F(t) − F(t′)) / (t − t′)      where F was also given at t′ > s with the same s, else      r = F(t) / (t − s)
//! ```

mod grib;
mod netcdf;
mod quantity;

pub use grib::{GribShelf, detect as is_grib};
pub use netcdf::{NetcdfShelf, is_isobaric};
pub use quantity::Quantity;

use super::Derived;
use super::grid::{Grid, Projection};
use super::native::{Native, Plane, Source, Surface, Vertical};
use super::opened::{refused, wrong};
use super::thermodynamics::specific_humidity;
use crate::problem::{Error, Problem, Result};
use crate::region::Time;
use crate::region::calendar::HOUR;
use std::collections::{BTreeMap, BTreeSet};

/// Levels of less pressure (Pa) are not read: 50 hPa lies at 20 km, above all that is carried.
const LEAST_PRESSURE: i64 = 5_000;

/// Where a field lies.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    quantity: Quantity,
    time: Time,
    /// Since when it piles up or is the mean of; `None` where it is of the moment.
    since: Option<Time>,
    /// Whether it piles up (else it is a mean, where `since` is given).
    piled: bool,
    /// Pressures of its planes, Pa; one 0 where it is of the ground.
    levels: Vec<i64>,
    /// File, then variable or message, then moment in the file.
    place: (usize, usize, usize),
}

/// Files of one container.
trait Shelf: Send + Sync {
    /// The planes of a field, in our unit, second axis ascending.
    fn planes(&self, entry: &Entry) -> Result<Vec<Plane>>;
    /// Names of all.
    fn files(&self) -> String;
}

/// What a shelf was found to hold.
struct Found {
    grid: Grid,
    entries: Vec<Entry>,
    names: BTreeSet<String>,
    /// Whether winds are eastward and northward, not along the axes.
    geographic: bool,
    format: &'static str,
    notes: Vec<Derived>,
}

/// Weather of such files.
pub struct Isobaric {
    shelf: Box<dyn Shelf>,
    grid: Grid,
    times: Vec<Time>,
    index: BTreeMap<(Quantity, Time), Vec<Entry>>,
    names: BTreeSet<String>,
    format: &'static str,
    notes: Vec<Derived>,
    /// (sine, cosine) of north at each point, where winds must be turned.
    north: Option<Vec<(f32, f32)>>,
}

impl Isobaric {
    fn new(shelf: Box<dyn Shelf>, found: Found) -> Result<Isobaric> {
        let mut index: BTreeMap<(Quantity, Time), Vec<Entry>> = BTreeMap::new();
        for entry in found.entries {
            index.entry((entry.quantity, entry.time)).or_default().push(entry);
        }
        let of =
            |quantity| index.keys().filter(move |key| key.0 == quantity).map(|key| key.1).collect::<BTreeSet<Time>>();
        let mut problems: Vec<Problem> = Vec::new();
        let files = shelf.files();
        let remedy = "add the file that holds it, or ask the archive for it";
        let carriers: Vec<(Quantity, &str, BTreeSet<Time>)> =
            [(Quantity::Temperature, "temperature"), (Quantity::U, "eastward wind"), (Quantity::V, "northward wind")]
                .map(|(quantity, name)| (quantity, name, of(quantity)))
                .into();
        let times: BTreeSet<Time> = carriers.iter().flat_map(|c| c.2.iter().copied()).collect();
        for (_, name, its) in &carriers {
            if its.is_empty() {
                problems.push(wrong(&files, name, "no file has it on levels of pressure", remedy));
            } else if let Some(first) = times.difference(its).next() {
                let limit =
                    format!("missing at {} of {} moments, first at {first}", times.len() - its.len(), times.len());
                problems.push(wrong(&files, name, limit, remedy));
            }
        }
        if of(Quantity::Humidity).is_empty() && of(Quantity::RelativeHumidity).is_empty() && problems.is_empty() {
            let limit = "no file has specific or relative humidity on levels of pressure";
            problems.push(wrong(&files, "humidity", limit, remedy));
        }
        let heights = of(Quantity::Height);
        let pressures = of(Quantity::SurfacePressure);
        if heights.is_empty() && pressures.is_empty() && !times.is_empty() {
            let limit =
                "no file has heights (geopotential) of the levels or pressure at the ground, and one of them is needed";
            problems.push(wrong(&files, "geopotential, surface pressure", limit, remedy));
        }
        // What some moments have and others lack would change the weather within a run.
        for (quantity, name) in [
            (Quantity::Height, "geopotential"),
            (Quantity::SurfacePressure, "surface pressure"),
            (Quantity::Temperature2m, "temperature at 2 m"),
            (Quantity::U10m, "wind at 10 m, u"),
            (Quantity::V10m, "wind at 10 m, v"),
            (Quantity::MixingHeight, "boundary layer height"),
        ] {
            let its = of(quantity);
            let lacking: Vec<Time> = times.difference(&its).copied().collect();
            if let (false, Some(first)) = (its.is_empty(), lacking.first()) {
                let limit = format!("missing at {} of {} moments, first at {first}", lacking.len(), times.len());
                problems.push(wrong(
                    &files,
                    name,
                    limit,
                    "add the file that holds these hours, or leave out the hours without it",
                ));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Input(problems));
        }
        let grid = found.grid;
        let north = (found.geographic && grid.projection != Projection::LonLat).then(|| {
            let points = (0..grid.nx * grid.ny).map(|c| grid.north((c % grid.nx) as f64, (c / grid.nx) as f64));
            points.map(|(sin, cos)| (sin as f32, cos as f32)).collect()
        });
        let mut made = Isobaric {
            shelf,
            grid,
            times: times.into_iter().collect(),
            index,
            names: found.names,
            format: found.format,
            notes: found.notes,
            north,
        };
        made.running_totals()?;
        Ok(made)
    }

    /// Entries of a quantity at a moment.
    fn entries(&self, quantity: Quantity, time: Time) -> &[Entry] {
        self.index.get(&(quantity, time)).map(Vec::as_slice).unwrap_or_default()
    }

    /// A field of the ground at a moment, as a rate where the file piles it up.
    fn ground(&self, quantity: Quantity, time: Time) -> Result<Option<Plane>> {
        let entries = self.entries(quantity, time);
        // Rain is best over a time, whatever falls within it; all else at the moment. Of times the shortest.
        let best = match quantity {
            Quantity::Precipitation => entries.iter().min_by_key(|e| e.since.map_or(i64::MAX, |s| e.time.0 - s.0)),
            _ => entries.iter().min_by_key(|e| e.since.map_or(0, |s| e.time.0 - s.0)),
        };
        let Some(now) = best else { return Ok(None) };
        let Some(plane) = self.shelf.planes(now)?.into_iter().next() else { return Ok(None) };
        let Some(since) = now.since else { return Ok(Some(plane)) };
        // The sum up to a moment: of a mean, the mean times its length.
        let sum = |entry: &Entry, plane: Plane| {
            let seconds = if entry.piled { 1.0 } else { (entry.time.0 - since.0) as f32 };
            plane.into_iter().map(|v| v * seconds).collect::<Plane>()
        };
        let before = self
            .index
            .range((quantity, since)..(quantity, time))
            .rev()
            .find_map(|(key, e)| e.iter().find(|e| key.1 > since && e.since == now.since && e.piled == now.piled));
        let mut total = sum(now, plane);
        let mut start = since;
        if let Some(entry) = before
            && let Some(earlier) = self.shelf.planes(entry)?.into_iter().next()
        {
            total.iter_mut().zip(sum(entry, earlier)).for_each(|(t, e)| *t -= e);
            start = entry.time;
        }
        let seconds = (time.0 - start.0).max(1) as f32;
        total.iter_mut().for_each(|v| *v /= seconds);
        Ok(Some(total))
    }

    /// Whether what is said to pile up by the hour piles up since midnight (ERA5-Land does, and says nothing of it): the sums of a day
    /// never fall, at any point, and rise. Then they are taken so.
    fn running_totals(&mut self) -> Result<()> {
        let hourly: Vec<Entry> = self
            .index
            .range((Quantity::Precipitation, Time(i64::MIN))..=(Quantity::Precipitation, Time(i64::MAX)))
            .filter_map(|(_, e)| e.iter().find(|e| e.piled && e.since == Some(Time(e.time.0 - HOUR))))
            .take(24)
            .cloned()
            .collect();
        let day = |time: Time| Time(time.0 - 1).midnight(0);
        let (mut steps, mut rises, mut before): (usize, usize, Option<(Time, Plane)>) = (0, 0, None);
        for entry in hourly {
            let Some(plane) = self.shelf.planes(&entry)?.into_iter().next() else { return Ok(()) };
            if let Some((time, earlier)) = &before
                && day(*time) == day(entry.time)
            {
                // A thousandth of a millimetre is the rounding of packed files.
                if plane.iter().zip(earlier).any(|(n, e)| *n < e - 1e-3) {
                    return Ok(());
                }
                steps += 1;
                rises += usize::from(plane.iter().zip(earlier).any(|(n, e)| *n > e + 1e-2));
            }
            before = Some((entry.time, plane));
        }
        if steps < 4 || rises < 2 {
            return Ok(());
        }
        self.notes.push(Derived {
            quantity: "precipitation, fluxes",
            method: "the sums of a day never fall: taken as piled up since midnight UTC, and differenced",
        });
        for entry in self.index.values_mut().flatten().filter(|e| e.piled) {
            if entry.since == Some(Time(entry.time.0 - HOUR)) {
                entry.since = Some(day(entry.time));
            }
        }
        Ok(())
    }

    /// Every level's plane of a quantity at a moment.
    fn aloft(&self, quantity: Quantity, time: Time) -> Result<BTreeMap<i64, Plane>> {
        let mut planes = BTreeMap::new();
        for entry in self.entries(quantity, time) {
            if entry.levels.iter().all(|level| planes.contains_key(level)) {
                continue; // the file named first counts
            }
            for (level, plane) in entry.levels.iter().zip(self.shelf.planes(entry)?) {
                planes.entry(*level).or_insert(plane);
            }
        }
        Ok(planes)
    }

    /// Turns winds from east and north to the axes of the grid.
    fn turn(&self, u: &mut Plane, v: &mut Plane) {
        let Some(north) = &self.north else { return };
        for ((u, v), (sin, cos)) in u.iter_mut().zip(v.iter_mut()).zip(north) {
            (*u, *v) = (*u * cos + *v * sin, *v * cos - *u * sin);
        }
    }

    /// Pressure at the ground: the file's, else where the profile of heights meets the terrain, ln p linear in height.
    fn surface_pressure(&self, time: Time, heights: &[Plane], levels: &[i64]) -> Result<Option<Plane>> {
        if let Some(plane) = self.ground(Quantity::SurfacePressure, time)? {
            return Ok(Some(plane));
        }
        let Some(terrain) = self.terrain()? else { return Ok(None) };
        let pressure =
            |c: usize| crossing(heights.iter().zip(levels).map(|(z, p)| (z[c], (*p as f32).ln())), terrain[c]);
        Ok((heights.len() > 1).then(|| (0..terrain.len()).map(|c| pressure(c).exp()).collect()))
    }

    /// Height of the ground where no file has it: where the heights of the levels have the pressure of the ground.
    fn terrain_of_heights(&self) -> Result<Option<Plane>> {
        let Some(time) = self.times.first() else { return Ok(None) };
        let (heights, pressure) =
            (self.aloft(Quantity::Height, *time)?, self.ground(Quantity::SurfacePressure, *time)?);
        let Some(pressure) = pressure.filter(|_| heights.len() > 1) else { return Ok(None) };
        let ground = |c: usize| {
            // Falling pressure rises with height: −ln p ascends.
            crossing(heights.iter().rev().map(|(p, z)| (-(*p as f32).ln(), z[c])), -pressure[c].ln())
        };
        Ok(Some((0..pressure.len()).map(ground).collect()))
    }

    fn has(&self, quantity: Quantity) -> bool {
        self.index.keys().any(|key| key.0 == quantity)
    }
}

/// y where a rising row of (x, y) meets x, on the straight line of its nearest pair, also beyond the ends.
fn crossing(row: impl Iterator<Item = (f32, f32)>, x: f32) -> f32 {
    let mut pair: Option<[(f32, f32); 2]> = None;
    let mut last: Option<(f32, f32)> = None;
    for point in row.filter(|p| p.0.is_finite() && p.1.is_finite()) {
        if let Some(before) = last.filter(|b| b.0 < point.0 && (pair.is_none() || b.0 <= x)) {
            pair = Some([before, point]);
        }
        last = Some(point);
    }
    pair.map_or(f32::NAN, |[a, b]| a.1 + (x - a.0) / (b.0 - a.0) * (b.1 - a.1))
}

impl Source for Isobaric {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn times(&self) -> &[Time] {
        &self.times
    }

    fn terrain(&self) -> Result<Option<Plane>> {
        let entry = self.index.iter().find(|(key, _)| key.0 == Quantity::Terrain).and_then(|(_, e)| e.first());
        match entry {
            Some(entry) => Ok(self.shelf.planes(entry)?.into_iter().next()),
            None => self.terrain_of_heights(),
        }
    }

    fn native(&self, at: usize) -> Result<Native> {
        let time = self.times[at];
        let temperature = self.aloft(Quantity::Temperature, time)?;
        let (mut u, mut v) = (self.aloft(Quantity::U, time)?, self.aloft(Quantity::V, time)?);
        let mut humidity = self.aloft(Quantity::Humidity, time)?;
        let relative = self.aloft(Quantity::RelativeHumidity, time)?;
        let mut omega = self.aloft(Quantity::Omega, time)?;
        let mut height = self.aloft(Quantity::Height, time)?;
        let levels: Vec<i64> =
            temperature.keys().rev().copied().filter(|p| u.contains_key(p) && v.contains_key(p)).collect();
        if levels.len() < 2 {
            let limit = format!(
                "{time} has {} levels with temperature and both winds, and at least 2 are needed",
                levels.len()
            );
            return Err(refused(&self.shelf.files(), "levels", limit, "ask the archive for more levels of pressure"));
        }
        let points = self.grid.nx * self.grid.ny;
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
        let mut vertical = Vec::new();
        let mut heights = Vec::new();
        let moves = levels.iter().any(|p| omega.contains_key(p));
        let mut temperature = temperature;
        for p in &levels {
            let (Some(t), Some(mut u), Some(mut v)) = (temperature.remove(p), u.remove(p), v.remove(p)) else {
                continue;
            };
            self.turn(&mut u, &mut v);
            let q = humidity.remove(p).unwrap_or_else(|| match relative.get(p) {
                Some(rh) => rh.iter().zip(&t).map(|(rh, t)| specific_humidity(*rh, *t, *p as f32)).collect(),
                None => vec![0.0; points],
            });
            native.pressure.push(vec![*p as f32; points]);
            native.temperature.push(t);
            native.humidity.push(q);
            native.u.push(u);
            native.v.push(v);
            if moves {
                vertical.push(omega.remove(p).unwrap_or_else(|| vec![f32::NAN; points]));
            }
            heights.extend(height.remove(p));
        }
        native.vertical = moves.then_some(Vertical::Pressure(vertical));
        let whole = heights.len() == levels.len();
        let pressure = self.surface_pressure(time, if whole { &heights } else { &[] }, &levels)?;
        if !whole && pressure.is_none() {
            let limit = format!(
                "{time} has no pressure at the ground, and heights on {} of {} levels",
                heights.len(),
                levels.len()
            );
            return Err(refused(&self.shelf.files(), "geopotential", limit, "ask the archive for surface pressure"));
        }
        native.height = whole.then_some(heights);
        let stress = match (self.ground(Quantity::StressX, time)?, self.ground(Quantity::StressY, time)?) {
            (Some(x), Some(y)) => Some(x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).collect()),
            _ => None,
        };
        let (mut u_10m, mut v_10m) = (self.ground(Quantity::U10m, time)?, self.ground(Quantity::V10m, time)?);
        if let (Some(u), Some(v)) = (&mut u_10m, &mut v_10m) {
            self.turn(u, v);
        }
        native.surface = Surface {
            pressure,
            temperature_2m: self.ground(Quantity::Temperature2m, time)?,
            u_10m,
            v_10m,
            friction_velocity: self.ground(Quantity::FrictionVelocity, time)?,
            stress,
            exchange: None,
            heat_flux: self.ground(Quantity::HeatFlux, time)?,
            mixing_height: self.ground(Quantity::MixingHeight, time)?,
            roughness: self.ground(Quantity::Roughness, time)?,
            precipitation: self.ground(Quantity::Precipitation, time)?,
        };
        Ok(native)
    }

    fn variables(&self) -> Vec<String> {
        self.names.iter().cloned().collect()
    }

    fn levels(&self) -> usize {
        let Some(time) = self.times.first() else { return 0 };
        let levels: BTreeSet<i64> =
            self.entries(Quantity::Temperature, *time).iter().flat_map(|e| e.levels.iter().copied()).collect();
        levels.len()
    }

    fn format(&self) -> &'static str {
        self.format
    }

    fn origin(&self) -> String {
        format!("weather on levels of pressure ({}) from {}", self.format, self.shelf.files())
    }

    fn notes(&self) -> Vec<Derived> {
        let mut notes = self.notes.clone();
        let mut add = |quantity, method| notes.push(Derived { quantity, method });
        if !self.has(Quantity::Terrain) && self.has(Quantity::SurfacePressure) && self.has(Quantity::Height) {
            add("terrain_m", "where the heights of the levels have the pressure of the ground, height linear in ln p");
        }
        if !self.has(Quantity::SurfacePressure) && self.has(Quantity::Terrain) {
            add("surface_pressure", "where the heights of the levels meet the terrain, ln p linear in height");
        }
        if !self.has(Quantity::Humidity) {
            add("specific humidity", "from relative humidity, saturation over water by Bolton (1980), eq. 10");
        }
        notes
    }
}
