//! The catalogue: every mutant that a diagram gives rise to, arrow by arrow. A changed diagram has other mutants.

use std::sync::Arc;

use super::comparisons::{of_fingerprint, of_lists};
use super::forwarding::of_forwarding;
use super::internal_actions::of_action;
use super::members::{of_members, of_members_drawn_elsewhere};
use super::mutant::{Mutant, wrongdoer};
use super::recognition::Recognition;
use super::refusals::of_refusal;
use super::stale_values::{is_new_each_time, of_replay, of_stale_member};
use super::whole_messages::{of_reply, of_request};
use crate::diagram::{Arrow, Diagram, Meaning};
use crate::protocol::Participant;

/// Returns the mutants of every arrow, in the order of the arrows.
pub fn catalogue(diagram: &Arc<Diagram>) -> Vec<Mutant> {
    let recognition = Recognition { diagram: Arc::clone(diagram) };
    let of_one = |arrow| [of_label(diagram, arrow), of_crossing(&recognition, arrow), of_action(arrow)].concat();
    diagram.arrows().iter().flat_map(of_one).collect()
}

/// Returns the mutants that follow from the label of one arrow.
fn of_label(diagram: &Arc<Diagram>, arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants = of_members(arrow);
    mutants.extend(of_members_drawn_elsewhere(diagram, arrow));
    match &arrow.meaning {
        Meaning::Request(label) => mutants.extend(of_request(arrow, label)),
        Meaning::Reply(_) => mutants.extend(of_reply(diagram, arrow)),
        Meaning::Action(_) | Meaning::Prose(_) => {}
    }
    mutants
}

/// Returns the mutants that show only in what crosses an arrow in several refreshes, or besides what is drawn on it.
fn of_crossing(recognition: &Recognition, arrow: &Arrow) -> Vec<Mutant> {
    let mut mutants: Vec<Mutant> = arrow.members().iter().flat_map(|member| of_stale_member(arrow, member)).collect();
    mutants.extend(of_lists(arrow));
    mutants.extend(of_fingerprint(arrow));
    match &arrow.meaning {
        Meaning::Request(_) if wrongdoer(arrow) == Participant::Starship => mutants.extend(of_forwarding(arrow)),
        Meaning::Request(_) | Meaning::Action(_) | Meaning::Prose(_) => {}
        Meaning::Reply(_) if arrow.members().iter().any(is_new_each_time) => mutants.extend(of_replay(arrow)),
        Meaning::Reply(_) => mutants.extend(of_refusal(recognition, arrow)),
    }
    mutants
}
