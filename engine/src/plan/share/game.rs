//! What every coalition would pay: 2ⁿ linear programmes, each a few steps from the one before.
//!
//! Coalitions are visited in the order of the reflected Gray code, so that one member joins or leaves at a time: its
//! decisions open or close, its goals bind or are let go. All of these are changes of bounds, so the last basis stays dual
//! feasible and the dual simplex method goes on from it. A goal that is let go keeps a bound that no plan can reach, since
//! a row without any bound would lose its price and with it the basis.

use super::super::abatement::{Abatement, MILLION};
use super::super::programme::Programme;
use super::super::solver::{Claim, Session, minimise};
use crate::problem::{Error, Result};
use serde::Serialize;

/// Most members of a game: 2ⁿ coalitions are all solved.
pub const MOST_PLAYERS: usize = 16;

/// What a missed goal costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortfall {
    /// CNY a year for missing a goal by the whole of its limit, the same for every goal.
    Stated(f64),
    /// This many times the dearest price that any goal has in the joint plan, per whole limit. Where the joint plan misses
    /// a goal, the cost of all measures together stands in for that price.
    TimesDearest(f64),
}

impl Default for Shortfall {
    /// Twice the dearest price: then no goal is missed that can be met, and what cannot be met is not beyond all measure.
    fn default() -> Shortfall {
        Shortfall::TimesDearest(2.0)
    }
}

/// A cost game: coalitions are bit masks over the players.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Game {
    /// Who plays.
    pub players: Vec<String>,
    /// c(S), CNY a year, by bit mask; `[0] = 0`.
    pub cost: Vec<f64>,
    /// What weak duality proves that c(S) cannot be below.
    pub bound: Vec<f64>,
    /// Part of c(S) that is paid for missed goals.
    pub shortfall: Vec<f64>,
    /// What each player spends on its own measures and missed goals in the joint plan; the sum is c(N).
    pub incurred: Vec<f64>,
    /// What each player would pay by the prices of the joint plan (the Owen point).
    pub by_prices: Vec<f64>,
    /// CNY a year for missing a goal by the whole of its limit.
    pub shortfall_price: f64,
}

impl Game {
    /// The coalition of all.
    pub fn grand(&self) -> usize {
        self.cost.len() - 1
    }

    /// Greatest (c − bound) / c(N) over the coalitions: how far the coalition costs are proved.
    pub fn greatest_gap(&self) -> f64 {
        let scale = self.cost[self.grand()].abs().max(f64::MIN_POSITIVE);
        self.cost.iter().zip(&self.bound).map(|(c, b)| (c - b) / scale).fold(0.0, f64::max)
    }

    /// Σ c({i}) − c(N): what joint control saves over separate control.
    pub fn saving(&self) -> f64 {
        (0..self.players.len()).map(|i| self.cost[1 << i]).sum::<f64>() - self.cost[self.grand()]
    }
}

/// The coalition's members by name.
pub fn names(players: &[String], coalition: usize) -> String {
    let inside = players.iter().enumerate().filter(|(i, _)| coalition >> i & 1 == 1);
    inside.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("+")
}

/// Solves every coalition of `players` (positions in [`Abatement::members`]).
pub fn solve(abatement: &Abatement, players: &[usize], price: Shortfall, stop: &dyn Fn() -> bool) -> Result<Game> {
    if players.is_empty() || players.len() > MOST_PLAYERS {
        return Err(Error::Stage(format!(
            "shares need 1 to {MOST_PLAYERS} members and {} were named; every coalition is solved, so put members together",
            players.len()
        )));
    }
    let game = abatement.of(players);
    let price = shortfall_price(&game, price)?;
    coalitions(&game, players.len(), price, stop)
}

impl Abatement {
    /// The same with the players alone as members, in their order; goals of others are left out, their decisions stay at
    /// their floors.
    fn of(&self, players: &[usize]) -> Abatement {
        let place = |m: Option<usize>| m.and_then(|m| players.iter().position(|p| *p == m));
        let mut game = self.clone();
        game.members = players.iter().filter_map(|p| self.members.get(*p).cloned()).collect();
        for d in &mut game.decisions {
            d.member = place(d.member);
            if d.member.is_none() {
                d.upper = d.floor;
            }
        }
        game.goals.retain(|g| place(g.member).is_some());
        game.goals.iter_mut().for_each(|g| g.member = place(g.member));
        game
    }
}

fn shortfall_price(game: &Abatement, price: Shortfall) -> Result<f64> {
    let times = match price {
        Shortfall::Stated(price) => return Ok(price),
        Shortfall::TimesDearest(times) => times,
    };
    let all: f64 = game.decisions.iter().map(|d| d.cost * d.upper).sum();
    let programme = game.programme();
    Ok(match minimise(&programme)? {
        Claim::Optimal { y, .. } => {
            let prices = game.goals.iter().zip(&y).map(|(g, y)| -y * g.yardstick * MILLION);
            let dearest = prices.fold(0.0, f64::max);
            if dearest > 0.0 { times * dearest } else { all }
        }
        Claim::Infeasible => times * all,
    })
}

