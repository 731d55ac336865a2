//! What becomes of the weights a particle carries in one block: losses of its own, and the chain that all share.
//!
//! ```text
//! forward    m ← D½ P D½ m        P = exp(A t), D = exp(−½ (v_d t_low/2z_r + Λ t))
//! backward   λ ← D½ Pᵀ D½ λ       the exact transpose, so forward and backward tell the same
//! ```
//! Symmetric splitting (Strang 1968); without reactions it is exact. m ← m + (P − 1) m in single precision keeps what the
//! chain conserves to some 1e-6 over days, since the rounding errors of the steps do not lean to one side.

use super::elementary::{LANES, Lane, exp_minus};
use super::{Direction, Options, Species};
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
    pub fn react(&self, weights: &mut [Lane], dt: &Lane) {
        let whole = dt[0] as usize;
        if dt.iter().all(|t| *t as usize == whole) {
            let Some(step) = self.steps.get(whole) else { return };
            for row in weights.chunks_exact_mut(self.species) {
                self.apply(step, row, 0..LANES);
            }
        } else {
            for l in 0..LANES {
                let Some(step) = self.steps.get(dt[l] as usize) else { continue };
                for row in weights.chunks_exact_mut(self.species) {
                    self.apply(step, row, l..l + 1);
                }
            }
        }
    }

    #[inline(always)]
    fn apply(&self, step: &[Entry], row: &mut [Lane], lanes: std::ops::Range<usize>) {
        // What a species was before the step is needed until the last entry is read.
        let mut change = [[0.0; LANES]; MOST_SPECIES];
        for e in step {
            let from = row[e.from];
            for l in lanes.clone() {
                change[e.to][l] += e.factor * from[l];
            }
        }
        for (own, change) in row.iter_mut().zip(&change) {
            for l in lanes.clone() {
                own[l] += change[l];
            }
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

/// Takes exp(−k) of one weight, and says how much was taken.
#[inline(always)]
pub fn take(weight: &mut f32, exponent: f32) -> f32 {
    let left = *weight * exp_minus(exponent);
    let taken = *weight - left;
    *weight = left;
    taken
}
