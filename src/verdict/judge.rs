//! A refresh judged: every wire arrow of its course against what crossed, and what crossed that is not drawn.

use serde_json::Value;

use super::binding::{Bindings, Scope, Variable};
use super::contract::stated_statuses;
use super::crossing::{Alignment, Crossed, Crossing, align, hops_of};
use super::members::Context;
use super::{ArrowJudgement, Evidence, Finding, Ledger, Severity, Sight, Verdict};
use crate::diagram::{Arrow, Course, CourseArrow, Diagram, Kind, Meaning, RequestLabel, Value as Drawn};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Hop, Token, TokenRotation};
use crate::transcript::{Exchange, Outcome, Redactor, Reply, Request, Transcript};

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
    pub sight: Sight,
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
    /// One for each wire arrow of the diagram, in order.
    pub arrows: Vec<ArrowJudgement>,
}

impl Judgement {
    /// Returns the verdict on a wire arrow; `None` for an internal one.
    pub fn arrow(&self, number: usize) -> Option<&ArrowJudgement> {
        self.arrows.iter().find(|judgement| judgement.arrow == number)
    }

    /// Returns every finding, in the order of the arrows.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.arrows.iter().flat_map(|judgement| &judgement.findings)
    }
}

/// Judges every wire arrow of a refresh.
pub fn judge(case: &Case<'_>, ledger: &mut Ledger) -> Judgement {
    let mut context = Context {
        contract: case.contract,
        redactor: case.redactor,
        ledger,
        bindings: given_bindings(case.given),
        refresh: case.refresh,
    };
    let Alignment { crossings, surplus } = align(case.course, case.transcript, case.sight);
    let mut arrows: Vec<ArrowJudgement> =
        crossings.iter().map(|crossing| judge_crossing(case, &mut context, crossing)).collect();
    for arrow in case.diagram.arrows().iter().filter(|arrow| !arrow.is_internal()) {
        if !case.course.contains(arrow.number) {
            let note = format!("not on the course of {}", case.course.circumstances);
            arrows.push(ArrowJudgement::without_evidence(arrow.number, Verdict::NotCrossed, note));
        }
    }
    for (exchange, drawn) in surplus {
        let arrow = drawn.or_else(|| nearest_request(case.diagram, exchange.hop));
        if let Some(judgement) = arrows.iter_mut().find(|judgement| Some(judgement.arrow) == arrow) {
            let expected = if drawn.is_some() { "one call, as drawn" } else { "no call, as none is drawn" };
            let observed = format!("another, {}", case.redactor.request_line(&exchange.request));
            let subject = format!("calls on {}", exchange.hop);
            judgement.findings.push(Finding::must(judgement.arrow, subject, expected, observed));
            judgement.verdict = Verdict::Deviates;
            judgement.evidence = Evidence::Wire;
        }
    }
    arrows.sort_by_key(|judgement| judgement.arrow);
    Judgement { arrows }
}

/// Returns a finding for each hop that was crossed by exchanges that belong to no call anybody made.
pub fn stray_findings(diagram: &Diagram, strays: &[Exchange], redactor: &Redactor) -> Vec<Finding> {
    let on_hop = |hop| {
        let strays: Vec<&Exchange> = strays.iter().filter(|stray| stray.hop == hop).collect();
        let request = &strays.first()?.request;
        Some(Finding {
            arrow: nearest_request(diagram, hop),
            severity: Severity::Must,
            subject: format!("calls on {hop}"),
            expected: "only calls with a token, key, account or fingerprint of a customer's".to_owned(),
            observed: format!(
                "{} without any, first {} {}",
                strays.len(),
                redactor.request_line(request),
                redactor.body(&request.body)
            ),
        })
    };
    Hop::ALL.into_iter().filter_map(on_hop).collect()
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
            let note = format!("nothing to answer: {hop} was not crossed");
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
            Outcome::Replied(reply) => {
                ArrowJudgement::of(arrow.number, Evidence::Wire, judge_reply(case, context, arrow, exchange, reply))
            }
            Outcome::Failed(reason) => no_reply(arrow, case.redactor.text(reason)),
            Outcome::Pending => no_reply(arrow, "none before the refresh ended".to_owned()),
        },
    };
    if let Some(earlier) = crossing.before {
        let expected = format!("after arrow {earlier}");
        judgement.findings.push(Finding::must(arrow.number, "order", expected, "before it"));
        judgement.verdict = Verdict::Deviates;
    }
    judgement.derived = derived;
    judgement.notes.extend(undrawn(case, crossing));
    judgement
}

fn no_reply(arrow: &Arrow, observed: String) -> ArrowJudgement {
    ArrowJudgement::of(arrow.number, Evidence::Wire, vec![Finding::must(arrow.number, "reply", "a reply", observed)])
}

fn judge_request(case: &Case<'_>, context: &mut Context<'_>, arrow: &Arrow, exchanges: &[&Exchange]) -> Vec<Finding> {
    let (Meaning::Request(label), [outer @ .., inner]) = (&arrow.meaning, exchanges) else {
        return Vec::new();
    };
    let mut findings = judge_address(case, context, arrow.number, label, inner);
    let forbidden = case.diagram.forbidden_members(arrow);
    findings.extend(context.judge_body(arrow, Scope::Request, &inner.request.body, &forbidden, inner.at));
    for before in outer {
        findings.extend(changed_on_the_way(case, arrow.number, before, inner));
    }
    findings
}

