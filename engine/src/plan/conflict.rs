//! Why not every goal can be met: a smallest set of goals that contradict each other, and by how much each must yield.
//!
//! A goal that cannot be met even alone is a conflict of one. Else every pair is tried where there are at most
//! [`PAIRS_UP_TO`] goals; else, and where no pair conflicts, goals are left out one by one as long as the rest still
//! conflicts (the deletion filter, Chinneck & Dravnieks 1991, ORSA J. Comput. 3:157): what is left is irreducible, so every
//! goal in it is needed for the conflict, though another set may be smaller. That a set conflicts is shown by a positive lower
//! bound of its greatest miss; that it is irreducible, by a plan for it without each of its goals in turn.

use super::abatement::Abatement;
use super::budget;
use super::solver::{Claim, Session};
use crate::problem::{Error, Result};
use serde::Serialize;

/// Up to so many goals all pairs are tried.
pub const PAIRS_UP_TO: usize = 64;

/// A set of goals that cannot all hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// Goals (positions), and by how much each would have to yield for the others of the set to hold, as a share of its
    /// yardstick.
    pub goals: Vec<(usize, f64)>,
    /// The set is not only irreducible: no smaller one conflicts.
    pub smallest: bool,
    /// Greatest miss that some goal of the set must bear whatever is done; above 0 it proves the conflict.
    pub miss_bound: f64,
}

/// The conflicts that explain an infeasible question: every goal out of reach alone, else one set; none where all can hold.
pub fn conflicts(abatement: &Abatement, stop: &dyn Fn() -> bool) -> Result<Vec<Conflict>> {
    let all: Vec<usize> = (0..abatement.goals.len()).collect();
    let mut trial = Trial::open(abatement)?;
    let alone: Vec<usize> = trial.filter(&all, |t, at| t.conflict(&[at]), stop)?;
    if !alone.is_empty() {
        return alone.into_iter().map(|t| told(abatement, &[t], true, stop)).collect();
    }
    if !trial.conflict(&all)? {
        return Ok(Vec::new());
    }
    if all.len() <= PAIRS_UP_TO {
        for (k, a) in all.iter().enumerate() {
            heard(stop)?;
            for b in &all[k + 1..] {
                if trial.conflict(&[*a, *b])? {
                    return Ok(vec![told(abatement, &[*a, *b], true, stop)?]);
                }
            }
        }
    }
    let mut set = all;
    let mut at = 0;
    while at < set.len() {
        heard(stop)?;
        let mut without = set.clone();
        without.remove(at);
        if trial.conflict(&without)? { set = without } else { at += 1 }
    }
    let smallest = abatement.goals.len() <= PAIRS_UP_TO && set.len() <= 3;
    Ok(vec![told(abatement, &set, smallest, stop)?])
}

/// One session in which goals are held or let go.
struct Trial {
    session: Session,
    rooms: Vec<(f64, f64)>,
}

impl Trial {
    fn open(abatement: &Abatement) -> Result<Trial> {
        let room = |g: &super::abatement::Goal| (g.limit - g.now, abatement.worst(g) - g.now + 1e-3 * g.yardstick);
        let rooms = abatement.goals.iter().map(room).collect();
        Ok(Trial { session: Session::open(abatement.programme())?, rooms })
    }

    fn conflict(&mut self, set: &[usize]) -> Result<bool> {
        for (t, (room, free)) in self.rooms.iter().enumerate() {
            self.session.bound_row(t, f64::NEG_INFINITY, if set.contains(&t) { *room } else { *free });
        }
        Ok(self.session.minimise()? == Claim::Infeasible)
    }

    fn filter(
        &mut self,
        goals: &[usize],
        mut keep: impl FnMut(&mut Trial, usize) -> Result<bool>,
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<usize>> {
        let mut kept = Vec::new();
        for t in goals {
            heard(stop)?;
            if keep(self, *t)? {
                kept.push(*t);
            }
        }
        Ok(kept)
    }
}

fn told(abatement: &Abatement, set: &[usize], smallest: bool, stop: &dyn Fn() -> bool) -> Result<Conflict> {
    let mut only = abatement.clone();
    only.goals = set.iter().map(|t| abatement.goals[*t].clone()).collect();
    let miss_bound = budget::fairest(&only, None, stop)?.miss_bound;
    let mut goals = Vec::with_capacity(set.len());
    for (k, t) in set.iter().enumerate() {
        // One goal alone may yield; the others hold.
        let mut programme = only.soft_programme(&vec![0.0; set.len()]);
        programme.cost.fill(0.0);
        let n = only.decisions.len();
        programme.cost[n + k] = 1.0;
        programme.upper[n..].iter_mut().enumerate().filter(|(o, _)| *o != k).for_each(|(_, u)| *u = 0.0);
        let yields = match super::solver::minimise(&programme)? {
            Claim::Optimal { x, .. } => x[n + k],
            // The others conflict among themselves; then this is not irreducible, and nothing it yields would help.
            Claim::Infeasible => f64::INFINITY,
        };
        goals.push((*t, yields));
    }
    Ok(Conflict { goals, smallest, miss_bound })
}

fn heard(stop: &dyn Fn() -> bool) -> Result<()> {
    match stop() {
        true => Err(Error::Stage("the plan was stopped before its conflict was found; run it again".into())),
        false => Ok(()),
    }
}
