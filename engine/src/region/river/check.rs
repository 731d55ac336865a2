//! What a network says that can hardly be: circles nobody meant, dry reaches, impossible slopes, figures in the wrong unit.
//!
//! What cannot be at all (a break, a name given twice, a reach without length) the reader has refused already. Here
//! [`Findings::problems`] are what no flow can be laid on, and [`Findings::doubts`] what is told and not acted upon: bad data
//! is data. Rules, none of them fitted to a data set:
//!
//! * Figures that no water on Earth has ([`MOST`]) are problems: they would make a grid or a flow without bounds.
//! * A circle without a way out is a problem. A circle with one is meant where it holds a lake, a gate or a diversion, or a
//!   flow that is not told or turns; a circle of reaches that all run downhill is a doubt.
//! * Slope: above 1 (45 degrees) or below 0.
//! * Dry: a mean flow of 0.
//! * Manning's n outside 0.005 to 0.5 (Chow 1959, table 5-6: 0.009 to 0.2, wider for floodplains).
//! * Velocity, as told or as flow over width × depth: outside 0.001 to 15 m/s; the two more than ten times apart.
//! * Volume and length × width × depth, and length and the course on the map: more than ten times apart.
//! * Length below a tenth of the width; the median length of five reaches or more below 20 m.
//! * Mean flow below a tenth of what flows in from above, or more than 1,000 times it, and above 300,000 m³/s (the Amazon: 2.1e5).
//! * Depth above 300 m, or above the width times 2 in flowing water.

use super::super::network::ReachKind;
use super::order::upstream_first;
use super::read::about;
use super::{Element, Given};
use crate::problem::{Problem, Problems};

/// What was found, each list sorted by line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// No flow can be laid on these.
    pub problems: Vec<Problem>,
    /// These can hardly be.
    pub doubts: Vec<Problem>,
}

const STEEPEST: f64 = 1.0;
const ROUGHNESS: (f64, f64) = (0.005, 0.5);
const VELOCITY_M_S: (f64, f64) = (1e-3, 15.0);
/// Two figures for one thing may differ by this much.
const ORDER: f64 = 10.0;
const SHORTEST_MEDIAN_M: f64 = 20.0;
const GREATEST_FLOW_M3_S: f64 = 3e5;
const GREATEST_GAIN: f64 = 1000.0;
const DEEPEST_M: f64 = 300.0;

/// The most that any water on Earth has, and more: beyond it a figure is nonsense (the Caspian holds 7.8e13 m³, the longest river
/// is 6.7e6 m, the ocean 1.1e4 m deep).
pub const MOST: [(&str, f64, &str); 6] = [
    ("length_m", 1e7, "m"),
    ("width_m", 1e7, "m"),
    ("depth_m", 2e4, "m"),
    ("flow_m3_s", 1e7, "m3/s"),
    ("velocity_m_s", 1e3, "m/s"),
    ("volume_m3", 1e15, "m3"),
];

fn nonsense(given: &Given, at: usize, element: &Element, problems: &mut Problems) {
    let told = [
        Some(element.length_m),
        element.width_m,
        element.depth_m,
        element.flow_m3_s,
        element.velocity_m_s,
        element.volume_m3,
    ];
    for ((field, most, unit), value) in MOST.iter().zip(told) {
        if let Some(value) = value.filter(|v| v.abs() > *most || v.is_nan()) {
            let limit = format!("{}: no water on Earth has more than {most:e} {unit}", element.id);
            problems.add(at_element(given, at, field, &format!("{value:e}"), &limit, "correct the value, or its unit"));
        }
    }
}

/// Looks at the whole network.
pub fn check(given: &Given) -> Findings {
    let (mut problems, mut doubts) = (Problems::default(), Problems::default());
    circles(given, &mut problems, &mut doubts);
    let inflow = given.network.inflow_m3_s();
    for (at, element) in given.network.elements.iter().enumerate() {
        nonsense(given, at, element, &mut problems);
        let mut look = Look { given, at, element, doubts: &mut doubts };
        look.bed();
        look.water(inflow[at]);
        look.size();
    }
    lengths(given, &mut doubts);
    Findings { problems: problems.into_sorted(), doubts: doubts.into_sorted() }
}

