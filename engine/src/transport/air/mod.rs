//! Air: backward particles in the wind of one station. A screening engine, with the full engine's shape.
//!
//! One four-sector wind stands for the whole region, emissions may be allocated and the layer is assumed well mixed: good
//! for the order of magnitude and the direction, not for one city on one day. [`footprint`] gives station-days; means over
//! longer periods follow by [`Footprint::mean_over`]. The independent forward run is [`Transported::forward`].

pub mod aerosol;
pub mod backward;
pub mod boundary_layer;
pub mod chart;
pub mod domain;
pub mod footprints;
pub mod forward;
pub mod motion;
pub mod particles;
pub mod plume_rise;
pub mod plumes;
pub mod random;
mod removal;
pub mod residence;
pub mod sounding;
#[cfg(test)]
mod tests;
pub mod weather;

use super::chain::Chain;
use super::footprint::{Axes, Footprint, ReceptorPeriod, ReceptorQuantity};
use crate::problem::{Error, Result};
use crate::region::calendar::{DAY, HOUR, Period, Time};
use crate::region::pollutant::Medium;
use crate::region::{Case, Pollutant};
use backward::{BATCHES, Day, LastDay, STEPS_PER_DAY, Setting, StationDay, station_day};
use domain::Domain;
use motion::{STEP_S, STEPS_PER_HOUR, Wind};
use rayon::prelude::*;
use removal::Fate;
use std::collections::BTreeSet;
use weather::WeatherReport;

/// What the air engine gives.
pub struct Transported {
    /// Rows = station-days; bins = days.
    pub daily: Footprint,
    /// The last 24 hours of each row alone.
    pub last_day: Vec<LastDay>,
    /// The footprint of the carried species over the whole period, station by station, on `grid`.
    pub maps: Vec<(String, Vec<f64>)>,
    /// The grid of the maps.
    pub grid: crate::region::Grid,
    /// What the weather table lacked.
    pub weather: WeatherReport,
    /// Mean over the rows from an independent forward run of the case's emissions, and its standard error, kg m⁻³.
    pub forward: (f64, f64),
    /// The same from the footprint.
    pub backward: (f64, f64),
}

/// Units of work of [`footprint`], for the progress bar.
pub fn units(case: &Case) -> u64 {
    case.settings.air_period.map_or(0, |p| p.days(case.settings.utc_offset_s).len() as u64)
}

