//! Where a figure of the report comes from: rows of a table beside it, that anyone can look up.
//!
//! An address, in the attribute `data-ref` of every figure, is `file?column=value&column!=value#expression`: all rows of the
//! table where each condition holds, and what is made of them. An expression is a chain, read from the left, of terms
//! between `*` and `/`. A term is a number, a column (of the one row that is meant), or `sum(…)`, `mean(…)`, `min(…)`, `max(…)`
//! of a column, or `count()`. Of a cell such as `SO2:12.3;NOx:4`, `column:SO2` is the part, `column:*` the sum of all parts.

use super::Name;
use super::html::{self, Html, escape};

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    address: String,
    conditions: usize,
}

impl Rows {
    /// All rows of a table.
    pub fn of(file: &'static str) -> Rows {
        Rows { address: file.into(), conditions: 0 }
    }

    fn on(mut self, column: &str, sign: &str, value: &str) -> Rows {
        let mark = if self.conditions == 0 { '?' } else { '&' };
        self.address.push_str(&format!("{mark}{column}{sign}{}", coded(value)));
        self.conditions += 1;
        self
    }

    /// Of these, the ones where a column has a value.
    pub fn with(self, column: &str, value: &str) -> Rows {
        self.on(column, "=", value)
    }

    /// Of these, the ones where a column has another value.
    pub fn without(self, column: &str, value: &str) -> Rows {
        self.on(column, "!=", value)
    }

    /// A figure with its address; `text` is plain.
    pub fn cite(&self, expression: &str, text: &str) -> String {
        self.marked(expression, text, "")
    }

    fn marked(&self, expression: &str, text: &str, attribute: &str) -> String {
        let address = escape(&format!("{}#{expression}", self.address));
        format!("<span class=\"n\" data-ref=\"{address}\"{attribute}>{}</span>", escape(text))
    }

    /// A figure rounded to significant digits; the zeros at its end may be none, which the address says.
    fn rounded(&self, expression: &str, text: &str, digits: i32) -> String {
        self.marked(expression, text, &format!(" data-digits=\"{digits}\""))
    }

    /// So many digits after the point.
    pub fn fixed(&self, expression: &str, value: f64, digits: usize) -> String {
        self.cite(expression, &html::fixed(value, digits))
    }

    /// The same for a value that may be missing.
    pub fn maybe(&self, expression: &str, value: Option<f64>, digits: usize) -> String {
        self.cite(expression, &html::maybe(value, digits))
    }

    /// A whole number.
    pub fn whole(&self, expression: &str, value: usize) -> String {
        self.fixed(expression, value as f64, 0)
    }

    /// The number of these rows.
    pub fn count(&self, value: usize) -> String {
        self.whole("count()", value)
    }

    /// A share in per cent.
    pub fn percent(&self, expression: &str, share: f64, digits: usize) -> String {
        self.cite(expression, &html::percent(share, digits))
    }

    /// A change in per cent with its sign.
    pub fn change(&self, expression: &str, share: f64) -> String {
        self.cite(expression, &html::change(share))
    }

    /// So many significant digits.
    pub fn significant(&self, expression: &str, value: f64, digits: i32) -> String {
        self.rounded(expression, &html::significant(value, digits), digits)
    }

    /// Money in the words of each language.
    pub fn money(&self, expression: &str, cny: f64) -> Html {
        let Name { zh, en } = html::money(cny);
        Html::new(self.rounded(expression, &zh, 3), self.rounded(expression, &en, 3))
    }

    /// Half and double of a figure, the lower first, with the words between them.
    pub fn by_two(&self, expression: &str, value: f64, print: fn(&Rows, &str, f64) -> String) -> (String, String) {
        let (half, double) = (format!("0.5*{expression}"), format!("2*{expression}"));
        let (first, second) = (print(self, &half, value / 2.0), print(self, &double, value * 2.0));
        if value < 0.0 { (second, first) } else { (first, second) }
    }
}

/// A figure inside a picture, where text has its own element.
pub fn in_picture(html: &str) -> String {
    html.replace("<span class=\"n\"", "<tspan class=\"n\"").replace("</span>", "</tspan>")
}

/// A value that cannot end its place in an address.
fn coded(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '%' | '&' | '=' | '#' | '?' | '!' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_file_columns_and_values_and_a_value_cannot_leave_its_place() {
        assert_eq!(Rows::of("skill.csv").count(5), "<span class=\"n\" data-ref=\"skill.csv#count()\">5</span>");
        let two = Rows::of("matrix.csv").with("from", "a&b").without("to", "c=\"d\"");
        let share = two.percent("share", 0.071, 0);
        assert_eq!(
            share,
            "<span class=\"n\" data-ref=\"matrix.csv?from=a%26b&amp;to!=c%3D&quot;d&quot;#share\">7\u{a0}%</span>"
        );
        assert!(in_picture(&share).starts_with("<tspan") && in_picture(&share).ends_with("</tspan>"));
    }

    #[test]
    fn half_and_double_of_a_fall_stand_with_the_greater_fall_first() {
        let rows = Rows::of("expected.csv");
        let (low, high) = rows.by_two("effect", -4.0, |r, e, v| r.significant(e, v, 2));
        assert!(
            low.contains("2*effect") && low.contains("−8.0") && high.contains("0.5*effect") && high.contains("−2.0")
        );
    }
}
