//! Units: SI inside the engine, conversion only where text is parsed or printed.
//!
//! Concentrations are kg m⁻³, rates kg s⁻¹, times seconds, lengths metres. The names on the left are what tables may say.

/// Seconds in the year that annual totals refer to (365 days).
pub const SECONDS_PER_YEAR: f64 = 365.0 * 86_400.0;

/// kg s⁻¹ for a rate in tonnes a year.
pub fn kg_s_from_t_a(tonnes_per_year: f64) -> f64 {
    tonnes_per_year * 1000.0 / SECONDS_PER_YEAR
}

/// Tonnes a year for a rate in kg s⁻¹.
pub fn t_a_from_kg_s(kg_s: f64) -> f64 {
    kg_s * SECONDS_PER_YEAR / 1000.0
}

/// What a unit measures; two units convert only within one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Mass per volume.
    Concentration,
    /// A temperature in degrees Celsius.
    Celsius,
    /// A pure number (pH).
    Number,
    /// Living things per volume.
    Count,
    /// A length (transparency).
    Length,
    /// An electric potential (redox).
    Potential,
}

/// One unit as tables write it, with the factor to SI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// As printed.
    pub name: &'static str,
    /// What it measures.
    pub dimension: Dimension,
    /// SI value of 1 of this unit.
    pub to_si: f64,
}

/// Every unit that tables may use.
pub const UNITS: &[Unit] = &[
    Unit { name: "ug/m3", dimension: Dimension::Concentration, to_si: 1e-9 },
    Unit { name: "mg/m3", dimension: Dimension::Concentration, to_si: 1e-6 },
    Unit { name: "kg/m3", dimension: Dimension::Concentration, to_si: 1.0 },
    Unit { name: "mg/L", dimension: Dimension::Concentration, to_si: 1e-3 },
    Unit { name: "ug/L", dimension: Dimension::Concentration, to_si: 1e-6 },
    Unit { name: "degC", dimension: Dimension::Celsius, to_si: 1.0 },
    Unit { name: "1", dimension: Dimension::Number, to_si: 1.0 },
    Unit { name: "count/L", dimension: Dimension::Count, to_si: 1e3 },
    Unit { name: "cells/L", dimension: Dimension::Count, to_si: 1e3 },
    Unit { name: "m", dimension: Dimension::Length, to_si: 1.0 },
    Unit { name: "cm", dimension: Dimension::Length, to_si: 1e-2 },
    Unit { name: "mV", dimension: Dimension::Potential, to_si: 1e-3 },
];

/// The unit of that name; `µg/m³` and `μg/m³` are read as `ug/m3`, `个/L` as `count/L`, `毫克/升` as `mg/L`, `无量纲` as `1`.
pub fn unit(name: &str) -> Option<Unit> {
    let plain = name.trim().replace(['µ', 'μ'], "u").replace('³', "3").replace("℃", "degC");
    let plain = plain.replace("个", "count").replace("无量纲", "1");
    let plain = plain.replace("毫克", "mg").replace("微克", "ug").replace("立方米", "m3").replace("升", "L");
    UNITS.iter().find(|u| u.name.eq_ignore_ascii_case(&plain)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tonne_a_year_goes_to_si_and_back() {
        assert!((t_a_from_kg_s(kg_s_from_t_a(1234.5)) - 1234.5).abs() < 1e-9);
    }

    #[test]
    fn micrograms_are_read_with_either_letter_mu() {
        assert_eq!(unit("µg/m³"), unit("ug/m3"));
        assert_eq!(unit("μg/m3"), unit("ug/m3"));
        assert_eq!(unit("ppb"), None);
    }
}
