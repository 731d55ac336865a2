//! The particle kernel in weather that is known exactly.

mod laws;
pub mod weather;
