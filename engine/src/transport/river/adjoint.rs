//! Backwards: what each section feels of every source, inflow, day and precursor.
//!
//! ```text
//! forward     x⁺ = Tₙ x + Bₙ s                  c̄ = Σₙ gₙᵀ yₙ          (super::quality::sweep)
//! backward    λ = Tₙᵀ λ⁺ + …gₙ                  ∂c̄/∂s of step n = Bₙᵀ(…)
//! ```
//! The backward sweep is the transpose of the discrete forward step, line by line, so the two agree to rounding on any
//! network, with loops and reversal; nothing is linearised or interpolated. One sweep carries several sections side by side
//! (lanes), and only the species that can become the observed one. Its cost does not depend on the number of sources.
//!
//! Entries of the footprint are s m⁻³ for a rate of 1 kg s⁻¹ during one bin; base terms are what the section keeps of the
//! concentration of each inflow (`inflow:<id>:<species>`) and of the water that was there at the start
//! (`initial:<species>`), kg m⁻³ per kg m⁻³.

use super::quality::operator::Operator;
use super::quality::sweep::Reactions;
use super::quality::{Inputs, Kinetics, Quality, Section, Step, overlap_s, sweep, with_species};
use crate::problem::{Error, Result};
use crate::region::calendar::Period;
use crate::region::pollutant::Medium;
use crate::transport::footprint::{Axes, BaseTerm, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use rayon::prelude::*;

/// Sections in one sweep.
const TOGETHER: usize = 8;

/// What one section and quantity feels.
#[derive(Debug, Clone, PartialEq)]
pub struct Felt {
    /// Of 1 kg s⁻¹ during a bin, s m⁻³: by site, species and bin.
    pub sites: Vec<f64>,
    /// Of 1 kg m⁻³ in an inflow during a bin: by inflow, species and bin.
    pub inflows: Vec<f64>,
    /// Of 1 kg in a cell at the start, m⁻³: by cell and species.
    pub initial: Vec<f64>,
    /// Of 1 kg m⁻³ everywhere at the start, by species.
    pub stayed: Vec<f64>,
}

impl Felt {
    /// Σ felt × what the inputs hold, kg m⁻³, where every load lasts through whole bins: an own way to the forward value.
    pub fn value(&self, inputs: &Inputs, bins: &[Period], species: usize) -> f64 {
        let at = |list: &[f64], place: usize, s: usize, window: Option<Period>| -> f64 {
            let values = &list[(place * species + s) * bins.len()..][..bins.len()];
            let share = |bin: Period| window.map_or(1.0, |w| w.overlap_s(bin) as f64 / bin.seconds() as f64);
            values.iter().zip(bins).map(|(v, bin)| v * share(*bin)).sum()
        };
        let loads: f64 = inputs.loads.iter().map(|l| l.kg_s * at(&self.sites, l.site, l.species, l.period)).sum();
        let carried: f64 =
            inputs.carried.iter().map(|c| c.kg_m3 * at(&self.inflows, c.inflow, c.species, c.period)).sum();
        let initial: f64 = inputs.initial_kg.iter().zip(&self.initial).map(|(m, f)| m * f).sum();
        loads + carried + initial
    }
}

/// A section with the weights of the species it measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Where and when.
    pub section: Section,
    /// Weight of each species of the kinetics.
    pub weights: Vec<f64>,
}

