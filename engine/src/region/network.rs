//! The river network: reaches, lakes and the sections where water is judged.

use super::geometry::Point;
use serde::Serialize;

/// What kind of water body an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReachKind {
    /// Flowing water, plug flow.
    Reach,
    /// Stirred water.
    Lake,
    /// A gate: passes all, takes no time.
    Gate,
    /// A diversion: a reach whose flow is set by people.
    Diversion,
}

/// Where the water of an element goes.
#[derive(Debug, Clone, Serialize)]
pub struct Branch {
    /// Next element; `None` = it leaves the region.
    pub to: Option<usize>,
    /// Share of the flow.
    pub share: f64,
}

/// One element of the network.
#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    /// Identifier.
    pub id: String,
    /// What it is.
    pub kind: ReachKind,
    /// Length, m.
    pub length_m: f64,
    /// Mean flow, m³ s⁻¹.
    pub flow_m3_s: f64,
    /// Time the water takes through it, s (a lake: volume over flow).
    pub travel_s: f64,
    /// Volume, m³.
    pub volume_m3: f64,
    /// Where its water goes; the shares sum to 1.
    pub branches: Vec<Branch>,
    /// Code of the member it lies in.
    pub member: Option<String>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Head, for the map.
    pub from: Option<Point>,
    /// Foot, for the map.
    pub to: Option<Point>,
}

/// Why a section is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionRole {
    /// Between two members.
    Border,
    /// Drinking water.
    Intake,
    /// Any other.
    Control,
}

/// River or lake: the phosphorus limits differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WaterBody {
    /// Flowing.
    River,
    /// Standing.
    Lake,
}

/// A monitored section.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Identifier.
    pub id: String,
    /// Position in [`super::Case::reaches`]; `None` where it is judged but not modelled.
    pub reach: Option<usize>,
    /// Metres from the head of the reach.
    pub distance_m: f64,
    /// Why it is watched.
    pub role: SectionRole,
    /// Code of the member that answers for it.
    pub member: String,
    /// River or lake.
    pub body: WaterBody,
    /// Class it must reach, 1 to 5.
    pub target_class: Option<u8>,
    /// Who answers for it in person (河长); empty where not told.
    pub river_chief: String,
    /// Where it is.
    pub place: Option<Point>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}
