//! What sections feel of sources: values, each source's share of them, the footprint, and the books.
//!
//! [`River::steady`] takes every load as lasting for ever; [`River::in_time`] runs a period from clean water and averages each section over
//! its own time. Both go two ways, forward from the loads and backward from the sections, and lay the two side by side. The delivered
//! fraction of a source is the load that passes the section for each kg let go: felt (s m⁻³) × discharge there (m³ s⁻¹).

use super::adjoint::{self, Asked};
use super::flow::Flow;
use super::grid::{Grid, GridOptions};
use super::quality::{Books, Inputs, Kinetics, Load, Quality, RunOptions, Section, Site, Temperature};
use crate::problem::{Error, Result};
use crate::region::calendar::{DAY, Period, Time};
use crate::region::pollutant::Medium;
use crate::region::river::read_places::{RiverSection, RiverSource};
use crate::region::river::{Place, RiverNetwork};
use crate::transport::footprint::{Axes, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use std::collections::BTreeMap;

/// The river as it is asked.
#[derive(Debug, Clone)]
pub struct River<'a> {
    /// Elements and links.
    pub network: &'a RiverNetwork,
    /// Water.
    pub flow: &'a Flow,
    /// Chain.
    pub kinetics: &'a Kinetics,
    /// Water temperature, °C.
    pub temperature_c: f64,
    /// Longest cell, m.
    pub cell_m: f64,
    /// Longest step, s.
    pub step_s: f64,
    /// Longitudinal dispersion of each element, m² s⁻¹.
    pub dispersion_m2_s: Vec<f64>,
    /// How far the network may be trusted.
    pub standing: crate::region::Quality,
}

/// One section, quantity and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Position in the sections.
    pub section: usize,
    /// Position in the observed quantities of the kinetics.
    pub quantity: usize,
    /// Mean over this time; `None` = for ever.
    pub period: Option<Period>,
    /// By the forward run, kg m⁻³; `None` where the section was dry all the time.
    pub value_kg_m3: Option<f64>,
    /// By footprint × loads, kg m⁻³.
    pub through_footprint_kg_m3: f64,
    /// Discharge at the section, m³ s⁻¹, mean over the frames of its time.
    pub discharge_m3_s: f64,
}

/// A source's part of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Position in the rows.
    pub row: usize,
    /// Position in the footprint's sites.
    pub site: usize,
    /// Emitted species.
    pub species: usize,
    /// kg m⁻³.
    pub value_kg_m3: f64,
    /// Load passing the section over load let go; 0 without water.
    pub delivered: f64,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// By section, quantity and time.
    pub rows: Vec<Row>,
    /// By row, source and species, those that are not 0.
    pub shares: Vec<Share>,
    /// The sensitivities; rows as above.
    pub footprint: Footprint,
    /// Stretches of the series; empty where steady.
    pub stretches: Vec<Period>,
    /// By stretch, section and species, kg m⁻³.
    pub series: Vec<f64>,
    /// By species, with what a year or a step lost; only in time.
    pub books: Vec<Books>,
    /// Greatest error of the books over the species.
    pub mass_error: f64,
    /// Greatest relative difference between the forward value and footprint × loads.
    pub forward_error: f64,
    /// Finite volumes.
    pub cells: usize,
    /// Steps; 0 where steady.
    pub steps: usize,
}

/// Below this nothing is there, kg m⁻³ (an atom of hydrogen weighs 1.7e-27 kg).
const NOTHING_KG_M3: f64 = 1e-30;

/// Sources by name, each with its place, in the order of their first rows.
pub fn sites(sources: &[RiverSource]) -> Vec<(String, Place)> {
    let mut seen = BTreeMap::new();
    let mut list = Vec::new();
    for source in sources {
        if seen.insert(source.id.as_str(), ()).is_none() {
            list.push((source.id.clone(), source.place));
        }
    }
    list
}

struct Laid {
    grid: Grid,
    inputs: Inputs,
}

