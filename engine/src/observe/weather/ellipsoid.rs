//! The figure of the Earth that a map was drawn from: a sphere, or an ellipsoid of revolution.
//!
//! Maps that keep angles see latitude only through the isometric latitude ψ (Snyder 1987, USGS PP 1395, eq. 3-7),
//!
//! ```text
//! ψ = artanh(sin φ) − e artanh(e sin φ),        sin χ = tanh ψ
//! ```
//!
//! so that a map of the ellipsoid is the map of a sphere on which the conformal latitude χ stands for φ.

/// A sphere where the eccentricity is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipsoid {
    /// Half the axis in the plane of the equator, m.
    pub radius_m: f64,
    /// e = √(f(2 − f)).
    pub eccentricity: f64,
}

impl Ellipsoid {
    /// A sphere.
    pub const fn sphere(radius_m: f64) -> Ellipsoid {
        Ellipsoid { radius_m, eccentricity: 0.0 }
    }

    /// From 1/f, 0 for a sphere.
    pub fn flattened(radius_m: f64, inverse_flattening: f64) -> Ellipsoid {
        let f = if inverse_flattening > 1.0 { 1.0 / inverse_flattening } else { 0.0 };
        Ellipsoid { radius_m, eccentricity: (f * (2.0 - f)).sqrt() }
    }

    /// WGS 84.
    pub fn wgs84() -> Ellipsoid {
        Ellipsoid::flattened(6_378_137.0, 298.257_223_563)
    }

    /// Third flattening n = f / (2 − f).
    pub fn third_flattening(&self) -> f64 {
        let f = 1.0 - (1.0 - self.eccentricity * self.eccentricity).sqrt();
        f / (2.0 - f)
    }

    /// Conformal latitude χ of a latitude, degrees.
    pub fn conformal(&self, lat: f64) -> f64 {
        if self.eccentricity == 0.0 || lat.abs() >= 90.0 {
            return lat;
        }
        let (sin, e) = (lat.to_radians().sin(), self.eccentricity);
        (sin.atanh() - e * (e * sin).atanh()).tanh().asin().to_degrees()
    }

    /// The latitude of a conformal latitude, degrees, by iteration of eq. 7-9 (it gains three digits a turn).
    pub fn geographic(&self, conformal: f64) -> f64 {
        if self.eccentricity == 0.0 || conformal.abs() >= 90.0 {
            return conformal;
        }
        let (e, psi) = (self.eccentricity, conformal.to_radians().sin().atanh());
        let mut sin = conformal.to_radians().sin();
        for _ in 0..8 {
            sin = (psi + e * (e * sin).atanh()).tanh();
        }
        sin.asin().to_degrees()
    }

    /// Radius of the parallel at a latitude, over the radius at the equator (Snyder eq. 14-15).
    pub fn parallel(&self, lat: f64) -> f64 {
        let (sin, cos) = lat.to_radians().sin_cos();
        cos / (1.0 - (self.eccentricity * sin).powi(2)).sqrt()
    }
}
