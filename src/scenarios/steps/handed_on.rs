//! What is handed on from one participant to the next, or from one refresh to the next, beside the members of a body.

use cucumber::then;

use crate::protocol::{Hop, Participant};
use crate::scenarios::parameters::Who;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::Finding;

/// What a fingerprint and the ACAO header are made of, as headers.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("user-agent", "the client's user agent"),
    ("accept-language", "the client's languages"),
    ("origin", "the page's origin"),
];
const ADDRESSES: &str = "x-forwarded-for";

/// The headers that tell clients and pages apart arrive as the customer sent them.
#[then(expr = "{participant} has been told of the client what the Customer sent, arrow {int}")]
fn has_been_told_of_the_client(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    let run = stage.run()?;
    let Some(hop) = who.0.called_on().filter(|hop| stage.sees(*hop)) else {
        stage.unseen(&format!("what {} is told of the client", who.0));
        return Ok(());
    };
    stage.must_be_judged(hop.caller())?;
    let refresh = stage.last_refresh()?;
    let requests = [Hop::Edge, hop].map(|hop| refresh.transcript.first_on(hop).map(|exchange| &exchange.request));
    let [Some(sent), Some(received)] = requests else {
        let finding = Finding::must(number, format!("calls on {hop}"), "one call, as drawn", "none");
        return stage.record.found([finding], &refresh.transcript);
    };
    let mut findings = Vec::new();
    for (header, what) in ATTRIBUTES {
        let [sent, received] = [sent, received].map(|request| request.header(header));
        if sent != received {
            let [sent, received] = [sent, received].map(|value| run.redactor.text(value.unwrap_or("none")));
            findings.push(Finding::must(number, what, sent, received));
        }
    }
    let [sent, received] = [sent, received].map(|request| request.header(ADDRESSES).unwrap_or("none"));
    let received = received.split(',').next().unwrap_or_default().trim();
    if run.system.believes_forwarded_for() && sent != received {
        findings.push(Finding::must(number, "the client's address", sent, run.redactor.text(received)));
    }
    stage.record.found(findings, &refresh.transcript)?;
    stage.holds();
    stage.record.saw(&run.diagram, number);
    Ok(())
}

/// The token that the refresh before returned is found good in its turn.
#[then(expr = "{participant} has returned a valid token, arrow {int}")]
fn has_returned_a_valid_token(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    let run = stage.run()?;
    let Some(hop) = who.0.called_on().filter(|hop| *hop == Hop::Edge || stage.sees(*hop)) else {
        stage.unseen(&format!("what {} returns", who.0));
        return Ok(());
    };
    stage.must_be_judged(if hop == Hop::Edge { Participant::Starship } else { who.0 })?;
    if stage.refreshes.len() < 2 {
        let reason = "whether a token is valid shows when it is refreshed, and no step before does that";
        return Err(stage.stop(Halt::Error(reason.to_owned())));
    }
    let refresh = stage.last_refresh()?;
    let reply = refresh.transcript.customer_reply();
    if reply.is_none_or(|reply| reply.body.text("token").is_none()) {
        let observed = reply.map_or_else(|| "no reply".to_owned(), |reply| run.redactor.body(&reply.body));
        let expected = "a token that can be refreshed in its turn";
        let finding =
            Finding::must(number, "member `token`", expected, format!("one that is answered with {observed}"));
        return stage.record.found([finding], &refresh.transcript);
    }
    stage.holds();
    stage.record.saw(&run.diagram, number);
    Ok(())
}
