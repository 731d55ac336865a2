//! Known answers and invariants of the river, on cases built in code.

use super::*;
use crate::region::calendar::{DAY, Time};
use crate::region::network::{Branch, Reach, ReachKind, Section, SectionRole, WaterBody};
use crate::region::sample;
use crate::region::source::{ReactionStep, Site, Source, Target};
use proptest::prelude::*;

const YEAR: Period = Period { start: Time(0), end: Time(365 * DAY) };

/// A case with nothing in it but the period of its water.
fn empty() -> Case {
    let mut case = sample::case();
    case.settings.quality = Quality::Standard;
    case.settings.water_period = Some(YEAR);
    case
}

/// Builds a case row by row.
struct Build(Case);

impl Build {
    fn new() -> Build {
        Build(empty())
    }

    fn element(
        mut self,
        id: &str,
        kind: ReachKind,
        travel_s: f64,
        flow: f64,
        branches: &[(Option<usize>, f64)],
    ) -> Self {
        self.0.reaches.push(Reach {
            id: id.into(),
            kind,
            length_m: if kind == ReachKind::Reach { 1000.0 } else { 0.0 },
            flow_m3_s: flow,
            travel_s,
            volume_m3: flow * travel_s,
            branches: branches.iter().map(|(to, share)| Branch { to: *to, share: *share }).collect(),
            member: None,
            name_zh: id.into(),
            name_en: id.into(),
            from: None,
            to: None,
        });
        self
    }

    fn reach(self, id: &str, travel_s: f64, flow: f64, to: Option<usize>) -> Self {
        self.element(id, ReachKind::Reach, travel_s, flow, &[(to, 1.0)])
    }

    fn section(mut self, id: &str, reach: usize, distance_m: f64) -> Self {
        self.0.sections.push(Section {
            id: id.into(),
            reach: Some(reach),
            distance_m,
            role: SectionRole::Control,
            member: "A".into(),
            body: WaterBody::River,
            target_class: None,
            river_chief: String::new(),
            place: None,
            name_zh: id.into(),
            name_en: id.into(),
        });
        self
    }

    fn step(mut self, process: Process, species: &str, product: &str, rate: f64, mass_yield: f64) -> Self {
        self.0.reactions.push(ReactionStep {
            medium: Medium::Water,
            process,
            species: species.into(),
            product: product.into(),
            rate_per_s: rate,
            rate_range: None,
            mass_yield,
        });
        self
    }

    /// One species that is lost at rate k and measured as NH3-N.
    fn decay(self, k: f64) -> Self {
        self.step(Process::Loss, "N", "", k, 0.0).step(Process::Observe, "N", "NH3-N", 0.0, 1.0)
    }

    fn source(mut self, id: &str, site: Site, species: &str, rate_kg_s: f64) -> Self {
        let at = self.0.sources.iter().position(|s| s.id == id).unwrap_or(self.0.sources.len());
        if at == self.0.sources.len() {
            self.0.sources.push(Source {
                id: id.into(),
                member: None,
                medium: Medium::Water,
                site,
                sector: "industry".into(),
                structure: "industry".into(),
                height_m: 0.0,
                name_zh: id.into(),
                name_en: id.into(),
                mark: String::new(),
            });
        }
        let (species, mark) = (species.into(), String::new());
        self.0.emissions.push(Emission { source: at, species, rate_kg_s, period: None, mark });
        self
    }
}

fn head(reach: &str) -> Site {
    Site::Inflow { reach: reach.into() }
}

fn pipe(reach: &str, distance_m: f64) -> Site {
    Site::Outfall { reach: reach.into(), distance_m }
}

fn along(reach: &str) -> Site {
    Site::Diffuse { reach: reach.into() }
}

/// What the first section feels of source `s`, s m⁻³, after checking both runs against each other.
fn felt(case: &Case, source: &str, species: &str) -> f64 {
    let footprint = footprint(case).unwrap().unwrap();
    let sides = balance(case, &footprint, &forward(case).unwrap());
    assert!(sides.forward_error < 1e-12 && sides.mass_error < 1e-12, "{sides:?}");
    let source = case.sources.iter().position(|s| s.id == source).unwrap();
    footprint.sensitivity(0, source, species).0
}

