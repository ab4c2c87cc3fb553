//! What crosses in one refresh of each branch, between the four reference participants over real sockets.
//!
//! Random values are numbered in order of appearance, so a fingerprint or a token can be followed from hop to hop.

mod support;

use std::fmt::Write as _;

use hopcheck::protocol::{Feature, Participant, REFRESH_TOKEN};
use hopcheck::report::{ExchangeReport, shown};
use hopcheck::topology::{Origins, Patience, Plan, System, TokenState, Wish};
use hopcheck::transcript::{Body, Keys, Purpose, Redactor, Request};
use serde_json::json;
use support::snapshot;

#[tokio::test]
async fn with_the_feature_on_the_fingerprint_travels_with_the_token() {
    let story = Story { origins: Origins::Any, ..VALID };
    snapshot("transcript-feature-on", &story.told().await);
}

#[tokio::test]
async fn a_valid_token_of_the_same_client_is_refreshed() {
    let story = VALID;
    snapshot("transcript-valid-token-and-fingerprint", &story.told().await);
}

#[tokio::test]
async fn a_valid_token_is_refreshed_without_a_fingerprint_where_the_feature_is_off() {
    let story = Story { feature: Feature::Off, browser: SAFARI, ..VALID };
    snapshot("transcript-feature-off", &story.told().await);
}

#[tokio::test]
async fn a_valid_token_of_another_client_is_refused_for_its_fingerprint() {
    let story = Story { browser: SAFARI, ..VALID };
    snapshot("transcript-invalid-fingerprint", &story.told().await);
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused() {
    let story = Story { token: TokenState::Tampered, ..VALID };
    snapshot("transcript-invalid-token", &story.told().await);
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_refused_where_the_feature_is_off() {
    let story = Story { feature: Feature::Off, token: TokenState::Tampered, ..VALID };
    snapshot("transcript-invalid-token-feature-off", &story.told().await);
}

/// The browser that every token is given to.
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15";

/// The good case, from which each other differs in as little as makes it another branch.
const VALID: Story = Story { feature: Feature::On, origins: Origins::Some, token: TokenState::Valid, browser: FIREFOX };

/// One refresh.
struct Story {
    feature: Feature,
    /// Which pages the account allows.
    origins: Origins,
    token: TokenState,
    /// The browser that presents the token.
    browser: &'static str,
}

impl Story {
    /// Makes the refresh and returns what crossed.
    async fn told(self) -> String {
        let system = System::start(Plan::embedded(Patience::Usual)).await.unwrap_or_else(|error| panic!("{error}"));
        let wish = Wish { origins: self.origins, ..Wish::with_feature(self.feature) };
        let account = system.account(wish, &[], None).unwrap_or_else(|unmet| panic!("{unmet:?}"));
        let first = system.token(self.token, &account, &headers(FIREFOX)).await;
        let token = first.unwrap_or_else(|unmet| panic!("{unmet:?}")).token;
        let body = json!({ "deploymentKey": account.deployment_key.expose(), "token": token.expose() });
        let mut headers = headers(self.browser);
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        headers.extend(account.origin.map(|origin| ("origin".to_owned(), origin)));
        let request = Request {
            method: "POST".to_owned(),
            path: REFRESH_TOKEN.to_owned(),
            headers,
            body: Body::new(body.to_string().into()),
            ..Request::default()
        };
        let keys = Keys { token: Some(token.expose().to_owned()), ..Keys::default() };
        let open = system.open(Purpose::Refresh, keys).await;
        let sent = system.send(&open, Participant::Starship, request).await;
        sent.unwrap_or_else(|unmet| panic!("{unmet:?}"));
        let transcript = system.close(open);
        assert!(system.take_strays().is_empty(), "every exchange belongs to the refresh");
        let redactor = Redactor::new([1; 32]);
        redactor.hide_secrets_of(&transcript);
        shown(&transcript, &redactor).iter().fold(String::new(), |text, exchange| text + &told(exchange))
    }
}

fn headers(user_agent: &str) -> Vec<(String, String)> {
    [("user-agent", user_agent), ("accept-language", "en-GB")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn told(exchange: &ExchangeReport) -> String {
    let ExchangeReport { hop, request, request_body, status, acao, reply } = exchange;
    let mut text = format!("{hop}\n  {request}\n  {request_body}\n");
    let status = status.map_or_else(|| "no reply".to_owned(), |status| status.to_string());
    let _ = writeln!(
        text,
        "  ⇒ {status}, ACAO: {}\n  {reply}",
        if acao.is_empty() { "none".to_owned() } else { acao.join(" and ") }
    );
    text
}
