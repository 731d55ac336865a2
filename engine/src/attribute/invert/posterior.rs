//! The posterior, in either form, at the model error and prior width of greatest evidence.
//!
//! ```text
//! Gaussian    s ~ N(1, α² S)        P = (Kᵀ C⁻¹ K + (α² S)⁻¹)⁻¹        ŝ = 1 + P Kᵀ C⁻¹ (y − K 1)        A = P Kᵀ C⁻¹ K
//! lognormal   z = ln s ~ N(0, α² T),  T = ln(1 + S)        the same at the greatest posterior, with J = K diag(eᶻ) for K
//!
//! −2 ln p(y | m, α) = ln|C| + ln|P⁻¹| + ln|α² S| + rᵀ C⁻¹ r + (ŝ − 1)ᵀ (α² S)⁻¹ (ŝ − 1) + n ln 2π,     r = y − K ŝ
//! ```
//! exact for the Gaussian form, Laplace's approximation for the other. The reported rate is the mean of the one prior and the
//! median of the other.

use super::cholesky::Cholesky;
use super::system::System;
use crate::problem::{Error, Result};
use rayon::prelude::*;

/// Shape of prior and posterior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Normal in the rate; it may come out negative.
    Gaussian,
    /// Normal in the logarithm of the rate.
    Lognormal,
}

/// How an inversion is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Shape.
    pub form: Form,
    /// Error of the model, kg m⁻³; none to find it.
    pub model_error: Option<f64>,
    /// Factor on the stated prior; none to find it, from 1 to [`WIDEST`].
    pub widening: Option<f64>,
}

/// The most by which a stated prior is widened.
pub const WIDEST: f64 = 3.0;
/// Normal quantile of a two-sided 95 % interval.
pub const TWO_SIDED_95: f64 = 1.959_963_984_540_054;

/// What is known after the measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Form.
    pub form: Form,
    /// Inferred over reported.
    pub scale: Vec<f64>,
    /// Ends of its 95 % interval.
    pub low: Vec<f64>,
    /// See `low`.
    pub high: Vec<f64>,
    /// `k × k`: of the scale (Gaussian), of its logarithm (lognormal).
    pub covariance: Vec<f64>,
    /// `k × k`: how the estimate of one (row) follows the truth of another (column), in the same terms.
    pub kernel: Vec<f64>,
    /// Trace of the kernel: how many unknowns the measurements decide.
    pub degrees_of_freedom: f64,
    /// Error of the model, kg m⁻³.
    pub model_error: f64,
    /// Factor on the stated prior.
    pub widening: f64,
    /// `ln p(y | m, α)`.
    pub log_evidence: f64,
    /// `(y − K 1)ᵀ C⁻¹ (y − K 1) / n`.
    pub chi2_before: f64,
    /// The same with the inferred rates.
    pub chi2_after: f64,
}

impl Posterior {
    /// Standard deviation, of the scale or of its logarithm.
    pub fn sd(&self, unknown: usize) -> f64 {
        let k = self.scale.len();
        self.covariance[unknown * k + unknown].sqrt()
    }

    /// Its own averaging kernel: 1 where the measurements decide, 0 where the prior does.
    pub fn own_kernel(&self, unknown: usize) -> f64 {
        self.kernel[unknown * self.scale.len() + unknown]
    }
}

