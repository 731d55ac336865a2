//! Foreign tables as text: the encoding told from the bytes, CSV (comma, tab or semicolon) or JSON (the wire form of the national
//! network, `{"thead": […], "tbody": [[…]]}`, or a list of objects), and the cells freed from their markup.

use crate::manners::{Desk, Failure};
use liankong_engine::problem::{Problem, Problems};
use std::path::Path;

/// A table of cells as they were written.
pub struct Grid {
    /// The file, for sentences.
    pub file: String,
    /// How its bytes were read.
    pub encoding: &'static str,
    /// Column names.
    pub header: Vec<String>,
    /// Line (or place in `tbody`) and cells of each row.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Rows with fewer cells than the header; the last ones count as empty.
    pub short: usize,
}

/// A problem with one place of a file.
pub fn problem(file: &str, line: Option<u64>, field: &str, value: &str, limit: String, remedy: &str) -> Problem {
    Problem { file: file.into(), line, field: field.into(), value: value.into(), limit, remedy: remedy.into() }
}

impl Grid {
    /// Reads a file, or stdin for `-`. A row with more cells than the header is a problem; a file that is no table at all
    /// has nothing else told of it.
    pub fn read(path: &Path, problems: &mut Problems) -> Result<Grid, Failure> {
        let file = path.display().to_string();
        let bytes = if file == "-" { stdin() } else { std::fs::read(path) };
        let bytes = bytes.map_err(|cause| {
            Failure::Usage(format!("{file}: the file cannot be read ({cause}); give the path of a table"))
        })?;
        let mut refuse = |line, limit: &str, remedy: &str| {
            problems.add(problem(&file, line, "", "", limit.into(), remedy));
            Failure::Input(std::mem::take(problems).into_sorted())
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(refuse(None, "the file is empty", "give a table with a header line"));
        }
        let (text, encoding) = decoded(&bytes).map_err(|(line, name)| {
            let limit = format!("the bytes are neither UTF-8 nor {name}");
            refuse(Some(line), &limit, "save the table as CSV in UTF-8 or GB18030")
        })?;
        let start = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r']);
        let (header, mut rows) = if start.starts_with(['{', '[']) {
            json(&file, &text, problems)
        } else {
            separated(&file, &text, problems)
        };
        if header.iter().all(|name| name.trim().is_empty()) {
            let limit = "the table has no header line".into();
            problems.add(problem(&file, Some(1), "", "", limit, "write section,time and one column a parameter"));
        }
        let mut short = 0;
        rows.retain_mut(|(line, cells)| {
            short += usize::from(cells.len() < header.len());
            let spare = cells.iter().skip(header.len()).any(|c| !c.trim().is_empty());
            if spare {
                let limit = format!("the row has {} cells where the header has {}", cells.len(), header.len());
                let remedy = "take away commas; quote a text with a comma";
                problems.add(problem(&file, Some(*line), "", "", limit, remedy));
            }
            cells.resize(header.len(), String::new());
            !spare
        });
        Ok(Grid { file, encoding, header, rows, short })
    }

    /// Says on stderr what was made up for.
    pub fn tell(&self, desk: &Desk) {
        if self.short > 0 {
            let (file, short) = (&self.file, self.short);
            let zh = format!("{file}：{short} 行的单元格少于表头，缺的按空处理");
            let en =
                format!("{file}: {short} rows have fewer cells than the header; what is not there counts as empty");
            desk.note(desk.language.pick(&zh, &en));
        }
    }
}

fn stdin() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
}

/// UTF-8 where the bytes are UTF-8, a byte-order mark where there is one, else GB18030 (which holds GBK and GB2312).
/// Where not, the line at which it breaks off and the encoding that was tried last.
fn decoded(bytes: &[u8]) -> Result<(String, &'static str), (u64, &'static str)> {
    if encoding_rs::Encoding::for_bom(bytes).is_none()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return match text.find('\0') {
            Some(at) => Err((line_at(text, at), "GB18030 without zero bytes")),
            None => Ok((text.to_string(), "UTF-8")),
        };
    }
    let encoding = encoding_rs::Encoding::for_bom(bytes).map_or(encoding_rs::GB18030, |(encoding, _)| encoding);
    let (text, _, broken) = encoding.decode(bytes);
    if broken || text.contains('\0') {
        return Err((line_at(&text, text.find(['\u{fffd}', '\0']).unwrap_or(0)), encoding.name()));
    }
    Ok((text.into_owned(), encoding.name()))
}

fn line_at(text: &str, at: usize) -> u64 {
    1 + text.get(..at).unwrap_or("").matches('\n').count() as u64
}

type Table = (Vec<String>, Vec<(u64, Vec<String>)>);

