//! The parser: reads a diagram statement by statement into lifelines, arrows and blocks.

use super::{
    arrow::{Arrow, Meaning},
    block::Block,
    block_stack::BlockStack,
    circumstances::Circumstances,
    clients::clients,
    envelope::{self, HEADER},
    keyword,
    label::Label,
    lexer::Lexer,
    lifeline::Lifeline,
    lifeline_table::LifelineTable,
    source::Source,
    span::Span,
    statement::{Activation, Statement},
    warning::Warning,
};
use crate::diagnostic::Diagnostic;

/// What has been read so far.
#[derive(Debug)]
pub(super) struct Parser<'s, 't> {
    source: &'s Source<'t>,
    lifelines: LifelineTable,
    fragments: BlockStack<'t>,
    arrows: Vec<Arrow>,
    /// The indices of the lifelines each arrow joins, whose names may still be declared below.
    ends: Vec<(usize, usize)>,
    warnings: Vec<Warning>,
}

/// What a diagram consists of once it is read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) lifelines: Vec<Lifeline>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) blocks: Vec<Block>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl<'s, 't> Parser<'s, 't> {
    /// Reads a whole diagram, or returns everything in it that cannot be read.
    pub(super) fn read(source: &'s Source<'t>) -> Result<Parsed, Vec<Diagnostic>> {
        let mut parser = Self {
            source,
            lifelines: LifelineTable::default(),
            fragments: BlockStack::default(),
            arrows: Vec::new(),
            ends: Vec::new(),
            warnings: Vec::new(),
        };
        let (diagram, odd) = envelope::open(source).map_err(|complaint| vec![complaint])?;
        parser.warnings.extend(odd);
        let mut statements = Lexer::new(diagram);
        let first = statements.next().unwrap_or_else(|| diagram.end());
        let behind = first.from(header(first, source).map_err(|complaint| vec![complaint])?).trim();
        let pieces = Some(behind).filter(|piece| !piece.is_empty()).into_iter().chain(statements);
        let complaints: Vec<Diagnostic> = pieces.filter_map(|piece| parser.statement(piece).err()).collect();
        parser.finish(first, complaints)
    }

    fn statement(&mut self, piece: Span<'t>) -> Result<(), Diagnostic> {
        let source = self.source;
        let statement = Statement::read(piece, source)?;
        if self.fragments.in_box() && !matches!(statement, Statement::Declare(_) | Statement::End) {
            let complaint = source.complain(piece.range(), "a `box` holds something other than participants");
            return Err(complaint.expected("expected `participant`, `actor` or `end`"));
        }
        let place = piece.first_word();
        match statement {
            Statement::Declare(declaration) => self.lifelines.declare(declaration, source),
            Statement::Arrow { from, to, label, activation } => self.arrow(piece, from, to, &label, activation)?,
            Statement::Activate(id) => {
                let lifeline = self.lifelines.find(id, source)?;
                self.lifelines.activate(lifeline, id);
            }
            Statement::Deactivate(id) => {
                let lifeline = self.lifelines.find(id, source)?;
                self.lifelines.deactivate(lifeline, id, source)?;
            }
            Statement::Destroy(id) => {
                self.lifelines.find(id, source)?;
            }
            Statement::Remark(ids) => {
                for id in ids {
                    self.lifelines.imply(id, source);
                }
            }
            Statement::Open { keyword, label } => self.fragments.begin(keyword, place, label, source),
            Statement::Section { keyword, label } => {
                self.fragments.section(keyword, place, label, source, self.arrows.len())?;
            }
            Statement::End => self.fragments.end(place, source, self.arrows.len())?,
            Statement::Silent => {}
        }
        Ok(())
    }

    fn arrow(
        &mut self,
        piece: Span<'t>,
        from: Span<'t>,
        to: Span<'t>,
        label: &Label,
        activation: Option<Activation>,
    ) -> Result<(), Diagnostic> {
        let ends = (self.lifelines.imply(from, self.source), self.lifelines.imply(to, self.source));
        let internal = ends.0 == ends.1;
        let (meaning, warnings) = if internal { Meaning::of_one(label) } else { Meaning::between_two(label) };
        // Of what is drawn under a condition that nobody can tell, the condition is what is odd.
        let (meaning, warnings) = if self.fragments.is_prose() {
            (meaning.under_an_unknown_condition(), Vec::new())
        } else {
            (meaning, warnings)
        };
        match activation {
            Some(Activation::Begins) => self.lifelines.activate(ends.1, to),
            Some(Activation::Ends) => self.lifelines.deactivate(ends.0, from, self.source)?,
            None => {}
        }
        self.ends.push(ends);
        self.arrows.push(Arrow {
            number: self.arrows.len() + 1,
            line: self.source.line(piece.start),
            from: String::new(),
            to: String::new(),
            clients: [false; 2],
            text: label.plain(),
            meaning,
            unchecked: warnings.iter().any(Warning::is_unchecked),
            block: self.fragments.innermost(),
            internal,
            around: self.fragments.around(),
        });
        self.warnings.extend(warnings);
        Ok(())
    }

    fn finish(self, header: Span<'_>, mut complaints: Vec<Diagnostic>) -> Result<Parsed, Vec<Diagnostic>> {
        let source = self.source;
        let (blocks, odd_blocks, unended) = self.fragments.finish(source);
        complaints.extend(unended);
        let mut arrows = self.arrows;
        if arrows.is_empty() && complaints.is_empty() {
            let complaint = source.complain(header.first_word().range(), "the diagram has no arrows");
            complaints.push(complaint.expected("expected at least one `A ->> B : label` below"));
        }
        if !complaints.is_empty() {
            return Err(complaints);
        }
        let (mut lifelines, odd_lifelines) = self.lifelines.finish();
        for (arrow, (from, to)) in arrows.iter_mut().zip(&self.ends) {
            arrow.from.clone_from(&lifelines[*from].name);
            arrow.to.clone_from(&lifelines[*to].name);
        }
        let clients = clients(&lifelines, &arrows, &self.ends);
        for (arrow, (from, to)) in arrows.iter_mut().zip(&self.ends) {
            arrow.clients = [clients[*from], clients[*to]];
        }
        for (lifeline, client) in lifelines.iter_mut().zip(clients) {
            lifeline.client = client;
        }
        let odd = self.warnings.into_iter().chain(odd_blocks).chain(odd_lifelines);
        let odd = odd.map(|warning| warning.into_diagnostic(source));
        let mut warnings: Vec<Diagnostic> =
            odd.chain(never(&blocks, source)).chain(namesakes(&lifelines, source)).collect();
        warnings.sort_by_key(|warning| (warning.line(), warning.column()));
        Ok(Parsed { lifelines, arrows, blocks, warnings })
    }
}

