//! The scorer of tracer experiments against NOAA's score files: see `validation/captex/README.md`. The table there is made by
//! this test.

use crate::shared_data;
use liankong_engine::verify::tracer::{rank, read_datem};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The numbers of a score file by what stands behind them.
fn scores(bytes: &[u8]) -> BTreeMap<String, f64> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter_map(|line| {
        let (number, name) = line.trim().split_once(' ')?;
        let name = name.split(['(', '[']).next().unwrap_or_default().trim();
        Some((name.to_string(), number.parse().ok()?))
    });
    lines.collect()
}

/// Configuration, experiment, numbers.
type ScoreFile = (String, u32, BTreeMap<String, f64>);

/// Every score file, in order.
fn score_files() -> Option<Vec<ScoreFile>> {
    let folder = shared_data::path("data/tracer/captex/hysplit_results")?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().replace("_statA.txt", "");
        // One file does not name its experiment.
        if let Some(experiment) = name.chars().last().and_then(|c| c.to_digit(10)) {
            files.push((name[..name.len() - 1].to_string(), experiment, scores(&std::fs::read(&path).unwrap())));
        }
    }
    files.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    Some(files)
}

#[test]
fn the_formulas_of_the_scorer_are_those_that_hold_among_noaa_s_own_figures() {
    let Some(mut files) = score_files() else { return };
    assert!(files.len() > 150, "{}", files.len());
    // Runs that calculated nothing anywhere: NOAA's programme writes the worst of every score instead of what the formulas give.
    let all = files.len();
    files.retain(|f| f.2["Average calculated concentration"] > 0.0);
    let empty = all - files.len();
    let mut ranks: BTreeMap<u32, Vec<(f64, String)>> = BTreeMap::new();
    let (mut whole, mut counted) = (0, 0);
    for (configuration, experiment, s) in &files {
        let (m, c) = (s["Average measured concentration"], s["Average calculated concentration"]);
        let (r, fb, ksp) = (s["Correlation coefficient"], s["Fractional bias"], s["Kolmogorov-Smirnov Parameter"]);
        let fms = s["Fig of merit in space"];
        let named = format!("{configuration}{experiment}");
        assert!((2.0 * (c - m) / (c + m) - fb).abs() < 0.006, "{named}: FB {fb}");
        let nmse = s["Root mean square error"].powi(2) / (m * c);
        // Two decimals of each mean and of the root bound what can be told.
        let told = nmse * (0.01 / m + 0.01 / c + 0.02 / s["Root mean square error"]) + 0.006;
        assert!((nmse - s["Normalized mean square error"]).abs() < told, "{named}: NMSE {nmse}");
        // R enters with two decimals and squared, KSP as a whole number.
        let ours = rank(r, fb, fms, ksp);
        assert!((ours - s["Final rank"]).abs() <= 0.025, "{named}: rank {ours}, not {}", s["Final rank"]);
        // FMS is hits over hits and errors in pairs: with the share of hits it must give a whole number of pairs.
        let hits = (s["Percent M>0 and C>0"] * s["Number of pairs analyzed"] / 100.0).round();
        if fms > 0.0 {
            let either = 100.0 * hits / fms;
            let told = 100.0 * hits * 0.006 / (fms * fms);
            counted += 1;
            whole += u32::from((either - either.round()).abs() <= told);
        }
        ranks.entry(*experiment).or_default().push((s["Final rank"], configuration.clone()));
    }
    assert_eq!(whole, counted, "FMS of {counted} files");
    let mut table = format!(
        "{} score files, {empty} of runs that calculated nothing left out; every FB, NMSE, FMS and rank follows from the other figures\n\n",
        files.len()
    );
    table.push_str("| experiment | samples | above 0 | mean measured | NOAA's mean × its pairs / ours | configurations | rank of RunE | median | best |\n|---|---|---|---|---|---|---|---|---|\n");
    for (experiment, mut of) in ranks {
        let path = shared_data::path(&format!("data/tracer/captex/captex{experiment}.txt")).unwrap();
        let samples = read_datem(&String::from_utf8_lossy(&std::fs::read(path).unwrap())).unwrap();
        let values: Vec<f64> = samples.iter().filter_map(|s| s.value).collect();
        let sum: f64 = values.iter().sum();
        let run = &files.iter().find(|f| f.0 == "RunE" && f.1 == experiment).unwrap().2;
        let theirs = run["Average measured concentration"] * run["Number of pairs analyzed"] / sum;
        // NOAA's programme leaves out one sample of nothing in three experiments, so the sums agree and not the means.
        assert!((theirs - 1.0).abs() < 1e-4, "experiment {experiment}: {theirs}");
        assert_eq!(run["Unaveraged data points for processing"], samples.len() as f64);
        of.sort_by(|a, b| a.0.total_cmp(&b.0));
        let own = of.iter().find(|r| r.1 == "RunE").unwrap().0;
        let above = values.iter().filter(|v| **v > 0.0).count();
        writeln!(
            table,
            "| {experiment} | {} | {above} | {:.2} | {theirs:.5} | {} | {own:.2} | {:.2} | {:.2} ({}) |",
            samples.len(),
            sum / values.len() as f64,
            of.len(),
            of[of.len() / 2].0,
            of[of.len() - 1].0,
            of[of.len() - 1].1
        )
        .unwrap();
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/captex/table.md");
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(file, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), table, "LIANKONG_BLESS=1 writes the table anew");
}

#[test]
fn the_samples_of_etex_are_read_too() {
    let Some(path) = shared_data::path("data/tracer/etex/meas-t1.txt") else { return };
    let samples = read_datem(&String::from_utf8_lossy(&std::fs::read(path).unwrap())).unwrap();
    assert!(samples.len() > 2000 && samples.iter().all(|s| s.minutes == 180 && s.start[0] == 1994));
}
