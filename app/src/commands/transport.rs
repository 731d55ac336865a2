//! `transport`: who reaches whom.
//!
//! `transport air` follows particles in gridded weather, backward from receptors or forward from releases; `transport river`
//! asks sections of a river network.

mod air;
mod parts;
mod river;
mod tables;

use crate::manners::{Desk, Outcome};

/// What `transport` can do.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Particles in the weather: footprints of receptors (--receptors), or plumes of releases (--release)
    Air(Box<air::Arguments>),
    /// River networks: what sections feel of sources; spills, capacity, risk upstream of intakes
    River(Box<river::Arguments>),
}

/// Does what was asked.
pub fn transport(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Air(arguments) => air::air(arguments, desk),
        What::River(arguments) => river::river(arguments, desk),
    }
}
