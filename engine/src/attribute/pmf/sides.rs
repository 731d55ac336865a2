//! The two halves of the problem, laid out so that eight rows are solved at once.

use super::{Factors, Measurements};

/// Rows solved at once. Results do not depend on how many of them the machine's registers hold.
pub const LANES: usize = 8;

/// One half: rows to be solved for, given the factors of what they have in common. For contributions the rows are samples and
/// the common index is species; for profiles it is the other way round.
#[derive(Debug, Clone)]
pub struct Side {
    /// Rows.
    pub rows: usize,
    /// Length of the common index.
    pub common: usize,
    /// Weights, `[block of rows][common][lane]`; rows beyond the last weigh nothing.
    pub weights: Vec<f64>,
    /// Weights times values, the same way.
    pub weighted: Vec<f64>,
}

impl Side {
    fn empty(rows: usize, common: usize) -> Side {
        let size = rows.div_ceil(LANES) * common * LANES;
        Side { rows, common, weights: vec![0.0; size], weighted: vec![0.0; size] }
    }

    /// Blocks of rows.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    fn put(&mut self, row: usize, common: usize, weight: f64, value: f64) {
        let at = (row / LANES * self.common + common) * LANES + row % LANES;
        self.weights[at] = weight;
        self.weighted[at] = weight * value;
    }
}

/// Both halves with one set of weights.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Rows are samples.
    pub samples: Side,
    /// Rows are species.
    pub species: Side,
    /// `Σ w v²`.
    pub constant: f64,
    values: Vec<f64>,
    weights: Vec<f64>,
}

impl Sides {
    /// Of measurements, each entry weighing `1 / U²`.
    pub fn of(measurements: &Measurements) -> Sides {
        let (n, m) = (measurements.samples(), measurements.species());
        let mut sides = Sides {
            samples: Side::empty(n, m),
            species: Side::empty(m, n),
            constant: 0.0,
            values: (0..n * m).map(|e| measurements.value(e)).collect(),
            weights: (0..n * m).map(|e| measurements.weight(e)).collect(),
        };
        sides.weigh(|_, _| 1.0);
        sides
    }

    /// Lays the weights anew, each entry's own times a share.
    fn weigh(&mut self, share: impl Fn(usize, usize) -> f64) {
        let m = self.species.rows;
        self.constant = 0.0;
        for i in 0..self.samples.rows {
            for j in 0..m {
                let (v, w) = (self.values[i * m + j], self.weights[i * m + j] * share(i, j));
                self.samples.put(i, j, w, v);
                self.species.put(j, i, w, v);
                self.constant += w * v * v;
            }
        }
    }

    /// An entry's own weight.
    pub(super) fn weight(&self, sample: usize, species: usize) -> f64 {
        self.weights[sample * self.species.rows + species]
    }

    /// `Q` of factors, with every entry's full weight.
    pub fn q(&self, factors: &Factors) -> f64 {
        self.sum(factors, |square| square)
    }

    /// `Q` in which an entry further than `alpha` standard deviations away counts `alpha |r|` in place of `r²`: the robust
    /// `Q` that EPA PMF reports (Paatero 1997, Chemom. Intell. Lab. Syst. 37:23).
    pub fn q_robust(&self, factors: &Factors, alpha: f64) -> f64 {
        self.sum(factors, |square| if square > alpha * alpha { alpha * square.sqrt() } else { square })
    }

    /// What the robust alternation makes least: Huber's function, whose weights are those of [`Sides::reweigh`].
    pub(super) fn huber(&self, factors: &Factors, alpha: f64) -> f64 {
        self.sum(
            factors,
            |square| if square > alpha * alpha { 2.0 * alpha * square.sqrt() - alpha * alpha } else { square },
        )
    }

    fn sum(&self, factors: &Factors, of: impl Fn(f64) -> f64) -> f64 {
        let m = self.species.rows;
        let mut total = 0.0;
        for i in 0..self.samples.rows {
            let row: f64 = (0..m)
                .map(|j| {
                    let residual = self.values[i * m + j] - factors.modelled(i, j);
                    of(residual * residual * self.weights[i * m + j])
                })
                .sum();
            total += row;
        }
        total
    }

    /// Weighs an entry further than `alpha` standard deviations from factors down by `alpha / |r|`.
    pub(super) fn reweigh(&mut self, factors: &Factors, alpha: f64) {
        let m = self.species.rows;
        let scaled: Vec<f64> = (0..self.samples.rows * m)
            .map(|e| (self.values[e] - factors.modelled(e / m, e % m)).abs() * self.weights[e].sqrt())
            .collect();
        self.weigh(|i, j| if scaled[i * m + j] > alpha { alpha / scaled[i * m + j] } else { 1.0 });
    }

    /// With some samples more than once and others not at all.
    pub fn resampled(&self, rows: &[usize]) -> Sides {
        let m = self.species.rows;
        let take = |from: &[f64]| rows.iter().flat_map(|i| from[i * m..][..m].iter().copied()).collect();
        let mut sides = Sides {
            samples: Side::empty(rows.len(), m),
            species: Side::empty(m, rows.len()),
            constant: 0.0,
            values: take(&self.values),
            weights: take(&self.weights),
        };
        sides.weigh(|_, _| 1.0);
        sides
    }
}
