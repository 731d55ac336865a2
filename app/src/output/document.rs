//! `turn.json`: what a turn found, with all that is needed to find it again. Fields: `docs/reference/turn.md`.
//!
//! Values are SI (kg m⁻³, kg s⁻¹, CNY a year, shares from 0 to 1) and times UTC; the tables beside it are in printed units.
//! Long lists stand in the tables only, each named here with its rows and its SHA-256.

use super::folder::File;
use super::tables::Table;
use crate::report::View;
use liankong_engine::assess::MemberSituation;
use liankong_engine::attribute::{BandCheck, Closure, MatrixCell, OriginShare, Skill};
use liankong_engine::cycle::Balance;
use liankong_engine::plan::Plans;
use liankong_engine::region::Period;
use liankong_engine::verify::CampaignEffect;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The document.
#[derive(Serialize)]
pub struct Document {
    format: &'static str,
    format_version: u32,
    version: &'static str,
    case: Identity,
    quality: &'static str,
    quality_note_zh: String,
    quality_note_en: String,
    units: &'static str,
    until: &'static str,
    seed: u64,
    rules: Rules,
    periods: Periods,
    inputs: BTreeMap<String, String>,
    marks: BTreeMap<String, BTreeMap<String, usize>>,
    flags: BTreeMap<String, usize>,
    tables: BTreeMap<&'static str, Listed>,
    situation: Vec<MemberSituation>,
    closure: Vec<Closure>,
    matrix: Vec<MatrixCell>,
    shares: Vec<OriginShare>,
    bands: Vec<BandCheck>,
    skill: Vec<Skill>,
    plans: Option<Plans>,
    orders: OrdersInShort,
    verification: Vec<CampaignEffect>,
    balance: Balance,
}

#[derive(Serialize)]
struct Identity {
    id: String,
    name_zh: String,
    name_en: String,
    utc_offset_s: i64,
}

#[derive(Serialize)]
struct Rules {
    air: String,
    water: String,
}

#[derive(Serialize)]
struct Periods {
    air: Option<Period>,
    water: Option<Period>,
}

#[derive(Serialize)]
struct Listed {
    rows: usize,
    sha256: String,
}

#[derive(Serialize)]
struct OrdersInShort {
    count: usize,
    receptor: Option<String>,
    window: Option<Period>,
    expected_kg_m3: Option<f64>,
    expected_standard_error_kg_m3: Option<f64>,
    expected_by_station_kg_m3: BTreeMap<String, f64>,
}

impl Document {
    /// From a turn and its tables; `files` are the tables as bytes, in the same order.
    pub fn of_turn(view: &View<'_>, tables: &[Table], files: &[File]) -> Document {
        let (settings, turn) = (&view.case.settings, view.turn);
        let listed = tables.iter().zip(files).map(|(table, file)| {
            let digest = Sha256::digest(&file.bytes);
            let sha256 = digest.iter().map(|b| format!("{b:02x}")).collect();
            (table.file, Listed { rows: table.rows.len(), sha256 })
        });
        let mut flags = BTreeMap::new();
        for ((medium, flag), count) in turn.observed.counts() {
            flags.insert(format!("{}.{}", medium.id(), flag.id()), count);
        }
        Document {
            format: "liankong turn",
            format_version: 1,
            version: env!("CARGO_PKG_VERSION"),
            case: Identity {
                id: settings.id.clone(),
                name_zh: settings.name_zh.clone(),
                name_en: settings.name_en.clone(),
                utc_offset_s: settings.utc_offset_s,
            },
            quality: settings.quality.id(),
            quality_note_zh: settings.quality_note_zh.clone(),
            quality_note_en: settings.quality_note_en.clone(),
            units: "SI here (kg/m3, kg/s, CNY/year, shares 0 to 1, UTC); printed units in the tables",
            until: view.until_id(),
            seed: settings.air.seed,
            rules: Rules { air: settings.air_rule.clone(), water: settings.water_rule.clone() },
            periods: Periods { air: settings.air_period, water: settings.water_period },
            inputs: view.case.inputs.clone(),
            marks: view.case.marks.clone(),
            flags,
            tables: listed.collect(),
            situation: turn.assessment.situation.clone(),
            closure: turn.attribution.closure.clone(),
            matrix: turn.attribution.matrix.clone(),
            shares: turn.attribution.shares.clone(),
            bands: turn.attribution.bands.clone(),
            skill: turn.attribution.skill.clone(),
            plans: turn.plans.clone(),
            orders: OrdersInShort {
                count: turn.orders.orders.len(),
                receptor: turn.orders.receptor.clone(),
                window: turn.orders.window,
                expected_kg_m3: turn.orders.expected.map(|e| e.0),
                expected_standard_error_kg_m3: turn.orders.expected.map(|e| e.1),
                expected_by_station_kg_m3: turn.orders.expected_by_station.iter().cloned().collect(),
            },
            verification: turn.verification.clone(),
            balance: turn.balance.clone(),
        }
    }
}
