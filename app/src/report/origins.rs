//! Chapter of the report: who pollutes whom.

use super::charts::{self, Range};
use super::html::{Html, Said, behind, both, escape, figure, fixed, map_figure, table, two};
use super::map::Projection;
use super::reference::Rows;
use super::{Name, View, words};
use crate::output::number::in_unit;
use crate::output::tables::Clock;
use crate::output::tables_report::{RINGS, WINDS, footprint as footprint_table};
use crate::output::{origin_id, unit_of};
use liankong_engine::attribute::{BandCheck, Closure, MatrixCell};
use liankong_engine::region::event::Origin;
use liankong_engine::region::pollutant::{Medium, Pollutant};

/// Footprint, matrices, shares beside the published ones, closure.
pub fn origins(view: &View<'_>, plane: Option<&Projection>) -> String {
    let mut out = String::new();
    let drawn = view.map_in_focus();
    if let Some((map, svg)) = plane.zip(drawn).and_then(|(p, m)| Some((m, super::map::footprint(view, p, m)?))) {
        let name = view.receptor(&map.station);
        let words::Words(zh, en) = words::FOOTPRINT_MAP;
        let heading = two(format!("{zh}{}", name.zh), format!("{en} {}", name.en));
        let content = map_figure(&svg, &both(words::FOOTPRINT_NOTE)) + &around(view);
        out.push_str(&format!("<h3>{heading}</h3>{}", view.sourced(&["footprint.csv"], &content)));
    }
    out.push_str(&matrices(view));
    out.push_str(&shares(view));
    out.push_str(&closure(view));
    out
}

/// The table behind the footprint: its share by the wind that brings it and the distance it comes from.
fn around(view: &View<'_>) -> String {
    let cells = footprint_table(view);
    let column = |name: &str| cells.columns.iter().position(|c| c == name).unwrap_or(usize::MAX);
    let (wind_at, ring_at, share_at) = (column("wind"), column("ring_km"), column("share"));
    let row = |wind: &&str| {
        let mut line = vec![both(words::wind(wind))];
        line.extend(RINGS.iter().map(|ring| {
            let here = cells.rows.iter().filter(|r| r.get(wind_at).is_some_and(|w| w == wind));
            let here = here.filter(|r| r.get(ring_at).is_some_and(|k| k == ring));
            let share: f64 = here.filter_map(|r| r.get(share_at)?.parse::<f64>().ok()).sum();
            Rows::of("footprint.csv").with("wind", wind).with("ring_km", ring).percent("sum(share)", share, 0)
        }));
        line
    };
    let rows: Vec<Vec<String>> = WINDS.iter().map(row).collect();
    let mut head = vec![both(words::WIND_FROM)];
    head.extend(RINGS.iter().map(|ring| match ring.strip_suffix('-') {
        Some(far) => format!("&gt;\u{a0}{far}\u{a0}km"),
        None => format!("{}\u{a0}km", ring.replace('-', "–")),
    }));
    table(&head, &rows)
}

fn origin(origin: Origin) -> Name {
    match origin {
        Origin::Local => words::LOCAL.into(),
        Origin::Region => words::OTHER_MEMBERS.into(),
        Origin::Outside => words::FAR.into(),
    }
}

/// Both ends of a range in per cent: `21–42 %`; one figure where both print alike.
fn span(low: f64, high: f64) -> String {
    super::html::percents(low / 100.0, high / 100.0)
}

/// Both ends of a range in per cent, each with its address; the figures themselves are per cent, not shares.
fn cited_span(rows: &Rows, columns: [&str; 2], low: f64, high: f64, digits: usize) -> String {
    let (from, to) = (fixed(low, digits), fixed(high, digits));
    let [low_at, high_at] = columns;
    if from == to {
        return format!("{}\u{a0}%", rows.cite(low_at, &from));
    }
    format!("{}–{}\u{a0}%", rows.cite(low_at, &from), rows.cite(high_at, &to))
}

