//! A spill: when it comes to each intake, how high it stands there, how long it stays.
//!
//! Only the water between the spill and the places asked about is computed ([`super::reach::part`]), by the same scheme as
//! everything else, three times: at the flow given and at the flow times 1 ∓ r, r the relative uncertainty of the flow. The range of
//! an answer is the least and greatest of the three. A passage is what stands above a threshold: one that is given (a limit),
//! or a tenth of the peak there, as the leading and trailing edges of dye studies are read (Jobson 1996, USGS WRIR 96-4013).
//!
//! Longitudinal dispersion, where the elements do not bring their own:
//! ```text
//! E = 0.011 U² W² / (H u*)                                        (Fischer et al. 1979, Mixing in Inland and Coastal Waters, eq. 5.19)
//! u* = √(g H S), or without slope u* = √g n U / H^(1/6)           (Manning; n = 0.035 where it is not told)
//! W = 7.2 Q^0.50 where no width is told                           (Moody & Troutman 2002, Earth Surf. Process. Landf. 27:1251)
//! ```
//! `E` m² s⁻¹, `U` m s⁻¹, `W` m, `H` m. It holds within a factor of about 4, and below the length over which the spill mixes across.

use super::flow::Flow;
use super::grid::{Grid, GridOptions};
use super::quality::{Inputs, Kinetics, Load, Quality, RunOptions, Section, Site, Temperature};
use super::reach::{self, Look, Part};
use crate::problem::{Error, Result};
use crate::region::calendar::{Period, Time};
use crate::region::network::ReachKind;
use crate::region::river::{Element, Place, RiverNetwork};
use rayon::prelude::*;
use serde::Serialize;

const GRAVITY_M_S2: f64 = 9.806_65;
const ROUGHNESS: f64 = 0.035;
/// Share of the peak that bounds a passage where no threshold is given.
pub const SHARE_OF_PEAK: f64 = 0.1;
/// Most cells and steps of one run: they bound the time an answer takes.
const MOST_CELLS: f64 = 1200.0;
const MOST_STEPS: f64 = 1500.0;
/// Longer is not looked ahead, s.
const LONGEST_S: f64 = 120.0 * 86_400.0;

/// What was spilt at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    /// Where.
    pub place: Place,
    /// Position in the species of the kinetics.
    pub species: usize,
    /// From when to when.
    pub period: Period,
    /// kg s⁻¹ during it.
    pub kg_s: f64,
}

/// How a spill is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct SpillOptions {
    /// Relative uncertainty of the flow, 0 to below 1.
    pub flow_uncertainty: f64,
    /// What counts as there, kg m⁻³, by species; `None` = a tenth of the peak.
    pub threshold_kg_m3: Vec<Option<f64>>,
    /// Water temperature, °C.
    pub temperature_c: f64,
}

/// One passage, seconds counted from the start of the first release.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Passage {
    /// First above the threshold; `None` where it never is.
    pub arrival_s: Option<f64>,
    /// When it stands highest.
    pub peak_s: f64,
    /// How high, kg m⁻³.
    pub peak_kg_m3: f64,
    /// From the first to the last time above the threshold.
    pub duration_s: f64,
}

/// A figure with its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranged {
    /// At the flow given.
    pub value: f64,
    /// Least of the three flows.
    pub low: f64,
    /// Greatest.
    pub high: f64,
}

/// What one place feels of one species.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Felt {
    /// Position in the places asked about.
    pub place: usize,
    /// Position in the species.
    pub species: usize,
    /// Threshold that bounds the passage, kg m⁻³.
    pub threshold_kg_m3: f64,
    /// Seconds after the first release; `None` where it never stands above the threshold at the flow given.
    pub arrival_s: Option<Ranged>,
    /// Seconds after the first release.
    pub peak_s: Ranged,
    /// kg m⁻³.
    pub peak_kg_m3: Ranged,
    /// s.
    pub duration_s: Ranged,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What is felt, by place and species, in their order; places that the water does not come by are not named.
    pub felt: Vec<Felt>,
    /// Elements between the spill and the places.
    pub elements: usize,
    /// Cells of the run at the flow given.
    pub cells: usize,
    /// Steps of that run.
    pub steps: usize,
    /// Whether every passage was over before the run ended; if not, the flow given ends too early or the spill lingers (a lake),
    /// and durations are too short.
    pub complete: bool,
    /// Greatest error of its books.
    pub mass_error: f64,
    /// Dispersion that the grid adds to the river's, mean over flowing water, greatest of the run, m² s⁻¹.
    pub excess_dispersion_m2_s: f64,
}

