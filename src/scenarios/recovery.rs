//! Recovery: a deployment that has met trouble is left alone until a plain refresh works again.
//!
//! A circuit breaker that opens after a few failures, and an edge that takes its upstream for down for ten seconds, are good
//! designs: what they do to the next scenario says nothing about it.

use std::time::{Duration, Instant};

use super::customer::Client;
use super::drawn::{Values, call_of, drawn_request};
use super::refresh::drawn_feature;
use super::run::Run;
use crate::diagram::{Circumstances, Validity};
use crate::protocol::{Feature, Participant};
use crate::topology::{AccountInPlay, TokenState, Wish};
use crate::transcript::{Keys, Purpose};

/// The longest that is waited: breakers and upstreams that are marked down come back within ten seconds, or thirty.
const LONGEST: Duration = Duration::from_secs(35);
const PAUSE: Duration = Duration::from_millis(250);

/// Whether plain refreshes work, as they are seen to before any trouble is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recovery {
    /// Where they never worked, there is nothing to wait for.
    worked: bool,
}

impl Recovery {
    /// Looks whether plain refreshes work while nobody has made trouble.
    pub(super) async fn before_trouble(run: &Run) -> Self {
        Self { worked: plain_refresh(run).await }
    }

    /// Waits until a plain refresh works again, or returns why nothing can be judged.
    pub(super) async fn wait(self, run: &Run) -> Result<(), String> {
        let since = Instant::now();
        while self.worked && !plain_refresh(run).await {
            if since.elapsed() > LONGEST {
                return Err(format!(
                    "no plain refresh has worked for {LONGEST:?} since the trouble that a scenario before made\n\
                     hint: does the deployment come back by itself? Each such scenario can be played alone"
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Returns whether a customer who has done nothing wrong is given a token.
async fn plain_refresh(run: &Run) -> bool {
    let system = &run.system;
    let account = if system.makes_accounts() {
        system.account(Wish::with_feature(Feature::On), &[], None).ok()
    } else {
        system.known_accounts(None).into_iter().find(|account| account.has_address)
    };
    match account {
        Some(account) => refreshed(run, &account).await.is_some(),
        None => false,
    }
}

async fn refreshed(run: &Run, account: &AccountInPlay) -> Option<()> {
    let mut headers = Client::holding(&run.system.deployment().tokens).headers();
    let first = run.system.token(TokenState::Valid, account, &headers).await.ok()?;
    headers.extend(account.origin.clone().map(|origin| ("origin".to_owned(), origin)));
    let circumstances = Circumstances::new(drawn_feature(account.feature), Validity::Valid, Validity::Valid);
    let course = run.diagram.course(circumstances);
    let (_, label) = call_of(&course, Participant::Orchestrator)?;
    let values = Values {
        deployment_key: account.deployment_key.clone(),
        token: first.token,
        fingerprint: first.fingerprint,
        account_sid: account.account_sid.clone(),
    };
    let mut request = drawn_request(label, &values, Some(run.contract.token_place));
    request.headers.extend(headers);
    let keys = Keys { account: account.account_sid.as_ref().map(ToString::to_string), ..Keys::of(&request) };
    let transcript = run.system.call(Purpose::Refresh, keys, Participant::Starship, request).await.ok()?;
    run.redactor.hide_secrets_of(&transcript);
    run.system.adopt(&transcript);
    transcript.customer_reply().filter(|reply| (200..300).contains(&reply.status)).map(|_granted| ())
}
