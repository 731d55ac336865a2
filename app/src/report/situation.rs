//! Chapter of the report: what the air and water are like.

use super::html::{behind, both, escape, map_figure, table, two};
use super::map::{self, Projection};
use super::reference::Rows;
use super::{View, words};
use crate::output::number::in_unit;
use liankong_engine::assess::MemberSituation;
use liankong_engine::cycle::Verb;

/// The rows of a member in the table of the situation.
pub fn rows_of(member: &str) -> Rows {
    Rows::of("situation.csv").with("member", member)
}

/// A part of a whole in per cent, `–` where there is no whole.
pub fn share_of(rows: &Rows, part: (&str, usize), whole: (&str, usize)) -> String {
    let expression = format!("{}/{}", part.0, whole.0);
    match whole.1 {
        0 => rows.cite(&expression, "–"),
        n => rows.percent(&expression, part.1 as f64 / n as f64, 0),
    }
}

/// Share of station-days that are good or excellent.
pub fn good_days(s: &MemberSituation) -> String {
    share_of(&rows_of(&s.member), ("good_days", s.good_days), ("air_days", s.air_days))
}

/// Share of section-months of class I to III.
pub fn class_1_to_3(s: &MemberSituation) -> String {
    share_of(&rows_of(&s.member), ("class_1_to_3", s.class_1_to_3), ("section_months", s.section_months))
}

/// The region and its members, air and water.
pub fn situation(view: &View<'_>, plane: Option<&Projection>) -> String {
    if view.until < Verb::Assess {
        return String::new();
    }
    let mut out = air(view);
    if let Some(svg) = plane.and_then(|p| map::pm25(view, p)) {
        let caption = format!("{} · {}", both(words::MEAN_PM25), map_note(view));
        let content = map_figure(&svg, &caption) + &behind(words::BEHIND_MAP, true, &means(view));
        out.push_str(&format!("<h3>{}</h3>{}", both(words::MAP_PM25), view.sourced(&["pm25_mean.csv"], &content)));
    }
    out.push_str(&water(view));
    if let Some(svg) = plane.and_then(|p| map::rivers(view, p)) {
        let caption = format!("{} {}", both(words::RIVER_MAP_NOTE), map_note(view));
        out.push_str(&format!(
            "<h3>{}</h3>{}",
            both(words::RIVER_MAP),
            view.sourced(&["sections.csv"], &map_figure(&svg, &caption))
        ));
    }
    out.push_str(&sections(view));
    out
}

fn air(view: &View<'_>) -> String {
    let row = |s: &MemberSituation| {
        let rows = rows_of(&s.member);
        vec![
            both(view.member(&s.member)),
            rows.maybe("pm25_mean_ug_m3", s.pm25_mean.map(|v| in_unit(v, "ug/m3")), 0),
            rows.whole("air_days", s.air_days),
            rows.whole("good_days", s.good_days),
            good_days(s),
            rows.whole("heavy_days", s.heavy_days),
            share_of(&rows, ("heavy_days", s.heavy_days), ("air_days", s.air_days)),
        ]
    };
    let rows: Vec<Vec<String>> = view.turn.assessment.situation.iter().map(row).collect();
    let head = [
        words::MEMBER,
        words::MEAN_PM25,
        words::STATION_DAYS,
        words::GOOD_COUNT,
        words::GOOD_DAYS,
        words::HEAVY_DAYS,
        words::HEAVY_SHARE,
    ];
    chapter_part(view, words::AIR, &head, &rows, words::AIR_NOTE)
}

fn water(view: &View<'_>) -> String {
    let row = |s: &MemberSituation| {
        let rows = rows_of(&s.member);
        vec![
            both(view.member(&s.member)),
            rows.whole("section_months", s.section_months),
            rows.whole("class_1_to_3", s.class_1_to_3),
            class_1_to_3(s),
            rows.whole("worse_than_5", s.worse_than_5),
            share_of(&rows, ("worse_than_5", s.worse_than_5), ("section_months", s.section_months)),
            rows.whole("missed_target", s.missed_target),
        ]
    };
    let rows: Vec<Vec<String>> = view.turn.assessment.situation.iter().map(row).collect();
    let head = [
        words::MEMBER,
        words::SECTION_MONTHS,
        words::COUNT_1_3,
        words::CLASS_1_3,
        words::COUNT_WORSE_5,
        words::WORSE_5,
        words::MISSED_TARGET,
    ];
    chapter_part(view, words::WATER, &head, &rows, words::WATER_NOTE)
}

fn chapter_part(
    view: &View<'_>,
    heading: words::Words,
    head: &[words::Words],
    rows: &[Vec<String>],
    note: words::Words,
) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head: Vec<String> = head.iter().copied().map(both).collect();
    format!(
        "<h3>{}</h3>{}<p class=\"note\">{}</p>",
        both(heading),
        view.sourced(&["situation.csv"], &table(&head, rows)),
        both(note)
    )
}

/// The table behind the map of PM2.5.
fn means(view: &View<'_>) -> String {
    let mut out = String::from("<ul class=\"many\">");
    for (member, mean) in view.pm25_by_member() {
        let figure =
            Rows::of("pm25_mean.csv").with("member", member).fixed("pm25_mean_ug_m3", in_unit(mean, "ug/m3"), 0);
        out.push_str(&format!("<li>{} {figure}</li>", both(view.member(member))));
    }
    out + "</ul>"
}

/// Every section: its usual class, how often its target was missed, and who answers for it.
fn sections(view: &View<'_>) -> String {
    let usual = view.usual_class();
    let chiefs = view.case.sections.iter().any(|s| !s.river_chief.is_empty());
    let row = |s: &liankong_engine::region::network::Section| {
        let rows = Rows::of("sections.csv").with("section", &s.id);
        let found = usual.get(s.id.as_str());
        let missed = view.turn.assessment.water.iter().filter(|g| g.section == s.id && g.meets_target == Some(false));
        let class = found.map_or_else(|| both(words::NO_CLASS), |(class, _)| both(map::class_in_words(Some(*class))));
        let text = |html: &str| format!("<span class=\"text\">{html}</span>");
        let mut cells = vec![
            both(view.receptor(&s.id)),
            text(&both(view.member(view.case.top(&s.member)))),
            text(&class),
            rows.whole("judged", found.map_or(0, |(_, judged)| *judged)),
            rows.whole("missed_target", missed.count()),
        ];
        if chiefs {
            cells.push(text(&escape(&s.river_chief)));
        }
        cells
    };
    let rows: Vec<Vec<String>> = view.case.sections.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut head = vec![words::SECTION, words::MEMBER, words::USUAL_CLASS, words::MONTHS_JUDGED, words::MONTHS_MISSED];
    if chiefs {
        head.push(words::RIVER_CHIEF);
    }
    let head: Vec<String> = head.into_iter().map(both).collect();
    format!(
        "<h3>{}</h3>{}",
        both(words::SECTIONS),
        view.sourced(&["sections.csv", "water_class.csv"], &table(&head, &rows))
    )
}

fn map_note(view: &View<'_>) -> String {
    let approval = &view.case.settings.map_approval;
    let number = match approval.is_empty() {
        true => both(words::NO_APPROVAL),
        false => two(approval, approval),
    };
    format!(
        "{} {}{number}",
        both(words::MAP_NOTE),
        two(format!("{}：", words::MAP_APPROVAL.0), format!("{}: ", words::MAP_APPROVAL.1))
    )
}
