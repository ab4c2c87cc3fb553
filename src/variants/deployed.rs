//! Variants as real participants: each runs on its own, wired to the others and to those that hopcheck plays, and the
//! same scenarios judge them as they judge any deployment.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::HeaderMap;

use super::topology::Topology;
use super::variant::Variant;
use crate::config::deployment::{Declared, Deployment};
use crate::config::{AccountsFile, read_accounts};
use crate::diagnostic::Diagnostic;
use crate::diagram::Diagram;
use crate::protocol::Participant;
use crate::report::{Outcome, ScenarioResult};
use crate::scenarios::{Kept, Options, Run, Scenario, Settlement, Suite, play};
use crate::topology::{Minted, Patience, Plan, Recording, StartError, Supply, System, Unmet};
use crate::transcript::Redactor;
use crate::verdict::stray_findings;
use crate::wire::{Identity, Reserved};

const ACCOUNTS: &str = include_str!("../../fixtures/variants/accounts.toml");
const STATED: &str = include_str!("../../fixtures/variants/deployment.toml");
const CERTIFICATE: &[u8] = include_bytes!("../../fixtures/variants/certificate.pem");
const KEY: &[u8] = include_bytes!("../../fixtures/variants/key.pem");
/// How often other addresses are taken where one was taken by somebody else.
const MOST_ATTEMPTS: usize = 10;
/// How many scenarios are played at once.
const SCENARIOS_AT_ONCE: usize = 32;

/// What was found wrong with participants that are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The address of the scenario; none where it was a call that belongs to no scenario.
    pub scenario: Option<String>,
    /// What it says.
    pub says: String,
}

/// Why a variant cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum NoVariant {
    /// A participant cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file that comes with hopcheck cannot be read.
    #[error(transparent)]
    File(#[from] Diagnostic),
    /// No free address is to be had.
    #[error("failed to find a free address: {0}")]
    Address(#[from] io::Error),
    /// Something that was to be given to the variants cannot be.
    #[error("failed to prepare the variants: {0}")]
    Prepare(String),
}

impl From<Unmet> for NoVariant {
    fn from(unmet: Unmet) -> Self {
        Self::Prepare(unmet.to_string())
    }
}

/// Plays the whole suite against a variant in a topology, and returns how many scenarios passed, and every alarm.
///
/// # Errors
///
/// Returns why it could not be played.
pub async fn try_variant(
    variant: &Variant,
    topology: &Topology,
    diagram: &Arc<Diagram>,
    suite: &Suite,
) -> Result<(usize, Vec<Alarm>), NoVariant> {
    let (_real, system) = start(variant, topology).await?;
    let contract = system.contract();
    let redactor = Arc::new(Redactor::new(rand::random()));
    let run = Arc::new(Run::new(Arc::clone(diagram), system, contract, Arc::clone(&redactor)));
    let results = Arc::new(Mutex::new(Vec::<ScenarioResult>::new()));
    let gathered = Arc::clone(&results);
    let selected: Vec<&Scenario> = suite.scenarios().iter().collect();
    let jobs = SCENARIOS_AT_ONCE.min(run.system.concurrency());
    let options = Options { jobs, strict: false, fail_fast: false, trouble_apart: false, kept: Kept::Failures };
    play(Arc::clone(&run), suite, &selected, options, move |result| {
        gathered.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    })
    .await;
    let strays = stray_findings(diagram, &run.system.take_strays(), run.under_test(), &redactor);
    run.system.stop();
    let results = std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner));
    let mut settlement = Settlement::of(selected.iter().map(|scenario| scenario.address.clone()));
    let mut results: Vec<ScenarioResult> = results.into_iter().flat_map(|result| settlement.add(result)).collect();
    results.extend(settlement.rest());
    let mut alarms: Vec<Alarm> = results.iter().flat_map(alarms_of).collect();
    let must = strays.iter().filter(|finding| finding.severity().fails(false));
    alarms.extend(must.map(|finding| Alarm { scenario: None, says: finding.to_string() }));
    Ok((results.iter().filter(|result| result.outcome == Outcome::Passed).count(), alarms))
}

