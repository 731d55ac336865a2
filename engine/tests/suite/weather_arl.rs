//! ARL packed weather: equal to another reader in every record, right about where its points lie, and a sentence whatever
//! happens to the bytes.

use crate::shared_data;
use liankong_engine::observe::weather::arl::record::{LABEL, checksum};
use liankong_engine::observe::weather::arl::{ArlFile, grid_of};
use liankong_engine::observe::weather::{self, Contents};
use liankong_engine::region::Point;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// NOAA's sample, where it lies.
fn sample() -> Option<PathBuf> {
    shared_data::path("data/met/oct1618.BIN")
}

#[test]
fn every_record_is_what_arlmet_reads_to_the_last_bit_and_every_checksum_holds() {
    let Some(path) = sample() else { return };
    let bytes = std::fs::read(&path).unwrap();
    let file = ArlFile::open(&path).unwrap();
    let mut hashes: BTreeMap<(usize, String), (Sha256, usize)> = BTreeMap::new();
    for step in &file.steps {
        for record in &step.records {
            let packed = &bytes[record.at as usize + LABEL..][..file.nx * file.ny];
            assert_eq!(checksum(packed), record.checksum, "{record:?}");
            let (hash, count) = hashes.entry((record.level, record.name.clone())).or_default();
            file.read(record).unwrap().unwrap().iter().for_each(|value| hash.update(value.to_le_bytes()));
            *count += 1;
        }
    }
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/arl_reader/table.md");
    let table = std::fs::read_to_string(table).unwrap();
    let mut compared = 0;
    for line in table.lines().skip(4) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let key = (cells[0].parse().unwrap(), cells[1].to_string());
        let (hash, count) = hashes.remove(&key).unwrap();
        let hex: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((count.to_string().as_str(), hex.as_str()), (cells[2], cells[6]), "{key:?}");
        compared += count;
    }
    assert_eq!((compared, hashes.len()), (2196, 0));
}

#[test]
fn the_corners_of_the_sample_lie_where_proj_puts_them() {
    let Some(path) = sample() else { return };
    let grid = grid_of(&ArlFile::open(&path).unwrap().steps[0].index).unwrap();
    for (i, j, lon, lat) in [
        (0.0, 0.0, -121.35238354319112, 22.405875276080323),
        (32.0, 0.0, -79.68332754644105, 19.21004695539404),
        (0.0, 27.0, -144.70991879462875, 57.13107375919358),
        (32.0, 27.0, -51.753679185531496, 48.46441041552119),
    ] {
        let place = grid.place(i, j);
        assert!((place.lon - lon).abs() < 1e-6 && (place.lat - lat).abs() < 1e-6, "{place:?}, not {lon} {lat}");
        let (a, b) = grid.position(Point { lon, lat });
        assert!((a - i).abs() < 1e-6 && (b - j).abs() < 1e-6);
    }
}

