//! Refreshes as the API tells them and the page shows them: everything in them has passed the redactor.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::history::{Outcome, PastCall};
use super::redaction::Redaction;
use crate::protocol::Hop;
use crate::transcript::{self, Body, Call, Exchange, Purpose, Redactor, SecretKind};
use crate::verdict::{Finding, Verdict};

/// What a customer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Refresh,
    Creation,
}

/// Whether a refresh has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    #[serde(rename = "under way")]
    UnderWay,
    #[serde(rename = "ended")]
    Ended,
}

/// A refresh in a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SummaryView {
    pub(super) id: u64,
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) outcome: Option<Outcome>,
    pub(super) at: String,
    pub(super) took_ms: Option<f64>,
    pub(super) account: Option<String>,
    pub(super) deployment_key: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) code: Option<Value>,
    pub(super) course: Option<String>,
    pub(super) not_judged: Option<String>,
    pub(super) deviates: bool,
    pub(super) faults: Vec<String>,
}

/// An arrow of the diagram, as a refresh crossed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ArrowView {
    pub(super) number: usize,
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
    /// The place of its exchange.
    pub(super) exchange: Option<usize>,
}

/// A request and its reply.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ExchangeView {
    hop: String,
    from: String,
    to: String,
    request: String,
    request_headers: Vec<(String, String)>,
    request_body: String,
    status: Option<u16>,
    reply_headers: Vec<(String, String)>,
    reply_body: Option<String>,
    failure: Option<String>,
    took_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<ClaimsView>,
}

/// What the tokens of an exchange say of themselves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ClaimsView {
    request: Map<String, Value>,
    reply: Map<String, Value>,
}

/// A refresh with the arrows it crossed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RefreshView {
    #[serde(flatten)]
    pub(super) summary: SummaryView,
    pub(super) arrows: Vec<ArrowView>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) exchanges: Vec<ExchangeView>,
}

/// Returns a call in a line, still without what the diagram says of it.
pub(super) fn summary(call: &Call, outcome: Option<Outcome>, redactor: &Redactor) -> SummaryView {
    let first = call.transcript.exchanges.first();
    let reply = first.and_then(Exchange::reply);
    SummaryView {
        id: call.id.number(),
        kind: match call.purpose {
            Purpose::Refresh => Kind::Refresh,
            Purpose::Creation => Kind::Creation,
        },
        state: if outcome.is_some() { State::Ended } else { State::UnderWay },
        outcome,
        at: first.map(|exchange| moment(exchange.at.into())).unwrap_or_default(),
        took_ms: first.and_then(took_ms),
        account: call.keys.account.as_ref().map(|account| redactor.text(account)),
        deployment_key: call.keys.deployment_key.as_ref().map(|key| redactor.pseudonym(key, SecretKind::DeploymentKey)),
        status: reply.map(|reply| reply.status),
        code: reply.and_then(|reply| reply.body.member(&["code"])).map(|code| redactor.json(code)),
        course: None,
        not_judged: None,
        deviates: false,
        faults: call.faults.clone(),
    }
}

/// Returns a call with everything recorded of it, as it is written to the journal's file.
pub(super) fn recorded(kept: &PastCall, redaction: &Redaction) -> RefreshView {
    let redactor = redaction.redactor_for(&kept.call);
    RefreshView {
        summary: summary(&kept.call, Some(kept.outcome), &redactor),
        arrows: Vec::new(),
        exchanges: exchanges(&kept.call, &redactor),
    }
}

/// Returns the exchanges of a call.
pub(super) fn exchanges(call: &Call, redactor: &Redactor) -> Vec<ExchangeView> {
    call.transcript.exchanges.iter().map(|exchange| exchange_shown(exchange, redactor)).collect()
}

fn exchange_shown(exchange: &Exchange, redactor: &Redactor) -> ExchangeView {
    let headers = |headers: &[(String, String)]| {
        headers.iter().map(|(name, value)| (redactor.text(name), redactor.header(name, value))).collect()
    };
    let reply = exchange.reply();
    ExchangeView {
        hop: key_of(exchange.hop).to_owned(),
        from: exchange.hop.caller().name().to_owned(),
        to: exchange.hop.callee().name().to_owned(),
        request: redactor.request_line(&exchange.request),
        request_headers: headers(&exchange.request.headers),
        request_body: redactor.body(&exchange.request.body),
        status: reply.map(|reply| reply.status),
        reply_headers: reply.map(|reply| headers(&reply.headers)).unwrap_or_default(),
        reply_body: reply.map(|reply| redactor.body(&reply.body)),
        failure: match &exchange.outcome {
            transcript::Outcome::Failed(reason) => Some(redactor.text(reason)),
            transcript::Outcome::Replied(_) | transcript::Outcome::Pending => None,
        },
        took_ms: took_ms(exchange),
        claims: claims(exchange, redactor),
    }
}

fn claims(exchange: &Exchange, redactor: &Redactor) -> Option<ClaimsView> {
    let of = |body: &Body| {
        let claims = body.text("token").and_then(|token| transcript::claims(token, redactor));
        claims.map(|claims| [("token".to_owned(), claims)].into_iter().collect::<Map<_, _>>())
    };
    let (request, reply) = (of(&exchange.request.body), exchange.reply().and_then(|reply| of(&reply.body)));
    (request.is_some() || reply.is_some())
        .then(|| ClaimsView { request: request.unwrap_or_default(), reply: reply.unwrap_or_default() })
}

/// Returns the name of a hop: that of who is called.
pub(super) fn key_of(hop: Hop) -> &'static str {
    hop.callee().key()
}

fn moment(moment: OffsetDateTime) -> String {
    let to_the_millisecond = moment.replace_nanosecond(u32::from(moment.millisecond()) * 1_000_000).unwrap_or(moment);
    to_the_millisecond.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}

#[expect(clippy::cast_precision_loss, reason = "no call lasts the centuries at which microseconds lose precision")]
fn took_ms(exchange: &Exchange) -> Option<f64> {
    exchange.took.map(|took| took.as_micros() as f64 / 1000.0)
}
