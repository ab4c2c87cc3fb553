//! The scenarios: Gherkin features, the steps they are written in, and the runner that plays them with cucumber.

mod creation;
mod customer;
mod drawn;
mod lint;
mod occupancy;
mod on_threads;
mod parameters;
mod preparation;
mod readiness;
mod record;
mod refresh;
mod routes;
mod run;
mod runner;
mod scripted;
mod stand_in;
mod step_list;
mod steps;
mod suite;
mod toggle;
mod world;

pub use lint::{Complaint, lint, unasserted};
pub use on_threads::on_threads;
pub use readiness::check_readiness;
pub use record::{Halt, Record};
pub use routes::drawn_routes;
pub use run::Run;
pub use runner::{Options, play};
pub use step_list::{StepDefinition, parameter_words, step_definitions};
pub use suite::{FeatureFile, Scenario, Selection, SelectionError, Suite, built_in_features};
pub use world::Stage;
