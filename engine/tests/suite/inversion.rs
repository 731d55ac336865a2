//! Inversion from the outside: closed forms, and twins in which the truth is known.

use liankong_engine::attribute::invert::verdict::{Verdict, holm, judge};
use liankong_engine::attribute::invert::{Form, Observation, Reported, Settings, System, Unknown, held_out, invert};
use liankong_engine::region::calendar::{Period, Time};
use liankong_engine::region::{Medium, Quality};
use liankong_engine::transport::Footprint;
use liankong_engine::transport::footprint::{Axes, Column, ReceptorPeriod, ReceptorQuantity};

/// Numbers in (0, 1) that are always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

fn day(at: i64) -> Period {
    Period { start: Time(at * 86_400), end: Time((at + 1) * 86_400) }
}

const FIXED: Settings = Settings { form: Form::Gaussian, model_error: Some(0.0), widening: Some(1.0) };
const FOUND: Settings = Settings { form: Form::Gaussian, model_error: None, widening: None };

fn system(kernel: &[f64], k: usize, observed: &[(f64, f64)], relative_sd: &[f64]) -> System {
    let unknown = |(g, sd): (usize, &f64)| Unknown {
        group: format!("g{g}"),
        species: "SO2".into(),
        reported: 1.0,
        relative_sd: *sd,
    };
    let n = kernel.len() / k;
    let measured = |i: usize| Observation {
        receptor: format!("r{}", i % 6),
        period: day(i as i64),
        value: observed[i].0,
        sd: observed[i].1,
    };
    System {
        unknowns: relative_sd.iter().enumerate().map(unknown).collect(),
        observations: (0..n).map(measured).collect(),
        kernel: kernel.to_vec(),
        sampling: vec![0.0; n],
    }
}

#[test]
fn one_rate_and_one_measurement_give_the_weighted_mean_of_textbooks() {
    // K = 2, y = 3, σ = 0.5, prior 1 ± 0.4: precision 4/0.25 + 1/0.16 = 22.25; ŝ = 1 + 2·(3 − 2)/0.25/22.25; A = 16/22.25.
    let p = invert(&system(&[2.0], 1, &[(3.0, 0.5)], &[0.4]), &FIXED).unwrap();
    assert!((p.scale[0] - (1.0 + 8.0 / 22.25)).abs() < 1e-12);
    assert!((p.covariance[0] - 1.0 / 22.25).abs() < 1e-12 && (p.kernel[0] - 16.0 / 22.25).abs() < 1e-12);
    assert!((p.degrees_of_freedom - p.kernel[0]).abs() < 1e-15);
    // The evidence is the normal density of y = 3 about 2 with variance 0.25 + 4·0.16 = 0.89.
    let density = -0.5 * ((std::f64::consts::TAU * 0.89).ln() + 1.0 / 0.89);
    assert!((p.log_evidence - density).abs() < 1e-12, "{} {density}", p.log_evidence);
}

#[test]
fn information_and_observation_form_of_the_posterior_are_one() {
    // Two rates, one measurement: G = S Kᵀ / (K S Kᵀ + σ²), worked by hand with K = (1, 3), S = diag(0.25, 0.04), σ² = 0.09.
    let p = invert(&system(&[1.0, 3.0], 2, &[(5.0, 0.3)], &[0.5, 0.2]), &FIXED).unwrap();
    let total = 0.25 + 9.0 * 0.04 + 0.09;
    for (g, gain) in [0.25 / total, 0.12 / total].into_iter().enumerate() {
        assert!((p.scale[g] - (1.0 + gain)).abs() < 1e-12);
        assert!((p.kernel[g * 2] - gain).abs() < 1e-12 && (p.kernel[g * 2 + 1] - 3.0 * gain).abs() < 1e-12);
    }
}

