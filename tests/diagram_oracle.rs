//! The oracle: `merman-core`, a parser of Mermaid written by others, reads every diagram as hopcheck does.
//!
//! Only what both can know is compared: lifelines, who sends which text to whom, and how blocks nest. Where the two
//! disagree on purpose, a test says so.

use hopcheck::diagram::{BlockKind, Diagram};
use merman_core::{Engine, ParseOptions};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::Value;

const SHIPPED: &str = include_str!("../fixtures/webchat-refresh-token.mmd");

/// The numbers Mermaid gives to what is no message: notes, activations, counting, the two ends of other fragments.
const SILENT: [i64; 14] = [2, 10, 11, 17, 18, 19, 20, 21, 22, 23, 26, 32, 59, 60];

/// A diagram as both parsers can tell it.
#[derive(Debug, PartialEq)]
struct Told {
    lifelines: Vec<(String, String)>,
    /// Who, to whom, what, and the labels of the conditional blocks around it, outermost first.
    messages: Vec<(String, String, String, Vec<String>)>,
}

fn told_by_hopcheck(text: &str) -> Result<Told, String> {
    let diagram = Diagram::parse("d.mmd", text).map_err(|diagnostic| diagnostic.to_string())?;
    let around = |block: Option<usize>| {
        let mut labels = Vec::new();
        let mut next = block.map(|index| &diagram.blocks()[index]);
        while let Some(block) = next {
            labels.push(format!("{} {}", keyword(block.kind), block.label));
            next = block.parent.map(|index| &diagram.blocks()[index]);
        }
        labels.reverse();
        labels
    };
    let lifelines = diagram.lifelines().iter().map(|lifeline| (lifeline.id.clone(), lifeline.name.clone()));
    let messages = diagram.arrows().iter();
    let messages = messages.map(|a| (a.from.clone(), a.to.clone(), a.text.clone(), around(a.block)));
    Ok(Told { lifelines: lifelines.collect(), messages: messages.collect() })
}

fn keyword(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Opt => "opt",
        BlockKind::Alt => "alt",
        BlockKind::Else => "else",
        BlockKind::Break => "break",
        BlockKind::Option => "option",
    }
}

fn told_by_merman(text: &str) -> Result<Told, String> {
    let parsed = Engine::new().parse_diagram_sync(text, ParseOptions::strict()).map_err(|error| error.to_string())?;
    let parsed = parsed.ok_or("no diagram")?;
    let model = &parsed.model;
    let words = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        // What Mermaid draws as it stands, whoever wrote it meant as a line break.
        let breaks = ["<br/>", "<br />", "<br>", "\\n"];
        let text = breaks.iter().fold(text.to_owned(), |text, tag| text.replace(tag, " "));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let name = |id: &Value| words(&model["actors"][id.as_str().unwrap_or_default()]["description"]);
    let order = model["actorOrder"].as_array().ok_or("no actors")?;
    let lifelines = order.iter().map(|id| (id.as_str().unwrap_or_default().to_owned(), name(id))).collect();
    let mut around: Vec<String> = Vec::new();
    let mut messages = Vec::new();
    for message in model["messages"].as_array().ok_or("no messages")? {
        let label = words(&message["message"]);
        match message["type"].as_i64().ok_or("no type")? {
            12 => around.push(format!("alt {label}")),
            15 => around.push(format!("opt {label}")),
            30 => around.push(format!("break {label}")),
            // An `else` or `option` takes the place of the section before it; a `critical` is no condition itself.
            13 => replace(&mut around, format!("else {label}"))?,
            28 => replace(&mut around, format!("option {label}"))?,
            27 => around.push(String::new()),
            14 | 16 | 29 | 31 => drop(around.pop()),
            other if SILENT.contains(&other) => {}
            _ => {
                let blocks = around.iter().filter(|label| !label.is_empty()).cloned().collect();
                messages.push((name(&message["from"]), name(&message["to"]), label, blocks));
            }
        }
    }
    Ok(Told { lifelines, messages })
}

fn replace(around: &mut [String], label: String) -> Result<(), String> {
    around.last_mut().map(|last| *last = label).ok_or_else(|| "a section of nothing".to_owned())
}

fn agree(text: &str) {
    let ours = told_by_hopcheck(text);
    assert!(ours.is_ok(), "{ours:?}\n{text}");
    assert_eq!(ours, told_by_merman(text), "{text}");
}

#[test]
fn the_shipped_diagram_is_read_alike() {
    agree(SHIPPED);
    assert_eq!(told_by_merman(SHIPPED).map(|told| told.messages.len()), Ok(26));
}