/// Runs the particles of a case. `None` where it has no air tables to run on; `advance` is called once a day, `stopped`
/// asked as often.
pub fn footprint(
    case: &Case,
    pollutant: Pollutant,
    advance: &(dyn Fn(u64) + Sync),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Transported>> {
    let (Some(period), Some(domain)) = (case.settings.air_period, Domain::new(case)) else { return Ok(None) };
    let Some(driver) = weather::driver(case) else {
        return if case.weather.is_empty() { Ok(None) } else { Err(no_weather()) };
    };
    let chain = Chain::new(&case.reactions, Medium::Air);
    let quantity = pollutant.spec().id;
    let emitted: BTreeSet<&str> = case
        .emissions
        .iter()
        .filter(|e| case.sources[e.source].medium == Medium::Air)
        .map(|e| e.species.as_str())
        .collect();
    if emitted.is_empty() || chain.species.is_empty() {
        return Ok(None);
    }
    let weights = chain.weights(quantity)?;
    // Species that can never become the measured quantity would fill the tables with zeros.
    let reach = chain
        .propagator(case.settings.air.hours as f64 * HOUR as f64, &vec![0.0; weights.len()])
        .apply_transposed(weights);
    let species: Vec<usize> = emitted.iter().filter_map(|s| chain.index(s)).filter(|s| reach[*s] > 0.0).collect();
    let wind = Wind::new(&driver, case.settings.air.sector_width_deg, case.settings.air.latitude);
    let fate = Fate::new(&driver, &chain, &case.removals);
    let zone = case.settings.utc_offset_s;
    let lags = case.settings.air.hours * STEPS_PER_HOUR;
    let (days, first_steps) = days_with_weather(period, zone, &driver);
    let Some(first_day) = days.first() else { return Err(no_weather()) };
    let history = lags.min(first_steps[0]) as i64 * STEP_S;
    let bin_start = Time(first_day.start.0 - history).midnight(zone);
    let bin_count = (days[days.len() - 1].end.0 - bin_start.0) / DAY;
    let bins =
        (0..bin_count).map(|d| Period { start: Time(bin_start.0 + d * DAY), end: Time(bin_start.0 + (d + 1) * DAY) });
    let particles = case.settings.air.particles.div_ceil(STEPS_PER_HOUR).next_multiple_of(BATCHES);
    let axes = Axes {
        medium: Medium::Air,
        quantity: ReceptorQuantity::Concentration,
        sites: domain.sites.clone(),
        source_sites: domain.source_sites.clone(),
        species: species.iter().map(|s| chain.species[*s].clone()).collect(),
        bins: bins.collect(),
        quality: case.settings.quality,
        origin: format!(
            "backward particles in the wind of one station, {} per arrival hour, {} h back",
            particles * STEPS_PER_HOUR,
            case.settings.air.hours
        ),
        replicate_count: BATCHES,
    };
    let daily = Footprint::new(axes);
    let cell_rates = rates_by_cell(case, &domain, &daily);
    let setting = Setting {
        domain: &domain,
        wind: &wind,
        fate: &fate,
        chain: &chain,
        species: &species,
        weights,
        // The emitted species that counts most as it is stands for primary particles on the map.
        carried: species
            .iter()
            .copied()
            .filter(|s| weights[*s] > 0.0)
            .max_by(|a, b| weights[*a].total_cmp(&weights[*b])),
        seed: case.settings.air.seed,
        particles,
        lags,
        first_bin_step: (bin_start.0 - driver.start.0).div_euclid(STEP_S),
        cell_rates: &cell_rates,
    };
    let by_day: Vec<Option<Vec<StationDay>>> = first_steps
        .par_iter()
        .map(|first| {
            if stopped() {
                return None;
            }
            let day = Day::follow(&setting, *first);
            let stations = (0..domain.stations.len()).map(|s| station_day(&setting, &day, s)).collect();
            advance(1);
            Some(stations)
        })
        .collect();
    let by_day: Option<Vec<Vec<StationDay>>> = by_day.into_iter().collect();
    let Some(by_day) = by_day else { return Err(Error::Stage("stopped while following particles".into())) };
    let mut transported = Transported {
        daily,
        last_day: Vec::new(),
        maps: case.stations.iter().map(|s| (s.id.clone(), vec![0.0; domain.grid.cells()])).collect(),
        grid: domain.grid,
        weather: driver.report.clone(),
        forward: (0.0, 0.0),
        backward: (0.0, 0.0),
    };
    for (day, stations) in days.iter().zip(by_day) {
        for (at, (station, found)) in case.stations.iter().zip(stations).enumerate() {
            let row = ReceptorPeriod { receptor: station.id.clone(), period: *day, pollutant: quantity.into() };
            transported.daily.push_row(row, found.base, found.entries);
            transported.last_day.push(found.last_day);
            let map = &mut transported.maps[at].1;
            map.iter_mut().zip(&found.map).for_each(|(m, f)| *m += f / days.len() as f64);
        }
    }
    check_by_forward_run(case, &setting, &first_steps, &mut transported);
    Ok(Some(transported))
}

fn no_weather() -> Error {
    Error::Stage(
        "weather.csv covers no whole day of the air period; give hourly weather for the period and the days before it"
            .into(),
    )
}

/// The local days of the period during which the weather is known, with at least one day of weather before the first
/// arrival wherever the table has it, and the first step of each.
fn days_with_weather(period: Period, zone: i64, driver: &weather::Driver) -> (Vec<Period>, Vec<usize>) {
    let steps = (driver.hours.len() * STEPS_PER_HOUR) as i64;
    period
        .days(zone)
        .into_iter()
        .filter_map(|day| {
            let first = (day.start.0 - driver.start.0).div_euclid(STEP_S);
            (first >= 0 && first + STEPS_PER_DAY as i64 <= steps).then_some((day, first as usize))
        })
        .unzip()
}

/// Mean over all rows by the footprint and by the forward run.
fn check_by_forward_run(case: &Case, setting: &Setting<'_>, first_steps: &[usize], transported: &mut Transported) {
    let daily = &transported.daily;
    let table = rates_by_site(case, daily);
    let (species, bins) = (daily.species.len(), daily.bins.len());
    let rate = |site: usize, species_at: usize, bin: usize| table[(site * species + species_at) * bins + bin];
    let rows = daily.rows.len() as f64;
    let mut batches = vec![0.0; daily.replicate_count()];
    let mut sum = 0.0;
    for row in 0..daily.rows.len() {
        for entry in daily.row(row) {
            let q = rate(entry.column.site as usize, usize::from(entry.column.species), usize::from(entry.column.bin));
            sum += entry.value * q / rows;
            batches.iter_mut().zip(entry.replicates).for_each(|(b, r)| *b += f64::from(*r) * q / rows);
        }
    }
    transported.backward = (sum, super::footprint::standard_error(&batches));
    let rates =
        |site: usize, bin: usize| (0..species).map(|s| if bin < bins { rate(site, s, bin) } else { 0.0 }).collect();
    transported.forward = forward::mean_over_receptors(setting, first_steps, &rates);
}

/// kg s⁻¹ by bin, cell and species.
fn rates_by_cell(case: &Case, domain: &Domain, footprint: &Footprint) -> Vec<f64> {
    let by_site = rates_by_site(case, footprint);
    let (species, bins, cells) = (footprint.species.len(), footprint.bins.len(), domain.grid.cells());
    let mut table = vec![0.0; bins * cells * species];
    for (site, shares) in domain.site_cells.iter().enumerate() {
        for (cell, share) in shares {
            for s in 0..species {
                for bin in 0..bins {
                    table[(bin * cells + cell) * species + s] += share * by_site[(site * species + s) * bins + bin];
                }
            }
        }
    }
    table
}

/// kg s⁻¹ by site, species and bin.
pub fn rates_by_site(case: &Case, footprint: &Footprint) -> Vec<f64> {
    let (species, bins) = (footprint.species.len(), footprint.bins.len());
    let mut table = vec![0.0; footprint.sites.len() * species * bins];
    for emission in &case.emissions {
        let site = footprint.source_sites.get(emission.source).copied().flatten();
        let at = footprint.species.iter().position(|s| *s == emission.species);
        if let (Some(site), Some(at)) = (site, at) {
            for bin in 0..bins {
                let share = footprint.bin_share(bin as u16, emission.period);
                table[(site as usize * species + at) * bins + bin] += emission.rate_kg_s * share;
            }
        }
    }
    table
}
