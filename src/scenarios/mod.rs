//! The scenarios: Gherkin features, the steps they are written in, and the runner that plays them with cucumber.

mod apart;
mod counterparts;
mod customer;
mod drawn;
mod gherkin;
mod lint;
mod occupancy;
mod on_threads;
mod parameters;
mod preparation;
mod readiness;
mod record;
mod recovery;
mod refresh;
mod run;
mod runner;
mod scripted;
mod settlement;
mod stand_in;
mod step_list;
mod steps;
mod suite;
mod toggle;
mod world;

pub use apart::{Playing, play_apart};
pub use lint::{Complaint, claimed, lint, unasserted};
pub use on_threads::on_threads;
pub use readiness::check_readiness;
pub use record::{Halt, Record};
pub use run::Run;
pub use runner::{Options, play};
pub use settlement::Settlement;
pub use step_list::{StepDefinition, parameter_words, step_definitions};
pub use suite::{FeatureFile, Scenario, Selection, SelectionError, Suite, built_in_features};
pub use world::Stage;