/// The footprint of sections over a period of the river: one row for each section and measured quantity, entries for each
/// site, species and bin. Bins must follow each other without overlap inside the period; loads outside of them are not
/// told. Sections whose mean is not inside the period feel only what is.
pub fn footprint(
    quality: &Quality<'_>,
    period: Period,
    inputs: &Inputs,
    sections: &[Section],
    bins: &[Period],
    standing: crate::region::Quality,
) -> Result<Footprint> {
    let kinetics = quality.kinetics;
    let mut footprint = Footprint::new(Axes {
        medium: Medium::Water,
        quantity: ReceptorQuantity::Concentration,
        sites: inputs.sites.iter().map(|s| s.id.clone()).collect(),
        source_sites: (0..inputs.sites.len() as u32).map(Some).collect(),
        species: kinetics.species.clone(),
        bins: bins.to_vec(),
        quality: standing,
        origin: format!(
            "Liankong {}: discrete adjoint of finite volumes with first-order reactions, {} cells, steps of at most {} s",
            env!("CARGO_PKG_VERSION"),
            quality.grid.cells.len(),
            quality.step_s
        ),
        replicate_count: 0,
    });
    let mut rows = Vec::new();
    let mut asked = Vec::new();
    for section in sections {
        for (name, weights) in &kinetics.observed {
            rows.push(ReceptorPeriod { receptor: section.id.clone(), period: section.period, pollutant: name.clone() });
            asked.push(Asked { section: section.clone(), weights: weights.clone() });
        }
    }
    let n = kinetics.species.len();
    sweep_all(quality, period, inputs, bins, &asked, |at, felt| {
        let mut entries = Vec::new();
        for (place, value) in felt.sites.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            let (bin, species, site) = (place % bins.len(), place / bins.len() % n, place / bins.len() / n);
            let column = Column { site: site as u32, species: species as u16, bin: bin as u16 };
            entries.push((column, *value, Vec::new()));
        }
        footprint.push_row(rows[at].clone(), base(inputs, kinetics, bins.len(), &felt), entries);
    })?;
    Ok(footprint)
}

fn base(inputs: &Inputs, kinetics: &Kinetics, bins: usize, felt: &Felt) -> Vec<BaseTerm> {
    let n = kinetics.species.len();
    let mut terms = Vec::new();
    for (i, inflow) in inputs.inflows.iter().enumerate() {
        for (s, species) in kinetics.species.iter().enumerate() {
            let weight: f64 = felt.inflows[(i * n + s) * bins..][..bins].iter().sum();
            terms.push(BaseTerm { name: format!("inflow:{}:{species}", inflow.id), weight });
        }
    }
    let stayed = kinetics.species.iter().zip(&felt.stayed);
    terms.extend(stayed.map(|(species, weight)| BaseTerm { name: format!("initial:{species}"), weight: *weight }));
    terms.retain(|t| t.weight != 0.0);
    terms
}

/// What each of the asked feels, in their order. Sweeps run side by side; each finished batch is handed on before the next
/// begins, so that memory holds only a few.
pub fn sweep_all(
    quality: &Quality<'_>,
    period: Period,
    inputs: &Inputs,
    bins: &[Period],
    asked: &[Asked],
    mut done: impl FnMut(usize, Felt),
) -> Result<()> {
    quality.check()?;
    inputs.check(quality.grid, quality.kinetics.species.len())?;
    let apart = bins.windows(2).all(|b| b[0].end <= b[1].start) && bins.iter().all(|b| b.seconds() > 0);
    if bins.is_empty() || !apart || bins.len() > usize::from(u16::MAX) {
        return Err(Error::Stage(
            "the bins of a footprint must follow each other without overlap, and none be empty".into(),
        ));
    }
    if asked.iter().any(|a| a.weights.len() != quality.kinetics.species.len()) {
        return Err(Error::Stage("a section's weights do not belong to the species of the chain".into()));
    }
    if let Some(lost) = asked.iter().find(|a| a.section.cell as usize >= quality.grid.cells.len()) {
        return Err(Error::Stage(format!("section {} lies outside the grid", lost.section.id)));
    }
    let steps = quality.steps(period)?;
    let needs = |a: &Asked| {
        let observed: Vec<usize> = (0..a.weights.len()).filter(|s| a.weights[*s] != 0.0).collect();
        quality.kinetics.ancestors(&observed)
    };
    let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (at, a) in asked.iter().enumerate() {
        let species = needs(a);
        match groups.iter_mut().find(|g| g.0 == species) {
            Some(group) => group.1.push(at),
            None => groups.push((species, vec![at])),
        }
    }
    let sweeps: Vec<(&[usize], &[usize])> = groups
        .iter()
        .flat_map(|(species, rows)| rows.chunks(TOGETHER).map(move |rows| (species.as_slice(), rows)))
        .collect();
    // Rows are handed on in their order, whatever order the sweeps had.
    let mut waiting: Vec<Option<Felt>> = vec![None; asked.len()];
    let mut next = 0;
    for batch in sweeps.chunks(rayon::current_num_threads().max(1)) {
        let found: Vec<Result<Vec<Felt>>> = batch
            .par_iter()
            .map(|(species, rows)| {
                let restricted = quality.kinetics.restricted(species);
                let quality = Quality { kinetics: &restricted, ..quality.clone() };
                let rows: Vec<&Asked> = rows.iter().map(|r| &asked[*r]).collect();
                let job = Job { quality: &quality, period, inputs, bins, steps: &steps, species, rows: &rows };
                with_species!(species.len(); backward * 8; &job)
            })
            .collect();
        for ((_, rows), found) in batch.iter().zip(found) {
            rows.iter().zip(found?).for_each(|(row, felt)| waiting[*row] = Some(felt));
        }
        while let Some(felt) = waiting.get_mut(next).and_then(Option::take) {
            done(next, felt);
            next += 1;
        }
    }
    Ok(())
}

