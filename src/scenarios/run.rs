//! What all scenarios of a run share: the diagram, the system under test and the contract.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::creation::Creation;
use super::occupancy::Occupancy;
use crate::diagram::Diagram;
use crate::protocol::{Contract, Hop, Participant, Statuses};
use crate::topology::{System, Unmet};
use crate::transcript::Redactor;
use crate::verdict::{UnderTest, Visibility};

/// What all scenarios of a run share.
#[derive(Debug)]
pub struct Run {
    /// The specification.
    pub diagram: Arc<Diagram>,
    /// The built-in diagram, where the specification is another: the built-in features speak of its arrows.
    pub(super) built_in: Option<Arc<Diagram>>,
    /// The system under test.
    pub system: System,
    /// The same accounts and keys with participants that give up soon, for refreshes in which a neighbour never answers.
    pub impatient: Option<System>,
    /// What was stated beyond the diagram.
    pub contract: Contract,
    /// What of it holds where a stand-in answers, with statuses that it chose itself.
    pub(super) contract_beside_stand_ins: Contract,
    /// The way from values to text.
    pub redactor: Arc<Redactor>,
    pub(super) occupancy: Occupancy,
    /// Whether the feature of an account may be other than the deployment file states.
    pub(super) is_switched: AtomicBool,
    /// Why the feature cannot be switched, once that is known.
    pub(super) cannot_switch: OnceLock<Unmet>,
    creation: Mutex<Creation>,
    next_refresh: AtomicU64,
}

impl Run {
    /// Prepares a run of scenarios against a started system.
    pub fn new(diagram: Arc<Diagram>, system: System, contract: Contract, redactor: Arc<Redactor>) -> Self {
        Self {
            built_in: Diagram::built_in().ok().filter(|built_in| !built_in.draws_the_same(&diagram)).map(Arc::new),
            diagram,
            system,
            impatient: None,
            contract_beside_stand_ins: Contract { status: beside_stand_ins(&contract), ..contract.clone() },
            contract,
            redactor,
            occupancy: Occupancy::default(),
            is_switched: AtomicBool::new(false),
            cannot_switch: OnceLock::new(),
            creation: Mutex::new(Creation::default()),
            next_refresh: AtomicU64::new(1),
        }
    }

    /// Returns which hops are recorded, of those that are crossed: behind a participant that a script plays, none is.
    pub(super) fn visibility(&self, played: Option<Participant>) -> Visibility {
        Visibility::of(|hop: Hop| self.system.sees(hop) && played.is_none_or(|played| hop.callee() <= played))
    }

    /// Returns who is held to the diagram.
    pub fn under_test(&self) -> UnderTest {
        UnderTest::of(|participant| !self.system.plays(participant))
    }

    /// Judges how first tokens are created by a diagram that the user handed in.
    pub fn set_creation(&self, diagram: Arc<Diagram>) {
        *self.creation() = Creation::stated(diagram);
    }

    /// Returns what is known of how first tokens are created.
    pub(super) fn creation(&self) -> MutexGuard<'_, Creation> {
        self.creation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a line about how much was seen of how first tokens are created; empty where nothing was.
    pub fn creation_line(&self) -> String {
        self.creation().line()
    }

    pub(super) fn next_refresh(&self) -> u64 {
        self.next_refresh.fetch_add(1, Ordering::Relaxed)
    }
}

/// Returns the statuses of a contract that hold whatever status a stand-in chooses.
fn beside_stand_ins(contract: &Contract) -> Statuses {
    if contract.status.within { contract.status.clone() } else { Statuses::default() }
}
