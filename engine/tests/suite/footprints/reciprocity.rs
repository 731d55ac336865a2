//! Forward against backward: see `validation/reciprocity/README.md`. The table there is made by this test.

use super::{CELLS, sulfur, weather};
use liankong_engine::region::calendar::{HOUR, Period, Time};
use liankong_engine::region::{Grid, Point};
use liankong_engine::transport::air::footprints::{self, Gridded, Receptor, Site};
use liankong_engine::transport::air::particles::Options;
use liankong_engine::transport::air::plumes::{self, Source};
use liankong_engine::transport::footprint::{ReceptorQuantity, standard_error};
use std::fmt::Write;

/// Receptors and sources fill a cell of half a degree and a band from the ground to 200 m: points a side, and heights.
const SIDE: usize = 3;
const HEIGHTS: usize = 2;
const BAND_M: f64 = 200.0;
const HOURS: i64 = 10;
const PAIRS: usize = 20;

fn hour(k: i64) -> Period {
    Period { start: Time(weather::START.0 + k * HOUR), end: Time(weather::START.0 + (k + 1) * HOUR) }
}

/// The middles of the parts of a cell and band, evenly by volume.
fn points(cell: u32) -> Vec<(Point, f64)> {
    let at = CELLS.centre(cell as usize);
    let part = |k: usize, n: usize| (k as f64 + 0.5) / n as f64 - 0.5;
    let mut list = Vec::new();
    for k in 0..SIDE * SIDE * HEIGHTS {
        let (x, y, z) = (k % SIDE, k / SIDE % SIDE, k / SIDE / SIDE);
        let place = Point { lon: at.lon + part(x, SIDE) * CELLS.step, lat: at.lat + part(y, SIDE) * CELLS.step };
        list.push((place, BAND_M * (part(z, HEIGHTS) + 0.5)));
    }
    list
}

fn backward(cell: u32, period: Period, particles: u32, seed: u64) -> Gridded {
    let receptor = |(k, (place, height_m)): (usize, (Point, f64))| Receptor {
        id: k.to_string(),
        place,
        height_m,
        period,
        quantity: ReceptorQuantity::Concentration,
    };
    let receptors: Vec<Receptor> = points(cell).into_iter().enumerate().map(receptor).collect();
    let settings = footprints::Settings {
        particles,
        hours: HOURS,
        grid: CELLS,
        edges_m: vec![0.0, BAND_M],
        truncate: false,
        options: Options { seed, ..Options::default() },
    };
    footprints::follow(&weather::of(36), &sulfur(), &receptors, &settings, &|_| (), &|| false).unwrap().unwrap()
}

/// Mean over the receptor's points of what 1 kg s⁻¹ of SO2 from a site in an hour brings, and its standard error.
fn felt(gridded: &Gridded, site: Site, emission: Period) -> (f64, f64) {
    let f = &gridded.footprint;
    let place = gridded.sites.iter().position(|s| *s == site);
    let so2 = f.species.iter().position(|s| s == "SO2");
    let bin = f.bins.iter().position(|b| *b == emission);
    let mut batches = vec![0.0; f.replicate_count()];
    for row in 0..f.rows.len() {
        for e in f.row(row) {
            if Some(e.column.site as usize) == place
                && Some(usize::from(e.column.species)) == so2
                && Some(usize::from(e.column.bin)) == bin
            {
                batches.iter_mut().zip(e.replicates).for_each(|(b, r)| *b += f64::from(*r) / f.rows.len() as f64);
            }
        }
    }
    (batches.iter().sum::<f64>() / batches.len() as f64, standard_error(&batches))
}

