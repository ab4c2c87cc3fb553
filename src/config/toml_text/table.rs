//! The tables of a file and the keys in them: a section is a table that takes certain keys, an entry one of them with its
//! value.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion::{alternatives, closest};
use super::{Document, Text};
use crate::diagnostic::Diagnostic;

impl Document<'_> {
    /// Returns the top of the file, of which these are the keys.
    pub(crate) fn top(&self, keys: &[&str]) -> Result<Section<'_>, Diagnostic> {
        let top = Section::new(self, String::new(), 0..0, self.tree.get_ref());
        top.takes(keys)?;
        Ok(top)
    }
}

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

/// A key and its value; for the members of a list, the list's key and the member.
#[derive(Clone)]
pub(crate) struct Entry<'d> {
    document: &'d Document<'d>,
    key: &'d Spanned<Cow<'d, str>>,
    path: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Entry<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        section: &str,
        key: &'d Spanned<Cow<'d, str>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Self {
        let dot = if section.is_empty() { "" } else { "." };
        Self { document, key, path: format!("{section}{dot}{}", key.get_ref()), value }
    }

    /// Returns the key.
    pub(crate) fn key(&self) -> &'d str {
        self.key.get_ref()
    }

    pub(super) fn position(&self) -> usize {
        self.key.span().start
    }

    /// Returns a complaint about the value.
    pub(crate) fn complaint(&self, message: impl Into<String>) -> Diagnostic {
        self.document.complaint(self.value.span(), message)
    }

    /// Returns a complaint about the key.
    pub(crate) fn key_complaint(&self, message: impl Into<String>) -> Diagnostic {
        self.document.complaint(self.key.span(), message)
    }

    /// Reads a text, with its references to the environment replaced.
    pub(crate) fn text(&self) -> Result<Text<'d>, Diagnostic> {
        let raw = self.raw_text().ok_or_else(|| self.is_no("a text in quotes"))?;
        Text::read(self.document, self.key(), self.value.span(), raw)
    }

    /// Reads the text of a duration above zero.
    pub(crate) fn duration(&self) -> Result<Duration, Diagnostic> {
        self.raw_text().ok_or_else(|| self.is_no("a duration in quotes, such as \"10s\""))?;
        self.text()?.duration()
    }

    /// Reads the words of a text that is separated by white space, each as a text of its own.
    pub(crate) fn words(&self) -> Result<Vec<Text<'d>>, Diagnostic> {
        let raw = self.raw_text().ok_or_else(|| self.is_no("a text or a list of texts"))?;
        raw.split_whitespace().map(|word| Text::read(self.document, self.key(), self.value.span(), word)).collect()
    }

    /// Reads a list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<Text<'d>>, Diagnostic> {
        self.list("a list of texts")?.iter().map(Entry::text).collect()
    }

    /// Returns the text as it is written between its quotes, or nothing for other values.
    pub(crate) fn raw_text(&self) -> Option<&'d str> {
        self.value.get_ref().as_str()
    }

    /// Returns whether the value is a table.
    pub(crate) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// Returns the members of a list, or the value itself.
    pub(crate) fn one_or_more(&self) -> Vec<Self> {
        self.list("").unwrap_or_else(|_| vec![self.clone()])
    }

    /// Reads true or false.
    pub(crate) fn flag(&self) -> Result<bool, Diagnostic> {
        self.value.get_ref().as_bool().ok_or_else(|| self.is_no("true or false"))
    }

    /// Reads a whole number.
    pub(crate) fn number(&self) -> Result<i64, Diagnostic> {
        let number = self.value.get_ref().as_integer().ok_or_else(|| self.is_no("a whole number"))?;
        i64::from_str_radix(number.as_str(), number.radix()).ok().ok_or_else(|| self.is_no("a smaller number"))
    }

    /// Reads a whole number above zero.
    pub(crate) fn count(&self) -> Result<NonZeroU32, Diagnostic> {
        let count = u32::try_from(self.number()?).ok().and_then(NonZeroU32::new);
        count.ok_or_else(|| self.complaint(format!("`{}` is out of range", self.key())).expected("expected 1 or more"))
    }

    /// Reads a day.
    pub(crate) fn day(&self) -> Result<Date, Diagnostic> {
        let expected = "a day without quotes, such as 2027-01-31";
        let written = self.value.get_ref().as_datetime().ok_or_else(|| self.is_no(expected))?;
        let day = written.date.filter(|_| written.time.is_none() && written.offset.is_none());
        let day = day
            .and_then(|day| Date::from_calendar_date(day.year.into(), Month::try_from(day.month).ok()?, day.day).ok());
        day.ok_or_else(|| {
            self.complaint(format!("`{}` is no day", self.key())).expected(format!("expected {expected}"))
        })
    }

    /// Reads a table that takes these keys.
    pub(crate) fn section(&self, keys: &[&str]) -> Result<Section<'d>, Diagnostic> {
        let section = self.table()?;
        section.takes(keys)?;
        Ok(section)
    }

    /// Reads a table whose keys are names.
    pub(crate) fn table(&self) -> Result<Section<'d>, Diagnostic> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.is_no("a table"))?;
        Ok(Section::new(self.document, self.path.clone(), self.value.span(), table))
    }

    /// Reads a list of tables that take these keys.
    pub(crate) fn sections(&self, keys: &[&str]) -> Result<Vec<Section<'d>>, Diagnostic> {
        self.list("a list of tables")?.iter().map(|member| member.section(keys)).collect()
    }

    fn list(&self, expected: &str) -> Result<Vec<Self>, Diagnostic> {
        let members = self.value.get_ref().as_array().ok_or_else(|| self.is_no(expected))?;
        Ok(members.iter().map(|value| Self { value, ..self.clone() }).collect())
    }

    fn is_no(&self, expected: &str) -> Diagnostic {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.complaint(format!("`{}` is {found}", self.key())).expected(format!("expected {expected}"))
    }
}
