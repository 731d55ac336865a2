//! `transport air --met F… --receptors R --out D` and `transport air --met F… --release S --out D`.

use super::parts;
use super::tables::{self, Lined};
use crate::manners::{Desk, Failure, Outcome, stopped};
use crate::output::{air_files, folder};
use crate::progress::ParticleHours;
use liankong_engine::observe::weather::{self, Weather};
use liankong_engine::problem::{Problem, Problems};
use liankong_engine::region::Grid;
use liankong_engine::region::calendar::{HOUR, Time};
use liankong_engine::transport::air::chart;
use liankong_engine::transport::air::footprints::{self, Carried, EDGES_M, Gridded, Receptor};
use liankong_engine::transport::air::particles::{Options, Totals};
use liankong_engine::transport::air::plumes::{self, Sampler};
use liankong_engine::transport::footprint::ReceptorQuantity;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What `transport air` is told.
#[derive(clap::Args)]
#[command(
    group(clap::ArgGroup::new("direction").required(true).args(["receptors", "release"])),
    after_help = "Example:\n  liankong transport air --met oct1618.BIN --receptors receptors.csv --hours 24 --particles 500 --out out/air\n  \
                  liankong transport air --met oct1618.BIN --release release.csv --samplers samplers.csv --out out/plume\n\n\
                  Receptors, samplers: id,lon,lat,height_m,start,end[,quantity(concentration|deposition)].\n\
                  Release: id,lon,lat,height_m,start,end,mass_kg[,species,stack_diameter_m,exit_velocity_m_s,exit_temperature_k].\n\
                  Chain: the chain.csv of a case; deposition.csv beside it is read too. Times without offset are UTC.\n\
                  A stopped run of receptors goes on where it was: the same command again."
)]
pub struct Arguments {
    /// Files of meteorology, in any order (ARL, ERA5, GFS, WRF, a station's table); the format is known by content
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    met: Vec<PathBuf>,
    /// Receptors: particles run backward
    #[arg(long, value_name = "FILE")]
    receptors: Option<PathBuf>,
    /// Releases: particles run forward
    #[arg(long, value_name = "FILE")]
    release: Option<PathBuf>,
    /// Samplers of the releases
    #[arg(long, value_name = "FILE", requires = "release")]
    samplers: Option<PathBuf>,
    /// Reaction chain; a passive tracer without it
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Removal of the chain's species [default: deposition.csv beside the chain]
    #[arg(long, value_name = "FILE", requires = "chain")]
    deposition: Option<PathBuf>,
    /// How far particles are followed, h [default: backward 48; forward to the last sampler's end, or the weather's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2400))]
    hours: Option<u32>,
    /// Particles of each receptor and period (500 if not said), or of each release (20000)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    particles: Option<u32>,
    /// Cells: west, south, east, north edge and size, degrees [default: all of the weather, 0.25]
    #[arg(long, value_name = "W,S,E,N,STEP", value_parser = grid, allow_hyphen_values = true)]
    grid: Option<Grid>,
    /// Upper edges of the layers, m above ground [default: 100,300,1000]
    #[arg(long, value_name = "M,…", value_delimiter = ',')]
    levels: Vec<f64>,
    /// Averaging interval of the grid of a release, h
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=240))]
    interval: u32,
    /// Scales the time step
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    step_factor: f32,
    /// Where the weather begins too late, follow particles as far as it goes instead of refusing
    #[arg(long)]
    truncate: bool,
    /// Where hours of weather are missing within the run, go straight from one moment to the next instead of refusing
    #[arg(long)]
    bridge_gaps: bool,
    /// Seed of the random numbers
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=9_000_000_000_000_000))]
    seed: u64,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn grid(text: &str) -> Result<Grid, String> {
    let numbers: Vec<f64> = text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let [west, south, east, north, step] = numbers[..] else {
        return Err("must be five numbers: west, south, east and north edge and the size of a cell, in degrees".into());
    };
    let good = step > 0.0 && east > west && north > south && east - west <= 360.0 && south >= -90.0 && north <= 90.0;
    if !good || numbers.iter().any(|n| !n.is_finite()) {
        return Err("must rise from west to east and from south to north, with a cell above 0 degrees".into());
    }
    let count = |from: f64, to: f64| ((to - from) / step - 1e-9).ceil() as usize;
    let (nx, ny) = (count(west, east), count(south, north));
    if nx.saturating_mul(ny) > 50_000_000 {
        return Err("has more than 50 million cells; take larger ones".into());
    }
    Ok(Grid { west, south, step, nx, ny })
}

