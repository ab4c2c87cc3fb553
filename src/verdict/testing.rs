//! Conforming transcripts of every course, made from the diagram, for tests to spoil at one place.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::alignment::hops_of;
use super::{Case, Given, Judgement, Ledger, Provenance, UnderTest, Verdict, Visibility, judge};
use crate::diagram::{Circumstances, Diagram, Feature, Kind, Meaning, Member, Name, Segment, Validity, Value as Drawn};
use crate::protocol::{Contract, DeploymentKey, Hop, Token};
use crate::transcript::{Body, Exchange, Outcome, Redactor, Reply, Request, Transcript};

/// The diagram that is shipped.
pub(super) const SHIPPED: &str = include_str!("../../fixtures/webchat-refresh-token.mmd");
/// The account in every path.
pub(super) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// The token that customers present.
pub(super) const PRESENTED: &str = "presented-token";
/// The token that they are given.
pub(super) const RETURNED: &str = "returned-token";

/// A refresh that was played, with everything it is judged by.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) diagram: Diagram,
    pub(super) circumstances: Circumstances,
    pub(super) transcript: Transcript,
    pub(super) given: Given,
    pub(super) visibility: Visibility,
    pub(super) under_test: UnderTest,
    pub(super) contract: Contract,
    pub(super) redactor: Redactor,
    pub(super) refresh: u64,
    /// Which exchanges show an arrow, by their place in the transcript.
    pub(super) shown_by: BTreeMap<usize, Vec<usize>>,
}

/// The feature on and everything valid.
pub(super) fn good() -> Circumstances {
    Circumstances::new(Feature::On, Validity::Valid, Validity::Valid)
}

/// The feature on and the fingerprint another client's.
pub(super) fn other_fingerprint() -> Circumstances {
    Circumstances::new(Feature::On, Validity::Valid, Validity::Invalid)
}

/// The feature on and the token invalid.
pub(super) fn bad_token() -> Circumstances {
    Circumstances::new(Feature::On, Validity::Invalid, Validity::Valid)
}

/// The feature off and the token valid.
pub(super) fn feature_off() -> Circumstances {
    Circumstances::new(Feature::Off, Validity::Valid, Validity::Valid)
}

/// Every combination of the three circumstances, as a diagram may be asked for it.
pub(super) fn every_circumstances() -> Vec<Circumstances> {
    let validities = [Validity::Valid, Validity::Invalid];
    let pairs = validities.into_iter().flat_map(|token| validities.map(|fingerprint| (token, fingerprint)));
    let all = pairs.flat_map(|(token, fingerprint)| {
        [Feature::On, Feature::Off].map(|feature| Circumstances { feature, token, fingerprint })
    });
    all.collect()
}

impl Played {
    /// Plays the shipped diagram as it is drawn.
    pub(super) fn new(circumstances: Circumstances) -> Self {
        Self::of(SHIPPED, circumstances)
    }

