//! The daily models are fitted on the winter of 2014/15 and scored on the case; the coefficients in the case must be the
//! ones that this fit gives. Writes `validation/winter_2014/table.md`.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

use crate::shared_data::delta;
use liankong_engine::attribute::{Skill, attribute, calibrate::Fitted, calibrate::calibrate};
use liankong_engine::region::calendar::DAY;
use liankong_engine::region::event::Reading;
use liankong_engine::region::{Case, Period, Pollutant, Time};
use liankong_engine::transport::{self, Transported};
use liankong_engine::{cycle, observe};
use std::fmt::Write;
use std::path::Path;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/winter_2014/table.md");

fn delta_case() -> Case {
    Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/yangtze-delta")).unwrap()
}

/// The case in the winter before: its own members, stations and sources, that winter's measurements and weather.
fn winter(case: &Case) -> Option<Case> {
    let mut winter = case.clone();
    let period = Period { start: delta::date("2014-11-15"), end: delta::date("2015-03-01") };
    winter.settings.air_period = Some(period);
    winter.targets.clear();
    winter.air_readings.clear();
    for day in delta::city_days()?.iter().filter(|d| period.contains(d.day)) {
        let key = (day.code.to_string(), Pollutant::Pm25, DAY);
        let reading = Reading { time: day.day, seconds: DAY, value: Some(day.kg_m3), line: 0 };
        winter.air_readings.entry(key).or_default().push(reading);
    }
    winter.weather = delta::shanghai_hours()?;
    // Five days of weather before the first, for the particles' history.
    winter.weather.retain(|h| h.time >= Time(period.start.0 - 5 * DAY) && h.time < period.end);
    Some(winter)
}

fn followed(case: &Case) -> Transported {
    transport::footprints(case, &|_| {}, &|| false).unwrap()
}

fn skill(case: &Case, transported: &Transported) -> Vec<Skill> {
    attribute(case, &observe::read(case), transported).skill
}

fn lines(table: &mut String, title: &str, skill: &[Skill]) {
    for s in skill {
        let r = s.correlation_by_station.map_or(String::new(), |r| format!("{r:.2}"));
        let Skill { model, days, correlation, bias, rmse, .. } = s;
        let (bias, rmse) = (bias * 1e9, rmse * 1e9);
        writeln!(table, "| {title} | {model} | {days} | {correlation:.2} | {r} | {bias:+.1} | {rmse:.1} |").unwrap();
    }
}

#[test]
fn the_cases_coefficients_are_those_of_the_winter_before_and_beat_climatology_and_damped_persistence() {
    let case = delta_case();
    let Some(winter) = winter(&case) else { return };
    let observed = observe::read(&winter);
    let transported = followed(&winter);
    let fitted = calibrate(&winter, &observed, transported.air.as_ref().unwrap(), Pollutant::Pm25).unwrap();
    for Fitted { model, term, value, .. } in &fitted {
        let held = case.air_model.get(&(model.clone(), term.clone())).map(|c| c.value);
        let near = held.is_some_and(|h| (h - value).abs() <= 0.002 * value.abs().max(1.0));
        assert!(
            near,
            "{model} {term}: the fit gives {value:.3}, air_model.csv holds {held:?}; run the commands in validation/winter_2014"
        );
    }
    assert_eq!(fitted.len(), case.air_model.len());

    let (fit, scored) = (skill(&winter, &transported), skill(&case, &followed(&case)));
    let rmse = |list: &[Skill], model: &str| list.iter().find(|s| s.model == model).unwrap().rmse * 1e9;
    // What an independent trial of the same idea reached on the same weeks: 40.8 and 34.8.
    assert!(rmse(&scored, "footprint") <= 40.8 && rmse(&scored, "advected") <= 34.8);
    assert!(rmse(&scored, "footprint") < rmse(&scored, "climatology"));
    assert!(rmse(&scored, "advected") < rmse(&scored, "damped_persistence"));

    let mut table = String::from(
        "<!-- Made by engine/tests/validation_winter.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         Daily PM2.5 of 27 cities, modelled against measured; bias and RMSE in µg/m³.\n\n\
         | days | model | station-days | r | r by station (median) | bias | RMSE |\n|---|---|---|---|---|---|---|\n",
    );
    lines(&mut table, "fitted on: 15 Nov 2014 – 28 Feb 2015", &fit);
    lines(&mut table, "scored on: 15 Nov – 31 Dec 2015", &scored);
    table.push_str("\n| model | term | value | 5 % | 95 % | unit |\n|---|---|---|---|---|---|\n");
    for f in fitted.iter().filter(|f| !f.term.starts_with("level ")) {
        writeln!(table, "| {} | {} | {:.2} | {:.2} | {:.2} | {} |", f.model, f.term, f.value, f.low, f.high, f.unit)
            .unwrap();
    }
    if std::env::var("LIANKONG_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap_or_default(), table, "the table is out of date");
}

#[test]
fn ledger_and_forward_runs_agree_in_the_case() {
    let case = delta_case();
    let turn = cycle::turn(&case, cycle::Verb::Transport, &cycle::Silent).unwrap();
    let deviation = turn.balance.air_deviation.unwrap();
    assert!(deviation.abs() < 3.0, "{deviation} standard errors");
    assert!(turn.balance.river_forward_error.unwrap() < 1e-10);
    assert!(turn.balance.river_mass_error.unwrap() < 1e-10);
}
