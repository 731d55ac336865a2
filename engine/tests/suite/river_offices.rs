//! What offices ask of a river: spills, travel times, shares, capacity.

use liankong_engine::plan::capacity::{Bound, Segment, equal_shares};
use liankong_engine::region::Time;
use liankong_engine::region::calendar::Period;
use liankong_engine::region::network::SectionRole;
use liankong_engine::region::river::read_places::{self, RiverSection};
use liankong_engine::region::river::{Place, RiverNetwork, read};
use liankong_engine::transport::river::flow::Flow;
use liankong_engine::transport::river::quality::Kinetics;
use liankong_engine::transport::river::reach::{self, Look};
use liankong_engine::transport::river::sections::River;
use liankong_engine::transport::river::spill::{self, Release, SpillOptions, passage};

fn network(text: &str) -> RiverNetwork {
    read::from_bytes("n.csv", text.as_bytes().to_vec()).unwrap().network
}

fn place(network: &RiverNetwork, reach: &str, distance_m: f64) -> Place {
    Place { element: network.positions()[reach], distance_m }
}

/// Two tributaries, a division and a lake.
fn basin() -> RiverNetwork {
    network(
        "reach_id,to_id,kind,length_m,width_m,depth_m,slope,flow_m3_s,velocity_m_s,volume_m3,share\n\
         a,c,,10000,20,1,0.0005,10,0.5,,\nb,c,,20000,10,1,0.0005,5,0.5,,\nc,d,,30000,30,1,0.0005,15,0.5,,0.6\nc,e,,,,,,,,,0.4\n\
         d,,,8000,20,0.9,0.0005,9,0.5,,\ne,l,,6000,12,1,0.0005,6,0.5,,\nl,,lake,,,,,6,,5e5,\n",
    )
}

#[test]
fn a_short_spill_in_an_even_river_is_a_bell_of_the_known_height_and_time() {
    // Advection and dispersion of an instant load: peak M / (A √(4π E t)), t ≈ x/u, sd of time √(2 E t)/u (Taylor 1954).
    let n = network(
        "reach_id,to_id,length_m,width_m,depth_m,slope,flow_m3_s,velocity_m_s\na,b,30000,40,2,0.0002,40,0.5\nb,,60000,40,2,0.0002,40,0.5\n",
    );
    let flow = Flow::steady(&n).unwrap();
    let kinetics = Kinetics::conservative(&["tracer"]);
    let (from, to) = (place(&n, "a", 5000.0), place(&n, "b", 25_000.0));
    let release = Release { place: from, species: 0, period: Period { start: Time(0), end: Time(600) }, kg_s: 1.0 };
    let options = SpillOptions { flow_uncertainty: 0.0, threshold_kg_m3: vec![None], temperature_c: 20.0 };
    let found = spill::spill(&n, &flow, &kinetics, &[release], &[to], &options).unwrap();
    let felt = &found.felt[0];
    let e = spill::dispersion_m2_s(0.5, 40.0, 2.0, Some(0.0002), None);
    let (x, u, area, mass) = (50_000.0, 0.5, 80.0, 600.0);
    let t: f64 = x / u;
    let peak = mass / (area * (4.0 * std::f64::consts::PI * e * t).sqrt());
    assert!((felt.peak_kg_m3.value / peak - 1.0).abs() < 0.03, "{} {peak}", felt.peak_kg_m3.value);
    assert!((felt.peak_s.value - (t + 300.0)).abs() < 0.03 * t, "{} {t}", felt.peak_s.value);
    // A tenth of the peak on either side: 2 √(2 ln 10) standard deviations.
    let duration = 2.0 * (2.0 * 10f64.ln()).sqrt() * (2.0 * e * t).sqrt() / u;
    assert!((felt.duration_s.value / duration - 1.0).abs() < 0.05, "{} {duration}", felt.duration_s.value);
    assert!(found.mass_error < 1e-9);
}

#[test]
fn a_spill_answers_for_what_lies_below_it_and_its_range_follows_the_flow() {
    let n = basin();
    let flow = Flow::steady(&n).unwrap();
    let kinetics = Kinetics::conservative(&["oil"]);
    let release = Release {
        place: place(&n, "a", 2000.0),
        species: 0,
        period: Period { start: Time(1000), end: Time(4600) },
        kg_s: 0.1,
    };
    let asked = ["a", "a", "b", "d", "l"].map(|r| place(&n, r, 3000.0));
    let mut asked = asked.to_vec();
    asked[0].distance_m = 1000.0;
    let options = SpillOptions { flow_uncertainty: 0.3, threshold_kg_m3: vec![Some(1e-9)], temperature_c: 20.0 };
    let found = spill::spill(&n, &flow, &kinetics, &[release], &asked, &options).unwrap();
    let places: Vec<usize> = found.felt.iter().map(|f| f.place).collect();
    // Not upstream of itself, not on the other tributary.
    assert_eq!(places, [1, 3, 4]);
    for felt in &found.felt {
        let arrival = felt.arrival_s.unwrap();
        assert!(
            arrival.low <= arrival.value && arrival.value <= arrival.high && arrival.low < arrival.high,
            "{felt:?}"
        );
        // Half an hour of releasing cannot be over before it begins.
        assert!(arrival.low > 0.0 && felt.peak_kg_m3.low < felt.peak_kg_m3.high && felt.duration_s.value > 0.0);
    }
    assert!(spill::spill(&n, &flow, &kinetics, &[], &asked, &options).is_err());
    let absurd = SpillOptions { flow_uncertainty: 1.0, ..options };
    assert!(spill::spill(&n, &flow, &kinetics, &[release], &asked, &absurd).is_err());
}

