//! Chapter of the report: how the daily models stand beside the measurements.

use super::charts::{self, Line};
use super::html::{Html, Said, behind, both, escape, fixed, table, two};
use super::reference::Rows;
use super::{Name, View, words};
use crate::output::number::in_unit;
use crate::output::tables::Clock;
use liankong_engine::attribute::{DailyComparison, Skill};

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
    let (mut key, mut listed) = (String::new(), String::new());
    for id in stations_to_show(view) {
        let days: Vec<&DailyComparison> = attribution.daily.iter().filter(|d| d.station == id).collect();
        let labels: Vec<String> =
            days.iter().map(|d| d.day.start.date(zone).get(5..).unwrap_or_default().to_string()).collect();
        let printed = |v: Option<f64>| v.map(|v| in_unit(v, "ug/m3"));
        let mut drawn = vec![Line {
            name: words::MEASURED.into(),
            colour: "#20262b",
            dash: "",
            values: days.iter().map(|d| printed(d.measured)).collect(),
        }];
        let mut columns = vec!["measured"];
        // Told apart by their dashes too: measured is whole.
        for (model, colour, dash) in [("footprint", "#b0562f", "7 2 1.5 2"), ("advected", "#2f6f8f", "4 3")] {
            let values: Vec<Option<f64>> =
                days.iter().map(|d| printed(d.models.iter().find(|m| m.0 == model).and_then(|m| m.1))).collect();
            if values.iter().any(Option::is_some) {
                columns.push(model);
                drawn.push(Line { name: words::model(model), colour, dash, values });
            }
        }
        key = charts::key(&drawn);
        out.push_str(&charts::lines(&Said::new(view.receptor(id), course(&drawn)), &labels, &drawn, view.screening()));
        listed.push_str(&behind(view.receptor(id), false, &day_by_day(view, &days, &columns, &drawn)));
    }
    if !out.is_empty() {
        let figure = format!(
            "<figure class=\"stacked\"><figcaption>{} {key}</figcaption><div class=\"stack\">{out}</div></figure>{listed}",
            both(words::DAILY)
        );
        out = view.sourced(&["daily_pm25.csv"], &figure);
    }
    let rows: Vec<Vec<String>> = attribution
        .skill
        .iter()
        .map(|s| {
            let rows = Rows::of("skill.csv").with("model", &s.model);
            vec![
                both(words::model(&s.model)),
                rows.whole("days", s.days),
                rows.fixed("correlation", s.correlation, 2),
                rows.maybe("correlation_by_station", s.correlation_by_station, 2),
                rows.fixed("bias", in_unit(s.bias, "ug/m3"), 1),
                rmse(s),
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
        out.push_str(&view.sourced(&["skill.csv"], &table(&head.map(both), &rows)));
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
fn basis(view: &View<'_>, skill: &Skill) -> String {
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
    let list = |of: &[&Skill]| {
        let zh: Vec<String> =
            of.iter().map(|s| format!("{}（{}）", Html::of(words::model(&s.model)).zh, rmse(s))).collect();
        let en: Vec<String> = of
            .iter()
            .map(|s| format!("{} ({})", Html::of(words::model(&s.model)).en.to_lowercase(), rmse(s)))
            .collect();
        (zh.join("、"), en.join(", "))
    };
    let (name, (better_zh, better_en), (worse_zh, worse_en)) = (Html::of(words::model(id)), list(&beaten), list(&not));
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
    Some(Html::new(zh + "。", en + ". ").shown())
}

/// The RMSE of a model, µg/m³.
fn rmse(skill: &Skill) -> String {
    Rows::of("skill.csv").with("model", &skill.model).fixed("rmse", in_unit(skill.rmse, "ug/m3"), 1)
}

/// The table behind one station's lines.
fn day_by_day(view: &View<'_>, days: &[&DailyComparison], columns: &[&str], lines: &[Line]) -> String {
    let clock = Clock(view.case.settings.utc_offset_s);
    let mut head = vec![both(words::DAY)];
    head.extend(lines.iter().map(|line| both(line.name.clone())));
    let row = |(i, day): (usize, &&DailyComparison)| {
        let time = clock.time(day.day.start);
        let rows = Rows::of("daily_pm25.csv").with("station", &day.station).with("time", &time);
        let mut cells = vec![time.get(..10).unwrap_or(&time).to_string()];
        let values = lines.iter().zip(columns);
        cells.extend(values.map(|(line, column)| rows.maybe(column, line.values.get(i).copied().flatten(), 0)));
        cells
    };
    table(&head, &days.iter().enumerate().map(row).collect::<Vec<_>>())
}
