//! The air by every rule the field uses.
pub mod curve;
pub mod european;
pub mod kernel;
pub mod limits;
pub mod own;
pub mod us_aqi;
