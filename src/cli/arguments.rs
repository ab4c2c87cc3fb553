//! The arguments as typed. What they mean is worked out by the command that gets them.

mod export;
mod mutants;
mod probe;
mod simulate;
mod sources;
mod values;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use export::{Export, ExportBuiltIn, ExportWiremock, Tool};
pub(super) use mutants::{Mutants, SeenFrom, Variants};
pub(super) use probe::Probe;
pub(super) use simulate::{LogFormat, Simulate};
pub(super) use sources::Sources;
pub(super) use values::{Listen, ReportFile, ReportFormat, Upstream};
pub(super) use verify::Verify;

/// Says, arrow by arrow of the sequence diagram, whether a webchat token-refresh deployment does what is drawn.
#[derive(Debug, Parser)]
#[command(name = "hopcheck", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to colour what is printed: auto, always or never
    #[arg(long, value_name = "WHEN", value_enum, global = true, default_value_t = Color::Auto, hide_possible_values = true)]
    pub color: Color,
}

/// When to colour what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where it goes to a terminal and `NO_COLOR` is unset
    Auto,
    /// Wherever it goes
    Always,
    /// Nowhere
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plays the scenarios and judges every arrow of the diagram
    Verify(Box<Verify>),
    /// Tries wrong participants, and says which of them the scenarios find out
    Mutants(Mutants),
    /// Tries participants that are right and differ from the reference, and says whether the scenarios find fault
    Variants(Variants),
    /// Tries properties that have to hold whatever is sent, on generated requests and sequences of refreshes
    Probe(Box<Probe>),
    /// Checks that the features and the diagram fit together, without running anything
    Lint(Lint),
    /// Prints the scenarios, steps, arrows or topologies that there are
    List(List),
    /// Runs the four reference services, or some of them, until stopped
    Simulate(Box<Simulate>),
    /// Writes a deployment file that explains every key
    Init(Init),
    /// Writes what comes with hopcheck, or stand-ins for other tools, as files
    Export(Export),
}

/// The arguments of `lint`.
#[derive(Debug, Clone, Args)]
pub struct Lint {
    /// The diagram and the features.
    #[command(flatten)]
    pub sources: Sources,
}

/// The arguments of `list`.
#[derive(Debug, Clone, Args)]
pub struct List {
    /// What to print
    #[arg(value_enum)]
    pub what: Listed,
    /// The diagram and the features.
    #[command(flatten)]
    pub sources: Sources,
}

/// What `list` can print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Every scenario with its address
    Scenarios,
    /// Every step that scenarios can be written with
    Steps,
    /// Every arrow of the diagram
    Arrows,
    /// Every combination of real and simulated services, and what can be seen of it
    Topologies,
}

/// The arguments of `init`.
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// The file to write
    #[arg(value_name = "FILE", default_value = "deployment.toml")]
    pub file: PathBuf,
    /// Replaces the file if it is there already
    #[arg(long)]
    pub force: bool,
}
