//! The panel: one daily series for each place over common days, and its logarithms.
//!
//! ```text
//! a_jt = ln max(C_jt, 1 µg m⁻³) − mean over t of the same          anomaly of place j on day t
//! z_jt = a_jt, or the mean of the other places' a on day t where j has no value
//! ```
//!
//! Logarithms, because haze multiplies: a cut of a tenth is the same step on a clean day and on a dirty one, and one
//! episode does not outweigh a month. The floor of 1 µg m⁻³ keeps a reported zero from becoming minus infinity.

use crate::observe::Observed;
use crate::region::Case;
use crate::region::calendar::{DAY, Period, Time};
use crate::region::geometry::Point;
use crate::region::pollutant::Pollutant;
use std::collections::BTreeMap;
use std::ops::Range;

/// Least concentration that is taken, kg m⁻³.
const FLOOR: f64 = 1e-9;

/// The daily means of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct DailySeries {
    /// Station.
    pub id: String,
    /// Member that answers for it: other places of the treated one's member are never its controls.
    pub member: String,
    /// Where it stands.
    pub place: Point,
    /// kg m⁻³, one for each day of the panel; `None` = no usable value.
    pub values: Vec<Option<f64>>,
}

/// Daily series over common days.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Start of the first day.
    pub first: Time,
    /// The places; each with one value a day.
    pub series: Vec<DailySeries>,
}

impl Panel {
    /// Daily PM2.5 of every station that has a 24 h series, over the air period of a case.
    pub fn of_case(case: &Case, observed: &Observed) -> Option<Panel> {
        let days = case.settings.air_period?.days(case.settings.utc_offset_s);
        let first = days.first()?.start;
        let series = case.stations.iter().filter_map(|station| {
            let usable: BTreeMap<Time, f64> =
                observed.find(&station.id, Pollutant::Pm25, DAY)?.usable().map(|(p, v)| (p.start, v)).collect();
            let values: Vec<Option<f64>> = days.iter().map(|d| usable.get(&d.start).copied()).collect();
            values.iter().any(Option::is_some).then(|| DailySeries {
                id: station.id.clone(),
                member: station.member.clone(),
                place: station.place,
                values,
            })
        });
        Some(Panel { first, series: series.collect() })
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.series.iter().map(|s| s.values.len()).max().unwrap_or(0)
    }

    /// The days of the panel that lie wholly in a period.
    pub fn indices(&self, period: Period) -> Range<usize> {
        let whole = |seconds: i64| usize::try_from(seconds.div_euclid(DAY).max(0)).unwrap_or(0).min(self.days());
        let start = whole(period.start.0 - self.first.0 + DAY - 1);
        start..whole(period.end.0 - self.first.0).max(start)
    }

    /// The period that a range of days spans.
    pub fn period(&self, days: &Range<usize>) -> Period {
        let at = |index: usize| Time(self.first.0 + index as i64 * DAY);
        Period { start: at(days.start), end: at(days.end) }
    }

    /// Usable concentration of a place on a day.
    pub fn value(&self, place: usize, day: usize) -> Option<f64> {
        self.series.get(place)?.values.get(day).copied().flatten().filter(|v| v.is_finite())
    }

    /// How many of some days have a value at a place.
    pub fn present(&self, place: usize, days: &[usize]) -> usize {
        days.iter().filter(|d| self.value(place, **d).is_some()).count()
    }

    /// Mean concentration at a place over a range of days, where at least half of them have a value.
    pub fn mean(&self, place: usize, days: Range<usize>) -> Option<f64> {
        let values: Vec<f64> = days.clone().filter_map(|d| self.value(place, d)).collect();
        (!values.is_empty() && 2 * values.len() >= days.len()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The anomalies a_jt.
    pub fn anomalies(&self) -> Anomalies {
        let of = |place: usize| {
            let logs: Vec<Option<f64>> =
                (0..self.days()).map(|d| self.value(place, d).map(|v| v.max(FLOOR).ln())).collect();
            let present: Vec<f64> = logs.iter().flatten().copied().collect();
            let mean = present.iter().sum::<f64>() / present.len().max(1) as f64;
            logs.into_iter().map(|log| log.map(|l| l - mean)).collect()
        };
        Anomalies { of_place: (0..self.series.len()).map(of).collect() }
    }
}

/// Logarithms of the panel, each place about its own mean.
#[derive(Debug, Clone)]
pub struct Anomalies {
    of_place: Vec<Vec<Option<f64>>>,
}

impl Anomalies {
    /// a_jt.
    pub fn at(&self, place: usize, day: usize) -> Option<f64> {
        self.of_place.get(place)?.get(day).copied().flatten()
    }

    /// z_jt of some places on a day, gaps filled by the mean of the others; `None` on a day without any.
    pub fn filled(&self, places: &[usize], day: usize) -> Option<Vec<f64>> {
        let row: Vec<Option<f64>> = places.iter().map(|p| self.at(*p, day)).collect();
        let present: Vec<f64> = row.iter().flatten().copied().collect();
        if present.is_empty() {
            return None;
        }
        let mean = present.iter().sum::<f64>() / present.len() as f64;
        Some(row.into_iter().map(|a| a.unwrap_or(mean)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(values: Vec<Option<f64>>) -> Panel {
        let place = Point { lon: 120.0, lat: 30.0 };
        Panel { first: Time(0), series: vec![DailySeries { id: "a".into(), member: "m".into(), place, values }] }
    }

    #[test]
    fn only_whole_days_of_the_panel_belong_to_a_period() {
        let panel = panel(vec![Some(1e-8); 10]);
        let days = |start: i64, end: i64| panel.indices(Period { start: Time(start), end: Time(end) });
        assert_eq!(days(2 * DAY, 5 * DAY), 2..5);
        assert_eq!(days(2 * DAY + 1, 5 * DAY - 1), 3..4);
        assert_eq!(days(-5 * DAY, 90 * DAY), 0..10);
        assert!(days(20 * DAY, 30 * DAY).is_empty());
    }

    #[test]
    fn anomalies_sum_to_nothing_and_zero_or_nonsense_does_not_spread() {
        let a = panel(vec![Some(0.0), Some(f64::NAN), None, Some(30e-9), Some(50e-9)]).anomalies();
        let present: Vec<f64> = (0..5).filter_map(|d| a.at(0, d)).collect();
        assert_eq!(present.len(), 3);
        assert!(present.iter().all(|v| v.is_finite()) && present.iter().sum::<f64>().abs() < 1e-12);
        assert_eq!(a.at(0, 1), None);
        assert_eq!(a.filled(&[0], 2), None);
    }
}
