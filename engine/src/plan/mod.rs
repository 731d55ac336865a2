//! Plan (方案): footprints, measures and targets become the least-cost joint plan.
//!
//! `reach` asks the footprints what each measure does to each target, [`least_cost()`] puts that into one linear programme
//! over both media and solves it jointly and for each member alone, `nearest` answers where not every target can be met,
//! [`mod@abatement`] is the same question without its region, on which [`share`] shares the cost of the joint plan.
//! [`programme`] proves an answer by its own arithmetic, and [`solver`] is the only place that knows a solver; [`capacity`] asks how
//! much load a river can bear and shares it out.
//! The equations and how to read `plan.json`: `docs/concepts/plan-and-act.md`.

pub mod abatement;
pub mod answer;
pub mod budget;
pub mod capacity;
mod caveats;
#[cfg(feature = "clarabel")]
pub mod cone;
pub mod conflict;
pub mod cost_cmdb;
pub mod curve;
#[cfg(test)]
#[cfg_attr(not(feature = "highs"), allow(dead_code))]
pub(crate) mod example;
mod least_cost;
mod nearest;
pub mod programme;
mod reach;
pub mod share;
pub mod solver;
pub mod stack;
pub mod standards;
pub mod tables;
#[cfg(test)]
#[cfg(feature = "highs")]
mod tests;

pub use least_cost::{abatement, capital_recovery, least_cost, yearly_cost};

use crate::region::pollutant::{Medium, Pollutant};
use serde::Serialize;

/// One target, before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetOutcome {
    /// Target.
    pub id: String,
    /// Station or section.
    pub receptor: String,
    /// Air or water.
    pub medium: Medium,
    /// Measured quantity.
    pub pollutant: Pollutant,
    /// Greatest permitted mean, SI.
    pub limit: f64,
    /// Mean today, SI: measured where there are readings, else modelled.
    pub now: f64,
    /// `measured` or `modelled`.
    pub now_basis: &'static str,
    /// Part of the modelled effect that counts: 1, or measured / modelled where the model brings more than is measured.
    pub closure: f64,
    /// Mean under the plan, SI.
    pub value: f64,
    /// What one unit of limit more would save, CNY a year per SI unit; the price of the target. 0 for a target that stays
    /// missed: there a little more limit saves nothing.
    pub dual: f64,
    /// Lowest mean that all measures together can reach, SI.
    pub floor: f64,
}

/// One measure at one source in the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Application {
    /// Measure.
    pub measure: String,
    /// Source.
    pub source: String,
    /// Top-level member that pays.
    pub member: String,
    /// Lowest-level member.
    pub city: String,
    /// Structure.
    pub structure: String,
    /// Sector.
    pub sector: String,
    /// Share applied, 0 to 1.
    pub share: f64,
    /// CNY a year.
    pub cost_cny_per_year: f64,
    /// Species and kg s⁻¹ taken away.
    pub removed: Vec<(String, f64)>,
    /// Standing of the costs.
    pub mark: String,
}

/// A solved plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// `joint`, or the code of the member that acts alone.
    pub who: String,
    /// `optimal`, `infeasible` (then the plan that comes nearest is given), `no targets`, or `unproved` (the solver's
    /// answer breaks a row, or misses its bound, by more than 1e-6).
    pub status: &'static str,
    /// CNY a year.
    pub cost: f64,
    /// Lower bound of the cost from the dual, CNY a year; for an infeasible plan, of a plan with the same misses.
    pub bound: f64,
    /// (cost − bound) / cost.
    pub gap: f64,
    /// By target.
    pub targets: Vec<TargetOutcome>,
    /// Greatest amount by which a target is missed, as a share of its limit.
    pub max_violation: f64,
    /// Measures applied, share above 1e-9.
    pub applications: Vec<Application>,
    /// Cost by top-level member.
    pub cost_by_member: Vec<(String, f64)>,
}

/// The joint plan and each member alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plans {
    /// All members together, all targets, both media.
    pub joint: Plan,
    /// Each top-level member with its own measures against the targets at its own receptors.
    pub alone: Vec<Plan>,
    /// What the plan does not know, in sentences (zh, en), e.g. "ozone not assessed".
    pub caveats: Vec<(String, String)>,
}
