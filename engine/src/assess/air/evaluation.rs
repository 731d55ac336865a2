//! A city's year by HJ 663, the comprehensive index, and the ranking of cities.
//!
//! ```text
//! X_p = X_⌊k⌋ + (X_⌊k⌋₊₁ − X_⌊k⌋)(k − ⌊k⌋),   k = 1 + (n − 1) p,   X ascending          percentile, HJ 663
//! I   = Σ_i w_i C_i / S_i                                                               环办〔2014〕64号
//! ```
//!
//! | item | C_i | S_i (class 2) |
//! |---|---|---|
//! | SO2, NO2, PM10, PM2.5 | mean | annual |
//! | CO | 95th percentile of the days | 24 h |
//! | O3 | 90th percentile of MDA8 | MDA8 |
//!
//! The year also asks the 98th (SO2, NO2) and 95th (PM10, PM2.5) percentile of the days against the 24 h limit. Weights are
//! 1 unless given. Dust: for the ranking PM10 and PM2.5 leave out the days named, the shares of good and heavy days keep
//! them; the days are given by the caller, because the deduction itself was not found.
//!
//! *Marks.* Percentile formula from memory (one public implementation agrees); items and percentiles by two sources.
//! Exceptional events and means over years ([`super::annual`]) follow news of HJ 663-2026, whose text was not found.

use super::aggregate::chain;
use super::limits;
use crate::assess::hj633;
use crate::region::calendar::Time;
use crate::region::pollutant::Pollutant;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Percentile of values in any order, p from 0 to 1; `None` of none. Values that are not numbers are left out.
pub fn percentile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    // From 0: k − 1 = (n − 1) p.
    let k = (sorted.len().checked_sub(1)? as f64) * p.clamp(0.0, 1.0);
    let low = sorted.get(k.floor() as usize)?;
    let high = sorted.get(k.floor() as usize + 1).unwrap_or(low);
    Some(low + (high - low) * k.fract())
}

/// What of a year is held against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Statistic {
    /// The mean of the days.
    Mean,
    /// A percentile of the days, in percent.
    Percentile(u8),
}

/// The items of a year with the averaging time of their limit.
pub const ITEMS: [(Pollutant, Statistic, &str); 10] = [
    (Pollutant::So2, Statistic::Mean, "annual"),
    (Pollutant::So2, Statistic::Percentile(98), "24h"),
    (Pollutant::No2, Statistic::Mean, "annual"),
    (Pollutant::No2, Statistic::Percentile(98), "24h"),
    (Pollutant::Pm10, Statistic::Mean, "annual"),
    (Pollutant::Pm10, Statistic::Percentile(95), "24h"),
    (Pollutant::Pm25, Statistic::Mean, "annual"),
    (Pollutant::Pm25, Statistic::Percentile(95), "24h"),
    (Pollutant::Co, Statistic::Percentile(95), "24h"),
    (Pollutant::O3, Statistic::Percentile(90), "MDA8"),
];

/// Daily values of a city by pollutant and day, SI; ozone as MDA8.
pub type Days = BTreeMap<Pollutant, BTreeMap<Time, f64>>;

/// One item of a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct YearItem {
    /// What.
    pub pollutant: Pollutant,
    /// Which statistic.
    pub statistic: Statistic,
    /// SI.
    pub value: f64,
    /// Class 2 limit, SI.
    pub limit: f64,
    /// Whether the value, rounded as printed, keeps the limit.
    pub meets: bool,
}

/// What is done with days of sand and dust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dust<'a> {
    /// They count like any day.
    Kept,
    /// PM10 and PM2.5 leave these days out.
    LeftOut(&'a BTreeSet<Time>),
}

fn statistic(days: &Days, pollutant: Pollutant, statistic: Statistic, dust: Dust<'_>) -> Option<f64> {
    let particle = matches!(pollutant, Pollutant::Pm10 | Pollutant::Pm25);
    let left_out = |t: &Time| matches!(dust, Dust::LeftOut(days) if particle && days.contains(t));
    let values: Vec<f64> = days.get(&pollutant)?.iter().filter(|(t, _)| !left_out(t)).map(|(_, v)| *v).collect();
    match statistic {
        Statistic::Mean => (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64),
        Statistic::Percentile(p) => percentile(&values, f64::from(p) / 100.0),
    }
}

/// Whether a value, rounded as printed (whole µg m⁻³, CO to 0.1 mg m⁻³), keeps a limit; SI.
pub fn meets(pollutant: Pollutant, value: f64, limit: f64) -> bool {
    hj633::steps(pollutant, value).zip(hj633::steps(pollutant, limit)).is_some_and(|(value, limit)| value <= limit)
}

/// The items of a year against the class 2 limits of a rule that hold on a day; items without data are left out.
pub fn year(days: &Days, rule: &str, on: Time, zone: i64, dust: Dust<'_>) -> Vec<YearItem> {
    let item = |(pollutant, which, averaging): &(Pollutant, Statistic, &str)| {
        let value = statistic(days, *pollutant, *which, dust)?;
        let limit = pollutant.from_printed(limits::limit(rule, *pollutant, averaging, "class 2", on, zone)?);
        Some(YearItem {
            pollutant: *pollutant,
            statistic: *which,
            value,
            limit,
            meets: meets(*pollutant, value, limit),
        })
    };
    ITEMS.iter().filter_map(item).collect()
}

