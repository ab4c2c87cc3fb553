//! A connector: the line and head between two lifelines, such as `->>`.

use std::ops::Range;

/// Every connector Mermaid draws, each before those it begins with: half arrows, both ways, heads, crosses, open ends.
const CONNECTORS: [&str; 26] = [
    "--|\\", "--|/", "--\\\\", "--//", "/|--", "\\|--", "//--", "\\\\--", "-|\\", "-|/", "-\\\\", "-//", "/|-", "\\|-",
    "//-", "\\\\-", "<<-->>", "<<->>", "-->>", "->>", "-->", "->", "--x", "-x", "--)", "-)",
];

/// Returns where the first connector of a statement stands; a label is not searched.
pub(super) fn find(statement: &str) -> Option<Range<usize>> {
    let head = statement.split(':').next().unwrap_or_default();
    head.char_indices().find_map(|(at, _)| {
        let connector = CONNECTORS.into_iter().find(|connector| head[at..].starts_with(connector))?;
        Some(at..at + connector.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connector_is_found_whole() {
        for connector in CONNECTORS {
            for statement in [format!("A{connector}B: x"), format!("my-é {connector} B")] {
                let found = find(&statement).map(|range| &statement[range]);
                assert_eq!(found, Some(connector), "{statement}");
            }
        }
    }

    #[test]
    fn a_connector_in_a_label_is_not_one() {
        assert_eq!(find("Note over A: then -> this"), None);
        assert_eq!(find("A: ->> B"), None);
        assert_eq!(find("a-b"), None);
    }
}
