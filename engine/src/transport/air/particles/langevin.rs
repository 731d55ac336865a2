//! The vertical Langevin equation of one block, in sub-steps.
//!
//! ```text
//! q = w′/σ,  r = (1/ρ) ∂ρ/∂z,  σ = σw(z),  T = T_w(z)
//! dq = −q/T dt + (σ′ + σ r) dt + √(2/T) dW        dz = σ q dt
//! ```
//! Thomson's (1987, J. Fluid Mech. 180:529) well-mixed model for Gaussian inhomogeneous turbulence, with the density correction
//! of Stohl & Thomson (1999, Boundary-Layer Meteorol. 90:155), in the normalised velocity of Wilson et al. (1983).
//!
//! **Splitting** (Strang 1968): half drift, then n times [half kick, relaxation, half kick] with drifts between, half drift.
//!
//! ```text
//! kick         q ← q + ½ Δ (σ′ + σ r)
//! relaxation   q ← α q + √(1 − α²) ξ            stationary variance 1 at any Δ
//!              α = (6 − 2x)/(6 + 4x + x²), x = Δ/T: exp(−x) to x⁴/72, to 2e-5 at x = 0.2
//! drift        z ← z + σ q Δ (1 + ½ σ′ q Δ)     the flow of dz/dt = σ(z) q to second order, from one evaluation
//! ```
//! **Euler**: q ← (1 − x) q + √(2x) ξ + Δ (σ′ + σ r), z ← z + σ q Δ; what FLEXPART does, with x ≤ 1/40 there at its finest.
//!
//! At the ground and at the lid a particle is reflected and q turned round.

use super::elementary::{LANES, Lane, lanes};
use super::random::{NORMALS, Stream};
use super::turbulence::Profile;

/// How the equation is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Second order.
    Splitting,
    /// First order.
    Euler,
}

/// The vertical motion of a group.
pub struct Motion {
    /// Height, m.
    pub z: Lane,
    /// Velocity over σw.
    pub q: Lane,
    /// Relative density gradient, m⁻¹.
    pub density_gradient: Lane,
    /// Time below the surface layer's top, s.
    pub near_ground_s: Lane,
    /// Mean height over the block, m.
    pub mean_height: Lane,
    /// 1/T_w at the last sub-step, s⁻¹.
    pub rate: Lane,
}

/// Where the numbers come from.
pub struct Draw<'a> {
    /// The stream of the chunk.
    pub stream: Stream,
    /// The moment.
    pub moment: u32,
    /// The particles.
    pub particle: &'a [u32; LANES],
}

#[inline(always)]
fn reflect(z: f32, q: f32, lid: f32) -> (f32, f32) {
    let (z, q) = if z < 0.0 { (-z, -q) } else { (z, q) };
    let (z, q) = if z > lid { (2.0 * lid - z, -q) } else { (z, q) };
    // A flight longer than the layer is deep.
    (z.max(0.0), q)
}