/// Returns the length of the word that every sequence diagram begins with.
fn header(first: Span<'_>, source: &Source<'_>) -> Result<usize, Diagnostic> {
    if first.text.starts_with("%%{") {
        Statement::read(first, source)?;
    }
    let word = first.until(first.text.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(first.text.len()));
    if word.text == HEADER {
        return Ok(HEADER.len());
    }
    let place = if word.is_empty() { first.first_word() } else { word };
    let complaint =
        source.complain(place.range(), "this is not a sequence diagram").expected("expected `sequenceDiagram`");
    Err(match keyword::nearest(word.text, [HEADER]) {
        Some(_) => complaint.hint("did you mean `sequenceDiagram`?"),
        None => complaint,
    })
}

/// Complains about the blocks that no circumstances reach.
fn never<'b>(blocks: &'b [Block], source: &'b Source<'_>) -> impl Iterator<Item = Diagnostic> + 'b {
    let mut reached: Vec<Vec<Circumstances>> = Vec::with_capacity(blocks.len());
    blocks.iter().filter_map(move |block| {
        let around = block.parent.map_or_else(Circumstances::all, |parent| reached[parent].clone());
        let holds = |circumstances: &Circumstances| {
            block.condition.as_ref().is_none_or(|condition| condition.holds(*circumstances))
        };
        let here: Vec<_> = around.into_iter().filter(holds).collect();
        let unreached = here.is_empty();
        reached.push(here);
        unreached.then(|| source.whole_line(block.line, "no circumstances ever lead into this block"))
    })
}

/// Complains about lifelines that have the name of another.
fn namesakes<'l>(lifelines: &'l [Lifeline], source: &'l Source<'_>) -> impl Iterator<Item = Diagnostic> + 'l {
    let mut names = std::collections::HashSet::new();
    let second = lifelines.iter().filter(move |lifeline| !names.insert(lifeline.name.as_str()));
    second.map(|lifeline| {
        source.whole_line(lifeline.line, format!("another participant is named `{}`, too", lifeline.name))
    })
}

#[cfg(test)]
mod tests;
