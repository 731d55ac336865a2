//! Plans: shares, stacks, and what arithmetic proves of them.

mod answers;
mod fasst;
mod shares;
mod stacks;
