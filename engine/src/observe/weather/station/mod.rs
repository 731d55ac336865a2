//! Weather of one level: the table of one station, from which the air around it is made.
//!
//! One row a moment: `time, lon, lat, wind_speed_m_s, wind_direction_deg, temperature_c`, and what more there is:
//! `wind_height_m` (10), `relative_humidity_percent` (70), `pressure_hpa` (of the standard atmosphere at `elevation_m`, 0),
//! `cloud_cover` (0 to 1; 0.5), `precipitation_mm_h` (0), `roughness_m` (0.1), and, where they were measured,
//! `heat_flux_w_m2`, `friction_velocity_m_s`, `mixing_height_m`. A row without wind or temperature is a missing hour.
//!
//! The air is the same everywhere on a plane of 100 km about the station: right while a plume is within some ten kilometres of it
//! and the land is flat, wrong beyond. Heat flux and depth are made in `balance.rs`, profiles in `column.rs`.

mod balance;
mod column;

use super::native::Plane;
use super::{Derived, Frame, Grid, Projection, Weather};
use crate::problem::{Error, Problems, Result};
use crate::region::table::{LATITUDE, LONGITUDE, Limit, Table};
use crate::region::{Point, Time};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Columns that must be there.
const REQUIRED: [&str; 6] = ["time", "lon", "lat", "wind_speed_m_s", "wind_direction_deg", "temperature_c"];
/// Columns that may be there.
const OPTIONAL: [&str; 11] = [
    "wind_height_m",
    "relative_humidity_percent",
    "pressure_hpa",
    "elevation_m",
    "cloud_cover",
    "precipitation_mm_h",
    "roughness_m",
    "heat_flux_w_m2",
    "friction_velocity_m_s",
    "mixing_height_m",
    "mark",
];
/// Heights of the frames, m.
const HEIGHTS_M: [f32; 20] = [
    10.0, 25.0, 50.0, 80.0, 120.0, 170.0, 230.0, 310.0, 410.0, 530.0, 680.0, 860.0, 1080.0, 1340.0, 1650.0, 2020.0,
    2450.0, 2950.0, 3550.0, 4500.0,
];
/// Points along each axis, and their distance, m.
const SIDE: (usize, f64) = (5, 25_000.0);

/// One row that has wind and temperature; `None` where the table has nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Hour {
    /// The moment.
    pub time: Time,
    /// Wind, m s⁻¹, and the direction it comes from, degrees.
    pub wind: (f64, f64),
    /// Height of the wind, m.
    pub wind_height_m: f64,
    /// Temperature at 2 m, K.
    pub temperature: f64,
    /// Relative humidity, 0 to 1.
    pub humidity: f64,
    /// Pressure at the ground, Pa.
    pub pressure: f64,
    /// Cloud, 0 to 1.
    pub cloud: f64,
    /// Precipitation, kg m⁻² s⁻¹.
    pub precipitation: f64,
    /// Roughness, m.
    pub roughness: f64,
    /// Measured heat flux, W m⁻².
    pub heat_flux: Option<f64>,
    /// Measured u*, m s⁻¹.
    pub friction: Option<f64>,
    /// Measured depth, m.
    pub depth: Option<f64>,
}

/// What is known of a station.
struct Read {
    place: Point,
    elevation_m: f64,
    hours: Vec<Hour>,
    columns: Vec<String>,
}

/// True where the first line of a text names the columns.
pub fn detect(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let names: Vec<&str> = text.trim_start_matches('\u{feff}').split(',').map(|n| n.trim().trim_matches('"')).collect();
    names.contains(&"time") && names.contains(&"wind_speed_m_s")
}

