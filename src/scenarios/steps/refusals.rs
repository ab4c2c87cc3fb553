//! Refusals that no arrow draws: who refuses, with which code, and who must not have been called for it.

use cucumber::then;
use serde_json::Value;

use crate::diagram::Validity;
use crate::protocol::{Contract, Hop, Participant};
use crate::scenarios::parameters::{Because, Reason, Who};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::transcript::{Exchange, Outcome, Reply, Transcript};

/// The customer gets a refusal in JSON with the code published for this reason, and no token.
#[then(expr = "the customer is refused because {reason}")]
fn is_refused(stage: &mut Stage, because: Because) -> Step {
    let contract = stage.run()?.contract.clone();
    let (code, statuses) = match because.0 {
        Reason::Malformed => (contract.codes.malformed, contract.status.malformed),
        Reason::UnknownKey => (contract.codes.unknown_deployment_key, contract.status.unknown_deployment_key),
        Reason::Origin => (contract.codes.origin_not_allowed, contract.status.origin_not_allowed),
        Reason::NoAddress => (contract.codes.no_address, contract.status.no_address),
        Reason::Failed | Reason::TooLong => (contract.codes.internal_failure, contract.status.internal_failure),
    };
    refuses(stage, Participant::Starship, code.as_ref(), &statuses)
}

/// The participant answers a bad request with a refusal in JSON and a status from 400 to 499.
#[then(expr = "{participant} refuses the request as malformed")]
fn refuses_as_malformed(stage: &mut Stage, who: Who) -> Step {
    let run = stage.run()?;
    let contract = if run.system.plays(who.0) { Contract::of_reference() } else { run.contract.clone() };
    refuses(stage, who.0, contract.codes.malformed.as_ref(), &contract.status.malformed)
}

/// The answer is no success: neither a token nor `authorized: true`.
#[then(expr = "{participant} does not authorise it")]
fn does_not_authorise(stage: &mut Stage, who: Who) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = reply_of(stage, who.0, &transcript)? else { return Ok(()) };
    let says = |name: &str| reply.body.member(&[name]).and_then(Value::as_bool);
    if reply.body.member(&["token"]).is_some() || says("authorized") == Some(true) {
        return stage.expose(who.0, "the answer", ["a refusal", "an authorisation"], &transcript);
    }
    if says("authorized") != Some(false) && says("valid") != Some(false) {
        let observed = String::from_utf8_lossy(reply.body.bytes()).into_owned();
        return stage.remark(who.0, "the answer", ["a refusal in JSON", &observed], &transcript);
    }
    stage.holds();
    Ok(())
}

/// No request reached the participant.
#[then(expr = "{participant} is not called")]
fn is_not_called(stage: &mut Stage, who: Who) -> Step {
    is_called_times(stage, who.0, 0)
}

/// One request reached the participant: nobody tried again.
#[then(expr = "{participant} is called once")]
fn is_called_once(stage: &mut Stage, who: Who) -> Step {
    is_called_times(stage, who.0, 1)
}

/// On every hop that is seen, at most one request crossed.
#[then(expr = "nobody is called more than once")]
fn nobody_is_called_again(stage: &mut Stage) -> Step {
    let transcript = stage.last_transcript()?;
    for hop in Hop::ALL {
        let observed = transcript.on(hop).count();
        if observed > 1 {
            let subject = format!("calls to {}", hop.callee());
            stage.remark(hop.caller(), &subject, ["at most 1", &observed.to_string()], &transcript)?;
        }
    }
    stage.holds();
    Ok(())
}

/// The bad request is all that was seen: it was not sent on, and nobody behind was called.
#[then(expr = "{participant} calls nobody")]
fn calls_nobody(stage: &mut Stage, who: Who) -> Step {
    is_called_times(stage, who.0, 1)?;
    for behind in Participant::SERVICES.into_iter().filter(|participant| *participant > who.0) {
        is_called_times(stage, behind, 0)?;
    }
    Ok(())
}

