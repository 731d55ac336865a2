//! Assess (评价): flagged series against the standard in force that day.
//!
//! * [`rules()`]: the register of rules with their days; [`edition`]: which of them holds on a day;
//! * [`daily`]: a station's day, from 24 h values or from hours;
//! * [`hj633`]: the air index, daily and hourly; [`air`]: the other rules of the air, tables of readings, aggregation;
//! * [`gb3838`]: the class of surface water; [`gb3838_grading`]: from section to river and basin; [`disagreement`]: why a
//!   published class differs; [`trophic`]: lakes; [`black_odorous`]: urban water;
//! * [`situation`]: the roll-up by member.
//!
//! The edition follows the day, not the wish: a day from 2026-03-01 on is scored by HJ 633-2026 whatever `region.toml`
//! names, and every result says which rule made it.

pub mod air;
pub mod black_odorous;
pub mod daily;
pub mod disagreement;
pub mod edition;
pub mod gb3838;
pub mod gb3838_grading;
pub mod hj633;
pub mod rules;
pub mod situation;
pub mod trophic;

pub use rules::rules;

use crate::observe::Observed;
use crate::region::Case;
use crate::region::calendar::{DAY, Period, Time};
use crate::region::network::Section;
use crate::region::pollutant::{Medium, Pollutant};
use serde::Serialize;
use std::collections::BTreeMap;

/// One station's air on one day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AirDay {
    /// Station.
    pub station: String,
    /// The local day.
    pub day: Period,
    /// The index; `None` where the rule says `NA` (then the sub-indices stand alone).
    pub index: Option<u16>,
    /// Category 1 (excellent) to 6 (severely polluted).
    pub category: Option<u8>,
    /// Primary pollutants; empty up to an index of 50.
    pub primary: Vec<Pollutant>,
    /// Sub-index of each pollutant that was measured.
    pub sub_indices: Vec<(Pollutant, u16)>,
    /// The rule that made it.
    pub rule: &'static str,
}

/// One section's water over one period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaterGrade {
    /// Section.
    pub section: String,
    /// The month or day.
    pub period: Period,
    /// 1 to 5 for Ⅰ to Ⅴ, 6 for worse than Ⅴ; `None` where nothing could be judged.
    pub class: Option<u8>,
    /// The items of the worst class, with their multiple of the class Ⅲ limit beyond it (0 where within, and for DO and
    /// pH, which have none); empty at class Ⅰ.
    pub worst: Vec<(Pollutant, f64)>,
    /// Whether the section's target class is met; `None` without target or class.
    pub meets_target: Option<bool>,
    /// The rule that made it.
    pub rule: &'static str,
}

/// A member's (or the region's) air and water over the case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberSituation {
    /// Top-level member; empty for the whole region.
    pub member: String,
    /// Station-days with an index.
    pub air_days: usize,
    /// Of these, good or excellent (index ≤ 100).
    pub good_days: usize,
    /// Of these, heavily polluted (index > 200).
    pub heavy_days: usize,
    /// Mean PM2.5 over stations and days, kg m⁻³.
    pub pm25_mean: Option<f64>,
    /// Section-months with a class.
    pub section_months: usize,
    /// Of these, class Ⅰ to Ⅲ.
    pub class_1_to_3: usize,
    /// Of these, worse than Ⅴ.
    pub worse_than_5: usize,
    /// Of the section-months with a target, how many miss it.
    pub missed_target: usize,
}

/// What the air and water were, by the rules in force.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Assessment {
    /// By station and day.
    pub air: Vec<AirDay>,
    /// By section and period.
    pub water: Vec<WaterGrade>,
    /// The region first, then its top-level members.
    pub situation: Vec<MemberSituation>,
}

/// Judges the air of every station and day and the water of every section and month.
pub fn against_standards(case: &Case, observed: &Observed) -> Assessment {
    let (air, pm25) = judge_air(case, observed);
    let water = case.sections.iter().flat_map(|s| judge_section(s, observed, case.settings.utc_offset_s)).collect();
    let mut assessment = Assessment { air, water, situation: Vec::new() };
    assessment.situation = situation::roll_up(case, &assessment.air, &assessment.water, &pm25);
    assessment
}

fn judge_air(case: &Case, observed: &Observed) -> (Vec<AirDay>, Vec<(String, f64)>) {
    let zone = case.settings.utc_offset_s;
    let editions = edition::editions(zone);
    let tables: Vec<hj633::Breakpoints> = editions.iter().filter_map(|e| hj633::Breakpoints::of(e.rule)).collect();
    let (mut air, mut pm25) = (Vec::new(), Vec::new());
    for station in &case.stations {
        for (midnight, values) in daily::concentrations(observed, &station.id, zone) {
            let day = daily::day_of(midnight);
            let fine = values.iter().find(|(p, s, _)| *p == Pollutant::Pm25 && *s == DAY);
            pm25.extend(fine.map(|(_, _, v)| (station.id.clone(), *v)));
            let Some((rule, table)) = edition::in_force(&editions, edition::AIR_INDEX, day)
                .and_then(|e| Some((e.rule, tables.iter().find(|t| t.rule == e.rule)?)))
            else {
                continue;
            };
            let scored = table.day(&values);
            if scored.sub_indices.is_empty() {
                continue;
            }
            air.push(AirDay {
                station: station.id.clone(),
                day,
                index: scored.index,
                category: scored.index.map(hj633::category),
                primary: scored.primary,
                sub_indices: scored.sub_indices,
                rule,
            });
        }
    }
    (air, pm25)
}

/// The months of one section: monthly values as they are, daily values averaged over the month first.
fn judge_section(section: &Section, observed: &Observed, zone: i64) -> Vec<WaterGrade> {
    let standard = gb3838::Standard::table();
    let mut sums: BTreeMap<Period, BTreeMap<Pollutant, (f64, usize)>> = BTreeMap::new();
    for series in observed.series.iter().filter(|s| s.medium == Medium::Water && s.receptor == section.id) {
        for (period, value) in series.usable() {
            let sum = sums.entry(month_of(period.start, zone)).or_default().entry(series.pollutant).or_default();
            *sum = (sum.0 + value, sum.1 + 1);
        }
    }
    let grade = |(period, sums): (Period, BTreeMap<Pollutant, (f64, usize)>)| {
        let means: Vec<(Pollutant, f64)> = sums.into_iter().map(|(p, (sum, n))| (p, sum / n as f64)).collect();
        let grade = standard.grade(section.body, &means);
        let class = grade.as_ref().map(|g| g.class);
        WaterGrade {
            section: section.id.clone(),
            period,
            class,
            worst: grade.map(|g| g.worst).unwrap_or_default(),
            meets_target: class.zip(section.target_class).map(|(class, target)| class <= target),
            rule: gb3838::RULE,
        }
    };
    sums.into_iter().map(grade).collect()
}

/// The local month that holds a moment.
fn month_of(time: Time, zone: i64) -> Period {
    let date = time.date(zone);
    let first = date.get(..7).and_then(|month| Time::parse(&format!("{month}-01"), zone));
    Period { start: first.unwrap_or(time), end: time.next_month(zone) }
}
