//! Tables of what was measured, judged and attributed.

use super::number::{in_unit, number, optional};
use super::tables::{Clock, Table};
use crate::report::View;
use liankong_engine::cycle::Verb;
use liankong_engine::observe::Flag;
use liankong_engine::region::event::Origin;
use liankong_engine::region::pollutant::Pollutant;

/// The unit that a measured quantity is printed in; a quantity that is not in the pollutant table is left in SI.
pub fn unit_of(pollutant: &str) -> &'static str {
    Pollutant::parse(pollutant).map_or("kg/m3", |p| p.spec().unit)
}

/// `local`, `region`, `outside`.
pub fn origin_id(origin: Origin) -> &'static str {
    match origin {
        Origin::Local => "local",
        Origin::Region => "region",
        Origin::Outside => "outside",
    }
}

/// Ⅰ to Ⅴ and 劣Ⅴ for 1 to 6.
pub fn class_name(class: Option<u8>) -> &'static str {
    class.and_then(|c| ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ"].get(usize::from(c).checked_sub(1)?)).copied().unwrap_or("")
}

// Section grades of the Method for Evaluating Surface Water Quality (trial), 环办[2011]22号: I and II 优, III 良好, IV 轻度污染,
// V 中度污染, worse than V 重度污染.
fn grade(class: Option<u8>) -> &'static str {
    match class {
        Some(1 | 2) => "优",
        Some(3) => "良好",
        Some(4) => "轻度污染",
        Some(5) => "中度污染",
        Some(6) => "重度污染",
        _ => "",
    }
}

fn clock(view: &View<'_>) -> Clock {
    Clock(view.case.settings.utc_offset_s)
}

fn quality(view: &View<'_>) -> String {
    view.case.settings.quality.id().into()
}

/// Readings that are not fit for use, each with its reason.
pub fn flags(view: &View<'_>) -> Table {
    let columns = ["receptor", "time", "pollutant", "averaging", "flag", "value", "unit", "line"];
    let mut table = Table::new("flags.csv", Verb::Observe, &columns);
    for series in &view.turn.observed.series {
        let averaging = match series.averaging_s {
            0 => "month".to_string(),
            s => format!("{}h", s / 3600),
        };
        for sample in series.samples.iter().filter(|s| s.flag != Flag::Ok) {
            table.rows.push(vec![
                series.receptor.clone(),
                clock(view).time(sample.period.start),
                series.pollutant.spec().id.into(),
                averaging.clone(),
                sample.flag.id().into(),
                optional(sample.value.map(|v| series.pollutant.printed(v))),
                series.pollutant.spec().unit.into(),
                if sample.line == 0 { String::new() } else { sample.line.to_string() },
            ]);
        }
    }
    table
}

/// The air index by station and day.
pub fn air_index(view: &View<'_>) -> Table {
    let columns = ["station", "time", "index", "category", "primary", "sub_indices", "rules", "quality"];
    let mut table = Table::new("air_index.csv", Verb::Assess, &columns);
    for day in &view.turn.assessment.air {
        let primary: Vec<&str> = day.primary.iter().map(|p| p.spec().id).collect();
        let parts: Vec<String> = day.sub_indices.iter().map(|(p, i)| format!("{}:{i}", p.spec().id)).collect();
        table.rows.push(vec![
            day.station.clone(),
            clock(view).time(day.day.start),
            day.index.map(|i| i.to_string()).unwrap_or_default(),
            day.category.map(|c| c.to_string()).unwrap_or_default(),
            primary.join(";"),
            parts.join(";"),
            day.rule.into(),
            quality(view),
        ]);
    }
    table
}

