//! Footprints, reported rates and measurements as one linear system.

use crate::problem::{Error, Result};
use crate::region::calendar::Period;
use crate::transport::Footprint;

/// A reported rate of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Source: a site of the footprint.
    pub source: String,
    /// Who answers for it; corrected as one.
    pub group: String,
    /// Emitted species.
    pub species: String,
    /// When; `None` = always.
    pub window: Option<Period>,
    /// kg s⁻¹.
    pub rate_kg_s: f64,
    /// Standard deviation of what is true about what is reported, over what is reported.
    pub relative_sd: f64,
}

/// A measured mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Receptor.
    pub receptor: String,
    /// Over which it is the mean.
    pub period: Period,
    /// Of what the sources of the footprint bring, kg m⁻³: a background is taken off before.
    pub value: f64,
    /// One standard deviation, kg m⁻³.
    pub sd: f64,
}

/// A group and species whose rate is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Group.
    pub group: String,
    /// Emitted species.
    pub species: String,
    /// Reported, kg s⁻¹, over the whole time of the footprint.
    pub reported: f64,
    /// Standard deviation of the prior, over what is reported.
    pub relative_sd: f64,
}

/// `y = K s + ε`.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// What is asked for; `k` of them.
    pub unknowns: Vec<Unknown>,
    /// What was measured; `n` of it.
    pub observations: Vec<Observation>,
    /// `n × k`, row by row: what the reported rates of each unknown bring to each measurement, kg m⁻³.
    pub kernel: Vec<f64>,
    /// Sampling error of the footprint at each measurement with reported rates, kg m⁻³.
    pub sampling: Vec<f64>,
}

impl System {
    /// Lays the system out. Measurements that no row of the footprint is of, and rates of sources or species it does not know, are
    /// left out and told, a sentence each.
    ///
    /// # Errors
    ///
    /// No measurement or no unknown is left.
    pub fn of(
        footprint: &Footprint,
        reported: &[Reported],
        observations: &[Observation],
    ) -> Result<(System, Vec<String>)> {
        let mut left_out = vec![];
        let mut unknowns: Vec<Unknown> = vec![];
        // Site, species, window, rate and unknown of every rate that counts; per unknown Σ rate and Σ rate · sd.
        let mut rates: Vec<(u32, u16, Option<Period>, f64, usize)> = vec![];
        let mut sums: Vec<(f64, f64)> = vec![];
        let covered = |window| {
            let seconds: Vec<f64> = footprint.bins.iter().map(|b| b.seconds() as f64).collect();
            let shares = (0..footprint.bins.len()).map(|b| footprint.bin_share(b as u16, window) * seconds[b]);
            shares.sum::<f64>() / seconds.iter().sum::<f64>().max(1.0)
        };
        for r in reported {
            let site = footprint.sites.iter().position(|s| *s == r.source);
            let species = footprint.species.iter().position(|s| *s == r.species);
            let (Some(site), Some(species)) = (site, species) else {
                left_out.push(format!("reported {}, {}: the footprint does not know it", r.source, r.species));
                continue;
            };
            let at = unknowns.iter().position(|u| u.group == r.group && u.species == r.species).unwrap_or_else(|| {
                unknowns.push(Unknown {
                    group: r.group.clone(),
                    species: r.species.clone(),
                    reported: 0.0,
                    relative_sd: 0.0,
                });
                sums.push((0.0, 0.0));
                unknowns.len() - 1
            });
            let mean = r.rate_kg_s * covered(r.window);
            unknowns[at].reported += mean;
            sums[at].0 += mean;
            sums[at].1 += mean * r.relative_sd;
            rates.push((site as u32, species as u16, r.window, r.rate_kg_s, at));
        }
        for (unknown, (rate, weighted)) in unknowns.iter_mut().zip(&sums) {
            unknown.relative_sd = if *rate > 0.0 { weighted / rate } else { 0.0 };
        }
        let idle: Vec<bool> = unknowns.iter().map(|u| u.relative_sd <= 0.0).collect();
        for u in unknowns.iter().filter(|u| u.relative_sd <= 0.0) {
            left_out.push(format!(
                "group {}, {}: nothing reported, or no doubt of it; it stays as it is",
                u.group, u.species
            ));
        }
        let mut system = System { unknowns, observations: vec![], kernel: vec![], sampling: vec![] };
        let k = system.unknowns.len();
        for o in observations {
            let Some(row) = footprint.rows.iter().position(|r| r.receptor == o.receptor && r.period == o.period) else {
                left_out.push(format!(
                    "measured {}, {}: no row of the footprint is of it",
                    o.receptor,
                    o.period.start.iso(0)
                ));
                continue;
            };
            let mut brought = vec![0.0; k];
            let weight = |c: crate::transport::footprint::Column, of: &dyn Fn(usize) -> bool| -> f64 {
                let here = rates.iter().filter(|r| r.0 == c.site && r.1 == c.species && of(r.4));
                here.map(|r| r.3 * footprint.bin_share(c.bin, r.2)).sum()
            };
            for (at, to) in brought.iter_mut().enumerate() {
                *to = footprint.functional(row, |c| weight(c, &|u| u == at)).0;
            }
            system.sampling.push(footprint.functional(row, |c| weight(c, &|_| true)).1);
            // What is not in doubt is taken off.
            let fixed: f64 = brought.iter().zip(&idle).filter(|(_, idle)| **idle).map(|(b, _)| b).sum();
            system.kernel.extend(brought.iter().zip(&idle).filter(|(_, idle)| !**idle).map(|(b, _)| b));
            system.observations.push(Observation { value: o.value - fixed, ..o.clone() });
        }
        let mut keep = idle.iter().map(|idle| !idle);
        system.unknowns.retain(|_| keep.next().unwrap_or(true));
        if system.observations.is_empty() || system.unknowns.is_empty() {
            let what = if system.unknowns.is_empty() { "reported rate in doubt" } else { "measurement" };
            return Err(Error::Stage(format!("no {what} that the footprint knows; {}", left_out.join("; "))));
        }
        Ok((system, left_out))
    }

    /// Without the measurements of one receptor, and only with them.
    pub fn parted(&self, receptor: &str) -> (System, System) {
        let k = self.unknowns.len();
        let take = |of: bool| {
            let rows: Vec<usize> =
                (0..self.observations.len()).filter(|i| (self.observations[*i].receptor == receptor) == of).collect();
            System {
                unknowns: self.unknowns.clone(),
                observations: rows.iter().map(|i| self.observations[*i].clone()).collect(),
                kernel: rows.iter().flat_map(|i| self.kernel[i * k..][..k].iter().copied()).collect(),
                sampling: rows.iter().map(|i| self.sampling[*i]).collect(),
            }
        };
        (take(false), take(true))
    }
}
