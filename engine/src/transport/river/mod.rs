//! River transport: the network of reaches and lakes becomes footprints of its sections.
//!
//! [`footprint`] asks backwards, once per section and quantity: who reaches it, and by how much? [`forward`] runs the
//! actual emissions down the river on its own. [`balance`] lays the two side by side and closes the mass. Equations in
//! [`steady`]; concepts in `docs/concepts/river.md`.
//!
//! Beside that steady plug flow over a case stands the engine over a [`crate::region::river::RiverNetwork`]: [`grid`] (finite
//! volumes), [`flow`] (given or routed), [`quality`] (forward in time and at rest), [`adjoint`] (backward, to footprints).

pub mod adjoint;
pub mod flow;
pub mod grid;
pub mod network;
pub mod quality;
pub mod steady;
#[cfg(test)]
mod tests;

use super::footprint::{Axes, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use crate::problem::Result;
use crate::region::calendar::Period;
use crate::region::pollutant::{Medium, Pollutant};
use crate::region::source::{Emission, Process};
use crate::region::{Case, Quality};
use network::Network;
use serde::Serialize;

/// Below this nothing is there, kg m⁻³ (an atom of hydrogen weighs 1.7e-27 kg).
const NOTHING_KG_M3: f64 = 1e-30;

/// What every modelled section of the case feels of every water source, by one backward sweep per section and quantity.
/// `None` where the case has no water period, network, chain or section to speak of.
///
/// Rows: section × measured quantity of the chain × the water period, and the same numbers again (the state is steady)
/// for a target's own period. One emission bin, the water period.
pub fn footprint(case: &Case) -> Result<Option<Footprint>> {
    let (Some(network), Some(period)) = (Network::new(case)?, case.settings.water_period) else { return Ok(None) };
    let mut footprint = Footprint::new(Axes {
        medium: Medium::Water,
        quantity: ReceptorQuantity::Concentration,
        sites: network.sites.clone(),
        source_sites: network.source_sites.clone(),
        species: network.chain.species.clone(),
        bins: vec![period],
        quality: case.settings.quality,
        origin: origin(case),
        replicate_count: 0,
    });
    let whole = steady::passages(&network)?;
    for (at, section) in case.sections.iter().enumerate() {
        let Some(place) = network.place_of(at) else { continue };
        for (quantity, weights) in &network.chain.observed {
            let felt = steady::adjoint(&network, &whole, place, weights)?;
            for period in periods(case, &section.id, quantity, period) {
                let row = ReceptorPeriod { receptor: section.id.clone(), period, pollutant: quantity.clone() };
                let column =
                    |site: usize, species: usize| Column { site: site as u32, species: species as u16, bin: 0 };
                let entries = felt.iter().map(|(site, species, f)| (column(*site, *species), *f, Vec::new())).collect();
                footprint.push_row(row, Vec::new(), entries);
            }
        }
    }
    Ok(Some(footprint))
}

fn origin(case: &Case) -> String {
    let basis = match case.settings.quality {
        Quality::Screening => " at the mean flows of a schematic network",
        Quality::Standard => "",
    };
    format!(
        "Liankong {}: adjoint of steady plug flow and stirred lakes with first-order reactions, {} elements{basis}",
        env!("CARGO_PKG_VERSION"),
        case.reaches.len()
    )
}

/// The water period, then every other period that a target of this section and quantity asks for.
fn periods(case: &Case, section: &str, quantity: &str, whole: Period) -> Vec<Period> {
    let mut periods = vec![whole];
    let asked = case.targets.iter().filter(|t| {
        t.medium == Medium::Water && t.receptor == section && Pollutant::parse(quantity) == Some(t.pollutant)
    });
    for target in asked {
        if !periods.contains(&target.period) {
            periods.push(target.period);
        }
    }
    periods
}

/// One measured quantity at one section, by the forward run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SectionValue {
    /// Section.
    pub section: String,
    /// Measured quantity, by the name in the chain.
    pub pollutant: String,
    /// kg m⁻³.
    pub value: f64,
}

/// The loads of one element.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachLoad {
    /// Reach or lake.
    pub reach: String,
    /// Load entering at its head (from above and inflow), kg s⁻¹ by species.
    pub head_kg_s: Vec<f64>,
    /// Load leaving at its foot, kg s⁻¹ by species.
    pub foot_kg_s: Vec<f64>,
    /// Mass in it, kg by species.
    pub mass_kg: Vec<f64>,
}

/// Where one species came from and went, kg s⁻¹, over the whole network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Budget {
    /// Species.
    pub species: String,
    /// From the sources.
    pub emitted: f64,
    /// Made of other species on the way (with the mass yield).
    pub made: f64,
    /// Left the region with the water.
    pub left: f64,
    /// Lost in reaches and lakes.
    pub lost: f64,
    /// Became other species.
    pub converted: f64,
    /// |emitted + made − left − lost − converted| over emitted + made. Losses are rate × mass in the water, the mass
    /// integrated along every reach; the loads are solved for on their own. So the error tells of lost water at a division
    /// and of bad arithmetic. It says nothing of whether the rates are right.
    pub error: f64,
}

