//! How high the plume of a stack rises, and the height bands that its emissions therefore enter.
//!
//! ```text
//! F_b = g v_s d² (T_s − T_a) / (4 T_s)        F_m = v_s² d² T_a / (4 T_s)        s = (g/T_a) ∂θ/∂z
//! stack tip          h′ = h + 2 d (v_s/u − 1.5)          where v_s < 1.5 u, else h          (Briggs 1974)
//! bent over          Δh(x) = 1.60 F_b^⅓ x^⅔ / u          while x < x_f                      (Briggs 1972)
//! neutral, unstable  x_f = 49 F_b^⅝  (F_b < 55)  or  119 F_b^⅖;   Δh = Δh(x_f)            (Briggs 1971)
//! stable             x_f = 2.0715 u s^−½;   Δh = 2.6 (F_b / (u s))^⅓;   calm  4 F_b^¼ s^−⅜   (Briggs 1975, 1969)
//! jet                Δh = 3 d v_s/u;   stable  1.5 (F_m / (u √s))^⅓, no more than in neutral air  (Briggs 1969)
//! jet, on its way    Δh(x) = (3 F_m x / (β² u²))^⅓,  β = ⅓ + u/v_s                          (Briggs 1975)
//! ```
//! `h` stack height, `d` its inner diameter, `v_s` and `T_s` speed and temperature of the gas, `u`, `T_a`, ∂θ/∂z the wind, air
//! temperature and stability at stack top. A plume rises by its heat or by its speed, whichever carries it higher; the
//! crossover temperatures of the ISC guide are that comparison solved for T_s − T_a. No buildings, no terrain, no second
//! layer: the rise takes no notice of the lid of a mixed layer, and what ends above it is released above it.

use crate::problem::{Error, Result};

const GRAVITY: f64 = 9.806_65;
/// A calmer wind at stack top is taken as this, m s⁻¹: the bent-over formulas divide by it.
const LEAST_WIND_M_S: f64 = 1.0;

/// What leaves the ground through a pipe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stack {
    /// Height above ground of the mouth, m.
    pub height_m: f64,
    /// Inner diameter of the mouth, m; 0 for a source that has no plume of its own.
    pub diameter_m: f64,
    /// Speed of the gas, m s⁻¹.
    pub speed_m_s: f64,
    /// Temperature of the gas, K.
    pub temperature_k: f64,
}

/// The air at stack top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ambient {
    /// Wind, m s⁻¹.
    pub wind_m_s: f64,
    /// Temperature, K.
    pub temperature_k: f64,
    /// ∂θ/∂z, K m⁻¹; 0 or less where neutral or unstable.
    pub potential_gradient_k_m: f64,
}

/// The plume of one stack in one hour's air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// Height of the mouth after stack-tip downwash, m above ground.
    pub mouth_m: f64,
    /// Rise above it in the end, m.
    pub final_m: f64,
    /// Where the end is reached, m downwind.
    pub distance_m: f64,
    buoyancy: f64,
    momentum: f64,
    /// Wind, m s⁻¹.
    wind: f64,
    /// β of a jet.
    entrainment: f64,
    by_heat: bool,
}

