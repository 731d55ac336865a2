//! From section to river and basin: the method for surface water of 2011 (环办\[2011\]22号).
//!
//! ```text
//! section    C_i = mean of the month's readings of item i, then the class (gb3838), then
//!            Ⅰ–Ⅱ 优, Ⅲ 良好, Ⅳ 轻度污染, Ⅴ 中度污染, 劣Ⅴ 重度污染
//! river or   s = share of sections of class Ⅰ–Ⅲ, w = share worse than Ⅴ
//! basin, of  s ≥ 90 %               优
//! 5 or more  75 % ≤ s < 90 %        良好
//! sections   s < 75 %, w < 20 %     轻度污染
//!            s < 75 %, 20 % ≤ w < 40 %   中度污染
//!            s < 75 %, w ≥ 40 %     重度污染
//! of fewer   the mean over the sections of each item, then as one section
//! ```
//!
//! Two public accounts; they say "fewer than 5" and "more than 5", that five go by shares is from memory. A river of 76 % of
//! class Ⅰ–Ⅲ and 24 % worse than Ⅴ is 良好 by the letter.
//!
//! *Choices.* Sections without a class count neither for nor against and are told. Every reading weighs the same in the
//! month, every section the same in the river. pH is averaged as the number it is. The mean of fewer than five sections is
//! judged by the limits of rivers unless all of them are lakes. The main items (主要污染指标) are those beyond class Ⅲ at
//! the most sections, at most three, ties in the order of the pollutant table.

use super::gb3838::Standard;
use crate::region::network::WaterBody;
use crate::region::pollutant::Pollutant;
use serde::Serialize;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: &str = "HBB 2011-22";
/// From this many sections on a river is graded by shares.
pub const SECTIONS_FOR_SHARES: usize = 5;

/// The state of a section, river or basin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// 优
    Excellent,
    /// 良好
    Good,
    /// 轻度污染
    LightlyPolluted,
    /// 中度污染
    ModeratelyPolluted,
    /// 重度污染
    HeavilyPolluted,
}

impl Quality {
    /// Of a section or of the means over few sections, by class 1 to 6.
    pub fn of_class(class: u8) -> Quality {
        match class {
            0..=2 => Quality::Excellent,
            3 => Quality::Good,
            4 => Quality::LightlyPolluted,
            5 => Quality::ModeratelyPolluted,
            _ => Quality::HeavilyPolluted,
        }
    }

    /// Of a river or basin of five sections or more. In whole sections, so that a share at its limit is exact.
    pub fn of_shares(sections: usize, class_1_to_3: usize, worse_than_5: usize) -> Quality {
        let at_least = |count: usize, percent: usize| count * 100 >= percent * sections;
        match () {
            () if at_least(class_1_to_3, 90) => Quality::Excellent,
            () if at_least(class_1_to_3, 75) => Quality::Good,
            () if at_least(worse_than_5, 40) => Quality::HeavilyPolluted,
            () if at_least(worse_than_5, 20) => Quality::ModeratelyPolluted,
            () => Quality::LightlyPolluted,
        }
    }

    /// Chinese name, as the reports write it.
    pub fn name_zh(self) -> &'static str {
        match self {
            Quality::Excellent => "优",
            Quality::Good => "良好",
            Quality::LightlyPolluted => "轻度污染",
            Quality::ModeratelyPolluted => "中度污染",
            Quality::HeavilyPolluted => "重度污染",
        }
    }
}

/// One section over one month (or another stretch of time).
#[derive(Debug, Clone, PartialEq)]
pub struct SectionMean {
    /// River or lake.
    pub body: WaterBody,
    /// Class to reach.
    pub target_class: Option<u8>,
    /// Mean of each item, SI.
    pub values: Vec<(Pollutant, f64)>,
}

/// How a group was graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By the shares of its sections.
    Shares,
    /// By the mean of each item over its sections.
    MeanConcentration,
}

