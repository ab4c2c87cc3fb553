//! The members of one body against those drawn on its arrow: there, of the right kind, and the same wherever named.

use std::time::SystemTime;

use serde_json::Value;
use time::OffsetDateTime;

use super::binding::{Bindings, Scope, Variable};
use super::contract::stated_code;
use super::ledger::Conflict;
use super::moment::moment;
use super::{Finding, Ledger};
use crate::diagram::{Arrow, Diagram, Kind, Member, Name, Value as Drawn};
use crate::protocol::{AccountSid, Contract};
use crate::transcript::{Body, Redactor};

/// What judging a value needs besides the value.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) diagram: &'a Diagram,
    pub(super) contract: &'a Contract,
    pub(super) redactor: &'a Redactor,
    pub(super) ledger: &'a mut Ledger,
    pub(super) bindings: Bindings,
    /// Names the refresh, so that an identity may show up in several of its arrows.
    pub(super) refresh: u64,
}

impl Context<'_> {
    /// Judges a body against the members drawn on an arrow and those that must not be there.
    pub(super) fn judge_body(
        &mut self,
        arrow: &Arrow,
        scope: Scope,
        body: &Body,
        forbidden: &[&Member],
        at: SystemTime,
    ) -> Vec<Finding> {
        let Some(Value::Object(_)) = body.json() else {
            return vec![Finding::must(arrow.number, "body", "a JSON object", self.unlike_an_object(body))];
        };
        let mut findings = repeated_members(arrow, body, forbidden, self.redactor);
        for member in arrow.members() {
            let subject = subject(member);
            match body.member(&member.path) {
                Some(value) => findings.extend(self.judge_value(arrow.number, subject, member, scope, value, at)),
                None => findings.push(Finding::must(arrow.number, subject, expected_text(member), "nothing")),
            }
        }
        for member in forbidden {
            if let Some(value) = body.member(&member.path) {
                let observed = self.shown(member, value);
                findings.push(Finding::must(arrow.number, subject(member), "nothing, as none is drawn here", observed));
            }
        }
        findings
    }

    fn unlike_an_object(&self, body: &Body) -> String {
        match body.unread() {
            _ if body.bytes().is_empty() => "nothing".to_owned(),
            Some(reason) => format!("{} ({reason})", self.redactor.excerpt(body)),
            None => self.redactor.excerpt(body),
        }
    }

    /// Judges the value that a name has somewhere on an arrow, such as the account in a path.
    pub(super) fn judge_name(
        &mut self,
        arrow: usize,
        subject: &str,
        name: &Name,
        scope: Scope,
        value: &Value,
        at: SystemTime,
    ) -> Vec<Finding> {
        let shown = |redactor: &Redactor, value: &Value| match name.kind {
            Kind::Token => redactor.member("token", value),
            Kind::DateTime
            | Kind::UniqueId
            | Kind::Texts
            | Kind::AccountSid
            | Kind::Code
            | Kind::Verdict
            | Kind::Text => redactor.member(&name.text, value),
        };
        let finding =
            |expected: String, redactor: &Redactor| Finding::must(arrow, subject, expected, shown(redactor, value));
        if let Some(expected) = wrong_kind(name.kind, scope, value, at) {
            return vec![finding(expected.to_owned(), self.redactor)];
        }
        let mut findings = Vec::new();
        if has_controls(value) {
            let expected = "a text without control characters".to_owned();
            findings.push(finding(expected, self.redactor).only_should());
        }
        if let Err((known, source)) = self.bindings.bind(Variable::of(name, scope), value, arrow) {
            let expected = format!("{} ({source})", shown(self.redactor, known));
            findings.push(finding(expected, self.redactor));
        }
        match name.kind {
            Kind::UniqueId => {
                let is_new = self.ledger.is_new_identity(&plain(value), self.refresh);
                if !is_new {
                    findings.push(finding("an identity never used before".to_owned(), self.redactor));
                }
            }
            Kind::Code | Kind::Verdict => findings.extend(self.judge_constant(arrow, subject, name, value)),
            Kind::DateTime | Kind::Texts | Kind::AccountSid | Kind::Token | Kind::Text => {}
        }
        findings
    }

    fn judge_value(
        &mut self,
        arrow: usize,
        subject: String,
        member: &Member,
        scope: Scope,
        value: &Value,
        at: SystemTime,
    ) -> Vec<Finding> {
        match &member.value {
            Drawn::Literal(literal) if literal == value => Vec::new(),
            Drawn::Literal(literal) => {
                vec![Finding::must(arrow, subject, literal.to_string(), self.shown(member, value))]
            }
            Drawn::Name(name) => self.judge_name(arrow, &subject, name, scope, value, at),
        }
    }

    /// Judges a name that has one value throughout the run.
    fn judge_constant(&mut self, arrow: usize, subject: &str, name: &Name, value: &Value) -> Vec<Finding> {
        let observed = self.redactor.json(value).to_string();
        let mut findings = Vec::new();
        if let Some(stated) = stated_code(self.contract, name).filter(|stated| plain(stated) != plain(value)) {
            let stated = self.redactor.json(stated);
            let expected = format!("{} (`{}` as stated for this deployment)", plain(&stated), name.text);
            findings.push(Finding::must(arrow, subject, expected, observed.clone()));
        } else if let Some(other) = self.other_message(name, value) {
            let expected = format!("another message than that of `{other}`");
            findings.push(Finding::must(arrow, subject, expected, observed.clone()));
        } else if let Some(meaning) = self.other_refusal(name, value) {
            let expected = format!("another code than that of {meaning}");
            findings.push(Finding::must(arrow, subject, expected, observed.clone()));
        } else if let Err(conflict) = self.ledger.constant(name, value, arrow) {
            let expected = match conflict {
                Conflict::Changed { value, arrow } => {
                    format!("{} (`{}` in arrow {arrow} before)", self.redactor.json(&value), name.text)
                }
                Conflict::Shared { name: other, arrow } => {
                    format!("another value than that of `{other}` in arrow {arrow} before")
                }
            };
            findings.push(Finding::must(arrow, subject, expected, observed.clone()));
        }
        if name.kind == Kind::Verdict && value.as_str() != Some(&name.text) {
            findings.push(Finding::must(arrow, subject, format!("the text {}", name.text), observed).only_should());
        }
        findings
    }

    /// Returns what else a code stands for that is not stated to be the one that is drawn.
    fn other_refusal(&self, name: &Name, value: &Value) -> Option<&'static str> {
        let is_open = name.kind == Kind::Code && stated_code(self.contract, name).is_none();
        let codes = &self.contract.codes;
        let others = [
            (&codes.internal_failure, "a failure behind the Orchestrator"),
            (&codes.malformed, "a malformed request"),
            (&codes.origin_not_allowed, "an origin that is not allowed"),
            (&codes.unknown_deployment_key, "an unknown deployment key"),
            (&codes.no_address, "an account without address configuration"),
        ];
        let meant = others.into_iter().find(|(code, _)| is_open && plain(code) == plain(value))?;
        Some(meant.1)
    }

    /// Returns the name of another message of the diagram that has this very text. It is not learned as the value of
    /// this one, lest the other be found wrong for it.
    fn other_message(&self, name: &Name, value: &Value) -> Option<&str> {
        let text = value.as_str().filter(|text| name.kind == Kind::Verdict && *text != name.text)?;
        let members = self.diagram.arrows().iter().flat_map(Arrow::members);
        let drawn = members.filter_map(Member::name).find(|other| other.kind == Kind::Verdict && other.text == text)?;
        Some(&drawn.text)
    }

    fn shown(&self, member: &Member, value: &Value) -> String {
        self.redactor.member(member.path.last().map_or("", String::as_str), value)
    }
}

