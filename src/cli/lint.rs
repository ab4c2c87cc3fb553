//! `hopcheck lint`: whether the features and the diagram fit together.

use super::arguments;
use super::exit::{Exit, Failure};
use super::inputs;
use super::output::print;
use crate::scenarios::lint as complaints_of;

pub(super) fn lint(arguments: &arguments::Lint) -> Result<Exit, Failure> {
    let diagram = inputs::examined(arguments.sources.diagram.as_deref())?;
    let suite = inputs::suite(&arguments.sources)?;
    let warnings = diagram.warnings();
    let complaints = complaints_of(&diagram, &suite);
    for warning in &warnings {
        print(&format!("{warning}\n\n"));
    }
    for complaint in &complaints {
        print(&format!("{complaint}\n"));
    }
    let features = suite.scenarios().len();
    let arrows = diagram.arrows().len();
    let prose = match diagram.arrows().iter().filter(|arrow| arrow.is_prose()).count() {
        0 => String::new(),
        prose => format!(" ({prose} of them prose)"),
    };
    print(&format!(
        "{arrows} arrows{prose}, {} branches, {features} scenarios: {} odd in the diagram, {} off between diagram and features\n",
        diagram.blocks().len(),
        warnings.len(),
        complaints.len()
    ));
    Ok(if warnings.is_empty() && complaints.is_empty() { Exit::Conforms } else { Exit::Deviates })
}
