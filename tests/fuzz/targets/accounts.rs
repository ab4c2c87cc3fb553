//! Any text as an accounts file: what was read makes a book, or one is told why not.

#![no_main]

use hopcheck::topology::read_accounts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match read_accounts("a.toml", text) {
        Ok(file) => {
            let _ = (file.book(), file.token_key());
        }
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
    }
});
