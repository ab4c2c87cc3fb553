//! A table of the file, its place, and the keys it takes.

use std::ops::Range;

use toml::de::DeTable;

use super::suggestion::{alternatives, closest};
use super::{Document, Entry};
use crate::diagnostic::Diagnostic;

/// A table: `[participants.starship]`, or the top of the file.
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    /// Its keys from the top of the file, joined by dots; empty at the top.
    path: String,
    place: Range<usize>,
    table: &'d DeTable<'d>,
}

impl<'d> Section<'d> {
    pub(super) fn new(document: &'d Document<'d>, path: String, place: Range<usize>, table: &'d DeTable<'d>) -> Self {
        Self { document, path, place, table }
    }

    /// Complains about the first key that is none of these.
    pub(super) fn takes(&self, keys: &[&str]) -> Result<(), Diagnostic> {
        let Some(unknown) = self.entries().into_iter().find(|entry| !keys.contains(&entry.key())) else {
            return Ok(());
        };
        Err(unknown.unknown(&format!("key in {}", self.title()), keys))
    }

    /// Returns the value of a key, if the section has it.
    pub(crate) fn get(&self, key: &str) -> Option<Entry<'d>> {
        self.table.get_key_value(key).map(|(key, value)| Entry::new(self.document, &self.path, key, value))
    }

    /// Returns the value of a key that the section must have.
    pub(crate) fn require(&self, key: &str) -> Result<Entry<'d>, Diagnostic> {
        self.get(key).ok_or_else(|| self.complaint(format!("{} has no `{key}`", self.title())))
    }

    /// Returns the section under a key, which takes these keys.
    pub(crate) fn section(&self, key: &str, keys: &[&str]) -> Result<Option<Section<'d>>, Diagnostic> {
        self.get(key).map(|entry| entry.section(keys)).transpose()
    }

    /// Returns every value, in the order of the file. For sections whose keys are names.
    pub(crate) fn entries(&self) -> Vec<Entry<'d>> {
        let entry = |(key, value)| Entry::new(self.document, &self.path, key, value);
        let mut entries: Vec<_> = self.table.iter().map(entry).collect();
        entries.sort_by_key(Entry::position);
        entries
    }

    /// Returns the entries of a section of names, or none where the file lacks it.
    pub(crate) fn names(&self, key: &str) -> Result<Vec<Entry<'d>>, Diagnostic> {
        Ok(self.get(key).map(|entry| entry.table()).transpose()?.map_or_else(Vec::new, |table| table.entries()))
    }

    /// Returns a complaint about the section as a whole.
    pub(crate) fn complaint(&self, message: impl Into<String>) -> Diagnostic {
        self.document.complaint(self.place.clone(), message)
    }

    /// Returns how the section is written: `[limits]`.
    pub(crate) fn title(&self) -> String {
        if self.path.is_empty() { "the top of the file".to_owned() } else { format!("[{}]", self.path) }
    }
}

impl Entry<'_> {
    /// Returns the complaint that nothing of this kind is called like this entry's key.
    pub(crate) fn unknown(&self, kind: &str, known: &[&str]) -> Diagnostic {
        let complaint = self.key_complaint(format!("no {kind} is called `{}`", self.key()));
        let complaint = complaint.expected(format!("expected {}", alternatives(known)));
        match closest(self.key(), known.iter().copied()) {
            Some(meant) => complaint.hint(format!("did you mean `{meant}`?")),
            None => complaint,
        }
    }
}
