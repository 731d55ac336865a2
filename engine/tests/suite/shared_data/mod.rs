//! Where the public data for validation lie: the folder `shared` beside the repository, or `LIANKONG_SHARED`.
//!
//! None of it is copied into the repository (licences differ), so a test that needs a file is skipped with a plain message
//! where the file is absent, and fails where `CI=true`.

#[allow(dead_code)] // each test reads what it needs
pub mod delta;

use std::path::{Path, PathBuf};

/// A file's text; `None` where it is absent and that is allowed.
pub fn text(file: &str) -> Option<String> {
    match std::fs::read_to_string(folder().join(file)) {
        Ok(text) => Some(text),
        Err(cause) if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("{file} is needed where CI=true and cannot be read: {cause}")
        }
        Err(cause) => {
            eprintln!("skipped: {file} cannot be read ({cause})");
            None
        }
    }
}

/// The rows of a table; `None` where it is absent and that is allowed.
pub fn rows(file: &str) -> Option<Vec<Vec<String>>> {
    let text = text(file)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    Some(reader.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect())
}

/// Where a file lies; `None` where it is absent and that is allowed.
pub fn path(file: &str) -> Option<PathBuf> {
    let path = folder().join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{file} is needed where CI=true and is not there");
    eprintln!("skipped: {file} is not there");
    None
}

fn folder() -> PathBuf {
    if let Ok(named) = std::env::var("LIANKONG_SHARED") {
        return PathBuf::from(named);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    // A worktree lies one folder deeper than the repository itself.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if beside.exists() { beside } else { deeper }
}
