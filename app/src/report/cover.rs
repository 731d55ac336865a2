//! The first page: what this is, of whom, over which time, by which rules, of which quality, and who signs for it.

use super::html::{both, escape, fixed, two};
use super::{Name, View, words};
use liankong_engine::assess::{edition, rules};
use liankong_engine::region::{Period, Quality, Time};
use sha2::{Digest, Sha256};

/// One digest over the digests of all input files, in the order of their names.
pub fn inputs_digest(view: &View<'_>) -> String {
    let mut all = Sha256::new();
    for (file, hash) in &view.case.inputs {
        all.update(format!("{hash}  {file}\n"));
    }
    all.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// The cover.
pub fn cover(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let name = Name::new(&settings.name_zh, &settings.name_en);
    let (word, means) = match settings.quality {
        Quality::Screening => (words::SCREENING, format!(" {}", both(words::SCREENING_MEANS))),
        Quality::Standard => (words::STANDARD, String::new()),
    };
    let note = two(&settings.quality_note_zh, &settings.quality_note_en);
    let mut out = format!(
        "<header class=\"cover\"><p class=\"product\">{}</p><h1>{}<small>{}</small></h1>\
         <p class=\"quality {}\" role=\"note\"><b>{}</b>{means} {note}</p><table class=\"facts\"><tbody>",
        both(words::PRODUCT),
        both(name),
        both(words::REPORT_KIND),
        settings.quality.id(),
        both(word),
    );
    for (what, said) in facts(view) {
        out.push_str(&format!("<tr><th scope=\"row\">{}</th><td>{said}</td></tr>", both(what)));
    }
    out.push_str("</tbody></table><div class=\"sign\">");
    for line in [words::OFFICE, words::PREPARED, words::CHECKED, words::APPROVED, words::SIGNED_ON] {
        out.push_str(&format!("<p><span>{}</span><i></i></p>", both(line)));
    }
    out.push_str("</div></header>\n");
    out
}

fn facts(view: &View<'_>) -> Vec<(words::Words, String)> {
    let settings = &view.case.settings;
    let (air, water) = view.periods();
    let mut list = Vec::new();
    let tops: Vec<(String, String)> =
        view.case.top_members().map(|m| (m.name_zh.clone(), m.name_en.clone())).collect();
    let (zh, en): (Vec<String>, Vec<String>) = tops.into_iter().unzip();
    list.push((words::MEMBERS, two(zh.join("、"), en.join(", "))));
    for (word, period) in [(words::AIR_PERIOD, air), (words::WATER_PERIOD, water)] {
        list.extend(period.map(|p| (word, escape(&p))));
    }
    list.push((words::RULES, in_force(view)));
    list.push((
        words::INPUTS,
        format!(
            "{} <code>{}</code>",
            two(
                format!("{} 个文件，总摘要", view.case.inputs.len()),
                format!("{} files, digest of all", view.case.inputs.len())
            ),
            inputs_digest(view)
        ),
    ));
    list.push((
        words::MADE_BY,
        format!("liankong {} · {} {}", env!("CARGO_PKG_VERSION"), both(words::SEED), settings.air.seed),
    ));
    let approval = &settings.map_approval;
    list.push((
        words::MAP_APPROVAL,
        if approval.is_empty() { both(words::NO_APPROVAL) } else { escape(approval) },
    ));
    list
}

/// The rules that judged, each with its days and how its figures are known.
fn in_force(view: &View<'_>) -> String {
    let zone = view.case.settings.utc_offset_s;
    let editions = edition::editions(zone);
    let mut ids: Vec<&str> = Vec::new();
    let mut add = |id: &'static str| {
        if !ids.contains(&id) {
            ids.push(id);
        }
    };
    // By the day, not by the wish: every edition that holds at an end of the period.
    let ends = |p: Period| [p, Period { start: Time(p.end.0 - 1), end: p.end }];
    let periods = [(edition::AIR_INDEX, view.case.settings.air_period), (edition::WATER_CLASS, view.case.settings.water_period)];
    for (subject, period) in periods {
        for at in period.into_iter().flat_map(ends) {
            edition::in_force(&editions, subject, at).map(|e| add(e.rule)).unwrap_or_default();
        }
    }
    let register = rules::rules();
    let said = |id: &&str| {
        let rule = register.iter().find(|r| r.id == *id)?;
        let days = match (rule.from, rule.to) {
            ("", "") => two("本册所存的唯一版本，仍有效", "the only edition kept here, still in force"),
            ("", to) => two(format!("有效至 {to}"), format!("in force to {to}")),
            (from, "") => two(format!("自 {from} 起有效"), format!("in force from {from}")),
            (from, to) => two(format!("{from} 至 {to} 有效"), format!("in force {from} to {to}")),
        };
        Some(format!("{} ({days}; {})", escape(rule.id), both(words::mark(rule.mark))))
    };
    let list: Vec<String> = ids.iter().filter_map(said).collect();
    if list.is_empty() {
        format!("{} · {}", escape(&view.case.settings.air_rule), escape(&view.case.settings.water_rule))
    } else {
        list.join("<br>")
    }
}

/// The running head and foot of the printed page, with the names as CSS strings.
pub fn running(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let quality = if view.screening() { "筛查级 SCREENING" } else { "标准级 STANDARD" };
    let digest: String = inputs_digest(view).chars().take(12).collect();
    format!(
        "@page{{@top-left{{content:{}}}@top-right{{content:{}}}@bottom-left{{content:{}}}\
         @bottom-right{{content:counter(page) \" / \" counter(pages)}}}}\
         @page:first{{@top-left{{content:none}}@top-right{{content:none}}@bottom-left{{content:none}}@bottom-right{{content:none}}}}",
        quoted(&format!("{} / {}", settings.name_zh, settings.name_en)),
        quoted(quality),
        quoted(&format!(
            "liankong {} · {} · {} {digest}",
            env!("CARGO_PKG_VERSION"),
            settings.id,
            fixed(view.case.inputs.len() as f64, 0)
        )),
    )
}

/// Text as a CSS string that cannot end its place.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_alphanumeric() || " ./-·".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("\\{:x} ", u32::from(c)));
        }
    }
    out.push('"');
    out
}
