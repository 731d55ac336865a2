//! Some thousand particles of one release, block by block.
//!
//! In each block the particles are sorted (counting sort, stable) by regime and falling number of sub-steps, and each group of
//! 64 of a regime runs one formula as often as its first particle needs, without a branch. The order of work is thus a function of
//! the chunk alone. What a particle is lies in one row, so that a group gathers whole rows and turns them into columns.

use super::fate::Fate;
use super::random::Stream;
use super::turbulence::{FREE, NEUTRAL, REGIMES, STABLE, Turbulence, UNIFORM, UNSTABLE};
use super::wide::{F, Line, Once, WIDTH, Wide, columns};
use super::window::{Along, Window, layer};
use super::{Accumulate, Book, Direction, Exit, Instructions, LANES, Lane, Options, Release, Side, Species, Totals};
use crate::observe::weather::Grid;
use std::ops::Range;

/// Numbers of sub-steps that a block may have.
const COUNTS: [u32; 20] = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 80, 96, 128, 160, 240, 400];

/// Calls of the random numbers that do not belong to sub-steps.
pub const CALL_MESOSCALE: u32 = 1 << 20;
const CALL_START: u32 = CALL_MESOSCALE + 1;
const CALL_PLACE: u32 = CALL_MESOSCALE + 2;

/// What all chunks of a run share.
pub struct Course<'a> {
    /// Species.
    pub species: &'a [Species],
    /// Options.
    pub options: &'a Options,
    /// The chain.
    pub fate: &'a Fate,
    /// The grid of the weather.
    pub grid: &'a Grid,
}

/// Where in its row a particle keeps what.
pub mod field {
    /// Whole steps along the first axis of the grid.
    pub const CELL_I: usize = 0;
    /// Along the second.
    pub const CELL_J: usize = 1;
    /// Part of a step beyond.
    pub const OFFSET_I: usize = 2;
    /// Along the second.
    pub const OFFSET_J: usize = 3;
    /// Height, m.
    pub const Z: usize = 4;
    /// Turbulent velocities over their σ: upward, along the wind, across it.
    pub const UP: usize = 5;
    /// Along.
    pub const ALONG: usize = 6;
    /// Across.
    pub const ACROSS: usize = 7;
    /// (1/ρ) ∂ρ/∂z at the last block, m⁻¹.
    pub const DENSITY_GRADIENT: usize = 8;
    /// 1/T_w at the last sub-step, s⁻¹; the greatest where the next block must begin carefully.
    pub const RATE: usize = 9;
    /// The last block's motion, steps a second.
    pub const SPEED_I: usize = 10;
    /// Along the second.
    pub const SPEED_J: usize = 11;
    /// Number of the particle (bits).
    pub const PARTICLE: usize = 12;
    /// Start, s since the chunk's epoch (bits of a two's complement).
    pub const START: usize = 13;
    /// Regime of the last block.
    pub const REGIME: usize = 14;
}

/// The particles on their way.
#[derive(Default)]
pub struct Particles {
    /// [`field`]s.
    pub rows: Vec<Line>,
    /// Mesoscale velocities over their σ; empty where there are none.
    pub meso: Vec<[f32; 3]>,
    /// Row × species, then particle.
    pub weights: Vec<Vec<f32>>,
}

/// Particles of one release that are always moved together.
pub struct Chunk {
    /// Number of the release.
    pub release: usize,
    /// The books.
    pub totals: Totals,
    pub(super) stream: Stream,
    pub(super) p: Particles,
    /// Seconds since 1970 from which starts are counted.
    pub(super) epoch: i64,
    pub(super) sorted: Sorted,
    pub(super) taken: Taken,
    /// Particles that ended in this block, and where they left.
    pub(super) ends: Vec<(u32, Option<Side>)>,
    start: Start,
    range: Range<u32>,
    /// Particles that have started.
    started: u32,
}

/// How the particles of a chunk start.
struct Start {
    /// Cell and offset.
    i: (f32, f32),
    j: (f32, f32),
    bottom_m: f64,
    top_m: f64,
    from: i64,
    to: i64,
    particles: u32,
    direction: Direction,
    weights: Vec<f32>,
}

