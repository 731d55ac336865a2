//! Known answers of dispersion: `validation/well_mixed`, `validation/taylor_1921`, `validation/gaussian_plume`. A small dose
//! in the everyday suite; the full one, which writes the tables' figures, is left to `make prove`.

use super::weather::{Column, LAYERS, NEUTRAL, ORIGIN, START, of};
use liankong_engine::transport::air::particles::{
    Accumulate, Block, Options, Release, Scheme, Species, Turbulence, Uniform, run,
};
use std::fmt::Write;

/// Cells of height and of time over which particles are counted.
struct Profile {
    from: i64,
    depth: f32,
    air: [f64; 10],
    density_scale: f64,
}

impl Accumulate for Profile {
    fn block(&mut self, block: &Block<'_>) {
        if block.time > self.from {
            for l in 0..block.count {
                let tenth = (10.0 * block.height[l] / self.depth) as usize;
                // What stands above the lid would show as a loss.
                if tenth < 10 {
                    self.air[tenth] += 1.0;
                }
            }
        }
    }
}

/// Particles of each tenth over what the air there holds, averaged over the last `counted_h` of `hours`.
fn tenths(column: Column, particles: u32, hours: i64, counted_h: i64, options: &Options) -> ([f64; 10], f64) {
    let depth = f64::from(column.depth_m);
    let scale = f64::from(column.density_scale_m);
    // Spread as the air is: ten releases, one a tenth, each with its share.
    let share = |k: usize| {
        let (a, b) = (depth * k as f64 / 10.0, depth * (k as f64 + 1.0) / 10.0);
        ((-a / scale).exp() - (-b / scale).exp()) / (1.0 - (-depth / scale).exp())
    };
    let releases: Vec<Release> = (0..10)
        .map(|k| Release {
            place: ORIGIN,
            bottom_m: depth * k as f64 / 10.0,
            top_m: depth * (k as f64 + 1.0) / 10.0,
            start: START,
            end: START,
            particles: (f64::from(particles) * share(k)).round() as u32,
            weights: vec![1.0],
        })
        .collect();
    let options = Options { greatest_age_s: hours * 3600, ..options.clone() };
    let new = |_| Profile {
        from: START.0 + (hours - counted_h) * 3600,
        depth: column.depth_m,
        air: [0.0; 10],
        density_scale: scale,
    };
    let weather = of(Column { hours, ..column });
    let run = run(&weather, &[Species::tracer("x")], &releases, &options, &new, &|_| {}, &|| false).unwrap();
    let mut sum = [0.0; 10];
    for (_, piece) in &run.pieces {
        assert!(piece.density_scale > 0.0);
        (0..10).for_each(|k| sum[k] += piece.air[k]);
    }
    let total: f64 = sum.iter().sum();
    (std::array::from_fn(|k| sum[k] / total / share(k)), run.totals.mean_step_s())
}

fn greatest(tenths: &[f64; 10]) -> f64 {
    tenths.iter().map(|t| (t - 1.0).abs()).fold(0.0, f64::max)
}

#[test]
fn what_is_well_mixed_stays_well_mixed_in_a_small_dose() {
    for (name, column) in LAYERS {
        let (found, _) = tenths(column, 8_000, 6, 5, &Options::default());
        // Noise of a tenth: 3/√8000 = 3.4 % for one count, here averaged over some ten independent ones.
        assert!(greatest(&found) < 0.035, "{name} {found:?}");
    }
}

#[test]
#[ignore = "minutes: `make prove`"]
fn what_is_well_mixed_stays_well_mixed_to_half_a_percent() {
    let mut table = String::from(
        "| layer | setting | mean step, s | greatest deviation of a tenth | tenths, lowest first, % |\n|---|---|---|---|---|\n",
    );
    let mut worst: f64 = 0.0;
    for (name, column) in LAYERS {
        let (found, step) = tenths(column, 200_000, 24, 12, &Options::default());
        worst = worst.max(greatest(&found));
        let each: Vec<String> = found.iter().map(|t| format!("{:+.2}", 100.0 * (t - 1.0))).collect();
        writeln!(table, "| {name} | default | {step:.2} | {:.2} % | {} |", 100.0 * greatest(&found), each.join(" "))
            .unwrap();
    }
    println!("{table}");
    assert!(worst < 0.005, "{worst}\n{table}");
}

