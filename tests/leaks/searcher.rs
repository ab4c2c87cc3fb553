//! The search for secrets: as they are, in part, and in Base64, percent-encoded, in hexadecimal and escaped for JSON.

use std::fmt::Write as _;

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

/// How much of a secret gives it away.
const TELLING: usize = 8;

/// What to search for.
#[derive(Debug, Default)]
pub(crate) struct Searcher(Vec<Needle>);

#[derive(Debug)]
struct Needle {
    secret: String,
    form: &'static str,
    text: String,
    /// Whether it is written in one case only.
    exact: bool,
    /// Whether it tells something only where nothing else is around it.
    whole: bool,
}

impl Searcher {
    /// Searches for these secrets: for the beginnings of long ones, which tell as much, and for short ones as words.
    pub(crate) fn of(secrets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut searcher = Self::default();
        for secret in secrets {
            let secret: String = secret.into();
            let telling: String = secret.chars().take(TELLING).collect();
            let whole = secret.chars().count() < TELLING;
            for Form { name: form, telling: text, exact, .. } in forms(&telling) {
                searcher.0.push(Needle { secret: secret.clone(), form, text, exact, whole });
            }
        }
        searcher
    }

    /// Returns the first secret that a text holds, with its form and what is around it.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        self.0.iter().find_map(|needle| {
            let within = if needle.exact { text } else { &lower };
            let sought = if needle.exact { needle.text.clone() } else { needle.text.to_ascii_lowercase() };
            let (at, _) = within
                .match_indices(&*sought)
                .find(|(at, _)| !needle.whole || stands_alone(within, *at, sought.len()))?;
            let around = &text[text.floor_char_boundary(at.saturating_sub(150))..text.ceil_char_boundary(at + 150)];
            Some(format!("{} is told, {}: …{around}…", needle.secret, needle.form))
        })
    }

    /// Holds that a text, which the program wrote there, has no secret in it.
    pub(crate) fn clears(&self, place: &str, text: &str) {
        if let Some(found) = self.find(text) {
            panic!("{place}: {found}");
        }
    }
}

/// How a secret may be written.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) name: &'static str,
    /// The secret so written, in Base64 perhaps with something before it.
    pub(crate) written: String,
    /// What is the same whatever stands around it.
    pub(crate) telling: String,
    /// Whether it is written in one case only.
    pub(crate) exact: bool,
}

/// Returns how a secret may be written.
pub(crate) fn forms(secret: &str) -> Vec<Form> {
    let bytes = secret.as_bytes();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escaped = |text: String, unit| text + &format!("\\u{unit:04x}");
    let of_any_case = [
        ("as it is", secret.to_owned()),
        ("in hexadecimal", bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))),
        ("percent-encoded", percent(bytes, |_| true)),
        ("percent-encoded", percent(bytes, |byte| !is_plain(byte))),
        ("escaped for JSON", json(secret)),
        ("escaped for JSON", json(secret).replace('/', "\\/")),
        ("escaped for JSON", secret.encode_utf16().fold(String::new(), escaped)),
    ];
    let of_any_case = of_any_case.map(|(name, text)| Form { name, written: text.clone(), telling: text, exact: false });
    let mut forms = Vec::from(of_any_case);
    for (name, alphabet) in [("in Base64", alphabet::STANDARD), ("in Base64 for URLs", alphabet::URL_SAFE)] {
        let engine = GeneralPurpose::new(&alphabet, NO_PAD);
        for before in 0..3 {
            let written = engine.encode([&vec![b'x'; before], bytes].concat());
            // What the bytes around it have a part in may be anything.
            let first = [0, 2, 3][before];
            let last = written.len() - usize::from(!(before + bytes.len()).is_multiple_of(3));
            forms.push(Form { name, telling: written[first..last].to_owned(), written, exact: true });
        }
    }
    forms
}

fn percent(bytes: &[u8], encodes: impl Fn(u8) -> bool) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if encodes(*byte) {
            let _ = write!(text, "%{byte:02x}");
        } else {
            text.push(char::from(*byte));
        }
        text
    })
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string().trim_matches('"').to_owned()
}

fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    !text[..at].ends_with(in_word) && !text[at + length..].starts_with(in_word)
}

#[test]
fn every_form_of_a_secret_is_found_wherever_it_stands() {
    const SECRET: &str = r#"a/"+?é~k9-and-more"#;
    let searcher = Searcher::of([SECRET]);
    let mut seen = 0;
    for secret in [SECRET, r#"a/"+?é~k"#] {
        for Form { name: form, telling: text, exact, written } in forms(secret) {
            assert!(searcher.find(&written).is_some(), "{form}: {written}");
            for (before, after) in [("", ""), ("x", "y"), ("\n", "\u{1b}[0m"), ("é", "=="), ("{\"", "\"}")] {
                // In Base64, what stands around the text is part of the text.
                let (before, after) = if exact { ("", "") } else { (before, after) };
                assert!(searcher.find(&format!("{before}{text}{after}")).is_some(), "{form}: {text}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
    for other in ["a/", "nothing", "key_1234abcd…", "a/\"+?", ""] {
        assert_eq!(searcher.find(other), None, "{other}");
    }
}

#[test]
fn a_secret_is_found_in_base64_whatever_stands_before_and_behind_it() {
    let searcher = Searcher::of(["Zq7/+canary"]);
    for alphabet in [alphabet::STANDARD, alphabet::URL_SAFE] {
        let engine = GeneralPurpose::new(&alphabet, NO_PAD);
        for before in ["", "u", "us", "user:", "Bearer "] {
            for after in ["", "x", "\"}"] {
                let text = engine.encode(format!("{before}Zq7/+canary{after}"));
                assert!(searcher.find(&text).is_some(), "{before} {after}: {text}");
            }
        }
    }
}

#[test]
fn case_does_not_hide_a_secret_and_a_short_one_is_found_as_a_word() {
    let searcher = Searcher::of(["Canary-key", "Zq7k"]);
    assert!(searcher.find("CANARY-KEY").is_some() && searcher.find("cAnArY-kEy").is_some());
    assert!(searcher.find("no Zq7k here").is_some() && searcher.find("noZq7khere").is_none());
}
