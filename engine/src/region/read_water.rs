//! The water tables of a case: network, sections, readings.

use super::calendar::DAY;
use super::case::Reader;
use super::event::Reading;
use super::geometry::Point;
use super::network::{Branch, Reach, ReachKind, Section, SectionRole, WaterBody};
use super::pollutant::{Medium, Pollutant};
use super::read_air::place;
use super::table::{LATITUDE, LONGITUDE, Limit, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Gravity, m s⁻².
const GRAVITY_M_S2: f64 = 9.806_65;

/// The columns that describe a reach, whichever branch the row is for.
const DESCRIBES: [&str; 9] =
    ["kind", "flow_m3_s", "length_m", "width_m", "depth_m", "slope", "manning_n", "velocity_m_s", "volume_m3"];

/// `reaches.csv`: one row per branch; rows of one reach must agree. Also gives identifier → position.
pub(super) fn reaches(reader: &mut Reader<'_>) -> (Vec<Reach>, BTreeMap<String, usize>) {
    let codes = reader.codes;
    let mut list: Vec<Reach> = Vec::new();
    let mut position: BTreeMap<String, usize> = BTreeMap::new();
    let mut described: BTreeMap<(usize, &str), String> = BTreeMap::new();
    let mut links: Vec<(u64, usize, String, f64)> = Vec::new();
    // Reaches with a refused row: their shares say nothing.
    let mut incomplete: BTreeSet<String> = BTreeSet::new();
    let required = ["reach_id", "to_id", "kind", "flow_m3_s"];
    let table = reader.each_row("reaches.csv", &required, |row| {
        let Some(id) = row.needed("reach_id") else { return };
        let Some(share) = row.number_or_empty("share", Limit::new(0.0, 1.0, "of the flow")) else {
            incomplete.insert(id);
            return;
        };
        let at = match position.get(&id) {
            Some(at) => {
                if let Some(column) = DESCRIBES.into_iter().find(|c| {
                    let (here, first) = (row.text(c), described.get(&(*at, *c)).map_or("", String::as_str));
                    !here.is_empty() && here != first
                }) {
                    row.refuse(
                        column,
                        format!("differs from the first row of reach {id}"),
                        "the rows of a reach that divides differ in to_id and share only; repeat the rest or leave it empty",
                    );
                    incomplete.insert(id);
                    return;
                }
                *at
            }
            None => {
                let Some(reach) = read_reach(row, &id, codes) else { return };
                list.push(reach);
                let at = list.len() - 1;
                position.insert(id.clone(), at);
                described.extend(DESCRIBES.map(|c| ((at, c), row.text(c).to_string())));
                at
            }
        };
        links.push((row.line(), at, row.text("to_id").to_string(), share.unwrap_or(1.0)));
    });
    let Some(table) = table else { return (list, position) };
    let shared = std::cell::RefCell::new(&mut *reader.problems);
    let rows: BTreeMap<u64, Row<'_>> = table.rows(&shared).map(|row| (row.line(), row)).collect();
    for (line, at, to_id, share) in &links {
        let Some(row) = rows.get(line) else { continue };
        let to = match position.get(to_id) {
            _ if to_id.is_empty() => None,
            Some(to) if to == at => {
                row.refuse(
                    "to_id",
                    "a reach cannot flow into itself",
                    "name the next reach, or leave it empty where the water leaves",
                );
                incomplete.insert(list[*at].id.clone());
                continue;
            }
            Some(to) => Some(*to),
            None => {
                row.refuse(
                    "to_id",
                    "is not a reach_id of this table",
                    "name the next reach, or leave it empty where the water leaves",
                );
                incomplete.insert(list[*at].id.clone());
                continue;
            }
        };
        list[*at].branches.push(Branch { to, share: *share });
    }
    for (line, at, ..) in &links {
        let Some(row) = rows.get(line) else { continue };
        let sum: f64 = list[*at].branches.iter().map(|b| b.share).sum();
        if (sum - 1.0).abs() > 1e-6 && !incomplete.contains(&list[*at].id) {
            row.refuse(
                "share",
                format!("the shares of reach {} sum to {sum:.6}, not 1", list[*at].id),
                "correct the shares of its branches",
            );
        }
    }
    // Shares such as 0.333333 are made whole, so that no water goes missing at a division.
    for reach in &mut list {
        let sum: f64 = reach.branches.iter().map(|b| b.share).sum();
        if (sum - 1.0).abs() <= 1e-6 {
            reach.branches.iter_mut().for_each(|b| b.share /= sum);
        }
    }
    for at in cycle(&list) {
        if let Some(row) = links.iter().find(|l| l.1 == at).and_then(|l| rows.get(&l.0)) {
            row.refuse(
                "to_id",
                "the reach flows back into itself in a circle",
                "this version needs a network without circles; cut the weakest branch",
            );
        }
    }
    check_continuity(&list, &links, &rows);
    (list, position)
}

fn read_reach(row: &Row<'_>, id: &str, codes: &BTreeSet<String>) -> Option<Reach> {
    let kind = row.choice(
        "kind",
        &[
            ("reach", ReachKind::Reach),
            ("lake", ReachKind::Lake),
            ("gate", ReachKind::Gate),
            ("diversion", ReachKind::Diversion),
        ],
    );
    let flow = row.number("flow_m3_s", Limit::new(1e-6, 3e5, "m3/s"));
    let length = row.number_or_empty("length_m", Limit::new(0.0, 2e6, "m"));
    let width = row.number_or_empty("width_m", Limit::new(0.1, 1e5, "m"));
    let depth = row.number_or_empty("depth_m", Limit::new(0.01, 300.0, "m"));
    let slope = row.number_or_empty("slope", Limit::new(0.0, 1.0, "m per m"));
    let roughness = row.number_or_empty("manning_n", Limit::new(0.005, 0.5, "s m^-1/3"));
    let velocity = row.number_or_empty("velocity_m_s", Limit::new(1e-5, 15.0, "m/s"));
    let volume = row.number_or_empty("volume_m3", Limit::new(1.0, 1e12, "m3"));
    let point = |lon, lat| {
        let (lon, lat) = (row.number_or_empty(lon, LONGITUDE)?, row.number_or_empty(lat, LATITUDE)?);
        Some(lon.zip(lat).map(|(lon, lat)| Point { lon, lat }))
    };
    let (from, to) = (point("lon", "lat"), point("to_lon", "to_lat"));
    let member = match row.text("member") {
        "" => Some(None),
        _ => row.known("member", codes, "members.csv").map(Some),
    };
    let (kind, flow, length, width, depth) = (kind?, flow?, length?, width?, depth?);
    let (slope, roughness, velocity, volume) = (slope?, roughness?, velocity?, volume?);
    let (travel_s, volume_m3) = match kind {
        ReachKind::Gate => (0.0, 0.0),
        ReachKind::Lake => {
            let by_size = length.zip(width).zip(depth).map(|((l, w), d)| l * w * d);
            let Some(volume) = volume.or(by_size) else {
                row.refuse("volume_m3", "a lake needs a volume, or length, width and depth", "give one of them");
                return None;
            };
            (volume / flow, volume)
        }
        ReachKind::Reach | ReachKind::Diversion => {
            let Some(length) = length.filter(|l| *l > 0.0) else {
                row.refuse("length_m", "a reach needs a length above 0 m", "give it in metres");
                return None;
            };
            // Manning's equation for a wide channel, v = d^(2/3) √S / n, where neither velocity nor depth × width is known.
            let manning = depth.zip(slope).zip(roughness).map(|((d, s), n)| d.powf(2.0 / 3.0) * s.sqrt() / n);
            let by_area = width.zip(depth).map(|(w, d)| flow / (w * d));
            let Some(velocity) = velocity.or(by_area).or(manning).filter(|v| *v > 0.0) else {
                row.refuse("velocity_m_s", "a reach needs a velocity, or width and depth", "give the velocity in m/s");
                return None;
            };
            let wave = depth.map_or(15.0, |d| (GRAVITY_M_S2 * d).sqrt().max(15.0));
            if velocity > wave {
                row.refuse(
                    "width_m",
                    format!("flow over width × depth (or slope and roughness) gives {velocity:.1} m/s, faster than any river"),
                    "check the units of flow, width and depth",
                );
                return None;
            }
            (length / velocity, flow * length / velocity)
        }
    };
    let name = |column: &str| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(id).to_string();
    Some(Reach {
        id: id.to_string(),
        kind,
        length_m: length.unwrap_or(0.0),
        flow_m3_s: flow,
        travel_s,
        volume_m3,
        branches: Vec::new(),
        member: member?,
        name_zh: name("name_zh"),
        name_en: name("name_en"),
        from: from?,
        to: to?,
    })
}

/// The reaches that lie on a circle, found by peeling off what has nothing upstream (Kahn) and then downstream.
fn cycle(list: &[Reach]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..list.len()).collect();
    loop {
        let has_inflow: BTreeSet<usize> =
            left.iter().flat_map(|r| list[*r].branches.iter().filter_map(|b| b.to)).collect();
        let has_outflow = |r: &usize| list[*r].branches.iter().any(|b| b.to.is_some_and(|t| left.contains(&t)));
        let kept: BTreeSet<usize> = left.iter().copied().filter(|r| has_inflow.contains(r) && has_outflow(r)).collect();
        if kept.len() == left.len() {
            return kept.into_iter().collect();
        }
        left = kept;
    }
}

