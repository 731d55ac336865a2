//! Plumes of releases in gridded weather: particles that run forward, counted on a grid and at samplers.
//!
//! ```text
//! grid      C(interval, layer, cell) = Σ m Δt / (V · interval)
//! sampler   C = Σ m Δt K(r) / (D · period),   K(r) = 2/(π b²) (1 − r²/b²) within b (Epanechnikov 1969)
//!           b = 0.2 m s⁻¹ × age, from 1 m to 20 km;  D a layer of 50 m about the sampler, on the ground where it would reach below
//! ```
//! A plume's σ grows by about 0.5 m s⁻¹ (Heffter 1965), so the kernel widens it by less than a twentieth. Errors are the
//! spread of eight independent batches of particles over √8.

use super::chart::Chart;
use super::footprints::{BATCHES, Carried, outside};
use super::particles::{self, Accumulate, Block, Direction, Exit, Options, Totals};
use super::plume_rise::{Stack, rise};
use super::residence::{Layout, Place, Residence};
use super::sounding::Soundings;
use crate::observe::weather::Weather;
use crate::problem::{Problem, Result};
use crate::region::calendar::{HOUR, Period, Time};
use crate::region::{Grid, Point};
use crate::transport::footprint::standard_error;
use std::collections::BTreeMap;

/// Fewest particles of a release: two in each batch.
pub const LEAST_PARTICLES: u32 = 2 * BATCHES;
/// Growth of the sampler's kernel with age, m s⁻¹.
const KERNEL_GROWTH_M_S: f64 = 0.2;
/// Bounds of its radius, m.
const KERNEL_M: [f64; 2] = [1.0, 20_000.0];
/// Depth of a sampler's layer, m.
const SAMPLER_DEPTH_M: f64 = 50.0;

/// What is let go.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Name.
    pub id: String,
    /// Where.
    pub place: Point,
    /// Height above ground, m: of the release, or of the stack's mouth.
    pub height_m: f64,
    /// Evenly over this time.
    pub period: Period,
    /// kg in all.
    pub mass_kg: f64,
    /// Position among the carried species.
    pub species: usize,
    /// A stack, whose plume rises.
    pub stack: Option<Stack>,
}

/// A place where it is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampler {
    /// Name.
    pub id: String,
    /// Where.
    pub place: Point,
    /// Height above ground, m.
    pub height_m: f64,
    /// Averaged over this time.
    pub period: Period,
}

/// How plumes are followed.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Particles of each source.
    pub particles: u32,
    /// Nothing is followed beyond this moment.
    pub until: Time,
    /// Cells.
    pub grid: Grid,
    /// Upper edges of the layers, m above ground.
    pub levels_m: Vec<f64>,
    /// Length of an averaging interval of the grid, s.
    pub interval_s: i64,
    /// Depth of the layer that a source without stack fills upward from its height, m; 0 for a point.
    pub release_depth_m: f64,
    /// Depth of a sampler's layer, m; `None` = 50.
    pub sampler_depth_m: Option<f64>,
    /// What the kernel is told; direction, age and chain are set here.
    pub options: Options,
}

/// One value of the grid: interval, layer, cell, and kg m⁻³ of each species.
pub type Cell = (u32, u16, u32, Vec<f32>);

/// What was found.
pub struct Plumes {
    /// Start of the first interval.
    pub start: Time,
    /// Number of intervals.
    pub intervals: usize,
    /// Mean concentration where there is any, in order.
    pub cells: Vec<Cell>,
    /// Sampler by sampler: concentration and standard error of each species, kg m⁻³.
    pub samplers: Vec<Vec<(f64, f64)>>,
    /// Stacks: name of the source, hour, lower and upper height of the plume, m.
    pub rises: Vec<(String, Time, f64, f64)>,
    /// The run.
    pub totals: Totals,
}