/// Both forms.
pub fn air(arguments: &Arguments, desk: &Desk) -> Outcome {
    folder::fit_for_results(&arguments.out)?;
    if !(arguments.step_factor.is_finite() && arguments.step_factor > 0.0 && arguments.step_factor <= 10.0) {
        return Err(Failure::Usage(format!("--step-factor {}: must be above 0 and at most 10", arguments.step_factor)));
    }
    if arguments.levels.iter().any(|m| !m.is_finite())
        || arguments.levels.windows(2).any(|w| w[1] <= w[0])
        || arguments.levels.first().is_some_and(|m| *m <= 0.0)
    {
        return Err(Failure::Usage(
            "--levels: must rise from above 0 m; they are the upper edges of the layers".into(),
        ));
    }
    let weather = weather::open(&arguments.met)?.weather;
    let mut problems = Problems::default();
    let carried = tables::carried(arguments.chain.as_deref(), arguments.deposition.as_deref(), &mut problems)?;
    match (&arguments.receptors, &arguments.release) {
        (Some(table), _) => backward(arguments, table, &weather, &carried, problems, desk),
        (None, Some(table)) => forward(arguments, table, &weather, &carried, problems, desk),
        (None, None) => Err(Failure::Usage("give --receptors or --release".into())),
    }
}

/// What both forms tell.
#[derive(Serialize)]
struct Summary {
    particle_hours: f64,
    steps: u64,
    mean_step_s: f64,
    mass_error: f64,
    particles: u64,
    left: u64,
    weather: String,
    derived: Vec<weather::Derived>,
    files: Vec<String>,
}

fn summary(totals: &Totals, weather: &Weather, files: Vec<String>) -> Summary {
    Summary {
        particle_hours: totals.particle_hours,
        steps: totals.steps,
        mean_step_s: totals.mean_step_s(),
        mass_error: footprints::mass_error(totals),
        particles: totals.particles,
        left: totals.left,
        weather: weather.origin.clone(),
        derived: weather.derived.clone(),
        files,
    }
}

fn tell(summary: &Summary, out: &Path, desk: &Desk) {
    let text = format!(
        "{}: {:.0} particle-hours, {} steps of {:.2} s on average, greatest error of mass {:.1e}; {}",
        out.display(),
        summary.particle_hours,
        summary.steps,
        summary.mean_step_s,
        summary.mass_error,
        summary.files.join(", ")
    );
    match desk.format {
        crate::manners::Format::Json => desk.document(summary),
        crate::manners::Format::Text => desk.say(&text),
    }
}

impl Arguments {
    fn cells(&self, weather: &Weather) -> Grid {
        self.grid.unwrap_or_else(|| chart::covering(&weather.grid, 0.25))
    }

    /// Missing hours within a run, unless they are to be bridged.
    fn gaps(&self, weather: &Weather, from: Option<i64>, to: Option<i64>) -> Option<Problem> {
        let (from, to) = from.zip(to).filter(|_| !self.bridge_gaps)?;
        weather.gaps_within(Time(from), Time(to))
    }

    fn options(&self) -> Options {
        let default = Options::default();
        Options {
            step_factor: default.step_factor * self.step_factor,
            block_s: ((default.block_s as f32 * self.step_factor).round() as i64).clamp(1, 600),
            seed: self.seed,
            ..default
        }
    }
}

