//! From the levels of a file to heights above ground, and what the file lacks.
//!
//! Heights of levels come from the file's own (geopotential) heights, else from the hypsometric equation
//! Δz = (R/g) T̄_v ln(p₁/p₂), from the ground up. With z(s) the height above ground of the file's surfaces s, vertical motion is
//!
//! ```text
//! dz/dt = u·∇_s z − (ω − u·∇_s p) / (ρ g)      where the file has ω = dp/dt
//! dz/dt = w − u·∇h                              where it has w = dZ/dt above the sea, h the terrain
//! ```
//!
//! The local tendencies of p and z on s are left out: 1 hPa in 3 hours is 1 mm s⁻¹. Motion fades linearly to 0 at the ground.

use super::cropping::Crop;
use super::frame::Frame;
use super::grid::Grid;
use super::native::{Native, Plane, Source, Vertical};
use super::surface_layer::{
    LEAST_FRICTION, Sounding, convective_velocity, fluxes_from_profile, friction_from_flux, inverse_obukhov,
    mixing_height, wind_profile,
};
use super::thermodynamics::{GRAVITY, R_DRY, potential_temperature, relative_humidity, virtual_temperature};
use super::{Derived, Weather};
use crate::problem::{Error, Result};
use std::sync::Arc;

/// Heights above ground that weather is brought to, m: finer near the ground, where the wind turns and the plume is.
const LADDER_M: [f32; 26] = [
    10.0, 25.0, 50.0, 80.0, 120.0, 170.0, 230.0, 310.0, 410.0, 530.0, 680.0, 860.0, 1080.0, 1340.0, 1650.0, 2020.0,
    2450.0, 2950.0, 3550.0, 4300.0, 5200.0, 6300.0, 7700.0, 9500.0, 12000.0, 15000.0,
];
/// Roughness where the file has none, m: open country with hedges (Wieringa 1992).
const ROUGHNESS_M: f32 = 0.1;
/// Bounds of the boundary layer's depth, m, as FLEXPART's (Stohl et al. 2005).
const DEPTH_M: (f32, f32) = (100.0, 4500.0);
/// Relative humidity above which precipitating air is cloud (Stohl et al. 2005, sect. 7.2).
const CLOUD: f32 = 0.8;

/// Weather of a source of files.
pub fn weather(source: Box<dyn Source>) -> Result<Weather> {
    let mut grid = source.grid().clone();
    let times = source.times().to_vec();
    let mut first = source.native(0)?;
    let mut terrain = source.terrain()?;
    let crop = Crop::needed(&first, &grid);
    if let Some(crop) = crop {
        (grid, first, terrain) = (crop.grid(&grid), crop.native(&first), terrain.map(|t| crop.plane(&t)));
    }
    // A forecast has no fluxes at its first moment: where the second has them, that tells what will be worked out.
    let mut derived = if times.len() > 1 { derivations(&source.native(1)?) } else { derivations(&first) };
    derived.extend(source.notes());
    if crop.is_some() {
        derived.push(Derived { quantity: "grid", method: "its margin, where the files have no values, is cut off" });
    }
    if terrain.is_none() {
        derived
            .push(Derived { quantity: "terrain_m", method: "none in the file: flat ground at the level of the sea" });
    }
    let terrain = Arc::new(terrain.unwrap_or_else(|| vec![0.0; grid.nx * grid.ny]));
    let tops = column_heights(&first, &terrain)?;
    // The highest surface that every column has, so that no frame is made of air the file does not hold.
    let top = tops.last().map_or(0.0, |plane| plane.iter().copied().filter(|z| z.is_finite()).fold(f32::MAX, f32::min));
    let heights: Vec<f32> = LADDER_M.iter().copied().filter(|z| *z <= top).collect();
    if heights.len() < 2 {
        return Err(Error::Stage(format!(
            "{}: the highest level lies {top:.0} m above ground; weather from at least 25 m up is needed",
            source.origin()
        )));
    }
    let (origin, levels, ground) = (source.origin(), heights.clone(), Arc::clone(&terrain));
    let map = grid.clone();
    let frames = move |at| {
        let native = source.native(at)?;
        let native = match crop {
            Some(crop) => crop.native(&native),
            None => native,
        };
        frame(&native, &map, &levels, &ground)
    };
    let mut weather = Weather::new(grid, heights, terrain.to_vec(), times, origin, Box::new(frames));
    weather.derived = derived;
    Ok(weather)
}

