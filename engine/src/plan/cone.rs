//! Goals that hold with a stated probability: a second-order cone for each, by Clarabel (Goulart & Chen 2024, arXiv:2405.12762).
//!
//! ```text
//! value(t) = now(t) − Σⱼ e(t, j) (1 + aⱼ + b(s(j))) xⱼ        a, b independent, normal, mean 0, standard deviations αⱼ, β(s)
//! P(value(t) ≤ limit(t)) ≥ p   ⇔   now − Σ e x + Φ⁻¹(p) √( Σⱼ (e αⱼ xⱼ)² + Σₛ (β(s) Σ over j at s of e xⱼ)² ) ≤ limit
//! ```
//! `a` is how well a measure works, `b` how well the footprint of its source is known, one draw for all measures there
//! (Charnes & Cooper 1963, Oper. Res. 11:18). Convex for p ≥ ½. Holds for each goal by itself, not for all at once; errors of `now`
//! are not in it. A confidence of ½ is the linear programme.
//!
//! What Clarabel says is checked: the goals are evaluated from the shares, and the cost is bounded from below by its prices,
//! moved into the dual cone where they lie a hair outside (weak duality holds for any point of it).

use super::abatement::{Abatement, MILLION};
use crate::problem::{Error, Result};
use serde::Serialize;

/// What is known of the errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertainty {
    /// Relative standard deviation of each decision's effect.
    pub effect: Vec<f64>,
    /// Source of each decision, numbered from 0, and the relative standard deviation of each source's footprint.
    pub source: Vec<usize>,
    /// See `source`.
    pub footprint: Vec<f64>,
}

/// A plan whose goals hold with a probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Safe {
    /// `optimal`, `infeasible` (as the solver says) or `unproved`.
    pub status: &'static str,
    /// Share of each decision.
    pub x: Vec<f64>,
    /// CNY a year.
    pub cost: f64,
    /// No plan as safe costs less, CNY a year.
    pub bound: f64,
    /// Mean of each goal's value.
    pub values: Vec<f64>,
    /// Standard deviation of each goal's value.
    pub deviations: Vec<f64>,
    /// Greatest miss of mean + Φ⁻¹(p) · deviation, as a share of the yardstick.
    pub max_violation: f64,
}

/// A row of the cones: what it is a share of, and its terms.
struct Block {
    /// Φ⁻¹(p), or 0 for a linear row.
    quantile: f64,
    room: f64,
    /// Room + these terms must be at least the norm of the parts.
    terms: Vec<(usize, f64)>,
    parts: Vec<Vec<(usize, f64)>>,
}

impl Uncertainty {
    fn parts(&self, effects: &[(usize, f64)]) -> Vec<Vec<(usize, f64)>> {
        let mut parts: Vec<Vec<(usize, f64)>> = effects
            .iter()
            .filter(|(j, e)| e * self.effect[*j] != 0.0)
            .map(|(j, e)| vec![(*j, e * self.effect[*j])])
            .collect();
        let mut sources: Vec<usize> = effects.iter().map(|(j, _)| self.source[*j]).collect();
        sources.sort_unstable();
        sources.dedup();
        for s in sources.into_iter().filter(|s| self.footprint[*s] > 0.0) {
            let here = effects.iter().filter(|(j, _)| self.source[*j] == s);
            parts.push(here.map(|(j, e)| (*j, e * self.footprint[s])).collect());
        }
        parts
    }

    /// Standard deviation of Σ e x.
    pub fn deviation(&self, effects: &[(usize, f64)], x: &[f64]) -> f64 {
        let part = |p: &Vec<(usize, f64)>| p.iter().map(|(j, e)| e * x[*j]).sum::<f64>().powi(2);
        self.parts(effects).iter().map(part).sum::<f64>().sqrt()
    }
}

/// The quantile of the standard normal distribution, p from ½ to 1 − 10⁻¹² (bisection of the complementary error function's
/// continued fraction and series; 10⁻¹²).
pub fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 8.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Φ(z), z ≥ 0: the series of Abramowitz & Stegun 26.2.10 up to 4, the continued fraction 26.2.14 above.
fn below(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z > 4.0 {
        let fraction = (1..=60).rev().fold(z, |f, k| z + f64::from(k) / f);
        return 1.0 - density / fraction;
    }
    let (mut term, mut sum) = (z, z);
    for k in 1..200 {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
    }
    0.5 + density * sum
}

/// The cheapest plan whose every goal holds with probability `p`.
pub fn solve(abatement: &Abatement, uncertainty: &Uncertainty, p: f64) -> Result<Safe> {
    if !(0.5..1.0).contains(&p) {
        return Err(Error::Stage(format!(
            "a goal can be asked to hold with a probability from 0.5 to below 1, not {p}"
        )));
    }
    let z = quantile(p);
    let mut blocks: Vec<Block> = abatement
        .goals
        .iter()
        .map(|g| {
            let scale = 1.0 / g.yardstick;
            let scaled = |terms: &[(usize, f64)]| terms.iter().map(|(j, e)| (*j, e * scale)).collect::<Vec<_>>();
            let parts =
                if z > 0.0 { uncertainty.parts(&g.effects).iter().map(|p| scaled(p)).collect() } else { Vec::new() };
            Block { quantile: z, room: (g.limit - g.now) * scale, terms: scaled(&g.effects), parts }
        })
        .collect();
    blocks.extend(abatement.couplings.iter().map(|k| {
        let scale = 1.0 / k.terms.iter().fold(f64::MIN_POSITIVE, |m, (_, a)| m.max(a.abs()));
        let terms = k.terms.iter().map(|(j, a)| (*j, -a * scale)).collect();
        Block { quantile: 0.0, room: k.most * scale, terms, parts: Vec::new() }
    }));
    minimise(abatement, uncertainty, z, &blocks)
}

