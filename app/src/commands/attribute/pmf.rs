//! `attribute pmf`: factors from concentrations and uncertainties.

use super::pmf_files;
use crate::manners::{Desk, Failure, Format, Outcome, stopped};
use crate::output::folder;
use liankong_engine::attribute::pmf::bootstrap::{self, Bootstrap};
use liankong_engine::attribute::pmf::descend::ALPHA;
use liankong_engine::attribute::pmf::displacement::{self, Interval};
use liankong_engine::attribute::pmf::table::Reading;
use liankong_engine::attribute::pmf::{Displaced, Factors, Fit, MOST_FACTORS, Settings, fit, rotation, start, table};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `attribute pmf` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong attribute pmf --conc con.csv --unc unc.csv --factors 6 --starts 20 --displacement --out out/pmf\n\n\
                        Tables: one row a sample, its name or date first, one column a species; tab, semicolon or comma. Empty, NA\n\
                        and -999 are not measured. Q = Σ((V−WH)/U)². Writes summary.json, timing.json, W.csv, H.csv (W H is\n\
                        in the units of the table), diagnostics.csv, residuals.csv, g_space.csv, profiles.svg and what was asked for beside."
)]
pub struct PmfArguments {
    /// Table of concentrations
    #[arg(long, value_name = "FILE")]
    conc: PathBuf,
    /// Table of uncertainties, one standard deviation
    #[arg(long, value_name = "FILE")]
    unc: PathBuf,
    /// Factors
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..=MOST_FACTORS as u64))]
    factors: u64,
    /// Starts; the one of least Q is kept
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    starts: u64,
    /// Weigh values further than four standard deviations from the model down
    #[arg(long)]
    robust: bool,
    /// Resamplings of blocks of samples
    #[arg(long, value_name = "B", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    bootstrap: u64,
    /// Length of a block [default: from the order in the samples]
    #[arg(long, value_name = "SAMPLES", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    block: Option<u64>,
    /// Intervals of every element of every profile by displacement
    #[arg(long)]
    displacement: bool,
    /// Resamplings on which displacement is repeated
    #[arg(long, value_name = "B", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    bootstrap_displacement: u64,
    /// Species to displace [default: all]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    species: Vec<String>,
    /// Strengths of the rotation Fpeak to try, such as -0.5,0.5
    #[arg(long, value_name = "PHI", value_delimiter = ',', allow_hyphen_values = true)]
    fpeak: Vec<f64>,
    /// Element of a profile to pull to a value: factor from 1, species, value; repeat for more
    #[arg(long, value_name = "K:SPECIES:VALUE")]
    pull: Vec<String>,
    /// Table species,limit: values at or below it become half of it, with five sixths of it as uncertainty
    #[arg(long, value_name = "FILE")]
    detection: Option<PathBuf>,
    /// Folder of starts to use in place of random ones: W_1.csv, H_1.csv, W_2.csv, … without headers
    #[arg(long, value_name = "DIR")]
    initial: Option<PathBuf>,
    /// Seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 42)]
    seed: u64,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// One start and what it cost.
pub struct Started {
    /// The solution, normalised.
    pub fit: Fit,
    /// Time of the processor, s.
    pub cpu_s: f64,
}

/// All that was found, on its way into files.
pub struct Found<'a> {
    /// The tables.
    pub reading: &'a Reading,
    /// Every start, in their order.
    pub starts: &'a [Started],
    /// The best of them.
    pub best: &'a Fit,
    /// Which it was, from 0.
    pub kept: usize,
    /// Whether outliers were weighed down.
    pub robust: bool,
    /// Seed.
    pub seed: u64,
    /// Displacement.
    pub displaced: Option<Vec<Interval>>,
    /// Bootstrap.
    pub bootstrapped: Option<Bootstrap>,
    /// Displacement on resamplings, how many there were and how many were left out.
    pub both: Option<(Vec<Interval>, u64, usize)>,
    /// Strength and solution of each rotation.
    pub rotated: Vec<(f64, Fit)>,
    /// Solutions with an element pulled.
    pub pulled: Vec<(Displaced, Fit)>,
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|cause| Failure::Usage(format!("{}: {cause}", path.display())))
}

