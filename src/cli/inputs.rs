//! The files that a user names, read and understood: diagram, features, deployment, accounts, baseline.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::arguments::{Simulate, Sources, Verify};
use super::baseline::{Scope, read_baseline};
use super::exit::Failure;
use super::files;
use crate::config::deployment::{Declared, Deployment, Proxies, Waiver};
use crate::config::{AccountsFile, BUILT_IN_ACCOUNTS, read_accounts};
use crate::diagnostic::Diagnostic;
use crate::diagram::Diagram;
use crate::protocol::{DeploymentKey, Participant};
use crate::report::Baseline;
use crate::scenarios::{FeatureFile, Suite, built_in_features};
use crate::transcript::{Redactor, SecretKind};
use crate::wire::{Identity, Part};

pub(super) fn diagram(file: Option<&Path>) -> Result<Diagram, Failure> {
    read(file, |complaints| match complaints {
        [only] => only.to_string(),
        [first, others @ ..] => format!("{first}\nhint: `hopcheck lint` tells {} more like this", others.len()),
        [] => String::new(),
    })
}

/// Reads a diagram to say everything about it that cannot be read.
pub(super) fn examined(file: Option<&Path>) -> Result<Diagram, Failure> {
    read(file, |complaints| complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))
}

fn read(file: Option<&Path>, told: impl FnOnce(&[Diagnostic]) -> String) -> Result<Diagram, Failure> {
    let read = match file {
        Some(path) => Diagram::examine(&path.display().to_string(), &text_of(path, "the diagram")?),
        None => Diagram::built_in().map_err(|complaint| vec![complaint]),
    };
    read.map_err(|complaints| Failure::usage(told(&complaints)))
}

/// Reads the diagram of how first tokens are created.
pub(super) fn creation(file: Option<&Path>) -> Result<Diagram, Failure> {
    let parsed = match file {
        Some(path) => Diagram::parse(&path.display().to_string(), &text_of(path, "the diagram of creation")?),
        None => Diagram::built_in_creation(),
    };
    parsed.map_err(|error| Failure::usage(error.to_string()))
}

pub(super) fn suite(sources: &Sources) -> Result<Suite, Failure> {
    let mut files = if sources.features.is_some() { Vec::new() } else { built_in_features() };
    if let Some(folder) = sources.features.as_ref().or(sources.with_features.as_ref()) {
        files.extend(feature_files(folder)?);
    }
    Suite::read(&files).map_err(|error| Failure::usage(error.to_string()))
}

pub(super) fn deployment(arguments: &Verify) -> Result<Deployment, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    let keys = [arguments.key_on.as_deref(), arguments.key_off.as_deref()];
    let (file, url) = (arguments.deployment.as_deref(), arguments.url.as_deref());
    let mut deployment = declared_by(file, url, keys, arguments.origin.as_deref())?;
    if arguments.proxy_from_environment {
        let proxies = Proxies::of_environment(&environment).map_err(|error| Failure::usage(error.to_string()))?;
        deployment.call_through(proxies);
    }
    if let Some(timeout) = arguments.timeout {
        deployment.limits.timeout = timeout;
    }
    if let Some(ready_within) = arguments.ready_within {
        deployment.limits.ready_within = ready_within;
    }
    let waivers = arguments.waive.iter().cloned().map(|(address, reason)| Waiver { address, reason });
    deployment.not_applicable.extend(waivers);
    Ok(deployment)
}

/// Reads the deployment that a file describes, or else that of a URL with the keys of an account with the feature on and
/// of one with it off, or else none.
pub(super) fn declared_by(
    file: Option<&Path>,
    url: Option<&str>,
    [key_on, key_off]: [Option<&str>; 2],
    origin: Option<&str>,
) -> Result<Deployment, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    match (file, url) {
        (Some(path), _) => {
            let text = text_of(path, "the deployment file")?;
            Deployment::read(&path.display().to_string(), &text, &environment)
                .map_err(|error| Failure::usage(error.to_string()))
        }
        (None, Some(url)) => {
            let key = |given: Option<&str>, name| given.map(str::to_owned).or_else(|| std::env::var(name).ok());
            let on = key(key_on, "HOPCHECK_KEY_ON");
            let off = key(key_off, "HOPCHECK_KEY_OFF");
            Deployment::of_url(url, on.as_deref(), off.as_deref(), origin)
                .map_err(|error| Failure::usage(error.to_string()))
        }
        (None, None) => Ok(Deployment::embedded()),
    }
}

