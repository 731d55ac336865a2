//! Conformal projections of the sphere onto a cone, from Mercator (cone 0°) over Lambert to polar stereographic (cone 90°).
//!
//! ```text
//! r(φ) = ((1 − sin φ)/(1 + sin φ))^(n/2),  n = sin(cone)         x = A r sin(n Δλ),  y = −A r cos(n Δλ)
//! steps per metre = A n r / (R cos φ)                          n = 0:  x = A Δλ, y = A artanh(sin φ), A/(R cos φ)
//! ```
//! A so that a step is `size_m` at the reference latitude; the sphere's radius R = 6,371.2 km, as files of the ARL mean it.
//! Snyder (1987), USGS Prof. Paper 1395, sections 7, 15, 21. Southern cones have n < 0. `orientation` turns the grid clockwise.

use crate::region::Point;

const RADIUS_M: f64 = 6_371_200.0;

/// A conformal cone laid over a grid, in steps of the grid from its first point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cone {
    /// n, the sine of the cone's angle.
    pub n: f64,
    /// Longitude along which the second axis points to the pole (before orientation), degrees.
    pub meridian: f64,
    /// A, steps.
    pub scale: f64,
    /// Orientation, radians.
    pub turn: f64,
    /// Where the known point stands in turned coordinates minus its index: subtracted.
    pub shift: (f64, f64),
}

impl Cone {
    /// From what an ARL header says: cone angle, reference latitude and longitude, size of a step there (m), orientation (degrees),
    /// and the indices (from 0) of a known place.
    pub fn new(cone: f64, reference: Point, size_m: f64, orientation: f64, known: ((f64, f64), Point)) -> Cone {
        let n = cone.to_radians().sin();
        let mut own =
            Cone { n, meridian: reference.lon, scale: 1.0, turn: orientation.to_radians(), shift: (0.0, 0.0) };
        own.scale = 1.0 / (size_m * own.steps_per_metre(reference.lat));
        let (x, y) = own.position(known.1);
        own.shift = (x - known.0.0, y - known.0.1);
        own
    }

    fn radius(&self, lat: f64) -> f64 {
        let s = lat.to_radians().sin().clamp(-1.0, 1.0);
        ((1.0 - s) / (1.0 + s).max(1e-300)).powf(0.5 * self.n)
    }

    /// Indices of a place.
    pub fn position(&self, place: Point) -> (f64, f64) {
        let east = (place.lon - self.meridian + 540.0).rem_euclid(360.0) - 180.0;
        let (x, y) = if self.n.abs() < 1e-6 {
            (self.scale * east.to_radians(), self.scale * place.lat.to_radians().sin().atanh())
        } else {
            let (r, angle) = (self.scale * self.radius(place.lat), self.n * east.to_radians());
            (r * angle.sin(), -r * angle.cos())
        };
        let (c, s) = (self.turn.cos(), self.turn.sin());
        (c * x - s * y - self.shift.0, s * x + c * y - self.shift.1)
    }

    /// The place at indices.
    pub fn place(&self, i: f64, j: f64) -> Point {
        let (c, s) = (self.turn.cos(), self.turn.sin());
        let (a, b) = (i + self.shift.0, j + self.shift.1);
        let (x, y) = (c * a + s * b, c * b - s * a);
        let (east, lat) = if self.n.abs() < 1e-6 {
            ((x / self.scale).to_degrees(), (y / self.scale).tanh().asin().to_degrees())
        } else {
            let r = (x.hypot(y) / self.scale.abs()).max(1e-300);
            let ratio = r.powf(2.0 / self.n);
            let sign = self.n.signum();
            let angle = (sign * x).atan2(-sign * y);
            ((angle / self.n).to_degrees() * sign.abs(), ((1.0 - ratio) / (1.0 + ratio)).asin().to_degrees())
        };
        Point { lon: (self.meridian + east + 180.0).rem_euclid(360.0) - 180.0, lat }
    }

    /// Steps of the grid per metre at a latitude.
    pub fn steps_per_metre(&self, lat: f64) -> f64 {
        let cos = lat.to_radians().cos();
        if self.n.abs() < 1e-6 {
            return self.scale / (RADIUS_M * cos.max(1e-6));
        }
        // r/cos φ at the pole of a polar cone has the limit ½ (φ → 90° with n = 1).
        let lat = lat.clamp(-89.999_99, 89.999_99);
        self.scale.abs() * self.n.abs() * self.radius(lat) / (RADIUS_M * lat.to_radians().cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_and_place_are_inverse_and_a_step_has_its_size_at_the_reference() {
        let known = ((12.25, 41.75), Point { lon: 0.0, lat: 90.0 });
        let polar = Cone::new(90.0, Point { lon: -105.0, lat: 60.0 }, 182_900.0, 0.0, known);
        let lambert = Cone::new(
            40.0,
            Point { lon: -95.0, lat: 40.0 },
            40_000.0,
            0.0,
            ((10.0, 10.0), Point { lon: -100.0, lat: 35.0 }),
        );
        let mercator = Cone::new(
            0.0,
            Point { lon: 120.0, lat: 20.0 },
            30_000.0,
            0.0,
            ((0.0, 0.0), Point { lon: 110.0, lat: 10.0 }),
        );
        for (cone, lat, size) in [(polar, 60.0, 182_900.0), (lambert, 40.0, 40_000.0), (mercator, 20.0, 30_000.0)] {
            assert!((cone.steps_per_metre(lat) * size - 1.0).abs() < 1e-9);
            for (i, j) in [(3.0, 4.0), (20.5, 9.25), (30.0, 27.0)] {
                let place = cone.place(i, j);
                let back = cone.position(place);
                assert!((back.0 - i).abs() < 1e-8 && (back.1 - j).abs() < 1e-8, "{back:?} {i} {j}");
                // One hundredth of a step, measured on the sphere.
                let near = cone.place(i + 0.01, j);
                let metres = place.distance_m(near) * RADIUS_M / crate::region::geometry::EARTH_RADIUS_M;
                assert!((metres * cone.steps_per_metre(place.lat) / 0.01 - 1.0).abs() < 5e-3, "{metres}");
            }
        }
        assert!((polar.place(12.25, 41.75).lat - 90.0).abs() < 1e-6);
    }
}
