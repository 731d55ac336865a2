//! From a table of readings to the years of cities: hour → day → year, station → city, each with its coverage.
//!
//! * A station's day is the mean of its hours (ozone: the greatest 8 h mean), or the daily value that the table gives.
//! * A city's day is the mean of its stations with a valid day, where they are at least 75 % of those that the register
//!   names for it (of those in the table, where there is no register).
//! * A city's year has the items of HJ 663 against the class 2 limits in force when it begins, the comprehensive index with and
//!   without days of dust, and its days by category of the index in force on each.
//! * An item is `valid` where GB 3095 table 4 is kept: 324 days and every month. One that is not has its value all the same,
//!   marked, because a part of a year is often all there is.
//!
//! *Where it fails.* The ozone of a day is judged with its 8 h value alone (the greatest 1 h value, which the edition of 2012
//! also scores, is not carried through the city mean). Gases are taken as reported (before 2018-09-01 at 273 K) unless
//! [`Choice::state_298`] is set. Exceptional events and means over years follow news of HJ 663-2026, not its text.

use super::aggregate::{self, Mean, Stamp};
use super::evaluation::{self, Comprehensive, DayCount, Days, Dust, YearItem};
use super::exceedance::{self, Exceedances};
use super::judge::Reading;
use super::{limits, whole_days};
use crate::assess::edition::{self, AIR_INDEX, Edition};
use crate::assess::hj633::{self, Breakpoints};
use crate::region::calendar::{DAY, HOUR, Period, Time};
use crate::region::pollutant::Pollutant;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Daily means by pollutant, each in the order of its days.
pub type MeanDays = BTreeMap<Pollutant, Vec<Mean>>;

/// The days of each station. A given daily value goes before one made from hours.
pub fn station_days<'a>(readings: &[Reading<'a>], stamp: Stamp, zone: i64) -> BTreeMap<&'a str, MeanDays> {
    let mut found: BTreeMap<&str, MeanDays> = BTreeMap::new();
    for ((station, pollutant), own) in whole_days::series(readings, stamp, zone) {
        let (made, daily) = if pollutant == Pollutant::O3 {
            (aggregate::greatest_eight_hours(&own.hours, whole_days::ozone_limit(pollutant), zone), 8 * HOUR)
        } else {
            (aggregate::days(&own.hours, zone), DAY)
        };
        let mut days: BTreeMap<Time, Mean> = made.into_iter().map(|m| (m.period.start, m)).collect();
        for (start, value) in own.given.get(&daily).into_iter().flatten() {
            let period = Period { start: *start, end: Time(start.0 + DAY) };
            days.insert(*start, Mean { period, value: Some(*value), there: 1, expected: 1 });
        }
        if !days.is_empty() {
            found.entry(station).or_default().insert(pollutant, days.into_values().collect());
        }
    }
    found
}

/// The days of each city from those of its stations; `city_of` is the register. A station that it does not name is its
/// own city where the register is empty, and stays out otherwise.
pub fn city_days<'a>(
    stations: &BTreeMap<&'a str, MeanDays>,
    city_of: &BTreeMap<&'a str, &'a str>,
) -> BTreeMap<&'a str, MeanDays> {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (station, city) in city_of {
        members.entry(city).or_default().push(station);
    }
    if city_of.is_empty() {
        members = stations.keys().map(|s| (*s, vec![*s])).collect();
    }
    let city = |list: &[&str]| -> MeanDays {
        let mut days: BTreeMap<Pollutant, BTreeMap<Time, Vec<Option<f64>>>> = BTreeMap::new();
        for (pollutant, means) in list.iter().filter_map(|s| stations.get(s)).flatten() {
            for mean in means {
                days.entry(*pollutant).or_default().entry(mean.period.start).or_default().push(mean.value);
            }
        }
        let mean = |(start, mut values): (Time, Vec<Option<f64>>)| {
            values.resize(list.len(), None);
            aggregate::city(Period { start, end: Time(start.0 + DAY) }, &values)
        };
        days.into_iter().map(|(p, of_day)| (p, of_day.into_iter().map(mean).collect())).collect()
    };
    members.iter().map(|(code, list)| (*code, city(list))).filter(|(_, days)| !days.is_empty()).collect()
}

/// An item of a year with what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Item {
    /// The item.
    #[serde(flatten)]
    pub item: YearItem,
    /// Valid days.
    pub there: usize,
    /// Days of the year.
    pub expected: usize,
    /// Whether GB 3095 table 4 is kept.
    pub valid: bool,
}

