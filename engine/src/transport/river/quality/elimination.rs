//! Solves y = b + M y where M holds the implicit shares of [`super::operator`]: non-negative, columns summing to at most 1.
//!
//! I − M is an M-matrix, so Gaussian elimination needs no pivoting and makes no fill of the wrong sign (Berman & Plemmons
//! 1994, ch. 6): written with the negatives of the off-diagonal factors, every operation is a product or sum of
//! non-negative numbers, and rounding never makes a negative mass. Cells are taken in the order of what depends on what
//! (strongly connected components, Tarjan 1972): a component of one cell is a line of one sweep; a larger one (a loop, water
//! that turns at a confluence, dispersion across faces) is a block, eliminated upstream first, which on a branch of a tree
//! leaves no fill at all.

use crate::problem::{Error, Result};
use std::collections::BTreeSet;

/// What a cell gets from another: shares of the mass that was there and of the mass that comes there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The other cell.
    pub from: u32,
    /// Share of m⁰.
    pub explicit: f64,
    /// Share of y (in a block: the factor of the elimination).
    pub implicit: f64,
}

/// Rows that belong together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// First row.
    pub start: u32,
    /// After the last row.
    pub end: u32,
    /// Where the rows of a block begin in [`Solution::inverse`]; `None` = each row stands for itself.
    pub block: Option<u32>,
}

/// The order of solution, and the factors.
#[derive(Debug, Clone, Default)]
pub struct Solution {
    /// The cell of each row.
    pub rows: Vec<u32>,
    /// For each row the start of its terms.
    pub starts: Vec<u32>,
    /// Terms, row after row.
    pub terms: Vec<Term>,
    /// Parts, in order.
    pub segments: Vec<Segment>,
    /// 1 / pivot of each row of a block.
    pub inverse: Vec<f64>,
    /// For each row of a block the start of its upper factors.
    pub upper_starts: Vec<u32>,
    /// Cell and factor.
    pub upper: Vec<(u32, f64)>,
    identity: bool,
}

impl Solution {
    /// Arranges the terms of the cells (those of cell i are `starts[i]..starts[i+1]`). Takes the lists where the cells stand
    /// in a good order already.
    pub fn arrange(&mut self, starts: &mut Vec<u32>, terms: &mut Vec<Term>) -> Result<()> {
        let n = starts.len() - 1;
        let in_order = (0..n).all(|i| {
            terms[starts[i] as usize..starts[i + 1] as usize].iter().all(|t| t.implicit == 0.0 || (t.from as usize) < i)
        });
        self.inverse.clear();
        self.upper.clear();
        self.upper_starts.clear();
        self.upper_starts.push(0);
        self.segments.clear();
        if in_order {
            if !self.identity || self.rows.len() != n {
                self.rows.clear();
                self.rows.extend(0..n as u32);
                self.identity = true;
            }
            std::mem::swap(&mut self.starts, starts);
            std::mem::swap(&mut self.terms, terms);
            self.segments.push(Segment { start: 0, end: n as u32, block: None });
            return Ok(());
        }
        self.identity = false;
        self.rows.clear();
        self.starts.clear();
        self.starts.push(0);
        self.terms.clear();
        for component in components(starts, terms) {
            let start = self.rows.len() as u32;
            if let [cell] = component.as_slice() {
                let own = starts[*cell as usize] as usize..starts[*cell as usize + 1] as usize;
                self.rows.push(*cell);
                self.terms.extend_from_slice(&terms[own]);
                self.starts.push(self.terms.len() as u32);
                match self.segments.last_mut().filter(|s| s.block.is_none()) {
                    Some(open) => open.end = start + 1,
                    None => self.segments.push(Segment { start, end: start + 1, block: None }),
                }
            } else {
                let block = Some(self.inverse.len() as u32);
                self.eliminate(&component, starts, terms)?;
                self.segments.push(Segment { start, end: self.rows.len() as u32, block });
            }
        }
        Ok(())
    }

