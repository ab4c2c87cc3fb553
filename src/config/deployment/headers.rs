//! `[headers]` and `[tls]`: what every connection and request to the deployment carries besides the flow.

use std::path::PathBuf;

use reqwest::header::{HeaderName, HeaderValue};

use super::opaque::debug_shows;
use crate::config::toml_text::{Entry, Section, Sensitive};
use crate::diagnostic::Diagnostic;

pub(super) const TLS_KEYS: [&str; 4] = ["ca", "client_certificate", "client_key", "insecure"];

/// The headers whose values are part of what scenarios vary, or of HTTP itself.
const OWN: [&str; 11] = [
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "content-type",
    "host",
    "origin",
    "transfer-encoding",
    "user-agent",
    "x-forwarded-for",
    "x-request-id",
];

/// How connections to the deployment are secured. Paths are as the file states them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// A file with the certificates to trust instead of the usual ones.
    pub ca: Option<PathBuf>,
    /// A file with the certificate to show; never without a key.
    pub client_certificate: Option<PathBuf>,
    /// A file with the key of that certificate.
    pub client_key: Option<PathBuf>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
}

debug_shows!(Tls: insecure);

/// Reads `[headers]`, in the order of the file.
pub(super) fn read(top: &Section<'_>) -> Result<Vec<(String, Sensitive)>, Diagnostic> {
    top.names("headers")?.iter().map(header).collect()
}

fn header(entry: &Entry<'_>) -> Result<(String, Sensitive), Diagnostic> {
    let name = HeaderName::from_bytes(entry.key().as_bytes())
        .ok()
        .ok_or_else(|| entry.key_complaint(format!("`{}` is no name of a header", entry.key())))?;
    if OWN.contains(&name.as_str()) {
        return Err(entry.key_complaint(format!("hopcheck sets `{name}` itself")).hint("leave it out"));
    }
    let value = entry.text()?;
    if HeaderValue::from_str(value.as_str()).is_err() {
        return Err(value.is_no("no value of a header", "visible ASCII characters"));
    }
    Ok((name.to_string(), value.into_credentials()))
}

/// Reads `[tls]`.
pub(super) fn read_tls(top: &Section<'_>) -> Result<Tls, Diagnostic> {
    let Some(section) = top.section("tls", &TLS_KEYS)? else { return Ok(Tls::default()) };
    let pair = [("client_certificate", "client_key"), ("client_key", "client_certificate")];
    for (given, other) in pair {
        if let (Some(given), None) = (section.get(given), section.get(other)) {
            return Err(given.key_complaint(format!("`{}` is of no use without `{other}`", given.key())));
        }
    }
    let path = |key| section.get(key).map(|entry| Ok(PathBuf::from(entry.text()?.into_string()))).transpose();
    Ok(Tls {
        ca: path("ca")?,
        client_certificate: path("client_certificate")?,
        client_key: path("client_key")?,
        insecure: section.get("insecure").map(|entry| entry.flag()).transpose()?.unwrap_or_default(),
    })
}
