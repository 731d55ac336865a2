//! From a position in the weather's grid to the cell of a regular grid of longitude and latitude, some hundred million times.
//!
//! Where the weather's axes are straight in longitude and latitude the way is a straight line; on a projected grid it is
//! looked up on a mesh eight times finer than the weather's, linear in between (a mesh of 22 km for weather of 180 km errs by
//! less than 150 m). A square of the mesh across which the longitude jumps is worked out point by point.

use crate::observe::weather::{Grid as WeatherGrid, Projection};
use crate::region::{Grid, Point};

/// Squares of the mesh a step of the weather's grid.
const FINER: usize = 8;

enum Way {
    /// x = a + b·i, y = c + d·j, in cells.
    Straight { x: [f64; 2], y: [f64; 2] },
    /// Corners of the squares, in cells; NaN in x where the longitude jumps beside it.
    Mesh { nx: usize, ny: usize, nodes: Vec<[f32; 2]> },
}

/// The way from one grid to the other.
pub struct Chart {
    weather: WeatherGrid,
    grid: Grid,
    /// Cells in a turn of 360°.
    turn: f64,
    way: Way,
}

impl Chart {
    /// Between a weather grid and a grid of cells.
    pub fn new(weather: &WeatherGrid, grid: &Grid) -> Chart {
        let turn = 360.0 / grid.step;
        let exact = |i: f64, j: f64| cells_of(grid, weather.place(i, j));
        let straight = matches!(weather.projection, Projection::LonLat | Projection::Tangent { .. });
        let way = if straight {
            // One step from the middle, on the turn of longitude of the middle.
            let (i, j) = (0.5 * (weather.nx as f64 - 1.0), 0.5 * (weather.ny as f64 - 1.0));
            let (x0, y0) = exact(i, j);
            let (x1, y1) = (exact(i + 1.0, j).0, exact(i, j + 1.0).1);
            let dx = x1 - x0 - turn * ((x1 - x0) / turn).round();
            Way::Straight { x: [x0 - i * dx, dx], y: [y0 - j * (y1 - y0), y1 - y0] }
        } else {
            let (nx, ny) = ((weather.nx - 1) * FINER + 1, (weather.ny - 1) * FINER + 1);
            let mut nodes: Vec<[f32; 2]> = Vec::with_capacity(nx * ny);
            for b in 0..ny {
                for a in 0..nx {
                    let (x, y) = exact(a as f64 / FINER as f64, b as f64 / FINER as f64);
                    nodes.push([x as f32, y as f32]);
                }
            }
            let jumps: Vec<usize> = (0..nx * ny)
                .filter(|at| {
                    let (a, b) = (at % nx, at / nx);
                    let far = |other: usize| (nodes[other][0] - nodes[*at][0]).abs() > 0.25 * turn as f32;
                    (a + 1 < nx && far(at + 1))
                        || (b + 1 < ny && far(at + nx))
                        || (a > 0 && far(at - 1))
                        || (b > 0 && far(at - nx))
                })
                .collect();
            jumps.into_iter().for_each(|at| nodes[at][0] = f32::NAN);
            Way::Mesh { nx, ny, nodes }
        };
        Chart { weather: weather.clone(), grid: *grid, turn, way }
    }

    /// The cell at a position in the weather's grid, if it lies on the grid of cells.
    #[inline]
    pub fn cell(&self, i: f64, j: f64) -> Option<u32> {
        let (x, y) = match &self.way {
            Way::Straight { x, y } => (x[0] + x[1] * i, y[0] + y[1] * j),
            Way::Mesh { nx, ny, nodes } => {
                let (a, b) = (i * FINER as f64, j * FINER as f64);
                let (a0, b0) = ((a.max(0.0) as usize).min(nx - 2), (b.max(0.0) as usize).min(ny - 2));
                let (fa, fb) = ((a - a0 as f64) as f32, (b - b0 as f64) as f32);
                let at = b0 * nx + a0;
                let (p, q, r, s) = (nodes[at], nodes[at + 1], nodes[at + nx], nodes[at + nx + 1]);
                let mix =
                    |k: usize| (1.0 - fb) * ((1.0 - fa) * p[k] + fa * q[k]) + fb * ((1.0 - fa) * r[k] + fa * s[k]);
                let (x, y) = (mix(0), mix(1));
                if x.is_nan() { cells_of(&self.grid, self.weather.place(i, j)) } else { (f64::from(x), f64::from(y)) }
            }
        };
        let mut x = x;
        if x < 0.0 {
            x += self.turn;
        } else if x >= self.turn {
            x -= self.turn;
        }
        let inside = x >= 0.0 && y >= 0.0 && x < self.grid.nx as f64 && y < self.grid.ny as f64;
        inside.then(|| (y as usize * self.grid.nx + x as usize) as u32)
    }
}

