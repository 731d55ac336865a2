//! The executive page: what someone must know who reads one page only, each answer with the chapter that bears it out.

use super::html::{Html, both, table};
use super::orders;
use super::origins::{self, greatest_by_river, greatest_crossing};
use super::plan;
use super::proof::detection_limits;
use super::reference::Rows;
use super::situation::{class_1_to_3, good_days, rows_of, share_of};
use super::{View, words};
use crate::output::number::in_unit;
use liankong_engine::attribute::MatrixCell;
use liankong_engine::verify::CampaignEffect;

/// The page; empty where a turn has found nothing yet.
pub fn executive(view: &View<'_>) -> String {
    let balanced = view.turn.balance.air_ledger.is_some() || view.turn.balance.river_forward_error.is_some();
    let answers: Vec<(words::Words, &[&str], Html)> = [
        (words::ASK_AIR, &["situation.csv"] as &[&str], air(view)),
        (words::ASK_WATER, &["situation.csv"], water(view)),
        (words::ASK_WHO, &["matrix.csv", "bands.csv"], who(view)),
        (words::ASK_PLAN, &["plans.csv"], cheapest(view)),
        (words::ASK_ORDERS, &["orders.csv", "expected.csv"], must(view)),
        (words::ASK_VERIFY, &["effects.csv"], worked(view)),
        (words::ASK_TRUST, if balanced { &["balance.csv"] } else { &[] }, trust(view)),
    ]
    .into_iter()
    .filter_map(|(question, files, answer)| Some((question, files, answer?)))
    .collect();
    // What it is worth is said only where something is said.
    if answers.len() <= 1 {
        return String::new();
    }
    let mut out = format!("<section class=\"brief\" id=\"brief\"><h2>{}</h2>", both(words::AT_A_GLANCE));
    out.push_str("<div class=\"glance\">");
    for (figure, what) in tiles(view) {
        out.push_str(&format!("<div><b>{figure}</b><span>{what}</span></div>"));
    }
    out.push_str("</div>");
    let mut files: Vec<&str> = answers.iter().flat_map(|(_, files, _)| files.iter().copied()).collect();
    files.dedup();
    let rows: Vec<Vec<String>> = answers
        .into_iter()
        .map(|(question, _, answer)| vec![both(question), format!("<span class=\"text\">{}</span>", answer.shown())])
        .collect();
    out.push_str(&view.sourced(&files, &table(&[words::QUESTION, words::ANSWER].map(both), &rows)));
    out + "</section>\n"
}

/// The figures at the head of the page: a number and what it is.
fn tiles(view: &View<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(region) = view.turn.assessment.situation.first() {
        if let Some(mean) = region.pm25_mean {
            let mean = rows_of("").fixed("pm25_mean_ug_m3", in_unit(mean, "ug/m3"), 0);
            out.push((mean, both(words::MEAN_PM25)));
        }
        if region.air_days > 0 {
            out.push((good_days(region), both(words::GOOD_DAYS)));
        }
        if region.section_months > 0 {
            out.push((class_1_to_3(region), both(words::CLASS_1_3)));
        }
    }
    if let Some(cell) = greatest_crossing(view) {
        out.push((range(cell), crossing(view, cell).shown()));
    }
    if let Some(plans) = &view.turn.plans {
        let cost = Rows::of("plans.csv").with("who", "joint").money("cost_cny_per_year", plans.joint.cost);
        out.push((cost.shown(), both(words::JOINT_COST)));
    }
    if let Some(campaign) = view.turn.verification.first().filter(|c| !c.estimates.is_empty()) {
        // A word and never a percentage, which would be quoted without its interval.
        out.push((both(verdict(campaign)), both(words::EFFECT_NET_OF_WEATHER)));
    }
    out
}

/// Half and double of a share, at most the whole.
fn range(cell: &MatrixCell) -> String {
    let rows = origins::rows_of(cell);
    let low = rows.fixed("50*share", 50.0 * cell.share, 0);
    let high = rows.percent("2*share<1", (2.0 * cell.share).min(1.0), 0);
    format!("{low}–{high}")
}

/// What a crossing is, without its figure.
fn crossing(view: &View<'_>, cell: &MatrixCell) -> Html {
    let (from, to) = (Html::of(view.member(&cell.from)), Html::of(view.member(&cell.to)));
    let what = Html::of(super::Name::same(&cell.pollutant));
    Html::new(
        format!("{}的 {} 模拟值中来自{}的份额（乘除 2 倍的范围）", to.zh, what.zh, from.zh),
        format!("of modelled {} in {} comes from {} (times or divided by 2)", what.en, to.en, from.en),
    )
}

