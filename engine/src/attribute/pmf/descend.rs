//! The alternation: contributions given profiles, profiles given contributions, each exactly, with extrapolation and restart.
//!
//! After each half the new matrix is carried on along its last step, `Y = max(0, X⁺ + β (X⁺ − X))`, and the other half is
//! solved against `Y` (Ang and Gillis 2019, Neural Comput. 31:417, algorithm 3). `β` grows while `Q` falls and is cut back when
//! it rises; the step that made it rise is taken without extrapolation.

use super::nonnegative::{Extra, held, solve};
use super::sides::{LANES, Side, Sides};
use super::{Factors, MOST_FACTORS, Measurements};
use crate::problem::{Error, Result};

/// How a solution is sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Scaled residual beyond which an entry is weighed down; none for the plain `Q`.
    pub robust: Option<f64>,
    /// The alternation has converged when `Q` falls by less than this (or by what rounding of `Σ w v²` lets be seen) …
    pub tolerance: f64,
    /// … over this many iterations.
    pub window: usize,
    /// It is given up after this many.
    pub most_iterations: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { robust: None, tolerance: 0.02, window: 20, most_iterations: 5000 }
    }
}

/// The scaled residual beyond which EPA PMF weighs an entry down, and with which its robust `Q` is told.
pub const ALPHA: f64 = 4.0;

/// `Q` is told as a difference from `Σ w v²`, and no change below this part of it can be seen.
const ROUNDING_OF_Q: f64 = 1e-13;

/// One solution.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The factors.
    pub factors: Factors,
    /// `Q` with every entry's full weight.
    pub q_true: f64,
    /// `Q` with outliers weighed down.
    pub q_robust: f64,
    /// Iterations.
    pub iterations: usize,
    /// Whether `Q` had come to rest.
    pub converged: bool,
}

/// Fits factors to measurements from a start.
///
/// # Errors
///
/// A number of factors that the measurements cannot carry, or a start of another shape.
pub fn fit(measurements: &Measurements, start: Factors, settings: &Settings) -> Result<Fit> {
    let (n, m, k) = (measurements.samples(), measurements.species(), start.factors);
    if k == 0 || k > MOST_FACTORS || k > n.min(m) {
        return Err(Error::Stage(format!(
            "{k} factors were asked of {n} samples and {m} species; from 1 to {} can be had",
            MOST_FACTORS.min(n).min(m)
        )));
    }
    if start.contributions.len() != n * k || start.profiles.len() != m * k {
        return Err(Error::Stage(format!("the start is not of {n} samples, {m} species and {k} factors")));
    }
    Ok(descend(&Sides::of(measurements), start, settings, &Conditions::default()))
}

/// What a solution must obey beside `Q`.
#[derive(Clone, Copy, Default)]
pub(super) struct Conditions<'a> {
    /// An element of the normalised profiles held at a value.
    pub displaced: Option<Displaced>,
    /// Contributions drawn towards a target: the weight and samples × factors.
    pub target: Option<(f64, &'a [f64])>,
}

/// The part of a factor that is held: `H_kj × mean(W_k)`, its profile in the units of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displaced {
    /// Factor.
    pub factor: usize,
    /// Species.
    pub species: usize,
    /// Value.
    pub value: f64,
}

/// Extrapolation: how far, how far at most, and how these change (Ang and Gillis, table 1).
struct Momentum {
    beta: f64,
    most: f64,
}

impl Momentum {
    const GROWTH: f64 = 1.05;
    const GROWTH_OF_MOST: f64 = 1.01;
    const CUT: f64 = 1.5;

    fn went_well(&mut self) {
        self.most = (self.most * Self::GROWTH_OF_MOST).min(1.0);
        self.beta = (self.beta * Self::GROWTH).min(self.most);
    }

    fn went_ill(&mut self) {
        self.most = self.beta;
        self.beta /= Self::CUT;
    }
}

