//! Charts as inline SVG: lines over days, ranges, diverging bars, pairs of bars. Each says what it shows in its title.

use super::Name;
use super::html::{Html, Said, escape, picture, svg_cited, svg_text};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

const WIDTH: f64 = 760.0;

/// One line of a line chart.
pub struct Line {
    /// What it is.
    pub name: Name,
    /// Colour.
    pub colour: &'static str,
    /// Dash pattern; empty for a full line.
    pub dash: &'static str,
    /// By day; `None` leaves a gap.
    pub values: Vec<Option<f64>>,
}

/// A round step that gives about `count` ticks over a span.
fn round_step(span: f64, count: f64) -> f64 {
    let rough = (span / count).max(1e-9);
    let ten = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].iter().map(|s| s * ten).find(|s| *s >= rough).unwrap_or(rough)
}

/// Lines over the same days; `days` are their labels.
pub fn lines(said: &Said, days: &[String], lines: &[Line], screening: bool) -> String {
    let (left, right, top, high) = (40.0, 8.0, 26.0, 130.0);
    let most = lines.iter().flat_map(|l| l.values.iter().flatten()).copied().fold(1.0, f64::max);
    let step = round_step(most, 4.0);
    let top_value = (most / step).ceil() * step;
    let x = |i: usize| left + (WIDTH - left - right) * i as f64 / (days.len().max(2) - 1) as f64;
    let y = |v: f64| top + high * (1.0 - v / top_value);
    let mut svg = svg_text(0.0, 12.0, "class=\"heading\"", said.title.clone());
    let mut tick = 0.0;
    while tick <= top_value + step / 2.0 {
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick:.0}</text>",
            WIDTH - right,
            y(tick),
            y(tick),
            left - 6.0,
            y(tick) + 4.0
        );
        tick += step;
    }
    let every = (days.len() / 7).max(1);
    for (i, day) in days.iter().enumerate().step_by(every) {
        let _ = write!(
            svg,
            "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            x(i).clamp(left, WIDTH - 20.0),
            top + high + 16.0,
            escape(day)
        );
    }
    for line in lines {
        let mut path = String::new();
        let mut pen_up = true;
        for (i, value) in line.values.iter().enumerate() {
            match value {
                Some(v) if v.is_finite() => {
                    let _ = write!(path, "{}{:.1} {:.1}", if pen_up { 'M' } else { 'L' }, x(i), y(v.max(0.0)));
                    pen_up = false;
                }
                _ => pen_up = true,
            }
        }
        let dash = if line.dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", line.dash) };
        let _ = write!(svg, "<path class=\"curve\" stroke=\"{}\"{dash} d=\"{path}\"/>", line.colour);
    }
    picture(WIDTH, top + high + 22.0, said, screening, "", &svg)
}

/// The key of a line chart, as HTML.
pub fn key(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let dash = if line.dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", line.dash) };
        let _ = write!(
            out,
            "<span class=\"key\"><svg viewBox=\"0 0 26 8\" width=\"26\" height=\"8\" aria-hidden=\"true\">\
             <line x1=\"0\" x2=\"26\" y1=\"4\" y2=\"4\" stroke=\"{}\" stroke-width=\"2\"{dash}/></svg>{}</span>",
            line.colour,
            super::html::both(line.name.clone())
        );
    }
    out
}

/// One row of a range chart.
pub struct Range {
    /// What it is.
    pub name: Name,
    /// The central value.
    pub value: f64,
    /// A line around it.
    pub range: Option<(f64, f64)>,
    /// A pale band behind it.
    pub band: Option<(f64, f64)>,
    /// A second, paler band.
    pub second: Option<(f64, f64)>,
    /// A word at the end of the row.
    pub word: Name,
    /// The same with the addresses of its figures.
    pub cited: Html,
    /// Class of the word: `good`, `bad`, or empty.
    pub tone: &'static str,
}

/// Rows with a dot, a line and bands over one axis in percent.
pub fn ranges(said: &Said, rows: &[Range], screening: bool) -> String {
    // Room for the longest name.
    let longest = rows.iter().flat_map(|r| [r.name.zh.width(), r.name.en.width()]).max().unwrap_or(0);
    let left = (longest as f64 * 6.3 + 16.0).clamp(120.0, 360.0);
    let (right, row_high) = (208.0, 17.5);
    let ends = |r: &Range| {
        [Some((r.value, r.value)), r.range, r.band, r.second].into_iter().flatten().flat_map(|(a, b)| [a, b]).collect()
    };
    let all: Vec<f64> = rows.iter().flat_map(|r| -> Vec<f64> { ends(r) }).filter(|v| v.is_finite()).collect();
    let low = all.iter().copied().fold(0.0, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max).max(low + 1.0);
    let step = round_step(high - low, 5.0);
    let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
    let x = |v: f64| left + (WIDTH - left - right) * (v.clamp(low, high) - low) / (high - low);
    let bottom = 8.0 + row_high * rows.len() as f64;
    let mut svg = String::new();
    let mut tick = low;
    while tick <= high + step / 2.0 {
        let class = if tick.abs() < step / 1e6 { "zero" } else { "grid" };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"4\" y2=\"{bottom:.1}\"/>\
             <text class=\"small\" x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"middle\">{2} %</text>",
            x(tick),
            bottom + 15.0,
            super::html::fixed(tick, 0)
        );
        tick += step;
    }
    for (i, row) in rows.iter().enumerate() {
        let y = 8.0 + row_high * (i as f64 + 0.5);
        let bar = |band: Option<(f64, f64)>, class: &str, half: f64| {
            band.map_or_else(String::new, |(a, b)| {
                format!(
                    "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                    x(a),
                    y - half,
                    (x(b) - x(a)).max(3.0),
                    2.0 * half
                )
            })
        };
        svg.push_str(&bar(row.second, "band2", 7.0));
        svg.push_str(&bar(row.band, "band", 5.0));
        if let Some((a, b)) = row.range {
            let _ = write!(
                svg,
                "<line class=\"range\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                x(a),
                x(b)
            );
        }
        let _ = write!(svg, "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\"/>", x(row.value));
        svg.push_str(&svg_text(left - 12.0, y + 4.0, "class=\"rowname\" text-anchor=\"end\"", row.name.clone()));
        let class = format!("class=\"small {}\"", row.tone);
        svg.push_str(&svg_cited(WIDTH - right + 14.0, y + 4.0, &class, &row.cited));
    }
    picture(WIDTH, bottom + 22.0, said, screening, "", &svg)
}

