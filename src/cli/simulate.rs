//! `hopcheck simulate`: runs the four reference services until stopped.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use super::arguments::{Listen, Simulate, Upstream};
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::print;
use super::verify::stopped;
use crate::participants::{AccountBook, TokenKey};
use crate::protocol::{Account, CREATE_TOKEN, Participant, REFRESH_TOKEN};
use crate::topology::deployment::{Declared, Deployment};
use crate::topology::{Patience, Plan, StartError, System};

pub(super) async fn simulate(arguments: &Simulate) -> Result<Exit, Failure> {
    let file = inputs::accounts(arguments.accounts.as_deref())?;
    let accounts = AccountBook::new();
    for account in &file.accounts {
        accounts.add(account.clone()).map_err(|error| Failure::usage(error.to_string()))?;
    }
    let mut deployment = Deployment::embedded();
    for participant in Participant::SERVICES {
        if !arguments.only.is_empty() && !arguments.only.contains(&participant) {
            deployment.participants.insert(participant, Declared::Behind);
        }
    }
    for Upstream { caller, url } in &arguments.upstream {
        if let Some(hop) = caller.calls_on() {
            deployment.participants.insert(hop.callee(), Declared::Reachable { url: url.clone(), tap: None });
        }
    }
    for Listen { participant, address } in &arguments.listen {
        deployment.participants.insert(*participant, Declared::Ours { listen: Some(*address) });
    }
    let plan = Plan {
        deployment,
        accounts,
        identity: inputs::identity(arguments)?,
        token_key: file.signing_key.map_or_else(TokenKey::generate, |key| TokenKey::from_secret(key.expose())),
        ..Plan::embedded(Patience::Usual)
    };
    let system = System::start(plan).await.map_err(|error| {
        Failure::usage(match &error {
            StartError::Bind { .. } => format!("{error}\nhint: --listen SERVICE=IP:PORT chooses another address"),
            StartError::NowhereToCall { caller, callee } => {
                let key = caller.key();
                format!(
                    "{caller} has to call {callee}, which is not played\nhint: --upstream {key}=URL says where it is"
                )
            }
            StartError::Client(_) | StartError::Identity(_) => error.to_string(),
        })
    })?;
    let addresses: BTreeMap<&str, &str> = Participant::SERVICES
        .into_iter()
        .filter(|participant| system.plays(*participant))
        .filter_map(|participant| Some((participant.key(), system.address(participant)?)))
        .collect();
    print(&welcome(&system, &file.accounts));
    if let Some(path) = &arguments.ready_file {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("failed to write the ready file {}: {error}", path.display()))
        };
        let text = serde_json::to_string_pretty(&addresses).map_err(|error| failed(&error))?;
        // Whoever waits for the file must never see half of it.
        let unfinished = path.with_extension("unfinished");
        fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path)).map_err(|error| failed(&error))?;
    }
    let signal = stopped().await;
    system.stop();
    // Calls under way get their answer.
    tokio::time::sleep(Duration::from_millis(50)).await;
    print(&format!("{signal}: stopped\n"));
    Ok(Exit::Conforms)
}

fn welcome(system: &System, accounts: &[Account]) -> String {
    let mut text = String::new();
    for participant in Participant::SERVICES {
        if let Some(address) = system.address(participant).filter(|_| system.plays(participant)) {
            let _ = writeln!(text, "{:32} {address}", participant.drawn_name());
        }
    }
    text.push('\n');
    let shown = if system.plays(Participant::Orchestrator) { accounts } else { &[] };
    for account in shown {
        let key = account.deployment_keys.first().map_or("no deployment key", |key| key.expose());
        let _ = writeln!(text, "{key:32} {}  feature {}", account.account_sid, account.feature);
    }
    let edge = system.address(Participant::Starship).filter(|_| system.plays(Participant::Starship));
    let (Some(edge), Some(account)) = (edge, accounts.first()) else {
        return text;
    };
    let Some(key) = account.deployment_keys.first() else { return text };
    let key = key.expose();
    // Whether curl trusts the certificate is not known here.
    let curl = if edge.starts_with("https:") { "curl -sk" } else { "curl -s" };
    let _ = write!(
        text,
        "\nA first token, and the same token refreshed:\n\n\
         TOKEN=$({curl} {edge}{CREATE_TOKEN} --json '{{\"deploymentKey\":\"{key}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')\n\
         {curl} {edge}{REFRESH_TOKEN} --json \"{{\\\"deploymentKey\\\":\\\"{key}\\\",\\\"token\\\":\\\"$TOKEN\\\"}}\"\n\n\
         Ctrl-C stops.\n"
    );
    text
}
