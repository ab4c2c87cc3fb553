//! Any text as a diagram: it is read or complained about, and whatever was read can be asked about.

#![no_main]

use hopcheck::diagram::Diagram;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Diagram::parse("d.mmd", text) {
        Ok(diagram) => {
            for arrow in diagram.arrows() {
                let _ = diagram.forbidden_members(arrow);
            }
            for warning in diagram.warnings() {
                assert!(!warning.to_string().is_empty());
            }
        }
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
    }
});
