//! Chapter of the report: who must do what, where, and from which hour.

use super::html::{Html, both, escape, table, two, whole};
use super::reference::Rows;
use super::{View, last_hour, words};
use crate::output::number::in_unit;
use crate::output::tables::Clock;
use liankong_engine::act::Order;
use liankong_engine::region::Time;
use liankong_engine::region::event::Obligation;
use std::collections::BTreeMap;

/// How many single orders the page names; the table holds all.
const NAMED: usize = 12;
/// Tonnes a day of what the table gives in tonnes a year.
const A_DAY: &str = "sum(stopped_t_per_year:*)/365";

fn all() -> Rows {
    Rows::of("orders.csv")
}

/// The orders in short, by member, the strongest, and all of them by rule.
pub fn orders(view: &View<'_>) -> String {
    let orders = &view.turn.orders.orders;
    if orders.is_empty() {
        return String::new();
    }
    let mut out = format!("<p class=\"lead\">{}{}</p>", in_short(view).shown(), expected(view).shown());
    out.push_str(&by_member(view));
    out.push_str(&strongest(view));
    out.push_str(&by_rule(view));
    out
}

/// How many orders, and their hours, in a sentence.
pub fn in_short(view: &View<'_>) -> Html {
    let zone = view.case.settings.utc_offset_s;
    let (must, should, first, last) = orders_in_short(view);
    let count = all().count(must + should);
    let must = all().with("obligation", "must").count(must);
    let should = all().with("obligation", "should").count(should);
    let (first, last) = (all().cite("min(start)", &first), all().cite("max(last_hour)", &last));
    let (mut zh, mut en) = (String::new(), String::new());
    if let Some(window) = view.turn.orders.window {
        let (from, to) = (window.start.date(zone), Time(window.end.0 - 1).date(zone));
        zh = format!("事件期 {from} 至 {to}。");
        en = format!("Event {from} to {to}. ");
    }
    zh.push_str(&format!("共 {count} 条指令，其中必须 {must} 条，应当 {should} 条；首小时 {first}，末小时 {last}。"));
    en.push_str(&format!("{count} orders, {must} must and {should} should; first hour {first}, last hour {last}."));
    Html::new(zh, en)
}

/// What they are expected to bring where the event looks; nothing where it looks nowhere.
pub fn expected(view: &View<'_>) -> Html {
    let orders = &view.turn.orders;
    let (Some((mean, error)), Some(id)) = (orders.expected, orders.receptor.as_deref()) else {
        return Html::new("", "");
    };
    let place = Html::of(view.receptor(id));
    let rows = Rows::of("expected.csv").with("receptor", id);
    let printed = in_unit(mean, "ug/m3");
    let (low, high) = rows.by_two("effect", printed, |r, e, v| r.significant(e, v, 2));
    let centre = rows.significant("effect", printed, 2);
    let error = rows.significant("standard_error", in_unit(error, "ug/m3"), 1);
    Html::new(
        format!(
            "{} PM2.5 预期变化 {low} 至 {high} µg/m³（中值 {centre}，筛查级按乘除 2 倍理解；抽样标准误 {error}）。",
            place.zh
        ),
        format!(
            " Expected change of PM2.5 at {}: {low} to {high} µg/m³ (centre {centre}, times or divided by 2 as screening; \
             sampling error {error}).",
            place.en
        ),
    )
}

fn by_member(view: &View<'_>) -> String {
    let mut sums: BTreeMap<&str, Vec<&Order>> = BTreeMap::new();
    for order in &view.turn.orders.orders {
        sums.entry(&order.member).or_default().push(order);
    }
    let row = |(code, orders): (&&str, &Vec<&Order>)| {
        let rows = all().with("member", code);
        let bound = |word, obligation| {
            let count = orders.iter().filter(|o| o.obligation == obligation).count();
            rows.clone().with("obligation", word).count(count)
        };
        let (tonnes, effect) = totals(orders.iter().copied());
        vec![
            both(view.member(code)),
            bound("must", Obligation::Must),
            bound("should", Obligation::Should),
            rows.significant(A_DAY, tonnes, 3),
            rows.significant("sum(effect)", effect, 2),
        ]
    };
    let rows: Vec<Vec<String>> = sums.iter().map(row).collect();
    let head = [words::MEMBER, words::MUST, words::SHOULD, words::STOPPED, words::EXPECTED];
    format!(
        "<h3>{}</h3>{}<p class=\"note\">{}{}</p>",
        both(words::ORDERS_BY_MEMBER),
        view.sourced(&["orders.csv", "expected.csv"], &table(&head.map(both), &rows)),
        both(words::ORDERS_NOTE),
        standing_of_rules(view)
    )
}

