//! The ledger: what each group of sources contributes to each receptor.
//!
//! ```text
//! contribution(g, r) = Σ_{e ∈ g} Σ_bins F(site(e), species(e), bin → r) q_e · share of the bin in which e emits
//! ```
//! Shares are of the modelled total, so they sum to 1. A ledger that sums its own terms proves nothing: the total is held
//! against an independent forward run in [`crate::cycle::Balance`].

use super::LedgerLine;
use crate::region::Case;
use crate::transport::Footprint;
use crate::transport::footprint::standard_error;
use std::collections::BTreeMap;

/// The group of sources that a ledger line stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Top-level member, or `outside` for inflows.
    pub member: String,
    /// The receptor's own lowest-level member where the source lies there; empty otherwise.
    pub city: String,
    /// Sector.
    pub sector: String,
    /// Structure.
    pub structure: String,
    /// Emitted species.
    pub species: String,
}

/// What belongs to no member.
pub const OUTSIDE: &str = "outside";

/// Contributions of every emission of the case to one row: value and batches, in the order of `case.emissions`.
pub struct Contributions {
    /// kg m⁻³, emission by emission.
    pub values: Vec<f64>,
    /// Batches of each, flat.
    batches: Vec<f64>,
    count: usize,
}

impl Contributions {
    /// Applies a row to the case's emissions.
    pub fn of_row(case: &Case, footprint: &Footprint, row: usize) -> Contributions {
        let (species, bins, count) = (footprint.species.len(), footprint.bins.len(), footprint.replicate_count());
        let mut field = vec![0.0; footprint.sites.len() * species * bins];
        let mut batch_field = vec![0.0f32; field.len() * count];
        for entry in footprint.row(row) {
            let c = entry.column;
            let at = (c.site as usize * species + usize::from(c.species)) * bins + usize::from(c.bin);
            field[at] = entry.value;
            batch_field[at * count..(at + 1) * count].copy_from_slice(entry.replicates);
        }
        let mut found = Contributions {
            values: vec![0.0; case.emissions.len()],
            batches: vec![0.0; case.emissions.len() * count],
            count,
        };
        for (e, emission) in case.emissions.iter().enumerate() {
            let site = footprint.source_sites.get(emission.source).copied().flatten();
            let at = footprint.species.iter().position(|s| *s == emission.species);
            let (Some(site), Some(at)) = (site, at) else { continue };
            let first = (site as usize * species + at) * bins;
            for bin in 0..bins {
                let rate = emission.rate_kg_s * footprint.bin_share(bin as u16, emission.period);
                found.values[e] += field[first + bin] * rate;
                let from = &batch_field[(first + bin) * count..(first + bin + 1) * count];
                let into = &mut found.batches[e * count..(e + 1) * count];
                into.iter_mut().zip(from).for_each(|(b, f)| *b += f64::from(*f) * rate);
            }
        }
        found
    }

    /// The same for every row of a footprint.
    pub fn of_rows(case: &Case, footprint: &Footprint) -> Vec<Contributions> {
        (0..footprint.rows.len()).map(|row| Contributions::of_row(case, footprint, row)).collect()
    }

    /// Sum over the emissions that `keep` accepts, with its standard error.
    pub fn sum(&self, keep: impl Fn(usize) -> bool) -> (f64, f64) {
        let mut sum = 0.0;
        let mut batches = vec![0.0; self.count];
        for e in (0..self.values.len()).filter(|e| keep(*e)) {
            sum += self.values[e];
            batches.iter_mut().zip(&self.batches[e * self.count..]).for_each(|(b, x)| *b += x);
        }
        (sum, standard_error(&batches))
    }
}

/// The lowest-level member and the top-level member that answer for a receptor (station or section).
pub fn receptor_members<'a>(case: &'a Case, receptor: &str) -> (&'a str, &'a str) {
    let station = case.stations.iter().find(|s| s.id == receptor).map(|s| s.member.as_str());
    let city = station.or_else(|| case.sections.iter().find(|s| s.id == receptor).map(|s| s.member.as_str()));
    city.map_or(("", ""), |city| (city, case.top(city)))
}

/// The ledger lines of every row of a footprint, from the contributions to each.
pub fn lines(case: &Case, footprint: &Footprint, contributions: &[Contributions]) -> Vec<LedgerLine> {
    let mut lines = Vec::new();
    for (row, found) in footprint.rows.iter().zip(contributions) {
        let (city, top) = receptor_members(case, &row.receptor);
        let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
        for (e, emission) in case.emissions.iter().enumerate().filter(|(e, _)| found.values[*e] != 0.0) {
            let source = &case.sources[emission.source];
            let group = Group {
                member: source.member.as_deref().map_or(OUTSIDE, |m| case.top(m)).into(),
                city: source.member.clone().filter(|m| m == city).unwrap_or_default(),
                sector: source.sector.clone(),
                structure: source.structure.clone(),
                species: emission.species.clone(),
            };
            groups.entry(group).or_default().push(e);
        }
        let total: f64 = found.values.iter().sum();
        for (group, members) in groups {
            let (value, standard_error) = found.sum(|e| members.binary_search(&e).is_ok());
            lines.push(LedgerLine {
                medium: footprint.medium,
                receptor: row.receptor.clone(),
                receptor_member: top.into(),
                period: row.period,
                pollutant: row.pollutant.clone(),
                member: group.member,
                city: group.city,
                sector: group.sector,
                structure: group.structure,
                species: group.species,
                value,
                share: if total > 0.0 { value / total } else { 0.0 },
                standard_error,
            });
        }
    }
    lines
}
