//! Polygons on the sphere: where a member lies, how large it is, which cells it covers.

use serde::Serialize;

/// Mean radius of the Earth, m (IUGG).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Longitude and latitude, WGS 84, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

impl Point {
    /// Metres east and north of `origin` on the plane that touches there (equirectangular; good to 1 % within 1,000 km at
    /// middle latitudes in the north–south direction and along the origin's parallel).
    pub fn metres_from(self, origin: Point) -> (f64, f64) {
        let rad = std::f64::consts::PI / 180.0;
        (
            (self.lon - origin.lon) * rad * EARTH_RADIUS_M * (origin.lat * rad).cos(),
            (self.lat - origin.lat) * rad * EARTH_RADIUS_M,
        )
    }

    /// Great-circle distance, m (haversine).
    pub fn distance_m(self, other: Point) -> f64 {
        let rad = std::f64::consts::PI / 180.0;
        let (dlat, dlon) = ((other.lat - self.lat) * rad, (other.lon - self.lon) * rad);
        let a =
            (dlat / 2.0).sin().powi(2) + (self.lat * rad).cos() * (other.lat * rad).cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_M * a.sqrt().min(1.0).asin()
    }
}

/// A closed ring of points, the first repeated at the end.
pub type Ring = Vec<Point>;

/// An area with holes, in several parts: every ring counts by the even–odd rule.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Area {
    /// All rings, outer and inner.
    pub rings: Vec<Ring>,
}

impl Area {
    /// Whether a point lies inside (even–odd rule).
    pub fn contains(&self, p: Point) -> bool {
        let mut inside = false;
        for ring in &self.rings {
            for pair in ring.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                if (a.lat > p.lat) != (b.lat > p.lat)
                    && p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon
                {
                    inside = !inside;
                }
            }
        }
        inside
    }

    /// West, south, east, north; `None` without points.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let mut points = self.rings.iter().flatten();
        let first = points.next()?;
        Some(points.fold([first.lon, first.lat, first.lon, first.lat], |b, p| {
            [b[0].min(p.lon), b[1].min(p.lat), b[2].max(p.lon), b[3].max(p.lat)]
        }))
    }

    /// A point to write the name at: the centre of the largest ring.
    pub fn label(&self) -> Option<Point> {
        let ring = self.rings.iter().max_by(|a, b| ring_area(a).abs().total_cmp(&ring_area(b).abs()))?;
        let n = ring.len().saturating_sub(1).max(1);
        let sum = ring.iter().take(n).fold((0.0, 0.0), |s, p| (s.0 + p.lon, s.1 + p.lat));
        Some(Point { lon: sum.0 / n as f64, lat: sum.1 / n as f64 })
    }
}

/// Signed area of a ring in square degrees (shoelace).
fn ring_area(ring: &[Point]) -> f64 {
    ring.windows(2).map(|w| w[0].lon * w[1].lat - w[1].lon * w[0].lat).sum::<f64>() / 2.0
}

/// A regular grid of longitude and latitude; cells are numbered from the south-west, west to east, then north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Grid {
    /// Western edge, degrees.
    pub west: f64,
    /// Southern edge, degrees.
    pub south: f64,
    /// Cell size, degrees.
    pub step: f64,
    /// Cells west to east.
    pub nx: usize,
    /// Cells south to north.
    pub ny: usize,
}

impl Grid {
    /// The grid that covers bounds with whole cells and `margin` cells around.
    pub fn covering(bounds: [f64; 4], step: f64, margin: usize) -> Grid {
        let west = (bounds[0] / step).floor() * step - margin as f64 * step;
        let south = (bounds[1] / step).floor() * step - margin as f64 * step;
        let nx = ((bounds[2] - west) / step).ceil() as usize + margin;
        let ny = ((bounds[3] - south) / step).ceil() as usize + margin;
        Grid { west, south, step, nx: nx.max(1), ny: ny.max(1) }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.nx * self.ny
    }

    /// The cell that holds a point.
    pub fn cell(&self, p: Point) -> Option<usize> {
        let x = ((p.lon - self.west) / self.step).floor();
        let y = ((p.lat - self.south) / self.step).floor();
        (x >= 0.0 && y >= 0.0 && x < self.nx as f64 && y < self.ny as f64).then(|| y as usize * self.nx + x as usize)
    }

    /// The middle of a cell.
    pub fn centre(&self, cell: usize) -> Point {
        Point {
            lon: self.west + ((cell % self.nx) as f64 + 0.5) * self.step,
            lat: self.south + ((cell / self.nx) as f64 + 0.5) * self.step,
        }
    }

    /// Area of a cell on the sphere, m².
    pub fn cell_area_m2(&self, cell: usize) -> f64 {
        let rad = std::f64::consts::PI / 180.0;
        let south = self.south + (cell / self.nx) as f64 * self.step;
        let band = ((south + self.step) * rad).sin() - (south * rad).sin();
        EARTH_RADIUS_M * EARTH_RADIUS_M * self.step * rad * band
    }

    /// The shares of an area that fall into the cells (they sum to 1), by `k × k` sample points a cell; an area too small
    /// to catch a sample point lies wholly in the cell of its label.
    pub fn shares(&self, area: &Area) -> Vec<(usize, f64)> {
        const K: usize = 5;
        let Some([west, south, east, north]) = area.bounds() else { return Vec::new() };
        let mut found: Vec<(usize, f64)> = Vec::new();
        for cell in 0..self.cells() {
            let c = self.centre(cell);
            let half = self.step / 2.0;
            if c.lon + half < west || c.lon - half > east || c.lat + half < south || c.lat - half > north {
                continue;
            }
            let hits = (0..K * K)
                .filter(|i| {
                    let offset = |k: usize| ((k as f64 + 0.5) / K as f64 - 0.5) * self.step;
                    area.contains(Point { lon: c.lon + offset(i % K), lat: c.lat + offset(i / K) })
                })
                .count();
            if hits > 0 {
                found.push((cell, hits as f64 * self.cell_area_m2(cell)));
            }
        }
        if found.is_empty() {
            found.extend(area.label().and_then(|p| self.cell(p)).map(|cell| (cell, 1.0)));
        }
        let total: f64 = found.iter().map(|(_, a)| a).sum();
        found.iter().map(|(cell, a)| (*cell, a / total)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, size: f64) -> Ring {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
            .iter()
            .map(|(x, y)| Point { lon: west + x * size, lat: south + y * size })
            .collect()
    }

    #[test]
    fn a_hole_is_outside() {
        let area = Area { rings: vec![square(0.0, 0.0, 3.0), square(1.0, 1.0, 1.0)] };
        assert!(area.contains(Point { lon: 0.5, lat: 0.5 }));
        assert!(!area.contains(Point { lon: 1.5, lat: 1.5 }));
    }

    #[test]
    fn the_cells_of_the_whole_globe_have_its_area() {
        let grid = Grid { west: -180.0, south: -90.0, step: 2.0, nx: 180, ny: 90 };
        let sum: f64 = (0..grid.cells()).map(|c| grid.cell_area_m2(c)).sum();
        let sphere = 4.0 * std::f64::consts::PI * EARTH_RADIUS_M * EARTH_RADIUS_M;
        assert!((sum / sphere - 1.0).abs() < 1e-12);
    }

    #[test]
    fn shares_of_an_area_sum_to_one_even_when_it_is_smaller_than_a_cell() {
        let grid = Grid::covering([0.0, 0.0, 3.0, 3.0], 0.25, 1);
        for size in [2.0, 0.01] {
            let shares = grid.shares(&Area { rings: vec![square(0.3, 0.3, size)] });
            assert!((shares.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
