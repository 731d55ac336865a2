//! Some thousand particles of one release, block by block.
//!
//! In each block the particles are sorted (counting sort, stable) by regime and number of sub-steps, so that a group of 32
//! runs one formula the same number of times, without a branch. The order of work is thus a function of the chunk alone.

use super::deposition::SURFACE_LAYER_M;
use super::elementary::{LANES, Lane, lanes};
use super::fate::{Fate, take};
use super::langevin::{self, Draw, Motion, wander};
use super::random::{NORMALS, Stream};
use super::turbulence::{
    FREE, FREE_DIFFUSIVITY_M2_S, NEUTRAL, Profile, REGIMES, STABLE, Turbulence, UNIFORM, UNSTABLE, Uniform, regime,
};
use super::wide::Wide;
use super::window::Window;
use super::{Accumulate, Block, Book, Direction, Exit, Instructions, Options, Release, Species, Totals};
use crate::observe::weather::Grid;
use std::ops::Range;

/// Numbers of sub-steps that a block may have.
const COUNTS: [u32; 20] = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 80, 96, 128, 160, 240, 400];

/// Calls of the random numbers that do not belong to sub-steps.
const CALL_MESOSCALE: u32 = 1 << 20;
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

/// The state of each particle, one array a quantity.
#[derive(Default)]
struct Particles {
    /// Position in the grid, steps, along the first axis.
    i: Vec<f64>,
    j: Vec<f64>,
    /// The last block's motion, steps a second.
    speed_i: Vec<f32>,
    speed_j: Vec<f32>,
    z: Vec<f32>,
    /// Turbulent velocities over their σ: along the wind, across it, upward.
    along: Vec<f32>,
    across: Vec<f32>,
    up: Vec<f32>,
    /// Mesoscale velocities over their σ.
    meso: [Vec<f32>; 3],
    /// (1/ρ) ∂ρ/∂z at the last block.
    density_gradient: Vec<f32>,
    /// 1/T_w at the last sub-step; the greatest where the next block must begin carefully.
    rate: Vec<f32>,
    /// When it starts.
    start: Vec<i64>,
    /// Row × species, then particle.
    weights: Vec<Vec<f32>>,
    regime: Vec<u8>,
}

/// Particles of one release that are always moved together.
pub struct Chunk {
    /// Number of the release.
    pub release: usize,
    /// The books.
    pub totals: Totals,
    first: u32,
    stream: Stream,
    p: Particles,
    /// Particles on their way.
    alive: Vec<u32>,
    /// Particles that have started.
    started: usize,
    sorted: Sorted,
    taken: Taken,
}

/// Work space of the sort, and what the first pass found for each living particle.
#[derive(Default)]
struct Sorted {
    key: Vec<u16>,
    order: Vec<u32>,
    layer: [Vec<f32>; 4],
    steps_per_metre: [Vec<f32>; 2],
}

/// Weights of a group and what was taken from them; and sums of what was taken, lane by lane.
#[derive(Default)]
struct Taken {
    weights: Vec<Lane>,
    dry: Vec<Lane>,
    wet: Vec<Lane>,
    /// Exponent of each species in this block: dry, wet.
    exponent: Vec<(Lane, Lane)>,
    sum_dry: Vec<[f64; LANES]>,
    sum_wet: Vec<[f64; LANES]>,
    sum_converted: Vec<[f64; LANES]>,
}

