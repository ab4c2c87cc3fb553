//! `[limits]`: how long, how often and how much at once a deployment is called.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::Url;

use super::Declared;
use crate::config::toml_text::Section;
use crate::diagnostic::Diagnostic;
use crate::protocol::Participant;

pub(super) const KEYS: [&str; 4] = ["timeout", "requests_per_second", "concurrency", "ready_within"];

/// How a deployment is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The deadline of an exchange, from its first byte to its last.
    pub timeout: Duration,
    /// How many requests are sent in a second at most, where that is limited.
    pub requests_per_second: Option<NonZeroU32>,
    /// How many scenarios run at the same time.
    pub concurrency: NonZeroU32,
    /// How long it may take until the deployment answers for the first time.
    pub ready_within: Duration,
}

impl Limits {
    const TIMEOUT: Duration = Duration::from_secs(10);
    const READY_WITHIN: Duration = Duration::from_secs(5);
    const CONCURRENCY_ON_LOOPBACK: NonZeroU32 = NonZeroU32::MIN.saturating_add(63);
    /// Enough to finish soon, and few enough for a deployment that others use too.
    const CONCURRENCY_ELSEWHERE: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);

    /// Returns what holds where the file states nothing: more at once where everything real is on loopback.
    pub(in crate::config) fn for_participants(participants: &BTreeMap<Participant, Declared>) -> Self {
        let loopback = participants.values().all(|declared| match declared {
            Declared::Reachable { url, .. } => is_loopback(url),
            Declared::Behind | Declared::Ours { .. } => true,
        });
        let concurrency = if loopback { Self::CONCURRENCY_ON_LOOPBACK } else { Self::CONCURRENCY_ELSEWHERE };
        let ready_within = Self::READY_WITHIN;
        Self { timeout: Self::TIMEOUT, requests_per_second: None, concurrency, ready_within }
    }
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>, participants: &BTreeMap<Participant, Declared>) -> Result<Limits, Diagnostic> {
    let usual = Limits::for_participants(participants);
    let Some(section) = top.section("limits", &KEYS)? else { return Ok(usual) };
    let count = |key| section.get(key).map(|entry| entry.count()).transpose();
    let duration = |key| section.get(key).map(|entry| entry.duration()).transpose();
    Ok(Limits {
        timeout: duration("timeout")?.unwrap_or(usual.timeout),
        requests_per_second: count("requests_per_second")?,
        concurrency: count("concurrency")?.unwrap_or(usual.concurrency),
        ready_within: duration("ready_within")?.unwrap_or(usual.ready_within),
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
