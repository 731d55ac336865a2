//! The river against closed solutions, with the observed order of convergence, and the books of a year. Tables:
//! `validation/{ogata_banks,lindstrom_1967,streeter_phelps,tanks_in_series,river_mass}/table.md`, written anew with
//! `LIANKONG_BLESS=1`; otherwise the table there must be the one these runs give.

mod front;
mod sag;
mod tanks;
mod year;

use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, RiverNetwork};
use liankong_engine::transport::river::flow::{Flow, Joins};
use liankong_engine::transport::river::quality::{Carried, Inflow, Inputs};
use std::fmt::Write;

const DAY: f64 = 86_400.0;
/// Greatest relative error on the grid that a table states.
const ACCEPTED: f64 = 1e-3;

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

/// Water of these concentrations comes into the first element, always.
fn from_above(kg_m3: &[f64]) -> Inputs {
    let carried = |(species, kg_m3): (usize, &f64)| Carried { inflow: 0, species, period: None, kg_m3: *kg_m3 };
    Inputs {
        inflows: vec![Inflow { id: "above".into(), element: 0 }],
        carried: kg_m3.iter().enumerate().map(carried).collect(),
        ..Inputs::default()
    }
}

/// Rows of a study whose grids are each twice as fine as the one before; gives the error on the finest and the last
/// observed order.
fn study(table: &mut String, title: &str, grids: &[(String, f64)]) -> (f64, f64) {
    let mut order = f64::NAN;
    for (k, (grid, error)) in grids.iter().enumerate() {
        let mut shown = String::from("–");
        if k > 0 {
            order = (grids[k - 1].1 / error).log2();
            shown = format!("{order:.2}");
        }
        writeln!(table, "| {title} | {grid} | {:.4} % | {shown} |", 100.0 * error).unwrap();
    }
    (grids[grids.len() - 1].1, order)
}

/// Heading of a table of studies.
fn studies() -> String {
    "| case | grid | relative error | observed order |\n|---|---|---:|---:|\n".into()
}

/// Holds the table of a folder against the one just made, or writes it.
fn keep(folder: &str, table: &str) {
    let path = format!("{}/../validation/{folder}/table.md", env!("CARGO_MANIFEST_DIR"));
    let table = format!(
        "<!-- Made by engine/tests/suite/validation_river; LIANKONG_BLESS=1 writes it anew. -->\nLiankong {}\n\n{table}",
        env!("CARGO_PKG_VERSION")
    );
    if std::env::var("LIANKONG_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(&path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), table, "validation/{folder}/table.md would change");
}