#[test]
fn the_sample_becomes_weather_whose_numbers_the_sky_knows() {
    let Some(path) = sample() else { return };
    let Contents { weather, levels, .. } = weather::open(&[path]).unwrap();
    assert_eq!((weather.grid.nx, weather.grid.ny, levels, weather.times.len()), (33, 28, 10, 36));
    assert!(weather.missing().is_empty());
    let nz = weather.heights_m.len();
    for at in [0, 9, 35] {
        let frame = weather.frame(at).unwrap();
        let columns = 33 * 28;
        let volumes = [&frame.u, &frame.v, &frame.w, &frame.density, &frame.temperature, &frame.relative_humidity];
        assert!(volumes.iter().all(|v| v.len() == columns * nz && v.iter().all(|x| x.is_finite())));
        assert!(frame.density.iter().all(|d| (0.3..1.6).contains(d)));
        // Hydrostatic: the air of a column thins upwards, and no column of this scale rises at more than 1 m/s.
        let thins = frame.density.chunks(nz).filter(|c| c.windows(2).all(|p| p[1] < p[0] * 1.02)).count();
        assert!(thins * 100 > columns * 97, "{thins}");
        assert!(
            frame.w.iter().all(|w| w.abs() < 1.0),
            "{:?}",
            frame.w.iter().copied().fold(0.0, |a: f32, b| a.max(b.abs()))
        );
        assert!(frame.mixing_height.iter().all(|h| (100.0..=4500.0).contains(h)));
        assert!(frame.friction_velocity.iter().all(|u| (0.01..3.0).contains(u)));
        assert!(frame.precipitation.iter().all(|p| (0.0..0.01).contains(p)));
    }
    // Over Illinois the layer is deeper in the afternoon (18 UTC, moment 9) than before dawn (10 UTC, moment 5).
    let (i, j) = weather.grid.position(Point { lon: -90.0, lat: 40.0 });
    let cell = j.round() as usize * 33 + i.round() as usize;
    let (night, noon) = (weather.frame(5).unwrap(), weather.frame(9).unwrap());
    assert!(noon.mixing_height[cell] > 2.0 * night.mixing_height[cell]);
    assert!(noon.inverse_obukhov[cell] < 0.0 && noon.convective_velocity[cell] > 0.5);
    assert!(night.inverse_obukhov[cell] >= 0.0 && night.convective_velocity[cell] == 0.0);
}

/// A file as HYSPLIT's `pakrec` would write it, of one moment: T, u, v on two levels that do not vary, PRSS at the ground.
fn written(nx: usize, ny: usize, map: [f64; 12], vertical: u8, places: [&str; 3], minutes: u8) -> Vec<u8> {
    let letter = |n: usize| if n >= 1000 { (b'A' + (n / 1000 - 1) as u8) as char } else { '9' };
    let fixed = |value: f64| format!("{value:7.3}").chars().take(7).collect::<String>();
    let levels: [&[(&str, f32)]; 3] = [
        &[("PRSS", 1000.0), ("SHGT", 50.0)],
        &[("UWND", 3.0), ("VWND", 4.0), ("TEMP", 290.0)],
        &[("UWND", 6.0), ("VWND", 8.0), ("TEMP", 270.0)],
    ];
    let list: String = levels
        .iter()
        .zip(places)
        .map(|(variables, place)| {
            let names: String = variables.iter().map(|(name, _)| format!("{name:<4}{:3} ", 127)).collect();
            format!("{place:>6}{:2}{names}", variables.len())
        })
        .collect();
    let label = |level: usize, name: &str, first: f32| {
        format!("2405 1 6 0{level:2}{}{}{name:<4}   0{:14.7E}{:14.7E}", letter(nx), letter(ny), 0.0, first)
    };
    let map: String = map.iter().map(|value| fixed(*value)).collect();
    let length = 108 + list.len();
    let index = format!("TEST  0{minutes:2}{map}{:3}{:3}  3 {vertical}{length:4}{list}", nx % 1000, ny % 1000);
    let mut bytes = Vec::new();
    for piece in index.as_bytes().chunks(nx * ny) {
        bytes.extend(label(0, "INDX", 0.0).bytes());
        bytes.extend(piece);
        bytes.resize(bytes.len().div_ceil(LABEL + nx * ny) * (LABEL + nx * ny), b' ');
    }
    for (level, variables) in levels.iter().enumerate() {
        for (name, value) in *variables {
            bytes.extend(label(level, name, *value).bytes());
            bytes.resize(bytes.len() + nx * ny, 127);
        }
    }
    bytes
}

const SIGMA: [&str; 3] = ["1.0000", ".98000", ".50000"];
/// Lambert conformal over the delta: touches and is true at 30° N, 110° E runs north; point (1, 1) at 115° E, 25° N.
const LAMBERT: [f64; 12] = [90.0, 0.0, 30.0, 110.0, 27.0, 0.0, 30.0, 1.0, 1.0, 25.0, 115.0, 0.0];

