//! Laws of the engine on random networks: loops, reversal, wetting, drying, lakes, gates, dispersion, a chain with products.

use liankong_engine::problem::Result;
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, Place, RiverNetwork};
use liankong_engine::transport::river::adjoint::{Asked, footprint, sweep_all};
use liankong_engine::transport::river::flow::{Flow, Joins};
use liankong_engine::transport::river::grid::{Grid, GridOptions};
use liankong_engine::transport::river::quality::{
    Carried, Inflow, Inputs, Kinetics, Load, Quality, RunOptions, Section, Site, Temperature,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const FRAMES: usize = 4;
const FRAME_S: f64 = 3600.0;
const PERIOD: Period = Period { start: Time(0), end: Time(FRAMES as i64 * 3600) };

/// Counter-based random numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

struct World {
    network: RiverNetwork,
    grid: Grid,
    flow: Flow,
    kinetics: Kinetics,
    temperature: Temperature,
    dispersion: Vec<f64>,
}

impl World {
    fn new(seed: u64, steady: bool) -> World {
        let mut dice = Dice(seed);
        let n = 2 + dice.below(8);
        let mut network = RiverNetwork::default();
        for e in 0..n {
            let kind = match dice.below(8) {
                0 => ReachKind::Lake,
                1 => ReachKind::Gate,
                2 => ReachKind::Diversion,
                _ => ReachKind::Reach,
            };
            network.elements.push(Element {
                id: format!("e{e}"),
                kind,
                length_m: 500.0 + 5000.0 * dice.unit(),
                width_m: Some(10.0 + 50.0 * dice.unit()),
                depth_m: None,
                slope: None,
                manning_n: None,
                flow_m3_s: None,
                velocity_m_s: None,
                volume_m3: None,
                member: None,
                course: Vec::new(),
            });
            let ways = 1 + dice.below(2);
            for _ in 0..ways {
                let to = dice.below(n + 1);
                let to = (to < n && to != e).then_some(to);
                network.links.push(Link { from: e, to, share: 1.0 / ways as f64 });
            }
        }
        let frames = if steady { 1 } else { FRAMES };
        let links = (0..frames * network.links.len()).map(|_| 12.0 * dice.unit() - 3.0).collect();
        let mut volume: Vec<f64> = Vec::new();
        for _ in 0..=frames {
            for e in &network.elements {
                let dry = e.kind == ReachKind::Gate || dice.unit() < 0.15;
                volume.push(if dry { 0.0 } else { 10f64.powf(2.0 + 4.0 * dice.unit()) });
            }
        }
        if steady {
            volume.iter_mut().for_each(|v| *v = v.max(1e3));
            let n = network.elements.len();
            let first = volume[..n].to_vec();
            volume[n..].copy_from_slice(&first);
        }
        let joins = if dice.below(2) == 0 { Joins::AtHead } else { Joins::Along };
        let frame_s = if steady { f64::INFINITY } else { FRAME_S };
        let flow = Flow::from_parts(&network, Time(0), frame_s, joins, links, volume).unwrap();
        let options = GridOptions { cell_m: 700.0, lake_layers: 1 + dice.below(3), cuts: Vec::new() };
        let grid = Grid::new(&network, &options).unwrap();
        // Ammonium and organic matter take oxygen; the deficit is made good from the air.
        let mut kinetics = Kinetics::conservative(&["NH3-N", "BOD", "deficit"])
            .with_conversion(0, &[(2, 4.57)], 2e-5, 1.08)
            .with_conversion(1, &[(2, 1.0)], 1e-5, 1.047)
            .with_loss(2, 3e-5, 1.024);
        kinetics.observed.push(("both".into(), vec![1.0, 0.5, 0.0]));
        let temperature = Temperature::ByElement((0..n).map(|_| 5.0 + 25.0 * dice.unit()).collect());
        let dispersion = (0..n).map(|_| if dice.below(2) == 0 { 0.0 } else { 200.0 * dice.unit() }).collect();
        World { network, grid, flow, kinetics, temperature, dispersion }
    }

    fn quality(&self) -> Quality<'_> {
        Quality {
            temperature: self.temperature.clone(),
            dispersion_m2_s: self.dispersion.clone(),
            step_s: 1100.0,
            ..Quality::new(&self.grid, &self.flow, &self.kinetics)
        }
    }

    fn inputs(&self, seed: u64, period: Option<Period>) -> Inputs {
        let mut dice = Dice(seed ^ 0xABCD);
        let n = self.network.elements.len();
        let mut inputs = Inputs::default();
        for k in 0..4 {
            let element = dice.below(n);
            let distance_m = dice.unit() * self.network.elements[element].length_m;
            inputs.sites.push(match k {
                0 => Site::along(&self.grid, "field", element),
                1 => Site::head(&self.grid, "head", element),
                _ => Site::pipe(&self.grid, &format!("pipe{k}"), Place { element, distance_m }),
            });
            inputs.loads.push(Load { site: k, species: k % 3, period, kg_s: dice.unit() });
        }
        for e in 0..n {
            inputs.inflows.push(Inflow { id: format!("water{e}"), element: e });
            inputs.carried.push(Carried { inflow: e, species: e % 3, period, kg_m3: 1e-3 * dice.unit() });
        }
        inputs
    }
}

