//! Transport (传输): meteorology and river networks become footprints.
//!
//! Only this folder knows wind and rivers. Everything after it sees a [`Footprint`] and is blind to the medium.

pub mod air;
pub mod chain;
pub mod footprint;
pub mod import;
pub mod river;

pub use chain::Chain;
pub use footprint::Footprint;

use crate::problem::Result;
use crate::region::pollutant::Pollutant;
use crate::region::{Case, Medium, Period};

/// The footprints of both media.
#[derive(Default)]
pub struct Transported {
    /// Station-days of the air.
    pub air: Option<air::Transported>,
    /// The air over its whole period and over every period that a target names.
    pub air_means: Vec<Footprint>,
    /// Sections of the river.
    pub water: Option<Footprint>,
    /// How well the river's books balance.
    pub river_balance: Option<river::RiverBalance>,
}

impl Transported {
    /// The air over the case's period.
    pub fn air_mean(&self) -> Option<&Footprint> {
        self.air_means.first()
    }

    /// Every footprint of means, for plans.
    pub fn means(&self) -> Vec<&Footprint> {
        self.air_means.iter().chain(&self.water).collect()
    }
}

/// Units of work of [`footprints`], for the progress bar.
pub fn units(case: &Case) -> u64 {
    air::units(case).max(1)
}

/// Runs both engines on a case. `advance` is called as work is done, `stopped` asked between pieces of it.
pub fn footprints(
    case: &Case,
    advance: &(dyn Fn(u64) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Transported> {
    let mut found =
        Transported { air: air::footprint(case, Pollutant::Pm25, advance, stopped)?, ..Transported::default() };
    if let (Some(air), Some(period)) = (&found.air, case.settings.air_period) {
        let mut periods: Vec<Period> =
            case.targets.iter().filter(|t| t.medium == Medium::Air).map(|t| t.period).collect();
        periods.retain(|p| *p != period);
        periods.sort();
        periods.dedup();
        periods.insert(0, period);
        found.air_means = periods.into_iter().map(|p| air.daily.mean_over(p)).collect();
    }
    found.water = river::footprint(case)?;
    if let Some(water) = &found.water {
        found.river_balance = Some(river::balance(case, water, &river::forward(case)?));
    }
    Ok(found)
}
