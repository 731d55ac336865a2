//! What must hold of footprints and plumes whatever the weather.

use super::{CELLS, sulfur, weather};
use liankong_engine::region::calendar::{HOUR, Period, Time};
use liankong_engine::region::{Grid, Point};
use liankong_engine::transport::air::footprints::{self, Carried, Gridded, Heights, Receptor, Settings, Target};
use liankong_engine::transport::air::particles::Options;
use liankong_engine::transport::air::plumes::{self, Sampler, Source};
use liankong_engine::transport::footprint::ReceptorQuantity;

fn period(from: i64, to: i64) -> Period {
    Period { start: Time(weather::START.0 + from * HOUR), end: Time(weather::START.0 + to * HOUR) }
}

fn receptors(quantity: ReceptorQuantity) -> Vec<Receptor> {
    let receptor = |k: i64| Receptor {
        id: format!("r{k}"),
        place: Point { lon: 117.0 + k as f64, lat: 31.5 },
        height_m: 10.0,
        period: period(20 + k, 22 + k),
        quantity,
    };
    (0..3).map(receptor).collect()
}

fn settings(particles: u32, hours: i64) -> Settings {
    Settings {
        particles,
        hours,
        grid: CELLS,
        edges_m: vec![0.0, 100.0, 500.0, 7000.0],
        truncate: false,
        options: Options::default(),
    }
}

fn run(carried: &Carried, receptors: &[Receptor], settings: &Settings) -> Gridded {
    footprints::follow(&weather::of(36), carried, receptors, settings, &|_| (), &|| false).unwrap().unwrap()
}

fn entries(gridded: &Gridded) -> Vec<(usize, footprints::Site, u16, u16, u64, Vec<u32>)> {
    let f = &gridded.footprint;
    let own = |row: usize| {
        f.row(row).map(move |e| {
            let bits = e.replicates.iter().map(|r| r.to_bits()).collect();
            (row, gridded.sites[e.column.site as usize], e.column.species, e.column.bin, e.value.to_bits(), bits)
        })
    };
    (0..f.rows.len()).flat_map(own).collect()
}

#[test]
fn a_tracer_spends_all_its_time_somewhere() {
    // Σ entries × V × ρ/ρ_r = hours followed, where no particle leaves and the bands reach to the top. Density is in the
    // entries, so the sum over cells of entry × V lies between the hours and the hours × ρ_r/ρ(top).
    let g = run(&Carried::tracer(), &receptors(ReceptorQuantity::Concentration), &settings(64, 6));
    for row in 0..3 {
        let mut seconds = 0.0;
        for e in g.footprint.row(row) {
            let site = g.sites[e.column.site as usize];
            let band = usize::from(site.band);
            let middle = 0.5 * (g.edges_m[band] + g.edges_m[band + 1].min(2000.0));
            let volume = g.grid.cell_area_m2(site.cell as usize) * (g.edges_m[band + 1] - g.edges_m[band]);
            seconds += e.value * volume * (-middle / 8500.0).exp();
        }
        assert!((seconds / (6.0 * 3600.0) - 1.0).abs() < 0.05, "{seconds}");
        let stayed: f64 = g.footprint.base[row].iter().map(|b| b.weight).sum();
        assert!((stayed - 1.0).abs() < 1e-5, "{stayed}");
    }
}

#[test]
fn the_same_bits_come_out_at_one_thread_and_at_four() {
    let all = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| entries(&run(&sulfur(), &receptors(ReceptorQuantity::Concentration), &settings(100, 10))))
    };
    let one = all(1);
    assert!(one.len() > 100);
    assert!(one == all(4));
}

