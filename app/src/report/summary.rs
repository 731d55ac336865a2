//! One screen for the terminal: what each verb found, in at most 24 lines of 80 columns.

use super::html::{change, fixed, money, percent, significant};
use super::{View, met, situation};
use crate::manners::{Language, one_line};
use crate::output::number::in_unit;
use liankong_engine::cycle::{VERBS, Verb};
use liankong_engine::observe::Flag;
use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const COLUMNS: usize = 80;
const LINES: usize = 24;
const MARGIN: usize = 11;

/// The summary, without a newline at its end.
pub fn screen(view: &View<'_>, language: Language, out: &Path, files: usize) -> String {
    let settings = &view.case.settings;
    let say = |zh: &str, en: &str| language.pick(zh, en).to_string();
    let (air, water) = view.periods();
    let mut lines = vec![one_line(language.pick(&settings.name_zh, &settings.name_en))];
    for (zh, en, period) in [("大气", "air", air), ("水", "water", water)] {
        if let Some(period) = period {
            lines.push(row(language.pick(zh, en), &period));
        }
    }
    if view.screening() {
        let note = language.pick(&settings.quality_note_zh, &settings.quality_note_en);
        lines.push(row(&say("质量", "quality"), &format!("{} {}", say("筛查级。", "SCREENING."), one_line(note))));
    }
    let verb_word = |verb: Verb| VERBS.iter().find(|v| v.0 == verb).map_or("", |(_, id, zh)| language.pick(zh, id));
    for (verb, found) in [
        (Verb::Observe, observe(view, language)),
        (Verb::Verify, verify(view, language)),
        (Verb::Assess, assess(view, language)),
        (Verb::Attribute, attribute(view, language)),
        (Verb::Plan, plan(view, language)),
        (Verb::Act, act(view, language)),
    ] {
        for (i, text) in found.iter().enumerate() {
            lines.push(row(if i == 0 { verb_word(verb) } else { "" }, text));
        }
    }
    if let Some(text) = books(view, language) {
        lines.push(row(&say("账目", "books"), &text));
    }
    let folder = one_line(&out.display().to_string());
    let written = match language {
        Language::Zh => format!("{folder}：{files} 个文件，先看 report.html"),
        Language::En => format!("{folder}: {files} files; begin with report.html"),
    };
    lines.push(row(&say("写出", "written"), &written));
    lines.truncate(LINES);
    lines.iter().map(|line| cut(line)).collect::<Vec<_>>().join("\n")
}

/// A word in the margin and what it says.
fn row(word: &str, text: &str) -> String {
    format!("  {word}{}{text}", " ".repeat(MARGIN.saturating_sub(word.width())))
}