/// A circle of dry elements is refused, and that is all that may be.
fn ran<T>(result: Result<T>) -> Option<T> {
    result.map_err(|e| assert!(e.to_string().contains("water circles"), "{e}")).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn forward_equals_adjoint_mass_closes_and_nothing_is_negative_on_any_network(seed in any::<u64>()) {
        let world = World::new(seed, false);
        let quality = world.quality();
        let bins: Vec<Period> = (0..2).map(|b| Period { start: Time(b * 7200), end: Time((b + 1) * 7200) }).collect();
        let mut inputs = world.inputs(seed, Some(bins[(seed % 2) as usize]));
        let n = world.kinetics.species.len();
        inputs.initial_kg = (0..world.grid.cells.len() * n).map(|k| (k % 7) as f64).collect();
        let mut dice = Dice(seed ^ 7);
        let sections: Vec<Section> = (0..3)
            .map(|k| {
                let cell = dice.below(world.grid.cells.len()) as u32;
                Section { id: format!("s{k}"), cell, period: Period { start: Time(3000), end: Time(12_000) } }
            })
            .collect();
        let Some(run) = ran(quality.run(PERIOD, &inputs, &sections, &RunOptions::default())) else { return Ok(()) };
        for book in &run.books {
            prop_assert!(book.worst_step <= 1e-12, "{book:?}");
            prop_assert!(book.error <= 1e-12, "{book:?}");
        }
        prop_assert!(run.least_kg.iter().all(|m| *m >= 0.0), "{:?}", run.least_kg);
        // Without the books, half steps are merged: the same state to rounding.
        let lean = quality.run(PERIOD, &inputs, &sections, &RunOptions { books: false, ..RunOptions::default() });
        let lean = lean.unwrap();
        let asked: Vec<Asked> = sections
            .iter()
            .flat_map(|s| world.kinetics.observed.iter().map(|(_, w)| Asked { section: s.clone(), weights: w.clone() }))
            .collect();
        let mut felt = Vec::new();
        sweep_all(&quality, PERIOD, &inputs, &bins, &asked, |at, f| felt.push((at, f.value(&inputs, &bins, n)))).unwrap();
        prop_assert_eq!(felt.len(), asked.len());
        for (at, backward) in felt {
            let means = &run.means[at / world.kinetics.observed.len()];
            let weighted = |means: &[Option<f64>]| {
                asked[at].weights.iter().zip(means).map(|(w, m)| w * m.unwrap_or(0.0)).sum::<f64>()
            };
            let forward = weighted(means);
            let size = forward.abs().max(backward.abs()).max(1e-30);
            prop_assert!((forward - backward).abs() <= 1e-10 * size, "{forward} {backward}");
            let again = weighted(&lean.means[at / world.kinetics.observed.len()]);
            prop_assert!((forward - again).abs() <= 1e-11 * size, "{forward} {again}");
        }
    }

    #[test]
    fn one_concentration_everywhere_stays_that_concentration(seed in any::<u64>()) {
        let world = World::new(seed, false);
        let kinetics = Kinetics::conservative(&["salt"]);
        let quality = Quality { kinetics: &kinetics, ..world.quality() };
        let volume = world.flow.frame(0).volume_start_m3;
        let elements = 0..world.network.elements.len();
        let inputs = Inputs {
            inflows: elements.clone().map(|element| Inflow { id: format!("w{element}"), element }).collect(),
            carried: elements.map(|inflow| Carried { inflow, species: 0, period: None, kg_m3: 1.0 }).collect(),
            initial_kg: world.grid.cells.iter().map(|c| volume[c.element as usize] * c.share).collect(),
            ..Inputs::default()
        };
        let all = 0..world.grid.cells.len() as u32;
        let sections: Vec<Section> = all.map(|cell| Section { id: String::new(), cell, period: PERIOD }).collect();
        let Some(run) = ran(quality.run(PERIOD, &inputs, &sections, &RunOptions::default())) else { return Ok(()) };
        for mean in run.means.iter().flatten().flatten() {
            prop_assert!((mean - 1.0).abs() < 1e-9, "{mean}");
        }
    }

    #[test]
    fn shares_of_the_sources_sum_to_an_independent_forward_run(seed in any::<u64>()) {
        let world = World::new(seed, false);
        let quality = world.quality();
        let inputs = world.inputs(seed, Some(PERIOD));
        let cell = Dice(seed ^ 3).below(world.grid.cells.len()) as u32;
        let section = Section { id: "s".into(), cell, period: PERIOD };
        let standing = liankong_engine::region::Quality::Standard;
        let sections = std::slice::from_ref(&section);
        let Some(run) = ran(quality.run(PERIOD, &inputs, sections, &RunOptions::default())) else { return Ok(()) };
        let felt = footprint(&quality, PERIOD, &inputs, sections, &[PERIOD], standing).unwrap();
        for (row, (name, weights)) in world.kinetics.observed.iter().enumerate() {
            prop_assert_eq!(&felt.rows[row].pollutant, name);
            let from_loads: f64 = inputs
                .loads
                .iter()
                .map(|l| l.kg_s * felt.sensitivity_during(row, l.site, &world.kinetics.species[l.species], None).0)
                .sum();
            let from_waters: f64 = inputs
                .carried
                .iter()
                .map(|c| {
                    let name = format!("inflow:water{}:{}", c.inflow, world.kinetics.species[c.species]);
                    c.kg_m3 * felt.base[row].iter().filter(|b| b.name == name).map(|b| b.weight).sum::<f64>()
                })
                .sum();
            let forward: f64 = weights.iter().zip(&run.means[0]).map(|(w, m)| w * m.unwrap_or(0.0)).sum();
            let sum = from_loads + from_waters;
            prop_assert!((sum - forward).abs() <= 1e-10 * forward.abs().max(1e-30), "{sum} {forward}");
        }
    }

    #[test]
    fn at_rest_one_factorisation_serves_forward_and_backward_and_the_mass_closes(seed in any::<u64>()) {
        let world = World::new(seed, true);
        let quality = world.quality();
        let inputs = world.inputs(seed, None);
        let Ok(steady) = quality.steady() else { return Ok(()) };
        let Ok(state) = steady.solve(&inputs) else { return Ok(()) };
        prop_assert!(state.mass_error.iter().all(|e| *e < 1e-10), "{:?}", state.mass_error);
        let n = world.kinetics.species.len();
        let cell = Dice(seed ^ 5).below(world.grid.cells.len()) as u32;
        let rows: Vec<(u32, Vec<f64>)> = world.kinetics.observed.iter().map(|(_, w)| (cell, w.clone())).collect();
        // A sparse LU knows a value to rounding of the greatest, so one that is 0 may come out as that.
        let rounding = 1e-15 * state.kg_m3.iter().fold(0.0_f64, |a, c| a.max(c.abs()));
        let mut checked = 0;
        steady.felt(&rows, |row, felt| {
            let mut sum = 0.0;
            for l in &inputs.loads {
                sum += inputs.sites[l.site].cells.iter().map(|(c, s)| l.kg_s * s * felt[*c as usize * n + l.species]).sum::<f64>();
            }
            for c in &inputs.carried {
                let cells = world.grid.cells_of(inputs.inflows[c.inflow].element);
                let mine = steady.entering().iter().filter(|e| cells.contains(&(e.cell as usize)));
                sum += mine.map(|e| c.kg_m3 * e.discharge_m3_s * felt[e.cell as usize * n + c.species]).sum::<f64>();
            }
            let at = &state.kg_m3[cell as usize * n..][..n];
            let forward: f64 = rows[row].1.iter().zip(at).map(|(w, c)| w * c).sum();
            assert!((sum - forward).abs() <= 1e-10 * forward.abs() + rounding, "{sum} {forward}");
            checked += 1;
        });
        prop_assert_eq!(checked, rows.len());
    }
}
