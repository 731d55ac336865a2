//! Conformal cones on the sphere: polar stereographic, Lambert conformal and Mercator in one formula.
//!
//! With the isometric latitude ψ = artanh(sin φ), the constant of the cone n = sin φ₀ (φ₀ where the cone touches: ±90° polar
//! stereographic, 0 Mercator) and Δλ the longitude from the reference meridian,
//!
//! ```text
//! x = A R e^(−nψ) sin(nΔλ) / n        y = A R (1 − e^(−nψ) cos(nΔλ)) / n        k = A e^(−nψ) / cos φ
//! ```
//!
//! with n → 0: x = A R Δλ, y = A R ψ. A makes the scale k equal 1 at a chosen latitude (Taylor 1997, CMAPF: Conformal Map
//! Projections for Fortran, NOAA ARL; Snyder 1987, USGS PP 1395, ch. 7, 15, 21). The map is then turned so that its second
//! axis makes a given angle with north. On an ellipsoid the conformal latitude stands for φ ([`super::ellipsoid`]). Fails at the pole
//! opposite to the cone, which lies infinitely far away.

use super::ellipsoid::Ellipsoid;
use crate::region::Point;

/// A cone and how the map is laid on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cone {
    /// n = sin φ₀.
    pub n: f64,
    /// Meridian that runs along the second axis, degrees.
    pub meridian: f64,
    /// A.
    pub factor: f64,
    /// Turn of the map, counter-clockwise, degrees.
    pub turn: f64,
    /// The figure of the Earth.
    pub earth: Ellipsoid,
}

impl Cone {
    /// A cone on the sphere that touches at latitude `tangent`, whose scale is 1 at `true_at`; degrees.
    pub fn new(tangent: f64, meridian: f64, true_at: f64, turn: f64, radius_m: f64) -> Cone {
        // The sine of 90° is exact; of a stored 89.99° it should be the pole's too, or the pole is a point of no return.
        let n = if tangent.abs() > 89.99 { tangent.signum() } else { tangent.to_radians().sin() };
        Cone { n, meridian, factor: 1.0, turn, earth: Ellipsoid::sphere(radius_m) }.scaled(true_at, 1.0)
    }

    /// A polar stereographic (±90) or Mercator (0) map of any figure of the Earth, whose scale at a latitude is known.
    pub fn upright(tangent: f64, meridian: f64, (at, scale): (f64, f64), earth: Ellipsoid) -> Cone {
        let n = if tangent == 0.0 { 0.0 } else { tangent.signum() };
        Cone { n, meridian, factor: 1.0, turn: 0.0, earth }.scaled(at, scale)
    }

    /// The cone with the factor that gives a scale at a latitude.
    fn scaled(mut self, at: f64, scale: f64) -> Cone {
        self.factor = scale / self.scale(at);
        self
    }

    /// A cone that cuts the Earth at two latitudes (Snyder 1987, eqs. 15-3, 15-8), or touches where they are equal.
    pub fn secant(first: f64, second: f64, meridian: f64, earth: Ellipsoid) -> Cone {
        let psi = |lat: f64| earth.conformal(lat).to_radians().sin().atanh();
        let n = if (first - second).abs() < 1e-6 {
            first.to_radians().sin()
        } else {
            (earth.parallel(first) / earth.parallel(second)).ln() / (psi(second) - psi(first))
        };
        Cone { n: n.clamp(-1.0, 1.0), meridian, factor: 1.0, turn: 0.0, earth }.scaled(first, 1.0)
    }

    /// Scale of the map at a latitude: metres on the map for a metre on the Earth.
    pub fn scale(&self, lat: f64) -> f64 {
        if self.earth.eccentricity == 0.0 {
            return self.sphere_scale(lat);
        }
        let lat = lat.clamp(-89.999, 89.999);
        let conformal = self.earth.conformal(lat);
        self.sphere_scale(conformal) * conformal.to_radians().cos() / self.earth.parallel(lat)
    }

    /// The same on the sphere of conformal latitudes.
    fn sphere_scale(&self, lat: f64) -> f64 {
        // e^(−nψ) = (cos φ / (1 + sin φ))^n; written for |n|, so that the pole of the cone is no 0/0.
        let phi = lat.clamp(-90.0, 90.0).to_radians() * if self.n < 0.0 { -1.0 } else { 1.0 };
        let n = self.n.abs();
        self.factor * phi.cos().max(1e-9).powf(n - 1.0) / (1.0 + phi.sin()).max(1e-12).powf(n)
    }

    /// Metres on the map.
    pub fn plane(&self, place: Point) -> (f64, f64) {
        let lat = self.earth.conformal(place.lat);
        let turns = place.lon - self.meridian;
        let delta = (turns - 360.0 * (turns / 360.0).round()).to_radians();
        let (x, y) = if self.n.abs() < 1e-9 {
            (delta, lat.to_radians().sin().clamp(-1.0 + 1e-15, 1.0 - 1e-15).atanh())
        } else {
            // e^(−nψ) = tan(π/4 ∓ φ/2)^|n|, which is exact at the pole of the cone.
            let half = 0.5 * lat.to_radians() * self.n.signum();
            let r = (std::f64::consts::FRAC_PI_4 - half).tan().max(0.0).powf(self.n.abs());
            let angle = self.n * delta;
            (r * angle.sin() / self.n, (1.0 - r * angle.cos()) / self.n)
        };
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let metres = self.factor * self.earth.radius_m;
        (metres * (x * cos - y * sin), metres * (y * cos + x * sin))
    }