fn close(ours: f64, known: f64) {
    assert!((ours - known).abs() <= 1e-12 * known.abs(), "{ours} is not {known}");
}

#[test]
fn a_plug_flow_reach_keeps_exp_of_minus_k_tau_over_the_flow() {
    // y = exp(−k τ) / Q
    let (k, tau, q): (f64, f64, f64) = (1e-5, 2e5, 40.0);
    let b = Build::new().reach("r", tau, q, None).section("s", 0, 1000.0).decay(k).source("in", head("r"), "N", 1.0);
    close(felt(&b.0, "in", "N"), (-k * tau).exp() / q);
}

#[test]
fn a_pipe_on_the_way_travels_only_the_rest_and_a_section_feels_nothing_from_below() {
    // y = exp(−k τ (d_section − d_pipe) / length) / Q, and 0 where the pipe lies below
    let (k, tau, q): (f64, f64, f64) = (1e-5, 2e5, 40.0);
    let b = Build::new().reach("r", tau, q, None).section("s", 0, 700.0).decay(k);
    let b = b.source("above", pipe("r", 200.0), "N", 1.0).source("below", pipe("r", 701.0), "N", 1.0);
    close(felt(&b.0, "above", "N"), (-k * tau * 0.5).exp() / q);
    assert_eq!(felt(&b.0, "below", "N"), 0.0);
}

#[test]
fn a_stirred_lake_gives_one_over_flow_plus_loss_times_volume() {
    // y = 1 / (Q + k V), for what flows in and for what is emitted into the lake
    let (k, tau, q): (f64, f64, f64) = (2e-7, 8e6, 12.0);
    let b = Build::new().element("lake", ReachKind::Lake, tau, q, &[(None, 1.0)]).section("s", 0, 0.0).decay(k);
    let b = b.source("in", head("lake"), "N", 0.3).source("shore", along("lake"), "N", 0.1);
    for source in ["in", "shore"] {
        close(felt(&b.0, source, "N"), 1.0 / (q + k * q * tau));
    }
}

#[test]
fn a_diffuse_source_keeps_the_mean_of_the_exponential_over_the_way() {
    // at the foot y = (1 − exp(−k τ)) / (k τ Q); at the share x of the way y = (1 − exp(−k τ x)) / (k τ Q)
    for kt in [1e-8_f64, 0.3, 9.0] {
        let (tau, q) = (3e5, 7.0);
        for (distance, x) in [(1000.0, 1.0), (400.0, 0.4)] {
            let b = Build::new().reach("r", tau, q, None).section("s", 0, distance).decay(kt / tau);
            let b = b.source("fields", along("r"), "N", 2.0);
            close(felt(&b.0, "fields", "N"), -(-kt * x).exp_m1() / (kt * q));
        }
    }
}

#[test]
fn water_that_divides_and_meets_again_brings_each_share_by_its_own_way() {
    // y = [s exp(−k τ₁) + (1 − s) exp(−k τ₂)] / Q
    let (k, s, t1, t2): (f64, f64, f64, f64) = (1e-5, 0.35, 1e5, 4e4);
    let b = Build::new()
        .element("above", ReachKind::Gate, 0.0, 10.0, &[(Some(1), s), (Some(2), 1.0 - s)])
        .reach("slow", t1, 3.5, Some(3))
        .reach("fast", t2, 6.5, Some(3))
        .reach("below", 0.0, 10.0, None)
        .section("s", 3, 1000.0)
        .section("slow foot", 1, 1000.0)
        .decay(k)
        .source("in", head("above"), "N", 1.0)
        .source("side", head("fast"), "N", 1.0);
    close(felt(&b.0, "in", "N"), (s * (-k * t1).exp() + (1.0 - s) * (-k * t2).exp()) / 10.0);
    let footprint = footprint(&b.0).unwrap().unwrap();
    assert_eq!(footprint.sensitivity(1, 1, "N").0, 0.0);
    close(footprint.sensitivity(1, 0, "N").0, s * (-k * t1).exp() / 3.5);
}

