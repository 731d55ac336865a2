//! Chapters of the report: did it work, and do the books balance.

use super::charts::{self, Range};
use super::html::{Html, Said, behind, both, change, escape, figure, table, two, whole};
use super::reference::Rows;
use super::{Name, View, words};
use crate::output::number::in_unit;
use crate::output::tables::Clock;
use crate::output::tables_report::{APART, RIVER};
use liankong_engine::region::Time;
use liankong_engine::verify::{CampaignEffect, Estimate};

/// Every campaign: the finding, the estimates among their placebos, the naive swing.
pub fn verify(view: &View<'_>) -> String {
    view.turn.verification.iter().map(|campaign| one(view, campaign)).collect()
}

fn one(view: &View<'_>, campaign: &CampaignEffect) -> String {
    let zone = view.case.settings.utc_offset_s;
    let known = view.case.campaigns.iter().find(|c| c.id == campaign.campaign);
    let name = known.map_or(Name::same(&campaign.campaign), |c| Name::new(&c.name_zh, &c.name_en));
    let last = Time(campaign.window.end.0 - 1);
    let mut out = format!(
        "<h3>{} <small>{} – {}</small></h3><p class=\"lead\" data-ref=\"{}\">{}</p>",
        both(name),
        campaign.window.start.date(zone),
        last.date(zone),
        escape(&format!("effects.csv?campaign={}#count()", campaign.campaign)),
        both(named(&campaign.finding))
    );
    let mut drawn = String::new();
    let rows: Vec<Range> = campaign
        .estimates
        .iter()
        .map(|e| {
            let hundred = |p: Option<(f64, f64)>| p.map(|(a, b)| (100.0 * a, 100.0 * b));
            let detected = e.verdict == "detected";
            Range {
                name: words::method(&e.method),
                value: 100.0 * e.effect,
                range: None,
                band: hundred(e.placebo_cities),
                second: hundred(e.placebo_time),
                word: if detected { words::DETECTED.into() } else { words::NOT_DETECTABLE.into() },
                cited: Html::of(if detected { words::DETECTED } else { words::NOT_DETECTABLE }),
                tone: "",
            }
        })
        .collect();
    if !rows.is_empty() {
        let key = format!(
            "<span class=\"key\"><i class=\"swatch band\"></i>{}</span><span class=\"key\"><i class=\"swatch band2\"></i>{}</span>",
            both(words::PLACEBO_CITIES),
            both(words::PLACEBO_TIME)
        );
        let chart = charts::ranges(&Said::new(words::ESTIMATES, charts::in_words(&rows)), &rows, view.screening());
        drawn = figure(&chart, &format!("{} {key}", both(words::ESTIMATES)));
    }
    let interval = |e: &Estimate, column: &str, p: Option<(f64, f64)>| {
        let (low, high) = (format!("{column}_low"), format!("{column}_high"));
        let rows = rows_of(campaign, e);
        p.map_or_else(
            || rows.cite(&low, "–"),
            |(a, b)| {
                let (a, b) = (rows.change(&low, a), rows.change(&high, b));
                whole(&Html::new(format!("{a} 至 {b}"), format!("{a} to {b}")).shown())
            },
        )
    };
    let rank = |e: &Estimate, columns: [&str; 2], r: Option<(usize, usize)>| {
        let rows = rows_of(campaign, e);
        r.map_or_else(
            || rows.cite(columns[0], "–"),
            |(a, b)| whole(&format!("{} / {}", rows.whole(columns[0], a), rows.whole(columns[1], b))),
        )
    };
    let rows: Vec<Vec<String>> = campaign
        .estimates
        .iter()
        .map(|e| {
            let explained = two(&e.explanation.0, &e.explanation.1);
            let rows = rows_of(campaign, e);
            vec![
                format!("{}<div class=\"note\">{explained}</div>", both(words::method(&e.method))),
                rows.change("effect", e.effect),
                interval(e, "placebo_cities", e.placebo_cities),
                rank(e, ["rank", "cities"], e.rank),
                interval(e, "placebo_time", e.placebo_time),
                rank(e, ["rank_time", "windows"], e.rank_time),
                e.detection_limit
                    .map_or_else(|| rows.cite("detection_limit", "–"), |d| rows.percent("detection_limit", d.abs(), 0)),
            ]
        })
        .collect();
    let head = [
        words::METHOD,
        words::EFFECT,
        words::PLACEBO_CITIES,
        words::RANK,
        words::PLACEBO_TIME,
        words::RANK,
        words::DETECTION,
    ];
    if !rows.is_empty() {
        out.push_str(&view.sourced(&["effects.csv"], &(drawn + &table(&head.map(both), &rows))));
        out.push_str(&format!("<p class=\"note\">{}</p>", both(words::RANK_NOTE)));
    }
    out.push_str(&before_and_after(view, campaign));
    out
}

/// The row of an estimate.
fn rows_of(campaign: &CampaignEffect, estimate: &Estimate) -> Rows {
    Rows::of("effects.csv").with("campaign", &campaign.campaign).with("method", &estimate.method)
}

