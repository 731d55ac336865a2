//! One step of transport as shares of mass: what leaves each cell, and where it goes. Linear, monotone, conservative.
//!
//! ```text
//! (V¹ + Δt θ O) C¹ = (V⁰ − Δt (1 − θ) O) C⁰ + Δt Σ_j g_j [(1 − θ_j) C_j⁰ + θ_j C_j¹] + Δt S
//! ```
//! For a cell: `V⁰, V¹` volume before and after, `O` all that flows out of it (upwind discharge, what is taken away at the
//! side, dispersive exchange), `g_j` what flows in from cell j, `S` load. With y = (V¹ + Δt θ O) C¹, the mass that comes to a
//! cell before it lets go again:
//!
//! ```text
//! y = (1 − e) m⁰ + Δt S + Σ_j [ex_j m_j⁰ + im_j y_j]         m¹ = (1 − l) y,    e = Δt(1 − θ)O/V⁰,  l = Δt θ O/(V¹ + Δt θ O)
//! ```
//! Shares of what leaves one cell sum to e and l, so mass is kept whatever the shares are; all are ≥ 0, so no mass is ever
//! negative; and V¹ − V⁰ = Δt(Σ g − O) makes C¹ a weighted mean of what was there, so a constant stays constant. A cell
//! without volume (a gate, a dry reach) passes on what it gets; one that is dry and without outflow keeps it.
//!
//! **Dispersion.** Upwind with time weight θ disperses by D_num = ½ u Δx (1 + (2θ − 1) Cr), Cr = Δt O / V⁰ (modified equation:
//! Warming & Hyett 1974, J. Comput. Phys. 14:159). θ = max(0, 1 − 1/Cr) is the least that lets no share exceed 1; it disperses by
//! ½ u Δx |1 − Cr|, nothing at Cr = 1. Where the physical D lies between that and the value at θ = 1, θ is chosen so that the
//! two are equal. Where D is greater, the rest is an exchange E = D A/Δx − ½ |Q| (1 + (2θ − 1) Cr) across the faces, with
//! θ = ½ as long as that leaves every share within 1. Where D is smaller the grid is too coarse for it; the excess is
//! reported ([`Operator::excess_dispersion`]).
//!
//! Which implicit shares form circles (exchange, reversal at a confluence, loops) is found each time; [`super::elimination`]
//! solves those and everything else is one sweep down the river.

use super::elimination::{self, Term};
use crate::problem::Result;
use crate::region::network::ReachKind;
use crate::transport::river::flow::{Frame, Joins};
use crate::transport::river::grid::{Carries, Grid};

/// A way out of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// From this cell.
    pub cell: u32,
    /// Share of the mass that was there.
    pub explicit: f64,
    /// Share of the mass that comes.
    pub implicit: f64,
    /// m³ s⁻¹.
    pub discharge_m3_s: f64,
}

/// Water that comes into a cell from outside the network or from the side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entering {
    /// Into this cell.
    pub cell: u32,
    /// m³ s⁻¹; with a held concentration also the exchange across the border.
    pub discharge_m3_s: f64,
}

/// The step. Kept and filled again, so that nothing is allocated once it has its size.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// 1 − e.
    pub keep: Vec<f64>,
    /// 1 − l.
    pub stay: Vec<f64>,
    /// C¹ = y · this; 0 where there is neither water nor outflow beyond rounding.
    pub per_volume: Vec<f64>,
    /// The order of solution and its terms.
    pub solution: elimination::Solution,
    /// Ways out.
    pub exits: Vec<Exit>,
    /// Ways in, sorted by cell.
    pub entering: Vec<Entering>,
    /// Mean over flowing cells, weighted by volume, of the dispersion the grid adds to the physical, m² s⁻¹.
    pub excess_dispersion: f64,
    /// What stays the same through a frame is filled once for it: [`Operator::begin_frame`].
    begun: Option<usize>,
    shapes: Vec<Shape>,
    discharge: Vec<f64>,
    advected: Vec<f64>,
    drain: Vec<f64>,
    ends: [Vec<f64>; 2],
    course_starts: Vec<u32>,
    course: Vec<(u32, f64)>,
    // What differs from step to step.
    exchange: Vec<f64>,
    out: Vec<f64>,
    held_out: Vec<f64>,
    theta: Vec<f64>,
    mixes: Vec<bool>,
    volume: [Vec<f64>; 2],
    unit: [Vec<f64>; 2],
    terms: Vec<Term>,
    starts: Vec<u32>,
}

