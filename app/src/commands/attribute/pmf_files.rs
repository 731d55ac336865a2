//! The files of `attribute pmf`.

use super::pmf::{Found, Started};
use super::pmf_profiles;
use crate::manners::{Failure, Language};
use crate::output::folder::File;
use crate::output::number::number;
use liankong_engine::attribute::pmf::displacement::{Interval, LEVELS, RESAMPLED_LEVELS};
use liankong_engine::attribute::pmf::{Factors, diagnostics};
use serde::Serialize;

/// `summary.json`.
#[derive(Serialize)]
pub struct Summary {
    samples: usize,
    species: usize,
    factors: usize,
    seed: u64,
    robust: bool,
    empty_rows_dropped: usize,
    missing: usize,
    without_uncertainty: usize,
    below_detection: usize,
    kept: usize,
    q_true: f64,
    q_robust: f64,
    q_expected: f64,
    starts: Vec<Start>,
    species_explained: Vec<diagnostics::OfSpecies>,
    bootstrap: Option<Resampled>,
    displacement_fall: Option<f64>,
    bootstrap_displacement: Option<Both>,
    fpeak: Vec<Rotated>,
    pulls: Vec<Pulled>,
}

#[derive(Serialize)]
struct Start {
    q_true: f64,
    q_robust: f64,
    iterations: usize,
    converged: bool,
}

