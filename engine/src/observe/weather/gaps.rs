//! Hours that a series of weather leaves out.

use super::Weather;
use crate::problem::Problem;
use crate::region::Time;
use crate::region::calendar::HOUR;

impl Weather {
    /// Moments that the series leaves out, by its usual step (the median); at most 10,000 of them.
    pub fn missing(&self) -> Vec<Time> {
        let mut steps: Vec<i64> = self.times.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        steps.sort_unstable();
        let Some(usual) = steps.get(steps.len() / 2).copied().filter(|step| *step > 0) else { return Vec::new() };
        let holes = self.times.windows(2).flat_map(|pair| {
            let count = (pair[1].0 - pair[0].0 - 1) / usual;
            (1..=count).map(move |n| Time(pair[0].0 + n * usual))
        });
        holes.take(10_000).collect()
    }

    /// The holes of the series that a run from one moment to another meets, as one sentence.
    pub fn gaps_within(&self, from: Time, to: Time) -> Option<Problem> {
        let missing = self.missing();
        let holes: Vec<[Time; 2]> = self
            .times
            .windows(2)
            .filter(|pair| pair[0] < to && pair[1] > from && missing.iter().any(|m| pair[0] < *m && *m < pair[1]))
            .map(|pair| [pair[0], pair[1]])
            .collect();
        let [first, last] = *holes.first()?;
        let more = match holes.len() {
            1 => String::new(),
            n => format!(", nor in {} more stretches,", n - 1),
        };
        Some(Problem {
            file: "transport air".into(),
            line: None,
            field: "--met".into(),
            value: String::new(),
            limit: format!(
                "missing hours: the run lasts from {} to {} and the weather has nothing between {} and {} ({} h){more} where its step is shorter",
                from.iso(0),
                to.iso(0),
                first.iso(0),
                last.iso(0),
                (last.0 - first.0) as f64 / HOUR as f64
            ),
            remedy: "give the missing hours of weather, or add --bridge-gaps to go straight across them".into(),
        })
    }
}
