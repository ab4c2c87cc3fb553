//! The values of options: how each is typed, and what it is read into.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::protocol::Participant;

/// A report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// In which format.
    pub format: ReportFormat,
    /// Where to.
    pub path: PathBuf,
}

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// XML that CI services read.
    JUnit,
    /// JSON with a version and a schema.
    Json,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected junit=PATH or json=PATH";
        let (format, path) = text.split_once('=').ok_or(expected)?;
        let format = match format {
            "junit" => ReportFormat::JUnit,
            "json" => ReportFormat::Json,
            _ => return Err(expected.to_owned()),
        };
        if path.is_empty() { Err(expected.to_owned()) } else { Ok(Self { format, path: path.into() }) }
    }
}

/// Where a service is to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Which service.
    pub participant: Participant,
    /// Where.
    pub address: SocketAddr,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected SERVICE=IP:PORT, such as starship=127.0.0.1:7001";
        let (participant, address) = text.split_once('=').ok_or(expected)?;
        Ok(Self {
            participant: participant.parse().map_err(|error| format!("{error}"))?,
            address: address.parse().map_err(|_invalid| expected.to_owned())?,
        })
    }
}

/// Where a service is to send its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The service that calls.
    pub caller: Participant,
    /// The base URL of the one it calls.
    pub url: reqwest::Url,
}

impl FromStr for Upstream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected SERVICE=URL, such as starship=http://127.0.0.1:8080";
        let (caller, url) = text.split_once('=').ok_or(expected)?;
        let caller: Participant = caller.parse().map_err(|error| format!("{error}"))?;
        if caller.calls_on().is_none() {
            return Err(format!("{caller} calls nobody"));
        }
        let url = reqwest::Url::parse(url).map_err(|error| format!("{error}: {expected}"))?;
        let says_more =
            !url.username().is_empty() || url.password().is_some() || url.query().or(url.fragment()).is_some();
        match url.scheme() {
            "http" | "https" if says_more => Err("expected a URL without credentials, query and fragment".to_owned()),
            "http" | "https" => Ok(Self { caller, url }),
            _ => Err(expected.to_owned()),
        }
    }
}

pub(super) fn given(text: &str) -> Result<(String, serde_json::Value), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
        }
        _ => Err("expected NAME=VALUE, such as 'grants_array=[\"chat\"]'".to_owned()),
    }
}

pub(super) fn waiver(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((address, reason)) if !address.is_empty() && !reason.trim().is_empty() => {
            Ok((address.to_owned(), reason.to_owned()))
        }
        _ => Err("expected ADDRESS=REASON, such as 'invalid-token/kinds:1=no expired token can be had'".to_owned()),
    }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_invalid| "expected IP:PORT, such as 127.0.0.1:7005".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    crate::config::parse_duration(text).ok_or_else(|| "expected a duration such as 10s, 500ms or 1m".to_owned())
}
