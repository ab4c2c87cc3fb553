//! Readiness: what has to be true of a deployment before the first scenario can say anything about it.

use std::time::{Duration, Instant};

use super::customer::Client;
use super::run::Run;
use crate::config::deployment::{Declared, TokenSource};
use crate::protocol::{Feature, Hop, Participant};
use crate::topology::{AccountInPlay, TokenState, Unmet, Wish, first_token_in};
use crate::transcript::{Exchange, Transcript};
use crate::wire::{Unreached, is_of_gateway};

/// Waits until every real participant answers and every account gets a first token, and sees that real services call those
/// of ours that they have to call. Tells what it waits for, if it has to.
///
/// Without it, a wrong URL or key would be reported as so many scenarios that deviate, or worse: a refusal that has
/// nothing to do with its token would be taken for that of an invalid one.
pub async fn check_readiness(run: &Run, tell: impl Fn(&str)) -> Result<(), String> {
    let system = &run.system;
    if Participant::SERVICES.into_iter().all(|service| system.plays(service)) {
        return Ok(());
    }
    let patience = Patience { since: Instant::now(), most: system.deployment().limits.ready_within };
    for (service, declared) in &system.deployment().participants {
        if let Declared::Reachable { url, .. } = declared {
            let who =
                if *service == Participant::Starship { "the edge".to_owned() } else { format!("the real {service}") };
            let whom = format!("{who} at {}", url.as_str().trim_end_matches('/'));
            let reach = async || {
                system.reach(url).await.map_err(|Unreached { reason, hint, may_heal }| {
                    let hint = format!("hint: nothing was judged; {hint}");
                    if may_heal {
                        let most = patience.most;
                        Unready::Yet(format!("failed to reach {whom} within {most:?}: {reason}\n{hint}"))
                    } else {
                        Unready::Ever(format!("failed to reach {whom}: {reason}\n{hint}"))
                    }
                })
            };
            patience.until(&whom, &tell, reach).await?;
        }
    }
    let accounts: Vec<AccountInPlay> = if system.makes_accounts() {
        system.account(Wish::with_feature(Feature::On), &[], None).into_iter().collect()
    } else {
        system.known_accounts(None).into_iter().filter(|account| account.has_address).collect()
    };
    for account in &accounts {
        let name = account.name.as_deref().map(|name| format!(" of the account `{name}`")).unwrap_or_default();
        patience.until(&format!("a first token{name}"), &tell, async || first_token(run, account, &name).await).await?;
    }
    Ok(())
}

/// Why the deployment cannot be judged.
enum Unready {
    /// It may still be starting.
    Yet(String),
    /// It will not be otherwise.
    Ever(String),
}

async fn first_token(run: &Run, account: &AccountInPlay, name: &str) -> Result<(), Unready> {
    let system = &run.system;
    let client = Client::holding(&system.deployment().tokens).headers();
    let without = |unmet: Unmet| {
        let of_proxy = system.proxy_before_the_edge().map(|proxy| format!(" The answer may be the proxy's at {proxy}"));
        let of_proxy = of_proxy.unwrap_or_default();
        let hint = format!("is the deployment key{name} right, and the URL the deployment's own?{of_proxy}");
        format!("{unmet}\nhint: nothing was judged; {hint}")
    };
    if system.deployment().tokens.source != TokenSource::Create {
        let token = system.token(TokenState::Valid, account, &client).await;
        return token.map(|_token| ()).map_err(|unmet| Unready::Ever(without(unmet)));
    }
    let transcript = system.create_token(account, &client).await.map_err(|unmet| Unready::Ever(without(unmet)))?;
    system.learn_account(&account.deployment_key, &transcript);
    let first = first_token_in(&transcript).map(|_token| ()).map_err(without);
    match uncalled(run, &transcript).and(first) {
        Err(reason) if transcript.customer_reply().is_none_or(is_of_gateway) => Err(Unready::Yet(reason)),
        Err(reason) => Err(Unready::Ever(reason)),
        Ok(()) => Ok(()),
    }
}

/// How long to look again.
struct Patience {
    since: Instant,
    most: Duration,
}

impl Patience {
    const PAUSE: Duration = Duration::from_millis(100);

    /// Looks until it is there, or returns what was said last when there is no time left.
    async fn until(
        &self,
        what: &str,
        tell: impl Fn(&str),
        look: impl AsyncFn() -> Result<(), Unready>,
    ) -> Result<(), String> {
        let mut told = false;
        loop {
            let reason = match look().await {
                Ok(()) => return Ok(()),
                Err(Unready::Ever(reason)) => return Err(reason),
                Err(Unready::Yet(reason)) => reason,
            };
            if self.since.elapsed() + Self::PAUSE > self.most {
                return Err(reason);
            }
            if !std::mem::replace(&mut told, true) {
                tell(&format!("waiting for {what}, {:?} at most", self.most));
            }
            tokio::time::sleep(Self::PAUSE).await;
        }
    }
}

/// Complains about the outermost real service that did not call its neighbour where the call would have been seen.
fn uncalled(run: &Run, transcript: &Transcript) -> Result<(), String> {
    let system = &run.system;
    let mut inwards = Hop::ALL.into_iter().filter(|hop| *hop != Hop::Edge && system.sees(*hop));
    let missed = inwards.find(|hop| transcript.first_on(*hop).is_none() && !system.plays(hop.caller()));
    let Some(hop) = missed else { return Ok(()) };
    let (caller, neighbour) = (hop.caller(), hop.callee());
    let whose = if system.plays(neighbour) { "our" } else { "the tap of the real" };
    let got = |exchange: Option<&Exchange>| match exchange.and_then(Exchange::reply) {
        Some(reply) => format!("status {}", reply.status),
        None => "no reply".to_owned(),
    };
    let mut answers = format!("the customer got {}", got(transcript.first_on(Hop::Edge)));
    if let Some(called) = caller.called_on().and_then(|hop| transcript.first_on(hop)).filter(|it| it.hop != Hop::Edge) {
        answers = format!("it answered {}, and {answers}", got(Some(called)));
    }
    let or_else = if system.makes_accounts() {
        format!("; if {caller} has to know the account, name some that it knows with --accounts FILE")
    } else {
        String::new()
    };
    let address = system.address(neighbour).unwrap_or_default();
    Err(format!(
        "the real {caller} did not call {whose} {neighbour} at {address}; {answers}\n\
         hint: nothing was judged; configure {caller} to call that address{or_else}"
    ))
}