fn air(view: &View<'_>) -> Option<Html> {
    let region = view.turn.assessment.situation.first().filter(|s| s.air_days > 0)?;
    let rows = rows_of("");
    let mean = rows.maybe("pm25_mean_ug_m3", region.pm25_mean.map(|v| in_unit(v, "ug/m3")), 0);
    let (good, days) = (good_days(region), rows.whole("air_days", region.air_days));
    let heavy = share_of(&rows, ("heavy_days", region.heavy_days), ("air_days", region.air_days));
    Some(Html::new(
        format!("全区域 PM2.5 均值 {mean} µg/m³；{days} 个站点·日中，优良占 {good}，重污染占 {heavy}。"),
        format!(
            "Mean PM2.5 of the region {mean} µg/m³; of {days} station-days {good} were good or excellent and {heavy} heavily polluted."
        ),
    ))
}

fn water(view: &View<'_>) -> Option<Html> {
    let region = view.turn.assessment.situation.first().filter(|s| s.section_months > 0)?;
    let rows = rows_of("");
    let (good, all) = (class_1_to_3(region), rows.whole("section_months", region.section_months));
    let worse = share_of(&rows, ("worse_than_5", region.worse_than_5), ("section_months", region.section_months));
    let missed = rows.whole("missed_target", region.missed_target);
    Some(Html::new(
        format!("{all} 个断面·月中，I–III 类占 {good}，劣 V 类占 {worse}；{missed} 个断面·月未达类别目标。"),
        format!(
            "Of {all} section-months {good} were of class I to III and {worse} worse than V; {missed} missed their target class."
        ),
    ))
}

fn who(view: &View<'_>) -> Option<Html> {
    let (mut zh, mut en) = (String::new(), String::new());
    for cell in [greatest_crossing(view), greatest_by_river(view)].into_iter().flatten() {
        let (figure, said) = (range(cell), crossing(view, cell));
        zh.push_str(&format!("{}为 {figure}。", said.zh));
        en.push_str(&format!("{figure} {}. ", said.en));
    }
    let beside = origins::verdicts(&view.turn.attribution.bands);
    (!zh.is_empty()).then(|| Html::new(format!("{zh}{}", beside.zh), format!("{en}{}", beside.en)))
}

fn cheapest(view: &View<'_>) -> Option<Html> {
    let plans = view.turn.plans.as_ref()?;
    let joint = plan::in_short(&plans.joint);
    if plans.alone.is_empty() {
        return Some(joint);
    }
    let alone = plan::alone(view);
    Some(Html::new(joint.zh + &alone.zh, format!("{} {}", joint.en, alone.en)))
}

fn must(view: &View<'_>) -> Option<Html> {
    if view.turn.orders.orders.is_empty() {
        return None;
    }
    let (short, expected) = (orders::in_short(view), orders::expected(view));
    Some(Html::new(short.zh + &expected.zh, short.en + &expected.en))
}

fn verdict(campaign: &CampaignEffect) -> words::Words {
    let found = campaign.estimates.iter().any(|e| e.verdict == "detected");
    if found { words::DETECTED } else { words::NOT_DETECTABLE }
}

fn worked(view: &View<'_>) -> Option<Html> {
    let campaign = view.turn.verification.first().filter(|c| !c.estimates.is_empty())?;
    let known = view.case.campaigns.iter().find(|c| c.id == campaign.campaign);
    let name =
        Html::of(known.map_or(super::Name::same(&campaign.campaign), |c| super::Name::new(&c.name_zh, &c.name_en)));
    let said = Html::of(verdict(campaign));
    let (mut zh, mut en) = (format!("{}：{}", name.zh, said.zh), format!("{}: {}", name.en, said.en));
    if let Some((low, high)) = detection_limits(campaign) {
        let rows = Rows::of("effects.csv").with("campaign", &campaign.campaign);
        let low = rows.percent("min(detection_limit)", low, 0);
        let high = rows.percent("max(detection_limit)", high, 0);
        zh.push_str(&format!("。各方法的检测限为 {low} 至 {high}，更小的降幅本法看不见"));
        en.push_str(&format!(". The methods' detection limits are {low} to {high}; a smaller cut cannot be seen"));
    }
    Some(Html::new(zh + "。", en + "."))
}

/// Whether the books balance, and what the quality means.
fn trust(view: &View<'_>) -> Option<Html> {
    let checks = crate::output::tables_report::balance(view);
    let holds = checks.columns.iter().position(|c| c == "holds")?;
    let all = checks.rows.len();
    let kept = checks.rows.iter().filter(|r| r.get(holds).is_some_and(|h| h == "true")).count();
    let worth = match view.screening() {
        true => Html::of(words::SCREENING_MEANS),
        false => Html::of(words::STANDARD),
    };
    if all == 0 {
        return Some(worth);
    }
    let rows = Rows::of("balance.csv");
    let (all, kept) = (rows.count(all), rows.clone().with("holds", "true").count(kept));
    Some(Html::new(
        format!("账目 {all} 项检查，{kept} 项平衡。{}", worth.zh),
        format!("{kept} of {all} checks of the books balance. {}", worth.en),
    ))
}
