//! Sections of the page: what the air and water are like, and how models stand beside measurements.

use super::charts::{self, Line};
use super::html::{Said, both, by_two, escape, fixed, map_figure, maybe, percent, percents, table, two};
use super::map::{self, Projection};
use super::{Name, View, met, words};
use crate::output::number::in_unit;
use liankong_engine::cycle::Verb;
use liankong_engine::region::Medium;
use std::collections::BTreeMap;

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "–".into() } else { percent(part as f64 / whole as f64, 0) }
}

/// The region and its members.
pub fn situation(view: &View<'_>, plane: Option<&Projection>) -> String {
    let mut out = String::new();
    if let Some(svg) = plane.and_then(|p| map::pm25(view, p)) {
        out.push_str(&format!(
            "<h3>{}</h3>{}",
            both(words::MAP_PM25),
            map_figure(&svg, &format!("{} · {}", both(words::MEAN_PM25), map_note(view)))
        ));
    }
    let rows: Vec<Vec<String>> = view
        .turn
        .assessment
        .situation
        .iter()
        .map(|s| {
            vec![
                both(view.member(&s.member)),
                maybe(s.pm25_mean.map(|v| in_unit(v, "ug/m3")), 0),
                fixed(s.air_days as f64, 0),
                share(s.good_days, s.air_days),
                fixed(s.heavy_days as f64, 0),
                fixed(s.section_months as f64, 0),
                share(s.class_1_to_3, s.section_months),
                share(s.worse_than_5, s.section_months),
                fixed(s.missed_target as f64, 0),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = [
            words::MEMBER,
            words::MEAN_PM25,
            words::STATION_DAYS,
            words::GOOD_DAYS,
            words::HEAVY_DAYS,
            words::SECTION_MONTHS,
            words::CLASS_1_3,
            words::WORSE_5,
            words::MISSED_TARGET,
        ];
        out.push_str(&table(&head.map(both), &rows));
        out.push_str(&format!("<p class=\"note\">{}</p>", both(words::SITUATION_NOTE)));
    }
    if let Some(svg) = plane.and_then(|p| map::rivers(view, p)) {
        out.push_str(&format!("<h3>{}</h3>{}", both(words::RIVER_MAP), map_figure(&svg, &both(words::RIVER_MAP_NOTE))));
    }
    if view.until < Verb::Assess { String::new() } else { out }
}

fn map_note(view: &View<'_>) -> String {
    let approval = &view.case.settings.map_approval;
    let number = if approval.is_empty() {
        String::new()
    } else {
        format!(" {}: {}", both(words::MAP_APPROVAL), super::html::escape(approval))
    };
    format!("{}{number}", both(words::MAP_NOTE))
}

/// One station for each top-level member, the one in focus first.
fn stations_to_show<'a>(view: &View<'a>) -> Vec<&'a str> {
    let daily = &view.turn.attribution.daily;
    let known = |id: &str| daily.iter().any(|d| d.station == id);
    let mut shown: Vec<&str> = view.station_in_focus().into_iter().filter(|id| known(id)).collect();
    let mut tops: Vec<&str> = Vec::new();
    for station in view.case.stations.iter().filter(|s| known(&s.id)) {
        let top = view.case.top(&station.member);
        if !tops.contains(&top) && !shown.contains(&station.id.as_str()) {
            tops.push(top);
            shown.push(&station.id);
        }
    }
    shown.truncate(4);
    shown
}