/// The water class by section and period.
pub fn water_class(view: &View<'_>) -> Table {
    let columns =
        ["section", "time", "class", "worst_items", "grade", "meets_target", "rules", "quality", "river_chief"];
    let mut table = Table::new("water_class.csv", Verb::Assess, &columns);
    for grade_of in &view.turn.assessment.water {
        let worst: Vec<String> = grade_of
            .worst
            .iter()
            .map(|(p, beyond)| match *beyond > 0.0 {
                true => format!("{}({})", p.spec().id, number((beyond * 100.0).round() / 100.0)),
                false => p.spec().id.to_string(),
            })
            .collect();
        let chief = view.case.sections.iter().find(|s| s.id == grade_of.section);
        table.rows.push(vec![
            grade_of.section.clone(),
            clock(view).time(grade_of.period.start),
            class_name(grade_of.class).into(),
            worst.join(";"),
            grade(grade_of.class).into(),
            grade_of.meets_target.map(|m| m.to_string()).unwrap_or_default(),
            grade_of.rule.into(),
            quality(view),
            chief.map(|s| s.river_chief.clone()).unwrap_or_default(),
        ]);
    }
    table
}

/// The region's and its members' air and water.
pub fn situation(view: &View<'_>) -> Table {
    let columns = [
        "member",
        "air_days",
        "good_days",
        "heavy_days",
        "pm25_mean_ug_m3",
        "section_months",
        "class_1_to_3",
        "worse_than_5",
        "missed_target",
        "quality",
    ];
    let mut table = Table::new("situation.csv", Verb::Assess, &columns);
    for s in &view.turn.assessment.situation {
        table.rows.push(vec![
            s.member.clone(),
            s.air_days.to_string(),
            s.good_days.to_string(),
            s.heavy_days.to_string(),
            optional(s.pm25_mean.map(|v| in_unit(v, "ug/m3"))),
            s.section_months.to_string(),
            s.class_1_to_3.to_string(),
            s.worse_than_5.to_string(),
            s.missed_target.to_string(),
            quality(view),
        ]);
    }
    table
}

/// The contribution ledger.
pub fn ledger(view: &View<'_>) -> Table {
    let columns = [
        "medium",
        "receptor",
        "period",
        "pollutant",
        "species",
        "member",
        "city",
        "sector",
        "structure",
        "value",
        "unit",
        "share",
        "standard_error",
        "quality",
    ];
    let mut table = Table::new("ledger.csv", Verb::Attribute, &columns);
    for line in &view.turn.attribution.ledger {
        let unit = unit_of(&line.pollutant);
        table.rows.push(vec![
            line.medium.id().into(),
            line.receptor.clone(),
            clock(view).period(line.period),
            line.pollutant.clone(),
            line.species.clone(),
            line.member.clone(),
            line.city.clone(),
            line.sector.clone(),
            line.structure.clone(),
            number(in_unit(line.value, unit)),
            unit.into(),
            number(line.share),
            number(in_unit(line.standard_error, unit)),
            quality(view),
        ]);
    }
    table
}

/// How each measured mean is closed.
pub fn closure(view: &View<'_>) -> Table {
    let columns = [
        "medium",
        "receptor",
        "period",
        "pollutant",
        "measured",
        "readings",
        "from_region",
        "from_outside",
        "unexplained",
        "standard_error",
        "unit",
        "member",
        "quality",
    ];
    let mut table = Table::new("closure.csv", Verb::Attribute, &columns);
    for c in &view.turn.attribution.closure {
        let unit = unit_of(&c.pollutant);
        let printed = |v: Option<f64>| optional(v.map(|v| in_unit(v, unit)));
        table.rows.push(vec![
            c.medium.id().into(),
            c.receptor.clone(),
            clock(view).period(c.period),
            c.pollutant.clone(),
            printed(c.measured),
            c.readings.to_string(),
            printed(Some(c.from_region)),
            printed(c.from_outside),
            printed(c.unexplained),
            printed(Some(c.standard_error)),
            unit.into(),
            view.top_of_receptor(&c.receptor).unwrap_or_default().into(),
            quality(view),
        ]);
    }
    table
}

