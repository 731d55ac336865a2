//! The US air quality index of 2024 with the NowCast of particles.
//!
//! ```text
//! I  = round( (I_hi − I_lo)/(B_hi − B_lo) · (C − B_lo) + I_lo )             EPA-454/B-24-002, equation 1
//! w  = max(1/2, 1 − (c_max − c_min)/c_max)                                   NowCast weight, 12 hours
//! N  = Σ_i w^i c_i / Σ_i w^i,   i = 0 (latest) … 11                          hours without a value left out of both sums
//! ```
//!
//! C is cut off, not rounded: ozone to 0.001 ppm, PM2.5 and CO to 0.1, PM10, SO2 and NO2 to whole numbers. Above 500 the
//! last line goes on. A NowCast needs two of the latest three hours.
//!
//! *Which time speaks.* Ozone: the worse of 8 h (up to 0.200 ppm) and 1 h (from 0.125 ppm). SO2: 1 h up to 304 ppb, then the
//! 24 h value; a 1 h value of 305 ppb or more with a 24 h value below it is 200.
//!
//! *Units.* Readings are kg m⁻³; ppb = C V / M with V = 0.024465 m³ mol⁻¹ (298.15 K, 101.325 kPa).
//!
//! *Where it fails.* EPA's NowCast of ozone (partial least squares) is not built. EPA's own example "1 h ozone 0.162 ppm is
//! 148" does not follow from its equation, which gives 147.49, so 147 here.

use super::curve::{Beyond, Curve, Grid, Rounding, Segment};
use crate::assess::{hj633, rules};
use crate::region::calendar::{DAY, HOUR};
use crate::region::pollutant::Pollutant;

/// The rule.
pub const RULE: &str = "US EPA AQI 2024";
/// Hours that a NowCast looks back on.
pub const NOWCAST_HOURS: usize = 12;

const TABLE: &str = include_str!("../tables/us_aqi.csv");
/// m³ mol⁻¹ at 298.15 K and 101.325 kPa.
const MOLAR_VOLUME: f64 = 0.024465;

/// kg mol⁻¹.
fn molar_mass(pollutant: Pollutant) -> f64 {
    match pollutant {
        Pollutant::So2 => 0.064066,
        Pollutant::No2 => 0.046006,
        Pollutant::Co => 0.028010,
        _ => 0.047998,
    }
}

/// kg m⁻³ of 1 ppm or 1 ppb of a gas at 298.15 K and 101.325 kPa; `None` for a particle or another unit.
pub fn kg_m3_of_one(pollutant: Pollutant, unit: &str) -> Option<f64> {
    let gas = matches!(pollutant, Pollutant::So2 | Pollutant::No2 | Pollutant::Co | Pollutant::O3);
    let fraction = match unit {
        "ppm" => 1e-6,
        "ppb" => 1e-9,
        _ => return None,
    };
    gas.then(|| fraction * molar_mass(pollutant) / MOLAR_VOLUME)
}

/// The grid of a unit as the table prints it.
fn grid(pollutant: Pollutant, unit: &str) -> Option<Grid> {
    let unit = if unit == "ug/m3" { 1e-9 } else { kg_m3_of_one(pollutant, unit)? };
    let scale = match pollutant {
        Pollutant::O3 => 1000.0,
        Pollutant::Pm25 | Pollutant::Co => 10.0,
        _ => 1.0,
    };
    Some(Grid { unit, scale })
}

/// The breakpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct UsIndex {
    curves: Vec<Curve>,
}

impl UsIndex {
    /// Reads the built-in table.
    pub fn table() -> UsIndex {
        let mut curves: Vec<Curve> = Vec::new();
        for row in rules::rows(TABLE) {
            let (Some(pollutant), Some(averaging_s)) =
                (Pollutant::parse(row.text("pollutant")), hj633::averaging(row.text("averaging")))
            else {
                continue;
            };
            let Some(grid) = grid(pollutant, row.text("unit")) else { continue };
            let number = |column: &str, scale: f64| row.number(column).map(|v| (v * scale).round() as i64);
            let (Some(low), Some(high), Some(index_low), Some(index_high)) = (
                number("low", grid.scale),
                number("high", grid.scale),
                number("index_low", 1.0),
                number("index_high", 1.0),
            ) else {
                continue;
            };
            let segment = Segment { low, high, index_low, index_high };
            match curves.iter_mut().find(|c| c.pollutant == pollutant && c.averaging_s == averaging_s) {
                Some(curve) => curve.segments.push(segment),
                None => curves.push(Curve {
                    pollutant,
                    averaging_s,
                    grid,
                    rounding: Rounding::CutThenNearest,
                    beyond: match (pollutant, averaging_s) {
                        (Pollutant::So2, HOUR) => Beyond::Stays,
                        (Pollutant::O3, s) if s != HOUR => Beyond::NotComputed,
                        _ => Beyond::GoesOn,
                    },
                    segments: vec![segment],
                }),
            }
        }
        UsIndex { curves }
    }

