//! The values that the names in a reply stand for: given, else those of the request, else sensible ones of their kind.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::branch::Branch;
use crate::diagram::{Kind, Name};

/// How long a new token is said to live.
const LIFETIME: Duration = Duration::HOUR;
/// The account of a reply to a request that names none.
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

/// The values of a reply, as far as they are known before a request comes.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) given: Vec<(Name, Value)>,
    pub(super) branch: Branch,
}

/// The values that are new in every reply.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    pub(super) expiration: String,
    pub(super) identity: String,
    pub(super) token: String,
}

impl Fresh {
    /// Returns values that no reply had before.
    pub(super) fn now() -> Self {
        let expiration = (OffsetDateTime::now_utc() + LIFETIME).replace_nanosecond(0);
        Self {
            expiration: expiration.ok().and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default(),
            identity: random(),
            token: format!("{}-of-a-stand-in", random()),
        }
    }
}

fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl Values {
    /// Returns what a name stands for. `bound` returns what the request says of it.
    pub(super) fn of(&self, name: &Name, bound: &dyn Fn(&Name) -> Option<Value>, fresh: &Fresh) -> Value {
        let given = self.given.iter().find(|(given, _)| is_same(given, name)).map(|(_, value)| value.clone());
        given.or_else(|| bound(name)).unwrap_or_else(|| match name.kind {
            Kind::DateTime => fresh.expiration.clone().into(),
            Kind::UniqueId => fresh.identity.clone().into(),
            Kind::Token => fresh.token.clone().into(),
            Kind::Texts => json!(["chat:read", "chat:write"]),
            Kind::AccountSid => ACCOUNT.into(),
            Kind::Code => self.branch.code().0.into(),
            Kind::Text if is_account_id(name) => self.account_id(bound, fresh),
            Kind::Verdict | Kind::Text => name.text.clone().into(),
        })
    }

    /// Returns an identifier that belongs to the account of the reply and to no other.
    fn account_id(&self, bound: &dyn Fn(&Name) -> Option<Value>, fresh: &Fresh) -> Value {
        let account = self.of(&Name::new("account_sid"), bound, fresh);
        let account = account.as_str().unwrap_or_default();
        format!("acct-{}", account.strip_prefix("AC").unwrap_or(account)).into()
    }
}

/// Tells whether two names of one message stand for the same: the account and the token do, under whatever name.
pub(super) fn is_same(one: &Name, other: &Name) -> bool {
    let of_kind = |kind| one.kind == kind && other.kind == kind;
    of_kind(Kind::AccountSid) || of_kind(Kind::Token) || one.text == other.text
}

/// Tells whether the value that a name has in a request is the one that it has in the reply. The token is another.
pub(super) fn is_carried_over(asked: &Name, answered: &Name) -> bool {
    answered.kind != Kind::Token && is_same(asked, answered)
}

fn is_account_id(name: &Name) -> bool {
    let squeezed: String = name.text.chars().filter(char::is_ascii_alphanumeric).collect();
    squeezed.eq_ignore_ascii_case("accountid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(given: &[(&str, Value)], branch: Branch) -> Values {
        let given = given.iter().map(|(name, value)| (Name::new(name), value.clone())).collect();
        Values { given, branch }
    }

    #[test]
    fn a_value_is_given_or_asked_for_or_of_its_kind() {
        let values = values(&[("some_msg", json!("given"))], Branch::InvalidFingerprint);
        let bound = |name: &Name| (name.text == "some_msg" || name.text == "other_msg").then(|| json!("asked"));
        let of = |name: &str| values.of(&Name::new(name), &bound, &Fresh::now());
        assert_eq!(of("some_msg"), "given");
        assert_eq!(of("other_msg"), "asked");
        assert_eq!(of("third_msg"), "third_msg");
        assert_eq!(of("token_validation_failed"), "token_validation_failed");
        assert_eq!(of("new_code_indicates_fingerprint_invalid"), 45779);
        assert_eq!(of("account_id"), "acct-0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn the_accounts_id_follows_its_sid() {
        let sid = format!("AC{}", "7".repeat(32));
        let given = values(&[("ACXXXXX", json!(sid))], Branch::Valid);
        let of = |values: &Values, name, bound: &dyn Fn(&Name) -> Option<Value>| {
            values.of(&Name::new(name), bound, &Fresh::now())
        };
        let id = format!("acct-{}", "7".repeat(32));
        assert_eq!(
            [of(&given, "account_sid", &|_| None), of(&given, "account_id", &|_| None)],
            [json!(sid), json!(id)]
        );
        let bound = |name: &Name| (name.kind == Kind::AccountSid).then(|| json!(sid));
        assert_eq!(of(&values(&[], Branch::Valid), "accountId", &bound), id);
    }

    #[test]
    fn what_is_new_is_new_each_time() {
        let (one, other) = (Fresh::now(), Fresh::now());
        assert_ne!(one.identity, other.identity);
        assert_ne!(one.token, other.token);
        assert!(OffsetDateTime::parse(&one.expiration, &Rfc3339).unwrap() > OffsetDateTime::now_utc());
    }
}
