//! The arguments of `probe`, as typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{ReportFile, duration};
use crate::probes::CaseId;

/// The arguments of `probe`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is broken, 1 a property is broken, 2 usage or configuration, 3 could not judge \
                        or incomplete, 4 no case was played"
)]
pub struct Probe {
    /// The edge of a real deployment, all of whose services are real
    #[arg(long, value_name = "URL", conflicts_with = "deployment")]
    pub url: Option<String>,
    /// With --url: the deployment key of an account whose feature is on; better given as `HOPCHECK_KEY_ON`
    #[arg(long, value_name = "KEY", requires = "url")]
    pub key_on: Option<String>,
    /// With --url: the deployment key of an account whose feature is off; better given as `HOPCHECK_KEY_OFF`
    #[arg(long, value_name = "KEY", requires = "url")]
    pub key_off: Option<String>,
    /// A file that describes the deployment; `hopcheck init` writes one
    #[arg(long, value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    /// The Mermaid sequence diagram to make requests of, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub diagram: Option<PathBuf>,
    /// The Mermaid sequence diagram of how a customer gets its first token, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub create_diagram: Option<PathBuf>,
    /// How many cases to play [default: 1000, or 100 where anything is real]
    #[arg(long, value_name = "N")]
    pub cases: Option<u32>,
    /// What the cases follow from: the same seed makes the same cases [default: a random one, which is printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How long new cases are begun, such as 5m
    #[arg(long, value_name = "D", value_parser = duration)]
    pub time: Option<Duration>,
    /// Plays one case again, by the id that a run printed, such as s45775-c1203
    #[arg(long, value_name = "ID", conflicts_with_all = ["cases", "seed"])]
    pub replay: Option<CaseId>,
    /// Fails on should-properties too
    #[arg(long)]
    pub strict: bool,
    /// How long a request may take, to the last byte of its reply, such as 10s or 500ms
    #[arg(long, value_name = "D", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Writes a report, such as json=probe.json; it is there even when the run breaks off
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<ReportFile>,
}