/// Digits after the point that a range was published with.
fn published_digits(check: &BandCheck) -> usize {
    usize::from(check.band.low.fract() != 0.0 || check.band.high.fract() != 0.0)
}

/// A published range with the digit it was published with.
fn published(check: &BandCheck) -> String {
    let (low, high) = (check.band.low, check.band.high);
    let digits = published_digits(check);
    let (low, high) = (fixed(low, digits), fixed(high, digits));
    if low == high { format!("{low}\u{a0}%") } else { format!("{low}–{high}\u{a0}%") }
}

/// How many of our shares lie in the published ranges, and on which side the others lie.
pub fn verdicts(bands: &[BandCheck]) -> Html {
    if bands.is_empty() {
        return Html::new("", "");
    }
    let count = |verdict: &str| bands.iter().filter(|b| b.verdict == verdict).count();
    let (all, inside, meet, out) = (bands.len(), count("inside"), count("overlaps"), count("outside"));
    let (mut sides_zh, mut sides_en) = (Vec::new(), Vec::new());
    for of in [Origin::Local, Origin::Region, Origin::Outside] {
        let beyond = || bands.iter().filter(|b| b.verdict == "outside" && b.band.origin == of);
        let low = beyond().filter(|b| b.ours < b.band.low).count();
        let name = origin(of);
        for (n, zh, en) in [(low, "偏低", "too low"), (beyond().count() - low, "偏高", "too high")] {
            if n > 0 {
                sides_zh.push(format!("{}{zh} {n} 项", name.zh));
                sides_en.push(format!("{} {en} in {n}", name.en.to_lowercase()));
            }
        }
    }
    let (sides_zh, sides_en) = match out {
        0 => (String::new(), String::new()),
        _ => (format!("（{}）", sides_zh.join("，")), format!(" ({})", sides_en.join(", "))),
    };
    let rows = Rows::of("bands.csv");
    let of = |verdict: &str, n: usize| rows.clone().with("verdict", verdict).count(n);
    let (all, inside, meet, out) = (rows.count(all), of("inside", inside), of("overlaps", meet), of("outside", out));
    Html::new(
        format!("与 {all} 项已发表份额对照：{inside} 项中心值在内，{meet} 项仅范围相交，{out} 项在外{sides_zh}。"),
        format!(
            "Beside {all} published shares: {inside} with the central reading inside, {meet} where only the ranges meet, \
             {out} outside{sides_en}."
        ),
    )
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
        let content = view.sourced(&["matrix.csv"], &matrix(view, &mine));
        out.push_str(&format!("<div><h4>{head}</h4>{content}</div>"));
    }
    if out.is_empty() {
        return out;
    }
    // Two stand side by side where their columns leave room.
    let columns = view.case.top_members().count();
    let class = if columns <= SIDE_BY_SIDE { "pairs" } else { "" };
    let factor = if view.screening() { format!("<b>{}</b> ", both(words::FACTOR_TWO)) } else { String::new() };
    format!(
        "<h3>{}</h3><p class=\"note\">{factor}{}</p><div class=\"{class}\">{out}</div>",
        both(words::MATRIX),
        both(words::MATRIX_NOTE)
    )
}

/// Most columns of a matrix that stands beside another.
const SIDE_BY_SIDE: usize = 4;

