//! `attribute calibrate CASE --out F`: fit the daily models on a season that will not be scored; `attribute pmf`: factors.

mod pmf;
mod pmf_files;
mod pmf_profiles;

use super::read_case;
use crate::manners::{Desk, Failure, Format, Outcome, stopped};
use crate::output::folder;
use crate::progress::Teller;
use liankong_engine::attribute::calibrate::{Fitted, calibrate};
use liankong_engine::cycle::{Progress, Verb};
use liankong_engine::region::Pollutant;
use liankong_engine::{observe, transport};
use std::path::PathBuf;

/// What `attribute` can do.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Fit the models of daily PM2.5 on the days of a case and write air_model.csv
    Calibrate(CalibrateArguments),
    /// Find factors in a table of samples and species (positive matrix factorization)
    Pmf(pmf::PmfArguments),
}

/// What `attribute calibrate` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong attribute calibrate last-winter --out air_model.csv\n\n\
                  CASE is the region in another season: the same members, stations and sources, with that season's\n\
                  air_observations.csv, weather.csv and period. Put the table it writes into the case to be scored;\n\
                  never fit on the days you score.")]
struct CalibrateArguments {
    /// Folder of the case to fit on
    case: PathBuf,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Seed of the random numbers [default: the case's own]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(0..=9_000_000_000_000_000))]
    seed: Option<u64>,
}

/// Does what was asked.
pub fn attribute(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Calibrate(arguments) => fit(arguments, desk),
        What::Pmf(arguments) => pmf::pmf(arguments, desk),
    }
}

fn fit(arguments: &CalibrateArguments, desk: &Desk) -> Outcome {
    let mut case = read_case(&arguments.case)?;
    if let Some(seed) = arguments.seed {
        case.settings.air.seed = seed;
    }
    let observed = observe::read(&case);
    let teller = Teller::new(desk.language);
    teller.begin(Verb::Transport, transport::units(&case));
    let air = transport::air::footprint(&case, Pollutant::Pm25, &|units| teller.advance(units), &|| teller.stopped());
    teller.end(Verb::Transport);
    teller.finish();
    if stopped() {
        return Err(Failure::Failed("stopped; nothing was written".into()));
    }
    let Some(air) = air? else {
        return Err(Failure::Failed(
            "the case has no air to follow; it needs stations, weather.csv, air sources and the air chain".into(),
        ));
    };
    let fitted = calibrate(&case, &observed, &air, Pollutant::Pm25)?;
    folder::write_file(&arguments.out, table(&case.settings.id, &fitted).as_bytes())?;
    match desk.format {
        Format::Json => desk.document(&fitted),
        Format::Text => desk.say(&format!("{}: {} coefficients", arguments.out.display(), fitted.len())),
    }
    Ok(())
}

/// `air_model.csv`: three digits after the point, so that the last bits of a machine's arithmetic do not show.
fn table(case: &str, fitted: &[Fitted]) -> String {
    let rows = fitted.iter().map(|f| {
        let Fitted { model, term, value, low, high, unit } = f;
        format!("{model},{term},{value:.3},{low:.3},{high:.3},{unit},fitted,liankong attribute calibrate on {case}\n")
    });
    std::iter::once("model,term,value,low,high,unit,mark,source\n".to_string()).chain(rows).collect()
}
