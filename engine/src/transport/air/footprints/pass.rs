//! The particles of one way to the receptors, run together, and what they leave in the cells.

use super::table::add_totals;
use super::{BATCHES, Carried, Receptor, Settings, Site};
use crate::observe::weather::{Projection, Weather};
use crate::problem::Result;
use crate::region::calendar::HOUR;
use crate::transport::air::chart::Chart;
use crate::transport::air::particles::deposition::SURFACE_LAYER_M;
use crate::transport::air::particles::{self, Options, Release, Totals};
use crate::transport::air::residence::{Birth, Layout, Residence};
use crate::transport::footprint::{BaseTerm, ReceptorQuantity};
use std::collections::BTreeMap;

/// Top of the column from which rain is taken, m.
const RAIN_TOP_M: f64 = 10_000.0;

/// By which way something reaches a receptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Air breathed.
    Air = 0,
    /// What the ground takes.
    Ground = 1,
    /// What the rain brings.
    Rain = 2,
}

impl Way {
    /// True where receptors of this quantity are reached by this way.
    pub fn serves(self, quantity: ReceptorQuantity) -> bool {
        (self == Way::Air) == (quantity != ReceptorQuantity::DepositionFlux)
    }

    /// True where nothing carried goes this way.
    pub fn idle(self, carried: &Carried) -> bool {
        match self {
            Way::Air => false,
            Way::Ground => carried.species.iter().all(|s| s.dry == particles::Dry::None),
            Way::Rain => carried.species.iter().all(|s| s.wet.is_none()),
        }
    }
}

/// A row before its sites and bins are numbered.
pub struct Row {
    /// Measured quantity.
    pub product: String,
    /// What came over the sides, or was there before.
    pub base: Vec<BaseTerm>,
    /// Batches by site, species and hour.
    pub entries: BTreeMap<(Site, u16, u32), [f64; BATCHES as usize]>,
}

/// Adds what came by one way to what came by others.
pub fn merge(rows: &mut Vec<Row>, found: Vec<Row>) {
    for row in found {
        let Some(own) = rows.iter_mut().find(|r| r.product == row.product) else {
            rows.push(row);
            continue;
        };
        for (place, batches) in row.entries {
            let sums = own.entries.entry(place).or_insert([0.0; BATCHES as usize]);
            sums.iter_mut().zip(batches).for_each(|(s, b)| *s += b);
        }
        for term in row.base {
            match own.base.iter_mut().find(|b| b.name == term.name) {
                // Dry and wet: the plain mean of both ways.
                Some(sum) => sum.weight = 0.5 * (sum.weight + term.weight),
                None => own.base.push(term),
            }
        }
    }
}

/// The receptors of one way, run together.
pub struct Pass<'a> {
    /// Weather.
    pub weather: &'a Weather,
    /// What is carried.
    pub carried: &'a Carried,
    /// Settings.
    pub settings: &'a Settings,
    /// From the weather's grid to the cells.
    pub chart: &'a Chart,
    /// The way.
    pub way: Way,
    /// Start of bin 0, s since 1970.
    pub first_bin: i64,
}

