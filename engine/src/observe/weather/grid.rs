//! The horizontal grid of a weather file, and where on the Earth its points lie.

use super::cone::Cone;
use super::transverse_mercator::TransverseMercator;
use crate::region::Point;
use crate::region::geometry::EARTH_RADIUS_M;

/// How the axes of a grid lie on the Earth. Angles in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Projection {
    /// Axes along parallels and meridians; coordinates in degrees.
    LonLat,
    /// A plane that touches flat ground: metres east and north of a point. For analytic weather and one-station weather.
    Tangent {
        /// Where the coordinates are 0.
        origin: Point,
    },
    /// A cylinder along a meridian (UTM); coordinates in metres on the map, y from the equator.
    TransverseMercator(TransverseMercator),
    /// A conformal cone on the sphere (polar stereographic, Lambert conformal, Mercator); coordinates in metres on the
    /// map, true where the scale of the map is 1.
    Conformal(Cone),
}

/// `nx × ny` points, evenly spaced in the coordinates of the projection.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// How the axes lie.
    pub projection: Projection,
    /// Points along the first axis.
    pub nx: usize,
    /// Points along the second axis.
    pub ny: usize,
    /// Coordinate of the first point along the first axis.
    pub x0: f64,
    /// Coordinate of the first point along the second axis.
    pub y0: f64,
    /// Spacing along the first axis.
    pub dx: f64,
    /// Spacing along the second axis.
    pub dy: f64,
    /// True where the first axis closes on itself around the globe (then nx · dx = 360°).
    pub wraps: bool,
}

impl Grid {
    /// Along parallels and meridians, degrees; closed around the globe where the columns fill it.
    pub fn degrees((nx, ny): (usize, usize), (x0, y0): (f64, f64), (dx, dy): (f64, f64)) -> Grid {
        let wraps = (dx * nx as f64 - 360.0).abs() < 0.01 * dx;
        Grid { projection: Projection::LonLat, nx, ny, x0, y0, dx, dy, wraps }
    }

    /// Whether two grids are one, but for the rounding of stored coordinates (a thousandth of a step).
    pub fn same(&self, other: &Grid) -> bool {
        let corner = |i: usize, j: usize| {
            let at = other.position(self.place(i as f64, j as f64));
            // Around the globe the first column is also the one after the last.
            let away = (at.0 - i as f64).abs();
            let away = if self.wraps { away.min((away - self.nx as f64).abs()) } else { away };
            away < 1e-3 && (at.1 - j as f64).abs() < 1e-3
        };
        let (i, j) = (self.nx.saturating_sub(1), self.ny.saturating_sub(1));
        (self.nx, self.ny, self.wraps) == (other.nx, other.ny, other.wraps) && corner(0, 0) && corner(i, j)
    }

    /// Position in the grid of a place: fractional indices (i, j), which may lie outside.
    pub fn position(&self, place: Point) -> (f64, f64) {
        let (x, y) = match self.projection {
            Projection::LonLat => {
                // The turn of longitude that lies nearest to the middle of the grid.
                let middle = self.x0 + 0.5 * self.dx * (self.nx as f64 - 1.0);
                (place.lon - 360.0 * ((place.lon - middle) / 360.0).round(), place.lat)
            }
            Projection::Tangent { origin } => place.metres_from(origin),
            Projection::TransverseMercator(map) => map.plane(place),
            Projection::Conformal(cone) => cone.plane(place),
        };
        ((x - self.x0) / self.dx, (y - self.y0) / self.dy)
    }

    /// The place at fractional indices.
    pub fn place(&self, i: f64, j: f64) -> Point {
        let (x, y) = (self.x0 + i * self.dx, self.y0 + j * self.dy);
        match self.projection {
            Projection::LonLat => Point { lon: (x + 180.0).rem_euclid(360.0) - 180.0, lat: y },
            Projection::Tangent { origin } => {
                let metre = (1.0 / EARTH_RADIUS_M).to_degrees();
                Point { lon: origin.lon + x * metre / origin.lat.to_radians().cos(), lat: origin.lat + y * metre }
            }
            Projection::TransverseMercator(map) => map.place(x, y),
            Projection::Conformal(cone) => cone.place(x, y),
        }
    }

    /// Direction of north at fractional indices, as (sine, cosine) of its angle from the second axis towards the first.
    pub fn north(&self, i: f64, j: f64) -> (f64, f64) {
        if self.projection == Projection::LonLat {
            return (0.0, 1.0);
        }
        // A short way along the meridian, on the side that does not lead over a pole.
        let here = self.place(i, j);
        let step = if here.lat > 0.0 { -1e-3 } else { 1e-3 };
        let (a, b) = self.position(crate::region::Point { lon: here.lon, lat: here.lat + step });
        let (x, y) = ((a - i) * self.dx * step.signum(), (b - j) * self.dy * step.signum());
        let length = x.hypot(y).max(f64::MIN_POSITIVE);
        (x / length, y / length)
    }

    /// Grid steps per metre along each axis at fractional indices: the displacement in indices of a motion of 1 m.
    pub fn steps_per_metre(&self, i: f64, j: f64) -> (f64, f64) {
        match self.projection {
            Projection::LonLat => {
                let metre = (1.0 / EARTH_RADIUS_M).to_degrees();
                // Within a step of a pole the meridians meet; the cosine there is taken half a step away.
                let lat = self.place(i, j).lat.clamp(-90.0 + 0.5 * self.dy.abs(), 90.0 - 0.5 * self.dy.abs());
                (metre / (self.dx * lat.to_radians().cos()), metre / self.dy)
            }
            Projection::Tangent { .. } => (1.0 / self.dx, 1.0 / self.dy),
            Projection::TransverseMercator(map) => {
                let scale = map.scale_at(self.place(i, j));
                (scale / self.dx, scale / self.dy)
            }
            Projection::Conformal(cone) => {
                // The map may take the Earth for a sphere of another radius; what counts is the angle at its centre.
                let map_m = cone.scale(self.place(i, j).lat) * cone.earth.radius_m / EARTH_RADIUS_M;
                (map_m / self.dx, map_m / self.dy)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_and_place_are_inverse_and_a_metre_is_a_metre() {
        let origin = Point { lon: 120.0, lat: 30.0 };
        let lonlat = Grid {
            projection: Projection::LonLat,
            nx: 40,
            ny: 30,
            x0: 170.0,
            y0: 40.0,
            dx: 0.5,
            dy: -0.5,
            wraps: false,
        };
        let plane = Grid {
            projection: Projection::Tangent { origin },
            nx: 10,
            ny: 10,
            x0: -5e3,
            y0: -5e3,
            dx: 1e3,
            dy: 1e3,
            wraps: false,
        };
        for grid in [lonlat, plane] {
            let (last_i, last_j) = (grid.nx as f64 - 1.0, grid.ny as f64 - 1.0);
            for (i, j) in [(0.0, 0.0), (3.25, 7.5), (last_i, last_j)] {
                let place = grid.place(i, j);
                let back = grid.position(place);
                assert!((back.0 - i).abs() < 1e-9 && (back.1 - j).abs() < 1e-9, "{back:?}");
                let (sx, sy) = grid.steps_per_metre(i, j);
                // 100 m along each axis, measured on the sphere.
                let (east, north) = (grid.place(i + 100.0 * sx, j), grid.place(i, j + 100.0 * sy));
                assert!((place.distance_m(east) / 100.0 - 1.0).abs() < 2e-3, "{}", place.distance_m(east));
                assert!((place.distance_m(north) / 100.0 - 1.0).abs() < 1e-6);
            }
        }
    }
}