/// What a cell is, for the weights.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Whether it is flowing water.
    reach: bool,
    /// ½ Δx², m².
    half_dx2: f64,
    /// Physical dispersion, m² s⁻¹.
    d: f64,
}

/// What a step is made from, beside the grid.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    /// Which frame of the flow it is.
    pub number: usize,
    /// Water.
    pub frame: Frame<'a>,
    /// Where lateral water joins.
    pub joins: Joins,
    /// Share of the frame at which the step begins and ends.
    pub within: (f64, f64),
    /// Length of the step, s.
    pub step_s: f64,
    /// Physical dispersion of each element, m² s⁻¹.
    pub dispersion_m2_s: &'a [f64],
    /// Elements whose head borders on water of a held concentration.
    pub held: &'a [usize],
}

/// Share of the water of a step below which what is left is rounding.
const FILM: f64 = 1e-12;

impl Operator {
    /// Fills the step. Fails only where water circles without any volume.
    pub fn assemble(&mut self, grid: &Grid, at: Conditions<'_>) -> Result<()> {
        if self.begun != Some(at.number) {
            self.begin_frame(grid, at);
        }
        let mixing = pulp::Arch::new().dispatch(|| self.weights(at));
        if mixing || !at.held.is_empty() {
            self.exchange(grid, at);
            self.within_one(at.step_s);
            self.shares(at.step_s);
            self.incoming(grid);
            self.borders(grid, at);
        } else {
            pulp::Arch::new().dispatch(|| self.shares(at.step_s));
            self.along_the_course();
            self.exits.iter_mut().for_each(|e| *e = exit(&self.unit, e.cell, e.discharge_m3_s));
        }
        self.solution.arrange(&mut self.starts, &mut self.terms)
    }

    /// Fills only what a steady state needs: the gross flows between cells ([`Operator::flows`]), ways in and out. The time
    /// terms of the dispersion vanish.
    pub fn assemble_steady(&mut self, grid: &Grid, at: Conditions<'_>) {
        let at = Conditions { step_s: f64::INFINITY, within: (0.0, 0.0), ..at };
        self.begin_frame(grid, at);
        self.weights(at);
        self.exchange(grid, at);
        self.borders(grid, at);
    }

    /// All that flows out of each cell, m³ s⁻¹.
    pub fn outflow(&self) -> &[f64] {
        &self.out
    }

    /// Gross flows between cells: from, to, m³ s⁻¹.
    pub fn flows<'a>(&'a self, grid: &'a Grid) -> impl Iterator<Item = (u32, u32, f64)> + 'a {
        grid.faces.iter().enumerate().filter_map(|(f, face)| face.to.map(|to| (f, face.from, to))).flat_map(
            move |(f, from, to)| {
                let (q, e) = (self.discharge[f], self.exchange[f]);
                [(from, to, q.max(0.0) + e), (to, from, (-q).max(0.0) + e)].into_iter().filter(|flow| flow.2 > 0.0)
            },
        )
    }

