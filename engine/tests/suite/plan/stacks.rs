//! Stacked and lumpy plans: by hand, and against every plan tried one by one.

use liankong_engine::plan::abatement::{Abatement, Coupling, Decision, Goal};
use liankong_engine::plan::stack::{Search, Stack, Stacked, solve};
use proptest::prelude::*;

fn decision(name: &str, cost: f64) -> Decision {
    Decision { measure: name.into(), source: "boiler".into(), member: None, cost, floor: 0.0, upper: 1.0 }
}

fn goal(now: f64, limit: f64) -> Goal {
    Goal { id: "g".into(), member: None, now, limit, yardstick: now, effects: vec![] }
}

/// A burner of efficiency ½ for 1 M and a catalyst of 0.8 for 4 M on an emission that is worth 10.
fn boiler(limit: f64) -> Stacked {
    Stacked {
        plain: Abatement {
            decisions: vec![decision("burner", 1e6), decision("catalyst", 4e6)],
            goals: vec![goal(10.0, limit)],
            ..Abatement::default()
        },
        stacks: vec![Stack { terms: vec![(0, 0.5), (1, 0.8)], worth: vec![(0, 10.0)] }],
        lumps: vec![],
        least: vec![],
    }
}

#[test]
fn a_burner_and_a_catalyst_leave_the_product_of_what_each_leaves() {
    // Left at most 0.3. Burner fully: 0.5 (1 − 0.8 y) = 0.3 → y = ½: 1 + 2 = 3 M. Adding would claim 0.5 + 0.8 y = 0.7 → y = ¼.
    let found = solve(&boiler(3.0), Search::default(), &|| false).unwrap();
    assert_eq!(found.status, "optimal");
    assert!((found.cost - 3e6).abs() < 10.0 && found.gap <= 1e-6, "{found:?}");
    assert!((found.x[0] - 1.0).abs() < 1e-4 && (found.x[1] - 0.5).abs() < 1e-4);
}

#[test]
fn what_even_both_cannot_reach_is_proved_out_of_reach() {
    // 0.5 · 0.2 = 0.1 is the least that can be left; 0.05 is asked.
    let found = solve(&boiler(0.5), Search::default(), &|| false).unwrap();
    assert_eq!(found.status, "infeasible");
}

#[test]
fn a_plant_comes_whole_or_not_at_all() {
    // Whole burner and whole catalyst: left 0.1 for 5 M; the catalyst alone leaves 0.2 for 4 M; 0.3 is asked.
    let mut lumpy = boiler(3.0);
    lumpy.lumps = vec![(0, 1.0), (1, 1.0)];
    let found = solve(&lumpy, Search::default(), &|| false).unwrap();
    assert_eq!((found.status, found.x.clone()), ("optimal", vec![0.0, 1.0]));
    assert!((found.cost - 4e6).abs() < 1e-6);
}

#[test]
fn a_search_cut_short_still_says_between_what_and_what() {
    let found = solve(&boiler(3.0), Search { gap: 0.0, boxes: 1 }, &|| false).unwrap();
    assert!(found.bound <= 3e6 && found.cost >= 3e6 - 1e-3, "{found:?}");
}

/// Two sources, each with two or three measures on two emissions, one of which a measure may raise; two goals.
fn small() -> impl Strategy<Value = Stacked> {
    let measures = prop::collection::vec((0.05f64..0.95, -0.2f64..0.9, 0.1f64..10.0), 4..6);
    (measures, prop::collection::vec(0.5f64..10.0, 8), 0.15f64..0.9, 0.15f64..0.9).prop_map(
        |(measures, worth, first, second)| {
            let n = measures.len();
            let half = n / 2;
            let stack = |range: std::ops::Range<usize>, other: bool, at: usize| Stack {
                terms: range.map(|j| (j, if other { measures[j].1 } else { measures[j].0 })).collect(),
                worth: vec![(0, worth[at]), (1, worth[at + 1])],
            };
            let stacks = vec![
                stack(0..half, false, 0),
                stack(half..n, false, 2),
                stack(0..half, true, 4),
                stack(half..n, true, 6),
            ];
            let mut stacked = Stacked {
                plain: Abatement {
                    decisions: measures
                        .iter()
                        .enumerate()
                        .map(|(j, m)| decision(&format!("d{j}"), m.2 * 1e6))
                        .collect(),
                    goals: vec![goal(40.0, 0.0), goal(40.0, 0.0)],
                    couplings: vec![Coupling { most: 1.5, terms: vec![(0, 1.0), (1, 1.0)] }],
                    ..Abatement::default()
                },
                stacks,
                lumps: vec![],
                least: vec![],
            };
            // Ask a share of what 0.7 of everything would do.
            let much = vec![0.7; n];
            for (t, share) in [(0, first), (1, second)] {
                let value = stacked.value(t, &much);
                stacked.plain.goals[t].limit = 40.0 - share * (40.0 - value).max(0.1);
            }
            stacked
        },
    )
}

/// The cheapest of all plans whose shares are whole multiples of 1 / steps.
fn cheapest(stacked: &Stacked, steps: usize) -> f64 {
    let n = stacked.plain.decisions.len();
    let mut best = f64::INFINITY;
    for code in 0..(steps + 1).pow(n as u32) {
        let mut rest = code;
        let x: Vec<f64> = (0..n)
            .map(|_| {
                let digit = rest % (steps + 1);
                rest /= steps + 1;
                digit as f64 / steps as f64
            })
            .collect();
        let cost = stacked.plain.cost(&x);
        if cost < best && stacked.holds(&x) {
            best = cost;
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_interval_of_a_lumpy_case_holds_the_cheapest_of_all_plans(small in small(), halves in any::<bool>()) {
        let steps = if halves { 2 } else { 1 };
        let mut lumpy = small;
        lumpy.lumps = (0..lumpy.plain.decisions.len()).map(|j| (j, 1.0 / steps as f64)).collect();
        let truth = cheapest(&lumpy, steps);
        let found = solve(&lumpy, Search::default(), &|| false).unwrap();
        if truth.is_finite() {
            prop_assert!(found.bound <= truth + 1e-3 && truth <= found.cost + 1e-3, "{truth} {found:?}");
            prop_assert_eq!(found.status, "optimal");
        } else {
            prop_assert_eq!(found.status, "infeasible");
        }
    }

    #[test]
    fn no_plan_of_a_fine_grid_is_cheaper_than_the_bound_and_none_much_cheaper_than_the_plan(small in small()) {
        let found = solve(&small, Search { gap: 1e-3, boxes: 400 }, &|| false).unwrap();
        let grid = cheapest(&small, 4);
        if grid.is_finite() {
            prop_assert!(!found.x.is_empty() && small.holds(&found.x), "{found:?}");
            prop_assert!(found.bound <= grid + 1e-3, "{grid} {found:?}");
            if found.status == "optimal" {
                prop_assert!(found.cost <= grid * (1.0 + 1e-3) + 1e-3, "{grid} {found:?}");
            }
        }
    }
}
