//! `profiles.svg`: each factor's part of every species, with its interval where there is one.

use super::pmf::Found;
use std::fmt::Write;

const LEFT: f64 = 60.0;
const WIDTH: f64 = 900.0;
const HIGH: f64 = 110.0;
const GAP: f64 = 26.0;
const FOOT: f64 = 120.0;

/// The drawing: a band a factor, a bar a species, both as a share of the species' whole over the factors.
pub fn svg(found: &Found<'_>) -> String {
    let m = &found.reading.measurements;
    let f = &found.best.factors;
    let (k, count) = (f.factors, m.species());
    let step = (WIDTH - LEFT - 20.0) / count.max(1) as f64;
    let height = k as f64 * (HIGH + GAP) + FOOT;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>Profiles of {k} factors</title>\n<desc>For each factor, its share of every species summed over the factors; H.csv holds the figures.</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let total: Vec<f64> = f.profiles.chunks_exact(k).map(|h| h.iter().sum::<f64>()).collect();
    for factor in 0..k {
        let top = factor as f64 * (HIGH + GAP) + 20.0;
        let y = |share: f64| top + HIGH * (1.0 - share.clamp(0.0, 1.0));
        let _ =
            writeln!(out, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">Factor {}</text>", top - 6.0, factor + 1);
        for tick in [0.0, 0.5, 1.0] {
            let _ = writeln!(
                out,
                "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:.0} %</text>",
                WIDTH - 20.0,
                LEFT - 6.0,
                y(tick) + 4.0,
                tick * 100.0,
                y = y(tick)
            );
        }
        for (j, species) in m.species.iter().enumerate() {
            let share = |value: f64| if total[j] > 0.0 { value / total[j] } else { 0.0 };
            let x = LEFT + j as f64 * step;
            let value = share(f.profiles[j * k + factor]);
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#3b6ea5\"><title>{} {:.1} %</title></rect>",
                x + 0.15 * step,
                y(value),
                0.7 * step,
                top + HIGH - y(value),
                escaped(species),
                value * 100.0
            );
            let interval = found.displaced.iter().flatten().find(|i| i.factor == factor && i.species == j);
            if let Some(i) = interval {
                let (low, high) = (y(share(i.low[0])), y(share(i.high[0])));
                let middle = x + 0.5 * step;
                let _ = writeln!(
                    out,
                    "<path d=\"M{middle:.1} {low:.1}V{high:.1}\" stroke=\"#c0392b\" stroke-width=\"2\"/>"
                );
            }
        }
    }
    for (j, species) in m.species.iter().enumerate() {
        let (x, y) = (LEFT + (j as f64 + 0.6) * step, k as f64 * (HIGH + GAP) + 10.0);
        let _ = writeln!(out, "<text transform=\"translate({x:.1} {y:.1}) rotate(60)\">{}</text>", escaped(species));
    }
    out + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
