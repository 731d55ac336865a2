//! Two moments of weather laid out for particles: everything that one particle reads lies together.
//!
//! ```text
//! planes[column]        h u* 1/L w* at the first moment, the same at the second, steps per metre along x and y, 1 where it rains, 5 spare
//! volume[column][level] u v w r at the first moment, the same at the second;  r = (1/ρ) ∂ρ/∂z
//! ```
//! A level at the ground is put below the first of the weather where that stands above it: u, v as at the first, w = 0. Between
//! the points every field is linear in x, y, z and t.

use super::Species;
use super::deposition::Removal;
use super::wide::{F, Line, Row, WIDTH, Wide, columns, weigh};
use crate::observe::weather::{Frame, Projection, Weather};
use crate::problem::{Error, Result};

/// Numbers of one level: four fields at two moments.
const LEVEL: usize = 8;

/// The weather between two moments.
pub struct Window {
    /// Seconds since 1970 of the earlier moment.
    pub from: i64,
    /// Seconds since 1970 of the later.
    pub to: i64,
    nx: usize,
    ny: usize,
    /// The first axis closes on itself after this many steps.
    turn: Option<f64>,
    /// Rows at which the grid ends in a pole: (south or first row, north or last row).
    poles: (bool, bool),
    /// Heights of the levels, m, the ground first.
    heights: Vec<f32>,
    /// Height of each level and 1 over the distance to the next, m⁻¹.
    rungs: Vec<[f32; 2]>,
    /// Level below each bin of height, and bins per metre.
    level_of_bin: Vec<u16>,
    bins_per_metre: f32,
    planes: Vec<Line>,
    volume: Vec<[f32; LEVEL]>,
    /// What rains out, by column.
    pub removal: Removal,
    density: Vec<[f32; 2]>,
}

/// Where sixteen particles stand between the columns.
pub struct Corners {
    first: [u32; WIDTH],
    /// To the next column along the first axis, modulo 2³².
    next: [u32; WIDTH],
    weight: [Row; 4],
    /// The nearest column.
    pub nearest: [u32; WIDTH],
}

/// What sixteen particles read from the volume.
pub struct Winds<W: Wide> {
    /// u, v, w, m s⁻¹, and r, m⁻¹.
    pub mean: [F<W>; 4],
    /// Standard deviation of u, v, w over the 16 points around, m s⁻¹; 0 where not asked for.
    pub spread: [F<W>; 3],
}

/// A place along one axis: whole steps and the part of a step beyond.
#[derive(Clone, Copy)]
pub struct Along<W: Wide> {
    /// Whole steps.
    pub cell: F<W>,
    /// 0 to 1.
    pub offset: F<W>,
}

impl<W: Wide> Along<W> {
    /// From a cell and any offset.
    #[inline(always)]
    pub fn new(cell: F<W>, offset: F<W>) -> Along<W> {
        let whole = offset.floor();
        Along { cell: cell + whole, offset: offset - whole }
    }

    /// Held between the first point and the last, which is `cells` steps on.
    #[inline(always)]
    fn held(self, cells: usize) -> Along<W> {
        let w = self.cell.0;
        let last = (cells - 1) as f32;
        let (low, high) = (self.cell.below(0.0), F::of(w, last).less(self.cell));
        Along {
            cell: self.cell.at_least(0.0).at_most(last),
            offset: low.choose(F::of(w, 0.0), high.choose(F::of(w, 1.0), self.offset)),
        }
    }
}

/// Where a particle left the weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Before the first point of the first axis (west, on most grids).
    LowX,
    /// Beyond its last point (east).
    HighX,
    /// Before the first point of the second axis.
    LowY,
    /// Beyond its last point.
    HighY,
}

fn check(frame: &Frame, columns: usize, levels: usize) -> Result<()> {
    let planes = [
        ("mixing_height", &frame.mixing_height),
        ("friction_velocity", &frame.friction_velocity),
        ("inverse_obukhov", &frame.inverse_obukhov),
        ("convective_velocity", &frame.convective_velocity),
        ("precipitation", &frame.precipitation),
        ("cloud_base", &frame.cloud_base),
        ("cloud_top", &frame.cloud_top),
        ("temperature_2m", &frame.temperature_2m),
        ("roughness", &frame.roughness),
    ];
    let volumes = [
        ("u", &frame.u),
        ("v", &frame.v),
        ("w", &frame.w),
        ("density", &frame.density),
        ("temperature", &frame.temperature),
    ];
    let sizes = planes.iter().map(|p| (p, columns)).chain(volumes.iter().map(|v| (v, columns * levels)));
    for ((name, values), wanted) in sizes {
        if values.len() != wanted {
            let got = values.len();
            return Err(Error::Stage(format!(
                "the weather of {} has {got} values of {name} where its grid has {wanted} points",
                frame.time.iso(0)
            )));
        }
    }
    Ok(())
}