fn refuse(problems: Problems, more: Vec<Problem>) -> Result<(), Failure> {
    let mut all = problems;
    more.into_iter().for_each(|p| all.add(p));
    if all.is_empty() { Ok(()) } else { Err(Failure::Input(all.into_sorted())) }
}

fn line_of<T>(rows: &[Lined<T>]) -> impl Fn(usize) -> Option<u64> + '_ {
    |at| rows.get(at).map(|r| r.line)
}

/// Receptors run together: at most this many, and so many groups that a stopped run loses little.
fn group_size(receptors: usize) -> usize {
    receptors.div_ceil(8).clamp(16, 128)
}

fn backward(
    arguments: &Arguments,
    table: &Path,
    weather: &Weather,
    carried: &Carried,
    mut problems: Problems,
    desk: &Desk,
) -> Outcome {
    let lined = tables::receptors(table, &mut problems);
    let receptors: Vec<Receptor> = lined.iter().map(|r| r.row.clone()).collect();
    let edges_m = if arguments.levels.is_empty() { EDGES_M.to_vec() } else { with_ground(&arguments.levels) };
    let settings = footprints::Settings {
        particles: arguments.particles.unwrap_or(500),
        hours: i64::from(arguments.hours.unwrap_or(48)),
        grid: arguments.cells(weather),
        edges_m,
        truncate: arguments.truncate,
        options: arguments.options(),
    };
    let mut found = footprints::problems(weather, &receptors, &settings, &tables::split(table).1, &line_of(&lined));
    let first = receptors.iter().map(|r| r.period.start.0 - settings.hours * HOUR).min();
    found.extend(arguments.gaps(weather, first, receptors.iter().map(|r| r.period.end.0).max()));
    refuse(problems, found)?;
    let inputs = input_key(arguments, carried)?;
    let kept = arguments.out.join("receptors");
    let expected = receptors.len() as f64 * f64::from(settings.particles) * settings.hours as f64;
    let teller = ParticleHours::new(desk.language, expected);
    let mut files = Vec::new();
    let mut totals = Totals::default();
    let mut base = String::from("receptor,start,end,product,name,weight\n");
    for (quantity, name) in
        [(ReceptorQuantity::Concentration, "footprint"), (ReceptorQuantity::DepositionFlux, "deposition")]
    {
        let mut mine: Vec<Receptor> = receptors.iter().filter(|r| r.quantity == quantity).cloned().collect();
        // In the order of time, so that a group reads few moments of weather.
        mine.sort_by(|a, b| (a.period.start, &a.id).cmp(&(b.period.start, &b.id)));
        if mine.is_empty() {
            continue;
        }
        let mut done: Vec<Gridded> = Vec::new();
        for (number, group) in mine.chunks(group_size(mine.len())).enumerate() {
            let path = kept.join(format!("{name}-{number:04}.part"));
            let key = group_key(&inputs, group, number, &settings);
            if let Some(part) = parts::kept(&path, &key, settings.grid, &settings.edges_m, quantity) {
                teller.skip(part.totals.particle_hours);
                done.push(part);
                continue;
            }
            let mut own = settings.clone();
            // A stream of random numbers for each group: within one, releases are numbered from 0.
            own.options.seed = arguments.seed.wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let part = footprints::follow(weather, carried, group, &own, &|h| teller.advance(h), &stopped)?;
            let Some(part) = part.filter(|_| !stopped()) else {
                teller.finish();
                return Err(Failure::Failed(format!(
                    "stopped; {number} finished group(s) of receptors are kept in {}, and the same command goes on from there",
                    kept.display()
                )));
            };
            parts::keep(&path, &key, &part)?;
            done.push(part);
        }
        let Some(whole) = footprints::joined(done) else { continue };
        totals_of(&mut totals, &whole.totals);
        base_rows(&mut base, &whole);
        for (file, bytes) in [
            (format!("{name}.nc"), air_files::footprint_netcdf(&whole)?),
            (format!("{name}.parquet"), air_files::footprint_parquet(&whole)?),
        ] {
            folder::write_file(&arguments.out.join(&file), &bytes)?;
            files.push(file);
        }
    }
    teller.finish();
    folder::write_file(&arguments.out.join("base.csv"), base.as_bytes())?;
    files.push("base.csv".into());
    tell(&summary(&totals, weather, files), &arguments.out, desk);
    Ok(())
}

