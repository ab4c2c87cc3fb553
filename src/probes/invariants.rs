//! What has to hold of a reply whatever was sent: judged from what crossed, never by asking a service again.

use serde_json::Value;

use super::property::{Breach, Property};
use super::requests::Call;
use crate::protocol::{
    CREATE_TOKEN, Contract, GENERATE_TOKEN, Hop, ISSUE_TOKENS, OPAQUE_ORIGIN, Participant, is_origin,
};
use crate::transcript::{Exchange, Outcome, Redactor, Reply, Request, Transcript};
use crate::wire::{Draft, Filling, Gap, Piece};

/// Secrets that are shorter are found in any text.
const SHORTEST_SECRET: usize = 6;
/// A service may hang up on bodies beyond this size without reading them.
const HUNG_UP_ON: usize = 64 << 10;
/// Statuses with which a server refuses what no participant gets to see, and those that say what it cannot do at all.
const OF_THE_SERVER: [u16; 4] = [414, 431, 501, 505];

/// What was sent to a participant and what was seen of it.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) call: &'a Call,
    pub(super) draft: &'a Draft,
    pub(super) filling: &'a Filling,
    pub(super) transcript: &'a Transcript,
    /// The headers of the client whose request it is near to.
    pub(super) client: &'a [(String, String)],
    /// The origin of the account's own pages.
    pub(super) origin: Option<&'a str>,
    /// The roles of the account, and those of others.
    pub(super) roles: Roles<'a>,
    pub(super) contract: &'a Contract,
    pub(super) redactor: &'a Redactor,
}

/// What customers of the accounts may do, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roles<'a> {
    pub(super) own: Option<&'a [String]>,
    pub(super) of_others: &'a [&'a [String]],
}

/// Returns what does not hold of the reply to a request.
pub(super) fn breaches(seen: &Seen<'_>) -> Vec<Breach> {
    let Some(exchange) = seen.exchange() else {
        return vec![Breach::should(Property::Answers, "a reply", "the request did not arrive")];
    };
    let reply = match &exchange.outcome {
        Outcome::Replied(reply) => reply,
        Outcome::Failed(_) if seen.may_be_hung_up_on() => return Vec::new(),
        Outcome::Failed(reason) => return vec![seen.unanswered(&seen.redactor.text(reason))],
        Outcome::Pending => return vec![seen.unanswered("none in time")],
    };
    let checks = [
        failed(seen, reply),
        refused_badly(seen, reply),
        acao_beside_one(seen, reply),
        token_for_nothing(seen, reply),
        roles_of_another(seen, reply),
        calls_in_spite(seen, reply),
        secret_in(seen, reply),
    ];
    checks.into_iter().flatten().collect()
}

