//! Particles in gridded weather, forward from sources or backward from receptors: the kernel that everything in the air stands
//! on.
//!
//! [`run`] follows every particle of every [`Release`] through a [`Weather`] and shows each block of its path to an
//! [`Accumulate`], made by the caller: a footprint, a sampler, a profile. The kernel itself keeps only its books
//! ([`Totals`]).
//!
//! * `window` two moments of weather laid out for reading, and what a particle reads there
//! * `turbulence` the profiles; `langevin` the vertical equation; `random` its noise; `elementary` exp and ln
//! * `deposition` what the ground and the rain take; `fate` the reaction chain riding along
//! * `chunk` some thousand particles of one release over one block: sorted by regime and sub-steps, moved 32 at a time
//!
//! The same bits come out at any number of threads and on any instruction set: a chunk is always the same particles, noise
//! is a function of (seed, release, particle, moment), and no arithmetic is contracted, reordered or left to the system's library.

// A lane is the same index into many arrays at once, which iterators of one array hide.
#![allow(clippy::needless_range_loop)]

mod chunk;
pub mod deposition;
mod elementary;
mod fate;
mod langevin;
mod random;
mod turbulence;
mod wide;
mod window;

pub use deposition::{Dry, Wet};
pub use elementary::{LANES, Lane};
pub use langevin::Scheme;
pub use turbulence::{Regime, Turbulence, Uniform};
pub use window::{Side, Window};

use crate::observe::weather::Weather;
use crate::problem::{Error, Result};
use crate::region::{Point, Time};
use crate::transport::Chain;
use chunk::{Chunk, Course};
use fate::Fate;
use rayon::prelude::*;

/// The direction of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From sources; weights are masses.
    Forward,
    /// From receptors; weights are sensitivities.
    Backward,
}

/// Something carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Species {
    /// Name, as in the chain.
    pub name: String,
    /// Loss to the ground.
    pub dry: Dry,
    /// Washout; none where rain does not take it.
    pub wet: Option<Wet>,
    /// First-order decay beside the chain's, s⁻¹.
    pub decay_per_s: f64,
}

impl Species {
    /// A passive tracer.
    pub fn tracer(name: &str) -> Species {
        Species { name: name.into(), dry: Dry::None, wet: None, decay_per_s: 0.0 }
    }
}

/// Particles that start from one place in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Where.
    pub place: Point,
    /// Lower end of the heights above ground, m.
    pub bottom_m: f64,
    /// Upper end; equal to the lower for one height.
    pub top_m: f64,
    /// Start of the period.
    pub start: Time,
    /// End of the period; equal to the start for a puff. Particles start evenly over it, at whole seconds.
    pub end: Time,
    /// Particles.
    pub particles: u32,
    /// What the release carries, shared evenly by its particles. Forward: the mass of each species, kg. Backward: rows of
    /// one observed quantity each, every row with the sensitivity to each species, one row after the other.
    pub weights: Vec<f64>,
}

/// The vertical velocities of a convective layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convection {
    /// Gaussian.
    Gaussian,
}

/// The instruction set; results do not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// What every machine of the architecture has (SSE2 on x86-64).
    Baseline,
    /// AVX2.
    Avx2,
    /// AVX-512.
    Avx512,
}

impl Instructions {
    /// The widest that this machine has.
    pub fn best() -> Instructions {
        #[cfg(target_arch = "x86_64")]
        {
            if pulp::x86::V4::is_available() {
                return Instructions::Avx512;
            }
            if pulp::x86::V3::is_available() {
                return Instructions::Avx2;
            }
        }
        Instructions::Baseline
    }
}

