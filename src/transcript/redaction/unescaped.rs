//! A text with its escapes undone, all layers of them in one pass: percent, JSON and JavaScript, HTML, quoted-printable.
//!
//! # Implementation Rationale
//!
//! Undoing one layer after the other takes as many passes as somebody wrote layers. Here every byte is put on a stack, and
//! whenever the top of it is an escape, that becomes what it stands for, which may complete another escape. Each of those
//! makes the stack shorter, so that it takes no longer the deeper they are. Backslashes that are left have said what they
//! have to say, such as that of `\"`, and go. What was never escaped and looks so, such as
//! a secret with `%41` in it, is read wrongly, but always in the same way: secrets are read so, too, before they are compared.

use super::reading::Reading;

/// The longest escape that is undone, in bytes.
const LONGEST: usize = 12;
/// The names that HTML has for what is no letter, digit or space, as far as secrets are made of it.
const ENTITIES: &[(&[u8], u8)] = &[
    (b"amp", b'&'),
    (b"AMP", b'&'),
    (b"lt", b'<'),
    (b"LT", b'<'),
    (b"gt", b'>'),
    (b"GT", b'>'),
    (b"quot", b'"'),
    (b"QUOT", b'"'),
    (b"apos", b'\''),
    (b"plus", b'+'),
    (b"sol", b'/'),
    (b"equals", b'='),
    (b"percnt", b'%'),
    (b"num", b'#'),
    (b"excl", b'!'),
    (b"dollar", b'$'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"ast", b'*'),
    (b"comma", b','),
    (b"period", b'.'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"quest", b'?'),
    (b"commat", b'@'),
    (b"lsqb", b'['),
    (b"lbrack", b'['),
    (b"rsqb", b']'),
    (b"rbrack", b']'),
    (b"bsol", b'\\'),
    (b"Hat", b'^'),
    (b"lowbar", b'_'),
    (b"grave", b'`'),
    (b"lcub", b'{'),
    (b"lbrace", b'{'),
    (b"rcub", b'}'),
    (b"rbrace", b'}'),
    (b"verbar", b'|'),
    (b"vert", b'|'),
];

/// Returns a text without escapes and without the backslashes that are left; `None` where it has neither.
pub(super) fn unescaped(read: &Reading) -> Option<Reading> {
    if !read.bytes().iter().any(|byte| b"%\\&".contains(byte)) {
        return None;
    }
    let mut undone = Reading::default();
    for (at, byte) in read.bytes().iter().enumerate() {
        undone.push(*byte, read.origin(at..at + 1));
        while let Some((character, length)) = escape_at_the_end(undone.bytes()) {
            let from = undone.pop(length);
            let mut utf8 = [0; 4];
            match u8::try_from(character) {
                // What is encoded byte by byte is no character yet.
                Ok(byte) if length == 3 => undone.push(byte, from),
                _ => character.encode_utf8(&mut utf8).bytes().for_each(|byte| undone.push(byte, from.clone())),
            }
        }
    }
    let undone = without_backslashes(&undone);
    (undone.bytes().len() < read.bytes().len()).then_some(undone)
}

/// Leaves backslashes out, and has what they stood before begin with them.
fn without_backslashes(read: &Reading) -> Reading {
    let mut kept = Reading::default();
    let mut start = 0;
    for (at, byte) in read.bytes().iter().enumerate() {
        if *byte != b'\\' {
            kept.push(*byte, read.origin(start..at + 1));
            start = at + 1;
        }
    }
    kept
}

/// Returns a text with quoted-printable undone: `=3D`, and lines that end in `=`. `None` where it has neither.
pub(super) fn unquoted(read: &Reading) -> Option<Reading> {
    let text = read.bytes();
    let mut undone = Reading::default();
    let mut at = 0;
    while at < text.len() {
        let (byte, length) = match &text[at..] {
            [b'=', b'\r', b'\n', ..] => (None, 3),
            [b'=', b'\n', ..] => (None, 2),
            [b'=', high, low, ..] => match hexadecimal(&[*high, *low]).and_then(|code| u8::try_from(code).ok()) {
                Some(byte) => (Some(byte), 3),
                None => (Some(b'='), 1),
            },
            _ => (Some(text[at]), 1),
        };
        if let Some(byte) = byte {
            undone.push(byte, read.origin(at..at + length));
        }
        at += length;
    }
    (undone.bytes().len() < text.len()).then_some(undone)
}

