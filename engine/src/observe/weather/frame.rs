//! The weather at one moment.

use crate::region::Time;

/// Fields over `nx × ny` columns and `nz` heights. Plane fields are indexed `j·nx + i`; volume fields `(j·nx + i)·nz + k`,
/// height fastest, since transport reads columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The moment.
    pub time: Time,
    /// Wind along the first axis of the grid, m s⁻¹.
    pub u: Vec<f32>,
    /// Wind along the second axis of the grid, m s⁻¹.
    pub v: Vec<f32>,
    /// Rate of change of the height above ground of the air, m s⁻¹.
    pub w: Vec<f32>,
    /// Density of the air, kg m⁻³.
    pub density: Vec<f32>,
    /// Temperature, K.
    pub temperature: Vec<f32>,
    /// Relative humidity over water, 0 to 1.
    pub relative_humidity: Vec<f32>,
    /// Depth of the boundary layer, m.
    pub mixing_height: Vec<f32>,
    /// Friction velocity u*, m s⁻¹.
    pub friction_velocity: Vec<f32>,
    /// 1/L, L the Obukhov length, m⁻¹; 0 where neutral, above 0 where stable.
    pub inverse_obukhov: Vec<f32>,
    /// Convective velocity w*, m s⁻¹; 0 where not convective.
    pub convective_velocity: Vec<f32>,
    /// Precipitation, kg m⁻² s⁻¹.
    pub precipitation: Vec<f32>,
    /// Height above ground of the base of precipitating cloud, m; infinite where there is none.
    pub cloud_base: Vec<f32>,
    /// Height above ground of its top, m; 0 where there is none.
    pub cloud_top: Vec<f32>,
    /// Temperature of the air at 2 m, K.
    pub temperature_2m: Vec<f32>,
    /// Pressure at the ground, Pa.
    pub surface_pressure: Vec<f32>,
    /// Roughness length, m.
    pub roughness: Vec<f32>,
}
