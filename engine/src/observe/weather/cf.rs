//! What the conventions for climate and forecast (CF-1.11) say of a NetCDF file's coordinates: times, axes, and the map the grid lies on.

use super::cone::Cone;
use super::ellipsoid::Ellipsoid;
use super::grid::{Grid, Projection};
use super::netcdf::{numbers, text};
use super::transverse_mercator::TransverseMercator;
use crate::region::Point;
use crate::region::calendar::{DAY, HOUR, Time};
use crate::region::geometry::EARTH_RADIUS_M;
use netcdf_reader::NcVariable;
use std::collections::BTreeMap;

/// Times of a coordinate in `units` such as `hours since 1900-01-01 00:00:00.0` and a calendar.
pub fn times(values: &[f64], units: &str, calendar: Option<&str>) -> Result<Vec<Time>, String> {
    let calendar = calendar.unwrap_or("standard").to_ascii_lowercase();
    if !matches!(calendar.as_str(), "standard" | "gregorian" | "proleptic_gregorian") {
        return Err(format!("the calendar is {calendar}, which has days that never were"));
    }
    let (unit, origin) =
        units.split_once(" since ").ok_or_else(|| format!("\"{units}\" is no unit of time since a moment"))?;
    let step = match unit.trim().to_ascii_lowercase().as_str() {
        "seconds" | "second" | "secs" | "s" => 1,
        "minutes" | "minute" | "min" | "mins" => 60,
        "hours" | "hour" | "hrs" | "h" => HOUR,
        "days" | "day" | "d" => DAY,
        other => return Err(format!("times are counted in \"{other}\"")),
    };
    let start =
        origin_of(origin.trim()).ok_or_else(|| format!("times are counted from \"{origin}\", which is no moment"))?;
    let moment = |value: &f64| {
        let seconds = value * step as f64;
        // Years 1 to 9999; beyond is damage. Hours in single precision since 1900 are exact; seconds are rounded.
        (seconds.is_finite() && seconds.abs() < 3.2e11)
            .then(|| Time(start.0.saturating_add(seconds.round() as i64)))
            .ok_or_else(|| format!("{value} {units} is no moment"))
    };
    values.iter().map(moment).collect()
}

/// A moment written as CF allows: `2025-5-1 00:00:00`, `1900-01-01 00:00:00.0`, `1970-01-01`, with `Z`, `UTC` or an offset.
fn origin_of(text: &str) -> Option<Time> {
    let text = text.trim_end_matches("UTC").trim_end_matches(['Z', 'z']).trim();
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let midnight = Time::parse(&format!("{year:04}-{month:02}-{day:02}"), 0)?;
    let clock = clock.trim();
    let (clock, offset) = match clock.find(['+', '-', ' ']) {
        Some(at) => (&clock[..at], clock[at..].trim()),
        None => (clock, ""),
    };
    let seconds_of = |text: &str| -> Option<f64> {
        let mut total = 0.0;
        for (part, worth) in text.split(':').zip([3600.0, 60.0, 1.0]) {
            total += part.parse::<f64>().ok()? * worth;
        }
        Some(total)
    };
    let seconds = if clock.is_empty() { 0.0 } else { seconds_of(clock)? };
    let east = match offset.strip_prefix('-') {
        _ if offset.is_empty() => 0.0,
        Some(west) => -seconds_of(west)?,
        None => seconds_of(offset.trim_start_matches('+'))?,
    };
    Some(Time(midnight.0 + (seconds - east).round() as i64))
}

