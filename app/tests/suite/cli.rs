//! What a newcomer meets: the built program, from the outside.

// What the tests are built from may stop them, like the tests themselves.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const COMMANDS: [&str; 4] = ["assess", "check", "run", "serve"];

fn liankong() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    command.env("LC_ALL", "C.UTF-8").env_remove("LANG").env_remove("LC_MESSAGES");
    command
}

fn small_case() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small_case")
}

fn finished(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A copy of the small case that a test may break.
fn copy_of_case(place: &Path) -> PathBuf {
    let folder = place.join("case");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(small_case()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    folder
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(p).unwrap()))
        .filter(|(name, _)| name != "timing.json")
        .collect()
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in COMMANDS {
        let (code, out, _) = finished(liankong().args([command, "--help"]));
        assert_eq!(code, 0);
        assert!(out.contains("Example:") && out.contains(&format!("liankong {command}")), "{out}");
        assert!(out.contains("--format") && out.contains("--threads"), "{out}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_a_sentence() {
    let wrong: [&[&str]; 6] = [
        &["check", "--no-such-flag"],
        &["dance"],
        &["run", "x"],
        &["run", "x", "--out", "y", "--until", "dance"],
        &["check", "x", "--threads", "0"],
        &["serve", "--listen", "somewhere"],
    ];
    for arguments in wrong {
        let (code, out, err) = finished(liankong().args(arguments));
        assert_eq!(code, 2, "{arguments:?}");
        assert!(out.is_empty() && err.contains("error:"), "{err}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_said_in_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    for arguments in
        [vec!["check", "nowhere"], vec!["run", "nowhere", "--out", "out"], vec!["serve", "nowhere"], vec!["serve"]]
    {
        let (code, _, err) = finished(liankong().current_dir(place.path()).args(&arguments));
        assert_eq!(code, 2, "{arguments:?} {err}");
        assert!(err.contains("there is no"), "{err}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_sound_case_passes_the_check() {
    let (code, out, _) = finished(liankong().arg("check").arg(small_case()));
    assert_eq!(code, 0);
    assert!(out.contains("no problem found"), "{out}");
}

#[test]
fn every_problem_of_a_broken_case_is_one_line() {
    let place = tempfile::tempdir().unwrap();
    let case = copy_of_case(place.path());
    fs::write(
        case.join("stations.csv"),
        "station_id,member,lon,lat,name_zh,name_en\na,999999,500,31,甲,A\nb,910100,x,31,乙,B\n",
    )
    .unwrap();
    let (code, out, err) = finished(liankong().arg("check").arg(&case));
    assert_eq!(code, 2);
    for expected in
        ["stations.csv:2: member = \"999999\"", "stations.csv:2: lon = \"500\"", "stations.csv:3: lon = \"x\""]
    {
        assert!(out.lines().any(|line| line.starts_with(expected)), "{expected} in\n{out}");
    }
    assert!(err.contains(&format!("{} problem(s)", out.lines().count())), "{err}");
    let (code, json, _) = finished(liankong().args(["--format", "json", "check"]).arg(&case));
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 2);
    assert_eq!(document["problems"].as_array().map(Vec::len), Some(out.lines().count()));
    assert_eq!(document["problems"][0]["file"].as_str(), out.split(':').next());
}

#[test]
fn json_means_exactly_one_document_on_stdout() {
    let place = tempfile::tempdir().unwrap();
    let out_folder = place.path().join("out");
    let commands: [(i32, Vec<&std::ffi::OsStr>); 3] = [
        (0, vec!["check".as_ref(), small_case().leak_os()]),
        (0, vec!["run".as_ref(), small_case().leak_os(), "--out".as_ref(), out_folder.as_os_str()]),
        (2, vec!["run".as_ref(), "nowhere".as_ref(), "--out".as_ref(), out_folder.as_os_str()]),
    ];
    for (expected, arguments) in commands {
        let (code, out, _) = finished(liankong().args(arguments).args(["--format", "json"]));
        assert_eq!(code, expected);
        let parsed: Vec<Result<serde_json::Value, _>> = serde_json::Deserializer::from_str(&out).into_iter().collect();
        assert!(parsed.len() == 1 && parsed[0].is_ok(), "{out}");
    }
    let written: serde_json::Value = serde_json::from_slice(&fs::read(out_folder.join("turn.json")).unwrap()).unwrap();
    assert_eq!(written["case"]["id"], "small");
    assert_eq!(written["quality"], "screening");
    assert_eq!(written["seed"], 7);
}

/// Paths of the tests live as long as the tests.
trait Leak {
    fn leak_os(self) -> &'static std::ffi::OsStr;
}

impl Leak for PathBuf {
    fn leak_os(self) -> &'static std::ffi::OsStr {
        Box::leak(self.into_os_string().into_boxed_os_str())
    }
}

#[test]
fn the_same_case_gives_the_same_bytes_at_any_number_of_threads() {
    let place = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: &str| {
        let out = place.path().join(name);
        let (code, _, err) =
            finished(liankong().arg("run").arg(small_case()).arg("--out").arg(&out).args(["--threads", threads]));
        assert_eq!(code, 0, "{err}");
        bytes_of(&out)
    };
    let (one, two, again) = (run("one", "1"), run("two", "2"), run("one", "2"));
    assert!(one.contains_key("turn.json") && one.contains_key("report.html") && one.contains_key("ledger.csv"));
    for (name, bytes) in &one {
        assert!(Some(bytes) == two.get(name) && Some(bytes) == again.get(name), "{name}");
    }
    assert_eq!(one.len(), two.len());
}

#[test]
fn an_earlier_verb_writes_only_the_tables_it_made() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let run = |until: &str| {
        let (code, ..) =
            finished(liankong().arg("run").arg(small_case()).arg("--out").arg(&out).args(["--until", until]));
        assert_eq!(code, 0);
    };
    run("act");
    assert!(out.join("orders.csv").exists());
    run("observe");
    assert!(!out.join("orders.csv").exists() && out.join("flags.csv").exists());
    let flags = fs::read_to_string(out.join("flags.csv")).unwrap();
    assert!(flags.contains("missing") && flags.contains("range"), "{flags}");
}

#[test]
fn a_reader_that_closes_early_is_no_failure_and_no_panic() {
    let place = tempfile::tempdir().unwrap();
    let case = copy_of_case(place.path());
    let mut table = String::from("station_id,member,lon,lat,name_zh,name_en\n");
    (0..20_000).for_each(|i| table.push_str(&format!("s{i},999999,500,31,甲,A\n")));
    fs::write(case.join("stations.csv"), table).unwrap();
    let mut child = liankong().arg("check").arg(&case).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(!first.is_empty() && !err.contains("panicked"), "{err}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn off_a_terminal_progress_is_plain_lines() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, err) = finished(liankong().arg("run").arg(small_case()).arg("--out").arg(place.path().join("out")));
    assert_eq!(code, 0);
    assert!(err.contains("observe: done in"), "{err}");
    assert!(!format!("{out}{err}").contains(['\u{1b}', '\r']));
    assert!(out.lines().count() <= 24 && out.contains("Small example") && out.contains("SCREENING"), "{out}");
}

#[test]
fn a_chinese_environment_is_answered_in_chinese() {
    let place = tempfile::tempdir().unwrap();
    let mut command = liankong();
    command.env_remove("LC_ALL").env("LANG", "zh_CN.UTF-8");
    let (code, out, err) = finished(command.arg("run").arg(small_case()).arg("--out").arg(place.path().join("输出")));
    assert_eq!(code, 0);
    assert!(out.contains("小例") && out.contains("筛查级") && err.contains("观测"), "{out}{err}");
    assert!(place.path().join("输出/turn.json").exists());
}

#[test]
fn results_are_refused_where_they_would_do_harm_before_any_work() {
    let place = tempfile::tempdir().unwrap();
    let case = copy_of_case(place.path());
    let before = bytes_of(&case);
    let file = place.path().join("file");
    fs::write(&file, "mine").unwrap();
    for out in [&case, &file] {
        let (code, _, err) = finished(liankong().arg("run").arg(&case).arg("--out").arg(out));
        assert_eq!(code, 2, "{err}");
    }
    assert_eq!(bytes_of(&case), before);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn ctrl_c_leaves_no_half_written_folder() {
    let place = tempfile::tempdir().unwrap();
    // At several moments, from before the case is read to after the end.
    for wait in [1u64, 5, 10, 20, 40, 80] {
        let out = place.path().join(format!("out{wait}"));
        let mut child = liankong()
            .arg("run")
            .arg(small_case())
            .arg("--out")
            .arg(&out)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        interrupt(&child);
        let ended = child.wait().unwrap();
        if ended.success() {
            assert!(out.join("turn.json").exists() && out.join("report.html").exists());
        } else {
            assert!(!out.exists(), "after {wait} ms: {ended}");
        }
        let hidden = fs::read_dir(place.path())
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
        assert_eq!(hidden.count(), 0, "after {wait} ms");
    }
}

fn fetch(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_result_is_served_on_loopback_and_nothing_else_is() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    fs::write(place.path().join("secret.txt"), "secret").unwrap();
    assert_eq!(finished(liankong().arg("run").arg(small_case()).arg("--out").arg(&out)).0, 0);
    fs::write(out.join("notes.txt"), "secret").unwrap();
    for given in [out, small_case()] {
        let mut child =
            liankong().arg("serve").arg(given).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_string();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        let types = [
            ("/", "text/html"),
            ("/report.html", "text/html"),
            ("/turn.json", "application/json"),
            ("/ledger.csv", "text/csv"),
        ];
        for (path, content_type) in types {
            let answer = fetch(&address, path);
            assert!(
                answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("content-type: {content_type}")),
                "{path}"
            );
            assert!(answer.contains("content-security-policy: default-src 'none'"), "{path}");
        }
        for path in
            ["/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/notes.txt", "/nothing", "//etc/passwd"]
        {
            let answer = fetch(&address, path);
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("secret\n"), "{path}: {answer}");
        }
        interrupt(&child);
        let asked = Instant::now();
        assert!(child.wait().unwrap().success());
        assert!(asked.elapsed() < Duration::from_secs(5));
    }
}
