//! What crossed, as reported: each exchange of a transcript, redacted.

use serde::{Deserialize, Serialize};

use crate::transcript::{Exchange, Outcome, Redactor, Transcript};

/// An exchange as reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeReport {
    /// Who called whom.
    pub hop: String,
    /// Method and path.
    pub request: String,
    /// The request's body.
    pub request_body: String,
    /// The reply's status.
    pub status: Option<u16>,
    /// The values of the reply's ACAO headers.
    pub acao: Vec<String>,
    /// The reply's body, or why there is none.
    pub reply: String,
}

/// Returns a transcript as reported.
pub fn shown(transcript: &Transcript, redactor: &Redactor) -> Vec<ExchangeReport> {
    transcript.exchanges.iter().map(|exchange| shown_exchange(exchange, redactor)).collect()
}

fn shown_exchange(exchange: &Exchange, redactor: &Redactor) -> ExchangeReport {
    let reply = match &exchange.outcome {
        Outcome::Replied(reply) => redactor.body(&reply.body),
        Outcome::Failed(reason) => redactor.text(reason),
        Outcome::Pending => "no reply before the refresh ended".to_owned(),
    };
    let acao = exchange
        .reply()
        .map(|reply| reply.header_values("access-control-allow-origin").map(|value| redactor.text(value)).collect());
    ExchangeReport {
        hop: exchange.hop.to_string(),
        request: redactor.request_line(&exchange.request),
        request_body: redactor.body(&exchange.request.body),
        status: exchange.reply().map(|reply| reply.status),
        acao: acao.unwrap_or_default(),
        reply,
    }
}