/// The naive change, which swings with the window chosen.
fn before_and_after(view: &View<'_>, campaign: &CampaignEffect) -> String {
    let zone = view.case.settings.utc_offset_s;
    let day = |t: Time| t.date(zone).get(5..).unwrap_or_default().to_string();
    let (mut bars, mut rows) = (Vec::new(), Vec::new());
    for n in &campaign.naive {
        let span = format!("{}–{}", day(n.before.start), day(Time(n.before.end.0 - 1)));
        let name = match n.after {
            Some(_) => Name::new(format!("{span} 与后"), format!("{span} and after")),
            None => Name::same(&span),
        };
        let time = |t: Time| Clock(zone).time(t);
        let after = n.after.map(|p| time(p.start)).unwrap_or_default();
        let row =
            Rows::of("naive.csv").with("campaign", &campaign.campaign).with("before_start", &time(n.before.start));
        let row = row.with("before_end", &time(n.before.end)).with("after_start", &after);
        rows.push(vec![both(name.clone()), row.change("change", n.change)]);
        bars.push((name, 100.0 * n.change));
    }
    if bars.is_empty() {
        return String::new();
    }
    let chart = charts::diverging(&Said::new(words::NAIVE, swing(&bars)), &bars, view.screening());
    let listed = table(&[words::BEFORE, words::CHANGE].map(both), &rows);
    let content = figure(&chart, &both(words::NAIVE_NOTE)) + &behind(words::BEHIND_CHART, true, &listed);
    format!("<h3>{}</h3>{}", both(words::NAIVE), view.sourced(&["naive.csv"], &content))
}

/// From the least to the greatest bar.
fn swing(bars: &[(Name, f64)]) -> Name {
    let least = bars.iter().map(|b| b.1).fold(f64::INFINITY, f64::min) / 100.0;
    let most = bars.iter().map(|b| b.1).fold(f64::NEG_INFINITY, f64::max) / 100.0;
    Name::new(
        format!("{} 个时段，由 {} 到 {}。", bars.len(), change(least), change(most)),
        format!("{} windows, from {} to {}.", bars.len(), change(least), change(most)),
    )
}

/// The finding with the names of the methods where it has their ids.
fn named(finding: &(String, String)) -> Name {
    let (mut zh, mut en) = finding.clone();
    // The longest id first: one holds another.
    for id in ["difference_in_differences", "ridge_far_controls", "ridge_controls"] {
        let name = words::method(id);
        zh = zh.replace(id, &name.zh);
        en = en.replace(id, &name.en.to_lowercase());
    }
    Name { zh, en }
}

/// The least and the greatest detection limit over a campaign's methods.
pub fn detection_limits(campaign: &CampaignEffect) -> Option<(f64, f64)> {
    let limits = campaign.estimates.iter().filter_map(|e| e.detection_limit).map(f64::abs);
    limits.fold(None, |range: Option<(f64, f64)>, l| Some(range.map_or((l, l), |(a, b)| (a.min(l), b.max(l)))))
}

/// How well the books balance.
pub fn books(view: &View<'_>) -> String {
    let b = &view.turn.balance;
    let mut rows = Vec::new();
    if let (Some(ledger), Some(forward)) = (b.air_ledger, b.air_forward) {
        let check = Rows::of("balance.csv").with("check", "air_forward");
        let printed = |column: &str, v: f64| check.fixed(column, in_unit(v, "ug/m3"), 1);
        let (ledger, forward) = (printed("ledger", ledger), printed("forward", forward));
        let (apart, allowed) = (check.maybe("error", b.air_deviation, 1), check.fixed("allowed", APART, 0));
        let words::Words(unit_zh, unit_en) = words::IN_STANDARD_ERRORS;
        let said = Html::new(
            format!("{ledger} 与 {forward} µg/m³，相差 {apart} {unit_zh}"),
            format!("{ledger} and {forward} µg/m³, apart by {apart} {unit_en}"),
        );
        let allowed = Html::new(format!("{allowed} {unit_zh}"), format!("{allowed} {unit_en}"));
        let holds = b.air_deviation.is_some_and(|d| d.abs() < APART);
        rows.push(row(words::AIR_BALANCE, &said.shown(), &allowed.shown(), holds));
    }
    let river = [
        ("river_forward", words::RIVER_FORWARD, b.river_forward_error),
        ("river_mass", words::RIVER_MASS, b.river_mass_error),
    ];
    for (id, words, value) in river {
        if let Some(value) = value {
            let check = Rows::of("balance.csv").with("check", id);
            let (error, allowed) = (check.significant("error", value, 2), check.significant("allowed", RIVER, 1));
            rows.push(row(words, &error, &allowed, value <= RIVER));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = [words::QUANTITY, words::RESULT, words::ALLOWED, words::STANDING].map(both);
    view.sourced(&["balance.csv"], &table(&head, &rows))
}

/// One check: what, its result, what is allowed, and whether it holds.
fn row(what: words::Words, result: &str, allowed: &str, holds: bool) -> Vec<String> {
    let (word, class) = if holds { (words::HOLDS, "good") } else { (words::FAILS, "bad") };
    let text = |html: &str| format!("<span class=\"text\">{html}</span>");
    vec![both(what), text(result), text(allowed), text(&format!("<span class=\"{class}\">{}</span>", both(word)))]
}
