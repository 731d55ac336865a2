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
    discharge: Vec<f64>,
    exchange: Vec<f64>,
    out: Vec<f64>,
    drain: Vec<f64>,
    held_out: Vec<f64>,
    theta: Vec<f64>,
    mixes: Vec<bool>,
    volume: [Vec<f64>; 2],
    unit: [Vec<f64>; 2],
    terms: Vec<Term>,
    starts: Vec<u32>,
}

/// What a step is made from, beside the grid.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
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
        self.volumes_and_discharges(grid, at);
        self.outflows(grid, at);
        self.weights(grid, at);
        self.exchange(grid, at);
        self.shares(at.step_s);
        self.incoming(grid);
        self.borders(grid, at);
        self.solution.arrange(&mut self.starts, &mut self.terms)
    }

    /// Fills only what a steady state needs: the gross flows between cells ([`Operator::flows`]), ways in and out. The time
    /// terms of the dispersion vanish.
    pub fn assemble_steady(&mut self, grid: &Grid, at: Conditions<'_>) {
        let at = Conditions { step_s: f64::INFINITY, within: (0.0, 0.0), ..at };
        self.volumes_and_discharges(grid, at);
        self.outflows(grid, at);
        self.weights(grid, at);
        self.exchange(grid, at);
        let n = grid.cells.len();
        self.unit = [vec![0.0; n], vec![0.0; n]];
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

    fn volumes_and_discharges(&mut self, grid: &Grid, at: Conditions<'_>) {
        let n = grid.cells.len();
        let frame = at.frame;
        for (volume, t) in self.volume.iter_mut().zip([at.within.0, at.within.1]) {
            volume.clear();
            volume.extend(grid.cells.iter().map(|c| {
                let (v0, v1) = (frame.volume_start_m3[c.element as usize], frame.volume_end_m3[c.element as usize]);
                ((v0 * (1.0 - t) + v1 * t) * c.share).max(0.0)
            }));
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
        self.held_out.clear();
        self.held_out.resize(n, 0.0);
        self.exchange.clear();
        self.exchange.resize(grid.faces.len(), 0.0);
    }

    fn outflows(&mut self, grid: &Grid, at: Conditions<'_>) {
        let n = grid.cells.len();
        self.out.clear();
        self.out.resize(n, 0.0);
        self.drain.clear();
        self.drain.resize(n, 0.0);
        for (face, q) in grid.faces.iter().zip(&self.discharge) {
            if *q > 0.0 {
                self.out[face.from as usize] += q;
            } else if let Some(to) = face.to {
                self.out[to as usize] -= q;
            }
        }
        for (e, lateral) in at.frame.lateral_m3_s.iter().enumerate().filter(|(_, q)| **q < 0.0) {
            for_lateral(grid, at.joins, e, |cell, share| self.drain[cell] -= lateral * share);
        }
        self.out.iter_mut().zip(&self.drain).for_each(|(out, drain)| *out += drain);
    }

    /// θ of every cell, and whether its faces need an exchange.
    fn weights(&mut self, grid: &Grid, at: Conditions<'_>) {
        self.theta.clear();
        self.mixes.clear();
        let (mut excess, mut flowing) = (0.0, 0.0);
        for (i, cell) in grid.cells.iter().enumerate() {
            let (v, out) = (self.volume[0][i], self.out[i]);
            let d = at.dispersion_m2_s[cell.element as usize];
            let wet = v > 0.0 && self.volume[1][i] > 0.0;
            let reach = matches!(grid.kinds[cell.element as usize], ReachKind::Reach | ReachKind::Diversion);
            // Stirred water takes the centred step as long as no share exceeds 1: second order in time.
            let least = if reach { 0.0 } else { 0.5 };
            let mut theta = if v > 0.0 { (1.0 - v / (at.step_s * out)).max(least) } else { 1.0 };
            let mut mixes = false;
            if reach && wet {
                let dx = cell.to_m - cell.from_m;
                if out > 0.0 {
                    // In units of ½ u Δx = ½ O Δx² / V.
                    let courant = courant(at, out, v);
                    let half_u_dx = 0.5 * out * dx * dx / v;
                    let wanted = d / half_u_dx;
                    mixes = wanted > 1.0 + courant;
                    if mixes {
                        let number = d * at.step_s / (dx * dx);
                        let steady = at.step_s.is_infinite();
                        let half = number <= 1.0 || steady;
                        theta = theta.max(if half { 0.5 } else { 1.0 - 1.0 / (2.0 * number + courant * courant) });
                    } else if courant > 0.0 {
                        theta = theta.max((0.5 + (wanted - 1.0) / (2.0 * courant)).min(1.0));
                        let numerical = half_u_dx * (1.0 + (2.0 * theta - 1.0) * courant);
                        excess += v * (numerical - d).max(0.0);
                    } else {
                        excess += v * (half_u_dx - d).max(0.0);
                    }
                } else {
                    mixes = d > 0.0;
                    theta = 0.5;
                }
                flowing += v;
            }
            self.theta.push(theta);
            self.mixes.push(mixes);
        }
        self.excess_dispersion = if flowing > 0.0 { excess / flowing } else { 0.0 };
    }

    fn exchange(&mut self, grid: &Grid, at: Conditions<'_>) {
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

    /// What a discharge of 1 m³ s⁻¹ takes from each cell, and what it keeps.
    fn shares(&mut self, step_s: f64) {
        let n = self.out.len();
        for list in [&mut self.keep, &mut self.stay, &mut self.per_volume] {
            list.clear();
        }
        self.unit.iter_mut().for_each(Vec::clear);
        for i in 0..n {
            let (v0, v1, out) = (self.volume[0][i], self.volume[1][i], self.out[i]);
            let theta = if v0 > 0.0 { self.theta[i].max(1.0 - v0 / (step_s * out)) } else { 1.0 };
            let leaving = if v0 > 0.0 { (step_s * (1.0 - theta) * out / v0).min(1.0) } else { 0.0 };
            let held = v1 + step_s * theta * out;
            self.keep.push(1.0 - leaving);
            self.stay.push(if held > 0.0 { v1 / held } else { 1.0 });
            // A film that only rounding leaves of a cell that ran dry has a mass, but no concentration.
            let wet = held > FILM * (v0 + step_s * out);
            self.per_volume.push(if wet { 1.0 / held } else { 0.0 });
            self.unit[0].push(if out > 0.0 { leaving / out } else { 0.0 });
            self.unit[1].push(if held > 0.0 { step_s * theta / held } else { 0.0 });
        }
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
