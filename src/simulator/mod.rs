//! The simulator: services that run until they are stopped, with an admin API and a live page beside them.
//!
//! It plays what the topology plays, remembers the refreshes that others make, and says what the diagram says of them. It
//! reads no file and no environment and prints nothing.

mod api;
mod events;
mod guard;
mod history;
mod journal_file;
mod judgement;
mod metrics;
mod recorder;
mod redaction;
mod sampling;
mod views;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

pub use guard::AdminToken;
pub use history::Bounds;
pub use journal_file::JournalFile;

use recorder::Recorder;
use redaction::Redaction;

use crate::diagram::Diagram;
use crate::protocol::{Account, Contract};
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

/// A running simulator. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Simulator(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    system: System,
    recorder: Arc<Recorder>,
    rules: Arc<FaultRules>,
    diagram: Arc<Diagram>,
    /// What the services keep to beyond the diagram.
    contract: Contract,
    accounts: RwLock<Vec<Account>>,
    seed: u64,
    redaction: Arc<Redaction>,
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
        let (happenings, watchers) = (recorder.happenings(), recorder.watchers());
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
        tokio::spawn(events::tell(Arc::downgrade(&parts), happenings, watchers));
        Ok(Self(parts))
    }

    /// Serves the admin API and the live page at an address, and returns the address.
    ///
    /// Whoever is to be let in from elsewhere than this machine needs the token.
    pub async fn serve_admin(&self, address: SocketAddr, token: Option<AdminToken>) -> io::Result<SocketAddr> {
        self.0.system.serve_beside(address, api::router(self.clone(), token)).await
    }

    /// Returns the services.
    pub fn system(&self) -> &System {
        &self.0.system
    }

    /// Replaces the accounts that came from a file: those that are in it no more are removed, the others are as it says.
    ///
    /// # Errors
    ///
    /// Returns why the accounts cannot stand beside those that were added by the API; nothing is changed then.
    pub fn replace_accounts(&self, accounts: Vec<Account>) -> Result<(), String> {
        let mut stated = self.0.accounts.write().unwrap_or_else(PoisonError::into_inner);
        self.0.system.accounts().replace(&stated, &accounts).map_err(|refused| refused.to_string())?;
        *stated = accounts;
        self.0.recorder.tell_of_accounts();
        Ok(())
    }

    /// Returns how many refreshes are missing in the journal's file, because they could not be written.
    pub fn unwritten(&self) -> u64 {
        self.0.recorder.unwritten()
    }

    /// Stops taking calls, lets those under way end, and writes what is still to be written.
    pub async fn stop(&self) {
        self.0.system.drain().await;
        self.0.recorder.finish();
    }
}
