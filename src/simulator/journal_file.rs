//! The journal's file: a line of JSON for every refresh, written beside the requests and never in their way.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::kept::KeptCall;
use super::shown::recorded;

/// How many refreshes may wait to be written; more are left out and counted.
const MOST_WAITING: usize = 10_000;

/// Where refreshes are to be written to.
pub struct JournalFile(Box<dyn Write + Send>);

impl fmt::Debug for JournalFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalFile(…)")
    }
}

impl JournalFile {
    /// Writes to whatever this is.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Box::new(writer))
    }

    /// Begins to write what is handed in, with secrets as pseudonyms made with this key.
    pub(super) fn redacting_with(self, key: [u8; 32]) -> Writing {
        let (hand_in, waiting) = sync_channel(MOST_WAITING);
        let writer = thread::spawn(move || write(self.0, &waiting, key));
        Writing { hand_in, writer }
    }
}

/// The file as it is written.
#[derive(Debug)]
pub(super) struct Writing {
    hand_in: SyncSender<Arc<KeptCall>>,
    writer: JoinHandle<()>,
}

impl Writing {
    /// Hands a refresh in. Returns whether there was room for it.
    pub(super) fn write(&self, kept: Arc<KeptCall>) -> bool {
        self.hand_in.try_send(kept).is_ok()
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) {
        drop(self.hand_in);
        // A writer that panicked has nothing more to write.
        let _ = self.writer.join();
    }
}

fn write(mut file: Box<dyn Write + Send>, waiting: &Receiver<Arc<KeptCall>>, key: [u8; 32]) {
    while let Ok(kept) = waiting.recv() {
        let line = serde_json::to_string(&recorded(&kept, key)).unwrap_or_default();
        // On a full disk, what comes later may find room again.
        let _ = writeln!(file, "{line}").and_then(|()| file.flush());
    }
}
