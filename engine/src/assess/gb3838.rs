//! The class of surface water by GB 3838-2002: the worst single item decides (单因子评价).
//!
//! ```text
//! class = max_i k_i,     k_i = the best class whose limit item i keeps, 6 where it keeps none (劣Ⅴ)
//! beyond_i = C_i / L_i,Ⅲ − 1,   0 where C_i ≤ L_i,Ⅲ          multiple of the class Ⅲ limit beyond it (超标倍数)
//! ```
//!
//! *Items.* All 24 of table 1 stand in `tables/gb3838.csv` with days, sense, mark and source. 21 of them make the class,
//! those that were measured: water temperature, total nitrogen and faecal coliforms stay out, as in the official reports
//! (from memory; total nitrogen is borne out by published classes). Total nitrogen of lakes and faecal coliforms are judged
//! each by itself ([`Standard::separate`]). Water temperature is a change caused by people, which no reading tells; its row
//! is kept and not read. The five items of table 2 hold for drinking-water sources ([`Standard::drinking_water`]); the 80
//! items of table 3 are not held.
//!
//! *Limits.* DO limits are minima (class Ⅰ as 7.5 mg/L, not as 90 % of saturation); TP has its own limits for lakes; pH
//! within 6–9 keeps every class and outside keeps none. DO and pH have no multiple: theirs is printed as 0.
//!
//! *Missing items.* One judged item is enough for a class, and the class comes from what there is: no further item can make
//! it better. [`missing_core`] names which of the five items that every automatic station reports are not there.
//!
//! *Where it fails.* Published classes are made from unrounded readings: a total phosphorus printed as 0.100 may have been
//! 0.1004 ([`super::disagreement`]).

use crate::region::network::WaterBody;
use crate::region::pollutant::Pollutant;

/// The rule.
pub const RULE: &str = "GB 3838-2002";
/// Worse than class Ⅴ.
pub const WORSE_THAN_V: u8 = 6;

/// What every automatic station of the national network reports; a class without one of them is marked.
pub const CORE: [Pollutant; 5] = [Pollutant::Ph, Pollutant::Do, Pollutant::Codmn, Pollutant::Nh3n, Pollutant::Tp];

const TABLE: &str = include_str!("tables/gb3838.csv");

/// What a row of limits is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Makes the class.
    Class,
    /// Judged by itself.
    Separate,
    /// Drinking-water sources only.
    DrinkingWater,
}

/// One row of limits.
#[derive(Debug, Clone, PartialEq)]
struct Limits {
    item: Pollutant,
    /// `None` = river and lake alike.
    body: Option<WaterBody>,
    usage: Use,
    /// The value must be at least the limit (DO, lower end of pH); otherwise at most.
    minimum: bool,
    /// Limits of classes Ⅰ to Ⅴ, printed unit.
    of_class: [f64; 5],
}

/// The limits of the standard.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    rows: Vec<Limits>,
}

/// What a set of values makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// 1 to 6.
    pub class: u8,
    /// The items that decide it, with their multiple beyond class Ⅲ; empty at class Ⅰ, where no item is worse than another.
    pub worst: Vec<(Pollutant, f64)>,
}

impl Standard {
    /// Reads the built-in table.
    pub fn table() -> Standard {
        let row = |line: &str| -> Option<Limits> {
            let cells: Vec<&str> = line.split(',').collect();
            let [_rule, _from, _to, item, body, usage, sense, c1, c2, c3, c4, c5, ..] = cells.as_slice() else {
                return None;
            };
            let number = |text: &str| text.parse::<f64>().ok();
            Some(Limits {
                item: Pollutant::parse(item)?,
                body: match *body {
                    "river" => Some(WaterBody::River),
                    "lake" => Some(WaterBody::Lake),
                    _ => None,
                },
                usage: match *usage {
                    "class" => Use::Class,
                    "separate" => Use::Separate,
                    "drinking water" => Use::DrinkingWater,
                    _ => return None,
                },
                minimum: *sense == "min",
                of_class: [number(c1)?, number(c2)?, number(c3)?, number(c4)?, number(c5)?],
            })
        };
        Standard { rows: TABLE.lines().skip(1).filter_map(row).collect() }
    }

    fn rows(&self, usage: Use, item: Pollutant, body: WaterBody) -> impl Iterator<Item = &Limits> {
        self.rows.iter().filter(move |r| r.usage == usage && r.item == item && r.body.is_none_or(|b| b == body))
    }

    /// Class of one item, 1 to 6; `None` for an item that takes no part.
    pub fn item_class(&self, item: Pollutant, body: WaterBody, si: f64) -> Option<u8> {
        self.class_by(Use::Class, item, body, si)
    }

