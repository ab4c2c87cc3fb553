//! Somebody who watches what happens: the admin API's events, one by one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

use super::http::beside;

/// A stream of events that is being read.
#[derive(Debug)]
pub(crate) struct Watching(Receiver<(String, Value)>);

impl Watching {
    /// Begins to read what a request is answered with.
    pub(crate) fn of(request: reqwest::RequestBuilder) -> Self {
        let (tell, told) = channel();
        beside(async move {
            let request = request.timeout(Duration::from_hours(1));
            let mut response = request.send().await.unwrap_or_else(|error| panic!("{error}"));
            let mut text = String::new();
            while let Ok(Some(chunk)) = response.chunk().await {
                text.push_str(&String::from_utf8_lossy(&chunk));
                while let Some((event, rest)) = text.split_once("\n\n") {
                    // The test may have heard enough.
                    let _ = read(event).map(|event| tell.send(event));
                    text = rest.to_owned();
                }
            }
        });
        Self(told)
    }

    /// Returns the next event; none where the stream has ended.
    pub(crate) fn next(&self) -> Option<(String, Value)> {
        match self.0.recv_timeout(Duration::from_mins(1)) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing happened"),
        }
    }

    /// Waits for an event of this name that is as wished, and returns it.
    pub(crate) fn hears(&self, name: &str, is_wished: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (heard, data) = self.next().unwrap_or_else(|| panic!("there was no such {name}"));
            if heard == name && is_wished(&data) {
                return data;
            }
        }
    }
}

/// Reads an event; one without data only keeps the connection alive.
fn read(event: &str) -> Option<(String, Value)> {
    let field = |name| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((field("event:")?.to_owned(), serde_json::from_str(field("data:")?).ok()?))
}
