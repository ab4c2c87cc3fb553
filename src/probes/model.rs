//! The model of a deployment: which token is whose, and what has to come of presenting it. It knows no service.

use crate::diagram::{Circumstances, Feature, Validity};

/// A token that was given to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// The account that it is of.
    pub(super) account: usize,
    /// The client that it was given to.
    pub(super) client: usize,
    /// Whether it was refreshed already, after which the diagram does not say what becomes of it.
    pub(super) is_spent: bool,
}

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presented {
    /// Its place among those held.
    pub(super) token: usize,
    /// The client that presents it.
    pub(super) client: usize,
    /// The account whose deployment key goes with it.
    pub(super) account: usize,
    /// Whether it is presented as it was given.
    pub(super) is_intact: bool,
}

/// Who holds what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Model {
    /// Whether the feature is on, for each account.
    pub(super) features: Vec<Feature>,
    /// The tokens, in the order in which they were given.
    pub(super) held: Vec<Held>,
}

impl Model {
    /// Takes note of a token that was given to a client of an account.
    pub(super) fn gives(&mut self, account: usize, client: usize) {
        self.held.push(Held { account, client, is_spent: false });
    }

    /// Returns the circumstances of a refresh: one, or several where the diagram leaves open which.
    ///
    /// A token of another account is invalid. Whoever looks at its fingerprint first finds that one invalid as well where
    /// the two accounts make fingerprints of different things, and may say so.
    pub(super) fn circumstances(&self, presented: Presented) -> Vec<Circumstances> {
        let Some(feature) = self.features.get(presented.account).copied() else { return Vec::new() };
        let Some(held) = self.held.get(presented.token) else { return Vec::new() };
        let validity = |holds: bool| if holds { Validity::Valid } else { Validity::Invalid };
        let is_foreign = self.is_foreign(presented);
        let fingerprint = validity(held.client == presented.client);
        let mut all = vec![Circumstances::new(feature, validity(presented.is_intact && !is_foreign), fingerprint)];
        if presented.is_intact && is_foreign && feature == Feature::On {
            all.push(Circumstances::new(feature, Validity::Valid, Validity::Invalid));
        }
        if presented.is_intact && !is_foreign && held.is_spent {
            all.push(Circumstances::new(feature, Validity::Invalid, fingerprint));
        }
        all
    }

    /// Returns whether a token is presented with the deployment key of an account that it is not of.
    ///
    /// Who validates it is not told the account, and may find it valid: whoever asked then has to refuse it.
    pub(super) fn is_foreign(&self, presented: Presented) -> bool {
        self.held.get(presented.token).is_some_and(|held| held.account != presented.account)
    }

    /// Takes note of a refresh that gave a new token: it stays with whom the old one was given to.
    pub(super) fn refreshed(&mut self, presented: Presented) {
        if let Some(held) = self.held.get_mut(presented.token) {
            held.is_spent = true;
            let (account, client) = (held.account, held.client);
            self.gives(account, client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: usize = 0;
    const OFF: usize = 1;

    #[test]
    fn a_token_is_good_for_its_own_client_and_account_alone() {
        let model = model();
        let own = Presented { token: 0, client: 0, account: ON, is_intact: true };
        assert_eq!(model.circumstances(own), [drawn(Feature::On, true, true)]);
        assert_eq!(model.circumstances(Presented { client: 1, ..own }), [drawn(Feature::On, true, false)]);
        assert_eq!(model.circumstances(Presented { account: OFF, ..own }), [drawn(Feature::Off, false, true)]);
        assert_eq!(model.circumstances(Presented { is_intact: false, ..own }), [drawn(Feature::On, false, true)]);
        let off = Presented { token: 1, client: 1, account: OFF, is_intact: true };
        assert_eq!(model.circumstances(off), [drawn(Feature::Off, true, true)]);
    }

    #[test]
    fn both_wrong_is_an_invalid_token() {
        let both = Presented { token: 1, client: 1, account: ON, is_intact: true };
        let refused = [drawn(Feature::On, false, false), drawn(Feature::On, true, false)];
        assert_eq!(model().circumstances(both), refused);
        assert_eq!(model().circumstances(Presented { is_intact: false, ..both }), refused[..1]);
        assert!(model().is_foreign(both) && !model().is_foreign(Presented { account: OFF, ..both }));
    }

    #[test]
    fn a_new_token_is_as_good_as_the_old_one_was_and_the_old_one_may_be_good_still() {
        let mut model = model();
        let own = Presented { token: 0, client: 0, account: ON, is_intact: true };
        model.refreshed(own);
        assert_eq!(model.circumstances(own), [drawn(Feature::On, true, true), drawn(Feature::On, false, true)]);
        let new = Presented { token: 2, ..own };
        assert_eq!(model.circumstances(new), [drawn(Feature::On, true, true)]);
        assert_eq!(model.circumstances(Presented { client: 1, ..new }), [drawn(Feature::On, true, false)]);
        assert!(model.circumstances(Presented { token: 9, ..own }).is_empty());
    }

    fn model() -> Model {
        let mut model = Model { features: vec![Feature::On, Feature::Off], held: Vec::new() };
        model.gives(ON, 0);
        model.gives(OFF, 0);
        model
    }

    fn drawn(feature: Feature, token: bool, fingerprint: bool) -> Circumstances {
        let validity = |holds| if holds { Validity::Valid } else { Validity::Invalid };
        Circumstances::new(feature, validity(token), validity(fingerprint))
    }
}
