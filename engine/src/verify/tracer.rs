//! Scores of a modelled plume against the samples of a tracer experiment, as NOAA's DATEM archive gives them for HYSPLIT.
//!
//! Over n pairs of measured M and calculated C, of one sampler and period each, both in one unit:
//!
//! ```text
//! R   = Σ(M−M̄)(C−C̄) / √(Σ(M−M̄)² Σ(C−C̄)²)          FB  = 2 (C̄ − M̄) / (C̄ + M̄)
//! FMS = 100 N(M>0 and C>0) / N(M>0 or C>0)          KSP = 100 max_x |F_M(x) − F_C(x)|
//! NMSE = Σ(C−M)² / (n C̄ M̄)                          rank = R² + (1 − |FB/2|) + FMS/100 + (1 − KSP/100)
//! ```
//!
//! F is the share of values ≤ x. Draxler (2006), Journal of Geophysical Research 111, D05102 for the rank (0 worst, 4 best); Mosca et
//! al. (1998), Atmospheric Environment 32, 4307 for FMS and KSP. What is above 0 is counted as hit, as in NOAA's score files. Where
//! everything is 0, or all of one side alike, a score has no value and counts 0 in the rank.

/// One sample: where, when and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Number of the sampler.
    pub station: String,
    /// Year, month, day, hour and minute (UTC) at which it began.
    pub start: [i32; 5],
    /// How long it lasted, minutes.
    pub minutes: i32,
    /// Latitude, degrees north.
    pub lat: f64,
    /// Longitude, degrees east.
    pub lon: f64,
    /// Concentration in the unit of the file; `None` where missing (below 0 in the file).
    pub value: Option<f64>,
}

/// Reads a DATEM file of samples: two lines of head, then `year mn dy shr dur lat lon value stn`. Gives every line that
/// cannot be read, as a sentence.
pub fn read_datem(text: &str) -> Result<Vec<Sample>, Vec<String>> {
    let (mut samples, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate().skip(2).filter(|(_, line)| !line.trim().is_empty()) {
        match sample(line) {
            Some(sample) => samples.push(sample),
            None => wrong.push(format!(
                "line {}: \"{}\" is not year, month, day, start (hhmm), duration (hhmm), latitude, longitude, value, station",
                at + 1,
                line.trim().escape_debug()
            )),
        }
    }
    if samples.is_empty() && wrong.is_empty() {
        wrong.push("there is no sample below the two lines of head".into());
    }
    if wrong.is_empty() { Ok(samples) } else { Err(wrong) }
}

fn sample(line: &str) -> Option<Sample> {
    let cells: Vec<&str> = line.split_whitespace().collect();
    let [year, month, day, start, duration, lat, lon, value, station] = cells.as_slice() else { return None };
    let whole = |text: &str| text.parse::<i32>().ok();
    let number = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite());
    let (start, duration, value) = (whole(start)?, whole(duration)?, number(value)?);
    let (lat, lon) = (number(lat)?, number(lon)?);
    let sound =
        (0..=2400).contains(&start) && start % 100 < 60 && (1..=9959).contains(&duration) && duration % 100 < 60;
    let (month, day) = (whole(month)?, whole(day)?);
    let sound =
        sound && (1..=12).contains(&month) && (1..=31).contains(&day) && lat.abs() <= 90.0 && lon.abs() <= 360.0;
    let year = whole(year)?;
    sound.then(|| Sample {
        station: (*station).to_string(),
        start: [year, month, day, start / 100, start % 100],
        minutes: duration / 100 * 60 + duration % 100,
        lat,
        lon,
        value: (value >= 0.0).then_some(value),
    })
}

/// How well a plume was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Pairs of finite numbers, which alone count.
    pub pairs: usize,
    /// Mean measured.
    pub measured: f64,
    /// Mean calculated.
    pub calculated: f64,
    /// R; `None` where one side does not vary.
    pub correlation: Option<f64>,
    /// FB, −2 to 2; `None` where both means are 0.
    pub fractional_bias: Option<f64>,
    /// FMS, per cent; `None` where nothing was measured or calculated.
    pub merit_in_space: Option<f64>,
    /// KSP, per cent.
    pub kolmogorov_smirnov: f64,
    /// NMSE; `None` where a mean is 0.
    pub mean_square_error: Option<f64>,
}

