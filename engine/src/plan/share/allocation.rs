//! Sharing c(N): Shapley, nucleolus, least core, Nash, and the certificate of the core.
//!
//! ```text
//! Shapley    φᵢ = Σ over S not holding i of |S|! (n − |S| − 1)! / n! · (c(S ∪ i) − c(S))             (Shapley 1953)
//! least core min ε   Σ over S zᵢ ≤ c(S) + ε for every S ≠ ∅, N,   Σ zᵢ = c(N)      (Maschler, Peleg & Shapley 1979)
//! nucleolus  the least core again and again among those who are still free           (Schmeidler 1969; Kohlberg 1972)
//! Nash       zᵢ = c({i}) − saving / n: with money to transfer, equal gain over acting alone (Nash 1950)
//! ```
//! ε ≤ 0: the core is not empty, and every allocation with ε ≤ 0 lies in it. ε > 0: it is empty, and the prices of the
//! programme are a balanced collection λ, Σ over S ∋ i λ_S = 1, whose Σ λ_S c(S) < c(N) proves it (Bondareva 1963, Shapley 1967).
//! The bound of ε is weak duality on those prices, so neither answer is taken from the solver's word.

use super::super::programme::Programme;
use super::super::solver::{Claim, minimise};
use super::game::Game;
use crate::problem::{Error, Result};
use serde::Serialize;

/// An excess within this share of c(N) of nothing is none.
const NOTHING: f64 = 1e-7;

/// One way to share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allocation {
    /// `shapley`, `nucleolus`, `nash`, `prices`.
    pub rule: &'static str,
    /// What each player pays, CNY a year; the sum is c(N).
    pub pays: Vec<f64>,
    /// pays − what the player spends itself in the joint plan: paid into the pot (+) or out of it (−); the sum is 0.
    pub transfers: Vec<f64>,
    /// Greatest Σ over S pays − c(S) over all coalitions, CNY a year.
    pub greatest_excess: f64,
    /// The coalition with the greatest excess.
    pub objector: usize,
    /// No coalition pays more than it would alone.
    pub in_core: bool,
}

/// What is known of the core.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Core {
    /// True where ε is proved to be above 0.
    pub empty: bool,
    /// Least ε, CNY a year: what each coalition would have to bear more than alone; below 0, what each is spared at least.
    pub epsilon: f64,
    /// ε cannot be below this.
    pub epsilon_bound: f64,
    /// Coalitions and weights of a balanced collection that proves the bound.
    pub certificate: Vec<(usize, f64)>,
}

/// The shares of a game.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shares {
    /// By rule.
    pub allocations: Vec<Allocation>,
    /// The core.
    pub core: Core,
}

/// Shares c(N) by every rule.
pub fn shares(game: &Game) -> Result<Shares> {
    let scale = scale(game);
    let (core, nucleolus) = core_and_nucleolus(game, scale)?;
    let n = game.players.len() as f64;
    let nash = (0..game.players.len()).map(|i| game.cost[1 << i] - game.saving() / n).collect();
    let ways =
        [("shapley", shapley(game)), ("nucleolus", nucleolus), ("nash", nash), ("prices", game.by_prices.clone())];
    let allocations = ways.into_iter().map(|(rule, pays)| judged(game, rule, pays, scale)).collect();
    Ok(Shares { allocations, core })
}

fn scale(game: &Game) -> f64 {
    game.cost.iter().fold(0.0_f64, |m, c| m.max(c.abs())).max(f64::MIN_POSITIVE)
}

fn judged(game: &Game, rule: &'static str, mut pays: Vec<f64>, scale: f64) -> Allocation {
    let n = pays.len();
    let whole = game.cost[game.grand()];
    // Rounding is shared evenly, so that the books balance to the last digit that they have.
    let rest = (whole - pays.iter().sum::<f64>()) / n as f64;
    pays.iter_mut().for_each(|p| *p += rest);
    let mut transfers: Vec<f64> = pays.iter().zip(&game.incurred).map(|(p, own)| p - own).collect();
    let rest = transfers.iter().sum::<f64>() / n as f64;
    transfers.iter_mut().for_each(|t| *t -= rest);
    // What is rounding alone is nothing.
    pays.iter_mut().chain(&mut transfers).filter(|v| v.abs() < 1e-10 * scale).for_each(|v| *v = 0.0);
    let (mut greatest_excess, mut objector) = (f64::NEG_INFINITY, 0);
    for s in 1..game.grand() {
        let excess = sum(&pays, s) - game.cost[s];
        if excess > greatest_excess {
            (greatest_excess, objector) = (excess, s);
        }
    }
    if game.grand() <= 1 {
        greatest_excess = 0.0;
    }
    Allocation { rule, pays, transfers, greatest_excess, objector, in_core: greatest_excess <= NOTHING * scale }
}

