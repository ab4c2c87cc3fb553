//! What is public in a participant names the arrows of the diagram that it serves, and every arrow is served by somebody.

use std::collections::BTreeSet;
use std::path::Path;

use hopcheck::diagram::Diagram;

use crate::sources::{sources, text_of};

/// What is public in `participants` and serves no arrow, with what it is there for.
const SERVES_NO_ARROW: [(&str, &str); 10] = [
    ("accounts.rs: add", "changes the accounts between refreshes"),
    ("accounts.rs: remove", "changes the accounts between refreshes"),
    ("accounts.rs: change", "changes the accounts between refreshes"),
    ("accounts.rs: replace", "changes the accounts between refreshes"),
    ("accounts.rs: all", "lists the accounts for whoever mounts the participants"),
    ("accounts.rs: AccountRefused", "is told to whoever changes the accounts"),
    ("accounts.rs: keys_version", "tells whoever remembers keys that they changed"),
    ("scoped_auth.rs: account_of", "tells whoever records a request whose it is"),
    ("scoped_auth.rs: vouch", "takes a token for valid that somebody else made before the refresh"),
    ("signed_text.rs: CannotSign", "is told to whoever makes a token before the refresh"),
];

#[test]
fn what_is_public_in_a_participant_names_the_arrows_that_it_serves() {
    let text = text_of(Path::new("fixtures/webchat-refresh-token.mmd"));
    let diagram = Diagram::parse("d", &text).unwrap_or_else(|error| panic!("{error}"));
    let drawn: BTreeSet<usize> = diagram.arrows().iter().map(|arrow| arrow.number).collect();
    let (mut served, mut unserving) = (BTreeSet::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| source.layer() == Some("participants")) {
        let file = source.file.rsplit('/').next().unwrap_or_default();
        for item in public_items(&source.code) {
            let arrows = arrows_named(&item.doc);
            let name = format!("{file}: {}", item.name);
            assert!(arrows.is_subset(&drawn), "{name} names an arrow that is not drawn: {arrows:?}");
            // Whoever makes a thing serves the arrows of the thing.
            if arrows.is_empty() && !item.makes_its_type {
                unserving.insert(name);
            }
            served.extend(arrows);
        }
    }
    let known: BTreeSet<String> = SERVES_NO_ARROW.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        unserving, known,
        "its doc comment says `arrow 3` or `arrows 5 and 7`, or it is in the list with a reason"
    );
    assert_eq!(served, drawn, "every arrow is served by somebody");
}

/// A function, a struct or an enum that is public everywhere.
#[derive(Debug, PartialEq)]
struct PublicItem {
    name: String,
    doc: String,
    /// Whether it is a function that returns the type that it belongs to.
    makes_its_type: bool,
}

/// Returns the public functions, structs and enums of a file, with their documentation.
fn public_items(code: &str) -> Vec<PublicItem> {
    let mut items = Vec::new();
    let mut doc = String::new();
    let mut lines = code.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
        } else if line.starts_with("#[") {
            let mut attribute = line;
            while !attribute.ends_with(']') {
                let Some(next) = lines.next() else { break };
                attribute = next;
            }
        } else {
            let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '(')).collect::<Vec<_>>();
            let kind = words.iter().position(|word| ["fn", "struct", "enum"].contains(word));
            if let (Some("pub"), Some(kind)) = (words.first().copied(), kind) {
                let mut signature = line.to_owned();
                while !signature.ends_with(['{', ';']) {
                    let Some(next) = lines.next() else { break };
                    signature.push_str(next);
                }
                let name = words.get(kind + 1).and_then(|name| name.split('(').next()).unwrap_or_default().to_owned();
                let returned = signature.split_once("->").map_or("", |(_, returned)| returned);
                let makes_its_type = words[kind] == "fn" && returned.contains("Self");
                items.push(PublicItem { name, doc: std::mem::take(&mut doc), makes_its_type });
            }
            doc.clear();
        }
    }
    items
}

/// Returns the arrows that a text names: `arrow 3`, `arrows 5 and 7`, `arrows 9, 15 and 21` or `arrows 5 to 8`.
fn arrows_named(text: &str) -> BTreeSet<usize> {
    let mut named = BTreeSet::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !["arrow", "arrows"].contains(&word.to_lowercase().as_str()) {
            continue;
        }
        let (mut before, mut is_range) = (None, false);
        while let Some(word) = words.peek() {
            if let Ok(number) = word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<usize>() {
                named.extend(before.filter(|_| is_range).unwrap_or(number)..=number);
                (before, is_range) = (Some(number), false);
            } else if ["and", "to"].contains(word) {
                is_range = *word == "to";
            } else {
                break;
            }
            let ends = word.ends_with([':', ';', '.', ')']);
            words.next();
            if ends {
                break;
            }
        }
    }
    named
}

#[test]
fn every_way_to_name_an_arrow_is_seen() {
    for (text, expected) in [
        (" Arrow 3: returns", &[3][..]),
        (" The codes of arrows 17 and 23.", &[17, 23]),
        (" It serves arrows 9, 15 and 21, three times.", &[9, 15, 21]),
        (" Arrows 5 to 8; arrow 1 too. 4 things", &[1, 5, 6, 7, 8]),
        (" The arrow that 3 draw", &[]),
    ] {
        assert_eq!(arrows_named(text), expected.iter().copied().collect(), "{text}");
    }
    let code = "/// Arrow 1.\n#[derive(\n    Debug,\n)]\npub struct A(u8);\n\nimpl A {\n    /// Makes one.\n    pub fn new(\n        \
                of: u8,\n    ) -> Self {\n    }\n    /// Hidden.\n    pub(super) fn f() {}\n    pub async fn g() {}\n}";
    let item =
        |name: &str, doc: &str, makes_its_type| PublicItem { name: name.into(), doc: doc.into(), makes_its_type };
    let expected = [item("A", " Arrow 1.", false), item("new", " Makes one.", true), item("g", "", false)];
    assert_eq!(public_items(code), expected);
}
