//! The catalogue: every mutant that a diagram gives rise to. A changed diagram has other mutants.

use std::sync::Arc;

use super::behaviours::of_action;
use super::drawn::of_label;
use super::mutant::Mutant;
use super::recognition::Recognition;
use super::repetition::of_arrow;
use crate::diagram::Diagram;

/// Returns the mutants of every arrow, in the order of the arrows.
pub fn catalogue(diagram: &Arc<Diagram>) -> Vec<Mutant> {
    let recognition = Recognition { diagram: Arc::clone(diagram) };
    let of_one = |arrow| [of_label(diagram, arrow), of_arrow(&recognition, arrow), of_action(arrow)].concat();
    diagram.arrows().iter().flat_map(of_one).collect()
}
