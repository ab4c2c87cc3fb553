//! The world of one scenario: its accounts, its customers, the refreshes they made and what was found of them.

use std::sync::Arc;
use std::time::Instant;

use super::client::Client;
use super::drawn::{Values, call_of, drawn_request};
use super::record::{Halt, Record};
use super::run::Run;
use crate::diagram::{Action, Circumstances, Course, Feature, Meaning, Validity};
use crate::protocol::{self, DeploymentKey, Fingerprint, Hop, Participant, Token};
use crate::topology::{AccountInPlay, Fault, Open, System, TokenState};
use crate::transcript::{Keys, Purpose, Request, Transcript};
use crate::verdict::{Case, Configuration, Finding, Given, Judgement, Severity, judge};

/// What a step comes to.
pub(super) type Step = Result<(), Halt>;

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

/// A refresh that was made, and what it is to be judged by.
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub(super) customer: usize,
    pub(super) circumstances: Circumstances,
    pub(super) configuration: Configuration,
    pub(super) given: Given,
    pub(super) transcript: Transcript,
    pub(super) origin: Option<String>,
    number: u64,
}

/// The world of one scenario.
#[derive(Debug, Default, cucumber::World)]
pub struct Stage {
    run: Option<Arc<Run>>,
    impatient: bool,
    began: Option<Instant>,
    pub(super) accounts: Vec<AccountInPlay>,
    pub(super) customers: Vec<Customer>,
    pub(super) refreshes: Vec<Refresh>,
    pub(super) trouble: Vec<(Hop, Fault)>,
    /// The client that asked for a first token.
    pub(super) newcomer: Option<Client>,
    /// What was recorded of the last call that is no refresh of the diagram.
    pub(super) other_call: Option<Transcript>,
    /// What the scenario leaves behind.
    pub record: Record,
}

impl Stage {
    /// Sets the stage for a scenario, which its tags describe.
    pub fn set(&mut self, run: Arc<Run>, tags: &[String]) {
        let tagged = |name: &str| tags.iter().any(|tag| tag == name);
        self.record.beyond_the_diagram = tagged("beyond-the-diagram");
        self.impatient = tagged("impatient");
        self.began = Some(Instant::now());
        self.run = Some(run);
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

    /// Returns the system that this scenario is played against.
    pub(super) fn system<'r>(&self, run: &'r Run) -> &'r System {
        system(run, self.impatient)
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

    /// Gives an account one more customer, with a token in this state.
    pub(super) async fn enter_customer(&mut self, account: usize, state: TokenState) -> Step {
        let run = self.run()?;
        let Some(in_play) = self.accounts.get(account).cloned() else {
            return Err(self.stop(Halt::Error("a step needs an account, and no step before gives one".to_owned())));
        };
        let client = Client::new();
        let first = self.system(&run).token(state, &in_play, &client.headers()).await;
        let first = self.or_stop(first)?;
        self.customers.push(Customer {
            account,
            client,
            token: first.token,
            validity: if state == TokenState::Valid { Validity::Valid } else { Validity::Invalid },
            fingerprint: first.fingerprint,
            new_token: None,
        });
        Ok(())
    }

    /// Makes a customer refresh its token, and keeps what was recorded.
    pub(super) async fn refresh(&mut self, customer: usize, manner: Manner) -> Step {
        let refresh = self.prepare(customer, &manner)?.play().await;
        let refresh = self.or_stop(refresh)?;
        self.keep(refresh);
        Ok(())
    }

