//! Forward against backward: see `validation/reciprocity/README.md`. The table there is made by this test.

use crate::footprints::{CELLS, sulfur, weather};
use liankong_engine::region::calendar::{HOUR, Period, Time};
use liankong_engine::region::{Grid, Point};
use liankong_engine::transport::air::footprints::{self, Carried, Gridded, Receptor};
use liankong_engine::transport::air::particles::Options;
use liankong_engine::transport::air::plumes::{self, Sampler, Source};
use liankong_engine::transport::footprint::{ReceptorQuantity, standard_error};
use std::fmt::Write;

const PAIRS: usize = 20;
/// Edges of the bands, m. The receptor feels the mean of the first.
const EDGES_M: [f64; 4] = [0.0, 100.0, 500.0, 7000.0];
/// Heights whose mean stands for the first band, m.
const HEIGHTS_M: [f64; 5] = [10.0, 30.0, 50.0, 70.0, 90.0];
/// How far back, h; a source is drawn among those of at least [`LEAST_AGE_H`].
const HOURS: i64 = 10;
const LEAST_AGE_H: i64 = 3;
/// Independent runs of each way.
const RUNS: u64 = 4;
/// Threads of a source along each side of its cell.
const SIDE: usize = 8;

/// Numbers from 0 to 1, one after another (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// One source (cell, band, hour, species) and one receptor (place, period, species measured).
struct Pair {
    place: Point,
    period: Period,
    cell: usize,
    band: usize,
    hour: Period,
    precursor: usize,
    product: usize,
}

fn carried(product: usize) -> Carried {
    let mut carried = sulfur();
    let weights = (0..2).map(|s| f64::from(s == product)).collect();
    carried.products = vec![(carried.species[product].name.clone(), weights)];
    carried
}

fn backward(place: Point, period: Period, product: usize, particles: u32, seed: u64) -> Gridded {
    let receptor = |height: &f64| Receptor {
        id: format!("{height}"),
        place,
        height_m: *height,
        period,
        quantity: ReceptorQuantity::Concentration,
    };
    let receptors: Vec<Receptor> = HEIGHTS_M.iter().map(receptor).collect();
    let settings = footprints::Settings {
        particles,
        hours: HOURS,
        grid: CELLS,
        edges_m: EDGES_M.to_vec(),
        truncate: false,
        options: Options { seed, ..Options::default() },
    };
    footprints::follow(&weather::of(40), &carried(product), &receptors, &settings, &|_| (), &|| false).unwrap().unwrap()
}

/// A receptor anywhere within the middle of the weather at any hour of a day; a source drawn by its share in a small run of its
/// own, so that the choice knows nothing of the runs compared.
fn draw(chance: &mut Chance) -> Pair {
    loop {
        let place = Point { lon: 114.0 + 8.0 * chance.next(), lat: 28.0 + 8.0 * chance.next() };
        let start = Time(weather::START.0 + (15 + (20.0 * chance.next()) as i64) * HOUR);
        let period = Period { start, end: Time(start.0 + 2 * HOUR) };
        let (precursor, product) = [(0, 0), (0, 1), (1, 1)][(3.0 * chance.next()) as usize];
        let small = backward(place, period, product, 80, chance.0);
        let f = &small.footprint;
        let fits: Vec<_> = (0..f.rows.len())
            .flat_map(|row| f.row(row))
            .filter(|e| {
                let site = small.sites[e.column.site as usize];
                usize::from(e.column.species) == precursor
                    && site.band < 2
                    && f.bins[usize::from(e.column.bin)].end.0 + LEAST_AGE_H * HOUR <= start.0
            })
            .collect();
        let mut left = chance.next() * fits.iter().map(|e| e.value).sum::<f64>();
        for e in &fits {
            left -= e.value;
            if left <= 0.0 {
                let site = small.sites[e.column.site as usize];
                let hour = f.bins[usize::from(e.column.bin)];
                let (cell, band) = (site.cell as usize, usize::from(site.band));
                return Pair { place, period, cell, band, hour, precursor, product };
            }
        }
    }
}

/// What 1 kg s⁻¹ of the source brings by the footprint, kg m⁻³, and its standard error.
fn by_footprint(pair: &Pair, particles: u32, seed: u64) -> (f64, f64) {
    let g = backward(pair.place, pair.period, pair.product, particles, seed);
    let (mut sum, mut batches) = (0.0, vec![0.0; g.footprint.replicate_count()]);
    for row in 0..g.footprint.rows.len() {
        for e in g.footprint.row(row) {
            let site = g.sites[e.column.site as usize];
            let own = (site.cell as usize, usize::from(site.band)) == (pair.cell, pair.band)
                && g.footprint.bins[usize::from(e.column.bin)] == pair.hour
                && usize::from(e.column.species) == pair.precursor;
            if own {
                sum += e.value / HEIGHTS_M.len() as f64;
                batches.iter_mut().zip(e.replicates).for_each(|(b, r)| *b += f64::from(*r) / HEIGHTS_M.len() as f64);
            }
        }
    }
    (sum, standard_error(&batches))
}

