//! How long the joint plan of a whole region takes, on one thread, on a region that is made up but built like a real one.
//!
//! `plan_speed joint`: 41 cities × 30 sectors × 60 measures, 41 air and 180 water targets, one linear programme; then each target
//! is changed in turn by 1 % of its cut and solved again from the last vertex.
//! `plan_speed coalitions`: 11 members × 30 sectors × 20 measures, all 2¹¹ coalitions and every share.
//!
//! Structure: a sector emits 2 to 4 of 9 pollutants (5 of air, 4 of water); a measure takes 10 to 90 % of one of them and moves
//! up to two others, one measure in eight for the worse; its cost a tonne rises with what it takes (convex within a sector);
//! measures stand in exclusion groups of five, and no more is taken than is emitted. Every city reaches every air station with
//! a weight that falls with distance; sections lie on a river tree and feel what drains to them from upstream; deposition
//! couples air to every section. Goals ask for 55 % of what all measures together could do.

use liankong_engine::plan::abatement::{Abatement, Coupling, Decision, Goal, MILLION};
use liankong_engine::plan::share::{self, Shortfall};
use liankong_engine::plan::solver::{Claim, Session};
use std::time::Instant;

const POLLUTANTS: usize = 9;
const AIR: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("joint") => joint(),
        Some("coalitions") => coalitions(),
        _ => Err("say joint or coalitions".into()),
    }
}

/// A number in [0, 1) from a counter (SplitMix64, Steele et al. 2014).
fn draw(counter: usize, salt: u64) -> f64 {
    let mut z =
        (counter as u64).wrapping_add(salt.wrapping_mul(0xD1B5_4A32_D192_ED03)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) as f64 / 2f64.powi(64)
}

/// A region of `cities` × `sectors` × `measures`, one air goal a city and `sections` water goals; each city is a member.
fn region(cities: usize, sectors: usize, measures: usize, sections: usize) -> Abatement {
    let place = |c: usize| (draw(c, 1) * 500.0, draw(c, 2) * 500.0);
    let air = |city: usize, station: usize| {
        let ((x, y), (u, v)) = (place(city), place(station));
        5.0 * (-((x - u).hypot(y - v)) / 150.0).exp() / cities as f64
    };
    // Section k drains to (k − 1) / 2; city c drains into the sections k ≡ c.
    let drains = |city: usize, section: usize| {
        let mut weight = 0.0;
        for mouth in (city % sections..sections).step_by(cities) {
            let (mut at, mut left) = (mouth, 1.0);
            loop {
                if at == section {
                    weight += left;
                }
                if at == 0 || left < 1e-3 {
                    break;
                }
                (at, left) = ((at - 1) / 2, left * 0.6);
            }
        }
        weight
    };
    let air_of: Vec<Vec<f64>> = (0..cities).map(|c| (0..cities).map(|r| air(c, r)).collect()).collect();
    let water_of: Vec<Vec<f64>> = (0..cities).map(|c| (0..sections).map(|k| drains(c, k)).collect()).collect();

    let (mut decisions, mut couplings) = (Vec::new(), Vec::new());
    let mut effects: Vec<Vec<(usize, f64)>> = vec![Vec::new(); cities + sections];
    for city in 0..cities {
        for sector in 0..sectors {
            let source = city * sectors + sector;
            let emitted: Vec<f64> = (0..POLLUTANTS)
                .map(|p| {
                    let emits = p == sector % POLLUTANTS || draw(sector * POLLUTANTS + p, 3) < 0.25;
                    if emits { 10f64.powf(2.0 * draw(source * POLLUTANTS + p, 4)) } else { 0.0 }
                })
                .collect();
            let main = sector % POLLUTANTS;
            let mut taken: Vec<Vec<(usize, f64)>> = vec![Vec::new(); POLLUTANTS];
            let mut groups: Vec<Vec<(usize, f64)>> = vec![Vec::new(); measures.div_ceil(5)];
            for m in 0..measures {
                let (j, key) = (decisions.len(), source * measures + m);
                let efficiency = 0.1 + 0.8 * draw(key, 5);
                let removed = efficiency * emitted[main];
                let a_tonne = 0.02 * (3.0 * efficiency).exp() * (0.5 + draw(key, 6)) * (0.5 + draw(sector, 7));
                decisions.push(Decision {
                    measure: format!("m{m:02}"),
                    source: format!("c{city:02}s{sector:02}"),
                    member: Some(city),
                    cost: a_tonne * removed * MILLION,
                    floor: 0.0,
                    upper: 0.3 + 0.7 * draw(key, 8),
                });
                groups[m / 5].push((j, 1.0));
                let others = (0..POLLUTANTS).filter(|p| *p != main && emitted[*p] > 0.0).take(2);
                let side = others.map(|p| {
                    let harm = draw(key * POLLUTANTS + p, 9) < 0.125;
                    (p, if harm { -0.05 } else { 0.4 * draw(key * POLLUTANTS + p, 10) } * emitted[p])
                });
                for (p, rate) in [(main, removed)].into_iter().chain(side) {
                    taken[p].push((j, rate));
                    if p < AIR {
                        let potency = [1.0, 0.3, 0.25, 0.2, 0.1][p];
                        for (r, f) in air_of[city].iter().enumerate() {
                            effects[r].push((j, f * potency * rate));
                        }
                        // nitrogen that falls into rivers
                        if p == 2 || p == 3 {
                            for (k, f) in water_of[city].iter().enumerate().filter(|(_, f)| **f > 0.01) {
                                effects[cities + k].push((j, 0.02 * f * rate));
                            }
                        }
                    } else {
                        for (k, f) in water_of[city].iter().enumerate().filter(|(_, f)| **f > 0.0) {
                            effects[cities + k].push((j, f * rate * [1.0, 0.5, 0.4, 0.1][p - AIR]));
                        }
                    }
                }
            }
            couplings.extend(groups.into_iter().filter(|g| !g.is_empty()).map(|terms| Coupling { most: 1.0, terms }));
            for (p, terms) in taken.into_iter().enumerate().filter(|(_, t)| !t.is_empty()) {
                let terms = terms.into_iter().map(|(j, rate)| (j, rate / emitted[p])).collect();
                couplings.push(Coupling { most: 1.0, terms });
            }
        }
    }
    let mut abatement = Abatement {
        members: (0..cities).map(|c| format!("c{c:02}")).collect(),
        decisions,
        goals: Vec::new(),
        couplings,
    };
    for (t, mut row) in effects.into_iter().enumerate() {
        merge(&mut row);
        // What all measures could do here, each source giving no more than its dearest measures allow: greedily by group.
        let reach: f64 = row.iter().map(|(j, e)| e.max(0.0) * abatement.decisions[*j].upper).sum::<f64>();
        let cut = 0.55 * reach * 1.4 / measures as f64;
        let now = 2.0 * cut.max(1e-9);
        abatement.goals.push(Goal {
            id: format!("t{t:03}"),
            member: Some(t % cities),
            now,
            limit: now - cut,
            yardstick: now - cut,
            effects: row,
        });
    }
    abatement
}

