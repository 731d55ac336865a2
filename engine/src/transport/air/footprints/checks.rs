//! Why receptors cannot be followed: every reason at once, each with its remedy.

use super::{BATCHES, LEAST_PARTICLES, Receptor, Settings};
use crate::observe::weather::Weather;
use crate::problem::Problem;
use crate::region::Point;
use crate::region::calendar::{HOUR, Time};
use crate::transport::air::chart;

/// Every reason why the receptors cannot be followed, each a sentence. `file` and `line` say where a receptor stands.
pub fn problems(
    weather: &Weather,
    receptors: &[Receptor],
    settings: &Settings,
    file: &str,
    line: &dyn Fn(usize) -> Option<u64>,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |line: Option<u64>, field: &str, value: String, limit: String, remedy: String| {
        let file = if line.is_some() { file.to_string() } else { "transport air".into() };
        found.push(Problem { file, line, field: field.into(), value, limit, remedy });
    };
    if settings.particles < LEAST_PARTICLES {
        add(
            None,
            "--particles",
            settings.particles.to_string(),
            format!(
                "too few particles: at least {LEAST_PARTICLES} are needed, two in each of {BATCHES} batches that give the standard error"
            ),
            format!("ask for {LEAST_PARTICLES} or more; 500 are usual"),
        );
    }
    let hours = receptors.iter().map(|r| r.period.end.0).max().unwrap_or(0)
        - receptors.iter().map(|r| r.period.start.0).min().unwrap_or(0);
    if hours / HOUR + settings.hours > i64::from(u16::MAX) {
        add(
            None,
            "start,end",
            format!("{} h from the first receptor to the last", hours / HOUR),
            format!("one footprint holds at most {} emission hours", u16::MAX),
            "split the table by time".into(),
        );
    }
    let (first, last) = (weather.times.first().copied(), weather.times.last().copied());
    let top = weather.heights_m.last().copied().unwrap_or(0.0);
    for (at, receptor) in receptors.iter().enumerate() {
        let own = line(at);
        if let Some(limit) = outside(weather, receptor.place) {
            add(
                own,
                "lon,lat",
                format!("{}, {}", receptor.place.lon, receptor.place.lat),
                format!("receptor {} lies outside {limit}", receptor.id),
                "move the receptor, or give weather that covers it".into(),
            );
        }
        if !(receptor.height_m >= 0.0 && receptor.height_m <= f64::from(top)) {
            add(
                own,
                "height_m",
                receptor.height_m.to_string(),
                format!("must lie from 0 to {top:.0} m, the top of the weather"),
                "correct the height".into(),
            );
        }
        let (Some(first), Some(last)) = (first, last) else { continue };
        let needed = Time(receptor.period.start.0 - settings.hours * HOUR);
        if receptor.period.start < first || receptor.period.end > last {
            add(
                own,
                "start,end",
                format!("{} to {}", receptor.period.start.iso(0), receptor.period.end.iso(0)),
                format!(
                    "the weather lasts from {} to {}, so {} has hours without weather",
                    first.iso(0),
                    last.iso(0),
                    receptor.id
                ),
                "give the missing hours of weather, or shorten the period".into(),
            );
        } else if needed < first && !settings.truncate {
            add(
                own,
                "start",
                receptor.period.start.iso(0),
                format!(
                    "missing hours: {} h back from there reach {}, and the weather begins at {}",
                    settings.hours,
                    needed.iso(0),
                    first.iso(0)
                ),
                format!(
                    "give {} h more of earlier weather, ask for --hours {} or fewer, or add --truncate to follow as far as the weather goes",
                    (first.0 - needed.0 + HOUR - 1) / HOUR,
                    (receptor.period.start.0 - first.0) / HOUR
                ),
            );
        }
    }
    found
}

/// How far a place is off the weather's grid, as the end of a sentence; `None` where it lies on it.
pub fn outside(weather: &Weather, place: Point) -> Option<String> {
    let grid = &weather.grid;
    let (i, j) = grid.position(place);
    let inside = |x: f64, n: usize| x >= 0.0 && x <= n as f64 - 1.0;
    if (grid.wraps || inside(i, grid.nx)) && inside(j, grid.ny) {
        return None;
    }
    let covered = chart::covering(grid, 0.01);
    Some(format!(
        "the weather's grid, which lies within {:.2} to {:.2} E and {:.2} to {:.2} N",
        covered.west,
        covered.west + covered.step * covered.nx as f64,
        covered.south,
        covered.south + covered.step * covered.ny as f64
    ))
}
