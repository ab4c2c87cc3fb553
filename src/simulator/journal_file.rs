//! The journal's file: a line of JSON for every refresh, written beside the requests and never in their way.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::history::PastCall;
use super::redaction::Redaction;
use super::views::recorded;

/// How many refreshes may wait to be written; more are left out and counted.
const MOST_WAITING: usize = 10_000;

/// How long the rest may take to be written once the simulator stops.
const LONGEST_FINISH: Duration = Duration::from_millis(300);

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

    /// Begins to write what is handed in, with secrets as pseudonyms.
    pub(super) fn redacting_with(self, redaction: Arc<Redaction>) -> Writing {
        let (hand_in, waiting) = sync_channel(MOST_WAITING);
        let unwritten = Arc::<AtomicU64>::default();
        let lost = Arc::clone(&unwritten);
        let (tell, ended) = sync_channel(1);
        let gives_up = Arc::<AtomicBool>::default();
        let is_over = Arc::clone(&gives_up);
        thread::spawn(move || {
            write(self.0, &waiting, &redaction, &lost, &is_over);
            // Whoever waited may have given up.
            let _ = tell.try_send(());
        });
        Writing { hand_in, ended, gives_up, unwritten }
    }
}

/// The file as it is written.
#[derive(Debug)]
pub(super) struct Writing {
    hand_in: SyncSender<Arc<PastCall>>,
    ended: Receiver<()>,
    /// Whether what waits is counted instead of written.
    gives_up: Arc<AtomicBool>,
    /// How many refreshes were not written: there was no room for them here, or none in the file.
    pub(super) unwritten: Arc<AtomicU64>,
}

impl Writing {
    /// Hands a refresh in, or counts it where there is no room for it.
    pub(super) fn write(&self, kept: Arc<PastCall>) {
        if self.hand_in.try_send(kept).is_err() {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything is written, but not long: what is not written by then is counted.
    pub(super) fn finish(self) {
        drop(self.hand_in);
        if self.ended.recv_timeout(LONGEST_FINISH) == Err(RecvTimeoutError::Timeout) {
            self.gives_up.store(true, Ordering::Relaxed);
            // It may be in the middle of a line, and the disk may never take the rest.
            let _ = self.ended.recv_timeout(LONGEST_FINISH / 2);
        }
    }
}

fn write(
    mut file: Box<dyn Write + Send>,
    waiting: &Receiver<Arc<PastCall>>,
    redaction: &Redaction,
    unwritten: &AtomicU64,
    gives_up: &AtomicBool,
) {
    let (mut fails, mut is_cut_off) = (false, false);
    while let Ok(kept) = waiting.recv() {
        if gives_up.load(Ordering::Relaxed) {
            unwritten.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let line = serde_json::to_string(&recorded(&kept, redaction)).unwrap_or_default();
        // What a full disk left of a line must not become a part of the next one.
        let line = format!("{}{line}\n", if is_cut_off { "\n" } else { "" });
        let (written, outcome) = write_as_far_as_it_goes(&mut file, line.as_bytes());
        match outcome {
            Ok(()) => is_cut_off = false,
            Err(error) => {
                unwritten.fetch_add(1, Ordering::Relaxed);
                is_cut_off = if written == 0 { is_cut_off } else { written < line.len() };
                if !fails {
                    // What comes later may find room again.
                    tracing::warn!(%error, "the journal's file cannot be written: refreshes are missing in it from now on");
                }
                fails = true;
                continue;
            }
        }
        if std::mem::take(&mut fails) {
            tracing::warn!(missing = unwritten.load(Ordering::Relaxed), "the journal's file can be written again");
        }
    }
}

/// Returns how many bytes were written, and why no more.
fn write_as_far_as_it_goes(file: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, file.flush())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::participants::AccountBook;
    use crate::transcript::{Call, Journal, Keys, Purpose, Transcript};

    #[test]
    fn what_a_full_disk_left_out_is_counted_and_spoils_no_other_line() {
        let disk = Disk::default();
        let writing = JournalFile::to(disk.clone()).redacting_with(Arc::new(Redaction::of(AccountBook::new())));
        let unwritten = Arc::clone(&writing.unwritten);
        for (number, room) in [usize::MAX, 10, 0, usize::MAX, usize::MAX].into_iter().enumerate() {
            disk.0.lock().unwrap().room = room;
            writing.write(kept());
            // The writer is waited for, since it works beside this.
            while disk.0.lock().unwrap().asked <= number {
                thread::yield_now();
            }
        }
        writing.finish();
        assert_eq!(unwritten.load(Ordering::Relaxed), 2);
        let text = String::from_utf8(disk.0.lock().unwrap().text.clone()).unwrap();
        let lines: Vec<bool> =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).collect();
        assert_eq!(lines, [true, false, true, true], "{text}");
    }

    #[test]
    fn a_disk_that_lags_does_not_keep_the_simulator_from_stopping() {
        let writing = JournalFile::to(Slow).redacting_with(Arc::new(Redaction::of(AccountBook::new())));
        let unwritten = Arc::clone(&writing.unwritten);
        (0..100).for_each(|_| writing.write(kept()));
        let since = std::time::Instant::now();
        writing.finish();
        assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
        assert!(unwritten.load(Ordering::Relaxed) > 50);
    }

    /// A disk that takes a tenth of a second for a line.
    struct Slow;

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            thread::sleep(Duration::from_millis(100));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A disk with room for so many bytes.
    #[derive(Debug, Clone, Default)]
    struct Disk(Arc<Mutex<Space>>);

    #[derive(Debug, Default)]
    struct Space {
        text: Vec<u8>,
        room: usize,
        /// How many lines have been written, or have found no room.
        asked: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut space = self.0.lock().unwrap();
            if space.room == 0 {
                space.asked += 1;
                return Err(ErrorKind::StorageFull.into());
            }
            let length = bytes.len().min(space.room);
            space.room -= length;
            space.text.extend_from_slice(&bytes[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.lock().unwrap().asked += 1;
            Ok(())
        }
    }

    fn kept() -> Arc<PastCall> {
        let id = Journal::default().open(Purpose::Refresh, Keys::default());
        let transcript = Transcript::default();
        Arc::new(PastCall::new(Call {
            id,
            purpose: Purpose::Refresh,
            keys: Keys::default(),
            faults: Vec::new(),
            is_entangled: false,
            transcript,
        }))
    }
}
