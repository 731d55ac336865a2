//! One screen for the terminal: what each verb found, in at most 30 lines of 80 columns.
//!
//! No line is cut: what is too long goes on beneath. A share of origin stands as a range, a figure of screening quality with
//! its half and double, a campaign as a word with its placebo intervals and never as a percentage alone.

use super::html::{by_two, change, fixed, money, percent, percents, significant};
use super::orders::orders_in_short;
use super::plan::alone_together;
use super::{Name, View, met, origins};
use crate::manners::{Language, one_line};
use crate::output::number::in_unit;
use liankong_engine::cycle::{VERBS, Verb};
use liankong_engine::observe::Flag;
use liankong_engine::region::event::Origin;
use liankong_engine::verify::CampaignEffect;
use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const COLUMNS: usize = 80;
const MARGIN: usize = 11;
/// Campaigns that have a place on the screen; the report has all.
const CAMPAIGNS: usize = 2;

/// The summary, without a newline at its end.
pub fn screen(view: &View<'_>, language: Language, out: &Path, files: usize) -> String {
    let settings = &view.case.settings;
    let say = |zh: &str, en: &str| language.pick(zh, en).to_string();
    let (air, water) = view.periods();
    let mut title = one_line(language.pick(&settings.name_zh, &settings.name_en));
    for (zh, en, period) in [("大气", "air", air), ("水", "water", water)] {
        if let Some(period) = period {
            title.push_str(&format!("  {} {} – {}", language.pick(zh, en), period.0, period.1));
        }
    }
    let mut lines = wrapped("", &title, 0);
    if view.screening() {
        let means = say(
            "筛查级：只说明方向和数量级；单项数字按乘除 2 倍理解",
            "SCREENING: directions and orders of magnitude; single figures ×/÷ 2",
        );
        lines.extend(row(&say("质量", "quality"), &means));
    }
    let verb_word = |verb: Verb| VERBS.iter().find(|v| v.0 == verb).map_or("", |(_, id, zh)| language.pick(zh, id));
    for (verb, found) in [
        (Verb::Observe, observe(view, language)),
        (Verb::Assess, assess(view, language)),
        (Verb::Attribute, attribute(view, language)),
        (Verb::Plan, plan(view, language)),
        (Verb::Act, act(view, language)),
        (Verb::Verify, verify(view, language)),
    ] {
        for (i, text) in found.iter().enumerate() {
            lines.extend(row(if i == 0 { verb_word(verb) } else { "" }, text));
        }
    }
    for (i, text) in books(view, language).iter().enumerate() {
        lines.extend(row(&if i == 0 { say("账目", "books") } else { String::new() }, text));
    }
    let folder = one_line(&out.display().to_string());
    let written = match language {
        Language::Zh => format!("{folder}：{files} 个文件，先看 report.html"),
        Language::En => format!("{folder}: {files} files; begin with report.html"),
    };
    lines.extend(row(&say("写出", "written"), &written));
    lines.join("\n")
}

/// A word in the margin and what it says.
fn row(word: &str, text: &str) -> Vec<String> {
    wrapped(&format!("  {word}{}", " ".repeat(MARGIN.saturating_sub(word.width()))), text, MARGIN + 2)
}

/// Text after a beginning, no wider than the screen, what is left over beneath it. A Chinese character takes two columns;
/// a line breaks at a space or after a Chinese character or mark, and inside a word only where a word fills a whole line.
fn wrapped(begin: &str, text: &str, margin: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = begin.to_string();
    let mut rest = text.replace('\u{a0}', " ");
    loop {
        let room = COLUMNS - line.width();
        if rest.width() <= room {
            lines.push(line + &rest);
            return lines;
        }
        let (mut width, mut fits, mut good) = (0, 0, 0);
        for (at, c) in rest.char_indices() {
            width += c.width().unwrap_or(0);
            if width > room {
                break;
            }
            fits = at + c.len_utf8();
            let next = rest[fits..].chars().next();
            // A percent sign stays with its number, a mark with what it closes.
            let bound = next.is_some_and(|n| "%，。；：、）".contains(n));
            if !bound && (c == ' ' || "，。；：、".contains(c)) {
                good = fits;
            }
        }
        let cut = if good > 0 { good } else { fits.max(1) };
        let (head, tail) = rest.split_at(cut);
        lines.push(line + head.trim_end());
        rest = tail.trim_start().to_string();
        line = " ".repeat(margin);
    }
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
            Language::Zh => format!("PM2.5 均值 {mean} µg/m³，优良天数 {good}，重污染 {heavy}（站点·日）"),
            Language::En => format!("PM2.5 mean {mean} µg/m³; station-days: good {good}, heavily polluted {heavy}"),
        });
    }
    if s.section_months > 0 {
        let (good, bad) = (share(s.class_1_to_3, s.section_months), share(s.worse_than_5, s.section_months));
        out.push(match language {
            Language::Zh => format!("水质 I–III 类 {good}，劣 V 类 {bad}（断面·月）"),
            Language::En => format!("water of class I to III {good}, worse than V {bad} of section-months"),
        });
    }
    out
}

