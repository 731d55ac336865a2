//! What stands on a network: sources, sections and series of flow, from the tables that the command line names.
//!
//! * sources `source_id,reach_id,distance_m,kind,member,species,start,end,load_kg_s,flow_m3_s`: a row for each source, species and
//!   stretch of time; without start and end always; without distance at the head.
//! * sections `section_id,reach_id,distance_m,role,member,start,end`, with `target_class` (Ⅰ–Ⅴ) or `species,limit_mg_l` where a
//!   capacity is asked; without distance at the foot; several rows of one section differ in time or limit.
//! * flow `time,reach_id,flow_m3_s`: frames of equal length, every reach that is named in every frame.

use super::super::calendar::{Period, Time};
use super::super::network::{ReachKind, SectionRole};
use super::super::table::{Limit, Row, Table};
use super::read::about;
use super::{Place, RiverNetwork};
use crate::problem::{Problem, Problems};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A load from one place.
#[derive(Debug, Clone, PartialEq)]
pub struct RiverSource {
    /// Identifier.
    pub id: String,
    /// Where it enters.
    pub place: Place,
    /// What it is (outfall, farm, …); as written.
    pub kind: String,
    /// Code of the member that answers for it.
    pub member: String,
    /// Species.
    pub species: String,
    /// When; `None` = always.
    pub period: Option<Period>,
    /// kg s⁻¹.
    pub load_kg_s: f64,
    /// Its own water, m³ s⁻¹.
    pub flow_m3_s: Option<f64>,
    /// Line in its table.
    pub line: u64,
}

/// A place where water is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct RiverSection {
    /// Identifier.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// Why it is watched.
    pub role: SectionRole,
    /// Code of the member that answers for it.
    pub member: String,
    /// Mean over this time; `None` = all of the run.
    pub period: Option<Period>,
    /// Class it must reach, 1 to 5.
    pub target_class: Option<u8>,
    /// Limit of one species, kg m⁻³.
    pub limit: Option<(String, f64)>,
    /// Line in its table.
    pub line: u64,
}

/// Discharge by frame and reach.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowSeries {
    /// Start of the first frame.
    pub start: Time,
    /// Length of a frame, s; `None` where there is only one.
    pub frame_s: Option<f64>,
    /// m³ s⁻¹, frame after frame, element after element; elements that the table does not name have the flow of the network.
    pub discharge_m3_s: Vec<f64>,
    /// Elements that the table does not name.
    pub not_named: usize,
}

const ROLES: [(&str, SectionRole); 4] = [
    ("border", SectionRole::Border),
    ("intake", SectionRole::Intake),
    ("control", SectionRole::Control),
    ("", SectionRole::Control),
];

const CLASSES: [(&str, Option<u8>); 11] = [
    ("", None),
    ("Ⅰ", Some(1)),
    ("Ⅱ", Some(2)),
    ("Ⅲ", Some(3)),
    ("Ⅳ", Some(4)),
    ("Ⅴ", Some(5)),
    ("I", Some(1)),
    ("II", Some(2)),
    ("III", Some(3)),
    ("IV", Some(4)),
    ("V", Some(5)),
];

/// A place from `reach_id,distance_m`; without distance at the head, or at the foot.
fn place(row: &Row<'_>, network: &RiverNetwork, positions: &BTreeMap<&str, usize>, at_foot: bool) -> Option<Place> {
    let id = row.needed("reach_id")?;
    let Some(element) = positions.get(id.as_str()).copied() else {
        row.refuse("reach_id", "is no element of the network", "use an identifier of the network");
        return None;
    };
    let e = &network.elements[element];
    let unbounded = Limit::new(0.0, f64::INFINITY, "m");
    let Some(distance_m) = row.number_or_empty("distance_m", unbounded)? else {
        return Some(Place { element, distance_m: if at_foot { e.length_m } else { 0.0 } });
    };
    // A lake or a gate has no inside to measure along; what is written there says nothing.
    let flowing = matches!(e.kind, ReachKind::Reach | ReachKind::Diversion);
    if flowing && distance_m > e.length_m * (1.0 + 1e-9) {
        row.refuse(
            "distance_m",
            format!("{id} is {} m long", e.length_m),
            "give the metres from its head, or name the reach further down",
        );
        return None;
    }
    Some(Place { element, distance_m })
}

