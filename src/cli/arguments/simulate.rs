//! The arguments of `simulate`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{Listen, Upstream, address};
use crate::protocol::Participant;

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
    /// The Mermaid sequence diagram of how a customer gets its first token, whose routes are followed
    #[arg(long, value_name = "FILE")]
    pub create_diagram: Option<PathBuf>,
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
