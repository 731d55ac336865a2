//! Tables of what the report sums up or draws, so that every figure on it stands in a row of some table.

use super::number::{in_unit, number, optional};
use super::tables::{Clock, Table};
use super::tables_air_water::class_name;
use crate::report::{View, met};
use liankong_engine::cycle::Verb;
use liankong_engine::plan::Plan;
use liankong_engine::region::Point;

fn quality(view: &View<'_>) -> String {
    view.case.settings.quality.id().into()
}

/// How many rows of the inputs carry which mark, and how many readings which flag.
pub fn data_notes(view: &View<'_>) -> Table {
    let mut table = Table::new("data_notes.csv", Verb::Observe, &["what", "of", "mark", "rows", "quality"]);
    for (file, counts) in &view.case.marks {
        for (mark, rows) in counts {
            table.rows.push(vec!["input".into(), file.clone(), mark.clone(), rows.to_string(), quality(view)]);
        }
    }
    for ((medium, flag), rows) in view.turn.observed.counts() {
        let (medium, flag) = (medium.id().into(), flag.id().into());
        table.rows.push(vec!["reading".into(), medium, flag, rows.to_string(), quality(view)]);
    }
    table
}

/// Mean PM2.5 of each member that has stations of its own, as the map draws it.
pub fn pm25_mean(view: &View<'_>) -> Table {
    let mut table = Table::new("pm25_mean.csv", Verb::Assess, &["member", "stations", "pm25_mean_ug_m3", "quality"]);
    let by_station = view.pm25_by_station();
    for (member, mean) in view.pm25_by_member() {
        let mine = view.case.stations.iter().filter(|s| s.member == member);
        let stations = mine.filter(|s| by_station.contains_key(s.id.as_str())).count();
        let mean = number(in_unit(mean, "ug/m3"));
        table.rows.push(vec![member.into(), stations.to_string(), mean, quality(view)]);
    }
    table
}

/// Each section over the whole period: its usual class, and how often its target class was missed.
pub fn sections(view: &View<'_>) -> Table {
    let columns = ["section", "member", "class", "judged", "missed_target", "river_chief", "quality"];
    let mut table = Table::new("sections.csv", Verb::Assess, &columns);
    let usual = view.usual_class();
    for section in &view.case.sections {
        let found = usual.get(section.id.as_str());
        let mine = view.turn.assessment.water.iter().filter(|g| g.section == section.id);
        table.rows.push(vec![
            section.id.clone(),
            section.member.clone(),
            class_name(found.map(|(class, _)| *class)).into(),
            found.map_or(0, |(_, judged)| *judged).to_string(),
            mine.filter(|g| g.meets_target == Some(false)).count().to_string(),
            section.river_chief.clone(),
            quality(view),
        ]);
    }
    table
}

/// Upper ends of the rings around a station, km; the last ring has none.
const RINGS_KM: [f64; 3] = [50.0, 150.0, 300.0];
/// The names of the rings, km.
pub const RINGS: [&str; 4] = ["0-50", "50-150", "150-300", "300-"];
/// The eight winds, from north by east.
pub const WINDS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/// The footprint that the report draws, cell by cell, with its place as seen from the station.
pub fn footprint(view: &View<'_>) -> Table {
    let columns = ["station", "west", "south", "east", "north", "wind", "ring_km", "share", "quality"];
    let mut table = Table::new("footprint.csv", Verb::Attribute, &columns);
    let Some(map) = view.map_in_focus() else { return table };
    let Some(station) = view.case.stations.iter().find(|s| s.id == map.station) else { return table };
    for ([west, south, east, north], share) in &map.cells {
        let (wind, ring) = seen_from(station.place, Point { lon: (west + east) / 2.0, lat: (south + north) / 2.0 });
        let mut row = vec![map.station.clone()];
        row.extend([west, south, east, north].map(|v| number(*v)));
        row.extend([wind.into(), ring.into(), number(*share), quality(view)]);
        table.rows.push(row);
    }
    table
}

/// The wind that brings air from there, and the ring; on a plane through the station, good to a per cent over 500 km.
fn seen_from(here: Point, there: Point) -> (&'static str, &'static str) {
    const KM_PER_DEGREE: f64 = 111.2;
    let east = (there.lon - here.lon) * here.lat.to_radians().cos() * KM_PER_DEGREE;
    let north = (there.lat - here.lat) * KM_PER_DEGREE;
    let eighth = (east.atan2(north).to_degrees() / 45.0).round().rem_euclid(8.0) as usize;
    let ring = RINGS_KM.iter().filter(|limit| east.hypot(north) >= **limit).count();
    (WINDS.get(eighth).copied().unwrap_or("N"), RINGS.get(ring).copied().unwrap_or("300-"))
}