    /// Row-wise elimination of one component, cells in ascending order.
    fn eliminate(&mut self, cells: &[u32], starts: &[u32], terms: &[Term]) -> Result<()> {
        let first = self.inverse.len();
        let place = |cell: u32| cells.binary_search(&cell).ok();
        let mut work = vec![0.0; cells.len()];
        let mut pattern: BTreeSet<usize> = BTreeSet::new();
        for (r, cell) in cells.iter().enumerate() {
            for term in &terms[starts[*cell as usize] as usize..starts[*cell as usize + 1] as usize] {
                match place(term.from).filter(|_| term.implicit > 0.0) {
                    Some(c) => {
                        work[c] += term.implicit;
                        pattern.insert(c);
                        if term.explicit > 0.0 {
                            self.terms.push(Term { implicit: 0.0, ..*term });
                        }
                    }
                    None => self.terms.push(*term),
                }
            }
            let mut pivot = 1.0;
            let mut from = 0;
            while let Some(k) = pattern.range(from..r).next().copied() {
                from = k + 1;
                let factor = work[k] * self.inverse[first + k];
                self.terms.push(Term { from: cells[k], explicit: 0.0, implicit: factor });
                let upper = self.upper_starts[first + k] as usize..self.upper_starts[first + k + 1] as usize;
                for (other, u) in &self.upper[upper] {
                    let Some(c) = place(*other) else { continue };
                    if c == r {
                        pivot -= factor * u;
                    } else {
                        work[c] += factor * u;
                        pattern.insert(c);
                    }
                }
            }
            if pivot <= 1e-13 {
                return Err(Error::Stage(format!(
                    "water circles through {} cells without volume or with an exchange far beyond their volume, so nothing ever settles; shorten the step or give the gates of the circle a volume",
                    cells.len()
                )));
            }
            self.inverse.push(1.0 / pivot);
            self.upper.extend(pattern.range(r + 1..).map(|c| (cells[*c], work[*c])));
            self.upper_starts.push(self.upper.len() as u32);
            self.rows.push(*cell);
            self.starts.push(self.terms.len() as u32);
            pattern.iter().for_each(|c| work[*c] = 0.0);
            pattern.clear();
        }
        Ok(())
    }

    /// The terms of a row.
    pub fn terms_of(&self, row: usize) -> &[Term] {
        &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// The upper factors of a row of a block, by its place in [`Solution::inverse`].
    pub fn upper_of(&self, place: usize) -> &[(u32, f64)] {
        &self.upper[self.upper_starts[place] as usize..self.upper_starts[place + 1] as usize]
    }
}

/// Strongly connected components of "needs", each in ascending order, each after all that it needs (Tarjan 1972, without
/// recursion).
fn components(starts: &[u32], terms: &[Term]) -> Vec<Vec<u32>> {
    const NEW: u32 = u32::MAX;
    let n = starts.len() - 1;
    let (mut index, mut low, mut open) = (vec![NEW; n], vec![0_u32; n], vec![false; n]);
    let (mut stack, mut found, mut count) = (Vec::new(), Vec::new(), 0_u32);
    let mut walk: Vec<(usize, usize)> = Vec::new();
    for root in 0..n {
        if index[root] != NEW {
            continue;
        }
        walk.push((root, starts[root] as usize));
        while let Some((v, at)) = walk.pop() {
            if at == starts[v] as usize {
                index[v] = count;
                low[v] = count;
                count += 1;
                stack.push(v as u32);
                open[v] = true;
            } else {
                // Back from the cell that the last term leads to.
                let w = terms[at - 1].from as usize;
                if open[w] && terms[at - 1].implicit > 0.0 {
                    low[v] = low[v].min(low[w]);
                }
            }
            let next = (at..starts[v + 1] as usize).find(|t| {
                let w = terms[*t].from as usize;
                if terms[*t].implicit > 0.0 && open[w] {
                    low[v] = low[v].min(index[w]);
                }
                terms[*t].implicit > 0.0 && index[w] == NEW
            });
            if let Some(t) = next {
                walk.push((v, t + 1));
                walk.push((terms[t].from as usize, starts[terms[t].from as usize] as usize));
                continue;
            }
            if low[v] == index[v] {
                let mut component = Vec::new();
                while let Some(w) = stack.pop() {
                    open[w as usize] = false;
                    component.push(w);
                    if w as usize == v {
                        break;
                    }
                }
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}