/// h, m; u*, m s⁻¹; 1/L, m⁻¹; w*, m s⁻¹ between the two moments, from the columns of rows of planes.
#[inline(always)]
pub fn layer<W: Wide>(planes: &[F<W>; WIDTH], fraction: f32) -> [F<W>; 4] {
    let between = |k: usize| planes[k] + fraction * (planes[4 + k] - planes[k]);
    [between(0), between(1), between(2), between(3)]
}

/// Place in the planes of steps per metre along the first axis; that along the second follows.
pub const STEPS_PER_METRE: usize = 8;
/// Place in the planes of what is above 0 where it rains in any of the columns around.
pub const RAINS: usize = 10;

impl Corners {
    #[inline(always)]
    fn weights(&self, l: usize) -> [f32; 4] {
        let w = &self.weight;
        [w[0][l], w[1][l], w[2][l], w[3][l]]
    }
}

impl Window {
    /// Lays out two moments.
    pub fn new(weather: &Weather, first: &Frame, second: &Frame, species: &[Species]) -> Result<Window> {
        let grid = &weather.grid;
        let (columns, given) = (grid.nx * grid.ny, weather.heights_m.len());
        check(first, columns, given)?;
        check(second, columns, given)?;
        if given < 2 || grid.nx < 2 || grid.ny < 2 {
            return Err(Error::Stage(format!(
                "the weather has {} × {} columns and {given} levels; particles need at least two of each",
                grid.nx, grid.ny
            )));
        }
        let ground = weather.heights_m[0] > 0.0;
        let mut heights = weather.heights_m.clone();
        if ground {
            heights.insert(0, 0.0);
        }
        let levels = heights.len();
        let mut volume = vec![[0.0; LEVEL]; columns * levels];
        for column in 0..columns {
            for level in 0..levels {
                let k = if ground { level.saturating_sub(1) } else { level };
                let at = &mut volume[column * levels + level];
                for (moment, frame) in [first, second].into_iter().enumerate() {
                    let point = column * given + k;
                    // One-sided at the ends.
                    let (below, above) = (k.saturating_sub(1), (k + 1).min(given - 1));
                    let rise = weather.heights_m[above] - weather.heights_m[below];
                    let (low, high) = (frame.density[column * given + below], frame.density[column * given + above]);
                    let w = if ground && level == 0 { 0.0 } else { frame.w[point] };
                    at[4 * moment..4 * moment + 4].copy_from_slice(&[
                        frame.u[point],
                        frame.v[point],
                        w,
                        2.0 * (high - low) / ((high + low) * rise),
                    ]);
                }
            }
        }
        let removal = Removal::new(first, second, species);
        let mut planes = vec![Line::default(); columns];
        for (column, Line(plane)) in planes.iter_mut().enumerate() {
            for (moment, frame) in [first, second].into_iter().enumerate() {
                plane[4 * moment..4 * moment + 4].copy_from_slice(&[
                    frame.mixing_height[column].max(LEAST_DEPTH_M),
                    frame.friction_velocity[column],
                    frame.inverse_obukhov[column],
                    frame.convective_velocity[column],
                ]);
            }
            let (sx, sy) = grid.steps_per_metre((column % grid.nx) as f64, (column / grid.nx) as f64);
            plane[STEPS_PER_METRE] = sx as f32;
            plane[STEPS_PER_METRE + 1] = sy as f32;
            plane[RAINS] = if removal.rains_over(column) { 1.0 } else { 0.0 };
        }
        let top = heights[levels - 1];
        let least = heights.windows(2).map(|h| h[1] - h[0]).fold(top, f32::min);
        let bins = ((top / least).ceil() as usize).clamp(1, 16_384);
        let bins_per_metre = bins as f32 / top;
        let level_of_bin = (0..=bins)
            .map(|bin| {
                let z = bin as f32 / bins_per_metre;
                (heights.partition_point(|h| *h <= z).max(1) - 1).min(levels - 2) as u16
            })
            .collect();
        let pole = |row: f64| {
            grid.wraps
                && grid.projection == Projection::LonLat
                && grid.place(0.0, row).lat.abs() + 0.75 * grid.dy.abs() >= 90.0
        };
        Ok(Window {
            from: first.time.0,
            to: second.time.0,
            nx: grid.nx,
            ny: grid.ny,
            turn: grid.wraps.then_some(grid.nx as f64),
            poles: (pole(0.0), pole(grid.ny as f64 - 1.0)),
            rungs: heights.windows(2).map(|h| [h[0], 1.0 / (h[1] - h[0])]).collect(),
            heights,
            level_of_bin,
            bins_per_metre,
            planes,
            volume,
            removal,
            density: (0..columns * given).map(|p| [first.density[p], second.density[p]]).collect(),
        })
    }

