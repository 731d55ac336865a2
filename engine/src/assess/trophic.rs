//! The trophic level index of lakes (综合营养状态指数).
//!
//! ```text
//! TLI = Σ_j W_j · TLI_j,    W_j = r_j² / Σ r²                    over chlorophyll-a, TP, TN, transparency, CODMn
//! TLI(chla) = 10 (2.5   + 1.086 ln chla)     mg/m³     r = 1
//! TLI(TP)   = 10 (9.436 + 1.624 ln TP)       mg/L      r = 0.84
//! TLI(TN)   = 10 (5.453 + 1.694 ln TN)       mg/L      r = 0.82
//! TLI(SD)   = 10 (5.118 − 1.94  ln SD)       m         r = −0.83
//! TLI(CODMn)= 10 (0.109 + 2.661 ln CODMn)    mg/L      r = 0.83
//! ```
//!
//! Below 30 oligotrophic, to 50 mesotrophic, above 50, 60, 70 light, middle, high eutrophic (总站生字\[2001\]090号, by two
//! public accounts that agree).
//!
//! *Missing items.* Chlorophyll-a must be there, the others as they are; the weights are taken anew over those present, and
//! the index says which were missing. A value of 0 or less has no logarithm and counts as missing.

use crate::region::pollutant::Pollutant;
use serde::Serialize;

/// The rule.
pub const RULE: &str = "TLI 2001-090";

/// Intercept, slope of the logarithm and correlation with chlorophyll-a of each item, printed unit.
const ITEMS: [(Pollutant, f64, f64, f64); 5] = [
    (Pollutant::ChlorophyllA, 2.5, 1.086, 1.0),
    (Pollutant::Tp, 9.436, 1.624, 0.84),
    (Pollutant::Tn, 5.453, 1.694, 0.82),
    (Pollutant::Transparency, 5.118, -1.94, -0.83),
    (Pollutant::Codmn, 0.109, 2.661, 0.83),
];

/// How rich in nutrients a lake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 贫营养
    Oligotrophic,
    /// 中营养
    Mesotrophic,
    /// 轻度富营养
    LightEutrophic,
    /// 中度富营养
    MiddleEutrophic,
    /// 重度富营养
    HighEutrophic,
}

impl State {
    /// By the index.
    pub fn of(index: f64) -> State {
        match index {
            i if i < 30.0 => State::Oligotrophic,
            i if i <= 50.0 => State::Mesotrophic,
            i if i <= 60.0 => State::LightEutrophic,
            i if i <= 70.0 => State::MiddleEutrophic,
            _ => State::HighEutrophic,
        }
    }

    /// Chinese name.
    pub fn name_zh(self) -> &'static str {
        match self {
            State::Oligotrophic => "贫营养",
            State::Mesotrophic => "中营养",
            State::LightEutrophic => "轻度富营养",
            State::MiddleEutrophic => "中度富营养",
            State::HighEutrophic => "重度富营养",
        }
    }
}

/// A lake's index.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrophicLevel {
    /// Σ W_j · TLI_j.
    pub index: f64,
    /// What it means.
    pub state: State,
    /// TLI_j of each item there was.
    pub of_item: Vec<(Pollutant, f64)>,
    /// Items that were not there.
    pub missing: Vec<Pollutant>,
}

/// The index of a set of values (SI); `None` without chlorophyll-a.
pub fn trophic_level(values: &[(Pollutant, f64)]) -> Option<TrophicLevel> {
    let (mut of_item, mut missing) = (Vec::new(), Vec::new());
    let (mut sum, mut weights) = (0.0, 0.0);
    for (item, intercept, slope, r) in ITEMS {
        let value = values.iter().find(|(p, _)| *p == item).map(|(p, si)| p.printed(*si));
        match value.filter(|v| v.is_finite() && *v > 0.0) {
            Some(value) => {
                let index = 10.0 * (intercept + slope * value.ln());
                sum += r * r * index;
                weights += r * r;
                of_item.push((item, index));
            }
            None if item == Pollutant::ChlorophyllA => return None,
            None => missing.push(item),
        }
    }
    let index = sum / weights;
    Some(TrophicLevel { index, state: State::of(index), of_item, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(printed: [f64; 5]) -> Vec<(Pollutant, f64)> {
        ITEMS.iter().zip(printed).map(|((p, ..), v)| (*p, p.from_printed(v))).collect()
    }

    #[test]
    fn where_every_logarithm_is_zero_the_index_is_the_weighted_mean_of_the_intercepts() {
        // W = r²/Σr² with Σr² = 1 + 0.7056 + 0.6724 + 0.6889 + 0.6889 = 3.7558: the published weights .2663 .1879 .1790 .1834
        // .1834; TLI = 10 (2.5·.26626 + 9.436·.18787 + 5.453·.17903 + 5.118·.18342 + 0.109·.18342) = 43.733.
        let level = trophic_level(&values([1.0; 5])).unwrap();
        let expected = 10.0 * (2.5 + 9.436 * 0.7056 + 5.453 * 0.6724 + 5.118 * 0.6889 + 0.109 * 0.6889)
            / (1.0 + 0.7056 + 0.6724 + 1.3778);
        assert!((level.index - expected).abs() < 1e-9 && (expected - 43.7).abs() < 0.5, "{level:?} {expected}");
        assert!(level.missing.is_empty());
    }

    #[test]
    fn a_green_lake_has_the_sub_indices_of_the_rule() {
        // chla 40 mg/m³: 10 (2.5 + 1.086 ln 40) = 65.061; TP 0.1: 10 (9.436 + 1.624 ln 0.1) = 56.966;
        // TN 2: 66.272; SD 0.5: 64.627; CODMn 6: 48.769. Weighted 60.671.
        let level = trophic_level(&values([40.0, 0.1, 2.0, 0.5, 6.0])).unwrap();
        for ((_, index), expected) in level.of_item.iter().zip([65.061, 56.966, 66.272, 64.627, 48.769]) {
            assert!((index - expected).abs() < 0.01, "{index} {expected}");
        }
        assert_eq!(level.state, State::MiddleEutrophic);
    }

    #[test]
    fn missing_items_leave_their_weight_to_the_others_and_chlorophyll_cannot_be_missing() {
        let all = values([40.0, 0.1, 2.0, 0.5, 6.0]);
        let level = trophic_level(&all[..1]).unwrap();
        assert!((level.index - 10.0 * (2.5 + 1.086 * 40.0_f64.ln())).abs() < 1e-9);
        assert_eq!(level.missing.len(), 4);
        assert_eq!(trophic_level(&all[1..]), None);
    }

    #[test]
    fn the_states_change_at_30_50_60_and_70() {
        use State::{HighEutrophic, LightEutrophic, Mesotrophic, MiddleEutrophic, Oligotrophic};
        let states = [29.9, 30.0, 50.0, 50.1, 60.0, 60.1, 70.0, 70.1].map(State::of);
        let (m, l, e) = (Mesotrophic, LightEutrophic, MiddleEutrophic);
        assert_eq!(states, [Oligotrophic, m, m, l, l, e, e, HighEutrophic]);
    }
}