/// Returns the character that the end of a text is an escape of, and how long the escape is.
fn escape_at_the_end(text: &[u8]) -> Option<(char, usize)> {
    let tail = &text[text.len().saturating_sub(LONGEST)..];
    match tail {
        [.., b'\\', b'n'] => Some(('\n', 2)),
        [.., b'\\', b'r'] => Some(('\r', 2)),
        [.., b'\\', b't'] => Some(('\t', 2)),
        [.., b'}'] => {
            let start = begins(tail, b"\\u{")?;
            code_point(&tail[start + 3..tail.len() - 1], 16).map(|character| (character, tail.len() - start))
        }
        [.., b';'] => {
            let start = begins(tail, b"&")?;
            entity(&tail[start + 1..tail.len() - 1]).map(|character| (character, tail.len() - start))
        }
        [.., b'%', high, low] => hexadecimal(&[*high, *low]).and_then(char::from_u32).map(|byte| (byte, 3)),
        [.., b'\\', b'x', high, low] => hexadecimal(&[*high, *low]).and_then(char::from_u32).map(|it| (it, 4)),
        [.., b'\\' | b'%', b'u', one, two, three, four] => utf16(tail, [*one, *two, *three, *four]),
        _ => None,
    }
}

/// Returns the character of `\u0041`, or of the two of them that some are written as.
fn utf16(tail: &[u8], digits: [u8; 4]) -> Option<(char, usize)> {
    let unit = hexadecimal(&digits)?;
    if let Some(character) = char::from_u32(unit) {
        return Some((character, 6));
    }
    let [b'\\' | b'%', b'u', before @ ..] = tail.get(tail.len().checked_sub(12)?..tail.len() - 6)? else { return None };
    let units = [hexadecimal(before)?, unit].map(u16::try_from);
    let [Ok(before), Ok(unit)] = units else { return None };
    char::decode_utf16([before, unit]).next()?.ok().map(|character| (character, 12))
}

/// Returns the character of an HTML entity, of which this stands between `&` and `;`.
fn entity(name: &[u8]) -> Option<char> {
    match name {
        [b'#', b'x' | b'X', digits @ ..] => code_point(digits, 16),
        [b'#', digits @ ..] => code_point(digits, 10),
        _ => ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, byte)| char::from(*byte)),
    }
}

/// Returns where the last of these beginnings stands in a text.
fn begins(text: &[u8], beginning: &[u8]) -> Option<usize> {
    text.windows(beginning.len()).rposition(|window| window == beginning)
}

fn code_point(digits: &[u8], radix: u32) -> Option<char> {
    if !digits.iter().all(|digit| char::from(*digit).is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok().and_then(char::from_u32)
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let values: Option<Vec<u32>> = digits.iter().map(|digit| char::from(*digit).to_digit(16)).collect();
    Some(values?.into_iter().fold(0, |number, digit| number << 4 | digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_however_many_layers_there_are() {
        for (text, expected) in [
            (r"a%2541\u0042\/%zz%", "aAB/%zz%"),
            ("%252525252541", "A"),
            (r"\\\\u00e9\\\x41\u{1F642}\ud83d\ude42", "éA🙂🙂"),
            ("k3Y&#43;q&amp;R&#x27;&amp;#x2b;&quot;&plus;&#0043;", "k3Y+q&R'+\"++"),
            ("%c3%a9 %C3%A9", "é é"),
            (r#"{\"a\":\"b\\n\"}"#, "{\"a\":\"b\n\"}"),
            ("&nosuch; &#; &#x110000; &; %4 %u00 \\u00", "&nosuch; &#; &#x110000; &; %4 %u00 u00"),
        ] {
            let read = unescaped(&Reading::of(text.as_bytes())).unwrap();
            assert_eq!(String::from_utf8_lossy(read.bytes()), expected, "{text}");
        }
        assert!(unescaped(&Reading::of(b"plain")).is_none());
        assert!(unescaped(&Reading::of(b"100% & more")).is_none());
    }

    #[test]
    fn each_byte_knows_all_that_it_was_written_as() {
        let read = unescaped(&Reading::of(b"a%252541b&amp;#43;")).unwrap();
        assert_eq!(read.bytes(), b"aAb+");
        assert_eq!((read.origin(1..2), read.origin(3..4), read.origin(0..4)), (1..8, 9..18, 0..18));
    }

    #[test]
    fn quoted_printable_is_undone_over_the_ends_of_lines() {
        let read = unquoted(&Reading::of(b"a=3Db=\r\nc=\nd=zz=")).unwrap();
        assert_eq!((read.bytes(), read.origin(1..2)), (b"a=bcd=zz=".as_slice(), 1..4));
        assert!(unquoted(&Reading::of(b"a=b")).is_none());
    }

    #[test]
    fn it_takes_no_longer_the_deeper_they_are() {
        // One layer for every two bytes: undone one by one, these take minutes.
        let deep = |escape: &str| format!("%{}41", escape.repeat(100_000));
        let texts = [deep("25"), "\\".repeat(200_000) + "u0041", format!("&{}#65;", "amp;".repeat(50_000))];
        for text in texts {
            assert_eq!(unescaped(&Reading::of(text.as_bytes())).unwrap().bytes(), b"A");
        }
    }
}
