//! `transport air` on a real file of meteorology, which stays where it is: skipped where it is absent.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn meteorology() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var("LIANKONG_SHARED").map(PathBuf::from).ok();
    let folders = [named, Some(own.join("../../shared")), Some(own.join("../../../shared"))];
    let found = folders.into_iter().flatten().map(|f| f.join("data/met/oct1618.BIN")).find(|f| f.exists());
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "oct1618.BIN is needed where CI=true");
        eprintln!("skipped: data/met/oct1618.BIN is absent");
    }
    found
}

fn run(folder: &Path, met: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_liankong"))
        .current_dir(folder)
        .args(["--format", "json", "transport", "air", "--met"])
        .arg(met)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn receptors_give_the_same_files_at_any_number_of_threads_and_a_kept_group_is_not_made_again() {
    let Some(met) = meteorology() else { return };
    let place = tempfile::tempdir().unwrap();
    let rows = "id,lon,lat,height_m,start,end,quantity\n\
                chicago,-87.6,41.9,10,1995-10-17T12:00Z,1995-10-17T18:00Z,\n\
                memphis,-90.0,35.1,10,1995-10-17T12:00Z,1995-10-17T18:00Z,deposition\n";
    std::fs::write(place.path().join("r.csv"), rows).unwrap();
    std::fs::write(
        place.path().join("chain.csv"),
        "medium,process,species,product,rate_per_s,mass_yield\nair,convert,SO2,sulfate,3e-6,1.5\nair,observe,sulfate,PM2.5,,1.375\n",
    )
    .unwrap();
    std::fs::write(
        place.path().join("deposition.csv"),
        "species,dry_velocity_m_s,washout_per_s_at_1mm_h,washout_exponent\nSO2,0.008,2e-5,0.8\nsulfate,0.002,5e-5,0.8\n",
    )
    .unwrap();
    let common = ["--receptors", "r.csv", "--chain", "chain.csv", "--hours", "12", "--particles", "64", "--out"];
    let one = json(&run(place.path(), &met, &[&common[..], &["one", "--threads", "1"]].concat()));
    let two = json(&run(place.path(), &met, &[&common[..], &["two", "--threads", "2"]].concat()));
    // 64 for the concentration; 64 dry and 64 wet for the deposition; each 12 h unless it left.
    assert!(one["particle_hours"].as_f64().unwrap() <= 3.0 * 64.0 * 12.0 + 1e-6);
    assert!(one["mass_error"].as_f64().unwrap() < 1e-4, "{one}");
    assert_eq!(one["particle_hours"], two["particle_hours"]);
    for file in ["footprint.nc", "footprint.parquet", "deposition.nc", "deposition.parquet", "base.csv"] {
        let read = |folder: &str| std::fs::read(place.path().join(folder).join(file)).unwrap();
        assert!(!read("one").is_empty() && read("one") == read("two"), "{file}");
    }
    // Again: the groups are read back, and the files are the same.
    let before = std::fs::read(place.path().join("one/footprint.parquet")).unwrap();
    let part = place.path().join("one/receptors/footprint-0000.part");
    let written = std::fs::metadata(&part).unwrap().modified().unwrap();
    let again = json(&run(place.path(), &met, &[&common[..], &["one"]].concat()));
    assert_eq!(std::fs::metadata(&part).unwrap().modified().unwrap(), written);
    assert_eq!(again["steps"], one["steps"]);
    assert!(std::fs::read(place.path().join("one/footprint.parquet")).unwrap() == before);
}

#[test]
fn a_release_gives_a_grid_and_samplers_and_keeps_its_mass() {
    let Some(met) = meteorology() else { return };
    let place = tempfile::tempdir().unwrap();
    let release = "id,lon,lat,height_m,start,end,mass_kg,stack_diameter_m,exit_velocity_m_s,exit_temperature_k\n\
                   s,-90,40,100,1995-10-16T12:00Z,1995-10-16T14:00Z,7200,5,20,420\n";
    std::fs::write(place.path().join("s.csv"), release).unwrap();
    let samplers = "id,lon,lat,height_m,start,end\np,-90,40.0,10,1995-10-16T12:00Z,1995-10-16T18:00Z\n";
    std::fs::write(place.path().join("p.csv"), samplers).unwrap();
    let told = json(&run(
        place.path(),
        &met,
        &["--release", "s.csv", "--samplers", "p.csv", "--particles", "500", "--hours", "6", "--out", "out"],
    ));
    assert!(told["mass_error"].as_f64().unwrap() < 1e-6 && told["mean_step_s"].as_f64().unwrap() > 1.0);
    assert!(std::fs::read(place.path().join("out/grid.nc")).unwrap().starts_with(b"\x89HDF"));
    let table = std::fs::read_to_string(place.path().join("out/samplers.csv")).unwrap();
    assert!(table.starts_with("id,start,end,concentration_kg_m3,standard_error\np,"), "{table}");
    // Two hours of release: the plume of the stack stands above its mouth in both.
    let rise = std::fs::read_to_string(place.path().join("out/rise.csv")).unwrap();
    assert_eq!(rise.lines().count(), 3);
}

#[test]
fn every_problem_is_told_at_once_each_with_its_remedy() {
    let Some(met) = meteorology() else { return };
    let place = tempfile::tempdir().unwrap();
    let rows = "id,lon,lat,height_m,start,end\n\
                early,-90,40,10,1995-10-16T06:00Z,1995-10-16T12:00Z\n\
                away,120,31,10,1995-10-17T12:00Z,1995-10-17T18:00Z\n\
                late,-90,40,10,1995-10-30T12:00Z,1995-10-30T18:00Z\n";
    std::fs::write(place.path().join("r.csv"), rows).unwrap();
    let output =
        run(place.path(), &met, &["--receptors", "r.csv", "--hours", "24", "--particles", "3", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for sentence in ["too few particles", "missing hours", "lies outside", "hours without weather", "--truncate"] {
        assert!(told.contains(sentence), "{sentence}: {told}");
    }
    assert!(!place.path().join("out").exists());
}
