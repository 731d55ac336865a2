//! Local, regional, outside: how each receptor's air is shared, beside what has been published.
//!
//! One number would claim too much: the share depends on how the part that the sources of the region do not explain is
//! read. Three readings are given as a band:
//!
//! * `footprint`: α and the edge backgrounds as fitted on another season;
//! * `footprint_unscaled`: emissions as reported (α = 1), edges fitted to that;
//! * residual: emissions as reported, outside = measured − region.
//!
//! Air that never left the region in the time followed carries the fitted stagnation term; it is the region's own and counts
//! as `region`.

use super::daily::{FOOTPRINT, Features, UNSCALED, coefficients};
use super::ledger::{Contributions, receptor_members};
use super::{BandCheck, OriginShare};
use crate::region::Case;
use crate::region::event::Origin;
use crate::transport::Footprint;

/// Local, region and outside parts of one receptor's mean, kg m⁻³.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    local: f64,
    region: f64,
    outside: f64,
}

impl Parts {
    fn shares(self) -> Option<[f64; 3]> {
        let total = self.local + self.region + self.outside;
        (total > 0.0).then(|| [self.local / total, self.region / total, self.outside / total])
    }
}

/// The central reading is the first that the case has coefficients for.
pub fn shares(
    case: &Case,
    period: &Footprint,
    contributions: &[Contributions],
    features: &[Features],
) -> Vec<OriginShare> {
    let mut list = Vec::new();
    for (row, found) in period.rows.iter().zip(contributions) {
        let (city, _) = receptor_members(case, &row.receptor);
        let local = found.sum(|e| case.sources[case.emissions[e].source].member.as_deref() == Some(city)).0;
        let region = found.values.iter().sum::<f64>() - local;
        let days: Vec<&Features> = features.iter().filter(|f| case.stations[f.station].id == row.receptor).collect();
        let measured: Vec<f64> = days.iter().filter_map(|f| f.measured).collect();
        let mean = |x: &dyn Fn(&Features) -> f64| days.iter().map(|f| x(f)).sum::<f64>() / days.len().max(1) as f64;
        let mut readings: Vec<[f64; 3]> = Vec::new();
        for model in [FOOTPRINT, UNSCALED] {
            if let Some(c) = coefficients(case, model) {
                let c = c.terms;
                let edges = mean(&|f| (1..5).map(|k| c[k] * f.footprint[k]).sum());
                let stayed = mean(&|f| c[5] * f.footprint[5]);
                readings.extend(Parts { local: c[0] * local, region: c[0] * region + stayed, outside: edges }.shares());
            }
        }
        if !measured.is_empty() {
            let outside = (measured.iter().sum::<f64>() / measured.len() as f64 - local - region).max(0.0);
            readings.extend(Parts { local, region, outside }.shares());
        }
        for (k, origin) in [Origin::Local, Origin::Region, Origin::Outside].into_iter().enumerate() {
            if let Some(first) = readings.first() {
                let low = readings.iter().map(|r| r[k]).fold(f64::INFINITY, f64::min);
                let high = readings.iter().map(|r| r[k]).fold(f64::NEG_INFINITY, f64::max);
                list.push(OriginShare { receptor: row.receptor.clone(), origin, share: first[k], low, high });
            }
        }
    }
    list
}

/// Every published share beside ours.
pub fn bands(case: &Case, shares: &[OriginShare]) -> Vec<BandCheck> {
    let mut checks = Vec::new();
    for band in &case.bands {
        for receptor in &band.receptors {
            let Some(ours) = shares.iter().find(|s| s.receptor == *receptor && s.origin == band.origin) else {
                continue;
            };
            let (mid, low, high) = (100.0 * ours.share, 100.0 * ours.low, 100.0 * ours.high);
            let verdict = match mid {
                m if (band.low..=band.high).contains(&m) => "inside",
                _ if low <= band.high && high >= band.low => "overlaps",
                _ => "outside",
            };
            checks.push(BandCheck {
                band: band.clone(),
                receptor: receptor.clone(),
                ours: mid,
                ours_low: low,
                ours_high: high,
                verdict,
            });
        }
    }
    checks
}
