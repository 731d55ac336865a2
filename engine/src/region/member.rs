//! Who answers: provinces, cities, and where they lie.

use super::geometry::{Area, Point};
use serde::Serialize;

/// A jurisdiction that takes part in joint control.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// GB/T 2260 code, or another register's.
    pub code: String,
    /// Code of the member above; `None` for the top level.
    pub parent: Option<String>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Its polygon; only members of the lowest level need one.
    #[serde(skip)]
    pub area: Option<Area>,
}

/// A place where air is measured and judged.
#[derive(Debug, Clone, Serialize)]
pub struct Station {
    /// Identifier.
    pub id: String,
    /// Code of the member that answers for it.
    pub member: String,
    /// Where it stands.
    pub place: Point,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A line on the map.
#[derive(Debug, Clone)]
pub struct MapLine {
    /// `coast`, `lake` or `river`.
    pub kind: String,
    /// Its points.
    pub points: Vec<Point>,
}