/// Where a place lies, in cells from the south-west corner; the turn of longitude is that from which it is 0 to 360° east.
fn cells_of(grid: &Grid, place: Point) -> (f64, f64) {
    ((place.lon - grid.west).rem_euclid(360.0) / grid.step, (place.lat - grid.south) / grid.step)
}

/// A grid of cells that holds the whole weather grid (a band around the globe where that wraps or holds a pole).
pub fn covering(weather: &WeatherGrid, step: f64) -> Grid {
    let (last_i, last_j) = (weather.nx as f64 - 1.0, weather.ny as f64 - 1.0);
    let along = |n: usize, of: f64| (0..=8 * n).map(move |k| of * k as f64 / (8 * n) as f64);
    let mut edge: Vec<Point> = Vec::new();
    edge.extend(along(weather.nx, last_i).flat_map(|i| [weather.place(i, 0.0), weather.place(i, last_j)]));
    edge.extend(along(weather.ny, last_j).flat_map(|j| [weather.place(0.0, j), weather.place(last_i, j)]));
    let middle = weather.place(0.5 * last_i, 0.5 * last_j);
    let relative = |p: &Point| (p.lon - middle.lon + 540.0).rem_euclid(360.0) - 180.0;
    let fold =
        |of: &dyn Fn(&Point) -> f64| edge.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)));
    let (west, east) = fold(&relative);
    let (mut south, mut north) = fold(&|p: &Point| p.lat);
    let inside = |pole: f64| {
        let (i, j) = weather.position(Point { lon: middle.lon, lat: pole });
        i >= 0.0 && j >= 0.0 && i <= last_i && j <= last_j
    };
    let (north_pole, south_pole) = (inside(90.0), inside(-90.0));
    let globe = weather.wraps || north_pole || south_pole || east - west > 300.0;
    if north_pole {
        north = 90.0;
    }
    if south_pole {
        south = -90.0;
    }
    let (west, east) = if globe { (-180.0, 180.0) } else { (middle.lon + west, middle.lon + east) };
    // Cells are open to the east and north: what ends on a border of cells needs the cell beyond it. The same width of
    // rounding keeps the first border from landing a bit inside the weather.
    const ROUNDING: f64 = 1e-6;
    let margin = |at_end: bool| if at_end { 0.0 } else { ROUNDING };
    let first = |edge: f64, at_end: bool| (edge / step - margin(at_end)).floor() * step;
    let count = |length: f64, at_end: bool| (length / step + margin(at_end)).ceil().max(1.0) as usize;
    let west = if globe { west } else { first(west, false) };
    let south = first(south, south <= -90.0);
    Grid { west, south, step, nx: count(east - west, globe), ny: count(north - south, north >= 90.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_finds_the_cell_of_the_long_way() {
        let lonlat = WeatherGrid {
            projection: Projection::LonLat,
            nx: 41,
            ny: 31,
            x0: 170.0,
            y0: 45.0,
            dx: 0.5,
            dy: -0.5,
            wraps: false,
        };
        let plane = WeatherGrid {
            projection: Projection::Tangent { origin: Point { lon: 120.0, lat: 30.0 } },
            nx: 21,
            ny: 21,
            x0: -1e5,
            y0: -1e5,
            dx: 1e4,
            dy: 1e4,
            wraps: false,
        };
        for weather in [lonlat, plane] {
            let grid = covering(&weather, 0.1);
            let chart = Chart::new(&weather, &grid);
            for (i, j) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                let corner = (i * (weather.nx as f64 - 1.0), j * (weather.ny as f64 - 1.0));
                assert!(chart.cell(corner.0, corner.1).is_some(), "{corner:?}");
            }
            for k in 1..2000 {
                let (i, j) = (
                    (f64::from(k) * 0.618_034).fract() * (weather.nx as f64 - 1.0),
                    (f64::from(k) * 0.414_21).fract() * (weather.ny as f64 - 1.0),
                );
                let place = weather.place(i, j);
                let east = grid.west + (place.lon - grid.west).rem_euclid(360.0);
                assert_eq!(
                    chart.cell(i, j).map(|c| c as usize),
                    grid.cell(Point { lon: east, lat: place.lat }),
                    "{i} {j}"
                );
                assert!(chart.cell(i, j).is_some());
            }
        }
    }

    #[test]
    fn a_globe_has_no_seam() {
        let weather = WeatherGrid {
            projection: Projection::LonLat,
            nx: 360,
            ny: 181,
            x0: 0.0,
            y0: -90.0,
            dx: 1.0,
            dy: 1.0,
            wraps: true,
        };
        let grid = covering(&weather, 1.0);
        assert_eq!((grid.nx, grid.ny, grid.west), (360, 180, -180.0));
        let chart = Chart::new(&weather, &grid);
        assert_eq!(chart.cell(179.9, 100.5), Some(100 * 360 + 359));
        assert_eq!(chart.cell(180.1, 100.5), Some(100 * 360));
        assert_eq!(chart.cell(359.9, 100.5), Some(100 * 360 + 179));
    }
}
