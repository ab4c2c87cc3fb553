//! Which arrow of a refresh a message is, by its path, its literals and its codes: a mutant touches one arrow alone.

use std::sync::Arc;

use hyper::Request;
use serde_json::{Map, Value};

use super::message::{Answer, Call};
use crate::diagram::{Arrow, Circumstances, Diagram, Kind, Meaning, Member, Validity, Value as Drawn};
use crate::protocol::{Code, Hop, Participant};
use crate::verdict::ends_of;

/// Recognises the messages of reference participants as arrows of a diagram.
#[derive(Debug, Clone)]
pub(super) struct Recognition {
    pub(super) diagram: Arc<Diagram>,
}

impl Recognition {
    /// Returns the arrow that a request is.
    pub(super) fn of_call(&self, call: &Call) -> Option<&Arrow> {
        let body = call.body();
        let fits = |arrow: &&Arrow| match &arrow.meaning {
            Meaning::Request(label) => {
                callee_of(arrow) == Some(call.hop.callee()) && label.matches_path(path_of(&call.request)).is_some()
            }
            Meaning::Reply(_) | Meaning::Action(_) | Meaning::Prose(_) => false,
        };
        let shown = |arrow: &&Arrow| {
            let has = |member: &Member| body.as_ref().is_some_and(|body| find(body, &member.path).is_some());
            let drawn = arrow.members().iter().filter(|member| has(member)).count();
            let missing = arrow.members().len() - drawn;
            drawn.cast_signed() - missing.cast_signed()
        };
        // The first of those that fit equally well is the one that is drawn first.
        self.diagram.arrows().iter().filter(fits).rev().max_by_key(shown)
    }

    /// Returns the arrow that an answer to a request of a refresh is.
    pub(super) fn of_answer(&self, call: &Call, answer: &Answer) -> Option<&Arrow> {
        let body = answer.body()?;
        if !self.is_of_a_refresh(call) {
            return None;
        }
        let fits = |arrow: &&Arrow| matches!(arrow.meaning, Meaning::Reply(_)) && answers(arrow, call.hop);
        let scored =
            self.diagram.arrows().iter().filter(fits).filter_map(|arrow| Some((self.likeness(arrow, &body)?, arrow)));
        scored.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, arrow)| arrow)
    }

    /// Returns whether a request is one of those that are drawn, and not of the sibling flow.
    fn is_of_a_refresh(&self, call: &Call) -> bool {
        if call.hop == Hop::Edge {
            let inner = Call { hop: Hop::Orchestrator, ..call.clone() };
            return self.of_call(&inner).is_some();
        }
        self.of_call(call).is_some()
    }

    /// Returns how many members of a body are as a reply draws them; `None` where one is as only another reply can be.
    fn likeness(&self, arrow: &Arrow, body: &Map<String, Value>) -> Option<isize> {
        let mut likeness = 0;
        for member in arrow.members() {
            let Some(value) = find(body, &member.path) else {
                likeness -= 1;
                continue;
            };
            let speaks_against = match &member.value {
                Drawn::Literal(literal) => value != literal,
                Drawn::Name(name) if name.kind == Kind::Verdict => value.as_str() != Some(&name.text),
                Drawn::Name(name) if name.kind == Kind::Code => value != &Value::from(self.code_of(arrow).0),
                Drawn::Type(drawn) => !drawn.holds(value),
                Drawn::Name(_) | Drawn::Objects(_) => false,
            };
            if speaks_against {
                return None;
            }
            likeness += 1;
        }
        (likeness > 0).then_some(likeness)
    }

    /// Returns the code that the reference refuses with where an arrow is drawn.
    pub(super) fn code_of(&self, arrow: &Arrow) -> Code {
        let mut where_drawn = Circumstances::all()
            .into_iter()
            .filter(|circumstances| self.diagram.course(*circumstances).contains(arrow.number))
            .peekable();
        let drawn_at_all = where_drawn.peek().is_some();
        let only_with_a_good_token = where_drawn.all(|circumstances| circumstances.token == Validity::Valid);
        if drawn_at_all && only_with_a_good_token { Code::INVALID_FINGERPRINT } else { Code::INVALID_TOKEN }
    }

    /// Returns the replies that one participant gives another, in the order drawn.
    pub(super) fn replies_beside(&self, arrow: &Arrow) -> impl Iterator<Item = &Arrow> {
        let (from, to, number) = (arrow.from.clone(), arrow.to.clone(), arrow.number);
        let is_reply = |other: &&Arrow| matches!(other.meaning, Meaning::Reply(_));
        self.diagram
            .arrows()
            .iter()
            .filter(is_reply)
            .filter(move |other| other.from == from && other.to == to && other.number != number)
    }
}

/// Returns who receives a request in the end.
pub(super) fn callee_of(arrow: &Arrow) -> Option<Participant> {
    ends_of(arrow)[1]
}

/// Returns whether a message is the arrow of this number.
pub(super) fn is(arrow: Option<&Arrow>, number: usize) -> bool {
    arrow.is_some_and(|arrow| arrow.number == number)
}

fn path_of<B>(request: &Request<B>) -> &str {
    request.uri().path()
}

/// Returns what stands at a path of keys.
pub(super) fn find<'v>(body: &'v Map<String, Value>, path: &[String]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(body.get(first)?, |value, key| value.get(key))
}

/// Returns whether an arrow leads back over a hop.
pub(super) fn answers(arrow: &Arrow, hop: Hop) -> bool {
    ends_of(arrow) == [Some(hop.callee()), Some(hop.caller())]
}