/// Every reason why the sources cannot be followed, each a sentence.
pub fn problems(
    weather: &Weather,
    sources: &[Source],
    samplers: &[Sampler],
    settings: &Settings,
    files: [&str; 2],
    lines: [&dyn Fn(usize) -> Option<u64>; 2],
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |file: &str, line: Option<u64>, field: &str, value: String, limit: String, remedy: &str| {
        found.push(Problem { file: file.into(), line, field: field.into(), value, limit, remedy: remedy.into() });
    };
    if settings.particles < LEAST_PARTICLES {
        let limit = format!(
            "too few particles: at least {LEAST_PARTICLES} are needed, two in each of {BATCHES} batches that give the standard error"
        );
        add(
            "transport air",
            None,
            "--particles",
            settings.particles.to_string(),
            limit,
            "ask for more; 20000 a release are usual",
        );
    }
    let top = f64::from(weather.heights_m.last().copied().unwrap_or(0.0));
    let (first, last) = (weather.times.first().copied(), weather.times.last().copied());
    let places = sources.iter().map(|s| (0, &s.id, s.place, s.height_m, s.period)).enumerate();
    let others = samplers.iter().map(|s| (1, &s.id, s.place, s.height_m, s.period)).enumerate();
    for (at, (kind, id, place, height, period)) in places.chain(others) {
        let (file, line, noun) = (files[kind], lines[kind](at), ["release", "sampler"][kind]);
        if let Some(limit) = outside(weather, place) {
            add(
                file,
                line,
                "lon,lat",
                format!("{}, {}", place.lon, place.lat),
                format!("{noun} {id} lies outside {limit}"),
                "move it, or give weather that covers it",
            );
        }
        if !(height >= 0.0 && height <= top) {
            add(
                file,
                line,
                "height_m",
                height.to_string(),
                format!("must lie from 0 to {top:.0} m, the top of the weather"),
                "correct the height",
            );
        }
        if let (Some(first), Some(last)) = (first, last)
            && (period.start < first || period.end > last)
        {
            add(
                file,
                line,
                "start,end",
                format!("{} to {}", period.start.iso(0), period.end.iso(0)),
                format!("missing hours: the weather lasts from {} to {}", first.iso(0), last.iso(0)),
                "give the missing hours of weather, or correct the times",
            );
        }
    }
    if let Some(last) = last.filter(|l| settings.until > *l) {
        let limit = format!("missing hours: the run lasts until then and the weather until {}", last.iso(0));
        add("transport air", None, "--hours", settings.until.iso(0), limit, "give more weather, or fewer --hours");
    }
    found
}

