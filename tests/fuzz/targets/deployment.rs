//! Any text as a deployment file: no complaint about it shows what the environment holds.

#![no_main]

use hopcheck::config::Deployment;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "Zq7-canary-wX9";

fuzz_target!(|text: &str| {
    if text.contains(SECRET) {
        return;
    }
    match Deployment::read("d.toml", text, &|_| Some(SECRET.to_owned())) {
        Ok(deployment) => assert!(!format!("{:?}", deployment.accounts).contains(SECRET)),
        Err(complaint) => assert!(!complaint.to_string().contains(SECRET), "{complaint}"),
    }
});
