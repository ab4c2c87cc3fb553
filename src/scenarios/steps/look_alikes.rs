//! What is almost right and must not be taken for right: a deployment key, a page's origin, a fingerprint.

use cucumber::then;
use serde_json::Value;

use crate::protocol::Hop;
use crate::scenarios::parameters::Who;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::{Defect, Finding};

/// FederatedAuth is called for no account, and the customer is given no token.
#[then(expr = "{participant} has found no account, arrow {int}")]
fn has_found_no_account(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    let called = transcript.first_on(Hop::FederatedAuth).is_some();
    let is_given = transcript.customer_reply().is_some_and(|reply| reply.body.text("token").is_some());
    if called || is_given {
        let observed = if called { "a call to FederatedAuth" } else { "a token for the Customer" };
        let run = stage.run()?;
        let Some(arrow) = run.diagram.arrow(number) else { return Err(stage.stop(no_arrow(number))) };
        let (subject, defect) = ("the account of the deployment key", Defect::WrongValue);
        let finding = Finding::must(arrow, arrow.quote(), defect, subject, "none, as no account has it", observed);
        return stage.tell_of(who.0, finding, &transcript);
    }
    saw_no_mistake(stage, number)
}

/// The page is not told that it may read the reply: the ACAO header does not name its origin.
#[then(expr = "{participant} has not taken the page's origin for an allowed one, arrow {int}")]
fn has_not_allowed_the_page(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let refresh = stage.last_refresh()?;
    let origin = refresh.origin.clone().unwrap_or_default();
    // What the edge makes of the header is not the Orchestrator's doing, where that can be told.
    let hop = if stage.sees(Hop::Orchestrator) { Hop::Orchestrator } else { Hop::Edge };
    let reply = refresh.transcript.first_on(hop).and_then(|exchange| exchange.reply());
    let names_it =
        reply.is_some_and(|reply| reply.header_values("access-control-allow-origin").any(|value| value == origin));
    if names_it {
        let (subject, expected) = ("the ACAO header of the configured origins", "another origin, or none");
        let observed = stage.run()?.redactor.text(&origin);
        let finding = Finding::security(who.0.drawn_name(), subject, expected, observed);
        return stage.find(&refresh, finding.at(Some(number)));
    }
    if !stage.sees(Hop::Orchestrator) {
        stage.unseen("what the Orchestrator does with the configuration");
        return Ok(());
    }
    saw_no_mistake(stage, number)
}

/// The fingerprint that was sent is not the one that the token is bound to.
#[then(expr = "{participant} has found another client's fingerprint, arrow {int}")]
fn has_found_another_client(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    let reply = transcript.first_on(Hop::ScopedAuth).and_then(|exchange| exchange.reply());
    let said = reply.and_then(|reply| reply.body.member(&["authorized"]));
    if said != Some(&Value::Bool(false)) {
        let observed = said.map_or_else(|| "nothing".to_owned(), Value::to_string);
        let run = stage.run()?;
        let Some(arrow) = run.diagram.arrow(number) else { return Err(stage.stop(no_arrow(number))) };
        let (subject, defect) = ("member `authorized`", Defect::WrongValue);
        let observed = run.redactor.text(&observed);
        let finding = Finding::must(arrow, arrow.quote(), defect, subject, "false", observed);
        return stage.tell_of(who.0, finding, &transcript);
    }
    saw_no_mistake(stage, number)
}

/// Nobody has to ask about such a token; whoever is asked does not take it for valid.
#[then(expr = "{participant} has not found the token valid, arrow {int}")]
fn has_not_found_it_valid(stage: &mut Stage, who: Who, number: usize) -> Step {
    let Some(number) = stage.arrow_meant(number)? else { return Ok(()) };
    stage.must_be_judged(who.0)?;
    let transcript = stage.last_transcript()?;
    let Some(reply) = transcript.first_on(Hop::ScopedAuth).and_then(|exchange| exchange.reply()) else {
        stage.holds();
        return Ok(());
    };
    if reply.body.member(&["authorized"]) == Some(&Value::Bool(true)) {
        let run = stage.run()?;
        let Some(arrow) = run.diagram.arrow(number) else { return Err(stage.stop(no_arrow(number))) };
        let (subject, defect) = ("member `authorized`", Defect::WrongValue);
        let finding = Finding::must(arrow, arrow.quote(), defect, subject, "false", "true").of(who.0.drawn_name());
        return stage.tell_of(who.0, finding, &transcript);
    }
    saw_no_mistake(stage, number)
}

/// Takes note that nothing was taken for what it is not, at the arrow where it would have been.
fn saw_no_mistake(stage: &mut Stage, number: usize) -> Step {
    let run = stage.run()?;
    stage.holds();
    if stage.sees(Hop::Orchestrator) {
        stage.record.saw(&run.diagram, number);
    }
    Ok(())
}

fn no_arrow(number: usize) -> Halt {
    Halt::Error(format!("the diagram has no arrow {number}"))
}
