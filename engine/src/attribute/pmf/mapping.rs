//! Which factor of one solution is which of another.

use super::Factors;

/// Pearson's correlation; nought where one of the two does not vary.
pub fn correlation(a: impl Iterator<Item = f64> + Clone, b: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = a.clone().count().max(1) as f64;
    let (mean_a, mean_b) = (a.clone().sum::<f64>() / count, b.clone().sum::<f64>() / count);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.zip(b) {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a) * (a - mean_a);
        bb += (b - mean_b) * (b - mean_b);
    }
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// Correlation of every factor of one solution (rows) with every factor of another (columns), by the contributions over the same
/// samples.
pub fn by_contributions(one: &Factors, other: &Factors) -> Vec<f64> {
    correlations(one.factors, &one.contributions, &other.contributions)
}

/// The same by profiles, each species as its share of the species' whole over the factors, so that abundant species do not decide.
pub fn by_profiles(one: &Factors, other: &Factors) -> Vec<f64> {
    let share = |factors: &Factors| -> Vec<f64> {
        let total = |h: &[f64]| h.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let means: Vec<f64> = (0..factors.factors).map(|k| factors.mean(k)).collect();
        let scaled = factors
            .profiles
            .chunks_exact(factors.factors)
            .map(|h| -> Vec<f64> { h.iter().zip(&means).map(|(h, mean)| h * mean).collect() });
        scaled
            .flat_map(|h| {
                let sum = total(&h);
                h.into_iter().map(move |h| h / sum)
            })
            .collect()
    };
    correlations(one.factors, &share(one), &share(other))
}

fn correlations(k: usize, one: &[f64], other: &[f64]) -> Vec<f64> {
    let column = |of: &'_ [f64], k_of: usize| -> Vec<f64> { of.iter().skip(k_of).step_by(k).copied().collect() };
    let (ones, others): (Vec<_>, Vec<_>) = (0..k).map(|f| (column(one, f), column(other, f))).unzip();
    let pair = |a: &Vec<f64>, b: &Vec<f64>| correlation(a.iter().copied(), b.iter().copied());
    ones.iter().flat_map(|a| others.iter().map(move |b| pair(a, b))).collect()
}

/// The assignment of rows to columns with the greatest sum (Kuhn 1955, with potentials as of Jonker and Volgenant 1987):
/// `order[column]` is the row that goes there.
pub fn assign(worth: &[f64], size: usize) -> Vec<usize> {
    // Shortest augmenting paths on the costs −worth; index 0 stands for none.
    let cost = |row: usize, column: usize| -worth[(row - 1) * size + column - 1];
    let (mut of_row, mut of_column) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    let mut matched = vec![0usize; size + 1];
    for row in 1..=size {
        let mut least = vec![f64::INFINITY; size + 1];
        let mut from = vec![0usize; size + 1];
        let mut done = vec![false; size + 1];
        let mut column = 0;
        matched[0] = row;
        while matched[column] != 0 {
            done[column] = true;
            let here = matched[column];
            let (mut step, mut next) = (f64::INFINITY, 0);
            for j in (1..=size).filter(|j| !done[*j]) {
                let reduced = cost(here, j) - of_row[here] - of_column[j];
                if reduced < least[j] {
                    (least[j], from[j]) = (reduced, column);
                }
                if least[j] < step {
                    (step, next) = (least[j], j);
                }
            }
            for j in 0..=size {
                if done[j] {
                    of_row[matched[j]] += step;
                    of_column[j] -= step;
                } else {
                    least[j] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            matched[column] = matched[from[column]];
            column = from[column];
        }
    }
    matched[1..].iter().map(|row| row - 1).collect()
}

/// `other` with its factors in the places of those of `one` that they are most alike in contributions, and each one's correlation.
pub fn matched(one: &Factors, other: &Factors) -> (Factors, Vec<f64>) {
    let k = one.factors;
    // Rows are the other's factors, columns the one's.
    let alike = by_contributions(other, one);
    let order = assign(&alike, k);
    let correlations = order.iter().enumerate().map(|(place, row)| alike[row * k + place]).collect();
    (other.reordered(&order), correlations)
}