/// More water cannot enter a reach from above than flows in it.
fn check_continuity(list: &[Reach], links: &[(u64, usize, String, f64)], rows: &BTreeMap<u64, Row<'_>>) {
    let mut from_above = vec![0.0; list.len()];
    for reach in list {
        for branch in &reach.branches {
            if let Some(to) = branch.to {
                from_above[to] += branch.share * reach.flow_m3_s;
            }
        }
    }
    for (at, reach) in list.iter().enumerate() {
        if from_above[at] > reach.flow_m3_s * (1.0 + 1e-3) {
            let row = links.iter().find(|l| l.1 == at).and_then(|l| rows.get(&l.0));
            if let Some(row) = row {
                let limit =
                    format!("{:.3} m3/s flow in from above but only {} m3/s flow on", from_above[at], reach.flow_m3_s);
                row.refuse("flow_m3_s", limit, "correct the flow, or add a diversion for what leaves");
            }
        }
    }
}

/// `sections.csv`.
pub(super) fn sections(reader: &mut Reader<'_>, reaches: &[Reach], ids: &BTreeMap<String, usize>) -> Vec<Section> {
    let codes = reader.codes;
    let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
    reader.each_row("sections.csv", &["section_id", "reach_id", "distance_m", "role", "member", "kind"], |row| {
        let id = row.new_id("section_id", &mut seen);
        let role = row.choice(
            "role",
            &[("border", SectionRole::Border), ("intake", SectionRole::Intake), ("control", SectionRole::Control)],
        );
        let body = row.choice("kind", &[("river", WaterBody::River), ("lake", WaterBody::Lake)]);
        let member = row.known("member", codes, "members.csv");
        let classes = [("", None), ("Ⅰ", Some(1)), ("Ⅱ", Some(2)), ("Ⅲ", Some(3)), ("Ⅳ", Some(4)), ("Ⅴ", Some(5))];
        let target_class = row.choice("target_class", &classes);
        let at = match row.text("reach_id") {
            "" => Some((None, 0.0)),
            reach => position_on(row, reach, reaches, ids).map(|(r, d)| (Some(r), d)),
        };
        let located = match (row.text("lon"), row.text("lat")) {
            ("", "") => Some(None),
            _ => place(row).map(Some),
        };
        let parts = (id, role, body, member, target_class, at, located);
        let (
            Some(id),
            Some(role),
            Some(body),
            Some(member),
            Some(target_class),
            Some((reach, distance_m)),
            Some(place),
        ) = parts
        else {
            return;
        };
        let name = |column| Some(row.text(column)).filter(|t| !t.is_empty()).unwrap_or(&id).to_string();
        let (name_zh, name_en) = (name("name_zh"), name("name_en"));
        let river_chief = row.text("river_chief").to_string();
        list.push(Section {
            id,
            reach,
            distance_m,
            role,
            member,
            body,
            target_class,
            river_chief,
            place,
            name_zh,
            name_en,
        });
    });
    list
}