/// A year of a city.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CityYear {
    /// Its code.
    pub code: String,
    /// Which year.
    pub year: Period,
    /// The limits it was held against.
    pub rule: String,
    /// The items, dust kept.
    pub items: Vec<Item>,
    /// The comprehensive index, dust kept.
    pub index: Comprehensive,
    /// The same where PM10 and PM2.5 leave out the days of dust.
    pub without_dust: Comprehensive,
    /// Days of dust in the year.
    pub dust_days: usize,
    /// Values left out of the items, the index and the exceedances as exceptional events; the days by category keep them.
    pub events: BTreeMap<Pollutant, usize>,
    /// Days by category of the index, dust kept.
    pub count: DayCount,
    /// The editions that judged its days.
    pub index_rules: BTreeSet<String>,
    /// The levels of the rules asked for.
    pub exceedances: Vec<Exceedances>,
    /// Index of each day that has one.
    #[serde(skip)]
    pub daily: Vec<(Time, u16)>,
}

/// What a year is judged by.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Identifier of the limits; `None` = the edition of GB 3095 in force when the year begins.
    pub limits: Option<String>,
    /// Weights of the comprehensive index; 1 where not named.
    pub weights: BTreeMap<Pollutant, f64>,
    /// Days of dust by city.
    pub dust: BTreeMap<String, BTreeSet<Time>>,
    /// Days of exceptional events by city and pollutant, left out of the items (HJ 663-2026; its text was not read).
    pub events: BTreeMap<String, BTreeMap<Pollutant, BTreeSet<Time>>>,
    /// Gases before 2018-09-01 are brought to the reference state of 298.15 K.
    pub state_298: bool,
    /// Rules whose exceedances are counted.
    pub exceedances: Vec<String>,
}

/// The years of a city.
pub fn years(code: &str, means: &MeanDays, choice: &Choice, zone: i64) -> Vec<CityYear> {
    let register = edition::editions(zone);
    let tables: Vec<(&str, Breakpoints)> =
        [hj633::RULE_2012, hj633::RULE_2026].into_iter().filter_map(|r| Some((r, Breakpoints::of(r)?))).collect();
    let mut found: Vec<Period> = means.values().flatten().map(|m| aggregate::year_of(m.period.start, zone)).collect();
    found.sort();
    found.dedup();
    let of_year = |year: Period| {
        let value = |p: Pollutant, m: &Mean| {
            let factor = if choice.state_298 { limits::to_reference_state_298(p, m.period.start, zone) } else { 1.0 };
            Some((m.period.start, m.value? * factor))
        };
        let all: Days = means
            .iter()
            .map(|(p, list)| {
                (*p, list.iter().filter(|m| year.contains(m.period.start)).filter_map(|m| value(*p, m)).collect())
            })
            .collect();
        let mut days = all.clone();
        let mut events = BTreeMap::new();
        for (pollutant, of) in choice.events.get(code).into_iter().flatten() {
            if let Some(own) = days.get_mut(pollutant) {
                let before = own.len();
                own.retain(|t, _| !of.contains(t));
                events.insert(*pollutant, before - own.len());
            }
        }
        events.retain(|_, left_out| *left_out > 0);
        let in_force = edition::in_force(&register, "air limits", year).map_or(limits::GB_2012, |e| e.rule);
        let rule = choice.limits.as_deref().unwrap_or(in_force);
        let none = BTreeSet::new();
        let dusty = choice.dust.get(code).unwrap_or(&none);
        let index = |dust| evaluation::comprehensive(&days, rule, year.start, zone, dust, &choice.weights);
        let item = |item: YearItem| {
            let list = means.get(&item.pollutant).map(Vec::as_slice).unwrap_or_default();
            let valid = aggregate::years(list, zone).into_iter().find(|m| m.period == year);
            let there = days.get(&item.pollutant).map_or(0, BTreeMap::len);
            let expected = usize::try_from(year.seconds() / DAY).unwrap_or(0);
            Item { item, there, expected, valid: valid.is_some_and(|m| m.value.is_some()) }
        };
        let (daily, index_rules) = daily(&all, &register, &tables, zone);
        let mut count = DayCount::default();
        daily.iter().for_each(|(_, i)| count.add(*i));
        CityYear {
            code: code.to_string(),
            year,
            rule: rule.to_string(),
            items: evaluation::year(&days, rule, year.start, zone, Dust::Kept).into_iter().map(item).collect(),
            index: index(Dust::Kept),
            without_dust: index(Dust::LeftOut(dusty)),
            events,
            dust_days: dusty.iter().filter(|d| year.contains(**d)).count(),
            count,
            index_rules,
            exceedances: choice.exceedances.iter().flat_map(|r| exceedance::of_days(&days, r, year, zone)).collect(),
            daily,
        }
    };
    found.into_iter().map(of_year).collect()
}

