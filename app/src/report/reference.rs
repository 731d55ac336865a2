//! Where a figure of the report comes from: rows of a table beside it, or a field of `turn.json`, that anyone can look up.
//!
//! Written `file?column=value&column=value` (all rows of the table where each column has that value) or `turn.json#a.b`, in
//! the attribute `data-ref`, and in words behind an arrow.

use super::html::escape;
use crate::output::DOCUMENT;

/// Rows of a table, or a field of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The file.
    file: &'static str,
    /// Columns and their values, or the path of a field.
    keys: Vec<(&'static str, String)>,
}

impl Reference {
    /// The rows of a table where each column has its value; all of them without a column.
    pub fn rows(file: &'static str, keys: &[(&'static str, &str)]) -> Reference {
        Reference { file, keys: keys.iter().map(|(column, value)| (*column, (*value).to_string())).collect() }
    }

    /// A field of `turn.json`, by its path.
    pub fn field(path: &str) -> Reference {
        Reference { file: DOCUMENT, keys: vec![("", path.to_string())] }
    }

    /// As the attribute has it.
    pub fn address(&self) -> String {
        if self.file == DOCUMENT {
            return format!("{DOCUMENT}#{}", self.keys.first().map_or("", |(_, path)| path));
        }
        let keys: Vec<String> = self.keys.iter().map(|(column, value)| format!("{column}={}", coded(value))).collect();
        if keys.is_empty() { self.file.into() } else { format!("{}?{}", self.file, keys.join("&")) }
    }

    /// `→ shares.csv: receptor=310000`, small; an address that a test can look up stands in its attribute.
    pub fn mark(&self) -> String {
        let keys: Vec<String> =
            self.keys.iter().map(|(c, v)| if c.is_empty() { v.clone() } else { format!("{c}={v}") }).collect();
        let behind = if keys.is_empty() { String::new() } else { format!(": {}", keys.join(", ")) };
        format!(
            "<span class=\"ref\" data-ref=\"{}\">→\u{a0}{}{}</span>",
            escape(&self.address()),
            self.file,
            escape(&behind)
        )
    }
}

/// The marks of several references.
pub fn marks(references: &[Reference]) -> String {
    references.iter().map(Reference::mark).collect::<Vec<_>>().join(" ")
}

/// A value that cannot end its place in an address.
fn coded(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '%' | '&' | '=' | '#' | '?' => out.push_str(&format!("%{:02X}", u32::from(c))),
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
        assert_eq!(Reference::rows("skill.csv", &[]).address(), "skill.csv");
        let two = Reference::rows("matrix.csv", &[("from", "a&b"), ("to", "c=d")]);
        assert_eq!(two.address(), "matrix.csv?from=a%26b&to=c%3Dd");
        assert_eq!(Reference::field("balance.air_ledger").address(), "turn.json#balance.air_ledger");
    }
}
