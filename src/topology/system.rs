//! The system under test, started: our participants behind their taps, wired to each other and to the real ones.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use tokio::sync::{OwnedMutexGuard, watch};

use super::apart::{Apart, Doing, UnderWay};
use super::plan::{Plan, Recording, StartError, Supply};
use super::{Unmet, stand_ins};
use crate::config::Deployment;
use crate::config::deployment::{Declared, TokenSource};
use crate::participants::{AccountBook, FingerprintKey, RefusalCodes, ScopedAuth};
use crate::protocol::{Account, AccountSid, DeploymentKey, Hop, Participant, REQUEST_ID_HEADER, Routes};
use crate::standins::StandIn;
use crate::transcript::{Call, CallId, Journal, Keys, Purpose, Request, Transcript, Unattended};
use crate::wire::{
    Caller, Detours, Fault, Faults, Identity, Interference, Onward, Queue, RateLimit, Tap, Unreached, answering, bind,
    ensure_request_id, interfered, local_client, new_request_id, room_for_things_of, serve,
};

/// How long calls under way may take once the system is to stop.
const LONGEST_DRAIN: Duration = Duration::from_millis(500);

/// How many descriptors a scenario may take: both ends of every hop of a few calls.
const DESCRIPTORS_OF_A_SCENARIO: usize = 40;

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

/// The system under test, running until it is dropped or stopped.
#[derive(Debug)]
pub struct System {
    pub(super) deployment: Deployment,
    pub(super) accounts: AccountBook,
    pub(super) supply: Supply,
    /// The accounts as the accounts file states them, where scenarios share those.
    pub(super) stated: Vec<Arc<Account>>,
    /// Our ScopedAuth, if we play it.
    pub(super) scoped_auth: ScopedAuth,
    pub(super) fingerprint_key: FingerprintKey,
    pub(super) codes: RefusalCodes,
    /// By which methods and at which paths services are called, as drawn.
    pub(super) routes: Routes,
    /// With the feature on, and off: whether first tokens are not created by the deployment, as far as that was tried.
    pub(super) creates_nothing: [AtomicBool; 2],
    /// The accounts of deployment keys, as they were seen where the file does not state them.
    pub(super) learned: Mutex<HashMap<DeploymentKey, AccountSid>>,
    /// Whether whatever anybody calls is recorded, the edge included.
    pub(super) is_witnessed: bool,
    /// Whether nothing that arrives at ours is recorded.
    is_unseen: bool,
    /// Whether a `ScopedAuth` that is not ours has our token key.
    pub(super) shares_token_key: bool,
    journal: Arc<Journal>,
    faults: Arc<Faults>,
    detours: Arc<Detours>,
    /// Calls real participants.
    caller: Caller,
    /// Calls what is ours.
    own_caller: Caller,
    /// Calls stand-ins.
    stand_in_caller: Caller,
    identity: Option<Identity>,
    interference: Option<Arc<dyn Interference>>,
    seats: BTreeMap<Participant, Seat>,
    pub(super) rate_limit: RateLimit,
    pub(super) queue: Queue,
    /// Keeps the calls of commands from being taken for those of scenarios.
    pub(super) apart: Arc<Apart>,
    stop: watch::Sender<bool>,
}

/// A call of the customer that is under way: what is recorded of it is gathered until it is closed.
#[derive(Debug)]
pub struct Open {
    /// Its name in the journal.
    pub call: CallId,
    request_id: String,
    _turn: Option<OwnedMutexGuard<()>>,
    _under_way: Option<UnderWay>,
}

