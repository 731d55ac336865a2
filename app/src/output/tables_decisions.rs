//! Tables of plans, orders and effects.

use super::number::{in_unit, number, optional};
use super::tables::{Clock, Table};
use crate::report::{View, last_hour};
use liankong_engine::cycle::Verb;
use liankong_engine::plan::Plan;
use liankong_engine::region::event::Obligation;
use liankong_engine::region::{Period, Time};
use liankong_engine::units::t_a_from_kg_s;

fn clock(view: &View<'_>) -> Clock {
    Clock(view.case.settings.utc_offset_s)
}

fn quality(view: &View<'_>) -> String {
    view.case.settings.quality.id().into()
}

/// The joint plan first, then each member alone.
fn plans<'a>(view: &View<'a>) -> impl Iterator<Item = &'a Plan> + use<'a> {
    view.turn.plans.iter().flat_map(|plans| std::iter::once(&plans.joint).chain(&plans.alone))
}

/// `SO2:12.3;NOx:4`, t/yr.
fn tonnes(amounts: &[(String, f64)]) -> String {
    let parts: Vec<String> = amounts.iter().map(|(s, v)| format!("{s}:{}", number(t_a_from_kg_s(*v)))).collect();
    parts.join(";")
}

/// Every target, before and after, by plan.
pub fn targets(view: &View<'_>) -> Table {
    let columns = [
        "who",
        "status",
        "target_id",
        "receptor",
        "medium",
        "pollutant",
        "limit",
        "now",
        "now_basis",
        "value",
        "floor",
        "unit",
        "price_cny_per_year_per_unit",
        "met",
        "quality",
    ];
    let mut table = Table::new("plan_targets.csv", Verb::Plan, &columns);
    for plan in plans(view) {
        for t in &plan.targets {
            let printed = |v: f64| number(t.pollutant.printed(v));
            table.rows.push(vec![
                plan.who.clone(),
                plan.status.into(),
                t.id.clone(),
                t.receptor.clone(),
                t.medium.id().into(),
                t.pollutant.spec().id.into(),
                printed(t.limit),
                printed(t.now),
                t.now_basis.into(),
                printed(t.value),
                printed(t.floor),
                t.pollutant.spec().unit.into(),
                number(t.dual * t.pollutant.from_printed(1.0)),
                crate::report::met(t).to_string(),
                quality(view),
            ]);
        }
    }
    table
}

/// Every measure applied, by plan.
pub fn applications(view: &View<'_>) -> Table {
    let columns = [
        "who",
        "measure_id",
        "source_id",
        "member",
        "city",
        "structure",
        "sector",
        "share",
        "cost_cny_per_year",
        "removed_t_per_year",
        "mark",
        "quality",
    ];
    let mut table = Table::new("applications.csv", Verb::Plan, &columns);
    for plan in plans(view) {
        for a in &plan.applications {
            table.rows.push(vec![
                plan.who.clone(),
                a.measure.clone(),
                a.source.clone(),
                a.member.clone(),
                a.city.clone(),
                a.structure.clone(),
                a.sector.clone(),
                number(a.share),
                number(a.cost_cny_per_year),
                tonnes(&a.removed),
                a.mark.clone(),
                quality(view),
            ]);
        }
    }
    table
}

/// What each plan costs each member.
pub fn members(view: &View<'_>) -> Table {
    let columns = ["who", "status", "member", "cost_cny_per_year", "share", "quality"];
    let mut table = Table::new("plan_members.csv", Verb::Plan, &columns);
    for plan in plans(view) {
        for (member, cost) in &plan.cost_by_member {
            let share = optional((plan.cost > 0.0).then(|| cost / plan.cost));
            let cells = [plan.who.clone(), plan.status.into(), member.clone(), number(*cost), share, quality(view)];
            table.rows.push(cells.to_vec());
        }
    }
    table
}

/// Who must do what, from when, until when.
pub fn orders(view: &View<'_>) -> Table {
    let columns = [
        "id",
        "rule",
        "source",
        "name_zh",
        "name_en",
        "member",
        "city",
        "structure",
        "sector",
        "action_zh",
        "action_en",
        "cut",
        "obligation",
        "start",
        "end",
        "last_hour",
        "stopped_t_per_year",
        "effect",
        "unit",
        "mark",
        "quality",
    ];
    let mut table = Table::new("orders.csv", Verb::Act, &columns);
    for o in &view.turn.orders.orders {
        let obligation = match o.obligation {
            Obligation::Must => "must",
            Obligation::Should => "should",
        };
        table.rows.push(vec![
            o.id.clone(),
            o.rule.clone(),
            o.source.clone(),
            o.source_name.0.clone(),
            o.source_name.1.clone(),
            o.member.clone(),
            o.city.clone(),
            o.structure.clone(),
            o.sector.clone(),
            o.action.0.clone(),
            o.action.1.clone(),
            number(o.cut),
            obligation.into(),
            clock(view).time(o.window.start),
            clock(view).time(o.window.end),
            clock(view).time(last_hour(o.window)),
            tonnes(&o.stopped),
            optional(o.effect.map(|v| in_unit(v, "ug/m3"))),
            "ug/m3".into(),
            o.mark.clone(),
            quality(view),
        ]);
    }
    table
}

/// What each campaign brought, by each method.
pub fn effects(view: &View<'_>) -> Table {
    let columns = [
        "campaign",
        "treated",
        "start",
        "end",
        "method",
        "effect",
        "placebo_cities_low",
        "placebo_cities_high",
        "placebo_time_low",
        "placebo_time_high",
        "rank",
        "cities",
        "rank_time",
        "windows",
        "detection_limit",
        "verdict",
        "controls",
        "quality",
    ];
    let mut table = Table::new("effects.csv", Verb::Verify, &columns);
    for campaign in &view.turn.verification {
        for e in &campaign.estimates {
            let count = |n: Option<usize>| n.map(|n| n.to_string()).unwrap_or_default();
            table.rows.push(vec![
                campaign.campaign.clone(),
                campaign.treated.clone(),
                clock(view).time(campaign.window.start),
                clock(view).time(campaign.window.end),
                e.method.clone(),
                number(e.effect),
                optional(e.placebo_cities.map(|p| p.0)),
                optional(e.placebo_cities.map(|p| p.1)),
                optional(e.placebo_time.map(|p| p.0)),
                optional(e.placebo_time.map(|p| p.1)),
                count(e.rank.map(|r| r.0)),
                count(e.rank.map(|r| r.1)),
                count(e.rank_time.map(|r| r.0)),
                count(e.rank_time.map(|r| r.1)),
                optional(e.detection_limit),
                e.verdict.into(),
                e.controls.to_string(),
                quality(view),
            ]);
        }
    }
    table
}

/// The naive change, window by window.
pub fn naive(view: &View<'_>) -> Table {
    let columns = ["campaign", "before_start", "before_end", "after_start", "after_end", "change", "quality"];
    let mut table = Table::new("naive.csv", Verb::Verify, &columns);
    for campaign in &view.turn.verification {
        for n in &campaign.naive {
            let (start, end) = (clock(view).time(n.before.start), clock(view).time(n.before.end));
            let after = |pick: fn(Period) -> Time| n.after.map(|p| clock(view).time(pick(p))).unwrap_or_default();
            let (from, to) = (after(|p| p.start), after(|p| p.end));
            table.rows.push(vec![campaign.campaign.clone(), start, end, from, to, number(n.change), quality(view)]);
        }
    }
    table
}
