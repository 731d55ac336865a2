//! Sections of the page: the joint plan, and the orders.

use super::charts::{self, Pair};
use super::html::{Said, both, by_two, escape, figure, fixed, money, percent, significant, table, two, whole};
use super::{Name, View, met, words};
use crate::output::number::in_unit;
use liankong_engine::plan::Plan;
use liankong_engine::region::event::Obligation;
use liankong_engine::region::{Period, Time};
use liankong_engine::units::t_a_from_kg_s;
use std::collections::BTreeMap;

/// How many measures and orders the page names; the tables hold all.
const NAMED: usize = 12;

/// Targets before and after, who pays, what is done.
pub fn plan(view: &View<'_>) -> String {
    let Some(plans) = &view.turn.plans else { return String::new() };
    let joint = &plans.joint;
    let mut out = format!("<p class=\"lead\">{}</p>", in_short(joint));
    if !plans.alone.is_empty() {
        let (cost, reached, all, _) = alone_in_short(view);
        out.push_str(&format!(
            "<p>{}</p>",
            two(
                format!("各自单独行动，合计每年 {}，名下共 {all} 个目标达到 {reached} 个。", cost.zh),
                format!("Each alone: {} a year together, and {reached} of their {all} targets met.", cost.en),
            )
        ));
    }
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
        let chart = charts::pairs(&Said::new(words::COST_BY_MEMBER, costs_in_words(&pairs)), &pairs, view.screening());
        let key = format!(
            "<span class=\"key\"><i class=\"swatch first\"></i>{}</span><span class=\"key\"><i class=\"swatch second\"></i>{}</span>",
            both(words::JOINT),
            both(words::ALONE)
        );
        let short = if alone_in_short(view).3 > 0 { both(words::ALONE_SHORT) } else { String::new() };
        let note = format!("<br>{}{short}", both(words::ALONE_NOTE));
        out.push_str(&figure(&chart, &format!("{} {key}{note}", both(words::COST_BY_MEMBER))));
    }
    out.push_str(&measures(view, joint));
    if !plans.caveats.is_empty() {
        out.push_str(&format!("<h3>{}</h3><ul>", both(words::NOT_KNOWN_TO_PLAN)));
        for (zh, en) in &plans.caveats {
            out.push_str(&format!("<li>{}</li>", both(named(view, Name::new(zh, en)))));
        }
        out.push_str("</ul>");
    }
    out
}

/// What each member pays, jointly and alone.
fn costs_in_words(pairs: &[Pair]) -> Name {
    let list = |of: fn(&Name) -> &str| {
        pairs.iter().map(|p| format!("{} {} / {}", of(&p.name), of(&p.words.0), of(&p.words.1))).collect::<Vec<_>>()
    };
    Name::new(format!("{}。", list(|n| &n.zh).join("；")), format!("{}.", list(|n| &n.en).join("; ")))
}

/// The joint plan in a sentence or two.
fn in_short(joint: &Plan) -> String {
    let (all, reached) = (joint.targets.len(), joint.targets.iter().filter(|t| met(t)).count());
    if all == 0 {
        return both(words::NO_TARGETS);
    }
    let (cost, gap) = (money(joint.cost), percent(joint.gap.abs(), 2));
    let (mut zh, mut en) = (
        format!("{all} 个目标达到 {reached} 个，年成本 {}（与成本下界之差 {gap}）。", cost.zh),
        format!("{reached} of {all} targets met at {} a year (gap to the lower bound of the cost {gap}).", cost.en),
    );
    if joint.status == "infeasible" {
        let miss = percent(joint.max_violation, 0);
        zh.push_str(&format!("其余用足现有措施也无法达到，给出最接近的方案，最多超限值 {miss}。"));
        en.push_str(&format!(
            " The others cannot be reached with the measures at hand; the nearest plan is shown, {miss} over a limit at \
             most."
        ));
    }
    two(zh, en)
}

/// Every member alone: the cost of all together, targets met, targets, and how many members cannot meet theirs.
pub fn alone_in_short(view: &View<'_>) -> (Name, usize, usize, usize) {
    let alone = || view.turn.plans.iter().flat_map(|p| &p.alone);
    let targets = || alone().flat_map(|p| &p.targets);
    (
        money(alone().map(|p| p.cost).sum()),
        targets().filter(|t| met(t)).count(),
        targets().count(),
        alone().filter(|p| p.status == "infeasible").count(),
    )
}

