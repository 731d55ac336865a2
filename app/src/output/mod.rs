//! What a run writes: `turn.json`, tables, `report.html`, and `timing.json`.
//!
//! Everything but `timing.json` is a function of the case and the binary alone: the same bytes at any number of threads.

pub mod air_files;
pub mod document;
pub mod folder;
pub mod number;
pub mod tables;
mod tables_air_water;
mod tables_decisions;
pub mod tables_report;

pub use tables_air_water::{origin_id, unit_of};

use crate::manners::Failure;
use crate::progress::Took;
use crate::report::{View, page};
use document::Document;
use folder::File;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use std::io::{self, Write};

/// The document of a turn.
pub const DOCUMENT: &str = "turn.json";
/// The report of a turn.
pub const REPORT: &str = "report.html";
/// What the turn took; outside the promise of the same bytes.
pub const TIMING: &str = "timing.json";

#[derive(Serialize)]
struct Timing<'a> {
    threads: usize,
    total_seconds: f64,
    verbs: &'a [Took],
}

/// Every file of a turn, the document last.
pub fn files(view: &View<'_>, took: &[Took], threads: usize) -> Result<Vec<File>, Failure> {
    let tables = tables::of_turn(view);
    let mut files: Vec<File> = Vec::new();
    for table in &tables {
        let bytes = table.csv().map_err(|cause| Failure::Failed(format!("{}: {cause}", table.file)))?;
        files.push(File { name: table.file, bytes });
    }
    let document = Document::of_turn(view, &tables, &files);
    files.push(File { name: REPORT, bytes: page::page(view).into_bytes() });
    let timing = Timing { threads, total_seconds: took.iter().map(|t| t.seconds).sum(), verbs: took };
    files.push(File { name: TIMING, bytes: json(TIMING, &timing)? });
    files.push(File { name: DOCUMENT, bytes: json(DOCUMENT, &document)? });
    Ok(files)
}

fn json(name: &str, value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Plain(PrettyFormatter::new()));
    value.serialize(&mut writer).map_err(|cause| Failure::Failed(format!("{name}: {cause}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Pretty JSON in which nothing is minus nothing: `0.0` for `-0.0`.
struct Plain(PrettyFormatter<'static>);

impl Formatter for Plain {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, if value == 0.0 { 0.0 } else { value })
    }
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_never_written_as_minus_nothing() {
        let text = String::from_utf8(json("x", &serde_json::json!({"a": [-0.0, 0.0, -1.5e-3]})).unwrap()).unwrap();
        assert_eq!(text, "{\n  \"a\": [\n    0.0,\n    0.0,\n    -0.0015\n  ]\n}\n");
    }
}
