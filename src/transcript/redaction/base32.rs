//! What stands in a text as Base32 of RFC 4648, in upper or lower case.

use super::reading::Reading;

/// The shortest run of Base32 that is decoded: many a word is made of its letters alone.
const SHORTEST: usize = 12;

/// Returns what each run of Base32 may stand for, wherever in it the encoded text began.
pub(super) fn base32(read: &Reading) -> Vec<Reading> {
    let text = read.bytes();
    let mut readings = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let quintets: Vec<u64> = text[start..].iter().map_while(|byte| quintet(*byte)).collect();
        let run = &text[start..start + quintets.len()];
        let has = |is: fn(&u8) -> bool| run.iter().any(is);
        if quintets.len() >= SHORTEST && !(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)) {
            readings.extend((0..8).map(|offset| decoded(read, start + offset, &quintets[offset..])));
        }
        start += quintets.len().max(1);
    }
    readings
}

fn decoded(read: &Reading, start: usize, quintets: &[u64]) -> Reading {
    let mut reading = Reading::default();
    for (group, eight) in quintets.chunks(8).enumerate() {
        let bits = eight.iter().fold(0_u64, |bits, quintet| (bits << 5) | quintet) << (5 * (8 - eight.len()));
        let whole = eight.len() * 5 / 8;
        for (at, byte) in bits.to_be_bytes().into_iter().skip(3).take(whole).enumerate() {
            let [first, last] = [8 * at / 5, (8 * at + 7) / 5].map(|quintet| start + 8 * group + quintet);
            reading.push(byte, read.origin(first..last + 1));
        }
    }
    reading
}

fn quintet(byte: u8) -> Option<u64> {
    match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => Some(u64::from(letter - b'A')),
        digit @ b'2'..=b'7' => Some(u64::from(digit - b'2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_from_wherever_it_begins() {
        for text in ["ONSWG4TFOQWXI33LMVXA====", "a: zonswg4tfoqwxi33lmvxa"] {
            let readings = base32(&Reading::of(text.as_bytes()));
            let read = readings.iter().find(|reading| reading.bytes() == b"secret-token").unwrap();
            assert_eq!(text[read.origin(0..12)].to_lowercase(), "onswg4tfoqwxi33lmvxa");
        }
        assert!(base32(&Reading::of(b"OnsWg4tfoqwxi33lmvxa short")).is_empty());
    }
}
