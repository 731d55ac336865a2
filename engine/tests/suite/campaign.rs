//! Verification on data whose answer is known: planted effects, twins without any, and the reference region's campaign.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

use liankong_engine::region::calendar::{DAY, HOUR};
use liankong_engine::region::{Case, Period, Point, Time};
use liankong_engine::verify::{self, DETECTED, DailySeries, NOT_DETECTABLE, Panel, effect_on};
use liankong_engine::{assess, observe};
use std::fmt::Write;

/// SplitMix64: a small seeded generator for synthetic data.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Mean 0, variance 1: twelve uniforms less six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

const CITIES: usize = 16;
const DAYS: usize = 80;

fn window() -> Period {
    Period { start: Time(40 * DAY), end: Time(50 * DAY) }
}

/// ln C_jt = ln 60 + u_j + s_j w_t + e_jt: weather w (AR(1), 0.7) that all cities share to their own degree, and noise e
/// of 0.12 that also lasts from day to day (AR(1), 0.4).
fn synthetic(seed: u64, effect: f64) -> Panel {
    let mut random = Random(seed);
    let mut weather = vec![0.0; DAYS];
    for t in 1..DAYS {
        weather[t] = 0.7 * weather[t - 1] + 0.4 * random.normal();
    }
    let series = (0..CITIES).map(|j| {
        let (level, share) = (0.2 * random.normal(), 1.0 + 0.15 * random.normal());
        let mut noise = 0.0;
        let values = (0..DAYS).map(|t| {
            noise = 0.4 * noise + 0.12 * random.normal();
            let planted = if j == 0 && (40..50).contains(&t) { effect.ln_1p() } else { 0.0 };
            Some(60e-9 * (level + share * weather[t] + noise + planted).exp())
        });
        DailySeries {
            id: format!("c{j}"),
            member: format!("m{j}"),
            place: Point { lon: 115.0 + (j % 4) as f64 * 1.5, lat: 28.0 + (j / 4) as f64 * 1.5 },
            values: values.collect(),
        }
    });
    Panel { first: Time(0), series: series.collect() }
}

#[test]
fn a_planted_cut_of_forty_percent_is_detected_with_its_size() {
    for seed in 1..=10 {
        let effects = effect_on(&synthetic(seed, -0.4), "c0", window());
        assert_eq!(effects.estimates.len(), 3);
        for e in &effects.estimates {
            assert_eq!(e.verdict, DETECTED, "seed {seed}: {e:?}");
            assert!((e.effect + 0.4).abs() < 0.12, "seed {seed}: {} {}", e.method, e.effect);
            assert_eq!(e.rank.map(|r| r.0), Some(1));
        }
    }
}

#[test]
fn where_nothing_was_done_nothing_is_detected() {
    let twins = 200;
    let mut quiet = 0;
    for seed in 1000..1000 + twins {
        let effects = effect_on(&synthetic(seed, 0.0), "c0", window());
        quiet += u64::from(effects.estimates.iter().all(|e| e.verdict == NOT_DETECTABLE));
        assert!(effects.estimates.iter().all(|e| e.effect.is_finite()));
    }
    println!("{quiet} of {twins} twins without an effect are not detectable by any estimator");
    assert!(quiet * 100 >= 85 * twins, "{quiet} of {twins}");
}

#[test]
fn the_order_of_the_cities_changes_nothing() {
    let panel = synthetic(7, -0.1);
    let mut turned = panel.clone();
    turned.series.reverse();
    let (a, b) = (effect_on(&panel, "c0", window()), effect_on(&turned, "c0", window()));
    assert_eq!(a.naive, b.naive);
    for (a, b) in a.estimates.iter().zip(&b.estimates) {
        assert!((a.effect - b.effect).abs() < 1e-9);
        assert_eq!((a.rank, a.rank_time, a.controls, a.verdict), (b.rank, b.rank_time, b.controls, b.verdict));
    }
}

