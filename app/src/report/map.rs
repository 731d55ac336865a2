//! Maps: members, coast and rivers as inline SVG. No borders of our own, no tiles, nothing from the network.
//!
//! The members' shapes are written once (`shapes`) and used by every map. Plane: longitude × cos(middle latitude), latitude.

use super::html::{Html, Said, escape, fixed, percent, picture, svg_cited, svg_text};
use super::reference::Rows;
use super::words::{self, Words};
use super::{Name, View};
use crate::output::number::in_unit;
use liankong_engine::cycle::FootprintMap;
use liankong_engine::region::Point;
use liankong_engine::region::network::{Reach, Section};
use std::collections::BTreeMap;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

const WIDTH: f64 = 760.0;
/// Tallest map; a page holds it with its heading.
const TALLEST: f64 = 560.0;
/// Points nearer than this on the page are not told apart.
const DETAIL: f64 = 0.5;

/// Where a place lies on the page.
pub struct Projection {
    west: f64,
    north: f64,
    per_lon: f64,
    per_lat: f64,
    /// Height of the map for its fixed width.
    pub height: f64,
}

impl Projection {
    /// Fits everything that the case places; `None` where it places nothing, or all at one point.
    pub fn of(view: &View<'_>) -> Option<Projection> {
        let case = view.case;
        let areas = case.members.iter().filter_map(|m| m.area.as_ref()?.bounds());
        let points = case
            .stations
            .iter()
            .map(|s| s.place)
            .chain(case.sections.iter().filter_map(|s| s.place))
            .chain(case.reaches.iter().flat_map(|r| [r.from, r.to]).flatten())
            .map(|p| [p.lon, p.lat, p.lon, p.lat]);
        let bounds =
            areas.chain(points).reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])?;
        let (wide, high) = ((bounds[2] - bounds[0]).max(0.05), (bounds[3] - bounds[1]).max(0.05));
        let margin = 0.03;
        let cosine = ((bounds[1] + bounds[3]) / 2.0).to_radians().cos().max(0.05);
        let per_lat = (WIDTH / (wide * cosine * (1.0 + 2.0 * margin))).min(TALLEST / (high * (1.0 + 2.0 * margin)));
        let per_lon = per_lat * cosine;
        let spare = (WIDTH / per_lon - wide) / 2.0;
        Some(Projection {
            west: bounds[0] - spare,
            north: bounds[3] + margin * high,
            per_lon,
            per_lat,
            height: per_lat * high * (1.0 + 2.0 * margin),
        })
    }

    fn xy(&self, p: Point) -> (f64, f64) {
        ((p.lon - self.west) * self.per_lon, (self.north - p.lat) * self.per_lat)
    }

    fn path(&self, points: &[Point], closed: bool) -> String {
        let mut out = String::new();
        let mut last = (f64::NEG_INFINITY, 0.0);
        for (i, point) in points.iter().enumerate() {
            let (x, y) = self.xy(*point);
            // A line keeps its last point; a ring closes by itself.
            let needed = !closed && i + 1 == points.len();
            if (x - last.0).hypot(y - last.1) < DETAIL && !needed {
                continue;
            }
            let _ = write!(out, "{}{x:.1} {y:.1}", if out.is_empty() { 'M' } else { 'L' });
            last = (x, y);
        }
        if closed && !out.is_empty() {
            out.push('Z');
        }
        out
    }
}

/// The members' shapes and the map's lines, written once for all maps of the page.
pub fn shapes(view: &View<'_>, plane: &Projection) -> String {
    let mut out = String::from("<svg class=\"shapes\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>");
    for (i, member) in view.case.members.iter().enumerate() {
        if let Some(area) = &member.area {
            let path: String = area.rings.iter().map(|ring| plane.path(ring, true)).collect();
            let _ = write!(out, "<path id=\"m{i}\" fill-rule=\"evenodd\" d=\"{path}\"/>");
        }
    }
    out.push_str("<g id=\"lines\" fill=\"none\">");
    for line in &view.case.lines {
        let class = match line.kind.as_str() {
            "coast" => "coast",
            "lake" => "lake",
            _ => "river",
        };
        let _ = write!(out, "<path class=\"{class}\" d=\"{}\"/>", plane.path(&line.points, false));
    }
    // Lines may run on beyond the members; they end where the map does, above its legend.
    let _ = write!(
        out,
        "</g><clipPath id=\"frame\"><rect width=\"{WIDTH}\" height=\"{:.1}\"/></clipPath></defs></svg>",
        plane.height
    );
    out
}

