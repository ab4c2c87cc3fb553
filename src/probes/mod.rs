//! Probes: properties that have to hold whatever is sent, tried on generated requests and on generated sequences of
//! refreshes, each made smaller until nothing can be left out of it.
//!
//! Every case follows from a seed and its number alone, so that any can be played again by its id. What is near to a good
//! request follows from the labels of the diagram. Nothing here prints, and no secret leaves it.

mod bodies;
mod case;
mod curl;
mod gherkin;
mod invariants;
mod model;
mod property;
mod requests;
mod result;
mod run;
mod sequence;
mod shrink;
mod target;

pub use case::{CaseId, Kind, NoCaseId};
pub use property::{Breach, Property};
pub use result::{Failure, PropertyResult, Report, Tally, Verdict};
pub use run::{Event, Options, Selected, run};
pub use target::{Target, Trouble, accounts_of_ours};