    /// Prepares a refresh, so that several can be played at once.
    pub(super) fn prepare(&mut self, customer: usize, manner: &Manner) -> Result<Prepared, Halt> {
        let run = self.run()?;
        let (Some(who), index) = (self.customers.get(customer).cloned(), customer) else {
            return Err(self.stop(Halt::Error("a step needs a customer, and no step before gives one".to_owned())));
        };
        let Some(account) = self.accounts.get(who.account).cloned() else {
            return Err(self.stop(Halt::Error("a step needs an account, and no step before gives one".to_owned())));
        };
        let (token, token_validity) = manner.token.clone().unwrap_or((who.token.clone(), who.validity));
        let (client, fingerprint) = manner.client.clone().unwrap_or((who.client.clone(), Validity::Valid));
        let circumstances = Circumstances::new(drawn_feature(account.feature), token_validity, fingerprint);
        let origin = match &manner.page {
            Page::Own => account.origin.clone(),
            Page::On(origin) => Some(origin.clone()),
            Page::Unnamed => None,
        };
        let deployment_key = manner.deployment_key.clone().unwrap_or_else(|| account.deployment_key.clone());
        let values = Values {
            deployment_key: deployment_key.clone(),
            token: token.clone(),
            fingerprint: who.fingerprint.clone(),
            account_sid: account.account_sid.clone(),
        };
        let Some((_, label)) = call_of(&run.diagram.course(circumstances), Participant::Orchestrator) else {
            let reason = "the diagram draws no request to the Orchestrator, so no refresh can begin";
            return Err(self.stop(Halt::Error(reason.to_owned())));
        };
        let mut request = drawn_request(label, &values, true);
        if manner.unknown_member {
            request = super::drawn::with_json(&request, |body| {
                body.insert("unknownMember".to_owned(), serde_json::json!({"nested": [1, null]}));
            });
        }
        request.headers.extend(client.headers());
        request.headers.extend(origin.clone().map(|origin| ("origin".to_owned(), origin)));
        let acao = account.allowed_origins.as_ref().map(|allowed| acao_of(allowed, origin.as_deref()));
        Ok(Prepared {
            impatient: self.impatient,
            keys: Keys {
                request_id: None,
                token: Some(token.expose().to_owned()),
                deployment_key: Some(deployment_key.expose().to_owned()),
                fingerprint: None,
                account: account.account_sid.as_ref().map(ToString::to_string),
            },
            request,
            trouble: self.trouble.clone(),
            refresh: Refresh {
                customer: index,
                circumstances,
                configuration: Configuration { feature: drawn_feature(account.feature), acao },
                given: Given {
                    deployment_key: Some(deployment_key),
                    token: Some(token),
                    account_sid: account.account_sid.clone(),
                    roles: account.roles.clone(),
                },
                transcript: Transcript::default(),
                origin,
                number: run.next_refresh(),
            },
            run,
        })
    }

    /// Keeps a refresh that was played, and hands its customer the new token.
    pub(super) fn keep(&mut self, refresh: Refresh) {
        let token = refresh.transcript.customer_reply().and_then(|reply| reply.body.text("token"));
        if let (Some(customer), Some(token)) = (self.customers.get_mut(refresh.customer), token) {
            customer.new_token = Some(Token::new(token));
        }
        if let Some(run) = &self.run {
            run.redactor.hide_secrets_of(&refresh.transcript);
        }
        self.other_call = None;
        self.refreshes.push(refresh);
    }

    /// Sends a participant a request that is no refresh as drawn, and keeps what was recorded.
    pub(super) async fn call(&mut self, to: Participant, purpose: Purpose, keys: Keys, request: Request) -> Step {
        let run = self.run()?;
        let system = self.system(&run);
        let open = system.open(purpose, keys);
        let sent = system.send(&open, to, request).await;
        let transcript = system.close(&open);
        self.or_stop(sent)?;
        run.redactor.hide_secrets_of(&transcript);
        self.other_call = Some(transcript);
        Ok(())
    }

    /// Judges the wire arrows of a refresh.
    pub(super) fn judgement(&mut self, refresh: &Refresh) -> Result<Judgement, Halt> {
        let run = self.run()?;
        let course = run.diagram.course(refresh.circumstances);
        Ok(judge(&case(&run, &course, refresh), &mut run.ledger()))
    }

