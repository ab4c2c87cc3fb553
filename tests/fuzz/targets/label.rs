//! Any text as the label of a request, a reply, an action and a condition.

#![no_main]

use hopcheck::diagram::Diagram;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|label: &str| {
    for line in ["S ->> F : ", "F ->> S : ", "S ->> S : ", "opt "] {
        let end = if line == "opt " { "\nS ->> F : POST /x\nend" } else { "" };
        let text = format!(
            "sequenceDiagram\nparticipant S as Starship\nparticipant F as FlexWebchatOrchestratorService\n{line}{label}{end}\n"
        );
        match Diagram::parse("d.mmd", &text) {
            Ok(diagram) => diagram.warnings().iter().for_each(|warning| assert!(!warning.to_string().is_empty())),
            Err(complaint) => assert!(!complaint.to_string().is_empty()),
        }
    }
});
