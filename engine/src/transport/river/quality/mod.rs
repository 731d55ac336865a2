//! Quality: what the water carries, forward in time, at rest, and backward.
//!
//! [`Quality`] brings together the grid, the flow, the chain and the step. [`Quality::run`] goes forward from loads to
//! concentrations and keeps the books; [`Quality::steady`] factorises the steady state once for any number of sections;
//! [`super::adjoint`] asks backwards. The scheme is in [`operator`], one step and its transpose in [`sweep`].

pub mod elimination;
pub mod inputs;
pub mod kinetics;
pub mod nonpoint;
pub mod operator;
pub mod oxygen;
pub mod priors;
pub mod reactions;
mod run;
mod steady;
pub mod sweep;

pub use inputs::{Carried, Inflow, Inputs, Load, Section, Site};
pub use kinetics::{Kinetics, Rate, Reaction};
pub use reactions::Temperature;
pub use run::{Books, Run, RunOptions};
pub use steady::{Steady, SteadyState};

use super::flow::Flow;
use super::grid::Grid;
use crate::problem::{Error, Result};
use crate::region::calendar::{Period, Time};
use operator::{Conditions, Operator};

/// Most species of one chain.
pub const MOST_SPECIES: usize = 16;

/// The engine on one network.
#[derive(Debug, Clone)]
pub struct Quality<'a> {
    /// Finite volumes.
    pub grid: &'a Grid,
    /// Water.
    pub flow: &'a Flow,
    /// Chain.
    pub kinetics: &'a Kinetics,
    /// Water temperature.
    pub temperature: Temperature,
    /// Longitudinal dispersion of each element, m² s⁻¹.
    pub dispersion_m2_s: Vec<f64>,
    /// Elements whose head borders on water that keeps its concentration whatever happens below (an estuary, a great lake):
    /// dispersion acts across that border too, and [`Inflow`] gives the concentration.
    pub held: Vec<usize>,
    /// Longest step, s.
    pub step_s: f64,
}

/// One step of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Frame of the flow.
    pub frame: usize,
    /// Seconds from the start of the run to its beginning and end.
    pub from_s: f64,
    /// The same.
    pub to_s: f64,
    /// Shares of the frame at its beginning and end.
    pub within: (f64, f64),
    /// Length as every step of its frame has it, s.
    pub step_s: f64,
    /// Whether the operator is that of the step before.
    pub same: bool,
    /// Whether the reactions are those of the step after.
    pub goes_on: bool,
}

