//! A stand-in: answers the requests that are drawn, refuses all others loudly, and remembers both.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use wiremock::http::{HeaderName, HeaderValue};
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

use super::exchange::Exchange;
use super::unexpected::Unexpected;
use super::values::{Fresh, Values, is_carried_over};
use crate::diagram::Name;
use crate::protocol::Participant;

/// A service played by a script. A clone is the same stand-in.
#[derive(Clone)]
pub struct StandIn(Arc<Play>);

/// What the stand-in's mocks share.
struct Play {
    participant: Participant,
    exchanges: Vec<Exchange>,
    answer: Answer,
    log: Mutex<Log>,
}

/// How a drawn request is answered.
pub(super) enum Answer {
    /// As the label of the reply says.
    Drawn { values: Values, status: u16, headers: Vec<(HeaderName, HeaderValue)> },
    /// As somebody else says.
    Own(Arc<dyn Respond>),
}

#[derive(Default)]
struct Log {
    received: Vec<Received>,
    unexpected: Vec<Unexpected>,
}

/// A request that the diagram draws.
#[derive(Clone)]
pub struct Received {
    /// The number of its arrow.
    pub arrow: usize,
    /// The request, secrets included.
    pub request: Request,
}

impl fmt::Debug for Received {
    /// Shows nothing that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("arrow", &self.arrow).finish_non_exhaustive()
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected: Vec<String> = self.0.exchanges.iter().map(Exchange::expected).collect();
        f.debug_struct("StandIn")
            .field("participant", &self.0.participant)
            .field("expected", &expected)
            .finish_non_exhaustive()
    }
}

impl StandIn {
    pub(super) fn new(participant: Participant, exchanges: Vec<Exchange>, answer: Answer) -> Self {
        Self(Arc::new(Play { participant, exchanges, answer, log: Mutex::default() }))
    }

    /// Mounts the stand-in's mocks on a server of yours.
    pub async fn mount(&self, server: &MockServer) {
        for mock in self.mocks() {
            mock.mount(server).await;
        }
    }

    /// Returns new mocks, to be changed and mounted by yourself: one for each drawn request, and at last one of the lowest
    /// priority for everything else.
    pub fn mocks(&self) -> Vec<Mock> {
        let expected = self.0.exchanges.iter().enumerate().map(|(index, exchange)| {
            let drawn = Drawn { play: Arc::clone(&self.0), index };
            let name = format!("{}, {}", self.0.participant, exchange.named());
            Mock::given(drawn.clone()).respond_with(drawn).named(name)
        });
        let name = format!("{}, what is not drawn", self.0.participant);
        let unexpected = Mock::given(any()).respond_with(NotDrawn(Arc::clone(&self.0)));
        expected.chain([unexpected.with_priority(u8::MAX).named(name)]).collect()
    }

    /// Returns the drawn requests that came so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.0.log().received.clone()
    }

    /// Returns the other requests that came so far, in order. Each was answered with 501.
    pub fn unexpected(&self) -> Vec<Unexpected> {
        self.0.log().unexpected.clone()
    }
}

impl Play {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One drawn request: tells whether it came, and answers it.
#[derive(Clone)]
struct Drawn {
    play: Arc<Play>,
    index: usize,
}

impl Match for Drawn {
    fn matches(&self, request: &Request) -> bool {
        self.play.exchanges.get(self.index).is_some_and(|exchange| exchange.read(request).is_ok())
    }
}

impl Respond for Drawn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let Some(exchange) = self.play.exchanges.get(self.index) else { return ResponseTemplate::new(501) };
        self.play.log().received.push(Received { arrow: exchange.arrow, request: request.clone() });
        match &self.play.answer {
            Answer::Own(reply) => reply.respond(request),
            Answer::Drawn { values, status, headers } => {
                let reply = ResponseTemplate::new(*status).set_body_json(filled(exchange, values, request));
                headers.iter().fold(reply, |reply, (name, value)| reply.append_header(name.clone(), value.clone()))
            }
        }
    }
}

