//! Many small non-negative least-squares problems, exactly, eight at a time.
//!
//! For every row `r` of a [`Side`], with `o_c` the factors of common index `c`:
//!
//! ```text
//! min_{x ≥ 0}  Σ_c w_rc (v_rc − o_c · x)² + ρ |x|² − 2 (s + p_r) · x        G = Σ w o oᵀ + ρ I,  b = Σ w v o + s + p_r
//! ```
//!
//! solved by block principal pivoting (Kim and Park 2011, SIAM J. Sci. Comput. 33:3261): `L D Lᵀ` on the passive set, then
//! every index that breaks `x ≥ 0` or `G x − b ≥ 0` changes sides, with the single-exchange rule of Júdice and Pires as backup.
//! All lanes walk the same instructions: an index outside the passive set has the reciprocal of its pivot set to nought, which
//! takes it out of both substitutions. The same goes for a pivot that has vanished against its diagonal, so that dependent
//! factors give a solution and not a division by nought.

use super::sides::{LANES, Side};
use pulp::{Arch, Simd, WithSimd};

/// The most factors that can be asked for.
pub const MOST_FACTORS: usize = 20;

/// A pivot below this part of its diagonal is taken as dependent on those before it.
const DEPENDENT: f64 = 1e-13;
/// A gradient this far below nought, against the largest right-hand side, is nought.
const ROUNDING: f64 = 1e-13;

/// What is added to the problem of every row.
#[derive(Clone, Copy, Default)]
pub(super) struct Extra<'a> {
    /// `s`, one a factor; none where empty.
    pub shift: &'a [f64],
    /// `ρ`.
    pub ridge: f64,
    /// `p`, rows × factors; none where empty.
    pub pull: &'a [f64],
}

/// Solves every row of a side. `other` is common × factors, `out` rows × factors; `passive` holds one set of bits a row, where
/// the search begins and where it ended. Returns `Σ_r b·x`, by which the objective falls below its constant.
pub(super) fn solve(
    side: &Side,
    factors: usize,
    other: &[f64],
    extra: Extra<'_>,
    passive: &mut [u32],
    out: &mut [f64],
) -> f64 {
    // Up to eight factors, loops of known length that stay in registers; beyond, room for more than there are, which keeps the
    // program small and quick to build.
    macro_rules! of {
        ($($k:literal)*) => {
            match factors {
                $($k => Arch::new().dispatch(Solve::<$k, true> { side, factors, other, extra, passive, out }),)*
                9..=12 => Arch::new().dispatch(Solve::<12, false> { side, factors, other, extra, passive, out }),
                _ => Arch::new().dispatch(Solve::<MOST_FACTORS, false> { side, factors, other, extra, passive, out }),
            }
        };
    }
    of!(1 2 3 4 5 6 7 8)
}

/// Room for `K` factors, of which there are `factors`; exactly `K` where `EXACT`.
struct Solve<'a, const K: usize, const EXACT: bool> {
    side: &'a Side,
    factors: usize,
    other: &'a [f64],
    extra: Extra<'a>,
    passive: &'a mut [u32],
    out: &'a mut [f64],
}

impl<const K: usize, const EXACT: bool> WithSimd for Solve<'_, K, EXACT> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut gains = [0.0; LANES];
        let size = if EXACT { K } else { self.factors.min(K) };
        let width = S::F64_LANES.min(LANES);
        for block in 0..self.side.blocks() {
            for part in 0..LANES / width {
                let first = block * LANES + part * width;
                let count = self.side.rows.saturating_sub(first).min(width);
                if count == 0 {
                    break;
                }
                let (gram, right) = normal::<S, K>(simd, size, self.side, self.other, block, part);
                let mut system = System { simd, size, gram, right };
                system.add(self.extra, first, count);
                let x = system.least(&mut self.passive[first..first + count]);
                let gain = system.gain(&x);
                let gain = lanes_of::<S>(&gain);
                for lane in 0..count {
                    gains[part * width + lane] += gain[lane];
                    let row = &mut self.out[(first + lane) * size..][..size];
                    for (k, to) in row.iter_mut().enumerate() {
                        *to = lanes_of::<S>(&x[k])[lane];
                    }
                }
            }
        }
        gains.iter().sum()
    }
}

#[inline(always)]
fn lanes_of<S: Simd>(register: &S::f64s) -> &[f64] {
    pulp::bytemuck::cast_slice(std::slice::from_ref(register))
}

