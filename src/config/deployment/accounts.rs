//! `[accounts.NAME]`: the accounts of the deployment, and what is known of their configuration.

use super::opaque::debug_shows;
use crate::config::toml_text::{Entry, Section};
use crate::diagnostic::Diagnostic;
use crate::protocol::{AccountSid, DeploymentKey, Feature, FingerprintSensitivity};

pub(super) const KEYS: [&str; 7] =
    ["deployment_key", "feature", "account_sid", "origin", "allowed_origins", "fingerprint_sensitivity", "roles"];

/// An account of the deployment. What is not stated is not checked.
#[derive(Clone, PartialEq, Eq)]
pub struct DeclaredAccount {
    /// What the file calls it.
    pub name: String,
    /// The key by which a web page names it.
    pub deployment_key: DeploymentKey,
    /// Whether its refreshes carry a fingerprint.
    pub feature: Feature,
    /// Its identifier.
    pub account_sid: Option<AccountSid>,
    /// The web origin that its pages come from.
    pub origin: Option<String>,
    /// The web origins that may call; an empty list means any.
    pub allowed_origins: Option<Vec<String>>,
    /// What its fingerprints are made of.
    pub fingerprint_sensitivity: Option<FingerprintSensitivity>,
    /// The roles its tokens give.
    pub roles: Option<Vec<String>>,
}

debug_shows!(DeclaredAccount: name, feature, fingerprint_sensitivity);

/// Reads the accounts, in the order of the file.
pub(super) fn read(top: &Section<'_>) -> Result<Vec<DeclaredAccount>, Diagnostic> {
    let mut accounts: Vec<DeclaredAccount> = Vec::new();
    for entry in top.names("accounts")? {
        let account = account(&entry)?;
        if let Some(other) = accounts.iter().find(|other| other.deployment_key == account.deployment_key) {
            let key = entry.section(&KEYS)?.require("deployment_key")?;
            return Err(key
                .complaint(format!("`{}` and `{}` have the same deployment key", other.name, account.name))
                .hint("give each account its own, or leave one of the two out"));
        }
        accounts.push(account);
    }
    Ok(accounts)
}

fn account(entry: &Entry<'_>) -> Result<DeclaredAccount, Diagnostic> {
    let section = entry.section(&KEYS)?;
    let name = entry.key().to_owned();
    let deployment_key = DeploymentKey::new(section.require("deployment_key")?.text()?.into_secret());
    let feature = match section.get("feature") {
        Some(feature) => feature.text()?.feature()?,
        None => feature_of_name(&name).ok_or_else(|| {
            section
                .complaint(format!("{} does not say whether the feature is on", section.title()))
                .hint("add `feature = \"on\"` or \"off\", or begin the name with feature-on or feature-off")
        })?,
    };
    let origin = section.get("origin").map(|entry| entry.text()?.origin()).transpose()?;
    let allowed_origins = section.get("allowed_origins").map(|entry| entry.origins()).transpose()?;
    if let (Some(origin), Some(allowed), Some(entry)) = (&origin, &allowed_origins, section.get("origin"))
        && !allowed.is_empty()
        && !allowed.contains(origin)
    {
        return Err(entry
            .complaint("the account's own `origin` is not among its `allowed_origins`")
            .hint("add it there, or leave `origin` out: the first one that is allowed is then used"));
    }
    Ok(DeclaredAccount {
        deployment_key,
        feature,
        account_sid: section.get("account_sid").map(|entry| entry.text()?.account_sid()).transpose()?,
        origin,
        allowed_origins,
        fingerprint_sensitivity: section
            .get("fingerprint_sensitivity")
            .map(|entry| entry.text()?.fingerprint_sensitivity())
            .transpose()?,
        roles: section.get("roles").map(|entry| entry.strings()).transpose()?,
        name,
    })
}

fn feature_of_name(name: &str) -> Option<Feature> {
    let is_or_begins_with =
        |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    match name {
        _ if is_or_begins_with("feature-on") => Some(Feature::On),
        _ if is_or_begins_with("feature-off") => Some(Feature::Off),
        _ => None,
    }
}
