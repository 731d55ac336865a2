//! Flow routed by Muskingum–Cunge.

use liankong_engine::region::calendar::Time;
use liankong_engine::region::network::ReachKind;
use liankong_engine::region::river::{Element, Link, RiverNetwork};
use liankong_engine::transport::river::flow::Flow;

fn channel(reaches: usize, length_m: f64) -> RiverNetwork {
    let element = |k: usize| Element {
        id: format!("r{k}"),
        kind: ReachKind::Reach,
        length_m,
        width_m: Some(40.0),
        depth_m: None,
        slope: Some(4e-4),
        manning_n: Some(0.03),
        flow_m3_s: None,
        velocity_m_s: None,
        volume_m3: None,
        member: None,
        course: Vec::new(),
    };
    let link = |k: usize| Link { from: k, to: (k + 1 < reaches).then_some(k + 1), share: 1.0 };
    RiverNetwork { elements: (0..reaches).map(element).collect(), links: (0..reaches).map(link).collect() }
}

/// Lateral inflow into the first reach only.
fn hydrograph(reaches: usize, frames: usize, at: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..frames * reaches).map(|k| if k % reaches == 0 { at(k / reaches) } else { 0.0 }).collect()
}

#[test]
fn a_steady_inflow_stays_steady_and_the_water_is_all_there() {
    let network = channel(6, 5000.0);
    let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(6, 96, |_| 30.0)).unwrap();
    assert!((flow.discharge_m3_s(95, 5) - 30.0).abs() < 1e-9);
    assert!(flow.continuity.error < 1e-12 && flow.continuity.storage_error < 1e-12, "{:?}", flow.continuity);
}

#[test]
fn a_flood_wave_keeps_its_water_comes_later_and_lower_and_travels_at_five_thirds_of_the_velocity() {
    let network = channel(20, 5000.0);
    // Centred where its tail at the start is nothing: what is there at the start passes the foot without the head.
    let wave = |f: usize| 20.0 + 4.0 * (-((f as f64 - 100.0) / 16.0).powi(2)).exp();
    let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(20, 400, wave)).unwrap();
    let passed = |e: usize| (0..400).map(|f| flow.discharge_m3_s(f, e) - 20.0).sum::<f64>();
    assert!((passed(19) / passed(0) - 1.0).abs() < 1e-6, "{} {}", passed(0), passed(19));
    let centroid =
        |e: usize| (0..400).map(|f| f as f64 * 900.0 * (flow.discharge_m3_s(f, e) - 20.0)).sum::<f64>() / passed(e);
    // Manning, wide: c = 5/3 u, slowed or sped little by a wave of a fifth.
    let u = flow.velocity_m_s(0, 10).unwrap();
    let celerity = 14.0 * 5000.0 / (centroid(18) - centroid(4));
    assert!((celerity / (5.0 / 3.0 * u) - 1.0).abs() < 0.05, "{celerity} {u}");
    let peak = |e: usize| (0..400).map(|f| flow.discharge_m3_s(f, e)).fold(0.0, f64::max);
    assert!(peak(19) < peak(10) && peak(10) < peak(0));
    assert!(flow.continuity.error < 1e-11, "{:?}", flow.continuity);
}

/// Growth of the variance of a small wave's passage over 100 km, over that of the river: 2 D x/c³, D = Q/(2 B S).
fn spread(reaches: usize, length_m: f64, from: usize, to: usize) -> (f64, Flow) {
    let network = channel(reaches, length_m);
    let wave = |f: usize| 20.0 + 0.2 * (-((f as f64 - 200.0) / 40.0).powi(2)).exp();
    let flow = Flow::routed(&network, Time(0), 900.0, &hydrograph(reaches, 700, wave)).unwrap();
    let moments = |e: usize| {
        let q = |f: usize| flow.discharge_m3_s(f, e) - 20.0;
        let all: f64 = (0..700).map(q).sum();
        let mean = (0..700).map(|f| f as f64 * 900.0 * q(f)).sum::<f64>() / all;
        (mean, (0..700).map(|f| (f as f64 * 900.0 - mean).powi(2) * q(f)).sum::<f64>() / all)
    };
    let ((t1, v1), (t2, v2)) = (moments(from), moments(to));
    let x = (to - from) as f64 * length_m;
    let c = x / (t2 - t1);
    let expected = 2.0 * (20.0 / (2.0 * 40.0 * 4e-4)) * x / c.powi(3);
    ((v2 - v1) / expected, flow)
}

#[test]
fn a_wave_disperses_as_the_hydraulic_diffusivity_says_in_short_reaches_and_in_long_ones() {
    let (short, flow) = spread(60, 2000.0, 4, 54);
    assert_eq!(flow.continuity.bounded, 0);
    assert!((short - 1.0).abs() < 0.1, "{short}");
    let (long, flow) = spread(6, 25_000.0, 0, 4);
    // The head reach takes its water along its length: its pieces but the last carry less than its mean, for which they are too
    // long, in every frame. No other is held.
    assert_eq!(flow.continuity.bounded, 11 * 700);
    assert!((long - 1.0).abs() < 0.1, "{long}");
    assert!(flow.continuity.error < 1e-11, "{:?}", flow.continuity);
}

#[test]
fn a_reach_that_is_pumped_dry_is_held_and_said_so_and_fills_again() {
    let network = channel(3, 5000.0);
    let lateral: Vec<f64> = (0..60 * 3)
        .map(|k| match (k % 3, k / 3) {
            (0, _) => 5.0,
            (1, 10..40) => -8.0,
            _ => 0.0,
        })
        .collect();
    let flow = Flow::routed(&network, Time(0), 3600.0, &lateral).unwrap();
    assert!(flow.continuity.held > 0);
    assert_eq!(flow.discharge_m3_s(39, 1), 0.0);
    assert!((flow.discharge_m3_s(59, 2) - 5.0).abs() < 0.05);
}

#[test]
fn a_circle_is_refused_by_name() {
    let mut network = channel(3, 5000.0);
    network.links[2].to = Some(0);
    let error = Flow::routed(&network, Time(0), 900.0, &[1.0; 3]).unwrap_err().to_string();
    assert!(error.contains("r2") && error.contains("r0"), "{error}");
}
