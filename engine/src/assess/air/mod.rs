//! The air by every rule the field uses.
//!
//! * [`judge`]: a table of readings judged by a rule of the register, hour by hour or day by day;
//! * [`curve`]: from concentration to sub-index in whole numbers; [`kernel`]: the same over flat arrays;
//! * [`us_aqi`], [`european`], [`limits`], [`own`]: the rules beside HJ 633 ([`super::hj633`]);
//! * [`aggregate`]: hours to days, months and years, stations to cities and members, with completeness;
//! * [`whole_days`]: the days of stations as readings; [`annual`]: from a table of readings to the years of cities;
//! * [`exceedance`]: a year against levels that permit a number of days or hours above;
//! * [`evaluation`]: a year by HJ 663, comprehensive index, ranking, shares of good days, year on year.

pub mod aggregate;
pub mod annual;
pub mod curve;
pub mod european;
pub mod evaluation;
pub mod exceedance;
pub mod judge;
pub mod kernel;
pub mod limits;
pub mod own;
pub mod us_aqi;
pub mod whole_days;

#[cfg(test)]
mod tests;
