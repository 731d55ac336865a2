//! A front in a uniform stream: Ogata & Banks (1961) with a held concentration at the inlet, Lindstrom et al. (1967) with a load.

use super::{ACCEPTED, chain, element, from_above, keep, steady, studies, study, until};
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::Place;
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{Inputs, Kinetics, Load, Quality, RunOptions, Section, Site};
use std::f64::consts::PI;

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

/// Seen at 1 km after 14,000 s.
#[derive(Clone, Copy)]
struct Stream {
    /// m s⁻¹.
    v: f64,
    /// m² s⁻¹.
    d: f64,
    /// s⁻¹.
    decay: f64,
}

const X: f64 = 1000.0;
const T: i64 = 14_000;
/// v t/x = 1.4 and v x/D = 10.
const PLAIN: Stream = Stream { v: 0.1, d: 10.0, decay: 0.0 };
/// The same with v and D over a retardation of 1.25, and a decay of 0.2/1.25 over x/v of [`PLAIN`].
const DECAYING: Stream = Stream { v: 0.08, d: 8.0, decay: 1.6e-5 };

/// C/C₀ = ½ [e^((v−w)x/2D) erfc((x−wt)/2√(Dt)) + e^((v+w)x/2D) erfc((x+wt)/2√(Dt))], w = √(v² + 4 λ D): Ogata & Banks
/// (1961), USGS Prof. Paper 411-A; with decay Bear (1972), Dynamics of Fluids in Porous Media, eq. 10.6.24.
fn held_concentration(s: Stream) -> f64 {
    let (t, w) = (T as f64, (s.v * s.v + 4.0 * s.decay * s.d).sqrt());
    let root = 2.0 * (s.d * t).sqrt();
    let near = exp_erfc((s.v - w) * X / (2.0 * s.d), (X - w * t) / root);
    let far = exp_erfc((s.v + w) * X / (2.0 * s.d), (X + w * t) / root);
    0.5 * (near + far)
}

/// Lindstrom et al. (1967), Soil Sci. Soc. Am. Proc. 31:733.
fn held_load(s: Stream) -> f64 {
    let (t, v, d) = (T as f64, s.v, s.d);
    let root = 2.0 * (d * t).sqrt();
    let near = exp_erfc(0.0, (X - v * t) / root);
    let far = exp_erfc(v * X / d, (X + v * t) / root);
    0.5 * near + (v * v * t / (PI * d)).sqrt() * (-(X - v * t).powi(2) / (4.0 * d * t)).exp()
        - 0.5 * (1.0 + v * X / d + v * v * t / d) * far
}

#[derive(Clone, Copy, PartialEq)]
enum Inlet {
    Concentration,
    Load,
}

fn on_a_grid(stream: Stream, inlet: Inlet, cell_m: f64, step_s: f64) -> f64 {
    let network = chain(vec![element("r", ReachKind::Reach, 4000.0)]);
    let flow = steady(&network, 10.0 * stream.v, 40_000.0);
    let grid = Grid::new(&network, &GridOptions { cell_m, ..GridOptions::default() }).unwrap();
    let kinetics = Kinetics::conservative(&["salt"]).with_loss(0, stream.decay, 1.0);
    let held = if inlet == Inlet::Concentration { vec![0] } else { Vec::new() };
    let quality = Quality { dispersion_m2_s: vec![stream.d], held, step_s, ..Quality::new(&grid, &flow, &kinetics) };
    let inputs = match inlet {
        Inlet::Concentration => from_above(&[1.0]),
        Inlet::Load => Inputs {
            sites: vec![Site::head(&grid, "above", 0)],
            loads: vec![Load { site: 0, species: 0, period: None, kg_s: 10.0 * stream.v }],
            ..Inputs::default()
        },
    };
    // A cell's value stands at its middle: the mean of both beside the place. A second lies inside the last step.
    let last = Period { start: Time(T - 1), end: Time(T) };
    let sides = [X - 0.5 * cell_m, X + 0.5 * cell_m];
    let sections = sides.map(|distance_m| Section::at(&grid, "s", Place { element: 0, distance_m }, last));
    let run = quality.run(until(T), &inputs, &sections, &RunOptions::default()).unwrap();
    run.means.iter().map(|m| m[0].unwrap() / 2.0).sum()
}

fn errors(stream: Stream, inlet: Inlet, exact: f64) -> Vec<(String, f64)> {
    [(40.0, 140.0), (20.0, 35.0), (10.0, 8.75)]
        .iter()
        .map(|(dx, dt)| (format!("{dx} m, {dt} s"), (on_a_grid(stream, inlet, *dx, *dt) / exact - 1.0).abs()))
        .collect()
}

#[test]
fn a_front_from_a_held_concentration_meets_ogata_and_banks() {
    let (plain, decaying) = (held_concentration(PLAIN), held_concentration(DECAYING));
    assert!((plain - 0.838_422).abs() < 1e-6 && (decaying - 0.586_973).abs() < 1e-6, "{plain} {decaying}");
    let mut table = studies();
    for (title, stream, exact) in [("conservative", PLAIN, plain), ("retarded and decaying", DECAYING, decaying)] {
        let (error, order) = study(&mut table, title, &errors(stream, Inlet::Concentration, exact));
        assert!(error < ACCEPTED && order > 0.9, "{table}");
    }
    keep("ogata_banks", &table);
}

#[test]
fn a_front_from_a_load_meets_lindstrom() {
    let mut table = studies();
    let (error, order) = study(&mut table, "conservative", &errors(PLAIN, Inlet::Load, held_load(PLAIN)));
    assert!(error < ACCEPTED && order > 0.9, "{table}");
    keep("lindstrom_1967", &table);
}
