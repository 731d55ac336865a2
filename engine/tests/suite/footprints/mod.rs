//! Footprints of receptors and plumes of releases in weather that moves.

mod laws;
pub mod weather;

use liankong_engine::region::source::{Process, ReactionStep};
use liankong_engine::region::{Grid, Medium};
use liankong_engine::transport::Chain;
use liankong_engine::transport::air::footprints::Carried;
use liankong_engine::transport::air::particles::{Dry, Species, Wet};

/// Cells of half a degree over the weather.
pub const CELLS: Grid = Grid { west: 106.0, south: 22.0, step: 0.5, nx: 48, ny: 40 };

/// SO2 that becomes sulfate (5 % an hour, so that half a day shows it); both fall out and rain out. Measured: what sulfate weighs
/// as its ammonium salt, and a tenth of the SO2, so that both paths count.
pub fn sulfur() -> Carried {
    let step = |process, species: &str, product: &str, rate_per_s, mass_yield| ReactionStep {
        medium: Medium::Air,
        process,
        species: species.into(),
        product: product.into(),
        rate_per_s,
        rate_range: None,
        mass_yield,
    };
    let chain = Chain::new(
        &[
            step(Process::Convert, "SO2", "sulfate", 1.4e-5, 1.5),
            step(Process::Observe, "sulfate", "PM2.5", 0.0, 1.375),
            step(Process::Observe, "SO2", "PM2.5", 0.0, 0.1),
        ],
        Medium::Air,
    );
    let wet = |a| Some(Wet { below_cloud_per_s: a, below_cloud_power: 0.8, henry_m_atm: None });
    let losses = [
        Species { name: "SO2".into(), dry: Dry::Velocity(0.008), wet: wet(2e-5), decay_per_s: 0.0 },
        Species { name: "sulfate".into(), dry: Dry::Velocity(0.002), wet: wet(5e-5), decay_per_s: 1e-6 },
    ];
    Carried::new(chain, &losses)
}
