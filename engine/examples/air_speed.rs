//! Speed of the particle kernel with the conditions it was reached under, side by side in one run: see `bench/air/README.md`.
//!
//! `air_speed [FILE]`: on a file of weather, or on weather that the example makes up.
//! 20,000 particles × 12 h from 90° W 40° N, footprint accumulation and deposition on, meteorology reading excluded.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use liankong_engine::observe::weather::open::open;
use liankong_engine::observe::weather::{Frame, Grid, Projection, Weather};
use liankong_engine::region::{Point, Time};
use liankong_engine::transport::air::particles::{
    Accumulate, Block, Dry, Instructions, LANES, Options, Release, Run, Scheme, Species, Wet, run,
};
use std::time::Instant;

const PARTICLES: u32 = 20_000;
const HOURS: i64 = 12;
/// Cells of the footprint a degree, and its size.
const CELLS: (usize, usize) = (240, 120);
const FOOTPRINT_TOP_M: f32 = 100.0;

/// Residence time of the weighted particles below 100 m, by hour and cell of 0.5°, and what fell to the ground.
struct Footprint {
    start: i64,
    cells: Vec<f32>,
    scale: (f64, f64),
    fallen: Vec<f32>,
}

impl Footprint {
    fn new(weather: &Weather, start: i64) -> Footprint {
        let n = CELLS.0 * CELLS.1;
        let scale = (CELLS.0 as f64 / weather.grid.nx as f64, CELLS.1 as f64 / weather.grid.ny as f64);
        Footprint { start, cells: vec![0.0; n * HOURS as usize], scale, fallen: vec![0.0; n] }
    }
}

impl Accumulate for Footprint {
    fn block(&mut self, block: &Block<'_>) {
        let hour = (((block.time - self.start).abs() - 1) / 3600) as usize;
        for l in 0..block.count.min(LANES) {
            let cell = (block.j[l] * self.scale.1) as usize * CELLS.0 + (block.i[l] * self.scale.0) as usize;
            if block.height[l] < FOOTPRINT_TOP_M
                && let Some(own) = self.cells.get_mut(hour * CELLS.0 * CELLS.1 + cell)
            {
                *own += block.weights[0][l] * block.duration_s[l];
            }
            if let Some(own) = self.fallen.get_mut(cell) {
                *own += block.dry[0][l] + block.wet[0][l];
            }
        }
    }
}

fn tracer() -> Species {
    Species {
        name: "SO2".into(),
        dry: Dry::Gas { diffusivity_m2_s: 1.2e-5, surface_resistance_s_m: 100.0 },
        wet: Some(Wet { below_cloud_per_s: 2e-5, below_cloud_power: 0.8, henry_m_atm: Some(1e5) }),
        decay_per_s: 0.0,
    }
}

/// CPU time of this thread, s.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps the time of a thread there");
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1e-9
}

fn frames_in_memory(weather: Weather, from: Time, hours: i64) -> Weather {
    let keep: Vec<usize> = (0..weather.times.len())
        .filter(|k| {
            let next = weather.times.get(k + 1).map_or(i64::MAX, |t| t.0);
            let before = if *k > 0 { weather.times[k - 1].0 } else { i64::MIN };
            next > from.0 && before < from.0 + hours * 3600
        })
        .collect();
    let frames: Vec<Frame> = keep.iter().map(|k| weather.frame(*k).unwrap()).collect();
    let times = frames.iter().map(|f| f.time).collect();
    let read = move |k: usize| Ok(frames[k].clone());
    Weather::new(
        weather.grid.clone(),
        weather.heights_m.clone(),
        weather.terrain_m.clone(),
        times,
        weather.origin.clone(),
        Box::new(read),
    )
}

