//! The accounts of a scenario, and changes to them.

use cucumber::{given, when};

use crate::protocol::{Feature, Hop};
use crate::scenarios::customer::Manner;
use crate::scenarios::parameters::{Sensitivity, Switch};
use crate::scenarios::world::{Stage, Step};
use crate::topology::{Change, Origins, Wish};
use crate::wire::{Fault, Hold};

/// An account about which only the feature matters.
#[given(expr = "an account with the feature {switch}")]
async fn an_account(stage: &mut Stage, feature: Switch) -> Step {
    stage.enter_account(Wish::with_feature(feature.0)).await
}

/// An account whose AllowedOrigins is empty.
#[given(expr = "an account with the feature {switch} that allows any origin")]
async fn an_open_account(stage: &mut Stage, feature: Switch) -> Step {
    stage.enter_account(Wish { origins: Origins::Any, ..Wish::with_feature(feature.0) }).await
}

/// An account whose AllowedOrigins names at least one.
#[given(expr = "an account with the feature {switch} that allows some origins")]
async fn a_selective_account(stage: &mut Stage, feature: Switch) -> Step {
    stage.enter_account(Wish { origins: Origins::Some, ..Wish::with_feature(feature.0) }).await
}

/// An account with this `FingerprintSensitivity`.
#[given(expr = "an account with the feature {switch} and fingerprint sensitivity {sensitivity}")]
async fn a_sensitive_account(stage: &mut Stage, feature: Switch, sensitivity: Sensitivity) -> Step {
    stage.enter_account(Wish { sensitivity: Some(sensitivity.0), ..Wish::with_feature(feature.0) }).await
}

/// A second account, which has another deployment key.
#[given(expr = "another account with the feature {switch}")]
async fn another_account(stage: &mut Stage, feature: Switch) -> Step {
    stage.enter_account(Wish::with_feature(feature.0)).await
}

/// An account for which no `AddressSid` is configured.
#[given(expr = "an account without an address configuration")]
async fn an_account_without_address(stage: &mut Stage) -> Step {
    stage.enter_account(Wish { has_address: false, ..Wish::with_feature(Feature::On) }).await
}

/// Changes the configuration of the account between two refreshes.
#[when(expr = "the account is changed to have the feature {switch} and to allow {string}")]
fn the_account_is_changed(stage: &mut Stage, feature: Switch, origin: String) -> Step {
    let run = stage.run()?;
    let account = stage.account()?;
    let change = Change { feature: feature.0, allowed_origins: vec![origin] };
    let changed = run.system.change_account(&account, &change);
    let changed = stage.or_stop(changed)?;
    if let Some(first) = stage.accounts.first_mut() {
        *first = changed;
    }
    Ok(())
}

/// Changes the configuration of the account once the refresh has reached ScopedAuth, and then lets it go on.
#[when(
    expr = "the account is changed to have the feature {switch} and to allow {string} while the customer refreshes the token"
)]
async fn the_account_is_changed_meanwhile(stage: &mut Stage, feature: Switch, origin: String) -> Step {
    let hold = Hold::default();
    let mut prepared = stage.prepare(0, &Manner::default())?;
    prepared.meets(Hop::ScopedAuth, Fault::Held(hold.clone()));
    let playing = prepared.play();
    tokio::pin!(playing);
    let early = tokio::select! {
        played = &mut playing => Some(played),
        () = hold.reached() => None,
    };
    let played = if let Some(played) = early {
        played
    } else {
        let changed = the_account_is_changed(stage, feature, origin);
        hold.release();
        let played = playing.await;
        changed?;
        played
    };
    let refresh = stage.or_stop(played)?;
    stage.keep(refresh)
}
