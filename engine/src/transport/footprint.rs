//! The footprint: what a receptor feels of what a source emits, for air and water alike.
//!
//! ```text
//! y(r) = b(r) + Σ_s ∫ F(s, r, t′) q(s, t′) dt′        averaged over the receptor's period [start, end)
//! ```
//! `y` the receptor quantity (kg m⁻³, or kg s⁻¹ for a river load), `b` what no source of the case explains (left empty
//! here: the base terms), `q` emission rate (kg s⁻¹). An entry stores the integral of F over one emission bin for a rate of
//! 1 kg s⁻¹, so a steady source contributes Σ_bins entry · q. Rows are sparse and sorted by (site, species, bin).
//!
//! Sampling error: entries may carry `replicates`, values from independent batches of particles; the error of *any* linear
//! functional of a row follows from the spread of its replicates, correlations included. A river footprint has none.

use crate::region::calendar::Period;
use crate::region::pollutant::Medium;
use crate::region::settings::Quality;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the receptor measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceptorQuantity {
    /// kg m⁻³; F in s m⁻³.
    Concentration,
    /// kg m⁻² s⁻¹; F in m⁻².
    DepositionFlux,
    /// kg s⁻¹; F without unit.
    RiverLoad,
}

/// Which operator the entries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The chain is linear: share and marginal are the same.
    Linear,
    /// Averaged while all emissions are scaled from 0 to 1: shares sum to the modelled value.
    Share,
    /// Derivative at the base state.
    Marginal,
}

/// One receptor over one period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReceptorPeriod {
    /// Station or section.
    pub receptor: String,
    /// Averaged over this time.
    pub period: Period,
    /// Measured quantity, by the name in the chain.
    pub pollutant: String,
}

/// What was at the receptor but came from no source of the case: named weights, each the share of the receptor's air (or
/// water) that entered by that way, depleted by what it lost on the way in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaseTerm {
    /// `edge_north`, `edge_sea`, …, `stayed`.
    pub name: String,
    /// Weight.
    pub weight: f64,
}

/// Where in the source axes an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// Position in [`Footprint::sites`].
    pub site: u32,
    /// Position in [`Footprint::species`].
    pub species: u16,
    /// Position in [`Footprint::bins`].
    pub bin: u16,
}

/// One entry of a row.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Site, species and emission time.
    pub column: Column,
    /// F integrated over the bin, for 1 kg s⁻¹.
    pub value: f64,
    /// The same from each batch; empty where nothing is sampled.
    pub replicates: &'a [f32],
}

/// The sensitivities of a set of receptor periods to a set of emission sites.
#[derive(Debug, Clone)]
pub struct Footprint {
    /// Air or water.
    pub medium: Medium,
    /// What the receptors measure.
    pub quantity: ReceptorQuantity,
    /// Share, marginal, or both at once.
    pub operator: Operator,
    /// Who feels.
    pub rows: Vec<ReceptorPeriod>,
    /// From where: places that sources map to.
    pub sites: Vec<String>,
    /// For each source of the case: its site; `None` where it is of the other medium or off the map.
    pub source_sites: Vec<Option<u32>>,
    /// Emitted species.
    pub species: Vec<String>,
    /// Emission times; one bin that spans everything for a steady river.
    pub bins: Vec<Period>,
    /// What came from no source, row by row.
    pub base: Vec<Vec<BaseTerm>>,
    /// How far it may be trusted.
    pub quality: Quality,
    /// Who made it, and how, in a sentence.
    pub origin: String,
    replicate_count: usize,
    row_starts: Vec<usize>,
    columns: Vec<Column>,
    values: Vec<f64>,
    replicates: Vec<f32>,
}

/// The axes and the standing of a footprint that is being built.
pub struct Axes {
    /// Air or water.
    pub medium: Medium,
    /// What the receptors measure.
    pub quantity: ReceptorQuantity,
    /// Places that sources map to.
    pub sites: Vec<String>,
    /// For each source of the case: its site.
    pub source_sites: Vec<Option<u32>>,
    /// Emitted species.
    pub species: Vec<String>,
    /// Emission times.
    pub bins: Vec<Period>,
    /// How far it may be trusted.
    pub quality: Quality,
    /// Who made it, and how.
    pub origin: String,
    /// Batches per entry; 0 where nothing is sampled.
    pub replicate_count: usize,
}