impl Seen<'_> {
    /// Returns what crossed on the hop on which the participant is called.
    fn exchange(&self) -> Option<&Exchange> {
        self.transcript.first_on(self.call.who.called_on()?)
    }

    fn request(&self) -> Option<&Request> {
        self.exchange().map(|exchange| &exchange.request)
    }

    /// Returns whether the request is one that the diagram draws, so that the reply is one that it draws as well.
    fn is_drawn(&self) -> bool {
        let Some(request) = self.request() else { return false };
        let label = &self.call.label;
        let holds = |path: &[String], value: &str| request.body.member(path).and_then(Value::as_str) == Some(value);
        let is_json = request.header("content-type") == Some("application/json");
        let own = self.draft.has(Gap::Token)
            && is_json
            && request.query.is_empty()
            && request.header("origin") == self.origin;
        let key_is_own = match self.call.who {
            Participant::Starship | Participant::Orchestrator => {
                label.members.iter().any(|member| holds(&member.path, self.filling.of(Gap::DeploymentKey)))
                    && request.body.text("token").is_some_and(|token| !token.is_empty())
            }
            Participant::Customer | Participant::FederatedAuth | Participant::ScopedAuth => true,
        };
        let text =
            |path: &[String]| request.body.member(path).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        own && key_is_own
            && request.method == label.method_or_post()
            && label.matches_path(&request.path).is_some()
            && request.body.repeated().is_empty()
            && self.holds_what_is_drawn_alone(request)
            && self.is_of_its_client()
            && request.body.bytes().len() < HUNG_UP_ON
            && label.members.iter().all(|member| member.name().is_none() || text(&member.path))
    }

    /// Returns whether no member of the body is there that nobody drew: what those do is between a service and its readers.
    fn holds_what_is_drawn_alone(&self, request: &Request) -> bool {
        let names = request.body.json().and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys);
        let is_drawn = |name: &String| self.call.label.members.iter().any(|member| member.path.first() == Some(name));
        names.into_iter().all(|name| name == "token" || is_drawn(name))
    }

    /// Returns whether no header is there but those that a client sends with what is drawn.
    fn is_of_its_client(&self) -> bool {
        let text = |value: &[Piece]| match value {
            [Piece::Text(text)] => Some(text.clone()),
            _ => None,
        };
        self.draft.headers.iter().all(|(name, value)| match name.as_str() {
            "content-type" | "origin" => true,
            _ => self.client.iter().any(|(known, sent)| known == name && text(value).as_deref() == Some(sent)),
        })
    }

    /// Returns whether the request asks for a first token, which needs none, as a server may read it.
    fn is_of_the_sibling_flow(&self) -> bool {
        let Some(request) = self.request() else { return false };
        let path = normalised(&request.path);
        let [create, issue, generate] = [CREATE_TOKEN, ISSUE_TOKENS, GENERATE_TOKEN].map(str::to_ascii_lowercase);
        let last = issue.rsplit('/').next().unwrap_or_default();
        path == create || path == generate || path.contains("/accounts/") && path.ends_with(last)
    }

    fn may_be_hung_up_on(&self) -> bool {
        let is_late = self.exchange().is_some_and(|exchange| match &exchange.outcome {
            Outcome::Failed(reason) => reason.contains("within") || reason.contains("timed out"),
            Outcome::Replied(_) | Outcome::Pending => true,
        });
        !is_late && self.request().is_some_and(|request| request.body.bytes().len() > HUNG_UP_ON)
    }

    fn unanswered(&self, observed: &str) -> Breach {
        Breach::should(Property::Answers, "a whole reply in time", observed).drawn(self.is_drawn())
    }

    fn is_method_drawn(&self) -> bool {
        self.draft.method == self.call.label.method_or_post()
    }

    /// Returns a reply in words.
    fn words(&self, reply: &Reply) -> String {
        if reply.body.bytes().is_empty() {
            return format!("{} and no body", reply.status);
        }
        format!("{} {}", reply.status, self.redactor.excerpt(&reply.body))
    }
}

