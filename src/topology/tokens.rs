//! Where the tokens that customers present come from: the sibling flow, a command, the deployment file, or our own key.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use time::OffsetDateTime;

use super::{AccountInPlay, System, Unmet, command};
use crate::config::deployment::{Command, TokenSource};
use crate::participants::{Grant, TokenKey};
use crate::protocol::{AccountSid, CREATE_TOKEN, Fingerprint, Hop, Participant, Token};
use crate::transcript::{Body, Keys, Outcome, Purpose, Request, Transcript};

/// What is right or wrong about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Nothing is wrong.
    Valid,
    /// It was valid once.
    Expired,
    /// One character of a valid one was changed.
    Tampered,
    /// Only the first half of a valid one.
    CutShort,
    /// Well formed, signed with a key nobody knows.
    SignedBySomebodyElse,
    /// Well formed, and says that it needs no signature.
    Unsigned,
    /// A word.
    NoToken,
    /// The empty text.
    Empty,
}

/// A token fresh from the sibling flow, with what was recorded of how it came about.
#[derive(Debug, Clone)]
pub struct FirstToken {
    /// The token.
    pub token: Token,
    /// The fingerprint it was bound to, where a hop that shows it is seen.
    pub fingerprint: Option<Fingerprint>,
}

impl System {
    /// Returns whether all customers of an account have the same valid token.
    pub fn shares_tokens(&self) -> bool {
        self.deployment.tokens.source == TokenSource::Static
    }