impl System {
    /// Starts what the plan says, from the innermost participant outwards.
    pub async fn start(plan: Plan) -> Result<Self, StartError> {
        let caller = Caller::of(&plan.deployment)?;
        let local = local_client(plan.identity.is_some())?;
        let mut system = Self {
            rate_limit: RateLimit::of(&plan.deployment.limits),
            deployment: plan.deployment,
            stated: if plan.supply == Supply::Stated { plan.accounts.all() } else { Vec::new() },
            accounts: plan.accounts,
            supply: plan.supply,
            scoped_auth: ScopedAuth::new(plan.token_key),
            is_witnessed: matches!(plan.recording, Recording::OfAnybody(..)),
            is_unseen: matches!(plan.recording, Recording::Nothing),
            shares_token_key: plan.shares_token_key,
            fingerprint_key: plan.fingerprint_key.clone(),
            codes: plan.codes,
            routes: plan.routes,
            creates_nothing: Default::default(),
            learned: Mutex::default(),
            journal: Arc::default(),
            faults: Arc::default(),
            detours: Arc::default(),
            stand_in_caller: Caller::of_ours(false)?,
            caller,
            own_caller: Caller::of_ours(plan.identity.is_some())?,
            identity: plan.identity,
            interference: plan.interference,
            seats: BTreeMap::new(),
            queue: Queue::default(),
            apart: Arc::default(),
            stop: watch::Sender::new(false),
        };
        if let Recording::OfAnybody(witness, rules) = plan.recording {
            let entrances = Hop::ALL.into_iter().filter(|hop| system.is_entrance(*hop));
            system.journal = Arc::new(Journal::witnessed(entrances.collect(), witness));
            system.faults = Arc::new(Faults::with_rules(rules));
        }
        for participant in Participant::SERVICES.into_iter().rev() {
            let declared = system.deployment.participants.get(&participant).cloned();
            match declared.unwrap_or(Declared::Ours { listen: None }) {
                Declared::Behind => {}
                Declared::Ours { listen } => {
                    // What it calls is always one of ours or a tap of ours.
                    let deadline = plan.patience.of(participant);
                    let keys = (&plan.fingerprint_key, plan.codes);
                    let router = system.router(participant, deadline, keys, local.clone())?;
                    let router = match (&system.interference, participant.called_on()) {
                        (Some(interference), Some(hop)) => interfered(router, hop, Arc::clone(interference)),
                        _ => router,
                    };
                    system.seat(participant, listen, Onward::Here(router)).await?;
                }
                Declared::Reachable { url, tap } => {
                    let base = url.as_str().trim_end_matches('/').to_owned();
                    let changes_calls = system.interference.as_ref().is_some_and(|it| it.changes_calls());
                    let needs_no_tap = system.is_unseen && !changes_calls;
                    if tap.is_some() || system.is_called_by_ours(participant) && !needs_no_tap {
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
        hop == Hop::Edge && !self.is_witnessed || self.seats.get(&hop.callee()).is_some_and(|seat| seat.tapped)
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

    /// Asks a real participant whether anybody is there.
    pub async fn reach(&self, url: &reqwest::Url) -> Result<(), Unreached> {
        self.rate_limit.wait().await;
        self.caller.reach(url, self.deployment.limits.timeout).await
    }

    /// Opens a call: what carries these keys is gathered until the call is closed. Waits while another call presents the
    /// same token, and while a command is run.
    pub async fn open(&self, purpose: Purpose, keys: Keys) -> Open {
        self.open_while(Doing::Calls, purpose, keys).await
    }

    pub(super) async fn open_while(&self, doing: Doing, purpose: Purpose, keys: Keys) -> Open {
        let turn = match &keys.token {
            Some(token) => Some(self.queue.take(token).await),
            None => None,
        };
        let has_commands = matches!(self.deployment.tokens.source, TokenSource::Command(_));
        let is_apart = has_commands && self.sees_within();
        let under_way = if is_apart { Some(self.apart.begin(doing).await) } else { None };
        let request_id = new_request_id();
        let call = self.journal.open(purpose, Keys { request_id: Some(request_id.clone()), ..keys });
        Open { call, request_id, _turn: turn, _under_way: under_way }
    }

    /// Sets the trouble that an open call meets on a hop.
    pub fn trouble(&self, open: &Open, hop: Hop, fault: Fault) {
        self.faults.set(open.call, hop, fault);
    }

    /// Has a stand-in answer an open call on a hop, in place of whoever is called there.
    pub async fn stand_in(&self, open: &Open, hop: Hop, stand_in: &StandIn) {
        self.detours.set(open.call, hop, stand_ins::started(stand_in, &self.stand_in_caller).await);
    }

    /// Sends a participant a request, as whoever calls it would, and waits for the whole reply.
    pub async fn send(&self, open: &Open, to: Participant, request: Request) -> Result<(), Unmet> {
        let (Some(seat), Some(hop)) = (self.seats.get(&to), to.called_on()) else {
            return Err(Unmet::OutOfReach(format!("{to} cannot be called from here")));
        };
        self.rate_limit.wait().await;
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

    /// Closes a call and returns its transcript.
    pub fn close(&self, open: Open) -> Transcript {
        let Open { call, request_id: _, _turn: turn, _under_way: under_way } = open;
        self.faults.clear(call);
        self.detours.clear(call);
        let transcript = self.journal.close(call);
        drop((turn, under_way));
        transcript
    }

    /// Takes the exchanges that belonged to no call.
    pub fn take_strays(&self) -> Vec<crate::transcript::Exchange> {
        self.journal.take_strays()
    }

    /// Keeps no exchange that belongs to no call while the guard lives.
    pub(super) fn disregard_strays(&self) -> Unattended {
        self.journal.disregard_strays()
    }

    /// Returns a call that is under way, as far as it has got.
    pub fn so_far(&self, call: CallId) -> Option<Call> {
        self.journal.so_far(call)
    }

    /// Returns how many calls are under way.
    pub fn under_way(&self) -> usize {
        self.journal.under_way()
    }

    /// Stops taking calls, and waits for those under way, but not long.
    pub async fn drain(&self) {
        self.stop();
        let since = Instant::now();
        while self.under_way() > 0 && since.elapsed() < LONGEST_DRAIN {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the system is told to stop.
    pub async fn stopped(&self) {
        // A sender that is gone has stopped everything as well.
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Serves a router of somebody else's at an address until the system is stopped, and returns the address.
    pub async fn serve_beside(&self, address: SocketAddr, router: Router) -> io::Result<SocketAddr> {
        let (listener, bound) = bind(address).await?;
        let acceptor = self.identity.as_ref().map(Identity::acceptor).transpose().map_err(io::Error::other)?;
        tokio::spawn(serve(listener.with(acceptor), answering(router), self.stop.subscribe()));
        Ok(bound)
    }

    /// Returns whether any call is seen that one service makes to another.
    pub fn sees_within(&self) -> bool {
        Hop::ALL.into_iter().any(|hop| hop != Hop::Edge && self.sees(hop))
    }

    /// Returns how many scenarios may be under way at once.
    pub fn concurrency(&self) -> usize {
        let wanted = usize::try_from(self.deployment.limits.concurrency.get()).unwrap_or(usize::MAX);
        wanted.min(room_for_things_of(DESCRIPTORS_OF_A_SCENARIO))
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
        let title_case = self.interference.as_ref().is_some_and(|it| it.manner().title_case_headers);
        let acceptor = self.identity.as_ref().map(Identity::acceptor).transpose()?;
        let listener = listener.with(acceptor).writing_headers(title_case);
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        let stopped = self.stop.subscribe();
        let is_seen = !self.is_unseen || matches!(onward, Onward::There(..));
        let is_recorded = |hop: &Hop| is_seen && (*hop != Hop::Edge || self.is_witnessed);
        let hop = participant.called_on().filter(is_recorded);
        match (hop, onward) {
            (None, Onward::Here(router)) => {
                tokio::spawn(serve(listener, answering(router), stopped));
            }
            (hop, onward) => {
                let tap = Tap {
                    hop: hop.unwrap_or(Hop::Edge),
                    journal: Arc::clone(&self.journal),
                    faults: Arc::clone(&self.faults),
                    detours: Arc::clone(&self.detours),
                    onward,
                    serves_ours: hop.is_some_and(|hop| hop != Hop::Edge && self.plays(hop.caller())),
                    passages: Arc::default(),
                    interference: self.interference.clone().filter(|_| hop.is_some_and(|hop| self.plays(hop.caller()))),
                };
                let names = hop.is_some_and(|hop| self.is_entrance(hop));
                let tap = Arc::new(tap);
                let answer = move |mut request| {
                    let tap = Arc::clone(&tap);
                    if names {
                        ensure_request_id(&mut request);
                    }
                    async move { tap.pass(request).await }
                };
                tokio::spawn(serve(listener, answer, stopped));
            }
        }
        self.seats.insert(participant, Seat { base: format!("{scheme}://{bound}"), tapped: hop.is_some(), ours: true });
        Ok(())
    }

    /// Returns whether somebody else calls one of ours on a hop, and what crosses there begins a call.
    fn is_entrance(&self, hop: Hop) -> bool {
        self.is_witnessed && (hop.caller() == Participant::Customer || !self.plays(hop.caller()))
    }

    fn is_called_by_ours(&self, participant: Participant) -> bool {
        let caller = participant.called_on().map(Hop::caller);
        caller.is_some_and(|caller| caller != Participant::Customer && self.plays(caller))
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.stop();
    }
}
