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

use super::chart::Chart;
use super::particles::deposition::SURFACE_LAYER_M;
use super::particles::{self, Direction, Options, Release, Species, Totals};
use super::plume_rise::SourceProfile;
use super::residence::{Birth, Layout, Residence};
use crate::observe::weather::{Projection, Weather};
use crate::problem::{Problem, Result};
use crate::region::calendar::{HOUR, Period, Time};
use crate::region::pollutant::Medium;
use crate::region::{Grid, Point, Quality};
use crate::transport::Chain;
use crate::transport::footprint::{Axes, BaseTerm, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use std::collections::BTreeMap;

/// Independent batches of particles behind each entry.
pub const BATCHES: u32 = 8;
/// Fewest particles a receptor may have: two in each batch.
pub const LEAST_PARTICLES: u32 = 2 * BATCHES;
/// Edges of the height bands if none are asked for, m: near the ground, low stacks, tall stacks.
pub const EDGES_M: [f64; 4] = [0.0, 100.0, 300.0, 1000.0];
/// Top of the column from which rain is taken, m.
const RAIN_TOP_M: f64 = 10_000.0;

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

/// Every reason why the receptors cannot be followed, each a sentence. `file` and `line` say where a receptor stands.
pub fn problems(
    weather: &Weather,
    receptors: &[Receptor],
    settings: &Settings,
    file: &str,
    line: &dyn Fn(usize) -> Option<u64>,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |line: Option<u64>, field: &str, value: String, limit: String, remedy: String| {
        let file = if line.is_some() { file.to_string() } else { "transport air".into() };
        found.push(Problem { file, line, field: field.into(), value, limit, remedy });
    };
    if settings.particles < LEAST_PARTICLES {
        add(
            None,
            "--particles",
            settings.particles.to_string(),
            format!(
                "too few particles: at least {LEAST_PARTICLES} are needed, two in each of {BATCHES} batches that give the standard error"
            ),
            format!("ask for {LEAST_PARTICLES} or more; 500 are usual"),
        );
    }
    let (first, last) = (weather.times.first().copied(), weather.times.last().copied());
    let top = weather.heights_m.last().copied().unwrap_or(0.0);
    for (at, receptor) in receptors.iter().enumerate() {
        let own = line(at);
        if let Some(limit) = outside(weather, receptor.place) {
            add(
                own,
                "lon,lat",
                format!("{}, {}", receptor.place.lon, receptor.place.lat),
                format!("receptor {} lies outside {limit}", receptor.id),
                "move the receptor, or give weather that covers it".into(),
            );
        }
        if !(receptor.height_m >= 0.0 && receptor.height_m <= f64::from(top)) {
            add(
                own,
                "height_m",
                receptor.height_m.to_string(),
                format!("must lie from 0 to {top:.0} m, the top of the weather"),
                "correct the height".into(),
            );
        }
        let (Some(first), Some(last)) = (first, last) else { continue };
        let needed = Time(receptor.period.start.0 - settings.hours * HOUR);
        if receptor.period.start < first || receptor.period.end > last {
            add(
                own,
                "start,end",
                format!("{} to {}", receptor.period.start.iso(0), receptor.period.end.iso(0)),
                format!(
                    "the weather lasts from {} to {}, so {} has hours without weather",
                    first.iso(0),
                    last.iso(0),
                    receptor.id
                ),
                "give the missing hours of weather, or shorten the period".into(),
            );
        } else if needed < first && !settings.truncate {
            add(
                own,
                "start",
                receptor.period.start.iso(0),
                format!(
                    "missing hours: {} h back from there reach {}, and the weather begins at {}",
                    settings.hours,
                    needed.iso(0),
                    first.iso(0)
                ),
                format!(
                    "give {} h more of earlier weather, ask for --hours {} or fewer, or add --truncate to follow as far as the weather goes",
                    (first.0 - needed.0 + HOUR - 1) / HOUR,
                    (receptor.period.start.0 - first.0) / HOUR
                ),
            );
        }
    }
    found
}

/// How far a place is off the weather's grid, as the end of a sentence; `None` where it lies on it.
pub fn outside(weather: &Weather, place: Point) -> Option<String> {
    let grid = &weather.grid;
    let (i, j) = grid.position(place);
    let inside = |x: f64, n: usize| x >= 0.0 && x <= n as f64 - 1.0;
    if (grid.wraps || inside(i, grid.nx)) && inside(j, grid.ny) {
        return None;
    }
    let covered = super::chart::covering(grid, 0.01);
    Some(format!(
        "the weather's grid, which lies within {:.2} to {:.2} E and {:.2} to {:.2} N",
        covered.west,
        covered.west + covered.step * covered.nx as f64,
        covered.south,
        covered.south + covered.step * covered.ny as f64
    ))
}

/// Names of the sides of a weather grid, in the order of [`super::residence::Leavers`].
fn sides(weather: &Weather) -> [&'static str; 5] {
    let flipped = weather.grid.projection == Projection::LonLat && weather.grid.dy < 0.0;
    let (low, high) = if flipped { ("edge_north", "edge_south") } else { ("edge_south", "edge_north") };
    ["edge_west", "edge_east", low, high, "stayed"]
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
    Ok(Some(gather(weather, carried, receptors, settings, bins, rows, totals)))
}

/// The parts of a footprint that were made one after another (the same grid, bands, species and precursors), as one.
pub fn joined(parts: Vec<Gridded>) -> Option<Gridded> {
    let first = parts.first()?;
    let (mut from, mut to) = (i64::MAX, i64::MIN);
    let mut places: BTreeMap<Site, u32> = BTreeMap::new();
    for part in &parts {
        part.sites.iter().for_each(|s| {
            places.insert(*s, 0);
        });
        from = part.footprint.bins.iter().map(|b| b.start.0).fold(from, i64::min);
        to = part.footprint.bins.iter().map(|b| b.end.0).fold(to, i64::max);
    }
    places.values_mut().enumerate().for_each(|(at, place)| *place = at as u32);
    let hours = (to - from) / HOUR;
    let axes = Axes {
        medium: Medium::Air,
        quantity: first.footprint.quantity,
        sites: places.keys().map(|s| site_name(&first.grid, &first.edges_m, *s)).collect(),
        source_sites: Vec::new(),
        species: first.footprint.species.clone(),
        bins: (0..hours).map(|h| Period { start: Time(from + h * HOUR), end: Time(from + (h + 1) * HOUR) }).collect(),
        quality: first.footprint.quality,
        origin: first.footprint.origin.clone(),
        replicate_count: first.footprint.replicate_count(),
    };
    let mut footprint = Footprint::new(axes);
    let mut totals = Totals::default();
    let (grid, edges_m) = (first.grid, first.edges_m.clone());
    for part in &parts {
        add(&mut totals, &part.totals);
        for (at, row) in part.footprint.rows.iter().enumerate() {
            let entries = part.footprint.row(at).map(|e| {
                let bin = (part.footprint.bins[usize::from(e.column.bin)].start.0 - from) / HOUR;
                let site = places.get(&part.sites[e.column.site as usize]).copied().unwrap_or_default();
                (Column { site, bin: bin as u16, ..e.column }, e.value, e.replicates.to_vec())
            });
            footprint.push_row(row.clone(), part.footprint.base[at].clone(), entries.collect());
        }
    }
    Some(Gridded { footprint, sites: places.into_keys().collect(), grid, edges_m, totals })
}

/// Where a source or a polygon stands on the grid.
pub struct Target<'a> {
    /// Name of the new site.
    pub name: String,
    /// Cells and the share of it in each (a polygon: [`Grid::shares`]).
    pub cells: Vec<(usize, f64)>,
    /// Heights.
    pub heights: Heights<'a>,
}