/// Returns a finding for each member that is there more than once: which one counts differs from reader to reader.
///
/// One that is drawn, or must not be there, then has no value to go by. Of any other the diagram says nothing.
fn repeated_members(arrow: &Arrow, body: &Body, forbidden: &[&Member], redactor: &Redactor) -> Vec<Finding> {
    let judged = |path: &Vec<String>| {
        let mut members = arrow.members().iter().chain(forbidden.iter().copied());
        members.any(|member| member.path.starts_with(path))
    };
    let found = |path: &Vec<String>| {
        let subject = format!("member `{}`", redactor.text(&path.join(".")));
        let finding = Finding::must(arrow.number, subject, "at most once", "more than once");
        if judged(path) { finding } else { finding.only_should() }
    };
    body.repeated().iter().map(found).collect()
}

/// Returns what was expected of a kind of value, unless the value is of that kind.
fn wrong_kind(kind: Kind, scope: Scope, value: &Value, at: SystemTime) -> Option<&'static str> {
    let text = value.as_str();
    let is_said = value.is_number() || text.is_some_and(|text| !text.is_empty());
    let (right, expected) = match kind {
        Kind::DateTime => match moment(value) {
            Some(moment) => (moment > OffsetDateTime::from(at), "a date time in the future"),
            None => (false, "a date time, as in RFC 3339"),
        },
        Kind::UniqueId => (is_said, "a unique id"),
        // How the entries of a list are written is not drawn: roles may be texts, or objects that say more.
        Kind::Texts => {
            let is_entry = |item: &Value| item.is_string() || item.is_number() || item.is_object();
            (value.as_array().is_some_and(|items| items.iter().all(is_entry)), "a list of texts or objects")
        }
        Kind::AccountSid => (text.is_some_and(AccountSid::is_well_formed), "an account SID (AC and 32 hex digits)"),
        // A customer may present anything; a token that is returned is one.
        Kind::Token => (text.is_some_and(|text| scope == Scope::Request || !text.is_empty()), "a token"),
        Kind::Code => (is_said, "a code"),
        Kind::Verdict => (text.is_some_and(|text| !text.is_empty()), "a text that is not empty"),
        // A plain name stands for one value; a list or an object would be drawn with brackets.
        Kind::Text => (is_said, "a text that is not empty, or a number"),
    };
    (!right).then_some(expected)
}