/// One sweep of up to eight sections.
struct Job<'a> {
    /// With the chain of `species` alone.
    quality: &'a Quality<'a>,
    period: Period,
    inputs: &'a Inputs,
    bins: &'a [Period],
    steps: &'a [Step],
    species: &'a [usize],
    rows: &'a [&'a Asked],
}

fn backward<const N: usize, const W: usize>(job: &Job<'_>) -> Result<Vec<Felt>> {
    let quality = job.quality;
    let cells = quality.grid.cells.len();
    let (mut lambda, mut mu) = (vec![[0.0; W]; cells], vec![[0.0; W]; cells]);
    let mut operator = Operator::default();
    let mut reactions: Option<Reactions<N>> = None;
    let mut gathered = Gathered::<N, W>::new(job);
    let mut looked_s = [0.0; TOGETHER];
    for (at, step) in job.steps.iter().enumerate().rev() {
        if reactions.is_none() || !step.goes_on {
            let (flow, temperature) = (quality.flow, &quality.temperature);
            reactions =
                Some(Reactions::new(quality.grid, flow, quality.kinetics, temperature, step.frame, step.step_s));
        }
        let Some(r) = reactions.as_ref() else { continue };
        // Backwards, a step's operator is filled where it differs from the one after.
        if !job.steps.get(at + 1).is_some_and(|after| after.same) {
            quality.assemble(&mut operator, step)?;
        }
        mu.iter_mut().for_each(|m| *m = [0.0; W]);
        for (k, row) in job.rows.iter().enumerate() {
            let i = row.section.cell as usize;
            let within = overlap_s(step, job.period.start, Some(row.section.period));
            let per_volume = operator.per_volume[i];
            if within > 0.0 && per_volume > 0.0 {
                looked_s[k] += within;
                let mut weights = [0.0; W];
                job.species.iter().enumerate().for_each(|(s, whole)| weights[s * TOGETHER + k] = row.weights[*whole]);
                let half = &r.half[r.which[i] as usize];
                let felt = sweep::react_back::<N, W, false>(half, &weights);
                mu[i].iter_mut().zip(felt).for_each(|(m, f)| *m += within * per_volume * f);
            }
        }
        let post = if step.goes_on { &r.full } else { &r.half };
        sweep::up(&operator, r, post, &mut lambda, &mut mu);
        if !(at > 0 && job.steps[at - 1].goes_on) {
            sweep::half_back(r, &mut lambda);
        }
        gathered.add(job, step, &operator, &mu);
    }
    gathered.flush(job);
    Ok(gathered.rows(job, &lambda, &looked_s))
}

/// Sensitivities as they come in, bin by bin.
struct Gathered<const N: usize, const W: usize> {
    /// Cells where a site has a share, and what was felt there during the open bin.
    cells: Vec<u32>,
    /// For each site its places in `cells`, with shares.
    sites: Vec<Vec<(u32, f64)>>,
    open: Vec<[f64; W]>,
    bin: usize,
    at_sites: Vec<[f64; W]>,
    at_inflows: Vec<[f64; W]>,
    waters: Vec<std::ops::Range<usize>>,
}

