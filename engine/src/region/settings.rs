//! `region.toml`: what holds for the whole case.

use super::calendar::{HOUR, Period, Time};
use crate::problem::{Problem, Problems};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The settings of a case, in SI.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// Identifier, also the name of output.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// The zone of plain dates and of reports, seconds east of Greenwich.
    pub utc_offset_s: i64,
    /// How far results may be trusted; travels into every output.
    pub quality: Quality,
    /// Why, in Chinese.
    pub quality_note_zh: String,
    /// Why, in English.
    pub quality_note_en: String,
    /// The map approval number (审图号), printed under maps when given.
    pub map_approval: String,
    /// The period of the air tables.
    pub air_period: Option<Period>,
    /// The period of the water tables.
    pub water_period: Option<Period>,
    /// Rule for the air index.
    pub air_rule: String,
    /// Rule for the water class.
    pub water_rule: String,
    /// The screening air model.
    pub air: AirSettings,
    /// Planning.
    pub plan: PlanSettings,
}

/// How far a result may be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Schematic inputs: an order of magnitude and a direction, not a figure to act on alone.
    Screening,
    /// Inputs of the kind the method was made for.
    Standard,
}

impl Quality {
    /// `screening` or `standard`.
    pub fn id(self) -> &'static str {
        match self {
            Quality::Screening => "screening",
            Quality::Standard => "standard",
        }
    }
}

/// Settings of the screening air model ([`crate::transport::air`]).
#[derive(Debug, Clone, Serialize)]
pub struct AirSettings {
    /// Latitude of the weather station, degrees.
    pub latitude: f64,
    /// Its longitude, degrees.
    pub longitude: f64,
    /// Width of the compass sector that `wind_from` stands for, degrees.
    pub sector_width_deg: f64,
    /// Height of the wind, m.
    pub wind_height_m: f64,
    /// Roughness length, m.
    pub roughness_m: f64,
    /// Cell of the footprint grid, degrees.
    pub cell_deg: f64,
    /// Radius of the disc that a receptor averages over, m.
    pub receptor_radius_m: f64,
    /// How far back particles are followed, h.
    pub hours: usize,
    /// Particles per receptor and arrival hour.
    pub particles: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// Settings of the plan.
#[derive(Debug, Clone, Serialize)]
pub struct PlanSettings {
    /// Yearly interest rate that spreads investment over a measure's life.
    pub interest_rate: f64,
    /// Year whose prices the costs are in.
    pub price_year: i32,
}

const FILE: &str = "region.toml";

/// A reader over the TOML tree that notes problems with their lines.
struct Reader<'a> {
    text: &'a str,
    root: &'a DeTable<'a>,
    problems: &'a mut Problems,
    /// Every key that was looked for; any other in the file is a slip of the pen.
    asked: RefCell<BTreeSet<(String, String)>>,
}

