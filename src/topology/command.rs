//! The commands that a deployment file names, run: without a shell, within bounds, and told by their environment which
//! account they are about.

use std::collections::BTreeSet;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{self, ChildStdout};

use super::{System, Unmet};
use crate::config::deployment::{Command, DeclaredAccount};
use crate::protocol::Feature;

/// How long a command may take.
pub(super) const LONGEST: Duration = Duration::from_mins(2);
/// How long the last of its output may take once it has ended: what it left running may hold that open for ever.
const LONGEST_TO_PRINT: Duration = Duration::from_millis(200);
/// How much it may print: far more than any token has.
const MOST_PRINTED: usize = 64 << 10;

/// The process groups of the commands that are being run.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Runs a command of a section to its end and returns what it printed, without white space around it.
///
/// It gets a process group of its own: a Ctrl-C that ends a run must not end, half-way, what the run has to undo. All of
/// the group is ended when the command takes too long, prints too much, or is not waited for any more.
pub(super) async fn run(command: &Command, section: &str, environment: &[(&str, &str)]) -> Result<String, Unmet> {
    let failed = |what: String| Unmet::Failed(format!("the command `{}` of {section} {what}", command.program));
    let mut prepared = process::Command::new(&command.program);
    prepared.args(&command.arguments).envs(environment.iter().copied());
    prepared.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    #[cfg(unix)]
    prepared.process_group(0);
    let mut child = prepared.spawn().map_err(|error| failed(format!("did not start: {error}")))?;
    let group = Group::of(&child);
    let mut stdout = child.stdout.take();
    let ended = tokio::time::timeout(LONGEST, async {
        let mut printed = Vec::new();
        let status = tokio::select! {
            status = child.wait() => Some(status),
            () = read(&mut stdout, &mut printed) => None,
        };
        let status = match status {
            _ if printed.len() > MOST_PRINTED => return Ok::<_, io::Error>((None, printed)),
            Some(status) => status?,
            None => child.wait().await?,
        };
        // What is not there by then is what others print.
        let _ = tokio::time::timeout(LONGEST_TO_PRINT, read(&mut stdout, &mut printed)).await;
        Ok((Some(status), printed))
    });
    let (status, printed) = ended
        .await
        .map_err(|_elapsed| failed(format!("did not end within {LONGEST:?}")))?
        .map_err(|error| failed(format!("could not be waited for: {error}")))?;
    if status.is_none() || printed.len() > MOST_PRINTED {
        return Err(failed(format!("printed more than {} KiB", MOST_PRINTED >> 10)));
    }
    group.leave_alone();
    match status.as_ref().filter(|status| !ExitStatus::success(status)) {
        Some(status) => Err(failed(format!("ended with {status}"))),
        None => Ok(String::from_utf8_lossy(&printed).trim().to_owned()),
    }
}

/// Ends every command that is still being run, with whatever it started.
pub fn end_commands() {
    std::mem::take(&mut *running()).into_iter().for_each(kill);
}

/// Reads to the end, or a little more than may be printed.
async fn read(stdout: &mut Option<ChildStdout>, printed: &mut Vec<u8>) {
    let Some(stdout) = stdout else { return };
    while printed.len() <= MOST_PRINTED && stdout.read_buf(printed).await.is_ok_and(|more| more > 0) {}
}

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The process group of a command, ended when this is dropped.
struct Group(Option<u32>);

impl Group {
    fn of(child: &process::Child) -> Self {
        let id = child.id();
        running().extend(id);
        Self(id)
    }

    /// Leaves what the command left running to itself, such as a service that it started.
    fn leave_alone(mut self) {
        if let Some(id) = self.0.take() {
            running().remove(&id);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0.filter(|id| running().remove(id)) {
            kill(id);
        }
    }
}

#[cfg(unix)]
fn kill(group: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // All of it may have ended of itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Where there are no process groups, the command itself is killed as its handle is dropped.
#[cfg(not(unix))]
fn kill(_group: u32) {}

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

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    async fn shell(script: &str) -> Result<String, String> {
        let command = Command { program: "sh".to_owned(), arguments: vec!["-c".to_owned(), script.to_owned()] };
        run(&command, "[tokens]", &[]).await.map_err(|unmet| unmet.to_string())
    }

    #[tokio::test]
    async fn what_is_printed_is_bounded() {
        assert_eq!(shell("echo ' token '; head -c 1000000 /dev/zero >&2").await.as_deref(), Ok("token"));
        let refused = shell("cat /dev/zero").await.unwrap_err();
        assert!(refused.contains("printed more than 64 KiB"), "{refused}");
    }

    #[tokio::test]
    async fn what_is_left_running_is_not_waited_for() {
        let since = Instant::now();
        assert_eq!(shell("sleep 25 & echo token").await.as_deref(), Ok("token"));
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    }

    #[tokio::test]
    async fn what_nobody_waits_for_ends_with_all_that_it_started() {
        let file = std::env::temp_dir().join(format!("hopcheck-command-{}", std::process::id()));
        let script = format!("(sleep 2; touch {0}) & sleep 2; touch {0}", file.display());
        assert!(tokio::time::timeout(Duration::from_millis(300), shell(&script)).await.is_err());
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!file.exists());
    }
}
