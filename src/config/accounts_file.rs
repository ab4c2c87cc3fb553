//! The accounts file: the accounts that the reference participants know. Reads text that it is given, opens no file.

use std::time::Duration;

use super::deployment::Sensitive;
use super::toml_text::{Document, Leaf, Section};
use crate::diagnostic::Diagnostic;
use crate::protocol::{Account, DeploymentKey, FingerprintSensitivity};

/// The accounts that hopcheck plays with where it is given no others.
pub const BUILT_IN_ACCOUNTS: &str = include_str!("../../fixtures/accounts.toml");

const TOP_KEYS: [&str; 2] = ["accounts", "signing_key"];
const KEYS: [&str; 8] = [
    "account_sid",
    "address_sid",
    "deployment_keys",
    "feature",
    "fingerprint_sensitivity",
    "allowed_origins",
    "grants",
    "token_ttl",
];

/// What an accounts file states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountsFile {
    /// The accounts, in the order of the file; at least one.
    pub accounts: Vec<Account>,
    /// What tokens are signed with; a key of each process where it is not stated.
    pub signing_key: Option<Sensitive>,
}

/// Reads the text of an accounts file, which complaints call `file`.
pub fn read_accounts(file: &str, text: &str) -> Result<AccountsFile, Diagnostic> {
    let document = Document::parse(file, text, shows, None)?;
    let top = document.top(&TOP_KEYS)?;
    let signing_key = top.get("signing_key").map(|entry| Ok(entry.text()?.into_sensitive())).transpose()?;
    let sections = top.get("accounts").map(|entry| entry.sections(&KEYS)).transpose()?.unwrap_or_default();
    let mut accounts: Vec<Account> = Vec::with_capacity(sections.len());
    for section in &sections {
        accounts.push(account(section, &accounts)?);
    }
    if accounts.is_empty() {
        return Err(top.complaint("the file has no account").expected("expected [[accounts]]"));
    }
    Ok(AccountsFile { accounts, signing_key })
}

/// Returns whether a value of the file may be quoted in a complaint.
fn shows(leaf: Leaf<'_>) -> bool {
    matches!(leaf.path, ["accounts", key] if KEYS.contains(key) && *key != "deployment_keys")
}

fn account(section: &Section<'_>, others: &[Account]) -> Result<Account, Diagnostic> {
    let account_sid = section.require("account_sid")?;
    let sid = account_sid.text()?.account_sid()?;
    if others.iter().any(|other| other.account_sid == sid) {
        return Err(account_sid.complaint("another account has this `account_sid` already"));
    }
    let sensitivity = section.get("fingerprint_sensitivity").map(|entry| entry.text()?.fingerprint_sensitivity());
    Ok(Account {
        account_sid: sid,
        address_sid: section.get("address_sid").map(|entry| Ok(entry.text()?.into_string())).transpose()?,
        deployment_keys: deployment_keys(section, others)?,
        feature: section.require("feature")?.text()?.feature()?,
        fingerprint_sensitivity: sensitivity.transpose()?.unwrap_or(FingerprintSensitivity::Medium),
        allowed_origins: section.get("allowed_origins").map(|entry| entry.origins()).transpose()?.unwrap_or_default(),
        grants: section.get("grants").map_or_else(|| Ok(vec!["chat".to_owned()]), |entry| entry.strings())?,
        token_ttl: token_ttl(section)?,
    })
}

