//! Answers solved by hand, prices against finite differences, a second solver, budgets, conflicts, curves, tables.

use liankong_engine::plan::abatement::{Abatement, Coupling, Decision, Goal, MILLION};
use liankong_engine::plan::answer::{Answer, answer, capped};
use liankong_engine::plan::programme::Programme;
use liankong_engine::plan::solver::{Claim, Session, minimise};
use liankong_engine::plan::stack::{Search, Stacked};
use liankong_engine::plan::tables::{Texts, read};
use liankong_engine::plan::{budget, conflict, curve};
use proptest::prelude::*;

pub fn decision(name: &str, member: usize, cost: f64) -> Decision {
    Decision { measure: name.into(), source: name.into(), member: Some(member), cost, floor: 0.0, upper: 1.0 }
}

pub fn goal(id: &str, now: f64, limit: f64, effects: &[(usize, f64)]) -> Goal {
    Goal { id: id.into(), member: Some(0), now, limit, yardstick: limit, effects: effects.to_vec() }
}

/// A filter takes 8 for 2 M, bags take 4 for 3 M; 70 today.
fn plant(limit: f64) -> Abatement {
    Abatement {
        members: vec!["A".into(), "B".into()],
        decisions: vec![decision("filter", 0, 2e6), decision("bags", 1, 3e6)],
        goals: vec![goal("S", 70.0, limit, &[(0, 8.0), (1, 4.0)])],
        couplings: vec![],
    }
}

pub fn of(plain: Abatement) -> Answer {
    answer(&Stacked { plain, ..Stacked::default() }, Search::default(), &|| false).unwrap()
}

#[test]
fn a_plan_solved_by_hand_holds_to_nine_digits() {
    // 10 are needed: the filter whole (8), bags at ½ (2): 2 + 1.5 M; one unit more costs 3 M / 4.
    let found = of(plant(60.0));
    assert_eq!(found.status, "optimal");
    assert!((found.x[0] - 1.0).abs() < 1e-9 && (found.x[1] - 0.5).abs() < 1e-9);
    assert!((found.cost / 3.5e6 - 1.0).abs() < 1e-9 && (found.bound / 3.5e6 - 1.0).abs() < 1e-9);
    assert!((found.prices[0] / 0.75e6 - 1.0).abs() < 1e-9 && (found.values[0] - 60.0).abs() < 1e-9);
}

#[test]
fn what_cannot_be_reached_is_proved_and_the_nearest_plan_given() {
    // 12 at most: 58; asked 50: a miss of 8 / 50.
    let found = of(plant(50.0));
    assert_eq!(found.status, "infeasible");
    assert!((found.max_violation - 0.16 - 1e-4).abs() < 1e-6, "{found:?}");
}

#[test]
fn half_the_money_is_spent_where_it_takes_most_and_fairness_asks_for_the_worst_off() {
    // Two goals of 50 at 60 today; x takes 10 from the first for 1 M, z 5 from the second for 1 M. With 1 M the least sum
    // of misses does x: (0 + 0.2); the fairest makes both equal: 10 − 10 x = 10 − 5 z, x + z = 1: x = 1/3, miss 2/15.
    let two = Abatement {
        members: vec!["A".into()],
        decisions: vec![decision("x", 0, 1e6), decision("z", 0, 1e6)],
        goals: vec![goal("first", 60.0, 50.0, &[(0, 10.0)]), goal("second", 60.0, 50.0, &[(1, 5.0)])],
        couplings: vec![],
    };
    let sum = budget::least_sum(&two, 1e6, &|| false).unwrap();
    assert!(sum.misses[0] < 1e-8 && (sum.misses[1] - 0.2).abs() < 1e-8, "{sum:?}");
    assert!((sum.miss_bound - 0.2).abs() < 1e-8);
    let fair = budget::fairest(&two, Some(1e6), &|| false).unwrap();
    assert!((fair.miss_bound - 2.0 / 15.0).abs() < 1e-9, "{fair:?}");
    assert!(fair.misses.iter().all(|m| *m <= 2.0 / 15.0 + 1.01e-4));
    assert!(fair.cost <= 1e6 * (1.0 + 1e-9));
}

#[test]
fn a_cap_has_its_price() {
    let tight = of(capped(&plant(60.0), &[1.0, 1.0], 1.75e6));
    // Filter at most 7/8 (7), bags at most 7/12 (7/3): 9.33 where 10 are needed.
    assert_eq!(tight.status, "infeasible");
    let wide = of(capped(&plant(62.0), &[1.0, 1.0], 1.75e6));
    // 8 are needed: freely the filter alone, 2 M; capped 7 from it, 1 from bags ¼: 1.75 + 0.75 = 2.5 M.
    assert!((wide.cost - 2.5e6).abs() < 1.0, "{wide:?}");
}

