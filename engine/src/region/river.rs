//! A river network as its table gives it, before anything flows: elements, where their water goes, and places on them.

use super::geometry::Point;
use super::network::ReachKind;
use serde::Serialize;

/// One element. What a table does not give is empty; the flow works it out or says that it cannot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Element {
    /// Identifier in its table.
    pub id: String,
    /// What it is.
    pub kind: ReachKind,
    /// Length along the water, m.
    pub length_m: f64,
    /// Width at the surface, m.
    pub width_m: Option<f64>,
    /// Mean depth, m.
    pub depth_m: Option<f64>,
    /// Slope of the bed, m m⁻¹.
    pub slope: Option<f64>,
    /// Manning's roughness, s m⁻¹ᐟ³.
    pub manning_n: Option<f64>,
    /// Mean flow, m³ s⁻¹; below 0 where the water runs from the foot to the head.
    pub flow_m3_s: Option<f64>,
    /// Mean velocity, m s⁻¹.
    pub velocity_m_s: Option<f64>,
    /// Volume of water, m³; a lake must have one.
    pub volume_m3: Option<f64>,
    /// Code of the member it lies in.
    pub member: Option<String>,
    /// Its course, head first; empty where not told.
    pub course: Vec<Point>,
}

/// Water of the foot of `from` enters the head of `to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Link {
    /// Position in [`RiverNetwork::elements`].
    pub from: usize,
    /// The same; `None` = it leaves the region.
    pub to: Option<usize>,
    /// Share of the outflow of `from`; the shares of one element sum to 1.
    pub share: f64,
}

/// Elements and links. Loops are allowed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RiverNetwork {
    /// Reaches, lakes, gates and diversions, in the order of the table.
    pub elements: Vec<Element>,
    /// Where the water goes, sorted by `from`.
    pub links: Vec<Link>,
}

/// A place on the network: an element and the metres from its head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// Position in [`RiverNetwork::elements`].
    pub element: usize,
    /// Metres from the head.
    pub distance_m: f64,
}
