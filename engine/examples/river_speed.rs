//! Speed of the quality step, with the mass error it was reached at: see `bench/river/README.md`.
//!
//! 10,000 reaches in a tree, four species with decay, flow given hourly and varying, so that every step has coefficients of
//! its own. One thread. Reach-step-species in a second of CPU; making the flow and the grid is not counted, filling the
//! coefficients is.

#![allow(clippy::unwrap_used, missing_docs)]

use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, RiverNetwork};
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{Inputs, Kinetics, Load, Quality, RunOptions, Site};

const REACHES: usize = 10_000;
const HOURS: usize = 24;
const DAY: f64 = 86_400.0;

/// A tree whose reaches come together at random a little further down (SplitMix64), 1 km each.
fn tree() -> RiverNetwork {
    let mut state = 5_u64;
    let mut below = |most: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (z >> 33) as usize % most
    };
    let element = |k: usize| Element {
        id: format!("r{k}"),
        kind: ReachKind::Reach,
        length_m: 1000.0,
        width_m: Some(20.0),
        depth_m: None,
        slope: Some(4e-4),
        manning_n: Some(0.03),
        flow_m3_s: None,
        velocity_m_s: None,
        volume_m3: None,
        member: None,
        course: Vec::new(),
    };
    let links = (0..REACHES).map(|k| Link {
        from: k,
        to: (k + 1 < REACHES).then(|| (k + 1 + below(4)).min(REACHES - 1)),
        share: 1.0,
    });
    RiverNetwork { elements: (0..REACHES).map(element).collect(), links: links.collect() }
}

/// Every reach gathers 5 L s⁻¹ more, and all rise and fall by a fifth over the day.
fn discharge(network: &RiverNetwork) -> Vec<f64> {
    let mut mean = vec![0.005; REACHES];
    for k in 0..REACHES {
        if let Some(to) = network.links[k].to {
            mean[to] += mean[k];
        }
    }
    let swing = |h: usize| 1.0 + 0.2 * (std::f64::consts::TAU * h as f64 / HOURS as f64).sin();
    (0..HOURS).flat_map(|h| mean.iter().map(move |q| q * swing(h))).collect()
}

/// CPU time of this thread, s.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1e-9
}

fn main() {
    let network = tree();
    let varying = Flow::series(&network, Time(0), 3600.0, &discharge(&network)).unwrap();
    let constant = varying.mean(&network).unwrap();
    let grid = Grid::new(&network, &GridOptions { cell_m: 1000.0, ..GridOptions::default() }).unwrap();
    let period = Period { start: Time(0), end: Time(HOURS as i64 * 3600) };
    let decay = Kinetics::conservative(&["COD", "NH3-N", "TN", "TP"]);
    let decay = [0.15, 0.1, 0.05, 0.04].iter().enumerate().fold(decay, |k, (s, rate)| k.with_loss(s, rate / DAY, 1.05));
    let chain = Kinetics::conservative(&["NH3-N", "NO3-N", "BOD", "oxygen deficit"])
        .with_conversion(0, &[(1, 1.0), (3, 4.57)], 0.1 / DAY, 1.08)
        .with_loss(1, 0.05 / DAY, 1.04)
        .with_conversion(2, &[(3, 1.0)], 0.2 / DAY, 1.047)
        .with_loss(3, 0.6 / DAY, 1.024);
    println!("{REACHES} reaches x 4 species, {HOURS} h, one thread");
    println!("| chain | flow | step, s | million reach-step-species/CPU-s | mass error of the run | of a step |");
    println!("|---|---|---:|---:|---:|---:|");
    for (chain_name, kinetics) in [("decay", &decay), ("conversions", &chain)] {
        for (flow_name, flow) in [("hourly", &varying), ("constant", &constant)] {
            for step_s in [3600.0, 300.0, 60.0] {
                let quality = Quality { step_s, ..Quality::new(&grid, flow, kinetics) };
                let inputs = Inputs {
                    sites: (0..REACHES).step_by(10).map(|e| Site::head(&grid, "works", e)).collect(),
                    loads: (0..REACHES / 10)
                        .flat_map(|site| (0..4).map(move |species| Load { site, species, period: None, kg_s: 1e-3 }))
                        .collect(),
                    ..Inputs::default()
                };
                let work = (REACHES * 4) as f64 * HOURS as f64 * 3600.0 / step_s;
                let mut best = f64::INFINITY;
                for _ in 0..3 {
                    let before = cpu();
                    let run = quality.run(period, &inputs, &[], &RunOptions { books: false, output_s: None }).unwrap();
                    best = best.min(cpu() - before);
                    assert!(run.state_kg.iter().all(|m| *m >= 0.0));
                }
                let weighed = if step_s > 100.0 {
                    let run = quality.run(period, &inputs, &[], &RunOptions::default()).unwrap();
                    let most = |of: fn(&liankong_engine::transport::river::quality::Books) -> f64| {
                        run.books.iter().map(of).fold(0.0, f64::max)
                    };
                    format!("{:.1e} | {:.1e}", most(|b| b.error), most(|b| b.worst_step))
                } else {
                    "– | –".into()
                };
                println!("| {chain_name} | {flow_name} | {step_s} | {:.0} | {weighed} |", work / best * 1e-6);
            }
        }
    }
}