#[test]
fn a_passage_is_read_off_straight_lines_between_the_means() {
    let t = [5.0, 15.0, 25.0, 35.0, 45.0];
    let found = passage(&t, &[0.0, 2.0, 8.0, 4.0, 0.0], 3.0);
    // 2 → 8 passes 3 a sixth of the way from 15 to 25; 4 → 0 passes 3 a quarter of the way from 35 to 45.
    assert!((found.arrival_s.unwrap() - (15.0 + 10.0 / 6.0)).abs() < 1e-12);
    assert!((found.duration_s - (37.5 - (15.0 + 10.0 / 6.0))).abs() < 1e-12);
    assert_eq!((found.peak_s, found.peak_kg_m3), (25.0, 8.0));
    assert_eq!(passage(&t, &[0.0; 5], 3.0).arrival_s, None);
    assert_eq!(passage(&[], &[], 3.0).peak_kg_m3, 0.0);
}

#[test]
fn travel_times_add_up_and_the_fastest_way_counts() {
    let n = basin();
    let flow = Flow::steady(&n).unwrap();
    let travel = reach::travel_to(&n, &flow, 0, place(&n, "d", 4000.0));
    let at = |id: &str| travel[n.positions()[id]];
    // Volume over discharge is length over the velocity told: 20 · 1 m² at 10 m³/s is 0.5 m/s.
    let a = at("a").unwrap();
    assert!((a.from_foot_s - (30_000.0 + 4000.0) / 0.5).abs() < 1e-6, "{a:?}");
    assert!((a.from_head_s - (10_000.0 + 30_000.0 + 4000.0) / 0.5).abs() < 1e-6, "{a:?}");
    assert_eq!((at("e"), at("l")), (None, None));
    let below = reach::reached(&n, &flow, &[n.positions()["b"]], Look::Down);
    assert_eq!(below.iter().filter(|b| **b).count(), 5);
    let above = reach::reached(&n, &flow, &[n.positions()["l"]], Look::Up);
    assert_eq!(above.iter().filter(|b| **b).count(), 5);
}

#[test]
fn a_part_of_a_network_carries_the_water_of_the_whole() {
    let n = basin();
    let flow = Flow::steady(&n).unwrap();
    let kept: Vec<bool> = n.elements.iter().map(|e| e.id == "c" || e.id == "e" || e.id == "l").collect();
    let part = reach::part(&n, &flow, &kept, 1.0).unwrap();
    for (whole, local) in part.position.iter().enumerate().filter_map(|(w, l)| l.map(|l| (w, l))) {
        assert_eq!(flow.discharge_m3_s(0, whole), part.flow.discharge_m3_s(0, local));
        assert_eq!(flow.mean_volume_m3(0, whole), part.flow.mean_volume_m3(0, local));
    }
    // Half as much again: rivers swell by the power 0.66, lakes do not.
    let swollen = reach::part(&n, &flow, &kept, 1.5).unwrap();
    let ratio = |id: &str| {
        let whole = n.positions()[id];
        swollen.flow.mean_volume_m3(0, part.position[whole].unwrap()) / flow.mean_volume_m3(0, whole)
    };
    assert!((ratio("c") - 1.5f64.powf(0.66)).abs() < 1e-12 && (ratio("l") - 1.0).abs() < 1e-12);
}

fn section(network: &RiverNetwork, id: &str, reach: &str, distance_m: f64) -> RiverSection {
    RiverSection {
        id: id.into(),
        place: place(network, reach, distance_m),
        role: SectionRole::Control,
        member: String::new(),
        period: None,
        target_class: None,
        limit: None,
        line: 0,
    }
}

