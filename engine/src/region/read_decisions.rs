//! The tables of sources, reactions, measures, targets, events and published figures.

use super::case::Reader;
use super::event::{Band, Campaign, EventRule, Obligation, Origin};
use super::member::{Member, Station};
use super::network::{Reach, Section};
use super::pollutant::Medium;
use super::read_air::{place, pollutant, species, unit_factor};
use super::read_water::position_on;
use super::source::{Effect, Emission, Measure, Process, ReactionStep, Site, Source, Target};
use super::table::{Limit, Row};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};

const MEDIA: [(&str, Medium); 2] = [("air", Medium::Air), ("water", Medium::Water)];
const SHARE: Limit = Limit::new(0.0, 1.0, "(a share)");

/// `chain.csv`.
pub(super) fn reactions(reader: &mut Reader<'_>, file: &str) -> Vec<ReactionStep> {
    let mut list: Vec<ReactionStep> = Vec::new();
    reader.each_row(file, &["medium", "process", "species", "product", "rate_per_s", "mass_yield"], |row| {
        let medium = row.choice("medium", &MEDIA);
        let process = row.choice(
            "process",
            &[("loss", Process::Loss), ("convert", Process::Convert), ("observe", Process::Observe)],
        );
        let species = row.needed("species");
        let rate = |column| row.number_or_empty(column, Limit::new(0.0, 0.1, "per s"));
        let (value, low, high) = (rate("rate_per_s"), rate("rate_low"), rate("rate_high"));
        let yields = row.number_or_empty("mass_yield", Limit::new(0.0, 100.0, "kg per kg"));
        let parts = (medium, process, species, value, low, high, yields);
        let (Some(medium), Some(process), Some(species), Some(value), Some(low), Some(high), Some(yields)) = parts
        else {
            return;
        };
        let product = row.text("product").to_string();
        if process != Process::Loss && product.is_empty() {
            row.refuse("product", "the cell is empty", "say what the species becomes, or what quantity it counts in");
            return;
        }
        if process == Process::Convert && product == species {
            row.refuse("product", "a species cannot become itself", "name another species");
            return;
        }
        if process != Process::Observe && value.is_none() {
            row.refuse("rate_per_s", "the cell is empty where a rate (per s) is needed", "give the first-order rate");
            return;
        }
        if let (Some(low), Some(value), Some(high)) = (low, value, high)
            && !(low <= value && value <= high)
        {
            row.refuse(
                "rate_per_s",
                format!("must lie in its own range {low:e} to {high:e} per s"),
                "correct the rate or the range",
            );
            return;
        }
        list.push(ReactionStep {
            medium,
            process,
            species,
            product,
            rate_per_s: value.unwrap_or(0.0),
            rate_range: low.zip(high),
            mass_yield: yields.unwrap_or(1.0),
        });
    });
    list
}

/// `sources.csv`.
pub(super) fn sources(
    reader: &mut Reader<'_>,
    members: &[Member],
    reaches: &[Reach],
    ids: &BTreeMap<String, usize>,
) -> Vec<Source> {
    let codes = reader.codes;
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row("sources.csv", &["source_id", "member", "medium", "kind", "sector", "structure"], |row| {
        let (id, medium) = (row.new_id("source_id", &mut seen), row.choice("medium", &MEDIA));
        let (sector, structure) = (row.needed("sector"), row.needed("structure"));
        let kind = row.choice("kind", &["point", "area", "outfall", "diffuse", "inflow"].map(|k| (k, k)));
        let height = row.number_or_empty("height_m", Limit::new(0.0, 1000.0, "m"));
        let (Some(kind), Some(medium)) = (kind, medium) else { return };
        let member = match (kind, row.text("member")) {
            ("inflow", "") => Some(None),
            _ => row.known("member", codes, "members.csv").map(Some),
        };
        let of_air = matches!(kind, "point" | "area");
        if of_air != (medium == Medium::Air) {
            row.refuse(
                "kind",
                format!("is not a kind of source of {}", medium.id()),
                "air: point, area; water: outfall, diffuse, inflow",
            );
            return;
        }
        let site = site(row, kind, members, reaches, ids);
        let (Some(id), Some(sector), Some(structure), Some(height), Some(member), Some(site)) =
            (id, sector, structure, height, member, site)
        else {
            return;
        };
        let name = |column| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(&id).to_string();
        let (name_zh, name_en) = (name("name_zh"), name("name_en"));
        list.push(Source {
            id,
            member,
            medium,
            site,
            sector,
            structure,
            height_m: height.unwrap_or(0.0),
            name_zh,
            name_en,
            mark: row.mark(),
        });
    });
    list
}