/// The rise of a stack's plume.
pub fn rise(stack: &Stack, air: &Ambient) -> Rise {
    let u = air.wind_m_s.max(LEAST_WIND_M_S);
    let (d, v) = (stack.diameter_m.max(0.0), stack.speed_m_s.max(0.0));
    let tip = if v < 1.5 * u { 2.0 * d * (v / u - 1.5) } else { 0.0 };
    let excess = (stack.temperature_k - air.temperature_k).max(0.0);
    let buoyancy = GRAVITY * v * d * d * excess / (4.0 * stack.temperature_k);
    let momentum = v * v * d * d * air.temperature_k / (4.0 * stack.temperature_k);
    let stability = GRAVITY / air.temperature_k * air.potential_gradient_k_m.max(0.0);
    let stable = stability > 0.0;
    let neutral_distance = if buoyancy < 55.0 { 49.0 * buoyancy.powf(0.625) } else { 119.0 * buoyancy.powf(0.4) };
    let (mut heat, mut heat_distance) = (bent_over(buoyancy, u, neutral_distance), neutral_distance);
    // The jet of a cold plume in neutral air ends at 4 d (v + 3u)² / (v u) (Briggs 1975).
    let jet_distance = if v > 0.0 { 4.0 * d * (v + 3.0 * u).powi(2) / (v * u) } else { 0.0 };
    let (mut jet, mut jet_end) = (3.0 * d * v / u, jet_distance);
    if stable {
        let lid = 2.6 * (buoyancy / (u * stability)).cbrt();
        let calm = 4.0 * buoyancy.powf(0.25) * stability.powf(-0.375);
        if lid.min(calm) < heat {
            (heat, heat_distance) = (lid.min(calm), 2.0715 * u / stability.sqrt());
        }
        let slow = 1.5 * (momentum / (u * stability.sqrt())).cbrt();
        if slow < jet {
            (jet, jet_end) = (slow, 0.5 * std::f64::consts::PI * u / stability.sqrt());
        }
    }
    let by_heat = heat >= jet;
    let (final_m, distance_m) = if by_heat { (heat, heat_distance) } else { (jet, jet_end) };
    Rise {
        mouth_m: (stack.height_m + tip).max(0.0),
        final_m,
        distance_m,
        buoyancy,
        momentum,
        wind: u,
        entrainment: if v > 0.0 { 1.0 / 3.0 + u / v } else { 1.0 },
        by_heat,
    }
}

fn bent_over(buoyancy: f64, wind: f64, distance: f64) -> f64 {
    1.60 * buoyancy.cbrt() * distance.max(0.0).powf(2.0 / 3.0) / wind
}

impl Rise {
    /// Height of the axis above ground in the end, m.
    pub fn height_m(&self) -> f64 {
        self.mouth_m + self.final_m
    }

    /// Height of the axis above ground at a distance downwind, m.
    pub fn height_at_m(&self, distance_m: f64) -> f64 {
        let x = distance_m.clamp(0.0, self.distance_m);
        let risen = if self.by_heat {
            bent_over(self.buoyancy, self.wind, x)
        } else {
            (3.0 * self.momentum * x / (self.entrainment * self.wind).powi(2)).cbrt()
        };
        self.mouth_m + risen.min(self.final_m)
    }

    /// Heights between which the plume lies in the end, m: Δh/2 below its axis to Δh/2 above it (Briggs 1975).
    pub fn layer_m(&self) -> (f64, f64) {
        (self.mouth_m + 0.5 * self.final_m, self.mouth_m + 1.5 * self.final_m)
    }

    /// σ of the plume's own mixing while it rose `risen_m`, both across and upward, m: Δh/3.5 (Pasquill 1976).
    pub fn spread_m(risen_m: f64) -> f64 {
        risen_m / 3.5
    }
}

/// Sources that rise alike: the row of the source-profile table.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceClass {
    /// Name.
    pub name: String,
    /// Its stack.
    pub stack: Stack,
}

/// Source class × hour × height band → fraction of the emission that enters the air there.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceProfile {
    /// Lower edges of the bands, m above ground, and the upper edge of the last.
    pub edges_m: Vec<f64>,
    /// Classes, in order.
    pub classes: Vec<String>,
    hours: usize,
    fractions: Vec<f64>,
}

impl SourceProfile {
    /// The table of some classes in the air of each hour. `air(class, hour)` is the air at that stack's mouth. A plume fills
    /// the heights from Δh/2 below its final axis to Δh/2 above it evenly (Briggs 1975); what passes the last edge is put in
    /// the last band, so that each row sums to 1.
    pub fn new(
        classes: &[SourceClass],
        hours: usize,
        edges_m: &[f64],
        air: &dyn Fn(usize, usize) -> Ambient,
    ) -> Result<SourceProfile> {
        let rising = edges_m.windows(2).all(|e| e[1] > e[0]);
        if edges_m.len() < 2 || !rising || edges_m[0] != 0.0 || edges_m.iter().any(|e| !e.is_finite()) {
            return Err(Error::Stage(format!(
                "the height bands have the edges {edges_m:?} m; give at least two, rising from 0"
            )));
        }
        let bands = edges_m.len() - 1;
        let mut fractions = Vec::with_capacity(classes.len() * hours * bands);
        for (at, class) in classes.iter().enumerate() {
            for hour in 0..hours {
                let plume = rise(&class.stack, &air(at, hour));
                let (low, high) = plume.layer_m();
                fractions.extend(band_shares(low, high, edges_m));
            }
        }
        let classes = classes.iter().map(|c| c.name.clone()).collect();
        Ok(SourceProfile { edges_m: edges_m.to_vec(), classes, hours, fractions })
    }

