//! `check CASE`: every problem of a case, one a line, or what the case holds; `check FILE`: the same of a river network.

use super::read_case;
use super::river_network::read_network;
use crate::manners::{Desk, Failure, Format, Outcome};
use serde::Serialize;
use std::path::PathBuf;

/// What `check` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong check cases/yangtze-delta\n  liankong check my-case --format json\n  liankong check network.csv\n\n\
                        Each problem is one line: file, line, value, limit, remedy. Exit 2 if there is any."
)]
pub struct Arguments {
    /// Folder of a case, or file of a river network
    case: PathBuf,
    /// Layer of a GeoPackage that holds the lines [default: the only one]
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
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

/// What a sound network holds.
#[derive(Serialize)]
struct NetworkHolds<'a> {
    ok: bool,
    network: &'a str,
    elements: usize,
    links: usize,
    notes: &'a [String],
}

/// Reads a network and tells; what can hardly be counts as a problem here.
fn network(arguments: &Arguments, desk: &Desk) -> Outcome {
    let river = read_network(&arguments.case, arguments.layer.as_deref())?;
    let given = &river.given;
    if !river.doubts.is_empty() {
        return Err(Failure::Input(river.doubts));
    }
    river.tell(desk);
    let (elements, links) = (given.network.elements.len(), given.network.links.len());
    match desk.format {
        Format::Json => {
            desk.document(&NetworkHolds { ok: true, network: &given.file, elements, links, notes: &river.notes });
        }
        Format::Text => {
            let file = &given.file;
            let zh = format!("{file}: 未发现问题。河段、湖库等 {elements} 个，连接 {links} 条");
            let en = format!("{file}: no problem found. {elements} elements, {links} links");
            desk.say(desk.language.pick(&zh, &en));
        }
    }
    Ok(())
}

/// Reads the case and tells.
pub fn check(arguments: &Arguments, desk: &Desk) -> Outcome {
    if arguments.case.is_file() {
        return network(arguments, desk);
    }
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
