//! Where particles stay, hour by hour, cell by cell, band by band: the sparse sum that footprints and plumes are made of.
//!
//! ```text
//! R(hour, cell, band, batch; weight) = Σ_particles Σ_blocks  g · w · Δt / ρ^p        kg s m^3p…
//! ```
//! `w` the weights that ride along, `g` a factor of the particle's own (the air at its receptor), p = 1 backward and 0 forward.
//! A particle's sum is kept aside until it changes cell, band or hour, so the table is touched a few times an hour.

use super::chart::Chart;
use super::particles::{Accumulate, Block, Exit, Side};
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Where one sum stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Hours (bins) since the first.
    pub bin: u32,
    /// Cell of the grid.
    pub cell: u32,
    /// Height band.
    pub band: u16,
    /// Batch of particles.
    pub batch: u16,
}

/// What all pieces of a run share.
pub struct Layout<'a> {
    /// To the cells.
    pub chart: &'a Chart,
    /// Edges of the height bands, m, rising from the lower edge of the first.
    pub edges_m: &'a [f64],
    /// Start of bin 0, s since 1970.
    pub first_bin: i64,
    /// Length of a bin, s.
    pub bin_s: i64,
    /// Batches.
    pub batches: u32,
    /// Weights of a particle (rows × species).
    pub weights: usize,
    /// Divide by the density where the particle is.
    pub per_density: bool,
}

/// The factor g of each weight of a new particle, told from its first block.
pub type Birth<'a> = dyn Fn(&Block<'_>, usize, &mut [f32]) + Sync + 'a;

/// What left, and where.
#[derive(Debug, Clone, Default)]
pub struct Leavers {
    /// Σ g·w by side; the last is of those that ended within the weather.
    pub sums: [Vec<f64>; 5],
    /// Σ g over the particles.
    pub factors: Vec<f64>,
}

/// The accumulator of one chunk of particles.
pub struct Residence<'a> {
    layout: &'a Layout<'a>,
    birth: Option<&'a Birth<'a>>,
    /// Number of the particle in slot 0.
    base: Option<u32>,
    open: Vec<Option<Place>>,
    factors: Vec<f32>,
    born: Vec<bool>,
    pending: Vec<f32>,
    table: HashMap<Place, usize>,
    sums: Vec<f64>,
    /// What left.
    pub leavers: Leavers,
}

/// Particles of one chunk lie within this many numbers of each other.
const SPAN: u32 = 2048;

impl<'a> Residence<'a> {
    /// Empty. Without `birth` every factor is 1.
    pub fn new(layout: &'a Layout<'a>, birth: Option<&'a Birth<'a>>) -> Residence<'a> {
        Residence {
            layout,
            birth,
            base: None,
            open: Vec::new(),
            factors: Vec::new(),
            born: Vec::new(),
            pending: Vec::new(),
            table: HashMap::new(),
            sums: Vec::new(),
            leavers: Leavers {
                sums: std::array::from_fn(|_| vec![0.0; layout.weights]),
                factors: vec![0.0; layout.weights],
            },
        }
    }

    #[inline(always)]
    fn slot(&mut self, particle: u32) -> usize {
        let base = *self.base.get_or_insert(particle.saturating_sub(SPAN));
        let slot = (particle - base) as usize;
        if slot >= self.open.len() {
            self.open.resize(slot + 1, None);
            self.born.resize(slot + 1, false);
            self.pending.resize((slot + 1) * self.layout.weights, 0.0);
            self.factors.resize((slot + 1) * self.layout.weights, 1.0);
        }
        slot
    }

    fn close(&mut self, slot: usize) {
        let Some(place) = self.open[slot].take() else { return };
        let n = self.layout.weights;
        let next = self.sums.len();
        let at = *self.table.entry(place).or_insert(next);
        if at == next {
            self.sums.resize(next + n, 0.0);
        }
        let range = slot * n..(slot + 1) * n;
        for ((sum, pending), factor) in
            self.sums[at..at + n].iter_mut().zip(&mut self.pending[range.clone()]).zip(&self.factors[range])
        {
            *sum += f64::from(*pending) * f64::from(*factor);
            *pending = 0.0;
        }
    }

    /// Closes every sum; gives the table in the order of places, each with its sums.
    pub fn finish(mut self) -> (BTreeMap<Place, Vec<f64>>, Leavers) {
        for slot in 0..self.open.len() {
            self.close(slot);
        }
        let n = self.layout.weights;
        let sums = &self.sums;
        (self.table.iter().map(|(place, at)| (*place, sums[*at..*at + n].to_vec())).collect(), self.leavers)
    }
}

impl Accumulate for Residence<'_> {
    fn block(&mut self, block: &Block<'_>) {
        let layout = self.layout;
        let n = layout.weights;
        let bottom = layout.edges_m[0] as f32;
        let top = layout.edges_m[layout.edges_m.len() - 1] as f32;
        for l in 0..block.count {
            let (particle, dt, z) = (block.particle[l], block.duration_s[l], block.height[l]);
            let slot = self.slot(particle);
            if !self.born[slot] {
                self.born[slot] = true;
                if let Some(birth) = self.birth {
                    birth(block, l, &mut self.factors[slot * n..(slot + 1) * n]);
                }
                let own = &self.factors[slot * n..(slot + 1) * n];
                self.leavers.factors.iter_mut().zip(own).for_each(|(s, f)| *s += f64::from(*f));
            }
            let here = if z < bottom || z >= top { None } else { layout.chart.cell(block.i[l], block.j[l]) };
            let Some(cell) = here else {
                self.close(slot);
                continue;
            };
            let band = layout.edges_m.partition_point(|e| *e <= f64::from(z)).max(1) - 1;
            // A block lies within one bin where bins are whole numbers of blocks; its middle says which.
            let middle = if layout.per_density {
                block.time as f64 + 0.5 * f64::from(dt)
            } else {
                block.time as f64 - 0.5 * f64::from(dt)
            };
            let bin = ((middle - layout.first_bin as f64) / layout.bin_s as f64).floor();
            if bin < 0.0 {
                self.close(slot);
                continue;
            }
            let place = Place { bin: bin as u32, cell, band: band as u16, batch: (particle % layout.batches) as u16 };
            if self.open[slot] != Some(place) {
                self.close(slot);
                self.open[slot] = Some(place);
            }
            let mut share = dt;
            if layout.per_density {
                share /= block.window.density(block.column[l], z, block.window.fraction(block.time as f64));
            }
            let pending = &mut self.pending[slot * n..(slot + 1) * n];
            for (sum, weights) in pending.iter_mut().zip(block.weights) {
                *sum += weights[l] * share;
            }
        }
    }

    fn exit(&mut self, exit: &Exit<'_>) {
        let slot = self.slot(exit.particle);
        let n = self.layout.weights;
        let side = match exit.side {
            Some(Side::LowX) => 0,
            Some(Side::HighX) => 1,
            Some(Side::LowY) => 2,
            Some(Side::HighY) => 3,
            None => 4,
        };
        let factors = &self.factors[slot * n..(slot + 1) * n];
        for ((sum, weight), factor) in self.leavers.sums[side].iter_mut().zip(exit.weights).zip(factors) {
            *sum += f64::from(*weight) * f64::from(*factor);
        }
        self.close(slot);
    }
}
