//! Everyone at the strictest: what it cuts, what that is worth at the receptors, and what it costs.

use super::Comparison;
use crate::observe::Observed;
use crate::plan::abatement::MILLION;
use crate::plan::programme::Programme;
use crate::plan::reach::{Standing, standings};
use crate::plan::solver::{Claim, minimise};
use crate::plan::yearly_cost;
use crate::problem::{Error, Result};
use crate::region::Case;
use crate::region::pollutant::Pollutant;
use crate::transport::Footprint;
use serde::Serialize;
use std::collections::BTreeMap;

/// One member's gap in one sector and species.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// Member.
    pub member: String,
    /// Sector of the case.
    pub sector: String,
    /// Species of the case.
    pub species: String,
    /// The member's limit, and what everyone would be held to.
    pub limit: f64,
    /// See `limit`.
    pub common: f64,
    /// Unit of both.
    pub unit: String,
    /// What its sources emit, kg/s.
    pub emitted_kg_s: f64,
    /// What the common limit takes away, kg/s.
    pub cut_kg_s: f64,
    /// What the measures of the case can take away of it, kg/s.
    pub reachable_kg_s: f64,
    /// What the whole cut takes off the mean at each target: target, pollutant, SI value.
    pub worth: Vec<(String, Pollutant, f64)>,
}

/// Everyone at the strictest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unified {
    /// Gap by gap.
    pub gaps: Vec<Gap>,
    /// The least cost of taking away all that can be reached, CNY a year, and what it is proved from below by.
    pub cost: f64,
    /// See `cost`.
    pub bound: f64,
    /// Target, pollutant, mean today, and mean with the common limits everywhere (whether or not measures reach it), SI.
    pub targets: Vec<(String, Pollutant, f64, f64)>,
}

/// Holds everyone to the strictest of the comparisons that bear on the case.
pub fn unify(
    case: &Case,
    observed: &Observed,
    footprints: &[&Footprint],
    comparisons: &[Comparison],
) -> Result<Unified> {
    let (standings, _) = standings(case, observed, footprints);
    let mut gaps = Vec::new();
    let mut demands: Vec<(usize, String, f64)> = Vec::new();
    for c in comparisons.iter().filter(|c| !c.case_sector.is_empty() && !c.case_species.is_empty()) {
        let Some(common) = c.common() else { continue };
        for bound in c.bounds.iter().filter(|b| b.loosest > common) {
            let share = 1.0 - common / bound.loosest;
            let mut gap = Gap {
                member: bound.member.clone(),
                sector: c.case_sector.clone(),
                species: c.case_species.clone(),
                limit: bound.loosest,
                common,
                unit: c.unit.clone(),
                emitted_kg_s: 0.0,
                cut_kg_s: 0.0,
                reachable_kg_s: 0.0,
                worth: standings.iter().map(|s| (s.target.id.clone(), s.target.pollutant, 0.0)).collect(),
            };
            for (source, rate) in emitted(case, &bound.member, &c.case_sector, &c.case_species) {
                let cut = rate * share;
                gap.emitted_kg_s += rate;
                gap.cut_kg_s += cut;
                gap.reachable_kg_s += cut.min(removable(case, source, &c.case_species));
                for (worth, s) in gap.worth.iter_mut().zip(&standings) {
                    worth.2 += s.sensitivity(source, &c.case_species) * cut;
                }
                demands.push((source, c.case_species.clone(), cut.min(removable(case, source, &c.case_species))));
            }
            if gap.emitted_kg_s > 0.0 {
                gaps.push(gap);
            }
        }
    }
    let (cost, bound) = least_cost(case, &demands)?;
    let targets = standings.iter().enumerate().map(|(t, s): (usize, &Standing<'_>)| {
        let taken: f64 = gaps.iter().filter_map(|g| g.worth.get(t)).map(|w| w.2).sum();
        (s.target.id.clone(), s.target.pollutant, s.now, s.now - taken)
    });
    let targets = targets.collect();
    Ok(Unified { gaps, cost, bound, targets })
}

/// Mean emission of the member's sources of a sector, kg/s; several periods are averaged over time by the plan's rule.
fn emitted(case: &Case, member: &str, sector: &str, species: &str) -> Vec<(usize, f64)> {
    let mut rates: BTreeMap<usize, f64> = BTreeMap::new();
    for ((source, of), rate) in crate::plan::least_cost::emitted(case) {
        let Some(s) = case.sources.get(source) else { continue };
        let owned = s.member.as_deref().is_some_and(|code| case.top(code) == member);
        if owned && s.sector == sector && of == species {
            *rates.entry(source).or_default() += rate;
        }
    }
    rates.into_iter().collect()
}

/// What all measures together can take of a species at a source, kg/s.
fn removable(case: &Case, source: usize, species: &str) -> f64 {
    let mut best: BTreeMap<String, f64> = BTreeMap::new();
    let mut sum = 0.0;
    for m in &case.measures {
        let off: f64 =
            m.effects.iter().filter(|e| e.source == source && e.species == species).map(|e| e.rate_kg_s).sum();
        match m.group.as_str() {
            "" => sum += off * m.max_share,
            group => {
                let held = best.entry(format!("{}/{group}", m.source)).or_default();
                *held = held.max(off * m.max_share);
            }
        }
    }
    sum + best.values().sum::<f64>()
}

/// The least cost of taking these amounts away.
fn least_cost(case: &Case, demands: &[(usize, String, f64)]) -> Result<(f64, f64)> {
    let touches = |m: &&crate::region::source::Measure| {
        m.effects.iter().any(|e| demands.iter().any(|(s, k, _)| e.source == *s && e.species == *k))
    };
    let measures: Vec<&crate::region::source::Measure> = case.measures.iter().filter(touches).collect();
    if measures.is_empty() {
        return Ok((0.0, 0.0));
    }
    let cost = measures.iter().map(|m| yearly_cost(m, case.settings.plan.interest_rate) / MILLION).collect();
    let mut programme = Programme::new(cost, measures.iter().map(|m| m.max_share).collect());
    let mut wanted: BTreeMap<(usize, &str), f64> = BTreeMap::new();
    for (source, species, cut) in demands {
        let most = wanted.entry((*source, species)).or_default();
        *most = most.max(*cut);
    }
    for ((source, species), cut) in wanted.iter().filter(|(_, cut)| **cut > 0.0) {
        let off = |m: &crate::region::source::Measure| -> f64 {
            m.effects.iter().filter(|e| e.source == *source && e.species == *species).map(|e| e.rate_kg_s).sum()
        };
        // In shares of the cut; a hair is left to rounding.
        let terms = measures.iter().enumerate().map(|(j, m)| (j, -off(m) / cut));
        programme.at_most(-1.0 + 1e-9, terms.collect::<Vec<_>>());
    }
    let mut groups: BTreeMap<(usize, &str), Vec<(usize, f64)>> = BTreeMap::new();
    for (j, m) in measures.iter().enumerate().filter(|(_, m)| !m.group.is_empty()) {
        groups.entry((m.source, &m.group)).or_default().push((j, 1.0));
    }
    groups.into_values().for_each(|terms| programme.at_most(1.0, terms));
    match minimise(&programme)? {
        Claim::Optimal { x, y } => Ok((programme.objective(&x) * MILLION, programme.lower_bound(&y) * MILLION)),
        Claim::Infeasible => Err(Error::Stage(
            "the cuts of the common limits contradict each other within groups of measures; check the groups of measures.csv".into(),
        )),
    }
}
