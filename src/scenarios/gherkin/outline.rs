//! An outline, written out: a scenario for each row of its Examples.

use cucumber::gherkin::{Examples, LineCol, Scenario};

/// Examples, and where each row of their table stands, its head first.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) examples: Examples,
    pub(super) places: Vec<LineCol>,
}

/// Returns the scenario of each row. What stands in angle brackets and names no column stays as it is.
pub(super) fn written_out(outline: &Scenario, all: &[Rows]) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for Rows { examples, places } in all {
        let Some((head, rows)) = examples.table.as_ref().and_then(|table| table.rows.split_first()) else { continue };
        for (row, place) in rows.iter().zip(places.iter().skip(1)) {
            let mut scenario = outline.clone();
            scenario.position = *place;
            scenario.tags.extend(examples.tags.iter().cloned());
            for text in texts_of(&mut scenario) {
                for (column, value) in head.iter().zip(row) {
                    *text = text.replace(&format!("<{column}>"), value);
                }
            }
            scenarios.push(scenario);
        }
    }
    scenarios
}

/// Returns what stands in angle brackets, names no column, and is so near to one that it was probably meant to, with that
/// column. Words of a markup language are no columns.
pub(super) fn nearly_columns(outline: &Scenario, head: &[String]) -> Option<(String, String)> {
    let mut outline = outline.clone();
    for text in texts_of(&mut outline) {
        for (at, _) in text.match_indices('<') {
            let Some((name, _)) = text[at + 1..].split_once('>') else { continue };
            if head.iter().any(|column| column == name) {
                continue;
            }
            if let Some(column) = head.iter().find(|column| is_near(name, column)) {
                return Some((format!("<{name}>"), column.clone()));
            }
        }
    }
    None
}

fn is_near(name: &str, column: &str) -> bool {
    let most = column.chars().count().min(name.chars().count()) / 4;
    name.trim() == column || strsim::damerau_levenshtein(name, column) <= most
}

fn texts_of(scenario: &mut Scenario) -> impl Iterator<Item = &mut String> {
    let steps = scenario.steps.iter_mut().flat_map(|step| {
        let cells = step.table.iter_mut().flat_map(|table| table.rows.iter_mut().flatten());
        [&mut step.value].into_iter().chain(step.docstring.iter_mut()).chain(cells)
    });
    [&mut scenario.name].into_iter().chain(steps)
}
