//! One answer to a question without a region, with everything that arithmetic can say of it.
//!
//! Where effects add and shares are continuous the programme is linear: its prices are the goals' prices, and weak duality
//! bounds the cost. Where measures stack or come in lumps the search of [`super::stack`] bounds it, and a price is that of
//! the linear programme around the plan found (stacks replaced by their slopes, lumps and least sizes held).

use super::abatement::{Abatement, Coupling, MILLION};
use super::budget;
use super::solver::{Claim, minimise};
use super::stack::{self, Search, Stacked};
use crate::problem::Result;
use serde::Serialize;

/// A plan is proved when no row is broken, and no cheaper plan is possible, by more than this share.
pub const PROVED: f64 = 1e-6;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// `optimal`, `interval` (the search of stacks and lumps ended before its gap was closed), `infeasible` (proved; the
    /// plan given spares the worst-off goal most, then the next, then money) or `unproved`.
    pub status: &'static str,
    /// Share of each decision.
    pub x: Vec<f64>,
    /// CNY a year.
    pub cost: f64,
    /// No plan that does as much costs less, CNY a year.
    pub bound: f64,
    /// (cost − bound) / cost.
    pub gap: f64,
    /// Value of each goal under the plan, evaluated from the shares alone.
    pub values: Vec<f64>,
    /// What one unit of limit more would save, CNY a year; 0 at a goal that stays missed.
    pub prices: Vec<f64>,
    /// Greatest miss, as a share of its goal's yardstick; what a coupling is broken by counts too.
    pub max_violation: f64,
}

/// Answers. `stop` is asked between programmes.
pub fn answer(asked: &Stacked, search: Search, stop: &dyn Fn() -> bool) -> Result<Answer> {
    if asked.stacks.is_empty() && asked.lumps.is_empty() && asked.least.is_empty() {
        return linear(&asked.plain, stop);
    }
    let found = stack::solve(asked, search, stop)?;
    if found.x.is_empty() {
        let nothing: Vec<f64> = asked.plain.decisions.iter().map(|d| d.floor).collect();
        let cost = asked.plain.cost(&nothing);
        return Ok(Answer {
            status: found.status,
            prices: vec![0.0; asked.plain.goals.len()],
            ..told(asked, nothing, cost)
        });
    }
    let prices = match minimise(&around(asked, &found.x).programme())? {
        Claim::Optimal { y, .. } => goal_prices(&asked.plain, &y),
        Claim::Infeasible => vec![0.0; asked.plain.goals.len()],
    };
    let mut answer = told(asked, found.x, found.bound);
    answer.status = if answer.max_violation > PROVED { "unproved" } else { found.status };
    answer.prices = prices;
    Ok(answer)
}

fn linear(abatement: &Abatement, stop: &dyn Fn() -> bool) -> Result<Answer> {
    let stacked = Stacked { plain: abatement.clone(), ..Stacked::default() };
    let programme = abatement.programme();
    if let Claim::Optimal { x, y } = minimise(&programme)? {
        let mut answer = told(&stacked, x, programme.lower_bound(&y) * MILLION);
        answer.prices = goal_prices(abatement, &programme.proper_prices(&y));
        let proved = answer.max_violation <= PROVED && answer.gap.abs() <= PROVED;
        answer.status = if proved { "optimal" } else { "unproved" };
        return Ok(answer);
    }
    let fair = budget::fairest(abatement, None, stop)?;
    let mut answer = told(&stacked, fair.x, fair.cost_bound);
    answer.status = if fair.miss_bound > 0.0 { "infeasible" } else { "unproved" };
    answer.prices = fair.prices;
    Ok(answer)
}

/// Value, cost and misses, from the shares alone.
fn told(asked: &Stacked, x: Vec<f64>, bound: f64) -> Answer {
    let plain = &asked.plain;
    let cost = plain.cost(&x);
    let gap = if cost > 0.0 { (cost - bound) / cost } else { 0.0 };
    let values: Vec<f64> = (0..plain.goals.len()).map(|t| asked.value(t, &x)).collect();
    let max_violation = asked.greatest_miss(&x).max(plain.greatest_breach(&x));
    Answer { status: "unproved", x, cost, bound, gap, values, prices: Vec::new(), max_violation }
}

/// CNY a year per unit of limit.
pub fn goal_prices(abatement: &Abatement, y: &[f64]) -> Vec<f64> {
    (0..abatement.goals.len()).map(|t| (-y[t] * MILLION).max(0.0)).collect()
}

/// The linear question around a plan: every stack by its slopes there, lumps and least sizes held.
fn around(asked: &Stacked, x: &[f64]) -> Abatement {
    let mut plain = asked.plain.clone();
    for stack in &asked.stacks {
        for (t, worth) in &stack.worth {
            let mut constant = worth * (1.0 - stack.left(x));
            for (k, (j, efficiency)) in stack.terms.iter().enumerate() {
                let others = stack.terms.iter().enumerate().filter(|(o, _)| *o != k);
                let slope = worth * efficiency * others.map(|(_, (o, e))| 1.0 - e * x[*o]).product::<f64>();
                plain.goals[*t].effects.push((*j, slope));
                constant -= slope * x[*j];
            }
            plain.goals[*t].now -= constant;
        }
    }
    let held = asked.lumps.iter().map(|(j, _)| *j).chain(asked.least.iter().map(|(j, _)| *j));
    for j in held {
        (plain.decisions[j].floor, plain.decisions[j].upper) = (x[j], x[j]);
    }
    plain
}

/// The same question with each member's cost capped at `cap · weight`, CNY a year (weights: people, or product).
pub fn capped(abatement: &Abatement, weights: &[f64], cap: f64) -> Abatement {
    let mut capped = abatement.clone();
    for (m, weight) in weights.iter().enumerate() {
        let own = abatement.decisions.iter().enumerate().filter(|(_, d)| d.member == Some(m));
        let terms: Vec<(usize, f64)> = own.map(|(j, d)| (j, d.cost / MILLION)).collect();
        capped.couplings.push(Coupling { most: cap * weight / MILLION, terms });
    }
    capped
}
