//! Inputs that are valid and far from everyday: the turn answers, with finite numbers.
//!
//! Each test takes the toy case to one end of what the tables may hold. Particles are followed for a few hours only, since
//! nothing here asks whether the air is right.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::whole_turn::{not_a_number, whole_turn};
use liankong_engine::cycle::{self, Silent, Turn, Verb};
use liankong_engine::observe;
use liankong_engine::region::calendar::{DAY, HOUR};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::source::Site;
use liankong_engine::region::{Case, Medium, Period, Point, Pollutant, Time};
use std::path::Path;

/// The toy case, made short.
fn toy() -> Case {
    let mut case = Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/two-towns")).unwrap();
    case.settings.air.hours = 3;
    case
}

/// The same with eight days of air, where the campaign does not matter.
fn eight_days() -> Case {
    let mut case = toy();
    let start = case.settings.air_period.unwrap().start;
    let period = Period { start, end: Time(start.0 + 8 * DAY) };
    case.settings.air_period = Some(period);
    case.weather.retain(|h| h.time < period.end);
    case.targets.iter_mut().filter(|t| t.medium == Medium::Air).for_each(|t| t.period = period);
    case
}

fn answers(case: &Case) {
    match whole_turn(case) {
        Err(sentence) => panic!("no answer: {sentence}"),
        Ok(Some(nonsense)) => panic!("{nonsense}"),
        Ok(None) => (),
    }
}

fn attributed(case: &Case) -> Turn {
    cycle::turn(case, Verb::Attribute, &Silent).unwrap()
}

#[test]
fn a_number_that_is_none_is_seen_and_a_name_like_one_is_not() {
    assert!(not_a_number(&[1.0, f64::NAN]).is_some() && not_a_number(&Some(-f64::INFINITY)).is_some());
    assert!(not_a_number(&("NaN", "a \" inf", 'x', Some(1e308))).is_none());
}

#[test]
fn the_toy_case_itself_answers_with_finite_numbers() {
    answers(&toy());
}

#[test]
fn a_month_of_calm() {
    let mut case = eight_days();
    for hour in &mut case.weather {
        (hour.wind_from_deg, hour.speed_m_s) = (None, Some(0.0));
    }
    answers(&case);
}

#[test]
fn weather_without_a_single_wind_temperature_or_dew_point() {
    let mut case = eight_days();
    for hour in &mut case.weather {
        (hour.wind_from_deg, hour.speed_m_s, hour.temperature_c, hour.dew_point_c) = (None, None, None, None);
    }
    answers(&case);
}

#[test]
fn a_storm_with_cloudbursts_that_wash_out_everything_at_once() {
    let mut case = eight_days();
    for hour in &mut case.weather {
        (hour.wind_from_deg, hour.speed_m_s, hour.rain_mm) = (Some(360.0), Some(75.0), Some(400.0));
    }
    // The ends of what deposition.csv may hold: 0.1 per s at 1 mm/h, times 400².
    for removal in &mut case.removals {
        (removal.dry_velocity_m_s, removal.washout_per_s, removal.washout_exponent) = (0.2, 0.1, 2.0);
    }
    answers(&case);
}

#[test]
fn reactions_at_the_greatest_rate_and_without_any() {
    for rate in [0.1, 0.0] {
        let mut case = eight_days();
        case.reactions.iter_mut().for_each(|step| step.rate_per_s = rate);
        answers(&case);
    }
}

#[test]
fn weather_of_a_single_day_and_weather_with_a_gap_of_days() {
    let mut case = eight_days();
    let start = case.settings.air_period.unwrap().start;
    case.weather.retain(|h| (start.0..start.0 + DAY).contains(&h.time.0));
    answers(&case);
    let mut case = eight_days();
    case.weather.retain(|h| !(start.0 + DAY..start.0 + 4 * DAY).contains(&h.time.0));
    answers(&case);
}

#[test]
fn weather_of_another_year_is_refused_in_a_sentence() {
    let mut case = eight_days();
    case.weather.iter_mut().for_each(|h| h.time = Time(h.time.0 - 400 * DAY));
    let sentence = whole_turn(&case).unwrap_err().to_string();
    assert!(sentence.contains("weather.csv"), "{sentence}");
}