/// `Σ w o oᵀ`, its lower half, and `Σ w v o`, of the lanes of one part of a block.
#[inline(always)]
fn normal<S: Simd, const K: usize>(
    simd: S,
    size: usize,
    side: &Side,
    other: &[f64],
    block: usize,
    part: usize,
) -> ([[S::f64s; K]; K], [S::f64s; K]) {
    let zero = simd.splat_f64s(0.0);
    let (mut gram, mut right) = ([[zero; K]; K], [zero; K]);
    let here = block * side.common * LANES..(block + 1) * side.common * LANES;
    let (weights, _) = S::as_simd_f64s(&side.weights[here.clone()]);
    let (weighted, _) = S::as_simd_f64s(&side.weighted[here]);
    let parts = LANES / S::F64_LANES.min(LANES);
    let rows = weights.chunks_exact(parts).zip(weighted.chunks_exact(parts));
    for ((w, v), o) in rows.zip(other.chunks_exact(size)) {
        let (w, v) = (w[part], v[part]);
        for k in 0..size {
            let o_k = simd.splat_f64s(o[k]);
            right[k] = simd.add_f64s(right[k], simd.mul_f64s(v, o_k));
            let w_k = simd.mul_f64s(w, o_k);
            for l in 0..=k {
                gram[k][l] = simd.add_f64s(gram[k][l], simd.mul_f64s(w_k, simd.splat_f64s(o[l])));
            }
        }
    }
    (gram, right)
}

struct System<S: Simd, const K: usize> {
    simd: S,
    size: usize,
    gram: [[S::f64s; K]; K],
    right: [S::f64s; K],
}

impl<S: Simd, const K: usize> System<S, K> {
    #[inline(always)]
    fn add(&mut self, extra: Extra<'_>, first: usize, count: usize) {
        let simd = self.simd;
        for k in 0..self.size {
            if let Some(shift) = extra.shift.get(k) {
                self.right[k] = simd.add_f64s(self.right[k], simd.splat_f64s(*shift));
            }
            if extra.ridge > 0.0 {
                self.gram[k][k] = simd.add_f64s(self.gram[k][k], simd.splat_f64s(extra.ridge));
            }
            if !extra.pull.is_empty() {
                let mut pull = [0.0; LANES];
                for (lane, to) in pull.iter_mut().enumerate().take(count) {
                    *to = extra.pull[(first + lane) * self.size + k];
                }
                let pull = simd.partial_load_f64s(&pull[..S::F64_LANES.min(LANES)]);
                self.right[k] = simd.add_f64s(self.right[k], pull);
            }
        }
    }

    /// The exact solution, by block principal pivoting.
    #[inline(always)]
    fn least(&self, passive: &mut [u32]) -> [S::f64s; K] {
        let simd = self.simd;
        let zero = simd.splat_f64s(0.0);
        let mut pivots = [Pivoting { best: u32::MAX, chances: 3 }; LANES];
        let mut tolerance = zero;
        for b in &self.right[..self.size] {
            tolerance = simd.max_f64s(tolerance, simd.abs_f64s(*b));
        }
        tolerance = simd.mul_f64s(tolerance, simd.splat_f64s(ROUNDING));
        let mut x = [zero; K];
        // Far more than any problem has been seen to need; beyond it the last solution is cut at nought.
        for _ in 0..10 * self.size + 10 {
            let member = members::<S, K>(simd, self.size, passive);
            x = self.on(&member);
            let gradient = self.gradient(&x);
            let mut worst = zero;
            for k in 0..self.size {
                // x where passive, the gradient where not: neither may be below nought.
                let slack = simd.add_f64s(gradient[k], tolerance);
                let inside = simd.greater_than_f64s(member[k], zero);
                worst = simd.min_f64s(worst, simd.select_f64s(inside, x[k], slack));
            }
            if lanes_of::<S>(&worst).iter().all(|w| *w >= 0.0) {
                break;
            }
            for (lane, set) in passive.iter_mut().enumerate() {
                let mut wrong = 0u32;
                for k in 0..self.size {
                    let value = if *set >> k & 1 == 1 {
                        lanes_of::<S>(&x[k])[lane]
                    } else {
                        lanes_of::<S>(&gradient[k])[lane] + lanes_of::<S>(&tolerance)[lane]
                    };
                    wrong |= u32::from(value < 0.0) << k;
                }
                *set ^= pivots[lane].exchange(wrong);
            }
        }
        for value in &mut x[..self.size] {
            *value = simd.max_f64s(*value, zero);
        }
        x
    }

