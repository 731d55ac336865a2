//! `transport river risk`: what lies upstream of each intake, by travel time.

use super::given::{self, Noted, Options};
use crate::commands::river_network::read_network;
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::folder::{self, File};
use crate::output::number::number;
use crate::output::river_files::{self, csv};
use liankong_engine::region::network::SectionRole;
use liankong_engine::transport::river::reach;
use serde::Serialize;
use std::path::PathBuf;

/// What it is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong transport river risk --network network.csv --sections intakes.csv --sources outfalls.csv --out out/risk\n\n\
                        risk.csv names each reach above each intake with the fastest travel time from its head and foot and its band;\n\
                        risk_sources.csv each source with its travel time, its dilution (load let go a second over the intake's flow) and rank."
)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Intakes
    #[arg(long, value_name = "FILE")]
    sections: PathBuf,
    /// Sources to be ranked
    #[arg(long, value_name = "FILE")]
    sources: Option<PathBuf>,
    /// Upper edges of the bands of travel time, h
    #[arg(long, value_name = "H,…", value_delimiter = ',', default_values_t = [2.0, 6.0, 12.0, 24.0, 48.0, 72.0])]
    bands: Vec<f64>,
}

#[derive(Serialize)]
struct Intake<'a> {
    section: &'a str,
    reaches: usize,
    by_band: Vec<(String, usize, f64)>,
    sources: usize,
}

#[derive(Serialize)]
struct Summary<'a> {
    intakes: Vec<Intake<'a>>,
    #[serde(flatten)]
    noted: Noted<'a>,
    files: [&'a str; 2],
}

/// Answers and writes.
pub fn risk(arguments: &Arguments, desk: &Desk) -> Outcome {
    let options = &arguments.options;
    folder::fit_for_results(options.out())?;
    let rises =
        arguments.bands.windows(2).all(|b| b[0] < b[1]) && arguments.bands.iter().all(|b| *b > 0.0 && b.is_finite());
    if !rises {
        return Err(Failure::Usage("--bands: must rise from above 0 h".into()));
    }
    let mut read = read_network(options.network(), options.layer.as_deref())?;
    let (sources, sections) = given::places(arguments.sources.as_deref(), &arguments.sections, &read)?;
    let flow = given::flow(options, &mut read)?;
    read.tell(desk);
    // Risk is read at the fastest water that is known: of several frames the one of the greatest flow at the intake.
    let network = &read.given.network;
    let only = sections.iter().any(|s| s.role == SectionRole::Intake);
    let (mut rows, mut ranked, mut intakes) = (Vec::new(), Vec::new(), Vec::new());
    let mut done: Vec<&str> = Vec::new();
    for section in sections.iter().filter(|s| !only || s.role == SectionRole::Intake) {
        if done.contains(&section.id.as_str()) {
            continue;
        }
        done.push(&section.id);
        let speed = |f: &usize| flow.discharge_m3_s(*f, section.place.element).abs();
        let frame = (0..flow.frames).max_by(|a, b| speed(a).total_cmp(&speed(b))).unwrap_or(0);
        let travel = reach::travel_to(network, &flow, frame, section.place);
        let mut by_band = vec![(0_usize, 0.0_f64); arguments.bands.len() + 1];
        for (element, t) in network.elements.iter().zip(&travel) {
            let Some(t) = t else { continue };
            let band = band_of(&arguments.bands, t.from_foot_s);
            by_band[band].0 += 1;
            by_band[band].1 += element.length_m;
            rows.push(vec![
                section.id.clone(),
                element.id.clone(),
                element.member.clone().unwrap_or_default(),
                number(t.from_head_s / 3600.0),
                number(t.from_foot_s / 3600.0),
                named(&arguments.bands, band),
            ]);
        }
        let mut felt: Vec<(f64, f64, usize)> = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            let Some(t) = travel[source.place.element] else { continue };
            let length = network.elements[source.place.element].length_m;
            let share = if length > 0.0 { (source.place.distance_m / length).clamp(0.0, 1.0) } else { 0.0 };
            let forward = flow.discharge_m3_s(frame, source.place.element) >= 0.0;
            let share = if forward { share } else { 1.0 - share };
            let through = flow.travel_s(frame, source.place.element).unwrap_or(0.0);
            // In the intake's own element what lies below it does not reach it.
            let seconds = t.from_head_s - share * through;
            if seconds >= -1e-9 * through {
                felt.push((seconds.max(0.0), source.load_kg_s, at));
            }
        }
        felt.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let discharge = speed(&frame);
        for (rank, (seconds, load, at)) in felt.iter().enumerate() {
            let source = &sources[*at];
            ranked.push(vec![
                section.id.clone(),
                (rank + 1).to_string(),
                source.id.clone(),
                source.kind.clone(),
                source.member.clone(),
                source.species.clone(),
                number(seconds / 3600.0),
                named(&arguments.bands, band_of(&arguments.bands, *seconds)),
                number(*load),
                if discharge > 0.0 { number(load / discharge) } else { String::new() },
            ]);
        }
        let by_band =
            by_band.iter().enumerate().map(|(b, (n, m))| (named(&arguments.bands, b), *n, m / 1000.0)).collect();
        let reaches = travel.iter().flatten().count();
        intakes.push(Intake { section: &section.id, reaches, by_band, sources: felt.len() });
    }
    let files = [
        File {
            name: "risk.csv",
            bytes: csv(
                "risk.csv",
                &["section_id", "reach_id", "member", "from_head_h", "from_foot_h", "band_h"],
                rows.into_iter(),
            )?,
        },
        File {
            name: "risk_sources.csv",
            bytes: csv(
                "risk_sources.csv",
                &[
                    "section_id",
                    "rank",
                    "source_id",
                    "kind",
                    "member",
                    "species",
                    "travel_h",
                    "band_h",
                    "load_kg_s",
                    "diluted_kg_m3",
                ],
                ranked.into_iter(),
            )?,
        },
    ];
    river_files::put(options.out(), &files)?;
    if desk.format == Format::Text {
        for intake in &intakes {
            let bands: Vec<String> = intake
                .by_band
                .iter()
                .filter(|b| b.1 > 0)
                .map(|(b, n, km)| format!("{b} h: {n} ({km:.0} km)"))
                .collect();
            desk.say(&format!(
                "{}: {} reaches and {} sources lie upstream; by travel time {}",
                intake.section,
                intake.reaches,
                intake.sources,
                bands.join(", ")
            ));
        }
        return Ok(());
    }
    desk.document(&Summary { intakes, noted: Noted::of(&read), files: ["risk.csv", "risk_sources.csv"] });
    Ok(())
}

fn band_of(edges_h: &[f64], seconds: f64) -> usize {
    edges_h.iter().position(|edge| seconds <= edge * 3600.0).unwrap_or(edges_h.len())
}

fn named(edges_h: &[f64], band: usize) -> String {
    match (band.checked_sub(1).map(|b| edges_h[b]), edges_h.get(band)) {
        (None, Some(high)) => format!("0-{high}"),
        (Some(low), Some(high)) => format!("{low}-{high}"),
        (Some(low), None) => format!(">{low}"),
        (None, None) => "all".into(),
    }
}
