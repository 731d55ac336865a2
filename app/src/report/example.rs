//! A made-up turn that fills everything, over the small case of the tests, for the tests of the page and the screen.

use super::View;
use liankong_engine::act::{Order, Orders};
use liankong_engine::assess::{AirDay, Assessment, MemberSituation, WaterGrade};
use liankong_engine::attribute::{
    Attribution, BandCheck, Closure, DailyComparison, LedgerLine, MatrixCell, OriginShare, Skill,
};
use liankong_engine::cycle::{Balance, FootprintMap, Turn, Verb};
use liankong_engine::observe;
use liankong_engine::plan::{Application, Plan, Plans, TargetOutcome};
use liankong_engine::region::calendar::DAY;
use liankong_engine::region::event::{Band, Obligation, Origin};
use liankong_engine::region::{Case, Medium, Period, Pollutant, Time};
use liankong_engine::verify::{CampaignEffect, Estimate, NaiveChange};
use std::path::Path;

/// A case and a turn over it.
pub struct Example {
    pub case: Case,
    pub turn: Turn,
    pub origins: Vec<(String, String)>,
}

impl Example {
    pub fn view(&self) -> View<'_> {
        View { case: &self.case, turn: &self.turn, until: Verb::Act, origins: &self.origins }
    }
}

const TOPS: [&str; 2] = ["910000", "920000"];

fn text(s: &str) -> String {
    s.to_string()
}

pub fn example() -> Example {
    let case = Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small_case")).unwrap();
    let period = case.settings.air_period.unwrap();
    let window = Period { start: Time(period.start.0 + 7 * DAY), end: Time(period.start.0 + 14 * DAY) };
    let turn = Turn {
        observed: observe::read(&case),
        verification: vec![effect(window)],
        assessment: assessment(&case, period),
        attribution: attribution(&case, period),
        plans: Some(plans()),
        orders: orders(window),
        balance: Balance {
            air_ledger: Some(40.1e-9),
            air_forward: Some(39.6e-9),
            air_standard_error: Some(0.4e-9),
            air_deviation: Some(1.2),
            river_forward_error: Some(3.1e-12),
            river_mass_error: Some(2.2e-15),
        },
        maps: vec![footprint()],
    };
    Example { case, turn, origins: vec![(text("air_model.csv"), text("fitted on the winter before"))] }
}

fn footprint() -> FootprintMap {
    let mut cells = Vec::new();
    for i in 0..12 {
        for j in 0..10 {
            let (w, s) = (118.9 + 0.25 * f64::from(i), 29.9 + 0.25 * f64::from(j));
            let far = ((w - 120.6).powi(2) + (s - 30.6).powi(2)).sqrt();
            cells.push(([w, s, w + 0.25, s + 0.25], 0.09 * (-2.2 * far).exp()));
        }
    }
    FootprintMap { station: text("c"), cells }
}

fn effect(window: Period) -> CampaignEffect {
    let estimate = |method: &str, effect: f64, half: f64| Estimate {
        method: text(method),
        explanation: (text("与对照城市比较。"), text("Against the control cities.")),
        effect,
        placebo_cities: Some((-half, half + 0.02)),
        placebo_time: Some((-half - 0.05, half + 0.09)),
        rank: Some((3, 4)),
        rank_time: Some((9, 21)),
        detection_limit: Some(half + 0.05),
        windows: Some((21, 2)),
        verdict: "not detectable",
        controls: 3,
    };
    CampaignEffect {
        campaign: text("meeting"),
        treated: text("c"),
        window,
        estimates: vec![estimate("ridge_controls", 0.02, 0.12), estimate("difference_in_differences", -0.03, 0.19)],
        naive: (0..14)
            .map(|d| NaiveChange {
                before: Period { start: Time(window.start.0 - (14 - d) * DAY), end: window.start },
                after: (d == 13).then_some(Period { start: window.end, end: Time(window.end.0 + 7 * DAY) }),
                change: 0.25 + 0.3 * (d as f64 / 2.0).sin(),
            })
            .collect(),
        controls_treated: vec![(text("SO2"), 0.10)],
        finding: (
            text("活动效果不可检出：估计值在安慰剂区间之内。"),
            text("No effect can be told from chance: the estimate lies within the placebo interval."),
        ),
    }
}