    /// Returns a token in this state for a client of the account. The client is described by its headers.
    pub async fn token(
        &self,
        state: TokenState,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<FirstToken, Unmet> {
        let of = |text: String| FirstToken { token: Token::new(text), fingerprint: None };
        Ok(match state {
            TokenState::Valid => self.valid_token(account, client).await?,
            TokenState::Expired => self.expired_token(account, client).await?,
            TokenState::Tampered => {
                let valid = self.valid_token(account, client).await?;
                FirstToken { token: tampered(&valid.token), ..valid }
            }
            TokenState::CutShort => {
                let valid = self.valid_token(account, client).await?;
                let text = valid.token.expose();
                let half = text.chars().take(text.chars().count() / 2).collect::<String>();
                FirstToken { token: Token::new(half), ..valid }
            }
            TokenState::SignedBySomebodyElse => of(minted(&TokenKey::generate(), account, None, Age::Fresh)?),
            TokenState::Unsigned => {
                let valid = self.valid_token(account, client).await?;
                match unsigned(valid.token.expose()) {
                    Some(token) => FirstToken { token: Token::new(token), ..valid },
                    None => {
                        of(unsigned(&minted(&TokenKey::generate(), account, None, Age::Fresh)?).unwrap_or_default())
                    }
                }
            }
            TokenState::NoToken => of(format!("{:016x}-is-no-token", rand::random::<u64>())),
            TokenState::Empty => of(String::new()),
        })
    }

    /// Asks the edge for a first token with the account's deployment key and returns what was recorded.
    pub async fn create_token(
        &self,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<Transcript, Unmet> {
        let deployment_key = account.deployment_key.expose();
        let keys = Keys {
            deployment_key: Some(deployment_key.to_owned()),
            account: account.account_sid.as_ref().map(ToString::to_string),
            ..Keys::default()
        };
        let body = json!({ "deploymentKey": deployment_key }).to_string();
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend_from_slice(client);
        let request = Request {
            method: "POST".to_owned(),
            path: CREATE_TOKEN.to_owned(),
            query: String::new(),
            headers,
            body: Body::new(Bytes::from(body)),
        };
        self.call(Purpose::Creation, keys, Participant::Starship, request).await
    }

    async fn valid_token(&self, account: &AccountInPlay, client: &[(String, String)]) -> Result<FirstToken, Unmet> {
        let name = account.name.as_deref().unwrap_or_default();
        if let Some(token) = self.deployment.tokens.valid.of(name) {
            return Ok(FirstToken { token: token.clone(), fingerprint: None });
        }
        if let TokenSource::Command(command) = &self.deployment.tokens.source {
            let token = printed_token(command, "valid", account, client).await?;
            return Ok(FirstToken { token, fingerprint: None });
        }
        first_token_in(&self.create_token(account, client).await?)
    }

    /// Returns a token that differs from a valid one in its expiry alone.
    async fn expired_token(&self, account: &AccountInPlay, client: &[(String, String)]) -> Result<FirstToken, Unmet> {
        let of = |token: Token| FirstToken { token, fingerprint: None };
        let tokens = &self.deployment.tokens;
        if let Some(token) = tokens.expired.of(account.name.as_deref().unwrap_or_default()) {
            return Ok(of(token.clone()));
        }
        if self.plays(Participant::ScopedAuth) {
            let valid = self.valid_token(account, client).await?;
            let token = minted(self.token_key(), account, valid.fingerprint.clone(), Age::Expired)?;
            return Ok(FirstToken { token: Token::new(token), ..valid });
        }
        match &tokens.source {
            TokenSource::Command(command) => printed_token(command, "expired", account, client).await.map(of),
            TokenSource::Create | TokenSource::Static => {
                Err(Unmet::Precondition("the deployment file gives no `expired` token under [tokens]".to_owned()))
            }
        }
    }
}

/// Returns the token that a creation gave, with the fingerprint it was bound to where that was seen.
pub fn first_token_in(transcript: &Transcript) -> Result<FirstToken, Unmet> {
    let token = transcript.customer_reply().and_then(|reply| reply.body.text("token"));
    let fingerprint = [Hop::FederatedAuth, Hop::ScopedAuth]
        .into_iter()
        .find_map(|hop| transcript.first_on(hop)?.request.body.text("fingerprint"));
    match token {
        Some(token) => Ok(FirstToken { token: Token::new(token), fingerprint: fingerprint.map(Fingerprint::new) }),
        None => Err(Unmet::Failed(without_token(transcript))),
    }
}

#[derive(Debug, Clone, Copy)]
enum Age {
    Fresh,
    Expired,
}

fn minted(
    key: &TokenKey,
    account: &AccountInPlay,
    fingerprint: Option<Fingerprint>,
    age: Age,
) -> Result<String, Unmet> {
    let failed = |error: &dyn std::fmt::Display| Unmet::Failed(error.to_string());
    let account_sid: AccountSid = match &account.account_sid {
        Some(account_sid) => account_sid.clone(),
        None => format!("AC{:032x}", 0).parse().map_err(|error| failed(&error))?,
    };
    let ttl = Duration::from_hours(1);
    let mut grant = Grant::new(account_sid, account.roles.clone().unwrap_or_default(), ttl);
    grant.fingerprint = fingerprint;
    if matches!(age, Age::Expired) {
        grant.issued_at = OffsetDateTime::now_utc() - 2 * ttl;
    }
    key.mint(&grant).map(|generated| generated.token.expose().to_owned()).map_err(|error| failed(&error))
}

/// Changes one character in the middle, which no signature and no table of issued tokens can overlook.
pub fn tampered(token: &Token) -> Token {
    let text: Vec<char> = token.expose().chars().collect();
    let middle = (text.len() / 2..text.len()).find(|at| text[*at] != '.').unwrap_or(0);
    let change = |(at, c): (usize, &char)| match (at == middle, *c) {
        (true, 'A') => 'B',
        (true, _) => 'A',
        (false, c) => c,
    };
    Token::new(text.iter().enumerate().map(change).collect::<String>())
}

/// Replaces a signed token's header by `{"alg":"none","typ":"JWT"}` and leaves its signature out; `None` for a token of
/// another form.
fn unsigned(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."))
}

async fn printed_token(
    command: &Command,
    state: &str,
    account: &AccountInPlay,
    client: &[(String, String)],
) -> Result<Token, Unmet> {
    let header = |wanted: &str| client.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    let environment = [
        ("HOPCHECK_TOKEN", state),
        ("HOPCHECK_ACCOUNT", account.name.as_deref().unwrap_or_default()),
        ("HOPCHECK_DEPLOYMENT_KEY", account.deployment_key.expose()),
        ("HOPCHECK_USER_AGENT", header("user-agent")),
        ("HOPCHECK_ACCEPT_LANGUAGE", header("accept-language")),
        ("HOPCHECK_CLIENT_ADDRESS", header("x-forwarded-for")),
    ];
    let token = command::run(command, "[tokens]", &environment).await?;
    if token.is_empty() {
        return Err(Unmet::Failed(format!("the command `{}` of [tokens] printed nothing", command.program)));
    }
    Ok(Token::new(token))
}

/// Returns why a call for a first token gave none.
pub fn without_token(transcript: &Transcript) -> String {
    let why = match transcript.first_on(Hop::Edge).map(|exchange| &exchange.outcome) {
        Some(Outcome::Replied(reply)) => {
            let unread = reply.body.unread().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("status {} without a token{unread}", reply.status)
        }
        Some(Outcome::Failed(reason)) => reason.clone(),
        Some(Outcome::Pending) | None => "no reply".to_owned(),
    };
    format!("the deployment gave no first token: {why}")
}
