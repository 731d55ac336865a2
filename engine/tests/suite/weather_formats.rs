//! Weather in NetCDF, WRF output, GRIB and a station's table. The files in `weather_files` were written by netCDF4 and ecCodes
//! (`validation/weather_readers/make_files.py`) from an atmosphere that is a formula, so that what is read can be told from it.

use crate::shared_data;
use liankong_engine::observe::weather::isobaric::{GribShelf, NetcdfShelf};
use liankong_engine::observe::weather::native::{Native, Source, Vertical};
use liankong_engine::observe::weather::wrf::Wrf;
use liankong_engine::observe::weather::{self, Contents};
use liankong_engine::region::{Point, Time};
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/weather_files")).join(name)
}

fn files(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| file(name)).collect()
}

fn time(text: &str) -> Time {
    Time::parse(text, 0).unwrap()
}

/// Points of the files, by column and row from the south-west.
const NX: usize = 8;
const NY: usize = 6;
/// Heights of the levels, lowest first.
fn heights() -> Vec<f64> {
    [1000.0_f64, 925.0, 850.0, 700.0, 500.0, 300.0].iter().map(|p| 8000.0 * (1013.25 / p).ln()).collect()
}

fn near(found: f32, wanted: f64, by: f64, what: &str) {
    assert!((f64::from(found) - wanted).abs() <= by, "{what}: {found}, not {wanted}");
}

/// Checks the fields aloft of an hour against the formula; `step` the coarseness of the packing, as a share of the range.
fn aloft(native: &Native, hour: f64, step: f64) {
    assert_eq!(native.temperature.len(), 6);
    for (k, z) in heights().into_iter().enumerate() {
        for (i, j) in [(0, 0), (7, 0), (0, 5), (5, 3)] {
            let c = j * NX + i;
            near(native.temperature[k][c], 300.0 - 0.006 * z, 60.0 * step, "t");
            near(native.u[k][c], 5.0 + 0.001 * z + 0.1 * i as f64 + 0.1 * hour, 10.0 * step, "u");
            near(native.v[k][c], -2.0 + 0.2 * j as f64, 1.0 * step, "v");
            near(native.humidity[k][c], 0.01 * (-z / 2500.0).exp(), 0.01 * step.max(1e-3), "q");
            near(native.height.as_ref().unwrap()[k][c], z, 1e4 * step, "z");
            near(native.pressure[k][c], 101_325.0 * (-z / 8000.0).exp(), 0.01, "p");
        }
    }
    assert!(
        matches!(&native.vertical, Some(Vertical::Pressure(w)) if w.iter().flatten().all(|w| (w - 0.05).abs() < 1e-4))
    );
}

/// Checks the fields at the ground.
fn ground(native: &Native, terrain: &[f32], hour: f64, step: f64) {
    let s = &native.surface;
    let at = |field: &Option<Vec<f32>>, c: usize| field.as_ref().unwrap()[c];
    for (i, j) in [(0, 0), (7, 0), (0, 5), (5, 3)] {
        let (c, h) = (j * NX + i, 20.0 + 10.0 * i as f64 + 5.0 * j as f64);
        near(terrain[c], h, 100.0 * step, "terrain");
        near(at(&s.pressure, c), 101_325.0 * (-h / 8000.0).exp(), 1500.0 * step, "sp");
        near(at(&s.temperature_2m, c), 300.0 - 0.006 * h, 1.0 * step + 1e-4, "t2m");
        near(at(&s.u_10m, c), 3.0, 1e-4, "u10");
        near(at(&s.v_10m, c), -1.0, 1e-4, "v10");
        near(at(&s.mixing_height, c), 500.0 + 100.0 * hour, 300.0 * step + 1e-3, "blh");
    }
}

fn rate(native: &Native) -> f64 {
    f64::from(native.surface.precipitation.as_ref().unwrap()[9])
}

fn heat(native: &Native) -> f64 {
    f64::from(native.surface.heat_flux.as_ref().unwrap()[9])
}