/// Returns the body that the label of the reply says; an empty object where no reply is drawn.
fn filled(exchange: &Exchange, values: &Values, request: &Request) -> Value {
    let asked = exchange.read(request).unwrap_or_default();
    let bound =
        |name: &Name| asked.iter().find(|(asked, _)| is_carried_over(asked, name)).map(|(_, value)| value.clone());
    let fresh = Fresh::now();
    let label = exchange.reply.as_ref().map(|reply| &reply.label);
    label.map(|label| label.filled_body(|name| values.of(name, &bound, &fresh))).unwrap_or_default().into()
}

/// Everything that is not drawn.
struct NotDrawn(Arc<Play>);

impl Respond for NotDrawn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let unexpected = Unexpected::new(self.0.participant, &self.0.exchanges, request);
        let reply = ResponseTemplate::new(501).set_body_json(unexpected.told());
        self.0.log().unexpected.push(unexpected);
        reply
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::super::{CannotStandIn, federated_auth, orchestrator, scoped_auth};
    use super::*;
    use crate::diagram::{Diagram, Feature};
    use crate::protocol::{AccountSid, Contract};

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    #[tokio::test]
    async fn every_branch_answers_what_is_drawn() {
        let validate = "/v1/ScopedAuthTokens/validate";
        let refresh = format!("/v1/Accounts/{SID}/Tokens/refresh");
        let edge = "/V2/Webchat/Token/Refresh";
        let (both, alone) = (json!({"token": "t", "fingerprint": "f"}), json!({"token": "t"}));
        let key = json!({"deploymentKey": "k", "token": "t"});
        let authorized = json!({"authorized": true, "auth_account": {"account_id": format!("acct-{}", &SID[2..]),
            "account_sid": SID}, "grants": ["chat:read", "chat:write"]});
        let unauthorized = |message: &str| json!({"authorized": false, "message": message});
        let refused = |code: u32| json!({"valid": false, "code": code, "message": "some_msg"});
        for (script, path, body, status, expected) in [
            (scoped_auth().authorizes(), validate, &both, 200, authorized.clone()),
            (scoped_auth().authorizes(), validate, &alone, 200, authorized),
            (scoped_auth().refuses_fingerprint(), validate, &both, 200, unauthorized("fingerprint_validation_failed")),
            (scoped_auth().refuses_token(), validate, &both, 200, unauthorized("token_validation_failed")),
            (scoped_auth().refuses_token(), validate, &alone, 200, unauthorized("token_validation_failed")),
            (federated_auth().refuses_fingerprint(), &refresh, &both, 403, refused(45779)),
            (federated_auth().refuses_token(), &refresh, &alone, 403, refused(45775)),
            (orchestrator().refuses_fingerprint(), edge, &key, 403, refused(45779)),
            (orchestrator().refuses_token(), edge, &key, 403, refused(45775)),
        ] {
            let server = MockServer::start().await;
            let stand_in = script.mount(&server).await.unwrap();
            assert_eq!(post(&server, path, body).await, (status, expected));
            assert_eq!((stand_in.received().len(), stand_in.unexpected().len()), (1, 0));
        }
    }

    #[tokio::test]
    async fn a_new_token_is_new_each_time() {
        for (script, path, body) in [
            (federated_auth().refreshes(), &*format!("/v1/Accounts/{SID}/Tokens/refresh"), json!({"token": "t"})),
            (orchestrator().refreshes(), "/V2/Webchat/Token/Refresh", json!({"deploymentKey": "k", "token": "t"})),
        ] {
            let server = MockServer::start().await;
            script.mount(&server).await.unwrap();
            let (status, one) = post(&server, path, &body).await;
            let (_, other) = post(&server, path, &body).await;
            assert_eq!((status, &one["roles"]), (200, &json!(["chat:read", "chat:write"])));
            let expiration = OffsetDateTime::parse(one["expiration"].as_str().unwrap(), &Rfc3339).unwrap();
            assert!(expiration > OffsetDateTime::now_utc());
            for member in ["identity", "token"] {
                assert!(one[member].is_string() && one[member] != other[member] && one[member] != "t", "{one}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_told_is_answered() {
        let sid = format!("AC{}", "7".repeat(32));
        let server = MockServer::start().await;
        let script = scoped_auth().authorizes().with("grants_array", json!(["a"])).with("account_sid", &*sid);
        script.with_status(299).with_header("x-one", "1").mount(&server).await.unwrap();
        let response = send(&server, "/v1/ScopedAuthTokens/validate", &json!({"token": "t"})).await;
        assert_eq!((response.status().as_u16(), &response.headers()["x-one"]), (299, &HeaderValue::from_static("1")));
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["grants"], json!(["a"]));
        assert_eq!(body["auth_account"], json!({"account_id": format!("acct-{}", "7".repeat(32)), "account_sid": sid}));
    }

    #[tokio::test]
    async fn a_deployment_is_answered_in_the_codes_and_statuses_that_it_states() {
        let mut stated = Contract { invalid_token_code: Some(json!("E-17")), ..Contract::default() };
        (stated.status.within, stated.status.token_refused) = (true, vec![401, 403]);
        let (path, body) = (format!("/v1/Accounts/{SID}/Tokens/refresh"), json!({"token": "t"}));
        let refuses = || federated_auth().refuses_token().as_stated(&stated);
        for (script, status, code) in [
            (refuses(), 401, json!("E-17")),
            (refuses().with_status(422).with("invalid_token_code", 7), 422, json!(7)),
            (federated_auth().refuses_token().as_stated(&Contract::default()), 403, json!(45775)),
        ] {
            let server = MockServer::start().await;
            script.mount(&server).await.unwrap();
            let expected = json!({"valid": false, "code": code, "message": "some_msg"});
            assert_eq!(post(&server, &path, &body).await, (status, expected));
        }
    }

    #[tokio::test]
    async fn what_is_supposed_stands_wherever_it_is_drawn_unless_it_is_told_otherwise() {
        let [one, other] = ["1", "2"].map(|digit| format!("AC{}", digit.repeat(32)));
        let supposing = || scoped_auth().authorizes().supposing("account_sid", &*one).supposing("no_such_name", 1);
        for (script, account) in [(supposing(), &one), (supposing().with("account_sid", &*other), &other)] {
            let server = MockServer::start().await;
            script.mount(&server).await.unwrap();
            let (_, reply) = post(&server, "/v1/ScopedAuthTokens/validate", &json!({"token": "t"})).await;
            assert_eq!(reply["auth_account"]["account_sid"], **account);
        }
    }

    #[tokio::test]
    async fn one_way_of_the_feature_is_enough_where_it_is_told() {
        let path = "/v1/ScopedAuthTokens/validate";
        for (feature, expected) in [(Feature::On, [501, 200]), (Feature::Off, [200, 501])] {
            let server = MockServer::start().await;
            let stand_in = scoped_auth().authorizes().with_feature(feature).mount(&server).await.unwrap();
            let without = post(&server, path, &json!({"token": "t"})).await.0;
            let with = post(&server, path, &json!({"token": "t", "fingerprint": "f"})).await.0;
            assert_eq!([without, with], expected);
            assert_eq!((stand_in.received().len(), stand_in.unexpected()[0].expected().len()), (1, 1));
        }
    }

    #[tokio::test]
    async fn another_diagram_is_followed_and_what_it_binds_to_the_request_is_carried_over() {
        let text = "sequenceDiagram\nparticipant F as FederatedAuthService\nA->>F: PUT /v9/{account_sid}/{id} \
                    req.body.who.key=some_key req.body.token=token\nF->>A: {ok: true, account: account_sid, id, \
                    key: some_key, token: token}";
        let diagram = Diagram::parse("d.mmd", text).unwrap();
        let server = MockServer::start().await;
        let stand_in = federated_auth().refreshes().drawn_in(&diagram).mount(&server).await.unwrap();
        let url = format!("{}/v9/{SID}/7", server.uri());
        let body = json!({"who": {"key": "k\"1"}, "token": "old"});
        let mut reply: Value = client().put(url).json(&body).send().await.unwrap().json().await.unwrap();
        assert_ne!(reply["token"].take(), "old");
        assert_eq!(reply, json!({"ok": true, "account": SID, "id": "7", "key": "k\"1", "token": null}));
        assert_eq!(stand_in.received()[0].arrow, 1);
    }

    #[tokio::test]
    async fn a_reply_of_ones_own_answers_whatever_is_drawn() {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(418).set_body_json(json!(["own"]));
        let stand_in = scoped_auth().answers(reply).mount(&server).await.unwrap();
        let path = "/v1/ScopedAuthTokens/validate";
        assert_eq!(post(&server, path, &json!({"token": "t"})).await, (418, json!(["own"])));
        assert_eq!(post(&server, path, &json!({"token": "t", "fingerprint": "f"})).await.0, 418);
        let arrows: Vec<usize> = stand_in.received().iter().map(|received| received.arrow).collect();
        assert_eq!(arrows, [8, 6]);
        assert_eq!(post(&server, path, &json!({})).await.0, 501);
    }

    #[tokio::test]
    async fn a_request_that_is_not_drawn_is_told_of_without_its_secrets() {
        let server = MockServer::start().await;
        let stand_in = federated_auth().refuses_fingerprint().mount(&server).await.unwrap();
        let path = format!("/v1/Accounts/{SID}/Tokens/s3cr3t-9?t=s3cr3t");
        let (status, told) = post(&server, &path, &json!({"token": "s3cr3t", "s3cr3t": 1})).await;
        assert_eq!(status, 501);
        let expected = "arrow 5 (webchat-refresh-token.mmd:17): POST /v1/Accounts/ACXXXXX/Tokens/refresh with \
                        `fingerprint`, `token`";
        assert_eq!(
            told,
            json!({
                "error": "FederatedAuth is a stand-in, and the diagram does not draw this request",
                "expected": [{"request": expected, "but": ["the path is another"]}],
                "came": {
                    "method": "POST",
                    "path": format!("/v1/Accounts/{SID}/Tokens/…"),
                    "members": {"token": "a text", "…": "a number"},
                },
            })
        );
        let unexpected = stand_in.unexpected();
        let shown = format!("{unexpected:?} {} {stand_in:?}", unexpected[0]);
        assert!(!shown.contains("s3cr3t") && shown.contains("the path is another"), "{shown}");
        assert_eq!((unexpected.len(), stand_in.received().len()), (1, 0));

        // Without a fingerprint none can be refused.
        let refresh = format!("/v1/Accounts/{SID}/Tokens/refresh");
        let (_, told) = post(&server, &refresh, &json!({"token": "s3cr3t"})).await;
        assert_eq!(told["expected"][0]["but"], json!(["`fingerprint` is missing"]));
        assert_eq!(stand_in.unexpected().len(), 2);
    }

    #[tokio::test]
    async fn mocks_of_ones_own_come_before_the_refusal_and_ours_can_be_changed() {
        let server = MockServer::start().await;
        let stand_in = scoped_auth().refuses_token().prepare().unwrap();
        for mock in stand_in.mocks() {
            mock.expect(0..=1).mount(&server).await;
        }
        let generate = "/v1/ScopedAuthTokens/generate/internal";
        let own = Mock::given(wiremock::matchers::path(generate)).respond_with(ResponseTemplate::new(204));
        own.mount(&server).await;
        assert_eq!(send(&server, generate, &json!({})).await.status(), 204);
        assert!(stand_in.unexpected().is_empty());
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let why = |script: super::super::Script| script.prepare().unwrap_err().to_string();
        assert_eq!(
            why(scoped_auth().authorizes().with("grants_aray", "x")),
            "no reply draws a name `grants_aray`\nhint: the names are `account_id`, `account_sid`, `grants_array`"
        );
        assert_eq!(why(scoped_auth().authorizes().with_status(99)), "99 is no status: expected 200 to 599");
        assert_eq!(why(scoped_auth().authorizes().with_header("a b", "")), "`a b` and its value cannot be a header");
        let own = scoped_auth().answers(ResponseTemplate::new(200)).with_status(201).prepare();
        assert!(matches!(own, Err(CannotStandIn::OwnReply)));
    }

    #[test]
    fn the_account_of_a_reply_is_well_formed() {
        let name = Name::new("account_sid");
        let values = Values { given: Vec::new(), branch: super::super::branch::Branch::Valid };
        let sid = values.of(&name, &|_| None, &Fresh::now());
        assert!(sid.as_str().is_some_and(AccountSid::is_well_formed));
    }

    async fn post(server: &MockServer, path: &str, body: &Value) -> (u16, Value) {
        let response = send(server, path, body).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn send(server: &MockServer, path: &str, body: &Value) -> reqwest::Response {
        client().post(format!("{}{path}", server.uri())).json(body).send().await.unwrap()
    }

    fn client() -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder().no_proxy().build().unwrap()
    }
}