    /// The place at metres on the map.
    pub fn place(&self, x: f64, y: f64) -> Point {
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let metres = self.factor * self.earth.radius_m;
        let (x, y) = ((x * cos + y * sin) / metres, (y * cos - x * sin) / metres);
        let (psi, delta) = if self.n.abs() < 1e-9 {
            (y, x)
        } else {
            // r sin θ = n x and r cos θ = 1 − n y, θ = nΔλ.
            let (a, b) = (self.n * x, 1.0 - self.n * y);
            (-a.hypot(b).max(1e-300).ln() / self.n, a.atan2(b) / self.n)
        };
        let lon = self.meridian + delta.to_degrees();
        Point {
            lon: (lon + 180.0).rem_euclid(360.0) - 180.0,
            lat: self.earth.geographic(psi.tanh().asin().to_degrees()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_undoes_plane_and_the_scale_is_that_of_small_steps() {
        for cone in [
            Cone::new(90.0, -105.0, 60.0, 0.0, 6_371_200.0),
            Cone::new(-90.0, 20.0, -60.0, 0.0, 6_371_200.0),
            Cone::new(45.0, 110.0, 30.0, 0.0, 6_371_200.0),
            Cone::new(-30.0, 110.0, -20.0, 15.0, 6_371_200.0),
            Cone::new(0.0, 120.0, 20.0, 0.0, 6_371_200.0),
            Cone::secant(30.0, 60.0, 114.0, Ellipsoid::sphere(6_370_000.0)),
        ] {
            for (lon, lat) in [(121.0, 31.0), (100.0, 45.0), (130.0, -35.0), (110.0, -5.0)] {
                let place = Point { lon, lat };
                let (x, y) = cone.plane(place);
                let back = cone.place(x, y);
                assert!((back.lon - lon).abs() < 1e-8 && (back.lat - lat).abs() < 1e-8, "{cone:?} {back:?}");
                let (east, north) =
                    (cone.plane(Point { lon: lon + 1e-4, lat }), cone.plane(Point { lon, lat: lat + 1e-4 }));
                let metre = 1e-4_f64.to_radians() * cone.earth.radius_m;
                let scale = cone.scale(lat);
                // Conformal: the same scale along the meridian and the parallel.
                assert!(((north.0 - x).hypot(north.1 - y) / metre / scale - 1.0).abs() < 1e-4);
                let along = metre * lat.to_radians().cos();
                assert!(((east.0 - x).hypot(east.1 - y) / along / scale - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn a_secant_cone_is_true_at_both_latitudes() {
        let cone = Cone::secant(30.0, 60.0, 114.0, Ellipsoid::sphere(6_370_000.0));
        assert!((cone.scale(30.0) - 1.0).abs() < 1e-9 && (cone.scale(60.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_polar_map_has_its_pole_in_the_middle_and_true_scale_where_told() {
        // k(φ) = (1 + sin 60°) / (1 + sin φ)
        let cone = Cone::new(90.0, -105.0, 60.0, 0.0, 6_371_200.0);
        assert!((cone.scale(60.0) - 1.0).abs() < 1e-12);
        assert!((cone.scale(90.0) - (1.0 + 60.0_f64.to_radians().sin()) / 2.0).abs() < 1e-9);
        let (pole, south) = (cone.plane(Point { lon: 0.0, lat: 90.0 }), cone.plane(Point { lon: -105.0, lat: 50.0 }));
        assert!((pole.0 - south.0).abs() < 1.0 && south.1 < pole.1);
    }

    #[test]
    fn cones_on_the_ellipsoid_lie_where_proj_puts_them() {
        // pyproj 3.7 (PROJ) with +ellps=WGS84; what it counts from another latitude or from the pole is taken off.
        let earth = Ellipsoid::wgs84();
        let lambert = Cone::secant(30.0, 60.0, 110.0, earth);
        let polar = Cone::upright(90.0, -45.0, (70.0, 1.0), earth);
        let mercator = Cone::upright(0.0, 120.0, (20.0, 1.0), earth);
        let place = Point { lon: 121.0, lat: 31.25 };
        for (cone, from, x, y) in [
            (lambert, Some(Point { lon: 110.0, lat: 35.0 }), 1_039_081.987_8, -339_408.441_0),
            (polar, Some(Point { lon: -45.0, lat: 90.0 }), 1_684_959.707_3, 6_758_004.267_6),
            (mercator, None, 104_647.086_3, 3_424_731.081_9),
        ] {
            let zero = from.map_or((0.0, 0.0), |p| cone.plane(p));
            let (east, north) = cone.plane(place);
            assert!((east - zero.0 - x).abs() < 1e-3 && (north - zero.1 - y).abs() < 1e-3, "{cone:?}: {east} {north}");
            let back = cone.place(east, north);
            assert!((back.lon - place.lon).abs() < 1e-9 && (back.lat - place.lat).abs() < 1e-9, "{back:?}");
        }
    }
}
