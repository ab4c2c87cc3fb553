//! The system under test, started: our participants behind their taps, wired to each other and to the real ones.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::{OwnedMutexGuard, watch};
use tower::ServiceExt;

use super::client::{self, Caller};
use super::deployment::{Declared, Deployment};
use super::fault::{Fault, Faults};
use super::identity::Identity;
use super::listener::{bind, serve};
use super::pace::Pace;
use super::plan::{Plan, StartError};
use super::tap::{Onward, Tap, with_whole_body};
use super::turns::Turns;
use super::{TokenState, Unmet};
use crate::participants::{
    AccountBook, FederatedAuth, FingerprintKey, Orchestrator, Renewal, ScopedAuth, Starship, TokenKey, federated_auth,
    orchestrator, scoped_auth, starship,
};
use crate::protocol::{Contract, Fingerprint, Hop, Participant, Token};
use crate::transcript::{CallId, Journal, Keys, Purpose, REQUEST_ID_HEADER, Request, Transcript};

/// How a participant can be called.
#[derive(Debug, Clone)]
struct Seat {
    /// The base URL of its tap, or else of itself.
    base: String,
    /// Whether a tap records what arrives there.
    tapped: bool,
    /// Whether hopcheck answers there, and not a real participant.
    ours: bool,
}

/// A real participant that gives no reply of any kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to reach {who} at {url}: {reason}\nhint: nothing was judged; {hint}", who = named(*.participant))]
pub struct Unreached {
    /// Which one.
    pub participant: Participant,
    url: String,
    reason: String,
    hint: String,
}

/// The system under test, running until it is dropped or stopped.
#[derive(Debug)]
pub struct System {
    pub(super) deployment: Deployment,
    pub(super) accounts: AccountBook,
    /// Our ScopedAuth, if we play it.
    scoped_auth: ScopedAuth,
    journal: Arc<Journal>,
    faults: Arc<Faults>,
    /// Calls real participants.
    caller: Caller,
    /// Calls what is ours.
    own_caller: Caller,
    identity: Option<Identity>,
    seats: BTreeMap<Participant, Seat>,
    pace: Pace,
    turns: Turns,
    stop: watch::Sender<bool>,
}

