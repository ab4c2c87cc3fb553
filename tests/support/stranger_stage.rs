//! The stranger's services in a deployment, and the file that describes it.

use std::fmt::Write as _;

use hopcheck::protocol::Participant;

use super::flaw::{Flaw, flawed};
use super::{Ended, Folder, Program, SHOPS, free_address, stranger};

/// The stranger's services, and the deployment file that describes them.
pub(crate) struct StrangerStage {
    pub(crate) folder: Folder,
}

impl StrangerStage {
    /// Sets up a deployment in which these are the stranger's, and hopcheck plays the others.
    pub(crate) fn of(real: &[Participant]) -> Self {
        Self::with(real, None)
    }

    /// Sets up a deployment in which one is the stranger's, and has a flaw.
    pub(crate) fn of_one(real: Participant, flaw: Flaw) -> Self {
        Self::with(&[real], Some(flaw))
    }

    fn with(real: &[Participant], flaw: Option<Flaw>) -> Self {
        let mut file = String::new();
        let mut found_at = String::new();
        for service in Participant::SERVICES.into_iter().rev() {
            let is_called_by_real = service.called_on().is_some_and(|hop| real.contains(&hop.caller()));
            let address = free_address();
            if real.contains(&service) {
                let url = stranger(service, &found_at);
                let url = flaw.map_or(url.clone(), |flaw| flawed(flaw, service, url));
                let _ = writeln!(file, "[participants.{}]\nurl = \"{url}\"", service.key());
                if is_called_by_real {
                    let _ = writeln!(file, "tap = \"{address}\"");
                }
            } else if is_called_by_real {
                let _ = writeln!(file, "[participants.{}]\nlisten = \"{address}\"", service.key());
            }
            found_at = format!("http://{address}");
        }
        if real.contains(&Participant::Orchestrator) {
            for ((key, sid, _), name) in SHOPS.into_iter().zip(["feature-on", "feature-off"]) {
                let _ = writeln!(file, "[accounts.{name}]\ndeployment_key = \"{key}\"\naccount_sid = \"{sid}\"");
            }
        }
        Self { folder: Folder::new().with("deployment.toml", &file) }
    }

    /// Verifies the deployment, with more arguments.
    pub(crate) fn judge(&self, more: &[&str]) -> Ended {
        let program = Program::new(["verify", "--deployment", "deployment.toml"]).within(&self.folder);
        more.iter().fold(program, Program::and).ends()
    }
}
