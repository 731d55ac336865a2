//! Act (应急): an event or incident and the plan become orders: who, what, from which hour, until when.
//!
//! [`orders()`] cuts the rules' windows so that the orders of one source never overlap, `wording` says what to do in words
//! that can be checked, and `effect` says what it brings at the protected station.

mod effect;
mod orders;
#[cfg(test)]
mod tests;
mod wording;

pub use orders::orders;

use crate::region::calendar::Period;
use crate::region::event::Obligation;
use serde::Serialize;

/// An order to one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Order {
    /// Identifier, stable under re-runs.
    pub id: String,
    /// The rule it follows from.
    pub rule: String,
    /// Source.
    pub source: String,
    /// Its names, zh and en.
    pub source_name: (String, String),
    /// Top-level member that must see to it.
    pub member: String,
    /// Lowest-level member.
    pub city: String,
    /// Structure.
    pub structure: String,
    /// Sector.
    pub sector: String,
    /// What to do, zh and en.
    pub action: (String, String),
    /// Share of the emission to stop.
    pub cut: f64,
    /// How strictly.
    pub obligation: Obligation,
    /// From the first hour to the hour after the last.
    pub window: Period,
    /// Species and kg s⁻¹ stopped while it runs.
    pub stopped: Vec<(String, f64)>,
    /// Mean effect at the event's receptor over the event's days, kg m⁻³ of PM2.5 (negative = cleaner); `None` where no
    /// footprint reaches.
    pub effect: Option<f64>,
    /// Standing of the rule.
    pub mark: String,
}

/// All orders of an event, with what they are expected to bring.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Orders {
    /// Receptor that the event protects (the treated station of the campaign that shares its window), if any.
    pub receptor: Option<String>,
    /// The event's days.
    pub window: Option<Period>,
    /// By member, source, start.
    pub orders: Vec<Order>,
    /// Expected mean effect of all orders, kg m⁻³, and its sampling error.
    pub expected: Option<(f64, f64)>,
    /// Expected effect at each station over the event's days, kg m⁻³.
    pub expected_by_station: Vec<(String, f64)>,
}
