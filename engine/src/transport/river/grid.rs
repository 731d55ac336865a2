//! The network cut into finite volumes: cells of reaches, stirred lakes (or layers in series), gates without volume.
//!
//! Cells are numbered element by element, upstream first by the nominal direction of the links, so that one sweep through
//! the memory is one pass down the river. A cut (a section, an outfall) can be asked for as a border between two cells.
//! A face joins two cells, or a cell and the outside; its discharge is signed, positive from `from` to `to`.

use crate::problem::{Error, Result};
use crate::region::network::ReachKind;
use crate::region::river::{Place, RiverNetwork};
use std::collections::BTreeSet;

/// How the network is cut.
#[derive(Debug, Clone)]
pub struct GridOptions {
    /// Longest cell of a reach, m.
    pub cell_m: f64,
    /// Layers in series of each lake; 1 = fully stirred.
    pub lake_layers: usize,
    /// Places that must be borders between cells.
    pub cuts: Vec<Place>,
}

impl Default for GridOptions {
    fn default() -> GridOptions {
        GridOptions { cell_m: 2000.0, lake_layers: 1, cuts: Vec::new() }
    }
}

/// One finite volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Position in [`RiverNetwork::elements`].
    pub element: u32,
    /// Metres from the head of the element to its upper border (a lake: 0).
    pub from_m: f64,
    /// To its lower border.
    pub to_m: f64,
    /// Share of the element's volume above it.
    pub above: f64,
    /// Its share of the element's volume.
    pub share: f64,
}

/// Which discharge a face carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Carries {
    /// That of a link, a position in [`RiverNetwork::links`].
    Link(u32),
    /// That inside an element, below this share of its volume.
    Inside(f64),
}

/// A border between two cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// The cell above.
    pub from: u32,
    /// The cell below; `None` = outside.
    pub to: Option<u32>,
    /// Which discharge.
    pub carries: Carries,
    /// Whether the water mixes across it both ways (inside flowing water), with the distance between the middles, m.
    pub mixing_m: Option<f64>,
}

/// The cut network.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Upstream first.
    pub cells: Vec<Cell>,
    /// Sorted by the cell above.
    pub faces: Vec<Face>,
    /// For each element its first cell.
    pub first: Vec<u32>,
    /// For each element the number of its cells.
    pub count: Vec<u32>,
    /// For each element what it is.
    pub kinds: Vec<ReachKind>,
    /// For each element its length, m.
    pub length_m: Vec<f64>,
    /// Number of links of the network it was cut from.
    pub links: usize,
    /// For each cell the start of its part of `touching`.
    pub touching_start: Vec<u32>,
    /// Faces that touch each cell.
    pub touching: Vec<u32>,
}

impl Grid {
    /// Cuts a network. Fails where a link leads nowhere that exists, the shares of an element do not sum to 1, or a reach
    /// has no length.
    pub fn new(network: &RiverNetwork, options: &GridOptions) -> Result<Grid> {
        sound(network, options)?;
        let n = network.elements.len();
        let mut grid = Grid {
            cells: Vec::new(),
            faces: Vec::new(),
            first: vec![0; n],
            count: vec![0; n],
            kinds: network.elements.iter().map(|e| e.kind).collect(),
            length_m: network.elements.iter().map(|e| e.length_m).collect(),
            links: network.links.len(),
            touching_start: Vec::new(),
            touching: Vec::new(),
        };
        let mut cuts: Vec<Vec<f64>> = vec![Vec::new(); n];
        options.cuts.iter().for_each(|p| cuts[p.element].push(p.distance_m));
        let order = downstream_order(network);
        for e in &order {
            grid.cut_element(*e, options, &mut cuts[*e]);
        }
        grid.join(network, &order);
        grid.index_faces();
        Ok(grid)
    }

    fn cut_element(&mut self, e: usize, options: &GridOptions, cuts: &mut Vec<f64>) {
        self.first[e] = self.cells.len() as u32;
        let length = self.length_m[e];
        let borders: Vec<f64> = match self.kinds[e] {
            ReachKind::Gate => vec![0.0, 1.0],
            ReachKind::Lake => (0..=options.lake_layers).map(|k| k as f64 / options.lake_layers as f64).collect(),
            ReachKind::Reach | ReachKind::Diversion => {
                cuts.retain(|d| *d > 0.0 && *d < length);
                cuts.extend([0.0, length]);
                cuts.sort_by(f64::total_cmp);
                // Cuts closer than a thousandth of the reach are one.
                cuts.dedup_by(|b, a| *b - *a < 1e-3 * length && *b < length);
                let mut borders = vec![0.0];
                for pair in cuts.windows(2) {
                    let pieces = ((pair[1] - pair[0]) / options.cell_m - 1e-9).ceil().max(1.0);
                    let step = (pair[1] - pair[0]) / pieces;
                    borders.extend((1..=pieces as usize).map(|k| (pair[0] + step * k as f64) / length));
                }
                borders
            }
        };
        let last = borders.len() - 1;
        for (k, pair) in borders.windows(2).enumerate() {
            let below = if k + 1 == last { 1.0 } else { pair[1] };
            self.cells.push(Cell {
                element: e as u32,
                from_m: pair[0] * length,
                to_m: below * length,
                above: pair[0],
                share: below - pair[0],
            });
        }
        self.count[e] = last as u32;
    }

