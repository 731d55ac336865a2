//! The search: boxes of shares, the one with the least bound first.

use super::super::abatement::MILLION;
use super::super::programme::Programme;
use super::super::solver::{Claim, minimise};
use super::relax::{Shares, relaxation, restriction};
use super::{HOLDS, Stacked};
use crate::problem::{Error, Result};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// How far to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Stop when (cost − bound) / cost is at most this.
    pub gap: f64,
    /// Stop after so many boxes.
    pub boxes: usize,
}

impl Default for Search {
    fn default() -> Search {
        Search { gap: 1e-6, boxes: 2000 }
    }
}

/// What the search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Certified {
    /// `optimal` (the gap is closed as far as asked), `interval` (the search ended before), `infeasible` (proved), or
    /// `unproved` (no plan was found and none was excluded).
    pub status: &'static str,
    /// The shares of the best plan; empty where there is none.
    pub x: Vec<f64>,
    /// Its cost, CNY a year.
    pub cost: f64,
    /// No plan costs less, CNY a year.
    pub bound: f64,
    /// (cost − bound) / cost.
    pub gap: f64,
    /// Boxes searched.
    pub boxes: usize,
}

struct Node {
    bound: f64,
    order: usize,
    shares: Shares,
    /// Where the relaxation has its optimum.
    x: Vec<f64>,
    /// What the relaxation takes each stack to leave.
    left: Vec<f64>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Node) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    /// The greatest is the one to take next: least bound, then the oldest.
    fn cmp(&self, other: &Node) -> Ordering {
        other.bound.total_cmp(&self.bound).then(other.order.cmp(&self.order))
    }
}

/// Searches. `stop` is asked between boxes.
pub fn solve(stacked: &Stacked, search: Search, stop: &dyn Fn() -> bool) -> Result<Certified> {
    let whole = Shares {
        lower: stacked.plain.decisions.iter().map(|d| d.floor).collect(),
        upper: stacked.plain.decisions.iter().map(|d| d.upper).collect(),
    };
    let mut state = State {
        stacked,
        best: None,
        best_cost: f64::INFINITY,
        least_dropped: f64::INFINITY,
        unproved: false,
        boxes: 0,
        heap: BinaryHeap::new(),
    };
    state.open(tightened(stacked, whole))?;
    while let Some(node) = state.heap.pop() {
        if state.closed(node.bound, search.gap) || state.boxes >= search.boxes {
            state.heap.push(node);
            break;
        }
        if stop() {
            return Err(Error::Stage("the plan was stopped before it was solved; run it again to have one".into()));
        }
        for half in state.halves(&node) {
            state.open(half)?;
        }
    }
    Ok(state.certified(search))
}

struct State<'a> {
    stacked: &'a Stacked,
    best: Option<Vec<f64>>,
    /// Million CNY.
    best_cost: f64,
    /// The least bound among boxes that were dropped because nothing better than the best plan lies in them.
    least_dropped: f64,
    /// A box was dropped whose emptiness the solver claims and arithmetic does not show.
    unproved: bool,
    boxes: usize,
    heap: BinaryHeap<Node>,
}

