//! Loads without a pipe: from land by export coefficients and runoff, and from the air.
//!
//! ```text
//! year      W = Σ_u E_u A_u                          (export coefficients: Johnes 1996, J. Hydrol. 183:323)
//! storm     W(t) = W · R(t)/R̄                        the load follows the runoff, so its yearly sum is W
//! runoff    R = (P − 0.2 S)²/(P + 0.8 S) where P > 0.2 S, else 0;   S = 25.4 (1000/CN − 10) mm   (USDA-SCS 1972, NEH-4)
//! air       W = F (A_water + φ A_land)               φ the share of what falls on land that a river delivers
//! ```
//! `E` kg m⁻² s⁻¹, `A` m², `P` rain and `R` runoff of a day in mm, `CN` curve number of the land use, `F` deposition flux
//! kg m⁻² s⁻¹. Coefficients are data of the case: they differ by ten times from basin to basin.

use super::Load;
use crate::problem::{Error, Result};
use crate::region::calendar::Period;

/// One use of the land that drains to a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Land {
    /// Position in [`super::Inputs::sites`].
    pub site: usize,
    /// m².
    pub area_m2: f64,
    /// SCS curve number, 1 to 100.
    pub curve_number: f64,
    /// Position of the species, and its export, kg m⁻² s⁻¹ as a mean over the whole time.
    pub export: Vec<(usize, f64)>,
}

/// Runoff of a day, mm.
pub fn runoff_mm(rain_mm: f64, curve_number: f64) -> f64 {
    let retention = 25.4 * (1000.0 / curve_number - 10.0);
    let effective = rain_mm - 0.2 * retention;
    if effective > 0.0 { effective * effective / (rain_mm + 0.8 * retention) } else { 0.0 }
}

fn sound(land: &[Land]) -> Result<()> {
    for l in land {
        let export = l.export.iter().all(|(_, e)| *e >= 0.0 && e.is_finite());
        if !(l.area_m2 >= 0.0 && l.area_m2.is_finite() && export && (1.0..=100.0).contains(&l.curve_number)) {
            return Err(Error::Stage(format!(
                "land of {} m2 with curve number {}: area and export must be finite and not negative, the number 1 to 100",
                l.area_m2, l.curve_number
            )));
        }
    }
    Ok(())
}

/// The same at all times.
pub fn steady(land: &[Land]) -> Result<Vec<Load>> {
    sound(land)?;
    let each = |l: &Land, (species, export): &(usize, f64)| Load {
        site: l.site,
        species: *species,
        period: None,
        kg_s: export * l.area_m2,
    };
    Ok(land.iter().flat_map(|l| l.export.iter().map(move |e| each(l, e))).collect())
}

/// Following the runoff of each stretch of time, with its rain in mm of a day. What no runoff carries in the whole time
/// stays a steady load, so that nothing is lost.
pub fn with_runoff(land: &[Land], stretches: &[Period], rain_mm: &[f64]) -> Result<Vec<Load>> {
    sound(land)?;
    if stretches.len() != rain_mm.len() || rain_mm.iter().any(|p| !(*p >= 0.0 && p.is_finite())) {
        return Err(Error::Stage(format!(
            "{} stretches of time and {} values of rain: each needs one, finite and not negative",
            stretches.len(),
            rain_mm.len()
        )));
    }
    let total: f64 = stretches.iter().map(|p| p.seconds() as f64).sum();
    let mut loads = Vec::new();
    for l in land {
        let runoff: Vec<f64> = rain_mm.iter().map(|p| runoff_mm(*p, l.curve_number)).collect();
        let mean = runoff.iter().zip(stretches).map(|(r, p)| r * p.seconds() as f64).sum::<f64>() / total;
        for (species, export) in &l.export {
            for (r, period) in runoff.iter().zip(stretches) {
                let factor = if mean > 0.0 { r / mean } else { 1.0 };
                let kg_s = export * l.area_m2 * factor;
                if kg_s > 0.0 {
                    loads.push(Load { site: l.site, species: *species, period: Some(*period), kg_s });
                }
            }
        }
    }
    Ok(loads)
}

/// What falls from the air onto a site's water and land, as the air's deposition (a flux, kg m⁻² s⁻¹) gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deposition {
    /// Position in [`super::Inputs::sites`].
    pub site: usize,
    /// Position of the species.
    pub species: usize,
    /// When; `None` = always.
    pub period: Option<Period>,
    /// kg m⁻² s⁻¹.
    pub flux_kg_m2_s: f64,
    /// Open water, m².
    pub water_m2: f64,
    /// Land that drains to the site, m².
    pub land_m2: f64,
    /// Share of what falls on land that the river delivers, 0 to 1; its source belongs to the case.
    pub delivered: f64,
}

impl Deposition {
    /// Its load.
    pub fn load(&self) -> Result<Load> {
        let area = self.water_m2 + self.delivered * self.land_m2;
        let sound = self.flux_kg_m2_s >= 0.0 && self.water_m2 >= 0.0 && self.land_m2 >= 0.0;
        if !(sound && (0.0..=1.0).contains(&self.delivered) && (area * self.flux_kg_m2_s).is_finite()) {
            return Err(Error::Stage(format!(
                "deposition of {} kg/m2/s with a delivered share of {}: flux and areas must be finite and not negative, the share 0 to 1",
                self.flux_kg_m2_s, self.delivered
            )));
        }
        Ok(Load { site: self.site, species: self.species, period: self.period, kg_s: self.flux_kg_m2_s * area })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::calendar::Time;

    fn field() -> Land {
        Land { site: 0, area_m2: 1e6, curve_number: 80.0, export: vec![(0, 2e-10)] }
    }

    #[test]
    fn the_curve_number_gives_the_runoff_of_the_handbook() {
        // CN 80: S = 63.5 mm; P = 100 mm: (100 − 12.7)²/(100 + 50.8) = 50.54 mm
        assert!((runoff_mm(100.0, 80.0) - 87.3 * 87.3 / 150.8).abs() < 1e-12);
        assert_eq!(runoff_mm(12.0, 80.0), 0.0);
        assert!((runoff_mm(30.0, 100.0) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn a_load_that_follows_the_runoff_sums_to_the_export() {
        let day = |k: i64| Period { start: Time(k * 86_400), end: Time((k + 1) * 86_400) };
        let days: Vec<Period> = (0..5).map(day).collect();
        for rain in [[0.0, 60.0, 5.0, 120.0, 0.0], [0.0; 5]] {
            let loads = with_runoff(&[field()], &days, &rain).unwrap();
            let sum: f64 = loads.iter().map(|l| l.kg_s * 86_400.0).sum();
            assert!((sum / (2e-10 * 1e6 * 5.0 * 86_400.0) - 1.0).abs() < 1e-12);
        }
        assert!(with_runoff(&[field()], &days, &[1.0]).is_err());
    }

    #[test]
    fn deposition_reaches_open_water_whole_and_from_land_by_its_share() {
        let fall = Deposition {
            site: 1,
            species: 2,
            period: None,
            flux_kg_m2_s: 1e-10,
            water_m2: 2e6,
            land_m2: 1e8,
            delivered: 0.05,
        };
        assert!((fall.load().unwrap().kg_s - 1e-10 * 7e6).abs() < 1e-18);
        assert!(Deposition { delivered: 1.5, ..fall }.load().is_err());
    }
}
