//! A linear programme in flat sparse arrays, and what can be proved about an answer by arithmetic alone.
//!
//! ```text
//! minimise c·x    subject to    r ≤ A x ≤ s,    l ≤ x ≤ u                                       (primal)
//! for any row prices y:  c·x ≥ Σᵢ min over [rᵢ, sᵢ] of yᵢ aᵢ·x  +  Σⱼ min(dⱼ lⱼ, dⱼ uⱼ),   d = c − Aᵀy   (weak duality)
//! ```
//! `c` cost of a whole decision, `x` shares, `A` effect of each decision on each row, `r, s` what a row must hold to,
//! `y` price of a row (cost per unit of its bound), `d` reduced cost. The bound holds for *every* y, so a solver's prices
//! need not be believed: a bad y gives a weak bound, never a wrong one (Bertsimas & Tsitsiklis 1997, theorem 4.3). A price
//! on a side that a row does not have is put to 0.
//!
//! Assumes finite l and u (a share has both). Knows nothing of any solver.

use std::collections::BTreeMap;

/// A linear programme; rows are stored one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Programme {
    /// Cost of each column.
    pub cost: Vec<f64>,
    /// Least value of each column.
    pub lower: Vec<f64>,
    /// Greatest value of each column.
    pub upper: Vec<f64>,
    /// Least activity of each row; −∞ where there is none.
    pub row_lower: Vec<f64>,
    /// Greatest activity of each row; +∞ where there is none.
    pub row_upper: Vec<f64>,
    row_starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
}

impl Programme {
    /// Columns from 0 to `upper`, no rows yet.
    pub fn new(cost: Vec<f64>, upper: Vec<f64>) -> Programme {
        let lower = vec![0.0; cost.len()];
        Programme { cost, lower, upper, row_starts: vec![0], ..Programme::default() }
    }

    /// Adds a row `entries · x ≤ upper`.
    pub fn at_most(&mut self, upper: f64, entries: impl IntoIterator<Item = (usize, f64)>) {
        self.between(f64::NEG_INFINITY, upper, entries);
    }

    /// Adds a row `lower ≤ entries · x ≤ upper`; entries of one column add up (a solver refuses a column twice), zeros
    /// are not stored.
    pub fn between(&mut self, lower: f64, upper: f64, entries: impl IntoIterator<Item = (usize, f64)>) {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        entries.into_iter().for_each(|(column, value)| *sums.entry(column).or_default() += value);
        for (column, value) in sums {
            if value != 0.0 && column < self.cost.len() {
                self.columns.push(column);
                self.values.push(value);
            }
        }
        self.row_starts.push(self.columns.len());
        self.row_lower.push(lower);
        self.row_upper.push(upper);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_upper.len()
    }