impl Start {
    /// When particle `k` of the release starts. Evenly over the period; backward from its end, so that they stand in the order of
    /// their start.
    fn time(&self, k: u32) -> i64 {
        let part = (f64::from(k) + 0.5) / f64::from(self.particles);
        let after = (part * (self.to - self.from) as f64) as i64;
        match self.direction {
            Direction::Forward => self.from + after,
            Direction::Backward => self.to - after,
        }
    }
}

/// Work space of the sort, and what it read for each particle.
#[derive(Default)]
pub struct Sorted {
    key: Vec<u16>,
    /// Particles in the order of work.
    pub order: Vec<u32>,
    /// Rows of [`Window::planes`].
    pub planes: Vec<Line>,
}

/// Weights of a group and what was taken from them; and sums of what was taken, lane by lane.
#[derive(Default)]
pub struct Taken {
    /// Row × species.
    pub weights: Vec<Lane>,
    /// By the ground.
    pub dry: Vec<Lane>,
    /// By rain.
    pub wet: Vec<Lane>,
    /// Exponent of each species in this block: dry, wet.
    pub exponent: Vec<(Lane, Lane)>,
    /// Sums, by species.
    pub sum_dry: Vec<[f64; WIDTH]>,
    /// By rain.
    pub sum_wet: Vec<[f64; WIDTH]>,
    /// By reactions.
    pub sum_converted: Vec<[f64; WIDTH]>,
}

impl Chunk {
    /// The particles `range` of a release, none started.
    pub fn new(number: usize, release: &Release, range: Range<u32>, course: &Course<'_>) -> Chunk {
        let (i, j) = course.grid.position(release.place);
        let i = if course.grid.wraps { i.rem_euclid(course.grid.nx as f64) } else { i };
        let along = |x: f64, points: usize, wraps: bool| {
            let cell = x.floor().clamp(0.0, points as f64 - if wraps { 1.0 } else { 2.0 });
            (cell as f32, (x - cell) as f32)
        };
        let own = |w: &f64| (w / f64::from(release.particles)) as f32;
        let weights: Vec<f32> = release.weights.iter().map(own).collect();
        let (rows, species) = (weights.len(), course.species.len());
        Chunk {
            release: number,
            totals: Totals { books: vec![Book::default(); species], ..Totals::default() },
            stream: Stream { seed: course.options.seed, release: number as u32 },
            p: Particles { weights: vec![Vec::new(); rows], ..Particles::default() },
            epoch: release.start.0,
            sorted: Sorted::default(),
            taken: Taken {
                weights: vec![[0.0; LANES]; rows],
                dry: vec![[0.0; LANES]; rows],
                wet: vec![[0.0; LANES]; rows],
                exponent: vec![([0.0; LANES], [0.0; LANES]); species],
                sum_dry: vec![[0.0; WIDTH]; species],
                sum_wet: vec![[0.0; WIDTH]; species],
                sum_converted: vec![[0.0; WIDTH]; species],
            },
            ends: Vec::new(),
            start: Start {
                i: along(i, course.grid.nx, course.grid.wraps),
                j: along(j, course.grid.ny, false),
                bottom_m: release.bottom_m,
                top_m: release.top_m,
                from: release.start.0,
                to: release.end.0,
                particles: release.particles,
                direction: course.options.direction,
                weights,
            },
            started: range.start,
            range,
        }
    }