/// The row of a cell of a matrix.
pub fn rows_of(cell: &MatrixCell) -> Rows {
    let rows = Rows::of("matrix.csv").with("medium", cell.medium.id()).with("pollutant", &cell.pollutant);
    rows.with("from", &cell.from).with("to", &cell.to)
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
    for code in &to {
        let count = cells
            .iter()
            .find(|c| c.to == *code)
            .map_or_else(|| "0".into(), |c| rows_of(c).whole("receptors", view.receptors_behind(c)));
        html.push_str(&format!("<th scope=\"col\">{}<small>({count})</small></th>", both(view.member(code))));
    }
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
            // What rounds to nothing is said to be less than one per cent, not drawn out to its last digit.
            let rows = rows_of(cell);
            let (word, amount) = match cell.share {
                s if s >= 0.005 => (
                    rows.percent("share", s, 0),
                    rows.significant("value", in_unit(cell.value, unit_of(&cell.pollutant)), 2),
                ),
                s if s > 0.0 => (rows.cite("share", "<\u{a0}1\u{a0}%"), String::new()),
                _ => (rows.cite("share", "–"), String::new()),
            };
            html.push_str(&format!(
                "<td{ink} style=\"background:rgba(31,78,95,{:.2})\"><b>{word}</b><small>{amount}</small></td>",
                0.04 + 0.9 * share
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
            let season = words::season(&check.band.season);
            let (words::Words(zh, en), tone) = match check.verdict {
                "inside" => (words::INSIDE, "good"),
                "overlaps" => (words::OVERLAPS, ""),
                _ => (words::NOT_INSIDE, "bad"),
            };
            let ranges = format!("{} / {}", span(check.ours_low, check.ours_high), published(check));
            let rows = Rows::of("bands.csv").with("band_id", &check.band.id).with("receptor", &check.receptor);
            let rows = rows.with("origin", origin_id(check.band.origin));
            let ours = cited_span(&rows, ["ours_low", "ours_high"], check.ours_low, check.ours_high, 0);
            let digits = published_digits(check);
            let theirs =
                cited_span(&rows, ["published_low", "published_high"], check.band.low, check.band.high, digits);
            Range {
                name: Name::new(
                    format!("{} · {} · {}", station.zh, origin.zh, season.zh),
                    format!("{} · {} · {}", station.en, origin.en, season.en),
                ),
                value: check.ours,
                range: Some((check.ours_low, check.ours_high)),
                band: Some((check.band.low, check.band.high)),
                second: None,
                word: Name::new(format!("{ranges}，{zh}"), format!("{ranges}, {en}")),
                cited: Html::new(format!("{ours} / {theirs}，{zh}"), format!("{ours} / {theirs}, {en}")),
                tone,
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
            word: Name::same(&span(100.0 * share.low, 100.0 * share.high)),
            cited: {
                let rows = Rows::of("shares.csv").with("receptor", &share.receptor);
                let rows = rows.with("origin", origin_id(share.origin));
                let text = cited_span(&rows, ["100*low", "100*high"], 100.0 * share.low, 100.0 * share.high, 0);
                Html::new(text.clone(), text)
            },
            tone: "",
        });
    }
    if rows.is_empty() {
        return String::new();
    }
    let chart = charts::ranges(&Said::new(words::SHARES, charts::in_words(&rows)), &rows, view.screening());
    let mut out = format!(
        "<h3>{}</h3><p>{}</p>{}<p class=\"note\">{}</p>",
        both(words::SHARES),
        verdicts(&attribution.bands).shown(),
        view.sourced(&["bands.csv", "shares.csv"], &figure(&chart, &both(words::SHARES_NOTE))),
        both(words::SHARES_SEASONS)
    );
    let mut cited: Vec<String> = Vec::new();
    for check in &attribution.bands {
        let band = published(check);
        let season = both(words::season(&check.band.season));
        let line = format!("{} · {season} ({band}): {}", both(origin(check.band.origin)), escape(&check.band.source));
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
    let mut out = String::new();
    let means = closure_by_member(view);
    if !means.is_empty() {
        let head = [
            both(words::MEMBER),
            both(words::MEASURED),
            both(words::FROM_REGION),
            both(words::FROM_OUTSIDE),
            both(words::UNEXPLAINED),
        ];
        out.push_str(&format!(
            "<h3>{} <small>PM2.5, µg/m³</small></h3>{}<p class=\"note\">{}</p>",
            both(words::CLOSURE),
            view.sourced(&["closure.csv"], &table(&head, &means)),
            both(words::CLOSURE_NOTE)
        ));
    }
    let clock = Clock(view.case.settings.utc_offset_s);
    let rows: Vec<Vec<String>> = closure
        .iter()
        .map(|c| {
            let unit = unit_of(&c.pollutant);
            let digits = if c.medium == Medium::Air { 0 } else { 3 };
            let rows = Rows::of("closure.csv").with("receptor", &c.receptor).with("pollutant", &c.pollutant);
            let rows = rows.with("period", &clock.period(c.period));
            let printed = |column: &str, v: Option<f64>| rows.maybe(column, v.map(|v| in_unit(v, unit)), digits);
            let (first, last) = view.days(c.period);
            vec![
                format!("{} <small>{first} – {last}</small>", both(view.receptor(&c.receptor))),
                format!("{} <small>{}</small>", escape(&c.pollutant), unit_sign(unit)),
                printed("measured", c.measured),
                printed("from_region", Some(c.from_region)),
                printed("from_outside", c.from_outside),
                printed("unexplained", c.unexplained),
                rows.whole("readings", c.readings),
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
    let content = view.sourced(&["closure.csv"], &table(&head.map(both), &rows));
    out.push_str(&behind(words::CLOSURE_ALL, false, &content));
    out
}

/// The closure of PM2.5 as the mean over each top-level member's stations that have readings.
fn closure_by_member(view: &View<'_>) -> Vec<Vec<String>> {
    let case = view.case;
    let mut rows = Vec::new();
    for member in case.top_members() {
        let of_member =
            |c: &&Closure| c.pollutant == "PM2.5" && view.top_of_receptor(&c.receptor) == Some(member.code.as_str());
        let parts: Vec<[f64; 4]> = view
            .turn
            .attribution
            .closure
            .iter()
            .filter(of_member)
            .filter_map(|c| Some([c.measured?, c.from_region, c.from_outside?, c.unexplained?]))
            .collect();
        if parts.is_empty() {
            continue;
        }
        let meant = Rows::of("closure.csv").with("pollutant", "PM2.5").with("member", &member.code);
        let meant = meant.without("measured", "").without("from_outside", "");
        let mean = |(k, column): (usize, &str)| {
            let sum: f64 = parts.iter().map(|p| p[k]).sum();
            meant.fixed(&format!("mean({column})"), in_unit(sum / parts.len() as f64, "ug/m3"), 0)
        };
        let mut row = vec![both(view.member(&member.code))];
        row.extend(["measured", "from_region", "from_outside", "unexplained"].into_iter().enumerate().map(mean));
        rows.push(row);
    }
    rows
}

/// The greatest share of one member in another's PM2.5.
pub fn greatest_crossing<'a>(view: &View<'a>) -> Option<&'a MatrixCell> {
    let crossing = view.turn.attribution.matrix.iter().filter(|c| {
        c.pollutant == "PM2.5" && c.from != c.to && view.case.member(&c.from).is_some() && c.share.is_finite()
    });
    crossing.max_by(|a, b| a.share.total_cmp(&b.share))
}

/// The greatest share of one member in what the rivers bring to another's sections, of what is measured there.
pub fn greatest_by_river<'a>(view: &View<'a>) -> Option<&'a MatrixCell> {
    let known = |code: &str| view.case.member(code).is_some();
    let measured = |pollutant: &str| {
        let of_water = view.turn.attribution.closure.iter().filter(|c| c.medium == Medium::Water);
        of_water.filter(|c| c.pollutant == pollutant).any(|c| c.measured.is_some())
    };
    let crossing = view.turn.attribution.matrix.iter().filter(|c| {
        c.medium == Medium::Water
            && measured(&c.pollutant)
            && c.from != c.to
            && known(&c.from)
            && c.value > 0.0
            && c.share.is_finite()
    });
    crossing.max_by(|a, b| a.share.total_cmp(&b.share))
}
