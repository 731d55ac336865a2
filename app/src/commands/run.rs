//! `run CASE --out DIR`: one turn of joint control, written down.

use super::read_case;
use crate::manners::{Desk, Failure, Format, Outcome, stopped};
use crate::output::{self, folder};
use crate::progress::Teller;
use crate::report::{View, origins_of, summary};
use liankong_engine::cycle::{self, VERBS, Verb};
use std::path::{Path, PathBuf};

/// What `run` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong run cases/yangtze-delta --out out/yangtze-delta\n  \
                        liankong run cases/two-towns --out out/two-towns --until attribute --threads 2\n\n\
                        Writes turn.json, tables (CSV), report.html and timing.json. The same case gives the same bytes at any\n\
                        number of threads, timing.json excepted. Ctrl-C ends the turn with exit code 1 and leaves no half-written file.")]
pub struct Arguments {
    /// Folder of the case
    case: PathBuf,
    /// Folder for the results; made where missing, earlier results in it are replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Last verb to do: observe, verify, assess, transport, attribute, plan or act
    #[arg(long, value_name = "VERB", value_parser = verb, default_value = "act")]
    until: Verb,
    /// Seed of the random numbers [default: the case's own]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=9_000_000_000_000_000))]
    seed: Option<u64>,
}

fn verb(text: &str) -> Result<Verb, String> {
    let known: Vec<&str> = VERBS.iter().map(|(_, id, _)| *id).collect();
    let found = VERBS.iter().find(|(_, id, zh)| *id == text || *zh == text);
    found.map(|(verb, ..)| *verb).ok_or_else(|| format!("must be one of {}", known.join(", ")))
}

/// Runs and writes, and tells the summary (or prints `turn.json`).
pub fn run(arguments: &Arguments, desk: &Desk) -> Outcome {
    let document = turn_into(&arguments.case, &arguments.out, arguments.until, arguments.seed, desk)?;
    if desk.format == Format::Json {
        desk.say(document.trim_end());
    }
    Ok(())
}

/// One turn of the case in a folder, written into `out`; the summary is told on the way. Gives `turn.json`.
pub fn turn_into(folder: &Path, out: &Path, until: Verb, seed: Option<u64>, desk: &Desk) -> Result<String, Failure> {
    folder::fit_for_results(out)?;
    let mut case = read_case(folder)?;
    if let Some(seed) = seed {
        case.settings.air.seed = seed;
    }
    let teller = Teller::new(desk.language);
    let turn = cycle::turn(&case, until, &teller);
    teller.finish();
    if stopped() {
        return Err(Failure::Failed("stopped; nothing was written".into()));
    }
    let origins = origins_of(folder);
    let view = View { case: &case, turn: &turn?, until, origins: &origins };
    let files = output::files(&view, &teller.took(), desk.threads)?;
    folder::write(out, &files, folder::NAMES)?;
    let summary = summary::screen(&view, desk.language, out, files.len());
    match desk.format {
        Format::Text => desk.say(&summary),
        Format::Json => desk.note(&summary),
    }
    let document = files.last().map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    Ok(document.unwrap_or_default())
}