#[test]
fn era5_under_its_old_names_packed_upside_down_and_with_two_releases_is_what_was_written() {
    let source = NetcdfShelf::open(&files(&["era5_old.nc"])).unwrap();
    assert_eq!(source.times(), ["2024-05-30T00:00Z", "2024-05-30T01:00Z", "2024-05-30T02:00Z"].map(time));
    let grid = source.grid();
    assert_eq!((grid.nx, grid.ny, grid.wraps), (NX, NY, false));
    assert!((grid.y0 - 30.0).abs() < 1e-6 && (grid.dy - 0.25).abs() < 1e-6 && (grid.x0 - 120.0).abs() < 1e-6);
    for at in 0..3 {
        let native = source.native(at).unwrap();
        aloft(&native, at as f64, 2e-5);
        // No geopotential of the ground in the file: found where the heights of the levels have its pressure.
        let terrain = source.terrain().unwrap().unwrap();
        ground(&native, &terrain, at as f64, 2e-2);
        // Sums of the hour before: 1 mm in the second hour, 2 in the third, 100 W/m² upward throughout.
        assert!((rate(&native) * 3600.0 - at as f64).abs() < 1e-3 && (heat(&native) - 100.0).abs() < 0.01);
    }
    let notes = source.notes();
    assert!(notes.iter().any(|n| n.quantity == "terrain_m") && notes.iter().any(|n| n.method.contains("hour before")));
}

#[test]
fn era5_under_its_new_names_in_two_files_is_what_was_written() {
    // In either order.
    for names in [["era5_new_levels.nc", "era5_new_surface.nc"], ["era5_new_surface.nc", "era5_new_levels.nc"]] {
        let source = NetcdfShelf::open(&files(&names)).unwrap();
        for at in 0..3 {
            let native = source.native(at).unwrap();
            aloft(&native, at as f64, 1e-6);
            ground(&native, &source.terrain().unwrap().unwrap(), at as f64, 1e-5);
            assert!((rate(&native) * 3600.0 - at as f64).abs() < 1e-5 && (heat(&native) - 100.0).abs() < 1e-3);
            assert!((native.surface.friction_velocity.unwrap()[3] - 0.35).abs() < 1e-6);
            assert!((native.surface.roughness.unwrap()[3] - 0.2).abs() < 1e-6);
        }
    }
}

#[test]
fn sums_that_pile_up_since_midnight_are_found_out_and_differenced() {
    let source = NetcdfShelf::open(&files(&["running_totals.nc"])).unwrap();
    assert!(source.notes().iter().any(|n| n.method.contains("since midnight")));
    for at in 0..7 {
        let native = source.native(at).unwrap();
        // 0.2 h² mm since midnight: 0.2 (2h − 1) mm in hour h; and 50 W/m² upward.
        let hour = at as f64 + 1.0;
        assert!((rate(&native) * 3600.0 - 0.2 * (2.0 * hour - 1.0)).abs() < 1e-3, "{at}: {}", rate(&native) * 3600.0);
        assert!((heat(&native) - 50.0).abs() < 1e-2);
    }
}

#[test]
fn era5_as_grib_1_is_what_was_written() {
    let source = GribShelf::open(&files(&["era5.grib1"])).unwrap();
    assert_eq!(source.times(), ["2024-05-30T00:00Z", "2024-05-30T01:00Z", "2024-05-30T02:00Z"].map(time));
    for at in 0..3 {
        let native = source.native(at).unwrap();
        aloft(&native, at as f64, 2e-5);
        ground(&native, &source.terrain().unwrap().unwrap(), at as f64, 2e-5);
        assert!((rate(&native) * 3600.0 - at as f64).abs() < 1e-4 && (heat(&native) - 100.0).abs() < 1e-2);
    }
}

