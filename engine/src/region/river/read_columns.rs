//! Our own columns: `reach_id,to_id,kind,length_m,width_m,depth_m,slope,manning_n,flow_m3_s,velocity_m_s,volume_m3,share,member`.
//!
//! One row for each branch; the rows of an element that divides agree in everything but `to_id` and `share`, or leave it
//! empty. Only what cannot be is refused here; what can be but is hard to believe is for [`super::check`].

use super::super::network::ReachKind;
use super::super::table::{Limit, Row, Table};
use super::read::{Draft, Next, Unknown, join};
use super::{Element, Given};
use crate::problem::Problems;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Words of the column `kind`; empty is a reach.
const KINDS: [(&str, ReachKind); 5] = [
    ("reach", ReachKind::Reach),
    ("lake", ReachKind::Lake),
    ("gate", ReachKind::Gate),
    ("diversion", ReachKind::Diversion),
    ("", ReachKind::Reach),
];

/// What describes an element, whichever branch the row is for.
const DESCRIBES: [&str; 10] = [
    "kind",
    "length_m",
    "width_m",
    "depth_m",
    "slope",
    "manning_n",
    "flow_m3_s",
    "velocity_m_s",
    "volume_m3",
    "member",
];

pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Option<Given> {
    let table = Table::from_text(file, text, &["reach_id", "to_id"], problems)?;
    let mut drafts: Vec<Draft> = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut firsts: Vec<BTreeMap<&str, String>> = Vec::new();
    let shared = RefCell::new(&mut *problems);
    for row in table.rows(&shared) {
        let Some(id) = row.needed("reach_id") else { continue };
        let share = row.number_or_empty("share", Limit::new(0.0, 1.0, "of the flow"));
        let next = Next { to: row.text("to_id").to_string(), share: share.flatten(), line: row.line() };
        if let Some(at) = positions.get(&id) {
            for column in DESCRIBES {
                let first = firsts[*at].get(column).map_or("", String::as_str);
                if !row.text(column).is_empty() && row.text(column) != first {
                    row.refuse(
                        column,
                        format!("differs from line {}, the first of {id}", drafts[*at].line),
                        "rows of an element that divides differ in to_id and share only; repeat the rest or leave it empty",
                    );
                }
            }
            if drafts[*at].next.iter().any(|n| n.to == next.to) {
                row.refuse("to_id", format!("{id} leads there on an earlier line too"), "give each branch one row");
            }
            drafts[*at].next.push(next);
            continue;
        }
        // A row with a refused cell keeps its place, so that those that lead to it are not refused for it.
        let element = element(&row, &id).unwrap_or_else(|| Element::named(&id));
        positions.insert(id, drafts.len());
        firsts.push(DESCRIBES.map(|c| (c, row.text(c).to_string())).into_iter().collect());
        drafts.push(Draft { element, line: row.line(), next: vec![next] });
    }
    Some(join(file, drafts, ["reach_id", "to_id", "share"], Unknown::Refuse, problems))
}

fn element(row: &Row<'_>, id: &str) -> Option<Element> {
    let positive = |unit| Limit::new(0.0, f64::INFINITY, unit);
    let kind = row.choice("kind", &KINDS);
    let length = row.number_or_empty("length_m", positive("m"));
    let width = row.number_or_empty("width_m", positive("m"));
    let depth = row.number_or_empty("depth_m", positive("m"));
    let slope = row.number_or_empty("slope", Limit::new(f64::NEG_INFINITY, f64::INFINITY, "m per m"));
    let roughness = row.number_or_empty("manning_n", positive("s m^-1/3"));
    let flow = row.number_or_empty("flow_m3_s", Limit::new(-1e6, 1e6, "m3/s"));
    let velocity = row.number_or_empty("velocity_m_s", Limit::new(-100.0, 100.0, "m/s"));
    let volume = row.number_or_empty("volume_m3", positive("m3"));
    let (kind, length) = (kind?, length?);
    if matches!(kind, ReachKind::Reach | ReachKind::Diversion) && !length.is_some_and(|l| l > 0.0) {
        row.refuse("length_m", format!("{id} is flowing water, so it needs a length above 0 m"), "give it in metres");
        return None;
    }
    let (width_m, depth_m, volume_m3) = (width?, depth?, volume?);
    let by_size = length.zip(width_m).zip(depth_m).map(|((l, w), d)| l * w * d);
    let volume_m3 = volume_m3.or(by_size.filter(|_| kind == ReachKind::Lake));
    if kind == ReachKind::Lake && !volume_m3.is_some_and(|v| v > 0.0) {
        row.refuse(
            "volume_m3",
            format!("{id} is a lake, so it needs a volume, or length, width and depth"),
            "give one of them",
        );
        return None;
    }
    Some(Element {
        kind,
        length_m: length.unwrap_or(0.0),
        width_m,
        depth_m,
        slope: slope?,
        manning_n: roughness?,
        flow_m3_s: flow?,
        velocity_m_s: velocity?,
        volume_m3,
        member: Some(row.text("member").to_string()).filter(|m| !m.is_empty()),
        ..Element::named(id)
    })
}