/// The same by particles that run forward from all over the cell and band.
fn by_release(pair: &Pair, particles: u32, seed: u64, chance: &mut Chance) -> (f64, f64) {
    let grid: Grid = CELLS;
    let centre = grid.centre(pair.cell);
    let (bottom, top) = (EDGES_M[pair.band], EDGES_M[pair.band + 1]);
    let threads = SIDE * SIDE;
    let sources: Vec<Source> = (0..threads)
        .map(|k| {
            // Anywhere within its own square of the cell.
            let mut within = |n: usize| ((n as f64 + chance.next()) / SIDE as f64 - 0.5) * grid.step;
            let (east, north) = (within(k % SIDE), within(k / SIDE));
            Source {
                id: k.to_string(),
                place: Point { lon: centre.lon + east, lat: centre.lat + north },
                height_m: bottom,
                period: pair.hour,
                mass_kg: 3600.0 / threads as f64,
                species: pair.precursor,
                stack: None,
            }
        })
        .collect();
    let sampler = Sampler { id: "r".into(), place: pair.place, height_m: 0.5 * EDGES_M[1], period: pair.period };
    let settings = plumes::Settings {
        particles: particles / threads as u32,
        until: pair.period.end,
        grid: CELLS,
        levels_m: EDGES_M[1..].to_vec(),
        interval_s: 24 * HOUR,
        release_depth_m: top - bottom,
        sampler_depth_m: Some(EDGES_M[1]),
        options: Options { seed, ..Options::default() },
    };
    let own = carried(pair.product);
    let plumes = plumes::follow(&weather::of(40), &own, &sources, &[sampler], &settings, &|_| (), &|| false);
    plumes.unwrap().unwrap().samplers[0][pair.product]
}

/// Mean of four independent runs. Eight batches alone tell their error within a quarter; 32 within an eighth.
fn pooled(run: &mut dyn FnMut(u64) -> (f64, f64)) -> (f64, f64) {
    let runs: Vec<(f64, f64)> = (1..=RUNS).map(run).collect();
    let n = RUNS as f64;
    (runs.iter().map(|r| r.0).sum::<f64>() / n, runs.iter().map(|r| r.1 * r.1).sum::<f64>().sqrt() / n)
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/reciprocity/table.md");

#[test]
#[ignore = "long: `make prove`"]
fn forward_and_backward_agree_within_three_standard_errors_on_twenty_random_pairs() {
    let mut chance = Chance(20_181_205);
    let names = ["SO2", "sulfate"];
    let mut text = String::from(
        "<!-- Made by engine/tests/suite/validation_reciprocity.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         What 1 kg s⁻¹ during one hour brings, 10⁻¹² kg m⁻³, ± standard error; difference in standard errors of the difference.\n\n\
         | pair | from | to | band, m | hours between | backward | forward | difference |\n|---|---|---|---|---|---|---|---|\n",
    );
    let (mut sum, mut worst) = (0.0, 0.0f64);
    let (mut all_backward, mut all_forward) = (0.0, 0.0);
    for number in 1..=PAIRS {
        let pair = draw(&mut chance);
        let (b, sb) = pooled(&mut |seed| by_footprint(&pair, 400, seed));
        let (f, sf) = pooled(&mut |seed| by_release(&pair, 8192, seed, &mut chance));
        let z = (f - b) / sb.hypot(sf);
        let hours = (pair.period.start.0 - pair.hour.end.0) / HOUR;
        let (from, to) = (names[pair.precursor], names[pair.product]);
        let (low, high) = (EDGES_M[pair.band], EDGES_M[pair.band + 1]);
        writeln!(
            text,
            "| {number} | {from} | {to} | {low:.0}–{high:.0} | {hours} | {:.3} ± {:.3} | {:.3} ± {:.3} | {z:+.1} |",
            b * 1e12,
            sb * 1e12,
            f * 1e12,
            sf * 1e12
        )
        .unwrap();
        sum += z * z;
        worst = worst.max(z.abs());
        all_backward += b;
        all_forward += f;
    }
    let spread = (sum / PAIRS as f64).sqrt();
    writeln!(
        text,
        "\nGreatest difference {worst:.1} standard errors, root mean square {spread:.2}; sum of all pairs forward over backward {:.3}.",
        all_forward / all_backward
    )
    .unwrap();
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(TABLE, &text).unwrap();
    }
    assert!(worst <= 3.0, "{text}");
    // Errors that were stated too large would pass the first bound always.
    assert!(spread > 0.4, "{text}");
    assert_eq!(std::fs::read_to_string(TABLE).unwrap(), text);
}