fn assessment(case: &Case, period: Period) -> Assessment {
    let situation = |member: &str, good: usize| MemberSituation {
        member: text(member),
        air_days: 80,
        good_days: good,
        heavy_days: 6,
        pm25_mean: Some(78e-9),
        section_months: 12,
        class_1_to_3: 8,
        worse_than_5: 1,
        missed_target: 3,
    };
    let day = period.days(8 * 3600)[0];
    Assessment {
        air: vec![AirDay {
            station: text("a"),
            day,
            index: Some(97),
            category: Some(2),
            primary: vec![Pollutant::Pm25],
            sub_indices: vec![(Pollutant::Pm25, 97)],
            rule: "HJ 633-2012",
        }],
        water: case
            .sections
            .iter()
            .zip([2, 4, 6])
            .map(|(section, class)| WaterGrade {
                section: section.id.clone(),
                period: day,
                class: Some(class),
                worst: vec![(Pollutant::Tp, 0.45)],
                meets_target: Some(class < 4),
                rule: "GB 3838-2002",
            })
            .collect(),
        situation: vec![situation("", 52), situation(TOPS[0], 58), situation(TOPS[1], 44)],
    }
}

fn attribution(case: &Case, period: Period) -> Attribution {
    let mut found = Attribution::default();
    for (medium, pollutant, scale) in [(Medium::Air, "PM2.5", 60e-9), (Medium::Water, "NH3-N", 0.6e-3)] {
        for (from, shares) in [(TOPS[0], [0.62, 0.27]), (TOPS[1], [0.05, 0.41]), ("outside", [0.33, 0.32])] {
            for (to, share) in TOPS.iter().zip(shares) {
                found.matrix.push(MatrixCell {
                    medium,
                    pollutant: text(pollutant),
                    from: text(from),
                    to: text(to),
                    value: share * scale,
                    share,
                    standard_error: 0.01 * scale,
                });
            }
        }
    }
    for (origin, share, low, high) in
        [(Origin::Local, 0.31, 0.2, 0.44), (Origin::Region, 0.37, 0.22, 0.5), (Origin::Outside, 0.32, 0.21, 0.55)]
    {
        found.shares.push(OriginShare { receptor: text("c"), origin, share, low, high });
        let verdict = if origin == Origin::Region {
            "overlaps"
        } else if share > 0.315 {
            "outside"
        } else {
            "inside"
        };
        found.bands.push(BandCheck {
            band: Band {
                id: text("F14"),
                receptors: vec![text("c")],
                season: text("winter 2015"),
                origin,
                low: 24.0,
                high: 35.0,
                source: text("A published study, 2018"),
            },
            receptor: text("c"),
            ours: 100.0 * share,
            ours_low: 100.0 * low,
            ours_high: 100.0 * high,
            verdict,
        });
    }
    for (model, r) in [
        ("climatology", 0.21),
        ("persistence", 0.52),
        ("damped_persistence", 0.55),
        ("footprint", 0.3),
        ("advected", 0.64),
    ] {
        found.skill.push(Skill {
            model: text(model),
            days: 80,
            stations: 4,
            correlation: r,
            correlation_by_station: (model != "climatology").then_some(r - 0.04),
            bias: -4.2e-9,
            rmse: 31.4e-9,
            basis: text("winter 2014"),
        });
    }
    for (k, station) in case.stations.iter().enumerate() {
        for (d, day) in period.days(8 * 3600).into_iter().enumerate() {
            let wave = |shift: f64| Some((70.0 + 35.0 * (d as f64 / 2.6 + k as f64 / 3.0 + shift).sin()) * 1e-9);
            found.daily.push(DailyComparison {
                station: station.id.clone(),
                day,
                measured: if d == 6 { None } else { wave(0.0) },
                models: vec![("persistence", wave(-0.4)), ("footprint", wave(0.9)), ("advected", wave(0.2))],
            });
        }
        found.closure.push(Closure {
            medium: Medium::Air,
            receptor: station.id.clone(),
            pollutant: text("PM2.5"),
            period,
            measured: Some(78e-9),
            readings: 20,
            from_region: 51e-9,
            from_outside: Some(20e-9),
            unexplained: Some(7e-9),
            standard_error: 0.4e-9,
        });
        found.ledger.push(LedgerLine {
            medium: Medium::Air,
            receptor: station.id.clone(),
            receptor_member: text(TOPS[0]),
            period,
            pollutant: text("PM2.5"),
            member: text(TOPS[1]),
            city: text("920100"),
            sector: text("power"),
            structure: text("energy"),
            species: text("SO2"),
            value: 3.5e-9,
            share: 0.07,
            standard_error: 0.1e-9,
        });
    }
    found
}

