//! What a building does to the plume of a stack on or beside it.
//!
//! ```text
//! L = min(H, W)     a stack is in the wake where the plume, risen by its speed alone at 2H, stands below H + 1.5 L
//! wake              σz = A (0.7 L + 0.067 (x − 3L))      3L ≤ x < 10L, all in squat buildings L = H   (Huber & Snyder 1982)
//!                   σy = 0.35 min(W, 5H) + 0.067 (x − 3L)    where the stack is no higher than 1.2 H
//! decay             A = 1 for h_e ≤ H;  1 − (h_e − H)/(2L) up to H + 2L;  0 above                 (Schulman & Scire 1980)
//! rise              Z³ + (3L_y/(πβ) + 3R/β) Z² + (6R L_y/(πβ²) + 3R²/β²) Z = 3F_m x/(β_j² u²) + 3F_b x²/(2β² u³)
//!                   R = √2 σz and L_y = √(2π)(σy − σz) ≥ 0 at 3L, β = 0.6, β_j = ⅓ + u/v_s        (Schulman & Scire 1980)
//! ```
//! `H` height of the building and `W` its width across the wind, m; `h_e` height of the plume; `u` wind at stack top; F_b and F_m
//! as in [`super::plume_rise`]. These are the equations of the Industrial Source Complex model (EPA-454/B-95-003b, section
//! 1.1.5.3), which takes the decay and the diluted rise where the stack is no higher than H + L/2 and takes neither above.
//!
//! [`wake`] gives the plume at the end of the cavity, x = 3L: from there on it is left to the turbulence of the air, which the wake
//! still exceeds up to 10L. Fails: within the cavity; for stacks away from the building; for roofs that are not flat.

use super::plume_rise::{Ambient, LEAST_WIND_M_S, Stack, fluxes, rise};
use std::f64::consts::PI;

/// A building that the wind goes around.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Building {
    /// Height, m.
    pub height_m: f64,
    /// Width across the wind, m.
    pub width_m: f64,
}

/// A plume in the wake of a building.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wake {
    /// Where the cavity ends, m downwind.
    pub distance_m: f64,
    /// σ of the plume there, across the wind, m.
    pub across_m: f64,
    /// σ of the plume there, upward, m.
    pub up_m: f64,
    mouth_m: f64,
    /// Coefficients of Z², of Z, of x and of x².
    cubic: Option<[f64; 4]>,
    undiluted: super::plume_rise::Rise,
}

/// Entrainment of a bent plume.
const ENTRAINMENT: f64 = 0.6;

/// The wake that a stack's plume is drawn into; `None` where it passes over.
pub fn wake(stack: &Stack, air: &Ambient, building: &Building) -> Option<Wake> {
    let (height, width) = (building.height_m, building.width_m);
    let lesser = height.min(width);
    let u = air.wind_m_s.max(LEAST_WIND_M_S);
    let plume = rise(stack, air);
    let (buoyancy, momentum) = fluxes(stack, air);
    let jet = if stack.speed_m_s > 0.0 { 1.0 / 3.0 + u / stack.speed_m_s } else { 1.0 };
    let lifted = stack.height_m + (3.0 * momentum * 2.0 * height / (jet * u).powi(2)).cbrt();
    if lesser <= 0.0 || lifted > height + 1.5 * lesser {
        return None;
    }
    let low = stack.height_m <= height + 0.5 * lesser;
    let decay = if low { (1.0 - (lifted - height) / (2.0 * lesser)).clamp(0.0, 1.0) } else { 1.0 };
    let up_m = 0.7 * lesser * decay;
    let across_m = if stack.height_m <= 1.2 * height { 0.35 * width.min(5.0 * height) } else { 0.0 };
    let cubic = low.then(|| {
        let (radius, line) = (2f64.sqrt() * up_m, (2.0 * PI).sqrt() * (across_m - up_m).max(0.0));
        let b = ENTRAINMENT;
        [
            3.0 * line / (PI * b) + 3.0 * radius / b,
            6.0 * radius * line / (PI * b * b) + 3.0 * radius * radius / (b * b),
            3.0 * momentum / (jet * u).powi(2),
            1.5 * buoyancy / (b * b * u.powi(3)),
        ]
    });
    // No tip downwash beside the building's own.
    let mouth_m = if low { stack.height_m } else { plume.mouth_m };
    Some(Wake { distance_m: 3.0 * lesser, across_m, up_m, mouth_m, cubic, undiluted: plume })
}

impl Wake {
    /// Height of the plume's axis above ground at a distance downwind, m; no further up than without the building.
    pub fn height_at_m(&self, distance_m: f64) -> f64 {
        let free = self.undiluted.height_at_m(distance_m) - self.undiluted.mouth_m;
        let Some([second, first, jet, heat]) = self.cubic else { return self.mouth_m + free };
        let x = distance_m.clamp(0.0, self.undiluted.distance_m);
        let wanted = jet * x + heat * x * x;
        // The left side grows with Z ≥ 0: halve the interval that holds the root.
        let (mut low, mut high) = (0.0, wanted.cbrt());
        for _ in 0..60 {
            let z = 0.5 * (low + high);
            if ((z + second) * z + first) * z < wanted { low = z } else { high = z }
        }
        self.mouth_m + low.min(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AIR: Ambient = Ambient { wind_m_s: 6.0, temperature_k: 298.0, potential_gradient_k_m: 0.0 };
    const HALL: Building = Building { height_m: 10.0, width_m: 25.0 };

    fn stack(height_m: f64) -> Stack {
        Stack { height_m, diameter_m: 0.6, speed_m_s: 11.0, temperature_k: 640.0 }
    }

    #[test]
    fn a_tall_stack_passes_over_and_a_low_one_does_not() {
        assert!(wake(&stack(40.0), &AIR, &HALL).is_none());
        assert!(wake(&stack(11.0), &AIR, &HALL).is_some());
        assert!(wake(&stack(11.0), &AIR, &Building { height_m: 0.0, width_m: 25.0 }).is_none());
    }

    #[test]
    fn the_wake_mixes_less_the_higher_the_plume_stands_over_the_roof() {
        let up = |height: f64| wake(&stack(height), &AIR, &HALL).unwrap().up_m;
        assert!((up(3.0) - 7.0).abs() < 1e-12, "below the roof all of 0.7 H");
        assert!(up(3.0) > up(10.0) && up(10.0) > up(14.0));
        // σy is raised only up to 1.2 H.
        let across = |height: f64| wake(&stack(height), &AIR, &HALL).unwrap().across_m;
        assert_eq!((across(11.9), across(12.1)), (0.35 * 25.0, 0.0));
    }

    #[test]
    fn a_diluted_plume_satisfies_its_cubic_and_rises_less_than_a_free_one() {
        let wake = wake(&stack(11.0), &AIR, &HALL).unwrap();
        let [second, first, jet, heat] = wake.cubic.unwrap();
        for x in [10.0, 50.0, 100.0] {
            let z = wake.height_at_m(x) - 11.0;
            let left = z.powi(3) + second * z * z + first * z;
            assert!((left / (jet * x + heat * x * x) - 1.0).abs() < 1e-9);
            assert!(z > 0.0 && z < wake.undiluted.height_at_m(x) - wake.undiluted.mouth_m);
        }
        assert_eq!(wake.height_at_m(1e4), wake.height_at_m(1e5));
    }
}