fn land(view: &View<'_>, fill: impl Fn(&str) -> Option<(String, String)>) -> String {
    let mut out = String::new();
    for (i, member) in view.case.members.iter().enumerate().filter(|(_, m)| m.area.is_some()) {
        let (colour, words) = fill(&member.code).unwrap_or_else(|| ("#e9e7e1".into(), String::new()));
        let title = escape(&format!("{} {} {words}", member.name_zh, member.name_en));
        let _ = write!(out, "<use href=\"#m{i}\" class=\"member\" fill=\"{colour}\"><title>{title}</title></use>");
    }
    out.push_str("<g clip-path=\"url(#frame)\"><use href=\"#lines\"/></g>");
    out
}

/// Steps of a scale from pale to dark, and the colour of a value.
struct Scale {
    steps: Vec<f64>,
}

const RAMP: [&str; 6] = ["#f6ead2", "#eecb98", "#dfa066", "#c7713f", "#a1462c", "#6d2420"];

impl Scale {
    /// Six round classes that span the values.
    fn spanning(values: impl Iterator<Item = f64> + Clone) -> Option<Scale> {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        if !low.is_finite() || !high.is_finite() {
            return None;
        }
        let classes = RAMP.len() as f64;
        let rough = ((high - low) / classes).max(1e-12);
        let ten = 10f64.powf(rough.log10().floor());
        // The first round step with which the classes, begun at a round number, reach beyond the highest value.
        let rounds = [1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0].map(|s| s * ten);
        let step = rounds.into_iter().find(|s| (low / s).floor() * s + classes * s > high).unwrap_or(50.0 * ten);
        let first = (low / step).floor() * step;
        let mut steps = vec![first];
        while steps.len() < 2 || (steps.len() <= RAMP.len() && steps.last().is_some_and(|s| *s <= high)) {
            steps.push(first + steps.len() as f64 * step);
        }
        Some(Scale { steps })
    }

    fn colour(&self, value: f64) -> &'static str {
        let class = self.steps.iter().skip(1).take(RAMP.len() - 1).filter(|s| value >= **s).count();
        RAMP.get(class).copied().unwrap_or(RAMP[RAMP.len() - 1])
    }

    fn legend(&self, y: f64, digits: usize) -> String {
        let mut out = String::new();
        let classes = self.steps.len().saturating_sub(1).min(RAMP.len());
        for (i, colour) in RAMP.iter().take(classes).enumerate() {
            let x = 16.0 + i as f64 * 46.0;
            let _ = write!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"46\" height=\"10\" fill=\"{colour}\"/>");
        }
        for (i, step) in self.steps.iter().take(classes + 1).enumerate() {
            let x = 16.0 + i as f64 * 46.0;
            let _ = write!(
                out,
                "<text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{step:.digits$}</text>",
                y + 23.0
            );
        }
        out
    }
}

/// Names on a map: a name that would cover another, or a mark, is left out (it stands in the mark's title).
struct Labels {
    /// Left, top, right, bottom.
    taken: Vec<[f64; 4]>,
}

impl Labels {
    /// Around the marks, which no name may cover.
    fn around(marks: &[(f64, f64)], radius: f64) -> Labels {
        Labels { taken: marks.iter().map(|(x, y)| [x - radius, y - radius, x + radius, y + radius]).collect() }
    }

    /// Writes the name above, right or left of its mark, the first that is free; `html` is the name as it is written.
    fn write(&mut self, x: f64, y: f64, away: f64, name: &Name, html: &Html) -> String {
        let wide = name.zh.width().max(name.en.width()) as f64 * 5.6;
        let places = [
            (x, y - away, "middle", x - wide / 2.0),
            (x + away, y + 4.0, "start", x + away),
            (x - away, y + 4.0, "end", x - away - wide),
        ];
        for (at, baseline, anchor, left) in places {
            let wanted = [left, baseline - 9.0, left + wide, baseline + 2.0];
            let inside = wanted[0] >= 0.0 && wanted[2] <= WIDTH && wanted[1] >= 0.0;
            let apart = |t: &[f64; 4]| wanted[0] > t[2] || t[0] > wanted[2] || wanted[1] > t[3] || t[1] > wanted[3];
            if inside && self.taken.iter().all(apart) {
                self.taken.push(wanted);
                let anchor = format!("class=\"label\" text-anchor=\"{anchor}\"");
                return svg_cited(at, baseline, &anchor, html);
            }
        }
        String::new()
    }
}

