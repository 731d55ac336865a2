//! What a row of measured water comes to, and where a published class differs.

use super::register::{Entry, KindFrom};
use super::water_rows::{WaterRow, class_of};
use crate::output::number::number;
use liankong_engine::assess::black_odorous::black_odorous;
use liankong_engine::assess::disagreement::{Explanation, Reason, explain};
use liankong_engine::assess::gb3838::{self, Standard, class_name, missing_core};
use liankong_engine::assess::gb3838_grading::Quality;
use liankong_engine::assess::trophic::trophic_level;
use liankong_engine::region::Pollutant;
use liankong_engine::region::network::WaterBody;
use serde::Serialize;

/// The columns of the table of classes.
pub const COLUMNS: [&str; 17] = [
    "section",
    "time",
    "class",
    "worst_items",
    "grade",
    "meets_target",
    "province",
    "kind",
    "kind_from",
    "target_class",
    "river_chief",
    "missing",
    "separate",
    "trophic",
    "black_odorous",
    "flags",
    "rules",
];

/// One row, judged.
#[derive(Serialize)]
pub struct Verdict {
    section: String,
    time: String,
    class: &'static str,
    worst_items: String,
    grade: &'static str,
    meets_target: Option<bool>,
    province: String,
    kind: WaterBody,
    kind_from: &'static str,
    target_class: &'static str,
    river_chief: String,
    /// Items of the automatic stations that the row does not report, `;` between them.
    pub missing: String,
    separate: String,
    trophic: String,
    black_odorous: &'static str,
    /// What was not fit for use.
    pub flags: String,
    rules: &'static str,
    /// Where the kind is from.
    #[serde(skip)]
    pub from: KindFrom,
    /// The class, 1 to 6.
    #[serde(skip)]
    pub number: Option<u8>,
    /// What holds for the section.
    #[serde(skip)]
    pub entry: Entry,
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<String>>().join(";")
}

/// An item with its multiple beyond the limit, where it has one.
fn with_multiple(item: Pollutant, beyond: f64) -> String {
    match beyond > 0.0 {
        true => format!("{}({})", item.spec().id, number((beyond * 100.0).round() / 100.0)),
        false => item.spec().id.to_string(),
    }
}

impl Verdict {
    /// Judges a row. Where one of the items in `need` is not there, it has no class.
    pub fn of(standard: &Standard, row: &WaterRow, entry: Entry, from: KindFrom, need: &[Pollutant]) -> Verdict {
        let values = row.si();
        let has = |item: &Pollutant| values.iter().any(|(p, _)| p == item);
        let grade = standard.grade(entry.kind, &values).filter(|_| need.iter().all(has));
        let class = grade.as_ref().map(|g| g.class);
        let missing = if values.is_empty() { Vec::new() } else { missing_core(&values) };
        let lake = entry.kind == WaterBody::Lake;
        let trophic = trophic_level(&values).filter(|_| lake);
        // Transparency and redox potential are read where water is suspected; oxygen and ammonia alone name no river so.
        let suspected = has(&Pollutant::Transparency) || has(&Pollutant::Orp);
        let black = black_odorous(&values, row.depth_m).filter(|_| suspected && !lake);
        let source_water = standard.drinking_water(&values).into_iter();
        let separate = standard.separate(entry.kind, &values).into_iter();
        Verdict {
            section: row.section.clone(),
            time: row.time.clone(),
            class: class.map_or("", class_name),
            worst_items: joined(
                grade.iter().flat_map(|g| &g.worst).map(|(item, beyond)| with_multiple(*item, *beyond)),
            ),
            grade: class.map_or("", |class| Quality::of_class(class).name_zh()),
            meets_target: class.zip(entry.target).map(|(class, target)| class <= target),
            province: row.province.clone(),
            kind: entry.kind,
            kind_from: from.id(),
            target_class: entry.target.map_or("", class_name),
            river_chief: entry.river_chief.clone(),
            missing: joined(missing.iter().map(|p| p.spec().id.to_string())),
            separate: joined(
                separate
                    .map(|(item, class)| format!("{} {}", item.spec().id, class_name(class)))
                    .chain(source_water.map(|(item, beyond)| format!("source water {}", with_multiple(item, beyond)))),
            ),
            trophic: trophic.map_or(String::new(), |t| format!("{:.1} {}", t.index, t.state.name_zh())),
            black_odorous: black.map_or("", |b| b.degree.name_zh()),
            flags: row.flags.join(";"),
            rules: gb3838::RULE,
            from,
            number: class,
            entry,
        }
    }

