//! The JSON report, described by `report.schema.json` beside this file.

use super::Report;

/// The JSON Schema of the JSON report.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// Returns the report as JSON text.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
