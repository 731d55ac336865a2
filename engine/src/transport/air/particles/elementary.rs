//! Elementary functions as short polynomials, the same bits on every instruction set.
//!
//! Only `+ − × ÷ √` and integer operations, each exactly rounded by IEEE 754 and never fused, so that a vector unit of any
//! width gives what a scalar unit gives; the system's `exp` and `ln` would not. Coefficients: Chebyshev interpolation on
//! the interval named, with the greatest error stated.

/// Particles that are moved together; four registers of AVX-512, sixteen of SSE2.
pub const LANES: usize = 64;

/// One number for each particle of a group.
pub type Lane = [f32; LANES];

/// [`LANES`], without the compiler knowing: it would otherwise unroll short loops over lanes into single numbers before it
/// could put them into vector registers (ten times slower).
#[inline(always)]
pub fn lanes() -> usize {
    std::hint::black_box(LANES).min(LANES)
}

/// exp(−x) for x ≥ 0, relative error below 3e-7; 0 beyond 80.
#[inline(always)]
pub fn exp_minus(x: f32) -> f32 {
    let x = if x < 80.0 { x } else { 80.0 };
    // x = k ln 2 + y, |y| ≤ ln 2 / 2; ln 2 in two parts so that k ln 2 is exact.
    let k = (x * std::f32::consts::LOG2_E + 0.5) as i32;
    let kf = k as f32;
    let y = (x - kf * 0.693_359_4) - kf * -2.121_944_4e-4;
    let p = 1.0 + y * (-1.0 + y * (0.499_988_7 + y * (-0.166_665_05 + y * (0.041_917_546 + y * -0.008_369_154))));
    let power = f32::from_bits((127i32.wrapping_sub(k) as u32) << 23);
    if x < 80.0 { p * power } else { 0.0 }
}

/// ln x for normal x > 0, absolute error below 2e-6.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // x = 2^e m with m in [√½, √2).
    let shifted = x.to_bits().wrapping_sub(0x3f35_04f3);
    let e = (shifted as i32) >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let t = m - 1.0;
    let p = 1.000_001
        + t * (-0.500_008_8
            + t * (0.333_135_63 + t * (-0.249_203_36 + t * (0.205_254_44 + t * (-0.185_738_4 + t * 0.116_578_06)))));
    e as f32 * std::f32::consts::LN_2 + t * p
}

/// (sin πt, cos πt) for −1 ≤ t ≤ 1, absolute error below 2e-5, by the double angle.
#[inline(always)]
pub fn sin_cos_pi(t: f32) -> (f32, f32) {
    let s2 = t * t;
    let s = t * (1.570_795_2 + s2 * (-0.645_925_7 + s2 * (0.079_500_01 + s2 * -0.004_370_586)));
    let c = 0.999_993_2 + s2 * (-1.233_482_8 + s2 * (0.252_575_77 + s2 * -0.019_092_757));
    (2.0 * s * c, 1.0 - 2.0 * s * s)
}

/// x^(−1/3) for 1e-6 ≤ x ≤ 2, relative error below 1e-5: bits for a first guess, then Newton.
#[inline(always)]
pub fn inverse_cube_root(x: f32) -> f32 {
    let third = x.to_bits() as i32 as f32 * (1.0 / 3.0);
    let mut y = f32::from_bits(0x54a2_2ecau32.wrapping_sub(third as i32 as u32));
    y *= (4.0 - x * y * y * y) * (1.0 / 3.0);
    y *= (4.0 - x * y * y * y) * (1.0 / 3.0);
    y
}

/// x^(−4/5) for 1e-9 ≤ x ≤ 2, relative error below 1e-3 (the time scale of a layer needs no more).
#[inline(always)]
pub fn power_minus_four_fifths(x: f32) -> f32 {
    let fifth = x.to_bits() as i32 as f32 * 0.2;
    let mut y = f32::from_bits(0x4c2b_a1b3u32.wrapping_sub(fifth as i32 as u32));
    for _ in 0..2 {
        let y2 = y * y;
        y *= (6.0 - x * y2 * y2 * y) * 0.2;
    }
    let y2 = y * y;
    y2 * y2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_keep_their_stated_errors() {
        for k in 0..200_000 {
            let x = k as f32 * 4e-4;
            let exact = f64::from(-x).exp();
            assert!((f64::from(exp_minus(x)) - exact).abs() <= 5e-7 * exact + 1e-38, "exp {x}");
            let u = (k as f32 + 0.5) / 3.0;
            assert!((f64::from(ln(u)) - f64::from(u).ln()).abs() < 4e-6, "ln {u} {}", ln(u));
            let t = k as f32 / 1e5 - 1.0;
            let (s, c) = sin_cos_pi(t);
            let (se, ce) = (f64::from(t) * std::f64::consts::PI).sin_cos();
            assert!((f64::from(s) - se).abs() < 2e-5 && (f64::from(c) - ce).abs() < 2e-5, "sin {t}");
            let z = (k as f32 + 0.1) / 1e5;
            let cube = f64::from(z).powf(-1.0 / 3.0);
            assert!((f64::from(inverse_cube_root(z)) / cube - 1.0).abs() < 2e-5, "cube root {z}");
            let fifth = f64::from(z).powf(-0.8);
            assert!((f64::from(power_minus_four_fifths(z)) / fifth - 1.0).abs() < 1e-3, "fifth root {z}");
        }
    }
}