/// A sentence with the names of targets and marks where it has their ids.
fn named(view: &View<'_>, sentence: Name) -> Name {
    let Name { mut zh, mut en } = sentence;
    // A long id first: one may be the beginning of another.
    let mut targets: Vec<_> = view.case.targets.iter().collect();
    targets.sort_by_key(|t| std::cmp::Reverse(t.id.len()));
    for target in targets {
        let (place, of) = (view.receptor(&target.receptor), target.pollutant.spec().id);
        zh = zh.replace(&target.id, &format!("{} {of}", place.zh));
        en = en.replace(&target.id, &format!("{} {of}", place.en));
    }
    for mark in ["secondary", "verified"] {
        zh = zh.replace(mark, &words::mark(mark).zh);
    }
    Name { zh, en }
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
            // Of a thousandth of the limit: the price holds at the margin, and a unit may be many times the limit itself.
            let price = t.dual * t.limit / 1000.0;
            vec![
                both(view.receptor(&t.receptor)),
                format!("{} <small>{}</small>", escape(spec.id), spec.unit.replace("ug/m3", "µg/m³")),
                format!("{}{basis}", printed(t.now)),
                printed(t.value),
                printed(t.limit),
                if t.floor > 0.0 { printed(t.floor) } else { "≤\u{a0}0".into() },
                word,
                if price.abs() < 1.0 { "0".into() } else { whole(&both(money(price))) },
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
    format!(
        "<h3>{}</h3>{}<p class=\"note\">{}</p>",
        both(words::TARGETS),
        table(&head.map(both), &rows),
        both(words::TARGETS_NOTE)
    )
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
            let tonnes = |(species, t): (&String, &f64)| {
                whole(&format!("{} {}", both(words::species(species)), significant(*t, 2)))
            };
            let removed: Vec<String> = sum.removed.iter().map(tonnes).collect();
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
    let head = [
        both(words::MEASURE),
        both(words::STRUCTURE),
        both(words::WHERE),
        both(words::YEARLY_COST),
        both(words::TAKES_AWAY),
    ];
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
        let span = format!("{} – {}", window.start.date(zone), Time(window.end.0 - 1).date(zone));
        let place = orders.receptor.as_deref().map(|id| view.receptor(id));
        let (place_zh, place_en) = place.map_or((String::new(), String::new()), |p| (p.zh, p.en));
        let (must, should, first, last) = orders_in_short(view);
        let (hours_zh, hours_en) =
            (format!("首小时 {first}，末小时 {last}"), format!("first hour {first}, last hour {last}"));
        let (mut zh, mut en) = (
            format!("事件期 {span}。{} 条指令，其中必须 {must} 条，应当 {should} 条；{hours_zh}。", must + should),
            format!("Event {span}. {} orders, {must} must and {should} should; {hours_en}.", must + should),
        );
        if let Some((mean, error)) = orders.expected {
            let (low, high) = by_two(mean);
            let printed = |v: f64| significant(in_unit(v, "ug/m3"), 2);
            zh.push_str(&format!(
                "{place_zh} PM2.5 预期变化 {} 至 {} µg/m³（中值 {}，筛查级乘除 2 倍；抽样标准误 {}）。",
                printed(low),
                printed(high),
                printed(mean),
                significant(in_unit(error, "ug/m3"), 1)
            ));
            en.push_str(&format!(
                " Expected change of PM2.5 at {place_en}: {} to {} µg/m³ (centre {}, times or divided by 2 as screening; \
                 sampling error {}).",
                printed(low),
                printed(high),
                printed(mean),
                significant(in_unit(error, "ug/m3"), 1)
            ));
        }
        out.push_str(&format!("<p class=\"lead\">{}</p>", two(zh, en)));
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
                significant(in_unit(*effect, "ug/m3"), 2),
            ]
        })
        .collect();
    let head = [words::MEMBER, words::MUST, words::SHOULD, words::STOPPED, words::EXPECTED];
    out.push_str(&table(&head.map(both), &rows));
    out.push_str(&format!("<p class=\"note\">{}{}</p>", both(words::ORDERS_NOTE), standing_of_rules(view)));

    let mut best: Vec<_> = orders.orders.iter().collect();
    best.sort_by(|a, b| a.effect.unwrap_or(0.0).total_cmp(&b.effect.unwrap_or(0.0)).then(a.id.cmp(&b.id)));
    let rows: Vec<Vec<String>> = best
        .iter()
        .take(NAMED)
        .map(|o| {
            // The sentence itself begins with must or should.
            vec![
                both(Name::new(&o.source_name.0, &o.source_name.1)),
                format!("<span class=\"text\">{}</span>", whole(&both(view.member(&o.city)))),
                format!("<span class=\"text\">{}</span>", two(&o.action.0, &o.action.1)),
                percent(o.cut, 0),
                format!("{}<br>{}", whole(&hour(o.window.start, zone)), whole(&hour(last_hour(o.window), zone))),
                o.effect.map_or_else(|| "–".into(), |v| significant(in_unit(v, "ug/m3"), 2)),
            ]
        })
        .collect();
    let head = [words::WHO, words::MEMBER, words::ACTION, words::CUT, words::WINDOW, words::EXPECTED];
    out.push_str(&format!("<h3>{}</h3>{}", both(words::TOP_ORDERS), table(&head.map(both), &rows)));
    out.push_str(&rest(orders.orders.len(), "orders.csv"));
    out
}

/// Orders that must be kept, that should be kept, and their first and last hour.
pub fn orders_in_short(view: &View<'_>) -> (usize, usize, String, String) {
    let orders = &view.turn.orders.orders;
    let zone = view.case.settings.utc_offset_s;
    let must = orders.iter().filter(|o| o.obligation == Obligation::Must).count();
    let printed = |time: Option<Time>| time.map_or_else(|| "–".into(), |t| hour(t, zone));
    let first = printed(orders.iter().map(|o| o.window.start).min());
    let last = printed(orders.iter().map(|o| last_hour(o.window)).max());
    (must, orders.len() - must, first, last)
}

/// How many of the event's rules carry which mark.
fn standing_of_rules(view: &View<'_>) -> String {
    let Some(marks) = view.case.marks.get("event.csv") else { return String::new() };
    let list = |of: fn(&Name) -> &str| {
        let parts: Vec<String> =
            marks.iter().map(|(m, n)| format!("{} {n}", of(&words::mark(m)).to_lowercase())).collect();
        parts.join(", ")
    };
    let words::Words(zh, en) = words::RULES_STAND_ON;
    two(format!("{zh}：{}。", list(|n| &n.zh).replace(", ", "，")), format!(" {en}: {}.", list(|n| &n.en)))
}

/// The hour that begins last in a period.
fn last_hour(window: Period) -> Time {
    Time((window.end.0 - 3600).max(window.start.0))
}

/// `12-08 00:00` of `2015-12-08T00:00+08:00`.
fn hour(time: Time, zone: i64) -> String {
    let iso = time.iso(zone);
    iso.get(5..16).map_or_else(|| iso.clone(), |t| t.replace('T', " "))
}
