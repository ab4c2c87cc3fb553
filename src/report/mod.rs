//! A run for people and machines: one model, and a reader of it for each format. Prints nothing itself.

mod arrow_report;
mod assembly;
mod baseline;
mod baseline_entries;
mod cause;
mod exchange_report;
mod json;
mod junit;
mod known_deviation;
mod model;
mod run_context;
mod scenario_result;
mod shortcomings;
mod standing;
mod summary;
mod terminal;
mod wording;

#[cfg(test)]
mod testing;

pub use arrow_report::ArrowReport;
pub use baseline::{Baseline, BaselineReport, EntryReport};
pub use cause::{Cause, Culprit};
pub use exchange_report::{ExchangeReport, shown};
pub use json::{SCHEMA, json};
pub use junit::junit;
pub use known_deviation::{KnownDeviation, Place, TO_BE_FILLED_IN, Wrong};
pub use model::{DiagramReport, Report, ScenarioReport};
pub use run_context::RunContext;
pub use scenario_result::{Outcome, ScenarioResult};
pub use standing::{Found, Standing};
pub use summary::{RunVerdict, Summary};
pub use terminal::{Detail, heading, rows_line, scenario_line, tail, traffic};
