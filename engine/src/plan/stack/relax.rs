//! Planes around the products over a box of shares.
//!
//! ```text
//! p₁ = f₁,   pₖ = pₖ₋₁ fₖ,   fₖ = 1 − ηₖ xₖ ∈ [fl, fu],  pₖ₋₁ ∈ [pl, pu]
//! pₖ ≥ pl f + fl p − pl fl    pₖ ≥ pu f + fu p − pu fu    pₖ ≤ pl f + fu p − pl fu    pₖ ≤ pu f + fl p − pu fl
//! ```
//! The relaxation keeps all four planes and a column for every pₖ, k ≥ 2: its least cost is never above the truth. The
//! restriction keeps one plane that lies on the unfavourable side of each product: what it allows truly holds.

use super::super::abatement::MILLION;
use super::super::programme::Programme;
use super::{Stack, Stacked};

/// Bounds of the shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

/// A linear function of the columns: constant and terms.
#[derive(Clone, Default)]
struct Linear {
    constant: f64,
    terms: Vec<(usize, f64)>,
}

impl Linear {
    fn add(&mut self, by: f64, other: &Linear) {
        self.constant += by * other.constant;
        self.terms.extend(other.terms.iter().map(|(j, a)| (*j, by * a)));
    }

    fn at(&self, x: &[f64]) -> f64 {
        self.constant + self.terms.iter().map(|(j, a)| a * x[*j]).sum::<f64>()
    }
}

/// The factor of a term, and its range over a box.
fn factor(term: (usize, f64), shares: &Shares) -> (Linear, f64, f64) {
    let (j, efficiency) = term;
    let ends = [1.0 - efficiency * shares.lower[j], 1.0 - efficiency * shares.upper[j]];
    let linear = Linear { constant: 1.0, terms: vec![(j, -efficiency)] };
    (linear, ends[0].min(ends[1]), ends[0].max(ends[1]))
}

/// The four planes of p·f: two below, two above.
fn planes(p: (&Linear, f64, f64), f: (&Linear, f64, f64)) -> [Linear; 4] {
    let ((p, pl, pu), (f, fl, fu)) = (p, f);
    let plane = |by_f: f64, by_p: f64| {
        let mut plane = Linear { constant: -by_f * by_p, terms: Vec::new() };
        plane.add(by_f, f);
        plane.add(by_p, p);
        plane
    };
    [plane(pl, fl), plane(pu, fu), plane(pl, fu), plane(pu, fl)]
}

/// The relaxation over a box. Where `soft`, the last column is the greatest miss of goals and couplings, and it is minimised.
pub fn relaxation(stacked: &Stacked, shares: &Shares, soft: bool) -> Programme {
    let plain = &stacked.plain;
    let mut cost: Vec<f64> = plain.decisions.iter().map(|d| if soft { 0.0 } else { d.cost / MILLION }).collect();
    let (mut lower, mut upper) = (shares.lower.clone(), shares.upper.clone());
    let mut rows: Vec<(f64, Vec<(usize, f64)>)> = Vec::new();
    let mut left: Vec<Linear> = Vec::with_capacity(stacked.stacks.len());
    for stack in &stacked.stacks {
        let mut terms = stack.terms.iter();
        let Some(first) = terms.next() else {
            left.push(Linear { constant: 1.0, terms: Vec::new() });
            continue;
        };
        let (mut p, mut pl, mut pu) = factor(*first, shares);
        for term in terms {
            let (f, fl, fu) = factor(*term, shares);
            let column = cost.len();
            cost.push(0.0);
            for (k, plane) in planes((&p, pl, pu), (&f, fl, fu)).into_iter().enumerate() {
                // below: plane − p ≤ 0; above: p − plane ≤ 0
                let sign = if k < 2 { 1.0 } else { -1.0 };
                let mut entries: Vec<(usize, f64)> = plane.terms.iter().map(|(j, a)| (*j, sign * a)).collect();
                entries.push((column, -sign));
                rows.push((-sign * plane.constant, entries));
            }
            (pl, pu) = (pl * fl, pu * fu);
            lower.push(pl);
            upper.push(pu);
            p = Linear { constant: 0.0, terms: vec![(column, 1.0)] };
        }
        left.push(p);
    }
    let miss = soft.then_some(cost.len());
    if soft {
        cost.push(1.0);
        lower.push(0.0);
        upper.push(1e6);
    }
    let mut programme = Programme::new(cost, upper);
    programme.lower = lower;
    for (t, most, terms) in goal_rows(stacked, &left, |_, left| left.clone()) {
        let allowed = miss.map(|column| (column, -plain.goals[t].yardstick));
        programme.at_most(most, terms.into_iter().chain(allowed));
    }
    for k in &plain.couplings {
        let largest = k.terms.iter().fold(0.0_f64, |m, (_, a)| m.max(a.abs()));
        programme.at_most(k.most, k.terms.iter().copied().chain(miss.map(|column| (column, -largest))));
    }
    rows.into_iter().for_each(|(most, entries)| programme.at_most(most, entries));
    programme
}

