//! A script: what a stand-in is told to do, and why it may be impossible.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use wiremock::http::{HeaderName, HeaderValue};
use wiremock::{MockServer, Respond};

use super::branch::Branch;
use super::exchange::Exchange;
use super::standin::{Answer, StandIn};
use super::values::{Values, is_same};
use crate::diagnostic::Diagnostic;
use crate::diagram::{Diagram, Feature, Kind, Name};
use crate::protocol::{Contract, Participant};

/// A stand-in for a service that finds a token valid or not, still to be told which.
#[derive(Debug, Clone, Copy)]
pub struct Validator(pub(super) Participant);

/// A stand-in for a service that answers with a new token or a refusal, still to be told which.
#[derive(Debug, Clone, Copy)]
pub struct Refresher(pub(super) Participant);

impl Validator {
    /// Finds token and fingerprint valid, as arrow 10 draws it.
    pub fn authorizes(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::Valid))
    }

    /// Finds the fingerprint invalid, as arrow 16 draws it. A request without one is not expected.
    pub fn refuses_fingerprint(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::InvalidFingerprint))
    }

    /// Finds the token invalid, as arrow 22 draws it.
    pub fn refuses_token(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::InvalidToken))
    }

    /// Answers every request that is drawn in any branch with a reply of your own.
    pub fn answers(self, reply: impl Respond + 'static) -> Script {
        Script::new(self.0, Chosen::Own(Arc::new(reply)))
    }
}

impl Refresher {
    /// Answers with a new token, as arrows 11 and 12 draw it.
    pub fn refreshes(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::Valid))
    }

    /// Refuses because of the fingerprint, as arrows 17 and 18 draw it.
    pub fn refuses_fingerprint(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::InvalidFingerprint))
    }

    /// Refuses because of the token, as arrows 23 and 24 draw it.
    pub fn refuses_token(self) -> Script {
        Script::new(self.0, Chosen::Drawn(Branch::InvalidToken))
    }

    /// Answers every request that is drawn in any branch with a reply of your own.
    pub fn answers(self, reply: impl Respond + 'static) -> Script {
        Script::new(self.0, Chosen::Own(Arc::new(reply)))
    }
}

/// What a stand-in is to do. Nothing happens before it is mounted.
#[derive(Debug, Clone)]
#[must_use = "a script is played once it is mounted"]
pub struct Script {
    participant: Participant,
    chosen: Chosen,
    diagram: Option<Diagram>,
    feature: Option<Feature>,
    given: Vec<(Name, Value)>,
    supposed: Vec<(Name, Value)>,
    stated: Contract,
    status: Option<u16>,
    headers: Vec<(String, String)>,
}

/// Where the replies come from.
#[derive(Clone)]
enum Chosen {
    Drawn(Branch),
    Own(Arc<dyn Respond>),
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn(branch) => branch.fmt(f),
            Self::Own(_) => f.write_str("Own(…)"),
        }
    }
}

impl Script {
    fn new(participant: Participant, chosen: Chosen) -> Self {
        Self {
            participant,
            chosen,
            diagram: None,
            feature: None,
            given: Vec::new(),
            supposed: Vec::new(),
            stated: Contract::default(),
            status: None,
            headers: Vec::new(),
        }
    }

    /// Follows this diagram instead of the built-in one.
    pub fn drawn_in(self, diagram: &Diagram) -> Self {
        Self { diagram: Some(diagram.clone()), ..self }
    }

    /// Expects only what is drawn with the feature on, or only what is drawn with it off, instead of either.
    pub fn with_feature(self, feature: Feature) -> Self {
        Self { feature: Some(feature), ..self }
    }

