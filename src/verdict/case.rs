//! A refresh with all that it is judged by.

use super::Visibility;
use crate::diagram::{Course, Diagram};
use crate::protocol::{AccountSid, Contract, DeploymentKey, Token};
use crate::transcript::{Redactor, Transcript};

/// What the customer knew before the refresh.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The key it sent.
    pub deployment_key: Option<DeploymentKey>,
    /// The token it presented.
    pub token: Option<Token>,
    /// The account that the key belongs to, if stated.
    pub account_sid: Option<AccountSid>,
    /// The roles that the account's customers have, if stated.
    pub roles: Option<Vec<String>>,
    /// The origin of the account's own pages, if stated.
    pub origin: Option<String>,
}

/// A refresh and what it is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The specification.
    pub diagram: &'a Diagram,
    /// The arrows that apply.
    pub course: &'a Course<'a>,
    /// What crossed.
    pub transcript: &'a Transcript,
    /// What the customer knew.
    pub given: &'a Given,
    /// Which hops are recorded.
    pub visibility: Visibility,
    /// What was stated beyond the diagram.
    pub contract: &'a Contract,
    /// The way from values to findings.
    pub redactor: &'a Redactor,
    /// Names the refresh within the run.
    pub refresh: u64,
}
