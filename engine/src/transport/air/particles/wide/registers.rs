//! The operations of [`Wide`] on registers: one of AVX-512, two of AVX2, four of SSE2; on arrays elsewhere.

use super::{Row, WIDTH, Wide};

/// The operations of one register.
pub trait Registers: Copy {
    type R: Copy;
    type U: Copy;
    type K: Copy;
    type D: Copy;
    fn splat1(self, x: f32) -> Self::R;
    fn add1(self, a: Self::R, b: Self::R) -> Self::R;
    fn sub1(self, a: Self::R, b: Self::R) -> Self::R;
    fn mul1(self, a: Self::R, b: Self::R) -> Self::R;
    fn div1(self, a: Self::R, b: Self::R) -> Self::R;
    fn min1(self, a: Self::R, b: Self::R) -> Self::R;
    fn max1(self, a: Self::R, b: Self::R) -> Self::R;
    fn sqrt1(self, a: Self::R) -> Self::R;
    fn less1(self, a: Self::R, b: Self::R) -> Self::K;
    fn select1(self, k: Self::K, a: Self::R, b: Self::R) -> Self::R;
    fn mask_bits1(self, k: Self::K) -> u16;
    fn splat_word1(self, x: u32) -> Self::U;
    fn add_words1(self, a: Self::U, b: Self::U) -> Self::U;
    fn sub_words1(self, a: Self::U, b: Self::U) -> Self::U;
    fn xor1(self, a: Self::U, b: Self::U) -> Self::U;
    fn and1(self, a: Self::U, b: Self::U) -> Self::U;
    fn shift_up1(self, a: Self::U, bits: u32) -> Self::U;
    fn shift_down1(self, a: Self::U, bits: u32) -> Self::U;
    fn product1(self, a: Self::U, b: Self::U) -> (Self::U, Self::U);
    fn bits1(self, a: Self::R) -> Self::U;
    fn number1(self, a: Self::U) -> Self::R;
    fn truncate1(self, a: Self::R) -> Self::U;
    fn float1(self, a: Self::U) -> Self::R;
    /// a + b, low half and high half.
    fn add_double1(self, a: Self::R, b: Self::R) -> [Self::D; 2];
}

/// A method of one register on each part.
macro_rules! parts {
    ($parts:literal: $($name:ident = $one:ident($($x:ident: $of:ident),*) -> $out:ident;)*) => {
        parts!(@ $parts; $($name = $one($($x: $of),*) -> $out;)*);
    };
    (@ $parts:literal; $($name:ident = $one:ident $args:tt -> $out:ident;)*) => {
        $(parts!(@@ $parts; $name = $one $args -> $out);)*
    };
    (@@ $parts:literal; $name:ident = $one:ident($($x:ident: $of:ident),*) -> $out:ident) => {
        #[inline(always)]
        fn $name(self, $($x: Self::$of),*) -> Self::$out {
            let mut out = [self.$one($($x[0]),*); $parts];
            for (k, out) in out.iter_mut().enumerate().skip(1) {
                *out = self.$one($($x[k]),*);
            }
            out
        }
    };
}

