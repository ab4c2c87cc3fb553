//! The deployment file: which participants are real, with which accounts and tokens, and what the diagram leaves open.
//!
//! Reads text that it is given. It opens no file, reads no environment of its own and calls nobody.

mod accounts;
mod answers;
mod command;
mod contract;
mod headers;
mod limits;
mod no_proxy;
mod opaque;
mod participants;
mod proxy;
mod tokens;
mod wiring;

use std::collections::BTreeMap;

pub use accounts::DeclaredAccount;
pub use command::{Command, Toggle};
pub use headers::Tls;
pub use limits::Limits;
pub use participants::Declared;
pub(super) use participants::base_url;
pub use proxy::{Proxies, ProxyError};
pub use tokens::{StaticTokens, TokenSource, Tokens};

use opaque::debug_shows;

pub use super::toml_text::Sensitive;
use super::toml_text::{Document, Entry, Leaf, Section};
use crate::diagnostic::Diagnostic;
use crate::protocol::{Contract, Participant};

/// A deployment file that explains every key, as `hopcheck init` writes it.
pub const TEMPLATE: &str = include_str!("../../fixtures/deployments/template.toml");

const KEYS: [&str; 10] =
    ["participants", "accounts", "tokens", "contract", "limits", "tls", "proxy", "headers", "toggle", "not_applicable"];

/// The system under test, as its file describes it.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// What each of the four services is.
    pub participants: BTreeMap<Participant, Declared>,
    /// The accounts to refresh tokens of, in the order of the file.
    pub accounts: Vec<DeclaredAccount>,
    /// Where tokens to refresh come from.
    pub tokens: Tokens,
    /// What the diagram leaves open.
    pub contract: Contract,
    /// How long, how often and how much at once the deployment is called.
    pub limits: Limits,
    /// How the deployment is trusted, and trusts.
    pub tls: Tls,
    /// The proxies through which real participants are called, where the environment was to be asked for them.
    pub proxies: Option<Proxies>,
    /// What every request to the deployment carries besides.
    pub headers: Vec<(String, Sensitive)>,
    /// How the feature is switched, where one account has to show both.
    pub toggle: Option<Toggle>,
    /// The scenarios that this deployment need not run.
    pub not_applicable: Vec<Waiver>,
    pub(super) secrets: Vec<Sensitive>,
}

/// A scenario that need not run, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The address of a scenario, or of several.
    pub address: String,
    /// Why it does not apply; never empty.
    pub reason: String,
}

debug_shows!(Waiver: address);

impl Deployment {
    /// Reads the text of a deployment file, which complaints call `file`; `environment` says what `${NAME}` stands for.
    pub fn read(file: &str, text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, Diagnostic> {
        let document = Document::parse(file, text, shows, Some(environment))?;
        let top = document.top(&KEYS)?;
        let declarations = participants::read(&top)?;
        let accounts = accounts::read(&top)?;
        wiring::check(&top, &declarations, &accounts)?;
        let participants = declarations.into_iter().map(|(who, declaration)| (who, declaration.declared)).collect();
        let deployment = Self {
            tokens: tokens::read(&top, &accounts)?,
            contract: contract::read(&top)?,
            limits: limits::read(&top, &participants)?,
            tls: headers::read_tls(&top)?,
            proxies: None,
            headers: headers::read(&top)?,
            toggle: command::read_toggle(&top)?,
            not_applicable: waivers(&top)?,
            participants,
            accounts,
            secrets: Vec::new(),
        };
        let proxies = proxy::read(&top, environment)?;
        drop(top);
        let mut deployment = Self { secrets: document.into_secrets(), ..deployment };
        if let Some(proxies) = proxies {
            deployment.call_through(proxies);
        }
        Ok(deployment)
    }

    /// Has the real participants called through these proxies.
    pub fn call_through(&mut self, proxies: Proxies) {
        self.secrets.extend(proxies.secrets());
        self.proxies = Some(proxies);
    }

    /// Returns what must never be printed: deployment keys, tokens, headers, and whatever came from the environment.
    ///
    /// Words of a fixed list and durations are left out even if they came from the environment.
    pub fn secrets(&self) -> &[Sensitive] {
        &self.secrets
    }
}

/// Returns whether a value of the file may be quoted in a complaint. Values of unknown keys may not: the key could be a
/// slip for `deployment_key`.
fn shows(leaf: Leaf<'_>) -> bool {
    const SECTIONS: [&str; 6] = ["participants", "accounts", "contract", "limits", "tls", "proxy"];
    const KEYS: [&str; 15] = [
        "tap",
        "listen",
        "real",
        "feature",
        "account_sid",
        "origin",
        "allowed_origins",
        "fingerprint_sensitivity",
        "roles",
        "token_rotation",
        "timeout",
        "requests_per_second",
        "concurrency",
        "ready_within",
        "from_environment",
    ];
    match leaf.path {
        ["tokens", "source"]
        | ["contract", "invalid_token_code" | "fingerprint_invalid_code" | "token"]
        | ["contract", "codes" | "status", ..] => true,
        ["participants", _, "url"] => !leaf.written.contains(['@', '?']),
        [section, .., key] => SECTIONS.contains(section) && KEYS.contains(key),
        _ => false,
    }
}

fn waivers(top: &Section<'_>) -> Result<Vec<Waiver>, Diagnostic> {
    let waiver = |entry: Entry<'_>| {
        if entry.key().trim().is_empty() {
            return Err(entry.key_complaint("the address of the scenario is empty"));
        }
        Ok(Waiver { address: entry.key().to_owned(), reason: entry.text()?.into_string() })
    };
    top.names("not_applicable")?.into_iter().map(waiver).collect()
}

#[cfg(test)]
mod tests;
