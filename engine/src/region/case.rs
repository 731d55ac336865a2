//! A case: one region over one period, read from its folder with every problem noted.

use super::event::{Band, Campaign, EventRule, Reading, WeatherHour};
use super::member::{MapLine, Member, Station};
use super::network::{Reach, Section};
use super::pollutant::Pollutant;
use super::settings::Settings;
use super::source::{Emission, Measure, ReactionStep, Removal, Source, Target};
use super::table::Table;
use super::{read_air, read_decisions, read_maps, read_water};
use crate::problem::{Error, Problem, Problems, Result};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A fitted or assumed number with its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The number.
    pub value: f64,
    /// Lower end of its range.
    pub low: Option<f64>,
    /// Upper end of its range.
    pub high: Option<f64>,
}

/// Everything a turn needs to know. Built by [`Case::read`]; references between tables are resolved.
#[derive(Debug, Clone)]
pub struct Case {
    /// `region.toml`.
    pub settings: Settings,
    /// Members, in the order of the table.
    pub members: Vec<Member>,
    /// Lines of the map.
    pub lines: Vec<MapLine>,
    /// Air stations.
    pub stations: Vec<Station>,
    /// Air readings of (station, pollutant, averaging time in s), in time order as written.
    pub air_readings: BTreeMap<(String, Pollutant, i64), Vec<Reading>>,
    /// The weather station, in time order.
    pub weather: Vec<WeatherHour>,
    /// Sources of both media.
    pub sources: Vec<Source>,
    /// Their emissions.
    pub emissions: Vec<Emission>,
    /// The reaction chains of both media.
    pub reactions: Vec<ReactionStep>,
    /// Deposition and washout of air species.
    pub removals: Vec<Removal>,
    /// The river network.
    pub reaches: Vec<Reach>,
    /// Monitored sections.
    pub sections: Vec<Section>,
    /// Water readings of (section, pollutant).
    pub water_readings: BTreeMap<(String, Pollutant), Vec<Reading>>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// Targets.
    pub targets: Vec<Target>,
    /// The rules of the event.
    pub event: Vec<EventRule>,
    /// Past campaigns.
    pub campaigns: Vec<Campaign>,
    /// Published shares.
    pub bands: Vec<Band>,
    /// Coefficients of the daily models: (model, term) to value, low, high.
    pub air_model: BTreeMap<(String, String), Coefficient>,
    /// Mean and lag-1 autocorrelation of an earlier season, by station, SI.
    pub climatology: BTreeMap<String, (f64, Option<f64>)>,
    /// SHA-256 of every file of the case, by name.
    pub inputs: BTreeMap<String, String>,
    /// For every table: rows by `mark`, so that outputs can say what is measured and what is assumed.
    pub marks: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Case {
    /// Reads the case in a folder. Every problem is listed, sorted; the case is given only when there is none.
    pub fn read(folder: &Path) -> Result<Case> {
        let mut problems = Problems::default();
        let case = Self::read_with(folder, &mut problems);
        match (case, problems.is_empty()) {
            (Some(case), true) => Ok(case),
            _ => Err(Error::Input(problems.into_sorted())),
        }
    }

    /// A reaction chain that stands alone.
    pub fn read_chain(folder: &Path, file: &str, problems: &mut Problems) -> Vec<ReactionStep> {
        let (mut marks, codes) = (BTreeMap::new(), BTreeSet::new());
        let mut reader = Reader { folder, problems, marks: &mut marks, codes: &codes, zone: 0, settings: None };
        read_decisions::reactions(&mut reader, file)
    }

    /// The removal of a chain's species in a table that stands alone.
    pub fn read_removals(
        folder: &Path,
        file: &str,
        reactions: &[ReactionStep],
        problems: &mut Problems,
    ) -> Vec<Removal> {
        let (mut marks, codes) = (BTreeMap::new(), BTreeSet::new());
        let mut reader = Reader { folder, problems, marks: &mut marks, codes: &codes, zone: 0, settings: None };
        read_air::removals(&mut reader, reactions, file)
    }

    fn read_with(folder: &Path, problems: &mut Problems) -> Option<Case> {
        let settings = Settings::read(folder, problems);
        let zone = settings.as_ref().map_or(0, |s| s.utc_offset_s);
        let mut marks = BTreeMap::new();
        let mut members = read_members(folder, &mut marks, problems);
        read_maps::areas(folder, &mut members, problems);
        let codes: BTreeSet<String> = members.iter().map(|m| m.code.clone()).collect();
        let mut reader =
            Reader { folder, problems, marks: &mut marks, codes: &codes, zone, settings: settings.as_ref() };

        let stations = read_air::stations(&mut reader);
        let air_readings = read_air::observations(&mut reader, &stations);
        let weather = read_air::weather(&mut reader);
        let (reaches, reach_ids) = read_water::reaches(&mut reader);
        let sections = read_water::sections(&mut reader, &reaches, &reach_ids);
        let water_readings = read_water::observations(&mut reader, &sections);
        let reactions = read_decisions::reactions(&mut reader, "chain.csv");
        let removals = read_air::removals(&mut reader, &reactions, "deposition.csv");
        let sources = read_decisions::sources(&mut reader, &members, &reaches, &reach_ids);
        let emissions = read_decisions::emissions(&mut reader, &sources, &reactions);
        let measures = read_decisions::measures(&mut reader, &sources, &emissions);
        let targets = read_decisions::targets(&mut reader, &stations, &sections);
        let event = read_decisions::event(&mut reader);
        let campaigns = read_decisions::campaigns(&mut reader, &stations);
        let bands = read_decisions::bands(&mut reader, &stations);
        let air_model = read_air::model(&mut reader);
        let climatology = read_air::climatology(&mut reader, &stations);
        read_maps::check_grid(settings.as_ref(), &members, &stations, &sources, problems);
        let lines = read_maps::lines(folder, problems);
        let inputs = hash_inputs(folder);
        Some(Case {
            settings: settings?,
            members,
            lines,
            stations,
            air_readings,
            weather,
            sources,
            emissions,
            reactions,
            removals,
            reaches,
            sections,
            water_readings,
            measures,
            targets,
            event,
            campaigns,
            bands,
            air_model,
            climatology,
            inputs,
            marks,
        })
    }

    /// The member with a code.
    pub fn member(&self, code: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.code == code)
    }

