//! The single weather station as the driver of every particle, hour by hour and uniform over the region.
//!
//! Missing hours are filled by the last known value and counted; before the first hour of the table nothing is known, so
//! particles are not followed further back than the table reaches. Only weather near the air period is looked at: one hour
//! stamped a thousand years off must not ask for every hour in between.

use super::boundary_layer::{self, Layer};
use crate::region::Case;
use crate::region::calendar::{DAY, HOUR, Time};
use crate::region::event::WeatherHour;
use serde::Serialize;

/// Wind of an hour in which none was measured or which was calm, m s⁻¹ (at the station).
const CALM_M_S: f64 = 0.5;
/// How long before the air period the weather is looked at, s: the longest way back (10 days) and a month.
const BEFORE_S: i64 = 40 * DAY;
/// How long after it, s.
const AFTER_S: i64 = DAY;

/// One hour of driving weather.
#[derive(Debug, Clone, Copy)]
pub struct Hour {
    /// Where the wind comes from, degrees; `None` = calm, any direction.
    pub from_deg: Option<f64>,
    /// Mean wind of the mixed layer, m s⁻¹.
    pub speed_m_s: f64,
    /// The layer.
    pub layer: Layer,
    /// Depth over which what was emitted in the last day is mixed: greatest height of the last 24 h, m.
    pub residual_m: f64,
    /// Rain, mm h⁻¹.
    pub rain_mm_h: f64,
}

/// All hours, without gaps.
#[derive(Debug, Clone)]
pub struct Driver {
    /// Start of the first hour.
    pub start: Time,
    /// Hour by hour.
    pub hours: Vec<Hour>,
    /// What was filled.
    pub report: WeatherReport,
}

/// What the weather table lacked.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WeatherReport {
    /// Hours in use.
    pub hours: usize,
    /// Hours absent from the table or without wind speed, filled with the last known.
    pub wind_filled: usize,
    /// Hours without a direction (calm or missing).
    pub calm: usize,
    /// Hours without dew point or temperature.
    pub humidity_missing: usize,
}

/// Builds the driver; `None` where the case has no air period, or no weather near it.
pub fn driver(case: &Case) -> Option<Driver> {
    let period = case.settings.air_period?;
    let near = period.start.0.saturating_sub(BEFORE_S)..period.end.0.saturating_add(AFTER_S);
    let weather: Vec<&WeatherHour> = case.weather.iter().filter(|h| near.contains(&h.time.0)).collect();
    let (first, last) = (weather.first()?.time, weather.last()?.time);
    let count = ((last.0 - first.0) / HOUR + 1) as usize;
    let mut table: Vec<Option<WeatherHour>> = vec![None; count];
    for hour in weather {
        if let Some(slot) = table.get_mut(((hour.time.0 - first.0) / HOUR) as usize) {
            *slot = Some(*hour);
        }
    }
    let air = &case.settings.air;
    let sun: Vec<f64> =
        (0..count).map(|i| boundary_layer::sun_height(air, Time(first.0 + i as i64 * HOUR + HOUR / 2))).collect();
    let convective = convective_depths(&table, &sun, first, (air.longitude / 15.0 * HOUR as f64) as i64);
    let mut report = WeatherReport { hours: count, ..WeatherReport::default() };
    let mut known = (None, CALM_M_S);
    let mut hours: Vec<Hour> = Vec::with_capacity(count);
    for i in 0..count {
        let seen = table[i].filter(|h| h.speed_m_s.is_some());
        match seen {
            Some(hour) => known = (hour.wind_from_deg, hour.speed_m_s.unwrap_or(CALM_M_S).max(CALM_M_S)),
            None => report.wind_filled += 1,
        }
        report.calm += usize::from(known.0.is_none());
        report.humidity_missing +=
            usize::from(table[i].is_none_or(|h| h.temperature_c.is_none() || h.dew_point_c.is_none()));
        let rain_mm_h = table[i].and_then(|h| h.rain_mm).unwrap_or(0.0);
        let layer = boundary_layer::layer(air, known.1, sun[i], rain_mm_h > 0.0, convective[i]);
        hours.push(Hour {
            from_deg: known.0,
            speed_m_s: known.1 * layer.wind_ratio,
            layer,
            residual_m: layer.height_m,
            rain_mm_h,
        });
    }
    for i in 0..count {
        let window = &hours[i.saturating_sub(23)..=i];
        hours[i].residual_m = window.iter().map(|h| h.layer.height_m).fold(0.0, f64::max);
    }
    Some(Driver { start: first, hours, report })
}

/// The convective depth at every hour, solar day by solar day.
fn convective_depths(table: &[Option<WeatherHour>], sun: &[f64], first: Time, solar_offset_s: i64) -> Vec<f64> {
    let day_of = |i: usize| (first.0 + i as i64 * HOUR + HOUR / 2 + solar_offset_s).div_euclid(DAY);
    let mut depths = Vec::with_capacity(table.len());
    let mut at = 0;
    while at < table.len() {
        let end = (at..table.len()).find(|i| day_of(*i) != day_of(at)).unwrap_or(table.len());
        let depression = table[at..end]
            .iter()
            .flatten()
            .filter_map(|h| Some(h.temperature_c? - h.dew_point_c?))
            .fold(None, |most: Option<f64>, d| Some(most.map_or(d, |m| m.max(d))));
        depths.extend(boundary_layer::convective_depths(depression, &sun[at..end]));
        at = end;
    }
    depths
}