/// The river with the actual emissions.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Forward {
    /// By section and quantity.
    pub sections: Vec<SectionValue>,
    /// Names of the columns of the loads.
    pub species: Vec<String>,
    /// By reach, in the order of the table.
    pub reaches: Vec<ReachLoad>,
    /// By species.
    pub budget: Vec<Budget>,
}

/// Runs the emissions of the case (means over the water period) down the river. Empty where there is no river.
pub fn forward(case: &Case) -> Result<Forward> {
    let (Some(network), Some(period)) = (Network::new(case)?, case.settings.water_period) else {
        return Ok(Forward::default());
    };
    let n = network.chain.species.len();
    let mut rates = vec![vec![0.0; n]; network.sites.len()];
    for emission in &case.emissions {
        let site = network.source_sites.get(emission.source).copied().flatten();
        if let (Some(site), Some(i)) = (site, network.chain.index(&emission.species)) {
            rates[site as usize][i] += mean_rate(emission, period);
        }
    }
    let sweep = steady::forward(&network, &rates)?;
    let mut sections = Vec::new();
    for (at, section) in case.sections.iter().enumerate() {
        let Some((reach, _)) = network.place_of(at) else { continue };
        for (quantity, weights) in &network.chain.observed {
            let load: f64 = weights.iter().zip(&sweep.at_section[at]).map(|(w, l)| w * l).sum();
            let value = load / case.reaches[reach].flow_m3_s;
            sections.push(SectionValue { section: section.id.clone(), pollutant: quantity.clone(), value });
        }
    }
    let reaches = case.reaches.iter().enumerate().map(|(r, reach)| ReachLoad {
        reach: reach.id.clone(),
        head_kg_s: sweep.head[r].clone(),
        foot_kg_s: sweep.foot[r].clone(),
        mass_kg: sweep.mass[r].clone(),
    });
    let budget = budget(&network, &rates, &sweep);
    Ok(Forward { sections, reaches: reaches.collect(), budget, species: network.chain.species })
}

/// Mean rate over the water period, kg s⁻¹.
fn mean_rate(emission: &Emission, whole: Period) -> f64 {
    let share = emission.period.map_or(1.0, |p| p.overlap_s(whole) as f64 / whole.seconds() as f64);
    emission.rate_kg_s * share
}

/// The books of each species, with the steps of the chain taken one by one from the case.
fn budget(network: &Network<'_>, rates: &[Vec<f64>], sweep: &steady::Sweep) -> Vec<Budget> {
    let case = network.case;
    let mass = |i: usize| sweep.mass.iter().map(|m| m[i]).sum::<f64>();
    let leaving = |r: usize| case.reaches[r].branches.iter().filter(|b| b.to.is_none()).map(|b| b.share).sum::<f64>();
    let mut books: Vec<Budget> = network
        .chain
        .species
        .iter()
        .enumerate()
        .map(|(i, species)| Budget {
            species: species.clone(),
            emitted: rates.iter().map(|r| r[i]).sum(),
            made: 0.0,
            left: sweep.foot.iter().enumerate().map(|(r, foot)| leaving(r) * foot[i]).sum(),
            lost: 0.0,
            converted: 0.0,
            error: 0.0,
        })
        .collect();
    for step in case.reactions.iter().filter(|s| s.medium == Medium::Water) {
        let Some(i) = network.chain.index(&step.species) else { continue };
        let rate = step.rate_per_s * mass(i);
        match step.process {
            Process::Loss => books[i].lost += rate,
            Process::Convert => {
                books[i].converted += rate;
                if let Some(j) = network.chain.index(&step.product) {
                    books[j].made += step.mass_yield * rate;
                }
            }
            Process::Observe => {}
        }
    }
    for b in &mut books {
        let income = b.emitted + b.made;
        if income > 0.0 {
            b.error = (income - b.left - b.lost - b.converted).abs() / income;
        }
    }
    books
}

/// How well the river's books balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct RiverBalance {
    /// Greatest relative difference between footprint × emissions and the forward run, over sections and quantities.
    pub forward_error: f64,
    /// Greatest error of [`Budget`] over the species.
    pub mass_error: f64,
}

/// Lays the footprint beside the forward run.
pub fn balance(case: &Case, footprint: &Footprint, forward: &Forward) -> RiverBalance {
    let mut forward_error: f64 = 0.0;
    for (r, row) in footprint.rows.iter().enumerate() {
        let through_footprint: f64 = case
            .emissions
            .iter()
            .map(|e| e.rate_kg_s * footprint.sensitivity_during(r, e.source, &e.species, e.period).0)
            .sum();
        let by_forward = forward.sections.iter().find(|s| s.section == row.receptor && s.pollutant == row.pollutant);
        let by_forward = by_forward.map_or(0.0, |s| s.value);
        let size = through_footprint.abs().max(by_forward.abs()).max(NOTHING_KG_M3);
        forward_error = worse(forward_error, (through_footprint - by_forward).abs() / size);
    }
    RiverBalance { forward_error, mass_error: forward.budget.iter().map(|b| b.error).fold(0.0, worse) }
}

/// The greater of two errors, where "not a number" is the greatest.
fn worse(a: f64, b: f64) -> f64 {
    if b.is_nan() { f64::INFINITY } else { a.max(b) }
}
