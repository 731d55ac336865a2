//! A network file, whatever its form: told by what it holds, not by its name.

use super::super::network::ReachKind;
use super::{Element, Given, Link, lines, node_table, read_columns, route_link};
use crate::problem::{Error, Problem, Problems, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// The forms that [`network`] knows.
pub const FORMS: &str = "a CSV with reach_id,to_id,kind,…; NHDPlus/t-route RouteLink as CSV (link,to,Length,So,…) or NetCDF; a SPARROW table with fnode,tnode,length,…; GeoJSON lines";

/// Reads a network from a file.
pub fn network(path: &Path) -> Result<Given> {
    let file = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|cause| Error::file(path, cause))?;
    from_bytes(&file, bytes)
}

/// Reads a network from the bytes of a file.
pub fn from_bytes(file: &str, bytes: Vec<u8>) -> Result<Given> {
    let mut problems = Problems::default();
    let given = if bytes.starts_with(b"\x89HDF") || bytes.starts_with(b"CDF") {
        route_link::netcdf(file, bytes, &mut problems)
    } else {
        match String::from_utf8(bytes) {
            Ok(text) => from_text(file, &text, &mut problems),
            Err(_) => {
                problems.add(about(file, "is neither NetCDF nor UTF-8 text", &format!("give {FORMS}")));
                None
            }
        }
    };
    finished(given, problems)
}

/// Joins lines that another reader took from a file (GeoPackage).
pub fn from_lines(file: &str, lines: Vec<lines::Line>) -> Result<Given> {
    let mut problems = Problems::default();
    let given = lines::network(file, lines, &mut problems);
    finished(given, problems)
}

fn finished(given: Option<Given>, mut problems: Problems) -> Result<Given> {
    match given {
        Some(given) if problems.is_empty() => {
            if !given.network.elements.is_empty() {
                return Ok(given);
            }
            problems.add(about(&given.file, "holds no reach", "give at least one row"));
        }
        _ => {}
    }
    Err(Error::Input(problems.into_sorted()))
}

fn from_text(file: &str, text: &str, problems: &mut Problems) -> Option<Given> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        return lines::geojson(file, text, problems);
    }
    let header = text.lines().next().unwrap_or("");
    let has = |name: &str| header.split([',', '\t']).any(|c| c.trim().trim_matches('"').eq_ignore_ascii_case(name));
    if has("fnode") && has("tnode") {
        node_table::read(file, text, problems)
    } else if has("reach_id") {
        read_columns::read(file, text, problems)
    } else if has("link") && has("to") && has("length") {
        route_link::csv(file, text, problems)
    } else {
        problems.add(Problem {
            line: Some(1),
            value: header.chars().take(60).collect(),
            field: "header".into(),
            ..about(file, "is no network that is known", &format!("give {FORMS}"))
        });
        None
    }
}

/// A problem with a file as a whole.
pub(super) fn about(file: &str, limit: &str, remedy: &str) -> Problem {
    Problem {
        file: file.to_string(),
        line: None,
        field: String::new(),
        value: String::new(),
        limit: limit.to_string(),
        remedy: remedy.to_string(),
    }
}

/// An element as read, with the names of those it leads to.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub element: Element,
    pub line: u64,
    pub next: Vec<Next>,
}

/// A name an element leads to (empty = out of the region), and its share of the water where told.
#[derive(Debug, Clone)]
pub(super) struct Next {
    pub to: String,
    pub share: Option<f64>,
    pub line: u64,
}

/// What to do with a name that is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is a break.
    Refuse,
    /// The table is part of a greater one, as those of a national data set are: the water leaves.
    Leaves,
}

impl Element {
    /// A reach of which only the name is known.
    pub fn named(id: &str) -> Element {
        Element {
            id: id.to_string(),
            kind: ReachKind::Reach,
            length_m: 0.0,
            width_m: None,
            depth_m: None,
            slope: None,
            manning_n: None,
            flow_m3_s: None,
            velocity_m_s: None,
            volume_m3: None,
            member: None,
            course: Vec::new(),
        }
    }
}

/// Joins what was read. Names given twice, names that lead nowhere and shares that do not sum to 1 are problems; the columns
/// are named in the sentences as `columns` = [identifier, next, share].
pub(super) fn join(
    file: &str,
    drafts: Vec<Draft>,
    columns: [&str; 3],
    unknown: Unknown,
    problems: &mut Problems,
) -> Given {
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(first) = positions.insert(draft.element.id.clone(), at) {
            problems.add(Problem {
                line: Some(draft.line),
                field: columns[0].into(),
                value: draft.element.id.clone(),
                ..about(
                    file,
                    &format!("stands on line {} too", drafts[first].line),
                    "give each element its own identifier",
                )
            });
        }
    }
    let mut given = Given { file: file.to_string(), ..Given::default() };
    let (mut leaving, mut example) = (0_usize, String::new());
    for (at, draft) in drafts.into_iter().enumerate() {
        let refuse = |field: &str, line: u64, value: &str, limit: &str, remedy: &str| Problem {
            line: Some(line),
            field: field.to_string(),
            value: value.to_string(),
            ..about(file, limit, remedy)
        };
        let first = given.network.links.len();
        let single = draft.next.len() == 1;
        for next in &draft.next {
            let to = match positions.get(&next.to) {
                _ if next.to.is_empty() => None,
                Some(to) if *to == at => {
                    problems.add(refuse(
                        columns[1],
                        next.line,
                        &next.to,
                        "leads into itself",
                        "name the next element, or leave it empty where the water leaves",
                    ));
                    None
                }
                Some(to) => Some(*to),
                None if unknown == Unknown::Leaves => {
                    leaving += 1;
                    if example.is_empty() {
                        example.clone_from(&next.to);
                    }
                    None
                }
                None => {
                    problems.add(refuse(
                        columns[1],
                        next.line,
                        &next.to,
                        "is no element of this table, so the river breaks here",
                        "name the next element, or leave it empty where the water leaves",
                    ));
                    None
                }
            };
            if next.share.is_none() && !single {
                problems.add(refuse(
                    columns[2],
                    next.line,
                    "",
                    &format!("the water of {} divides, but this branch has no share", draft.element.id),
                    "give the share of each branch; they sum to 1",
                ));
            }
            given.network.links.push(Link { from: at, to, share: next.share.unwrap_or(1.0) });
        }
        let links = &mut given.network.links[first..];
        let sum: f64 = links.iter().map(|l| l.share).sum();
        if links.is_empty() {
            given.network.links.push(Link { from: at, to: None, share: 1.0 });
        } else if (sum - 1.0).abs() > 1e-6 && draft.next.iter().all(|n| single || n.share.is_some()) {
            problems.add(refuse(
                columns[2],
                draft.line,
                &format!("{sum:.6}"),
                &format!("the shares of {} do not sum to 1", draft.element.id),
                "correct the shares of its branches",
            ));
        } else {
            // Shares such as 0.333333 are made whole, so that no water goes missing at a division.
            links.iter_mut().for_each(|l| l.share /= sum);
        }
        given.network.elements.push(draft.element);
        given.lines.push(draft.line);
    }
    if leaving > 0 {
        given.notes.push(format!(
            "{leaving} link(s) lead to identifiers that are not in the table (the first: {example}); the table is taken for a part of a greater one, so their water leaves the region"
        ));
    }
    given
}
