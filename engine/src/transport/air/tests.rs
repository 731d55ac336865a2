//! Laws that the air engine must keep, on a small made-up region.

use super::*;
use crate::region::calendar::Time;
use crate::region::event::WeatherHour;
use crate::region::geometry::Area;
use crate::region::member::{Member, Station};
use crate::region::source::{Emission, Process, ReactionStep, Removal, Site, Source};
use crate::region::{Point, sample};

const DAYS: i64 = 4;

fn step(process: Process, species: &str, product: &str, rate: f64, mass_yield: f64) -> ReactionStep {
    ReactionStep {
        medium: Medium::Air,
        process,
        species: species.into(),
        product: product.into(),
        rate_per_s: rate,
        rate_range: None,
        mass_yield,
    }
}

/// A square region of 3° with one city, two stations, a plant and a city-wide source.
fn region() -> Case {
    let mut case = sample::case();
    let period = Period { start: Time(3 * DAY), end: Time((3 + DAYS) * DAY) };
    case.settings.air_period = Some(period);
    case.settings.air.particles = 96;
    case.settings.air.receptor_radius_m = 25_000.0;
    let corner = |lon, lat| Point { lon, lat };
    let ring =
        vec![corner(120.0, 30.0), corner(123.0, 30.0), corner(123.0, 33.0), corner(120.0, 33.0), corner(120.0, 30.0)];
    let area = Some(Area { rings: vec![ring] });
    case.members.push(Member { code: "1".into(), parent: None, name_zh: "一".into(), name_en: "one".into(), area });
    for (id, lon, lat) in [("a", 121.0, 31.0), ("b", 122.0, 32.0)] {
        let place = corner(lon, lat);
        case.stations.push(Station {
            id: id.into(),
            member: "1".into(),
            place,
            name_zh: id.into(),
            name_en: id.into(),
        });
    }
    for hour in 0..(3 + DAYS) * 24 {
        case.weather.push(WeatherHour {
            time: Time(hour * HOUR),
            wind_from_deg: (hour % 7 != 0).then_some(((hour / 24) % 4) as f64 * 90.0 + 45.0),
            speed_m_s: Some(1.0 + (hour % 5) as f64),
            temperature_c: Some(8.0 + (hour % 24) as f64 / 4.0),
            dew_point_c: Some(4.0),
            pressure_hpa: None,
            rain_mm: (hour % 30 == 0).then_some(2.0),
        });
    }
    for (id, site) in [("plant", Site::Point(corner(120.5, 31.5))), ("town", Site::Area)] {
        case.sources.push(Source {
            id: id.into(),
            member: Some("1".into()),
            medium: Medium::Air,
            site,
            sector: "industry".into(),
            structure: "industry".into(),
            height_m: 0.0,
            name_zh: id.into(),
            name_en: id.into(),
            mark: "synthetic".into(),
        });
    }
    for (source, species, rate_kg_s) in [(0, "SO2", 3.0), (0, "PM2.5", 0.5), (1, "PM2.5", 2.0), (1, "SO2", 1.0)] {
        case.emissions.push(Emission {
            source,
            species: species.into(),
            rate_kg_s,
            period: None,
            mark: "synthetic".into(),
        });
    }
    case.reactions = vec![
        step(Process::Convert, "SO2", "sulfate", 5e-6, 1.5),
        step(Process::Observe, "sulfate", "PM2.5", 0.0, 1.375),
        step(Process::Observe, "PM2.5", "PM2.5", 0.0, 1.0),
    ];
    let wash = |species: &str| Removal {
        species: species.into(),
        dry_velocity_m_s: 0.002,
        washout_per_s: 1e-4,
        washout_exponent: 0.7,
    };
    case.removals = vec![wash("SO2"), wash("PM2.5"), wash("sulfate")];
    case
}

fn run(case: &Case) -> Transported {
    footprint(case, Pollutant::Pm25, &|_| {}, &|| false).unwrap().unwrap()
}

#[test]
fn footprint_and_independent_forward_run_agree_within_three_standard_errors() {
    let found = run(&region());
    let ((back, back_error), (ahead, ahead_error)) = (found.backward, found.forward);
    let error = back_error.hypot(ahead_error);
    assert!(back > 0.0 && error / back < 0.05, "{back} ± {error}");
    assert!((back - ahead).abs() < 3.0 * error, "backward {back}, forward {ahead}, standard error {error}");
}

#[test]
fn a_tracer_that_nothing_takes_away_is_followed_for_the_whole_time() {
    // Σ_cells F A = Σ_lags Δt / max h over the lag, for particles that stay on the map
    let mut case = region();
    case.removals.clear();
    case.reactions = vec![step(Process::Observe, "PM2.5", "PM2.5", 0.0, 1.0)];
    case.emissions.retain(|e| e.species == "PM2.5");
    case.settings.air.hours = 12;
    case.settings.air.cell_deg = 2.0;
    case.weather.iter_mut().for_each(|h| (h.speed_m_s, h.wind_from_deg, h.rain_mm) = (Some(0.0), None, None));
    let found = run(&case);
    let driver = weather::driver(&case).unwrap();
    let domain = Domain::new(&case).unwrap();
    let lags = 12 * STEPS_PER_HOUR;
    let height = |step: usize| driver.hours[step / STEPS_PER_HOUR].layer.height_m;
    let arrivals = 3 * STEPS_PER_DAY..(3 + DAYS as usize) * STEPS_PER_DAY;
    let expected: f64 = arrivals
        .clone()
        .map(|arrival| {
            let mut depth = 0.0f64;
            let each = (0..=lags).map(|lag| {
                depth = depth.max(height(arrival - lag));
                STEP_S as f64 / depth
            });
            each.sum::<f64>() / arrivals.len() as f64
        })
        .sum();
    let sum: f64 = found.maps[0].1.iter().sum::<f64>() * domain.cell_area_m2();
    assert!((sum / expected - 1.0).abs() < 1e-9, "{sum} {expected}");
    let ways: f64 = found.daily.base[0].iter().map(|b| b.weight).sum();
    assert!((ways - 1.0).abs() < 1e-9);
}

#[test]
fn the_bits_are_the_same_at_any_thread_count() {
    let case = region();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| run(&case));
        let values: Vec<u64> = (0..found.daily.rows.len())
            .flat_map(|r| found.daily.row(r).map(|e| e.value.to_bits()).collect::<Vec<_>>())
            .collect();
        (values, found.forward.0.to_bits(), found.backward.1.to_bits())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn the_mean_over_days_is_the_mean_of_the_days() {
    let found = run(&region());
    let period = region().settings.air_period.unwrap();
    let mean = found.daily.mean_over(period);
    assert_eq!(mean.rows.len(), 2);
    let by_day: f64 = (0..found.daily.rows.len())
        .filter(|r| found.daily.rows[*r].receptor == "b")
        .map(|r| found.daily.sensitivity(r, 0, "PM2.5").0 / DAYS as f64)
        .sum();
    let (value, error) = mean.sensitivity(mean.find("b", "PM2.5", period).unwrap(), 0, "PM2.5");
    assert!((value / by_day - 1.0).abs() < 1e-12 && error > 0.0);
}

#[test]
fn a_stopped_run_says_so_and_a_case_without_weather_has_no_footprint() {
    let mut case = region();
    assert!(footprint(&case, Pollutant::Pm25, &|_| {}, &|| true).is_err());
    case.weather.clear();
    assert!(footprint(&case, Pollutant::Pm25, &|_| {}, &|| false).unwrap().is_none());
}
