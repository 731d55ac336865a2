//! Clauses that need several parts of the air together.

use super::aggregate::Stamp;
use super::evaluation::{self, DayCount, Days, Dust, Side, Statistic, percentile};
use super::judge::{Reading, Rules, Verdict, judge, wide_averaging};
use super::limits;
use crate::region::calendar::{DAY, HOUR, Time};
use crate::region::pollutant::Pollutant;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const ZONE: i64 = 8 * HOUR;

fn on(date: &str) -> Time {
    Time::parse(date, ZONE).unwrap()
}

fn reading<'a>(station: &'a str, time: Time, pollutant: Pollutant, averaging_s: i64, printed: f64) -> Reading<'a> {
    Reading { station, time, pollutant, averaging_s, value: Some(pollutant.from_printed(printed)) }
}

fn by(rule: &str, readings: &[Reading<'_>]) -> Vec<Verdict> {
    judge(readings, &Rules::named(rule, ZONE, Stamp::Start).unwrap())
}

#[test]
fn a_rule_named_without_its_year_is_the_edition_of_the_day_and_with_its_year_is_used_throughout() {
    let table = ["2018-11-05", "2026-03-01"].map(|d| reading("a", on(d), Pollutant::Pm25, DAY, 61.0));
    let told = |rule: &str| by(rule, &table).into_iter().map(|v| (v.index, v.rule)).collect::<Vec<_>>();
    let (old, new) = ("HJ 633-2012".to_string(), "HJ 633-2026".to_string());
    assert_eq!(told("HJ 633"), [(Some(83), old.clone()), (Some(101), new.clone())]);
    assert_eq!(told("HJ 633-2012"), [(Some(83), old.clone()), (Some(83), old)]);
    assert_eq!(told("HJ 633-2026"), [(Some(101), new.clone()), (Some(101), new)]);
}

#[test]
fn the_last_hour_of_february_2026_stamped_at_its_end_is_scored_by_the_edition_of_2012() {
    let table = [reading("a", on("2026-03-01"), Pollutant::No2, HOUR, 300.0)];
    let rule = |stamp| judge(&table, &Rules::named("HJ 633", ZONE, stamp).unwrap())[0].rule.clone();
    assert_eq!((rule(Stamp::End), rule(Stamp::Start)), ("HJ 633-2012".into(), "HJ 633-2026".into()));
}

#[test]
fn a_rule_that_judges_no_reading_and_one_that_is_unknown_are_refused_with_what_would_do() {
    for (rule, why) in [("HJ 663-2013", "does not judge single readings"), ("HJ 1", "is not a rule of the register")] {
        let told = Rules::named(rule, ZONE, Stamp::Start).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(told.contains(why) && told.contains("HJ 633-2026"), "{told}");
    }
}

#[test]
fn hourly_particles_by_2012_are_the_mean_of_the_last_twenty_four_hours_with_twenty_there() {
    let hours: Vec<Reading<'_>> = (0..24)
        .map(|h| {
            reading("a", Time(on("2018-01-01").0 + h * HOUR), Pollutant::Pm25, HOUR, if h < 12 { 50.0 } else { 100.0 })
        })
        .collect();
    let told = by("HJ 633-2012", &hours);
    // The 20th hour: (12 · 50 + 8 · 100)/20 = 70 → 50 + 50/40 · 35 = 93.75 → 94; the 24th: 75 → 100.
    assert_eq!([18, 19, 23].map(|h: usize| told[h].index), [None, Some(94), Some(100)]);
    // By 2026 the hour itself is read on the daily column: 100 → 100 + 50/55 · 40 = 136.4 → 137.
    assert_eq!(by("HJ 633-2026", &hours)[23].index, Some(137));
}

#[test]
fn us_particles_of_an_hour_are_their_nowcast() {
    let latest_first = [120.0, 100.0, 80.0, 60.0, 40.0, 30.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0];
    let hours: Vec<Reading<'_>> = latest_first
        .iter()
        .enumerate()
        .map(|(k, v)| reading("a", Time(on("2024-07-01").0 - k as i64 * HOUR), Pollutant::Pm25, HOUR, *v))
        .collect();
    // NowCast 100.801 → 100.8: 151 + 49/69.9 · (100.8 − 55.5) = 182.8 → 183.
    assert_eq!(by("US EPA AQI", &hours)[0].index, Some(183));
}

#[test]
fn us_sulfur_dioxide_of_305_in_the_hour_is_200_where_the_day_is_below() {
    let ppb = 64.066 / 24.465;
    let both = |day: f64| {
        let t = on("2024-07-01");
        by(
            "US EPA AQI",
            &[reading("a", t, Pollutant::So2, HOUR, 400.5 * ppb), reading("a", t, Pollutant::So2, DAY, day * ppb)],
        )
    };
    assert_eq!((both(300.5)[0].index, both(305.5)[0].index), (Some(200), Some(201)));
}

#[test]
fn limits_tell_the_level_kept_and_the_pollutants_that_decide() {
    let t = on("2018-06-01");
    let table = [reading("a", t, Pollutant::Pm25, DAY, 80.0), reading("a", t, Pollutant::No2, DAY, 30.0)];
    let told = &by("GB 3095", &table)[0];
    assert_eq!((told.index, told.category, told.primary.as_slice()), (None, Some(3), &[Pollutant::Pm25][..]));
    assert_eq!(by("European AQI", &[reading("a", t, Pollutant::Pm25, HOUR, 60.0)])[0].category, Some(4));
}

#[test]
fn a_wide_table_is_hourly_where_a_stamp_is_not_midnight() {
    let (midnight, noon) = (on("2018-06-01"), on("2018-06-01T12:00"));
    assert_eq!(wide_averaging(Pollutant::O3, &[midnight, noon], ZONE), HOUR);
    assert_eq!(wide_averaging(Pollutant::O3, &[midnight], ZONE), 8 * HOUR);
    assert_eq!(wide_averaging(Pollutant::Pm25, &[midnight], ZONE), DAY);
}

#[test]
fn hj_663_percentile_is_linear_between_ranks() {
    // n = 5, p = 0.9: k = 1 + 4 · 0.9 = 4.6 → 40 + 0.6 · 10 = 46.
    assert_eq!(percentile(&[50.0, 10.0, 30.0, 20.0, 40.0], 0.9), Some(46.0));
    assert_eq!(percentile(&[7.0], 0.98), Some(7.0));
    assert_eq!(percentile(&[], 0.5), None);
    assert_eq!(percentile(&[1.0, f64::NAN, 3.0], 0.5), Some(2.0));
}

/// A hundred days, every pollutant at its class 2 limit of 2012 (annual, CO 24 h, ozone MDA8).
fn at_the_limits() -> Days {
    let values = [
        (Pollutant::So2, 60.0),
        (Pollutant::No2, 40.0),
        (Pollutant::Pm10, 70.0),
        (Pollutant::Pm25, 35.0),
        (Pollutant::Co, 4.0),
        (Pollutant::O3, 160.0),
    ];
    let day = |k: i64| Time(on("2018-01-01").0 + k * DAY);
    values.map(|(p, v)| (p, (0..100).map(|k| (day(k), p.from_printed(v))).collect())).into()
}

#[test]
fn the_comprehensive_index_of_a_city_at_its_limits_is_six_and_weights_scale_its_terms() {
    let score = |weights: &BTreeMap<Pollutant, f64>| {
        evaluation::comprehensive(&at_the_limits(), limits::GB_2012, on("2018-01-01"), ZONE, Dust::Kept, weights).index
    };
    assert!((score(&BTreeMap::new()).unwrap() - 6.0).abs() < 1e-12);
    // PM2.5 × 3, O3 × 2: 6 + 2 + 1 = 9.
    assert!((score(&BTreeMap::from([(Pollutant::Pm25, 3.0), (Pollutant::O3, 2.0)])).unwrap() - 9.0).abs() < 1e-12);
    let mut five = at_the_limits();
    five.remove(&Pollutant::Co);
    let told = evaluation::comprehensive(&five, limits::GB_2012, on("2018-01-01"), ZONE, Dust::Kept, &BTreeMap::new());
    assert_eq!((told.index, told.single.len()), (None, 5));
}

#[test]
fn hj_663_a_year_at_its_limits_meets_them_and_dust_days_leave_particles_alone() {
    let mut days = at_the_limits();
    let dusty = on("2018-01-05");
    for p in [Pollutant::Pm10, Pollutant::No2] {
        days.get_mut(&p).unwrap().insert(dusty, p.from_printed(900.0));
    }
    let found = |dust| {
        let items = evaluation::year(&days, limits::GB_2012, on("2018-01-01"), ZONE, dust);
        let means = items.iter().filter(|i| i.statistic == Statistic::Mean && !i.meets);
        means.map(|i| i.pollutant).collect::<Vec<_>>()
    };
    assert_eq!(found(Dust::Kept), [Pollutant::No2, Pollutant::Pm10]);
    assert_eq!(found(Dust::LeftOut(&BTreeSet::from([dusty]))), [Pollutant::No2]);
}

#[test]
fn equal_cities_share_a_place_and_the_next_is_skipped() {
    let ranked =
        evaluation::ranking(&[("c", Some(4.004)), ("a", Some(4.001)), ("b", Some(3.0)), ("d", None), ("e", Some(9.0))]);
    let places: Vec<(usize, &str)> = ranked.iter().map(|(k, c, _)| (*k, c.as_str())).collect();
    assert_eq!(places, [(1, "b"), (2, "a"), (2, "c"), (4, "e")]);
}

#[test]
fn good_and_heavy_days_are_counted_for_a_city_its_member_and_the_region() {
    let parent = BTreeMap::from([("3201", "32"), ("3301", "33")]);
    let counts = evaluation::count_days(&[("3201", 50), ("3201", 101), ("3201", 201), ("3301", 100)], &parent);
    assert_eq!(counts["32"].good_share(), Some(1.0 / 3.0));
    assert_eq!((counts[""].judged(), counts[""].heavy(), counts[""].good_share()), (4, 1, Some(0.5)));
    assert_eq!(DayCount::default().good_share(), None);
}

#[test]
fn years_are_compared_only_on_the_same_stations_rule_state_and_dust() {
    let side = |value| Side {
        value,
        stations: BTreeSet::from(["a".to_string()]),
        rule: "HJ 633-2012".into(),
        state_298: true,
        dust_left_out: false,
    };
    let (before, after) = (side(50.0), side(45.0));
    assert!((evaluation::year_on_year(&before, &after).unwrap() + 0.1).abs() < 1e-12);
    let refused = |change: fn(&mut Side)| {
        let mut other = after.clone();
        change(&mut other);
        evaluation::year_on_year(&before, &other).unwrap_err().1
    };
    assert!(refused(|s| s.stations = BTreeSet::from(["b".into()])).contains("stations differ (2"));
    assert!(refused(|s| s.rule = "HJ 633-2026".into()).contains("rules differ"));
    assert!(refused(|s| s.state_298 = false).contains("reference states"));
    assert!(refused(|s| s.dust_left_out = true).contains("dust"));
    assert!(refused(|s| s.value = f64::NAN).contains("no data"));
}

const SIX: [Pollutant; 6] =
    [Pollutant::So2, Pollutant::No2, Pollutant::Co, Pollutant::O3, Pollutant::Pm10, Pollutant::Pm25];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_rule_improves_when_a_concentration_rises(
        base in prop::collection::vec(0.0..300.0_f64, 6), item in 0..6_usize, more in 0.0..300.0_f64, hourly in any::<bool>(),
    ) {
        let t = on("2026-06-01");
        // The scales of 2012 and of the US leave extreme 8 h ozone to the hour: within the scale here.
        let table = |values: &[f64]| SIX.iter().zip(values).map(|(p, v)| {
            let s = match (hourly, *p) { (true, _) => HOUR, (false, Pollutant::O3) => 8 * HOUR, _ => DAY };
            let v = match *p { Pollutant::Co => v / 10.0, Pollutant::O3 if !hourly => v.min(390.0), _ => *v };
            reading("a", t, *p, s, v)
        }).collect::<Vec<_>>();
        let mut worse = base.clone();
        worse[item] += more;
        for rule in ["HJ 633-2012", "HJ 633-2026", "US EPA AQI 2024", "European AQI", "GB 3095-2012", "GB 3095-2026", "WHO AQG 2021", "EU 2024/2881"] {
            let (a, b) = (&by(rule, &table(&base))[0], &by(rule, &table(&worse))[0]);
            prop_assert!(b.index >= a.index && b.category >= a.category, "{rule}: {a:?} {b:?}");
        }
    }

    #[test]
    fn relabelling_stations_changes_nothing(values in prop::collection::vec((0..3_usize, 0..40_i64, 0..6_usize, 0.0..300.0_f64), 1..80)) {
        let table = |names: [&'static str; 3]| values.iter().map(|(s, h, p, v)| {
            reading(names[*s], Time(on("2018-01-01").0 + h * HOUR), SIX[*p], HOUR, *v)
        }).collect::<Vec<_>>();
        let told = |names| by("HJ 633-2012", &table(names)).into_iter().map(|v| (v.time, v.index, v.primary)).collect::<Vec<_>>();
        prop_assert_eq!(told(["a", "b", "c"]), told(["z", "m", "a"]));
    }
}
