//! Transport (传输): meteorology and river networks become footprints.
//!
//! Only this folder knows wind and rivers. Everything after it sees a [`Footprint`] and is blind to the medium.

pub mod air;
pub mod chain;
pub mod footprint;
pub mod river;

pub use chain::Chain;
pub use footprint::Footprint;
