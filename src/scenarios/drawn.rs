//! Requests as the diagram draws them: method, path and members from a label, values from the scenario.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::diagram::{Arrow, Course};
use crate::diagram::{Kind, Meaning, Member, Name, RequestLabel, Value as Drawn};
use crate::protocol::{AccountSid, DeploymentKey, Fingerprint, Participant, Token, TokenPlace};
use crate::transcript::{Body, Request};
use crate::verdict::ends_of;

/// The values that the names in a label stand for.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) deployment_key: DeploymentKey,
    pub(super) token: Token,
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) account_sid: Option<AccountSid>,
}

impl Values {
    fn of(&self, name: &Name) -> Value {
        match name.kind {
            Kind::Token => self.token.expose().into(),
            Kind::AccountSid => self.account_sid.as_ref().map_or_else(String::new, ToString::to_string).into(),
            Kind::Texts => json!([]),
            Kind::Text | Kind::UniqueId | Kind::DateTime | Kind::Code | Kind::Verdict => {
                let text = name.text.to_ascii_lowercase();
                if text.contains("finger") {
                    self.fingerprint.as_ref().map_or("no-fingerprint", Fingerprint::expose).into()
                } else if text.contains("key") {
                    self.deployment_key.expose().into()
                } else {
                    name.text.clone().into()
                }
            }
        }
    }
}

/// Returns the request arrow of a course on which a participant is called, with its label.
pub(super) fn call_of<'d>(course: &Course<'d>, callee: Participant) -> Option<(&'d Arrow, &'d RequestLabel)> {
    // Starship is drawn past: the customer's request goes through it to the Orchestrator.
    let drawn_to = if callee == Participant::Starship { Participant::Orchestrator } else { callee };
    let called_on = |to: Participant| {
        course.arrows.iter().find_map(|course_arrow| match &course_arrow.arrow.meaning {
            Meaning::Request(label) if ends_of(course_arrow.arrow)[1] == Some(to) => Some((course_arrow.arrow, label)),
            Meaning::Request(_) | Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => None,
        })
    };
    called_on(callee).or_else(|| called_on(drawn_to))
}

/// Returns the request that a label draws. Where a customer's token travels is drawn, or else stated.
pub(super) fn drawn_request(label: &RequestLabel, values: &Values, token: Option<TokenPlace>) -> Request {
    let text_of = |name: &Name| values.of(name).as_str().unwrap_or_default().to_owned();
    let mut body = label.filled_body(|name| values.of(name));
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    match token.filter(|_| !label.members.iter().any(is_token)) {
        Some(TokenPlace::Body) => {
            body.insert("token".to_owned(), values.token.expose().into());
        }
        Some(TokenPlace::Authorization) => {
            headers.push(("authorization".to_owned(), format!("Bearer {}", values.token.expose())));
        }
        None => {}
    }
    Request {
        method: label.method_or_post().to_owned(),
        path: label.filled_path(text_of),
        query: String::new(),
        headers,
        body: Body::new(Bytes::from(Value::Object(body).to_string())),
    }
}

/// Returns where a label draws the member that a scenario calls by this name.
pub(super) fn member_path(label: &RequestLabel, called: &str) -> Vec<String> {
    let wanted = called.replace(' ', "").to_ascii_lowercase();
    let drawn = label.members.iter().find(|member| {
        member.path.last().is_some_and(|name| name.to_ascii_lowercase().replace('_', "").ends_with(&wanted))
    });
    drawn.map_or_else(|| vec![called.to_owned()], |member| member.path.clone())
}

/// Returns the same request with another JSON body.
pub(super) fn with_json(request: &Request, change: impl FnOnce(&mut Map<String, Value>)) -> Request {
    let mut body = match request.body.json() {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    };
    change(&mut body);
    Request { body: Body::new(Bytes::from(Value::Object(body).to_string())), ..request.clone() }
}

fn is_token(member: &Member) -> bool {
    matches!(&member.value, Drawn::Name(name) if name.kind == Kind::Token)
}
