//! Sequences: several clients on several accounts, refreshing their own tokens and each other's.

use std::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, any};
use proptest::prop_oneof;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::model::{Model, Presented};
use super::property::Breach;
use super::requests;
use super::target::{CLIENTS, Target, Trouble};
use crate::diagram::{Circumstances, Feature};
use crate::protocol::{self, Participant, Token};
use crate::topology::{FirstToken, TokenState, Unmet, tampered};
use crate::transcript::{Redactor, Transcript};
use crate::verdict::{Case, Given, Ledger, Provenance, Severity, UnderTest, Visibility, ends_of, judge};

/// How many steps a sequence has at most.
const MOST_STEPS: usize = 10;

/// One thing that somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A client asks for a first token of an account.
    First { account: usize, client: usize },
    /// A client presents a token that somebody was given.
    Refresh(Refresh),
    /// A client presents a token that has expired.
    Expired { account: usize, client: usize },
}

/// How a token is presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refresh {
    /// Which of those given so far, the newest first.
    pub(super) token: usize,
    /// The client, if it is not the token's own.
    pub(super) client: Option<usize>,
    /// The account whose deployment key goes with it, if it is not the token's own.
    pub(super) account: Option<usize>,
    /// Whether one character of it was changed.
    pub(super) is_tampered: bool,
}

/// Returns sequences of steps on this many accounts. The simplest has no step.
pub(super) fn sequences(accounts: usize) -> BoxedStrategy<Vec<Step>> {
    let (account, client) = (move || 0..accounts.max(1), || 0..CLIENTS);
    let refresh = (
        0..4_usize,
        prop_oneof![2 => Just(None), 1 => option::of(client())],
        prop_oneof![3 => Just(None), 1 => option::of(account())],
        prop_oneof![6 => Just(false), 1 => any::<bool>()],
    );
    let refresh = refresh.prop_map(|(token, client, account, is_tampered)| {
        Step::Refresh(Refresh { token, client, account, is_tampered })
    });
    let step = prop_oneof![
        3 => (account(), client()).prop_map(|(account, client)| Step::First { account, client }),
        6 => refresh,
        1 => (account(), client()).prop_map(|(account, client)| Step::Expired { account, client }),
    ];
    vec(step, 1..=MOST_STEPS).boxed()
}

/// A refresh as it was made, with names for what it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) presented: Presented,
    /// Whether the token is an expired one that nobody was given.
    pub(super) is_expired: bool,
    /// Whether it is of another account than the deployment key.
    pub(super) is_foreign: bool,
    /// The place of the new token, if there was one.
    pub(super) new: Option<usize>,
}

/// What was made of a sequence, up to the first refresh that is not as drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Played {
    /// Whose each token is, in the order in which they were given: the account, the client, and whether it has expired.
    pub(super) tokens: Vec<(usize, usize, bool)>,
    pub(super) refreshes: Vec<Made>,
    pub(super) breaches: Vec<Breach>,
}

impl Target {
    /// Plays a sequence, and stops at the first refresh that is not as it has to be.
    pub(super) async fn play(&self, steps: &[Step]) -> Result<Played, Trouble> {
        let _turns = self.turn(accounts_in(steps, self.accounts.len())).await;
        let features = self.accounts.iter().map(|account| drawn(account.feature)).collect();
        let mut play = Play {
            target: self,
            model: Model { features, held: Vec::new() },
            tokens: Vec::new(),
            ledger: Ledger::default(),
            played: Played::default(),
        };
        for step in steps {
            play.step(step).await?;
            if !play.played.breaches.is_empty() {
                break;
            }
        }
        Ok(play.played)
    }
}

/// Returns the accounts that a sequence may touch: a token's own are among those of the first tokens.
fn accounts_in(steps: &[Step], count: usize) -> Vec<usize> {
    let named = steps.iter().filter_map(|step| match step {
        Step::First { account, .. } | Step::Expired { account, .. } => Some(*account),
        Step::Refresh(refresh) => refresh.account,
    });
    named.filter(|place| *place < count).collect()
}

