//! Customers refreshing their tokens, as usual and in unusual manners.

use cucumber::when;
use futures::future::join_all;

use crate::diagram::Validity;
use crate::protocol::{DeploymentKey, Token};
use crate::scenarios::customer::{Client, Manner, Page};
use crate::scenarios::parameters::{Attribute, ClientAttribute, Likeness, OriginLikeness};
use crate::scenarios::record::Halt;
use crate::scenarios::refresh::Prepared;
use crate::scenarios::steps::bad_input::without_last_letter;
use crate::scenarios::world::{Stage, Step};
use crate::topology::tampered;

/// The customer presents the token it was given at first.
#[when(expr = "the customer refreshes the token")]
async fn refreshes(stage: &mut Stage) -> Step {
    stage.refresh(0, Manner::default()).await
}

/// The same token from a browser of another make: another User-Agent.
#[when(expr = "the customer refreshes the token from another browser")]
async fn refreshes_from_another_browser(stage: &mut Stage) -> Step {
    let manner = from_another_browser(stage)?;
    stage.refresh(0, manner).await
}

/// The same token from a client that differs in one attribute. What follows for the fingerprint is said by the step
/// `the fingerprint is found {validity}`.
#[when(expr = "the customer refreshes the token with another {attribute}")]
async fn refreshes_with_another_attribute(stage: &mut Stage, attribute: ClientAttribute) -> Step {
    let own = stage.customer()?.client;
    let client = match attribute.0 {
        Attribute::UserAgent => own.other_browser(),
        Attribute::Language => Client { language: "fr-CH, fr;q=0.9".to_owned(), ..own },
        Attribute::Address => {
            must_believe_addresses(stage)?;
            Client { address: "203.0.113.99".to_owned(), ..own }
        }
        Attribute::Proxy => {
            must_believe_addresses(stage)?;
            own.behind_a_proxy()
        }
    };
    stage.refresh(0, Manner { client: Some((client, Validity::Invalid)), ..Manner::default() }).await
}

/// The page's origin is sent as a browser would.
#[when(expr = "the customer refreshes the token from the page {string}")]
async fn refreshes_from_a_page(stage: &mut Stage, origin: String) -> Step {
    stage.refresh(0, Manner { page: Page::On(origin), ..Manner::default() }).await
}

/// The page is on an origin that the account allows.
#[when(expr = "the customer refreshes the token from a page on an allowed origin")]
async fn refreshes_from_an_allowed_page(stage: &mut Stage) -> Step {
    let page = allowed_page(stage)?;
    stage.refresh(0, Manner { page, ..Manner::default() }).await
}

/// Another browser shows the allowed page.
#[when(expr = "the customer refreshes the token from another browser, from a page on an allowed origin")]
async fn refreshes_from_another_browser_on_an_allowed_page(stage: &mut Stage) -> Step {
    let page = allowed_page(stage)?;
    let manner = from_another_browser(stage)?;
    stage.refresh(0, Manner { page, ..manner }).await
}

/// Another browser shows a page on this origin.
#[when(expr = "the customer refreshes the token from another browser, from the page {string}")]
async fn refreshes_from_another_browser_on_a_page(stage: &mut Stage, origin: String) -> Step {
    let manner = from_another_browser(stage)?;
    stage.refresh(0, Manner { page: Page::On(origin), ..manner }).await
}

/// The call has no Origin header, as from a program.
#[when(expr = "the customer refreshes the token without naming an origin")]
async fn refreshes_without_origin(stage: &mut Stage) -> Step {
    stage.refresh(0, Manner { page: Page::Unnamed, ..Manner::default() }).await
}

/// The token is good, and the deployment key is made up.
#[when(expr = "the customer refreshes the token with a deployment key that no account has")]
async fn refreshes_with_an_unknown_key(stage: &mut Stage) -> Step {
    let deployment_key = Some(unknown_key());
    stage.refresh(0, Manner { deployment_key, ..Manner::default() }).await
}

/// The body holds one member more than the diagram draws.
#[when(expr = "the customer refreshes the token with an unknown member in the body")]
async fn refreshes_with_an_unknown_member(stage: &mut Stage) -> Step {
    stage.refresh(0, Manner { unknown_member: true, ..Manner::default() }).await
}

/// The customer presents the token that its last refresh returned.
#[when(expr = "the customer refreshes the new token")]
async fn refreshes_the_new_token(stage: &mut Stage) -> Step {
    let token = Some((new_token(stage)?, Validity::Valid));
    stage.refresh(0, Manner { token, ..Manner::default() }).await
}

/// The new token from a browser of another make.
#[when(expr = "the customer refreshes the new token from another browser")]
async fn refreshes_the_new_token_from_another_browser(stage: &mut Stage) -> Step {
    let token = Some((new_token(stage)?, Validity::Valid));
    let manner = from_another_browser(stage)?;
    stage.refresh(0, Manner { token, ..manner }).await
}

/// The new token from a page on this origin.
#[when(expr = "the customer refreshes the new token from the page {string}")]
async fn refreshes_the_new_token_from_a_page(stage: &mut Stage, origin: String) -> Step {
    let token = Some((new_token(stage)?, Validity::Valid));
    stage.refresh(0, Manner { token, page: Page::On(origin), ..Manner::default() }).await
}

