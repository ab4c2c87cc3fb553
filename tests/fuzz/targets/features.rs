//! Any text as a feature: it is read, and held against the diagram, or complained about.

#![no_main]

use std::sync::LazyLock;

use hopcheck::diagram::Diagram;
use hopcheck::scenarios::{FeatureFile, Suite, lint};
use libfuzzer_sys::fuzz_target;

static DIAGRAM: LazyLock<Diagram> = LazyLock::new(|| Diagram::built_in().unwrap_or_else(|error| panic!("{error}")));

fuzz_target!(|text: &str| {
    match Suite::read(&[FeatureFile { name: "f.feature".into(), text: text.into() }]) {
        Ok(suite) => {
            let _ = lint(&DIAGRAM, &suite);
        }
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
    }
});