/// A river, basin or province.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupGrade {
    /// Sections with a class.
    pub sections: usize,
    /// Sections without one.
    pub unclassed: usize,
    /// Sections of class Ⅰ to Ⅴ and worse.
    pub of_class: [usize; 6],
    /// Share of class Ⅰ–Ⅲ.
    pub share_1_to_3: f64,
    /// Share worse than Ⅴ.
    pub share_worse_than_5: f64,
    /// How it was graded.
    pub method: Method,
    /// Class of the mean concentrations, where these decide.
    pub class: Option<u8>,
    /// The state.
    pub quality: Quality,
    /// The items beyond class Ⅲ at the most sections, with the number of sections.
    pub main: Vec<(Pollutant, usize)>,
    /// Sections with a class and a target.
    pub with_target: usize,
    /// Of these, sections that meet it.
    pub met: usize,
}

/// The mean of each item over several sets of values, in the order of the pollutant table; what is not finite stays out.
pub fn mean<'a>(sets: impl IntoIterator<Item = &'a [(Pollutant, f64)]>) -> Vec<(Pollutant, f64)> {
    let mut sums: BTreeMap<Pollutant, (f64, usize)> = BTreeMap::new();
    for (item, value) in sets.into_iter().flatten().filter(|(_, value)| value.is_finite()) {
        let sum = sums.entry(*item).or_default();
        *sum = (sum.0 + value, sum.1 + 1);
    }
    sums.into_iter().map(|(item, (sum, n))| (item, sum / n as f64)).collect()
}

/// Grades the sections of one river, basin or province; `None` where none has a class.
pub fn of_group(standard: &Standard, sections: &[SectionMean]) -> Option<GroupGrade> {
    let classed: Vec<(&SectionMean, u8)> =
        sections.iter().filter_map(|s| Some((s, standard.grade(s.body, &s.values)?.class))).collect();
    let n = classed.len();
    if n == 0 {
        return None;
    }
    let mut of_class = [0; 6];
    for (_, class) in &classed {
        if let Some(count) = of_class.get_mut(usize::from(*class).saturating_sub(1)) {
            *count += 1;
        }
    }
    let [one, two, three, _, _, worse] = of_class;
    let good = one + two + three;
    let (method, class, quality) = if n >= SECTIONS_FOR_SHARES {
        (Method::Shares, None, Quality::of_shares(n, good, worse))
    } else {
        let lakes = classed.iter().all(|(s, _)| s.body == WaterBody::Lake);
        let body = if lakes { WaterBody::Lake } else { WaterBody::River };
        let class = standard.grade(body, &mean(classed.iter().map(|(s, _)| s.values.as_slice())))?.class;
        (Method::MeanConcentration, Some(class), Quality::of_class(class))
    };
    let with_target: Vec<bool> = classed.iter().filter_map(|(s, class)| Some(*class <= s.target_class?)).collect();
    Some(GroupGrade {
        sections: n,
        unclassed: sections.len() - n,
        of_class,
        share_1_to_3: good as f64 / n as f64,
        share_worse_than_5: worse as f64 / n as f64,
        method,
        class,
        quality,
        main: main_items(standard, &classed),
        with_target: with_target.len(),
        met: with_target.iter().filter(|met| **met).count(),
    })
}

