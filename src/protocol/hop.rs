//! The participants of the refresh flow and the hops between neighbours. Says nothing about where they listen.

use std::fmt;
use std::str::FromStr;

/// A box at the top of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    /// The browser that holds a token. Always played by hopcheck.
    Customer,
    /// The edge that customers call.
    Starship,
    /// `FlexWebchatOrchestratorService`.
    Orchestrator,
    /// `FederatedAuthService`.
    FederatedAuth,
    /// `ScopedAuthService`.
    ScopedAuth,
}

impl Participant {
    /// The four services, in the order in which a refresh reaches them.
    pub const SERVICES: [Self; 4] = [Self::Starship, Self::Orchestrator, Self::FederatedAuth, Self::ScopedAuth];

    /// Returns the short name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Starship => "Starship",
            Self::Orchestrator => "Orchestrator",
            Self::FederatedAuth => "FederatedAuth",
            Self::ScopedAuth => "ScopedAuth",
        }
    }

    /// Returns the name drawn in the diagram.
    pub fn drawn_name(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Starship => "Starship",
            Self::Orchestrator => "FlexWebchatOrchestratorService",
            Self::FederatedAuth => "FederatedAuthService",
            Self::ScopedAuth => "ScopedAuthService",
        }
    }

    /// Returns the name that the command line and the deployment file use.
    pub fn key(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Starship => "starship",
            Self::Orchestrator => "orchestrator",
            Self::FederatedAuth => "federated-auth",
            Self::ScopedAuth => "scoped-auth",
        }
    }

    /// Returns the participant that a diagram draws under this name, in any usual spelling of it: `Federated Auth`,
    /// `federated-auth-service` and `FAS` are one.
    pub fn drawn_as(name: &str) -> Option<Self> {
        let squeezed: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let bare = BEFORE.iter().fold(squeezed.as_str(), |name, word| name.strip_prefix(word).unwrap_or(name));
        let core = BEHIND.iter().find_map(|word| bare.strip_suffix(word)).filter(|core| !core.is_empty());
        let is = |spelling: &&str| [squeezed.as_str(), bare].contains(spelling) || core == Some(*spelling);
        SPELLINGS.iter().find(|(_, spellings)| spellings.iter().any(&is)).map(|(drawn, _)| *drawn)
    }

    /// Returns the participant that a lifeline of a diagram stands for: one of this name, or else the customer where the
    /// lifeline is a client.
    pub fn of_lifeline(name: &str, is_client: bool) -> Option<Self> {
        Self::drawn_as(name).or(is_client.then_some(Self::Customer))
    }

    /// Returns the hop on which this participant is called. The customer is called by nobody.
    pub fn called_on(self) -> Option<Hop> {
        Hop::ALL.into_iter().find(|hop| hop.callee() == self)
    }

    /// Returns the hop on which this participant calls its neighbour. `ScopedAuth` calls nobody.
    pub fn calls_on(self) -> Option<Hop> {
        Hop::ALL.into_iter().find(|hop| hop.caller() == self)
    }
}

/// What is written before a name without changing it, and behind one.
const BEFORE: [&str; 4] = ["the", "twilio", "flex", "webchat"];
const BEHIND: [&str; 7] = ["microservice", "service", "svc", "server", "api", "proxy", "gateway"];

/// How participants are called, without what stands before and behind, in lower case.
const SPELLINGS: [(Participant, &[&str]); 5] = [
    (
        Participant::Customer,
        &["customer", "client", "browser", "webbrowser", "user", "guestuser", "enduser", "useragent"],
    ),
    (Participant::Starship, &["starship", "starshipedge", "edge"]),
    (Participant::Orchestrator, &["orchestrator", "fwo"]),
    (Participant::FederatedAuth, &["federatedauth", "federatedauthentication", "fas"]),
    (Participant::ScopedAuth, &["scopedauth", "scopedauthentication", "scopedauthtoken", "sas"]),
];

impl fmt::Display for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No participant has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no participant: expected starship, orchestrator, federated-auth or scoped-auth")]
pub struct UnknownParticipant(String);

