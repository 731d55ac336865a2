//! The books of a year with everything that breaks books.

use super::{DAY, element, keep, until};
use liankong_engine::region::calendar::Time;
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Link, RiverNetwork};
use liankong_engine::transport::river::flow::{Flow, Joins};
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{
    Carried, Inflow, Inputs, Kinetics, Load, Quality, Run, RunOptions, Site,
};
use std::f64::consts::PI;
use std::fmt::Write;

/// A year, hourly: a reach that dries and is wetted each month, two whose water turns twice a day, a lake in three layers
/// whose level moves, a gate, a loop; ammonium is nitrified and takes oxygen.
fn year() -> Run {
    let kinds = [ReachKind::Reach, ReachKind::Lake, ReachKind::Reach, ReachKind::Gate, ReachKind::Reach];
    let elements = kinds.iter().enumerate().map(|(k, kind)| element(&format!("e{k}"), *kind, 8000.0)).collect();
    let link = |from, to, share| Link { from, to, share };
    let links = vec![
        link(0, Some(1), 1.0),
        link(1, Some(2), 0.7),
        link(1, Some(3), 0.3),
        link(2, Some(4), 1.0),
        link(3, Some(4), 1.0),
        link(4, Some(0), 0.1),
        link(4, None, 0.9),
    ];
    let network = RiverNetwork { elements, links };
    let (frames, frame_s) = (365 * 24, 3600.0);
    let day = |f: usize| f as f64 / 24.0;
    let wet = |f: usize| (2.0 * PI * day(f) / 30.0).sin().max(0.0);
    let tide = |f: usize| (2.0 * PI * day(f) * 1.93).sin();
    let (mut links, mut volumes) = (Vec::new(), Vec::new());
    for f in 0..=frames {
        volumes.extend([4e5 * wet(f), 5e6 * (1.0 + 0.3 * wet(f)), 6e5, 0.0, 8e5 * (1.0 + 0.2 * tide(f))]);
        if f < frames {
            let q = 12.0 * wet(f);
            links.extend([q, 8.0, 3.0 * tide(f), 8.0 + 20.0 * tide(f), 3.0, 0.5, 9.0 + 25.0 * tide(f)]);
        }
    }
    let flow = Flow::from_parts(&network, Time(0), frame_s, Joins::Along, links, volumes).unwrap();
    let options = GridOptions { cell_m: 1000.0, lake_layers: 3, ..GridOptions::default() };
    let grid = Grid::new(&network, &options).unwrap();
    let kinetics = Kinetics::conservative(&["NH3-N", "oxygen deficit"])
        .with_conversion(0, &[(1, 4.57)], 0.2 / DAY, 1.08)
        .with_loss(1, 0.5 / DAY, 1.024);
    let quality = Quality {
        dispersion_m2_s: vec![5.0, 0.0, 30.0, 0.0, 100.0],
        step_s: 3600.0,
        ..Quality::new(&grid, &flow, &kinetics)
    };
    let load = |site, species, kg_s| Load { site, species, period: None, kg_s };
    let inputs = Inputs {
        sites: vec![Site::along(&grid, "field", 0), Site::head(&grid, "works", 2), Site::along(&grid, "weeds", 4)],
        // Photosynthesis in the last reach takes deficit away, so that it may go below zero.
        loads: vec![load(0, 0, 0.05), load(1, 0, 0.05), load(2, 1, -0.4)],
        inflows: (0..5).map(|element| Inflow { id: format!("w{element}"), element }).collect(),
        carried: (0..5).map(|inflow| Carried { inflow, species: 0, period: None, kg_m3: 1e-3 }).collect(),
        ..Inputs::default()
    };
    quality.run(until(365 * 86_400), &inputs, &[], &RunOptions::default()).unwrap()
}

#[test]
fn the_mass_of_a_year_of_wetting_drying_and_reversal_closes_and_none_is_negative_but_a_deficit() {
    let run = year();
    let mut table = String::from(
        "| species | greatest error of a step | error of the year | least mass in a cell |\n|---|---:|---:|---:|\n",
    );
    for (book, least) in run.books.iter().zip(&run.least_kg) {
        assert!(book.worst_step <= 1e-12 && book.error <= 1e-9, "{book:?}");
        // Rounding differs between machines; the table says which power of ten bounds it.
        let below = |e: f64| format!("below 1e{}", e.max(1e-16).log10().floor() as i32 + 1);
        let shown = if *least < 0.0 { "below 0" } else { "0 or more" };
        writeln!(table, "| {} | {} | {} | {shown} |", book.species, below(book.worst_step), below(book.error)).unwrap();
    }
    assert!(run.least_kg[0] >= 0.0, "ammonium: {}", run.least_kg[0]);
    assert!(run.least_kg[1] < 0.0, "the deficit was never put to the proof: {}", run.least_kg[1]);
    assert_eq!(run.steps, 8760);
    keep("river_mass", &table);
}
