//! What a user may have meant by a word that is not known here.

/// Returns the word among `known` that is closest to `typed`, if any is close.
///
/// Case and the choice between `-`, `_` and nothing do not count.
pub(super) fn closest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |word: &str| word.replace(['-', '_'], "").to_lowercase();
    let typed = plain(typed);
    known
        .into_iter()
        .filter(|word| strsim::damerau_levenshtein(&typed, &plain(word)) <= (word.len() / 3).max(1))
        .max_by(|one, other| {
            let likeness = |word| strsim::jaro_winkler(&typed, &plain(word));
            likeness(one).total_cmp(&likeness(other))
        })
}

/// Returns the words in a sentence: `url, tap or listen`.
pub(super) fn alternatives(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised() {
        let known = ["url", "tap", "on", "off", "deployment_key", "federated-auth"];
        for (typed, meant) in [
            ("ulr", "url"),
            ("urll", "url"),
            ("of", "off"),
            ("deploymentKey", "deployment_key"),
            ("deployment_keys", "deployment_key"),
            ("FederatedAuth", "federated-auth"),
        ] {
            assert_eq!(closest(typed, known), Some(meant), "{typed}");
        }
        assert_eq!(closest("colour", known), None);
    }

    #[test]
    fn alternatives_read_as_a_sentence() {
        assert_eq!(alternatives(&["a"]), "a");
        assert_eq!(alternatives(&["a", "b", "c"]), "a, b or c");
        assert_eq!(alternatives(&[]), "nothing");
    }
}
