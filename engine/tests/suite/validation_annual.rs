//! Monthly and annual means of the delta reproduced from three public sources: see `validation/annual_2014_2018/README.md`.
//! The table there is made by this test.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

use crate::shared_data::delta::{self, ZONE, date};
use liankong_engine::assess::air::aggregate::{self, Mean, Stamp};
use liankong_engine::region::calendar::{DAY, HOUR, Period};
use liankong_engine::region::{Pollutant, Time};
use std::collections::BTreeMap;
use std::fmt::Write;

/// PM2.5 lines of the US index before 2024, from memory; the means of October 2018 that they give are those of an independent
/// trial: index low and high, concentration low and high, µg/m³.
const US_BEFORE_2024: [[f64; 4]; 7] = [
    [0.0, 50.0, 0.0, 12.0],
    [51.0, 100.0, 12.1, 35.4],
    [101.0, 150.0, 35.5, 55.4],
    [151.0, 200.0, 55.5, 150.4],
    [201.0, 300.0, 150.5, 250.4],
    [301.0, 400.0, 250.5, 350.4],
    [401.0, 500.0, 350.5, 500.4],
];

/// Concentration of a US sub-index of PM2.5, kg m⁻³.
fn inverted(index: f64) -> Option<f64> {
    let [i_lo, i_hi, c_lo, c_hi] = US_BEFORE_2024.into_iter().find(|line| index <= line[1])?;
    Some((c_lo + (index - i_lo) * (c_hi - c_lo) / (i_hi - i_lo)) * 1e-9)
}

fn whole_day(midnight: Time, value: f64) -> Mean {
    let period = Period { start: midnight, end: Time(midnight.0 + DAY) };
    Mean { period, value: Some(value), there: 1, expected: 1 }
}

/// Daily PM2.5 of a city of the aqicn files: stamped one day late, so moved back by one.
fn aqicn_days(city: &str) -> Option<Vec<Mean>> {
    let rows = crate::shared_data::rows(&format!("data/air/aqicn_daily/{city}-air-quality.csv"))?;
    let day = |row: &Vec<String>| {
        let numbers: Vec<u32> = row[0].split('/').filter_map(|n| n.trim().parse().ok()).collect();
        let [year, month, day] = numbers.as_slice() else { return None };
        let stamped = date(&format!("{year:04}-{month:02}-{day:02}"));
        Some((Time(stamped.0 - DAY), inverted(row[1].trim().parse().ok()?)?))
    };
    let by_day: BTreeMap<Time, f64> = rows.iter().filter_map(day).collect();
    Some(by_day.into_iter().map(|(t, v)| whole_day(t, v)).collect())
}

/// Hourly PM2.5 of the consulate in Shanghai by the moment the hour begins: stamps name its end; −999, the saturation code
/// 985 and everything not marked valid are left out. Also: how many hours were refused for saturation.
fn consulate_hours(year: &str) -> Option<(BTreeMap<Time, f64>, usize)> {
    let rows =
        crate::shared_data::rows(&format!("data/air/us_consulate_shanghai_hourly/Shanghai_PM2.5_{year}_YTD.csv"))?;
    let (mut hours, mut saturated) = (BTreeMap::new(), 0);
    for row in &rows {
        let [year, month, day, hour] = [3, 4, 5, 6].map(|k| row[k].parse::<i64>().unwrap());
        let end = Time(date(&format!("{year:04}-{month:02}-{day:02}")).0 + hour * HOUR);
        let value: f64 = row[10].parse().unwrap();
        saturated += usize::from(value == 985.0);
        if row[13] == "Valid" && (0.0..985.0).contains(&value) {
            hours.insert(Stamp::End.period(end, HOUR).start, value * 1e-9);
        }
    }
    Some((hours, saturated))
}

fn printed(mean: Option<f64>) -> String {
    mean.map_or("–".into(), |v| format!("{:.1}", Pollutant::Pm25.printed(v)))
}

