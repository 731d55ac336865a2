//! Arc maxima near a stack on flat ground: see `validation/aga_texas/README.md`. The table there is made by this test.

use crate::shared_data;
use liankong_engine::observe::weather::{Frame, Grid, Projection, Weather};
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::{Grid as Cells, Point};
use liankong_engine::transport::air::footprints::Carried;
use liankong_engine::transport::air::particles::Options;
use liankong_engine::transport::air::plume_rise::{Ambient, Stack, rise};
use liankong_engine::transport::air::plumes::{self, Sampler, Settings, Source};
use std::fmt::Write;

const START: Time = Time(1_577_840_400);
const RELEASE_S: i64 = 300;
const SAMPLED_FROM_S: i64 = 150;
const ORIGIN: Point = Point { lon: -100.0, lat: 32.0 };
const ARCS_M: [f64; 4] = [50.0, 100.0, 150.0, 200.0];
/// Height of the wind, m; roughness of open country with a few obstacles, m; temperature, K. None is in the data; chosen before
/// the first run.
const WIND_HEIGHT_M: f64 = 10.0;
const ROUGHNESS_M: f64 = 0.1;
const TEMPERATURE_K: f64 = 298.0;
const KARMAN: f64 = 0.4;

/// 1/L of a stability class (Golder 1972, as fitted by Seinfeld & Pandis 2006, table 16.3: a + b log10 z0).
fn inverse_obukhov(class: usize) -> f64 {
    let [a, b] =
        [[-0.096, 0.029], [-0.037, 0.029], [-0.002, 0.018], [0.0, 0.0], [0.004, -0.018], [0.035, -0.036]][class - 1];
    a + b * ROUGHNESS_M.log10()
}

/// ψ_m (Businger et al. 1971, Dyer 1974).
fn psi(zeta: f64) -> f64 {
    if zeta >= 0.0 {
        return -5.0 * zeta;
    }
    let x = (1.0 - 16.0 * zeta).powf(0.25);
    2.0 * (0.5 * (1.0 + x)).ln() + (0.5 * (1.0 + x * x)).ln() - 2.0 * x.atan() + std::f64::consts::FRAC_PI_2
}

struct Hour {
    friction: f64,
    inverse_length: f64,
    depth: f64,
}

impl Hour {
    fn new(wind: f64, class: usize) -> Hour {
        let inverse_length = inverse_obukhov(class);
        let profile = |z: f64| (z / ROUGHNESS_M).ln() - psi(z * inverse_length) + psi(ROUGHNESS_M * inverse_length);
        let friction = KARMAN * wind / profile(WIND_HEIGHT_M);
        // Daytime: 1,000 m where convective; else 0.3 u*/f (Hanna 1982) within 100 m to 1,500 m.
        let coriolis = 2.0 * 7.292e-5 * ORIGIN.lat.to_radians().sin();
        let depth = if inverse_length < 0.0 { 1000.0 } else { (0.3 * friction / coriolis).clamp(100.0, 1500.0) };
        Hour { friction, inverse_length, depth }
    }

    fn wind(&self, z: f64) -> f64 {
        let z = z.clamp(2.0 * ROUGHNESS_M, 100.0);
        let psis = psi(z * self.inverse_length) - psi(ROUGHNESS_M * self.inverse_length);
        self.friction / KARMAN * ((z / ROUGHNESS_M).ln() - psis)
    }

    /// w*³ = −u*³ h/(κ L)
    fn convective(&self) -> f64 {
        (-self.friction.powi(3) * self.depth * self.inverse_length / KARMAN).max(0.0).cbrt()
    }

