//! `transport river capacity`: how much load the river can bear, and who may let go how much of it.

use super::given::{self, Noted, Options};
use crate::commands::river_network::read_network;
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::folder::{self, File};
use crate::output::number::{number, optional};
use crate::output::river_files::{self, csv};
use liankong_engine::assess::gb3838::Standard;
use liankong_engine::plan::capacity::{self, Allowed, Bound, Rule, Segment};
use liankong_engine::region::Pollutant;
use liankong_engine::region::network::{ReachKind, WaterBody};
use liankong_engine::region::river::RiverNetwork;
use liankong_engine::region::river::read_places::{RiverSection, RiverSource};
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::quality::Kinetics;
use liankong_engine::transport::river::quality::kinetics::Surroundings;
use liankong_engine::transport::river::sections::{Outcome as Felt, River};
use liankong_engine::units::t_a_from_kg_s;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What it is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong transport river capacity --network network.csv --sources outfalls.csv --sections sections.csv --decay COD=0.2 --out out/capacity\n\n\
                        A section's limits: rows with species and limit_mg_l, or target_class (Ⅰ-Ⅴ, limits of GB 3838-2002), or --class for\n\
                        those without. capacity.csv: the load of each reach by the formula of one segment (GB/T 25173), and of each reach and\n\
                        section by optimisation over the footprint. allocation.csv: each source's allowed load. What is allowed is shown again by\n\
                        a forward run (replayed_kg_m3 in capacity_sections.csv). The design flow is the flow given."
)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Outfalls with today's loads
    #[arg(long, value_name = "FILE")]
    sources: PathBuf,
    /// Sections with their limits
    #[arg(long, value_name = "FILE")]
    sections: PathBuf,
    /// Class for sections without a limit of their own, 1 to 5
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5))]
    class: Option<u8>,
    /// Longest cell, m [default: the network's length over 100,000; 50 to 2000]
    #[arg(long, value_name = "M", value_parser = given::positive)]
    cell: Option<f64>,
}

/// A section's limit of one quantity.
struct Limit {
    section: usize,
    quantity: usize,
    kg_m3: f64,
    row: usize,
}

#[derive(Serialize)]
struct Total<'a> {
    species: &'a str,
    today_kg_s: f64,
    greatest_total_kg_s: Option<f64>,
    equal_shares_kg_s: Option<f64>,
}

#[derive(Serialize)]
struct Summary<'a> {
    totals: Vec<Total<'a>>,
    limits: usize,
    greatest_breach: f64,
    forward_error: f64,
    #[serde(flatten)]
    noted: Noted<'a>,
    files: [&'a str; 3],
}