fn plan(who: &str, status: &'static str, costs: [f64; 2]) -> Plan {
    let target = |receptor: &str, pollutant: Pollutant, limit: f64, now: f64, value: f64| TargetOutcome {
        id: format!("t-{receptor}"),
        receptor: text(receptor),
        medium: pollutant.spec().medium,
        pollutant,
        limit: pollutant.from_printed(limit),
        now: pollutant.from_printed(now),
        now_basis: "measured",
        closure: 1.0,
        value: pollutant.from_printed(value),
        dual: 4.2e7 / pollutant.from_printed(1.0),
        floor: pollutant.from_printed(0.6 * limit),
    };
    let application = |measure: &str, member: &str, cost: f64| Application {
        measure: text(measure),
        source: text("plant"),
        member: text(member),
        city: text("920100"),
        structure: text("energy"),
        sector: text("power"),
        share: 0.8,
        cost_cny_per_year: cost,
        removed: vec![(text("SO2"), 0.05), (text("NOx"), 0.03)],
        mark: text("assumed"),
    };
    Plan {
        who: text(who),
        status,
        cost: costs.iter().sum(),
        bound: costs.iter().sum(),
        gap: 0.0,
        targets: vec![
            target("c", Pollutant::Pm25, 60.0, 78.0, 60.0),
            target("s2", Pollutant::Nh3n, 1.0, 1.4, if status == "optimal" { 1.0 } else { 1.1 }),
        ],
        max_violation: 0.0,
        applications: vec![application("m-desulph", TOPS[0], costs[0]), application("m-sewage", TOPS[1], costs[1])],
        cost_by_member: TOPS.iter().zip(costs).map(|(m, c)| (text(m), c)).collect(),
    }
}

fn plans() -> Plans {
    Plans {
        joint: plan("joint", "optimal", [4.1e8, 1.9e8]),
        alone: vec![plan(TOPS[0], "optimal", [5.2e8, 0.0]), plan(TOPS[1], "infeasible", [0.0, 6.3e8])],
        caveats: vec![(text("未评估臭氧"), text("ozone not assessed"))],
    }
}

fn orders(window: Period) -> Orders {
    let order = |i: usize, obligation| Order {
        id: format!("o{i}"),
        rule: text("rule-1"),
        source: text("plant"),
        source_name: (text("湖城电厂"), text("Laketown power station")),
        member: text(TOPS[i % 2]),
        city: text("920100"),
        structure: text("energy"),
        sector: text("power"),
        action: (text("限产三成"), text("run at 70 %")),
        cut: 0.3,
        obligation,
        window,
        stopped: vec![(text("SO2"), 0.02)],
        effect: Some(-0.3e-9 / (i + 1) as f64),
        mark: text("assumed"),
    };
    Orders {
        receptor: Some(text("c")),
        window: Some(window),
        orders: (0..15).map(|i| order(i, if i % 3 == 0 { Obligation::Should } else { Obligation::Must })).collect(),
        expected: Some((-4.1e-9, 0.2e-9)),
        expected_by_station: vec![(text("c"), -4.1e-9)],
    }
}
