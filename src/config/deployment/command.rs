//! Commands that a deployment file names: one that prints a token, two that switch the feature. Runs none of them.

use super::opaque::debug_shows;
use crate::config::toml_text::{Entry, Section, Text};
use crate::diagnostic::Diagnostic;

pub(super) const TOGGLE_KEYS: [&str; 2] = ["on", "off"];

/// What a shell would give a meaning to, and hopcheck would not.
const SHELL: [char; 10] = ['\'', '"', '\\', '|', '&', ';', '<', '>', '`', '*'];

/// A program and its arguments, run without a shell.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// A path, or a name to be looked up.
    pub program: String,
    /// What it is given.
    pub arguments: Vec<String>,
}

debug_shows!(Command:);

/// The commands that switch the feature for the accounts of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toggle {
    /// Switches it on.
    pub on: Command,
    /// Switches it off.
    pub off: Command,
}

/// Reads `[toggle]`.
pub(super) fn read_toggle(top: &Section<'_>) -> Result<Option<Toggle>, Diagnostic> {
    let Some(section) = top.section("toggle", &TOGGLE_KEYS)? else { return Ok(None) };
    let [on, off] = TOGGLE_KEYS.map(|key| section.require(key));
    Ok(Some(Toggle { on: read(&on?)?, off: read(&off?)? }))
}

/// Reads a command: words separated by white space, or a list.
pub(super) fn read(entry: &Entry<'_>) -> Result<Command, Diagnostic> {
    let words = match entry.raw_text() {
        Some(raw) if raw.contains(SHELL) => {
            return Err(entry
                .complaint(format!(
                    "`{}` is run without a shell, so quotes and other signs have no meaning",
                    entry.key()
                ))
                .hint("write a list, such as [\"sh\", \"-c\", \"…\"]"));
        }
        Some(_) => entry.words()?,
        None => entry.texts()?,
    };
    let mut words = words.into_iter().map(Text::into_string);
    let program = words.next().ok_or_else(|| {
        entry.complaint(format!("`{}` is empty", entry.key())).expected("expected a program and its arguments")
    })?;
    Ok(Command { program, arguments: words.collect() })
}