impl Reader<'_> {
    fn line_of(&self, at: usize) -> u64 {
        1 + self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() as u64
    }

    fn refuse(&mut self, key: &str, at: Option<usize>, value: &str, limit: &str, remedy: &str) {
        let line = at.map(|at| self.line_of(at));
        self.problems.add(Problem {
            file: FILE.into(),
            line,
            field: key.into(),
            value: value.into(),
            limit: limit.into(),
            remedy: remedy.into(),
        });
    }

    fn find(&self, section: &str, key: &str) -> Option<(usize, &DeValue<'_>)> {
        self.asked.borrow_mut().insert((section.to_string(), key.to_string()));
        let DeValue::Table(table) = self.root.get(section)?.get_ref() else { return None };
        let value: &Spanned<DeValue<'_>> = table.get(key)?;
        Some((value.span().start, value.get_ref()))
    }

    fn text(&mut self, section: &str, key: &str, default: Option<&str>) -> String {
        let name = format!("{section}.{key}");
        match self.find(section, key) {
            Some((_, DeValue::String(s))) => s.to_string(),
            Some((at, _)) => {
                self.refuse(&name, Some(at), "", "must be a text in quotes", "write it in quotes");
                default.unwrap_or_default().to_string()
            }
            None => {
                if default.is_none() {
                    self.refuse(&name, None, "", "the key is missing", "add it");
                }
                default.unwrap_or_default().to_string()
            }
        }
    }

    fn number(&mut self, section: &str, key: &str, default: f64, low: f64, high: f64, unit: &str) -> f64 {
        let name = format!("{section}.{key}");
        let Some((at, found)) = self.find(section, key) else { return default };
        let parsed = match found {
            DeValue::Integer(i) => i64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok().map(|i| i as f64),
            DeValue::Float(f) => f.as_str().replace('_', "").parse::<f64>().ok(),
            _ => None,
        };
        match parsed {
            Some(value) if value >= low && value <= high => value,
            Some(value) => {
                let limit = format!("must lie from {low} to {high} {unit}");
                self.refuse(&name, Some(at), &value.to_string(), limit.trim_end(), "correct the value, or its unit");
                default
            }
            None => {
                self.refuse(
                    &name,
                    Some(at),
                    "",
                    &if unit.is_empty() {
                        "must be a number".to_string()
                    } else {
                        format!("must be a number ({unit})")
                    },
                    "write digits without quotes",
                );
                default
            }
        }
    }

    fn period(&mut self, key: &str, utc_offset_s: i64) -> Option<Period> {
        let name = format!("period.{key}");
        let (at, value) = self.find("period", key)?;
        let texts: Vec<String> = match value {
            DeValue::Array(items) => items
                .iter()
                .filter_map(|i| if let DeValue::String(s) = i.get_ref() { Some(s.to_string()) } else { None })
                .collect(),
            _ => Vec::new(),
        };
        let shown = texts.join(" to ");
        let moments: Vec<Time> = texts.iter().filter_map(|t| Time::parse(t, utc_offset_s)).collect();
        match moments.as_slice() {
            [start, end] if start < end && end.0 - start.0 <= super::table::LONGEST_PERIOD_S => {
                Some(Period { start: *start, end: *end })
            }
            [_, _] => {
                self.refuse(
                    &name,
                    Some(at),
                    &shown,
                    "the end must come after the start, by ten years at most",
                    "write [\"first day\", \"first day after\"]",
                );
                None
            }
            _ => {
                self.refuse(
                    &name,
                    Some(at),
                    &shown,
                    "must be two ISO 8601 dates",
                    "write [\"2015-11-15\", \"2016-01-01\"]",
                );
                None
            }
        }
    }
}

impl Reader<'_> {
    /// A misspelt key would leave a default in force without a word.
    fn refuse_unknown(&mut self) {
        let asked = self.asked.take();
        let mut unknown: Vec<(String, usize, &str)> = Vec::new();
        for (section, value) in self.root {
            let name = section.get_ref().to_string();
            if !asked.iter().any(|(s, _)| *s == name) {
                unknown.push((name, section.span().start, "is not a section of region.toml"));
            } else if let DeValue::Table(table) = value.get_ref() {
                let strange = table.keys().filter(|k| !asked.contains(&(name.clone(), k.get_ref().to_string())));
                unknown.extend(strange.map(|k| {
                    (format!("{name}.{}", k.get_ref()), k.span().start, "is not a key that region.toml may have")
                }));
            } else {
                unknown.push((name, section.span().start, "must be a section, written [name]"));
            }
        }
        for (name, at, limit) in unknown {
            self.refuse(&name, Some(at), "", limit, "see docs/reference/case.md for the spelling, or take it away");
        }
    }

    /// The identifier names folders of output.
    fn identifier(&mut self) -> String {
        let id = self.text("region", "id", None);
        // Missing or not a text: said above.
        let at = self.find("region", "id").filter(|(_, v)| matches!(v, DeValue::String(_))).map(|(at, _)| at);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if at.is_some() && (id.is_empty() || id.len() > 64 || !id.chars().all(plain)) {
            let limit = "must be letters, digits and hyphens, 64 at most";
            self.refuse("region.id", at, &id, limit, "it names files; the names for people are name_zh and name_en");
        }
        id
    }
}