/// First value and step of an axis that is evenly spaced to a hundredth of a step, or what is wrong with it. `turn` is 360 where
/// the axis may jump by a turn of longitude.
pub fn even(values: &[f64], turn: Option<f64>) -> Result<(f64, f64), String> {
    let n = values.len();
    if n < 2 {
        return Err(format!("has {n} points, and at least 2 are needed"));
    }
    let mut unwound = values.to_vec();
    if let Some(turn) = turn {
        let way = (values[1] - values[0] - turn * ((values[1] - values[0]) / turn).round()).signum();
        for k in 1..n {
            while (unwound[k] - unwound[k - 1]) * way < 0.0 && (unwound[k] - unwound[0]).abs() < 2.0 * turn {
                unwound[k] += way * turn;
            }
        }
    }
    let step = (unwound[n - 1] - unwound[0]) / (n - 1) as f64;
    if !(step.is_finite() && step.abs() > 1e-9) {
        return Err(format!("runs from {} to {} in {n} points", values[0], values[n - 1]));
    }
    let off =
        unwound.iter().enumerate().position(|(k, v)| (v - unwound[0] - step * k as f64).abs() > 0.01 * step.abs());
    match off {
        Some(k) => Err(format!("is not evenly spaced: {} follows {}", values[k.max(1)], values[k.max(1) - 1])),
        None => Ok((unwound[0], step)),
    }
}

/// The grid of two evenly spaced axes on a map, second axis turned to ascend. Gives also whether it was turned.
pub fn grid(x: &[f64], y: &[f64], map: Option<&Map>) -> Result<(Grid, bool), String> {
    let (x0, dx) =
        even(x, map.is_none().then_some(360.0)).map_err(|what| format!("the first horizontal axis {what}"))?;
    let (y0, dy) = even(y, None).map_err(|what| format!("the second horizontal axis {what}"))?;
    if dx < 0.0 {
        return Err(format!("the first horizontal axis runs from {} down to {}", x[0], x[x.len() - 1]));
    }
    let (low, flipped) = if dy < 0.0 { (y0 + dy * (y.len() - 1) as f64, true) } else { (y0, false) };
    let shape = (x.len(), y.len());
    let grid = match map {
        None => {
            if low < -90.01 || low + dy.abs() * (shape.1 - 1) as f64 > 90.01 || dx * shape.0 as f64 > 361.0 {
                return Err(format!("a grid from {x0}° E, {low}° N by {dx}°, {}° leaves the globe", dy.abs()));
            }
            Grid::degrees(shape, (x0, low), (dx, dy.abs()))
        }
        Some(map) => Grid {
            projection: map.projection,
            nx: shape.0,
            ny: shape.1,
            x0: x0 + map.from.0,
            y0: low + map.from.1,
            dx,
            dy: dy.abs(),
            wraps: false,
        },
    };
    let sound = [(0, 0), (shape.0 - 1, shape.1 - 1)].into_iter().all(|(i, j)| {
        let place = grid.place(i as f64, j as f64);
        place.lon.is_finite() && place.lat.is_finite()
    });
    if sound { Ok((grid, flipped)) } else { Err("the grid lies infinitely far away on its map".into()) }
}

/// A map and what to add to the file's coordinates to have ours, m.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Map {
    /// How the axes lie.
    pub projection: Projection,
    /// Added to x, y.
    pub from: (f64, f64),
}

/// The map that a `grid_mapping` variable describes, by its CF attributes or else by its PROJ text.
pub fn map(variable: &NcVariable) -> Result<Option<Map>, String> {
    let number = |name: &str| numbers(variable, name).first().copied();
    let name = text(variable, "grid_mapping_name").unwrap_or_default().to_ascii_lowercase();
    let proj =
        ["proj_params", "proj4_params", "proj4", "proj4text", "proj4string"].iter().find_map(|n| text(variable, n));
    let earth = match (number("semi_major_axis"), number("inverse_flattening"), number("earth_radius")) {
        (Some(a), Some(f), _) => Ellipsoid::flattened(a, f),
        (_, _, Some(r)) => Ellipsoid::sphere(r),
        (Some(a), None, None) => match number("semi_minor_axis") {
            Some(b) if b < a => Ellipsoid { radius_m: a, eccentricity: (1.0 - (b / a).powi(2)).sqrt() },
            _ => Ellipsoid::sphere(a),
        },
        _ => Ellipsoid::sphere(EARTH_RADIUS_M),
    };
    let mut p = BTreeMap::new();
    let kind = match name.as_str() {
        "latitude_longitude" => return Ok(None),
        "lambert_conformal_conic" => "lcc",
        "polar_stereographic" | "stereographic" => "stere",
        "mercator" => "merc",
        "transverse_mercator" => "tmerc",
        _ => match proj {
            Some(proj) => return proj_text(&proj),
            None => {
                return Err(format!(
                    "the map \"{name}\" is none of latitude_longitude, lambert_conformal_conic, polar_stereographic, mercator, transverse_mercator"
                ));
            }
        },
    };
    let parallels = numbers(variable, "standard_parallel");
    for (key, value) in [
        ("lat_0", number("latitude_of_projection_origin")),
        ("lon_0", number("longitude_of_central_meridian")),
        ("lon_0", number("longitude_of_projection_origin")),
        ("lon_0", number("straight_vertical_longitude_from_pole")),
        ("k_0", number("scale_factor_at_projection_origin")),
        ("k_0", number("scale_factor_at_central_meridian")),
        ("lat_1", parallels.first().copied()),
        ("lat_2", parallels.last().copied()),
        ("lat_ts", parallels.first().copied()),
        ("x_0", number("false_easting")),
        ("y_0", number("false_northing")),
    ] {
        if let Some(value) = value {
            p.insert(key.to_string(), value);
        }
    }
    of(kind, &p, earth)
}