#[test]
fn footprints_of_sources_and_polygons_are_sums_of_their_cells() {
    let g = run(&sulfur(), &receptors(ReceptorQuantity::Concentration), &settings(64, 8));
    let cells: Vec<(usize, f64)> = (0..CELLS.cells()).map(|c| (c, 1.0)).collect();
    let target =
        |fractions: Vec<f64>| Target { name: "all".into(), cells: cells.clone(), heights: Heights::Fixed(fractions) };
    let (low, both) = (g.onto(&[target(vec![1.0, 0.0, 0.0])]), g.onto(&[target(vec![0.5, 0.5, 0.0])]));
    for row in 0..g.footprint.rows.len() {
        let sum = |band: u16| g.footprint.functional(row, |c| f64::from(g.sites[c.site as usize].band == band));
        assert!((low.functional(row, |_| 1.0).0 / sum(0).0 - 1.0).abs() < 1e-9);
        assert!((low.functional(row, |_| 1.0).1 / sum(0).1 - 1.0).abs() < 1e-4);
        assert!((both.functional(row, |_| 1.0).0 / (0.5 * (sum(0).0 + sum(1).0)) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn what_falls_at_a_deposition_receptor_is_the_deposition_velocity_times_the_concentration_there() {
    // Dry deposition alone: D = v_d c(0–30 m), and near the ground c changes little over 30 m.
    let mut dry = sulfur();
    dry.species.iter_mut().for_each(|s| s.wet = None);
    let flux = run(&dry, &receptors(ReceptorQuantity::DepositionFlux), &settings(800, 8));
    let air = run(&dry, &receptors(ReceptorQuantity::Concentration), &settings(800, 8));
    for r in 0..3 {
        let so2 = |g: &Gridded, pollutant: &str| {
            let row = g
                .footprint
                .rows
                .iter()
                .position(|x| x.receptor == format!("r{r}") && x.pollutant == pollutant)
                .unwrap();
            g.footprint.functional(row, |c| f64::from(c.species == 0 && g.sites[c.site as usize].band > 0))
        };
        let (d, sd) = so2(&flux, "SO2");
        // PM2.5 counts a tenth of the SO2 and 1.375 of the sulfate: compare the flux of SO2 with SO2 in the air.
        let mut only = dry.clone();
        only.products = vec![("SO2".into(), vec![1.0, 0.0])];
        let air_so2 = run(&only, &receptors(ReceptorQuantity::Concentration), &settings(800, 8));
        let (c, sc) = so2(&air_so2, "SO2");
        let error = (sd / d).hypot(sc / c);
        assert!((d / (0.008 * c) - 1.0).abs() < 0.1 + 3.0 * error, "{d} {c} {error}");
    }
    assert!(air.footprint.entries() > 0);
}

#[test]
fn parts_that_are_joined_are_the_whole() {
    let all = receptors(ReceptorQuantity::Concentration);
    let parts: Vec<Gridded> = all.iter().map(|r| run(&sulfur(), std::slice::from_ref(r), &settings(40, 6))).collect();
    let count: usize = parts.iter().map(|p| p.footprint.entries()).sum();
    let values: f64 = parts.iter().map(|p| p.footprint.functional(0, |_| 1.0).0).sum();
    let whole = footprints::joined(parts).unwrap();
    assert_eq!((whole.footprint.rows.len(), whole.footprint.entries()), (3, count));
    let sum: f64 = (0..3).map(|r| whole.footprint.functional(r, |_| 1.0).0).sum();
    assert!((sum / values - 1.0).abs() < 1e-12);
}

#[test]
fn a_plume_on_the_grid_holds_what_was_released_and_a_sampler_sees_what_the_grid_sees() {
    let source = Source {
        id: "s".into(),
        place: Point { lon: 118.0, lat: 32.0 },
        height_m: 50.0,
        period: period(2, 8),
        mass_kg: 3600.0,
        species: 0,
        stack: None,
    };
    let fine = Grid { west: 110.0, south: 26.0, step: 0.1, nx: 160, ny: 120 };
    let settings = plumes::Settings {
        particles: 4000,
        until: Time(weather::START.0 + 10 * HOUR),
        grid: fine,
        levels_m: vec![100.0, 500.0, 7000.0],
        interval_s: HOUR,
        release_depth_m: 0.0,
        sampler_depth_m: Some(100.0),
        options: Options::default(),
    };
    let follow = |samplers: &[Sampler]| {
        plumes::follow(
            &weather::of(36),
            &Carried::tracer(),
            std::slice::from_ref(&source),
            samplers,
            &settings,
            &|_| (),
            &|| false,
        )
        .unwrap()
        .unwrap()
    };
    let plumes = follow(&[]);
    // In the last hour everything is out: Σ C V = the mass.
    let depth = [100.0, 400.0, 6500.0];
    let mass: f64 = plumes
        .cells
        .iter()
        .filter(|c| c.0 == 7)
        .map(|c| f64::from(c.3[0]) * fine.cell_area_m2(c.2 as usize) * depth[usize::from(c.1)])
        .sum();
    assert!((mass / 3600.0 - 1.0).abs() < 1e-3, "{mass}");
    assert!(footprints::mass_error(&plumes.totals) < 1e-6);
    // The fullest low cell of the seventh hour, with its neighbours: samplers over it see the same.
    let fullest =
        plumes.cells.iter().filter(|c| c.0 == 6 && c.1 == 0).max_by(|a, b| a.3[0].total_cmp(&b.3[0])).unwrap();
    let centre = fine.centre(fullest.2 as usize);
    let samplers: Vec<Sampler> = (0..25)
        .map(|k| Sampler {
            id: k.to_string(),
            place: Point {
                lon: centre.lon + 0.02 * (f64::from(k % 5) - 2.0),
                lat: centre.lat + 0.02 * (f64::from(k / 5) - 2.0),
            },
            height_m: 50.0,
            period: period(8, 9),
        })
        .collect();
    let seen = follow(&samplers);
    let mean = seen.samplers.iter().map(|s| s[0].0).sum::<f64>() / 25.0;
    let error = seen.samplers.iter().map(|s| s[0].1).fold(0.0, f64::max);
    assert!((mean / f64::from(fullest.3[0]) - 1.0).abs() < 0.3, "{mean} ± {error} against {}", fullest.3[0]);
}
