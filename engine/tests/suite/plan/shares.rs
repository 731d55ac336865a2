//! The laws of sharing: games solved by hand, balance, and the certificate of the core.

use liankong_engine::plan::abatement::{Abatement, Coupling, Decision, Goal};
use liankong_engine::plan::share::allocation::{Allocation, shapley, shares};
use liankong_engine::plan::share::game::{Game, Shortfall, solve};
use proptest::prelude::*;

/// A game from its costs by bit mask; what each incurs is an even split.
fn game(cost: &[f64]) -> Game {
    let n = cost.len().trailing_zeros() as usize;
    let whole = *cost.last().unwrap();
    Game {
        players: (0..n).map(|i| format!("p{i}")).collect(),
        cost: cost.to_vec(),
        bound: cost.to_vec(),
        shortfall: vec![0.0; cost.len()],
        incurred: vec![whole / n as f64; n],
        by_prices: vec![whole / n as f64; n],
        shortfall_price: 0.0,
    }
}

fn by<'a>(allocations: &'a [Allocation], rule: &str) -> &'a Allocation {
    allocations.iter().find(|a| a.rule == rule).unwrap()
}

fn close(a: &[f64], b: &[f64], within: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < within)
}

#[test]
fn the_airport_game_is_shared_as_littlechild_found() {
    // Runways of cost 1, 2, 3; a coalition needs its longest. Shapley 1/3, 5/6, 11/6 (Littlechild & Owen 1973); nucleolus
    // ½, ¾, 7/4 (Littlechild 1974). Least core: the smallest is spared at most ½, ε = −½.
    let cost: Vec<f64> = (0..8).map(|s: usize| if s == 0 { 0.0 } else { f64::from(s.ilog2()) + 1.0 }).collect();
    let shares = shares(&game(&cost)).unwrap();
    let third = 1.0 / 3.0;
    assert!(close(&by(&shares.allocations, "shapley").pays, &[third, 2.5 * third, 5.5 * third], 1e-12));
    assert!(close(&by(&shares.allocations, "nucleolus").pays, &[0.5, 0.75, 1.75], 1e-9));
    // saving 6 − 3: each gains 1
    assert!(close(&by(&shares.allocations, "nash").pays, &[0.0, 1.0, 2.0], 1e-12));
    assert!(!shares.core.empty && (shares.core.epsilon + 0.5).abs() < 1e-9, "{:?}", shares.core);
    assert!(by(&shares.allocations, "nucleolus").in_core && by(&shares.allocations, "shapley").in_core);
}