fn find(means: &[Mean], start: &str) -> Mean {
    *means.iter().find(|m| m.period.start == date(start)).unwrap()
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/annual_2014_2018/table.md");

#[test]
fn october_2018_and_the_years_2014_and_2015_of_the_delta_come_out_as_published() {
    let Some(values) = delta::city_days() else { return };
    let (Some(xuzhou), Some(huzhou), Some((hours, saturated))) =
        (aqicn_days("xuzhou"), aqicn_days("huzhou"), consulate_hours("2018"))
    else {
        return;
    };
    let mut table = String::from(
        "<!-- Made by engine/tests/validation_annual.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         PM2.5, µg/m³.\n\n| October 2018 | days | mean | an independent trial | notice of the ministry |\n|---|---|---|---|---|\n",
    );
    let consulate = aggregate::days(&hours, ZONE);
    let october = period_of_october();
    let (sum, n) = hours.range(october.start..october.end).fold((0.0, 0), |(s, n), (_, v)| (s + v, n + 1));
    for (place, days, trial, notice) in [
        ("Xuzhou", &xuzhou, 57.4, 57.0),
        ("Huzhou", &huzhou, 28.4, 27.0),
        ("Shanghai, consulate", &consulate, 30.8, 27.0),
    ] {
        let month = find(&aggregate::months(days, ZONE), "2018-10-01");
        let mean = month.value.unwrap() * 1e9;
        writeln!(table, "| {place} | {} of {} | {mean:.1} | {trial} | {notice} |", month.there, month.expected)
            .unwrap();
        // The trial averaged the consulate's hours, here its days: 0.1 apart.
        assert!((mean - trial).abs() < 0.15, "{place}: {mean} against {trial}");
        assert!((mean - notice).abs() < 4.0, "{place}: {mean} against {notice}");
    }
    let of_hours = sum / f64::from(n) * 1e9;
    assert!((of_hours - 30.8).abs() < 0.05, "{of_hours}");
    writeln!(table, "\nMean of the consulate's {n} hours in October 2018: {of_hours:.1}.").unwrap();
    writeln!(table, "Hours of 2018 with the saturation code 985, all refused: {saturated}.").unwrap();
    assert!(saturated > 0);

    table.push_str(
        "\n| year | Shanghai | Nanjing | Hefei | 24 cities of Shanghai, Jiangsu, Zhejiang |\n|---|---|---|---|---|\n",
    );
    let known = [("2014", [52.4, 73.6, 79.1, 59.2]), ("2015", [53.6, 56.6, 65.2, 52.4])];
    let mut days: BTreeMap<&str, Vec<Mean>> = BTreeMap::new();
    for v in &values {
        days.entry(v.code).or_default().push(whole_day(v.day, v.kg_m3));
    }
    let parent: BTreeMap<&str, &str> =
        days.keys().map(|code| (*code, if code.starts_with("34") { "Anhui" } else { "three provinces" })).collect();
    for (year, expected) in known {
        let of_cities: BTreeMap<&str, f64> = days
            .iter()
            .filter_map(|(code, d)| Some((*code, find(&aggregate::years(d, ZONE), &format!("{year}-01-01")).value?)))
            .collect();
        assert_eq!(of_cities.len(), 27, "every city has a valid year");
        let above = aggregate::upward(&of_cities, &parent);
        let told = [of_cities["310000"], of_cities["320100"], of_cities["340100"], above["three provinces"]];
        writeln!(table, "| {year} | {} |", told.map(|v| printed(Some(v))).join(" | ")).unwrap();
        writeln!(table, "| {year}, an independent trial | {} |", expected.map(|v| format!("{v:.1}")).join(" | "))
            .unwrap();
        for (ours, theirs) in told.into_iter().zip(expected) {
            assert!((ours * 1e9 - theirs).abs() < 0.051, "{year}: {} against {theirs}", ours * 1e9);
        }
    }

    if std::env::var("LIANKONG_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(TABLE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap_or_default(), table, "the table is out of date");
}

fn period_of_october() -> Period {
    Period { start: date("2018-10-01"), end: date("2018-11-01") }
}
