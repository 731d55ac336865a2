//! What `transport air` says where the weather does not reach: one sentence each. The weather is a table of one station.

use std::path::Path;
use std::process::{Command, Output};

/// A station in Shanghai; hours of 2015-06-20 UTC.
fn station(folder: &Path, name: &str, hours: &[u32]) -> String {
    let mut text = String::from("time,lon,lat,wind_speed_m_s,wind_direction_deg,temperature_c\n");
    for h in hours {
        text += &format!("2015-06-20T{h:02}:00Z,121.5,31.2,4.0,270,25\n");
    }
    std::fs::write(folder.join(name), text).unwrap();
    name.to_string()
}

fn air(folder: &Path, met: &[&str], rows: &str, more: &[&str]) -> Output {
    std::fs::write(folder.join("r.csv"), format!("id,lon,lat,height_m,start,end\n{rows}\n")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_liankong"))
        .current_dir(folder)
        .args(["transport", "air", "--receptors", "r.csv", "--particles", "50", "--out", "out", "--met"])
        .args(met)
        .args(more)
        .output()
        .unwrap()
}

/// The one sentence that is told, and nothing else.
fn sentence(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(told.matches("; ").count(), 1, "one sentence with one remedy: {told}");
    told
}

#[test]
fn a_gap_between_two_files_is_one_sentence_and_may_be_bridged() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let files = [station(folder, "a.csv", &[0, 1, 2, 3, 4]), station(folder, "b.csv", &[9, 10, 11, 12])];
    let met = [files[0].as_str(), &files[1]];
    let row = "r,121.5,31.2,10,2015-06-20T10:00Z,2015-06-20T11:00Z";
    let told = sentence(&air(folder, &met, row, &["--hours", "8"]));
    for word in ["missing hours", "2015-06-20T04:00+00:00 and 2015-06-20T09:00+00:00 (5 h)", "--bridge-gaps"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let bridged = air(folder, &met, row, &["--hours", "8", "--bridge-gaps"]);
    assert!(bridged.status.success(), "{}", String::from_utf8_lossy(&bridged.stderr));
    // A run that does not meet the gap does not care.
    let after = air(folder, &met, row, &["--hours", "1"]);
    assert!(after.status.success(), "{}", String::from_utf8_lossy(&after.stderr));
}

#[test]
fn a_run_before_the_weather_and_a_receptor_outside_its_grid_are_one_sentence_each() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let met = station(folder, "a.csv", &[0, 1, 2, 3, 4, 5, 6]);
    let early =
        sentence(&air(folder, &[&met], "r,121.5,31.2,10,2015-06-20T02:00Z,2015-06-20T03:00Z", &["--hours", "6"]));
    assert!(early.contains("missing hours") && early.contains("--truncate"), "{early}");
    let late =
        sentence(&air(folder, &[&met], "r,121.5,31.2,10,2015-06-20T05:00Z,2015-06-20T09:00Z", &["--hours", "2"]));
    assert!(late.contains("hours without weather"), "{late}");
    let away =
        sentence(&air(folder, &[&met], "r,125.0,31.2,10,2015-06-20T05:00Z,2015-06-20T06:00Z", &["--hours", "2"]));
    assert!(away.contains("lies outside") && away.contains("r.csv:2"), "{away}");
}

#[test]
fn formats_mixed_and_weather_that_is_none_are_told_together() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let met = station(folder, "a.csv", &[0, 1, 2]);
    std::fs::write(folder.join("page.html"), "<html>Forbidden</html>").unwrap();
    let output =
        air(folder, &[&met, "page.html"], "r,121.5,31.2,10,2015-06-20T01:00Z,2015-06-20T02:00Z", &["--hours", "1"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("page.html") && told.contains("is not weather") && told.contains("ERA5"), "{told}");
}
