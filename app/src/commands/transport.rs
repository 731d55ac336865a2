//! `transport`: who reaches whom.
//!
//! `transport air` follows particles in gridded weather, backward from receptors or forward from releases; `transport import` takes
//! in matrices that others computed.

mod air;
mod import;
mod parts;
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
    /// Source-receptor matrices of others become a footprint
    Import(import::Arguments),
}

/// Does what was asked.
pub fn transport(arguments: &Arguments, desk: &Desk) -> Outcome {
    match &arguments.what {
        What::Air(arguments) => air::air(arguments, desk),
        What::Import(arguments) => import::import(arguments, desk),
    }
}
