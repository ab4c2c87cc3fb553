//! Requests: what the diagram draws to a participant, with things done to its method, path, headers and body.

use proptest::collection::vec;
use proptest::prelude::Just;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::bodies::{self, Json, any_of};
use crate::diagram::{Diagram, Kind, Meaning, Member, Name, RequestLabel, Segment, Value as Drawn};
use crate::protocol::Participant;
use crate::verdict::ends_of;
use crate::wire::{Draft, Gap, Piece};

/// Methods that nothing draws.
const OTHER_METHODS: [&str; 9] = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "post", "M-SEARCH"];

/// Segments of a path that somebody may read as something else.
const ODD_SEGMENTS: [&str; 9] =
    ["%00", "%2e", "%c3%a9", "%ff", "token", "TOKEN", "AC00000000000000000000000000000000", "%2F", "a;b=c"];

/// Content types that are not the drawn one.
const OTHER_TYPES: [&str; 11] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "application/json; charset=utf-16",
    "application/json; charset=\"",
    "application/problem+json",
    "json",
    "*/*",
    ",",
    "",
];

/// One request of a case.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// Whom it is sent to.
    pub(super) who: Participant,
    /// The arrow it is near to.
    pub(super) arrow: usize,
    /// The place of the account whose key and token it is sent with.
    pub(super) account: usize,
    /// The request.
    pub(super) draft: Draft,
}

/// A request that the diagram draws to a participant.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) who: Participant,
    pub(super) arrow: usize,
    pub(super) label: RequestLabel,
}

/// Returns every request that the diagram draws to one of these participants, the customer's also to the edge.
pub(super) fn calls(diagram: &Diagram, reachable: &[Participant]) -> Vec<Call> {
    let mut calls = Vec::new();
    for arrow in diagram.arrows() {
        let Meaning::Request(label) = &arrow.meaning else { continue };
        let [sender, Some(callee)] = ends_of(arrow) else { continue };
        let from_customer = sender == Some(Participant::Customer);
        let edge = (from_customer && callee == Participant::Orchestrator).then_some(Participant::Starship);
        for who in edge.into_iter().chain([callee]).filter(|who| reachable.contains(who)) {
            calls.push(Call { who, arrow: arrow.number, label: label.clone() });
        }
    }
    calls
}

/// Returns requests near to these calls, of these accounts, sent by this client. The edge is called most often.
pub(super) fn near(calls: &[Call], accounts: usize, client: &[(String, String)]) -> BoxedStrategy<Request> {
    let weighted = calls.iter().flat_map(|call| {
        let times = if call.who == Participant::Starship { 3 } else { 1 };
        vec![near_one(call, accounts, client); times]
    });
    any_of(weighted.collect())
}

fn near_one(call: &Call, accounts: usize, client: &[(String, String)]) -> BoxedStrategy<Request> {
    let Call { who, arrow, .. } = call.clone();
    let client = client.to_vec();
    let parts = (
        methods(call.label.method_or_post().to_owned()),
        targets(path(&call.label)),
        content_types(),
        headers(),
        bodies::near(members(call)),
        0..accounts.max(1),
    );
    let made = move |(method, target, content_type, more, body, account): (_, _, Option<Vec<Piece>>, Vec<_>, _, _)| {
        let declared = content_type.map(|value| ("content-type".to_owned(), value));
        let own = client.iter().map(|(name, value)| (name.clone(), vec![Piece::Text(value.clone())]));
        let replaced = |name: &String| more.iter().any(|(other, _): &(String, _)| other == name);
        let headers = declared.into_iter().chain(own.filter(|(name, _)| !replaced(name))).chain(more.clone());
        let draft = Draft { method, target, headers: headers.collect(), body };
        Request { who, arrow, account, draft }
    };
    parts.prop_map(made).boxed()
}

