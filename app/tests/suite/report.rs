//! The report from the outside: every figure on it is the figure of its row, its pages are whole, its pictures speak.
//!
//! The reader of addresses below is written from the documentation (`docs/reference/report.md`) and shares no code with the
//! program that writes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

type Files = BTreeMap<String, Vec<u8>>;
type Row = BTreeMap<String, String>;

fn turn(name: &str) -> Files {
    turn_until(name, "act")
}

fn turn_until(name: &str, verb: &str) -> Files {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases").join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    let done = command.arg("run").arg(case).args(["--until", verb]).arg("--out").arg(&out).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let files = fs::read_dir(&out).unwrap().map(|e| e.unwrap().path());
    files.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(p).unwrap())).collect()
}

fn page(files: &Files) -> String {
    String::from_utf8(files["report.html"].clone()).unwrap()
}

fn unescaped(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    plain.replace("&amp;", "&")
}

/// `%26` of an address as the character that it stands for.
fn decoded(text: &str) -> String {
    let mut out = text.to_string();
    for sign in ['&', '=', '#', '?', '!', '%'] {
        out = out.replace(&format!("%{:02X}", u32::from(sign)), &sign.to_string());
    }
    out
}

struct Tables<'a> {
    files: &'a Files,
    read: BTreeMap<String, Vec<Row>>,
}

impl<'a> Tables<'a> {
    fn new(files: &'a Files) -> Tables<'a> {
        Tables { files, read: BTreeMap::new() }
    }

    fn rows(&mut self, file: &str) -> Result<&[Row], String> {
        if !self.read.contains_key(file) {
            let bytes = self.files.get(file).ok_or(format!("no file {file}"))?;
            let rows = csv::Reader::from_reader(bytes.as_slice()).into_deserialize().map(Result::unwrap).collect();
            self.read.insert(file.into(), rows);
        }
        Ok(&self.read[file])
    }
}

/// What an address leads to: a number, or words where the sole cell is no number.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Number(f64),
    Words(String),
}

fn found(tables: &mut Tables<'_>, address: &str) -> Result<Found, String> {
    let (place, expression) = address.rsplit_once('#').ok_or("no expression")?;
    let (file, conditions) = place.split_once('?').unwrap_or((place, ""));
    let mut rows: Vec<&Row> = tables.rows(file)?.iter().collect();
    for condition in conditions.split('&').filter(|c| !c.is_empty()) {
        let (column, wanted) = condition.split_once('=').ok_or("a condition without =")?;
        let (column, equal) = column.strip_suffix('!').map_or((column, true), |c| (c, false));
        let wanted = decoded(wanted);
        if rows.iter().any(|row| !row.contains_key(column)) {
            return Err(format!("no column {column}"));
        }
        rows.retain(|row| (row[column] == wanted) == equal);
    }
    chain(&rows, expression)
}

