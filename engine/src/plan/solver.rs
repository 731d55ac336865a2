//! The only file that knows HiGHS (Huangfu & Hall 2018, Math. Prog. Comp. 10:119).
//!
//! One thread, simplex, no presolve, no clock: the same programme gives the same answer, and the prices belong to the very
//! vertex. Tolerances are the tightest it takes (1e-10): a plan near the edge of what can be reached has steep prices, and
//! what a row misses counts times its price. Rows are scaled so that their greatest term
//! lies in [1, 2), the objective so that the geometric mean of its terms does; the factors are powers of two, so scaling
//! rounds nothing. What comes back is a claim, which [`super::programme`] checks.

use super::programme::Programme;
use crate::problem::Result;

/// What a solver says of a programme.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Column values and row prices.
    Optimal {
        /// Column values.
        x: Vec<f64>,
        /// Row prices: cost per unit of the row's bound.
        y: Vec<f64>,
    },
    /// No point holds every row.
    Infeasible,
}

/// Minimises.
#[cfg(not(feature = "highs"))]
pub fn minimise(_: &Programme) -> Result<Claim> {
    Err(crate::problem::Error::Stage(
        "no linear-programming solver is built in, so there is no plan; build with the feature `highs`".into(),
    ))
}

/// Minimises.
#[cfg(feature = "highs")]
pub fn minimise(programme: &Programme) -> Result<Claim> {
    use highs::{HighsModelStatus as Status, RowProblem, Sense};

    if programme.cost.is_empty() {
        let holds = programme.row_lower.iter().zip(&programme.row_upper).all(|(r, s)| *r <= 0.0 && 0.0 <= *s);
        let idle = Claim::Optimal { x: Vec::new(), y: vec![0.0; programme.rows()] };
        return Ok(if holds { idle } else { Claim::Infeasible });
    }
    let row_factors: Vec<f64> = (0..programme.rows())
        .map(|i| power_of_two_below(1.0 / programme.row(i).fold(0.0_f64, |m, (_, a)| m.max(a.abs()))))
        .collect();
    let cost_factor = power_of_two_below(1.0 / geometric_mean(&programme.cost));

    let mut rows = RowProblem::default();
    let columns: Vec<highs::Col> = (0..programme.cost.len())
        .map(|j| rows.add_column(programme.cost[j] * cost_factor, programme.lower[j]..=programme.upper[j]))
        .collect();
    for (i, factor) in row_factors.iter().enumerate() {
        let terms: Vec<(highs::Col, f64)> = programme.row(i).map(|(j, a)| (columns[j], a * factor)).collect();
        rows.add_row(programme.row_lower[i] * factor..=programme.row_upper[i] * factor, terms);
    }
    let mut model = rows.try_optimise(Sense::Minimise).map_err(|s| refused(&format!("{s:?}")))?;
    let set = [
        model.try_set_option("solver", "simplex"),
        model.try_set_option("parallel", "off"),
        model.try_set_option("presolve", "off"),
        model.try_set_option("threads", 1),
        model.try_set_option("random_seed", 0),
        model.try_set_option("primal_feasibility_tolerance", 1e-10),
        model.try_set_option("dual_feasibility_tolerance", 1e-10),
    ];
    if set.iter().any(|outcome| outcome.is_err()) {
        return Err(refused("an option is unknown to it"));
    }
    let solved = model.try_solve().map_err(|s| refused(&format!("{s:?}")))?;
    match solved.status() {
        Status::Optimal => {
            let solution = solved.get_solution();
            let x = solution.columns().iter().zip(programme.lower.iter().zip(&programme.upper));
            let y = solution.dual_rows().iter().zip(&row_factors);
            Ok(Claim::Optimal {
                x: x.map(|(x, (l, u))| x.max(*l).min(*u)).collect(),
                y: y.map(|(y, factor)| y * factor / cost_factor).collect(),
            })
        }
        // Every column is bounded, so nothing is unbounded.
        Status::Infeasible | Status::UnboundedOrInfeasible => Ok(Claim::Infeasible),
        other => Err(refused(&format!("{other:?}"))),
    }
}

#[cfg(feature = "highs")]
fn refused(why: &str) -> crate::problem::Error {
    crate::problem::Error::Stage(format!(
        "the solver gave up on the plan ({why}); look for costs, effects or limits that are many powers of ten apart"
    ))
}

#[cfg(feature = "highs")]
fn power_of_two_below(x: f64) -> f64 {
    if x.is_finite() && x > 0.0 { x.log2().floor().clamp(-300.0, 300.0).exp2() } else { 1.0 }
}

#[cfg(feature = "highs")]
fn geometric_mean(values: &[f64]) -> f64 {
    let logs: Vec<f64> = values.iter().filter(|v| **v != 0.0).map(|v| v.abs().ln()).collect();
    if logs.is_empty() { 1.0 } else { (logs.iter().sum::<f64>() / logs.len() as f64).exp() }
}

#[cfg(test)]
#[cfg(feature = "highs")]
mod tests {
    use super::*;

    #[test]
    fn a_programme_solved_by_hand_gives_its_shares_and_its_price() {
        // minimise 3 a + 2 b, 4 a + b ≥ 4.5, shares ≤ 1: a = 1, b = ½, cost 4; one unit more costs the price of b, 2
        let mut p = Programme::new(vec![3.0, 2.0], vec![1.0, 1.0]);
        p.at_most(-4.5, [(0, -4.0), (1, -1.0)]);
        let Claim::Optimal { x, y } = minimise(&p).unwrap() else { panic!("feasible") };
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 0.5).abs() < 1e-12, "{x:?}");
        assert!((y[0] + 2.0).abs() < 1e-12, "{y:?}");
        assert!((p.lower_bound(&y) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_is_said_to_be_infeasible() {
        let mut p = Programme::new(vec![1.0], vec![1.0]);
        p.at_most(-2.0, [(0, -1.0)]);
        assert_eq!(minimise(&p).unwrap(), Claim::Infeasible);
        let mut nothing = Programme::new(vec![], vec![]);
        nothing.at_most(-2.0, []);
        assert_eq!(minimise(&nothing).unwrap(), Claim::Infeasible);
    }

    #[test]
    fn units_do_not_matter() {
        // The same programme with costs in CNY instead of millions and effects in kg m⁻³ instead of µg m⁻³.
        let mut p = Programme::new(vec![3e6, 2e6], vec![1.0, 1.0]);
        p.at_most(-4.5e-9, [(0, -4e-9), (1, -1e-9)]);
        let Claim::Optimal { x, y } = minimise(&p).unwrap() else { panic!("feasible") };
        assert!((p.objective(&x) - 4e6).abs() < 1e-6);
        assert!((y[0] / -2e15 - 1.0).abs() < 1e-12);
    }
}
