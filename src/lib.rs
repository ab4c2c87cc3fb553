//! hopcheck.

pub mod cli;
pub mod diagnostic;
pub mod diagram;
pub mod participants;
pub mod protocol;
pub mod report;
pub mod scenarios;
pub mod topology;
pub mod transcript;
pub mod verdict;
