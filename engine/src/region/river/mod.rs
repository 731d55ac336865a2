//! A river network as its table gives it, before anything flows: elements, where their water goes, and places on them.
//!
//! [`read::network`] reads any of the forms that are known ([`read_columns`], [`route_link`], [`node_table`], [`lines`]) with
//! every problem told at once; [`check`] tells what can hardly be.

pub mod check;
pub mod lines;
pub mod node_table;
pub mod order;
pub mod read;
pub mod read_columns;
pub mod read_places;
pub mod route_link;

use super::geometry::Point;
use super::network::ReachKind;
use serde::Serialize;
use std::collections::BTreeMap;

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

/// A network with the file it came from, so that what is found later can still name the line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// The network.
    pub network: RiverNetwork,
    /// The file, as it was named.
    pub file: String,
    /// For each element its line (of a table) or the number of its record (of a binary file), from 1.
    pub lines: Vec<u64>,
    /// What the reader took upon itself, in sentences.
    pub notes: Vec<String>,
}

impl RiverNetwork {
    /// Identifier → position.
    pub fn positions(&self) -> BTreeMap<&str, usize> {
        self.elements.iter().enumerate().map(|(at, e)| (e.id.as_str(), at)).collect()
    }

    /// The links of each element: the range of [`RiverNetwork::links`] that begins at it.
    pub fn links_from(&self) -> Vec<std::ops::Range<usize>> {
        let mut starts = vec![0_usize; self.elements.len() + 1];
        self.links.iter().for_each(|l| starts[l.from + 1] += 1);
        (0..self.elements.len()).for_each(|e| starts[e + 1] += starts[e]);
        starts.windows(2).map(|w| w[0]..w[1]).collect()
    }

    /// Discharge that the flows of the table bring to the head of each element, m³ s⁻¹; `None` where one of them is not told
    /// or none leads there.
    pub fn inflow_m3_s(&self) -> Vec<Option<f64>> {
        let mut sums: Vec<Option<Option<f64>>> = vec![None; self.elements.len()];
        for link in &self.links {
            if let Some(to) = link.to {
                let brings = self.elements[link.from].flow_m3_s.map(|q| q * link.share);
                sums[to] = Some(match sums[to] {
                    None => brings,
                    Some(sum) => sum.zip(brings).map(|(a, b)| a + b),
                });
            }
        }
        sums.into_iter().map(Option::flatten).collect()
    }
}
