//! Readiness: what has to be true of a deployment before the first scenario can say anything about it.

use std::time::{Duration, Instant};

use super::customer::Client;
use super::run::Run;
use crate::config::deployment::Declared;
use crate::protocol::{Feature, Hop, Participant};
use crate::topology::{AccountInPlay, Unmet, Wish, tampered, uncalled, what_to_do};
use crate::transcript::{Exchange, Transcript};
use crate::wire::{Unreached, is_of_gateway};

/// Waits until every real participant answers and every account gets a first token, and sees that real services call whom
/// they have to call when it is refreshed. Tells what it waits for, if it has to.
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
        let of = |feature| system.account(Wish::with_feature(feature), &[], None);
        [Feature::On, Feature::Off].into_iter().filter_map(|feature| of(feature).ok()).collect()
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

/// Sees that an account's customers get tokens, and that the refresh of one reaches everybody who would be seen.
async fn first_token(run: &Run, account: &AccountInPlay, name: &str) -> Result<(), Unready> {
    let system = &run.system;
    let client = Client::holding(&system.deployment().tokens).headers();
    let first = match system.settle_first_token(account, &client).await {
        Ok(first) => first,
        Err((unmet @ Unmet::Precondition(_), _)) => {
            return Err(Unready::Ever(format!(
                "{unmet}\nhint: nothing was judged; the deployment file states it, under [accounts]"
            )));
        }
        Err((unmet, None)) => {
            let hint = "nothing was judged; [tokens] of the deployment file says where tokens come from";
            return Err(Unready::Ever(format!("{unmet}\nhint: {hint}")));
        }
        Err((unmet, Some(created))) => {
            let of_proxy =
                system.proxy_before_the_edge().map(|proxy| format!(" The answer may be the proxy's at {proxy}"));
            let what_to_do = what_to_do(system, name, &created) + &of_proxy.unwrap_or_default();
            let reason = format!("{unmet}\nhint: nothing was judged; {what_to_do}");
            let may_still_start = created.customer_reply().is_none_or(is_of_gateway);
            return Err(if may_still_start { Unready::Yet(reason) } else { Unready::Ever(reason) });
        }
    };
    if !system.sees_within() {
        return Ok(());
    }
    let unsent = |unmet: Unmet| Unready::Ever(unmet.to_string());
    let refresh = system.refresh_once(account, &first.token, &client).await.map_err(unsent)?;
    system.learn_account(&account.deployment_key, &refresh);
    run.redactor.hide_secrets_of(&refresh);
    let Some(missed) = complaint_about_wiring(run, &refresh) else { return Ok(()) };
    let is_good = |transcript: &Transcript| system.first_token_in(transcript).is_ok();
    if is_good(&refresh) {
        // Either nobody is asked, which is for the scenarios to say, or somebody else is, who knows a spoilt token.
        let spoilt = system.refresh_once(account, &tampered(&first.token), &client).await.map_err(unsent)?;
        if is_good(&spoilt) {
            return Ok(());
        }
    }
    let may_still_start = refresh.customer_reply().is_none_or(is_of_gateway);
    Err(if may_still_start { Unready::Yet(missed) } else { Unready::Ever(missed) })
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

/// Complains about the outermost real service that did not call its neighbour in a refresh, where the call would have been
/// seen.
fn complaint_about_wiring(run: &Run, transcript: &Transcript) -> Option<String> {
    let system = &run.system;
    let (caller, missed) = uncalled(system, transcript)?;
    let got = |exchange: Option<&Exchange>| match exchange.and_then(Exchange::reply) {
        Some(reply) => format!("status {}", reply.status),
        None => "no reply".to_owned(),
    };
    let mut answers = format!("the customer got {}", got(transcript.first_on(Hop::Edge)));
    if let Some(called) = caller.called_on().and_then(|hop| transcript.first_on(hop)).filter(|it| it.hop != Hop::Edge) {
        answers = format!("it answered {}, and {answers}", got(Some(called)));
    }
    let or_else = if system.makes_accounts() {
        "; if it has to know the account, name some that it knows with --accounts FILE"
    } else {
        ""
    };
    Some(format!("{missed}; {answers}\nhint: nothing was judged; configure it to call that address{or_else}"))
}
