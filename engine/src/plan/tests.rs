//! Plans of which the answer is known, and what must hold of every plan.

use super::example::*;
use super::{Plan, Plans, capital_recovery, least_cost};
use crate::observe::Observed;
use crate::region::{Case, Medium, Pollutant};
use crate::transport::Footprint;
use proptest::prelude::*;

fn solve(case: &Case, observed: &Observed, footprints: &[&Footprint]) -> Plans {
    least_cost(case, observed, footprints, &|| false).unwrap()
}

fn share(plan: &Plan, measure: &str) -> f64 {
    plan.applications.iter().find(|a| a.measure == measure).map_or(0.0, |a| a.share)
}

/// Two plants in A1 and B1, one station in A1; 1 kg/s of either is 10 µg/m³ there.
fn two_plants(limit: f64) -> (Case, Observed) {
    let mut case = case();
    let a = add_source(&mut case, "a", "A1", Medium::Air, "steel", ("PM2.5", 1.0));
    let b = add_source(&mut case, "b", "B1", Medium::Air, "steel", ("PM2.5", 1.0));
    add_measure(&mut case, "filter", a, &[(a, "PM2.5", 0.5)], 2e6);
    add_measure(&mut case, "bags", b, &[(b, "PM2.5", 0.8)], 8e6);
    add_target(&mut case, "S", "A1", Pollutant::Pm25, limit);
    let observed = observed(&case, |_| Some(70.0));
    (case, observed)
}

fn tens(case: &Case) -> Footprint {
    footprint(case, Medium::Air, &["PM2.5"], |_, _, _| 10.0)
}

#[test]
fn a_plan_takes_away_no_more_than_is_measured_where_the_model_brings_more() {
    // Two sources of 1 kg/s at 10 µg/m³ each: modelled 20. Measured 8, so κ = 8/20 = 0.4 and the filter (0.5 kg/s of
    // 10 µg/m³) takes 2, the bags (0.8) 3.2: floor 8 − 5.2 = 2.8.
    let (case, _) = two_plants(7.0);
    let observed = observed(&case, |_| Some(8.0));
    let target = solve(&case, &observed, &[&tens(&case)]).joint.targets.remove(0);
    assert!((target.closure - 0.4).abs() < 1e-12, "{}", target.closure);
    assert!((target.floor - 2.8e-9).abs() < 1e-17, "{}", target.floor);
    // Measured 70 of which the model brings 20: nothing is scaled.
    let (case, observed) = two_plants(65.0);
    assert_eq!(solve(&case, &observed, &[&tens(&case)]).joint.targets[0].closure, 1.0);
}

