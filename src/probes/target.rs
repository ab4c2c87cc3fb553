//! The target that probes are played on: a started system, its accounts, and what is known of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use super::invariants::{Roles, Seen, breaches};
use super::property::Breach;
use super::requests::{self, Call, Request};
use crate::config::deployment::{Declared, TokenSource};
use crate::diagram::Diagram;
use crate::protocol::{Account, Contract, DeploymentKey, Feature, FingerprintSensitivity, Participant, Token};
use crate::topology::{AccountInPlay, FirstToken, System, TokenState, Unmet};
use crate::transcript::{Keys, Outcome, Purpose, Redactor, SecretKind, Transcript};
use crate::wire::{Draft, Filling, Gap, Piece, Unreached};

/// How many clients present tokens.
pub(super) const CLIENTS: usize = 3;

/// Why nothing can be said of a deployment: it is gone, or gives no token to begin with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

/// The accounts that probes are played on where the Orchestrator is ours: no two have a role in common.
///
/// # Errors
///
/// None, unless an account SID is none.
pub fn accounts_of_ours() -> Result<Vec<Account>, Trouble> {
    const ACCOUNTS: u128 = 8;
    let account = |number: u128| {
        let sensitivities = [FingerprintSensitivity::Low, FingerprintSensitivity::Medium, FingerprintSensitivity::High];
        let sid = format!("AC{number:032x}").parse().map_err(|error| Trouble(format!("{error}")))?;
        let place = usize::try_from(number).unwrap_or_default();
        Ok(Account {
            account_sid: sid,
            address_sid: Some(format!("IG{number:032x}")),
            deployment_keys: vec![DeploymentKey::new(format!("CV{:032x}", rand::random::<u128>()))],
            feature: if place % 2 == 0 { Feature::On } else { Feature::Off },
            fingerprint_sensitivity: sensitivities[place / 2 % sensitivities.len()],
            allowed_origins: if place % 4 < 2 { Vec::new() } else { vec![format!("https://shop-{place}.example.com")] },
            grants: vec![format!("chat:read:{place}"), format!("chat:write:{place}")],
            token_ttl: Duration::from_hours(1),
        })
    };
    (0..ACCOUNTS).map(account).collect()
}

/// A started system, and what is known of it.
#[derive(Debug)]
pub struct Target {
    pub(super) diagram: Arc<Diagram>,
    pub(super) system: System,
    pub(super) contract: Contract,
    pub(super) redactor: Arc<Redactor>,
    pub(super) accounts: Vec<AccountInPlay>,
    pub(super) clients: Vec<Vec<(String, String)>>,
    pub(super) calls: Vec<Call>,
    /// The customer's own call.
    pub(super) edge: Call,
    /// Where calls of one account could be taken for each other, they wait for each other.
    turns: Option<Vec<Mutex<()>>>,
}

impl Target {
    /// Looks at a started system, and asks it for a token of each account to learn whose roles are whose.
    ///
    /// # Errors
    ///
    /// Returns why nothing can be said of it.
    pub async fn prepare(
        diagram: Arc<Diagram>,
        system: System,
        contract: Contract,
        redactor: Arc<Redactor>,
    ) -> Result<Self, Trouble> {
        let reachable: Vec<Participant> =
            Participant::SERVICES.into_iter().filter(|who| system.address(*who).is_some()).collect();
        let calls = requests::calls(&diagram, &reachable);
        let Some(edge) = calls.iter().find(|call| call.who == Participant::Starship).cloned() else {
            let reason =
                "the diagram draws no request of the Customer to the Orchestrator, or the edge cannot be called";
            return Err(Trouble(reason.to_owned()));
        };
        let mut accounts: Vec<_> =
            system.known_accounts(None).into_iter().filter(|account| account.has_address).collect();
        if accounts.is_empty() {
            return Err(Trouble("there is no account to probe".to_owned()));
        }
        if accounts.iter().all(|account| account.name.is_none()) {
            accounts.sort_by(|one, other| one.account_sid.cmp(&other.account_sid));
        }
        let turns = system.sees_within().then(|| accounts.iter().map(|_| Mutex::default()).collect());
        let clients = (0..CLIENTS).map(|number| client(&system, number)).collect();
        let mut target = Self { diagram, system, contract, redactor, accounts, clients, calls, edge, turns };
        target.learn_roles().await?;
        Ok(target)
    }

