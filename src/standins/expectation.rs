//! What a drawn request demands of one that came: method, path, members of the right kind, none that must be absent.

use serde_json::Value;
use wiremock::Request;

use super::exchange::Exchange;
use crate::diagram::{Kind, Member, Name, Value as Drawn};
use crate::protocol::AccountSid;

/// What the names in a request stand for.
pub(super) type Bound = Vec<(Name, Value)>;

impl Exchange {
    /// Returns what the names in a request stand for, or every reason why it is not this one.
    pub(super) fn read(&self, request: &Request) -> Result<Bound, Vec<String>> {
        let mut bound = Bound::new();
        let mut reasons = Vec::new();
        if !self.request.allows_method(request.method.as_str()) {
            reasons.push("the method is another".to_owned());
        }
        match self.request.matches_path(request.url.path()) {
            Some(names) => {
                for (name, segment) in names {
                    let value = Value::from(segment);
                    reasons.extend(unfit(name, &value).map(|kind| format!("`{name}` in the path is not {kind}")));
                    bound.push((name.clone(), value));
                }
            }
            None => reasons.push("the path is another".to_owned()),
        }
        // Members are no reason to tell requests to different places apart.
        if reasons.is_empty() {
            let body = request.body_json().unwrap_or_default();
            self.read_members(&body, &mut bound, &mut reasons);
        }
        if reasons.is_empty() { Ok(bound) } else { Err(reasons) }
    }

    fn read_members(&self, body: &Value, bound: &mut Bound, reasons: &mut Vec<String>) {
        let draws_members = self.request.members.iter().any(|member| !member.optional) || !self.forbidden.is_empty();
        if draws_members && !body.is_object() {
            reasons.push("the body is no JSON object".to_owned());
            return;
        }
        for member in &self.request.members {
            let shown = member.path.join(".");
            match (value_at(body, member), &member.value) {
                (None, _) if member.optional => {}
                (None, _) => reasons.push(format!("`{shown}` is missing")),
                (Some(value), Drawn::Literal(literal)) if value != literal => {
                    reasons.push(format!("`{shown}` is not {literal}"));
                }
                (Some(_), Drawn::Literal(_)) => {}
                (Some(value), Drawn::Type(drawn)) => {
                    reasons.extend((!drawn.holds(value)).then(|| format!("`{shown}` is not {drawn}")));
                }
                (Some(value), Drawn::Objects(_)) => {
                    let objects = value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
                    reasons.extend((!objects).then(|| format!("`{shown}` is not a list of objects")));
                }
                (Some(value), Drawn::Name(name)) => {
                    reasons.extend(unfit(name, value).map(|kind| format!("`{shown}` is not {kind}")));
                    bound.push((name.clone(), value.clone()));
                }
            }
        }
        for member in self.forbidden.iter().filter(|member| value_at(body, member).is_some()) {
            reasons.push(format!("`{}` is there and must not be", member.path.join(".")));
        }
    }
}

/// Returns the value of a member; `null` is one.
fn value_at<'b>(body: &'b Value, member: &Member) -> Option<&'b Value> {
    member.path.iter().try_fold(body, |value, key| value.as_object()?.get(key))
}

/// Returns what a value should be that a name of this kind cannot stand for. An empty text is for a service to judge.
fn unfit(name: &Name, value: &Value) -> Option<&'static str> {
    let is_text = value.is_string();
    let (fits, kind) = match name.kind {
        Kind::Texts => (value.is_array(), "a list"),
        Kind::AccountSid => (value.as_str().is_some_and(AccountSid::is_well_formed), "an account SID"),
        Kind::Code | Kind::DateTime | Kind::UniqueId | Kind::Text => {
            (is_text || value.is_number(), "a text or a number")
        }
        Kind::Token | Kind::Verdict => (is_text, "a text"),
    };
    (!fits).then_some(kind)
}

#[cfg(test)]
mod tests {
    use wiremock::http::{HeaderMap, Method};

    use super::super::branch::Branch;
    use super::*;
    use crate::diagram::Diagram;
    use crate::protocol::Participant;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn why_not(arrow: usize, method: Method, path: &str, body: &str) -> Vec<String> {
        let diagram = Diagram::built_in().unwrap();
        let drawn = Exchange::drawn(&diagram, Participant::FederatedAuth, Some(Branch::Valid), None).unwrap();
        let exchange = drawn.iter().find(|exchange| exchange.arrow == arrow).unwrap();
        let url = format!("http://localhost{path}").parse().unwrap();
        let request = Request { url, method, headers: HeaderMap::new(), body: body.into() };
        exchange.read(&request).map_or_else(|reasons| reasons, |_| Vec::new())
    }

    #[test]
    fn a_request_as_drawn_is_the_one() {
        let path = format!("/v1/Accounts/{SID}/Tokens/refresh");
        let with = r#"{"fingerprint":"f","token":"","more":[1]}"#;
        assert_eq!(why_not(5, Method::POST, &path, with), [""; 0]);
        assert_eq!(why_not(7, Method::POST, &format!("{path}?a=b"), r#"{"token":"t"}"#), [""; 0]);
    }

    #[test]
    fn every_reason_against_a_request_is_told() {
        let path = format!("/v1/Accounts/{SID}/Tokens/refresh");
        for (arrow, method, path, body, reasons) in [
            (5, Method::PUT, "/elsewhere", "{}", &["the path is another"][..]),
            (
                5,
                Method::POST,
                "/v1/Accounts/AC1/Tokens/refresh",
                "{}",
                &["`ACXXXXX` in the path is not an account SID"],
            ),
            (5, Method::POST, &path, "", &["the body is no JSON object"]),
            (5, Method::POST, &path, r#"{"token":null}"#, &["`fingerprint` is missing", "`token` is not a text"]),
            (
                7,
                Method::POST,
                &path,
                r#"{"token":"t","fingerprint":null}"#,
                &["`fingerprint` is there and must not be"],
            ),
        ] {
            assert_eq!(why_not(arrow, method, path, body), reasons);
        }
    }
}
