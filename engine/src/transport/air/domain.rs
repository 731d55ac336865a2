//! Where particles are followed and what they meet: the grid, the stations' discs, the sites of the sources.
//!
//! Positions are metres east and north of the grid's south-west corner on a plane with one scale per axis (east–west true at
//! the middle latitude; 4 % off at 4° from it). On that plane all cells are alike, so well-mixed stays well-mixed.

use crate::region::geometry::EARTH_RADIUS_M;
use crate::region::pollutant::Medium;
use crate::region::source::Site;
use crate::region::{Case, Grid, Point};
use std::collections::BTreeMap;

/// Cells of free space kept around the members' polygons.
const MARGIN_CELLS: usize = 2;

/// The map that particles run on.
pub struct Domain {
    /// The grid.
    pub grid: Grid,
    /// Size of a cell, m.
    pub cell_m: (f64, f64),
    /// Stations, m.
    pub stations: Vec<(f64, f64)>,
    /// Radius of the discs, m.
    pub radius_m: f64,
    /// Names of the sites.
    pub sites: Vec<String>,
    /// Cells and shares of each site; the shares sum to 1.
    pub site_cells: Vec<Vec<(usize, f64)>>,
    /// Site of each source of the case.
    pub source_sites: Vec<Option<u32>>,
}

/// The side of the grid by which a particle leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// To the north.
    North,
    /// To the east.
    East,
    /// To the south.
    South,
    /// To the west.
    West,
}

/// Names of the base terms, in the order of [`Edge`], and of what never left.
pub const BASE_TERMS: [&str; 5] = ["edge_north", "edge_east", "edge_south", "edge_west", "stayed"];

impl Domain {
    /// The domain of a case; `None` without polygons and stations.
    pub fn new(case: &Case) -> Option<Domain> {
        let mut bounds: Option<[f64; 4]> = None;
        let mut reach = |b: [f64; 4]| {
            bounds = Some(bounds.map_or(b, |o| [o[0].min(b[0]), o[1].min(b[1]), o[2].max(b[2]), o[3].max(b[3])]));
        };
        case.members.iter().filter_map(|m| m.area.as_ref()?.bounds()).for_each(&mut reach);
        case.stations.iter().for_each(|s| reach([s.place.lon, s.place.lat, s.place.lon, s.place.lat]));
        let step = case.settings.air.cell_deg;
        let bounds = bounds?;
        // A case that spans the globe has its coordinates wrong; a grid of that size would not fit in memory.
        if case.stations.is_empty() || (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / (step * step) > 2e6 {
            return None;
        }
        let grid = Grid::covering(bounds, step, MARGIN_CELLS);
        let rad = std::f64::consts::PI / 180.0;
        let middle = grid.south + grid.step * grid.ny as f64 / 2.0;
        let cell_m = (step * rad * EARTH_RADIUS_M * (middle * rad).cos(), step * rad * EARTH_RADIUS_M);
        let stations = case
            .stations
            .iter()
            .map(|s| ((s.place.lon - grid.west) / step * cell_m.0, (s.place.lat - grid.south) / step * cell_m.1))
            .collect();
        let mut domain = Domain {
            grid,
            cell_m,
            stations,
            radius_m: case.settings.air.receptor_radius_m,
            sites: Vec::new(),
            site_cells: Vec::new(),
            source_sites: Vec::new(),
        };
        domain.place_sources(case);
        Some(domain)
    }

    fn place_sources(&mut self, case: &Case) {
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        for source in &case.sources {
            let site = match &source.site {
                _ if source.medium != Medium::Air => None,
                Site::Area => source.member.as_ref().map(|code| format!("area {code}")),
                Site::Point(p) => self.grid.cell(*p).map(|cell| format!("cell {cell}")),
                _ => None,
            };
            let Some(name) = site else {
                self.source_sites.push(None);
                continue;
            };
            let cells = || match &source.site {
                Site::Point(p) => self.grid.cell(*p).map(|c| vec![(c, 1.0)]),
                _ => source.member.as_deref().and_then(|c| case.member(c)?.area.as_ref()).map(|a| self.grid.shares(a)),
            };
            let at = match known.get(&name) {
                Some(at) => *at,
                None => {
                    self.site_cells.push(cells().unwrap_or_default());
                    self.sites.push(name.clone());
                    let at = self.sites.len() as u32 - 1;
                    known.insert(name, at);
                    at
                }
            };
            self.source_sites.push(Some(at));
        }
    }

    /// The cell of a position, or the edge by which it left.
    pub fn cell(&self, x: f64, y: f64) -> Result<usize, Edge> {
        let (i, j) = ((x / self.cell_m.0).floor(), (y / self.cell_m.1).floor());
        // Leaving by a corner counts for the side that is further away.
        let (over_x, over_y) = ((i - self.grid.nx as f64 + 1.0).max(-i), (j - self.grid.ny as f64 + 1.0).max(-j));
        if over_x <= 0.0 && over_y <= 0.0 {
            return Ok(j as usize * self.grid.nx + i as usize);
        }
        Err(match (over_x > over_y, i < 0.0, j < 0.0) {
            (true, true, _) => Edge::West,
            (true, false, _) => Edge::East,
            (false, _, true) => Edge::South,
            (false, _, false) => Edge::North,
        })
    }

    /// The cell nearest to a position.
    pub fn nearest_cell(&self, x: f64, y: f64) -> usize {
        let clamp = |v: f64, n: usize| v.floor().clamp(0.0, n as f64 - 1.0) as usize;
        clamp(y / self.cell_m.1, self.grid.ny) * self.grid.nx + clamp(x / self.cell_m.0, self.grid.nx)
    }

    /// The middle of a cell as a point on the Earth.
    pub fn centre(&self, cell: usize) -> Point {
        self.grid.centre(cell)
    }

    /// Area of a cell on the plane, m².
    pub fn cell_area_m2(&self) -> f64 {
        self.cell_m.0 * self.cell_m.1
    }
}
