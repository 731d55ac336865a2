//! What is asked for in a window of time, and what was asked for in an earlier one.

use super::calendar::{Period, Time};
use serde::Serialize;

/// How strictly a rule binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Obligation {
    /// Must be done.
    Must,
    /// Should be done where able.
    Should,
}

/// One rule of an event: these sources stop this share in this window.
#[derive(Debug, Clone, Serialize)]
pub struct EventRule {
    /// Identifier.
    pub id: String,
    /// From the first hour to the hour after the last.
    pub window: Period,
    /// Code of a member (or of a member above); `None` = all.
    pub member: Option<String>,
    /// Structure; `None` = all.
    pub structure: Option<String>,
    /// Sector; `None` = all.
    pub sector: Option<String>,
    /// Share of the emission to stop, 0 to 1.
    pub cut: f64,
    /// How strictly it binds.
    pub obligation: Obligation,
    /// Chinese wording.
    pub name_zh: String,
    /// English wording.
    pub name_en: String,
    /// Standing of the rule.
    pub mark: String,
    /// Where it is from.
    pub origin: String,
}

/// A past campaign.
#[derive(Debug, Clone, Serialize)]
pub struct Campaign {
    /// Identifier.
    pub id: String,
    /// Station where the effect is looked for.
    pub treated: String,
    /// When it ran.
    pub window: Period,
    /// Reported cuts: precursor, share at the treated member, share in the region.
    pub cuts: Vec<(String, Option<f64>, Option<f64>)>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A published share to stand beside ours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// Identifier.
    pub id: String,
    /// Stations it speaks of.
    pub receptors: Vec<String>,
    /// Season and year it speaks of.
    pub season: String,
    /// Whose share.
    pub origin: Origin,
    /// Lower end, %.
    pub low: f64,
    /// Upper end, %.
    pub high: f64,
    /// Citation.
    pub source: String,
}

/// Where a contribution comes from, seen from a receptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The receptor's own member.
    Local,
    /// Other members.
    Region,
    /// Outside the region.
    Outside,
}

/// One measured (or rejected) value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reading {
    /// Start of the period it stands for.
    pub time: Time,
    /// Length of that period, s.
    pub seconds: i64,
    /// SI value; `None` = missing.
    pub value: Option<f64>,
    /// Line of the table it came from.
    pub line: u64,
}

/// One hour of the weather station, in SI.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeatherHour {
    /// Start of the hour.
    pub time: Time,
    /// Where the wind comes from, degrees; `None` with no wind or no reading.
    pub wind_from_deg: Option<f64>,
    /// Wind speed, m s⁻¹.
    pub speed_m_s: Option<f64>,
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Dew point, °C.
    pub dew_point_c: Option<f64>,
    /// Pressure, hPa.
    pub pressure_hpa: Option<f64>,
    /// Rain in the hour, mm.
    pub rain_mm: Option<f64>,
}
