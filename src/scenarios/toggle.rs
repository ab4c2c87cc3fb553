//! The feature of a deployment's accounts, switched by the commands of `[toggle]`, seen to be switched, and put back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::customer::Manner;
use super::occupancy::Condition;
use super::run::Run;
use super::world::Stage;
use crate::config::deployment::DeclaredAccount;
use crate::diagram::Validity;
use crate::protocol::{Feature, Hop};
use crate::topology::{AccountInPlay, TokenState, Unmet};
use crate::transcript::{Keys, Transcript};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(200);

impl Run {
    /// Brings every account of the deployment into a condition, and waits until that shows. What could not be done once
    /// is not tried again.
    pub(super) async fn bring_into(self: &Arc<Self>, condition: Condition) -> Result<(), Unmet> {
        let Some(feature) = condition.switched() else {
            if self.is_switched.load(Ordering::Acquire) {
                self.switch_all(|account| account.feature).await?;
                self.is_switched.store(false, Ordering::Release);
            }
            return Ok(());
        };
        if let Some(unmet) = self.cannot_switch.get() {
            return Err(unmet.clone());
        }
        self.is_switched.store(true, Ordering::Release);
        let switched = self.switch_all(|_| feature).await;
        switched.inspect_err(|unmet| {
            let _ = self.cannot_switch.set(unmet.clone());
        })
    }

    async fn switch_all(self: &Arc<Self>, to: impl Fn(&DeclaredAccount) -> Feature) -> Result<(), Unmet> {
        for account in &self.system.deployment().accounts {
            self.system.switch(account, to(account)).await?;
        }
        for account in &self.system.deployment().accounts {
            self.see_switched(account, to(account)).await?;
        }
        Ok(())
    }

    /// Puts the feature of every account back to what the deployment file states, if it may be anything else.
    ///
    /// Returns why it could not, for the user to do it by hand.
    pub async fn restore(&self) -> Result<(), String> {
        if !self.is_switched.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut failures = Vec::new();
        for account in &self.system.deployment().accounts {
            if let Err(unmet) = self.system.switch(account, account.feature).await {
                failures.push(format!("{unmet}, for the account `{}`", account.name));
            }
        }
        self.is_switched.store(false, Ordering::Release);
        if failures.is_empty() {
            return Ok(());
        }
        let stated = "the feature may not be as the deployment file states it";
        Err(format!("{stated}: {}\nhint: switch it back by hand", failures.join("; ")))
    }

    /// Returns what is left as it should not be if nothing more is done.
    pub fn left_behind(&self) -> Option<String> {
        let left = "the feature may not be as the deployment file states it\nhint: switch it back by hand";
        self.is_switched.load(Ordering::Acquire).then(|| left.to_owned())
    }

    /// Waits until a refresh shows that the feature of an account is as it was switched.
    async fn see_switched(self: &Arc<Self>, account: &DeclaredAccount, feature: Feature) -> Result<(), Unmet> {
        let (since, most) = (Instant::now(), self.system.deployment().limits.ready_within);
        loop {
            let in_play = AccountInPlay { feature, ..AccountInPlay::from(account) };
            let transcript = self.refresh_from_another_browser(in_play).await?;
            if shown_in(&transcript) == Some(feature) {
                return Ok(());
            }
            if since.elapsed() + PAUSE > most {
                return Err(Unmet::Failed(format!(
                    "the command of [toggle] switched the feature of the account `{}` {feature}, and after {most:?} a \
                     refresh from another browser still shows otherwise\n\
                     hint: if that takes longer, say so with `ready_within` under [limits]",
                    account.name
                )));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Refreshes a new token of an account from another browser than the one it was given to.
    async fn refresh_from_another_browser(self: &Arc<Self>, account: AccountInPlay) -> Result<Transcript, Unmet> {
        let mut stage = Stage::default();
        stage.set(Arc::clone(self), &[], true);
        stage.accounts.push(account);
        let failed = |halt: super::Halt| Unmet::Failed(halt.to_string());
        stage.enter_customer(0, TokenState::Valid).await.map_err(failed)?;
        let client = stage.customer().map_err(failed)?.client.other_browser();
        let manner = Manner { client: Some((client, Validity::Invalid)), ..Manner::default() };
        stage.refresh(0, manner).await.map_err(failed)?;
        stage.last_refresh().map(|refresh| refresh.transcript).map_err(failed)
    }
}

/// Returns what the feature is, as a refresh from another browser shows it: by the fingerprint that the Orchestrator
/// sends, where that is seen, and else by whether the other browser is refused.
fn shown_in(transcript: &Transcript) -> Option<Feature> {
    let asked = transcript.first_on(Hop::FederatedAuth).or_else(|| transcript.first_on(Hop::ScopedAuth));
    let is_on = match asked {
        Some(asked) => Keys::of(&asked.request).fingerprint.is_some(),
        None => transcript.customer_reply()?.body.text("token").is_none(),
    };
    Some(if is_on { Feature::On } else { Feature::Off })
}
