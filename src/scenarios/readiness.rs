//! Readiness: what has to be true of a deployment before the first scenario can say anything about it.

use super::customer::Client;
use super::run::Run;
use crate::protocol::{Feature, Hop, Participant};
use crate::topology::deployment::TokenSource;
use crate::topology::{AccountInPlay, TokenState, Unmet, Wish, first_token_in};
use crate::transcript::Transcript;

/// Gets a first token of every account, and sees that real services call those of ours that they have to call.
///
/// Without it, a wrong URL or key would be reported as so many scenarios that deviate, or worse: a refusal that has
/// nothing to do with its token would be taken for that of an invalid one.
pub async fn check_readiness(run: &Run) -> Result<(), String> {
    let system = &run.system;
    if Participant::SERVICES.into_iter().all(|service| system.plays(service)) {
        return Ok(());
    }
    let accounts: Vec<AccountInPlay> = if system.plays(Participant::Orchestrator) {
        system.account(Wish::with_feature(Feature::On), &[]).into_iter().collect()
    } else {
        system.deployment().accounts.iter().map(AccountInPlay::from).collect()
    };
    let client = Client::holding(&system.deployment().tokens).headers();
    for account in &accounts {
        let first = if system.deployment().tokens.source == TokenSource::Create {
            let transcript = system.create_token(account, &client).await.map_err(words)?;
            uncalled(run, &transcript)?;
            first_token_in(&transcript)
        } else {
            system.token(TokenState::Valid, account, &client).await
        };
        first.map_err(|unmet| {
            let name = account.name.as_deref().map(|name| format!(" of the account `{name}`")).unwrap_or_default();
            format!(
                "{}\nhint: nothing was judged; is the deployment key{name} right, and the URL the deployment's own?",
                words(unmet)
            )
        })?;
    }
    Ok(())
}

/// Complains about the outermost real service that did not call its neighbour where the call would have been seen.
fn uncalled(run: &Run, transcript: &Transcript) -> Result<(), String> {
    let system = &run.system;
    let mut inwards = Hop::ALL.into_iter().filter(|hop| *hop != Hop::Edge && system.sees(*hop));
    let missed = inwards.find(|hop| transcript.first_on(*hop).is_none() && !system.plays(hop.caller()));
    let Some(hop) = missed else { return Ok(()) };
    let (caller, neighbour) = (hop.caller(), hop.callee());
    let whose = if system.plays(neighbour) { "our" } else { "the tap of the real" };
    let answer = match transcript.customer_reply() {
        Some(reply) => format!("the customer got status {}", reply.status),
        None => "the customer got no reply".to_owned(),
    };
    let address = system.address(neighbour).unwrap_or_default();
    Err(format!(
        "the real {caller} did not call {whose} {neighbour} at {address}; {answer}\n\
         hint: nothing was judged; configure {caller} to call that address"
    ))
}

fn words(unmet: Unmet) -> String {
    match unmet {
        Unmet::Precondition(reason) | Unmet::OutOfReach(reason) | Unmet::Failed(reason) => reason,
    }
}