#[test]
fn gfs_as_grib_2_is_what_was_written_and_its_sums_and_means_since_the_start_become_rates() {
    let source = GribShelf::open(&files(&["gfs.grib2"])).unwrap();
    assert_eq!(source.times(), ["2024-05-30T01:00Z", "2024-05-30T02:00Z"].map(time));
    for at in 0..2 {
        let hour = at as f64 + 1.0;
        let native = source.native(at).unwrap();
        aloft(&native, hour, 2e-5);
        ground(&native, &source.terrain().unwrap().unwrap(), hour, 2e-5);
        // 2 mm, then 7 since the start: 5 in the second hour; a mean of 100, then 130 since the start: 160 in the second.
        assert!((rate(&native) * 3600.0 - [2.0, 5.0][at]).abs() < 1e-3, "{}", rate(&native) * 3600.0);
        assert!((heat(&native) - [100.0, 160.0][at]).abs() < 0.01, "{}", heat(&native));
        assert!((native.surface.friction_velocity.unwrap()[0] - 0.35).abs() < 1e-5);
    }
}

#[test]
fn a_wind_told_east_and_north_is_turned_to_the_axes_of_its_map() {
    let source = GribShelf::open(&files(&["lambert.grib2"])).unwrap();
    let grid = source.grid();
    // The far corner as PROJ has it.
    let far = grid.place(7.0, 5.0);
    assert!((far.lon - 123.142_893_6).abs() < 1e-5 && (far.lat - 31.657_026_9).abs() < 1e-5, "{far:?}");
    let native = source.native(0).unwrap();
    for (i, j) in [(0, 0), (7, 5), (3, 2)] {
        let (u, v) = (native.u[2][j * NX + i], native.v[2][j * NX + i]);
        // 10 m/s from the west, but for the thousandths that number the points: half an hour's walk along the axes leads due east.
        let here = grid.place(i as f64, j as f64);
        let (sx, sy) = grid.steps_per_metre(i as f64, j as f64);
        let there = grid.place(i as f64 + 100.0 * sx * f64::from(u), j as f64 + 100.0 * sy * f64::from(v));
        let (east, north) = there.metres_from(here);
        assert!((east / 100.0 - 10.0).abs() < 0.06 && (north / 100.0).abs() < 0.06, "{east} {north}");
        assert!(v.abs() > 1.0, "here the axes lie well off the meridian: {u} {v}");
    }
}

#[test]
fn wrf_output_on_each_of_its_maps_is_unstaggered_and_lies_where_its_own_coordinates_say() {
    for name in ["lambert", "polar", "mercator", "degrees"] {
        let source = Wrf::open(&files(&[&format!("wrf_{name}.nc")])).unwrap();
        assert_eq!(source.times(), ["2024-05-30T01:00Z", "2024-05-30T02:00Z"].map(time));
        let middles = [50.0, 250.0, 700.0, 2000.0, 5500.0];
        for at in 0..2 {
            let native = source.native(at).unwrap();
            let terrain = source.terrain().unwrap().unwrap();
            for (i, j) in [(0, 0), (7, 0), (0, 5), (5, 3)] {
                let c = j * NX + i;
                near(terrain[c], 100.0 + 10.0 * i as f64, 1e-3, "terrain");
                for (k, middle) in middles.into_iter().enumerate() {
                    let z = middle + 100.0 + 10.0 * i as f64;
                    near(native.height.as_ref().unwrap()[k][c], z, 0.02, "z");
                    near(native.pressure[k][c], 101_325.0 * (-z / 8000.0).exp(), 0.1, "p");
                    near(native.temperature[k][c], 300.0 - 0.006 * z, 1e-3, "t");
                    near(native.u[k][c], i as f64 + 0.5 + 0.001 * middle, 1e-4, "u");
                    near(native.v[k][c], -(j as f64) - 0.5, 1e-4, "v");
                    let r = 0.008 * (-z / 2500.0).exp();
                    near(native.humidity[k][c], r / (1.0 + r), 1e-7, "q");
                    assert!(
                        matches!(&native.vertical, Some(Vertical::Height(w)) if (w[k][c] - 0.01 * (k as f32 + 0.5)).abs() < 1e-6)
                    );
                }
            }
            // 3.6 mm an hour since the start at midnight.
            assert!((rate(&native) * 3600.0 - 3.6).abs() < 1e-4 && (heat(&native) - 80.0).abs() < 1e-4);
            assert!((native.surface.mixing_height.unwrap()[0] - 700.0).abs() < 1e-4);
        }
        let grid = source.grid();
        if name == "mercator" {
            // Over the date line.
            assert!(grid.place(7.0, 0.0).lon < -175.0 && grid.place(0.0, 0.0).lon > 175.0);
        }
    }
}

