//! A run of scenarios on a thread of its own, so that whoever waits for it can stop waiting, whatever it is computing.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::run::Run;
use super::runner::{Options, play};
use super::suite::{Scenario, Suite};
use crate::report::ScenarioResult;

/// How long a run may take to end once nobody waits for it.
const LONGEST: Duration = Duration::from_millis(500);
/// As much stack as the main thread of a program has.
const STACK: usize = 8 << 20;

/// Scenarios that are being played.
#[derive(Debug)]
pub struct Playing {
    results: mpsc::UnboundedReceiver<ScenarioResult>,
    /// Dropped, it ends the run.
    goes_on: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

/// Plays scenarios as [`play`] does, on a thread of their own.
///
/// # Errors
///
/// Returns why there is no thread for it.
pub fn play_apart(run: &Arc<Run>, suite: &Suite, selected: &[&Scenario], options: Options) -> io::Result<Playing> {
    let (tell, results) = mpsc::unbounded_channel();
    let (goes_on, is_over) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let (run, suite, runtime) = (Arc::clone(run), suite.clone(), Handle::current());
    let addresses: HashSet<String> = selected.iter().map(|scenario| scenario.address.clone()).collect();
    thread::Builder::new().name("scenarios".to_owned()).stack_size(STACK).spawn(move || {
        let selected: Vec<&Scenario> =
            suite.scenarios().iter().filter(|scenario| addresses.contains(&scenario.address)).collect();
        runtime.block_on(async {
            // Whoever waited may have gone just now.
            let tell = move |result| drop(tell.send(result));
            tokio::select! {
                biased;
                _ = is_over => {}
                () = play(run, &suite, &selected, options, tell) => {}
            }
        });
        let _ = end.send(());
    })?;
    Ok(Playing { results, goes_on, ended })
}

impl Playing {
    /// Waits for the next result, of which there is none once all have ended.
    pub async fn next(&mut self) -> Option<ScenarioResult> {
        self.results.recv().await
    }

    /// Plays no more, ends the commands that are run for scenarios, and waits for that, but not long.
    ///
    /// Returns whether it ended, and did not panic.
    pub async fn ends(self) -> bool {
        drop(self.goes_on);
        !matches!(tokio::time::timeout(LONGEST, self.ended).await, Ok(Err(_)))
    }
}