/// Terms between `*`, `/` and `<` (the lesser), read from the left; signs within brackets belong to their term.
fn chain(rows: &[&Row], expression: &str) -> Result<Found, String> {
    let (mut depth, mut parts, mut signs) = (0, vec![String::new()], Vec::new());
    for c in expression.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 && matches!(c, '*' | '/' | '<') {
            signs.push(c);
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    if parts.len() == 1 {
        return term(rows, &parts[0]);
    }
    let number = |part: &str| match term(rows, part)? {
        Found::Number(v) => Ok(v),
        // An empty cell makes an empty figure.
        Found::Words(w) if w.is_empty() => Ok(f64::NAN),
        Found::Words(w) => Err(format!("{part} is `{w}`, not a number")),
    };
    let mut value = number(&parts[0])?;
    for (sign, part) in signs.iter().zip(&parts[1..]) {
        let next = number(part)?;
        value = match sign {
            '*' => value * next,
            '/' => value / next,
            _ => value.min(next),
        };
    }
    Ok(Found::Number(value))
}

fn term(rows: &[&Row], text: &str) -> Result<Found, String> {
    if let Ok(number) = text.parse::<f64>() {
        return Ok(Found::Number(number));
    }
    if text == "count()" {
        return Ok(Found::Number(rows.len() as f64));
    }
    let Some((name, column)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) else {
        let [row] = rows else { return Err(format!("{} rows where one is meant", rows.len())) };
        let cell = row.get(text).ok_or(format!("no column {text}"))?;
        return Ok(cell.parse().map_or_else(|_| Found::Words(cell.clone()), Found::Number));
    };
    let (column, part) = column.split_once(':').map_or((column, None), |(c, p)| (c, Some(p)));
    // The sum of nothing is nothing; nothing has no mean and no ends.
    if rows.is_empty() && name != "sum" {
        return Err("no rows".into());
    }
    let cells: Vec<&str> =
        rows.iter().map(|r| r.get(column).map(String::as_str).ok_or(column)).collect::<Result<_, _>>()?;
    let of_words = cells.first().is_some_and(|first| !first.is_empty() && first.parse::<f64>().is_err());
    if part.is_none() && of_words {
        // Times stand in one form, so that the first in the alphabet is the earliest.
        let least = if name == "min" { cells.iter().min() } else { cells.iter().max() };
        return Ok(Found::Words((*least.unwrap()).into()));
    }
    let of_part = |cell: &&str| -> f64 {
        let Some(part) = part else { return cell.parse().unwrap_or(0.0) };
        let pieces = cell.split(';').filter_map(|p| p.split_once(':'));
        pieces.filter(|(name, _)| part == "*" || *name == part).map(|(_, v)| v.parse::<f64>().unwrap()).sum()
    };
    let values: Vec<f64> = cells.iter().map(of_part).collect();
    let sum: f64 = values.iter().sum();
    Ok(Found::Number(match name {
        "sum" => sum,
        "mean" => sum / values.len() as f64,
        "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        other => return Err(format!("unknown {other}")),
    }))
}

/// A printed number in its unit: value, and half of its last digit.
fn printed(text: &str, digits: Option<i32>) -> Option<(f64, f64)> {
    let mut text = text.replace('\u{a0}', " ").replace('−', "-").replace([',', '+'], "");
    let mut scale = 1.0;
    for (word, unit) in [("亿元", 1e8), ("万元", 1e4), ("billion", 1e9), ("million", 1e6), ("CNY", 1.0), ("%", 0.01)]
    {
        if text.contains(word) {
            text = text.replace(word, "");
            scale *= unit;
        }
    }
    if let Some((mantissa, power)) = text.clone().split_once("× 10") {
        let plain: String = power
            .chars()
            .map(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|r| r == c).map_or('-', |d| char::from(b'0' + d as u8)))
            .collect();
        scale *= 10f64.powi(plain.trim().parse().ok()?);
        text = mantissa.into();
    }
    let text = text.trim();
    let value: f64 = text.parse().ok()?;
    let after = text.split_once('.').map_or(0, |(_, d)| d.len() as i32);
    // Zeros before the point may be rounding, where the figure says how many digits it has.
    let by_digits = digits.filter(|_| after == 0 && value != 0.0).map(|n| value.abs().log10().floor() as i32 - n + 1);
    let place = by_digits.map_or(-after, |p| p.max(0));
    Some((value * scale, 0.5 * 10f64.powi(place) * scale))
}

/// Whether a figure is what its address leads to.
fn agrees(text: &str, digits: Option<i32>, found: &Found) -> bool {
    let text = text.replace('\u{a0}', " ");
    match (text.as_str(), found) {
        ("–", Found::Words(w)) => w.is_empty(),
        ("–", Found::Number(v)) => *v == 0.0 || v.is_nan(),
        ("≤ 0", Found::Number(v)) => *v <= 0.0,
        ("< 1 %", Found::Number(v)) => *v > 0.0 && *v < 0.005,
        (text, Found::Words(time)) => time.get(5..16).is_some_and(|t| t.replace('T', " ") == text),
        (text, Found::Number(v)) => {
            printed(text, digits).is_some_and(|(shown, half)| (shown - v).abs() <= half * (1.0 + 1e-6) + 1e-9 * v.abs())
        }
    }
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split_once('"')?.0))
}

/// Every figure with an address that is not what its rows say, and how many figures each file bears.
pub fn untrue(files: &Files) -> (Vec<String>, BTreeMap<String, usize>) {
    let page = page(files);
    let (mut tables, mut faults, mut borne) = (Tables::new(files), Vec::new(), BTreeMap::new());
    for piece in page.split('<').filter(|p| p.contains(" data-ref=\"")) {
        let (tag, text) = piece.split_once('>').unwrap();
        let address = attribute(tag, "data-ref").unwrap();
        let file = address.split(['?', '#']).next().unwrap().to_string();
        *borne.entry(file).or_insert(0) += 1;
        let digits = attribute(tag, "data-digits").map(|d| d.parse().unwrap());
        let text = unescaped(text);
        match found(&mut tables, &address) {
            Err(why) => faults.push(format!("{address}: {why}")),
            // A sentence of the engine stands on its rows as a whole.
            Ok(Found::Number(n)) if tag.starts_with("p ") => {
                if n < 1.0 {
                    faults.push(format!("{address}: no rows"));
                }
            }
            Ok(found) if !agrees(&text, digits, &found) => faults.push(format!("{address}: `{text}` for {found:?}")),
            Ok(_) => {}
        }
    }
    (faults, borne)
}