impl FromStr for Participant {
    type Err = UnknownParticipant;

    /// Reads a service's key (`federated-auth`), short name or drawn name, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::SERVICES
            .into_iter()
            .find(|participant| {
                [participant.key(), participant.name(), participant.drawn_name()]
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(text))
            })
            .ok_or_else(|| UnknownParticipant(text.to_owned()))
    }
}

/// One participant calling the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// Customer → Starship.
    Edge,
    /// Starship → Orchestrator.
    Orchestrator,
    /// Orchestrator → `FederatedAuth`.
    FederatedAuth,
    /// `FederatedAuth` → `ScopedAuth`.
    ScopedAuth,
}

impl Hop {
    /// Every hop, from the customer inwards.
    pub const ALL: [Self; 4] = [Self::Edge, Self::Orchestrator, Self::FederatedAuth, Self::ScopedAuth];

    /// Returns who calls.
    pub fn caller(self) -> Participant {
        match self {
            Self::Edge => Participant::Customer,
            Self::Orchestrator => Participant::Starship,
            Self::FederatedAuth => Participant::Orchestrator,
            Self::ScopedAuth => Participant::FederatedAuth,
        }
    }

    /// Returns who is called.
    pub fn callee(self) -> Participant {
        match self {
            Self::Edge => Participant::Starship,
            Self::Orchestrator => Participant::Orchestrator,
            Self::FederatedAuth => Participant::FederatedAuth,
            Self::ScopedAuth => Participant::ScopedAuth,
        }
    }

    /// Returns the hops a request crosses on its way from one participant to a later one, outermost first.
    /// Empty when `to` does not lie behind `from`.
    pub fn between(from: Participant, to: Participant) -> Vec<Self> {
        Self::ALL.into_iter().filter(|hop| hop.caller() >= from && hop.callee() <= to).collect()
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.caller(), self.callee())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_from_customer_to_orchestrator_crosses_the_edge() {
        assert_eq!(Hop::between(Participant::Customer, Participant::Orchestrator), [Hop::Edge, Hop::Orchestrator]);
        assert_eq!(Hop::between(Participant::FederatedAuth, Participant::ScopedAuth), [Hop::ScopedAuth]);
        assert!(Hop::between(Participant::ScopedAuth, Participant::FederatedAuth).is_empty());
    }

    #[test]
    fn every_service_is_found_by_each_of_its_names() {
        for service in Participant::SERVICES {
            for name in [service.key(), service.name(), service.drawn_name()] {
                assert_eq!(name.parse(), Ok(service));
            }
            assert_eq!(Participant::drawn_as(service.drawn_name()), Some(service));
        }
        assert!("customer".parse::<Participant>().is_err());
    }

    #[test]
    fn a_service_is_known_by_any_usual_spelling_and_nobody_else_is() {
        for (name, participant) in [
            ("Federated Auth", Participant::FederatedAuth),
            ("federated-auth-service", Participant::FederatedAuth),
            ("FAS", Participant::FederatedAuth),
            ("\"Flex Webchat OrchestratorService\"", Participant::Orchestrator),
            ("Webchat Orchestrator", Participant::Orchestrator),
            ("FWO", Participant::Orchestrator),
            ("Scoped Auth API", Participant::ScopedAuth),
            ("STARSHIP", Participant::Starship),
            ("Starship Proxy", Participant::Starship),
            ("Edge Gateway", Participant::Starship),
            ("Guest User", Participant::Customer),
        ] {
            assert_eq!(Participant::drawn_as(name), Some(participant), "{name}");
        }
        for name in ["FlexConfigurationService", "ConversationService", "ScopedAuthDatabase", "Service", "Flex", ""] {
            assert_eq!(Participant::drawn_as(name), None, "{name}");
        }
        assert_eq!(Participant::of_lifeline("Chat widget", true), Some(Participant::Customer));
        assert_eq!(Participant::of_lifeline("Starship", true), Some(Participant::Starship));
        assert_eq!(Participant::of_lifeline("Chat widget", false), None);
    }
}
