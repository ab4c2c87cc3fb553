//! A refresh judged: every wire arrow of its course against what crossed, and what crossed that is not drawn.

use serde_json::Value;

use super::alignment::{Alignment, Crossed, Crossing, align};
use super::attribution::attribute;
use super::binding::{Bindings, Variable};
use super::finding::{Defect, Finding};
use super::judgement::{ArrowJudgement, Evidence, Judgement, Verdict};
use super::members::Context;
use super::replies::judge_reply;
use super::requests::judge_request;
use super::undrawn::{nothing_draws, surplus_finding, undrawn};
use super::{Case, Given};
use crate::diagram::{Arrow, CourseArrow};
use crate::protocol::Hop;
use crate::transcript::{Exchange, Outcome};

/// Judges every wire arrow of a refresh, and says of everything that is wrong whose doing it is.
pub fn judge(case: &Case<'_>) -> Judgement {
    let mut context = Context {
        diagram: case.diagram,
        contract: case.contract,
        redactor: case.redactor,
        under_test: case.under_test,
        bindings: given_bindings(case.given),
        claims: Vec::new(),
        refresh: case.refresh,
    };
    let Alignment { crossings, surplus } = align(case.diagram, case.course, case.transcript, case.visibility);
    let mut arrows: Vec<ArrowJudgement> =
        crossings.iter().map(|crossing| judge_crossing(case, &mut context, crossing)).collect();
    for arrow in case.diagram.arrows().iter().filter(|arrow| !arrow.is_internal() && !arrow.is_prose()) {
        if !case.course.contains(arrow.number) {
            let note = format!("not on the course of {}", case.course.circumstances);
            arrows.push(ArrowJudgement::without_evidence(arrow.number, Verdict::NotCrossed, note));
        }
    }
    let mut beyond = Vec::new();
    for (exchange, drawn) in surplus {
        let finding = surplus_finding(case, exchange, drawn);
        match arrows.iter_mut().find(|judgement| Some(judgement.arrow) == finding.arrow) {
            Some(judgement) => judgement.add(finding),
            None if nothing_draws(case.diagram, exchange.hop) => beyond.push(finding),
            None => {}
        }
    }
    arrows.sort_by_key(|judgement| judgement.arrow);
    let mut judgement = Judgement { arrows, beyond };
    attribute(case, &crossings, &mut judgement);
    judgement
}

fn given_bindings(given: &Given) -> Bindings {
    let mut bindings = Bindings::default();
    if let Some(token) = &given.token {
        bindings.give(Variable::Presented, Value::from(token.expose()), "the token the customer presented");
    }
    if let Some(account) = &given.account_sid {
        bindings.give(Variable::Account, Value::from(account.as_str()), "the account of the deployment key");
    }
    bindings
}

fn judge_crossing(case: &Case<'_>, context: &mut Context<'_>, crossing: &Crossing<'_, '_>) -> ArrowJudgement {
    let CourseArrow { arrow, derived } = crossing.arrow;
    let mut judgement = match &crossing.crossed {
        Crossed::Unseen => {
            let note = format!("{} to {} cannot be seen from here", arrow.from, arrow.to);
            ArrowJudgement::without_evidence(arrow.number, Verdict::NotObserved, note)
        }
        Crossed::Unreachable(hop) => {
            let note = format!("out of reach: {hop} was not crossed");
            ArrowJudgement::without_evidence(arrow.number, Verdict::NotCrossed, note)
        }
        Crossed::Missing(hop) => {
            let (subject, expected) = (format!("calls on {hop}"), format!("one call, `{}`", arrow.text));
            let finding = Finding::must(arrow, arrow.quote(), Defect::NoCall, subject, expected, "none");
            let finding = finding.of(hop.caller().drawn_name());
            ArrowJudgement::of(arrow.number, Evidence::Wire, vec![finding])
        }
        Crossed::Request(exchanges) => {
            ArrowJudgement::of(arrow.number, Evidence::Wire, judge_request(case, context, arrow, exchanges))
        }
        Crossed::Reply(exchange) if case.given.provenance.is_foreign && !arrow.is_prose() => {
            return foreign_token(case, arrow, exchange);
        }
        Crossed::Reply(exchange) => match &exchange.outcome {
            // Nothing is demanded of what prose says, except that it comes.
            Outcome::Replied(_) if arrow.is_prose() => ArrowJudgement::of(arrow.number, Evidence::Wire, Vec::new()),
            Outcome::Replied(reply) => {
                ArrowJudgement::of(arrow.number, Evidence::Wire, judge_reply(case, context, arrow, exchange, reply))
            }
            Outcome::Failed(reason) => no_reply(arrow, case.redactor.text(reason)),
            Outcome::Pending => no_reply(arrow, "none before the refresh ended".to_owned()),
        },
    };
    if let Some(earlier) = crossing.before {
        let (subject, expected) = ("order", format!("after arrow {earlier}"));
        judgement.add(Finding::must(arrow, arrow.quote(), Defect::Order, subject, expected, "before it"));
    }
    judgement.derived = derived;
    judgement.claims = std::mem::take(&mut context.claims);
    judgement.notes.extend(undrawn(case, crossing));
    judgement
}

/// Judges a reply to the good token of another account. No arrow draws who has to tell, and `ScopedAuth` is not told the
/// account at all: what counts is that nobody behind it hands out a token.
fn foreign_token(case: &Case<'_>, arrow: &Arrow, exchange: &Exchange) -> ArrowJudgement {
    if exchange.hop == Hop::ScopedAuth {
        let note = "ScopedAuth is not told whose account it is";
        return ArrowJudgement::without_evidence(arrow.number, Verdict::NotObserved, note);
    }
    let given = exchange.reply().filter(|reply| reply.body.text("token").is_some_and(|token| !token.is_empty()));
    let finding = given.map(|reply| {
        let (subject, expected) = ("the token of another account", "a refusal");
        let observed = format!("{} {}", reply.status, case.redactor.excerpt(&reply.body));
        Finding::security(&arrow.from, subject, expected, observed).at(Some(arrow.number))
    });
    ArrowJudgement { derived: true, ..ArrowJudgement::of(arrow.number, Evidence::Wire, finding.into_iter().collect()) }
}

fn no_reply(arrow: &Arrow, observed: String) -> ArrowJudgement {
    let expected = format!("`{}`", arrow.text);
    let finding = Finding::must(arrow, arrow.quote(), Defect::NoReply, "reply", expected, observed);
    ArrowJudgement::of(arrow.number, Evidence::Wire, vec![finding])
}

#[cfg(test)]
mod tests;
