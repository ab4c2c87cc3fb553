//! The members of one body against those drawn on its arrow: there, of the right kind, and the same wherever named.

use std::time::SystemTime;

use serde_json::Value;
use time::OffsetDateTime;

use super::UnderTest;
use super::alignment::ends_of;
use super::binding::{Bindings, Scope, Variable};
use super::contract::stated_code;
use super::finding::{Defect, Finding};
use super::ledger::Claim;
use super::moment::moment;
use crate::diagram::{Arrow, Diagram, Kind, Member, Name, Quote, Value as Drawn};
use crate::protocol::{AccountSid, Contract};
use crate::transcript::{Body, Redactor};

/// What judging a value needs besides the value.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) diagram: &'a Diagram,
    pub(super) contract: &'a Contract,
    pub(super) redactor: &'a Redactor,
    pub(super) under_test: UnderTest,
    pub(super) bindings: Bindings,
    /// What the arrow that is judged shows of names that bind for the whole run.
    pub(super) claims: Vec<Claim>,
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
        let mut findings = repeated_members(arrow, body, forbidden, self.redactor);
        for member in arrow.members() {
            match body.member(&member.path) {
                Some(value) => findings.extend(self.judge_value(arrow, member, scope, value, at)),
                None if member.optional => {}
                None => {
                    let (words, expected) = (arrow.quote_member(member), expected_text(member));
                    findings.push(Finding::must(arrow, words, Defect::Missing, subject(member), expected, "nothing"));
                }
            }
        }
        for member in forbidden {
            if let Some(value) = body.member(&member.path) {
                let observed = self.shown(member, value);
                let expected = "nothing, as only another branch draws it";
                let defect = Defect::NotDrawnHere;
                findings.push(Finding::must(arrow, arrow.quote(), defect, subject(member), expected, observed));
            }
        }
        findings
    }

    /// Judges the value that a name has somewhere on an arrow, such as the account in a path.
    pub(super) fn judge_name(
        &mut self,
        arrow: &Arrow,
        (subject, words): (&str, Quote),
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
        let finding = |defect: Defect, expected: String, redactor: &Redactor| {
            Finding::must(arrow, words.clone(), defect, subject, expected, shown(redactor, value))
        };
        if let Some(expected) = wrong_kind(name.kind, scope, value, at) {
            return vec![finding(Defect::WrongKind, expected.to_owned(), self.redactor)];
        }
        let mut findings = Vec::new();
        if has_controls(value) {
            let expected = "a text without control characters".to_owned();
            findings.push(finding(Defect::WrongKind, expected, self.redactor).only_should());
        }
        let is_first = !self.bindings.knows(&Variable::of(name, scope));
        if let Err((known, source)) = self.bindings.bind(Variable::of(name, scope), value, arrow.number) {
            let expected = format!("{} ({source})", shown(self.redactor, known));
            findings.push(finding(Defect::WrongValue, expected, self.redactor));
        }
        if matches!(name.kind, Kind::Code | Kind::Verdict) {
            findings.extend(self.judge_constant(arrow, (subject, &words), name, value));
        }
        let binds_for_the_run = matches!(name.kind, Kind::Code | Kind::Verdict) || name.kind == Kind::UniqueId;
        let is_as_drawn = findings.iter().all(|finding| !finding.severity().fails(false));
        if is_first && binds_for_the_run && is_as_drawn {
            self.claims.push(Claim {
                shown: self.redactor.member(&name.text, value),
                subject: subject.to_owned(),
                arrow: arrow.number,
                participant: arrow.from.clone(),
                real: ends_of(arrow)[0].is_some_and(|sender| self.under_test.is_real(sender)),
                name: name.clone(),
                value: value.clone(),
                words,
                refresh: self.refresh,
            });
        }
        findings
    }

    fn judge_value(
        &mut self,
        arrow: &Arrow,
        member: &Member,
        scope: Scope,
        value: &Value,
        at: SystemTime,
    ) -> Vec<Finding> {
        let (subject, words) = (subject(member), arrow.quote_member(member));
        match &member.value {
            Drawn::Literal(literal) if literal == value => Vec::new(),
            Drawn::Literal(literal) => {
                let observed = self.shown(member, value);
                vec![Finding::must(arrow, words, Defect::WrongValue, subject, literal.to_string(), observed)]
            }
            Drawn::Name(name) => self.judge_name(arrow, (&subject, words), name, scope, value, at),
            Drawn::Type(drawn) if drawn.holds(value) => Vec::new(),
            Drawn::Type(drawn) => {
                let observed = self.shown(member, value);
                vec![Finding::must(arrow, words, Defect::WrongKind, subject, drawn.to_string(), observed)]
            }
            Drawn::Objects(members) => {
                let wrong = wrong_items(members, scope, value, at);
                let observed = || self.shown(member, value);
                let finding = |expected| Finding::must(arrow, words, Defect::WrongKind, subject, expected, observed());
                wrong.map(finding).into_iter().collect()
            }
        }
    }

    /// Judges a name that has one value throughout the run by what is known of that value beforehand.
    fn judge_constant(
        &self,
        arrow: &Arrow,
        (subject, words): (&str, &Quote),
        name: &Name,
        value: &Value,
    ) -> Vec<Finding> {
        let observed = self.redactor.json(value).to_string();
        let mut findings = Vec::new();
        let finding = |expected: String| {
            Finding::must(arrow, words.clone(), Defect::WrongValue, subject, expected, observed.clone())
        };
        if let Some(stated) = stated_code(self.contract, name).filter(|stated| plain(stated) != plain(value)) {
            let stated = self.redactor.json(stated);
            findings.push(finding(format!("{} (`{}` as stated for this deployment)", plain(&stated), name.text)));
        } else if let Some(other) = self.other_message(name, value) {
            findings.push(finding(format!("another message than that of `{other}`")));
        } else if let Some(meaning) = self.other_refusal(name, value) {
            findings.push(finding(format!("another code than that of {meaning}")));
        }
        if name.kind == Kind::Verdict && value.as_str() != Some(&name.text) {
            findings.push(finding(format!("the text {}", name.text)).only_should());
        }
        findings
    }

    /// Returns what else a code stands for that is not stated to be the one that is drawn.
    fn other_refusal(&self, name: &Name, value: &Value) -> Option<&'static str> {
        let is_open = name.kind == Kind::Code && stated_code(self.contract, name).is_none();
        let codes = &self.contract.codes;
        let (_, meaning) = codes.with_meanings().find(|(code, _)| is_open && plain(code) == plain(value))?;
        Some(meaning)
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
    let is_judged = |path: &Vec<String>| {
        let mut members = arrow.members().iter().chain(forbidden.iter().copied());
        members.any(|member| member.path.starts_with(path))
    };
    let found = |path: &Vec<String>| {
        let subject = format!("member `{}`", redactor.text(&path.join(".")));
        let (expected, observed) = ("at most once", "more than once");
        let finding = Finding::must(arrow, arrow.quote(), Defect::Repeated, subject, expected, observed);
        if is_judged(path) { finding } else { finding.only_should() }
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

/// Returns what was expected of a list of objects, unless each has the members. A name may have another value in each.
fn wrong_items(members: &[Member], scope: Scope, value: &Value, at: SystemTime) -> Option<String> {
    let wrong = |member: &Member, item: &Value| {
        let found = member.path.iter().try_fold(item, |value, key| value.as_object()?.get(key));
        match (found, &member.value) {
            (None, _) => !member.optional,
            (Some(found), Drawn::Literal(literal)) => literal != found,
            (Some(found), Drawn::Name(name)) => wrong_kind(name.kind, scope, found, at).is_some(),
            (Some(found), Drawn::Type(drawn)) => !drawn.holds(found),
            (Some(found), Drawn::Objects(members)) => wrong_items(members, scope, found, at).is_some(),
        }
    };
    let is_right = |item: &Value| item.is_object() && !members.iter().any(|member| wrong(member, item));
    let right = value.as_array().is_some_and(|items| items.iter().all(is_right));
    (!right).then(|| objects_text(members))
}

fn objects_text(members: &[Member]) -> String {
    let shown = |member: &Member| format!("`{}`: {}", member.path.join("."), expected_text(member));
    let members: Vec<String> = members.iter().map(shown).collect();
    format!("a list of objects, each with {}", members.join(", "))
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
        Drawn::Type(drawn) => drawn.to_string(),
        Drawn::Objects(members) => objects_text(members),
    }
}

/// Returns what a finding about a member is about.
pub(super) fn subject(member: &Member) -> String {
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