/// The index of each day by the edition in force on it.
fn daily(
    days: &Days,
    register: &[Edition],
    tables: &[(&str, Breakpoints)],
    zone: i64,
) -> (Vec<(Time, u16)>, BTreeSet<String>) {
    let starts: BTreeSet<Time> = days.values().flat_map(|d| d.keys().copied()).collect();
    let (mut list, mut rules) = (Vec::new(), BTreeSet::new());
    for start in starts {
        let period = Period { start: start.midnight(zone), end: Time(start.0 + DAY) };
        let Some(edition) = edition::in_force(register, AIR_INDEX, period) else { continue };
        let Some((_, table)) = tables.iter().find(|(r, _)| *r == edition.rule) else { continue };
        let values: Vec<(Pollutant, i64, f64)> =
            hj633::ITEMS.iter().filter_map(|(p, s)| Some((*p, *s, *days.get(p)?.get(&start)?))).collect();
        if let Some(index) = table.day(&values).index {
            list.push((start, index));
            rules.insert(edition.rule.to_string());
        }
    }
    (list, rules)
}

/// One item over several years.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rolling {
    /// The city.
    pub code: String,
    /// The last of the years, whose limit holds.
    pub year: Period,
    /// Mean of the years' values.
    pub item: YearItem,
    /// Whether each of them is valid.
    pub valid: bool,
    /// The limits.
    pub rule: String,
}

