//! A whole turn of a case, and what in it is not a number.

use liankong_engine::cycle::{self, Silent, Verb};
use liankong_engine::problem::Result;
use liankong_engine::region::Case;
use liankong_engine::{act, assess, attribute, observe, plan, transport, verify};
use std::fmt::Debug;

/// Runs every verb; the first number that is none, with some of what stands before it. Without a solver there is no plan,
/// so the verbs about it are called here in the order of the turn.
pub fn whole_turn(case: &Case) -> Result<Option<String>> {
    if cfg!(feature = "highs") {
        return cycle::turn(case, Verb::Act, &Silent).map(|turn| not_a_number(&turn));
    }
    let observed = observe::read(case);
    let before = (verify::effect(case, &observed), assess::against_standards(case, &observed));
    let transported = transport::footprints(case, &|_| {}, &|| false)?;
    let attribution = attribute::attribute(case, &observed, &transported);
    let orders = act::orders(case, transported.air.as_ref().map(|a| &a.daily));
    let costs: Vec<f64> =
        case.measures.iter().map(|m| plan::yearly_cost(m, case.settings.plan.interest_rate)).collect();
    let air = transported.air.map(|air| (air.forward, air.backward, air.maps));
    Ok(not_a_number(&(observed, before, attribution, (orders, costs), air, transported.river_balance)))
}

/// Looks for `NaN` and `inf` outside the texts of the debug form.
pub fn not_a_number(found: &impl Debug) -> Option<String> {
    let all = format!("{found:?}");
    let (mut in_text, mut escaped, mut word) = (false, false, 0);
    for (at, c) in all.char_indices().chain([(all.len(), ' ')]) {
        if in_text {
            (in_text, escaped, word) = (escaped || c != '"', !escaped && c == '\\', at + c.len_utf8());
        } else if !c.is_ascii_alphanumeric() && c != '_' {
            if matches!(&all[word..at], "NaN" | "inf") {
                let before: String = all[..at].chars().rev().take(200).collect();
                return Some(format!("not a number: …{}", before.chars().rev().collect::<String>()));
            }
            (in_text, word) = (c == '"', at + c.len_utf8());
        }
    }
    None
}
