//! An entity: how Mermaid has a character written that would mean something else, such as `#59;` or `#quot;`.

/// The names that people write; a number stands for any character.
const NAMED: [(&str, char); 33] = [
    ("quot", '"'),
    ("apos", '\''),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("nbsp", '\u{a0}'),
    ("lbrace", '{'),
    ("lcub", '{'),
    ("rbrace", '}'),
    ("rcub", '}'),
    ("lbrack", '['),
    ("lsqb", '['),
    ("rbrack", ']'),
    ("rsqb", ']'),
    ("lpar", '('),
    ("rpar", ')'),
    ("comma", ','),
    ("colon", ':'),
    ("semi", ';'),
    ("num", '#'),
    ("equals", '='),
    ("sol", '/'),
    ("bsol", '\\'),
    ("quest", '?'),
    ("ast", '*'),
    ("period", '.'),
    ("lowbar", '_'),
    ("hyphen", '-'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("excl", '!'),
    ("plus", '+'),
    ("commat", '@'),
];

/// Returns the length of what is written like an entity at the beginning of a text, or 0; any other `#` is a comment.
pub(super) fn length(text: &str) -> usize {
    let Some(behind) = text.strip_prefix('#') else { return 0 };
    let name = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
    if name > 0 && behind[name..].starts_with(';') { name + 2 } else { 0 }
}

/// Returns the character of the entity that a text begins with, and the entity's length.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let length = length(text);
    let name = text.get(1..length.checked_sub(1)?)?;
    let numbered = || name.parse().ok().and_then(char::from_u32);
    let character =
        NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character).or_else(numbered)?;
    (length >= character.len_utf8()).then_some((character, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_has_a_name_or_a_number() {
        assert_eq!(entity("#quot;a"), Some(('"', 6)));
        assert_eq!(entity("#9829;"), Some(('♥', 6)));
        assert_eq!(["#", "#;", "#a", "# a;", "#nothing;", "#x41;", "#99999999;", "a"].map(entity), [None; 8]);
        assert_eq!((length("#nothing;"), length("#a b;")), (9, 0));
    }
}