/// The restriction over a box, with the planes that are nearest to the products at `x`.
pub fn restriction(stacked: &Stacked, shares: &Shares, x: &[f64]) -> Programme {
    let plain = &stacked.plain;
    let cost = plain.decisions.iter().map(|d| d.cost / MILLION).collect();
    let mut programme = Programme::new(cost, shares.upper.clone());
    programme.lower = shares.lower.clone();
    let enclosed: Vec<(Linear, Linear)> = stacked.stacks.iter().map(|s| enclose(s, shares, x)).collect();
    let pick = |worth: f64, (below, above): &(Linear, Linear)| if worth > 0.0 { above.clone() } else { below.clone() };
    for (_, most, terms) in goal_rows(stacked, &enclosed, pick) {
        programme.at_most(most, terms);
    }
    plain.couplings.iter().for_each(|k| programme.at_most(k.most, k.terms.iter().copied()));
    programme
}

/// A goal, the most that its row may be, and the terms.
type GoalRow = (usize, f64, Vec<(usize, f64)>);

/// The rows of the goals: now − Σ e x − Σ w (1 − left) ≤ limit.
fn goal_rows<T>(stacked: &Stacked, left: &[T], pick: impl Fn(f64, &T) -> Linear) -> Vec<GoalRow> {
    let mut rows: Vec<GoalRow> = stacked
        .plain
        .goals
        .iter()
        .enumerate()
        .map(|(t, g)| (t, g.limit - g.now, g.effects.iter().map(|(j, e)| (*j, -e)).collect()))
        .collect();
    for (stack, left) in stacked.stacks.iter().zip(left) {
        for (t, worth) in stack.worth.iter().filter(|(_, w)| *w != 0.0) {
            let left = pick(*worth, left);
            rows[*t].1 += worth * (1.0 - left.constant);
            rows[*t].2.extend(left.terms.iter().map(|(j, a)| (*j, worth * a)));
        }
    }
    rows
}

/// One plane below and one above the whole product, each the nearest at `x` of those that the factors give.
fn enclose(stack: &Stack, shares: &Shares, x: &[f64]) -> (Linear, Linear) {
    let mut terms = stack.terms.iter();
    let Some(first) = terms.next() else {
        let one = Linear { constant: 1.0, terms: Vec::new() };
        return (one.clone(), one);
    };
    let (start, mut pl, mut pu) = factor(*first, shares);
    let (mut below, mut above) = (start.clone(), start);
    for term in terms {
        let (f, fl, fu) = factor(*term, shares);
        // All factors are ≥ 0, so a plane for p may stand in for p on its own side.
        let [b1, b2, ..] = planes((&below, pl, pu), (&f, fl, fu));
        let [.., a1, a2] = planes((&above, pl, pu), (&f, fl, fu));
        below = if b1.at(x) >= b2.at(x) { b1 } else { b2 };
        above = if a1.at(x) <= a2.at(x) { a1 } else { a2 };
        (pl, pu) = (pl * fl, pu * fu);
    }
    (below, above)
}