#[test]
fn missing_days_are_borne_and_too_little_is_said_to_be_too_little() {
    let whole = effect_on(&synthetic(3, -0.4), "c0", window());
    let mut gappy = synthetic(3, -0.4);
    let mut random = Random(11);
    for series in &mut gappy.series {
        for value in &mut series.values {
            if random.uniform() < 0.1 {
                *value = None;
            }
        }
    }
    gappy.series[5].values[12] = Some(f64::NAN);
    gappy.series[6].values[13] = Some(0.0);
    let effects = effect_on(&gappy, "c0", window());
    assert_eq!(effects.estimates.len(), 3);
    for (a, b) in effects.estimates.iter().zip(&whole.estimates) {
        assert!((a.effect - b.effect).abs() < 0.1, "{a:?}");
    }

    let few = |cities: usize, days: usize| {
        let mut panel = synthetic(3, -0.4);
        panel.series.truncate(cities);
        panel.series.iter_mut().for_each(|s| s.values.truncate(days));
        effect_on(&panel, "c0", window())
    };
    assert!(few(4, DAYS).estimates.is_empty() && few(4, DAYS).left_out.len() == 3);
    // 40 days before and none after: enough to compare, and 31 windows for placebos.
    assert_eq!(few(CITIES, 50).estimates.len(), 3);
    assert!(few(CITIES, 30).estimates.is_empty());
    // Seven controls: an estimate, but six placebo cities make no 5th percentile, so no verdict but the modest one.
    let modest = few(8, DAYS);
    assert!(modest.estimates.iter().all(|e| e.placebo_cities.is_none() && e.detection_limit.is_none()));
    assert!(modest.estimates.iter().all(|e| e.verdict == NOT_DETECTABLE));
    assert!(effect_on(&gappy, "nowhere", window()).estimates.is_empty());
}