impl<'a> Quality<'a> {
    /// Without dispersion, at 20 °C, a step of 15 minutes.
    pub fn new(grid: &'a Grid, flow: &'a Flow, kinetics: &'a Kinetics) -> Quality<'a> {
        Quality {
            grid,
            flow,
            kinetics,
            temperature: Temperature::Same(20.0),
            dispersion_m2_s: vec![0.0; grid.first.len()],
            held: Vec::new(),
            step_s: 900.0,
        }
    }

    /// Refuses a model whose parts do not belong together.
    pub fn check(&self) -> Result<()> {
        let fail = |text: String| Err(Error::Stage(text));
        self.kinetics.check()?;
        let elements = self.grid.first.len();
        if self.flow.elements() != elements || self.flow.frame(0).link_m3_s.len() != self.grid.links {
            return fail("the flow and the grid are of different networks".into());
        }
        if self.kinetics.species.len() > MOST_SPECIES {
            return fail(format!(
                "{} species in one chain; {MOST_SPECIES} at most, so run species that do not react with each other apart",
                self.kinetics.species.len()
            ));
        }
        if !(self.step_s > 0.0 && self.step_s.is_finite()) {
            return fail(format!("the step is {} s, but must be above 0 and finite", self.step_s));
        }
        let d = &self.dispersion_m2_s;
        if d.len() != elements || d.iter().any(|d| !(*d >= 0.0 && d.is_finite())) {
            return fail("dispersion must be given for every element, finite and not negative".into());
        }
        if self.held.iter().any(|e| *e >= elements) {
            return fail("a held border lies on an element that does not exist".into());
        }
        Ok(())
    }

    /// The steps of a period: frames of the flow cut into equal steps no longer than the longest.
    pub fn steps(&self, period: Period) -> Result<Vec<Step>> {
        if period.seconds() <= 0 {
            return Err(Error::Stage(format!("the period {} to {} is empty", period.start, period.end)));
        }
        if let Some(covered) = self.flow.covers()
            && (period.start < covered.start || period.end > covered.end)
        {
            return Err(Error::Stage(format!(
                "the flow covers {} to {}, not {} to {}",
                covered.start, covered.end, period.start, period.end
            )));
        }
        let changes = reactions::varies(self.kinetics, self.flow, &self.temperature).0;
        let total = period.seconds() as f64;
        let mut steps: Vec<Step> = Vec::new();
        let mut push = |frame: usize, from: f64, to: f64, origin: f64, seconds: f64, constant: bool| {
            let count = ((to - from) / self.step_s - 1e-9).ceil().max(1.0);
            let step_s = (to - from) / count;
            for k in 0..count as usize {
                let (a, b) = (from + step_s * k as f64, from + step_s * (k as f64 + 1.0));
                let within =
                    if seconds.is_finite() { ((a - origin) / seconds, (b - origin) / seconds) } else { (0.0, 0.0) };
                let same = constant && k > 0;
                if let Some(before) = steps.last_mut() {
                    // Compared as lengths: the same count of the same frame gives the same bits.
                    before.goes_on = before.step_s == step_s && (before.frame == frame || !changes);
                }
                steps.push(Step { frame, from_s: a, to_s: b.min(to), within, step_s, same, goes_on: false });
            }
        };
        if self.flow.is_steady() {
            push(0, 0.0, total, 0.0, f64::INFINITY, true);
            return Ok(steps);
        }
        let offset = (self.flow.start.0 - period.start.0) as f64;
        let seconds = self.flow.frame_s;
        for frame in self.flow.frame_at(period.start)..=self.flow.frame_at(Time(period.end.0 - 1)) {
            let origin = offset + seconds * frame as f64;
            let (from, to) = (origin.max(0.0), (origin + seconds).min(total));
            if to > from {
                push(frame, from, to, origin, seconds, self.flow.is_constant(frame));
            }
        }
        Ok(steps)
    }

    /// The operator of a step, filled where it differs from the one before.
    pub(super) fn assemble(&self, operator: &mut Operator, step: &Step) -> Result<()> {
        operator.assemble(self.grid, self.conditions(step.frame, step.within, step.step_s))
    }

    fn conditions(&self, frame: usize, within: (f64, f64), step_s: f64) -> Conditions<'_> {
        Conditions {
            frame: self.flow.frame(frame),
            joins: self.flow.joins,
            within,
            step_s,
            dispersion_m2_s: &self.dispersion_m2_s,
            held: &self.held,
        }
    }
}

/// Seconds that a step shares with a period; `None` = always.
pub(super) fn overlap_s(step: &Step, start: Time, period: Option<Period>) -> f64 {
    let Some(period) = period else { return step.to_s - step.from_s };
    let (from, to) = ((period.start.0 - start.0) as f64, (period.end.0 - start.0) as f64);
    (step.to_s.min(to) - step.from_s.max(from)).max(0.0)
}

/// Calls a function that is made for a number of species with the least number that holds those of the chain.
macro_rules! with_species {
    ($n:expr; $f:ident $(* $times:literal)?; $($arg:expr),*) => {
        match $n {
            0..=1 => $f::<1, {1 $(* $times)?}>($($arg),*),
            2 => $f::<2, {2 $(* $times)?}>($($arg),*),
            3 => $f::<3, {3 $(* $times)?}>($($arg),*),
            4 => $f::<4, {4 $(* $times)?}>($($arg),*),
            5..=6 => $f::<6, {6 $(* $times)?}>($($arg),*),
            7..=8 => $f::<8, {8 $(* $times)?}>($($arg),*),
            9..=12 => $f::<12, {12 $(* $times)?}>($($arg),*),
            _ => $f::<16, {16 $(* $times)?}>($($arg),*),
        }
    };
}
pub(super) use with_species;
