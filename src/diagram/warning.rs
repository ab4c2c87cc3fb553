//! A warning: something in a diagram that can be read, but is perhaps not what was meant.

use std::ops::Range;

use super::source::Source;
use crate::diagnostic::Diagnostic;

/// What is odd, where, and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Warning {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) expected: &'static str,
    pub(super) hint: &'static str,
}

impl Warning {
    /// Returns whether it is about words that nothing checks.
    pub(super) fn is_unchecked(&self) -> bool {
        self.expected == UNCHECKED
    }

    pub(super) fn into_diagnostic(self, source: &Source<'_>) -> Diagnostic {
        let diagnostic = source.complain(self.span, self.message).expected(self.expected);
        if self.hint.is_empty() { diagnostic } else { diagnostic.hint(self.hint) }
    }
}

/// What is said beside words that nothing checks.
const UNCHECKED: &str = "this is not checked";

/// Words of a label that nothing understands, and that nothing will therefore check.
pub(super) fn unread(span: Range<usize>, words: &str) -> Warning {
    Warning {
        span,
        message: format!("`{}` is not understood", words.trim()),
        expected: UNCHECKED,
        hint: "a request is drawn as `POST /path req.body.member=name`, a reply as `{member: name, ...}`",
    }
}
