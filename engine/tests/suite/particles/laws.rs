//! Laws that hold whatever the weather.

use super::weather::{Column, LAYERS, NEUTRAL, ORIGIN, START, of};
use liankong_engine::region::Time;
use liankong_engine::region::pollutant::Medium;
use liankong_engine::region::source::{Process, ReactionStep};
use liankong_engine::transport::Chain;
use liankong_engine::transport::air::particles::{
    Accumulate, Block, Direction, Dry, Exit, Instructions, Options, Release, Run, Side, Species, Wet, run,
};

/// The state of every particle at the end of its path, and a running digest of all blocks.
#[derive(Default, Clone, PartialEq, Debug)]
struct Trace {
    digest: u64,
    heights: Vec<f32>,
    sides: Vec<Option<Side>>,
    weights: Vec<Vec<f32>>,
}

impl Accumulate for Trace {
    fn block(&mut self, block: &Block<'_>) {
        for l in 0..block.count {
            for bits in [
                u64::from(block.height[l].to_bits()),
                block.i[l].to_bits(),
                block.j[l].to_bits(),
                u64::from(block.weights[0][l].to_bits()),
            ] {
                self.digest = (self.digest ^ bits).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
            }
        }
    }

    fn exit(&mut self, exit: &Exit<'_>) {
        self.heights.push(exit.height);
        self.sides.push(exit.side);
        self.weights.push(exit.weights.to_vec());
    }
}

fn puff(particles: u32, height: f64) -> Release {
    Release { place: ORIGIN, bottom_m: height, top_m: height, start: START, end: START, particles, weights: vec![1.0] }
}

fn traced(column: Column, species: &[Species], releases: &[Release], options: &Options) -> Run<Trace> {
    run(&of(column), species, releases, options, &|_| Trace::default(), &|_| {}, &|| false).unwrap()
}

fn hours(h: i64) -> Options {
    Options { greatest_age_s: h * 3600, ..Options::default() }
}

#[test]
fn the_same_bits_come_out_on_every_instruction_set_and_number_of_threads() {
    let species = [Species {
        name: "x".into(),
        dry: Dry::Velocity(0.01),
        wet: Some(Wet { below_cloud_per_s: 1e-4, below_cloud_power: 0.8, henry_m_atm: None }),
        decay_per_s: 1e-5,
    }];
    for (_, layer) in LAYERS {
        let column = Column { wind_m_s: 6.0, rain_mm_h: 1.0, hours: 2, ..layer };
        let releases = [puff(5000, 30.0), Release { end: Time(START.0 + 1800), ..puff(300, 100.0) }];
        let with = |instructions, threads: usize| {
            let options = Options { instructions, mesoscale: 0.16, ..hours(1) };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let run = pool.install(|| traced(column, &species, &releases, &options));
            (run.pieces, run.totals)
        };
        let reference = with(Instructions::Baseline, 1);
        for (instructions, threads) in
            [(Instructions::Avx2, 1), (Instructions::Avx512, 1), (Instructions::Avx512, 2), (Instructions::Baseline, 5)]
        {
            assert!(reference == with(instructions, threads), "{instructions:?}, {threads} threads");
        }
    }
}

#[test]
fn what_is_released_is_in_the_air_on_the_ground_in_the_rain_or_gone() {
    let step = |process, species: &str, product: &str, rate_per_s, mass_yield| ReactionStep {
        medium: Medium::Air,
        process,
        species: species.into(),
        product: product.into(),
        rate_per_s,
        rate_range: None,
        mass_yield,
    };
    let chain = Chain::new(&[step(Process::Convert, "SO2", "sulfate", 5e-5, 1.5)], Medium::Air);
    let wet = Some(Wet { below_cloud_per_s: 2e-5, below_cloud_power: 0.8, henry_m_atm: Some(1e5) });
    let species = [
        Species {
            name: "SO2".into(),
            dry: Dry::Gas { diffusivity_m2_s: 1.2e-5, surface_resistance_s_m: 100.0 },
            wet,
            decay_per_s: 0.0,
        },
        Species { name: "sulfate".into(), dry: Dry::Particle { diameter_m: 5e-7 }, wet, decay_per_s: 0.0 },
    ];
    let release = Release { weights: vec![3.0, 0.0], ..puff(4000, 50.0) };
    let column = Column { rain_mm_h: 0.5, wind_m_s: 5.0, ..NEUTRAL };
    let options = Options { chain: Some(chain), ..hours(24) };
    let books = traced(column, &species, &[release], &options).totals.books;
    for book in &books {
        assert!(book.error().abs() < 3e-6, "{books:?}");
        assert!(book.dry > 1e-3 && book.wet > 1e-3, "{books:?}");
    }
    // Sulfur: SO2/64 + sulfate/96.
    let sulfur = |so2: f64, sulfate: f64| so2 / 64.0 + sulfate / 96.0;
    let lost = |b: &liankong_engine::transport::air::particles::Book| b.dry + b.wet + b.stayed + b.left;
    let error = sulfur(lost(&books[0]), lost(&books[1])) / sulfur(3.0, 0.0) - 1.0;
    assert!(error.abs() < 3e-6, "{error:e}");
}

