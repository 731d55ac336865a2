//! Footprints of receptors in gridded weather, from particles that run backward.
//!
//! ```text
//! F(cell, band, hour; product ← precursor) = Σ_particles Σ_blocks in it  λ_s Δt (ρ_r / ρ) / V          s m⁻³
//! dry deposition  × v_d at the receptor, particles start in the layer that the ground takes from, 0 to 30 m     m⁻²
//! wet deposition  × Λ(z) H at the receptor, particles start evenly from 0 to H                                m⁻²
//! ```
//! λ the adjoint of chain and losses riding along each particle (λ = w at the receptor, w the weights of the product), V the
//! volume of cell and band, ρ density where the particle is and ρ_r at the receptor: Lin et al. (2003) J. Geophys. Res. 108(D16);
//! Seibert & Frank (2004) Atmos. Chem. Phys. 4, 51–63; deposition receptors: Eckhardt et al. (2017) Geosci. Model Dev. 10,
//! 4605–4618. What came from beyond the weather's sides, or was there before the particles' greatest age, is the row's base: its
//! weight is the share of the receptor's air (mixing ratio) that entered there, less what it lost on the way.
//!
//! * `checks` why receptors cannot be followed, each a sentence
//! * `pass` the particles of one way (air, ground, rain) and what they leave in the cells
//! * `table` rows as a [`Footprint`]; parts joined; the books
//! * `targets` cells and bands summed onto sources and polygons

mod checks;
mod pass;
mod table;
mod targets;

pub use checks::{outside, problems};
pub use table::{add_totals, joined, mass_error};
pub use targets::{Heights, Target};

use super::chart::Chart;
use super::particles::{Direction, Options, Species, Totals};
use crate::observe::weather::Weather;
use crate::problem::Result;
use crate::region::calendar::{HOUR, Period, Time};
use crate::region::{Grid, Point};
use crate::transport::Chain;
use crate::transport::footprint::{Footprint, ReceptorQuantity};
use pass::{Pass, Row, Way, merge};

/// Independent batches of particles behind each entry.
pub const BATCHES: u32 = 8;
/// Fewest particles a receptor may have: two in each batch.
pub const LEAST_PARTICLES: u32 = 2 * BATCHES;
/// Edges of the height bands if none are asked for, m: near the ground, low stacks, tall stacks.
pub const EDGES_M: [f64; 4] = [0.0, 100.0, 300.0, 1000.0];

/// A place that feels, over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Receptor {
    /// Name.
    pub id: String,
    /// Where.
    pub place: Point,
    /// Height above ground, m (of a concentration).
    pub height_m: f64,
    /// Over which it is averaged.
    pub period: Period,
    /// Concentration or deposition flux.
    pub quantity: ReceptorQuantity,
}

/// What the particles carry, and what is measured of it.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Species and their losses.
    pub species: Vec<Species>,
    /// Reactions between them.
    pub chain: Option<Chain>,
    /// Measured quantities: name and weight of each species, kg kg⁻¹.
    pub products: Vec<(String, Vec<f64>)>,
}

impl Carried {
    /// One passive tracer.
    pub fn tracer() -> Carried {
        Carried { species: vec![Species::tracer("tracer")], chain: None, products: vec![("tracer".into(), vec![1.0])] }
    }

    /// A chain and the losses of its species (a species without any is lost by its reactions alone).
    pub fn new(chain: Chain, losses: &[Species]) -> Carried {
        let own =
            |name: &String| losses.iter().find(|s| s.name == *name).cloned().unwrap_or_else(|| Species::tracer(name));
        let species = chain.species.iter().map(own).collect();
        let products = chain.observed.iter().filter(|(_, w)| w.iter().any(|w| *w != 0.0)).cloned().collect();
        Carried { species, chain: Some(chain), products }
    }
}

/// How footprints are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Particles of each receptor and period.
    pub particles: u32,
    /// How far back they are followed, h.
    pub hours: i64,
    /// Cells.
    pub grid: Grid,
    /// Edges of the height bands, m.
    pub edges_m: Vec<f64>,
    /// Follow a particle only to the beginning of the weather where that comes first, instead of refusing.
    pub truncate: bool,
    /// What the kernel is told; direction, age and chain are set here.
    pub options: Options,
}

/// A cell and a height band: what a site of the footprint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Cell of the grid.
    pub cell: u32,
    /// Height band.
    pub band: u16,
}

/// Footprints whose sites are cells and height bands.
pub struct Gridded {
    /// Rows = receptor, period, product; species = precursors; bins = emission hours.
    pub footprint: Footprint,
    /// What each site is.
    pub sites: Vec<Site>,
    /// Cells.
    pub grid: Grid,
    /// Edges of the bands, m.
    pub edges_m: Vec<f64>,
    /// The run.
    pub totals: Totals,
}

/// The footprints of some receptors, all run together. `None` where it was stopped.
pub fn follow(
    weather: &Weather,
    carried: &Carried,
    receptors: &[Receptor],
    settings: &Settings,
    advance: &(dyn Fn(f64) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Gridded>> {
    let chart = Chart::new(&weather.grid, &settings.grid);
    let age = settings.hours * HOUR;
    let earliest = receptors.iter().map(|r| r.period.start.0).min().unwrap_or(0) - age;
    let latest = receptors.iter().map(|r| r.period.end.0).max().unwrap_or(0);
    let first_bin = earliest.div_euclid(HOUR) * HOUR;
    let hours = (latest - first_bin + HOUR - 1) / HOUR;
    let mut options = Options {
        direction: Direction::Backward,
        greatest_age_s: age,
        chain: carried.chain.clone(),
        ..settings.options.clone()
    };
    if settings.truncate {
        options.until = weather.times.first().copied();
    }
    let mut rows: Vec<Vec<Row>> = receptors.iter().map(|_| Vec::new()).collect();
    let mut totals = Totals::default();
    for way in [Way::Air, Way::Ground, Way::Rain] {
        let mine: Vec<usize> = (0..receptors.len()).filter(|r| way.serves(receptors[*r].quantity)).collect();
        if mine.is_empty() || way.idle(carried) {
            continue;
        }
        let pass = Pass { weather, carried, settings, chart: &chart, way, first_bin };
        options.seed = settings.options.seed ^ ((way as u64) << 60);
        let Some(found) = pass.run(&mine, receptors, &options, &mut totals, advance, stopped)? else { return Ok(None) };
        for (receptor, list) in mine.into_iter().zip(found) {
            merge(&mut rows[receptor], list);
        }
    }
    let bins = (0..hours)
        .map(|h| Period { start: Time(first_bin + h * HOUR), end: Time(first_bin + (h + 1) * HOUR) })
        .collect();
    Ok(Some(table::gather(weather, carried, receptors, settings, bins, rows, totals)))
}