impl Pass<'_> {
    /// Names and weights of the rows of a receptor.
    fn rows(&self) -> Vec<(String, Vec<f64>)> {
        if self.way == Way::Air {
            return self.carried.products.clone();
        }
        let unit = |at: usize| (0..self.carried.species.len()).map(|s| f64::from(s == at)).collect();
        self.carried.species.iter().enumerate().map(|(at, s)| (s.name.clone(), unit(at))).collect()
    }

    fn release(&self, receptor: &Receptor, weights: &[f64]) -> Release {
        let top = f64::from(self.weather.heights_m.last().copied().unwrap_or(0.0));
        let (bottom_m, top_m) = match self.way {
            Way::Air => (receptor.height_m, receptor.height_m),
            Way::Ground => (0.0, f64::from(SURFACE_LAYER_M).min(top)),
            Way::Rain => (0.0, RAIN_TOP_M.min(top)),
        };
        Release {
            place: receptor.place,
            bottom_m,
            top_m,
            start: receptor.period.start,
            end: receptor.period.end,
            particles: self.settings.particles,
            weights: weights.to_vec(),
        }
    }

    /// Follows the receptors `mine`; rows of each. `None` where it was stopped.
    pub fn run(
        &self,
        mine: &[usize],
        receptors: &[Receptor],
        options: &Options,
        totals: &mut Totals,
        advance: &(dyn Fn(f64) + Sync),
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Vec<Row>>>> {
        let rows = self.rows();
        let species = self.carried.species.len();
        let weights: Vec<f64> = rows.iter().flat_map(|(_, w)| w.clone()).collect();
        let releases: Vec<Release> = mine.iter().map(|r| self.release(&receptors[*r], &weights)).collect();
        let layout = Layout {
            chart: self.chart,
            edges_m: &self.settings.edges_m,
            first_bin: self.first_bin,
            bin_s: HOUR,
            batches: BATCHES,
            weights: weights.len(),
            per_density: true,
        };
        let grid = &self.weather.grid;
        let columns: Vec<u32> = mine
            .iter()
            .map(|r| {
                let (i, j) = grid.position(receptors[*r].place);
                let i = if grid.wraps { i.rem_euclid(grid.nx as f64) } else { i };
                let near = |x: f64, n: usize| (x.round().max(0.0) as usize).min(n - 1);
                (near(j, grid.ny) * grid.nx + near(i, grid.nx)) as u32
            })
            .collect();
        let depth = releases.first().map_or(0.0, |r| r.top_m) as f32;
        let birth = |block: &particles::Block<'_>, lane: usize, factors: &mut [f32]| {
            let fraction = block.window.fraction(block.time as f64);
            let column = columns[block.release];
            let z = match self.way {
                Way::Air => receptors[mine[block.release]].height_m as f32,
                _ => block.height[lane],
            };
            let density = block.window.density(column, z, fraction);
            for (k, factor) in factors.iter_mut().enumerate() {
                let removal = &block.window.removal;
                *factor = density
                    * match self.way {
                        Way::Air => 1.0,
                        Way::Ground => removal.velocity(k / species, column, fraction),
                        Way::Rain => removal.scavenging(k / species, column, z, fraction) * depth,
                    };
            }
        };
        let birth: &Birth<'_> = &birth;
        let run = particles::run(
            self.weather,
            &self.carried.species,
            &releases,
            options,
            &|_| Residence::new(&layout, Some(birth)),
            advance,
            stopped,
        )?;
        if run.stopped {
            return Ok(None);
        }
        add_totals(totals, &run.totals);
        let names = sides(self.weather);
        let mut found: Vec<Vec<Row>> = mine
            .iter()
            .map(|_| {
                rows.iter()
                    .map(|(p, _)| Row { product: p.clone(), base: Vec::new(), entries: BTreeMap::new() })
                    .collect()
            })
            .collect();
        let mut left = vec![vec![0.0; 5 * weights.len()]; mine.len()];
        let mut air = vec![vec![0.0; weights.len()]; mine.len()];
        for (release, piece) in run.pieces {
            let (table, leavers) = piece.finish();
            for (side, sums) in leavers.sums.iter().enumerate() {
                left[release][side * weights.len()..].iter_mut().zip(sums).for_each(|(l, s)| *l += s);
            }
            air[release].iter_mut().zip(&leavers.factors).for_each(|(a, f)| *a += f);
            for (place, sums) in table {
                let site = Site { cell: place.cell, band: place.band };
                let band = usize::from(place.band);
                let volume = self.settings.grid.cell_area_m2(place.cell as usize)
                    * (self.settings.edges_m[band + 1] - self.settings.edges_m[band]);
                for (k, sum) in sums.iter().enumerate().filter(|(_, s)| **s != 0.0) {
                    let entry = found[release][k / species].entries.entry((site, (k % species) as u16, place.bin));
                    entry.or_insert([0.0; BATCHES as usize])[usize::from(place.batch)] += sum / volume;
                }
            }
        }
        for ((rows, left), air) in found.iter_mut().zip(&left).zip(&air) {
            for (r, row) in rows.iter_mut().enumerate() {
                for (side, name) in names.iter().enumerate() {
                    for (s, kind) in self.carried.species.iter().enumerate() {
                        let k = r * species + s;
                        // Over the mean factor of the receptor's air.
                        let mean = air[k] / f64::from(self.settings.particles);
                        let weight = if mean > 0.0 { left[side * weights.len() + k] / mean } else { 0.0 };
                        if weight > 0.0 {
                            let name = if species == 1 { (*name).into() } else { format!("{name}:{}", kind.name) };
                            row.base.push(BaseTerm { name, weight });
                        }
                    }
                }
            }
        }
        Ok(Some(found))
    }
}

/// Names of the sides of a weather grid, in the order of [`crate::transport::air::residence::Leavers`].
fn sides(weather: &Weather) -> [&'static str; 5] {
    let flipped = weather.grid.projection == Projection::LonLat && weather.grid.dy < 0.0;
    let (low, high) = if flipped { ("edge_north", "edge_south") } else { ("edge_south", "edge_north") };
    ["edge_west", "edge_east", low, high, "stayed"]
}