fn attribute(view: &View<'_>, language: Language) -> Vec<String> {
    let mut out = crossings(view, language);
    out.extend(skill(view, language));
    out.extend(shares(view, language));
    out
}

/// The greatest crossing in each medium.
fn crossings(view: &View<'_>, language: Language) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(cell) = origins::greatest_crossing(view) {
        let (from, to) = (view.member(&cell.from), view.member(&cell.to));
        let (low, high) = by_two(cell.share);
        let range = percents(low, high.min(1.0));
        out.push(match language {
            Language::Zh => format!("最大跨界（大气）：{} → {}，占 PM2.5 模拟值 {range}", from.zh, to.zh),
            Language::En => format!("most by air: {} to {}, {range} of PM2.5", from.en, to.en),
        });
    }
    if let Some(cell) = origins::greatest_by_river(view) {
        let (from, to, pollutant) = (view.member(&cell.from), view.member(&cell.to), &cell.pollutant);
        let (low, high) = by_two(cell.share);
        let range = percents(low, high.min(1.0));
        out.push(match language {
            Language::Zh => format!("最大跨界（河流）：{} → {}，占断面 {pollutant} 模拟值 {range}", from.zh, to.zh),
            Language::En => format!("most by river: {} to {}, {range} of {pollutant}", from.en, to.en),
        });
    }
    out
}

/// The models beside the naive ones, a small table.
fn skill(view: &View<'_>, language: Language) -> Vec<String> {
    let skill = &view.turn.attribution.skill;
    let Some(first) = skill.first() else { return Vec::new() };
    let columns = |name: &str, cells: [&str; 4]| {
        let right = |text: &str, wide: usize| format!("{}{text}", " ".repeat(wide.saturating_sub(text.width())));
        let left = format!("{name}{}", " ".repeat(30usize.saturating_sub(name.width())));
        format!("{left}{}{}{}{}", right(cells[0], 6), right(cells[1], 10), right(cells[2], 8), right(cells[3], 8))
    };
    let n = fixed(first.days as f64, 0);
    let head = match language {
        Language::Zh => columns(&format!("模型对实测 n={n}，µg/m³"), ["r", "逐站 r", "偏差", "RMSE"]),
        Language::En => columns(&format!("models, n={n}, µg/m³"), ["r", "by site", "bias", "RMSE"]),
    };
    let mut out = vec![head];
    for s in skill {
        let name = super::words::model(&s.model);
        out.push(columns(
            &format!("  {}", language.pick(&name.zh, &name.en.to_lowercase())),
            [
                &fixed(s.correlation, 2),
                &s.correlation_by_station.map_or("–".into(), |r| fixed(r, 2)),
                &fixed(in_unit(s.bias, "ug/m3"), 1),
                &fixed(in_unit(s.rmse, "ug/m3"), 1),
            ],
        ));
    }
    if let Some(super::words::Words(zh, en)) = view.fitted() {
        out.push(format!("  {}", language.pick(zh, en)));
        let origin = view.origins.iter().find(|(file, _)| file == "air_model.csv");
        out.extend(origin.map(|(_, source)| format!("  ({})", one_line(source))));
    }
    out
}

