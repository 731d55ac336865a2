//! Lines on a map with attributes, as HydroRIVERS, MERIT and NHDPlus layers have them, from GeoJSON or from any reader that
//! hands over [`Line`]s (the program reads GeoPackage so).
//!
//! | what | attribute, in any case |
//! |---|---|
//! | identifier | `reach_id`, `HYRIV_ID`, `COMID`, `LINKNO`, `id` |
//! | next | `to_id`, `NEXT_DOWN`, `tocomid`, `DSLINKNO`; empty, 0 or −1 where the water leaves |
//! | length | `length_m`; `LENGTH_KM`, `LENGTHKM`; else along the line |
//! | mean flow | `flow_m3_s`, `DIS_AV_CMS` |
//! | the rest | `kind,width_m,depth_m,slope,manning_n,velocity_m_s,volume_m3,share,member` |
//!
//! Where no attribute says what comes next, the ends do: a line leads to every line that begins where it ends (within 1e-6
//! degrees, a tenth of a metre). Where the water then divides without shares, they follow the mean flows of the branches if all are
//! told, else they are equal; a note says that this is assumed.

use super::super::geometry::Point;
use super::super::network::ReachKind;
use super::read::{Draft, Next, Unknown, about, join};
use super::{Element, Given};
use crate::problem::{Problem, Problems};
use std::collections::BTreeMap;

/// One feature.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Number of the feature in its file, from 1.
    pub record: u64,
    /// Attributes as text, names in lower case; missing values are absent.
    pub attributes: BTreeMap<String, String>,
    /// Its course, in the order of the file.
    pub course: Vec<Point>,
}

const IDENTIFIERS: [&str; 5] = ["reach_id", "hyriv_id", "comid", "linkno", "id"];
const NEXTS: [&str; 4] = ["to_id", "next_down", "tocomid", "dslinkno"];
const KINDS: [(&str, ReachKind); 4] = [
    ("reach", ReachKind::Reach),
    ("lake", ReachKind::Lake),
    ("gate", ReachKind::Gate),
    ("diversion", ReachKind::Diversion),
];
/// Ends closer than this are one place, degrees.
const SAME_PLACE_DEG: f64 = 1e-6;

pub(super) fn geojson(file: &str, text: &str, problems: &mut Problems) -> Option<Given> {
    let collection = match text.parse::<geojson::GeoJson>() {
        Ok(geojson::GeoJson::FeatureCollection(collection)) => collection,
        Ok(_) => {
            problems.add(about(file, "holds no FeatureCollection", "give a FeatureCollection of LineStrings"));
            return None;
        }
        Err(cause) => {
            problems.add(about(
                file,
                &format!("cannot be read as GeoJSON ({cause})"),
                "give a FeatureCollection of LineStrings",
            ));
            return None;
        }
    };
    let lines = collection.features.into_iter().zip(1_u64..);
    let lines = lines.map(|(feature, record)| line_of_feature(file, feature, record, problems)).collect();
    network(file, lines, problems)
}

fn line_of_feature(file: &str, feature: geojson::Feature, record: u64, problems: &mut Problems) -> Line {
    let mut attributes = BTreeMap::new();
    if let Some(id) = &feature.id {
        attributes.insert(
            "id".to_string(),
            match id {
                geojson::feature::Id::String(text) => text.clone(),
                geojson::feature::Id::Number(number) => plain(&number.to_string()),
            },
        );
    }
    for (name, value) in feature.properties.iter().flatten() {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text.trim().to_string(),
            other => plain(&other.to_string()),
        };
        attributes.insert(name.to_lowercase(), text);
    }
    let mut course = Vec::new();
    let point = |p: &geojson::Position| Some(Point { lon: *p.as_slice().first()?, lat: *p.as_slice().get(1)? });
    match feature.geometry.map(|g| g.value) {
        Some(geojson::GeometryValue::LineString { coordinates }) => course.extend(coordinates.iter().filter_map(point)),
        Some(geojson::GeometryValue::MultiLineString { coordinates }) => {
            course.extend(coordinates.iter().flatten().filter_map(point));
        }
        None => {}
        Some(_) => problems.add(Problem {
            line: Some(record),
            field: "geometry".into(),
            ..about(file, "is no line", "give LineStrings, head first")
        }),
    }
    Line { record, attributes, course }
}

