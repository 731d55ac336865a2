//! The question of `plan solve` from plain tables.

use super::{Question, SolveArguments};
use crate::manners::Failure;
use liankong_engine::plan::tables::{Texts, read};
use std::path::Path;

/// Reads the four tables.
pub fn question(arguments: &SolveArguments) -> Result<Question, Failure> {
    let (Some(footprint), Some(emissions), Some(measures), Some(targets)) =
        (&arguments.footprint, &arguments.emissions, &arguments.measures, &arguments.targets)
    else {
        return Err(Failure::Usage("give a case, or --footprint, --emissions, --measures and --targets".into()));
    };
    if !(arguments.interest.is_finite() && (0.0..1.0).contains(&arguments.interest)) {
        return Err(Failure::Usage(format!(
            "--interest {}: give a share from 0 to 1, such as 0.05",
            arguments.interest
        )));
    }
    let inside = footprint.join("footprint.csv");
    let footprint = if footprint.is_dir() { inside.as_path() } else { footprint.as_path() };
    let names = [footprint, emissions, measures, targets].map(|p| p.display().to_string());
    let texts = [text(footprint)?, text(emissions)?, text(measures)?, text(targets)?];
    let asked = read(&Texts {
        footprint: (&names[0], &texts[0]),
        emissions: (&names[1], &texts[1]),
        measures: (&names[2], &texts[2]),
        targets: (&names[3], &texts[3]),
        interest_rate: arguments.interest,
    })?;
    let notes = match asked.ozone_not_assessed {
        true => vec![
            "ozone not assessed: the plan may cut NOx or volatile organic compounds and no ozone response is loaded"
                .into(),
        ],
        false => Vec::new(),
    };
    let quality = "screening".to_string();
    Ok(Question {
        stacked: asked.stacked,
        units: asked.units,
        receptors: asked.receptors,
        turned: asked.turned,
        quality,
        notes,
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|cause| {
        Failure::Usage(format!("{}: cannot be read ({cause}); check the name of the table", path.display()))
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::Usage(format!(
            "{}: the text is not UTF-8; convert the table (a GBK file must be converted)",
            path.display()
        ))
    })
}
