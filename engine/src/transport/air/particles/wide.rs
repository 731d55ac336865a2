//! Weighted sums of four rows of sixteen numbers: what interpolation between columns is made of.
//!
//! Written out for each instruction set, since the compiler turns these short loops into single numbers. Each product and
//! each sum is rounded by itself, in one order, so all agree to the last bit.

/// Sixteen numbers that lie together.
pub type Row = [f32; 16];

/// Means to sum rows.
pub trait Wide: Copy {
    /// w₀ a + w₁ b + w₂ c + w₃ d, from the left.
    fn weigh(self, rows: [&Row; 4], weights: [f32; 4]) -> Row;
}

/// Whatever the compiler makes of a loop.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Clone, Copy)]
pub struct Plain;

#[cfg(not(target_arch = "x86_64"))]
impl Wide for Plain {
    #[inline(always)]
    fn weigh(self, [a, b, c, d]: [&Row; 4], w: [f32; 4]) -> Row {
        let mut sum = [0.0; 16];
        for k in 0..16 {
            sum[k] = w[0] * a[k] + w[1] * b[k] + w[2] * c[k] + w[3] * d[k];
        }
        sum
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! wide {
    ($simd:ty, $register:ty, $parts:literal, $splat:ident, $mul:ident, $add:ident) => {
        impl Wide for $simd {
            #[inline(always)]
            fn weigh(self, [a, b, c, d]: [&Row; 4], w: [f32; 4]) -> Row {
                let w0 = self.$splat(w[0]);
                let w1 = self.$splat(w[1]);
                let w2 = self.$splat(w[2]);
                let w3 = self.$splat(w[3]);
                let a: [$register; $parts] = pulp::cast(*a);
                let b: [$register; $parts] = pulp::cast(*b);
                let c: [$register; $parts] = pulp::cast(*c);
                let d: [$register; $parts] = pulp::cast(*d);
                let mut sum = a;
                for k in 0..$parts {
                    let ab = self.$add(self.$mul(w0, a[k]), self.$mul(w1, b[k]));
                    let abc = self.$add(ab, self.$mul(w2, c[k]));
                    sum[k] = self.$add(abc, self.$mul(w3, d[k]));
                }
                pulp::cast(sum)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
wide!(pulp::x86::V4, pulp::f32x16, 1, splat_f32x16, mul_f32x16, add_f32x16);
#[cfg(target_arch = "x86_64")]
wide!(pulp::x86::V3, pulp::f32x8, 2, splat_f32x8, mul_f32x8, add_f32x8);
#[cfg(target_arch = "x86_64")]
wide!(pulp::x86::V1, pulp::f32x4, 4, splat_f32x4, mul_f32x4, add_f32x4);