    /// The hour over a plane of 4 km; the wind blows toward `to_deg`.
    fn weather(&self, to_deg: f64) -> Weather {
        let heights: Vec<f32> =
            vec![0.2, 0.5, 1.0, 2.0, 4.0, 7.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 80.0, 100.0, 2000.0];
        let (nx, ny) = (5, 5);
        let grid = Grid {
            projection: Projection::Tangent { origin: ORIGIN },
            nx,
            ny,
            x0: -2e3,
            y0: -2e3,
            dx: 1e3,
            dy: 1e3,
            wraps: false,
        };
        let times = vec![START, Time(START.0 + 3600)];
        let (east, north) = (to_deg.to_radians().sin(), to_deg.to_radians().cos());
        let speeds: Vec<f64> = heights.iter().map(|z| self.wind(f64::from(*z))).collect();
        let n = heights.len();
        let volume = |f: &dyn Fn(usize) -> f64| (0..nx * ny * n).map(|p| f(p % n) as f32).collect::<Vec<f32>>();
        let plane = |x: f64| vec![x as f32; nx * ny];
        let frame = Frame {
            time: START,
            u: volume(&|k| speeds[k] * east),
            v: volume(&|k| speeds[k] * north),
            w: volume(&|_| 0.0),
            density: volume(&|_| 1.18),
            temperature: volume(&|_| TEMPERATURE_K),
            relative_humidity: volume(&|_| 0.5),
            mixing_height: plane(self.depth),
            friction_velocity: plane(self.friction),
            inverse_obukhov: plane(self.inverse_length),
            convective_velocity: plane(self.convective()),
            precipitation: plane(0.0),
            cloud_base: plane(f64::INFINITY),
            cloud_top: plane(0.0),
            temperature_2m: plane(TEMPERATURE_K),
            surface_pressure: plane(1e5),
            roughness: plane(ROUGHNESS_M),
        };
        let own = times.clone();
        let frames = move |at: usize| Ok(Frame { time: own[at], ..frame.clone() });
        Weather::new(grid, heights, vec![0.0; nx * ny], times, "one level".into(), Box::new(frames))
    }
}

fn at(east: f64, north: f64) -> Point {
    let metre = (1.0 / 6_371_008.8f64).to_degrees();
    Point { lon: ORIGIN.lon + east * metre / ORIGIN.lat.to_radians().cos(), lat: ORIGIN.lat + north * metre }
}

/// The greatest concentration on an arc, µg m⁻³, of 1 g s⁻¹.
fn arc_maximum(
    stack: &Stack,
    hour: &Hour,
    from_deg: f64,
    receptors: &[(f64, f64, f64)],
    distance: f64,
    particles: u32,
) -> f64 {
    let air =
        Ambient { wind_m_s: hour.wind(stack.height_m), temperature_k: TEMPERATURE_K, potential_gradient_k_m: 0.0 };
    let plume = rise(stack, &air);
    let axis = plume.height_at_m(distance);
    // The plume's own mixing: an even layer of that σ upward, five threads across of the same σ.
    let sigma = liankong_engine::transport::air::plume_rise::Rise::spread_m(axis - plume.mouth_m);
    let half = 3f64.sqrt() * sigma;
    let to = (from_deg + 180.0).to_radians();
    let sources: Vec<Source> = (-2..=2)
        .map(|k| {
            let across = f64::from(k) * sigma / 2f64.sqrt();
            Source {
                id: k.to_string(),
                place: at(across * to.cos(), -across * to.sin()),
                height_m: (axis - half).max(0.0),
                period: Period { start: START, end: Time(START.0 + RELEASE_S) },
                mass_kg: 1e-3 * RELEASE_S as f64 / 5.0,
                species: 0,
                stack: None,
            }
        })
        .collect();
    let sampled = Period { start: Time(START.0 + SAMPLED_FROM_S), end: Time(START.0 + RELEASE_S) };
    let samplers: Vec<Sampler> = receptors
        .iter()
        .map(|(x, y, z)| Sampler { id: String::new(), place: at(*x, *y), height_m: *z, period: sampled })
        .collect();
    let settings = Settings {
        particles: particles / 5,
        until: sampled.end,
        grid: Cells { west: -100.1, south: 31.9, step: 0.1, nx: 2, ny: 2 },
        levels_m: vec![50.0],
        interval_s: 3600,
        sampler_depth_m: Some(2.0),
        release_depth_m: 2.0 * half,
        // Near the ground T_w is seconds, and what matters happens within a minute.
        options: Options { block_s: 1, least_time_scale_s: 1.0, ..Options::default() },
    };
    let weather = hour.weather(from_deg + 180.0);
    let plumes = plumes::follow(&weather, &Carried::tracer(), &sources, &samplers, &settings, &|_| (), &|| false);
    plumes.unwrap().unwrap().samplers.iter().map(|s| s[0].0).fold(0.0, f64::max) * 1e9
}

