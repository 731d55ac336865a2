//! Measures that stack on one source, and measures that come in whole lumps: a plan with a certified gap.
//!
//! ```text
//! left(s)  = Π over k of (1 − ηₖ xₖ)                               what stacked measures leave of an emission, as a share
//! value(t) = now(t) − Σⱼ e(t, j) xⱼ − Σₛ w(t, s) (1 − left(s))      e: effects that add;  w: what the whole emission is worth at t
//! xⱼ ∈ {0, u, 2u, …} for a lumpy decision of unit u;   xⱼ = 0 or xⱼ ≥ m for one of least size m
//! ```
//! Adding the effects of an SCR and a low-NOx burner on one boiler counts the same NOx twice; the product does not. The product
//! is not convex, so a linear programme alone cannot solve it. `relax` encloses every product between planes over a box of
//! shares (McCormick 1976, Math. Prog. 10:147, applied factor by factor); [`branch`] halves boxes, best bound first (Falk &
//! Soland 1969; Tawarmalani & Sahinidis 2005). What comes back is an interval: a plan that truly holds, evaluated with the
//! products themselves, and a lower bound that is the least of weak-duality bounds over all boxes that were not searched
//! further. Both ends are recomputed by arithmetic; the solver's word enters neither.

pub mod branch;
mod relax;

pub use branch::{Certified, Search, solve};

use super::abatement::Abatement;

/// A miss below this share of the yardstick is rounding.
pub const HOLDS: f64 = 1e-9;

/// The measures that act on one emission one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Decision and the share of what reaches it that it takes at full share; below 0 where it adds.
    pub terms: Vec<(usize, f64)>,
    /// Goal and what taking the whole emission would take off its value.
    pub worth: Vec<(usize, f64)>,
}

impl Stack {
    /// What is left, as a share.
    pub fn left(&self, x: &[f64]) -> f64 {
        self.terms.iter().map(|(j, efficiency)| 1.0 - efficiency * x[*j]).product()
    }
}

/// An abatement whose goals also feel stacks, and whose decisions may be lumpy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stacked {
    /// Decisions, couplings, and goals with the effects that add.
    pub plain: Abatement,
    /// Products.
    pub stacks: Vec<Stack>,
    /// Decision and the unit in which its share comes.
    pub lumps: Vec<(usize, f64)>,
    /// Decision and the least share that can be applied at all: nothing, or at least this.
    pub least: Vec<(usize, f64)>,
}

impl Stacked {
    /// The value of a goal under a plan, with the products themselves.
    pub fn value(&self, goal: usize, x: &[f64]) -> f64 {
        let taken = |s: &Stack| {
            let worth: f64 = s.worth.iter().filter(|(t, _)| *t == goal).map(|(_, w)| w).sum();
            if worth == 0.0 { 0.0 } else { worth * (1.0 - s.left(x)) }
        };
        self.plain.goals[goal].value(x) - self.stacks.iter().map(taken).sum::<f64>()
    }

    /// The greatest miss under a plan, as a share of the yardstick.
    pub fn greatest_miss(&self, x: &[f64]) -> f64 {
        let miss = |t: usize| (self.value(t, x) - self.plain.goals[t].limit) / self.plain.goals[t].yardstick;
        (0..self.plain.goals.len()).map(miss).fold(0.0, f64::max)
    }

    /// Whether a plan truly holds: goals, couplings, bounds, lumps.
    pub fn holds(&self, x: &[f64]) -> bool {
        let within = self.plain.decisions.iter().zip(x).all(|(d, x)| *x >= d.floor - HOLDS && *x <= d.upper + HOLDS);
        let whole = |(j, unit): &(usize, f64)| {
            let steps = x[*j] / unit;
            (steps - steps.round()).abs() < HOLDS
        };
        within
            && self.lumps.iter().all(whole)
            && self.least.iter().all(|(j, least)| x[*j] <= HOLDS || x[*j] >= least - HOLDS)
            && self.plain.greatest_breach(x) <= HOLDS
            && self.greatest_miss(x) <= HOLDS
    }
}
