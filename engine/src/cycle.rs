//! One turn of joint control, told from start to end.

use crate::act::{self, Orders};
use crate::assess::{self, Assessment};
use crate::attribute::{self, Attribution};
use crate::observe::{self, Observed};
use crate::plan::{self, Plans};
use crate::problem::{Error, Result};
use crate::region::Case;
use crate::transport::{self, Transported};
use crate::verify::{self, CampaignEffect};
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

/// Runs one turn, as far as `until`. The last turn is verified first, since what it taught should be known before the next.
pub fn turn(case: &Case, until: Verb, progress: &dyn Progress) -> Result<Turn> {
    let told = Told { progress, until };
    let stopped = || progress.stopped();

    let observed = told.verb(Verb::Observe, 1, || Ok(observe::read(case)))?;
    let mut turn = Turn { observed, ..Turn::default() };
    if told.ends_before(Verb::Verify) {
        return Ok(turn);
    }
    turn.verification = told.verb(Verb::Verify, 1, || Ok(verify::effect(case, &turn.observed)))?;
    if told.ends_before(Verb::Assess) {
        return Ok(turn);
    }
    turn.assessment = told.verb(Verb::Assess, 1, || Ok(assess::against_standards(case, &turn.observed)))?;
    if told.ends_before(Verb::Transport) {
        return Ok(turn);
    }
    let transported = told.verb(Verb::Transport, transport::units(case), || {
        transport::footprints(case, &|units| progress.advance(units), &stopped)
    })?;
    turn.balance = balance(&transported);
    turn.maps = maps(&transported);
    if told.ends_before(Verb::Attribute) {
        return Ok(turn);
    }
    turn.attribution =
        told.verb(Verb::Attribute, 1, || Ok(attribute::attribute(case, &turn.observed, &transported)))?;
    if told.ends_before(Verb::Plan) {
        return Ok(turn);
    }
    if !case.targets.is_empty() {
        let plans = || plan::least_cost(case, &turn.observed, &transported.means(), &stopped);
        turn.plans = Some(told.verb(Verb::Plan, 1, plans)?);
    }
    if told.ends_before(Verb::Act) {
        return Ok(turn);
    }
    turn.orders = told.verb(Verb::Act, 1, || Ok(act::orders(case, transported.air.as_ref().map(|a| &a.daily))))?;
    Ok(turn)
}

/// Says where the turn is.
struct Told<'a> {
    progress: &'a dyn Progress,
    until: Verb,
}

impl Told<'_> {
    fn verb<T>(&self, verb: Verb, units: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.progress.stopped() {
            return Err(Error::Stage("stopped".into()));
        }
        self.progress.begin(verb, units);
        let done = work();
        self.progress.end(verb);
        done
    }

    fn ends_before(&self, verb: Verb) -> bool {
        self.until < verb
    }
}

fn balance(transported: &Transported) -> Balance {
    let mut balance = Balance::default();
    if let Some(air) = &transported.air {
        let error = air.forward.1.hypot(air.backward.1);
        balance.air_ledger = Some(air.backward.0);
        balance.air_forward = Some(air.forward.0);
        balance.air_standard_error = Some(error);
        balance.air_deviation = (error > 0.0).then(|| (air.backward.0 - air.forward.0) / error);
    }
    if let Some(river) = &transported.river_balance {
        balance.river_forward_error = Some(river.forward_error);
        balance.river_mass_error = Some(river.mass_error);
    }
    balance
}

/// The stations' footprints as shares, cell by cell; cells of less than a ten-thousandth are left out.
fn maps(transported: &Transported) -> Vec<FootprintMap> {
    const LEAST_SHARE: f64 = 1e-4;
    let Some(air) = &transported.air else { return Vec::new() };
    let half = air.grid.step / 2.0;
    let of_station = |(station, field): &(String, Vec<f64>)| {
        let total: f64 = field.iter().sum();
        let shares = field.iter().map(|f| if total > 0.0 { f / total } else { 0.0 }).enumerate();
        let kept = shares.filter(|(_, share)| *share > LEAST_SHARE);
        let cells = kept.map(|(cell, share)| {
            let c = air.grid.centre(cell);
            ([c.lon - half, c.lat - half, c.lon + half, c.lat + half], share)
        });
        FootprintMap { station: station.clone(), cells: cells.collect() }
    };
    air.maps.iter().map(of_station).collect()
}
