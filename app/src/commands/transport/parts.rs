//! Finished groups of receptors, kept in the output folder so that a stopped run goes on where it was.
//!
//! A part is a line of JSON (key, axes, rows, totals) and then the entries: site u32, species u16, bin u16, value f64 and the
//! batches f32, all little-endian. The key is the SHA-256 of everything that the numbers depend on; a part with another key, or
//! one that is cut off, is made anew.

use crate::manners::Failure;
use crate::output::folder;
use liankong_engine::region::calendar::{HOUR, Period, Time};
use liankong_engine::region::{Grid, Medium, Quality};
use liankong_engine::transport::air::footprints::{Gridded, Site};
use liankong_engine::transport::air::particles::{Book, Totals};
use liankong_engine::transport::footprint::{Axes, BaseTerm, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use serde_json::{Value, json};
use std::path::Path;

/// Writes a part.
pub fn keep(path: &Path, key: &str, g: &Gridded) -> Result<(), Failure> {
    let f = &g.footprint;
    let rows: Vec<Value> = f
        .rows
        .iter()
        .zip(&f.base)
        .enumerate()
        .map(|(at, (row, base))| {
            let base: Vec<Value> = base.iter().map(|b| json!([b.name, b.weight])).collect();
            json!([row.receptor, row.period.start.0, row.period.end.0, row.pollutant, base, f.row(at).count()])
        })
        .collect();
    let books: Vec<Value> =
        g.totals.books.iter().map(|b| json!([b.released, b.converted, b.dry, b.wet, b.left, b.stayed])).collect();
    let head = json!({
        "key": key,
        "species": f.species,
        "origin": f.origin,
        "batches": f.replicate_count(),
        "first": f.bins.first().map_or(0, |b| b.start.0),
        "hours": f.bins.len(),
        "sites": g.sites.iter().map(|s| (s.cell, s.band)).collect::<Vec<_>>(),
        "rows": rows,
        "totals": [json!(g.totals.particle_hours), json!(g.totals.steps), json!(g.totals.particles), json!(g.totals.left)],
        "books": books,
    });
    let mut bytes = head.to_string().into_bytes();
    bytes.push(b'\n');
    for row in 0..f.rows.len() {
        for e in f.row(row) {
            bytes.extend(e.column.site.to_le_bytes());
            bytes.extend(e.column.species.to_le_bytes());
            bytes.extend(e.column.bin.to_le_bytes());
            bytes.extend(e.value.to_le_bytes());
            e.replicates.iter().for_each(|r| bytes.extend(r.to_le_bytes()));
        }
    }
    folder::write_file(path, &bytes)
}

/// Reads a part of this key; `None` where there is none, or it is another's, or damaged.
pub fn kept(path: &Path, key: &str, grid: Grid, edges_m: &[f64], quantity: ReceptorQuantity) -> Option<Gridded> {
    let bytes = std::fs::read(path).ok()?;
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let head: Value = serde_json::from_slice(&bytes[..end]).ok()?;
    if head["key"].as_str()? != key {
        return None;
    }
    let text = |v: &Value| v.as_str().map(str::to_string);
    let batches = head["batches"].as_u64()? as usize;
    let first = head["first"].as_i64()?;
    let hour = |h: i64| Period { start: Time(first + h * HOUR), end: Time(first + (h + 1) * HOUR) };
    let sites: Vec<Site> = head["sites"]
        .as_array()?
        .iter()
        .map(|s| Some(Site { cell: s[0].as_u64()? as u32, band: s[1].as_u64()? as u16 }))
        .collect::<Option<_>>()?;
    let mut footprint = Footprint::new(Axes {
        medium: Medium::Air,
        quantity,
        sites: vec![String::new(); sites.len()],
        source_sites: Vec::new(),
        species: head["species"].as_array()?.iter().map(text).collect::<Option<_>>()?,
        bins: (0..head["hours"].as_i64()?).map(hour).collect(),
        quality: Quality::Standard,
        origin: text(&head["origin"])?,
        replicate_count: batches,
    });
    let size = 16 + 4 * batches;
    let mut records = bytes[end + 1..].chunks_exact(size);
    for row in head["rows"].as_array()? {
        let period = Period { start: Time(row[1].as_i64()?), end: Time(row[2].as_i64()?) };
        let about = ReceptorPeriod { receptor: text(&row[0])?, period, pollutant: text(&row[3])? };
        let base = row[4].as_array()?.iter().map(|b| Some(BaseTerm { name: text(&b[0])?, weight: b[1].as_f64()? }));
        let base: Vec<BaseTerm> = base.collect::<Option<_>>()?;
        let mut entries = Vec::new();
        for _ in 0..row[5].as_u64()? {
            entries.push(entry(records.next()?)?);
        }
        footprint.push_row(about, base, entries);
    }
    if !records.remainder().is_empty() || records.next().is_some() {
        return None;
    }
    let books = head["books"].as_array()?.iter().map(|b| {
        let n = |k: usize| b[k].as_f64();
        Some(Book { released: n(0)?, converted: n(1)?, dry: n(2)?, wet: n(3)?, left: n(4)?, stayed: n(5)? })
    });
    let t = &head["totals"];
    let totals = Totals {
        particle_hours: t[0].as_f64()?,
        steps: t[1].as_u64()?,
        particles: t[2].as_u64()?,
        left: t[3].as_u64()?,
        books: books.collect::<Option<_>>()?,
    };
    Some(Gridded { footprint, sites, grid, edges_m: edges_m.to_vec(), totals })
}

fn entry(bytes: &[u8]) -> Option<(Column, f64, Vec<f32>)> {
    let two = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let column = Column { site: u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?), species: two(4)?, bin: two(6)? };
    let value = f64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
    let batches = bytes[16..].chunks_exact(4).map(|b| b.try_into().map(f32::from_le_bytes));
    Some((column, value, batches.collect::<Result<_, _>>().ok()?))
}
