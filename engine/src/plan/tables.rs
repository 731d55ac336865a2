//! The question of a plan from plain tables, for footprints and measures that come without a region.
//!
//! ```text
//! footprint  receptor,pollutant,source_id,species,value_s_m3[,start,end]      what 1 kg/s does to the mean, kg/m³
//! emissions  source_id,species,rate_kg_s[,member]                             a source may stand on several lines
//! measures   measure_id,source_id,structure,sector,pollutant,medium,effect_kg_s,max_share,capex_cny,opex_cny_per_year,
//!            life_years,price_year,group,min_size,source
//!            [,applies_to,adopted,floor_share,unit_share,requires,stacks,currency,member]
//! targets    target_id,receptor,medium,pollutant,statistic,start,end,sense,limit,unit[,member,now]
//! ```
//! One measure at one source is one decision, on as many lines as it has effects; money is the sum over its lines. An effect
//! below 0 adds (the wastewater of a scrubber, the ammonia slip of a catalyst). `adopted` is what stands already and is in
//! the emissions, so only `max_share − adopted` is left to decide; `floor_share` is the least that must be applied (no
//! regret); `min_size` the least share that can be applied at all; `unit_share` the lump in which it comes; `requires` a
//! measure of the same source that must be applied to at least the same share; `stacks` = `yes` where the effect is a share
//! of what is left by the other stacking measures there. A `sense` of `>=` turns the signs of its row.

use super::abatement::{Abatement, Coupling, Decision, Goal};
use super::least_cost::capital_recovery;
use super::stack::{Stack, Stacked};
use crate::problem::{Error, Problems, Result};
use crate::region::pollutant::{Medium, Pollutant};
use crate::region::table::{Limit, Row, Table};
use crate::units;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const ANY: Limit = Limit::new(-1e30, 1e30, "");
const SHARE: Limit = Limit::new(0.0, 1.0, "(a share)");
const MONEY: Limit = Limit::new(-1e15, 1e15, "CNY");

/// The text of the four tables, with the names that problems are told under.
pub struct Texts<'a> {
    /// Footprint.
    pub footprint: (&'a str, &'a str),
    /// Emissions.
    pub emissions: (&'a str, &'a str),
    /// Measures.
    pub measures: (&'a str, &'a str),
    /// Targets.
    pub targets: (&'a str, &'a str),
    /// Yearly interest rate for investments.
    pub interest_rate: f64,
}

/// What the tables ask, and the unit of each goal.
#[derive(Debug)]
pub struct Asked {
    /// Decisions, goals, stacks and lumps; goals in the unit of their target.
    pub stacked: Stacked,
    /// Unit of each goal.
    pub units: Vec<String>,
    /// Receptor of each goal.
    pub receptors: Vec<String>,
    /// Goals that ask for at least their limit; their values are held with the sign turned.
    pub turned: Vec<bool>,
    /// Ozone precursors move and no target or footprint is of ozone.
    pub ozone_not_assessed: bool,
}

/// A unit of the four tables: what may be measured at a receptor, SI value of 1.
fn factor(row: &Row<'_>, pollutant: &str) -> Option<f64> {
    let unit = row.needed("unit")?;
    match units::unit(&unit) {
        Some(u) if u.dimension == units::Dimension::Concentration => Some(u.to_si),
        _ => {
            row.refuse(
                "unit",
                format!("is not a unit of {pollutant}: ug/m3, mg/m3, kg/m3, mg/L, ug/L"),
                "use one of these",
            );
            None
        }
    }
}

struct Goals {
    goals: Vec<Goal>,
    units: Vec<String>,
    receptors: Vec<String>,
    /// SI value of the unit, with the sign of the sense.
    signs: Vec<f64>,
    keys: Vec<(String, String)>,
    given_now: Vec<bool>,
}

