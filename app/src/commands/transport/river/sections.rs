//! `transport river --network N --sources S --sections R [--flow F] --out D`.

use super::given::{self, Noted, Options, named};
use crate::commands::river_network::read_network;
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::folder::{self, File};
use crate::output::river_files::{self, Told};
use liankong_engine::region::Period;
use liankong_engine::region::river::read_places::RiverSource;
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::sections::{River, span};
use serde::Serialize;
use std::path::PathBuf;

/// What it is told.
#[derive(clap::Args)]
pub struct Sections {
    #[command(flatten)]
    options: Options,
    /// Loads
    #[arg(long, value_name = "FILE", required = true)]
    sources: Option<PathBuf>,
    /// Where the water is looked at
    #[arg(long, value_name = "FILE", required = true)]
    sections: Option<PathBuf>,
    /// Longest cell, m [default: the network's length over 100,000, in time over 20,000; 50 to 2000]
    #[arg(long, value_name = "M", value_parser = given::positive)]
    cell: Option<f64>,
    /// Longest step, s
    #[arg(long, value_name = "S", default_value_t = 900.0, value_parser = given::positive)]
    step: f64,
    /// Length of the bins of emission, h
    #[arg(long, value_name = "H", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=87_600))]
    bin: u32,
    /// Length of the stretches in sections.csv, h, where something changes in time
    #[arg(long, value_name = "H", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=87_600))]
    interval: u32,
    /// Longitudinal dispersion after Fischer (1979) instead of none beyond the grid's own
    #[arg(long)]
    dispersion: bool,
    /// In the footprint also the head of every reach, as the site `reach:ID` (steady only)
    #[arg(long)]
    every_reach: bool,
}

const MOST_STEPS: f64 = 1e7;

#[derive(Serialize)]
struct Summary<'a> {
    steady: bool,
    reaches: usize,
    sources: usize,
    sections: usize,
    species: &'a [String],
    cells: usize,
    steps: usize,
    mass_error: f64,
    forward_error: f64,
    #[serde(flatten)]
    noted: Noted<'a>,
    files: Vec<&'a str>,
}

/// Runs and writes.
pub fn sections(arguments: &Sections, desk: &Desk) -> Outcome {
    let options = &arguments.options;
    folder::fit_for_results(options.out())?;
    let mut read = read_network(options.network(), options.layer.as_deref())?;
    let (sources, sections) =
        given::places(Some(named(arguments.sources.as_ref())), named(arguments.sections.as_ref()), &read)?;
    let flow = given::flow(options, &mut read)?;
    let kinetics = given::kinetics(options, &sources)?;
    read.tell(desk);
    if options.chain.is_none() && options.decay.is_empty() {
        desk.note("no --chain and no --decay: every species is carried without loss");
    }
    let steady = flow.is_steady() && sources.iter().all(|s| s.period.is_none());
    let river = River {
        network: &read.given.network,
        flow: &flow,
        kinetics: &kinetics,
        temperature_c: options.temperature,
        cell_m: given::cell_m(arguments.cell, &read.given.network, if steady { 100_000.0 } else { 20_000.0 })?,
        step_s: arguments.step,
        dispersion_m2_s: given::dispersion(arguments.dispersion, &read, &flow),
        standing: liankong_engine::region::Quality::Screening,
    };
    let outcome = if steady {
        river.steady(&sources, &sections, arguments.every_reach)?
    } else {
        if arguments.every_reach {
            return Err(Failure::Usage("--every-reach: is for a steady flow with loads that last for ever".into()));
        }
        let asked = sections.iter().filter_map(|s| s.period);
        let period = whole(&flow, &sources, asked).ok_or_else(|| {
            Failure::Usage(
                "nothing says from when to when: give start and end to sections, or times to the flow".into(),
            )
        })?;
        if period.seconds() as f64 / arguments.step > MOST_STEPS {
            return Err(Failure::Usage(format!(
                "--step {}: makes more than 10 million steps; take longer ones",
                arguments.step
            )));
        }
        river.in_time(
            &sources,
            &sections,
            period,
            i64::from(arguments.bin) * 3600,
            f64::from(arguments.interval) * 3600.0,
        )?
    };
    let told = Told { outcome: &outcome, river: &river, sources: &sources, sections: &sections, steady };
    let files = [
        ("sections.csv", told.sections()),
        ("means.csv", told.means()),
        ("shares.csv", told.shares()),
        ("footprint.parquet", told.footprint()),
        ("balance.json", told.balance()),
    ];
    let files: Result<Vec<File>, Failure> =
        files.into_iter().map(|(name, bytes)| Ok(File { name, bytes: bytes? })).collect();
    let files = files?;
    river_files::put(options.out(), &files)?;
    let summary = Summary {
        steady,
        reaches: read.given.network.elements.len(),
        sources: outcome.footprint.sites.len(),
        sections: sections.len(),
        species: &kinetics.species,
        cells: outcome.cells,
        steps: outcome.steps,
        mass_error: outcome.mass_error,
        forward_error: outcome.forward_error,
        noted: Noted::of(&read),
        files: files.iter().map(|f| f.name).collect(),
    };
    match desk.format {
        Format::Json => desk.document(&summary),
        Format::Text => desk.say(&format!(
            "{}: {} reaches, {} sources, {} sections, {}; mass is kept to {:.1e}, forward and backward agree to {:.1e}; {}",
            options.out().display(),
            summary.reaches,
            summary.sources,
            summary.sections,
            if steady { "steady".to_string() } else { format!("{} steps", summary.steps) },
            summary.mass_error,
            summary.forward_error,
            summary.files.join(", ")
        )),
    }
    Ok(())
}

/// From when to when: what the flow covers; else from the first to the last time of sources and sections.
fn whole(flow: &Flow, sources: &[RiverSource], sections: impl Iterator<Item = Period>) -> Option<Period> {
    flow.covers().or_else(|| span(sections.chain(sources.iter().filter_map(|s| s.period))))
}