fn judge_address(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: usize,
    label: &RequestLabel,
    exchange: &Exchange,
) -> Vec<Finding> {
    let request = &exchange.request;
    let mut findings = Vec::new();
    if request.method != label.method_or_post() {
        findings.push(Finding::must(arrow, "method", label.method_or_post(), case.redactor.text(&request.method)));
    }
    match label.matches_path(&request.path) {
        None => findings.push(Finding::must(arrow, "path", label.path_text(), case.redactor.text(&request.path))),
        Some(names) => {
            for (name, segment) in names {
                let value = Value::from(segment);
                let subject = format!("`{}` in the path", name.text);
                findings.extend(context.judge_name(arrow, &subject, name, Scope::Request, &value, exchange.at));
            }
        }
    }
    findings
}

/// An arrow drawn past a participant, as arrow 1 past Starship, is forwarded by it unchanged.
fn changed_on_the_way(case: &Case<'_>, arrow: usize, before: &Exchange, after: &Exchange) -> Option<Finding> {
    let same_body = match (before.request.body.json(), after.request.body.json()) {
        (Some(before), Some(after)) => before == after,
        _ => before.request.body.bytes() == after.request.body.bytes(),
    };
    let subject = format!("the request {} forwards", before.hop.callee());
    let shown =
        |request: &Request| format!("{} {}", case.redactor.request_line(request), case.redactor.body(&request.body));
    let same_address = (&before.request.method, &before.request.path) == (&after.request.method, &after.request.path);
    (!(same_body && same_address)).then(|| Finding::must(arrow, subject, shown(&before.request), shown(&after.request)))
}

fn judge_reply(
    case: &Case<'_>,
    context: &mut Context<'_>,
    arrow: &Arrow,
    exchange: &Exchange,
    reply: &Reply,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stated = stated_statuses(case.contract, arrow.members());
    if stated.is_empty() && reply.status >= 500 {
        let expected = "the status of a drawn outcome";
        findings.push(Finding::must(arrow.number, "status", expected, reply.status.to_string()));
    } else if !stated.is_empty() && !stated.contains(&reply.status) {
        let expected = stated.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        findings.push(Finding::must(arrow.number, "status", expected, reply.status.to_string()));
    }
    findings.extend(judge_encoding(case, arrow.number, reply));
    let forbidden = case.diagram.forbidden_members(arrow);
    findings.extend(context.judge_body(arrow, Scope::Reply, &reply.body, &forbidden, exchange.at));
    findings.extend(judge_roles(case, arrow, reply));
    findings.extend(judge_rotation(case, context, arrow, reply));
    findings
}

/// A body that is packed though it was not asked for is no JSON; this says why.
fn judge_encoding(case: &Case<'_>, arrow: usize, reply: &Reply) -> Option<Finding> {
    let packed = reply.header_values("content-encoding").find(|encoding| !encoding.eq_ignore_ascii_case("identity"))?;
    let expected = "none, as none was asked for";
    Some(Finding::must(arrow, "content encoding", expected, case.redactor.text(packed)).only_should())
}

/// Where the account's roles are known, the first list of texts must be those.
fn judge_roles(case: &Case<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    let stated = Value::from(case.given.roles.as_ref()?.clone());
    let member = arrow.members().iter().find(|member| kind_of(&member.value) == Some(Kind::Texts))?;
    let observed = reply.body.member(&member.path).filter(|observed| **observed != stated)?;
    let expected = format!("{stated} (the roles of the account)");
    let subject = format!("member `{}`", member.path.join("."));
    Some(Finding::must(arrow.number, subject, expected, case.redactor.json(observed).to_string()))
}

fn judge_rotation(case: &Case<'_>, context: &Context<'_>, arrow: &Arrow, reply: &Reply) -> Option<Finding> {
    let member = arrow.members().iter().find(|member| kind_of(&member.value) == Some(Kind::Token))?;
    let returned = reply.body.member(&member.path)?;
    let same = context.bindings.value(&Variable::Presented)? == returned;
    let expected = match (case.contract.token_rotation, same) {
        (TokenRotation::Required, true) => "another token than the one presented",
        (TokenRotation::Forbidden, false) => "the token that was presented",
        (TokenRotation::Any, _) | (TokenRotation::Required, false) | (TokenRotation::Forbidden, true) => return None,
    };
    let observed = case.redactor.member("token", returned);
    Some(Finding::must(arrow.number, format!("member `{}`", member.path.join(".")), expected, observed))
}

fn kind_of(value: &Drawn) -> Option<Kind> {
    match value {
        Drawn::Name(name) => Some(name.kind),
        Drawn::Literal(_) => None,
    }
}

/// Returns a note for each top-level member that no arrow of the diagram draws: allowed, but worth knowing.
fn undrawn(case: &Case<'_>, crossing: &Crossing<'_, '_>) -> Vec<String> {
    let body = match &crossing.crossed {
        Crossed::Request(exchanges) => exchanges.last().map(|exchange| &exchange.request.body),
        Crossed::Reply(exchange) => exchange.reply().map(|reply| &reply.body),
        Crossed::Missing(_) | Crossed::Unreachable(_) | Crossed::Unseen => None,
    };
    let Some(Value::Object(members)) = body.and_then(|body| body.json()) else {
        return Vec::new();
    };
    let drawn = |name: &String| {
        let draws = |arrow: &Arrow| arrow.members().iter().any(|member| member.path.first() == Some(name));
        case.diagram.arrows().iter().any(draws)
    };
    members
        .keys()
        .filter(|name| !drawn(name))
        .map(|name| format!("member `{}` is drawn nowhere", case.redactor.text(name)))
        .collect()
}

/// Returns a request arrow that draws a hop, for a call that the course does not have.
fn nearest_request(diagram: &Diagram, hop: Hop) -> Option<usize> {
    let draws_hop = |arrow: &&Arrow| matches!(arrow.meaning, Meaning::Request(_)) && hops_of(arrow).contains(&hop);
    diagram.arrows().iter().find(draws_hop).map(|arrow| arrow.number)
}
