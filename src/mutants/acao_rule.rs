//! The mutants of the rule for the ACAO header: overwritten, not set, removed, doubled, listed or echoed.

use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderValue, ORIGIN};

use super::message::{Answer, Call};
use super::mutant::{Mutant, OnAnswer};
use crate::diagram::Arrow;
use crate::verdict::ends_of;

/// Returns the mutants of a rule that sets the header to `otherwise` where there is none.
pub(super) fn of_acao_rule(arrow: &Arrow, otherwise: &str) -> Vec<Mutant> {
    type Apply = fn(&mut HeaderMap, Option<HeaderValue>, HeaderValue);
    let operators: [(&'static str, &str, Apply); 8] = [
        ("acao-overwritten", "sets the ACAO header whether or not there is one", |headers, _, otherwise| {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, otherwise);
        }),
        ("acao-not-set", "sets no ACAO header where there is none", |headers, _, otherwise| {
            if headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) == Some(&otherwise) {
                headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
            }
        }),
        ("acao-removed", "does not pass the ACAO header through", |headers, _, otherwise| {
            if headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) != Some(&otherwise) {
                headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
            }
        }),
        ("acao-doubled", "adds its own ACAO header to the one that there is", |headers, _, otherwise| {
            headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, otherwise);
        }),
        ("acao-listed", "adds an origin to the ACAO header that there is", |headers, _, _| {
            let listed = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).and_then(|value| value.to_str().ok());
            let listed = listed.map(|value| format!("{value}, https://listed.example"));
            if let Some(listed) = listed.and_then(|listed| HeaderValue::from_str(&listed).ok()) {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, listed);
            }
        }),
        (
            "acao-bare",
            "names the host alone, without its scheme, where it sets the ACAO header",
            |headers, _, otherwise| {
                if headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) == Some(&otherwise) {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("edge.example.com"));
                }
            },
        ),
        ("acao-null-mirrored", "sets the ACAO header to null for a page without an origin", |headers, origin, _| {
            if let Some(origin) = origin.filter(|origin| origin == "null") {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
        }),
        ("acao-echoed", "sets the ACAO header to the request's origin, whoever is allowed", |headers, origin, _| {
            if let Some(origin) = origin {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            }
        }),
    ];
    let block = arrow.block;
    let [participant, _] = ends_of(arrow);
    operators
        .into_iter()
        .map(|(operator, does, apply)| {
            let sentence = format!("{} {does}, where arrow {} is drawn.", arrow.from, arrow.number);
            let otherwise = HeaderValue::from_str(otherwise).unwrap_or(HeaderValue::from_static("*"));
            Mutant::new(arrow, operator, "", sentence, move |_| {
                let otherwise = otherwise.clone();
                OnAnswer(move |arrow: Option<&Arrow>, call: &Call, answer: &mut Answer| {
                    let is_here = arrow.is_some_and(|arrow| arrow.block == block);
                    if is_here && Some(call.hop.callee()) == participant {
                        let origin = call.request.headers().get(ORIGIN).cloned();
                        apply(answer.headers_mut(), origin, otherwise.clone());
                    }
                })
            })
        })
        .collect()
}
