//! The class of surface water by GB 3838-2002: the worst single item decides (单因子评价).
//!
//! ```text
//! class = max_i k_i,     k_i = the best class whose limit item i keeps, 6 where it keeps none (劣Ⅴ)
//! beyond_i = C_i / L_i,Ⅲ − 1,   0 where C_i ≤ L_i,Ⅲ          multiple of the class Ⅲ limit beyond it (超标倍数)
//! ```
//!
//! Items: pH, DO, CODMn, COD, BOD5, NH3-N, TP, whichever were measured; limits with sense, mark and source in
//! `tables/gb3838.csv`. DO limits are minima (class Ⅰ as 7.5 mg/L, not as 90 % of saturation); TP has its own limits for
//! lakes; pH within 6–9 keeps every class and outside keeps none. Total nitrogen and water temperature stay out of the
//! class, as in the official reports; TN of lakes belongs to the judgement of their trophic state, which is another rule.
//! DO and pH have no multiple: theirs is printed as 0.
//!
//! *Where it fails.* Published classes are made from unrounded readings: a total phosphorus printed as 0.100 may have been
//! 0.1004. Toxic items (metals, cyanide, …) of the standard are not read, so a class here is at best as bad as the true one.

use crate::region::network::WaterBody;
use crate::region::pollutant::Pollutant;

/// The rule.
pub const RULE: &str = "GB 3838-2002";
/// Worse than class Ⅴ.
pub const WORSE_THAN_V: u8 = 6;

const TABLE: &str = include_str!("tables/gb3838.csv");

/// One row of limits.
#[derive(Debug, Clone, PartialEq)]
struct Limits {
    item: Pollutant,
    /// `None` = river and lake alike.
    body: Option<WaterBody>,
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
            let [_rule, item, body, "yes", sense, c1, c2, c3, c4, c5, ..] = cells.as_slice() else { return None };
            let number = |text: &str| text.parse::<f64>().ok();
            Some(Limits {
                item: Pollutant::parse(item)?,
                body: match *body {
                    "river" => Some(WaterBody::River),
                    "lake" => Some(WaterBody::Lake),
                    _ => None,
                },
                minimum: *sense == "min",
                of_class: [number(c1)?, number(c2)?, number(c3)?, number(c4)?, number(c5)?],
            })
        };
        Standard { rows: TABLE.lines().skip(1).filter_map(row).collect() }
    }

    fn rows(&self, item: Pollutant, body: WaterBody) -> impl Iterator<Item = &Limits> {
        self.rows.iter().filter(move |r| r.item == item && r.body.is_none_or(|b| b == body))
    }

    /// Class of one item, 1 to 6; `None` for an item that takes no part.
    pub fn item_class(&self, item: Pollutant, body: WaterBody, si: f64) -> Option<u8> {
        let value = printed(item, si)?;
        self.rows(item, body)
            .map(|row| {
                let keeps = |limit: &f64| if row.minimum { value >= *limit } else { value <= *limit };
                row.of_class.iter().position(keeps).map_or(WORSE_THAN_V, |k| k as u8 + 1)
            })
            .max()
    }

    /// Multiple of the class Ⅲ limit beyond it; 0 where within, and for DO and pH.
    pub fn beyond_class_3(&self, item: Pollutant, body: WaterBody, si: f64) -> f64 {
        if matches!(item, Pollutant::Do | Pollutant::Ph) {
            return 0.0;
        }
        let Some(value) = printed(item, si) else { return 0.0 };
        self.rows(item, body).map(|row| (value / row.of_class[2] - 1.0).max(0.0)).fold(0.0, f64::max)
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

    const ITEMS: [Pollutant; 7] = [
        Pollutant::Ph,
        Pollutant::Do,
        Pollutant::Codmn,
        Pollutant::Cod,
        Pollutant::Bod5,
        Pollutant::Nh3n,
        Pollutant::Tp,
    ];

    fn class(body: WaterBody, item: Pollutant, value: f64) -> Option<u8> {
        Standard::table().item_class(item, body, item.from_printed(value))
    }

    #[test]
    fn every_assessed_item_has_limits_for_rivers_and_lakes_and_nitrogen_has_none() {
        let table = Standard::table();
        for item in ITEMS {
            for body in [WaterBody::River, WaterBody::Lake] {
                assert_eq!(table.rows(item, body).count(), if item == Pollutant::Ph { 2 } else { 1 }, "{item:?}");
            }
        }
        assert_eq!(class(WaterBody::Lake, Pollutant::Tn, 9.0), None);
        assert_eq!(class(WaterBody::River, Pollutant::WaterTemperature, 31.0), None);
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
            share in prop::collection::vec(0.0..2.0_f64, 7), item in 0..7_usize, more in 0.0..1.0_f64, lake in any::<bool>(),
        ) {
            let table = Standard::table();
            let body = if lake { WaterBody::Lake } else { WaterBody::River };
            // Multiples of a typical value; DO worsens downwards, pH away from 7.5.
            let typical = [1.5, 8.0, 8.0, 25.0, 6.0, 1.2, 0.2];
            let values = |share: &[f64]| -> Vec<(Pollutant, f64)> {
                ITEMS.iter().zip(share).zip(typical).map(|((p, s), t)| {
                    let printed = match p {
                        Pollutant::Ph => 7.5 + t * s,
                        Pollutant::Do => t * (2.0 - s / 1.5).max(0.0),
                        _ => t * s,
                    };
                    (*p, p.from_printed(printed))
                }).collect()
            };
            let before = table.grade(body, &values(&share)).unwrap().class;
            let mut worse = share.clone();
            worse[item] += more;
            prop_assert!(table.grade(body, &values(&worse)).unwrap().class >= before);
        }
    }
}
