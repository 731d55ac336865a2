//! `assess year` from the outside: from a table of days or hours to the years of cities, members and the region.

use std::path::Path;
use std::process::Command;

/// Where the command ran, its exit code, stdout and stderr.
fn year(files: &[(&str, &str)], arguments: &[&str]) -> (tempfile::TempDir, i32, String, String) {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(Path::new(place.path()).join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    let output = command.current_dir(place.path()).args(["assess", "year"]).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (place, output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Rows of a table by the names of some columns.
fn columns(text: &str, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at: Vec<usize> = names.iter().map(|n| header.iter().position(|h| h == *n).unwrap()).collect();
    reader.records().map(|r| r.unwrap()).map(|r| at.iter().map(|k| r[*k].to_string()).collect()).collect()
}

fn read(place: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(place.path().join(name)).unwrap()
}

/// Every day of two years at four stations; PM2.5 of a station and year, the other five at class 2 limits of a year.
fn days(names: [&str; 4]) -> String {
    let mut table = String::from("time,station,pm25,pm10,so2,no2,co,o3\n");
    for (year, levels) in [(2022, [30, 50, 40, 20]), (2023, [27, 45, 36, 18])] {
        for (month, length) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
            for day in 1..=length {
                for (name, pm25) in names.iter().zip(levels) {
                    table += &format!("{year}-{:02}-{day:02},{name},{pm25},70,60,40,4,160\n", month + 1);
                }
            }
        }
    }
    table
}

const SITES: &str = "station,city,member\na,3201,32\nb,3201,32\nc,3202,32\nd,3301,33\n";

#[test]
fn stations_become_cities_members_and_the_region_by_code() {
    let table = days(["a", "b", "c", "d"]);
    let by = ["--in", "in.csv", "--sites", "sites.csv", "--ranking", "ranking.csv"];
    let (place, code, text, err) = year(&[("in.csv", &table), ("sites.csv", SITES)], &by);
    assert_eq!(code, 0, "{err}");
    let means = |level: &str| -> Vec<(String, String, String)> {
        columns(&text, &["level", "pollutant", "statistic", "code", "year", "value"])
            .into_iter()
            .filter(|r| r[0] == level && r[1] == "PM2.5" && r[2] == "mean")
            .map(|r| (r[3].clone(), r[4].clone(), r[5].clone()))
            .collect()
    };
    let told = |rows: [(&str, &str, &str); 2]| rows.map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string()));
    // 3201: (30 + 50)/2; 32: (40 + 40)/2; the region: (40 + 40 + 20)/3.
    assert!(means("city").starts_with(&told([("3201", "2022", "40"), ("3201", "2023", "36")])), "{text}");
    assert!(means("member").contains(&told([("32", "2022", "40"); 2])[0]));
    assert_eq!(means("region"), told([("", "2022", "33.3333333"), ("", "2023", "30")]));
    // Five terms of 1 each and PM2.5 of 20/35: 5.571; the other two tie at 6.143 in 2022.
    let ranked = columns(&read(&place, "ranking.csv"), &["code", "year", "place", "good_share", "heavy_days"]);
    let cities: Vec<Vec<&str>> = ranked
        .iter()
        .filter(|r| r[1] == "2022" && !r[2].is_empty())
        .map(|r| r.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(
        cities,
        [["3201", "2022", "2", "1", "0"], ["3202", "2022", "2", "1", "0"], ["3301", "2022", "1", "1", "0"]]
    );
}

#[test]
fn a_year_is_compared_with_the_one_before_on_the_same_stations_only() {
    let table = days(["a", "b", "c", "d"]);
    let change = |table: &str| -> Vec<(String, String)> {
        let (_, code, text, err) =
            year(&[("in.csv", table), ("sites.csv", SITES)], &["--in", "in.csv", "--sites", "sites.csv"]);
        assert_eq!(code, 0, "{err}");
        columns(&text, &["code", "year", "pollutant", "statistic", "change", "change_note"])
            .into_iter()
            .filter(|r| r[0] == "3201" && r[1] == "2023" && r[2] == "PM2.5" && r[3] == "mean")
            .map(|r| (r[4].clone(), r[5].clone()))
            .collect()
    };
    assert_eq!(change(&table), [("-0.1".to_string(), String::new())]);
    // Without station b in 2023 the city still has days with a quarter missing elsewhere; here one of two is too few.
    let without: String =
        table.lines().filter(|l| !(l.starts_with("2023") && l.contains(",b,"))).map(|l| format!("{l}\n")).collect();
    assert_eq!(change(&without), []);
}

#[test]
fn coverage_is_shown_and_a_part_of_a_year_is_not_valid() {
    let half: String =
        days(["a", "b", "c", "d"]).lines().filter(|l| !l.starts_with("2022-0")).map(|l| format!("{l}\n")).collect();
    let (place, code, text, err) = year(&[("in.csv", &half)], &["--in", "in.csv", "--months", "months.csv"]);
    assert_eq!(code, 0, "{err}");
    let told = columns(&text, &["code", "year", "pollutant", "statistic", "days", "coverage", "valid"]);
    let of = |y: &str| told.iter().find(|r| r[0] == "a" && r[1] == y && r[2] == "NO2").map(|r| r[4..].join(" "));
    // October to December: 92 of 365 days.
    assert_eq!(of("2022"), Some("92 0.252054795 false".into()));
    assert_eq!(of("2023"), Some("365 1 true".into()));
    let months = columns(&read(&place, "months.csv"), &["code", "month", "pollutant", "there", "expected"]);
    assert!(months.contains(&["a", "2023-02", "NO2", "28", "28"].map(String::from).to_vec()), "{months:?}");
}

#[test]
fn relabelling_stations_cities_and_members_changes_no_figure() {
    let figures = |names: [&str; 4], sites: &str| {
        let (_, _, text, _) = year(
            &[("in.csv", &days(names)), ("sites.csv", sites)],
            &["--in", "in.csv", "--sites", "sites.csv", "--exceedances", "WHO AQG 2021"],
        );
        let mut rows = columns(&text, &["level", "year", "pollutant", "statistic", "value", "meets", "days", "change"]);
        rows.sort();
        rows
    };
    let other = "station,city,member\nz,Q,N\ny,Q,N\nx,P,N\nw,R,M\n";
    assert_eq!(figures(["a", "b", "c", "d"], SITES), figures(["z", "y", "x", "w"], other));
}

#[test]
fn dust_days_weights_and_unknown_rules() {
    let table = days(["a", "b", "c", "d"]);
    let dust = "city,day\na,2022-03-16\n";
    let by = ["--in", "in.csv", "--dust", "dust.csv", "--weights", "PM2.5=3", "--ranking", "r.csv"];
    let (place, code, _, err) = year(&[("in.csv", &table), ("dust.csv", dust)], &by);
    assert_eq!(code, 0, "{err}");
    let row = columns(&read(&place, "r.csv"), &["code", "year", "index", "dust_days", "days"]);
    // 5 + 3 · 30/35.
    assert_eq!(row[0], ["a", "2022", "7.57142857", "1", "365"]);
    let refused = |arguments: &[&str]| year(&[("in.csv", &table)], arguments).1;
    assert_eq!(refused(&["--in", "in.csv", "--rules", "WHO AQG 2021"]), 2);
    assert_eq!(refused(&["--in", "in.csv", "--exceedances", "HJ 1"]), 2);
    assert_eq!(refused(&["--in", "in.csv", "--weights", "PM2.5=-1"]), 2);
    assert_eq!(refused(&["--in", "absent.csv"]), 2);
}

#[test]
fn events_years_in_a_row_and_levels_are_told_and_what_is_unverified_says_so() {
    let table = days(["a", "b", "c", "d"]);
    let events = "city,day,pollutant\na,2022-03-16,PM10\na,2022-03-17,\n";
    let by = ["--in", "in.csv", "--events", "events.csv", "--years-in-a-row", "2", "--exceedances", "WHO AQG 2021"];
    let (_, code, text, err) = year(&[("in.csv", &table), ("events.csv", events)], &by);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("unverified"), "{err}");
    let rows = columns(&text, &["code", "year", "pollutant", "statistic", "value", "left_out", "meets", "limit"]);
    let find = |year: &str, pollutant: &str, statistic: &str| {
        let row = rows.iter().find(|r| r[0] == "a" && r[1] == year && r[2] == pollutant && r[3] == statistic);
        row.map(|r| r[4..].join(" ")).unwrap_or_default()
    };
    assert_eq!(find("2022", "PM10", "mean"), "70 2 true 70");
    assert_eq!(find("2022", "PM2.5", "mean"), "30 1 true 35");
    // (30 + 27)/2.
    assert_eq!(find("2023", "PM2.5", "mean, 2 years (unverified)"), "28.5  true 35");
    assert_eq!(find("2023", "PM2.5", "24h days above AQG 15"), "365  false 3");
    assert_eq!(find("2023", "PM2.5", "annual mean by IT2"), "27  false 25");
    assert_eq!(find("2023", "O3", "peak season mean by IT1"), "160  false 100");
    let bad = "city,day,pollutant\na,yesterday,TSP\n";
    let (_, code, text, _) =
        year(&[("in.csv", &table), ("events.csv", bad)], &["--in", "in.csv", "--events", "events.csv"]);
    assert_eq!((code, text.lines().count()), (2, 2), "{text}");
}

#[test]
fn years_across_the_change_of_the_reference_state_are_compared_where_both_stand_at_298_kelvin() {
    let mut table = String::from("station,time,pollutant,averaging,value,unit\n");
    for day in ["2018-03-01", "2019-03-01"] {
        table += &format!("a,{day},NO2,24h,40,ug/m3\na,{day},PM2.5,24h,40,ug/m3\n");
    }
    let change = |more: &[&str]| {
        let by: Vec<&str> = ["--in", "in.csv"].iter().chain(more).copied().collect();
        let (_, _, text, _) = year(&[("in.csv", &table)], &by);
        let rows = columns(&text, &["year", "pollutant", "statistic", "change", "change_note"]);
        let of = |p: &str| rows.iter().find(|r| r[0] == "2019" && r[1] == p && r[2] == "mean").map(|r| r[3..].to_vec());
        (of("NO2").unwrap(), of("PM2.5").unwrap())
    };
    let (gas, particle) = change(&[]);
    assert!(gas[0].is_empty() && gas[1].contains("reference states"), "{gas:?}");
    assert_eq!(particle, ["0", ""]);
    // 298.15/273.15 − 1 = 0.0915248.
    assert!(change(&["--state-298"]).0[0].starts_with("0.091524"));
}
