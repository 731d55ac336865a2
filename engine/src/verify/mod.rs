//! Verify (考核): orders and later observations become an effect net of weather, or the plain word that none can be seen.
//!
//! * [`panel`]: daily series over common days, and their logarithms;
//! * [`controls`]: the estimators; [`ridge`] is one's arithmetic;
//! * [`placebo`]: what the same method finds where nothing was done;
//! * [`tracer`]: scores of a plume against a tracer experiment;
//! * [`mod@effect`]: from a panel to estimates with verdicts; [`finding`]: the sentences.
//!
//! A campaign is `detected` by an estimator only where its effect lies below the 5th percentile of *both* placebo sets,
//! other cities and other times. Everything else is `not detectable`, with the detection limit: absence of proof, not
//! proof of absence.

pub mod controls;
pub mod effect;
pub mod finding;
pub mod panel;
pub mod placebo;
pub mod ridge;
pub mod tracer;

use crate::observe::Observed;
use crate::region::Case;
use crate::region::calendar::Period;
use serde::Serialize;

pub use effect::{Effects, effect_on};
pub use panel::{DailySeries, Panel};

/// The effect lies beyond what chance makes.
pub const DETECTED: &str = "detected";
/// It does not, or too few placebos can be had to tell.
pub const NOT_DETECTABLE: &str = "not detectable";

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
    /// Smallest reduction that the method would have told from nothing in this place: the 5th percentile of the wider
    /// placebo set, as a positive share. `None` where one of the two sets is too small.
    pub detection_limit: Option<f64>,
    /// How many windows the time placebo slid over, and how many of that length are independent of each other.
    pub windows: Option<(usize, usize)>,
    /// `detected`, `not detectable`.
    pub verdict: &'static str,
    /// Control stations used.
    pub controls: usize,
}

/// The naive change against one window before (and one after, where given).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NaiveChange {
    /// The window before.
    pub before: Period,
    /// The window after, where both sides together are the comparison.
    pub after: Option<Period>,
    /// Mean during over mean of the comparison, minus 1.
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
    /// Cut of the region's own emissions over the window, by precursor, as a share: the controls were treated too.
    pub controls_treated: Vec<(String, f64)>,
    /// The finding in a sentence, zh and en.
    pub finding: (String, String),
}

/// Looks for the effect of every campaign of the case in daily PM2.5.
pub fn effect(case: &Case, observed: &Observed) -> Vec<CampaignEffect> {
    let panel = Panel::of_case(case, observed).unwrap_or(Panel { first: crate::region::Time(0), series: Vec::new() });
    case.campaigns
        .iter()
        .map(|campaign| {
            let effects = effect_on(&panel, &campaign.treated, campaign.window);
            let finding = finding::sentence(case, campaign, &effects);
            CampaignEffect {
                campaign: campaign.id.clone(),
                treated: campaign.treated.clone(),
                window: campaign.window,
                estimates: effects.estimates,
                naive: effects.naive,
                controls_treated: campaign.cuts.iter().filter_map(|(p, _, cut)| Some((p.clone(), (*cut)?))).collect(),
                finding,
            }
        })
        .collect()
}