impl Chunk {
    /// The particles `range` of a release, none started.
    pub fn new(number: usize, release: &Release, range: Range<u32>, course: &Course<'_>) -> Chunk {
        let n = range.len();
        let stream = Stream { seed: course.options.seed, release: number as u32 };
        let (i, j) = course.grid.position(release.place);
        let i = if course.grid.wraps { i.rem_euclid(course.grid.nx as f64) } else { i };
        let length = (release.end.0 - release.start.0) as f64;
        // Evenly over the period; backward from its end, so that they stand in the order of their start.
        let start = |k: u32| {
            let part = (f64::from(k) + 0.5) / f64::from(release.particles);
            match course.options.direction {
                Direction::Forward => release.start.0 + (part * length) as i64,
                Direction::Backward => release.end.0 - (part * length) as i64,
            }
        };
        let own = |w: &f64| (w / f64::from(release.particles)) as f32;
        let weights: Vec<Vec<f32>> = release.weights.iter().map(|w| vec![own(w); n]).collect();
        let rows = weights.len();
        let heights = range.clone().map(|k| {
            let u = stream.uniforms_of(CALL_PLACE, 0, k)[0];
            (release.bottom_m + u * (release.top_m - release.bottom_m)) as f32
        });
        let species = course.species.len();
        Chunk {
            release: number,
            totals: Totals { books: vec![Book::default(); species], ..Totals::default() },
            first: range.start,
            stream,
            p: Particles {
                i: vec![i; n],
                j: vec![j; n],
                speed_i: vec![0.0; n],
                speed_j: vec![0.0; n],
                z: heights.collect(),
                along: vec![0.0; n],
                across: vec![0.0; n],
                up: vec![0.0; n],
                meso: [vec![0.0; n], vec![0.0; n], vec![0.0; n]],
                density_gradient: vec![-1e-4; n],
                rate: vec![f32::MAX; n],
                start: range.map(start).collect(),
                weights,
                regime: vec![FREE; n],
            },
            alive: Vec::new(),
            started: 0,
            sorted: Sorted::default(),
            taken: Taken {
                weights: vec![[0.0; LANES]; rows],
                dry: vec![[0.0; LANES]; rows],
                wet: vec![[0.0; LANES]; rows],
                exponent: vec![([0.0; LANES], [0.0; LANES]); species],
                sum_dry: vec![[0.0; LANES]; species],
                sum_wet: vec![[0.0; LANES]; species],
                sum_converted: vec![[0.0; LANES]; species],
            },
        }
    }

    /// Follows the particles from one moment of a window to another, on the instruction set of the options.
    pub fn advance(&mut self, course: &Course<'_>, window: &Window, from: i64, to: i64, seen: &mut dyn Accumulate) {
        let wanted = course.options.instructions.min(Instructions::best());
        #[cfg(target_arch = "x86_64")]
        {
            use pulp::x86::{V1, V3, V4};
            match (wanted, V4::try_new(), V3::try_new(), V1::try_new()) {
                (Instructions::Avx512, Some(simd), ..) => {
                    simd.vectorize(Advance { chunk: self, course, window, from, to, seen, simd });
                }
                (Instructions::Avx2, _, Some(simd), _) => {
                    simd.vectorize(Advance { chunk: self, course, window, from, to, seen, simd });
                }
                (.., Some(simd)) => simd.vectorize(Advance { chunk: self, course, window, from, to, seen, simd }),
                _ => {}
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = wanted;
            let simd = super::wide::Plain;
            pulp::NullaryFnOnce::call(Advance { chunk: self, course, window, from, to, seen, simd });
        }
    }

    /// True where some particle is on its way between two moments.
    pub fn wakes(&self, from: i64, to: i64) -> bool {
        let starts = self.p.start.get(self.started).is_some_and(|s| if to > from { *s < to } else { *s > to });
        starts || !self.alive.is_empty()
    }

    /// Ends what is still on its way.
    pub fn finish(&mut self, time: i64, species: usize, seen: &mut dyn Accumulate) {
        let alive = std::mem::take(&mut self.alive);
        for slot in alive {
            self.exit(slot as usize, None, time, species, seen);
        }
        let sum = |lanes: &[f64; LANES]| lanes.iter().sum::<f64>();
        for (k, book) in self.totals.books.iter_mut().enumerate() {
            book.dry = sum(&self.taken.sum_dry[k]);
            book.wet = sum(&self.taken.sum_wet[k]);
            book.converted = sum(&self.taken.sum_converted[k]);
        }
    }

    fn exit(&mut self, slot: usize, side: Option<super::Side>, time: i64, species: usize, seen: &mut dyn Accumulate) {
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
        seen.exit(&Exit {
            release: self.release,
            particle: self.first + slot as u32,
            side,
            time,
            position: (self.p.i[slot], self.p.j[slot]),
            height: self.p.z[slot],
            weights: &weights[..rows],
        });
    }
}

/// The work of one chunk, to be compiled for each instruction set.
struct Advance<'a, S> {
    chunk: &'a mut Chunk,
    course: &'a Course<'a>,
    window: &'a Window,
    from: i64,
    to: i64,
    seen: &'a mut dyn Accumulate,
    simd: S,
}

