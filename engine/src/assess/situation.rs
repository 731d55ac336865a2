//! The roll-up: how many days and months of which quality, for the region and for each top-level member.
//!
//! A station-day with an index counts once, whatever the size of the city; a section-month with a class counts once. The
//! mean of PM2.5 is over station-days, the mean of a day taken as in [`super::daily`].

use super::{AirDay, MemberSituation, WaterGrade};
use crate::region::Case;
use std::collections::BTreeMap;

/// Good or excellent up to here.
const GOOD: u16 = 100;
/// Heavily polluted above.
const HEAVY: u16 = 200;

/// The region first, then its top-level members in the order of their table. `pm25` is (station, daily mean).
pub fn roll_up(case: &Case, air: &[AirDay], water: &[WaterGrade], pm25: &[(String, f64)]) -> Vec<MemberSituation> {
    let stations: BTreeMap<&str, &str> = case.stations.iter().map(|s| (s.id.as_str(), case.top(&s.member))).collect();
    let sections: BTreeMap<&str, &str> = case.sections.iter().map(|s| (s.id.as_str(), case.top(&s.member))).collect();
    let of = |owner: Option<&&str>, member: &str| member.is_empty() || owner.is_some_and(|o| *o == member);
    let count = |member: &str| {
        let indices: Vec<u16> =
            air.iter().filter(|d| of(stations.get(d.station.as_str()), member)).filter_map(|d| d.index).collect();
        let grades: Vec<&WaterGrade> =
            water.iter().filter(|g| g.class.is_some() && of(sections.get(g.section.as_str()), member)).collect();
        let means: Vec<f64> =
            pm25.iter().filter(|(s, _)| of(stations.get(s.as_str()), member)).map(|(_, v)| *v).collect();
        MemberSituation {
            member: member.to_string(),
            air_days: indices.len(),
            good_days: indices.iter().filter(|i| **i <= GOOD).count(),
            heavy_days: indices.iter().filter(|i| **i > HEAVY).count(),
            pm25_mean: (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64),
            section_months: grades.len(),
            class_1_to_3: grades.iter().filter(|g| g.class.is_some_and(|k| k <= 3)).count(),
            worse_than_5: grades.iter().filter(|g| g.class.is_some_and(|k| k > 5)).count(),
            missed_target: grades.iter().filter(|g| g.meets_target == Some(false)).count(),
        }
    };
    let mut list = vec![count("")];
    list.extend(case.top_members().map(|m| count(&m.code)));
    list
}
