//! The air tables of a case.

use super::calendar::HOUR;
use super::case::{Coefficient, Reader};
use super::event::{Reading, WeatherHour};
use super::geometry::Point;
use super::member::Station;
use super::pollutant::{Medium, Pollutant};
use super::source::{Process, ReactionStep, Removal};
use super::table::{LATITUDE, LONGITUDE, Limit, Row};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};

const ANY: Limit = Limit::new(-1e300, 1e300, "");

/// Longitude and latitude of a row.
pub(super) fn place(row: &Row<'_>) -> Option<Point> {
    let (lon, lat) = (row.number("lon", LONGITUDE), row.number("lat", LATITUDE));
    Some(Point { lon: lon?, lat: lat? })
}

/// `stations.csv`.
pub(super) fn stations(reader: &mut Reader<'_>) -> Vec<Station> {
    let codes = reader.codes;
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row("stations.csv", &["station_id", "member", "lon", "lat"], |row| {
        let (id, member, place) =
            (row.new_id("station_id", &mut seen), row.known("member", codes, "members.csv"), place(row));
        let (Some(id), Some(member), Some(place)) = (id, member, place) else { return };
        let name = |column| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(&id).to_string();
        list.push(Station { member, place, name_zh: name("name_zh"), name_en: name("name_en"), id: id.clone() });
    });
    list
}

/// `air_observations.csv`, by station, pollutant and averaging time.
pub(super) fn observations(
    reader: &mut Reader<'_>,
    stations: &[Station],
) -> BTreeMap<(String, Pollutant, i64), Vec<Reading>> {
    let known: BTreeSet<String> = stations.iter().map(|s| s.id.clone()).collect();
    let zone = reader.zone;
    let mut readings: BTreeMap<_, Vec<Reading>> = BTreeMap::new();
    reader.each_row("air_observations.csv", &["station", "time", "pollutant", "averaging", "value", "unit"], |row| {
        let station = row.known("station", &known, "stations.csv");
        let time = row.time("time", zone);
        let seconds = row.choice("averaging", &[("1h", HOUR), ("8h", 8 * HOUR), ("24h", 24 * HOUR)]);
        let pollutant = pollutant(row, "pollutant", Medium::Air);
        let value = row.number_or_empty("value", ANY);
        let factor = pollutant.and_then(|p| unit_factor(row, p));
        if let (Some(station), Some(time), Some(seconds), Some(pollutant), Some(value), Some(factor)) =
            (station, time, seconds, pollutant, value, factor)
        {
            let reading = Reading { time, seconds, value: value.map(|v| v * factor), line: row.line() };
            readings.entry((station, pollutant, seconds)).or_default().push(reading);
        }
    });
    readings
}

/// A pollutant of one medium.
pub(super) fn pollutant(row: &Row<'_>, column: &str, medium: Medium) -> Option<Pollutant> {
    let text = row.needed(column)?;
    let found = Pollutant::parse(&text).filter(|p| p.spec().medium == medium);
    if found.is_none() {
        row.refuse(
            column,
            format!("is not a pollutant of {}", medium.id()),
            "see docs/reference/case.md for the names",
        );
    }
    found
}

/// SI value of 1 of the row's unit, which must measure what the pollutant is measured in.
pub(super) fn unit_factor(row: &Row<'_>, pollutant: Pollutant) -> Option<f64> {
    let text = row.needed("unit")?;
    match units::unit(&text) {
        Some(unit) if unit.dimension == pollutant.dimension() => Some(unit.to_si),
        _ => {
            let names: Vec<&str> =
                units::UNITS.iter().filter(|u| u.dimension == pollutant.dimension()).map(|u| u.name).collect();
            row.refuse(
                "unit",
                format!("is not a unit of {}: {}", pollutant.spec().id, names.join(", ")),
                "use one of these; ppb must be converted first",
            );
            None
        }
    }
}

/// Degrees that a compass sector of eight or sixteen stands for.
fn sector_degrees(text: &str) -> Option<f64> {
    const ROSE: [&str; 16] =
        ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
    ROSE.iter().position(|s| s.eq_ignore_ascii_case(text)).map(|i| i as f64 * 22.5)
}

