//! The stack of blocks while a diagram is parsed: what is begun and not yet ended, and which of it is conditional.

use super::{
    block::{Block, BlockKind},
    condition::{Condition, UNDERSTOOD, meant},
    label::Label,
    source::Source,
    span::Span,
    warning::Warning,
};
use crate::diagnostic::Diagnostic;

/// The conditional blocks so far, and a stack of what is open.
#[derive(Debug, Default)]
pub(super) struct BlockStack<'t> {
    blocks: Vec<Block>,
    open: Vec<Fragment<'t>>,
    /// How many `par` have begun.
    parallels: usize,
    warnings: Vec<Warning>,
}

/// What is around an arrow besides conditional blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// Whether one of it is a loop.
    pub(super) in_loop: bool,
    /// For each `par`, which it is and which section of it.
    pub(super) parallel: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Fragment<'t> {
    keyword: &'static str,
    place: Span<'t>,
    /// The conditional block around it.
    around: Option<usize>,
    /// The conditional block in it at the moment.
    within: Option<usize>,
    /// The conditions of its sections so far; `None` for one that is not known.
    before: Vec<Option<Condition>>,
    /// Of a `par`, which it is and which section of it.
    parallel: Option<(usize, usize)>,
}

impl<'t> BlockStack<'t> {
    /// Returns the innermost conditional block that is open.
    pub(super) fn innermost(&self) -> Option<usize> {
        self.open.last().and_then(|fragment| fragment.within)
    }

    /// Tells whether a block is open whose condition nobody can tell.
    pub(super) fn is_prose(&self) -> bool {
        self.innermost().is_some_and(|block| self.blocks[block].prose)
    }

    /// Returns what else is open.
    pub(super) fn around(&self) -> Around {
        Around {
            in_loop: self.open.iter().any(|fragment| fragment.keyword == "loop"),
            parallel: self.open.iter().filter_map(|fragment| fragment.parallel).collect(),
        }
    }

    /// Tells whether a `box` is open, in which only lifelines are declared.
    pub(super) fn in_box(&self) -> bool {
        self.open.last().is_some_and(|fragment| fragment.keyword == "box")
    }

    /// Begins a fragment.
    pub(super) fn begin(&mut self, keyword: &'static str, place: Span<'t>, label: Span<'t>, source: &Source<'_>) {
        let kind = match keyword {
            "opt" => Some(BlockKind::Opt),
            "alt" => Some(BlockKind::Alt),
            "break" => Some(BlockKind::Break),
            _ => None,
        };
        let around = self.innermost();
        let parallel = matches!(keyword, "par" | "par_over").then(|| {
            self.parallels += 1;
            (self.parallels, 0)
        });
        let mut fragment = Fragment { keyword, place, around, within: around, before: Vec::new(), parallel };
        if let Some(kind) = kind {
            let condition = self.condition(keyword, place, label);
            fragment.before.push(condition.clone());
            fragment.within = Some(self.block(kind, condition, around, place, label, source));
        }
        self.open.push(fragment);
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
        let Some(mut fragment) = self.open.pop_if(|fragment| belongs.contains(&fragment.keyword)) else {
            let complaint = source.complain(place.range(), format!("`{keyword}` belongs to no `{}`", belongs[0]));
            return Err(complaint.expected(format!("expected to stand directly in `{}` ... `end`", belongs[0])));
        };
        if keyword == "and" {
            fragment.parallel = fragment.parallel.map(|(which, section)| (which, section + 1));
        } else {
            self.close(fragment.within.filter(|_| fragment.within != fragment.around), drawn);
            let (kind, condition) = if keyword == "option" {
                (BlockKind::Option, self.condition(keyword, place, label))
            } else {
                (BlockKind::Else, self.otherwise(&mut fragment, place, label))
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

    /// Returns the blocks, what is odd about them, and a complaint about each that is never ended.
    pub(super) fn finish(self, source: &Source<'_>) -> (Vec<Block>, Vec<Warning>, Vec<Diagnostic>) {
        let never_ended = |fragment: &Fragment<'_>| {
            let complaint = source.complain(fragment.place.range(), format!("`{}` is never ended", fragment.keyword));
            complaint.expected("expected an `end` for this")
        };
        let unended = self.open.last().map(never_ended);
        (self.blocks, self.warnings, unended.into_iter().collect())
    }

    fn close(&mut self, block: Option<usize>, drawn: usize) {
        if let Some(block) = block {
            self.blocks[block].last = drawn;
        }
    }

    /// Reads the condition of an `else`: what it says itself, and that none of the alternatives before it applies.
    fn otherwise(&mut self, fragment: &mut Fragment<'_>, place: Span<'_>, label: Span<'_>) -> Option<Condition> {
        let plain = Label::new(label).unquoted().plain();
        let bare = plain.is_empty() || ["otherwise", "else"].iter().any(|word| plain.eq_ignore_ascii_case(word));
        let own = if bare { None } else { Some(self.condition("else", place, label)) };
        let before: Option<Vec<Condition>> = fragment.before.iter().cloned().collect();
        fragment.before.extend(own.clone());
        match own {
            Some(own) => Some(Condition::otherwise(&before?, Some(own?))),
            None => Some(Condition::otherwise(&before?, None)),
        }
    }

    fn block(
        &mut self,
        kind: BlockKind,
        condition: Option<Condition>,
        parent: Option<usize>,
        place: Span<'_>,
        label: Span<'_>,
        source: &Source<'_>,
    ) -> usize {
        let (label, line) = (Label::new(label).plain(), source.line(place.start));
        let prose = condition.is_none() || parent.is_some_and(|parent| self.blocks[parent].prose);
        self.blocks.push(Block { kind, label, line, condition, parent, last: 0, prose });
        self.blocks.len() - 1
    }

    /// Reads a condition, and warns of a label that is none that is known.
    fn condition(&mut self, keyword: &str, place: Span<'_>, label: Span<'_>) -> Option<Condition> {
        let condition = Condition::parse(&Label::new(label).unquoted().plain());
        if condition.is_none() {
            let message = if label.is_empty() {
                format!("prose: this `{keyword}` says no condition")
            } else {
                format!("prose: the label of this `{keyword}` is no condition that is known")
            };
            let span = if label.is_empty() { place.range() } else { label.range() };
            let warning = Warning::new(span, message, "nothing in this block is demanded, and nothing forbidden");
            self.warnings.push(match meant(label.text) {
                Some(word) => warning.hint(format!("did you mean `{word}`? {UNDERSTOOD}")),
                None if label.is_empty() => {
                    warning.hint(format!("what stands behind `#` is a comment to Mermaid; {UNDERSTOOD}"))
                }
                None => warning.hint(UNDERSTOOD),
            });
        }
        condition
    }
}