impl Footprint {
    /// An empty footprint over the axes, ready for rows.
    pub fn new(axes: Axes) -> Footprint {
        Footprint {
            medium: axes.medium,
            quantity: axes.quantity,
            operator: Operator::Linear,
            rows: Vec::new(),
            sites: axes.sites,
            source_sites: axes.source_sites,
            species: axes.species,
            bins: axes.bins,
            base: Vec::new(),
            quality: axes.quality,
            origin: axes.origin,
            replicate_count: axes.replicate_count,
            row_starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            replicates: Vec::new(),
        }
    }

    /// Adds a row. Entries need not be sorted; each brings as many replicates as the footprint has batches.
    pub fn push_row(&mut self, row: ReceptorPeriod, base: Vec<BaseTerm>, mut entries: Vec<(Column, f64, Vec<f32>)>) {
        entries.sort_by_key(|e| e.0);
        for (column, value, replicates) in entries {
            self.columns.push(column);
            self.values.push(value);
            let kept = replicates.len().min(self.replicate_count);
            self.replicates.extend_from_slice(&replicates[..kept]);
            self.replicates.resize(self.columns.len() * self.replicate_count, value as f32);
        }
        self.row_starts.push(self.columns.len());
        self.rows.push(row);
        self.base.push(base);
    }

    /// The entries of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Entry<'_>> {
        let n = self.replicate_count;
        (self.row_starts[row]..self.row_starts[row + 1]).map(move |i| Entry {
            column: self.columns[i],
            value: self.values[i],
            replicates: &self.replicates[i * n..(i + 1) * n],
        })
    }

    /// The same axes without rows.
    pub fn emptied(&self) -> Footprint {
        Footprint {
            rows: Vec::new(),
            base: Vec::new(),
            row_starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            replicates: Vec::new(),
            sites: self.sites.clone(),
            source_sites: self.source_sites.clone(),
            species: self.species.clone(),
            bins: self.bins.clone(),
            origin: self.origin.clone(),
            ..*self
        }
    }

    /// The entries of a row times a factor, ready for [`Footprint::push_row`].
    pub fn entries_of(&self, row: usize, factor: f64) -> Vec<(Column, f64, Vec<f32>)> {
        self.combined(&[row], &[factor])
    }

    /// Σ factor × row, batch by batch.
    pub fn combined(&self, rows: &[usize], factors: &[f64]) -> Vec<(Column, f64, Vec<f32>)> {
        let mut sums: BTreeMap<Column, (f64, Vec<f32>)> = BTreeMap::new();
        for (row, factor) in rows.iter().zip(factors).filter(|(_, f)| **f != 0.0) {
            for entry in self.row(*row) {
                let sum = sums.entry(entry.column).or_insert_with(|| (0.0, vec![0.0; self.replicate_count]));
                sum.0 += factor * entry.value;
                sum.1.iter_mut().zip(entry.replicates).for_each(|(s, r)| *s += *factor as f32 * r);
            }
        }
        sums.into_iter().map(|(column, (value, replicates))| (column, value, replicates)).collect()
    }

    /// Number of entries.
    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    /// Number of independent batches behind each entry.
    pub fn replicate_count(&self) -> usize {
        self.replicate_count
    }

    /// The row of a receptor, quantity and period.
    pub fn find(&self, receptor: &str, pollutant: &str, period: Period) -> Option<usize> {
        self.rows.iter().position(|r| r.receptor == receptor && r.pollutant == pollutant && r.period == period)
    }

    /// What a row feels of a steady 1 kg s⁻¹ of a species from a source of the case: value and standard error. Zero where
    /// the footprint does not know the source or the species.
    pub fn sensitivity(&self, row: usize, source: usize, species: &str) -> (f64, f64) {
        self.sensitivity_during(row, source, species, None)
    }

    /// The same for an emission that lasts only during `window` (each bin counts by the share of it that the window
    /// covers); `None` = always.
    pub fn sensitivity_during(&self, row: usize, source: usize, species: &str, window: Option<Period>) -> (f64, f64) {
        let site = self.source_sites.get(source).copied().flatten();
        let species = self.species.iter().position(|s| s == species);
        let (Some(site), Some(species)) = (site, species) else { return (0.0, 0.0) };
        self.functional(row, |c| {
            if c.site != site || usize::from(c.species) != species {
                return 0.0;
            }
            self.bin_share(c.bin, window)
        })
    }

    /// The share of an emission bin that a window covers; 1 without a window.
    pub fn bin_share(&self, bin: u16, window: Option<Period>) -> f64 {
        let bin = self.bins[usize::from(bin)];
        window.map_or(1.0, |w| w.overlap_s(bin) as f64 / bin.seconds() as f64)
    }

    /// The mean over the rows of each receptor and quantity whose period lies inside `period`: one row each, in the order
    /// of first appearance. Batches are averaged batch by batch, so errors that days share stay shared.
    pub fn mean_over(&self, period: Period) -> Footprint {
        let mut groups: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.period.start < period.start || row.period.end > period.end {
                continue;
            }
            match groups.iter_mut().find(|g| g.0 == row.receptor && g.1 == row.pollutant) {
                Some(group) => group.2.push(at),
                None => groups.push((&row.receptor, &row.pollutant, vec![at])),
            }
        }
        let mut mean = self.emptied();
        let (species, bins, batches) = (self.species.len(), self.bins.len(), self.replicate_count);
        let mut values = vec![0.0; self.sites.len() * species * bins];
        let mut replicates = vec![0.0; values.len() * batches];
        for (receptor, pollutant, rows) in groups {
            values.fill(0.0);
            replicates.fill(0.0);
            let share = 1.0 / rows.len() as f64;
            let mut base: Vec<BaseTerm> = Vec::new();
            for row in rows {
                for entry in self.row(row) {
                    let c = entry.column;
                    let at = (c.site as usize * species + usize::from(c.species)) * bins + usize::from(c.bin);
                    values[at] += share * entry.value;
                    let sums = &mut replicates[at * batches..(at + 1) * batches];
                    sums.iter_mut().zip(entry.replicates).for_each(|(s, r)| *s += share * f64::from(*r));
                }
                for term in &self.base[row] {
                    match base.iter_mut().find(|b| b.name == term.name) {
                        Some(sum) => sum.weight += share * term.weight,
                        None => base.push(BaseTerm { name: term.name.clone(), weight: share * term.weight }),
                    }
                }
            }
            let entries = values.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(at, value)| {
                let column = Column {
                    site: (at / bins / species) as u32,
                    species: (at / bins % species) as u16,
                    bin: (at % bins) as u16,
                };
                (column, *value, replicates[at * batches..(at + 1) * batches].iter().map(|r| *r as f32).collect())
            });
            let row = ReceptorPeriod { receptor: receptor.into(), period, pollutant: pollutant.into() };
            mean.push_row(row, base, entries.collect());
        }
        mean
    }

    /// The value of a linear functional of a row and its standard error: Σ entries · weight(column). The error is the
    /// spread of the batch sums over √batches; 0 where nothing is sampled.
    pub fn functional(&self, row: usize, weight: impl Fn(Column) -> f64) -> (f64, f64) {
        let mut sum = 0.0;
        let mut batches = vec![0.0; self.replicate_count];
        for entry in self.row(row) {
            let w = weight(entry.column);
            if w != 0.0 {
                sum += entry.value * w;
                batches.iter_mut().zip(entry.replicates).for_each(|(b, r)| *b += f64::from(*r) * w);
            }
        }
        (sum, standard_error(&batches))
    }
}

