//! Cells and height bands summed onto what emits: point sources, polygons, sources whose plume rises.

use super::Gridded;
use crate::region::calendar::{HOUR, Period, Time};
use crate::transport::air::plume_rise::SourceProfile;
use crate::transport::footprint::{Axes, Column, Footprint};
use std::collections::BTreeMap;

/// Where a source or a polygon stands on the grid.
pub struct Target<'a> {
    /// Name of the new site.
    pub name: String,
    /// Cells and the share of it in each (a polygon: `Grid::shares`).
    pub cells: Vec<(usize, f64)>,
    /// Heights.
    pub heights: Heights<'a>,
}

/// In which bands a source emits.
pub enum Heights<'a> {
    /// Always these fractions.
    Fixed(Vec<f64>),
    /// By the table of plume rise, whose first hour is given.
    Profile(&'a SourceProfile, usize, Time),
}

impl Gridded {
    /// The footprint of sources or polygons instead of cells: each of its sites is one target.
    pub fn onto(&self, targets: &[Target<'_>]) -> Footprint {
        let bands = self.edges_m.len() - 1;
        let f = &self.footprint;
        // Targets by cell, so that each entry is looked up once.
        let mut by_cell: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
        for (at, target) in targets.iter().enumerate() {
            for (cell, share) in &target.cells {
                by_cell.entry(*cell as u32).or_default().push((at, *share));
            }
        }
        let fraction = |target: &Target<'_>, band: usize, bin: Period| match &target.heights {
            Heights::Fixed(f) => f.get(band).copied().unwrap_or(0.0),
            Heights::Profile(table, class, first) => {
                let hour = (bin.start.0 - first.0).div_euclid(HOUR);
                usize::try_from(hour).ok().and_then(|h| table.fractions(*class, h)).map_or(0.0, |f| f[band])
            }
        };
        let axes = Axes {
            medium: f.medium,
            quantity: f.quantity,
            sites: targets.iter().map(|t| t.name.clone()).collect(),
            source_sites: (0..targets.len() as u32).map(Some).collect(),
            species: f.species.clone(),
            bins: f.bins.clone(),
            quality: f.quality,
            origin: f.origin.clone(),
            replicate_count: f.replicate_count(),
        };
        let mut out = Footprint::new(axes);
        for (at, row) in f.rows.iter().enumerate() {
            let mut sums: BTreeMap<Column, (f64, Vec<f32>)> = BTreeMap::new();
            for entry in f.row(at) {
                let site = self.sites[entry.column.site as usize];
                let band = usize::from(site.band).min(bands - 1);
                for (target, share) in by_cell.get(&site.cell).into_iter().flatten() {
                    let weight = share * fraction(&targets[*target], band, f.bins[usize::from(entry.column.bin)]);
                    if weight == 0.0 {
                        continue;
                    }
                    let column = Column { site: *target as u32, ..entry.column };
                    let sum = sums.entry(column).or_insert_with(|| (0.0, vec![0.0; f.replicate_count()]));
                    sum.0 += weight * entry.value;
                    sum.1.iter_mut().zip(entry.replicates).for_each(|(s, r)| *s += weight as f32 * r);
                }
            }
            out.push_row(row.clone(), f.base[at].clone(), sums.into_iter().map(|(c, (v, r))| (c, v, r)).collect());
        }
        out
    }
}
