//! One group of particles of one regime through one block.

use super::chunk::{CALL_MESOSCALE, Chunk, Course, Instants, Taken, field};
use super::deposition::{Rates, SURFACE_LAYER_M};
use super::elementary::exp_minus;
use super::langevin::{self, Draw, Motion, wander};
use super::turbulence::{
    FREE_DIFFUSIVITY_M2_S, NEUTRAL, Profile, STABLE, Turbulence, UNIFORM, UNSTABLE, Uniform,
};
use super::wide::{F, Row, WIDTH, Wide, columns};
use super::window::{Along, RAINS, STEPS_PER_METRE, Window, layer};
use super::{Accumulate, Block, LANES, Lane, Options};
use std::ops::Range;

/// Sixteens of a group.
const VECTORS: usize = LANES / WIDTH;

/// Some sixteens of a quantity.
type Sixteens<W> = [F<W>; VECTORS];

/// What the turbulence of a block did.
struct Turned<W: Wide> {
    motion: [Motion<W>; VECTORS],
    along: Sixteens<W>,
    across: Sixteens<W>,
    /// Way along the wind and across it, m.
    drift: [Sixteens<W>; 2],
}

fn part(lane: &Lane, v: usize) -> &Row {
    &lane.as_chunks().0[v]
}

fn part_mut(lane: &mut Lane, v: usize) -> &mut Row {
    &mut lane.as_chunks_mut().0[v]
}

impl Chunk {
    /// Moves one group through one block of `n` sub-steps.
    #[inline(always)]
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
        let zero = F::of(w, 0.0);
        let order = &self.sorted.order[range];
        let count = order.len();
        let vectors = count.div_ceil(WIDTH);
        let mut slot = [0u32; LANES];
        slot[..count].copy_from_slice(order);
        // Lanes beyond repeat the last particle; nothing of them is kept.
        slot[count..].fill(order[count - 1]);

        let (mut p, mut planes) = ([[zero; WIDTH]; VECTORS], [[zero; WIDTH]; VECTORS]);
        for v in 0..vectors {
            let (mut own, mut read) = ([zero; WIDTH], [zero; WIDTH]);
            for l in 0..WIDTH {
                let k = slot[WIDTH * v + l] as usize;
                own[l] = F::load(w, &self.p.rows[k]);
                read[l] = F::load(w, &self.sorted.planes[k]);
            }
            p[v] = columns(w, own);
            planes[v] = columns(w, read);
        }

        // From its start, or the block's; to its greatest age, or the block's end.
        let (mut dt, mut age) = ([zero; VECTORS], [zero; VECTORS]);
        let since = |moment: i64, start: W::Words| {
            let passed = w.sub_words(w.splat_word((moment - self.epoch) as i32 as u32), start);
            F(w, w.float(passed)) * at.sign
        };
        let greatest = options.greatest_age_s as f32;
        for v in 0..vectors {
            let start = w.bits(p[v][field::START].1);
            age[v] = since(at.to, start).at_most(greatest);
            dt[v] = age[v] - since(at.from, start).at_least(0.0);
        }

