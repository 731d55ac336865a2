//! Forward in time: loads become concentrations, and the books are kept.

use super::operator::Operator;
use super::sweep;
use super::sweep::Reactions;
use super::{Inputs, Quality, Section, Step, overlap_s, with_species};
use crate::problem::Result;
use crate::region::calendar::{Period, Time};
use serde::Serialize;

/// What a run keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOptions {
    /// Means of the sections over stretches of this length are kept as a series, s; `None` = none.
    pub output_s: Option<f64>,
    /// Whether every step is weighed for the books (a third slower).
    pub books: bool,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions { output_s: None, books: true }
    }
}

/// Where one species came from and went, kg.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Books {
    /// Species.
    pub species: String,
    /// There at the start.
    pub initial: f64,
    /// From loads.
    pub loaded: f64,
    /// With inflows.
    pub carried_in: f64,
    /// Made of other species: yield × rate × mass, integrated along every cell's own exponential.
    pub made: f64,
    /// Lost or converted, likewise.
    pub lost: f64,
    /// Left with the water.
    pub left: f64,
    /// There at the end.
    pub remains: f64,
    /// |initial + loaded + carried in + made − lost − left − remains| over the sum of the sizes of what came.
    pub error: f64,
    /// The greatest such error of one step, over what took part in it.
    pub worst_step: f64,
}

/// What a run found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// Mean concentration over each section's period, kg m⁻³, by section and species; `None` where it was dry all the time.
    pub means: Vec<Vec<Option<f64>>>,
    /// Stretches of the series.
    pub outputs: Vec<Period>,
    /// Mean over each stretch, by stretch, section and species, kg m⁻³; not a number where dry.
    pub series: Vec<f64>,
    /// Mass at the end, kg, by cell and species.
    pub state_kg: Vec<f64>,
    /// The books, by species.
    pub books: Vec<Books>,
    /// Least mass that any cell ever held, kg, by species (0 or more but for deficits); only with books.
    pub least_kg: Vec<f64>,
    /// Number of steps.
    pub steps: usize,
    /// Greatest dispersion the grid added to the physical, mean over flowing water, m² s⁻¹.
    pub excess_dispersion: f64,
}

impl Run {
    /// The series of a section and species.
    pub fn series_of(&self, section: usize, species: usize) -> Vec<f64> {
        let (sections, n) = (self.means.len(), self.books.len());
        (0..self.outputs.len()).map(|o| self.series[(o * sections + section) * n + species]).collect()
    }
}

impl Quality<'_> {
    /// Runs the inputs over a period.
    pub fn run(&self, period: Period, inputs: &Inputs, sections: &[Section], options: &RunOptions) -> Result<Run> {
        self.check()?;
        inputs.check(self.grid, self.kinetics.species.len())?;
        let n = self.kinetics.species.len();
        with_species!(n; forward; self, period, inputs, sections, options)
    }
}

/// The running means of one section.
struct Look<const N: usize> {
    mean: [f64; N],
    mean_s: f64,
    output: [f64; N],
    output_s: f64,
}

fn forward<const N: usize, const W: usize>(
    quality: &Quality<'_>,
    period: Period,
    inputs: &Inputs,
    sections: &[Section],
    options: &RunOptions,
) -> Result<Run> {
    let n = quality.kinetics.species.len();
    let cells = quality.grid.cells.len();
    let steps = quality.steps(period)?;
    let mut x = vec![[0.0; W]; cells];
    for (cell, masses) in inputs.initial_kg.chunks(n).enumerate() {
        x[cell][..n].copy_from_slice(masses);
    }
    let mut ledger = Ledger::new(quality, &x);
    let (mut y, mut next, mut supply) = (x.clone(), x.clone(), vec![[0.0; W]; cells]);
    let mut operator = Operator::default();
    let mut feed = Feed::new(quality, inputs);
    let mut reactions: Option<Reactions<N>> = None;
    let empty = || Look { mean: [0.0; N], mean_s: 0.0, output: [0.0; N], output_s: 0.0 };
    let mut looks: Vec<Look<N>> = sections.iter().map(|_| empty()).collect();
    let mut run = Run { steps: steps.len(), ..Run::default() };
    let mut output = (0.0, options.output_s.unwrap_or(f64::INFINITY));
    for (at, step) in steps.iter().enumerate() {
        let went_on = at > 0 && steps[at - 1].goes_on;
        if !went_on {
            let (flow, temperature) = (quality.flow, &quality.temperature);
            reactions =
                Some(Reactions::new(quality.grid, flow, quality.kinetics, temperature, step.frame, step.step_s));
        }
        let Some(r) = reactions.as_ref() else { continue };
        if !step.same {
            quality.assemble(&mut operator, step)?;
            run.excess_dispersion = run.excess_dispersion.max(operator.excess_dispersion);
        }
        feed.fill(&operator, step, period.start, &mut supply, &mut ledger.books);
        // With books every half step is weighed on its own; without, two that meet are one.
        let merged = !options.books;
        if options.books {
            ledger.half_step(quality, step, &x);
        }
        if !(merged && went_on) {
            sweep::half(r, &mut x);
        }
        let post = if merged && step.goes_on { &r.full } else { &r.half };
        sweep::down(&operator, r, post, &x, &supply, &mut y, &mut next);
        if options.books {
            ledger.weigh_step(&operator, &x, &supply, &y);
            ledger.second_half_step(quality, step, &operator, &y);
        }
        ledger.leave(&operator, &x, &y);
        std::mem::swap(&mut x, &mut next);
        look(&operator, r, step, period.start, sections, &y, &mut looks);
        if step.to_s + 1e-6 >= output.0 + output.1 || at + 1 == steps.len() && options.output_s.is_some() {
            let to = Time(period.start.0 + step.to_s.round() as i64);
            run.outputs.push(Period { start: Time(period.start.0 + f64::round(output.0) as i64), end: to });
            output.0 = step.to_s;
            for look in &mut looks {
                run.series.extend(look.output[..n].iter().map(|c| c / look.output_s));
                (look.output, look.output_s) = ([0.0; N], 0.0);
            }
        }
    }
    run.means =
        looks.iter().map(|l| l.mean[..n].iter().map(|c| (l.mean_s > 0.0).then(|| c / l.mean_s)).collect()).collect();
    run.state_kg = x.iter().flat_map(|m| m[..n].iter().copied()).collect();
    run.least_kg = ledger.least.clone();
    run.books = ledger.close(&x);
    Ok(run)
}