/// A whole number without its decimal point, so that 40123.0 and 40123 are one identifier.
pub fn plain(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(x) if x.fract() == 0.0 && x.abs() < 9e15 => format!("{x:.0}"),
        _ => text.to_string(),
    }
}

/// Joins lines to a network. `problems` gets what cannot be.
pub fn network(file: &str, lines: Vec<Line>, problems: &mut Problems) -> Option<Given> {
    if lines.is_empty() {
        problems.add(about(file, "holds no line", "give LineStrings, head first"));
        return None;
    }
    let named = |names: &[&'static str]| {
        names.iter().copied().find(|name| lines.iter().any(|l| l.attributes.contains_key(*name)))
    };
    let Some(identifier) = named(&IDENTIFIERS) else {
        problems.add(about(
            file,
            "no attribute names its lines",
            &format!("give each an attribute {} of its own", IDENTIFIERS.join(" or ")),
        ));
        return None;
    };
    let next_column = named(&NEXTS);
    let mut assumed = 0_usize;
    let ends = if next_column.is_none() { by_ends(&lines) } else { Vec::new() };
    let mut drafts = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let cell = Cells { file, line, problems: &mut *problems };
        let Some(mut draft) = cell.draft(identifier) else { continue };
        match next_column {
            Some(column) => draft.next.push(Next {
                to: line
                    .attributes
                    .get(column)
                    .filter(|t| !matches!(t.as_str(), "0" | "-1"))
                    .cloned()
                    .unwrap_or_default(),
                share: None,
                line: line.record,
            }),
            None => {
                let to = |k: &usize| lines[*k].attributes.get(identifier).cloned().unwrap_or_default();
                let shares = shares(&lines, &ends[at], &mut assumed);
                let next = ends[at].iter().zip(shares);
                draft.next.extend(next.map(|(k, share)| Next { to: to(k), share, line: line.record }));
            }
        }
        drafts.push(draft);
    }
    let unknown = if next_column == Some("to_id") { Unknown::Refuse } else { Unknown::Leaves };
    let columns = [identifier, next_column.unwrap_or("geometry"), "share"];
    let mut given = join(file, drafts, columns, unknown, problems);
    if next_column.is_none() {
        given
            .notes
            .push("no attribute says what comes next, so lines were joined where one ends and another begins".into());
    }
    if assumed > 0 {
        given.notes.push(format!(
            "assumed: at {assumed} place(s) the water divides without shares; they follow the branches' mean flows, or are equal"
        ));
    }
    Some(given)
}

/// Shares of the lines that begin at one end: their own, or by mean flow, or equal.
fn shares(lines: &[Line], branches: &[usize], assumed: &mut usize) -> Vec<Option<f64>> {
    let number = |k: &usize, name: &str| lines[*k].attributes.get(name).and_then(|t| t.parse::<f64>().ok());
    if branches.len() < 2 {
        return vec![None; branches.len()];
    }
    let own: Vec<Option<f64>> = branches.iter().map(|k| number(k, "share")).collect();
    if own.iter().all(Option::is_some) {
        return own;
    }
    *assumed += 1;
    let flow = |k: &usize| number(k, "flow_m3_s").or(number(k, "dis_av_cms")).filter(|q| *q > 0.0);
    let flows: Option<Vec<f64>> = branches.iter().map(flow).collect();
    let weights = flows.unwrap_or_else(|| vec![1.0; branches.len()]);
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| Some(w / sum)).collect()
}