impl River<'_> {
    /// Cuts the network and lays the loads on it; `every_reach` adds a site `reach:<id>` at the head of each element.
    fn lay(&self, sources: &[RiverSource], sections: &[RiverSection], every_reach: bool) -> Result<Laid> {
        let sites = sites(sources);
        let cuts = sections.iter().map(|s| s.place).chain(sites.iter().map(|s| s.1)).collect();
        let grid = Grid::new(self.network, &GridOptions { cell_m: self.cell_m, lake_layers: 1, cuts })?;
        let mut inputs = Inputs::default();
        let position: BTreeMap<&str, usize> = sites.iter().enumerate().map(|(i, s)| (s.0.as_str(), i)).collect();
        inputs.sites = sites.iter().map(|(id, place)| Site::pipe(&grid, id, *place)).collect();
        if every_reach {
            let heads = self.network.elements.iter().enumerate();
            inputs.sites.extend(heads.map(|(e, element)| Site::head(&grid, &format!("reach:{}", element.id), e)));
        }
        for source in sources {
            let Some(species) = self.kinetics.index(&source.species) else {
                return Err(Error::Stage(format!(
                    "source {} lets go {}, which is no species of the chain ({})",
                    source.id,
                    source.species,
                    self.kinetics.species.join(", ")
                )));
            };
            let site = position[source.id.as_str()];
            inputs.loads.push(Load { site, species, period: source.period, kg_s: source.load_kg_s });
        }
        Ok(Laid { grid, inputs })
    }

    fn quality<'a>(&'a self, grid: &'a Grid) -> Quality<'a> {
        let mut quality = Quality::new(grid, self.flow, self.kinetics);
        quality.temperature = Temperature::Same(self.temperature_c);
        quality.dispersion_m2_s.clone_from(&self.dispersion_m2_s);
        quality.step_s = self.step_s;
        quality
    }

    fn discharge(&self, place: Place, period: Option<Period>) -> f64 {
        let flow = self.flow;
        let (first, last) = match period {
            Some(p) if !flow.is_steady() => (flow.frame_at(p.start), flow.frame_at(Time(p.end.0 - 1))),
            _ => (0, 0),
        };
        let sum: f64 = (first..=last).map(|f| flow.discharge_m3_s(f, place.element)).sum();
        sum / (last - first + 1) as f64
    }

    fn footprint(&self, laid: &Laid, bins: Vec<Period>, how: &str) -> Footprint {
        let (sites, cells) = (&laid.inputs.sites, laid.grid.cells.len());
        Footprint::new(Axes {
            medium: Medium::Water,
            quantity: ReceptorQuantity::Concentration,
            sites: sites.iter().map(|s| s.id.clone()).collect(),
            source_sites: (0..sites.len() as u32).map(Some).collect(),
            species: self.kinetics.species.clone(),
            bins,
            quality: self.standing,
            origin: format!("Liankong {}: {how}, {cells} cells", env!("CARGO_PKG_VERSION")),
            replicate_count: 0,
        })
    }

    /// Every load for ever.
    pub fn steady(&self, sources: &[RiverSource], sections: &[RiverSection], every_reach: bool) -> Result<Outcome> {
        let laid = self.lay(sources, sections, every_reach)?;
        let quality = self.quality(&laid.grid);
        let n = self.kinetics.species.len();
        let factorised = quality.steady()?;
        let state = factorised.solve(&laid.inputs)?;
        let always = Period { start: Time(0), end: Time(DAY) };
        let spanned = span(sections.iter().filter_map(|s| s.period)).unwrap_or(always);
        let mut outcome =
            Outcome::empty(self.footprint(&laid, vec![spanned], "adjoint of the steady state by one factorisation"));
        let mut asked = Vec::new();
        for (at, section) in sections.iter().enumerate() {
            let cell = laid.grid.cell_at(section.place);
            for (quantity, (_, weights)) in self.kinetics.observed.iter().enumerate() {
                let value = weights.iter().enumerate().map(|(s, w)| w * state.kg_m3[cell * n + s]).sum();
                outcome.rows.push(Row {
                    section: at,
                    quantity,
                    period: section.period,
                    value_kg_m3: Some(value),
                    through_footprint_kg_m3: 0.0,
                    discharge_m3_s: self.discharge(section.place, None),
                });
                asked.push((cell as u32, weights.clone()));
            }
        }
        let loads = mean_loads(&laid.inputs, n);
        factorised.felt(&asked, |row, felt| {
            let mut values = vec![0.0; laid.inputs.sites.len() * n];
            for (site, place) in laid.inputs.sites.iter().enumerate() {
                for (cell, share) in &place.cells {
                    (0..n).for_each(|s| values[site * n + s] += share * felt[*cell as usize * n + s]);
                }
            }
            let contributions = values.iter().zip(&loads).map(|(f, q)| f * q).collect::<Vec<f64>>();
            outcome.take(self, sections, row, spanned, &values, &contributions, 1, n);
        });
        outcome.mass_error = state.mass_error.iter().copied().fold(0.0, worse);
        outcome.cells = laid.grid.cells.len();
        outcome.compare();
        Ok(outcome)
    }

    /// A period from clean water. `bin_s` is the length of the emission bins, cut also wherever a load begins or ends;
    /// `output_s` that of the stretches of the series.
    pub fn in_time(
        &self,
        sources: &[RiverSource],
        sections: &[RiverSection],
        period: Period,
        bin_s: i64,
        output_s: f64,
    ) -> Result<Outcome> {
        let laid = self.lay(sources, sections, false)?;
        let quality = self.quality(&laid.grid);
        let n = self.kinetics.species.len();
        let bins = bins(period, bin_s, sources);
        let within = |p: Period| Period { start: p.start.max(period.start), end: p.end.min(period.end) };
        let looked: Vec<Section> =
            sections.iter().map(|s| Section::at(&laid.grid, &s.id, s.place, s.period.map_or(period, within))).collect();
        if let Some(outside) = looked.iter().find(|s| s.period.seconds() <= 0) {
            return Err(Error::Stage(format!(
                "section {}: its time lies outside {} to {}, which the flow and the loads cover",
                outside.id, period.start, period.end
            )));
        }
        let run = quality.run(period, &laid.inputs, &looked, &RunOptions { output_s: Some(output_s), books: true })?;
        let how = format!("discrete adjoint of finite volumes, steps of at most {} s", self.step_s);
        let mut outcome = Outcome::empty(self.footprint(&laid, bins.clone(), &how));
        let mut asked = Vec::new();
        for (at, section) in looked.iter().enumerate() {
            for (quantity, (_, weights)) in self.kinetics.observed.iter().enumerate() {
                let means = &run.means[at];
                let value = weights.iter().zip(means).map(|(w, c)| c.map(|c| w * c)).sum::<Option<f64>>();
                outcome.rows.push(Row {
                    section: at,
                    quantity,
                    period: Some(section.period),
                    value_kg_m3: value,
                    through_footprint_kg_m3: 0.0,
                    discharge_m3_s: self.discharge(sections[at].place, Some(section.period)),
                });
                asked.push(Asked { section: section.clone(), weights: weights.clone() });
            }
        }
        let rates = rates_by_bin(&laid.inputs, &bins, n);
        adjoint::sweep_all(&quality, period, &laid.inputs, &bins, &asked, |row, felt| {
            let contributions = felt.sites.iter().zip(&rates).map(|(f, q)| f * q).collect::<Vec<f64>>();
            outcome.take(self, sections, row, asked[row].section.period, &felt.sites, &contributions, bins.len(), n);
        })?;
        outcome.mass_error = run.books.iter().map(|b| b.error).fold(0.0, worse);
        (outcome.stretches, outcome.series, outcome.books) = (run.outputs, run.series, run.books);
        (outcome.cells, outcome.steps) = (laid.grid.cells.len(), run.steps);
        outcome.compare();
        Ok(outcome)
    }
}

