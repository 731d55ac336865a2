//! Orders of which the answer is known.

use super::{Order, orders};
use crate::plan::example::*;
use crate::region::calendar::{DAY, HOUR, Period, Time};
use crate::region::event::{Campaign, EventRule, Obligation};
use crate::region::member::Station;
use crate::region::{Case, Medium, Point, Quality};
use crate::transport::Footprint;
use crate::transport::footprint::{Axes, Column, ReceptorPeriod, ReceptorQuantity};

/// `day` days and `hour` hours after the start of the example's period.
fn at(day: i64, hour: i64) -> Time {
    Time(period().start.0 + day * DAY + hour * HOUR)
}

fn rule(id: &str, from: Time, until: Time, member: Option<&str>, sector: Option<&str>, cut: f64) -> EventRule {
    EventRule {
        id: id.into(),
        window: Period { start: from, end: until },
        member: member.map(str::to_string),
        structure: None,
        sector: sector.map(str::to_string),
        cut,
        obligation: Obligation::Must,
        name_zh: id.into(),
        name_en: id.into(),
        mark: "synthetic".into(),
        origin: String::new(),
    }
}

fn campaign(treated: &str, from: Time, until: Time) -> Campaign {
    let window = Period { start: from, end: until };
    Campaign {
        id: "c".into(),
        treated: treated.into(),
        window,
        cuts: Vec::new(),
        name_zh: String::new(),
        name_en: String::new(),
    }
}

/// A plant in each city, emitting 2 kg/s of PM2.5, and a river outfall in A1.
fn four_sources() -> Case {
    let mut case = case();
    for city in ["A1", "A2", "B1"] {
        add_source(&mut case, &format!("plant-{city}"), city, Medium::Air, "power", ("PM2.5", 2.0));
    }
    add_source(&mut case, "outfall", "A1", Medium::Water, "textile", ("TN", 1.0));
    case
}

fn add_station(case: &mut Case, id: &str) {
    let place = Point { lon: 121.0, lat: 31.0 };
    case.stations.push(Station { id: id.into(), member: "A1".into(), place, name_zh: id.into(), name_en: id.into() });
}

/// Rows of two stations on days 2 to 5; day d at S feels source s of its own day by (s + 1) and of the day before by half
/// as much; T feels a tenth. Two batches, 10 % above and below.
fn daily(case: &Case) -> Footprint {
    let day = |d: i64| Period { start: at(d, 0), end: at(d + 1, 0) };
    let axes = Axes {
        medium: Medium::Air,
        quantity: ReceptorQuantity::Concentration,
        sites: case.sources.iter().map(|s| s.id.clone()).collect(),
        source_sites: (0..).zip(&case.sources).map(|(i, s)| (s.medium == Medium::Air).then_some(i)).collect(),
        species: vec!["SO2".into(), "PM2.5".into()],
        bins: (0..8).map(day).collect(),
        quality: Quality::Screening,
        origin: "example".into(),
        replicate_count: 2,
    };
    let mut footprint = Footprint::new(axes);
    for (station, weight) in [("S", 1.0), ("T", 0.1)] {
        for d in 2..6_u16 {
            let entry = |s: u32, bin: u16, v: f64| {
                let v = v * weight * f64::from(s + 1);
                (Column { site: s, species: 1, bin }, v, vec![(1.1 * v) as f32, (0.9 * v) as f32])
            };
            let entries = (0..3).flat_map(|s| [entry(s, d, 1.0), entry(s, d - 1, 0.5)]).collect();
            let row = ReceptorPeriod { receptor: station.into(), period: day(i64::from(d)), pollutant: "PM2.5".into() };
            footprint.push_row(row, Vec::new(), entries);
        }
    }
    footprint
}

fn windows_of<'a>(orders: &'a [Order], source: &str) -> Vec<(&'a str, Time, Time)> {
    let of = orders.iter().filter(|o| o.source == source);
    of.map(|o| (o.rule.as_str(), o.window.start, o.window.end)).collect()
}

