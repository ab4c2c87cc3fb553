//! A reply as drawn, for a mutant that makes one up: its status, and a body with values of the kinds that its names have.

use hyper::StatusCode;
use serde_json::{Map, Value, json};
use time::Duration;

use super::message::Call;
use super::recognition::Recognition;
use super::wrong_values::from_now;
use crate::diagram::{Arrow, Kind, Value as Drawn};

/// Returns the status that the reference answers with where a reply is drawn.
pub(super) fn status_of(reply: &Arrow) -> StatusCode {
    let refuses = reply.members().iter().any(|member| {
        member.path == ["valid"] && matches!(&member.value, Drawn::Literal(literal) if *literal == json!(false))
    });
    if refuses { StatusCode::FORBIDDEN } else { StatusCode::OK }
}

/// Returns the body of a reply as drawn, with values of the kinds that its names have and the token of the request.
pub(super) fn drawn_body(recognition: &Recognition, reply: &Arrow, call: &Call) -> Value {
    let mut body = Map::new();
    for member in reply.members() {
        let value = match &member.value {
            Drawn::Literal(literal) => literal.clone(),
            Drawn::Type(drawn) => drawn.sample().unwrap_or_else(|| json!("some_text")),
            Drawn::Objects(_) => json!([]),
            Drawn::Name(name) => match name.kind {
                Kind::DateTime => from_now(Duration::HOUR),
                Kind::UniqueId => format!("{:032x}", rand::random::<u128>()).into(),
                Kind::Texts => json!(["chat"]),
                Kind::AccountSid => call.account().unwrap_or("AC0123456789abcdef0123456789abcdef").into(),
                Kind::Token => call.token().unwrap_or_default().into(),
                Kind::Code => recognition.code_of(reply).0.into(),
                Kind::Verdict | Kind::Text => name.text.clone().into(),
            },
        };
        insert(&mut body, &member.path, value);
    }
    Value::Object(body)
}

fn insert(body: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            body.insert(key.clone(), value);
        }
        [holder, rest @ ..] => {
            if let Some(inner) = body.entry(holder.clone()).or_insert_with(|| json!({})).as_object_mut() {
                insert(inner, rest, value);
            }
        }
    }
}
