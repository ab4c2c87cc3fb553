//! Why a call got no reply, in words that a user knows, and what can be done about it. The errors' own text hides the
//! cause.

use std::error::Error;
use std::io;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, OtherError};
use time::OffsetDateTime;

/// Why a call got no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) text: String,
    pub(crate) way_out: Option<WayOut>,
}

/// What can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayOut {
    /// Trusting whoever issued the server's certificate.
    Trust,
    /// Renewing or replacing the server's certificate, or accepting any.
    AcceptAny,
    /// Showing a client certificate.
    ShowCertificate,
    /// Showing another client certificate.
    ShowAnother,
    /// Calling with http instead of https.
    CallPlainly,
    /// Calling with https instead of http.
    CallSecurely,
    /// Perhaps showing a client certificate: with TLS 1.3, a server that misses one may only hang up.
    PerhapsShowCertificate,
    /// Naming another proxy, or none.
    Proxy,
    /// Showing credentials to the proxy.
    ProxyCredentials,
}

impl WayOut {
    /// Returns whether it may be that nothing has to be done but wait, as for a service that still starts.
    pub(crate) fn may_come_by_waiting(self) -> bool {
        match self {
            Self::CallSecurely | Self::PerhapsShowCertificate => true,
            Self::Trust
            | Self::AcceptAny
            | Self::ShowCertificate
            | Self::ShowAnother
            | Self::CallPlainly
            | Self::Proxy
            | Self::ProxyCredentials => false,
        }
    }
}

/// Returns what went wrong, without what can be done about it.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> String {
    explain(error).text
}

/// Returns what went wrong, and what can be done about it where that is known.
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Reason {
    let causes = causes_of(error);
    let detail = causes.last().map(ToString::to_string).unwrap_or_default();
    let reqwest = causes.iter().find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    let of_tls = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(in_words_of_tls);
    // HTTP/2 hands on no more than the text of what befell its connection.
    if let Some(Reason { text, way_out }) = of_tls.or_else(|| alert_in(&detail).map(in_words_of_alerts)) {
        return Reason { text: format!("no connection: {text}"), way_out };
    }
    if reqwest.is_some_and(reqwest::Error::is_connect) {
        return Reason { text: format!("no connection: {detail}"), way_out: None };
    }
    if reqwest.is_some_and(reqwest::Error::is_timeout) {
        return Reason { text: format!("timed out: {detail}"), way_out: None };
    }
    let told = causes.iter().rev().find_map(|cause| {
        let of_system = cause.downcast_ref::<io::Error>().and_then(|error| in_words_of_system(error.kind()));
        of_system.or_else(|| cause.downcast_ref::<hyper::Error>().and_then(in_words_of_http))
    });
    match told {
        Some((text, way_out)) => Reason { text: text.to_owned(), way_out },
        None => Reason { text: format!("no reply that can be read: {detail}"), way_out: None },
    }
}

