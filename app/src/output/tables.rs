//! The tables of a turn: declared once, with their columns, and written as CSV.
//!
//! Printed units (ug/m3, mg/L, t/yr, CNY/yr) stand in a `unit` column or in the column's name; every table that is derived
//! by a model or a rule has `quality`. Times carry the offset of the case; a period is `start/end`.

use super::{tables_air_water as air_water, tables_decisions as decisions, tables_report as report};
use crate::report::View;
use liankong_engine::cycle::Verb;
use liankong_engine::region::calendar::{Period, Time};

/// One table.
pub struct Table {
    /// File name.
    pub file: &'static str,
    /// The verb that makes it.
    pub verb: Verb,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells as printed, one list a row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(file: &'static str, verb: Verb, columns: &[&str]) -> Table {
        Table { file, verb, columns: columns.iter().map(|c| (*c).to_string()).collect(), rows: Vec::new() }
    }

    /// The file's bytes.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|cause| cause.into_error().into())
    }
}

/// How a case prints its times.
pub struct Clock(pub i64);

impl Clock {
    /// `2015-12-08T00:00+08:00`
    pub fn time(&self, time: Time) -> String {
        time.iso(self.0)
    }

    /// `start/end`
    pub fn period(&self, period: Period) -> String {
        format!("{}/{}", self.time(period.start), self.time(period.end))
    }
}

/// Every table of the verbs that were asked for, in the order of a turn; a verb that found nothing gives its header only.
pub fn of_turn(view: &View<'_>) -> Vec<Table> {
    let all = [
        air_water::flags(view),
        report::data_notes(view),
        decisions::effects(view),
        decisions::naive(view),
        air_water::air_index(view),
        air_water::water_class(view),
        air_water::situation(view),
        report::pm25_mean(view),
        report::sections(view),
        air_water::ledger(view),
        air_water::closure(view),
        air_water::matrix(view),
        air_water::shares(view),
        air_water::bands(view),
        air_water::skill(view),
        air_water::daily(view),
        report::footprint(view),
        report::balance(view),
        report::plans(view),
        decisions::targets(view),
        decisions::applications(view),
        decisions::members(view),
        decisions::orders(view),
        report::expected(view),
    ];
    all.into_iter().filter(|table| table.verb <= view.until).collect()
}