#[test]
fn every_connector_is_read_alike() {
    let half = ["-|\\", "-|/", "-\\\\", "-//", "/|-", "\\|-", "//-", "\\\\-"];
    let half_dotted = ["--|\\", "--|/", "--\\\\", "--//", "/|--", "\\|--", "//--", "\\\\--"];
    let whole = ["->", "-->", "->>", "-->>", "<<->>", "<<-->>", "-x", "--x", "-)", "--)"];
    for connector in half.into_iter().chain(half_dotted).chain(whole) {
        agree(&format!("sequenceDiagram\nA {connector} B: POST /x\nB{connector}my-svc:{{a: b}}\n"));
        agree(&format!("sequenceDiagram\nA {connector}+ B: POST /x\nB {connector}- A: {{a: b}}\n"));
        agree(&format!(
            "sequenceDiagram\nA {connector}() B: POST /x\nB (){connector} A: {{a}}\nB (){connector}() A: {{b}}\n"
        ));
    }
}

#[test]
fn fragments_notes_and_titles_are_read_alike() {
    for text in [
        "sequenceDiagram\nalt valid token\nA->>B: /x\nelse feature is on\nB->>A: {a}\nelse\nB->>A: {b}\nend\nB->>A: {c}\n",
        "sequenceDiagram\nloop every day\nopt invalid token\nA->>B: /x\nrect rgb(0, 0, 0)\nB->>A: {b}\nend\nend\nend\n",
        "sequenceDiagram\npar one\nA->>B: /x\nand two\nopt feature off\nA->>B: /y\nend\nend\nbreak invalid token\nB->>A: {c}\nend\n",
        "sequenceDiagram\ncritical x\nA->>B: /x\noption invalid token\nB->>A: {a}\noption feature is off\nB->>A: {b}\nend\n",
        "sequenceDiagram\npar_over x\nA->>B: /x\nend\n",
        "sequenceDiagram\nNote right of Z: hi; note over A,B: -> there\nA->>B: /x # comment\n%% comment\nlink A: D @ https://x/y\n",
        "sequenceDiagram\ntitle A ->> B: x\naccTitle: t\naccDescr: d\naccDescr {\nA->>B: no\n}\nA->>B: /x\nautonumber 1 2\nautonumber off\n",
        "sequenceDiagram\nbox Aqua Group\nparticipant A as Alice<br/>B\nactor B\nend\nA->>B: /x\ncreate participant C as Cee\nA->>C: /y\ndestroy C\nA-xC: /z\n",
        "sequenceDiagram\nparticipant A@{ \"type\": \"queue\" } as Q\nparticipant B@{ \"type\": \"actor\", \"alias\": \"P\" }\nA->>B: wrap: POST /x\n",
        "---\ntitle: x\n---\n%%{init: {\"theme\": \"dark\"}}%%\nsequenceDiagram; A->>B: POST /x; B->>A: {a: b}; activate A; deactivate A\n",
    ] {
        agree(text);
        agree(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn what_is_prose_is_read_alike() {
    for text in [
        "sequenceDiagram\nautonumber\nactor C as Guest User\nactor B as Browser\nC ->> B: opens the page\nB ->> S : POST /x\n\
         Note right of B: has a key & a token\nS ->> D: GET /y?Account=<SID>\nD ->> S : Receives the origins\n\
         S ->> S : thinks\nS ->> B: sends the response\nB->>C:\n",
        "sequenceDiagram\nalt Webchat Security feature is turned off via Feature Flag\nA->>B: POST /x\nB ->> A: done\nend\n\
         alt Feature is on and Fingerprint generation failed!\nB->>A: Returns 403 unauthorised\nend\n\
         alt #LightBlue Feature is turned on & Fingerprint is generated\nA->>B: /y <br/>req.body.f=<g <br/>...\nelse\nA->>B: /z\nend\n",
        "sequenceDiagram\nalt \"the moon is full\"\nA -> B : \"POST /x \\nreq.body.a=<b>\"\nB -> A: \"{token: <t>, roles: [{name: r}]}\"\nend\n",
        "sequenceDiagram\nparticipant FWO\nC -> FWO : res.body={a?: b, ...}<br/>res.header.X='*'\n",
        "sequenceDiagram\nopt\nA->>B: hello\nopt Feature is on\nA->>A: waits\nend\nend\nbreak who knows\nA->>B: no\nend\nloop\nA->>B: again\nend\n",
    ] {
        agree(text);
        agree(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn an_entity_is_the_character_that_is_drawn() {
    let text = "sequenceDiagram\nA->>B: POST /x#47;y {a: #quot;b#quot;, c#58; d}\n";
    let ours = told_by_hopcheck(text).unwrap();
    assert_eq!(ours.messages[0].2, "POST /x/y {a: \"b\", c: d}");
    assert!(told_by_merman(text).is_ok());
}

#[test]
fn a_document_is_the_diagram_in_it() {
    let diagram = "sequenceDiagram\nA->>B: POST /x\nB-->>A: done\n";
    for (before, after) in [
        ("# Title\n\n```mermaid title=\"x\"\n", "```\n\n```mermaid\npie\n```\n"),
        ("~~~mermaid\n", "~~~\nmore\n"),
        ("::: mermaid\n", ":::\n"),
        ("\u{feff}- item\n\n  ```{mermaid}\n", "  ```\n"),
    ] {
        assert_eq!(told_by_hopcheck(&format!("{before}{diagram}{after}")), told_by_merman(diagram), "{before}");
    }
}

#[test]
fn what_one_refuses_the_other_refuses() {
    for text in [
        "sequenceDiagram\nA->>B: /x\ndeactivate A\n",
        "sequenceDiagram\nA->>-B: /x\n",
        "sequenceDiagram\nA->>B: /x\nend\n",
        "sequenceDiagram\nopt valid token\nA->>B: /x\n",
        "sequenceDiagram\nopt valid token\nA->>B: /x\nelse\nA->>B: /x\nend\n",
        "sequenceDiagram\nA->>B->>C: /x\n",
        "sequenceDiagram\nA->>B\n",
        "sequenceDiagram\nA=>B: /x\n",
        "sequenceDiagram\nA->>B: /x\npartcipant C\n",
        "sequenceDiagram\nbox x\nA->>B: /x\nend\n",
        "sequenceDiagram\nA->>B: /x\ncreate C\n",
        "sequenceDiagram\nA->>B: /x\nnote A: x\n",
        "flowchart TD\nA-->B\n",
        "",
    ] {
        let told = (told_by_hopcheck(text).is_err(), told_by_merman(text).is_err());
        assert_eq!(told, (true, true), "{text}");
    }
}

/// Writes a diagram of nested fragments from a list of choices.
fn written(choices: &[(u8, u8, u8)]) -> String {
    let conditions = [
        "Feature is on",
        "invalid token",
        "Valid token, invalid fingerprint",
        "feature is off or valid token",
        "the moon is full",
        "",
        "\"Feature is turned off via Feature Flag\"",
        "#LightBlue Feature is on",
    ];
    let connectors = ["->>", "-->>", "-)", "--x", "<<->>", "-|\\"];
    let lifelines = ["C", "my svc", "F-2", "Été"];
    let mut lines = vec!["sequenceDiagram\nactor C as Customer <br/> One\n".to_owned()];
    let mut open: Vec<&str> = Vec::new();
    let pick = |list: &[&'static str], index: u8| list[usize::from(index) % list.len()];
    for (what, first, second) in choices {
        let condition = pick(&conditions, *first);
        lines.push(match what % 12 {
            0 => {
                open.push(pick(&["opt", "alt", "break"], *second));
                format!("  {} {condition}\n", open[open.len() - 1])
            }
            1 => {
                open.push(pick(&["loop", "par", "rect", "critical"], *second));
                format!("{} label {second}\n", open[open.len() - 1])
            }
            2 => match open.last() {
                Some(&"alt") => format!("else {}\n", if second % 2 == 0 { condition } else { "" }),
                Some(&"par") => "and then\n".to_owned(),
                Some(&"critical") => format!("option {condition}\n"),
                _ => "%% no sections\n".to_owned(),
            },
            3 | 4 => if open.pop().is_some() { "\tend\r\n" } else { "%% nothing open\n" }.to_owned(),
            5 => format!("Note over {}: a note -> {second}\n", pick(&lifelines, *first)),
            _ => {
                let (from, to) = (pick(&lifelines, *first), pick(&lifelines, first / 4 + 1));
                let labels = [
                    "POST /x <br/>req.body.a=b",
                    "{a: <b>, c: {d}}",
                    "/y/{z}",
                    "hello there",
                    "",
                    "\"{a?: [{b: string}], ...}\"",
                    "res.body={a: b}\\nres.header.X='*'",
                    "Returns 403 unauthorised",
                    "{some words (in braces",
                ];
                let label = pick(&labels, *second);
                let end = pick(&["\n", ";", " # end\n"], second / 3);
                format!("{from}{}{to}:{label}{end}", pick(&connectors, *second))
            }
        });
    }
    lines.push("\nC ->> F-2: POST /last\n".to_owned());
    lines.push("end\n".repeat(open.len()));
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Found once, tried first ever after.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/diagram-oracle.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn generated_diagrams_are_read_alike(choices in proptest::collection::vec(any::<(u8, u8, u8)>(), 0..40)) {
        let text = written(&choices);
        let ours = told_by_hopcheck(&text);
        prop_assert!(ours.is_ok(), "{:?}\n{}", ours, text);
        prop_assert_eq!(ours, told_by_merman(&text), "{}", text);
    }
}
