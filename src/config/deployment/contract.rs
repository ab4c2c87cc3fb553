//! `[contract]`: what the diagram leaves open and this deployment decides.

use serde_json::Value;

use super::answers::{self, read_code};
use crate::config::toml_text::Section;
use crate::diagnostic::Diagnostic;
use crate::protocol::{Contract, TokenPlace, TokenRotation};

pub(super) const KEYS: [&str; 7] =
    ["invalid_token_code", "fingerprint_invalid_code", "token_rotation", "token", "forwarded_for", "status", "codes"];

/// Reads the section.
pub(super) fn read(top: &Section<'_>) -> Result<Contract, Diagnostic> {
    const ROTATIONS: [(&str, TokenRotation); 3] =
        [("any", TokenRotation::Any), ("required", TokenRotation::Required), ("forbidden", TokenRotation::Forbidden)];
    const PLACES: [(&str, TokenPlace); 2] = [("body", TokenPlace::Body), ("authorization", TokenPlace::Authorization)];
    let Some(section) = top.section("contract", &KEYS)? else { return Ok(Contract::default()) };
    let code = |key| section.get(key).map(|entry| read_code(&entry)).transpose();
    let (invalid_token, fingerprint_invalid) = (code("invalid_token_code")?, code("fingerprint_invalid_code")?);
    if let (Some(token), Some(fingerprint)) = (&invalid_token, &fingerprint_invalid)
        && as_text(token) == as_text(fingerprint)
    {
        return Err(section
            .require("fingerprint_invalid_code")?
            .complaint("an invalid fingerprint cannot have the code of an invalid token")
            .expected("expected a code that differs from `invalid_token_code`"));
    }
    let rotation = section.get("token_rotation").map(|entry| entry.text()?.one_of(&ROTATIONS)).transpose()?;
    let place = section.get("token").map(|entry| entry.text()?.one_of(&PLACES)).transpose()?;
    Ok(Contract {
        invalid_token_code: invalid_token,
        fingerprint_invalid_code: fingerprint_invalid,
        token_rotation: rotation.unwrap_or_default(),
        token_place: place.unwrap_or_default(),
        forwarded_for: section.get("forwarded_for").map(|entry| entry.flag()).transpose()?.unwrap_or_default(),
        status: answers::read_statuses(&section)?,
        codes: answers::read_codes(&section)?,
    })
}

/// Returns the code without what tells a number from a text, which no reader of a reply should have to tell.
fn as_text(code: &Value) -> String {
    code.as_str().map_or_else(|| code.to_string(), str::to_owned)
}
