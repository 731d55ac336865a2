//! `attribute pmf` from the outside: what it writes adds up, whatever the tables look like.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const DAYS: usize = 40;
const SPECIES: [&str; 6] = ["SO4", "NO3", "EC", "\"Fe, total\"", "Zn", "Ca"];

/// Two mixed sources with a ripple, as text: concentrations and uncertainties.
fn tables(delimiter: &str) -> (String, String) {
    let header = format!("Date{delimiter}{}\n", SPECIES.join(delimiter));
    let (mut con, mut unc) = (header.clone(), header);
    for i in 0..DAYS {
        let (a, b) = (1.0 + (i as f64 * 0.9).sin(), 1.0 + (i as f64 * 0.37).cos());
        let day = format!("2024-01-{:02} {:02}:00", i / 2 + 1, i % 2 * 12);
        (con, unc) = (con + &day, unc + &day);
        for j in 0..SPECIES.len() {
            let ripple = 1.0 + 0.03 * ((i * 7 + j * 13) as f64).sin();
            let value = (a * (j as f64 + 0.5) + b * (6.0 - j as f64)) * ripple;
            con += &format!("{delimiter}{value:.6}");
            unc += &format!("{delimiter}{:.6}", 0.05 + 0.04 * value);
        }
        (con, unc) = (con + "\n", unc + "\n");
    }
    (con, unc)
}

struct Ran {
    code: i32,
    said: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl Ran {
    fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&self.files[name]).unwrap()
    }

    fn rows(&self, name: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(&self.files[name][..]);
        reader.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect()
    }

    fn matrix(&self, name: &str) -> Vec<Vec<f64>> {
        self.rows(name).iter().map(|r| r[1..].iter().map(|v| v.parse().unwrap()).collect()).collect()
    }
}

fn pmf(files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(Path::new(place.path()).join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    command.current_dir(place.path()).args(["attribute", "pmf", "--out", "out"]).args(arguments);
    let output = command.output().unwrap();
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    let files = std::fs::read_dir(place.path().join("out")).map(|d| d.map(read).collect()).unwrap_or_default();
    // Problems of an input are what the command has to say, and go to stdout.
    let said = [output.stdout, output.stderr].concat();
    Ran { code: output.status.code().unwrap(), said: String::from_utf8(said).unwrap(), files }
}

const PLAIN: [&str; 8] = ["--conc", "con.csv", "--unc", "unc.csv", "--factors", "2", "--starts", "5"];

#[test]
fn q_recomputed_from_the_tables_written_is_the_q_that_is_told() {
    let (con, unc) = tables(",");
    let ran = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &PLAIN);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let (w, h) = (ran.matrix("W.csv"), ran.matrix("H.csv"));
    let parse = |text: &str| -> Vec<Vec<f64>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|r| r.unwrap().iter().skip(1).map(|v| v.parse().unwrap()).collect()).collect()
    };
    let (v, u) = (parse(&con), parse(&unc));
    let mut q = 0.0;
    for i in 0..DAYS {
        for j in 0..6 {
            let modelled: f64 = (0..2).map(|k| w[i][k] * h[k][j]).sum();
            q += ((v[i][j] - modelled) / u[i][j]).powi(2);
        }
    }
    let summary = ran.json("summary.json");
    let told = summary["q_true"].as_f64().unwrap();
    assert!((q / told - 1.0).abs() < 1e-9, "{q} and {told}");
    let starts = summary["starts"].as_array().unwrap();
    assert_eq!(starts.len(), 5);
    let least = starts.iter().map(|s| s["q_true"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(least, told);
    assert!(starts.iter().all(|s| s["converged"].as_bool().unwrap() && s["iterations"].as_u64().unwrap() > 0));
    let costs = ran.json("timing.json");
    assert!(costs["starts"].as_array().unwrap().iter().all(|s| s["cpu_s"].as_f64().unwrap() >= 0.0));
    assert!(w.iter().chain(&h).flatten().all(|v| *v >= 0.0));
    assert_eq!(ran.rows("residuals.csv").len(), DAYS * 6);
}

#[test]
fn every_part_gives_the_same_bytes_on_one_thread_and_on_four() {
    let (con, unc) = tables(",");
    let parts = ["--bootstrap", "10", "--displacement", "--bootstrap-displacement", "2", "--fpeak", "-0.5,0.5"];
    let more = ["--pull", "1:Zn:0", "--robust"];
    let run = |threads| {
        let all = [&PLAIN[..], &parts, &more, &["--threads", threads]].concat();
        let mut ran = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &all);
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert!(ran.files.remove("timing.json").is_some());
        ran
    };
    let (one, four) = (run("1"), run("4"));
    assert_eq!(one.files, four.files);
    // Two factors of six species at four levels; the bars of the drawing.
    assert_eq!(one.rows("displacement.csv").len(), 48);
    assert_eq!(one.rows("bootstrap.csv").len(), 12);
    assert_eq!(one.rows("fpeak.csv").len(), 24);
    for row in one.rows("displacement.csv") {
        let [value, low]: [f64; 2] = [3, 4].map(|c: usize| row[c].parse().unwrap());
        assert!(low <= value && row[5].parse::<f64>().is_ok_and(|high| high >= value), "{row:?}");
    }
    let summary = one.json("summary.json");
    assert_eq!(summary["pulls"][0]["species"], "Zn");
    assert!(summary["pulls"][0]["rise"].as_f64().unwrap() > 0.0);
    let mapped = summary["bootstrap"]["mapped"].as_array().unwrap();
    assert_eq!(mapped.iter().flat_map(|r| r.as_array().unwrap()).map(|v| v.as_u64().unwrap()).sum::<u64>(), 20);
    assert_eq!(String::from_utf8_lossy(&one.files["profiles.svg"]).matches("<rect").count(), 13);
}

