//! Sections of the page: the joint plan, and the orders.

use super::charts::{self, Pair};
use super::html::{both, change, escape, figure, fixed, maybe, money, percent, significant, table, two};
use super::{Name, View, met, words};
use crate::output::number::in_unit;
use liankong_engine::plan::Plan;
use liankong_engine::region::event::Obligation;
use liankong_engine::units::t_a_from_kg_s;
use std::collections::BTreeMap;

/// How many measures and orders the page names; the tables hold all.
const NAMED: usize = 12;

/// Targets before and after, who pays, what is done.
pub fn plan(view: &View<'_>) -> String {
    let Some(plans) = &view.turn.plans else { return String::new() };
    let joint = &plans.joint;
    let status = match joint.status {
        "optimal" => words::OPTIMAL,
        "infeasible" => words::INFEASIBLE,
        _ => words::NO_TARGETS,
    };
    let cost = money(joint.cost);
    let gap = percent(joint.gap, 2);
    let mut out = format!(
        "<p class=\"lead\">{}</p>",
        two(
            format!("{}，年成本 {}（与下界之差 {gap}）。", status.0, cost.zh),
            format!("{}: {} a year (gap to the lower bound {gap}).", capital(status.1), cost.en)
        )
    );
    out.push_str(&targets(view, joint));
    let alone = |code: &str| plans.alone.iter().find(|p| p.who == code);
    let pairs: Vec<Pair> = joint
        .cost_by_member
        .iter()
        .map(|(code, cost)| {
            let own = alone(code);
            let word = own.map_or(Name::same("–"), |plan| {
                let m = money(plan.cost);
                match plan.status {
                    "infeasible" => Name::new(
                        format!("{}（{}）", m.zh, words::CANNOT_ALONE.0),
                        format!("{} ({})", m.en, words::CANNOT_ALONE.1),
                    ),
                    _ => m,
                }
            });
            Pair { name: view.member(code), first: *cost, second: own.map(|p| p.cost), words: (money(*cost), word) }
        })
        .collect();
    if !pairs.is_empty() {
        let chart = charts::pairs(words::COST_BY_MEMBER, &pairs, view.screening());
        let key = format!(
            "<span class=\"key\"><i class=\"swatch first\"></i>{}</span><span class=\"key\"><i class=\"swatch second\"></i>{}</span>",
            both(words::JOINT),
            both(words::ALONE)
        );
        out.push_str(&figure(&chart, &format!("{} {key}", both(words::COST_BY_MEMBER))));
    }
    out.push_str(&measures(view, joint));
    if !plans.caveats.is_empty() {
        out.push_str(&format!("<h3>{}</h3><ul>", both(words::NOT_KNOWN_TO_PLAN)));
        for (zh, en) in &plans.caveats {
            out.push_str(&format!("<li>{}</li>", two(zh, en)));
        }
        out.push_str("</ul>");
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn targets(view: &View<'_>, plan: &Plan) -> String {
    let rows: Vec<Vec<String>> = plan
        .targets
        .iter()
        .map(|t| {
            let spec = t.pollutant.spec();
            let digits = spec.digits.max(1);
            let printed = |v: f64| fixed(t.pollutant.printed(v), digits);
            let basis = if t.now_basis == "modelled" {
                format!(" <small>{}</small>", both(words::MODELLED))
            } else {
                String::new()
            };
            let word = if met(t) {
                format!("<span class=\"good\">{}</span>", both(words::MET))
            } else {
                format!("<span class=\"bad\">{}</span>", both(words::NOT_MET))
            };
            let price = t.dual * t.pollutant.from_printed(1.0);
            vec![
                both(view.receptor(&t.receptor)),
                format!("{} <small>{}</small>", escape(spec.id), spec.unit.replace("ug/m3", "µg/m³")),
                format!("{}{basis}", printed(t.now)),
                printed(t.value),
                printed(t.limit),
                printed(t.floor),
                word,
                if price.abs() < 1.0 { "0".into() } else { both(money(price)) },
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        words::RECEPTOR,
        words::POLLUTANT,
        words::NOW,
        words::WITH_PLAN,
        words::LIMIT,
        words::FLOOR,
        words::STANDING,
        words::PRICE,
    ];
    format!("<h3>{}</h3>{}", both(words::TARGETS), table(&head.map(both), &rows))
}

#[derive(Default)]
struct Applied {
    sources: usize,
    cost: f64,
    structure: String,
    removed: BTreeMap<String, f64>,
}

fn measures(view: &View<'_>, plan: &Plan) -> String {
    let mut by_measure: BTreeMap<&str, Applied> = BTreeMap::new();
    for a in &plan.applications {
        let sum = by_measure.entry(&a.measure).or_default();
        sum.sources += 1;
        sum.cost += a.cost_cny_per_year;
        sum.structure.clone_from(&a.structure);
        for (species, rate) in &a.removed {
            *sum.removed.entry(species.clone()).or_default() += t_a_from_kg_s(*rate);
        }
    }
    let mut list: Vec<(&str, Applied)> = by_measure.into_iter().collect();
    list.sort_by(|a, b| b.1.cost.total_cmp(&a.1.cost).then(a.0.cmp(b.0)));
    let rows: Vec<Vec<String>> = list
        .iter()
        .take(NAMED)
        .map(|(id, sum)| {
            let known = view.case.measures.iter().find(|m| m.id == *id);
            let name =
                known.filter(|m| !m.name_zh.is_empty()).map_or(Name::same(id), |m| Name::new(&m.name_zh, &m.name_en));
            let removed: Vec<String> =
                sum.removed.iter().map(|(s, t)| format!("{} {}", escape(s), significant(*t, 2))).collect();
            vec![
                both(name),
                format!("<span class=\"text\">{}</span>", both(words::structure(&sum.structure))),
                sum.sources.to_string(),
                both(money(sum.cost)),
                removed.join(" · "),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head =
        [both(words::MEASURE), String::new(), both(words::WHERE), both(words::YEARLY_COST), both(words::TAKES_AWAY)];
    format!("<h3>{}</h3>{}{}", both(words::TOP_MEASURES), table(&head, &rows), rest(list.len(), "applications.csv"))
}

/// Where the rest of a long list stands.
fn rest(count: usize, file: &str) -> String {
    if count <= NAMED {
        return String::new();
    }
    let words = two(format!("共 {count} 项，全部见 {file}。"), format!("{count} in all; the whole list is in {file}."));
    format!("<p class=\"note\">{words}</p>")
}

/// Who must do what.
pub fn orders(view: &View<'_>) -> String {
    let orders = &view.turn.orders;
    if orders.orders.is_empty() {
        return String::new();
    }
    let zone = view.case.settings.utc_offset_s;
    let mut out = String::new();
    if let Some(window) = orders.window {
        let span =
            format!("{} – {}", window.start.date(zone), liankong_engine::region::Time(window.end.0 - 1).date(zone));
        let place = orders.receptor.as_deref().map(|id| view.receptor(id));
        let effect = orders.expected.map(|(mean, error)| {
            format!("{} ± {}", fixed(in_unit(mean, "ug/m3"), 1), fixed(in_unit(error, "ug/m3"), 1))
        });
        let (place_zh, place_en) = place.map_or((String::new(), String::new()), |p| (p.zh, p.en));
        let said = match effect {
            Some(e) => two(
                format!(
                    "{span}，{} 条指令。{place_zh} PM2.5 预期变化 {e} µg/m³（±为抽样标准误）。",
                    orders.orders.len()
                ),
                format!(
                    "{span}, {} orders. Expected change of PM2.5 at {place_en}: {e} µg/m³ (± one sampling error).",
                    orders.orders.len()
                ),
            ),
            None => two(
                format!("{span}，{} 条指令。", orders.orders.len()),
                format!("{span}, {} orders.", orders.orders.len()),
            ),
        };
        out.push_str(&format!("<p class=\"lead\">{said}</p>"));
    }
    // Must, should, tonnes a day, effect, by member.
    let mut by_member: BTreeMap<&str, (usize, usize, f64, f64)> = BTreeMap::new();
    for order in &orders.orders {
        let sum = by_member.entry(&order.member).or_default();
        match order.obligation {
            Obligation::Must => sum.0 += 1,
            Obligation::Should => sum.1 += 1,
        }
        sum.2 += order.stopped.iter().map(|(_, rate)| rate * 86.4).sum::<f64>();
        sum.3 += order.effect.unwrap_or(0.0);
    }
    let rows: Vec<Vec<String>> = by_member
        .iter()
        .map(|(code, (must, should, tonnes, effect))| {
            vec![
                both(view.member(code)),
                must.to_string(),
                should.to_string(),
                significant(*tonnes, 3),
                fixed(in_unit(*effect, "ug/m3"), 1),
            ]
        })
        .collect();
    let head = [words::MEMBER, words::MUST, words::SHOULD, words::STOPPED, words::EXPECTED];
    out.push_str(&table(&head.map(both), &rows));

    let mut best: Vec<_> = orders.orders.iter().collect();
    best.sort_by(|a, b| a.effect.unwrap_or(0.0).total_cmp(&b.effect.unwrap_or(0.0)).then(a.id.cmp(&b.id)));
    let rows: Vec<Vec<String>> = best
        .iter()
        .take(NAMED)
        .map(|o| {
            let bound = if o.obligation == Obligation::Must { words::MUST } else { words::SHOULD };
            vec![
                both(Name::new(&o.source_name.0, &o.source_name.1)),
                format!("<span class=\"text\">{}</span>", both(view.member(&o.city))),
                format!("<span class=\"text\">{}</span>", two(&o.action.0, &o.action.1)),
                format!("<span class=\"text\">{}</span>", both(bound)),
                change(-o.cut),
                format!("{}<br>{}", hour(&o.window.start.iso(zone)), hour(&o.window.end.iso(zone))),
                maybe(o.effect.map(|v| in_unit(v, "ug/m3")), 2),
            ]
        })
        .collect();
    let head =
        [words::WHO, words::MEMBER, words::ACTION, words::OBLIGATION, words::CUT, words::WINDOW, words::EXPECTED];
    out.push_str(&format!("<h3>{}</h3>{}", both(words::TOP_ORDERS), table(&head.map(both), &rows)));
    out.push_str(&rest(orders.orders.len(), "orders.csv"));
    out
}

/// `12-08 00:00` of `2015-12-08T00:00+08:00`.
fn hour(iso: &str) -> String {
    iso.get(5..16).map_or_else(|| iso.to_string(), |t| t.replace('T', " "))
}
