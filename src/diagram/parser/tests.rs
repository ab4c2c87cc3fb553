use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::*;
use crate::diagram::Diagram;

const SHIPPED: &str = include_str!("../../../fixtures/webchat-refresh-token.mmd");

/// Parses a diagram that begins with `sequenceDiagram` and an arrow, and returns where it is wrong.
fn wrong(lines: &str) -> (usize, usize, String) {
    let text = format!("sequenceDiagram\nA ->> B: POST /x\n{lines}");
    let diagnostic = Diagram::parse("d", &text).unwrap_err();
    (diagnostic.line(), diagnostic.column(), diagnostic.message().to_owned())
}

fn odd(lines: &str) -> Vec<String> {
    let text = format!("sequenceDiagram\nA ->> B: POST /x\n{lines}");
    let warnings = Diagram::parse("d", &text).unwrap().warnings();
    warnings.iter().map(|warning| format!("{}:{} {}", warning.line(), warning.column(), warning.message())).collect()
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
    assert_eq!(odd("opt valid token\nopt invalid token\nend\nend"), ["4:1 no circumstances ever lead into this block"]);
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