#[test]
fn tabs_semicolons_and_a_mark_of_byte_order_change_nothing() {
    let (con, unc) = tables(",");
    let plain = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &PLAIN);
    for delimiter in ["\t", ";"] {
        let (con, unc) = tables(delimiter);
        let other = pmf(&[("con.csv", &format!("\u{feff}{con}")), ("unc.csv", &unc.replace('\n', "\r\n"))], &PLAIN);
        assert_eq!(other.code, 0, "{}", other.said);
        assert_eq!(other.files["W.csv"], plain.files["W.csv"]);
    }
}

#[test]
fn missing_values_empty_rows_and_detection_limits_are_counted() {
    let (con, unc) = tables(",");
    let mut lines: Vec<String> = con.lines().map(str::to_string).collect();
    lines[3] = "2024-01-02 00:00,,,,,,".into();
    let cells: Vec<&str> = lines[5].split(',').collect();
    lines[5] = format!("{},-999,NA,{}", cells[0], cells[3..].join(","));
    let mut errors: Vec<String> = unc.lines().map(str::to_string).collect();
    let cells: Vec<&str> = errors[6].split(',').collect();
    errors[6] = format!("{},0,{}", cells[0], cells[2..].join(","));
    let files = [
        ("con.csv", lines.join("\n")),
        ("unc.csv", errors.join("\n")),
        ("limits.csv", "species,limit\nEC,1000\n".into()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
    let ran = pmf(&files, &[&PLAIN[..], &["--detection", "limits.csv"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.said);
    let s = ran.json("summary.json");
    let told = ["empty_rows_dropped", "missing", "without_uncertainty", "below_detection", "samples"];
    assert_eq!(told.map(|t| s[t].as_u64().unwrap()), [1, 2, 1, 39, 39]);
    // Every EC is then half the limit, with five sixths of it as uncertainty.
    let ec = ran.rows("residuals.csv").into_iter().find(|r| r[1] == "EC").unwrap();
    assert_eq!(ec[2], "500");
}

#[test]
fn everything_wrong_with_the_tables_is_told_at_once() {
    let (con, unc) = tables(",");
    let con = con.replacen("2024-01-01 00:00,", "2024-01-01 00:00,abc,", 1).replace("Zn", "Zinc");
    let ran = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &PLAIN);
    assert_eq!(ran.code, 2, "{}", ran.said);
    for told in ["con.csv:2", "abc", "8 cells", "Zinc", "Zn"] {
        assert!(ran.said.contains(told), "{told} is not in {}", ran.said);
    }
    assert!(ran.files.is_empty());
    let (con, unc) = tables(",");
    for (arguments, told) in [
        (vec!["--factors", "7"], "at most 6"),
        (vec!["--factors", "2", "--pull", "3:Zn:0"], "from 1 to 2"),
        (vec!["--factors", "2", "--displacement", "--species", "Pb"], "Pb"),
    ] {
        let ran = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &[&PLAIN[..4], &arguments].concat());
        assert!(ran.code == 2 && ran.said.contains(told), "{}", ran.said);
    }
}

#[test]
fn starts_that_are_given_are_where_the_search_begins() {
    let (con, unc) = tables(",");
    let first = pmf(&[("con.csv", &con), ("unc.csv", &unc)], &PLAIN);
    let plain = |rows: Vec<Vec<f64>>| -> String {
        rows.iter().map(|r| r.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n").collect()
    };
    let (w, h) = (plain(first.matrix("W.csv")), plain(first.matrix("H.csv")));
    let files = [("con.csv", con.as_str()), ("unc.csv", &unc), ("W_1.csv", &w), ("H_1.csv", &h)];
    let again = pmf(&files, &[&PLAIN[..6], &["--starts", "1", "--initial", "."]].concat());
    assert_eq!(again.code, 0, "{}", again.said);
    let q = |ran: &Ran| ran.json("summary.json")["q_true"].as_f64().unwrap();
    assert!(q(&again) <= q(&first) * (1.0 + 1e-9));
    // One that begins at rest stays there: the window of twenty and no more.
    assert!(again.json("summary.json")["starts"][0]["iterations"].as_u64().unwrap() <= 25);
}