    /// Returns the system, to stop it.
    pub fn system(&self) -> &System {
        &self.system
    }

    async fn learn_roles(&mut self) -> Result<(), Trouble> {
        if self.system.deployment().tokens.source != TokenSource::Create {
            return Ok(());
        }
        for place in 0..self.accounts.len() {
            let account = &self.accounts[place];
            let client = &self.clients[0];
            let first = self.system.settle_first_token(account, client).await;
            let first = first.map_err(|(unmet, _)| self.trouble(&unmet))?;
            let mut roles = account.roles.clone().or(first.roles);
            if roles.is_none() || self.system.sees_within() {
                let refreshed = self.system.refresh_once(account, &first.token, client).await;
                let refreshed = refreshed.map_err(|unmet| self.trouble(&unmet))?;
                self.system.adopt(&refreshed);
                self.system.learn_account(&account.deployment_key, &refreshed);
                roles = roles.or(refreshed.customer_reply().and_then(|reply| reply.body.texts("roles")));
            }
            self.accounts[place].roles = roles;
        }
        let learned = self.system.known_accounts(None);
        for account in &mut self.accounts {
            let known = learned.iter().find(|known| known.deployment_key == account.deployment_key);
            account.account_sid = account.account_sid.take().or_else(|| known?.account_sid.clone());
        }
        Ok(())
    }