/// In which bands a source emits.
pub enum Heights<'a> {
    /// Always these fractions.
    Fixed(Vec<f64>),
    /// By the table of plume rise, whose first hour is given.
    Profile(&'a SourceProfile, usize, Time),
}

impl Gridded {
    /// The footprint of sources or polygons instead of cells: each of its sites is one target.
    pub fn onto(&self, targets: &[Target<'_>]) -> Footprint {
        let bands = self.edges_m.len() - 1;
        let f = &self.footprint;
        // Targets by cell, so that each entry is looked up once.
        let mut by_cell: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
        for (at, target) in targets.iter().enumerate() {
            for (cell, share) in &target.cells {
                by_cell.entry(*cell as u32).or_default().push((at, *share));
            }
        }
        let fraction = |target: &Target<'_>, band: usize, bin: Period| match &target.heights {
            Heights::Fixed(f) => f.get(band).copied().unwrap_or(0.0),
            Heights::Profile(table, class, first) => {
                let hour = (bin.start.0 - first.0).div_euclid(HOUR);
                usize::try_from(hour).ok().and_then(|h| table.fractions(*class, h)).map_or(0.0, |f| f[band])
            }
        };
        let axes = Axes {
            medium: f.medium,
            quantity: f.quantity,
            sites: targets.iter().map(|t| t.name.clone()).collect(),
            source_sites: (0..targets.len() as u32).map(Some).collect(),
            species: f.species.clone(),
            bins: f.bins.clone(),
            quality: f.quality,
            origin: f.origin.clone(),
            replicate_count: f.replicate_count(),
        };
        let mut out = Footprint::new(axes);
        for (at, row) in f.rows.iter().enumerate() {
            let mut sums: BTreeMap<Column, (f64, Vec<f32>)> = BTreeMap::new();
            for entry in f.row(at) {
                let site = self.sites[entry.column.site as usize];
                let band = usize::from(site.band).min(bands - 1);
                for (target, share) in by_cell.get(&site.cell).into_iter().flatten() {
                    let weight = share * fraction(&targets[*target], band, f.bins[usize::from(entry.column.bin)]);
                    if weight == 0.0 {
                        continue;
                    }
                    let column = Column { site: *target as u32, ..entry.column };
                    let sum = sums.entry(column).or_insert_with(|| (0.0, vec![0.0; f.replicate_count()]));
                    sum.0 += weight * entry.value;
                    sum.1.iter_mut().zip(entry.replicates).for_each(|(s, r)| *s += weight as f32 * r);
                }
            }
            out.push_row(row.clone(), f.base[at].clone(), sums.into_iter().map(|(c, (v, r))| (c, v, r)).collect());
        }
        out
    }
}