    /// Discharges, ways in and out, and volumes at both ends of a frame.
    fn begin_frame(&mut self, grid: &Grid, at: Conditions<'_>) {
        let n = grid.cells.len();
        let frame = at.frame;
        self.begun = Some(at.number);
        if self.shapes.len() != n {
            self.shapes.clear();
            self.shapes.extend(grid.cells.iter().map(|c| Shape {
                reach: matches!(grid.kinds[c.element as usize], ReachKind::Reach | ReachKind::Diversion),
                half_dx2: 0.5 * (c.to_m - c.from_m).powi(2),
                d: at.dispersion_m2_s[c.element as usize],
            }));
            for list in [&mut self.theta, &mut self.keep, &mut self.stay, &mut self.per_volume, &mut self.held_out] {
                list.resize(n, 0.0);
            }
            self.volume.iter_mut().chain(&mut self.unit).for_each(|list| list.resize(n, 0.0));
            self.mixes.resize(n, false);
            self.exchange.resize(grid.faces.len(), 0.0);
        }
        for (ends, of) in self.ends.iter_mut().zip([frame.volume_start_m3, frame.volume_end_m3]) {
            ends.clear();
            ends.extend(grid.cells.iter().map(|c| (of[c.element as usize] * c.share).max(0.0)));
        }
        self.discharge.clear();
        self.discharge.extend(grid.faces.iter().map(|face| match face.carries {
            Carries::Link(l) => frame.link_m3_s[l as usize],
            Carries::Inside(above) => {
                let e = grid.cells[face.from as usize].element as usize;
                let stored = if frame.seconds.is_finite() {
                    (frame.volume_end_m3[e] - frame.volume_start_m3[e]) / frame.seconds
                } else {
                    0.0
                };
                let along = if at.joins == Joins::Along { frame.lateral_m3_s[e] } else { 0.0 };
                frame.outflow_m3_s[e] + (stored - along) * (1.0 - above)
            }
        }));
        self.outflows(grid, at);
        self.course.clear();
        self.course_starts.clear();
        self.course_starts.push(0);
        for i in 0..n {
            for f in grid.touching(i) {
                let (face, q) = (&grid.faces[*f as usize], self.discharge[*f as usize]);
                let Some(to) = face.to else { continue };
                let (other, q) = if to as usize == i { (face.from, q) } else { (to, -q) };
                if q > 0.0 {
                    self.course.push((other, q));
                }
            }
            self.course_starts.push(self.course.len() as u32);
        }
        self.held_out.fill(0.0);
        self.borders(grid, at);
    }

    fn outflows(&mut self, grid: &Grid, at: Conditions<'_>) {
        let n = grid.cells.len();
        self.advected.clear();
        self.advected.resize(n, 0.0);
        self.drain.clear();
        self.drain.resize(n, 0.0);
        for (face, q) in grid.faces.iter().zip(&self.discharge) {
            if *q > 0.0 {
                self.advected[face.from as usize] += q;
            } else if let Some(to) = face.to {
                self.advected[to as usize] -= q;
            }
        }
        for (e, lateral) in at.frame.lateral_m3_s.iter().enumerate().filter(|(_, q)| **q < 0.0) {
            for_lateral(grid, at.joins, e, |cell, share| self.drain[cell] -= lateral * share);
        }
        self.advected.iter_mut().zip(&self.drain).for_each(|(out, drain)| *out += drain);
    }

    /// Volumes of the step, θ of every cell, and whether its faces need an exchange; true if any do.
    #[inline(always)]
    fn weights(&mut self, at: Conditions<'_>) -> bool {
        let n = self.shapes.len();
        self.out.clear();
        self.out.extend_from_slice(&self.advected);
        let (shapes, out, theta, mixes) =
            (&self.shapes[..n], &self.out[..n], &mut self.theta[..n], &mut self.mixes[..n]);
        let [begins, ends] = &self.ends;
        let (begins, ends) = (&begins[..n], &ends[..n]);
        let [before, after] = &mut self.volume;
        let (before, after) = (&mut before[..n], &mut after[..n]);
        let (t0, t1) = at.within;
        let steady = at.step_s.is_infinite();
        let (mut excess, mut flowing, mut any) = (0.0, 0.0, false);
        for i in 0..n {
            let v = begins[i] * (1.0 - t0) + ends[i] * t0;
            let v1 = begins[i] * (1.0 - t1) + ends[i] * t1;
            (before[i], after[i]) = (v, v1);
            let shape = shapes[i];
            let (d, out) = (shape.d, out[i]);
            // Time to empty over the step: 1/Cr.
            let inverse = v / (at.step_s * out);
            // Stirred water takes the centred step as long as no share exceeds 1: second order in time.
            let least = if shape.reach { 0.0 } else { 0.5 };
            let mut own = if v > 0.0 { (1.0 - inverse).max(least) } else { 1.0 };
            let mut mix = false;
            if shape.reach && v > 0.0 && v1 > 0.0 {
                if out > 0.0 {
                    let courant = if steady { 0.0 } else { 1.0 / inverse };
                    // In units of ½ u Δx = ½ O Δx² / V.
                    let half_u_dx = shape.half_dx2 * out / v;
                    let wanted = d / half_u_dx;
                    mix = wanted > 1.0 + courant;
                    if mix {
                        let number = 0.5 * d * at.step_s / shape.half_dx2;
                        let half = number <= 1.0 || steady;
                        own = own.max(if half { 0.5 } else { 1.0 - 1.0 / (2.0 * number + courant * courant) });
                    } else if courant > 0.0 {
                        own = own.max((0.5 + 0.5 * (wanted - 1.0) * inverse).min(1.0));
                        let numerical = half_u_dx * (1.0 + (2.0 * own - 1.0) * courant);
                        excess += v * (numerical - d).max(0.0);
                    } else {
                        excess += v * (half_u_dx - d).max(0.0);
                    }
                } else {
                    mix = d > 0.0;
                    own = 0.5;
                }
                flowing += v;
            }
            theta[i] = own;
            mixes[i] = mix;
            any |= mix;
        }
        self.excess_dispersion = if flowing > 0.0 { excess / flowing } else { 0.0 };
        any
    }