/// Daily series, measured and modelled, and the skill of each model.
pub fn skill(view: &View<'_>) -> String {
    let attribution = &view.turn.attribution;
    if attribution.skill.is_empty() && attribution.daily.is_empty() {
        return String::new();
    }
    let zone = view.case.settings.utc_offset_s;
    let mut out = String::new();
    let mut key = String::new();
    for id in stations_to_show(view) {
        let days: Vec<_> = attribution.daily.iter().filter(|d| d.station == id).collect();
        let labels: Vec<String> =
            days.iter().map(|d| d.day.start.date(zone).get(5..).unwrap_or_default().to_string()).collect();
        let printed = |v: Option<f64>| v.map(|v| in_unit(v, "ug/m3"));
        let mut drawn = vec![Line {
            name: words::MEASURED.into(),
            colour: "#20262b",
            dash: "",
            values: days.iter().map(|d| printed(d.measured)).collect(),
        }];
        for (model, colour, dash) in [("footprint", "#b0562f", ""), ("advected", "#2f6f8f", "5 3")] {
            let values: Vec<Option<f64>> =
                days.iter().map(|d| printed(d.models.iter().find(|m| m.0 == model).and_then(|m| m.1))).collect();
            if values.iter().any(Option::is_some) {
                drawn.push(Line { name: words::model(model), colour, dash, values });
            }
        }
        key = charts::key(&drawn);
        out.push_str(&charts::lines(&Said::new(view.receptor(id), course(&drawn)), &labels, &drawn, view.screening()));
    }
    if !out.is_empty() {
        out = format!(
            "<figure class=\"stacked\"><figcaption>{} {key}</figcaption><div class=\"stack\">{out}</div></figure>",
            both(words::DAILY)
        );
    }
    let rows: Vec<Vec<String>> = attribution
        .skill
        .iter()
        .map(|s| {
            vec![
                both(words::model(&s.model)),
                fixed(s.days as f64, 0),
                fixed(s.correlation, 2),
                maybe(s.correlation_by_station, 2),
                fixed(in_unit(s.bias, "ug/m3"), 1),
                fixed(in_unit(s.rmse, "ug/m3"), 1),
                format!("<span class=\"text\">{}</span>", basis(view, s)),
            ]
        })
        .collect();
    let head = [
        words::MODEL,
        words::SCORED,
        words::CORRELATION,
        words::CORRELATION_TIME,
        words::BIAS,
        words::RMSE,
        words::BASIS,
    ];
    if !rows.is_empty() {
        out.push_str(&table(&head.map(both), &rows));
        let beaten: String = ["footprint", "advected"].iter().filter_map(|m| beside_the_naive(view, m)).collect();
        let fitted = view.fitted().map_or_else(String::new, |words::Words(zh, en)| {
            two(format!("足迹模型与平流模型的{zh}。"), format!(" Footprint and advected: {en}."))
        });
        out.push_str(&format!("<p>{beaten}</p><p class=\"note\">{}<b>{fitted}</b></p>", both(words::SKILL_NOTE)));
    }
    let said = |(file, source): &(String, String)| format!("<li>{} {}</li>", escape(file), escape(source));
    let sources: String = view.origins.iter().map(said).collect();
    if !sources.is_empty() {
        out.push_str(&format!(
            "<details><summary>{}</summary><ul>{sources}</ul></details>",
            both(words::SKILL_SOURCES)
        ));
    }
    out
}

