//! The European air quality index: hourly bands.
//!
//! ```text
//! band_p = the first k with C_p ≤ B_k, 6 beyond the fifth        index = max_p band_p
//! ```
//!
//! Items: 1 h PM2.5, PM10, NO2, O3, SO2 in µg m⁻³; bands from `tables/european_aqi.csv` (upper bounds belong to the band).
//! The index is the band of the worst pollutant that was measured. *Where it fails.* The agency fills gaps with modelled
//! values and asks for a least set of pollutants by type of station; neither is done here.

use crate::assess::rules;
use crate::region::pollutant::Pollutant;

/// The rule.
pub const RULE: &str = "European AQI";

const TABLE: &str = include_str!("../tables/european_aqi.csv");

/// Names of the bands.
pub const BANDS: [(&str, &str); 6] = [
    ("好", "good"),
    ("尚可", "fair"),
    ("中等", "moderate"),
    ("差", "poor"),
    ("很差", "very poor"),
    ("极差", "extremely poor"),
];

/// Upper bounds of the bands 1 to 5, by pollutant, in printed units.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    bounds: Vec<(Pollutant, Vec<f64>)>,
}

impl Bands {
    /// Reads the built-in table.
    pub fn table() -> Bands {
        let mut bounds: Vec<(Pollutant, Vec<f64>)> = Vec::new();
        for row in rules::rows(TABLE) {
            let (Some(pollutant), Some(bound)) = (Pollutant::parse(row.text("pollutant")), row.number("upper_bound"))
            else {
                continue;
            };
            match bounds.iter_mut().find(|(p, _)| *p == pollutant) {
                Some((_, list)) => list.push(bound),
                None => bounds.push((pollutant, vec![bound])),
            }
        }
        Bands { bounds }
    }

    /// Band of a 1 h value, 1 to 6; `None` for a pollutant without bands, or for no measurement.
    pub fn band(&self, pollutant: Pollutant, si: f64) -> Option<u16> {
        let (_, bounds) = self.bounds.iter().find(|(p, _)| *p == pollutant)?;
        // To the nearest 1e-6 µg/m³, so that a bound reached is not missed by the binary error of SI.
        let value = (pollutant.printed(si) * 1e6).round() / 1e6;
        (value >= 0.0 && value.is_finite()).then(|| bounds.iter().filter(|b| value > **b).count() as u16 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upper_bound_belongs_to_its_band_and_the_sixth_is_open() {
        let bands = Bands::table();
        let band = |p: Pollutant, v: f64| bands.band(p, p.from_printed(v));
        let of_pm25: Vec<_> =
            [5.0, 5.1, 15.0, 50.0, 90.0, 140.0, 140.1, 1000.0].map(|v| band(Pollutant::Pm25, v)).into();
        assert_eq!(of_pm25, [1, 2, 2, 3, 4, 5, 6, 6].map(Some));
        assert_eq!(band(Pollutant::So2, 275.0), Some(5));
        assert_eq!(band(Pollutant::O3, 180.1), Some(6));
        assert_eq!(band(Pollutant::Co, 1.0), None);
        assert_eq!(band(Pollutant::Pm10, -1.0), None);
    }
}
