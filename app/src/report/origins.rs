//! Section of the page: who pollutes whom.

use super::charts::{self, Range};
use super::html::{both, escape, figure, fixed, maybe, percent, significant, table, two};
use super::map::Projection;
use super::{Name, View, words};
use crate::output::number::in_unit;
use crate::output::unit_of;
use liankong_engine::attribute::MatrixCell;
use liankong_engine::region::event::Origin;
use liankong_engine::region::pollutant::{Medium, Pollutant};

/// Footprint, matrices, shares beside the published ones, closure.
pub fn origins(view: &View<'_>, plane: Option<&Projection>) -> String {
    let mut out = String::new();
    let focus = view.station_in_focus();
    let focused = view.turn.maps.iter().find(|m| Some(m.station.as_str()) == focus).or(view.turn.maps.first());
    if let Some((map, svg)) = plane.zip(focused).and_then(|(p, m)| Some((m, super::map::footprint(view, p, m)?))) {
        let name = view.receptor(&map.station);
        let words::Words(zh, en) = words::FOOTPRINT_MAP;
        let heading = two(format!("{zh}{}", name.zh), format!("{en} {}", name.en));
        out.push_str(&format!("<h3>{heading}</h3>{}", figure(&svg, &both(words::FOOTPRINT_NOTE))));
    }
    out.push_str(&matrices(view));
    out.push_str(&shares(view));
    out.push_str(&closure(view));
    out
}

fn origin(origin: Origin) -> Name {
    match origin {
        Origin::Local => words::LOCAL.into(),
        Origin::Region => words::OTHER_MEMBERS.into(),
        Origin::Outside => words::OUTSIDE.into(),
    }
}

/// Pollutant names in both languages with their unit.
pub fn pollutant(id: &str) -> Name {
    match Pollutant::parse(id) {
        Some(p) if !matches!(p, Pollutant::Pm25 | Pollutant::Pm10) => {
            let spec = p.spec();
            Name::new(format!("{} {}", spec.name_zh, spec.id), format!("{} ({})", spec.id, spec.name_en))
        }
        _ => Name::same(id),
    }
}

fn unit_sign(unit: &str) -> String {
    unit.replace("ug/m3", "µg/m³").replace("kg/m3", "kg/m³")
}

/// One table for each medium and pollutant.
fn matrices(view: &View<'_>) -> String {
    let cells = &view.turn.attribution.matrix;
    let mut kinds: Vec<(Medium, &str)> = Vec::new();
    for cell in cells {
        if !kinds.contains(&(cell.medium, cell.pollutant.as_str())) {
            kinds.push((cell.medium, &cell.pollutant));
        }
    }
    let mut out = String::new();
    for (medium, id) in kinds {
        let mine: Vec<&MatrixCell> = cells.iter().filter(|c| c.medium == medium && c.pollutant == id).collect();
        let name = pollutant(id);
        let unit = unit_sign(unit_of(id));
        let head = two(format!("{}，{unit}", name.zh), format!("{}, {unit}", name.en));
        out.push_str(&format!("<h4>{head}</h4>{}", matrix(view, &mine)));
    }
    if out.is_empty() {
        return out;
    }
    format!("<h3>{}</h3>{out}<p class=\"note\">{}</p>", both(words::MATRIX), both(words::MATRIX_NOTE))
}

