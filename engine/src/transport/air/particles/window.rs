//! Two moments of weather laid out for particles: everything that one particle reads lies together.
//!
//! ```text
//! planes[column]        h u* 1/L w* at the first moment, the same at the second, then steps per metre along x and y, 6 spare
//! volume[column][level] u v w r at the first moment, the same at the second;  r = (1/ρ) ∂ρ/∂z
//! ```
//! A level at the ground is put below the first of the weather where that stands above it: u, v as at the first, w = 0. Between
//! the points every field is linear in x, y, z and t.

use super::Species;
use super::deposition::Removal;
use super::elementary::{LANES, Lane, lanes};
use super::wide::{Row, Wide};
use crate::observe::weather::{Frame, Projection, Weather};
use crate::problem::{Error, Result};

/// Numbers of one column in the planes.
const PLANE: usize = 16;
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
    /// 1 over the distance to the next level, m⁻¹.
    per_metre: Vec<f32>,
    /// Level below each bin of height, and bins per metre.
    level_of_bin: Vec<u16>,
    bins_per_metre: f32,
    planes: Vec<[f32; PLANE]>,
    volume: Vec<[f32; LEVEL]>,
    /// What rains out, by column.
    pub removal: Removal,
    density: Vec<[f32; 2]>,
}

/// Where a group stands between the columns.
pub struct Corners {
    column: [[u32; LANES]; 4],
    weight: [Lane; 4],
    /// The nearest column.
    pub nearest: [u32; LANES],
}

/// What a group reads from the planes.
pub struct Planes {
    /// h, m; u*, m s⁻¹; 1/L, m⁻¹; w*, m s⁻¹.
    pub layer: [Lane; 4],
    /// Steps of the grid per metre along x and along y.
    pub steps_per_metre: [Lane; 2],
}

