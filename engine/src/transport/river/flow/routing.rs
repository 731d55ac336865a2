//! Muskingum–Cunge: a flood wave routed from lateral inflow through a tree of reaches, with the books of the water kept.
//!
//! ```text
//! V¹ = V⁰ + Δt (I + q − O)          V¹ = V_eq(X (I + q) + (1 − X) O)
//! X  = ½ − D/(c L) + c Δt/(2 L)     D = O/(2 B S),   c = L dO/dV_eq          0 ≤ X ≤ min(1, c Δt/L)
//! ```
//! `I` what comes by the links, `q` lateral, `O` outflow (all m³ s⁻¹, constant over the frame of length Δt), `V` volume, `V_eq` the
//! volume at a steady discharge ([`super::hydraulics`]), `L` length, `B` width, `S` slope, `c` celerity, `D` hydraulic
//! diffusivity. Muskingum's storage with Cunge's weight (1969, J. Hydraul. Res. 7:205): the dispersion of the scheme is made
//! that of the wave. The step is implicit, hence the last term of X (Cunge's own step is centred and lacks it). Its bounds
//! keep every coefficient ≥ 0, so that no wave sends a dip ahead. A reach longer than 2 D/c + c Δt at its mean discharge is
//! routed as that many equal pieces; where the bounds still bind (a discharge far from the mean, more than 64 pieces, a
//! step so long that X > 1) the wave disperses otherwise than the river would, and [`super::Continuity::bounded`] counts it. Storage is solved for in its non-linear form, not with a
//! celerity frozen for the step, so that no water is lost when the wave changes speed (the loss Todini 2007, HESS 11:1645
//! describes).
//!
//! A lake or gate has a fixed volume and passes what comes, once it is full. Assumes kinematic waves: no backwater, no tide, no
//! reversal, no circle; for these, [`Flow::from_parts`].

use super::hydraulics::Hydraulics;
use super::{Flow, Joins, given};
use crate::problem::{Error, Result};
use crate::region::calendar::Time;
use crate::region::river::{Element, RiverNetwork};
use crate::transport::river::grid::downstream_order;

/// Halvings of the interval that holds the outflow; each step of Newton that leaves it is replaced by one.
const MOST_STEPS: usize = 200;
/// Most pieces a reach is routed in.
const MOST_PIECES: usize = 64;

