//! The oxygen sag of Streeter & Phelps (1925).

use super::{ACCEPTED, DAY, chain, element, from_above, keep, steady, studies, study, until};
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::Place;
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{Kinetics, Quality, RunOptions, Section};
use std::fmt::Write;

const VELOCITY: f64 = 0.5;

/// Deficit after some days, mg L⁻¹: k_d 0.3 and k_a 0.6 per day, L₀ 20 and D₀ 1.
fn sag(days: f64) -> f64 {
    let (kd, ka, l0, d0) = (0.3, 0.6, 20.0, 1.0);
    kd * l0 / (ka - kd) * ((-kd * days).exp() - (-ka * days).exp()) + d0 * (-ka * days).exp()
}

/// Greatest relative error of the deficit at the borders of the days 1 to 4: at rest, or in time.
fn error(cell_m: f64, step_s: Option<f64>) -> f64 {
    let length = 5.0 * DAY * VELOCITY;
    let network = chain(vec![element("r", ReachKind::Reach, length)]);
    let flow = steady(&network, 10.0, 20.0 * length);
    let grid = Grid::new(&network, &GridOptions { cell_m, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["BOD", "deficit"])
        .with_conversion(0, &[(1, 1.0)], 0.3 / DAY, 1.047)
        .with_loss(1, 0.6 / DAY, 1.024);
    let quality = Quality { step_s: step_s.unwrap_or(DAY), ..Quality::new(&grid, &flow, &kinetics) };
    let inputs = from_above(&[20.0, 1.0]);
    let cells: Vec<usize> =
        (1..5).map(|day| grid.cell_at(Place { element: 0, distance_m: f64::from(day) * DAY * VELOCITY })).collect();
    let off = |cell: usize, found: f64| {
        // At rest a cell is a tank, whose value leaves at its foot; in time it stands at its middle.
        let (from, to) = (grid.cells[cell].from_m, grid.cells[cell].to_m);
        let metres = if step_s.is_none() { to } else { 0.5 * (from + to) };
        (found / sag(metres / VELOCITY / DAY) - 1.0).abs()
    };
    if step_s.is_none() {
        let state = quality.steady().unwrap().solve(&inputs).unwrap();
        return cells.iter().map(|c| off(*c, state.kg_m3[c * 2 + 1])).fold(0.0, f64::max);
    }
    let period = until(8 * 86_400);
    let last = Period { start: Time(period.end.0 - 1), end: period.end };
    let sections: Vec<Section> =
        cells.iter().map(|c| Section { id: String::new(), cell: *c as u32, period: last }).collect();
    let run = quality.run(period, &inputs, &sections, &RunOptions::default()).unwrap();
    cells.iter().zip(&run.means).map(|(c, m)| off(*c, m[1].unwrap())).fold(0.0, f64::max)
}

#[test]
fn the_oxygen_sag_meets_streeter_and_phelps() {
    assert!((sag(2.139_51) - 5.263_16).abs() < 1e-5);
    let mut table = studies();
    let rows = [500.0, 250.0, 125.0].map(|dx| (format!("{dx} m"), error(dx, None)));
    let (finest, order) = study(&mut table, "at rest", &rows);
    assert!(finest < ACCEPTED && order > 0.9, "{table}");
    let rows = [(1800.0, 1800.0), (900.0, 900.0), (450.0, 450.0)]
        .map(|(dx, dt)| (format!("{dx} m, {dt} s (Courant 0.5)"), error(dx, Some(dt))));
    let (finest, order) = study(&mut table, "in time", &rows);
    assert!(finest < ACCEPTED && order > 0.9, "{table}");
    let exact = error(900.0, Some(1800.0));
    assert!(exact < 1e-10, "{exact}");
    writeln!(table, "| in time | 900 m, 1800 s (Courant 1) | below 1e-10 | exact |").unwrap();
    keep("streeter_phelps", &table);
}