fn opened(bytes: &[u8]) -> Result<Contents, String> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("met");
    std::fs::write(&path, bytes).unwrap();
    let contents = weather::open(&[path]).map_err(|e| e.to_string())?;
    contents.weather.frame(0).map_err(|e| e.to_string())?;
    Ok(contents)
}

#[test]
fn the_wind_and_the_heights_of_a_written_file_come_back_and_its_minutes_count() {
    let contents = opened(&written(20, 15, LAMBERT, 1, SIGMA, 30)).unwrap();
    let frame = contents.weather.frame(0).unwrap();
    assert_eq!(frame.time.to_string(), "2024-05-01T06:30+00:00");
    // z = R T̄ / g ln(1/σ): 171.5 m and 171.5 + 287.05·280/9.80665·ln(0.98/0.5) = 5687 m; wind linear between.
    let (nz, k) = (contents.weather.heights_m.len(), 15);
    let share = (contents.weather.heights_m[k] - 171.5) / (5687.0 - 171.5);
    assert!((frame.u[k] - 3.0 * (1.0 + share)).abs() < 0.01 && (frame.v[k] - 4.0 * (1.0 + share)).abs() < 0.01);
    assert_eq!(frame.u.len(), 20 * 15 * nz);
    // A flat level and no vertical motion in the file: none in the frame.
    assert!(frame.w.iter().all(|w| *w == 0.0));
    assert!(contents.weather.derived.iter().any(|d| d.quantity == "mixing_height"));
}

#[test]
fn mercator_lambert_polar_and_degrees_put_their_first_point_where_the_index_says() {
    let mercator = [0.0, 0.0, 20.0, 120.0, 20.0, 0.0, 0.0, 1.0, 1.0, 10.0, 110.0, 0.0];
    let south = [-90.0, 0.0, -60.0, 20.0, 95.0, 0.0, -90.0, 1.0, 1.0, -40.0, 10.0, 0.0];
    let degrees = [90.0, 359.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, -90.0, 0.0, 0.0];
    for (map, nx, ny) in [(LAMBERT, 20, 15), (mercator, 20, 15), (south, 20, 15), (degrees, 360, 181)] {
        let contents = opened(&written(nx, ny, map, 1, SIGMA, 0)).unwrap();
        let grid = &contents.weather.grid;
        let first = grid.place(0.0, 0.0);
        assert!((first.lat - map[9]).abs() < 1e-6 && (first.lon - map[10]).abs() < 1e-6, "{first:?}");
        assert_eq!(grid.wraps, nx == 360);
        // One step along either axis is the size of the grid times the scale of the map, on the sphere.
        let (sx, _) = grid.steps_per_metre(2.0, 90.0_f64.min(ny as f64 / 2.0));
        let here = grid.place(2.0, 90.0_f64.min(ny as f64 / 2.0));
        let there = grid.place(2.0 + 1000.0 * sx, 90.0_f64.min(ny as f64 / 2.0));
        assert!((here.distance_m(there) - 1000.0).abs() < 1.0, "{}", here.distance_m(there));
    }
}

#[test]
fn letters_stand_for_thousands_of_points_and_a_small_grid_s_index_runs_over_records() {
    let wide = opened(&written(1799, 12, LAMBERT, 1, SIGMA, 0)).unwrap();
    assert_eq!((wide.weather.grid.nx, wide.weather.grid.ny), (1799, 12));
    let small = opened(&written(12, 10, LAMBERT, 1, SIGMA, 0)).unwrap();
    assert_eq!((small.weather.grid.nx, small.weather.grid.ny), (12, 10));
}

