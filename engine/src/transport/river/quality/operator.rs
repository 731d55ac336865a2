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
    /// What a discharge of 1 m³ s⁻¹ takes from each cell: share of m⁰ and of y.
    pub unit: [Vec<f64>; 2],
    /// Where the water of each cell goes.
    pub course: Course,
    /// Whether the course is all there is to the step: nothing is exchanged, and no water runs up the nominal direction. Then
    /// [`Operator::solution`] is not filled.
    pub on_course: bool,
    // The same through a frame, filled once for it.
    begun: Option<usize>,
    shapes: Shapes,
    discharge: Vec<f64>,
    advected: Vec<f64>,
    drain: Vec<f64>,
    ends: [Vec<f64>; 2],
    downstream: bool,
    // Other from step to step.
    exchange: Vec<f64>,
    out: Vec<f64>,
    held_out: Vec<f64>,
    theta: Vec<f64>,
    mixes: Vec<bool>,
    volume: [Vec<f64>; 2],
    terms: Vec<Term>,
    starts: Vec<u32>,
}

/// Discharges between cells, down the nominal direction. By the cell above, because nearly all cells have just one below: the
/// sweep then has no branch to guess.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// For each cell the start of its part of `to`.
    pub starts: Vec<u32>,
    /// The cell below and m³ s⁻¹.
    pub to: Vec<(u32, f64)>,
}

/// What cells are, for their time weights.
#[derive(Debug, Clone, Default)]
struct Shapes {
    /// Least θ: stirred water takes the centred step as long as no share exceeds 1, second order in time.
    least: Vec<f64>,
    /// D / (½ Δx²), s⁻¹; 0 where stirred.
    ratio: Vec<f64>,
    /// ½ Δx², m²; 0 where stirred.
    half_dx2: Vec<f64>,
}

/// The clock of a step.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Shares of the frame at its ends.
    within: (f64, f64),
    step_s: f64,
    /// 1/Δt; 0 at rest.
    per_step: f64,
    /// Δt, but 0 at rest, where the time terms of the dispersion vanish.
    courant_s: f64,
}

impl Clock {
    fn of(at: Conditions<'_>) -> Clock {
        let courant_s = if at.step_s.is_finite() { at.step_s } else { 0.0 };
        Clock { within: at.within, step_s: at.step_s, per_step: 1.0 / at.step_s, courant_s }
    }

    /// Volume of a cell at the beginning and end of the step.
    #[inline(always)]
    fn volumes(self, begins: f64, ends: f64) -> (f64, f64) {
        let at = |t: f64| begins * (1.0 - t) + ends * t;
        (at(self.within.0), at(self.within.1))
    }

    /// θ of a cell without exchange, and whether its dispersion needs one.
    #[inline(always)]
    fn weight(self, least: f64, ratio: f64, v0: f64, out: f64) -> (f64, bool) {
        let residence_s = v0 / out;
        let inverse = residence_s * self.per_step;
        let courant = self.courant_s / residence_s;
        // In units of ½ u Δx = ½ O Δx² / V. Where nothing flows, any dispersion is an exchange.
        let wanted = ratio * residence_s;
        let equal = (0.5 + 0.5 * (wanted - 1.0) * inverse).min(1.0);
        let theta = (1.0 - inverse).max(least).max(equal);
        (if v0 > 0.0 { theta } else { 1.0 }, wanted > 1.0 + courant)
    }

