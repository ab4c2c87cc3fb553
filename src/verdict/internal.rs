//! The internal actions (arrows from a participant to itself), judged by their effect on the wire.

use super::alignment::hops_of;
use super::{ArrowJudgement, Case, Evidence, Finding, Verdict};
use crate::diagram::{Arrow, Circumstances, Condition, Diagram, Feature, Kind, Meaning, Member, Value as Drawn};
use crate::protocol::Hop;
use crate::transcript::Reply;

/// What a configuration makes visible: whether a fingerprint travels, and which ACAO header the Orchestrator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Whether arrow 5 (with a fingerprint) or arrow 7 (without one) is crossed.
    pub feature: Feature,
    /// The value of the ACAO header: `None` when the account names no origins; not judged when unknown.
    pub acao: Option<Option<String>>,
}

/// Judges "Fetches accountSid with Deployment Key" by the account that the Orchestrator calls `FederatedAuth` for.
pub fn account_found(case: &Case<'_>, arrow: usize) -> ArrowJudgement {
    let Some(expected) = case.given.account_sid.as_ref().filter(|_| case.visibility.sees(Hop::FederatedAuth)) else {
        return unseen(arrow, "the Orchestrator's call, or which account it should be for,");
    };
    let Some(exchange) = case.transcript.first_on(Hop::FederatedAuth) else {
        return missing(case, arrow, Hop::FederatedAuth);
    };
    let found = exchange.request.path.split('/').any(|segment| segment == expected.as_str());
    let finding = (!found).then(|| {
        let [expected, observed] = [expected.as_str(), &exchange.request.path].map(|text| case.redactor.text(text));
        Finding::must(arrow, "the account of the deployment key", expected, observed)
    });
    inferred(arrow, finding)
}

/// Judges "Fetches Account Configurations" and "Keeps configurations locally" by what the configuration that should
/// be in force makes visible.
pub fn configuration_applied(case: &Case<'_>, arrow: usize, configuration: &Configuration) -> ArrowJudgement {
    if !case.visibility.sees(Hop::FederatedAuth) || !case.visibility.sees(Hop::Orchestrator) {
        return unseen(arrow, "what the Orchestrator does with the configuration");
    }
    let mut findings = Vec::new();
    let Some(call) = case.transcript.first_on(Hop::FederatedAuth) else {
        return missing(case, arrow, Hop::FederatedAuth);
    };
    let telling = telling_members(case.diagram);
    let sent = telling.iter().any(|member| call.request.body.member(&member.path).is_some());
    let fingerprint = if sent { Feature::On } else { Feature::Off };
    if fingerprint != configuration.feature && !telling.is_empty() {
        let shown = |feature| if feature == Feature::On { "a fingerprint" } else { "no fingerprint" };
        let subject = "what the configured feature sends";
        findings.push(Finding::must(arrow, subject, shown(configuration.feature), shown(fingerprint)));
    }
    let reply = case.transcript.first_on(Hop::Orchestrator).and_then(|exchange| exchange.reply());
    if let (Some(expected), Some(reply)) = (&configuration.acao, reply) {
        let observed: Vec<&str> = reply.header_values(ACAO).collect();
        if observed != expected.as_deref().into_iter().collect::<Vec<_>>() {
            let expected = acao_text(case, &expected.as_deref().into_iter().collect::<Vec<_>>());
            let observed = acao_text(case, &observed);
            findings.push(Finding::must(arrow, "the ACAO header of the configured origins", expected, observed));
        }
    }
    inferred(arrow, findings)
}

