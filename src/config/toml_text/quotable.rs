//! The text of a file as a complaint may quote it: stars in place of secrets, every byte in its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expansion::is_name;

/// A value that is neither a table nor a list, and the keys that lead to it from the top of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf<'l> {
    /// The keys; the members of a list have those of the list.
    pub(crate) path: &'l [&'l str],
    /// The value as it is written.
    pub(crate) written: &'l str,
}

/// Covers every value that `shows` does not allow to be seen.
pub(super) fn of_tree(text: &str, tree: &Spanned<DeTable<'_>>, shows: fn(Leaf<'_>) -> bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    cover_table(text, &mut bytes, tree.get_ref(), &mut Vec::new(), shows);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Covers what may be a value around the place where the text ceases to be TOML.
pub(super) fn of_broken(text: &str, place: usize) -> String {
    let place = text.floor_char_boundary(place);
    let start = text[..place].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[place..].find('\n').map_or(text.len(), |newline| place + newline);
    let within_a_text = ["\"\"\"", "'''"].iter().any(|quotes| text[..start].matches(quotes).count() % 2 == 1);
    let line = &text[start..end];
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" \t\r-_.[]".contains(&byte));
    let shown = match line.find('=') {
        Some(equals) if !within_a_text && is_plain(&line[..equals]) => equals + 1,
        None if !within_a_text && line.trim_start().starts_with('[') && is_plain(line) => line.len(),
        _ => 0,
    };
    let mut bytes = text.as_bytes().to_vec();
    cover(&mut bytes[start + shown..end]);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn cover_table<'l>(
    text: &str,
    bytes: &mut [u8],
    table: &'l DeTable<'_>,
    path: &mut Vec<&'l str>,
    shows: fn(Leaf<'_>) -> bool,
) {
    for (key, value) in table {
        path.push(key.get_ref());
        cover_value(text, bytes, value, path, shows);
        path.pop();
    }
}

fn cover_value<'l>(
    text: &str,
    bytes: &mut [u8],
    value: &'l Spanned<DeValue<'_>>,
    path: &mut Vec<&'l str>,
    shows: fn(Leaf<'_>) -> bool,
) {
    match value.get_ref() {
        DeValue::Table(table) => cover_table(text, bytes, table, path, shows),
        DeValue::Array(items) => items.iter().for_each(|item| cover_value(text, bytes, item, path, shows)),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            let place = value.span();
            let written = &text[place.clone()];
            if !shows(Leaf { path, written }) {
                let quotes = usize::from(written.len() > 1 && written.starts_with(['"', '\'']));
                cover(&mut bytes[place.start + quotes..place.end - quotes]);
                for reference in references(written) {
                    let (from, to) = (place.start + reference.start, place.start + reference.end);
                    bytes[from..to].copy_from_slice(&text.as_bytes()[from..to]);
                }
            }
        }
    }
}

fn cover(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
}

/// Returns where the references to the environment stand. Their names may be seen; what they stand for is not here.
pub(super) fn references(written: &str) -> Vec<Range<usize>> {
    written
        .match_indices("${")
        .filter(|(start, _)| !written[..*start].ends_with('$'))
        .filter_map(|(start, _)| {
            let end = start + written[start..].find('}')?;
            is_name(&written[start + 2..end]).then_some(start..end + 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        of_tree(text, &DeTable::parse(text).unwrap(), |leaf| leaf.path == ["shown"])
    }

    #[test]
    fn hidden_values_are_covered_and_nothing_moves() {
        for (text, expected) in [
            ("shown = \"abc\"", "shown = \"abc\""),
            ("key = \"abc\" # why", "key = \"***\" # why"),
            ("key = 'é'", "key = '**'"),
            ("key = 1234", "key = ****"),
            ("key = [\"abc\", 'd']", "key = [\"***\", '*']"),
            ("a = { shown = 1, b.c = \"abc\" }", "a = { shown = *, b.c = \"***\" }"),
            ("key = \"\"\"\nabc\nd\"\"\"", "key = \"**\n***\n***\""),
            ("key = \"ab${NAME}c$${NAME}\"", "key = \"**${NAME}*********\""),
            ("key = \"\"", "key = \"\""),
        ] {
            assert_eq!(seen(text), expected, "{text}");
        }
    }
}
