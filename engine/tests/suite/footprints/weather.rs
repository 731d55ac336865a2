//! Weather that moves: waves of a stream function on the sphere, a boundary layer that breathes with the day, rain that drifts.
//! Winds have no divergence at any level and density does not change in time, so mass is conserved by the fields themselves.

use liankong_engine::observe::weather::{Frame, Grid, Projection, Weather};
use liankong_engine::region::Time;

/// The first moment: midnight UTC.
pub const START: Time = Time(1_543_622_400);
const RADIUS_M: f64 = 6_371_008.8;

/// `hours` of it, every two hours, around 118° E 32° N.
pub fn of(hours: i64) -> Weather {
    let heights: Vec<f32> = vec![10.0, 50.0, 120.0, 250.0, 500.0, 900.0, 1500.0, 2500.0, 4000.0, 7000.0];
    let grid =
        Grid { projection: Projection::LonLat, nx: 49, ny: 41, x0: 106.0, y0: 22.0, dx: 0.5, dy: 0.5, wraps: false };
    let times: Vec<Time> = (0..=hours / 2).map(|k| Time(START.0 + k * 7200)).collect();
    let (own, levels, chart) = (times.clone(), heights.clone(), grid.clone());
    let frames = move |at: usize| Ok(frame(&chart, &levels, own[at]));
    let columns = grid.nx * grid.ny;
    Weather::new(grid, heights, vec![0.0; columns], times, "generated waves".into(), Box::new(frames))
}

/// ψ, m² s⁻¹: waves of 1,600 and 900 km that travel.
fn stream(lon: f64, lat: f64, t: f64) -> f64 {
    let (x, y) = ((lon - 118.0).to_radians() * RADIUS_M * 0.85, (lat - 32.0).to_radians() * RADIUS_M);
    -4.0 * y
        - 1.2e6 * ((x - 6.0 * t) / 260e3 + 0.4).sin() * (y / 300e3).cos()
        - 4e5 * (y / 150e3 + (x + 2.0 * t) / 140e3).sin()
}

fn frame(grid: &Grid, heights: &[f32], time: Time) -> Frame {
    let t = (time.0 - START.0) as f64;
    let (columns, nz) = (grid.nx * grid.ny, heights.len());
    let place = |c: usize| grid.place((c % grid.nx) as f64, (c / grid.nx) as f64);
    let step = 0.05f64;
    let winds: Vec<(f64, f64)> = (0..columns)
        .map(|c| {
            let p = place(c);
            let per_degree = 1.0 / (step.to_radians() * RADIUS_M);
            let d =
                |dlon: f64, dlat: f64| stream(p.lon + dlon, p.lat + dlat, t) - stream(p.lon - dlon, p.lat - dlat, t);
            (-d(0.0, 0.5 * step) * per_degree, d(0.5 * step, 0.0) * per_degree / p.lat.to_radians().cos())
        })
        .collect();
    let volume = |f: &dyn Fn(usize, f64) -> f64| -> Vec<f32> {
        (0..columns * nz).map(|p| f(p / nz, f64::from(heights[p % nz])) as f32).collect()
    };
    let plane = |f: &dyn Fn(usize) -> f64| -> Vec<f32> { (0..columns).map(|c| f(c) as f32).collect() };
    let shear = |z: f64| 0.55 + 0.45 * (z / 1500.0).min(2.0).sqrt();
    // The sun at 118° E stands highest at 04 UTC.
    let sun = (std::f64::consts::TAU * (t / 86_400.0 - 4.0 / 24.0)).cos().max(0.0);
    let depth = |c: usize| 180.0 + 1300.0 * sun * (0.7 + 0.3 * (place(c).lon / 3.0).sin());
    let rain = |c: usize| {
        let p = place(c);
        (4.0 * ((p.lon - t / 20_000.0) / 2.5).sin() * (p.lat / 2.0).cos()).max(0.0) / 3600.0
    };
    Frame {
        time,
        u: volume(&|c, z| winds[c].0 * shear(z)),
        v: volume(&|c, z| winds[c].1 * shear(z)),
        w: vec![0.0; columns * nz],
        density: volume(&|_, z| 1.25 * (-z / 8500.0).exp()),
        temperature: volume(&|_, z| 285.0 - 0.0065 * z),
        relative_humidity: volume(&|_, _| 0.6),
        mixing_height: plane(&depth),
        friction_velocity: plane(&|c| 0.15 + 0.03 * winds[c].0.hypot(winds[c].1)),
        inverse_obukhov: plane(&|_| 0.01 - 0.03 * sun),
        convective_velocity: plane(&|_| 1.8 * sun.cbrt()),
        precipitation: plane(&rain),
        cloud_base: plane(&|_| 800.0),
        cloud_top: plane(&|c| if rain(c) > 0.0 { 4000.0 } else { 0.0 }),
        temperature_2m: plane(&|_| 286.0),
        surface_pressure: plane(&|_| 101_325.0),
        roughness: plane(&|_| 0.2),
    }
}
