//! Plans: shares, stacks, and what arithmetic proves of them.

mod answers;
#[cfg(feature = "clarabel")]
mod cones;
mod fasst;
mod shares;
mod stacks;
mod standards;
