//! The linear reaction chain that air and water share.
//!
//! ```text
//! dc/dt = A c        A = −diag(loss) + conversions,   conversion i → j at rate k with mass yield Y:
//!                    A[i,i] −= k,   A[j,i] += Y k
//! ```
//! `c` species mass (kg or kg m⁻³, n species), rates s⁻¹, yields kg kg⁻¹. Over a time `t`: c(t) = P c(0), P = exp(A t).
//! The adjoint carries the sensitivity of an observed quantity y = wᵀ c(t) back to the source: λ(0) = Pᵀ λ(t), λ(t) = w.
//! What is added evenly over a time t keeps the mean of P over it: ∫₀¹ exp(A t s) ds, the upper right block of
//! exp [[A t, I], [0, 0]] (Van Loan 1978, IEEE Trans. Autom. Control 23:3), exact where A is singular.
//! A stirred volume with outflow rate 1/τ has the steady state c = (I/τ − A)⁻¹ s / V.
//!
//! Assumes rates that do not depend on concentration. The matrix exponential is by scaling and squaring of a Taylor
//! series (Moler & Van Loan 2003, SIAM Rev. 45:3, method 3); exact to rounding for the few species of a chain.

use crate::problem::{Error, Result};
use crate::region::pollutant::Medium;
use crate::region::source::{Process, ReactionStep};

/// A dense square matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    n: usize,
    a: Vec<f64>,
}

impl Matrix {
    /// All zero.
    pub fn zero(n: usize) -> Matrix {
        Matrix { n, a: vec![0.0; n * n] }
    }

    /// One on the diagonal.
    pub fn identity(n: usize) -> Matrix {
        let mut m = Matrix::zero(n);
        (0..n).for_each(|i| m.a[i * n + i] = 1.0);
        m
    }

    /// Element of row `i`, column `j`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.a[i * self.n + j]
    }

    /// Element to write.
    pub fn at_mut(&mut self, i: usize, j: usize) -> &mut f64 {
        &mut self.a[i * self.n + j]
    }

    /// `self · other`.
    pub fn times(&self, other: &Matrix) -> Matrix {
        let n = self.n;
        let mut m = Matrix::zero(n);
        for i in 0..n {
            for k in 0..n {
                let x = self.a[i * n + k];
                if x != 0.0 {
                    for j in 0..n {
                        m.a[i * n + j] += x * other.a[k * n + j];
                    }
                }
            }
        }
        m
    }

    /// `self · v`.
    pub fn apply(&self, v: &[f64]) -> Vec<f64> {
        (0..self.n).map(|i| (0..self.n).map(|j| self.at(i, j) * v[j]).sum()).collect()
    }

    /// `selfᵀ · v`.
    pub fn apply_transposed(&self, v: &[f64]) -> Vec<f64> {
        (0..self.n).map(|j| (0..self.n).map(|i| self.at(i, j) * v[i]).sum()).collect()
    }

    /// `exp(self · t)`.
    pub fn exp(&self, t: f64) -> Matrix {
        let norm = (0..self.n).map(|i| (0..self.n).map(|j| (self.at(i, j) * t).abs()).sum::<f64>()).fold(0.0, f64::max);
        // Halve until the norm is at most 1/2; 18 Taylor terms then leave less than 1e-17.
        let halvings = if norm > 0.5 { (norm / 0.5).log2().ceil().min(1000.0) as i32 } else { 0 };
        let scale = t / 2f64.powi(halvings);
        let mut sum = Matrix::identity(self.n);
        let mut term = Matrix::identity(self.n);
        for k in 1..=18 {
            term = term.times(self);
            term.a.iter_mut().for_each(|x| *x *= scale / f64::from(k));
            sum.a.iter_mut().zip(&term.a).for_each(|(s, t)| *s += t);
        }
        for _ in 0..halvings {
            sum = sum.times(&sum);
        }
        sum
    }

    /// The inverse by Gauss–Jordan elimination with pivoting; `None` where singular.
    pub fn inverse(&self) -> Option<Matrix> {
        let n = self.n;
        let (mut a, mut inverse) = (self.clone(), Matrix::identity(n));
        for column in 0..n {
            let pivot = (column..n).max_by(|i, j| a.at(*i, column).abs().total_cmp(&a.at(*j, column).abs()))?;
            let p = a.at(pivot, column);
            if p.abs() < 1e-300 {
                return None;
            }
            for j in 0..n {
                a.a.swap(column * n + j, pivot * n + j);
                inverse.a.swap(column * n + j, pivot * n + j);
            }
            for j in 0..n {
                *a.at_mut(column, j) /= p;
                *inverse.at_mut(column, j) /= p;
            }
            for i in (0..n).filter(|i| *i != column) {
                let x = a.at(i, column);
                if x != 0.0 {
                    for j in 0..n {
                        *a.at_mut(i, j) -= x * a.at(column, j);
                        *inverse.at_mut(i, j) -= x * inverse.at(column, j);
                    }
                }
            }
        }
        Some(inverse)
    }
}

