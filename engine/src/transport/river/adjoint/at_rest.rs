//! The footprint of a steady state, from one factorisation for all sections.

use super::super::quality::{Inputs, Section, Steady};
use super::{Column, empty, rows};
use crate::problem::Result;
use crate::region::Quality as Standing;
use crate::region::calendar::Period;
use crate::transport::footprint::{BaseTerm, Footprint};

/// What each section feels of steady sources: entries in s m⁻³ in one bin, the period that the steady state stands for; base
/// terms `inflow:<id>:<species>`, what the section keeps of the concentration of an inflow.
pub fn footprint_at_rest(
    steady: &Steady<'_>,
    period: Period,
    inputs: &Inputs,
    sections: &[Section],
    standing: Standing,
) -> Result<Footprint> {
    let (grid, kinetics) = (steady.grid(), steady.kinetics());
    let n = kinetics.species.len();
    inputs.check(grid, n)?;
    let origin = format!(
        "Liankong {}: transpose of the steady state of finite volumes with first-order reactions, {} cells",
        env!("CARGO_PKG_VERSION"),
        grid.cells.len()
    );
    let mut footprint = empty(kinetics, inputs, &[period], standing, origin);
    let (rows, asked) = rows(kinetics, sections);
    let asked: Vec<(u32, Vec<f64>)> = asked.into_iter().map(|a| (a.section.cell, a.weights)).collect();
    steady.felt(&asked, |at, felt| {
        let felt = |cell: u32, species: usize| felt[cell as usize * n + species];
        let mut entries = Vec::new();
        for (site, place) in inputs.sites.iter().enumerate() {
            for species in 0..n {
                let value: f64 = place.cells.iter().map(|(cell, share)| share * felt(*cell, species)).sum();
                if value != 0.0 {
                    let column = Column { site: site as u32, species: species as u16, bin: 0 };
                    entries.push((column, value, Vec::new()));
                }
            }
        }
        let mut base = Vec::new();
        for inflow in &inputs.inflows {
            let cells = grid.cells_of(inflow.element);
            for (s, species) in kinetics.species.iter().enumerate() {
                let entering = steady.entering().iter().filter(|e| cells.contains(&(e.cell as usize)));
                let weight: f64 = entering.map(|e| e.discharge_m3_s * felt(e.cell, s)).sum();
                base.push(BaseTerm { name: format!("inflow:{}:{species}", inflow.id), weight });
            }
        }
        base.retain(|b| b.weight != 0.0);
        footprint.push_row(rows[at].clone(), base, entries);
    });
    Ok(footprint)
}
