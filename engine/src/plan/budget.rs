//! The best result for a budget, and the fairest.
//!
//! ```text
//! least sum   minimise Σ missₜ        fairest   minimise the greatest miss, then the next greatest, …, then the cost
//! so that     now(t) − Σ e(t, j) xⱼ ≤ limit(t) + missₜ · yardstick(t),    Σ cⱼ xⱼ ≤ budget
//! ```
//! The fairest is the lexicographic minimax (Ogryczak 1997, Eur. J. Oper. Res. 100:148): goals whose row has a price at the
//! least greatest miss are held there, and the rest go on. Without a budget it is the plan that comes nearest where not every
//! goal can be met. A goal that must be missed may be missed by a ten-thousandth of its yardstick more: no reading can tell,
//! and without it the plan pays without end for the last digits.

use super::abatement::{Abatement, MILLION};
use super::programme::Programme;
use super::solver::{Claim, minimise};
use crate::problem::{Error, Result};
use serde::Serialize;

const NO_MISS: f64 = 1e-9;
const ROOM: f64 = 1e-4;

/// A plan within a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// Share of each decision.
    pub x: Vec<f64>,
    /// CNY a year.
    pub cost: f64,
    /// Miss of each goal, as a share of its yardstick.
    pub misses: Vec<f64>,
    /// No plan within the budget has a smaller sum (least sum) or greatest miss (fairest).
    pub miss_bound: f64,
    /// No plan with these misses costs less, CNY a year.
    pub cost_bound: f64,
    /// What one unit of limit more would save, CNY a year; 0 at a missed goal.
    pub prices: Vec<f64>,
}

/// The least sum of misses for `budget` CNY a year.
pub fn least_sum(abatement: &Abatement, budget: f64, stop: &dyn Fn() -> bool) -> Result<Best> {
    heard(stop)?;
    let n = abatement.decisions.len();
    let mut programme = abatement.soft_programme(&vec![1.0; abatement.goals.len()]);
    programme.cost[..n].fill(0.0);
    spend(abatement, &mut programme, Some(budget));
    let Claim::Optimal { x, y } = minimise(&programme)? else { return Err(too_small(abatement, budget)) };
    let allowed: Vec<f64> = x[n..].iter().map(|m| m + NO_MISS).collect();
    settle(abatement, &allowed, Some(budget), programme.lower_bound(&y).max(0.0), &x[..n])
}

/// The fairest misses, within a budget if there is one, then the least cost.
pub fn fairest(abatement: &Abatement, budget: Option<f64>, stop: &dyn Fn() -> bool) -> Result<Best> {
    let n = abatement.decisions.len();
    let mut held: Vec<Option<f64>> = vec![None; abatement.goals.len()];
    let (mut first, mut last) = (None, vec![0.0; n]);
    while held.iter().any(Option::is_none) {
        heard(stop)?;
        let programme = greatest(abatement, &held, budget);
        let Claim::Optimal { x, y } = minimise(&programme)? else {
            match budget {
                Some(budget) if first.is_none() => return Err(too_small(abatement, budget)),
                _ => break,
            }
        };
        first.get_or_insert(programme.lower_bound(&y).max(0.0));
        last = x[..n].to_vec();
        let miss = x[n];
        if miss <= NO_MISS {
            break;
        }
        let price = |t: usize| y[t].abs() * abatement.goals[t].yardstick;
        let open: Vec<usize> = (0..held.len()).filter(|t| held[*t].is_none()).collect();
        let dearest = open.iter().map(|t| price(*t)).fold(0.0, f64::max);
        for t in open {
            if price(t) >= 1e-6 * dearest {
                held[t] = Some(miss + ROOM);
            }
        }
    }
    let allowed: Vec<f64> = held.iter().map(|h| h.unwrap_or(0.0)).collect();
    settle(abatement, &allowed, budget, first.unwrap_or(0.0), &last)
}

/// The least cost with these misses allowed.
fn settle(abatement: &Abatement, allowed: &[f64], budget: Option<f64>, miss_bound: f64, found: &[f64]) -> Result<Best> {
    let mut relaxed = abatement.clone();
    relaxed.goals.iter_mut().zip(allowed).for_each(|(g, miss)| g.limit += miss * g.yardstick);
    let mut programme = relaxed.programme();
    spend(abatement, &mut programme, budget);
    let (x, y) = match minimise(&programme)? {
        Claim::Optimal { x, y } => (x, y),
        // Rounding alone stands in the way: what was found stays.
        Claim::Infeasible => (found.to_vec(), vec![0.0; programme.rows()]),
    };
    let prices = (0..allowed.len()).map(|t| if allowed[t] > NO_MISS { 0.0 } else { (-y[t] * MILLION).max(0.0) });
    Ok(Best {
        cost: abatement.cost(&x),
        misses: abatement.goals.iter().map(|g| g.miss(&x)).collect(),
        miss_bound,
        cost_bound: programme.lower_bound(&y) * MILLION,
        prices: prices.collect(),
        x,
    })
}

/// Minimise the greatest miss among the goals that are not held; the miss is the last column.
fn greatest(abatement: &Abatement, held: &[Option<f64>], budget: Option<f64>) -> Programme {
    let n = abatement.decisions.len();
    let worst = abatement.goals.iter().map(|g| (abatement.worst(g) - g.limit) / g.yardstick).fold(0.0, f64::max);
    let mut programme = Programme::new(
        [vec![0.0; n], vec![1.0]].concat(),
        abatement.decisions.iter().map(|d| d.upper).chain([worst * 1.000_001 + 1e-6]).collect(),
    );
    programme.lower.iter_mut().zip(&abatement.decisions).for_each(|(l, d)| *l = d.floor);
    for (goal, held) in abatement.goals.iter().zip(held) {
        let room = goal.limit + held.unwrap_or(0.0) * goal.yardstick - goal.now;
        let miss = held.is_none().then_some((n, -goal.yardstick));
        programme.at_most(room, goal.effects.iter().map(|(j, e)| (*j, -e)).chain(miss));
    }
    abatement.couplings.iter().for_each(|k| programme.at_most(k.most, k.terms.iter().copied()));
    spend(abatement, &mut programme, budget);
    programme
}

fn spend(abatement: &Abatement, programme: &mut Programme, budget: Option<f64>) {
    if let Some(budget) = budget {
        programme.at_most(budget / MILLION, abatement.decisions.iter().enumerate().map(|(j, d)| (j, d.cost / MILLION)));
    }
}

fn too_small(abatement: &Abatement, budget: f64) -> Error {
    let floor: f64 = abatement.decisions.iter().map(|d| d.cost * d.floor).sum();
    Error::Stage(format!(
        "no plan fits a budget of {budget} CNY a year: what must be applied anyway costs {floor:.0}; raise the budget, or \
         lower floor_share"
    ))
}

fn heard(stop: &dyn Fn() -> bool) -> Result<()> {
    match stop() {
        true => Err(Error::Stage("the plan was stopped before it was solved; run it again to have one".into())),
        false => Ok(()),
    }
}