        let particle: [W::Words; VECTORS] = p.map(#[inline(always)] |p| w.bits(p[field::PARTICLE].1));
        let mut depth = [zero; VECTORS];
        let turned = {
            let mut layers = [[zero; 4]; VECTORS];
            for v in 0..vectors {
                layers[v] = layer(&planes[v], at.fraction);
                depth[v] = layers[v][0];
            }
            let given = Given { w, p: &p[..vectors], layers: &layers[..vectors], dt: &dt[..vectors], options, n };
            let mut draws = [Draw { stream: self.stream, moment: at.from as u32, particle: particle[0], ready: [zero; 8] }; VECTORS];
            for v in 0..vectors {
                draws[v].particle = particle[v];
                draws[v].ready = self.stream.normals(w, 0, at.from as u32, particle[v]);
            }
            let draws = &mut draws[..vectors];
            match kind {
                NEUTRAL => given.turbulent::<NEUTRAL>(draws),
                UNSTABLE => given.turbulent::<UNSTABLE>(draws),
                STABLE => given.turbulent::<STABLE>(draws),
                UNIFORM => given.turbulent::<UNIFORM>(draws),
                _ => given.free(draws),
            }
        };
        let mut motion = turned.motion;

        let (mut i, mut j, mut nearest) = ([0.0; LANES], [0.0; LANES], [0; LANES]);
        let mut ended = 0u64;
        for v in 0..vectors {
            let p = &mut p[v];
            // The mean wind half a block ahead of the place, at the mean height.
            let half = 0.5 * dt[v];
            let (ahead_i, ahead_j) = window.onto(
                Along::new(p[field::CELL_I], p[field::OFFSET_I] + half * p[field::SPEED_I]),
                Along::new(p[field::CELL_J], p[field::OFFSET_J] + half * p[field::SPEED_J]),
            );
            let corners = window.corners(w, ahead_i, ahead_j);
            let height = motion[v].mean_height;
            let (mean, wind) = if options.mesoscale > 0.0 {
                let winds = window.winds::<true, W>(w, &corners, height, at.fraction);
                let mut wind = [winds.mean[0], winds.mean[1], winds.mean[2]];
                let slot: &[u32; WIDTH] = &slot.as_chunks().0[v];
                let most = count - WIDTH * v;
                self.mesoscale(w, options, at, slot, most, particle[v], dt[v], &winds.spread, window, &mut wind);
                (winds.mean, wind)
            } else {
                let winds = window.winds::<false, W>(w, &corners, height, at.fraction);
                (winds.mean, [winds.mean[0], winds.mean[1], winds.mean[2]])
            };
            let square = mean[0] * mean[0] + mean[1] * mean[1];
            let inverse = 1.0 / square.at_least(1e-12).sqrt();
            // The axes of the turbulence: along the wind, or along the grid.
            let grid = square.below(if kind == UNIFORM { f32::MAX } else { 1e-10 });
            let c = grid.choose(F::of(w, 1.0), mean[0] * inverse);
            let s = grid.choose(zero, mean[1] * inverse);
            let (along, across) = (turned.drift[0][v], turned.drift[1][v]);
            let x = at.sign * wind[0] * dt[v] + c * along - s * across;
            let y = at.sign * wind[1] * dt[v] + s * along + c * across;
            let (per_x, per_y) = (planes[v][STEPS_PER_METRE], planes[v][STEPS_PER_METRE + 1]);
            let to_i = Along::new(p[field::CELL_I], p[field::OFFSET_I] + x * per_x);
            let to_j = Along::new(p[field::CELL_J], p[field::OFFSET_J] + y * per_y);
            let z = (motion[v].z + at.sign * wind[2] * dt[v]).abs();
            let top = F::of(w, window.top());
            let z = top.less(z).choose(2.0 * top - z, z).at_least(0.0).min(top);
            motion[v].z = z;
            let aged = !age[v].below(greatest).bits();
            ended |= u64::from(window.outside(to_i, to_j) | aged) << (WIDTH * v);

            i.as_chunks_mut().0[v] = w.add_double(to_i.cell.1, to_i.offset.1);
            j.as_chunks_mut().0[v] = w.add_double(to_j.cell.1, to_j.offset.1);
            nearest.as_chunks_mut().0[v] = corners.nearest;
            p[field::CELL_I] = to_i.cell;
            p[field::OFFSET_I] = to_i.offset;
            p[field::CELL_J] = to_j.cell;
            p[field::OFFSET_J] = to_j.offset;
            p[field::Z] = z;
            p[field::UP] = motion[v].q;
            p[field::ALONG] = turned.along[v];
            p[field::ACROSS] = turned.across[v];
            p[field::DENSITY_GRADIENT] = mean[3];
            p[field::RATE] = motion[v].rate;
            // Of the mean wind alone: turbulence has no memory of a block in the free air.
            p[field::SPEED_I] = at.sign * wind[0] * per_x;
            p[field::SPEED_J] = at.sign * wind[1] * per_y;
            p[field::REGIME] = F::of(w, f32::from(kind));
            let rows = columns(w, *p);
            for l in 0..WIDTH.min(count - WIDTH * v) {
                self.p.rows[slot[WIDTH * v + l] as usize] = rows[l].row();
            }
        }

        let (mut height, mut duration, mut ages, mut depths) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let mut numbers = [0; LANES];
        for v in 0..vectors {
            *part_mut(&mut height, v) = motion[v].z.row();
            *part_mut(&mut duration, v) = dt[v].row();
            *part_mut(&mut ages, v) = age[v].row();
            *part_mut(&mut depths, v) = depth[v].row();
            numbers.as_chunks_mut().0[v] = w.store_words(particle[v]);
        }
        self.lose(w, course, window, at, &slot, count, &nearest, &planes, &motion, &duration);
        let seconds: f32 = duration[..count].iter().sum();
        self.totals.particle_hours += f64::from(seconds) / 3600.0;
        self.totals.steps += u64::from(n) * count as u64;
        seen.block(&Block {
            release: self.release,
            count,
            particle: &numbers,
            time: at.to,
            i: &i,
            j: &j,
            height: &height,
            duration_s: &duration,
            age_s: &ages,
            depth: &depths,
            column: &nearest,
            weights: &self.taken.weights,
            dry: &self.taken.dry,
            wet: &self.taken.wet,
            window,
        });
        ended &= u64::MAX >> (LANES - count);
        while ended != 0 {
            let l = ended.trailing_zeros() as usize;
            ended &= ended - 1;
            self.bring_back(window, slot[l], (i[l], j[l]), ages[l] >= greatest);
        }
    }

