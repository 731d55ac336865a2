//! `assess`: tables of measurements by the rules in force.
//!
//! `assess air` judges each station and time, `assess year` the years of cities, `assess water` each row of a table of sections, `assess rules` lists what is
//! judged by.

mod air;
mod air_rows;
mod grades;
mod grid;
mod register;
mod sites;
mod verdict;
mod water_rows;
mod year;
mod year_lines;

use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::folder;
use grid::Grid;
use liankong_engine::assess::gb3838::Standard;
use liankong_engine::assess::{self, gb3838, rules::Rule};
use liankong_engine::problem::Problems;
use liankong_engine::region::Pollutant;
use register::{KindFrom, Register};
use serde::Serialize;
use std::path::{Path, PathBuf};
use verdict::{Disagreement, Verdict};

/// What `assess` can do.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong assess air --in hours.csv --rules \"HJ 633\" --out index.csv\n  \
                        liankong assess water --in sections.csv --register register.csv --out classes.csv\n  \
                        liankong assess rules")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Index and category of the air by HJ 633, US AQI, European AQI, or limits; one row for each station and time
    Air(air::AirArguments),
    /// Years of cities by HJ 663: items, coverage, comprehensive index, places, good and heavy days, year on year
    Year(Box<year::YearArguments>),
    /// Class of surface water by GB 3838-2002, one row for each row of the input
    Water(WaterArguments),
    /// Every rule: identifier, days it holds, verified or not
    Rules,
}

/// What `assess water` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong assess water --in sections.csv --register register.csv --out classes.csv\n  \
                        liankong assess water --in sections.csv --against 水质类别\n\n\
                        Input: section,time and one column a parameter, or the header of the national network\n\
                        (省份,流域,断面名称,监测时间,…); UTF-8 or GB18030, CSV or the network's JSON.\n\
                        Register: section,province,kind(river|lake)[,target_class][,river_chief][,basin][,river]."
)]
struct WaterArguments {
    /// Table of measurements
    #[arg(long = "in", value_name = "FILE")]
    input: PathBuf,
    /// Table of the sections: river or lake, target class; joined by section and province
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// File for the classes [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Column with a published class: list every row where ours differs, with the reason, on stdout
    #[arg(long, value_name = "COLUMN")]
    against: Option<String>,
    /// File for monthly grades of each section, river, basin, province and the whole
    #[arg(long, value_name = "FILE")]
    grades: Option<PathBuf>,
    /// Items without which a row has no class, e.g. DO,CODMn,NH3-N [default: any one item is enough]
    #[arg(long, value_name = "ITEM,…", value_delimiter = ',', value_parser = item)]
    need: Vec<Pollutant>,
}

fn item(text: &str) -> Result<Pollutant, String> {
    Pollutant::parse(text).ok_or_else(|| "is not a parameter of water, such as DO or NH3-N".into())
}

/// Does what was asked.
pub fn assess(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Air(arguments) => air::air(arguments, desk),
        What::Year(arguments) => year::year(arguments, desk),
        What::Water(arguments) => water(arguments, desk),
        What::Rules => rules(&assess::rules(), desk),
    }
}

fn rules(rules: &[Rule], desk: &Desk) -> Outcome {
    if desk.format == Format::Json {
        desk.document(&rules);
        return Ok(());
    }
    let rows = rules.iter().map(|r| {
        let verified = if r.verified() { "verified" } else { "unverified" };
        let name = desk.language.pick(r.name_zh, r.name_en);
        [r.id, r.from, r.to, verified, name, r.source].map(String::from).to_vec()
    });
    desk.say(table(&["id", "valid_from", "valid_to", "verified", "name", "source"], rows)?.trim_end());
    Ok(())
}

/// What stands beside the classes: how they came about.
#[derive(Serialize)]
struct Summary {
    file: String,
    encoding: &'static str,
    rule: &'static str,
    rows: usize,
    classed: usize,
    incomplete: usize,
    flagged: usize,
    kind_from_register: usize,
    kind_from_row: usize,
    kind_from_fallback: usize,
    fallback: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<Agreement>,
}

#[derive(Serialize)]
struct Agreement {
    column: String,
    compared: usize,
    equal: usize,
    share: Option<f64>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    water: &'a [Verdict],
    #[serde(skip_serializing_if = "Option::is_none")]
    disagreements: Option<&'a [Disagreement]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grades: Option<&'a [grades::Line]>,
}