/// Fischer's coefficient at a velocity, width and depth.
pub fn dispersion_m2_s(
    velocity_m_s: f64,
    width_m: f64,
    depth_m: f64,
    slope: Option<f64>,
    manning_n: Option<f64>,
) -> f64 {
    let u = velocity_m_s.abs();
    let shear = match slope.filter(|s| *s > 0.0) {
        Some(slope) => (GRAVITY_M_S2 * depth_m * slope).sqrt(),
        None => GRAVITY_M_S2.sqrt() * manning_n.filter(|n| *n > 0.0).unwrap_or(ROUGHNESS) * u / depth_m.powf(1.0 / 6.0),
    };
    let found = 0.011 * u * u * width_m * width_m / (depth_m * shear);
    if found.is_finite() { found } else { 0.0 }
}

/// Dispersion of each element in the first frame of a flow.
pub fn dispersion(network: &RiverNetwork, flow: &Flow) -> Vec<f64> {
    let of = |at: usize, element: &Element| {
        let flowing = matches!(element.kind, ReachKind::Reach | ReachKind::Diversion);
        let (velocity, area) = (flow.velocity_m_s(0, at)?, flow.area_m2(0, at)?);
        let width = element.width_m.filter(|w| *w > 0.0).unwrap_or(7.2 * flow.discharge_m3_s(0, at).abs().sqrt());
        (flowing && area > 0.0 && width > 0.0)
            .then(|| dispersion_m2_s(velocity, width, area / width, element.slope, element.manning_n))
    };
    network.elements.iter().enumerate().map(|(at, e)| of(at, e).unwrap_or(0.0)).collect()
}

/// Follows a spill to the places asked about.
pub fn spill(
    network: &RiverNetwork,
    flow: &Flow,
    kinetics: &Kinetics,
    releases: &[Release],
    places: &[Place],
    options: &SpillOptions,
) -> Result<Answer> {
    let r = options.flow_uncertainty;
    if !(0.0..1.0).contains(&r) {
        return Err(Error::Stage(format!(
            "an uncertainty of the flow of {r} was given; it must be at least 0 and below 1"
        )));
    }
    let Some(start) = releases.iter().map(|s| s.period.start).min() else {
        return Err(Error::Stage("nothing was spilt: there is no release".into()));
    };
    if let Some(empty) = releases.iter().find(|s| s.period.seconds() <= 0 || !(s.kg_s >= 0.0 && s.kg_s.is_finite())) {
        return Err(Error::Stage(format!(
            "a release of {} kg/s lasts {} s; both must be above 0",
            empty.kg_s,
            empty.period.seconds()
        )));
    }
    let from: Vec<usize> = releases.iter().map(|s| s.place.element).collect();
    let below = reach::reached(network, flow, &from, Look::Down);
    let asked: Vec<usize> = places.iter().map(|p| p.element).collect();
    let above = reach::reached(network, flow, &asked, Look::Up);
    let kept: Vec<bool> = below.iter().zip(&above).map(|(a, b)| *a && *b).collect();
    let scales = if r > 0.0 { vec![1.0, 1.0 - r, 1.0 + r] } else { vec![1.0] };
    // In the element of the spill itself only what lies further along the water is below it.
    let along = |release: &Place, place: &Place| {
        let forward = flow.discharge_m3_s(flow.frame_at(start), place.element) >= 0.0;
        let further =
            if forward { place.distance_m >= release.distance_m } else { place.distance_m <= release.distance_m };
        place.element != release.element || further
    };
    let seen: Vec<usize> = (0..places.len())
        .filter(|p| kept[places[*p].element] && releases.iter().any(|r| along(&r.place, &places[*p])))
        .collect();
    if seen.is_empty() {
        return Ok(Answer {
            felt: Vec::new(),
            elements: 0,
            cells: 0,
            steps: 0,
            complete: true,
            mass_error: 0.0,
            excess_dispersion_m2_s: 0.0,
        });
    }
    let job = Job { kinetics, releases, places, seen: &seen, options, start };
    let runs: Result<Vec<Ran>> =
        scales.par_iter().map(|scale| job.run(&reach::part(network, flow, &kept, *scale)?)).collect();
    let runs = runs?;
    Ok(job.answer(&runs, kept.iter().filter(|k| **k).count()))
}

