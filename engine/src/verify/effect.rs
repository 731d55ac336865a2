//! From a panel to what can be said of one window at one place: estimates with placebos and verdicts, and the naive change.
//!
//! ```text
//! detected         ⇔  effect < P5(cities)  and  effect < P5(times)
//! detection limit  =  max(0, −min(P5(cities), P5(times)))
//! naive change     =  mean of C in the window / mean of C in the comparison − 1
//! ```
//!
//! The naive change is shown against several comparisons because it swings with the choice: it is no estimate.

use super::controls::{self, METHODS, Method, TooFew};
use super::panel::{Anomalies, Panel};
use super::{DETECTED, Estimate, NOT_DETECTABLE, NaiveChange, placebo};
use crate::region::calendar::Period;
use std::ops::Range;

/// Lengths of the naive windows before, days; the window's own length joins them.
const NAIVE_DAYS: [usize; 3] = [7, 12, 23];

/// Why an estimate is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// The place has no daily series.
    NoSeries,
    /// No whole day of the window lies in the panel.
    NoWindow,
    /// Too little to compare.
    TooFew(Method, TooFew),
}

/// What can be said of one window at one place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effects {
    /// Estimators, the main one first.
    pub estimates: Vec<Estimate>,
    /// Naive before/after.
    pub naive: Vec<NaiveChange>,
    /// Estimators that could not be had, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// Estimates the relative change of a place's daily means in a window, net of what its controls did.
pub fn effect_on(panel: &Panel, treated: &str, window: Period) -> Effects {
    let mut effects = Effects::default();
    let Some(place) = panel.series.iter().position(|s| s.id == treated) else {
        effects.left_out.push(LeftOut::NoSeries);
        return effects;
    };
    let window = panel.indices(window);
    if window.is_empty() {
        effects.left_out.push(LeftOut::NoWindow);
        return effects;
    }
    let anomalies = panel.anomalies();
    for method in METHODS {
        match estimate(panel, &anomalies, method, place, &window) {
            Ok(estimate) => effects.estimates.push(estimate),
            Err(reason) => effects.left_out.push(LeftOut::TooFew(method, reason)),
        }
    }
    effects.naive = naive(panel, place, &window);
    effects
}

fn estimate(
    panel: &Panel,
    anomalies: &Anomalies,
    method: Method,
    place: usize,
    window: &Range<usize>,
) -> Result<Estimate, TooFew> {
    let stand_ins = controls::controls(panel, method, place, &[], window);
    let baseline: Vec<usize> = (0..panel.days()).filter(|d| !window.contains(d)).collect();
    let difference = controls::log_difference(anomalies, method, place, &stand_ins, window, &baseline)?;
    let effect = controls::relative(difference);
    let cities = placebo::over_cities(panel, anomalies, method, place, window);
    let times = placebo::over_time(panel, anomalies, method, place, window);
    let (placebo_cities, placebo_time) = (placebo::interval(&cities), placebo::interval(&times));
    let lows = placebo_cities.zip(placebo_time).map(|((city, _), (time, _))| city.min(time));
    let (zh, en) = method.explanation();
    Ok(Estimate {
        method: method.id().to_string(),
        explanation: (zh.to_string(), en.to_string()),
        effect,
        placebo_cities,
        placebo_time,
        rank: placebo::rank(effect, &cities),
        rank_time: placebo::rank(effect, &times),
        detection_limit: lows.map(|low| (-low).max(0.0)),
        windows: (!times.is_empty()).then(|| (times.len(), placebo::independent_windows(panel.days(), window))),
        verdict: if lows.is_some_and(|low| effect < low) { DETECTED } else { NOT_DETECTABLE },
        controls: stand_ins.len(),
    })
}

fn naive(panel: &Panel, place: usize, window: &Range<usize>) -> Vec<NaiveChange> {
    let Some(during) = panel.mean(place, window.clone()) else { return Vec::new() };
    let length = window.len();
    let mut lengths: Vec<usize> = NAIVE_DAYS.into_iter().chain([length]).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut changes = Vec::new();
    for days in lengths {
        let Some(start) = window.start.checked_sub(days) else { continue };
        let before = start..window.start;
        changes.extend(panel.mean(place, before.clone()).filter(|m| *m > 0.0).map(|mean| NaiveChange {
            before: panel.period(&before),
            after: None,
            change: during / mean - 1.0,
        }));
    }
    let after = window.end..window.end + length;
    if let Some(start) = window.start.checked_sub(length).filter(|_| after.end <= panel.days()) {
        let before = start..window.start;
        let both = panel.mean(place, before.clone()).zip(panel.mean(place, after.clone()));
        changes.extend(both.filter(|(b, a)| b + a > 0.0).map(|(b, a)| NaiveChange {
            before: panel.period(&before),
            after: Some(panel.period(&after)),
            change: 2.0 * during / (b + a) - 1.0,
        }));
    }
    changes
}