/// Reads the tables; every problem is told.
pub fn read(texts: &Texts<'_>) -> Result<Asked> {
    let mut problems = Problems::default();
    let footprint = footprint(texts.footprint, &mut problems);
    let (emissions, members_of) = emissions(texts.emissions, &mut problems);
    let mut members: Vec<String> = members_of.values().filter(|m| !m.is_empty()).cloned().collect();
    members.sort();
    members.dedup();
    let mut goals = goals(texts.targets, &members, &footprint, &mut problems);
    let sensitivity = |t: usize, source: &str, species: &str| -> f64 {
        let (receptor, pollutant) = &goals.keys[t];
        let found = footprint.get(&(receptor.clone(), pollutant.clone()));
        found.and_then(|f| f.get(&(source.to_string(), species.to_string()))).copied().unwrap_or(0.0)
    };
    let modelled: Vec<f64> = (0..goals.goals.len())
        .map(|t| emissions.iter().map(|((source, species), q)| sensitivity(t, source, species) * q).sum::<f64>())
        .collect();
    let decisions = measures(texts, &members, &members_of, &emissions, &mut problems);
    let effects: Vec<Vec<(usize, f64)>> = (0..goals.goals.len())
        .map(|t| {
            let mut row: BTreeMap<usize, f64> = BTreeMap::new();
            for (j, d) in decisions.iter().enumerate() {
                let adds = d.effects.iter().filter(|e| !e.stacks);
                let sum: f64 = adds.map(|e| sensitivity(t, &e.source, &e.species) * e.rate).sum();
                if sum != 0.0 {
                    row.insert(j, sum / goals.signs[t]);
                }
            }
            row.into_iter().collect()
        })
        .collect();
    let stacks = stacks(&decisions, &emissions, goals.goals.len(), |t, s, p| sensitivity(t, s, p) / goals.signs[t]);
    if !problems.is_empty() {
        return Err(Error::Input(problems.into_sorted()));
    }
    for (t, row) in effects.into_iter().enumerate() {
        let goal = &mut goals.goals[t];
        if !goals.given_now[t] {
            goal.now = modelled[t] / goals.signs[t];
        }
        goal.effects = row;
        goal.yardstick = [goal.limit, goal.now].into_iter().map(f64::abs).find(|v| *v > 0.0).unwrap_or(1.0);
    }
    let precursor = |s: &str| ["NOx", "NO", "NO2", "NMVOC", "VOC", "VOCs"].contains(&s);
    let moves = decisions.iter().any(|d| d.effects.iter().any(|e| e.medium == Medium::Air && precursor(&e.species)));
    let ozone_not_assessed = moves && !footprint.keys().any(|(_, p)| p == "O3");
    let stacked = assemble(members, decisions, &emissions, goals.goals, stacks);
    let turned = goals.signs.iter().map(|s| *s < 0.0).collect();
    Ok(Asked { stacked, units: goals.units, receptors: goals.receptors, turned, ozone_not_assessed })
}

type Rows = BTreeMap<(String, String), BTreeMap<(String, String), f64>>;

fn footprint((file, text): (&str, &str), problems: &mut Problems) -> Rows {
    let mut rows: Rows = BTreeMap::new();
    let required = ["receptor", "pollutant", "source_id", "species", "value_s_m3"];
    let Some(table) = Table::from_text(file, text, &required, problems) else { return rows };
    let told = RefCell::new(problems);
    for row in table.rows(&told) {
        let ids = (row.needed("receptor"), row.needed("pollutant"), row.needed("source_id"), row.needed("species"));
        let value = row.number("value_s_m3", ANY);
        if let ((Some(r), Some(p), Some(s), Some(k)), Some(value)) = (ids, value) {
            *rows.entry((r, p)).or_default().entry((s, k)).or_default() += value;
        }
    }
    rows
}

type Emitted = BTreeMap<(String, String), f64>;

fn emissions((file, text): (&str, &str), problems: &mut Problems) -> (Emitted, BTreeMap<String, String>) {
    let (mut rates, mut members) = (Emitted::new(), BTreeMap::new());
    let Some(table) = Table::from_text(file, text, &["source_id", "species", "rate_kg_s"], problems) else {
        return (rates, members);
    };
    let told = RefCell::new(problems);
    for row in table.rows(&told) {
        let (source, species) = (row.needed("source_id"), row.needed("species"));
        let rate = row.number("rate_kg_s", Limit::new(0.0, 1e9, "kg/s"));
        if let (Some(source), Some(species), Some(rate)) = (source, species, rate) {
            members.entry(source.clone()).or_insert_with(|| row.text("member").to_string());
            *rates.entry((source, species)).or_default() += rate;
        }
    }
    (rates, members)
}

