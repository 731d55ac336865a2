//! Files put in place all at once.
//!
//! They are written into a hidden folder beside the target. Where the target does not exist yet, one rename makes it;
//! where it does, file after file is renamed over the earlier one, `turn.json` last, and what an earlier run left under our
//! names and this run did not write is taken away. A failure before that leaves the target as it was.

use super::{DOCUMENT, REPORT, TIMING};
use crate::manners::{Failure, Writing, stopped};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One file to write.
pub struct File {
    /// Its name in the folder.
    pub name: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Every name that a turn may write.
pub const NAMES: &[&str] = &[
    DOCUMENT,
    REPORT,
    TIMING,
    "flags.csv",
    "data_notes.csv",
    "effects.csv",
    "naive.csv",
    "air_index.csv",
    "water_class.csv",
    "situation.csv",
    "pm25_mean.csv",
    "sections.csv",
    "ledger.csv",
    "closure.csv",
    "matrix.csv",
    "shares.csv",
    "bands.csv",
    "skill.csv",
    "daily_pm25.csv",
    "footprint.csv",
    "balance.csv",
    "plans.csv",
    "plan_targets.csv",
    "applications.csv",
    "plan_members.csv",
    "orders.csv",
    "expected.csv",
];

/// Every name that `attribute pmf` may write.
pub const FACTOR_NAMES: &[&str] = &[
    TIMING,
    "summary.json",
    "W.csv",
    "H.csv",
    "diagnostics.csv",
    "residuals.csv",
    "g_space.csv",
    "profiles.svg",
    "displacement.csv",
    "bootstrap_displacement.csv",
    "bootstrap.csv",
    "fpeak.csv",
];

/// Refuses, before any work is done, a folder that results must not go to.
pub fn fit_for_results(out: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| Err(Failure::Usage(format!("--out {}: {why}", out.display())));
    if out.file_name().is_none() {
        return refuse("name a folder for the results, such as out/yangtze-delta");
    }
    if out.exists() && !out.is_dir() {
        return refuse("is a file; name a folder");
    }
    if out.join("region.toml").exists() {
        return refuse("is the folder of a case; results would mix with its tables, name another");
    }
    Ok(())
}

/// Writes one file: beside its place first, then renamed over it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |cause: io::Error| Failure::Failed(format!("{}: {cause}", path.display()));
    let _writing = Writing::begin();
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let mut partial = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
    io::Write::write_all(&mut partial, bytes).map_err(failed)?;
    partial.persist(path).map(|_| ()).map_err(|e| failed(e.error))
}

/// The hidden folder; taken away when the writing fails or is stopped.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already when it was renamed into place.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes the files into the folder. Of `names`, what an earlier run of the same kind left and this one does not write is taken
/// away, so that a folder never mixes two runs.
pub fn write(out: &Path, files: &[File], names: &[&str]) -> Result<(), Failure> {
    let failed = |path: &Path, cause: io::Error| Failure::Failed(format!("{}: {cause}", path.display()));
    let _writing = Writing::begin();
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|cause| failed(parent, cause))?;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let partial = Partial(parent.join(format!(".{name}.partial-{}", std::process::id())));
    fs::create_dir(&partial.0).map_err(|cause| failed(&partial.0, cause))?;
    for file in files {
        let path = partial.0.join(file.name);
        fs::write(&path, &file.bytes).map_err(|cause| failed(&path, cause))?;
        if stopped() {
            return Err(Failure::Failed("stopped; nothing was written".into()));
        }
    }
    if !out.exists() {
        return fs::rename(&partial.0, out).map_err(|cause| failed(out, cause));
    }
    for file in files {
        let target = out.join(file.name);
        fs::rename(partial.0.join(file.name), &target).map_err(|cause| failed(&target, cause))?;
    }
    for stale in names.iter().filter(|name| files.iter().all(|file| file.name != **name)) {
        match fs::remove_file(out.join(stale)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(failed(&out.join(stale), cause)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_replaces_the_first_and_leaves_what_is_not_ours() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("deep/result");
        let file = |name, text: &str| File { name, bytes: text.as_bytes().to_vec() };
        write(&out, &[file("ledger.csv", "1"), file(DOCUMENT, "1")], NAMES).unwrap();
        fs::write(out.join("W.csv"), "of another command").unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        write(&out, &[file(DOCUMENT, "2")], NAMES).unwrap();
        let mut left: Vec<String> =
            fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["W.csv", "notes.txt", DOCUMENT]);
        assert_eq!(fs::read_to_string(out.join(DOCUMENT)).unwrap(), "2");
        assert_eq!(fs::read_dir(out.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn results_never_go_into_a_case() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("region.toml"), "").unwrap();
        assert!(fit_for_results(place.path()).is_err());
        assert!(fit_for_results(Path::new("/")).is_err());
    }
}