impl Flow {
    /// Routes lateral inflow, by frame and element (frame after frame), m³ s⁻¹; below 0 where water is taken. The first
    /// frame's, steady for ever, is the state at the start.
    pub fn routed(network: &RiverNetwork, start: Time, frame_s: f64, lateral_m3_s: &[f64]) -> Result<Flow> {
        let n = network.elements.len();
        let frames = lateral_m3_s.len() / n.max(1);
        given::counted(network, lateral_m3_s.len(), frames)?;
        if let Some(at) = lateral_m3_s.iter().position(|q| !q.is_finite()) {
            let id = &network.elements[at % n].id;
            return Err(Error::Stage(format!("element {id}: its lateral inflow is not a number in frame {}", at / n)));
        }
        if !(frame_s > 0.0 && frame_s.is_finite()) {
            return Err(Error::Stage(format!(
                "water is routed in steps of {frame_s} s; they must be finite and above 0"
            )));
        }
        let order = downstream_order(network);
        no_circles(network, &order)?;
        let relations = given::relations(network)?;
        let from: Vec<std::ops::Range<usize>> = (0..n)
            .map(|e| {
                let first = network.links.partition_point(|l| l.from < e);
                first..network.links.partition_point(|l| l.from <= e)
            })
            .collect();
        // What comes to each element and leaves it when the given lateral water lasts for ever.
        let at_rest = |lateral: &dyn Fn(usize) -> f64| {
            let mut inflow = vec![0.0; n];
            for e in &order {
                let outflow = (inflow[*e] + lateral(*e)).max(0.0);
                for link in &network.links[from[*e].clone()] {
                    link.to.iter().for_each(|to| inflow[*to] += link.share * outflow);
                }
            }
            inflow
        };
        let mean = |e: usize| (0..frames).map(|f| lateral_m3_s[f * n + e]).sum::<f64>() / frames as f64;
        let mean_inflow = at_rest(&mean);
        let mut pieces = Vec::with_capacity(n + 1);
        pieces.push(0);
        for e in 0..n {
            let discharge = (mean_inflow[e] + mean(e)).max(0.0);
            pieces.push(pieces[e] + pieces_of(&network.elements[e], relations[e], discharge, frame_s));
        }
        // The state at the start.
        let first_inflow = at_rest(&|e| lateral_m3_s[e]);
        let mut water = vec![0.0; pieces[n]];
        for e in 0..n {
            let share = 1.0 / (pieces[e + 1] - pieces[e]) as f64;
            for (k, water) in water[pieces[e]..pieces[e + 1]].iter_mut().enumerate() {
                let outflow = (first_inflow[e] + lateral_m3_s[e] * share * (k + 1) as f64).max(0.0);
                *water = relations[e].volume_m3(outflow) * share;
            }
        }
        let mut volume = Vec::with_capacity((frames + 1) * n);
        let in_all = |water: &[f64]| (0..n).map(|e| water[pieces[e]..pieces[e + 1]].iter().sum()).collect::<Vec<f64>>();
        volume.extend(in_all(&water));
        let mut links = vec![0.0; frames * network.links.len()];
        let (mut held, mut bounded, mut storage_error) = (0, 0, 0.0_f64);
        let mut inflow = vec![0.0; n];
        for f in 0..frames {
            inflow.fill(0.0);
            for e in &order {
                let share = 1.0 / (pieces[*e + 1] - pieces[*e]) as f64;
                let lateral = lateral_m3_s[f * n + *e] * share;
                let mut comes = inflow[*e];
                for water in &mut water[pieces[*e]..pieces[*e + 1]] {
                    let step = Reach {
                        element: &network.elements[*e],
                        relation: relations[*e],
                        share,
                        // Lateral water counts with what comes from above, so that a steady state is one of the relation.
                        inflow: (comes + lateral).max(0.0),
                        available: *water / frame_s + comes + lateral,
                        frame_s,
                    };
                    let (outflow, error, bound) = step.outflow();
                    storage_error = storage_error.max(error);
                    bounded += usize::from(bound);
                    held += usize::from(step.available < 0.0 || outflow == 0.0 && error > 0.0);
                    *water = ((step.available - outflow) * frame_s).max(0.0);
                    comes = outflow;
                }
                for l in from[*e].clone() {
                    let link = &network.links[l];
                    links[f * network.links.len() + l] = link.share * comes;
                    link.to.iter().for_each(|to| inflow[*to] += link.share * comes);
                }
            }
            volume.extend(in_all(&water));
        }
        let mut flow = Flow::from_parts(network, start, frame_s, Joins::Along, links, volume)?;
        let (mut given_m3_s, mut missing) = (0.0, 0.0);
        for (closing, given) in flow.lateral_m3_s.iter().zip(lateral_m3_s) {
            given_m3_s += given.abs();
            missing += (closing - given).abs();
        }
        flow.continuity.held = held;
        flow.continuity.bounded = bounded;
        flow.continuity.storage_error = storage_error;
        flow.continuity.error = if given_m3_s > 0.0 { missing / given_m3_s } else { 0.0 };
        Ok(flow)
    }
}

/// Pieces of equal length a reach is routed in: none longer than 2 D/c + c Δt at a discharge.
fn pieces_of(element: &Element, relation: Hydraulics, discharge_m3_s: f64, frame_s: f64) -> usize {
    let q = discharge_m3_s.max(1e-9);
    let reach = Reach { element, relation, share: 1.0, inflow: q, available: q, frame_s };
    let Some((courant, diffusivity)) = reach.numbers() else { return 1 };
    // L/(2 D/c + c Δt) with D/(c L) and c Δt/L
    let longest = (2.0 * diffusivity + courant).max(1.0 / MOST_PIECES as f64);
    (1.0 / longest - 1e-9).ceil().max(1.0) as usize
}