/// Follows the sources. `None` where it was stopped.
pub fn follow(
    weather: &Weather,
    carried: &Carried,
    sources: &[Source],
    samplers: &[Sampler],
    settings: &Settings,
    advance: &(dyn Fn(f64) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Plumes>> {
    let chart = Chart::new(&weather.grid, &settings.grid);
    let start = Time(
        sources.iter().map(|s| s.period.start.0).min().unwrap_or(0).div_euclid(settings.interval_s)
            * settings.interval_s,
    );
    let edges: Vec<f64> = std::iter::once(0.0).chain(settings.levels_m.iter().copied()).collect();
    let species = carried.species.len();
    let mut rises = Vec::new();
    let mut soundings = Soundings::new(weather);
    let mut releases = Vec::new();
    for source in sources {
        lay_out(source, species, settings, &mut soundings, &mut releases, &mut rises)?;
    }
    let options = Options {
        direction: Direction::Forward,
        greatest_age_s: (settings.until.0 - start.0).max(1),
        until: Some(settings.until),
        chain: carried.chain.clone(),
        ..settings.options.clone()
    };
    let layout = Layout {
        chart: &chart,
        edges_m: &edges,
        first_bin: start.0,
        bin_s: settings.interval_s,
        batches: 1,
        weights: species,
        per_density: false,
    };
    let net = Net::new(weather, samplers, settings.sampler_depth_m.unwrap_or(SAMPLER_DEPTH_M));
    let run = particles::run(
        weather,
        &carried.species,
        &releases,
        &options,
        &|_| Piece {
            residence: Residence::new(&layout, None),
            net: &net,
            caught: vec![0.0; samplers.len() * BATCHES as usize * species],
            species,
        },
        advance,
        stopped,
    )?;
    if run.stopped {
        return Ok(None);
    }
    let mut cells: BTreeMap<(u32, u16, u32), Vec<f64>> = BTreeMap::new();
    let mut caught = vec![0.0; samplers.len() * BATCHES as usize * species];
    for (_, piece) in run.pieces {
        caught.iter_mut().zip(&piece.caught).for_each(|(c, p)| *c += p);
        for (Place { bin, cell, band, .. }, sums) in piece.residence.finish().0 {
            let own = cells.entry((bin, band, cell)).or_insert_with(|| vec![0.0; species]);
            own.iter_mut().zip(sums).for_each(|(o, s)| *o += s);
        }
    }
    let cells = cells.into_iter().map(|((bin, band, cell), sums)| {
        let depth = edges[usize::from(band) + 1] - edges[usize::from(band)];
        let volume = settings.grid.cell_area_m2(cell as usize) * depth * settings.interval_s as f64;
        (bin, band, cell, sums.iter().map(|s| (s / volume) as f32).collect())
    });
    let samplers = (0..samplers.len())
        .map(|at| {
            (0..species)
                .map(|s| {
                    let batch = |b: usize| caught[(at * BATCHES as usize + b) * species + s] * f64::from(BATCHES);
                    let batches: Vec<f64> = (0..BATCHES as usize).map(batch).collect();
                    (batches.iter().sum::<f64>() / f64::from(BATCHES), standard_error(&batches))
                })
                .collect()
        })
        .collect();
    let intervals = ((settings.until.0 - start.0 + settings.interval_s - 1) / settings.interval_s).max(1) as usize;
    Ok(Some(Plumes { start, intervals, cells: cells.collect(), samplers, rises, totals: run.totals }))
}

/// A source as releases of the kernel: one, or one an hour where a plume rises with the hour's weather.
fn lay_out(
    source: &Source,
    species: usize,
    settings: &Settings,
    soundings: &mut Soundings<'_>,
    releases: &mut Vec<particles::Release>,
    rises: &mut Vec<(String, Time, f64, f64)>,
) -> Result<()> {
    let particles = settings.particles;
    let mut release = |period: Period, share: f64, (bottom_m, top_m): (f64, f64), particles: u32| {
        let mut weights = vec![0.0; species];
        weights[source.species] = source.mass_kg * share;
        releases.push(particles::Release {
            place: source.place,
            bottom_m,
            top_m,
            start: period.start,
            end: period.end,
            particles,
            weights,
        });
    };
    let Some(stack) = source.stack else {
        release(source.period, 1.0, (source.height_m, source.height_m + settings.release_depth_m), particles);
        return Ok(());
    };
    let (start, end) = (source.period.start.0, source.period.end.0);
    let mut from = start;
    loop {
        let to = ((from.div_euclid(HOUR) + 1) * HOUR).min(end);
        let share = if end > start { (to - from) as f64 / (end - start) as f64 } else { 1.0 };
        let air = soundings.at(source.place, Time((from + to) / 2))?.ambient(stack.height_m);
        let (low, high) = rise(&stack, &air).layer_m();
        rises.push((source.id.clone(), Time(from), low, high));
        let own = ((f64::from(particles) * share).round() as u32).max(LEAST_PARTICLES);
        release(Period { start: Time(from), end: Time(to) }, share, (low, high), own);
        from = to;
        if from >= end {
            return Ok(());
        }
    }
}

/// The samplers, found by the column of the weather that a particle is nearest to.
struct Net {
    places: Vec<Caught>,
    by_column: Vec<Vec<u32>>,
}

struct Caught {
    i: f64,
    j: f64,
    /// Metres a step along each axis.
    metres: (f64, f64),
    low: f32,
    high: f32,
    depth: f64,
    period: Period,
    /// Steps of a turn, where the grid closes on itself.
    turn: Option<f64>,
}

impl Net {
    fn new(weather: &Weather, samplers: &[Sampler], depth: f64) -> Net {
        let grid = &weather.grid;
        let top = f64::from(weather.heights_m.last().copied().unwrap_or(0.0));
        let mut net = Net {
            places: Vec::new(),
            by_column: vec![Vec::new(); if samplers.is_empty() { 0 } else { grid.nx * grid.ny }],
        };
        for (number, sampler) in samplers.iter().enumerate() {
            let (i, j) = grid.position(sampler.place);
            let i = if grid.wraps { i.rem_euclid(grid.nx as f64) } else { i };
            let (sx, sy) = grid.steps_per_metre(i, j);
            let low = (sampler.height_m - 0.5 * depth).clamp(0.0, (top - depth).max(0.0));
            // A particle's nearest column is within half a step of it, its kernel within the greatest radius.
            let reach = (KERNEL_M[1] * sx.abs() + 0.5, KERNEL_M[1] * sy.abs() + 0.5);
            for (column, list) in net.by_column.iter_mut().enumerate() {
                let (ci, cj) = ((column % grid.nx) as f64, (column / grid.nx) as f64);
                let mut away = (ci - i).abs();
                if grid.wraps {
                    away = away.min(grid.nx as f64 - away);
                }
                if away <= reach.0 + 0.5 && (cj - j).abs() <= reach.1 + 0.5 {
                    list.push(number as u32);
                }
            }
            net.places.push(Caught {
                i,
                j,
                metres: (1.0 / sx, 1.0 / sy),
                low: low as f32,
                high: (low + depth) as f32,
                depth,
                period: sampler.period,
                turn: grid.wraps.then_some(grid.nx as f64),
            });
        }
        net
    }
}

/// The accumulator of one chunk.
struct Piece<'a> {
    residence: Residence<'a>,
    net: &'a Net,
    /// Sampler, batch, species.
    caught: Vec<f64>,
    species: usize,
}

impl Accumulate for Piece<'_> {
    fn block(&mut self, block: &Block<'_>) {
        self.residence.block(block);
        if self.net.places.is_empty() {
            return;
        }
        for l in 0..block.count {
            for number in &self.net.by_column[block.column[l] as usize] {
                let place = &self.net.places[*number as usize];
                let z = block.height[l];
                if z < place.low || z >= place.high {
                    continue;
                }
                let seconds = f64::from(block.duration_s[l]);
                let (end, start) = (block.time as f64, block.time as f64 - seconds);
                let overlap = end.min(place.period.end.0 as f64) - start.max(place.period.start.0 as f64);
                if overlap <= 0.0 {
                    continue;
                }
                let mut away = block.i[l] - place.i;
                if let Some(turn) = place.turn {
                    away -= turn * (away / turn).round();
                }
                let (x, y) = (away * place.metres.0, (block.j[l] - place.j) * place.metres.1);
                let radius = (KERNEL_GROWTH_M_S * f64::from(block.age_s[l])).clamp(KERNEL_M[0], KERNEL_M[1]);
                let far = (x * x + y * y) / (radius * radius);
                if far >= 1.0 {
                    continue;
                }
                let kernel = 2.0 / (std::f64::consts::PI * radius * radius) * (1.0 - far);
                let factor = overlap * kernel / (place.depth * place.period.seconds() as f64);
                let batch = (block.particle[l] % BATCHES) as usize;
                let at = (*number as usize * BATCHES as usize + batch) * self.species;
                for (sum, weights) in self.caught[at..at + self.species].iter_mut().zip(block.weights) {
                    *sum += f64::from(weights[l]) * factor;
                }
            }
        }
    }

    fn exit(&mut self, exit: &Exit<'_>) {
        self.residence.exit(exit);
    }
}
