//! The first pages: what this is, of whom, over which time, who signs for it; the contents; by which rules and of which quality.

use super::html::{both, escape, two};
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

/// The cover: what a reader must know before the first figure, with the lines that an office fills in and signs.
pub fn cover(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let name = Name::new(&settings.name_zh, &settings.name_en);
    let blank = |word: words::Words| format!("<p><span>{}</span><i></i></p>", both(word));
    let (air, water) = view.periods();
    let mut out = format!(
        "<header class=\"cover\"><div class=\"number\">{}</div><h1>{}<small>{}</small></h1>",
        blank(words::DOCUMENT_NUMBER),
        both(name),
        both(words::REPORT_KIND),
    );
    out.push_str("<p class=\"periods\">");
    for (word, period) in [(words::AIR_PERIOD, air), (words::WATER_PERIOD, water)] {
        if let Some((from, to)) = period {
            let period = two(format!("{from} 至 {to}"), format!("{from} to {to}"));
            out.push_str(&format!("<span class=\"period\">{} {period}</span>", both(word)));
        }
    }
    let (word, means) = quality(view);
    out.push_str(&format!(
        "</p><p class=\"quality {}\" role=\"note\"><b>{}</b> {}</p><div class=\"sign\">",
        settings.quality.id(),
        both(word),
        means
    ));
    for line in [words::OFFICE, words::PREPARED, words::CHECKED, words::APPROVED, words::SIGNED_ON] {
        out.push_str(&blank(line));
    }
    out.push_str(&format!("</div><p class=\"made\">{}<br>{}</p></header>\n", both(words::PRODUCT), made_by(view)));
    out
}

/// The word of the quality and what it means.
fn quality(view: &View<'_>) -> (words::Words, String) {
    match view.case.settings.quality {
        Quality::Screening => (words::SCREENING, both(words::SCREENING_MEANS)),
        Quality::Standard => (words::STANDARD, String::new()),
    }
}

fn made_by(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    format!(
        "liankong {} · {} · {} {}",
        env!("CARGO_PKG_VERSION"),
        escape(&settings.id),
        both(words::SEED),
        settings.air.seed
    )
}

/// The contents: the executive page, where there is one, and the chapters with their numbers.
pub fn contents(brief: bool, chapters: &[words::Words]) -> String {
    let mut out = format!(
        "<nav class=\"contents\" aria-label=\"{} / {}\"><h2>{}</h2><ol>",
        words::CONTENTS.0,
        words::CONTENTS.1,
        both(words::CONTENTS)
    );
    if brief {
        out.push_str(&format!("<li><a href=\"#brief\">{}</a></li>", both(words::AT_A_GLANCE)));
    }
    for (number, heading) in (1..).zip(chapters) {
        out.push_str(&format!(
            "<li><a href=\"#c{number}\"><span class=\"number\">{}</span>{}</a></li>",
            numbered(number),
            both(*heading)
        ));
    }
    out + "</ol></nav>"
}

/// The number of a chapter: 一、 in Chinese, 1 in English.
pub fn numbered(number: usize) -> String {
    const ZH: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let zh = ZH.get(number.wrapping_sub(1)).map_or_else(|| number.to_string(), |n| (*n).to_string());
    two(format!("{zh}、"), number.to_string())
}

/// What the report stands on: members, rules, inputs, quality.
pub fn data_notes(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let mut out = format!("<div class=\"notes\"><h2>{}</h2><table class=\"facts\"><tbody>", both(words::DATA_NOTES));
    let (word, means) = quality(view);
    let note = two(&settings.quality_note_zh, &settings.quality_note_en);
    let mut facts = vec![(words::QUALITY, format!("<b>{}</b> {means} {note}", both(word)))];
    let (zh, en): (Vec<&str>, Vec<&str>) =
        view.case.top_members().map(|m| (m.name_zh.as_str(), m.name_en.as_str())).unzip();
    facts.push((words::MEMBERS, two(zh.join("、"), en.join(", "))));
    facts.push((words::RULES, in_force(view)));
    let files = view.case.inputs.len();
    facts.push((
        words::INPUTS,
        format!(
            "{} <code>{}</code>",
            two(format!("{files} 个文件，总摘要"), format!("{files} files, digest of all")),
            inputs_digest(view)
        ),
    ));
    let approval = &settings.map_approval;
    let approval = if approval.is_empty() { both(words::NO_APPROVAL) } else { escape(approval) };
    facts.push((words::MAP_APPROVAL, approval));
    facts.push((words::MADE_BY, made_by(view)));
    facts.push((words::TRACE, both(words::TRACE_MEANS)));
    for (what, said) in facts {
        out.push_str(&format!("<tr><th scope=\"row\">{}</th><td class=\"words\">{said}</td></tr>", both(what)));
    }
    out + "</tbody></table></div>\n"
}