/// Does what was asked.
pub fn pmf(arguments: &PmfArguments, desk: &Desk) -> Outcome {
    folder::fit_for_results(&arguments.out)?;
    let (conc, unc) = (read(&arguments.conc)?, read(&arguments.unc)?);
    let name = |path: &Path| path.display().to_string();
    let mut reading = table::read((&name(&arguments.conc), &conc), (&name(&arguments.unc), &unc))?;
    if let Some(path) = &arguments.detection {
        reading.replace_below_detection(&limits(path)?);
    }
    let (n, species_count) = (reading.measurements.samples(), reading.measurements.species());
    if arguments.factors as usize > n.min(species_count) {
        return Err(Failure::Usage(format!(
            "--factors {}: {n} samples with a value and {species_count} species carry at most {} factors",
            arguments.factors,
            n.min(species_count)
        )));
    }
    let wanted = species(&reading, &arguments.species)?;
    let pulls: Vec<Displaced> =
        arguments.pull.iter().map(|text| pull(text, &reading, arguments.factors as usize)).collect::<Result<_, _>>()?;
    let settings = Settings { robust: arguments.robust.then_some(ALPHA), ..Settings::default() };
    let starts = begin(arguments, &reading)?;
    let starts = starts
        .into_par_iter()
        .map(|start| {
            if stopped() {
                return Err(Failure::Failed("stopped; nothing was written".into()));
            }
            let before = cpu();
            let mut fit = fit(&reading.measurements, start, &settings)?;
            let cpu_s = cpu() - before;
            fit.factors = fit.factors.normalised(&reading.measurements);
            Ok(Started { fit, cpu_s })
        })
        .collect::<Result<Vec<Started>, Failure>>()?;
    let objective = |fit: &Fit| if arguments.robust { fit.q_robust } else { fit.q_true };
    let kept =
        (0..starts.len()).min_by(|a, b| objective(&starts[*a].fit).total_cmp(&objective(&starts[*b].fit))).unwrap_or(0);
    let best = &starts[kept].fit;
    let m = &reading.measurements;
    let block = arguments.block.map_or_else(|| bootstrap::block(m), |b| (b as usize).min(m.samples()));
    let told = Told { desk, done: AtomicUsize::new(0) };
    let found = Found {
        displaced: arguments.displacement.then(|| {
            let all = best.factors.factors * if wanted.is_empty() { m.species() } else { wanted.len() };
            displacement::displace(m, best, &wanted, &displacement::LEVELS, &|| told.one("displaced", all))
        }),
        bootstrapped: (arguments.bootstrap > 0).then(|| {
            let count = arguments.bootstrap as usize;
            bootstrap::bootstrap(m, best, &settings, count, block, arguments.seed, &|| told.one("resampled", count))
        }),
        both: (arguments.bootstrap_displacement > 0).then(|| {
            let count = arguments.bootstrap_displacement as usize;
            let plan = (count, block, arguments.seed);
            let (intervals, left_out) =
                bootstrap::displaced(m, best, &settings, plan, &wanted, &|| told.one("resampled and displaced", count));
            (intervals, count as u64, left_out)
        }),
        rotated: arguments.fpeak.iter().map(|phi| (*phi, rotation::fpeak(m, best, &settings, *phi))).collect(),
        pulled: pulls.into_iter().map(|p| (p, displacement::pull(m, best, &settings, p))).collect(),
        reading: &reading,
        starts: &starts,
        best,
        kept,
        robust: arguments.robust,
        seed: arguments.seed,
    };
    if stopped() {
        return Err(Failure::Failed("stopped; nothing was written".into()));
    }
    folder::write(&arguments.out, &pmf_files::files(&found)?, folder::FACTOR_NAMES)?;
    match desk.format {
        Format::Json => desk.document(&pmf_files::summary(&found)),
        Format::Text => desk.say(&pmf_files::words(&found, desk.language)),
    }
    Ok(())
}

