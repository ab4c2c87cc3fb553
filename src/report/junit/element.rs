//! Elements of a JUnit report, written so that nothing from the network becomes markup: names, attributes and text.

use std::fmt::Write as _;

use quick_xml::escape::escape;

/// An element that is being written.
#[derive(Debug)]
pub(super) struct Element {
    name: &'static str,
    start: String,
    content: String,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, start: String::new(), content: String::new() }
    }

    /// Adds an attribute. It is one line: a reader would make spaces of line ends.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let line: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let _ = write!(self.start, " {name}=\"{}\"", escape(allowed(&line.join("; "))));
        self
    }

    /// Adds text.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.content.push_str(&escape(allowed(text)));
        self
    }

    /// Adds an element within.
    pub(super) fn holding(mut self, other: &Self) -> Self {
        if !self.content.ends_with('\n') {
            self.content.push('\n');
        }
        self.content.push_str(&other.written());
        self.content.push('\n');
        self
    }

    /// Returns it as it is written.
    pub(super) fn written(&self) -> String {
        let Self { name, start, content } = self;
        if content.is_empty() { format!("<{name}{start}/>") } else { format!("<{name}{start}>{content}</{name}>") }
    }
}

/// Returns a text without the characters that no XML may hold, escaped or not.
fn allowed(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_allowed).collect()
}