/// The weather of tables of one station, with the columns it has and how it was made.
pub fn open(paths: &[PathBuf]) -> Result<(Weather, Vec<String>)> {
    let read = read(paths)?;
    let turbulence = balance::turbulence(&read.hours, read.place);
    let (n, step) = SIDE;
    let half = 0.5 * step * (n as f64 - 1.0);
    let grid = Grid {
        projection: Projection::Tangent { origin: read.place },
        nx: n,
        ny: n,
        x0: -half,
        y0: -half,
        dx: step,
        dy: step,
        wraps: false,
    };
    let times: Vec<Time> = read.hours.iter().map(|h| h.time).collect();
    let has = |name: &str| read.columns.iter().any(|c| c == name);
    let derived = derivations(&has);
    let names = paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
    let origin = format!(
        "one station at {:.3}° E, {:.3}° N, the same air everywhere within 50 km, from {names}",
        read.place.lon, read.place.lat
    );
    let hours = read.hours;
    let frames = move |at: usize| {
        let Some((hour, state)) = hours.get(at).zip(turbulence.get(at)) else {
            return Err(Error::Stage(format!("the station has no moment {at}")));
        };
        Ok(spread(&column::column(hour, state, &HEIGHTS_M), n * n))
    };
    let terrain: Plane = vec![read.elevation_m as f32; n * n];
    let mut weather = Weather::new(grid, HEIGHTS_M.to_vec(), terrain, times, origin, Box::new(frames));
    weather.derived = derived;
    Ok((weather, read.columns))
}

/// One column's frame, repeated over the grid.
fn spread(one: &Frame, columns: usize) -> Frame {
    let over = |field: &Vec<f32>| field.repeat(columns);
    Frame {
        time: one.time,
        u: over(&one.u),
        v: over(&one.v),
        w: over(&one.w),
        density: over(&one.density),
        temperature: over(&one.temperature),
        relative_humidity: over(&one.relative_humidity),
        mixing_height: over(&one.mixing_height),
        friction_velocity: over(&one.friction_velocity),
        inverse_obukhov: over(&one.inverse_obukhov),
        convective_velocity: over(&one.convective_velocity),
        precipitation: over(&one.precipitation),
        cloud_base: over(&one.cloud_base),
        cloud_top: over(&one.cloud_top),
        temperature_2m: over(&one.temperature_2m),
        surface_pressure: over(&one.surface_pressure),
        roughness: over(&one.roughness),
    }
}

fn derivations(has: &dyn Fn(&str) -> bool) -> Vec<Derived> {
    let mut list = vec![
        Derived {
            quantity: "wind",
            method: "Monin–Obukhov profile to the mixing height, even above; direction as measured (Cimorelli et al. 2005, eq. 26)",
        },
        Derived { quantity: "w", method: "none from one level: 0" },
        Derived {
            quantity: "temperature",
            method: "Monin–Obukhov profile of potential temperature to the mixing height, +5 K/km above",
        },
        Derived { quantity: "density", method: "hydrostatic from the ground, gas law with virtual temperature" },
        Derived { quantity: "inverse_obukhov", method: "definition of the Obukhov length, held to |L| ≥ 1 m" },
        Derived { quantity: "convective_velocity", method: "Deardorff (1970) from heat flux and mixing height" },
        Derived {
            quantity: "cloud_base, cloud_top",
            method: "where it rains: lifting condensation level (Espy) to 4,500 m",
        },
    ];
    let mut add = |column: &str, quantity, method| {
        if !has(column) {
            list.push(Derived { quantity, method });
        }
    };
    add(
        "heat_flux_w_m2",
        "heat_flux",
        "sun and cloud by day (Holtslag & van Ulden 1983), θ* and cloud by night (van Ulden & Holtslag 1985)",
    );
    add("friction_velocity_m_s", "friction_velocity", "wind and heat flux, Monin–Obukhov by iteration (Dyer 1974)");
    add(
        "mixing_height_m",
        "mixing_height",
        "Zilitinkevich (1972) where stable or neutral, encroachment with entrainment by day (Tennekes 1973)",
    );
    add("cloud_cover", "cloud_cover", "none in the file: 0.5");
    add("relative_humidity_percent", "relative_humidity", "none in the file: 70 %");
    add("pressure_hpa", "surface_pressure", "standard atmosphere at the station's elevation");
    add("roughness_m", "roughness", "none in the file: 0.1 m");
    add("precipitation_mm_h", "precipitation", "none in the file: 0");
    list
}

