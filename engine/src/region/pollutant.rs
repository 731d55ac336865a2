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
    Cu,     "Cu",     &["cu", "铜"],                 Water, "mg/L",  "铜", "copper", (0.0, 500.0), 4;
    Zn,     "Zn",     &["zn", "锌"],                 Water, "mg/L",  "锌", "zinc", (0.0, 1000.0), 4;
    Fluoride, "F-",   &["f-", "fluoride", "氟化物"],  Water, "mg/L",  "氟化物", "fluoride", (0.0, 500.0), 3;
    Se,     "Se",     &["se", "硒"],                 Water, "mg/L",  "硒", "selenium", (0.0, 50.0), 4;
    As,     "As",     &["as", "砷"],                 Water, "mg/L",  "砷", "arsenic", (0.0, 100.0), 4;
    Hg,     "Hg",     &["hg", "汞"],                 Water, "mg/L",  "汞", "mercury", (0.0, 10.0), 6;
    Cd,     "Cd",     &["cd", "镉"],                 Water, "mg/L",  "镉", "cadmium", (0.0, 100.0), 5;
    Cr6,    "Cr6+",   &["cr6+", "cr6", "cr(vi)", "六价铬", "铬(六价)"], Water, "mg/L", "六价铬", "hexavalent chromium", (0.0, 500.0), 4;
    Pb,     "Pb",     &["pb", "铅"],                 Water, "mg/L",  "铅", "lead", (0.0, 100.0), 4;
    Cyanide, "CN-",   &["cn-", "cn", "cyanide", "氰化物"], Water, "mg/L", "氰化物", "cyanide", (0.0, 500.0), 4;
    VolatilePhenol, "volatile phenol", &["volatile_phenol", "挥发酚"], Water, "mg/L", "挥发酚", "volatile phenol", (0.0, 1000.0), 4;
    Petroleum, "petroleum", &["oil", "石油类"],       Water, "mg/L",  "石油类", "petroleum", (0.0, 1000.0), 3;
    Las,    "LAS",    &["las", "surfactant", "阴离子表面活性剂"], Water, "mg/L", "阴离子表面活性剂", "anionic surfactant", (0.0, 500.0), 3;
    Sulfide, "sulfide", &["s2-", "硫化物"],           Water, "mg/L",  "硫化物", "sulfide", (0.0, 500.0), 3;
    FaecalColiform, "faecal coliform", &["faecal_coliform", "fecal_coliform", "粪大肠菌群"], Water, "count/L", "粪大肠菌群", "faecal coliform", (0.0, 1e12), 0;
    Sulfate, "SO4",   &["so4", "so4_2-", "sulfate", "硫酸盐"], Water, "mg/L", "硫酸盐", "sulfate", (0.0, 50000.0), 1;
    Chloride, "Cl-",  &["cl-", "cl", "chloride", "氯化物"], Water, "mg/L", "氯化物", "chloride", (0.0, 100000.0), 1;
    No3n,   "NO3-N",  &["no3n", "no3-n", "no3_n", "硝酸盐", "硝酸盐氮"], Water, "mg/L", "硝酸盐氮", "nitrate nitrogen", (0.0, 1000.0), 2;
    Fe,     "Fe",     &["fe", "铁"],                 Water, "mg/L",  "铁", "iron", (0.0, 5000.0), 3;
    Mn,     "Mn",     &["mn", "锰"],                 Water, "mg/L",  "锰", "manganese", (0.0, 1000.0), 3;
    ChlorophyllA, "chlorophyll-a", &["chla", "chlorophyll_a", "叶绿素a", "叶绿素α"], Water, "ug/L", "叶绿素a", "chlorophyll a", (0.0, 10000.0), 1;
    AlgalDensity, "algal density", &["algal_density", "algae", "藻密度"], Water, "cells/L", "藻密度", "algal density", (0.0, 1e13), 0;
    Transparency, "transparency", &["secchi_m", "sd", "透明度"], Water, "m", "透明度", "transparency", (0.0, 60.0), 2;
    Orp,    "ORP",    &["orp", "氧化还原电位"],        Water, "mV",    "氧化还原电位", "redox potential", (-1000.0, 1200.0), 0;
}

impl Pollutant {
    /// This pollutant's row in the table.
    pub fn spec(self) -> &'static Spec {
        &TABLE[self as usize].1
    }

    /// Reads any of the spellings in the table, the Chinese name among them.
    pub fn parse(text: &str) -> Option<Pollutant> {
        let text = text.trim();
        let lower = text.to_lowercase();
        TABLE
            .iter()
            .find(|(_, s)| s.id == text || s.name_zh == text || s.aliases.contains(&lower.as_str()))
            .map(|(p, _)| *p)
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