/// Members coloured by mean PM2.5, with the stations and their means.
pub fn pm25(view: &View<'_>, plane: &Projection) -> Option<String> {
    let means: BTreeMap<&str, f64> =
        view.pm25_by_member().into_iter().map(|(code, v)| (code, in_unit(v, "ug/m3"))).collect();
    let scale = Scale::spanning(means.values().copied())?;
    let fill = |code: &str| means.get(code).map(|v| (scale.colour(*v).to_string(), format!("{v:.0} µg/m³")));
    let ground = land(view, fill);
    let mut svg = String::new();
    let marks: Vec<(f64, f64)> = view.case.stations.iter().map(|s| plane.xy(s.place)).collect();
    let mut labels = Labels::around(&marks, 2.4);
    for (station, (x, y)) in view.case.stations.iter().zip(&marks) {
        let mean = means.get(station.member.as_str());
        let class = if mean.is_some() { "station" } else { "station silent" };
        let _ = write!(svg, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\"/>");
        let Some(mean) = mean else { continue };
        let name = Name::new(format!("{} {mean:.0}", station.name_zh), format!("{} {mean:.0}", station.name_en));
        let figure = Rows::of("pm25_mean.csv").with("member", &station.member).fixed("pm25_mean_ug_m3", *mean, 0);
        let (zh, en) = (escape(&station.name_zh), escape(&station.name_en));
        let html = Html::new(format!("{zh} {figure}"), format!("{en} {figure}"));
        svg.push_str(&labels.write(*x, *y, 5.0, &name, &html));
    }
    let y = plane.height + 18.0;
    svg.push_str(&scale.legend(y, 0));
    let _ = write!(svg, "<rect x=\"350\" y=\"{y:.1}\" width=\"22\" height=\"10\" fill=\"#e9e7e1\"/>");
    svg.push_str(&svg_text(378.0, y + 9.0, "class=\"small\"", words::NO_STATION));
    let said = Said::new(words::MAP_PM25, extremes(view, &means));
    Some(picture(WIDTH, plane.height + 46.0, &said, view.screening(), &ground, &svg))
}

/// The highest and the lowest mean, in words.
fn extremes(view: &View<'_>, means: &BTreeMap<&str, f64>) -> Name {
    let most = means.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let least = means.iter().min_by(|a, b| a.1.total_cmp(b.1));
    let (Some((high, most)), Some((low, least))) = (most, least) else { return Name::same("") };
    let (high, low, most, least) = (view.member(high), view.member(low), fixed(*most, 0), fixed(*least, 0));
    Name::new(
        format!("{} 个成员有实测；最高{} {most} µg/m³，最低{} {least} µg/m³。", means.len(), high.zh, low.zh),
        format!(
            "{} members with readings; highest {} {most} µg/m³, lowest {} {least} µg/m³.",
            means.len(),
            high.en,
            low.en
        ),
    )
}