    /// Judges an internal arrow of a refresh with the function that knows its action.
    pub(super) fn judged<T>(&mut self, refresh: &Refresh, judge: impl FnOnce(&Case<'_>) -> T) -> Result<T, Halt> {
        let run = self.run()?;
        let course = run.diagram.course(refresh.circumstances);
        Ok(judge(&case(&run, &course, refresh)))
    }

    /// Takes note that something beyond the drawn arrows is not as the scenario says.
    pub(super) fn remark(&mut self, subject: &str, expected: &str, observed: &str, transcript: &Transcript) -> Step {
        let arrow = self.acao_arrow().filter(|_| subject.contains("ACAO"));
        let severity = if self.record.beyond_the_diagram { Severity::Should } else { Severity::Must };
        let observed = match &self.run {
            Some(run) => run.redactor.text(observed),
            None => String::new(),
        };
        let finding = Finding { arrow, severity, subject: subject.to_owned(), expected: expected.to_owned(), observed };
        self.record.found([finding], transcript)
    }

    /// Takes note that what a step says was seen to hold.
    pub(super) fn holds(&mut self) {
        self.record.holds = true;
    }

    /// Takes what the scenario left behind, with the moment at which it began.
    pub(super) fn take_record(&mut self) -> (Record, Option<Instant>) {
        (std::mem::take(&mut self.record), self.began)
    }

    /// Takes note that a hop cannot be seen, which is neither right nor wrong.
    pub(super) fn unseen(&mut self, what: &str) {
        let note = format!("{what} cannot be seen from here");
        if !self.record.notes.contains(&note) {
            self.record.notes.push(note);
        }
    }

    pub(super) fn sees(&mut self, hop: Hop) -> bool {
        self.run.as_ref().is_some_and(|run| run.system.sees(hop))
    }

    fn acao_arrow(&self) -> Option<usize> {
        let run = self.run.as_ref()?;
        let refresh = self.refreshes.last().filter(|_| self.other_call.is_none())?;
        let course = run.diagram.course(refresh.circumstances);
        let applies = |meaning: &Meaning| matches!(meaning, Meaning::Action(Action::AppliesAcaoRule));
        course.arrows.iter().find(|arrow| applies(&arrow.arrow.meaning)).map(|arrow| arrow.arrow.number)
    }
}

/// A refresh about to be made.
#[derive(Debug)]
pub(super) struct Prepared {
    run: Arc<Run>,
    impatient: bool,
    keys: Keys,
    request: Request,
    trouble: Vec<(Hop, Fault)>,
    refresh: Refresh,
}

impl Prepared {
    /// Adds trouble that this refresh alone is to meet.
    pub(super) fn meets(&mut self, hop: Hop, fault: Fault) {
        self.trouble.push((hop, fault));
    }

    /// Sends the customer's request and returns the refresh with its transcript.
    pub(super) async fn play(self) -> Result<Refresh, Halt> {
        let system = system(&self.run, self.impatient);
        let open: Open = system.open(Purpose::Refresh, self.keys);
        for (hop, fault) in self.trouble {
            if !system.sees(hop) || hop == Hop::Edge {
                return Err(Halt::NotObserved(format!("no trouble can be made on {hop} from here")));
            }
            system.trouble(&open, hop, fault);
        }
        let sent = system.send(&open, Participant::Starship, self.request).await;
        let transcript = system.close(&open);
        sent?;
        Ok(Refresh { transcript, ..self.refresh })
    }
}

fn system(run: &Run, impatient: bool) -> &System {
    if impatient { run.impatient.as_ref().unwrap_or(&run.system) } else { &run.system }
}

fn case<'a>(run: &'a Run, course: &'a Course<'a>, refresh: &'a Refresh) -> Case<'a> {
    Case {
        diagram: &run.diagram,
        course,
        transcript: &refresh.transcript,
        given: &refresh.given,
        sight: run.sight(),
        contract: &run.contract,
        redactor: &run.redactor,
        refresh: refresh.number,
    }
}

/// Returns the ACAO header that the Orchestrator sets for an account's allowed origins.
fn acao_of(allowed: &[String], origin: Option<&str>) -> Option<String> {
    let own = origin.filter(|origin| allowed.iter().any(|allowed| allowed == origin));
    own.map(str::to_owned).or_else(|| allowed.first().cloned())
}

/// Returns the diagram's word for an account's feature.
pub(super) fn drawn_feature(feature: protocol::Feature) -> Feature {
    match feature {
        protocol::Feature::On => Feature::On,
        protocol::Feature::Off => Feature::Off,
    }
}