fn minimise(abatement: &Abatement, uncertainty: &Uncertainty, z: f64, blocks: &[Block]) -> Result<Safe> {
    use clarabel::algebra::CscMatrix;
    use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

    let n = abatement.decisions.len();
    let largest = abatement.decisions.iter().map(|d| (d.cost / MILLION).abs()).fold(f64::MIN_POSITIVE, f64::max);
    let cost: Vec<f64> = abatement.decisions.iter().map(|d| d.cost / MILLION / largest).collect();
    let (mut rows, mut columns, mut values, mut room, mut cones) = (vec![], vec![], vec![], vec![], vec![]);
    let mut push = |terms: &[(usize, f64)], by: f64, right: f64| {
        for (j, a) in terms {
            rows.push(room.len());
            columns.push(*j);
            values.push(-a * by);
        }
        room.push(right);
    };
    for block in blocks {
        if block.parts.is_empty() {
            push(&block.terms, 1.0, block.room);
            cones.push(SupportedConeT::NonnegativeConeT(1));
        } else {
            push(&block.terms, 1.0 / block.quantile, block.room / block.quantile);
            block.parts.iter().for_each(|part| push(part, 1.0, 0.0));
            cones.push(SupportedConeT::SecondOrderConeT(1 + block.parts.len()));
        }
    }
    for (j, d) in abatement.decisions.iter().enumerate() {
        push(&[(j, 1.0)], 1.0, -d.floor);
        push(&[(j, -1.0)], 1.0, d.upper);
    }
    cones.push(SupportedConeT::NonnegativeConeT(2 * n));
    let a = CscMatrix::new_from_triplets(room.len(), n, rows.clone(), columns.clone(), values.clone());
    let refused = |why: String| {
        Error::Stage(format!(
            "the cone solver gave up on the plan ({why}); look for costs or effects many powers of ten apart"
        ))
    };
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .max_threads(1)
        .tol_gap_abs(1e-10)
        .tol_gap_rel(1e-10)
        .tol_feas(1e-10)
        .build()
        .map_err(|e| refused(e.to_string()))?;
    let p = CscMatrix::zeros((n, n));
    let mut solver = DefaultSolver::new(&p, &cost, &a, &room, &cones, settings).map_err(|e| refused(e.to_string()))?;
    solver.solve();
    let solution = &solver.solution;
    let infeasible = matches!(solution.status, SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible);
    let x: Vec<f64> = solution.x.iter().zip(&abatement.decisions).map(|(x, d)| x.max(d.floor).min(d.upper)).collect();

    // Weak duality: c·x ≥ −b·λ + Σ min(dⱼ lⱼ, dⱼ uⱼ), d = c + Aᵀλ over the rows of goals and couplings, λ in the dual cone.
    let mut prices = solution.z[..room.len() - 2 * n].to_vec();
    let mut at = 0;
    for block in blocks {
        let size = 1 + block.parts.len();
        let tail: f64 = prices[at + 1..at + size].iter().map(|v| v * v).sum::<f64>().sqrt();
        prices[at] = prices[at].max(tail).max(0.0);
        at += size;
    }
    let mut reduced = cost.clone();
    for ((row, column), value) in rows.iter().zip(&columns).zip(&values).filter(|((r, _), _)| **r < prices.len()) {
        reduced[*column] += value * prices[*row];
    }
    let rents = reduced.iter().zip(&abatement.decisions).map(|(d, b)| (d * b.floor).min(d * b.upper));
    let bound = (rents.sum::<f64>() - prices.iter().zip(&room).map(|(y, b)| y * b).sum::<f64>()) * largest * MILLION;

    let values: Vec<f64> = abatement.goals.iter().map(|g| g.value(&x)).collect();
    let deviations: Vec<f64> = abatement.goals.iter().map(|g| uncertainty.deviation(&g.effects, &x)).collect();
    let miss = |(g, (v, d)): (&super::abatement::Goal, (&f64, &f64))| (v + z * d - g.limit) / g.yardstick;
    let misses = abatement.goals.iter().zip(values.iter().zip(&deviations)).map(miss);
    let max_violation = misses.fold(0.0, f64::max).max(abatement.greatest_breach(&x));
    let total = abatement.cost(&x);
    let proved = max_violation <= 1e-6 && (total - bound).abs() <= 1e-6 * total.abs().max(1.0);
    let status = if proved {
        "optimal"
    } else if infeasible {
        "infeasible"
    } else {
        "unproved"
    };
    Ok(Safe { status, x, cost: total, bound, values, deviations, max_violation })
}