/// Stands in for a file where none is given: 33 × 28 × 19 points, 2-hourly, a day with a convective afternoon.
fn stand_in() -> Weather {
    let (nx, ny, nz) = (33usize, 28usize, 19usize);
    let grid = Grid { projection: Projection::LonLat, nx, ny, x0: -120.0, y0: 20.0, dx: 1.8, dy: 1.5, wraps: false };
    let heights: Vec<f32> = (0..nz).map(|k| 10.0 + 30.0 * k as f32 + 28.0 * (k * k) as f32).collect();
    let times: Vec<Time> = (0..13).map(|k| Time(1_500_001_200 + 7200 * k)).collect();
    let (own, levels) = (times.clone(), heights.clone());
    let frames = move |at: usize| {
        let phase = at as f32 / 12.0 * std::f32::consts::TAU;
        let sun = (phase - 1.0).sin();
        let plane = |f: &dyn Fn(f32, f32) -> f32| {
            (0..nx * ny).map(|c| f((c % nx) as f32 / nx as f32, (c / nx) as f32 / ny as f32)).collect::<Vec<f32>>()
        };
        let volume = |f: &dyn Fn(f32, f32, f32) -> f32| {
            (0..nx * ny * nz)
                .map(|p| f((p / nz % nx) as f32 / nx as f32, (p / nz / nx) as f32 / ny as f32, levels[p % nz]))
                .collect::<Vec<f32>>()
        };
        Ok(Frame {
            time: own[at],
            u: volume(&|x, y, z| 4.0 + 3.0 * (6.0 * x + phase).sin() + 2.0 * y + 4.0 * (z / 1000.0).min(2.0)),
            v: volume(&|x, y, z| 3.0 * (5.0 * y - phase).cos() + x + (z / 1000.0).min(2.0)),
            w: volume(&|x, y, z| 0.01 * (7.0 * x + 4.0 * y).sin() * (z / 2000.0).min(1.0)),
            density: volume(&|_, _, z| 1.2 * (-z / 9000.0).exp()),
            temperature: volume(&|_, _, z| 290.0 - 0.0065 * z),
            relative_humidity: volume(&|_, _, _| 0.6),
            mixing_height: plane(&|x, y| (700.0 + 800.0 * sun + 100.0 * (9.0 * x + 3.0 * y).sin()).max(150.0)),
            friction_velocity: plane(&|x, _| 0.3 + 0.1 * (8.0 * x).cos()),
            inverse_obukhov: plane(&|_, _| {
                if sun > 0.1 {
                    -0.01
                } else if sun < -0.1 {
                    0.01
                } else {
                    0.0
                }
            }),
            convective_velocity: plane(&|_, _| if sun > 0.1 { 1.5 * sun.cbrt() } else { 0.0 }),
            precipitation: plane(&|x, _| if x > 0.7 { 1e-4 } else { 0.0 }),
            cloud_base: plane(&|_, _| 800.0),
            cloud_top: plane(&|_, _| 4000.0),
            temperature_2m: plane(&|_, _| 290.0),
            surface_pressure: plane(&|_, _| 1e5),
            roughness: plane(&|_, _| 0.1),
        })
    };
    Weather::new(grid, heights, vec![0.0; nx * ny], times, "stand-in (synthetic)".into(), Box::new(frames))
}

fn followed(weather: &Weather, options: &Options) -> Run<Footprint> {
    let start = weather.times[0];
    let release = Release {
        place: Point { lon: -90.0, lat: 40.0 },
        bottom_m: 10.0,
        top_m: 10.0,
        start,
        end: start,
        particles: PARTICLES,
        weights: vec![1.0],
    };
    run(weather, &[tracer()], &[release], options, &|_| Footprint::new(weather, start.0), &|_| {}, &|| false).unwrap()
}

/// Particle-hours a CPU-second, best of three, on one thread; and the mean step.
fn speed(weather: &Weather, options: &Options) -> (f64, f64) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut best = f64::INFINITY;
    let mut totals = None;
    for _ in 0..3 {
        let (run, seconds) = pool.install(|| {
            let before = cpu();
            let run = followed(weather, options);
            (run, cpu() - before)
        });
        best = best.min(seconds);
        totals = Some(run.totals);
    }
    let totals = totals.unwrap();
    (totals.particle_hours / best, totals.mean_step_s())
}

fn main() {
    // A file of weather as the first argument; without one, what stands in for it.
    let whole = std::env::args_os().nth(1).map_or_else(stand_in, |path| open(&[path.into()]).unwrap().weather);
    let first = whole.times[0];
    let weather = frames_in_memory(whole, first, HOURS);
    println!("weather: {}; best instruction set: {:?}", weather.origin, Instructions::best());
    let usual = Options { greatest_age_s: HOURS * 3600, ..Options::default() };
    println!("| setting | particle-hours/CPU-s | mean step, s |\n|---|---|---|");
    for (name, options) in [
        ("default, AVX-512", usual.clone()),
        ("default, AVX2", Options { instructions: Instructions::Avx2, ..usual.clone() }),
        ("default, baseline (SSE2)", Options { instructions: Instructions::Baseline, ..usual.clone() }),
        (
            "step and block halved",
            Options { step_factor: 0.5 * usual.step_factor, block_s: usual.block_s / 2, ..usual.clone() },
        ),
        ("mesoscale motions on", Options { mesoscale: 0.16, ..usual.clone() }),
        ("block of 60 s", Options { block_s: 60, ..usual.clone() }),
        (
            "Euler, T_L/40, block of 60 s",
            Options { scheme: Scheme::Euler, step_factor: 1.0 / 40.0, block_s: 60, ..usual.clone() },
        ),
    ] {
        let (speed, step) = speed(&weather, &options);
        println!("| {name} | {speed:.0} | {step:.2} |");
    }
    let wall = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        (0..3)
            .map(|_| {
                pool.install(|| {
                    let t = Instant::now();
                    followed(&weather, &usual);
                    t.elapsed().as_secs_f64()
                })
            })
            .fold(f64::INFINITY, f64::min)
    };
    let (one, two) = (wall(1), wall(2));
    println!("two threads: {:.2} × one (wall time {one:.2} s, {two:.2} s)", one / two);
}
