//! The river network as a calculation sees it: elements in the order of the water, and who enters where.
//!
//! A place on a reach is the share `x` of its travel time that lies above it: x = distance / length, 0 at the head, 1 at
//! the foot (flow and section are constant within a reach, so length and time go together). A lake and a gate are points.

use super::super::chain::Chain;
use crate::problem::{Error, Result};
use crate::region::Case;
use crate::region::network::{Reach, ReachKind};
use crate::region::pollutant::Medium;
use crate::region::source::Site;
use std::collections::BTreeSet;

/// How a source comes into its reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry {
    /// With the water at the head.
    Head,
    /// Through a pipe at this share of the travel time.
    At(f64),
    /// Evenly along the whole reach.
    Spread,
}

/// The network of a case, ready for sweeps.
#[derive(Debug)]
pub struct Network<'a> {
    /// The case.
    pub case: &'a Case,
    /// The water chain.
    pub chain: Chain,
    /// Positions in [`Case::reaches`], whatever is upstream first.
    pub order: Vec<usize>,
    /// For each reach: the sites on it and how they enter.
    pub entries: Vec<Vec<(usize, Entry)>>,
    /// Names of the sites: the water sources of the case, in its order.
    pub sites: Vec<String>,
    /// For each source of the case: its site.
    pub source_sites: Vec<Option<u32>>,
}

impl<'a> Network<'a> {
    /// The network of a case; `None` where it has no reach, no species of water or no section on a reach.
    pub fn new(case: &'a Case) -> Result<Option<Network<'a>>> {
        let chain = Chain::new(&case.reactions, Medium::Water);
        let judged = case.sections.iter().any(|s| s.reach.is_some());
        if case.reaches.is_empty() || chain.species.is_empty() || chain.observed.is_empty() || !judged {
            return Ok(None);
        }
        case.reaches.iter().try_for_each(|reach| sound(reach, case.reaches.len()))?;
        if let Some(lost) = case.sections.iter().find(|s| s.reach.is_some_and(|r| r >= case.reaches.len())) {
            return Err(Error::Stage(format!("section {} lies on a reach that does not exist", lost.id)));
        }
        let order = upstream_first(&case.reaches)?;
        let mut network = Network {
            case,
            chain,
            order,
            entries: vec![Vec::new(); case.reaches.len()],
            sites: Vec::new(),
            source_sites: vec![None; case.sources.len()],
        };
        network.place_sources();
        Ok(Some(network))
    }

    fn place_sources(&mut self) {
        for (source, site) in self.case.sources.iter().zip(&mut self.source_sites) {
            let Some(id) = source.site.reach().filter(|_| source.medium == Medium::Water) else { continue };
            let Some(at) = self.case.reaches.iter().position(|r| r.id == id) else { continue };
            let entry = match &source.site {
                Site::Outfall { distance_m, .. } => Entry::At(share_of_way(&self.case.reaches[at], *distance_m, 0.0)),
                Site::Diffuse { .. } => Entry::Spread,
                _ => Entry::Head,
            };
            self.entries[at].push((self.sites.len(), entry));
            *site = Some(self.sites.len() as u32);
            self.sites.push(source.id.clone());
        }
    }

    /// Time the water takes through an element, s; a gate passes all at once.
    pub fn travel_s(&self, reach: usize) -> f64 {
        let reach = &self.case.reaches[reach];
        if reach.kind == ReachKind::Gate { 0.0 } else { reach.travel_s }
    }

    /// Whether an element is one stirred volume.
    pub fn is_stirred(&self, reach: usize) -> bool {
        self.case.reaches[reach].kind == ReachKind::Lake
    }

    /// A section's reach and the share of the way to it; `None` where it stands on no reach.
    pub fn place_of(&self, section: usize) -> Option<(usize, f64)> {
        let section = self.case.sections.get(section)?;
        let reach = section.reach?;
        Some((reach, share_of_way(self.case.reaches.get(reach)?, section.distance_m, 1.0)))
    }
}

/// Distance over length, from 0 to 1; `without_length` in an element that has none.
fn share_of_way(reach: &Reach, distance_m: f64, without_length: f64) -> f64 {
    let share = distance_m / reach.length_m;
    if share.is_finite() { share.clamp(0.0, 1.0) } else { without_length }
}

/// What a sweep relies on; the case reader refuses the same in the tables.
fn sound(reach: &Reach, count: usize) -> Result<()> {
    let fails = |what: String| Err(Error::Stage(format!("reach {}: {what}", reach.id)));
    if !(reach.flow_m3_s > 0.0 && reach.flow_m3_s.is_finite()) {
        return fails(format!("its flow is {} m3/s, but water must flow in it", reach.flow_m3_s));
    }
    if !(reach.travel_s >= 0.0 && reach.travel_s.is_finite()) {
        return fails(format!("its travel time is {} s, but must be finite and not negative", reach.travel_s));
    }
    if reach.branches.iter().any(|b| b.to.is_some_and(|to| to >= count)) {
        return fails("a branch leads to a reach that does not exist".into());
    }
    let sum: f64 = reach.branches.iter().map(|b| b.share).sum();
    if !sum.is_finite() || (sum - 1.0).abs() > 1e-6 || reach.branches.iter().any(|b| b.share < 0.0) {
        return fails(format!("the shares of its branches sum to {sum}, but must sum to 1 and none be negative"));
    }
    Ok(())
}

/// The reaches sorted so that each comes after all that flow into it (Kahn 1962); among equals the table's order.
fn upstream_first(reaches: &[Reach]) -> Result<Vec<usize>> {
    let mut waits_for = vec![0_usize; reaches.len()];
    let downstream = |r: usize| reaches[r].branches.iter().filter_map(|b| b.to);
    (0..reaches.len()).flat_map(downstream).for_each(|to| waits_for[to] += 1);
    let mut ready: BTreeSet<usize> = (0..reaches.len()).filter(|r| waits_for[*r] == 0).collect();
    let mut order = Vec::with_capacity(reaches.len());
    while let Some(r) = ready.pop_first() {
        order.push(r);
        for to in downstream(r) {
            waits_for[to] -= 1;
            if waits_for[to] == 0 {
                ready.insert(to);
            }
        }
    }
    if order.len() < reaches.len() {
        let stuck: Vec<&str> =
            (0..reaches.len()).filter(|r| waits_for[*r] > 0).take(8).map(|r| reaches[r].id.as_str()).collect();
        return Err(Error::Stage(format!(
            "the river flows in a circle at or above {}; a network without circles is needed, so cut the weakest branch",
            stuck.join(", ")
        )));
    }
    Ok(order)
}
