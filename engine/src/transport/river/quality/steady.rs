//! The state that steady loads lead to, and what every section feels of everything, from one sparse factorisation.
//!
//! ```text
//! O_i c_i − Σ_j g_ji c_j − V_i A_i c_i = S_i            M c = S,      λ = M⁻ᵀ w    is what a section feels of 1 kg s⁻¹
//! ```
//! `c` kg m⁻³, `O` all that flows out of a cell, `g` gross flows between cells (with exchange), `A` the chain, `S` kg s⁻¹. Cells
//! and species are solved together, so conversions need no splitting. Upwind disperses by ½ u Δx; what the physical
//! dispersion has beyond that is exchange. The factorisation is faer's sparse LU.

use super::operator::Operator;
use super::reactions::surroundings;
use super::{Inputs, Quality};
use crate::problem::{Error, Result};
use crate::transport::river::grid::Grid;
use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::Lu;
use faer::sparse::{SparseColMat, Triplet};

/// The factorised steady operator.
pub struct Steady<'a> {
    quality: &'a Quality<'a>,
    operator: Operator,
    lu: Lu<usize, f64>,
    species: usize,
    /// Cells in which water neither flows nor is anything lost, by species: a load there would grow for ever.
    stagnant: Vec<bool>,
}

/// Concentrations at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct SteadyState {
    /// kg m⁻³, cell by cell and species by species.
    pub kg_m3: Vec<f64>,
    /// |loads + made − lost − left| over the sizes of what came, by species.
    pub mass_error: Vec<f64>,
}

/// Right-hand sides solved at a time: bounds the memory.
const TOGETHER: usize = 16;

impl Quality<'_> {
    /// Factorises the steady state of a steady flow.
    pub fn steady(&self) -> Result<Steady<'_>> {
        self.check()?;
        if !self.flow.is_steady() {
            return Err(Error::Stage("a steady state needs a steady flow; take the mean of this one".into()));
        }
        let n = self.kinetics.species.len();
        let cells = self.grid.cells.len();
        let mut operator = Operator::default();
        operator.assemble_steady(self.grid, self.conditions(0, (0.0, 0.0), f64::INFINITY));
        let mut diagonal: Vec<f64> = operator.outflow().iter().flat_map(|out| std::iter::repeat_n(*out, n)).collect();
        let mut triplets: Vec<Triplet<usize, usize, f64>> = Vec::new();
        let mut terms = Vec::new();
        for (i, cell) in self.grid.cells.iter().enumerate() {
            if i == 0 || self.grid.cells[i - 1].element != cell.element {
                terms = self.kinetics.terms(surroundings(self.flow, &self.temperature, 0, cell.element as usize));
            }
            let volume = self.flow.frame(0).volume_start_m3[cell.element as usize] * cell.share;
            for (to, from, k) in &terms {
                if to == from {
                    diagonal[i * n + to] -= volume * k;
                } else if volume * k != 0.0 {
                    triplets.push(Triplet::new(i * n + to, i * n + from, -volume * k));
                }
            }
        }
        for (from, to, q) in operator.flows(self.grid) {
            triplets.extend((0..n).map(|s| Triplet::new(to as usize * n + s, from as usize * n + s, -q)));
        }
        let stagnant: Vec<bool> = diagonal.iter().map(|d| *d <= 0.0).collect();
        triplets.extend(diagonal.iter().enumerate().map(|(i, d)| Triplet::new(i, i, if *d > 0.0 { *d } else { 1.0 })));
        let size = cells * n;
        let refuse = |what: String| {
            Error::Stage(format!(
                "the river has no steady state ({what}): water circles without a way out, or the chain makes more than it loses"
            ))
        };
        let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(size, size, &triplets)
            .map_err(|e| refuse(format!("{e:?}")))?;
        let lu = matrix.sp_lu().map_err(|e| refuse(format!("{e:?}")))?;
        Ok(Steady { quality: self, operator, lu, species: n, stagnant })
    }
}