/// Sums of the powers of height and position over particles at stated moments, and the mass of the lowest tenth.
#[derive(Clone)]
struct Moments {
    every: i64,
    depth: f32,
    step_m: f64,
    /// Per moment: count, z, z², y, y², lowest tenth.
    sums: Vec<[f64; 6]>,
}

impl Accumulate for Moments {
    fn block(&mut self, block: &Block<'_>) {
        let since = block.time - START.0;
        if since % self.every != 0 {
            return;
        }
        let at = (since / self.every) as usize;
        if self.sums.len() <= at {
            self.sums.resize(at + 1, [0.0; 6]);
        }
        for l in 0..block.count {
            let z = f64::from(block.height[l]);
            // Metres from the middle of the grid.
            let y = (block.j[l] - 10.0) * self.step_m;
            let low = if block.height[l] < 0.1 * self.depth { 1.0 } else { 0.0 };
            for (sum, x) in self.sums[at].iter_mut().zip([1.0, z, z * z, y, y * y, low]) {
                *sum += x;
            }
        }
    }
}

/// Mean height, its standard deviation, crosswind standard deviation, and share of the lowest tenth, every `every` seconds.
fn moments(column: Column, height: f64, particles: u32, seconds: i64, every: i64, options: &Options) -> Vec<[f64; 4]> {
    let release = Release {
        place: ORIGIN,
        bottom_m: height,
        top_m: height,
        start: START,
        end: START,
        particles,
        weights: vec![1.0],
    };
    let options = Options { greatest_age_s: seconds, ..options.clone() };
    let new = |_| Moments { every, depth: column.depth_m, step_m: 2e5, sums: Vec::new() };
    let run = run(&of(column), &[Species::tracer("x")], &[release], &options, &new, &|_| {}, &|| false).unwrap();
    let mut sums = vec![[0.0; 6]; (seconds / every) as usize + 1];
    for (_, piece) in &run.pieces {
        for (own, s) in sums.iter_mut().zip(&piece.sums) {
            (0..6).for_each(|k| own[k] += s[k]);
        }
    }
    sums[1..]
        .iter()
        .map(|s| {
            let [n, z, zz, y, yy, low] = *s;
            [z / n, (zz / n - (z / n) * (z / n)).sqrt(), (yy / n - (y / n) * (y / n)).sqrt(), low / n]
        })
        .collect()
}

/// σ(t) of Taylor (1921): σ² = 2 σv² T² (t/T − 1 + exp(−t/T)).
fn taylor(sigma: f64, time: f64, t: f64) -> f64 {
    let x = t / time;
    (2.0 * sigma * sigma * time * time * (x - 1.0 + (-x).exp())).sqrt()
}

const EVEN: Turbulence = Turbulence::Uniform(Uniform { sigma: [0.6, 0.5, 0.4], time_s: [200.0, 200.0, 60.0] });

/// Greatest relative error of σy and σz from one minute to an hour; in a layer so deep that no wall is met.
fn taylor_errors(particles: u32) -> (f64, f64, String) {
    let column = Column { depth_m: 4000.0, density_scale_m: 1e9, ..NEUTRAL };
    let options = Options { turbulence: EVEN, ..Options::default() };
    let found = moments(column, 2000.0, particles, 3600, 60, &options);
    let (mut worst_y, mut worst_z): (f64, f64) = (0.0, 0.0);
    let mut table = String::from("| t, s | σy, m | Taylor | σz, m | Taylor |\n|---|---|---|---|---|\n");
    for (k, m) in found.iter().enumerate() {
        let t = 60.0 * (k as f64 + 1.0);
        let (y, z) = (taylor(0.5, 200.0, t), taylor(0.4, 60.0, t));
        worst_y = worst_y.max((m[2] / y - 1.0).abs());
        worst_z = worst_z.max((m[1] / z - 1.0).abs());
        if [60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0].contains(&t) {
            writeln!(table, "| {t:.0} | {:.2} | {y:.2} | {:.2} | {z:.2} |", m[2], m[1]).unwrap();
        }
    }
    (worst_y, worst_z, table)
}

