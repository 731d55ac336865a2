//! What a solution explains, and what it does not.

use super::{Factors, Measurements};
use serde::Serialize;

/// How well one species is explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfSpecies {
    /// Species.
    pub species: String,
    /// Entries that count.
    pub counted: usize,
    /// Signal to noise: the mean of `(v − u) / u` where the value is above its uncertainty, and of nought where it is not
    /// (EPA PMF 5.0 user guide, section 5.1.1).
    pub signal_to_noise: f64,
    /// Its part of `Q`.
    pub q: f64,
    /// That part over what is expected of it: its entries less an even share of the free parameters. Not a number where there are
    /// more free parameters than entries.
    pub q_over_expected: f64,
    /// Square of the correlation of modelled and measured.
    pub r_squared: f64,
    /// Modelled over measured, of the sums.
    pub explained: f64,
    /// Entries further than three standard deviations away.
    pub beyond_three: usize,
}

/// What a whole solution explains.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnostics {
    /// `Q` to be expected: entries that count less free parameters, `K (n + m) − K`, of which each factor's scale is one.
    pub q_expected: f64,
    /// One line a species.
    pub species: Vec<OfSpecies>,
}

/// Diagnoses a solution.
pub fn diagnose(measurements: &Measurements, factors: &Factors) -> Diagnostics {
    let (n, m, k) = (measurements.samples(), measurements.species(), factors.factors);
    let counted = measurements.counted();
    let expected = counted as f64 - (k * (n + m) - k) as f64;
    let species = (0..m).map(|j| {
        let entries: Vec<usize> = (0..n).filter(|i| measurements.weight(i * m + j) > 0.0).collect();
        let value = |i: usize| measurements.concentration[i * m + j];
        let sd = |i: usize| measurements.uncertainty[i * m + j];
        let scaled = |i: usize| (value(i) - factors.modelled(i, j)) / sd(i);
        let q: f64 = entries.iter().map(|i| scaled(*i) * scaled(*i)).sum();
        let share = entries.len() as f64 / counted.max(1) as f64;
        let correlation = super::mapping::correlation(
            entries.iter().map(|i| value(*i)),
            entries.iter().map(|i| factors.modelled(*i, j)),
        );
        let sum = |of: &dyn Fn(usize) -> f64| entries.iter().map(|i| of(*i)).sum::<f64>();
        OfSpecies {
            species: measurements.species[j].clone(),
            counted: entries.len(),
            signal_to_noise: sum(&|i| ((value(i) - sd(i)) / sd(i)).max(0.0)) / entries.len().max(1) as f64,
            q,
            q_over_expected: if expected > 0.0 { q / (expected * share) } else { f64::NAN },
            r_squared: correlation * correlation,
            explained: sum(&|i| factors.modelled(i, j)) / sum(&value),
            beyond_three: entries.iter().filter(|i| scaled(**i).abs() > 3.0).count(),
        }
    });
    Diagnostics { q_expected: expected, species: species.collect() }
}

/// How free two factors are of each other in G-space: each sample a point (contribution of one, contribution of the other). Empty
/// wedges along both axes mean that neither hides in the other; a full edge along a slope means rotational freedom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// One factor, from 0.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// Correlation of their contributions.
    pub correlation: f64,
    /// The fifth percentile of other / one where one is above its median: nought where the axis is reached.
    pub lower_edge: f64,
    /// The fifth percentile of one / other where the other is above its median.
    pub upper_edge: f64,
}

/// Every pair of factors in G-space.
pub fn pairs(factors: &Factors) -> Vec<Pair> {
    let k = factors.factors;
    let column = |f: usize| factors.contributions.iter().skip(f).step_by(k).copied();
    let edge = |of: usize, over: usize| {
        let mut levels: Vec<f64> = column(over).collect();
        levels.sort_by(f64::total_cmp);
        let median = levels.get(levels.len() / 2).copied().unwrap_or(0.0);
        let mut ratios: Vec<f64> = column(of)
            .zip(column(over))
            .filter(|(_, over)| *over > median && *over > 0.0)
            .map(|(of, over)| of / over)
            .collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 20).copied().unwrap_or(0.0)
    };
    (0..k)
        .flat_map(|one| (one + 1..k).map(move |other| (one, other)))
        .map(|(one, other)| Pair {
            one,
            other,
            correlation: super::mapping::correlation(column(one), column(other)),
            lower_edge: edge(other, one),
            upper_edge: edge(one, other),
        })
        .collect()
}
