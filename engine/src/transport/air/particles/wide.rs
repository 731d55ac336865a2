//! Sixteen particles at a time, on any instruction set, to the same bits.
//!
//! [`F`] is sixteen numbers with the usual operators, made of one register of AVX-512, two of AVX2 or four of SSE2. The operations are
//! written out for each instruction set, since a compiler turns short loops over arrays into single numbers. Each product and
//! each sum is rounded by itself (IEEE 754, none fused), so all agree to the last bit.

pub mod registers;

pub use registers::Plain;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Particles worked on by one operation.
pub const WIDTH: usize = 16;

/// Sixteen numbers that lie together.
pub type Row = [f32; WIDTH];

/// The same in one line of the cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub struct Line(pub Row);

/// An instruction set.
pub trait Wide: Copy {
    /// Sixteen single-precision numbers.
    type Floats: Copy;
    /// Sixteen words of 32 bits.
    type Words: Copy;
    /// Sixteen truth values.
    type Mask: Copy;

    /// A piece of work compiled for this instruction set; all it calls must be inlined into it. See [`Once`].
    fn on<Work: pulp::NullaryFnOnce>(self, work: Work) -> Work::Output;

    /// The same number sixteen times.
    fn splat(self, x: f32) -> Self::Floats;
    /// From memory.
    fn load(self, row: &Row) -> Self::Floats;
    /// To memory.
    fn store(self, a: Self::Floats) -> Row;
    /// a + b.
    fn add(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a − b.
    fn sub(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a b.
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a / b.
    fn div(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// √a.
    fn sqrt(self, a: Self::Floats) -> Self::Floats;
    /// The lesser; `b` where either is not a number.
    fn min(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The greater; `b` where either is not a number.
    fn max(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// a < b.
    fn less(self, a: Self::Floats, b: Self::Floats) -> Self::Mask;
    /// `a` where `mask`, else `b`.
    fn select(self, mask: Self::Mask, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// One bit a lane.
    fn mask_bits(self, mask: Self::Mask) -> u16;

    /// The same word sixteen times.
    fn splat_word(self, x: u32) -> Self::Words;
    /// From memory.
    fn load_words(self, row: &[u32; WIDTH]) -> Self::Words;
    /// To memory.
    fn store_words(self, a: Self::Words) -> [u32; WIDTH];
    /// a + b, modulo 2³².
    fn add_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// a − b, modulo 2³².
    fn sub_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// a exclusive or b.
    fn xor(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// a and b.
    fn and(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Towards the high end.
    fn shift_up<const BITS: u32>(self, a: Self::Words) -> Self::Words;
    /// Towards the low end, zeros after.
    fn shift_down<const BITS: u32>(self, a: Self::Words) -> Self::Words;
    /// Low and high words of the product.
    fn product(self, a: Self::Words, b: Self::Words) -> (Self::Words, Self::Words);
    /// The bits of a number.
    fn bits(self, a: Self::Floats) -> Self::Words;
    /// The number of some bits.
    fn number(self, a: Self::Words) -> Self::Floats;
    /// The whole number nearest to zero, as two's complement.
    fn truncate(self, a: Self::Floats) -> Self::Words;
    /// The number of a two's complement.
    fn float(self, a: Self::Words) -> Self::Floats;

    /// Columns from rows.
    fn transpose(self, rows: [Self::Floats; WIDTH]) -> [Self::Floats; WIDTH];
    /// a + b in double precision.
    fn add_double(self, a: Self::Floats, b: Self::Floats) -> [f64; WIDTH];
}

/// Given up inside a closure for [`Wide::on`], so that it can be called once only: such a closure is itself what is called and takes
/// `#[inline(always)]`, where one that could be called again is called through a wrapper that is not inlined (a factor of thirty).
pub struct Once;

/// Sixteen numbers, with the instruction set that works on them.
#[derive(Clone, Copy)]
pub struct F<W: Wide>(pub W, pub W::Floats);

/// Sixteen truth values.
#[derive(Clone, Copy)]
pub struct M<W: Wide>(pub W, pub W::Mask);

macro_rules! operator {
    ($trait:ident, $name:ident) => {
        impl<W: Wide> $trait for F<W> {
            type Output = F<W>;
            #[inline(always)]
            fn $name(self, b: F<W>) -> F<W> {
                F(self.0, self.0.$name(self.1, b.1))
            }
        }
        impl<W: Wide> $trait<f32> for F<W> {
            type Output = F<W>;
            #[inline(always)]
            fn $name(self, b: f32) -> F<W> {
                F(self.0, self.0.$name(self.1, self.0.splat(b)))
            }
        }
        impl<W: Wide> $trait<F<W>> for f32 {
            type Output = F<W>;
            #[inline(always)]
            fn $name(self, b: F<W>) -> F<W> {
                F(b.0, b.0.$name(b.0.splat(self), b.1))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<W: Wide> Neg for F<W> {
    type Output = F<W>;
    #[inline(always)]
    fn neg(self) -> F<W> {
        let w = self.0;
        F(w, w.number(w.xor(w.bits(self.1), w.splat_word(0x8000_0000))))
    }
}

impl<W: Wide> F<W> {
    /// The same number sixteen times.
    #[inline(always)]
    pub fn of(w: W, x: f32) -> F<W> {
        F(w, w.splat(x))
    }

    /// From memory.
    #[inline(always)]
    pub fn load(w: W, row: &Row) -> F<W> {
        F(w, w.load(row))
    }

    /// To memory.
    #[inline(always)]
    pub fn row(self) -> Row {
        self.0.store(self.1)
    }

    /// √.
    #[inline(always)]
    pub fn sqrt(self) -> F<W> {
        F(self.0, self.0.sqrt(self.1))
    }

    /// |x|.
    #[inline(always)]
    pub fn abs(self) -> F<W> {
        let w = self.0;
        F(w, w.number(w.and(w.bits(self.1), w.splat_word(0x7fff_ffff))))
    }

    /// At most `b`.
    #[inline(always)]
    pub fn min(self, b: F<W>) -> F<W> {
        F(self.0, self.0.min(self.1, b.1))
    }

    /// At least `b`.
    #[inline(always)]
    pub fn max(self, b: F<W>) -> F<W> {
        F(self.0, self.0.max(self.1, b.1))
    }

    /// At most a constant.
    #[inline(always)]
    pub fn at_most(self, b: f32) -> F<W> {
        self.min(F::of(self.0, b))
    }

    /// At least a constant.
    #[inline(always)]
    pub fn at_least(self, b: f32) -> F<W> {
        self.max(F::of(self.0, b))
    }

    /// self < b.
    #[inline(always)]
    pub fn less(self, b: F<W>) -> M<W> {
        M(self.0, self.0.less(self.1, b.1))
    }

    /// self < b, a constant.
    #[inline(always)]
    pub fn below(self, b: f32) -> M<W> {
        self.less(F::of(self.0, b))
    }

    /// The greatest whole number not above, for |x| < 2³¹.
    #[inline(always)]
    pub fn floor(self) -> F<W> {
        let w = self.0;
        let whole = F(w, w.float(w.truncate(self.1)));
        self.less(whole).choose(whole - 1.0, whole)
    }
}

impl<W: Wide> M<W> {
    /// `a` where true, else `b`.
    #[inline(always)]
    pub fn choose(self, a: F<W>, b: F<W>) -> F<W> {
        F(self.0, self.0.select(self.1, a.1, b.1))
    }

    /// `a` where true, else `b`, constants.
    #[inline(always)]
    pub fn either(self, a: f32, b: f32) -> F<W> {
        self.choose(F::of(self.0, a), F::of(self.0, b))
    }

    /// One bit a lane.
    #[inline(always)]
    pub fn bits(self) -> u16 {
        self.0.mask_bits(self.1)
    }
}

/// w₀ a + w₁ b + w₂ c + w₃ d, from the left.
#[inline(always)]
pub fn weigh<W: Wide>(w: W, [a, b, c, d]: [&Row; 4], weights: [f32; 4]) -> F<W> {
    F::load(w, a) * weights[0] + F::load(w, b) * weights[1] + F::load(w, c) * weights[2] + F::load(w, d) * weights[3]
}

/// The columns of sixteen rows.
#[inline(always)]
pub fn columns<W: Wide>(w: W, rows: [F<W>; WIDTH]) -> [F<W>; WIDTH] {
    w.transpose(rows.map(|r| r.1)).map(|c| F(w, c))
}

#[cfg(test)]
mod tests {
    use super::registers::each;
    use super::*;

    #[test]
    fn every_instruction_set_transposes_and_multiplies_alike() {
        let rows: [Row; WIDTH] = std::array::from_fn(|r| std::array::from_fn(|c| (100 * r + c) as f32));
        let words: [u32; WIDTH] = std::array::from_fn(|l| 0x9e37_79b9u32.wrapping_mul(l as u32 + 1));
        each!(|w| {
            let turned = columns(w, rows.map(|r| F::load(w, &r))).map(F::row);
            for (r, row) in turned.iter().enumerate() {
                for c in 0..WIDTH {
                    assert_eq!(row[c], rows[c][r]);
                }
            }
            let (low, high) = w.product(w.load_words(&words), w.splat_word(0xd251_1f53));
            let (low, high) = (w.store_words(low), w.store_words(high));
            for l in 0..WIDTH {
                let exact = u64::from(words[l]) * 0xd251_1f53u64;
                assert_eq!((low[l], high[l]), (exact as u32, (exact >> 32) as u32));
            }
            let x = F::load(w, &std::array::from_fn(|l| 1.25 * l as f32 - 7.5));
            for (l, (floor, sign)) in x.floor().row().into_iter().zip((-x).abs().row()).enumerate() {
                let own = 1.25 * l as f32 - 7.5;
                assert_eq!((floor, sign), (own.floor(), own.abs()));
            }
            assert_eq!(x.below(0.0).bits(), 0b11_1111);
            let sum = w.add_double(x.1, F::of(w, 1e-7).1);
            assert_eq!(sum[0], f64::from(-7.5f32) + f64::from(1e-7f32));
        });
    }
}