/// The rules that judged, each with its days and how its figures are known.
fn in_force(view: &View<'_>) -> String {
    let zone = view.case.settings.utc_offset_s;
    let editions = edition::editions(zone);
    // Each with whether a part of the period lies before its first day: then it judges for want of an earlier edition.
    let mut used: Vec<(&str, bool)> = Vec::new();
    // By the day, not by the wish: every edition that holds at an end of the period.
    let ends = |p: Period| [p, Period { start: Time(p.end.0 - 1), end: p.end }];
    let periods =
        [(edition::AIR_INDEX, view.case.settings.air_period), (edition::WATER_CLASS, view.case.settings.water_period)];
    for (subject, period) in periods {
        for at in period.into_iter().flat_map(ends) {
            let Some(edition) = edition::in_force(&editions, subject, at) else { continue };
            let early = edition.from.is_some_and(|from| at.start < from);
            match used.iter_mut().find(|(id, _)| *id == edition.rule) {
                Some(known) => known.1 |= early,
                None => used.push((edition.rule, early)),
            }
        }
    }
    let register = rules::rules();
    let said = |(id, early): &(&str, bool)| {
        let rule = register.iter().find(|r| r.id == *id)?;
        let (zh, en) = match (rule.from, rule.to) {
            ("", "") => ("本册所存的唯一版本，仍有效".into(), "the only edition kept here, still in force".into()),
            ("", to) => (format!("有效至 {to}"), format!("in force to {to}")),
            (from, "") => (format!("自 {from} 起有效"), format!("in force from {from}")),
            (from, to) => (format!("{from} 至 {to} 有效"), format!("in force {from} to {to}")),
        };
        let mark = words::mark(rule.mark);
        let words::Words(early_zh, early_en) = if *early { words::JUDGED_EARLY } else { words::Words("", "") };
        Some(two(
            format!("{}（{zh}；{}）{early_zh}", rule.id, mark.zh),
            format!("{} ({en}; {}){early_en}", rule.id, mark.en.to_lowercase()),
        ))
    };
    let list: Vec<String> = used.iter().filter_map(said).collect();
    if list.is_empty() {
        format!("{} · {}", escape(&view.case.settings.air_rule), escape(&view.case.settings.water_rule))
    } else {
        list.join("<br>")
    }
}

/// Head and foot of the printed page, in the language that is shown; the cover has none.
pub fn running(view: &View<'_>) -> String {
    let settings = &view.case.settings;
    let digest: String = inputs_digest(view).chars().take(12).collect();
    let foot = quoted(&format!("liankong {} · {} · {digest}", env!("CARGO_PKG_VERSION"), settings.id));
    let page = |language: &str, name: &str, kind: &str, sign: &str, count: [&str; 3]| {
        let [before, between, after] = count.map(quoted);
        format!(
            "@page {language}{{@top-left{{content:{}}}@top-right{{content:{}}}@bottom-left{{content:{foot}}}\
             @bottom-right{{content:{before} counter(page) {between} counter(pages) {after}}}}}\n",
            quoted(&format!("{name}{kind}")),
            if view.screening() { quoted(sign) } else { quoted("") },
        )
    };
    let (words::Words(kind_zh, kind_en), words::Words(sign_zh, sign_en)) = (words::REPORT_KIND, words::SCREENING_SIGN);
    page("zh", &settings.name_zh, kind_zh, sign_zh, ["第 ", " 页，共 ", " 页"])
        + &page("en", &format!("{} · ", settings.name_en), kind_en, sign_en, ["", " / ", ""])
}

/// Text as a CSS string that cannot end its place.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_alphanumeric() || " ./-·，、".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("\\{:x} ", u32::from(c)));
        }
    }
    out.push('"');
    out
}
