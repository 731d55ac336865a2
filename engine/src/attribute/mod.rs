//! Attribute (溯源): footprints, emissions and measurements become a contribution ledger.

pub mod calibrate;
pub mod closure;
pub mod daily;
pub mod invert;
pub mod ledger;
pub mod origin;
pub mod pmf;

use crate::observe::Observed;
use crate::region::calendar::Period;
use crate::region::event::{Band, Origin};
use crate::region::pollutant::Medium;
use crate::region::{Case, Pollutant};
use crate::transport::Transported;
use ledger::Contributions;
use serde::Serialize;

/// One line of the ledger: what a group contributes to a receptor over a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerLine {
    /// Air or water.
    pub medium: Medium,
    /// Station or section.
    pub receptor: String,
    /// Top-level member of the receptor.
    pub receptor_member: String,
    /// The period of the mean.
    pub period: Period,
    /// Measured quantity.
    pub pollutant: String,
    /// Top-level member that emits; `outside` for inflows and base.
    pub member: String,
    /// Lowest-level member that emits; empty for `outside`.
    pub city: String,
    /// Sector.
    pub sector: String,
    /// Structure.
    pub structure: String,
    /// Emitted species.
    pub species: String,
    /// Contribution, SI (kg m⁻³).
    pub value: f64,
    /// Share of the modelled total at this receptor, 0 to 1.
    pub share: f64,
    /// Sampling error of `value`.
    pub standard_error: f64,
}

/// How a receptor's measured mean is closed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closure {
    /// Air or water.
    pub medium: Medium,
    /// Station or section.
    pub receptor: String,
    /// Measured quantity.
    pub pollutant: String,
    /// The period.
    pub period: Period,
    /// Measured mean, SI.
    pub measured: Option<f64>,
    /// How many readings stand behind it.
    pub readings: usize,
    /// From sources of the region, SI (emissions as reported, unscaled).
    pub from_region: f64,
    /// Entering from outside, SI: inflows of the river; for air the fitted edge background, `None` without one.
    pub from_outside: Option<f64>,
    /// measured − region − outside, SI.
    pub unexplained: Option<f64>,
    /// Sampling error of `from_region`.
    pub standard_error: f64,
}

/// Share of one origin at one station, with its band over model variants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OriginShare {
    /// Station.
    pub receptor: String,
    /// Local, region, outside.
    pub origin: Origin,
    /// Share, 0 to 1, central variant.
    pub share: f64,
    /// Lowest and highest share over the variants.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// A published share beside ours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandCheck {
    /// The published figure.
    pub band: Band,
    /// Station.
    pub receptor: String,
    /// Our central share, %.
    pub ours: f64,
    /// Our lowest and highest variant, %.
    pub ours_low: f64,
    /// See `ours_low`.
    pub ours_high: f64,
    /// `inside`, `overlaps` (only our band meets it) or `outside`.
    pub verdict: &'static str,
}

/// Contribution of one top-level member (or `outside`) to another, as the mean over the receptors there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatrixCell {
    /// Air or water.
    pub medium: Medium,
    /// Measured quantity.
    pub pollutant: String,
    /// Who emits.
    pub from: String,
    /// Who feels.
    pub to: String,
    /// Mean contribution over the receptors of `to`, SI.
    pub value: f64,
    /// Share of the modelled mean there.
    pub share: f64,
    /// Sampling error of `value`.
    pub standard_error: f64,
}

/// How well a daily model meets the measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skill {
    /// `climatology`, `persistence`, `damped_persistence`, `footprint`, `advected`.
    pub model: String,
    /// Station-days compared.
    pub days: usize,
    /// Stations.
    pub stations: usize,
    /// Pearson correlation over all station-days.
    pub correlation: f64,
    /// Median over the stations of the correlation in time; `None` for a constant.
    pub correlation_by_station: Option<f64>,
    /// Mean of model − measured, SI.
    pub bias: f64,
    /// Root mean square error, SI.
    pub rmse: f64,
    /// Where its coefficients come from.
    pub basis: String,
}

/// One station-day, measured and by each model (SI).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DailyComparison {
    /// Station.
    pub station: String,
    /// Day.
    pub day: Period,
    /// Measured.
    pub measured: Option<f64>,
    /// Model name and value.
    pub models: Vec<(&'static str, Option<f64>)>,
}

/// Everything that attribution found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Attribution {
    /// By receptor, member, city, sector, species.
    pub ledger: Vec<LedgerLine>,
    /// By receptor.
    pub closure: Vec<Closure>,
    /// Member × member.
    pub matrix: Vec<MatrixCell>,
    /// By station.
    pub shares: Vec<OriginShare>,
    /// Published shares beside ours.
    pub bands: Vec<BandCheck>,
    /// Daily models against measurements.
    pub skill: Vec<Skill>,
    /// Every station-day behind `skill`.
    pub daily: Vec<DailyComparison>,
}

/// Attributes what was measured.
pub fn attribute(case: &Case, observed: &Observed, transported: &Transported) -> Attribution {
    let mut found = Attribution::default();
    if let (Some(air), Some(period)) = (&transported.air, transported.air_mean()) {
        let values = daily::daily_values(case, observed, Pollutant::Pm25);
        let features = daily::features(case, air, &values);
        // The ledger takes emissions as reported, so the edges are those fitted to that.
        let edges = daily::coefficients(case, daily::UNSCALED).or_else(|| daily::coefficients(case, daily::FOOTPRINT));
        let outside = |row: usize| {
            let (edges, base) = (edges.as_ref()?, period.base.get(row)?);
            let of_edges = base.iter().filter(|b| b.name.starts_with("edge_"));
            // An empty sum of floats is −0, which would be printed.
            Some(of_edges.map(|b| b.weight * edges.of(daily::UNSCALED, &b.name)).sum::<f64>() + 0.0)
        };
        let contributions = Contributions::of_rows(case, period);
        found.ledger.extend(ledger::lines(case, period, &contributions));
        found.closure.extend(closure::close(case, observed, period, &contributions, outside));
        found.daily = daily::compare(case, &features);
        found.skill = daily::skill(&found.daily);
        found.shares = origin::shares(case, period, &contributions, &features);
        found.bands = origin::bands(case, &found.shares);
    }
    if let Some(water) = &transported.water {
        let contributions = Contributions::of_rows(case, water);
        found.ledger.extend(ledger::lines(case, water, &contributions));
        found.closure.extend(closure::close(case, observed, water, &contributions, |_| None));
    }
    found.matrix = closure::matrix(case, &found.ledger, &found.closure);
    found
}