fn with_ground(levels: &[f64]) -> Vec<f64> {
    std::iter::once(0.0).chain(levels.iter().copied()).collect()
}

fn totals_of(own: &mut Totals, more: &Totals) {
    own.particle_hours += more.particle_hours;
    own.steps += more.steps;
    own.particles += more.particles;
    own.left += more.left;
    own.books.extend(more.books.iter().copied());
}

fn base_rows(text: &mut String, g: &Gridded) {
    for (row, base) in g.footprint.rows.iter().zip(&g.footprint.base) {
        for term in base {
            let (start, end) = (row.period.start.iso(0), row.period.end.iso(0));
            let _ = writeln!(
                text,
                "{},{start},{end},{},{},{:e}",
                quoted(&row.receptor),
                quoted(&row.pollutant),
                quoted(&term.name),
                term.weight
            );
        }
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}

/// SHA-256 of what the numbers of every receptor depend on: this program's version, the meteorology, what is carried.
fn input_key(arguments: &Arguments, carried: &Carried) -> Result<String, Failure> {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for path in &arguments.met {
        let failed = |cause| Failure::Failed(format!("{}: {cause}", path.display()));
        let mut file = std::fs::File::open(path).map_err(failed)?;
        std::io::copy(&mut file, &mut HashWriter(&mut hash)).map_err(failed)?;
    }
    hash.update(format!("{:?} {:?} {:?}", carried.species, carried.products, carried.chain));
    Ok(hex(hash))
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn group_key(inputs: &str, group: &[Receptor], number: usize, settings: &footprints::Settings) -> String {
    let mut hash = Sha256::new();
    let o = &settings.options;
    hash.update(inputs);
    hash.update(format!(
        "{number} {group:?} {} {} {:?} {:?} {} {} {} {}",
        settings.particles,
        settings.hours,
        settings.grid,
        settings.edges_m,
        settings.truncate,
        o.seed,
        o.step_factor,
        o.block_s
    ));
    hex(hash)
}

fn forward(
    arguments: &Arguments,
    table: &Path,
    weather: &Weather,
    carried: &Carried,
    mut problems: Problems,
    desk: &Desk,
) -> Outcome {
    let lined = tables::releases(table, carried, &mut problems);
    let sampled = arguments.samplers.as_ref().map_or_else(Vec::new, |path| tables::receptors(path, &mut problems));
    let sources: Vec<plumes::Source> = lined.iter().map(|s| s.row.clone()).collect();
    let samplers: Vec<Sampler> = sampled
        .iter()
        .map(|s| Sampler { id: s.row.id.clone(), place: s.row.place, height_m: s.row.height_m, period: s.row.period })
        .collect();
    let weather_end = weather.times.last().copied().unwrap_or(Time(0));
    let released = sources.iter().map(|s| s.period.end).max().unwrap_or(weather_end);
    let until = match (arguments.hours, samplers.iter().map(|s| s.period.end).max()) {
        (Some(hours), _) => Time(sources.iter().map(|s| s.period.start.0).min().unwrap_or(0) + i64::from(hours) * HOUR),
        (None, Some(last)) => last.max(released),
        (None, None) => weather_end,
    };
    let levels_m = if arguments.levels.is_empty() { EDGES_M[1..].to_vec() } else { arguments.levels.clone() };
    let settings = plumes::Settings {
        particles: arguments.particles.unwrap_or(20_000),
        until,
        grid: arguments.cells(weather),
        levels_m,
        interval_s: i64::from(arguments.interval) * HOUR,
        release_depth_m: 0.0,
        sampler_depth_m: None,
        options: arguments.options(),
    };
    let name = |path: Option<&PathBuf>| path.map_or(String::new(), |p| tables::split(p).1);
    let names = [tables::split(table).1, name(arguments.samplers.as_ref())];
    let mut found = plumes::problems(
        weather,
        &sources,
        &samplers,
        &settings,
        [&names[0], &names[1]],
        [&line_of(&lined), &line_of(&sampled)],
    );
    let begins = sources.iter().map(|s| s.period.start.0).min();
    found.extend(arguments.gaps(weather, begins, Some(until.0)));
    let start = begins.unwrap_or(0);
    let intervals = ((until.0 - start).max(0) / settings.interval_s + 2) as usize;
    let numbers = intervals.saturating_mul(settings.levels_m.len()).saturating_mul(settings.grid.cells());
    if numbers > 500_000_000 {
        found.push(Problem {
            file: "transport air".into(),
            line: None,
            field: "--grid".into(),
            value: format!("{} × {} cells", settings.grid.nx, settings.grid.ny),
            limit: format!("the grid file would hold {numbers} numbers a species, and at most 500 million are written"),
            remedy: "take larger cells, a smaller region, fewer levels, or a longer --interval".into(),
        });
    }
    refuse(problems, found)?;
    let expected: f64 = sources
        .iter()
        .map(|s| {
            f64::from(settings.particles) * (until.0 as f64 - 0.5 * (s.period.start.0 + s.period.end.0) as f64).max(0.0)
                / HOUR as f64
        })
        .sum();
    let teller = ParticleHours::new(desk.language, expected);
    let plumes = plumes::follow(weather, carried, &sources, &samplers, &settings, &|h| teller.advance(h), &stopped)?;
    teller.finish();
    let Some(plumes) = plumes.filter(|_| !stopped()) else {
        return Err(Failure::Failed("stopped; nothing was written".into()));
    };
    let species: Vec<String> = carried.species.iter().map(|s| s.name.clone()).collect();
    let source = format!("forward particles, {} a release, in the weather of {}", settings.particles, weather.origin);
    let mut files = vec![(
        "grid.nc",
        air_files::plume_netcdf(&plumes, &settings.grid, &settings.levels_m, settings.interval_s, &species, &source)?,
    )];
    if arguments.samplers.is_some() {
        files.push(("samplers.csv", sampler_rows(&samplers, &plumes, &species).into_bytes()));
    }
    if !plumes.rises.is_empty() {
        let mut text = String::from("id,start,bottom_m,top_m\n");
        for (id, time, low, high) in &plumes.rises {
            let _ = writeln!(text, "{},{},{low:.1},{high:.1}", quoted(id), time.iso(0));
        }
        files.push(("rise.csv", text.into_bytes()));
    }
    for (name, bytes) in &files {
        folder::write_file(&arguments.out.join(name), bytes)?;
    }
    tell(&summary(&plumes.totals, weather, files.into_iter().map(|f| f.0.to_string()).collect()), &arguments.out, desk);
    Ok(())
}

/// `id,start,end,concentration_kg_m3,standard_error`, and a species where a chain is carried.
fn sampler_rows(samplers: &[Sampler], plumes: &plumes::Plumes, species: &[String]) -> String {
    let several = species.len() > 1;
    let mut text = String::from("id,start,end,concentration_kg_m3,standard_error");
    text.push_str(if several { ",species\n" } else { "\n" });
    for (sampler, found) in samplers.iter().zip(&plumes.samplers) {
        for ((value, error), name) in found.iter().zip(species) {
            let (start, end) = (sampler.period.start.iso(0), sampler.period.end.iso(0));
            let tail = if several { format!(",{}", quoted(name)) } else { String::new() };
            let _ = writeln!(text, "{},{start},{end},{value:e},{error:e}{tail}", quoted(&sampler.id));
        }
    }
    text
}
