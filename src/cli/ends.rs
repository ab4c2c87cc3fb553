//! How a command is ended from outside: by Ctrl-C, SIGTERM, SIGHUP or SIGQUIT. The first is for the command to heed, within
//! a second; the second ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::exit::Exit;
use super::output::complain;

/// How long a command may take until it heeds a signal. What heeds it has something to finish, which may take longer.
const LONGEST_UNHEEDED: Duration = Duration::from_secs(1);

/// Within this time a signal is the first one again: some send it to a program and to its group.
const ONE_AND_THE_SAME: Duration = Duration::from_millis(200);

/// What was received, once it was.
static RECEIVED: OnceLock<watch::Sender<Option<&'static str>>> = OnceLock::new();
/// Whether the command has heeded it.
static HEEDED: AtomicBool = AtomicBool::new(false);
/// Says what is left as it should not be if the program ends now.
static LEFT: Mutex<Option<Left>> = Mutex::new(None);

type Left = Box<dyn Fn() -> Option<String> + Send>;

/// Waits until the user or the system asks the program to stop, and returns how.
pub(super) async fn stopped() -> &'static str {
    let mut received = received().subscribe();
    let signal = received.wait_for(Option::is_some).await.ok().and_then(|signal| *signal);
    match signal {
        Some(signal) => {
            HEEDED.store(true, Ordering::Release);
            signal
        }
        // Nobody can send any more.
        None => std::future::pending().await,
    }
}

/// Waits until the run has to end before its end, and returns why.
pub(super) async fn breaks_off(most: Option<Duration>) -> String {
    let time_is_up = async {
        match most {
            Some(most) => tokio::time::sleep(most).await,
            None => std::future::pending().await,
        }
        format!("--max-time {:?} is over", most.unwrap_or_default())
    };
    tokio::select! {
        reason = time_is_up => reason,
        signal = stopped() => format!("{signal} was received"),
    }
}

/// Has somebody who ends the program at once be told what that leaves behind.
pub(super) fn leaving(left: impl Fn() -> Option<String> + Send + 'static) {
    *LEFT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(left));
}

/// Watches for signals on a thread of its own, and calls this when the program is to end though its command has not.
pub(super) fn watch(end: impl FnOnce(Exit) + Send + 'static) {
    let received = received();
    // Without this thread signals end the program as they end any other.
    let _ = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async move {
            let Some(mut signals) = Signals::listen() else { return };
            let first = signals.next().await;
            received.send_replace(Some(first));
            let unheeded = async {
                tokio::time::sleep(LONGEST_UNHEEDED).await;
                while HEEDED.load(Ordering::Acquire) {
                    tokio::time::sleep(LONGEST_UNHEEDED).await;
                }
                first
            };
            let second = async {
                let since = Instant::now();
                loop {
                    let signal = signals.next().await;
                    if since.elapsed() >= ONE_AND_THE_SAME {
                        return signal;
                    }
                }
            };
            let last = tokio::select! {
                second = second => second,
                first = unheeded => first,
            };
            let left = LEFT.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|left| left());
            let left = left.map(|left| format!("\n{left}")).unwrap_or_default();
            complain(&format!("{last} was received: stopped at once, before the command had ended{left}"));
            end(Exit::Incomplete);
        });
    });
}

fn received() -> &'static watch::Sender<Option<&'static str>> {
    RECEIVED.get_or_init(|| watch::Sender::new(None))
}

/// The signals that ask a program to stop, the last two where whoever started it does not have them ignored, as `nohup` does.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
    quit: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let heeded = |kind: SignalKind| if is_ignored(kind.as_raw_value()) { None } else { signal(kind).ok() };
        Some(Self {
            hangup: heeded(SignalKind::hangup()),
            quit: heeded(SignalKind::quit()),
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    async fn next(&mut self) -> &'static str {
        async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            };
        }
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            () = received(&mut self.hangup) => "SIGHUP",
            () = received(&mut self.quit) => "SIGQUIT",
        }
    }
}

/// Tells whether a signal is ignored, where the system says so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored >> (signal - 1) & 1 == 1
}

/// Ctrl-C, where there is nothing else.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