#[test]
fn a_rule_on_a_province_covers_its_cities_and_no_others() {
    let mut case = four_sources();
    case.event = vec![rule("r", at(2, 0), at(4, 0), Some("A"), None, 0.3)];
    let found = orders(&case, None);
    let sources: Vec<&str> = found.orders.iter().map(|o| o.source.as_str()).collect();
    assert_eq!(sources, ["outfall", "plant-A1", "plant-A2"]);
    let first = &found.orders[1];
    assert_eq!((first.member.as_str(), first.city.as_str(), first.effect), ("A", "A1", None));
    assert_eq!(first.stopped, [("PM2.5".to_string(), 0.6)]);
    assert_eq!(first.id, "r-plant-A1-20151203T0000");
    assert_eq!((found.receptor, found.window), (None, Some(Period { start: at(2, 0), end: at(4, 0) })));
    assert!(found.expected_by_station.is_empty());
}

#[test]
fn sector_and_structure_narrow_a_rule_and_a_rule_without_a_cut_orders_nothing() {
    let mut case = four_sources();
    case.event = vec![rule("r", at(2, 0), at(4, 0), None, Some("textile"), 0.3)];
    assert_eq!(orders(&case, None).orders.len(), 1);
    case.event[0].structure = Some("energy".into());
    assert!(orders(&case, None).orders.is_empty());
    case.event = vec![rule("r", at(2, 0), at(4, 0), None, None, 0.0)];
    assert!(orders(&case, None).orders.is_empty());
}

#[test]
fn where_rules_overlap_the_stricter_rules_hour_by_hour() {
    // 10 % all week; 50 % from day 3, 08:00 to day 4; 50 % "should" on the same hours and 6 h longer.
    let mut case = four_sources();
    let mut should = rule("a-should", at(3, 8), at(4, 6), Some("A1"), None, 0.5);
    should.obligation = Obligation::Should;
    case.event = vec![
        rule("base", at(1, 0), at(7, 0), None, None, 0.1),
        rule("peak", at(3, 8), at(4, 0), Some("A1"), None, 0.5),
        should,
        rule("lapsed", at(3, 8), at(3, 8), None, None, 0.9),
    ];
    let found = orders(&case, None).orders;
    let expected = [
        ("base", at(1, 0), at(3, 8)),
        ("peak", at(3, 8), at(4, 0)),
        ("a-should", at(4, 0), at(4, 6)),
        ("base", at(4, 6), at(7, 0)),
    ];
    assert_eq!(windows_of(&found, "plant-A1"), expected);
    // A rule is one order where no stricter one cuts it, whatever ends lie inside.
    assert_eq!(windows_of(&found, "plant-B1"), [("base", at(1, 0), at(7, 0))]);
    case.event.reverse();
    assert_eq!(orders(&case, None).orders, found);
}

#[test]
fn a_shore_power_order_begins_in_the_windows_first_hour_and_ends_in_its_last() {
    let mut case = case();
    add_source(&mut case, "berths", "A1", Medium::Air, "shipping", ("PM2.5", 1.0));
    case.event = vec![rule("shore", at(2, 6), at(5, 18), None, Some("shipping"), 0.56)];
    let found = orders(&case, None).orders;
    assert_eq!(found[0].window, Period { start: at(2, 6), end: at(5, 18) });
    assert!(found[0].action.0.contains("岸电") && found[0].action.1.contains("56 %"), "{:?}", found[0].action);
    assert_eq!(found[0].id, "shore-berths-20151203T0600");
}