/// Judges `ScopedAuth`'s check ("Valid token and invalid fingerprint") by the verdict it sends.
pub fn validated(case: &Case<'_>, arrow: usize, condition: &Condition) -> ArrowJudgement {
    if !case.visibility.sees(Hop::ScopedAuth) {
        return unseen(arrow, "ScopedAuth's verdict");
    }
    let Some(reply) = case.transcript.first_on(Hop::ScopedAuth).and_then(|exchange| exchange.reply()) else {
        return missing(case, arrow, Hop::ScopedAuth);
    };
    let mut findings = Vec::new();
    if !condition.holds(case.course.circumstances) {
        let observed = format!("{}, which the diagram does not draw so", case.course.circumstances);
        findings.push(Finding::must(arrow, "what was found", condition.to_string(), observed));
    }
    for (member, other) in messages_of_other_verdicts(case, reply) {
        let subject = format!("member `{}`", member.path.join("."));
        findings.push(Finding::must(arrow, subject, "a message that is not drawn for another verdict", other));
    }
    for (member, drawn) in drawn_verdict(case) {
        let observed = reply.body.member(&member.path);
        if observed != Some(drawn) {
            let subject = format!("member `{}`", member.path.join("."));
            let observed = observed.map_or_else(|| "nothing".to_owned(), |value| case.redactor.json(value).to_string());
            findings.push(Finding::must(arrow, subject, drawn.to_string(), observed));
        }
    }
    inferred(arrow, findings)
}

/// Returns the messages in `ScopedAuth`'s reply that the diagram draws for another verdict than this one.
fn messages_of_other_verdicts<'a>(case: &Case<'a>, reply: &Reply) -> Vec<(&'a Member, &'a str)> {
    let is_message = |member: &&Member| member.name().is_some_and(|name| name.kind == Kind::Verdict);
    let drawn = case.diagram.arrows().iter().flat_map(Arrow::members).filter_map(Member::name);
    let drawn: Vec<_> = drawn.filter(|name| name.kind == Kind::Verdict).collect();
    let mistaken = |member: &'a Member| {
        let observed = reply.body.text(member.path.last()?)?;
        let other = drawn.iter().find(|name| name.text == observed && Some(**name) != member.name())?;
        Some((member, other.text.as_str()))
    };
    verdict_arrows(case).flat_map(Arrow::members).filter(is_message).filter_map(mistaken).collect()
}

/// Returns the arrows by which `ScopedAuth` replies on the course.
fn verdict_arrows<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Arrow> {
    case.course
        .arrows
        .iter()
        .map(|step| step.arrow)
        .filter(|arrow| matches!(arrow.meaning, Meaning::Reply(_)) && hops_of(arrow).contains(&Hop::ScopedAuth))
}

/// Returns the members that `ScopedAuth`'s reply is drawn with literally, such as `authorized: false`.
fn drawn_verdict<'a>(case: &Case<'a>) -> Vec<(&'a Member, &'a serde_json::Value)> {
    let literal = |member: &'a Member| match &member.value {
        Drawn::Literal(value) => Some((member, value)),
        Drawn::Name(_) | Drawn::Type(_) | Drawn::Objects(_) => None,
    };
    verdict_arrows(case).flat_map(Arrow::members).filter_map(literal).collect()
}

/// Judges "If ACAO header exists, then passes through, else sets to *": exactly one at the customer, the
/// Orchestrator's if it set one, otherwise this.
pub fn acao_applied(case: &Case<'_>, arrow: usize, otherwise: &str) -> ArrowJudgement {
    if !case.visibility.sees(Hop::Edge) {
        return unseen(arrow, "what the Customer receives");
    }
    if !case.visibility.sees(Hop::Orchestrator) {
        return acao_at_the_edge(case, arrow, otherwise);
    }
    let replies = [Hop::Orchestrator, Hop::Edge].map(|hop| case.transcript.first_on(hop)?.reply());
    let [Some(inner), Some(outer)] = replies else {
        return missing(case, arrow, Hop::Orchestrator);
    };
    let set: Vec<&str> = inner.header_values(ACAO).collect();
    let observed: Vec<&str> = outer.header_values(ACAO).collect();
    let expected = if set.is_empty() { vec![otherwise] } else { set };
    let mut findings = Vec::new();
    if observed != expected {
        let expected = acao_text(case, &expected);
        findings.push(Finding::must(arrow, "the ACAO header", expected, acao_text(case, &observed)));
    }
    let listed = |value: &&str| value.contains(',') || value.contains(' ');
    if observed.len() > 1 || observed.iter().any(listed) {
        let subject = "the ACAO header as browsers read it";
        findings.push(Finding::must(arrow, subject, "one origin, or *", acao_text(case, &observed)).only_should());
    }
    inferred(arrow, findings)
}

