//! What is almost right and must not be taken for right: a deployment key, a page's origin, a fingerprint.

use cucumber::then;
use serde_json::Value;

use crate::protocol::Hop;
use crate::scenarios::parameters::Who;
use crate::scenarios::world::{Stage, Step};
use crate::transcript::Transcript;
use crate::verdict::Finding;

/// FederatedAuth is called for no account, and the customer is given no token.
#[then(expr = "{participant} has found no account, arrow {int}")]
fn has_found_no_account(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    let called = transcript.first_on(Hop::FederatedAuth).is_some();
    let is_given = transcript.customer_reply().is_some_and(|reply| reply.body.text("token").is_some());
    let observed = if called { "a call to FederatedAuth" } else { "a token for the Customer" };
    is_not(stage, called || is_given, number, ["the account of the deployment key", "none", observed], &transcript)
}

/// The page is not told that it may read the reply: the ACAO header does not name its origin.
#[then(expr = "{participant} has not taken the page's origin for an allowed one, arrow {int}")]
fn has_not_allowed_the_page(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let refresh = stage.last_refresh()?;
    let origin = refresh.origin.clone().unwrap_or_default();
    let names_it = [Hop::Orchestrator, Hop::Edge].into_iter().any(|hop| {
        let reply = refresh.transcript.first_on(hop).and_then(|exchange| exchange.reply());
        reply.is_some_and(|reply| reply.header_values("access-control-allow-origin").any(|value| value == origin))
    });
    if !names_it && !stage.sees(Hop::Orchestrator) {
        stage.unseen("what the Orchestrator does with the configuration");
        return Ok(());
    }
    let finding = ["the ACAO header of the configured origins", "another origin, or none", &origin];
    is_not(stage, names_it, number, finding, &refresh.transcript)
}

/// The fingerprint that was sent is not the one that the token is bound to.
#[then(expr = "{participant} has found another client's fingerprint, arrow {int}")]
fn has_found_another_client(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    let reply = transcript.first_on(Hop::ScopedAuth).and_then(|exchange| exchange.reply());
    let said = reply.and_then(|reply| reply.body.member(&["authorized"]));
    let observed = said.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let is_authorized = said != Some(&Value::Bool(false));
    is_not(stage, is_authorized, number, ["member `authorized`", "false", &observed], &transcript)
}

/// Takes note of whether something was taken for what it is not, at the arrow where it would be.
fn is_not(stage: &mut Stage, mistaken: bool, number: usize, finding: [&str; 3], transcript: &Transcript) -> Step {
    if mistaken {
        let redactor = &stage.run()?.redactor;
        let [subject, expected, observed] = finding;
        let finding = Finding::must(number, subject, expected, redactor.text(observed));
        return stage.record.found([finding], transcript);
    }
    let run = stage.run()?;
    stage.holds();
    if stage.sees(Hop::Orchestrator) {
        stage.record.saw(&run.diagram, number);
    }
    Ok(())
}