/// What will be worked out, as a moment shows it.
fn derivations(native: &Native) -> Vec<Derived> {
    let s = &native.surface;
    let mut list = vec![
        Derived { quantity: "density", method: "gas law with virtual temperature" },
        Derived {
            quantity: "relative_humidity",
            method: "from specific humidity, saturation over water by Bolton (1980), eq. 10",
        },
        Derived {
            quantity: "cloud_base, cloud_top",
            method: "relative humidity above 80 % where it rains (Stohl et al. 2005)",
        },
    ];
    let mut add = |lacks: bool, quantity, method| {
        if lacks {
            list.push(Derived { quantity, method });
        }
    };
    add(native.height.is_none(), "height", "hypsometric equation with virtual temperature");
    add(
        matches!(native.vertical, Some(Vertical::Pressure(_))),
        "w",
        "from dp/dt, less the slopes of the levels; local tendencies left out",
    );
    add(native.vertical.is_none(), "w", "none in the file: air follows the ground, 0");
    let heat = s.heat_flux.is_some();
    let friction = s.friction_velocity.is_some();
    add(!friction && s.stress.is_some(), "friction_velocity", "square root of stress over density");
    add(
        !friction && s.stress.is_none() && s.exchange.is_some(),
        "friction_velocity",
        "stress from the exchange coefficient and the wind of the lowest level (HYSPLIT)",
    );
    let none = !friction && s.stress.is_none() && s.exchange.is_none();
    add(
        none && heat,
        "friction_velocity",
        "wind of the lowest level and heat flux, Monin–Obukhov by iteration (Dyer 1974)",
    );
    add(
        none && !heat,
        "friction_velocity",
        "Monin–Obukhov profiles between ground and lowest level, by iteration (Dyer 1974)",
    );
    add(!heat, "heat_flux", "Monin–Obukhov profiles between ground and lowest level, by iteration (Dyer 1974)");
    add(true, "inverse_obukhov", "definition of the Obukhov length, held to |L| ≥ 1 m");
    add(true, "convective_velocity", "Deardorff (1970) from heat flux and mixing height");
    add(
        s.mixing_height.is_none(),
        "mixing_height",
        "bulk Richardson number 0.25 (Vogelezang & Holtslag 1996), held to 100–4500 m",
    );
    add(s.roughness.is_none(), "roughness", "none in the file: 0.1 m everywhere");
    add(s.temperature_2m.is_none(), "temperature_2m", "lowest level brought down dry-adiabatically");
    add(s.precipitation.is_none(), "precipitation", "none in the file: 0");
    add(s.u_10m.is_none(), "wind below the lowest level", "Monin–Obukhov profile");
    list
}

/// Heights above ground of the levels; NaN below the ground where they follow from the hypsometric equation.
fn column_heights(native: &Native, terrain: &Plane) -> Result<Vec<Plane>> {
    if let Some(heights) = &native.height {
        return Ok(heights.iter().map(|plane| plane.iter().zip(terrain).map(|(z, h)| z - h).collect()).collect());
    }
    let Some(ground) = &native.surface.pressure else {
        return Err(Error::Stage(format!(
            "{}: neither heights nor pressure at the ground are in the files; add one of them",
            native.time
        )));
    };
    let mut heights = vec![vec![f32::NAN; terrain.len()]; native.pressure.len()];
    for c in 0..terrain.len() {
        let (mut p, mut z, mut warm) = (ground[c], 0.0, None);
        for (k, plane) in heights.iter_mut().enumerate() {
            let here = native.pressure[k][c];
            if here >= p || here.is_nan() {
                continue; // below the ground
            }
            let t = virtual_temperature(native.temperature[k][c], native.humidity[k][c]);
            let mean = 0.5 * (t + warm.unwrap_or(t));
            z += R_DRY / GRAVITY * mean * (p / here).ln();
            plane[c] = z;
            (p, warm) = (here, Some(t));
        }
    }
    Ok(heights)
}

/// Change of a plane along both axes per grid step, by the neighbours that have values.
fn slope(plane: &Plane, grid: &Grid, i: usize, j: usize) -> (f32, f32) {
    let difference = |low: Option<usize>, high: Option<usize>, here: usize| {
        let value = |at: Option<usize>| at.map(|at| plane[at]).filter(|v| v.is_finite());
        match (value(low), value(high)) {
            (Some(a), Some(b)) => 0.5 * (b - a),
            (Some(a), None) => plane[here] - a,
            (None, Some(b)) => b - plane[here],
            (None, None) => 0.0,
        }
    };
    let (here, nx) = (j * grid.nx + i, grid.nx);
    let west = if i > 0 { Some(here - 1) } else { grid.wraps.then_some(here + nx - 1) };
    let east = if i + 1 < nx { Some(here + 1) } else { grid.wraps.then_some(here + 1 - nx) };
    let south = (j > 0).then(|| here.wrapping_sub(nx));
    let north = (j + 1 < grid.ny).then_some(here + nx);
    let change = (difference(west, east, here), difference(south, north, here));
    (if change.0.is_finite() { change.0 } else { 0.0 }, if change.1.is_finite() { change.1 } else { 0.0 })
}

