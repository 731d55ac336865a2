//! Daily models of a station's PM2.5, and how well they meet the measurements.
//!
//! ```text
//! footprint   y = α F q + Σ_k β_k e_k + γ s + ℓ       F q from the sources, e_k share of the air that entered by edge k,
//!                                                     s share that never left in the time followed, ℓ the station's level
//! advected    y = α F₂₄ q + Σ_k β_k e₂₄,k + δ a + ε y(d−1) + ℓ
//!                                                     the last 24 hours alone, starting from yesterday's measured field
//!                                                     where the air then was (a: counted over the particles still inside)
//! climatology y = c          persistence y = y(d−1)         damped y = c + ρ (y(d−1) − c)
//! ```
//! The level is what a station measured beyond the fitted model in the season of the fit, drawn towards zero by how well
//! that season knows it. Coefficients are fitted on another season ([`super::calibrate`]) and stand in `air_model.csv`; nothing is fitted on the
//! days that are scored. All models are scored on the same station-days: those for which every one of them has a value.
//! The advected model needs yesterday's measurements, so it says nothing about sources; it shows what the wind knows.

use super::{DailyComparison, Skill};
use crate::observe::{Flag, Observed};
use crate::region::calendar::{DAY, Time};
use crate::region::{Case, Point, Pollutant};
use crate::transport::air::{Transported, rates_by_site};
use std::collections::BTreeMap;

/// Power of the distance in the interpolation of the measured field: of 1 to 4 the best on the season of the fit
/// (RMSE 27.9, 27.5, 27.3, 27.2 µg m⁻³ over the winter of 2014/15 in the delta).
const DISTANCE_POWER: i32 = 4;
/// Nearest distance in the interpolation of the measured field, m: a station's own value does not outweigh all others
/// without bound.
const NEAREST_M: f64 = 10_000.0;
/// Lag-1 autocorrelation where `climatology.csv` gives none.
const DAMPING: f64 = 0.5;

/// A fitted model: its name and terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// As in `air_model.csv`.
    pub name: &'static str,
    /// Its terms, in the order of the features.
    pub terms: &'static [&'static str],
}

/// Terms of the footprint models.
const FOOTPRINT_TERMS: &[&str] = &["alpha", "edge_north", "edge_east", "edge_south", "edge_west", "stayed"];
/// Terms of the model that starts from yesterday's measured field.
const ADVECTED_TERMS: &[&str] = &["alpha", "edge_north", "edge_east", "edge_south", "edge_west", "advected", "own"];
/// The footprint model.
pub const FOOTPRINT: Model = Model { name: "footprint", terms: FOOTPRINT_TERMS };
/// The same with emissions as reported (α = 1).
pub const UNSCALED: Model = Model { name: "footprint_unscaled", terms: FOOTPRINT_TERMS };
/// The last day alone, from yesterday's measured field.
pub const ADVECTED: Model = Model { name: "advected", terms: ADVECTED_TERMS };

/// What the models are made of, for one station and day.
#[derive(Debug, Clone)]
pub struct Features {
    /// Position of the station in the case.
    pub station: usize,
    /// Row of the daily footprint.
    pub row: usize,
    /// The day.
    pub day: crate::region::Period,
    /// Terms of the footprint models: kg m⁻³ for the sources, shares for the rest.
    pub footprint: Vec<f64>,
    /// Terms of the advected model; `None` where yesterday's measurements are missing.
    pub advected: Option<Vec<f64>>,
    /// Measured, kg m⁻³.
    pub measured: Option<f64>,
    /// Measured the day before.
    pub yesterday: Option<f64>,
}

/// Daily measured values by station and day.
pub type DailyValues = BTreeMap<(usize, Time), f64>;

/// The usable daily values of every station.
pub fn daily_values(case: &Case, observed: &Observed, pollutant: Pollutant) -> DailyValues {
    let mut values = DailyValues::new();
    for (at, station) in case.stations.iter().enumerate() {
        let Some(series) = observed.find(&station.id, pollutant, DAY) else { continue };
        // The day before the period serves as "yesterday" of its first day; it is never scored itself.
        let history =
            series.samples.iter().filter(|s| s.flag == Flag::Outside).filter_map(|s| Some((s.period, s.value?)));
        values.extend(history.chain(series.usable()).map(|(period, value)| ((at, period.start), value)));
    }
    values
}