/// The chain of one medium.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Species, in alphabetical order.
    pub species: Vec<String>,
    /// A, s⁻¹.
    pub rates: Matrix,
    /// For every measured quantity: its name and the weight w of each species, kg kg⁻¹.
    pub observed: Vec<(String, Vec<f64>)>,
}

impl Chain {
    /// Builds the chain of a medium from the steps of a case.
    pub fn new(steps: &[ReactionStep], medium: Medium) -> Chain {
        let mine = || steps.iter().filter(|s| s.medium == medium);
        let mut species: Vec<String> = mine().map(|s| s.species.clone()).collect();
        species.extend(mine().filter(|s| s.process == Process::Convert).map(|s| s.product.clone()));
        species.sort();
        species.dedup();
        let n = species.len();
        let place = |name: &str| species.iter().position(|s| s == name);
        let mut rates = Matrix::zero(n);
        let mut observed: Vec<(String, Vec<f64>)> = Vec::new();
        for step in mine() {
            let Some(i) = place(&step.species) else { continue };
            match step.process {
                Process::Loss => *rates.at_mut(i, i) -= step.rate_per_s,
                Process::Convert => {
                    *rates.at_mut(i, i) -= step.rate_per_s;
                    if let Some(j) = place(&step.product) {
                        *rates.at_mut(j, i) += step.mass_yield * step.rate_per_s;
                    }
                }
                Process::Observe => {
                    let at = observed.iter().position(|(name, _)| *name == step.product).unwrap_or_else(|| {
                        observed.push((step.product.clone(), vec![0.0; n]));
                        observed.len() - 1
                    });
                    observed[at].1[i] += step.mass_yield;
                }
            }
        }
        Chain { species, rates, observed }
    }

    /// Position of a species.
    pub fn index(&self, species: &str) -> Option<usize> {
        self.species.iter().position(|s| s == species)
    }

    /// The weights of a measured quantity.
    pub fn weights(&self, quantity: &str) -> Result<&[f64]> {
        let found = self.observed.iter().find(|(name, _)| name == quantity);
        found.map(|(_, w)| w.as_slice()).ok_or_else(|| {
            Error::Stage(format!("chain.csv has no observe row with product {quantity}, so nothing modelled can be compared with it; add one"))
        })
    }

    /// P = exp(A t), with an extra first-order loss (s⁻¹) for each species.
    pub fn propagator(&self, t: f64, extra_loss: &[f64]) -> Matrix {
        let mut a = self.rates.clone();
        for (i, loss) in extra_loss.iter().enumerate() {
            *a.at_mut(i, i) -= loss;
        }
        a.exp(t)
    }

    /// ∫₀¹ exp(A t s) ds: what is left after a time `t` of what was added evenly during it.
    pub fn mean_propagator(&self, t: f64) -> Matrix {
        let n = self.species.len();
        let mut block = Matrix::zero(2 * n);
        for i in 0..n {
            for j in 0..n {
                *block.at_mut(i, j) = t * self.rates.at(i, j);
            }
            *block.at_mut(i, n + i) = 1.0;
        }
        let whole = block.exp(1.0);
        let mut mean = Matrix::zero(n);
        for i in 0..n {
            for j in 0..n {
                *mean.at_mut(i, j) = whole.at(i, n + j);
            }
        }
        mean
    }

