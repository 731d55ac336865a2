//! The reactions of every cell over a step, ready for the sweep.
//!
//! P = exp(A t) is formed as e^(−μh) exp((A + μI) h), squared as often as h was halved, μ the greatest loss: every term of
//! the Taylor series is then ≥ 0 and at most 1 after each factor, so rounding makes neither a negative mass nor an overflow
//! (uniformisation; Moler & Van Loan 2003, SIAM Rev. 45:3, methods 3 and 8).

use super::kinetics::{Kinetics, Surroundings};
use super::sweep::Reactions;
use crate::transport::river::flow::Flow;
use crate::transport::river::grid::Grid;

/// Water temperature, °C.
#[derive(Debug, Clone, PartialEq)]
pub enum Temperature {
    /// Everywhere and always.
    Same(f64),
    /// Of each element.
    ByElement(Vec<f64>),
    /// Of each frame of the flow, everywhere.
    ByFrame(Vec<f64>),
}

impl Temperature {
    /// In an element, in a frame.
    pub fn at(&self, frame: usize, element: usize) -> f64 {
        let of = |list: &[f64], at: usize| list.get(at).or(list.last()).copied().unwrap_or(20.0);
        match self {
            Temperature::Same(t) => *t,
            Temperature::ByElement(list) => of(list, element),
            Temperature::ByFrame(list) => of(list, frame),
        }
    }
}

/// What a cell of an element is like in a frame.
pub fn surroundings(flow: &Flow, temperature: &Temperature, frame: usize, element: usize) -> Surroundings {
    Surroundings {
        temperature_c: temperature.at(frame, element),
        velocity_m_s: flow.velocity_m_s(frame, element).unwrap_or(0.0).abs(),
        depth_m: flow.depth_m(frame, element),
    }
}

/// Whether the reactions differ from frame to frame, and from element to element.
pub fn varies(kinetics: &Kinetics, flow: &Flow, temperature: &Temperature) -> (bool, bool) {
    let (by_flow, by_temperature) = (kinetics.depends_on_flow(), kinetics.depends_on_temperature());
    let frames = !flow.is_steady() && (by_flow || by_temperature && matches!(temperature, Temperature::ByFrame(_)));
    (frames, by_flow || by_temperature && matches!(temperature, Temperature::ByElement(_)))
}

impl<const N: usize> Reactions<N> {
    /// Those of a frame over steps of `step_s`. Species beyond those of the chain are inert.
    pub fn new(
        grid: &Grid,
        flow: &Flow,
        kinetics: &Kinetics,
        temperature: &Temperature,
        frame: usize,
        step_s: f64,
    ) -> Reactions<N> {
        let by_element = varies(kinetics, flow, temperature).1;
        let states = if by_element { flow.elements() } else { 1 };
        let mut reactions = Reactions {
            which: grid.cells.iter().map(|c| if by_element { c.element } else { 0 }).collect(),
            half: Vec::with_capacity(states),
            full: Vec::with_capacity(states),
            diagonal: kinetics.is_diagonal(),
        };
        for element in 0..states {
            let a = rates::<N>(kinetics, surroundings(flow, temperature, frame, element));
            let half = propagator(&a, step_s / 2.0);
            reactions.full.push(product(&half, &half));
            reactions.half.push(half);
        }
        reactions
    }
}

/// A of d m/dt = A m, s⁻¹, as `[to][from]`.
pub fn rates<const N: usize>(kinetics: &Kinetics, around: Surroundings) -> [[f64; N]; N] {
    let mut a = [[0.0; N]; N];
    kinetics.terms(around).into_iter().for_each(|(to, from, k)| a[to][from] += k);
    a
}

/// exp(A t) without a negative element; A has none off its diagonal.
pub fn propagator<const N: usize>(a: &[[f64; N]; N], t: f64) -> [[f64; N]; N] {
    let diagonal = (0..N).all(|i| (0..N).all(|j| i == j || a[i][j] == 0.0));
    if diagonal {
        return std::array::from_fn(|i| std::array::from_fn(|j| if i == j { (a[i][i] * t).exp() } else { 0.0 }));
    }
    let fastest = (0..N).map(|i| -a[i][i]).fold(0.0, f64::max);
    let size = (0..N).map(|i| (0..N).map(|j| a[i][j].abs()).sum::<f64>()).fold(fastest, f64::max);
    let halvings = (size * t / 0.5).max(1.0).log2().ceil().clamp(0.0, 1000.0) as i32;
    let h = t / 2f64.powi(halvings);
    let mut step = *a;
    (0..N).for_each(|i| step[i][i] += fastest);
    step.iter_mut().flatten().for_each(|x| *x *= h);
    let identity: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    let (mut sum, mut term) = (identity, identity);
    for k in 1..=24 {
        term = product(&term, &step);
        term.iter_mut().flatten().for_each(|x| *x /= f64::from(k));
        sum.iter_mut().flatten().zip(term.iter().flatten()).for_each(|(s, t)| *s += t);
        if term.iter().flatten().all(|t| *t < 1e-19) {
            break;
        }
    }
    let factor = (-fastest * h).exp();
    sum.iter_mut().flatten().for_each(|x| *x *= factor);
    for _ in 0..halvings {
        sum = product(&sum, &sum);
    }
    sum
}

fn product<const N: usize>(a: &[[f64; N]; N], b: &[[f64; N]; N]) -> [[f64; N]; N] {
    let mut out = [[0.0; N]; N];
    for i in 0..N {
        for k in 0..N {
            for j in 0..N {
                out[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    out
}
