//! Numbers as tables print them: the shortest text of nine significant digits, without exponent, never `-0`.

use liankong_engine::units;

/// A number for a table; empty where it is not finite.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let nine: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    if nine == 0.0 { "0".into() } else { nine.to_string() }
}

/// A number that may be missing.
pub fn optional(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// An SI value in a printed unit; unknown units leave it in SI.
pub fn in_unit(si: f64, unit: &str) -> f64 {
    si / units::unit(unit).map_or(1.0, |u| u.to_si)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_passed_through_si_prints_as_it_was_written() {
        for written in [35.0, 0.02, 112.3, 7.25] {
            assert_eq!(number(in_unit(written * 1e-9, "ug/m3")), written.to_string());
        }
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(f64::NAN), "");
    }
}