#[test]
fn every_sample_becomes_whole_weather_by_its_content_whatever_its_name() {
    let place = tempfile::tempdir().unwrap();
    for (names, format) in [
        (vec!["era5_old.nc"], "netcdf"),
        (vec!["era5_new_levels.nc", "era5_new_surface.nc"], "netcdf"),
        (vec!["era5.grib1"], "grib"),
        (vec!["gfs.grib2"], "grib"),
        (vec!["wrf_polar.nc"], "wrf"),
    ] {
        let paths: Vec<PathBuf> = names
            .iter()
            .map(|name| {
                let path = place.path().join(format!("{name}.csv"));
                std::fs::copy(file(name), &path).unwrap();
                path
            })
            .collect();
        let Contents { format: told, weather, .. } = weather::open(&paths).unwrap();
        assert_eq!(told, format);
        sound(&weather, names[0]);
    }
}

/// Finite, hydrostatic, within what the sky knows.
fn sound(weather: &weather::Weather, what: &str) {
    let nz = weather.heights_m.len();
    for at in 0..weather.times.len() {
        let frame = weather.frame(at).unwrap();
        let columns = weather.grid.nx * weather.grid.ny;
        let volumes = [&frame.u, &frame.v, &frame.w, &frame.density, &frame.temperature, &frame.relative_humidity];
        assert!(volumes.iter().all(|v| v.len() == columns * nz && v.iter().all(|x| x.is_finite())), "{what}");
        let thins = frame.density.chunks(nz).filter(|c| c.windows(2).all(|p| p[1] < p[0] * 1.02)).count();
        assert!(thins * 100 > columns * 97, "{what}: {thins} of {columns}");
        assert!(
            frame.w.iter().all(|w| w.abs() < 3.0),
            "{what}: {:?}",
            frame.w.iter().copied().fold(0.0_f32, |a, b| a.max(b.abs()))
        );
        assert!(frame.density.iter().all(|d| (0.1..1.6).contains(d)), "{what}");
        assert!(frame.mixing_height.iter().all(|h| (50.0..=4500.0).contains(h)), "{what}");
        assert!(frame.friction_velocity.iter().all(|u| (0.01..3.0).contains(u)), "{what}");
        assert!(frame.precipitation.iter().all(|p| (0.0..0.05).contains(p)), "{what}");
    }
}

