//! Normal numbers for a group of particles, each a function of (seed, release, particle, moment, call) alone: the same on
//! any thread, in any order, in any company.
//!
//! Philox-4×32 (Salmon et al. 2011, SC'11) with 7 rounds, the fewest that pass BigCrush there. Each word gives one pair of
//! normals by Box and Muller (1958) from two 16-bit uniforms at the middles of their cells: |ξ| ≤ 4.9, variance 1 to 5e-6.

use super::elementary::{ln, sin_cos_pi};
use super::wide::{F, Wide};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: u32 = 7;

/// Normals of one call.
pub const NORMALS: usize = 8;

/// What is common to the particles of a chunk.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// The seed of the run.
    pub seed: u64,
    /// Number of the release.
    pub release: u32,
}

impl Stream {
    /// The four words of each particle.
    #[inline(always)]
    fn words<W: Wide>(self, w: W, call: u32, moment: u32, particle: W::Words) -> [W::Words; 4] {
        let (mut a, mut b) = (w.splat_word(call), w.splat_word(moment));
        let (mut c, mut d) = (particle, w.splat_word(self.release));
        let [m0, m1] = [w.splat_word(MULTIPLIERS[0]), w.splat_word(MULTIPLIERS[1])];
        let mut key = [self.seed as u32, (self.seed >> 32) as u32];
        for _ in 0..ROUNDS {
            let (low0, high0) = w.product(a, m0);
            let (low1, high1) = w.product(c, m1);
            a = w.xor(w.xor(high1, b), w.splat_word(key[0]));
            c = w.xor(w.xor(high0, d), w.splat_word(key[1]));
            (b, d) = (low1, low0);
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        [a, b, c, d]
    }

    /// Eight normals for each of sixteen particles at a moment; `call` tells the calls of one moment apart.
    #[inline(always)]
    pub fn normals<W: Wide>(self, w: W, call: u32, moment: u32, particle: W::Words) -> [F<W>; NORMALS] {
        let [a, b, c, d] = self.words(w, call, moment, particle);
        let ((p, q), (r, s)) = (pair(w, a), pair(w, b));
        let ((t, u), (x, y)) = (pair(w, c), pair(w, d));
        [p, q, r, s, t, u, x, y]
    }

    /// The same for one particle.
    #[inline(always)]
    pub fn normals_of<W: Wide>(self, w: W, call: u32, moment: u32, particle: u32) -> [f32; NORMALS] {
        self.normals(w, call, moment, w.splat_word(particle)).map(|x| x.row()[0])
    }

    /// Four uniform numbers in (0, 1) for one particle.
    #[inline(always)]
    pub fn uniforms_of<W: Wide>(self, w: W, call: u32, moment: u32, particle: u32) -> [f64; 4] {
        let words = self.words(w, call, moment, w.splat_word(particle));
        words.map(|x| (f64::from(w.store_words(x)[0]) + 0.5) / 4_294_967_296.0)
    }
}

/// Two normals from one word.
#[inline(always)]
fn pair<W: Wide>(w: W, word: W::Words) -> (F<W>, F<W>) {
    let u = (F(w, w.float(w.shift_down::<16>(word))) + 0.5) * (1.0 / 65_536.0);
    let t = (F(w, w.float(w.and(word, w.splat_word(0xffff)))) - 32_767.5) * (1.0 / 32_768.0);
    let radius = (-2.0 * ln(u)).sqrt();
    let (s, c) = sin_cos_pi(t);
    (radius * c, radius * s)
}

#[cfg(test)]
mod tests {
    use super::super::wide::{Plain, WIDTH, registers::each};
    use super::*;

    #[test]
    fn normals_have_the_moments_of_a_normal() {
        let stream = Stream { seed: 7, release: 3 };
        let mut sums = [0.0f64; 4];
        let n = 100_000;
        for particle in 0..n {
            for x in stream.normals_of(Plain, 1, 99, particle).map(f64::from) {
                (0..4).for_each(|p| sums[p] += x.powi(p as i32 + 1));
            }
        }
        let m = sums.map(|s| s / f64::from(n * 8));
        assert!(
            m[0].abs() < 4e-3 && (m[1] - 1.0).abs() < 6e-3 && m[2].abs() < 0.02 && (m[3] - 3.0).abs() < 0.06,
            "{m:?}"
        );
    }

    #[test]
    fn sixteen_draw_what_each_of_them_draws_alone_on_every_instruction_set() {
        let stream = Stream { seed: 0x1234_5678_9abc, release: 5 };
        let particle: [u32; WIDTH] = std::array::from_fn(|l| 7 * l as u32);
        each!(|w| {
            let all = stream.normals(w, 2, 60, w.load_words(&particle)).map(F::row);
            for l in 0..WIDTH {
                let alone = stream.normals_of(Plain, 2, 60, particle[l]);
                (0..NORMALS).for_each(|k| assert_eq!(all[k][l].to_bits(), alone[k].to_bits()));
            }
        });
    }
}
