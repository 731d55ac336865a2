//! Rotations: other solutions that fit nearly as well.
//!
//! `W H = (W T)(T⁻¹ H)`, and within the freedom that `W, H ≥ 0` leaves, no `Q` tells one `T` from another. Fpeak (Paatero et
//! al. 2002, Chemom. Intell. Lab. Syst. 60:253) draws a solution along the elementary rotations `t_kl = φ, k ≠ l`: with `φ > 0`
//! contributions are added to one another and profiles subtracted, with `φ < 0` the other way round.
//! Here the contributions are drawn towards `max(0, W (I + φ (1 − I)/(K − 1)))` with a weight that makes the pull count
//! like one more set of measurements; what the drawn solution costs in `Q` is told beside it.

use super::descend::{Conditions, Fit, Settings, descend};
use super::mapping::matched;
use super::sides::Sides;
use super::{Factors, Measurements};

/// The solution drawn by `strength`, profiles in the places of the one it was drawn from.
pub fn fpeak(measurements: &Measurements, best: &Fit, settings: &Settings, strength: f64) -> Fit {
    let sides = Sides::of(measurements);
    let from = best.factors.clone().normalised(measurements);
    let k = from.factors;
    let others = (k.max(2) - 1) as f64;
    let target: Vec<f64> = from
        .contributions
        .chunks_exact(k)
        .flat_map(|row| {
            let sum: f64 = row.iter().sum();
            row.iter().map(move |w| (w + strength * (sum - w) / others).max(0.0)).collect::<Vec<_>>()
        })
        .collect();
    // Curvature of Q in a contribution, averaged: a pull of this weight counts like one more set of measurements.
    let curvature: f64 = (0..sides.samples.rows)
        .map(|i| {
            let of = |j: usize| -> f64 { from.profiles[j * k..][..k].iter().map(|h| h * h).sum() };
            (0..sides.species.rows).map(|j| sides.weight(i, j) * of(j)).sum::<f64>()
        })
        .sum::<f64>()
        / (sides.samples.rows * k) as f64;
    let drawn = Conditions { displaced: None, target: Some((curvature, &target)) };
    let start = Factors { factors: k, contributions: target.clone(), profiles: from.profiles.clone() };
    let mut fit = descend(&sides, start, settings, &drawn);
    fit.factors = matched(&from, &fit.factors).0;
    fit
}
