//! The headers by which clients and pages are told apart, as one participant hands them on to the next.

use crate::transcript::Request;

const ATTRIBUTES: [(&str, &str); 3] = [
    ("user-agent", "the client's user agent"),
    ("accept-language", "the client's languages"),
    ("origin", "the page's origin"),
];

/// Returns whether a finding's subject is one of these.
pub(super) fn is_client_attribute(subject: &str) -> bool {
    ATTRIBUTES.iter().any(|(_, what)| *what == subject)
}

/// Returns what of these a request has lost or changed on its way: what it is, as it was sent, and as it came.
///
/// No arrow draws them: only who hands on none leaves nobody behind it anything to tell clients apart by.
pub fn lost_attributes<'r>(sent: &'r Request, received: &'r Request) -> Vec<(&'static str, &'r str, &'r str)> {
    let changed = |(header, what): (&'static str, &'static str)| {
        let (sent, received) = (sent.header(header), received.header(header));
        (sent != received).then(|| (what, sent.unwrap_or("none"), received.unwrap_or("none")))
    };
    ATTRIBUTES.into_iter().filter_map(changed).collect()
}