#[test]
fn steady_shares_sum_to_the_forward_run_and_deliver_what_the_law_says() {
    let n = basin();
    let flow = Flow::steady(&n).unwrap();
    let k = 0.3 / 86_400.0;
    let kinetics = Kinetics::conservative(&["NH3-N", "NO3-N"]).with_conversion(0, &[(1, 1.0)], k, 1.0);
    let text =
        "source_id,reach_id,distance_m,species,load_kg_s\ns,a,0,NH3-N,0.01\nt,b,15000,NH3-N,0.02\nu,c,100,NO3-N,0.03\n";
    let mut problems = liankong_engine::problem::Problems::default();
    let sources = read_places::sources("s.csv", text, &n, &mut problems);
    assert!(problems.is_empty());
    let river = River {
        network: &n,
        flow: &flow,
        kinetics: &kinetics,
        temperature_c: 20.0,
        cell_m: 25.0,
        step_s: 900.0,
        dispersion_m2_s: vec![0.0; n.elements.len()],
        standing: liankong_engine::region::Quality::Screening,
    };
    let sections = [section(&n, "foot of c", "c", 30_000.0), section(&n, "lake", "l", 0.0)];
    let found = river.steady(&sources, &sections, true).unwrap();
    assert!(found.forward_error < 1e-10 && found.mass_error < 1e-12, "{} {}", found.forward_error, found.mass_error);
    for (at, row) in found.rows.iter().enumerate() {
        let sum: f64 = found.shares.iter().filter(|s| s.row == at).map(|s| s.value_kg_m3).sum();
        assert!((sum - row.value_kg_m3.unwrap()).abs() <= 1e-10 * sum, "{row:?}");
    }
    // Ammonium of s to the foot of c: 40 km at 0.5 m/s. Cells of 25 m: kτ = 1.7e-4 each, 1,600 of them: error 2.4e-5.
    let share = found.shares.iter().find(|s| s.row == 0 && s.site == 0).unwrap();
    assert!((share.delivered / (-k * 40_000.0 / 0.5).exp() - 1.0).abs() < 1e-4, "{}", share.delivered);
    // The lake: 1/(1 + kV/Q) of what enters it; 40 % of c's water goes there.
    let lake = found.shares.iter().find(|s| s.row == 2 && s.site == 0).unwrap();
    let arrives = 0.4 * (-k * 46_000.0 / 0.5).exp() / (1.0 + k * 5e5 / 6.0);
    assert!((lake.delivered / arrives - 1.0).abs() < 1e-4, "{} {arrives}", lake.delivered);
    // A site at the head of every reach, named after it.
    assert!(found.footprint.sites.contains(&"reach:e".to_string()));
}

fn bound(name: &str, room_kg_m3: f64, felt: &[f64]) -> Bound {
    Bound { name: name.into(), room_kg_m3, felt: felt.to_vec() }
}

#[test]
fn a_segment_has_the_capacity_of_the_formula() {
    let s = Segment {
        limit_kg_m3: 0.02,
        head_kg_m3: 0.01,
        loss_per_s: 2e-6,
        travel_s: 1e5,
        flow_m3_s: 10.0,
        outfalls_m3_s: 2.0,
    };
    // (0.02 − 0.01 e^(−0.2)) · 12 = 0.141752309630642
    assert!((s.capacity_kg_s() - 0.141_752_309_630_642).abs() < 1e-14);
    assert!(Segment { head_kg_m3: 0.1, ..s }.capacity_kg_s() < 0.0);
}

#[test]
#[cfg(feature = "highs")]
fn the_greatest_total_favours_who_is_felt_least_and_leaves_the_unfelt_unbounded() {
    // One section: 2 a + b ≤ 1, c is not felt. Best: b = 1; its worth is 1 kg/s per kg/m³ of room.
    let found = liankong_engine::plan::capacity::greatest_total(&[bound("r", 1.0, &[2.0, 1.0, 0.0])], 3).unwrap();
    assert!((found.kg_s[1].unwrap() - 1.0).abs() < 1e-9 && found.kg_s[0].unwrap().abs() < 1e-9, "{found:?}");
    assert_eq!(found.kg_s[2], None);
    assert!((found.worth_m3_s[0] - 1.0).abs() < 1e-9, "{found:?}");
}

#[test]
fn equal_shares_hold_those_who_bind_and_raise_the_others() {
    // Section r: a + b ≤ 1 with today 1 and 1: both held at ½. Section t: c ≤ 10 with today 2: keeps all.
    let bounds = [bound("r", 1.0, &[1.0, 1.0, 0.0]), bound("t", 10.0, &[0.0, 0.0, 1.0])];
    let found = equal_shares(&bounds, &[1.0, 1.0, 2.0]).unwrap();
    assert_eq!(found.kg_s, [Some(0.5), Some(0.5), Some(2.0)]);
    // One section below the other: the upper binds at ½ for a; b goes on to what the lower leaves: 1.2 − 0.5.
    let bounds = [bound("up", 0.5, &[1.0, 0.0]), bound("down", 1.2, &[1.0, 1.0])];
    let found = equal_shares(&bounds, &[1.0, 1.0]).unwrap();
    let (a, b) = (found.kg_s[0].unwrap(), found.kg_s[1].unwrap());
    assert!((a - 0.5).abs() < 1e-12 && (b - 0.7).abs() < 1e-12, "{a} {b}");
    assert!(found.slack_kg_m3.iter().all(|s| *s > -1e-12));
    let told = equal_shares(&[bound("border / COD", -0.1, &[1.0])], &[1.0]).unwrap_err().to_string();
    assert!(told.contains("border / COD"), "{told}");
}