    fn exchange(&mut self, grid: &Grid, at: Conditions<'_>) {
        self.exchange.fill(0.0);
        self.held_out.fill(0.0);
        let area = |i: usize, v: &[f64]| v[i] / (grid.cells[i].to_m - grid.cells[i].from_m);
        let d = |i: usize| at.dispersion_m2_s[grid.cells[i].element as usize];
        for (f, face) in grid.faces.iter().enumerate() {
            let (Some(distance), Some(to)) = (face.mixing_m, face.to) else { continue };
            let (from, to, q) = (face.from as usize, to as usize, self.discharge[f]);
            let donor = if q >= 0.0 { from } else { to };
            let wet = [from, to].iter().all(|i| self.volume[0][*i] > 0.0 && self.volume[1][*i] > 0.0);
            if !self.mixes[donor] || !wet {
                continue;
            }
            let v = &self.volume[0];
            let physical = 0.5 * (d(from) * area(from, v) + d(to) * area(to, v)) / distance;
            let courant = courant(at, self.out[donor], v[donor]);
            let e = physical - 0.5 * q.abs() * (1.0 + (2.0 * self.theta[donor] - 1.0) * courant);
            if e > 1e-9 * q.abs() {
                self.exchange[f] = e;
            }
        }
        for e in at.held {
            let i = grid.first[*e] as usize;
            if self.volume[0][i] > 0.0 && self.volume[1][i] > 0.0 {
                let half = 0.5 * (grid.cells[i].to_m - grid.cells[i].from_m);
                self.held_out[i] = d(i) * area(i, &self.volume[0]) / half;
            }
        }
        for (f, face) in grid.faces.iter().enumerate().filter(|(f, _)| self.exchange[*f] > 0.0) {
            self.out[face.from as usize] += self.exchange[f];
            face.to.iter().for_each(|to| self.out[*to as usize] += self.exchange[f]);
        }
        self.out.iter_mut().zip(&self.held_out).for_each(|(out, e)| *out += e);
    }

    /// θ where the exchange takes more than the discharge: no share may exceed 1.
    fn within_one(&mut self, step_s: f64) {
        for ((theta, v0), out) in self.theta.iter_mut().zip(&self.volume[0]).zip(&self.out) {
            if *v0 > 0.0 {
                *theta = theta.max(1.0 - v0 / (step_s * out));
            }
        }
    }

    /// What a discharge of 1 m³ s⁻¹ takes from each cell, and what it keeps.
    #[inline(always)]
    fn shares(&mut self, step_s: f64) {
        let n = self.out.len();
        let (theta, out) = (&self.theta[..n], &self.out[..n]);
        let (before, after) = (&self.volume[0][..n], &self.volume[1][..n]);
        let (keep, stay, per_volume) = (&mut self.keep[..n], &mut self.stay[..n], &mut self.per_volume[..n]);
        let [explicit, implicit] = &mut self.unit;
        let (explicit, implicit) = (&mut explicit[..n], &mut implicit[..n]);
        for i in 0..n {
            let (v0, v1, out, theta) = (before[i], after[i], out[i], theta[i]);
            let mut takes = if v0 > 0.0 { step_s * (1.0 - theta) / v0 } else { 0.0 };
            if takes * out > 1.0 {
                takes = 1.0 / out;
            }
            let held = v1 + step_s * theta * out;
            let inverse = if held > 0.0 { 1.0 / held } else { 0.0 };
            keep[i] = (1.0 - takes * out).max(0.0);
            stay[i] = if held > 0.0 { v1 / held } else { 1.0 };
            // A film that only rounding leaves of a cell that ran dry has a mass, but no concentration.
            per_volume[i] = if held > FILM * (v0 + step_s * out) { inverse } else { 0.0 };
            explicit[i] = takes;
            implicit[i] = step_s * theta * inverse;
        }
    }