    /// Follows the particles from one moment of a window to another, on the instruction set of the options.
    pub fn advance(&mut self, course: &Course<'_>, window: &Window, from: i64, to: i64, seen: &mut dyn Accumulate) {
        #[cfg(target_arch = "x86_64")]
        {
            use pulp::x86::{V1, V3, V4};
            match (course.options.instructions, V4::try_new(), V3::try_new(), V1::try_new()) {
                (Instructions::Avx512, Some(w), ..) => self.through(w, course, window, from, to, seen),
                (Instructions::Avx512 | Instructions::Avx2, _, Some(w), _) => {
                    self.through(w, course, window, from, to, seen);
                }
                (.., Some(w)) => self.through(w, course, window, from, to, seen),
                // Every machine of this architecture has SSE2.
                _ => {}
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        self.through(super::wide::Plain, course, window, from, to, seen);
    }

    /// True where some particle is on its way between two moments.
    pub fn wakes(&self, from: i64, to: i64) -> bool {
        let start = self.start.time(self.started);
        let starts = self.started < self.range.end && if to > from { start < to } else { start > to };
        starts || !self.p.rows.is_empty()
    }

    /// Ends what is still on its way.
    pub fn finish(&mut self, time: i64, species: usize, seen: &mut dyn Accumulate) {
        for slot in 0..self.p.rows.len() {
            self.exit(slot, None, time, species, seen);
        }
        self.p = Particles::default();
        let sum = |lanes: &[f64; WIDTH]| lanes.iter().sum::<f64>();
        for (k, book) in self.totals.books.iter_mut().enumerate() {
            book.dry = sum(&self.taken.sum_dry[k]);
            book.wet = sum(&self.taken.sum_wet[k]);
            book.converted = sum(&self.taken.sum_converted[k]);
        }
    }

    fn exit(&mut self, slot: usize, side: Option<Side>, time: i64, species: usize, seen: &mut dyn Accumulate) {
        let mut weights = [0.0; 256];
        let rows = self.p.weights.len().min(weights.len());
        for (k, w) in self.p.weights.iter().enumerate() {
            if k < rows {
                weights[k] = w[slot];
            }
            let book = &mut self.totals.books[k % species];
            *(if side.is_some() { &mut book.left } else { &mut book.stayed }) += f64::from(w[slot]);
        }
        self.totals.left += u64::from(side.is_some());
        let row = &self.p.rows[slot].0;
        let place = |cell: usize, offset: usize| f64::from(row[cell]) + f64::from(row[offset]);
        seen.exit(&Exit {
            release: self.release,
            particle: row[field::PARTICLE].to_bits(),
            side,
            time,
            position: (place(field::CELL_I, field::OFFSET_I), place(field::CELL_J, field::OFFSET_J)),
            height: row[field::Z],
            weights: &weights[..rows],
        });
    }
}

/// The instants of one block.
#[derive(Clone, Copy)]
pub struct Instants {
    /// Its beginning, in the direction of the run.
    pub from: i64,
    /// Its end.
    pub to: i64,
    /// Length, s.
    length: i64,
    /// Of the window at the middle.
    pub fraction: f32,
    /// +1 forward, −1 backward.
    pub sign: f32,
}

impl Chunk {
    fn through<W: Wide>(
        &mut self,
        w: W,
        course: &Course<'_>,
        window: &Window,
        from: i64,
        to: i64,
        seen: &mut dyn Accumulate,
    ) {
        let length = course.options.block_s;
        let forward = course.options.direction == Direction::Forward;
        let mut now = from;
        while now != to {
            // Blocks end at whole multiples of their length, so that a run cut in two draws the same numbers.
            let next = if forward {
                ((now.div_euclid(length) + 1) * length).min(to)
            } else {
                ((now - 1).div_euclid(length) * length).max(to)
            };
            self.one_block(w, course, window, now, next, seen);
            now = next;
        }
    }

    fn one_block<W: Wide>(
        &mut self,
        w: W,
        course: &Course<'_>,
        window: &Window,
        from: i64,
        to: i64,
        seen: &mut dyn Accumulate,
    ) {
        let forward = to > from;
        // Those that start before the block's end.
        while self.started < self.range.end {
            let start = self.start.time(self.started);
            if if forward { start >= to } else { start <= to } {
                break;
            }
            self.start(w, self.started, start, course, window);
            self.started += 1;
        }
        if self.p.rows.is_empty() {
            return;
        }
        let middle = 0.5 * (from as f64 + to as f64);
        let at = Instants {
            from,
            to,
            length: (to - from).abs(),
            fraction: window.fraction(middle),
            sign: if forward { 1.0 } else { -1.0 },
        };
        self.sort_on(w, course, window, at);
        let mut begin = 0;
        while begin < self.sorted.order.len() {
            let key = |at: usize| self.sorted.key[self.sorted.order[at] as usize] as usize;
            let (kind, first) = (key(begin) / COUNTS.len(), key(begin) % COUNTS.len());
            let mut end = (begin + LANES).min(self.sorted.order.len());
            while key(end - 1) / COUNTS.len() != kind {
                end -= 1;
            }
            // They stand in falling order of sub-steps, so the first needs the most; that is the least work (the sum of the
            // greatest of each group) that groups of this size can have, and a few particles do not make many groups.
            let n = if kind as u8 == FREE { 1 } else { COUNTS[COUNTS.len() - 1 - first] };
            self.group(w, course, window, at, begin..end, kind as u8, n, seen);
            begin = end;
        }
        if !self.ends.is_empty() {
            self.retire(to, course.species.len(), seen);
        }
    }

    /// One particle starts.
    #[inline(never)]
    fn start<W: Wide>(&mut self, w: W, particle: u32, time: i64, course: &Course<'_>, window: &Window) {
        let start = &self.start;
        let stream = self.stream;
        let ([i, j], fraction) = ([start.i, start.j], window.fraction(time as f64));
        let once = Once;
        let (z, normals, gradient) = w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let normals = stream.normals_of(w, CALL_START, 0, particle);
                let u = stream.uniforms_of(w, CALL_PLACE, 0, particle)[0];
                let z = (start.bottom_m + u * (start.top_m - start.bottom_m)) as f32;
                let [i, j] = [i, j].map(|x: (f32, f32)| Along { cell: F::of(w, x.0), offset: F::of(w, x.1) });
                let winds = window.winds::<false, W>(w, &window.corners(w, i, j), F::of(w, z), fraction);
                (z, normals, winds.mean[3].row()[0])
            },
        );
        let mut row = [0.0; WIDTH];
        [row[field::CELL_I], row[field::OFFSET_I]] = [i.0, i.1];
        [row[field::CELL_J], row[field::OFFSET_J]] = [j.0, j.1];
        row[field::Z] = z;
        row[field::UP] = normals[2];
        row[field::ALONG] = normals[0];
        row[field::ACROSS] = normals[1];
        row[field::DENSITY_GRADIENT] = gradient;
        row[field::RATE] = f32::MAX;
        row[field::PARTICLE] = f32::from_bits(particle);
        row[field::START] = f32::from_bits((time - self.epoch) as i32 as u32);
        row[field::REGIME] = f32::from(FREE);
        self.p.rows.push(Line(row));
        if course.options.mesoscale > 0.0 {
            self.p.meso.push([normals[3], normals[4], normals[5]]);
        }
        self.totals.particles += 1;
        for (k, (weights, w)) in self.p.weights.iter_mut().zip(&start.weights).enumerate() {
            weights.push(*w);
            self.totals.books[k % course.species.len()].released += f64::from(*w);
        }
    }