#[test]
fn the_alps_of_era5_and_the_tibet_of_wrf_are_what_netcdf4_reads() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/weather_readers/table.md");
    let table = std::fs::read_to_string(table).unwrap();
    let Some(wrf) = shared_data::path("data/met/wrf_d01_allvars_cropped.nc") else { return };
    let hours: Option<Vec<PathBuf>> =
        (0..3).map(|h| shared_data::path(&format!("data/met/era5_utm32_2025_05_01_0{h}.nc"))).collect();
    let Some(hours) = hours else { return };
    let era5 = NetcdfShelf::open(&hours).unwrap();
    let wrf = Wrf::open(&[wrf]).unwrap();
    let mut compared = 0;
    for line in table.lines().filter(|l| l.starts_with("| era5") || l.starts_with("| wrf")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (at, field): (usize, &str) = (cells[1].parse().unwrap(), cells[2]);
        let source: &dyn Source = if cells[0] == "era5" { &era5 } else { &wrf };
        let native = source.native(at).unwrap();
        let s = &native.surface;
        let planes: Vec<&Vec<f32>> = match field {
            "t" => native.temperature.iter().collect(),
            "q" => native.humidity.iter().collect(),
            "u" => native.u.iter().collect(),
            "v" => native.v.iter().collect(),
            "p" => native.pressure.iter().collect(),
            "z" => native.height.iter().flatten().collect(),
            "w" => match &native.vertical {
                Some(Vertical::Pressure(w) | Vertical::Height(w)) => w.iter().collect(),
                None => Vec::new(),
            },
            "sp" => s.pressure.iter().collect(),
            "t2m" => s.temperature_2m.iter().collect(),
            "u10" => s.u_10m.iter().collect(),
            "v10" => s.v_10m.iter().collect(),
            "ust" => s.friction_velocity.iter().collect(),
            "stress" => s.stress.iter().collect(),
            "heat" => s.heat_flux.iter().collect(),
            "blh" => s.mixing_height.iter().collect(),
            "rain" => s.precipitation.iter().collect(),
            "speed" => Vec::new(),
            other => panic!("{other}"),
        };
        let values: Vec<f64> = if field == "speed" {
            let pairs = native.u.iter().flatten().zip(native.v.iter().flatten());
            pairs.map(|(u, v)| f64::from(*u).hypot(f64::from(*v))).collect()
        } else {
            planes.iter().flat_map(|p| p.iter().map(|v| f64::from(*v))).collect()
        };
        // ERA5 on its UTM grid has empty margins.
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let wanted: Vec<f64> = cells[3..].iter().map(|c| c.parse().unwrap()).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        // A mean weighted by position tells a field from its mirror image.
        let order = values.iter().enumerate().map(|(k, v)| v * (k as f64 + 0.5) / n).sum::<f64>() / n;
        let size = wanted[1].abs().max(wanted[2]).max(1e-12);
        for (found, wanted) in [(n, wanted[0]), (mean, wanted[1]), (spread, wanted[2]), (order, wanted[3])] {
            assert!((found - wanted).abs() <= 2e-6 * size.max(wanted.abs() * 1e-1), "{line}: {found}, not {wanted}");
        }
        compared += 1;
    }
    assert!(compared > 60, "{compared}");
    let contents = weather::open(&hours).unwrap();
    sound(&contents.weather, "ERA5 of the Alps");
    let innsbruck = Point { lon: 11.4, lat: 47.27 };
    let (i, j) = contents.weather.grid.position(innsbruck);
    let back = contents.weather.grid.place(i, j);
    assert!(
        (back.lon - 11.4).abs() < 1e-9
            && (back.lat - 47.27).abs() < 1e-9
            && (0.0..17.0).contains(&i)
            && (0.0..30.0).contains(&j)
    );
}

#[test]
fn a_station_s_table_becomes_air_whose_wind_is_measured_and_whose_days_are_deeper_than_its_nights() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("station");
    let mut text = String::from("time,lon,lat,wind_speed_m_s,wind_direction_deg,temperature_c,cloud_cover\n");
    for h in 0..48 {
        let gone = if h == 30 { "" } else { "4.0" };
        text += &format!("2015-06-{:02}T{:02}:00Z,121.5,31.2,{gone},270,{},0.1\n", 20 + h / 24, h % 24, 25);
    }
    std::fs::write(&path, &text).unwrap();
    let Contents { format, weather, .. } = weather::open(std::slice::from_ref(&path)).unwrap();
    assert_eq!((format, weather.times.len()), ("station", 47));
    assert_eq!(weather.missing(), [time("2015-06-21T06:00Z")]);
    sound(&weather, "station");
    let (noon, night) = (weather.frame(5).unwrap(), weather.frame(17).unwrap());
    // From the west, 4 m/s at 10 m.
    assert!((noon.u[0] - 4.0).abs() < 1e-3 && noon.v[0].abs() < 1e-3);
    assert!(noon.mixing_height[0] > 2.0 * night.mixing_height[0] && noon.convective_velocity[0] > 0.8);
    assert!(noon.inverse_obukhov[0] < 0.0 && night.inverse_obukhov[0] > 0.0);
    assert!(weather.derived.iter().any(|d| d.method.contains("Holtslag")));
    // Every problem at once.
    let broken = text.replacen("270", "400", 1).replacen(",25,", ",95,", 2).replacen("121.5", "east", 1);
    std::fs::write(&path, broken).unwrap();
    let told = weather::open(&[path]).err().unwrap().to_string();
    for word in ["wind_direction_deg", "temperature_c", "lon", "3 problem"] {
        assert!(told.contains(word) || word == "3 problem", "{word}: {told}");
    }
}
