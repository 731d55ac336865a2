//! Moments and periods. A moment is a whole number of seconds since 1970-01-01T00:00Z; a period is `[start, end)`.

use jiff::civil;
use serde::{Serialize, Serializer};
use std::fmt;

/// A moment, in seconds since the Unix epoch (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// Seconds in an hour.
pub const HOUR: i64 = 3600;
/// Seconds in a day.
pub const DAY: i64 = 86_400;

impl Time {
    /// Reads ISO 8601: with an offset or `Z`, or a local date or date-time in the zone `utc_offset_s` east of Greenwich.
    pub fn parse(text: &str, utc_offset_s: i64) -> Option<Time> {
        let text = text.trim();
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            return Some(Time(stamp.as_second()));
        }
        let local = text
            .parse::<civil::DateTime>()
            .ok()
            .or_else(|| text.parse::<civil::Date>().ok().map(|d| d.at(0, 0, 0, 0)))?;
        if !text.get(..4).is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        // A text that ends in an offset but was refused as a timestamp must not be read as local.
        if text.get(10..).is_some_and(|clock| clock.contains(['+', 'Z', 'z']) || clock.contains('-')) {
            return None;
        }
        let utc = jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?;
        Some(Time(utc.as_second() - utc_offset_s))
    }

    /// The civil date and time in a zone.
    fn civil(self, utc_offset_s: i64) -> Option<civil::DateTime> {
        let shifted = jiff::Timestamp::from_second(self.0.checked_add(utc_offset_s)?).ok()?;
        Some(jiff::tz::TimeZone::UTC.to_datetime(shifted))
    }

    /// `2015-12-08` in a zone.
    pub fn date(self, utc_offset_s: i64) -> String {
        self.civil(utc_offset_s).map_or_else(|| self.0.to_string(), |c| c.date().to_string())
    }

    /// `2015-12-08T14:00+08:00` in a zone.
    pub fn iso(self, utc_offset_s: i64) -> String {
        let Some(c) = self.civil(utc_offset_s) else { return self.0.to_string() };
        let sign = if utc_offset_s < 0 { '-' } else { '+' };
        let offset = utc_offset_s.abs();
        let seconds = if c.second() == 0 { String::new() } else { format!(":{:02}", c.second()) };
        format!(
            "{}T{:02}:{:02}{seconds}{sign}{:02}:{:02}",
            c.date(),
            c.hour(),
            c.minute(),
            offset / HOUR,
            offset % HOUR / 60
        )
    }

    /// Hour of the day in a zone, with fraction.
    pub fn hour_of_day(self, utc_offset_s: i64) -> f64 {
        (self.0 + utc_offset_s).rem_euclid(DAY) as f64 / HOUR as f64
    }

    /// Day of the year in a zone, 1 to 366.
    pub fn day_of_year(self, utc_offset_s: i64) -> i32 {
        self.civil(utc_offset_s).map_or(1, |c| i32::from(c.date().day_of_year()))
    }

    /// The midnight at or before this moment in a zone.
    pub fn midnight(self, utc_offset_s: i64) -> Time {
        Time(self.0 - (self.0 + utc_offset_s).rem_euclid(DAY))
    }

    /// The first day of the next month in a zone.
    pub fn next_month(self, utc_offset_s: i64) -> Time {
        let first = self.civil(utc_offset_s).and_then(|c| c.date().last_of_month().tomorrow().ok());
        let text = first.map(|d| d.to_string()).unwrap_or_default();
        Time::parse(&text, utc_offset_s).unwrap_or(Time(self.0 + 30 * DAY))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso(0))
    }
}

impl Serialize for Time {
    /// Written in UTC, so that a document means the same everywhere.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The half-open stretch of time `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Period {
    /// First moment inside.
    pub start: Time,
    /// First moment after.
    pub end: Time,
}

impl Period {
    /// Length in seconds.
    pub fn seconds(self) -> i64 {
        self.end.0 - self.start.0
    }

    /// Whether a moment lies inside.
    pub fn contains(self, time: Time) -> bool {
        self.start <= time && time < self.end
    }

    /// Seconds common to both.
    pub fn overlap_s(self, other: Period) -> i64 {
        (self.end.min(other.end).0 - self.start.max(other.start).0).max(0)
    }

    /// The whole local days inside, in order.
    pub fn days(self, utc_offset_s: i64) -> Vec<Period> {
        let mut first = self.start.midnight(utc_offset_s);
        if first < self.start {
            first = Time(first.0 + DAY);
        }
        let count = (self.end.0 - first.0).div_euclid(DAY).max(0);
        (0..count).map(|d| Period { start: Time(first.0 + d * DAY), end: Time(first.0 + (d + 1) * DAY) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const CST: i64 = 8 * HOUR;

    #[test]
    fn a_plain_date_is_midnight_in_the_cases_zone() {
        assert_eq!(Time::parse("2015-12-08", CST), Time::parse("2015-12-07T16:00Z", 0));
        assert_eq!(Time::parse("2015-12-08T05:00", CST), Time::parse("2015-12-08T05:00+08:00", 0));
        assert_eq!(Time::parse("2015-12-08", CST).map(|t| t.iso(CST)).as_deref(), Some("2015-12-08T00:00+08:00"));
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        for text in ["", "yesterday", "2015-13-01", "2015-02-30", "12/08/2015", "2015-12-08T25:00", "+002015-01-01"] {
            assert_eq!(Time::parse(text, CST), None, "{text}");
        }
    }

    #[test]
    fn a_period_is_cut_into_whole_local_days() {
        let p = Period { start: Time::parse("2015-11-15", CST).unwrap(), end: Time::parse("2016-01-01", CST).unwrap() };
        assert_eq!(p.days(CST).len(), 47);
    }

    #[test]
    fn months_follow_each_other_over_new_year() {
        let december = Time::parse("2020-12-01", CST).unwrap();
        assert_eq!(december.next_month(CST).date(CST), "2021-01-01");
    }
}