    /// The curve of a pollutant and averaging time.
    pub fn curve(&self, pollutant: Pollutant, averaging_s: i64) -> Option<&Curve> {
        self.curves.iter().find(|c| c.pollutant == pollutant && c.averaging_s == averaging_s)
    }

    /// Sub-index of an SI concentration; `None` where the table leaves it to another averaging time.
    pub fn sub_index(&self, pollutant: Pollutant, averaging_s: i64, si: f64) -> Option<u16> {
        self.curve(pollutant, averaging_s)?.sub_index(si)
    }
}

/// NowCast of hours, the latest first; `None` where fewer than two of the latest three have a value.
pub fn nowcast(latest_first: &[Option<f64>]) -> Option<f64> {
    let hours = latest_first.get(..NOWCAST_HOURS.min(latest_first.len()))?;
    if hours.iter().take(3).flatten().count() < 2 {
        return None;
    }
    let (low, high) = hours.iter().flatten().fold((f64::INFINITY, 0.0_f64), |(l, h), c| (l.min(*c), h.max(*c)));
    let weight = if high > 0.0 { (1.0 - (high - low) / high).max(0.5) } else { 1.0 };
    let (mut sum, mut total, mut w) = (0.0, 0.0, 1.0);
    for c in hours {
        if let Some(c) = c {
            sum += w * c;
            total += w;
        }
        w *= weight;
    }
    Some(sum / total)
}

/// Whether a 1 h value of this pollutant is scored by its NowCast, on the curve of the day.
pub fn has_nowcast(pollutant: Pollutant) -> bool {
    matches!(pollutant, Pollutant::Pm25 | Pollutant::Pm10)
}

/// The averaging time of the curve that a NowCast is read on.
pub const NOWCAST_CURVE_S: i64 = DAY;

#[cfg(test)]
mod tests {
    use super::*;

    fn index(pollutant: Pollutant, averaging_s: i64, printed: f64) -> Option<u16> {
        let table = UsIndex::table();
        let unit = table.curve(pollutant, averaging_s)?.grid.unit;
        table.sub_index(pollutant, averaging_s, printed * unit)
    }

    #[test]
    fn epa_454_b_24_002_table_6_has_eight_curves_that_rise() {
        let table = UsIndex::table();
        assert_eq!(table.curves.len(), 8);
        for curve in &table.curves {
            for pair in curve.segments.windows(2) {
                assert!(pair[0].high + 1 == pair[1].low && pair[0].index_high + 1 == pair[1].index_low, "{curve:?}");
            }
        }
    }

    #[test]
    fn concentrations_are_cut_off_not_rounded() {
        assert_eq!(index(Pollutant::Pm25, DAY, 9.09), Some(50));
        assert_eq!(index(Pollutant::Pm25, DAY, 9.1), Some(51));
        assert_eq!(index(Pollutant::Pm10, DAY, 54.99), Some(50));
        assert_eq!(index(Pollutant::O3, 8 * HOUR, 0.0709), Some(100));
    }

    #[test]
    fn above_five_hundred_the_last_line_goes_on() {
        // 301 + 199/99.9 · (425.4 − 225.5) = 699.2 → 699.
        assert_eq!(index(Pollutant::Pm25, DAY, 425.4), Some(699));
    }

    #[test]
    fn the_averaging_time_that_does_not_speak_has_no_sub_index() {
        assert_eq!(index(Pollutant::O3, HOUR, 0.124), None);
        assert_eq!(index(Pollutant::O3, HOUR, 0.125), Some(101));
        assert_eq!(index(Pollutant::O3, 8 * HOUR, 0.201), None);
        assert_eq!(index(Pollutant::So2, DAY, 304.0), None);
        assert_eq!(index(Pollutant::So2, HOUR, 305.0), Some(200));
        assert_eq!(index(Pollutant::So2, HOUR, 900.0), Some(200));
    }

    #[test]
    fn a_nowcast_needs_two_of_the_latest_three_hours() {
        let some = Some(10.0);
        assert_eq!(nowcast(&[some, None, some]), Some(10.0));
        assert_eq!(nowcast(&[some, None, None, some, some]), None);
        assert_eq!(nowcast(&[Some(0.0), Some(0.0)]), Some(0.0));
        assert_eq!(nowcast(&[]), None);
    }

    #[test]
    fn a_missing_hour_keeps_the_weights_of_the_others() {
        // c = 10, –, 20: w = max(1/2, 1 − 10/20) = 1/2;  (10 + 20/4)/(1 + 1/4) = 12.
        assert_eq!(nowcast(&[Some(10.0), None, Some(20.0)]), Some(12.0));
    }
}
