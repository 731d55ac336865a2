//! The classes of the national network recomputed by the built program: see `validation/water_class/README.md`. The table
//! there is made by this test.

// What the tests are built from may stop them, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/water_class/table.md");
const DAILY: &str = "cnemc_water_daily0800_yrd30_2020-05-10_2021-04-05.csv";
const SNAPSHOT: &str = "cnemc_water_snapshot_yrd_2020-05-08_09.csv";
const WIRE: &str = "raw/2020-05-08.json";

/// The folder `shared` beside the repository (or one deeper for a worktree); `None` where it is absent and that is allowed.
fn shared(file: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = match std::env::var("LIANKONG_SHARED") {
        Ok(named) => vec![PathBuf::from(named)],
        Err(_) => vec![here.join("../../shared"), here.join("../../../shared")],
    };
    let found = folders.iter().map(|folder| folder.join(file)).find(|path| path.exists());
    if found.is_none() {
        assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{file} is needed where CI=true");
        eprintln!("skipped: {file} is not there");
    }
    found
}

fn judged(file: &Path, register: Option<&Path>) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    command.args(["assess", "water", "--against", "水质类别", "--format", "json", "--in"]).arg(file);
    if let Some(register) = register {
        command.arg("--register").arg(register);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn counts(document: &Value) -> (u64, u64) {
    let agreement = &document["agreement"];
    (agreement["equal"].as_u64().unwrap(), agreement["compared"].as_u64().unwrap())
}

fn percent((equal, compared): (u64, u64)) -> String {
    format!("{equal} ({:.2} %)", 100.0 * equal as f64 / compared as f64)
}

#[test]
fn the_published_classes_of_the_delta_are_recomputed_and_each_difference_has_a_reason() {
    let paths = [DAILY, SNAPSHOT, WIRE].map(|file| shared(&format!("data/water/{file}")));
    let [Some(daily), Some(snapshot), Some(wire)] = paths else { return };
    let Some(register) = shared("facts/water_sections.csv") else { return };
    let mut table = String::from(
        "<!-- Made by app/tests/water_class.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         Published classes that `liankong assess water` gives too.\n\n\
         | file | rows | published classes | equal with register | equal by the fallback |\n|---|---|---|---|---|\n",
    );
    let (mut with, mut without, mut differences) = ((0, 0), (0, 0), Vec::new());
    for (path, name) in [(daily, DAILY), (snapshot, SNAPSHOT)] {
        let (exact, fallback) = (judged(&path, Some(&register)), judged(&path, None));
        let (a, b) = (counts(&exact), counts(&fallback));
        writeln!(table, "| {name} | {} | {} | {} | {} |", exact["rows"], a.1, percent(a), percent(b)).unwrap();
        with = (with.0 + a.0, with.1 + a.1);
        without = (without.0 + b.0, without.1 + b.1);
        differences.extend(exact["disagreements"].as_array().unwrap().iter().map(|d| (name, d.clone())));
    }
    writeln!(table, "| both | | {} | {} | {} |", with.1, percent(with), percent(without)).unwrap();
    let wire = judged(&wire, None);
    writeln!(table, "| {WIRE} | {} | {} | | {} |", wire["rows"], counts(&wire).1, percent(counts(&wire))).unwrap();

    let listed = |table: &mut String, name: &str, d: &Value| {
        let text = |key: &str| d[key].as_str().unwrap_or("").to_string();
        let keys = ["section", "time", "ours", "published", "item", "reason", "note"].map(text);
        writeln!(table, "| {name} | {} | {} |", d["row"], keys.join(" | ")).unwrap();
    };
    let head = "| file | row | section | time | ours | published | item | reason | note |\n|---|---|---|---|---|---|---|---|---|\n";
    write!(table, "\nEvery row that differs, with the register:\n\n{head}").unwrap();
    for (name, d) in &differences {
        listed(&mut table, if *name == DAILY { "daily" } else { "snapshot" }, d);
    }
    write!(table, "\nAnd of the wire form, by the fallback:\n\n{head}").unwrap();
    let of_wire = wire["disagreements"].as_array().unwrap();
    of_wire.iter().for_each(|d| listed(&mut table, "wire", d));

    assert_eq!(with.1, 7632);
    assert!(with.0 as f64 >= 0.99 * with.1 as f64, "{table}");
    // Raw values leave no limit that rounding could have missed.
    assert!(of_wire.iter().all(|d| d["reason"] != "rounding"), "{table}");
    assert_eq!(differences.len() as u64, with.1 - with.0);

    if std::env::var("LIANKONG_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap_or_default(), table, "the table is out of date");
}