    /// What comes in where nothing is exchanged.
    fn along_the_course(&mut self) {
        let [explicit, implicit] = &self.unit;
        self.terms.clear();
        self.terms.extend(self.course.iter().map(|(from, q)| Term {
            from: *from,
            explicit: q * explicit[*from as usize],
            implicit: q * implicit[*from as usize],
        }));
        self.starts.clear();
        self.starts.extend_from_slice(&self.course_starts);
    }

    fn incoming(&mut self, grid: &Grid) {
        self.terms.clear();
        self.starts.clear();
        self.starts.push(0);
        for i in 0..grid.cells.len() {
            for f in grid.touching(i) {
                let (face, q) = (&grid.faces[*f as usize], self.discharge[*f as usize]);
                let Some(to) = face.to else { continue };
                let (other, q) = if to as usize == i { (face.from, q) } else { (to, -q) };
                let gross = q.max(0.0) + self.exchange[*f as usize];
                if gross > 0.0 {
                    let [explicit, implicit] = [0, 1].map(|k| gross * self.unit[k][other as usize]);
                    self.terms.push(Term { from: other, explicit, implicit });
                }
            }
            self.starts.push(self.terms.len() as u32);
        }
    }

    fn borders(&mut self, grid: &Grid, at: Conditions<'_>) {
        self.exits.clear();
        self.entering.clear();
        for (face, q) in grid.faces.iter().zip(&self.discharge).filter(|(face, _)| face.to.is_none()) {
            if *q > 0.0 {
                self.exits.push(exit(&self.unit, face.from, *q));
            } else if *q < 0.0 {
                self.entering.push(Entering { cell: face.from, discharge_m3_s: -q });
            }
        }
        for i in 0..self.drain.len() {
            let discharge = self.drain[i] + self.held_out[i];
            if discharge > 0.0 {
                self.exits.push(exit(&self.unit, i as u32, discharge));
            }
            if self.held_out[i] > 0.0 {
                self.entering.push(Entering { cell: i as u32, discharge_m3_s: self.held_out[i] });
            }
        }
        for (e, lateral) in at.frame.lateral_m3_s.iter().enumerate().filter(|(_, q)| **q > 0.0) {
            let entering = &mut self.entering;
            for_lateral(grid, at.joins, e, |cell, share| {
                entering.push(Entering { cell: cell as u32, discharge_m3_s: lateral * share });
            });
        }
        self.entering.sort_by_key(|e| e.cell);
    }

    /// Ways in to a stretch of cells.
    pub fn entering_in(&self, cells: &std::ops::Range<usize>) -> impl Iterator<Item = &Entering> {
        let from = self.entering.partition_point(|e| (e.cell as usize) < cells.start);
        let end = cells.end;
        self.entering[from..].iter().take_while(move |e| (e.cell as usize) < end)
    }

    /// Discharge through every face of the grid, m³ s⁻¹.
    pub fn discharges(&self) -> &[f64] {
        &self.discharge
    }

    /// Volume of every cell at the end of the step, m³.
    pub fn volumes_after(&self) -> &[f64] {
        &self.volume[1]
    }
}

/// Δt O / V⁰; 0 where the state is steady, so that the time terms vanish.
fn courant(at: Conditions<'_>, out: f64, volume: f64) -> f64 {
    if at.step_s.is_finite() { at.step_s * out / volume } else { 0.0 }
}

fn exit(unit: &[Vec<f64>; 2], cell: u32, discharge_m3_s: f64) -> Exit {
    let [explicit, implicit] = [0, 1].map(|k| discharge_m3_s * unit[k][cell as usize]);
    Exit { cell, explicit, implicit, discharge_m3_s }
}

/// The cells that lateral water of an element joins, with their shares.
fn for_lateral(grid: &Grid, joins: Joins, element: usize, mut visit: impl FnMut(usize, f64)) {
    match joins {
        Joins::AtHead => visit(grid.first[element] as usize, 1.0),
        Joins::Along => grid.cells_of(element).for_each(|c| visit(c, grid.cells[c].share)),
    }
}
