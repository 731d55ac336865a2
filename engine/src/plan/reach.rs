//! What stands at each target today, and how far each measure would move it.
//!
//! ```text
//! now(t)      = mean of the readings in the period of t, else  Σ over emissions of F(t, s, p) q(s, p)
//! reach(t, m) = κ(t) Σ over effects of m of F(t, effect.source, effect.species) · effect.rate  (SI, at share 1)
//! κ(t)        = min(1, measured / modelled)
//! ```
//! `F` the footprint's entry summed over the emission times, s m⁻³; `q` and the rate kg s⁻¹. A measure acts all year, so
//! its rate is steady. Where the model brings more to a receptor than is measured there, κ scales it down to what is measured:
//! a plan must not take away what was never there. Where it brings less, the rest is held to be out of the measures'
//! reach, and κ = 1. The footprint is linear, so reaches add; what no source of the case explains stays as it is. A reach
//! below 1e-12 of the limit counts as none: no reading could tell, and a programme with terms so many powers of ten apart
//! cannot be solved.

use crate::observe::Observed;
use crate::region::Case;
use crate::region::calendar::{DAY, HOUR};
use crate::region::pollutant::Medium;
use crate::region::source::{Measure, Target};
use crate::transport::Footprint;

/// A reach below this share of the yardstick is none.
const NOTHING: f64 = 1e-12;

/// One target with all that the plan needs to know of it.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The target.
    pub target: &'a Target,
    /// Mean today, SI.
    pub now: f64,
    /// `measured` or `modelled`.
    pub now_basis: &'static str,
    /// κ, the part of the modelled effect that counts.
    pub closure: f64,
    /// What each measure of the case takes off the mean at share 1, SI.
    pub reach: Vec<f64>,
    /// Whether any footprint has a row for it.
    pub modelled: bool,
    /// Top-level member that answers for the receptor.
    pub member: String,
    /// Lowest-level member of the receptor.
    pub city: String,
    /// The rows of the footprints that know the receptor.
    rows: Vec<RowSums<'a>>,
}

impl Standing<'_> {
    /// What 1 kg/s less of a species at a source takes off the mean, SI. The first footprint that knows the source speaks for
    /// it, so that nothing counts twice.
    pub fn sensitivity(&self, source: usize, species: &str) -> f64 {
        self.closure * self.rows.iter().find_map(|r| r.of(source, species)).unwrap_or(0.0)
    }

    /// What a miss is a share of: the limit, or today's mean where the limit is 0.
    pub fn yardstick(&self) -> f64 {
        [self.target.limit, self.now].into_iter().map(f64::abs).find(|v| *v > 0.0).unwrap_or(1.0)
    }

    /// A miss as a share of the yardstick; 0 where the target holds.
    pub fn violation(&self, value: f64) -> f64 {
        ((value - self.target.limit) / self.yardstick()).max(0.0)
    }
}

/// A row of one footprint, summed over emission times: site × species.
#[derive(Debug, Clone)]
struct RowSums<'a> {
    footprint: &'a Footprint,
    row: usize,
    sums: Vec<f64>,
}

impl<'a> RowSums<'a> {
    fn new(footprint: &'a Footprint, row: usize) -> RowSums<'a> {
        let species = footprint.species.len();
        let mut sums = vec![0.0; footprint.sites.len() * species];
        for entry in footprint.row(row) {
            let at = entry.column.site as usize * species + usize::from(entry.column.species);
            if let Some(sum) = sums.get_mut(at) {
                *sum += entry.value;
            }
        }
        RowSums { footprint, row, sums }
    }

    /// F of a source and species; `None` where this footprint knows one of them not.
    fn of(&self, source: usize, species: &str) -> Option<f64> {
        let site = self.footprint.source_sites.get(source).copied().flatten()?;
        let at = self.footprint.species.iter().position(|s| s == species)?;
        self.sums.get(site as usize * self.footprint.species.len() + at).copied()
    }
}

/// Every target that has a mean today; the identifiers of those that have none (neither readings nor a footprint) follow.
pub fn standings<'a>(
    case: &'a Case,
    observed: &Observed,
    footprints: &[&'a Footprint],
) -> (Vec<Standing<'a>>, Vec<&'a str>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for target in &case.targets {
        let rows: Vec<RowSums<'_>> = footprints
            .iter()
            .filter_map(|f| Some(RowSums::new(f, f.find(&target.receptor, target.pollutant.spec().id, target.period)?)))
            .collect();
        let modelled = !rows.is_empty();
        let by_model = modelled.then(|| modelled_mean(case, &rows));
        let found = match (measured(observed, target), by_model) {
            (Some(mean), by_model) => {
                let over = by_model.filter(|m| *m > mean && mean >= 0.0);
                Some((mean, "measured", over.map_or(1.0, |m| mean / m)))
            }
            (None, Some(mean)) => Some((mean, "modelled", 1.0)),
            (None, None) => None,
        };
        let Some((now, now_basis, closure)) = found else {
            unknown.push(target.id.as_str());
            continue;
        };
        let city = receptor_member(case, target);
        let member = case.top(&city).to_string();
        let reach = Vec::new();
        let mut standing = Standing { target, now, now_basis, closure, reach, modelled, member, city, rows };
        let off =
            |m: &Measure| m.effects.iter().map(|e| standing.sensitivity(e.source, &e.species) * e.rate_kg_s).sum();
        standing.reach = case.measures.iter().map(off).collect();
        let least = NOTHING * standing.yardstick();
        standing.reach.iter_mut().filter(|r| r.abs() < least).for_each(|r| *r = 0.0);
        known.push(standing);
    }
    (known, unknown)
}

fn measured(observed: &Observed, target: &Target) -> Option<f64> {
    let series = match target.medium {
        // A mean over the period is the mean of its days; where only hours are reported, of its hours.
        Medium::Air => [DAY, HOUR].iter().find_map(|s| observed.find(&target.receptor, target.pollutant, *s)),
        Medium::Water => observed.section(&target.receptor, target.pollutant),
    };
    series.and_then(|s| s.mean(target.period)).map(|(mean, _)| mean)
}

fn modelled_mean(case: &Case, rows: &[RowSums<'_>]) -> f64 {
    case.emissions
        .iter()
        .filter_map(|e| {
            let row = rows.iter().find(|r| r.of(e.source, &e.species).is_some())?;
            let sensitivity = match e.period {
                None => row.of(e.source, &e.species)?,
                Some(_) => row.footprint.sensitivity_during(row.row, e.source, &e.species, e.period).0,
            };
            Some(sensitivity * e.rate_kg_s)
        })
        .sum()
}

fn receptor_member(case: &Case, target: &Target) -> String {
    let station = case.stations.iter().find(|s| s.id == target.receptor).map(|s| &s.member);
    let section = case.sections.iter().find(|s| s.id == target.receptor).map(|s| &s.member);
    let code = match target.medium {
        Medium::Air => station,
        Medium::Water => section,
    };
    code.cloned().unwrap_or_default()
}
