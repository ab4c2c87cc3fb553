//! A keyword: the word that says what kind of statement a line is.

const KEYWORDS: [&str; 29] = [
    "accDescr",
    "accTitle",
    "activate",
    "actor",
    "alt",
    "and",
    "autonumber",
    "box",
    "break",
    "create",
    "critical",
    "deactivate",
    "destroy",
    "details",
    "else",
    "end",
    "link",
    "links",
    "loop",
    "note",
    "opt",
    "option",
    "par",
    "par_over",
    "participant",
    "properties",
    "rect",
    "sequenceDiagram",
    "title",
];

/// Those that are also read as the id of a lifeline, where an arrow follows them.
const MENUS: [&str; 4] = ["details", "link", "links", "properties"];

/// Returns the keyword that a statement begins with, in whatever case it is written.
pub(super) fn leading(statement: &str) -> Option<&'static str> {
    let length = statement.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(statement.len());
    let (word, after) = statement.split_at(length);
    let keyword = KEYWORDS.into_iter().find(|keyword| keyword.eq_ignore_ascii_case(word))?;
    let after_space = after.trim_start();
    let stands_alone = after.is_empty() || after_space.len() < after.len() || after.starts_with([':', '{', '%']);
    let starts_arrow = MENUS.contains(&keyword) && !after_space.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (stands_alone && !starts_arrow).then_some(keyword)
}

/// Returns the word of `known` that `word` was probably meant to be.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Longer words are no typing errors, and the distance takes the product of the lengths to compute.
    if word.chars().count() > 40 {
        return None;
    }
    let lower = word.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let candidates = known.into_iter().filter(|known| known.len() <= 40).map(|known| (distance(known), known));
    let (distance, nearest) = candidates.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2 && distance * 2 < lower.chars().count().max(3)).then_some(nearest)
}

/// Returns the keyword that a word was probably meant to be.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    nearest(word, KEYWORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_a_whole_word_in_any_case() {
        assert_eq!(leading("OPT Feature is on"), Some("opt"));
        assert_eq!(leading("par_over x"), Some("par_over"));
        assert_eq!(leading("title: x"), Some("title"));
        assert_eq!(leading("accDescr{ x }"), Some("accDescr"));
        assert_eq!(leading("end"), Some("end"));
        for other in ["options", "end-user ->> B: x", "paré", "Link ->> B: x", "links: x", "", "é"] {
            assert_eq!(leading(other), None, "{other}");
        }
    }

    #[test]
    fn a_typing_error_is_recognised_and_other_words_are_not() {
        assert_eq!(meant("partcipant"), Some("participant"));
        assert_eq!(meant("Activte"), Some("activate"));
        assert_eq!(meant("ende"), Some("end"));
        assert_eq!(meant("customer"), None);
        assert_eq!(meant("x"), None);
        assert_eq!(meant(&"é".repeat(10_000)), None);
    }
}
