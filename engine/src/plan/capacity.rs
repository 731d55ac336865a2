//! How much load a river can bear, and who may let go how much of it.
//!
//! **One segment** (GB/T 25173, as the facts of this project have it, from memory of the standard and so marked):
//! ```text
//! M = (Cs − C0 e^(−K L/u)) (Q + Qp)
//! ```
//! `M` kg s⁻¹, `Cs` the limit and `C0` the concentration at the head, kg m⁻³, `K` s⁻¹, `L` m, `u` m s⁻¹, `Q` flow and `Qp` the outfalls'
//! own water, m³ s⁻¹. Below 0 there is none left: what comes from above already breaks the limit.
//!
//! **Over the footprint**: with `F` what section r feels of source s, `b` what it feels of nothing that can be cut and `x` the loads,
//! ```text
//! Σ_s F_rs x_s ≤ Cs_r − b_r    for every section and quantity,    x ≥ 0
//! greatest total   max Σ_s x_s                       one linear programme
//! equal shares     x_s = min(1, t) w_s, the same t for all who bear on a section, raised until it binds; those are held
//!                  there and the others raised on (progressive filling: max-min fair; Bertsekas & Gallager 1992, §6.5.2)
//! ```
//! The greatest total favours whoever is felt least; equal shares treat all alike by what they let go today. What no section
//! feels is bounded by nothing and keeps its load.

use super::programme::Programme;
use super::solver::{self, Claim};
use crate::problem::{Error, Result};
use serde::Serialize;

/// One segment of a river.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Limit, kg m⁻³.
    pub limit_kg_m3: f64,
    /// At its head, kg m⁻³.
    pub head_kg_m3: f64,
    /// First-order loss, s⁻¹.
    pub loss_per_s: f64,
    /// Time the water takes through it, L/u, s.
    pub travel_s: f64,
    /// Flow, m³ s⁻¹.
    pub flow_m3_s: f64,
    /// The outfalls' own water, m³ s⁻¹.
    pub outfalls_m3_s: f64,
}

impl Segment {
    /// Its capacity by the formula of one segment, kg s⁻¹; below 0 where none is left.
    pub fn capacity_kg_s(&self) -> f64 {
        let from_above = self.head_kg_m3 * (-self.loss_per_s * self.travel_s).exp();
        (self.limit_kg_m3 - from_above) * (self.flow_m3_s + self.outfalls_m3_s)
    }
}

/// One section and quantity: what it feels of each source, and how much room there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Section and quantity, for sentences.
    pub name: String,
    /// Limit less what no source here can change, kg m⁻³.
    pub room_kg_m3: f64,
    /// For each source, s m⁻³.
    pub felt: Vec<f64>,
}

/// How loads were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The greatest sum.
    GreatestTotal,
    /// Equal shares of what is let go today, none more than today.
    EqualShares,
}

/// Loads that keep every bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allowed {
    /// How they were found.
    pub rule: Rule,
    /// kg s⁻¹ by source; `None` where no section feels it, so that nothing bounds it.
    pub kg_s: Vec<Option<f64>>,
    /// For each bound what is left of its room, kg m⁻³.
    pub slack_kg_m3: Vec<f64>,
    /// For each bound what one more kg m⁻³ of room would add to the sum, m³ s⁻¹ (greatest total only).
    pub worth_m3_s: Vec<f64>,
}

fn broken(bounds: &[Bound]) -> Result<()> {
    let none: Vec<&str> = bounds.iter().filter(|b| b.room_kg_m3 < 0.0).map(|b| b.name.as_str()).take(5).collect();
    if none.is_empty() {
        return Ok(());
    }
    Err(Error::Stage(format!(
        "no load can be borne: what comes from elsewhere already breaks the limit at {}; set a limit above it, or take the section out",
        none.join(", ")
    )))
}

