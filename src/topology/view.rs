//! What can be seen of a deployment, and why, before anything is started.

use super::System;
use crate::config::Deployment;
use crate::config::deployment::Declared;
use crate::protocol::{Hop, Participant};

/// Why a hop can or cannot be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The customer, whom hopcheck always plays, sends and receives there.
    Customer,
    /// hopcheck plays the participant that is called.
    Callee,
    /// A tap stands before the participant that is called.
    Tap,
    /// Both ends are real, and nothing stands between them.
    Hidden,
}

impl View {
    /// Returns whether exchanges are recorded.
    pub fn is_seen(self) -> bool {
        self != Self::Hidden
    }
}

impl Deployment {
    /// Returns whether a hop can be seen, and why.
    pub fn view(&self, hop: Hop) -> View {
        let declared = |participant| self.participants.get(&participant);
        let is_ours = |participant: Participant| !declared(participant).is_some_and(Declared::is_real);
        match (hop, declared(hop.callee())) {
            (Hop::Edge, _) => View::Customer,
            (_, None | Some(Declared::Ours { .. })) => View::Callee,
            (_, Some(Declared::Reachable { tap: Some(_), .. })) => View::Tap,
            (_, Some(Declared::Reachable { tap: None, .. })) if is_ours(hop.caller()) => View::Tap,
            (_, Some(Declared::Reachable { .. } | Declared::Behind)) => View::Hidden,
        }
    }

    /// Returns the address that a real caller has to be configured to call on a hop, where it is one of hopcheck's.
    pub fn address_to_configure(&self, hop: Hop) -> Option<String> {
        let is_real = |participant| self.participants.get(&participant).is_some_and(Declared::is_real);
        let bound = self.participants.get(&hop.callee()).and_then(Declared::bound);
        bound.filter(|_| is_real(hop.caller())).map(|address| format!("http://{address}"))
    }
}

impl System {
    /// Returns host and port of a proxy that may answer in place of the edge: within a tunnel, none can.
    pub fn proxy_before_the_edge(&self) -> Option<String> {
        let Some(Declared::Reachable { url, .. }) = self.deployment().participants.get(&Participant::Starship) else {
            return None;
        };
        let proxies = self.deployment().proxies.as_ref().filter(|_| url.scheme() == "http")?;
        proxies.on_the_way_to(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_is_seen_where_an_end_of_it_is_ours_or_a_tap_stands() {
        let mut deployment = Deployment::embedded();
        assert_eq!(
            Hop::ALL.map(|hop| deployment.view(hop)),
            [View::Customer, View::Callee, View::Callee, View::Callee]
        );
        let url: reqwest::Url = "http://10.0.0.7".parse().unwrap();
        let real = |tap: Option<&str>| Declared::Reachable {
            url: url.clone(),
            tap: tap.map(|address| address.parse().unwrap()),
        };
        deployment.participants.insert(Participant::FederatedAuth, real(None));
        assert_eq!(deployment.view(Hop::FederatedAuth), View::Tap);
        deployment.participants.insert(Participant::Orchestrator, real(None));
        assert_eq!(deployment.view(Hop::FederatedAuth), View::Hidden);
        deployment.participants.insert(Participant::FederatedAuth, real(Some("127.0.0.1:7003")));
        assert_eq!(deployment.view(Hop::FederatedAuth), View::Tap);
        let address = deployment.address_to_configure(Hop::FederatedAuth);
        assert_eq!(address.as_deref(), Some("http://127.0.0.1:7003"));
        assert_eq!(deployment.view(Hop::ScopedAuth), View::Callee);
    }
}
