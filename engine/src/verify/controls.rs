//! The comparison with controls: what the treated place would have had without the campaign.
//!
//! ```text
//! difference in differences   d_t = a_treated,t − mean_j z_jt          effect = mean_{t in W} d_t − mean_{t in B} d_t
//! ridge                       ŷ_t = β_0 + Σ_j β_j z_jt, fitted on B     effect = mean_{t in W} (a_treated,t − ŷ_t)
//! relative effect             exp(effect) − 1
//! ```
//!
//! | symbol | what |
//! |---|---|
//! | a, z | anomaly of the logarithm of the daily mean, gaps filled ([`super::panel`]) |
//! | W | days of the campaign |
//! | B | baseline: the days before and after it |
//! | j | control places |
//!
//! Weather that all places share falls out of both; the ridge also learns which controls have the treated place's weather.
//!
//! *Assumes* that the relation between the treated place and its controls is the same in W as in B, and that the campaign
//! did not reach the controls. *Where it fails*: controls under the same campaign, or downwind of it, hide a part of the
//! effect; an episode that takes another path in W than in B looks like an effect. The placebos measure the second.

use super::panel::{Anomalies, Panel};
use super::ridge::{self, Row};
use std::ops::Range;

/// Controls of the third estimator lie farther away than this, m.
pub const FAR_M: f64 = 100_000.0;
/// Fewer controls give no estimate.
pub const LEAST_CONTROLS: usize = 5;
/// Fewer baseline days give no estimate; nor does less than twice the window.
pub const LEAST_BASELINE_DAYS: usize = 20;
/// A control must have a value on this share of the days.
const LEAST_PRESENT: f64 = 0.8;

/// How the treated place is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Against the mean of all controls.
    DifferenceInDifferences,
    /// Against a ridge regression on all controls.
    Ridge,
    /// The same on the controls beyond [`FAR_M`].
    RidgeFar,
}

/// The estimators, the main one first.
pub const METHODS: [Method; 3] = [Method::DifferenceInDifferences, Method::Ridge, Method::RidgeFar];

impl Method {
    /// Its name in outputs.
    pub fn id(self) -> &'static str {
        match self {
            Method::DifferenceInDifferences => "difference_in_differences",
            Method::Ridge => "ridge_controls",
            Method::RidgeFar => "ridge_far_controls",
        }
    }

    /// How it works, in a sentence (zh, en).
    pub fn explanation(self) -> (&'static str, &'static str) {
        match self {
            Method::DifferenceInDifferences => (
                "双重差分：日均浓度取对数，比较该地与全部对照城市均值之差在行动期内外的变化。",
                "Difference in differences on log daily means: how the gap between the place and the mean of all controls \
                 differs between the window and the days before and after.",
            ),
            Method::Ridge => (
                "岭回归：用行动期以外的日子，以全部对照城市回归该地浓度的对数，推算行动期内没有行动时的浓度。",
                "Ridge regression of log daily means on all controls, fitted on the days outside the window, predicts what \
                 the window would have been.",
            ),
            Method::RidgeFar => (
                "岭回归，只用一百公里以外的对照城市，以减少行动对对照城市的影响。",
                "The same ridge regression on controls farther than 100 km only, which the campaign reaches less.",
            ),
        }
    }
}

/// Which places may stand in for one place: with data enough, of another member, far enough for the method, and not one
/// of those excluded.
pub fn controls(panel: &Panel, method: Method, place: usize, excluded: &[usize], window: &Range<usize>) -> Vec<usize> {
    let Some(own) = panel.series.get(place) else { return Vec::new() };
    let (inside, outside): (Vec<usize>, Vec<usize>) = (0..panel.days()).partition(|d| window.contains(d));
    panel
        .series
        .iter()
        .enumerate()
        .filter(|(k, s)| *k != place && s.member != own.member && !excluded.contains(k))
        .filter(|(_, s)| method != Method::RidgeFar || own.place.distance_m(s.place) > FAR_M)
        .filter(|(k, _)| panel.present(*k, &outside) as f64 >= LEAST_PRESENT * outside.len() as f64)
        .filter(|(k, _)| 2 * panel.present(*k, &inside) >= inside.len())
        .map(|(k, _)| k)
        .collect()
}

/// Why a comparison cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooFew {
    /// So many controls.
    Controls(usize),
    /// So many baseline days with a value at the place, and how many are needed.
    Baseline(usize, usize),
    /// So many window days with a value at the place, of so many.
    Window(usize, usize),
}

/// Mean difference of logarithms at a place between the days `window` and what the controls let expect from `baseline`.
pub fn log_difference(
    anomalies: &Anomalies,
    method: Method,
    place: usize,
    controls: &[usize],
    window: &Range<usize>,
    baseline: &[usize],
) -> Result<f64, TooFew> {
    if controls.len() < LEAST_CONTROLS {
        return Err(TooFew::Controls(controls.len()));
    }
    let row = |day: usize| {
        let (y, x) = (anomalies.at(place, day)?, anomalies.filled(controls, day)?);
        // Blocks as long as the window, so that leaving one out is the task the fit is used for.
        Some(Row { block: day / window.len().max(1), x, y })
    };
    let before_and_after: Vec<Row> = baseline.iter().filter_map(|d| row(*d)).collect();
    let during: Vec<Row> = window.clone().filter_map(row).collect();
    let needed = LEAST_BASELINE_DAYS.max(2 * window.len());
    if before_and_after.len() < needed {
        return Err(TooFew::Baseline(before_and_after.len(), needed));
    }
    if during.is_empty() || 2 * during.len() < window.len() {
        return Err(TooFew::Window(during.len(), window.len()));
    }
    let effect = match method {
        Method::DifferenceInDifferences => {
            let gap = |rows: &[Row]| mean(rows.iter().map(|r| r.y - mean(r.x.iter().copied())));
            gap(&during) - gap(&before_and_after)
        }
        Method::Ridge | Method::RidgeFar => {
            let too_few = TooFew::Baseline(before_and_after.len(), needed);
            let fit = ridge::fit(&before_and_after).ok_or(too_few)?;
            mean(during.iter().map(|r| r.y - fit.predict(&r.x)))
        }
    };
    Ok(effect)
}

/// exp(d) − 1: a mean difference of logarithms as a relative change.
pub fn relative(log_difference: f64) -> f64 {
    log_difference.exp_m1()
}

/// Mean of at least one number; callers have checked that there is one.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), v| (sum + v, n + 1));
    sum / n.max(1) as f64
}