/// Progress of the long parts, a line every tenth.
struct Told<'a> {
    desk: &'a Desk,
    done: AtomicUsize,
}

impl Told<'_> {
    fn one(&self, what: &str, of: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let tenth = of.div_ceil(10).max(1);
        if done.is_multiple_of(tenth) && done <= of {
            self.desk.note(&format!("{what}: {done} of {of}"));
        }
        if done >= of {
            self.done.store(0, Ordering::Relaxed);
        }
    }
}

/// Time this thread has computed, s.
fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn species(reading: &Reading, names: &[String]) -> Result<Vec<usize>, Failure> {
    names.iter().map(|name| place(reading, name)).collect()
}

fn place(reading: &Reading, name: &str) -> Result<usize, Failure> {
    reading.measurements.species.iter().position(|s| s == name).ok_or_else(|| {
        Failure::Usage(format!(
            "\"{name}\" is no species of the table; it has {}",
            reading.measurements.species.join(", ")
        ))
    })
}

fn pull(text: &str, reading: &Reading, factors: usize) -> Result<Displaced, Failure> {
    let refuse = || {
        Failure::Usage(format!("--pull {text}: give factor from 1 to {factors}, species and value, such as 2:SO4:0"))
    };
    let (factor, rest) = text.split_once(':').ok_or_else(refuse)?;
    let (name, value) = rest.rsplit_once(':').ok_or_else(refuse)?;
    let factor = factor.parse().ok().filter(|f| (1..=factors).contains(f)).ok_or_else(refuse)?;
    let value = value.parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0).ok_or_else(refuse)?;
    Ok(Displaced { factor: factor - 1, species: place(reading, name)?, value })
}

fn limits(path: &Path) -> Result<BTreeMap<String, f64>, Failure> {
    let bytes = read(path)?;
    let mut limits = BTreeMap::new();
    for (row, record) in csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]).records().enumerate() {
        let refuse =
            || Failure::Usage(format!("{}:{}: give species,limit with a positive limit", path.display(), row + 2));
        let record = record.map_err(|_| refuse())?;
        let limit =
            record.get(1).and_then(|text| text.parse().ok()).filter(|limit: &f64| *limit > 0.0 && limit.is_finite());
        limits.insert(record.get(0).unwrap_or_default().to_string(), limit.ok_or_else(refuse)?);
    }
    Ok(limits)
}

/// Where the starts begin.
fn begin(arguments: &PmfArguments, reading: &Reading) -> Result<Vec<Factors>, Failure> {
    let k = arguments.factors as usize;
    let m = &reading.measurements;
    let Some(folder) = &arguments.initial else {
        return Ok((0..arguments.starts).map(|s| start::random(m, k, arguments.seed, s)).collect());
    };
    (1..=arguments.starts)
        .map(|number| {
            let contributions = matrix(&folder.join(format!("W_{number}.csv")), m.samples(), k)?;
            let h = matrix(&folder.join(format!("H_{number}.csv")), k, m.species())?;
            let profiles =
                (0..m.species()).flat_map(|j| (0..k).map(move |f| (f, j))).map(|(f, j)| h[f * m.species() + j]);
            Ok(Factors { factors: k, contributions, profiles: profiles.collect() })
        })
        .collect()
}

fn matrix(path: &Path, rows: usize, columns: usize) -> Result<Vec<f64>, Failure> {
    let bytes = read(path)?;
    let refuse =
        |why: &str| Failure::Usage(format!("{}: {why}; give {rows} rows of {columns} numbers", path.display()));
    let mut values = Vec::with_capacity(rows * columns);
    for record in csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(&bytes[..]).records() {
        let record = record.map_err(|_| refuse("this is no table"))?;
        for text in &record {
            let value = text.parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0);
            values.push(value.ok_or_else(|| refuse(&format!("\"{text}\" is not a number of nought or more")))?);
        }
    }
    if values.len() == rows * columns { Ok(values) } else { Err(refuse("the table is of another size")) }
}
