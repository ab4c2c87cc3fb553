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

    /// Returns the participant that the diagram draws under this name.
    pub fn drawn_as(name: &str) -> Option<Self> {
        [Self::Customer].into_iter().chain(Self::SERVICES).find(|participant| participant.drawn_name() == name)
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
}
