//! The arguments as typed. What they mean is worked out by the command that gets them.

pub(super) mod mutants;
mod probe;
mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use mutants::{Mutants, Variants};
pub(super) use probe::Probe;
pub(super) use verify::Verify;

use crate::protocol::Participant;

/// Says, arrow by arrow of the sequence diagram, whether a webchat token-refresh deployment does what is drawn.
#[derive(Debug, Parser)]
#[command(name = "hopcheck", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
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

/// Which diagram and features to use.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// The Mermaid sequence diagram to hold things against, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub diagram: Option<PathBuf>,
    /// A folder whose .feature files replace the built-in ones
    #[arg(long, value_name = "DIR", conflicts_with = "with_features")]
    pub features: Option<PathBuf>,
    /// A folder whose .feature files are added to the built-in ones
    #[arg(long, value_name = "DIR")]
    pub with_features: Option<PathBuf>,
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

/// The arguments of `simulate`.
#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// Plays only these services, such as federated-auth,scoped-auth
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub only: Vec<Participant>,
    /// Plays all services but these
    #[arg(long, value_name = "SERVICE", value_delimiter = ',', conflicts_with = "only")]
    pub except: Vec<Participant>,
    /// Where a service that is played calls one that is not, such as starship=http://127.0.0.1:8080
    #[arg(long, value_name = "SERVICE=URL")]
    pub upstream: Vec<Upstream>,
    /// The certificates in PEM to trust in those calls, such as a private CA's, instead of those the machine trusts
    #[arg(long, value_name = "FILE", requires = "upstream")]
    pub upstream_ca: Option<PathBuf>,
    /// The accounts, instead of the built-in ones; read again whenever the file changes
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Where a service listens, instead of 127.0.0.1 and port 7001 (Starship) to 7004 (ScopedAuth); port 0 is any free one
    #[arg(long, value_name = "SERVICE=ADDR")]
    pub listen: Vec<Listen>,
    /// Where the admin API and the live page listen, instead of 127.0.0.1:7005; elsewhere than on loopback they need the
    /// token that is printed, and anywhere the one that `HOPCHECK_ADMIN_TOKEN` gives
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub admin: Option<SocketAddr>,
    /// Takes any free port for whatever is not told where to listen
    #[arg(long)]
    pub any_port: bool,
    /// A certificate in PEM with its chain, with which every address speaks https, and only https
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// The private key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Writes the addresses as JSON once all services answer
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// The Mermaid sequence diagram to show and to hold refreshes against, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub diagram: Option<PathBuf>,
    /// What chance is drawn from in faults that have no seed of their own
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Ignores the header x-hopcheck-fault, by which a caller chooses a fault for its request
    #[arg(long)]
    pub no_header_faults: bool,
    /// How many refreshes are remembered [default: 10000]
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// How much memory the remembered refreshes take, in MiB [default: 64]
    #[arg(long, value_name = "N")]
    pub keep_mib: Option<u16>,
    /// Adds every refresh to this file, a line of JSON each, without secrets
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Refuses invalid tokens with this code instead of 45775
    #[arg(long, value_name = "CODE")]
    pub invalid_token_code: Option<u32>,
    /// Refuses invalid fingerprints with this code instead of 45779
    #[arg(long, value_name = "CODE")]
    pub fingerprint_invalid_code: Option<u32>,
    /// How the lines of the log look that `RUST_LOG` asks for, such as `RUST_LOG=hopcheck=info`
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// How the lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// For machines
    Json,
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

/// A report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// In which format.
    pub format: ReportFormat,
    /// Where to.
    pub path: PathBuf,
}

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// XML that CI services read.
    JUnit,
    /// JSON with a version and a schema.
    Json,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected junit=PATH or json=PATH";
        let (format, path) = text.split_once('=').ok_or(expected)?;
        let format = match format {
            "junit" => ReportFormat::JUnit,
            "json" => ReportFormat::Json,
            _ => return Err(expected.to_owned()),
        };
        if path.is_empty() { Err(expected.to_owned()) } else { Ok(Self { format, path: path.into() }) }
    }
}

/// Where a service is to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Which service.
    pub participant: Participant,
    /// Where.
    pub address: SocketAddr,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected SERVICE=IP:PORT, such as starship=127.0.0.1:7001";
        let (participant, address) = text.split_once('=').ok_or(expected)?;
        Ok(Self {
            participant: participant.parse().map_err(|error| format!("{error}"))?,
            address: address.parse().map_err(|_invalid| expected.to_owned())?,
        })
    }
}

/// Where a service is to send its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The service that calls.
    pub caller: Participant,
    /// The base URL of the one it calls.
    pub url: reqwest::Url,
}

impl FromStr for Upstream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected SERVICE=URL, such as starship=http://127.0.0.1:8080";
        let (caller, url) = text.split_once('=').ok_or(expected)?;
        let caller: Participant = caller.parse().map_err(|error| format!("{error}"))?;
        if caller.calls_on().is_none() {
            return Err(format!("{caller} calls nobody"));
        }
        let url = reqwest::Url::parse(url).map_err(|error| format!("{error}: {expected}"))?;
        let says_more =
            !url.username().is_empty() || url.password().is_some() || url.query().or(url.fragment()).is_some();
        match url.scheme() {
            "http" | "https" if says_more => Err("expected a URL without credentials, query and fragment".to_owned()),
            "http" | "https" => Ok(Self { caller, url }),
            _ => Err(expected.to_owned()),
        }
    }
}

fn given(text: &str) -> Result<(String, serde_json::Value), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
        }
        _ => Err("expected NAME=VALUE, such as 'grants_array=[\"chat\"]'".to_owned()),
    }
}

fn waiver(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((address, reason)) if !address.is_empty() && !reason.trim().is_empty() => {
            Ok((address.to_owned(), reason.to_owned()))
        }
        _ => Err("expected ADDRESS=REASON, such as 'invalid-token/kinds:1=no expired token can be had'".to_owned()),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_invalid| "expected IP:PORT, such as 127.0.0.1:7005".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    crate::config::parse_duration(text).ok_or_else(|| "expected a duration such as 10s, 500ms or 1m".to_owned())
}
