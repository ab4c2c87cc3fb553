//! A warning: something in a diagram that can be read, but is perhaps not what was meant.

use std::{borrow::Cow, ops::Range};

use super::source::Source;
use crate::diagnostic::Diagnostic;

/// What is odd, where, and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Warning {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    expected: &'static str,
    hint: Option<Cow<'static, str>>,
}

impl Warning {
    /// Returns a warning with what is said beside the place.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, expected: &'static str) -> Self {
        Self { span, message: message.into(), expected, hint: None }
    }

    /// Says on a line of its own what can be done.
    pub(super) fn hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Returns whether it is about words that nothing checks.
    pub(super) fn is_unchecked(&self) -> bool {
        self.expected == UNCHECKED
    }

    pub(super) fn into_diagnostic(self, source: &Source<'_>) -> Diagnostic {
        let diagnostic = source.complain(self.span, self.message).expected(self.expected);
        match self.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }
}

/// What is said beside words that nothing checks.
const UNCHECKED: &str = "this is not checked";

/// Words of a label that nothing understands, and that nothing will therefore check.
pub(super) fn unread(span: Range<usize>, words: &str) -> Warning {
    Warning::new(span, format!("`{}` is not understood", words.trim()), UNCHECKED)
        .hint("a request is drawn as `POST /path req.body.member=name`, a reply as `{member: name, ...}`")
}

/// A part of a body that nothing will check.
pub(super) fn not_checked(span: Range<usize>, words: &str) -> Warning {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Warning::new(span, format!("`{words}` is no plain member or value"), UNCHECKED).hint(
        "members are drawn as `member: name`, `member: \"text\"`, `member: string`, `member?: name` or `member: {…}`",
    )
}
