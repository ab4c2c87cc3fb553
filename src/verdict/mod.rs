//! Was that right: a transcript held against a course, giving a verdict, its evidence and its findings for each arrow.
//!
//! Sees what was recorded and what is drawn, never a service; so the same code judges a reference, a mutant and a
//! deployment. Everything here is a pure function of its arguments, the ledger of the run among them.

mod alignment;
mod binding;
mod case;
mod contract;
mod coverage;
mod finding;
mod internal;
mod judge;
mod ledger;
mod members;
mod moment;
mod observed;
mod replies;
mod requests;
mod undrawn;
mod visibility;

#[cfg(test)]
mod testing;

pub use alignment::hops_of;
pub use case::{Case, Given};
pub use coverage::{ArrowVerdict, Assertion, cover};
pub use finding::{ArrowJudgement, Evidence, Finding, Severity, Verdict};
pub use internal::{Configuration, acao_applied, account_found, configuration_applied, validated};
pub use judge::{Judgement, judge};
pub use ledger::Ledger;
pub use observed::{Half, Observation, ObservedArrow, ObservedCase, Seen, observe};
pub use undrawn::stray_findings;
pub use visibility::Visibility;
