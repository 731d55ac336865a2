//! Every case of the repository reads without a problem, and its river balances.

#![allow(clippy::unwrap_used, clippy::panic)]

use liankong_engine::region::Case;
use liankong_engine::transport::river;
use std::path::{Path, PathBuf};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases")
}

/// The folders under `cases/` that hold a case meant to be sound.
fn sound_cases() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(cases())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("region.toml").is_file() && !path.ends_with("invalid"))
        .collect();
    folders.sort();
    folders
}

#[test]
fn every_case_reads_without_a_problem() {
    let folders = sound_cases();
    assert!(folders.iter().any(|f| f.ends_with("two-towns")));
    for folder in folders {
        if let Err(problems) = Case::read(&folder) {
            panic!("{}:\n{problems}", folder.display());
        }
    }
}

#[test]
fn the_river_of_every_case_balances() {
    for folder in sound_cases() {
        let case = Case::read(&folder).unwrap();
        let Some(footprint) = river::footprint(&case).unwrap() else { continue };
        let balance = river::balance(&case, &footprint, &river::forward(&case).unwrap());
        println!("{}: {balance:?}", folder.display());
        assert!(balance.forward_error <= 1e-10, "{}: {balance:?}", folder.display());
        assert!(balance.mass_error <= 1e-12, "{}: {balance:?}", folder.display());
    }
}

#[test]
fn the_toy_case_uses_every_table_of_the_format() {
    let case = Case::read(&cases().join("two-towns")).unwrap();
    let tables = [
        "air_model.csv",
        "air_observations.csv",
        "bands.csv",
        "campaign.csv",
        "chain.csv",
        "climatology.csv",
        "deposition.csv",
        "emissions.csv",
        "event.csv",
        "lines.geojson",
        "measures.csv",
        "members.csv",
        "members.geojson",
        "reaches.csv",
        "region.toml",
        "sections.csv",
        "sources.csv",
        "stations.csv",
        "targets.csv",
        "water_observations.csv",
        "weather.csv",
    ];
    assert_eq!(case.inputs.keys().map(String::as_str).collect::<Vec<_>>(), tables);
    let synthetic = case.marks.values().all(|m| m.keys().all(|mark| mark == "synthetic" || mark == "assumed"));
    assert!(synthetic, "every row of an invented case says that it is invented");
}

#[test]
fn the_modelled_river_of_the_toy_case_lies_near_its_readings() {
    let case = Case::read(&cases().join("two-towns")).unwrap();
    for modelled in river::forward(&case).unwrap().sections {
        let readings = case
            .water_readings
            .iter()
            .filter(|((section, p), _)| *section == modelled.section && p.spec().id == modelled.pollutant)
            .flat_map(|(_, readings)| readings.iter().filter_map(|r| r.value));
        let values: Vec<f64> = readings.collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!((modelled.value / mean - 1.0).abs() < 0.25, "{modelled:?} beside {mean}");
    }
}