/// A call of the customer that is under way: what is recorded of it is gathered until it is closed.
#[derive(Debug)]
pub struct Open {
    /// Its name in the journal.
    pub call: CallId,
    request_id: String,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl System {
    /// Starts what the plan says, from the innermost participant outwards.
    pub async fn start(plan: Plan) -> Result<Self, StartError> {
        let caller = Caller::of(&plan.deployment)?;
        let local = client::local_client(plan.identity.is_some())?;
        let mut system = Self {
            pace: Pace::of(&plan.deployment.limits),
            deployment: plan.deployment,
            accounts: plan.accounts,
            scoped_auth: ScopedAuth::new(plan.token_key),
            journal: Arc::default(),
            faults: Arc::default(),
            caller,
            own_caller: Caller::of_ours()?,
            identity: plan.identity,
            seats: BTreeMap::new(),
            turns: Turns::default(),
            stop: watch::Sender::new(false),
        };
        for participant in Participant::SERVICES.into_iter().rev() {
            let declared = system.deployment.participants.get(&participant).cloned();
            match declared.unwrap_or(Declared::Ours { listen: None }) {
                Declared::Behind => {}
                Declared::Ours { listen } => {
                    // What it calls is always one of ours or a tap of ours.
                    let deadline = plan.patience.of(participant);
                    let router = system.router(participant, deadline, &plan.fingerprint_key, local.clone())?;
                    system.seat(participant, listen, Onward::Here(router)).await?;
                }
                Declared::Reachable { url, tap } => {
                    let base = url.as_str().trim_end_matches('/').to_owned();
                    if tap.is_some() || system.is_called_by_ours(participant) {
                        let onward = Onward::There(system.caller.clone(), base);
                        system.seat(participant, tap, onward).await?;
                    } else {
                        system.seats.insert(participant, Seat { base, tapped: false, ours: false });
                    }
                }
            }
        }
        Ok(system)
    }

    /// Returns whether exchanges on a hop are recorded. The edge always is, by the customer itself.
    pub fn sees(&self, hop: Hop) -> bool {
        hop == Hop::Edge || self.seats.get(&hop.callee()).is_some_and(|seat| seat.tapped)
    }

    /// Returns whether we play this participant.
    pub fn plays(&self, participant: Participant) -> bool {
        !self.deployment.participants.get(&participant).is_some_and(Declared::is_real)
    }

    /// Returns the base URL at which a participant is called.
    pub fn address(&self, participant: Participant) -> Option<&str> {
        self.seats.get(&participant).map(|seat| seat.base.as_str())
    }

    /// Returns what the system was declared to be.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Returns the accounts of our Orchestrator.
    pub fn accounts(&self) -> &AccountBook {
        &self.accounts
    }

    /// Waits until every real participant that is called from here answers anything at all, or returns the first that does
    /// not.
    pub async fn reach_real(&self) -> Result<(), Unreached> {
        for (participant, declared) in &self.deployment.participants {
            let Declared::Reachable { url, .. } = declared else { continue };
            self.pace.wait().await;
            self.caller.reach(url, self.deployment.limits.timeout).await.map_err(|(reason, hint)| {
                let url = url.as_str().trim_end_matches('/').to_owned();
                Unreached { participant: *participant, url, reason, hint }
            })?;
        }
        Ok(())
    }

    /// Opens a call: what carries these keys is gathered until the call is closed. Waits while another call presents the
    /// same token.
    pub async fn open(&self, purpose: Purpose, keys: Keys) -> Open {
        let turn = match &keys.token {
            Some(token) => Some(self.turns.take(token).await),
            None => None,
        };
        let request_id = format!("hopcheck-{:016x}", rand::random::<u64>());
        let call = self.journal.open(purpose, Keys { request_id: Some(request_id.clone()), ..keys });
        Open { call, request_id, _turn: turn }
    }

    /// Sets the trouble that an open call meets on a hop.
    pub fn trouble(&self, open: &Open, hop: Hop, fault: Fault) {
        self.faults.set(open.call, hop, fault);
    }

    /// Sends a participant a request, as whoever calls it would, and waits for the whole reply.
    pub async fn send(&self, open: &Open, to: Participant, request: Request) -> Result<(), Unmet> {
        let (Some(seat), Some(hop)) = (self.seats.get(&to), to.called_on()) else {
            return Err(Unmet::OutOfReach(format!("{to} cannot be called from here")));
        };
        self.pace.wait().await;
        let mut request = request;
        request.headers.push((REQUEST_ID_HEADER.to_owned(), open.request_id.clone()));
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let caller = if seat.ours { &self.own_caller } else { &self.caller };
        let mut builder = caller.request(method, format!("{}{}{query}", seat.base, request.path));
        // Nothing here unpacks bodies, and whoever is asked for none may pack them.
        builder = builder.header("accept-encoding", "identity");
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let builder = builder.body(request.body.bytes().clone());
        let timeout = self.deployment.limits.timeout;
        if seat.tapped {
            caller.exchange(builder, timeout).await;
        } else {
            let exchange = self.journal.begin(hop, request, Some(open.call));
            self.journal.finish(exchange, caller.exchange(builder, timeout).await);
        }
        Ok(())
    }

    /// Returns the key that our participants sign tokens with.
    pub(super) fn token_key(&self) -> &TokenKey {
        &self.scoped_auth.token_key
    }

    /// Has our `ScopedAuth` take the token of a real `FederatedAuth`, which signs with a key of its own, for valid.
    pub fn adopt(&self, transcript: &Transcript) {
        if !self.plays(Participant::ScopedAuth) || self.plays(Participant::FederatedAuth) {
            return;
        }
        let request = transcript.first_on(Hop::ScopedAuth).map(|exchange| &exchange.request.body);
        let returned = transcript.customer_reply().and_then(|reply| reply.body.text("token"));
        if let (Some(request), Some(returned)) = (request, returned)
            && let Some(presented) = request.text("token")
        {
            let fingerprint = request.text("fingerprint").map(Fingerprint::new);
            self.scoped_auth.adopt(&Token::new(returned), &Token::new(presented), fingerprint);
        }
    }

    /// Closes a call and returns its transcript.
    pub fn close(&self, open: Open) -> Transcript {
        let Open { call, request_id: _, _turn: turn } = open;
        self.faults.clear(call);
        let transcript = self.journal.close(call);
        drop(turn);
        transcript
    }

    /// Takes the exchanges that belonged to no call.
    pub fn take_strays(&self) -> Vec<crate::transcript::Exchange> {
        self.journal.take_strays()
    }

    /// Returns whether all customers of an account have the same valid token.
    pub fn shares_tokens(&self) -> bool {
        TokenState::is_shared(&self.deployment.tokens)
    }

    /// Returns what holds beyond the diagram: what the deployment states of its own, and the reference's ways where the
    /// reference has the say.
    pub fn contract(&self) -> Contract {
        let reference = Contract::of_reference();
        let mut contract = self.deployment.contract.clone();
        let plays_from = |first: Participant| {
            Participant::SERVICES.into_iter().filter(|service| *service <= first).all(|service| self.plays(service))
        };
        if plays_from(Participant::ScopedAuth) {
            return reference;
        }
        if self.plays(Participant::FederatedAuth) {
            contract.invalid_token_code = reference.invalid_token_code;
            contract.fingerprint_invalid_code = reference.fingerprint_invalid_code;
        }
        if plays_from(Participant::FederatedAuth) {
            contract.status.refreshed = reference.status.refreshed;
            contract.status.token_refused = reference.status.token_refused;
            contract.status.fingerprint_refused = reference.status.fingerprint_refused;
        }
        if self.plays(Participant::ScopedAuth) {
            contract.status.validated = reference.status.validated;
        }
        if plays_from(Participant::Orchestrator) {
            contract.codes.origin_not_allowed = reference.codes.origin_not_allowed;
            contract.codes.unknown_deployment_key = reference.codes.unknown_deployment_key;
            contract.codes.no_address = reference.codes.no_address;
            contract.status.origin_not_allowed = reference.status.origin_not_allowed;
            contract.status.unknown_deployment_key = reference.status.unknown_deployment_key;
            contract.status.no_address = reference.status.no_address;
        }
        contract
    }

    /// Returns whether the Orchestrator takes the customer's word for its address.
    pub fn believes_forwarded_for(&self) -> bool {
        let ours = self.plays(Participant::Starship) && self.plays(Participant::Orchestrator);
        ours || self.deployment.contract.forwarded_for
    }

    /// Returns how many scenarios may be under way at once.
    pub fn concurrency(&self) -> usize {
        usize::try_from(self.deployment.limits.concurrency.get()).unwrap_or(usize::MAX)
    }

    /// Stops every participant of ours and every tap.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    async fn seat(
        &mut self,
        participant: Participant,
        address: Option<SocketAddr>,
        onward: Onward,
    ) -> Result<(), StartError> {
        let address = address.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
        let (listener, bound) =
            bind(address).await.map_err(|error| StartError::Bind { participant, address, error })?;
        let listener = listener.with(self.identity.as_ref().map(Identity::acceptor).transpose()?);
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        let stopped = self.stop.subscribe();
        let hop = participant.called_on().filter(|hop| *hop != Hop::Edge);
        match (hop, onward) {
            (None, Onward::Here(router)) => {
                let answer = move |request| {
                    let router = router.clone();
                    async move {
                        let request = with_whole_body(request).await?;
                        router.oneshot(request).await.map_err(|never| match never {})
                    }
                };
                tokio::spawn(serve(listener, answer, stopped));
            }
            (hop, onward) => {
                let tap = Tap {
                    hop: hop.unwrap_or(Hop::Edge),
                    journal: Arc::clone(&self.journal),
                    faults: Arc::clone(&self.faults),
                    onward,
                };
                let tap = Arc::new(tap);
                let answer = move |request| {
                    let tap = Arc::clone(&tap);
                    async move { tap.pass(request).await }
                };
                tokio::spawn(serve(listener, answer, stopped));
            }
        }
        self.seats.insert(participant, Seat { base: format!("{scheme}://{bound}"), tapped: hop.is_some(), ours: true });
        Ok(())
    }