/// One station's footprint as cells over the members.
pub fn footprint(view: &View<'_>, plane: &Projection, map: &FootprintMap) -> Option<String> {
    let shown: Vec<&([f64; 4], f64)> = map.cells.iter().filter(|(_, share)| *share > 0.0).collect();
    if shown.is_empty() {
        return None;
    }
    // Shares span decades; classes are powers of ten halved: 0.03 0.1 0.3 1 3 10 %.
    let limits = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2];
    let class = |share: f64| limits.iter().filter(|l| share >= **l).count();
    let mut ground = land(view, |_| None);
    ground.push_str("<g clip-path=\"url(#frame)\" shape-rendering=\"crispEdges\" fill-opacity=\"0.78\">");
    for (cell, share) in &shown {
        let (x0, y0) = plane.xy(Point { lon: cell[0], lat: cell[3] });
        let (x1, y1) = plane.xy(Point { lon: cell[2], lat: cell[1] });
        let off = x1 < 0.0 || x0 > WIDTH || y1 < 0.0 || y0 > plane.height;
        if off || class(*share) == 0 {
            continue;
        }
        let _ = write!(
            ground,
            "<rect x=\"{x0:.1}\" y=\"{y0:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            x1 - x0,
            y1 - y0,
            RAMP[class(*share)]
        );
    }
    ground.push_str("</g>");
    for (i, _) in view.case.members.iter().enumerate().filter(|(_, m)| m.area.is_some()) {
        let _ = write!(ground, "<use href=\"#m{i}\" class=\"outline\" fill=\"none\"/>");
    }
    let mut svg = String::new();
    let name = view.receptor(&map.station);
    if let Some(station) = view.case.stations.iter().find(|s| s.id == map.station) {
        let (x, y) = plane.xy(station.place);
        let _ = write!(svg, "<circle class=\"focus\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\"/>");
        svg.push_str(&svg_text(x, y - 9.0, "class=\"label strong\" text-anchor=\"middle\"", name.clone()));
    }
    let y = plane.height + 18.0;
    for (i, text) in ["0.03–0.1 %", "0.1–0.3 %", "0.3–1 %", "1–3 %", "> 3 %"].iter().enumerate() {
        let x = 16.0 + i as f64 * 84.0;
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"84\" height=\"10\" fill=\"{}\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
            RAMP[i + 1],
            x + 42.0,
            y + 23.0
        );
    }
    let Words(zh, en) = words::FOOTPRINT_MAP;
    let title = Name::new(format!("{zh}{}", name.zh), format!("{en} {}", name.en));
    let most = shown.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let coloured = shown.iter().filter(|(_, share)| class(*share) > 0).count();
    let finding = Name::new(
        format!("{coloured} 格不小于 0.03 %，最大一格占 {}。", percent(most, 0)),
        format!("{coloured} cells of 0.03 % or more; the greatest holds {}.", percent(most, 0)),
    );
    let said = Said::new(title, finding);
    Some(picture(WIDTH, plane.height + 46.0, &said, view.screening(), &ground, &svg))
}

/// Colours of classes Ⅰ to Ⅴ and worse: the custom of the country, muted; the class stands beside each in words.
pub const CLASS_COLOURS: [&str; 6] = ["#5b9bd5", "#7fb9d9", "#6fae6a", "#e3c34a", "#dd8a3c", "#b5392f"];

/// A class in Latin letters: not every font has the Roman numerals of the standard.
pub fn class_in_words(class: Option<u8>) -> Name {
    match class {
        Some(c @ 1..=5) => Name::same(["I", "II", "III", "IV", "V"][usize::from(c - 1)]),
        Some(_) => Name::new("劣V", "worse than V"),
        None => Name::same(""),
    }
}

/// The class within its mark, so that no one must tell it by the colour: 1 to 5, and × for worse than V.
fn class_mark(x: f64, y: f64, class: Option<u8>) -> String {
    let sign = match class {
        Some(c @ 1..=5) => c.to_string(),
        Some(_) => "×".into(),
        None => return String::new(),
    };
    format!("<text class=\"mark\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{sign}</text>", y + 3.0)
}

fn place_of(section: &Section, reaches: &[Reach]) -> Option<Point> {
    section.place.or_else(|| {
        let reach = reaches.get(section.reach?)?;
        let (from, to) = (reach.from?, reach.to?);
        let along = (section.distance_m / reach.length_m.max(1.0)).clamp(0.0, 1.0);
        Some(Point { lon: from.lon + along * (to.lon - from.lon), lat: from.lat + along * (to.lat - from.lat) })
    })
}

