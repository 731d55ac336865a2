//! Standards side by side: which limit binds whom on which day.

use liankong_engine::plan::standards::{Authority, SUPPLIED, how_often_loosest, read, side_by_side};
use liankong_engine::region::calendar::Time;

fn members() -> Vec<String> {
    ["310000", "320000", "330000", "340000"].map(String::from).to_vec()
}

fn day(text: &str) -> Time {
    Time::parse(text, 8 * 3600).unwrap()
}

#[test]
fn the_supplied_table_is_read_without_a_problem() {
    let limits = read("limits.csv", SUPPLIED).unwrap();
    assert!(limits.len() > 80);
    assert!(limits.iter().all(|l| ["verified", "secondary", "from memory"].contains(&l.mark.as_str())));
}

#[test]
fn a_members_own_standard_goes_before_the_nations_and_each_from_its_day() {
    let limits = read("limits.csv", SUPPLIED).unwrap();
    let at = |when: &str| {
        let all = side_by_side(&limits, day(when), &members());
        all.into_iter().find(|c| c.sector == "WWTP" && c.pollutant == "NH3-N").unwrap()
    };
    // Existing plants of Jiangsu come under DB32/4440-2022 on 2026-03-28: loosest grade 5 mg/L (D), strictest 1.5 (A).
    let (before, after) = (at("2026-03-27"), at("2026-03-28"));
    let jiangsu = |c: &liankong_engine::plan::standards::Comparison| {
        c.bounds.iter().find(|b| b.member == "320000").unwrap().clone()
    };
    assert!(jiangsu(&before).standards.iter().all(|s| s.starts_with("DB32/1072-2018")), "{:?}", jiangsu(&before));
    let new = jiangsu(&after);
    assert!(new.standards.iter().all(|s| s.starts_with("DB32/4440-2022")));
    assert_eq!((new.strictest, new.loosest, new.authority), (1.5, 5.0, Authority::Local));
    assert!(after.without.is_empty());
}

#[test]
fn power_of_anhui_is_the_loosest_because_only_the_nations_limits_bind_it() {
    let limits = read("limits.csv", SUPPLIED).unwrap();
    let all = side_by_side(&limits, day("2023-01-01"), &members());
    let so2 = all.iter().find(|c| c.sector == "thermal power" && c.pollutant == "SO2").unwrap();
    assert_eq!(so2.loosest, ["340000"]);
    assert_eq!((so2.common(), so2.ratio), (Some(35.0), 50.0 / 35.0));
    let anhui = so2.bounds.iter().find(|b| b.member == "340000").unwrap();
    assert_eq!((anhui.loosest, anhui.authority), (50.0, Authority::NationalSpecial));
    // Before Jiangsu's own of 2022-07-01 it was as loose.
    let all = side_by_side(&limits, day("2022-06-30"), &members());
    let so2 = all.iter().find(|c| c.sector == "thermal power" && c.pollutant == "SO2").unwrap();
    assert_eq!(so2.loosest, ["320000", "340000"]);
    assert!(how_often_loosest(&all).iter().any(|(m, n)| m == "340000" && *n >= 3));
}

#[test]
fn who_has_no_limit_is_named() {
    let text = "sector,pollutant,kind,authority,member,standard,scope,limit,limit_alt,alt_condition,unit,valid_from_existing,valid_to,case_sector,case_species,mark\n\
        kilns,NOx,limit,local,A,S1,all,200,,,mg/m3,2020-01-01,2024-01-01,,,secondary\n\
        kilns,NOx,limit,local,B,S2,all,100,,,mg/m3,2020-01-01,,,,secondary\n";
    let limits = read("limits.csv", text).unwrap();
    let members = ["A".to_string(), "B".to_string()];
    let c = &side_by_side(&limits, day("2025-01-01"), &members)[0];
    assert_eq!((c.without.clone(), c.loosest.clone()), (vec!["A".to_string()], vec!["B".to_string()]));
    let said =
        read("limits.csv", &text.replace(",200,", ",-200,").replace("local,B", "village,B")).unwrap_err().to_string();
    assert!(said.contains("limits.csv:2") && said.contains("limits.csv:3"), "{said}");
}