fn at_element(given: &Given, at: usize, field: &str, value: &str, limit: &str, remedy: &str) -> Problem {
    Problem {
        line: given.lines.get(at).copied(),
        field: field.into(),
        value: value.into(),
        ..about(&given.file, limit, remedy)
    }
}

fn circles(given: &Given, problems: &mut Problems, doubts: &mut Problems) {
    let network = &given.network;
    let from = network.links_from();
    for circle in upstream_first(network).1 {
        let inside = |to: Option<usize>| to.is_some_and(|to| circle.binary_search(&to).is_ok());
        let links = || circle.iter().flat_map(|e| network.links[from[*e].clone()].iter());
        let way_out = links().any(|l| !inside(l.to) && l.share > 0.0);
        let meant = circle.iter().any(|e| {
            let element = &network.elements[*e];
            element.kind != ReachKind::Reach || element.flow_m3_s.is_none_or(|q| q <= 0.0)
        });
        let some: Vec<&str> = circle.iter().take(6).map(|e| network.elements[*e].id.as_str()).collect();
        let more = if circle.len() > 6 { format!(" and {} more", circle.len() - 6) } else { String::new() };
        let members = format!("{}{more}", some.join(", "));
        let tell = |limit: String, remedy| at_element(given, circle[0], "to_id", "", &limit, remedy);
        if !way_out {
            problems.add(tell(
                format!("{members}: the water runs in a circle that nothing leaves"),
                "correct where one of them leads, or give a branch that leaves",
            ));
        } else if !meant {
            doubts.add(tell(
                format!("{members}: reaches that all run downstream lead round in a circle"),
                "correct where one of them leads; if it is meant, name its gate or diversion in kind",
            ));
        }
    }
}

fn lengths(given: &Given, doubts: &mut Problems) {
    let flowing = |e: &&Element| matches!(e.kind, ReachKind::Reach | ReachKind::Diversion);
    let mut lengths: Vec<f64> = given.network.elements.iter().filter(flowing).map(|e| e.length_m).collect();
    lengths.sort_by(f64::total_cmp);
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(f64::INFINITY);
    if lengths.len() >= 5 && median < SHORTEST_MEDIAN_M {
        doubts.add(Problem {
            field: "length_m".into(),
            value: format!("{median}"),
            ..about(
                &given.file,
                &format!(
                    "half of the reaches are shorter than {median} m; a network of such reaches is hardly one of rivers"
                ),
                "check the unit: metres, not kilometres",
            )
        });
    }
}

/// One element being looked at.
struct Look<'a> {
    given: &'a Given,
    at: usize,
    element: &'a Element,
    doubts: &'a mut Problems,
}