/// One level of a column.
#[derive(Debug, Clone, Copy)]
struct Layer {
    z: f32,
    log_p: f32,
    t: f32,
    q: f32,
    u: f32,
    v: f32,
    w: f32,
}

impl Layer {
    fn between(&self, above: &Layer, z: f32) -> Layer {
        let a = (z - self.z) / (above.z - self.z);
        let mix = |x: f32, y: f32| x + a * (y - x);
        Layer {
            z,
            log_p: mix(self.log_p, above.log_p),
            t: mix(self.t, above.t),
            q: mix(self.q, above.q),
            u: mix(self.u, above.u),
            v: mix(self.v, above.v),
            w: mix(self.w, above.w),
        }
    }
}

/// The fields of a moment at heights above ground.
fn frame(native: &Native, grid: &Grid, heights: &[f32], terrain: &Plane) -> Result<Frame> {
    let cells = grid.nx * grid.ny;
    let levels = column_heights(native, terrain)?;
    let volume = || Vec::with_capacity(cells * heights.len());
    let plane = || Vec::with_capacity(cells);
    let mut out = Frame {
        time: native.time,
        u: volume(),
        v: volume(),
        w: volume(),
        density: volume(),
        temperature: volume(),
        relative_humidity: volume(),
        mixing_height: plane(),
        friction_velocity: plane(),
        inverse_obukhov: plane(),
        convective_velocity: plane(),
        precipitation: plane(),
        cloud_base: plane(),
        cloud_top: plane(),
        temperature_2m: plane(),
        surface_pressure: plane(),
        roughness: plane(),
    };
    let mut column = Vec::new();
    for c in 0..cells {
        layers(native, grid, &levels, terrain, c, &mut column);
        if column.len() < 2 {
            let place = grid.place((c % grid.nx) as f64, (c / grid.nx) as f64);
            return Err(Error::Stage(format!(
                "{}: at {:.2}° east, {:.2}° north the files have fewer than two levels above the ground",
                native.time, place.lon, place.lat
            )));
        }
        one_column(native, c, &column, heights, &mut out);
    }
    Ok(out)
}

/// The layers above the ground of column `c`, lowest first.
fn layers(native: &Native, grid: &Grid, heights: &[Plane], terrain: &Plane, c: usize, column: &mut Vec<Layer>) {
    column.clear();
    let (i, j) = (c % grid.nx, c / grid.nx);
    let (sx, sy) = grid.steps_per_metre(i as f64, j as f64);
    for k in 0..heights.len() {
        let (z, p, t, q) = (heights[k][c], native.pressure[k][c], native.temperature[k][c], native.humidity[k][c]);
        let (u, v) = (native.u[k][c], native.v[k][c]);
        let sound = [p, t, q, u, v].iter().all(|x| x.is_finite()) && p > 0.0 && t > 0.0;
        // A level within a metre of the ground or of the one below carries nothing of its own.
        if !(sound && z > column.last().map_or(1.0, |below| below.z + 1.0)) {
            continue;
        }
        let along = |plane: &Plane| {
            let (a, b) = slope(plane, grid, i, j);
            u * a * sx as f32 + v * b * sy as f32
        };
        let w = match &native.vertical {
            None => 0.0,
            Some(Vertical::Height(w)) => w[k][c] - along(terrain),
            Some(Vertical::Pressure(omega)) => {
                let density = p / (R_DRY * virtual_temperature(t, q));
                along(&heights[k]) - (omega[k][c] - along(&native.pressure[k])) / (density * GRAVITY)
            }
        };
        let w = if w.is_finite() { w } else { 0.0 };
        column.push(Layer { z, log_p: p.ln(), t, q: q.max(0.0), u, v, w });
    }
}

