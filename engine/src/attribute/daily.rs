//! Daily models of a station's PM2.5, and how well they meet the measurements.
//!
//! ```text
//! footprint   y = α F q + Σ_k β_k e_k + γ s                 F q from the sources, e_k share that entered by edge k (what
//!                                                           is left of it), s share that never left in the time followed
//! advected    y = footprint's terms + δ a + ε y(d−1)        a yesterday's measured field where the air was 24 h before
//! climatology y = c          persistence y = y(d−1)         damped y = c + ρ (y(d−1) − c)
//! ```
//! Coefficients are fitted on another season ([`super::calibrate`]) and stand in `air_model.csv`; nothing is fitted on the
//! days that are scored. All models are scored on the same station-days: those for which every one of them has a value.
//! The advected model needs yesterday's measurements, so it says nothing about sources; it shows what the wind knows.

use super::{DailyComparison, Skill};
use crate::observe::Observed;
use crate::region::calendar::{DAY, Time};
use crate::region::{Case, Point, Pollutant};
use crate::transport::air::{Transported, rates_by_site};
use std::collections::BTreeMap;

/// Nearest distance in the interpolation of the measured field, m: a station's own value does not outweigh all others
/// without bound.
const NEAREST_M: f64 = 10_000.0;
/// Lag-1 autocorrelation where `climatology.csv` gives none.
const DAMPING: f64 = 0.5;

/// The terms of the models, in the order of [`Features::terms`].
pub const TERMS: [&str; 8] =
    ["alpha", "edge_north", "edge_east", "edge_south", "edge_west", "stayed", "advected", "own"];
/// How many of them the footprint model uses.
pub const FOOTPRINT_TERMS: usize = 6;

/// What the models are made of, for one station and day.
#[derive(Debug, Clone)]
pub struct Features {
    /// Position of the station in the case.
    pub station: usize,
    /// Row of the daily footprint.
    pub row: usize,
    /// The day.
    pub day: crate::region::Period,
    /// F q (kg m⁻³), edge shares and share stayed (1), advected field and own yesterday (kg m⁻³; 0 where unknown).
    pub terms: [f64; 8],
    /// Whether the last two terms are known.
    pub has_yesterday: bool,
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
        if let Some(series) = observed.find(&station.id, pollutant, DAY) {
            values.extend(series.usable().map(|(period, value)| ((at, period.start), value)));
        }
    }
    values
}

/// The features of every row of the daily footprint.
pub fn features(case: &Case, air: &Transported, values: &DailyValues) -> Vec<Features> {
    let daily = &air.daily;
    let rates = rates_by_site(case, daily);
    let (species, bins) = (daily.species.len(), daily.bins.len());
    let mut weights: BTreeMap<(u64, u64), Vec<f64>> = BTreeMap::new();
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
            let (mut sum, mut known) = (0.0, 0.0);
            for (place, share) in &air.day_before[row] {
                let key = (place.lon.to_bits(), place.lat.to_bits());
                let weights = weights.entry(key).or_insert_with(|| inverse_distance(case, *place));
                let (mut value, mut weight) = (0.0, 0.0);
                for (at, w) in weights.iter().enumerate() {
                    if let Some(v) = values.get(&(at, before)) {
                        value += w * v;
                        weight += w;
                    }
                }
                if weight > 0.0 {
                    sum += share * value / weight;
                    known += share;
                }
            }
            let yesterday = values.get(&(station, before)).copied();
            let advected = (known > 0.0).then(|| sum / known);
            Some(Features {
                station,
                row,
                day,
                terms: [
                    sources,
                    edge(TERMS[1]),
                    edge(TERMS[2]),
                    edge(TERMS[3]),
                    edge(TERMS[4]),
                    edge(TERMS[5]),
                    advected.unwrap_or(0.0),
                    yesterday.unwrap_or(0.0),
                ],
                has_yesterday: advected.is_some() && yesterday.is_some(),
                measured: values.get(&(station, day.start)).copied(),
                yesterday,
            })
        })
        .collect()
}

/// Weights 1/d² of every station at a place.
fn inverse_distance(case: &Case, place: Point) -> Vec<f64> {
    case.stations.iter().map(|s| 1.0 / s.place.distance_m(place).max(NEAREST_M).powi(2)).collect()
}

/// SI coefficients of one model from `air_model.csv` (edges and stagnation are written in µg m⁻³); `None` without them.
pub fn coefficients(case: &Case, model: &str) -> Option<[f64; 8]> {
    let mut found = [0.0; 8];
    let mut any = false;
    for (value, term) in found.iter_mut().zip(TERMS) {
        if let Some(c) = case.air_model.get(&(model.to_string(), term.to_string())) {
            any = true;
            *value = if is_concentration(term) { c.value * 1e-9 } else { c.value };
        }
    }
    any.then_some(found)
}

/// Whether a term's coefficient is a concentration.
pub fn is_concentration(term: &str) -> bool {
    term.starts_with("edge_") || term == "stayed"
}

/// The value of a model.
pub fn value(terms: &[f64; 8], coefficients: &[f64; 8]) -> f64 {
    terms.iter().zip(coefficients).map(|(x, c)| x * c).sum()
}

/// The names of the scored models.
pub const MODELS: [&str; 5] = ["climatology", "persistence", "damped_persistence", "footprint", "advected"];

/// Every station-day with a measurement, by each model.
pub fn compare(case: &Case, features: &[Features]) -> Vec<DailyComparison> {
    let footprint = coefficients(case, "footprint");
    let advected = coefficients(case, "advected");
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
                (MODELS[3], footprint.map(|c| value(&f.terms, &c))),
                (MODELS[4], advected.filter(|_| f.has_yesterday).map(|c| value(&f.terms, &c))),
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
