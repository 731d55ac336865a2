//! Who lies below whom: what a spill can reach, what an intake drinks of, and how long the water takes.
//!
//! Directions are those of the discharge, not of the table: where a link's discharge is below 0 its water runs from the foot
//! to the head. Travel time through an element is volume over discharge; of several ways the fastest counts, because it is the
//! first water that does harm (Dijkstra 1959).

use super::flow::hydraulics::AREA_EXPONENT;
use super::flow::{Flow, Joins};
use crate::problem::Result;
use crate::region::river::{Link, Place, RiverNetwork};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Which way to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Where the water goes.
    Down,
    /// Where it comes from.
    Up,
}

/// For each element those that its water goes to (or comes from) in some frame of the flow.
fn neighbours(network: &RiverNetwork, flow: &Flow, look: Look) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); network.elements.len()];
    for (l, link) in network.links.iter().enumerate() {
        let Some(to) = link.to else { continue };
        let discharge = |f: usize| flow.frame(f).link_m3_s[l];
        let runs =
            (0..flow.frames).fold((false, false), |(d, b), f| (d || discharge(f) > 0.0, b || discharge(f) < 0.0));
        for (goes, (a, b)) in [(runs.0, (link.from, to)), (runs.1, (to, link.from))] {
            match (goes, look) {
                (true, Look::Down) => next[a].push(b),
                (true, Look::Up) => next[b].push(a),
                _ => {}
            }
        }
    }
    next
}

/// Whether each element can be reached from some of `from`, those included.
pub fn reached(network: &RiverNetwork, flow: &Flow, from: &[usize], look: Look) -> Vec<bool> {
    let next = neighbours(network, flow, look);
    let mut found = vec![false; network.elements.len()];
    let mut left: Vec<usize> = from.to_vec();
    while let Some(e) = left.pop() {
        if !std::mem::replace(&mut found[e], true) {
            left.extend(&next[e]);
        }
    }
    found
}

/// A part of a network with its flow; water from and to the rest comes in and goes out at the side.
#[derive(Debug, Clone)]
pub struct Part {
    /// The part.
    pub network: RiverNetwork,
    /// Its flow.
    pub flow: Flow,
    /// For each element of the whole its position in the part.
    pub position: Vec<Option<usize>>,
}

/// Cuts out the elements that are kept. `scale` multiplies every discharge; the volume of flowing water follows with the power
/// 0.66 (Leopold & Maddock 1953), that of lakes does not.
pub fn part(network: &RiverNetwork, flow: &Flow, kept: &[bool], scale: f64) -> Result<Part> {
    let mut position = vec![None; kept.len()];
    let mut cut = RiverNetwork::default();
    for (e, element) in network.elements.iter().enumerate().filter(|(e, _)| kept[*e]) {
        position[e] = Some(cut.elements.len());
        cut.elements.push(element.clone());
    }
    let mut links = Vec::new();
    for (l, link) in network.links.iter().enumerate() {
        if let Some(from) = position[link.from] {
            links.push(l);
            cut.links.push(Link { from, to: link.to.and_then(|to| position[to]), share: link.share });
        }
    }
    let lake = crate::region::network::ReachKind::Lake;
    let swell: Vec<f64> =
        cut.elements.iter().map(|e| if e.kind == lake { 1.0 } else { scale.powf(AREA_EXPONENT) }).collect();
    let (mut discharge, mut volume) = (Vec::new(), Vec::new());
    let elements: Vec<usize> = (0..kept.len()).filter(|e| kept[*e]).collect();
    for f in 0..flow.frames {
        let frame = flow.frame(f);
        discharge.extend(links.iter().map(|l| frame.link_m3_s[*l] * scale));
        volume.extend(elements.iter().zip(&swell).map(|(e, s)| frame.volume_start_m3[*e] * s));
    }
    let last = flow.frame(flow.frames - 1);
    volume.extend(elements.iter().zip(&swell).map(|(e, s)| last.volume_end_m3[*e] * s));
    let joins: Joins = flow.joins;
    let flow = Flow::from_parts(&cut, flow.start, flow.frame_s, joins, discharge, volume)?;
    Ok(Part { network: cut, flow, position })
}

/// Time from each element to a place, s: from its head and from its foot (as the water runs). `None` where none comes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Travel {
    /// From where the water enters it.
    pub from_head_s: f64,
    /// From where it leaves it; 0 in the element of the place.
    pub from_foot_s: f64,
}

/// Travel times of every element to a place, in a frame of the flow.
pub fn travel_to(network: &RiverNetwork, flow: &Flow, frame: usize, place: Place) -> Vec<Option<Travel>> {
    let n = network.elements.len();
    let through = |e: usize| flow.travel_s(frame, e).unwrap_or(f64::INFINITY);
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (link, q) in network.links.iter().zip(flow.frame(frame).link_m3_s) {
        let Some(to) = link.to else { continue };
        if *q > 0.0 {
            above[to].push(link.from);
        } else if *q < 0.0 {
            above[link.from].push(to);
        }
    }
    let own = &network.elements[place.element];
    let along = if own.length_m > 0.0 { (place.distance_m / own.length_m).clamp(0.0, 1.0) } else { 1.0 };
    let along = if flow.discharge_m3_s(frame, place.element) < 0.0 { 1.0 - along } else { along };
    let mut found: Vec<Option<Travel>> = vec![None; n];
    let first = if along > 0.0 { along * through(place.element) } else { 0.0 };
    if first.is_finite() {
        found[place.element] = Some(Travel { from_head_s: first, from_foot_s: 0.0 });
    }
    // The nearest head first, by whole milliseconds.
    let key = |seconds: f64| Reverse((seconds * 1000.0) as u64);
    let mut queue: BinaryHeap<(Reverse<u64>, usize)> = BinaryHeap::new();
    queue.push((key(first), place.element));
    while let Some((_, e)) = queue.pop() {
        let Some(here) = found[e] else { continue };
        for &up in &above[e] {
            let head = here.from_head_s + through(up);
            if head.is_finite() && found[up].is_none_or(|t| head < t.from_head_s) {
                found[up] = Some(Travel { from_head_s: head, from_foot_s: here.from_head_s });
                queue.push((key(head), up));
            }
        }
    }
    found
}
