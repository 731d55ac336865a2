//! One group of particles of one regime through one block.

use super::chunk::{CALL_MESOSCALE, Chunk, Course, Instants, Taken, field};
use super::deposition::SURFACE_LAYER_M;
use super::elementary::exp_minus;
use super::fate::Fate;
use super::langevin::{self, Draw, Motion, wander};
use super::random::{NORMALS, Stream};
use super::turbulence::{FREE_DIFFUSIVITY_M2_S, NEUTRAL, Profile, STABLE, Turbulence, UNIFORM, UNSTABLE, Uniform};
use super::wide::{F, Line, Once, Row, WIDTH, Wide, columns};
use super::window::{Along, RAINS, STEPS_PER_METRE, Window, layer};
use super::{Accumulate, Block, LANES, Lane, Options};
use std::ops::Range;

/// Sixteens of a group.
const VECTORS: usize = LANES / WIDTH;

/// Some sixteens of a quantity.
type Sixteens<W> = [F<W>; VECTORS];

fn part(lane: &Lane, v: usize) -> &Row {
    &lane.as_chunks().0[v]
}

fn part_mut(lane: &mut Lane, v: usize) -> &mut Row {
    &mut lane.as_chunks_mut().0[v]
}

/// A group on its way through a block. Each stage below is compiled by itself for each instruction set: as one function they
/// would take the compiler minutes.
struct Group<W: Wide> {
    w: W,
    at: Instants,
    kind: u8,
    count: usize,
    /// Sixteens.
    vectors: usize,
    slot: [u32; LANES],
    /// [`field`]s.
    p: [[F<W>; WIDTH]; VECTORS],
    /// [`Window::planes`].
    planes: [[F<W>; WIDTH]; VECTORS],
    /// h, u*, 1/L, w*.
    layers: [[F<W>; 4]; VECTORS],
    dt: Sixteens<W>,
    age: Sixteens<W>,
    motion: [Motion<W>; VECTORS],
    /// Way along the wind and across it, m.
    drift: [Sixteens<W>; 2],
    i: [f64; LANES],
    j: [f64; LANES],
    nearest: [u32; LANES],
    /// One bit for each that is not between the points of the grid, or old.
    ended: u64,
}

impl<W: Wide> Group<W> {
    /// Of the particles in `order`.
    #[inline(always)]
    fn new(w: W, at: Instants, kind: u8, order: &[u32]) -> Group<W> {
        let zero = F::of(w, 0.0);
        let count = order.len();
        let mut slot = [0u32; LANES];
        slot[..count].copy_from_slice(order);
        // Lanes beyond repeat the last particle; nothing of them is kept.
        slot[count..].fill(order[count - 1]);
        let still =
            Motion { z: zero, q: zero, density_gradient: zero, near_ground_s: zero, mean_height: zero, rate: zero };
        Group {
            w,
            at,
            kind,
            count,
            vectors: count.div_ceil(WIDTH),
            slot,
            p: [[zero; WIDTH]; VECTORS],
            planes: [[zero; WIDTH]; VECTORS],
            layers: [[zero; 4]; VECTORS],
            dt: [zero; VECTORS],
            age: [zero; VECTORS],
            motion: [still; VECTORS],
            drift: [[zero; VECTORS]; 2],
            i: [0.0; LANES],
            j: [0.0; LANES],
            nearest: [0; LANES],
            ended: 0,
        }
    }

    #[inline(always)]
    fn particle(&self, v: usize) -> W::Words {
        self.w.bits(self.p[v][field::PARTICLE].1)
    }

