//! A real network of 11,248 reaches: the steady matrix of 100 sections, and 30 days at 15 minutes backward with sources binned
//! by day. See `bench/river/README.md`.
//!
//! Takes the folder that holds `RouteLink.nc` and the CHRTOUT files (t-route's Lower Colorado test, Apache-2.0).

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use liankong_engine::region::Quality as Standing;
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, RiverNetwork};
use liankong_engine::transport::river::adjoint;
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{Inputs, Kinetics, Load, Quality, RunOptions, Section, Site};
use netcdf_reader::NcFile;
use std::collections::HashMap;
use std::time::Instant;

const DAYS: usize = 30;
const DAY: f64 = 86_400.0;
const SECTIONS: usize = 100;

fn column(nc: &NcFile, name: &str) -> Vec<f64> {
    nc.read_variable_unpacked_masked(name).expect("the variable is there").iter().copied().collect()
}

fn network(folder: &str) -> RiverNetwork {
    let links = NcFile::open(format!("{folder}/RouteLink.nc")).expect("RouteLink.nc can be read");
    let flows = NcFile::open(format!("{folder}/202108231300.CHRTOUT_DOMAIN1")).expect("CHRTOUT can be read");
    let by_id: HashMap<i64, (f64, f64)> = column(&flows, "feature_id")
        .iter()
        .zip(column(&flows, "streamflow").iter().zip(column(&flows, "velocity")))
        .map(|(id, (q, u))| (*id as i64, (*q, u)))
        .collect();
    let ids: Vec<i64> = column(&links, "link").iter().map(|id| *id as i64).collect();
    let place: HashMap<i64, usize> = ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    let [length, roughness, slope, width] = ["Length", "n", "So", "BtmWdth"].map(|name| column(&links, name));
    let elements = ids.iter().enumerate().map(|(i, id)| Element {
        id: id.to_string(),
        kind: ReachKind::Reach,
        length_m: length[i],
        width_m: Some(width[i]),
        depth_m: None,
        slope: Some(slope[i]),
        manning_n: Some(roughness[i]),
        flow_m3_s: by_id.get(id).map(|f| f.0.max(0.0)),
        velocity_m_s: by_id.get(id).map(|f| f.1).filter(|u| *u > 0.0),
        volume_m3: None,
        member: None,
        course: Vec::new(),
    });
    let to = column(&links, "to");
    let links =
        to.iter().enumerate().map(|(from, to)| Link { from, to: place.get(&(*to as i64)).copied(), share: 1.0 });
    RiverNetwork { elements: elements.collect(), links: links.collect() }
}

/// CPU time of the process and greatest memory, s and MB.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks: Vec<f64> =
        stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|t| t.parse().unwrap()).collect();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    ((ticks[0] + ticks[1]) / 100.0, peak.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0)
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (cpu, clock) = (used().0, Instant::now());
    let done = work();
    let (after, memory) = used();
    println!("| {what} | {:.2} | {:.2} | {memory:.0} |", clock.elapsed().as_secs_f64(), after - cpu);
    done
}

