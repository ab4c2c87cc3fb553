//! Names bind: the first arrow that shows a name gives it its value, and every later arrow must show the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagram::{Kind, Name};

/// What a name stands for within one refresh.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    /// The token that requests carry, under whatever name.
    Presented,
    /// The token that replies carry.
    Returned,
    /// The account, under whatever name.
    Account,
    /// Anything else, by its name.
    Named(String),
}

/// Requests and replies are two scopes for the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Request,
    Reply,
}

impl Variable {
    /// Returns what a name stands for.
    pub(super) fn of(name: &Name, scope: Scope) -> Self {
        match (name.kind, scope) {
            (Kind::Token, Scope::Request) => Self::Presented,
            (Kind::Token, Scope::Reply) => Self::Returned,
            (Kind::AccountSid, _) => Self::Account,
            (
                Kind::DateTime | Kind::UniqueId | Kind::Texts | Kind::Code | Kind::Verdict | Kind::Text,
                Scope::Request | Scope::Reply,
            ) => Self::Named(name.text.clone()),
        }
    }
}

/// The values of the names of one refresh, each with where it was first shown.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    values: BTreeMap<Variable, (Value, String)>,
}

impl Bindings {
    /// Gives a variable its value before any arrow shows it.
    pub(super) fn give(&mut self, variable: Variable, value: Value, source: &str) {
        self.values.insert(variable, (value, source.to_owned()));
    }

    /// Binds a variable, or returns the different value it has and where it got it.
    pub(super) fn bind(&mut self, variable: Variable, value: &Value, arrow: usize) -> Result<(), (&Value, &str)> {
        let (known, source) =
            self.values.entry(variable).or_insert_with(|| (value.clone(), format!("in arrow {arrow}")));
        if known == value { Ok(()) } else { Err((known, source)) }
    }

    /// Returns whether a variable has a value.
    pub(super) fn knows(&self, variable: &Variable) -> bool {
        self.values.contains_key(variable)
    }

    /// Returns the value of a variable.
    pub(super) fn value(&self, variable: &Variable) -> Option<&Value> {
        self.values.get(variable).map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_keeps_the_value_it_was_first_shown_with() {
        let mut bindings = Bindings::default();
        let roles = || Variable::of(&Name::new("grants_array"), Scope::Reply);
        assert_eq!(bindings.bind(roles(), &json!(["a"]), 10), Ok(()));
        assert_eq!(bindings.bind(roles(), &json!(["a"]), 11), Ok(()));
        assert_eq!(bindings.bind(roles(), &json!([]), 12), Err((&json!(["a"]), "in arrow 10")));
        assert_eq!(bindings.bind(roles(), &json!(["a"]), 14), Ok(()));
    }

    #[test]
    fn what_was_given_is_held_against_the_first_arrow() {
        let mut bindings = Bindings::default();
        bindings.give(Variable::Presented, json!("t"), "given");
        assert_eq!(bindings.bind(Variable::Presented, &json!("u"), 5), Err((&json!("t"), "given")));
        assert_eq!(bindings.value(&Variable::Returned), None);
    }

    #[test]
    fn tokens_are_one_variable_for_requests_and_another_for_replies() {
        let of = |text, scope| Variable::of(&Name::new(text), scope);
        assert_eq!(of("generated_token", Scope::Request), of("token", Scope::Request));
        assert_ne!(of("token", Scope::Request), of("token", Scope::Reply));
        assert_eq!(of("ACXXXXX", Scope::Request), of("account_sid", Scope::Reply));
        assert_ne!(of("some_msg", Scope::Reply), of("account_id", Scope::Reply));
    }
}
