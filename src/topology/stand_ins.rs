//! Stand-ins on a hop, chosen per call: each answers, on a server of its own, in place of whoever is called there.

use tokio::runtime::Handle;
use wiremock::MockServer;

use crate::standins::StandIn;
use crate::wire::{Caller, Detour, Onward};

/// The server of a stand-in.
///
/// Whoever hands a call on to it holds it until the answer is there: a call that is late must not meet the stand-in that
/// has the server next.
#[derive(Debug)]
struct Standing(Option<MockServer>);

/// Starts a stand-in, which answers from now on, and returns the detour that leads to it.
pub(super) async fn started(stand_in: &StandIn, caller: &Caller) -> Detour {
    let server = MockServer::start().await;
    stand_in.mount(&server).await;
    let onward = Onward::There(caller.clone(), server.uri());
    Detour::to(onward, Standing(Some(server)))
}

impl Drop for Standing {
    /// Gives the server back.
    ///
    /// # Implementation Rationale
    ///
    /// A server that is dropped waits for a lock of tokio's without leaving the task, for ever where the task has used up
    /// what it may do in one go. A task of its own has done nothing yet.
    fn drop(&mut self) {
        if let (Some(server), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { drop(server) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_are_given_back_however_many_there_were() {
        let caller = Caller::of_ours(false).unwrap();
        // More than one task may do in one go.
        for _ in 0..300 {
            let stand_in = crate::standins::scoped_auth().authorizes().prepare().unwrap();
            drop(started(&stand_in, &caller).await);
        }
    }
}
