//! The sibling flow: a customer's first token.

use cucumber::{then, when};

use crate::diagram::Validity;
use crate::protocol::Participant;
use crate::scenarios::customer::{Client, Customer, Manner};
use crate::scenarios::record::Halt;
use crate::scenarios::refresh::drawn_feature;
use crate::scenarios::steps::arrows::all_arrows;
use crate::scenarios::steps::refreshes::unknown_key;
use crate::scenarios::world::{Stage, Step};
use crate::topology::{AccountInPlay, without_token};

/// As the diagram of creation draws it, with the account's deployment key.
#[when(expr = "the customer asks for a first token")]
async fn asks(stage: &mut Stage) -> Step {
    must_create_tokens(stage)?;
    let account = stage.account()?;
    ask(stage, &account).await
}

/// As the diagram of creation draws it, with a deployment key that is made up.
#[when(expr = "the customer asks for a first token with a deployment key that no account has")]
async fn asks_with_an_unknown_key(stage: &mut Stage) -> Step {
    must_create_tokens(stage)?;
    let account = AccountInPlay { deployment_key: unknown_key(), account_sid: None, ..stage.account()? };
    ask(stage, &account).await
}

/// The reply holds a token.
#[then(expr = "the customer is given a token")]
async fn is_given_a_token(stage: &mut Stage) -> Step {
    let transcript = stage.last_transcript()?;
    let run = stage.run()?;
    if let Ok(first) = run.system.first_token_in(&transcript) {
        let Some(client) = stage.newcomer.clone() else {
            return Err(stage.stop(Halt::Error("no step before asks for a first token".to_owned())));
        };
        let acknowledged = run.system.acknowledged(first, &stage.account()?, &client.headers()).await;
        let first = stage.or_stop(acknowledged)?;
        stage.customers.push(Customer {
            account: 0,
            client,
            token: first.token,
            validity: Validity::Valid,
            fingerprint: first.fingerprint,
            roles: first.roles,
            new_token: None,
        });
        stage.holds();
        Ok(())
    } else {
        let reason = without_token(&run.system, &transcript);
        stage.remark(Participant::Starship, "the first token", ["a token", &reason], &transcript)?;
        // Without one, there is nothing that the steps to come could be about.
        Err(stage.stop(Halt::Error(reason)))
    }
}

/// Every arrow of the diagram of creation that can be seen from here. What the built-in one draws is a SHOULD: it is hopcheck's own.
#[then(expr = "the first token is created as drawn")]
fn is_created_as_drawn(stage: &mut Stage) -> Step {
    let (run, account, transcript) = (stage.run()?, stage.account()?, stage.last_transcript()?);
    let judged = run.creation().judge(
        (drawn_feature(account.feature), &account),
        (run.visibility(None), run.under_test()),
        (&transcript, run.next_refresh()),
        &run.redactor,
    );
    let judged = stage.or_stop(judged)?;
    stage.holds();
    stage.record.found(judged, &transcript)
}

/// The token just given takes the course of a valid one, arrow by arrow.
#[then(expr = "the token can be refreshed")]
async fn can_be_refreshed(stage: &mut Stage) -> Step {
    stage.refresh(0, Manner::default()).await?;
    let refresh = stage.last_refresh()?;
    all_arrows(stage, &refresh)
}

async fn ask(stage: &mut Stage, account: &AccountInPlay) -> Step {
    let run = stage.run()?;
    let client = Client::holding(&run.system.deployment().tokens);
    let transcript = run.system.create_token(account, &client.headers()).await;
    let transcript = stage.or_stop(transcript)?;
    run.redactor.hide_secrets_of(&transcript);
    stage.newcomer = Some(client);
    stage.other_call = Some(transcript);
    Ok(())
}

/// Stops the scenario where the deployment creates no first tokens: they come from elsewhere.
fn must_create_tokens(stage: &mut Stage) -> Step {
    let feature = stage.account()?.feature;
    if stage.run()?.system.creates_tokens(feature) {
        return Ok(());
    }
    let reason = "first tokens are not created by this deployment, as far as can be seen".to_owned();
    Err(stage.stop(Halt::NotObserved(reason)))
}