/// Starts the real participants, and those of hopcheck around them. An address that somebody else took meanwhile is given up.
async fn start(variant: &Variant, topology: &Topology) -> Result<(Stand, System), NoVariant> {
    let mut attempts = 0..MOST_ATTEMPTS;
    loop {
        let mut stand = Stand::of(variant, topology).await?;
        let environment = |name: &str| (name == "EXPIRED").then(|| stand.expired.clone());
        let deployment = Deployment::read("deployment.toml", &stand.file, &environment)?;
        stand.reserved.clear();
        match System::start(Plan { deployment, ..Plan::embedded(Patience::Usual) }).await {
            Ok(system) => return Ok((stand, system)),
            Err(StartError::Bind { .. }) if attempts.next().is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns what keeps a run from conforming: findings, and scenarios that could not be judged.
fn alarms_of(result: &ScenarioResult) -> Vec<Alarm> {
    let must = result.findings.iter().filter(|finding| finding.severity().fails(false));
    let mut says: Vec<String> = must.map(ToString::to_string).collect();
    if matches!(result.outcome, Outcome::Error | Outcome::NotRun) {
        says.extend(result.reason.clone());
    }
    says.into_iter().map(|says| Alarm { scenario: Some(result.address.clone()), says }).collect()
}

/// The real participants of a topology, running, and the deployment file that describes them.
struct Stand {
    file: String,
    expired: String,
    /// The addresses at which hopcheck is to listen.
    reserved: Vec<Reserved>,
    _running: Vec<System>,
}

impl Stand {
    /// Starts the real participants from the innermost outwards.
    async fn of(variant: &Variant, topology: &Topology) -> Result<Self, NoVariant> {
        let accounts = read_accounts("accounts.toml", ACCOUNTS)?;
        let identity = if variant.speaks_tls {
            let unusable = |(_, fault)| NoVariant::Prepare(format!("its certificate: {fault}"));
            Some(Identity::read(CERTIFICATE, KEY).map_err(unusable)?)
        } else {
            None
        };
        let mut plan = plan_of(&accounts)?;
        plan.recording = Recording::Nothing;
        plan.shares_token_key = true;
        plan.interference = Some(variant.interference());
        plan.identity = identity;
        let (mut running, mut reserved, mut file) = (Vec::new(), Vec::new(), String::new());
        // Where the caller of a participant finds it: itself, its tap, or the address that ours has to listen at.
        let mut found_at: Option<String> = None;
        for participant in Participant::SERVICES.into_iter().rev() {
            let is_called_by_real = participant.called_on().is_some_and(|hop| topology.real.contains(&hop.caller()));
            let _ = writeln!(file, "[participants.{}]", participant.key());
            if topology.real.contains(&participant) {
                plan.deployment = alone(participant, found_at.as_deref());
                let system = System::start(plan.clone()).await?;
                let url = system.address(participant).unwrap_or_default().to_owned();
                running.push(system);
                let _ = writeln!(file, "url = \"{url}\"");
                found_at = Some(url);
                if topology.is_tapped && is_called_by_real {
                    let tap = Reserved::on_loopback()?;
                    let _ = writeln!(file, "tap = \"{}\"", tap.address()?);
                    found_at = Some(format!("http://{}", tap.address()?));
                    reserved.push(tap);
                }
            } else if is_called_by_real {
                let listen = Reserved::on_loopback()?;
                let _ = writeln!(file, "listen = \"{}\"", listen.address()?);
                found_at = Some(format!("http://{}", listen.address()?));
                reserved.push(listen);
            }
        }
        Ok(Self { file: file + STATED, expired: expired_token(&accounts).await?, reserved, _running: running })
    }
}

fn plan_of(accounts: &AccountsFile) -> Result<Plan, NoVariant> {
    let plan = Plan::embedded(Patience::Usual).with_accounts(accounts);
    Ok(Plan { supply: Supply::Stated, ..plan.map_err(|error| NoVariant::Prepare(error.to_string()))? })
}

/// Returns the deployment in which one participant is played, and calls its neighbour at this URL.
fn alone(participant: Participant, neighbour: Option<&str>) -> Deployment {
    let mut deployment = Deployment::embedded();
    deployment.tls.insecure = true;
    for other in Participant::SERVICES.into_iter().filter(|other| *other != participant) {
        deployment.participants.insert(other, Declared::Behind);
    }
    let url = neighbour.and_then(|url| reqwest::Url::parse(url).ok());
    if let (Some(hop), Some(url)) = (participant.calls_on(), url) {
        deployment.participants.insert(hop.callee(), Declared::Reachable { url, tap: None });
    }
    deployment
}

async fn expired_token(accounts: &AccountsFile) -> Result<String, NoVariant> {
    let minting = System::start(plan_of(accounts)?).await?;
    let account = accounts.accounts.first().map(|account| account.account_sid.clone());
    let account = account.ok_or_else(|| NoVariant::Prepare("there is no account".to_owned()))?;
    let minted = minting.mint(&account, Minted::Expired, &HeaderMap::new(), None)?;
    Ok(minted.generated.token.expose().to_owned())
}
