//! `[contract.status]` and `[contract.codes]`: how this deployment's answers are marked.

use serde_json::Value;

use crate::config::toml_text::{Entry, Section};
use crate::diagnostic::Diagnostic;
use crate::protocol::{Codes, Statuses};

pub(super) const STATUS_KEYS: [&str; 10] = [
    "refreshed",
    "refused",
    "token_refused",
    "fingerprint_refused",
    "malformed",
    "origin_not_allowed",
    "unknown_deployment_key",
    "no_address",
    "internal_failure",
    "validated",
];
pub(super) const CODE_KEYS: [&str; 5] =
    ["malformed", "origin_not_allowed", "unknown_deployment_key", "no_address", "internal_failure"];

/// Reads `[contract.status]`.
pub(super) fn read_statuses(contract: &Section<'_>) -> Result<Statuses, Diagnostic> {
    let Some(section) = contract.section("status", &STATUS_KEYS)? else { return Ok(Statuses::default()) };
    let stated = |key| section.get(key).map(|entry| read_status_list(&entry)).transpose();
    let refused = stated("refused")?.unwrap_or_default();
    Ok(Statuses {
        within: false,
        refreshed: stated("refreshed")?.unwrap_or_default(),
        token_refused: stated("token_refused")?.unwrap_or_else(|| refused.clone()),
        fingerprint_refused: stated("fingerprint_refused")?.unwrap_or(refused),
        malformed: stated("malformed")?.unwrap_or_default(),
        origin_not_allowed: stated("origin_not_allowed")?.unwrap_or_default(),
        unknown_deployment_key: stated("unknown_deployment_key")?.unwrap_or_default(),
        no_address: stated("no_address")?.unwrap_or_default(),
        internal_failure: stated("internal_failure")?.unwrap_or_default(),
        validated: stated("validated")?.unwrap_or_default(),
    })
}

/// Reads `[contract.codes]`.
pub(super) fn read_codes(contract: &Section<'_>) -> Result<Codes, Diagnostic> {
    let Some(section) = contract.section("codes", &CODE_KEYS)? else { return Ok(Codes::default()) };
    let code = |key| section.get(key).map(|entry| read_code(&entry)).transpose();
    Ok(Codes {
        malformed: code("malformed")?,
        origin_not_allowed: code("origin_not_allowed")?,
        unknown_deployment_key: code("unknown_deployment_key")?,
        no_address: code("no_address")?,
        internal_failure: code("internal_failure")?,
    })
}

/// Reads a code, a number or a text.
pub(super) fn read_code(entry: &Entry<'_>) -> Result<Value, Diagnostic> {
    match entry.raw_text() {
        Some(_) => Ok(entry.text()?.into_string().into()),
        None => Ok(entry.number()?.into()),
    }
}

fn read_status_list(entry: &Entry<'_>) -> Result<Vec<u16>, Diagnostic> {
    let status = |entry: Entry<'_>| {
        let status = u16::try_from(entry.number()?).ok().filter(|status| (100..=599).contains(status));
        status.ok_or_else(|| entry.complaint("this is no HTTP status").expected("expected 100 to 599"))
    };
    let statuses: Vec<u16> = entry.one_or_more().into_iter().map(status).collect::<Result<_, _>>()?;
    if statuses.is_empty() {
        return Err(entry
            .complaint(format!("`{}` allows no status at all", entry.key()))
            .hint("leave it out to allow any"));
    }
    Ok(statuses)
}