#[test]
fn the_lognormal_form_never_goes_below_nought_and_meets_the_other_where_errors_are_small() {
    let low = system(&[1.0], 1, &[(-2.0, 0.3)], &[0.8]);
    let form = |form, s: &System| invert(s, &Settings { form, ..FIXED }).unwrap();
    assert!(form(Form::Gaussian, &low).scale[0] < 0.0);
    let p = form(Form::Lognormal, &low);
    assert!(p.low[0] > 0.0 && p.scale[0] > 0.0 && p.scale[0] < 1.0);
    let sharp = system(&[1.0, 0.2, 0.3, 1.0], 2, &[(1.45, 0.001), (1.6, 0.001)], &[1.0, 1.0]);
    let (a, b) = (form(Form::Gaussian, &sharp), form(Form::Lognormal, &sharp));
    for g in 0..2 {
        assert!((a.scale[g] - b.scale[g]).abs() < 1e-4, "{:?} {:?}", a.scale, b.scale);
        assert!((a.low[g] - b.low[g]).abs() < 1e-3 && (a.high[g] - b.high[g]).abs() < 1e-3);
    }
}

#[test]
fn holms_adjusted_values_are_those_of_the_procedure() {
    // 4·0.01, max(0.04, 3·0.02), max(0.06, 2·0.03), max(0.06, 0.5)
    let adjusted = holm(&[0.5, 0.01, 0.03, 0.02]);
    for (a, b) in adjusted.iter().zip([0.5, 0.04, 0.06, 0.06]) {
        assert!((a - b).abs() < 1e-12, "{adjusted:?}");
    }
}

/// Groups of a twin; the last is hardly seen by anyone.
const GROUPS: usize = 8;
const DAYS: usize = 20;
const STATIONS: usize = 6;

/// Six stations over twenty days: what each group brings varies with the wind; a measurement errs by 5 % and the model by an
/// error that the inversion is not told. `truth` is emitted over reported.
fn twin(seed: u64, truth: &[f64; GROUPS]) -> System {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    for _ in 0..20 {
        numbers.next();
    }
    let mut near = vec![0.0; STATIONS * GROUPS];
    for (e, near) in near.iter_mut().enumerate() {
        *near = 3.0 * (0.8 * numbers.normal()).exp() * if e % GROUPS == GROUPS - 1 { 0.002 } else { 1.0 };
    }
    let (mut kernel, mut observed) = (vec![], vec![]);
    for i in 0..DAYS * STATIONS {
        let row: Vec<f64> =
            (0..GROUPS).map(|g| near[i % STATIONS * GROUPS + g] * (0.8 * numbers.normal()).exp()).collect();
        let value: f64 = row.iter().zip(truth).map(|(k, s)| k * s).sum();
        let sd = 0.05 * value;
        observed.push((value + sd * numbers.normal() + 3.0 * numbers.normal(), sd));
        kernel.extend(row);
    }
    system(&kernel, GROUPS, &observed, &[0.8; GROUPS])
}

/// Of so many twins: planted rates inside their intervals, planted groups called `under`, honest twins in which anybody is
/// accused, and twins in which the group that nobody sees is not `cannot tell`.
fn twins(count: u64, form: Form) -> [usize; 4] {
    let mut told = [0; 4];
    for seed in 0..count {
        let planted = (seed % (GROUPS as u64 - 1)) as usize;
        // 40 % are not reported: 1 / 0.6 of the report is emitted.
        let mut truth = [1.0; GROUPS];
        truth[planted] = 1.0 / 0.6;
        let settings = Settings { form, ..FOUND };
        let found = invert(&twin(seed, &truth), &settings).unwrap();
        let judged = judge(&found);
        told[0] += usize::from(found.low[planted] <= truth[planted] && truth[planted] <= found.high[planted]);
        told[1] += usize::from(judged[planted].verdict == Verdict::Under);
        let honest = judge(&invert(&twin(seed + 1_000_000, &[1.0; GROUPS]), &settings).unwrap());
        told[2] += usize::from(honest.iter().any(|j| matches!(j.verdict, Verdict::Under | Verdict::Over)));
        told[3] += usize::from([&judged, &honest].iter().any(|j| j[GROUPS - 1].verdict != Verdict::CannotTell));
    }
    told
}