fn main() {
    let folder = std::env::args().nth(1).expect("give the folder of RouteLink.nc");
    let network = network(&folder);
    let n = network.elements.len();
    let dry = network.elements.iter().filter(|e| e.flow_m3_s == Some(0.0)).count();
    println!("{n} reaches, {dry} of them without flow; {} threads\n", rayon::current_num_threads());
    println!("| what | wall s | CPU s | peak memory so far, MB |\n|---|---:|---:|---:|");
    let grid = Grid::new(&network, &GridOptions { cell_m: 1e9, ..GridOptions::default() }).unwrap();
    let flow = Flow::steady(&network).unwrap();
    let sites = || (0..n).map(|e| Site::along(&grid, &network.elements[e].id, e)).collect::<Vec<Site>>();
    let one = Kinetics::conservative(&["NH3-N"]).with_loss(0, 0.1 / DAY, 1.08);
    let chain = Kinetics::conservative(&["NH3-N", "NO3-N", "BOD", "oxygen deficit"])
        .with_conversion(0, &[(1, 1.0), (3, 4.57)], 0.1 / DAY, 1.08)
        .with_loss(1, 0.05 / DAY, 1.04)
        .with_conversion(2, &[(3, 1.0)], 0.2 / DAY, 1.047)
        .with_loss(3, 0.6 / DAY, 1.024);
    // The sections with the greatest flow: those that feel the most.
    let mut greatest: Vec<usize> = (0..n).collect();
    greatest.sort_by(|a, b| network.elements[*b].flow_m3_s.partial_cmp(&network.elements[*a].flow_m3_s).unwrap());
    for (name, kinetics) in [("one species", &one), ("four species", &chain)] {
        let quality = Quality::new(&grid, &flow, kinetics);
        let species = kinetics.species.len();
        let entries = timed(&format!("steady matrix, {SECTIONS} sections, {name}"), || {
            let steady = quality.steady().unwrap();
            let mut weights = vec![0.0; species];
            weights[species - 1] = 1.0;
            let rows: Vec<(u32, Vec<f64>)> =
                greatest[..SECTIONS].iter().map(|e| (grid.first[*e], weights.clone())).collect();
            let mut entries = 0_usize;
            steady.felt(&rows, |_, felt| entries += felt.iter().filter(|v| **v != 0.0).count());
            entries
        });
        println!("| … its entries: {entries} | | | |");
    }
    let hours = DAYS * 24;
    let swing = |h: usize| 1.0 + 0.2 * (std::f64::consts::TAU * h as f64 / 120.0).sin();
    let mean: Vec<f64> = network.elements.iter().map(|e| e.flow_m3_s.unwrap_or(0.0)).collect();
    let discharge: Vec<f64> = (0..hours).flat_map(|h| mean.iter().map(move |q| q * swing(h))).collect();
    let flow = timed("hourly flow of 30 days (CHRTOUT times a swing of a fifth, assumed)", || {
        Flow::series(&network, Time(0), 3600.0, &discharge).unwrap()
    });
    drop(discharge);
    let period = Period { start: Time(0), end: Time((DAYS * 86_400) as i64) };
    let bins: Vec<Period> =
        (0..DAYS as i64).map(|d| Period { start: Time(d * 86_400), end: Time((d + 1) * 86_400) }).collect();
    let quality = Quality { step_s: 900.0, ..Quality::new(&grid, &flow, &one) };
    let inputs = Inputs { sites: sites(), ..Inputs::default() };
    // Every 112th in the table: the 100 sections all over the network.
    let sections: Vec<Section> = (0..SECTIONS)
        .map(|k| {
            let e = k * n / SECTIONS;
            Section { id: network.elements[e].id.clone(), cell: grid.first[e] + grid.count[e] - 1, period }
        })
        .chain([Section { id: "greatest".into(), cell: grid.first[greatest[0]], period }])
        .collect();
    let footprint = timed("footprint: 101 sections' 30-day means, 2,880 steps, sources by day", || {
        adjoint::footprint(&quality, period, &inputs, &sections, &bins, Standing::Standard).unwrap()
    });
    let all = Inputs {
        loads: (0..n).map(|site| Load { site, species: 0, period: None, kg_s: 1e-4 * (1 + site % 7) as f64 }).collect(),
        ..inputs.clone()
    };
    let run = timed("forward run of the same with books", || {
        quality.run(period, &all, &sections, &RunOptions::default()).unwrap()
    });
    let mut worst = 0.0_f64;
    for row in 0..sections.len() {
        let (backward, _) = footprint.functional(row, |c| all.loads[c.site as usize].kg_s);
        let forward = run.means[row][0].unwrap_or(0.0);
        worst = worst.max((forward - backward).abs() / forward.abs().max(backward.abs()).max(1e-30));
    }
    let book = &run.books[0];
    println!(
        "\nforward against backward: {worst:.1e}; mass error of the run {:.1e}, of a step {:.1e}",
        book.error, book.worst_step
    );
}
