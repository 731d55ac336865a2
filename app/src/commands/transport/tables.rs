//! The tables that `transport air` reads: receptors or samplers, releases, and the chain with its removals.

use crate::manners::Failure;
use liankong_engine::problem::{Problem, Problems};
use liankong_engine::region::table::{LATITUDE, LONGITUDE, Limit, Row, Table};
use liankong_engine::region::{Case, Medium, Period, Point};
use liankong_engine::transport::Chain;
use liankong_engine::transport::air::footprints::{Carried, Receptor};
use liankong_engine::transport::air::particles::{Dry, Species, Wet};
use liankong_engine::transport::air::plume_rise::Stack;
use liankong_engine::transport::air::plumes::Source;
use liankong_engine::transport::footprint::ReceptorQuantity;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

const HEIGHT: Limit = Limit::new(0.0, 50_000.0, "m above ground");
const POSITIVE: Limit = Limit::new(0.0, f64::INFINITY, "");

/// A row and the line it stands on.
pub struct Lined<T> {
    pub line: u64,
    pub row: T,
}

fn rows<T>(
    path: &Path,
    required: &[&str],
    problems: &mut Problems,
    mut read: impl FnMut(&Row<'_>) -> Option<T>,
) -> Vec<Lined<T>> {
    let (folder, file) = split(path);
    let Some(table) = Table::read(folder, &file, true, required, problems) else { return Vec::new() };
    let before = problems.is_empty();
    let mut list = Vec::new();
    {
        let shared = RefCell::new(&mut *problems);
        for row in table.rows(&shared) {
            let line = row.line();
            list.extend(read(&row).map(|row| Lined { line, row }));
        }
    }
    if list.is_empty() && before && problems.is_empty() {
        problems.add(Problem {
            file,
            line: None,
            field: String::new(),
            value: String::new(),
            limit: "the table has no rows".into(),
            remedy: format!("add rows with the columns {}", required.join(",")),
        });
    }
    list
}

/// Folder and name of a file.
pub fn split(path: &Path) -> (&Path, String) {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (folder, path.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

fn place(row: &Row<'_>) -> Option<Point> {
    let (lon, lat) = (row.number("lon", LONGITUDE), row.number("lat", LATITUDE));
    Some(Point { lon: lon?, lat: lat? })
}

/// Identifier, place, height and period: what every row of these tables begins with. A moment (start = end) is a period of
/// `least_s` seconds where a release may be one.
fn common(row: &Row<'_>, seen: &mut BTreeSet<String>, puff: bool) -> Option<(String, Point, f64, Period)> {
    let id = if puff { row.needed("id") } else { row.needed("id").filter(|_| fresh(row, seen)) };
    let (place, height) = (place(row), row.number("height_m", HEIGHT));
    let period = if puff && row.text("start") == row.text("end") {
        row.time("start", 0).map(|start| Period { start, end: start })
    } else {
        row.period(None, 0)
    };
    Some((id?, place?, height?, period?))
}

/// A receptor may stand on several lines, one a period; a line that repeats receptor, quantity and period is a slip.
fn fresh(row: &Row<'_>, seen: &mut BTreeSet<String>) -> bool {
    let key = ["id", "quantity", "start", "end"].map(|c| row.text(c)).join("\u{1f}");
    let new = seen.insert(key);
    if !new {
        row.refuse("id", "the same receptor and period stand on an earlier line too", "keep one of the two");
    }
    new
}

/// `id,lon,lat,height_m,start,end[,quantity]`.
pub fn receptors(path: &Path, problems: &mut Problems) -> Vec<Lined<Receptor>> {
    let quantities = [
        ("", ReceptorQuantity::Concentration),
        ("concentration", ReceptorQuantity::Concentration),
        ("deposition", ReceptorQuantity::DepositionFlux),
    ];
    let mut seen = BTreeSet::new();
    rows(path, &["id", "lon", "lat", "height_m", "start", "end"], problems, |row| {
        let common = common(row, &mut seen, false);
        let quantity = row.choice("quantity", &quantities);
        let (id, place, height_m, period) = common?;
        Some(Receptor { id, place, height_m, period, quantity: quantity? })
    })
}

/// `id,lon,lat,height_m,start,end,mass_kg[,species,stack_diameter_m,exit_velocity_m_s,exit_temperature_k]`.
pub fn releases(path: &Path, carried: &Carried, problems: &mut Problems) -> Vec<Lined<Source>> {
    let known: BTreeSet<String> = carried.species.iter().map(|s| s.name.clone()).collect();
    rows(path, &["id", "lon", "lat", "height_m", "start", "end", "mass_kg"], problems, |row| {
        let common = common(row, &mut BTreeSet::new(), true);
        let mass = row.number("mass_kg", POSITIVE);
        let species = match row.text("species") {
            "" if known.len() == 1 => known.first().cloned(),
            _ if known.len() == 1 && known.contains("tracer") => known.first().cloned(),
            _ => row.known("species", &known, "the chain"),
        };
        let diameter = row.number_or_empty("stack_diameter_m", Limit::new(0.0, 50.0, "m"));
        let speed = row.number_or_empty("exit_velocity_m_s", Limit::new(0.0, 200.0, "m/s"));
        let temperature = row.number_or_empty("exit_temperature_k", Limit::new(200.0, 2500.0, "K"));
        let (id, place, height_m, period) = common?;
        let (diameter, speed, temperature) = (diameter?, speed?, temperature?);
        let stack = match (diameter, speed, temperature) {
            (None, None, None) => None,
            (Some(diameter_m), Some(speed_m_s), Some(temperature_k)) => {
                Some(Stack { height_m, diameter_m, speed_m_s, temperature_k })
            }
            _ => {
                row.refuse(
                    "stack_diameter_m",
                    "a stack needs its diameter, exit velocity and exit temperature",
                    "give all three, or none for a release without rise",
                );
                return None;
            }
        };
        let species = species?;
        let species = carried.species.iter().position(|s| s.name == species)?;
        Some(Source { id, place, height_m, period, mass_kg: mass?, species, stack })
    })
}

/// The chain in a file, and the removals in another (or in `deposition.csv` beside it); one passive tracer without a chain.
pub fn carried(chain: Option<&Path>, deposition: Option<&Path>, problems: &mut Problems) -> Result<Carried, Failure> {
    let Some(path) = chain else { return Ok(Carried::tracer()) };
    if !path.is_file() {
        return Err(Failure::Usage(format!(
            "--chain {}: there is no such file; give a table with the columns medium,process,species,product,rate_per_s,mass_yield",
            path.display()
        )));
    }
    let (folder, file) = split(path);
    let steps = Case::read_chain(folder, &file, problems);
    let beside = folder.join("deposition.csv");
    let removals = match deposition {
        Some(path) if !path.is_file() => {
            return Err(Failure::Usage(format!("--deposition {}: there is no such file", path.display())));
        }
        Some(path) => {
            let (folder, file) = split(path);
            Case::read_removals(folder, &file, &steps, problems)
        }
        None if beside.is_file() => Case::read_removals(folder, "deposition.csv", &steps, problems),
        None => Vec::new(),
    };
    let chain = Chain::new(&steps, Medium::Air);
    let losses: Vec<Species> = removals
        .iter()
        .map(|r| Species {
            name: r.species.clone(),
            dry: if r.dry_velocity_m_s > 0.0 { Dry::Velocity(r.dry_velocity_m_s as f32) } else { Dry::None },
            wet: (r.washout_per_s > 0.0).then_some(Wet {
                below_cloud_per_s: r.washout_per_s as f32,
                below_cloud_power: r.washout_exponent as f32,
                henry_m_atm: None,
            }),
            decay_per_s: 0.0,
        })
        .collect();
    if problems.is_empty() && chain.species.is_empty() {
        problems.add(Problem {
            file,
            line: None,
            field: "medium".into(),
            value: String::new(),
            limit: "the chain has no step of the medium air".into(),
            remedy: "add rows that begin with air".into(),
        });
    }
    Ok(Carried::new(chain, &losses))
}
