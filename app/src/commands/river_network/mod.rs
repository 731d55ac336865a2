//! A river network from a file, for the commands that ask for one.

mod geopackage;

use crate::manners::{Desk, Failure};
use liankong_engine::problem::Problem;
use liankong_engine::region::river::{Given, check, read};
use std::path::Path;

/// A network with what was noted about it.
pub struct River {
    /// Network, file, lines.
    pub given: Given,
    /// What the reader took upon itself, in sentences.
    pub notes: Vec<String>,
    /// What can hardly be.
    pub doubts: Vec<Problem>,
}

/// Reads a network of any known form. What cannot be is a failure; what can hardly be is told.
pub fn read_network(path: &Path, layer: Option<&str>) -> Result<River, Failure> {
    let given = if geopackage::is_one(path) { geopackage::network(path, layer)? } else { read::network(path)? };
    let found = check::check(&given);
    if !found.problems.is_empty() {
        return Err(Failure::Input(found.problems));
    }
    Ok(River { notes: given.notes.clone(), given, doubts: found.doubts })
}

/// How many doubts are told one by one.
const DOUBTS_TOLD: usize = 10;

impl River {
    /// Notes and doubts, to stderr.
    pub fn tell(&self, desk: &Desk) {
        self.notes.iter().for_each(|n| desk.note(&format!("{}: {n}", self.given.file)));
        self.doubts.iter().take(DOUBTS_TOLD).for_each(|d| desk.note(&d.to_string()));
        if self.doubts.len() > DOUBTS_TOLD {
            desk.note(&format!(
                "{}: {} doubts in all; `liankong check {}` lists them",
                self.given.file,
                self.doubts.len(),
                self.given.file
            ));
        }
    }
}