#[test]
fn spread_in_even_turbulence_is_taylors_in_a_small_dose() {
    // Noise of a standard deviation: 1/√(2 N) = 0.5 %.
    let (y, z, table) = taylor_errors(20_000);
    assert!(y < 0.02 && z < 0.02, "{y} {z}\n{table}");
}

#[test]
#[ignore = "a minute: `make prove`"]
fn spread_in_even_turbulence_is_taylors_to_one_percent() {
    let (y, z, table) = taylor_errors(200_000);
    println!("{table}\ngreatest error: σy {:.2} %, σz {:.2} %", 100.0 * y, 100.0 * z);
    assert!(y < 0.01 && z < 0.01, "{y} {z}\n{table}");
}

#[test]
fn early_lateral_spread_in_stable_air_does_not_depend_on_the_block() {
    // The distance of a block is drawn with its velocity, so blocks of 60 s and of 10 s spread alike.
    let column = LAYERS[2].1;
    let at = |block_s| {
        let options = Options { block_s, ..Options::default() };
        moments(column, 100.0, 20_000, 1200, 1200, &options)[0][2]
    };
    let (coarse, fine) = (at(60), at(10));
    assert!((coarse / fine - 1.0).abs() < 0.025, "{coarse} {fine}");
}

/// Crosswind-integrated concentration at the ground under a plume, over its Gaussian with the ground as a mirror.
///
/// ```text
/// ∫c dy = Q/(√(2π) u σz) [exp(−(z−H)²/2σz²) + exp(−(z+H)²/2σz²)],  σz of Taylor at t = x/u
/// ```
struct Plume {
    wind: f64,
    step_m: f64,
    /// Residence of unit weight, s, by distance and height: 0–20 m and the 20 m about the source.
    cells: Vec<[f64; 2]>,
    height: f64,
}

/// Length of a cell along the wind, m.
const CELL_M: f64 = 1000.0;

impl Accumulate for Plume {
    fn block(&mut self, block: &Block<'_>) {
        for l in 0..block.count {
            let x = (block.i[l] - 10.0) * self.step_m;
            if x < 0.0 {
                continue;
            }
            if let Some(cell) = self.cells.get_mut((x / CELL_M) as usize) {
                let z = f64::from(block.height[l]);
                let seconds = f64::from(block.duration_s[l] * block.weights[0][l]);
                cell[0] += if z < 20.0 { seconds } else { 0.0 };
                cell[1] += if (z - self.height).abs() < 10.0 { seconds } else { 0.0 };
            }
        }
    }
}

