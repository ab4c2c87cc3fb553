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
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    use super::*;
    use crate::diagram::Diagram;

    const SHIPPED: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");

    /// Parses a diagram that begins with `sequenceDiagram` and an arrow, and returns where it is wrong.
    fn wrong(lines: &str) -> (usize, usize, String) {
        let text = format!("sequenceDiagram\nA ->> B: POST /x\n{lines}");
        let diagnostic = Diagram::parse("d", &text).unwrap_err();
        (diagnostic.line(), diagnostic.column(), diagnostic.message().to_owned())
    }

    fn odd(lines: &str) -> Vec<String> {
        let text = format!("sequenceDiagram\nA ->> B: POST /x\n{lines}");
        let warnings = Diagram::parse("d", &text).unwrap().warnings();
        warnings
            .iter()
            .map(|warning| format!("{}:{} {}", warning.line(), warning.column(), warning.message()))
            .collect()
    }

    #[test]
    fn what_is_unbalanced_is_pointed_at() {
        assert_eq!(wrong("deactivate A"), (3, 12, "`A` is not active".into()));
        assert_eq!(wrong("A ->>- B: POST /x"), (3, 1, "`A` is not active".into()));
        assert_eq!(wrong("activate C"), (3, 10, "there is no participant `C`".into()));
        assert_eq!(wrong("  end"), (3, 3, "`end` ends nothing".into()));
        assert_eq!(wrong("loop x\nopt valid token\nend"), (3, 1, "`loop` is never ended".into()));
        assert_eq!(wrong("opt valid token\nelse"), (4, 1, "`else` belongs to no `alt`".into()));
        assert_eq!(wrong("alt valid token\nloop x\nelse"), (5, 1, "`else` belongs to no `alt`".into()));
        assert_eq!(wrong("and"), (3, 1, "`and` belongs to no `par`".into()));
        assert_eq!(wrong("box Aqua x\nA ->> B: /x\nend").0, 4);
    }

    #[test]
    fn a_block_under_a_condition_that_is_not_known_is_prose_and_pointed_at() {
        let odd = |lines: &str| odd(&format!("{lines}\nB ->> A: {{a}}\nB ->> B: thinks\nend"));
        let unknown = |keyword: &str, place| {
            vec![format!("{place} prose: the label of this `{keyword}` is no condition that is known")]
        };
        assert_eq!(odd("opt Feature is maybe"), unknown("opt", "3:5"));
        assert_eq!(odd("alt"), ["3:1 prose: this `alt` says no condition"]);
        assert_eq!(odd("alt #LightBlue feature is on"), ["3:1 prose: this `alt` says no condition"]);
        assert_eq!(odd("alt valid token\nelse why"), unknown("else", "4:6"));
        assert_eq!(odd("critical x\noption y"), unknown("option", "4:8"));
        assert_eq!(odd("break now"), unknown("break", "3:7"));
        let prose = |text: &str| {
            let diagram = Diagram::parse("d", &format!("sequenceDiagram\nA->>B: POST /x\n{text}")).unwrap();
            diagram.arrows().iter().filter(|arrow| arrow.is_prose()).map(|arrow| arrow.number).collect::<Vec<_>>()
        };
        assert_eq!(prose("alt who knows\nB->>A: {a}\nelse\nB->>A: {b}\nend\nB->>A: {c}"), [2, 3]);
        assert_eq!(prose("alt valid token\nB->>A: {a}\nelse who knows\nB->>A: {b}\nelse\nB->>A: {c}\nend"), [3, 4]);
        assert_eq!(prose("opt who knows\nopt valid token\nA->>A: Valid token\nend\nend"), [2]);
        assert_eq!(prose("alt valid token\nB->>A: {a}\nelse Otherwise\nB->>A: {b}\nend"), [0; 0]);
    }

    #[test]
    fn a_misspelt_condition_is_recognised() {
        let hint = |line: &str| {
            let diagram = Diagram::parse("d", &format!("sequenceDiagram\nA->>B: /x\n{line}\nend")).unwrap();
            diagram.warnings().iter().map(ToString::to_string).collect::<String>()
        };
        assert!(hint("opt Featur is on").contains("did you mean `feature`?"));
        assert!(hint("opt valid tokn").contains("did you mean `token`?"));
        assert!(!hint("opt the user is known").contains("did you mean"));
    }

    #[test]
    fn an_arrow_that_says_nothing_is_prose_and_pointed_at() {
        let diagram = Diagram::parse("d", "sequenceDiagram\nA ->> B: hello  there").unwrap();
        assert!(diagram.arrows()[0].is_prose());
        let [warning] = &diagram.warnings()[..] else { panic!("{:?}", diagram.warnings()) };
        assert_eq!((warning.line(), warning.column()), (2, 10));
        assert!(warning.message().starts_with("prose: this is neither a request, nor a reply"));
    }

    #[test]
    fn everything_that_cannot_be_read_is_told() {
        let text = "sequenceDiagram\nA->>B: /x\npartcipant C\nA=>B: /x\nopt valid token\nelse\nend\nend\nloop y";
        let complaints = Diagram::examine("d", text).unwrap_err();
        let places: Vec<_> = complaints.iter().map(|complaint| (complaint.line(), complaint.column())).collect();
        assert_eq!(places, [(3, 1), (4, 2), (6, 1), (8, 1), (9, 1)]);
        assert_eq!(Diagram::parse("d", text).unwrap_err(), complaints[0]);
    }

    #[test]
    fn a_text_without_a_diagram_says_what_is_missing() {
        let message = |text: &str| Diagram::parse("d", text).unwrap_err().to_string();
        assert!(message("").starts_with("the file is empty"));
        assert!(message("%% nothing").starts_with("this is not a sequence diagram"));
        assert!(message("%%{init: x\nsequenceDiagram\nA->>B: /x").starts_with("a directive is never closed"));
        assert!(message("flowchart TD\nA-->B").starts_with("this is not a sequence diagram"));
        assert!(message("sequencediagram\n").ends_with("did you mean `sequenceDiagram`?"));
        assert!(message("sequenceDiagram\nparticipant A").starts_with("the diagram has no arrows"));
        assert!(message("sequenceDiagram\nA->>B: /x\npartcipant A").ends_with("did you mean `participant`?"));
        assert!(message("sequenceDiagram\nABC->>B: /x\nactivate ABD").ends_with("did you mean `ABC`?"));
    }

    #[test]
    fn what_can_be_read_but_looks_wrong_is_odd() {
        let prose = "3:10 prose: this is neither a request, nor a reply, nor an action that is known";
        assert_eq!(odd("A ->> A: thinks"), [prose]);
        assert_eq!(odd("activate A"), ["3:10 `A` is never deactivated"]);
        assert_eq!(odd("participant B"), ["2:1 `A` is not declared"]);
        assert_eq!(
            odd("opt valid token\nopt invalid token\nend\nend"),
            ["4:1 no circumstances ever lead into this block"]
        );
        assert_eq!(odd("participant A as X\nparticipant B as X"), ["2:1 another participant is named `X`, too"],);
        assert_eq!(odd("loop x\nend\nbox Aqua Group\nparticipant A\nactor B\nend"), Vec::<String>::new());
    }

    #[test]
    fn names_declared_below_an_arrow_are_its_names() {
        let diagram = Diagram::parse("d", "sequenceDiagram; A->>B: POST /x; participant B as Bob").unwrap();
        assert_eq!((&*diagram.arrows()[0].from, &*diagram.arrows()[0].to), ("A", "Bob"));
    }

    /// Returns what a text means, without the lines it is written on.
    fn meaning(text: &str) -> String {
        let diagram = Diagram::parse("d", text).unwrap();
        let arrows = diagram.arrows().iter().map(|arrow| Arrow { line: 0, ..arrow.clone() });
        let blocks = diagram.blocks().iter().map(|block| Block { line: 0, ..block.clone() });
        format!("{:?}{:?}", arrows.collect::<Vec<_>>(), blocks.collect::<Vec<_>>())
    }

    /// Returns the shipped diagram with every line indented by one of `indents` in turn.
    fn indented(indents: &[String], line_end: &str) -> String {
        let lines = SHIPPED.lines().zip(indents.iter().cycle());
        lines.flat_map(|(line, indent)| [indent, line.trim(), line_end]).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            // Found once, tried first ever after.
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/diagram.txt"))),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_text_makes_the_parser_panic(text in "[\\s\\S]*") {
            let _ = Diagram::parse("d", &text).map_err(|diagnostic| diagnostic.to_string());
            let _ = Diagram::parse("d", &format!("sequenceDiagram\n{text}")).map_err(|diagnostic| diagnostic.to_string());
            let _ = Diagram::parse("d", &format!("sequenceDiagram\nA->>B:/x{text}")).map(|diagram| diagram.warnings());
        }

        #[test]
        fn no_damage_to_the_shipped_diagram_makes_the_parser_panic(
            damages in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[-a-z{}<>:;#%@=|\\\\/,()+\"'é\u{a0}\u{3000}🕴 \r\n]{0,6}"), 1..6),
        ) {
            let mut text: Vec<char> = SHIPPED.chars().collect();
            for (place, length, inserted) in damages {
                let start = place.index(text.len());
                let end = (start + length).min(text.len());
                text.splice(start..end, inserted.chars());
            }
            let text: String = text.into_iter().collect();
            match Diagram::parse("d", &text) {
                Ok(diagram) => {
                    let shown: Vec<String> = diagram.warnings().iter().map(ToString::to_string).collect();
                    prop_assert!(shown.iter().all(|warning| !warning.is_empty()));
                    for circumstances in Circumstances::all() {
                        let _ = diagram.course(circumstances);
                    }
                }
                Err(diagnostic) => prop_assert!(diagnostic.to_string().contains("--> d:")),
            }
        }

        #[test]
        fn layout_means_nothing(
            indents in proptest::collection::vec("[ \t]{0,5}", 1..8),
            carriage_return in any::<bool>(),
            fence in prop::sample::select(vec!["", "```", "```mermaid", "````mermaid"]),
            mark in any::<bool>(),
        ) {
            let line_end = if carriage_return { "\r\n" } else { "\n" };
            let mut text = indented(&indents, line_end);
            if !fence.is_empty() {
                let ticks = fence.trim_end_matches("mermaid");
                text = format!("{fence}{line_end}{text}{ticks}{line_end}");
            }
            if mark {
                text.insert(0, '\u{feff}');
            }
            prop_assert_eq!(meaning(&text), meaning(SHIPPED));
        }
    }
}