macro_rules! wide {
    ($simd:ty, $parts:literal, $lanes:literal, $turn:ident, $on:ident) => {
        impl Wide for $simd {
            type Floats = [<$simd as Registers>::R; $parts];
            type Words = [<$simd as Registers>::U; $parts];
            type Mask = [<$simd as Registers>::K; $parts];

            parts! { $parts:
                add = add1(a: Floats, b: Floats) -> Floats;
                sub = sub1(a: Floats, b: Floats) -> Floats;
                mul = mul1(a: Floats, b: Floats) -> Floats;
                div = div1(a: Floats, b: Floats) -> Floats;
                min = min1(a: Floats, b: Floats) -> Floats;
                max = max1(a: Floats, b: Floats) -> Floats;
                sqrt = sqrt1(a: Floats) -> Floats;
                less = less1(a: Floats, b: Floats) -> Mask;
                select = select1(k: Mask, a: Floats, b: Floats) -> Floats;
                add_words = add_words1(a: Words, b: Words) -> Words;
                sub_words = sub_words1(a: Words, b: Words) -> Words;
                xor = xor1(a: Words, b: Words) -> Words;
                and = and1(a: Words, b: Words) -> Words;
                bits = bits1(a: Floats) -> Words;
                number = number1(a: Words) -> Floats;
                truncate = truncate1(a: Floats) -> Words;
                float = float1(a: Words) -> Floats;
            }
            #[inline(always)]
            fn on<Work: pulp::NullaryFnOnce>(self, work: Work) -> Work::Output {
                self.$on(work)
            }
            #[inline(always)]
            fn splat(self, x: f32) -> Self::Floats {
                [self.splat1(x); $parts]
            }
            #[inline(always)]
            fn load(self, row: &Row) -> Self::Floats {
                pulp::cast(*row)
            }
            #[inline(always)]
            fn store(self, a: Self::Floats) -> Row {
                pulp::cast(a)
            }
            #[inline(always)]
            fn mask_bits(self, mask: Self::Mask) -> u16 {
                let mut bits = 0;
                for k in 0..$parts {
                    bits |= self.mask_bits1(mask[k]) << ($lanes * k);
                }
                bits
            }
            #[inline(always)]
            fn splat_word(self, x: u32) -> Self::Words {
                [self.splat_word1(x); $parts]
            }
            #[inline(always)]
            fn load_words(self, row: &[u32; WIDTH]) -> Self::Words {
                pulp::cast(*row)
            }
            #[inline(always)]
            fn store_words(self, a: Self::Words) -> [u32; WIDTH] {
                pulp::cast(a)
            }
            #[inline(always)]
            fn shift_up<const BITS: u32>(self, a: Self::Words) -> Self::Words {
                let mut out = a;
                for k in 0..$parts {
                    out[k] = self.shift_up1(a[k], BITS);
                }
                out
            }
            #[inline(always)]
            fn shift_down<const BITS: u32>(self, a: Self::Words) -> Self::Words {
                let mut out = a;
                for k in 0..$parts {
                    out[k] = self.shift_down1(a[k], BITS);
                }
                out
            }
            #[inline(always)]
            fn product(self, a: Self::Words, b: Self::Words) -> (Self::Words, Self::Words) {
                let (mut low, mut high) = (a, a);
                for k in 0..$parts {
                    (low[k], high[k]) = self.product1(a[k], b[k]);
                }
                (low, high)
            }
            #[inline(always)]
            fn transpose(self, rows: [Self::Floats; WIDTH]) -> [Self::Floats; WIDTH] {
                // Block by block, each of one register's width.
                let mut turned = rows;
                for r in 0..$parts {
                    for c in 0..$parts {
                        let mut block = [rows[0][0]; $lanes];
                        for k in 0..$lanes {
                            block[k] = rows[$lanes * r + k][c];
                        }
                        let block = $turn(self, block);
                        for k in 0..$lanes {
                            turned[$lanes * c + k][r] = block[k];
                        }
                    }
                }
                turned
            }
            #[inline(always)]
            fn add_double(self, a: Self::Floats, b: Self::Floats) -> [f64; WIDTH] {
                let mut out = [self.add_double1(a[0], b[0]); $parts];
                for (k, out) in out.iter_mut().enumerate().skip(1) {
                    *out = self.add_double1(a[k], b[k]);
                }
                pulp::cast(out)
            }
        }
    };
}