fn site(
    row: &Row<'_>,
    kind: &str,
    members: &[Member],
    reaches: &[Reach],
    ids: &BTreeMap<String, usize>,
) -> Option<Site> {
    match kind {
        "point" => place(row).map(Site::Point),
        "area" => {
            let code = row.text("member");
            let has_polygon = members.iter().any(|m| m.code == code && m.area.is_some());
            if !has_polygon {
                row.refuse(
                    "member",
                    "has no polygon in members.geojson to spread the source over",
                    "add the polygon, or make the source a point",
                );
            }
            has_polygon.then_some(Site::Area)
        }
        _ => {
            let reach = row.needed("reach_id")?;
            let (_, distance_m) = position_on(row, &reach, reaches, ids)?;
            Some(match kind {
                "outfall" => Site::Outfall { reach, distance_m },
                "diffuse" => Site::Diffuse { reach },
                _ => Site::Inflow { reach },
            })
        }
    }
}

fn index(sources: &[Source]) -> BTreeMap<&str, usize> {
    sources.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect()
}

fn source(row: &Row<'_>, column: &str, index: &BTreeMap<&str, usize>) -> Option<usize> {
    let id = row.needed(column)?;
    let found = index.get(id.as_str()).copied();
    if found.is_none() {
        row.refuse(column, "is not in sources.csv", "use a source_id of that table, or add the source");
    }
    found
}

/// The emitted species of a row, which must be in the chain of its medium.
fn chain_species(row: &Row<'_>, column: &str, medium: Medium, known: &[BTreeSet<String>; 2]) -> Option<String> {
    let table = format!("chain.csv ({})", medium.id());
    row.known(column, &known[usize::from(medium == Medium::Water)], &table)
}

fn species_of_both(reactions: &[ReactionStep]) -> [BTreeSet<String>; 2] {
    [species(reactions, Medium::Air), species(reactions, Medium::Water)]
}

/// `emissions.csv`.
pub(super) fn emissions(reader: &mut Reader<'_>, sources: &[Source], reactions: &[ReactionStep]) -> Vec<Emission> {
    let (index, known, zone) = (index(sources), species_of_both(reactions), reader.zone);
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row("emissions.csv", &["source_id", "species", "emission_t_per_year"], |row| {
        let Some(source) = source(row, "source_id", &index) else { return };
        let species = chain_species(row, "species", sources[source].medium, &known);
        let rate = row.number("emission_t_per_year", Limit::new(0.0, 1e9, "t a year"));
        let period = match (row.text("start"), row.text("end")) {
            ("", "") => Some(None),
            _ => row.period(None, zone).map(Some),
        };
        let (Some(species), Some(rate), Some(period)) = (species, rate, period) else { return };
        if !seen.insert((source, species.clone(), period)) {
            row.refuse(
                "species",
                "this source already has a row for it",
                "add the two together, or give each its own period",
            );
            return;
        }
        list.push(Emission { source, species, rate_kg_s: units::kg_s_from_t_a(rate), period, mark: row.mark() });
    });
    list
}