impl<S: Wide> pulp::NullaryFnOnce for Advance<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let length = self.course.options.block_s;
        let forward = self.course.options.direction == Direction::Forward;
        let mut now = self.from;
        while now != self.to {
            // Blocks end at whole multiples of their length, so that a run cut in two draws the same numbers.
            let next = if forward {
                ((now.div_euclid(length) + 1) * length).min(self.to)
            } else {
                ((now - 1).div_euclid(length) * length).max(self.to)
            };
            self.chunk.one_block(self.simd, self.course, self.window, now, next, self.seen);
            now = next;
        }
    }
}

/// The instants of one block.
#[derive(Clone, Copy)]
struct Instants {
    from: i64,
    to: i64,
    /// Length, s.
    length: i64,
    /// Of the window at the middle.
    fraction: f32,
    /// +1 forward, −1 backward.
    sign: f32,
}

impl Chunk {
    #[inline(always)]
    fn one_block<S: Wide>(
        &mut self,
        simd: S,
        course: &Course<'_>,
        window: &Window,
        from: i64,
        to: i64,
        seen: &mut dyn Accumulate,
    ) {
        let forward = to > from;
        // Those that start before the block's end.
        while self.started < self.p.start.len() {
            let start = self.p.start[self.started];
            if if forward { start >= to } else { start <= to } {
                break;
            }
            self.start(simd, self.started, course, window);
            self.started += 1;
        }
        if self.alive.is_empty() {
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
        self.sort(simd, course, window, at);
        let mut begin = 0;
        while begin < self.sorted.order.len() {
            let key = self.sorted.key[self.sorted.order[begin] as usize];
            let mut end = begin + 1;
            while end < self.sorted.order.len()
                && end - begin < LANES
                && self.sorted.key[self.sorted.order[end] as usize] == key
            {
                end += 1;
            }
            let n = COUNTS[key as usize % COUNTS.len()];
            match (key as usize / COUNTS.len()) as u8 {
                NEUTRAL => self.group::<NEUTRAL, S>(simd, course, window, at, begin..end, n, seen),
                UNSTABLE => self.group::<UNSTABLE, S>(simd, course, window, at, begin..end, n, seen),
                STABLE => self.group::<STABLE, S>(simd, course, window, at, begin..end, n, seen),
                UNIFORM => self.group::<UNIFORM, S>(simd, course, window, at, begin..end, n, seen),
                _ => self.group::<FREE, S>(simd, course, window, at, begin..end, 1, seen),
            }
            begin = end;
        }
        self.retire(course, window, to, seen);
    }

    /// One particle starts.
    fn start<S: Wide>(&mut self, simd: S, slot: usize, course: &Course<'_>, window: &Window) {
        let particle = self.first + slot as u32;
        let normals = self.stream.normals_of(CALL_START, 0, particle);
        self.p.along[slot] = normals[0];
        self.p.across[slot] = normals[1];
        self.p.up[slot] = normals[2];
        (0..3).for_each(|k| self.p.meso[k][slot] = normals[3 + k]);
        let at = window.corners(&[self.p.i[slot]; LANES], &[self.p.j[slot]; LANES]);
        let fraction = window.fraction(self.p.start[slot] as f64);
        let winds = window.winds::<false, S>(simd, &at, &[self.p.z[slot]; LANES], fraction);
        self.p.density_gradient[slot] = winds.mean[3][0];
        self.alive.push(slot as u32);
        self.totals.particles += 1;
        for (k, w) in self.p.weights.iter().enumerate() {
            self.totals.books[k % course.species.len()].released += f64::from(w[slot]);
        }
    }

    /// Reads the planes where the living particles are, and sorts them by regime and number of sub-steps.
    #[inline(always)]
    fn sort<S: Wide>(&mut self, simd: S, course: &Course<'_>, window: &Window, at: Instants) {
        let lanes = lanes();
        let n = self.alive.len();
        let s = &mut self.sorted;
        let padded = n.next_multiple_of(LANES);
        s.key.resize(padded, 0);
        s.layer.iter_mut().for_each(|v| v.resize(padded, 0.0));
        s.steps_per_metre.iter_mut().for_each(|v| v.resize(padded, 0.0));
        let uniform = matches!(course.options.turbulence, Turbulence::Uniform(_));
        let per_second = at.length as f32 / course.options.step_factor;
        let greatest_rate = match course.options.turbulence {
            Turbulence::Hanna => 1.0 / course.options.least_time_scale_s,
            Turbulence::Uniform(u) => 1.0 / u.time_s[2],
        };
        let mut tally = [0u32; REGIMES * COUNTS.len() + 1];
        for begin in (0..n).step_by(LANES) {
            let mut slot = [0usize; LANES];
            for l in 0..lanes {
                slot[l] = self.alive[(begin + l).min(n - 1)] as usize;
            }
            let i: [f64; LANES] = pick(&self.p.i, &slot);
            let j: [f64; LANES] = pick(&self.p.j, &slot);
            let planes = window.planes(simd, &window.corners(&i, &j), at.fraction);
            for k in 0..4 {
                s.layer[k][begin..begin + LANES].copy_from_slice(&planes.layer[k]);
            }
            for k in 0..2 {
                s.steps_per_metre[k][begin..begin + LANES].copy_from_slice(&planes.steps_per_metre[k]);
            }
            for l in 0..LANES.min(n - begin) {
                let (depth, z) = (planes.layer[0][l], self.p.z[slot[l]]);
                let within = if uniform { UNIFORM } else { regime(depth, planes.layer[2][l]) as u8 };
                let kind = if z < depth { within } else { FREE };
                let rate = if kind == self.p.regime[slot[l]] {
                    self.p.rate[slot[l]].min(greatest_rate)
                } else {
                    greatest_rate
                };
                self.p.regime[slot[l]] = kind;
                let count = if kind == FREE { 0 } else { count(per_second * rate) };
                let key = u16::from(kind) * COUNTS.len() as u16 + count;
                s.key[begin + l] = key;
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

    /// Moves one group through one block.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn group<const R: u8, S: Wide>(
        &mut self,
        simd: S,
        course: &Course<'_>,
        window: &Window,
        at: Instants,
        range: Range<usize>,
        n: u32,
        seen: &mut dyn Accumulate,
    ) {
        let lanes = lanes();
        let options = course.options;
        let count = range.len();
        let (mut place, mut slot, mut particle) = ([0usize; LANES], [0usize; LANES], [0u32; LANES]);
        for l in 0..lanes {
            place[l] = self.sorted.order[(range.start + l).min(range.end - 1)] as usize;
            slot[l] = self.alive[place[l]] as usize;
            particle[l] = self.first.wrapping_add(slot[l] as u32);
        }
        let s = &self.sorted;
        let layer: [Lane; 4] = [
            pick(&s.layer[0], &place),
            pick(&s.layer[1], &place),
            pick(&s.layer[2], &place),
            pick(&s.layer[3], &place),
        ];
        let steps: [Lane; 2] = [pick(&s.steps_per_metre[0], &place), pick(&s.steps_per_metre[1], &place)];
        let mut i: [f64; LANES] = pick(&self.p.i, &slot);
        let mut j: [f64; LANES] = pick(&self.p.j, &slot);
        let mut dt = [0.0; LANES];
        let mut age = [0.0; LANES];
        for l in 0..lanes {
            let start = self.p.start[slot[l]];
            // From its start, or the block's; to its greatest age, or the block's end.
            let (before, after) = ((at.from - start).abs(), (at.to - start).abs());
            let before = if (at.from > start) == (at.to > at.from) { before } else { 0 };
            let after = after.min(options.greatest_age_s);
            dt[l] = (after - before) as f32;
            age[l] = after as f32;
        }

        // Normals 0 to 3: horizontal; the rest, and further calls: vertical.
        let draw = Draw { stream: self.stream, moment: at.from as u32, particle: &particle };
        let mut normals = [[0.0; LANES]; NORMALS];
        self.stream.normals(0, draw.moment, &particle, &mut normals);
        let horizontal: [Lane; 4] = [normals[0], normals[1], normals[2], normals[3]];

        let mut motion = Motion {
            z: pick(&self.p.z, &slot),
            q: pick(&self.p.up, &slot),
            density_gradient: pick(&self.p.density_gradient, &slot),
            near_ground_s: [0.0; LANES],
            mean_height: [0.0; LANES],
            rate: [0.0; LANES],
        };
        let along: Lane = pick(&self.p.along, &slot);
        let across: Lane = pick(&self.p.across, &slot);
        let (mut new_along, mut new_across) = ([0.0; LANES], [0.0; LANES]);
        let mut drift = [[0.0; LANES]; 2];
        if R == FREE {
            for l in 0..lanes {
                motion.q[l] = normals[4][l];
                motion.mean_height[l] = motion.z[l];
                motion.near_ground_s[l] = if motion.z[l] < SURFACE_LAYER_M { dt[l] } else { 0.0 };
                motion.rate[l] = f32::MAX;
                let distance = (2.0 * FREE_DIFFUSIVITY_M2_S * dt[l]).sqrt();
                drift[0][l] = distance * horizontal[0][l];
                drift[1][l] = distance * horizontal[1][l];
                new_along[l] = horizontal[2][l];
                new_across[l] = horizontal[3][l];
            }
        } else {
            let uniform = match options.turbulence {
                Turbulence::Uniform(u) => u,
                Turbulence::Hanna => Uniform { sigma: [0.0; 3], time_s: [1.0; 3] },
            };
            let profile =
                Profile::new::<R>(&layer[0], &layer[1], &layer[2], &layer[3], uniform, options.least_time_scale_s);
            langevin::block::<R>(
                &profile,
                &mut motion,
                options.scheme,
                n,
                &dt,
                &draw,
                &mut normals,
                4,
                SURFACE_LAYER_M,
            );
            for l in 0..lanes {
                let [su, sv, tu, tv] = profile.horizontal::<R>(l, motion.mean_height[l]);
                let (u, x) = wander(along[l], dt[l], tu, horizontal[0][l], horizontal[1][l]);
                let (v, y) = wander(across[l], dt[l], tv, horizontal[2][l], horizontal[3][l]);
                new_along[l] = u;
                new_across[l] = v;
                drift[0][l] = su * x;
                drift[1][l] = sv * y;
            }
        }

        // The mean wind half a block ahead of the place, at the mean height.
        let mut ahead_i = [0.0; LANES];
        let mut ahead_j = [0.0; LANES];
        let (last_i, last_j) = ((course.grid.nx - 1) as f64, (course.grid.ny - 1) as f64);
        let turn = course.grid.nx as f64;
        for l in 0..lanes {
            let half = 0.5 * dt[l];
            let x = i[l] + f64::from(half * self.p.speed_i[slot[l]]);
            let y = j[l] + f64::from(half * self.p.speed_j[slot[l]]);
            ahead_i[l] = if course.grid.wraps {
                if x < 0.0 {
                    x + turn
                } else if x >= turn {
                    x - turn
                } else {
                    x
                }
            } else {
                x.max(0.0).min(last_i)
            };
            ahead_j[l] = y.max(0.0).min(last_j);
        }
        let corners = window.corners(&ahead_i, &ahead_j);
        let mesoscale = options.mesoscale > 0.0;
        let winds = if mesoscale {
            window.winds::<true, S>(simd, &corners, &motion.mean_height, at.fraction)
        } else {
            window.winds::<false, S>(simd, &corners, &motion.mean_height, at.fraction)
        };
        let mut wind: [Lane; 3] = [winds.mean[0], winds.mean[1], winds.mean[2]];
        if mesoscale {
            self.mesoscale(options, &slot, count, &dt, &draw, &winds.spread, window, &mut wind);
        }
        let uniform = R == UNIFORM;
        let mut speed = [[0.0; LANES]; 2];
        for l in 0..lanes {
            let (u, v) = (winds.mean[0][l], winds.mean[1][l]);
            let square = u * u + v * v;
            let inverse = 1.0 / square.max(1e-12).sqrt();
            // The axes of the turbulence: along the wind, or along the grid.
            let (c, s) = if uniform || square < 1e-10 { (1.0, 0.0) } else { (u * inverse, v * inverse) };
            let x = at.sign * wind[0][l] * dt[l] + c * drift[0][l] - s * drift[1][l];
            let y = at.sign * wind[1][l] * dt[l] + s * drift[0][l] + c * drift[1][l];
            i[l] += f64::from(x * steps[0][l]);
            j[l] += f64::from(y * steps[1][l]);
            // Of the mean wind alone: turbulence has no memory of a block in the free air.
            speed[0][l] = at.sign * wind[0][l] * steps[0][l];
            speed[1][l] = at.sign * wind[1][l] * steps[1][l];
        }
        let top = window.top();
        for l in 0..lanes {
            let z = motion.z[l] + at.sign * wind[2][l] * dt[l];
            let z = if z < 0.0 { -z } else { z };
            let z = if z > top { 2.0 * top - z } else { z };
            motion.z[l] = z.max(0.0).min(top);
        }

        self.lose(course, window, at, &slot, count, &corners.nearest, &motion, &dt);

        for l in 0..count {
            let k = slot[l];
            self.p.i[k] = i[l];
            self.p.j[k] = j[l];
            self.p.speed_i[k] = speed[0][l];
            self.p.speed_j[k] = speed[1][l];
            self.p.z[k] = motion.z[l];
            self.p.along[k] = new_along[l];
            self.p.across[k] = new_across[l];
            self.p.up[k] = motion.q[l];
            self.p.density_gradient[k] = winds.mean[3][l];
            self.p.rate[k] = motion.rate[l];
        }
        for (row, weights) in self.p.weights.iter_mut().enumerate() {
            for l in 0..count {
                weights[slot[l]] = self.taken.weights[row][l];
            }
        }
        let seconds: f32 = dt[..count].iter().sum();
        self.totals.particle_hours += f64::from(seconds) / 3600.0;
        self.totals.steps += u64::from(n) * count as u64;
        seen.block(&Block {
            release: self.release,
            count,
            particle: &particle,
            time: at.to,
            i: &i,
            j: &j,
            height: &motion.z,
            duration_s: &dt,
            age_s: &age,
            depth: &layer[0],
            column: &corners.nearest,
            weights: &self.taken.weights,
            dry: &self.taken.dry,
            wet: &self.taken.wet,
            window,
        });
    }

    /// Mesoscale motions: an Ornstein–Uhlenbeck velocity with half the weather's interval as its time scale and the spread
    /// of the grid's own wind as its size (Stohl et al. 2005, section 7).
    #[allow(clippy::too_many_arguments)]
    fn mesoscale(
        &mut self,
        options: &Options,
        slot: &[usize; LANES],
        count: usize,
        dt: &Lane,
        draw: &Draw<'_>,
        spread: &[Lane; 3],
        window: &Window,
        wind: &mut [Lane; 3],
    ) {
        let mut normals = [[0.0; LANES]; NORMALS];
        draw.stream.normals(CALL_MESOSCALE, draw.moment, draw.particle, &mut normals);
        let time = 0.5 * (window.to - window.from) as f32;
        for k in 0..3 {
            for l in 0..count {
                let old = self.p.meso[k][slot[l]];
                let (q, seconds) = wander(old, dt[l], time, normals[2 * k][l], normals[2 * k + 1][l]);
                self.p.meso[k][slot[l]] = q;
                // A new-born particle may have no time at all in its first block.
                let mean = if dt[l] > 0.0 { seconds / dt[l] } else { 0.0 };
                wind[k][l] += options.mesoscale * spread[k][l] * mean;
            }
        }
    }

    /// Losses and reactions of a group's weights, left in `taken`.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn lose(
        &mut self,
        course: &Course<'_>,
        window: &Window,
        at: Instants,
        slot: &[usize; LANES],
        count: usize,
        column: &[u32; LANES],
        motion: &Motion,
        dt: &Lane,
    ) {
        let lanes = lanes();
        let species = course.species.len();
        let removal = &window.removal;
        let reacts = course.fate.reacts();
        let t = &mut self.taken;
        for (row, weights) in self.p.weights.iter().enumerate() {
            for l in 0..lanes {
                t.weights[row][l] = weights[slot[l]];
            }
            if removal.deposits || removal.rains {
                t.dry[row] = [0.0; LANES];
                t.wet[row] = [0.0; LANES];
            }
        }
        if removal.deposits || removal.rains {
            for s in 0..species {
                let (dry, wet) = &mut t.exponent[s];
                for l in 0..lanes {
                    let velocity = if removal.deposits { removal.velocity(s, column[l], at.fraction) } else { 0.0 };
                    dry[l] = velocity * motion.near_ground_s[l] * (1.0 / SURFACE_LAYER_M);
                    wet[l] = 0.0;
                }
                if removal.rains {
                    for l in 0..lanes {
                        wet[l] = dt[l] * removal.scavenging(s, column[l], motion.mean_height[l], at.fraction);
                    }
                }
            }
            t.take(species, if reacts { 0.5 } else { 1.0 }, count);
        }
        if reacts {
            for (row, weights) in t.weights.iter().enumerate() {
                (0..count).for_each(|l| t.sum_converted[row % species][l] -= f64::from(weights[l]));
            }
            course.fate.react(&mut t.weights, dt);
            for (row, weights) in t.weights.iter().enumerate() {
                (0..count).for_each(|l| t.sum_converted[row % species][l] += f64::from(weights[l]));
            }
            if removal.deposits || removal.rains {
                t.take(species, 0.5, count);
            }
        }
    }

    /// Lets go of the particles that left the grid or reached their greatest age.
    #[inline(always)]
    fn retire(&mut self, course: &Course<'_>, window: &Window, now: i64, seen: &mut dyn Accumulate) {
        let mut ends = Vec::new();
        let greatest = course.options.greatest_age_s;
        let mut kept = 0;
        for k in 0..self.alive.len() {
            let slot = self.alive[k] as usize;
            let side = match window.bring_back(&mut self.p.i[slot], &mut self.p.j[slot]) {
                Ok(over_pole) => {
                    if over_pole {
                        self.p.speed_i[slot] = 0.0;
                        self.p.speed_j[slot] = 0.0;
                    }
                    None
                }
                Err(side) => Some(side),
            };
            if side.is_some() || (now - self.p.start[slot]).abs() >= greatest {
                ends.push((slot, side));
            } else {
                self.alive[kept] = slot as u32;
                kept += 1;
            }
        }
        self.alive.truncate(kept);
        for (slot, side) in ends {
            self.exit(slot, side, now, course.species.len(), seen);
        }
    }
}

impl Taken {
    /// D to a part of its exponent on every row.
    #[inline(always)]
    fn take(&mut self, species: usize, part: f32, count: usize) {
        let lanes = lanes();
        for row in 0..self.weights.len() {
            let s = row % species;
            let (dry, wet) = &self.exponent[s];
            for l in 0..lanes {
                let both = dry[l] + wet[l];
                let taken = take(&mut self.weights[row][l], part * both);
                // Each takes its part of the exponent.
                let to_rain = if wet[l] > 0.0 { taken * wet[l] / both } else { 0.0 };
                self.dry[row][l] += taken - to_rain;
                self.wet[row][l] += to_rain;
                let counts = if l < count { 1.0 } else { 0.0 };
                self.sum_dry[s][l] += f64::from(counts * (taken - to_rain));
                self.sum_wet[s][l] += f64::from(counts * to_rain);
            }
        }
    }
}

/// What a group reads from one array.
#[inline(always)]
fn pick<T: Copy + Default>(from: &[T], at: &[usize; LANES]) -> [T; LANES] {
    let lanes = lanes();
    let mut found = [T::default(); LANES];
    for l in 0..lanes {
        found[l] = from[at[l]];
    }
    found
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

/// The place in [`COUNTS`] of the least that is enough.
#[inline(always)]
fn count(needed: f32) -> u16 {
    let whole = (needed + 0.999) as i32 as usize;
    u16::from(ENOUGH[whole.min(ENOUGH.len() - 1)])
}