/// Methods that are one instruction.
macro_rules! one {
    ($s:ident: $($name:ident($($x:ident: $of:ty),*) -> $out:ty = $body:expr;)*) => {$(
        #[inline(always)]
        fn $name($s, $($x: $of),*) -> $out {
            $body
        }
    )*};
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use core::arch::x86_64::*;
    use pulp::x86::{V1, V3, V4};

    impl Registers for V4 {
        type R = __m512;
        type U = __m512i;
        type K = __mmask16;
        type D = __m512d;
        one! { self:
            splat1(x: f32) -> __m512 = self.avx512f._mm512_set1_ps(x);
            add1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_add_ps(a, b);
            sub1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_sub_ps(a, b);
            mul1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_mul_ps(a, b);
            div1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_div_ps(a, b);
            min1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_min_ps(a, b);
            max1(a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_max_ps(a, b);
            sqrt1(a: __m512) -> __m512 = self.avx512f._mm512_sqrt_ps(a);
            less1(a: __m512, b: __m512) -> __mmask16 = self.avx512f._mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b);
            select1(k: __mmask16, a: __m512, b: __m512) -> __m512 = self.avx512f._mm512_mask_blend_ps(k, b, a);
            mask_bits1(k: __mmask16) -> u16 = k;
            splat_word1(x: u32) -> __m512i = self.avx512f._mm512_set1_epi32(x as i32);
            add_words1(a: __m512i, b: __m512i) -> __m512i = self.avx512f._mm512_add_epi32(a, b);
            sub_words1(a: __m512i, b: __m512i) -> __m512i = self.avx512f._mm512_sub_epi32(a, b);
            xor1(a: __m512i, b: __m512i) -> __m512i = self.avx512f._mm512_xor_si512(a, b);
            and1(a: __m512i, b: __m512i) -> __m512i = self.avx512f._mm512_and_si512(a, b);
            shift_up1(a: __m512i, n: u32) -> __m512i = self.avx512f._mm512_sll_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            shift_down1(a: __m512i, n: u32) -> __m512i = self.avx512f._mm512_srl_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            bits1(a: __m512) -> __m512i = self.avx512f._mm512_castps_si512(a);
            number1(a: __m512i) -> __m512 = self.avx512f._mm512_castsi512_ps(a);
            truncate1(a: __m512) -> __m512i = self.avx512f._mm512_cvttps_epi32(a);
            float1(a: __m512i) -> __m512 = self.avx512f._mm512_cvtepi32_ps(a);
        }
        #[inline(always)]
        fn product1(self, a: __m512i, b: __m512i) -> (__m512i, __m512i) {
            let (low, high) = self.widening_mul_u32x16(pulp::cast(a), pulp::cast(b));
            (pulp::cast(low), pulp::cast(high))
        }
        #[inline(always)]
        fn add_double1(self, a: __m512, b: __m512) -> [__m512d; 2] {
            let f = self.avx512f;
            let low = |x| f._mm512_cvtps_pd(f._mm512_castps512_ps256(x));
            let high = |x| f._mm512_cvtps_pd(self.avx512dq._mm512_extractf32x8_ps::<1>(x));
            [f._mm512_add_pd(low(a), low(b)), f._mm512_add_pd(high(a), high(b))]
        }
    }

    impl Registers for V3 {
        type R = __m256;
        type U = __m256i;
        type K = __m256;
        type D = __m256d;
        one! { self:
            splat1(x: f32) -> __m256 = self.avx._mm256_set1_ps(x);
            add1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_add_ps(a, b);
            sub1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_sub_ps(a, b);
            mul1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_mul_ps(a, b);
            div1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_div_ps(a, b);
            min1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_min_ps(a, b);
            max1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_max_ps(a, b);
            sqrt1(a: __m256) -> __m256 = self.avx._mm256_sqrt_ps(a);
            less1(a: __m256, b: __m256) -> __m256 = self.avx._mm256_cmp_ps::<_CMP_LT_OQ>(a, b);
            select1(k: __m256, a: __m256, b: __m256) -> __m256 = self.avx._mm256_blendv_ps(b, a, k);
            mask_bits1(k: __m256) -> u16 = self.avx._mm256_movemask_ps(k) as u16;
            splat_word1(x: u32) -> __m256i = self.avx._mm256_set1_epi32(x as i32);
            add_words1(a: __m256i, b: __m256i) -> __m256i = self.avx2._mm256_add_epi32(a, b);
            sub_words1(a: __m256i, b: __m256i) -> __m256i = self.avx2._mm256_sub_epi32(a, b);
            xor1(a: __m256i, b: __m256i) -> __m256i = self.avx2._mm256_xor_si256(a, b);
            and1(a: __m256i, b: __m256i) -> __m256i = self.avx2._mm256_and_si256(a, b);
            shift_up1(a: __m256i, n: u32) -> __m256i = self.avx2._mm256_sll_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            shift_down1(a: __m256i, n: u32) -> __m256i = self.avx2._mm256_srl_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            bits1(a: __m256) -> __m256i = self.avx._mm256_castps_si256(a);
            number1(a: __m256i) -> __m256 = self.avx._mm256_castsi256_ps(a);
            truncate1(a: __m256) -> __m256i = self.avx._mm256_cvttps_epi32(a);
            float1(a: __m256i) -> __m256 = self.avx._mm256_cvtepi32_ps(a);
        }
        #[inline(always)]
        fn product1(self, a: __m256i, b: __m256i) -> (__m256i, __m256i) {
            let (low, high) = self.widening_mul_u32x8(pulp::cast(a), pulp::cast(b));
            (pulp::cast(low), pulp::cast(high))
        }
        #[inline(always)]
        fn add_double1(self, a: __m256, b: __m256) -> [__m256d; 2] {
            let f = self.avx;
            let low = |x| f._mm256_cvtps_pd(f._mm256_castps256_ps128(x));
            let high = |x| f._mm256_cvtps_pd(f._mm256_extractf128_ps::<1>(x));
            [f._mm256_add_pd(low(a), low(b)), f._mm256_add_pd(high(a), high(b))]
        }
    }

    impl Registers for V1 {
        type R = __m128;
        type U = __m128i;
        type K = __m128;
        type D = __m128d;
        one! { self:
            splat1(x: f32) -> __m128 = self.sse._mm_set1_ps(x);
            add1(a: __m128, b: __m128) -> __m128 = self.sse._mm_add_ps(a, b);
            sub1(a: __m128, b: __m128) -> __m128 = self.sse._mm_sub_ps(a, b);
            mul1(a: __m128, b: __m128) -> __m128 = self.sse._mm_mul_ps(a, b);
            div1(a: __m128, b: __m128) -> __m128 = self.sse._mm_div_ps(a, b);
            min1(a: __m128, b: __m128) -> __m128 = self.sse._mm_min_ps(a, b);
            max1(a: __m128, b: __m128) -> __m128 = self.sse._mm_max_ps(a, b);
            sqrt1(a: __m128) -> __m128 = self.sse._mm_sqrt_ps(a);
            less1(a: __m128, b: __m128) -> __m128 = self.sse._mm_cmplt_ps(a, b);
            select1(k: __m128, a: __m128, b: __m128) -> __m128 =
                self.sse._mm_or_ps(self.sse._mm_and_ps(k, a), self.sse._mm_andnot_ps(k, b));
            mask_bits1(k: __m128) -> u16 = self.sse._mm_movemask_ps(k) as u16;
            splat_word1(x: u32) -> __m128i = self.sse2._mm_set1_epi32(x as i32);
            add_words1(a: __m128i, b: __m128i) -> __m128i = self.sse2._mm_add_epi32(a, b);
            sub_words1(a: __m128i, b: __m128i) -> __m128i = self.sse2._mm_sub_epi32(a, b);
            xor1(a: __m128i, b: __m128i) -> __m128i = self.sse2._mm_xor_si128(a, b);
            and1(a: __m128i, b: __m128i) -> __m128i = self.sse2._mm_and_si128(a, b);
            shift_up1(a: __m128i, n: u32) -> __m128i = self.sse2._mm_sll_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            shift_down1(a: __m128i, n: u32) -> __m128i = self.sse2._mm_srl_epi32(a, self.sse2._mm_cvtsi32_si128(n as i32));
            bits1(a: __m128) -> __m128i = self.sse2._mm_castps_si128(a);
            number1(a: __m128i) -> __m128 = self.sse2._mm_castsi128_ps(a);
            truncate1(a: __m128) -> __m128i = self.sse2._mm_cvttps_epi32(a);
            float1(a: __m128i) -> __m128 = self.sse2._mm_cvtepi32_ps(a);
        }
        #[inline(always)]
        fn product1(self, a: __m128i, b: __m128i) -> (__m128i, __m128i) {
            let s = self.sse2;
            let even = s._mm_mul_epu32(a, b);
            let odd = s._mm_mul_epu32(s._mm_srli_epi64::<32>(a), s._mm_srli_epi64::<32>(b));
            let first = s._mm_set1_epi64x(0xffff_ffff);
            let low = s._mm_or_si128(s._mm_and_si128(even, first), s._mm_slli_epi64::<32>(odd));
            let high = s._mm_or_si128(s._mm_srli_epi64::<32>(even), s._mm_andnot_si128(first, odd));
            (low, high)
        }
        #[inline(always)]
        fn add_double1(self, a: __m128, b: __m128) -> [__m128d; 2] {
            let s = self.sse2;
            let low = |x| s._mm_cvtps_pd(x);
            let high = |x| s._mm_cvtps_pd(self.sse._mm_movehl_ps(x, x));
            [s._mm_add_pd(low(a), low(b)), s._mm_add_pd(high(a), high(b))]
        }
    }

    /// A 4 × 4 block.
    #[inline(always)]
    fn turn4(s: V1, [a, b, c, d]: [__m128; 4]) -> [__m128; 4] {
        let s = s.sse;
        let (ab, cd) = (s._mm_unpacklo_ps(a, b), s._mm_unpacklo_ps(c, d));
        let (ab2, cd2) = (s._mm_unpackhi_ps(a, b), s._mm_unpackhi_ps(c, d));
        [s._mm_movelh_ps(ab, cd), s._mm_movehl_ps(cd, ab), s._mm_movelh_ps(ab2, cd2), s._mm_movehl_ps(cd2, ab2)]
    }

    /// The 4 × 4 blocks within the halves of 8 × 8, then the halves.
    #[inline(always)]
    fn turn8(s: V3, rows: [__m256; 8]) -> [__m256; 8] {
        let f = s.avx;
        let mut inner = rows;
        for g in 0..2 {
            let (a, b, c, d) = (rows[4 * g], rows[4 * g + 1], rows[4 * g + 2], rows[4 * g + 3]);
            let (ab, cd) = (f._mm256_unpacklo_ps(a, b), f._mm256_unpacklo_ps(c, d));
            let (ab2, cd2) = (f._mm256_unpackhi_ps(a, b), f._mm256_unpackhi_ps(c, d));
            inner[4 * g] = f._mm256_shuffle_ps::<0x44>(ab, cd);
            inner[4 * g + 1] = f._mm256_shuffle_ps::<0xee>(ab, cd);
            inner[4 * g + 2] = f._mm256_shuffle_ps::<0x44>(ab2, cd2);
            inner[4 * g + 3] = f._mm256_shuffle_ps::<0xee>(ab2, cd2);
        }
        let mut out = rows;
        for c in 0..4 {
            out[c] = f._mm256_permute2f128_ps::<0x20>(inner[c], inner[4 + c]);
            out[4 + c] = f._mm256_permute2f128_ps::<0x31>(inner[c], inner[4 + c]);
        }
        out
    }

    /// The 4 × 4 blocks within the quarters of 16 × 16, then the quarters.
    #[inline(always)]
    fn turn16(s: V4, rows: [__m512; 16]) -> [__m512; 16] {
        let f = s.avx512f;
        let mut inner = rows;
        for g in 0..4 {
            let (a, b, c, d) = (rows[4 * g], rows[4 * g + 1], rows[4 * g + 2], rows[4 * g + 3]);
            let (ab, cd) = (f._mm512_unpacklo_ps(a, b), f._mm512_unpacklo_ps(c, d));
            let (ab2, cd2) = (f._mm512_unpackhi_ps(a, b), f._mm512_unpackhi_ps(c, d));
            inner[4 * g] = f._mm512_shuffle_ps::<0x44>(ab, cd);
            inner[4 * g + 1] = f._mm512_shuffle_ps::<0xee>(ab, cd);
            inner[4 * g + 2] = f._mm512_shuffle_ps::<0x44>(ab2, cd2);
            inner[4 * g + 3] = f._mm512_shuffle_ps::<0xee>(ab2, cd2);
        }
        let mut out = rows;
        for c in 0..4 {
            let (p, q, r, t) = (inner[c], inner[4 + c], inner[8 + c], inner[12 + c]);
            let (pq, rt) = (f._mm512_shuffle_f32x4::<0x88>(p, q), f._mm512_shuffle_f32x4::<0x88>(r, t));
            let (pq2, rt2) = (f._mm512_shuffle_f32x4::<0xdd>(p, q), f._mm512_shuffle_f32x4::<0xdd>(r, t));
            out[c] = f._mm512_shuffle_f32x4::<0x88>(pq, rt);
            out[4 + c] = f._mm512_shuffle_f32x4::<0x88>(pq2, rt2);
            out[8 + c] = f._mm512_shuffle_f32x4::<0xdd>(pq, rt);
            out[12 + c] = f._mm512_shuffle_f32x4::<0xdd>(pq2, rt2);
        }
        out
    }

    wide!(V4, 1, 16, turn16, vectorize);
    wide!(V3, 2, 8, turn8, vectorize);
    wide!(V1, 4, 4, turn4, vectorize);
}