    /// Whole rows, turned into columns; and the time that each has.
    #[inline(never)]
    fn gather(&mut self, chunk: &Chunk, options: &Options) {
        let w = self.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                for v in 0..self.vectors {
                    let (mut own, mut read) = (self.p[v], self.planes[v]);
                    for l in 0..WIDTH {
                        let k = self.slot[WIDTH * v + l] as usize;
                        own[l] = F::load(w, &chunk.p.rows[k].0);
                        read[l] = F::load(w, &chunk.sorted.planes[k].0);
                    }
                    self.p[v] = columns(w, own);
                    self.planes[v] = columns(w, read);
                    self.layers[v] = layer(&self.planes[v], self.at.fraction);
                    // From its start, or the block's; to its greatest age, or the block's end.
                    let start = w.bits(self.p[v][field::START].1);
                    let since = |moment: i64| {
                        let passed = w.sub_words(w.splat_word((moment - chunk.epoch) as i32 as u32), start);
                        F(w, w.float(passed)) * self.at.sign
                    };
                    self.age[v] = since(self.at.to).at_most(options.greatest_age_s as f32);
                    self.dt[v] = self.age[v] - since(self.at.from).at_least(0.0);
                }
            },
        );
    }

    /// Above the layer: diffusion along the ground only. Normals 0 to 3: horizontal; 4: the next upward velocity.
    #[inline(never)]
    fn diffuse(&mut self, stream: Stream) {
        let w = self.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                for v in 0..self.vectors {
                    let xi = stream.normals(w, 0, self.at.from as u32, self.particle(v));
                    let (z, dt) = (self.p[v][field::Z], self.dt[v]);
                    self.motion[v] = Motion {
                        z,
                        q: xi[4],
                        density_gradient: self.p[v][field::DENSITY_GRADIENT],
                        near_ground_s: z.below(SURFACE_LAYER_M).choose(dt, F::of(w, 0.0)),
                        mean_height: z,
                        rate: F::of(w, f32::MAX),
                    };
                    let distance = (2.0 * FREE_DIFFUSIVITY_M2_S * dt).sqrt();
                    self.drift[0][v] = distance * xi[0];
                    self.drift[1][v] = distance * xi[1];
                    self.p[v][field::ALONG] = xi[2];
                    self.p[v][field::ACROSS] = xi[3];
                }
            },
        );
    }

    /// Within the layer. Normals 0 to 3: horizontal; the rest, and further calls: vertical.
    #[inline(never)]
    fn stir<const R: u8>(&mut self, stream: Stream, options: &Options, n: u32) {
        let w = self.w;
        let uniform = match options.turbulence {
            Turbulence::Uniform(u) => u,
            Turbulence::Hanna => Uniform { sigma: [0.0; 3], time_s: [1.0; 3] },
        };
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let least = options.least_time_scale_s;
                let mut profiles = [Profile::new::<R>(self.layers[0], uniform, least); VECTORS];
                let moment = self.at.from as u32;
                let ready = [F::of(w, 0.0); NORMALS];
                let mut draws = [Draw { stream, moment, particle: self.particle(0), ready }; VECTORS];
                let mut horizontal = [[F::of(w, 0.0); 4]; VECTORS];
                for v in 0..self.vectors {
                    profiles[v] = Profile::new::<R>(self.layers[v], uniform, least);
                    let particle = self.particle(v);
                    let ready = stream.normals(w, 0, moment, particle);
                    horizontal[v] = [ready[0], ready[1], ready[2], ready[3]];
                    draws[v] = Draw { stream, moment, particle, ready };
                    self.motion[v].z = self.p[v][field::Z];
                    self.motion[v].q = self.p[v][field::UP];
                    self.motion[v].density_gradient = self.p[v][field::DENSITY_GRADIENT];
                }
                langevin::block::<R, W>(
                    w,
                    &profiles[..self.vectors],
                    &mut self.motion[..self.vectors],
                    options.scheme,
                    n,
                    &self.dt[..self.vectors],
                    &mut draws[..self.vectors],
                    4,
                    SURFACE_LAYER_M,
                );
                for v in 0..self.vectors {
                    let [su, sv, tu, tv] = profiles[v].horizontal::<R>(self.motion[v].mean_height);
                    let (xi, dt) = (horizontal[v], self.dt[v]);
                    let (along, x) = wander(self.p[v][field::ALONG], dt, tu, xi[0], xi[1]);
                    let (across, y) = wander(self.p[v][field::ACROSS], dt, tv, xi[2], xi[3]);
                    self.p[v][field::ALONG] = along;
                    self.p[v][field::ACROSS] = across;
                    self.drift[0][v] = su * x;
                    self.drift[1][v] = sv * y;
                }
            },
        );
    }

    /// With the mean wind half a block ahead of the place, at the mean height; and back into the rows.
    #[inline(never)]
    fn carry<const MESOSCALE: bool>(&mut self, chunk: &mut Chunk, options: &Options, window: &Window) {
        let w = self.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let zero = F::of(w, 0.0);
                let (sign, greatest) = (self.at.sign, options.greatest_age_s as f32);
                for v in 0..self.vectors {
                    let mut p = self.p[v];
                    let (dt, motion) = (self.dt[v], &mut self.motion[v]);
                    let half = 0.5 * dt;
                    let (ahead_i, ahead_j) = window.onto(
                        Along::new(p[field::CELL_I], p[field::OFFSET_I] + half * p[field::SPEED_I]),
                        Along::new(p[field::CELL_J], p[field::OFFSET_J] + half * p[field::SPEED_J]),
                    );
                    let corners = window.corners(w, ahead_i, ahead_j);
                    let winds = window.winds::<MESOSCALE, W>(w, &corners, motion.mean_height, self.at.fraction);
                    let mean = winds.mean;
                    let mut wind = [mean[0], mean[1], mean[2]];
                    if MESOSCALE {
                        let (slot, most) = (&self.slot.as_chunks().0[v], self.count - WIDTH * v);
                        let particle = w.bits(p[field::PARTICLE].1);
                        chunk.mesoscale(
                            w,
                            options,
                            self.at,
                            slot,
                            most,
                            particle,
                            dt,
                            &winds.spread,
                            window,
                            &mut wind,
                        );
                    }
                    let square = mean[0] * mean[0] + mean[1] * mean[1];
                    let inverse = 1.0 / square.at_least(1e-12).sqrt();
                    // The axes of the turbulence: along the wind, or along the grid.
                    let by_grid = square.below(if self.kind == UNIFORM { f32::MAX } else { 1e-10 });
                    let c = by_grid.choose(F::of(w, 1.0), mean[0] * inverse);
                    let s = by_grid.choose(zero, mean[1] * inverse);
                    let (along, across) = (self.drift[0][v], self.drift[1][v]);
                    let x = sign * wind[0] * dt + c * along - s * across;
                    let y = sign * wind[1] * dt + s * along + c * across;
                    let (per_x, per_y) = (self.planes[v][STEPS_PER_METRE], self.planes[v][STEPS_PER_METRE + 1]);
                    let i = Along::new(p[field::CELL_I], p[field::OFFSET_I] + x * per_x);
                    let j = Along::new(p[field::CELL_J], p[field::OFFSET_J] + y * per_y);
                    let z = (motion.z + sign * wind[2] * dt).abs();
                    let top = F::of(w, window.top());
                    let z = top.less(z).choose(2.0 * top - z, z).at_least(0.0).min(top);
                    motion.z = z;
                    let old = !self.age[v].below(greatest).bits();
                    self.ended |= u64::from(window.outside(i, j) | old) << (WIDTH * v);
                    self.i.as_chunks_mut().0[v] = w.add_double(i.cell.1, i.offset.1);
                    self.j.as_chunks_mut().0[v] = w.add_double(j.cell.1, j.offset.1);
                    self.nearest.as_chunks_mut().0[v] = corners.nearest;

                    p[field::CELL_I] = i.cell;
                    p[field::OFFSET_I] = i.offset;
                    p[field::CELL_J] = j.cell;
                    p[field::OFFSET_J] = j.offset;
                    p[field::Z] = z;
                    p[field::UP] = motion.q;
                    p[field::DENSITY_GRADIENT] = mean[3];
                    p[field::RATE] = motion.rate;
                    // Of the mean wind alone: turbulence has no memory of a block in the free air.
                    p[field::SPEED_I] = sign * wind[0] * per_x;
                    p[field::SPEED_J] = sign * wind[1] * per_y;
                    p[field::REGIME] = F::of(w, f32::from(self.kind));
                    let rows = columns(w, p);
                    for l in 0..WIDTH.min(self.count - WIDTH * v) {
                        chunk.p.rows[self.slot[WIDTH * v + l] as usize] = Line(rows[l].row());
                    }
                }
                self.ended &= u64::MAX >> (LANES - self.count);
            },
        );
    }

    /// What an accumulator sees, but for the weights.
    #[inline(never)]
    fn shown(&self) -> Shown {
        let w = self.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let mut s = Shown {
                    particle: [0; LANES],
                    height: [0.0; LANES],
                    duration: [0.0; LANES],
                    age: [0.0; LANES],
                    depth: [0.0; LANES],
                };
                for v in 0..self.vectors {
                    s.particle.as_chunks_mut().0[v] = w.store_words(self.particle(v));
                    *part_mut(&mut s.height, v) = self.motion[v].z.row();
                    *part_mut(&mut s.duration, v) = self.dt[v].row();
                    *part_mut(&mut s.age, v) = self.age[v].row();
                    *part_mut(&mut s.depth, v) = self.layers[v][0].row();
                }
                s
            },
        )
    }
}