    /// The entries of a row: column and value.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let from = self.row_starts.get(row).copied().unwrap_or(0);
        let to = self.row_starts.get(row + 1).copied().unwrap_or(from);
        self.columns[from..to].iter().copied().zip(self.values[from..to].iter().copied())
    }

    /// c·x.
    pub fn objective(&self, x: &[f64]) -> f64 {
        self.cost.iter().zip(x).map(|(c, x)| c * x).sum()
    }

    /// aᵢ·x.
    pub fn activity(&self, row: usize, x: &[f64]) -> f64 {
        self.row(row).map(|(j, a)| a * x[j]).sum()
    }

    /// How far a row is broken, as a share of the greatest term in it (so that rows of any unit compare); 0 where it holds.
    pub fn breach(&self, row: usize, x: &[f64]) -> f64 {
        let activity = self.activity(row, x);
        let over = (activity - self.row_upper[row]).max(self.row_lower[row] - activity).max(0.0);
        let largest = self.row(row).fold(0.0_f64, |m, (_, a)| m.max(a.abs()));
        if over == 0.0 { 0.0 } else { over / if largest > 0.0 { largest } else { 1.0 } }
    }

    /// The greatest breach over the rows.
    pub fn greatest_breach(&self, x: &[f64]) -> f64 {
        (0..self.rows()).map(|i| self.breach(i, x)).fold(0.0, f64::max)
    }

    /// Prices that stand on a side the row has; the others are 0.
    pub fn proper_prices(&self, y: &[f64]) -> Vec<f64> {
        let side = |i: usize, y: f64| if y > 0.0 { self.row_lower[i] } else { self.row_upper[i] };
        y.iter().enumerate().map(|(i, y)| if y.is_finite() && side(i, *y).is_finite() { *y } else { 0.0 }).collect()
    }

    /// d = c − Aᵀy, and beside it the size of the terms it is the difference of: |c| + Σ |a y|.
    pub fn reduced_costs(&self, y: &[f64]) -> Vec<(f64, f64)> {
        let mut reduced: Vec<(f64, f64)> = self.cost.iter().map(|c| (*c, c.abs())).collect();
        for (i, price) in y.iter().enumerate().filter(|(_, y)| **y != 0.0) {
            for (j, a) in self.row(i) {
                reduced[j].0 -= a * price;
                reduced[j].1 += (a * price).abs();
            }
        }
        reduced
    }

    /// The lower bound of the cost that row prices prove.
    pub fn lower_bound(&self, y: &[f64]) -> f64 {
        let y = self.proper_prices(y);
        let rows = y.iter().enumerate().map(|(i, y)| match *y {
            y if y > 0.0 => y * self.row_lower[i],
            y if y < 0.0 => y * self.row_upper[i],
            _ => 0.0,
        });
        let reduced = self.reduced_costs(&y);
        let columns = reduced.iter().enumerate().map(|(j, (d, _))| (d * self.lower[j]).min(d * self.upper[j]));
        rows.sum::<f64>() + columns.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_by_one() -> Programme {
        // minimise 3 a + 2 b, 4 a + b ≥ 2, shares up to 1: b ≤ 1 is never worth its price; a = ½ costs 1.5
        let mut p = Programme::new(vec![3.0, 2.0], vec![1.0, 1.0]);
        p.at_most(-2.0, [(0, -4.0), (1, -1.0)]);
        p
    }

    #[test]
    fn the_right_price_proves_the_optimum_and_any_other_price_a_weaker_bound() {
        // y = −3/4: bound = −3/4 · −2 + min(0, 3 − 3) + min(0, 2 − 3/4) = 1.5
        let p = two_by_one();
        assert!((p.lower_bound(&[-0.75]) - 1.5).abs() < 1e-15);
        for y in [-3.0, -1.0, -0.5, 0.0] {
            assert!(p.lower_bound(&[y]) <= 1.5);
        }
    }

    #[test]
    fn a_price_on_a_side_that_the_row_does_not_have_proves_nothing() {
        assert_eq!(two_by_one().lower_bound(&[5.0]), 0.0);
        assert_eq!(two_by_one().lower_bound(&[f64::NAN]), 0.0);
    }

    #[test]
    fn entries_of_one_column_add_up() {
        // 1 x₀ + 2 x₁ + 3 x₀ = 4 x₀ + 2 x₁; what cancels is not stored
        let mut p = Programme::new(vec![1.0, 1.0, 1.0], vec![1.0, 1.0, 1.0]);
        p.at_most(1.0, [(0, 1.0), (2, 5.0), (1, 2.0), (0, 3.0), (2, -5.0)]);
        assert_eq!(p.row(0).collect::<Vec<_>>(), [(0, 4.0), (1, 2.0)]);
    }

    #[test]
    fn a_breach_is_measured_in_the_greatest_term_of_its_row() {
        // 4 · 0.25 = 1 where 2 is needed: short by 1, a quarter of the greatest term 4
        assert_eq!(two_by_one().breach(0, &[0.25, 0.0]), 0.25);
        assert_eq!(two_by_one().breach(0, &[0.5, 0.0]), 0.0);
    }
}
