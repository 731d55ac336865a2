//! The whole turn of the two cases of the repository, from the outside: its manners, its books, its bars.

// What the tests are built from may stop them, like the tests themselves.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use unicode_width::UnicodeWidthStr;

const LANGUAGES: [&str; 2] = ["zh_CN.UTF-8", "en_US.UTF-8"];

fn liankong(language: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    command.env("LC_ALL", language).env_remove("LANG").env_remove("LC_MESSAGES");
    command
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases").join(name)
}

fn run(language: &str, case: &Path, out: &Path, more: &[&str]) -> (String, String) {
    let mut command = liankong(language);
    let Output { status, stdout, stderr } =
        command.arg("run").arg(case).arg("--out").arg(out).args(more).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(0), "{stderr}");
    (stdout, stderr)
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(p).unwrap())).collect()
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// A screen holds at most 30 lines of 80 columns, none of them cut, in one language.
fn is_one_screen(text: &str, language: &str) {
    assert!(text.lines().count() <= 30, "{} lines\n{text}", text.lines().count());
    assert!(text.lines().all(|line| line.width() <= 80) && !text.contains('…'), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf ") && !text.contains("−0 "), "{text}");
    assert_eq!(text.chars().any(is_chinese), language.starts_with("zh"), "{text}");
}

/// Every picture of the page says what it is worth.
fn is_watermarked(page: &str) {
    let pictures: Vec<&str> = page.split("<svg ").filter(|svg| svg.contains("role=\"img\"")).collect();
    assert!(pictures.len() >= 8, "{}", pictures.len());
    for svg in pictures {
        let content = svg.split("</svg>").next().unwrap();
        assert!(content.contains("SCREENING 筛查级"), "{}", &content[..200.min(content.len())]);
    }
}

#[test]
fn the_whole_turn_gives_the_same_bytes_with_one_thread_and_with_two() {
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str, language: &str, threads: &str| {
        let out = place.path().join(name);
        let (screen, told) = run(language, &case("two-towns"), &out, &["--threads", threads]);
        is_one_screen(&screen, language);
        // Off a terminal the progress is plain lines, one a verb at least.
        assert!(told.lines().count() >= 7 && !told.contains(['\u{1b}', '\r']), "{told}");
        bytes_of(&out)
    };
    let (one, two) = (folder("one", LANGUAGES[0], "1"), folder("two", LANGUAGES[1], "2"));
    assert!(one.keys().eq(two.keys()) && one.contains_key("orders.csv") && one.contains_key("effects.csv"));
    // Neither threads nor the language of the user leave a mark, but in the times.
    for (name, bytes) in one.iter().filter(|(name, _)| *name != "timing.json") {
        assert!(Some(bytes) == two.get(name), "{name}");
    }
    is_watermarked(&String::from_utf8(one["report.html"].clone()).unwrap());
}

#[test]
fn readers_that_leave_before_the_turn_is_told_do_not_stop_it() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let mut command = liankong(LANGUAGES[1]);
    command.arg("run").arg(case("two-towns")).arg("--out").arg(&out).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(out.join("turn.json").exists() && out.join("report.html").exists());
}

/// The delta with so many particles that its transport takes minutes.
fn slow_delta(place: &Path) -> PathBuf {
    let folder = place.join("case");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(case("yangtze-delta")).unwrap().map(|e| e.unwrap()) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let text = fs::read_to_string(folder.join("region.toml")).unwrap();
    let many = |line: &str| if line.starts_with("particles") { "particles = 2000".into() } else { line.to_string() };
    let lines: Vec<String> = text.lines().map(many).collect();
    assert!(lines.iter().any(|l| l == "particles = 2000"));
    fs::write(folder.join("region.toml"), lines.join("\n")).unwrap();
    folder
}

#[test]
fn ctrl_c_in_the_middle_of_transport_ends_with_1_within_two_seconds_and_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let slow = slow_delta(place.path());
    let (fresh, earlier) = (place.path().join("fresh"), place.path().join("earlier"));
    run(LANGUAGES[1], &case("two-towns"), &earlier, &["--until", "assess"]);
    let before = bytes_of(&earlier);
    for out in [&fresh, &earlier] {
        let mut command = liankong(LANGUAGES[1]);
        command.arg("run").arg(&slow).arg("--out").arg(out).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(told.any(|line| line.starts_with("assess: done")));
        std::thread::sleep(Duration::from_millis(700));
        assert!(child.try_wait().unwrap().is_none(), "transport was over before it could be stopped");
        let asked = Instant::now();
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let ended = child.wait().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(ended.code(), Some(1));
        assert!(told.any(|line| line.contains("stopped; nothing was written")));
    }
    assert!(!fresh.exists());
    assert!(bytes_of(&earlier) == before);
    let hidden = |name: &str| name.starts_with('.');
    let left: Vec<String> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| hidden(name)), "{left:?}");
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// Paths of the nulls in a document, each once.
fn nulls(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Null if !found.iter().any(|f| f == path) => found.push(path.to_string()),
        Value::Array(list) => list.iter().for_each(|v| nulls(v, path, found)),
        Value::Object(fields) => fields.iter().for_each(|(k, v)| nulls(v, &format!("{path}.{k}"), found)),
        _ => {}
    }
}

