//! A mutant: a participant that is wrong in one way, and the interference by which it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hyper::{Request, Response};

use super::message::{Answer, Call};
use super::recognition::Recognition;
use crate::diagram::{Arrow, Diagram};
use crate::protocol::{Account, DeploymentKey, Hop, Participant};
use crate::verdict::ends_of;
use crate::wire::{Interference, Sent};

/// A participant that is wrong in one way.
#[derive(Clone)]
pub struct Mutant {
    /// Names it: the arrow, the operator and what it is applied to, such as `11/null:identity`.
    pub name: String,
    /// The kind of wrong that is done, such as `null`.
    pub operator: &'static str,
    /// The number of the arrow that it touches.
    pub arrow: usize,
    /// Who is wrong.
    pub participant: Participant,
    /// What is wrong, in a sentence.
    pub sentence: String,
    make: Make,
}

/// Makes a mutant's wrong anew, without anything that it remembers.
type Make = Arc<dyn Fn(&Setting) -> Box<dyn Wrong> + Send + Sync>;

/// What a wrong may go by besides the messages.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) recognition: Recognition,
    /// Looks an account up as it is configured now.
    pub(super) account: Lookup,
}

/// Returns the account that a deployment key belongs to, as it is configured now.
pub(super) type Lookup = Arc<dyn Fn(&DeploymentKey) -> Option<Arc<Account>> + Send + Sync>;

/// What is done wrong. `arrow` is the arrow that a message is, if it is one that is drawn.
pub(super) trait Wrong: Send + Sync {
    /// Changes a request before it is sent, and says whether it is sent at all.
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        let _ = (arrow, call);
        Deed::Send
    }

    /// Changes what a participant takes a request for, which is recorded as it came.
    fn hear(&self, arrow: Option<&Arrow>, call: &mut Call) {
        let _ = (arrow, call);
    }

    /// Changes an answer before it is sent.
    fn answer(&self, arrow: Option<&Arrow>, call: &Call, answer: &mut Answer) {
        let _ = (arrow, call, answer);
    }
}

/// What becomes of a request.
pub(super) enum Deed {
    /// It is sent.
    Send,
    /// It is sent once this has been sent.
    SendAfter(Request<Bytes>),
    /// It is not sent, and this is taken for the answer.
    Assume(Answer),
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutant").field("name", &self.name).field("sentence", &self.sentence).finish_non_exhaustive()
    }
}

impl Mutant {
    /// Returns a mutant that touches an arrow.
    pub(super) fn new<W: Wrong + 'static>(
        arrow: &Arrow,
        operator: &'static str,
        subject: &str,
        sentence: String,
        make: impl Fn(&Setting) -> W + Send + Sync + 'static,
    ) -> Self {
        let subject = if subject.is_empty() { String::new() } else { format!(":{subject}") };
        Self {
            name: format!("{}/{operator}{subject}", arrow.number),
            operator,
            arrow: arrow.number,
            participant: wrongdoer(arrow),
            sentence,
            make: Arc::new(move |setting| Box::new(make(setting))),
        }
    }

    /// Returns the interference that makes participants wrong in this way.
    pub(super) fn distortion(&self, setting: &Setting) -> Distortion {
        Distortion {
            recognition: setting.recognition.clone(),
            wrong: (self.make)(setting),
            applied: AtomicUsize::new(0),
        }
    }
}

/// Returns who sends an arrow. What is drawn as the customer's own request is Starship's to forward.
pub(super) fn wrongdoer(arrow: &Arrow) -> Participant {
    match ends_of(arrow)[0] {
        Some(Participant::Customer) | None => Participant::Starship,
        Some(participant) => participant,
    }
}

/// Does what is wrong with a mutant, and counts how often that made a difference.
pub(super) struct Distortion {
    recognition: Recognition,
    wrong: Box<dyn Wrong>,
    applied: AtomicUsize,
}

impl fmt::Debug for Distortion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Distortion").field("applied", &self.applied).finish_non_exhaustive()
    }
}