/// `measures.csv`: rows of one measure at one source are one decision. What a measure takes away in full may not exceed
/// what the source emits.
pub(super) fn measures(reader: &mut Reader<'_>, sources: &[Source], emissions: &[Emission]) -> Vec<Measure> {
    const MONEY: Limit = Limit::new(0.0, 1e15, "CNY");
    let (index, price_year) = (index(sources), reader.settings.map(|s| s.plan.price_year));
    let mut emitted: BTreeMap<(usize, &str), f64> = BTreeMap::new();
    for e in emissions {
        *emitted.entry((e.source, e.species.as_str())).or_default() += e.rate_kg_s;
    }
    let mut list: Vec<Measure> = Vec::new();
    let mut position: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut said: BTreeSet<(String, usize, usize, String)> = BTreeSet::new();
    let required = [
        "measure_id",
        "source_id",
        "structure",
        "sector",
        "pollutant",
        "medium",
        "effect_kg_s",
        "max_share",
        "capex_cny",
        "opex_cny_per_year",
        "life_years",
        "price_year",
        "group",
    ];
    reader.each_row("measures.csv", &required, |row| {
        let (id, decides) = (row.needed("measure_id"), source(row, "source_id", &index));
        // A measure that moves both media names the source of the other medium here.
        let acts_on = if row.text("applies_to").is_empty() { decides } else { source(row, "applies_to", &index) };
        let medium = row.choice("medium", &MEDIA);
        let species = row.needed("pollutant");
        let effect = row.number("effect_kg_s", Limit::new(0.0, 1e6, "kg/s"));
        let share = row.number("max_share", SHARE);
        let (capex, opex) = (row.number_or_empty("capex_cny", MONEY), row.number_or_empty("opex_cny_per_year", MONEY));
        let life = row.number_or_empty("life_years", Limit::new(0.5, 200.0, "years"));
        let year = row.number_or_empty("price_year", Limit::new(1980.0, 2100.0, ""));
        let parts = (id, decides, acts_on, medium, species, effect, share);
        let (Some(id), Some(decides), Some(acts_on), Some(medium), Some(species), Some(effect), Some(max_share)) =
            parts
        else {
            return;
        };
        let (Some(capex), Some(opex), Some(life), Some(_)) =
            (capex, opex, life, year.or(price_year.map(|y| Some(f64::from(y)))))
        else {
            return;
        };
        if sources[acts_on].medium != medium {
            row.refuse(
                "medium",
                format!("source {} is of {}", sources[acts_on].id, sources[acts_on].medium.id()),
                "name the source of this medium in applies_to",
            );
            return;
        }
        let has = emitted.get(&(acts_on, species.as_str())).copied().unwrap_or(0.0);
        if effect > has * (1.0 + 1e-6) && sources[acts_on].sector != "capacity" {
            row.refuse(
                "effect_kg_s",
                format!("is more than source {} emits of {species}, {has:.6} kg/s", sources[acts_on].id),
                "a measure cannot take away more than there is; check the unit",
            );
            return;
        }
        if capex.unwrap_or(0.0) > 0.0 && life.is_none() {
            row.refuse(
                "life_years",
                "an investment needs a life in years",
                "give one, and say in source whether it is assumed",
            );
            return;
        }
        if !said.insert((id.clone(), decides, acts_on, species.clone())) {
            row.refuse(
                "pollutant",
                format!(
                    "what {id} takes of {species} from source {} stands on an earlier line too",
                    sources[acts_on].id
                ),
                "keep one row a measure, source and pollutant",
            );
            return;
        }
        let at = *position.entry((id.clone(), decides)).or_insert_with(|| {
            let text = |column: &str| row.text(column).to_string();
            let name = |column: &str| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(&id).to_string();
            list.push(Measure {
                source: decides,
                structure: text("structure"),
                sector: text("sector"),
                effects: Vec::new(),
                max_share,
                capex_cny: 0.0,
                opex_cny_per_year: 0.0,
                life_years: life.unwrap_or(1.0),
                group: text("group"),
                name_zh: name("name_zh"),
                name_en: name("name_en"),
                mark: row.mark(),
                id: id.clone(),
            });
            list.len() - 1
        });
        let measure = &mut list[at];
        measure.effects.push(Effect { source: acts_on, species, rate_kg_s: effect });
        measure.max_share = measure.max_share.min(max_share);
        // The life is that of the investment, wherever among the rows it stands.
        if measure.capex_cny == 0.0 {
            measure.life_years = life.unwrap_or(measure.life_years);
        }
        measure.capex_cny += capex.unwrap_or(0.0);
        measure.opex_cny_per_year += opex.unwrap_or(0.0);
    });
    list
}

/// `targets.csv`.
pub(super) fn targets(reader: &mut Reader<'_>, stations: &[Station], sections: &[Section]) -> Vec<Target> {
    let air: BTreeSet<String> = stations.iter().map(|s| s.id.clone()).collect();
    let water: BTreeSet<String> = sections.iter().filter(|s| s.reach.is_some()).map(|s| s.id.clone()).collect();
    let zone = reader.zone;
    let periods = reader.settings.map(|s| (s.air_period, s.water_period)).unwrap_or_default();
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    let required =
        ["target_id", "receptor", "medium", "pollutant", "statistic", "start", "end", "sense", "limit", "unit"];
    reader.each_row("targets.csv", &required, |row| {
        let (id, medium) = (row.new_id("target_id", &mut seen), row.choice("medium", &MEDIA));
        let statistic = row.choice("statistic", &[("mean", ())]);
        let sense = row.choice("sense", &[("<=", ())]);
        let Some(medium) = medium else { return };
        let (receptor, whole) = match medium {
            Medium::Air => (row.known("receptor", &air, "stations.csv"), periods.0),
            Medium::Water => (row.known("receptor", &water, "sections.csv (with a reach)"), periods.1),
        };
        let quantity = pollutant(row, "pollutant", medium);
        let factor = quantity.and_then(|p| unit_factor(row, p));
        let limit = row.number("limit", Limit::new(0.0, 1e9, "in its unit"));
        let period = row.period(whole, zone);
        if let (
            Some(id),
            Some(()),
            Some(()),
            Some(receptor),
            Some(pollutant),
            Some(factor),
            Some(limit),
            Some(period),
        ) = (id, statistic, sense, receptor, quantity, factor, limit, period)
        {
            list.push(Target {
                id,
                receptor,
                medium,
                pollutant,
                period,
                limit: limit * factor,
                origin: row.text("source").to_string(),
            });
        }
    });
    list
}

