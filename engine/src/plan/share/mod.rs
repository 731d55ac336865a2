//! Fair shares of a joint plan: what every coalition would pay, and what each member should.
//!
//! ```text
//! c(S) = min  Σ over decisions of S cⱼ xⱼ  +  Σ over goals of S  price(t) · miss(t)
//! ```
//! A coalition S uses the measures of its members to meet the goals at *its own* receptors; outsiders stay at what they have
//! adopted; a goal that is missed costs its stated shortfall price, so that c(S) exists for every S. The game is `(N, c)`
//! with transferable cost ([`game`]); [`allocation`] shares c(N) by Shapley, nucleolus, least core, Nash and by the prices
//! of the joint plan, and certifies core membership, or emptiness with the least-core ε.
//!
//! Where no decision makes any goal worse (all effects ≥ 0) the game is balanced and the core is never empty: a weighted
//! sum of the coalitions' plans is a plan of all (Owen 1975, Math. Prog. 9:358, for production games; here with missed
//! goals as one more column). Signed effects, caps that bind one member and lumpy units can empty it.

pub mod allocation;
pub mod game;

pub use allocation::{Allocation, Core, Shares, shares};
pub use game::{Game, MOST_PLAYERS, Shortfall, names};

use super::abatement::Abatement;
use crate::problem::Result;
use serde::Serialize;

/// A game and its shares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sharing {
    /// What every coalition would pay.
    pub game: Game,
    /// What each member should.
    pub shares: Shares,
}

impl Sharing {
    /// Solves all coalitions of `players` (positions among the members) and shares the cost of all.
    pub fn of(abatement: &Abatement, players: &[usize], price: Shortfall, stop: &dyn Fn() -> bool) -> Result<Sharing> {
        let game = game::solve(abatement, players, price, stop)?;
        let shares = shares(&game)?;
        Ok(Sharing { game, shares })
    }
}