#[test]
fn two_goals_that_contradict_each_other_are_named_with_what_each_must_yield() {
    // x lowers the first by 10 and raises the second by 10; first ≤ 55 needs x ≥ ½, second ≤ 63 allows x ≤ 0.3. The third
    // is never in the way. First yields 2 (of 55), or second 2 (of 63).
    let three = Abatement {
        members: vec!["A".into()],
        decisions: vec![decision("x", 0, 1e6)],
        goals: vec![
            goal("first", 60.0, 55.0, &[(0, 10.0)]),
            goal("second", 60.0, 63.0, &[(0, -10.0)]),
            goal("third", 60.0, 70.0, &[(0, 1.0)]),
        ],
        couplings: vec![],
    };
    let found = conflict::conflicts(&three, &|| false).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].smallest && found[0].miss_bound > 0.0);
    let (first, second) = (found[0].goals[0], found[0].goals[1]);
    assert_eq!((first.0, second.0), (0, 1));
    assert!((first.1 - 2.0 / 55.0).abs() < 1e-9 && (second.1 - 2.0 / 63.0).abs() < 1e-9, "{found:?}");
    assert!(conflict::conflicts(&plant(60.0), &|| false).unwrap().is_empty());
    let alone = conflict::conflicts(&plant(50.0), &|| false).unwrap();
    assert!((alone[0].goals[0].1 - 0.16).abs() < 1e-9);
}

#[test]
fn the_curve_is_convex_and_its_slope_is_the_next_step() {
    // Filter up to 8 of 10 at 0.25 M a unit, then bags at 0.75 M: slopes 2.5 M and 7.5 M per whole.
    let steps = curve::curve(&plant(60.0), &[0.0, 0.4, 0.9, 1.0, 1.3]).unwrap();
    let cost: Vec<f64> = steps.iter().filter_map(|s| s.cost).collect();
    assert!((cost[1] - 1e6).abs() < 1e-3 && (cost[2] - 2.75e6).abs() < 1e-3 && (cost[3] - 3.5e6).abs() < 1e-3);
    assert!((steps[1].slope.unwrap() - 2.5e6).abs() < 1e-3 && (steps[2].slope.unwrap() - 7.5e6).abs() < 1e-3);
    assert_eq!(steps[4].cost, None);
}

/// A region of random decisions, goals and couplings that nothing keeps from being met.
pub fn random() -> impl Strategy<Value = Abatement> {
    (3usize..20, 1usize..8, any::<u64>()).prop_map(|(n, goals, seed)| {
        let mut state = seed;
        let mut draw = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1u64 << 31) as f64
        };
        let decisions =
            (0..n).map(|j| decision(&format!("d{j:02}"), 0, (0.1 + 10.0 * draw()) * 1e6)).collect::<Vec<_>>();
        let mut abatement = Abatement { members: vec!["A".into()], decisions, ..Abatement::default() };
        for t in 0..goals {
            let effects: Vec<(usize, f64)> = (0..n).map(|j| (j, 5.0 * draw() - 0.2)).collect();
            let half: f64 = effects.iter().map(|(_, e)| 0.5 * e).sum();
            abatement.goals.push(goal(&format!("g{t}"), 70.0, 70.0 - (0.1 + 0.9 * draw()) * half.max(0.0), &effects));
        }
        abatement.couplings.push(Coupling { most: 0.6 * n as f64, terms: (0..n).map(|j| (j, 1.0)).collect() });
        abatement
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_price_is_what_a_little_more_limit_saves(region in random(), which in 0usize..8) {
        let t = which % region.goals.len();
        let cost = |by: f64| {
            let mut moved = region.clone();
            moved.goals[t].limit += by;
            of(moved).cost
        };
        let found = of(region.clone());
        // The cost is convex in the limit: the price lies between the slopes on both sides.
        let h = 1e-4;
        let (tighter, looser) = ((cost(-h) - found.cost) / h, (found.cost - cost(h)) / h);
        let slack = 1e-5 * found.cost.max(1e4);
        prop_assert!(found.prices[t] <= tighter + slack && found.prices[t] >= looser - slack,
            "{} {} {}", looser, found.prices[t], tighter);
    }

    #[test]
    fn a_changed_limit_solved_from_the_last_vertex_costs_the_same_as_from_the_start(region in random(), by in -2.0f64..0.5) {
        let mut session = Session::open(region.programme()).unwrap();
        session.minimise().unwrap();
        let room = region.goals[0].limit - region.goals[0].now + by;
        session.bound_row(0, f64::NEG_INFINITY, room);
        let warm = session.minimise().unwrap();
        let cold = minimise(session.programme()).unwrap();
        match (warm, cold) {
            (Claim::Optimal { x: a, y }, Claim::Optimal { x: b, .. }) => {
                let programme: &Programme = session.programme();
                let (a, b) = (programme.objective(&a), programme.objective(&b));
                prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
                prop_assert!((programme.lower_bound(&y) - b).abs() <= 1e-8 * b.abs().max(1.0));
            }
            (a, b) => prop_assert!(a == Claim::Infeasible && b == Claim::Infeasible),
        }
    }
}

const FOOTPRINT: &str = "receptor,pollutant,source_id,species,value_s_m3\n\
    S,PM2.5,boiler,PM2.5,1e-8\nS,PM2.5,boiler,SO2,2e-9\nW,TN,outfall,TN,5e-3\n";