/// Returns the error itself and what caused it, innermost last.
pub(crate) fn causes_of<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut last = error;
    loop {
        // What an error of the system was made of it passes over, and names only what caused that.
        let made_of = last.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let cause = made_of.map(|error| error as &(dyn Error + 'static)).or_else(|| last.source());
        let Some(cause) = cause else { return causes };
        causes.push(cause);
        last = cause;
    }
}

fn in_words_of_tls(error: &rustls::Error) -> Reason {
    let of = |text: &str, way_out| Reason { text: text.to_owned(), way_out: Some(way_out) };
    if let rustls::Error::InvalidCertificate(error) = error {
        return in_words_of_certificates(error);
    }
    if let rustls::Error::AlertReceived(alert) = error {
        return in_words_of_alerts(*alert);
    }
    if matches!(error, rustls::Error::InvalidMessage(_)) {
        return of("what answers there does not speak TLS", WayOut::CallPlainly);
    }
    if matches!(error, rustls::Error::PeerIncompatible(_)) {
        return Reason { text: "the server speaks no TLS that is spoken here".to_owned(), way_out: None };
    }
    Reason { text: format!("TLS failed: {error}"), way_out: None }
}

/// What a server says of a client certificate.
const OF_CLIENT_CERTIFICATES: [(AlertDescription, &str, WayOut); 10] = {
    const NONE: &str = "the server wants a client certificate, and was shown none";
    const UNTRUSTED: &str = "the server does not trust the client certificate";
    const REFUSED: &str = "the server refuses the client certificate";
    [
        (AlertDescription::CertificateRequired, NONE, WayOut::ShowCertificate),
        // Before TLS 1.3 there is no other word for it, and this one stands for much else.
        (AlertDescription::HandshakeFailure, "the server broke TLS off", WayOut::PerhapsShowCertificate),
        (AlertDescription::UnknownCA, UNTRUSTED, WayOut::ShowAnother),
        (AlertDescription::DecryptError, UNTRUSTED, WayOut::ShowAnother),
        (AlertDescription::CertificateExpired, "the client certificate has expired", WayOut::ShowAnother),
        (AlertDescription::CertificateRevoked, "the client certificate was revoked", WayOut::ShowAnother),
        (AlertDescription::BadCertificate, REFUSED, WayOut::ShowAnother),
        (AlertDescription::UnsupportedCertificate, REFUSED, WayOut::ShowAnother),
        (AlertDescription::CertificateUnknown, REFUSED, WayOut::ShowAnother),
        (AlertDescription::AccessDenied, REFUSED, WayOut::ShowAnother),
    ]
};

fn in_words_of_alerts(alert: AlertDescription) -> Reason {
    match OF_CLIENT_CERTIFICATES.iter().find(|(known, ..)| *known == alert) {
        Some((_, text, way_out)) => Reason { text: (*text).to_owned(), way_out: Some(*way_out) },
        None => Reason { text: format!("the server broke TLS off ({alert:?})"), way_out: None },
    }
}

/// Returns the alert that an error's text tells of, if it is about client certificates.
fn alert_in(text: &str) -> Option<AlertDescription> {
    let (_, name) = text.split_once("received fatal alert: ")?;
    OF_CLIENT_CERTIFICATES.iter().map(|(alert, ..)| *alert).find(|alert| format!("{alert:?}") == name)
}

fn in_words_of_certificates(error: &CertificateError) -> Reason {
    let of = |text: &str, way_out| Reason { text: text.to_owned(), way_out: Some(way_out) };
    let day = |time: UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        OffsetDateTime::from_unix_timestamp(seconds)
            .map_or_else(|_| "another day".to_owned(), |at| at.date().to_string())
    };
    if matches!(error, CertificateError::UnknownIssuer | CertificateError::BadSignature) {
        return of("the server's certificate is not trusted: nobody who is trusted here issued it", WayOut::Trust);
    }
    if is_of_ca(error) {
        return of(
            "the server's certificate is not trusted: it is a CA's own, and none of those trusted here",
            WayOut::Trust,
        );
    }
    if let CertificateError::NotValidForNameContext { expected, presented } = error {
        let expected = expected.to_str();
        let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
        let names = if names.is_empty() { "no host".to_owned() } else { names.join(", ") };
        return of(&format!("the server's certificate is for {names}, not for {expected}"), WayOut::AcceptAny);
    }
    if let CertificateError::ExpiredContext { not_after, .. } = error {
        return of(&format!("the server's certificate expired on {}", day(*not_after)), WayOut::AcceptAny);
    }
    if let CertificateError::NotValidYetContext { not_before, .. } = error {
        return of(&format!("the server's certificate is not valid before {}", day(*not_before)), WayOut::AcceptAny);
    }
    of(&format!("the server's certificate cannot be accepted: {error}"), WayOut::AcceptAny)
}

/// Returns whether a server showed the certificate of a CA (`CA:TRUE`), as `openssl req -x509` makes it.
pub(crate) fn is_of_ca(error: &CertificateError) -> bool {
    let CertificateError::Other(OtherError(error)) = error else { return false };
    matches!(error.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Returns the name in `DnsName("flex.example.com")`.
fn bare(name: &str) -> &str {
    let within = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    within.trim_matches('"')
}

fn in_words_of_system(kind: io::ErrorKind) -> Option<(&'static str, Option<WayOut>)> {
    if matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) {
        Some(("the connection was reset before the reply was complete", Some(WayOut::PerhapsShowCertificate)))
    } else if kind == io::ErrorKind::UnexpectedEof {
        Some((
            "the connection was closed before the reply was as long as announced",
            Some(WayOut::PerhapsShowCertificate),
        ))
    } else {
        None
    }
}

fn in_words_of_http(error: &hyper::Error) -> Option<(&'static str, Option<WayOut>)> {
    if error.is_parse_too_large() {
        Some(("the reply has too many headers, or too large ones", None))
    } else if error.is_parse() {
        Some(("what came back is not HTTP", Some(WayOut::CallSecurely)))
    } else if error.is_incomplete_message() {
        Some(("the connection was closed before the reply was complete", Some(WayOut::PerhapsShowCertificate)))
    } else if error.is_canceled() || error.is_closed() {
        Some(("the connection was closed before the request was sent", Some(WayOut::PerhapsShowCertificate)))
    } else if error.to_string().starts_with("received unexpected message") {
        Some(("something came back before anything was asked", None))
    } else {
        None
    }
}
