//! The finding in a sentence: every figure in it is computed, and what cannot be said is said not to be sayable.

use super::controls::TooFew;
use super::effect::{Effects, LeftOut};
use super::{DETECTED, Estimate};
use crate::region::Case;
use crate::region::calendar::Time;
use crate::region::event::Campaign;

/// A share as a signed percentage: `+5 %`, `−12 %`, `0 %`.
pub fn signed(share: f64) -> String {
    let whole = (100.0 * share).round();
    match whole {
        w if w > 0.0 => format!("+{w:.0} %"),
        w if w < 0.0 => format!("−{:.0} %", -w),
        _ => "0 %".to_string(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Least and greatest of some numbers as a text: `a` where both print alike, else `a` joined to `b`.
fn span(values: impl Iterator<Item = f64>, print: fn(f64) -> String, joined: &str) -> Option<String> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return None;
    }
    let (low, high) = (print(low), print(high));
    Some(if low == high { low } else { format!("{low}{joined}{high}") })
}

/// The finding of one campaign, zh and en.
pub fn sentence(case: &Case, campaign: &Campaign, effects: &Effects) -> (String, String) {
    let zone = case.settings.utc_offset_s;
    let station = case.stations.iter().find(|s| s.id == campaign.treated);
    let (name_zh, name_en) = station.map_or(("", ""), |s| (s.name_zh.as_str(), s.name_en.as_str()));
    let (from, to) = (campaign.window.start.date(zone), Time(campaign.window.end.0 - 1).date(zone));
    let (mut zh, mut en) = (format!("{name_zh}，{from} 至 {to}："), format!("{name_en}, {from} to {to}: "));
    verdict(&effects.estimates, &mut zh, &mut en);
    naive(effects, &mut zh, &mut en);
    treated_too(campaign, &mut zh, &mut en);
    for reason in &effects.left_out {
        let (reason_zh, reason_en) = left_out(*reason);
        zh.push_str(&reason_zh);
        en.push_str(&format!(" {reason_en}"));
    }
    (zh, en)
}

fn verdict(estimates: &[Estimate], zh: &mut String, en: &mut String) {
    let (Some(effects_zh), Some(effects_en)) = (
        span(estimates.iter().map(|e| e.effect), signed, " 至 "),
        span(estimates.iter().map(|e| e.effect), signed, " to "),
    ) else {
        zh.push_str("无法估计效果，什么也不能说。");
        en.push_str("no effect can be estimated, and nothing can be said.");
        return;
    };
    let (n, detected) = (estimates.len(), estimates.iter().filter(|e| e.verdict == DETECTED).count());
    match detected {
        0 => {
            zh.push_str(&format!(
                "检测不出效果。{n} 种估计为 {effects_zh}，没有一种低于两组安慰剂（其他城市、其他时段）的第 5 百分位。"
            ));
            en.push_str(&format!(
                "no effect can be detected. {n} estimate(s): {effects_en}; none lies below the 5th percentile of both \
                 placebo sets (other cities, other times)."
            ));
        }
        d if d == n => {
            zh.push_str(&format!("检测到效果。{n} 种估计为 {effects_zh}，都低于两组安慰剂的第 5 百分位。"));
            en.push_str(&format!(
                "an effect is detected. {n} estimate(s): {effects_en}; all lie below the 5th percentile of both placebo sets."
            ));
        }
        d => {
            zh.push_str(&format!(
                "效果不稳：{n} 种估计（{effects_zh}）中只有 {d} 种低于两组安慰剂的第 5 百分位，不宜引用百分比。"
            ));
            en.push_str(&format!(
                "an effect shows in only {d} of {n} estimates ({effects_en}): it depends on the method, and no percentage \
                 should be quoted."
            ));
        }
    }
    let limits = || estimates.iter().filter_map(|e| e.detection_limit);
    match (span(limits(), percent, " 至 "), span(limits(), percent, " to ")) {
        (Some(limits_zh), Some(limits_en)) => {
            zh.push_str(&format!("检测限：降幅超过 {limits_zh} 才能与偶然区分；未检出不等于无效。"));
            en.push_str(&format!(
                " Detection limit: only a reduction beyond {limits_en} could have been told from chance; not detected does \
                 not mean that there was none."
            ));
        }
        _ => {
            zh.push_str("安慰剂太少，给不出检测限，因此不能判定。");
            en.push_str(" Too few placebos for a detection limit, and so for a verdict.");
        }
    }
    if let Some((slid, independent)) = estimates.iter().find_map(|e| e.windows) {
        zh.push_str(&format!("时间安慰剂滑动 {slid} 个窗口，其中相互独立的只有 {independent} 个。"));
        en.push_str(&format!(" The time placebo slides over {slid} windows, of which {independent} are independent."));
    }
}

fn naive(effects: &Effects, zh: &mut String, en: &mut String) {
    let changes = || effects.naive.iter().map(|c| c.change);
    if let (Some(zh_span), Some(en_span)) = (span(changes(), signed, " 至 "), span(changes(), signed, " to ")) {
        zh.push_str(&format!("简单前后对比随所选时段为 {zh_span}，不能作为依据。"));
        en.push_str(&format!(" The naive before/after change is {en_span} by the window chosen, and proves nothing."));
    }
}

fn treated_too(campaign: &Campaign, zh: &mut String, en: &mut String) {
    let region: Vec<String> =
        campaign.cuts.iter().filter_map(|(p, _, cut)| Some(format!("{p} {}", signed(-(*cut)?)))).collect();
    let own: Vec<String> =
        campaign.cuts.iter().filter_map(|(p, cut, _)| Some(format!("{p} {}", signed(-(*cut)?)))).collect();
    if region.is_empty() {
        return;
    }
    let (own_zh, own_en) = if own.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("，该地为 {}", own.join("、")), format!(", against {} at the place itself", own.join(", ")))
    };
    zh.push_str(&format!(
        "对照城市同期也在减排（全区域 {}{own_zh}），因此对照法只看得到该地多减的部分。",
        region.join("、")
    ));
    en.push_str(&format!(
        " The controls were treated too (region as a whole: {}{own_en}), so a comparison sees only what the place cut beyond \
         them.",
        region.join(", ")
    ));
}

