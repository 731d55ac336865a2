//! What every form of `transport river` is given: the network, the flow, the chain, sources and sections.

use super::super::tables::split;
use crate::commands::river_network::River;
use crate::manners::Failure;
use liankong_engine::problem::Problems;
use liankong_engine::region::Case;
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::read_places::{self, RiverSection, RiverSource};
use liankong_engine::region::river::{RiverNetwork, order, route_link};
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::quality::Kinetics;
use liankong_engine::transport::river::spill;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Options that all forms share.
#[derive(clap::Args)]
pub struct Options {
    /// The network
    #[arg(long, value_name = "FILE", required = true)]
    network: Option<PathBuf>,
    /// Discharge by time and reach, or channel output of t-route [default: flow_m3_s of the network, for ever]
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,
    /// Reaction chain (the rows of medium water); without it every species is carried without loss
    #[arg(long, value_name = "FILE")]
    pub chain: Option<PathBuf>,
    /// First-order loss of one species at all temperatures, per day; may be repeated
    #[arg(long, value_name = "SPECIES=K", value_parser = decay)]
    pub decay: Vec<(String, f64)>,
    /// Water temperature, °C
    #[arg(long, value_name = "T", default_value_t = 20.0, value_parser = celsius, allow_negative_numbers = true)]
    pub temperature: f64,
    /// Layer of a GeoPackage that holds the lines [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
}

/// A file that the command line must name: optional for clap, because a subcommand may stand in the place of all options.
pub fn named(path: Option<&PathBuf>) -> &Path {
    path.map_or(Path::new(""), PathBuf::as_path)
}

impl Options {
    /// The network's file.
    pub fn network(&self) -> &Path {
        named(self.network.as_ref())
    }

    /// The folder for the results.
    pub fn out(&self) -> &Path {
        named(self.out.as_ref())
    }
}

fn decay(text: &str) -> Result<(String, f64), String> {
    let parts = text.split_once('=').and_then(|(name, k)| Some((name.trim(), k.trim().parse::<f64>().ok()?)));
    match parts {
        Some((name, k)) if !name.is_empty() && (0.0..=1e4).contains(&k) => Ok((name.to_string(), k)),
        _ => Err("must be a species and its loss per day, from 0 to 10000, such as NH3-N=0.15".into()),
    }
}

fn celsius(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|t| (-2.0..=60.0).contains(t));
    found.ok_or_else(|| "must be a water temperature from -2 to 60 °C".into())
}

/// The text of a file, or a sentence.
pub fn text_of(path: &Path, option: &str) -> Result<String, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|cause| Failure::Usage(format!("--{option} {}: cannot be read ({cause})", path.display())))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::Usage(format!("--{option} {}: is not UTF-8 text; save the table as UTF-8", path.display()))
    })
}

/// Sources and sections, with every problem of both at once.
pub fn places(
    sources: Option<&Path>,
    sections: &Path,
    river: &River,
) -> Result<(Vec<RiverSource>, Vec<RiverSection>), Failure> {
    let mut problems = Problems::default();
    let network = &river.given.network;
    let sources = match sources {
        Some(path) => read_places::sources(&split(path).1, &text_of(path, "sources")?, network, &mut problems),
        None => Vec::new(),
    };
    let sections = read_places::sections(&split(sections).1, &text_of(sections, "sections")?, network, &mut problems);
    if !problems.is_empty() {
        return Err(Failure::Input(problems.into_sorted()));
    }
    Ok((sources, sections))
}

/// The flow: of the network, or of a file.
pub fn flow(options: &Options, river: &mut River) -> Result<Flow, Failure> {
    let Some(path) = &options.flow else { return Ok(Flow::steady(&river.given.network)?) };
    let mut magic = [0_u8; 4];
    let read = std::fs::File::open(path).and_then(|mut f| std::io::Read::read(&mut f, &mut magic));
    if read.is_ok() && (magic.starts_with(b"\x89HDF") || magic.starts_with(b"CDF")) {
        let rise = route_link::bank_rise(options.network())?;
        let told = route_link::add_channel_output(&mut river.given, path, &rise)?;
        if told.without > 0 {
            pass_on(&mut river.given.network);
            let (n, file) = (told.without, path.display());
            river
                .notes
                .push(format!("assumed: {n} element(s) have no flow in {file}; they pass on what comes from above"));
        }
        return Ok(Flow::steady(&river.given.network)?);
    }
    let mut problems = Problems::default();
    let network = &river.given.network;
    let series = read_places::flow(&split(path).1, &text_of(path, "flow")?, network, &mut problems);
    let Some(series) = series.filter(|_| problems.is_empty()) else {
        return Err(Failure::Input(problems.into_sorted()));
    };
    if series.not_named > 0 {
        let not_named = series.not_named;
        river
            .notes
            .push(format!("{not_named} element(s) are not in the flow file; they keep flow_m3_s of the network"));
    }
    Ok(match series.frame_s {
        Some(frame_s) => Flow::series(network, series.start, frame_s, &series.discharge_m3_s)?,
        None => Flow::steady_at(network, &series.discharge_m3_s)?,
    })
}

