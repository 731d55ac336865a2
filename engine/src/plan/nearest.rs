//! What can be reached where not everything can: the nearest plan, and the floor of each target.
//!
//! ```text
//! nearest:  minimise v    now(t) − Σ reach(t, m) xₘ ≤ limit(t) + v · yardstick(t)      the greatest miss, as a share
//!           targets whose row has a price at the least v cannot be missed by less while no other is missed by more:
//!           hold them at v (and a ten-thousandth of the limit more), minimise the miss of the others, and so on until
//!           it is 0; then the cost
//! floor(t): now(t) − max Σ reach(t, m) xₘ
//! ```
//! The misses are minimised in turn (the lexicographic minimax; Ogryczak 1997, Eur. J. Oper. Res. 100:148) because the
//! greatest alone would let one hopeless target excuse all the others.
//!
//! That no plan holds every target is not taken from the solver's word: the first programme's prices must prove a
//! positive miss by weak duality ([`super::programme`]).

use super::least_cost::Scope;
use super::programme::Programme;
use super::solver::Claim;
use crate::problem::Result;

/// A miss below this share is none.
const NO_MISS: f64 = 1e-9;
/// A target that must be missed may be missed by this share of its limit more: below what any reading can tell, and it
/// keeps the plan from paying without end for the last digits of the least miss.
const ROOM: f64 = 1e-4;

/// The plan that comes nearest.
pub(super) struct Nearest {
    /// The miss allowed to each target, as a share of its yardstick; 0 where it is met.
    pub misses: Vec<f64>,
    /// The least-cost programme with these misses.
    pub programme: Programme,
    /// Its answer.
    pub claim: Claim,
    /// Whether it is proved that not all targets can be met.
    pub proved: bool,
}

/// The least misses, then the least cost.
pub(super) fn plan(scope: &Scope<'_>) -> Result<Nearest> {
    let (misses, proved) = least_misses(scope)?;
    // Where the solver's rounding is all that stands in the way, a hair more for everyone.
    let mut hair = 0.0;
    loop {
        let relaxed: Vec<f64> = misses.iter().map(|v| v + hair).collect();
        let programme = scope.programme(&relaxed);
        let claim = scope.minimise(&programme)?;
        if claim != Claim::Infeasible || hair > 1e-7 {
            return Ok(Nearest { misses, programme, claim, proved });
        }
        hair = if hair == 0.0 { NO_MISS } else { hair * 10.0 };
    }
}

fn least_misses(scope: &Scope<'_>) -> Result<(Vec<f64>, bool)> {
    let mut held: Vec<Option<f64>> = vec![None; scope.targets.len()];
    let mut proved = false;
    while held.iter().any(Option::is_none) {
        let programme = greatest_miss(scope, &held);
        let Claim::Optimal { x, y } = scope.minimise(&programme)? else { break };
        let miss = x.last().copied().unwrap_or(0.0);
        if miss <= NO_MISS {
            break;
        }
        // The first greatest miss is that of the case itself; later ones only share out the rest.
        proved |= programme.lower_bound(&y) > 0.0;
        let open = |i: usize| held.get(i).is_some_and(Option::is_none);
        let priced: Vec<(usize, f64)> =
            y.iter().enumerate().filter(|(i, _)| open(*i)).map(|(i, y)| (i, y.abs() * miss_term(scope, i))).collect();
        let greatest = priced.iter().fold(0.0_f64, |m, (_, y)| m.max(*y));
        for (i, price) in priced {
            if price >= 1e-6 * greatest {
                held[i] = Some(miss + ROOM);
            }
        }
    }
    Ok((held.into_iter().map(|v| v.unwrap_or(0.0)).collect(), proved))
}

/// The coefficient of the miss in a target's row.
fn miss_term(scope: &Scope<'_>, target: usize) -> f64 {
    scope.targets.get(target).map_or(0.0, |s| s.target.pollutant.printed(s.yardstick()))
}

/// Minimise the greatest miss among the targets that are not held yet; the miss is the last column.
fn greatest_miss(scope: &Scope<'_>, held: &[Option<f64>]) -> Programme {
    let miss = scope.cost.len();
    let worst = scope.targets.iter().map(|s| s.violation(s.now)).fold(0.0, f64::max);
    let mut cost = vec![0.0; miss];
    cost.push(1.0);
    let mut upper = scope.upper.clone();
    upper.push(worst * 1.000_001 + 1e-6);
    let mut programme = Programme::new(cost, upper);
    for (i, (standing, held)) in scope.targets.iter().zip(held).enumerate() {
        let printed = |si| standing.target.pollutant.printed(si);
        let allowed = held.map_or(0.0, |v| v * standing.yardstick());
        let room = printed(standing.target.limit + allowed - standing.now);
        let terms = scope.reach(standing).map(|(j, reach)| (j, -reach));
        let last = held.is_none().then(|| (miss, -miss_term(scope, i)));
        programme.at_most(room, terms.chain(last));
    }
    scope.couplings.iter().for_each(|(most, terms)| programme.at_most(*most, terms.iter().copied()));
    programme
}

/// The lowest mean that all measures together can reach at each target, SI. Closed form where no row ties the decisions
/// that help: every share as great as it may be.
pub(super) fn floors(scope: &Scope<'_>) -> Result<Vec<f64>> {
    let mut floors = Vec::with_capacity(scope.targets.len());
    for standing in &scope.targets {
        let reach: Vec<f64> = scope.reach(standing).map(|(_, r)| r).collect();
        let mut programme = scope.without_targets(reach.iter().map(|r| -r).collect());
        for (upper, reach) in programme.upper.iter_mut().zip(&reach) {
            if *reach <= 0.0 {
                *upper = 0.0;
            }
        }
        let full = programme.upper.clone();
        let best = if programme.greatest_breach(&full) == 0.0 {
            full
        } else {
            match scope.minimise(&programme)? {
                Claim::Optimal { x, .. } => x,
                Claim::Infeasible => vec![0.0; reach.len()],
            }
        };
        floors.push(scope.value(standing, &best));
    }
    Ok(floors)
}
