//! The question of a plan without its region: decisions, goals, and who answers for each. Blind to the medium.
//!
//! ```text
//! minimise  Σⱼ cⱼ xⱼ
//! so that   now(t) − Σⱼ e(t, j) xⱼ ≤ limit(t)      every goal t          (a goal "at least" is stored with its signs turned)
//!           Σⱼ a(k, j) xⱼ ≤ most(k)                 every coupling k: groups, emissions, prerequisites, caps
//!           floorⱼ ≤ xⱼ ≤ upperⱼ                    floor: what is adopted already, or is no regret
//! ```
//! `x` share of a decision, `c` CNY a year at share 1, `e` what one unit of share takes off the goal's value. Values of a
//! goal may be in any unit, the same for `now`, `limit` and `e`.

use super::programme::Programme;

/// CNY in a unit of the programme.
pub const MILLION: f64 = 1e6;

/// One decision: a measure at a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Measure.
    pub measure: String,
    /// Source.
    pub source: String,
    /// Who pays: position in [`Abatement::members`]; `None` outside of them.
    pub member: Option<usize>,
    /// CNY a year at share 1.
    pub cost: f64,
    /// Least share: what stands already, or is no regret. Outsiders of a coalition stay here.
    pub floor: f64,
    /// Greatest share.
    pub upper: f64,
}

/// What must hold at a receptor.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Identifier.
    pub id: String,
    /// Who answers for the receptor: position in [`Abatement::members`].
    pub member: Option<usize>,
    /// Value today, with no decision taken.
    pub now: f64,
    /// Greatest permitted value.
    pub limit: f64,
    /// What a miss is a share of.
    pub yardstick: f64,
    /// Decision and what it takes off the value at share 1; negative where it adds.
    pub effects: Vec<(usize, f64)>,
}

impl Goal {
    /// The value under a plan.
    pub fn value(&self, x: &[f64]) -> f64 {
        self.now - self.effects.iter().map(|(j, e)| e * x[*j]).sum::<f64>()
    }

    /// The miss under a plan, as a share of the yardstick; 0 where the goal holds.
    pub fn miss(&self, x: &[f64]) -> f64 {
        ((self.value(x) - self.limit) / self.yardstick).max(0.0)
    }
}

/// `Σ terms ≤ most`.
#[derive(Debug, Clone, PartialEq)]
pub struct Coupling {
    /// What the sum may not exceed.
    pub most: f64,
    /// Decision and coefficient.
    pub terms: Vec<(usize, f64)>,
}

/// Decisions, goals and what ties them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Abatement {
    /// Names of those who answer.
    pub members: Vec<String>,
    /// What can be done.
    pub decisions: Vec<Decision>,
    /// What must hold.
    pub goals: Vec<Goal>,
    /// What ties decisions together.
    pub couplings: Vec<Coupling>,
}

impl Abatement {
    /// The least-cost programme, in million CNY: one row a goal, then one a coupling.
    pub fn programme(&self) -> Programme {
        let mut programme = self.columns([]);
        for goal in &self.goals {
            programme.at_most(goal.limit - goal.now, goal.effects.iter().map(|(j, e)| (*j, -e)));
        }
        self.couple(&mut programme);
        programme
    }

    /// The programme in which every goal may be missed for a price: goal t has the miss column `decisions + t`, a share of
    /// its yardstick, which costs `prices[t]` million CNY a year per whole yardstick.
    pub fn soft_programme(&self, prices: &[f64]) -> Programme {
        let decisions = self.decisions.len();
        let greatest = self.goals.iter().map(|g| (self.worst(g) - g.limit) / g.yardstick * 1.000_001 + 1e-6);
        let mut programme = self.columns(prices.iter().copied().zip(greatest));
        for (t, goal) in self.goals.iter().enumerate() {
            let miss = (decisions + t, -goal.yardstick);
            programme.at_most(goal.limit - goal.now, goal.effects.iter().map(|(j, e)| (*j, -e)).chain([miss]));
        }
        self.couple(&mut programme);
        programme
    }

    /// The worst value that a goal can take.
    pub fn worst(&self, goal: &Goal) -> f64 {
        let added = |(j, e): &(usize, f64)| (-e * self.decisions[*j].upper).max(-e * self.decisions[*j].floor);
        goal.now + goal.effects.iter().map(added).sum::<f64>()
    }

    /// Cost of a plan, CNY a year.
    pub fn cost(&self, x: &[f64]) -> f64 {
        self.decisions.iter().zip(x).map(|(d, x)| d.cost * x).sum()
    }

    /// The greatest amount by which a plan breaks a coupling, as a share of its greatest term.
    pub fn greatest_breach(&self, x: &[f64]) -> f64 {
        let breach = |k: &Coupling| {
            let over = (k.terms.iter().map(|(j, a)| a * x[*j]).sum::<f64>() - k.most).max(0.0);
            let largest = k.terms.iter().fold(0.0_f64, |m, (_, a)| m.max(a.abs()));
            if over == 0.0 { 0.0 } else { over / if largest > 0.0 { largest } else { 1.0 } }
        };
        self.couplings.iter().map(breach).fold(0.0, f64::max)
    }

    fn columns(&self, extra: impl IntoIterator<Item = (f64, f64)>) -> Programme {
        let (mut cost, mut upper): (Vec<f64>, Vec<f64>) =
            self.decisions.iter().map(|d| (d.cost / MILLION, d.upper)).unzip();
        for (price, most) in extra {
            cost.push(price);
            upper.push(most.max(0.0));
        }
        let mut programme = Programme::new(cost, upper);
        for (lower, d) in programme.lower.iter_mut().zip(&self.decisions) {
            *lower = d.floor;
        }
        programme
    }

    fn couple(&self, programme: &mut Programme) {
        self.couplings.iter().for_each(|k| programme.at_most(k.most, k.terms.iter().copied()));
    }
}