fn one_column(native: &Native, c: usize, column: &[Layer], heights: &[f32], out: &mut Frame) {
    let s = &native.surface;
    let at = |plane: &Option<Plane>| plane.as_ref().map(|p| p[c]).filter(|v| v.is_finite());
    let low = column[0];
    let roughness = at(&s.roughness).map_or(ROUGHNESS_M, |z| z.clamp(1e-5, 5.0)).min(0.5 * low.z);
    let pressure = at(&s.pressure)
        .unwrap_or_else(|| (low.log_p + GRAVITY * low.z / (R_DRY * virtual_temperature(low.t, low.q))).exp());
    let theta = |t: f32, log_p: f32| potential_temperature(t, log_p.exp());
    let theta_low = virtual_temperature(theta(low.t, low.log_p), low.q);
    let warm = at(&s.temperature_2m).unwrap_or(low.t + 0.0098 * (low.z - 2.0));
    let density = pressure / (R_DRY * virtual_temperature(warm, low.q));

    // Turbulence at the ground. The wind that drives it: at 10 m where the file has it, else of the lowest level.
    let (drive, drive_z) = match (at(&s.u_10m), at(&s.v_10m)) {
        (Some(u), Some(v)) => (u.hypot(v), 10.0),
        _ => (low.u.hypot(low.v), low.z),
    };
    let given = at(&s.friction_velocity)
        .or_else(|| at(&s.stress).map(|tau| (tau / density).sqrt()))
        .or_else(|| at(&s.exchange).map(|e| (e.max(0.0) * low.u.hypot(low.v) / density).sqrt()));
    let (friction, heat) = match (given, at(&s.heat_flux)) {
        (Some(friction), Some(heat)) => (friction, heat),
        (None, Some(heat)) => {
            (friction_from_flux(drive, drive_z, roughness.min(0.5 * drive_z), heat, density, theta_low), heat)
        }
        (given, None) => {
            let ground = virtual_temperature(potential_temperature(warm, pressure), low.q);
            let found = fluxes_from_profile((low.u.hypot(low.v), low.z), (ground, 2.0), theta_low, roughness, density);
            (given.unwrap_or(found.0), found.1)
        }
    };
    let friction = friction.max(LEAST_FRICTION);
    let inverse_l = inverse_obukhov(friction, heat, density, theta_low);
    let depth = at(&s.mixing_height).unwrap_or_else(|| {
        let sounding: Vec<Sounding> = column
            .iter()
            .map(|l| Sounding { z: l.z, theta_v: virtual_temperature(theta(l.t, l.log_p), l.q), u: l.u, v: l.v })
            .collect();
        mixing_height(&sounding, friction, heat, density)
    });
    let depth = depth.clamp(DEPTH_M.0, DEPTH_M.1);

    let rain = at(&s.precipitation).unwrap_or(0.0).max(0.0);
    let (mut base, mut top) = (f32::INFINITY, 0.0_f32);
    let mut k = 0;
    for z in heights {
        while k + 1 < column.len() && column[k + 1].z < *z {
            k += 1;
        }
        let layer = if *z < low.z {
            below(&low, *z, warm, pressure, roughness, inverse_l)
        } else if k + 1 < column.len() {
            column[k].between(&column[k + 1], *z)
        } else {
            column[k] // a column whose top lies lower than in the first moment
        };
        let p = layer.log_p.exp();
        let humidity = relative_humidity(layer.q, layer.t, p);
        if rain > 0.0 && humidity > CLOUD {
            (base, top) = (base.min(*z), top.max(*z));
        }
        out.u.push(layer.u);
        out.v.push(layer.v);
        out.w.push(layer.w);
        out.density.push(p / (R_DRY * virtual_temperature(layer.t, layer.q)));
        out.temperature.push(layer.t);
        out.relative_humidity.push(humidity);
    }
    out.mixing_height.push(depth);
    out.friction_velocity.push(friction);
    out.inverse_obukhov.push(inverse_l);
    out.convective_velocity.push(convective_velocity(heat, depth, density, theta_low));
    out.precipitation.push(rain);
    out.cloud_base.push(base);
    out.cloud_top.push(top);
    out.temperature_2m.push(warm);
    out.surface_pressure.push(pressure);
    out.roughness.push(roughness);
}

/// The air below the lowest level: wind by the profile of the surface layer, temperature linear to 2 m, pressure hydrostatic.
fn below(low: &Layer, z: f32, warm: f32, pressure: f32, roughness: f32, inverse_l: f32) -> Layer {
    let z = z.max(2.0 * roughness);
    let part = (wind_profile(z, roughness, inverse_l) / wind_profile(low.z, roughness, inverse_l)).min(1.0);
    let t = warm + (low.t - warm) * ((z - 2.0) / (low.z - 2.0).max(0.1)).clamp(0.0, 1.0);
    Layer {
        z,
        log_p: pressure.ln() + (low.log_p - pressure.ln()) * z / low.z,
        t,
        q: low.q,
        u: low.u * part,
        v: low.v * part,
        w: low.w * z / low.z,
    }
}
