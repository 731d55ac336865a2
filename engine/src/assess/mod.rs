//! Assess (评价): flagged series against the standard in force that day.

use crate::region::calendar::Period;
use crate::region::pollutant::Pollutant;
use serde::Serialize;

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
    /// The items of the worst class, with their multiple of the class Ⅲ limit beyond it (0 where within).
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