/// `event.csv`.
pub(super) fn event(reader: &mut Reader<'_>) -> Vec<EventRule> {
    let (codes, zone) = (reader.codes, reader.zone);
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row(
        "event.csv",
        &["rule_id", "start", "end", "member", "structure", "sector", "cut", "obligation"],
        |row| {
            let (id, window) = (row.new_id("rule_id", &mut seen), row.period(None, zone));
            let member = match row.text("member") {
                "" => Some(None),
                _ => row.known("member", codes, "members.csv").map(Some),
            };
            let cut = row.number("cut", SHARE);
            let obligation = row.choice("obligation", &[("must", Obligation::Must), ("should", Obligation::Should)]);
            let (Some(id), Some(window), Some(member), Some(cut), Some(obligation)) =
                (id, window, member, cut, obligation)
            else {
                return;
            };
            let some = |column: &str| Some(row.text(column).to_string()).filter(|t| !t.is_empty());
            list.push(EventRule {
                window,
                member,
                structure: some("structure"),
                sector: some("sector"),
                cut,
                obligation,
                name_zh: some("name_zh").unwrap_or_else(|| id.clone()),
                name_en: some("name_en").unwrap_or_else(|| id.clone()),
                mark: row.mark(),
                origin: row.text("source").to_string(),
                id,
            });
        },
    );
    list
}

/// `campaign.csv`: one row per precursor.
pub(super) fn campaigns(reader: &mut Reader<'_>, stations: &[Station]) -> Vec<Campaign> {
    let known: BTreeSet<String> = stations.iter().map(|s| s.id.clone()).collect();
    let zone = reader.zone;
    let mut list: Vec<Campaign> = Vec::new();
    reader.each_row(
        "campaign.csv",
        &["campaign_id", "treated", "start", "end", "pollutant", "cut_treated", "cut_region"],
        |row| {
            let (id, treated, window) =
                (row.needed("campaign_id"), row.known("treated", &known, "stations.csv"), row.period(None, zone));
            let (here, region) = (row.number_or_empty("cut_treated", SHARE), row.number_or_empty("cut_region", SHARE));
            let (Some(id), Some(treated), Some(window), Some(here), Some(region)) = (id, treated, window, here, region)
            else {
                return;
            };
            let precursor = row.text("pollutant").to_string();
            match list.iter_mut().find(|c| c.id == id) {
                Some(campaign) if campaign.treated != treated || campaign.window != window => row.refuse(
                    "campaign_id",
                    "an earlier line of this campaign has another treated station or window",
                    "repeat both on each line, or give the other campaign its own campaign_id",
                ),
                Some(campaign) => campaign.cuts.push((precursor, here, region)),
                None => {
                    let name = |column| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(&id).to_string();
                    let (name_zh, name_en) = (name("name_zh"), name("name_en"));
                    list.push(Campaign {
                        id,
                        treated,
                        window,
                        cuts: vec![(precursor, here, region)],
                        name_zh,
                        name_en,
                    });
                }
            }
        },
    );
    list
}

/// `bands.csv`.
pub(super) fn bands(reader: &mut Reader<'_>, stations: &[Station]) -> Vec<Band> {
    const PERCENT: Limit = Limit::new(0.0, 100.0, "%");
    let known: BTreeSet<&str> = stations.iter().map(|s| s.id.as_str()).collect();
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row("bands.csv", &["band_id", "receptors", "origin", "low", "high"], |row| {
        let id = row.new_id("band_id", &mut seen);
        let origin =
            row.choice("origin", &[("local", Origin::Local), ("region", Origin::Region), ("outside", Origin::Outside)]);
        let (low, high) = (row.number("low", PERCENT), row.number("high", PERCENT));
        let receptors: Vec<String> = row.text("receptors").split(';').map(|r| r.trim().to_string()).collect();
        if let Some(strange) = receptors.iter().find(|r| !known.contains(r.as_str())) {
            row.refuse(
                "receptors",
                format!("\"{strange}\" is not in stations.csv"),
                "use station identifiers, split by ;",
            );
            return;
        }
        if let (Some(id), Some(origin), Some(low), Some(high)) = (id, origin, low, high) {
            if low > high {
                row.refuse("high", format!("must be at least low, {low} %"), "swap the two, or correct one");
                return;
            }
            let (season, source) = (row.text("season").to_string(), row.text("source").to_string());
            list.push(Band { id, receptors, season, origin, low, high, source });
        }
    });
    list
}
