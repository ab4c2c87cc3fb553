//! The simulator: services that run until they are stopped, with an admin API and a live page beside them.
//!
//! It plays what the topology plays, remembers the refreshes that others make, and says what the diagram says of them. It
//! reads no file and no environment and prints nothing.

mod api;
mod events;
mod history;
mod journal_file;
mod judgement;
mod metrics;
mod publisher;
mod recorder;
mod redaction;
mod running;
mod sampling;
mod views;

use std::sync::{Arc, RwLock};

pub use api::AdminToken;
pub use history::Bounds;
pub use journal_file::JournalFile;
pub use running::Simulator;

use recorder::Recorder;
use redaction::Redaction;
use running::Parts;

use crate::diagram::Diagram;
use crate::protocol::Account;
use crate::topology::{Plan, Recording, StartError, System};
use crate::wire::FaultRules;

/// How a simulator is set up beyond what its topology is.
#[derive(Debug)]
pub struct Settings {
    /// The specification that refreshes are held against.
    pub diagram: Arc<Diagram>,
    /// How much is remembered.
    pub bounds: Bounds,
    /// What every refresh is written to, if it is.
    pub journal_file: Option<JournalFile>,
    /// Whether a caller may choose a fault by a header.
    pub heeds_fault_headers: bool,
    /// What chance is drawn from where nobody says otherwise.
    pub seed: u64,
    /// The accounts that a reset goes back to.
    pub accounts: Vec<Account>,
}

impl Simulator {
    /// Starts the services of a plan.
    pub async fn start(plan: Plan, settings: Settings) -> Result<Self, StartError> {
        let redaction = Arc::new(Redaction::of(plan.accounts.clone()));
        let rules = Arc::new(FaultRules::new(Arc::new(plan.accounts.clone()), settings.heeds_fault_headers));
        let journal_file = settings.journal_file.map(|file| file.redacting_with(Arc::clone(&redaction)));
        let recorder = Arc::new(Recorder::new(plan.accounts.clone(), settings.bounds, journal_file));
        let witness = Arc::<Recorder>::clone(&recorder);
        let system =
            System::start(Plan { recording: Recording::OfAnybody(witness, Arc::clone(&rules)), ..plan }).await?;
        let (events, watchers) = (recorder.events(), recorder.watchers());
        let parts = Arc::new(Parts {
            contract: system.contract(),
            system,
            recorder,
            rules,
            diagram: settings.diagram,
            accounts: RwLock::new(settings.accounts),
            seed: settings.seed,
            redaction,
        });
        tokio::spawn(publisher::publish(Arc::downgrade(&parts), events, watchers));
        Ok(Self(parts))
    }
}