/// The alternation under conditions.
pub(super) fn descend(sides: &Sides, mut start: Factors, settings: &Settings, conditions: &Conditions<'_>) -> Fit {
    let all = (1u32 << start.factors) - 1;
    if let Some(Displaced { factor, species, value }) = conditions.displaced {
        // The start obeys the condition by its profile; by its contributions, a small element would scale them manyfold.
        let mean = start.mean(factor);
        start.profiles[species * start.factors + factor] = if mean > 0.0 { value / mean } else { 0.0 };
    }
    let mut halves = Halves {
        passive_samples: vec![all; sides.samples.rows],
        passive_species: vec![all; sides.species.rows],
        multiplier: 0.0,
        slope: 0.0,
        conditions,
    };
    let mut reweighed = settings.robust.map(|alpha| {
        let mut sides = sides.clone();
        sides.reweigh(&start, alpha);
        sides
    });
    // What is solved against; the last solutions; the new ones.
    let (mut ahead, mut now, mut new) = (start.clone(), start.clone(), start);
    let mut momentum = Momentum { beta: 0.5, most: 1.0 };
    let tolerance = settings.tolerance.max(ROUNDING_OF_Q * sides.constant);
    let mut course: Vec<f64> = Vec::new();
    let mut converged = false;
    while course.len() < settings.most_iterations && !converged {
        let weighed = reweighed.as_ref().unwrap_or(sides);
        halves.contributions(weighed, &ahead.profiles, &mut new);
        carry_on(&mut ahead.contributions, &now.contributions, &new.contributions, momentum.beta);
        let gain = halves.profiles(weighed, &ahead.contributions, &mut new);
        std::mem::swap(&mut ahead.profiles, &mut new.profiles);
        // `ahead` is now the pair that `Q` is told of; the new profiles stand in it.
        let q = match settings.robust {
            Some(alpha) => sides.huber(&ahead, alpha),
            None => weighed.constant - gain,
        } + conditions.target.map_or(0.0, |(weight, target)| weight * distance(&ahead.contributions, target));
        let rose = course.last().is_some_and(|last| q > *last);
        if rose {
            momentum.went_ill();
            ahead.contributions.copy_from_slice(&new.contributions);
        }
        new.profiles.copy_from_slice(&ahead.profiles);
        if !rose {
            carry_on(&mut ahead.profiles, &now.profiles, &new.profiles, momentum.beta);
            momentum.went_well();
        }
        now.contributions.copy_from_slice(&ahead.contributions);
        now.profiles.copy_from_slice(&new.profiles);
        if let (Some(alpha), Some(weighed)) = (settings.robust, reweighed.as_mut()) {
            weighed.reweigh(&now, alpha);
        }
        course.push(q);
        let before = course.len().checked_sub(settings.window + 1).map(|then| course[then]);
        converged = !rose && before.is_some_and(|before| (before - q).abs() < tolerance);
    }
    let weighed = reweighed.as_ref().unwrap_or(sides);
    halves.contributions(weighed, &now.profiles, &mut new);
    now.contributions.copy_from_slice(&new.contributions);
    halves.profiles(weighed, &now.contributions, &mut new);
    now.profiles.copy_from_slice(&new.profiles);
    Fit {
        q_true: sides.q(&now),
        q_robust: sides.q_robust(&now, settings.robust.unwrap_or(ALPHA)),
        iterations: course.len(),
        converged,
        factors: now,
    }
}

