//! What comes into the water, and where it is looked at.

use crate::problem::{Error, Result};
use crate::region::calendar::Period;
use crate::region::river::Place;
use crate::transport::river::grid::Grid;

/// A place from which loads come: a pipe, a stretch of bank, a lake's surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Identifier.
    pub id: String,
    /// Cells it enters, with the share of each; they sum to 1.
    pub cells: Vec<(u32, f64)>,
}

impl Site {
    /// A pipe.
    pub fn pipe(grid: &Grid, id: &str, place: Place) -> Site {
        Site { id: id.into(), cells: vec![(grid.cell_at(place) as u32, 1.0)] }
    }

    /// What enters at the head of an element.
    pub fn head(grid: &Grid, id: &str, element: usize) -> Site {
        Site { id: id.into(), cells: vec![(grid.first[element], 1.0)] }
    }

    /// Spread evenly along an element.
    pub fn along(grid: &Grid, id: &str, element: usize) -> Site {
        Site { id: id.into(), cells: grid.spread_along(element) }
    }
}

/// A rate of one species from one site. It may be negative for a deficit (photosynthesis), never for a mass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Position in [`Inputs::sites`].
    pub site: usize,
    /// Position in the species of the kinetics.
    pub species: usize,
    /// When; `None` = always.
    pub period: Option<Period>,
    /// kg s⁻¹.
    pub kg_s: f64,
}

/// Water that comes into an element from outside the network or from the side, with what it carries. All of it that is not
/// named here comes clean.
#[derive(Debug, Clone, PartialEq)]
pub struct Inflow {
    /// Identifier.
    pub id: String,
    /// Position in the elements.
    pub element: usize,
}

/// What an inflow carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Carried {
    /// Position in [`Inputs::inflows`].
    pub inflow: usize,
    /// Position in the species of the kinetics.
    pub species: usize,
    /// When; `None` = always.
    pub period: Option<Period>,
    /// kg m⁻³.
    pub kg_m3: f64,
}

/// Everything that comes in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// Places of loads.
    pub sites: Vec<Site>,
    /// Loads.
    pub loads: Vec<Load>,
    /// Waters.
    pub inflows: Vec<Inflow>,
    /// What they carry.
    pub carried: Vec<Carried>,
    /// Mass at the start, kg, cell by cell and species by species; empty = none.
    pub initial_kg: Vec<f64>,
}

impl Inputs {
    /// Refuses what points nowhere or is not a number.
    pub fn check(&self, grid: &Grid, species: usize) -> Result<()> {
        let fail = |text: String| Err(Error::Stage(text));
        let cells = grid.cells.len();
        for site in &self.sites {
            let sum: f64 = site.cells.iter().map(|(_, s)| s).sum();
            let lost = site.cells.iter().any(|(c, s)| *c as usize >= cells || *s < 0.0 || s.is_nan());
            if lost || (sum - 1.0).abs() > 1e-9 {
                return fail(format!(
                    "source {}: its shares of cells sum to {sum}, or it lies outside the grid",
                    site.id
                ));
            }
        }
        let lost = |position: usize, of: usize, s: usize| position >= of || s >= species;
        if self.loads.iter().any(|l| lost(l.site, self.sites.len(), l.species)) {
            return fail("a load comes from a source or in a species that does not exist".into());
        }
        if self.carried.iter().any(|c| lost(c.inflow, self.inflows.len(), c.species)) {
            return fail("a concentration belongs to an inflow or a species that does not exist".into());
        }
        if let Some(load) = self.loads.iter().find(|l| !l.kg_s.is_finite()) {
            return fail(format!("source {}: a load of {} kg/s is not a number", self.sites[load.site].id, load.kg_s));
        }
        if let Some(c) = self.carried.iter().find(|c| !c.kg_m3.is_finite()) {
            return fail(format!("inflow {}: {} kg/m3 is not a number", self.inflows[c.inflow].id, c.kg_m3));
        }
        if let Some(inflow) = self.inflows.iter().find(|i| i.element >= grid.first.len()) {
            return fail(format!("inflow {} comes into an element that does not exist", inflow.id));
        }
        if !self.initial_kg.is_empty() && self.initial_kg.len() != cells * species {
            return fail(format!(
                "the initial state has {} values, but {cells} cells of {species} species need {}",
                self.initial_kg.len(),
                cells * species
            ));
        }
        if self.initial_kg.iter().any(|m| !m.is_finite()) {
            return fail("the initial state holds a value that is not a number".into());
        }
        Ok(())
    }
}

/// A place and a time over which the concentration is averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Identifier.
    pub id: String,
    /// The cell it looks at.
    pub cell: u32,
    /// Mean over this time.
    pub period: Period,
}

impl Section {
    /// A section at a place.
    pub fn at(grid: &Grid, id: &str, place: Place, period: Period) -> Section {
        Section { id: id.into(), cell: grid.cell_at(place) as u32, period }
    }
}