/// Arrays: for machines without any of these, for single numbers, and to test the others against.
#[derive(Clone, Copy)]
pub struct Plain;

mod plain {
    use super::*;

    type R = [f32; WIDTH];
    type U = [u32; WIDTH];

    impl Registers for Plain {
        type R = R;
        type U = U;
        type K = [bool; WIDTH];
        type D = [f64; WIDTH / 2];
        one! { self:
            splat1(x: f32) -> R = [x; WIDTH];
            add1(a: R, b: R) -> R = std::array::from_fn(|l| a[l] + b[l]);
            sub1(a: R, b: R) -> R = std::array::from_fn(|l| a[l] - b[l]);
            mul1(a: R, b: R) -> R = std::array::from_fn(|l| a[l] * b[l]);
            div1(a: R, b: R) -> R = std::array::from_fn(|l| a[l] / b[l]);
            min1(a: R, b: R) -> R = std::array::from_fn(|l| if a[l] < b[l] { a[l] } else { b[l] });
            max1(a: R, b: R) -> R = std::array::from_fn(|l| if a[l] > b[l] { a[l] } else { b[l] });
            sqrt1(a: R) -> R = a.map(f32::sqrt);
            less1(a: R, b: R) -> [bool; WIDTH] = std::array::from_fn(|l| a[l] < b[l]);
            select1(k: [bool; WIDTH], a: R, b: R) -> R = std::array::from_fn(|l| if k[l] { a[l] } else { b[l] });
            mask_bits1(k: [bool; WIDTH]) -> u16 = k.iter().rev().fold(0, |bits, b| bits << 1 | u16::from(*b));
            splat_word1(x: u32) -> U = [x; WIDTH];
            add_words1(a: U, b: U) -> U = std::array::from_fn(|l| a[l].wrapping_add(b[l]));
            sub_words1(a: U, b: U) -> U = std::array::from_fn(|l| a[l].wrapping_sub(b[l]));
            xor1(a: U, b: U) -> U = std::array::from_fn(|l| a[l] ^ b[l]);
            and1(a: U, b: U) -> U = std::array::from_fn(|l| a[l] & b[l]);
            shift_up1(a: U, n: u32) -> U = a.map(|x| x << n);
            shift_down1(a: U, n: u32) -> U = a.map(|x| x >> n);
            bits1(a: R) -> U = a.map(f32::to_bits);
            number1(a: U) -> R = a.map(f32::from_bits);
            truncate1(a: R) -> U = a.map(|x| x as i32 as u32);
            float1(a: U) -> R = a.map(|x| x as i32 as f32);
        }
        #[inline(always)]
        fn product1(self, a: U, b: U) -> (U, U) {
            let both = |l: usize| u64::from(a[l]) * u64::from(b[l]);
            (std::array::from_fn(|l| both(l) as u32), std::array::from_fn(|l| (both(l) >> 32) as u32))
        }
        #[inline(always)]
        fn add_double1(self, a: R, b: R) -> [[f64; WIDTH / 2]; 2] {
            let sum = |l: usize| f64::from(a[l]) + f64::from(b[l]);
            [std::array::from_fn(sum), std::array::from_fn(|l| sum(l + WIDTH / 2))]
        }
    }

    fn turn(_: Plain, rows: [R; WIDTH]) -> [R; WIDTH] {
        std::array::from_fn(|r| std::array::from_fn(|c| rows[c][r]))
    }

    impl Plain {
        #[inline(always)]
        fn call<Work: pulp::NullaryFnOnce>(self, work: Work) -> Work::Output {
            work.call()
        }
    }

    wide!(Plain, 1, 16, turn, call);
}

/// A piece of code for each instruction set that this machine has, and for arrays.
#[cfg(test)]
macro_rules! each {
    (|$w:ident| $body:block) => {
        let $w = $crate::transport::air::particles::wide::registers::Plain;
        $body
        #[cfg(target_arch = "x86_64")]
        {
            if let Some($w) = pulp::x86::V1::try_new() {
                $body
            }
            if let Some($w) = pulp::x86::V3::try_new() {
                $body
            }
            if let Some($w) = pulp::x86::V4::try_new() {
                $body
            }
        }
    };
}
#[cfg(test)]
pub(crate) use each;
