//! One request and its response on a hop, as recorded, and the transcript they make up. Judges nothing.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::Body;
use crate::protocol::Hop;

/// A request as the called participant received it, or as the customer sent it. Its `Debug` shows no value of it.
#[derive(Clone, Default)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// Names in lower case, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("body", &self.body).finish_non_exhaustive()
    }
}

impl Request {
    /// Returns the first value of a header, by its name in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        header_values(&self.headers, name).next()
    }
}

/// The answer to a request. Its `Debug` shows no header.
#[derive(Clone, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).field("body", &self.body).finish_non_exhaustive()
    }
}

impl Reply {
    /// Returns every value of a header, by its name in lower case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        header_values(&self.headers, name)
    }
}

fn header_values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(header, _)| header == name).map(|(_, value)| value.as_str())
}

/// How a request ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// With a reply.
    Replied(Reply),
    /// Without one, for the reason given in words: refused, reset, timed out, broken off.
    Failed(String),
    /// Not yet, when the transcript was closed.
    Pending,
}

/// One request and its response on a hop.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Where it crossed.
    pub hop: Hop,
    /// Its request's place in the order of everything recorded.
    pub began: u64,
    /// Its reply's place in that order, if there was one.
    pub ended: Option<u64>,
    /// When the request was recorded.
    pub at: SystemTime,
    /// From the request to the end of the reply.
    pub took: Option<Duration>,
    /// The request.
    pub request: Request,
    /// The reply, or why there is none.
    pub outcome: Outcome,
}

impl Exchange {
    /// Returns the reply, if there was one.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.outcome {
            Outcome::Replied(reply) => Some(reply),
            Outcome::Failed(_) | Outcome::Pending => None,
        }
    }
}

/// The exchanges of one refresh, in the order in which their requests crossed.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// In order of their requests.
    pub exchanges: Vec<Exchange>,
}

impl Transcript {
    /// Returns the exchanges on a hop, in order.
    pub fn on(&self, hop: Hop) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(move |exchange| exchange.hop == hop)
    }

    /// Returns the first exchange on a hop.
    pub fn first_on(&self, hop: Hop) -> Option<&Exchange> {
        self.on(hop).next()
    }

    /// Returns the reply that the customer received.
    pub fn customer_reply(&self) -> Option<&Reply> {
        self.first_on(Hop::Edge)?.reply()
    }
}
