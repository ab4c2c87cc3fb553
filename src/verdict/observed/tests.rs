use bytes::Bytes;
use serde_json::{Value, json};

use super::super::testing::{ACCOUNT, Played, bad_token, every_circumstances, feature_off, good, other_fingerprint};
use super::super::{Defect, UnderTest};
use super::*;
use crate::diagram::{Circumstances, Feature, Meaning, Validity};
use crate::protocol::{Contract, Hop};
use crate::transcript::{Body, Outcome, Reply, Transcript};
use crate::verdict::{Evidence, Visibility};

mod branches;
mod trouble;
mod under_way;

const ACAO: &str = "access-control-allow-origin";

/// Plays a refresh whose customer may read the reply, between participants that say what the reference says.
fn played(circumstances: Circumstances) -> Played {
    let mut played = Played::new(circumstances);
    played.contract = Contract::of_reference();
    played.contract.status = crate::protocol::Statuses::default();
    let last = played.arrows().last().copied().unwrap();
    played.reply(last).headers.push((ACAO.to_owned(), "*".to_owned()));
    played
}

/// Returns the refresh as one of which nothing is known besides what crossed.
fn seen(played: &Played) -> ObservedCase<'_> {
    ObservedCase {
        diagram: &played.diagram,
        transcript: &played.transcript,
        ended: true,
        visibility: played.visibility,
        under_test: UnderTest::ours(),
        contract: &played.contract,
        redactor: &played.redactor,
        refresh: played.refresh,
        feature: None,
        account_sid: None,
        roles: None,
    }
}

/// Observes it as the only one of its run.
fn observed(case: &ObservedCase<'_>) -> Observation {
    observe(case, &mut Ledger::default())
}

/// Returns the numbers of the arrows that were listed, with an exclamation mark behind those that deviate.
fn listed(observation: &Observation) -> String {
    let shown = |arrow: &ObservedArrow| match arrow.verdict {
        Verdict::Deviates => format!("{}!", arrow.number),
        Verdict::Conforms | Verdict::NotObserved | Verdict::NotCrossed => arrow.number.to_string(),
    };
    observation.arrows.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// Returns the findings in words.
fn found(observation: &Observation) -> Vec<String> {
    observation.findings().map(ToString::to_string).collect()
}

/// Has a hop answer an exchange of its own accord.
fn answer(played: &mut Played, hop: Hop, status: u16, body: &Value) {
    let exchange = played.transcript.exchanges.iter_mut().find(|exchange| exchange.hop == hop).unwrap();
    let body = Body::new(Bytes::from(body.to_string()));
    exchange.outcome = Outcome::Replied(Reply { status, body, ..Reply::default() });
}

/// Forgets what crossed behind a hop.
fn cut_behind(played: &mut Played, hop: Hop) {
    played.transcript.exchanges.retain(|exchange| exchange.hop <= hop);
}
