//! The register of rules: what a person is shown who asks which rules this program knows.

use serde::Serialize;

/// One rule: its name, the days it holds, and what its figures rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleEntry {
    /// Identifier, as results carry it.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// First day it holds (`2002-06-01`); empty = no earlier edition is kept here.
    pub valid_from: String,
    /// Last day it holds; empty = still in force.
    pub valid_to: String,
    /// Whether its figures were checked against the rule's text or against agreeing independent copies.
    pub verified: bool,
    /// Where they are from.
    pub source: String,
}