/// Inverts a system.
///
/// # Errors
///
/// A system without an answer: errors of nought, or numbers beyond the arithmetic.
pub fn invert(system: &System, settings: &Settings) -> Result<Posterior> {
    let of = |m: f64, alpha: f64| At { system, form: settings.form, m, alpha }.solve();
    let size = root_mean_square((0..system.observations.len()).map(|i| misfit(system, i)));
    let size = if size > 0.0 { size } else { 1e-12 };
    let alphas: Vec<f64> = match settings.widening {
        Some(alpha) => vec![alpha],
        None => (0..=8).map(|i| WIDEST.powf(f64::from(i) / 8.0)).collect(),
    };
    let best_m = |alpha: f64| match settings.model_error {
        Some(m) => of(m, alpha),
        None => {
            // A coarse walk over four decades below the misfit, then a golden section between the neighbours of its best.
            let at = |step: f64| of(size * 10f64.powf(step), alpha);
            let walk: Vec<f64> = (0..=16).map(|i| -3.5 + 0.25 * f64::from(i)).collect();
            let worth = |p: &Option<Posterior>| p.as_ref().map_or(f64::NEG_INFINITY, |p| p.log_evidence);
            let found: Vec<f64> = walk.iter().map(|s| worth(&at(*s))).collect();
            let best = (0..walk.len()).max_by(|a, b| found[*a].total_cmp(&found[*b])).unwrap_or(0);
            let (mut low, mut high) = (walk[best.saturating_sub(1)], walk[(best + 1).min(walk.len() - 1)]);
            const GOLDEN: f64 = 0.618_033_988_749_895;
            for _ in 0..20 {
                let (a, b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
                if worth(&at(a)) > worth(&at(b)) { high = b } else { low = a }
            }
            at(0.5 * (low + high))
        }
    };
    alphas.into_iter().filter_map(best_m).max_by(|a, b| a.log_evidence.total_cmp(&b.log_evidence)).ok_or_else(|| {
        Error::Stage("the inversion has no answer: give measurements an error above nought, in kg/m3".into())
    })
}

fn misfit(system: &System, row: usize) -> f64 {
    let k = system.unknowns.len();
    system.observations[row].value - system.kernel[row * k..][..k].iter().sum::<f64>()
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(s, n), v| (s + v * v, n + 1));
    (sum / count.max(1) as f64).sqrt()
}

/// The problem at one model error and one width of the prior.
struct At<'a> {
    system: &'a System,
    form: Form,
    m: f64,
    alpha: f64,
}