    fn join(&mut self, network: &RiverNetwork, order: &[usize]) {
        let flowing = |kind: ReachKind| matches!(kind, ReachKind::Reach | ReachKind::Diversion);
        let middle = |cell: &Cell| (cell.to_m - cell.from_m) / 2.0;
        let mut links: Vec<Vec<u32>> = vec![Vec::new(); network.elements.len()];
        network.links.iter().enumerate().for_each(|(l, link)| links[link.from].push(l as u32));
        for e in order {
            let (first, count) = (self.first[*e], self.count[*e]);
            for cell in first..first + count - 1 {
                let (above, below) = (self.cells[cell as usize], self.cells[cell as usize + 1]);
                let mixing_m = flowing(self.kinds[*e]).then(|| middle(&above) + middle(&below));
                let carries = Carries::Inside(below.above);
                self.faces.push(Face { from: cell, to: Some(cell + 1), carries, mixing_m });
            }
            let last = first + count - 1;
            for l in &links[*e] {
                let to = network.links[*l as usize].to;
                let mixes = to.filter(|t| flowing(self.kinds[*e]) && flowing(self.kinds[*t]));
                let mixing_m =
                    mixes.map(|t| middle(&self.cells[last as usize]) + middle(&self.cells[self.first[t] as usize]));
                let to = to.map(|t| self.first[t]);
                self.faces.push(Face { from: last, to, carries: Carries::Link(*l), mixing_m });
            }
        }
    }

    fn index_faces(&mut self) {
        let mut of: Vec<Vec<u32>> = vec![Vec::new(); self.cells.len()];
        for (f, face) in self.faces.iter().enumerate() {
            of[face.from as usize].push(f as u32);
            face.to.iter().for_each(|to| of[*to as usize].push(f as u32));
        }
        self.touching_start = vec![0];
        for list in &of {
            self.touching.extend(list);
            self.touching_start.push(self.touching.len() as u32);
        }
    }

    /// The cells of an element, head first.
    pub fn cells_of(&self, element: usize) -> std::ops::Range<usize> {
        let first = self.first[element] as usize;
        first..first + self.count[element] as usize
    }

    /// The cell a place lies in; on a border the cell above it, so that a section feels a source at its own place and a
    /// cut at the section keeps out what enters below.
    pub fn cell_at(&self, place: Place) -> usize {
        let cells = self.cells_of(place.element);
        let near = 1e-9 * self.length_m[place.element].max(1.0);
        let last = cells.end - 1;
        if self.kinds[place.element] == ReachKind::Lake {
            return last;
        }
        cells.clone().find(|c| place.distance_m <= self.cells[*c].to_m + near).unwrap_or(last)
    }

    /// The cells of an element with the share of a load spread evenly along it.
    pub fn spread_along(&self, element: usize) -> Vec<(u32, f64)> {
        self.cells_of(element).map(|c| (c as u32, self.cells[c].share)).collect()
    }

    /// Faces that touch a cell.
    pub fn touching(&self, cell: usize) -> &[u32] {
        &self.touching[self.touching_start[cell] as usize..self.touching_start[cell + 1] as usize]
    }
}

fn sound(network: &RiverNetwork, options: &GridOptions) -> Result<()> {
    let fail = |text: String| Err(Error::Stage(text));
    let n = network.elements.len();
    if n == 0 {
        return fail("the river network has no element".into());
    }
    if options.cell_m <= 0.0 || options.cell_m.is_nan() || options.lake_layers == 0 {
        return fail(format!(
            "cells of {} m and lakes of {} layers: both must be above 0",
            options.cell_m, options.lake_layers
        ));
    }
    let mut shares = vec![0.0; n];
    for link in &network.links {
        if link.from >= n || link.to.is_some_and(|to| to >= n) {
            return fail("a link of the river network leads from or to an element that does not exist".into());
        }
        if link.to == Some(link.from) {
            return fail(format!("element {} leads into itself; take the link away", network.elements[link.from].id));
        }
        if link.share < 0.0 || link.share.is_nan() {
            let id = &network.elements[link.from].id;
            return fail(format!("element {id}: a share of its outflow is {}, but none may be negative", link.share));
        }
        shares[link.from] += link.share;
    }
    for (element, share) in network.elements.iter().zip(&shares) {
        if (share - 1.0).abs() > 1e-6 {
            return fail(format!(
                "element {}: the shares of its outflow sum to {share}, but must sum to 1; one that ends needs a link out of the region",
                element.id
            ));
        }
        let needs_length = matches!(element.kind, ReachKind::Reach | ReachKind::Diversion);
        if needs_length && !(element.length_m > 0.0 && element.length_m.is_finite()) {
            return fail(format!("reach {}: its length is {} m, but must be above 0", element.id, element.length_m));
        }
    }
    if let Some(lost) = options.cuts.iter().find(|p| p.element >= n) {
        return fail(format!("a place lies on element {}, but there are {n}", lost.element));
    }
    Ok(())
}

/// Elements so that each comes after all that lead into it (Kahn 1962), among equals in the order of the table; a circle is
/// entered at its first element in the table.
pub fn downstream_order(network: &RiverNetwork) -> Vec<usize> {
    let n = network.elements.len();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); n];
    let mut waits_for = vec![0_usize; n];
    for link in &network.links {
        if let Some(to) = link.to {
            below[link.from].push(to);
            waits_for[to] += 1;
        }
    }
    // A tree is walked branch by branch, so that what follows in the river follows in memory.
    let mut ready: Vec<usize> = (0..n).rev().filter(|e| waits_for[*e] == 0).collect();
    let mut left: BTreeSet<usize> = (0..n).collect();
    let mut order = Vec::with_capacity(n);
    while let Some(e) = ready.pop().or_else(|| left.first().copied()) {
        if !left.remove(&e) {
            continue;
        }
        order.push(e);
        for to in &below[e] {
            waits_for[*to] = waits_for[*to].saturating_sub(1);
            if waits_for[*to] == 0 && left.contains(to) {
                ready.push(*to);
            }
        }
    }
    order
}
