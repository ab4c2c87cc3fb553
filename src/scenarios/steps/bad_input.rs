//! Requests that no participant should accept, sent to each of them directly: one thing differs from a good one.

use bytes::Bytes;
use cucumber::when;
use serde_json::{Value, json};

use crate::diagram::{Circumstances, RequestLabel, Validity};
use crate::protocol::Participant;
use crate::scenarios::drawn::{Values, call_of, drawn_request, member_path, with_json};
use crate::scenarios::parameters::{BodyFlaw, Flaw, Malformed, Member, MemberFlaw, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::refresh::drawn_feature;
use crate::scenarios::world::{Stage, Step};
use crate::transcript::{Body, Keys, Purpose, Request};

/// More than any participant of the flow needs to read.
const TOO_LARGE: usize = 1 << 20;

/// The good request but for one member.
#[when(expr = "{participant} is sent the request with a {member} that {member flaw}")]
async fn is_sent_a_bad_member(stage: &mut Stage, who: Who, member: Member, flaw: MemberFlaw) -> Step {
    let (request, label) = good_request(stage, who.0)?;
    let path = member_path(&label, member.0);
    let name = path.last().cloned().unwrap_or_default();
    let request = with_json(&request, |body| {
        match flaw.0 {
            Flaw::Missing => body.remove(&name),
            Flaw::Null => body.insert(name, Value::Null),
            Flaw::Number => body.insert(name, json!(42)),
            Flaw::List => body.insert(name, json!(["a"])),
            Flaw::Object => body.insert(name, json!({"a": 1})),
            Flaw::Empty => body.insert(name, json!("")),
            Flaw::LacksLast => {
                let good = body.get(&name).and_then(Value::as_str).unwrap_or_default();
                let lacking = without_last_letter(good);
                body.insert(name, lacking.into())
            }
        };
    });
    send(stage, who.0, request).await
}

/// The good request but for its body.
#[when(expr = "{participant} is sent the request with a body that {body flaw}")]
async fn is_sent_a_bad_body(stage: &mut Stage, who: Who, flaw: BodyFlaw) -> Step {
    let (mut request, _) = good_request(stage, who.0)?;
    let good = request.body.clone();
    let body = |bytes: Bytes| Body::new(bytes);
    request.body = match flaw.0 {
        Malformed::Empty => body(Bytes::new()),
        Malformed::NotJson => body(Bytes::from_static(b"{\"token\": ")),
        Malformed::List => body(Bytes::from(format!("[{}]", good.json().unwrap_or(&Value::Null)))),
        Malformed::TooLarge => {
            with_json(&request, |body| {
                body.insert("padding".to_owned(), "x".repeat(TOO_LARGE).into());
            })
            .body
        }
        Malformed::SentAsText => {
            request.headers.retain(|(name, _)| name != "content-type");
            request.headers.push(("content-type".to_owned(), "text/plain".to_owned()));
            good
        }
    };
    send(stage, who.0, request).await
}

/// The good request but for its method.
#[when(expr = "{participant} is sent the request with the method {word}")]
async fn is_sent_a_bad_method(stage: &mut Stage, who: Who, method: String) -> Step {
    let (request, _) = good_request(stage, who.0)?;
    send(stage, who.0, Request { method, ..request }).await
}

/// Returns all of a text but its last letter.
pub(super) fn without_last_letter(text: &str) -> String {
    let mut letters = text.chars();
    letters.next_back();
    letters.collect()
}

/// Returns the request that a participant gets when the customer refreshes its token, with its label.
fn good_request(stage: &mut Stage, to: Participant) -> Result<(Request, RequestLabel), Halt> {
    let run = stage.run()?;
    let account = stage.account()?;
    let customer = stage.customer()?;
    let circumstances = Circumstances::new(drawn_feature(account.feature), Validity::Valid, Validity::Valid);
    let course = run.diagram.course(circumstances);
    let Some((_, label)) = call_of(&course, to) else {
        return Err(stage.stop(Halt::Error(format!("the diagram draws no request to {to}"))));
    };
    let values = Values {
        deployment_key: account.deployment_key.clone(),
        token: customer.token.clone(),
        fingerprint: customer.fingerprint.clone(),
        account_sid: account.account_sid.clone(),
    };
    let from_customer = matches!(to, Participant::Starship | Participant::Orchestrator);
    let place = from_customer.then_some(run.contract.token_place);
    let mut request = drawn_request(label, &values, place);
    request.headers.extend(customer.client.headers());
    if let Some(origin) = account.origin.filter(|_| from_customer) {
        request.headers.push(("origin".to_owned(), origin));
    }
    Ok((request, label.clone()))
}

async fn send(stage: &mut Stage, to: Participant, request: Request) -> Step {
    let keys = Keys { account: stage.account()?.account_sid.map(|sid| sid.to_string()), ..Keys::of(&request) };
    stage.call(to, Purpose::Refresh, keys, request).await
}
