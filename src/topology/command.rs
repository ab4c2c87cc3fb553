//! The commands that a deployment file names, run: without a shell, with a deadline, and told by their environment which
//! account they are about.

use std::process::Stdio;
use std::time::Duration;

use tokio::process;

use super::{System, Unmet};
use crate::config::deployment::{Command, DeclaredAccount};
use crate::protocol::Feature;

/// How long a command may take.
pub(super) const LONGEST: Duration = Duration::from_mins(2);

/// Runs a command of a section to its end and returns what it printed, without white space around it.
///
/// It gets a process group of its own: a Ctrl-C that ends a run must not end, half-way, what the run has to undo.
pub(super) async fn run(command: &Command, section: &str, environment: &[(&str, &str)]) -> Result<String, Unmet> {
    let failed = |what: String| Unmet::Failed(format!("the command `{}` of {section} {what}", command.program));
    let mut prepared = process::Command::new(&command.program);
    prepared.args(&command.arguments).envs(environment.iter().copied()).stdin(Stdio::null()).kill_on_drop(true);
    #[cfg(unix)]
    prepared.process_group(0);
    let output = tokio::time::timeout(LONGEST, prepared.output())
        .await
        .map_err(|_elapsed| failed(format!("did not end within {LONGEST:?}")))?
        .map_err(|error| failed(format!("did not start: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(failed(format!("ended with {}", output.status)))
    }
}

impl System {
    /// Runs the command of `[toggle]` that switches the feature of an account of the deployment.
    pub async fn switch(&self, account: &DeclaredAccount, feature: Feature) -> Result<(), Unmet> {
        let Some(toggle) = &self.deployment.toggle else {
            return Err(Unmet::Precondition("the deployment file gives no commands under [toggle]".to_owned()));
        };
        let command = match feature {
            Feature::On => &toggle.on,
            Feature::Off => &toggle.off,
        };
        let environment =
            [("HOPCHECK_ACCOUNT", account.name.as_str()), ("HOPCHECK_DEPLOYMENT_KEY", account.deployment_key.expose())];
        run(command, "[toggle]", &environment).await.map(|_printed| ())
    }
}
