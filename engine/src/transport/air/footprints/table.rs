//! Rows of receptors as one [`Footprint`], parts joined, and the books of a run.

use super::pass::Row;
use super::{BATCHES, Carried, Gridded, Receptor, Settings, Site};
use crate::observe::weather::Weather;
use crate::region::calendar::{HOUR, Period, Time};
use crate::region::pollutant::Medium;
use crate::region::{Grid, Quality};
use crate::transport::air::particles::Totals;
use crate::transport::footprint::{Axes, Column, Footprint, ReceptorPeriod, ReceptorQuantity};
use std::collections::BTreeMap;

/// Numbers the sites and makes the footprint.
pub fn gather(
    weather: &Weather,
    carried: &Carried,
    receptors: &[Receptor],
    settings: &Settings,
    bins: Vec<Period>,
    rows: Vec<Vec<Row>>,
    totals: Totals,
) -> Gridded {
    let mut places: BTreeMap<Site, u32> = BTreeMap::new();
    rows.iter().flatten().flat_map(|r| r.entries.keys()).for_each(|(site, ..)| {
        places.insert(*site, 0);
    });
    places.values_mut().enumerate().for_each(|(at, place)| *place = at as u32);
    let quantity = receptors.first().map_or(ReceptorQuantity::Concentration, |r| r.quantity);
    let axes = Axes {
        medium: Medium::Air,
        quantity,
        sites: places.keys().map(|s| site_name(&settings.grid, &settings.edges_m, *s)).collect(),
        source_sites: Vec::new(),
        species: carried.species.iter().map(|s| s.name.clone()).collect(),
        bins,
        quality: Quality::Standard,
        origin: format!(
            "{} backward particles a receptor and period, {} h back, in the weather of {}",
            settings.particles, settings.hours, weather.origin
        ),
        replicate_count: BATCHES as usize,
    };
    let mut footprint = Footprint::new(axes);
    for (receptor, rows) in receptors.iter().zip(rows) {
        for row in rows {
            let entries = row.entries.iter().map(|((site, species, bin), batches)| {
                let column =
                    Column { site: places.get(site).copied().unwrap_or_default(), species: *species, bin: *bin as u16 };
                let replicates = batches.iter().map(|b| (b * f64::from(BATCHES)) as f32).collect();
                (column, batches.iter().sum(), replicates)
            });
            let about =
                ReceptorPeriod { receptor: receptor.id.clone(), period: receptor.period, pollutant: row.product };
            footprint.push_row(about, row.base, entries.collect());
        }
    }
    Gridded {
        footprint,
        sites: places.into_keys().collect(),
        grid: settings.grid,
        edges_m: settings.edges_m.clone(),
        totals,
    }
}

/// The parts of a footprint that were made one after another (the same grid, bands, species and precursors), as one.
pub fn joined(parts: Vec<Gridded>) -> Option<Gridded> {
    let first = parts.first()?;
    let (mut from, mut to) = (i64::MAX, i64::MIN);
    let mut places: BTreeMap<Site, u32> = BTreeMap::new();
    for part in &parts {
        part.sites.iter().for_each(|s| {
            places.insert(*s, 0);
        });
        from = part.footprint.bins.iter().map(|b| b.start.0).fold(from, i64::min);
        to = part.footprint.bins.iter().map(|b| b.end.0).fold(to, i64::max);
    }
    places.values_mut().enumerate().for_each(|(at, place)| *place = at as u32);
    let hours = (to - from) / HOUR;
    let axes = Axes {
        medium: Medium::Air,
        quantity: first.footprint.quantity,
        sites: places.keys().map(|s| site_name(&first.grid, &first.edges_m, *s)).collect(),
        source_sites: Vec::new(),
        species: first.footprint.species.clone(),
        bins: (0..hours).map(|h| Period { start: Time(from + h * HOUR), end: Time(from + (h + 1) * HOUR) }).collect(),
        quality: first.footprint.quality,
        origin: first.footprint.origin.clone(),
        replicate_count: first.footprint.replicate_count(),
    };
    let mut footprint = Footprint::new(axes);
    let mut totals = Totals::default();
    let (grid, edges_m) = (first.grid, first.edges_m.clone());
    for part in &parts {
        add_totals(&mut totals, &part.totals);
        for (at, row) in part.footprint.rows.iter().enumerate() {
            let entries = part.footprint.row(at).map(|e| {
                let bin = (part.footprint.bins[usize::from(e.column.bin)].start.0 - from) / HOUR;
                let site = places.get(&part.sites[e.column.site as usize]).copied().unwrap_or_default();
                (Column { site, bin: bin as u16, ..e.column }, e.value, e.replicates.to_vec())
            });
            footprint.push_row(row.clone(), part.footprint.base[at].clone(), entries.collect());
        }
    }
    Some(Gridded { footprint, sites: places.into_keys().collect(), grid, edges_m, totals })
}

fn site_name(grid: &Grid, edges_m: &[f64], site: Site) -> String {
    let at = grid.centre(site.cell as usize);
    let band = usize::from(site.band);
    format!("{:.4},{:.4},{:.0}-{:.0}m", at.lon, at.lat, edges_m[band], edges_m[band + 1])
}

/// Adds the totals of another run; each keeps its own books, so that the worst of them shows.
pub fn add_totals(own: &mut Totals, more: &Totals) {
    own.particle_hours += more.particle_hours;
    own.steps += more.steps;
    own.particles += more.particles;
    own.left += more.left;
    own.books.extend(more.books.iter().copied());
}

/// The largest error of the books of a run, as a share of what was there.
pub fn mass_error(totals: &Totals) -> f64 {
    totals.books.iter().map(|b| b.error().abs()).fold(0.0, f64::max)
}
