//! The accounts file, followed: a change is taken over as it is written, and a bad one is shown and left alone.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use crate::cli::output::{complain, note};
use crate::config::read_accounts;
use crate::simulator::Simulator;

/// How often the file is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// A larger file is not looked into: reading it would keep the simulator from hearing that it is to stop.
const MOST_BYTES: u64 = 1 << 20;

/// The accounts file, if there is one, as it was when it was looked at last.
#[derive(Debug)]
pub(super) struct Followed<'p> {
    path: Option<&'p Path>,
    known: Option<String>,
}

impl<'p> Followed<'p> {
    /// Takes the file as it is now for known.
    pub(super) fn from_now_on(path: Option<&'p Path>) -> Self {
        Self { path, known: path.and_then(|path| text_of(path).ok()) }
    }

    /// Has every change taken over for as long as the simulator runs.
    pub(super) async fn by(mut self, simulator: &Simulator) -> Infallible {
        let Some(path) = self.path else { return std::future::pending().await };
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            // A file that is being replaced may be missing for a moment, or empty.
            let Ok(text) = text_of(path) else { continue };
            if self.known.as_deref() == Some(&text) || text.trim().is_empty() {
                continue;
            }
            match take_over(path, &text, simulator) {
                Ok(count) => note(&format!("{}: read again, {count} accounts", path.display())),
                Err(reason) => complain(&format!("{reason}\nhint: the accounts are still those before the change")),
            }
            self.known = Some(text);
        }
    }
}

/// Returns the text of a file, but no more than tells that it is too large.
fn text_of(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn take_over(path: &Path, text: &str, simulator: &Simulator) -> Result<usize, String> {
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(format!("failed to read {}: it is larger than {} KiB", path.display(), MOST_BYTES >> 10));
    }
    let file = read_accounts(&path.display().to_string(), text).map_err(|error| error.to_string())?;
    let count = file.accounts.len();
    simulator.replace_accounts(file.accounts)?;
    Ok(count)
}
