//! `hopcheck list`: the scenarios, the steps and the arrows that there are.

use std::fmt::Write as _;

use super::arguments::{List, Listed};
use super::exit::{Exit, Failure};
use super::explain::topologies;
use super::inputs;
use super::output::print;
use crate::diagram::Diagram;
use crate::scenarios::{Suite, parameter_words, step_definitions};

pub(super) fn list(arguments: &List) -> Result<Exit, Failure> {
    let text = match arguments.what {
        Listed::Scenarios => scenarios(&inputs::suite(&arguments.sources)?),
        Listed::Steps => steps(),
        Listed::Topologies => topologies(&inputs::diagram(arguments.sources.diagram.as_deref())?),
        Listed::Arrows => {
            let refresh = inputs::diagram(arguments.sources.diagram.as_deref())?;
            let creation = inputs::creation(arguments.sources.create_diagram.as_deref())?;
            format!("{}\n{}", arrows(&refresh, ""), arrows(&creation, "create/"))
        }
    };
    print(&text);
    Ok(Exit::Conforms)
}

fn scenarios(suite: &Suite) -> String {
    let mut text = String::new();
    let mut feature = "";
    let width = suite.scenarios().iter().map(|scenario| scenario.address.len()).max().unwrap_or_default();
    for scenario in suite.scenarios() {
        if scenario.feature != feature {
            feature = &scenario.feature;
            let _ = writeln!(text, "{}{feature}", if text.is_empty() { "" } else { "\n" });
        }
        let _ = write!(text, "  {:width$}  {}", scenario.address, scenario.name);
        for tag in &scenario.tags {
            let _ = write!(text, "  @{tag}");
        }
        text.push('\n');
    }
    text
}

fn steps() -> String {
    let mut text = String::new();
    let mut concept = "";
    for step in step_definitions() {
        if step.concept != concept {
            concept = step.concept;
            let _ = writeln!(text, "{}{concept}", if text.is_empty() { "" } else { "\n" });
        }
        let _ = writeln!(text, "  {:5} {}\n          {}", step.keyword, step.text, step.meaning);
    }
    text.push_str("\nwhat may stand for a parameter\n");
    for (parameter, words) in parameter_words() {
        let _ = writeln!(text, "  {{{parameter}}}\n          {}", words.join(" | "));
    }
    text
}

fn arrows(diagram: &Diagram, flow: &str) -> String {
    let mut text = String::new();
    let mut block = None;
    for arrow in diagram.arrows() {
        if arrow.block != block {
            block = arrow.block;
            let label = block.and_then(|index| diagram.blocks().get(index)).map_or("always", |block| &block.label);
            let _ = writeln!(text, "{}{label}", if text.is_empty() { "" } else { "\n" });
        }
        let ends = if arrow.is_internal() { arrow.from.clone() } else { format!("{} → {}", arrow.from, arrow.to) };
        let address = format!("{flow}{}", arrow.number);
        let width = flow.len() + 2;
        let _ = writeln!(text, "  {address:>width$}  {}:{}  {ends}: {}", diagram.file(), arrow.line, arrow.text);
    }
    text
}
