//! The nouns of joint control, and the case that brings them together.
//!
//! A region is data: a folder of plain text ([`Case::read`], format in `docs/reference/case.md`). Nothing here computes;
//! the verbs ([`crate::observe`], [`crate::assess`], …) do. All values are SI.

pub mod calendar;
pub mod case;
pub mod event;
pub mod geometry;
pub mod member;
pub mod network;
pub mod pollutant;
mod read_air;
mod read_decisions;
mod read_maps;
mod read_water;
pub mod river;
#[cfg(test)]
pub mod sample;
pub mod settings;
pub mod source;
pub mod table;

pub use calendar::{Period, Time};
pub use case::Case;
pub use geometry::{Area, Grid, Point};
pub use pollutant::{Medium, Pollutant};
pub use settings::{Quality, Settings};
