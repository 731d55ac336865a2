//! Chapter of the report: the cheapest joint plan, who pays what, what is done.

use super::charts::{self, Pair};
use super::html::{Html, Said, both, escape, figure, money, table, two, whole};
use super::reference::Rows;
use super::{Name, View, met, words};
use liankong_engine::plan::{Plan, Plans};
use liankong_engine::units::t_a_from_kg_s;
use std::collections::BTreeMap;

/// How many measures the page names; the table holds all.
const NAMED: usize = 12;

/// Targets before and after, who pays, what is done.
pub fn plan(view: &View<'_>) -> String {
    let Some(plans) = &view.turn.plans else { return String::new() };
    let joint = &plans.joint;
    let mut out = format!("<p class=\"lead\">{}</p>", in_short(joint).shown());
    if !plans.alone.is_empty() {
        out.push_str(&format!("<p>{}</p>", alone(view).shown()));
    }
    out.push_str(&targets(view, joint));
    out.push_str(&who_pays(view, plans));
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

/// Who pays what: each member's share of the joint cost, beside what it would pay alone and what it would reach.
fn who_pays(view: &View<'_>, plans: &Plans) -> String {
    let joint = &plans.joint;
    let (mut pairs, mut rows) = (Vec::new(), Vec::new());
    for (code, cost) in &joint.cost_by_member {
        let mine = Rows::of("plan_members.csv").with("who", "joint").with("member", code);
        let together = mine.money("cost_cny_per_year", *cost);
        let own = plans.alone.iter().find(|p| p.who == *code);
        let by_itself = rows_of(code);
        let short = |m: Html| {
            let Html { zh, en } = m;
            Html::new(format!("{zh}（{}）", words::CANNOT_ALONE.0), format!("{en} ({})", words::CANNOT_ALONE.1))
        };
        let (mut word, mut cited) = (Name::same("–"), Html::new("–", "–"));
        if let Some(plan) = own {
            (word, cited) = (money(plan.cost), by_itself.money("cost_cny_per_year", plan.cost));
            if plan.status == "infeasible" {
                let Name { zh, en } = word;
                word = Name::new(
                    format!("{zh}（{}）", words::CANNOT_ALONE.0),
                    format!("{en} ({})", words::CANNOT_ALONE.1),
                );
                cited = short(cited);
            }
        }
        let share = match joint.cost > 0.0 {
            true => mine.percent("share", cost / joint.cost, 0),
            false => "–".into(),
        };
        rows.push(vec![
            both(view.member(code)),
            whole(&together.shown()),
            share,
            own.map_or_else(|| "–".into(), |p| whole(&by_itself.money("cost_cny_per_year", p.cost).shown())),
            own.map_or_else(
                || "–".into(),
                |p| {
                    let met = p.targets.iter().filter(|t| met(t)).count();
                    let (met, all) = (by_itself.whole("met", met), by_itself.whole("targets", p.targets.len()));
                    format!("{met} / {all}")
                },
            ),
        ]);
        pairs.push(Pair {
            name: view.member(code),
            first: *cost,
            second: own.map(|p| p.cost),
            words: (money(*cost), word),
            cited: (together, cited),
        });
    }
    if pairs.is_empty() {
        return String::new();
    }
    let said = Said::new(words::COST_BY_MEMBER, costs_in_words(&pairs));
    let key = format!(
        "<span class=\"key\"><i class=\"swatch first\"></i>{}</span><span class=\"key\"><i class=\"swatch second\"></i>{}</span>",
        both(words::JOINT),
        both(words::ALONE)
    );
    let short = if alone_together(view).3 > 0 { both(words::ALONE_SHORT) } else { String::new() };
    let head = [words::MEMBER, words::JOINT_COST, words::JOINT_SHARE, words::ALONE_COST, words::ALONE_MET];
    let picture = figure(&charts::pairs(&said, &pairs, view.screening()), &key);
    format!(
        "<h3>{}</h3>{}<p class=\"note\">{}{}{short}</p>",
        both(words::COST_BY_MEMBER),
        view.sourced(&["plan_members.csv", "plans.csv"], &(picture + &table(&head.map(both), &rows))),
        both(words::SHARES_OF_COST),
        both(words::ALONE_NOTE)
    )
}

/// What each member pays, jointly and alone.
fn costs_in_words(pairs: &[Pair]) -> Name {
    let list = |of: fn(&Name) -> &str| {
        pairs.iter().map(|p| format!("{} {} / {}", of(&p.name), of(&p.words.0), of(&p.words.1))).collect::<Vec<_>>()
    };
    Name::new(format!("{}。", list(|n| &n.zh).join("；")), format!("{}.", list(|n| &n.en).join("; ")))
}

/// Rows of the table of plans.
fn rows_of(who: &str) -> Rows {
    Rows::of("plans.csv").with("who", who)
}

/// The joint plan in a sentence or two.
pub fn in_short(joint: &Plan) -> Html {
    let (all, reached) = (joint.targets.len(), joint.targets.iter().filter(|t| met(t)).count());
    if all == 0 {
        return Html::of(words::NO_TARGETS);
    }
    let rows = rows_of("joint");
    let (all, reached) = (rows.whole("targets", all), rows.whole("met", reached));
    let (cost, gap) = (rows.money("cost_cny_per_year", joint.cost), rows.percent("gap", joint.gap.abs(), 2));
    let (mut zh, mut en) = (
        format!("{all} 个目标达到 {reached} 个，年成本 {}（与成本下界之差 {gap}）。", cost.zh),
        format!("{reached} of {all} targets met at {} a year (gap to the lower bound of the cost {gap}).", cost.en),
    );
    if joint.status == "infeasible" {
        let miss = rows.percent("max_violation", joint.max_violation, 0);
        zh.push_str(&format!("其余用足现有措施也无法达到，给出最接近的方案，最多超限值 {miss}。"));
        en.push_str(&format!(
            " The others cannot be reached with the measures at hand; the nearest plan is shown, {miss} over a limit at \
             most."
        ));
    }
    Html::new(zh, en)
}

/// Every member alone, in a sentence.
pub fn alone(view: &View<'_>) -> Html {
    let alone = Rows::of("plans.csv").without("who", "joint");
    let (total, reached, all, _) = alone_together(view);
    let cost = alone.money("sum(cost_cny_per_year)", total);
    let (all, reached) = (alone.whole("sum(targets)", all), alone.whole("sum(met)", reached));
    Html::new(
        format!("各自单独行动，合计每年 {}，名下共 {all} 个目标达到 {reached} 个。", cost.zh),
        format!("Each alone: {} a year together, and {reached} of their {all} targets met.", cost.en),
    )
}

/// Every member alone: the cost of all together, targets met, targets, and how many members cannot meet theirs.
pub fn alone_together(view: &View<'_>) -> (f64, usize, usize, usize) {
    let alone = || view.turn.plans.iter().flat_map(|p| &p.alone);
    let targets = || alone().flat_map(|p| &p.targets);
    (
        alone().map(|p| p.cost).sum(),
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

/// What a thousandth more of the limit saves a year, from the price of a unit.
const PRICE: &str = "0.001*price_cny_per_year_per_unit*limit";

fn targets(view: &View<'_>, plan: &Plan) -> String {
    let rows: Vec<Vec<String>> = plan
        .targets
        .iter()
        .map(|t| {
            let spec = t.pollutant.spec();
            let digits = spec.digits.max(1);
            let rows = Rows::of("plan_targets.csv").with("who", &plan.who).with("target_id", &t.id);
            let printed = |column: &str, v: f64| rows.fixed(column, t.pollutant.printed(v), digits);
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
                whole(&format!("{} <small>{}</small>", escape(spec.id), spec.unit.replace("ug/m3", "µg/m³"))),
                format!("{}{basis}", printed("now", t.now)),
                printed("value", t.value),
                printed("limit", t.limit),
                if t.floor > 0.0 { printed("floor", t.floor) } else { rows.cite("floor", "≤\u{a0}0") },
                word,
                match price.abs() {
                    p if p < 0.5 => rows.cite(PRICE, "0"),
                    _ => whole(&rows.money(PRICE, price).shown()),
                },
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
        view.sourced(&["plan_targets.csv"], &table(&head.map(both), &rows)),
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
            let rows = Rows::of("applications.csv").with("who", &plan.who).with("measure_id", id);
            let tonnes = |(species, t): (&String, &f64)| {
                let amount = rows.significant(&format!("sum(removed_t_per_year:{species})"), *t, 2);
                whole(&format!("{} {amount}", both(words::species(species))))
            };
            let removed: Vec<String> = sum.removed.iter().map(tonnes).collect();
            vec![
                both(name),
                format!("<span class=\"text\">{}</span>", both(words::structure(&sum.structure))),
                rows.count(sum.sources),
                rows.money("sum(cost_cny_per_year)", sum.cost).shown(),
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
    format!(
        "<h3>{}</h3>{}{}",
        both(words::TOP_MEASURES),
        view.sourced(&["applications.csv"], &table(&head, &rows)),
        rest(list.len())
    )
}

/// Where the rest of a long list stands.
fn rest(count: usize) -> String {
    if count <= NAMED {
        return String::new();
    }
    let words = two(
        format!("共 {count} 项措施，按年成本列前 {NAMED} 项，全部见 applications.csv。"),
        format!("The {NAMED} dearest of {count} measures; the whole list is in applications.csv."),
    );
    format!("<p class=\"note\">{words}</p>")
}
