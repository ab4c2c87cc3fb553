//! A service that is right but for one thing: somebody stands before it and changes its replies.

use std::net::TcpListener;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hopcheck::protocol::{Code, Participant};
use serde_json::{Map, Value, json};

use super::http::beside;

/// The one thing that is wrong with a service's replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// What is granted lacks a member.
    MemberMissing,
    /// What is granted has a member of another name.
    MemberRenamed,
    /// What is right is refused.
    AnotherBranch,
    /// A wrong fingerprint is refused as a wrong token is.
    CodeSwapped,
    /// Everybody is the same.
    IdentityReused,
    /// What is granted never arrives, and a gateway says so.
    BadGateway,
    /// What is granted never arrives, and there is a page instead.
    Html,
}

impl Flaw {
    pub(crate) const ALL: [Self; 7] = [
        Self::MemberMissing,
        Self::MemberRenamed,
        Self::AnotherBranch,
        Self::CodeSwapped,
        Self::IdentityReused,
        Self::BadGateway,
        Self::Html,
    ];

    /// Returns the member that is not as drawn, where it is not the whole reply.
    pub(crate) fn member(self, service: Participant) -> Option<&'static str> {
        let is_asked = service == Participant::ScopedAuth;
        match self {
            Self::MemberMissing | Self::MemberRenamed if is_asked => Some("grants"),
            Self::IdentityReused if is_asked => Some("auth_account.account_sid"),
            Self::MemberMissing | Self::MemberRenamed | Self::IdentityReused => Some("identity"),
            Self::CodeSwapped if is_asked => Some("message"),
            Self::CodeSwapped => Some("code"),
            Self::AnotherBranch | Self::BadGateway | Self::Html => None,
        }
    }

    fn change(self, service: Participant, reply: &mut Map<String, Value>) {
        let grants = reply.contains_key("roles") || reply.get("authorized") == Some(&json!(true));
        let member = self.member(service).unwrap_or_default();
        match self {
            Self::MemberMissing => drop(reply.remove(member)),
            Self::MemberRenamed => {
                if let Some(value) = reply.remove(member) {
                    reply.insert(format!("x_{member}"), value);
                }
            }
            Self::AnotherBranch if grants && service == Participant::ScopedAuth => {
                *reply = object(json!({"authorized": false, "message": "token_validation_failed"}));
            }
            Self::AnotherBranch if grants => {
                *reply = object(json!({"valid": false, "code": "E-TOKEN", "message": "Start again."}));
            }
            Self::CodeSwapped => {
                let pairs = [
                    (json!("E-BROWSER"), json!("E-TOKEN")),
                    (json!(Code::INVALID_FINGERPRINT), json!(Code::INVALID_TOKEN)),
                    (json!("fingerprint_validation_failed"), json!("token_validation_failed")),
                ];
                let wrong = pairs.into_iter().find(|(right, _)| reply.get(member) == Some(right));
                if let Some((_, wrong)) = wrong {
                    reply.insert(member.to_owned(), wrong);
                }
            }
            Self::IdentityReused if grants && service == Participant::ScopedAuth => {
                reply["auth_account"]["account_sid"] = json!("AC000000000000000000000000000000ff");
            }
            Self::IdentityReused if grants => reply["identity"] = json!(1),
            Self::AnotherBranch | Self::IdentityReused | Self::BadGateway | Self::Html => {}
        }
    }
}

/// Stands before a service, and returns its URL from now on.
pub(crate) fn flawed(flaw: Flaw, service: Participant, url: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
    listener.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
    let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
    let behind = Behind { flaw, service, url, http: reqwest::Client::new() };
    let router = Router::new().fallback(answer).with_state(behind);
    beside(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap_or_else(|error| panic!("{error}"));
        axum::serve(listener, router).await.unwrap_or_else(|error| panic!("{error}"));
    });
    format!("http://{address}")
}

#[derive(Clone)]
struct Behind {
    flaw: Flaw,
    service: Participant,
    url: String,
    http: reqwest::Client,
}

async fn answer(State(behind): State<Behind>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Behind { flaw, service, url, http } = behind;
    let mut onward = http.request(method, format!("{url}{}", uri.path())).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str())) {
        onward = onward.header(name, value);
    }
    let Ok(reply) = onward.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (reply.status(), reply.headers().clone());
    headers.remove("content-length");
    headers.remove("transfer-encoding");
    let body = reply.bytes().await.unwrap_or_default();
    let Ok(Value::Object(mut said)) = serde_json::from_slice(&body) else {
        return (status, headers, body).into_response();
    };
    let is_refresh = uri.path().to_ascii_lowercase().ends_with("/refresh") || uri.path().ends_with("/validate");
    let grants = said.contains_key("roles") || said.get("authorized") == Some(&json!(true));
    if !is_refresh {
        return (status, headers, body).into_response();
    }
    match flaw {
        Flaw::BadGateway if grants => {
            (StatusCode::BAD_GATEWAY, axum::Json(json!({"detail": "nobody is there"}))).into_response()
        }
        Flaw::Html if grants => {
            headers.insert("content-type", axum::http::HeaderValue::from_static("text/html"));
            (status, headers, "<!doctype html><title>Welcome</title>").into_response()
        }
        Flaw::MemberMissing
        | Flaw::MemberRenamed
        | Flaw::AnotherBranch
        | Flaw::CodeSwapped
        | Flaw::IdentityReused
        | Flaw::BadGateway
        | Flaw::Html => {
            flaw.change(service, &mut said);
            (status, headers, Value::Object(said).to_string()).into_response()
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is an object") };
    object
}