impl Settings {
    /// Reads `region.toml`; `None` where it cannot be read as TOML at all.
    pub fn read(folder: &Path, problems: &mut Problems) -> Option<Settings> {
        let whole = |line: Option<u64>, limit: String, remedy: &str| Problem {
            file: FILE.into(),
            line,
            field: String::new(),
            value: String::new(),
            limit,
            remedy: remedy.into(),
        };
        let text = match std::fs::read_to_string(folder.join(FILE)) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                problems.add(whole(
                    None,
                    "the file is missing".into(),
                    "a case is a folder with a region.toml; see docs/reference/case.md",
                ));
                return None;
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
                problems.add(whole(
                    None,
                    "the text is not UTF-8".into(),
                    "save it as UTF-8 (a GBK file must be converted)",
                ));
                return None;
            }
            Err(cause) => {
                problems.add(whole(None, format!("cannot be read ({cause})"), "check the file and its permissions"));
                return None;
            }
        };
        let document = match DeTable::parse(&text) {
            Ok(document) => document,
            Err(cause) => {
                let line = cause
                    .span()
                    .map(|s| 1 + text.as_bytes().iter().take(s.start).filter(|b| **b == b'\n').count() as u64);
                problems.add(whole(
                    line,
                    format!("is not TOML: {}", cause.message()),
                    "compare with the example in docs/reference/case.md",
                ));
                return None;
            }
        };
        let mut r = Reader { text: &text, root: document.get_ref(), problems, asked: RefCell::default() };
        let utc_offset_s = (r.number("region", "utc_offset_hours", 0.0, -12.0, 14.0, "hours") * HOUR as f64) as i64;
        let quality_text = r.text("region", "quality", Some("screening"));
        let quality = match quality_text.as_str() {
            "standard" => Quality::Standard,
            "screening" => Quality::Screening,
            _ => {
                let at = r.find("region", "quality").map(|(at, _)| at);
                r.refuse(
                    "region.quality",
                    at,
                    &quality_text,
                    "must be screening or standard",
                    "use one of these words",
                );
                Quality::Screening
            }
        };
        let rule = |r: &mut Reader<'_>, key: &str, only: &str| {
            let id = r.text("rules", key, Some(only));
            if id != only {
                let at = r.find("rules", key).map(|(at, _)| at);
                r.refuse(
                    &format!("rules.{key}"),
                    at,
                    &id,
                    "is not a rule this version knows",
                    &format!("use \"{only}\""),
                );
            }
            id
        };
        let settings = Settings {
            id: r.identifier(),
            name_zh: r.text("region", "name_zh", None),
            name_en: r.text("region", "name_en", None),
            utc_offset_s,
            quality,
            quality_note_zh: r.text("region", "quality_note_zh", Some("")),
            quality_note_en: r.text("region", "quality_note_en", Some("")),
            map_approval: r.text("region", "map_approval", Some("")),
            air_period: r.period("air", utc_offset_s),
            water_period: r.period("water", utc_offset_s),
            air_rule: rule(&mut r, "air", "HJ 633-2012"),
            water_rule: rule(&mut r, "water", "GB 3838-2002"),
            air: AirSettings {
                latitude: r.number("air", "latitude", 31.0, -66.0, 66.0, "degrees"),
                longitude: r.number("air", "longitude", 121.0, -180.0, 180.0, "degrees"),
                sector_width_deg: r.number("air", "sector_width_deg", 22.5, 0.1, 180.0, "degrees"),
                wind_height_m: r.number("air", "wind_height_m", 10.0, 2.0, 100.0, "m"),
                roughness_m: r.number("air", "roughness_m", 0.3, 1e-4, 1.9, "m"),
                cell_deg: r.number("air", "cell_deg", 0.25, 0.01, 2.0, "degrees"),
                receptor_radius_m: r.number("air", "receptor_radius_m", 10_000.0, 100.0, 100_000.0, "m"),
                hours: r.number("air", "hours", 72.0, 1.0, 240.0, "h") as usize,
                particles: r.number("air", "particles", 48.0, 1.0, 100_000.0, "particles") as usize,
                seed: r.number("air", "seed", 1.0, 0.0, 9e15, "") as u64,
            },
            plan: PlanSettings {
                interest_rate: r.number("plan", "interest_rate", 0.05, 0.0, 1.0, "a year"),
                price_year: r.number("plan", "price_year", 2020.0, 1900.0, 2100.0, "") as i32,
            },
        };
        r.refuse_unknown();
        Some(settings)
    }
}