    /// Gives a name that the reply draws its value, such as `grants_array`. The account is the same under all its names.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.given.push((Name::new(name), value.into()));
        self
    }

    /// Gives a name its value wherever a reply draws it, and is content where none does.
    pub fn supposing(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.supposed.push((Name::new(name), value.into()));
        self
    }

    /// Answers with the codes and statuses that are stated of a deployment, so that its services know them.
    pub fn as_stated(self, contract: &Contract) -> Self {
        Self { stated: contract.clone(), ..self }
    }

    /// Answers with this status. The diagram draws none; unless told otherwise it is that of the reference participant.
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Adds a header to the reply, such as the `access-control-allow-origin` that arrow 13 passes through.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Mounts the stand-in on a server of yours, and returns what it will tell of the requests that come.
    ///
    /// Mocks that you mount there yourself, at the usual priority, are asked before it says that a request is unexpected.
    ///
    /// # Errors
    ///
    /// Returns why there is nothing to do: the diagram does not draw the request, the reply or a name that got a value.
    pub async fn mount(self, server: &MockServer) -> Result<StandIn, CannotStandIn> {
        let stand_in = self.prepare()?;
        stand_in.mount(server).await;
        Ok(stand_in)
    }

    /// Returns the stand-in without mounting it, so that you can do so with [`StandIn::mocks`].
    ///
    /// # Errors
    ///
    /// As [`mount`](Self::mount).
    pub fn prepare(self) -> Result<StandIn, CannotStandIn> {
        let diagram = match self.diagram {
            Some(diagram) => diagram,
            None => Diagram::built_in()?,
        };
        let branch = match &self.chosen {
            Chosen::Drawn(branch) => Some(*branch),
            Chosen::Own(_) => None,
        };
        let exchanges = Exchange::drawn(&diagram, self.participant, branch, self.feature)?;
        let answer = match self.chosen {
            Chosen::Own(reply) => {
                let told_more = self.status.is_some() || !self.headers.is_empty() || !self.given.is_empty();
                if told_more {
                    return Err(CannotStandIn::OwnReply);
                }
                Answer::Own(reply)
            }
            Chosen::Drawn(branch) => {
                check_names(&self.given, &exchanges)?;
                let given = [self.given, self.supposed, stated_codes(branch, &self.stated, &exchanges)].concat();
                Answer::Drawn {
                    values: Values { given, branch },
                    status: status(self.status.unwrap_or_else(|| branch.status(self.participant, &self.stated)))?,
                    headers: self.headers.iter().map(header).collect::<Result<_, _>>()?,
                }
            }
        };
        Ok(StandIn::new(self.participant, exchanges, answer))
    }
}

/// Complains about the first name that got a value although no reply draws it.
pub(super) fn check_names(given: &[(Name, Value)], exchanges: &[Exchange]) -> Result<(), CannotStandIn> {
    let mut drawn: Vec<&Name> = Vec::new();
    for name in exchanges.iter().flat_map(Exchange::reply_names) {
        if !drawn.contains(&name) {
            drawn.push(name);
        }
    }
    match given.iter().find(|(given, _)| !drawn.iter().any(|name| is_same(name, given))) {
        Some((name, _)) => {
            let drawn = drawn.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Err(CannotStandIn::NoName { name: name.text.clone(), drawn })
        }
        None => Ok(()),
    }
}

/// Returns every code that a reply draws with its value, where that is stated.
fn stated_codes(branch: Branch, stated: &Contract, exchanges: &[Exchange]) -> Vec<(Name, Value)> {
    let Some(code) = branch.stated_code(stated) else { return Vec::new() };
    let drawn = exchanges.iter().flat_map(Exchange::reply_names).filter(|name| name.kind == Kind::Code);
    drawn.map(|name| (name.clone(), code.clone())).collect()
}

fn status(status: u16) -> Result<u16, CannotStandIn> {
    if (200..=599).contains(&status) { Ok(status) } else { Err(CannotStandIn::Status(status)) }
}

fn header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), CannotStandIn> {
    match (name.parse(), value.parse()) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(CannotStandIn::Header(name.clone())),
    }
}

/// Why a stand-in cannot do what it is told.
#[derive(Debug, thiserror::Error)]
pub enum CannotStandIn {
    /// The built-in diagram cannot be read.
    #[error(transparent)]
    Diagram(#[from] Diagnostic),
    /// Nobody asks the participant anything.
    #[error("{file} draws no request to {}", participant.drawn_name())]
    NoRequest {
        /// The participant.
        participant: Participant,
        /// The diagram.
        file: String,
    },
    /// The participant is asked, and never answers in this way.
    #[error("{file} draws no complete reply with which {} {}", participant.drawn_name(), deed.replace('-', " the "))]
    NoReply {
        /// The participant.
        participant: Participant,
        /// What it was to do, such as `refuses-token`.
        deed: &'static str,
        /// The diagram.
        file: String,
    },
    /// A name got a value that stands in no reply.
    #[error("no reply draws a name `{name}`\nhint: the names are {drawn}")]
    NoName {
        /// The name.
        name: String,
        /// The names there are.
        drawn: String,
    },
    /// The number is no status of a final reply.
    #[error("{0} is no status: expected 200 to 599")]
    Status(u16),
    /// The name or the value cannot be those of a header.
    #[error("`{0}` and its value cannot be a header")]
    Header(String),
    /// A reply of one's own was given, and values for a drawn one too.
    #[error("a reply of your own takes neither names nor status nor headers\nhint: give them to the reply")]
    OwnReply,
}
