//! The maps of a case: polygons of its members, lines of its backdrop.

use super::geometry::{Area, Point};
use super::member::{MapLine, Member, Station};
use super::settings::Settings;
use super::source::{Site, Source};
use super::table::{LATITUDE, LONGITUDE};
use crate::problem::{Problem, Problems};
use std::path::Path;

/// A coordinate far off, or a tiny cell, would ask for a grid that no machine holds.
pub(super) fn check_grid(
    settings: Option<&Settings>,
    members: &[Member],
    stations: &[Station],
    sources: &[Source],
    problems: &mut Problems,
) {
    const MOST_CELLS: f64 = 200_000.0;
    let stacks = sources.iter().filter_map(|s| if let Site::Point(place) = s.site { Some(place) } else { None });
    let places: Vec<Point> = stations.iter().map(|s| s.place).chain(stacks).collect();
    let rings = members.iter().filter_map(|m| m.area.as_ref()).flat_map(|a| a.rings.iter().cloned());
    let whole = Area { rings: rings.chain([places]).collect() };
    let (Some(settings), Some([west, south, east, north])) = (settings, whole.bounds()) else { return };
    let step = settings.air.cell_deg;
    let cells = ((east - west) / step + 3.0) * ((north - south) / step + 3.0);
    if cells > MOST_CELLS {
        problems.add(Problem {
            file: "region.toml".into(),
            line: None,
            field: "air.cell_deg".into(),
            value: step.to_string(),
            limit: format!(
                "members, stations and stacks span {:.1} by {:.1} degrees, {cells:.0} cells where {MOST_CELLS} are the most",
                east - west,
                north - south
            ),
            remedy: "correct the coordinate that lies far off, or enlarge the cell".into(),
        });
    }
}

fn problem(file: &str, field: &str, value: &str, limit: String, remedy: &str) -> Problem {
    Problem { file: file.into(), line: None, field: field.into(), value: value.into(), limit, remedy: remedy.into() }
}

fn read_features(folder: &Path, file: &str, problems: &mut Problems) -> Vec<geojson::Feature> {
    let text = match std::fs::read_to_string(folder.join(file)) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
            let remedy = "save it as UTF-8 (a GBK file must be converted)";
            problems.add(problem(file, "", "", "the text is not UTF-8".into(), remedy));
            return Vec::new();
        }
        Err(cause) => {
            let remedy = "check the file and its permissions";
            problems.add(problem(file, "", "", format!("cannot be read ({cause})"), remedy));
            return Vec::new();
        }
    };
    match text.parse::<geojson::GeoJson>() {
        Ok(geojson::GeoJson::FeatureCollection(collection)) => collection.features,
        Ok(_) => {
            problems.add(problem(file, "", "", "must be a FeatureCollection".into(), "wrap the features in one"));
            Vec::new()
        }
        Err(cause) => {
            let words = cause.to_string();
            let short: String = words.chars().take(120).collect();
            problems.add(problem(file, "", "", format!("is not GeoJSON ({short})"), "export it again from the GIS"));
            Vec::new()
        }
    }
}

/// Points of a coordinate list; `None` where one lies off the globe.
fn points(list: &[geojson::Position]) -> Option<Vec<Point>> {
    list.iter()
        .map(|p| {
            let (lon, lat) = (*p.as_slice().first()?, *p.as_slice().get(1)?);
            let inside =
                (LONGITUDE.low..=LONGITUDE.high).contains(&lon) && (LATITUDE.low..=LATITUDE.high).contains(&lat);
            inside.then_some(Point { lon, lat })
        })
        .collect()
}

/// `members.geojson`: the polygons of the members.
pub(super) fn areas(folder: &Path, members: &mut [Member], problems: &mut Problems) {
    const FILE: &str = "members.geojson";
    for feature in read_features(folder, FILE, problems) {
        let code = match feature.property("code") {
            Some(serde_json::Value::String(code)) => code.clone(),
            Some(serde_json::Value::Number(code)) => code.to_string(),
            _ => {
                problems.add(problem(
                    FILE,
                    "code",
                    "",
                    "a feature has no property code".into(),
                    "give each polygon the code of its member",
                ));
                continue;
            }
        };
        let Some(member) = members.iter_mut().find(|m| m.code == code) else {
            problems.add(problem(
                FILE,
                "code",
                &code,
                "is not in members.csv".into(),
                "add the member, or correct the code",
            ));
            continue;
        };
        let polygons = match feature.geometry.map(|g| g.value) {
            Some(geojson::GeometryValue::Polygon { coordinates }) => vec![coordinates],
            Some(geojson::GeometryValue::MultiPolygon { coordinates }) => coordinates,
            _ => {
                problems.add(problem(
                    FILE,
                    "code",
                    &code,
                    "its geometry is not a polygon".into(),
                    "use Polygon or MultiPolygon",
                ));
                continue;
            }
        };
        let rings: Option<Vec<Vec<Point>>> = polygons.iter().flatten().map(|ring| points(ring)).collect();
        let Some(rings) = rings else {
            problems.add(problem(
                FILE,
                "code",
                &code,
                "a coordinate lies outside ±180, ±90 degrees".into(),
                "write longitude, latitude in WGS 84 degrees, not metres",
            ));
            continue;
        };
        if rings.is_empty() || rings.iter().any(|r| r.len() < 4 || r.first() != r.last()) {
            problems.add(problem(
                FILE,
                "code",
                &code,
                "a ring is not closed (first point = last point, at least four)".into(),
                "close each ring",
            ));
            continue;
        }
        let area = Area { rings };
        if !area.bounds().is_some_and(|[west, south, east, north]| west < east && south < north) {
            problems.add(problem(
                FILE,
                "code",
                &code,
                "the polygon has no width or no height".into(),
                "draw the outline of the member",
            ));
            continue;
        }
        if member.area.is_some() {
            problems.add(problem(
                FILE,
                "code",
                &code,
                "the member has two features".into(),
                "join them into one MultiPolygon",
            ));
            continue;
        }
        member.area = Some(area);
    }
}

/// `lines.geojson`: the backdrop of the maps.
pub(super) fn lines(folder: &Path, problems: &mut Problems) -> Vec<MapLine> {
    const FILE: &str = "lines.geojson";
    let mut lines = Vec::new();
    for feature in read_features(folder, FILE, problems) {
        let kind = feature.property("kind").and_then(|k| k.as_str()).unwrap_or_default().to_string();
        if !["coast", "lake", "river"].contains(&kind.as_str()) {
            problems.add(problem(
                FILE,
                "kind",
                &kind,
                "must be coast, lake or river".into(),
                "national borders are not drawn",
            ));
            continue;
        }
        let parts = match feature.geometry.map(|g| g.value) {
            Some(geojson::GeometryValue::LineString { coordinates }) => vec![coordinates],
            Some(geojson::GeometryValue::MultiLineString { coordinates }) => coordinates,
            Some(geojson::GeometryValue::Polygon { coordinates }) => coordinates,
            _ => Vec::new(),
        };
        lines.extend(parts.iter().filter_map(|p| points(p)).map(|points| MapLine { kind: kind.clone(), points }));
    }
    lines
}
