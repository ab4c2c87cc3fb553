//! `hopcheck simulate`: runs the reference services, or some of them, with an admin API and a live page, until stopped.

mod logging;
mod reload;
mod startup_text;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs::{self, OpenOptions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use self::reload::Followed;
use self::startup_text::{Welcome, welcome};
use super::arguments::{Listen, Simulate, Upstream};
use super::ends::stopped;
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::{complain, print};
use crate::config::AccountsFile;
use crate::config::deployment::{Declared, Deployment};
use crate::participants::RefusalCodes;
use crate::protocol::{Code, Hop, Participant};
use crate::scenarios::drawn_routes;
use crate::simulator::{AdminToken, Bounds, JournalFile, Settings, Simulator};
use crate::topology::{Patience, Plan, StartError, System};
use crate::wire::ClientError;

/// Where the admin API listens, unless told otherwise.
const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7005);

/// A shorter token for the admin API is refused.
const SHORTEST_TOKEN: usize = 12;

pub(super) async fn simulate(arguments: &Simulate) -> Result<Exit, Failure> {
    logging::start(arguments.log_format)?;
    // Before it is read for the first time, so that no change after that is missed.
    let followed = Followed::from_now_on(arguments.accounts.as_deref());
    let file = inputs::accounts(arguments.accounts.as_deref())?;
    let deployment = deployment(arguments)?;
    let plan = Plan {
        codes: codes(arguments)?,
        identity: inputs::identity(arguments)?,
        deployment,
        routes: drawn_routes(
            &inputs::diagram(arguments.diagram.as_deref())?,
            &inputs::creation(arguments.create_diagram.as_deref())?,
        ),
        ..Plan::embedded(Patience::Usual)
    };
    let plan = plan.with_accounts(&file).map_err(|error| Failure::usage(error.to_string()))?;
    let simulator = Simulator::start(plan, settings(arguments, &file)?).await.map_err(|error| not_started(&error))?;
    let given = given_token()?;
    let made = given.is_none().then(|| made_token(arguments.admin_address())).flatten();
    let token = given.as_deref().or(made.as_deref());
    let admin = serve_admin(&simulator, arguments.admin_address(), token).await?;
    let scheme = if arguments.tls_certificate.is_some() { "https" } else { "http" };
    let admin = format!("{scheme}://{admin}");

    let announce = || {
        print(&welcome(&Welcome {
            system: simulator.system(),
            accounts: &file.accounts,
            admin: &admin,
            token: made.as_deref(),
            is_token_given: given.is_some(),
        }));
        arguments.ready_file.as_ref().map_or(Ok(()), |path| write_ready_file(path, simulator.system(), &admin))
    };
    let signal = tokio::select! {
        // Signals are caught before anything is announced: whoever reads that may stop it at once.
        biased;
        signal = stopped() => signal,
        ended = async { announce()?; Ok::<Infallible, Failure>(followed.by(&simulator).await) } => {
            let Err(failure) = ended;
            return Err(failure);
        }
    };
    simulator.stop().await;
    if let (Some(path), missing @ 1..) = (&arguments.journal, simulator.unwritten()) {
        complain(&format!("failed to write {missing} refreshes to the journal {}", path.display()));
    }
    print(&format!("{signal}: stopped\n"));
    Ok(Exit::Conforms)
}

impl Simulate {
    fn admin_address(&self) -> SocketAddr {
        self.admin.unwrap_or(SocketAddr::new(ADMIN.ip(), if self.any_port { 0 } else { ADMIN.port() }))
    }

    fn plays(&self, service: Participant) -> bool {
        let is_elsewhere = |Upstream { caller, .. }: &Upstream| caller.calls_on().map(Hop::callee) == Some(service);
        (self.only.is_empty() || self.only.contains(&service))
            && !self.except.contains(&service)
            && !self.upstream.iter().any(is_elsewhere)
    }

    fn check_plays(&self, service: Participant, flag: &str) -> Result<(), Failure> {
        if self.plays(service) {
            return Ok(());
        }
        Err(Failure::usage(format!("{flag} {}=… is for a service that is not played", service.key())))
    }
}

fn deployment(arguments: &Simulate) -> Result<Deployment, Failure> {
    let mut deployment = Deployment::embedded();
    deployment.tls.ca.clone_from(&arguments.upstream_ca);
    once("--upstream", arguments.upstream.iter().map(|upstream| upstream.caller))?;
    once("--listen", arguments.listen.iter().map(|listen| listen.participant))?;
    for (service, port) in Participant::SERVICES.into_iter().zip(7001..) {
        let port = if arguments.any_port { 0 } else { port };
        let listen = Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        let declared = if arguments.plays(service) { Declared::Ours { listen } } else { Declared::Behind };
        deployment.participants.insert(service, declared);
    }
    for Upstream { caller, url } in &arguments.upstream {
        arguments.check_plays(*caller, "--upstream")?;
        if let Some(hop) = caller.calls_on() {
            deployment.participants.insert(hop.callee(), Declared::Reachable { url: url.clone(), tap: None });
        }
    }
    for Listen { participant, address } in &arguments.listen {
        arguments.check_plays(*participant, "--listen")?;
        deployment.participants.insert(*participant, Declared::Ours { listen: Some(*address) });
    }
    if !deployment.participants.values().any(|declared| matches!(declared, Declared::Ours { .. })) {
        return Err(Failure::usage("no service is left to be played\nhint: --only and --except name services"));
    }
    Ok(deployment)
}

