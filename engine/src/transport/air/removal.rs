//! What happens to a particle's load on the way: the chain, dry deposition, washout, and the depth it is mixed through.
//!
//! ```text
//! dc_s/dt = (A c)_s − [v_d,s / h₂₄ + Λ_s (P / 1 mm h⁻¹)^b] c_s
//! ```
//! h₂₄ is the greatest mixing height of the last 24 h: over a day a pollutant touches the ground through that depth.
//! A particle emitted at t′ and felt at t is diluted through H = max h over [t′, t]: what was mixed high by day stays high
//! when the layer below turns stable.

use super::motion::STEP_S;
use super::motion::STEPS_PER_HOUR;
use super::weather::Driver;
use crate::region::source::Removal;
use crate::transport::chain::{Chain, Matrix};

/// Step by step: the propagator of the chain and the mixing height.
pub struct Fate {
    propagators: Vec<Matrix>,
    heights: Vec<f64>,
}

impl Fate {
    /// From the driver and the removal table.
    pub fn new(driver: &Driver, chain: &Chain, removals: &[Removal]) -> Fate {
        let loss = |species: &String, residual_m: f64, rain: f64| {
            let Some(r) = removals.iter().find(|r| r.species == *species) else { return 0.0 };
            let wet = if rain > 0.0 { r.washout_per_s * rain.powf(r.washout_exponent) } else { 0.0 };
            r.dry_velocity_m_s / residual_m + wet
        };
        let propagators = driver
            .hours
            .iter()
            .map(|h| {
                let losses: Vec<f64> = chain.species.iter().map(|s| loss(s, h.residual_m, h.rain_mm_h)).collect();
                chain.propagator(STEP_S as f64, &losses)
            })
            .collect();
        Fate { propagators, heights: driver.hours.iter().map(|h| h.layer.height_m).collect() }
    }

    /// The propagator of the chain over a step.
    pub fn propagator(&self, step: usize) -> &Matrix {
        &self.propagators[step / STEPS_PER_HOUR]
    }

    /// Mixing height in a step, m.
    pub fn height_m(&self, step: usize) -> f64 {
        self.heights[step / STEPS_PER_HOUR]
    }
}