/// The map of a PROJ text such as `+proj=utm +zone=32 +ellps=WGS84`.
fn proj_text(proj: &str) -> Result<Option<Map>, String> {
    let words: BTreeMap<&str, &str> = proj
        .split_whitespace()
        .filter_map(|w| w.strip_prefix('+'))
        .map(|w| w.split_once('=').unwrap_or((w, "")))
        .collect();
    let mut p: BTreeMap<String, f64> =
        words.iter().filter_map(|(key, value)| Some(((*key).to_string(), value.parse().ok()?))).collect();
    if words.get("units").is_some_and(|unit| *unit != "m") {
        return Err(format!("the map \"{proj}\" is not in metres"));
    }
    let get = |p: &BTreeMap<String, f64>, key: &str| p.get(key).copied();
    let figure = words.get("ellps").or(words.get("datum")).copied().unwrap_or("WGS84");
    let earth = match (get(&p, "R"), get(&p, "a"), get(&p, "b"), get(&p, "rf")) {
        (Some(r), ..) => Ellipsoid::sphere(r),
        (None, Some(a), Some(b), _) if b < a => Ellipsoid { radius_m: a, eccentricity: (1.0 - (b / a).powi(2)).sqrt() },
        (None, Some(a), None, Some(rf)) => Ellipsoid::flattened(a, rf),
        (None, Some(a), ..) => Ellipsoid::sphere(a),
        _ => match figure {
            "WGS84" => Ellipsoid::wgs84(),
            "GRS80" | "NAD83" => Ellipsoid::flattened(6_378_137.0, 298.257_222_101),
            "sphere" => Ellipsoid::sphere(6_370_997.0),
            other => {
                return Err(format!("the figure of the Earth \"{other}\" of the map \"{proj}\" is not known here"));
            }
        },
    };
    match words.get("proj").copied().unwrap_or("") {
        "longlat" | "latlong" | "lonlat" | "latlon" => Ok(None),
        "utm" => {
            let zone =
                get(&p, "zone").filter(|z| (1.0..=60.0).contains(z)).ok_or("the UTM map has no zone from 1 to 60")?;
            for (key, value) in [("lon_0", 6.0 * zone - 183.0), ("k_0", 0.9996), ("x_0", 5e5), ("lat_0", 0.0)] {
                p.insert(key.into(), value);
            }
            p.insert("y_0".into(), if words.contains_key("south") { 1e7 } else { 0.0 });
            of("tmerc", &p, earth)
        }
        kind => {
            if let (Some(k), None) = (get(&p, "k"), get(&p, "k_0")) {
                p.insert("k_0".into(), k);
            }
            of(kind, &p, earth)
        }
    }
}

