//! Verify (考核): orders and later observations become an effect net of weather, or the plain word that none can be seen.

use crate::region::calendar::Period;
use serde::Serialize;

/// One estimator of a campaign's effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// `difference_in_differences`, `ridge_controls`, ….
    pub method: String,
    /// How it works, in a sentence (zh, en).
    pub explanation: (String, String),
    /// Relative effect at the treated station, e.g. −0.05.
    pub effect: f64,
    /// 90 % placebo interval for no effect, over the other cities treated in turn: 5th and 95th percentile.
    pub placebo_cities: Option<(f64, f64)>,
    /// The same over windows of the same length at other times.
    pub placebo_time: Option<(f64, f64)>,
    /// Rank of the treated city among all cities by effect, 1 = strongest reduction, and how many cities.
    pub rank: Option<(usize, usize)>,
    /// Rank of the window among the windows in time, 1 = strongest reduction, and how many.
    pub rank_time: Option<(usize, usize)>,
    /// Smallest true reduction that the method would have told from nothing in this place (half-width of the wider
    /// placebo interval on the side of reductions).
    pub detection_limit: Option<f64>,
    /// `detected`, `not detectable`.
    pub verdict: &'static str,
    /// Control stations used.
    pub controls: usize,
}

/// The naive change against one window before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NaiveChange {
    /// The window before.
    pub before: Period,
    /// Mean during over mean before, minus 1.
    pub change: f64,
}

/// What can be said of one campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignEffect {
    /// Campaign.
    pub campaign: String,
    /// Treated station.
    pub treated: String,
    /// When it ran.
    pub window: Period,
    /// Estimators, the main one first.
    pub estimates: Vec<Estimate>,
    /// Naive before/after, to show how it swings.
    pub naive: Vec<NaiveChange>,
    /// Cut of the region's own emissions over the window, by precursor: the controls were treated too.
    pub controls_treated: Vec<(String, f64)>,
    /// The finding in a sentence, zh and en.
    pub finding: (String, String),
}
