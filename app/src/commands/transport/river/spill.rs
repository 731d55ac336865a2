//! `transport river spill`: when a spill arrives at each intake.

use super::given::{self, Noted, Options};
use crate::commands::river_network::read_network;
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::folder::{self, File};
use crate::output::number::{number, optional};
use crate::output::river_files::{self, csv};
use liankong_engine::problem::{Problem, Problems};
use liankong_engine::region::Time;
use liankong_engine::region::network::SectionRole;
use liankong_engine::region::river::Place;
use liankong_engine::transport::river::spill::{self, Felt, Ranged, Release, SpillOptions};
use serde::Serialize;
use std::path::PathBuf;

/// What it is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong transport river spill --network network.csv --sources spill.csv --sections intakes.csv --threshold 0.001 --out out/spill\n\n\
                        Each row of the sources is a release and needs start and end. Where a section has the role intake, only intakes are\n\
                        answered for. The range of an answer comes from the flow times 1 - U and 1 + U."
)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Releases: load_kg_s from start to end
    #[arg(long, value_name = "FILE")]
    sources: PathBuf,
    /// Intakes
    #[arg(long, value_name = "FILE")]
    sections: PathBuf,
    /// Relative uncertainty of the flow (the default is assumed)
    #[arg(long, value_name = "U", default_value_t = 0.2, value_parser = uncertainty)]
    flow_uncertainty: f64,
    /// What counts as there, mg/L, for every species [default: a tenth of the peak at each place]
    #[arg(long, value_name = "MG_L", value_parser = threshold)]
    threshold: Option<f64>,
}

fn uncertainty(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|x| (0.0..1.0).contains(x));
    found.ok_or_else(|| "must be at least 0 and below 1, such as 0.2".into())
}

fn threshold(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite());
    found.ok_or_else(|| "must be a concentration above 0 mg/L".into())
}

#[derive(Serialize)]
struct Passage<'a> {
    section: &'a str,
    species: &'a str,
    reached: bool,
    arrival: Option<[String; 3]>,
    arrival_s: Option<Ranged>,
    peak_time: Option<[String; 3]>,
    peak_s: Option<Ranged>,
    peak_kg_m3: Option<Ranged>,
    duration_s: Option<Ranged>,
    threshold_kg_m3: Option<f64>,
}

#[derive(Serialize)]
struct Summary<'a> {
    start: Time,
    flow_uncertainty: f64,
    passages: Vec<Passage<'a>>,
    elements: usize,
    cells: usize,
    steps: usize,
    complete: bool,
    mass_error: f64,
    excess_dispersion_m2_s: f64,
    #[serde(flatten)]
    noted: Noted<'a>,
    files: [&'a str; 1],
}

