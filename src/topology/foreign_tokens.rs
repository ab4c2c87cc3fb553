//! Tokens that our `ScopedAuth` did not make: taken for valid where a real `FederatedAuth` gave them for valid ones.

use super::System;
use crate::participants::TokenKey;
use crate::protocol::{AccountSid, Fingerprint, Hop, Participant, Token};
use crate::transcript::Transcript;

impl System {
    /// Returns the key that our participants sign tokens with.
    pub(super) fn token_key(&self) -> &TokenKey {
        &self.scoped_auth.token_key
    }

    /// Returns the account that a token belongs to, where our `ScopedAuth` knows the token.
    pub fn account_of(&self, token: &Token) -> Option<AccountSid> {
        self.scoped_auth.account_of(token)
    }

    /// Has our `ScopedAuth` take the token of a real `FederatedAuth`, which signs with a key of its own, for valid.
    ///
    /// It is the token that `FederatedAuth` gave, as far as that can be seen: one that was spoilt further out is none.
    pub fn adopt(&self, transcript: &Transcript) {
        if !self.plays(Participant::ScopedAuth) || self.plays(Participant::FederatedAuth) {
            return;
        }
        let request = transcript.first_on(Hop::ScopedAuth).map(|exchange| &exchange.request.body);
        let given =
            [Hop::FederatedAuth, Hop::Orchestrator, Hop::Edge].into_iter().find_map(|hop| transcript.first_on(hop));
        let returned = given.and_then(|exchange| exchange.reply()?.body.text("token"));
        if let (Some(request), Some(returned)) = (request, returned)
            && let Some(presented) = request.text("token")
        {
            let fingerprint = request.member(&["fingerprint"]).and_then(Fingerprint::of);
            self.scoped_auth.adopt(&Token::new(returned), &Token::new(presented), fingerprint);
        }
    }
}