fn goals((file, text): (&str, &str), members: &[String], footprint: &Rows, problems: &mut Problems) -> Goals {
    let mut found = Goals {
        goals: Vec::new(),
        units: Vec::new(),
        receptors: Vec::new(),
        signs: Vec::new(),
        keys: Vec::new(),
        given_now: Vec::new(),
    };
    let required = ["target_id", "receptor", "medium", "pollutant", "statistic", "sense", "limit", "unit"];
    let Some(table) = Table::from_text(file, text, &required, problems) else { return found };
    let told = RefCell::new(problems);
    let mut seen = BTreeSet::new();
    for row in table.rows(&told) {
        let (id, receptor) = (row.new_id("target_id", &mut seen), row.needed("receptor"));
        let medium = row.choice("medium", &[("air", Medium::Air), ("water", Medium::Water)]);
        let statistic = row.choice("statistic", &[("mean", ())]);
        let sense = row.choice("sense", &[("<=", 1.0), (">=", -1.0)]);
        let pollutant = row.needed("pollutant");
        let limit = row.number("limit", ANY);
        let now = row.number_or_empty("now", ANY);
        let unit = pollutant.as_deref().and_then(|p| factor(&row, p));
        let (Some(id), Some(receptor), Some(_), Some(()), Some(sense)) = (id, receptor, medium, statistic, sense)
        else {
            continue;
        };
        let (Some(pollutant), Some(limit), Some(now), Some(unit)) = (pollutant, limit, now, unit) else { continue };
        // The footprint may name the quantity by its short name.
        let known = Pollutant::parse(&pollutant).map_or(pollutant.clone(), |p| p.spec().id.to_string());
        let key =
            [pollutant.clone(), known].into_iter().map(|p| (receptor.clone(), p)).find(|k| footprint.contains_key(k));
        if key.is_none() && now.is_none() {
            row.refuse(
                "receptor",
                format!("the footprint has no row of {pollutant} there"),
                "add the row, or give `now`",
            );
            continue;
        }
        found.goals.push(Goal {
            id,
            member: members.iter().position(|m| m == row.text("member")),
            now: sense * now.unwrap_or(0.0),
            limit: sense * limit,
            yardstick: 1.0,
            effects: Vec::new(),
        });
        found.units.push(row.text("unit").to_string());
        found.receptors.push(receptor.clone());
        found.signs.push(sense * unit);
        found.keys.push(key.unwrap_or((receptor, pollutant)));
        found.given_now.push(now.is_some());
    }
    found
}

struct Effect {
    source: String,
    species: String,
    medium: Medium,
    rate: f64,
    stacks: bool,
}

struct Choice {
    decision: Decision,
    effects: Vec<Effect>,
    group: String,
    requires: String,
    least: Option<f64>,
    lump: Option<f64>,
}

fn measures(
    texts: &Texts<'_>,
    members: &[String],
    members_of: &BTreeMap<String, String>,
    emissions: &Emitted,
    problems: &mut Problems,
) -> Vec<Choice> {
    let mut list: Vec<Choice> = Vec::new();
    let required = ["measure_id", "source_id", "pollutant", "medium", "effect_kg_s", "max_share"];
    let (file, text) = texts.measures;
    let Some(table) = Table::from_text(file, text, &required, problems) else { return list };
    let mut place: BTreeMap<(String, String), usize> = BTreeMap::new();
    let told = RefCell::new(problems);
    for row in table.rows(&told) {
        let (id, source, species) = (row.needed("measure_id"), row.needed("source_id"), row.needed("pollutant"));
        let medium = row.choice("medium", &[("air", Medium::Air), ("water", Medium::Water)]);
        let effect = row.number("effect_kg_s", Limit::new(-1e6, 1e6, "kg/s"));
        let most = row.number("max_share", SHARE);
        let share = |column| row.number_or_empty(column, SHARE);
        let shares = (share("adopted"), share("floor_share"), share("unit_share"), share("min_size"));
        let money = (row.number_or_empty("capex_cny", MONEY), row.number_or_empty("opex_cny_per_year", MONEY));
        let life = row.number_or_empty("life_years", Limit::new(0.5, 200.0, "years"));
        let stacks = row.choice("stacks", &[("", false), ("no", false), ("yes", true)]);
        if !matches!(row.text("currency"), "" | "CNY") {
            row.refuse("currency", "is not CNY", "convert the money at a stated rate, and say so in source");
        }
        let (Some(id), Some(source), Some(species), Some(medium), Some(rate), Some(most)) =
            (id, source, species, medium, effect, most)
        else {
            continue;
        };
        let (
            (Some(adopted), Some(floor), Some(unit), Some(least)),
            (Some(capex), Some(opex)),
            Some(life),
            Some(stacks),
        ) = (shares, money, life, stacks)
        else {
            continue;
        };
        if !members_of.contains_key(&source) {
            row.refuse(
                "source_id",
                "emits nothing in the table of emissions",
                "add the source there, or correct the name",
            );
            continue;
        }
        let acts_on =
            if row.text("applies_to").is_empty() { source.clone() } else { row.text("applies_to").to_string() };
        let emitted = emissions.get(&(acts_on.clone(), species.clone())).copied().unwrap_or(0.0);
        if rate > emitted * (1.0 + 1e-6) && row.text("sector") != "capacity" {
            let limit = format!("is more than source {acts_on} emits of {species}, {emitted:.6} kg/s");
            row.refuse("effect_kg_s", limit, "a measure cannot take away more than there is; check the unit");
            continue;
        }
        if capex.is_some_and(|c| c != 0.0) && life.is_none() {
            row.refuse("life_years", "an investment needs a life in years", "give one, and say whether it is assumed");
            continue;
        }
        let upper = most - adopted.unwrap_or(0.0);
        let floor = floor.unwrap_or(0.0);
        if upper < 0.0 || floor > upper {
            let limit = format!("floor {floor} and what is adopted leave no room under max_share {most}");
            row.refuse("max_share", limit, "raise max_share, or lower adopted or floor_share");
            continue;
        }
        let yearly =
            capex.unwrap_or(0.0) * capital_recovery(texts.interest_rate, life.unwrap_or(1.0)) + opex.unwrap_or(0.0);
        let member = match row.text("member") {
            "" => members_of.get(&source).map_or("", String::as_str),
            named => named,
        };
        let at = *place.entry((id.clone(), source.clone())).or_insert_with(|| {
            list.push(Choice {
                decision: Decision {
                    measure: id.clone(),
                    source: source.clone(),
                    member: members.iter().position(|m| m == member),
                    cost: 0.0,
                    floor,
                    upper,
                },
                effects: Vec::new(),
                group: row.text("group").to_string(),
                requires: row.text("requires").to_string(),
                least: None,
                lump: None,
            });
            list.len() - 1
        });
        let choice = &mut list[at];
        choice.decision.cost += yearly;
        choice.decision.upper = choice.decision.upper.min(upper);
        choice.decision.floor = choice.decision.floor.max(floor);
        choice.least = least.filter(|l| *l > 0.0).or(choice.least);
        choice.lump = unit.filter(|u| *u > 0.0).or(choice.lump);
        choice.effects.push(Effect { source: acts_on, species, medium, rate, stacks });
    }
    list.sort_by(|a, b| (&a.decision.measure, &a.decision.source).cmp(&(&b.decision.measure, &b.decision.source)));
    list
}

