//! One turn of joint control, told from start to end.

use crate::act::Orders;
use crate::assess::Assessment;
use crate::attribute::Attribution;
use crate::observe::{self, Observed};
use crate::plan::Plans;
use crate::problem::Result;
use crate::region::Case;
use crate::verify::CampaignEffect;
use serde::Serialize;

/// The seven verbs, in the order of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// 观测
    Observe,
    /// 考核
    Verify,
    /// 评价
    Assess,
    /// 传输
    Transport,
    /// 溯源
    Attribute,
    /// 方案
    Plan,
    /// 应急
    Act,
}

/// The verbs with their words, in the order of a turn: id, zh.
pub const VERBS: [(Verb, &str, &str); 7] = [
    (Verb::Observe, "observe", "观测"),
    (Verb::Verify, "verify", "考核"),
    (Verb::Assess, "assess", "评价"),
    (Verb::Transport, "transport", "传输"),
    (Verb::Attribute, "attribute", "溯源"),
    (Verb::Plan, "plan", "方案"),
    (Verb::Act, "act", "应急"),
];

/// Hears how far a turn is. Called from many threads.
pub trait Progress: Sync {
    /// A verb begins, with so many units of work.
    fn begin(&self, verb: Verb, units: u64);
    /// So many units more are done.
    fn advance(&self, units: u64);
    /// The verb has ended.
    fn end(&self, verb: Verb);
    /// True when the user has asked to stop; long stages look at it and give up with an error.
    fn stopped(&self) -> bool {
        false
    }
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Verb, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self, _: Verb) {}
}

/// How well the books balance; shown to the user.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Balance {
    /// Sum of the air ledger over receptors, and the same from an independent forward run, kg m⁻³.
    pub air_ledger: Option<f64>,
    /// See `air_ledger`.
    pub air_forward: Option<f64>,
    /// Standard error of their difference, kg m⁻³.
    pub air_standard_error: Option<f64>,
    /// Their difference in standard errors.
    pub air_deviation: Option<f64>,
    /// Greatest relative difference between river footprint × loads and the forward run, over sections and species.
    pub river_forward_error: Option<f64>,
    /// Relative error of emitted = left + lost over the river network, greatest over species.
    pub river_mass_error: Option<f64>,
}

/// What one turn found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Turn {
    /// Flagged series.
    #[serde(skip)]
    pub observed: Observed,
    /// The last turn's campaigns.
    pub verification: Vec<CampaignEffect>,
    /// By the rules in force.
    pub assessment: Assessment,
    /// Who pollutes whom.
    pub attribution: Attribution,
    /// The joint plan, and each member alone.
    pub plans: Option<Plans>,
    /// Who must do what.
    pub orders: Orders,
    /// How well the books balance.
    pub balance: Balance,
    /// The footprint of each station over the case's period for primary particles, for the map: station, grid cells
    /// (west, south, east, north, share of the sum).
    #[serde(skip)]
    pub maps: Vec<FootprintMap>,
}

/// A receptor's footprint on the map.
#[derive(Debug, Clone, Default)]
pub struct FootprintMap {
    /// Station.
    pub station: String,
    /// Cells: west, south, east, north, degrees, and the share of the footprint there.
    pub cells: Vec<([f64; 4], f64)>,
}

/// Runs one turn, as far as `until`.
pub fn turn(case: &Case, until: Verb, progress: &dyn Progress) -> Result<Turn> {
    let mut turn = Turn::default();
    progress.begin(Verb::Observe, 1);
    turn.observed = observe::read(case);
    progress.end(Verb::Observe);
    if until == Verb::Observe {
        return Ok(turn);
    }
    Ok(turn)
}
