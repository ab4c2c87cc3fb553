//! Refreshes under way at once against one real participant, interleaved on purpose: each gets its own exchanges, told
//! apart by what they carry and never by when they came.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use hopcheck::config::deployment::Deployment;
use hopcheck::protocol::{Feature, Hop, Participant};
use hopcheck::topology::{AccountInPlay, Patience, Plan, System, TokenState, Wish};
use hopcheck::transcript::{Body, Keys, Purpose, Request, Transcript};
use hopcheck::wire::{Fault, Hold};
use serde_json::json;
use support::{Folder, Program, Relay, Running, free_address, until};

/// Many, and of both kinds, so that neither the feature nor the account alone tells them apart.
const CUSTOMERS: usize = 12;
/// How long a hold may go unreached, since nobody comes to it.
const LONGEST: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_that_overlap_at_a_real_participant_are_told_apart() {
    for real in Participant::SERVICES.into_iter().skip(1) {
        let stage = Stage::with(real).await;
        let customers = stage.customers().await;
        // Every one is held at the innermost hop that is seen, until all are there; then they go on, the last one first.
        let last_hop = Hop::ALL.into_iter().rfind(|hop| stage.system.sees(*hop)).unwrap();
        let holds: Vec<Hold> = customers.iter().map(|_| Hold::default()).collect();
        let refreshes =
            join_all(customers.iter().zip(&holds).map(|(customer, hold)| stage.refresh(customer, last_hop, hold)));
        let release = async {
            for hold in &holds {
                hold.reached().await;
            }
            holds.iter().rev().for_each(Hold::release);
        };
        let both = async { tokio::join!(refreshes, release) };
        let (transcripts, ()) = tokio::time::timeout(LONGEST, both).await.expect("a call was taken for another's");
        for (customer, transcript) in customers.iter().zip(&transcripts) {
            stage.holds_its_own(customer, transcript);
        }
        assert!(stage.system.take_strays().is_empty(), "{real} is real, and something belonged to nobody");
        let identities: BTreeSet<_> = transcripts.iter().map(|transcript| text_of(transcript, "identity")).collect();
        assert_eq!(identities.len(), CUSTOMERS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_tokens_asked_for_at_once_are_told_apart_by_account() {
    let stage = Stage::with(Participant::FederatedAuth).await;
    let accounts: Vec<AccountInPlay> = (0..CUSTOMERS).map(|number| stage.account(number)).collect();
    let asked = join_all(accounts.iter().map(|account| stage.system.create_token(account, &[]))).await;
    for (account, transcript) in accounts.iter().zip(asked) {
        let transcript = transcript.unwrap();
        let orders: Vec<_> = transcript.exchanges.iter().filter(|exchange| exchange.hop == Hop::ScopedAuth).collect();
        assert_eq!(orders.len(), 1);
        let sid = account.account_sid.as_ref().unwrap().as_str();
        assert_eq!(orders[0].request.body.text("accountSid"), Some(sid));
    }
}

/// A system of which one participant is real: it runs in a process of its own and hands no request id on, since none
/// arrives there.
struct Stage {
    system: System,
    _relay: Relay,
    _folder: Folder,
    _running: Running,
}

struct Customer {
    account: AccountInPlay,
    token: String,
}

impl Stage {
    async fn with(real: Participant) -> Self {
        let folder = Folder::new().with("accounts.toml", ACCOUNTS);
        let mut simulate =
            vec!["simulate".to_owned(), "--any-port".into(), "--accounts".into(), "accounts.toml".into()];
        simulate.extend(["--only".to_owned(), real.key().to_owned(), "--ready-file".into(), "ready.json".into()]);
        let mut file = String::new();
        if let Some(hop) = real.calls_on() {
            let listen = free_address();
            simulate.extend(["--upstream".to_owned(), format!("{}=http://{listen}", real.key())]);
            file = format!("[participants.{}]\nlisten = \"{listen}\"\n", hop.callee().key());
        }
        let running = Program::new(simulate).within(&folder).starts();
        let ready: serde_json::Value =
            until("it is ready", || serde_json::from_str(&folder.try_read("ready.json")?).ok());
        let address = ready[real.key()].as_str().unwrap().trim_start_matches("http://");
        let relay = Relay::forgetting("x-request-id", address);
        file = format!("{file}[participants.{}]\nurl = \"{}\"\n{DECLARED}", real.key(), relay.url());
        let deployment = Deployment::read("d.toml", &file, &|_| None).unwrap_or_else(|error| panic!("{error}"));
        let system = System::start(Plan { deployment, ..Plan::embedded(Patience::Usual) }).await.unwrap();
        Self { system, _relay: relay, _folder: folder, _running: running }
    }

    fn account(&self, number: usize) -> AccountInPlay {
        let feature = if number.is_multiple_of(2) { Feature::On } else { Feature::Off };
        self.system.account(Wish::with_feature(feature), &[], None).unwrap()
    }

    async fn customers(&self) -> Vec<Customer> {
        let mut customers = Vec::new();
        for number in 0..CUSTOMERS {
            let account = self.account(number);
            let first = self.system.token(TokenState::Valid, &account, &[]).await.unwrap();
            customers.push(Customer { account, token: first.token.expose().to_owned() });
        }
        customers
    }

    async fn refresh(&self, customer: &Customer, hop: Hop, hold: &Hold) -> Transcript {
        let key = customer.account.deployment_key.expose();
        let body = json!({ "deploymentKey": key, "token": customer.token }).to_string();
        let request = Request {
            method: "POST".into(),
            path: "/V2/Webchat/Token/Refresh".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Body::new(Bytes::from(body)),
            ..Request::default()
        };
        let keys = Keys {
            token: Some(customer.token.clone()),
            deployment_key: Some(key.to_owned()),
            account: customer.account.account_sid.as_ref().map(ToString::to_string),
            ..Keys::default()
        };
        let open = self.system.open(Purpose::Refresh, keys).await;
        self.system.trouble(&open, hop, Fault::Held(hold.clone()));
        self.system.send(&open, Participant::Starship, request).await.unwrap();
        self.system.close(open)
    }

    /// Checks that a transcript holds one exchange of each hop that is seen, and nothing of another customer.
    fn holds_its_own(&self, customer: &Customer, transcript: &Transcript) {
        let seen: Vec<Hop> = Hop::ALL.into_iter().filter(|hop| self.system.sees(*hop)).collect();
        let hops: Vec<Hop> = transcript.exchanges.iter().map(|exchange| exchange.hop).collect();
        assert_eq!(hops, seen);
        for exchange in &transcript.exchanges {
            assert_eq!(exchange.request.body.text("token"), Some(customer.token.as_str()), "on {}", exchange.hop);
            assert_eq!(exchange.reply().map(|reply| reply.status), Some(200), "on {}", exchange.hop);
        }
    }
}

fn text_of<'t>(transcript: &'t Transcript, member: &str) -> Option<&'t str> {
    transcript.customer_reply()?.body.text(member)
}

const ACCOUNTS: &str = r#"
[[accounts]]
account_sid = "AC000000000000000000000000000000e1"
address_sid = "IG000000000000000000000000000000e1"
deployment_keys = ["CV-on"]
feature = "on"
[[accounts]]
account_sid = "AC000000000000000000000000000000e2"
address_sid = "IG000000000000000000000000000000e2"
deployment_keys = ["CV-off"]
feature = "off"
"#;

/// The accounts of a real Orchestrator: two for all customers, which therefore only their tokens tell apart.
const DECLARED: &str = r#"
[accounts.feature-on]
deployment_key = "CV-on"
account_sid = "AC000000000000000000000000000000e1"
[accounts.feature-off]
deployment_key = "CV-off"
account_sid = "AC000000000000000000000000000000e2"
"#;
