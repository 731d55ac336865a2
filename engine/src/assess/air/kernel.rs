//! The index of HJ 633 over flat arrays: millions of station-hours, one lookup a value.
//!
//! ```text
//! c = round(C/u)         t = T_p[min(c, last + 1)]  (sub-index + 1, 0 = none)         AQI = max_p t − 1
//! ```
//!
//! A curve has few rounded concentrations (at most 3,841 from 0 to its last breakpoint), so that its sub-indices are
//! computed once, by the scalar rule itself, and looked up. Rounding is the scalar rule's own function, so the answers are
//! the same to the bit. A block of hours is rounded first (straight arithmetic on an array) and looked up then.

use super::curve::{Grid, TOO_MANY_STEPS, whole};
use crate::assess::hj633::{Breakpoints, HourItem};
use crate::region::pollutant::Pollutant;

/// Stands for an index that is not computed or not published.
pub const NA: u16 = u16::MAX;

/// Values rounded before they are looked up.
const BLOCK: usize = 128;

struct Channel {
    item: HourItem,
    grid: Grid,
    /// Bit of the pollutant in the set of primary pollutants.
    bit: u8,
    /// Sub-index plus one by steps; then above the curve; then no value.
    table: Vec<u16>,
}

/// One rule, laid out for arrays.
pub struct Kernel {
    channels: Vec<Channel>,
    pollutants: Vec<Pollutant>,
    complete: u8,
    incomplete_only_above: u16,
}

impl Kernel {
    /// For hours: columns in the order of `rule.clauses.hour`.
    pub fn of_hours(rule: &Breakpoints) -> Kernel {
        Kernel::of(rule, rule.clauses.hour)
    }

    /// For days: columns in the order of `rule.day_items()`.
    pub fn of_days(rule: &Breakpoints) -> Kernel {
        Kernel::of(rule, &rule.day_items())
    }

    fn of(rule: &Breakpoints, items: &[HourItem]) -> Kernel {
        let mut pollutants: Vec<Pollutant> = items.iter().map(|i| i.pollutant).collect();
        pollutants.sort();
        pollutants.dedup();
        let bit = |p: Pollutant| pollutants.iter().position(|q| *q == p).map_or(0, |k| 1u8 << k.min(7));
        let channel = |item: &HourItem| {
            let curve = rule.curve(item.pollutant, item.curve_s);
            Channel {
                item: *item,
                grid: crate::assess::hj633::grid(item.pollutant),
                bit: bit(item.pollutant),
                table: curve.map_or_else(|| vec![0, 0, 0], |c| c.lookup()),
            }
        };
        let channels: Vec<Channel> = items.iter().map(channel).collect();
        let complete = channels.iter().fold(0, |all, c| all | c.bit);
        let incomplete_only_above = rule.clauses.incomplete_only_above.unwrap_or(0);
        Kernel { channels, pollutants, complete, incomplete_only_above }
    }

    /// What the columns are.
    pub fn columns(&self) -> impl Iterator<Item = HourItem> {
        self.channels.iter().map(|c| c.item)
    }

    /// The pollutants of a set of primary pollutants.
    pub fn primary(&self, set: u8) -> Vec<Pollutant> {
        self.pollutants.iter().enumerate().filter(|(k, _)| set & (1 << k) != 0).map(|(_, p)| *p).collect()
    }

    /// Scores as many station-hours as `index` has places. Columns hold kg m⁻³; NaN, a negative value and a column that is
    /// too short are missing. `index` is [`NA`] where nothing is published; `primary` is a set for [`Kernel::primary`].
    ///
    /// Compiled for each instruction set and chosen as the program runs; nothing in it can round differently.
    pub fn score(&self, columns: &[&[f64]], index: &mut [u16], primary: &mut [u8]) {
        pulp::Arch::new().dispatch(|| self.score_blocks(columns, index, primary));
    }