#[test]
fn pressure_and_hybrid_levels_give_the_same_heights_as_sigma_where_they_say_the_same() {
    let heights = |vertical, places| {
        let frame = opened(&written(20, 15, LAMBERT, vertical, places, 0)).unwrap().weather.frame(0).unwrap();
        (frame.u, frame.density)
    };
    let sigma = heights(1, SIGMA);
    assert_eq!(heights(2, ["1000.0", "980.00", "500.00"]), sigma);
    let hybrid = heights(4, ["1.0000", ".98000", ".50000"]);
    assert!(hybrid.0.iter().zip(&sigma.0).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn a_file_cut_short_another_grid_and_a_hole_in_time_are_each_said() {
    let whole = written(20, 15, LAMBERT, 1, SIGMA, 0);
    let cut = opened(&whole[..whole.len() - 100]).err().unwrap();
    assert!(cut.contains("whole ones of them") && cut.contains("fetch it again"), "{cut}");
    let place = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = ["a", "b"].iter().map(|n| place.path().join(n)).collect();
    std::fs::write(&paths[0], &whole).unwrap();
    std::fs::write(&paths[1], written(21, 15, LAMBERT, 1, SIGMA, 0)).unwrap();
    let other = weather::open(&paths).err().unwrap().to_string();
    assert!(other.contains("one grid at a time"), "{other}");
    let mut hours = Vec::new();
    for hour in [" 0", " 1", " 2", " 5"] {
        let mut bytes = whole.clone();
        for record in bytes.chunks_mut(LABEL + 20 * 15) {
            record[6..8].copy_from_slice(hour.as_bytes());
        }
        hours.extend(bytes);
    }
    let missing = opened(&hours).unwrap().weather.missing();
    assert_eq!(missing.iter().map(|t| t.hour_of_day(0)).collect::<Vec<_>>(), [3.0, 4.0]);
}

/// Damages a file `count` times and opens it each time; gives how many still opened.
fn mutated(count: u64) -> usize {
    let whole = written(20, 15, LAMBERT, 1, SIGMA, 0);
    let mut opens = 0;
    for seed in 0..count {
        let mut state = seed;
        let mut draw = |n: usize| {
            // SplitMix64 (Steele, Lea & Flood 2014).
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % n as u64) as usize
        };
        let mut bytes = whole.clone();
        for _ in 0..=draw(3) {
            let n = bytes.len();
            match draw(5) {
                0 => bytes.truncate(draw(n + 1)),
                1 if n > 0 => bytes[draw(n)] ^= 1 << draw(8),
                // Numbers of the first index, where they do most harm.
                2 if n > 400 => bytes[draw(400)] = b"0123456789-.EeA \xff\0"[draw(18)],
                3 if n > 400 => {
                    let at = draw(390);
                    bytes[at..at + 4].copy_from_slice([b"9999", b"-999", b" NaN", b"1E38", b" inf", b"   0"][draw(6)]);
                }
                _ if n > 0 => {
                    let (at, length) = (draw(n), draw(60));
                    let piece: Vec<u8> = bytes[at..(at + length).min(n)].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {}
            }
        }
        match std::panic::catch_unwind(|| opened(&bytes)) {
            Ok(Ok(contents)) => {
                opens += 1;
                let frame = contents.weather.frame(0).unwrap();
                assert!(frame.u.iter().chain(&frame.density).all(|x| x.is_finite()), "mutation {seed}");
            }
            Ok(Err(sentence)) => assert!(sentence.len() > 20, "mutation {seed}: {sentence}"),
            Err(_) => panic!("mutation {seed} panicked"),
        }
    }
    opens
}

#[test]
fn damaged_files_are_a_sentence_or_finite_weather() {
    let opens = mutated(200);
    assert!((1..200).contains(&opens), "{opens} of 200 opened");
}

#[test]
#[ignore = "a long proof: make prove"]
fn ten_thousand_damaged_files_are_a_sentence_or_finite_weather() {
    let opens = mutated(10_000);
    assert!((1..10_000).contains(&opens), "{opens} of 10,000 opened");
}