#[derive(Serialize)]
struct Resampled {
    resamplings: usize,
    block: usize,
    /// Rows: factors of the resamplings; columns: factors of the best fit, and unmapped.
    mapped: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct Both {
    resamplings: u64,
    left_out: usize,
    swaps: Vec<usize>,
}

#[derive(Serialize)]
struct Rotated {
    strength: f64,
    q_true: f64,
    q_robust: f64,
}

#[derive(Serialize)]
struct Pulled {
    factor: usize,
    species: String,
    value: f64,
    q_true: f64,
    rise: f64,
}

#[derive(Serialize)]
struct Timing {
    starts: Vec<Cost>,
}

#[derive(Serialize)]
struct Cost {
    cpu_s: f64,
}

/// What `summary.json` says.
pub fn summary(found: &Found<'_>) -> Summary {
    let m = &found.reading.measurements;
    let k = found.best.factors.factors;
    let diagnosed = diagnostics::diagnose(m, &found.best.factors);
    let start = |s: &Started| Start {
        q_true: s.fit.q_true,
        q_robust: s.fit.q_robust,
        iterations: s.fit.iterations,
        converged: s.fit.converged,
    };
    Summary {
        samples: m.samples(),
        species: m.species(),
        factors: k,
        seed: found.seed,
        robust: found.robust,
        empty_rows_dropped: found.reading.empty_rows,
        missing: found.reading.missing,
        without_uncertainty: found.reading.without_uncertainty,
        below_detection: found.reading.below_detection,
        kept: found.kept + 1,
        q_true: found.best.q_true,
        q_robust: found.best.q_robust,
        q_expected: diagnosed.q_expected,
        starts: found.starts.iter().map(start).collect(),
        species_explained: diagnosed.species,
        bootstrap: found.bootstrapped.as_ref().map(|b| Resampled {
            resamplings: b.q.len(),
            block: b.block,
            mapped: b.mapped.chunks(k + 1).map(<[usize]>::to_vec).collect(),
        }),
        displacement_fall: found.displaced.as_ref().map(|d| d.iter().map(|i| i.fall).fold(0.0, f64::max)),
        bootstrap_displacement: found.both.as_ref().map(|(intervals, resamplings, left_out)| Both {
            resamplings: *resamplings,
            left_out: *left_out,
            swaps: (0..RESAMPLED_LEVELS.len()).map(|l| intervals.iter().map(|i| i.swaps[l]).sum()).collect(),
        }),
        fpeak: found
            .rotated
            .iter()
            .map(|(strength, fit)| Rotated { strength: *strength, q_true: fit.q_true, q_robust: fit.q_robust })
            .collect(),
        pulls: found
            .pulled
            .iter()
            .map(|(pulled, fit)| Pulled {
                factor: pulled.factor + 1,
                species: m.species[pulled.species].clone(),
                value: pulled.value,
                q_true: fit.q_true,
                rise: fit.q_true - found.best.q_true,
            })
            .collect(),
    }
}

/// What a person reads on the screen.
pub fn words(found: &Found<'_>, language: Language) -> String {
    let s = summary(found);
    let settled = found.starts.iter().filter(|s| s.fit.converged).count();
    let zh = format!(
        "{} 个样品、{} 个物种、{} 个因子：{} 次起算中 {} 次收敛，取第 {} 次，Q = {:.1}（稳健 {:.1}，期望 {:.0}）；剔除空行 {}，缺测 {}，无不确定度 {}",
        s.samples,
        s.species,
        s.factors,
        s.starts.len(),
        settled,
        s.kept,
        s.q_true,
        s.q_robust,
        s.q_expected,
        s.empty_rows_dropped,
        s.missing,
        s.without_uncertainty
    );
    let en = format!(
        "{} samples, {} species, {} factors: {} starts, {} came to rest, number {} kept, Q = {:.1} (robust {:.1}, expected {:.0}); empty rows dropped {}, missing values {}, without uncertainty {}",
        s.samples,
        s.species,
        s.factors,
        s.starts.len(),
        settled,
        s.kept,
        s.q_true,
        s.q_robust,
        s.q_expected,
        s.empty_rows_dropped,
        s.missing,
        s.without_uncertainty
    );
    language.pick(&zh, &en).to_string()
}

/// Everything to be written.
pub fn files(found: &Found<'_>) -> Result<Vec<File>, Failure> {
    let m = &found.reading.measurements;
    let best = &found.best.factors;
    let timing = Timing { starts: found.starts.iter().map(|s| Cost { cpu_s: s.cpu_s }).collect() };
    let mut files = vec![
        json("timing.json", &timing)?,
        File { name: "W.csv", bytes: contributions(&m.samples, best) },
        File { name: "H.csv", bytes: profiles(&m.species, best) },
        File { name: "diagnostics.csv", bytes: diagnosed(found) },
        File { name: "residuals.csv", bytes: residuals(found) },
        File { name: "g_space.csv", bytes: g_space(best) },
        File { name: "profiles.svg", bytes: pmf_profiles::svg(found).into_bytes() },
    ];
    if let Some(intervals) = &found.displaced {
        files.push(File { name: "displacement.csv", bytes: displaced(&m.species, intervals, &LEVELS) });
    }
    if let Some((intervals, ..)) = &found.both {
        files.push(File {
            name: "bootstrap_displacement.csv",
            bytes: displaced(&m.species, intervals, &RESAMPLED_LEVELS),
        });
    }
    if let Some(b) = &found.bootstrapped {
        let mut rows = String::from("factor,species,value,p05,p25,median,p75,p95\n");
        let k = best.factors;
        for factor in 0..k {
            for (j, species) in m.species.iter().enumerate() {
                let at = [0.05, 0.25, 0.5, 0.75, 0.95].map(|q| number(b.quantile(j, factor, k, q))).join(",");
                rows += &format!("{},{},{},{at}\n", factor + 1, cell(species), number(best.profiles[j * k + factor]));
            }
        }
        files.push(File { name: "bootstrap.csv", bytes: rows.into_bytes() });
    }
    if !found.rotated.is_empty() {
        let mut rows = String::from("strength,factor,species,value\n");
        for (strength, fit) in &found.rotated {
            let k = fit.factors.factors;
            for factor in 0..k {
                for (j, species) in m.species.iter().enumerate() {
                    let value = fit.factors.profiles[j * k + factor] * fit.factors.mean(factor);
                    rows += &format!("{},{},{},{}\n", number(*strength), factor + 1, cell(species), number(value));
                }
            }
        }
        files.push(File { name: "fpeak.csv", bytes: rows.into_bytes() });
    }
    files.push(json("summary.json", &summary(found))?);
    Ok(files)
}

fn json(name: &'static str, value: &impl Serialize) -> Result<File, Failure> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|cause| Failure::Failed(format!("{name}: {cause}")))?;
    Ok(File { name, bytes })
}

/// A text as a cell.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

/// Seventeen digits, so that `W H` gives `Q` to the last.
fn exact(value: f64) -> String {
    format!("{value:?}")
}

fn contributions(samples: &[String], factors: &Factors) -> Vec<u8> {
    let mut rows = String::from("sample");
    (1..=factors.factors).for_each(|k| rows += &format!(",factor_{k}"));
    for (sample, w) in samples.iter().zip(factors.contributions.chunks_exact(factors.factors)) {
        rows += &format!("\n{},{}", cell(sample), w.iter().map(|w| exact(*w)).collect::<Vec<_>>().join(","));
    }
    (rows + "\n").into_bytes()
}

fn profiles(species: &[String], factors: &Factors) -> Vec<u8> {
    let mut rows = String::from("factor");
    species.iter().for_each(|s| rows += &format!(",{}", cell(s)));
    for k in 0..factors.factors {
        let h =
            factors.profiles.iter().skip(k).step_by(factors.factors).map(|h| exact(*h)).collect::<Vec<_>>().join(",");
        rows += &format!("\nfactor_{},{h}", k + 1);
    }
    (rows + "\n").into_bytes()
}

fn diagnosed(found: &Found<'_>) -> Vec<u8> {
    let mut rows = String::from("species,counted,signal_to_noise,q,q_over_expected,r_squared,explained,beyond_three\n");
    for s in diagnostics::diagnose(&found.reading.measurements, &found.best.factors).species {
        let figures = [s.signal_to_noise, s.q, s.q_over_expected, s.r_squared, s.explained].map(number).join(",");
        rows += &format!("{},{},{figures},{}\n", cell(&s.species), s.counted, s.beyond_three);
    }
    rows.into_bytes()
}

fn residuals(found: &Found<'_>) -> Vec<u8> {
    let m = &found.reading.measurements;
    let mut rows = String::from("sample,species,measured,modelled,scaled_residual\n");
    for (i, sample) in m.samples.iter().enumerate() {
        for (j, species) in m.species.iter().enumerate() {
            let e = i * m.species() + j;
            if m.weight(e) > 0.0 {
                let modelled = found.best.factors.modelled(i, j);
                let scaled = (m.concentration[e] - modelled) / m.uncertainty[e];
                let figures = [m.concentration[e], modelled, scaled].map(number).join(",");
                rows += &format!("{},{},{figures}\n", cell(sample), cell(species));
            }
        }
    }
    rows.into_bytes()
}

fn g_space(factors: &Factors) -> Vec<u8> {
    let mut rows = String::from("factor,other,correlation,lower_edge,upper_edge\n");
    for p in diagnostics::pairs(factors) {
        let figures = [p.correlation, p.lower_edge, p.upper_edge].map(number).join(",");
        rows += &format!("{},{},{figures}\n", p.one + 1, p.other + 1);
    }
    rows.into_bytes()
}

fn displaced(species: &[String], intervals: &[Interval], levels: &[f64]) -> Vec<u8> {
    let mut rows = String::from("factor,species,delta_q,value,low,high,swaps\n");
    for i in intervals {
        for (l, level) in levels.iter().enumerate() {
            // Where nothing stops an element the cell stays empty.
            let figures = [*level, i.value, i.low[l], i.high[l]].map(number).join(",");
            rows += &format!("{},{},{figures},{}\n", i.factor + 1, cell(&species[i.species]), i.swaps[l]);
        }
    }
    rows.into_bytes()
}