/// The features of every row of the daily footprint.
pub fn features(case: &Case, air: &Transported, values: &DailyValues) -> Vec<Features> {
    let daily = &air.daily;
    let rates = rates_by_site(case, daily);
    let (species, bins) = (daily.species.len(), daily.bins.len());
    let mut weights: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    (0..daily.rows.len())
        .filter_map(|row| {
            let station = case.stations.iter().position(|s| s.id == daily.rows[row].receptor)?;
            let day = daily.rows[row].period;
            let before = Time(day.start.0 - DAY);
            let sources: f64 = daily
                .row(row)
                .map(|e| {
                    let c = e.column;
                    e.value * rates[(c.site as usize * species + usize::from(c.species)) * bins + usize::from(c.bin)]
                })
                .sum();
            let edge = |name: &str| daily.base[row].iter().find(|b| b.name == name).map_or(0.0, |b| b.weight);
            let mut footprint = vec![sources];
            footprint.extend(FOOTPRINT_TERMS.iter().skip(1).map(|name| edge(name)));
            let last_day = &air.last_day[row];
            let field: Option<f64> = last_day
                .cells
                .iter()
                .map(|(cell, share)| {
                    let weights =
                        weights.entry(*cell).or_insert_with(|| inverse_distance(case, air.grid.centre(*cell)));
                    let known = || weights.iter().enumerate().filter_map(|(s, w)| Some((w, values.get(&(s, before))?)));
                    let (value, weight) = known().fold((0.0, 0.0), |t, (w, v)| (t.0 + w * v, t.1 + w));
                    (weight > 0.0).then(|| share * value / weight)
                })
                .sum();
            let yesterday = values.get(&(station, before)).copied();
            let advected = field.zip(yesterday).map(|(field, own)| {
                let mut terms = vec![last_day.sources];
                terms.extend(last_day.edges);
                terms.extend([field, own]);
                terms
            });
            Some(Features {
                station,
                row,
                day,
                footprint,
                advected,
                measured: values.get(&(station, day.start)).copied(),
                yesterday,
            })
        })
        .collect()
}

/// Weights d⁻ᵖ of every station at a place.
fn inverse_distance(case: &Case, place: Point) -> Vec<f64> {
    case.stations.iter().map(|s| 1.0 / s.place.distance_m(place).max(NEAREST_M).powi(DISTANCE_POWER)).collect()
}

/// The coefficients of one model from `air_model.csv`, SI, with the stations' levels.
pub struct Coefficients {
    /// In the order of the model's terms.
    pub terms: Vec<f64>,
    /// By station of the case, kg m⁻³.
    pub levels: Vec<f64>,
}

/// The coefficients of a model (concentrations are written in µg m⁻³); `None` without any.
pub fn coefficients(case: &Case, model: Model) -> Option<Coefficients> {
    let get = |term: &str| case.air_model.get(&(model.name.to_string(), term.to_string())).map(|c| c.value);
    let found: Vec<Option<f64>> = model.terms.iter().map(|t| get(t)).collect();
    let si =
        |(value, term): (Option<f64>, &&str)| value.unwrap_or(0.0) * if is_concentration(term) { 1e-9 } else { 1.0 };
    found.iter().any(Option::is_some).then(|| Coefficients {
        terms: found.iter().copied().zip(model.terms).map(si).collect(),
        levels: case.stations.iter().map(|s| get(&level_term(&s.id)).unwrap_or(0.0) * 1e-9).collect(),
    })
}

/// The term that holds a station's level.
pub fn level_term(station: &str) -> String {
    format!("level {station}")
}

/// Whether a term's coefficient is a concentration.
pub fn is_concentration(term: &str) -> bool {
    term.starts_with("edge_") || term.starts_with("level ") || term == "stayed"
}

impl Coefficients {
    /// The value of the model.
    pub fn value(&self, station: usize, terms: &[f64]) -> f64 {
        let sum: f64 = terms.iter().zip(&self.terms).map(|(x, c)| x * c).sum();
        // The levels can be negative; a concentration cannot.
        (sum + self.levels.get(station).copied().unwrap_or(0.0)).max(0.0)
    }

    /// The coefficient of a term.
    pub fn of(&self, model: Model, term: &str) -> f64 {
        model.terms.iter().position(|t| *t == term).map_or(0.0, |at| self.terms[at])
    }
}

/// The names of the scored models.
pub const MODELS: [&str; 5] = ["climatology", "persistence", "damped_persistence", "footprint", "advected"];

