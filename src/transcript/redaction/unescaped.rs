//! A text as it reads once its escapes are undone, with where each byte of it stood. Knows no secret.

use std::ops::Range;

/// The shortest run of Base64 that is decoded.
const SHORTEST_BASE64: usize = 8;
/// The shortest run of hexadecimal digits that is decoded.
const SHORTEST_HEXADECIMAL: usize = 12;

/// The bytes of a text, each with what it was written as.
pub(super) struct Reading {
    bytes: Vec<u8>,
    from: Vec<Range<usize>>,
}

impl Reading {
    /// Reads a text as it stands.
    pub(super) fn of(text: &[u8]) -> Self {
        Self { bytes: text.to_vec(), from: (0..text.len()).map(|at| at..at + 1).collect() }
    }

    /// Returns the bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns where a part of it stood.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let of = |at: usize| self.from.get(at).cloned().unwrap_or_default();
        if range.is_empty() { 0..0 } else { of(range.start).start..of(range.end - 1).end }
    }

    /// Undoes one layer of `%41`, `\u0041` and `\"`; `None` when there is none.
    pub(super) fn decoded(&self) -> Option<Self> {
        if !self.bytes.iter().any(|byte| b"%\\".contains(byte)) {
            return None;
        }
        let mut decoded = Self { bytes: Vec::new(), from: Vec::new() };
        let mut at = 0;
        while at < self.bytes.len() {
            let (character, length) = unescaped(&self.bytes[at..]);
            for byte in character {
                decoded.bytes.push(byte);
                decoded.from.push(self.origin(at..at + length));
            }
            at += length;
        }
        (decoded.bytes.len() < self.bytes.len()).then_some(decoded)
    }

    /// Returns what each run of Base64, of either alphabet, may stand for, wherever in it the encoded text began.
    pub(super) fn base64(&self) -> Vec<Self> {
        let mut readings = Vec::new();
        let mut start = 0;
        while start < self.bytes.len() {
            let length = self.bytes[start..].iter().take_while(|byte| sextet(**byte).is_some()).count();
            if length >= SHORTEST_BASE64 {
                readings.extend((0..4).map(|offset| decoded_base64(&self.bytes, start + offset..start + length)));
            }
            start += length.max(1);
        }
        readings
    }

    /// Returns what each run of hexadecimal digits may stand for, from its first digit on and from its second.
    pub(super) fn hexadecimal(&self) -> Vec<Self> {
        let mut readings = Vec::new();
        let mut start = 0;
        while start < self.bytes.len() {
            let length = self.bytes[start..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            if length >= SHORTEST_HEXADECIMAL {
                readings.extend((0..2).map(|offset| decoded_hexadecimal(&self.bytes, start + offset..start + length)));
            }
            start += length.max(1);
        }
        readings
    }
}

/// Returns the bytes that a text begins with once unescaped, and how many it takes to write them.
fn unescaped(text: &[u8]) -> (Vec<u8>, usize) {
    let hex = |digits: Option<&[u8]>| u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok();
    let escaped = match text {
        [b'%', rest @ ..] => hex(rest.get(..2)).and_then(|byte| u8::try_from(byte).ok()).map(|byte| (vec![byte], 3)),
        [b'\\', b'u', rest @ ..] => {
            hex(rest.get(..4)).and_then(char::from_u32).map(|character| (character.to_string().into_bytes(), 6))
        }
        [b'\\', sign @ (b'"' | b'\\' | b'/'), ..] => Some((vec![*sign], 2)),
        _ => None,
    };
    escaped.unwrap_or_else(|| (text[..1].to_vec(), 1))
}

/// Returns the bytes that a whole text stands for in Base64 of the alphabet for URLs, without padding.
pub(in crate::transcript) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let is_its = |byte: u8| sextet(byte).is_some() && !b"+/".contains(&byte);
    let stands_for_bytes = text.bytes().all(is_its) && text.len() % 4 != 1;
    stands_for_bytes.then(|| decoded_base64(text.as_bytes(), 0..text.len()).bytes)
}

fn decoded_base64(text: &[u8], range: Range<usize>) -> Reading {
    let mut reading = Reading { bytes: Vec::new(), from: Vec::new() };
    for (group, four) in text[range.clone()].chunks(4).enumerate() {
        let bits = four.iter().filter_map(|byte| sextet(*byte)).fold(0_u32, |bits, sextet| (bits << 6) | sextet);
        let [_, bytes @ ..] = (bits << (6 * (4 - four.len()))).to_be_bytes();
        for (at, byte) in bytes.into_iter().enumerate().take(four.len() - 1) {
            let start = range.start + 4 * group + at;
            reading.bytes.push(byte);
            reading.from.push(start..start + 2);
        }
    }
    reading
}

fn decoded_hexadecimal(text: &[u8], range: Range<usize>) -> Reading {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default();
    let pairs = text[range.clone()].chunks_exact(2).map(|pair| (digit(pair[0]) << 4) | digit(pair[1]));
    let bytes: Vec<u8> = pairs.collect();
    let from = (0..bytes.len()).map(|at| range.start + 2 * at..range.start + 2 * at + 2).collect();
    Reading { bytes, from }
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_layer_by_layer() {
        let once = Reading::of(br"a%2541\u0042\/%zz%").decoded().unwrap();
        assert_eq!(once.bytes(), b"a%41B/%zz%");
        let twice = once.decoded().unwrap();
        assert_eq!((twice.bytes(), twice.origin(1..2)), (b"aAB/%zz%".as_slice(), 1..6));
        assert!(twice.decoded().is_none());
    }

    #[test]
    fn base64_is_read_from_wherever_it_begins() {
        let readings = Reading::of(b"xc2VjcmV0LXRva2Vu==").base64();
        assert!(readings.iter().any(|reading| reading.bytes() == b"secret-token"));
    }

    #[test]
    fn hexadecimal_is_read_from_wherever_it_begins() {
        let readings = Reading::of(b"x7365637265742D746F6B656E.").hexadecimal();
        assert!(readings.iter().any(|it| it.bytes() == b"secret-token" && it.origin(0..12) == (1..25)));
        let readings = Reading::of(b"f7365637265742d746f6b656e").hexadecimal();
        assert!(readings.iter().any(|it| it.bytes() == b"secret-token" && it.origin(0..1) == (1..3)));
    }
}
