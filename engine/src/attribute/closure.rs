//! Closing a receptor's mean: measured = from the region + from outside + unexplained.

use super::ledger::{Contributions, OUTSIDE, receptor_members};
use super::{Closure, LedgerLine, MatrixCell};
use crate::observe::Observed;
use crate::region::calendar::DAY;
use crate::region::pollutant::Medium;
use crate::region::{Case, Pollutant};
use crate::transport::Footprint;

/// The closure of every row. `outside(row)` gives what entered from outside where the footprint itself does not hold it (the
/// edges of the air); inflows of the river are sources without a member.
pub fn close(
    case: &Case,
    observed: &Observed,
    footprint: &Footprint,
    contributions: &[Contributions],
    outside: impl Fn(usize) -> Option<f64>,
) -> Vec<Closure> {
    footprint
        .rows
        .iter()
        .zip(contributions)
        .enumerate()
        .map(|(at, (row, found))| {
            let of_region = |e: usize| case.sources[case.emissions[e].source].member.is_some();
            let (from_region, standard_error) = found.sum(of_region);
            let from_outside = match footprint.medium {
                Medium::Air => outside(at),
                Medium::Water => Some(found.sum(|e| !of_region(e)).0),
            };
            let series = Pollutant::parse(&row.pollutant).and_then(|p| match footprint.medium {
                Medium::Air => observed.find(&row.receptor, p, DAY),
                Medium::Water => observed.section(&row.receptor, p),
            });
            let mean = series.and_then(|s| s.mean(row.period));
            let measured = mean.map(|m| m.0);
            Closure {
                medium: footprint.medium,
                receptor: row.receptor.clone(),
                pollutant: row.pollutant.clone(),
                period: row.period,
                measured,
                readings: mean.map_or(0, |m| m.1),
                from_region,
                from_outside,
                unexplained: measured.map(|m| m - from_region - from_outside.unwrap_or(0.0)),
                standard_error,
            }
        })
        .collect()
}

/// Member × member: the mean over the receptors of each top-level member, from the ledger; for air what entered from
/// outside is added from the closure. Standard errors of receptors are added as if fully correlated, since the same
/// particles serve all of them.
pub fn matrix(case: &Case, ledger: &[LedgerLine], closures: &[Closure]) -> Vec<MatrixCell> {
    let mut cells: Vec<MatrixCell> = Vec::new();
    let mut kinds: Vec<(Medium, &str)> = closures.iter().map(|c| (c.medium, c.pollutant.as_str())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for (medium, pollutant) in kinds {
        for to in case.top_members() {
            let here: Vec<&Closure> = closures
                .iter()
                .filter(|c| c.medium == medium && c.pollutant == pollutant)
                .filter(|c| receptor_members(case, &c.receptor).1 == to.code)
                .collect();
            if here.is_empty() {
                continue;
            }
            let n = here.len() as f64;
            let lines = || {
                ledger.iter().filter(|l| l.medium == medium && l.pollutant == pollutant && l.receptor_member == to.code)
            };
            let mut row: Vec<(String, f64, f64)> = case
                .top_members()
                .map(|from| {
                    let mine = lines().filter(|l| l.member == from.code);
                    let (value, error) = mine.fold((0.0, 0.0), |s, l| (s.0 + l.value, s.1 + l.standard_error));
                    (from.code.clone(), value / n, error / n)
                })
                .collect();
            let outside: f64 = here.iter().filter_map(|c| c.from_outside).fold(0.0, |s, x| s + x) / n;
            row.push((OUTSIDE.into(), outside, 0.0));
            let total: f64 = row.iter().map(|r| r.1).sum();
            cells.extend(row.into_iter().map(|(from, value, standard_error)| MatrixCell {
                medium,
                pollutant: pollutant.into(),
                from,
                to: to.code.clone(),
                value,
                share: if total > 0.0 { value / total } else { 0.0 },
                standard_error,
            }));
        }
    }
    cells
}