/// Adds the concentrations of a step to the means.
fn look<const N: usize, const W: usize>(
    operator: &Operator,
    reactions: &Reactions<N>,
    step: &Step,
    start: Time,
    sections: &[Section],
    y: &[[f64; W]],
    looks: &mut [Look<N>],
) {
    for (section, look) in sections.iter().zip(looks) {
        let i = section.cell as usize;
        let per_volume = operator.per_volume[i];
        if per_volume <= 0.0 {
            continue;
        }
        let half = &reactions.half[reactions.which[i] as usize];
        let within = overlap_s(step, start, Some(section.period));
        let seconds = step.to_s - step.from_s;
        for (to, shares) in half.iter().enumerate() {
            let c = shares.iter().zip(&y[i]).map(|(share, y)| share * y).sum::<f64>() * per_volume;
            look.mean[to] += within * c;
            look.output[to] += seconds * c;
        }
        look.mean_s += within;
        look.output_s += seconds;
    }
}

/// The supply of each step. Only what changed is written again.
struct Feed<'a> {
    inputs: &'a Inputs,
    /// For each inflow the cells of its element.
    waters: Vec<std::ops::Range<usize>>,
    touched: Vec<u32>,
}

impl<'a> Feed<'a> {
    fn new(quality: &Quality<'_>, inputs: &'a Inputs) -> Feed<'a> {
        let waters = inputs.inflows.iter().map(|i| quality.grid.cells_of(i.element)).collect();
        Feed { inputs, waters, touched: Vec::new() }
    }

    fn fill<const W: usize>(
        &mut self,
        operator: &Operator,
        step: &Step,
        start: Time,
        supply: &mut [[f64; W]],
        books: &mut [Books],
    ) {
        self.touched.drain(..).for_each(|c| supply[c as usize] = [0.0; W]);
        for load in &self.inputs.loads {
            let mass = load.kg_s * overlap_s(step, start, load.period);
            if mass != 0.0 {
                for (cell, share) in &self.inputs.sites[load.site].cells {
                    supply[*cell as usize][load.species] += mass * share;
                    self.touched.push(*cell);
                }
                books[load.species].loaded += mass;
            }
        }
        for carried in &self.inputs.carried {
            let seconds = overlap_s(step, start, carried.period);
            if seconds <= 0.0 || carried.kg_m3 == 0.0 {
                continue;
            }
            for entering in operator.entering_in(&self.waters[carried.inflow]) {
                let mass = carried.kg_m3 * entering.discharge_m3_s * seconds;
                supply[entering.cell as usize][carried.species] += mass;
                self.touched.push(entering.cell);
                books[carried.species].carried_in += mass;
            }
        }
    }
}

/// The books while they are open.
struct Ledger {
    books: Vec<Books>,
    least: Vec<f64>,
    n: usize,
}

impl Ledger {
    fn new<const W: usize>(quality: &Quality<'_>, m: &[[f64; W]]) -> Ledger {
        let species = &quality.kinetics.species;
        let total = |s: usize| m.iter().map(|m| m[s]).sum();
        let books = species.iter().enumerate();
        let books = books.map(|(s, name)| Books { species: name.clone(), initial: total(s), ..Books::default() });
        Ledger { books: books.collect(), least: vec![f64::INFINITY; species.len()], n: species.len() }
    }

    /// Reactions of half a step from the masses before it: ∫ m dt over the half step, cell by cell.
    fn half_step<const W: usize>(&mut self, quality: &Quality<'_>, step: &Step, m: &[[f64; W]]) {
        self.react(quality, step, |cell| m[cell], m.len());
    }