    /// A particle that is not between the points of the grid, or old.
    #[cold]
    fn bring_back(&mut self, window: &Window, slot: u32, (mut i, mut j): (f64, f64), old: bool) {
        match window.bring_back(&mut i, &mut j) {
            Err(side) => self.ends.push((slot, Some(side))),
            Ok(over_pole) => {
                let row = &mut self.p.rows[slot as usize];
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
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn lose<W: Wide>(
        &mut self,
        w: W,
        course: &Course<'_>,
        window: &Window,
        at: Instants,
        slot: &[u32; LANES],
        count: usize,
        nearest: &[u32; LANES],
        planes: &[[F<W>; WIDTH]; VECTORS],
        motion: &[Motion<W>; VECTORS],
        dt: &Lane,
    ) {
        let vectors = count.div_ceil(WIDTH);
        let species = course.species.len();
        let removal = &window.removal;
        let reacts = course.fate.reacts();
        let zero = F::of(w, 0.0);
        let t = &mut self.taken;
        for (row, weights) in self.p.weights.iter().enumerate() {
            // Lanes beyond the group carry nothing.
            t.weights[row] = [0.0; LANES];
            for l in 0..count {
                t.weights[row][l] = weights[slot[l] as usize];
            }
        }
        let removes = removal.deposits || removal.rains;
        if removes {
            for row in 0..t.weights.len() {
                t.dry[row] = [0.0; LANES];
                t.wet[row] = [0.0; LANES];
            }
            for pair in 0..species.div_ceil(2) {
                for v in 0..vectors {
                    let low = zero.less(motion[v].near_ground_s).bits() != 0;
                    let rain = zero.less(planes[v][RAINS]).bits() != 0;
                    let rates = if low || rain {
                        let column: &[u32; WIDTH] = &nearest.as_chunks().0[v];
                        Some(removal.rates(w, pair, column, at.fraction))
                    } else {
                        None
                    };
                    let dt = F::load(w, part(dt, v));
                    for half in 0..2 {
                        let Some((dry, wet)) = t.exponent.get_mut(2 * pair + half) else { continue };
                        let own: Option<Rates<W>> = rates.map(|r| r[half]);
                        let (d, s) = match own {
                            Some(r) => (
                                r.velocity * motion[v].near_ground_s * (1.0 / SURFACE_LAYER_M),
                                dt * r.scavenging(motion[v].mean_height),
                            ),
                            None => (zero, zero),
                        };
                        *part_mut(dry, v) = d.row();
                        *part_mut(wet, v) = s.row();
                    }
                }
            }
            t.take(w, species, if reacts { 0.5 } else { 1.0 }, vectors);
        }
        if reacts {
            t.count_converted(w, species, vectors, -1.0);
            course.fate.react(w, &mut t.weights, dt, count);
            t.count_converted(w, species, vectors, 1.0);
            if removes {
                t.take(w, species, 0.5, vectors);
            }
        }
        if removes || reacts {
            for (row, weights) in self.p.weights.iter_mut().enumerate() {
                for l in 0..count {
                    weights[slot[l] as usize] = t.weights[row][l];
                }
            }
        }
    }
}

/// What the turbulence of one group is worked out from.
struct Given<'a, W: Wide> {
    w: W,
    /// [`field`]s.
    p: &'a [[F<W>; WIDTH]],
    layers: &'a [[F<W>; 4]],
    dt: &'a [F<W>],
    options: &'a Options,
    n: u32,
}

impl<W: Wide> Given<'_, W> {
    fn start(&self) -> Turned<W> {
        let zero = F::of(self.w, 0.0);
        let still = Motion {
            z: zero,
            q: zero,
            density_gradient: zero,
            near_ground_s: zero,
            mean_height: zero,
            rate: zero,
        };
        Turned {
            motion: [still; VECTORS],
            along: [zero; VECTORS],
            across: [zero; VECTORS],
            drift: [[zero; VECTORS]; 2],
        }
    }

    /// Above the layer: diffusion along the ground only. Normals 0 to 3: horizontal; 4: the next upward velocity.
    #[inline(always)]
    fn free(&self, draws: &[Draw<W>]) -> Turned<W> {
        let w = self.w;
        let mut t = self.start();
        for (v, p) in self.p.iter().enumerate() {
            let (z, dt, xi) = (p[field::Z], self.dt[v], &draws[v].ready);
            t.motion[v] = Motion {
                z,
                q: xi[4],
                density_gradient: p[field::DENSITY_GRADIENT],
                near_ground_s: z.below(SURFACE_LAYER_M).choose(dt, F::of(w, 0.0)),
                mean_height: z,
                rate: F::of(w, f32::MAX),
            };
            let distance = (2.0 * FREE_DIFFUSIVITY_M2_S * dt).sqrt();
            t.drift[0][v] = distance * xi[0];
            t.drift[1][v] = distance * xi[1];
            t.along[v] = xi[2];
            t.across[v] = xi[3];
        }
        t
    }

    /// Within the layer. Normals 0 to 3: horizontal; the rest, and further calls: vertical.
    #[inline(always)]
    fn turbulent<const R: u8>(&self, draws: &mut [Draw<W>]) -> Turned<W> {
        let w = self.w;
        let options = self.options;
        let uniform = match options.turbulence {
            Turbulence::Uniform(u) => u,
            Turbulence::Hanna => Uniform { sigma: [0.0; 3], time_s: [1.0; 3] },
        };
        let mut t = self.start();
        let mut horizontal = [[F::of(w, 0.0); 4]; VECTORS];
        let mut profiles = [Profile::new::<R>(self.layers[0], uniform, options.least_time_scale_s); VECTORS];
        let vectors = self.p.len();
        for (v, p) in self.p.iter().enumerate() {
            let ready = &draws[v].ready;
            horizontal[v] = [ready[0], ready[1], ready[2], ready[3]];
            profiles[v] = Profile::new::<R>(self.layers[v], uniform, options.least_time_scale_s);
            t.motion[v].z = p[field::Z];
            t.motion[v].q = p[field::UP];
            t.motion[v].density_gradient = p[field::DENSITY_GRADIENT];
        }
        langevin::block::<R, W>(
            w,
            &profiles[..vectors],
            &mut t.motion[..vectors],
            options.scheme,
            self.n,
            self.dt,
            draws,
            4,
            SURFACE_LAYER_M,
        );
        for (v, p) in self.p.iter().enumerate() {
            let [su, sv, tu, tv] = profiles[v].horizontal::<R>(t.motion[v].mean_height);
            let xi = horizontal[v];
            let (u, x) = wander(p[field::ALONG], self.dt[v], tu, xi[0], xi[1]);
            let (across, y) = wander(p[field::ACROSS], self.dt[v], tv, xi[2], xi[3]);
            t.along[v] = u;
            t.across[v] = across;
            t.drift[0][v] = su * x;
            t.drift[1][v] = sv * y;
        }
        t
    }
}

impl Taken {
    /// D to a part of its exponent on every row.
    #[inline(always)]
    fn take<W: Wide>(&mut self, w: W, species: usize, share: f32, vectors: usize) {
        let zero = F::of(w, 0.0);
        for row in 0..self.weights.len() {
            let s = row % species;
            let (dry, wet) = &self.exponent[s];
            for v in 0..vectors {
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
