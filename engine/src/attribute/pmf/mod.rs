//! Positive matrix factorization: measured samples of many species become a few factors, each a profile and how much of it
//! was in the air (or water) on every day.
//!
//! `V ≈ W H`: `V` samples × species, `W ≥ 0` samples × factors (contributions), `H ≥ 0` factors × species (profiles), found by
//!
//! ```text
//! min Q = Σ_ij ((V_ij − Σ_k W_ik H_kj) / U_ij)²                     Paatero and Tapper 1994, Environmetrics 5:111
//! ```
//!
//! * `table` reads concentrations and uncertainties; `sides` lays them out for both halves of the problem
//! * `nonnegative` the exact solution of eight small non-negative least-squares problems at once
//! * `descend` the alternation, extrapolated with restart; `start` where it begins; `robust` weights of outliers
//! * `mapping` which factor of one solution is which of another
//! * `displacement`, `bootstrap` intervals; `rotation` Fpeak; `diagnostics` what a solution explains

pub mod bootstrap;
pub mod descend;
pub mod diagnostics;
pub mod displacement;
pub mod mapping;
mod nonnegative;
pub mod rotation;
pub mod sides;
pub mod start;
pub mod table;

pub use descend::{Displaced, Fit, Settings, fit};
pub use nonnegative::MOST_FACTORS;

/// Measured samples of many species.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements {
    /// What each sample is called, such as its date; `n` of them.
    pub samples: Vec<String>,
    /// The species; `m` of them.
    pub species: Vec<String>,
    /// `n × m`, row by row, in the units of the table; not a number where it was not measured.
    pub concentration: Vec<f64>,
    /// `n × m`, one standard deviation, positive; not a number where it was not measured.
    pub uncertainty: Vec<f64>,
}

impl Measurements {
    /// Samples.
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// Species.
    pub fn species(&self) -> usize {
        self.species.len()
    }

    /// `1 / U²`, and nought where a value is missing: such an entry takes no part.
    pub fn weight(&self, entry: usize) -> f64 {
        let weight = 1.0 / (self.uncertainty[entry] * self.uncertainty[entry]);
        if self.concentration[entry].is_finite() && weight.is_finite() { weight } else { 0.0 }
    }

    /// The value of an entry that counts, nought of one that does not.
    pub fn value(&self, entry: usize) -> f64 {
        if self.weight(entry) > 0.0 { self.concentration[entry] } else { 0.0 }
    }

    /// Entries that count.
    pub fn counted(&self) -> usize {
        (0..self.concentration.len()).filter(|e| self.weight(*e) > 0.0).count()
    }
}

/// One factorization. Both matrices are stored with the factors innermost, as the arithmetic wants them.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// Factors, `K`.
    pub factors: usize,
    /// Contributions, samples × factors.
    pub contributions: Vec<f64>,
    /// Profiles, species × factors: the transpose of `H`.
    pub profiles: Vec<f64>,
}

impl Factors {
    /// `Σ_k W_ik H_kj`.
    #[inline]
    pub fn modelled(&self, sample: usize, species: usize) -> f64 {
        let k = self.factors;
        let (w, h) = (&self.contributions[sample * k..][..k], &self.profiles[species * k..][..k]);
        w.iter().zip(h).map(|(w, h)| w * h).sum()
    }

    /// Mean contribution of a factor over the samples.
    pub fn mean(&self, factor: usize) -> f64 {
        let samples = self.contributions.len() / self.factors;
        self.contributions.iter().skip(factor).step_by(self.factors).sum::<f64>() / samples as f64
    }

    /// The same product with every factor's contributions of mean one, so that profiles are in the units of the table, and
    /// with the factors in falling order of the weighted signal they carry, so that solutions can be laid side by side.
    pub fn normalised(mut self, measurements: &Measurements) -> Factors {
        let k = self.factors;
        for factor in 0..k {
            let mean = self.mean(factor);
            if mean > 0.0 {
                self.contributions.iter_mut().skip(factor).step_by(k).for_each(|w| *w /= mean);
                self.profiles.iter_mut().skip(factor).step_by(k).for_each(|h| *h *= mean);
            }
        }
        let m = measurements.species();
        let mut carried = vec![0.0; k];
        for (j, h) in self.profiles.chunks_exact(k).enumerate() {
            let level: f64 = (0..measurements.samples()).map(|i| measurements.value(i * m + j)).sum::<f64>().abs();
            if level > 0.0 {
                h.iter().zip(&mut carried).for_each(|(h, sum)| *sum += h / level);
            }
        }
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|a, b| carried[*b].total_cmp(&carried[*a]).then(a.cmp(b)));
        self.reordered(&order)
    }

    /// With factor `order[k]` in the place of factor `k`.
    pub fn reordered(&self, order: &[usize]) -> Factors {
        let k = self.factors;
        let take = |rows: &[f64]| rows.chunks_exact(k).flat_map(|row| order.iter().map(|o| row[*o])).collect();
        Factors { factors: k, contributions: take(&self.contributions), profiles: take(&self.profiles) }
    }
}
