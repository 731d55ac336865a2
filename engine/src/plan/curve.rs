//! What the next step costs: the marginal cost curve, from nothing to the whole of every goal and beyond.
//!
//! ```text
//! C(λ) = least cost so that  now(t) − Σ e(t, j) xⱼ ≤ now(t) − λ (now(t) − limit(t))   every goal that is above its limit
//! C′(λ) = Σₜ price(t) · (now(t) − limit(t))
//! ```
//! C is convex and piecewise linear, so its slopes rise; cost against ambition is the Pareto front of the two. Each step is a
//! change of bounds from the one before.

use super::abatement::{Abatement, MILLION};
use super::solver::{Claim, Session};
use crate::problem::Result;
use serde::Serialize;

/// One point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
    /// λ: 0 nothing, 1 every goal met.
    pub ambition: f64,
    /// CNY a year; none where no plan reaches so far.
    pub cost: Option<f64>,
    /// No plan that does as much costs less, CNY a year.
    pub bound: Option<f64>,
    /// CNY a year per unit of λ.
    pub slope: Option<f64>,
}

/// The curve at these ambitions.
pub fn curve(abatement: &Abatement, ambitions: &[f64]) -> Result<Vec<Step>> {
    let mut session = Session::open(abatement.programme())?;
    let mut steps = Vec::with_capacity(ambitions.len());
    for ambition in ambitions {
        for (t, g) in abatement.goals.iter().enumerate() {
            let whole = g.limit - g.now;
            // What holds already must go on holding.
            session.bound_row(t, f64::NEG_INFINITY, if whole < 0.0 { ambition * whole } else { whole });
        }
        let mut step = Step { ambition: *ambition, cost: None, bound: None, slope: None };
        if let Claim::Optimal { x, y } = session.minimise()? {
            step.cost = Some(abatement.cost(&x));
            step.bound = Some(session.programme().lower_bound(&y) * MILLION);
            let of = |t: usize| (y[t] * (abatement.goals[t].limit - abatement.goals[t].now).min(0.0)).max(0.0);
            step.slope = Some((0..abatement.goals.len()).map(of).sum::<f64>() * MILLION);
        }
        steps.push(step);
    }
    Ok(steps)
}
