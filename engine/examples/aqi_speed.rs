//! Speed of the air index over flat arrays, and its answers, for `bench/aqi/compare.py`.
//!
//! ```text
//! aqi_speed RULE IN OUT     IN: one line a station-hour, pm25,pm10,so2,no2,co,o3 in µg/m³ (CO mg/m³); OUT: one index a line
//! ```
//!
//! The arrays hold the rows of IN over and over, 100,000 station-hours, and are scored 20 times a measurement; reading and
//! writing are outside the clock. Printed: station-hours, CPU seconds of this thread (best of 15), station-hours a CPU-second.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use liankong_engine::assess::air::kernel::{Kernel, NA};
use liankong_engine::assess::hj633::Breakpoints;
use liankong_engine::region::Pollutant;
use std::fmt::Write;

/// Station-hours of the arrays, and how often a measurement scores them.
const HOURS: usize = 100_000;
const PASSES: usize = 20;
const COLUMNS: [Pollutant; 6] =
    [Pollutant::Pm25, Pollutant::Pm10, Pollutant::So2, Pollutant::No2, Pollutant::Co, Pollutant::O3];

/// CPU time of this thread, s.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps the time of a thread there");
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1e-9
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rule, input, output] = arguments.as_slice() else {
        eprintln!("aqi_speed RULE IN OUT");
        std::process::exit(2);
    };
    let kernel = Kernel::of_hours(&Breakpoints::of(rule).expect("a rule of HJ 633"));
    let text = std::fs::read_to_string(input).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().map(|l| l.split(',').map(|v| v.parse().unwrap_or(f64::NAN)).collect()).collect();
    let columns: Vec<Vec<f64>> = kernel
        .columns()
        .map(|item| {
            let k = COLUMNS.iter().position(|p| *p == item.pollutant).unwrap();
            (0..HOURS).map(|j| item.pollutant.from_printed(rows[j % rows.len()][k])).collect()
        })
        .collect();
    let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let (mut index, mut primary) = (vec![0u16; HOURS], vec![0u8; HOURS]);
    let mut best = f64::INFINITY;
    // The system counts a thread's time in ticks of up to 4 ms: a measurement lasts about 100 ms.
    for _ in 0..15 {
        let before = cpu();
        for _ in 0..PASSES {
            kernel.score(&slices, std::hint::black_box(&mut index), &mut primary);
        }
        best = best.min(cpu() - before);
    }
    let mut answer = String::new();
    for i in index.iter().take(rows.len()) {
        if *i == NA { answer.push('\n') } else { writeln!(answer, "{i}").unwrap() }
    }
    std::fs::write(output, answer).unwrap();
    let scored = HOURS * PASSES;
    println!("{scored} {best:.6} {:.0}", scored as f64 / best);
}
