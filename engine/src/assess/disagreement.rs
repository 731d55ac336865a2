//! Why a published class of water differs from the class of the values printed beside it.
//!
//! A value v printed with d decimals may have been anything in [v − ½·10⁻ᵈ, v + ½·10⁻ᵈ]. Each item then has a best and a
//! worst class k⁻ ≤ k⁺, and the section every class from max k⁻ to max k⁺. The reasons are tried in this order, the first
//! that accounts for the published class is given:
//!
//! 1. **rounding**: the published class lies in that range;
//! 2. **kind**: it is the class by the limits of the other kind of water (lake for river);
//! 3. **an item left out**: it is the class without one of the items;
//! 4. **total nitrogen counted**: it is the class where total nitrogen takes part, by the limits of lakes;
//! 5. **an item not reported**: it is worse, and one of the items every station reports is not in the row;
//! 6. none: the class does not follow from the row.

use super::gb3838::{Standard, missing_core};
use crate::region::network::WaterBody;
use crate::region::pollutant::Pollutant;
use serde::Serialize;

/// A value with half the step of its last printed decimal, both SI; 0 where the value is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Printed {
    /// What was measured.
    pub item: Pollutant,
    /// As printed.
    pub value: f64,
    /// Half the step of the last decimal.
    pub half_step: f64,
}

/// What accounts for a published class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A limit missed by rounding.
    Rounding,
    /// Lake limits for a river, or the reverse.
    Kind,
    /// An item left out.
    ItemLeftOut,
    /// Total nitrogen counted.
    NitrogenCounted,
    /// An item not in the row.
    ItemNotReported,
    /// The class does not follow from the row.
    Unexplained,
}

/// A reason with the item that decides and a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What accounts for it.
    pub reason: Reason,
    /// The item on which it turns.
    pub item: Option<Pollutant>,
    /// In words.
    pub note: String,
}

/// Why the published class is not the class of these values; `None` where it is.
pub fn explain(standard: &Standard, body: WaterBody, printed: &[Printed], published: u8) -> Option<Explanation> {
    let values: Vec<(Pollutant, f64)> = printed.iter().map(|p| (p.item, p.value)).collect();
    let class = |body, values: &[(Pollutant, f64)]| standard.grade(body, values).map(|g| g.class);
    let ours = class(body, &values);
    if ours == Some(published) {
        return None;
    }
    let say = |reason, item, note| Some(Explanation { reason, item, note });

    if let Some((item, note)) = ours.and_then(|ours| rounding(standard, body, printed, ours, published)) {
        return say(Reason::Rounding, Some(item), note);
    }
    let (other, name) = match body {
        WaterBody::River => (WaterBody::Lake, "a lake"),
        WaterBody::Lake => (WaterBody::River, "a river"),
    };
    if class(other, &values) == Some(published) {
        let note = format!("the published class follows by the limits of {name}; check the kind in the register");
        return say(Reason::Kind, Some(Pollutant::Tp), note);
    }
    let without = |item: Pollutant| {
        let rest: Vec<(Pollutant, f64)> = values.iter().filter(|(p, _)| *p != item).copied().collect();
        class(body, &rest) == Some(published)
    };
    if let Some((item, _)) = values.iter().find(|(item, _)| without(*item)) {
        let note = format!("the published class follows where {} is left out", item.spec().id);
        return say(Reason::ItemLeftOut, Some(*item), note);
    }
    let nitrogen = standard.separate(WaterBody::Lake, &values).into_iter().find(|(item, _)| *item == Pollutant::Tn);
    if nitrogen.is_some_and(|(_, class)| Some(class.max(ours.unwrap_or(0))) == Some(published)) {
        let note = "the published class follows where total nitrogen is counted".into();
        return say(Reason::NitrogenCounted, Some(Pollutant::Tn), note);
    }
    let missing = missing_core(&values);
    if let Some(item) = missing.first().filter(|_| ours.is_none_or(|ours| published > ours)) {
        let names: Vec<&str> = missing.iter().map(|p| p.spec().id).collect();
        return say(Reason::ItemNotReported, Some(*item), format!("not in the row: {}", names.join(", ")));
    }
    let decides = standard.grade(body, &values).and_then(|g| g.worst.first().map(|(item, _)| *item));
    say(Reason::Unexplained, decides, "the published class does not follow from the values of the row".into())
}

