//! Tokens that our `ScopedAuth` vouches for, so that no flow has to create them: bound to the fingerprint that the
//! Orchestrator is seen to send for a client, whoever made them.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{AccountInPlay, FirstToken, System, Unmet, without_token};
use crate::participants::Grant;
use crate::protocol::{Feature, Fingerprint, Hop, Participant, Token, TokenPlace};
use crate::transcript::{Body, Keys, Purpose, Request, Transcript};

/// What a token allows where nobody says what the account's do.
const USUAL_GRANT: &str = "chat";
/// How long a token lives that is vouched for.
const LIFE: Duration = Duration::from_hours(1);

impl System {
    /// Returns whether our `ScopedAuth` can be told what is valid, and somebody real calls it or hands on to it.
    pub fn can_vouch(&self) -> bool {
        self.plays(Participant::ScopedAuth) && !Participant::SERVICES.into_iter().all(|service| self.plays(service))
    }

    /// Returns whether a token is one that whoever validates it is known to know.
    pub(super) fn is_known(&self, token: &Token) -> bool {
        !self.can_vouch() || self.account_of(token).is_some()
    }

    /// Has our `ScopedAuth` take a token for a valid one of the account's, bound to this client; where none is given, it
    /// mints one.
    pub(super) async fn vouched(
        &self,
        token: Option<Token>,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<FirstToken, Unmet> {
        let account = self.informed(account);
        let learned = match account.feature {
            Feature::On => Some(self.fingerprint_sent(&account, client).await?),
            Feature::Off if account.account_sid.is_none() => {
                self.learn_account(&account.deployment_key, &self.unknown_refreshed(&account, client).await?);
                None
            }
            Feature::Off => None,
        };
        let account = self.informed(&account);
        let mut grant = grant_of(&account)?;
        grant.fingerprint.clone_from(&learned);
        let token = match token {
            Some(token) => token,
            None => self.token_key().mint(&grant).map_err(|error| Unmet::Failed(error.to_string()))?.token,
        };
        self.scoped_auth.vouch(&token, grant);
        Ok(FirstToken { fingerprint: learned, ..FirstToken::of(token) })
    }

    /// Returns the fingerprint that is sent for a client of an account: that which reaches `FederatedAuth` or
    /// `ScopedAuth` when the client presents a token that nobody knows.
    async fn fingerprint_sent(
        &self,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<Fingerprint, Unmet> {
        let transcript = self.unknown_refreshed(account, client).await?;
        self.learn_account(&account.deployment_key, &transcript);
        let sent = [Hop::ScopedAuth, Hop::FederatedAuth]
            .into_iter()
            .find_map(|hop| Fingerprint::of(transcript.first_on(hop)?.request.body.member(&["fingerprint"])?));
        sent.ok_or_else(|| {
            let what = "no token could be made for a client: no fingerprint of it reached FederatedAuth or ScopedAuth";
            Unmet::Failed(format!("{what}; {}", without_token(self, &transcript)))
        })
    }

    /// Plays the refresh of a token that only our `ScopedAuth` could know, and does not.
    async fn unknown_refreshed(
        &self,
        account: &AccountInPlay,
        client: &[(String, String)],
    ) -> Result<Transcript, Unmet> {
        let token = Token::new(format!("{:032x}", rand::random::<u128>()));
        self.refresh_once(account, &token, client).await
    }

    /// Has the edge refresh a token for a client, outside any scenario, and returns what was recorded.
    pub async fn refresh_once(
        &self,
        account: &AccountInPlay,
        token: &Token,
        client: &[(String, String)],
    ) -> Result<Transcript, Unmet> {
        let keys = Keys {
            token: Some(token.expose().to_owned()),
            deployment_key: Some(account.deployment_key.expose().to_owned()),
            account: account.account_sid.as_ref().map(ToString::to_string),
            ..Keys::default()
        };
        let mut body = json!({});
        put(&mut body, &self.routes.deployment_key_at, account.deployment_key.expose());
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend_from_slice(client);
        headers.extend(account.origin.clone().map(|origin| ("origin".to_owned(), origin)));
        match (&self.routes.token_at, self.deployment.contract.token_place) {
            (Some(place), _) => put(&mut body, place, token.expose()),
            (None, TokenPlace::Body) => put(&mut body, &["token".to_owned()], token.expose()),
            (None, TokenPlace::Authorization) => {
                headers.push(("authorization".to_owned(), format!("Bearer {}", token.expose())));
            }
        }
        let route = &self.routes.refresh;
        let request = Request {
            method: route.method.clone(),
            path: route.path.clone(),
            query: String::new(),
            headers,
            body: Body::new(Bytes::from(body.to_string())),
        };
        let open = self.open(Purpose::Refresh, keys).await;
        let sent = self.send(&open, Participant::Starship, request).await;
        let transcript = self.close(open);
        sent.map(|()| transcript)
    }
}

fn grant_of(account: &AccountInPlay) -> Result<Grant, Unmet> {
    let Some(account_sid) = account.account_sid.clone() else {
        let whose = account.name.as_deref().map(|name| format!(" of `{name}`")).unwrap_or_default();
        return Err(Unmet::Precondition(format!(
            "the account SID{whose} is not known, and ScopedAuth has to name it: state `account_sid`"
        )));
    };
    let roles = account.roles.clone().unwrap_or_else(|| vec![USUAL_GRANT.to_owned()]);
    Ok(Grant::new(account_sid, roles.into_iter().map(Value::from).collect(), LIFE))
}

/// Puts a text into a body, at the place that keys lead to.
fn put(body: &mut Value, place: &[String], text: &str) {
    let at = place.iter().fold(body, |inner, key| {
        if !inner.is_object() {
            *inner = json!({});
        }
        &mut inner[key.as_str()]
    });
    *at = text.into();
}
