//! The diagram and the features that a command is given.

use std::path::PathBuf;

use clap::Args;

/// Which diagram and features to use.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// The Mermaid sequence diagram to hold things against, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub diagram: Option<PathBuf>,
    /// The Mermaid sequence diagram of how a customer gets its first token, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub create_diagram: Option<PathBuf>,
    /// A folder whose .feature files replace the built-in ones
    #[arg(long, value_name = "DIR", conflicts_with = "with_features")]
    pub features: Option<PathBuf>,
    /// A folder whose .feature files are added to the built-in ones
    #[arg(long, value_name = "DIR")]
    pub with_features: Option<PathBuf>,
}