/// Shares of origin at the station in focus as ranges, and how all stand beside the published ones.
fn shares(view: &View<'_>, language: Language) -> Vec<String> {
    let attribution = &view.turn.attribution;
    let mut out = Vec::new();
    let of_focus = |origin| {
        let focus = view.station_in_focus()?;
        let share = attribution.shares.iter().find(|s| s.receptor == focus && s.origin == origin)?;
        Some(percents(share.low, share.high))
    };
    let parts = (of_focus(Origin::Local), of_focus(Origin::Region), of_focus(Origin::Outside));
    if let (Some(local), Some(region), Some(outside)) = parts {
        let Name { zh, en } = view.receptor(view.station_in_focus().unwrap_or_default());
        out.push(match language {
            Language::Zh => format!("{zh} PM2.5：本地 {local}，区域内其他 {region}，区域外 {outside}"),
            Language::En => format!("{en} PM2.5: local {local}, other members {region}, outside {outside}"),
        });
    }
    if !attribution.bands.is_empty() {
        let count = |verdict: &str| attribution.bands.iter().filter(|b| b.verdict == verdict).count();
        let (inside, overlaps, outside) = (count("inside"), count("overlaps"), count("outside"));
        out.push(match language {
            Language::Zh => format!("对照已发表份额：{inside} 项在内，{overlaps} 项区间相交，{outside} 项在外"),
            Language::En => {
                format!("beside published shares: {inside} inside, {overlaps} ranges meet, {outside} outside")
            }
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
        Language::Zh => format!("联合：每年 {}，{all} 个目标达到 {reached} 个", cost.zh),
        Language::En => format!("joint: {} a year, {reached} of {all} targets met", cost.en),
    }];
    if !plans.alone.is_empty() {
        let (cost, reached, all, unable) = alone_together(view);
        let cost = money(cost);
        out.push(match (language, unable) {
            (Language::Zh, 0) => format!("各自单独：每年 {}，{all} 个目标达到 {reached} 个", cost.zh),
            (Language::En, 0) => format!("alone: {} a year, {reached} of {all} targets met", cost.en),
            (Language::Zh, n) => {
                format!("各自单独：每年 {}，{all} 个目标达到 {reached} 个，{n} 个成员无法达标", cost.zh)
            }
            (Language::En, n) => {
                format!("alone: {} a year, {reached} of {all} met; {n} members fall short", cost.en)
            }
        });
    }
    out
}

fn act(view: &View<'_>, language: Language) -> Vec<String> {
    let orders = &view.turn.orders;
    if orders.orders.is_empty() {
        return Vec::new();
    }
    let (must, should, first, last) = orders_in_short(view);
    let count = must + should;
    let mut out = vec![match language {
        Language::Zh => format!("{count} 条指令（必须 {must}，应当 {should}），首末小时 {first} 至 {last}"),
        Language::En => format!("{count} orders: {must} must, {should} should; hours {first} to {last}"),
    }];
    if let Some((mean, _)) = orders.expected {
        let (low, high) = by_two(in_unit(mean, "ug/m3"));
        let (low, high) = (significant(low, 2), significant(high, 2));
        let Name { zh, en } = orders.receptor.as_deref().map_or(Name::same(""), |id| view.receptor(id));
        out.push(match language {
            Language::Zh => format!("{zh} PM2.5 预期变化 {low} 至 {high} µg/m³"),
            Language::En => format!("expected change of PM2.5 at {en}: {low} to {high} µg/m³"),
        });
    }
    out
}

fn verify(view: &View<'_>, language: Language) -> Vec<String> {
    view.turn.verification.iter().take(CAMPAIGNS).flat_map(|c| campaign(view, c, language)).collect()
}

/// One campaign: the verdict with what could have been seen, then the estimates beside the placebos of the first method.
fn campaign(view: &View<'_>, campaign: &CampaignEffect, language: Language) -> Vec<String> {
    // By its name where there is room for it.
    let known = view.case.campaigns.iter().find(|c| c.id == campaign.campaign);
    let name = known.map(|c| language.pick(&c.name_zh, &c.name_en)).filter(|n| !n.is_empty() && n.width() <= 20);
    let id = one_line(name.unwrap_or(&campaign.campaign));
    let Some(first) = campaign.estimates.first() else {
        return vec![match language {
            Language::Zh => format!("{id}：无法估计效果，什么也不能说"),
            Language::En => format!("{id}: no effect can be estimated, and nothing can be said"),
        }];
    };
    let found = campaign.estimates.iter().any(|e| e.verdict == "detected");
    let word = if found { super::words::DETECTED } else { super::words::NOT_DETECTABLE };
    let limits = super::proof::detection_limits(campaign).map_or("–".into(), |(low, high)| percents(low, high));
    let effects = || campaign.estimates.iter().map(|e| e.effect);
    let (least, most) = (effects().fold(f64::INFINITY, f64::min), effects().fold(f64::NEG_INFINITY, f64::max));
    // `−17 to +20 %`
    let range = |(a, b): (f64, f64)| {
        format!("{}{}{}", change(a).trim_end_matches("\u{a0}%"), language.pick(" 至 ", " to "), change(b))
    };
    let mut out = vec![match language {
        Language::Zh => format!("{id}：{}；检测限 {limits}", word.0),
        Language::En => format!("{id}: {}; detection limit {limits}", word.1),
    }];
    let (n, estimates) = (campaign.estimates.len(), range((least, most)));
    out.push(match language {
        Language::Zh => format!("{n} 种估计 {estimates}；安慰剂（{}）：", super::words::method(&first.method).zh),
        Language::En => {
            let method = super::words::method(&first.method).en.to_lowercase();
            format!("{n} estimates {estimates}; placebos ({method}):")
        }
    });
    let sets = [
        ("其他城市", "other cities", first.placebo_cities, first.rank),
        ("其他时段", "other times", first.placebo_time, first.rank_time),
    ];
    let placebos: Vec<String> = sets
        .iter()
        .filter_map(|(zh, en, interval, rank)| {
            let (interval, (rank, all)) = (range((*interval)?), (*rank)?);
            Some(match language {
                Language::Zh => format!("{zh} {interval}，名次 {rank}/{all}"),
                Language::En => format!("{en} {interval}, rank {rank}/{all}"),
            })
        })
        .collect();
    out.extend(placebos.iter().map(|p| format!("  {p}")));
    out
}

fn books(view: &View<'_>, language: Language) -> Vec<String> {
    let b = &view.turn.balance;
    let air = b.air_deviation.map(|d| match language {
        Language::Zh => format!("大气：贡献账与独立正向模拟相差 {} 个标准误", fixed(d, 1)),
        Language::En => format!("air: ledger and independent forward run {} standard errors apart", fixed(d, 1)),
    });
    let river = b.river_forward_error.zip(b.river_mass_error).map(|(forward, mass)| {
        let (forward, mass) = (significant(forward, 1), significant(mass, 1));
        match language {
            Language::Zh => format!("河网：足迹与正向模拟相对差 {forward}，质量误差 {mass}"),
            Language::En => format!("river: footprint against forward {forward}, mass error {mass}"),
        }
    });
    [air, river].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_at_most_30_lines_of_80_columns_and_nothing_is_cut_in_both_languages() {
        let example = crate::report::example::example();
        let view = example.view();
        for language in [Language::Zh, Language::En] {
            let text = screen(&view, language, Path::new("out/x"), 20);
            assert!(text.lines().count() <= 30, "{text}");
            assert!(text.lines().all(|line| line.width() <= COLUMNS), "{text}");
            assert!(!text.contains('…'), "{text}");
        }
    }

    #[test]
    fn a_long_line_goes_on_beneath_and_loses_nothing() {
        let chinese = "联".repeat(60);
        let lines = wrapped("  ", &chinese, 2);
        assert!(lines.iter().all(|line| line.width() <= COLUMNS));
        assert_eq!(lines.concat().replace(' ', ""), chinese);
        let english = "a good many words ".repeat(12);
        let lines = wrapped("", english.trim(), 4);
        assert!(lines.iter().all(|line| line.width() <= COLUMNS && !line.ends_with(' ')));
        assert_eq!(lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), english.trim());
        // The sign of a number that ends a line goes with it.
        let text = format!("{} 12 %", "x".repeat(76));
        assert_eq!(wrapped("", &text, 0)[1], "12 %");
    }
}
