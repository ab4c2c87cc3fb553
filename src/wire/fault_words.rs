//! The words of a fault, as users write them: `late=2s`, `status=503`, `never-answers`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::fault::{Fault, Latency};
use crate::config::parse_duration;

/// The header by which a caller chooses faults for one request.
pub const FAULT_HEADER: &str = "x-hopcheck-fault";

/// A fault as it was written, ready to be met.
#[derive(Debug, Clone)]
pub struct FaultWords {
    words: String,
    fault: Fault,
}

/// The words are no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fault: expected {WORDS}")]
pub struct NoFault(String);

/// What can be written, for complaints and help.
const WORDS: &str = "never-answers, breaks-off, resets, resets-midway, cut-short, understates-length, empty, not-json, \
                         wrong-shape, status=503, drips=50ms, late=2s or late=10ms..2s";

impl FaultWords {
    /// Returns the fault.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Reads the words of a fault; uneven waits are drawn with this seed.
    pub fn read(words: &str, seed: u64) -> Result<Self, NoFault> {
        let words = words.trim();
        let fault = fault(words, seed).ok_or_else(|| NoFault(words.to_owned()))?;
        Ok(Self { words: words.to_owned(), fault })
    }
}

impl fmt::Display for FaultWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl FromStr for FaultWords {
    type Err = NoFault;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        Self::read(words, 0)
    }
}

fn fault(words: &str, seed: u64) -> Option<Fault> {
    let (kind, value) = words.split_once('=').map_or((words, None), |(kind, value)| (kind, Some(value)));
    Some(match (kind, value) {
        ("never-answers", None) => Fault::NeverAnswers,
        ("breaks-off", None) => Fault::BreaksOff,
        ("resets", None) => Fault::Resets,
        ("resets-midway", None) => Fault::ResetsMidway,
        ("cut-short", None) => Fault::CutShort,
        ("understates-length", None) => Fault::UnderstatesLength,
        ("empty", None) => Fault::Empty,
        ("not-json", None) => Fault::NotJson,
        ("wrong-shape", None) => Fault::WrongShape,
        ("status", Some(status)) => Fault::Status(status.parse().ok().filter(|status| (200..600).contains(status))?),
        ("drips", Some(pause)) => Fault::Drips(parse_duration(pause)?),
        ("late", Some(wait)) => Fault::Late(latency(wait, seed)?),
        _ => return None,
    })
}

fn latency(wait: &str, seed: u64) -> Option<Latency> {
    let bounded = |text: &str| parse_duration(text).filter(|wait| *wait <= Duration::from_hours(1));
    Some(match wait.split_once("..") {
        Some((least, most)) => Latency::jittered(bounded(least)?, bounded(most)?, seed),
        None => Latency::fixed(bounded(wait)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_is_told_is_a_fault_and_keeps_its_words() {
        for words in WORDS.replace(" or ", ", ").split(", ") {
            assert_eq!(words.parse::<FaultWords>().unwrap().to_string(), words);
        }
    }

    #[test]
    fn anything_else_is_none() {
        for words in
            ["", "late", "late=", "late=1", "late=2h", "status=99", "status=600", "status=1e2", "empty=1", "Empty"]
        {
            let error = words.parse::<FaultWords>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{words}` is no fault: expected never-answers, ")), "{error}");
        }
    }
}
