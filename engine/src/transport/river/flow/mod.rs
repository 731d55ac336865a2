//! Flow: how much water goes where, and how much lies where. One type, whoever made it.
//!
//! [`Flow`] is a row of frames of equal length. Within a frame the discharge through every link is constant and the volume
//! of every element goes linearly from its value at the start to that at the end, so that the books of the water
//!
//! ```text
//! dV/dt = Σ inflow − Σ outflow + lateral
//! ```
//! close exactly: `lateral` (m³ s⁻¹, below 0 where water is taken or lost) is what the other terms leave. Therefore a
//! constant concentration stays constant, whatever scheme carries it.
//!
//! * [`Flow::steady`], [`Flow::series`]: given discharges.
//! * [`routing`]: Muskingum–Cunge from lateral inflow.
//! * [`Flow::from_parts`]: any other router (the door for Saint-Venant): discharge by link and frame, volume by element and
//!   border of frames.
//! * [`design`]: design flows from a daily series.

pub mod design;
mod given;
pub mod hydraulics;
pub mod routing;

use crate::problem::{Error, Result};
use crate::region::calendar::{Period, Time};
use crate::region::river::RiverNetwork;
use serde::Serialize;

/// Where the lateral water of an element joins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Joins {
    /// At its head: the discharge is the same all along, as tables of mean flow by reach mean it.
    AtHead,
    /// Evenly along it.
    Along,
}

/// How well the water's books close, over all elements and frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Continuity {
    /// Water that a given table does not explain and that was taken to join from the side, m³.
    pub implied_in_m3: f64,
    /// The same taken away at the side, m³.
    pub implied_out_m3: f64,
    /// Water that passed through all elements, m³: Σ |outflow| dt.
    pub passed_m3: f64,
    /// Greatest |volume − volume its router's storage relation gives| over the volume; 0 where flow is given.
    pub storage_error: f64,
    /// Σ |lateral water the books need − lateral water given| over Σ |given|; 0 where flow is given. Above rounding only
    /// where more was to be taken than there was.
    pub error: f64,
    /// Elements and steps where a router had to hold its outflow to the water there was.
    pub held: usize,
    /// Elements and steps where a router disperses the wave otherwise than the river would, to keep it without dips.
    pub bounded: usize,
}

/// The water of a network over time.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Start of the first frame.
    pub start: Time,
    /// Length of a frame, s; infinite where the flow is steady.
    pub frame_s: f64,
    /// Number of frames.
    pub frames: usize,
    /// Where lateral water joins.
    pub joins: Joins,
    /// The books.
    pub continuity: Continuity,
    elements: usize,
    links: usize,
    link_m3_s: Vec<f64>,
    lateral_m3_s: Vec<f64>,
    volume_m3: Vec<f64>,
    outflow_m3_s: Vec<f64>,
    length_m: Vec<f64>,
    width_m: Vec<Option<f64>>,
}

/// One frame.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Discharge of each link, positive from `from` to `to`.
    pub link_m3_s: &'a [f64],
    /// Lateral water of each element.
    pub lateral_m3_s: &'a [f64],
    /// Through the foot of each element.
    pub outflow_m3_s: &'a [f64],
    /// Volume of each element at the start.
    pub volume_start_m3: &'a [f64],
    /// And at the end.
    pub volume_end_m3: &'a [f64],
    /// Length, s.
    pub seconds: f64,
}

impl Flow {
    /// A flow from discharges by frame and link, and volumes by border of frames and element (one border more than
    /// frames). The lateral water is what closes the books.
    pub fn from_parts(
        network: &RiverNetwork,
        start: Time,
        frame_s: f64,
        joins: Joins,
        link_m3_s: Vec<f64>,
        volume_m3: Vec<f64>,
    ) -> Result<Flow> {
        let (elements, links) = (network.elements.len(), network.links.len());
        let frames = link_m3_s.len().checked_div(links).unwrap_or(0);
        if frames == 0 || link_m3_s.len() != frames * links || volume_m3.len() != (frames + 1) * elements {
            return Err(Error::Stage(format!(
                "a flow over {elements} elements and {links} links needs the same number of frames of discharges and one border more of volumes; there are {} discharges and {} volumes",
                link_m3_s.len(),
                volume_m3.len()
            )));
        }
        if frame_s <= 0.0 || frame_s.is_nan() {
            return Err(Error::Stage(format!("the frames of a flow last {frame_s} s, but must last more than 0")));
        }
        if let Some(at) = link_m3_s.iter().position(|q| !q.is_finite()) {
            let id = &network.elements[network.links[at % links].from].id;
            return Err(Error::Stage(format!("element {id}: its discharge is not a number in frame {}", at / links)));
        }
        if let Some(at) = volume_m3.iter().position(|v| !(*v >= 0.0 && v.is_finite())) {
            let id = &network.elements[at % elements].id;
            return Err(Error::Stage(format!(
                "element {id}: its volume is {} m3 at the start of frame {}, but must be finite and not negative",
                volume_m3[at],
                at / elements
            )));
        }
        let mut flow = Flow {
            start,
            frame_s,
            frames,
            joins,
            continuity: Continuity::default(),
            elements,
            links,
            link_m3_s,
            lateral_m3_s: vec![0.0; frames * elements],
            volume_m3,
            outflow_m3_s: vec![0.0; frames * elements],
            length_m: network.elements.iter().map(|e| e.length_m).collect(),
            width_m: network.elements.iter().map(|e| e.width_m).collect(),
        };
        flow.close_the_books(network);
        Ok(flow)
    }