impl Steady<'_> {
    /// The grid it was made on.
    pub fn grid(&self) -> &Grid {
        self.quality.grid
    }

    /// Concentrations under the loads (each taken as if it lasted for ever) and inflows.
    pub fn solve(&self, inputs: &Inputs) -> Result<SteadyState> {
        inputs.check(self.quality.grid, self.species)?;
        let n = self.species;
        let mut supply = vec![0.0; self.quality.grid.cells.len() * n];
        for load in &inputs.loads {
            for (cell, share) in &inputs.sites[load.site].cells {
                supply[*cell as usize * n + load.species] += load.kg_s * share;
            }
        }
        for carried in &inputs.carried {
            let cells = self.quality.grid.cells_of(inputs.inflows[carried.inflow].element);
            for entering in self.operator.entering_in(&cells) {
                supply[entering.cell as usize * n + carried.species] += carried.kg_m3 * entering.discharge_m3_s;
            }
        }
        if let Some(at) = (0..supply.len()).find(|i| self.stagnant[*i] && supply[*i] != 0.0) {
            let element = self.quality.grid.cells[at / n].element;
            return Err(Error::Stage(format!(
                "a load of {} enters element number {element}, where no water flows and nothing is lost: it would grow for ever",
                self.quality.kinetics.species[at % n]
            )));
        }
        let right = faer::Mat::from_fn(supply.len(), 1, |i, _| supply[i]);
        let found = self.lu.solve(&right);
        let kg_m3: Vec<f64> = (0..supply.len()).map(|i| found[(i, 0)]).collect();
        if kg_m3.iter().any(|c| !c.is_finite()) {
            return Err(Error::Stage(
                "the river has no steady state: water circles without a way out, or the chain makes more than it loses"
                    .into(),
            ));
        }
        let mass_error = self.books(&supply, &kg_m3);
        Ok(SteadyState { kg_m3, mass_error })
    }

    fn books(&self, supply: &[f64], c: &[f64]) -> Vec<f64> {
        let (n, quality) = (self.species, self.quality);
        let (mut came, mut size) = (vec![0.0; n], vec![0.0_f64; n]);
        for (i, s) in supply.iter().enumerate() {
            came[i % n] += s;
            size[i % n] += s.abs();
        }
        for exit in &self.operator.exits {
            (0..n).for_each(|s| came[s] -= exit.discharge_m3_s * c[exit.cell as usize * n + s]);
        }
        for (i, cell) in quality.grid.cells.iter().enumerate() {
            let element = cell.element as usize;
            let volume = quality.flow.frame(0).volume_start_m3[element] * cell.share;
            for (to, from, k) in quality.kinetics.terms(surroundings(quality.flow, &quality.temperature, 0, element)) {
                let made = k * volume * c[i * n + from];
                came[to] += made;
                size[to] += made.max(0.0);
            }
        }
        came.iter().zip(size).map(|(came, size)| if size > 0.0 { came.abs() / size } else { 0.0 }).collect()
    }

    /// What a weighted concentration at each of some cells feels of a steady 1 kg s⁻¹ of every species into every cell,
    /// s m⁻³: `visit(row, values)` is called once for each, with values cell by cell and species by species.
    pub fn felt(&self, rows: &[(u32, Vec<f64>)], mut visit: impl FnMut(usize, &[f64])) {
        let (n, size) = (self.species, self.quality.grid.cells.len() * self.species);
        for (batch, asked) in rows.chunks(TOGETHER).enumerate() {
            let mut right = faer::Mat::<f64>::zeros(size, asked.len());
            for (column, (cell, weights)) in asked.iter().enumerate() {
                weights.iter().enumerate().for_each(|(s, w)| right[(*cell as usize * n + s, column)] = *w);
            }
            let found = self.lu.solve_transpose(&right);
            for column in 0..asked.len() {
                let values: Vec<f64> =
                    (0..size).map(|i| if self.stagnant[i] { 0.0 } else { found[(i, column)] }).collect();
                visit(batch * TOGETHER + column, &values);
            }
        }
    }

    /// Ways in, for the share of a section's water that came by each inflow.
    pub fn entering(&self) -> &[super::operator::Entering] {
        &self.operator.entering
    }
}
