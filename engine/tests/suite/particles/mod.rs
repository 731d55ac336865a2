//! The particle kernel in weather that is known exactly.

mod laws;
mod validation;
pub mod weather;