fn period(row: &Row<'_>) -> Option<Option<Period>> {
    if row.text("start").is_empty() && row.text("end").is_empty() {
        return Some(None);
    }
    row.period(None, 0).map(Some)
}

fn empty(file: &str, columns: &str) -> Problem {
    about(file, "the table has no rows", &format!("add rows with the columns {columns}"))
}

/// Sources, from the text of their table. A load below 0 is refused: a deficit that is taken away is no load.
pub fn sources(file: &str, text: &str, network: &RiverNetwork, problems: &mut Problems) -> Vec<RiverSource> {
    let required = ["source_id", "reach_id", "species", "load_kg_s"];
    let Some(table) = Table::from_text(file, text, &required, problems) else { return Vec::new() };
    let positions = network.positions();
    let mut list: Vec<RiverSource> = Vec::new();
    let mut places: BTreeMap<String, (Place, u64)> = BTreeMap::new();
    let mut rows = 0;
    let shared = RefCell::new(&mut *problems);
    for row in table.rows(&shared) {
        rows += 1;
        let (id, species) = (row.needed("source_id"), row.needed("species"));
        let place = place(&row, network, &positions, false);
        let (period, load) = (period(&row), row.number("load_kg_s", Limit::new(0.0, 1e9, "kg/s")));
        let flow = row.number_or_empty("flow_m3_s", Limit::new(0.0, 1e6, "m3/s"));
        let parts = (id, species, place, period, load, flow);
        let (Some(id), Some(species), Some(place), Some(period), Some(load_kg_s), Some(flow_m3_s)) = parts else {
            continue;
        };
        let first = places.entry(id.clone()).or_insert((place, row.line()));
        if first.0 != place {
            row.refuse(
                "reach_id",
                format!("{id} stands elsewhere on line {}", first.1),
                "give each place its own source",
            );
            continue;
        }
        let [kind, member] = ["kind", "member"].map(|c| row.text(c).to_string());
        list.push(RiverSource { id, place, kind, member, species, period, load_kg_s, flow_m3_s, line: row.line() });
    }
    if rows == 0 {
        problems.add(empty(file, &required.join(",")));
    }
    list
}

/// Sections, from the text of their table.
pub fn sections(file: &str, text: &str, network: &RiverNetwork, problems: &mut Problems) -> Vec<RiverSection> {
    let required = ["section_id", "reach_id"];
    let Some(table) = Table::from_text(file, text, &required, problems) else { return Vec::new() };
    let positions = network.positions();
    let mut list: Vec<RiverSection> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut places: BTreeMap<String, (Place, u64)> = BTreeMap::new();
    let mut rows = 0;
    let shared = RefCell::new(&mut *problems);
    for row in table.rows(&shared) {
        rows += 1;
        let (id, role) = (row.needed("section_id"), row.choice("role", &ROLES));
        let place = place(&row, network, &positions, true);
        let (period, class) = (period(&row), row.choice("target_class", &CLASSES));
        let limit = row.number_or_empty("limit_mg_l", Limit::new(0.0, 1e6, "mg/L"));
        let parts = (id, role, place, period, class, limit);
        let (Some(id), Some(role), Some(place), Some(period), Some(target_class), Some(limit)) = parts else {
            continue;
        };
        let key = ["section_id", "species", "start", "end"].map(|c| row.text(c)).join("\u{1f}");
        let first = places.entry(id.clone()).or_insert((place, row.line()));
        if first.0 != place {
            row.refuse(
                "reach_id",
                format!("{id} stands elsewhere on line {}", first.1),
                "give each place its own section",
            );
            continue;
        }
        if !seen.insert(key) {
            row.refuse("section_id", "the same section and time stand on an earlier line too", "keep one of the two");
            continue;
        }
        if limit.is_some() && row.text("species").is_empty() {
            row.refuse("limit_mg_l", "belongs to no species", "name it in the column species");
            continue;
        }
        let limit = limit.map(|mg_l| (row.text("species").to_string(), mg_l * 1e-3));
        let member = row.text("member").to_string();
        list.push(RiverSection { id, place, role, member, period, target_class, limit, line: row.line() });
    }
    if rows == 0 {
        problems.add(empty(file, &required.join(",")));
    }
    list
}