/// Answers and writes.
pub fn capacity(arguments: &Arguments, desk: &Desk) -> Outcome {
    let options = &arguments.options;
    folder::fit_for_results(options.out())?;
    let mut read = read_network(options.network(), options.layer.as_deref())?;
    let (mut sources, sections) = given::places(Some(&arguments.sources), &arguments.sections, &read)?;
    let mut flow = given::flow(options, &mut read)?;
    let network = &read.given.network;
    if !flow.is_steady() {
        flow = flow.mean(network)?;
        desk.note("the flow varies; capacity is worked out at its mean. Give a design flow (such as 30Q10) for a standard's answer");
    }
    if sources.iter().any(|s| s.period.is_some()) {
        desk.note("start and end of sources are left out: capacity takes every load as lasting for ever");
        sources.iter_mut().for_each(|s| s.period = None);
    }
    let kinetics = given::kinetics(options, &sources)?;
    read.tell(desk);
    let river = River {
        network,
        flow: &flow,
        kinetics: &kinetics,
        temperature_c: options.temperature,
        cell_m: given::cell_m(arguments.cell, network, 100_000.0)?,
        step_s: 900.0,
        dispersion_m2_s: vec![0.0; network.elements.len()],
        standing: liankong_engine::region::Quality::Screening,
    };
    let felt = river.steady(&sources, &sections, false)?;
    let limits = limits(&sections, &kinetics, network, &felt, arguments.class);
    if limits.is_empty() {
        return Err(Failure::Usage(
            "no section has a limit for any species of the sources: add target_class, or species and limit_mg_l, or give --class".into(),
        ));
    }
    let answers = allocate(&river, &sources, &sections, &felt, &limits)?;
    let replayed =
        answers.iter().map(|a| replay(&river, &sources, &sections, a)).collect::<Result<Vec<Felt>, Failure>>()?;
    let breaches = answers.iter().zip(&replayed).flat_map(|(answer, replay)| {
        let own = answer.limits.iter().map(|l| &limits[*l]);
        own.map(|l| replay.rows[l.row].value_kg_m3.unwrap_or(0.0) / l.kg_m3 - 1.0)
    });
    let greatest_breach = breaches.fold(0.0, f64::max);
    let pieces = Pieces {
        river: &river,
        sources: &sources,
        sections: &sections,
        felt: &felt,
        limits: &limits,
        answers: &answers,
    };
    let files = [
        File { name: "capacity.csv", bytes: pieces.capacity()? },
        File { name: "capacity_sections.csv", bytes: pieces.sections(&replayed)? },
        File { name: "allocation.csv", bytes: pieces.allocation()? },
    ];
    river_files::put(options.out(), &files)?;
    let totals = pieces.totals();
    if desk.format == Format::Text {
        for t in &totals {
            let or = |x: Option<f64>| x.map_or("not bounded".into(), |x| format!("{:.1} t/a", t_a_from_kg_s(x)));
            desk.say(&format!(
                "{}: today {:.1} t/a; greatest total within every limit {}; by equal shares {}",
                t.species,
                t_a_from_kg_s(t.today_kg_s),
                or(t.greatest_total_kg_s),
                or(t.equal_shares_kg_s)
            ));
        }
        return Ok(());
    }
    desk.document(&Summary {
        totals,
        limits: limits.len(),
        greatest_breach,
        forward_error: felt.forward_error,
        noted: Noted::of(&read),
        files: ["capacity.csv", "capacity_sections.csv", "allocation.csv"],
    });
    Ok(())
}

/// Every limit that some section has: its own first, then its class, then the class of the command line.
fn limits(
    sections: &[RiverSection],
    kinetics: &Kinetics,
    network: &RiverNetwork,
    felt: &Felt,
    class: Option<u8>,
) -> Vec<Limit> {
    let standard = Standard::table();
    let mut found: BTreeMap<(&str, usize), Limit> = BTreeMap::new();
    for (row, r) in felt.rows.iter().enumerate() {
        let section = &sections[r.section];
        let name = &kinetics.observed[r.quantity].0;
        let own = section.limit.as_ref().filter(|(species, _)| species == name).map(|(_, kg_m3)| *kg_m3);
        let lake = network.elements[section.place.element].kind == ReachKind::Lake;
        let body = if lake { WaterBody::Lake } else { WaterBody::River };
        let by_class = || standard.greatest(Pollutant::parse(name)?, body, section.target_class.or(class)?);
        // A row that names one species' limit says nothing of the others.
        let kg_m3 = if section.limit.is_some() { own } else { by_class() };
        let Some(kg_m3) = kg_m3.filter(|l| *l > 0.0) else { continue };
        let limit = Limit { section: r.section, quantity: r.quantity, kg_m3, row };
        match found.get(&(section.id.as_str(), r.quantity)) {
            Some(other) if other.kg_m3 <= kg_m3 => {}
            _ => drop(found.insert((&section.id, r.quantity), limit)),
        }
    }
    found.into_values().collect()
}

/// The loads of one species by source, and what may be let go of it.
struct Answer<'a> {
    species: usize,
    name: &'a str,
    /// Sources of this species: site of the footprint and today's load.
    today: Vec<(usize, f64)>,
    total: Option<Allowed>,
    equal: Option<Allowed>,
    /// Limits that bound it.
    limits: Vec<usize>,
}