/// (FB, NMSE) as GRAL gives them: FB = 2 (Ō − M̄)/(Ō + M̄), NMSE = mean (O − M)²/(Ō M̄).
fn scores(pairs: &[(f64, f64)]) -> (f64, f64) {
    let n = pairs.len() as f64;
    let (o, m) = pairs.iter().fold((0.0, 0.0), |(o, m), p| (o + p.0 / n, m + p.1 / n));
    (2.0 * (o - m) / (o + m), pairs.iter().map(|p| (p.0 - p.1).powi(2) / n).sum::<f64>() / (o * m))
}

fn table(particles: u32) -> Option<(String, f64, f64)> {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/aga_texas/observed.csv")).unwrap();
    let receptors = shared_data::text("data/tracer/aga_texas/Receptor.dat")?;
    let receptors: Vec<(f64, f64, f64, String)> = receptors
        .lines()
        .skip(1)
        .filter_map(|l| {
            let c: Vec<&str> = l.split(',').collect();
            Some((
                c.get(1)?.parse().ok()?,
                c.get(2)?.parse().ok()?,
                c.get(3)?.parse().ok()?,
                c.get(4)?.trim().to_string(),
            ))
        })
        .collect();
    let mut table = String::from(
        "<!-- Made by engine/tests/suite/validation_aga_texas.rs; LIANKONG_BLESS=1 writes it anew. -->\n\
         Arc maxima for 1 g s⁻¹, µg m⁻³: observed / modelled.\n\n| experiment | stack | 50 m | 100 m | 150 m | 200 m |\n|---|---|---|---|---|---|\n",
    );
    let mut pairs = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |k: usize| cells[k].parse::<f64>().unwrap();
        // Heights, speeds and temperatures of Psources.txt.
        let stack = if cells[1] == "1" {
            Stack { height_m: 9.75, diameter_m: 0.6, speed_m_s: 11.3, temperature_k: 639.0 }
        } else {
            Stack { height_m: 14.48, diameter_m: 0.6, speed_m_s: 10.1, temperature_k: 638.0 }
        };
        let hour = Hour::new(number(2), cells[4].parse().unwrap());
        write!(table, "| {} | {} |", cells[0], stack.height_m).unwrap();
        for (k, distance) in ARCS_M.iter().enumerate() {
            let Ok(observed) = cells[5 + k].parse::<f64>() else {
                table.push_str(" – |");
                continue;
            };
            let arc: Vec<(f64, f64, f64)> =
                receptors.iter().filter(|r| r.3 == format!("R{distance:.0}")).map(|r| (r.0, r.1, r.2)).collect();
            let modelled = arc_maximum(&stack, &hour, number(3), &arc, *distance, particles);
            write!(table, " {observed:.0} / {modelled:.0} |").unwrap();
            pairs.push((observed, modelled));
        }
        table.push('\n');
    }
    let (fb, nmse) = scores(&pairs);
    writeln!(table, "\n{} arc maxima: FB {fb:+.2}, NMSE {nmse:.2} (GRAL on the same file: −0.12, 0.95).", pairs.len())
        .unwrap();
    Some((table, fb, nmse))
}

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validation/aga_texas/table.md");

#[test]
#[ignore = "long: `make prove`"]
fn the_table_of_arc_maxima_is_what_the_engine_gives() {
    let Some((text, fb, nmse)) = table(10_000) else { return };
    if std::env::var("LIANKONG_BLESS").is_ok() {
        std::fs::write(TABLE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(TABLE).unwrap(), text);
    // The floor (|FB| ≤ 0.3, NMSE ≤ 1.5) is not met: README.md says so.
    assert!(fb.is_finite() && nmse.is_finite());
}
