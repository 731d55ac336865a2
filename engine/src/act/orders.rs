//! The rules of an event become orders: who, what, from which hour, until when.
//!
//! ```text
//! at every moment, for every source:  the strictest rule that covers it  =  the greatest cut; then must before should;
//!                                     then the first by identifier
//! ```
//! A rule covers a source of its member (or of a member below it), its structure and its sector, where it names them. The
//! windows of the rules are cut at each other's ends, so that the orders of one source never overlap; what one rule asks
//! without a break is one order. A rule without a cut orders nothing. What enters the region from outside belongs to no
//! member and cannot be ordered.

use super::effect::{Reach, expected_by_station, mean_expected, protected};
use super::wording::action;
use super::{Order, Orders};
use crate::region::Case;
use crate::region::calendar::{Period, Time};
use crate::region::event::{EventRule, Obligation};
use crate::region::source::{Emission, Source};
use crate::transport::Footprint;
use std::collections::{BTreeMap, BTreeSet};

/// The orders of the case's event. `air` has a row for each station and day, over emission times of days or less.
pub fn orders(case: &Case, air: Option<&Footprint>) -> Orders {
    let (receptor, window) = protected(case);
    let emissions = emissions_by_source(case);
    let mut placed: Vec<Placed> = Vec::new();
    for (source, emissions) in &emissions {
        let Some(emitter) = case.sources.get(*source) else { continue };
        for (rule, during) in strictest(&covering(case, emitter)) {
            let order = order(case, emitter, emissions, rule, during);
            placed.push(Placed { order, source: *source, stops: stops(emissions, rule.cut, during) });
        }
    }
    placed.sort_by(|a, b| key(&a.order).cmp(&key(&b.order)));

    let mut expected = None;
    let mut by_station = Vec::new();
    if let (Some(air), Some(window)) = (air, window) {
        let reach = receptor.as_deref().and_then(|r| Reach::at(air, r, window));
        if let Some(reach) = &reach {
            for p in &mut placed {
                p.order.effect = reach.effect(p.source, &p.stops);
            }
        }
        let stops = placed.iter().flat_map(|p| p.stops.iter().map(|stop| (p.source, stop)));
        let stopped = super::effect::Stopped::of(air, stops);
        expected = receptor.as_deref().and_then(|r| mean_expected(air, &stopped, r, window));
        by_station = expected_by_station(case, air, &stopped, window);
    }
    Orders {
        receptor,
        window,
        orders: placed.into_iter().map(|p| p.order).collect(),
        expected,
        expected_by_station: by_station,
    }
}

/// An order with what its effect needs.
struct Placed {
    order: Order,
    source: usize,
    stops: Vec<Stop>,
}

/// A rate that an order stops for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Species.
    pub species: String,
    /// kg s⁻¹ less.
    pub rate_kg_s: f64,
    /// While.
    pub during: Period,
}

fn key(order: &Order) -> (&str, &str, Time) {
    (&order.member, &order.source, order.window.start)
}

/// The emissions of each source that emits anything and has a member.
fn emissions_by_source(case: &Case) -> BTreeMap<usize, Vec<&Emission>> {
    let mut by_source: BTreeMap<usize, Vec<&Emission>> = BTreeMap::new();
    for emission in &case.emissions {
        let ordered = case.sources.get(emission.source).is_some_and(|s| s.member.is_some());
        if ordered && emission.rate_kg_s > 0.0 {
            by_source.entry(emission.source).or_default().push(emission);
        }
    }
    by_source
}

/// The rules that cover a source, the strictest first.
fn covering<'a>(case: &'a Case, source: &Source) -> Vec<&'a EventRule> {
    let Some(city) = source.member.as_deref() else { return Vec::new() };
    let top = case.top(city);
    let mut rules: Vec<&EventRule> = case
        .event
        .iter()
        .filter(|r| r.cut > 0.0 && r.window.seconds() > 0)
        .filter(|r| r.member.as_deref().is_none_or(|m| m == city || m == top))
        .filter(|r| r.structure.as_deref().is_none_or(|s| s == source.structure))
        .filter(|r| r.sector.as_deref().is_none_or(|s| s == source.sector))
        .collect();
    rules.sort_by(|a, b| b.cut.total_cmp(&a.cut).then(a.obligation.cmp(&b.obligation)).then_with(|| a.id.cmp(&b.id)));
    rules
}

/// Who rules when: for each moment the first rule of the list whose window contains it, in time order.
fn strictest<'a>(rules: &[&'a EventRule]) -> Vec<(&'a EventRule, Period)> {
    let ends: BTreeSet<Time> = rules.iter().flat_map(|r| [r.window.start, r.window.end]).collect();
    let ends: Vec<Time> = ends.into_iter().collect();
    let mut list: Vec<(&EventRule, Period)> = Vec::new();
    for pair in ends.windows(2) {
        let &[start, end] = pair else { continue };
        let Some(rule) = rules.iter().find(|r| r.window.contains(start)) else { continue };
        match list.last_mut() {
            Some((last, during)) if last.id == rule.id && during.end == start => during.end = end,
            _ => list.push((rule, Period { start, end })),
        }
    }
    list
}

/// What a cut stops of a source's emissions in a window.
fn stops(emissions: &[&Emission], cut: f64, window: Period) -> Vec<Stop> {
    let during = |e: &Emission| match e.period {
        None => window,
        Some(p) => Period { start: p.start.max(window.start), end: p.end.min(window.end) },
    };
    emissions
        .iter()
        .map(|e| Stop { species: e.species.clone(), rate_kg_s: e.rate_kg_s * cut, during: during(e) })
        .filter(|s| s.during.seconds() > 0)
        .collect()
}

fn order(case: &Case, source: &Source, emissions: &[&Emission], rule: &EventRule, window: Period) -> Order {
    let city = source.member.clone().unwrap_or_default();
    // Mean over the window, where an emission lasts for a part of it.
    let mut stopped: BTreeMap<String, f64> = BTreeMap::new();
    for stop in stops(emissions, rule.cut, window) {
        let share = stop.during.seconds() as f64 / window.seconds() as f64;
        *stopped.entry(stop.species).or_default() += stop.rate_kg_s * share;
    }
    Order {
        id: format!("{}-{}-{}", rule.id, source.id, stamp(window.start, case.settings.utc_offset_s)),
        rule: rule.id.clone(),
        source: source.id.clone(),
        source_name: (source.name_zh.clone(), source.name_en.clone()),
        member: case.top(&city).to_string(),
        city,
        structure: source.structure.clone(),
        sector: source.sector.clone(),
        action: action(source, rule.cut, rule.obligation == Obligation::Must),
        cut: rule.cut,
        obligation: rule.obligation,
        window,
        stopped: stopped.into_iter().collect(),
        effect: None,
        mark: rule.mark.clone(),
    }
}

/// `20151208T0000`: local time without signs that a file name or an address would not take.
fn stamp(time: Time, utc_offset_s: i64) -> String {
    let iso = time.iso(utc_offset_s);
    iso.chars().take(16).filter(|c| c.is_ascii_alphanumeric()).collect()
}
