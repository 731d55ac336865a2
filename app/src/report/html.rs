//! Small pieces of HTML and SVG: escaping, both languages side by side, numbers for people.

use super::reference::in_picture;
use super::{Name, words};
use std::fmt::Write;

/// Text made safe for element content and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Characters that XML does not allow have no place in an inline picture.
            c if c.is_control() && !matches!(c, '\n' | '\t') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// The same in both languages, as HTML: names are escaped already, figures carry their address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Html {
    /// From both, which are HTML.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Html {
        Html { zh: zh.into(), en: en.into() }
    }

    /// From words, which are not. A number keeps its percent sign on its line.
    pub fn of(name: impl Into<Name>) -> Html {
        let Name { zh, en } = name.into();
        let safe = |text: String| escape(&text.replace(" %", "\u{a0}%"));
        Html { zh: safe(zh), en: safe(en) }
    }

    /// Both languages; the page shows one.
    pub fn shown(&self) -> String {
        if self.zh == self.en {
            return self.zh.clone();
        }
        format!("<span class=\"zh\" lang=\"zh\">{}</span><span class=\"en\" lang=\"en\">{}</span>", self.zh, self.en)
    }
}

/// Both languages of words that are not HTML.
pub fn both(name: impl Into<Name>) -> String {
    Html::of(name).shown()
}

/// Both languages from two texts.
pub fn two(zh: impl Into<String>, en: impl Into<String>) -> String {
    both(Name::new(zh, en))
}

/// Text in a picture, in both languages; `attributes` places and styles it.
pub fn svg_text(x: f64, y: f64, attributes: &str, name: impl Into<Name>) -> String {
    svg_cited(x, y, attributes, &Html::of(name))
}

/// The same for text with figures that carry their address.
pub fn svg_cited(x: f64, y: f64, attributes: &str, html: &Html) -> String {
    let (zh, en) = (in_picture(&html.zh), in_picture(&html.en));
    let place = format!("x=\"{x:.1}\" y=\"{y:.1}\" {attributes}");
    if zh == en {
        return format!("<text {place}>{zh}</text>");
    }
    format!(
        "<g class=\"zh\"><text {place} lang=\"zh\">{zh}</text></g><g class=\"en\"><text {place} lang=\"en\">{en}</text></g>"
    )
}

/// What a picture says to those who cannot see it.
pub struct Said {
    /// What it is.
    pub title: Name,
    /// What it shows.
    pub finding: Name,
}

impl Said {
    /// From title and finding.
    pub fn new(title: impl Into<Name>, finding: impl Into<Name>) -> Said {
        Said { title: title.into(), finding: finding.into() }
    }
}

/// Height of the line beneath a picture that says its quality.
const QUALITY_LINE: f64 = 16.0;

/// A picture with title and finding for those who cannot see it. Where the watermark is due it stands over `ground` and under
/// `content`, or, without a ground, on a line of its own beneath, so that it never crosses a label.
pub fn picture(width: f64, height: f64, said: &Said, screening: bool, ground: &str, content: &str) -> String {
    let label = escape(&format!("{} / {}", said.title.zh, said.title.en));
    let finding = escape(&format!("{} / {}", said.finding.zh, said.finding.en));
    let beneath = screening && ground.is_empty();
    let high = if beneath { height + QUALITY_LINE } else { height };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width:.0} {high:.0}\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>\
         <desc>{finding}</desc>{ground}"
    );
    if beneath {
        let _ = write!(
            svg,
            "<g class=\"watermark beneath\"><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">SCREENING 筛查级</text></g>",
            width - 8.0,
            high - 4.0
        );
    } else if screening {
        let size = (width / 13.0).min(height / 5.0).clamp(14.0, 44.0);
        let _ = write!(
            svg,
            "<g class=\"watermark\" transform=\"translate({:.0} {:.0}) rotate(-14)\" font-size=\"{size:.0}\">\
             <text text-anchor=\"middle\">SCREENING 筛查级</text></g>",
            width / 2.0,
            height / 2.0
        );
    }
    svg.push_str(content);
    svg.push_str("</svg>");
    svg
}

/// A figure: a picture with its caption.
pub fn figure(picture: &str, caption: &str) -> String {
    format!("<figure>{picture}<figcaption>{caption}</figcaption></figure>")
}

/// The same for a map, which a printed page must not give its whole height.
pub fn map_figure(picture: &str, caption: &str) -> String {
    format!("<figure class=\"map\">{picture}<figcaption>{caption}</figcaption></figure>")
}

/// Words that stay on one line.
pub fn whole(html: &str) -> String {
    format!("<span class=\"whole\">{html}</span>")
}

/// Rows of a table that is not parted between two pages.
const SHORT: usize = 14;
/// Letters of such a table at most, both languages together.
const LIGHT: usize = 2400;

