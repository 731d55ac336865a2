//! The river against closed solutions, with the observed order of convergence, and the books of a year. Writes
//! `validation/river/table.md` with `LIANKONG_BLESS=1`; otherwise the table there must be the one these runs give.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, Place, RiverNetwork};
use liankong_engine::transport::river::flow::{Flow, Joins};
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{
    Carried, Inflow, Inputs, Kinetics, Load, Quality, RunOptions, Section, Site,
};
use std::f64::consts::PI;
use std::fmt::Write;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/river/table.md");
const DAY: f64 = 86_400.0;

fn element(id: &str, kind: ReachKind, length_m: f64) -> Element {
    Element {
        id: id.into(),
        kind,
        length_m,
        width_m: Some(20.0),
        depth_m: None,
        slope: None,
        manning_n: None,
        flow_m3_s: None,
        velocity_m_s: None,
        volume_m3: None,
        member: None,
        course: Vec::new(),
    }
}

/// Elements one below the other.
fn chain(elements: Vec<Element>) -> RiverNetwork {
    let n = elements.len();
    let links = (0..n).map(|k| Link { from: k, to: (k + 1 < n).then_some(k + 1), share: 1.0 }).collect();
    RiverNetwork { elements, links }
}

/// The same discharge and volume for ever.
fn steady(network: &RiverNetwork, q: f64, volume: f64) -> Flow {
    let (links, volumes) = (vec![q; network.links.len()], vec![volume; 2 * network.elements.len()]);
    Flow::from_parts(network, Time(0), f64::INFINITY, Joins::AtHead, links, volumes).unwrap()
}

fn until(seconds: i64) -> Period {
    Period { start: Time(0), end: Time(seconds) }
}

/// exp(a) erfc(b), b ≥ 0 or a = 0: series near 0, continued fraction (Abramowitz & Stegun 1964, 7.1.5 and 7.1.14) beyond.
fn exp_erfc(a: f64, b: f64) -> f64 {
    if b < 0.0 {
        return 2.0 * a.exp() - exp_erfc(a, -b);
    }
    if b < 2.5 {
        let (mut term, mut sum) = (b, b);
        for k in 1..200 {
            term *= -b * b / f64::from(k);
            sum += term / f64::from(2 * k + 1);
        }
        return a.exp() * (1.0 - 2.0 / PI.sqrt() * sum);
    }
    let tail = (1..200).rev().fold(b, |below, k| b + f64::from(k) / 2.0 / below);
    (a - b * b).exp() / PI.sqrt() / tail
}

#[derive(Clone, Copy, PartialEq)]
enum Inlet {
    Concentration,
    Load,
}

/// v = 0.1 m s⁻¹, D = 10 m² s⁻¹, at x = 1000 m after 14,000 s: v t/x = 1.4 and v x/D = 10 as in the golden value.
fn front(inlet: Inlet) -> f64 {
    let (v, d, x, t) = (0.1, 10.0, 1000.0, 14_000.0_f64);
    let root = 2.0 * (d * t).sqrt();
    let near = exp_erfc(0.0, (x - v * t) / root);
    let far = exp_erfc(v * x / d, (x + v * t) / root);
    match inlet {
        // Ogata & Banks (1961), USGS Prof. Paper 411-A, eq. 13
        Inlet::Concentration => 0.5 * (near + far),
        // Lindstrom et al. (1967), Soil Sci. Soc. Am. Proc. 31:733
        Inlet::Load => {
            0.5 * near + (v * v * t / (PI * d)).sqrt() * (-(x - v * t).powi(2) / (4.0 * d * t)).exp()
                - 0.5 * (1.0 + v * x / d + v * v * t / d) * far
        }
    }
}

