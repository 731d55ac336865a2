//! What becomes of the weights a particle carries in one block: losses of its own, and the chain that all share.
//!
//! ```text
//! forward    m ← D½ P D½ m        P = exp(A t), D = exp(−½ (v_d t_low/2z_r + Λ t))
//! backward   λ ← D½ Pᵀ D½ λ       the exact transpose, so forward and backward tell the same
//! ```
//! Symmetric splitting (Strang 1968); without reactions it is exact. m ← m + (P − 1) m in single precision keeps what the
//! chain conserves to some 1e-6 over days, since the rounding errors of the steps do not lean to one side.

use super::wide::{F, WIDTH, Wide};
use super::{Direction, Lane, Options, Species};
use crate::problem::{Error, Result};
use crate::transport::chain::Matrix;

/// One non-zero entry of P − 1: the row (what is gained), the column (from what), the factor.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    to: usize,
    from: usize,
    factor: f32,
}

/// The chain ready for blocks of any whole number of seconds.
pub struct Fate {
    species: usize,
    /// For 0, 1, 2, … seconds; empty where nothing reacts or decays.
    steps: Vec<Vec<Entry>>,
}

impl Fate {
    /// The reactions of the options between the species.
    pub fn new(species: &[Species], options: &Options) -> Result<Fate> {
        let n = species.len();
        if n > MOST_SPECIES {
            return Err(Error::Stage(format!("{n} species ride along; one run carries at most {MOST_SPECIES}")));
        }
        let mut rates = Matrix::zero(n);
        for (k, s) in species.iter().enumerate() {
            *rates.at_mut(k, k) -= s.decay_per_s;
        }
        if let Some(chain) = &options.chain {
            let mut place = Vec::with_capacity(chain.species.len());
            for name in &chain.species {
                place.push(species.iter().position(|s| s.name == *name).ok_or_else(|| {
                    Error::Stage(format!("the chain has the species {name}, which the particles do not carry"))
                })?);
            }
            for (i, to) in place.iter().enumerate() {
                for (j, from) in place.iter().enumerate() {
                    *rates.at_mut(*to, *from) += chain.rates.at(i, j);
                }
            }
        }
        let reacts = (0..n).any(|i| (0..n).any(|j| rates.at(i, j) != 0.0));
        let steps = if reacts {
            (0..=options.block_s).map(|t| entries(&rates, n, t, options.direction)).collect()
        } else {
            Vec::new()
        };
        Ok(Fate { species: n, steps })
    }

    /// True where anything reacts or decays.
    pub fn reacts(&self) -> bool {
        !self.steps.is_empty()
    }

    /// P (or its transpose) on the weights of a group; `weights` is row × species, `dt` in whole seconds.
    #[inline(always)]
    pub fn react<W: Wide>(&self, w: W, weights: &mut [Lane], dt: &Lane, count: usize) {
        // Mostly all have one time step; a particle that starts or ends within the block has its own.
        for first in 0..count {
            if dt[..first].contains(&dt[first]) {
                continue;
            }
            let Some(step) = self.steps.get(dt[first] as usize) else { continue };
            for row in weights.chunks_exact_mut(self.species) {
                apply(w, step, row, dt, dt[first], count.div_ceil(WIDTH));
            }
        }
    }
}

/// One step of a row on those whose time is `whole`.
#[inline(always)]
fn apply<W: Wide>(w: W, step: &[Entry], row: &mut [Lane], dt: &Lane, whole: f32, vectors: usize) {
    for v in 0..vectors {
        // What a species was before the step is needed until the last entry is read.
        let mut change = [F::of(w, 0.0); MOST_SPECIES];
        for e in step {
            change[e.to] = change[e.to] + e.factor * F::load(w, &row[e.from].as_chunks().0[v]);
        }
        let own = (F::load(w, &dt.as_chunks().0[v]) - whole).abs().below(0.5);
        for (weights, change) in row.iter_mut().zip(change) {
            let weights = &mut weights.as_chunks_mut().0[v];
            let before = F::load(w, weights);
            *weights = own.choose(before + change, before).row();
        }
    }
}

/// Species that one run carries at most.
pub const MOST_SPECIES: usize = 32;

fn entries(rates: &Matrix, n: usize, seconds: i64, direction: Direction) -> Vec<Entry> {
    let p = rates.exp(seconds as f64);
    let mut found = Vec::new();
    for i in 0..n {
        for j in 0..n {
            let x = match direction {
                Direction::Forward => p.at(i, j),
                Direction::Backward => p.at(j, i),
            } - if i == j { 1.0 } else { 0.0 };
            if x != 0.0 {
                found.push(Entry { to: i, from: j, factor: x as f32 });
            }
        }
    }
    found
}
