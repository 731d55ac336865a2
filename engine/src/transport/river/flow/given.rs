//! Flow as a table gives it: one state, or discharge by frame and element.

use super::hydraulics::Hydraulics;
use super::{Flow, Joins};
use crate::problem::{Error, Result};
use crate::region::calendar::Time;
use crate::region::river::RiverNetwork;

impl Flow {
    /// The mean flow of the table, for ever. Every element needs a flow and, gates apart, a way to its volume.
    pub fn steady(network: &RiverNetwork) -> Result<Flow> {
        let without: Vec<&str> =
            network.elements.iter().filter(|e| e.flow_m3_s.is_none()).map(|e| e.id.as_str()).collect();
        if !without.is_empty() {
            return Err(missing("flow_m3_s", &without, "give their mean flow, or route one"));
        }
        let discharge: Vec<f64> = network.elements.iter().filter_map(|e| e.flow_m3_s).collect();
        Flow::steady_at(network, &discharge)
    }

    /// A given discharge of every element, for ever.
    pub fn steady_at(network: &RiverNetwork, discharge_m3_s: &[f64]) -> Result<Flow> {
        let relations = relations(network)?;
        counted(network, discharge_m3_s.len(), 1)?;
        let volume: Vec<f64> = relations.iter().zip(discharge_m3_s).map(|(h, q)| h.volume_m3(*q)).collect();
        let links = by_link(network, discharge_m3_s);
        Flow::from_parts(network, Time(0), f64::INFINITY, Joins::AtHead, links, [volume.clone(), volume].concat())
    }

    /// Discharge by frame and element (frame after frame), each frame `frame_s` long. The volume at a border between
    /// frames is that of the mean of the two discharges; in an element where the water turns it is that of the mean of
    /// |discharge| over all frames, since there the level and not the discharge decides it.
    pub fn series(network: &RiverNetwork, start: Time, frame_s: f64, discharge_m3_s: &[f64]) -> Result<Flow> {
        let n = network.elements.len();
        let frames = discharge_m3_s.len() / n.max(1);
        counted(network, discharge_m3_s.len(), frames)?;
        let relations = relations(network)?;
        let at = |f: usize, e: usize| discharge_m3_s[f * n + e];
        let turns: Vec<Option<f64>> = (0..n)
            .map(|e| {
                let (least, most) =
                    (0..frames).map(|f| at(f, e)).fold((0.0_f64, 0.0_f64), |(a, b), q| (a.min(q), b.max(q)));
                let mean = (0..frames).map(|f| at(f, e).abs()).sum::<f64>() / frames as f64;
                (least < 0.0 && most > 0.0).then(|| relations[e].volume_m3(mean))
            })
            .collect();
        let mut volume = Vec::with_capacity((frames + 1) * n);
        for border in 0..=frames {
            let (before, after) = (border.saturating_sub(1), border.min(frames - 1));
            volume.extend(
                (0..n)
                    .map(|e| turns[e].unwrap_or_else(|| relations[e].volume_m3((at(before, e) + at(after, e)) / 2.0))),
            );
        }
        let links = (0..frames).flat_map(|f| by_link(network, &discharge_m3_s[f * n..(f + 1) * n])).collect();
        Flow::from_parts(network, start, frame_s, Joins::AtHead, links, volume)
    }
}

/// Discharge of each link: its share of what leaves the foot.
fn by_link(network: &RiverNetwork, discharge_m3_s: &[f64]) -> Vec<f64> {
    network.links.iter().map(|l| l.share * discharge_m3_s[l.from]).collect()
}

pub(super) fn relations(network: &RiverNetwork) -> Result<Vec<Hydraulics>> {
    let found: Vec<Option<Hydraulics>> = network.elements.iter().map(Hydraulics::of).collect();
    let without: Vec<&str> =
        network.elements.iter().zip(&found).filter(|(_, h)| h.is_none()).map(|(e, _)| e.id.as_str()).collect();
    if without.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    Err(missing(
        "a volume",
        &without,
        "give volume_m3, or width_m and depth_m, or velocity_m_s with flow_m3_s, or width_m, slope and manning_n",
    ))
}

pub(super) fn counted(network: &RiverNetwork, values: usize, frames: usize) -> Result<()> {
    let n = network.elements.len();
    if frames == 0 || values != frames * n {
        return Err(Error::Stage(format!(
            "{values} discharges are given for {n} elements: each frame needs one of each"
        )));
    }
    Ok(())
}

fn missing(what: &str, elements: &[&str], remedy: &str) -> Error {
    let some = elements.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    let more = if elements.len() > 8 { format!(" and {} more", elements.len() - 8) } else { String::new() };
    Error::Stage(format!("{what} is missing for {some}{more}; {remedy}"))
}