/// The item whose rounding can have made the published class, and a sentence.
fn rounding(
    standard: &Standard,
    body: WaterBody,
    printed: &[Printed],
    ours: u8,
    published: u8,
) -> Option<(Pollutant, String)> {
    let range = |p: &Printed| -> Option<(u8, u8, u8)> {
        let class = |si| standard.item_class(p.item, body, si);
        // Just beyond the ends of the printed value, so that 0.100 reaches past 0.1 however small the step.
        let (low, high) = (class(p.value - p.half_step)?, class(p.value + p.half_step)?);
        let middle = class(p.value)?;
        Some((low.min(high).min(middle), middle, low.max(high).max(middle)))
    };
    let ranges: Vec<(&Printed, u8, u8, u8)> =
        printed.iter().filter_map(|p| range(p).map(|(best, middle, worst)| (p, best, middle, worst))).collect();
    let best = ranges.iter().map(|r| r.1).max()?;
    let worst = ranges.iter().map(|r| r.3).max()?;
    if published < best || published > worst {
        return None;
    }
    // Published worse: the item that can be so bad. Published better: the item that holds our class and can be better.
    let turns = |r: &&(&Printed, u8, u8, u8)| {
        if published > ours { r.3 >= published } else { r.2 == ours && r.1 <= published }
    };
    let (p, ..) = ranges.iter().find(turns)?;
    let step = p.item.printed(p.half_step);
    let decimals = usize::try_from((-(2.0 * step).log10().round()).max(0.0) as i64).unwrap_or(0);
    let shown = format!("{:.decimals$}", p.item.printed(p.value));
    let spec = p.item.spec();
    let note = format!(
        "limit missed by rounding ({} printed as {shown} may lie from {:.more$} to {:.more$} {})",
        spec.id,
        p.item.printed(p.value - p.half_step),
        p.item.printed(p.value + p.half_step),
        spec.unit,
        more = decimals + 1,
    );
    Some((p.item, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(item: Pollutant, value: f64, decimals: i32) -> Printed {
        let si = |v| item.from_printed(v);
        Printed { item, value: si(value), half_step: si(0.5 * 10f64.powi(-decimals)) }
    }

    fn reason(body: WaterBody, row: &[Printed], published: u8) -> Option<(Reason, Option<Pollutant>)> {
        explain(&Standard::table(), body, row, published).map(|e| (e.reason, e.item))
    }

    fn clean() -> Vec<Printed> {
        vec![
            printed(Pollutant::Ph, 7.5, 2),
            printed(Pollutant::Do, 8.0, 2),
            printed(Pollutant::Codmn, 1.5, 2),
            printed(Pollutant::Nh3n, 0.1, 3),
        ]
    }

    #[test]
    fn a_limit_missed_by_rounding_is_named_with_its_item_and_span() {
        let mut row = clean();
        row.push(printed(Pollutant::Tp, 0.2, 3));
        // Ⅲ by 0.200; 0.2004 would be Ⅳ.
        let found = explain(&Standard::table(), WaterBody::River, &row, 4).unwrap();
        assert_eq!((found.reason, found.item), (Reason::Rounding, Some(Pollutant::Tp)));
        assert_eq!(found.note, "limit missed by rounding (TP printed as 0.200 may lie from 0.1995 to 0.2005 mg/L)");
        assert_eq!(reason(WaterBody::River, &row, 3), None);
        // The other way: 0.201 was 0.2005 at least, beyond 0.2 still; only without TP would it be class Ⅰ.
        row[4] = printed(Pollutant::Tp, 0.201, 3);
        assert_eq!(reason(WaterBody::River, &row, 3), Some((Reason::Unexplained, Some(Pollutant::Tp))));
        // With one decimal 5.0 mg/L of DO may have been 4.96, which is Ⅳ.
        row[4] = printed(Pollutant::Tp, 0.05, 3);
        row[1] = printed(Pollutant::Do, 5.0, 1);
        assert_eq!(reason(WaterBody::River, &row, 4), Some((Reason::Rounding, Some(Pollutant::Do))));
    }

    #[test]
    fn the_limits_of_the_other_kind_of_water_are_tried() {
        let mut row = clean();
        row.push(printed(Pollutant::Tp, 0.08, 3));
        assert_eq!(reason(WaterBody::River, &row, 4), Some((Reason::Kind, Some(Pollutant::Tp))));
        assert_eq!(reason(WaterBody::Lake, &row, 2), Some((Reason::Kind, Some(Pollutant::Tp))));
    }

    #[test]
    fn an_item_left_out_counted_or_not_reported_is_named() {
        let mut row = clean();
        row[2] = printed(Pollutant::Codmn, 12.5, 2);
        row.push(printed(Pollutant::Tp, 0.15, 3));
        row.push(printed(Pollutant::Tn, 3.0, 2));
        assert_eq!(reason(WaterBody::River, &row, 3), Some((Reason::ItemLeftOut, Some(Pollutant::Codmn))));
        assert_eq!(reason(WaterBody::River, &row, 6), Some((Reason::NitrogenCounted, Some(Pollutant::Tn))));
        assert_eq!(reason(WaterBody::River, &clean(), 4), Some((Reason::ItemNotReported, Some(Pollutant::Tp))));
        row.pop();
        assert_eq!(reason(WaterBody::River, &row, 6), Some((Reason::Unexplained, Some(Pollutant::Codmn))));
    }
}
