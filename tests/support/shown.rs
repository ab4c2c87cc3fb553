//! Text made the same in every run: what differs is numbered in order of appearance, so that lineage stays visible.

/// Finds something that differs from run to run at the beginning of a text, behind this character; returns its length.
type Find = fn(char, &str) -> Option<usize>;

/// What differs, and what is shown in its place; `#` stands for the number.
const DIFFERING: [(&str, Find); 11] = [
    ("tok_#…", |_, text| pseudonym(text, "tok_")),
    ("fpr_#…", |_, text| pseudonym(text, "fpr_")),
    ("key_#…", |_, text| pseudonym(text, "key_")),
    ("sec_#…", |_, text| pseudonym(text, "sec_")),
    ("(id #)", unique_id),
    ("(cut)", |_, text| cut(text)),
    // Two moments of one run may or may not lie within the same second.
    ("(moment)", moment),
    ("127.0.0.1:(port #)", port),
    ("(some) ms", duration),
    ("(os error)", os_error),
    ("hopcheck", |_, text| text.starts_with(PROGRAM).then_some(PROGRAM.len())),
];

const PROGRAM: &str = env!("CARGO_BIN_EXE_hopcheck");

/// Returns the text with what differs from run to run replaced.
pub(crate) fn shown(text: &str) -> String {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, ' ');
    while let Some(next) = rest.chars().next() {
        let found = DIFFERING.iter().find_map(|(shape, find)| Some((*shape, find(before, rest)?)));
        let length = found.map_or(next.len_utf8(), |(_, length)| length);
        let (taken, after) = rest.split_at(length);
        if let Some((shape, _)) = found {
            if !seen.contains(&(shape, taken)) {
                seen.push((shape, taken));
            }
            let place = seen.iter().filter(|(kind, _)| *kind == shape).position(|(_, known)| *known == taken);
            shown.push_str(&shape.replace('#', &(place.unwrap_or_default() + 1).to_string()));
        } else {
            shown.push_str(taken);
        }
        before = taken.chars().next_back().unwrap_or(before);
        rest = after;
    }
    shown
}

/// Compares a text with the accepted one of this name.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown(text)));
}

/// What is cut at the width of a terminal, of something that differs.
fn cut(text: &str) -> Option<usize> {
    let named = ["key_", "tok_", "fpr_", "acct-", "AC", ""].into_iter().find(|prefix| text.starts_with(prefix))?;
    let digits = &text[named.len()..];
    let length = leading(digits, is_hexadecimal);
    let is_some = length > 0 || !named.is_empty();
    (is_some && digits[length..].starts_with('…')).then(|| named.len() + length + '…'.len_utf8())
}

fn pseudonym(text: &str, prefix: &str) -> Option<usize> {
    let digits = text.strip_prefix(prefix)?;
    let length = leading(digits, is_hexadecimal);
    (length == 8 && digits[length..].starts_with('…')).then(|| prefix.len() + length + '…'.len_utf8())
}

fn unique_id(before: char, text: &str) -> Option<usize> {
    (!is_hexadecimal(before) && leading(text, is_hexadecimal) == 32).then_some(32)
}

fn moment(before: char, text: &str) -> Option<usize> {
    const SHAPE: &str = "0000-00-00T00:00:00";
    let fits = |(shape, c): (char, char)| if shape == '0' { c.is_ascii_digit() } else { shape == c };
    if before.is_ascii_digit() || text.chars().count() < SHAPE.len() || !SHAPE.chars().zip(text.chars()).all(fits) {
        return None;
    }
    let rest = &text[SHAPE.len()..];
    let fraction = leading(rest, |c| c.is_ascii_digit() || c == '.');
    rest[fraction..].starts_with('Z').then_some(SHAPE.len() + fraction + 1)
}

fn port(_: char, text: &str) -> Option<usize> {
    const HOST: &str = "127.0.0.1:";
    let length = leading(text.strip_prefix(HOST)?, |c| c.is_ascii_digit());
    (length > 3).then_some(HOST.len() + length)
}

fn duration(before: char, text: &str) -> Option<usize> {
    let length = leading(text, |c| c.is_ascii_digit());
    (before == ' ' && length > 0 && text[length..].starts_with(" ms\n")).then_some(length + " ms".len())
}

/// Systems number their errors differently.
fn os_error(_: char, text: &str) -> Option<usize> {
    const BEGINNING: &str = "(os error ";
    let length = leading(text.strip_prefix(BEGINNING)?, |c| c.is_ascii_digit());
    Some(BEGINNING.len() + length + ")".len())
}

fn is_hexadecimal(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
