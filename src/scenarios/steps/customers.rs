//! The customers of a scenario and the tokens they hold.

use cucumber::given;

use crate::diagram::Validity;
use crate::scenarios::customer::{Client, Customer};
use crate::scenarios::parameters::{Switch, TokenFlaw};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::topology::{TokenState, Wish};

/// A customer of the account, whose token is good in its own browser.
#[given(expr = "a customer with a valid token")]
async fn a_customer(stage: &mut Stage) -> Step {
    stage.enter_customer(0, TokenState::Valid).await
}

/// A customer of the account, whose token is good but for one thing.
#[given(expr = "a customer with a token that {token flaw}")]
async fn a_customer_with_a_bad_token(stage: &mut Stage, flaw: TokenFlaw) -> Step {
    stage.enter_customer(0, flaw.0).await
}

/// A customer who presents a token that is good, but was given to a customer of another account.
#[given(expr = "a customer with a token that belongs to another account")]
async fn a_customer_with_a_foreign_token(stage: &mut Stage) -> Step {
    let run = stage.run()?;
    let account = stage.account()?;
    let name = account.name.as_deref().unwrap_or_default();
    if let Some(token) = run.system.deployment().tokens.foreign.of(name) {
        stage.foreign_tokens.push(token.clone());
        stage.customers.push(Customer {
            account: 0,
            client: Client::holding(&run.system.deployment().tokens),
            token: token.clone(),
            validity: Validity::Invalid,
            fingerprint: None,
            roles: None,
            new_token: None,
        });
        return Ok(());
    }
    stage.enter_account_like_the_first()?;
    stage.enter_customer(stage.accounts.len() - 1, TokenState::Valid).await?;
    if let Some(customer) = stage.customers.last_mut() {
        customer.account = 0;
        customer.validity = Validity::Invalid;
        let token = customer.token.clone();
        stage.foreign_tokens.push(token);
    }
    Ok(())
}

/// A customer who presents a token that is good, but was given to a customer of an account whose feature is so.
#[given(expr = "a customer with a token that belongs to an account with the feature {switch}")]
async fn a_customer_with_a_token_of_another_feature(stage: &mut Stage, feature: Switch) -> Step {
    if stage.run()?.system.shares_tokens() {
        let reason = "each account needs tokens of its own, and [tokens] has only one for all".to_owned();
        return Err(stage.stop(Halt::NotRun(reason)));
    }
    stage.enter_account(Wish::with_feature(feature.0)).await?;
    stage.enter_customer(stage.accounts.len() - 1, TokenState::Valid).await?;
    if let Some(customer) = stage.customers.last_mut() {
        customer.account = 0;
        customer.validity = Validity::Invalid;
        let token = customer.token.clone();
        stage.foreign_tokens.push(token);
    }
    Ok(())
}

/// One customer for each account so far.
#[given(expr = "a customer of each account with a valid token")]
async fn a_customer_of_each_account(stage: &mut Stage) -> Step {
    for account in 0..stage.accounts.len() {
        stage.enter_customer(account, TokenState::Valid).await?;
    }
    Ok(())
}

/// Several customers of the account, each with a token of its own.
#[given(expr = "{int} customers with valid tokens")]
async fn several_customers(stage: &mut Stage, count: usize) -> Step {
    if stage.run()?.system.shares_tokens() {
        let reason = "each customer needs a token of its own, and [tokens] has only one for all".to_owned();
        return Err(stage.stop(Halt::NotRun(reason)));
    }
    for _ in 0..count {
        stage.enter_customer(0, TokenState::Valid).await?;
    }
    Ok(())
}