fn finish(rule: Rule, bounds: &[Bound], loads: Vec<f64>, bounded: &[bool], worth_m3_s: Vec<f64>) -> Allowed {
    let slack = bounds.iter().map(|b| b.room_kg_m3 - b.felt.iter().zip(&loads).map(|(f, x)| f * x).sum::<f64>());
    Allowed {
        rule,
        slack_kg_m3: slack.collect(),
        kg_s: loads.into_iter().zip(bounded).map(|(x, b)| b.then_some(x)).collect(),
        worth_m3_s,
    }
}

/// Which sources some section feels.
fn bounded(bounds: &[Bound], sources: usize) -> Vec<bool> {
    (0..sources).map(|s| bounds.iter().any(|b| b.felt[s] > 0.0)).collect()
}

/// The loads of the greatest sum.
pub fn greatest_total(bounds: &[Bound], sources: usize) -> Result<Allowed> {
    broken(bounds)?;
    let bounded = bounded(bounds, sources);
    // The programme is put in shares of what each source could at most let go alone, so that its numbers are near 1.
    let most: Vec<f64> = (0..sources)
        .map(|s| {
            let alone = bounds.iter().filter(|b| b.felt[s] > 0.0).map(|b| b.room_kg_m3 / b.felt[s]);
            alone.fold(f64::INFINITY, f64::min)
        })
        .map(|m| if m.is_finite() { m } else { 0.0 })
        .collect();
    // No share passes 1 by itself; a looser bound keeps the prices with the sections.
    let mut programme = Programme::new(most.iter().map(|m| -m).collect(), vec![2.0; sources]);
    for bound in bounds {
        let size = if bound.room_kg_m3 > 0.0 { bound.room_kg_m3 } else { 1.0 };
        let terms = bound.felt.iter().zip(&most).enumerate().map(|(s, (f, m))| (s, f * m / size));
        programme.at_most(bound.room_kg_m3 / size, terms.filter(|(_, a)| *a != 0.0).collect::<Vec<_>>());
    }
    match solver::minimise(&programme)? {
        Claim::Optimal { x, y } => {
            let loads = x.iter().zip(&most).map(|(x, m)| x * m).collect();
            let worth = bounds.iter().zip(y).map(|(b, y)| if b.room_kg_m3 > 0.0 { -y / b.room_kg_m3 } else { 0.0 });
            Ok(finish(Rule::GreatestTotal, bounds, loads, &bounded, worth.collect()))
        }
        Claim::Infeasible => Err(Error::Stage("no load at all keeps every limit".into())),
    }
}

/// Equal shares of today's loads, none more than today's.
pub fn equal_shares(bounds: &[Bound], today_kg_s: &[f64]) -> Result<Allowed> {
    broken(bounds)?;
    let sources = today_kg_s.len();
    let bounded = bounded(bounds, sources);
    let mut shares = vec![0.0; sources];
    let mut free: Vec<bool> = today_kg_s.iter().map(|w| *w > 0.0).collect();
    let mut level = 0.0;
    while free.iter().any(|f| *f) {
        // How far all that are free can be raised together before a section binds.
        let mut step = 1.0 - level;
        let mut binding: Vec<usize> = Vec::new();
        for (at, bound) in bounds.iter().enumerate() {
            let used: f64 = (0..sources).map(|s| bound.felt[s] * shares[s] * today_kg_s[s]).sum();
            let rises: f64 = (0..sources).filter(|s| free[*s]).map(|s| bound.felt[s] * today_kg_s[s]).sum();
            if rises <= 0.0 {
                continue;
            }
            let room = ((bound.room_kg_m3 - used) / rises).max(0.0);
            if room < step * (1.0 - 1e-12) {
                (step, binding) = (room, vec![at]);
            } else if room <= step * (1.0 + 1e-12) && room < 1.0 - level {
                binding.push(at);
            }
        }
        level += step;
        (0..sources).filter(|s| free[*s]).for_each(|s| shares[s] = level);
        if binding.is_empty() {
            break;
        }
        for at in binding {
            (0..sources).filter(|s| bounds[at].felt[*s] > 0.0).for_each(|s| free[s] = false);
        }
    }
    let loads = shares.iter().zip(today_kg_s).map(|(t, w)| t * w).collect();
    Ok(finish(Rule::EqualShares, bounds, loads, &bounded, Vec::new()))
}
