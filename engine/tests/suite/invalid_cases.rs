//! Every broken case under `cases/invalid` is refused with exactly the sentences in its `expect.txt`.
//!
//! `LIANKONG_WRITE_EXPECT=1` writes the sentences instead of comparing them; read the difference before you commit it.

#![allow(clippy::unwrap_used, clippy::panic)]

use liankong_engine::problem::{Error, Problem};
use liankong_engine::region::Case;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn broken_cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/invalid");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn problems(folder: &Path) -> Vec<Problem> {
    match Case::read(folder) {
        Err(Error::Input(problems)) => problems,
        other => panic!("{} should be refused, but gave {other:?}", folder.display()),
    }
}

#[test]
fn each_broken_case_is_refused_with_its_own_sentences() {
    let mut wrong = Vec::new();
    for folder in broken_cases() {
        let said: String = problems(&folder).iter().map(|p| format!("{p}\n")).collect();
        let expect = folder.join("expect.txt");
        if std::env::var_os("LIANKONG_WRITE_EXPECT").is_some() {
            std::fs::write(&expect, &said).unwrap();
        }
        let expected = std::fs::read_to_string(&expect).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}\n  said     {said}  expected {expected}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_broken_case_shows_another_kind_of_problem() {
    let mut kinds: BTreeMap<(String, String, String), PathBuf> = BTreeMap::new();
    for folder in broken_cases() {
        let first = problems(&folder).swap_remove(0);
        assert!(!first.remedy.is_empty(), "{first} says no remedy");
        let words = first.limit.replace(|c: char| c.is_ascii_digit(), "");
        if let Some(other) = kinds.insert((first.file, first.field, words), folder.clone()) {
            panic!("{} and {} show the same kind of problem", folder.display(), other.display());
        }
    }
    assert!(kinds.len() >= 25, "{} kinds", kinds.len());
}
