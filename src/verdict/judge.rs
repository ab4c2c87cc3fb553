//! A refresh judged: every wire arrow of its course against what crossed, and what crossed that is not drawn.

use serde_json::Value;

use super::alignment::{Alignment, Crossed, Crossing, align};
use super::binding::{Bindings, Variable};
use super::members::Context;
use super::replies::judge_reply;
use super::requests::judge_request;
use super::undrawn::{nothing_draws, surplus_finding, undrawn};
use super::{ArrowJudgement, Evidence, Finding, Ledger, Verdict, Visibility};
use crate::diagram::{Arrow, Course, CourseArrow, Diagram};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Token};
use crate::transcript::{Outcome, Redactor, Transcript};

/// What the customer knew before the refresh.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The key it sent.
    pub deployment_key: Option<DeploymentKey>,
    /// The token it presented.
    pub token: Option<Token>,
    /// The account that the key belongs to, if stated.
    pub account_sid: Option<AccountSid>,
    /// The roles that the account's customers have, if stated.
    pub roles: Option<Vec<String>>,
    /// The origin of the account's own pages, if stated.
    pub origin: Option<String>,
}

/// A refresh and what it is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// The arrows that apply.
    pub course: &'a Course<'a>,
    /// What crossed.
    pub transcript: &'a Transcript,
    /// What the customer knew.
    pub given: &'a Given,
    /// Which hops are recorded.
    pub visibility: Visibility,
    /// What was stated beyond the diagram.
    pub contract: &'a Contract,
    /// The way from values to findings.
    pub redactor: &'a Redactor,
    /// Names the refresh within the run.
    pub refresh: u64,
}

/// The verdicts on the wire arrows of one refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// One for each wire arrow of the diagram, in order; of prose, for what stands in the place of a reply.
    pub arrows: Vec<ArrowJudgement>,
    /// Calls on hops that no arrow of the diagram draws.
    pub beyond: Vec<Finding>,
}

impl Judgement {
    /// Returns the verdict on a wire arrow; `None` for an internal one.
    pub fn arrow(&self, number: usize) -> Option<&ArrowJudgement> {
        self.arrows.iter().find(|judgement| judgement.arrow == number)
    }

    /// Returns every finding, in the order of the arrows, and last those that concern no arrow.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.arrows.iter().flat_map(|judgement| &judgement.findings).chain(&self.beyond)
    }
}

/// Judges every wire arrow of a refresh.
pub fn judge(case: &Case<'_>, ledger: &mut Ledger) -> Judgement {
    let mut context = Context {
        diagram: case.diagram,
        contract: case.contract,
        redactor: case.redactor,
        ledger,
        bindings: given_bindings(case.given),
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
    Judgement { arrows, beyond }
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
            let finding = Finding::must(arrow.number, format!("calls on {hop}"), "one call, as drawn", "none");
            ArrowJudgement::of(arrow.number, Evidence::Wire, vec![finding])
        }
        Crossed::Request(exchanges) => {
            ArrowJudgement::of(arrow.number, Evidence::Wire, judge_request(case, context, arrow, exchanges))
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
        let expected = format!("after arrow {earlier}");
        judgement.add(Finding::must(arrow.number, "order", expected, "before it"));
    }
    judgement.derived = derived;
    judgement.notes.extend(undrawn(case, crossing));
    judgement
}

fn no_reply(arrow: &Arrow, observed: String) -> ArrowJudgement {
    ArrowJudgement::of(arrow.number, Evidence::Wire, vec![Finding::must(arrow.number, "reply", "a reply", observed)])
}

#[cfg(test)]
mod tests;