    /// The fraction of each band for a class in an hour; `None` beyond the table.
    pub fn fractions(&self, class: usize, hour: usize) -> Option<&[f64]> {
        let bands = self.edges_m.len() - 1;
        let at = (class * self.hours + hour) * bands;
        if hour < self.hours { self.fractions.get(at..at + bands) } else { None }
    }
}

/// The share of an even layer from `low` to `high` that lies in each band.
pub fn band_shares(low: f64, high: f64, edges_m: &[f64]) -> Vec<f64> {
    let last = edges_m.len() - 2;
    let depth = high - low;
    (0..=last)
        .map(|band| {
            let (bottom, top) = (edges_m[band], if band == last { f64::INFINITY } else { edges_m[band + 1] });
            if depth > 0.0 {
                (high.min(top) - low.max(bottom)).max(0.0) / depth
            } else {
                f64::from(low >= bottom && low < top)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOT: Stack = Stack { height_m: 100.0, diameter_m: 5.0, speed_m_s: 20.0, temperature_k: 420.0 };

    fn air(wind: f64, gradient: f64) -> Ambient {
        Ambient { wind_m_s: wind, temperature_k: 290.0, potential_gradient_k_m: gradient }
    }

    #[test]
    fn a_hot_plume_in_neutral_air_ends_at_the_closed_forms_of_the_isc_guide() {
        // Δh = 38.71 F^⅗/u (F ≥ 55), 21.425 F^¾/u (F < 55)
        for (diameter, factor, power) in [(5.0, 38.71, 0.6), (1.0, 21.425, 0.75)] {
            let stack = Stack { diameter_m: diameter, ..HOT };
            let f = GRAVITY * 20.0 * diameter * diameter * 130.0 / (4.0 * 420.0);
            assert_eq!(f >= 55.0, diameter == 5.0);
            let plume = rise(&stack, &air(6.0, 0.0));
            let expected = factor * f64::powf(f, power) / 6.0;
            assert!((plume.final_m / expected - 1.0).abs() < 2e-3, "{} {expected}", plume.final_m);
            assert_eq!(plume.mouth_m, 100.0);
        }
    }

    #[test]
    fn in_stable_air_a_plume_stops_where_its_heat_is_spent() {
        let s = GRAVITY / 290.0 * 0.02;
        let f = GRAVITY * 20.0 * 25.0 * 130.0 / (4.0 * 420.0);
        let plume = rise(&HOT, &air(4.0, 0.02));
        assert!((plume.final_m - 2.6 * (f / (4.0 * s)).cbrt()).abs() < 1e-9);
        // 1.60 F^⅓ x^⅔/u meets 2.6 (F/us)^⅓ at x = 2.0715 u/√s
        assert!((plume.height_at_m(plume.distance_m) - plume.height_m()).abs() < 0.002 * plume.final_m);
        // Calm: 4 F^¼ s^−⅜ is the lower of the two.
        let calm = rise(&HOT, &air(0.1, 0.02));
        assert!((calm.final_m - (4.0 * f.powf(0.25) * s.powf(-0.375)).min(2.6 * (f / s).cbrt())).abs() < 1e-9);
        assert!(plume.final_m < rise(&HOT, &air(4.0, 0.0)).final_m);
    }

    #[test]
    fn a_cold_jet_rises_three_diameters_times_the_ratio_of_speeds() {
        let cold = Stack { temperature_k: 290.0, ..HOT };
        let plume = rise(&cold, &air(5.0, 0.0));
        assert!((plume.final_m - 3.0 * 5.0 * 20.0 / 5.0).abs() < 1e-9);
        let stable = rise(&cold, &air(5.0, 0.05));
        let (fm, s) = (20.0f64.powi(2) * 25.0 / 4.0, GRAVITY / 290.0 * 0.05);
        assert!((stable.final_m - 1.5 * (fm / (5.0 * s.sqrt())).cbrt()).abs() < 1e-9);
    }

    #[test]
    fn heat_overtakes_speed_at_the_crossover_temperature_of_the_isc_guide() {
        // ΔT_c = 0.0297 T_s v^⅓ d^−⅔ (F < 55); stable 0.019582 T_a v √s, as the two rises give it
        // (where the stable rise is the lower one; else a plume ends where it would in neutral air).
        for (gradient, v, d) in [(0.0f64, 15.0f64, 1.0f64), (0.1, 20.0, 5.0)] {
            let excess = if gradient > 0.0 {
                0.019_582 * v * (GRAVITY / 290.0 * gradient).sqrt()
            } else {
                0.0297 * v.cbrt() * d.powf(-2.0 / 3.0)
            };
            let hot_enough = |share: f64| {
                let crossing = share * excess;
                let temperature = if gradient > 0.0 { 290.0 * (1.0 + crossing) } else { 290.0 / (1.0 - crossing) };
                let stack = Stack { height_m: 50.0, diameter_m: d, speed_m_s: v, temperature_k: temperature };
                rise(&stack, &air(5.0, gradient)).by_heat
            };
            assert!(hot_enough(1.03) && !hot_enough(0.97), "{gradient}");
        }
    }

    #[test]
    fn a_slow_plume_is_drawn_down_behind_the_stack() {
        let slow = Stack { speed_m_s: 3.0, ..HOT };
        // v = 3 < 1.5 · 10: h′ = 100 + 2 · 5 · (0.3 − 1.5) = 88
        assert!((rise(&slow, &air(10.0, 0.0)).mouth_m - 88.0).abs() < 1e-12);
        assert_eq!(rise(&slow, &air(2.0, 0.0)).mouth_m, 100.0);
    }

    #[test]
    fn a_plume_climbs_without_a_jump_and_stays_at_its_end() {
        for (stack, gradient) in [(HOT, 0.0), (HOT, 0.03), (Stack { temperature_k: 290.0, ..HOT }, 0.0)] {
            let plume = rise(&stack, &air(5.0, gradient));
            let heights: Vec<f64> = (0..400).map(|x| plume.height_at_m(f64::from(x) * 10.0)).collect();
            assert!(heights.windows(2).all(|h| h[1] >= h[0]));
            assert!((heights[0] - plume.mouth_m).abs() < 1e-9);
            assert!((plume.height_at_m(1e6) / plume.height_m() - 1.0).abs() < 0.03, "{plume:?}");
        }
    }

    #[test]
    fn the_fractions_of_a_class_sum_to_one_and_follow_the_weather() {
        let classes = [
            SourceClass { name: "power".into(), stack: HOT },
            SourceClass {
                name: "road".into(),
                stack: Stack { height_m: 2.0, diameter_m: 0.0, speed_m_s: 0.0, temperature_k: 300.0 },
            },
        ];
        let edges = [0.0, 50.0, 150.0, 300.0, 600.0, 1200.0];
        let table =
            SourceProfile::new(&classes, 2, &edges, &|_, hour| air(if hour == 0 { 3.0 } else { 12.0 }, 0.0)).unwrap();
        for class in 0..2 {
            for hour in 0..2 {
                assert!((table.fractions(class, hour).unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(table.fractions(1, 0).unwrap(), [1.0, 0.0, 0.0, 0.0, 0.0]);
        let mean = |hour| table.fractions(0, hour).unwrap().iter().enumerate().map(|(b, f)| f * b as f64).sum::<f64>();
        assert!(mean(0) > mean(1), "the stronger wind keeps the plume lower");
        assert!(SourceProfile::new(&classes, 1, &[0.0, 10.0, 5.0], &|_, _| air(3.0, 0.0)).is_err());
    }
}