pub(super) fn accounts(path: Option<&Path>) -> Result<AccountsFile, Failure> {
    let read = match path {
        Some(path) => read_accounts(&path.display().to_string(), &text_of(path, "the accounts file")?),
        None => read_accounts("accounts.toml", BUILT_IN_ACCOUNTS),
    };
    read.map_err(|error| Failure::usage(error.to_string()))
}

/// Reads the accounts that `verify` is to play on, where the Orchestrator is hopcheck's.
pub(super) fn accounts_of_ours(arguments: &Verify, deployment: &Deployment) -> Result<Option<AccountsFile>, Failure> {
    let Some(path) = &arguments.accounts else { return Ok(None) };
    if deployment.participants.get(&Participant::Orchestrator).is_some_and(Declared::is_real) {
        return Err(Failure::usage(
            "--accounts is for an Orchestrator that hopcheck plays, and this one is real\n\
             hint: its accounts stand in the deployment file, under [accounts.NAME]",
        ));
    }
    accounts(Some(path)).map(Some)
}

/// Reads a file of known deviations. One that is to be written need not be there yet.
pub(super) fn baseline(path: &Path, is_written: bool, suite: &Suite, diagram: &Diagram) -> Result<Baseline, Failure> {
    let file = path.display().to_string();
    if is_written && fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(Baseline { file, known: Vec::new() });
    }
    let text = text_of(path, "the baseline")?;
    // What the built-in features find stays known while others are played.
    let built_in = Suite::read(&built_in_features()).map_err(|error| Failure::usage(error.to_string()))?;
    let scenarios = suite.scenarios().iter().chain(built_in.scenarios()).map(|scenario| scenario.address.clone());
    let scope = Scope { scenarios: scenarios.collect(), arrows: diagram.arrows().len(), waits_for_reasons: is_written };
    read_baseline(&file, &text, &scope).map_err(|error| Failure::usage(error.to_string()))
}

/// Reads what the simulator shows whoever calls it with https, if it is to be called so.
pub(super) fn identity(arguments: &Simulate) -> Result<Option<Identity>, Failure> {
    let (Some(certificate), Some(key)) = (&arguments.tls_certificate, &arguments.tls_key) else { return Ok(None) };
    let read = |flag: &str, path: &Path| {
        files::read(path)
            .map_err(|error| Failure::usage(format!("failed to read {} of {flag}: {error}", path.display())))
    };
    let texts = (read("--tls-certificate", certificate)?, read("--tls-key", key)?);
    let identity = Identity::read(&texts.0, &texts.1).map_err(|(part, fault)| {
        let (flag, path) = match part {
            Part::Certificate => ("--tls-certificate", certificate),
            Part::Key => ("--tls-key", key),
        };
        Failure::usage(format!("failed to use {} as {flag}: {fault}", path.display()))
    })?;
    Ok(Some(identity))
}

fn feature_files(folder: &Path) -> Result<Vec<FeatureFile>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("failed to read the features in {}: {error}", folder.display()));
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "feature") {
                files.push(FeatureFile { name: path.display().to_string(), text: text_of(&path, "the feature")? });
            }
        }
    }
    if files.is_empty() {
        return Err(Failure::usage(format!("there is no .feature file in {}", folder.display())));
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn text_of(path: &Path, what: &str) -> Result<String, Failure> {
    files::read_text(path).map_err(|error| Failure::usage(format!("failed to read {what} {}: {error}", path.display())))
}

/// Returns a redactor that knows every secret of a deployment, and the keys of accounts of ours.
pub(super) fn redactor<'k>(
    deployment: &'k Deployment,
    keys_of_ours: impl Iterator<Item = &'k DeploymentKey>,
) -> Redactor {
    let redactor = Redactor::new(rand::random());
    let declared = deployment.accounts.iter().map(|account| &account.deployment_key);
    for key in keys_of_ours.chain(declared) {
        redactor.hide(DeploymentKey::expose(key), SecretKind::DeploymentKey);
    }
    for secret in deployment.secrets() {
        redactor.hide(secret.expose(), SecretKind::Other);
    }
    redactor
}