    fn close_the_books(&mut self, network: &RiverNetwork) {
        let seconds = if self.frame_s.is_finite() { self.frame_s } else { 1.0 };
        for f in 0..self.frames {
            let border = f * self.elements;
            let lateral = &mut self.lateral_m3_s[border..border + self.elements];
            let outflow = &mut self.outflow_m3_s[border..border + self.elements];
            for (q, link) in self.link_m3_s[f * self.links..].iter().zip(&network.links) {
                outflow[link.from] += q;
                if let Some(to) = link.to {
                    lateral[to] -= q;
                }
            }
            for e in 0..self.elements {
                let stored = self.volume_m3[border + self.elements + e] - self.volume_m3[border + e];
                lateral[e] += outflow[e] + if self.frame_s.is_finite() { stored / self.frame_s } else { 0.0 };
                // What rounding leaves of sums that cancel is no water.
                if lateral[e].abs() <= 1e-13 * (outflow[e].abs() + stored.abs() / seconds) {
                    lateral[e] = 0.0;
                }
                self.continuity.passed_m3 += outflow[e].abs() * seconds;
                self.continuity.implied_in_m3 += lateral[e].max(0.0) * seconds;
                self.continuity.implied_out_m3 += (-lateral[e]).max(0.0) * seconds;
            }
        }
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Whether it is the same for ever.
    pub fn is_steady(&self) -> bool {
        self.frame_s.is_infinite()
    }

    /// One frame.
    pub fn frame(&self, frame: usize) -> Frame<'_> {
        let f = frame.min(self.frames - 1);
        let (e, l) = (self.elements, self.links);
        Frame {
            link_m3_s: &self.link_m3_s[f * l..(f + 1) * l],
            lateral_m3_s: &self.lateral_m3_s[f * e..(f + 1) * e],
            outflow_m3_s: &self.outflow_m3_s[f * e..(f + 1) * e],
            volume_start_m3: &self.volume_m3[f * e..(f + 1) * e],
            volume_end_m3: &self.volume_m3[(f + 1) * e..(f + 2) * e],
            seconds: self.frame_s,
        }
    }

    /// Whether nothing changes within a frame: every volume is the same at its start and end.
    pub fn is_constant(&self, frame: usize) -> bool {
        let frame = self.frame(frame);
        frame.volume_start_m3 == frame.volume_end_m3
    }

    /// The frame a moment lies in; the first or last where it lies outside.
    pub fn frame_at(&self, time: Time) -> usize {
        if self.is_steady() {
            return 0;
        }
        let at = ((time.0 - self.start.0) as f64 / self.frame_s).floor();
        at.clamp(0.0, (self.frames - 1) as f64) as usize
    }

    /// The time the flow covers; `None` = always.
    pub fn covers(&self) -> Option<Period> {
        let seconds = self.frame_s * self.frames as f64;
        (!self.is_steady()).then(|| Period { start: self.start, end: Time(self.start.0 + seconds.round() as i64) })
    }

    /// Discharge through the foot of an element, m³ s⁻¹; below 0 where it runs upstream.
    pub fn discharge_m3_s(&self, frame: usize, element: usize) -> f64 {
        self.frame(frame).outflow_m3_s[element]
    }

    /// Mean volume over a frame, m³.
    pub fn mean_volume_m3(&self, frame: usize, element: usize) -> f64 {
        let frame = self.frame(frame);
        (frame.volume_start_m3[element] + frame.volume_end_m3[element]) / 2.0
    }

    /// Wetted area across the flow, m²: volume over length. `None` where the element has no length.
    pub fn area_m2(&self, frame: usize, element: usize) -> Option<f64> {
        let length = self.length_m[element];
        (length > 0.0).then(|| self.mean_volume_m3(frame, element) / length)
    }

    /// Velocity, m s⁻¹, below 0 upstream; `None` without length or water.
    pub fn velocity_m_s(&self, frame: usize, element: usize) -> Option<f64> {
        let area = self.area_m2(frame, element)?;
        (area > 0.0).then(|| self.discharge_m3_s(frame, element) / area)
    }

    /// Mean depth, m: volume over surface. `None` where length or width is not told.
    pub fn depth_m(&self, frame: usize, element: usize) -> Option<f64> {
        let width = self.width_m[element].filter(|w| *w > 0.0)?;
        Some(self.area_m2(frame, element)? / width)
    }

    /// Time the water takes through an element, s, at the mean volume and discharge of a frame; `None` where none flows.
    pub fn travel_s(&self, frame: usize, element: usize) -> Option<f64> {
        let q = self.discharge_m3_s(frame, element).abs();
        (q > 0.0).then(|| self.mean_volume_m3(frame, element) / q)
    }

    /// The frame to keep where one state must stand for all: means over the frames, as a steady flow.
    pub fn mean(&self, network: &RiverNetwork) -> Result<Flow> {
        let mean = |all: &[f64], width: usize, rows: usize| -> Vec<f64> {
            (0..width).map(|k| (0..rows).map(|r| all[r * width + k]).sum::<f64>() / rows as f64).collect()
        };
        let volume = mean(&self.volume_m3, self.elements, self.frames + 1);
        let links = mean(&self.link_m3_s, self.links, self.frames);
        let borders = [volume.clone(), volume].concat();
        Flow::from_parts(network, self.start, f64::INFINITY, self.joins, links, borders)
    }
}