fn main_items(standard: &Standard, classed: &[(&SectionMean, u8)]) -> Vec<(Pollutant, usize)> {
    let mut counts: BTreeMap<Pollutant, usize> = BTreeMap::new();
    for (section, _) in classed {
        for (item, value) in &section.values {
            if standard.item_class(*item, section.body, *value).is_some_and(|class| class > 3) {
                *counts.entry(*item).or_default() += 1;
            }
        }
    }
    let mut main: Vec<(Pollutant, usize)> = counts.into_iter().collect();
    main.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    main.truncate(3);
    main
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A section whose NH3-N alone gives it a class of 1 to 6.
    fn section(class: u8) -> SectionMean {
        let nh3n = [0.1, 0.4, 0.9, 1.4, 1.9, 3.0][usize::from(class) - 1];
        SectionMean { body: WaterBody::River, target_class: Some(3), values: vec![(Pollutant::Nh3n, nh3n * 1e-3)] }
    }

    fn group(classes: &[u8]) -> GroupGrade {
        of_group(&Standard::table(), &classes.iter().map(|c| section(*c)).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_section_is_graded_by_its_class() {
        let names: Vec<&str> = (1..=6).map(|class| Quality::of_class(class).name_zh()).collect();
        assert_eq!(names, ["优", "优", "良好", "轻度污染", "中度污染", "重度污染"]);
    }

    #[test]
    fn five_sections_or_more_are_graded_by_the_shares_of_good_and_of_worse_than_five() {
        use Quality::{Excellent, Good, HeavilyPolluted, LightlyPolluted, ModeratelyPolluted};
        // Of 20 sections: 18 are 90 %, 15 are 75 %, 4 are 20 %, 8 are 40 %.
        let of = |good: usize, worse: usize| Quality::of_shares(20, good, worse);
        assert_eq!([of(18, 2), of(17, 0), of(15, 5), of(14, 3)], [Excellent, Good, Good, LightlyPolluted]);
        assert_eq!(
            [of(14, 4), of(12, 7), of(12, 8), of(0, 20)],
            [ModeratelyPolluted, ModeratelyPolluted, HeavilyPolluted, HeavilyPolluted]
        );
        let five = group(&[1, 2, 3, 4, 6]);
        assert_eq!((five.method, five.class, five.quality), (Method::Shares, None, ModeratelyPolluted));
        assert_eq!((five.share_1_to_3, five.share_worse_than_5), (0.6, 0.2));
        assert_eq!(five.of_class, [1, 1, 1, 1, 0, 1]);
    }

    #[test]
    fn fewer_than_five_sections_are_graded_by_their_mean_concentrations() {
        // (0.1 + 0.1 + 0.1 + 3.0)/4 = 0.825 mg/L: Ⅲ, though one of the four is worse than Ⅴ.
        let four = group(&[1, 1, 1, 6]);
        assert_eq!((four.method, four.class, four.quality), (Method::MeanConcentration, Some(3), Quality::Good));
    }

    #[test]
    fn targets_and_main_items_are_counted_and_sections_without_a_class_are_told() {
        let mut sections: Vec<SectionMean> = [3, 4, 6].into_iter().map(section).collect();
        sections[1].values.push((Pollutant::Do, 4e-3));
        sections.push(SectionMean { body: WaterBody::Lake, target_class: None, values: vec![] });
        let grade = of_group(&Standard::table(), &sections).unwrap();
        assert_eq!((grade.sections, grade.unclassed, grade.with_target, grade.met), (3, 1, 3, 1));
        assert_eq!(grade.main, [(Pollutant::Nh3n, 2), (Pollutant::Do, 1)]);
        assert_eq!(of_group(&Standard::table(), &sections[3..]), None);
    }

    #[test]
    fn the_mean_of_the_month_comes_before_the_class() {
        // 0.4 (Ⅱ) and 1.2 mg/L (Ⅳ): mean 0.8, class Ⅲ.
        let days = [vec![(Pollutant::Nh3n, 0.4e-3)], vec![(Pollutant::Nh3n, 1.2e-3), (Pollutant::Tp, f64::NAN)]];
        let month = mean(days.iter().map(Vec::as_slice));
        assert_eq!(Standard::table().grade(WaterBody::River, &month).map(|g| g.class), Some(3));
    }

    proptest! {
        #[test]
        fn the_grade_of_a_river_does_not_depend_on_the_order_of_its_sections(
            classes in prop::collection::vec(1..=6_u8, 1..30), turn in 0..30_usize,
        ) {
            let mut turned = classes.clone();
            turned.rotate_left(turn % classes.len());
            prop_assert_eq!(group(&turned).quality, group(&classes).quality);
        }

        #[test]
        fn the_grade_by_shares_never_improves_when_a_section_worsens(
            classes in prop::collection::vec(1..=6_u8, 5..30), which in 0..30_usize,
        ) {
            let mut worse = classes.clone();
            let at = which % classes.len();
            worse[at] = 6.min(worse[at] + 1);
            prop_assert!(group(&worse).quality >= group(&classes).quality);
        }
    }
}
