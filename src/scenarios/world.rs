//! The world of one scenario: its accounts, its customers, the refreshes they made and what was found of them.

use std::sync::Arc;
use std::time::Instant;

use super::customer::{Client, Customer, Manner};
use super::doubt::{Doubt, Since};
use super::occupancy::{Condition, Occupied};
use super::record::{Halt, Record};
use super::refresh::{Refresh, case, system};
use super::run::Run;
use super::scripted::{Scripted, of_those_in_front};
use crate::diagram::{Action, Meaning, Validity};
use crate::protocol::{self, DeploymentKey, Hop, Participant, Token};
use crate::topology::{AccountInPlay, TokenState, Wish};
use crate::transcript::{Keys, Purpose, Redactor, Request, Transcript};
use crate::verdict::{
    ArrowJudgement, Case, Defect, Finding, Judgement, UnderTest, Verdict, follow, judge, not_crossed,
};
use crate::wire::{Fault, LostTime};

/// What a step comes to.
pub(super) type Step = Result<(), Halt>;

/// The world of one scenario.
#[derive(Debug, Default, cucumber::World)]
pub struct Stage {
    run: Option<Arc<Run>>,
    pub(super) impatient: bool,
    /// Whether a later step changes the account, which only our Orchestrator lets it.
    pub(super) changes_the_account: bool,
    /// Whether the arrows that its steps name are those of the built-in diagram.
    pub(super) built_in: bool,
    began: Option<Since>,
    pub(super) accounts: Vec<AccountInPlay>,
    /// Its share in the accounts that it has in common with other scenarios.
    occupied: Option<Occupied>,
    pub(super) customers: Vec<Customer>,
    /// The clients that scenarios call by number.
    pub(super) named_clients: Vec<Client>,
    /// The tokens that scenarios call by name, and the places of the customers who were given them.
    pub(super) named_tokens: Vec<(String, usize)>,
    /// Tokens that are good, and another account's than the one they are presented for.
    pub(super) foreign_tokens: Vec<Token>,
    pub(super) refreshes: Vec<Refresh>,
    pub(super) trouble: Vec<(Hop, Fault)>,
    /// Who is played by a script in every refresh of the scenario.
    pub(super) stand_in: Option<Scripted>,
    /// The client that asked for a first token.
    pub(super) newcomer: Option<Client>,
    /// What was recorded of the last call that is no refresh of the diagram.
    pub(super) other_call: Option<Transcript>,
    /// What the scenario leaves behind.
    pub record: Record,
}

impl Stage {
    /// Sets the stage for a scenario, which its tags describe; one that is built in speaks of the built-in diagram.
    pub fn set(&mut self, run: Arc<Run>, tags: &[String], built_in: bool) {
        let tagged = |name: &str| tags.iter().any(|tag| tag == name);
        self.impatient = tagged("impatient");
        self.changes_the_account = tagged("changes-the-account");
        self.built_in = built_in;
        self.run = Some(run);
    }

    /// Takes note of the moment at which the scenario begins.
    pub(super) fn begins(&mut self, now: Since) {
        self.began = Some(now);
    }

    pub(super) fn run(&mut self) -> Result<Arc<Run>, Halt> {
        match &self.run {
            Some(run) => Ok(Arc::clone(run)),
            None => Err(self.stop(Halt::Error("no run was prepared for this scenario".to_owned()))),
        }
    }

    /// Returns the reason to fail a step with, after taking note of it.
    pub(super) fn stop(&mut self, halt: impl Into<Halt>) -> Halt {
        self.record.halt(halt)
    }

    /// Returns the value, or stops the scenario with the reason.
    pub(super) fn or_stop<T, E: Into<Halt>>(&mut self, result: Result<T, E>) -> Result<T, Halt> {
        result.map_err(|reason| self.stop(reason))
    }

    pub(super) fn account(&mut self) -> Result<AccountInPlay, Halt> {
        match self.accounts.first() {
            Some(account) => Ok(account.clone()),
            None => Err(self.stop(Halt::Error("a step needs an account, and no step before gives one".to_owned()))),
        }
    }

    pub(super) fn customer(&mut self) -> Result<Customer, Halt> {
        match self.customers.first() {
            Some(customer) => Ok(customer.clone()),
            None => Err(self.stop(Halt::Error("a step needs a customer, and no step before gives one".to_owned()))),
        }
    }