impl Distortion {
    /// Returns how many messages were changed, doubled or kept back.
    pub(super) fn applied(&self) -> usize {
        self.applied.load(Ordering::Relaxed)
    }

    fn count(&self, made_a_difference: bool) {
        self.applied.fetch_add(usize::from(made_a_difference), Ordering::Relaxed);
    }
}

impl Interference for Distortion {
    fn call(&self, hop: Hop, request: Request<Bytes>) -> Sent {
        let mut call = Call { hop, request };
        let before = call.request.clone();
        let arrow = self.recognition.of_call(&call).cloned();
        let deed = self.wrong.call(arrow.as_ref(), &mut call);
        let after = &call.request;
        let is_same = (before.method(), before.uri(), before.headers(), before.body())
            == (after.method(), after.uri(), after.headers(), after.body());
        self.count(!is_same || !matches!(deed, Deed::Send));
        match deed {
            Deed::Send => Sent::Once(call.request),
            Deed::SendAfter(first) => Sent::Both(Box::new([first, call.request])),
            Deed::Assume(answer) => Sent::Nothing(answer.response),
        }
    }

    fn hear(&self, hop: Hop, request: Request<Bytes>) -> Request<Bytes> {
        let mut call = Call { hop, request };
        let before = call.request.clone();
        let arrow = self.recognition.of_call(&call).cloned();
        self.wrong.hear(arrow.as_ref(), &mut call);
        let after = &call.request;
        self.count((before.headers(), before.body()) != (after.headers(), after.body()));
        call.request
    }

    fn answer(&self, hop: Hop, request: &Request<Bytes>, answer: Response<Bytes>) -> Response<Bytes> {
        let call = Call { hop, request: request.clone() };
        let mut answer = Answer { response: answer };
        let before = answer.response.clone();
        let arrow = self.recognition.of_answer(&call, &answer).cloned();
        self.wrong.answer(arrow.as_ref(), &call, &mut answer);
        let after = &answer.response;
        let is_same =
            (before.status(), before.headers(), before.body()) == (after.status(), after.headers(), after.body());
        self.count(!is_same);
        answer.response
    }
}

/// A wrong that lies in what is sent.
pub(super) struct OnCall<F>(pub(super) F);

impl<F: Fn(Option<&Arrow>, &mut Call) -> Deed + Send + Sync> Wrong for OnCall<F> {
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        (self.0)(arrow, call)
    }
}

/// A wrong that lies in what a request is taken for.
pub(super) struct OnHearing<F>(pub(super) F);

impl<F: Fn(Option<&Arrow>, &mut Call) + Send + Sync> Wrong for OnHearing<F> {
    fn hear(&self, arrow: Option<&Arrow>, call: &mut Call) {
        (self.0)(arrow, call);
    }
}

/// A wrong that lies in what is answered.
pub(super) struct OnAnswer<F>(pub(super) F);

impl<F: Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync> Wrong for OnAnswer<F> {
    fn answer(&self, arrow: Option<&Arrow>, call: &Call, answer: &mut Answer) {
        (self.0)(arrow, call, answer);
    }
}

/// A wrong that lies in what is sent and in what is answered.
pub(super) struct OnBoth<F, G>(pub(super) F, pub(super) G);

impl<F, G> Wrong for OnBoth<F, G>
where
    F: Fn(Option<&Arrow>, &mut Call) -> Deed + Send + Sync,
    G: Fn(Option<&Arrow>, &Call, &mut Answer) + Send + Sync,
{
    fn call(&self, arrow: Option<&Arrow>, call: &mut Call) -> Deed {
        (self.0)(arrow, call)
    }

    fn answer(&self, arrow: Option<&Arrow>, call: &Call, answer: &mut Answer) {
        (self.1)(arrow, call, answer);
    }
}

impl Setting {
    pub(super) fn of(diagram: Arc<Diagram>, account: Lookup) -> Self {
        Self { recognition: Recognition { diagram }, account }
    }
}
