//! Where the alternation begins.

use super::{Factors, Measurements};

/// Start number `start` of a seed: `sqrt(mean / K)` of each sample and species, times a draw from a half-normal
/// distribution. The same numbers at any time, in any order and on any machine.
pub fn random(measurements: &Measurements, factors: usize, seed: u64, start: u64) -> Factors {
    let (n, m) = (measurements.samples(), measurements.species());
    let mut draws = Draws::new(seed, start);
    let level = |mean: f64| (mean.abs() / factors as f64).sqrt().max(f64::MIN_POSITIVE);
    let mean = |entries: &mut dyn Iterator<Item = usize>| {
        let (sum, count) = entries
            .filter(|e| measurements.weight(*e) > 0.0)
            .fold((0.0, 0usize), |(sum, count), e| (sum + measurements.concentration[e], count + 1));
        sum / count.max(1) as f64
    };
    let of_species: Vec<f64> = (0..m).map(|j| level(mean(&mut (0..n).map(|i| i * m + j)))).collect();
    let of_sample: Vec<f64> = (0..n).map(|i| level(mean(&mut (0..m).map(|j| i * m + j)))).collect();
    let mut spread = |levels: &[f64]| {
        levels.iter().flat_map(|l| std::iter::repeat_n(*l, factors)).map(|l| l * draws.normal().abs()).collect()
    };
    Factors { factors, profiles: spread(&of_species), contributions: spread(&of_sample) }
}

/// Random numbers of one purpose: SplitMix64 (Steele, Lea and Flood 2014, OOPSLA).
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new(seed: u64, stream: u64) -> Draws {
        let mut draws = Draws(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        draws.next();
        draws.next();
        draws
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// From 0 to `most − 1`.
    pub(super) fn below(&mut self, most: usize) -> usize {
        (self.uniform() * most as f64) as usize
    }

    /// Standard normal, by the polar method of Marsaglia.
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = a * a + b * b;
            if s < 1.0 {
                return a * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }
}