    /// Plays a diagram as it is drawn.
    pub(super) fn of(text: &str, circumstances: Circumstances) -> Self {
        let diagram = Diagram::parse("d.mmd", text).unwrap();
        let mut played = Self {
            transcript: Transcript::default(),
            given: Given {
                deployment_key: Some(DeploymentKey::new("a deployment_key")),
                token: Some(Token::new(PRESENTED)),
                account_sid: ACCOUNT.parse().ok(),
                roles: None,
                origin: None,
                provenance: Provenance::default(),
            },
            visibility: Visibility::everything(),
            under_test: UnderTest::ours(),
            contract: Contract::default(),
            redactor: Redactor::new([7; 32]),
            refresh: 1,
            shown_by: BTreeMap::new(),
            diagram: diagram.clone(),
            circumstances,
        };
        let mut clock = 0;
        let mut open: BTreeMap<Hop, usize> = BTreeMap::new();
        for arrow in diagram.course(circumstances).arrows.iter().map(|step| step.arrow) {
            let hops = hops_of(arrow);
            let outermost = if matches!(arrow.meaning, Meaning::Request(_)) { hops.len() } else { hops.len().min(1) };
            for hop in hops.into_iter().take(outermost) {
                clock += 1;
                let at = match &arrow.meaning {
                    Meaning::Request(label) => {
                        let mut body = body_of(&label.members, true);
                        if hop <= Hop::Orchestrator {
                            body["token"] = PRESENTED.into();
                        }
                        open.insert(hop, played.transcript.exchanges.len());
                        let path = label.path.iter().map(|segment| match segment {
                            Segment::Literal(text) => format!("/{text}"),
                            Segment::Name(name) => format!("/{}", value_of(name, true).as_str().unwrap()),
                        });
                        played.transcript.exchanges.push(Exchange {
                            hop,
                            began: clock,
                            ended: None,
                            at: SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
                            took: None,
                            request: Request {
                                method: label.method_or_post().to_owned(),
                                path: path.collect(),
                                body: written(&body),
                                ..Request::default()
                            },
                            outcome: Outcome::Pending,
                        });
                        open[&hop]
                    }
                    Meaning::Reply(_) => {
                        let at = open[&hop];
                        let exchange = &mut played.transcript.exchanges[at];
                        let body = written(&body_of(arrow.members(), false));
                        exchange.outcome = Outcome::Replied(Reply { status: 200, body, ..Reply::default() });
                        exchange.ended = Some(clock);
                        at
                    }
                    Meaning::Action(_) | Meaning::Prose(_) => continue,
                };
                played.shown_by.entry(arrow.number).or_default().push(at);
            }
        }
        played
    }

    /// Judges the refresh as the only one of its run.
    pub(super) fn judged(&self) -> Judgement {
        self.judged_in(&mut Ledger::default())
    }

    /// Judges the refresh as one of several.
    pub(super) fn judged_in(&self, ledger: &mut Ledger) -> Judgement {
        let course = self.diagram.course(self.circumstances);
        let mut judgement = judge(&self.case(&course));
        for arrow in &mut judgement.arrows {
            let contradictions = arrow.claims.iter().filter_map(|claim| ledger.settle(claim, ""));
            for contradiction in contradictions.collect::<Vec<_>>() {
                arrow.add(contradiction.finding);
            }
        }
        judgement
    }

    /// Returns the refresh with what it is judged by.
    pub(super) fn case<'a>(&'a self, course: &'a crate::diagram::Course<'a>) -> Case<'a> {
        Case {
            diagram: &self.diagram,
            course,
            transcript: &self.transcript,
            given: &self.given,
            visibility: self.visibility,
            under_test: self.under_test,
            contract: &self.contract,
            redactor: &self.redactor,
            refresh: self.refresh,
        }
    }

    /// Returns the numbers of the wire arrows that a known hop shows.
    pub(super) fn arrows(&self) -> Vec<usize> {
        self.shown_by.keys().copied().collect()
    }

    /// Returns the exchanges that show an arrow, outermost first.
    pub(super) fn exchanges(&mut self, arrow: usize) -> impl Iterator<Item = &mut Exchange> {
        let shown_by = self.shown_by[&arrow].clone();
        let exchanges = self.transcript.exchanges.iter_mut().enumerate();
        exchanges.filter(move |(at, _)| shown_by.contains(at)).map(|(_, exchange)| exchange)
    }

    /// Returns the last of the exchanges that show an arrow.
    pub(super) fn exchange(&mut self, arrow: usize) -> &mut Exchange {
        self.exchanges(arrow).last().unwrap()
    }

    /// Returns the reply that an arrow is.
    pub(super) fn reply(&mut self, arrow: usize) -> &mut Reply {
        match &mut self.exchange(arrow).outcome {
            Outcome::Replied(reply) => reply,
            Outcome::Failed(_) | Outcome::Pending => panic!("arrow {arrow} is no reply"),
        }
    }

    /// Changes the body of an arrow wherever it shows, JSON for JSON.
    pub(super) fn change(&mut self, arrow: usize, change: impl Fn(&mut Value)) {
        let is_request = matches!(self.diagram.arrow(arrow).unwrap().meaning, Meaning::Request(_));
        for exchange in self.exchanges(arrow) {
            let body = match &mut exchange.outcome {
                Outcome::Replied(reply) if !is_request => &mut reply.body,
                Outcome::Replied(_) | Outcome::Failed(_) | Outcome::Pending => &mut exchange.request.body,
            };
            let mut json = body.json().unwrap().clone();
            change(&mut json);
            *body = written(&json);
        }
    }

    /// Sets a top-level member of an arrow's body.
    pub(super) fn set(&mut self, arrow: usize, member: &str, value: impl Into<Value>) {
        let value = value.into();
        self.change(arrow, |body| body[member] = value.clone());
    }

    /// Sets a top-level member of several arrows' bodies.
    pub(super) fn set_all(&mut self, arrows: &[usize], member: &str, value: impl Into<Value>) {
        let value = value.into();
        for arrow in arrows {
            self.set(*arrow, member, value.clone());
        }
    }

    /// Replaces the body of a reply.
    pub(super) fn answer(&mut self, arrow: usize, bytes: &'static [u8]) {
        self.reply(arrow).body = Body::new(Bytes::from_static(bytes));
    }
}