/// Member × member.
pub fn matrix(view: &View<'_>) -> Table {
    let columns =
        ["medium", "pollutant", "from", "to", "value", "unit", "share", "standard_error", "receptors", "quality"];
    let mut table = Table::new("matrix.csv", Verb::Attribute, &columns);
    for cell in &view.turn.attribution.matrix {
        let unit = unit_of(&cell.pollutant);
        table.rows.push(vec![
            cell.medium.id().into(),
            cell.pollutant.clone(),
            cell.from.clone(),
            cell.to.clone(),
            number(in_unit(cell.value, unit)),
            unit.into(),
            number(cell.share),
            number(in_unit(cell.standard_error, unit)),
            view.receptors_behind(cell).to_string(),
            quality(view),
        ]);
    }
    table
}

/// Local, regional and outside shares.
pub fn shares(view: &View<'_>) -> Table {
    let mut table =
        Table::new("shares.csv", Verb::Attribute, &["receptor", "origin", "share", "low", "high", "quality"]);
    for s in &view.turn.attribution.shares {
        table.rows.push(vec![
            s.receptor.clone(),
            origin_id(s.origin).into(),
            number(s.share),
            number(s.low),
            number(s.high),
            quality(view),
        ]);
    }
    table
}

/// Published shares beside ours.
pub fn bands(view: &View<'_>) -> Table {
    let columns = [
        "band_id",
        "receptor",
        "origin",
        "season",
        "published_low",
        "published_high",
        "ours",
        "ours_low",
        "ours_high",
        "unit",
        "verdict",
        "source",
        "quality",
    ];
    let mut table = Table::new("bands.csv", Verb::Attribute, &columns);
    for check in &view.turn.attribution.bands {
        table.rows.push(vec![
            check.band.id.clone(),
            check.receptor.clone(),
            origin_id(check.band.origin).into(),
            check.band.season.clone(),
            number(check.band.low),
            number(check.band.high),
            number(check.ours),
            number(check.ours_low),
            number(check.ours_high),
            "%".into(),
            check.verdict.into(),
            check.band.source.clone(),
            quality(view),
        ]);
    }
    table
}

/// How well the daily models meet the measurements.
pub fn skill(view: &View<'_>) -> Table {
    let columns = [
        "model",
        "days",
        "stations",
        "correlation",
        "correlation_by_station",
        "bias",
        "rmse",
        "unit",
        "basis",
        "quality",
    ];
    let mut table = Table::new("skill.csv", Verb::Attribute, &columns);
    for s in &view.turn.attribution.skill {
        table.rows.push(vec![
            s.model.clone(),
            s.days.to_string(),
            s.stations.to_string(),
            number(s.correlation),
            optional(s.correlation_by_station),
            number(in_unit(s.bias, "ug/m3")),
            number(in_unit(s.rmse, "ug/m3")),
            "ug/m3".into(),
            s.basis.clone(),
            quality(view),
        ]);
    }
    table
}

/// Every station-day, measured and by each model.
pub fn daily(view: &View<'_>) -> Table {
    let days = &view.turn.attribution.daily;
    let mut models: Vec<&str> = Vec::new();
    for (name, _) in days.iter().flat_map(|d| &d.models) {
        if !models.contains(name) {
            models.push(name);
        }
    }
    let columns: Vec<&str> =
        ["station", "time", "measured"].into_iter().chain(models.iter().copied()).chain(["unit", "quality"]).collect();
    let mut table = Table::new("daily_pm25.csv", Verb::Attribute, &columns);
    for day in days {
        let printed = |v: Option<f64>| optional(v.map(|v| in_unit(v, "ug/m3")));
        let mut row = vec![day.station.clone(), clock(view).time(day.day.start), printed(day.measured)];
        row.extend(models.iter().map(|model| printed(day.models.iter().find(|(m, _)| m == model).and_then(|m| m.1))));
        row.extend(["ug/m3".into(), quality(view)]);
        table.rows.push(row);
    }
    table
}