struct Job<'a> {
    kinetics: &'a Kinetics,
    releases: &'a [Release],
    places: &'a [Place],
    seen: &'a [usize],
    options: &'a SpillOptions,
    start: Time,
}

/// One flow.
struct Ran {
    /// Middle of each stretch of the series, s.
    middle_s: Vec<f64>,
    /// By place (of those seen) and species: the series.
    series: Vec<Vec<f64>>,
    cells: usize,
    steps: usize,
    ended: bool,
    mass_error: f64,
    excess: f64,
}

impl Job<'_> {
    fn run(&self, part: &Part) -> Result<Ran> {
        let local = |place: Place| part.position[place.element].map(|element| Place { element, ..place });
        let places: Vec<Place> = self.seen.iter().filter_map(|p| local(self.places[*p])).collect();
        let spread = dispersion(&part.network, &part.flow);
        let flowing = |e: &Element| matches!(e.kind, ReachKind::Reach | ReachKind::Diversion);
        let length: f64 = part.network.elements.iter().filter(|e| flowing(e)).map(|e| e.length_m).sum();
        let grid = Grid::new(
            &part.network,
            &GridOptions {
                cell_m: (length / MOST_CELLS).clamp(25.0, 5000.0),
                lake_layers: 1,
                cuts: places.iter().copied().chain(self.releases.iter().filter_map(|s| local(s.place))).collect(),
            },
        )?;
        let mut inputs = Inputs::default();
        for (at, release) in self.releases.iter().enumerate() {
            let Some(place) = local(release.place) else { continue };
            let site = inputs.sites.len();
            inputs.sites.push(Site::pipe(&grid, &format!("release {at}"), place));
            inputs.loads.push(Load {
                site,
                species: release.species,
                period: Some(release.period),
                kg_s: release.kg_s,
            });
        }
        let end = self.releases.iter().map(|s| s.period.end).max().unwrap_or(self.start);
        let released_s = (end.0 - self.start.0) as f64;
        let mut horizon_s = self.first_horizon(part, &places, released_s);
        loop {
            let until = self.until(part, horizon_s);
            let mut quality = Quality::new(&grid, &part.flow, self.kinetics);
            quality.temperature = Temperature::Same(self.options.temperature_c);
            quality.dispersion_m2_s.clone_from(&spread);
            quality.step_s = ((until.end.0 - until.start.0) as f64 / MOST_STEPS).max(30.0);
            let sections: Vec<Section> = places.iter().map(|p| Section::at(&grid, "", *p, until)).collect();
            let found =
                quality.run(until, &inputs, &sections, &RunOptions { output_s: Some(quality.step_s), books: true })?;
            let n = self.kinetics.species.len();
            let series: Vec<Vec<f64>> = (0..sections.len())
                .flat_map(|p| (0..n).map(move |s| (p, s)))
                .map(|(p, s)| found.series_of(p, s))
                .collect();
            let ended = series.iter().enumerate().all(|(k, c)| self.has_passed(c, k % n));
            let longer = 2.0 * horizon_s;
            if !ended && longer <= LONGEST_S && self.until(part, longer).end > until.end {
                horizon_s = longer;
                continue;
            }
            return Ok(Ran {
                middle_s: found
                    .outputs
                    .iter()
                    .map(|o| (o.start.0 - self.start.0) as f64 / 2.0 + (o.end.0 - self.start.0) as f64 / 2.0)
                    .collect(),
                series,
                cells: grid.cells.len(),
                steps: found.steps,
                ended,
                mass_error: found.books.iter().map(|b| b.error).fold(0.0, f64::max),
                excess: found.excess_dispersion,
            });
        }
    }

    /// A time by which the last place has most likely been passed.
    fn first_horizon(&self, part: &Part, places: &[Place], released_s: f64) -> f64 {
        let frame = part.flow.frame_at(self.start);
        let travel = places.iter().flat_map(|p| {
            let times = reach::travel_to(&part.network, &part.flow, frame, *p);
            let from = self.releases.iter().filter_map(|s| part.position[s.place.element]);
            from.filter_map(move |e| times[e].map(|t| t.from_head_s)).collect::<Vec<f64>>()
        });
        let longest = travel.fold(0.0, f64::max);
        (1.5 * longest + released_s + 3600.0).min(LONGEST_S)
    }

    fn until(&self, part: &Part, horizon_s: f64) -> Period {
        let end = Time(self.start.0 + horizon_s.ceil() as i64);
        let end = part.flow.covers().map_or(end, |c| end.min(c.end));
        Period { start: self.start, end }
    }

    fn threshold(&self, species: usize, peak: f64) -> f64 {
        let given = self.options.threshold_kg_m3.get(species).copied().flatten();
        given.unwrap_or(SHARE_OF_PEAK * peak)
    }

    /// Whether a series rose above its threshold and has come down again at its end, or was never touched by the release.
    fn has_passed(&self, series: &[f64], species: usize) -> bool {
        let peak = series.iter().copied().filter(|c| c.is_finite()).fold(0.0, f64::max);
        let released = self.releases.iter().any(|r| r.species == species && r.kg_s > 0.0);
        let last = series.iter().rev().find(|c| c.is_finite()).copied().unwrap_or(0.0);
        if peak <= 0.0 {
            return !released;
        }
        // Where a limit is never reached the peak itself must have gone by.
        last < self.threshold(species, peak).min(0.5 * peak)
    }

    fn answer(&self, runs: &[Ran], elements: usize) -> Answer {
        let n = self.kinetics.species.len();
        let mut felt = Vec::new();
        for (p, place) in self.seen.iter().enumerate() {
            for species in 0..n {
                if !self.releases.iter().any(|r| r.species == species)
                    && !self.kinetics.reactions.iter().any(|r| r.products.iter().any(|(to, _)| *to == species))
                {
                    continue;
                }
                let at = |run: &Ran| {
                    let series = &run.series[p * n + species];
                    let peak = series.iter().copied().filter(|c| c.is_finite()).fold(0.0, f64::max);
                    passage(&run.middle_s, series, self.threshold(species, peak))
                };
                let passages: Vec<Passage> = runs.iter().map(at).collect();
                let ranged = |of: &dyn Fn(&Passage) -> f64| {
                    let all = passages.iter().map(of);
                    Ranged {
                        value: of(&passages[0]),
                        low: all.clone().fold(f64::INFINITY, f64::min),
                        high: all.fold(f64::NEG_INFINITY, f64::max),
                    }
                };
                let arrivals: Vec<f64> = passages.iter().filter_map(|p| p.arrival_s).collect();
                felt.push(Felt {
                    place: *place,
                    species,
                    threshold_kg_m3: self.threshold(species, passages[0].peak_kg_m3),
                    arrival_s: passages[0].arrival_s.map(|value| Ranged {
                        value,
                        low: arrivals.iter().copied().fold(value, f64::min),
                        high: arrivals.iter().copied().fold(value, f64::max),
                    }),
                    peak_s: ranged(&|p| p.peak_s),
                    peak_kg_m3: ranged(&|p| p.peak_kg_m3),
                    duration_s: ranged(&|p| p.duration_s),
                });
            }
        }
        Answer {
            felt,
            elements,
            cells: runs[0].cells,
            steps: runs[0].steps,
            complete: runs.iter().all(|r| r.ended),
            mass_error: runs.iter().map(|r| r.mass_error).fold(0.0, f64::max),
            excess_dispersion_m2_s: runs[0].excess,
        }
    }
}