    pub(super) fn last_refresh(&mut self) -> Result<Refresh, Halt> {
        match self.refreshes.last() {
            Some(refresh) => Ok(refresh.clone()),
            None => Err(self.stop(Halt::Error("a step needs a refresh, and no step before makes one".to_owned()))),
        }
    }

    /// Returns what was recorded of the last call, refresh or other.
    pub(super) fn last_transcript(&mut self) -> Result<Transcript, Halt> {
        match self.other_call.clone() {
            Some(transcript) => Ok(transcript),
            None => self.last_refresh().map(|refresh| refresh.transcript),
        }
    }

    /// Enters an account as wished, other than those of the scenario so far.
    pub(super) async fn enter_account(&mut self, wish: Wish) -> Step {
        let run = self.run()?;
        let in_use: Vec<DeploymentKey> = self.accounts.iter().map(|account| account.deployment_key.clone()).collect();
        if self.occupied.is_none() && !run.system.makes_accounts() {
            let condition = self.condition_for(&run, wish)?;
            let occupied = run.occupancy.enter(condition, async |condition| run.bring_into(condition).await).await;
            self.occupied = Some(self.or_stop(occupied)?);
        }
        let account = run.system.account(wish, &in_use, self.switched());
        let account = self.or_stop(account)?;
        self.accounts.push(account);
        Ok(())
    }

    /// Enters another account like the first, from which a token can be foreign to it.
    pub(super) fn enter_account_like_the_first(&mut self) -> Step {
        let (run, account) = (self.run()?, self.account()?);
        let other = run.system.account_like(&account, self.switched());
        let other = self.or_stop(other)?;
        self.accounts.push(other);
        Ok(())
    }

    /// Returns the condition in which the accounts there are hold one as wished.
    fn condition_for(&mut self, run: &Run, wish: Wish) -> Result<Condition, Halt> {
        if self.changes_the_account {
            if !run.system.plays(Participant::Orchestrator) {
                let reason = "the accounts of a real Orchestrator cannot be changed from here".to_owned();
                return Err(self.stop(Halt::NotObserved(reason)));
            }
            return Ok(Condition::Alone);
        }
        let holds_one = |switched| run.system.account(wish, &[], switched).is_ok();
        let can_switch = run.system.deployment().toggle.is_some() && !run.system.plays(Participant::Orchestrator);
        Ok(if can_switch && !holds_one(None) && holds_one(Some(wish.feature)) {
            Condition::Switched(wish.feature)
        } else {
            Condition::AsStated
        })
    }

    fn switched(&self) -> Option<protocol::Feature> {
        self.occupied.as_ref().and_then(|occupied| occupied.condition.switched())
    }

    /// Gives an account one more customer, with a token in this state.
    pub(super) async fn enter_customer(&mut self, account: usize, state: TokenState) -> Step {
        let client = Client::holding(&self.run()?.system.deployment().tokens);
        self.enter_customer_with(account, state, client).await
    }

    /// Gives an account one more customer, who uses this client.
    pub(super) async fn enter_customer_with(&mut self, account: usize, state: TokenState, client: Client) -> Step {
        let run = self.run()?;
        let Some(in_play) = self.accounts.get(account).cloned() else {
            return Err(self.stop(Halt::Error("a step needs an account, and no step before gives one".to_owned())));
        };
        let first = run.system.token(state, &in_play, &client.headers()).await;
        let first = self.or_stop(first)?;
        self.customers.push(Customer {
            account,
            client,
            token: first.token,
            validity: if state == TokenState::Valid { Validity::Valid } else { Validity::Invalid },
            fingerprint: first.fingerprint,
            roles: first.roles,
            new_token: None,
        });
        Ok(())
    }

    /// Makes a customer refresh its token, and keeps what was recorded.
    pub(super) async fn refresh(&mut self, customer: usize, manner: Manner) -> Step {
        let refresh = self.prepare(customer, &manner)?.play().await;
        let refresh = self.or_stop(refresh)?;
        self.keep(refresh)
    }