/// By which way something reaches a receptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Air = 0,
    Ground = 1,
    Rain = 2,
}

impl Way {
    fn serves(self, quantity: ReceptorQuantity) -> bool {
        (self == Way::Air) == (quantity != ReceptorQuantity::DepositionFlux)
    }

    /// True where nothing carried goes this way.
    fn idle(self, carried: &Carried) -> bool {
        match self {
            Way::Air => false,
            Way::Ground => carried.species.iter().all(|s| s.dry == particles::Dry::None),
            Way::Rain => carried.species.iter().all(|s| s.wet.is_none()),
        }
    }
}

/// A row before its sites and bins are numbered.
struct Row {
    product: String,
    base: Vec<BaseTerm>,
    entries: BTreeMap<(Site, u16, u32), [f64; BATCHES as usize]>,
}

fn merge(rows: &mut Vec<Row>, found: Vec<Row>) {
    for row in found {
        let Some(own) = rows.iter_mut().find(|r| r.product == row.product) else {
            rows.push(row);
            continue;
        };
        for (place, batches) in row.entries {
            let sums = own.entries.entry(place).or_insert([0.0; BATCHES as usize]);
            sums.iter_mut().zip(batches).for_each(|(s, b)| *s += b);
        }
        for term in row.base {
            match own.base.iter_mut().find(|b| b.name == term.name) {
                // Dry and wet: the plain mean of both ways.
                Some(sum) => sum.weight = 0.5 * (sum.weight + term.weight),
                None => own.base.push(term),
            }
        }
    }
}

/// The receptors of one way, run together.
struct Pass<'a> {
    weather: &'a Weather,
    carried: &'a Carried,
    settings: &'a Settings,
    chart: &'a Chart,
    way: Way,
    first_bin: i64,
}