/// The new token with one character changed.
#[when(expr = "the customer refreshes the new token after tampering with it")]
async fn refreshes_the_new_token_tampered(stage: &mut Stage) -> Step {
    let token = Some((tampered(&new_token(stage)?), Validity::Invalid));
    stage.refresh(0, Manner { token, ..Manner::default() }).await
}

/// One refresh after the other, each with the token of the one before.
#[when(expr = "the customer refreshes the token, and then each new token, {int} times in all")]
async fn refreshes_again_and_again(stage: &mut Stage, times: usize) -> Step {
    refreshes(stage).await?;
    for _ in 1..times {
        refreshes_the_new_token(stage).await?;
    }
    Ok(())
}

/// Every customer at the same time.
#[when(expr = "all customers refresh their tokens at once")]
async fn all_refresh(stage: &mut Stage) -> Step {
    let customers = 0..stage.customers.len();
    refresh_at_once(stage, customers.collect()).await
}

/// Every customer of two accounts at the same time, and then each new token, so many times in all.
#[when(expr = "both customers refresh their tokens at once, {int} times")]
async fn both_refresh(stage: &mut Stage, times: usize) -> Step {
    let count = stage.customers.len();
    for _ in 0..times {
        refresh_at_once(stage, (0..count).collect()).await?;
    }
    Ok(())
}

/// The page is on another origin than those that the account allows, which a careless comparison takes for one of them.
#[when(expr = "the customer refreshes the token from a page whose origin {likeness} an allowed one")]
async fn refreshes_from_a_look_alike(stage: &mut Stage, likeness: OriginLikeness) -> Step {
    let Page::On(allowed) = allowed_page(stage)? else { return Ok(()) };
    let (scheme, authority) = allowed.split_once("://").unwrap_or(("https", &allowed));
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let origin = match likeness.0 {
        Likeness::Beginning if host != authority => format!("{allowed}1"),
        Likeness::Beginning => format!("{allowed}.elsewhere.example"),
        Likeness::End => format!("{scheme}://not-{authority}"),
        Likeness::Host => format!("{scheme}://{host}:{}", if port == "8443" { "9443" } else { "8443" }),
    };
    stage.refresh(0, Manner { page: Page::On(origin), ..Manner::default() }).await
}

/// The token is good, and the deployment key lacks its last letter.
#[when(expr = "the customer refreshes the token with a deployment key that is almost the account's")]
async fn refreshes_with_almost_a_key(stage: &mut Stage) -> Step {
    let almost = without_last_letter(stage.account()?.deployment_key.expose());
    let deployment_key = Some(DeploymentKey::new(almost));
    stage.refresh(0, Manner { deployment_key, ..Manner::default() }).await
}

/// Only those believe that a client has another address, or none, whose deployment says so.
fn must_believe_addresses(stage: &mut Stage) -> Step {
    if stage.run()?.system.believes_forwarded_for() {
        return Ok(());
    }
    let reason = "the deployment does not say `forwarded_for = true` under [contract], so it would not believe another \
                  client address";
    Err(stage.stop(Halt::NotRun(reason.to_owned())))
}

/// Returns a deployment key that nobody has.
pub(super) fn unknown_key() -> DeploymentKey {
    DeploymentKey::new(format!("CV{:032x}", rand::random::<u128>()))
}

async fn refresh_at_once(stage: &mut Stage, customers: Vec<usize>) -> Step {
    let manner_of = |stage: &Stage, customer: usize| {
        // A token need not be good for more than one refresh.
        let new_token = stage.customers.get(customer).and_then(|customer| customer.new_token.clone());
        Manner { token: new_token.map(|token| (token, Validity::Valid)), ..Manner::default() }
    };
    let prepare = |customer| {
        let manner = manner_of(stage, customer);
        stage.prepare(customer, &manner)
    };
    let prepared: Vec<_> = customers.into_iter().map(prepare).collect::<Result<_, _>>()?;
    for played in join_all(prepared.into_iter().map(Prepared::play)).await {
        let refresh = stage.or_stop(played)?;
        stage.keep(refresh)?;
    }
    Ok(())
}

fn from_another_browser(stage: &mut Stage) -> Result<Manner, Halt> {
    let client = stage.customer()?.client.other_browser();
    Ok(Manner { client: Some((client, Validity::Invalid)), ..Manner::default() })
}

fn allowed_page(stage: &mut Stage) -> Result<Page, Halt> {
    match stage.account()?.origin {
        Some(origin) => Ok(Page::On(origin)),
        None => Err(stage.stop(Halt::NotRun("the account names no allowed origin".to_owned()))),
    }
}

fn new_token(stage: &mut Stage) -> Result<Token, Halt> {
    if let Some(token) = stage.customer()?.new_token {
        return Ok(token);
    }
    let refresh = stage.last_refresh()?;
    let judgement = stage.judgement(&refresh)?;
    stage.record.found(judgement.findings().cloned().collect::<Vec<_>>(), &refresh.transcript)?;
    Err(stage.stop(Halt::Error("the refresh before returned no token to go on with".to_owned())))
}