/// No wider than the screen; a Chinese character takes two columns.
fn cut(line: &str) -> String {
    if line.width() <= COLUMNS {
        return line.to_string();
    }
    let mut kept = String::new();
    let mut width = 0;
    for c in line.chars() {
        width += c.width().unwrap_or(0);
        if width > COLUMNS - 1 {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

fn observe(view: &View<'_>, language: Language) -> Vec<String> {
    let counts = view.turn.observed.counts();
    let total: usize = counts.values().sum();
    let flagged: usize = counts.iter().filter(|((_, flag), _)| *flag != Flag::Ok).map(|(_, n)| n).sum();
    let (stations, sections) = (view.case.stations.len(), view.case.sections.len());
    let (total, flagged) = (fixed(total as f64, 0), fixed(flagged as f64, 0));
    vec![match language {
        Language::Zh => format!("{stations} 个站点，{sections} 个断面，{total} 个数据，其中 {flagged} 个带标记"),
        Language::En => format!("{stations} stations, {sections} sections, {total} readings, {flagged} flagged"),
    }]
}

fn assess(view: &View<'_>, language: Language) -> Vec<String> {
    let Some(s) = view.turn.assessment.situation.first() else { return Vec::new() };
    let share = |part: usize, whole: usize| percent(part as f64 / whole.max(1) as f64, 0);
    let mut out = Vec::new();
    if s.air_days > 0 {
        let mean = s.pm25_mean.map_or("–".into(), |v| fixed(in_unit(v, "ug/m3"), 0));
        let (good, heavy) = (share(s.good_days, s.air_days), share(s.heavy_days, s.air_days));
        out.push(match language {
            Language::Zh => format!("PM2.5 均值 {mean} µg/m³，优良天数 {good}，重污染 {heavy}"),
            Language::En => format!("PM2.5 mean {mean} µg/m³, good days {good}, heavily polluted {heavy}"),
        });
    }
    if s.section_months > 0 {
        let (good, bad) = (share(s.class_1_to_3, s.section_months), share(s.worse_than_5, s.section_months));
        out.push(match language {
            Language::Zh => format!("水质 Ⅰ–Ⅲ类 {good}，劣Ⅴ类 {bad}（断面·月）"),
            Language::En => format!("water of class I to III {good}, worse than V {bad} of section-months"),
        });
    }
    out
}

fn attribute(view: &View<'_>, language: Language) -> Vec<String> {
    let attribution = &view.turn.attribution;
    let mut out = Vec::new();
    if let Some((from, to, share)) = situation::greatest_crossing(view) {
        let share = percent(share, 0);
        out.push(match language {
            Language::Zh => format!("最大跨界贡献：{} → {}，占 PM2.5 模拟值 {share}", from.zh, to.zh),
            Language::En => format!("greatest crossing: {} to {}, {share} of modelled PM2.5", from.en, to.en),
        });
    }
    let skill: Vec<String> = ["persistence", "footprint", "advected"]
        .iter()
        .filter_map(|id| attribution.skill.iter().find(|s| s.model == *id))
        .map(|s| {
            let name = super::words::model(&s.model);
            let name = language.pick(&name.zh, &name.en).to_lowercase();
            format!("{name} {}", fixed(s.correlation, 2))
        })
        .collect();
    if !skill.is_empty() {
        out.push(format!("{}{}", language.pick("日均值相关系数：", "daily correlation: "), skill.join(", ")));
    }
    if !attribution.bands.is_empty() {
        let count = |verdict: &str| attribution.bands.iter().filter(|b| b.verdict == verdict).count();
        let (inside, overlaps, outside) = (count("inside"), count("overlaps"), count("outside"));
        out.push(match language {
            Language::Zh => format!("与已发表份额相比：{inside} 项在内，{overlaps} 项区间相交，{outside} 项在外"),
            Language::En => format!("beside published shares: {inside} inside, {overlaps} overlap, {outside} outside"),
        });
    }
    out
}

fn plan(view: &View<'_>, language: Language) -> Vec<String> {
    let Some(plans) = &view.turn.plans else { return Vec::new() };
    let joint = &plans.joint;
    let reached = joint.targets.iter().filter(|t| met(t)).count();
    let (all, cost) = (joint.targets.len(), money(joint.cost));
    let mut out = vec![match language {
        Language::Zh => format!("联合方案每年 {}，{all} 个目标达到 {reached} 个", cost.zh),
        Language::En => format!("joint plan {} a year, {reached} of {all} targets met", cost.en),
    }];
    let unable = plans.alone.iter().filter(|p| p.status == "infeasible").count();
    let alone = money(plans.alone.iter().map(|p| p.cost).sum());
    if !plans.alone.is_empty() {
        out.push(match language {
            Language::Zh => format!("各自单独合计每年 {}，{unable} 个成员单独无法达标", alone.zh),
            Language::En => format!("each alone {} a year together; {unable} cannot reach their targets", alone.en),
        });
    }
    out
}

fn act(view: &View<'_>, language: Language) -> Vec<String> {
    let orders = &view.turn.orders;
    if orders.orders.is_empty() {
        return Vec::new();
    }
    let count = orders.orders.len();
    let effect = orders.expected.map(|(mean, error)| {
        format!("{} ± {} µg/m³", fixed(in_unit(mean, "ug/m3"), 1), fixed(in_unit(error, "ug/m3"), 1))
    });
    let effect = effect.unwrap_or_else(|| "–".into());
    vec![match language {
        Language::Zh => format!("{count} 条指令，PM2.5 预期变化 {effect}"),
        Language::En => format!("{count} orders, expected change of PM2.5 {effect}"),
    }]
}

fn verify(view: &View<'_>, language: Language) -> Vec<String> {
    let best = view.turn.verification.iter().filter_map(|c| Some((c, c.estimates.first()?)));
    best.take(2)
        .map(|(campaign, e)| {
            let detected = e.verdict == "detected";
            let word = if detected { super::words::DETECTED } else { super::words::NOT_DETECTABLE };
            let limit = e.detection_limit.map_or("–".into(), |d| percent(d.abs(), 0));
            let id = one_line(&campaign.campaign);
            match language {
                Language::Zh => format!("{id}：{}，估计 {}，可检出下限 {limit}", word.0, change(e.effect)),
                Language::En => {
                    format!("{id}: {}, estimate {}, smallest visible cut {limit}", word.1, change(e.effect))
                }
            }
        })
        .collect()
}

fn books(view: &View<'_>, language: Language) -> Option<String> {
    let b = &view.turn.balance;
    let air = b.air_deviation.map(|d| match language {
        Language::Zh => format!("大气与正向模拟相差 {} 个标准误", fixed(d, 1)),
        Language::En => format!("air {} standard errors from the forward run", fixed(d, 1)),
    });
    let river = b.river_mass_error.map(|e| match language {
        Language::Zh => format!("河网质量误差 {}", significant(e, 1)),
        Language::En => format!("river mass error {}", significant(e, 1)),
    });
    let parts: Vec<String> = [air, river].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(language.pick("，", "; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_at_most_24_lines_of_80_columns_in_both_languages() {
        let example = crate::report::example::example();
        let view = example.view();
        for language in [Language::Zh, Language::En] {
            let text = screen(&view, language, Path::new("out/x"), 20);
            assert!(text.lines().count() <= LINES);
            assert!(text.lines().all(|line| line.width() <= COLUMNS), "{text}");
        }
    }

    #[test]
    fn a_long_chinese_line_is_cut_at_a_whole_character() {
        let line = cut(&"联".repeat(60));
        assert_eq!(line.width(), COLUMNS - 1);
        assert!(line.ends_with('…'));
    }
}