/// Returns a path as the most lenient server reads it: without letter case, what `%2e` and the like stand for, empty segments,
/// and what `.` and `..` take away.
fn normalised(path: &str) -> String {
    let mut decoded = path.to_ascii_lowercase();
    for (written, meant) in [("%2e", "."), ("%2f", "/"), ("%00", ""), ("%20", "")] {
        decoded = decoded.replace(written, meant);
    }
    let mut segments = Vec::new();
    for segment in decoded.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn is_refusal(reply: &Reply) -> bool {
    let says = |name: &str| reply.body.member(&[name]) == Some(&Value::Bool(false));
    reply.status >= 400 || says("valid") || says("authorized")
}

fn failed(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let fails = reply.status >= 500 && !OF_THE_SERVER.contains(&reply.status);
    let expected = "no status from 500 to 599";
    fails.then(|| Breach::should(Property::Answers, expected, seen.words(reply)).drawn(seen.is_drawn()))
}

/// A refusal that a customer cannot read, or a success that is none.
fn refused_badly(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let breach = |expected: &str, observed: String| {
        Some(Breach::should(Property::RefusesInJson, expected, observed).drawn(seen.is_drawn()))
    };
    // The body of a reply to HEAD is never sent, and a preflight needs none.
    if OF_THE_SERVER.contains(&reply.status) || matches!(seen.draft.method.as_str(), "HEAD" | "OPTIONS") {
        return None;
    }
    if !is_refusal(reply) {
        let is_success = (200..300).contains(&reply.status) && seen.is_method_drawn();
        let is_object = reply.body.json().is_some_and(Value::is_object);
        return if is_success && !is_object { breach("a JSON object", seen.words(reply)) } else { None };
    }
    let body = &reply.body;
    let of_scoped_auth =
        seen.call.who == Participant::ScopedAuth && body.member(&["authorized"]) == Some(&Value::Bool(false));
    let has_code = body.member(&["code"]).is_some_and(|code| match code {
        Value::Number(_) => true,
        Value::String(code) => !code.is_empty(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    });
    let is_refused = body.member(&["valid"]) == Some(&Value::Bool(false)) && has_code || of_scoped_auth;
    if !is_refused || body.text("message").is_none_or(str::is_empty) {
        return breach("{valid:false, code, message}", seen.words(reply));
    }
    match body.repeated() {
        [] => None,
        [first, ..] => breach("each member once", format!("`{}` twice", seen.redactor.text(&first.join(".")))),
    }
}

fn acao_beside_one(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    if seen.call.who != Participant::Starship || OF_THE_SERVER.contains(&reply.status) {
        return None;
    }
    let values: Vec<&str> = reply.header_values("access-control-allow-origin").collect();
    let observed = match values[..] {
        [one] if one == "*" || is_origin(one) => return None,
        [one] if one == OPAQUE_ORIGIN && seen.request().and_then(|it| it.header("origin")) != Some(one) => return None,
        [] => "none".to_owned(),
        _ => values.iter().map(|value| seen.redactor.text(value)).collect::<Vec<_>>().join(" and "),
    };
    let is_drawn = values.is_empty() && seen.is_drawn();
    let expected = "exactly one ACAO header, with `*` or one origin";
    Some(Breach::should(Property::OneAcao, expected, observed).drawn(is_drawn))
}

/// A token, or a verdict that comes to one, for a request that has none in it.
fn token_for_nothing(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let is_given = (200..400).contains(&reply.status) && reply.body.json().is_some_and(holds_token);
    let is_authorised = reply.body.member(&["authorized"]) == Some(&Value::Bool(true));
    let gives = is_given || is_authorised;
    if !gives || seen.draft.has(Gap::Token) || seen.is_of_the_sibling_flow() {
        return None;
    }
    let observed = seen.words(reply);
    Some(Breach::should(Property::TokenForToken, "a refusal", observed).drawn(true))
}

fn holds_token(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_one =
                name.to_ascii_lowercase().ends_with("token") && value.as_str().is_some_and(|text| !text.is_empty());
            is_one || holds_token(value)
        }),
        Value::Array(items) => items.iter().any(holds_token),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn roles_of_another(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let roles = ["roles", "grants"].into_iter().find_map(|name| reply.body.member(&[name]));
    let texts: Option<Vec<&str>> = roles?.as_array()?.iter().map(Value::as_str).collect();
    let texts = texts.filter(|texts| !texts.is_empty())?;
    let is_one_of = |roles: &[String]| texts.iter().all(|text| roles.iter().any(|role| role == text));
    let is_own = seen.roles.own.is_none_or(is_one_of);
    let is_of_another = seen.roles.of_others.iter().any(|roles| is_one_of(roles));
    if is_own || !is_of_another {
        return None;
    }
    let expected = format!("{:?}", seen.roles.own.unwrap_or_default());
    Some(Breach::should(Property::OwnRoles, expected, format!("{texts:?}, which are another account's")).drawn(true))
}

fn calls_in_spite(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let refused_for_what_it_is = is_refusal(reply) && {
        let codes = &seen.contract.codes;
        let code = reply.body.member(&["code"]);
        let of_request =
            [&codes.malformed, &codes.unknown_deployment_key, &codes.origin_not_allowed, &codes.no_address];
        matches!(reply.status, 400 | 405 | 413 | 415)
            || of_request.into_iter().any(|known| code.is_some() && known.as_ref() == code)
    };
    // Starship forwards what it cannot read.
    let is_edge = seen.call.who == Participant::Starship;
    let first_behind = if is_edge { Participant::Orchestrator } else { seen.call.who };
    for hop in Hop::ALL.into_iter().filter(|hop| hop.callee() > seen.call.who) {
        let crossed: Vec<&Exchange> = seen.transcript.on(hop).collect();
        let path = |exchange: &Exchange| exchange.request.path.clone();
        let callee = hop.callee();
        if refused_for_what_it_is && callee > first_behind && !crossed.is_empty() {
            let expected = format!("{callee} is not called");
            let observed = format!("{} calls, and {}", crossed.len(), seen.words(reply));
            return Some(Breach::should(Property::CallsNobody, expected, observed));
        }
        if let [first, others @ ..] = &crossed[..]
            && others.iter().any(|other| path(other) == path(first))
        {
            let expected = format!("{callee} is called once at most");
            return Some(Breach::should(Property::CallsNobody, expected, format!("{} calls", crossed.len())));
        }
    }
    None
}

/// A secret in a reply that should not hold it. What is granted may hold the token, which may be the one presented.
fn secret_in(seen: &Seen<'_>, reply: &Reply) -> Option<Breach> {
    let fingerprints =
        seen.transcript.exchanges.iter().filter_map(|exchange| exchange.request.body.text("fingerprint"));
    let sent = |gap: Gap| seen.draft.has(gap).then(|| seen.filling.of(gap));
    let token = sent(Gap::Token).filter(|_| is_refusal(reply));
    let own = [
        ("the token", token),
        ("the deployment key", sent(Gap::DeploymentKey)),
        ("the fingerprint", sent(Gap::Fingerprint)),
    ];
    let secrets = own.into_iter().filter_map(|(what, secret)| Some((what, secret?)));
    let generated = fingerprints.filter(|text| sent(Gap::Fingerprint).is_some() || !is_sent_as_text(seen, text));
    for (what, secret) in secrets.chain(generated.map(|secret| ("the fingerprint", secret))) {
        if secret.len() >= SHORTEST_SECRET
            && let Some(place) = place_of(secret, reply)
        {
            let observed = format!("{what} in {place} of: {}", seen.words(reply));
            return Some(Breach::should(Property::EchoesNoSecret, "no secret in the reply", observed));
        }
    }
    None
}

/// Returns whether the case itself wrote this as a fingerprint, so that it is no secret.
fn is_sent_as_text(seen: &Seen<'_>, fingerprint: &str) -> bool {
    seen.request().and_then(|request| request.body.text("fingerprint")) == Some(fingerprint)
}

fn place_of(secret: &str, reply: &Reply) -> Option<String> {
    if let Some((name, _)) = reply.headers.iter().find(|(_, value)| value.contains(secret)) {
        return Some(format!("the header {name}"));
    }
    let in_bytes = reply.body.bytes().windows(secret.len()).any(|window| window == secret.as_bytes());
    (in_bytes || reply.body.json().is_some_and(|json| holds_text(json, secret))).then(|| "the body".to_owned())
}

fn holds_text(value: &Value, secret: &str) -> bool {
    match value {
        Value::String(text) => text.contains(secret),
        Value::Array(items) => items.iter().any(|item| holds_text(item, secret)),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains(secret) || holds_text(value, secret))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests;
