//! The catalogue: in what correct participants may differ from the reference.

use std::sync::Arc;
use std::time::Duration;

use super::opaque::{NotRotated, Once, Opaque};
use super::variant::Variant;
use super::wording::{
    Answers, Calls, OriginForPages, Sent, call_with_more, call_without_request_id, pretty_and_reversed,
    with_codes_as_text, with_escapes, with_extra_headers, with_extra_members, with_other_codes,
    with_other_content_types, with_other_date_times, with_other_identities, with_other_messages, with_other_statuses,
};
use crate::wire::Manner;

/// Slow, and within every deadline.
const DELAY: Duration = Duration::from_millis(25);

/// Returns every variant.
pub fn catalogue() -> Vec<Variant> {
    vec![
        Variant::new("none", "As the reference, in a process of its own with a key of its own.", || {
            Arc::new(Answers(|_, _| {}))
        }),
        Variant::new("opaque-tokens", "Tokens are random texts that only ScopedAuth understands.", || {
            Arc::new(Opaque::default())
        }),
        Variant::new("no-rotation", "The token that is returned is the one that was presented.", || {
            Arc::new(NotRotated)
        }),
        Variant::new("one-time-tokens", "A token can be refreshed once.", || Arc::new(Once::default()))
            .with_both_auths(),
        Variant::new("extra-members", "Answers have members that are drawn nowhere, some of them null.", || {
            Arc::new(Answers(with_extra_members))
        }),
        Variant::new("extra-headers", "Answers have more headers, and end their connection.", || {
            Arc::new(Answers(with_extra_headers))
        }),
        Variant::new("extra-in-requests", "Requests have members and headers that are drawn nowhere.", || {
            Arc::new(Calls(call_with_more))
        }),
        Variant::new("no-request-ids", "Requests hand on no header by which calls could be told apart.", || {
            Arc::new(Calls(call_without_request_id))
        }),
        Variant::new("origin-for-pages", "The ACAO header is set for requests alone that name an origin.", || {
            Arc::new(OriginForPages)
        }),
        Variant::new("codes-as-text", "The codes of refusals are texts.", || Arc::new(Answers(with_codes_as_text))),
        Variant::new("other-codes", "The codes of refusals are other numbers.", || Arc::new(Answers(with_other_codes))),
        Variant::new("other-statuses", "Outcomes have other statuses, where the contract states none.", || {
            Arc::new(Answers(with_other_statuses))
        }),
        Variant::new("other-messages", "Messages are in other languages, and new each time.", || {
            Arc::new(Answers(with_other_messages))
        }),
        Variant::new("other-date-times", "Moments have an offset, a fraction of a second, or +00:00.", || {
            Arc::new(Answers(with_other_date_times))
        }),
        Variant::new("other-identities", "Identities are long texts with spaces and signs.", || {
            Arc::new(Answers(with_other_identities))
        }),
        Variant::new(
            "pretty-printed",
            "Bodies are indented, between blank lines, with their members reversed.",
            || Arc::new(Answers(pretty_and_reversed)),
        ),
        Variant::new("escaped", "Every letter of every text in a body is escaped.", || Arc::new(Answers(with_escapes))),
        Variant::new("content-types", "JSON is announced with a charset, and refusals as problem+json.", || {
            Arc::new(Answers(with_other_content_types))
        }),
        Variant::new("chunked", "Bodies come in pieces whose number is not announced.", || {
            Arc::new(Sent(Manner { in_pieces: true, ..Manner::default() }))
        }),
        Variant::new("title-case-headers", "The names of headers are written Like-This.", || {
            Arc::new(Sent(Manner { title_case_headers: true, ..Manner::default() }))
        }),
        Variant::new("slow", "Every answer is late, and within the deadline.", || {
            Arc::new(Sent(Manner { delay: DELAY, ..Manner::default() }))
        }),
        Variant::new("http2", "Participants are called over TLS, with HTTP/2.", || Arc::new(Answers(|_, _| {})))
            .over_tls(),
    ]
}