impl Outcome {
    fn empty(footprint: Footprint) -> Outcome {
        Outcome {
            rows: Vec::new(),
            shares: Vec::new(),
            footprint,
            stretches: Vec::new(),
            series: Vec::new(),
            books: Vec::new(),
            mass_error: 0.0,
            forward_error: 0.0,
            cells: 0,
            steps: 0,
        }
    }

    /// One row of sensitivities by site, species and bin, with what the loads of each make of it.
    #[allow(clippy::too_many_arguments)] // the pieces of one row, nowhere else together
    fn take(
        &mut self,
        river: &River<'_>,
        sections: &[RiverSection],
        at: usize,
        period: Period,
        felt: &[f64],
        contributions: &[f64],
        bins: usize,
        n: usize,
    ) {
        let row = &mut self.rows[at];
        row.through_footprint_kg_m3 = contributions.iter().sum();
        let discharge = row.discharge_m3_s.abs();
        let receptor = ReceptorPeriod {
            receptor: sections[row.section].id.clone(),
            period,
            pollutant: river.kinetics.observed[row.quantity].0.clone(),
        };
        let place =
            |k: usize| Column { site: (k / bins / n) as u32, species: (k / bins % n) as u16, bin: (k % bins) as u16 };
        let entries = felt.iter().enumerate().filter(|(_, v)| **v != 0.0);
        self.footprint.push_row(receptor, Vec::new(), entries.map(|(k, v)| (place(k), *v, Vec::new())).collect());
        for (k, values) in contributions.chunks(bins).enumerate() {
            let value: f64 = values.iter().sum();
            if value != 0.0 {
                let felt: f64 = felt[k * bins..][..bins].iter().sum();
                self.shares.push(Share {
                    row: at,
                    site: k / n,
                    species: k % n,
                    value_kg_m3: value,
                    delivered: felt * discharge,
                });
            }
        }
    }