/// The comprehensive index of a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comprehensive {
    /// Σ of the single indices; `None` where one of the six pollutants is missing.
    pub index: Option<f64>,
    /// w C/S of each pollutant.
    pub single: Vec<(Pollutant, f64)>,
    /// The pollutants with the greatest single index.
    pub primary: Vec<Pollutant>,
}

/// The comprehensive index; `weights` are 1 for a pollutant that is not named.
pub fn comprehensive(
    days: &Days,
    rule: &str,
    on: Time,
    zone: i64,
    dust: Dust<'_>,
    weights: &BTreeMap<Pollutant, f64>,
) -> Comprehensive {
    let scored =
        |i: &YearItem| matches!(i.statistic, Statistic::Mean) || matches!(i.pollutant, Pollutant::Co | Pollutant::O3);
    let single: Vec<(Pollutant, f64)> = year(days, rule, on, zone, dust)
        .iter()
        .filter(|i| scored(i))
        .map(|i| (i.pollutant, weights.get(&i.pollutant).copied().unwrap_or(1.0) * i.value / i.limit))
        .collect();
    let greatest = single.iter().map(|(_, i)| *i).reduce(f64::max);
    Comprehensive {
        index: (single.len() == 6).then(|| single.iter().map(|(_, i)| i).sum()),
        primary: single.iter().filter(|(_, i)| Some(*i) == greatest).map(|(p, _)| *p).collect(),
        single,
    }
}

/// Ranks by an index, the best first: (place, code, index). The index is compared as printed, to 0.01; equal ones share a
/// place and stand in the order of their codes. Cities without an index are left out.
pub fn ranking(cities: &[(&str, Option<f64>)]) -> Vec<(usize, String, f64)> {
    let mut list: Vec<(i64, &str, f64)> =
        cities.iter().filter_map(|(code, i)| Some(((i.as_ref()? * 100.0).round() as i64, *code, (*i)?))).collect();
    list.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let place = |hundredths: i64| 1 + list.iter().filter(|(other, ..)| *other < hundredths).count();
    list.iter().map(|(h, code, index)| (place(*h), code.to_string(), *index)).collect()
}

/// Days by category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// Days of category 1 to 6.
    pub of_category: [usize; 6],
}

impl DayCount {
    /// Counts one day.
    pub fn add(&mut self, index: u16) {
        if let Some(n) = self.of_category.get_mut(usize::from(hj633::category(index)) - 1) {
            *n += 1;
        }
    }

    /// Days with an index.
    pub fn judged(&self) -> usize {
        self.of_category.iter().sum()
    }

    /// Share of good and excellent days (优良率); `None` without days.
    pub fn good_share(&self) -> Option<f64> {
        let good = self.of_category[0] + self.of_category[1];
        (self.judged() > 0).then(|| good as f64 / self.judged() as f64)
    }

    /// Days of heavy pollution and worse (重污染天).
    pub fn heavy(&self) -> usize {
        self.of_category[4] + self.of_category[5]
    }
}

/// Days counted for a code and every code above it; the region is the empty code.
pub fn count_days<'a>(days: &[(&'a str, u16)], parent: &BTreeMap<&'a str, &'a str>) -> BTreeMap<&'a str, DayCount> {
    let mut counts: BTreeMap<&str, DayCount> = BTreeMap::new();
    for (code, index) in days {
        for above in chain(code, parent) {
            counts.entry(above).or_default().add(*index);
        }
    }
    counts
}

/// One side of a comparison of two years.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The value, any unit.
    pub value: f64,
    /// The stations behind it.
    pub stations: BTreeSet<String>,
    /// The rule version that made it.
    pub rule: String,
    /// Whether gases stand at the reference state of 298.15 K.
    pub state_298: bool,
    /// Whether dust days were left out.
    pub dust_left_out: bool,
}

/// Relative change from one year to the next, or the sentence (zh, en) why there is none.
pub fn year_on_year(before: &Side, after: &Side) -> Result<f64, (String, String)> {
    if before.stations != after.stations {
        let differ = before.stations.symmetric_difference(&after.stations).count();
        return Err((
            format!("两年站点不同（{differ} 个站点只在其中一年），不作同比"),
            format!("the stations differ ({differ} of them in one year only), so the years are not compared"),
        ));
    }
    if before.rule != after.rule {
        return Err((
            format!("两年所用标准不同（{}、{}），不作同比", before.rule, after.rule),
            format!("the rules differ ({} and {}), so the years are not compared", before.rule, after.rule),
        ));
    }
    if before.state_298 != after.state_298 {
        return Err((
            "两年气体参比状态不同，须先换算，不作同比".into(),
            "the reference states of gases differ; convert one year first".into(),
        ));
    }
    if before.dust_left_out != after.dust_left_out {
        return Err((
            "两年沙尘天处理方式不同，不作同比".into(),
            "dust days were left out in one year only, so the years are not compared".into(),
        ));
    }
    if before.stations.is_empty() || before.value <= 0.0 || !after.value.is_finite() {
        return Err(("没有可比的数据".into(), "there are no data to compare".into()));
    }
    Ok(after.value / before.value - 1.0)
}
