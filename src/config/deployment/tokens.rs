//! `[tokens]`: where tokens to refresh come from. Gets none.

use std::collections::BTreeMap;

use super::{Command, DeclaredAccount, command};
use crate::config::toml_text::{Entry, Section};
use crate::diagnostic::Diagnostic;
use crate::protocol::Token;

pub(super) const KEYS: [&str; 7] =
    ["source", "command", "valid", "expired", "foreign", "user_agent", "accept_language"];

/// Where tokens come from, and those that the file states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Where a valid token comes from.
    pub source: TokenSource,
    /// Valid ones, used before any other source.
    pub valid: StaticTokens,
    /// Ones that were valid once.
    pub expired: StaticTokens,
    /// Valid ones of another account.
    pub foreign: StaticTokens,
    /// The User-Agent of the client that these are bound to, if they are.
    pub user_agent: Option<String>,
    /// The Accept-Language of that client.
    pub accept_language: Option<String>,
}

/// Where a valid token comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenSource {
    /// The sibling flow of the deployment itself: `POST /V2/Webchat/Token`.
    #[default]
    Create,
    /// A program that prints one.
    Command(Command),
    /// The file.
    Static,
}

/// Tokens that the file states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StaticTokens {
    /// None.
    #[default]
    None,
    /// The same for every account.
    ForAll(Token),
    /// One for each of these accounts.
    PerAccount(BTreeMap<String, Token>),
}

impl StaticTokens {
    /// Returns the token for the account that the file calls by this name.
    pub fn of(&self, account: &str) -> Option<&Token> {
        match self {
            Self::None => None,
            Self::ForAll(token) => Some(token),
            Self::PerAccount(tokens) => tokens.get(account),
        }
    }
}

#[derive(Clone, Copy)]
enum Source {
    Create,
    Command,
    Static,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>, accounts: &[DeclaredAccount]) -> Result<Tokens, Diagnostic> {
    const SOURCES: [(&str, Source); 3] =
        [("create", Source::Create), ("command", Source::Command), ("static", Source::Static)];
    let Some(section) = top.section("tokens", &KEYS)? else { return Ok(Tokens::default()) };
    let source = section.get("source").map(|entry| entry.text()?.one_of(&SOURCES)).transpose()?;
    let tokens = |key| section.get(key).map(|entry| read_tokens(&entry, accounts)).transpose();
    let (valid, expired, foreign) = (tokens("valid")?, tokens("expired")?, tokens("foreign")?);
    let source = match (source.unwrap_or(Source::Create), section.get("command")) {
        (Source::Command, _) => TokenSource::Command(command::read(&section.require("command")?)?),
        (Source::Create | Source::Static, Some(command)) => {
            return Err(command
                .key_complaint("this command would never run")
                .hint("add `source = \"command\"`, or leave `command` out"));
        }
        (Source::Create, None) => TokenSource::Create,
        (Source::Static, None) => {
            covers_all(&section.require("valid")?, valid.as_ref(), accounts)?;
            TokenSource::Static
        }
    };
    Ok(Tokens {
        source,
        valid: valid.unwrap_or_default(),
        expired: expired.unwrap_or_default(),
        foreign: foreign.unwrap_or_default(),
        user_agent: header_value(&section, "user_agent")?,
        accept_language: header_value(&section, "accept_language")?,
    })
}

fn header_value(section: &Section<'_>, key: &str) -> Result<Option<String>, Diagnostic> {
    let Some(entry) = section.get(key) else { return Ok(None) };
    let text = entry.text()?;
    if reqwest::header::HeaderValue::from_str(text.as_str()).is_err() {
        return Err(text.is_no("no value of a header", "a text without line breaks and control characters"));
    }
    Ok(Some(text.into_string()))
}

fn read_tokens(entry: &Entry<'_>, accounts: &[DeclaredAccount]) -> Result<StaticTokens, Diagnostic> {
    if !entry.is_table() {
        return Ok(StaticTokens::ForAll(read_token(entry)?));
    }
    let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    let mut tokens = BTreeMap::new();
    for entry in entry.table()?.entries() {
        if !names.contains(&entry.key()) {
            return Err(entry.unknown("account", &names));
        }
        tokens.insert(entry.key().to_owned(), read_token(&entry)?);
    }
    Ok(StaticTokens::PerAccount(tokens))
}

fn read_token(entry: &Entry<'_>) -> Result<Token, Diagnostic> {
    Ok(Token::new(entry.text()?.into_secret()))
}

fn covers_all(entry: &Entry<'_>, valid: Option<&StaticTokens>, accounts: &[DeclaredAccount]) -> Result<(), Diagnostic> {
    match accounts.iter().find(|account| valid.and_then(|valid| valid.of(&account.name)).is_none()) {
        Some(account) => Err(entry
            .complaint(format!("the account `{}` has no valid token", account.name))
            .hint("state one for each account, or choose another `source`")),
        None => Ok(()),
    }
}
