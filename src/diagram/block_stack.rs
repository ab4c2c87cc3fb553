//! The stack of blocks while a diagram is parsed: what is begun and not yet ended, and which of it is conditional.

use super::{
    block::{Block, BlockKind},
    condition::{Condition, UNDERSTOOD, meant},
    label::Label,
    source::Source,
    span::Span,
};
use crate::diagnostic::Diagnostic;

/// The conditional blocks so far, and a stack of what is open.
#[derive(Debug, Default)]
pub(super) struct BlockStack<'t> {
    blocks: Vec<Block>,
    open: Vec<Fragment<'t>>,
}

#[derive(Debug)]
struct Fragment<'t> {
    keyword: &'static str,
    place: Span<'t>,
    /// The conditional block around it.
    around: Option<usize>,
    /// The conditional block in it at the moment.
    within: Option<usize>,
    /// The conditions of its sections so far.
    before: Vec<Condition>,
}

impl<'t> BlockStack<'t> {
    /// Returns the innermost conditional block that is open.
    pub(super) fn innermost(&self) -> Option<usize> {
        self.open.last().and_then(|fragment| fragment.within)
    }

    /// Tells whether a `box` is open, in which only lifelines are declared.
    pub(super) fn in_box(&self) -> bool {
        self.open.last().is_some_and(|fragment| fragment.keyword == "box")
    }

    /// Begins a fragment.
    pub(super) fn begin(
        &mut self,
        keyword: &'static str,
        place: Span<'t>,
        label: Span<'t>,
        source: &Source<'_>,
    ) -> Result<(), Diagnostic> {
        let kind = match keyword {
            "opt" => Some(BlockKind::Opt),
            "alt" => Some(BlockKind::Alt),
            "break" => Some(BlockKind::Break),
            _ => None,
        };
        let around = self.innermost();
        let mut fragment = Fragment { keyword, place, around, within: around, before: Vec::new() };
        if let Some(kind) = kind {
            let condition = condition(keyword, place, label, source)?;
            fragment.before.push(condition.clone());
            fragment.within = Some(self.block(kind, condition, around, place, label, source));
        }
        self.open.push(fragment);
        Ok(())
    }

    /// Begins the next section of the innermost fragment; `drawn` arrows stand before it.
    pub(super) fn section(
        &mut self,
        keyword: &'static str,
        place: Span<'t>,
        label: Span<'t>,
        source: &Source<'_>,
        drawn: usize,
    ) -> Result<(), Diagnostic> {
        let belongs = match keyword {
            "else" => ["alt"].as_slice(),
            "option" => &["critical"],
            _ => &["par", "par_over"],
        };
        let Some(mut fragment) = self.open.pop().filter(|fragment| belongs.contains(&fragment.keyword)) else {
            let complaint = source.complain(place.range(), format!("`{keyword}` belongs to no `{}`", belongs[0]));
            return Err(complaint.expected(format!("expected to stand directly in `{}` ... `end`", belongs[0])));
        };
        if keyword != "and" {
            self.close(fragment.within.filter(|_| fragment.within != fragment.around), drawn);
            let (kind, condition) = if keyword == "option" {
                (BlockKind::Option, condition(keyword, place, label, source)?)
            } else {
                let own = if label.is_empty() { None } else { Some(condition(keyword, place, label, source)?) };
                let condition = Condition::otherwise(&fragment.before, own.clone());
                fragment.before.extend(own);
                (BlockKind::Else, condition)
            };
            fragment.within = Some(self.block(kind, condition, fragment.around, place, label, source));
        }
        self.open.push(fragment);
        Ok(())
    }

    /// Ends the innermost fragment; `drawn` arrows stand before its end.
    pub(super) fn end(&mut self, place: Span<'_>, source: &Source<'_>, drawn: usize) -> Result<(), Diagnostic> {
        let Some(fragment) = self.open.pop() else {
            let complaint = source.complain(place.range(), "`end` ends nothing");
            return Err(complaint.expected("expected an `opt`, `alt`, ... above that is still open"));
        };
        self.close(fragment.within.filter(|_| fragment.within != fragment.around), drawn);
        Ok(())
    }

    /// Returns the blocks, when everything is ended.
    pub(super) fn finish(self, source: &Source<'_>) -> Result<Vec<Block>, Diagnostic> {
        match self.open.last() {
            None => Ok(self.blocks),
            Some(fragment) => {
                let complaint =
                    source.complain(fragment.place.range(), format!("`{}` is never ended", fragment.keyword));
                Err(complaint.expected("expected an `end` for this"))
            }
        }
    }

    fn close(&mut self, block: Option<usize>, drawn: usize) {
        if let Some(block) = block {
            self.blocks[block].last = drawn;
        }
    }

    fn block(
        &mut self,
        kind: BlockKind,
        condition: Condition,
        parent: Option<usize>,
        place: Span<'_>,
        label: Span<'_>,
        source: &Source<'_>,
    ) -> usize {
        let (label, line) = (Label::new(label).plain(), source.line(place.start));
        self.blocks.push(Block { kind, label, line, condition, parent, last: 0 });
        self.blocks.len() - 1
    }
}

fn condition(keyword: &str, place: Span<'_>, label: Span<'_>, source: &Source<'_>) -> Result<Condition, Diagnostic> {
    Condition::parse(&Label::new(label).plain()).ok_or_else(|| {
        let place = if label.is_empty() { place.end() } else { label };
        let complaint = source.complain(place.range(), format!("the label of this `{keyword}` is not a condition"));
        complaint.expected("expected a condition").hint(match meant(label.text) {
            Some(word) => format!("did you mean `{word}`? {UNDERSTOOD}"),
            None => UNDERSTOOD.to_owned(),
        })
    })
}