impl State<'_> {
    fn closed(&self, bound: f64, gap: f64) -> bool {
        bound >= self.best_cost - gap * self.best_cost.abs()
    }

    /// Solves the relaxation of a box, tries its optimum as a plan, and keeps the box for later.
    fn open(&mut self, shares: Shares) -> Result<()> {
        self.boxes += 1;
        let programme = relaxation(self.stacked, &shares, false);
        let Claim::Optimal { x: columns, y } = minimise(&programme)? else {
            if !proved_empty(self.stacked, &shares)? {
                self.unproved = true;
            }
            return Ok(());
        };
        let bound = programme.lower_bound(&y);
        let decisions = self.stacked.plain.decisions.len();
        let x = columns[..decisions].to_vec();
        let left = self.left(&columns);
        self.try_plan(&x);
        self.try_plan(&self.rounded(&x, true));
        self.try_plan(&self.rounded(&x, false));
        if !self.closed(bound, 0.0) && !self.stacked.stacks.is_empty() {
            let restricted = restriction(self.stacked, &shares, &x);
            if let Claim::Optimal { x, .. } = minimise(&restricted)? {
                self.try_plan(&x);
                self.try_plan(&self.rounded(&x, true));
            }
        }
        if self.closed(bound, 0.0) {
            self.least_dropped = self.least_dropped.min(bound);
        } else {
            self.heap.push(Node { bound, order: self.boxes, shares, x, left });
        }
        Ok(())
    }

    /// What the relaxation takes each stack to leave: its last column, or its only factor.
    fn left(&self, columns: &[f64]) -> Vec<f64> {
        let mut next = self.stacked.plain.decisions.len();
        let of = |stack: &super::Stack| {
            let more = stack.terms.len().saturating_sub(1);
            next += more;
            if more == 0 { stack.left(columns) } else { columns[next - 1] }
        };
        self.stacked.stacks.iter().map(of).collect()
    }

    fn try_plan(&mut self, x: &[f64]) {
        let cost = self.stacked.plain.cost(x) / MILLION;
        if cost < self.best_cost && self.stacked.holds(x) {
            (self.best, self.best_cost) = (Some(x.to_vec()), cost);
        }
    }

    /// Lumpy shares put on the next whole number of units, above or the nearest.
    fn rounded(&self, x: &[f64], up: bool) -> Vec<f64> {
        let mut x = x.to_vec();
        for (j, least) in
            self.stacked.least.iter().filter(|(j, least)| x[*j] > HOLDS && x[*j] < *least).copied().collect::<Vec<_>>()
        {
            x[j] = if up || x[j] >= least / 2.0 { least } else { 0.0 };
        }
        for (j, unit) in &self.stacked.lumps {
            let steps = x[*j] / unit;
            let whole = if up { (steps - 1e-9).ceil() } else { steps.round() };
            x[*j] = (whole * unit).min((self.stacked.plain.decisions[*j].upper / unit + 1e-9).floor() * unit);
        }
        x
    }

    /// Two boxes that together hold all the plans of one: split at the lump that is farthest from whole, else in the stack
    /// whose relaxation is farthest from its product.
    fn halves(&mut self, node: &Node) -> Vec<Shares> {
        let Some((j, below, above)) = self.split(node) else {
            // Nothing left to split: the relaxation is exact here, and its optimum was tried.
            self.least_dropped = self.least_dropped.min(node.bound);
            return Vec::new();
        };
        let (mut low, mut high) = (node.shares.clone(), node.shares.clone());
        (low.upper[j], high.lower[j]) = (below, above);
        [low, high].into_iter().map(|s| tightened(self.stacked, s)).filter(|s| s.lower[j] <= s.upper[j]).collect()
    }

    fn split(&self, node: &Node) -> Option<(usize, f64, f64)> {
        let far = |(j, unit): &(usize, f64)| {
            let steps = node.x[*j] / unit;
            (*j, *unit, steps.floor(), (steps - steps.round()).abs())
        };
        let lump = self.stacked.lumps.iter().map(far).filter(|l| l.3 > HOLDS).max_by(|a, b| a.3.total_cmp(&b.3));
        if let Some((j, unit, whole, _)) = lump {
            return Some((j, whole * unit, (whole + 1.0) * unit));
        }
        let between = |(j, least): &&(usize, f64)| node.x[*j] > HOLDS && node.x[*j] < least - HOLDS;
        if let Some((j, least)) = self.stacked.least.iter().find(between) {
            return Some((*j, 0.0, *least));
        }
        let mut order: Vec<(f64, &super::Stack)> = self
            .stacked
            .stacks
            .iter()
            .zip(&node.left)
            .map(|(s, left)| ((s.left(&node.x) - left).abs() * self.weight(s), s))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let width = |j: usize| node.shares.upper[j] - node.shares.lower[j];
        for (_, stack) in order {
            let widest = stack
                .terms
                .iter()
                .map(|(j, e)| (*j, e.abs() * width(*j)))
                .filter(|(j, w)| *w > 1e-9 && width(*j) > 1e-9)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((j, _)) = widest.filter(|_| stack.terms.len() > 1) else { continue };
            let (l, u) = (node.shares.lower[j], node.shares.upper[j]);
            if let Some((_, unit)) = self.stacked.lumps.iter().find(|(k, _)| *k == j) {
                let middle = ((l + u) / 2.0 / unit + 1e-9).floor() * unit;
                return Some((j, middle, middle + unit));
            }
            let at = node.x[j].clamp(l + 0.2 * (u - l), u - 0.2 * (u - l));
            return Some((j, at, at));
        }
        None
    }

    /// The greatest share of a yardstick that a stack is worth.
    fn weight(&self, stack: &super::Stack) -> f64 {
        stack.worth.iter().map(|(t, w)| w.abs() / self.stacked.plain.goals[*t].yardstick).fold(0.0, f64::max)
    }

    fn certified(self, search: Search) -> Certified {
        let open = self.heap.iter().map(|n| n.bound).fold(f64::INFINITY, f64::min);
        let least = open.min(self.least_dropped);
        let boxes = self.boxes;
        match self.best {
            Some(x) => {
                let cost = self.stacked.plain.cost(&x);
                // Weak duality can only be off by its own rounding.
                let bound = if self.unproved { 0.0_f64.min(cost) } else { (least * MILLION).min(cost) };
                let gap = if cost > 0.0 { (cost - bound) / cost } else { 0.0 };
                let status = if gap <= search.gap.max(1e-12) { "optimal" } else { "interval" };
                Certified { status, x, cost, bound, gap, boxes }
            }
            None => {
                let empty = least == f64::INFINITY && !self.unproved;
                let status = if empty { "infeasible" } else { "unproved" };
                let bound = if self.unproved { 0.0 } else { least * MILLION };
                Certified { status, x: Vec::new(), cost: f64::INFINITY, bound, gap: f64::INFINITY, boxes }
            }
        }
    }
}

/// Lumpy shares have whole numbers of units as bounds.
fn tightened(stacked: &Stacked, mut shares: Shares) -> Shares {
    for (j, unit) in &stacked.lumps {
        shares.lower[*j] = (shares.lower[*j] / unit - 1e-9).ceil() * unit;
        shares.upper[*j] = (shares.upper[*j] / unit + 1e-9).floor() * unit;
    }
    shares
}

/// That no plan lies in a box is shown by a positive lower bound of the least miss.
fn proved_empty(stacked: &Stacked, shares: &Shares) -> Result<bool> {
    if shares.lower.iter().zip(&shares.upper).any(|(l, u)| l > u) {
        return Ok(true);
    }
    let soft: Programme = relaxation(stacked, shares, true);
    Ok(match minimise(&soft)? {
        Claim::Optimal { y, .. } => soft.lower_bound(&y) > 0.0,
        Claim::Infeasible => false,
    })
}