    /// The most of an item that a class (1 to 5) permits, SI; `None` for an item without an upper limit there.
    pub fn greatest(&self, item: Pollutant, body: WaterBody, class: u8) -> Option<f64> {
        let at = usize::from(class).checked_sub(1)?;
        let mut rows = [Use::Class, Use::Separate].into_iter().flat_map(|u| self.rows(u, item, body));
        let limit = rows.find(|r| !r.minimum)?.of_class.get(at).copied()?;
        Some(item.from_printed(limit))
    }

    fn class_by(&self, usage: Use, item: Pollutant, body: WaterBody, si: f64) -> Option<u8> {
        let value = printed(item, si)?;
        self.rows(usage, item, body)
            .map(|row| {
                let keeps = |limit: &f64| if row.minimum { value >= *limit } else { value <= *limit };
                row.of_class.iter().position(keeps).map_or(WORSE_THAN_V, |k| k as u8 + 1)
            })
            .max()
    }

    /// Class of each item that is judged by itself: total nitrogen of lakes, faecal coliforms.
    pub fn separate(&self, body: WaterBody, values: &[(Pollutant, f64)]) -> Vec<(Pollutant, u8)> {
        let class = |(item, si): &(Pollutant, f64)| Some((*item, self.class_by(Use::Separate, *item, body, *si)?));
        values.iter().filter_map(class).collect()
    }

    /// The supplementary items of a drinking-water source that are beyond their limit, with the multiple beyond it.
    pub fn drinking_water(&self, values: &[(Pollutant, f64)]) -> Vec<(Pollutant, f64)> {
        let beyond = |(item, si): &(Pollutant, f64)| {
            let row = self.rows(Use::DrinkingWater, *item, WaterBody::River).next()?;
            let beyond = printed(*item, *si)? / row.of_class[2] - 1.0;
            (beyond > 0.0).then_some((*item, beyond))
        };
        values.iter().filter_map(beyond).collect()
    }

    /// Multiple of the class Ⅲ limit beyond it; 0 where within, and for DO and pH.
    pub fn beyond_class_3(&self, item: Pollutant, body: WaterBody, si: f64) -> f64 {
        if matches!(item, Pollutant::Do | Pollutant::Ph) {
            return 0.0;
        }
        let Some(value) = printed(item, si) else { return 0.0 };
        self.rows(Use::Class, item, body).map(|row| (value / row.of_class[2] - 1.0).max(0.0)).fold(0.0, f64::max)
    }

    /// Class of a set of values (SI); `None` where no item takes part.
    pub fn grade(&self, body: WaterBody, values: &[(Pollutant, f64)]) -> Option<Grade> {
        let classes: Vec<(Pollutant, f64, u8)> =
            values.iter().filter_map(|(item, si)| Some((*item, *si, self.item_class(*item, body, *si)?))).collect();
        let class = classes.iter().map(|(_, _, k)| *k).max()?;
        let worst = classes
            .iter()
            .filter(|(_, _, k)| *k == class && class > 1)
            .map(|(item, si, _)| (*item, self.beyond_class_3(*item, body, *si)))
            .collect();
        Some(Grade { class, worst })
    }
}

/// Ⅰ to Ⅴ and 劣Ⅴ for 1 to 6, empty for any other number.
pub fn class_name(class: u8) -> &'static str {
    match class {
        1 => "Ⅰ",
        2 => "Ⅱ",
        3 => "Ⅲ",
        4 => "Ⅳ",
        5 => "Ⅴ",
        WORSE_THAN_V => "劣Ⅴ",
        _ => "",
    }
}

/// The items of [`CORE`] that are not among the values.
pub fn missing_core(values: &[(Pollutant, f64)]) -> Vec<Pollutant> {
    CORE.into_iter().filter(|core| !values.iter().any(|(item, si)| item == core && si.is_finite())).collect()
}