    /// Waits until no other case uses these accounts, where their calls could be taken for each other.
    pub(super) async fn turn(&self, accounts: impl IntoIterator<Item = usize>) -> Vec<MutexGuard<'_, ()>> {
        let Some(turns) = &self.turns else { return Vec::new() };
        let mut places: Vec<usize> = accounts.into_iter().collect();
        // Whoever waits for several always waits for the first one first.
        places.sort_unstable();
        places.dedup();
        let mut held = Vec::new();
        for turn in places.into_iter().filter_map(|place| turns.get(place)) {
            held.push(turn.lock().await);
        }
        held
    }

    /// Returns a token for a client of an account.
    pub(super) async fn token(&self, state: TokenState, account: usize, client: usize) -> Result<FirstToken, Unmet> {
        self.system.token(state, &self.accounts[account], &self.clients[client]).await
    }

    pub(super) fn trouble(&self, unmet: &Unmet) -> Trouble {
        Trouble(self.redactor.text(&unmet.to_string()))
    }

    /// Returns the request with the origin of the account's own pages, unless it names one.
    pub(super) fn with_origin(&self, account: usize, mut draft: Draft) -> Draft {
        let origin = self.accounts.get(account).and_then(|account| account.origin.clone());
        if let Some(origin) = origin.filter(|_| !draft.headers.iter().any(|(name, _)| name == "origin")) {
            draft.headers.push(("origin".to_owned(), vec![Piece::Text(origin)]));
        }
        draft
    }

    /// Returns what a request of an account is filled with.
    pub(super) fn filling(&self, account: usize, first: FirstToken) -> Filling {
        let account = &self.accounts[account];
        Filling {
            deployment_key: account.deployment_key.clone(),
            token: first.token,
            fingerprint: first.fingerprint,
            account_sid: account.account_sid.clone(),
        }
    }

    /// Sends a request of a case and returns what does not hold of the reply.
    pub(super) async fn try_request(&self, request: &Request) -> Result<Vec<Breach>, Trouble> {
        let _turn = self.turn([request.account]).await;
        let needs_token = request.draft.has(Gap::Token) || request.draft.has(Gap::Fingerprint);
        let first = if needs_token {
            self.token(TokenState::Valid, request.account, 0).await.map_err(|unmet| self.trouble(&unmet))?
        } else {
            FirstToken::of(Token::new(""))
        };
        let draft = self.with_origin(request.account, request.draft.clone());
        let filling = self.filling(request.account, first);
        let transcript = self.send(request.who, &draft, &filling).await?;
        let call = self.calls.iter().find(|call| (call.who, call.arrow) == (request.who, request.arrow));
        self.judge(call.unwrap_or(&self.edge), &draft, &filling, request.account, &transcript).await
    }

    /// Sends a request and returns what crossed.
    pub(super) async fn send(&self, to: Participant, draft: &Draft, filling: &Filling) -> Result<Transcript, Trouble> {
        let request = draft.filled(filling);
        let keys = Keys { account: filling.account_sid.as_ref().map(ToString::to_string), ..Keys::of(&request) };
        self.system.call(Purpose::Refresh, keys, to, request).await.map_err(|unmet| self.trouble(&unmet))
    }

    /// Returns what does not hold of what crossed, unless the deployment is gone.
    pub(super) async fn judge(
        &self,
        call: &Call,
        draft: &Draft,
        filling: &Filling,
        account: usize,
        transcript: &Transcript,
    ) -> Result<Vec<Breach>, Trouble> {
        let roles = |account: &AccountInPlay| account.roles.clone();
        let own = self.accounts.get(account).and_then(roles);
        let of_others: Vec<Vec<String>> =
            self.accounts.iter().filter_map(roles).filter(|roles| Some(roles) != own.as_ref()).collect();
        let of_others: Vec<&[String]> = of_others.iter().map(Vec::as_slice).collect();
        let seen = Seen {
            call,
            draft,
            filling,
            transcript,
            client: &self.clients[0],
            origin: self.accounts.get(account).and_then(|account| account.origin.as_deref()),
            roles: Roles { own: own.as_deref(), of_others: &of_others },
            contract: &self.contract,
            redactor: &self.redactor,
        };
        let found = breaches(&seen);
        if found.is_empty() {
            return Ok(found);
        }
        let has_failed = |exchange: &crate::transcript::Exchange| matches!(exchange.outcome, Outcome::Failed(_));
        if transcript.exchanges.first().is_some_and(has_failed) {
            self.check_reach().await?;
        }
        self.hide(filling, transcript);
        // What was found before is told anew, now that everything secret in it is known.
        Ok(breaches(&seen))
    }

    /// Has the secrets of a call hidden in every text from now on.
    pub(super) fn hide(&self, filling: &Filling, transcript: &Transcript) {
        for (gap, kind) in [
            (Gap::Token, SecretKind::Token),
            (Gap::DeploymentKey, SecretKind::DeploymentKey),
            (Gap::Fingerprint, SecretKind::Fingerprint),
        ] {
            self.redactor.hide(filling.of(gap), kind);
        }
        for exchange in &transcript.exchanges {
            if let Some(fingerprint) = exchange.request.body.text("fingerprint").filter(|text| text.len() >= 16) {
                self.redactor.hide(fingerprint, SecretKind::Fingerprint);
            }
            if let Some(token) = exchange.reply().and_then(|reply| reply.body.text("token")) {
                self.redactor.hide(token, SecretKind::Token);
            }
        }
    }

    /// Tells a deployment that hung up on a request from one that is not there any more.
    async fn check_reach(&self) -> Result<(), Trouble> {
        for (service, declared) in &self.system.deployment().participants {
            let Declared::Reachable { url, .. } = declared else { continue };
            if let Err(Unreached { reason, hint, may_heal: _ }) = self.system.reach(url).await
                && reason.starts_with("no connection")
            {
                return Err(Trouble(
                    self.redactor.text(&format!("{service} cannot be reached any more: {reason}; {hint}")),
                ));
            }
        }
        Ok(())
    }
}

/// Returns the headers of a client, unlike those of the others; a deployment's own tokens are the first one's.
fn client(system: &System, number: usize) -> Vec<(String, String)> {
    let tokens = &system.deployment().tokens;
    let usual = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let user_agent = tokens.user_agent.as_deref().unwrap_or(usual);
    let another = if number == 0 { String::new() } else { format!(" AnotherBrowser/{number}.0") };
    let language = tokens.accept_language.as_deref().unwrap_or("en-GB,en;q=0.7");
    let headers = [
        ("user-agent", format!("{user_agent}{another}")),
        ("accept-language", language.to_owned()),
        ("x-forwarded-for", "198.51.100.7".to_owned()),
    ];
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
