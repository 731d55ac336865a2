//! Weather on one grid, whatever file it came from: the one type that transport knows.
//!
//! A [`Weather`] is a row of moments over a horizontal [`Grid`] and a set of heights above ground. Readers bring every format
//! to the same [`Frame`]: winds along the axes of the grid, heights above ground instead of pressure or sigma, and the
//! turbulence of the boundary layer, taken from the file or derived from it (and then said so).

pub mod arl;
pub mod cf;
pub mod cone;
pub mod cropping;
pub mod ellipsoid;
pub mod frame;
pub mod gaps;
pub mod grid;
pub mod isobaric;
pub mod levelling;
pub mod native;
pub mod netcdf;
pub mod open;
pub mod opened;
pub mod station;
pub mod surface_layer;
pub mod thermodynamics;
pub mod transverse_mercator;
pub mod wrf;

pub use cone::Cone;
pub use frame::Frame;
pub use grid::{Grid, Projection};
pub use open::{Contents, open};

use crate::problem::{Error, Result};
use crate::region::Time;

/// One quantity that the files lack and that was worked out from what they have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Derived {
    /// Quantity, as in [`Frame`].
    pub quantity: &'static str,
    /// How, with the source of the method.
    pub method: &'static str,
}

/// A series of moments of weather on one grid. Frames are read when asked for, so that memory holds only the two around
/// the present moment.
pub struct Weather {
    /// The horizontal grid.
    pub grid: Grid,
    /// Heights above ground of the levels, m, ascending.
    pub heights_m: Vec<f32>,
    /// Height of the ground above the sea at each column, m.
    pub terrain_m: Vec<f32>,
    /// The moments, ascending.
    pub times: Vec<Time>,
    /// What the files lacked.
    pub derived: Vec<Derived>,
    /// Where the weather is from, in a sentence.
    pub origin: String,
    frames: Box<dyn Fn(usize) -> Result<Frame> + Send + Sync>,
}

impl Weather {
    /// Weather whose frames are given by a function of the moment's position.
    pub fn new(
        grid: Grid,
        heights_m: Vec<f32>,
        terrain_m: Vec<f32>,
        times: Vec<Time>,
        origin: String,
        frames: Box<dyn Fn(usize) -> Result<Frame> + Send + Sync>,
    ) -> Weather {
        Weather { grid, heights_m, terrain_m, times, derived: Vec::new(), origin, frames }
    }

    /// The frame of a moment, read now.
    pub fn frame(&self, at: usize) -> Result<Frame> {
        if at >= self.times.len() {
            return Err(Error::Stage(format!(
                "the weather has {} moments and number {at} was asked for",
                self.times.len()
            )));
        }
        (self.frames)(at)
    }
}