#[test]
fn one_hour_of_weather_stamped_millennia_off_changes_nothing() {
    let case = eight_days();
    let mut odd = case.clone();
    let mut hour = odd.weather[0];
    for (at, time) in [(0, -377_705_116_800_i64), (odd.weather.len() + 1, 253_402_300_800)] {
        hour.time = Time(time - time.rem_euclid(HOUR));
        odd.weather.insert(at, hour);
    }
    let sound = cycle::turn(&case, Verb::Transport, &Silent).unwrap().balance;
    assert!(sound.air_ledger.is_some());
    assert_eq!(cycle::turn(&odd, Verb::Transport, &Silent).unwrap().balance, sound);
}

#[test]
fn all_observations_missing() {
    let mut case = toy();
    case.air_readings.values_mut().flatten().for_each(|r| r.value = None);
    case.water_readings.values_mut().flatten().for_each(|r| r.value = None);
    answers(&case);
    case.air_readings.clear();
    case.water_readings.clear();
    answers(&case);
    let turn = attributed(&case);
    assert!(turn.attribution.skill.is_empty() && turn.attribution.closure.iter().all(|c| c.measured.is_none()));
    assert!(turn.verification.iter().all(|v| v.estimates.is_empty() && !v.finding.1.is_empty()));
}

#[test]
fn all_observations_zero_all_alike_or_all_beyond_belief() {
    for value in [0.0, 50e-9, -1e-6, 1e12] {
        let mut case = toy();
        case.air_readings.values_mut().flatten().for_each(|r| r.value = Some(value));
        case.water_readings.values_mut().flatten().for_each(|r| r.value = Some(value));
        answers(&case);
    }
}

#[test]
fn one_station_and_none() {
    let mut case = toy();
    case.stations.retain(|s| s.id == "P21");
    case.air_readings.retain(|(station, ..), _| station == "P21");
    answers(&case);
    assert!(attributed(&case).verification.iter().all(|v| v.estimates.is_empty()));
    case.stations.clear();
    case.air_readings.clear();
    answers(&case);
}

#[test]
fn stations_that_all_stand_in_one_place() {
    let mut case = toy();
    case.stations.iter_mut().for_each(|s| s.place = Point { lon: 160.3, lat: 31.2 });
    answers(&case);
}

#[test]
fn emissions_of_nothing() {
    let mut case = eight_days();
    case.emissions.iter_mut().for_each(|e| e.rate_kg_s = 0.0);
    answers(&case);
    let turn = attributed(&case);
    assert!(turn.attribution.ledger.iter().all(|l| l.value == 0.0));
    case.emissions.clear();
    answers(&case);
}

#[test]
fn sources_outside_the_grid_count_for_nothing() {
    let mut case = eight_days();
    for source in &mut case.sources {
        if let Site::Point(place) = &mut source.site {
            *place = Point { lon: -60.0, lat: -89.0 };
        }
    }
    answers(&case);
}

#[test]
fn members_without_a_map() {
    let mut case = eight_days();
    case.members.iter_mut().for_each(|m| m.area = None);
    answers(&case);
}

#[test]
fn a_target_whose_receptor_has_no_data_and_targets_of_nothing() {
    let mut case = eight_days();
    case.air_readings.retain(|(station, ..), _| station != "P21");
    case.water_readings.retain(|(section, _), _| section != "X4");
    answers(&case);
    // What no footprint knows and nobody measures at the place.
    let air = case.targets.iter_mut().find(|t| t.medium == Medium::Air).unwrap();
    (air.receptor, air.pollutant) = ("P26".into(), Pollutant::O3);
    let water = case.targets.iter_mut().find(|t| t.medium == Medium::Water).unwrap();
    (water.receptor, water.limit) = ("X1".into(), 0.0);
    answers(&case);
    case.targets.iter_mut().for_each(|t| t.limit = 0.0);
    answers(&case);
    case.targets.clear();
    answers(&case);
}

#[test]
fn targets_of_a_period_that_holds_no_day() {
    let mut case = eight_days();
    for target in &mut case.targets {
        target.period =
            Period { start: Time(target.period.start.0 + HOUR), end: Time(target.period.start.0 + 2 * HOUR) };
    }
    answers(&case);
}

#[test]
fn an_event_outside_the_period_and_one_of_an_hour() {
    let mut case = toy();
    for rule in &mut case.event {
        rule.window = Period { start: Time(rule.window.start.0 + 300 * DAY), end: Time(rule.window.end.0 + 300 * DAY) };
    }
    answers(&case);
    let start = case.settings.air_period.unwrap().start;
    for rule in &mut case.event {
        (rule.window, rule.cut) = (Period { start, end: Time(start.0 + HOUR) }, 1.0);
    }
    answers(&case);
}