fn separated(file: &str, text: &str, problems: &mut Problems) -> Table {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    // The mark that parts the header into the most cells; the comma where none does.
    let count = |mark: &u8| first.bytes().filter(|b| b == mark).count();
    let separator = [b';', b'\t', b','].into_iter().max_by_key(count).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let (mut header, mut rows) = (None::<Vec<String>>, Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(cause) => {
                let limit = format!("the text cannot be read as CSV ({cause})");
                problems.add(problem(file, None, "", "", limit, "check the quotes"));
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(str::to_string).collect();
        if header.is_none() {
            header = Some(cells);
            continue;
        }
        rows.push((line, cells));
    }
    (header.unwrap_or_default(), rows)
}

/// The wire form, or a list of objects, one a row, whose keys are the columns.
fn json(file: &str, text: &str, problems: &mut Problems) -> Table {
    let document: serde_json::Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(document) => document,
        Err(cause) => {
            let line = Some(cause.line() as u64);
            problems.add(problem(file, line, "", "", format!("is not JSON ({cause})"), "give the whole answer"));
            return (Vec::new(), Vec::new());
        }
    };
    let cell = |v: &serde_json::Value| match v {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let list = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_array()).cloned().unwrap_or_default();
    let lines = 1u64..;
    if document.get("thead").is_some() {
        let texts = |row: &serde_json::Value| list(Some(row)).iter().map(cell).collect::<Vec<String>>();
        let rows = lines.zip(list(document.get("tbody"))).map(|(line, row)| (line, texts(&row))).collect();
        return (list(document.get("thead")).iter().map(cell).collect(), rows);
    }
    let records = list(Some(&document).filter(|d| d.is_array()).or(document.get("data")));
    let mut header: Vec<String> = Vec::new();
    for key in records.iter().filter_map(|r| r.as_object()).flat_map(|r| r.keys()) {
        if !header.contains(key) {
            header.push(key.clone());
        }
    }
    let row = |r: &serde_json::Value| header.iter().map(|key| r.get(key).map_or(String::new(), cell)).collect();
    let rows = lines.zip(&records).map(|(line, r)| (line, row(r))).collect();
    (header, rows)
}

/// A text without markup and without blanks around it.
pub fn plain(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut inside = false;
    for c in cell.chars() {
        match c {
            // A `<` before a digit or blank is "less than", not markup.
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let text = if inside { cell.to_string() } else { text };
    text.replace("&nbsp;", " ").trim().to_string()
}

/// The value of a cell as text: the raw value of `<span title='原始值：4.229'>4.23</span>`, else the text shown.
pub fn value_text(cell: &str) -> String {
    let raw = cell.split_once("原始值").and_then(|(_, rest)| {
        let rest = rest.trim_start_matches([':', '：', ' ']);
        rest.split(['\'', '"', '>']).next().map(str::trim)
    });
    match raw {
        Some(raw) if raw.parse::<f64>().is_ok_and(f64::is_finite) => raw.to_string(),
        _ => plain(cell),
    }
}

/// What a measured cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// Nothing was measured.
    Missing,
    /// A value, with half the step of its last decimal.
    Value {
        /// As written; half the limit of detection where it is below that.
        value: f64,
        /// ½·10⁻ᵈ for d decimals.
        half_step: f64,
    },
    /// Something that is no value.
    Unreadable,
}

/// The marks under which tables hide that nothing was measured.
const MISSING: [&str; 17] =
    ["", "-", "--", "---", "—", "——", "*", "**", "/", "\\", "na", "n/a", "nan", "null", "none", "-;", "未检测"];
/// Codes of loggers for the same.
const MISSING_CODES: [f64; 4] = [-99.0, -999.0, -9999.0, -99999.0];

/// Reads a measured cell. Below the limit of detection (`<0.02`, `0.02L`) counts as half of it.
pub fn measured(cell: &str) -> Cell {
    let text = value_text(cell);
    if MISSING.contains(&text.to_lowercase().as_str()) {
        return Cell::Missing;
    }
    let below = text.strip_prefix(['<', '＜']).or_else(|| text.strip_suffix(['L', 'l']));
    let (digits, factor) = match below {
        Some(digits) => (digits.trim(), 0.5),
        None => (text.as_str(), 1.0),
    };
    match digits.parse::<f64>() {
        Ok(value) if MISSING_CODES.contains(&value) => Cell::Missing,
        Ok(value) if value.is_finite() => {
            // Below detection the value is a convention, and the printed decimals say nothing about it.
            let half_step = if below.is_some() { 0.0 } else { half_step(digits) };
            Cell::Value { value: value * factor, half_step }
        }
        _ => Cell::Unreadable,
    }
}

fn half_step(digits: &str) -> f64 {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len()) as i32;
    0.5 * 10f64.powi(exponent.parse::<i32>().unwrap_or(0).clamp(-300, 300) - decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cell: &str) -> Option<(f64, f64)> {
        match measured(cell) {
            Cell::Value { value, half_step } => Some((value, half_step)),
            _ => None,
        }
    }

    #[test]
    fn the_raw_value_of_a_span_is_used_and_its_decimals_too() {
        let (raw, half) = value("<span title='原始值：4.229'>4.23</span>").unwrap();
        assert!(raw == 4.229 && (half - 0.0005).abs() < 1e-12);
        assert_eq!(value("<span title=\"原始值: 3E-4\">0.0</span>").unwrap().0, 3e-4);
        assert_eq!(value("<span title='原始值：--'>0.05</span>").unwrap().0, 0.05);
        assert_eq!(plain("水温<br/><span class='unit'>(℃)</span>"), "水温(℃)");
    }

    #[test]
    fn marks_of_missing_values_are_missing_and_other_words_are_unreadable() {
        for cell in ["", " ", "--", "-", "*", "\u{3000}--\u{a0}", "<span>--</span>", "NA", "-999", "-;"] {
            assert_eq!(measured(cell), Cell::Missing, "{cell:?}");
        }
        for cell in ["unknown", ">0", "1,2", "inf"] {
            assert_eq!(measured(cell), Cell::Unreadable, "{cell:?}");
        }
        assert_eq!(value(" 7.85 ").unwrap().0, 7.85);
    }

    #[test]
    fn below_detection_counts_as_half_the_limit() {
        for cell in ["<0.02", "0.02L", "＜ 0.02"] {
            assert_eq!(value(cell), Some((0.01, 0.0)), "{cell}");
        }
    }

    #[test]
    fn half_a_step_of_the_last_decimal() {
        for (digits, half) in [("0.100", 5e-4), ("5", 0.5), ("1.2E-3", 5e-5)] {
            assert!((half_step(digits) - half).abs() < 1e-12, "{digits}");
        }
    }
}