/// One piece of an element, and one step.
struct Reach<'a> {
    element: &'a Element,
    relation: Hydraulics,
    /// Of the element.
    share: f64,
    /// By the links and from the side, m³ s⁻¹, not below 0.
    inflow: f64,
    /// Discharge that would empty it in the step: V⁰/Δt + I + q.
    available: f64,
    frame_s: f64,
}

impl Reach<'_> {
    /// Outflow, the relative error of the storage relation (above 0 only where the outflow is held at 0), and whether the
    /// weight was held at a bound.
    fn outflow(&self) -> (f64, f64, bool) {
        if self.available <= 0.0 {
            return (0.0, 0.0, false);
        }
        if let Hydraulics::Fixed { volume_m3 } = self.relation {
            return ((self.available - volume_m3 * self.share / self.frame_s).max(0.0), 0.0, false);
        }
        let (x, bound) = self.weight();
        // Rises with O: what is stored by the relation less what is left by the books, as a discharge.
        let stored = |o: f64| self.relation.volume_m3(x * self.inflow + (1.0 - x) * o) * self.share;
        let surplus = |o: f64| stored(o) / self.frame_s - (self.available - o);
        if surplus(0.0) >= 0.0 {
            let left = self.available * self.frame_s;
            return (0.0, surplus(0.0) * self.frame_s / left, bound);
        }
        let (mut low, mut high) = (0.0, self.available);
        for _ in 0..MOST_STEPS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if surplus(middle) < 0.0 { low = middle } else { high = middle }
        }
        (low, surplus(low).abs() / self.available, bound)
    }

    /// X, at the discharge that comes, and whether it was held at a bound.
    fn weight(&self) -> (f64, bool) {
        let Some((courant, diffusivity)) = self.numbers() else { return (0.0, false) };
        let wanted = 0.5 - diffusivity + 0.5 * courant;
        let x = wanted.clamp(0.0, courant.min(1.0));
        (x, x != wanted)
    }

    /// c Δt/L and D/(c L) of the piece at the discharge that comes.
    fn numbers(&self) -> Option<(f64, f64)> {
        let q = self.inflow.max(0.1 * self.available).max(1e-9);
        let length = self.element.length_m * self.share;
        // dV/dQ by a difference: both relations are powers.
        let volume = |factor: f64| self.relation.volume_m3(factor * q) * self.share;
        let slope_s = (volume(1.001) - volume(0.999)) / (0.002 * q);
        if slope_s <= 0.0 || slope_s.is_nan() {
            return None;
        }
        let section = self.element.width_m.zip(self.element.slope).filter(|(b, s)| *b > 0.0 && *s > 0.0);
        // D/(c L) = q/(2 B S) · (dV/dQ)/L²
        let diffusivity = section.map_or(0.0, |(b, s)| q / (2.0 * b * s) * slope_s / (length * length));
        Some((self.frame_s / slope_s, diffusivity))
    }
}

fn no_circles(network: &RiverNetwork, order: &[usize]) -> Result<()> {
    let mut rank = vec![0; order.len()];
    order.iter().enumerate().for_each(|(r, e)| rank[*e] = r);
    let back = network.links.iter().find(|l| l.to.is_some_and(|to| rank[to] <= rank[l.from]));
    match back.and_then(|l| l.to.map(|to| (l.from, to))) {
        Some((from, to)) => Err(Error::Stage(format!(
            "water cannot be routed round a circle, and {} leads back to {}; open the circle there, or give the flow",
            network.elements[from].id, network.elements[to].id
        ))),
        None => Ok(()),
    }
}
