//! The transverse Mercator map, of which UTM is a case: a cylinder that touches a meridian.
//!
//! Krüger's series in the third flattening n, to n⁴ (Karney 2011, Journal of Geodesy 85, 475, eqs. 7–14, 35, 36): with ζ' = ξ' + iη' the
//! transverse map of the sphere of conformal latitudes,
//!
//! ```text
//! ζ = ζ' + Σ α_j sin 2jζ'        ζ' = ζ − Σ β_j sin 2jζ        x = k₀ A η,  y = k₀ A ξ
//! ```
//!
//! Below a millimetre within 30° of the meridian; fails 90° away from it on the equator.

use super::ellipsoid::Ellipsoid;
use crate::region::Point;

/// A meridian, the scale along it, and the Earth's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransverseMercator {
    /// Meridian of the map's second axis, degrees.
    pub meridian: f64,
    /// Scale along it, k₀.
    pub scale: f64,
    /// The figure of the Earth.
    pub earth: Ellipsoid,
}

impl TransverseMercator {
    /// k₀ A, m, and both rows of coefficients.
    fn series(&self) -> (f64, [f64; 4], [f64; 4]) {
        let n = self.earth.third_flattening();
        let (n2, n3, n4) = (n * n, n.powi(3), n.powi(4));
        let rectifying = self.earth.radius_m / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0);
        let alpha = [
            n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4,
            13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4,
            61.0 / 240.0 * n3 - 103.0 / 140.0 * n4,
            49561.0 / 161_280.0 * n4,
        ];
        let beta = [
            n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - 1.0 / 360.0 * n4,
            n2 / 48.0 + n3 / 15.0 - 437.0 / 1440.0 * n4,
            17.0 / 480.0 * n3 - 37.0 / 840.0 * n4,
            4397.0 / 161_280.0 * n4,
        ];
        (self.scale * rectifying, alpha, beta)
    }

    /// Metres on the map, y from the equator.
    pub fn plane(&self, place: Point) -> (f64, f64) {
        let (metres, alpha, _) = self.series();
        let turns = place.lon - self.meridian;
        let delta = (turns - 360.0 * (turns / 360.0).round()).to_radians();
        let tangent = self.earth.conformal(place.lat).to_radians().tan();
        let (xi, eta) = (tangent.atan2(delta.cos()), (delta.sin() / tangent.hypot(delta.cos())).asinh());
        let (x, y) = bent(xi, eta, &alpha, 1.0);
        (metres * y, metres * x)
    }

    /// The place at metres on the map.
    pub fn place(&self, x: f64, y: f64) -> Point {
        let (metres, _, beta) = self.series();
        let (xi, eta) = bent(y / metres, x / metres, &beta, -1.0);
        let conformal = (xi.sin() / eta.cosh()).clamp(-1.0, 1.0).asin().to_degrees();
        let lon = self.meridian + eta.sinh().atan2(xi.cos()).to_degrees();
        Point { lon: (lon + 180.0).rem_euclid(360.0) - 180.0, lat: self.earth.geographic(conformal) }
    }

    /// Scale of the map at a place (Snyder 1987, eq. 8-4, of the sphere).
    pub fn scale_at(&self, place: Point) -> f64 {
        let across = place.lat.to_radians().cos() * (place.lon - self.meridian).to_radians().sin();
        self.scale / (1.0 - across * across).max(1e-6).sqrt()
    }
}

/// ζ ± Σ c_j sin 2jζ, real and imaginary part.
fn bent(xi: f64, eta: f64, coefficients: &[f64; 4], sign: f64) -> (f64, f64) {
    coefficients.iter().zip([2.0, 4.0, 6.0, 8.0]).fold((xi, eta), |(a, b), (c, k)| {
        (a + sign * c * (k * xi).sin() * (k * eta).cosh(), b + sign * c * (k * xi).cos() * (k * eta).sinh())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utm_is_where_proj_puts_it() {
        let utm32 = TransverseMercator { meridian: 9.0, scale: 0.9996, earth: Ellipsoid::wgs84() };
        // pyproj 3.7 (PROJ), EPSG:32632: 500 km of false easting taken off.
        for (lon, lat, x, y) in UTM32 {
            let (east, north) = utm32.plane(Point { lon, lat });
            assert!((east - x).abs() < 1e-3 && (north - y).abs() < 1e-3, "{east} {north}, not {x} {y}");
            let back = utm32.place(east, north);
            assert!((back.lon - lon).abs() < 1e-9 && (back.lat - lat).abs() < 1e-9, "{back:?}");
        }
    }

    const UTM32: [(f64, f64, f64, f64); 4] = [
        (9.0, 45.0, 0.0000, 4982950.4002),
        (12.5, 47.25, 264833.0161, 5238889.7175),
        (3.0, -33.5, -557712.8193, -3722872.4010),
        (15.0, 60.0, 334359.6679, 6666593.5721),
    ];
}