struct Shown {
    particle: [u32; LANES],
    height: Lane,
    duration: Lane,
    age: Lane,
    depth: Lane,
}

impl Chunk {
    /// Moves one group through one block of `n` sub-steps.
    #[inline(never)]
    #[allow(clippy::too_many_arguments)]
    pub(super) fn group<W: Wide>(
        &mut self,
        w: W,
        course: &Course<'_>,
        window: &Window,
        at: Instants,
        range: Range<usize>,
        kind: u8,
        n: u32,
        seen: &mut dyn Accumulate,
    ) {
        let options = course.options;
        let order = &self.sorted.order[range];
        let once = Once;
        let mut g = w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                Group::new(w, at, kind, order)
            },
        );
        g.gather(self, options);
        match kind {
            NEUTRAL => g.stir::<NEUTRAL>(self.stream, options, n),
            UNSTABLE => g.stir::<UNSTABLE>(self.stream, options, n),
            STABLE => g.stir::<STABLE>(self.stream, options, n),
            UNIFORM => g.stir::<UNIFORM>(self.stream, options, n),
            _ => g.diffuse(self.stream),
        }
        if options.mesoscale > 0.0 {
            g.carry::<true>(self, options, window);
        } else {
            g.carry::<false>(self, options, window);
        }
        let shown = g.shown();
        self.lose(&g, course, window, &shown.duration);
        let seconds: f32 = shown.duration[..g.count].iter().sum();
        self.totals.particle_hours += f64::from(seconds) / 3600.0;
        self.totals.steps += u64::from(n) * g.count as u64;
        seen.block(&Block {
            release: self.release,
            count: g.count,
            particle: &shown.particle,
            time: at.to,
            i: &g.i,
            j: &g.j,
            height: &shown.height,
            duration_s: &shown.duration,
            age_s: &shown.age,
            depth: &shown.depth,
            column: &g.nearest,
            weights: &self.taken.weights,
            dry: &self.taken.dry,
            wet: &self.taken.wet,
            window,
        });
        let mut ended = g.ended;
        while ended != 0 {
            let l = ended.trailing_zeros() as usize;
            ended &= ended - 1;
            let old = shown.age[l] >= options.greatest_age_s as f32;
            self.bring_back(window, g.slot[l], (g.i[l], g.j[l]), old);
        }
    }

    /// A particle that is not between the points of the grid, or old.
    #[cold]
    fn bring_back(&mut self, window: &Window, slot: u32, (mut i, mut j): (f64, f64), old: bool) {
        match window.bring_back(&mut i, &mut j) {
            Err(side) => self.ends.push((slot, Some(side))),
            Ok(over_pole) => {
                let row = &mut self.p.rows[slot as usize].0;
                let (most_i, most_j) = window.last_cells();
                let (cell_i, cell_j) = (i.floor().min(most_i), j.floor().min(most_j));
                row[field::CELL_I] = cell_i as f32;
                row[field::CELL_J] = cell_j as f32;
                row[field::OFFSET_I] = (i - cell_i) as f32;
                row[field::OFFSET_J] = (j - cell_j) as f32;
                if over_pole {
                    row[field::SPEED_I] = 0.0;
                    row[field::SPEED_J] = 0.0;
                }
                if old {
                    self.ends.push((slot, None));
                }
            }
        }
    }

    /// Mesoscale motions: an Ornstein–Uhlenbeck velocity with half the weather's interval as its time scale and the spread
    /// of the grid's own wind as its size (Stohl et al. 2005, section 7).
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn mesoscale<W: Wide>(
        &mut self,
        w: W,
        options: &Options,
        at: Instants,
        slot: &[u32; WIDTH],
        count: usize,
        particle: W::Words,
        dt: F<W>,
        spread: &[F<W>; 3],
        window: &Window,
        wind: &mut [F<W>; 3],
    ) {
        let normals = self.stream.normals(w, CALL_MESOSCALE, at.from as u32, particle);
        let time = F::of(w, 0.5 * (window.to - window.from) as f32);
        let mut old = [[0.0; WIDTH]; 3];
        for l in 0..WIDTH {
            let own = self.p.meso[slot[l] as usize];
            (0..3).for_each(|k| old[k][l] = own[k]);
        }
        for k in 0..3 {
            let (q, seconds) = wander(F::load(w, &old[k]), dt, time, normals[2 * k], normals[2 * k + 1]);
            old[k] = q.row();
            // A new-born particle may have no time at all in its first block.
            let mean = F::of(w, 0.0).less(dt).choose(seconds / dt.at_least(1e-3), F::of(w, 0.0));
            wind[k] = wind[k] + options.mesoscale * spread[k] * mean;
        }
        for l in 0..WIDTH.min(count) {
            self.p.meso[slot[l] as usize] = [old[0][l], old[1][l], old[2][l]];
        }
    }

    /// Losses and reactions of a group's weights, left in `taken`.
    #[inline(never)]
    fn lose<W: Wide>(&mut self, g: &Group<W>, course: &Course<'_>, window: &Window, dt: &Lane) {
        let species = course.species.len();
        let reacts = course.fate.reacts();
        let removes = window.removal.deposits || window.removal.rains;
        let t = &mut self.taken;
        for (row, weights) in self.p.weights.iter().enumerate() {
            for l in 0..g.count {
                t.weights[row][l] = weights[g.slot[l] as usize];
            }
            // Lanes beyond the group carry nothing.
            t.weights[row][g.count..].fill(0.0);
        }
        if removes {
            for row in 0..t.weights.len() {
                t.dry[row] = [0.0; LANES];
                t.wet[row] = [0.0; LANES];
            }
            t.expose(g, species, window);
            t.take(g, species, if reacts { 0.5 } else { 1.0 });
        }
        if reacts {
            t.react(g, species, course.fate, dt);
            if removes {
                t.take(g, species, 0.5);
            }
        }
        if removes || reacts {
            for (row, weights) in self.p.weights.iter_mut().enumerate() {
                for l in 0..g.count {
                    weights[g.slot[l] as usize] = t.weights[row][l];
                }
            }
        }
    }
}

