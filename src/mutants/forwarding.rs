//! The mutants of the edge, which should hand on what it is sent: it drops what the client is known by, or the token.

use hyper::header::{ACCEPT_LANGUAGE, HeaderName, USER_AGENT};

use super::message::Call;
use super::mutant::{Deed, Mutant, OnCall};
use super::recognition::is;
use crate::diagram::Arrow;
use crate::protocol::Hop;

/// Returns the mutants that leave something out of the request that Starship forwards.
pub(super) fn of_forwarding(arrow: &Arrow) -> Vec<Mutant> {
    let number = arrow.number;
    let attributes = [
        ("user-agent-dropped", "the client's user agent", USER_AGENT),
        ("language-dropped", "the client's languages", ACCEPT_LANGUAGE),
        ("address-dropped", "the client's address", HeaderName::from_static("x-forwarded-for")),
        ("origin-dropped", "the page's origin", hyper::header::ORIGIN),
    ];
    let mut mutants: Vec<Mutant> = attributes
        .into_iter()
        .map(|(operator, what, header)| {
            let sentence = format!("Starship does not hand on {what} with arrow {number}.");
            Mutant::new(arrow, operator, "", sentence, move |_| {
                let header = header.clone();
                // The first token as well: its client is otherwise another than the one that refreshes it.
                OnCall(move |_: Option<&Arrow>, call: &mut Call| {
                    if call.hop == Hop::Orchestrator {
                        call.headers_mut().remove(&header);
                    }
                    Deed::Send
                })
            })
        })
        .collect();
    let sentence = format!("Starship leaves the token out of arrow {number}.");
    mutants.push(Mutant::new(arrow, "token-dropped", "", sentence, move |_| {
        OnCall(move |arrow: Option<&Arrow>, call: &mut Call| {
            if is(arrow, number) {
                call.edit(|body| {
                    body.shift_remove("token");
                });
            }
            Deed::Send
        })
    }));
    mutants
}