/// The reference region's December 2015 as a case folder: 27 cities, 47 days, the campaign with its published cuts.
fn delta(name: &str) -> Option<Case> {
    let cities = crate::shared_data::rows("case/cities.csv")?;
    let measured = crate::shared_data::rows("case/pm25_city_daily_2015-11-15_12-31.csv")?;
    let folder = std::env::temp_dir().join(format!("liankong-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.join(file), text).unwrap();
    write(
        "region.toml",
        "[region]\nid = \"delta\"\nname_zh = \"三角洲\"\nname_en = \"Delta\"\nutc_offset_hours = 8\nquality = \"screening\"\n\
         [period]\nair = [\"2015-11-15\", \"2016-01-01\"]\n",
    );
    let (mut members, mut stations) =
        ("code,parent,name_zh,name_en\n".to_string(), "station_id,member,lon,lat,name_zh,name_en\n".to_string());
    for (code, zh, en) in [("32", "江苏省", "Jiangsu"), ("33", "浙江省", "Zhejiang"), ("34", "安徽省", "Anhui")]
    {
        writeln!(members, "{code}0000,,{zh},{en}").unwrap();
    }
    for city in &cities {
        let parent = if city[0] == "310000" { String::new() } else { format!("{}0000", &city[0][..2]) };
        writeln!(members, "{},{parent},{},{}", city[0], city[1], city[2]).unwrap();
        if measured.iter().any(|m| m[1] == city[0]) {
            writeln!(stations, "{},{},{},{},{},{}", city[0], city[0], city[4], city[5], city[1], city[2]).unwrap();
        }
    }
    let mut observations = "station,time,pollutant,averaging,value,unit\n".to_string();
    for row in &measured {
        writeln!(observations, "{},{},PM2.5,24h,{},ug/m3", row[1], row[0], row[2]).unwrap();
    }
    let mut campaign = "campaign_id,treated,start,end,pollutant,cut_treated,cut_region,name_zh,name_en\n".to_string();
    // Cuts: Li et al. (2019), Atmos. Chem. Phys. 19:9037, abstract.
    for (precursor, here, region) in
        [("SO2", 0.56, 0.10), ("NOx", 0.58, 0.09), ("PM2.5", 0.64, 0.10), ("VOC", 0.80, 0.11)]
    {
        writeln!(campaign, "wic,330400,2015-12-08,2015-12-19,{precursor},{here},{region},大会,conference").unwrap();
    }
    write("members.csv", &members);
    write("stations.csv", &stations);
    write("air_observations.csv", &observations);
    write("campaign.csv", &campaign);
    let case = Case::read(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    Some(case.unwrap_or_else(|problems| panic!("{problems}")))
}

#[test]
fn the_campaign_at_jiaxing_is_not_detectable_and_the_naive_change_swings() {
    let Some(case) = delta("verify") else { return };
    let observed = observe::read(&case);
    let found = verify::effect(&case, &observed);
    let [effect] = found.as_slice() else { panic!("one campaign") };
    println!("{}\n{}", effect.finding.0, effect.finding.1);

    // An independent trial on the same 27 cities and 47 days: 0 %, placebo cities [−16, +20] %, 16th of 27.
    let did = &effect.estimates[0];
    assert_eq!((did.method.as_str(), did.controls), ("difference_in_differences", 26));
    assert!(did.effect.abs() < 0.01, "{}", did.effect);
    let (low, high) = did.placebo_cities.unwrap();
    assert!((low + 0.17).abs() < 0.02 && (high - 0.19).abs() < 0.02, "[{low}, {high}]");
    assert_eq!(did.windows, Some((16, 3)));
    assert_eq!(effect.estimates.len(), 3);
    for e in &effect.estimates {
        assert_eq!(e.verdict, NOT_DETECTABLE);
        assert!(e.detection_limit.is_some_and(|l| (0.10..0.25).contains(&l)), "{e:?}");
    }

    // The naive change: +18 % against the twelve days before, −1 % against eleven days on both sides.
    let change = |days: i64, both: bool| {
        let naive = effect.naive.iter().find(|n| n.before.seconds() == days * DAY && n.after.is_some() == both);
        (100.0 * naive.unwrap().change).round()
    };
    assert_eq!((change(12, false), change(11, true)), (18.0, -1.0));
    let changes: Vec<f64> = effect.naive.iter().map(|n| n.change).collect();
    let swing = changes.iter().fold(0.0_f64, |a, b| a.max(*b)) - changes.iter().fold(0.0_f64, |a, b| a.min(*b));
    assert!(swing > 0.3, "{changes:?}");

    assert_eq!(effect.controls_treated.iter().map(|c| c.1).collect::<Vec<f64>>(), [0.10, 0.09, 0.10, 0.11]);
    assert!(effect.finding.1.contains("no effect can be detected") && effect.finding.1.contains("SO2 −10 %"));
    assert!(effect.finding.0.contains("检测不出效果") && effect.finding.0.contains("SO2 −56 %"));
}

#[test]
fn every_city_and_day_of_the_delta_has_an_index_and_relabelling_changes_nothing() {
    let Some(case) = delta("assess") else { return };
    let assessment = assess::against_standards(&case, &observe::read(&case));
    let region = &assessment.situation[0];
    assert_eq!((region.member.as_str(), region.air_days), ("", 27 * 47));
    assert!(assessment.air.iter().all(|d| d.rule == "HJ 633-2012" && d.day.seconds() == DAY));
    // Mean of all measured values: 73 µg/m³.
    assert!(region.pm25_mean.is_some_and(|m| (m * 1e9 - 73.0).abs() < 1.0), "{region:?}");
    let days: usize = assessment.situation[1..].iter().map(|m| m.air_days).sum();
    assert_eq!(days, region.air_days, "the members' days are the region's");

    let mut relabelled = case.clone();
    let label = |id: &str| format!("x{}", id.chars().rev().collect::<String>());
    relabelled.stations.iter_mut().for_each(|s| s.id = label(&s.id));
    relabelled.air_readings = case.air_readings.iter().map(|((s, p, a), r)| ((label(s), *p, *a), r.clone())).collect();
    let mut again = assess::against_standards(&relabelled, &observe::read(&relabelled));
    again.air.iter_mut().for_each(|d| d.station = label(&d.station[1..])[1..].to_string());
    assert_eq!(assessment.air, again.air);
    assert_eq!(assessment.situation, again.situation);
}

#[test]
fn a_case_without_air_has_no_panel_and_no_panic() {
    let Some(mut case) = delta("airless") else { return };
    case.air_readings.clear();
    let found = verify::effect(&case, &observe::read(&case));
    assert!(found.iter().all(|e| e.estimates.is_empty() && e.finding.1.contains("no series of daily PM2.5")));
    assert_eq!(case.settings.utc_offset_s, 8 * HOUR);
}