/// Returns the numbers of the arrows that deviate, in order.
pub(super) fn deviating(judgement: &Judgement) -> Vec<usize> {
    let deviates = judgement.arrows.iter().filter(|arrow| arrow.verdict == Verdict::Deviates);
    deviates.map(|arrow| arrow.arrow).collect()
}

/// Asserts that the first arrow that deviates is this one, with a finding about this subject.
#[track_caller]
pub(super) fn assert_first(judgement: &Judgement, arrow: usize, subject: &str) {
    let shown: Vec<String> = judgement.findings().map(ToString::to_string).collect();
    assert_eq!(deviating(judgement).first(), Some(&arrow), "{shown:#?}");
    let findings = &judgement.arrow(arrow).unwrap().findings;
    assert!(findings.iter().any(|finding| finding.subject.contains(subject)), "no `{subject}` in {shown:#?}");
}

/// No arrow.
pub(super) const NONE: [usize; 0] = [];

/// Asserts that nothing was found.
#[track_caller]
pub(super) fn assert_conforms(judgement: &Judgement) {
    assert_eq!(judgement.findings().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Returns a body with these members, each with a value of its kind.
fn body_of(members: &[Member], in_request: bool) -> Value {
    let mut body = Value::Object(Map::new());
    for member in members {
        let value = match &member.value {
            Drawn::Literal(literal) => literal.clone(),
            Drawn::Name(name) => value_of(name, in_request),
            Drawn::Type(drawn) => drawn.sample().unwrap_or_else(|| "text".into()),
            Drawn::Objects(members) => Value::Array(vec![body_of(members, in_request)]),
        };
        let place = member.path.iter().fold(&mut body, |place, name| &mut place[name]);
        *place = value;
    }
    body
}

/// Returns the value that a name has in every conforming transcript.
pub(super) fn value_of(name: &Name, in_request: bool) -> Value {
    match name.kind {
        Kind::Token => json!(if in_request { PRESENTED } else { RETURNED }),
        Kind::AccountSid => json!(ACCOUNT),
        Kind::DateTime => json!("2999-01-01T00:00:00Z"),
        Kind::UniqueId => json!("an identity"),
        Kind::Texts => json!(["customer", "agent"]),
        Kind::Code => json!(if name.text.contains("fingerprint") { 45779 } else { 45775 }),
        Kind::Verdict => json!(name.text),
        Kind::Text => json!(format!("a {}", name.text)),
    }
}

fn written(json: &Value) -> Body {
    Body::new(Bytes::from(json.to_string()))
}
