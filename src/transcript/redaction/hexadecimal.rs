//! What stands in a text in hexadecimal: digits in a row, pairs of them between separators, or the lines of a dump.

use super::reading::Reading;

/// The least pairs of digits that are decoded.
const FEWEST: usize = 6;

/// Returns what each row of hexadecimal digits may stand for: from its first digit on, and from its second.
pub(super) fn hexadecimal(read: &Reading) -> Vec<Reading> {
    let text = read.bytes();
    let mut readings = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > 2 * FEWEST {
            // A row of digits alone may begin with one that belongs to what stands before.
            readings.push(pairs(read, at + 1, at + digits));
        }
        let (pairs, end) = if digits == 0 { (Reading::default(), at) } else { dumped(read, at) };
        if pairs.bytes().len() >= FEWEST {
            readings.push(pairs);
            at = end;
        } else {
            at += digits.max(1);
        }
    }
    readings
}

/// Reads pairs of digits from here on, over the separators between them and the ends of a dump's lines, and returns
/// where they end.
fn dumped(read: &Reading, start: usize) -> (Reading, usize) {
    let text = read.bytes();
    let mut reading = Reading::default();
    let mut at = start + address(&text[start..]);
    let mut end = at.max(start + 1);
    loop {
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        for pair in 0..digits / 2 {
            push_pair(&mut reading, read, at + 2 * pair);
        }
        if digits > 0 {
            end = at + digits;
        }
        // Single digits between are no bytes: a word or a number.
        if digits % 2 == 1 || digits == 0 {
            return (reading, end);
        }
        at = end + gap(&text[end..]);
    }
}

fn pairs(read: &Reading, start: usize, end: usize) -> Reading {
    let mut reading = Reading::default();
    (start..end.saturating_sub(1)).step_by(2).for_each(|at| push_pair(&mut reading, read, at));
    reading
}

fn push_pair(reading: &mut Reading, read: &Reading, at: usize) {
    let digit = |at: usize| char::from(read.bytes()[at]).to_digit(16).unwrap_or_default();
    let byte = u8::try_from(digit(at) << 4 | digit(at + 1)).unwrap_or_default();
    reading.push(byte, read.origin(at..at + 2));
}

/// Returns how long the separator is that a text begins with: `:`, ` `, `, 0x`, or the rest of a dump's line, in which its
/// bytes are shown as text, with the address that begins the next line.
fn gap(text: &[u8]) -> usize {
    const WIDEST: usize = 3;
    /// The most that a line of a dump shows behind its digits.
    const MOST_SHOWN: usize = 80;
    let separators = text.iter().take(WIDEST).take_while(|byte| b" :-,;.".contains(byte)).count();
    let prefix = if text[separators..].starts_with(b"0x") { 2 } else { 0 };
    let next = &text[separators + prefix..];
    let goes_on = next.first().is_some_and(u8::is_ascii_hexdigit);
    // Behind two blanks there is the second half of the digits, or what they stand for.
    let is_pair = next.iter().take_while(|byte| byte.is_ascii_hexdigit()).count() == 2
        && next.get(2).is_none_or(u8::is_ascii_whitespace);
    if goes_on && (is_pair || !text.starts_with(b"  ")) {
        return separators + prefix;
    }
    let line_end = text.iter().take(MOST_SHOWN).position(|byte| *byte == b'\n');
    let is_of_a_dump = |end: &usize| text.starts_with(b"  ") || text[..*end].trim_ascii().is_empty();
    let Some(line_end) = line_end.filter(is_of_a_dump) else { return 0 };
    let indentation = text[line_end + 1..].iter().take(MOST_SHOWN).take_while(|byte| b" \t".contains(byte)).count();
    let next = line_end + 1 + indentation;
    next + address(&text[next..])
}

/// Returns how long the address is that a dump's line begins with, with what stands between it and the first byte.
fn address(text: &[u8]) -> usize {
    let digits = text.iter().take(9).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let colon = usize::from(text.get(digits) == Some(&b':'));
    let blanks = text[digits + colon..].iter().take(3).take_while(|byte| **byte == b' ').count();
    let is_address = (4..=8).contains(&digits) && (colon == 1 && blanks > 0 || blanks > 1);
    if is_address { digits + colon + blanks } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_from_the_first_and_from_the_second() {
        for (text, start) in [("x7365637265742D746F6B656E.", 1), ("f7365637265742d746f6b656e", 1)] {
            let readings = hexadecimal(&Reading::of(text.as_bytes()));
            let read = readings.iter().find(|reading| reading.bytes() == b"secret-token").unwrap();
            assert_eq!(read.origin(0..12), start..start + 24);
        }
    }

    #[test]
    fn separators_and_the_columns_of_a_dump_are_read_over() {
        let dumps = [
            "73:65:63:72:65:74:2d:74:6f:6b:65:6e",
            "[73 65 63 72 65 74 2D 74 6F 6B 65 6E]",
            "0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x2d, 0x74, 0x6f, 0x6b, 0x65, 0x6e",
            "7365 6372 6574 2d74\n6f6b 656e",
            "00000000: 7365 6372 6574 2d74  secret-t\n00000008: 6f6b 656e            oken\n",
            "00000000  73 65 63 72  65 74 2d 74  |secret-t|\n00000008  6f 6b 65 6e  |oken|\n",
            "0000  73 65 63 72 65 74 2d 74   secret-t\n0008  6f 6b 65 6e   oken",
        ];
        for dump in dumps {
            let readings = hexadecimal(&Reading::of(dump.as_bytes()));
            assert!(readings.iter().any(|read| read.bytes() == b"secret-token"), "{dump}: {readings:?}");
        }
    }

    #[test]
    fn words_that_are_made_of_its_digits_are_none() {
        assert!(hexadecimal(&Reading::of(b"a bad cafe, added 2026-11-23")).is_empty());
    }
}
