//! The built program from the outside. One binary, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::panic)] // builders of test data stand outside the test functions

mod assess_air;
mod assess_water;
mod assess_year;
mod cli;
mod observe_weather;
mod report;
mod transport_air;
mod water_class;
mod whole_turn;