/// Mean and greatest value of each line, in words.
fn course(lines: &[Line]) -> Name {
    let said = |line: &Line| {
        let values: Vec<f64> = line.values.iter().flatten().copied().collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        (fixed(mean, 0), fixed(values.iter().copied().fold(0.0, f64::max), 0))
    };
    let list = |of: fn(&Name) -> &str, mean: &str, most: &str| {
        let one = |l: &Line| {
            let (m, x) = said(l);
            format!("{} {mean} {m}, {most} {x} µg/m³", of(&l.name))
        };
        lines.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    Name::new(list(|n| &n.zh, "均值", "最大"), list(|n| &n.en, "mean", "greatest"))
}

/// Where a model's coefficients come from.
fn basis(view: &View<'_>, skill: &liankong_engine::attribute::Skill) -> String {
    match (skill.basis.as_str(), view.fitted()) {
        ("air_model.csv", Some(words::SKILL_INVENTED)) => two("虚构 air_model.csv", "invented, air_model.csv"),
        (basis, _) => both(words::basis(&skill.model, basis)),
    }
}

/// Which of the naive models a model beats by its RMSE, and which it does not.
fn beside_the_naive(view: &View<'_>, id: &str) -> Option<String> {
    let skill = &view.turn.attribution.skill;
    let mine = skill.iter().find(|s| s.model == id)?;
    let naive = ["climatology", "persistence", "damped_persistence"];
    let (beaten, not): (Vec<_>, Vec<_>) =
        skill.iter().filter(|s| naive.contains(&s.model.as_str())).partition(|s| mine.rmse < s.rmse);
    let rmse = |s: &liankong_engine::attribute::Skill| fixed(in_unit(s.rmse, "ug/m3"), 1);
    let list = |of: &[&liankong_engine::attribute::Skill]| {
        let zh: Vec<String> = of.iter().map(|s| format!("{}（{}）", words::model(&s.model).zh, rmse(s))).collect();
        let en: Vec<String> =
            of.iter().map(|s| format!("{} ({})", words::model(&s.model).en.to_lowercase(), rmse(s))).collect();
        (zh.join("、"), en.join(", "))
    };
    let (name, (better_zh, better_en), (worse_zh, worse_en)) = (words::model(id), list(&beaten), list(&not));
    let (mut zh, mut en) =
        (format!("{}的均方根误差 {}", name.zh, rmse(mine)), format!("{}: RMSE {}", name.en, rmse(mine)));
    if !beaten.is_empty() {
        zh.push_str(&format!("，小于{better_zh}"));
        en.push_str(&format!(", below {better_en}"));
    }
    if !not.is_empty() {
        zh.push_str(&format!("，不小于{worse_zh}"));
        en.push_str(&format!(", not below {worse_en}"));
    }
    Some(two(zh + "。", en + ". "))
}

/// The figures at the head of the page: a number and what it is.
pub fn at_a_glance(view: &View<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(region) = view.turn.assessment.situation.first() {
        if let Some(mean) = region.pm25_mean {
            out.push((fixed(in_unit(mean, "ug/m3"), 0), both(words::MEAN_PM25)));
        }
        if region.air_days > 0 {
            out.push((share(region.good_days, region.air_days), both(words::GOOD_DAYS)));
        }
        if region.section_months > 0 {
            out.push((share(region.class_1_to_3, region.section_months), both(words::CLASS_1_3)));
        }
    }
    if let Some((from, to, share)) = greatest_crossing(view) {
        let words = two(
            format!("{}的 PM2.5 模拟值中来自{}的份额（乘除 2 倍的范围）", to.zh, from.zh),
            format!("of modelled PM2.5 in {} comes from {} (times or divided by 2)", to.en, from.en),
        );
        let (low, high) = by_two(share);
        out.push((percents(low, high.min(1.0)), words));
    }
    if let Some(plans) = &view.turn.plans {
        let (all, reached) = (plans.joint.targets.len(), plans.joint.targets.iter().filter(|t| met(t)).count());
        let said = match all {
            0 => both(words::NO_TARGETS),
            _ => two(
                format!("联合方案年成本，{all} 个目标达到 {reached} 个"),
                format!("a year for the joint plan; {reached} of {all} targets met"),
            ),
        };
        out.push((both(super::html::money(plans.joint.cost)), said));
    }
    if let Some(campaign) = view.turn.verification.first().filter(|c| !c.estimates.is_empty()) {
        // A word and the detection limit; a percentage at the head of a page would be quoted without its interval.
        let found = campaign.estimates.iter().any(|e| e.verdict == "detected");
        let said = if found { words::DETECTED } else { words::NOT_DETECTABLE };
        let what = match super::proof::detection_limits(campaign) {
            Some((low, high)) => two(
                format!("活动的效果（扣除天气）；降幅不到 {} 的，本法看不见", percents(low, high)),
                format!("effect of the campaign, net of weather; a cut below {} cannot be seen", percents(low, high)),
            ),
            None => two("活动的效果（扣除天气）", "effect of the campaign, net of weather"),
        };
        out.push((both(said), what));
    }
    out
}

/// The greatest share of one member in another's PM2.5.
pub fn greatest_crossing(view: &View<'_>) -> Option<(Name, Name, f64)> {
    let crossing = view.turn.attribution.matrix.iter().filter(|c| {
        c.pollutant == "PM2.5" && c.from != c.to && view.case.member(&c.from).is_some() && c.share.is_finite()
    });
    let most = crossing.max_by(|a, b| a.share.total_cmp(&b.share))?;
    Some((view.member(&most.from), view.member(&most.to), most.share))
}

/// The greatest share of one member in what the rivers bring to another's sections, of what is measured there.
pub fn greatest_by_river(view: &View<'_>) -> Option<(Name, Name, String, f64)> {
    let known = |code: &str| view.case.member(code).is_some();
    let measured = |pollutant: &str| {
        let of_water = view.turn.attribution.closure.iter().filter(|c| c.medium == Medium::Water);
        of_water.filter(|c| c.pollutant == pollutant).any(|c| c.measured.is_some())
    };
    let crossing = view.turn.attribution.matrix.iter().filter(|c| {
        c.medium == Medium::Water
            && measured(&c.pollutant)
            && c.from != c.to
            && known(&c.from)
            && c.value > 0.0
            && c.share.is_finite()
    });
    let most = crossing.max_by(|a, b| a.share.total_cmp(&b.share))?;
    Some((view.member(&most.from), view.member(&most.to), most.pollutant.clone(), most.share))
}

/// How many rows of each table carry each mark, and the flags on the measurements.
pub fn data(view: &View<'_>) -> String {
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
            let mut row = vec![super::html::escape(file)];
            row.extend(marks.iter().map(|m| match counts.get(*m) {
                Some(n) if *n > 0 => fixed(*n as f64, 0),
                _ => String::new(),
            }));
            row
        })
        .collect();
    let mut out = table(&head, &rows);
    let flags: Vec<Vec<String>> = view
        .turn
        .observed
        .counts()
        .into_iter()
        .map(|((medium, flag), count)| {
            let medium = match medium {
                Medium::Air => words::AIR,
                Medium::Water => words::WATER,
            };
            let (_, _, zh, en) = liankong_engine::observe::FLAGS[flag as usize];
            let words::Words(medium_zh, medium_en) = medium;
            vec![two(format!("{medium_zh}：{zh}"), format!("{medium_en}: {en}")), fixed(count as f64, 0)]
        })
        .collect();
    if !flags.is_empty() {
        out.push_str(&format!("<h3>{}</h3>", both(words::FLAGGED)));
        out.push_str(&table(&[both(words::FLAG), both(words::ROWS)], &flags));
    }
    out
}