/// One stack for each source and species that stacking measures act on; the efficiency is the effect over the emission.
fn stacks(
    decisions: &[Choice],
    emissions: &Emitted,
    goals: usize,
    sensitivity: impl Fn(usize, &str, &str) -> f64,
) -> Vec<Stack> {
    let mut terms: BTreeMap<(&str, &str), Vec<(usize, f64)>> = BTreeMap::new();
    for (j, d) in decisions.iter().enumerate() {
        for e in d.effects.iter().filter(|e| e.stacks) {
            let emitted = emissions.get(&(e.source.clone(), e.species.clone())).copied().unwrap_or(0.0);
            if emitted > 0.0 {
                terms.entry((&e.source, &e.species)).or_default().push((j, e.rate / emitted));
            }
        }
    }
    terms
        .into_iter()
        .map(|((source, species), terms)| {
            let emitted = emissions.get(&(source.to_string(), species.to_string())).copied().unwrap_or(0.0);
            let worth = (0..goals).map(|t| (t, sensitivity(t, source, species) * emitted)).filter(|(_, w)| *w != 0.0);
            Stack { terms, worth: worth.collect() }
        })
        .collect()
}

fn assemble(
    members: Vec<String>,
    choices: Vec<Choice>,
    emissions: &Emitted,
    goals: Vec<Goal>,
    stacks: Vec<Stack>,
) -> Stacked {
    let mut groups: BTreeMap<(&str, &str), Vec<(usize, f64)>> = BTreeMap::new();
    let mut removals: BTreeMap<(&str, &str), Vec<(usize, f64)>> = BTreeMap::new();
    let mut couplings = Vec::new();
    for (j, c) in choices.iter().enumerate() {
        if !c.group.is_empty() {
            groups.entry((&c.decision.source, &c.group)).or_default().push((j, 1.0));
        }
        for e in c.effects.iter().filter(|e| !e.stacks) {
            let emitted = emissions.get(&(e.source.clone(), e.species.clone())).copied().unwrap_or(0.0);
            if emitted > 0.0 {
                removals.entry((&e.source, &e.species)).or_default().push((j, e.rate / emitted));
            }
        }
        let first =
            choices.iter().position(|o| o.decision.source == c.decision.source && o.decision.measure == c.requires);
        if let Some(first) = first {
            couplings.push(Coupling { most: 0.0, terms: vec![(j, 1.0), (first, -1.0)] });
        }
    }
    let upper = |j: usize| choices[j].decision.upper;
    let breakable =
        |terms: &[(usize, f64)]| terms.iter().map(|(j, a)| (a * upper(*j)).max(0.0)).sum::<f64>() > 1.0 + 1e-12;
    let whole = groups.into_values().chain(removals.into_values()).filter(|t| breakable(t));
    couplings.extend(whole.map(|terms| Coupling { most: 1.0, terms }));
    let lumps = choices.iter().enumerate().filter_map(|(j, c)| Some((j, c.lump?))).collect();
    let least = choices.iter().enumerate().filter_map(|(j, c)| Some((j, c.least?))).collect();
    let decisions = choices.into_iter().map(|c| c.decision).collect();
    Stacked { plain: Abatement { members, decisions, goals, couplings }, stacks, lumps, least }
}