impl Taken {
    /// Exponents of what ground and rain do to each species.
    #[inline(never)]
    fn expose<W: Wide>(&mut self, g: &Group<W>, species: usize, window: &Window) {
        let w = g.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let zero = F::of(w, 0.0);
                for pair in 0..species.div_ceil(2) {
                    for v in 0..g.vectors {
                        let motion = &g.motion[v];
                        let low = zero.less(motion.near_ground_s).bits() != 0;
                        let rain = zero.less(g.planes[v][RAINS]).bits() != 0;
                        let mut found = [(zero, zero); 2];
                        if low || rain {
                            let column: &[u32; WIDTH] = &g.nearest.as_chunks().0[v];
                            let rates = window.removal.rates(w, pair, column, g.at.fraction);
                            for half in 0..2 {
                                let r = &rates[half];
                                found[half] = (
                                    r.velocity * motion.near_ground_s * (1.0 / SURFACE_LAYER_M),
                                    g.dt[v] * r.scavenging(motion.mean_height),
                                );
                            }
                        }
                        for half in 0..2 {
                            let Some((dry, wet)) = self.exponent.get_mut(2 * pair + half) else { continue };
                            *part_mut(dry, v) = found[half].0.row();
                            *part_mut(wet, v) = found[half].1.row();
                        }
                    }
                }
            },
        );
    }

    /// D to a part of its exponent on every row.
    #[inline(never)]
    fn take<W: Wide>(&mut self, g: &Group<W>, species: usize, share: f32) {
        let w = g.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                let zero = F::of(w, 0.0);
                for row in 0..self.weights.len() {
                    let s = row % species;
                    let (dry, wet) = &self.exponent[s];
                    for v in 0..g.vectors {
                        let (dry, wet) = (F::load(w, part(dry, v)), F::load(w, part(wet, v)));
                        let both = dry + wet;
                        if zero.less(both).bits() == 0 {
                            continue;
                        }
                        let weights = part_mut(&mut self.weights[row], v);
                        let before = F::load(w, weights);
                        let left = before * exp_minus(share * both);
                        *weights = left.row();
                        let taken = before - left;
                        // Each takes its part of the exponent.
                        let to_rain = zero.less(wet).choose(taken * wet / both.at_least(f32::MIN_POSITIVE), zero);
                        let to_ground = taken - to_rain;
                        let (own_dry, own_wet) = (part_mut(&mut self.dry[row], v), part_mut(&mut self.wet[row], v));
                        *own_dry = (F::load(w, own_dry) + to_ground).row();
                        *own_wet = (F::load(w, own_wet) + to_rain).row();
                        count(w, &mut self.sum_dry[s], to_ground);
                        count(w, &mut self.sum_wet[s], to_rain);
                    }
                }
            },
        );
    }

    /// The chain, and what it converts.
    #[inline(never)]
    fn react<W: Wide>(&mut self, g: &Group<W>, species: usize, fate: &Fate, dt: &Lane) {
        let w = g.w;
        let once = Once;
        w.on(
            #[inline(always)]
            || {
                let _given_up: Once = once;
                self.count_converted(w, species, g.vectors, -1.0);
                fate.react(w, &mut self.weights, dt, g.count);
                self.count_converted(w, species, g.vectors, 1.0);
            },
        );
    }

    /// What the weights are, times a sign.
    #[inline(always)]
    fn count_converted<W: Wide>(&mut self, w: W, species: usize, vectors: usize, sign: f32) {
        for (row, weights) in self.weights.iter().enumerate() {
            for v in 0..vectors {
                count(w, &mut self.sum_converted[row % species], sign * F::load(w, part(weights, v)));
            }
        }
    }
}

#[inline(always)]
fn count<W: Wide>(w: W, sum: &mut [f64; WIDTH], x: F<W>) {
    let x = w.add_double(x.1, w.splat(0.0));
    for l in 0..WIDTH {
        sum[l] += x[l];
    }
}