/// Arrival, peak and duration of a series of means at the middles of its stretches; crossings lie on straight lines between.
pub fn passage(middle_s: &[f64], series: &[f64], threshold: f64) -> Passage {
    let value = |k: usize| if series[k].is_finite() { series[k] } else { 0.0 };
    let top = (0..series.len()).fold(0, |top, k| if value(k) > value(top) { k } else { top });
    let above = |k: usize| value(k) >= threshold && value(k) > 0.0;
    let crossing = |low: usize, high: usize| {
        let (a, b) = (value(low), value(high));
        middle_s[low] + (middle_s[high] - middle_s[low]) * (threshold - a) / (b - a)
    };
    let first = (0..series.len()).find(|k| above(*k));
    let last = (0..series.len()).rev().find(|k| above(*k));
    let arrival = first.map(|k| if k == 0 { middle_s[0] } else { crossing(k - 1, k) });
    let gone = last.map(|k| if k + 1 < series.len() { crossing(k + 1, k) } else { middle_s[k] });
    Passage {
        arrival_s: arrival,
        peak_s: middle_s.get(top).copied().unwrap_or(0.0),
        peak_kg_m3: if series.is_empty() { 0.0 } else { value(top) },
        duration_s: arrival.zip(gone).map_or(0.0, |(a, g)| g - a),
    }
}