/// Cells that must hold a number in every row: what is not finite would be written as an empty cell.
const ALWAYS: [(&str, &[&str]); 11] = [
    ("ledger.csv", &["value", "share", "standard_error"]),
    ("closure.csv", &["readings", "from_region", "from_outside", "standard_error"]),
    ("matrix.csv", &["value", "share", "standard_error"]),
    ("shares.csv", &["share", "low", "high"]),
    ("bands.csv", &["published_low", "published_high", "ours", "ours_low", "ours_high"]),
    ("skill.csv", &["days", "stations", "correlation", "bias", "rmse"]),
    ("effects.csv", &["effect", "placebo_cities_low", "placebo_time_high", "rank", "rank_time", "detection_limit"]),
    ("plan_targets.csv", &["limit", "now", "value", "floor", "price_cny_per_year_per_unit"]),
    ("applications.csv", &["share", "cost_cny_per_year"]),
    ("plan_members.csv", &["cost_cny_per_year"]),
    ("orders.csv", &["cut"]),
];

fn tables_are_sound(files: &BTreeMap<String, Vec<u8>>) {
    let mut seen = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let head = reader.headers().unwrap().clone();
        let column = |wanted: &str| head.iter().position(|h| h == wanted);
        let always: Vec<usize> = ALWAYS
            .iter()
            .filter(|(file, _)| file == name)
            .flat_map(|(_, columns)| columns.iter().map(|c| column(c).unwrap()))
            .collect();
        let mut rows = 0;
        for record in reader.records().map(Result::unwrap) {
            rows += 1;
            for cell in &record {
                let word = cell.trim_start_matches('-').to_ascii_lowercase();
                assert!(!["nan", "inf", "infinity"].contains(&word.as_str()) && cell != "-0", "{name}: {record:?}");
            }
            for at in &always {
                assert!(record[*at].parse::<f64>().unwrap().is_finite(), "{name} {}: {record:?}", &head[*at]);
            }
            // What was measured is as good as it was measured; everything derived says what it is worth.
            match column("quality") {
                Some(at) => assert_eq!(&record[at], "screening", "{name}"),
                None => assert_eq!(name, "flags.csv"),
            }
        }
        assert!(rows > 0, "{name}");
        seen += usize::from(!always.is_empty());
    }
    assert_eq!(seen, ALWAYS.len());
}

#[test]
fn the_delta_turns_whole_and_its_figures_hold() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let (screen, told) = run(LANGUAGES[0], &case("yangtze-delta"), &out, &[]);
    is_one_screen(&screen, LANGUAGES[0]);
    assert!(!told.contains(['\u{1b}', '\r']), "{told}");
    let files = bytes_of(&out);
    let page = String::from_utf8(files["report.html"].clone()).unwrap();
    is_watermarked(&page);
    assert!(!page.contains("NaN") && !page.contains("∞") && !page.contains(">−0<"));
    tables_are_sound(&files);
    crate::report::is_traceable(&files);

    let text = String::from_utf8(files["turn.json"].clone()).unwrap();
    assert!(!text.lines().any(|line| line.trim_end_matches(',').ends_with(" -0.0")));
    let turn: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(turn["quality"], "screening");
    // JSON has no word for what is not a number: it would be a null. These may be missing, and nothing else.
    let mut missing = Vec::new();
    nulls(&turn, "", &mut missing);
    let may =
        [".closure.measured", ".closure.unexplained", ".skill.correlation_by_station", ".verification.naive.after"];
    assert!(missing.iter().all(|path| may.contains(&path.as_str())), "{missing:?}");

    // The books: river footprint × loads = forward run to rounding; air ledger = forward run within its own error.
    let balance = &turn["balance"];
    assert!(number(&balance["river_forward_error"]) <= 1e-10 && number(&balance["river_mass_error"]) <= 1e-10);
    assert!(number(&balance["air_deviation"]).abs() < 3.0, "{balance}");

    // Measured against modelled, on days that no coefficient was fitted to, µg/m³.
    let skill = turn["skill"].as_array().unwrap();
    let of = |model: &str| skill.iter().find(|s| s["model"] == model).unwrap();
    let rmse = |model: &str| 1e9 * number(&of(model)["rmse"]);
    assert_eq!(skill.len(), 5);
    assert!(skill.iter().all(|s| s["days"] == skill[0]["days"]));
    assert!(rmse("footprint") <= 40.8 && rmse("advected") <= 34.8, "{} {}", rmse("footprint"), rmse("advected"));
    assert!(rmse("advected") < rmse("damped_persistence") && rmse("footprint") < rmse("climatology"));

    // December 2015 does not tell its campaign from chance, and must not say that it does.
    let estimates = turn["verification"][0]["estimates"].as_array().unwrap();
    assert!(!estimates.is_empty());
    for estimate in estimates {
        assert_eq!(estimate["verdict"], "not detectable");
        let within =
            |interval: &Value| (number(&interval[0])..=number(&interval[1])).contains(&number(&estimate["effect"]));
        assert!(within(&estimate["placebo_cities"]) && within(&estimate["placebo_time"]), "{estimate}");
    }

    // A plan is proved by its own lower bound, jointly and for each member alone.
    let plans = &turn["plans"];
    for plan in std::iter::once(&plans["joint"]).chain(plans["alone"].as_array().unwrap()) {
        assert!(number(&plan["gap"]).abs() < 1e-6, "{}", plan["who"]);
        assert!(["optimal", "infeasible"].contains(&plan["status"].as_str().unwrap()), "{}", plan["who"]);
    }

    // Orders: someone must, someone should, and each ends after it begins.
    let orders = csv::Reader::from_reader(files["orders.csv"].as_slice())
        .into_deserialize::<BTreeMap<String, String>>()
        .map(Result::unwrap)
        .collect::<Vec<_>>();
    assert!(["must", "should"].iter().all(|bound| orders.iter().any(|o| o["obligation"] == *bound)));
    assert!(orders.iter().all(|o| o["start"] < o["end"]));
    assert_eq!(turn["orders"]["count"].as_u64(), Some(orders.len() as u64));
}
