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

use super::elementary::exp_minus;
use super::random::{NORMALS, Stream};
use super::turbulence::Profile;
use super::wide::{F, Wide};

/// How the equation is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Second order.
    Splitting,
    /// First order.
    Euler,
}

/// The vertical motion of sixteen particles.
#[derive(Clone, Copy)]
pub struct Motion<W: Wide> {
    /// Height, m.
    pub z: F<W>,
    /// Velocity over σw.
    pub q: F<W>,
    /// Relative density gradient, m⁻¹.
    pub density_gradient: F<W>,
    /// Time below the surface layer's top, s.
    pub near_ground_s: F<W>,
    /// Mean height over the block, m.
    pub mean_height: F<W>,
    /// 1/T_w at the last sub-step, s⁻¹.
    pub rate: F<W>,
}

/// Sixteen particles and where their numbers come from.
#[derive(Clone, Copy)]
pub struct Draw<W: Wide> {
    /// The stream of the chunk.
    pub stream: Stream,
    /// The moment.
    pub moment: u32,
    /// Their numbers within the release.
    pub particle: W::Words,
    /// Normals of the last call.
    pub ready: [F<W>; NORMALS],
}

#[inline(always)]
fn reflect<W: Wide>(z: F<W>, q: F<W>, lid: F<W>) -> (F<W>, F<W>) {
    let low = z.below(0.0);
    let (z, q) = (low.choose(-z, z), low.choose(-q, q));
    let high = lid.less(z);
    let (z, q) = (high.choose(2.0 * lid - z, z), high.choose(-q, q));
    // A flight longer than the layer is deep.
    (z.at_least(0.0), q)
}

/// One block of `n` sub-steps for particles that all lie below their lids, sixteen at a time (several sixteens side by side, so
/// that the processor has other work while one waits for a root). `dt` is the whole block, s. Normals from `used` on
/// are free; further ones are drawn by calls from 1 on.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub fn block<const R: u8, W: Wide>(
    w: W,
    profiles: &[Profile<W>],
    motions: &mut [Motion<W>],
    scheme: Scheme,
    n: u32,
    dt: &[F<W>],
    draws: &mut [Draw<W>],
    used: usize,
    surface_layer: f32,
) {
    let share = 1.0 / n as f32;
    for ((motion, profile), dt) in motions.iter_mut().zip(profiles).zip(dt) {
        motion.near_ground_s = F::of(w, 0.0);
        motion.mean_height = F::of(w, 0.0);
        if scheme == Scheme::Splitting {
            let here = profile.vertical::<R>(motion.z);
            let half = 0.5 * share * *dt * motion.q;
            let z = motion.z + here.sigma * half * (1.0 + 0.5 * here.slope * half);
            (motion.z, motion.q) = reflect(z, motion.q, profile.depth);
        }
    }
    let (mut next, mut call) = (used, 1);
    for k in 0..n {
        if next == NORMALS {
            for draw in draws.iter_mut() {
                draw.ready = draw.stream.normals(w, call, draw.moment, draw.particle);
            }
            (next, call) = (0, call + 1);
        }
        // The last drift is half a step.
        let part = if k + 1 == n { 0.5 } else { 1.0 };
        for (((motion, profile), dt), draw) in motions.iter_mut().zip(profiles).zip(dt).zip(draws.iter()) {
            let step = *dt * share;
            let xi = draw.ready[next];
            let z = motion.z;
            let here = profile.vertical::<R>(z);
            let kick = step * (here.slope + here.sigma * motion.density_gradient);
            let (q, moved) = match scheme {
                Scheme::Splitting => {
                    let x = step * here.rate;
                    let kick = 0.5 * kick;
                    let inverse = 1.0 / (6.0 + x * (4.0 + x));
                    let alpha = (6.0 - 2.0 * x) * inverse;
                    let beta = (x * (6.0 + x) * (12.0 + x * (2.0 + x))).sqrt() * inverse;
                    let q = (motion.q + kick) * alpha + beta * xi + kick;
                    let flight = part * step * q;
                    (q, z + here.sigma * flight * (1.0 + 0.5 * here.slope * flight))
                }
                Scheme::Euler => {
                    let x = (step * here.rate).at_most(1.0);
                    let q = (1.0 - x) * motion.q + (2.0 * x).sqrt() * xi + kick;
                    (q, z + here.sigma * q * step)
                }
            };
            motion.near_ground_s = motion.near_ground_s + z.below(surface_layer).choose(step, F::of(w, 0.0));
            motion.mean_height = motion.mean_height + z * share;
            motion.rate = here.rate;
            (motion.z, motion.q) = reflect(moved, q, profile.depth);
        }
        next += 1;
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
pub fn wander<W: Wide>(q: F<W>, dt: F<W>, time: F<W>, xi1: F<W>, xi2: F<W>) -> (F<W>, F<W>) {
    let x = dt / time;
    let alpha = exp_minus(x);
    // 1 − α and the last variance lose their digits at small x; there by their series.
    let series = x * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 24.0))));
    let lost = x.below(0.1).choose(series, 1.0 - alpha);
    let small = x * x * x * (1.0 / 6.0) * (1.0 - x * x * (0.1 - x * x * (17.0 / 1680.0)));
    let inverse = 1.0 / (1.0 + alpha);
    let variance = x.below(0.5).choose(small, 2.0 * x - 4.0 * lost * inverse);
    let beta = (lost * (1.0 + alpha)).sqrt();
    // (1 − α)²/β = (1 − α)^1.5/√(1 + α)
    let shared = lost * (lost * inverse).sqrt();
    let distance = time * (lost * q + shared * xi1 + variance.at_least(0.0).sqrt() * xi2);
    (alpha * q + beta * xi1, distance)
}