/// Returns the request itself that is drawn, sent by this client.
pub(super) fn drawn_by(call: &Call, client: &[(String, String)]) -> Draft {
    let declared = [("content-type".to_owned(), "application/json".to_owned())];
    let headers = declared.iter().chain(client);
    Draft {
        method: call.label.method_or_post().to_owned(),
        target: whole(&path(&call.label)),
        headers: headers.map(|(name, value)| (name.clone(), vec![Piece::Text(value.clone())])).collect(),
        body: bodies::written(&Json::Object(members(call))),
    }
}

/// Returns the members that a label draws; the customer's request has the token besides, drawn or not.
fn members(call: &Call) -> Vec<(String, Json)> {
    let mut members = Vec::new();
    for member in &call.label.members {
        insert(&mut members, &member.path, drawn(member));
    }
    let from_customer = matches!(call.who, Participant::Starship | Participant::Orchestrator);
    if from_customer && !call.label.members.iter().any(is_token) {
        members.push(("token".to_owned(), Json::Text(vec![Piece::Gap(Gap::Token)])));
    }
    members
}

fn insert(members: &mut Vec<(String, Json)>, path: &[String], value: Json) {
    match path {
        [] => {}
        [name] => members.push((name.clone(), value)),
        [name, inner @ ..] => {
            let known = members.iter_mut().find_map(|(known, value)| match value {
                Json::Object(nested) if known == name => Some(nested),
                Json::Object(_) | Json::Bare(_) | Json::Text(_) | Json::List(_) | Json::Deep(_) => None,
            });
            if let Some(nested) = known {
                return insert(nested, inner, value);
            }
            let mut nested = Vec::new();
            insert(&mut nested, inner, value);
            members.push((name.clone(), Json::Object(nested)));
        }
    }
}

fn drawn(member: &Member) -> Json {
    let named = |name: &Name| match gap_of(name) {
        Some(gap) => Json::Text(vec![Piece::Gap(gap)]),
        None if name.kind == Kind::Texts => Json::List(Vec::new()),
        None => Json::Text(vec![Piece::Text(name.text.replace(['"', '\\'], "'"))]),
    };
    match &member.value {
        Drawn::Name(name) => named(name),
        Drawn::Type(drawn) => drawn.sample().map_or_else(|| named(&member.called()), |sample| written(&sample)),
        Drawn::Objects(_) => Json::List(Vec::new()),
        Drawn::Literal(literal) => written(literal),
    }
}

fn written(value: &serde_json::Value) -> Json {
    let text = |text: String| Json::Text(vec![Piece::Text(text)]);
    match value {
        serde_json::Value::Bool(true) => Json::Bare("true"),
        serde_json::Value::Bool(false) => Json::Bare("false"),
        serde_json::Value::Null => Json::Bare("null"),
        serde_json::Value::Number(_) => Json::Bare("1"),
        other @ (serde_json::Value::String(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_)) => {
            text(other.as_str().unwrap_or_default().replace(['"', '\\'], "'"))
        }
    }
}

/// Returns what a name in a label stands for, where it is one of the things that a request is sent with.
fn gap_of(name: &Name) -> Option<Gap> {
    let says = |word: &str| name.text.to_ascii_lowercase().contains(word);
    match name.kind {
        Kind::Token => Some(Gap::Token),
        Kind::AccountSid => Some(Gap::AccountSid),
        Kind::Text if says("finger") => Some(Gap::Fingerprint),
        Kind::Text if says("key") => Some(Gap::DeploymentKey),
        Kind::Text | Kind::Texts | Kind::UniqueId | Kind::DateTime | Kind::Code | Kind::Verdict => None,
    }
}

fn is_token(member: &Member) -> bool {
    member.name().is_some_and(|name| name.kind == Kind::Token)
}