/// A place on the network: reach and metres from its head, which must lie within its length.
pub(super) fn position_on(
    row: &Row<'_>,
    reach: &str,
    reaches: &[Reach],
    ids: &BTreeMap<String, usize>,
) -> Option<(usize, f64)> {
    let Some(at) = ids.get(reach) else {
        row.refuse("reach_id", "is not in reaches.csv", "use a reach_id of that table");
        return None;
    };
    let distance = row.number_or_empty("distance_m", Limit::new(0.0, 2e6, "m"))?.unwrap_or(0.0);
    let length = reaches[*at].length_m;
    if reaches[*at].kind != ReachKind::Lake && distance > length {
        row.refuse(
            "distance_m",
            format!("lies beyond the end of reach {reach}, which is {length} m long"),
            "measure from the head of the reach, in metres",
        );
        return None;
    }
    Some((*at, distance))
}

/// `water_observations.csv`: wide, one column a pollutant in its printed unit.
pub(super) fn observations(
    reader: &mut Reader<'_>,
    sections: &[Section],
) -> BTreeMap<(String, Pollutant), Vec<Reading>> {
    const FILE: &str = "water_observations.csv";
    let known: BTreeSet<String> = sections.iter().map(|s| s.id.clone()).collect();
    let zone = reader.zone;
    let mut readings: BTreeMap<_, Vec<Reading>> = BTreeMap::new();
    let water: Vec<(&str, Pollutant)> = super::pollutant::TABLE
        .iter()
        .filter(|(_, spec)| spec.medium == Medium::Water)
        .flat_map(|(p, spec)| spec.aliases.iter().map(move |name| (*name, *p)).chain([(spec.id, *p)]))
        .collect();
    reader.each_row(FILE, &["section", "time"], |row| {
        let (Some(section), Some(time)) = (row.known("section", &known, "sections.csv"), row.time("time", zone)) else {
            return;
        };
        let Some(days) = row.number_or_empty("days", Limit::new(0.0, 31.0, "days of the month with readings")) else {
            return;
        };
        let monthly = days.is_some();
        let seconds = if monthly { time.next_month(zone).0 - time.0 } else { DAY };
        for (column, pollutant) in &water {
            if row.text(column).is_empty() {
                continue;
            }
            if let Some(value) = row.number_or_empty(column, Limit::new(-1e9, 1e9, pollutant.spec().unit)) {
                let reading =
                    Reading { time, seconds, value: value.map(|v| pollutant.from_printed(v)), line: row.line() };
                readings.entry((section.clone(), *pollutant)).or_default().push(reading);
            }
        }
    });
    readings
}