#[test]
fn the_adjoint_of_the_chain_gives_backward_what_the_chain_gives_forward() {
    // In a layer where nothing depends on the path (no deposition): wᵀ P m forward = (Pᵀ w)ᵀ m backward.
    let step = |species: &str, product: &str, rate_per_s| ReactionStep {
        medium: Medium::Air,
        process: Process::Convert,
        species: species.into(),
        product: product.into(),
        rate_per_s,
        rate_range: None,
        mass_yield: 1.2,
    };
    let chain = Chain::new(&[step("a", "b", 4e-5), step("b", "c", 2e-5)], Medium::Air);
    let species = ["a", "b", "c"].map(Species::tracer);
    let mass = [1.0, 0.5, 0.1];
    let observed = [0.0, 0.3, 1.0];
    let end = |direction, weights: &[f64]| {
        let start = Time(START.0 + if direction == Direction::Forward { 0 } else { 10 * 3600 });
        let release = Release { weights: weights.to_vec(), start, end: start, ..puff(1, 100.0) };
        let options = Options { chain: Some(chain.clone()), direction, ..hours(10) };
        traced(NEUTRAL, &species, &[release], &options).pieces.remove(0).1.weights.remove(0)
    };
    let dot = |x: &[f32], y: &[f64]| x.iter().zip(y).map(|(x, y)| f64::from(*x) * y).sum::<f64>();
    let forward = dot(&end(Direction::Forward, &mass), &observed);
    let backward = dot(&end(Direction::Backward, &observed), &mass);
    let exact: f64 = chain.propagator(36_000.0, &[0.0; 3]).apply(&mass).iter().zip(observed).map(|(c, w)| c * w).sum();
    assert!(
        (forward / exact - 1.0).abs() < 5e-6 && (backward / exact - 1.0).abs() < 5e-6,
        "{forward} {backward} {exact}"
    );
}

#[test]
fn a_particle_leaves_by_the_side_the_wind_blows_to_and_backward_by_the_other() {
    let column = Column { wind_m_s: 40.0, depth_m: 100.0, ..NEUTRAL };
    for (direction, side) in [(Direction::Forward, Side::HighX), (Direction::Backward, Side::LowX)] {
        let start = if direction == Direction::Forward { START } else { Time(START.0 + 24 * 3600) };
        let release = Release { start, end: start, ..puff(40, 2000.0) };
        let options = Options { direction, ..hours(24) };
        let run = traced(column, &[Species::tracer("x")], &[release], &options);
        assert!(run.pieces[0].1.sides.iter().all(|s| *s == Some(side)));
        assert_eq!(run.totals.left, 40);
        // 2,000 km at 40 m/s
        let expected = 40.0 * 2e6 / 40.0 / 3600.0;
        assert!((run.totals.particle_hours / expected - 1.0).abs() < 0.01, "{}", run.totals.particle_hours);
    }
}

#[test]
fn a_run_that_cannot_be_made_says_all_that_is_wrong() {
    let release = Release { bottom_m: 9000.0, top_m: 8000.0, particles: 0, ..puff(1, 0.0) };
    let options = Options { step_factor: 0.0, ..hours(100) };
    let found =
        run(&of(NEUTRAL), &[Species::tracer("x")], &[release], &options, &|_| Trace::default(), &|_| {}, &|| false);
    let said = found.err().unwrap().to_string();
    assert!(
        said.contains("step factor") && said.contains("no particles") && said.contains("heights from 9000"),
        "{said}"
    );
    let late = run(
        &of(NEUTRAL),
        &[Species::tracer("x")],
        &[puff(1, 0.0)],
        &hours(100),
        &|_| Trace::default(),
        &|_| {},
        &|| false,
    );
    assert!(late.err().unwrap().to_string().contains("give more weather or fewer hours"));
}
