//! Plans: shares, stacks, and what arithmetic proves of them.

mod answers;
#[cfg(feature = "clarabel")]
mod cones;
mod cost_cmdb;
mod fasst;
mod shares;
mod stacks;
mod standards;
