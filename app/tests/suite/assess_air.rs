//! `assess air` from the outside, whatever the table looks like.

use std::path::Path;
use std::process::Command;

/// Exit code, rows of stdout (its first six columns and the flags), stdout, stderr.
fn air(files: &[(&str, &[u8])], arguments: &[&str]) -> (i32, Vec<Vec<String>>, String, String) {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(Path::new(place.path()).join(name), bytes).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_liankong"));
    let output = command.current_dir(place.path()).args(["assess", "air"]).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect();
    (output.status.code().unwrap(), rows, text, String::from_utf8(output.stderr).unwrap())
}

fn six(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|r| r.iter().take(6).map(String::as_str).collect()).collect()
}

const DAYS: &str = "station,time,pollutant,averaging,value,unit\n\
    a,2018-11-05,PM2.5,24h,60.6,ug/m3\n\
    a,2018-11-05,CO,24h,500,ug/m3\n\
    b,2026-04-01,PM2.5,24h,60.6,ug/m3\n\
    b,2026-04-02,PM2.5,24h,30,ug/m3\n\
    b,2026-04-03,PM2.5,24h,--,ug/m3\n";

#[test]
fn a_long_table_is_judged_by_the_edition_in_force_on_each_day() {
    let (code, rows, _, err) = air(&[("in.csv", DAYS.as_bytes())], &["--in", "in.csv", "--rules", "HJ 633"]);
    assert_eq!(code, 0, "{err}");
    // 61 µg/m³: 50 + 50/40·26 = 82.5 → 83 by 2012, 100 + 50/55·1 → 101 by 2026; an incomplete day below 100 is NA by 2026.
    let expected = [
        ["a", "2018-11-05", "83", "2", "PM2.5", "HJ 633-2012"],
        ["b", "2026-04-01", "101", "3", "PM2.5", "HJ 633-2026"],
        ["b", "2026-04-02", "NA", "NA", "NA", "HJ 633-2026"],
        ["b", "2026-04-03", "", "", "NA", "HJ 633-2026"],
    ];
    assert_eq!(six(&rows), expected);
}

#[test]
fn a_wide_table_in_any_dress_gives_the_same_rows() {
    let plain =
        "time,station,pm25,pm10,so2,no2,co,o3\n2018-06-01,甲,75,150,10,20,0.8,90\n2018-06-02,甲,20,30,10,20,0.8,90\n";
    let by = ["--in", "in.csv", "--rules", "HJ 633-2012"];
    let (code, rows, text, err) = air(&[("in.csv", plain.as_bytes())], &by);
    assert_eq!(code, 0, "{err}");
    // 75 and 150 are both 100: tied; a day of 50 or less has no primary.
    let expected = [
        ["甲", "2018-06-01", "100", "2", "PM10;PM2.5", "HJ 633-2012"],
        ["甲", "2018-06-02", "45", "1", "NA", "HJ 633-2012"],
    ];
    assert_eq!(six(&rows), expected);
    let dressed = plain
        .replace(
            "time,station,pm25,pm10,so2,no2,co,o3",
            "监测时间,站点,PM2.5(μg/m³),PM10_24h,SO2,NO2,CO（mg/m3）,O3_8h",
        )
        .replace('\n', "\r\n");
    let (gb, ..) = encoding_rs::GB18030.encode(&dressed);
    let with_bom = format!("\u{feff}{plain}");
    for bytes in [dressed.as_bytes(), &gb, with_bom.as_bytes()] {
        assert_eq!(air(&[("in.csv", bytes)], &by).2, text);
    }
}

#[test]
fn bad_values_are_flagged_and_the_rest_is_judged() {
    let table =
        "station,time,pm25,pm10,o3\na,2018-06-01,-5,50,-999\na,2018-06-02,abc,50,99999\na,2018-06-02,40,60,80\n";
    let (code, rows, _, err) = air(&[("in.csv", table.as_bytes())], &["--in", "in.csv", "--rules", "HJ 633-2012"]);
    assert_eq!(code, 0, "{err}");
    let told: Vec<(&str, &str)> = rows.iter().map(|r| (r[2].as_str(), r[9].as_str())).collect();
    // The second row of the same day brings what the first could not: 40 → 56.25 → 57.
    let flags = "unreadable PM2.5 \"abc\";range O3 99999;duplicate PM10";
    assert_eq!(told, [("50", "range PM2.5 -5"), ("57", flags)]);
}