impl At<'_> {
    /// Variance of the prior of an unknown, in the terms of the form.
    fn prior(&self, unknown: usize) -> f64 {
        let s = self.system.unknowns[unknown].relative_sd;
        let variance = if self.form == Form::Gaussian { s * s } else { (s * s).ln_1p() };
        self.alpha * self.alpha * variance
    }

    fn solve(&self) -> Option<Posterior> {
        let system = self.system;
        let (n, k) = (system.observations.len(), system.unknowns.len());
        let variance: Vec<f64> =
            (0..n).map(|i| system.observations[i].sd.powi(2) + system.sampling[i].powi(2) + self.m * self.m).collect();
        if variance.iter().any(|v| *v <= 0.0 || !v.is_finite()) {
            return None;
        }
        // z is the departure from the prior: of s from 1, or ln s.
        let scale = |z: &[f64]| -> Vec<f64> {
            z.iter().map(|z| if self.form == Form::Gaussian { 1.0 + z } else { z.exp() }).collect()
        };
        let residual = |s: &[f64], i: usize| -> f64 {
            let modelled: f64 = system.kernel[i * k..][..k].iter().zip(s).map(|(a, s)| a * s).sum();
            system.observations[i].value - modelled
        };
        let chi2 = |s: &[f64]| -> f64 { (0..n).map(|i| residual(s, i).powi(2) / variance[i]).sum() };
        let cost = |z: &[f64]| chi2(&scale(z)) + (0..k).map(|g| z[g] * z[g] / self.prior(g)).sum::<f64>();
        // ½ the curvature of the data's part, and ½ the slope downhill.
        let normal = |z: &[f64]| -> (Vec<f64>, Vec<f64>) {
            let s = scale(z);
            let slope = |g: usize| if self.form == Form::Gaussian { 1.0 } else { s[g] };
            let (mut gram, mut right) = (vec![0.0; k * k], vec![0.0; k]);
            for (i, variance) in variance.iter().enumerate() {
                let row = &system.kernel[i * k..][..k];
                let r = residual(&s, i);
                for a in 0..k {
                    let j = row[a] * slope(a) / variance;
                    right[a] += j * r;
                    (0..=a).for_each(|b| gram[a * k + b] += j * row[b] * slope(b));
                }
            }
            for a in 0..k {
                (0..a).for_each(|b| gram[b * k + a] = gram[a * k + b]);
                right[a] -= z[a] / self.prior(a);
            }
            (gram, right)
        };
        let curved = |gram: &[f64], damping: f64| {
            let mut all = gram.to_vec();
            (0..k).for_each(|g| all[g * k + g] += (1.0 + damping) / self.prior(g));
            Cholesky::of(&all, k)
        };
        let mut z = vec![0.0; k];
        let mut damping = 0.0;
        let mut now = cost(&z);
        for _ in 0..60 {
            let (gram, right) = normal(&z);
            let step = curved(&gram, damping)?.solve(&right);
            let next: Vec<f64> = z.iter().zip(&step).map(|(z, d)| z + d.clamp(-2.0, 2.0)).collect();
            let linear = self.form == Form::Gaussian;
            let next = if linear { z.iter().zip(&step).map(|(z, d)| z + d).collect() } else { next };
            let then = cost(&next);
            if linear || then <= now {
                let settled = (now - then).abs() <= 1e-12 * (1.0 + now);
                (z, now, damping) = (next, then, damping * 0.2);
                if linear || settled {
                    break;
                }
            } else {
                damping = (damping * 5.0).max(0.1);
                if damping > 1e12 {
                    break;
                }
            }
        }
        let (gram, _) = normal(&z);
        let factored = curved(&gram, 0.0)?;
        let covariance = factored.inverse();
        let mut kernel = vec![0.0; k * k];
        for a in 0..k {
            for b in 0..k {
                kernel[a * k + b] = (0..k).map(|c| covariance[a * k + c] * gram[c * k + b]).sum();
            }
        }
        let s = scale(&z);
        let (mut low, mut high) = (vec![0.0; k], vec![0.0; k]);
        for g in 0..k {
            let half = TWO_SIDED_95 * covariance[g * k + g].sqrt();
            let ends = scale(&[z[g] - half, z[g] + half]);
            (low[g], high[g]) = (ends[0], ends[1]);
        }
        let spread: f64 = variance.iter().map(|v| v.ln()).sum::<f64>()
            + factored.log_determinant()
            + (0..k).map(|g| self.prior(g).ln()).sum::<f64>();
        let log_evidence = -0.5 * (spread + now + n as f64 * std::f64::consts::TAU.ln());
        log_evidence.is_finite().then(|| Posterior {
            form: self.form,
            degrees_of_freedom: (0..k).map(|g| kernel[g * k + g]).sum(),
            chi2_before: chi2(&vec![1.0; k]) / n as f64,
            chi2_after: chi2(&s) / n as f64,
            scale: s,
            low,
            high,
            covariance,
            kernel,
            model_error: self.m,
            widening: self.alpha,
            log_evidence,
        })
    }
}

/// How well a receptor that took no part is met.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Receptor.
    pub receptor: String,
    /// Measurements there.
    pub measurements: usize,
    /// Root mean square of measured − modelled with reported rates, kg m⁻³.
    pub rmse_reported: f64,
    /// With rates inferred from the other receptors.
    pub rmse_inferred: f64,
}

/// Leaves each receptor out in turn; nothing where there is only one.
///
/// # Errors
///
/// As [`invert`].
pub fn held_out(system: &System, settings: &Settings) -> Result<Vec<HeldOut>> {
    let mut receptors: Vec<&str> = system.observations.iter().map(|o| o.receptor.as_str()).collect();
    receptors.sort_unstable();
    receptors.dedup();
    if receptors.len() < 2 {
        return Ok(vec![]);
    }
    let k = system.unknowns.len();
    receptors
        .into_par_iter()
        .map(|receptor| {
            let (others, own) = system.parted(receptor);
            let inferred = invert(&others, settings)?;
            let rmse = |s: &[f64]| {
                root_mean_square((0..own.observations.len()).map(|i| {
                    let modelled: f64 = own.kernel[i * k..][..k].iter().zip(s).map(|(a, s)| a * s).sum();
                    own.observations[i].value - modelled
                }))
            };
            Ok(HeldOut {
                receptor: receptor.into(),
                measurements: own.observations.len(),
                rmse_reported: rmse(&vec![1.0; k]),
                rmse_inferred: rmse(&inferred.scale),
            })
        })
        .collect()
}