    fn router(
        &self,
        participant: Participant,
        deadline: Duration,
        fingerprint_key: &FingerprintKey,
        http: reqwest::Client,
    ) -> Result<Router, StartError> {
        let neighbour = || {
            let callee = participant.calls_on().map_or(participant, Hop::callee);
            let nowhere = StartError::NowhereToCall { caller: participant, callee };
            self.address(callee).map(str::to_owned).ok_or(nowhere)
        };
        Ok(match participant {
            Participant::Customer | Participant::Starship => {
                let mut state = Starship::new(neighbour()?, http);
                state.orchestrator.deadline = deadline;
                starship::router(state)
            }
            Participant::Orchestrator => {
                let mut state = Orchestrator::new(self.accounts.clone(), neighbour()?, http);
                state.federated_auth.deadline = deadline;
                state.fingerprint_key = fingerprint_key.clone();
                orchestrator::router(state)
            }
            Participant::FederatedAuth => {
                let mut state = FederatedAuth::new(neighbour()?, http, self.token_key().clone());
                if !self.plays(Participant::ScopedAuth) {
                    state.renewal = Renewal::SameAgain;
                }
                state.scoped_auth.deadline = deadline;
                federated_auth::router(state)
            }
            Participant::ScopedAuth => scoped_auth::router(self.scoped_auth.clone()),
        })
    }

    fn is_called_by_ours(&self, participant: Participant) -> bool {
        let caller = participant.called_on().map(Hop::caller);
        caller.is_some_and(|caller| caller != Participant::Customer && self.plays(caller))
    }
}

fn named(participant: Participant) -> String {
    if participant == Participant::Starship { "the edge".to_owned() } else { participant.to_string() }
}

impl Drop for System {
    fn drop(&mut self) {
        self.stop();
    }
}