impl Answer<'_> {
    fn allowed(&self, rule: Rule) -> Option<&Allowed> {
        match rule {
            Rule::GreatestTotal => self.total.as_ref(),
            Rule::EqualShares => self.equal.as_ref(),
        }
    }
}

/// Species by species: a limit of a quantity bounds the loads of the species it is named after; what other species add to it (a
/// precursor) counts as given.
fn allocate<'a>(
    river: &'a River<'_>,
    sources: &[RiverSource],
    sections: &[RiverSection],
    felt: &Felt,
    limits: &[Limit],
) -> Result<Vec<Answer<'a>>, Failure> {
    let sites: BTreeMap<&str, usize> = felt.footprint.sites.iter().enumerate().map(|(i, s)| (s.as_str(), i)).collect();
    let mut answers = Vec::new();
    for (species, name) in river.kinetics.species.iter().enumerate() {
        let mut today: BTreeMap<usize, f64> = BTreeMap::new();
        for source in sources.iter().filter(|s| s.species == *name) {
            *today.entry(sites[source.id.as_str()]).or_default() += source.load_kg_s;
        }
        let bounding: Vec<usize> =
            (0..limits.len()).filter(|l| river.kinetics.observed[limits[*l].quantity].0 == *name).collect();
        if today.is_empty() || bounding.is_empty() {
            continue;
        }
        let today: Vec<(usize, f64)> = today.into_iter().collect();
        let bounds: Vec<Bound> = bounding
            .iter()
            .map(|l| {
                let limit = &limits[*l];
                let entry: BTreeMap<usize, f64> = felt
                    .footprint
                    .row(limit.row)
                    .filter(|e| usize::from(e.column.species) == species)
                    .map(|e| (e.column.site as usize, e.value))
                    .collect();
                let of = |site: usize| entry.get(&site).copied().unwrap_or(0.0).max(0.0);
                let ours: f64 = today.iter().map(|(site, q)| of(*site) * q).sum();
                let others = felt.rows[limit.row].through_footprint_kg_m3 - ours;
                // What rounding leaves of a difference is no load of others.
                let others = if others.abs() <= 1e-12 * ours.abs() { 0.0 } else { others };
                Bound {
                    name: format!("{} / {name}", sections[limit.section].id),
                    room_kg_m3: limit.kg_m3 - others,
                    felt: today.iter().map(|(site, _)| of(*site)).collect(),
                }
            })
            .collect();
        let loads: Vec<f64> = today.iter().map(|t| t.1).collect();
        answers.push(Answer {
            species,
            name,
            total: Some(capacity::greatest_total(&bounds, today.len())?),
            equal: Some(capacity::equal_shares(&bounds, &loads)?),
            today,
            limits: bounding,
        });
    }
    Ok(answers)
}

/// A forward run with the loads that equal shares allow (those of the greatest total are bounded by the same rows).
fn replay(
    river: &River<'_>,
    sources: &[RiverSource],
    sections: &[RiverSection],
    answer: &Answer<'_>,
) -> Result<Felt, Failure> {
    let mut loads = sources.to_vec();
    let sites = liankong_engine::transport::river::sections::sites(sources);
    for (k, (site, today)) in answer.today.iter().enumerate() {
        let allowed = answer.allowed(Rule::EqualShares).and_then(|a| a.kg_s[k]).unwrap_or(*today);
        let factor = if *today > 0.0 { allowed / today } else { 0.0 };
        for load in loads.iter_mut().filter(|s| s.species == answer.name && s.id == sites[*site].0) {
            load.load_kg_s *= factor;
        }
    }
    Ok(river.steady(&loads, sections, false)?)
}

struct Pieces<'a> {
    river: &'a River<'a>,
    sources: &'a [RiverSource],
    sections: &'a [RiverSection],
    felt: &'a Felt,
    limits: &'a [Limit],
    answers: &'a [Answer<'a>],
}

