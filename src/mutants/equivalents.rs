//! The mutants that cannot be told from the reference, each with the argument why.

use serde::Deserialize;

use super::trial::Vantage;

/// What comes with hopcheck.
const BUILT_IN: &str = include_str!("../../fixtures/mutants/equivalent.toml");

/// Mutants that nobody could tell from a participant that is right.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalents {
    equivalent: Vec<Equivalent>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Equivalent {
    mutants: Vec<String>,
    view: Option<View>,
    because: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum View {
    Full,
    Edge,
}

/// Returns the equivalents that come with hopcheck.
///
/// # Errors
///
/// None, unless hopcheck was built with a file that cannot be read.
pub fn built_in_equivalents() -> Result<Equivalents, toml::de::Error> {
    toml::from_str(BUILT_IN)
}

impl Equivalents {
    /// Returns why a mutant of this name cannot be told from the reference, if it cannot.
    pub fn argument(&self, name: &str, vantage: Vantage) -> Option<&str> {
        let fits = |equivalent: &&Equivalent| {
            equivalent.view.is_none_or(|view| (view == View::Edge) == (vantage == Vantage::Edge))
                && equivalent.mutants.iter().any(|pattern| is_like(name, pattern))
        };
        self.equivalent.iter().find(fits).map(|equivalent| equivalent.because.as_str())
    }

    /// Returns the names and patterns that none of these names is like.
    pub fn unused<'e>(&'e self, names: &[&str]) -> Vec<&'e str> {
        let patterns = self.equivalent.iter().flat_map(|equivalent| &equivalent.mutants);
        patterns.map(String::as_str).filter(|pattern| !names.iter().any(|name| is_like(name, pattern))).collect()
    }
}

/// Returns whether a name is a pattern, in which a `*` stands for anything.
pub(super) fn is_like(name: &str, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return name == pattern };
    let Some(rest) = name.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| is_like(&rest[at..], after))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalogue;
    use super::*;
    use crate::diagram::Diagram;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(is_like("10/null:a.b", "10/null:a.b") && is_like("10/null:a.b", "10/*") && is_like("10/n", "*/n"));
        assert!(is_like("10/null:a.b", "10/*:*.b") && is_like("10/null:a.b", "*"));
        assert!(!is_like("10/null", "1/*") && !is_like("10/null:a", "10/*:b") && !is_like("10/null", "10/nul"));
    }

    #[test]
    fn every_argument_is_about_a_mutant_that_there_is() {
        let mutants = catalogue(&Arc::new(Diagram::built_in().unwrap()));
        let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
        assert_eq!(built_in_equivalents().unwrap().unused(&names), Vec::<&str>::new());
    }
}
