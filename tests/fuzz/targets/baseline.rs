//! Any text as a baseline: what was read and is written reads as the same again.

#![no_main]

use hopcheck::cli::{Scope, baseline_text, read_baseline};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let scenarios = ["valid/new-token", "feature-off/new-token"].map(str::to_owned).into();
    let scope = Scope { scenarios, arrows: 26 };
    match read_baseline("b.toml", text, &scope) {
        Ok(baseline) => assert_eq!(read_baseline("b.toml", &baseline_text(&baseline), &scope), Ok(baseline)),
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
    }
});
