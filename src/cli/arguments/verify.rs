//! The arguments of `verify`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::sources::Sources;
use super::values::{ReportFile, duration, waiver};

/// The arguments of `verify`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit codes: 0 conforms, 1 deviates, 2 usage or configuration, 3 could not judge or incomplete, \
                        4 nothing ran"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag as typed")]
pub struct Verify {
    /// Scenarios to play, by address or the beginning of one, such as `invalid-token`; all by default
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// The edge of a real deployment, all of whose services are real
    #[arg(long, value_name = "URL", conflicts_with = "deployment")]
    pub url: Option<String>,
    /// With --url: the deployment key of an account whose feature is on; better given as `HOPCHECK_KEY_ON`
    #[arg(long, value_name = "KEY", requires = "url")]
    pub key_on: Option<String>,
    /// With --url: the deployment key of an account whose feature is off; better given as `HOPCHECK_KEY_OFF`
    #[arg(long, value_name = "KEY", requires = "url")]
    pub key_off: Option<String>,
    /// With --url: the origin of the pages that call
    #[arg(long, value_name = "ORIGIN", requires = "url")]
    pub origin: Option<String>,
    /// A file that describes the deployment; `hopcheck init` writes one
    #[arg(long, value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    /// The accounts of the Orchestrator where hopcheck plays it, because a real neighbour has to know them; without it,
    /// each scenario makes up its own
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub accounts: Option<PathBuf>,
    /// Calls the deployment through the proxies that `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name, save for hosts in `NO_PROXY`
    #[arg(long)]
    pub proxy_from_environment: bool,
    /// The diagram and the features.
    #[command(flatten)]
    pub sources: Sources,
    /// Plays only scenarios with these tags, such as 'not @beyond-the-diagram'
    #[arg(long, value_name = "EXPR")]
    pub tags: Option<String>,
    /// Says who plays whom, who calls what address and what can be seen, and runs nothing
    #[arg(long)]
    pub explain: bool,
    /// Fails on should-findings too
    #[arg(long)]
    pub strict: bool,
    /// Accepts that a scenario cannot be run here, for a reason
    #[arg(long, value_name = "ADDRESS=REASON", value_parser = waiver)]
    pub waive: Vec<(String, String)>,
    /// How many scenarios to play at once, whatever the deployment file says of `concurrency`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How long a request may take, to the last byte of its reply, such as 10s or 500ms; a reply that takes longer deviates
    #[arg(long, value_name = "D", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How long to wait for the deployment to answer before the first scenario, such as 1m; 5s by default
    #[arg(long, value_name = "D", value_parser = duration)]
    pub ready_within: Option<Duration>,
    /// How long the whole run may take, such as 5m; what has not ended by then is not judged
    #[arg(long, value_name = "D", value_parser = duration)]
    pub max_time: Option<Duration>,
    /// A file of known deviations, each with its reason: the run fails for others only, and for entries that are stale
    #[arg(long, value_name = "FILE", conflicts_with = "fail_fast")]
    pub baseline: Option<PathBuf>,
    /// Writes a file for --baseline of what deviates; entries that are in it keep their reason and day of expiry
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Begins no more scenarios after one deviated
    #[arg(long)]
    pub fail_fast: bool,
    /// Prints every scenario, what crossed in it, and why others were left out
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Prints the verdict alone
    #[arg(long, short)]
    pub quiet: bool,
    /// Writes a report, such as junit=out.xml or json=out.json; `-` is standard output, with nothing else on it
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<ReportFile>,
}

impl Verify {
    /// Returns the files that a run reads, and the baseline that it writes, each with the flag that names it.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let Self { deployment, accounts, baseline, write_baseline, sources, .. } = self;
        [
            ("--deployment", deployment),
            ("--accounts", accounts),
            ("--diagram", &sources.diagram),
            ("--create-diagram", &sources.create_diagram),
            ("--features", &sources.features),
            ("--with-features", &sources.with_features),
            ("--baseline", baseline),
            ("--write-baseline", write_baseline),
        ]
        .into_iter()
        .filter_map(|(flag, path)| Some((flag, path.as_deref()?)))
    }
}
