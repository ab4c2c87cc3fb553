//! The lifelines while a diagram is parsed: who is there, by which id, and who is active.

use std::{collections::HashMap, ops::Range};

use super::{declaration::Declaration, keyword, lifeline::Lifeline, source::Source, span::Span, warning::Warning};
use crate::diagnostic::Diagnostic;

/// The lifelines in order of appearance.
#[derive(Debug, Default)]
pub(super) struct LifelineTable {
    drawn: Vec<Lifeline>,
    places: HashMap<String, usize>,
    /// For each lifeline, where it was activated and not yet deactivated.
    active: Vec<Vec<Range<usize>>>,
    /// Those that no statement declares, and where they first appear.
    implied: Vec<(usize, Range<usize>)>,
}

impl LifelineTable {
    /// Declares a lifeline; a second declaration of the same id gives it another name.
    pub(super) fn declare(&mut self, declaration: Declaration<'_>, source: &Source<'_>) {
        let index = self.place(declaration.id, source);
        self.implied.retain(|(implied, _)| *implied != index);
        let lifeline = &mut self.drawn[index];
        lifeline.actor = declaration.actor;
        if let Some(name) = declaration.name {
            lifeline.name = name;
        }
    }

    /// Returns the index of the lifeline with this id, which is drawn if it is not yet there.
    pub(super) fn imply(&mut self, id: Span<'_>, source: &Source<'_>) -> usize {
        let known = self.drawn.len();
        let index = self.place(id, source);
        if index == known {
            self.implied.push((index, id.range()));
        }
        index
    }

    fn place(&mut self, id: Span<'_>, source: &Source<'_>) -> usize {
        let next = self.drawn.len();
        let index = *self.places.entry(id.text.to_owned()).or_insert(next);
        if index == next {
            let line = source.line(id.start);
            let (id, name) = (id.text.to_owned(), id.text.to_owned());
            self.drawn.push(Lifeline { id, name, actor: false, client: false, line });
            self.active.push(Vec::new());
        }
        index
    }

    /// Returns the index of the lifeline with this id, which must be there.
    pub(super) fn find(&self, id: Span<'_>, source: &Source<'_>) -> Result<usize, Diagnostic> {
        self.places.get(id.text).copied().ok_or_else(|| {
            let complaint = source.complain(id.range(), format!("there is no participant `{}`", id.text));
            let complaint = complaint.expected("expected the id of a participant drawn above");
            match keyword::nearest(id.text, self.ids()) {
                Some(near) => complaint.hint(format!("did you mean `{near}`?")),
                None => complaint,
            }
        })
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.drawn.iter().map(|lifeline| lifeline.id.as_str())
    }

    pub(super) fn activate(&mut self, index: usize, at: Span<'_>) {
        self.active[index].push(at.range());
    }

    pub(super) fn deactivate(&mut self, index: usize, at: Span<'_>, source: &Source<'_>) -> Result<(), Diagnostic> {
        if self.active[index].pop().is_some() {
            return Ok(());
        }
        let complaint = source.complain(at.range(), format!("`{}` is not active", at.text));
        Err(complaint.expected("expected an `activate` above for each `deactivate`"))
    }

    /// Returns the lifelines, and what is odd about them.
    pub(super) fn finish(self) -> (Vec<Lifeline>, Vec<Warning>) {
        let mut warnings = Vec::new();
        for (lifeline, open) in self.drawn.iter().zip(self.active) {
            let message = format!("`{}` is never deactivated", lifeline.id);
            warnings.extend(open.into_iter().map(|span| Warning::new(span, message.clone(), "activated here")));
        }
        // Where nobody is declared, nobody is forgotten.
        if self.implied.len() < self.drawn.len() {
            warnings.extend(self.implied.into_iter().map(|(index, span)| {
                let message = format!("`{}` is not declared", self.drawn[index].id);
                Warning::new(span, message, "this is read as one more participant")
                    .hint("other participants are declared by `participant` or `actor`")
            }));
        }
        (self.drawn, warnings)
    }
}