/// Elements without a flow get what flows in from above.
fn pass_on(network: &mut RiverNetwork) {
    let mut inflow = vec![0.0; network.elements.len()];
    let from = network.links_from();
    for e in order::upstream_first(network).0 {
        let flow = *network.elements[e].flow_m3_s.get_or_insert(inflow[e]);
        for link in &network.links[from[e].clone()] {
            if let Some(to) = link.to {
                inflow[to] += flow * link.share;
            }
        }
    }
}

/// The chain: of a file, or the species of the sources without loss; then the losses named on the command line.
pub fn kinetics(options: &Options, sources: &[RiverSource]) -> Result<Kinetics, Failure> {
    let mut names: Vec<&str> = Vec::new();
    for name in sources.iter().map(|s| s.species.as_str()).chain(options.decay.iter().map(|d| d.0.as_str())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut kinetics = match &options.chain {
        None => Kinetics::conservative(&names),
        Some(path) => {
            if !path.is_file() {
                return Err(Failure::Usage(format!("--chain {}: there is no such file", path.display())));
            }
            let (folder, file) = split(path);
            let mut problems = Problems::default();
            let steps = Case::read_chain(folder, &file, &mut problems);
            if !problems.is_empty() {
                return Err(Failure::Input(problems.into_sorted()));
            }
            with_species(Kinetics::of_steps(&steps), &names)
        }
    };
    for (name, per_day) in &options.decay {
        if let Some(species) = kinetics.index(name) {
            kinetics = kinetics.with_loss(species, per_day / 86_400.0, 1.0);
        }
    }
    Ok(kinetics)
}

/// The chain with species that it does not name, carried without loss and measured as themselves.
fn with_species(mut kinetics: Kinetics, names: &[&str]) -> Kinetics {
    for name in names.iter().filter(|n| kinetics.index(n).is_none()).copied().collect::<Vec<_>>() {
        kinetics.species.push(name.to_string());
        kinetics.observed.iter_mut().for_each(|o| o.1.push(0.0));
    }
    let n = kinetics.species.len();
    for s in 0..n {
        let name = kinetics.species[s].clone();
        let seen = kinetics.observed.iter().any(|o| o.0 == name || o.1[s] != 0.0);
        if !seen {
            kinetics.observed.push((name, (0..n).map(|j| f64::from(u8::from(j == s))).collect()));
        }
    }
    kinetics
}

/// Most cells of a grid: more would not fit a machine's memory.
const MOST_CELLS: f64 = 5e6;

/// The longest cell where none is asked for: the length of all flowing water over `cells`, but 50 to 2,000 m.
pub fn cell_m(asked: Option<f64>, network: &RiverNetwork, cells: f64) -> Result<f64, Failure> {
    let length: f64 = network.elements.iter().filter(|e| e.kind != ReachKind::Lake).map(|e| e.length_m).sum();
    let cell_m = asked.unwrap_or((length / cells).clamp(50.0, 2000.0));
    if length / cell_m > MOST_CELLS {
        return Err(Failure::Usage(format!(
            "--cell {cell_m}: {:.0} km of water would make {:.0} cells, 5 million at most; take longer ones",
            length / 1000.0,
            length / cell_m
        )));
    }
    Ok(cell_m)
}

/// A number above 0.
pub fn positive(text: &str) -> Result<f64, String> {
    let found = text.parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite());
    found.ok_or_else(|| "must be a number above 0".into())
}

/// Longitudinal dispersion: Fischer's, or none.
pub fn dispersion(fischer: bool, river: &River, flow: &Flow) -> Vec<f64> {
    let network = &river.given.network;
    if fischer { spill::dispersion(network, flow) } else { vec![0.0; network.elements.len()] }
}

/// What was noted and doubted, for a JSON summary.
#[derive(Serialize)]
pub struct Noted<'a> {
    notes: &'a [String],
    doubts: Vec<String>,
}

impl<'a> Noted<'a> {
    /// Of a river.
    pub fn of(river: &'a River) -> Noted<'a> {
        Noted { notes: &river.notes, doubts: river.doubts.iter().map(ToString::to_string).collect() }
    }
}
