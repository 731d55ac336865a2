//! Stirred lakes in series.

use super::{ACCEPTED, DAY, chain, element, from_above, keep, steady, studies, study, until};
use liankong_engine::region::network::ReachKind;
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{Kinetics, Quality, RunOptions};

/// Last of three lakes of a day each, three days after the inflow began: 1 − e^(−t) (1 + t + t²/2), t in days (Erlang; Levenspiel
/// 1999, Chemical Reaction Engineering, ch. 14). `layers`: one lake of three days in three layers is the same.
fn error(step_s: f64, layers: bool) -> f64 {
    let lakes = if layers { 1 } else { 3 };
    let network = chain((0..lakes).map(|k| element(&format!("lake{k}"), ReachKind::Lake, 0.0)).collect());
    let flow = steady(&network, 10.0, 10.0 * DAY * f64::from(3 / lakes));
    let grid = Grid::new(&network, &GridOptions { lake_layers: 3 / lakes as usize, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["salt"]);
    let quality = Quality { step_s, ..Quality::new(&grid, &flow, &kinetics) };
    let run = quality.run(until(3 * 86_400), &from_above(&[1.0]), &[], &RunOptions::default()).unwrap();
    let (found, t) = (run.state_kg[2] / (10.0 * DAY), 3.0_f64);
    (found / (1.0 - (-t).exp() * (1.0 + t + t * t / 2.0)) - 1.0).abs()
}

#[test]
fn lakes_in_series_and_layers_of_one_lake_fill_as_erlang_says() {
    let mut table = studies();
    for (title, layers) in [("three lakes", false), ("one lake in three layers", true)] {
        let rows = [7200.0, 3600.0, 1800.0].map(|dt| (format!("{dt} s"), error(dt, layers)));
        let (finest, order) = study(&mut table, title, &rows);
        assert!(finest < ACCEPTED && order > 1.8, "{table}");
    }
    keep("tanks_in_series", &table);
}