#[test]
fn the_effect_is_the_mean_over_the_events_days_of_footprint_times_what_is_stopped() {
    // The event is days 3 and 4 (the campaign clips it). B1 (site 2, weight 3) stops 0.5 · 2 = 1 kg/s from day 3 12:00 to
    // day 5: day 3 feels half of bin 3: 3 · ½; day 4 feels bin 4 and half of bin 3 at half: 3 · (1 + ½ · ½).
    // Mean −(1.5 + 3.75) / 2 = −2.625. A1 (weight 1) stops 0.2 kg/s on days 3 and 4: −0.2 · (1 + 1.5) / 2 = −0.25.
    let mut case = four_sources();
    add_station(&mut case, "T");
    add_station(&mut case, "S");
    add_station(&mut case, "unseen");
    case.event = vec![
        rule("b", at(3, 12), at(5, 0), Some("B"), None, 0.5),
        rule("a", at(3, 0), at(5, 0), Some("A1"), None, 0.1),
        rule("late", at(6, 0), at(7, 0), Some("A2"), None, 0.5),
    ];
    case.campaigns = vec![campaign("T", at(6, 0), at(7, 0)), campaign("S", at(1, 0), at(5, 0))];
    let found = orders(&case, Some(&daily(&case)));
    assert_eq!(found.receptor.as_deref(), Some("S"));
    assert_eq!(found.window, Some(Period { start: at(3, 0), end: at(5, 0) }));
    let effect = |source: &str| found.orders.iter().find(|o| o.source == source).unwrap().effect;
    assert!((effect("plant-B1").unwrap() + 2.625).abs() < 1e-12);
    assert!((effect("plant-A1").unwrap() + 0.25).abs() < 1e-12);
    assert_eq!(effect("plant-A2"), Some(0.0));
    assert_eq!(effect("outfall"), None);
    // The orders add up to what is expected; its error from batches at ±10 % of each day: √(0.17² + 0.405²) / 2.
    let (expected, error) = found.expected.unwrap();
    let sum: f64 = found.orders.iter().filter_map(|o| o.effect).sum();
    assert!((expected - sum).abs() < 1e-12 && (expected + 2.875).abs() < 1e-12);
    let days = [0.1 * (1.5 + 0.2), 0.1 * (3.75 + 0.3)];
    assert!((error - f64::hypot(days[0], days[1]) / 2.0).abs() < 1e-6, "{error}");
    // T feels a tenth; a station without rows is not in the list.
    let by_station: Vec<&str> = found.expected_by_station.iter().map(|(s, _)| s.as_str()).collect();
    assert_eq!(by_station, ["T", "S"]);
    assert!((found.expected_by_station[0].1 + 0.2875).abs() < 1e-12);
}

#[test]
fn an_emission_that_ends_inside_the_window_is_stopped_only_while_it_lasts() {
    let mut case = case();
    add_source(&mut case, "fires", "A1", Medium::Air, "straw", ("PM2.5", 0.0));
    let while_it_burns = Period { start: at(0, 0), end: at(3, 0) };
    add_emission(&mut case, 0, ("PM2.5", 4.0), Some(while_it_burns));
    add_station(&mut case, "S");
    case.event = vec![rule("ban", at(2, 0), at(4, 0), None, None, 0.5)];
    case.campaigns = vec![campaign("S", at(2, 0), at(4, 0))];
    let mut footprint_case = case.clone();
    for city in ["A2", "B1"] {
        add_source(&mut footprint_case, city, city, Medium::Air, "power", ("PM2.5", 1.0));
    }
    let found = orders(&case, Some(&daily(&footprint_case)));
    // Half the window burns at 4 kg/s, half of that is stopped: 1 kg/s on average.
    assert_eq!(found.orders[0].stopped, [("PM2.5".to_string(), 1.0)]);
    // Day 2 feels bin 2 (2 kg/s · 1), day 3 feels bin 2 at half (2 · ½): mean −1.5.
    assert!((found.orders[0].effect.unwrap() + 1.5).abs() < 1e-12);
}

#[test]
fn no_event_gives_no_orders() {
    let found = orders(&four_sources(), None);
    assert_eq!((found.orders.len(), found.window, found.expected), (0, None, None));
}