/// Loss of a species by all its reactions in an element, s⁻¹.
fn loss_per_s(river: &River<'_>, flow: &Flow, element: usize, species: usize) -> f64 {
    let around = Surroundings {
        temperature_c: river.temperature_c,
        velocity_m_s: flow.velocity_m_s(0, element).unwrap_or(0.0).abs(),
        depth_m: flow.depth_m(0, element),
    };
    let rates = river.kinetics.rates(around);
    river.kinetics.reactions.iter().zip(rates).filter(|(r, _)| r.species == species).map(|(_, k)| k).sum()
}

impl Pieces<'_> {
    /// The section whose limit holds in each element: the nearest one downstream, following the greatest branch.
    fn judged_by(&self, quantity: usize) -> Vec<Option<&Limit>> {
        let network = self.river.network;
        let flow = self.river.flow;
        let own = |e: usize| {
            self.limits.iter().find(|l| l.quantity == quantity && self.sections[l.section].place.element == e)
        };
        let next: Vec<Option<usize>> = network
            .links_from()
            .into_iter()
            .map(|links| {
                let greatest =
                    links.max_by(|a, b| flow.frame(0).link_m3_s[*a].total_cmp(&flow.frame(0).link_m3_s[*b]))?;
                network.links[greatest].to
            })
            .collect();
        (0..network.elements.len())
            .map(|e| {
                let (mut at, mut steps) = (Some(e), 0);
                while let Some(here) = at.filter(|_| steps <= network.elements.len()) {
                    if let Some(limit) = own(here) {
                        return Some(limit);
                    }
                    (at, steps) = (next[here], steps + 1);
                }
                None
            })
            .collect()
    }

    fn capacity(&self) -> Result<Vec<u8>, Failure> {
        let columns = [
            "section_id",
            "reach_id",
            "species",
            "method",
            "limit_kg_m3",
            "head_kg_m3",
            "loss_per_s",
            "flow_m3_s",
            "load_kg_s",
            "load_t_a",
        ];
        let mut rows = Vec::new();
        let (network, flow) = (self.river.network, self.river.flow);
        for answer in self.answers {
            let Some(quantity) = self.river.kinetics.observed.iter().position(|o| o.0 == answer.name) else { continue };
            let judged = self.judged_by(quantity);
            let mut above: Vec<Vec<usize>> = vec![Vec::new(); network.elements.len()];
            network
                .links
                .iter()
                .filter_map(|l| l.to.map(|to| (l.from, to)))
                .for_each(|(from, to)| above[to].push(from));
            for (e, element) in network.elements.iter().enumerate() {
                let Some(limit) = judged[e] else { continue };
                let Some(travel_s) = flow.travel_s(0, e) else { continue };
                // What comes from above is at the limit that holds there; at a spring it is clean.
                let head = above[e].iter().filter_map(|up| judged[*up]).map(|l| l.kg_m3).fold(0.0, f64::max);
                let here = self.sources.iter().filter(|s| s.place.element == e && s.species == answer.name);
                let segment = Segment {
                    limit_kg_m3: limit.kg_m3,
                    head_kg_m3: head,
                    loss_per_s: loss_per_s(self.river, flow, e, answer.species),
                    travel_s,
                    flow_m3_s: flow.discharge_m3_s(0, e).abs(),
                    outfalls_m3_s: here.filter_map(|s| s.flow_m3_s).sum(),
                };
                let load = segment.capacity_kg_s();
                rows.push(vec![
                    self.sections[limit.section].id.clone(),
                    element.id.clone(),
                    answer.name.to_string(),
                    "one_segment".into(),
                    number(limit.kg_m3),
                    number(head),
                    number(segment.loss_per_s),
                    number(segment.flow_m3_s),
                    number(load),
                    number(t_a_from_kg_s(load)),
                ]);
            }
            let mut by_reach: BTreeMap<usize, f64> = BTreeMap::new();
            let sites = liankong_engine::transport::river::sections::sites(self.sources);
            for ((site, _), load) in answer.today.iter().zip(answer.total.iter().flat_map(|a| &a.kg_s)) {
                if let Some(load) = load {
                    *by_reach.entry(sites[*site].1.element).or_default() += load;
                }
            }
            for (e, load) in by_reach {
                rows.push(vec![
                    judged[e].map(|l| self.sections[l.section].id.clone()).unwrap_or_default(),
                    network.elements[e].id.clone(),
                    answer.name.to_string(),
                    "optimised".into(),
                    optional(judged[e].map(|l| l.kg_m3)),
                    String::new(),
                    number(loss_per_s(self.river, flow, e, answer.species)),
                    number(flow.discharge_m3_s(0, e)),
                    number(load),
                    number(t_a_from_kg_s(load)),
                ]);
            }
        }
        csv("capacity.csv", &columns, rows.into_iter())
    }

    fn sections(&self, replayed: &[Felt]) -> Result<Vec<u8>, Failure> {
        let columns = [
            "section_id",
            "species",
            "limit_kg_m3",
            "today_kg_m3",
            "meets_today",
            "replayed_kg_m3",
            "slack_kg_m3",
            "worth_m3_s",
        ];
        let mut rows = Vec::new();
        for (answer, replayed) in self.answers.iter().zip(replayed) {
            for (k, l) in answer.limits.iter().enumerate() {
                let limit = &self.limits[*l];
                let today = self.felt.rows[limit.row].value_kg_m3.unwrap_or(0.0);
                let worth = answer.total.as_ref().map(|a| a.worth_m3_s[k]);
                rows.push(vec![
                    self.sections[limit.section].id.clone(),
                    answer.name.to_string(),
                    number(limit.kg_m3),
                    number(today),
                    (today <= limit.kg_m3 * (1.0 + 1e-9)).to_string(),
                    optional(replayed.rows[limit.row].value_kg_m3),
                    optional(answer.equal.as_ref().map(|a| a.slack_kg_m3[k])),
                    optional(worth),
                ]);
            }
        }
        csv("capacity_sections.csv", &columns, rows.into_iter())
    }

    fn allocation(&self) -> Result<Vec<u8>, Failure> {
        let columns = [
            "source_id",
            "member",
            "species",
            "today_kg_s",
            "greatest_total_kg_s",
            "equal_shares_kg_s",
            "cut_kg_s",
            "cut_t_a",
            "bounded",
        ];
        let mut rows = Vec::new();
        let sites = liankong_engine::transport::river::sections::sites(self.sources);
        for answer in self.answers {
            for (k, (site, today)) in answer.today.iter().enumerate() {
                let id = &sites[*site].0;
                let member = self.sources.iter().find(|s| s.id == *id).map_or("", |s| s.member.as_str());
                let of = |rule| answer.allowed(rule).and_then(|a| a.kg_s[k]);
                let equal = of(Rule::EqualShares);
                let cut = equal.map_or(0.0, |x| (today - x).max(0.0));
                rows.push(vec![
                    id.clone(),
                    member.to_string(),
                    answer.name.to_string(),
                    number(*today),
                    optional(of(Rule::GreatestTotal)),
                    number(equal.unwrap_or(*today)),
                    number(cut),
                    number(t_a_from_kg_s(cut)),
                    equal.is_some().to_string(),
                ]);
            }
        }
        csv("allocation.csv", &columns, rows.into_iter())
    }

    fn totals(&self) -> Vec<Total<'_>> {
        let sum =
            |allowed: &Option<Allowed>| allowed.as_ref().and_then(|a| a.kg_s.iter().copied().sum::<Option<f64>>());
        self.answers
            .iter()
            .map(|a| Total {
                species: a.name,
                today_kg_s: a.today.iter().map(|t| t.1).sum(),
                greatest_total_kg_s: sum(&a.total),
                equal_shares_kg_s: sum(&a.equal),
            })
            .collect()
    }
}