fn water(arguments: &WaterArguments, desk: &Desk) -> Outcome {
    let mut problems = Problems::default();
    let register = match &arguments.register {
        Some(path) => Register::read(path, &mut problems)?,
        None => Register::default(),
    };
    let grid = Grid::read(&arguments.input, &mut problems)?;
    let rows = water_rows::rows(&grid, arguments.against.as_deref(), &mut problems);
    let standard = Standard::table();
    let judged: Vec<Verdict> = rows
        .iter()
        .map(|row| {
            let (entry, from) = register::described(&grid.file, &register, row, &mut problems);
            Verdict::of(&standard, row, entry, from, &arguments.need)
        })
        .collect();
    if !problems.is_empty() {
        return Err(Failure::Input(problems.into_sorted()));
    }
    let disagreements = arguments.against.as_ref().map(|_| verdict::disagreements(&standard, &rows, &judged));
    let from = |kind: KindFrom| judged.iter().filter(|v| v.from == kind).count();
    let summary = Summary {
        file: grid.file.clone(),
        encoding: grid.encoding,
        rule: gb3838::RULE,
        rows: rows.len(),
        classed: judged.iter().filter(|v| v.number.is_some()).count(),
        incomplete: judged.iter().filter(|v| v.number.is_some() && !v.missing.is_empty()).count(),
        flagged: judged.iter().filter(|v| !v.flags.is_empty()).count(),
        kind_from_register: from(KindFrom::Register),
        kind_from_row: from(KindFrom::Row),
        kind_from_fallback: from(KindFrom::Fallback),
        fallback: register::FALLBACK,
        agreement: arguments.against.as_ref().zip(disagreements.as_ref()).map(|(column, differ)| {
            let compared = rows.iter().filter(|r| water_rows::class_of(&r.published).is_some()).count();
            let equal = compared - differ.len();
            let share = (compared > 0).then(|| equal as f64 / compared as f64);
            Agreement { column: column.clone(), compared, equal, share }
        }),
    };
    let classes = table(&verdict::COLUMNS, judged.iter().map(Verdict::cells))?;
    if let Some(path) = &arguments.out {
        write(path, &classes)?;
    }
    let graded = grades::monthly(&standard, &rows, &judged);
    if let Some(path) = &arguments.grades {
        write(path, &table(&grades::COLUMNS, graded.iter().map(grades::Line::cells))?)?;
    }
    tell(&summary, desk);
    grid.tell(desk);
    match (desk.format, &disagreements) {
        (Format::Json, _) => desk.document(&Document {
            summary: &summary,
            water: &judged,
            disagreements: disagreements.as_deref(),
            grades: arguments.grades.as_ref().map(|_| graded.as_slice()),
        }),
        (Format::Text, Some(list)) => {
            desk.say(table(&verdict::DISAGREEMENT, list.iter().map(Disagreement::cells))?.trim_end());
        }
        (Format::Text, None) if arguments.out.is_none() => desk.say(classes.trim_end()),
        (Format::Text, None) => {}
    }
    Ok(())
}

/// Notes on stderr.
fn tell(s: &Summary, desk: &Desk) {
    let zh = format!(
        "{}（{}）：{} 行，{} 行有类别，其中 {} 行缺常规指标；{} 行含不可用读数；水体类型：登记表 {}，行内 {}，推定 {}",
        s.file,
        s.encoding,
        s.rows,
        s.classed,
        s.incomplete,
        s.flagged,
        s.kind_from_register,
        s.kind_from_row,
        s.kind_from_fallback
    );
    let en = format!(
        "{} ({}): {} rows, {} with a class, {} of these without one of pH, DO, CODMn, NH3-N, TP; {} rows with readings not \
         fit for use; kind of water from the register {}, from the row {}, by the fallback {}",
        s.file,
        s.encoding,
        s.rows,
        s.classed,
        s.incomplete,
        s.flagged,
        s.kind_from_register,
        s.kind_from_row,
        s.kind_from_fallback
    );
    desk.note(desk.language.pick(&zh, &en));
    if s.kind_from_fallback > 0 {
        desk.note(&format!("fallback: {}", s.fallback));
    }
    if let Some(a) = &s.agreement {
        let share = a.share.map_or(String::new(), |share| format!(" ({:.2} %)", 100.0 * share));
        desk.note(&format!("{}: {} of {} published classes equal{share}", a.column, a.equal, a.compared));
    }
}

/// A CSV table as text.
fn table(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, Failure> {
    let failed = |cause: String| Failure::Failed(format!("the table could not be written: {cause}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(|e| failed(e.to_string()))?;
    for row in rows {
        writer.write_record(row).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

fn write(path: &Path, text: &str) -> Outcome {
    folder::write_file(path, text.as_bytes())
}
