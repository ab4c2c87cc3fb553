//! What crossed and is not drawn: calls too many, calls of nobody, members that no arrow draws.

use serde_json::Value;

use super::alignment::{Crossed, Crossing, ends_of, hops_of};
use super::finding::{Defect, Finding};
use super::{Case, UnderTest};
use crate::diagram::{Arrow, Diagram, Meaning};
use crate::protocol::Hop;
use crate::transcript::{Exchange, Redactor};

/// Returns the finding that a hop was crossed once more than drawn; `drawn` is the request arrow drawn last on it.
///
/// A call on a hop that no arrow draws breaks no words of the diagram.
pub(super) fn surplus_finding(case: &Case<'_>, exchange: &Exchange, drawn: Option<usize>) -> Finding {
    let caller = exchange.hop.caller().drawn_name();
    let subject = format!("calls on {}", exchange.hop);
    let observed = format!("another, {}", case.redactor.request_line(&exchange.request));
    let arrow = drawn.or_else(|| nearest_request(case.diagram, exchange.hop));
    match arrow.and_then(|number| case.diagram.arrow(number)) {
        Some(arrow) => {
            let expected = if drawn.is_some() { "one call, as drawn" } else { "no call, as none is drawn here" };
            Finding::must(arrow, arrow.quote(), Defect::ExtraCall, subject, expected, observed).of(caller)
        }
        None => Finding::should(caller, Defect::ExtraCall, subject, "no call, as none is drawn", observed),
    }
}

/// Tells whether no arrow reaches the participant called on a hop, not even from a lifeline that is not known here.
pub(super) fn nothing_draws(diagram: &Diagram, hop: Hop) -> bool {
    let reaches = |arrow: &Arrow| {
        let asks = matches!(arrow.meaning, Meaning::Request(_) | Meaning::Prose(_));
        asks && ends_of(arrow)[1] == Some(hop.callee())
    };
    !diagram.arrows().iter().any(reaches)
}

/// Returns a note for each top-level member that no arrow of the diagram draws, and for a query, which none can draw:
/// allowed, but worth knowing.
pub(super) fn undrawn(case: &Case<'_>, crossing: &Crossing<'_, '_>) -> Vec<String> {
    let (request, body) = match &crossing.crossed {
        Crossed::Request(exchanges) => {
            let request = exchanges.last().map(|exchange| &exchange.request);
            (request, request.map(|request| &request.body))
        }
        Crossed::Reply(_) if crossing.arrow.arrow.is_prose() => (None, None),
        Crossed::Reply(exchange) => (None, exchange.reply().map(|reply| &reply.body)),
        Crossed::Missing(_) | Crossed::Unreachable(_) | Crossed::Unseen => (None, None),
    };
    let drawn = |name: &String| {
        let draws = |arrow: &Arrow| arrow.members().iter().any(|member| member.path.first() == Some(name));
        case.diagram.arrows().iter().any(draws)
    };
    let members = body.and_then(|body| body.json()).and_then(Value::as_object);
    let of_members = members
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .filter(|name| !drawn(name))
        .map(|name| format!("member `{}` is drawn nowhere", case.redactor.text(name)));
    let of_query = request
        .filter(|request| !request.query.is_empty())
        .map(|request| format!("the query of {} is drawn nowhere", case.redactor.request_line(request)));
    of_members.chain(of_query).collect()
}

/// Returns a request arrow that draws a hop, for a call that the course does not have.
fn nearest_request(diagram: &Diagram, hop: Hop) -> Option<usize> {
    let draws_hop = |arrow: &&Arrow| matches!(arrow.meaning, Meaning::Request(_)) && hops_of(arrow).contains(&hop);
    diagram.arrows().iter().find(draws_hop).map(|arrow| arrow.number)
}
/// Returns a finding for each hop that was crossed by exchanges that belong to no call anybody made.
///
/// What those that hopcheck plays do beside a real participant is nobody's fault.
pub fn stray_findings(
    diagram: &Diagram,
    strays: &[Exchange],
    under_test: UnderTest,
    redactor: &Redactor,
) -> Vec<Finding> {
    let on_hop = |hop| {
        let strays: Vec<&Exchange> = strays.iter().filter(|stray| stray.hop == hop && !is_probe(stray)).collect();
        let request = &strays.first()?.request;
        let observed = format!(
            "{} without any, first {} {}",
            strays.len(),
            redactor.request_line(request),
            redactor.excerpt(&request.body)
        );
        let (subject, caller) = (format!("calls on {hop}"), hop.caller());
        let expected = "only calls with a token, key, account or fingerprint of a customer's";
        let drawn = nearest_request(diagram, hop).and_then(|number| diagram.arrow(number));
        let finding = match drawn {
            Some(arrow) => Finding::must(arrow, arrow.quote(), Defect::ExtraCall, subject, expected, observed),
            None => Finding::should(caller.drawn_name(), Defect::ExtraCall, subject, expected, observed),
        };
        let finding = finding.of(caller.drawn_name());
        under_test.includes(caller).then(|| finding.of_real(under_test.is_real(caller)))
    };
    Hop::ALL.into_iter().filter_map(on_hop).collect()
}

/// Returns whether a call asks for nothing but a sign of life, as health checks do: it is no part of any flow.
fn is_probe(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") && request.body.bytes().is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Played, good};
    use super::*;

    #[test]
    fn strays_are_one_finding_for_each_hop_at_an_arrow_that_draws_it() {
        let mut played = Played::new(good());
        played.redactor.hide_secrets_of(&played.transcript);
        let strays = [6, 6, 5].map(|arrow| played.exchange(arrow).clone());
        let findings = stray_findings(&played.diagram, &strays, UnderTest::ours(), &played.redactor);
        assert_eq!(findings.iter().map(|finding| finding.arrow).collect::<Vec<_>>(), [Some(5), Some(6)]);
        assert!(findings[1].observed.starts_with("2 without any, first POST /v1/ScopedAuthTokens/validate"));
        let mut probe = played.exchange(6).clone();
        probe.request =
            crate::transcript::Request { method: "GET".into(), path: "/health".into(), ..Default::default() };
        assert_eq!(stray_findings(&played.diagram, &[probe], UnderTest::ours(), &played.redactor), []);
        assert!(!findings[1].observed.contains(super::super::testing::PRESENTED));
        assert_eq!(stray_findings(&played.diagram, &[], UnderTest::ours(), &played.redactor), []);
    }
}