    /// Outflow load over inflow load of a stirred volume that water passes in `tau` seconds: (I − τ A)⁻¹.
    pub fn stirred(&self, tau: f64) -> Result<Matrix> {
        let n = self.species.len();
        let mut m = Matrix::identity(n);
        for i in 0..n {
            for j in 0..n {
                *m.at_mut(i, j) -= tau * self.rates.at(i, j);
            }
        }
        m.inverse().ok_or_else(|| {
            Error::Stage("the water chain has no steady state in a lake; check the rates in chain.csv".into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(process: Process, species: &str, product: &str, rate: f64, mass_yield: f64) -> ReactionStep {
        ReactionStep {
            medium: Medium::Air,
            process,
            species: species.into(),
            product: product.into(),
            rate_per_s: rate,
            rate_range: None,
            mass_yield,
        }
    }

    fn sulfur() -> Chain {
        Chain::new(
            &[
                step(Process::Convert, "SO2", "sulfate", 3e-6, 1.5),
                step(Process::Loss, "SO2", "", 1e-6, 0.0),
                step(Process::Observe, "sulfate", "PM2.5", 0.0, 1.375),
            ],
            Medium::Air,
        )
    }

    #[test]
    fn a_first_order_loss_is_an_exponential() {
        // c(t) = exp(−k t)
        let chain = Chain::new(&[step(Process::Loss, "x", "", 2e-5, 0.0)], Medium::Air);
        for t in [0.0, 1.0, 3600.0, 1e6] {
            assert!((chain.propagator(t, &[0.0]).at(0, 0) - (-2e-5_f64 * t).exp()).abs() < 1e-14);
        }
    }

    #[test]
    fn the_product_of_a_conversion_follows_its_closed_form() {
        // sulfate(t) = Y k/(k + l) (1 − exp(−(k + l) t))
        let chain = sulfur();
        let (so2, sulfate) = (chain.index("SO2").unwrap(), chain.index("sulfate").unwrap());
        let t: f64 = 86_400.0;
        let expected = 1.5 * 3e-6 / 4e-6 * (1.0 - (-4e-6_f64 * t).exp());
        assert!((chain.propagator(t, &[0.0; 2]).at(sulfate, so2) - expected).abs() < 1e-14);
    }

    #[test]
    fn the_adjoint_gives_the_same_observed_value_as_the_forward_run() {
        let chain = sulfur();
        let p = chain.propagator(50_000.0, &[0.0, 2e-6]);
        let w = chain.weights("PM2.5").unwrap();
        let start = [0.7, 0.2];
        let forward: f64 = p.apply(&start).iter().zip(w).map(|(c, w)| c * w).sum();
        let backward: f64 = p.apply_transposed(w).iter().zip(start).map(|(l, c)| l * c).sum();
        assert!((forward - backward).abs() < 1e-15);
    }

    #[test]
    fn what_is_added_evenly_keeps_the_mean_of_the_exponential() {
        // ∫₀¹ exp(−k t s) ds = (1 − exp(−k t)) / (k t), and 1 where k = 0
        let chain =
            Chain::new(&[step(Process::Loss, "x", "", 2e-5, 0.0), step(Process::Loss, "y", "", 0.0, 0.0)], Medium::Air);
        for kt in [1e-9_f64, 1e-3, 0.7, 5.0, 60.0] {
            let mean = chain.mean_propagator(kt / 2e-5);
            assert!((mean.at(0, 0) / (-(-kt).exp_m1() / kt) - 1.0).abs() < 1e-12, "{kt}");
            assert!((mean.at(1, 1) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_stirred_lake_keeps_the_share_one_over_one_plus_k_tau() {
        let chain = Chain::new(&[step(Process::Loss, "x", "", 1e-6, 0.0)], Medium::Air);
        let kept = chain.stirred(3e6).unwrap().at(0, 0);
        assert!((kept - 1.0 / (1.0 + 1e-6 * 3e6)).abs() < 1e-15);
    }
}
