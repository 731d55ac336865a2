//! Import: source–receptor matrices that others computed become a [`Footprint`].
//!
//! * [`tm5fasst`]: the 60 regions of TM5-FASST
//! * [`table`]: a plain table, one line an entry; what an import writes, and what anyone else can write
//!
//! What comes with a matrix comes with it here: the emissions it was made for and the values it should add up to, so that
//! [`Imported::closure`] can say how far it does.

pub mod table;
pub mod tm5fasst;

use super::Footprint;
use serde::Serialize;

/// A steady rate of one species from one site of the footprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Position in [`Footprint::sites`].
    pub site: u32,
    /// Position in [`Footprint::species`].
    pub species: u16,
    /// kg s⁻¹.
    pub kg_s: f64,
}

/// A matrix with what came beside it.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The matrix.
    pub footprint: Footprint,
    /// Emissions of the base state; none where they did not come with it.
    pub emissions: Vec<Rate>,
    /// Value of the base state at each row, SI; `None` where it did not come with it.
    pub base: Vec<Option<f64>>,
    /// Relative change of emissions for which it was computed: beyond it is extrapolated.
    pub change: Option<f64>,
    /// What was left out and why, a sentence each.
    pub left_out: Vec<String>,
}

/// How far the matrix times its own emissions reaches the value of its base state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closed {
    /// Receptor.
    pub receptor: String,
    /// Measured quantity.
    pub pollutant: String,
    /// Σ F q, SI.
    pub modelled: f64,
    /// Value of the base state, SI.
    pub base: Option<f64>,
    /// `modelled / base`.
    pub ratio: Option<f64>,
    /// More than there is: a linear step from the base state to nothing takes away more than was there.
    pub over_closes: bool,
}

impl Imported {
    /// `Σ F q` of a row over the sources that `keep` accepts, with its standard error.
    pub fn sum(&self, row: usize, keep: impl Fn(Rate) -> bool) -> (f64, f64) {
        let count = self.footprint.species.len();
        let mut rates = vec![0.0; self.footprint.sites.len() * count];
        for rate in self.emissions.iter().filter(|r| keep(**r)) {
            rates[rate.site as usize * count + usize::from(rate.species)] += rate.kg_s;
        }
        self.footprint.functional(row, |c| rates[c.site as usize * count + usize::from(c.species)])
    }

    /// The closure of every row.
    pub fn closure(&self) -> Vec<Closed> {
        let rows = self.footprint.rows.iter().zip(&self.base).enumerate();
        rows.map(|(at, (row, base))| {
            let modelled = self.sum(at, |_| true).0;
            let ratio = base.filter(|b| *b > 0.0).map(|b| modelled / b);
            Closed {
                receptor: row.receptor.clone(),
                pollutant: row.pollutant.clone(),
                modelled,
                base: *base,
                ratio,
                over_closes: ratio.is_some_and(|r| r > 1.0),
            }
        })
        .collect()
    }
}
