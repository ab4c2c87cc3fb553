//! A file as it was written: read as TOML, with complaints that point into it and quote no secret.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::expansion::Environment;
use super::quotable::{self, Leaf};
use super::sensitive::Sensitive;
use crate::diagnostic::Diagnostic;

/// A file, read as TOML.
pub(crate) struct Document<'a> {
    file: &'a str,
    pub(super) text: &'a str,
    /// The text as complaints quote it: as long as `text`, with stars in place of secrets.
    quotable: String,
    pub(super) tree: Spanned<DeTable<'a>>,
    pub(super) environment: Option<Environment<'a>>,
    secrets: RefCell<Vec<Sensitive>>,
}

impl<'a> Document<'a> {
    /// Reads the text. Complaints quote only values of which `shows` says that they may be seen.
    ///
    /// Without an environment, a value that refers to it is an error.
    pub(crate) fn parse(
        file: &'a str,
        text: &'a str,
        shows: fn(Leaf<'_>) -> bool,
        environment: Option<Environment<'a>>,
    ) -> Result<Self, Diagnostic> {
        let tree = DeTable::parse(text).map_err(|error| syntax_error(file, text, &error))?;
        let quotable = quotable::of_tree(text, &tree, shows);
        Ok(Self { file, text, quotable, tree, environment, secrets: RefCell::default() })
    }

    /// Returns what came from the environment or was read as a secret, each value once.
    pub(crate) fn into_secrets(self) -> Vec<Sensitive> {
        self.secrets.into_inner()
    }

    pub(super) fn complaint(&self, place: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.file, &self.quotable, place, message)
    }

    pub(super) fn remember(&self, secret: &str) {
        let mut secrets = self.secrets.borrow_mut();
        if !secret.is_empty() && secrets.iter().all(|known| known.expose() != secret) {
            secrets.push(Sensitive::new(secret));
        }
    }
}

/// Turns toml's message, which never quotes the text, into a complaint that shows no value either.
fn syntax_error(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let place = error.span().unwrap_or_default();
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, Some(format!("expected {expected}"))),
        None => (error.message(), None),
    };
    let complaint = Diagnostic::at(file, &quotable::of_broken(text, place.start), place, message);
    match expected {
        Some(expected) => complaint.expected(expected),
        None => complaint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> String {
        Document::parse("a.toml", text, |_| true, None).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_syntax_error_points_at_its_place() {
        assert_eq!(
            broken("[limits]\ntimeout = 10s\n"),
            "string values must be quoted
 --> a.toml:2:11
  |
2 | timeout = ***
  |           ^^^ expected literal string"
        );
    }

    #[test]
    fn a_syntax_error_shows_no_value() {
        for text in [
            "valid = s3cret",
            "valid = s3cret # \"x\"",
            "valid = \"s3cret",
            "valid = \"\"\"\ns3cret",
            "valid = \"\"\"\ns3cret=1\\q\"\"\"",
            "valid = \"\\qs3cret\"",
            "x = 1\nx = \"s3cret\"",
            "x = [\n\"s3cret\" \"s3cret\"]",
            "s3cret",
            "s3cret\"",
            "[\"s3cret\"",
            "x = { valid = 's3cret'",
        ] {
            let shown = broken(text);
            assert!(!shown.contains("s3cret"), "{text:?}\n{shown}");
        }
    }

    #[test]
    fn every_secret_is_remembered_once() {
        let document = Document::parse("a.toml", "", |_| true, None).unwrap();
        for secret in ["s3cret", "", "s3cret"] {
            document.remember(secret);
        }
        assert_eq!(document.into_secrets(), [Sensitive::new("s3cret")]);
    }
}
