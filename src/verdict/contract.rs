//! What was stated beyond the diagram, looked up for what is being judged.

use serde_json::Value;

use super::alignment::ends_of;
use crate::diagram::{Arrow, Circumstances, Kind, Name, Validity};
use crate::protocol::{Contract, Participant};

/// Returns the key under `[contract]` by which one of the diagram's two codes can be stated; any other code has none.
pub(super) fn code_key(name: &Name) -> Option<&'static str> {
    let says = |word: &str| name.kind == Kind::Code && name.text.to_lowercase().contains(word);
    if says("fingerprint") {
        Some("fingerprint_invalid_code")
    } else if says("token") {
        Some("invalid_token_code")
    } else {
        None
    }
}

/// Returns the stated value of one of the diagram's two codes.
pub(super) fn stated_code<'c>(contract: &'c Contract, name: &Name) -> Option<&'c Value> {
    match code_key(name)? {
        "fingerprint_invalid_code" => contract.fingerprint_invalid_code.as_ref(),
        _ => contract.invalid_token_code.as_ref(),
    }
}

/// Returns the statuses stated for a reply: `ScopedAuth`'s to either verdict, the edge's to the outcome, and that of those
/// between them where they answer as the edge does.
pub(super) fn stated_statuses<'c>(contract: &'c Contract, arrow: &Arrow, outcome: Circumstances) -> &'c [u16] {
    match ends_of(arrow)[0] {
        Some(Participant::ScopedAuth) => &contract.status.validated,
        Some(Participant::Orchestrator | Participant::FederatedAuth) if !contract.status.within => &[],
        _ => statuses_of(contract, outcome),
    }
}

/// Returns the statuses stated for an outcome at the edge.
pub(super) fn statuses_of(contract: &Contract, outcome: Circumstances) -> &[u16] {
    let status = &contract.status;
    match (outcome.token, outcome.fingerprint) {
        (Validity::Invalid, _) => &status.token_refused,
        (Validity::Valid, Validity::Invalid) => &status.fingerprint_refused,
        (Validity::Valid, Validity::Valid) => &status.refreshed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{SHIPPED, bad_token, feature_off, good, other_fingerprint};
    use super::*;
    use crate::diagram::Diagram;

    #[test]
    fn each_of_the_two_codes_has_its_own_value_and_no_other_name_has_one() {
        let contract = Contract::of_reference();
        let stated = |text| stated_code(&contract, &Name::new(text)).cloned();
        assert_eq!(stated("invalid_token_code"), Some(json!(45775)));
        assert_eq!(stated("new_code_indicates_fingerprint_invalid"), Some(json!(45779)));
        assert_eq!(["country_code", "token", "generated_finger_print"].map(stated), [None, None, None]);
        assert_eq!(stated_code(&Contract::default(), &Name::new("invalid_token_code")), None);
    }

    #[test]
    fn a_status_is_that_of_the_outcome_and_of_the_verdict_where_scoped_auth_answers() {
        let diagram = Diagram::parse("d.mmd", SHIPPED).unwrap();
        let mut contract = Contract::default();
        (contract.status.refreshed, contract.status.token_refused) = (vec![1], vec![2]);
        (contract.status.fingerprint_refused, contract.status.validated) = (vec![3], vec![4]);
        for (circumstances, first, last, status) in [
            (good(), 10, 14, 1),
            (feature_off(), 10, 14, 1),
            (bad_token(), 22, 26, 2),
            (other_fingerprint(), 16, 20, 3),
        ] {
            let stated = |number| stated_statuses(&contract, diagram.arrow(number).unwrap(), circumstances);
            assert_eq!((stated(first), stated(last)), ([4].as_slice(), [status].as_slice()));
            assert_eq!(stated(last - 2), [0; 0], "what the edge answers says nothing of those within");
        }
        contract.status.within = true;
        assert_eq!(stated_statuses(&contract, diagram.arrow(12).unwrap(), good()), [1]);
    }
}