    /// Height of the top of the weather, m.
    pub fn top(&self) -> f32 {
        self.heights[self.heights.len() - 1]
    }

    /// The last cell along each axis.
    pub fn last_cells(&self) -> (f64, f64) {
        let last_i = if self.turn.is_some() { self.nx - 1 } else { self.nx - 2 };
        (last_i as f64, (self.ny - 2) as f64)
    }

    /// How far a moment stands between the two, 0 to 1.
    #[inline(always)]
    pub fn fraction(&self, time: f64) -> f32 {
        (((time - self.from as f64) / (self.to - self.from) as f64) as f32).clamp(0.0, 1.0)
    }

    /// Brings a position back onto a grid that closes on itself; `Err` where it left.
    #[inline(always)]
    pub fn bring_back(&self, i: &mut f64, j: &mut f64) -> std::result::Result<bool, Side> {
        let (last_i, last_j) = ((self.nx - 1) as f64, (self.ny - 1) as f64);
        if *i >= 0.0 && *i <= last_i && *j >= 0.0 && *j <= last_j {
            return Ok(false);
        }
        let mut over_pole = false;
        if *j < 0.0 || *j > last_j {
            let side = if *j < 0.0 { Side::LowY } else { Side::HighY };
            let pole = if *j < 0.0 { self.poles.0 } else { self.poles.1 };
            match (pole, self.turn) {
                (true, Some(turn)) => {
                    *j = if *j < 0.0 { -*j } else { 2.0 * last_j - *j }.clamp(0.0, last_j);
                    *i += 0.5 * turn;
                    over_pole = true;
                }
                _ => return Err(side),
            }
        }
        match self.turn {
            Some(turn) => *i = i.rem_euclid(turn),
            None if *i < 0.0 => return Err(Side::LowX),
            None if *i > last_i => return Err(Side::HighX),
            None => {}
        }
        Ok(over_pole)
    }

    /// True for those that are not between the points of the grid.
    #[inline(always)]
    pub fn outside<W: Wide>(&self, i: Along<W>, j: Along<W>) -> u16 {
        let w = i.cell.0;
        let last_i = (if self.turn.is_some() { self.nx - 1 } else { self.nx - 2 }) as f32;
        let last_j = (self.ny - 2) as f32;
        (i.cell.below(0.0).bits() | F::of(w, last_i).less(i.cell).bits())
            | (j.cell.below(0.0).bits() | F::of(w, last_j).less(j.cell).bits())
    }

    /// Places brought onto the grid: round it where it closes on itself (one turn at most), else held at its sides.
    #[inline(always)]
    pub fn onto<W: Wide>(&self, i: Along<W>, j: Along<W>) -> (Along<W>, Along<W>) {
        let i = match self.turn {
            Some(turn) => {
                let (w, turn) = (i.cell.0, turn as f32);
                let up = i.cell.below(0.0).choose(i.cell + turn, i.cell);
                let cell = F::of(w, turn - 1.0).less(up).choose(up - turn, up);
                Along { cell, offset: i.offset }
            }
            None => i.held(self.nx - 1),
        };
        (i, j.held(self.ny - 1))
    }

    /// The four columns around each place and their weights. Places lie on the grid.
    #[inline(always)]
    pub fn corners<W: Wide>(&self, w: W, i: Along<W>, j: Along<W>) -> Corners {
        let nx = self.nx as f32;
        // Whole numbers below 2²⁴, so exact.
        let first = j.cell * nx + i.cell;
        let next = match self.turn {
            Some(_) => F::of(w, nx - 1.5).less(i.cell).either(1.0 - nx, 1.0),
            None => F::of(w, 1.0),
        };
        let half = F::of(w, 0.5);
        let near_i = half.less(i.offset).choose(next, F::of(w, 0.0));
        let near_j = half.less(j.offset).either(nx, 0.0);
        let (rest_i, rest_j) = (1.0 - i.offset, 1.0 - j.offset);
        let whole = |x: F<W>| w.store_words(w.truncate(x.1));
        Corners {
            first: whole(first),
            next: whole(next),
            weight: [
                (rest_i * rest_j).row(),
                (i.offset * rest_j).row(),
                (rest_i * j.offset).row(),
                (i.offset * j.offset).row(),
            ],
            nearest: whole(first + near_i + near_j),
        }
    }