/// Tonnes a day stopped and effect, µg/m³, of orders together.
fn totals<'a>(orders: impl Iterator<Item = &'a Order>) -> (f64, f64) {
    orders.fold((0.0, 0.0), |(tonnes, effect), o| {
        let stopped: f64 = o.stopped.iter().map(|(_, kg_s)| kg_s * 86.4).sum();
        (tonnes + stopped, effect + in_unit(o.effect.unwrap_or(0.0), "ug/m3"))
    })
}

fn text(html: &str) -> String {
    format!("<span class=\"text\">{html}</span>")
}

/// First and last hour, one above the other.
fn hours(view: &View<'_>, rows: &Rows, order: &Order) -> String {
    let zone = view.case.settings.utc_offset_s;
    let cite = |expression: &str, time: Time| whole(&rows.cite(expression, &hour(time, zone)));
    format!("{}<br>{}", cite("min(start)", order.window.start), cite("max(last_hour)", last_hour(order.window)))
}

fn strongest(view: &View<'_>) -> String {
    let mut best: Vec<(usize, &Order)> = view.turn.orders.orders.iter().enumerate().collect();
    best.sort_by(|(_, a), (_, b)| a.effect.unwrap_or(0.0).total_cmp(&b.effect.unwrap_or(0.0)).then(a.id.cmp(&b.id)));
    let row = |(i, o): &(usize, &Order)| {
        let rows = all().with("id", &o.id);
        // The sentence itself begins with must or should.
        vec![
            format!(
                "<span class=\"no\">{}</span>{}",
                i + 1,
                both(super::Name::new(&o.source_name.0, &o.source_name.1))
            ),
            text(&whole(&both(view.member(&o.city)))),
            text(&two(&o.action.0, &o.action.1)),
            rows.percent("cut", o.cut, 0),
            hours(view, &rows, o),
            o.effect.map_or_else(|| "–".into(), |v| rows.significant("effect", in_unit(v, "ug/m3"), 2)),
        ]
    };
    let rows: Vec<Vec<String>> = best.iter().take(NAMED).map(row).collect();
    let head = [words::WHO, words::PLACE, words::ACTION, words::CUT, words::WINDOW, words::EXPECTED];
    format!(
        "<h3>{}</h3>{}<p class=\"note\">{}</p>",
        both(words::TOP_ORDERS),
        view.sourced(&["orders.csv"], &table(&head.map(both), &rows)),
        two(
            format!("单位名称前的数字为 orders.csv 中的行序；共 {} 条。", best.len()),
            format!("The number before a name is its row in orders.csv, of {}.", best.len())
        )
    )
}

/// All orders, one row for each rule and sector: where, who, what, how much, from which hour.
fn by_rule(view: &View<'_>) -> String {
    let mut rules: BTreeMap<(&str, &str, &str), Vec<&Order>> = BTreeMap::new();
    for order in &view.turn.orders.orders {
        rules.entry((&order.city, &order.rule, &order.sector)).or_default().push(order);
    }
    let row = |((city, rule, sector), orders): (&(&str, &str, &str), &Vec<&Order>)| {
        let first = orders.first()?;
        let rows = all().with("city", city).with("rule", rule).with("sector", sector);
        let (tonnes, effect) = totals(orders.iter().copied());
        Some(vec![
            whole(&both(view.member(city))),
            text(&format!("{}<small class=\"rule\">{}</small>", two(&first.action.0, &first.action.1), escape(rule))),
            rows.count(orders.len()),
            hours(view, &rows, first),
            rows.significant(A_DAY, tonnes, 2),
            rows.significant("sum(effect)", effect, 2),
        ])
    };
    let rows: Vec<Vec<String>> = rules.iter().filter_map(row).collect();
    let head = [words::PLACE, words::ACTION, words::WHERE, words::WINDOW, words::STOPPED, words::EXPECTED];
    format!("<h3>{}</h3>{}", both(words::ORDERS_BY_RULE), view.sourced(&["orders.csv"], &table(&head.map(both), &rows)))
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
    let rows = Rows::of("data_notes.csv").with("what", "input").with("of", "event.csv");
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (mark, count) in marks {
        let count = rows.clone().with("mark", mark).whole("rows", *count);
        let name = Html::of(words::mark(mark));
        zh.push(format!("{} {count}", name.zh));
        en.push(format!("{} {count}", name.en.to_lowercase()));
    }
    let words::Words(said_zh, said_en) = words::RULES_STAND_ON;
    Html::new(format!("{said_zh}：{}。", zh.join("，")), format!(" {said_en}: {}.", en.join(", "))).shown()
}

/// `12-08 00:00` of `2015-12-08T00:00+08:00`.
fn hour(time: Time, zone: i64) -> String {
    let iso = Clock(zone).time(time);
    iso.get(5..16).map_or_else(|| iso.clone(), |t| t.replace('T', " "))
}
