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
//! keep every coefficient ≥ 0, so that no wave sends a dip ahead; where they bind (a reach longer than 2 D/c + c Δt, or a step so
//! long that X > 1) the wave disperses otherwise than the river would, and [`super::Continuity::bounded`] counts it. Storage is solved for in its non-linear form, not with a
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
        let mut volume = vec![0.0; (frames + 1) * n];
        let mut links = vec![0.0; frames * network.links.len()];
        let (mut held, mut bounded, mut storage_error) = (0, 0, 0.0_f64);
        let from: Vec<std::ops::Range<usize>> = (0..n)
            .map(|e| {
                let first = network.links.partition_point(|l| l.from < e);
                first..network.links.partition_point(|l| l.from <= e)
            })
            .collect();
        // The state at the start.
        let mut inflow = vec![0.0; n];
        for e in &order {
            let outflow = (inflow[*e] + lateral_m3_s[*e]).max(0.0);
            volume[*e] = relations[*e].volume_m3(outflow);
            for link in &network.links[from[*e].clone()] {
                link.to.iter().for_each(|to| inflow[*to] += link.share * outflow);
            }
        }
        for f in 0..frames {
            inflow.fill(0.0);
            for e in &order {
                let step = Reach {
                    element: &network.elements[*e],
                    relation: relations[*e],
                    // Lateral water counts with what comes from above, so that a steady state is one of the relation.
                    inflow: (inflow[*e] + lateral_m3_s[f * n + *e]).max(0.0),
                    available: volume[f * n + e] / frame_s + inflow[*e] + lateral_m3_s[f * n + e],
                    frame_s,
                };
                let (outflow, error, bound) = step.outflow();
                storage_error = storage_error.max(error);
                bounded += usize::from(bound);
                held += usize::from(step.available < 0.0 || outflow == 0.0 && error > 0.0);
                volume[(f + 1) * n + e] = ((step.available - outflow) * frame_s).max(0.0);
                for l in from[*e].clone() {
                    let link = &network.links[l];
                    links[f * network.links.len() + l] = link.share * outflow;
                    link.to.iter().for_each(|to| inflow[*to] += link.share * outflow);
                }
            }
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

/// One element and step.
struct Reach<'a> {
    element: &'a Element,
    relation: Hydraulics,
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
            return ((self.available - volume_m3 / self.frame_s).max(0.0), 0.0, false);
        }
        let (x, bound) = self.weight();
        // Rises with O: what is stored by the relation less what is left by the books, as a discharge.
        let surplus =
            |o: f64| self.relation.volume_m3(x * self.inflow + (1.0 - x) * o) / self.frame_s - (self.available - o);
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
        let q = self.inflow.max(0.1 * self.available).max(1e-9);
        let length = self.element.length_m;
        // dV/dQ by a difference: both relations are powers.
        let slope_s = (self.relation.volume_m3(1.001 * q) - self.relation.volume_m3(0.999 * q)) / (0.002 * q);
        if slope_s <= 0.0 || slope_s.is_nan() {
            return (0.0, false);
        }
        let courant = self.frame_s / slope_s;
        let section = self.element.width_m.zip(self.element.slope).filter(|(b, s)| *b > 0.0 && *s > 0.0);
        // D/(c L) = q/(2 B S) · (dV/dQ)/L²
        let diffusivity = section.map_or(0.0, |(b, s)| q / (2.0 * b * s) * slope_s / (length * length));
        let wanted = 0.5 - diffusivity + 0.5 * courant;
        let x = wanted.clamp(0.0, courant.min(1.0));
        (x, x != wanted)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::network::ReachKind;
    use crate::region::river::Link;

    fn channel(reaches: usize, length_m: f64) -> RiverNetwork {
        let element = |k: usize| Element {
            id: format!("r{k}"),
            kind: ReachKind::Reach,
            length_m,
            width_m: Some(40.0),
            depth_m: None,
            slope: Some(4e-4),
            manning_n: Some(0.03),
            flow_m3_s: None,
            velocity_m_s: None,
            volume_m3: None,
            member: None,
            course: Vec::new(),
        };
        let link = |k: usize| Link { from: k, to: (k + 1 < reaches).then_some(k + 1), share: 1.0 };
        RiverNetwork { elements: (0..reaches).map(element).collect(), links: (0..reaches).map(link).collect() }
    }

    /// Lateral inflow into the first reach only.
    fn hydrograph(reaches: usize, frames: usize, at: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..frames * reaches).map(|k| if k % reaches == 0 { at(k / reaches) } else { 0.0 }).collect()
    }

    #[test]
    fn a_steady_inflow_stays_steady_and_the_water_is_all_there() {
        let network = channel(6, 5000.0);
        let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(6, 96, |_| 30.0)).unwrap();
        assert!((flow.discharge_m3_s(95, 5) - 30.0).abs() < 1e-9);
        assert!(flow.continuity.error < 1e-12 && flow.continuity.storage_error < 1e-12, "{:?}", flow.continuity);
    }

    #[test]
    fn a_flood_wave_keeps_its_water_comes_later_and_lower_and_travels_at_five_thirds_of_the_velocity() {
        let network = channel(20, 5000.0);
        // Centred where its tail at the start is nothing: what is there at the start passes the foot without the head.
        let wave = |f: usize| 20.0 + 4.0 * (-((f as f64 - 100.0) / 16.0).powi(2)).exp();
        let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(20, 400, wave)).unwrap();
        let passed = |e: usize| (0..400).map(|f| flow.discharge_m3_s(f, e) - 20.0).sum::<f64>();
        assert!((passed(19) / passed(0) - 1.0).abs() < 1e-6, "{} {}", passed(0), passed(19));
        let centroid =
            |e: usize| (0..400).map(|f| f as f64 * 900.0 * (flow.discharge_m3_s(f, e) - 20.0)).sum::<f64>() / passed(e);
        // Manning, wide: c = 5/3 u, slowed or sped little by a wave of a fifth.
        let u = flow.velocity_m_s(0, 10).unwrap();
        let celerity = 14.0 * 5000.0 / (centroid(18) - centroid(4));
        assert!((celerity / (5.0 / 3.0 * u) - 1.0).abs() < 0.05, "{celerity} {u}");
        let peak = |e: usize| (0..400).map(|f| flow.discharge_m3_s(f, e)).fold(0.0, f64::max);
        assert!(peak(19) < peak(10) && peak(10) < peak(0));
        assert!(flow.continuity.error < 1e-11, "{:?}", flow.continuity);
    }

    #[test]
    fn a_wave_disperses_as_the_hydraulic_diffusivity_says() {
        // Variance of the passage in time grows by 2 D Δx / c³.
        let network = channel(60, 2000.0);
        let wave = |f: usize| 20.0 + 0.2 * (-((f as f64 - 200.0) / 40.0).powi(2)).exp();
        let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(60, 700, wave)).unwrap();
        assert_eq!(flow.continuity.bounded, 0);
        let moments = |e: usize| {
            let q = |f: usize| flow.discharge_m3_s(f, e) - 20.0;
            let all: f64 = (0..700).map(q).sum();
            let mean = (0..700).map(|f| f as f64 * 900.0 * q(f)).sum::<f64>() / all;
            (mean, (0..700).map(|f| (f as f64 * 900.0 - mean).powi(2) * q(f)).sum::<f64>() / all)
        };
        let ((t1, v1), (t2, v2)) = (moments(4), moments(54));
        let x = 50.0 * 2000.0;
        let c = x / (t2 - t1);
        let expected = 2.0 * (20.0 / (2.0 * 40.0 * 4e-4)) * x / c.powi(3);
        assert!(((v2 - v1) / expected - 1.0).abs() < 0.1, "{} {expected}", v2 - v1);
    }

    #[test]
    fn a_reach_that_is_pumped_dry_is_held_and_said_so_and_fills_again() {
        let network = channel(3, 5000.0);
        let lateral: Vec<f64> = (0..60 * 3)
            .map(|k| match (k % 3, k / 3) {
                (0, _) => 5.0,
                (1, 10..40) => -8.0,
                _ => 0.0,
            })
            .collect();
        let flow = Flow::routed(&network, Time(0), 3600.0, &lateral).unwrap();
        assert!(flow.continuity.held > 0);
        assert_eq!(flow.discharge_m3_s(39, 1), 0.0);
        assert!((flow.discharge_m3_s(59, 2) - 5.0).abs() < 0.05);
    }

    #[test]
    fn a_circle_is_refused_by_name() {
        let mut network = channel(3, 5000.0);
        network.links[2].to = Some(0);
        let error = Flow::routed(&network, Time(0), 900.0, &[1.0; 3]).unwrap_err().to_string();
        assert!(error.contains("r2") && error.contains("r0"), "{error}");
    }
}