/// Each plan in one row: its cost, the proof of it, and how many targets it meets.
pub fn plans(view: &View<'_>) -> Table {
    let columns = [
        "who",
        "status",
        "cost_cny_per_year",
        "bound_cny_per_year",
        "gap",
        "max_violation",
        "targets",
        "met",
        "quality",
    ];
    let mut table = Table::new("plans.csv", Verb::Plan, &columns);
    let row = |plan: &Plan| {
        vec![
            plan.who.clone(),
            plan.status.into(),
            number(plan.cost),
            number(plan.bound),
            number(plan.gap),
            number(plan.max_violation),
            plan.targets.len().to_string(),
            plan.targets.iter().filter(|t| met(t)).count().to_string(),
            quality(view),
        ]
    };
    let all = view.turn.plans.iter().flat_map(|plans| std::iter::once(&plans.joint).chain(&plans.alone));
    table.rows = all.map(row).collect();
    table
}

/// What all orders together are expected to bring at each station; the sampling error is known where the event looks.
pub fn expected(view: &View<'_>) -> Table {
    let columns = ["receptor", "start", "end", "effect", "standard_error", "unit", "quality"];
    let mut table = Table::new("expected.csv", Verb::Act, &columns);
    let (orders, clock) = (&view.turn.orders, Clock(view.case.settings.utc_offset_s));
    let Some(window) = orders.window else { return table };
    let printed = |v: f64| number(in_unit(v, "ug/m3"));
    let focus = orders.receptor.as_deref();
    let mut push = |receptor: &str, effect: f64, error: Option<f64>| {
        let (start, end) = (clock.time(window.start), clock.time(window.end));
        let error = optional(error.map(|e| in_unit(e, "ug/m3")));
        table.rows.push(vec![receptor.into(), start, end, printed(effect), error, "ug/m3".into(), quality(view)]);
    };
    if let Some((receptor, (effect, error))) = focus.zip(orders.expected) {
        push(receptor, effect, Some(error));
    }
    for (station, effect) in orders.expected_by_station.iter().filter(|(station, _)| Some(station.as_str()) != focus) {
        push(station, *effect, None);
    }
    table
}

/// Standard errors that ledger and forward run may lie apart.
pub const APART: f64 = 3.0;
/// Relative error that the river may have.
pub const RIVER: f64 = 1e-10;

/// How well the books balance.
pub fn balance(view: &View<'_>) -> Table {
    let columns = ["check", "ledger", "forward", "unit", "error", "allowed", "error_in", "holds", "quality"];
    let mut table = Table::new("balance.csv", Verb::Attribute, &columns);
    let b = &view.turn.balance;
    if let (Some(ledger), Some(forward)) = (b.air_ledger, b.air_forward) {
        let printed = |v: f64| number(in_unit(v, "ug/m3"));
        table.rows.push(vec![
            "air_forward".into(),
            printed(ledger),
            printed(forward),
            "ug/m3".into(),
            optional(b.air_deviation),
            number(APART),
            "standard errors".into(),
            b.air_deviation.is_some_and(|d| d.abs() < APART).to_string(),
            quality(view),
        ]);
    }
    for (check, error) in [("river_forward", b.river_forward_error), ("river_mass", b.river_mass_error)] {
        let Some(error) = error else { continue };
        let holds = (error <= RIVER).to_string();
        let cells = [check, "", "", "", &number(error), &number(RIVER), "relative", &holds];
        let mut row: Vec<String> = cells.map(String::from).to_vec();
        row.push(quality(view));
        table.rows.push(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_named_by_the_wind_that_comes_from_it_and_by_its_distance() {
        let here = Point { lon: 120.0, lat: 30.0 };
        for (lon, lat, wind, ring) in [
            (120.0, 30.1, "N", "0-50"),
            (121.0, 30.9, "NE", "50-150"),
            (122.0, 30.0, "E", "150-300"),
            (120.0, 26.0, "S", "300-"),
            (119.0, 31.0, "NW", "50-150"),
        ] {
            assert_eq!(seen_from(here, Point { lon, lat }), (wind, ring), "{lon} {lat}");
        }
    }
}
