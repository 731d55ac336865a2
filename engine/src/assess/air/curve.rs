//! From concentration to sub-index: a broken line on a grid of rounded concentrations, in whole numbers throughout.
//!
//! ```text
//! c = round(C / u)                                     the concentration in steps of the rule's last digit
//! I = R( (I_hi − I_lo) / (c_hi − c_lo) · (c − c_lo) + I_lo ),   c_lo ≤ c ≤ c_hi
//! ```
//!
//! | symbol | what | unit |
//! |---|---|---|
//! | C | concentration | kg m⁻³ |
//! | u | one step: the printed unit times 10^−digits | kg m⁻³ |
//! | R | up (HJ 633), or to the nearest with halves up (US) | |
//!
//! Two ways of rounding C: half to even (GB/T 8170), or cutting off (EPA-454/B-24-002).
//!
//! *Why whole numbers.* In binary fractions 50/35 · 28 may come out above 40 and be rounded up to 41.
//! *Why a snap.* 60.5 µg m⁻³ is 60.5 × 1e-9 kg m⁻³, which is no binary fraction: divided by the unit again it may be
//! 60.49999999999999, and the half would go to the wrong side. The value is therefore first brought to the nearest 2⁻²⁰
//! (1e-6) of a step, far below any instrument's digit and far above the binary error.

use crate::region::pollutant::Pollutant;

/// Marks "no sub-index" in a lookup; every other entry is the sub-index plus one.
pub const NONE: u16 = 0;
/// A concentration of this many steps or more is a mistake, not a measurement.
pub const TOO_MANY_STEPS: f64 = 1e9;

/// Snaps a step to its 2²⁰th part; a power of two, so that going there and back loses nothing.
const SNAP: f64 = 1_048_576.0;

/// How a concentration comes onto the grid, and an index onto whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Concentration half to even, index up (HJ 633).
    EvenThenUp,
    /// Concentration cut off, index to the nearest (US).
    CutThenNearest,
}

/// What stands above the last point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// The last sub-index.
    Stays,
    /// Nothing: another averaging time speaks.
    NotComputed,
    /// The last line goes on.
    GoesOn,
}

/// The grid of rounded concentrations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// kg m⁻³ of one printed unit.
    pub unit: f64,
    /// Steps in one printed unit, 10^digits.
    pub scale: f64,
}

/// 1.5·2⁵²: a number of this size has no room for a fraction.
const FULL: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, halves to even, for |x| < 2⁵¹. Written so because it needs no call and compiles to two
/// additions in a loop over an array.
#[inline(always)]
pub fn nearest(x: f64) -> f64 {
    (x + FULL) - FULL
}

/// A whole number from 0 to 2³² − 1 as an integer: after adding 1.5·2⁵² it stands in the low bits.
#[inline(always)]
pub fn whole(x: f64) -> u32 {
    (x + FULL).to_bits() as u32
}

impl Grid {
    /// A value in steps, before it is rounded.
    #[inline(always)]
    fn snapped(self, si: f64) -> f64 {
        nearest(si * (self.scale * SNAP / self.unit)) * (1.0 / SNAP)
    }

    /// The steps of a value, half to even, as a number that may be NaN, negative or too great.
    #[inline(always)]
    pub fn even(self, si: f64) -> f64 {
        nearest(self.snapped(si))
    }

    /// The steps of a value.
    pub fn steps(self, si: f64, rounding: Rounding) -> Option<i64> {
        let steps = match rounding {
            Rounding::EvenThenUp => self.even(si),
            Rounding::CutThenNearest => self.snapped(si).floor(),
        };
        (0.0..TOO_MANY_STEPS).contains(&steps).then_some(steps as i64)
    }
}

/// One line of a curve: from (low, index_low) to (high, index_high), concentrations in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First concentration.
    pub low: i64,
    /// Last concentration, which belongs to it.
    pub high: i64,
    /// Index at `low`.
    pub index_low: i64,
    /// Index at `high`.
    pub index_high: i64,
}

/// The broken line of one pollutant and averaging time.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What is measured.
    pub pollutant: Pollutant,
    /// Averaging time that the curve is made for, s.
    pub averaging_s: i64,
    /// Its grid.
    pub grid: Grid,
    /// How it rounds.
    pub rounding: Rounding,
    /// Ascending; a gap between two lines belongs to neither.
    pub segments: Vec<Segment>,
    /// Above the last.
    pub beyond: Beyond,
}

impl Curve {
    /// Sub-index of an SI concentration.
    pub fn sub_index(&self, si: f64) -> Option<u16> {
        self.of_steps(self.grid.steps(si, self.rounding)?)
    }

    /// Sub-index of a concentration in steps.
    pub fn of_steps(&self, c: i64) -> Option<u16> {
        let last = self.segments.last()?;
        let value = match self.segments.iter().find(|s| c <= s.high) {
            Some(s) if c >= s.low => self.on(s, c),
            Some(_) => return None,
            None => match self.beyond {
                Beyond::Stays => last.index_high,
                Beyond::NotComputed => return None,
                Beyond::GoesOn => self.on(last, c),
            },
        };
        u16::try_from(value).ok()
    }

    fn on(&self, s: &Segment, c: i64) -> i64 {
        let (rise, run) = ((s.index_high - s.index_low) * (c - s.low), (s.high - s.low).max(1));
        match self.rounding {
            Rounding::EvenThenUp => s.index_low + rise.div_euclid(run) + i64::from(rise.rem_euclid(run) != 0),
            Rounding::CutThenNearest => s.index_low + (2 * rise + run).div_euclid(2 * run),
        }
    }

    /// Sub-index plus one of 0, 1, 2, … steps; the last entry but one stands for everything above the curve, the last for
    /// "no value". Only for curves that do not go on above.
    pub fn lookup(&self) -> Vec<u16> {
        let top = self.segments.last().map_or(0, |s| s.high);
        let entry = |c: i64| self.of_steps(c).map_or(NONE, |i| i + 1);
        (0..=top + 1).map(entry).chain([NONE]).collect()
    }
}

/// Category of an index of the Chinese or the US kind: 1 (excellent, good) to 6 (severely polluted, hazardous).
pub fn category(index: u16) -> u8 {
    match index {
        0..=50 => 1,
        51..=100 => 2,
        101..=150 => 3,
        151..=200 => 4,
        201..=300 => 5,
        _ => 6,
    }
}

/// Names of the categories 1 to 6 with the colours of HJ 633-2012 annex A.
pub const CATEGORIES: [(&str, &str, [u8; 3]); 6] = [
    ("优", "excellent", [0, 228, 0]),
    ("良", "good", [255, 255, 0]),
    ("轻度污染", "lightly polluted", [255, 126, 0]),
    ("中度污染", "moderately polluted", [255, 0, 0]),
    ("重度污染", "heavily polluted", [153, 0, 76]),
    ("严重污染", "severely polluted", [126, 0, 35]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_without_a_call_equals_the_standard_librarys() {
        for k in -2000..2000_i64 {
            for part in [0.0, 0.25, 0.5, 0.75] {
                let x = k as f64 + part;
                assert_eq!(nearest(x), x.round_ties_even(), "{x}");
            }
            assert_eq!(i64::from(whole(k.unsigned_abs() as f64)), k.abs());
        }
        assert!(nearest(f64::NAN).is_nan() && nearest(f64::INFINITY).is_infinite());
    }
}