    /// The top-level member that a member belongs to (itself at the top level).
    pub fn top<'a>(&'a self, code: &'a str) -> &'a str {
        let parent = self.member(code).and_then(|m| m.parent.as_deref());
        parent.unwrap_or(code)
    }

    /// The top-level members, in the order of the table.
    pub fn top_members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.parent.is_none())
    }
}

/// What every reader of a table needs.
pub(super) struct Reader<'a> {
    pub(super) folder: &'a Path,
    pub(super) problems: &'a mut Problems,
    pub(super) marks: &'a mut BTreeMap<String, BTreeMap<String, usize>>,
    pub(super) codes: &'a BTreeSet<String>,
    pub(super) zone: i64,
    pub(super) settings: Option<&'a Settings>,
}

impl Reader<'_> {
    /// Opens an optional table and calls `each` on its rows.
    pub(super) fn each_row(
        &mut self,
        file: &str,
        required: &[&str],
        mut each: impl FnMut(&super::table::Row<'_>),
    ) -> Option<Table> {
        let table = Table::read(self.folder, file, false, required, self.problems)?;
        let shared = RefCell::new(&mut *self.problems);
        let counts = self.marks.entry(file.to_string()).or_default();
        for row in table.rows(&shared) {
            *counts.entry(row.mark()).or_default() += 1;
            row.check_mark();
            each(&row);
        }
        Some(table)
    }
}

fn read_members(
    folder: &Path,
    marks: &mut BTreeMap<String, BTreeMap<String, usize>>,
    problems: &mut Problems,
) -> Vec<Member> {
    let required = ["code", "parent", "name_zh", "name_en"];
    let Some(table) = Table::read(folder, "members.csv", true, &required, problems) else { return Vec::new() };
    let shared = RefCell::new(problems);
    let mut members = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    let counts = marks.entry("members.csv".into()).or_default();
    for row in table.rows(&shared) {
        *counts.entry(row.mark()).or_default() += 1;
        row.check_mark();
        let Some(code) = row.new_id("code", &mut seen) else { continue };
        if !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            row.refuse(
                "code",
                "must be a register's code of letters and digits, not a name",
                "use the GB/T 2260 code, such as 330400",
            );
            continue;
        }
        let parent = row.text("parent").to_string();
        waiting.push((row, parent.clone(), code.clone()));
        let (Some(name_zh), Some(name_en)) =
            (waiting.last().and_then(|w| w.0.needed("name_zh")), waiting.last().and_then(|w| w.0.needed("name_en")))
        else {
            continue;
        };
        members.push(Member { code, parent: (!parent.is_empty()).then_some(parent), name_zh, name_en, area: None });
    }
    let tops: BTreeSet<&str> = members.iter().filter(|m| m.parent.is_none()).map(|m| m.code.as_str()).collect();
    for (row, parent, code) in &waiting {
        if parent == code {
            row.refuse("parent", "a member cannot be its own parent", "leave it empty for a member of the top level");
        } else if !parent.is_empty() && !tops.contains(parent.as_str()) {
            row.refuse(
                "parent",
                "is not the code of a top-level member",
                "add that member with an empty parent, or correct the code",
            );
        }
    }
    if members.is_empty() {
        shared.borrow_mut().add(Problem {
            file: "members.csv".into(),
            line: None,
            field: String::new(),
            value: String::new(),
            limit: "the region has no member".into(),
            remedy: "add at least one".into(),
        });
    }
    members
}

/// SHA-256 of every table, settings and map file, by name.
fn hash_inputs(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_string();
            let kept = [".csv", ".toml", ".geojson"].iter().any(|end| name.ends_with(end));
            let bytes = kept.then(|| std::fs::read(&path).ok())??;
            let digest = Sha256::digest(&bytes);
            Some((name, digest.iter().map(|b| format!("{b:02x}")).collect()))
        })
        .collect()
}
