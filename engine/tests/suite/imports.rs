//! Matrices of others: what they say of themselves is what comes out, and what does not fit is told.

use crate::shared_data;
use liankong_engine::problem::Error;
use liankong_engine::region::{Medium, Quality};
use liankong_engine::transport::footprint::Operator;
use liankong_engine::transport::import::{Imported, table, tm5fasst};
use std::fmt::Write;

const FILES: [&str; 13] = [
    "raw.base_conc.csv",
    "raw.base_em.csv",
    "src.bc.csv",
    "src.nh4_nh3.csv",
    "src.nh4_nox.csv",
    "src.nh4_so2.csv",
    "src.no3_nh3.csv",
    "src.no3_nox.csv",
    "src.no3_so2.csv",
    "src.pom.csv",
    "src.so4_nh3.csv",
    "src.so4_nox.csv",
    "src.so4_so2.csv",
];

fn files() -> Option<Vec<(String, Vec<u8>)>> {
    FILES
        .iter()
        .map(|f| Some((f.to_string(), shared_data::text(&format!("data/sr_matrix/{f}"))?.into_bytes())))
        .collect()
}

const UG: f64 = 1e-9;

#[test]
fn the_columns_of_tm5_fasst_add_up_as_its_own_files_say_and_europe_is_not_counted_twice() {
    let Some(files) = files() else { return };
    let imported = tm5fasst::read(&files).unwrap();
    assert_eq!((imported.footprint.operator, imported.change), (Operator::Marginal, Some(0.2)));
    assert_eq!((imported.footprint.rows.len(), imported.footprint.sites.len()), (59 * 6, 58));
    let closed = imported.closure();
    let sulfate = |r: &str| closed.iter().find(|c| c.receptor == r && c.pollutant == "SO4").unwrap();
    // Sum of the published columns times five, where nobody is counted twice (see validation/tm5fasst).
    for (receptor, modelled, base) in [("CHN", 4.442, 5.028), ("USA", 2.157, 2.648), ("FRA", 1.291, 1.42)] {
        let c = sulfate(receptor);
        assert!((c.modelled / UG - modelled).abs() < 1e-3, "{receptor}: {}", c.modelled / UG);
        assert!((c.base.unwrap() / UG - base).abs() < 1e-9 && !c.over_closes, "{c:?}");
    }
    assert!(imported.left_out.iter().any(|s| s.starts_with("source EUR")));
}

