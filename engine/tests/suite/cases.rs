//! Every case of the repository reads without a problem, and its river balances.

#![allow(clippy::unwrap_used, clippy::panic)]

use liankong_engine::cycle::{self, Silent, Verb};
use liankong_engine::region::{Case, Medium};
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
    for (table, marks) in &case.marks {
        // The daily models are really fitted, to an invented winter.
        let fitted = |mark: &str| table == "air_model.csv" && mark == "fitted";
        let invented = marks.keys().all(|mark| mark == "synthetic" || mark == "assumed" || fitted(mark));
        assert!(invented, "every row of an invented case says that it is invented: {table} {marks:?}");
    }
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

#[test]
fn the_water_targets_of_the_toy_case_ask_for_something_and_can_be_met() {
    let case = Case::read(&cases().join("two-towns")).unwrap();
    let footprint = river::footprint(&case).unwrap().unwrap();
    for target in case.targets.iter().filter(|t| t.medium == Medium::Water) {
        let readings = &case.water_readings[&(target.receptor.clone(), target.pollutant)];
        let inside: Vec<f64> =
            readings.iter().filter(|r| target.period.contains(r.time)).filter_map(|r| r.value).collect();
        let now = inside.iter().sum::<f64>() / inside.len() as f64;
        let row = footprint.find(&target.receptor, target.pollutant.spec().id, target.period).unwrap();
        let removable: f64 = case
            .measures
            .iter()
            .flat_map(|m| m.effects.iter().map(move |e| (m.max_share, e)))
            .map(|(share, e)| share * e.rate_kg_s * footprint.sensitivity(row, e.source, &e.species).0)
            .sum();
        let (limit, floor) = (target.limit, now - removable);
        println!("{}: now {now:.3e}, limit {limit:.3e}, floor {floor:.3e} kg/m3", target.id);
        assert!(floor < limit && limit < now, "{}: now {now}, limit {limit}, floor {floor}", target.id);
    }
}

#[test]
fn the_toy_case_tells_its_story_the_planted_campaign_is_found_and_the_daily_models_are_hardly_biased() {
    let case = Case::read(&cases().join("two-towns")).unwrap();
    let turn = cycle::turn(&case, Verb::Attribute, &Silent).unwrap();

    // make.py leaves 0.65 of the lower town's readings during the regatta: the effect is −35 %. The ridge regression knows
    // which stations have the town's weather and comes nearer than the mean of all.
    let [regatta] = turn.verification.as_slice() else { panic!("one campaign") };
    assert_eq!(regatta.estimates.len(), 2);
    for (method, within) in [("ridge_controls", 0.05), ("difference_in_differences", 0.10)] {
        let estimate = regatta.estimates.iter().find(|e| e.method == method).unwrap();
        println!("{method}: {:.3}", estimate.effect);
        assert!((estimate.effect + 0.35).abs() < within && estimate.verdict == "detected", "{estimate:?}");
    }
    // Before and after alone would have told less than the truth, and something else with every window.
    assert!(regatta.naive.iter().all(|n| n.change > -0.30));

    // Fitted on an earlier winter from another seed.
    for skill in turn.attribution.skill.iter().filter(|s| s.model == "footprint" || s.model == "advected") {
        println!("{}: r {:.2}, bias {:+.1} µg/m³", skill.model, skill.correlation, skill.bias * 1e9);
        assert!(skill.days > 500 && skill.correlation > 0.5 && skill.bias.abs() < 3e-9, "{skill:?}");
    }
    assert!(turn.balance.air_deviation.unwrap().abs() < 3.0);
}