impl<const N: usize, const W: usize> Gathered<N, W> {
    fn new(job: &Job<'_>) -> Self {
        let mut cells: Vec<u32> = job.inputs.sites.iter().flat_map(|s| s.cells.iter().map(|c| c.0)).collect();
        cells.sort_unstable();
        cells.dedup();
        let place = |cell: u32| cells.binary_search(&cell).unwrap_or(0) as u32;
        let sites = job.inputs.sites.iter().map(|s| s.cells.iter().map(|(c, share)| (place(*c), *share)).collect());
        let bins = job.bins.len();
        Gathered {
            sites: sites.collect(),
            open: vec![[0.0; W]; cells.len()],
            cells,
            bin: bins - 1,
            at_sites: vec![[0.0; W]; job.inputs.sites.len() * bins],
            at_inflows: vec![[0.0; W]; job.inputs.inflows.len() * bins],
            waters: job.inputs.inflows.iter().map(|i| job.quality.grid.cells_of(i.element)).collect(),
        }
    }

    /// Adds a step: `mu` is what is felt of 1 kg that comes in during it.
    fn add(&mut self, job: &Job<'_>, step: &Step, operator: &Operator, mu: &[[f64; W]]) {
        loop {
            let seconds = overlap_s(step, job.period.start, Some(job.bins[self.bin]));
            if seconds > 0.0 {
                for (open, cell) in self.open.iter_mut().zip(&self.cells) {
                    let felt = &mu[*cell as usize];
                    open.iter_mut().zip(felt).for_each(|(o, f)| *o += seconds * f);
                }
                for (i, water) in self.waters.iter().enumerate() {
                    let sum = &mut self.at_inflows[i * job.bins.len() + self.bin];
                    for entering in operator.entering_in(water) {
                        let felt = &mu[entering.cell as usize];
                        let volume = seconds * entering.discharge_m3_s;
                        sum.iter_mut().zip(felt).for_each(|(s, f)| *s += volume * f);
                    }
                }
            }
            // Earlier steps belong to earlier bins.
            let begins = (job.bins[self.bin].start.0 - job.period.start.0) as f64;
            if step.from_s > begins || self.bin == 0 {
                return;
            }
            self.flush(job);
            self.bin -= 1;
        }
    }

    fn flush(&mut self, job: &Job<'_>) {
        for (site, cells) in self.sites.iter().enumerate() {
            let sum = &mut self.at_sites[site * job.bins.len() + self.bin];
            for (place, share) in cells {
                sum.iter_mut().zip(&self.open[*place as usize]).for_each(|(s, f)| *s += share * f);
            }
        }
        self.open.iter_mut().for_each(|o| *o = [0.0; W]);
    }

    fn rows(&self, job: &Job<'_>, lambda: &[[f64; W]], looked_s: &[f64; TOGETHER]) -> Vec<Felt> {
        let n = job.rows.first().map_or(0, |r| r.weights.len());
        let bins = job.bins.len();
        let volumes = start_volumes(job);
        let row = |k: usize| {
            let mean = if looked_s[k] > 0.0 { 1.0 / looked_s[k] } else { 0.0 };
            let spread = |list: &[[f64; W]]| {
                let mut out = vec![0.0; list.len() * n];
                for (at, lanes) in list.iter().enumerate() {
                    for (s, whole) in job.species.iter().enumerate() {
                        out[(at / bins * n + whole) * bins + at % bins] = mean * lanes[s * TOGETHER + k];
                    }
                }
                out
            };
            let (mut initial, mut stayed) = (Vec::new(), vec![0.0; n]);
            let keeps = !job.inputs.initial_kg.is_empty();
            if keeps {
                initial.resize(lambda.len() * n, 0.0);
            }
            for (s, whole) in job.species.iter().enumerate() {
                for (i, lanes) in lambda.iter().enumerate() {
                    let felt = mean * lanes[s * TOGETHER + k];
                    stayed[*whole] += felt * volumes[i];
                    if keeps {
                        initial[i * n + whole] = felt;
                    }
                }
            }
            Felt { sites: spread(&self.at_sites), inflows: spread(&self.at_inflows), initial, stayed }
        };
        (0..job.rows.len()).map(row).collect()
    }
}

/// Volume of every cell at the start of the run, m³.
fn start_volumes(job: &Job<'_>) -> Vec<f64> {
    let Some(first) = job.steps.first() else { return Vec::new() };
    let frame = job.quality.flow.frame(first.frame);
    let cells = job.quality.grid.cells.iter();
    let volume = |e: usize| frame.volume_start_m3[e] * (1.0 - first.within.0) + frame.volume_end_m3[e] * first.within.0;
    cells.map(|c| volume(c.element as usize) * c.share).collect()
}
