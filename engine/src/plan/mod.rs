//! Plan (方案): footprints, measures and targets become the least-cost joint plan.

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
    /// Mean under the plan, SI.
    pub value: f64,
    /// What one unit of limit more would save, CNY a year per SI unit; the price of the target.
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
    /// `optimal`, `infeasible` (then the plan that comes nearest is given), or `no targets`.
    pub status: &'static str,
    /// CNY a year.
    pub cost: f64,
    /// Lower bound of the cost from the dual, CNY a year.
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