    /// The row of the table.
    pub fn cells(&self) -> Vec<String> {
        let kind = match self.kind {
            WaterBody::River => "river",
            WaterBody::Lake => "lake",
        };
        vec![
            self.section.clone(),
            self.time.clone(),
            self.class.into(),
            self.worst_items.clone(),
            self.grade.into(),
            self.meets_target.map(|met| met.to_string()).unwrap_or_default(),
            self.province.clone(),
            kind.into(),
            self.kind_from.into(),
            self.target_class.into(),
            self.river_chief.clone(),
            self.missing.clone(),
            self.separate.clone(),
            self.trophic.clone(),
            self.black_odorous.into(),
            self.flags.clone(),
            self.rules.into(),
        ]
    }
}

/// The columns of the table of disagreements.
pub const DISAGREEMENT: [&str; 9] =
    ["row", "section", "time", "province", "ours", "published", "item", "reason", "note"];

/// A row whose published class is not ours.
#[derive(Serialize)]
pub struct Disagreement {
    /// Line in the input.
    row: u64,
    section: String,
    time: String,
    province: String,
    ours: &'static str,
    published: &'static str,
    #[serde(flatten)]
    why: Explanation,
}

impl Disagreement {
    /// The row of the table.
    pub fn cells(&self) -> Vec<String> {
        let reason = serde_json::to_value(self.why.reason).ok();
        vec![
            self.row.to_string(),
            self.section.clone(),
            self.time.clone(),
            self.province.clone(),
            self.ours.into(),
            self.published.into(),
            self.why.item.map_or(String::new(), |p| p.spec().id.into()),
            reason.as_ref().and_then(|r| r.as_str()).unwrap_or_default().into(),
            self.why.note.clone(),
        ]
    }
}

/// Every row with a published class that is not ours, with the reason.
pub fn disagreements(standard: &Standard, rows: &[WaterRow], judged: &[Verdict]) -> Vec<Disagreement> {
    let differ = |(row, verdict): (&WaterRow, &Verdict)| {
        let published = class_of(&row.published)?;
        if verdict.number == Some(published) {
            return None;
        }
        // Where an item that was asked for is missing, the values may well make the class; then that is the reason.
        let mut why = explain(standard, verdict.kind, &row.values, published).unwrap_or_else(|| Explanation {
            reason: Reason::ItemNotReported,
            item: None,
            note: "an item that --need asks for is not in the row".into(),
        });
        if why.reason == Reason::Kind {
            let (ours, other) = follow_by_kind(standard, row, verdict.kind, rows);
            why.note += &format!(
                " (of this section's classes {ours} follow by the limits of its kind alone, {other} by the other's alone)"
            );
        }
        Some(Disagreement {
            row: row.line,
            section: row.section.clone(),
            time: row.time.clone(),
            province: row.province.clone(),
            ours: verdict.class,
            published: class_name(published),
            why,
        })
    };
    rows.iter().zip(judged).filter_map(differ).collect()
}

/// How many published classes of a row's section follow by the limits of one kind of water and not of the other.
fn follow_by_kind(standard: &Standard, of: &WaterRow, kind: WaterBody, rows: &[WaterRow]) -> (usize, usize) {
    let other = match kind {
        WaterBody::River => WaterBody::Lake,
        WaterBody::Lake => WaterBody::River,
    };
    let mut counts = (0, 0);
    for row in rows.iter().filter(|r| r.section == of.section && r.province == of.province) {
        let Some(published) = class_of(&row.published) else { continue };
        let follows = |body| standard.grade(body, &row.si()).is_some_and(|g| g.class == published);
        match (follows(kind), follows(other)) {
            (true, false) => counts.0 += 1,
            (false, true) => counts.1 += 1,
            _ => {}
        }
    }
    counts
}
