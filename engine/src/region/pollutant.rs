//! What is measured: one table, from which units, names, legends and plausibility limits derive.

use crate::units::{self, Dimension};
use serde::{Serialize, Serializer};

/// Air or water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// The atmosphere.
    Air,
    /// Rivers and lakes.
    Water,
}

impl Medium {
    /// Reads `air` or `water`.
    pub fn parse(text: &str) -> Option<Medium> {
        match text.trim() {
            "air" => Some(Medium::Air),
            "water" => Some(Medium::Water),
            _ => None,
        }
    }

    /// `air` or `water`.
    pub fn id(self) -> &'static str {
        match self {
            Medium::Air => "air",
            Medium::Water => "water",
        }
    }
}

/// One row of the pollutant table.
#[derive(Debug)]
pub struct Spec {
    /// Printed name, also the name in tables.
    pub id: &'static str,
    /// Other spellings that tables use, lower case.
    pub aliases: &'static [&'static str],
    /// Where it is measured.
    pub medium: Medium,
    /// Unit it is printed in; readings without a unit are in it.
    pub unit: &'static str,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// A reading outside is physically implausible and is flagged `range`; in the printed unit. The limits are ours, wide
    /// on purpose: they find wrong units and saturation codes, not episodes.
    pub plausible: (f64, f64),
    /// Digits printed after the decimal point.
    pub digits: usize,
}

macro_rules! pollutants {
    ($($variant:ident, $id:literal, $aliases:expr, $medium:ident, $unit:literal, $zh:literal, $en:literal, $range:expr, $digits:literal;)*) => {
        /// A measured quantity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Pollutant { $(#[doc = $en] $variant,)* }

        /// The pollutant table, in the order of [`Pollutant`].
        pub const TABLE: &[(Pollutant, Spec)] = &[
            $((Pollutant::$variant, Spec { id: $id, aliases: $aliases, medium: Medium::$medium, unit: $unit,
                name_zh: $zh, name_en: $en, plausible: $range, digits: $digits }),)*
        ];
    };
}

pollutants! {
    So2,    "SO2",    &["so2"],                     Air,   "ug/m3", "二氧化硫", "sulfur dioxide", (0.0, 4000.0), 0;
    No2,    "NO2",    &["no2"],                     Air,   "ug/m3", "二氧化氮", "nitrogen dioxide", (0.0, 4000.0), 0;
    Co,     "CO",     &["co"],                      Air,   "mg/m3", "一氧化碳", "carbon monoxide", (0.0, 200.0), 1;
    O3,     "O3",     &["o3"],                      Air,   "ug/m3", "臭氧", "ozone", (0.0, 1500.0), 0;
    Pm10,   "PM10",   &["pm10", "pm_10"],           Air,   "ug/m3", "可吸入颗粒物", "particles under 10 µm", (0.0, 10000.0), 0;
    Pm25,   "PM2.5",  &["pm25", "pm2_5", "pm2.5"],  Air,   "ug/m3", "细颗粒物", "particles under 2.5 µm", (0.0, 2000.0), 0;
    Ph,     "pH",     &["ph"],                      Water, "1",     "酸碱度", "pH", (0.0, 14.0), 2;
    Do,     "DO",     &["do", "溶解氧"],             Water, "mg/L",  "溶解氧", "dissolved oxygen", (0.0, 25.0), 2;
    Codmn,  "CODMn",  &["codmn", "高锰酸盐指数"],     Water, "mg/L",  "高锰酸盐指数", "permanganate index", (0.0, 500.0), 2;
    Cod,    "COD",    &["cod", "codcr", "化学需氧量"], Water, "mg/L", "化学需氧量", "chemical oxygen demand", (0.0, 5000.0), 1;
    Bod5,   "BOD5",   &["bod5", "bod", "五日生化需氧量"], Water, "mg/L", "五日生化需氧量", "five-day biochemical oxygen demand", (0.0, 2000.0), 1;
    Nh3n,   "NH3-N",  &["nh3n", "nh3-n", "nh3_n", "氨氮"], Water, "mg/L", "氨氮", "ammonia nitrogen", (0.0, 500.0), 3;
    Tp,     "TP",     &["tp", "总磷"],               Water, "mg/L",  "总磷", "total phosphorus", (0.0, 100.0), 3;
    Tn,     "TN",     &["tn", "总氮"],               Water, "mg/L",  "总氮", "total nitrogen", (0.0, 500.0), 2;
    WaterTemperature, "water temperature", &["temp_c", "temp", "水温"], Water, "degC", "水温", "water temperature", (-1.0, 45.0), 1;
}

impl Pollutant {
    /// This pollutant's row in the table.
    pub fn spec(self) -> &'static Spec {
        &TABLE[self as usize].1
    }

    /// Reads any of the spellings in the table.
    pub fn parse(text: &str) -> Option<Pollutant> {
        let text = text.trim();
        let lower = text.to_lowercase();
        TABLE.iter().find(|(_, s)| s.id == text || s.aliases.contains(&lower.as_str())).map(|(p, _)| *p)
    }

    /// Printed value of an SI value.
    pub fn printed(self, si: f64) -> f64 {
        si / self.si_factor()
    }

    /// SI value of a printed value.
    pub fn from_printed(self, value: f64) -> f64 {
        value * self.si_factor()
    }

    fn si_factor(self) -> f64 {
        units::unit(self.spec().unit).map_or(1.0, |u| u.to_si)
    }

    /// What its unit must measure.
    pub fn dimension(self) -> Dimension {
        units::unit(self.spec().unit).map_or(Dimension::Number, |u| u.dimension)
    }
}

impl Serialize for Pollutant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.spec().id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_variants_and_every_unit_is_known() {
        for (i, (pollutant, spec)) in TABLE.iter().enumerate() {
            assert_eq!(*pollutant as usize, i);
            assert!(units::unit(spec.unit).is_some(), "{}", spec.unit);
            assert_eq!(Pollutant::parse(spec.id), Some(*pollutant));
        }
    }
}
