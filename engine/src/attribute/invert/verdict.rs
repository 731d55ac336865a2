//! Reported against inferred: who is accused, and of whom nothing can be said.
//!
//! For each unknown the hypothesis is that the reported rate is right. Its p-value is that of the posterior's distance from
//! the report in posterior standard deviations, two-sided. The estimate is drawn towards the report by the prior, so under the
//! hypothesis the distance spreads less than that: the test errs on the side of not accusing. Of all p-values of an inversion Holm's
//! step-down procedure holds the chance of one false accusation or more at [`FAMILY_WISE`].

use super::posterior::{Form, Posterior};
use serde::Serialize;

/// Chance of any false accusation in one inversion.
pub const FAMILY_WISE: f64 = 0.05;
/// Own averaging kernel below which the measurements do not decide.
pub const LEAST_KERNEL: f64 = 0.5;
/// A report agrees only where the interval lies within this factor of it.
pub const AGREES_WITHIN: f64 = 2.0;

/// What is said of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More is emitted than is reported.
    Under,
    /// Less is emitted than is reported.
    Over,
    /// No difference is seen, and one of a factor of [`AGREES_WITHIN`] would be.
    Agrees,
    /// The measurements do not decide.
    CannotTell,
}

impl Verdict {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Under => "under",
            Verdict::Over => "over",
            Verdict::Agrees => "agrees",
            Verdict::CannotTell => "cannot tell",
        }
    }
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Judged {
    /// Verdict.
    pub verdict: Verdict,
    /// p-value.
    pub p: f64,
    /// p-value adjusted by Holm's procedure.
    pub adjusted: f64,
    /// Own averaging kernel.
    pub kernel: f64,
}

/// Judges every unknown of a posterior.
pub fn judge(posterior: &Posterior) -> Vec<Judged> {
    let k = posterior.scale.len();
    let p: Vec<f64> = (0..k)
        .map(|g| {
            let away =
                if posterior.form == Form::Gaussian { posterior.scale[g] - 1.0 } else { posterior.scale[g].ln() };
            two_sided(away / posterior.sd(g))
        })
        .collect();
    let adjusted = holm(&p);
    (0..k)
        .map(|g| {
            let kernel = posterior.own_kernel(g);
            let (low, high) = (posterior.low[g], posterior.high[g]);
            let verdict = match () {
                () if kernel < LEAST_KERNEL => Verdict::CannotTell,
                () if adjusted[g] <= FAMILY_WISE && posterior.scale[g] > 1.0 => Verdict::Under,
                () if adjusted[g] <= FAMILY_WISE => Verdict::Over,
                () if low >= 1.0 / AGREES_WITHIN && high <= AGREES_WITHIN => Verdict::Agrees,
                () => Verdict::CannotTell,
            };
            Judged { verdict, p: p[g], adjusted: adjusted[g], kernel }
        })
        .collect()
}

/// Holm's adjusted p-values: the `i`-th smallest times `k − i`, never below the one before.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut last = 0.0f64;
    for (rank, at) in order.into_iter().enumerate() {
        last = last.max(((p.len() - rank) as f64 * p[at]).min(1.0));
        adjusted[at] = last;
    }
    adjusted
}

/// Chance that a standard normal number lies further from nought, `erfc(|z| / √2)`: rational approximation of Abramowitz and
/// Stegun 7.1.26 is too coarse in the tail, so the continued fraction of Laplace (A&S 7.1.14) there and the series (7.1.5) near nought.
fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    if x.is_nan() {
        return 1.0;
    }
    if x < 2.0 {
        // erf x = 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1))
        let (mut term, mut sum) = (x, x);
        for n in 1..60 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return (1.0 - 2.0 / std::f64::consts::PI.sqrt() * sum).clamp(0.0, 1.0);
    }
    let fraction = (1..=60).rev().fold(0.0, |below, n| f64::from(n) / 2.0 / (x + below));
    (-x * x).exp() / std::f64::consts::PI.sqrt() / (x + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tails_of_the_normal_distribution_are_the_tabulated_ones() {
        for (z, p) in
            [(0.0, 1.0), (1.0, 0.317_310_507_9), (1.959_963_985, 0.05), (3.0, 0.002_699_796_1), (6.0, 1.973_175e-9)]
        {
            assert!((two_sided(z) / p - 1.0).abs() < 1e-6, "{z}: {}", two_sided(z));
        }
    }
}