/// Refuses a flag that is given twice for the same service: which of the two is meant is not known.
fn once(flag: &str, services: impl Iterator<Item = Participant>) -> Result<(), Failure> {
    let mut named = BTreeSet::new();
    match services.into_iter().find(|service| !named.insert(*service)) {
        Some(twice) => Err(Failure::usage(format!("{flag} {}=… is given twice", twice.key()))),
        None => Ok(()),
    }
}

fn settings(arguments: &Simulate, file: &AccountsFile) -> Result<Settings, Failure> {
    let usual = Bounds::default();
    Ok(Settings {
        diagram: Arc::new(inputs::diagram(arguments.diagram.as_deref())?),
        bounds: Bounds {
            count: arguments.keep.unwrap_or(usual.count),
            bytes: arguments.keep_mib.map_or(usual.bytes, |mebibytes| usize::from(mebibytes) << 20),
        },
        journal_file: arguments.journal.as_deref().map(journal_file).transpose()?,
        heeds_fault_headers: !arguments.no_header_faults,
        seed: arguments.seed,
        accounts: file.accounts.clone(),
    })
}

/// Opens the journal's file to add to it: what an earlier run wrote is kept.
fn journal_file(path: &Path) -> Result<JournalFile, Failure> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let file =
        opened.map_err(|error| Failure::usage(format!("failed to open the journal {}: {error}", path.display())))?;
    Ok(JournalFile::to(file))
}

fn codes(arguments: &Simulate) -> Result<RefusalCodes, Failure> {
    let reference = RefusalCodes::default();
    let codes = RefusalCodes {
        invalid_token: arguments.invalid_token_code.map_or(reference.invalid_token, Code),
        fingerprint_invalid: arguments.fingerprint_invalid_code.map_or(reference.fingerprint_invalid, Code),
    };
    if codes.invalid_token == codes.fingerprint_invalid {
        return Err(Failure::usage(
            "an invalid fingerprint cannot have the code of an invalid token\n\
             hint: give --invalid-token-code and --fingerprint-invalid-code different ones",
        ));
    }
    Ok(codes)
}

fn not_started(error: &StartError) -> Failure {
    Failure::usage(match error {
        StartError::Bind { participant, .. } => {
            let key = participant.key();
            format!(
                "{error}\nhint: --listen {key}=IP:PORT chooses another address, --any-port any free one for every service"
            )
        }
        StartError::NowhereToCall { caller, callee } => {
            let key = caller.key();
            format!("{caller} has to call {callee}, which is not played\nhint: --upstream {key}=URL says where it is")
        }
        StartError::Client(ClientError::Unreadable { path, error, .. }) => {
            format!("failed to read {}, which --upstream-ca names: {error}", path.display())
        }
        StartError::Client(ClientError::Unusable { path, fault, .. }) => {
            format!("failed to use {}, which --upstream-ca names: {fault}", path.display())
        }
        StartError::Client(ClientError::NothingTrusted(reason)) => format!(
            "failed to find certificates that this machine trusts, without which https cannot be trusted: {reason}\n\
             hint: --upstream-ca FILE names those to trust"
        ),
        StartError::Client(ClientError::Other(_)) | StartError::Identity(_) => error.to_string(),
    })
}

/// Returns the token that the environment gives for the admin API. Whoever gave it knows it, so it is not printed.
fn given_token() -> Result<Option<String>, Failure> {
    let given = std::env::var("HOPCHECK_ADMIN_TOKEN").ok().filter(|token| !token.trim().is_empty());
    match &given {
        Some(token) if token.trim().chars().count() < SHORTEST_TOKEN => Err(Failure::usage(format!(
            "HOPCHECK_ADMIN_TOKEN has fewer than {SHORTEST_TOKEN} characters, which is soon guessed\n\
             hint: `openssl rand -hex 16` makes one"
        ))),
        Some(_) | None => Ok(given),
    }
}

/// Makes a token for an admin API that can be reached from elsewhere.
fn made_token(address: SocketAddr) -> Option<String> {
    AdminToken::is_needed_at(address).then(|| format!("{:032x}", rand::random::<u128>()))
}

async fn serve_admin(simulator: &Simulator, address: SocketAddr, token: Option<&str>) -> Result<SocketAddr, Failure> {
    simulator.serve_admin(address, token.map(AdminToken::new)).await.map_err(|error| {
        Failure::usage(format!(
            "failed to listen on {address} for the admin API: {error}\n\
             hint: --admin IP:PORT chooses another address, --any-port any free one for everything"
        ))
    })
}

fn write_ready_file(path: &Path, system: &System, admin: &str) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("failed to write the ready file {}: {error}", path.display()))
    };
    let played = Participant::SERVICES.into_iter().filter(|service| system.plays(*service));
    let mut addresses: BTreeMap<&str, &str> =
        played.filter_map(|service| Some((service.key(), system.address(service)?))).collect();
    addresses.insert("admin", admin);
    let text = serde_json::to_string_pretty(&addresses).map_err(|error| failed(&error))?;
    // Whoever waits for the file must never see half of it.
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path)).map_err(|error| failed(&error))
}
