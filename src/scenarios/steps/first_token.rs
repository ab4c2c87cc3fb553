//! The sibling flow: a customer's first token.

use cucumber::{then, when};

use crate::diagram::Validity;
use crate::protocol::{Participant, Token};
use crate::scenarios::customer::{Client, Customer, Manner};
use crate::scenarios::record::Halt;
use crate::scenarios::steps::arrows::all_arrows;
use crate::scenarios::steps::refreshes::unknown_key;
use crate::scenarios::world::{Stage, Step};
use crate::topology::{AccountInPlay, first_token_in, without_token};

/// POST /V2/Webchat/Token with the account's deployment key.
#[when(expr = "the customer asks for a first token")]
async fn asks(stage: &mut Stage) -> Step {
    let account = stage.account()?;
    ask(stage, &account).await
}

/// POST /V2/Webchat/Token with a deployment key that is made up.
#[when(expr = "the customer asks for a first token with a deployment key that no account has")]
async fn asks_with_an_unknown_key(stage: &mut Stage) -> Step {
    let account = AccountInPlay { deployment_key: unknown_key(), account_sid: None, ..stage.account()? };
    ask(stage, &account).await
}

/// The reply holds a token.
#[then(expr = "the customer is given a token")]
fn is_given_a_token(stage: &mut Stage) -> Step {
    let transcript = stage.last_transcript()?;
    let reply = transcript.customer_reply();
    if let Some(token) = reply.and_then(|reply| reply.body.text("token")).filter(|token| !token.is_empty()) {
        let Some(client) = stage.newcomer.clone() else {
            return Err(stage.stop(Halt::Error("no step before asks for a first token".to_owned())));
        };
        stage.customers.push(Customer {
            account: 0,
            client,
            token: Token::new(token),
            validity: Validity::Valid,
            fingerprint: first_token_in(&transcript).ok().and_then(|first| first.fingerprint),
            new_token: None,
        });
        stage.holds();
        Ok(())
    } else {
        let reason = without_token(&transcript);
        stage.remark(Participant::Starship, "the first token", ["a token", &reason], &transcript)?;
        // Without one, there is nothing that the steps to come could be about.
        Err(stage.stop(Halt::Error(reason)))
    }
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