fn path(label: &RequestLabel) -> Vec<Vec<Piece>> {
    let segment = |segment: &Segment| match segment {
        Segment::Literal(text) => vec![Piece::Text(text.clone())],
        Segment::Name(name) => {
            vec![gap_of(name).map_or_else(|| Piece::Text("x".to_owned()), Piece::Gap)]
        }
    };
    label.path.iter().map(segment).collect()
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

/// Returns a path of these segments.
fn whole(segments: &[Vec<Piece>]) -> Vec<Piece> {
    if segments.is_empty() {
        return vec![text("/")];
    }
    bodies::joined(segments.iter().flat_map(|segment| [vec![text("/")], segment.clone()]))
}

fn methods(drawn: String) -> BoxedStrategy<String> {
    bodies::or_else(16, drawn, 1, select(OTHER_METHODS.as_slice()).prop_map(str::to_owned).boxed())
}

fn targets(drawn: Vec<Vec<Piece>>) -> BoxedStrategy<Vec<Piece>> {
    let count = drawn.len();
    let good = whole(&drawn);
    let with = |more: Piece| bodies::joined([good.clone(), vec![more]]);
    let mut options =
        vec![(1, Just(with(text("/"))).boxed()), (1, Just(bodies::joined([vec![text("/")], good.clone()])).boxed())];
    if count > 1 {
        options.push((1, Just(whole(&drawn[..count - 1])).boxed()));
        let replaced = (0..count, select(ODD_SEGMENTS.as_slice()));
        let replaced = replaced.prop_map(move |(at, other)| {
            let mut segments = drawn.clone();
            segments[at] = vec![Piece::Text(other.to_owned())];
            whole(&segments)
        });
        options.push((3, replaced.boxed()));
    }
    for query in ["?", "?a=b&a=c", "?token=x", "?%00=%ff", "?__proto__[a]=b"] {
        options.push((1, Just(with(text(query))).boxed()));
    }
    let long = (1_usize..6000).prop_map({
        let good = good.clone();
        move |times| {
            bodies::joined([good.clone(), vec![Piece::Text("?q=".to_owned()), Piece::Repeated("y".to_owned(), times)]])
        }
    });
    options.push((1, long.boxed()));
    bodies::or_else(24, good, 11, proptest::strategy::Union::new_weighted(options).boxed())
}

fn content_types() -> BoxedStrategy<Option<Vec<Piece>>> {
    let of = |text: &str| Some(vec![Piece::Text(text.to_owned())]);
    let others = prop_oneof![1 => Just(None), 2 => select(OTHER_TYPES.as_slice()).prop_map(of)];
    bodies::or_else(24, of("application/json"), 3, others.boxed())
}

/// Headers that somebody on the way may read.
const READ_BY_SOMEBODY: [(&str, &str); 18] = [
    ("origin", "null"),
    ("origin", "https://elsewhere.example.com"),
    ("origin", "not an origin, \u{e9}"),
    ("accept", "text/html"),
    ("accept-language", ""),
    ("user-agent", ""),
    ("x-forwarded-for", "999.1.2.3, unknown, ::1"),
    ("x-forwarded-host", "elsewhere.example.com"),
    ("x-forwarded-proto", "gopher"),
    ("forwarded", "for=\"_x\";proto"),
    ("x-http-method-override", "DELETE"),
    ("x-original-url", "/admin"),
    ("cookie", "a=b; =; \u{e9}"),
    ("authorization", "Basic !"),
    ("content-encoding", "gzip"),
    ("range", "bytes=5-2"),
    ("if-none-match", "*"),
    ("traceparent", "00-zz-zz-00"),
];

fn headers() -> BoxedStrategy<Vec<(String, Vec<Piece>)>> {
    let known = select(READ_BY_SOMEBODY.as_slice())
        .prop_map(|(name, value)| (name.to_owned(), vec![Piece::Text(value.to_owned())]));
    let values = prop_oneof![
        "[!-~]{0,12}".prop_map(|text| vec![Piece::Text(text)]),
        "[\u{a1}-\u{2ff}]{1,8}".prop_map(|text| vec![Piece::Text(text)]),
        (1_usize..8000).prop_map(|times| vec![Piece::Repeated("z".to_owned(), times)]),
    ];
    let any = ("x-probe-[a-z]{1,6}", values);
    let few = vec(prop_oneof![known, any], 1..4);
    let many = (1_usize..60).prop_map(|count| {
        (0..count).map(|at| (format!("x-probe-{at}"), vec![Piece::Text("1".to_owned())])).collect::<Vec<_>>()
    });
    bodies::or_else(12, Vec::new(), 5, prop_oneof![4 => few, 1 => many].boxed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::CaseId;
    use crate::protocol::{DeploymentKey, Token};
    use crate::wire::Filling;

    #[test]
    fn every_participant_in_reach_is_called_as_the_diagram_draws_it() {
        let calls = calls(&Diagram::built_in().unwrap(), &Participant::SERVICES);
        let drawn: Vec<_> = calls.iter().map(|call| (call.who.name(), call.arrow)).collect();
        let expected = [
            ("Starship", 1),
            ("Orchestrator", 1),
            ("FederatedAuth", 5),
            ("ScopedAuth", 6),
            ("FederatedAuth", 7),
            ("ScopedAuth", 8),
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn another_diagram_draws_other_requests() {
        let text = crate::diagram::BUILT_IN
            .1
            .replace("deploymentKey=deployment_key", "deploymentKey=deployment_key <br/>req.body.region.name=region");
        let diagram = Diagram::parse("d", &text).unwrap();
        let mut tree = CaseId::at(1, 0).tree(&near(&calls(&diagram, &[Participant::Starship]), 1, &[])).unwrap();
        while tree.simplify() {}
        let good = tree.current().draft.to_string();
        assert!(
            good.ends_with(r#"{"deploymentKey":"{deployment key}","region":{"name":"region"},"token":"{token}"}"#),
            "{good}"
        );
    }

    #[test]
    fn the_simplest_request_is_the_drawn_one() {
        let client = [("user-agent".to_owned(), "Firefox".to_owned())];
        let strategy = near(&calls(&Diagram::built_in().unwrap(), &Participant::SERVICES), 2, &client);
        for index in 0..60 {
            let mut tree = CaseId::at(3, index).tree(&strategy).unwrap();
            while tree.simplify() {}
            let request = tree.current();
            assert_eq!((request.who, request.account), (Participant::Starship, 0));
            assert_eq!(
                request.draft.to_string(),
                "POST /V2/Webchat/Token/Refresh\ncontent-type: application/json\nuser-agent: Firefox\n\n\
                 {\"deploymentKey\":\"{deployment key}\",\"token\":\"{token}\"}"
            );
        }
    }

    #[test]
    fn every_request_can_be_sent_and_written_down() {
        let strategy = near(&calls(&Diagram::built_in().unwrap(), &Participant::SERVICES), 2, &[]);
        let filling = Filling {
            deployment_key: DeploymentKey::new("CV1"),
            token: Token::new("tok.en"),
            fingerprint: None,
            account_sid: None,
        };
        for index in 0..1500 {
            let draft = CaseId::at(4, index).tree(&strategy).unwrap().current().draft;
            let request = draft.filled(&filling);
            let url = format!("http://127.0.0.1{}?{}", request.path, request.query).parse::<reqwest::Url>();
            assert!(url.is_ok_and(|url| url.host_str() == Some("127.0.0.1")), "{draft}");
            assert!(reqwest::Method::from_bytes(request.method.as_bytes()).is_ok(), "{draft}");
            for (name, value) in &request.headers {
                assert!(name.parse::<reqwest::header::HeaderName>().is_ok(), "{draft}");
                assert!(value.parse::<reqwest::header::HeaderValue>().is_ok(), "{draft}");
            }
            let read: Draft = draft.to_string().parse().unwrap_or_else(|error| panic!("{error}: {draft}"));
            let again = read.filled(&filling);
            assert_eq!(again.body.bytes(), request.body.bytes(), "{draft}");
            assert_eq!((again.path, again.query), (request.path, request.query), "{draft}");
        }
    }
}