#[test]
fn an_empty_core_is_proved_by_a_balanced_collection() {
    // Alone 1, in pairs 1, all three 2: any pair would do better on its own. Halves of the three pairs cost 1.5 < 2;
    // ε = (2 − 1.5) / 1.5 = 1/3.
    let game = game(&[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
    let shares = shares(&game).unwrap();
    let core = &shares.core;
    assert!(core.empty && (core.epsilon - 1.0 / 3.0).abs() < 1e-9 && (core.epsilon - core.epsilon_bound).abs() < 1e-9);
    let held: f64 = core.certificate.iter().map(|(_, w)| w).sum();
    for i in 0..3 {
        let of_player: f64 = core.certificate.iter().filter(|(s, _)| s >> i & 1 == 1).map(|(_, w)| w).sum();
        assert!((of_player / held - 2.0 / 3.0).abs() < 1e-9, "{:?}", core.certificate);
    }
    assert!(shares.allocations.iter().all(|a| !a.in_core));
    assert!(close(&by(&shares.allocations, "nucleolus").pays, &[2.0 / 3.0; 3], 1e-9));
}

fn decision(measure: &str, member: usize, cost: f64) -> Decision {
    Decision { measure: measure.into(), source: measure.into(), member: Some(member), cost, floor: 0.0, upper: 1.0 }
}

fn goal(id: &str, member: usize, now: f64, limit: f64, effects: &[(usize, f64)]) -> Goal {
    Goal { id: id.into(), member: Some(member), now, limit, yardstick: limit, effects: effects.to_vec() }
}

#[test]
fn two_members_share_what_their_neighbours_cheap_filter_saves() {
    // A's goal needs 4: its own filter takes 4 for 8 M, B's takes 8 for 4 M. B's goal needs 2 of B's filter, which takes 4
    // there. c(A) = 8, c(B) = 4 · ½ = 2, c(AB) = 4 · ½ = 2: saving 8. Nash: A pays 8 − 4 = 4, B 2 − 4 = −2.
    let abatement = Abatement {
        members: vec!["A".into(), "B".into()],
        decisions: vec![decision("a", 0, 8e6), decision("b", 1, 4e6)],
        goals: vec![goal("A", 0, 70.0, 66.0, &[(0, 4.0), (1, 8.0)]), goal("B", 1, 60.0, 58.0, &[(1, 4.0)])],
        couplings: vec![],
    };
    let game = solve(&abatement, &[0, 1], Shortfall::Stated(1e12), &|| false).unwrap();
    assert!(close(&game.cost, &[0.0, 8e6, 2e6, 2e6], 1e-3), "{:?}", game.cost);
    assert!((game.saving() - 8e6).abs() < 1e-3 && game.greatest_gap() < 1e-9);
    let shares = shares(&game).unwrap();
    let nash = by(&shares.allocations, "nash");
    assert!(close(&nash.pays, &[4e6, -2e6], 1e-3) && close(&nash.transfers, &[4e6, -4e6], 1e-3));
    assert!(nash.in_core && !shares.core.empty);
}

#[test]
fn a_missed_goal_costs_its_stated_price() {
    // A needs 10 and can do 4 for 8 M: misses 6 of its limit 60, a tenth, at 1 M per whole limit: 8.1 M would be dearer
    // than missing all 10/60 for 0.1667 M; so it does nothing.
    let abatement = Abatement {
        members: vec!["A".into()],
        decisions: vec![decision("a", 0, 8e6)],
        goals: vec![goal("A", 0, 70.0, 60.0, &[(0, 4.0)])],
        couplings: vec![],
    };
    let cheap = solve(&abatement, &[0], Shortfall::Stated(1e6), &|| false).unwrap();
    assert!((cheap.cost[1] - 1e6 / 6.0).abs() < 1e-3 && (cheap.shortfall[1] - cheap.cost[1]).abs() < 1e-9);
    let dear = solve(&abatement, &[0], Shortfall::Stated(1e9), &|| false).unwrap();
    assert!((dear.cost[1] - 8e6 - 1e8).abs() < 1e-3, "{:?}", dear.cost);
}

#[test]
fn what_stands_already_is_in_nobodys_share() {
    // Half the filter stands (floor ½); the goal needs three quarters: c(A) is the cost of three quarters, the outsider's none.
    let mut abatement = Abatement {
        members: vec!["A".into(), "B".into()],
        decisions: vec![decision("a", 0, 8e6), decision("b", 1, 2e6)],
        goals: vec![goal("A", 0, 70.0, 67.0, &[(0, 4.0)])],
        couplings: vec![Coupling { most: 2.0, terms: vec![(0, 1.0), (1, 1.0)] }],
    };
    abatement.decisions.iter_mut().for_each(|d| d.floor = 0.5);
    let game = solve(&abatement, &[0, 1], Shortfall::Stated(1e9), &|| false).unwrap();
    assert!(close(&game.cost, &[0.0, 6e6, 1e6, 7e6], 1e-3), "{:?}", game.cost);
}

#[test]
fn too_many_members_are_refused_in_a_sentence() {
    let abatement = Abatement { members: vec!["A".into(); 17], ..Abatement::default() };
    let players: Vec<usize> = (0..17).collect();
    let refused = solve(&abatement, &players, Shortfall::Stated(1.0), &|| false).unwrap_err().to_string();
    assert!(refused.contains("1 to 16") && refused.contains("17"), "{refused}");
}

/// Four members, three measures and one goal each; effects reach all goals.
fn region() -> impl Strategy<Value = Abatement> {
    let effects = prop::collection::vec(0.0f64..5.0, 48);
    (effects, prop::collection::vec(0.1f64..50.0, 12), prop::collection::vec(0.05f64..1.2, 4)).prop_map(
        |(effects, cost, ease)| Abatement {
            members: (0..4).map(|i| format!("m{i}")).collect(),
            decisions: cost.iter().enumerate().map(|(j, c)| decision(&format!("d{j:02}"), j / 3, c * 1e6)).collect(),
            goals: (0..4)
                .map(|t| {
                    let row: Vec<(usize, f64)> = (0..12).map(|j| (j, effects[t * 12 + j])).collect();
                    let full: f64 = row.iter().map(|(_, e)| e).sum();
                    goal(&format!("g{t}"), t, 70.0, 70.0 - 0.5 * ease[t] * full, &row)
                })
                .collect(),
            couplings: (0..4)
                .map(|i| Coupling { most: 1.5, terms: (3 * i..3 * i + 3).map(|j| (j, 1.0)).collect() })
                .collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_harm_between_members_the_core_holds_the_nucleolus_and_the_prices(region in region()) {
        let game = solve(&region, &[0, 1, 2, 3], Shortfall::TimesDearest(2.0), &|| false).unwrap();
        prop_assert!(game.greatest_gap() < 1e-6, "{}", game.greatest_gap());
        let shares = shares(&game).unwrap();
        let whole = game.cost[15].abs().max(1.0);
        prop_assert!(!shares.core.empty && shares.core.epsilon <= 1e-6 * whole, "{:?}", shares.core);
        prop_assert!(by(&shares.allocations, "nucleolus").in_core);
        prop_assert!(by(&shares.allocations, "prices").in_core, "{:?}", by(&shares.allocations, "prices"));
        for a in &shares.allocations {
            prop_assert!(a.transfers.iter().sum::<f64>().abs() <= 1e-9 * whole);
            prop_assert!((a.pays.iter().sum::<f64>() - game.cost[15]).abs() <= 1e-9 * whole);
        }
        // The nucleolus has the least greatest excess of all.
        for a in &shares.allocations {
            prop_assert!(by(&shares.allocations, "nucleolus").greatest_excess <= a.greatest_excess + 1e-6 * whole);
        }
        prop_assert!((by(&shares.allocations, "nucleolus").greatest_excess - shares.core.epsilon).abs() <= 1e-6 * whole);
    }

    #[test]
    fn a_coalition_solved_on_its_own_costs_what_the_walk_from_neighbour_to_neighbour_found(region in region()) {
        let game = solve(&region, &[0, 1, 2, 3], Shortfall::Stated(1e8), &|| false).unwrap();
        for s in 1usize..16 {
            let players: Vec<usize> = (0..4).filter(|i| s >> i & 1 == 1).collect();
            let alone = solve(&region, &players, Shortfall::Stated(1e8), &|| false).unwrap();
            let own = alone.cost[alone.grand()];
            prop_assert!((own - game.cost[s]).abs() <= 1e-7 * own.abs().max(1.0), "{s}: {own} {}", game.cost[s]);
        }
    }

    #[test]
    fn shapley_does_not_depend_on_the_order_of_the_members(region in region()) {
        let straight = solve(&region, &[0, 1, 2, 3], Shortfall::Stated(1e8), &|| false).unwrap();
        let turned = solve(&region, &[3, 1, 0, 2], Shortfall::Stated(1e8), &|| false).unwrap();
        let (a, b) = (shapley(&straight), shapley(&turned));
        for (k, i) in [3usize, 1, 0, 2].into_iter().enumerate() {
            prop_assert!((a[i] - b[k]).abs() <= 1e-7 * straight.cost[15].abs().max(1.0));
        }
    }
}
