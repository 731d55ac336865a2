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
    Err(not_built())
}

/// A programme that is solved again and again: none can be opened without a solver.
#[cfg(not(feature = "highs"))]
pub struct Session(std::convert::Infallible);

#[cfg(not(feature = "highs"))]
#[allow(missing_docs)] // see the session of the feature `highs`
impl Session {
    pub fn open(_: Programme) -> Result<Session> {
        Err(not_built())
    }
    pub fn programme(&self) -> &Programme {
        match self.0 {}
    }
    pub fn bound_column(&mut self, _: usize, _: f64, _: f64) {
        match self.0 {}
    }
    pub fn bound_row(&mut self, _: usize, _: f64, _: f64) {
        match self.0 {}
    }
    pub fn price_column(&mut self, _: usize, _: f64) {
        match self.0 {}
    }
    pub fn minimise(&mut self) -> Result<Claim> {
        match self.0 {}
    }
}

#[cfg(not(feature = "highs"))]
fn not_built() -> crate::problem::Error {
    crate::problem::Error::Stage(
        "no linear-programming solver is built in, so there is no plan; build with the feature `highs`".into(),
    )
}

/// Minimises.
#[cfg(feature = "highs")]
pub fn minimise(programme: &Programme) -> Result<Claim> {
    if programme.cost.is_empty() {
        let holds = programme.row_lower.iter().zip(&programme.row_upper).all(|(r, s)| *r <= 0.0 && 0.0 <= *s);
        let idle = Claim::Optimal { x: Vec::new(), y: vec![0.0; programme.rows()] };
        return Ok(if holds { idle } else { Claim::Infeasible });
    }
    let scale = Scale::of(programme);
    let mut rows = highs::RowProblem::default();
    let columns = scale.add_columns(programme, &mut rows);
    for (i, factor) in scale.rows.iter().enumerate() {
        let terms: Vec<(highs::Col, f64)> = programme.row(i).map(|(j, a)| (columns[j], a * factor)).collect();
        rows.add_row(programme.row_lower[i] * factor..=programme.row_upper[i] * factor, terms);
    }
    let (claim, _) = scale.run(programme, ready(rows)?)?;
    Ok(claim)
}

/// A programme whose bounds change and whose last vertex is the start of the next solve.
///
/// Every row `r ≤ a·x ≤ s` is held as `a·x − z = 0`, `r ≤ z ≤ s`, so that a changed limit is a changed bound of a column,
/// which leaves the basis dual feasible: a few dual simplex steps answer a changed target.
#[cfg(feature = "highs")]
pub struct Session {
    programme: Programme,
    scale: Scale,
    columns: Vec<highs::Col>,
    slacks: Vec<highs::Col>,
    model: Option<highs::Model>,
}

#[cfg(feature = "highs")]
impl Session {
    /// Opens a session; the programme must have columns.
    pub fn open(programme: Programme) -> Result<Session> {
        let scale = Scale::of(&programme);
        let mut rows = highs::RowProblem::default();
        let columns = scale.add_columns(&programme, &mut rows);
        let mut slacks = Vec::with_capacity(scale.rows.len());
        for (i, factor) in scale.rows.iter().enumerate() {
            let slack = rows.add_column(0.0, programme.row_lower[i] * factor..=programme.row_upper[i] * factor);
            let terms: Vec<(highs::Col, f64)> =
                programme.row(i).map(|(j, a)| (columns[j], a * factor)).chain([(slack, -1.0)]).collect();
            rows.add_row(0.0..=0.0, terms);
            slacks.push(slack);
        }
        let model = Some(ready(rows)?);
        Ok(Session { programme, scale, columns, slacks, model })
    }

    /// The programme as it stands.
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// Changes the bounds of a column.
    pub fn bound_column(&mut self, column: usize, lower: f64, upper: f64) {
        if (self.programme.lower[column], self.programme.upper[column]) == (lower, upper) {
            return;
        }
        (self.programme.lower[column], self.programme.upper[column]) = (lower, upper);
        if let Some(model) = &mut self.model {
            model.change_column_bounds(self.columns[column], lower..=upper);
        }
    }

    /// Changes what a row must hold to.
    pub fn bound_row(&mut self, row: usize, lower: f64, upper: f64) {
        if (self.programme.row_lower[row], self.programme.row_upper[row]) == (lower, upper) {
            return;
        }
        (self.programme.row_lower[row], self.programme.row_upper[row]) = (lower, upper);
        let factor = self.scale.rows[row];
        if let Some(model) = &mut self.model {
            model.change_column_bounds(self.slacks[row], lower * factor..=upper * factor);
        }
    }

    /// Changes the cost of a column.
    pub fn price_column(&mut self, column: usize, cost: f64) {
        self.programme.cost[column] = cost;
        if let Some(model) = &mut self.model {
            model.change_column_cost(self.columns[column], cost * self.scale.cost);
        }
    }

    /// Minimises from the last vertex.
    pub fn minimise(&mut self) -> Result<Claim> {
        let model = self.model.take().ok_or_else(|| refused("an earlier solve of this session failed"))?;
        let (claim, model) = self.scale.run(&self.programme, model)?;
        self.model = Some(model);
        Ok(claim)
    }
}

/// Powers of two by which rows and costs are scaled.
#[cfg(feature = "highs")]
struct Scale {
    rows: Vec<f64>,
    cost: f64,
}

#[cfg(feature = "highs")]
impl Scale {
    fn of(programme: &Programme) -> Scale {
        let greatest = |i: usize| programme.row(i).fold(0.0_f64, |m, (_, a)| m.max(a.abs()));
        Scale {
            rows: (0..programme.rows()).map(|i| power_of_two_below(1.0 / greatest(i))).collect(),
            cost: power_of_two_below(1.0 / geometric_mean(&programme.cost)),
        }
    }

    fn add_columns(&self, programme: &Programme, rows: &mut highs::RowProblem) -> Vec<highs::Col> {
        let bounds = programme.lower.iter().zip(&programme.upper);
        programme.cost.iter().zip(bounds).map(|(c, (l, u))| rows.add_column(c * self.cost, *l..=*u)).collect()
    }

    /// Solves; the model comes back with its vertex.
    fn run(&self, programme: &Programme, model: highs::Model) -> Result<(Claim, highs::Model)> {
        use highs::HighsModelStatus as Status;
        let solved = model.try_solve().map_err(|s| refused(&format!("{s:?}")))?;
        let claim = match solved.status() {
            Status::Optimal => {
                let solution = solved.get_solution();
                let x = solution.columns().iter().zip(programme.lower.iter().zip(&programme.upper));
                let y = solution.dual_rows().iter().zip(&self.rows);
                Claim::Optimal {
                    x: x.map(|(x, (l, u))| x.max(*l).min(*u)).collect(),
                    y: y.map(|(y, factor)| y * factor / self.cost).collect(),
                }
            }
            // Every column is bounded, so nothing is unbounded.
            Status::Infeasible | Status::UnboundedOrInfeasible => Claim::Infeasible,
            other => return Err(refused(&format!("{other:?}"))),
        };
        Ok((claim, solved.into()))
    }
}

#[cfg(feature = "highs")]
fn ready(rows: highs::RowProblem) -> Result<highs::Model> {
    let mut model = rows.try_optimise(highs::Sense::Minimise).map_err(|s| refused(&format!("{s:?}")))?;
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
    Ok(model)
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
