//! The arrow inside the engine: a verb imports the nouns and the verbs before it, never one after it; the nouns import no
//! verb; nothing in the engine knows the application. Read from the source, so that a slip fails the build of the tests.

// What the tests are built from may stop them, like the tests themselves.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The order in which verbs may know each other.
const VERBS: [&str; 7] = ["observe", "assess", "transport", "attribute", "plan", "act", "verify"];
/// What every verb may use.
const NOUNS: [&str; 3] = ["region", "units", "problem"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The code without comments and without the content of string literals: what the compiler would resolve.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                i += 2;
                while i < chars.len() && (at(i), at(i + 1)) != ('*', '/') {
                    i += 1;
                }
                i += 2;
            }
            // A quote in a character literal opens no string.
            ('\'', '"') if at(i + 2) == '\'' => i += 3,
            ('\'', '\\') if at(i + 2) == '"' => i += 4,
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
            }
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// The modules at the root of the crate that a file names: `crate::x`, `use crate::{x, y::…}`, and `super::` that climbs to
/// the root. `depth` is how many modules the file lies below the root.
fn modules_named(code: &str, depth: usize) -> Vec<String> {
    let packed: String =
        code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" :: ", "::").replace(":: ", "::");
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", climb.as_str()].into_iter().filter(|r| !r.is_empty()) {
        for (at, _) in packed.match_indices(root) {
            // Only a whole path counts: not the tail of a longer climb or of a longer word.
            let before = packed[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' {
                continue;
            }
            let rest = &packed[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads_of_group(group)),
                None => found.extend(identifier(rest)),
            }
        }
    }
    found
}

fn identifier(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// First names of the paths in `a, b::{c, d}, e}`.
fn heads_of_group(text: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut start = true;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            ' ' => {}
            _ if start && depth == 0 => {
                heads.extend(identifier(&text[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

fn may_name(room: &str, named: &str) -> bool {
    let Some(theirs) = VERBS.iter().position(|v| *v == named) else { return named != "cycle" || room == "cycle" };
    match VERBS.iter().position(|v| *v == room) {
        Some(ours) => theirs <= ours,
        None => !NOUNS.contains(&room),
    }
}

#[test]
fn a_verb_names_only_the_nouns_and_the_verbs_before_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 10);
    let mut slips = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let parts: Vec<String> = relative.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        let room = parts[0].trim_end_matches(".rs").to_string();
        let front_page = parts.last().is_some_and(|p| p == "mod.rs" || p == "lib.rs");
        let below = parts.len() - usize::from(front_page);
        let code = code_of(&fs::read_to_string(&file).unwrap());
        // A test module inside a file climbs one further.
        let named = [modules_named(&code, below), modules_named(&code, below + 1)].concat();
        for name in named {
            if room != "lib" && !may_name(&room, &name) {
                slips.push(format!("{}: names {name}", relative.display()));
            }
        }
        if code.contains("liankong::") || code.contains("clap::") || code.contains("axum::") || code.contains("tokio::")
        {
            slips.push(format!("{}: names the application or what belongs there", relative.display()));
        }
    }
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

#[test]
fn the_reader_of_imports_finds_every_way_of_naming_a_module() {
    let code = code_of(
        "// use crate::verify;\n/* crate::act */ use crate::{plan::{self, Plan}, region, act}; let s = \"crate::verify\"; \
         fn f() { crate::assess::x(); super::super::verify::y(); }",
    );
    let mut named = modules_named(&code, 2);
    named.sort();
    assert_eq!(named, ["act", "assess", "plan", "region", "verify"]);
}

#[test]
fn the_order_of_the_verbs_is_what_the_house_says() {
    assert!(may_name("plan", "transport") && may_name("verify", "act") && may_name("cycle", "verify"));
    assert!(!may_name("transport", "plan") && !may_name("region", "observe") && !may_name("act", "verify"));
    assert!(!may_name("plan", "cycle") && !may_name("units", "observe"));
}
