//! The arguments of `mutants` and of `variants`: what measures the suite itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::sources::Sources;

/// The arguments of `mutants`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit codes: 0 every mutant that can be told from the reference was killed, 1 some survive, \
                        2 usage or configuration, 3 could not judge or incomplete, 4 nothing ran")]
pub struct Mutants {
    /// Mutants to try: an arrow such as 11, an operator such as `null`, or a name such as '11/null:identity'; all by default
    #[arg(long, value_name = "OPERATOR|ARROW|NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// From where they are looked at
    #[arg(long, value_enum, default_value_t = SeenFrom::Full)]
    pub view: SeenFrom,
    /// How many to try at once; as many as there are cores by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// Prints every mutant with what it does and what became of it
    #[arg(long)]
    pub all: bool,
    /// Writes every mutant and what became of it as JSON, such as json=mutants.json
    #[arg(long, value_name = "json=PATH", value_parser = json_file)]
    pub report: Option<PathBuf>,
    /// The diagram and the features.
    #[command(flatten)]
    pub sources: Sources,
}

/// From where mutants are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeenFrom {
    /// Every hop is recorded
    Full,
    /// Only the edge is, as with `verify --url`
    Edge,
}

fn json_file(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("json=") {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => Err("expected json=PATH".to_owned()),
    }
}

/// The arguments of `variants`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit codes: 0 no false alarm, 1 false alarms, 2 usage or configuration, 3 could not judge")]
pub struct Variants {
    /// Variants to try, such as `opaque-tokens`; all by default
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// How many runs to make at once; six for each core by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// The diagram and the features.
    #[command(flatten)]
    pub sources: Sources,
}