/// For each line those that begin where it ends.
fn by_ends(lines: &[Line]) -> Vec<Vec<usize>> {
    let cell = |p: &Point| ((p.lon / SAME_PLACE_DEG).round() as i64, (p.lat / SAME_PLACE_DEG).round() as i64);
    let mut heads: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(head) = line.course.first() {
            heads.entry(cell(head)).or_default().push(at);
        }
    }
    let near = |p: &Point, at: usize| {
        let (x, y) = cell(p);
        let around = (-1..=1).flat_map(move |dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        let mut found: Vec<usize> = around.filter_map(|c| heads.get(&c)).flatten().copied().collect();
        // A line whose own ends meet is a ring around nothing: it does not lead into itself.
        found.retain(|k| *k != at);
        found.sort_unstable();
        found
    };
    lines.iter().enumerate().map(|(at, l)| l.course.last().map(|p| near(p, at)).unwrap_or_default()).collect()
}

/// The attributes of one line while they are read.
struct Cells<'a> {
    file: &'a str,
    line: &'a Line,
    problems: &'a mut Problems,
}

impl Cells<'_> {
    fn refuse(&mut self, field: &str, value: &str, limit: &str, remedy: &str) {
        self.problems.add(Problem {
            line: Some(self.line.record),
            field: field.into(),
            value: value.into(),
            ..about(self.file, limit, remedy)
        });
    }

    fn number(&mut self, name: &str, positive: bool) -> Option<f64> {
        let text = self.line.attributes.get(name).filter(|t| !t.is_empty())?;
        let found = text.parse::<f64>().ok().filter(|x| x.is_finite() && !(positive && *x < 0.0));
        if found.is_none() {
            let limit = if positive { "must be a number of at least 0" } else { "must be a number" };
            self.refuse(name, text, limit, "correct it, or leave it out");
        }
        found
    }

    fn draft(mut self, identifier: &str) -> Option<Draft> {
        let Some(id) = self.line.attributes.get(identifier).filter(|t| !t.is_empty()) else {
            self.refuse(identifier, "", "the line has no name", &format!("give it a {identifier}"));
            return None;
        };
        let kind = self.line.attributes.get("kind").filter(|k| !k.is_empty());
        let kind = match kind.map(|k| (k, KINDS.iter().find(|(word, _)| word == k))) {
            None => ReachKind::Reach,
            Some((_, Some((_, kind)))) => *kind,
            Some((word, None)) => {
                self.refuse("kind", word, "must be one of reach, lake, gate, diversion", "use one of these words");
                ReachKind::Reach
            }
        };
        let far = |p: &&Point| !(p.lon.abs() <= 180.0 && p.lat.abs() <= 90.0);
        if let Some(p) = self.line.course.iter().find(far) {
            self.refuse(
                "geometry",
                &format!("{}, {}", p.lon, p.lat),
                "is no longitude and latitude in degrees",
                "give the lines in WGS 84 (EPSG:4326)",
            );
        }
        let km = self.number("length_km", true).or(self.number("lengthkm", true));
        let along = self.line.course.windows(2).map(|w| w[0].distance_m(w[1])).sum::<f64>();
        let told = self.number("length_m", true).or(km.map(|km| km * 1000.0));
        let length_m = told.or(Some(along).filter(|l| *l > 0.0));
        let volume_m3 = self.number("volume_m3", true);
        if matches!(kind, ReachKind::Reach | ReachKind::Diversion) && !length_m.is_some_and(|l| l > 0.0) {
            self.refuse(
                "length_m",
                "",
                &format!("{id} is flowing water, so it needs a length above 0 m"),
                "give it, or a line of two points",
            );
        }
        if kind == ReachKind::Lake && !volume_m3.is_some_and(|v| v > 0.0) {
            self.refuse("volume_m3", "", &format!("{id} is a lake, so it needs a volume"), "give it in m3");
        }
        let element = Element {
            kind,
            length_m: length_m.unwrap_or(0.0),
            width_m: self.number("width_m", true),
            depth_m: self.number("depth_m", true),
            slope: self.number("slope", false),
            manning_n: self.number("manning_n", true),
            flow_m3_s: self.number("flow_m3_s", false).or(self.number("dis_av_cms", true)),
            velocity_m_s: self.number("velocity_m_s", false),
            volume_m3,
            member: self.line.attributes.get("member").filter(|m| !m.is_empty()).cloned(),
            course: self.line.course.clone(),
            ..Element::named(id)
        };
        Some(Draft { element, line: self.line.record, next: Vec::new() })
    }
}