/// Answers and writes.
pub fn spill(arguments: &Arguments, desk: &Desk) -> Outcome {
    let options = &arguments.options;
    folder::fit_for_results(options.out())?;
    let mut read = read_network(options.network(), options.layer.as_deref())?;
    let (sources, sections) = given::places(Some(&arguments.sources), &arguments.sections, &read)?;
    let flow = given::flow(options, &mut read)?;
    let kinetics = given::kinetics(options, &sources)?;
    read.tell(desk);
    let mut problems = Problems::default();
    let mut releases = Vec::new();
    for source in &sources {
        match (source.period, kinetics.index(&source.species)) {
            (Some(period), Some(species)) => {
                releases.push(Release { place: source.place, species, period, kg_s: source.load_kg_s });
            }
            _ => problems.add(Problem {
                file: arguments.sources.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                line: Some(source.line),
                field: "start".into(),
                value: String::new(),
                limit: format!("{} is a spill, so it needs a beginning and an end", source.id),
                remedy: "give start and end; the mass is load_kg_s times the seconds between".into(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Input(problems.into_sorted()));
    }
    let intakes = sections.iter().any(|s| s.role == SectionRole::Intake);
    let mut asked: Vec<(&str, Place)> = Vec::new();
    for section in sections.iter().filter(|s| !intakes || s.role == SectionRole::Intake) {
        if asked.iter().all(|(id, _)| *id != section.id) {
            asked.push((&section.id, section.place));
        }
    }
    let places: Vec<Place> = asked.iter().map(|a| a.1).collect();
    let settings = SpillOptions {
        flow_uncertainty: arguments.flow_uncertainty,
        threshold_kg_m3: vec![arguments.threshold.map(|t| t * 1e-3); kinetics.species.len()],
        temperature_c: options.temperature,
    };
    let answer = spill::spill(&read.given.network, &flow, &kinetics, &releases, &places, &settings)?;
    if !answer.complete {
        desk.note("the run ended before the spill had gone by everywhere: durations are too short; give a longer flow");
    }
    let start = releases.iter().map(|r| r.period.start).min().unwrap_or(Time(0));
    let at = |seconds: f64| Time(start.0 + seconds.round() as i64).iso(0);
    let three = |r: Ranged| [r.value, r.low, r.high].map(at);
    let mut passages = Vec::new();
    for (place, (section, _)) in asked.iter().enumerate() {
        let found: Vec<&Felt> = answer.felt.iter().filter(|f| f.place == place).collect();
        for f in &found {
            passages.push(Passage {
                section,
                species: &kinetics.species[f.species],
                reached: true,
                arrival: f.arrival_s.map(three),
                arrival_s: f.arrival_s,
                peak_time: Some(three(f.peak_s)),
                peak_s: Some(f.peak_s),
                peak_kg_m3: Some(f.peak_kg_m3),
                duration_s: Some(f.duration_s),
                threshold_kg_m3: Some(f.threshold_kg_m3),
            });
        }
        if found.is_empty() {
            passages.push(Passage {
                section,
                species: "",
                reached: false,
                arrival: None,
                arrival_s: None,
                peak_time: None,
                peak_s: None,
                peak_kg_m3: None,
                duration_s: None,
                threshold_kg_m3: None,
            });
        }
    }
    river_files::put(options.out(), &[File { name: "spill.csv", bytes: table(&passages)? }])?;
    if desk.format == Format::Text {
        passages.iter().for_each(|p| desk.say(&sentence(p)));
    }
    let summary = Summary {
        start,
        flow_uncertainty: arguments.flow_uncertainty,
        passages,
        elements: answer.elements,
        cells: answer.cells,
        steps: answer.steps,
        complete: answer.complete,
        mass_error: answer.mass_error,
        excess_dispersion_m2_s: answer.excess_dispersion_m2_s,
        noted: Noted::of(&read),
        files: ["spill.csv"],
    };
    if desk.format == Format::Json {
        desk.document(&summary);
    }
    Ok(())
}

fn table(passages: &[Passage<'_>]) -> Result<Vec<u8>, Failure> {
    let columns = [
        "section_id",
        "species",
        "reached",
        "arrival",
        "arrival_earliest",
        "arrival_latest",
        "peak_time",
        "peak_time_earliest",
        "peak_time_latest",
        "peak_kg_m3",
        "peak_kg_m3_low",
        "peak_kg_m3_high",
        "duration_s",
        "duration_s_low",
        "duration_s_high",
        "threshold_kg_m3",
    ];
    let rows = passages.iter().map(|p| {
        let times = |t: &Option<[String; 3]>| t.clone().unwrap_or_default();
        let figures = |r: Option<Ranged>| match r {
            Some(r) => [r.value, r.low, r.high].map(number),
            None => Default::default(),
        };
        let mut row = vec![p.section.to_string(), p.species.to_string(), p.reached.to_string()];
        row.extend(times(&p.arrival));
        row.extend(times(&p.peak_time));
        row.extend(figures(p.peak_kg_m3));
        row.extend(figures(p.duration_s));
        row.push(optional(p.threshold_kg_m3));
        row
    });
    csv("spill.csv", &columns, rows)
}

fn sentence(p: &Passage<'_>) -> String {
    let (Some(peak), Some(duration), Some(times)) = (p.peak_kg_m3, p.duration_s, &p.peak_time) else {
        return format!("{}: the water of the spill does not come by", p.section);
    };
    let arrival = match &p.arrival {
        Some([at, early, late]) => format!("arrives {at} ({early} to {late})"),
        None => "does not rise above the threshold".into(),
    };
    format!(
        "{} {}: {arrival}, peak {:.3e} mg/L ({:.3e} to {:.3e}) at {} ({} to {}), lasts {:.1} h ({:.1} to {:.1})",
        p.section,
        p.species,
        peak.value * 1e3,
        peak.low * 1e3,
        peak.high * 1e3,
        times[0],
        times[1],
        times[2],
        duration.value / 3600.0,
        duration.low / 3600.0,
        duration.high / 3600.0
    )
}