fn plume_error(particles: u32) -> (f64, String) {
    let (wind, height) = (5.0, 80.0);
    let column = Column { depth_m: 4000.0, density_scale_m: 1e9, wind_m_s: wind as f32, ..NEUTRAL };
    // Along the wind there is no diffusion in the Gaussian plume.
    let even = Turbulence::Uniform(Uniform { sigma: [1e-3, 0.5, 0.4], time_s: [200.0, 200.0, 60.0] });
    let options = Options { turbulence: even, greatest_age_s: 3600, block_s: 20, ..Options::default() };
    let release = Release {
        place: ORIGIN,
        bottom_m: height,
        top_m: height,
        start: START,
        end: liankong_engine::region::Time(START.0 + 3600),
        particles,
        weights: vec![1.0],
    };
    let new = |_| Plume { wind, step_m: 2e5, cells: vec![[0.0; 2]; 12], height };
    let run = run(&of(column), &[Species::tracer("x")], &[release], &options, &new, &|_| {}, &|| false).unwrap();
    let mut cells = [[0.0; 2]; 12];
    for (_, piece) in &run.pieces {
        assert!(piece.wind > 0.0);
        (0..12).for_each(|k| (0..2).for_each(|h| cells[k][h] += piece.cells[k][h]));
    }
    // Share of a normal about ±H within a band, at the cell's mean: Simpson along the cell.
    let within = |t: f64, low: f64, high: f64| {
        let s = taylor(0.4, 60.0, t);
        let steps = 40;
        let d = (high - low) / f64::from(steps);
        (0..steps)
            .map(|k| {
                let z = low + (f64::from(k) + 0.5) * d;
                let g = |a: f64| (-0.5 * (a / s) * (a / s)).exp();
                (g(z - height) + g(z + height)) * d / (s * (2.0 * std::f64::consts::PI).sqrt())
            })
            .sum::<f64>()
    };
    let mut table = String::from(
        "| x, km | ground, particles | Gaussian | at the source's height, particles | Gaussian |\n|---|---|---|---|---|\n",
    );
    let mut worst: f64 = 0.0;
    for (k, cell) in cells.iter().enumerate().skip(1) {
        let expected = |low: f64, high: f64| {
            let parts = 20;
            let sum: f64 = (0..parts)
                .map(|p| within((k as f64 + (f64::from(p) + 0.5) / f64::from(parts)) * CELL_M / wind, low, high))
                .sum();
            // Residence of the cell: its length over the wind.
            sum / f64::from(parts) * CELL_M / wind
        };
        let (ground, aloft) = (expected(0.0, 20.0), expected(height - 10.0, height + 10.0));
        worst = worst.max((cell[0] / ground - 1.0).abs()).max((cell[1] / aloft - 1.0).abs());
        writeln!(table, "| {k}–{} | {:.3} | {ground:.3} | {:.3} | {aloft:.3} |", k + 1, cell[0], cell[1]).unwrap();
    }
    (worst, table)
}

#[test]
fn a_plume_in_even_turbulence_is_gaussian_in_a_small_dose() {
    let (error, table) = plume_error(20_000);
    assert!(error < 0.06, "{error}\n{table}");
}

#[test]
#[ignore = "a minute: `make prove`"]
fn a_plume_in_even_turbulence_is_gaussian_to_two_percent() {
    let (error, table) = plume_error(400_000);
    println!("{table}\ngreatest error {:.2} %", 100.0 * error);
    assert!(error < 0.02, "{error}\n{table}");
}

#[test]
#[ignore = "minutes: `make prove`"]
fn halving_the_step_changes_height_spread_and_lowest_tenth_by_less_than_a_percent() {
    let mut table = String::from(
        "| layer | after, s | change of mean height | of spread | of lowest tenth |\n|---|---|---|---|---|\n",
    );
    let mut worst: f64 = 0.0;
    for (name, column) in LAYERS {
        let at = |step_factor| {
            moments(
                column,
                0.1 * f64::from(column.depth_m),
                1_000_000,
                3600,
                1200,
                &Options { step_factor, ..Options::default() },
            )
        };
        let (whole, half) = (at(0.2), at(0.1));
        for (k, (w, h)) in whole.iter().zip(&half).enumerate() {
            let change = |m: usize| w[m] / h[m] - 1.0;
            worst = worst.max(change(0).abs()).max(change(1).abs()).max(change(3).abs());
            writeln!(
                table,
                "| {name} | {} | {:+.2} % | {:+.2} % | {:+.2} % |",
                1200 * (k + 1),
                100.0 * change(0),
                100.0 * change(1),
                100.0 * change(3)
            )
            .unwrap();
        }
    }
    println!("{table}");
    assert!(worst < 0.01, "{worst}\n{table}");
}

#[test]
fn euler_with_a_fine_step_agrees_with_the_splitting() {
    let column = LAYERS[0].1;
    let at = |scheme, step_factor| {
        moments(column, 150.0, 20_000, 1200, 1200, &Options { scheme, step_factor, ..Options::default() })[0]
    };
    let (fine, usual) = (at(Scheme::Euler, 0.0125), at(Scheme::Splitting, 0.2));
    assert!((usual[0] / fine[0] - 1.0).abs() < 0.03 && (usual[1] / fine[1] - 1.0).abs() < 0.03, "{usual:?} {fine:?}");
}