impl Look<'_> {
    fn doubt(&mut self, field: &str, value: f64, limit: &str, remedy: &str) {
        let limit = format!("{}: {limit}", self.element.id);
        self.doubts.add(at_element(self.given, self.at, field, &format!("{value}"), &limit, remedy));
    }

    fn flowing(&self) -> bool {
        matches!(self.element.kind, ReachKind::Reach | ReachKind::Diversion)
    }

    fn bed(&mut self) {
        if let Some(slope) = self.element.slope {
            if slope > STEEPEST {
                self.doubt(
                    "slope",
                    slope,
                    "no river falls more than 1 m per m",
                    "check the unit: m per m, not per mille or per cent",
                );
            } else if slope < 0.0 {
                self.doubt("slope", slope, "the bed rises downstream", "give the fall in m per m, above 0");
            }
        }
        if let Some(n) = self.element.manning_n.filter(|n| *n < ROUGHNESS.0 || *n > ROUGHNESS.1) {
            self.doubt(
                "manning_n",
                n,
                "Manning's n of water courses is 0.005 to 0.5 s m^-1/3",
                "correct it; n, not Strickler's 1/n",
            );
        }
    }

    fn water(&mut self, inflow: Option<f64>) {
        let Some(flow) = self.element.flow_m3_s else { return };
        if flow == 0.0 {
            self.doubt(
                "flow_m3_s",
                flow,
                "the reach is dry",
                "give its mean flow; leave it empty where it is not known",
            );
        }
        if flow.abs() > GREATEST_FLOW_M3_S {
            self.doubt(
                "flow_m3_s",
                flow,
                "more than any river of the Earth carries",
                "check the unit: m3/s, not L/s or m3/d",
            );
        }
        let Some(inflow) = inflow.filter(|q| *q > 0.0 && flow > 0.0) else { return };
        if flow < inflow / ORDER {
            self.doubt(
                "flow_m3_s",
                flow,
                &format!("{inflow:.4} m3/s flow in from above, more than ten times what flows on"),
                "check the unit: m3/s; name a diversion for what leaves",
            );
        } else if flow > inflow * GREATEST_GAIN {
            self.doubt(
                "flow_m3_s",
                flow,
                &format!("only {inflow:.4} m3/s flow in from above, less than a thousandth of it"),
                "check the unit: m3/s, not L/s",
            );
        }
    }

    fn size(&mut self) {
        let e = self.element;
        let above_zero = |x: Option<f64>| x.filter(|x| *x > 0.0);
        let (width, depth) = (above_zero(e.width_m), above_zero(e.depth_m));
        let flow = above_zero(e.flow_m3_s.map(f64::abs));
        let told = above_zero(e.velocity_m_s.map(f64::abs));
        let unbelievable = |u: f64| !(VELOCITY_M_S.0..=VELOCITY_M_S.1).contains(&u);
        if let Some(u) = told.filter(|u| unbelievable(*u)) {
            self.doubt("velocity_m_s", u, "rivers run at 0.001 to 15 m/s", "check the unit: m/s");
        }
        let implied = flow.zip(width.zip(depth)).map(|(q, (w, d))| q / (w * d)).filter(|_| self.flowing());
        if let Some(u) = implied {
            if unbelievable(u) {
                let limit = format!("flow over width × depth is {u:.3e} m/s; rivers run at 0.001 to 15 m/s");
                self.doubt(
                    "flow_m3_s",
                    flow.unwrap_or(0.0),
                    &limit,
                    "check the units of flow (m3/s), width and depth (m)",
                );
            } else if let Some(told) = told.filter(|t| apart(*t, u)) {
                let limit = format!("flow over width × depth is {u:.3e} m/s, not within ten times of it");
                self.doubt("velocity_m_s", told, &limit, "check the units of flow, width, depth and velocity");
            }
        }
        let by_size = width.zip(depth).map(|(w, d)| w * d * e.length_m).filter(|v| *v > 0.0);
        if let Some((volume, by_size)) = above_zero(e.volume_m3).zip(by_size).filter(|(v, s)| apart(*v, *s)) {
            let limit = format!("length × width × depth is {by_size:.3e} m3, not within ten times of it");
            self.doubt("volume_m3", volume, &limit, "check the units: m3 and m");
        }
        if let Some(depth) = depth.filter(|d| self.flowing() && (*d > DEEPEST_M || width.is_some_and(|w| *d > 2.0 * w)))
        {
            self.doubt(
                "depth_m",
                depth,
                "a river is not deeper than 300 m, nor than twice its width",
                "check the unit: m",
            );
        }
        if let Some(width) = width.filter(|w| self.flowing() && e.length_m > 0.0 && e.length_m < w / ORDER) {
            let limit = format!("it is {width} m wide and only {} m long", e.length_m);
            self.doubt("length_m", e.length_m, &limit, "check the units of length and width: m");
        }
        let along = e.course.windows(2).map(|w| w[0].distance_m(w[1])).sum::<f64>();
        if along > 0.0 && e.length_m > 0.0 && apart(e.length_m, along) {
            let limit = format!("its course on the map is {along:.0} m long, not within ten times of it");
            self.doubt("length_m", e.length_m, &limit, "check the unit: m");
        }
    }
}

fn apart(a: f64, b: f64) -> bool {
    let ratio = a / b;
    !(1.0 / ORDER..=ORDER).contains(&ratio)
}
