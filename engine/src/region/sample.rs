//! An empty case for tests to fill.

use super::Case;
use super::settings::{AirSettings, PlanSettings, Quality, Settings};
use std::collections::BTreeMap;

/// A case without members, sources or readings, in UTC.
pub fn case() -> Case {
    Case {
        settings: Settings {
            id: "sample".into(),
            name_zh: "样例".into(),
            name_en: "sample".into(),
            utc_offset_s: 0,
            quality: Quality::Screening,
            quality_note_zh: String::new(),
            quality_note_en: String::new(),
            map_approval: String::new(),
            air_period: None,
            water_period: None,
            air_rule: "HJ 633-2012".into(),
            water_rule: "GB 3838-2002".into(),
            air: AirSettings {
                latitude: 31.2,
                longitude: 121.5,
                sector_width_deg: 90.0,
                wind_height_m: 10.0,
                roughness_m: 0.5,
                cell_deg: 0.25,
                receptor_radius_m: 15_000.0,
                hours: 48,
                particles: 24,
                seed: 1,
            },
            plan: PlanSettings { interest_rate: 0.05, price_year: 2017 },
        },
        members: Vec::new(),
        lines: Vec::new(),
        stations: Vec::new(),
        air_readings: BTreeMap::new(),
        weather: Vec::new(),
        sources: Vec::new(),
        emissions: Vec::new(),
        reactions: Vec::new(),
        removals: Vec::new(),
        reaches: Vec::new(),
        sections: Vec::new(),
        water_readings: BTreeMap::new(),
        measures: Vec::new(),
        targets: Vec::new(),
        event: Vec::new(),
        campaigns: Vec::new(),
        bands: Vec::new(),
        air_model: BTreeMap::new(),
        climatology: BTreeMap::new(),
        inputs: BTreeMap::new(),
        marks: BTreeMap::new(),
    }
}
