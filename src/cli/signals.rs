//! What ends a command before its own end: a signal, or the time that it may take.

use std::time::Duration;

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

/// Waits until the user or the system asks the program to stop.
pub(super) async fn stopped() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => "Ctrl-C",
                _ = terminate.recv() => "SIGTERM",
            };
        }
    }
    // Where no signal can be waited for, there is none to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    "Ctrl-C"
}
