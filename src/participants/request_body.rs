//! A request's body: read within a limit, and strictly. Whatever is not exactly what a participant reads is refused here,
//! before anything is done about it.

use std::fmt;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::members::{self, Message};
use super::refusal::Refused;
use super::whole_body::{Incomplete, read_whole};

/// The size of the largest body that is read of a request, in bytes.
pub(super) const LIMIT: usize = 64 * 1024;

/// A request's body, read strictly; refused with 415, 413 or 400.
pub(super) struct Strict<M>(pub(super) M);

impl<M: Message, S: Sync> FromRequest<S> for Strict<M> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        if !is_declared_json(request.headers()) {
            return Err(Refused::NotDeclaredJson);
        }
        let body = read_request(request.into_body(), LIMIT).await?;
        parse(&body).map(Self)
    }
}

/// A request's body, read as leniently as its reader allows: no body is an empty object, whatever it is declared to be.
/// Refused with 413 or 400.
pub(super) struct Lenient<M>(pub(super) M);

impl<M: DeserializeOwned, S: Sync> FromRequest<S> for Lenient<M> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let body = read_request(request.into_body(), LIMIT).await?;
        let members = if body.trim_ascii().is_empty() { Map::new() } else { object(&body)?.members };
        let read = serde_json::from_value(Value::Object(members));
        read.map(Self).map_err(|_unread| malformed("A member is missing, or is not what this path reads"))
    }
}

/// Reads a request's body within a limit, for whoever hands it on as it is.
pub(super) async fn read_request(body: axum::body::Body, limit: usize) -> Result<Bytes, Refused> {
    match read_whole(body, limit).await {
        Ok(body) => Ok(body),
        Err(Incomplete::TooLarge) => Err(Refused::TooLarge { limit }),
        Err(Incomplete::BrokenOff) => Err(malformed("The body breaks off")),
    }
}

/// Returns whether the content type is `application/json` or ends in `+json`, parameters aside.
fn is_declared_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

fn object(body: &[u8]) -> Result<Object, Refused> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(malformed("The body is not UTF-8"));
    };
    serde_json::from_str(text).map_err(|error| unread(&error))
}

fn parse<M: Message>(body: &[u8]) -> Result<M, Refused> {
    let object = object(body)?;
    match object.repeated {
        Some(name) if M::MEMBERS.iter().any(|(member, _)| *member == name) => {
            return Err(Refused::Malformed(format!("`{name}` is there twice")));
        }
        Some(_) => return Err(malformed("A member is there twice")),
        None => {}
    }
    members::check::<M>(&object.members)?;
    serde_json::from_value(Value::Object(object.members))
        .ok()
        .ok_or_else(|| malformed("The body is not what this path reads"))
}

fn unread(error: &serde_json::Error) -> Refused {
    malformed(if error.is_data() { "The body must be a JSON object" } else { "The body is not JSON that can be read" })
}

fn malformed(message: &str) -> Refused {
    Refused::Malformed(message.to_owned())
}

