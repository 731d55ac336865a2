//! The weather of one moment as its file has it, before it is brought to heights above ground.

use super::Derived;
use super::grid::Grid;
use crate::problem::Result;
use crate::region::Time;

/// One quantity on a level or at the ground, indexed `j·nx + i`; NaN where the file has nothing.
pub type Plane = Vec<f32>;

/// How the file gives vertical motion.
#[derive(Debug, Clone)]
pub enum Vertical {
    /// Rate of change of pressure following the air, Pa s⁻¹, a plane a level.
    Pressure(Vec<Plane>),
    /// Rate of change of height above the sea, m s⁻¹, a plane a level.
    Height(Vec<Plane>),
}

/// Fields on the levels of the file, lowest level first, and at the ground.
#[derive(Debug, Clone)]
pub struct Native {
    /// The moment.
    pub time: Time,
    /// Pressure, Pa.
    pub pressure: Vec<Plane>,
    /// Temperature, K.
    pub temperature: Vec<Plane>,
    /// Specific humidity, kg kg⁻¹.
    pub humidity: Vec<Plane>,
    /// Wind along the first axis of the grid, m s⁻¹.
    pub u: Vec<Plane>,
    /// Wind along the second axis, m s⁻¹.
    pub v: Vec<Plane>,
    /// Vertical motion; `None` where the file has none.
    pub vertical: Option<Vertical>,
    /// Height above the sea, m; `None` where it follows from the hypsometric equation alone.
    pub height: Option<Vec<Plane>>,
    /// At the ground.
    pub surface: Surface,
}

/// Fields at the ground; `None` where the file lacks them.
#[derive(Debug, Clone, Default)]
pub struct Surface {
    /// Pressure, Pa.
    pub pressure: Option<Plane>,
    /// Temperature at 2 m, K.
    pub temperature_2m: Option<Plane>,
    /// Wind at 10 m along the first axis, m s⁻¹.
    pub u_10m: Option<Plane>,
    /// Wind at 10 m along the second axis, m s⁻¹.
    pub v_10m: Option<Plane>,
    /// Friction velocity, m s⁻¹.
    pub friction_velocity: Option<Plane>,
    /// Momentum flux (stress), N m⁻².
    pub stress: Option<Plane>,
    /// Exchange coefficient of momentum, kg m⁻² s⁻¹: stress divided by the wind of the lowest level.
    pub exchange: Option<Plane>,
    /// Sensible heat flux, W m⁻², upward positive.
    pub heat_flux: Option<Plane>,
    /// Depth of the boundary layer, m.
    pub mixing_height: Option<Plane>,
    /// Roughness length, m.
    pub roughness: Option<Plane>,
    /// Precipitation, kg m⁻² s⁻¹.
    pub precipitation: Option<Plane>,
}

/// Files of one format that together hold a series of moments.
pub trait Source: Send + Sync {
    /// The horizontal grid.
    fn grid(&self) -> &Grid;
    /// The moments, ascending.
    fn times(&self) -> &[Time];
    /// Height of the ground above the sea, m; `None` where the files do not say.
    fn terrain(&self) -> Result<Option<Plane>>;
    /// The fields of a moment.
    fn native(&self, at: usize) -> Result<Native>;
    /// Names of the variables.
    fn variables(&self) -> Vec<String>;
    /// Levels above the ground in the files.
    fn levels(&self) -> usize;
    /// Name of the format.
    fn format(&self) -> &'static str;
    /// Where the weather is from, in a sentence.
    fn origin(&self) -> String;
    /// What the reader itself works out or takes for granted, beyond what a missing field shows.
    fn notes(&self) -> Vec<Derived> {
        Vec::new()
    }
}