const EMISSIONS: &str = "source_id,species,rate_kg_s,member\nboiler,PM2.5,2,A\nboiler,SO2,5,A\noutfall,TN,0.4,B\n";
const TARGETS: &str = "target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit,member\n\
    air,S,air,PM2.5,mean,,,<=,20,ug/m3,A\nriver,W,water,TN,mean,,,<=,2.1,mg/L,B\n";
const MEASURES: &str = "measure_id,source_id,applies_to,structure,sector,pollutant,medium,effect_kg_s,max_share,\
    capex_cny,opex_cny_per_year,life_years,price_year,group,min_size,source\n\
    scrubber,boiler,,energy,power,SO2,air,4,1,0,8000000,,2017,,,x\n\
    scrubber,boiler,outfall,energy,power,TN,water,-0.05,1,,,,,,,x\n\
    wetland,outfall,,household,household,TN,water,0.2,1,0,1000000,,2017,,,x\n";

fn texts<'a>(measures: &'a str) -> Texts<'a> {
    Texts {
        footprint: ("footprint.csv", FOOTPRINT),
        emissions: ("emissions.csv", EMISSIONS),
        measures: ("measures.csv", measures),
        targets: ("targets.csv", TARGETS),
        interest_rate: 0.05,
    }
}

#[test]
fn a_scrubber_cleans_the_air_and_burdens_the_river() {
    // Air today 1e-8 · 2 + 2e-9 · 5 = 30 µg/m³; the scrubber takes 8: floor 22, asked 20, so it cannot be met. Asked 24:
    // x = ¾. River today 5e-3 · 0.4 = 2 mg/L, + 0.25 · ¾ = 2.1875 > 2.1: the wetland takes 1 per share: 0.0875.
    let mut tables = texts(MEASURES);
    let targets = TARGETS.replace(",20,ug", ",24,ug");
    tables.targets.1 = &targets;
    let asked = read(&tables).unwrap();
    assert!(
        (asked.stacked.plain.goals[0].now - 30.0).abs() < 1e-9
            && (asked.stacked.plain.goals[1].now - 2.0).abs() < 1e-12
    );
    let found = answer(&asked.stacked, Search::default(), &|| false).unwrap();
    assert_eq!(found.status, "optimal");
    let share = |name: &str| {
        let at = asked.stacked.plain.decisions.iter().position(|d| d.measure == name).unwrap();
        found.x[at]
    };
    assert!((share("scrubber") - 0.75).abs() < 1e-9 && (share("wetland") - 0.0875).abs() < 1e-9, "{found:?}");
    assert!((found.cost - 6e6 - 87_500.0).abs() < 1e-2);
}

#[test]
fn every_problem_of_the_tables_is_a_sentence() {
    let bad = MEASURES.replace("SO2,air,4,1,0", "SO2,air,40,1.5,1000").replace("wetland,outfall", "wetland,nowhere");
    let said = read(&texts(&bad)).unwrap_err().to_string();
    assert!(said.contains("measures.csv:2") && said.contains("0 to 1"), "{said}");
    assert!(said.contains("measures.csv:4") && said.contains("emits nothing"), "{said}");
}

#[test]
fn adopted_shares_prerequisites_least_sizes_and_lumps_are_kept() {
    let columns = "measure_id,source_id,pollutant,medium,effect_kg_s,max_share,opex_cny_per_year,adopted,requires,unit_share,min_size\n";
    // The catalyst needs the burner; the burner is adopted to 0.4 of 0.9; the catalyst comes in quarters.
    let rows = "burner,boiler,PM2.5,air,1,0.9,1000000,0.4,,,\ncatalyst,boiler,PM2.5,air,1.6,1,2000000,,burner,0.25,\n";
    let text = format!("{columns}{rows}");
    let mut tables = texts(&text);
    let targets = TARGETS.replace(",20,ug", ",26,ug").replace(",2.1,", ",3,");
    tables.targets.1 = &targets;
    let asked = read(&tables).unwrap();
    // 4 are needed: burner 10 per share (up to 0.5), catalyst 16. Burner ≥ catalyst ∈ {0, ¼, ½}: catalyst 0: burner 0.4 for
    // 0.4 M; ¼: 4 µg from it alone, but the burner ≥ ¼: 0.75 M. So 0.4 M.
    let found = answer(&asked.stacked, Search::default(), &|| false).unwrap();
    assert_eq!(found.status, "optimal");
    assert!((found.cost - 0.4e6).abs() < 1e-3, "{found:?}");
    // With a least size of 0.45 the burner takes 4.5 for 0.45 M.
    let rows = "burner,boiler,PM2.5,air,1,0.9,1000000,0.4,,,0.45\n";
    let text = format!("{columns}{rows}");
    tables.measures.1 = &text;
    let found = answer(&read(&tables).unwrap().stacked, Search::default(), &|| false).unwrap();
    assert!((found.cost - 0.45 * MILLION).abs() < 1e-3, "{found:?}");
}
