//! How one particle moves in the uniform wind, forward or backward, with the same statistics.
//!
//! ```text
//! x(n) = x(n−1) + v(n) Δt
//! v(n) = −U(n) (sin θ, cos θ) + m(n)          U mean wind of the mixed layer, θ where it comes from
//! θ    = θ_sector + veer + W (Φ(z) − ½)        random direction within the sector of width W; 360° when calm
//! z, m_x/σ_m, m_y/σ_m                          stationary Ornstein–Uhlenbeck processes, x′ = ρ x + √(1−ρ²) ξ
//! ```
//! The processes are Gaussian, stationary and reversible, so a path followed backward from time n has the same law as one
//! followed forward to it: footprint and forward run differ by sampling only. Uniform wind cannot shear, turn with the
//! coast or converge; the meander m stands for what one station does not see.

use super::random::Stream;
use super::weather::Driver;
use crate::region::calendar::HOUR;

/// Length of a step, s.
pub const STEP_S: i64 = 1200;
/// Steps in an hour.
pub const STEPS_PER_HOUR: usize = (HOUR / STEP_S) as usize;
/// Persistence of the direction within its sector, s (sectors are reported hourly; three hours as usual for synoptic
/// reports). Assumed.
const DIRECTION_PERSISTENCE_S: f64 = 3.0 * 3600.0;
/// Spread of the meander, m s⁻¹ (each component), and its persistence, s: mesoscale motion that one station does not
/// resolve. Assumed, within the tested range 0.4–4 m/s.
const MEANDER_M_S: f64 = 2.5;
const MEANDER_PERSISTENCE_S: f64 = 12.0 * 3600.0;
/// Turning of the mixed-layer wind against the wind at 10 m, degrees to the right on the northern half. Assumed, within
/// the usual 0–30°.
const VEER_DEG: f64 = 15.0;

/// The wind of each step, prepared once for all particles.
pub struct Wind {
    from_deg: Vec<Option<f64>>,
    speed_m_s: Vec<f64>,
    width_deg: f64,
}

/// The random state of one particle.
#[derive(Debug, Clone, Copy)]
pub struct Wander {
    stream: Stream,
    draw: u32,
    z: [f64; 3],
}

impl Wind {
    /// From the driver, hour by hour; `width_deg` of the sectors, `latitude` for the side of the veer.
    pub fn new(driver: &Driver, width_deg: f64, latitude: f64) -> Wind {
        let veer = if latitude < 0.0 { -VEER_DEG } else { VEER_DEG };
        let steps = driver.hours.iter().flat_map(|h| std::iter::repeat_n(h, STEPS_PER_HOUR));
        let (from_deg, speed_m_s) = steps.map(|h| (h.from_deg.map(|d| d + veer), h.speed_m_s)).unzip();
        Wind { from_deg, speed_m_s, width_deg }
    }

    /// Displacement during a step, m east and north.
    pub fn displacement(&self, step: usize, wander: &Wander) -> (f64, f64) {
        let [z, mx, my] = wander.z;
        let spread = normal_cdf(z) - 0.5;
        let theta = match self.from_deg[step] {
            Some(from) => from + self.width_deg * spread,
            None => 360.0 * spread,
        }
        .to_radians();
        let (speed, dt) = (self.speed_m_s[step], STEP_S as f64);
        ((-speed * theta.sin() + MEANDER_M_S * mx) * dt, (-speed * theta.cos() + MEANDER_M_S * my) * dt)
    }
}

impl Wander {
    /// A particle in the stationary state.
    pub fn new(stream: Stream) -> Wander {
        let [a, b, c, _] = stream.normals(0);
        Wander { stream, draw: 1, z: [a, b, c] }
    }

    /// The next step, earlier or later: the law is the same.
    pub fn step(&mut self) {
        let dt = STEP_S as f64;
        let [a, b, c, _] = self.stream.normals(self.draw);
        self.draw += 1;
        let turn = |x: f64, xi: f64, persistence: f64| {
            let rho = (-dt / persistence).exp();
            rho * x + (1.0 - rho * rho).sqrt() * xi
        };
        let [z, mx, my] = self.z;
        self.z = [
            turn(z, a, DIRECTION_PERSISTENCE_S),
            turn(mx, b, MEANDER_PERSISTENCE_S),
            turn(my, c, MEANDER_PERSISTENCE_S),
        ];
    }
}

/// Φ(z) (Abramowitz & Stegun 1964, eq. 7.1.26, error below 1.5e-7).
fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - poly * (-x * x).exp();
    if z < 0.0 { 0.5 * (1.0 - erf) } else { 0.5 * (1.0 + erf) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::air::random::Purpose;

    #[test]
    fn the_normal_distribution_function_meets_tabulated_values() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_344_75), (-1.96, 0.024_997_90), (3.0, 0.998_650_10)] {
            assert!((normal_cdf(z) - p).abs() < 2e-7, "{z}");
        }
    }

    #[test]
    fn a_wanderer_stays_in_its_stationary_state() {
        let ends: Vec<f64> = (0..20_000)
            .map(|p| {
                let mut w = Wander::new(Stream::new(3, Purpose::Backward, 0, p));
                (0..30).for_each(|_| w.step());
                w.z[1]
            })
            .collect();
        let variance = ends.iter().map(|x| x * x).sum::<f64>() / ends.len() as f64;
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }
}