/// Adds up entries of one decision.
fn merge(row: &mut Vec<(usize, f64)>) {
    row.sort_by_key(|(j, _)| *j);
    let mut merged: Vec<(usize, f64)> = Vec::with_capacity(row.len());
    for (j, e) in row.drain(..) {
        match merged.last_mut() {
            Some((last, sum)) if *last == j => *sum += e,
            _ => merged.push((j, e)),
        }
    }
    *row = merged;
}

/// User and system time of this process, s.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn joint() -> Result<(), Box<dyn std::error::Error>> {
    let abatement = region(41, 30, 60, 180);
    let entries: usize = abatement.goals.iter().map(|g| g.effects.len()).sum();
    println!(
        "decisions {} goals {} couplings {} effects {entries}",
        abatement.decisions.len(),
        abatement.goals.len(),
        abatement.couplings.len()
    );
    let (clock, cpu) = (Instant::now(), cpu_s());
    let mut session = Session::open(abatement.programme())?;
    let Claim::Optimal { x, y } = session.minimise()? else { return Err("infeasible".into()) };
    let programme = session.programme();
    let (cost, bound) = (programme.objective(&x), programme.lower_bound(&y));
    println!(
        "joint: cpu {:.2} s, wall {:.2} s; cost {cost:.6} million, gap {:.1e}, greatest breach {:.1e}, goals that bind {}",
        cpu_s() - cpu,
        clock.elapsed().as_secs_f64(),
        (cost - bound) / cost,
        programme.greatest_breach(&x),
        y[..abatement.goals.len()].iter().filter(|y| **y != 0.0).count()
    );
    let mut times = Vec::new();
    for (t, goal) in abatement.goals.iter().enumerate() {
        let tighter = (goal.limit - goal.now) * 1.01;
        session.bound_row(t, f64::NEG_INFINITY, tighter);
        let clock = Instant::now();
        let Claim::Optimal { .. } = session.minimise()? else { return Err("infeasible after a change".into()) };
        times.push(clock.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "solved again after one changed target: median {:.1} ms, nine in ten within {:.1} ms, slowest {:.1} ms (wall)",
        times[times.len() / 2],
        times[times.len() * 9 / 10],
        times[times.len() - 1]
    );
    Ok(())
}

fn coalitions() -> Result<(), Box<dyn std::error::Error>> {
    let abatement = region(11, 30, 20, 48);
    println!("decisions {} goals {}", abatement.decisions.len(), abatement.goals.len());
    let players: Vec<usize> = (0..11).collect();
    let (clock, cpu) = (Instant::now(), cpu_s());
    let game = share::game::solve(&abatement, &players, Shortfall::TimesDearest(2.0), &|| false)?;
    let (solved, wall) = (cpu_s() - cpu, clock.elapsed().as_secs_f64());
    let shares = share::shares(&game)?;
    println!(
        "coalitions {}: cpu {solved:.1} s, wall {wall:.1} s; shares after {:.1} s more (cpu); greatest gap {:.1e}",
        game.cost.len() - 1,
        cpu_s() - cpu - solved,
        game.greatest_gap()
    );
    println!(
        "joint {:.3} million, saving {:.3} million, core {} with epsilon {:.4} million",
        game.cost[game.grand()] / MILLION,
        game.saving() / MILLION,
        if shares.core.empty { "empty" } else { "not empty" },
        shares.core.epsilon / MILLION
    );
    Ok(())
}