/// How a run is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The direction of time.
    pub direction: Direction,
    /// A particle ends at this age, s.
    pub greatest_age_s: i64,
    /// The run ends here (forward) or begins here (backward), whatever the ages.
    pub until: Option<Time>,
    /// Sub-step over T_w.
    pub step_factor: f32,
    /// Length of a block: mean wind, horizontal turbulence, losses and sampling have this step, s.
    pub block_s: i64,
    /// How the vertical equation is stepped.
    pub scheme: Scheme,
    /// Profiles of turbulence.
    pub turbulence: Turbulence,
    /// Convective layers.
    pub convection: Convection,
    /// Floor of T_w, s.
    pub least_time_scale_s: f32,
    /// σ of mesoscale motions over the spread of the wind at the 16 points around (Stohl et al. 2005: 0.16); 0 for none.
    pub mesoscale: f32,
    /// Reactions between the species.
    pub chain: Option<Chain>,
    /// Seed.
    pub seed: u64,
    /// The instruction set; what the machine lacks is replaced by the best it has.
    pub instructions: Instructions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            direction: Direction::Forward,
            greatest_age_s: 48 * 3600,
            until: None,
            step_factor: 0.2,
            block_s: 60,
            scheme: Scheme::Splitting,
            turbulence: Turbulence::Hanna,
            convection: Convection::Gaussian,
            least_time_scale_s: 30.0,
            mesoscale: 0.0,
            chain: None,
            seed: 1,
            instructions: Instructions::best(),
        }
    }
}

/// Up to [`LANES`] particles of one release at the end of one block. Lanes from `count` on mean nothing.
pub struct Block<'a> {
    /// Number of the release.
    pub release: usize,
    /// Particles.
    pub count: usize,
    /// Numbers of the particles within the release.
    pub particle: &'a [u32; LANES],
    /// The moment, s since 1970: the later end of the block forward, the earlier end backward.
    pub time: i64,
    /// Position in the weather's grid along its first axis, in steps.
    pub i: &'a [f64; LANES],
    /// The same along the second.
    pub j: &'a [f64; LANES],
    /// Height above ground, m.
    pub height: &'a Lane,
    /// Time that the block stands for, s; less than the block's length where a particle started or ended within it.
    pub duration_s: &'a Lane,
    /// Time since the start, s.
    pub age_s: &'a Lane,
    /// Depth of the boundary layer at the particle, m.
    pub depth: &'a Lane,
    /// Nearest column of the weather.
    pub column: &'a [u32; LANES],
    /// Weight of each row and species (row × species + species), kg forward.
    pub weights: &'a [Lane],
    /// What the ground took during the block, likewise.
    pub dry: &'a [Lane],
    /// What the rain took.
    pub wet: &'a [Lane],
    /// The weather, for more (density, scavenging).
    pub window: &'a Window,
}

/// A particle's end.
#[derive(Debug, Clone, PartialEq)]
pub struct Exit<'a> {
    /// Number of the release.
    pub release: usize,
    /// Number of the particle within it.
    pub particle: u32,
    /// The side by which it left; none where it reached its greatest age or the end of the run.
    pub side: Option<Side>,
    /// The moment, s since 1970.
    pub time: i64,
    /// Position in the grid, in steps.
    pub position: (f64, f64),
    /// Height, m.
    pub height: f32,
    /// Weight of each row and species.
    pub weights: &'a [f32],
}

/// What is made of the paths. One is made for each chunk of a release, so that its content does not depend on threads; the
/// pieces come back in order.
pub trait Accumulate: Send {
    /// Some particles at the end of a block.
    fn block(&mut self, block: &Block<'_>);
    /// A particle that is followed no further.
    fn exit(&mut self, _exit: &Exit<'_>) {}
}

/// The books of one species (all rows together), in the unit of its weights. Released + converted = airborne at the end +
/// left + dry + wet.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Book {
    /// Put in.
    pub released: f64,
    /// Gained or lost by reactions and decay.
    pub converted: f64,
    /// Taken by the ground.
    pub dry: f64,
    /// Taken by rain.
    pub wet: f64,
    /// Gone out through the sides of the weather.
    pub left: f64,
    /// Still there at the end.
    pub stayed: f64,
}

impl Book {
    /// What is missing, over what was there.
    pub fn error(&self) -> f64 {
        let there = self.released + self.converted.max(0.0);
        let missing = self.released + self.converted - self.dry - self.wet - self.left - self.stayed;
        if there.abs() > 0.0 { missing / there } else { missing }
    }
}

/// What a run was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Time that all particles were followed, h.
    pub particle_hours: f64,
    /// Steps of particles: sub-steps within the boundary layer, blocks above it.
    pub steps: u64,
    /// Particles that started.
    pub particles: u64,
    /// Particles that left through the sides.
    pub left: u64,
    /// The books of each species.
    pub books: Vec<Book>,
}