/// The printed value, brought to the nearest 1e-9: 0.2 mg/L must not miss its limit of 0.2 by the binary error of a mean or
/// of the way to SI and back.
fn printed(item: Pollutant, si: f64) -> Option<f64> {
    let value = (item.printed(si) * 1e9).round() / 1e9;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The 21 items that make the class, each with a typical value in its printed unit.
    const ITEMS: [(Pollutant, f64); 21] = [
        (Pollutant::Ph, 1.5),
        (Pollutant::Do, 8.0),
        (Pollutant::Codmn, 8.0),
        (Pollutant::Cod, 25.0),
        (Pollutant::Bod5, 6.0),
        (Pollutant::Nh3n, 1.2),
        (Pollutant::Tp, 0.2),
        (Pollutant::Cu, 0.6),
        (Pollutant::Zn, 1.0),
        (Pollutant::Fluoride, 0.9),
        (Pollutant::Se, 0.01),
        (Pollutant::As, 0.05),
        (Pollutant::Hg, 0.0005),
        (Pollutant::Cd, 0.005),
        (Pollutant::Cr6, 0.05),
        (Pollutant::Pb, 0.05),
        (Pollutant::Cyanide, 0.1),
        (Pollutant::VolatilePhenol, 0.01),
        (Pollutant::Petroleum, 0.3),
        (Pollutant::Las, 0.2),
        (Pollutant::Sulfide, 0.5),
    ];

    fn class(body: WaterBody, item: Pollutant, value: f64) -> Option<u8> {
        Standard::table().item_class(item, body, item.from_printed(value))
    }

    #[test]
    fn gb_3838_table_1_holds_24_items_of_which_21_make_the_class() {
        let table = Standard::table();
        for (item, _) in ITEMS {
            for body in [WaterBody::River, WaterBody::Lake] {
                let rows = if item == Pollutant::Ph { 2 } else { 1 };
                assert_eq!(table.rows(Use::Class, item, body).count(), rows, "{item:?}");
            }
        }
        let mut items: Vec<&str> = TABLE
            .lines()
            .skip(1)
            .filter(|line| line.contains("table 1 item"))
            .filter_map(|line| line.split(',').nth(3))
            .collect();
        items.sort_unstable();
        items.dedup();
        assert_eq!(items.len(), 24);
        assert!(items.iter().all(|item| Pollutant::parse(item).is_some()), "{items:?}");
        // Every row names its rule, first day, mark and source.
        for line in TABLE.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            assert!(cells.len() == 15 && cells[1] == "2002-06-01" && !cells[13].is_empty() && !cells[14].is_empty());
        }
    }

    #[test]
    fn total_nitrogen_temperature_and_coliforms_stay_out_of_the_class() {
        assert_eq!(class(WaterBody::Lake, Pollutant::Tn, 9.0), None);
        assert_eq!(class(WaterBody::River, Pollutant::Tn, 9.0), None);
        assert_eq!(class(WaterBody::River, Pollutant::WaterTemperature, 31.0), None);
        assert_eq!(class(WaterBody::River, Pollutant::FaecalColiform, 1e6), None);
    }

    #[test]
    fn total_nitrogen_is_judged_by_itself_in_lakes_and_coliforms_everywhere() {
        let values = [(Pollutant::Tn, 1.2e-3), (Pollutant::FaecalColiform, 3e4 * 1e3), (Pollutant::Do, 8e-3)];
        let table = Standard::table();
        let coliform = (Pollutant::FaecalColiform, 5);
        assert_eq!(table.separate(WaterBody::Lake, &values), [(Pollutant::Tn, 4), coliform]);
        assert_eq!(table.separate(WaterBody::River, &values), [coliform]);
    }

    #[test]
    fn the_five_items_of_table_2_hold_for_drinking_water_sources_only() {
        use Pollutant::{Chloride, Fe, Mn, No3n, Sulfate};
        let table = Standard::table();
        let at = [(Sulfate, 250.0), (Chloride, 250.0), (No3n, 10.0), (Fe, 0.3), (Mn, 0.1)];
        let values = |times: f64| at.map(|(item, limit)| (item, item.from_printed(limit * times)));
        assert_eq!(table.drinking_water(&values(1.0)), []);
        let beyond = table.drinking_water(&values(1.5));
        assert_eq!(beyond.iter().map(|b| b.0).collect::<Vec<_>>(), at.map(|a| a.0));
        assert!(beyond.iter().all(|b| (b.1 - 0.5).abs() < 1e-9), "{beyond:?}");
        assert_eq!(table.grade(WaterBody::River, &values(9.0)), None);
    }

    #[test]
    fn metals_and_toxic_items_make_the_class_too() {
        // Mercury of 0.0002 mg/L: beyond 0.0001 (Ⅲ), within 0.001 (Ⅳ); 0.0002/0.0001 − 1 = 1.
        let values = [(Pollutant::Do, 9e-3), (Pollutant::Hg, Pollutant::Hg.from_printed(0.0002))];
        let grade = Standard::table().grade(WaterBody::River, &values).unwrap();
        assert_eq!((grade.class, grade.worst.len()), (4, 1));
        assert!((grade.worst[0].1 - 1.0).abs() < 1e-9);
        assert_eq!(class(WaterBody::River, Pollutant::Hg, 0.00005), Some(1));
        assert_eq!(class(WaterBody::River, Pollutant::VolatilePhenol, 0.11), Some(6));
    }

    #[test]
    fn a_section_with_missing_items_is_classed_by_what_there_is_and_the_missing_are_named() {
        let values = [(Pollutant::Codmn, 5e-3), (Pollutant::Tp, f64::NAN)];
        assert_eq!(Standard::table().grade(WaterBody::River, &values).map(|g| g.class), Some(3));
        use Pollutant::{Do, Nh3n, Ph, Tp};
        assert_eq!(missing_core(&values), [Ph, Do, Nh3n, Tp]);
    }

    #[test]
    fn a_value_at_its_limit_keeps_the_class() {
        use Pollutant::{Codmn, Do, Nh3n, Ph, Tp};
        let river = WaterBody::River;
        assert_eq!([7.5, 7.49, 5.0, 2.0, 1.99].map(|v| class(river, Do, v)), [1, 2, 3, 5, 6].map(Some));
        assert_eq!([2.0, 2.01, 6.0, 15.0, 15.1].map(|v| class(river, Codmn, v)), [1, 2, 3, 5, 6].map(Some));
        assert_eq!([0.15, 1.0, 2.0, 2.001].map(|v| class(river, Nh3n, v)), [1, 3, 5, 6].map(Some));
        assert_eq!([6.0, 9.0, 5.99, 9.01].map(|v| class(river, Ph, v)), [1, 1, 6, 6].map(Some));
        assert_eq!([0.1, 0.2, 0.4].map(|v| class(river, Tp, v)), [2, 3, 5].map(Some));
        assert_eq!([0.05, 0.1, 0.2, 0.4].map(|v| class(WaterBody::Lake, Tp, v)), [3, 4, 5, 6].map(Some));
        assert_eq!(class(river, Tp, f64::NAN), None);
    }

    #[test]
    fn the_worst_items_carry_their_multiple_beyond_class_three() {
        // NH3-N 1.5 against 1.0: 1.5/1.0 − 1 = 0.5; DO has no multiple.
        let values = [(Pollutant::Do, 3.5e-3), (Pollutant::Nh3n, 1.5e-3), (Pollutant::Codmn, 3e-3)];
        let grade = Standard::table().grade(WaterBody::River, &values).unwrap();
        assert_eq!(grade.class, 4);
        assert_eq!(grade.worst, [(Pollutant::Do, 0.0), (Pollutant::Nh3n, 0.5)]);
        assert_eq!(Standard::table().grade(WaterBody::River, &[]), None);
    }

    proptest! {
        #[test]
        fn the_class_never_improves_when_an_item_worsens(
            share in prop::collection::vec(0.0..3.0_f64, 21), item in 0..21_usize, more in 0.0..1.0_f64, lake in any::<bool>(),
        ) {
            let table = Standard::table();
            let body = if lake { WaterBody::Lake } else { WaterBody::River };
            // DO worsens downwards, pH away from 7.5.
            let values = |share: &[f64]| -> Vec<(Pollutant, f64)> {
                ITEMS.iter().zip(share).map(|((p, typical), s)| {
                    let printed = match p {
                        Pollutant::Ph => 7.5 + typical * s,
                        Pollutant::Do => typical * (2.0 - s / 1.5).max(0.0),
                        _ => typical * s,
                    };
                    (*p, p.from_printed(printed))
                }).collect()
            };
            let before = table.grade(body, &values(&share)).unwrap().class;
            let mut worse = share.clone();
            worse[item] += more;
            prop_assert!(table.grade(body, &values(&worse)).unwrap().class >= before);
            // Nor by the item alone, whatever the others hide.
            let alone = |share: &[f64]| table.grade(body, &values(share)[item..=item]).unwrap().class;
            prop_assert!(alone(&worse) >= alone(&share));
            // Nor when an item more is measured.
            prop_assert!(table.grade(body, &values(&share)[..20]).unwrap().class <= before);
        }

        #[test]
        fn the_class_does_not_depend_on_the_order_of_the_items(
            share in prop::collection::vec(0.0..3.0_f64, 21), turn in 0..21_usize,
        ) {
            let table = Standard::table();
            let mut values: Vec<(Pollutant, f64)> =
                ITEMS.iter().zip(&share).map(|((p, typical), s)| (*p, p.from_printed(typical * s))).collect();
            let class = table.grade(WaterBody::River, &values).unwrap().class;
            values.rotate_left(turn);
            prop_assert_eq!(table.grade(WaterBody::River, &values).unwrap().class, class);
        }
    }
}
