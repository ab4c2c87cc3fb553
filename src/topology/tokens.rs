//! Where the tokens that customers present come from: the sibling flow, a command, the deployment file, or our own key.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::apart::Doing;
use super::{AccountInPlay, System, Unmet, command, without_token};
use crate::config::deployment::{Command, TokenSource};
use crate::participants::{Grant, TokenKey};
use crate::protocol::{AccountSid, Feature, Fingerprint, Hop, Participant, Token, held_token};
use crate::transcript::{Body, Keys, Purpose, Request, Transcript};

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
    /// The roles that it was given with, where a reply said so.
    pub roles: Option<Vec<String>>,
}

impl FirstToken {
    /// Returns a token of which nothing else is known.
    pub fn of(token: Token) -> Self {
        Self { token, fingerprint: None, roles: None }
    }
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
        let of = |text: String| FirstToken::of(Token::new(text));
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
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend_from_slice(client);
        let route = &self.routes.create;
        let request = Request {
            method: route.method.clone(),
            path: route.path.clone(),
            query: String::new(),
            headers,
            body: Body::new(Bytes::from(self.creation_body(deployment_key).to_string())),
        };
        // Real services hand on nothing by which to tell two creations for one account apart.
        let _turn = if self.can_be_mistaken() { Some(self.queue.take(deployment_key).await) } else { None };
        self.call(Purpose::Creation, keys, Participant::Starship, request).await
    }

    /// Returns the token that a creation gave, with the fingerprint it was bound to where that was seen.
    pub fn first_token_in(&self, transcript: &Transcript) -> Result<FirstToken, Unmet> {
        let token = transcript.customer_reply().and_then(|reply| held_token(reply.body.json()?));
        let fingerprint = [Hop::FederatedAuth, Hop::ScopedAuth]
            .into_iter()
            .find_map(|hop| Fingerprint::of(transcript.first_on(hop)?.request.body.member(&["fingerprint"])?));
        match token {
            Some(token) => {
                let roles = transcript.customer_reply().and_then(|reply| reply.body.texts("roles"));
                Ok(FirstToken { token: Token::new(token), fingerprint, roles })
            }
            None => Err(Unmet::Failed(without_token(self, transcript))),
        }
    }

    fn creation_body(&self, deployment_key: &str) -> Value {
        let keys = self.routes.deployment_key_at.iter().rev();
        keys.fold(json!(deployment_key), |body, key| json!({ key.as_str(): body }))
    }

    fn can_be_mistaken(&self) -> bool {
        self.sees_within() && !Participant::SERVICES.into_iter().all(|service| self.plays(service))
    }

    /// Returns a valid token, from where the deployment file says. One that our `ScopedAuth` does not know is vouched for,
    /// and one is minted where the deployment creates none.
    async fn valid_token(&self, account: &AccountInPlay, client: &[(String, String)]) -> Result<FirstToken, Unmet> {
        let name = account.name.as_deref().unwrap_or_default();
        let stated = self.deployment.tokens.valid.of(name).cloned();
        let given = match (&stated, &self.deployment.tokens.source) {
            (Some(token), _) => FirstToken::of(token.clone()),
            (None, TokenSource::Command(command)) => {
                FirstToken::of(self.printed_token(command, "valid", account, client).await?)
            }
            (None, TokenSource::Create | TokenSource::Static) if self.does_without(account.feature) => {
                return self.vouched(None, account, client).await;
            }
            (None, TokenSource::Create | TokenSource::Static) => {
                self.first_token_in(&self.create_token(account, client).await?)?
            }
        };
        self.acknowledged(given, account, client).await
    }

    /// Returns a token that is given for valid, once our `ScopedAuth`, if it is ours, takes it for valid too.
    pub async fn acknowledged(
        &self,
        given: FirstToken,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<FirstToken, Unmet> {
        if self.is_known(&given.token) { Ok(given) } else { self.vouched(Some(given.token), account, client).await }
    }

    /// Returns whether the deployment creates the first tokens that it is judged with.
    pub fn creates_tokens(&self, feature: Feature) -> bool {
        self.deployment.tokens.source == TokenSource::Create && !self.does_without(feature)
    }

    fn does_without(&self, feature: Feature) -> bool {
        self.creates_nothing[usize::from(feature == Feature::Off)].load(Ordering::Acquire)
    }

    /// Returns a valid token as every scenario is going to get one. Where creating one fails and our `ScopedAuth` can do
    /// without, it does so from now on; otherwise the failure is returned, with the creation if there was one.
    pub async fn settle_first_token(
        &self,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<FirstToken, (Unmet, Option<Transcript>)> {
        let is_created = self.deployment.tokens.source == TokenSource::Create;
        let stated = self.deployment.tokens.valid.of(account.name.as_deref().unwrap_or_default()).is_some();
        if !is_created || stated || self.does_without(account.feature) {
            return self.valid_token(account, client).await.map_err(|unmet| (unmet, None));
        }
        let created = self.create_token(account, client).await.map_err(|unmet| (unmet, None))?;
        self.learn_account(&account.deployment_key, &created);
        match self.first_token_in(&created) {
            Ok(first) if self.is_known(&first.token) => Ok(first),
            Ok(first) => self.vouched(Some(first.token), account, client).await.map_err(|unmet| (unmet, Some(created))),
            Err(unmet) if !self.can_vouch() => Err((unmet, Some(created))),
            Err(unmet) => match self.vouched(None, account, client).await {
                Ok(first) => {
                    self.creates_nothing[usize::from(account.feature == Feature::Off)].store(true, Ordering::Release);
                    Ok(first)
                }
                Err(more @ Unmet::Precondition(_)) => Err((more, Some(created))),
                Err(_) => Err((unmet, Some(created))),
            },
        }
    }

    /// Returns a token that differs from a valid one in its expiry alone.
    async fn expired_token(&self, account: &AccountInPlay, client: &[(String, String)]) -> Result<FirstToken, Unmet> {
        let tokens = &self.deployment.tokens;
        if let Some(token) = tokens.expired.of(account.name.as_deref().unwrap_or_default()) {
            return Ok(FirstToken::of(token.clone()));
        }
        if self.plays(Participant::ScopedAuth) {
            let valid = self.valid_token(account, client).await?;
            let token = minted(self.token_key(), account, valid.fingerprint.clone(), Age::Expired)?;
            return Ok(FirstToken { token: Token::new(token), ..valid });
        }
        match &tokens.source {
            TokenSource::Command(command) => {
                let printed = self.printed_token(command, "expired", account, client).await;
                // Few can make a token that has expired.
                let none = |unmet: Unmet| Unmet::Precondition(format!("no expired token is to be had: {unmet}"));
                printed.map(FirstToken::of).map_err(none)
            }
            TokenSource::Create | TokenSource::Static => {
                Err(Unmet::Precondition("the deployment file gives no `expired` token under [tokens]".to_owned()))
            }
        }
    }
}

impl System {
    /// Has the command of `[tokens]` print a token. What it calls meanwhile on its own is nobody's.
    async fn printed_token(
        &self,
        command: &Command,
        state: &str,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<Token, Unmet> {
        let header =
            |wanted: &str| client.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
        let account = self.informed(account);
        let account_sid = account.account_sid.as_ref().map(ToString::to_string).unwrap_or_default();
        let feature = account.feature.to_string();
        let environment = [
            ("HOPCHECK_TOKEN", state),
            ("HOPCHECK_ACCOUNT", account.name.as_deref().unwrap_or_default()),
            ("HOPCHECK_ACCOUNT_SID", &account_sid),
            ("HOPCHECK_DEPLOYMENT_KEY", account.deployment_key.expose()),
            ("HOPCHECK_FEATURE", &feature),
            ("HOPCHECK_ORIGIN", account.origin.as_deref().unwrap_or_default()),
            ("HOPCHECK_USER_AGENT", header("user-agent")),
            ("HOPCHECK_ACCEPT_LANGUAGE", header("accept-language")),
            ("HOPCHECK_CLIENT_ADDRESS", if self.believes_forwarded_for() { header("x-forwarded-for") } else { "" }),
        ];
        let keys = Keys {
            deployment_key: Some(account.deployment_key.expose().to_owned()),
            account: Some(account_sid.clone()).filter(|sid| !sid.is_empty()),
            ..Keys::default()
        };
        let own_calls = self.open_while(Doing::Commands, Purpose::Creation, keys).await;
        let _unattended = self.disregard_strays();
        let printed = command::run(command, "[tokens]", &environment).await;
        let calls = self.close(own_calls);
        self.learn_account(&account.deployment_key, &calls);
        let token = printed?;
        if token.is_empty() {
            return Err(Unmet::Failed(format!("the command `{}` of [tokens] printed nothing", command.program)));
        }
        Ok(Token::new(token))
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
    let roles = account.roles.iter().flatten().cloned().map(Value::from).collect();
    let mut grant = Grant::new(account_sid, roles, ttl);
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
