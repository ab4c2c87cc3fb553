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

    /// Returns the value of a variable.
    pub(super) fn value(&self, variable: &Variable) -> Option<&Value> {
        self.values.get(variable).map(|(value, _)| value)
    }
}