#[test]
fn the_cheaper_plant_is_used_up_before_the_dearer_one_and_sets_no_price() {
    // 70 → 63 needs 7: filter takes 5 for 2 M (0.4 M per µg), bags 8 for 8 M (1 M per µg): x = 1, 2/8; cost 2 + 2 = 4 M.
    // One µg more limit saves 1 M, so the price is 1e6 / 1e−9 CNY a year per kg m⁻³. Floor 70 − 13 = 57.
    let (case, observed) = two_plants(63.0);
    let plans = solve(&case, &observed, &[&tens(&case)]);
    let joint = &plans.joint;
    assert_eq!(joint.status, "optimal");
    assert!((joint.cost - 4e6).abs() < 1e-3, "{}", joint.cost);
    assert!((share(joint, "filter") - 1.0).abs() < 1e-9 && (share(joint, "bags") - 0.25).abs() < 1e-9);
    let target = &joint.targets[0];
    assert!((target.dual / 1e15 - 1.0).abs() < 1e-9, "{}", target.dual);
    assert!((target.value - 63e-9).abs() < 1e-17 && (target.floor - 57e-9).abs() < 1e-17);
    assert_eq!((target.now_basis, joint.max_violation < 1e-9), ("measured", true));
    assert!(joint.gap.abs() < 1e-9);
    assert_eq!(joint.cost_by_member.iter().map(|(m, _)| m.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert!((joint.cost_by_member[1].1 - 2e6).abs() < 1e-3);
    let (species, removed) = &joint.applications[0].removed[0];
    assert!(species == "PM2.5" && (removed - 0.8 * 0.25).abs() < 1e-12);
    // A alone has only its filter: 65, short by 2 of 63. B has no target.
    let (a, b) = (&plans.alone[0], &plans.alone[1]);
    assert_eq!((a.who.as_str(), a.status, b.status), ("A", "infeasible", "no targets"));
    assert!((a.max_violation - 2.0 / 63.0 - 1e-4).abs() < 1e-6, "{}", a.max_violation);
    assert_eq!((b.cost, b.applications.len(), a.targets[0].dual), (0.0, 0, 0.0));
}

#[test]
fn a_target_that_is_out_of_reach_gets_the_nearest_plan_and_does_not_excuse_the_others() {
    // Station S can fall to 57 (limit 50: short by 7/50); the plan may stay 50 · 1e-4 above that, which spares 0.005 of
    // the bags' 8: 2 + 7.995 M. Station T only needs wet scrubbing at 40 %: 70 − 2 = 68 for 0.4 M.
    let (mut case, _) = two_plants(50.0);
    let c = add_source(&mut case, "c", "B1", Medium::Air, "steel", ("PM2.5", 1.0));
    add_measure(&mut case, "wet", c, &[(c, "PM2.5", 0.5)], 1e6);
    add_target(&mut case, "T", "B1", Pollutant::Pm25, 68.0);
    let reaches = |r: &str, s: usize, _: &str| if (r == "S") == (s < 2) { 10.0 } else { 0.0 };
    let air = footprint(&case, Medium::Air, &["PM2.5"], reaches);
    let joint = solve(&case, &observed(&case, |_| Some(70.0)), &[&air]).joint;
    assert_eq!(joint.status, "infeasible");
    assert!((joint.max_violation - 7.0 / 50.0 - 1e-4).abs() < 1e-6);
    assert!((share(&joint, "wet") - 0.4).abs() < 1e-9, "{:?}", joint.applications);
    assert!((joint.cost - 10.395e6).abs() < 1.0, "{}", joint.cost);
    assert!(joint.gap.abs() < 1e-6);
    assert!((joint.targets[1].value - 68e-9).abs() < 1e-15);
    assert_eq!(joint.targets[0].dual, 0.0);
    assert!((joint.targets[1].dual / 0.2e15 - 1.0).abs() < 1e-6, "{}", joint.targets[1].dual);
}

#[test]
fn one_measure_moves_air_and_water_together() {
    // Fertiliser cut by x: air −10 · 0.2 x µg/m³ (needs 1: x ≥ ½), water −2 · 0.1 x mg/L (needs 0.16: x ≥ 0.8). For air
    // alone the filter would be cheaper; but x = 0.8 is needed for the river, brings 1.6, and the filter stays at home.
    let mut case = case();
    let farm = add_source(&mut case, "farm", "A1", Medium::Air, "agriculture", ("NH3", 1.0));
    let drain = add_source(&mut case, "drain", "A1", Medium::Water, "agriculture", ("TN", 1.0));
    let plant = add_source(&mut case, "plant", "A1", Medium::Air, "steel", ("PM2.5", 1.0));
    add_measure(&mut case, "fertiliser", farm, &[(farm, "NH3", 0.2), (drain, "TN", 0.1)], 10e6);
    add_measure(&mut case, "filter", plant, &[(plant, "PM2.5", 1.0)], 1e6);
    add_target(&mut case, "S", "A1", Pollutant::Pm25, 69.0);
    add_target(&mut case, "W", "B1", Pollutant::Tn, 2.84);
    let air = footprint(&case, Medium::Air, &["NH3", "PM2.5"], |_, _, _| 10.0);
    let water = footprint(&case, Medium::Water, &["TN"], |_, _, _| 2.0);
    let now = |r: &str| Some(if r == "S" { 70.0 } else { 3.0 });
    let joint = solve(&case, &observed(&case, now), &[&air, &water]).joint;
    assert!((share(&joint, "fertiliser") - 0.8).abs() < 1e-9, "{:?}", joint.applications);
    assert_eq!(share(&joint, "filter"), 0.0);
    assert!((joint.targets[0].value - 68.4e-9).abs() < 1e-16);
    assert_eq!(joint.targets[0].dual, 0.0);
    // The river's price: 10 M / 0.2 mg/L = 50 M per mg/L = 5e10 CNY per kg/m³.
    assert!((joint.targets[1].dual / 5e10 - 1.0).abs() < 1e-9);
    assert_eq!(joint.applications[0].removed.len(), 2);
}

#[test]
fn decisions_of_one_group_share_one_whole() {
    // Cheap takes 4 for 1 M, good 9 for 6 M, one boiler: x + z ≤ 1, 4 x + 9 z ≥ 7 → z = 3/5, x = 2/5: 4 M. Floor 61.
    let mut case = case();
    let a = add_source(&mut case, "a", "A1", Medium::Air, "boilers", ("PM2.5", 2.0));
    add_measure(&mut case, "cheap", a, &[(a, "PM2.5", 0.4)], 1e6);
    add_measure(&mut case, "good", a, &[(a, "PM2.5", 0.9)], 6e6);
    case.measures.iter_mut().for_each(|m| m.group = "boiler".into());
    add_target(&mut case, "S", "A1", Pollutant::Pm25, 63.0);
    let joint = solve(&case, &observed(&case, |_| Some(70.0)), &[&tens(&case)]).joint;
    assert!((joint.cost - 4e6).abs() < 1e-3, "{}", joint.cost);
    assert!((share(&joint, "cheap") - 0.4).abs() < 1e-9 && (share(&joint, "good") - 0.6).abs() < 1e-9);
    assert!((joint.targets[0].floor - 61e-9).abs() < 1e-17, "{}", joint.targets[0].floor);
}

#[test]
fn what_is_not_emitted_cannot_be_taken_away_save_where_capacity_is_made() {
    // Two measures of 0.8 kg/s each at a source of 1 kg/s: floor 70 − 10, not 70 − 16.
    let mut case = case();
    let a = add_source(&mut case, "a", "A1", Medium::Air, "steel", ("PM2.5", 1.0));
    add_measure(&mut case, "one", a, &[(a, "PM2.5", 0.8)], 1e6);
    add_measure(&mut case, "two", a, &[(a, "PM2.5", 0.8)], 2e6);
    add_target(&mut case, "S", "A1", Pollutant::Pm25, 61.0);
    let observed = observed(&case, |_| Some(70.0));
    let joint = solve(&case, &observed, &[&tens(&case)]).joint;
    assert!((joint.targets[0].floor - 60e-9).abs() < 1e-17);
    assert!((joint.cost - 1.25e6).abs() < 1e-3, "{}", joint.cost);
    case.sources[a].sector = "capacity".into();
    let joint = solve(&case, &observed, &[&tens(&case)]).joint;
    assert!((joint.targets[0].floor - 54e-9).abs() < 1e-17);
}

#[test]
fn equally_cheap_plans_are_told_apart_by_name_not_by_the_order_of_the_tables() {
    let (mut case, observed) = two_plants(66.0);
    case.measures[1].opex_cny_per_year = 3.2e6; // as dear per µg as the filter
    let air = tens(&case);
    let first = solve(&case, &observed, &[&air]).joint;
    case.measures.reverse();
    let second = solve(&case, &observed, &[&air]).joint;
    let sorted = |p: &Plan| {
        let mut a = p.applications.clone();
        a.sort_by(|a, b| a.measure.cmp(&b.measure));
        a
    };
    assert_eq!(sorted(&first), sorted(&second));
    assert!((first.cost - 1.6e6).abs() < 1e-3);
    // bags alone: ½ · w(1), w(1) = 1.618; filter 0.8 · w(2), w(2) = 1.236: the tie-break takes bags.
    assert!((share(&first, "bags") - 0.5).abs() < 1e-9, "{:?}", first.applications);
}

#[test]
fn investment_is_spread_over_its_life_with_interest() {
    // 5 % over 10 years: 0.05 / (1 − 1.05⁻¹⁰) = 0.129504575
    assert!((capital_recovery(0.05, 10.0) - 0.129_504_574_965).abs() < 1e-12);
    assert_eq!(capital_recovery(0.0, 8.0), 0.125);
}

#[test]
fn without_readings_the_modelled_mean_stands_in_and_says_so() {
    // 1 + 1 kg/s · 10 = 20 µg/m³; an emission over a quarter of the period counts a quarter: + 4 · ¼ · 10.
    let (mut case, _) = two_plants(25.0);
    let quarter = crate::region::Period {
        start: period().start,
        end: crate::region::Time(period().start.0 + period().seconds() / 4),
    };
    add_emission(&mut case, 0, ("PM2.5", 4.0), Some(quarter));
    let joint = solve(&case, &Observed::default(), &[&tens(&case)]).joint;
    assert_eq!(joint.targets[0].now_basis, "modelled");
    assert!((joint.targets[0].now - 30e-9).abs() < 1e-17);
}

#[test]
fn a_plan_says_what_it_does_not_know() {
    let (mut case, observed) = two_plants(63.0);
    case.measures[0].effects.push(crate::region::source::Effect { source: 0, species: "NOx".into(), rate_kg_s: 0.0 });
    add_target(&mut case, "far", "B1", Pollutant::Pm10, 50.0);
    let (far, near) = (case.targets.pop().unwrap(), case.targets.clone());
    let air = tens(&case);
    case.targets = near.into_iter().chain([far]).collect();
    let plans = solve(&case, &observed, &[&air]);
    let english: Vec<&str> = plans.caveats.iter().map(|(_, en)| en.as_str()).collect();
    assert!(plans.caveats[0].0.starts_with("臭氧未评价"));
    assert!(english[0].starts_with("ozone not assessed"));
    assert!(english.iter().any(|s| s.contains("from memory 2")));
    assert!(english.iter().any(|s| s.contains("screening quality (air)")));
    assert!(english.iter().any(|s| s.contains("left out") && s.contains("T-far")));
}

#[test]
fn a_stop_is_heard() {
    let (case, observed) = two_plants(63.0);
    assert!(least_cost(&case, &observed, &[&tens(&case)], &|| true).is_err());
}

#[test]
fn no_measures_and_no_footprint_are_no_reason_to_panic() {
    let (mut case, observed) = two_plants(63.0);
    let none = solve(&case, &observed, &[]);
    assert_eq!(none.joint.status, "infeasible");
    assert!((none.joint.max_violation - 7.0 / 63.0).abs() < 1e-12);
    assert_eq!(none.joint.cost, 0.0);
    case.measures.clear();
    let air = tens(&case);
    assert_eq!(solve(&case, &observed, &[&air]).joint.status, "infeasible");
    case.targets.clear();
    let empty = solve(&case, &observed, &[&air]);
    assert_eq!((empty.joint.status, empty.joint.cost), ("no targets", 0.0));
}

/// A random region: measures at six sources of both media in A1 and B1, two stations and two sections.
#[derive(Debug, Clone)]
struct Region {
    measures: Vec<(usize, f64, f64, bool)>,
    reach: Vec<f64>,
    ease: Vec<f64>,
}

fn region() -> impl Strategy<Value = Region> {
    let measure = (0usize..6, 0.05f64..1.0, 0.01f64..50.0, any::<bool>());
    (
        prop::collection::vec(measure, 2..14),
        prop::collection::vec(0.0f64..5.0, 24),
        prop::collection::vec(0.05f64..1.3, 4),
    )
        .prop_map(|(measures, reach, ease)| Region { measures, reach, ease })
}

const RECEPTORS: [&str; 4] = ["S0", "S1", "W0", "W1"];

impl Region {
    /// Limits lie where all measures together would bring each target with `ease` of their full effect.
    fn case(&self) -> (Case, Vec<Footprint>, Observed) {
        let mut case = case();
        for s in 0..6 {
            let city = if s % 2 == 0 { "A1" } else { "B1" };
            let (medium, species) = if s < 3 { (Medium::Air, "PM2.5") } else { (Medium::Water, "TN") };
            add_source(&mut case, &format!("s{s}"), city, medium, "steel", (species, 1.5));
        }
        for (i, (source, rate, cost, grouped)) in self.measures.iter().enumerate() {
            // Every measure also moves a source of the other medium in the same city.
            let other = [4, 3, 4, 1, 2, 1][*source];
            let species = |s: usize| if s < 3 { "PM2.5" } else { "TN" };
            let effects = [(*source, species(*source), *rate), (other, species(other), rate / 3.0)];
            add_measure(&mut case, &format!("m{i:02}"), *source, &effects, cost * 1e6);
            case.measures[i].group = if *grouped { "one".into() } else { String::new() };
        }
        for (k, r) in RECEPTORS.iter().enumerate() {
            let pollutant = if k < 2 { Pollutant::Pm25 } else { Pollutant::Tn };
            add_target(&mut case, r, if k % 2 == 0 { "A1" } else { "B1" }, pollutant, 50.0);
        }
        let at =
            |r: &str, s: usize, _: &str| RECEPTORS.iter().position(|x| *x == r).map_or(0.0, |k| self.reach[k * 6 + s]);
        let footprints =
            vec![footprint(&case, Medium::Air, &["PM2.5"], at), footprint(&case, Medium::Water, &["TN"], at)];
        for (k, r) in RECEPTORS.iter().enumerate() {
            let own = |s: usize| self.reach[k * 6 + s] * if (s < 3) == (k < 2) { 1.0 } else { 0.0 };
            let full: f64 = case.measures.iter().flat_map(|m| &m.effects).map(|e| own(e.source) * e.rate_kg_s).sum();
            let target = case.targets.iter_mut().find(|t| t.receptor == *r).unwrap();
            target.limit = target.pollutant.from_printed(70.0 - 0.4 * self.ease[k] * full);
        }
        let observed = observed(&case, |_| Some(70.0));
        (case, footprints, observed)
    }

    fn solve(&self, change: impl Fn(&mut Case)) -> Plans {
        let (mut case, footprints, observed) = self.case();
        change(&mut case);
        solve(&case, &observed, &footprints.iter().collect::<Vec<_>>())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_is_proved_by_its_own_arithmetic(region in region()) {
        let plans = region.solve(|_| ());
        for plan in plans.alone.iter().chain([&plans.joint]) {
            prop_assert!(plan.status == "optimal" || plan.status == "infeasible", "{}", plan.status);
            prop_assert!(plan.gap.abs() < 1e-6, "{} {}", plan.who, plan.gap);
            prop_assert_eq!(plan.status == "infeasible", plan.max_violation > 1e-8);
            for t in &plan.targets {
                prop_assert!(t.value >= t.floor - 1e-9 * t.now.abs() && t.dual >= 0.0);
            }
        }
    }

    #[test]
    fn joint_control_is_never_dearer_than_each_member_for_itself(region in region()) {
        let plans = region.solve(|_| ());
        if plans.alone.iter().all(|p| p.status == "optimal") {
            let sum: f64 = plans.alone.iter().map(|p| p.cost).sum();
            prop_assert_eq!(plans.joint.status, "optimal");
            prop_assert!(plans.joint.cost <= sum * (1.0 + 1e-7) + 1e-3, "{} > {}", plans.joint.cost, sum);
        }
    }

    #[test]
    fn one_measure_more_never_makes_the_plan_dearer(region in region(), rate in 0.05f64..1.0, cost in 0.01f64..50.0) {
        let before = region.solve(|_| ()).joint;
        let after = region.solve(|case| add_measure(case, "new", 0, &[(0, "PM2.5", rate)], cost * 1e6)).joint;
        if before.status == "optimal" {
            prop_assert_eq!(after.status, "optimal");
            prop_assert!(after.cost <= before.cost * (1.0 + 1e-7) + 1e-3);
        } else {
            prop_assert!(after.max_violation <= before.max_violation + 1.001e-4);
        }
    }

    #[test]
    fn a_tighter_limit_never_makes_the_plan_cheaper(region in region(), which in 0usize..4, by in 0.0f64..1.0) {
        let before = region.solve(|_| ()).joint;
        let after = region.solve(|case| {
            let target = &mut case.targets[which];
            target.limit -= target.pollutant.from_printed(by);
        }).joint;
        if after.status == "optimal" {
            prop_assert_eq!(before.status, "optimal");
            prop_assert!(after.cost >= before.cost * (1.0 - 1e-7) - 1e-3);
        }
    }

    #[test]
    fn the_order_of_the_measures_does_not_change_the_cost(region in region(), turn in 1usize..13) {
        let before = region.solve(|_| ()).joint;
        let after = region.solve(|case| {
            let by = turn % case.measures.len();
            case.measures.rotate_left(by);
        }).joint;
        prop_assert!((after.cost - before.cost).abs() <= 1e-9 * before.cost.abs());
    }
}