impl Totals {
    /// Mean step, s.
    pub fn mean_step_s(&self) -> f64 {
        if self.steps > 0 { 3600.0 * self.particle_hours / self.steps as f64 } else { 0.0 }
    }

    fn add(&mut self, other: &Totals) {
        self.particle_hours += other.particle_hours;
        self.steps += other.steps;
        self.particles += other.particles;
        self.left += other.left;
        for (own, book) in self.books.iter_mut().zip(&other.books) {
            own.released += book.released;
            own.converted += book.converted;
            own.dry += book.dry;
            own.wet += book.wet;
            own.left += book.left;
            own.stayed += book.stayed;
        }
    }
}

/// The result of a run.
pub struct Run<A> {
    /// The pieces, in the order of releases and of the particles within them, each with the number of its release.
    pub pieces: Vec<(usize, A)>,
    /// The books.
    pub totals: Totals,
    /// True where it was stopped before its end.
    pub stopped: bool,
}

/// Particles of one chunk at most.
const CHUNK: u32 = 2048;

/// Follows the particles. `new` makes the accumulator of a chunk of a release (called when its first particle starts);
/// `advance` is told particle-hours as they are done; `stopped` is asked between moments of weather.
pub fn run<A: Accumulate>(
    weather: &Weather,
    species: &[Species],
    releases: &[Release],
    options: &Options,
    new: &(dyn Fn(usize) -> A + Sync),
    advance: &(dyn Fn(f64) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Run<A>> {
    check(weather, species, releases, options)?;
    let fate = Fate::new(species, options)?;
    let course = Course { species, options, fate: &fate, grid: &weather.grid };
    let mut chunks: Vec<(Chunk, Option<A>)> = Vec::new();
    for (number, release) in releases.iter().enumerate() {
        let pieces = release.particles.div_ceil(CHUNK).max(1);
        let share = |k: u32| (u64::from(release.particles) * u64::from(k) / u64::from(pieces)) as u32;
        for k in 0..pieces {
            chunks.push((Chunk::new(number, release, share(k)..share(k + 1), &course), None));
        }
    }
    let forward = options.direction == Direction::Forward;
    let (from, to) = span(releases, options);
    let mut order: Vec<usize> = (0..weather.times.len().saturating_sub(1)).collect();
    if !forward {
        order.reverse();
    }
    let (mut kept, mut stopped_early) = (None, false);
    for k in order {
        let (early, late) = (weather.times[k].0, weather.times[k + 1].0);
        if late <= from || early >= to {
            continue;
        }
        if stopped() {
            stopped_early = true;
            break;
        }
        let (near, far) = if forward { (k, k + 1) } else { (k + 1, k) };
        let near_frame = match kept.take() {
            Some((at, frame)) if at == near => frame,
            _ => weather.frame(near)?,
        };
        let far_frame = weather.frame(far)?;
        let (first, second) = if forward { (&near_frame, &far_frame) } else { (&far_frame, &near_frame) };
        let window = Window::new(weather, first, second, species)?;
        let (start, end) = (early.max(from), late.min(to));
        let (start, end) = if forward { (start, end) } else { (end, start) };
        let done: f64 = chunks
            .par_iter_mut()
            .map(|(chunk, piece)| {
                if !chunk.wakes(start, end) {
                    return 0.0;
                }
                let seen = piece.get_or_insert_with(|| new(chunk.release));
                let before = chunk.totals.particle_hours;
                chunk.advance(&course, &window, start, end, seen);
                chunk.totals.particle_hours - before
            })
            .collect::<Vec<f64>>()
            .iter()
            .sum();
        advance(done);
        kept = Some((far, far_frame));
    }
    let last = if forward { to } else { from };
    let books = vec![Book::default(); species.len()];
    let mut run = Run { pieces: Vec::new(), totals: Totals { books, ..Totals::default() }, stopped: stopped_early };
    for (mut chunk, piece) in chunks {
        // A chunk of which nothing started has no books and no piece.
        let Some(mut piece) = piece else { continue };
        chunk.finish(last, species.len(), &mut piece);
        run.totals.add(&chunk.totals);
        run.pieces.push((chunk.release, piece));
    }
    Ok(run)
}

/// The first and the last second that any particle lives in.
fn span(releases: &[Release], options: &Options) -> (i64, i64) {
    let (mut from, mut to) = (i64::MAX, i64::MIN);
    for r in releases {
        from = from.min(r.start.0);
        to = to.max(r.end.0);
    }
    match options.direction {
        Direction::Forward => {
            to = options.until.map_or(to + options.greatest_age_s, |u| u.0.min(to + options.greatest_age_s))
        }
        Direction::Backward => {
            from = options.until.map_or(from - options.greatest_age_s, |u| u.0.max(from - options.greatest_age_s));
        }
    }
    (from, to)
}

fn check(weather: &Weather, species: &[Species], releases: &[Release], options: &Options) -> Result<()> {
    let mut wrong: Vec<String> = Vec::new();
    if releases.is_empty() || species.is_empty() {
        wrong.push("there is nothing to follow: name at least one release and one species".into());
    }
    let positive = |x: f64| x > 0.0 && x.is_finite();
    for (name, value, most) in [
        ("the step factor", f64::from(options.step_factor), 10.0),
        ("the block, s", options.block_s as f64, 600.0),
        ("the floor of the time scale, s", f64::from(options.least_time_scale_s), 1e4),
    ] {
        if !positive(value) || value > most {
            wrong.push(format!("{name} is {value}; it must be above 0 and at most {most}"));
        }
    }
    if options.greatest_age_s <= 0 {
        wrong.push("the greatest age of a particle must be above 0 s".into());
    }
    let top = weather.heights_m.last().copied().unwrap_or(0.0);
    for (k, r) in releases.iter().enumerate() {
        if r.particles == 0 {
            wrong.push(format!("release {k} has no particles"));
        }
        if !(r.bottom_m >= 0.0 && r.top_m >= r.bottom_m && r.top_m <= f64::from(top)) {
            wrong.push(format!(
                "release {k} has heights from {} to {} m; they must rise from 0 to at most {top} m, the top of the weather",
                r.bottom_m, r.top_m
            ));
        }
        if r.end < r.start {
            wrong.push(format!("release {k} ends at {} before it starts at {}", r.end.iso(0), r.start.iso(0)));
        }
        if r.weights.is_empty() || !r.weights.len().is_multiple_of(species.len().max(1)) {
            wrong.push(format!("release {k} has {} weights for {} species", r.weights.len(), species.len()));
        }
        let (i, j) = weather.grid.position(r.place);
        let inside_i = weather.grid.wraps || (i >= 0.0 && i <= weather.grid.nx as f64 - 1.0);
        if !(inside_i && j >= 0.0 && j <= weather.grid.ny as f64 - 1.0) {
            wrong.push(format!(
                "release {k} at {:.4}, {:.4} lies outside the weather's grid ({})",
                r.place.lon, r.place.lat, weather.origin
            ));
        }
    }
    if wrong.is_empty() {
        let (from, to) = span(releases, options);
        match (weather.times.first(), weather.times.last()) {
            (Some(first), Some(last)) if first.0 <= from && last.0 >= to => {}
            (Some(first), Some(last)) => wrong.push(format!(
                "the particles need weather from {} to {} and there is weather from {} to {}; give more weather or fewer hours",
                Time(from).iso(0),
                Time(to).iso(0),
                first.iso(0),
                last.iso(0)
            )),
            _ => wrong.push("the weather has no moments".into()),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Stage(wrong.join("; "))) }
}
