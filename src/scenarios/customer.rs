//! Customers: the browser they use, the token they hold, and the manner in which they refresh it.

use crate::config::deployment::Tokens;
use crate::diagram::Validity;
use crate::protocol::{DeploymentKey, Fingerprint, Token};

/// A browser, by the headers it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) user_agent: String,
    pub(super) language: String,
    pub(super) address: String,
}

impl Client {
    /// Returns a browser unlike any other of the run, so that its fingerprint is its own.
    fn new() -> Self {
        let build = rand::random::<u32>();
        Self {
            user_agent: format!("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/{build} Firefox/140.0"),
            language: "en-GB,en;q=0.7".to_owned(),
            address: "198.51.100.7".to_owned(),
        }
    }

    /// Returns the client that a deployment's tokens are bound to, or else one unlike any other.
    pub(super) fn holding(tokens: &Tokens) -> Self {
        let new = Self::new();
        Self {
            user_agent: tokens.user_agent.clone().unwrap_or(new.user_agent),
            language: tokens.accept_language.clone().unwrap_or(new.language),
            ..new
        }
    }

    /// Returns a browser of another make in the same place.
    pub(super) fn other_browser(&self) -> Self {
        Self { user_agent: format!("{} AnotherBrowser/1.0", self.user_agent), ..self.clone() }
    }

    /// Returns a browser of another make, unlike those of other numbers.
    pub(super) fn other_browser_of(&self, number: usize) -> Self {
        Self { user_agent: format!("{} AnotherBrowser/{number}.0", self.user_agent), ..self.clone() }
    }

    /// Returns the same browser in the same place, whose calls come through one more proxy.
    pub(super) fn behind_a_proxy(&self) -> Self {
        Self { address: format!("{}, 203.0.113.99", self.address), ..self.clone() }
    }

    pub(super) fn headers(&self) -> Vec<(String, String)> {
        [("user-agent", &self.user_agent), ("accept-language", &self.language), ("x-forwarded-for", &self.address)]
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into()
    }
}

/// Somebody who holds a token.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// The place of its account in the world.
    pub(super) account: usize,
    pub(super) client: Client,
    pub(super) token: Token,
    pub(super) validity: Validity,
    /// What the token is bound to, where that could be seen.
    pub(super) fingerprint: Option<Fingerprint>,
    /// The roles that the token was given with, where that was seen.
    pub(super) roles: Option<Vec<String>>,
    /// What the last refresh that succeeded returned.
    pub(super) new_token: Option<Token>,
}

/// Which page a refresh is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Page {
    /// The account's own.
    #[default]
    Own,
    /// One on this origin.
    On(String),
    /// None: the call names no origin.
    Unnamed,
}

/// What is unusual about a refresh.
#[derive(Debug, Clone, Default)]
pub(super) struct Manner {
    /// The client that makes it, if it is not the customer's own, and whether its fingerprint is then valid.
    pub(super) client: Option<(Client, Validity)>,
    pub(super) page: Page,
    /// The token to present instead, and whether it is valid.
    pub(super) token: Option<(Token, Validity)>,
    /// The deployment key to send instead.
    pub(super) deployment_key: Option<DeploymentKey>,
    /// A member to send besides.
    pub(super) unknown_member: bool,
}
