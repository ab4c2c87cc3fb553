use bytes::Bytes;

use super::*;
use crate::transcript::{Body, Reply};

#[test]
fn interleaved_calls_are_told_apart_by_token() {
    let journal = Journal::default();
    let [first, second] = ["a", "b"].map(|token| journal.open(Purpose::Refresh, holding(token)));
    let crossings = ["b", "a", "b"].map(|token| journal.begin(Hop::ScopedAuth, carrying(token), None));
    for crossing in crossings.into_iter().rev() {
        journal.finish(crossing, Outcome::Replied(Reply::default()));
    }
    assert_eq!(journal.close(first).exchanges.len(), 1);
    let of_second = journal.close(second);
    assert!(of_second.exchanges.iter().all(|exchange| exchange.request.body.text("token") == Some("b")));
    assert_eq!(of_second.exchanges.len(), 2);
}

#[test]
fn a_fingerprint_seen_on_one_hop_leads_to_the_call_on_the_next() {
    let journal = Journal::default();
    let call = journal.open(Purpose::Refresh, holding("a"));
    journal.begin(Hop::FederatedAuth, request(r#"{"token":"a","fingerprint":"f"}"#), None);
    let swapped = journal.begin(Hop::ScopedAuth, request(r#"{"token":"swapped","fingerprint":"f"}"#), None);
    assert_eq!(swapped.call(), Some(call));
}

#[test]
fn a_first_token_of_an_unknown_account_is_told_by_there_being_no_other() {
    let journal = Journal::default();
    let ask = || {
        let path = "/v1/Accounts/AC1/Tokens".to_owned();
        journal.begin(Hop::FederatedAuth, Request { path, ..Request::default() }, None).call()
    };
    let by_key = |key: &str| Keys { deployment_key: Some(key.into()), ..Keys::default() };
    let [one, _other] = ["k", "l"].map(|key| journal.open(Purpose::Creation, by_key(key)));
    assert_eq!(ask(), None, "it could be either's");
    journal.close(one);
    let only = ask();
    assert!(only.is_some() && only != Some(one));
}

#[test]
fn what_nobody_asked_for_is_a_stray() {
    let journal = Journal::default();
    journal.open(Purpose::Refresh, holding("a"));
    journal.begin(Hop::ScopedAuth, carrying("b"), None);
    assert_eq!(journal.take_strays().len(), 1);
}

#[test]
fn a_reply_after_the_close_is_dropped() {
    let journal = Journal::default();
    let call = journal.open(Purpose::Refresh, holding("a"));
    let late = journal.begin(Hop::ScopedAuth, carrying("a"), None);
    assert!(matches!(journal.close(call).exchanges[0].outcome, Outcome::Pending));
    journal.finish(late, Outcome::Replied(Reply::default()));
    assert!(journal.take_strays().is_empty());
}

#[test]
fn what_crosses_an_entrance_begins_a_call_that_ends_with_it() {
    let seen = Arc::<Seen>::default();
    let journal = Journal::witnessed(vec![Hop::FederatedAuth], Arc::<Seen>::clone(&seen));
    // Two callers present the same token at once.
    let outer = [(); 2].map(|()| journal.begin(Hop::FederatedAuth, carrying("a"), None));
    assert_ne!(outer[0].call(), outer[1].call());
    let inner = journal.begin(Hop::ScopedAuth, carrying("a"), None);
    assert_eq!(inner.call(), outer[0].call());
    let is_entangled = |call: CallId| journal.so_far(call).unwrap().is_entangled;
    assert!(outer.iter().all(|exchange| is_entangled(exchange.call().unwrap())), "nothing tells whose it was");
    journal.finish(inner, Outcome::Replied(Reply::default()));
    journal.finish(outer[0], Outcome::Replied(Reply::default()));
    assert_eq!(*seen.ended.lock().unwrap(), [(outer[0].call().unwrap(), 2)]);
    assert_eq!(journal.under_way(), 1);
    journal.finish(outer[1], Outcome::Failed("reset".into()));
    assert_eq!(seen.ended.lock().unwrap().len(), 2);
    assert_eq!(seen.went_on.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[test]
fn callers_of_the_same_token_at_once_are_told_apart_by_the_names_of_their_requests() {
    let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::default());
    let named = |id: &str, token: &str| Request {
        headers: vec![("x-request-id".to_owned(), id.to_owned())],
        ..carrying(token)
    };
    let outer = ["1", "2"].map(|id| journal.begin(Hop::Edge, named(id, "a"), None).call());
    let inner = ["2", "1"].map(|id| journal.begin(Hop::Orchestrator, named(id, "a"), None).call());
    assert_eq!([inner[1], inner[0]], outer);
    // A name that a caller gives twice tells no more than the rest does.
    let other = journal.begin(Hop::Edge, named("1", "b"), None).call();
    assert_eq!(journal.begin(Hop::Orchestrator, named("1", "b"), None).call(), other);
    assert_eq!(journal.under_way(), 3);
    let is_entangled = |call: Option<CallId>| journal.so_far(call.unwrap()).unwrap().is_entangled;
    assert!(!outer.into_iter().chain([other]).any(is_entangled));
}

#[test]
fn whose_account_it_is_links_what_nothing_else_does() {
    let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::default());
    let outer = journal.begin(Hop::Edge, request(r#"{"deploymentKey":"k"}"#), None);
    let path = "/v1/Accounts/account of k/Tokens".to_owned();
    let inner = journal.begin(Hop::FederatedAuth, Request { path, ..Request::default() }, None);
    assert_eq!(inner.call(), outer.call());
}

#[test]
fn who_only_looks_whether_anybody_is_there_begins_nothing() {
    let seen = Arc::<Seen>::default();
    let journal = Journal::witnessed(vec![Hop::Edge], Arc::<Seen>::clone(&seen));
    let look = Request { method: "OPTIONS".into(), ..Request::default() };
    let looked = journal.begin(Hop::Edge, look, None);
    journal.finish(looked, Outcome::Replied(Reply::default()));
    assert_eq!((looked.call(), journal.under_way(), journal.take_strays().len()), (None, 0, 0));
}

#[test]
fn what_services_make_of_bad_input_is_nobodys_stray() {
    let journal = Journal::default();
    let bad = journal.open(Purpose::Refresh, Keys::default());
    journal.begin(Hop::Orchestrator, request("[]"), None);
    let other = journal.open(Purpose::Refresh, Keys::default());
    journal.begin(Hop::Orchestrator, request("[]"), None);
    assert!(journal.take_strays().is_empty());
    assert_eq!(journal.close(bad).exchanges.len(), 1);
    assert_eq!(journal.close(other).exchanges.len(), 0);
    journal.begin(Hop::Orchestrator, request("[]"), None);
    assert_eq!(journal.take_strays().len(), 1);
}

#[test]
fn what_others_call_on_our_behalf_is_nobodys_stray() {
    let journal = Arc::new(Journal::default());
    let guard = journal.disregard_strays();
    journal.begin(Hop::ScopedAuth, request(r#"{"token":"t"}"#), None);
    assert!(journal.take_strays().is_empty());
    drop(guard);
    journal.begin(Hop::ScopedAuth, request(r#"{"token":"t"}"#), None);
    assert_eq!(journal.take_strays().len(), 1);
}

#[derive(Debug, Default)]
struct Seen {
    went_on: std::sync::atomic::AtomicUsize,
    ended: Mutex<Vec<(CallId, usize)>>,
}

impl Witness for Seen {
    fn goes_on(&self, _: CallId) {
        self.went_on.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn ended(&self, call: Call) {
        self.ended.lock().unwrap().push((call.id, call.transcript.exchanges.len()));
    }

    fn introduce(&self, keys: &mut Keys) {
        keys.account = keys.deployment_key.as_ref().map(|key| format!("account of {key}"));
    }
}

fn holding(token: &str) -> Keys {
    Keys { token: Some(token.into()), ..Keys::default() }
}

fn carrying(token: &str) -> Request {
    request(&format!(r#"{{"token":"{token}"}}"#))
}

fn request(body: &str) -> Request {
    Request { body: Body::new(Bytes::copy_from_slice(body.as_bytes())), ..Request::default() }
}