/// Standard error of the mean of independent batch values; 0 for fewer than two.
pub fn standard_error(batches: &[f64]) -> f64 {
    let n = batches.len() as f64;
    if batches.len() < 2 {
        return 0.0;
    }
    let mean = batches.iter().sum::<f64>() / n;
    (batches.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::Time;

    #[test]
    fn a_functional_is_the_weighted_sum_and_its_error_the_spread_of_the_batches() {
        let bin = Period { start: Time(0), end: Time(1) };
        let axes = Axes {
            medium: Medium::Air,
            quantity: ReceptorQuantity::Concentration,
            sites: vec!["a".into(), "b".into()],
            source_sites: vec![Some(1), None],
            species: vec!["x".into()],
            bins: vec![bin],
            quality: Quality::Screening,
            origin: String::new(),
            replicate_count: 2,
        };
        let mut f = Footprint::new(axes);
        let column = |site| Column { site, species: 0, bin: 0 };
        let row = ReceptorPeriod { receptor: "r".into(), period: bin, pollutant: "PM2.5".into() };
        f.push_row(row, Vec::new(), vec![(column(1), 3.0, vec![2.0, 4.0]), (column(0), 1.0, vec![1.5, 0.5])]);
        let (sum, error) = f.functional(0, |c| if c.site == 0 { 10.0 } else { 1.0 });
        // batches 17 and 9: mean 13, standard error |17 − 9| / 2 = 4
        assert_eq!((sum, error), (13.0, 4.0));
        assert_eq!(f.sensitivity(0, 0, "x"), (3.0, 1.0));
        assert_eq!(f.sensitivity(0, 1, "x"), (0.0, 0.0));
        assert_eq!(f.row(0).map(|e| e.column.site).collect::<Vec<_>>(), [0, 1]);
    }
}