/// `weather.csv`, in time order; hours must not stand twice.
pub(super) fn weather(reader: &mut Reader<'_>) -> Vec<WeatherHour> {
    let zone = reader.zone;
    let mut hours: BTreeMap<i64, WeatherHour> = BTreeMap::new();
    reader.each_row("weather.csv", &["time", "wind_from", "wind_speed_m_s", "temperature_c", "dew_point_c"], |row| {
        let Some(time) = row.time("time", zone) else { return };
        if time.0.rem_euclid(HOUR) != 0 {
            row.refuse("time", "must be a full hour", "give hourly values stamped at the start of the hour");
            return;
        }
        let text = row.text("wind_from");
        let wind_from_deg = match text {
            "" | "calm" | "cv" => None,
            _ => match sector_degrees(text) {
                Some(degrees) => Some(degrees),
                None => match text.parse::<f64>().ok().filter(|d| (0.0..=360.0).contains(d)) {
                    Some(degrees) => Some(degrees),
                    None => {
                        let limit = "must be a compass sector such as NE, degrees from 0 to 360, or calm";
                        row.refuse("wind_from", limit, "write where the wind comes from; leave a missing value empty");
                        return;
                    }
                },
            },
        };
        let read = |column, low, high, unit| row.number_or_empty(column, Limit::new(low, high, unit));
        let hour = (|| {
            Some(WeatherHour {
                time,
                wind_from_deg,
                speed_m_s: read("wind_speed_m_s", 0.0, 75.0, "m/s")?,
                temperature_c: read("temperature_c", -60.0, 60.0, "°C")?,
                dew_point_c: read("dew_point_c", -80.0, 40.0, "°C")?,
                pressure_hpa: read("pressure_hpa", 500.0, 1100.0, "hPa")?,
                rain_mm: read("precipitation_mm", 0.0, 400.0, "mm in an hour")?,
            })
        })();
        let Some(hour) = hour else { return };
        if hours.insert(time.0, hour).is_some() {
            row.refuse("time", "the hour stands on an earlier line too", "keep one row an hour");
        }
    });
    hours.into_values().collect()
}

/// `deposition.csv`.
pub(super) fn removals(reader: &mut Reader<'_>, reactions: &[ReactionStep], file: &str) -> Vec<Removal> {
    let species: BTreeSet<String> = species(reactions, Medium::Air);
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row(file, &["species", "dry_velocity_m_s", "washout_per_s_at_1mm_h", "washout_exponent"], |row| {
        let name = row.known("species", &species, "chain.csv (air)").and_then(|_| row.new_id("species", &mut seen));
        let dry = row.number("dry_velocity_m_s", Limit::new(0.0, 0.2, "m/s"));
        let wash = row.number("washout_per_s_at_1mm_h", Limit::new(0.0, 0.1, "per s"));
        let exponent = row.number("washout_exponent", Limit::new(0.0, 2.0, ""));
        if let (Some(species), Some(dry_velocity_m_s), Some(washout_per_s), Some(washout_exponent)) =
            (name, dry, wash, exponent)
        {
            list.push(Removal { species, dry_velocity_m_s, washout_per_s, washout_exponent });
        }
    });
    list
}

/// Every species of a medium's chain.
pub(super) fn species(reactions: &[ReactionStep], medium: Medium) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in reactions.iter().filter(|s| s.medium == medium) {
        names.insert(step.species.clone());
        if step.process == Process::Convert {
            names.insert(step.product.clone());
        }
    }
    names
}

/// `air_model.csv`: coefficients of the daily models.
pub(super) fn model(reader: &mut Reader<'_>) -> BTreeMap<(String, String), Coefficient> {
    let mut terms = BTreeMap::new();
    reader.each_row("air_model.csv", &["model", "term", "value"], |row| {
        let (model, term) = (row.needed("model"), row.needed("term"));
        let (value, low, high) =
            (row.number("value", ANY), row.number_or_empty("low", ANY), row.number_or_empty("high", ANY));
        if let (Some(model), Some(term), Some(value), Some(low), Some(high)) = (model, term, value, low, high) {
            if low.is_some_and(|l| l > value) || high.is_some_and(|h| h < value) {
                row.refuse("value", "must lie in its own range, low to high", "correct the value or the range");
            } else if terms.insert((model, term), Coefficient { value, low, high }).is_some() {
                row.refuse("term", "the term stands on an earlier line too", "keep one row a model and term");
            }
        }
    });
    terms
}

/// `climatology.csv`: mean (SI) and lag-1 autocorrelation of an earlier season.
pub(super) fn climatology(reader: &mut Reader<'_>, stations: &[Station]) -> BTreeMap<String, (f64, Option<f64>)> {
    let known: BTreeSet<String> = stations.iter().map(|s| s.id.clone()).collect();
    let mut means = BTreeMap::new();
    reader.each_row("climatology.csv", &["station", "pollutant", "value", "unit"], |row| {
        let station = row.known("station", &known, "stations.csv");
        let quantity = pollutant(row, "pollutant", Medium::Air);
        if quantity.is_some_and(|p| p != Pollutant::Pm25) {
            row.refuse("pollutant", "only PM2.5 is predicted day by day", "take the row away");
            return;
        }
        let factor = quantity.and_then(|p| unit_factor(row, p));
        let value = row.number("value", Limit::new(0.0, 1e6, "in its unit"));
        let rho = row.number_or_empty("persistence", Limit::new(-1.0, 1.0, ""));
        if let (Some(station), Some(factor), Some(value), Some(rho)) = (station, factor, value, rho)
            && means.insert(station, (value * factor, rho)).is_some()
        {
            row.refuse("station", "the station stands on an earlier line too", "keep one row a station");
        }
    });
    means
}
