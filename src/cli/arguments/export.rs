//! The arguments of `export`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::given;

/// The arguments of `export`.
#[derive(Debug, Clone, Args)]
#[command(disable_help_subcommand = true)]
pub struct Export {
    /// What to write.
    #[command(subcommand)]
    pub tool: Tool,
}

/// What can be written.
#[derive(Debug, Clone, Subcommand)]
pub enum Tool {
    /// Writes mapping files of WireMock (Java): a root directory for each service and branch
    Wiremock(ExportWiremock),
    /// Writes what comes with hopcheck: the diagram, the features, the accounts and the report's schema
    BuiltIn(ExportBuiltIn),
}

/// The arguments of `export built-in`.
#[derive(Debug, Clone, Args)]
pub struct ExportBuiltIn {
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Replaces files that are there already
    #[arg(long)]
    pub force: bool,
}

/// The arguments of `export wiremock`.
#[derive(Debug, Clone, Args)]
pub struct ExportWiremock {
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The Mermaid sequence diagram to write down, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub diagram: Option<PathBuf>,
    /// Gives a name in the replies its value: JSON, or else text
    #[arg(long, value_name = "NAME=VALUE", value_parser = given)]
    pub with: Vec<(String, serde_json::Value)>,
    /// Replaces files that are there already and were not written by this command
    #[arg(long)]
    pub force: bool,
}