#[test]
fn the_validation_table_of_tm5_fasst_is_what_its_files_give() {
    let (Some(files), Some(imported)) = (files(), files().map(|f| tm5fasst::read(&f).unwrap())) else { return };
    // Every row of the files as it stands, EUR among them: what a plain column sum gives.
    let plain = |receptor: &str| -> f64 {
        let of = |name: &str| -> f64 {
            let bytes = &files.iter().find(|f| f.0 == name).unwrap().1;
            let mut reader = csv::Reader::from_reader(&bytes[..]);
            let column = reader.headers().unwrap().iter().position(|c| c == receptor).unwrap();
            reader.records().map(|r| r.unwrap()[column].parse::<f64>().unwrap()).sum()
        };
        5.0 * (of("src.so4_so2.csv") + of("src.so4_nox.csv") + of("src.so4_nh3.csv"))
    };
    let mut text = String::from(
        "Made by `LIANKONG_BLESS=1 cargo test -p liankong-engine --test suite the_validation_table_of_tm5`.\n\n\
         Sulfate, µg/m³: five times the sum over sources of the response to −20 %, beside the base state of the year 2000.\n\n\
         | receptor | base | every row of the files | without EUR (as imported) | imported / base | flag |\n|---|---|---|---|---|---|\n",
    );
    let closed = imported.closure();
    let mut over = 0;
    for c in closed.iter().filter(|c| c.pollutant == "SO4") {
        over += usize::from(c.over_closes);
        if !["CHN", "USA", "FRA", "GBR", "RFA", "POL", "ITA", "JPN", "COR", "NDE"].contains(&c.receptor.as_str()) {
            continue;
        }
        let (all, base) = (plain(&c.receptor), c.base.unwrap() / UG);
        let flag = match (c.over_closes, all > base) {
            (true, _) => "over-closes",
            (false, true) => "over-closes only where EUR is counted beside its own regions",
            _ => "",
        };
        let ratio = c.ratio.unwrap();
        let _ =
            writeln!(text, "| {} | {base:.3} | {all:.3} | {:.3} | {ratio:.3} | {flag} |", c.receptor, c.modelled / UG);
    }
    let of_all = closed.iter().filter(|c| c.over_closes).count();
    let _ =
        writeln!(text, "\nOver-closing rows: sulfate {over} of 59; all six quantities {of_all} of {}.", closed.len());
    // The checks of the file's own columns: China 4.44 of 5.03, the United States 2.16 of 2.65, France 2.05 of 1.42.
    for (receptor, sum) in [("CHN", 4.44), ("USA", 2.16), ("FRA", 2.05), ("GBR", 1.65), ("RFA", 2.05)] {
        assert!((plain(receptor) - sum).abs() < 0.006, "{receptor}: {}", plain(receptor));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/tm5fasst/table.md");
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}

#[test]
fn files_of_tm5_fasst_that_are_missing_or_broken_are_all_named() {
    let Some(mut files) = files() else { return };
    files.retain(|f| f.0 != "src.bc.csv" && f.0 != "src.pom.csv");
    let Err(Error::Input(problems)) = tm5fasst::read(&files) else { panic!("taken") };
    assert_eq!(problems.iter().map(|p| p.file.as_str()).collect::<Vec<_>>(), ["src.bc.csv", "src.pom.csv"]);
    let Some(mut files) = self::files() else { return };
    files[5].1 = b"COUNTRY,CHN\nCHN,much\n".to_vec();
    let Err(Error::Input(problems)) = tm5fasst::read(&files) else { panic!("taken") };
    assert!(problems.iter().any(|p| p.value == "much" && p.line == Some(2)));
}

const TABLE: &str = "receptor,pollutant,start,end,source_id,species,value,standard_error\n\
    a,PM2.5,2024-01-01,2024-02-01,s1,PPM2.5,2e-9,1e-10\n\
    a,PM2.5,2024-01-01,2024-02-01,s2,PPM2.5,4e-9,\n\
    b,PM2.5,2024-01-01,2024-02-01,s1,SO2,1e-9,2e-10\n";

fn kind() -> table::Kind {
    table::Kind { medium: Medium::Air, quality: Quality::Standard, origin: "test".into() }
}

fn plain() -> Imported {
    let rates = "source_id,species,rate_kg_s\ns1,PPM2.5,3\ns2,PPM2.5,0.5\ns1,SO2,10\nelsewhere,SO2,7\n";
    let base = "receptor,pollutant,value\na,PM2.5,1e-8\nb,PM2.5,5e-9\n";
    table::read(kind(), ("t", TABLE), Some(("e", rates)), Some(("b", base))).unwrap()
}

#[test]
fn a_plain_table_becomes_the_same_sums_with_their_errors() {
    let found = plain();
    // 3·2e-9 + 0.5·4e-9 = 8e-9 of 1e-8; 10·1e-9 = 1e-8 of 5e-9 over-closes. Errors: 3·1e-10, 10·2e-10.
    let closed = found.closure();
    assert!((closed[0].modelled - 8e-9).abs() < 1e-20 && !closed[0].over_closes);
    assert!((closed[1].ratio.unwrap() - 2.0).abs() < 1e-12 && closed[1].over_closes);
    for (row, error) in [(0, 3e-10), (1, 2e-9)] {
        assert!((found.sum(row, |_| true).1 / error - 1.0).abs() < 1e-5);
    }
}

#[test]
fn every_problem_of_a_plain_table_is_told_at_once() {
    let bad = TABLE.replace("4e-9", "much")
        + "b,PM2.5,2024-01-01,2024-02-01,s1,SO2,1e-9,\nb,PM2.5,2024-03-01,2024-02-01,s1,SO2,1e-9,\n";
    let Err(Error::Input(problems)) = table::read(kind(), ("t", &bad), None, None) else { panic!("taken") };
    assert_eq!(problems.iter().map(|p| p.line.unwrap()).collect::<Vec<_>>(), [3, 5, 6]);
}
