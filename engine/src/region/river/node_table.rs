//! Reaches between nodes, as the input of SPARROW has them: `waterid|mrb_id|reach_id,fnode,tnode,length,frac,iftran,meanq,rchtot`.
//!
//! A reach leads to every reach that begins at its `tnode`, each with the share `frac` of that reach; what the shares leave
//! over leaves the region (an abstraction), and so does everything of a reach with `iftran` 0. `length` is in m and `meanq` in
//! ft³/s, as in the published data sets (the header names no unit, so a note says it); `rchtot` is the travel time in days and
//! gives the velocity. `NA` is a missing value.

use super::super::table::{Row, Table};
use super::read::{Draft, Next, Unknown, about, join};
use super::{Element, Given};
use crate::problem::{Problem, Problems};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// m³ in a cubic foot (exact: 0.3048³).
const CUBIC_FOOT_M3: f64 = 0.028_316_846_592;
/// Names the identifier may have, in the order they are looked for.
const IDENTIFIERS: [&str; 5] = ["waterid", "mrb_id", "reach_id", "comid", "rchid"];
/// Shares that sum to within this of 1 are whole.
const WHOLE: f64 = 1e-6;

struct Between {
    draft: Draft,
    to_node: String,
    passes_on: bool,
}

pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Option<Given> {
    let table = Table::from_text(file, text, &["fnode", "tnode", "length"], problems)?;
    let named = IDENTIFIERS.into_iter().find(|name| table.column_names().any(|c| c == *name));
    let Some(identifier) = named else {
        problems.add(Problem {
            line: Some(1),
            field: "header".into(),
            ..about(file, "names no identifier of a reach", &format!("add one of {}", IDENTIFIERS.join(", ")))
        });
        return None;
    };
    let shared = RefCell::new(&mut *problems);
    let mut reaches = Vec::new();
    // For each node the reaches that begin there, with their share.
    let mut begin: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for row in table.rows(&shared) {
        let (Some(id), Some(from), Some(to)) = (row.needed(identifier), row.needed("fnode"), row.needed("tnode"))
        else {
            continue;
        };
        let number = |column: &str, low: f64, high: f64, unit: &str| number(&row, column, low, high, unit);
        let length = number("length", f64::MIN_POSITIVE, f64::INFINITY, "m");
        if length.is_none() && row.text("length").is_empty() {
            row.refuse("length", "the reach has no length", "give it in metres");
        }
        let length_m = length.unwrap_or(0.0);
        let share = number("frac", 0.0, 1.0, "of the flow at the node").unwrap_or(1.0);
        let travel_s = number("rchtot", 0.0, f64::INFINITY, "d").map(|days| days * 86_400.0).filter(|t| *t > 0.0);
        let flow = number("meanq", 0.0, f64::INFINITY, "ft3/s");
        begin.entry(from).or_default().push((id.clone(), share));
        let element = Element {
            length_m,
            flow_m3_s: flow.map(|q| q * CUBIC_FOOT_M3),
            velocity_m_s: travel_s.map(|t| length_m / t),
            ..Element::named(&id)
        };
        let draft = Draft { element, line: row.line(), next: Vec::new() };
        reaches.push(Between { draft, to_node: to, passes_on: row.text("iftran") != "0" });
    }
    let columns: Vec<&str> = table.column_names().collect();
    let (has_flow, has_travel) = (columns.contains(&"meanq"), columns.contains(&"rchtot"));
    let drafts = reaches.into_iter().map(|b| leading_on(b, &begin)).collect();
    let mut given = join(file, drafts, [identifier, "tnode", "frac"], Unknown::Refuse, problems);
    let taken = [(true, "length as m"), (has_flow, "meanq as ft3/s"), (has_travel, "rchtot as days")];
    let taken: Vec<&str> = taken.iter().filter(|(there, _)| *there).map(|(_, words)| *words).collect();
    given.notes.push(format!("the header names no units; as in the published tables of SPARROW: {}", taken.join(", ")));
    Some(given)
}

/// A number, where the cell is neither empty nor `NA`.
fn number(row: &Row<'_>, column: &str, low: f64, high: f64, unit: &str) -> Option<f64> {
    let text = row.text(column);
    if text.is_empty() || text == "NA" {
        return None;
    }
    let found = text.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= low && *v <= high);
    if found.is_none() {
        row.refuse(
            column,
            format!("must be a number of at least {low} ({unit}), and none beyond {high}"),
            "correct it, or write NA",
        );
    }
    found
}

fn leading_on(reach: Between, begin: &BTreeMap<String, Vec<(String, f64)>>) -> Draft {
    let mut draft = reach.draft;
    let below = begin.get(&reach.to_node).filter(|_| reach.passes_on);
    for (to, share) in below.into_iter().flatten() {
        draft.next.push(Next { to: to.clone(), share: Some(*share), line: draft.line });
    }
    let left = 1.0 - draft.next.iter().filter_map(|n| n.share).sum::<f64>();
    if left > WHOLE {
        draft.next.push(Next { to: String::new(), share: Some(left), line: draft.line });
    }
    draft
}