    #[inline(always)]
    fn score_blocks(&self, columns: &[&[f64]], index: &mut [u16], primary: &mut [u8]) {
        let mut start = 0;
        for (index, primary) in index.chunks_mut(BLOCK).zip(primary.chunks_mut(BLOCK)) {
            let (mut best, mut who, mut there) = ([0u16; BLOCK], [0u8; BLOCK], [0u8; BLOCK]);
            for (k, channel) in self.channels.iter().enumerate() {
                let column = columns.get(k).copied().unwrap_or(&[]);
                let from = start.min(column.len());
                let values = column.get(from..(from + BLOCK).min(column.len())).unwrap_or(&[]);
                channel.take(values, &mut best, &mut who, &mut there);
            }
            for (j, (index, primary)) in index.iter_mut().zip(primary.iter_mut()).enumerate() {
                let least = if there[j] == self.complete { 0 } else { self.incomplete_only_above };
                // `best` is the index plus one; 0 where nothing was measured.
                let published = best[j] > 0 && (least == 0 || best[j] > least + 1);
                *index = if published { best[j] - 1 } else { NA };
                *primary = if published && best[j] > 51 { who[j] } else { 0 };
            }
            start += BLOCK;
        }
    }
}

impl Channel {
    #[inline(always)]
    fn take(&self, values: &[f64], best: &mut [u16; BLOCK], who: &mut [u8; BLOCK], there: &mut [u8; BLOCK]) {
        let (missing, above) = (self.table.len() - 1, self.table.len() - 2);
        let (missing_f, above_f) = (missing as f64, above as f64);
        let mut at = [missing as u32; BLOCK];
        for (at, si) in at.iter_mut().zip(values) {
            let c = self.grid.even(*si);
            // NaN fails both comparisons and stays missing.
            let there_is = (0.0..TOO_MANY_STEPS).contains(&c);
            let c = if c < above_f { c } else { above_f };
            *at = whole(if there_is { c } else { missing_f });
        }
        // The lookups alone, so that the arithmetic around them is of whole registers.
        let table = self.table.as_slice();
        let mut entries = [0u16; BLOCK];
        for (entry, at) in entries.iter_mut().zip(&at) {
            *entry = table.get(*at as usize).copied().unwrap_or(0);
        }
        for (((entry, best), who), there) in entries.iter().zip(best).zip(who).zip(there) {
            let bit = if *entry > 0 { self.bit } else { 0 };
            let kept = if *entry > *best { 0 } else { *who };
            let added = if *entry >= *best { bit } else { 0 };
            *who = kept | added;
            *best = (*entry).max(*best);
            *there |= bit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::hj633::{RULE_2012, RULE_2026};
    use proptest::prelude::*;
    use std::time::Instant;

    fn scalar(rule: &Breakpoints, items: &[HourItem], hours: bool, values: &[f64]) -> (u16, Vec<Pollutant>) {
        let rows: Vec<(Pollutant, i64, f64)> = items
            .iter()
            .zip(values)
            .filter(|(_, v)| v.is_finite())
            .map(|(i, v)| (i.pollutant, i.averaging_s, *v))
            .collect();
        let scored = if hours { rule.hour(&rows) } else { rule.day(&rows) };
        (scored.index.unwrap_or(NA), scored.primary)
    }

    #[test]
    fn every_whole_and_half_concentration_gives_what_the_scalar_rule_gives() {
        for (name, hours) in [(RULE_2012, true), (RULE_2012, false), (RULE_2026, true), (RULE_2026, false)] {
            let rule = Breakpoints::of(name).unwrap();
            let kernel = if hours { Kernel::of_hours(&rule) } else { Kernel::of_days(&rule) };
            let items: Vec<HourItem> = kernel.columns().collect();
            for (k, item) in items.iter().enumerate() {
                // Halves of the last digit, from below zero to beyond the curve; the other columns are missing or low.
                let step = 0.5 / kernel.channels[k].grid.scale;
                let values: Vec<f64> =
                    (-10..10_000).map(|h| item.pollutant.from_printed(f64::from(h) * step)).collect();
                for other in [f64::NAN, 1e-9] {
                    let rest = vec![other; values.len()];
                    let columns: Vec<&[f64]> =
                        (0..items.len()).map(|j| if j == k { &values[..] } else { &rest[..] }).collect();
                    let (mut index, mut primary) = (vec![0; values.len()], vec![0; values.len()]);
                    kernel.score(&columns, &mut index, &mut primary);
                    for (h, value) in values.iter().enumerate() {
                        let row: Vec<f64> = (0..items.len()).map(|j| if j == k { *value } else { other }).collect();
                        let expected = scalar(&rule, &items, hours, &row);
                        assert_eq!((index[h], kernel.primary(primary[h])), expected, "{name} {item:?} {value:e}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_hours_give_what_the_scalar_rule_gives(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![4 => 0.0..900.0_f64, 1 => Just(f64::NAN)], 7), 1..300),
        ) {
            for name in [RULE_2012, RULE_2026] {
                let rule = Breakpoints::of(name).unwrap();
                let kernel = Kernel::of_hours(&rule);
                let items: Vec<HourItem> = kernel.columns().collect();
                let of = |k: usize, v: f64| items[k].pollutant.from_printed(if items[k].pollutant == Pollutant::Co { v / 10.0 } else { v });
                let columns: Vec<Vec<f64>> = (0..items.len()).map(|k| rows.iter().map(|r| of(k, r[k])).collect()).collect();
                let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
                let (mut index, mut primary) = (vec![0; rows.len()], vec![0; rows.len()]);
                kernel.score(&slices, &mut index, &mut primary);
                for j in 0..rows.len() {
                    let row: Vec<f64> = columns.iter().map(|c| c[j]).collect();
                    prop_assert_eq!((index[j], kernel.primary(primary[j])), scalar(&rule, &items, true, &row));
                }
            }
        }
    }

    #[test]
    fn columns_that_are_absent_or_too_short_are_missing() {
        let rule = Breakpoints::of(RULE_2012).unwrap();
        let kernel = Kernel::of_hours(&rule);
        let (mut index, mut primary) = ([0; 3], [0; 3]);
        kernel.score(&[&[], &[200e-9]], &mut index, &mut primary);
        assert_eq!(index, [100, NA, NA]);
        assert_eq!(kernel.primary(primary[0]), [Pollutant::No2]);
    }

    /// Seconds this thread was on a core, where the system tells (Linux); a shared machine does not falsify it.
    fn cpu_s() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? * 1e-9)
    }

    /// Prints station-hours a second on one core: `cargo test … throughput -- --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement, not a check"]
    fn throughput_of_hours_on_flat_arrays() {
        const N: usize = 4_000_000;
        for name in [RULE_2026, RULE_2012] {
            let rule = Breakpoints::of(name).unwrap();
            let kernel = Kernel::of_hours(&rule);
            let items: Vec<HourItem> = kernel.columns().collect();
            let mut seed = 1u64;
            let mut draw = || {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (seed >> 40) as f64 / (1u64 << 24) as f64
            };
            let columns: Vec<Vec<f64>> = items
                .iter()
                .map(|i| {
                    let top = if i.pollutant == Pollutant::Co { 5.0 } else { 200.0 };
                    (0..N)
                        .map(|_| if draw() < 0.03 { f64::NAN } else { i.pollutant.from_printed(top * draw()) })
                        .collect()
                })
                .collect();
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let (mut index, mut primary) = (vec![0u16; N], vec![0u8; N]);
            let mut best = f64::INFINITY;
            for _ in 0..7 {
                let (clock, cpu) = (Instant::now(), cpu_s());
                kernel.score(&slices, &mut index, &mut primary);
                let on_core = cpu_s().zip(cpu).map(|(after, before)| after - before);
                best = best.min(on_core.unwrap_or(clock.elapsed().as_secs_f64()));
            }
            let sum: u64 = index.iter().map(|i| u64::from(*i)).sum();
            println!("{name}: {:.1} million station-hours a second (sum {sum})", N as f64 / best / 1e6);
        }
    }
}
