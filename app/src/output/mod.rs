//! What a run writes: `turn.json`, tables, `report.html`, and `timing.json`.
//!
//! Everything but `timing.json` is a function of the case and the binary alone: the same bytes at any number of threads.

pub mod document;
pub mod folder;
pub mod number;
pub mod tables;
mod tables_air_water;
mod tables_decisions;

pub use tables_air_water::unit_of;

use crate::manners::Failure;
use crate::progress::Took;
use crate::report::{View, page};
use document::Document;
use folder::File;
use serde::Serialize;

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

/// Every file of a turn, the document last, and the document itself.
pub fn files(view: &View<'_>, took: &[Took], threads: usize) -> Result<(Vec<File>, Document), Failure> {
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
    Ok((files, document))
}

fn json(name: &str, value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|cause| Failure::Failed(format!("{name}: {cause}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