fn is_called_times(stage: &mut Stage, who: Participant, times: usize) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(hop) = who.called_on() else {
        return Err(stage.stop(Halt::Error(format!("{who} is called by nobody"))));
    };
    let observed = transcript.on(hop).count();
    if !stage.sees(hop) && observed == 0 {
        stage.unseen(&format!("whether {who} is called"));
        return Ok(());
    }
    if observed == times {
        stage.holds();
        return Ok(());
    }
    let [expected, observed] = [times, observed].map(|calls| calls.to_string());
    stage.remark(hop.caller(), &format!("calls to {who}"), [&expected, &observed], &transcript)
}

fn refuses(stage: &mut Stage, who: Participant, code: Option<&Value>, statuses: &[u16]) -> Step {
    let transcript = stage.last_transcript()?;
    let Some(reply) = reply_of(stage, who, &transcript)? else { return Ok(()) };
    let subject = |what: &str| format!("{what} of {who}'s refusal");
    let status_is_right =
        if statuses.is_empty() { (400..600).contains(&reply.status) } else { statuses.contains(&reply.status) };
    if !status_is_right {
        let expected = match statuses {
            [] => "an error status".to_owned(),
            stated => stated.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        };
        stage.remark(who, &subject("the status"), [&expected, &reply.status.to_string()], &transcript)?;
    }
    if reply.body.json().is_none() {
        let observed = String::from_utf8_lossy(reply.body.bytes()).into_owned();
        return stage.remark(who, &subject("the body"), ["JSON", &observed], &transcript);
    }
    let says_no = ["valid", "authorized"].iter().any(|name| reply.body.member(&[name]) == Some(&Value::Bool(false)));
    if !says_no {
        let observed = String::from_utf8_lossy(reply.body.bytes()).into_owned();
        stage.remark(who, &subject("the body"), ["valid: false", &observed], &transcript)?;
    }
    let observed = reply.body.member(&["code"]);
    if let Some(code) = code.filter(|code| observed != Some(code)) {
        let observed = observed.map_or("nothing".to_owned(), ToString::to_string);
        stage.remark(who, &subject("member `code`"), [&code.to_string(), &observed], &transcript)?;
    }
    for repeated in reply.body.repeated() {
        let what = subject(&format!("member `{}`", stage.run()?.redactor.text(&repeated.join("."))));
        stage.remark(who, &what, ["at most once", "more than once"], &transcript)?;
    }
    if reply.body.text("message").is_none_or(str::is_empty) {
        stage.remark(who, &subject("member `message`"), ["a text that is not empty", "none"], &transcript)?;
    }
    let grants = reply.body.member(&["token"]).is_some();
    if grants && (says_no || !presented_a_token(stage, who, &transcript)) {
        stage.expose(who, &subject("member `token`"), ["none", "a token"], &transcript)?;
    }
    stage.holds();
    Ok(())
}

/// Returns whether the request holds the customer's token, in a body of whatever kind: whoever grants it lets nobody in who
/// may not come in.
fn presented_a_token(stage: &Stage, who: Participant, transcript: &Transcript) -> bool {
    let request = who.called_on().and_then(|hop| transcript.first_on(hop)).map(|exchange| &exchange.request);
    let token = stage.customers.last().filter(|customer| customer.validity == Validity::Valid);
    let (Some(request), Some(customer)) = (request, token) else { return false };
    customer.token.is_in(request.body.bytes())
}

/// Returns the participant's reply; a missing one is a finding, an unseen one is noted.
fn reply_of(stage: &mut Stage, who: Participant, transcript: &Transcript) -> Result<Option<Reply>, Halt> {
    stage.must_be_judged(who)?;
    let exchange = who.called_on().and_then(|hop: Hop| transcript.first_on(hop));
    let observed = match exchange.map(|exchange: &Exchange| &exchange.outcome) {
        Some(Outcome::Replied(reply)) => return Ok(Some(reply.clone())),
        Some(Outcome::Failed(reason)) => reason,
        Some(Outcome::Pending) => "none in time",
        None => "no call was recorded",
    };
    stage.remark(who, &format!("{who}'s reply"), ["a refusal", observed], transcript).map(|()| None)
}
