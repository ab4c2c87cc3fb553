//! Phrasing: the usual ways to say a condition, brought to the few words that conditions are made of.
//!
//! What is not known stays as it is, so that a label that says more than a condition is none.

/// What is said in several words, or in signs, and the words for it. Earlier lines apply first.
const PHRASES: [(&str, &str); 60] = [
    ("n't ", " not "),
    ("n’t ", " not "),
    ("&&", " and "),
    ("||", " or "),
    ("&", " and "),
    ("==", " is "),
    ("=", " is "),
    (":", " is "),
    (" - ", " , "),
    (" – ", " , "),
    (" — ", " , "),
    ("/", " or "),
    ("_", " "),
    ("-", " "),
    (" finger print", " fingerprint"),
    (" fingerprints ", " fingerprint "),
    (" tokens ", " token "),
    (" turned on ", " on "),
    (" switched on ", " on "),
    (" toggled on ", " on "),
    (" turned off ", " off "),
    (" switched off ", " off "),
    (" toggled off ", " off "),
    (" feature flags ", " feature flag "),
    (" via a feature flag ", " "),
    (" via the feature flag ", " "),
    (" via feature flag ", " "),
    (" by a feature flag ", " "),
    (" by feature flag ", " "),
    (" through a feature flag ", " "),
    (" through feature flag ", " "),
    (" with a feature flag ", " "),
    (" using a feature flag ", " "),
    (" via flag ", " "),
    (" feature flag ", " feature "),
    (" feature toggle ", " feature "),
    (" webchat security feature ", " feature "),
    (" webchat security ", " feature "),
    (" security feature ", " feature "),
    (" fingerprinting feature ", " feature "),
    (" fingerprint feature ", " feature "),
    (" fingerprinting ", " feature "),
    (" validation succeeds ", " valid "),
    (" validation succeeded ", " valid "),
    (" validation is successful ", " valid "),
    (" validation passes ", " valid "),
    (" validation passed ", " valid "),
    (" validation fails ", " invalid "),
    (" validation failed ", " invalid "),
    (" validation has failed ", " invalid "),
    (" fingerprint does not match ", " fingerprint invalid "),
    (" fingerprint do not match ", " fingerprint invalid "),
    (" fingerprint mismatches ", " fingerprint invalid "),
    (" fingerprint mismatch ", " fingerprint invalid "),
    (" fingerprint matches ", " fingerprint valid "),
    (" fingerprint match ", " fingerprint valid "),
    (" invalid or expired ", " invalid "),
    (" expired or invalid ", " invalid "),
    (" but ", " and "),
    (" plus ", " and "),
];

/// Words that say nothing about which circumstances are meant.
const FILLERS: [&str; 26] = [
    "the",
    "a",
    "an",
    "is",
    "are",
    "if",
    "when",
    "whenever",
    "in",
    "case",
    "that",
    "its",
    "both",
    "has",
    "been",
    "was",
    "this",
    "current",
    "existing",
    "presented",
    "provided",
    "given",
    "for",
    "of",
    "customer",
    "account",
];

/// Returns the words of a label; a comma is one.
pub(super) fn words(label: &str) -> Vec<String> {
    let label = without_number(label.trim()).trim_end_matches(['.', '!', '?']).to_lowercase();
    let label = label.replace(['"', '`', '“', '”'], " ");
    let spaced = label.replace([',', '('], " , ").replace(')', " ");
    let mut label = squeezed(&spaced);
    for (phrase, words) in PHRASES {
        if label.contains(phrase) {
            label = squeezed(&label.replace(phrase, words));
        }
    }
    label.split_whitespace().filter(|word| !FILLERS.contains(word)).map(str::to_owned).collect()
}

/// Returns words with one space between them and around them.
fn squeezed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

/// Drops what numbers a case: `1.`, `b)`, `Case 2:`.
fn without_number(label: &str) -> &str {
    let Some((number, behind)) = label.split_once(['.', ')', ':']) else { return label };
    let mut words: Vec<&str> = number.split_whitespace().collect();
    if let [first, _, ..] = words[..] {
        let names_a_case = ["case", "scenario", "branch", "option"].iter().any(|word| first.eq_ignore_ascii_case(word));
        words.drain(..usize::from(names_a_case));
    }
    let is_number = |word: &str| word.len() == 1 || word.bytes().all(|byte| byte.is_ascii_digit());
    match words[..] {
        [word] if is_number(word) => behind.trim(),
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_phrases_come_down_to_a_few_words() {
        for (label, expected) in [
            ("Webchat Security feature is turned off via Feature Flag", "feature off"),
            ("Case 2: the token isn't valid & finger_print matches!", "token not valid and fingerprint valid"),
            ("b) Feature = on (valid token)", "feature on , valid token"),
            ("Token validation failed", "token invalid"),
            ("Feature is turned on & Fingerprint is generated", "feature on and fingerprint generated"),
            ("", ""),
        ] {
            assert_eq!(words(label).join(" "), expected, "{label}");
        }
    }

    #[test]
    fn words_that_are_not_known_stay() {
        assert_eq!(words("Fingerprint generation failed").join(" "), "fingerprint generation failed");
        assert_eq!(words("v1.2 is out").join(" "), "v1.2 out");
    }
}
