//! `[participants]`: which of the four services are real and where they are, each looked at by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use reqwest::Url;

use crate::config::toml_text::{Entry, Section, Text};
use crate::diagnostic::Diagnostic;
use crate::protocol::Participant;

pub(super) const KEYS: [&str; 4] = ["url", "tap", "listen", "real"];

/// What a service of the deployment is.
#[derive(Clone, PartialEq, Eq)]
pub enum Declared {
    /// Real, and called from here.
    Reachable {
        /// Where it is called: http or https, perhaps with a path that the paths of the flow come after.
        url: Url,
        /// Where its real caller calls it instead, to be recorded and forwarded.
        tap: Option<SocketAddr>,
    },
    /// Real, behind another real one; it cannot be called from here.
    Behind,
    /// Played by hopcheck.
    Ours {
        /// Where its real caller calls it; any free port where nobody needs to know.
        listen: Option<SocketAddr>,
    },
}

impl Declared {
    /// Returns a real service at an address that does not matter, as for explaining a combination.
    pub fn real_anywhere() -> Self {
        match Url::parse("http://service.example") {
            Ok(url) => Self::Reachable { url, tap: None },
            Err(_) => Self::Behind,
        }
    }

    /// Returns whether the deployment under test plays this service.
    pub fn is_real(&self) -> bool {
        !matches!(self, Self::Ours { .. })
    }

    /// Returns the address hopcheck itself binds for this service because the file says so.
    pub fn bound(&self) -> Option<SocketAddr> {
        match self {
            Self::Reachable { tap: address, .. } | Self::Ours { listen: address } => *address,
            Self::Behind => None,
        }
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reachable { tap: None, .. } => "Reachable",
            Self::Reachable { tap: Some(_), .. } => "Reachable behind a tap",
            Self::Behind => "Behind",
            Self::Ours { listen: None } => "Ours",
            Self::Ours { listen: Some(_) } => "Ours at an address",
        })
    }
}

/// A service as declared, and the value that made it so, for complaints.
pub(super) struct Declaration<'d> {
    pub(super) declared: Declared,
    /// `url`, or `real = true`; nothing where neither stands.
    pub(super) real: Option<Entry<'d>>,
    /// `tap` or `listen`.
    pub(super) bound: Option<Entry<'d>>,
}

/// Reads the section; a service that it does not name is ours.
pub(super) fn read<'d>(top: &Section<'d>) -> Result<BTreeMap<Participant, Declaration<'d>>, Diagnostic> {
    let services = Participant::SERVICES.map(Participant::key);
    let section = top.section("participants", &services)?;
    let mut declarations = BTreeMap::new();
    for service in Participant::SERVICES {
        let own = section.as_ref().map(|section| section.section(service.key(), &KEYS)).transpose()?.flatten();
        let declaration = match own {
            Some(own) => declaration(&own)?,
            None => Declaration { declared: Declared::Ours { listen: None }, real: None, bound: None },
        };
        declarations.insert(service, declaration);
    }
    Ok(declarations)
}

fn declaration<'d>(section: &Section<'d>) -> Result<Declaration<'d>, Diagnostic> {
    let [url, tap, listen, real] = KEYS.map(|key| section.get(key));
    let is_real = real.as_ref().map(Entry::flag).transpose()?;
    if let (Some(url), Some(false)) = (&url, is_real) {
        return Err(url.key_complaint("`url` contradicts `real = false`").hint("leave one of the two out"));
    }
    if let (Some(listen), true) = (&listen, url.is_some() || is_real == Some(true)) {
        return Err(listen
            .key_complaint("`listen` is for a participant that hopcheck plays, and this one is real")
            .hint("leave `listen` out; to record what a real participant is sent, give it a `tap`"));
    }
    if let (Some(tap), None) = (&tap, &url) {
        return Err(tap
            .key_complaint("a `tap` forwards to a `url`, and there is none")
            .hint("add the `url` of the real participant; for one that hopcheck plays, `listen` is the address"));
    }
    let bound = tap.clone().or_else(|| listen.clone());
    let address = bound.as_ref().map(address).transpose()?;
    let declared = match &url {
        Some(url) => Declared::Reachable { url: read_url(&url.text()?)?, tap: address },
        None if is_real == Some(true) => Declared::Behind,
        None => Declared::Ours { listen: address },
    };
    Ok(Declaration { real: url.or(real).filter(|_| declared.is_real()), declared, bound })
}

fn read_url(text: &Text<'_>) -> Result<Url, Diagnostic> {
    let url = base_url(text.as_str()).map_err(|(what, expected)| text.is_no(what, expected))?;
    // An address is no secret, wherever it came from; what would be one in it was refused.
    Ok(url)
}

/// Reads a URL that paths can be put behind, or says what it is instead and what was expected.
pub(in crate::config) fn base_url(text: &str) -> Result<Url, (&'static str, &'static str)> {
    const EXPECTED: &str = "a URL such as https://flex.example.com";
    let url = Url::parse(text).ok().ok_or(("not a URL", EXPECTED))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(("neither http nor https", EXPECTED));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(("a URL with credentials", "a URL without them; a header under [headers] can carry them"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(("a URL with a query or a fragment", "a URL that ends with its host or a path"));
    }
    Ok(url)
}

fn address(entry: &Entry<'_>) -> Result<SocketAddr, Diagnostic> {
    const EXPECTED: &str = "IP:port, such as 127.0.0.1:7003";
    let text = entry.text()?;
    let address: SocketAddr = text.as_str().parse().ok().ok_or_else(|| text.is_no("no address", EXPECTED))?;
    if address.port() == 0 {
        return Err(text.is_no("an address whose port changes at every start", EXPECTED));
    }
    text.into_string();
    Ok(address)
}