fn front_on_a_grid(inlet: Inlet, cell_m: f64, step_s: f64) -> f64 {
    let network = chain(vec![element("r", ReachKind::Reach, 4000.0)]);
    let flow = steady(&network, 1.0, 40_000.0);
    let grid = Grid::new(&network, &GridOptions { cell_m, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["salt"]);
    let held = if inlet == Inlet::Concentration { vec![0] } else { Vec::new() };
    let quality = Quality { dispersion_m2_s: vec![10.0], held, step_s, ..Quality::new(&grid, &flow, &kinetics) };
    let mut inputs = Inputs::default();
    match inlet {
        Inlet::Concentration => {
            inputs.inflows.push(Inflow { id: "above".into(), element: 0 });
            inputs.carried.push(Carried { inflow: 0, species: 0, period: None, kg_m3: 1.0 });
        }
        Inlet::Load => {
            inputs.sites.push(Site::head(&grid, "above", 0));
            inputs.loads.push(Load { site: 0, species: 0, period: None, kg_s: 1.0 });
        }
    }
    // A cell's value stands at its middle: the mean of both beside the place. A second lies inside the last step.
    let last = Period { start: Time(13_999), end: Time(14_000) };
    let sides = [1000.0 - 0.5 * cell_m, 1000.0 + 0.5 * cell_m];
    let sections = sides.map(|distance_m| Section::at(&grid, "s", Place { element: 0, distance_m }, last));
    let run = quality.run(until(14_000), &inputs, &sections, &RunOptions::default()).unwrap();
    run.means.iter().map(|m| m[0].unwrap() / 2.0).sum()
}

/// L and D after τ days: Streeter & Phelps (1925), k_d 0.3 and k_a 0.6 per day, L₀ 20 and D₀ 1.
fn sag(days: f64) -> f64 {
    let (kd, ka, l0, d0) = (0.3, 0.6, 20.0, 1.0);
    kd * l0 / (ka - kd) * ((-kd * days).exp() - (-ka * days).exp()) + d0 * (-ka * days).exp()
}

/// Greatest relative error of the deficit at the borders of the days 1 to 4: at rest, and in time at a Courant number of 1.
fn sag_error(cell_m: f64, at_rest: bool) -> f64 {
    let velocity = 0.5;
    let length = 5.0 * DAY * velocity;
    let network = chain(vec![element("r", ReachKind::Reach, length)]);
    let flow = steady(&network, 10.0, 20.0 * length);
    let grid = Grid::new(&network, &GridOptions { cell_m, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["BOD", "deficit"])
        .with_conversion(0, &[(1, 1.0)], 0.3 / DAY, 1.047)
        .with_loss(1, 0.6 / DAY, 1.024);
    let quality = Quality { step_s: cell_m / velocity, ..Quality::new(&grid, &flow, &kinetics) };
    let inputs = Inputs {
        inflows: vec![Inflow { id: "above".into(), element: 0 }],
        carried: [20.0, 1.0]
            .iter()
            .enumerate()
            .map(|(species, kg_m3)| Carried { inflow: 0, species, period: None, kg_m3: *kg_m3 })
            .collect(),
        ..Inputs::default()
    };
    let cells: Vec<usize> =
        (1..5).map(|day| grid.cell_at(Place { element: 0, distance_m: f64::from(day) * DAY * velocity })).collect();
    let error = |cell: usize, found: f64| {
        // At rest a cell is a tank, whose value leaves at its foot; at a Courant number of 1 it moves on whole.
        let metres =
            if at_rest { grid.cells[cell].to_m } else { 0.5 * (grid.cells[cell].from_m + grid.cells[cell].to_m) };
        (found / sag(metres / velocity / DAY) - 1.0).abs()
    };
    if at_rest {
        let state = quality.steady().unwrap().solve(&inputs).unwrap();
        return cells.iter().map(|c| error(*c, state.kg_m3[c * 2 + 1])).fold(0.0, f64::max);
    }
    let period = until(6 * 86_400);
    let last = Period { start: Time(period.end.0 - 1), end: period.end };
    let sections: Vec<Section> =
        cells.iter().map(|c| Section { id: String::new(), cell: *c as u32, period: last }).collect();
    let run = quality.run(period, &inputs, &sections, &RunOptions::default()).unwrap();
    cells.iter().zip(&run.means).map(|(c, m)| error(*c, m[1].unwrap())).fold(0.0, f64::max)
}

/// Three lakes of a day each: 1 − e^(−t) (1 + t + t²/2) after three days of a constant inflow.
fn tanks_error(step_s: f64) -> f64 {
    let network = chain((0..3).map(|k| element(&format!("lake{k}"), ReachKind::Lake, 0.0)).collect());
    let flow = steady(&network, 10.0, 10.0 * DAY);
    let grid = Grid::new(&network, &GridOptions::default()).unwrap();
    let kinetics = Kinetics::conservative(&["salt"]);
    let quality = Quality { step_s, ..Quality::new(&grid, &flow, &kinetics) };
    let inputs = Inputs {
        inflows: vec![Inflow { id: "above".into(), element: 0 }],
        carried: vec![Carried { inflow: 0, species: 0, period: None, kg_m3: 1.0 }],
        ..Inputs::default()
    };
    let end = 3 * 86_400;
    let run = quality.run(until(end), &inputs, &[], &RunOptions::default()).unwrap();
    let (found, t) = (run.state_kg[2] / (10.0 * DAY), 3.0_f64);
    (found / (1.0 - (-t).exp() * (1.0 + t + t * t / 2.0)) - 1.0).abs()
}

/// A year, hourly: a reach that dries and is wetted, one whose water turns twice a day, a lake, a gate, a loop, with
/// ammonium that is nitrified. The greatest error of a step and that of the year.
fn year() -> (f64, f64, f64) {
    let kinds = [ReachKind::Reach, ReachKind::Lake, ReachKind::Reach, ReachKind::Gate, ReachKind::Reach];
    let elements: Vec<Element> =
        kinds.iter().enumerate().map(|(k, kind)| element(&format!("e{k}"), *kind, 8000.0)).collect();
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
    let grid = Grid::new(&network, &GridOptions { cell_m: 1000.0, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["NH3-N", "deficit"])
        .with_conversion(0, &[(1, 4.57)], 0.2 / DAY, 1.08)
        .with_loss(1, 0.5 / DAY, 1.024);
    let quality = Quality {
        dispersion_m2_s: vec![5.0, 0.0, 30.0, 0.0, 100.0],
        step_s: 3600.0,
        ..Quality::new(&grid, &flow, &kinetics)
    };
    let inputs = Inputs {
        sites: vec![Site::along(&grid, "field", 0), Site::head(&grid, "works", 2)],
        loads: (0..2).map(|site| Load { site, species: 0, period: None, kg_s: 0.05 }).collect(),
        inflows: (0..5).map(|element| Inflow { id: format!("w{element}"), element }).collect(),
        carried: (0..5).map(|inflow| Carried { inflow, species: 0, period: None, kg_m3: 1e-3 }).collect(),
        ..Inputs::default()
    };
    let run = quality.run(until(365 * 86_400), &inputs, &[], &RunOptions::default()).unwrap();
    let most = |of: fn(&liankong_engine::transport::river::quality::Books) -> f64| {
        run.books.iter().map(of).fold(0.0, f64::max)
    };
    (most(|b| b.worst_step), most(|b| b.error), run.least_kg.iter().copied().fold(f64::INFINITY, f64::min))
}

/// Lines of a study with halved grids; gives the error on the finest grid and the last observed order.
fn study(table: &mut String, title: &str, grids: &[(String, f64)], ratio: f64) -> (f64, f64) {
    let mut order = f64::NAN;
    for (k, (grid, error)) in grids.iter().enumerate() {
        let mut shown = String::from("–");
        if k > 0 {
            order = (grids[k - 1].1 / error).ln() / ratio.ln();
            shown = format!("{order:.2}");
        }
        writeln!(table, "| {title} | {grid} | {:.4} % | {shown} |", 100.0 * error).unwrap();
    }
    (grids[grids.len() - 1].1, order)
}

#[test]
fn the_river_meets_the_closed_solutions_and_a_year_of_wetting_drying_and_reversal_closes() {
    assert!((front(Inlet::Concentration) - 0.838_422).abs() < 1e-6, "{}", front(Inlet::Concentration));
    assert!((sag(2.139_51) - 5.263_16).abs() < 1e-5);
    let mut table = String::from(
        "Made by `LIANKONG_BLESS=1 cargo test -p liankong-engine --test suite validation_river`.\n\n| solution | grid | relative error | observed order |\n|---|---|---:|---:|\n",
    );
    let grids = [(40.0, 140.0), (20.0, 35.0), (10.0, 8.75)];
    for (title, inlet) in [("Ogata–Banks, held concentration", Inlet::Concentration), ("Lindstrom, load", Inlet::Load)]
    {
        let rows = grids.map(|(dx, dt)| {
            let error = (front_on_a_grid(inlet, dx, dt) / front(inlet) - 1.0).abs();
            (format!("{dx} m, {dt} s"), error)
        });
        let (error, order) = study(&mut table, title, &rows, 2.0);
        assert!(error < 1e-3 && order > 0.9, "{table}");
    }
    let rows = [2000.0, 1000.0, 500.0, 250.0].map(|dx| (format!("{dx} m, at rest"), sag_error(dx, true)));
    let (error, order) = study(&mut table, "Streeter–Phelps", &rows, 2.0);
    assert!(error < 1e-3 && order > 0.9, "{table}");
    let in_time = sag_error(900.0, false);
    writeln!(table, "| Streeter–Phelps | 900 m, 1800 s (Courant 1) | < 1e-10 | exact |").unwrap();
    assert!(in_time < 1e-10, "{in_time}");
    let rows = [7200.0, 3600.0, 1800.0].map(|dt| (format!("{dt} s"), tanks_error(dt)));
    let (error, order) = study(&mut table, "three tanks in series", &rows, 2.0);
    assert!(error < 1e-3 && order > 1.8, "{table}");
    let (step, whole, least) = year();
    assert!(step <= 1e-12 && whole <= 1e-9 && least >= 0.0, "{step} {whole} {least}");
    table.push_str(
        "\nA year, hourly, with wetting, drying, reversal, a lake, a gate and a loop: mass closes within 1e-12 at every step and 1e-9 over the\nyear, and no mass is negative.\n",
    );
    if std::env::var_os("LIANKONG_BLESS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(TABLE).parent().unwrap()).unwrap();
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap_or_default(), table, "the table would change");
}