/// Every station-day with a measurement, by each model.
pub fn compare(case: &Case, features: &[Features]) -> Vec<DailyComparison> {
    let footprint = coefficients(case, FOOTPRINT);
    let advected = coefficients(case, ADVECTED);
    features
        .iter()
        .map(|f| {
            let id = &case.stations[f.station].id;
            let climate = case.climatology.get(id).copied();
            let mean = climate.map(|c| c.0);
            let rho = climate.and_then(|c| c.1).unwrap_or(DAMPING);
            let models = vec![
                (MODELS[0], mean),
                (MODELS[1], f.yesterday),
                (MODELS[2], mean.zip(f.yesterday).map(|(c, y)| c + rho * (y - c))),
                (MODELS[3], footprint.as_ref().map(|c| c.value(f.station, &f.footprint))),
                (MODELS[4], advected.as_ref().zip(f.advected.as_ref()).map(|(c, x)| c.value(f.station, x))),
            ];
            DailyComparison { station: id.clone(), day: f.day, measured: f.measured, models }
        })
        .collect()
}

/// The skill of every model that has values, on the station-days that all of them share.
pub fn skill(daily: &[DailyComparison]) -> Vec<Skill> {
    let present: Vec<usize> = (0..MODELS.len()).filter(|m| daily.iter().any(|d| d.models[*m].1.is_some())).collect();
    let shared: Vec<&DailyComparison> =
        daily.iter().filter(|d| d.measured.is_some() && present.iter().all(|m| d.models[*m].1.is_some())).collect();
    let stations: Vec<&str> = {
        let mut ids: Vec<&str> = shared.iter().map(|d| d.station.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    if shared.len() < 3 {
        return Vec::new();
    }
    present
        .iter()
        .map(|m| {
            let pairs = |keep: &dyn Fn(&DailyComparison) -> bool| -> Vec<(f64, f64)> {
                let kept = shared.iter().filter(|d| keep(d));
                kept.filter_map(|d| Some((d.measured?, d.models[*m].1?))).collect()
            };
            let all = pairs(&|_| true);
            let n = all.len() as f64;
            let mut by_station: Vec<f64> =
                stations.iter().filter_map(|s| correlation(&pairs(&|d| d.station == *s))).collect();
            by_station.sort_by(f64::total_cmp);
            Skill {
                model: MODELS[*m].into(),
                days: all.len(),
                stations: stations.len(),
                correlation: correlation(&all).unwrap_or(0.0),
                correlation_by_station: by_station.get(by_station.len() / 2).copied(),
                bias: all.iter().map(|(y, x)| x - y).sum::<f64>() / n,
                rmse: (all.iter().map(|(y, x)| (x - y).powi(2)).sum::<f64>() / n).sqrt(),
                basis: match MODELS[*m] {
                    "climatology" | "damped_persistence" => "climatology.csv",
                    "persistence" => "",
                    _ => "air_model.csv",
                }
                .into(),
            }
        })
        .collect()
}

/// Pearson's r; `None` where one side does not vary.
pub fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mx, my) = pairs.iter().fold((0.0, 0.0), |s, (x, y)| (s.0 + x / n, s.1 + y / n));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    // Rounding leaves a constant with a variance of about (1e-16 · mean)².
    let varies = |ss: f64, m: f64| ss > n * (1e-12 * m).powi(2) && ss > 0.0;
    (pairs.len() > 2 && varies(xx, mx) && varies(yy, my)).then(|| xy / (xx * yy).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Period;

    #[test]
    fn a_perfect_model_has_no_error_and_a_constant_one_no_correlation() {
        let daily: Vec<DailyComparison> = (0..20)
            .map(|d| {
                let y = 50e-9 + f64::from(d % 5) * 1e-8;
                DailyComparison {
                    station: "s".into(),
                    day: Period { start: Time(i64::from(d) * DAY), end: Time(i64::from(d + 1) * DAY) },
                    measured: Some(y),
                    models: MODELS.iter().map(|m| (*m, Some(if *m == "footprint" { y } else { 60e-9 }))).collect(),
                }
            })
            .collect();
        let skill = skill(&daily);
        let find = |name: &str| skill.iter().find(|s| s.model == name).unwrap();
        assert!(find("footprint").rmse < 1e-20 && (find("footprint").correlation - 1.0).abs() < 1e-12);
        assert_eq!(find("climatology").correlation_by_station, None);
    }
}
