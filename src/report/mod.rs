//! A run for people and machines: one model, and a reader of it for each format. Prints nothing itself.

mod baseline;
mod baseline_entries;
mod json;
mod junit;
mod model;
mod summary;
mod terminal;

#[cfg(test)]
mod testing;

pub use baseline::{Baseline, BaselineReport, EntryReport, Found, KnownDeviation, Place, Standing, TO_BE_FILLED_IN};
pub use json::{SCHEMA, json};
pub use junit::junit;
pub use model::{
    ArrowReport, DiagramReport, ExchangeReport, Outcome, Report, RunContext, RunVerdict, ScenarioReport,
    ScenarioResult, shown,
};
pub use summary::Summary;
pub use terminal::{Paint, heading, rows_line, scenario_line, tail};
