//! Goals that hold with a probability, and the second solver beside the first (feature `clarabel`).

use super::answers::{decision, goal, of, random};
use liankong_engine::plan::abatement::Abatement;
use liankong_engine::plan::cone::{Uncertainty, quantile, solve};
use proptest::prelude::*;

#[test]
fn a_goal_that_must_be_surer_costs_what_its_quantile_asks() {
    // One measure, error 20 %: 70 − 10 x + z 2 x ≤ 65 → x = 5 / (10 − 2 z); z = Φ⁻¹(0.9) = 1.2815515655446004.
    let one = Abatement {
        members: vec!["A".into()],
        decisions: vec![decision("x", 0, 1e6)],
        goals: vec![goal("S", 70.0, 65.0, &[(0, 10.0)])],
        couplings: vec![],
    };
    let errors = Uncertainty { effect: vec![0.2], source: vec![0], footprint: vec![0.0] };
    let z = quantile(0.9);
    assert!((z - 1.281_551_565_544_600_4).abs() < 1e-10, "{z}");
    let safe = solve(&one, &errors, 0.9).unwrap();
    assert_eq!(safe.status, "optimal");
    assert!((safe.x[0] - 5.0 / (10.0 - 2.0 * z)).abs() < 1e-7, "{safe:?}");
    assert!((safe.deviations[0] - 2.0 * safe.x[0]).abs() < 1e-9);
    assert!((solve(&one, &errors, 0.5).unwrap().x[0] - 0.5).abs() < 1e-7);
    // All measures at one source share its footprint's error: two that split the work are as unsure as one.
    let mut shared = one.clone();
    shared.decisions.push(decision("y", 0, 1e6));
    shared.goals[0].effects.push((1, 10.0));
    let errors = Uncertainty { effect: vec![0.0; 2], source: vec![0; 2], footprint: vec![0.2] };
    assert!((solve(&shared, &errors, 0.9).unwrap().cost - safe.cost).abs() < 1.0);
    // Independent errors cancel: it becomes cheaper.
    let errors = Uncertainty { effect: vec![0.2; 2], source: vec![0, 1], footprint: vec![0.0; 2] };
    assert!(solve(&shared, &errors, 0.9).unwrap().cost < safe.cost - 1e3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_solver_finds_the_same_cost(region in random()) {
        let errors = Uncertainty {
            effect: vec![0.0; region.decisions.len()],
            source: vec![0; region.decisions.len()],
            footprint: vec![0.0],
        };
        let (first, second) = (of(region.clone()), solve(&region, &errors, 0.5).unwrap());
        prop_assert_eq!(first.status, "optimal");
        prop_assert!((first.cost - second.cost).abs() <= 1e-6 * first.cost.max(1e3), "{} {}", first.cost, second.cost);
        prop_assert!(first.bound <= second.cost + 1e-6 * first.cost.max(1e3));
        prop_assert_eq!(second.status, "optimal");
    }
}
