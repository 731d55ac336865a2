//! What a turn looks like to a person: one page for the browser and the printer, one screen for the terminal.

pub mod charts;
mod cover;
#[cfg(test)]
pub mod example;
mod executive;
pub mod html;
pub mod map;
mod method;
mod models;
mod orders;
mod origins;
pub mod page;
mod plan;
mod proof;
mod reference;
mod situation;
pub mod summary;
pub mod words;

use liankong_engine::attribute::{Closure, MatrixCell};
use liankong_engine::cycle::{FootprintMap, Turn, VERBS, Verb};
use liankong_engine::observe::Flag;
use liankong_engine::plan::TargetOutcome;
use liankong_engine::region::pollutant::Pollutant;
use liankong_engine::region::{Case, Period, Quality, Time};
use std::collections::BTreeMap;
use std::path::Path;
use words::Words;

/// A turn with the case it is about.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The case.
    pub case: &'a Case,
    /// What was found.
    pub turn: &'a Turn,
    /// The last verb that was asked for.
    pub until: Verb,
    /// Where the coefficients of the daily models come from, in the tables' own words: file and sources.
    pub origins: &'a [(String, String)],
}

/// The tables that the daily models take coefficients from.
const COEFFICIENTS: [&str; 2] = ["air_model.csv", "climatology.csv"];

/// What the tables of a case say of the origin of the models' coefficients; a table that says nothing is left out.
pub fn origins_of(folder: &Path) -> Vec<(String, String)> {
    const NAMED: usize = 3;
    let of_file = |file: &str| {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(folder.join(file)).ok()?;
        let column = reader.headers().ok()?.iter().position(|h| h.trim() == "source")?;
        let mut found: Vec<String> = Vec::new();
        for record in reader.records().filter_map(Result::ok) {
            let source = record.get(column).unwrap_or_default().trim();
            if !source.is_empty() && !found.iter().any(|f| f == source) {
                found.push(source.to_string());
            }
        }
        found.truncate(NAMED);
        (!found.is_empty()).then(|| (file.to_string(), found.join("; ")))
    };
    COEFFICIENTS.iter().filter_map(|file| of_file(file)).collect()
}

/// Whether a plan reaches a target, within the solver's tolerance.
pub fn met(target: &TargetOutcome) -> bool {
    target.value <= target.limit * (1.0 + 1e-6)
}

/// The hour that begins last in a period.
pub fn last_hour(window: Period) -> Time {
    Time((window.end.0 - 3600).max(window.start.0))
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Name {
    /// From both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Name {
        Name { zh: zh.into(), en: en.into() }
    }

    /// The same in both languages.
    pub fn same(text: &str) -> Name {
        Name::new(text, text)
    }
}

impl From<Words> for Name {
    fn from(words: Words) -> Self {
        Name::new(words.0, words.1)
    }
}

impl<'a> View<'a> {
    /// Whether pictures carry the watermark.
    pub fn screening(&self) -> bool {
        self.case.settings.quality == Quality::Screening
    }

    /// A table or chart with the files its figures stand in.
    pub fn sourced(&self, files: &[&str], content: &str) -> String {
        html::sourced(self.screening(), files, content)
    }

