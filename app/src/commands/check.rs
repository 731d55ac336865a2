//! `check CASE`: every problem of a case, one a line, or what the case holds.

use super::read_case;
use crate::manners::{Desk, Format, Outcome};
use serde::Serialize;
use std::path::PathBuf;

/// What `check` is told.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  liankong check cases/yangtze-delta\n  liankong check my-case --format json\n\n\
                        Each problem is one line: file, line, value, limit, remedy. Exit 2 if there is any.")]
pub struct Arguments {
    /// Folder of the case
    case: PathBuf,
}

/// What a sound case holds.
#[derive(Serialize)]
struct Holds {
    ok: bool,
    case: String,
    members: usize,
    stations: usize,
    sources: usize,
    reaches: usize,
    sections: usize,
    measures: usize,
    targets: usize,
    inputs: usize,
}

/// Reads the case and tells.
pub fn check(arguments: &Arguments, desk: &Desk) -> Outcome {
    let case = read_case(&arguments.case)?;
    let holds = Holds {
        ok: true,
        case: case.settings.id.clone(),
        members: case.members.len(),
        stations: case.stations.len(),
        sources: case.sources.len(),
        reaches: case.reaches.len(),
        sections: case.sections.len(),
        measures: case.measures.len(),
        targets: case.targets.len(),
        inputs: case.inputs.len(),
    };
    if desk.format == Format::Json {
        desk.document(&holds);
        return Ok(());
    }
    let folder = arguments.case.display();
    let Holds { members, stations, sources, reaches, sections, measures, targets, .. } = holds;
    let zh = format!(
        "{folder}: 未发现问题。成员 {members}，站点 {stations}，污染源 {sources}，河段 {reaches}，断面 {sections}，措施 {measures}，目标 {targets}"
    );
    let en = format!(
        "{folder}: no problem found. {members} members, {stations} stations, {sources} sources, {reaches} reaches, \
         {sections} sections, {measures} measures, {targets} targets"
    );
    desk.say(desk.language.pick(&zh, &en));
    Ok(())
}
