//! Was that right: a transcript held against a course, giving a verdict, its evidence and its findings for each arrow.
//!
//! Sees what was recorded and what is drawn, never a service; so the same code judges a reference, a mutant and a
//! deployment. Everything here is a pure function of its arguments. What binds for a whole run is claimed while refreshes
//! are judged, and settled afterwards.

mod acao;
mod alignment;
mod attribution;
mod binding;
mod case;
mod client_attributes;
mod contract;
mod coverage;
mod finding;
mod inference;
mod internal;
mod judge;
mod judgement;
mod ledger;
mod members;
mod moment;
mod observed;
mod replies;
mod requests;
mod undrawn;
mod visibility;
mod whole_reply;

#[cfg(test)]
mod testing;

pub use acao::{AllowedOrigins, acao_applied};
pub use alignment::{ends_of, hops_of};
pub use attribution::{follow, follow_others, not_crossed};
pub use case::{Case, Given, MadeFor, Provenance, UnderTest};
pub use client_attributes::lost_attributes;
pub use coverage::{ArrowVerdict, Assertion, cannot_be_seen, cover};
pub use finding::{Defect, Finding, Severity};
pub use internal::{Configuration, account_found, configuration_applied, validated};
pub use judge::judge;
pub use judgement::{ArrowJudgement, Evidence, Judgement, Verdict};
pub use ledger::{Claim, Contradiction, Ledger};
pub use observed::{Half, Observation, ObservedArrow, ObservedCase, Seen, observe};
pub use undrawn::stray_findings;
pub use visibility::Visibility;
