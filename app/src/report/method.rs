//! Last chapter of the report: how it was made, and what its figures stand on.

use super::html::{both, escape, table, two};
use super::reference::Rows;
use super::{View, words};
use liankong_engine::region::Medium;
use std::collections::BTreeMap;

/// How many rows of each table carry each mark, and the flags on the measurements.
fn data(view: &View<'_>) -> String {
    let mut marks: Vec<&str> = [
        "measured",
        "verified",
        "compiled",
        "secondary",
        "allocated",
        "fitted",
        "assumed",
        "from memory",
        "synthetic",
        "",
    ]
    .into();
    let all = view.case.marks.values().flat_map(BTreeMap::keys);
    let mut others: Vec<&str> = all.map(String::as_str).filter(|m| !marks.contains(m)).collect();
    others.sort_unstable();
    others.dedup();
    marks.extend(others);
    marks.retain(|mark| view.case.marks.values().any(|counts| counts.get(*mark).is_some_and(|n| *n > 0)));
    let mut head = vec![both(words::TABLE)];
    head.extend(marks.iter().map(|m| both(words::mark(m))));
    let rows: Vec<Vec<String>> = view
        .case
        .marks
        .iter()
        .map(|(file, counts)| {
            let mut row = vec![escape(file)];
            row.extend(marks.iter().map(|m| match counts.get(*m) {
                Some(n) if *n > 0 => {
                    let rows = Rows::of("data_notes.csv").with("what", "input").with("of", file);
                    rows.with("mark", m).whole("rows", *n)
                }
                _ => String::new(),
            }));
            row
        })
        .collect();
    let mut out = format!("<h3>{}</h3>", both(words::MARKS));
    out.push_str(&view.sourced(&["data_notes.csv"], &table(&head, &rows)));
    let flags: Vec<Vec<String>> = view
        .turn
        .observed
        .counts()
        .into_iter()
        .map(|((medium, flag), count)| {
            let flagged = Rows::of("data_notes.csv").with("what", "reading").with("of", medium.id());
            let flagged = flagged.with("mark", flag.id()).whole("rows", count);
            let medium = match medium {
                Medium::Air => words::AIR,
                Medium::Water => words::WATER,
            };
            let (_, _, zh, en) = liankong_engine::observe::FLAGS[flag as usize];
            let words::Words(medium_zh, medium_en) = medium;
            vec![two(format!("{medium_zh}：{zh}"), format!("{medium_en}: {en}")), flagged]
        })
        .collect();
    if !flags.is_empty() {
        out.push_str(&format!("<h3>{}</h3>", both(words::FLAGGED)));
        let flags = table(&[both(words::FLAG), both(words::ROWS)], &flags);
        out.push_str(&view.sourced(&["data_notes.csv", "flags.csv"], &flags));
    }
    out
}

/// How it was made, the standing of its inputs, and the digests by which it can be found again.
pub fn method(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let mut out = String::from("<ul>");
    if view.screening() {
        out.push_str(&format!("<li>{}</li>", both(words::FACTOR_TWO)));
    }
    for words in [
        words::NOTE_ASSESS,
        words::NOTE_TRANSPORT,
        words::NOTE_FORECAST,
        words::NOTE_LEDGER,
        words::NOTE_SHARES,
        words::NOTE_PLAN,
        words::NOTE_VERIFY,
        words::NOTE_ROUNDING,
        words::NOTE_SAME,
    ] {
        out.push_str(&format!("<li>{}</li>", both(words)));
    }
    out.push_str("</ul>");
    out.push_str(&data(view));
    out.push_str(&format!("<details><summary>{}</summary><table class=\"hashes\"><tbody>", both(words::INPUT_HASHES)));
    for (file, hash) in &view.case.inputs {
        out.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td class=\"words\"><code>{}</code></td></tr>",
            escape(file),
            escape(hash)
        ));
    }
    out.push_str("</tbody></table></details>");
    out.push_str(&format!(
        "<p class=\"foot\">liankong {} · {} · {} · {} · {} {} · {}</p>",
        env!("CARGO_PKG_VERSION"),
        escape(&settings.id),
        escape(&settings.air_rule),
        escape(&settings.water_rule),
        both(words::SEED),
        settings.air.seed,
        both(if view.screening() { words::SCREENING } else { words::STANDARD })
    ));
    out
}