/// A map by PROJ's names of its kind and numbers.
fn of(kind: &str, p: &BTreeMap<String, f64>, earth: Ellipsoid) -> Result<Option<Map>, String> {
    let get = |key: &str, or: f64| p.get(key).copied().unwrap_or(or);
    if !(earth.radius_m > 1e6 && earth.radius_m < 1e8 && earth.eccentricity < 0.5) || p.values().any(|v| !v.is_finite())
    {
        return Err(format!("an Earth of {} m, or a number of the map that is none", earth.radius_m));
    }
    let (meridian, lat_0) = (get("lon_0", 0.0), get("lat_0", 0.0));
    let projection = match kind {
        "tmerc" | "etmerc" => {
            Projection::TransverseMercator(TransverseMercator { meridian, scale: get("k_0", 1.0), earth })
        }
        "lcc" => {
            let first = get("lat_1", lat_0);
            let second = get("lat_2", first);
            if first.abs() >= 90.0 || second.abs() >= 90.0 || (first + second).abs() < 1e-6 {
                return Err(format!("a cone true at {first}° and {second}° is none"));
            }
            Projection::Conformal(Cone::secant(first, second, meridian, earth))
        }
        "stere" => {
            if (lat_0.abs() - 90.0).abs() > 1e-6 {
                return Err(format!("a stereographic map about {lat_0}° of latitude, not about a pole"));
            }
            let truth = match (p.get("lat_ts"), p.get("k_0")) {
                (Some(lat), _) => (*lat, 1.0),
                (None, k) => (lat_0, k.copied().unwrap_or(1.0)),
            };
            Projection::Conformal(Cone::upright(lat_0, meridian, truth, earth))
        }
        "merc" => {
            let truth = match p.get("lat_ts") {
                Some(lat) => (*lat, 1.0),
                None => (0.0, get("k_0", 1.0)),
            };
            Projection::Conformal(Cone::upright(0.0, meridian, truth, earth))
        }
        other => return Err(format!("the map \"{other}\" is none of utm, tmerc, lcc, stere, merc, longlat")),
    };
    // Ours count from the equator and the meridian, theirs from a latitude and with a false origin.
    let lat_0 = if kind == "merc" { 0.0 } else { lat_0 };
    let zero = match projection {
        Projection::TransverseMercator(map) => map.plane(Point { lon: meridian, lat: lat_0 }),
        Projection::Conformal(cone) => cone.plane(Point { lon: meridian, lat: lat_0 }),
        _ => (0.0, 0.0),
    };
    Ok(Some(Map { projection, from: (zero.0 - get("x_0", 0.0), zero.1 - get("y_0", 0.0)) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_the_moments_that_files_name() {
        let at = |value: f64, units: &str| times(&[value], units, None).map(|t| t[0].to_string());
        assert_eq!(at(0.0, "hours since 2025-5-1 00:00:00").unwrap(), "2025-05-01T00:00+00:00");
        assert_eq!(at(1_043_136.0, "hours since 1900-01-01 00:00:00.0").unwrap(), "2019-01-01T00:00+00:00");
        assert_eq!(at(1_700_000_000.0, "seconds since 1970-01-01").unwrap(), "2023-11-14T22:13:20+00:00");
        assert_eq!(at(1.5, "days since 2000-01-01T06:00:00Z").unwrap(), "2000-01-02T18:00+00:00");
        assert_eq!(at(0.0, "minutes since 2000-01-01 08:00:00 +08:00").unwrap(), "2000-01-01T00:00+00:00");
        assert!(at(1.0, "months since 2000-01-01").is_err() && at(1e300, "days since 2000-01-01").is_err());
        assert!(times(&[1.0], "days since 2000-01-01", Some("360_day")).is_err());
    }

    #[test]
    fn longitudes_may_jump_by_a_turn_and_uneven_axes_are_told() {
        assert_eq!(even(&[178.0, 179.0, -180.0, -179.0], Some(360.0)).unwrap(), (178.0, 1.0));
        assert_eq!(even(&[359.0, 0.0, 1.0], Some(360.0)).unwrap(), (359.0, 1.0));
        assert!(even(&[0.0, 1.0, 2.5], None).unwrap_err().contains("evenly"));
    }
}
