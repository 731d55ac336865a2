//! What orders bring: the footprint of the event's days applied to what is stopped.
//!
//! ```text
//! effect(o) = − 1/D Σ_d Σ_bins F(r, d; s, p, bin) · |bin ∩ window(o)| / |bin| · cut · q(s, p)
//! ```
//! `D` the days (rows) of receptor r that lie wholly inside the event, `F` entry of the footprint (s m⁻³ times the bin,
//! for 1 kg s⁻¹), `q` the emission rate, kg s⁻¹; the effect in kg m⁻³ of PM2.5, negative where the air is cleaner. The
//! footprint is linear, so the effects of the orders add up to the expected effect.
//!
//! Sampling error of the mean over days: √(Σ_d e_d²) / D, e_d the error of the functional of one row; the days are sampled
//! by particles of their own. It knows nothing of errors in wind, chemistry or emissions.
//!
//! Two dense tables keep the work at (entries of the rows) + (orders × bins): the mean row of the protected receptor, and
//! the rate that all orders together stop at each site, species and emission time.

use super::orders::Stop;
use crate::region::Case;
use crate::region::calendar::Period;
use crate::transport::Footprint;

/// What the event's receptors measure.
const QUANTITY: &str = "PM2.5";

/// The receptor that the event protects and the event's time: the span of the rules, clipped to the campaign that shares
/// most of it; without such a campaign the span, and no receptor.
pub fn protected(case: &Case) -> (Option<String>, Option<Period>) {
    let start = case.event.iter().map(|r| r.window.start).min();
    let end = case.event.iter().map(|r| r.window.end).max();
    let (Some(start), Some(end)) = (start, end) else { return (None, None) };
    let span = Period { start, end };
    // The first of equals: max_by_key would give the last.
    let nearest = case.campaigns.iter().rev().max_by_key(|c| c.window.overlap_s(span));
    match nearest.filter(|c| c.window.overlap_s(span) > 0) {
        None => (None, Some(span)),
        Some(c) => {
            let window = Period { start: span.start.max(c.window.start), end: span.end.min(c.window.end) };
            (Some(c.treated.clone()), Some(window))
        }
    }
}

/// The rows of a receptor that lie wholly inside the event.
fn rows(air: &Footprint, receptor: &str, window: Period) -> Vec<usize> {
    let inside = |p: Period| window.start <= p.start && p.end <= window.end;
    (0..)
        .zip(&air.rows)
        .filter(|(_, r)| r.receptor == receptor && r.pollutant == QUANTITY && inside(r.period))
        .map(|(i, _)| i)
        .collect()
}

/// Where a site, species and bin stand in a dense table.
fn at(air: &Footprint, site: u32, species: usize, bin: usize) -> usize {
    (site as usize * air.species.len() + species) * air.bins.len() + bin
}

/// The site and species of an emission; `None` where the footprint does not know them.
fn place(air: &Footprint, source: usize, species: &str) -> Option<(u32, usize)> {
    let site = air.source_sites.get(source).copied().flatten()?;
    Some((site, air.species.iter().position(|s| s == species)?))
}

/// The bins that a time touches, each with the share of it.
fn bins(air: &Footprint, during: Period) -> impl Iterator<Item = (usize, f64)> + '_ {
    let share = move |bin: &Period| during.overlap_s(*bin) as f64 / bin.seconds().max(1) as f64;
    air.bins.iter().enumerate().map(move |(k, bin)| (k, share(bin))).filter(|(_, share)| *share > 0.0)
}

/// The mean row of the protected receptor over the event's days, dense.
pub struct Reach<'a> {
    air: &'a Footprint,
    mean: Vec<f64>,
}

impl<'a> Reach<'a> {
    /// `None` where the receptor has no row inside the event.
    pub fn at(air: &'a Footprint, receptor: &str, window: Period) -> Option<Reach<'a>> {
        let rows = rows(air, receptor, window);
        let mut mean = vec![0.0; air.sites.len() * air.species.len() * air.bins.len()];
        for row in &rows {
            for entry in air.row(*row) {
                let c = entry.column;
                if let Some(sum) = mean.get_mut(at(air, c.site, usize::from(c.species), usize::from(c.bin))) {
                    *sum += entry.value / rows.len() as f64;
                }
            }
        }
        (!rows.is_empty()).then_some(Reach { air, mean })
    }

    /// Effect of what is stopped at one source; `None` where the footprint knows none of it.
    pub fn effect(&self, source: usize, stops: &[Stop]) -> Option<f64> {
        let known: Vec<f64> = stops
            .iter()
            .filter_map(|stop| {
                let (site, species) = place(self.air, source, &stop.species)?;
                let felt = |bin| self.mean.get(at(self.air, site, species, bin)).copied().unwrap_or(0.0);
                let seconds: f64 = bins(self.air, stop.during).map(|(bin, share)| felt(bin) * share).sum();
                Some(seconds * stop.rate_kg_s)
            })
            .collect();
        // 0 − x and not −x: nothing felt is 0, never −0.
        (!known.is_empty()).then(|| 0.0 - known.iter().sum::<f64>())
    }
}

/// What all orders together stop, kg s⁻¹ by site, species and emission time, dense.
pub struct Stopped {
    rates: Vec<f64>,
}

impl Stopped {
    /// Adds up the stops (with their sources) in the order they come.
    pub fn of<'a>(air: &Footprint, stops: impl Iterator<Item = (usize, &'a Stop)>) -> Stopped {
        let mut rates = vec![0.0; air.sites.len() * air.species.len() * air.bins.len()];
        for (source, stop) in stops {
            let Some((site, species)) = place(air, source, &stop.species) else { continue };
            for (bin, share) in bins(air, stop.during) {
                if let Some(rate) = rates.get_mut(at(air, site, species, bin)) {
                    *rate += stop.rate_kg_s * share;
                }
            }
        }
        Stopped { rates }
    }
}

/// Mean effect of all that is stopped at a receptor over its days inside the event, with its sampling error.
pub fn mean_expected(air: &Footprint, stopped: &Stopped, receptor: &str, window: Period) -> Option<(f64, f64)> {
    let rows = rows(air, receptor, window);
    let (mut sum, mut variance) = (0.0, 0.0);
    for row in &rows {
        let (felt, error) = air.functional(*row, |c| {
            let rate = stopped.rates.get(at(air, c.site, usize::from(c.species), usize::from(c.bin)));
            rate.copied().unwrap_or(0.0)
        });
        sum += felt;
        variance += error * error;
    }
    let days = rows.len() as f64;
    (!rows.is_empty()).then(|| (0.0 - sum / days, variance.sqrt() / days))
}

/// The same at every station that has rows inside the event, in the order of the stations.
pub fn expected_by_station(case: &Case, air: &Footprint, stopped: &Stopped, window: Period) -> Vec<(String, f64)> {
    let at = |station: &str| mean_expected(air, stopped, station, window).map(|(effect, _)| effect);
    case.stations.iter().filter_map(|s| Some((s.id.clone(), at(&s.id)?))).collect()
}