/// What a group reads from the volume.
pub struct Winds {
    /// u, v, w, m s⁻¹, and r, m⁻¹.
    pub mean: [Lane; 4],
    /// Standard deviation of u, v, w over the 16 points around, m s⁻¹; 0 where not asked for.
    pub spread: [Lane; 3],
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
        let mut planes = vec![[0.0; PLANE]; columns];
        for (column, plane) in planes.iter_mut().enumerate() {
            for (moment, frame) in [first, second].into_iter().enumerate() {
                plane[4 * moment..4 * moment + 4].copy_from_slice(&[
                    frame.mixing_height[column].max(LEAST_DEPTH_M),
                    frame.friction_velocity[column],
                    frame.inverse_obukhov[column],
                    frame.convective_velocity[column],
                ]);
            }
            let (sx, sy) = grid.steps_per_metre((column % grid.nx) as f64, (column / grid.nx) as f64);
            plane[8] = sx as f32;
            plane[9] = sy as f32;
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
            per_metre: heights.windows(2).map(|h| 1.0 / (h[1] - h[0])).collect(),
            heights,
            level_of_bin,
            bins_per_metre,
            planes,
            volume,
            removal: Removal::new(first, second, species),
            density: (0..columns * given).map(|p| [first.density[p], second.density[p]]).collect(),
        })
    }

    /// Height of the top of the weather, m.
    pub fn top(&self) -> f32 {
        self.heights[self.heights.len() - 1]
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

    /// The four columns around each place and their weights. Places lie on the grid.
    #[inline(always)]
    pub fn corners(&self, i: &[f64; LANES], j: &[f64; LANES]) -> Corners {
        let lanes = lanes();
        let mut at = Corners { column: [[0; LANES]; 4], weight: [[0.0; LANES]; 4], nearest: [0; LANES] };
        let nx = self.nx as i32;
        let wraps = self.turn.is_some();
        let greatest_i = if wraps { nx - 1 } else { nx - 2 };
        let greatest_j = self.ny as i32 - 2;
        for l in 0..lanes {
            let (i0, j0) = ((i[l] as i32).min(greatest_i).max(0), (j[l] as i32).min(greatest_j).max(0));
            let (fi, fj) = ((i[l] - f64::from(i0)) as f32, (j[l] - f64::from(j0)) as f32);
            let next = if i0 == nx - 1 { 1 - nx } else { 1 };
            let first = j0 * nx + i0;
            at.column[0][l] = first as u32;
            at.column[1][l] = (first + next) as u32;
            at.column[2][l] = (first + nx) as u32;
            at.column[3][l] = (first + nx + next) as u32;
            at.weight[0][l] = (1.0 - fi) * (1.0 - fj);
            at.weight[1][l] = fi * (1.0 - fj);
            at.weight[2][l] = (1.0 - fi) * fj;
            at.weight[3][l] = fi * fj;
            let near = first + if fi > 0.5 { next } else { 0 } + if fj > 0.5 { nx } else { 0 };
            at.nearest[l] = near as u32;
        }
        at
    }

    /// The planes at a group's places.
    #[inline(always)]
    pub fn planes<S: Wide>(&self, simd: S, at: &Corners, fraction: f32) -> Planes {
        let lanes = lanes();
        let mut sums = [[0.0f32; PLANE]; LANES];
        for l in 0..lanes {
            let a = &self.planes[at.column[0][l] as usize];
            let b = &self.planes[at.column[1][l] as usize];
            let c = &self.planes[at.column[2][l] as usize];
            let d = &self.planes[at.column[3][l] as usize];
            let (wa, wb, wc, wd) = (at.weight[0][l], at.weight[1][l], at.weight[2][l], at.weight[3][l]);
            sums[l] = simd.weigh([a, b, c, d], [wa, wb, wc, wd]);
        }
        let mut planes = Planes { layer: [[0.0; LANES]; 4], steps_per_metre: [[0.0; LANES]; 2] };
        for k in 0..4 {
            for l in 0..lanes {
                planes.layer[k][l] = sums[l][k] + fraction * (sums[l][4 + k] - sums[l][k]);
            }
        }
        for l in 0..lanes {
            planes.steps_per_metre[0][l] = sums[l][8];
            planes.steps_per_metre[1][l] = sums[l][9];
        }
        planes
    }

    /// The volume at a group's places and heights. `SPREAD` asks for the spread over the 16 points.
    #[inline(always)]
    pub fn winds<const SPREAD: bool, S: Wide>(&self, simd: S, at: &Corners, z: &Lane, fraction: f32) -> Winds {
        let lanes = lanes();
        let mut sums = [[0.0f32; 2 * LEVEL]; LANES];
        let mut squares = [[0.0f32; 2 * LEVEL]; LANES];
        let mut plain = [[0.0f32; 2 * LEVEL]; LANES];
        let mut rise = [0.0; LANES];
        for l in 0..lanes {
            let (level, part) = self.level(z[l]);
            rise[l] = part;
            let a = self.pair(at.column[0][l], level);
            let b = self.pair(at.column[1][l], level);
            let c = self.pair(at.column[2][l], level);
            let d = self.pair(at.column[3][l], level);
            let (wa, wb, wc, wd) = (at.weight[0][l], at.weight[1][l], at.weight[2][l], at.weight[3][l]);
            sums[l] = simd.weigh([a, b, c, d], [wa, wb, wc, wd]);
            if SPREAD {
                for k in 0..2 * LEVEL {
                    plain[l][k] = a[k] + b[k] + c[k] + d[k];
                    squares[l][k] = a[k] * a[k] + b[k] * b[k] + c[k] * c[k] + d[k] * d[k];
                }
            }
        }
        let mut winds = Winds { mean: [[0.0; LANES]; 4], spread: [[0.0; LANES]; 3] };
        for k in 0..4 {
            for l in 0..lanes {
                let s = &sums[l];
                let early = s[k] + rise[l] * (s[8 + k] - s[k]);
                let late = s[4 + k] + rise[l] * (s[12 + k] - s[4 + k]);
                winds.mean[k][l] = early + fraction * (late - early);
            }
        }
        if SPREAD {
            for k in 0..3 {
                for l in 0..lanes {
                    let (p, s) = (&plain[l], &squares[l]);
                    let sum = p[k] + p[4 + k] + p[8 + k] + p[12 + k];
                    let square = s[k] + s[4 + k] + s[8 + k] + s[12 + k];
                    winds.spread[k][l] = ((square - sum * sum * (1.0 / 16.0)) * (1.0 / 15.0)).max(0.0).sqrt();
                }
            }
        }
        winds
    }

    /// The two levels of a column from `level` on, as sixteen numbers.
    #[inline(always)]
    fn pair(&self, column: u32, level: usize) -> &Row {
        let start = (column as usize * self.heights.len() + level) * LEVEL;
        match self.volume.as_flattened()[start..].first_chunk() {
            Some(pair) => pair,
            None => &[0.0; 2 * LEVEL],
        }
    }

    /// The level below a height, and how far the height stands above it.
    #[inline(always)]
    fn level(&self, z: f32) -> (usize, f32) {
        // A bin holds one level at most, so one look up is enough.
        let bin = ((z * self.bins_per_metre) as i32 as usize).min(self.level_of_bin.len() - 1);
        let level = self.level_of_bin[bin] as usize;
        let level = level + usize::from(self.heights[level + 1] < z && level + 2 < self.heights.len());
        (level, ((z - self.heights[level]) * self.per_metre[level]).clamp(0.0, 1.0))
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