impl Scores {
    /// Scores of pairs (measured, calculated), the measured not below 0; `None` where no pair is left.
    pub fn new(pairs: &[(f64, f64)]) -> Option<Scores> {
        let pairs: Vec<(f64, f64)> =
            pairs.iter().copied().filter(|(m, c)| m.is_finite() && c.is_finite() && *m >= 0.0).collect();
        let n = pairs.len() as f64;
        if pairs.is_empty() {
            return None;
        }
        let measured = pairs.iter().map(|p| p.0).sum::<f64>() / n;
        let calculated = pairs.iter().map(|p| p.1).sum::<f64>() / n;
        let sum = |of: fn(f64, f64) -> f64| pairs.iter().map(|(m, c)| of(m - measured, c - calculated)).sum::<f64>();
        let spread = (sum(|m, _| m * m) * sum(|_, c| c * c)).sqrt();
        let squares: f64 = pairs.iter().map(|(m, c)| (c - m) * (c - m)).sum();
        let both = pairs.iter().filter(|(m, c)| *m > 0.0 && *c > 0.0).count() as f64;
        let either = pairs.iter().filter(|(m, c)| *m > 0.0 || *c > 0.0).count() as f64;
        let (total, product) = (measured + calculated, measured * calculated);
        Some(Scores {
            pairs: pairs.len(),
            measured,
            calculated,
            correlation: (spread > 0.0).then(|| sum(|m, c| m * c) / spread),
            fractional_bias: (total > 0.0).then(|| 2.0 * (calculated - measured) / total),
            merit_in_space: (either > 0.0).then(|| 100.0 * both / either),
            kolmogorov_smirnov: kolmogorov_smirnov(&pairs),
            mean_square_error: (product > 0.0).then(|| squares / (n * product)),
        })
    }

    /// The rank, 0 to 4.
    pub fn rank(&self) -> f64 {
        rank(
            self.correlation.unwrap_or(0.0),
            self.fractional_bias.unwrap_or(2.0),
            self.merit_in_space.unwrap_or(0.0),
            self.kolmogorov_smirnov,
        )
    }
}

/// R² + (1 − |FB/2|) + FMS/100 + (1 − KSP/100).
pub fn rank(correlation: f64, fractional_bias: f64, merit_in_space: f64, kolmogorov_smirnov: f64) -> f64 {
    correlation * correlation
        + (1.0 - (0.5 * fractional_bias).abs())
        + merit_in_space / 100.0
        + (1.0 - kolmogorov_smirnov / 100.0)
}

/// The greatest distance between the shares of values ≤ x, per cent.
fn kolmogorov_smirnov(pairs: &[(f64, f64)]) -> f64 {
    let sorted = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (measured, calculated) = (sorted(|p| p.0), sorted(|p| p.1));
    let share = |values: &[f64], x: f64| values.partition_point(|v| *v <= x) as f64 / values.len() as f64;
    let steps = measured.iter().chain(&calculated);
    steps.map(|x| 100.0 * (share(&measured, *x) - share(&calculated, *x)).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_plume_ranks_four_and_a_plume_that_misses_everything_near_nothing() {
        let perfect: Vec<(f64, f64)> = [0.0, 1.0, 5.0, 2.0].iter().map(|v| (*v, *v)).collect();
        assert!((Scores::new(&perfect).unwrap().rank() - 4.0).abs() < 1e-12);
        // Nothing calculated: FB = −2, FMS = 0, KSP = the share of samples above 0, 3 of 4; R has no value.
        let missed = Scores::new(&[(0.0, 0.0), (1.0, 0.0), (5.0, 0.0), (2.0, 0.0)]).unwrap();
        assert_eq!((missed.correlation, missed.fractional_bias), (None, Some(-2.0)));
        assert!((missed.rank() - 0.25).abs() < 1e-12);
    }

    #[test]
    fn each_score_is_what_hand_reckoning_gives() {
        // M̄ = 1.5, C̄ = 2.5; deviations M −1.5 −.5 .5 1.5, C −2.5 .5 −1.5 3.5: R = 8/√(5·21); FB = 2/4;
        // above 0 in both: 3 of 3; F differs most at x = 2: 3/4 against 2/4.
        let scores = Scores::new(&[(0.0, 0.0), (1.0, 3.0), (2.0, 1.0), (3.0, 6.0), (-1.0, 4.0)]).unwrap();
        assert_eq!((scores.pairs, scores.measured, scores.calculated), (4, 1.5, 2.5));
        assert!((scores.correlation.unwrap() - 8.0 / 105.0_f64.sqrt()).abs() < 1e-12);
        assert!((scores.fractional_bias.unwrap() - 0.5).abs() < 1e-12);
        assert!((scores.merit_in_space.unwrap() - 100.0).abs() < 1e-12);
        assert!((scores.kolmogorov_smirnov - 25.0).abs() < 1e-12);
        assert!((scores.mean_square_error.unwrap() - 14.0 / 4.0 / 3.75).abs() < 1e-12);
    }

    #[test]
    fn a_line_that_is_no_sample_is_named_and_a_value_below_zero_is_missing() {
        let head = "file\nyear mn dy shr dur lat lon pmch stn\n";
        let samples = read_datem(&format!("{head}1983 09 18 1830 0300 39.65 -80.42 -9.9 302\n")).unwrap();
        assert_eq!((samples[0].value, samples[0].minutes, samples[0].start), (None, 180, [1983, 9, 18, 18, 30]));
        let wrong = read_datem(&format!("{head}1983 13 18 1800 0300 39.65 -80.42 1 302\nnothing\n")).unwrap_err();
        assert!(wrong.len() == 2 && wrong[0].starts_with("line 3") && wrong[1].starts_with("line 4"), "{wrong:?}");
    }
}