#[test]
fn what_cannot_be_understood_is_told_all_at_once_and_nothing_is_written() {
    let table = "station,time,pollutant,averaging,value,unit\n,2018-06-01,PM2.5,24h,1,ug/m3\na,gestern,PM2.5,24h,1,ug/m3\n\
        a,2018-06-01,PM2.5,3h,1,ug/m3\na,2018-06-01,PM2.5,24h,1,ppb\na,2018-06-01,TSP,24h,1,ug/m3\n";
    let by = ["--in", "in.csv", "--rules", "HJ 633", "--out", "out.csv"];
    let (code, _, text, _) = air(&[("in.csv", table.as_bytes())], &by);
    assert_eq!(code, 2);
    for (line, field) in [(2, "station"), (3, "time"), (4, "averaging"), (5, "unit")] {
        assert!(text.contains(&format!("in.csv:{line}: {field}")), "{line} {field}: {text}");
    }
    assert_eq!(text.lines().count(), 4, "{text}");
    for (bytes, rules) in [("", "HJ 633"), ("a,b\n1,2\n", "HJ 633"), ("station,time\n", "HJ 633"), (DAYS, "HJ 7")] {
        assert_eq!(air(&[("in.csv", bytes.as_bytes())], &["--in", "in.csv", "--rules", rules]).0, 2, "{bytes} {rules}");
    }
}

#[test]
fn us_gases_may_stand_in_ppm_and_an_hour_of_particles_is_its_nowcast() {
    let mut table = String::from("station,time,pollutant,averaging,value,unit\nx,2024-07-01,O3,8h,0.07853333,ppm\n");
    for (k, v) in [120, 100, 80, 60, 40, 30, 20, 20, 20, 20, 20, 20].iter().enumerate() {
        table += &format!("y,2024-07-02T{:02}:00,PM2.5,1h,{v},ug/m3\n", 12 - k);
    }
    let by = ["--in", "in.csv", "--rules", "US EPA AQI 2024", "--zone", "-05:00"];
    let (code, rows, _, err) = air(&[("in.csv", table.as_bytes())], &by);
    assert_eq!(code, 0, "{err}");
    // EPA's worked example 126; NowCast 100.8 → 183.
    assert_eq!((rows[0][2].as_str(), rows[1][2].as_str(), rows[1][6].as_str()), ("126", "183", "1h"));
}

#[test]
fn the_stamp_and_the_zone_decide_the_day_and_so_the_edition() {
    let table = "station,time,pollutant,averaging,value,unit\na,2026-03-01T00:00,NO2,1h,300,ug/m3\n";
    let rule = |more: &[&str]| {
        let by: Vec<&str> = ["--in", "in.csv", "--rules", "HJ 633"].iter().chain(more).copied().collect();
        air(&[("in.csv", table.as_bytes())], &by).1[0][5].clone()
    };
    assert_eq!((rule(&[]), rule(&["--stamp", "end"])), ("HJ 633-2026".into(), "HJ 633-2012".into()));
}

#[test]
fn one_json_document_and_a_rule_of_ones_own() {
    let own =
        "rule,pollutant,averaging,unit,sub_index,breakpoint\nOurs,PM2.5,24h,ug/m3,0,0\nOurs,PM2.5,24h,ug/m3,100,50\n";
    let files: [(&str, &[u8]); 2] = [("in.csv", DAYS.as_bytes()), ("own.csv", own.as_bytes())];
    let (code, _, text, err) = air(&files, &["--in", "in.csv", "--rules", "own.csv", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    // 30 of 50 µg/m³ → 60.
    assert_eq!(
        (&told["air"][2]["index"], &told["air"][2]["rules"], &told["readings"]),
        (&"60".into(), &"Ours".into(), &5.into())
    );
}