    /// Keeps a refresh that was played, and hands its customer the new token. Complains about what no stand-in expected.
    pub(super) fn keep(&mut self, refresh: Refresh) -> Step {
        let token = refresh.transcript.customer_reply().and_then(|reply| reply.body.text("token"));
        if let (Some(customer), Some(token)) = (self.customers.get_mut(refresh.customer), token) {
            customer.new_token = Some(Token::new(token));
        }
        if let Some(run) = &self.run {
            run.redactor.hide_secrets_of(&refresh.transcript);
            if refresh.played.is_none() {
                run.system.adopt(&refresh.transcript);
            }
        }
        self.other_call = None;
        let expected = self.must_be_expected(&refresh);
        self.refreshes.push(refresh);
        expected
    }

    /// Sends a participant a request that is no refresh as drawn, and keeps what was recorded.
    pub(super) async fn call(&mut self, to: Participant, purpose: Purpose, keys: Keys, request: Request) -> Step {
        let run = self.run()?;
        if self.stand_in.is_some() {
            let reason = "a stand-in is there for refreshes, and a step of this scenario makes another call";
            return Err(self.stop(Halt::Error(reason.to_owned())));
        }
        let sent = system(&run, self.impatient).call(purpose, keys, to, request).await;
        let transcript = self.or_stop(sent)?;
        run.redactor.hide_secrets_of(&transcript);
        self.other_call = Some(transcript);
        Ok(())
    }

    /// Judges the wire arrows of a refresh.
    pub(super) fn judgement(&mut self, refresh: &Refresh) -> Result<Judgement, Halt> {
        let run = self.run()?;
        self.must_be_drawn(refresh)?;
        let course = run.diagram.course(refresh.circumstances);
        let judgement = judge(&case(&run, &course, refresh));
        self.or_stop(of_those_in_front(judgement, &run.diagram, refresh))
    }

    /// Holds a wire arrow of a refresh against the diagram.
    pub(super) fn assert_crossed(&mut self, refresh: &Refresh, wire: &Judgement, number: usize) -> Step {
        let run = self.run()?;
        let (Some(arrow), Some(judgement)) = (run.diagram.arrow(number), wire.arrow(number)) else {
            return Err(self.stop(Halt::Error(format!("arrow {number} was not judged"))));
        };
        if judgement.verdict != Verdict::NotCrossed {
            return self.record.assert(judgement, wire, &refresh.transcript);
        }
        let course = run.diagram.course(refresh.circumstances);
        let deviating = not_crossed(&case(&run, &course, refresh), arrow, judgement, wire);
        self.record.assert(&deviating, wire, &refresh.transcript)
    }

