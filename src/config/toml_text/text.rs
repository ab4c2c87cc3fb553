//! A text of the file with its references to the environment replaced, and what it can be read as.

use std::ops::Range;
use std::time::Duration;

use super::expansion::{Fault, expand};
use super::suggestion::{alternatives, closest};
use super::{Document, Sensitive, duration, quotable};
use crate::diagnostic::Diagnostic;

/// A text. Never empty.
///
/// What it is read as decides whether it is remembered as a secret: texts that came from the environment are; words of
/// a fixed list and durations are not, because to hide `on` wherever it occurs would hide everything.
pub(crate) struct Text<'d> {
    document: &'d Document<'d>,
    key: &'d str,
    place: Range<usize>,
    value: String,
    from_environment: Vec<String>,
}

impl<'d> Text<'d> {
    pub(super) fn read(
        document: &'d Document<'d>,
        key: &'d str,
        place: Range<usize>,
        raw: &str,
    ) -> Result<Self, Diagnostic> {
        let expanded = expand(raw, document.environment).map_err(|fault| complain(document, place.clone(), &fault))?;
        let text = Self { document, key, place, value: expanded.text, from_environment: expanded.values };
        if text.value.trim().is_empty() {
            let complaint = text.complaint(format!("`{key}` is empty"));
            return Err(if text.from_environment.is_empty() {
                complaint.expected("expected a text")
            } else {
                complaint.hint("the variable is set, to nothing")
            });
        }
        Ok(text)
    }

    /// Returns the text itself, without keeping it.
    pub(crate) fn as_str(&self) -> &str {
        &self.value
    }

    /// Returns a complaint about this text, which must not quote it.
    pub(crate) fn complaint(&self, message: impl Into<String>) -> Diagnostic {
        self.document.complaint(self.place.clone(), message)
    }

    /// Returns the complaint that this text is not what it should be.
    pub(crate) fn is_no(&self, what: &str, expected: &str) -> Diagnostic {
        self.complaint(format!("`{}` is {what}", self.key)).expected(format!("expected {expected}"))
    }

    /// Returns the text to be kept.
    pub(crate) fn into_string(self) -> String {
        if !self.from_environment.is_empty() {
            self.document.remember(&self.value);
            self.from_environment.iter().for_each(|value| self.document.remember(value));
        }
        self.value
    }

    /// Returns the text to be kept as the secret it is, wherever it came from.
    pub(crate) fn into_secret(self) -> String {
        self.document.remember(&self.value);
        self.into_string()
    }

    /// Returns the text to be kept as a secret that is neither a token nor a deployment key.
    pub(crate) fn into_sensitive(self) -> Sensitive {
        Sensitive::new(self.into_secret())
    }

    /// Returns a header's value to be kept as a secret; of `Bearer abc`, `abc` is one by itself.
    pub(crate) fn into_credentials(self) -> Sensitive {
        if let Some((_, credentials)) = self.value.split_once(' ') {
            self.document.remember(credentials);
        }
        self.into_sensitive()
    }

    /// Reads one of these words.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Diagnostic> {
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == self.value) {
            return Ok(*meaning);
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let complaint = self
            .complaint(format!("`{}` cannot be this", self.key))
            .expected(format!("expected {}", alternatives(&words)));
        // A suggestion for a value of the environment would tell what it is like.
        match closest(&self.value, words).filter(|_| self.from_environment.is_empty()) {
            Some(meant) => Err(complaint.hint(format!("did you mean `{meant}`?"))),
            None => Err(complaint),
        }
    }

    /// Reads a duration above zero.
    pub(crate) fn duration(&self) -> Result<Duration, Diagnostic> {
        duration::parse(&self.value)
            .ok_or_else(|| self.is_no("no duration", "a number above zero with its unit: ms, s, m or h"))
    }
}

fn complain(document: &Document<'_>, place: Range<usize>, fault: &Fault) -> Diagnostic {
    match fault {
        Fault::NotAName => document
            .complaint(place, "`${` is not followed by the name of a variable and `}`")
            .hint("write `${NAME}` for a variable, `$${` for the characters themselves"),
        Fault::NoEnvironment => document
            .complaint(place, "this file does not read the environment")
            .hint("write `$${` for the characters themselves"),
        Fault::Unset(name) => {
            let written = document.text.get(place.clone()).unwrap_or_default();
            let reference = format!("${{{name}}}");
            let within = quotable::references(written).into_iter().find(|range| written[range.clone()] == reference);
            let place = within.map_or(place.clone(), |range| place.start + range.start..place.start + range.end);
            document
                .complaint(place, format!("the environment has no `{name}`"))
                .hint(format!("set it: `export {name}=…`, or write `$${{` for the characters themselves"))
        }
    }
}