    /// The id of the last verb.
    pub fn until_id(&self) -> &'static str {
        VERBS.iter().find(|(verb, ..)| *verb == self.until).map_or("", |(_, id, _)| id)
    }

    /// What is to be said of the coefficients of the fitted models, where there is one.
    pub fn fitted(&self) -> Option<Words> {
        let used = self.turn.attribution.skill.iter().any(|s| s.basis == "air_model.csv");
        let invented = self.case.marks.get("air_model.csv").is_some_and(|marks| marks.contains_key("synthetic"));
        used.then_some(if invented { words::SKILL_INVENTED } else { words::SKILL_FITTED })
    }

    /// A member's name; its code where it is unknown; `outside` has its own words, empty is the region.
    pub fn member(&self, code: &str) -> Name {
        match (code, self.case.member(code)) {
            ("", _) => words::WHOLE_REGION.into(),
            ("outside", None) => words::OUTSIDE.into(),
            ("joint", None) => words::JOINT.into(),
            (_, Some(member)) => Name::new(&member.name_zh, &member.name_en),
            (_, None) => Name::same(code),
        }
    }

    /// A station's or section's name.
    pub fn receptor(&self, id: &str) -> Name {
        let station = self.case.stations.iter().find(|s| s.id == id).map(|s| Name::new(&s.name_zh, &s.name_en));
        let section = || self.case.sections.iter().find(|s| s.id == id).map(|s| Name::new(&s.name_zh, &s.name_en));
        station.or_else(section).unwrap_or_else(|| Name::same(id))
    }

    /// Mean of the usable daily PM2.5 by station, kg m⁻³.
    pub fn pm25_by_station(&self) -> BTreeMap<&'a str, f64> {
        let mut means: BTreeMap<&str, f64> = BTreeMap::new();
        for series in self.turn.observed.series.iter().filter(|s| s.pollutant == Pollutant::Pm25) {
            let values: Vec<f64> =
                series.samples.iter().filter(|s| s.flag == Flag::Ok).filter_map(|s| s.value).collect();
            // Daily readings stand for themselves; hourly ones count only where there are no daily ones.
            let daily = series.averaging_s == liankong_engine::region::calendar::DAY;
            if !values.is_empty() && (daily || !means.contains_key(series.receptor.as_str())) {
                means.insert(&series.receptor, values.iter().sum::<f64>() / values.len() as f64);
            }
        }
        means
    }

    /// Mean PM2.5 over the stations of each member, kg m⁻³.
    pub fn pm25_by_member(&self) -> BTreeMap<&'a str, f64> {
        let by_station = self.pm25_by_station();
        let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for station in &self.case.stations {
            if let Some(mean) = by_station.get(station.id.as_str()) {
                let sum = sums.entry(&station.member).or_default();
                *sum = (sum.0 + mean, sum.1 + 1.0);
            }
        }
        sums.into_iter().map(|(member, (sum, n))| (member, sum / n)).collect()
    }

    /// The class that each section had in most of its periods (the worse of two equally common), 1 to 6, and the number of
    /// its periods with a class.
    pub fn usual_class(&self) -> BTreeMap<&'a str, (u8, usize)> {
        let mut counts: BTreeMap<&str, [usize; 7]> = BTreeMap::new();
        for grade in &self.turn.assessment.water {
            if let Some(class) = grade.class {
                counts.entry(&grade.section).or_default()[usize::from(class.min(6))] += 1;
            }
        }
        let usual = |counts: [usize; 7]| {
            let most = (1..=6u8).max_by_key(|c| (counts[usize::from(*c)], *c)).unwrap_or(6);
            (most, counts.iter().sum())
        };
        counts.into_iter().map(|(section, counts)| (section, usual(counts))).collect()
    }

    /// The station that the story looks at: the one the event protects, else the campaign's, else the first on the map.
    pub fn station_in_focus(&self) -> Option<&'a str> {
        let event = self.turn.orders.receptor.as_deref();
        let campaign = self.turn.verification.first().map(|c| c.treated.as_str());
        event.or(campaign).or_else(|| self.turn.maps.first().map(|m| m.station.as_str()))
    }

    /// The footprint that the report draws: of the station in focus, else the first.
    pub fn map_in_focus(&self) -> Option<&'a FootprintMap> {
        let focus = self.station_in_focus();
        self.turn.maps.iter().find(|m| Some(m.station.as_str()) == focus).or(self.turn.maps.first())
    }

    /// The top-level member of a station or section.
    pub fn top_of_receptor(&self, id: &str) -> Option<&'a str> {
        let station = self.case.stations.iter().find(|s| s.id == id).map(|s| s.member.as_str());
        let section = || self.case.sections.iter().find(|s| s.id == id).map(|s| s.member.as_str());
        station.or_else(section).map(|member| self.case.top(member))
    }

    /// How many receptors of a member stand behind a cell of a matrix.
    pub fn receptors_behind(&self, cell: &MatrixCell) -> usize {
        let alike = |c: &&Closure| c.medium == cell.medium && c.pollutant == cell.pollutant;
        let closure = self.turn.attribution.closure.iter().filter(alike);
        closure.filter(|c| self.top_of_receptor(&c.receptor) == Some(cell.to.as_str())).count()
    }

    /// First and last day of the case's periods, air and water.
    pub fn periods(&self) -> (Option<Days>, Option<Days>) {
        let settings = &self.case.settings;
        (settings.air_period.map(|p| self.days(p)), settings.water_period.map(|p| self.days(p)))
    }

    /// First and last day of a period, in the case's zone.
    pub fn days(&self, period: Period) -> Days {
        let zone = self.case.settings.utc_offset_s;
        (period.start.date(zone), Time(period.end.0 - 1).date(zone))
    }
}

/// First and last day as text.
type Days = (String, String);