    fn compare(&mut self) {
        self.forward_error = self.rows.iter().fold(0.0, |worst, row| {
            let (a, b) = (row.value_kg_m3.unwrap_or(0.0), row.through_footprint_kg_m3);
            worse(worst, (a - b).abs() / a.abs().max(b.abs()).max(NOTHING_KG_M3))
        });
    }
}

/// The greater of two errors, where "not a number" is the greatest.
fn worse(a: f64, b: f64) -> f64 {
    if b.is_nan() { f64::INFINITY } else { a.max(b) }
}

/// From the first start to the last end.
pub fn span(periods: impl Iterator<Item = Period>) -> Option<Period> {
    periods.reduce(|a, b| Period { start: a.start.min(b.start), end: a.end.max(b.end) })
}

/// Bins of a length from the start of the period, cut also wherever a load begins or ends.
fn bins(period: Period, bin_s: i64, sources: &[RiverSource]) -> Vec<Period> {
    let mut borders: Vec<i64> = (period.start.0..period.end.0).step_by(bin_s.max(1) as usize).collect();
    borders.push(period.end.0);
    borders.extend(sources.iter().filter_map(|s| s.period).flat_map(|p| [p.start.0, p.end.0]));
    borders.retain(|b| (period.start.0..=period.end.0).contains(b));
    borders.sort_unstable();
    borders.dedup();
    borders.windows(2).map(|w| Period { start: Time(w[0]), end: Time(w[1]) }).collect()
}

/// Loads by site and species, each for ever, kg s⁻¹.
fn mean_loads(inputs: &Inputs, n: usize) -> Vec<f64> {
    let mut rates = vec![0.0; inputs.sites.len() * n];
    inputs.loads.iter().for_each(|l| rates[l.site * n + l.species] += l.kg_s);
    rates
}

/// Loads by site, species and bin, kg s⁻¹.
fn rates_by_bin(inputs: &Inputs, bins: &[Period], n: usize) -> Vec<f64> {
    let mut rates = vec![0.0; inputs.sites.len() * n * bins.len()];
    for load in &inputs.loads {
        let row = &mut rates[(load.site * n + load.species) * bins.len()..][..bins.len()];
        for (rate, bin) in row.iter_mut().zip(bins) {
            let share = load.period.map_or(1.0, |p| p.overlap_s(*bin) as f64 / bin.seconds() as f64);
            *rate += load.kg_s * share;
        }
    }
    rates
}
