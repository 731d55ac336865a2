//! Sections of the page: did it work, and do the books balance.

use super::charts::{self, Range};
use super::html::{Said, both, change, figure, fixed, maybe, percent, significant, table, two, whole};
use super::{Name, View, words};
use crate::output::number::in_unit;
use liankong_engine::region::Time;
use liankong_engine::verify::CampaignEffect;

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
        "<h3>{} <small>{} – {}</small></h3><p class=\"lead\">{}</p>",
        both(name),
        campaign.window.start.date(zone),
        last.date(zone),
        both(named(&campaign.finding))
    );
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
        out.push_str(&figure(&chart, &format!("{} {key}", both(words::ESTIMATES))));
    }
    let interval = |p: Option<(f64, f64)>| {
        p.map_or_else(
            || "–".into(),
            |(a, b)| {
                let (a, b) = (change(a), change(b));
                whole(&two(format!("{a} 至 {b}"), format!("{a} to {b}")))
            },
        )
    };
    let rank = |r: Option<(usize, usize)>| r.map_or_else(|| "–".into(), |(a, b)| whole(&format!("{a} / {b}")));
    let rows: Vec<Vec<String>> = campaign
        .estimates
        .iter()
        .map(|e| {
            let explained = two(&e.explanation.0, &e.explanation.1);
            vec![
                format!("{}<div class=\"note\">{explained}</div>", both(words::method(&e.method))),
                change(e.effect),
                interval(e.placebo_cities),
                rank(e.rank),
                interval(e.placebo_time),
                rank(e.rank_time),
                e.detection_limit.map_or_else(|| "–".into(), |d| percent(d.abs(), 0)),
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
        out.push_str(&table(&head.map(both), &rows));
        out.push_str(&format!("<p class=\"note\">{}</p>", both(words::RANK_NOTE)));
    }
    let day = |t: Time| t.date(zone).get(5..).unwrap_or_default().to_string();
    let bars: Vec<(Name, f64)> = campaign
        .naive
        .iter()
        .map(|n| {
            let span = format!("{}–{}", day(n.before.start), day(Time(n.before.end.0 - 1)));
            let name = match n.after {
                Some(_) => Name::new(format!("{span} 与后"), format!("{span} and after")),
                None => Name::same(&span),
            };
            (name, 100.0 * n.change)
        })
        .collect();
    if !bars.is_empty() {
        let chart = charts::diverging(&Said::new(words::NAIVE, swing(&bars)), &bars, view.screening());
        out.push_str(&format!("<h3>{}</h3>{}", both(words::NAIVE), figure(&chart, &both(words::NAIVE_NOTE))));
    }
    out
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

/// Standard errors that ledger and forward run may lie apart.
const APART: f64 = 3.0;
/// Relative error that the river may have.
const RIVER: f64 = 1e-10;

/// How well the books balance.
pub fn books(view: &View<'_>) -> String {
    let b = &view.turn.balance;
    let mut rows = Vec::new();
    if let (Some(ledger), Some(forward)) = (b.air_ledger, b.air_forward) {
        let printed = |v: f64| fixed(in_unit(v, "ug/m3"), 1);
        let deviation = maybe(b.air_deviation, 1);
        let said = two(
            format!(
                "{} 与 {} µg/m³，相差 {deviation} {}",
                printed(ledger),
                printed(forward),
                words::IN_STANDARD_ERRORS.0
            ),
            format!(
                "{} and {} µg/m³, apart by {deviation} {}",
                printed(ledger),
                printed(forward),
                words::IN_STANDARD_ERRORS.1
            ),
        );
        let allowed = two(
            format!("{} {}", fixed(APART, 0), words::IN_STANDARD_ERRORS.0),
            format!("{} {}", fixed(APART, 0), words::IN_STANDARD_ERRORS.1),
        );
        rows.push(row(words::AIR_BALANCE, &said, &allowed, b.air_deviation.is_some_and(|d| d.abs() < APART)));
    }
    for (words, value) in [(words::RIVER_FORWARD, b.river_forward_error), (words::RIVER_MASS, b.river_mass_error)] {
        if let Some(value) = value {
            rows.push(row(words, &significant(value, 2), &significant(RIVER, 1), value <= RIVER));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    table(&[words::QUANTITY, words::RESULT, words::ALLOWED, words::STANDING].map(both), &rows)
}

/// One check: what, its result, what is allowed, and whether it holds.
fn row(what: words::Words, result: &str, allowed: &str, holds: bool) -> Vec<String> {
    let (word, class) = if holds { (words::HOLDS, "good") } else { (words::FAILS, "bad") };
    let text = |html: &str| format!("<span class=\"text\">{html}</span>");
    vec![both(what), text(result), text(allowed), text(&format!("<span class=\"{class}\">{}</span>", both(word)))]
}