#[test]
fn ammonia_that_nitrifies_follows_its_closed_form() {
    // NO3 from NH3-N: y = k₁ / (k₂ − k₁) (exp(−k₁ τ) − exp(−k₂ τ)) / Q
    let (k1, k2, tau, q): (f64, f64, f64, f64) = (2e-6, 5e-7, 4e5, 3.0);
    let b = Build::new().reach("r", tau, q, None).section("s", 0, 1000.0);
    let b = b.step(Process::Convert, "NH3-N", "NO3-N", k1, 1.0).step(Process::Loss, "NO3-N", "", k2, 0.0);
    let b = b.step(Process::Observe, "NO3-N", "TN", 0.0, 1.0).source("in", head("r"), "NH3-N", 1.0);
    close(felt(&b.0, "in", "NH3-N"), k1 / (k2 - k1) * ((-k1 * tau).exp() - (-k2 * tau).exp()) / q);
}

#[test]
fn a_target_with_its_own_period_gets_its_own_row_with_the_same_numbers() {
    let mut b = Build::new().reach("r", 1e5, 2.0, None).section("s", 0, 1000.0).decay(1e-5);
    b = b.source("in", head("r"), "N", 1.0);
    let period = Period { start: Time(0), end: Time(30 * DAY) };
    let (id, receptor, origin) = ("t".into(), "s".into(), String::new());
    let pollutant = Pollutant::Nh3n;
    b.0.targets.push(Target { id, receptor, medium: Medium::Water, pollutant, period, limit: 1e-3, origin });
    let footprint = footprint(&b.0).unwrap().unwrap();
    assert_eq!(footprint.rows.len(), 2);
    let row = footprint.find("s", "NH3-N", period).unwrap();
    assert_eq!(footprint.sensitivity(row, 0, "N"), footprint.sensitivity(0, 0, "N"));
}

#[test]
fn an_emission_that_lasts_half_the_period_counts_half_in_both_runs() {
    let mut b = Build::new().reach("r", 1e5, 2.0, None).section("s", 0, 1000.0).decay(1e-5);
    b = b.source("in", head("r"), "N", 1.0);
    let whole = forward(&b.0).unwrap().sections[0].value;
    b.0.emissions[0].period = Some(Period { start: Time(0), end: Time(365 * DAY / 2) });
    close(forward(&b.0).unwrap().sections[0].value, whole / 2.0);
    felt(&b.0, "in", "N");
}

#[test]
fn a_circle_a_lost_branch_and_a_chain_that_grows_are_told_in_a_sentence() {
    let refuse = |b: Build| footprint(&b.0).unwrap_err().to_string();
    let b = Build::new().reach("a", 1.0, 1.0, Some(1)).reach("b", 1.0, 1.0, Some(0)).section("s", 0, 0.0).decay(0.0);
    assert!(refuse(b).contains("flows in a circle at or above a, b"));
    let b = Build::new().reach("a", 1.0, 1.0, Some(7)).section("s", 0, 0.0).decay(0.0);
    assert!(refuse(b).contains("a reach that does not exist"));
    let b = Build::new().element("a", ReachKind::Reach, 1.0, 1.0, &[(None, 0.5)]).section("s", 0, 0.0).decay(0.0);
    assert!(refuse(b).contains("sum to 0.5"));
    let b = Build::new().reach("a", 1e9, 1.0, None).section("s", 0, 1000.0).decay(0.0);
    let b = b.step(Process::Convert, "N", "M", 0.1, 9.0).step(Process::Convert, "M", "N", 0.1, 9.0);
    assert!(refuse(b).contains("grows without bound"));
}

#[test]
fn a_case_without_river_has_no_footprint_and_an_empty_forward_run() {
    assert!(footprint(&empty()).unwrap().is_none());
    assert_eq!(forward(&empty()).unwrap(), Forward::default());
}

/// One element of a random network: kind, travel time, flow, and two later elements with the share of the first.
type Drawn = (u8, f64, f64, usize, usize, f64);

