//! Displacement: how far one element of one profile can be moved before the fit pays for it.
//!
//! The element `H_kj`, with contributions of mean one, is held at a value while everything else is fitted anew; the interval
//! at `ΔQ` is where the least `Q` has risen by `ΔQ` (Paatero et al. 2014, Atmos. Meas. Tech. 7:781). What is held is
//! `H_kj · mean(W_k)`, which no scaling of a factor can undo. Along one element `√ΔQ` is nearly straight on either side of
//! the best fit, so that a few secants on it find each level, every fit begun where the last one ended.

use super::descend::{Conditions, Displaced, Fit, Settings, descend};
use super::mapping::matched;
use super::sides::Sides;
use super::{Factors, Measurements};
use rayon::prelude::*;

/// Levels of `ΔQ`, as in EPA PMF 5.
pub const LEVELS: [f64; 4] = [4.0, 8.0, 15.0, 25.0];
/// The levels used on resampled data.
pub const RESAMPLED_LEVELS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

/// The interval of one element of a profile at the levels asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Factor.
    pub factor: usize,
    /// Species.
    pub species: usize,
    /// Value of the best fit, in the units of the table.
    pub value: f64,
    /// Lower end, one a level; nought where the element can vanish.
    pub low: Vec<f64>,
    /// Upper end, one a level; infinite where nothing stops it.
    pub high: Vec<f64>,
    /// Factors that had become another one's at each level, of both ends.
    pub swaps: Vec<usize>,
    /// How far below the best fit a displaced fit came: above a few units the best fit was not the best.
    pub fall: f64,
}

/// Displaces every element of the profiles of some species; `wanted` is empty for all of them.
pub fn displace(
    measurements: &Measurements,
    best: &Fit,
    wanted: &[usize],
    levels: &[f64],
    done: &(dyn Fn() + Sync),
) -> Vec<Interval> {
    displace_on(&Sides::of(measurements), best, wanted, levels, done)
}

pub(super) fn displace_on(
    sides: &Sides,
    best: &Fit,
    wanted: &[usize],
    levels: &[f64],
    done: &(dyn Fn() + Sync),
) -> Vec<Interval> {
    // ΔQ is told against a fit that has come to rest; what is displaced is the plain Q.
    let settings = Settings { robust: None, tolerance: 2e-3, window: 10, most_iterations: 400 };
    let base =
        descend(sides, best.factors.clone(), &Settings { most_iterations: 5000, ..settings }, &Conditions::default());
    let k = best.factors.factors;
    let species: Vec<usize> = if wanted.is_empty() { (0..sides.species.rows).collect() } else { wanted.to_vec() };
    let elements: Vec<(usize, usize)> = (0..k).flat_map(|factor| species.iter().map(move |j| (factor, *j))).collect();
    elements
        .into_par_iter()
        .map(|(factor, species)| {
            let interval = Search { sides, base: &base, settings: &settings, levels, factor, species }.interval();
            done();
            interval
        })
        .collect()
}

/// How near `√ΔQ` must come to its goal.
const NEAR: f64 = 0.05;

struct Search<'a> {
    sides: &'a Sides,
    base: &'a Fit,
    settings: &'a Settings,
    levels: &'a [f64],
    factor: usize,
    species: usize,
}

/// One displaced fit.
struct Trial {
    value: f64,
    /// √ΔQ.
    root: f64,
    factors: Factors,
}