#[test]
fn a_campaign_longer_than_the_data_and_one_outside_them() {
    let mut case = toy();
    let period = case.settings.air_period.unwrap();
    for (start, end) in [(-90, 90), (0, 0), (45, 60), (-60, -50)] {
        let window = Period { start: Time(period.start.0 + start * DAY), end: Time(period.end.0 + end * DAY) };
        let window = if window.end > window.start { window } else { period };
        case.campaigns.iter_mut().for_each(|c| c.window = window);
        answers(&case);
        let turn = cycle::turn(&case, Verb::Verify, &Silent).unwrap();
        assert!(turn.verification.iter().all(|v| v.estimates.is_empty()), "{window:?}");
    }
}

#[test]
fn lakes_with_hardly_any_flow_and_reaches_that_hardly_move() {
    let mut case = eight_days();
    for reach in &mut case.reaches {
        // The ends of reaches.csv: 1e-6 m³/s through a lake of 1e12 m³ is a stay of thirty thousand million years.
        reach.flow_m3_s = 1e-6;
        (reach.travel_s, reach.volume_m3) = match reach.kind {
            ReachKind::Lake => (1e18, 1e12),
            ReachKind::Gate => (0.0, 0.0),
            _ => (2e6 / 1e-5, 2e6 / 1e-5 * 1e-6),
        };
    }
    answers(&case);
}

#[test]
fn a_torrent_through_a_puddle() {
    let mut case = eight_days();
    for reach in &mut case.reaches {
        (reach.flow_m3_s, reach.travel_s, reach.volume_m3) = (3e5, 1e-9, 1.0);
    }
    answers(&case);
}

#[test]
fn the_ends_of_the_settings() {
    for (latitude, roughness_m, wind_height_m) in [(0.0, 1e-4, 100.0), (66.0, 1.9, 2.0), (-66.0, 1.9, 100.0)] {
        let mut case = eight_days();
        let air = &mut case.settings.air;
        (air.latitude, air.roughness_m, air.wind_height_m) = (latitude, roughness_m, wind_height_m);
        (air.longitude, air.sector_width_deg) = (-180.0, 180.0);
        answers(&case);
    }
    let mut case = eight_days();
    (case.settings.air.cell_deg, case.settings.air.hours, case.settings.air.receptor_radius_m) = (2.0, 1, 100_000.0);
    answers(&case);
    let mut case = eight_days();
    case.settings.air_period = None;
    answers(&case);
    case.settings.water_period = None;
    answers(&case);
}

#[test]
fn a_period_shorter_than_a_day() {
    let mut case = eight_days();
    let start = case.settings.air_period.unwrap().start;
    case.settings.air_period = Some(Period { start, end: Time(start.0 + HOUR) });
    let told = whole_turn(&case);
    assert!(told.is_err() || told.is_ok_and(|nonsense| nonsense.is_none()));
}

#[test]
fn measures_without_life_interest_cost_or_effect() {
    let mut case = eight_days();
    case.settings.plan.interest_rate = 0.0;
    for measure in &mut case.measures {
        (measure.capex_cny, measure.opex_cny_per_year, measure.max_share) = (0.0, 0.0, 1.0);
        measure.effects.iter_mut().for_each(|e| e.rate_kg_s = 0.0);
    }
    answers(&case);
    case.measures.clear();
    answers(&case);
}

#[test]
fn coefficients_and_climatology_of_nothing() {
    let mut case = toy();
    case.air_model.values_mut().for_each(|c| c.value = 0.0);
    case.climatology.values_mut().for_each(|c| *c = (0.0, Some(-1.0)));
    answers(&case);
    case.air_model.clear();
    case.climatology.clear();
    answers(&case);
}

#[test]
fn a_reading_at_the_edge_of_time() {
    let mut case = eight_days();
    for reading in case.air_readings.values_mut().chain(case.water_readings.values_mut()).flatten().step_by(3) {
        reading.time = Time(if reading.line % 2 == 0 { 253_402_207_200 } else { -377_705_023_201 });
    }
    answers(&case);
    assert!(!observe::read(&case).series.is_empty());
}
