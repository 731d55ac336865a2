//! What footprints of many receptors cost: CPU time and peak memory of 41 receptors × N days × 500 particles × 48 h in generated
//! weather (0.5°, 49 × 41 columns, ten levels, two-hourly), with a chain of two species, dry and wet losses, eight batches.
//!
//!     cargo run --locked -p liankong-engine --example footprint_speed -- 30
//!
//! Receptors are run in groups of 128 like those of `liankong transport air`, each group on all threads (RAYON_NUM_THREADS).

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/suite/footprints/weather.rs"]
mod weather;

use liankong_engine::region::calendar::{DAY, Period, Time};
use liankong_engine::region::source::{Process, ReactionStep};
use liankong_engine::region::{Grid, Medium, Point};
use liankong_engine::transport::Chain;
use liankong_engine::transport::air::footprints::{self, Carried, EDGES_M, Receptor, Settings};
use liankong_engine::transport::air::particles::{Dry, Options, Species, Wet};
use liankong_engine::transport::footprint::ReceptorQuantity;

const RECEPTORS: i64 = 41;
const GROUP: usize = 128;

/// CPU seconds of this process, from /proc.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Peak memory, MB, from /proc.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

fn carried() -> Carried {
    let step = |process, species: &str, product: &str, rate_per_s, mass_yield| ReactionStep {
        medium: Medium::Air,
        process,
        species: species.into(),
        product: product.into(),
        rate_per_s,
        rate_range: None,
        mass_yield,
    };
    let chain = Chain::new(
        &[step(Process::Convert, "SO2", "sulfate", 3e-6, 1.5), step(Process::Observe, "sulfate", "PM2.5", 0.0, 1.375)],
        Medium::Air,
    );
    let wet = |a| Some(Wet { below_cloud_per_s: a, below_cloud_power: 0.8, henry_m_atm: None });
    let losses = [
        Species { name: "SO2".into(), dry: Dry::Velocity(0.008), wet: wet(2e-5), decay_per_s: 0.0 },
        Species { name: "sulfate".into(), dry: Dry::Velocity(0.002), wet: wet(5e-5), decay_per_s: 0.0 },
    ];
    Carried::new(chain, &losses)
}

fn main() {
    let days: i64 = std::env::args().nth(1).and_then(|d| d.parse().ok()).unwrap_or(3);
    let weather = weather::of(24 * (days + 2));
    let mut receptors: Vec<Receptor> = (0..days * RECEPTORS)
        .map(|k| {
            let (day, place) = (k / RECEPTORS, k % RECEPTORS);
            let start = Time(weather::START.0 + (day + 2) * DAY);
            Receptor {
                id: place.to_string(),
                place: Point { lon: 115.0 + (place % 7) as f64, lat: 29.0 + (place / 7) as f64 },
                height_m: 10.0,
                period: Period { start, end: Time(start.0 + DAY) },
                quantity: ReceptorQuantity::Concentration,
            }
        })
        .collect();
    receptors.sort_by_key(|r| r.period.start);
    let settings = Settings {
        particles: 500,
        hours: 48,
        grid: Grid { west: 106.0, south: 22.0, step: 0.25, nx: 96, ny: 80 },
        edges_m: EDGES_M.to_vec(),
        truncate: false,
        options: Options::default(),
    };
    let (before, began) = (cpu(), std::time::Instant::now());
    let (mut particle_hours, mut entries) = (0.0, 0);
    for group in receptors.chunks(GROUP) {
        let found = footprints::follow(&weather, &carried(), group, &settings, &|_| (), &|| false).unwrap().unwrap();
        particle_hours += found.totals.particle_hours;
        entries += found.footprint.entries();
    }
    let spent = cpu() - before;
    println!(
        "{RECEPTORS} receptors x {days} days x 500 particles x {} h: {particle_hours:.0} particle-hours, {entries} entries, \
         {spent:.1} CPU-s ({:.0} particle-hours a CPU-second), {:.1} s of wall time, peak {:.0} MB",
        settings.hours,
        particle_hours / spent,
        began.elapsed().as_secs_f64(),
        peak()
    );
}