fn matrix(view: &View<'_>, cells: &[&MatrixCell]) -> String {
    let place = |code: &str| {
        let at = view.case.members.iter().position(|m| m.code == code);
        (at.unwrap_or(usize::MAX), code.to_string())
    };
    let order = |pick: fn(&MatrixCell) -> &str| {
        let mut codes: Vec<&str> = cells.iter().map(|c| pick(c)).collect();
        codes.sort_by_key(|code| place(code));
        codes.dedup();
        codes
    };
    let (from, to) = (order(|c| &c.from), order(|c| &c.to));
    let mut html = format!("<div class=\"scroll\"><table class=\"heat\"><thead><tr><th>{}</th>", both(words::FROM_TO));
    to.iter().for_each(|code| html.push_str(&format!("<th scope=\"col\">{}</th>", both(view.member(code)))));
    html.push_str("</tr></thead><tbody>");
    for giver in &from {
        html.push_str(&format!("<tr><th scope=\"row\">{}</th>", both(view.member(giver))));
        for taker in &to {
            let Some(cell) = cells.iter().find(|c| c.from == *giver && c.to == *taker) else {
                html.push_str("<td></td>");
                continue;
            };
            let share = cell.share.clamp(0.0, 1.0);
            let ink = if share > 0.72 { " class=\"dark\"" } else { "" };
            let unit = unit_of(&cell.pollutant);
            html.push_str(&format!(
                "<td{ink} style=\"background:rgba(31,78,95,{:.2})\"><b>{}</b><small>{}</small></td>",
                0.04 + 0.9 * share,
                percent(cell.share, 0),
                significant(in_unit(cell.value, unit), 2)
            ));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

fn shares(view: &View<'_>) -> String {
    let attribution = &view.turn.attribution;
    let mut rows: Vec<Range> = attribution
        .bands
        .iter()
        .map(|check| {
            let (station, origin) = (view.receptor(&check.receptor), origin(check.band.origin));
            let verdict = match check.verdict {
                "inside" => words::INSIDE,
                "overlaps" => words::OVERLAPS,
                _ => words::NOT_INSIDE,
            };
            Range {
                name: Name::new(format!("{} · {}", station.zh, origin.zh), format!("{} · {}", station.en, origin.en)),
                value: check.ours,
                range: Some((check.ours_low, check.ours_high)),
                band: Some((check.band.low, check.band.high)),
                second: None,
                word: verdict.into(),
                tone: if check.verdict == "inside" { "good" } else { "bad" },
            }
        })
        .collect();
    let focus = view.station_in_focus();
    for share in attribution.shares.iter().filter(|s| Some(s.receptor.as_str()) == focus) {
        let known = attribution.bands.iter().any(|b| b.receptor == share.receptor && b.band.origin == share.origin);
        if known {
            continue;
        }
        let (station, origin) = (view.receptor(&share.receptor), origin(share.origin));
        rows.push(Range {
            name: Name::new(format!("{} · {}", station.zh, origin.zh), format!("{} · {}", station.en, origin.en)),
            value: 100.0 * share.share,
            range: Some((100.0 * share.low, 100.0 * share.high)),
            band: None,
            second: None,
            word: Name::same(""),
            tone: "",
        });
    }
    if rows.is_empty() {
        return String::new();
    }
    let chart = charts::ranges(words::SHARES, &rows, view.screening());
    let mut out = format!("<h3>{}</h3>{}", both(words::SHARES), figure(&chart, &both(words::SHARES_NOTE)));
    let mut cited: Vec<String> = Vec::new();
    for check in &attribution.bands {
        let band = format!("{}–{} %", fixed(check.band.low, 0), fixed(check.band.high, 0));
        let line = format!("{} ({band}): {}", escape(&check.band.season), escape(&check.band.source));
        if !cited.contains(&line) {
            cited.push(line);
        }
    }
    if !cited.is_empty() {
        out.push_str(&format!("<details><summary>{}</summary><ul>", both(words::PUBLISHED)));
        cited.iter().for_each(|line| out.push_str(&format!("<li>{line}</li>")));
        out.push_str("</ul></details>");
    }
    out
}

fn closure(view: &View<'_>) -> String {
    let closure = &view.turn.attribution.closure;
    if closure.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = closure
        .iter()
        .map(|c| {
            let unit = unit_of(&c.pollutant);
            let digits = if c.medium == Medium::Air { 0 } else { 3 };
            let printed = |v: Option<f64>| maybe(v.map(|v| in_unit(v, unit)), digits);
            let receptor = view.receptor(&c.receptor);
            vec![
                both(receptor),
                format!("{} <small>{}</small>", escape(&c.pollutant), unit_sign(unit)),
                printed(c.measured),
                printed(Some(c.from_region)),
                printed(c.from_outside),
                printed(c.unexplained),
                c.readings.to_string(),
            ]
        })
        .collect();
    let head = [
        words::RECEPTOR,
        words::POLLUTANT,
        words::MEASURED,
        words::FROM_REGION,
        words::FROM_OUTSIDE,
        words::UNEXPLAINED,
        words::READINGS,
    ];
    format!(
        "<details><summary>{} ({})</summary>{}</details>",
        both(words::CLOSURE),
        rows.len(),
        table(&head.map(both), &rows)
    )
}
