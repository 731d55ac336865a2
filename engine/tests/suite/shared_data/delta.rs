//! Public data on the Yangtze delta, read where they lie.

use liankong_engine::region::calendar::{DAY, HOUR};
use liankong_engine::region::event::WeatherHour;
use liankong_engine::region::{Point, Time};

/// Chinese standard time.
pub const ZONE: i64 = 8 * HOUR;

/// The places of the data set that are cities of prefecture level, with their GB/T 2260 codes. Written out, because names
/// do not identify: its `Taizhou` is 台州 (331000) whatever its coordinates say, and its `Fuyang` is 富阳, a county-level
/// place like the twelve others that are left out.
pub const CITIES: [(&str, &str); 27] = [
    ("Shanghai", "310000"),
    ("Nanjing", "320100"),
    ("Wuxi", "320200"),
    ("Xuzhou", "320300"),
    ("Changzhou", "320400"),
    ("Suzhou", "320500"),
    ("Nantong", "320600"),
    ("Lianyungang", "320700"),
    ("Huaian", "320800"),
    ("Yancheng", "320900"),
    ("Yangzhou", "321000"),
    ("Zhenjiang", "321100"),
    ("Suqian", "321300"),
    ("Hangzhou", "330100"),
    ("Ningbo", "330200"),
    ("Wenzhou", "330300"),
    ("Jiaxing", "330400"),
    ("Huzhou", "330500"),
    ("Shaoxing", "330600"),
    ("Jinhua", "330700"),
    ("Quzhou", "330800"),
    ("Zhoushan", "330900"),
    ("Taizhou", "331000"),
    ("Lishui", "331100"),
    ("Hefei", "340100"),
    ("Wuhu", "340200"),
    ("Maanshan", "340500"),
];
/// Centroid of 台州 (天地图 polygon), in place of the data set's coordinates of 泰州.
const TAIZHOU_ZHEJIANG: Point = Point { lon: 121.107, lat: 28.773 };

/// One city's mean PM2.5 on one day.
pub struct CityDay {
    /// GB/T 2260 code.
    pub code: &'static str,
    /// Where the data set says it is (台州 put right).
    pub place: Point,
    /// Midnight at its start.
    pub day: Time,
    /// kg m⁻³.
    pub kg_m3: f64,
}

/// A date in the delta's zone.
pub fn date(text: &str) -> Time {
    Time::parse(text, ZONE).unwrap()
}

/// Daily PM2.5 of the 27 cities, 2014 and 2015 (CRAN SpTe2M); `None` where the file is absent.
pub fn city_days() -> Option<Vec<CityDay>> {
    let rows = super::rows("data/air/spte2m_pm25_daily_yrd_2014_2015.csv")?;
    let day = |row: &Vec<String>| {
        let [year, time, lon, lat, name, value] = [0, 1, 2, 3, 4, 5].map(|k| row[k].as_str());
        let (_, code) = CITIES.iter().find(|(n, _)| *n == name)?;
        // `Time` is the day of the year over 365; both years have 365 days.
        let number = (time.parse::<f64>().unwrap() * 365.0).round() as i64;
        let first = date(&format!("{}-01-01", year.parse::<f64>().unwrap()));
        let place = match *code {
            "331000" => TAIZHOU_ZHEJIANG,
            _ => Point { lon: lon.parse().unwrap(), lat: lat.parse().unwrap() },
        };
        let kg_m3 = value.parse::<f64>().ok()? * 1e-9;
        Some(CityDay { code, place, day: Time(first.0 + (number - 1) * DAY), kg_m3 })
    };
    Some(rows.iter().filter_map(day).collect())
}

/// Shanghai's hourly weather, 2010–2015 (UCI, CC BY 4.0); `None` where the file is absent. The file adds up the wind speed
/// while the quarter of the wind stays the same (`Iws`); the difference of neighbouring hours is the hour's own.
pub fn shanghai_hours() -> Option<Vec<WeatherHour>> {
    let rows = super::rows("data/met/ShanghaiPM20100101_20151231.csv")?;
    let number = |text: &str| text.parse::<f64>().ok();
    let mut before: Option<(String, f64)> = None;
    let hour = |row: &Vec<String>| {
        let [year, month, day, hour] = [1, 2, 3, 4].map(|k| row[k].parse::<i64>().unwrap());
        let (sector, sum) = (row[13].clone(), number(&row[14]));
        let speed_m_s = match (&before, sum) {
            (Some((same, earlier)), Some(sum)) if *same == sector && sum >= *earlier => Some(sum - earlier),
            (_, sum) => sum,
        };
        before = sum.map(|sum| (sector.clone(), sum));
        let wind_from_deg = match sector.as_str() {
            "NE" => Some(45.0),
            "SE" => Some(135.0),
            "SW" => Some(225.0),
            "NW" => Some(315.0),
            _ => None,
        };
        WeatherHour {
            time: Time(date(&format!("{year:04}-{month:02}-{day:02}")).0 + hour * HOUR),
            wind_from_deg,
            speed_m_s,
            temperature_c: number(&row[12]),
            dew_point_c: number(&row[9]),
            pressure_hpa: number(&row[11]),
            rain_mm: number(&row[15]),
        }
    };
    Some(rows.iter().map(hour).collect())
}