/// Returns the diagram's word for an account's feature.
fn drawn(feature: protocol::Feature) -> Feature {
    match feature {
        protocol::Feature::On => Feature::On,
        protocol::Feature::Off => Feature::Off,
    }
}

/// A sequence that is being played.
struct Play<'g> {
    target: &'g Target,
    model: Model,
    tokens: Vec<FirstToken>,
    ledger: Ledger,
    played: Played,
}

impl Play<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        match step {
            Step::First { account, client } => {
                let first = self.target.token(TokenState::Valid, *account, *client).await;
                let first = first.map_err(|unmet| self.target.trouble(&unmet))?;
                // A deployment whose file gives its tokens gives them to the first client.
                let client = if self.target.system.shares_tokens() { 0 } else { *client };
                self.holds(*account, client, first, false);
                Ok(())
            }
            Step::Refresh(refresh) => {
                if self.model.held.is_empty() {
                    return Ok(());
                }
                let token = self.model.held.len() - 1 - refresh.token % self.model.held.len();
                let held = self.model.held[token];
                let presented = Presented {
                    token,
                    client: refresh.client.unwrap_or(held.client),
                    account: refresh.account.unwrap_or(held.account),
                    is_intact: !refresh.is_tampered && !self.played.tokens[token].2,
                };
                let first = self.tokens[token].clone();
                let token = if refresh.is_tampered { tampered(&first.token) } else { first.token };
                let is_expired = self.played.tokens[presented.token].2;
                self.refresh(presented, FirstToken { token, ..first }, is_expired).await
            }
            Step::Expired { account, client } => {
                let first = match self.target.token(TokenState::Expired, *account, *client).await {
                    Ok(first) => first,
                    // Not every deployment can be had expired tokens of.
                    Err(Unmet::Precondition(_) | Unmet::OutOfReach(_)) => return Ok(()),
                    Err(unmet @ Unmet::Failed(_)) => return Err(self.target.trouble(&unmet)),
                };
                self.holds(*account, *client, first.clone(), true);
                let token = self.model.held.len() - 1;
                let presented = Presented { token, client: *client, account: *account, is_intact: false };
                self.refresh(presented, first, true).await
            }
        }
    }

    fn holds(&mut self, account: usize, client: usize, token: FirstToken, is_expired: bool) {
        self.model.gives(account, client);
        self.tokens.push(token);
        self.played.tokens.push((account, client, is_expired));
    }

    async fn refresh(&mut self, presented: Presented, token: FirstToken, is_expired: bool) -> Result<(), Trouble> {
        let target = self.target;
        let draft = requests::drawn_by(&target.edge, &target.clients[presented.client]);
        let draft = target.with_origin(presented.account, draft);
        let filling = target.filling(presented.account, token);
        let transcript = target.send(Participant::Starship, &draft, &filling).await?;
        target.system.adopt(&transcript);
        let mut breaches = self.findings(presented, &filling.token, &transcript);
        if !breaches.is_empty() {
            target.hide(&filling, &transcript);
            breaches = self.findings(presented, &filling.token, &transcript);
        }
        breaches.extend(target.judge(&target.edge, &draft, &filling, presented.account, &transcript).await?);
        let new = transcript.customer_reply().and_then(|reply| reply.body.text("token")).map(Token::new);
        let place = new.is_some().then_some(self.tokens.len());
        if let Some(token) = new {
            let old = self.model.held[presented.token];
            self.model.refreshed(presented);
            self.tokens.push(FirstToken { fingerprint: filling.fingerprint.clone(), ..FirstToken::of(token) });
            self.played.tokens.push((old.account, old.client, false));
        }
        let is_foreign = self.played.tokens[presented.token].0 != presented.account;
        self.played.refreshes.push(Made { presented, is_expired, is_foreign, new: place });
        self.played.breaches = breaches;
        Ok(())
    }

    /// Holds a refresh against the diagram: against what it draws in these circumstances, or in any of several.
    fn findings(&mut self, presented: Presented, token: &Token, transcript: &Transcript) -> Vec<Breach> {
        let account = &self.target.accounts[presented.account];
        let given = Given {
            deployment_key: Some(account.deployment_key.clone()),
            token: Some(token.clone()),
            account_sid: account.account_sid.clone(),
            roles: account.roles.clone(),
            origin: account.origin.clone(),
            provenance: Provenance::default(),
        };
        let mut first = None;
        let possible = self.model.circumstances(presented);
        let is_clear = possible.len() == 1;
        for circumstances in possible {
            let mut ledger = self.ledger.clone();
            let mut found = self.against(circumstances, &given, transcript, &mut ledger);
            if self.model.is_foreign(presented) {
                found.retain(|breach| !self.is_verdict_of_scoped_auth(breach));
            }
            if !found.iter().any(|breach| breach.severity == Severity::Must) {
                // Where it may have been the one or the other, nothing is learned from it.
                if is_clear {
                    self.ledger = ledger;
                }
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_default()
    }

    /// Returns whether a breach is about what `ScopedAuth`, who is not told the account, finds of a token.
    fn is_verdict_of_scoped_auth(&self, breach: &Breach) -> bool {
        let arrow = breach.arrow.and_then(|number| self.target.diagram.arrow(number));
        arrow.is_some_and(|arrow| ends_of(arrow)[0] == Some(Participant::ScopedAuth))
    }

    fn against(
        &self,
        circumstances: Circumstances,
        given: &Given,
        transcript: &Transcript,
        ledger: &mut Ledger,
    ) -> Vec<Breach> {
        let target = self.target;
        let redactor: &Redactor = &target.redactor;
        let case = Case {
            diagram: &target.diagram,
            course: &target.diagram.course(circumstances),
            transcript,
            given,
            visibility: Visibility::of(|hop| target.system.sees(hop)),
            under_test: UnderTest::of(|participant| !target.system.plays(participant)),
            contract: &target.contract,
            redactor,
            refresh: self.played.refreshes.len() as u64 + 1,
        };
        let judgement = judge(&case);
        let claims = judgement.arrows.iter().flat_map(|arrow| &arrow.claims);
        let settled: Vec<Breach> =
            claims.filter_map(|claim| ledger.settle(claim, "")).map(|told| Breach::of(&told.finding)).collect();
        judgement.findings().filter(|finding| finding.is_cause()).map(Breach::of).chain(settled).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First { account, client } => {
                write!(f, "client {} is given a first token of account {}", client + 1, account + 1)
            }
            Self::Refresh(refresh) => {
                let who = refresh.client.map_or("its own client".to_owned(), |client| format!("client {}", client + 1));
                let which = match refresh.token {
                    0 => "the newest token".to_owned(),
                    back => format!("the token {back} before the newest"),
                };
                write!(f, "{who} refreshes {which}")?;
                if refresh.is_tampered {
                    f.write_str(", tampered with,")?;
                }
                match refresh.account {
                    Some(account) => write!(f, " with the deployment key of account {}", account + 1),
                    None => Ok(()),
                }
            }
            Self::Expired { account, client } => {
                write!(f, "client {} presents an expired token of account {}", client + 1, account + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::CaseId;

    #[test]
    fn sequences_present_tokens_in_every_manner() {
        let all: Vec<Step> = (0..200).flat_map(|index| steps(CaseId::at(1, index))).collect();
        let some = |is: &dyn Fn(&Refresh) -> bool| {
            all.iter().any(|step| matches!(step, Step::Refresh(refresh) if is(refresh)))
        };
        assert!(some(&|refresh| refresh.client.is_some() && refresh.account.is_none()));
        assert!(some(&|refresh| refresh.account.is_some()));
        assert!(some(&|refresh| refresh.is_tampered));
        assert!(some(&|refresh| refresh.token > 1));
        assert!(all.iter().any(|step| matches!(step, Step::Expired { .. })));
        assert!(all.contains(&Step::First { account: 1, client: 2 }));
    }

    #[test]
    fn the_simplest_sequence_is_one_step() {
        let mut tree = CaseId::at(1, 3).tree(&sequences(2)).unwrap();
        while tree.simplify() {}
        assert_eq!(tree.current(), [Step::First { account: 0, client: 0 }]);
    }

    fn steps(id: CaseId) -> Vec<Step> {
        id.tree(&sequences(2)).unwrap().current()
    }
}
