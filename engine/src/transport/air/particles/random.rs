//! Normal numbers for a group of particles, each a function of (seed, release, particle, moment, call) alone: the same on
//! any thread, in any order, in any company.
//!
//! Philox-4×32 (Salmon et al. 2011, SC'11) with 7 rounds, the fewest that pass BigCrush there. Each word gives one pair of
//! normals by Box and Muller (1958) from two 16-bit uniforms at the middles of their cells: |ξ| ≤ 4.9, variance 1 to 5e-6.

use super::elementary::{LANES, Lane, lanes, ln, sin_cos_pi};

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
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
    /// The four words of one particle.
    #[inline(always)]
    fn words(self, call: u32, moment: u32, particle: u32) -> [u32; 4] {
        let (mut a, mut b, mut c, mut d) = (call, moment, particle, self.release);
        let mut key = [self.seed as u32, (self.seed >> 32) as u32];
        for _ in 0..ROUNDS {
            let p0 = MULTIPLIERS[0].wrapping_mul(a as u64);
            let p1 = MULTIPLIERS[1].wrapping_mul(c as u64);
            (a, b, c, d) = ((p1 >> 32) as u32 ^ b ^ key[0], p1 as u32, (p0 >> 32) as u32 ^ d ^ key[1], p0 as u32);
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        [a, b, c, d]
    }

    /// Eight normals for each particle of a group at a moment; `call` tells the calls of one moment apart.
    #[inline(always)]
    pub fn normals(self, call: u32, moment: u32, particle: &[u32; LANES], out: &mut [Lane; NORMALS]) {
        let lanes = lanes();
        let mut words = [[0u32; LANES]; 4];
        for l in 0..lanes {
            let w = self.words(call, moment, particle[l]);
            words[0][l] = w[0];
            words[1][l] = w[1];
            words[2][l] = w[2];
            words[3][l] = w[3];
        }
        for k in 0..4 {
            for l in 0..lanes {
                let (x, y) = pair(words[k][l]);
                out[2 * k][l] = x;
                out[2 * k + 1][l] = y;
            }
        }
    }

    /// The same for one particle.
    pub fn normals_of(self, call: u32, moment: u32, particle: u32) -> [f32; NORMALS] {
        let pairs = self.words(call, moment, particle).map(pair);
        std::array::from_fn(|k| if k % 2 == 0 { pairs[k / 2].0 } else { pairs[k / 2].1 })
    }

    /// Four uniform numbers in (0, 1) for one particle.
    pub fn uniforms_of(self, call: u32, moment: u32, particle: u32) -> [f64; 4] {
        self.words(call, moment, particle).map(|w| (f64::from(w) + 0.5) / 4_294_967_296.0)
    }
}

/// Two normals from one word.
#[inline(always)]
fn pair(word: u32) -> (f32, f32) {
    let u = ((word >> 16) as i32 as f32 + 0.5) * (1.0 / 65_536.0);
    let t = ((word & 0xffff) as i32 as f32 - 32_767.5) * (1.0 / 32_768.0);
    let radius = (-2.0 * ln(u)).sqrt();
    let (s, c) = sin_cos_pi(t);
    (radius * c, radius * s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_the_moments_of_a_normal() {
        let stream = Stream { seed: 7, release: 3 };
        let mut sums = [0.0f64; 4];
        let n = 100_000;
        for particle in 0..n {
            for x in stream.normals_of(1, 99, particle).map(f64::from) {
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
    fn a_group_draws_what_each_of_its_particles_draws_alone() {
        let stream = Stream { seed: 0x1234_5678_9abc, release: 5 };
        let particle: [u32; LANES] = std::array::from_fn(|l| 7 * l as u32);
        let mut group = [[0.0; LANES]; NORMALS];
        stream.normals(2, 60, &particle, &mut group);
        for l in 0..LANES {
            let alone = stream.normals_of(2, 60, particle[l]);
            (0..NORMALS).for_each(|k| assert_eq!(group[k][l].to_bits(), alone[k].to_bits()));
        }
    }
}