/// Reaches by flow and sections by the class they had most often.
pub fn rivers(view: &View<'_>, plane: &Projection) -> Option<String> {
    let case = view.case;
    let drawn = case.reaches.iter().any(|r| r.from.is_some() && r.to.is_some());
    if !drawn && case.sections.iter().all(|s| place_of(s, &case.reaches).is_none()) {
        return None;
    }
    let most = case.reaches.iter().map(|r| r.flow_m3_s).fold(1e-9, f64::max);
    let ground = land(view, |_| Some(("#f4f2ec".into(), String::new())));
    let mut svg = String::new();
    for reach in &case.reaches {
        let (Some(from), Some(to)) = (reach.from, reach.to) else { continue };
        let ((x0, y0), (x1, y1)) = (plane.xy(from), plane.xy(to));
        let width = 1.0 + 6.0 * (reach.flow_m3_s.max(0.0) / most).sqrt();
        let title = escape(&format!("{} {} {:.0} m³/s", reach.name_zh, reach.name_en, reach.flow_m3_s));
        let _ = write!(
            svg,
            "<line class=\"reach\" x1=\"{x0:.1}\" y1=\"{y0:.1}\" x2=\"{x1:.1}\" y2=\"{y1:.1}\" \
             stroke-width=\"{width:.1}\"><title>{title}</title></line>"
        );
    }
    let usual = view.usual_class();
    let placed: Vec<(&Section, (f64, f64))> =
        case.sections.iter().filter_map(|s| Some((s, plane.xy(place_of(s, &case.reaches)?)))).collect();
    let marks: Vec<(f64, f64)> = placed.iter().map(|p| p.1).collect();
    let mut labels = Labels::around(&marks, 6.5);
    for (section, (x, y)) in placed {
        let class = usual.get(section.id.as_str()).map(|(class, _)| *class);
        let colour =
            class.and_then(|c| CLASS_COLOURS.get(usize::from(c).checked_sub(1)?)).copied().unwrap_or("#bdbab2");
        let said = class_in_words(class);
        let title = escape(&format!("{} {} / {} {}", section.name_zh, said.zh, section.name_en, said.en));
        let _ = write!(
            svg,
            "<circle class=\"section\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\" fill=\"{colour}\"><title>{title}</title></circle>{}",
            class_mark(x, y, class)
        );
        let name = Name::new(format!("{} {}", section.name_zh, said.zh), format!("{} {}", section.name_en, said.en));
        svg.push_str(&labels.write(x, y, 9.0, &name, &Html::of(name.clone())));
    }
    let y = plane.height + 18.0;
    for (i, colour) in CLASS_COLOURS.iter().enumerate() {
        let x = 22.0 + i as f64 * 62.0;
        let class = u8::try_from(i + 1).ok();
        let _ = write!(
            svg,
            "<circle class=\"section\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\" fill=\"{colour}\"/>{}",
            class_mark(x, y, class)
        );
        svg.push_str(&svg_text(x + 10.0, y + 4.0, "class=\"small\"", class_in_words(class)));
    }
    let _ = write!(svg, "<circle class=\"section\" cx=\"460\" cy=\"{y:.1}\" r=\"6.5\" fill=\"#bdbab2\"/>");
    svg.push_str(&svg_text(470.0, y + 4.0, "class=\"small\"", words::NO_CLASS));
    let said = Said::new(words::RIVER_MAP, classes_in_words(&usual));
    Some(picture(WIDTH, plane.height + 36.0, &said, view.screening(), &ground, &svg))
}

/// How many sections have which class most often.
fn classes_in_words(usual: &BTreeMap<&str, (u8, usize)>) -> Name {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for class in 1..=6u8 {
        let count = usual.values().filter(|(c, _)| *c == class).count();
        if count > 0 {
            let said = class_in_words(Some(class));
            zh.push(format!("{}类 {count} 个", said.zh));
            en.push(format!("class {}: {count}", said.en));
        }
    }
    Name::new(format!("断面数：{}。", zh.join("，")), format!("Sections by class: {}.", en.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_reaches_from_below_the_lowest_to_beyond_the_highest_value() {
        for values in [vec![38.0, 95.0], vec![65.0, 102.0], vec![50.0, 50.0], vec![0.0, 1.0], vec![9.9, 10.1, 1000.0]] {
            let scale = Scale::spanning(values.iter().copied()).unwrap();
            let (low, high) = (values[0], values[values.len() - 1]);
            assert!(scale.steps[0] <= low && *scale.steps.last().unwrap() > high, "{:?}", scale.steps);
            assert!(scale.steps.len() <= RAMP.len() + 1);
        }
        assert!(Scale::spanning(std::iter::empty::<f64>()).is_none());
    }
}
