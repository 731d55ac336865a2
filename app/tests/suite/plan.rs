//! `plan`, end to end on the built program.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOOTPRINT: &str = "receptor,pollutant,source_id,species,value_s_m3\n\
    S,PM2.5,boiler,PM2.5,1e-8\nS,PM2.5,boiler,SO2,2e-9\nW,TN,outfall,TN,5e-3\n";
const EMISSIONS: &str = "source_id,species,rate_kg_s,member\nboiler,PM2.5,2,A\nboiler,SO2,5,A\noutfall,TN,0.4,B\n";
const TARGETS: &str = "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit,member\n\
    air,S,air,PM2.5,mean,,,<=,24,ug/m3,A\nriver,W,water,TN,mean,,,<=,2.1,mg/L,B\n";
const MEASURES: &str = "measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,\
    capex_cny,opex_cny_per_year,life_years,price_year,group,min_size,source\n\
    scrubber,boiler,,energy,power,SO2,air,4,1,0,8000000,,2017,,,x\n\
    scrubber,boiler,outfall,energy,power,TN,water,-0.05,1,,,,,,,x\n\
    wetland,outfall,,household,household,TN,water,0.2,1,0,1000000,,2017,,,x\n";

fn tables(place: &Path) -> Vec<String> {
    let named = [("footprint", FOOTPRINT), ("emissions", EMISSIONS), ("measures", MEASURES), ("targets", TARGETS)];
    let mut arguments = Vec::new();
    for (name, text) in named {
        let path = place.join(format!("{name}.csv"));
        fs::write(&path, text).unwrap();
        arguments.extend([format!("--{name}"), path.display().to_string()]);
    }
    arguments
}

fn liankong(arguments: &[String]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    let Output { status, stdout, stderr } = command.env("LC_ALL", "C.UTF-8").args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn words(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|p| (*p).to_string()).collect()
}

fn plan_of(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("plan.json")).unwrap()).unwrap()
}

#[test]
fn plain_tables_give_the_plan_that_was_solved_by_hand() {
    // Scrubber ¾ (8 µg/m³ in full, 6 needed) for 6 M; it puts 0.1875 mg/L into the river, where 0.1 is free: wetland 0.0875.
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let arguments =
        [words(&["plan", "solve"]), tables(place.path()), words(&["--out", out.to_str().unwrap()])].concat();
    let (code, said, told) = liankong(&arguments);
    assert_eq!(code, 0, "{told}");
    assert!(said.contains("optimal") && said.contains("2 of 2"), "{said}");
    let plan = plan_of(&out);
    assert_eq!(plan["status"], "optimal");
    assert!((plan["cost"].as_f64().unwrap() - 6_087_500.0).abs() < 1e-2);
    assert!((plan["bound"].as_f64().unwrap() - 6_087_500.0).abs() < 1.0 && plan["gap"].as_f64().unwrap().abs() < 1e-6);
    assert!(plan["max_violation"].as_f64().unwrap() < 1e-9);
    let river = &plan["targets"][1];
    assert!(
        (river["value"].as_f64().unwrap() - 2.1).abs() < 1e-9 && (river["dual"].as_f64().unwrap() - 1e6).abs() < 1e-3
    );
    let curve = plan["curve"].as_array().unwrap();
    assert_eq!(curve.len(), 21);
    assert!((curve[20]["cost"].as_f64().unwrap() - 6_087_500.0).abs() < 1e-2);
    let applied = fs::read_to_string(out.join("applications.csv")).unwrap();
    assert!(
        applied.starts_with("measure_id,source_id,member,share,cost_cny_per_year\nscrubber,boiler,A,0.75,6000000\n"),
        "{applied}"
    );
    assert!(plan["notes"].as_array().unwrap().is_empty());
    // Twice the same, to the byte.
    let first = fs::read(out.join("plan.json")).unwrap();
    assert_eq!(liankong(&arguments).0, 0);
    assert_eq!(first, fs::read(out.join("plan.json")).unwrap());
}

#[test]
fn what_cannot_be_is_explained_and_a_budget_does_what_it_can() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let end = words(&["--out", out.to_str().unwrap()]);
    let mut arguments = [words(&["plan", "solve"]), tables(place.path()), end.clone()].concat();
    fs::write(place.path().join("targets.csv"), TARGETS.replace(",24,ug", ",20,ug")).unwrap();
    assert_eq!(liankong(&arguments).0, 0);
    let plan = plan_of(&out);
    assert_eq!(plan["status"], "infeasible");
    assert_eq!(plan["conflicts"][0]["targets"][0], "air");
    assert!((plan["conflicts"][0]["yields"][0].as_f64().unwrap() - 0.1).abs() < 1e-9, "{plan}");
    arguments.extend(words(&["--budget", "2000000", "--fair"]));
    assert_eq!(liankong(&arguments).0, 0);
    let plan = plan_of(&out);
    assert_eq!(plan["status"], "within budget");
    // 2 M: scrubber ¼ → 28 µg/m³: a miss of 8/20.
    assert!((plan["budget"]["miss"].as_f64().unwrap() - 0.4).abs() < 1e-3, "{plan}");
    assert!(plan["cost"].as_f64().unwrap() <= 2e6 + 1e-3);
}

#[test]
fn bad_tables_are_told_with_their_lines() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let arguments =
        [words(&["plan", "solve"]), tables(place.path()), words(&["--out", out.to_str().unwrap()])].concat();
    fs::write(place.path().join("measures.csv"), MEASURES.replace("SO2,air,4,1", "SO2,air,40,1")).unwrap();
    let (code, _, told) = liankong(&arguments);
    assert_eq!(code, 2);
    assert!(told.contains("measures.csv:2") && told.contains("more than source boiler emits"), "{told}");
    assert!(!out.exists());
}

#[test]
fn members_of_a_case_share_its_cost() {
    let case: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/two-towns");
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let (case, out) = (case.display().to_string(), out.display().to_string());
    let (code, said, told) = liankong(&words(&["plan", "share", &case, "--out", &out, "--format", "json"]));
    assert_eq!(code, 0, "{told}");
    let sharing: Value = serde_json::from_str(&said).unwrap();
    let players = sharing["game"]["players"].as_array().unwrap().len();
    for a in sharing["shares"]["allocations"].as_array().unwrap() {
        let sum: f64 = a["transfers"].as_array().unwrap().iter().map(|t| t.as_f64().unwrap()).sum();
        assert!(sum.abs() < 1e-3, "{sum}");
    }
    let coalitions = fs::read_to_string(format!("{out}/coalitions.csv")).unwrap();
    assert_eq!(coalitions.lines().count(), 1 << players);
    assert!(
        fs::read_to_string(format!("{out}/shares.csv")).unwrap().starts_with("rule,member,alone_cny_per_year,pays")
    );
    let (code, _, told) = liankong(&words(&["plan", "share", &case, "--members", "nobody", "--out", &out]));
    assert!(code == 2 && told.contains("members.csv"), "{told}");
}