/// Figures in table cells that no address stands behind.
pub fn unaddressed(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for cell in page.split("<td").skip(1) {
        let (tag, rest) = cell.split_once('>').unwrap();
        if tag.contains("words") {
            continue;
        }
        let content = rest.split("</td>").next().unwrap();
        let mut bare = String::new();
        for piece in content.split('<') {
            let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
            if !tag.contains("data-ref") {
                bare.push_str(text);
                bare.push(' ');
            }
        }
        // PM2.5 and SO2 are names; 2.5 is a figure.
        if bare
            .split_whitespace()
            .any(|word| word.trim_start_matches(['−', '+', '(']).starts_with(|c: char| c.is_ascii_digit()))
        {
            found.push(content.to_string());
        }
    }
    found
}

const BEARERS: [&str; 19] = [
    "applications.csv",
    "balance.csv",
    "bands.csv",
    "closure.csv",
    "daily_pm25.csv",
    "data_notes.csv",
    "effects.csv",
    "expected.csv",
    "footprint.csv",
    "matrix.csv",
    "naive.csv",
    "orders.csv",
    "plan_members.csv",
    "plan_targets.csv",
    "plans.csv",
    "pm25_mean.csv",
    "sections.csv",
    "situation.csv",
    "skill.csv",
];

/// Every figure is the one of its rows, every table bears some, and no cell holds a figure without an address.
pub fn is_traceable(files: &Files) {
    let (faults, borne) = untrue(files);
    assert!(faults.is_empty(), "{} figures:\n{}", faults.len(), faults[..faults.len().min(12)].join("\n"));
    let silent: Vec<&&str> = BEARERS.iter().filter(|file| !borne.contains_key(**file)).collect();
    assert!(silent.is_empty(), "{silent:?}");
    let bare = unaddressed(&page(files));
    assert!(bare.is_empty(), "{} cells: {:?}", bare.len(), &bare[..bare.len().min(8)]);
}

#[test]
fn every_figure_of_the_report_is_the_figure_of_its_row_and_a_changed_one_is_found() {
    let mut files = turn("two-towns");
    is_traceable(&files);
    // The proof that the check can fail: the same report over a table in which one number is another.
    let table = String::from_utf8(files["situation.csv"].clone()).unwrap();
    let mut lines: Vec<String> = table.lines().map(String::from).collect();
    let mut cells: Vec<String> = lines[1].split(',').map(String::from).collect();
    cells[1] = (cells[1].parse::<u32>().unwrap() + 1).to_string();
    lines[1] = cells.join(",");
    files.insert("situation.csv".into(), lines.join("\n").into_bytes());
    assert!(untrue(&files).0.iter().any(|fault| fault.contains("air_days")));
}

#[test]
fn a_report_of_a_shorter_turn_names_only_files_that_the_turn_wrote() {
    for verb in ["observe", "assess", "attribute"] {
        let files = turn_until("two-towns", verb);
        let (faults, borne) = untrue(&files);
        assert!(faults.is_empty() && !borne.is_empty(), "{verb}: {faults:?}");
        let page = page(&files);
        for source in page.split("<p class=\"source\">").skip(1).map(|p| p.split("</p>").next().unwrap()) {
            for file in source.split("<code>").skip(1).map(|c| c.split("</code>").next().unwrap()) {
                assert!(files.contains_key(file), "{verb}: {file}");
            }
        }
        assert!(unaddressed(&page).is_empty(), "{verb}");
    }
}

#[test]
fn a_printed_figure_is_read_with_its_unit_and_its_last_digit() {
    let near = |text: &str, digits, value: f64| agrees(text, digits, &Found::Number(value));
    assert!(near("65 %", None, 0.6464) && !near("65 %", None, 0.6443));
    assert!(near("163 亿元", Some(3), 16.34e9) && near("CNY 16.3 billion", Some(3), 16.34e9));
    assert!(near("123,000", Some(3), 123_456.0) && !near("123,000", None, 123_456.0));
    assert!(near("3.1 × 10⁻¹²", Some(2), 3.14e-12) && near("−5.1 %", None, -0.0512) && near("–", None, f64::NAN));
    assert!(agrees("12-06 00:00", None, &Found::Words("2015-12-06T00:00+08:00".into())));
}

