//! Refreshes by several clients on several accounts, one after the other, written as tables.

use cucumber::{gherkin, given, when};

use crate::diagram::Validity;
use crate::scenarios::customer::{Client, Customer, Manner};
use crate::scenarios::record::Halt;
use crate::scenarios::world::{Stage, Step};
use crate::topology::{TokenState, tampered};

/// A table with columns token, client, account and state: the name of each token, the numbers of the client that is given it and of the account it is of, and valid or expired.
#[given(expr = "these tokens")]
async fn these_tokens(stage: &mut Stage, #[step] step: &gherkin::Step) -> Step {
    for row in rows(stage, step, ["token", "client", "account", "state"])? {
        let [name, client, account, age] = row;
        let (client, account) = (number(stage, &client)?, number(stage, &account)?);
        let validity = match age.as_str() {
            "valid" => TokenState::Valid,
            "expired" => TokenState::Expired,
            other => return Err(stage.stop(Halt::Error(format!("`{other}` is no state of a token: valid or expired")))),
        };
        let client = nth_client(stage, client)?;
        stage.enter_customer_with(account, validity, client).await?;
        stage.named_tokens.push((name, stage.customers.len() - 1));
    }
    Ok(())
}

/// A table with columns client, account, token, manner and gives: who presents which token with which account's deployment key, as given or tampered with, and the name of the token that it gives.
#[when(expr = "these refreshes are made, one after the other")]
async fn these_refreshes(stage: &mut Stage, #[step] step: &gherkin::Step) -> Step {
    for row in rows(stage, step, ["client", "account", "token", "manner", "gives"])? {
        let [client, account, token, manner, gives] = row;
        let (client, account) = (number(stage, &client)?, number(stage, &account)?);
        let client = nth_client(stage, client)?;
        let Some(holder) = stage.named_tokens.iter().find(|(name, _)| *name == token).map(|(_, holder)| *holder) else {
            return Err(stage.stop(Halt::Error(format!("no token is called `{token}`"))));
        };
        let Some(held) = stage.customers.get(holder).cloned() else { continue };
        let presented = match manner.as_str() {
            "as given" => held.token.clone(),
            "tampered with" => tampered(&held.token),
            other => {
                let reason = format!("`{other}` is no manner: as given or tampered with");
                return Err(stage.stop(Halt::Error(reason)));
            }
        };
        let validity = |holds: bool| if holds { Validity::Valid } else { Validity::Invalid };
        let is_good = held.validity == Validity::Valid && held.account == account && presented == held.token;
        let is_own_client = held.client == client;
        if held.account != account {
            stage.foreign_tokens.push(presented.clone());
        }
        let presenting = Customer { account, new_token: None, ..held.clone() };
        stage.customers.push(presenting);
        let customer = stage.customers.len() - 1;
        let manner = Manner {
            client: Some((client, validity(is_own_client))),
            token: Some((presented, validity(is_good))),
            ..Manner::default()
        };
        stage.refresh(customer, manner).await?;
        if gives.is_empty() {
            continue;
        }
        // Where it gives none, the refresh is not as drawn, and that is for the next step to say.
        if let Some(token) = stage.customers.get(customer).and_then(|customer| customer.new_token.clone()) {
            stage.customers.push(Customer { token, new_token: None, ..held });
            stage.named_tokens.push((gives, stage.customers.len() - 1));
        } else {
            break;
        }
    }
    Ok(())
}

/// Returns the rows of a step's table, whose first row names these columns.
fn rows<const N: usize>(stage: &mut Stage, step: &gherkin::Step, columns: [&str; N]) -> Result<Vec<[String; N]>, Halt> {
    let table = step.table.as_ref().map(|table| table.rows.as_slice()).unwrap_or_default();
    let is_headed = table.first().is_some_and(|head| head.iter().map(String::as_str).eq(columns));
    let read: Option<Vec<[String; N]>> = table.iter().skip(1).map(|row| row.clone().try_into().ok()).collect();
    match read {
        Some(rows) if is_headed => Ok(rows),
        Some(_) | None => {
            let reason = format!("the step `{}` needs a table with the columns {}", step.value, columns.join(", "));
            Err(stage.stop(Halt::Error(reason)))
        }
    }
}

/// Returns the place of what a number from 1 stands for.
fn number(stage: &mut Stage, text: &str) -> Result<usize, Halt> {
    match text.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
        Some(place) => Ok(place),
        None => Err(stage.stop(Halt::Error(format!("`{text}` is no number from 1 on")))),
    }
}

/// Returns the client of a number, always the same one.
fn nth_client(stage: &mut Stage, place: usize) -> Result<Client, Halt> {
    let run = stage.run()?;
    while stage.named_clients.len() <= place {
        let first = stage.named_clients.first().cloned();
        let client = match (first, stage.named_clients.len()) {
            (Some(first), number) => first.other_browser_of(number),
            (None, _) => Client::holding(&run.system.deployment().tokens),
        };
        stage.named_clients.push(client);
    }
    match stage.named_clients.get(place) {
        Some(client) => Ok(client.clone()),
        None => Err(stage.stop(Halt::Error(format!("there is no client {}", place + 1)))),
    }
}
