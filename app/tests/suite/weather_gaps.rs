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
fn era5_gfs_and_wrf_carry_a_receptor_as_they_come() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/suite/weather_files").join(name);
        path.display().to_string()
    };
    for (names, at) in [
        (vec!["era5_new_levels.nc", "era5_new_surface.nc"], "120.8,30.6"),
        (vec!["era5.grib1"], "120.8,30.6"),
        (vec!["gfs.grib2"], "120.8,30.6"),
        (vec!["wrf_lambert.nc"], "122.0,31.7"),
    ] {
        let paths: Vec<String> = names.iter().map(|name| file(name)).collect();
        let met: Vec<&str> = paths.iter().map(String::as_str).collect();
        let row = format!("r,{at},10,2024-05-30T01:30Z,2024-05-30T02:00Z");
        let output = air(place.path(), &met, &row, &["--hours", "1", "--truncate"]);
        assert!(output.status.success(), "{names:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(std::fs::read(place.path().join("out/footprint.nc")).unwrap().starts_with(b"\x89HDF"));
        std::fs::remove_dir_all(place.path().join("out")).unwrap();
    }
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
