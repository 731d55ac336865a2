//! What `transport river` writes: tables as CSV, the footprint as Parquet, the books as JSON.

use super::folder::{self, File};
use super::number::{number, optional};
use crate::manners::Failure;
use liankong_engine::region::Period;
use liankong_engine::region::river::read_places::{RiverSection, RiverSource};
use liankong_engine::transport::river::sections::{Outcome, River};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// A table.
pub fn csv(name: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Failure> {
    let failed = |cause: String| Failure::Failed(format!("{name}: {cause}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|e| failed(e.to_string()))?;
    for row in rows {
        writer.write_record(&row).map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}

/// Puts files into a folder one by one; what else lies there stays.
pub fn put(out: &Path, files: &[File]) -> Result<(), Failure> {
    files.iter().try_for_each(|file| folder::write_file(&out.join(file.name), &file.bytes))
}

/// A run, told.
pub struct Told<'a> {
    /// What was found.
    pub outcome: &'a Outcome,
    /// Of which river.
    pub river: &'a River<'a>,
    /// From what.
    pub sources: &'a [RiverSource],
    /// Where.
    pub sections: &'a [RiverSection],
    /// Whether nothing changes in time.
    pub steady: bool,
}

const SCHEMA: &str = "message footprint {
    REQUIRED BYTE_ARRAY receptor (UTF8);
    OPTIONAL INT64 period_start (TIMESTAMP(MILLIS,true));
    OPTIONAL INT64 period_end (TIMESTAMP(MILLIS,true));
    REQUIRED BYTE_ARRAY product (UTF8);
    REQUIRED BYTE_ARRAY site (UTF8);
    REQUIRED BYTE_ARRAY precursor (UTF8);
    OPTIONAL INT64 emission_start (TIMESTAMP(MILLIS,true));
    OPTIONAL INT64 emission_end (TIMESTAMP(MILLIS,true));
    REQUIRED DOUBLE value;
}";

impl Told<'_> {
    fn times(&self, period: Option<Period>) -> [String; 2] {
        period.map_or_else(Default::default, |p| [p.start.iso(0), p.end.iso(0)])
    }

    /// `sections.csv`: the series; where nothing changes one row a section and quantity.
    pub fn sections(&self) -> Result<Vec<u8>, Failure> {
        let (o, observed) = (self.outcome, &self.river.kinetics.observed);
        let columns = ["section_id", "time", "species", "value_kg_m3"];
        let id = |at: usize| self.sections[at].id.clone();
        if self.steady {
            let rows = o.rows.iter().map(|r| {
                let time = r.period.map(|p| p.start.iso(0)).unwrap_or_default();
                vec![id(r.section), time, observed[r.quantity].0.clone(), optional(r.value_kg_m3)]
            });
            return csv("sections.csv", &columns, rows);
        }
        let n = self.river.kinetics.species.len();
        // A section that stands on several rows, one a period, has one series.
        let first: Vec<usize> = (0..self.sections.len())
            .filter(|at| !self.sections[..*at].iter().any(|s| s.id == self.sections[*at].id))
            .collect();
        let rows = first.iter().flat_map(|at| {
            o.stretches.iter().enumerate().flat_map(move |(k, stretch)| {
                let masses = &o.series[(k * self.sections.len() + at) * n..][..n];
                observed.iter().map(move |(name, weights)| {
                    let value: f64 = weights.iter().zip(masses).map(|(w, c)| w * c).sum();
                    vec![self.sections[*at].id.clone(), stretch.start.iso(0), name.clone(), number(value)]
                })
            })
        });
        csv("sections.csv", &columns, rows)
    }

    /// `means.csv`: the mean of each section over its time, forward and through the footprint.
    pub fn means(&self) -> Result<Vec<u8>, Failure> {
        let columns =
            ["section_id", "start", "end", "species", "value_kg_m3", "through_footprint_kg_m3", "discharge_m3_s"];
        let rows = self.outcome.rows.iter().map(|r| {
            let [start, end] = self.times(r.period);
            vec![
                self.sections[r.section].id.clone(),
                start,
                end,
                self.river.kinetics.observed[r.quantity].0.clone(),
                optional(r.value_kg_m3),
                number(r.through_footprint_kg_m3),
                number(r.discharge_m3_s),
            ]
        });
        csv("means.csv", &columns, rows)
    }

    /// `shares.csv`: each source's part of each mean.
    pub fn shares(&self) -> Result<Vec<u8>, Failure> {
        let columns = [
            "section_id",
            "start",
            "end",
            "species",
            "source_id",
            "kind",
            "member",
            "source_species",
            "value_kg_m3",
            "share",
            "delivered_fraction",
        ];
        let o = self.outcome;
        let rows = o.shares.iter().map(|s| {
            let row = &o.rows[s.row];
            let id = &o.footprint.sites[s.site];
            let source = self.sources.iter().find(|source| source.id == *id);
            let [start, end] = self.times(row.period);
            let total = row.through_footprint_kg_m3;
            vec![
                self.sections[row.section].id.clone(),
                start,
                end,
                self.river.kinetics.observed[row.quantity].0.clone(),
                id.clone(),
                source.map(|s| s.kind.clone()).unwrap_or_default(),
                source.map(|s| s.member.clone()).unwrap_or_default(),
                self.river.kinetics.species[s.species].clone(),
                number(s.value_kg_m3),
                if total == 0.0 { String::new() } else { number(s.value_kg_m3 / total) },
                number(s.delivered),
            ]
        });
        csv("shares.csv", &columns, rows)
    }

    /// `balance.json`.
    pub fn balance(&self) -> Result<Vec<u8>, Failure> {
        let o = self.outcome;
        let document = json!({
            "mass_error": o.mass_error,
            "forward_error": o.forward_error,
            "cells": o.cells,
            "steps": o.steps,
            "species": o.books,
            "water": self.river.flow.continuity,
            "origin": o.footprint.origin,
            "quality": o.footprint.quality,
        });
        let text =
            serde_json::to_string_pretty(&document).map_err(|e| Failure::Failed(format!("balance.json: {e}")))?;
        Ok(format!("{text}\n").into_bytes())
    }

    /// `footprint.parquet`: a row group for each section and quantity; times are empty where nothing changes.
    pub fn footprint(&self) -> Result<Vec<u8>, Failure> {
        self.made().map_err(|cause| Failure::Failed(format!("the Parquet file could not be made: {cause}")))
    }

    fn made(&self) -> parquet::errors::Result<Vec<u8>> {
        let f = &self.outcome.footprint;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
        let mut bytes = Vec::new();
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
        let word = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let sites: Vec<ByteArray> = f.sites.iter().map(|s| word(s)).collect();
        let species: Vec<ByteArray> = f.species.iter().map(|s| word(s)).collect();
        for (at, row) in f.rows.iter().enumerate() {
            let entries: Vec<_> = f.row(at).collect();
            let n = entries.len();
            if n == 0 {
                continue;
            }
            let mut group = writer.next_row_group()?;
            let there = i16::from(!self.steady);
            let moments = |of: &dyn Fn(usize) -> i64| -> Vec<i64> {
                if self.steady { Vec::new() } else { (0..n).map(|k| 1000 * of(k)).collect() }
            };
            let bin = |k: usize| f.bins[usize::from(entries[k].column.bin)];
            let levels = vec![there; n];
            column::<ByteArrayType>(&mut group, &vec![word(&row.receptor); n], None)?;
            column::<Int64Type>(&mut group, &moments(&|_| row.period.start.0), Some(&levels))?;
            column::<Int64Type>(&mut group, &moments(&|_| row.period.end.0), Some(&levels))?;
            column::<ByteArrayType>(&mut group, &vec![word(&row.pollutant); n], None)?;
            let names = |of: &dyn Fn(usize) -> ByteArray| (0..n).map(of).collect::<Vec<_>>();
            column::<ByteArrayType>(&mut group, &names(&|k| sites[entries[k].column.site as usize].clone()), None)?;
            column::<ByteArrayType>(
                &mut group,
                &names(&|k| species[usize::from(entries[k].column.species)].clone()),
                None,
            )?;
            column::<Int64Type>(&mut group, &moments(&|k| bin(k).start.0), Some(&levels))?;
            column::<Int64Type>(&mut group, &moments(&|k| bin(k).end.0), Some(&levels))?;
            column::<DoubleType>(&mut group, &entries.iter().map(|e| e.value).collect::<Vec<_>>(), None)?;
            group.close()?;
        }
        writer.close()?;
        Ok(bytes)
    }
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> parquet::errors::Result<()> {
    if let Some(mut writer) = group.next_column()? {
        writer.typed::<T>().write_batch(values, levels, None)?;
        writer.close()?;
    }
    Ok(())
}
