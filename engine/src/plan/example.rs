//! Small cases built in code, for the tests of planning and acting.

use crate::observe::{Flag, Observed, Sample, Series};
use crate::region::calendar::{DAY, Period, Time};
use crate::region::member::{Member, Station};
use crate::region::network::{Section, SectionRole, WaterBody};
use crate::region::settings::Quality;
use crate::region::source::{Effect, Emission, Measure, Site, Source, Target};
use crate::region::{Case, Medium, Point, Pollutant, sample};
use crate::transport::Footprint;
use crate::transport::footprint::{Axes, Column, ReceptorPeriod, ReceptorQuantity};

/// 20 days from 2015-12-01 in UTC+8.
pub fn period() -> Period {
    let start = Time::parse("2015-12-01", 8 * 3600).unwrap();
    Period { start, end: Time(start.0 + 20 * DAY) }
}

/// Members A (cities A1, A2) and B (city B1); nothing else.
pub fn case() -> Case {
    let mut case = sample::case();
    case.settings.utc_offset_s = 8 * 3600;
    case.settings.air_period = Some(period());
    case.settings.water_period = Some(period());
    let member = |code: &str, parent: Option<&str>| Member {
        code: code.into(),
        parent: parent.map(str::to_string),
        name_zh: code.into(),
        name_en: code.into(),
        area: None,
    };
    case.members = vec![
        member("A", None),
        member("B", None),
        member("A1", Some("A")),
        member("A2", Some("A")),
        member("B1", Some("B")),
    ];
    case
}

/// Adds a source with one species; gives its position.
pub fn add_source(case: &mut Case, id: &str, city: &str, medium: Medium, sector: &str, emits: (&str, f64)) -> usize {
    let source = case.sources.len();
    case.sources.push(Source {
        id: id.into(),
        member: Some(city.into()),
        medium,
        site: if medium == Medium::Air { Site::Area } else { Site::Diffuse { reach: "R".into() } },
        sector: sector.into(),
        structure: "industry".into(),
        height_m: 0.0,
        name_zh: id.into(),
        name_en: id.into(),
        mark: "synthetic".into(),
    });
    add_emission(case, source, emits, None);
    source
}

/// Adds an emission.
pub fn add_emission(case: &mut Case, source: usize, (species, rate_kg_s): (&str, f64), period: Option<Period>) {
    case.emissions.push(Emission { source, species: species.into(), rate_kg_s, period, mark: "synthetic".into() });
}

/// Adds a measure that costs `cost` CNY a year at share 1 and takes away what `effects` say (source, species, kg/s).
pub fn add_measure(case: &mut Case, id: &str, source: usize, effects: &[(usize, &str, f64)], cost: f64) {
    let effects =
        effects.iter().map(|(source, s, rate)| Effect { source: *source, species: (*s).into(), rate_kg_s: *rate });
    case.measures.push(Measure {
        id: id.into(),
        source,
        structure: "industry".into(),
        sector: "steel".into(),
        effects: effects.collect(),
        max_share: 1.0,
        capex_cny: 0.0,
        opex_cny_per_year: cost,
        life_years: 1.0,
        group: String::new(),
        name_zh: id.into(),
        name_en: id.into(),
        mark: "from memory".into(),
    });
}

/// Adds a receptor and its target over [`period`]; `limit` in the printed unit.
pub fn add_target(case: &mut Case, receptor: &str, city: &str, pollutant: Pollutant, limit: f64) {
    let medium = pollutant.spec().medium;
    let at = Point { lon: 121.0, lat: 31.0 };
    let (id, member) = (receptor.to_string(), city.to_string());
    match medium {
        Medium::Air => {
            case.stations.push(Station { id: id.clone(), member, place: at, name_zh: id.clone(), name_en: id });
        }
        Medium::Water => case.sections.push(Section {
            id: id.clone(),
            reach: None,
            distance_m: 0.0,
            role: SectionRole::Border,
            member,
            body: WaterBody::River,
            target_class: Some(3),
            river_chief: String::new(),
            place: None,
            name_zh: id.clone(),
            name_en: id,
        }),
    }
    case.targets.push(Target {
        id: format!("T-{receptor}"),
        receptor: receptor.into(),
        medium,
        pollutant,
        period: period(),
        limit: pollutant.from_printed(limit),
        origin: "example".into(),
    });
}

/// A footprint in which every source is a site of its own, with a row per target of that medium and one entry per source
/// and species: `f(receptor, source, species)` in printed unit per kg/s.
pub fn footprint(case: &Case, medium: Medium, species: &[&str], f: impl Fn(&str, usize, &str) -> f64) -> Footprint {
    let axes = Axes {
        medium,
        quantity: ReceptorQuantity::Concentration,
        sites: case.sources.iter().map(|s| s.id.clone()).collect(),
        source_sites: (0..).zip(&case.sources).map(|(i, s)| (s.medium == medium).then_some(i)).collect(),
        species: species.iter().map(|s| s.to_string()).collect(),
        bins: vec![period()],
        quality: Quality::Screening,
        origin: "example".into(),
        replicate_count: 0,
    };
    let mut footprint = Footprint::new(axes);
    for target in case.targets.iter().filter(|t| t.medium == medium) {
        let row = ReceptorPeriod {
            receptor: target.receptor.clone(),
            period: target.period,
            pollutant: target.pollutant.spec().id.into(),
        };
        let mut entries = Vec::new();
        for source in 0..case.sources.len() {
            for (k, name) in species.iter().enumerate() {
                let value = target.pollutant.from_printed(f(&target.receptor, source, name));
                let column = Column { site: source as u32, species: k as u16, bin: 0 };
                entries.push((column, value, Vec::new()));
            }
        }
        footprint.push_row(row, Vec::new(), entries);
    }
    footprint
}

/// One reading a day of each target's receptor, all of the value given, in the printed unit.
pub fn observed(case: &Case, now: impl Fn(&str) -> Option<f64>) -> Observed {
    let series = case.targets.iter().filter_map(|t| {
        let value = t.pollutant.from_printed(now(&t.receptor)?);
        let samples = t.period.days(case.settings.utc_offset_s).into_iter();
        Some(Series {
            receptor: t.receptor.clone(),
            medium: t.medium,
            pollutant: t.pollutant,
            averaging_s: DAY,
            samples: samples.map(|period| Sample { period, value: Some(value), flag: Flag::Ok, line: 1 }).collect(),
        })
    });
    Observed { series: series.collect() }
}