impl Search<'_> {
    fn interval(&self) -> Interval {
        let base = &self.base.factors;
        let value = base.profiles[self.species * base.factors + self.factor] * base.mean(self.factor);
        let mut interval = Interval {
            factor: self.factor,
            species: self.species,
            value,
            low: vec![0.0; self.levels.len()],
            high: vec![f64::INFINITY; self.levels.len()],
            swaps: vec![0; self.levels.len()],
            fall: 0.0,
        };
        // A first step that, with all else fixed, costs one unit of Q.
        let curvature: f64 = (0..self.sides.samples.rows)
            .map(|i| {
                let share =
                    base.contributions[i * base.factors + self.factor] / base.mean(self.factor).max(f64::MIN_POSITIVE);
                self.sides.weight(i, self.species) * share * share
            })
            .sum();
        let step = if curvature > 0.0 { 1.0 / curvature.sqrt() } else { return interval };
        for upwards in [true, false] {
            let mut last = Trial { value, root: 0.0, factors: base.clone() };
            for (level, delta) in self.levels.iter().enumerate() {
                match self.reach(&last, delta.sqrt(), if upwards { step } else { -step }, &mut interval.fall) {
                    Some(trial) => {
                        *(if upwards { &mut interval.high[level] } else { &mut interval.low[level] }) = trial.value;
                        interval.swaps[level] += swapped(base, &trial.factors);
                        last = trial;
                    }
                    None => break,
                }
            }
        }
        interval
    }

    /// The displaced fit at which `√ΔQ` is `goal`; none where it cannot be reached. A fit within [`NEAR`] of it is taken, and its
    /// value carried to the goal along the straight line through it and the fit before it.
    fn reach(&self, from: &Trial, goal: f64, step: f64, fall: &mut f64) -> Option<Trial> {
        // The bracket: where the goal is not yet reached, and where it is passed.
        let mut below = Trial { value: from.value, root: from.root, factors: from.factors.clone() };
        let mut above: Option<Trial> = None;
        let mut step = step * (goal - from.root).max(0.1);
        for _ in 0..40 {
            let next = match &above {
                None => below.value + step,
                Some(above) => {
                    let share = ((goal - below.root) / (above.root - below.root)).clamp(0.1, 0.9);
                    below.value + share * (above.value - below.value)
                }
            };
            let at_nought = next <= 0.0;
            let mut trial = self.trial(next.max(0.0), &below, fall);
            if (trial.root - goal).abs() <= NEAR * goal {
                if trial.root > below.root {
                    trial.value += (trial.value - below.value) * (goal - trial.root) / (trial.root - below.root);
                    (trial.value, trial.root) = (trial.value.max(0.0), goal);
                }
                return Some(trial);
            }
            if trial.root > goal {
                above = Some(trial);
            } else {
                if at_nought {
                    return None;
                }
                // Along the straight line of √ΔQ, at most four times the last step.
                let rise = trial.root - below.root;
                let factor = if rise > 0.0 { 1.05 * (goal - trial.root) / rise } else { 4.0 };
                if above.is_none() {
                    step = (trial.value - below.value) * factor.clamp(0.2, 4.0);
                }
                below = trial;
            }
        }
        above.filter(|a| (a.root - goal).abs() <= 0.25 * goal)
    }

    fn trial(&self, value: f64, from: &Trial, fall: &mut f64) -> Trial {
        let displaced = Some(Displaced { factor: self.factor, species: self.species, value });
        let fit = descend(self.sides, from.factors.clone(), self.settings, &Conditions { displaced, target: None });
        let delta = fit.q_true - self.base.q_true;
        *fall = fall.max(-delta);
        Trial { value, root: delta.max(0.0).sqrt(), factors: fit.factors }
    }
}

/// Factors of `moved` that resemble another one of `base` more than their own.
fn swapped(base: &Factors, moved: &Factors) -> usize {
    let alike = super::mapping::by_contributions(moved, base);
    let order = super::mapping::assign(&alike, base.factors);
    order.iter().enumerate().filter(|(place, row)| place != *row).count()
}

/// A solution with one element of a profile pulled to a value, all else fitted anew: what a constraint costs in `Q`.
pub fn pull(measurements: &Measurements, best: &Fit, settings: &Settings, pulled: Displaced) -> Fit {
    let sides = Sides::of(measurements);
    let conditions = Conditions { displaced: Some(pulled), target: None };
    let mut fit = descend(&sides, best.factors.clone(), &Settings { robust: None, ..*settings }, &conditions);
    fit.factors = matched(&best.factors, &fit.factors).0;
    fit
}