fn sum(pays: &[f64], coalition: usize) -> f64 {
    pays.iter().enumerate().filter(|(i, _)| coalition >> i & 1 == 1).map(|(_, p)| p).sum()
}

/// Shapley's value of the cost game.
pub fn shapley(game: &Game) -> Vec<f64> {
    let n = game.players.len();
    // |S|! (n − |S| − 1)! / n! = 1 / (n · binomial(n − 1, |S|))
    let mut weight = vec![1.0 / n as f64; n];
    for s in 1..n {
        weight[s] = weight[s - 1] * s as f64 / (n - s) as f64;
    }
    (0..n)
        .map(|i| {
            let without = (0..game.cost.len()).filter(|s| s >> i & 1 == 0);
            without.map(|s| weight[s.count_ones() as usize] * (game.cost[s | 1 << i] - game.cost[s])).sum()
        })
        .collect()
}

/// The first programme is the least core; the last leaves one allocation, the nucleolus.
fn core_and_nucleolus(game: &Game, scale: f64) -> Result<(Core, Vec<f64>)> {
    let n = game.players.len();
    let grand = game.grand();
    let cost: Vec<f64> = game.cost.iter().map(|c| c / scale).collect();
    let mut span = Span::default();
    span.add(grand, n);
    let mut held: Vec<(usize, f64)> = vec![(grand, cost[grand])];
    let mut open: Vec<usize> = (1..grand).collect();
    let mut core = Core { empty: false, epsilon: 0.0, epsilon_bound: 0.0, certificate: Vec::new() };
    let mut pays = vec![cost[grand]; n];
    let mut first = true;
    while span.rank() < n {
        // Columns: z, then ε. |z| and |ε| ≤ 2n + 2 hold at every least core: all costs are within [−1, 1].
        let reach = 2.0 * n as f64 + 2.0;
        let mut programme = Programme::new([vec![0.0; n], vec![1.0]].concat(), vec![reach; n + 1]);
        programme.lower = vec![-reach; n + 1];
        let members = |s: usize| (0..n).filter(move |i| s >> i & 1 == 1).map(|i| (i, 1.0));
        held.iter().for_each(|(s, z)| programme.between(*z, *z, members(*s)));
        open.iter().for_each(|s| programme.at_most(cost[*s], members(*s).chain([(n, -1.0)])));
        let Claim::Optimal { x, y } = minimise(&programme)? else {
            return Err(Error::Stage(
                "the least core was not found; the costs of the coalitions lie too far apart".into(),
            ));
        };
        let epsilon = x[n];
        let tight: Vec<(usize, f64)> =
            open.iter().zip(&y[held.len()..]).filter(|(_, y)| **y < -1e-9).map(|(s, y)| (*s, -y)).collect();
        if first {
            let bound = programme.lower_bound(&y);
            core = Core {
                empty: bound > NOTHING,
                epsilon: if epsilon.abs() < NOTHING { 0.0 } else { epsilon * scale },
                epsilon_bound: bound * scale,
                certificate: tight.clone(),
            };
            first = false;
        }
        pays = x[..n].to_vec();
        let before = span.rank();
        for (s, _) in tight {
            if !span.holds(s, n) {
                held.push((s, cost[s] + epsilon));
                span.add(s, n);
            }
        }
        if span.rank() == before {
            // Rounding left no coalition a price: what is found so far is in the least core, and stays.
            break;
        }
        // What the held coalitions settle is free no more.
        open.retain(|s| !span.holds(*s, n));
    }
    Ok((core, pays.iter().map(|p| p * scale).collect()))
}

/// The linear span of coalitions, as rows in echelon form.
#[derive(Default)]
struct Span {
    rows: Vec<(usize, Vec<f64>)>,
}

impl Span {
    fn rank(&self) -> usize {
        self.rows.len()
    }

    /// What is left of a coalition's 0/1 vector after the rows are taken out of it.
    fn rest(&self, coalition: usize, n: usize) -> Vec<f64> {
        let mut rest: Vec<f64> = (0..n).map(|i| (coalition >> i & 1) as f64).collect();
        for (lead, row) in &self.rows {
            let by = rest[*lead];
            rest.iter_mut().zip(row).for_each(|(v, r)| *v -= by * r);
        }
        rest
    }

    fn holds(&self, coalition: usize, n: usize) -> bool {
        self.rest(coalition, n).iter().all(|v| v.abs() < 1e-9)
    }

    fn add(&mut self, coalition: usize, n: usize) {
        let rest = self.rest(coalition, n);
        let lead = (0..n).max_by(|a, b| rest[*a].abs().total_cmp(&rest[*b].abs())).unwrap_or(0);
        if rest.get(lead).is_some_and(|v| v.abs() > 1e-9) {
            let by = rest[lead];
            self.rows.push((lead, rest.iter().map(|v| v / by).collect()));
        }
    }
}