/// The mean of each item over `count` years in a row of one city, against the limit of the last; years that are not all
/// there have none. After the news of HJ 663-2026; its text was not read.
pub fn rolling(years: &[CityYear], count: usize) -> Vec<Rolling> {
    let mut found = Vec::new();
    for last in years {
        let mut run = vec![last];
        while let Some(before) = run.last().and_then(|y| {
            let ends = |b: &&CityYear| b.code == y.code && b.year.end == y.year.start;
            years.iter().find(ends).filter(|_| run.len() < count)
        }) {
            run.push(before);
        }
        if run.len() < count.max(1) {
            continue;
        }
        for item in &last.items {
            let key = (item.item.pollutant, item.item.statistic);
            let of = |y: &&CityYear| y.items.iter().find(|i| (i.item.pollutant, i.item.statistic) == key).copied();
            let Some(all) = run.iter().map(of).collect::<Option<Vec<Item>>>() else { continue };
            let value = all.iter().map(|i| i.item.value).sum::<f64>() / all.len() as f64;
            found.push(Rolling {
                code: last.code.clone(),
                year: last.year,
                item: YearItem { value, meets: evaluation::meets(key.0, value, item.item.limit), ..item.item },
                valid: all.iter().all(|i| i.valid),
                rule: last.rule.clone(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: i64 = 8 * HOUR;

    fn on(date: &str) -> Time {
        Time::parse(date, ZONE).unwrap()
    }

    fn hours<'a>(station: &'a str, first: Time, count: i64, value: f64) -> Vec<Reading<'a>> {
        (0..count)
            .map(|h| Reading {
                station,
                time: Time(first.0 + h * HOUR),
                pollutant: Pollutant::Pm25,
                averaging_s: HOUR,
                value: Some(value),
            })
            .collect()
    }

    #[test]
    fn hours_stamped_at_their_end_and_at_their_start_make_the_same_days() {
        let at = |first: &str, stamp| station_days(&hours("a", on(first), 48, 5e-8), stamp, ZONE)["a"].clone();
        assert_eq!(at("2018-01-01T01:00", Stamp::End), at("2018-01-01", Stamp::Start));
    }

    #[test]
    fn hj_663_a_city_whose_stations_are_mostly_silent_has_no_day_and_a_station_outside_the_register_stays_out() {
        let readings = [hours("a", on("2018-01-01"), 24, 4e-8), hours("x", on("2018-01-01"), 24, 9e-8)].concat();
        let stations = station_days(&readings, Stamp::Start, ZONE);
        let value = |register: &[(&'static str, &'static str)]| {
            let cities = city_days(&stations, &register.iter().copied().collect());
            let micrograms = |v: f64| (v * 1e15).round() / 1e6;
            cities.get("c").map(|days| days[&Pollutant::Pm25][0].value.map(micrograms))
        };
        assert_eq!(value(&[("a", "c")]), Some(Some(40.0)));
        assert_eq!(value(&[("a", "c"), ("b", "c")]), Some(None));
        assert_eq!(value(&[("b", "c")]), None);
        assert_eq!(city_days(&stations, &BTreeMap::new()).len(), 2);
    }

    /// 365 days of one value, 40 of them of another.
    fn year_of_days() -> MeanDays {
        let day =
            |k: i64| Period { start: Time(on("2022-01-01").0 + k * DAY), end: Time(on("2022-01-02").0 + k * DAY) };
        let value = |k: i64| if k < 40 { 80e-9 } else { 20e-9 };
        let list = (0..365).map(|k| Mean { period: day(k), value: Some(value(k)), there: 24, expected: 24 }).collect();
        MeanDays::from([(Pollutant::Pm25, list)])
    }

    #[test]
    fn a_year_has_its_items_its_coverage_its_days_by_category_and_its_exceedances() {
        let exceedances = vec![limits::WHO.to_string(), limits::EU.to_string()];
        let found = years("c", &year_of_days(), &Choice { exceedances, ..Choice::default() }, ZONE);
        let [year] = found.as_slice() else { panic!("one year") };
        // (40 · 80 + 325 · 20)/365 = 26.58; the 95th percentile is 80 (k = 346.8 of 365).
        let told: Vec<(bool, bool, usize)> = year.items.iter().map(|i| (i.item.meets, i.valid, i.there)).collect();
        assert_eq!((told, year.rule.as_str()), (vec![(true, true, 365), (false, true, 365)], "GB 3095-2012"));
        assert!((year.items[0].item.value * 1e9 - 26.575).abs() < 1e-3);
        // 20 → 29 (excellent), 80 → 107 (lightly polluted).
        assert_eq!(year.count.of_category, [325, 0, 40, 0, 0, 0]);
        let days = |level: &str| {
            let of = year.exceedances.iter().find(|e| e.level == level && e.averaging == "24h");
            of.map(|e| (e.value, e.kept))
        };
        assert_eq!(days("AQG"), Some((365.0, Some(false))));
        assert_eq!(days("IT1"), Some((40.0, Some(false))));
        assert_eq!(days("limit"), Some((40.0, Some(false))));
    }

    #[test]
    fn dust_days_leave_the_index_of_the_ranking_and_stay_in_the_count_of_days() {
        let dust = BTreeMap::from([("c".to_string(), (0..40).map(|k| Time(on("2022-01-01").0 + k * DAY)).collect())]);
        let found = years("c", &year_of_days(), &Choice { dust, ..Choice::default() }, ZONE);
        let single = |c: &Comprehensive| (c.single[0].1 * 35.0 * 1e3).round() / 1e3;
        assert_eq!((single(&found[0].index), single(&found[0].without_dust)), (26.575, 20.0));
        assert_eq!((found[0].dust_days, found[0].count.judged()), (40, 365));
    }

    #[test]
    fn hj_663_2026_exceptional_events_leave_the_items_and_stay_in_the_days() {
        let of = BTreeMap::from([(Pollutant::Pm25, (0..40).map(|k| Time(on("2022-01-01").0 + k * DAY)).collect())]);
        let choice = Choice { events: BTreeMap::from([("c".to_string(), of)]), ..Choice::default() };
        let year = &years("c", &year_of_days(), &choice, ZONE)[0];
        assert_eq!((year.items[0].there, year.events[&Pollutant::Pm25]), (325, 40));
        assert!((year.items[0].item.value - 20e-9).abs() < 1e-15);
        assert_eq!(year.count.of_category, [325, 0, 40, 0, 0, 0]);
    }

    #[test]
    fn hj_663_2026_years_in_a_row_are_averaged_and_a_gap_has_no_mean() {
        let day = |year: &str, value: f64| Mean {
            period: Period { start: on(&format!("{year}-05-01")), end: on(&format!("{year}-05-02")) },
            value: Some(value * 1e-9),
            there: 24,
            expected: 24,
        };
        let list = vec![day("2019", 90.0), day("2021", 30.0), day("2022", 36.0), day("2023", 39.0)];
        let found = years("c", &MeanDays::from([(Pollutant::Pm25, list)]), &Choice::default(), ZONE);
        let told = rolling(&found, 3);
        // (30 + 36 + 39)/3 = 35, which keeps 35; mean and percentile of one year only.
        let means: Vec<(f64, bool, bool)> =
            told.iter().map(|r| ((r.item.value * 1e15).round() / 1e6, r.item.meets, r.valid)).collect();
        assert_eq!(means, [(35.0, true, false); 2]);
    }

    #[test]
    fn gb_3095_2012_amendment_2018_gases_before_september_are_brought_to_298_kelvin_where_asked() {
        let day = |date: &str| Mean {
            period: Period { start: on(date), end: Time(on(date).0 + DAY) },
            value: Some(40e-9),
            there: 24,
            expected: 24,
        };
        let list = vec![day("2018-08-31"), day("2018-09-01")];
        let means = MeanDays::from([(Pollutant::No2, list.clone()), (Pollutant::Pm25, list)]);
        let value = |state_298: bool, p: Pollutant| {
            let found = years("c", &means, &Choice { state_298, ..Choice::default() }, ZONE);
            found[0].items.iter().find(|i| i.item.pollutant == p).map(|i| (i.item.value * 1e13).round() / 1e4)
        };
        // 40 · (0.916149 + 1)/2 = 38.323.
        assert_eq!([value(false, Pollutant::No2), value(true, Pollutant::No2)], [Some(40.0), Some(38.323)]);
        assert_eq!(value(true, Pollutant::Pm25), Some(40.0));
    }
}