    /// The solution with only the passive indices free.
    #[inline(always)]
    fn on(&self, member: &[S::f64s; K]) -> [S::f64s; K] {
        let simd = self.simd;
        let (zero, one) = (simd.splat_f64s(0.0), simd.splat_f64s(1.0));
        // G = L D Lᵀ; `scaled` holds L D.
        let (mut lower, mut scaled) = ([[zero; K]; K], [[zero; K]; K]);
        let mut x = [zero; K];
        for k in 0..self.size {
            let mut pivot = self.gram[k][k];
            let mut y = self.right[k];
            for p in 0..k {
                pivot = simd.sub_f64s(pivot, simd.mul_f64s(lower[k][p], scaled[k][p]));
                y = simd.sub_f64s(y, simd.mul_f64s(scaled[k][p], x[p]));
            }
            let least = simd.mul_f64s(self.gram[k][k], simd.splat_f64s(DEPENDENT));
            let fit = simd.greater_than_f64s(pivot, least);
            let inverse = simd.mul_f64s(simd.select_f64s(fit, simd.div_f64s(one, pivot), zero), member[k]);
            x[k] = simd.mul_f64s(y, inverse);
            for i in k + 1..self.size {
                let mut entry = self.gram[i][k];
                for p in 0..k {
                    entry = simd.sub_f64s(entry, simd.mul_f64s(lower[i][p], scaled[k][p]));
                }
                scaled[i][k] = entry;
                lower[i][k] = simd.mul_f64s(entry, inverse);
            }
        }
        for k in (0..self.size).rev() {
            for i in k + 1..self.size {
                x[k] = simd.sub_f64s(x[k], simd.mul_f64s(lower[i][k], x[i]));
            }
        }
        x
    }

    /// `G x − b`.
    #[inline(always)]
    fn gradient(&self, x: &[S::f64s; K]) -> [S::f64s; K] {
        let simd = self.simd;
        let mut gradient = [simd.splat_f64s(0.0); K];
        for (k, sum) in gradient.iter_mut().enumerate().take(self.size) {
            for (l, x) in x.iter().enumerate().take(self.size) {
                let entry = if l <= k { self.gram[k][l] } else { self.gram[l][k] };
                *sum = simd.add_f64s(*sum, simd.mul_f64s(entry, *x));
            }
            *sum = simd.sub_f64s(*sum, self.right[k]);
        }
        gradient
    }

    /// `2 b·x − xᵀ G x`, which is `b·x` at the solution.
    #[inline(always)]
    fn gain(&self, x: &[S::f64s; K]) -> S::f64s {
        let simd = self.simd;
        let gradient = self.gradient(x);
        let mut gain = simd.splat_f64s(0.0);
        for k in 0..self.size {
            gain = simd.add_f64s(gain, simd.mul_f64s(x[k], simd.sub_f64s(self.right[k], gradient[k])));
        }
        gain
    }
}

/// One where an index of a lane is free, nought where it is not.
#[inline(always)]
fn members<S: Simd, const K: usize>(simd: S, size: usize, passive: &[u32]) -> [S::f64s; K] {
    let mut member = [simd.splat_f64s(0.0); K];
    for (k, register) in member.iter_mut().enumerate().take(size) {
        let mut lanes = [0.0; LANES];
        for (lane, set) in passive.iter().enumerate() {
            lanes[lane] = f64::from(*set >> k & 1);
        }
        *register = simd.partial_load_f64s(&lanes[..S::F64_LANES.min(LANES)]);
    }
    member
}

/// Which indices change sides: all that are wrong while their number falls, and three times more; then the last alone.
#[derive(Clone, Copy)]
struct Pivoting {
    best: u32,
    chances: u32,
}

impl Pivoting {
    fn exchange(&mut self, wrong: u32) -> u32 {
        let count = wrong.count_ones();
        if count == 0 {
            return 0;
        }
        if count < self.best {
            (self.best, self.chances) = (count, 3);
            wrong
        } else if self.chances > 0 {
            self.chances -= 1;
            wrong
        } else {
            1 << (31 - wrong.leading_zeros())
        }
    }
}

/// One row alone with one of its unknowns held at a value: `gram` and `right` are the row's normal equations.
pub(super) fn held(gram: &[f64], right: &[f64], factors: usize, held: usize, value: f64, x: &mut [f64]) {
    // Coordinate descent from where the row stands; the problem is small, convex and well begun.
    x[held] = value;
    for _ in 0..200 {
        let mut moved = 0.0f64;
        for k in (0..factors).filter(|k| *k != held) {
            let row = &gram[k * factors..][..factors];
            if row[k] > 0.0 {
                let slope: f64 = row.iter().zip(&*x).map(|(g, x)| g * x).sum::<f64>() - right[k];
                let new = (x[k] - slope / row[k]).max(0.0);
                moved = moved.max((new - x[k]).abs() * row[k].sqrt());
                x[k] = new;
            }
        }
        if moved < 1e-10 {
            break;
        }
    }
}