#[test]
fn the_report_has_a_cover_to_sign_contents_that_lead_somewhere_and_one_executive_page() {
    let page = page(&turn("two-towns"));
    let cover = page.split("<header class=\"cover\">").nth(1).unwrap().split("</header>").next().unwrap();
    for word in ["文号", "Document no.", "编制单位", "Issuing office", "审核", "批准", "日期", "liankong "]
    {
        assert!(cover.contains(word), "{word}");
    }
    // Lines to fill in are left empty.
    assert_eq!(cover.matches("<i></i>").count(), 6);
    let links: Vec<&str> = page.split("<a href=\"#").skip(1).map(|p| p.split('"').next().unwrap()).collect();
    assert!(links.len() >= 8, "{links:?}");
    for link in links {
        assert_eq!(page.matches(&format!(" id=\"{link}\"")).count(), 1, "{link}");
    }
    assert_eq!(page.matches("<section class=\"brief\"").count(), 1);
}

#[test]
fn every_picture_says_what_it_is_and_shows_and_no_watermark_lies_over_a_label() {
    let page = page(&turn("two-towns"));
    let mut seen = 0;
    for svg in page.split("<svg ").filter(|svg| svg.contains("role=\"img\"")) {
        let svg = svg.split("</svg>").next().unwrap();
        let between = |from: &str, to: &str| svg.split(from).nth(1).and_then(|s| s.split(to).next()).unwrap_or("");
        let (title, finding) = (between("<title>", "</title>"), between("<desc>", "</desc>"));
        assert!(title.contains('/') && finding.contains('/') && finding.len() > 12, "{title}: {finding}");
        assert!(between("aria-label=\"", "\"") == title);
        // The watermark comes before every label, or beneath the drawing on a line of its own.
        let mark = svg.find("class=\"watermark").unwrap();
        let labels_before = svg[..mark].matches("<text").count();
        assert_eq!(labels_before, 0, "{title}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn every_table_names_its_file_and_carries_its_quality_in_words() {
    let page = page(&turn("two-towns"));
    // All but the notes on the data and the digests stand in a block with its source.
    for block in page.split("<div class=\"sourced\">").skip(1) {
        let source = block.split("<p class=\"source\">").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(
            source.contains(".csv</code>") && source.contains("筛查级") && source.contains("Screening"),
            "{source}"
        );
    }
    let tables = page.matches("<table").count() - page.matches("<table class=\"facts\"").count();
    let hashes = page.matches("<table class=\"hashes\"").count();
    assert!(page.matches("<div class=\"sourced\">").count() >= (tables - hashes) / 2);
    assert!(page.matches("<thead>").count() == tables - hashes, "a table without a head cannot repeat it");
}

fn print(out: &Path, path: Option<&Path>) -> std::process::Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/pdf");
    let mut command = Command::new("/bin/bash");
    command.arg(script).arg(out);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap()
}

#[test]
fn printing_says_in_a_sentence_what_is_missing() {
    let place = tempfile::tempdir().unwrap();
    let said = |done: &std::process::Output| String::from_utf8_lossy(&done.stderr).into_owned();
    let done = print(place.path(), None);
    assert!(done.status.code() == Some(1) && said(&done).contains("make demo writes it"), "{}", said(&done));
    fs::write(place.path().join("report.html"), "").unwrap();
    let nothing = tempfile::tempdir().unwrap();
    let done = print(place.path(), Some(nothing.path()));
    assert!(done.status.code() == Some(1) && said(&done).starts_with("pdf: no Chromium"), "{}", said(&done));
}

#[test]
#[ignore = "starts a browser: make prove"]
fn both_languages_print_on_a4() {
    let there = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success());
    if !["chromium", "chromium-browser", "google-chrome"].iter().any(there) {
        assert!(std::env::var("CI").is_err(), "no Chromium on the CI machine");
        eprintln!("skipped: no Chromium on this machine");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("report.html"), page(&turn("two-towns"))).unwrap();
    let done = print(place.path(), None);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    for language in ["zh", "en"] {
        let pdf = fs::read(place.path().join(format!("report-{language}.pdf"))).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        let pages = text.matches("/Type /Page\n").count();
        // 210 mm × 297 mm in points; cover, notes, executive page and the chapters.
        assert!(pdf.starts_with(b"%PDF") && (8..40).contains(&pages), "{language}: {pages} pages");
        assert!(text.matches("/MediaBox [0 0 594.95").count() + text.matches("/MediaBox [0 0 595").count() >= pages);
    }
}
