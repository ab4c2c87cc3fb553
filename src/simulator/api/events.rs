//! What happens, as server-sent events: counts of everything, and some refreshes from beginning to end.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::simulator::events::EventText;
use crate::simulator::metrics::MetricsView;
use crate::simulator::running::Simulator;

/// How often it is looked whether the counts are others.
const BETWEEN_COUNTS: Duration = Duration::from_millis(250);

/// What whoever begins to watch is told first.
#[derive(Debug, Serialize, Deserialize)]
struct Hello<'a> {
    version: &'a str,
    counts: MetricsView,
}

/// Somebody who watches.
struct Watcher {
    simulator: Simulator,
    happenings: Receiver<EventText>,
    looks: Interval,
    /// What was told last.
    told: Option<MetricsView>,
    rules: u64,
}

pub(super) async fn events(State(simulator): State<Simulator>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut looks = interval(BETWEEN_COUNTS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watcher = Watcher {
        happenings: simulator.parts().recorder.watch(),
        rules: simulator.parts().rules.version(),
        told: None,
        looks,
        simulator,
    };
    let events = unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
}

impl Watcher {
    /// Waits for something to tell, which is how things stand at first. There is nothing more once the simulator is stopped.
    async fn next(&mut self) -> Option<Event> {
        if self.told.is_none() {
            let counts = self.counted();
            self.told = Some(counts.clone());
            return event("hello", &Hello { version: env!("CARGO_PKG_VERSION"), counts });
        }
        loop {
            let event = tokio::select! {
                happening = self.happenings.recv() => match happening {
                    Ok(EventText { name, data }) => Some(Event::default().event(name).data(data)),
                    // Whoever lags behind has missed a part of what is a sample anyway.
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return None,
                },
                _ = self.looks.tick() => self.looked(),
                () = self.simulator.system().stopped() => return None,
            };
            if event.is_some() {
                return event;
            }
        }
    }

    fn looked(&mut self) -> Option<Event> {
        let rules = self.simulator.parts().rules.version();
        if std::mem::replace(&mut self.rules, rules) != rules {
            return event("faults", &json!({}));
        }
        let counts = self.counted();
        let before = self.told.replace(counts.clone());
        if before.as_ref() == Some(&counts) { None } else { event("counts", &counts) }
    }

    fn counted(&self) -> MetricsView {
        self.simulator.parts().recorder.counted(self.simulator.system().under_way())
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(data).ok()
}