impl Pass<'_> {
    /// Names and weights of the rows of a receptor.
    fn rows(&self) -> Vec<(String, Vec<f64>)> {
        if self.way == Way::Air {
            return self.carried.products.clone();
        }
        let unit = |at: usize| (0..self.carried.species.len()).map(|s| f64::from(s == at)).collect();
        self.carried.species.iter().enumerate().map(|(at, s)| (s.name.clone(), unit(at))).collect()
    }

    fn release(&self, receptor: &Receptor, weights: &[f64]) -> Release {
        let top = f64::from(self.weather.heights_m.last().copied().unwrap_or(0.0));
        let (bottom_m, top_m) = match self.way {
            Way::Air => (receptor.height_m, receptor.height_m),
            Way::Ground => (0.0, f64::from(SURFACE_LAYER_M).min(top)),
            Way::Rain => (0.0, RAIN_TOP_M.min(top)),
        };
        Release {
            place: receptor.place,
            bottom_m,
            top_m,
            start: receptor.period.start,
            end: receptor.period.end,
            particles: self.settings.particles,
            weights: weights.to_vec(),
        }
    }

    fn run(
        &self,
        mine: &[usize],
        receptors: &[Receptor],
        options: &Options,
        totals: &mut Totals,
        advance: &(dyn Fn(f64) + Sync),
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Vec<Row>>>> {
        let rows = self.rows();
        let species = self.carried.species.len();
        let weights: Vec<f64> = rows.iter().flat_map(|(_, w)| w.clone()).collect();
        let releases: Vec<Release> = mine.iter().map(|r| self.release(&receptors[*r], &weights)).collect();
        let layout = Layout {
            chart: self.chart,
            edges_m: &self.settings.edges_m,
            first_bin: self.first_bin,
            bin_s: HOUR,
            batches: BATCHES,
            weights: weights.len(),
            per_density: true,
        };
        let grid = &self.weather.grid;
        let columns: Vec<u32> = mine
            .iter()
            .map(|r| {
                let (i, j) = grid.position(receptors[*r].place);
                let i = if grid.wraps { i.rem_euclid(grid.nx as f64) } else { i };
                let near = |x: f64, n: usize| (x.round().max(0.0) as usize).min(n - 1);
                (near(j, grid.ny) * grid.nx + near(i, grid.nx)) as u32
            })
            .collect();
        let depth = releases.first().map_or(0.0, |r| r.top_m) as f32;
        let birth = |block: &particles::Block<'_>, lane: usize, factors: &mut [f32]| {
            let fraction = block.window.fraction(block.time as f64);
            let column = columns[block.release];
            let z = match self.way {
                Way::Air => receptors[mine[block.release]].height_m as f32,
                _ => block.height[lane],
            };
            let density = block.window.density(column, z, fraction);
            for (k, factor) in factors.iter_mut().enumerate() {
                let removal = &block.window.removal;
                *factor = density
                    * match self.way {
                        Way::Air => 1.0,
                        Way::Ground => removal.velocity(k / species, column, fraction),
                        Way::Rain => removal.scavenging(k / species, column, z, fraction) * depth,
                    };
            }
        };
        let birth: &Birth<'_> = &birth;
        let run = particles::run(
            self.weather,
            &self.carried.species,
            &releases,
            options,
            &|_| Residence::new(&layout, Some(birth)),
            advance,
            stopped,
        )?;
        if run.stopped {
            return Ok(None);
        }
        add(totals, &run.totals);
        let names = sides(self.weather);
        let mut found: Vec<Vec<Row>> = mine
            .iter()
            .map(|_| {
                rows.iter()
                    .map(|(p, _)| Row { product: p.clone(), base: Vec::new(), entries: BTreeMap::new() })
                    .collect()
            })
            .collect();
        let mut left = vec![vec![0.0; 5 * weights.len()]; mine.len()];
        let mut air = vec![vec![0.0; weights.len()]; mine.len()];
        for (release, piece) in run.pieces {
            let (table, leavers) = piece.finish();
            for (side, sums) in leavers.sums.iter().enumerate() {
                left[release][side * weights.len()..].iter_mut().zip(sums).for_each(|(l, s)| *l += s);
            }
            air[release].iter_mut().zip(&leavers.factors).for_each(|(a, f)| *a += f);
            for (place, sums) in table {
                let site = Site { cell: place.cell, band: place.band };
                let band = usize::from(place.band);
                let volume = self.settings.grid.cell_area_m2(place.cell as usize)
                    * (self.settings.edges_m[band + 1] - self.settings.edges_m[band]);
                for (k, sum) in sums.iter().enumerate().filter(|(_, s)| **s != 0.0) {
                    let entry = found[release][k / species].entries.entry((site, (k % species) as u16, place.bin));
                    entry.or_insert([0.0; BATCHES as usize])[usize::from(place.batch)] += sum / volume;
                }
            }
        }
        for ((rows, left), air) in found.iter_mut().zip(&left).zip(&air) {
            for (r, row) in rows.iter_mut().enumerate() {
                for (side, name) in names.iter().enumerate() {
                    for (s, kind) in self.carried.species.iter().enumerate() {
                        let k = r * species + s;
                        // Over the mean factor of the receptor's air.
                        let mean = air[k] / f64::from(self.settings.particles);
                        let weight = if mean > 0.0 { left[side * weights.len() + k] / mean } else { 0.0 };
                        if weight > 0.0 {
                            let name = if species == 1 { (*name).into() } else { format!("{name}:{}", kind.name) };
                            row.base.push(BaseTerm { name, weight });
                        }
                    }
                }
            }
        }
        Ok(Some(found))
    }
}

