//! Who meets which fault, and how often.

use super::*;

#[test]
fn a_rule_is_met_on_its_hop_as_often_as_it_says() {
    let rules = rules(true);
    rules.add(FaultRule { times: Some(2), ..rule("status=503") }).unwrap();
    let met: Vec<bool> = (0..4).map(|_| meets(&rules, Hop::ScopedAuth, &by("k"))).collect();
    assert_eq!(met, [true, true, false, false]);
    assert!(!meets(&rules, Hop::FederatedAuth, &by("k")));
    let [in_force] = &rules.all()[..] else { panic!("one rule") };
    assert_eq!((in_force.met, in_force.left), (2, Some(0)));
}

#[test]
fn only_who_carries_all_that_is_stated_meets_it() {
    let account = || Some(sid().parse().unwrap());
    for (matching, expected) in [
        (Matching { deployment_key: Some("k".into()), ..Matching::default() }, true),
        (Matching { deployment_key: Some("other".into()), ..Matching::default() }, false),
        (Matching { token: Some("t".into()), ..Matching::default() }, true),
        (Matching { token: Some("k".into()), ..Matching::default() }, false),
        (Matching { account: account(), ..Matching::default() }, true),
        (Matching { account: Some(format!("AC{:032x}", 9).parse().unwrap()), ..Matching::default() }, false),
        (Matching { header: Some(("x-test".into(), "a".into())), ..Matching::default() }, true),
        (Matching { header: Some(("x-test".into(), "b".into())), ..Matching::default() }, false),
        (Matching { token: Some("t".into()), account: account(), ..Matching::default() }, true),
        (Matching { token: Some("t".into()), deployment_key: Some("other".into()), ..Matching::default() }, false),
    ] {
        let rules = rules(false);
        rules.add(FaultRule { matching, ..rule("empty") }).unwrap();
        let crosser = Carried { headers: vec![("x-test".into(), "a".into())], ..by("k") };
        assert_eq!(meets(&rules, Hop::ScopedAuth, &crosser), expected, "{:?}", rules.all());
    }
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let met = |seed| {
        let rules = rules(false);
        rules.add(FaultRule { probability: 0.5, seed, ..rule("empty") }).unwrap();
        (0..64).map(|_| meets(&rules, Hop::ScopedAuth, &by("k"))).collect::<Vec<_>>()
    };
    assert_eq!(met(1), met(1));
    assert_ne!(met(1), met(2));
    assert!((16..48).contains(&met(1).iter().filter(|met| **met).count()));
}

#[test]
fn a_rule_whose_time_is_over_is_gone() {
    let rules = rules(false);
    rules.add(FaultRule { ttl: Some(Duration::from_nanos(1)), ..rule("empty") }).unwrap();
    while Instant::now().elapsed() < Duration::from_nanos(1) {}
    assert!(!meets(&rules, Hop::ScopedAuth, &by("k")));
    assert!(rules.all().is_empty());
}

#[test]
fn a_header_chooses_for_one_call() {
    let choosing = |header: &str| Carried { headers: vec![(FAULT_HEADER.into(), header.into())], ..by("k") };
    let both = choosing("scoped-auth late=2s, orchestrator status=500");
    assert!(meets(&rules(true), Hop::ScopedAuth, &both) && meets(&rules(true), Hop::Orchestrator, &both));
    assert!(!meets(&rules(true), Hop::FederatedAuth, &both) && !meets(&rules(false), Hop::ScopedAuth, &both));
    let complaint = |header: &str| rules(true).check_header(&choosing(header).request()).unwrap_err();
    assert!(complaint("scoped-auth").starts_with("expected a service and a fault"));
    assert!(complaint("nobody empty").starts_with("`nobody` is no participant"));
    assert!(complaint("scoped-auth melts").starts_with("`melts` is no fault"));
}

#[test]
fn rules_of_one_account_are_cleared_alone() {
    let rules = rules(false);
    let of = |matching| FaultRule { matching, ..rule("empty") };
    rules.add(of(Matching { account: Some(sid().parse().unwrap()), ..Matching::default() })).unwrap();
    rules.add(of(Matching { deployment_key: Some("k".into()), ..Matching::default() })).unwrap();
    rules.add(of(Matching { deployment_key: Some("other".into()), ..Matching::default() })).unwrap();
    rules.add(of(Matching::default())).unwrap();
    let of_account = rules.ids(Some(&sid().parse().unwrap()));
    assert_eq!((rules.remove_all(&of_account), rules.remove_all(&of_account)), (2, 0));
    assert_eq!(rules.ids(None).len(), 2);
}

#[test]
fn what_could_never_be_met_is_refused() {
    let rules = rules(false);
    for probability in [-0.1, 1.1, f64::NAN] {
        assert!(rules.add(FaultRule { probability, ..rule("empty") }).is_err());
    }
    assert_eq!(rules.add(FaultRule { times: Some(0), ..rule("empty") }).unwrap_err(), RuleRefused::NoTimes);
}

struct Carried {
    key: &'static str,
    headers: Vec<(String, String)>,
}

impl Carried {
    fn request(&self) -> Request {
        Request { headers: self.headers.clone(), ..Request::default() }
    }
}

fn by(key: &'static str) -> Carried {
    Carried { key, headers: Vec::new() }
}

fn meets(rules: &FaultRules, hop: Hop, carried: &Carried) -> bool {
    let keys = Keys { deployment_key: Some(carried.key.into()), token: Some("t".into()), ..Keys::default() };
    let (request, beginning) = (Request::default(), carried.request());
    rules.meet(hop, &Crosser { keys: &keys, request: &request, beginning: &beginning }).is_some()
}

fn rule(words: &str) -> FaultRule {
    FaultRule::always(Hop::ScopedAuth, words.parse().unwrap())
}

fn rules(heeds_headers: bool) -> FaultRules {
    FaultRules::new(Arc::new(OneAccount), heeds_headers)
}

fn sid() -> String {
    format!("AC{:032x}", 1)
}

/// Knows one account, whose deployment key is `k`.
#[derive(Debug)]
struct OneAccount;

impl AccountLookup for OneAccount {
    fn account_of(&self, key: &DeploymentKey) -> Option<AccountSid> {
        (*key == DeploymentKey::new("k")).then(|| sid().parse().ok()).flatten()
    }
}
