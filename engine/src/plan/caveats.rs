//! What a plan does not know, in sentences (zh, en).

use super::Plan;
use super::reach::Standing;
use crate::region::{Case, Medium, Quality};
use crate::transport::Footprint;
use std::collections::BTreeMap;

const OZONE_PRECURSORS: [&str; 6] = ["NOx", "NO", "NO2", "NMVOC", "VOC", "VOCs"];

const MARKS: [(&str, &str); 8] = [
    ("measured", "实测"),
    ("compiled", "汇编"),
    ("allocated", "分摊"),
    ("assumed", "假定"),
    ("from memory", "凭记忆"),
    ("synthetic", "虚构"),
    ("fitted", "拟合"),
    ("", "未注明"),
];

/// The sentences, the gravest first.
pub fn of<'a>(
    case: &Case,
    footprints: &[&Footprint],
    standings: &[Standing<'_>],
    unknown: &[&str],
    plans: impl Iterator<Item = &'a Plan>,
) -> Vec<(String, String)> {
    let sentences = [
        ozone(case, footprints, plans),
        costs(case),
        screening(footprints),
        left_out(unknown),
        unreached(standings),
        worthless(case, standings),
        below_zero(case, standings),
    ];
    sentences.into_iter().flatten().collect()
}

/// Cutting NOx can raise ozone in a city that is short of hydrocarbons; without a response surface nobody knows.
fn ozone<'a>(
    case: &Case,
    footprints: &[&Footprint],
    mut plans: impl Iterator<Item = &'a Plan>,
) -> Option<(String, String)> {
    let answered = footprints.iter().any(|f| f.rows.iter().any(|r| r.pollutant == "O3"));
    let is_precursor = |species: &str| OZONE_PRECURSORS.contains(&species);
    let of_air = |e: &crate::region::source::Effect| {
        case.sources.get(e.source).is_some_and(|s| s.medium == Medium::Air) && is_precursor(&e.species)
    };
    let movers: Vec<(&str, &str)> = case
        .measures
        .iter()
        .filter(|m| m.effects.iter().any(of_air))
        .filter_map(|m| Some((m.id.as_str(), case.sources.get(m.source)?.id.as_str())))
        .collect();
    let moved = plans.any(|p| p.applications.iter().any(|a| movers.contains(&(a.measure.as_str(), a.source.as_str()))));
    (moved && !answered).then(|| {
        (
            "臭氧未评价：方案动用了氮氧化物或挥发性有机物措施，而未载入臭氧响应面；减排氮氧化物有可能使城区臭氧上升。".into(),
            "ozone not assessed: the plan cuts NOx or volatile organic compounds and no ozone response is loaded; cutting \
             NOx can raise ozone in a city."
                .into(),
        )
    })
}

fn costs(case: &Case) -> Option<(String, String)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    case.measures.iter().for_each(|m| *counts.entry(&m.mark).or_default() += 1);
    if counts.keys().all(|mark| *mark == "measured") {
        return None;
    }
    let zh = |mark: &str| MARKS.iter().find(|(m, _)| *m == mark).map_or(mark, |(_, zh)| zh).to_string();
    let en = |mark: &str| if mark.is_empty() { "not said".to_string() } else { mark.to_string() };
    let list = |name: &dyn Fn(&str) -> String, colon: &str, comma: &str| {
        counts.iter().map(|(mark, n)| format!("{}{colon}{n}", name(mark))).collect::<Vec<_>>().join(comma)
    };
    Some((
        format!("措施成本依据（按措施数）：{}；方案金额的可信度不高于此。", list(&zh, " ", "，")),
        format!(
            "standing of the costs, by number of measures: {}; the plan's sums are no better than that.",
            list(&en, " ", ", ")
        ),
    ))
}

fn screening(footprints: &[&Footprint]) -> Option<(String, String)> {
    let rough: Vec<&str> =
        footprints.iter().filter(|f| f.quality == Quality::Screening).map(|f| f.medium.id()).collect();
    let zh: Vec<&str> = rough.iter().map(|m| if *m == "air" { "大气" } else { "水" }).collect();
    (!rough.is_empty()).then(|| {
        (
            format!("传输足迹为筛查级（{}）：只示方向和量级，不宜单独据以下令。", zh.join("、")),
            format!(
                "the footprints are of screening quality ({}): a direction and an order of magnitude, not figures to act \
                 on alone.",
                rough.join(", ")
            ),
        )
    })
}

fn left_out(unknown: &[&str]) -> Option<(String, String)> {
    (!unknown.is_empty()).then(|| {
        (
            format!("以下目标既无实测又无足迹，未列入方案：{}。", unknown.join("、")),
            format!("targets left out, having neither readings nor a footprint: {}.", unknown.join(", ")),
        )
    })
}

fn unreached(standings: &[Standing<'_>]) -> Option<(String, String)> {
    let ids: Vec<&str> = standings.iter().filter(|s| !s.modelled).map(|s| s.target.id.as_str()).collect();
    (!ids.is_empty()).then(|| {
        (
            format!("以下目标无足迹，任何措施对其均计为无效：{}。", ids.join("、")),
            format!("no footprint has a row for these targets, so no measure moves them here: {}.", ids.join(", ")),
        )
    })
}

fn worthless(case: &Case, standings: &[Standing<'_>]) -> Option<(String, String)> {
    let moves = |m: usize| standings.iter().any(|s| s.reach.get(m).is_some_and(|r| *r != 0.0));
    let (all, none) = (case.measures.len(), (0..case.measures.len()).filter(|m| !moves(*m)).count());
    (none > 0 && !standings.is_empty()).then(|| {
        (
            format!("{all} 项措施中有 {none} 项的减排物种不在任何目标的足迹之内，在此计为无效，并非真的无用。"),
            format!(
                "{none} of {all} measures cut what no target's footprint knows; they count for nothing here, which is not \
                 to say that they are of no use."
            ),
        )
    })
}

fn below_zero(case: &Case, standings: &[Standing<'_>]) -> Option<(String, String)> {
    let most = |s: &Standing<'_>| -> f64 {
        case.measures.iter().zip(&s.reach).map(|(m, reach)| (reach * m.max_share).max(0.0)).sum()
    };
    let ids: Vec<&str> = standings.iter().filter(|s| most(s) > s.now).map(|s| s.target.id.as_str()).collect();
    (!ids.is_empty()).then(|| {
        (
            format!("以下目标处模型给出的可减量超过现状浓度，足迹或排放偏高，结果偏乐观：{}。", ids.join("、")),
            format!(
                "at these targets the model's greatest reduction exceeds today's mean, so footprint or emissions are too \
                 high and the plan too hopeful: {}.",
                ids.join(", ")
            ),
        )
    })
}