fn add(own: &mut Totals, more: &Totals) {
    own.particle_hours += more.particle_hours;
    own.steps += more.steps;
    own.particles += more.particles;
    own.left += more.left;
    own.books.extend(more.books.iter().copied());
}

/// The largest error of the books of a run, as a share of what was there.
pub fn mass_error(totals: &Totals) -> f64 {
    totals.books.iter().map(|b| b.error().abs()).fold(0.0, f64::max)
}

fn site_name(grid: &Grid, edges_m: &[f64], site: Site) -> String {
    let at = grid.centre(site.cell as usize);
    let band = usize::from(site.band);
    format!("{:.4},{:.4},{:.0}-{:.0}m", at.lon, at.lat, edges_m[band], edges_m[band + 1])
}

fn gather(
    weather: &Weather,
    carried: &Carried,
    receptors: &[Receptor],
    settings: &Settings,
    bins: Vec<Period>,
    rows: Vec<Vec<Row>>,
    totals: Totals,
) -> Gridded {
    let mut places: BTreeMap<Site, u32> = BTreeMap::new();
    rows.iter().flatten().flat_map(|r| r.entries.keys()).for_each(|(site, ..)| {
        places.insert(*site, 0);
    });
    places.values_mut().enumerate().for_each(|(at, place)| *place = at as u32);
    let quantity = receptors.first().map_or(ReceptorQuantity::Concentration, |r| r.quantity);
    let axes = Axes {
        medium: Medium::Air,
        quantity,
        sites: places.keys().map(|s| site_name(&settings.grid, &settings.edges_m, *s)).collect(),
        source_sites: Vec::new(),
        species: carried.species.iter().map(|s| s.name.clone()).collect(),
        bins,
        quality: Quality::Standard,
        origin: format!(
            "{} backward particles a receptor and period, {} h back, in the weather of {}",
            settings.particles, settings.hours, weather.origin
        ),
        replicate_count: BATCHES as usize,
    };
    let mut footprint = Footprint::new(axes);
    for (receptor, rows) in receptors.iter().zip(rows) {
        for row in rows {
            let entries = row.entries.iter().map(|((site, species, bin), batches)| {
                let column =
                    Column { site: places.get(site).copied().unwrap_or_default(), species: *species, bin: *bin as u16 };
                let replicates = batches.iter().map(|b| (b * f64::from(BATCHES)) as f32).collect();
                (column, batches.iter().sum(), replicates)
            });
            let about =
                ReceptorPeriod { receptor: receptor.id.clone(), period: receptor.period, pollutant: row.product };
            footprint.push_row(about, row.base, entries.collect());
        }
    }
    Gridded {
        footprint,
        sites: places.into_keys().collect(),
        grid: settings.grid,
        edges_m: settings.edges_m.clone(),
        totals,
    }
}