    /// keep, stay, per volume, and what 1 m³ s⁻¹ takes of m⁰ and of y.
    #[inline(always)]
    fn shares(self, v0: f64, v1: f64, out: f64, theta: f64) -> [f64; 5] {
        let per_out = 1.0 / out;
        let takes = (self.step_s * (1.0 - theta) / v0).min(per_out);
        let takes = if v0 > 0.0 && out > 0.0 { takes } else { 0.0 };
        let held = v1 + self.step_s * theta * out;
        let (inverse, stay) = if held > 0.0 { (1.0 / held, v1 / held) } else { (0.0, 1.0) };
        // A film that only rounding leaves of a cell that ran dry has a mass, but no concentration.
        let per_volume = if held > FILM * (v0 + self.step_s * out) { inverse } else { 0.0 };
        [(1.0 - takes * out).max(0.0), stay, per_volume, takes, self.step_s * theta * inverse]
    }
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
        let clock = Clock::of(at);
        self.on_course =
            self.downstream && at.held.is_empty() && !pulp::Arch::new().dispatch(|| self.fill_course(clock));
        if self.on_course {
            self.exits.iter_mut().for_each(|e| *e = exit(&self.unit, e.cell, e.discharge_m3_s));
            return Ok(());
        }
        self.weights(clock);
        self.exchange(grid, at);
        self.shares(clock);
        self.incoming(grid);
        self.borders(grid, at);
        self.solution.arrange(&mut self.starts, &mut self.terms)
    }

    /// Fills only what a steady state needs: the gross flows between cells ([`Operator::flows`]), ways in and out. The time
    /// terms of the dispersion vanish.
    pub fn assemble_steady(&mut self, grid: &Grid, at: Conditions<'_>) {
        let at = Conditions { step_s: f64::INFINITY, within: (0.0, 0.0), ..at };
        self.begin_frame(grid, at);
        self.weights(Clock::of(at));
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
        if self.shapes.least.len() != n {
            self.shapes = shapes(grid, at.dispersion_m2_s);
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
        self.course.to.clear();
        self.course.starts.clear();
        self.downstream = true;
        // Faces are sorted by the cell above.
        for (face, q) in grid.faces.iter().zip(&self.discharge) {
            let Some(to) = face.to.filter(|_| *q != 0.0) else { continue };
            self.downstream &= *q > 0.0 && face.from < to;
            self.course.starts.resize(face.from as usize + 1, self.course.to.len() as u32);
            self.course.to.push((to, *q));
        }
        self.course.starts.resize(n + 1, self.course.to.len() as u32);
        self.held_out.fill(0.0);
        self.borders(grid, at);
        self.excess_dispersion = self.excess(Clock::of(at));
    }

    /// Mean over flowing cells, weighted by volume, of D_num − D where that is above 0.
    fn excess(&self, clock: Clock) -> f64 {
        let (mut excess, mut flowing) = (0.0, 0.0);
        let Shapes { least, ratio, half_dx2 } = &self.shapes;
        for (i, out) in self.advected.iter().enumerate().filter(|(i, _)| half_dx2[*i] > 0.0) {
            let (v, _) = clock.volumes(self.ends[0][i], self.ends[1][i]);
            let (theta, mixes) = clock.weight(least[i], ratio[i], v, *out);
            if v > 0.0 && *out > 0.0 && !mixes {
                let courant = clock.courant_s * out / v;
                let numerical = half_dx2[i] * out / v * (1.0 + (2.0 * theta - 1.0) * courant);
                excess += v * (numerical - ratio[i] * half_dx2[i]).max(0.0);
            }
            flowing += v;
        }
        if flowing > 0.0 { excess / flowing } else { 0.0 }
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
        for (i, (cell, drain)) in grid.cells.iter().zip(&mut self.drain).enumerate() {
            *drain = (-at.frame.lateral_m3_s[cell.element as usize] * joining(grid, at.joins, i)).max(0.0);
        }
        self.advected.iter_mut().zip(&self.drain).for_each(|(out, drain)| *out += drain);
    }

    /// The step where nothing is exchanged; true where something is, and the step must be filled otherwise. Without a branch,
    /// so that cells are filled side by side.
    #[inline(always)]
    fn fill_course(&mut self, clock: Clock) -> bool {
        let n = self.advected.len();
        let out = &self.advected[..n];
        let (least, ratio) = (&self.shapes.least[..n], &self.shapes.ratio[..n]);
        let [begins, ends] = &self.ends;
        let (begins, ends) = (&begins[..n], &ends[..n]);
        let (keep, stay, per_volume) = (&mut self.keep[..n], &mut self.stay[..n], &mut self.per_volume[..n]);
        let [explicit, implicit] = &mut self.unit;
        let (explicit, implicit) = (&mut explicit[..n], &mut implicit[..n]);
        let mut any = false;
        for i in 0..n {
            let (v0, v1) = clock.volumes(begins[i], ends[i]);
            let (theta, mixes) = clock.weight(least[i], ratio[i], v0, out[i]);
            [keep[i], stay[i], per_volume[i], explicit[i], implicit[i]] = clock.shares(v0, v1, out[i], theta);
            any |= mixes;
        }
        any
    }

    /// Volumes of the step, θ of every cell, and whether its faces need an exchange.
    fn weights(&mut self, clock: Clock) {
        self.out.clone_from(&self.advected);
        for i in 0..self.out.len() {
            let (ratio, out) = (self.shapes.ratio[i], self.out[i]);
            let (v0, v1) = clock.volumes(self.ends[0][i], self.ends[1][i]);
            let (mut theta, mixes) = clock.weight(self.shapes.least[i], ratio, v0, out);
            if mixes {
                let courant = clock.courant_s * out / v0;
                let number = 0.5 * ratio * clock.step_s;
                let half = number <= 1.0 || clock.courant_s == 0.0;
                theta = (1.0 - v0 / (clock.step_s * out)).max(if half {
                    0.5
                } else {
                    1.0 - 1.0 / (2.0 * number + courant * courant)
                });
            }
            (self.volume[0][i], self.volume[1][i]) = (v0, v1);
            self.theta[i] = theta;
            self.mixes[i] = mixes;
        }
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
            let courant = if at.step_s.is_finite() { at.step_s * self.out[donor] / v[donor] } else { 0.0 };
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
    fn shares(&mut self, clock: Clock) {
        for i in 0..self.out.len() {
            let (v0, v1, out) = (self.volume[0][i], self.volume[1][i], self.out[i]);
            // An exchange takes more than the discharge alone, but no share may exceed 1.
            let theta = if v0 > 0.0 { self.theta[i].max(1.0 - v0 / (clock.step_s * out)) } else { 1.0 };
            [self.keep[i], self.stay[i], self.per_volume[i], self.unit[0][i], self.unit[1][i]] =
                clock.shares(v0, v1, out, theta);
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
        let outside = !self.entering.is_empty();
        for (i, cell) in grid.cells.iter().enumerate() {
            let discharge = self.drain[i] + self.held_out[i];
            if discharge > 0.0 {
                self.exits.push(exit(&self.unit, i as u32, discharge));
            }
            if self.held_out[i] > 0.0 {
                self.entering.push(Entering { cell: i as u32, discharge_m3_s: self.held_out[i] });
            }
            let lateral = at.frame.lateral_m3_s[cell.element as usize] * joining(grid, at.joins, i);
            if lateral > 0.0 {
                self.entering.push(Entering { cell: i as u32, discharge_m3_s: lateral });
            }
        }
        if outside {
            self.entering.sort_by_key(|e| e.cell);
        }
    }

    /// Ways in to a stretch of cells.
    pub fn entering_in(&self, cells: &std::ops::Range<usize>) -> impl Iterator<Item = &Entering> {
        let from = self.entering.partition_point(|e| (e.cell as usize) < cells.start);
        let end = cells.end;
        self.entering[from..].iter().take_while(move |e| (e.cell as usize) < end)
    }
}

fn shapes(grid: &Grid, dispersion_m2_s: &[f64]) -> Shapes {
    let mut shapes = Shapes::default();
    for cell in &grid.cells {
        let element = cell.element as usize;
        let flowing = matches!(grid.kinds[element], ReachKind::Reach | ReachKind::Diversion);
        let half_dx2 = if flowing { 0.5 * (cell.to_m - cell.from_m).powi(2) } else { 0.0 };
        shapes.least.push(if flowing { 0.0 } else { 0.5 });
        shapes.ratio.push(if flowing { dispersion_m2_s[element] / half_dx2 } else { 0.0 });
        shapes.half_dx2.push(half_dx2);
    }
    shapes
}

fn exit(unit: &[Vec<f64>; 2], cell: u32, discharge_m3_s: f64) -> Exit {
    let [explicit, implicit] = [0, 1].map(|k| discharge_m3_s * unit[k][cell as usize]);
    Exit { cell, explicit, implicit, discharge_m3_s }
}

/// Share of the lateral water of its element that joins a cell.
fn joining(grid: &Grid, joins: Joins, cell: usize) -> f64 {
    let own = &grid.cells[cell];
    match joins {
        Joins::AtHead => f64::from(u8::from(grid.first[own.element as usize] as usize == cell)),
        Joins::Along => own.share,
    }
}
