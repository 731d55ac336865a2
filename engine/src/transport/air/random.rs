//! Counter-based random numbers: the same counter gives the same number on any thread, in any order.
//!
//! Philox-4×32 with 10 rounds (Salmon et al. 2011, SC'11, "Parallel random numbers: as easy as 1, 2, 3"), normals by Box and
//! Muller (1958).

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Four random words for a counter under a key.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p0 = MULTIPLIERS[0] * u64::from(counter[0]);
        let p1 = MULTIPLIERS[1] * u64::from(counter[2]);
        counter =
            [(p1 >> 32) as u32 ^ counter[1] ^ key[0], p1 as u32, (p0 >> 32) as u32 ^ counter[3] ^ key[1], p0 as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// What a stream of numbers is drawn for; two purposes never share numbers.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Particles that run back from receptors.
    Backward = 1,
    /// Particles that run forward from sources.
    Forward = 2,
}

/// The numbers of one particle.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    key: [u32; 2],
    particle: [u32; 2],
    purpose: u32,
}

impl Stream {
    /// The stream of one particle, named by two numbers.
    pub fn new(seed: u64, purpose: Purpose, release: u32, particle: u32) -> Stream {
        Stream { key: [seed as u32, (seed >> 32) as u32], particle: [release, particle], purpose: purpose as u32 }
    }

    fn words(&self, draw: u32) -> [u32; 4] {
        philox([draw, self.particle[0], self.particle[1], self.purpose], self.key)
    }

    /// Four uniform numbers in (0, 1).
    pub fn uniforms(&self, draw: u32) -> [f64; 4] {
        self.words(draw).map(|w| (f64::from(w) + 0.5) / 4_294_967_296.0)
    }

    /// Four independent standard normal numbers.
    pub fn normals(&self, draw: u32) -> [f64; 4] {
        let [a, b, c, d] = self.uniforms(draw);
        let pair = |u: f64, v: f64| {
            let (radius, angle) = ((-2.0 * u.ln()).sqrt(), std::f64::consts::TAU * v);
            (radius * angle.cos(), radius * angle.sin())
        };
        let ((x, y), (z, w)) = (pair(a, b), pair(c, d));
        [x, y, z, w]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let n = 50_000;
        let draws: Vec<f64> = (0..n).flat_map(|i| Stream::new(7, Purpose::Backward, i, 0).normals(3)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }
}
