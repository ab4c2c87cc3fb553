//! How a run of `verify` begins: the system is started, and waited for where somebody real has to answer.

use std::sync::Arc;

use super::given::Given;
use crate::cli::exit::Failure;
use crate::cli::output::{in_lines, note};
use crate::protocol::Participant;
use crate::scenarios::{Run, Scenario, check_readiness, drawn_routes};
use crate::topology::{Patience, Plan, StartError, Supply, System};
use crate::transcript::Redactor;

/// Starts the system, and says while it waits whom it waits for.
pub(super) async fn start(given: &Given, selected: &[&Scenario]) -> Result<Run, Failure> {
    let Given { diagram, creation, is_creation_stated, deployment, accounts, redactor, .. } = given;
    let routes = drawn_routes(diagram, creation);
    let mut plan = Plan { deployment: deployment.clone(), routes, ..Plan::embedded(Patience::Usual) };
    if let Some(accounts) = accounts {
        plan = plan.with_accounts(accounts).map_err(|error| Failure::usage(error.to_string()))?;
        plan.supply = Supply::Stated;
    }
    let system = System::start(plan.clone()).await.map_err(|error| not_started(&error, redactor))?;
    let nothing_is_real = Participant::SERVICES.into_iter().all(|participant| system.plays(participant));
    let contract = system.contract();
    let mut run = Run::new(Arc::clone(diagram), system, contract, Arc::clone(redactor));
    if *is_creation_stated {
        run.set_creation(Arc::clone(creation));
    }
    let tell = |waiting: &str| note(&in_lines(waiting, redactor));
    check_readiness(&run, tell).await.map_err(|reason| Failure::incomplete(in_lines(&reason, redactor)))?;
    let needs_impatience = selected.iter().any(|scenario| scenario.tags.iter().any(|tag| tag == "impatient"));
    if nothing_is_real && needs_impatience {
        let impatient = System::start(Plan { patience: Patience::Short, ..plan }).await;
        run.impatient = Some(impatient.map_err(|error| not_started(&error, redactor))?);
    }
    Ok(run)
}

/// Says why nothing could be started. A machine on which no port at all is free says nothing of the deployment.
fn not_started(error: &StartError, redactor: &Redactor) -> Failure {
    let message = in_lines(&error.to_string(), redactor);
    if matches!(error, StartError::Bind { address, .. } if address.port() == 0) {
        return Failure::incomplete(message);
    }
    Failure::usage(message)
}