/// The rows of such a chart in words.
pub fn in_words(rows: &[Range]) -> Name {
    let list = |of: fn(&Name) -> &str| {
        rows.iter().map(|r| format!("{} {:.1} %, {}", of(&r.name), r.value, of(&r.word))).collect::<Vec<_>>()
    };
    Name::new(format!("{}。", list(|n| &n.zh).join("；")), format!("{}.", list(|n| &n.en).join("; ")))
}

/// Bars up and down from zero, in percent.
pub fn diverging(said: &Said, bars: &[(Name, f64)], screening: bool) -> String {
    let (left, right, top, high) = (48.0, 8.0, 12.0, 150.0);
    let most = bars.iter().map(|b| b.1).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let least = bars.iter().map(|b| b.1).filter(|v| v.is_finite()).fold(0.0, f64::min);
    let step = round_step((most - least).max(1.0), 4.0);
    let (least, most) = ((least / step).floor() * step, ((most / step).ceil() * step).max(step));
    let y = |v: f64| top + high * (most - v) / (most - least);
    let wide = (WIDTH - left - right) / bars.len().max(1) as f64;
    let mut svg = String::new();
    let mut tick = least;
    while tick <= most + step / 2.0 {
        let class = if tick.abs() < step / 1e6 { "zero" } else { "grid" };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\"/>\
             <text class=\"small\" x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{4} %</text>",
            WIDTH - right,
            y(tick),
            left - 6.0,
            y(tick) + 4.0,
            super::html::fixed(tick, 0)
        );
        tick += step;
    }
    let every = (bars.len() / 10).max(1);
    for (i, (label, value)) in bars.iter().enumerate() {
        let x = left + wide * i as f64;
        if value.is_finite() {
            let (upper, lower) = (y(value.max(0.0)), y(value.min(0.0)));
            let class = if *value < 0.0 { "down" } else { "up" };
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{upper:.1}\" width=\"{:.1}\" height=\"{:.1}\">\
                 <title>{}: {}</title></rect>",
                x + wide * 0.15,
                wide * 0.7,
                (lower - upper).max(0.5),
                escape(&format!("{} / {}", label.zh, label.en)),
                super::html::change(value / 100.0)
            );
        }
        if i % every == 0 {
            let place = "class=\"small\" text-anchor=\"middle\"";
            svg.push_str(&svg_text(x + wide / 2.0, top + high + 16.0, place, label.clone()));
        }
    }
    picture(WIDTH, top + high + 24.0, said, screening, "", &svg)
}

/// One row of a pair of bars: the first is the plan's, the second what it is compared with.
pub struct Pair {
    /// What it is.
    pub name: Name,
    /// The first bar.
    pub first: f64,
    /// The second; `None` where there is nothing to compare.
    pub second: Option<f64>,
    /// Written at the end of each bar.
    pub words: (Name, Name),
    /// The same with the addresses of their figures.
    pub cited: (Html, Html),
}

/// Pairs of horizontal bars.
pub fn pairs(said: &Said, rows: &[Pair], screening: bool) -> String {
    let (left, right, row_high) = (120.0, 320.0, 40.0);
    let most = rows.iter().flat_map(|r| [Some(r.first), r.second]).flatten().fold(1e-12, f64::max);
    let long = |v: f64| ((WIDTH - left - right) * v.max(0.0) / most).max(1.0);
    let mut svg = String::new();
    for (i, row) in rows.iter().enumerate() {
        let y = 6.0 + row_high * i as f64;
        svg.push_str(&svg_text(left - 12.0, y + 20.0, "class=\"rowname\" text-anchor=\"end\"", row.name.clone()));
        let both_bars = [(Some(row.first), "first", &row.cited.0, 2.0), (row.second, "second", &row.cited.1, 17.0)];
        for (value, class, word, down) in both_bars {
            let length = value.map_or(0.0, long);
            if value.is_some() {
                let _ = write!(
                    svg,
                    "<rect class=\"{class}\" x=\"{left}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"12\"/>",
                    y + down
                );
            }
            svg.push_str(&svg_cited(left + length + 8.0, y + down + 10.0, "class=\"small\"", word));
        }
    }
    picture(WIDTH, 10.0 + row_high * rows.len() as f64, said, screening, "", &svg)
}
