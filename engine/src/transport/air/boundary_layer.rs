//! The boundary layer from one surface station: stability, similarity profile, mixing height.
//!
//! ```text
//! sin β  = sin φ sin δ + cos φ cos δ cos ω           sun height; δ after Cooper (1969), Solar Energy 12:333
//! class  = Pasquill (1961), Met. Mag. 90:33, by wind and sun height (Turner 1964, J. Appl. Met. 3:83)
//! 1/L    = a + b log10 z0                            Golder (1972), Bound.-Layer Met. 3:47
//! u(z)   = u*/κ [ln(z/z0) − ψ(z/L) + ψ(z0/L)]        ψ after Businger et al. (1971) and Dyer (1974); stable −5 z/L
//! h_n    = 0.3 u*/f     neutral                      Panofsky & Dutton (1984), ch. 6
//! h_s    = 0.4 √(u* L/f) stable                      Zilitinkevich (1972), Bound.-Layer Met. 3:141
//! h_c    = 125 m/K · max(T − Td) · √(∫ sin β dt, from sunrise, as a share of that to the early-afternoon peak)
//! ```
//! `h_c` takes the afternoon lifting condensation level (Espy's 125 m per kelvin of dew-point depression) as the top of the
//! convective layer and lets the layer grow with the root of the heat put in. h = max of what applies, held between
//! [`LEAST_HEIGHT_M`] and [`GREATEST_HEIGHT_M`]. No cloud is observed: rain stands for overcast, all else for clear sky.
//! Fails over sea, in mountains, and wherever the station does not stand for the air that moves.

use crate::region::calendar::{DAY, HOUR, Time};
use crate::region::settings::AirSettings;

const KARMAN: f64 = 0.4;
/// Shallowest layer; what buildings and ships stir.
pub const LEAST_HEIGHT_M: f64 = 150.0;
/// Deepest layer in the cold half of the year.
pub const GREATEST_HEIGHT_M: f64 = 1800.0;
/// Metres of lifting per kelvin of dew-point depression (Espy).
const ESPY_M_PER_K: f64 = 125.0;
/// Dew-point depression where none is measured, K.
const DEPRESSION_K: f64 = 6.0;

/// Pasquill's classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stability {
    /// Very unstable.
    A,
    /// Unstable.
    B,
    /// Slightly unstable.
    C,
    /// Neutral.
    D,
    /// Slightly stable.
    E,
    /// Stable.
    F,
}

/// The layer during one hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// Pasquill class.
    pub stability: Stability,
    /// Mean wind of the mixed layer over the wind at the station's height.
    pub wind_ratio: f64,
    /// Mixing height, m.
    pub height_m: f64,
}

/// Sine of the sun's height.
pub fn sun_height(air: &AirSettings, time: Time) -> f64 {
    let rad = std::f64::consts::PI / 180.0;
    let day = f64::from(time.day_of_year(0));
    let declination = 23.45 * rad * (std::f64::consts::TAU * (284.0 + day) / 365.0).sin();
    let solar_hour = (time.0 + (air.longitude / 15.0 * HOUR as f64) as i64).rem_euclid(DAY) as f64 / HOUR as f64;
    let angle = (solar_hour - 12.0) * 15.0 * rad;
    let latitude = air.latitude * rad;
    latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos()
}

/// Pasquill's class from the wind at 10 m, the sun, and rain.
pub fn stability(wind_m_s: f64, sin_sun: f64, rain: bool) -> Stability {
    use Stability::{A, B, C, D, E, F};
    if rain {
        return D;
    }
    let degrees = sin_sun.clamp(-1.0, 1.0).asin().to_degrees();
    let step = |limits: [f64; 4], classes: [Stability; 5]| {
        limits.iter().position(|l| wind_m_s < *l).map_or(classes[4], |i| classes[i])
    };
    match degrees {
        d if d > 60.0 => step([2.0, 3.0, 5.0, 6.0], [A, A, B, C, C]),
        d if d > 35.0 => step([2.0, 3.0, 5.0, 6.0], [A, B, B, C, D]),
        d if d > 15.0 => step([2.0, 3.0, 5.0, 6.0], [B, C, C, D, D]),
        d if d > 0.0 => step([2.0, 3.0, 5.0, 6.0], [C, C, D, D, D]),
        _ => step([2.0, 3.0, 5.0, 6.0], [F, F, E, D, D]),
    }
}

/// 1/L, m⁻¹ (Golder 1972, coefficients as tabulated by Seinfeld & Pandis 1998, Table 16.4).
fn inverse_obukhov(class: Stability, roughness_m: f64) -> f64 {
    let (a, b) = match class {
        Stability::A => (-0.096, 0.029),
        Stability::B => (-0.037, 0.029),
        Stability::C => (-0.002, 0.018),
        Stability::D => (0.0, 0.0),
        Stability::E => (0.004, -0.018),
        Stability::F => (0.035, -0.036),
    };
    let inverse = a + b * roughness_m.log10();
    // Over very smooth or very rough ground the line crosses zero; a class keeps its sign.
    match class {
        Stability::A | Stability::B | Stability::C => inverse.min(-1e-4),
        Stability::D => 0.0,
        Stability::E | Stability::F => inverse.max(1e-4),
    }
}