fn deployment_keys(section: &Section<'_>, others: &[Account]) -> Result<Vec<DeploymentKey>, Diagnostic> {
    let entry = section.require("deployment_keys")?;
    let mut keys = Vec::new();
    for text in entry.texts()? {
        let key = DeploymentKey::new(text.as_str());
        if keys.contains(&key) || others.iter().any(|other| other.deployment_keys.contains(&key)) {
            return Err(text.complaint("this deployment key names an account already"));
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(entry.complaint("no request could name this account").expected("expected a deployment key"));
    }
    Ok(keys)
}

/// Returns whether tokens can live this long: whole seconds, as the flow carries them, and a hundred years at most, so that
/// every moment of it is a date.
pub fn is_token_ttl(ttl: Duration) -> bool {
    ttl.subsec_nanos() == 0 && ttl <= Duration::from_hours(100 * 365 * 24)
}

fn token_ttl(section: &Section<'_>) -> Result<Duration, Diagnostic> {
    let Some(entry) = section.get("token_ttl") else { return Ok(Duration::from_hours(1)) };
    let ttl = entry.duration()?;
    if !is_token_ttl(ttl) {
        let complaint = entry.complaint("tokens live for whole seconds, and for a hundred years at most");
        return Err(complaint.expected("expected a life such as \"90s\" or \"1h\""));
    }
    Ok(ttl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Feature;

    #[test]
    fn the_built_in_accounts_cover_what_the_flow_depends_on() {
        let file = read_accounts("accounts.toml", BUILT_IN_ACCOUNTS).unwrap_or_else(|error| panic!("{error}"));
        let any = |predicate: fn(&Account) -> bool| file.accounts.iter().any(predicate);
        assert!(any(|account| account.feature == Feature::Off));
        assert!(any(|account| account.fingerprint_sensitivity == FingerprintSensitivity::Low));
        assert!(any(|account| account.fingerprint_sensitivity == FingerprintSensitivity::Medium));
        assert!(any(|account| account.fingerprint_sensitivity == FingerprintSensitivity::High));
        assert!(any(|account| account.address_sid.is_none()));
        for origins in 0..=2 {
            assert!(file.accounts.iter().any(|account| account.allowed_origins.len().min(2) == origins), "{origins}");
        }
    }

    #[test]
    fn what_is_not_stated_is_as_usual() {
        let file = read_accounts("a.toml", ACCOUNT).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            file.accounts,
            [Account {
                account_sid: "AC000000000000000000000000000000a1".parse().unwrap(),
                address_sid: None,
                deployment_keys: vec![DeploymentKey::new("CV-1")],
                feature: Feature::On,
                fingerprint_sensitivity: FingerprintSensitivity::Medium,
                allowed_origins: Vec::new(),
                grants: vec!["chat".to_owned()],
                token_ttl: Duration::from_hours(1),
            }]
        );
        assert_eq!(file.signing_key, None);
    }

    #[test]
    fn everything_can_be_stated() {
        let text = format!(
            "signing_key = 's3cret'\n{ACCOUNT}address_sid = 'AD1'\nfingerprint_sensitivity = 'low'\n\
             allowed_origins = ['http://localhost:3000']\ngrants = ['a', 'b']\ntoken_ttl = '5m'\n"
        );
        let file = read_accounts("a.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let account = &file.accounts[0];
        assert_eq!(account.address_sid.as_deref(), Some("AD1"));
        assert_eq!(account.fingerprint_sensitivity, FingerprintSensitivity::Low);
        assert_eq!(account.allowed_origins, ["http://localhost:3000"]);
        assert_eq!(account.grants, ["a", "b"]);
        assert_eq!(account.token_ttl, Duration::from_mins(5));
        assert_eq!(file.signing_key.as_ref().map(Sensitive::expose), Some("s3cret"));
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_place() {
        let second = ACCOUNT.replace("a1", "a2");
        for (text, expected) in [
            (String::new(), "the file has no account\n --> a.toml:1:1"),
            ("accounts = 's3cret'\n".to_owned(), "`accounts` is a text\n --> a.toml:1:12"),
            (
                "signing_ky = 's3cret'\n".to_owned(),
                "no key in the top of the file is called `signing_ky`\n --> a.toml:1:1",
            ),
            ("[[accounts]]\nfeature = 'on'\n".to_owned(), "[accounts] has no `account_sid`\n --> a.toml:1:1"),
            (format!("{ACCOUNT}token_tll = '1h'\n"), "no key in [accounts] is called `token_tll`\n --> a.toml:5:1"),
            (
                format!("{ACCOUNT}token_ttl = '500ms'\n"),
                "tokens live for whole seconds, and for a hundred years at most\n --> a.toml:5:13",
            ),
            (ACCOUNT.replace("'on'", "'no'"), "`feature` cannot be this\n --> a.toml:4:11"),
            (ACCOUNT.replace("00a1", "00A1"), "`account_sid` is no account SID\n --> a.toml:2:15"),
            (format!("{ACCOUNT}{ACCOUNT}"), "another account has this `account_sid` already\n --> a.toml:6:15"),
            (format!("{ACCOUNT}{second}"), "this deployment key names an account already\n --> a.toml:7:20"),
            (
                ACCOUNT.replace("['CV-1']", "['s3cret', 's3cret']"),
                "this deployment key names an account already\n --> a.toml:3:30",
            ),
            (ACCOUNT.replace("['CV-1']", "[]"), "no request could name this account\n --> a.toml:3:19"),
            (ACCOUNT.replace("CV-1", "${KEY}"), "this file does not read the environment\n --> a.toml:3:20"),
        ] {
            let error = read_accounts("a.toml", &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}\n{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_complaint_covers_deployment_keys() {
        let error = read_accounts("a.toml", &format!("{ACCOUNT}{}", ACCOUNT.replace("a1", "a2"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this deployment key names an account already
 --> a.toml:7:20
  |
7 | deployment_keys = ['****']
  |                    ^^^^^^"
        );
    }

    /// The least an account can state.
    const ACCOUNT: &str = "[[accounts]]
account_sid = 'AC000000000000000000000000000000a1'
deployment_keys = ['CV-1']
feature = 'on'
";
}