/// Reads the tables, with all their problems.
fn read(paths: &[PathBuf]) -> Result<Read> {
    let mut problems = Problems::default();
    let mut hours: Vec<Hour> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut station: Option<(Point, f64)> = None;
    for path in paths {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(table) = Table::read(folder, &name, true, &REQUIRED, &mut problems) else { continue };
        columns.extend(table.column_names().filter(|c| REQUIRED.contains(c) || OPTIONAL.contains(c)).map(String::from));
        let cell = RefCell::new(&mut problems);
        for row in table.rows(&cell) {
            let number = |column, low, high, unit| row.number_or_empty(column, Limit::new(low, high, unit)).flatten();
            let (time, lon, lat) = (row.time("time", 0), row.number("lon", LONGITUDE), row.number("lat", LATITUDE));
            let wind = number("wind_speed_m_s", 0.0, 75.0, "m/s");
            let from = number("wind_direction_deg", 0.0, 360.0, "degrees");
            let celsius = number("temperature_c", -80.0, 60.0, "°C");
            let wind_height_m = number("wind_height_m", 1.0, 200.0, "m").unwrap_or(10.0);
            let humidity = number("relative_humidity_percent", 0.0, 100.0, "%").unwrap_or(70.0) / 100.0;
            let pressure = number("pressure_hpa", 300.0, 1100.0, "hPa");
            let elevation = number("elevation_m", -430.0, 6000.0, "m").unwrap_or(0.0);
            let cloud = number("cloud_cover", 0.0, 1.0, "").unwrap_or(0.5);
            let precipitation = number("precipitation_mm_h", 0.0, 400.0, "mm/h").unwrap_or(0.0) / 3600.0;
            let roughness = number("roughness_m", 1e-5, 5.0, "m").unwrap_or(0.1);
            let heat_flux = number("heat_flux_w_m2", -300.0, 1000.0, "W/m²");
            let friction = number("friction_velocity_m_s", 0.001, 5.0, "m/s");
            let depth = number("mixing_height_m", 10.0, 6000.0, "m");
            let (Some(time), Some(lon), Some(lat)) = (time, lon, lat) else { continue };
            let (first, _) = *station.get_or_insert((Point { lon, lat }, elevation));
            if first.distance_m(Point { lon, lat }) > 100.0 {
                row.refuse(
                    "lon",
                    format!("another station began the weather, at {}, {}", first.lon, first.lat),
                    "give one station at a time",
                );
                continue;
            }
            if wind_height_m <= 2.0 * roughness {
                row.refuse(
                    "wind_height_m",
                    format!("lies within twice the roughness of {roughness} m"),
                    "correct one of the two",
                );
                continue;
            }
            let (Some(wind), Some(from), Some(celsius)) = (wind, from, celsius) else { continue };
            // Standard atmosphere (ISO 2533): p = 101,325 (1 − 2.25577·10⁻⁵ z)^5.25588.
            let pressure =
                pressure.map_or_else(|| 101_325.0 * (1.0 - 2.255_77e-5 * elevation).powf(5.255_88), |hpa| hpa * 100.0);
            hours.push(Hour {
                time,
                wind: (wind, from),
                wind_height_m,
                temperature: celsius + 273.15,
                humidity,
                pressure,
                cloud,
                precipitation,
                roughness,
                heat_flux,
                friction,
                depth,
            });
        }
    }
    if !problems.is_empty() {
        return Err(Error::Input(problems.into_sorted()));
    }
    hours.sort_by_key(|h| h.time);
    hours.dedup_by_key(|h| h.time);
    columns.sort();
    columns.dedup();
    match station {
        Some((place, elevation_m)) if hours.len() > 1 => Ok(Read { place, elevation_m, hours, columns }),
        _ => {
            let names = paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
            let limit = format!("{} hours have wind and temperature, and at least 2 are needed", hours.len());
            Err(super::opened::refused(&names, "wind_speed_m_s", limit, "give more hours"))
        }
    }
}
