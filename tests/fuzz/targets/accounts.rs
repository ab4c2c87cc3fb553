//! Any text as an accounts file: what was read makes a book, or one is told why not.

#![no_main]

use hopcheck::config::read_accounts;
use hopcheck::topology::{Patience, Plan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match read_accounts("a.toml", text) {
        Ok(file) => {
            let _ = Plan::embedded(Patience::Usual).with_accounts(&file);
        }
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
    }
});
