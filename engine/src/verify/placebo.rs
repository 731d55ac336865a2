//! Placebos: the same method where nothing was done, to learn what it finds by chance.
//!
//! *Over cities*: each control is treated in turn, over the same window, by the same method; the truly treated place is
//! left out, so that an effect there cannot enter the comparison. *Over time*: a window of the same length slides over all
//! days that do not overlap the campaign; the baseline is then all days outside both windows.
//!
//! ```text
//! percentile p of n sorted values: linear between the neighbours of rank 1 + (n − 1) p
//! independent windows = ⌊days before / L⌋ + ⌊days after / L⌋                 L = length of the window
//! ```
//!
//! Sliding windows overlap, so their number says little: only the independent ones bring news. With fewer than
//! [`LEAST_PLACEBOS`] placebos a 5th percentile would be a guess, and none is given.
//! In the manner of Abadie, Diamond & Hainmueller (2010), J. Am. Stat. Assoc. 105:493.

use super::controls::{self, Method};
use super::panel::{Anomalies, Panel};
use rayon::prelude::*;
use std::ops::Range;

/// Fewer give no interval.
pub const LEAST_PLACEBOS: usize = 10;

/// Relative effects that the method finds at the controls.
pub fn over_cities(
    panel: &Panel,
    anomalies: &Anomalies,
    method: Method,
    treated: usize,
    window: &Range<usize>,
) -> Vec<f64> {
    let baseline: Vec<usize> = (0..panel.days()).filter(|d| !window.contains(d)).collect();
    let mut excluded = vec![treated];
    let own = panel.series.get(treated).map(|s| s.member.as_str());
    excluded.extend((0..panel.series.len()).filter(|k| panel.series.get(*k).map(|s| s.member.as_str()) == own));
    // Which places: those with data enough to be anyone's control, near ones too.
    let places = controls::controls(panel, Method::Ridge, treated, &excluded, window);
    let found: Vec<Option<f64>> = places
        .par_iter()
        .map(|place| {
            let stand_ins = controls::controls(panel, method, *place, &excluded, window);
            let found = controls::log_difference(anomalies, method, *place, &stand_ins, window, &baseline);
            found.ok().map(controls::relative)
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// Relative effects that the method finds at the treated place in other windows.
pub fn over_time(
    panel: &Panel,
    anomalies: &Anomalies,
    method: Method,
    treated: usize,
    window: &Range<usize>,
) -> Vec<f64> {
    let length = window.len();
    let stand_ins = controls::controls(panel, method, treated, &[], window);
    let starts: Vec<usize> = (0..panel.days())
        .filter(|s| s + length <= panel.days() && (s + length <= window.start || *s >= window.end))
        .collect();
    let found: Vec<Option<f64>> = starts
        .par_iter()
        .map(|start| {
            let placebo = *start..start + length;
            let baseline: Vec<usize> =
                (0..panel.days()).filter(|d| !window.contains(d) && !placebo.contains(d)).collect();
            let found = controls::log_difference(anomalies, method, treated, &stand_ins, &placebo, &baseline);
            found.ok().map(controls::relative)
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// How many windows of the campaign's length fit beside each other before and after it.
pub fn independent_windows(days: usize, window: &Range<usize>) -> usize {
    let length = window.len().max(1);
    window.start / length + days.saturating_sub(window.end) / length
}

/// 5th and 95th percentile; `None` with fewer than [`LEAST_PLACEBOS`].
pub fn interval(effects: &[f64]) -> Option<(f64, f64)> {
    if effects.len() < LEAST_PLACEBOS {
        return None;
    }
    let mut sorted = effects.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some((percentile(&sorted, 0.05)?, percentile(&sorted, 0.95)?))
}

/// Rank of an effect among placebos, 1 = strongest reduction, and how many stand in the ranking, itself counted.
pub fn rank(effect: f64, placebos: &[f64]) -> Option<(usize, usize)> {
    (!placebos.is_empty()).then(|| (1 + placebos.iter().filter(|p| **p < effect).count(), placebos.len() + 1))
}

/// Percentile of ascending values.
fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    let at = (sorted.len().checked_sub(1)?) as f64 * p;
    let (low, high) = (sorted.get(at.floor() as usize)?, sorted.get(at.ceil() as usize)?);
    Some(low + (high - low) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_on_the_line_between_their_neighbours() {
        // Ranks of 0, 1, …, 20: 5 % of 20 steps = 1, 95 % = 19.
        let effects: Vec<f64> = (0..=20).rev().map(f64::from).collect();
        assert_eq!(interval(&effects), Some((1.0, 19.0)));
        assert_eq!(interval(&effects[..LEAST_PLACEBOS - 1]), None);
    }

    #[test]
    fn the_strongest_reduction_ranks_first() {
        assert_eq!(rank(-0.4, &[-0.1, 0.0, 0.2]), Some((1, 4)));
        assert_eq!(rank(0.1, &[-0.1, 0.0, 0.2]), Some((3, 4)));
        assert_eq!(rank(0.1, &[]), None);
    }

    #[test]
    fn independent_windows_stand_beside_each_other() {
        // 47 days, window 23..34: ⌊23/11⌋ + ⌊13/11⌋ = 3.
        assert_eq!(independent_windows(47, &(23..34)), 3);
    }
}
