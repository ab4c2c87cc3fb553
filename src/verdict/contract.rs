//! What was stated beyond the diagram, looked up for what is being judged.

use serde_json::Value;

use crate::diagram::{Kind, Member, Name, Value as Drawn};
use crate::protocol::Contract;

/// Returns the stated value of one of the diagram's codes.
pub(super) fn stated_code<'c>(contract: &'c Contract, name: &Name) -> Option<&'c Value> {
    if name.kind != Kind::Code {
        None
    } else if name.text.contains("fingerprint") {
        contract.fingerprint_invalid_code.as_ref()
    } else {
        contract.invalid_token_code.as_ref()
    }
}

/// Returns the statuses stated for a reply that draws these members.
pub(super) fn stated_statuses<'c>(contract: &'c Contract, members: &[Member]) -> &'c [u16] {
    let draws = |name: &str| members.iter().any(|member| member.path.first().is_some_and(|first| first == name));
    if draws("authorized") {
        &contract.status.validated
    } else if !draws("code") {
        &contract.status.refreshed
    } else if members.iter().any(is_fingerprint_code) {
        &contract.status.fingerprint_refused
    } else {
        &contract.status.token_refused
    }
}

fn is_fingerprint_code(member: &Member) -> bool {
    matches!(&member.value, Drawn::Name(name) if name.kind == Kind::Code && name.text.contains("fingerprint"))
}