/// Returns whether a text, or one of a list of texts, holds what no reader can show, such as NUL.
fn has_controls(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(char::is_control),
        Value::Array(items) => items.iter().any(has_controls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn expected_text(member: &Member) -> String {
    match &member.value {
        Drawn::Literal(literal) => literal.to_string(),
        Drawn::Name(name) => format!("`{}`", name.text),
    }
}

fn subject(member: &Member) -> String {
    format!("member `{}`", member.path.join("."))
}

/// Returns a code's text, so that 45775 and "45775" count as the same statement.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_refuses_what_is_not_of_it() {
        let now = SystemTime::now();
        for (kind, right, wrong) in [
            (Kind::DateTime, json!("2999-01-01T00:00:00Z"), json!("2001-01-01T00:00:00Z")),
            (Kind::DateTime, json!("2999-01-01T00:00:00.5+02:00"), json!("tomorrow")),
            (Kind::UniqueId, json!("a"), json!("")),
            (Kind::UniqueId, json!(17), json!(["a"])),
            (Kind::Texts, json!([]), json!(["a", null])),
            (Kind::Texts, json!([{"service": "chat"}]), json!([true])),
            (Kind::AccountSid, json!("AC0123456789abcdef0123456789abcdef"), json!("AC1")),
            (Kind::Token, json!("opaque"), json!(null)),
            (Kind::Code, json!(45775), json!(true)),
            (Kind::Code, json!("E-1"), json!("")),
            (Kind::Verdict, json!("failed"), json!(["failed"])),
            (Kind::Text, json!("words"), json!(["words"])),
            (Kind::Text, json!(7), json!({"a": 7})),
        ] {
            assert_eq!(wrong_kind(kind, Scope::Reply, &right, now), None, "{kind:?} {right}");
            assert!(wrong_kind(kind, Scope::Reply, &wrong, now).is_some(), "{kind:?} {wrong}");
        }
    }
}
