//! The internal actions (arrows from a participant to itself), judged by their effect on the wire.

use super::Case;
use super::acao::{AllowedOrigins, judge_origins};
use super::alignment::hops_of;
use super::finding::{Defect, Finding};
use super::inference::{inferred, missing, unseen};
use super::judgement::ArrowJudgement;
use super::members::subject;
use crate::diagram::{Arrow, Circumstances, Condition, Diagram, Feature, Kind, Meaning, Member, Value as Drawn};
use crate::protocol::Hop;
use crate::transcript::Reply;

/// What a configuration makes visible: whether a fingerprint travels, and which ACAO header the Orchestrator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Whether arrow 5 (with a fingerprint) or arrow 7 (without one) is crossed.
    pub feature: Feature,
    /// The origins that the account allows, and the page that calls; not judged where they are unknown.
    pub origins: Option<AllowedOrigins>,
}

/// Judges "Fetches accountSid with Deployment Key" by the account that the Orchestrator calls `FederatedAuth` for.
pub fn account_found(case: &Case<'_>, number: usize) -> ArrowJudgement {
    let Some(expected) = case.given.account_sid.as_ref().filter(|_| case.visibility.sees(Hop::FederatedAuth)) else {
        return unseen(number, "the Orchestrator's call, or which account it should be for,");
    };
    let (Some(arrow), Some(exchange)) = (case.diagram.arrow(number), case.transcript.first_on(Hop::FederatedAuth))
    else {
        return missing(case, number, Hop::FederatedAuth);
    };
    let found = exchange.request.path.split('/').any(|segment| segment == expected.as_str());
    let finding = (!found).then(|| {
        let [expected, observed] = [expected.as_str(), &exchange.request.path].map(|text| case.redactor.text(text));
        let subject = "the account of the deployment key";
        Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed)
    });
    inferred(case, number, finding.into_iter().collect())
}

/// Judges "Fetches Account Configurations" and "Keeps configurations locally" by what the configuration that should
/// be in force makes visible.
pub fn configuration_applied(case: &Case<'_>, number: usize, configuration: &Configuration) -> ArrowJudgement {
    if !case.visibility.sees(Hop::FederatedAuth) || !case.visibility.sees(Hop::Orchestrator) {
        return unseen(number, "what the Orchestrator does with the configuration");
    }
    let mut findings = Vec::new();
    let (Some(arrow), Some(call)) = (case.diagram.arrow(number), case.transcript.first_on(Hop::FederatedAuth)) else {
        return missing(case, number, Hop::FederatedAuth);
    };
    let telling = telling_members(case.diagram);
    let sent = telling.iter().any(|member| call.request.body.member(&member.path).is_some());
    let fingerprint = if sent { Feature::On } else { Feature::Off };
    if fingerprint != configuration.feature && !telling.is_empty() {
        let shown = |feature| if feature == Feature::On { "a fingerprint" } else { "no fingerprint" };
        let (subject, expected) = ("what the configured feature sends", shown(configuration.feature));
        let observed = shown(fingerprint);
        findings.push(Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed));
    }
    let reply = case.transcript.first_on(Hop::Orchestrator).and_then(|exchange| exchange.reply());
    if let (Some(origins), Some(reply)) = (&configuration.origins, reply) {
        findings.extend(judge_origins(case, arrow, origins, reply));
    }
    inferred(case, number, findings)
}

/// Judges `ScopedAuth`'s check ("Valid token and invalid fingerprint") by the verdict it sends.
pub fn validated(case: &Case<'_>, number: usize, condition: &Condition) -> ArrowJudgement {
    if !case.visibility.sees(Hop::ScopedAuth) {
        return unseen(number, "ScopedAuth's verdict");
    }
    let reply = case.transcript.first_on(Hop::ScopedAuth).and_then(|exchange| exchange.reply());
    let (Some(arrow), Some(reply)) = (case.diagram.arrow(number), reply) else {
        return missing(case, number, Hop::ScopedAuth);
    };
    let mut findings = Vec::new();
    let mut find = |subject: String, expected: String, observed: String| {
        findings.push(Finding::must(arrow, arrow.quote(), Defect::WrongValue, subject, expected, observed));
    };
    if !condition.holds(case.course.circumstances) {
        let observed = format!("{}, which the diagram does not draw so", case.course.circumstances);
        find("what was found".to_owned(), condition.to_string(), observed);
    }
    for (member, other) in messages_of_other_verdicts(case, reply) {
        let expected = "a message that is not drawn for another verdict".to_owned();
        find(subject(member), expected, other.to_owned());
    }
    for (member, drawn) in drawn_verdict(case) {
        let observed = reply.body.member(&member.path);
        if observed != Some(drawn) {
            let observed = observed.map_or_else(|| "nothing".to_owned(), |value| case.redactor.json(value).to_string());
            find(subject(member), drawn.to_string(), observed);
        }
    }
    inferred(case, number, findings)
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

#[cfg(test)]
mod tests;