/// A random network: every branch leads to a later element or out of the region, so there is no circle.
fn random_case(elements: &[Drawn], steps: &[(u8, usize, usize, f64, f64)], places: &[(usize, f64)], n: usize) -> Case {
    let count = elements.len();
    let name = |r: usize| format!("r{r}");
    let mut b = Build::new();
    for (r, (kind, travel, flow, one, two, share)) in elements.iter().enumerate() {
        let to = |step: usize| (r + 1 + step < count).then_some(r + 1 + step);
        let kind = [ReachKind::Reach, ReachKind::Lake, ReachKind::Reach, ReachKind::Gate][usize::from(*kind) % 4];
        b = b.element(&name(r), kind, *travel, *flow, &[(to(*one), *share), (to(*two), 1.0 - share)]);
    }
    for (kind, i, j, rate, mass_yield) in steps {
        let (i, j) = (i % n, j % n);
        let (s, p) = (format!("s{i}"), format!("s{j}"));
        // A conversion only goes to a later species, so that no circle makes mass.
        b = if kind % 2 == 0 || j <= i {
            b.step(Process::Loss, &s, "", *rate, 0.0)
        } else {
            b.step(Process::Convert, &s, &p, *rate, *mass_yield)
        };
    }
    for i in 0..n {
        b = b.step(Process::Observe, &format!("s{i}"), if i % 2 == 0 { "NH3-N" } else { "TN" }, 0.0, 1.0 + i as f64);
    }
    for (at, (r, distance)) in places.iter().enumerate() {
        let r = r % count;
        if at % 3 == 0 {
            b = b.section(&format!("x{at}"), r, *distance);
        } else {
            let site = [head(&name(r)), pipe(&name(r), *distance), along(&name(r)), pipe(&name(r), 500.0)];
            b = b.source(&format!("q{at}"), site[at % 4].clone(), &format!("s{}", at % n), 0.1 + distance / 1e3);
        }
    }
    b.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn on_any_network_the_adjoint_agrees_with_the_forward_run_and_no_mass_goes_missing(
        elements in prop::collection::vec((0_u8..4, 0.0..3e5_f64, 0.5..500.0_f64, 0_usize..4, 0_usize..9, 0.0..1.0_f64), 1..14),
        steps in prop::collection::vec((0_u8..2, 0_usize..4, 0_usize..4, 0.0..2e-5_f64, 0.2..4.57_f64), 0..7),
        places in prop::collection::vec((0_usize..14, 0.0..1000.0_f64), 4..20),
        n in 1_usize..5,
    ) {
        let case = random_case(&elements, &steps, &places, n);
        let found = footprint(&case).unwrap().unwrap();
        let run = forward(&case).unwrap();
        let sides = balance(&case, &found, &run);
        prop_assert!(sides.forward_error < 1e-10, "{:?}", sides);
        prop_assert!(sides.mass_error < 1e-12, "{:?}", run.budget);

        // Relabelling: the reaches of the table in reverse order, under other names.
        let (count, mut other) = (case.reaches.len(), case.clone());
        other.reaches.reverse();
        for reach in &mut other.reaches {
            reach.id = format!("other {}", reach.id);
            reach.branches.iter_mut().for_each(|b| b.to = b.to.map(|to| count - 1 - to));
        }
        other.sections.iter_mut().for_each(|s| s.reach = s.reach.map(|r| count - 1 - r));
        for source in &mut other.sources {
            if let Site::Outfall { reach, .. } | Site::Diffuse { reach } | Site::Inflow { reach } = &mut source.site {
                *reach = format!("other {reach}");
            }
        }
        let again = footprint(&other).unwrap().unwrap();
        prop_assert_eq!(again.entries(), found.entries());
        for row in 0..found.rows.len() {
            for (a, b) in found.row(row).zip(again.row(row)) {
                prop_assert_eq!(a.column, b.column);
                prop_assert!((a.value - b.value).abs() <= 1e-12 * a.value.abs().max(NOTHING_KG_M3));
            }
        }
    }
}