/// A JSON object that remembers a repeated member, which `serde_json`'s own would overwrite.
struct Object {
    members: Map<String, Value>,
    repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Object, A::Error> {
        let mut object = Object { members: Map::new(), repeated: None };
        while let Some((name, value)) = entries.next_entry::<String, Value>()? {
            if object.members.insert(name.clone(), value).is_some() {
                object.repeated.get_or_insert(name);
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::post;

    use super::super::refusal::{no_such_method, no_such_path};
    use super::super::testing::{Answer, request, send};
    use super::*;
    use crate::protocol::ValidateRequest;

    #[tokio::test]
    async fn a_body_of_the_right_members_is_read() {
        for body in [r#"{"token":"t"}"#, r#" {"token":"","fingerprint":"f","more":{"a":[1]}} "#] {
            assert_eq!(answer_to(body).await.status, 200, "{body}");
        }
    }

    #[tokio::test]
    async fn another_content_type_is_refused() {
        for declared in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
            let mut request = request("/", r#"{"token":"t"}"#);
            request.headers_mut().remove(CONTENT_TYPE);
            if let Some(declared) = declared {
                request.headers_mut().insert(CONTENT_TYPE, declared.parse().unwrap());
            }
            assert_eq!(send(reader(), request).await.refusal(), (415, 20001), "{declared:?}");
        }
    }

    #[tokio::test]
    async fn json_may_be_declared_with_parameters_or_as_a_kind_of_json() {
        for declared in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
            let mut request = request("/", r#"{"token":"t"}"#);
            request.headers_mut().insert(CONTENT_TYPE, declared.parse().unwrap());
            assert_eq!(send(reader(), request).await.status, 200, "{declared}");
        }
    }

    #[tokio::test]
    async fn what_is_no_json_object_is_refused() {
        let deep = "[".repeat(LIMIT);
        let deep_member = format!(r#"{{"token":"t","more":{}"#, "[".repeat(60_000));
        for body in [
            "",
            " ",
            "{",
            "null",
            "[]",
            "1",
            r#""token""#,
            r#"{"token":"t"}x"#,
            r#"{"token":"\ud800"}"#,
            &deep,
            &deep_member,
        ] {
            assert_eq!(answer_to(body.to_owned()).await.refusal(), (400, 20001), "{body}");
        }
        assert_eq!(answer_to(&b"{\"token\":\"\xff\"}"[..]).await.message(), "The body is not UTF-8");
    }

    #[tokio::test]
    async fn the_wrong_member_is_named_and_its_value_is_not() {
        for (body, message) in [
            ("{}", "`token` is missing"),
            (r#"{"Token":"s3cr3t"}"#, "`token` is missing"),
            (r#"{"token":null}"#, "`token` must be text"),
            (r#"{"token":["s3cr3t"]}"#, "`token` must be text"),
            (r#"{"token":"s3cr3t","fingerprint":null}"#, "`fingerprint` must be text or a number"),
            (r#"{"token":"s3cr3t","token":"s3cr3t"}"#, "`token` is there twice"),
            (r#"{"token":"t","s3cr3t":1,"s3cr3t":2}"#, "A member is there twice"),
        ] {
            let answer = answer_to(body).await;
            assert_eq!((answer.refusal(), answer.message()), ((400, 20001), message.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused_whatever_length_it_announces() {
        let fitting = format!(r#"{{"token":"{}"}}"#, "t".repeat(LIMIT - 12));
        assert_eq!(fitting.len(), LIMIT);
        assert_eq!(answer_to(fitting.clone()).await.status, 200);
        assert_eq!(answer_to(fitting.clone() + " ").await.refusal(), (413, 20001));

        let unannounced = Body::from_stream(futures::stream::repeat(Ok::<_, Infallible>("[")));
        assert_eq!(answer_to(unannounced).await.refusal(), (413, 20001));

        let mut lying = request("/", fitting + " ");
        lying.headers_mut().insert("content-length", "2".parse().unwrap());
        assert_eq!(send(reader(), lying).await.refusal(), (413, 20001));
    }

    #[tokio::test]
    async fn another_method_or_path_is_refused() {
        for method in ["GET", "PUT", "DELETE", "OPTIONS", "BREW"] {
            let answer = send(reader(), Request::builder().method(method).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.refusal(), (405, 20001), "{method}");
            assert_eq!(answer.headers.get_all("allow").iter().collect::<Vec<_>>(), ["POST"]);
        }
        assert_eq!(send(reader(), request("/elsewhere", "{}")).await.refusal(), (404, 20001));
    }

    async fn answer_to(body: impl Into<Body>) -> Answer {
        send(reader(), request("/", body)).await
    }

    fn reader() -> Router {
        Router::new()
            .route("/", post(async |Strict(_): Strict<ValidateRequest>| "read"))
            .fallback(no_such_path)
            .method_not_allowed_fallback(no_such_method)
    }
}