/// The same from particles that start in the source.
fn forward(site: u32, emission: Period, receptor: u32, period: Period, particles: u32) -> (f64, f64) {
    let places = points(site);
    let sources: Vec<Source> = places
        .iter()
        .map(|(place, height_m)| Source {
            id: String::new(),
            place: *place,
            height_m: *height_m,
            period: emission,
            mass_kg: HOUR as f64 / places.len() as f64,
            species: 0,
            stack: None,
        })
        .collect();
    let carried = sulfur();
    let runs: Vec<f64> = (0..8)
        .map(|run| {
            let settings = plumes::Settings {
                particles: particles / 8,
                until: period.end,
                grid: Grid { ..CELLS },
                levels_m: vec![BAND_M],
                interval_s: HOUR,
                release_depth_m: 0.0,
                sampler_depth_m: None,
                options: Options { seed: 1000 + run, ..Options::default() },
            };
            let plumes = plumes::follow(&weather::of(36), &carried, &sources, &[], &settings, &|_| (), &|| false)
                .unwrap()
                .unwrap();
            let bin = (period.start.0 - plumes.start.0) / HOUR;
            let found = plumes.cells.iter().find(|c| i64::from(c.0) == bin && c.1 == 0 && c.2 == receptor);
            let weights = &carried.products[0].1;
            found.map_or(0.0, |c| c.3.iter().zip(weights).map(|(c, w)| f64::from(*c) * w).sum())
        })
        .collect();
    (runs.iter().sum::<f64>() / 8.0, standard_error(&runs))
}

/// 20 pairs: the receptor's cell and hour are drawn from a fixed sequence; the source's cell and hour from what a small backward
/// run with another seed reaches, each touched (cell, hour) as likely as the next. A row of the table for each, and z.
fn pairs(particles: u32) -> (String, Vec<f64>) {
    let mut table = String::from(
        "| receptor cell, hour | source cell, hour | backward, s m⁻³ | forward, s m⁻³ | difference over its error |\n|---|---|---|---|---|\n",
    );
    let mut scores = Vec::new();
    let draw = |k: usize, n: f64, of: f64| (0.5 + of * (k as f64 + 1.0)).fract() * n;
    for k in 0..PAIRS {
        let (x, y) = (14 + draw(k, 20.0, 0.618_034) as u32, 12 + draw(k, 16.0, 0.414_214) as u32);
        let receptor = y * CELLS.nx as u32 + x;
        let period = hour(HOURS + 1 + draw(k, 22.0, 0.732_051) as i64);
        let pilot = backward(receptor, period, 16, 77);
        let f = &pilot.footprint;
        let mut reached: Vec<(Site, u16)> = (0..f.rows.len())
            .flat_map(|r| f.row(r))
            .map(|e| (pilot.sites[e.column.site as usize], e.column.bin))
            .collect();
        reached.sort();
        reached.dedup();
        // Those that the pilot met twice or more would favour near ones; each counts once.
        let (site, bin) = reached[draw(k, reached.len() as f64, 0.302_776) as usize];
        let emission = f.bins[usize::from(bin)];
        let (b, sb) = felt(&backward(receptor, period, particles, 5 + k as u64), site, emission);
        let (a, sa) = forward(site.cell, emission, receptor, period, particles);
        let error = sa.hypot(sb);
        let z = if error > 0.0 { (a - b) / error } else { 0.0 };
        let at = |cell: u32| CELLS.centre(cell as usize);
        let (r, s) = (at(receptor), at(site.cell));
        writeln!(
            table,
            "| {:.2} E {:.2} N, {} | {:.2} E {:.2} N, {} | {b:.3e} ± {sb:.1e} | {a:.3e} ± {sa:.1e} | {z:+.2} |",
            r.lon,
            r.lat,
            &period.start.iso(0)[11..16],
            s.lon,
            s.lat,
            &emission.start.iso(0)[11..16]
        )
        .unwrap();
        scores.push(z);
    }
    (table, scores)
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/reciprocity/table.md");

#[test]
fn twenty_pairs_agree_forward_and_backward_within_three_standard_errors() {
    let (table, scores) = pairs(128);
    let beyond: Vec<f64> = scores.iter().copied().filter(|z| z.abs() > 3.0).collect();
    assert!(beyond.is_empty(), "{table}");
    // No lean: the mean of 20 scores of unit spread stays within 3/√20.
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    assert!(mean.abs() < 3.0 / (PAIRS as f64).sqrt(), "{mean}\n{table}");
}

#[test]
#[ignore = "long: `make prove`"]
fn the_table_of_reciprocity_is_what_the_engine_gives() {
    let (table, scores) = pairs(1280);
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let text = format!(
        "<!-- Made by engine/tests/suite/footprints/reciprocity.rs; LIANKONG_BLESS=1 writes it anew. -->\n{table}\n\
         Greatest difference {:.2}, mean {mean:+.2} standard errors.\n",
        scores.iter().fold(0.0f64, |m, z| m.max(z.abs()))
    );
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(TABLE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap(), text);
    assert!(scores.iter().all(|z| z.abs() <= 3.0), "{text}");
}