/// `to = max(0, new + β (new − old))`.
fn carry_on(to: &mut [f64], old: &[f64], new: &[f64], beta: f64) {
    for ((to, old), new) in to.iter_mut().zip(old).zip(new) {
        *to = (new + beta * (new - old)).max(0.0);
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The two exact halves, and what each remembers from turn to turn.
struct Halves<'a> {
    passive_samples: Vec<u32>,
    passive_species: Vec<u32>,
    /// Of the condition on a mean contribution, and how the mean rises with it; nought where not known yet.
    multiplier: f64,
    slope: f64,
    conditions: &'a Conditions<'a>,
}

impl Halves<'_> {
    /// Contributions given profiles.
    fn contributions(&mut self, sides: &Sides, profiles: &[f64], new: &mut Factors) {
        let k = new.factors;
        let mut extra = Extra::default();
        let pull: Vec<f64>;
        if let Some((weight, target)) = self.conditions.target {
            pull = target.iter().map(|t| weight * t).collect();
            extra = Extra { ridge: weight, pull: &pull, ..extra };
        }
        let displaced = self.conditions.displaced.filter(|d| d.value > 0.0 && profiles[d.species * k + d.factor] > 0.0);
        let Some(displaced) = displaced else {
            solve(&sides.samples, k, profiles, extra, &mut self.passive_samples, &mut new.contributions);
            return;
        };
        // The mean of the displaced factor's contributions must be `value / H_kj`: one multiplier on that factor, found by
        // secants on a function that only rises and is straight between changes of the passive sets. It need not be found
        // closely: the other half sets `H_kj` from the mean as it is, and the next turn goes on from here.
        let wanted = displaced.value / profiles[displaced.species * k + displaced.factor];
        let mut shift = [0.0; MOST_FACTORS];
        let mut mean_at = |multiplier: f64, passive: &mut [u32], new: &mut Factors| {
            shift[displaced.factor] = multiplier;
            solve(&sides.samples, k, profiles, Extra { shift: &shift[..k], ..extra }, passive, &mut new.contributions);
            new.mean(displaced.factor) - wanted
        };
        let mut here = self.multiplier;
        let mut off = mean_at(here, &mut self.passive_samples, new);
        for _ in 0..8 {
            if off.abs() <= 1e-5 * wanted {
                break;
            }
            let step =
                if self.slope > 0.0 { -off / self.slope } else { first_step(sides, profiles, k, displaced.factor) };
            if step == 0.0 || !step.is_finite() {
                break;
            }
            let then = mean_at(here + step, &mut self.passive_samples, new);
            let slope = (then - off) / step;
            // Where the mean does not rise the step was too small for it; the next is longer.
            self.slope = if slope > 0.0 { slope } else { 0.25 * self.slope };
            (here, off) = (here + step, then);
        }
        self.multiplier = here;
    }

    /// Profiles given contributions; by how much `Q` falls below its constant.
    fn profiles(&mut self, sides: &Sides, contributions: &[f64], new: &mut Factors) -> f64 {
        let k = new.factors;
        let extra = Extra::default();
        let mut gain = solve(&sides.species, k, contributions, extra, &mut self.passive_species, &mut new.profiles);
        if let Some(Displaced { factor, species, value }) = self.conditions.displaced {
            let samples = contributions.len() / k;
            let mean = contributions.iter().skip(factor).step_by(k).sum::<f64>() / samples as f64;
            let value = if mean > 0.0 { value / mean } else { 0.0 };
            let (gram, right) = row_of(&sides.species, species, contributions, k);
            let row = &mut new.profiles[species * k..][..k];
            gain -= fall(&gram, &right, row);
            held(&gram, &right, k, factor, value, row);
            gain += fall(&gram, &right, row);
        }
        gain
    }
}

/// A first step for the multiplier: a thousandth of the mean curvature of one factor's contributions.
fn first_step(sides: &Sides, profiles: &[f64], factors: usize, factor: usize) -> f64 {
    let side = &sides.samples;
    let sum: f64 = (0..side.rows)
        .map(|row| {
            let of = |c: usize| side.weights[(row / LANES * side.common + c) * LANES + row % LANES];
            (0..side.common)
                .map(|c| of(c) * profiles[c * factors + factor] * profiles[c * factors + factor])
                .sum::<f64>()
        })
        .sum();
    1e-3 * sum / side.rows as f64
}

/// By how much the objective of one row falls below its constant, `2 b·x − xᵀ G x`.
fn fall(gram: &[f64], right: &[f64], x: &[f64]) -> f64 {
    let rows = gram.chunks_exact(x.len()).zip(right).zip(x);
    rows.map(|((g, b), x_k)| x_k * (2.0 * b - g.iter().zip(x).map(|(g, x)| g * x).sum::<f64>())).sum()
}

/// The normal equations of one row.
fn row_of(side: &Side, row: usize, other: &[f64], k: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut gram, mut right) = (vec![0.0; k * k], vec![0.0; k]);
    for (c, o) in other.chunks_exact(k).enumerate() {
        let at = (row / LANES * side.common + c) * LANES + row % LANES;
        for a in 0..k {
            right[a] += side.weighted[at] * o[a];
            for b in 0..k {
                gram[a * k + b] += side.weights[at] * o[a] * o[b];
            }
        }
    }
    (gram, right)
}
