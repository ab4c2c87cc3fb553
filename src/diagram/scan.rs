//! Scanning: where a drawn value ends, and how its parts nest. Knows quotes and brackets, and nothing of what they mean.

/// Returns the length of the quoted text that a text begins with; `None` when it begins with none, or with half of one.
pub(super) fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return Some(at + 1);
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

/// Returns how long the value is that a text begins with: up to one of `ends` that is neither quoted nor in brackets, or
/// up to the end of a line below which `begins` finds the next value.
pub(super) fn value_length(text: &str, ends: &[char], begins: impl Fn(&str) -> bool) -> usize {
    let mut at = quoted(text).unwrap_or(0);
    loop {
        let Some(found) = text[at..].find(|c: char| matches!(c, '[' | '{' | '(' | '<' | '\n') || ends.contains(&c))
        else {
            return text.len();
        };
        at += found;
        let rest = &text[at..];
        if rest.starts_with(|c| ends.contains(&c)) || (rest.starts_with('\n') && begins(rest.trim_start())) {
            return at;
        }
        // A bracket that nobody closes is no bracket.
        at += bracketed(rest).unwrap_or(1);
    }
}

/// Returns the length of the brackets that a text begins with, and all that is in them.
pub(super) fn bracketed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '[' => open.push(']'),
            '{' => open.push('}'),
            '(' => open.push(')'),
            '<' => open.push('>'),
            // Where something else is closed than was opened last, nothing nests.
            ']' | '}' | ')' | '>' if open.pop() != Some(character) => return None,
            '"' | '\'' => at += quoted(&text[at..]).unwrap_or(1) - 1,
            _ => {}
        }
        at += character.len_utf8();
        match open.len() {
            0 => return Some(at),
            1..=64 => {}
            _ => return None,
        }
    }
    None
}

/// Splits at the commas that are neither quoted nor in brackets.
pub(super) fn items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let length = value_length(rest, &[','], |_| false);
        items.push(rest[..length].trim());
        match rest.get(length + 1..) {
            Some(behind) => rest = behind,
            None => return items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_is_neither_quoted_nor_nested() {
        let value = |text: &'static str| &text[..value_length(text, &[',', '}'], |next| next.starts_with("b:"))];
        assert_eq!(value("\"a, }\" , b"), "\"a, }\" ");
        assert_eq!(value("[a, {b, c}], d"), "[a, {b, c}]");
        assert_eq!(value("<a, b>}"), "<a, b>");
        assert_eq!(value("f(a, b) }"), "f(a, b) ");
        assert_eq!(value("[a, b"), "[a");
        assert_eq!(value("a < b, c"), "a < b");
        assert_eq!(value("a\n more\n b: c"), "a\n more");
    }

    #[test]
    fn items_are_what_stands_between_commas() {
        assert_eq!(items("a, [b, c], 'd, e'"), ["a", "[b, c]", "'d, e'"]);
        assert_eq!((items(""), items("a,")), (vec![""], vec!["a", ""]));
    }

    #[test]
    fn depth_is_no_danger() {
        assert_eq!(bracketed(&"[".repeat(100_000)), None);
        assert_eq!(bracketed("[(<{a}>)]b"), Some(9));
        assert_eq!((bracketed("[)"), bracketed("")), (None, None));
    }
}