    /// The second half step starts from what stays of y.
    fn second_half_step<const W: usize>(
        &mut self,
        quality: &Quality<'_>,
        step: &Step,
        operator: &Operator,
        y: &[[f64; W]],
    ) {
        let stays = |cell: usize| y[cell].map(|y| y * operator.stay[cell]);
        self.react(quality, step, stays, y.len());
    }

    fn react<const W: usize>(
        &mut self,
        quality: &Quality<'_>,
        step: &Step,
        mass: impl Fn(usize) -> [f64; W],
        cells: usize,
    ) {
        let kinetics = quality.kinetics;
        if kinetics.reactions.is_empty() {
            return;
        }
        // Cells of one element react alike: their masses are added up first.
        let by_element = super::reactions::varies(kinetics, quality.flow, &quality.temperature).1;
        let mut total = [0.0; W];
        for cell in 0..cells {
            let m = mass(cell);
            total.iter_mut().zip(m).for_each(|(t, m)| *t += m);
            let element = quality.grid.cells[cell].element;
            let last = cell + 1 == cells || by_element && quality.grid.cells[cell + 1].element != element;
            if last {
                self.react_total(quality, step, element as usize, &total);
                total = [0.0; W];
            }
        }
    }

    fn react_total<const W: usize>(&mut self, quality: &Quality<'_>, step: &Step, element: usize, m: &[f64; W]) {
        let around = super::reactions::surroundings(quality.flow, &quality.temperature, step.frame, element);
        let rates = quality.kinetics.rates(around);
        let seconds = integral(&quality.kinetics.terms(around), step.step_s / 2.0, m);
        for (reaction, k) in quality.kinetics.reactions.iter().zip(rates) {
            let reacted = k * seconds[reaction.species];
            self.books[reaction.species].lost += reacted;
            reaction.products.iter().for_each(|(p, y)| self.books[*p].made += y * reacted);
        }
    }

    /// Transport of one step: what was there and came against what stays and goes.
    fn weigh_step<const W: usize>(&mut self, operator: &Operator, x: &[[f64; W]], supply: &[[f64; W]], y: &[[f64; W]]) {
        for s in 0..self.n {
            let (mut before, mut after, mut size) = (0.0, 0.0, 0.0);
            for (i, y) in y.iter().enumerate() {
                before += x[i][s] + supply[i][s];
                size += x[i][s].abs() + supply[i][s].abs();
                after += operator.stay[i] * y[s];
                self.least[s] = self.least[s].min(x[i][s]).min(y[s]);
            }
            let left: f64 = operator.exits.iter().map(|e| leaves(e, x, y, s)).sum();
            if size > 0.0 {
                self.books[s].worst_step = self.books[s].worst_step.max((before - after - left).abs() / size);
            }
        }
    }

    fn leave<const W: usize>(&mut self, operator: &Operator, x: &[[f64; W]], y: &[[f64; W]]) {
        for (s, book) in self.books.iter_mut().enumerate() {
            book.left += operator.exits.iter().map(|e| leaves(e, x, y, s)).sum::<f64>();
        }
    }

    fn close<const W: usize>(mut self, m: &[[f64; W]]) -> Vec<Books> {
        for (s, b) in self.books.iter_mut().enumerate() {
            b.remains = m.iter().map(|m| m[s]).sum();
            let came = b.initial + b.loaded + b.carried_in + b.made;
            let size = b.initial.abs() + b.loaded.abs() + b.carried_in.abs() + b.made.abs();
            if size > 0.0 {
                b.error = (came - b.lost - b.left - b.remains).abs() / size;
            }
        }
        self.books
    }
}

fn leaves<const W: usize>(exit: &super::operator::Exit, x: &[[f64; W]], y: &[[f64; W]], s: usize) -> f64 {
    let i = exit.cell as usize;
    exit.explicit * x[i][s] + exit.implicit * y[i][s]
}

/// ∫₀ᵗ exp(A τ) dτ · m by its Taylor series over pieces short enough for it: an own route, beside the propagators of the
/// sweep.
fn integral<const W: usize>(terms: &[(usize, usize, f64)], t: f64, m: &[f64; W]) -> [f64; W] {
    let fastest = terms.iter().map(|(_, _, k)| k.abs()).sum::<f64>();
    let pieces = (fastest * t / 0.5).ceil().clamp(1.0, 1e5);
    let h = t / pieces;
    let apply = |v: &[f64; W]| {
        let mut out = [0.0; W];
        terms.iter().for_each(|(to, from, k)| out[*to] += k * v[*from]);
        out
    };
    let (mut state, mut sum) = (*m, [0.0; W]);
    for _ in 0..pieces as usize {
        // state(h) = Σ A^k h^k / k! · state, and its integral Σ A^k h^(k+1) / (k+1)! · state
        let (mut term, mut end) = (state, state);
        sum.iter_mut().zip(&term).for_each(|(s, x)| *s += h * x);
        for k in 1..=18 {
            term = apply(&term).map(|x| x * h / f64::from(k));
            end.iter_mut().zip(&term).for_each(|(e, x)| *e += x);
            sum.iter_mut().zip(&term).for_each(|(s, x)| *s += h * x / f64::from(k + 1));
        }
        state = end;
    }
    sum
}