    #[inline(never)]
    fn sort_on<W: Wide>(&mut self, w: W, course: &Course<'_>, window: &Window, at: Instants) {
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                self.sort(w, course, window, at);
            },
        );
    }

    /// Reads the planes where the particles are, and sorts them by regime and number of sub-steps.
    #[inline(always)]
    fn sort<W: Wide>(&mut self, w: W, course: &Course<'_>, window: &Window, at: Instants) {
        let n = self.p.rows.len();
        let s = &mut self.sorted;
        let padded = n.next_multiple_of(WIDTH);
        s.key.resize(padded, 0);
        s.planes.resize(padded, Line::default());
        let uniform = matches!(course.options.turbulence, Turbulence::Uniform(_));
        let per_second = at.length as f32 / course.options.step_factor;
        let greatest_rate = match course.options.turbulence {
            Turbulence::Hanna => 1.0 / course.options.least_time_scale_s,
            Turbulence::Uniform(u) => 1.0 / u.time_s[2],
        };
        let kinds = [NEUTRAL, UNSTABLE, STABLE, UNIFORM, FREE].map(f32::from);
        let mut tally = [0u32; REGIMES * COUNTS.len() + 1];
        for begin in (0..n).step_by(WIDTH) {
            let rows = &self.p.rows[begin..n.min(begin + WIDTH)];
            let mut own = [F::of(w, 0.0); WIDTH];
            for l in 0..WIDTH {
                own[l] = F::load(w, &rows[l.min(rows.len() - 1)].0);
            }
            let p = columns(w, own);
            let i = Along { cell: p[field::CELL_I], offset: p[field::OFFSET_I] };
            let j = Along { cell: p[field::CELL_J], offset: p[field::OFFSET_J] };
            let planes = window.planes(w, &window.corners(w, i, j));
            for l in 0..WIDTH {
                s.planes[begin + l] = Line(planes[l].row());
            }
            let [depth, _, inverse_length, _] = layer(&columns(w, planes), at.fraction);
            let within = if uniform {
                F::of(w, kinds[3])
            } else {
                let over = depth * inverse_length;
                over.abs().below(1.0).choose(F::of(w, kinds[0]), over.below(0.0).either(kinds[1], kinds[2]))
            };
            let kind = p[field::Z].less(depth).choose(within, F::of(w, kinds[4]));
            let same = (kind - p[field::REGIME]).abs().below(0.5);
            let rate = same.choose(p[field::RATE].at_most(greatest_rate), F::of(w, greatest_rate));
            // The least whole number not below, nearly: a thousandth more does not need another sub-step.
            let needed = (per_second * rate + 0.999).at_most((ENOUGH.len() - 1) as f32);
            let (needed, kind) = (w.store_words(w.truncate(needed.1)), w.store_words(w.truncate(kind.1)));
            for l in 0..rows.len() {
                let steps = if kind[l] == u32::from(FREE) { 0 } else { u32::from(ENOUGH[needed[l] as usize]) };
                let key = (kind[l] + 1) * COUNTS.len() as u32 - 1 - steps;
                s.key[begin + l] = key as u16;
                tally[key as usize + 1] += 1;
            }
        }
        for k in 1..tally.len() {
            tally[k] += tally[k - 1];
        }
        s.order.resize(n, 0);
        for k in 0..n {
            let place = &mut tally[s.key[k] as usize];
            s.order[*place as usize] = k as u32;
            *place += 1;
        }
    }

    /// Lets go of the particles that left the grid or reached their greatest age.
    #[cold]
    fn retire(&mut self, now: i64, species: usize, seen: &mut dyn Accumulate) {
        let mut ends = std::mem::take(&mut self.ends);
        ends.sort_unstable_by_key(|e| e.0);
        for (slot, side) in &ends {
            self.exit(*slot as usize, *side, now, species, seen);
        }
        keep(&mut self.p.rows, &ends);
        keep(&mut self.p.meso, &ends);
        self.p.weights.iter_mut().for_each(|w| keep(w, &ends));
        ends.clear();
        self.ends = ends;
    }
}

/// Takes the ended away, in order.
fn keep<T>(all: &mut Vec<T>, ends: &[(u32, Option<Side>)]) {
    let (mut at, mut next) = (0, 0);
    all.retain(|_| {
        let ended = ends.get(next).is_some_and(|e| e.0 == at);
        next += usize::from(ended);
        at += 1;
        !ended
    });
}

/// For every whole number of sub-steps, the place in [`COUNTS`] of the first that is not less.
const ENOUGH: [u8; COUNTS[COUNTS.len() - 1] as usize + 1] = {
    let mut table = [0u8; COUNTS[COUNTS.len() - 1] as usize + 1];
    let (mut needed, mut k) = (0, 0);
    while needed < table.len() {
        if COUNTS[k as usize] < needed as u32 {
            k += 1;
        }
        table[needed] = k;
        needed += 1;
    }
    table
};
