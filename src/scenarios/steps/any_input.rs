//! Requests written out in full, as probes find them, and what has to hold of the answer whatever was sent.

use cucumber::{gherkin, then, when};
use serde_json::Value;

use crate::protocol::Participant;
use crate::scenarios::parameters::Who;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::transcript::{Keys, Outcome, Purpose, Reply, Transcript};
use crate::wire::{Draft, Filling, Gap};

/// Secrets that are shorter are found in any text.
const SHORTEST_SECRET: usize = 6;

/// A request written as HTTP writes it: method and path, headers, an empty line, the body. In it {token}, {deployment key}, {fingerprint} and {account SID} are the customer's, {bytes ff 00} are bytes, and {900 times x} is what it says.
#[when(expr = "{participant} is sent this request")]
async fn is_sent_this(stage: &mut Stage, who: Who, #[step] step: &gherkin::Step) -> Step {
    let text = step.docstring.as_deref().unwrap_or_default();
    let read = text.parse::<Draft>().map_err(|error| Halt::Error(error.to_string()));
    let draft = stage.or_stop(read)?;
    let request = draft.filled(&filling(stage)?);
    let account = stage.account()?.account_sid.map(|sid| sid.to_string());
    let keys = Keys { account, ..Keys::of(&request) };
    stage.call(who.0, Purpose::Refresh, keys, request).await
}

/// There is a whole answer in time, and it does not blame the participant.
#[then(expr = "{participant} answers with a status below 500")]
fn answers_below_500(stage: &mut Stage, who: Who) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = answer_of(stage, who.0, &transcript)? else { return Ok(()) };
    if reply.status >= 500 {
        return stage.remark(who.0, "the status", ["a status below 500", &reply.status.to_string()], &transcript);
    }
    stage.holds();
    Ok(())
}

/// The answer is a JSON object, and if it is a refusal it has valid false, a code and a message. ScopedAuth may refuse with authorized false and a message.
#[then(expr = "{participant} answers in JSON, and refuses with a code and a message")]
fn answers_in_json(stage: &mut Stage, who: Who) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = answer_of(stage, who.0, &transcript)? else { return Ok(()) };
    let says = |name: &str| reply.body.member(&[name]) == Some(&Value::Bool(false));
    let is_refusal = reply.status >= 400 || says("valid") || says("authorized");
    let has_code = reply.body.member(&["code"]).is_some_and(|code| code.is_number() || code.is_string());
    let has_message = reply.body.text("message").is_some_and(|message| !message.is_empty());
    let by_scoped_auth = who.0 == Participant::ScopedAuth && says("authorized");
    let is_one = has_message && (says("valid") && has_code || by_scoped_auth) && reply.body.repeated().is_empty();
    let observed = format!("{} {}", reply.status, String::from_utf8_lossy(reply.body.bytes()));
    if is_refusal && !is_one {
        return stage.remark(who.0, "the refusal", ["{valid:false, code, message}", &observed], &transcript);
    }
    if !is_refusal && !reply.body.json().is_some_and(Value::is_object) {
        return stage.remark(who.0, "the answer", ["a JSON object", &observed], &transcript);
    }
    stage.holds();
    Ok(())
}

/// Neither the body nor a header of the answer holds the customer's token, fingerprint or deployment key.
#[then(expr = "nothing secret is in the answer of {participant}")]
fn echoes_nothing(stage: &mut Stage, who: Who) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = answer_of(stage, who.0, &transcript)? else { return Ok(()) };
    let filling = filling(stage)?;
    let bodies = transcript.exchanges.iter();
    let generated = bodies.filter_map(|exchange| exchange.request.body.said("fingerprint"));
    let own = Gap::ALL.into_iter().filter(|gap| *gap != Gap::AccountSid);
    let secrets: Vec<String> = own.map(|gap| filling.of(gap).to_owned()).chain(generated).collect();
    let body = reply.body.json().map(ToString::to_string).unwrap_or_default();
    let raw = String::from_utf8_lossy(reply.body.bytes());
    let is_in = |secret: &String| {
        let in_header = reply.headers.iter().any(|(_, value)| value.contains(secret.as_str()));
        secret.len() >= SHORTEST_SECRET
            && (in_header || raw.contains(secret.as_str()) || body.contains(secret.as_str()))
    };
    if secrets.iter().any(is_in) {
        return stage.expose(who.0, "the answer", ["nothing secret", &raw], &transcript);
    }
    stage.holds();
    Ok(())
}

/// Where the answer holds roles, they are those that are stated of the account, or else that its first token came with.
#[then(expr = "the roles in the answer of {participant} are those of the account")]
fn has_own_roles(stage: &mut Stage, who: Who) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = answer_of(stage, who.0, &transcript)? else { return Ok(()) };
    let Some(roles) = ["roles", "grants"].into_iter().find_map(|name| reply.body.member(&[name])) else {
        stage.holds();
        return Ok(());
    };
    let known = stage.account()?.roles.or(stage.customer()?.roles);
    let Some(expected) = known.map(serde_json::Value::from) else {
        stage.unseen("whose roles these are");
        return Ok(());
    };
    if expected != *roles {
        return stage.expose(who.0, "the roles", [&expected.to_string(), &roles.to_string()], &transcript);
    }
    stage.holds();
    Ok(())
}

fn filling(stage: &mut Stage) -> Result<Filling, Halt> {
    let (account, customer) = (stage.account()?, stage.customer()?);
    Ok(Filling {
        deployment_key: account.deployment_key,
        token: customer.token,
        fingerprint: customer.fingerprint,
        account_sid: account.account_sid,
    })
}

/// Returns the participant's answer; a missing one is a finding, an unseen one is noted.
fn answer_of(stage: &mut Stage, who: Participant, transcript: &Transcript) -> Result<Option<Reply>, Halt> {
    stage.must_be_judged(who)?;
    let exchange = who.called_on().and_then(|hop| transcript.first_on(hop));
    let observed = match exchange.map(|exchange| &exchange.outcome) {
        Some(Outcome::Replied(reply)) => return Ok(Some(reply.clone())),
        Some(Outcome::Failed(reason)) => reason.clone(),
        Some(Outcome::Pending) => "none in time".to_owned(),
        None => "no call was recorded".to_owned(),
    };
    stage.remark(who, &format!("{who}'s answer"), ["a whole answer in time", &observed], transcript).map(|()| None)
}