    /// The planes at each place, a row each.
    #[inline(always)]
    pub fn planes<W: Wide>(&self, w: W, at: &Corners) -> [F<W>; WIDTH] {
        let mut rows = [F::of(w, 0.0); WIDTH];
        for l in 0..WIDTH {
            let [a, b, c, d] = self.around(at, l);
            let planes = &self.planes;
            rows[l] = weigh(w, [&planes[a].0, &planes[b].0, &planes[c].0, &planes[d].0], at.weights(l));
        }
        rows
    }

    /// The volume at each place and height. `SPREAD` asks for the spread over the 16 points.
    #[inline(always)]
    pub fn winds<const SPREAD: bool, W: Wide>(&self, w: W, at: &Corners, z: F<W>, fraction: f32) -> Winds<W> {
        let zero = F::of(w, 0.0);
        let (mut sums, mut plain, mut squares) = ([zero; WIDTH], [zero; WIDTH], [zero; WIDTH]);
        let height = z.row();
        let bin = w.store_words(w.truncate((z * self.bins_per_metre).1));
        let (mut below, mut per_metre) = ([0.0; WIDTH], [0.0; WIDTH]);
        for l in 0..WIDTH {
            let level = self.level_of(bin[l] as usize, height[l]);
            [below[l], per_metre[l]] = self.rungs[level];
            let rows = self.around(at, l).map(
                #[inline(always)]
                |column| self.pair(column, level),
            );
            sums[l] = weigh(w, rows, at.weights(l));
            if SPREAD {
                let [a, b, c, d] = rows.map(|r| F::load(w, r));
                plain[l] = a + b + c + d;
                squares[l] = a * a + b * b + c * c + d * d;
            }
        }
        let rise = ((z - F::load(w, &below)) * F::load(w, &per_metre)).at_least(0.0).at_most(1.0);
        let s = columns(w, sums);
        let mut winds = Winds { mean: [zero; 4], spread: [zero; 3] };
        for k in 0..4 {
            let early = s[k] + rise * (s[8 + k] - s[k]);
            let late = s[4 + k] + rise * (s[12 + k] - s[4 + k]);
            winds.mean[k] = early + fraction * (late - early);
        }
        if SPREAD {
            let (p, q) = (columns(w, plain), columns(w, squares));
            for k in 0..3 {
                let sum = p[k] + p[4 + k] + p[8 + k] + p[12 + k];
                let square = q[k] + q[4 + k] + q[8 + k] + q[12 + k];
                winds.spread[k] = ((square - sum * sum * (1.0 / 16.0)) * (1.0 / 15.0)).at_least(0.0).sqrt();
            }
        }
        winds
    }

    /// The four columns of one of the sixteen.
    #[inline(always)]
    fn around(&self, at: &Corners, l: usize) -> [usize; 4] {
        let first = at.first[l];
        let second = first.wrapping_add(at.next[l]);
        let nx = self.nx as u32;
        [first as usize, second as usize, first.wrapping_add(nx) as usize, second.wrapping_add(nx) as usize]
    }

    /// The two levels of a column from `level` on, as sixteen numbers.
    #[inline(always)]
    fn pair(&self, column: usize, level: usize) -> &Row {
        let start = (column * self.heights.len() + level) * LEVEL;
        match self.volume.as_flattened()[start..].first_chunk() {
            Some(pair) => pair,
            None => &[0.0; 2 * LEVEL],
        }
    }

    /// The level below a height that lies in a bin.
    #[inline(always)]
    fn level_of(&self, bin: usize, z: f32) -> usize {
        let level = self.level_of_bin[bin.min(self.level_of_bin.len() - 1)] as usize;
        // A bin holds one level at most, so one look up is enough.
        (level + usize::from(self.heights[level + 1] < z)).min(self.rungs.len() - 1)
    }

    /// The level below a height, and how far the height stands above it.
    fn level(&self, z: f32) -> (usize, f32) {
        let level = self.level_of((z * self.bins_per_metre) as usize, z);
        let [below, per_metre] = self.rungs[level];
        (level, ((z - below) * per_metre).clamp(0.0, 1.0))
    }

    /// Density of the air at the nearest column, kg m⁻³.
    pub fn density(&self, column: u32, z: f32, fraction: f32) -> f32 {
        let (level, part) = self.level(z);
        let levels = self.heights.len();
        let given = self.density.len() * levels / self.volume.len();
        let own = |k: usize| {
            let d = self.density[column as usize * given + k.saturating_sub(levels - given).min(given - 1)];
            d[0] + fraction * (d[1] - d[0])
        };
        own(level) * (1.0 - part) + own(level + 1) * part
    }
}

/// Depth below which a boundary layer is not taken, m.
const LEAST_DEPTH_M: f32 = 20.0;