    /// Judges an internal arrow of a refresh with the function that knows its action.
    pub(super) fn assert_inferred(
        &mut self,
        refresh: &Refresh,
        judge: impl FnOnce(&Case<'_>) -> ArrowJudgement,
    ) -> Step {
        let run = self.run()?;
        self.must_be_drawn(refresh)?;
        let course = run.diagram.course(refresh.circumstances);
        let judgement = judge(&case(&run, &course, refresh));
        let wire = if judgement.findings.is_empty() { Judgement::default() } else { self.judgement(refresh)? };
        self.record.assert(&judgement, &wire, &refresh.transcript)
    }

    /// Takes note of something about a refresh that no comparison of a message with its arrow shows.
    pub(super) fn find(&mut self, refresh: &Refresh, finding: Finding) -> Step {
        let run = self.run()?;
        let course = run.diagram.course(refresh.circumstances);
        let wire = self.judgement(refresh)?;
        let finding = follow(&case(&run, &course, refresh), finding, &wire);
        self.record.assert_finding(finding, &wire, &refresh.transcript)
    }

    /// Takes note that something which no arrow draws is not as the scenario says, as whoever is `who` does it.
    ///
    /// One that hands on what it was given did nothing; and what hopcheck plays itself is nobody's fault.
    pub(super) fn remark(
        &mut self,
        who: Participant,
        subject: &str,
        [expected, observed]: [&str; 2],
        transcript: &Transcript,
    ) -> Step {
        self.tell(who, transcript, |who, redactor| {
            Finding::should(who, Defect::WrongValue, subject, expected, redactor.text(observed))
        })
    }

    /// Takes note that somebody lets somebody in, or lets a secret out.
    pub(super) fn expose(
        &mut self,
        who: Participant,
        subject: &str,
        [expected, observed]: [&str; 2],
        transcript: &Transcript,
    ) -> Step {
        self.tell(who, transcript, |who, redactor| Finding::security(who, subject, expected, redactor.text(observed)))
    }

    fn tell(
        &mut self,
        who: Participant,
        transcript: &Transcript,
        finding: impl FnOnce(&str, &Redactor) -> Finding,
    ) -> Step {
        let run = self.run()?;
        let Some(who) = answerable(who, transcript, run.under_test()) else {
            self.unseen(&format!("what {who} does by itself"));
            return Ok(());
        };
        let finding = finding(who.drawn_name(), &run.redactor);
        let arrow = self.acao_arrow().filter(|_| finding.subject.contains("ACAO"));
        self.tell_of(who, finding.at(arrow), transcript)
    }

    /// Takes note of something that a participant did in a call that is no refresh as drawn.
    pub(super) fn tell_of(&mut self, who: Participant, finding: Finding, transcript: &Transcript) -> Step {
        let under_test = self.run()?.under_test();
        if !under_test.includes(who) {
            self.unseen(&format!("what {who} does by itself"));
            return Ok(());
        }
        self.record.found([finding.of_real(under_test.is_real(who))], transcript)
    }

    /// Takes note that what a step says was seen to hold.
    pub(super) fn holds(&mut self) {
        self.record.holds = true;
    }

    /// Returns why what went wrong since the scenario began may be this machine's doing, if it may.
    pub(super) fn doubt(&self, lost: &LostTime) -> Option<Doubt> {
        let seen = self.refreshes.iter().map(|refresh| &refresh.transcript);
        let seen = seen.chain(&self.other_call).chain(&self.record.transcript);
        let has_stopped = matches!(self.record.halt, Some(Halt::Error(_)));
        self.began?.doubt(lost, has_stopped, seen)
    }

    /// Returns all that crossed in the refreshes and the last other call of the scenario.
    pub(super) fn crossed(&self) -> Transcript {
        let all = self.refreshes.iter().map(|refresh| &refresh.transcript).chain(&self.other_call);
        Transcript { exchanges: all.flat_map(|transcript| transcript.exchanges.iter().cloned()).collect() }
    }

    /// Takes what the scenario left behind, with the moment at which it began.
    pub(super) fn take_record(&mut self) -> (Record, Option<Instant>) {
        self.give_accounts_back();
        (std::mem::take(&mut self.record), self.began.map(|began| began.at()))
    }

    /// Undoes what the scenario changed about accounts that are not its own, and lets others use them.
    fn give_accounts_back(&mut self) {
        if let (Some(run), Some(Condition::Alone)) = (&self.run, self.occupied.as_ref().map(|mine| mine.condition)) {
            run.system.reset_accounts();
        }
        self.occupied = None;
    }

    /// Takes note that a hop cannot be seen, which is neither right nor wrong.
    pub(super) fn unseen(&mut self, what: &str) {
        let note = format!("{what} cannot be seen from here");
        if !self.record.notes.contains(&note) {
            self.record.notes.push(note);
        }
    }

    pub(super) fn sees(&mut self, hop: Hop) -> bool {
        self.is_judged(hop.caller()) && self.run.as_ref().is_some_and(|run| run.system.sees(hop))
    }

    /// Returns the arrow that draws the ACAO rule for the last refresh.
    pub(super) fn acao_arrow(&self) -> Option<usize> {
        let run = self.run.as_ref()?;
        let refresh = self.refreshes.last().filter(|_| self.other_call.is_none())?;
        let course = run.diagram.course(refresh.circumstances);
        let applies = |meaning: &Meaning| matches!(meaning, Meaning::Action(Action::AppliesAcaoRule(_)));
        course.arrows.iter().find(|arrow| applies(&arrow.arrow.meaning)).map(|arrow| arrow.arrow.number)
    }
}

/// Returns whose doing an answer is: that of whoever gave it first, if nobody on the way out changed it, as far as that is
/// seen. `None` where that is somebody whom hopcheck plays beside real participants.
fn answerable(who: Participant, transcript: &Transcript, under_test: UnderTest) -> Option<Participant> {
    let answer = |who: Participant| transcript.first_on(who.called_on()?)?.reply();
    let mut who = who;
    while let Some(behind) = who.calls_on().map(Hop::callee) {
        match (answer(who), answer(behind)) {
            (Some(own), Some(given)) if own.body.bytes() == given.body.bytes() || !under_test.includes(who) => {
                who = behind;
            }
            _ => break,
        }
    }
    Some(who).filter(|who| under_test.includes(*who))
}