/// A series of flow, from the text of its table.
pub fn flow(file: &str, text: &str, network: &RiverNetwork, problems: &mut Problems) -> Option<FlowSeries> {
    let table = Table::from_text(file, text, &["time", "reach_id", "flow_m3_s"], problems)?;
    let positions = network.positions();
    let mut by_time: BTreeMap<Time, BTreeMap<usize, f64>> = BTreeMap::new();
    let mut named: BTreeSet<usize> = BTreeSet::new();
    let shared = RefCell::new(&mut *problems);
    for row in table.rows(&shared) {
        let time = row.time("time", 0);
        let id = row.needed("reach_id");
        let element = id.as_ref().and_then(|id| positions.get(id.as_str()).copied());
        if id.is_some() && element.is_none() {
            row.refuse("reach_id", "is no element of the network", "use an identifier of the network");
        }
        let flow = row.number("flow_m3_s", Limit::new(-1e6, 1e6, "m3/s"));
        let (Some(time), Some(element), Some(flow)) = (time, element, flow) else { continue };
        named.insert(element);
        if by_time.entry(time).or_default().insert(element, flow).is_some() {
            row.refuse("time", "the same reach and time stand on an earlier line too", "keep one of the two");
        }
    }
    if by_time.is_empty() {
        problems.add(empty(file, "time,reach_id,flow_m3_s"));
        return None;
    }
    let times: Vec<Time> = by_time.keys().copied().collect();
    let steps: Vec<i64> = times.windows(2).map(|w| w[1].0 - w[0].0).collect();
    if let Some(at) = steps.iter().position(|s| *s != steps[0]) {
        problems.add(Problem {
            field: "time".into(),
            value: times[at + 1].to_string(),
            ..about(
                file,
                &format!("comes {} s after the time before, where the first two are {} s apart", steps[at], steps[0]),
                "give frames of one length",
            )
        });
    }
    let without: Vec<usize> = (0..network.elements.len())
        .filter(|e| !named.contains(e) && network.elements[*e].flow_m3_s.is_none())
        .collect();
    if let Some(first) = without.first() {
        problems.add(Problem {
            field: "reach_id".into(),
            value: network.elements[*first].id.clone(),
            ..about(
                file,
                &format!("{} element(s) have a flow neither here nor in the network; this is the first", without.len()),
                "add its rows, or give its flow_m3_s in the network",
            )
        });
    }
    let mut discharge_m3_s = Vec::with_capacity(times.len() * network.elements.len());
    for (time, frame) in &by_time {
        for (at, element) in network.elements.iter().enumerate() {
            let found = frame.get(&at).copied();
            if found.is_none() && named.contains(&at) {
                problems.add(Problem {
                    field: "time".into(),
                    value: time.to_string(),
                    ..about(file, &format!("{} has no flow at this time", element.id), "add the row")
                });
            }
            discharge_m3_s.push(found.or(element.flow_m3_s).unwrap_or(0.0));
        }
    }
    problems.is_empty().then(|| FlowSeries {
        start: times[0],
        frame_s: steps.first().map(|s| *s as f64),
        discharge_m3_s,
        not_named: network.elements.len() - named.len(),
    })
}