fn coalitions(game: &Abatement, n: usize, price: f64, stop: &dyn Fn() -> bool) -> Result<Game> {
    let decisions = game.decisions.len();
    let prices = vec![price / MILLION; game.goals.len()];
    let mut session = Session::open(game.soft_programme(&prices))?;
    let mine: Vec<Vec<usize>> =
        (0..n).map(|i| (0..decisions).filter(|j| game.decisions[*j].member == Some(i)).collect()).collect();
    let rooms: Vec<(f64, f64)> = game
        .goals
        .iter()
        // A hair above the worst, so that a goal let go is never tight.
        .map(|g| (g.limit - g.now, game.worst(g) - g.now + 1e-3 * g.yardstick))
        .collect();
    for d in 0..decisions {
        session.bound_column(d, game.decisions[d].floor, game.decisions[d].floor);
    }
    for (t, (_, free)) in rooms.iter().enumerate() {
        session.bound_row(t, f64::NEG_INFINITY, *free);
    }
    let size = 1usize << n;
    let (mut cost, mut bound, mut shortfall) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
    let (mut incurred, mut by_prices) = (vec![0.0; n], vec![0.0; n]);
    let mut coalition = 0usize;
    // What outsiders and the empty coalition pay for what stands already is in no share.
    let sunk = |i: usize| mine[i].iter().map(|j| game.decisions[*j].cost * game.decisions[*j].floor).sum::<f64>();
    let all_sunk: f64 = (0..n).map(sunk).sum();
    let unowned: f64 = game.decisions.iter().filter(|d| d.member.is_none()).map(|d| d.cost * d.floor).sum();
    for step in 1..size {
        if stop() {
            return Err(Error::Stage("the shares were stopped before all coalitions were solved; run again".into()));
        }
        let i = step.trailing_zeros() as usize;
        coalition ^= 1 << i;
        let joins = coalition >> i & 1 == 1;
        for j in &mine[i] {
            let d = &game.decisions[*j];
            session.bound_column(*j, d.floor, if joins { d.upper } else { d.floor });
        }
        for (t, (room, free)) in rooms.iter().enumerate().filter(|(t, _)| game.goals[*t].member == Some(i)) {
            session.bound_row(t, f64::NEG_INFINITY, if joins { *room } else { *free });
        }
        let Claim::Optimal { x, y } = session.minimise()? else {
            return Err(Error::Stage(format!(
                "the measures of {} contradict each other even where every target may be missed; check floors and groups",
                names(&game.members, coalition)
            )));
        };
        let measures =
            game.cost(&x) - all_sunk - unowned + (0..n).filter(|i| coalition >> i & 1 == 1).map(sunk).sum::<f64>();
        let missed = |t: usize| price * game.goals[t].miss(&x);
        let inside = |t: &usize| game.goals[*t].member.is_some_and(|m| coalition >> m & 1 == 1);
        shortfall[coalition] = (0..game.goals.len()).filter(inside).map(missed).sum();
        cost[coalition] = measures + shortfall[coalition];
        let proved = session.programme().lower_bound(&y) * MILLION;
        bound[coalition] =
            proved - all_sunk - unowned + (0..n).filter(|i| coalition >> i & 1 == 1).map(sunk).sum::<f64>();
        if coalition == size - 1 {
            for i in 0..n {
                incurred[i] = mine[i].iter().map(|j| game.decisions[*j].cost * x[*j]).sum::<f64>()
                    + (0..game.goals.len()).filter(|t| game.goals[*t].member == Some(i)).map(missed).sum::<f64>();
            }
            by_prices = owen(game, session.programme(), &y, n);
        }
    }
    Ok(Game { players: game.members.clone(), cost, bound, shortfall, incurred, by_prices, shortfall_price: price })
}

/// The Owen point: each goal's price times its room goes to who answers for it, each decision's rent (what its reduced cost
/// saves at its greatest share) to who owns it; what couplings of several owners are worth is split evenly among them.
fn owen(game: &Abatement, programme: &Programme, y: &[f64], n: usize) -> Vec<f64> {
    let y = programme.proper_prices(y);
    let mut share = vec![0.0; n];
    for (t, goal) in game.goals.iter().enumerate() {
        if let (Some(i), true) = (goal.member, y[t] != 0.0) {
            share[i] += y[t] * programme.row_upper[t];
        }
    }
    for (k, coupling) in game.couplings.iter().enumerate() {
        let price = y[game.goals.len() + k];
        if price == 0.0 {
            continue;
        }
        let mut owners: Vec<usize> = coupling.terms.iter().filter_map(|(j, _)| game.decisions[*j].member).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.iter().for_each(|i| share[*i] += price * coupling.most / owners.len() as f64);
    }
    let reduced = programme.reduced_costs(&y);
    for (j, (d, _)) in reduced.iter().enumerate() {
        let owner = match j.checked_sub(game.decisions.len()) {
            None => game.decisions[j].member,
            Some(t) => game.goals[t].member,
        };
        if let Some(i) = owner {
            share[i] += (d * programme.lower[j]).min(d * programme.upper[j]);
        }
    }
    share.iter().map(|s| s * MILLION).collect()
}
