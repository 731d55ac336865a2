//! Who emits, what, and how it reacts on the way.

use super::calendar::Period;
use super::geometry::Point;
use super::pollutant::{Medium, Pollutant};
use serde::Serialize;

/// How a source lies in space.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// A stack at a point.
    Point(Point),
    /// Spread evenly over its member's polygon.
    Area,
    /// A pipe into a reach, at a distance from its head.
    Outfall {
        /// The reach.
        reach: String,
        /// Metres from the head of the reach.
        distance_m: f64,
    },
    /// Spread evenly along a reach.
    Diffuse {
        /// The reach.
        reach: String,
    },
    /// What enters the region at the head of a reach.
    Inflow {
        /// The reach.
        reach: String,
    },
}

impl Site {
    /// The reach a water source drains to.
    pub fn reach(&self) -> Option<&str> {
        match self {
            Site::Outfall { reach, .. } | Site::Diffuse { reach } | Site::Inflow { reach } => Some(reach),
            Site::Point(_) | Site::Area => None,
        }
    }
}

/// Someone who emits.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Identifier.
    pub id: String,
    /// Code of the member that answers for it; `None` for what enters from outside the region.
    pub member: Option<String>,
    /// Air or water.
    pub medium: Medium,
    /// Where.
    pub site: Site,
    /// Activity.
    pub sector: String,
    /// Which of the four structures (energy, industry, transport, land use), or for water industry, household,
    /// agriculture, capacity.
    pub structure: String,
    /// Height of release above ground, m.
    pub height_m: f64,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Standing of the figure (`mark`).
    pub mark: String,
}

/// A steady rate of one species from one source.
#[derive(Debug, Clone, Serialize)]
pub struct Emission {
    /// Position of the source in [`super::Case::sources`].
    pub source: usize,
    /// Species, a name of the reaction chain.
    pub species: String,
    /// kg s⁻¹.
    pub rate_kg_s: f64,
    /// When; `None` = always.
    pub period: Option<Period>,
    /// Standing of the figure.
    pub mark: String,
}

/// One step of the linear reaction chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReactionStep {
    /// Where it happens.
    pub medium: Medium,
    /// What happens to it.
    pub process: Process,
    /// Species.
    pub species: String,
    /// What becomes of it: a species, or for `observe` a measured quantity.
    pub product: String,
    /// First-order rate, s⁻¹.
    pub rate_per_s: f64,
    /// Range of the rate.
    pub rate_range: Option<(f64, f64)>,
    /// kg of product per kg of species.
    pub mass_yield: f64,
}

/// What a step of the chain does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Process {
    /// Species to nothing.
    Loss,
    /// Species to product.
    Convert,
    /// Species counts in a measured quantity at the receptor.
    Observe,
}

/// Removal of an air species at the ground and by rain.
#[derive(Debug, Clone, Serialize)]
pub struct Removal {
    /// Species.
    pub species: String,
    /// Dry deposition velocity, m s⁻¹.
    pub dry_velocity_m_s: f64,
    /// Washout coefficient at 1 mm h⁻¹, s⁻¹.
    pub washout_per_s: f64,
    /// Exponent of the rain rate in mm h⁻¹.
    pub washout_exponent: f64,
}

/// What a measure takes away at a source when fully applied.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// Position of the source in [`super::Case::sources`].
    pub source: usize,
    /// Emitted species.
    pub species: String,
    /// kg s⁻¹ less.
    pub rate_kg_s: f64,
}

/// A measure at a source: one decision.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    /// What is done.
    pub id: String,
    /// Position of the source that decides, in [`super::Case::sources`].
    pub source: usize,
    /// Structure it belongs to.
    pub structure: String,
    /// Sector.
    pub sector: String,
    /// What it takes away, over both media.
    pub effects: Vec<Effect>,
    /// Greatest share that can be applied.
    pub max_share: f64,
    /// Investment at share 1, CNY.
    pub capex_cny: f64,
    /// Running cost at share 1, CNY a year.
    pub opex_cny_per_year: f64,
    /// Years the investment lasts.
    pub life_years: f64,
    /// Decisions of one source with one group share one whole.
    pub group: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Standing of the costs.
    pub mark: String,
}

/// What must hold.
#[derive(Debug, Clone, Serialize)]
pub struct Target {
    /// Identifier.
    pub id: String,
    /// Station or section.
    pub receptor: String,
    /// Air or water.
    pub medium: Medium,
    /// Measured quantity.
    pub pollutant: Pollutant,
    /// Over which time the mean is taken.
    pub period: Period,
    /// Greatest permitted mean, SI.
    pub limit: f64,
    /// Where the limit is from.
    pub origin: String,
}