#[test]
fn fifty_twins_hold_what_was_planted_accuse_no_honest_one_and_know_when_they_cannot_tell() {
    for form in [Form::Gaussian, Form::Lognormal] {
        let [inside, under, accused, told_blind] = twins(50, form);
        assert!(
            inside >= 44 && under >= 35 && accused <= 4 && told_blind == 0,
            "{form:?}: {inside} {under} {accused} {told_blind}"
        );
    }
}

#[test]
#[ignore = "the long proof: a thousand twins of each form"]
fn a_thousand_twins_hold_what_was_planted_in_93_to_97_of_100_and_accuse_an_honest_one_in_5_at_most() {
    for form in [Form::Gaussian, Form::Lognormal] {
        let [inside, under, accused, told_blind] = twins(1000, form);
        println!(
            "{form:?}: planted inside {inside}, called under {under}, honest twins accused {accused}, blind told {told_blind}"
        );
        assert!(
            (930..=970).contains(&inside) && accused <= 50 && told_blind == 0,
            "{form:?}: {inside} {under} {accused} {told_blind}"
        );
    }
}

#[test]
fn a_station_that_took_no_part_is_met_better_after_than_before() {
    let mut truth = [1.0; GROUPS];
    (truth[1], truth[4]) = (2.5, 0.3);
    let found = held_out(&twin(3, &truth), &FOUND).unwrap();
    assert_eq!(found.len(), STATIONS);
    let (before, after) = found.iter().fold((0.0, 0.0), |s, h| (s.0 + h.rmse_reported, s.1 + h.rmse_inferred));
    assert!(after < 0.7 * before, "{after} {before}");
}

#[test]
fn the_system_is_what_footprint_times_reported_rates_bring_window_by_window() {
    let axes = Axes {
        medium: Medium::Air,
        quantity: ReceptorQuantity::Concentration,
        sites: vec!["a".into(), "b".into(), "c".into()],
        source_sites: vec![],
        species: vec!["SO2".into()],
        bins: vec![day(0), day(1)],
        quality: Quality::Screening,
        origin: String::new(),
        replicate_count: 0,
    };
    let mut footprint = Footprint::new(axes);
    let at = |site, bin| Column { site, species: 0, bin };
    let row = ReceptorPeriod { receptor: "r".into(), period: day(1), pollutant: "SO2".into() };
    let entries = [(0, 0, 1.0), (0, 1, 10.0), (1, 1, 2.0), (2, 1, 5.0)];
    footprint.push_row(row, vec![], entries.map(|(s, b, v)| (at(s, b), v, vec![])).to_vec());
    let reported = |source: &str, group: &str, window, rate_kg_s, relative_sd| Reported {
        source: source.into(),
        group: group.into(),
        species: "SO2".into(),
        window,
        rate_kg_s,
        relative_sd,
    };
    let rates = [
        reported("a", "north", Some(day(1)), 3.0, 0.5),
        reported("b", "north", None, 1.0, 0.2),
        reported("c", "south", None, 4.0, 0.0),
        reported("elsewhere", "south", None, 4.0, 0.5),
    ];
    let measured = |receptor: &str| Observation { receptor: receptor.into(), period: day(1), value: 60.0, sd: 1.0 };
    let (system, left_out) = System::of(&footprint, &rates, &[measured("r"), measured("unknown")]).unwrap();
    // a emits on the second day alone: 10·3; b: 2·1. c is not in doubt: 5·4 is taken off. Half of a's time: 1.5 + 1 kg/s on the mean.
    assert_eq!((system.kernel.as_slice(), system.observations[0].value), ([32.0].as_slice(), 40.0));
    assert_eq!(system.unknowns[0].reported, 2.5);
    assert!((system.unknowns[0].relative_sd - (1.5 * 0.5 + 0.2) / 2.5).abs() < 1e-12);
    assert_eq!(left_out.len(), 3);
}