fn left_out(reason: LeftOut) -> (String, String) {
    match reason {
        LeftOut::NoSeries => ("该站没有 PM2.5 日均值序列。".into(), "The station has no series of daily PM2.5.".into()),
        LeftOut::NoWindow => (
            "行动期没有一整天落在资料时段之内。".into(),
            "No whole day of the window lies in the period of the data.".into(),
        ),
        LeftOut::TooFew(method, few) => {
            let (zh, en) = match few {
                TooFew::Controls(n) => {
                    (format!("只有 {n} 个对照城市，至少要 {}", super::controls::LEAST_CONTROLS), {
                        format!("{n} control(s) where {} are needed", super::controls::LEAST_CONTROLS)
                    })
                }
                TooFew::Baseline(n, needed) => (
                    format!("行动期以外只有 {n} 天可用，至少要 {needed} 天"),
                    format!("{n} usable days outside the window where {needed} are needed"),
                ),
                TooFew::Window(n, of) => (
                    format!("行动期 {of} 天中只有 {n} 天有值，至少要一半"),
                    format!("{n} of {of} days of the window have a value where half are needed"),
                ),
            };
            (format!("未给出 {}：{zh}。", method.id()), format!("Left out: {} ({en}).", method.id()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_carry_their_sign_and_nothing_is_never_negative() {
        assert_eq!([0.05, -0.124, -0.001, 0.0].map(signed), ["+5 %", "−12 %", "0 %", "0 %"]);
        assert_eq!(span([0.001, 0.004].into_iter(), signed, " to ").as_deref(), Some("0 %"));
        assert_eq!(span(std::iter::empty(), signed, " to "), None);
    }
}