/// One block of `n` sub-steps for a group whose particles all lie below their lid. `dt` is the whole block, s. `ready` holds
/// normals already drawn, of which those from `used` on are free; further ones are drawn by calls from 1 on.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub fn block<const R: u8>(
    profile: &Profile,
    motion: &mut Motion,
    scheme: Scheme,
    n: u32,
    dt: &Lane,
    draw: &Draw<'_>,
    ready: &mut [Lane; NORMALS],
    used: usize,
    surface_layer: f32,
) {
    let lanes = lanes();
    let share = 1.0 / n as f32;
    let mut step = [0.0; LANES];
    for l in 0..lanes {
        step[l] = dt[l] * share;
        motion.near_ground_s[l] = 0.0;
        motion.mean_height[l] = 0.0;
    }
    if scheme == Scheme::Splitting {
        for l in 0..lanes {
            let here = profile.vertical::<R>(l, motion.z[l]);
            let half = 0.5 * step[l] * motion.q[l];
            let z = motion.z[l] + here.sigma * half * (1.0 + 0.5 * here.slope * half);
            (motion.z[l], motion.q[l]) = reflect(z, motion.q[l], profile.depth[l]);
        }
    }
    let (mut next, mut call) = (used, 1);
    for k in 0..n {
        if next == NORMALS {
            draw.stream.normals(call, draw.moment, draw.particle, ready);
            (next, call) = (0, call + 1);
        }
        let xi = &ready[next];
        next += 1;
        match scheme {
            Scheme::Splitting => {
                // The last drift is half a step.
                let part = if k + 1 == n { 0.5 } else { 1.0 };
                for l in 0..lanes {
                    let z = motion.z[l];
                    let here = profile.vertical::<R>(l, z);
                    let x = step[l] * here.rate;
                    let kick = 0.5 * step[l] * (here.slope + here.sigma * motion.density_gradient[l]);
                    let inverse = 1.0 / (6.0 + x * (4.0 + x));
                    let alpha = (6.0 - 2.0 * x) * inverse;
                    let beta = (x * (6.0 + x) * (12.0 + x * (2.0 + x))).sqrt() * inverse;
                    let q = (motion.q[l] + kick) * alpha + beta * xi[l] + kick;
                    let flight = part * step[l] * q;
                    let moved = z + here.sigma * flight * (1.0 + 0.5 * here.slope * flight);
                    motion.near_ground_s[l] += if z < surface_layer { step[l] } else { 0.0 };
                    motion.mean_height[l] += z * share;
                    motion.rate[l] = here.rate;
                    (motion.z[l], motion.q[l]) = reflect(moved, q, profile.depth[l]);
                }
            }
            Scheme::Euler => {
                for l in 0..lanes {
                    let z = motion.z[l];
                    let here = profile.vertical::<R>(l, z);
                    let x = (step[l] * here.rate).min(1.0);
                    let drift = step[l] * (here.slope + here.sigma * motion.density_gradient[l]);
                    let q = (1.0 - x) * motion.q[l] + (2.0 * x).sqrt() * xi[l] + drift;
                    let moved = z + here.sigma * q * step[l];
                    motion.near_ground_s[l] += if z < surface_layer { step[l] } else { 0.0 };
                    motion.mean_height[l] += z * share;
                    motion.rate[l] = here.rate;
                    (motion.z[l], motion.q[l]) = reflect(moved, q, profile.depth[l]);
                }
            }
        }
    }
}

/// One horizontal component over a block, drawn exactly (jointly: the velocity at its end and the distance).
///
/// ```text
/// x = Δ/T, α = exp(−x)
/// q(Δ) = α q + √(1 − α²) ξ₁
/// ∫q dt = T [(1 − α) q + (1 − α)²/√(1 − α²) ξ₁ + √(2x − 4 (1 − α)/(1 + α)) ξ₂]
/// ```
/// Gillespie (1996, Phys. Rev. E 54:2084). Returns (q(Δ), ∫q dt in seconds).
#[inline(always)]
pub fn wander(q: f32, dt: f32, time: f32, xi1: f32, xi2: f32) -> (f32, f32) {
    let x = dt / time;
    let alpha = super::elementary::exp_minus(x);
    // 1 − α and the last variance lose their digits at small x; there by their series.
    let lost = if x < 0.1 { x * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0)))) } else { 1.0 - alpha };
    let variance = if x < 0.5 {
        x * x * x * (1.0 / 6.0) * (1.0 - x * x * (0.1 - x * x * (17.0 / 1680.0)))
    } else {
        2.0 * x - 4.0 * lost / (1.0 + alpha)
    };
    let beta = (lost * (1.0 + alpha)).sqrt();
    // (1 − α)²/β = (1 − α)^1.5/√(1 + α)
    let shared = lost * (lost / (1.0 + alpha)).sqrt();
    let distance = time * (lost * q + shared * xi1 + variance.max(0.0).sqrt() * xi2);
    (alpha * q + beta * xi1, distance)
}