/// Judges what can be judged of the ACAO rule from outside: that there is exactly one header, whoever set it, and that the
/// account's own pages may read the reply.
fn acao_at_the_edge(case: &Case<'_>, arrow: usize, otherwise: &str) -> ArrowJudgement {
    let Some(exchange) = case.transcript.first_on(Hop::Edge) else { return missing(case, arrow, Hop::Edge) };
    let Some(reply) = exchange.reply() else { return missing(case, arrow, Hop::Edge) };
    let observed: Vec<&str> = reply.header_values(ACAO).collect();
    let page = exchange.request.header("origin").filter(|origin| case.given.origin.as_deref() == Some(*origin));
    let expected = match (&observed[..], page) {
        ([], _) => format!("the Orchestrator's, or {otherwise}"),
        ([one], Some(page)) if *one != page && *one != otherwise => format!("{page}, or {otherwise}"),
        ([one], _) if !one.contains([',', ' ']) => return unseen(arrow, "whether the Orchestrator set an ACAO header"),
        _ => "one, with one origin or *".to_owned(),
    };
    inferred(arrow, [Finding::must(arrow, "the ACAO header", expected, acao_text(case, &observed))])
}

/// Returns the members by which a call to `FederatedAuth` shows that the feature is on: those drawn only then.
fn telling_members(diagram: &Diagram) -> Vec<&Member> {
    let members = |feature| {
        let courses = Circumstances::all().into_iter().filter(move |circumstances| circumstances.feature == feature);
        let arrows = courses.flat_map(|circumstances| diagram.course(circumstances).arrows);
        let calls = arrows.map(|step| step.arrow).filter(|arrow| {
            matches!(arrow.meaning, Meaning::Request(_)) && hops_of(arrow).contains(&Hop::FederatedAuth)
        });
        calls.flat_map(Arrow::members).collect::<Vec<_>>()
    };
    let with_it_off = members(Feature::Off);
    // Where no call is drawn with the feature off, nothing tells it from one with the feature on.
    if with_it_off.is_empty() {
        return Vec::new();
    }
    let only_on = |member: &&Member| !with_it_off.iter().any(|other| other.path == member.path);
    members(Feature::On).into_iter().filter(only_on).collect()
}

const ACAO: &str = "access-control-allow-origin";

fn acao_text(case: &Case<'_>, values: &[&str]) -> String {
    if values.is_empty() { "no ACAO header".to_owned() } else { case.redactor.text(&values.join(" and ")) }
}

fn inferred(arrow: usize, findings: impl IntoIterator<Item = Finding>) -> ArrowJudgement {
    ArrowJudgement::of(arrow, Evidence::Inferred, findings.into_iter().collect())
}

fn unseen(arrow: usize, what: &str) -> ArrowJudgement {
    ArrowJudgement::without_evidence(arrow, Verdict::NotObserved, format!("{what} cannot be seen from here"))
}

fn missing(case: &Case<'_>, arrow: usize, hop: Hop) -> ArrowJudgement {
    let observed = match case.transcript.customer_reply() {
        Some(reply) => format!("none; the Customer got {} {}", reply.status, case.redactor.body(&reply.body)),
        None => "none, and no reply to the Customer".to_owned(),
    };
    inferred(arrow, [Finding::must(arrow, format!("its effect on {hop}"), "an exchange with a reply", observed)])
}

#[cfg(test)]
mod tests;
