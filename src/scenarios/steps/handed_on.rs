//! What is handed on from one participant to the next, or from one refresh to the next, beside the members of a body.

use cucumber::then;

use crate::protocol::{Hop, Participant};
use crate::scenarios::parameters::Who;
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::verdict::{Defect, Finding, lost_attributes};

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
        let wire = stage.judgement(&refresh)?;
        return stage.assert_crossed(&refresh, &wire, number);
    };
    let mut lost = lost_attributes(sent, received);
    let [sent, received] = [sent, received].map(|request| request.header(ADDRESSES).unwrap_or("none"));
    let received = received.split(',').next().unwrap_or_default().trim();
    if run.system.believes_forwarded_for() && sent != received {
        lost.push(("the client's address", sent, received));
    }
    let who = hop.caller();
    for (what, sent, received) in lost {
        let [sent, received] = [sent, received].map(|value| run.redactor.text(value));
        let finding = if run.under_test().is_real(who) {
            Finding::should(who.drawn_name(), Defect::Missing, what, sent, received)
        } else {
            Finding::security(who.drawn_name(), what, sent, received)
        };
        stage.find(&refresh, finding.at(Some(number)))?;
    }
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
        let Some(arrow) = run.diagram.arrow(number) else {
            return Err(stage.stop(Halt::Error(format!("the diagram has no arrow {number}"))));
        };
        let (expected, observed) = ("a token that can be refreshed", format!("one that is answered with {observed}"));
        let finding = Finding::must(arrow, arrow.quote(), Defect::WrongValue, "member `token`", expected, observed);
        return stage.find(&refresh, finding);
    }
    stage.holds();
    stage.record.saw(&run.diagram, number);
    Ok(())
}
