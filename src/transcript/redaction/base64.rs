//! What stands in a text as Base64, of either alphabet, in one line or wrapped into several.

use super::reading::Reading;

/// The shortest run of Base64 that is decoded.
const SHORTEST: usize = 8;

/// Returns what each run of Base64 may stand for, wherever in it the encoded text began.
pub(super) fn base64(read: &Reading) -> Vec<Reading> {
    let mut readings = Vec::new();
    let mut run = Vec::new();
    let mut at = 0;
    while at <= read.bytes().len() {
        let rest = &read.bytes()[at..];
        let byte = rest.first().copied();
        if let Some(sextet) = byte.and_then(sextet) {
            run.push((at, sextet));
            at += 1;
            continue;
        }
        let wrap = if run.is_empty() { 0 } else { end_of_line(rest) };
        if wrap == 0 {
            if run.len() >= SHORTEST {
                readings.extend((0..4).map(|offset| decoded(read, &run[offset..])));
            }
            run.clear();
        }
        at += wrap.max(1);
    }
    readings
}

/// Returns the bytes that a whole text stands for in Base64 of the alphabet for URLs, without padding.
pub(in crate::transcript) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let is_its = |byte: u8| sextet(byte).is_some() && !b"+/".contains(&byte);
    let stands_for_bytes = text.bytes().all(is_its) && text.len() % 4 != 1;
    let run: Vec<_> = text.bytes().filter_map(sextet).enumerate().collect();
    stands_for_bytes.then(|| decoded(&Reading::of(text.as_bytes()), &run).bytes().to_vec())
}

/// Returns how many bytes the end of a line takes, with the indentation of the next, if a text begins with one.
fn end_of_line(text: &[u8]) -> usize {
    let line_end = text.iter().take_while(|byte| b"\r\n".contains(byte)).count();
    let indentation = text[line_end..].iter().take_while(|byte| b" \t".contains(byte)).count();
    if line_end == 0 { 0 } else { line_end + indentation }
}

fn decoded(read: &Reading, run: &[(usize, u32)]) -> Reading {
    let mut reading = Reading::default();
    for four in run.chunks(4) {
        let bits = four.iter().fold(0_u32, |bits, (_, sextet)| (bits << 6) | sextet);
        let [_, bytes @ ..] = (bits << (6 * (4 - four.len()))).to_be_bytes();
        for (byte, two) in bytes.into_iter().zip(four.windows(2)) {
            reading.push(byte, read.origin(two[0].0..two[1].0 + 1));
        }
    }
    reading
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
    fn it_is_read_from_wherever_it_begins_and_over_the_ends_of_lines() {
        for text in ["xc2VjcmV0LXRva2Vu==", "a b\nc2Vjcm\r\n  V0LXRva2\nVu"] {
            let readings = base64(&Reading::of(text.as_bytes()));
            let read = readings.iter().find(|reading| reading.bytes().ends_with(b"secret-token")).unwrap();
            let end = read.bytes().len();
            let shown = &text[read.origin(end - 12..end)];
            assert_eq!(shown.replace(['\r', '\n', ' '], ""), "c2VjcmV0LXRva2Vu");
        }
        assert!(base64(&Reading::of(b"c2V jcm V0L")).is_empty());
    }
}
