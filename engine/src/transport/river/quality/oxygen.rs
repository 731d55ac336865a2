//! Dissolved oxygen, carried as its deficit D = C_sat − DO (kg m⁻³, signed: below 0 where the water is oversaturated).
//!
//! ```text
//! dD/dt = 1.0 k_d L + 4.57 k_n N + SOD/h − P + R − k_a D          (Streeter & Phelps 1925, with nitrification)
//! O'Connor & Dobbins (1958):        k_a(20) = 3.93 U^0.5 / H^1.5        0.30 < H < 9.14 m, 0.15 < U < 0.49 m/s
//! Churchill et al. (1962):          k_a(20) = 5.026 U / H^1.67          0.61 < H < 3.35 m, 0.55 < U < 1.52 m/s
//! Owens, Edwards & Gibbs (1964):    k_a(20) = 5.32 U^0.67 / H^1.85      0.12 < H < 0.73 m, 0.03 < U < 0.55 m/s
//! Covar (1976): Owens–Gibbs where H < 0.61 m; else O'Connor–Dobbins where H > 3.45 U^2.5; else Churchill
//! saturation, fresh water at 1 atm: ln C = −139.34411 + 1.575701e5/T − 6.642308e7/T² + 1.243800e10/T³ − 8.621949e11/T⁴
//! ```
//! `k_a` d⁻¹ at 20 °C (θ = 1.024), `U` m s⁻¹, `H` m; `C` mg L⁻¹, `T` K (APHA 1985 after Benson & Krause 1984; Chapra 1997,
//! eq. 19.32 and 20.42 to 20.44, §20.3). Since D is linear in everything that makes it, it rides in the chain as a species:
//! reaeration is its loss, sediment demand and effluent deficits are its sources, photosynthesis a negative one.
//! Nothing stops the deficit at saturation: where DO comes out below 2 mg L⁻¹ decay would in truth slow down, the linear
//! chain is no longer valid, and the value is flagged.

use serde::Serialize;

/// kg O2 per kg of ultimate carbonaceous oxygen demand.
pub const DEFICIT_PER_BOD: f64 = 1.0;
/// kg O2 per kg NH3-N nitrified to NO3-N (64/14).
pub const DEFICIT_PER_NH3N: f64 = 4.57;
/// θ of reaeration (Elmore & West 1961).
pub const REAERATION_THETA: f64 = 1.024;
/// Below this the linear chain is not valid, kg m⁻³.
pub const VALID_ABOVE_KG_M3: f64 = 2e-3;

/// A formula of reaeration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaeration {
    /// O'Connor & Dobbins (1958).
    OConnorDobbins,
    /// Churchill, Elmore & Buckingham (1962).
    Churchill,
    /// Owens, Edwards & Gibbs (1964).
    OwensGibbs,
    /// Whichever of the three was made for the depth and velocity (Covar 1976).
    Covar,
}

impl Reaeration {
    /// k_a at 20 °C, s⁻¹.
    pub fn per_s(self, velocity_m_s: f64, depth_m: f64) -> f64 {
        let (u, h) = (velocity_m_s.max(0.0), depth_m);
        let per_day = match self {
            Reaeration::OConnorDobbins => 3.93 * u.sqrt() / h.powf(1.5),
            Reaeration::Churchill => 5.026 * u / h.powf(1.67),
            Reaeration::OwensGibbs => 5.32 * u.powf(0.67) / h.powf(1.85),
            Reaeration::Covar if h < 0.61 => return Reaeration::OwensGibbs.per_s(u, h),
            Reaeration::Covar if h > 3.45 * u.powf(2.5) => return Reaeration::OConnorDobbins.per_s(u, h),
            Reaeration::Covar => return Reaeration::Churchill.per_s(u, h),
        };
        per_day / 86_400.0
    }
}

/// Saturation of fresh water, kg m⁻³. With elevation: 1 − 0.1148 z, z in km (Chapra 1997, eq. 19.38).
pub fn saturation_kg_m3(temperature_c: f64, elevation_m: f64) -> f64 {
    let t = temperature_c + 273.15;
    let ln =
        -139.344_11 + 1.575_701e5 / t - 6.642_308e7 / t.powi(2) + 1.243_800e10 / t.powi(3) - 8.621_949e11 / t.powi(4);
    ln.exp() * 1e-3 * (1.0 - 0.1148 * elevation_m / 1000.0)
}

/// Oxygen from its deficit, and whether the linear chain may be believed there.
pub fn oxygen(deficit_kg_m3: f64, temperature_c: f64, elevation_m: f64) -> (f64, bool) {
    let oxygen = saturation_kg_m3(temperature_c, elevation_m) - deficit_kg_m3;
    (oxygen, oxygen >= VALID_ABOVE_KG_M3)
}

/// Ultimate demand from a five-day bottle: L₀ = BOD₅ / (1 − e^(−5 k₁)), k₁ the rate in the bottle, d⁻¹ (Chapra 1997, eq. 19.21).
pub fn ultimate_bod(bod5: f64, bottle_rate_per_day: f64) -> f64 {
    bod5 / -(-5.0 * bottle_rate_per_day).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturation_and_reaeration_match_the_figures_of_the_books() {
        // APHA table: 14.621 at 0 °C, 9.092 at 20 °C, 7.559 at 30 °C (mg/L)
        for (t, mg_l) in [(0.0, 14.621), (20.0, 9.092), (30.0, 7.559)] {
            assert!((saturation_kg_m3(t, 0.0) * 1e3 - mg_l).abs() < 2e-3, "{t}");
        }
        // O'Connor–Dobbins, U = 0.25 m/s, H = 1 m: 3.93 · 0.5 = 1.965 per day
        assert!((Reaeration::OConnorDobbins.per_s(0.25, 1.0) * 86_400.0 - 1.965).abs() < 1e-12);
        assert_eq!(Reaeration::Covar.per_s(0.25, 0.5), Reaeration::OwensGibbs.per_s(0.25, 0.5));
        assert_eq!(Reaeration::Covar.per_s(1.0, 1.0), Reaeration::Churchill.per_s(1.0, 1.0));
        assert!(!oxygen(8e-3, 20.0, 0.0).1 && oxygen(-1e-3, 20.0, 0.0).1);
    }
}
