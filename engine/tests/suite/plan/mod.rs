//! Plans: shares, stacks, and what arithmetic proves of them.

mod shares;
mod stacks;
