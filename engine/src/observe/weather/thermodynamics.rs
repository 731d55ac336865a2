//! Moist air: Bolton (1980), Monthly Weather Review 108, 1046, for vapour over water; the gas law with virtual temperature.

/// Gas constant of dry air, J kg⁻¹ K⁻¹.
pub const R_DRY: f32 = 287.05;
/// Standard gravity, m s⁻².
pub const GRAVITY: f32 = 9.806_65;
/// Specific heat of dry air at constant pressure, J kg⁻¹ K⁻¹.
pub const C_P: f32 = 1004.7;
/// Ratio of the gas constants of dry air and vapour.
const EPSILON: f32 = 0.622;

/// Pressure of saturated vapour over water, Pa (Bolton eq. 10), K in.
pub fn saturation_pressure(temperature: f32) -> f32 {
    let celsius = temperature - 273.15;
    611.2 * (17.67 * celsius / (celsius + 243.5).max(1.0)).exp()
}

/// Specific humidity, kg kg⁻¹, of a relative humidity (0 to 1).
pub fn specific_humidity(relative: f32, temperature: f32, pressure: f32) -> f32 {
    let vapour = (relative * saturation_pressure(temperature)).min(0.5 * pressure);
    EPSILON * vapour / (pressure - (1.0 - EPSILON) * vapour)
}

/// Relative humidity over water, 0 to 1.
pub fn relative_humidity(specific: f32, temperature: f32, pressure: f32) -> f32 {
    let vapour = specific * pressure / (EPSILON + (1.0 - EPSILON) * specific);
    (vapour / saturation_pressure(temperature)).clamp(0.0, 1.0)
}

/// Virtual temperature, K.
pub fn virtual_temperature(temperature: f32, specific: f32) -> f32 {
    temperature * (1.0 + 0.608 * specific)
}

/// Potential temperature, K, at 1,000 hPa.
pub fn potential_temperature(temperature: f32, pressure: f32) -> f32 {
    temperature * (1e5 / pressure).powf(R_DRY / C_P)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn humidity_goes_there_and_back_and_saturation_is_bolton_s() {
        let q = specific_humidity(0.6, 290.0, 9.5e4);
        assert!((relative_humidity(q, 290.0, 9.5e4) - 0.6).abs() < 1e-4);
        // Bolton (1980), table: 23.37 hPa at 20 °C.
        assert!((saturation_pressure(293.15) - 2337.0).abs() < 5.0);
    }
}