/// ψ(ζ), the correction of the logarithmic wind profile.
fn psi(zeta: f64) -> f64 {
    if zeta >= 0.0 {
        -5.0 * zeta.min(1.0)
    } else {
        let x = (1.0 - 16.0 * zeta).powf(0.25);
        2.0 * ((1.0 + x) / 2.0).ln() + ((1.0 + x * x) / 2.0).ln() - 2.0 * x.atan() + std::f64::consts::FRAC_PI_2
    }
}

/// κ u(z) / u*.
fn profile(z: f64, roughness_m: f64, inverse_l: f64) -> f64 {
    ((z / roughness_m).ln() - psi(z * inverse_l) + psi(roughness_m * inverse_l)).max(0.1)
}

/// The layer in one hour: `convective_m` is the depth that the sun has built by then.
pub fn layer(air: &AirSettings, wind_m_s: f64, sin_sun: f64, rain: bool, convective_m: f64) -> Layer {
    let class = stability(wind_m_s, sin_sun, rain);
    let inverse_l = inverse_obukhov(class, air.roughness_m);
    let at_station = profile(air.wind_height_m, air.roughness_m, inverse_l);
    let friction = KARMAN * wind_m_s / at_station;
    let coriolis = (2.0 * 7.2921e-5 * air.latitude.to_radians().sin()).abs().max(2e-5);
    let mechanical = match class {
        Stability::E | Stability::F => 0.4 * (friction / (inverse_l * coriolis)).sqrt(),
        _ => 0.3 * friction / coriolis,
    };
    let height_m = mechanical.max(convective_m).clamp(LEAST_HEIGHT_M, GREATEST_HEIGHT_M);
    // Similarity holds in the lowest tenth of the layer; above it the wind is taken as constant.
    let surface_layer = (0.1 * height_m).max(air.wind_height_m);
    const POINTS: usize = 8;
    let below: f64 = (0..POINTS)
        .map(|i| {
            profile(
                air.roughness_m + (surface_layer - air.roughness_m) * (i as f64 + 0.5) / POINTS as f64,
                air.roughness_m,
                inverse_l,
            )
        })
        .sum::<f64>()
        / POINTS as f64;
    let above = profile(surface_layer, air.roughness_m, inverse_l);
    let share_below = surface_layer / height_m;
    Layer { stability: class, wind_ratio: (share_below * below + (1.0 - share_below) * above) / at_station, height_m }
}

/// Depth of the convective layer at the hours of one local solar day, m: `depression_k` is the greatest dew-point
/// depression of the day; `sin_sun` the sun's height at each hour, from midnight.
pub fn convective_depths(depression_k: Option<f64>, sin_sun: &[f64]) -> Vec<f64> {
    let top = ESPY_M_PER_K * depression_k.unwrap_or(DEPRESSION_K).max(0.0);
    let mut heat = 0.0;
    let heated: Vec<f64> = sin_sun
        .iter()
        .map(|s| {
            heat += s.max(0.0);
            heat
        })
        .collect();
    // The layer stops growing about two hours after noon, when the surface begins to lose more than it gains.
    let peak = sin_sun.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i + 2);
    let full = heated.get(peak.min(heated.len().saturating_sub(1))).copied().unwrap_or(0.0);
    heated
        .iter()
        .zip(sin_sun)
        .map(|(h, s)| if *s > 0.0 && full > 0.0 { top * (h / full).min(1.0).sqrt() } else { 0.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn air() -> AirSettings {
        AirSettings {
            latitude: 31.2,
            longitude: 121.5,
            sector_width_deg: 90.0,
            wind_height_m: 10.0,
            roughness_m: 0.5,
            cell_deg: 0.25,
            receptor_radius_m: 15_000.0,
            hours: 72,
            particles: 8,
            seed: 1,
        }
    }

    #[test]
    fn the_sun_stands_highest_at_solar_noon_and_is_down_at_midnight() {
        let noon = Time::parse("2015-12-22T12:00+08:06", 0).map(|t| sun_height(&air(), t)).unwrap();
        // noon height at the winter solstice: 90 − 31.2 − 23.45 degrees
        assert!((noon.asin().to_degrees() - 35.35).abs() < 0.2, "{}", noon.asin().to_degrees());
        assert!(sun_height(&air(), Time::parse("2015-12-22T00:00+08:00", 0).unwrap()) < 0.0);
    }

    #[test]
    fn a_neutral_profile_is_the_logarithm() {
        // u(z)/u(10) = ln(z/z0)/ln(10/z0)
        let ratio = profile(100.0, 0.5, 0.0) / profile(10.0, 0.5, 0.0);
        assert!((ratio - (200f64).ln() / (20f64).ln()).abs() < 1e-12);
    }

    #[test]
    fn the_layer_is_deeper_with_more_wind_and_by_day() {
        let by_night = layer(&air(), 2.0, -0.5, false, 0.0);
        let windy = layer(&air(), 8.0, -0.5, false, 0.0);
        let by_day = layer(&air(), 2.0, 0.5, false, 900.0);
        assert!(by_night.height_m < windy.height_m && by_night.height_m < by_day.height_m);
        assert_eq!(by_night.stability, Stability::F);
        assert_eq!(layer(&air(), 2.0, 0.5, true, 0.0).stability, Stability::D);
    }
}