/// A table; the first column holds names, the others figures (or words, where a cell is a `text` span).
pub fn table(head: &[String], rows: &[Vec<String>]) -> String {
    // A column of words stands at the left, with its head; figures stand at the right.
    let words: Vec<&str> = (0..head.len())
        .map(|i| {
            if rows.iter().any(|r| r.get(i).is_some_and(|c| c.starts_with("<span class=\"text\""))) {
                " class=\"words\""
            } else {
                ""
            }
        })
        .collect();
    let of = |i: usize| words.get(i).copied().unwrap_or("");
    // A short table stays on one printed page; one of long sentences may be parted between its rows.
    let length: usize = rows.iter().flatten().map(|cell| letters(cell)).sum();
    let class = if rows.len() <= SHORT && length <= LIGHT { "scroll short" } else { "scroll" };
    let mut out = format!("<div class=\"{class}\"><table><thead><tr>");
    head.iter().enumerate().for_each(|(i, h)| out.push_str(&format!("<th scope=\"col\"{}>{h}</th>", of(i))));
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            out.push_str(&if i == 0 {
                format!("<th scope=\"row\">{cell}</th>")
            } else {
                format!("<td{}>{cell}</td>", of(i))
            });
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// How many letters of HTML are shown.
fn letters(html: &str) -> usize {
    let shown = |piece: &str| piece.split_once('>').map_or(piece, |(_, text)| text).chars().count();
    html.split('<').map(shown).sum()
}

/// A table or chart with the files that its figures stand in, and what they are worth: what is cut out of the page and
/// passed on says both itself.
pub fn sourced(screening: bool, files: &[&str], content: &str) -> String {
    let files: Vec<String> = files.iter().map(|f| format!("<code>{f}</code>")).collect();
    let worth = if screening { format!(" · {}", both(words::SCREENING_SIGN)) } else { String::new() };
    format!(
        "<div class=\"sourced\">{content}<p class=\"source\">{}{}{worth}</p></div>",
        both(words::SOURCE),
        files.join(" · ")
    )
}

/// What stands behind a picture: shown on demand on the screen, always on paper where it is short.
pub fn behind(heading: impl Into<Name>, short: bool, content: &str) -> String {
    let class = if short { "behind" } else { "behind long" };
    format!("<details class=\"{class}\"><summary>{}</summary>{content}</details>", both(heading))
}

/// A number with so many digits after the point, a true minus sign and thousands apart; a dash where there is none.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), None), |(w, r)| (w, Some(r)));
    let mut grouped = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let zero = plain.chars().all(|c| matches!(c, '0' | '.'));
    let sign = if value < 0.0 && !zero { "−" } else { "" };
    rest.map_or(format!("{sign}{grouped}"), |r| format!("{sign}{grouped}.{r}"))
}

/// The same for a number that may be missing.
pub fn maybe(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".into(), |v| fixed(v, digits))
}

/// A number to about `n` significant digits; more are never shown, nor pretended.
pub fn significant(value: f64, n: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let magnitude = value.abs().log10().floor() as i32;
    if magnitude < -4 {
        let scientific = format!("{value:.0$e}", (n - 1).max(0) as usize);
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let raised: String = exponent
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
                None => '⁻',
            })
            .collect();
        return format!("{} × 10{raised}", mantissa.replace('-', "−"));
    }
    let digits = (n - 1 - magnitude).clamp(0, 8) as usize;
    // Digits before the point that are not known are zeros.
    let ten = 10f64.powi(magnitude - n + 1);
    fixed(if ten > 1.0 { (value / ten).round() * ten } else { value }, digits)
}

/// A share as percent, with its sign where asked.
pub fn percent(share: f64, digits: usize) -> String {
    format!("{}\u{a0}%", fixed(100.0 * share, digits))
}

/// A change as percent, always with its sign.
pub fn change(share: f64) -> String {
    let digits = if share.abs() < 0.1 { 1 } else { 0 };
    let text = percent(share, digits);
    if share > 0.0 && !text.starts_with("0\u{a0}") && !text.starts_with("0.0\u{a0}") {
        format!("+{text}")
    } else {
        text
    }
}

/// A range of shares as percent: `6–24 %`, one figure where both print alike. Negative zero prints as 0.
pub fn percents(low: f64, high: f64) -> String {
    let (low, high) = (fixed(100.0 * low, 0), fixed(100.0 * high, 0));
    if low == high { format!("{low}\u{a0}%") } else { format!("{low}–{high}\u{a0}%") }
}

/// Half and double of a figure of screening quality, the lower first.
pub fn by_two(value: f64) -> (f64, f64) {
    let (half, double) = (value / 2.0, value * 2.0);
    (half.min(double), half.max(double))
}

/// Money a year in the words of each language.
pub fn money(cny: f64) -> Name {
    let zh = if cny.abs() >= 1e8 {
        format!("{} 亿元", significant(cny / 1e8, 3))
    } else {
        format!("{} 万元", significant(cny / 1e4, 3))
    };
    let en = if cny.abs() >= 1e9 {
        format!("CNY {} billion", significant(cny / 1e9, 3))
    } else if cny.abs() >= 1e6 {
        format!("CNY {} million", significant(cny / 1e6, 3))
    } else {
        format!("CNY {}", significant(cny, 3))
    };
    Name::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_print() {
        assert_eq!(fixed(-1234567.891, 1), "−1,234,567.9");
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(significant(0.012345, 2), "0.012");
        assert_eq!(significant(123456.0, 3), "123,000");
        assert_eq!(significant(76.23, 3), "76.2");
        assert_eq!(percents(0.06, 0.24), "6–24\u{a0}%");
        assert_eq!(percents(-0.001, 0.001), "0\u{a0}%");
        assert_eq!(significant(3.14e-12, 2), "3.1 × 10⁻¹²");
        assert_eq!(change(0.173), "+17\u{a0}%");
        assert_eq!(change(-0.0512), "−5.1\u{a0}%");
        assert_eq!(money(2.5e9), Name::new("25.0 亿元", "CNY 2.50 billion"));
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        assert_eq!(escape("<script>\"'&\u{0}"), "&lt;script&gt;&quot;&#39;&amp;\u{fffd}");
    }
}
