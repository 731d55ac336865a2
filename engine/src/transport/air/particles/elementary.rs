//! Elementary functions as short polynomials, the same bits on every instruction set.
//!
//! Only `+ − × ÷ √` and operations on bits, each exactly rounded by IEEE 754 and never fused, so that a vector unit of any
//! width gives what any other gives; the system's `exp` and `ln` would not. Coefficients: Chebyshev interpolation on
//! the interval named, with the greatest error stated.

use super::wide::{F, Wide};

/// exp(−x) for x ≥ 0, relative error below 5e-7; 0 from 80 on.
#[inline(always)]
pub fn exp_minus<W: Wide>(x: F<W>) -> F<W> {
    let w = x.0;
    let held = x.at_most(80.0);
    // x = k ln 2 + y, |y| ≤ ln 2 / 2; ln 2 in two parts so that k ln 2 is exact.
    let k = w.truncate((held * std::f32::consts::LOG2_E + 0.5).1);
    let kf = F(w, w.float(k));
    let y = (held - kf * 0.693_359_4) - kf * -2.121_944_4e-4;
    let p = 1.0 + y * (-1.0 + y * (0.499_988_7 + y * (-0.166_665_05 + y * (0.041_917_546 + y * -0.008_369_154))));
    let power = F(w, w.number(w.shift_up::<23>(w.sub_words(w.splat_word(127), k))));
    x.below(80.0).choose(p * power, F::of(w, 0.0))
}

/// ln x for normal x > 0, absolute error below 2e-6.
#[inline(always)]
pub fn ln<W: Wide>(x: F<W>) -> F<W> {
    let w = x.0;
    // x = 2^e m with m in [√½, √2); e by its bits, with 512 added so that none is negative.
    let shifted = w.sub_words(w.bits(x.1), w.splat_word(0x3f35_04f3));
    let e = w.shift_down::<23>(w.add_words(shifted, w.splat_word(256 << 23)));
    let m = w.add_words(w.and(shifted, w.splat_word(0x007f_ffff)), w.splat_word(0x3f35_04f3));
    let e = F(w, w.float(e)) - 256.0;
    let t = F(w, w.number(m)) - 1.0;
    let p = 1.000_001
        + t * (-0.500_008_8
            + t * (0.333_135_63 + t * (-0.249_203_36 + t * (0.205_254_44 + t * (-0.185_738_4 + t * 0.116_578_06)))));
    e * std::f32::consts::LN_2 + t * p
}

/// (sin πt, cos πt) for −1 ≤ t ≤ 1, absolute error below 2e-5, by the double angle.
#[inline(always)]
pub fn sin_cos_pi<W: Wide>(t: F<W>) -> (F<W>, F<W>) {
    let s2 = t * t;
    let s = t * (1.570_795_2 + s2 * (-0.645_925_7 + s2 * (0.079_500_01 + s2 * -0.004_370_586)));
    let c = 0.999_993_2 + s2 * (-1.233_482_8 + s2 * (0.252_575_77 + s2 * -0.019_092_757));
    (2.0 * s * c, 1.0 - 2.0 * s * s)
}

/// x^(−1/3) for 1e-6 ≤ x ≤ 2, relative error below 2e-5: bits for a first guess, then Newton.
#[inline(always)]
pub fn inverse_cube_root<W: Wide>(x: F<W>) -> F<W> {
    let w = x.0;
    let third = w.truncate((F(w, w.float(w.bits(x.1))) * (1.0 / 3.0)).1);
    let mut y = F(w, w.number(w.sub_words(w.splat_word(0x54a2_2eca), third)));
    for _ in 0..2 {
        y = y * ((4.0 - x * y * y * y) * (1.0 / 3.0));
    }
    y
}

/// x^(−4/5) for 1e-9 ≤ x ≤ 2, relative error below 1e-3 (the time scale of a layer needs no more).
#[inline(always)]
pub fn power_minus_four_fifths<W: Wide>(x: F<W>) -> F<W> {
    let w = x.0;
    let fifth = w.truncate((F(w, w.float(w.bits(x.1))) * 0.2).1);
    let mut y = F(w, w.number(w.sub_words(w.splat_word(0x4c2b_a1b3), fifth)));
    for _ in 0..2 {
        let y2 = y * y;
        y = y * ((6.0 - x * y2 * y2 * y) * 0.2);
    }
    let y2 = y * y;
    y2 * y2
}

#[cfg(test)]
mod tests {
    use super::super::wide::{WIDTH, registers::each};
    use super::*;

    #[test]
    fn polynomials_keep_their_stated_errors_on_every_instruction_set() {
        each!(|w| {
            let all = |f: &dyn Fn(usize) -> f32, k: usize| F::load(w, &std::array::from_fn(|l| f(WIDTH * k + l)));
            for k in 0..200_000 / WIDTH {
                let (x, u) = (|k| k as f32 * 4e-4, |k| (k as f32 + 0.5) / 3.0);
                let (t, z) = (|k| k as f32 / 1e5 - 1.0, |k| (k as f32 + 0.1) / 1e5);
                let (exp, log) = (exp_minus(all(&x, k)).row(), ln(all(&u, k)).row());
                let (s, c) = sin_cos_pi(all(&t, k));
                let (s, c) = (s.row(), c.row());
                let (cube, fifth) = (inverse_cube_root(all(&z, k)).row(), power_minus_four_fifths(all(&z, k)).row());
                for l in 0..WIDTH {
                    let at = WIDTH * k + l;
                    let exact = f64::from(-x(at)).exp();
                    assert!((f64::from(exp[l]) - exact).abs() <= 5e-7 * exact + 2e-35, "exp {at}");
                    assert!((f64::from(log[l]) - f64::from(u(at)).ln()).abs() < 4e-6, "ln {at}");
                    let (se, ce) = (f64::from(t(at)) * std::f64::consts::PI).sin_cos();
                    assert!((f64::from(s[l]) - se).abs() < 2e-5 && (f64::from(c[l]) - ce).abs() < 2e-5, "sin {at}");
                    let z = f64::from(z(at));
                    assert!((f64::from(cube[l]) / z.powf(-1.0 / 3.0) - 1.0).abs() < 2e-5, "cube root {at}");
                    assert!((f64::from(fifth[l]) / z.powf(-0.8) - 1.0).abs() < 1e-3, "fifth root {at}");
                }
            }
        });
    }
}
